# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Actions that call modules of amazon.aws, in this process where that is possible, and know what their failures mean."""

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

# Somebody else changes the role, or the answer to our own call was lost: the next look tells what is left to do.
SETTLING_CODES = frozenset(
    {"ConcurrentModification", "ConcurrentModificationException", "DeleteConflict", "EntityAlreadyExists"}
)
# How botocore words a connection that broke. That nobody listens at all is nothing to sit out.
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
        # Neither the service's answer nor a refusal of its own, but an error in its code.
        self.crashed = "botocore_version" not in result and bool({"exception", "module_stderr"} & set(result))
        self.message = str(result.get("msg") or f"{module} failed.")

    def is_transient(self) -> bool:
        """Whether another look and try may succeed."""
        error = self.result.get("error") or {}
        status = (self.result.get("response_metadata") or {}).get("http_status_code") or 0
        return (
            error.get("code") in errors.THROTTLING_CODES | SETTLING_CODES
            or status >= 500
            or BROKEN_CONNECTION.search(self.message) is not None
            # The role, or a policy on it, is not seen everywhere yet, or another run took it away. A managed policy that does
            # not exist is called by its ARN and stays missing.
            or (error.get("code") == "NoSuchEntity" and "arn:" not in error.get("message", ""))
            # It lists the role's policies twice, and crashes if one has come in between.
            or (self.module == POLICY_MODULE and self.crashed)
        )


class CallingAction(InProcessAction):
    """An action that calls modules. called: their code by their names, for where they need no process of their own."""

    called: Mapping[str, ModuleType]

    def start(self, task_vars: Mapping[str, Any]) -> None:
        """Forget what modules said in an earlier run of the task."""
        self._task_vars = task_vars
        # What the modules had to say besides their result.
        self.warnings: list[Any] = []
        self.resource_actions: list[str] = []

    def call(self, module: str, args: Mapping[str, Any]) -> dict[str, Any]:
        """Run a module. Raises ModuleFailed."""
        if self.can_run_in_process(self._task_vars):
            try:
                result = self.run_in_process(module, self.called[module], args, deprecations=False)
            except Exception as error:  # pylint: disable=broad-exception-caught
                # A process of its own would end with it, and its result would say so.
                result = {"failed": True, "msg": f"{module} crashed: {error!r}", "exception": traceback.format_exc()}
        else:
            result = self._execute_module(module_name=module, module_args=dict(args), task_vars=self._task_vars)
        self.warnings += [warning for warning in result.get("warnings") or [] if warning not in self.warnings]
        self.resource_actions += result.get("resource_actions") or []
        if result.get("failed"):
            raise ModuleFailed(module, result)
        return result

    def _parse_returned_data(self, res: Mapping[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Take the deprecations out of a module's output before ansible-core reads it: newer ones show them at once.

        The modules announce changes of their own options and results with every run. That is for us who call them, not
        for the user. Warnings pass.
        """
        return super()._parse_returned_data(
            {**res, "stdout": _without_deprecations(res.get("stdout") or "")}, *args, **kwargs
        )


def _without_deprecations(output: str) -> str:
    """A module's output, which holds its result on a line of its own, without the result's deprecations."""
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
