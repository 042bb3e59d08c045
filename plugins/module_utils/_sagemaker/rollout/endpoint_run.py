# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shared parts of an endpoint's rollout: the endpoint, its desired state, changes and failure reports."""

from __future__ import annotations

from typing import Callable
from typing import List
from typing import Optional

from ..api import failures
from ..api import transitions
from ..api.client import AwsClients
from ..api.transitions import Deadline
from ..api.transitions import Overtaken
from ..api.transitions import Refusals
from ..core import errors
from ..core import failure_causes
from ..core.errors import SageMakerError
from ..core.errors import ServiceError
from ..core.plans import Change
from ..core.types import Api
from ..resources import endpoint_configs
from ..resources import endpoints
from ..resources import immutables
from ..resources.endpoints import DELETING
from ..resources.endpoints import IN_SERVICE
from ..resources.endpoints import ROLLBACK_FAILED
from .endpoint_plan.desired_endpoint import DesiredEndpoint
from .endpoint_watch import EndpointWatch


class EndpointRun(EndpointWatch):
    """An endpoint on its way to a configuration."""

    def __init__(self, aws: AwsClients, desired: DesiredEndpoint, deadline: Deadline) -> None:
        super().__init__(aws, desired.name, deadline, desired.secret_keys)
        self.desired = desired

    def config_of(self, endpoint: Optional[Api]) -> Optional[str]:
        return self.desired.config_name

    def serves(self, endpoint: Api) -> bool:
        """Return whether the endpoint is in service with the desired configuration."""
        return endpoint["EndpointStatus"] == IN_SERVICE and endpoint["EndpointConfigName"] == self.desired.config_name

    def await_change(self, before: Optional[Api]) -> Api:
        """Return the endpoint once a change is visible. before: the endpoint before the change."""
        return self.await_shown(lambda seen: not endpoints.is_same(seen, before))

    def lookup(self) -> Optional[Api]:
        """After a lost answer, return the endpoint if it is moving to the desired configuration."""
        endpoint = self.look()
        has_target = endpoint is not None and endpoints.target_config(endpoint) == self.desired.config_name
        return endpoint if has_target and endpoint["EndpointStatus"] != DELETING else None

    def change(
        self, operation: str, request: Api, lookup: Callable[[], Optional[Api]], before: Optional[Api]
    ) -> Optional[Api]:
        """Change the endpoint, and retry during transitions and until resources are visible.

        lookup: returns the endpoint if the change has started or is complete, None otherwise. before: the endpoint that
        the decision is based on. Return the result of lookup, None if the call was accepted.
        """
        try:
            made, existing = transitions.change(
                lambda look: self.aws.sagemaker.call(operation, request, look),
                lookup,
                # The autoscaler, a maintenance or another run may have changed it.
                lambda: endpoints.is_same(self.wait_stable(), before),
                Refusals(errors.is_in_progress, _is_taken, self._is_late),
                self.aws.clock,
                self.deadline,
            )
        except ServiceError as error:
            failures.refusal(self.aws, error, self.failed(before, errors.message(error)))
            raise
        if not made:
            # The same configuration is fine. If two runs create the endpoint with different ones, the intended one is
            # unknown.
            raise self.overtaken() if before is not None else SageMakerError(self.overtaken().message)
        return existing

    def _is_late(self, error: ServiceError) -> bool:
        """Return whether the service does not see the existing configuration yet."""
        missing = errors.is_not_found(error, "endpoint configuration")
        return missing and immutables.is_named(endpoint_configs.KIND, self.aws, [self.desired.config_name], error)

    def overtaken(self) -> Overtaken:
        return Overtaken(
            f"Endpoint {self.name} was created or changed by somebody else during this run. Run the task again to bring it to "
            f"{self.desired.config_name}."
        )

    def update_failure(self, after: Api, before: str) -> SageMakerError:
        """Return the error report of an update that did not reach the desired configuration. before: the endpoint
        before the update."""
        name, target, serving = self.name, self.desired.config_name, after["EndpointConfigName"]
        status = after["EndpointStatus"]
        reason = failure_causes.format_reason(after)
        if status != IN_SERVICE:
            then = f" {endpoints.after_failed_rollback(serving)}" if status == ROLLBACK_FAILED else ""
            return self.failure(
                after, f"Endpoint {name} was not updated to {target}; it is {status} now. {reason}{then}"
            )
        if serving != before:
            text = f"Endpoint {name} serves {serving} now, not {target}: somebody else updated it during this run."
            again = f"Run the task again to bring it to {target}."
            return self.failure(after, text, cause="superseded", remedy=again)
        text = f"Endpoint {name} was not updated to {target}: SageMaker rolled back, and it still serves {serving}. {reason}"
        return self.failure(after, text, rolled_back=True)

    def capacity_failure(self, after: Api, missed: List[Change]) -> SageMakerError:
        """Return the error report for weights and counts that were not reached. missed: the entries that the endpoint
        lacks."""
        status, reason = after["EndpointStatus"], failure_causes.format_reason(after)
        if status == IN_SERVICE and not missed:
            return self.update_failure(after, self.desired.config_name)
        text = (
            f"Endpoint {self.name} did not reach the initial weights and instance counts of {self.desired.config_name}"
        )
        if status != IN_SERVICE:
            return self.failure(after, f"{text}; it is {status} now. {reason}")
        found = ", ".join(f"{change.path} is {change.before}, not {change.after}" for change in missed)
        text += f": SageMaker rolled back, or somebody else changed them during this run. {found}. {reason}"
        return self.failure(after, text, rolled_back=True)


def _is_taken(error: ServiceError) -> bool:
    """Return whether somebody else has changed the endpoint first, with the same configuration or another one."""
    return errors.is_already_exists(error) or errors.is_config_in_use(error)
