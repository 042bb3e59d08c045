# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Weights and capacities of a live endpoint, set without a new configuration.

A tag of the endpoint marks a shift and names the configuration at that time, so that a deploy of the same configuration
does not treat it as drift. The tag is removed once all values are the initial ones of the configuration again. Capacity
that an autoscaler owns is not part of a shift, nor is the concurrency of serverless variants, because a deploy changes
neither.
"""

from __future__ import annotations

from typing import Any
from typing import Collection
from typing import Dict
from typing import Iterator
from typing import List
from typing import Mapping
from typing import Optional
from typing import Set
from typing import Tuple

from ..api import failures
from ..api import tags
from ..api import transitions
from ..api.client import AwsClients
from ..api.transitions import Deadline
from ..api.transitions import Obstacle
from ..core import errors
from ..core import failure_causes
from ..core import ownership
from ..core import plans
from ..core.errors import SageMakerError
from ..core.errors import ServiceError
from ..core.plans import Change
from ..core.plans import Plan
from ..core.plans import Result
from ..core.problems import Problem
from ..core.types import Api
from ..resources import endpoint_configs
from ..resources import endpoints
from ..resources import immutables
from ..resources.endpoints import DELETING
from ..resources.endpoints import IN_SERVICE
from ..resources.endpoints import UPDATING
from ..rules import capacity as capacity_rules
from ..rules import tags as tag_rules
from . import scaling_handover
from . import traffic_plan
from .endpoint_watch import EndpointWatch
from .traffic_plan import OPERATION
from .traffic_plan import DesiredTraffic
from .traffic_plan import TrafficPlan
from .traffic_plan import Values
from .traffic_plan import applied
from .traffic_plan import differences
from .traffic_plan import without_owned


def ensure(aws: AwsClients, params: Mapping[str, Any], check_mode: bool) -> Result:
    """Set these weights and capacities of a live endpoint, with check_mode only predict it."""
    desired = DesiredTraffic(aws, params)
    start = aws.clock.now()
    current = _live(endpoints.describe(aws, desired.name), desired.name)
    # A deployment in progress may take as long as its policy allows.
    seconds = float(desired.timeout or endpoints.update_timeout(aws, [current.get("LastDeploymentConfig")]))
    watch = _TrafficWatch(aws, desired.name, Deadline(aws.clock, seconds, start), desired.secret_keys)
    return _Shift(watch, desired).ensure(current, check_mode)


def _live(endpoint: Optional[Api], name: str) -> Api:
    """Return the endpoint. Raises SageMakerError if it does not exist or is being deleted."""
    if endpoint is None or endpoint["EndpointStatus"] == DELETING:
        status = "does not exist" if endpoint is None else "is being deleted"
        raise SageMakerError(
            f"endpoint_name: the endpoint {name} {status}, so it has no traffic to shift. Deploy it first "
            "(sagemaker_endpoint, or the role of the same name)."
        )
    return endpoint


class _TrafficWatch(EndpointWatch):
    """An existing endpoint, with its tags and its autoscalers, which are looked up on first use."""

    what = "traffic change"

    def __init__(self, aws: AwsClients, name: str, deadline: Deadline, secret_keys: Collection[str]) -> None:
        super().__init__(aws, name, deadline, secret_keys)
        self._owned: Optional[Dict[str, Set[str]]] = None
        self._has_tags = False

    def look(self) -> Api:
        return self.existing(super().look())

    def existing(self, endpoint: Optional[Api]) -> Api:
        return _live(endpoint, self.name)

    def read_tags(self, endpoint: Api, again: bool = False) -> tag_rules.Tags:
        if again or not self._has_tags:
            self.tags, self._has_tags = endpoints.read_tags(self.aws, endpoint), True
        return self.tags

    def owners(self, endpoint: Api) -> Dict[str, Set[str]]:
        """Return {variant: dimensions that an autoscaler owns}."""
        if self._owned is None:
            names = [variant["VariantName"] for _group, variant in traffic_plan.all_variants(endpoint)]
            targets = scaling_handover.registered(self.aws.autoscaling, self.name, names)
            self._owned = {name: {target["ScalableDimension"] for target in its} for name, its in targets.items()}
        return self._owned

    def failure(self, endpoint: Api, message: str, **details: Any) -> SageMakerError:
        self.read_tags(endpoint)
        return super().failure(endpoint, message, **details)


class _Shift:
    """One run: read, plan, apply, verify."""

    def __init__(self, watch: _TrafficWatch, desired: DesiredTraffic) -> None:
        self.watch = watch
        self.aws = watch.aws
        self.desired = desired

    def ensure(self, current: Api, check_mode: bool) -> Result:
        must_wait = not endpoints.is_stable(current)
        endpoint = traffic_plan.after_transition(current)
        if must_wait and not check_mode and (self.desired.wait or self._plan(endpoint).plan.changed):
            endpoint = current = self._settled()
        steps = self._plan(endpoint)
        plan = steps.plan
        if plan.action == plans.NONE and must_wait:
            plan = Plan(plans.WAIT)
        if not plan.changed:
            after = current if must_wait and not self.desired.wait else endpoint
        elif check_mode:
            after = self._predict(endpoint, steps)
        else:
            with plans.attached(plan):
                after, steps = self._apply(endpoint, steps)
        return Result(
            endpoints.NOUN,
            self.desired.name,
            endpoints.resource(self.aws, after, steps.mark.after),
            plan,
            traffic_plan.comparable(endpoint, self.watch.read_tags(endpoint)),
            traffic_plan.comparable(after, steps.mark.after),
        )

    def _settled(self) -> Api:
        return self.watch.existing(self.watch.wait_stable())

    # Planning

    def _plan(self, endpoint: Api) -> TrafficPlan:
        self._refuse(endpoint)
        differing, changes = differences(endpoint, self.desired.values)
        return TrafficPlan(differing, changes, self._mark(endpoint, self.desired.values))

    def _refuse(self, endpoint: Api) -> None:
        """Raise the errors that can be detected before any change."""
        name = self.desired.name
        if endpoint["EndpointStatus"] != IN_SERVICE:
            raise self.watch.failure(
                endpoint,
                f"Endpoint {name} is {endpoint['EndpointStatus']}, and its traffic can be shifted only while it is {IN_SERVICE}. "
                f"{failure_causes.format_reason(endpoint)} Deploy it again first.",
            )
        described = self.aws.sagemaker.result("DescribeEndpoint", endpoint)
        owned = [] if self.desired.override_autoscaling else self._owned_capacities(endpoint)
        errors.raise_if_any([*capacity_rules.problems(self.desired.entries, described), *owned])

    def _owned_capacities(self, endpoint: Api) -> Iterator[Problem]:
        """Yield the problems of capacities that an autoscaler owns."""
        given = [
            (entry["variant_name"], option, dimension)
            for entry in self.desired.entries
            for option, dimension in capacity_rules.scaled(entry)
        ]
        taken = [
            f"{option} of {name}"
            for name, option, dimension in given
            if dimension in self.watch.owners(endpoint).get(name, set())
        ]
        if taken:
            yield Problem(
                "desired_weights_and_capacities",
                f"{', '.join(taken)}: the variant is a registered scalable target, and the autoscaler would soon set another "
                "capacity. Leave it out, or change min_capacity and max_capacity with sagemaker_autoscaling, or set "
                "override_autoscaling to set it anyway.",
            )

    def _mark(self, endpoint: Api, desired: Values) -> tag_rules.TagChange:
        """Return the change of the tag for the endpoint with these weights and capacities."""
        current = self.watch.read_tags(endpoint)
        wanted = {tag: value for tag, value in current.items() if tag != ownership.TRAFFIC_OVERRIDE_TAG}
        if self._is_shifted(endpoint, desired):
            wanted[ownership.TRAFFIC_OVERRIDE_TAG] = endpoint["EndpointConfigName"]
        if len(wanted) > tag_rules.MOST:
            raise SageMakerError(
                f"Endpoint {self.desired.name} has {tag_rules.MOST} tags, the most that AWS allows, and the tag "
                f"{ownership.TRAFFIC_OVERRIDE_TAG} is needed so that no deploy undoes the shift. Remove one of them."
            )
        return tag_rules.change(wanted, current, purge=True)

    def _is_shifted(self, endpoint: Api, desired: Values) -> bool:
        """Return whether a deploy of the endpoint's own configuration would change these weights and capacities."""
        config = immutables.describe(endpoint_configs.KIND, self.aws, endpoint["EndpointConfigName"])
        if config is None:  # It was deleted, so its initial values are unknown, and any change counts as a shift.
            return ownership.TRAFFIC_OVERRIDE_TAG in self.watch.read_tags(endpoint) or bool(
                differences(endpoint, desired)[0]
            )
        shifted = self.aws.sagemaker.result("DescribeEndpoint", applied(endpoint, desired, arrived=True))
        drift = capacity_rules.drift(shifted, self.aws.sagemaker.options("CreateEndpointConfig", config))
        if capacity_rules.has_counts(drift):
            drift = capacity_rules.without_counts(drift, self.watch.owners(endpoint))
        return bool(drift)

    def _predict(self, endpoint: Api, steps: TrafficPlan) -> Api:
        """Return the predicted endpoint."""
        if not steps.wanted:
            return endpoint
        status = IN_SERVICE if self.desired.wait else UPDATING
        return {**applied(endpoint, self.desired.values, arrived=self.desired.wait), "EndpointStatus": status}

    # Doing

    def _apply(self, endpoint: Api, steps: TrafficPlan) -> Tuple[Api, TrafficPlan]:
        """Shift, mark, verify. Return the endpoint afterwards, and the executed steps."""
        sent = bool(steps.wanted)
        if sent:
            steps = self._send(endpoint, steps)
        tags.SAGEMAKER.apply(self.aws.sagemaker, endpoint["EndpointArn"], steps.mark)
        if not sent:
            return endpoint, steps
        return (self._verified(endpoint) if self.desired.wait else self._shown(endpoint)), steps

    def _send(self, endpoint: Api, steps: TrafficPlan) -> TrafficPlan:
        """Make the call. Wait for a transition in progress, and plan again afterwards."""
        attempts = [steps]

        def is_wanted() -> bool:
            # The autoscaler, a maintenance or another run has changed it.
            attempts.append(self._plan(self._settled()))
            return bool(attempts[-1].wanted)

        def call() -> None:
            request = {"EndpointName": self.desired.name, "DesiredWeightsAndCapacities": attempts[-1].wanted}
            self.aws.sagemaker.call(OPERATION, request, self._lookup)

        obstacles = [Obstacle(errors.is_in_progress, is_wanted)]
        try:
            transitions.while_busy(call, obstacles, self.aws.clock, self.watch.deadline)
        except ServiceError as error:
            failures.refusal(self.aws, error, self.watch.failed(endpoint, errors.message(error)))
            raise
        return attempts[-1]

    def _lookup(self) -> Optional[Api]:
        """After a lost answer, return the endpoint if its desired values are already set."""
        endpoint = self.watch.described()
        return None if differences(endpoint, self.desired.values)[0] else endpoint

    def _verified(self, before: Api) -> Api:
        """Wait until every variant has its capacity. Raise an error for any other end."""

        def reached(endpoint: Api) -> bool:
            return endpoint["EndpointStatus"] == IN_SERVICE and not self._missed(endpoint)

        after = self.watch.await_end(reached, before)
        if not reached(after):
            raise self._unreached(after)
        return after

    def _shown(self, before: Api) -> Api:
        """Return the endpoint once the shift is visible, which may take a moment."""

        def shows(endpoint: Api) -> bool:
            return not endpoints.is_same(endpoint, before) or not self._missed(endpoint)

        return self.watch.await_shown(shows)

    def _missed(self, endpoint: Api) -> List[Change]:
        """Return the desired values that the endpoint lacks, without capacities that an autoscaler owns, which it may
        have changed again."""
        owned = self.watch.owners(endpoint) if self.desired.override_autoscaling else {}
        desired = {name: without_owned(wanted, owned.get(name, set())) for name, wanted in self.desired.values.items()}
        return differences(endpoint, desired)[1]

    # Failing

    def _unreached(self, after: Api) -> SageMakerError:
        name = self.desired.name
        if after["EndpointStatus"] != IN_SERVICE:
            text = f"Endpoint {name} did not reach the desired weights and capacities. It is {after['EndpointStatus']} now."
            return self.watch.failure(after, f"{text} {failure_causes.format_reason(after)}")
        found = ", ".join(f"{change.path} is {change.before}, not {change.after}" for change in self._missed(after))
        error = self.watch.failure(
            after,
            f"Endpoint {name} did not reach the desired weights and capacities: SageMaker rolled back, or somebody else "
            f"changed them during this run. {found}. {failure_causes.format_reason(after)}",
            rolled_back=True,
        )
        try:
            self.watch.read_tags(after, again=True)
            tags.SAGEMAKER.apply(self.aws.sagemaker, after["EndpointArn"], self._mark(after, {}))
        except SageMakerError as second:
            error.add(
                f" The tag {ownership.TRAFFIC_OVERRIDE_TAG} is not up to date, and the next run corrects it: {second.message}"
            )
        return error
