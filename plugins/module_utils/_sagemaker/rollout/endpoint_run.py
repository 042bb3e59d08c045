# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the parts of an endpoint's rollout share: the endpoint, what is desired of it, and how it is changed and found to fail."""

from __future__ import annotations

from typing import Callable
from typing import List
from typing import Optional

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
from .endpoint_plan.desired_endpoint import DesiredEndpoint
from .endpoint_watch import EndpointWatch


class EndpointRun(EndpointWatch):
    """An endpoint that is being brought to a configuration."""

    def __init__(self, aws: AwsClients, desired: DesiredEndpoint, deadline: Deadline) -> None:
        super().__init__(aws, desired.name, deadline)
        self.desired = desired

    def serves(self, endpoint: Api) -> bool:
        """Return whether the endpoint is in service with the configuration asked for."""
        return endpoint["EndpointStatus"] == IN_SERVICE and endpoint["EndpointConfigName"] == self.desired.config_name

    def await_change(self, before: Optional[Api]) -> Api:
        """Return the endpoint with the beginning of a change, of which before is what it was."""
        return self.await_shown(lambda seen: not endpoints.is_same(seen, before))

    def lookup(self) -> Optional[Api]:
        """After a lost answer: return the endpoint, if it is on its way to what was asked for."""
        endpoint = self.look()
        there = endpoint is not None and endpoints.target_config(endpoint) == self.desired.config_name
        return endpoint if there and endpoint["EndpointStatus"] != DELETING else None

    def change(
        self, operation: str, request: Api, lookup: Callable[[], Optional[Api]], before: Optional[Api]
    ) -> Optional[Api]:
        """Change the endpoint, as often as a transition or eventual consistency is in the way.

        lookup: the endpoint if the change was begun or made; None if it is still to be made. before: the endpoint that the
        change was decided on. Return what was found by lookup, None where the call itself was accepted.
        """
        made, found = transitions.change(
            lambda look: self.aws.sagemaker.call(operation, request, look),
            lookup,
            # The autoscaler, a maintenance or another run may have been quicker.
            lambda: endpoints.is_same(self.wait_stable(), before),
            Refusals(errors.is_in_progress, _is_taken, self._is_late),
            self.aws.clock,
            self.deadline,
        )
        if not made:
            # With the same configuration it is fine. Where both wanted to make it, nobody knows which of the two is meant.
            raise self.overtaken() if before is not None else SageMakerError(self.overtaken().message)
        return found

    def _is_late(self, error: ServiceError) -> bool:
        """Whether the service does not see the configuration yet although it exists."""
        missing = errors.is_not_found(error, "endpoint configuration")
        return missing and immutables.is_named(endpoint_configs.KIND, self.aws, [self.desired.config_name], error)

    def overtaken(self) -> Overtaken:
        return Overtaken(
            f"Endpoint {self.name} was made or changed by somebody else during this run. Run again to bring it to "
            f"{self.desired.config_name}."
        )

    def update_failure(self, after: Api, before: str) -> SageMakerError:
        """Return the report of an update that did not lead to the configuration asked for. before: what served before."""
        name, wanted, serving = self.name, self.desired.config_name, after["EndpointConfigName"]
        status = after["EndpointStatus"]
        reason = failure_causes.format_reason(after)
        if status != IN_SERVICE:
            return self.failure(after, f"Endpoint {name} was not updated to {wanted}; it is {status} now. {reason}")
        if serving != before:
            text = f"Endpoint {name} serves {serving} now, not {wanted}: somebody else updated it during this run."
            again = f"Run again to bring it to {wanted}."
            return self.failure(after, text, cause="superseded", remedy=again)
        text = f"Endpoint {name} was not updated to {wanted}: SageMaker rolled back, and it still serves {serving}. {reason}"
        return self.failure(after, text, rolled_back=True)

    def capacity_failure(self, after: Api, missed: List[Change]) -> SageMakerError:
        """Return the report of weights and counts that were not reached. missed: what the endpoint does not have of them."""
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
    """Whether somebody was quicker, with the same configuration or another one."""
    return errors.is_already_exists(error) or errors.is_config_in_use(error)
