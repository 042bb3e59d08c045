# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Actions that call modules of amazon.aws, in this process if possible, and interpret their failures."""

from __future__ import annotations

import json
import re
import traceback
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import errors
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.iam.role import POLICY_MODULE
from ansible_collections.mlops.sagemaker.plugins.plugin_utils._in_process import InProcessAction

# Somebody else changes the role, or an answer was lost: the next read shows the remaining steps.
SETTLING_CODES = frozenset(
    {"ConcurrentModification", "ConcurrentModificationException", "DeleteConflict", "EntityAlreadyExists"}
)
# botocore's messages for a broken connection. A refused connection is not retried.
BROKEN_CONNECTION = re.compile(
    r"Connection was closed before we received a valid response|Read timeout on endpoint|Connect timeout on endpoint"
    r"|An HTTP Client raised an unhandled exception|Connection broken"
)


class ModuleFailed(Exception):
    """A module of amazon.aws failed. result: what it returned."""

    def __init__(self, module: str, result: Mapping[str, Any]) -> None:
        super().__init__(result.get("msg"))
        self.module = module
        self.result = result
        # An error in the module's code, not an error of the service or of validation.
        self.crashed = "botocore_version" not in result and bool({"exception", "module_stderr"} & set(result))
        self.message = str(result.get("msg") or f"{module} failed.")

    def is_transient(self) -> bool:
        """Return whether another attempt may succeed."""
        error = self.result.get("error") or {}
        status = (self.result.get("response_metadata") or {}).get("http_status_code") or 0
        return (
            error.get("code") in errors.THROTTLING_CODES | SETTLING_CODES
            or status >= 500
            or BROKEN_CONNECTION.search(self.message) is not None
            # The role or its policy is not visible everywhere yet, or another run deleted it. A missing managed policy,
            # which the message names by its ARN, stays missing.
            or (error.get("code") == "NoSuchEntity" and "arn:" not in error.get("message", ""))
            # The module lists the role's policies twice, and crashes if one was added in between.
            or (self.module == POLICY_MODULE and self.crashed)
        )


class CallingAction(InProcessAction):
    """An action that calls modules. called: {name: Python module}, to run them in this process."""

    called: Mapping[str, ModuleType]

    def start(self, task_vars: Mapping[str, Any]) -> None:
        """Discard the warnings of modules from an earlier run of the task."""
        self._task_vars = task_vars
        # Warnings of the modules.
        self.warnings: list[Any] = []
        self.resource_actions: list[str] = []

    def call(self, module: str, args: Mapping[str, Any]) -> dict[str, Any]:
        """Run a module. Raises ModuleFailed."""
        if self.can_run_in_process(self._task_vars):
            try:
                result = self.run_in_process(module, self.called[module], args, deprecations=False)
            except Exception as error:  # pylint: disable=broad-exception-caught
                # In a separate process, the result would report the crash.
                result = {"failed": True, "msg": f"{module} crashed: {error!r}", "exception": traceback.format_exc()}
        else:
            result = self._execute_module(module_name=module, module_args=dict(args), task_vars=self._task_vars)
        self.warnings += [warning for warning in result.get("warnings") or [] if warning not in self.warnings]
        self.resource_actions += result.get("resource_actions") or []
        if result.get("failed"):
            raise ModuleFailed(module, result)
        return result

    def _parse_returned_data(self, res: Mapping[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Remove the deprecations from a module's output before ansible-core reads it, because newer versions show them
        at once.

        The deprecations concern the authors of this call, not the user. Warnings pass.
        """
        return super()._parse_returned_data(
            {**res, "stdout": _without_deprecations(res.get("stdout") or "")}, *args, **kwargs
        )


def _without_deprecations(output: str) -> str:
    """Return a module's output without the deprecations of its result, which is on a separate line."""
    lines = output.splitlines()
    for number, line in enumerate(lines):
        if line.startswith("{") and '"deprecations"' in line:
            try:
                result = json.loads(line)
            except ValueError:
                continue
            result.pop("deprecations", None)
            lines[number] = json.dumps(result)
    return "\n".join(lines)
