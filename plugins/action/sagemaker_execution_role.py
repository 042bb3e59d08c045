# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage an execution role with the IAM modules of amazon.aws: read, plan, apply, and read again after a fault."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import UnsupportedError
from ansible.plugins.action import ActionBase

from ansible_collections.amazon.aws.plugins.modules import iam_policy
from ansible_collections.amazon.aws.plugins.modules import iam_role
from ansible_collections.amazon.aws.plugins.modules import iam_role_info

from ansible_collections.mlops.sagemaker.plugins.module_utils import (  # pylint: disable=unused-import # noqa: F401
    _bytecode,
)
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import (
    execution_role as execution_role_options,
)
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import errors
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import ownership
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import plans
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import retries
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import secrets
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import InputError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import SageMakerError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.problems import Problem
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.iam import policy as execution_policy
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.iam import role as execution_role
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.iam.role import DesiredRole
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.iam.role import Role
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.iam.role import Work
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rules import tags as tag_rules
from ansible_collections.mlops.sagemaker.plugins.modules import sagemaker_caller_info
from ansible_collections.mlops.sagemaker.plugins.plugin_utils._module_calls import CallingAction
from ansible_collections.mlops.sagemaker.plugins.plugin_utils._module_calls import ModuleFailed

INFO_MODULE = "amazon.aws.iam_role_info"
CALLER_MODULE = "mlops.sagemaker.sagemaker_caller_info"

# The code of these modules, to run them in this process.
MODULES = {
    INFO_MODULE: iam_role_info,
    CALLER_MODULE: sagemaker_caller_info,
    execution_role.ROLE_MODULE: iam_role,
    execution_role.POLICY_MODULE: iam_policy,
}

# The modules retry calls, for minutes when throttled, so this time limit in seconds applies too.
BACKOFF = retries.Backoff(attempts=8, first=0.5, longest=8.0)
PATIENCE = 300.0


class ActionModule(CallingAction):
    """One task for the role and its policies. If nothing differs, it runs only iam_role_info."""

    _supports_check_mode = True
    _supports_async = False
    called = MODULES

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        ActionBase.run(self, tmp, task_vars)
        self.start(task_vars or {})
        # No permission depends on an environment, so all values are hidden.
        with self._arguments_hidden({key for key, _item in secrets.environment_entries(self._task.args)}):
            return self._told()

    def _told(self) -> dict[str, Any]:
        """Return the result of the task, even if it fails."""
        self._params: dict[str, Any] = {}
        self._clock = retries.Clock()
        self._account: tuple[str, str] | None = None
        self._first: Work | None = None
        self._applied = False
        try:
            self._params = self._parse()
            outcome = self._outcome()
        except SageMakerError as error:
            outcome = {"failed": True, "msg": error.message, **error.details}
        except ModuleFailed as failure:
            outcome = self._failure(failure)
        if outcome.get("failed"):
            outcome["changed"] = self._has_changed()
            outcome.update({"plan": self._first.plan.as_dict()} if self._first else {})
        if self.warnings:
            outcome["warnings"] = self.warnings
        if self._params.get("debug_botocore_endpoint_logs"):
            outcome["resource_actions"] = self.resource_actions
        return outcome

    def _parse(self) -> dict[str, Any]:
        """The options of the task. ActionBase.validate_argument_spec would fail with a traceback and a path."""
        spec = execution_role_options.EXECUTION_ROLE
        every_option = {**spec["argument_spec"], **execution_role_options.CONNECTION}
        result = ArgumentSpecValidator(**{**spec, "argument_spec": every_option}).validate(self._task.args)
        if result.error_messages:
            unsupported = "Unsupported options: " if isinstance(result.errors[0], UnsupportedError) else ""
            raise InputError(Problem("", f"{unsupported}{result.errors.msg}"))
        params = result.validated_parameters
        params["tags"] = tag_rules.parse(params["tags"])
        errors.raise_if_any(tag_rules.iam_problems(params["tags"] or {}))
        owner = (params["tags"] or {}).get(ownership.OWNER_TAG, params["endpoint_name"])
        if owner != params["endpoint_name"]:
            raise InputError(
                Problem(
                    f"tags.{ownership.OWNER_TAG}",
                    f"'{owner}' is not endpoint_name '{params['endpoint_name']}'. Leave the tag "
                    "out. The module sets it.",
                )
            )
        if claims := [key for key in params["tags"] or {} if key.startswith(ownership.REGION_TAG)]:
            raise InputError(Problem(f"tags.{claims[0]}", "the module sets such a tag. Leave it out."))
        return params

    def _outcome(self) -> dict[str, Any]:
        """Bring the role to the desired state, and return the result."""
        params = self._params
        self._region = params["region"] or self._find_region()
        name = params["name"] or execution_policy.role_name(
            params["name_prefix"], params["endpoint_name"], self._region
        )
        self._name = name
        work, desired = self._converge(name)
        outcome = {
            "changed": work.plan.changed,
            "msg": plans.message(
                "role", name, work.plan, exists=work.after is not None, check_mode=self._task.check_mode
            ),
            "tags": dict(work.after.tags) if work.after else {},
            "plan": work.plan.as_dict(),
            "role": work.after.as_dict() if work.after else {},
            "region": self._region,
            "policy_name": desired.policy_name if desired else None,
            "policy_document": desired.policy if desired else None,
            "stale_policies": execution_role.stale_policies(work.after, desired) if work.after and desired else [],
        }
        if params["state"] == "absent" and work.after:
            regions = ", ".join(execution_role.other_regions(work.after, self._region))
            outcome["msg"] = (
                f"The IAM role {name} stays: the endpoint {params['endpoint_name']} in {regions} uses it. The run with "
                "state: absent in the last region deletes it."
            )
        if self._task.diff:
            outcome["diff"] = work.diff()
        return outcome

    def _converge(self, name: str) -> tuple[Work, DesiredRole | None]:
        """Read and apply until nothing differs. Return the plan of the first read, and the desired state.

        After a fault it is unknown whether the call took effect, so each attempt reads the role again. Nothing is
        created twice, and a role that somebody else has created in the meantime is detected.
        """
        give_up = self._clock.now() + PATIENCE
        failures: dict[str, int] = {}
        while True:
            try:
                work, desired = self._work(name)
                self._first = self._first or work
                if not self._task.check_mode:
                    for step in work.steps:
                        self._applied = True
                        self._execute(step.module, step.args)
                return self._first, desired
            except ModuleFailed as failure:
                # Counts consecutive failures: reaching another module counts as success.
                failures = {failure.module: failures.get(failure.module, 0) + 1}
                count = failures[failure.module]
                if not failure.is_transient() or count >= BACKOFF.attempts or self._clock.now() > give_up:
                    raise
                self._clock.sleep(BACKOFF.pause(count, self._clock))

    def _has_changed(self) -> bool:
        """Return whether the role differs from the first read. A module that fails may have made a part of its calls."""
        if not self._applied or self._first is None:
            return False
        try:
            return self._find(self._name) != self._first.before
        except ModuleFailed:
            # Nobody knows.
            return True

    def _work(self, name: str) -> tuple[Work, DesiredRole | None]:
        """Read the role and return the plan."""
        found = self._find(name)
        if found:
            execution_role.refuse_foreign(found, self._params["endpoint_name"])
        if self._params["state"] == "absent":
            return execution_role.absent(found, self._region), None
        partition, account = (found.partition, found.account) if found else self._caller()
        desired = execution_role.desired(self._params, name, self._region, partition, account)
        return execution_role.present(desired, found, partition, account), desired

    def _find(self, name: str) -> Role | None:
        roles = self._execute(INFO_MODULE, {"name": name})["iam_roles"]
        return execution_role.from_info(roles[0]) if roles else None

    def _caller(self) -> tuple[str, str]:
        """Return partition and account of the credentials, for a role that does not exist yet."""
        if self._account is None:
            caller = self._execute(CALLER_MODULE, {})
            self._account = (caller["partition"], caller["account_id"])
        return self._account

    def _find_region(self) -> str:
        """Return the region of the modules' clients, which only the module's host knows."""
        try:
            return self._execute(CALLER_MODULE, {"account": False})["region"]
        except ModuleFailed as failure:
            if "requires a region and none was found" in failure.message:
                problem = Problem(
                    "region", "the region is not set. Give region, or set AWS_REGION or AWS_DEFAULT_REGION."
                )
                raise InputError(problem) from failure
            words = failure.message.partition("Couldn't connect to AWS: ")[2]
            if words.startswith("The config profile"):
                raise InputError(Problem("profile", f"{words}.")) from failure
            raise

    def _execute(self, module: str, args: Mapping[str, Any]) -> dict[str, Any]:
        """Run a module with the connection options of the task. Raises ModuleFailed."""
        given = {option: self._params.get(option) for option in execution_role_options.CONNECTION}
        return self.call(module, {**{option: value for option, value in given.items() if value is not None}, **args})

    def _failure(self, failure: ModuleFailed) -> dict[str, Any]:
        """Return the module's failure with its message and a remedy."""
        hidden = {"warnings", "invocation", "changed"}
        if "botocore_version" in failure.result:
            # An error of the service, not a crash, so the traceback through amazon.aws is not useful.
            hidden.add("exception")
        return {
            **{key: value for key, value in failure.result.items() if key not in hidden},
            "failed": True,
            "msg": errors.with_hint(failure.message),
        }
