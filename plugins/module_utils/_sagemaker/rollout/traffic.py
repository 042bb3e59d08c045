# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Weights and capacities of a live endpoint, set without a new configuration.

A shift is marked on the endpoint with a tag that names the configuration it was made under, so that a deploy of the same
configuration does not take it for drift and put it back. The mark goes when all is again as the configuration begins.
What the autoscaler owns is no part of a shift, and neither is the concurrency of serverless variants: a deploy leaves
both alone anyway.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import Any
from typing import Dict
from typing import Iterator
from typing import List
from typing import Mapping
from typing import Optional
from typing import Set
from typing import Tuple

from ..api import tags
from ..api import transitions
from ..api.client import AwsClients
from ..api.transitions import Deadline
from ..api.transitions import Obstacle
from ..api.transitions import Progress
from ..api.transitions import TimedOut
from ..core import errors
from ..core import failure_causes
from ..core import ownership
from ..core import plans
from ..core.errors import SageMakerError
from ..core.plans import Change
from ..core.plans import Plan
from ..core.plans import Result
from ..core.problems import Problem
from ..core.types import Api
from ..core.types import Options
from ..resources import endpoint_configs
from ..resources import endpoints
from ..resources import immutables
from ..resources import scalable_targets
from ..resources import variants
from ..resources.endpoints import CREATING
from ..resources.endpoints import DELETING
from ..resources.endpoints import IN_SERVICE
from ..resources.endpoints import TRANSITIONS
from ..resources.endpoints import UPDATING
from ..rules import capacity as capacity_rules
from ..rules import tags as tag_rules
from ..schema import shapes
from . import scaling_handover

OPERATION = "UpdateEndpointWeightsAndCapacities"

# {variant: member of DesiredWeightsAndCapacities: value}
Desired = Dict[str, Api]


# Under which member of a variant DescribeEndpoint shows what was asked for and what is, by the request's member.
_SHOWN = {
    "DesiredWeight": ("DesiredWeight", "CurrentWeight"),
    "DesiredInstanceCount": ("DesiredInstanceCount", "CurrentInstanceCount"),
    "ServerlessUpdateConfig": ("DesiredServerlessConfig", "CurrentServerlessConfig"),
}
_GROUPS = ("ProductionVariants", "ShadowProductionVariants")


def ensure(aws: AwsClients, params: Mapping[str, Any], check_mode: bool) -> Result:
    """Give the variants of a live endpoint these weights and capacities; with check_mode only say what would be done."""
    return _Shift(aws, Wish(aws, params)).carry_out(check_mode)


class Wish:
    """What was asked for, checked."""

    def __init__(self, aws: AwsClients, params: Mapping[str, Any]) -> None:
        options = ("endpoint_name", "desired_weights_and_capacities")
        request = aws.sagemaker.request(OPERATION, {option: params[option] for option in options}, _twice)
        self.name: str = request["EndpointName"]
        self.desired: Desired = {
            item["VariantName"]: {member: value for member, value in item.items() if member != "VariantName"}
            for item in request["DesiredWeightsAndCapacities"]
        }
        self.override_autoscaling: bool = params["override_autoscaling"]
        self.wait: bool = params["wait"]
        self.timeout: Optional[int] = params.get("wait_timeout")


def _twice(request: Options) -> Iterator[Problem]:
    """Yield what is wrong with variants that have several entries."""
    names = Counter(item["variant_name"] for item in request["desired_weights_and_capacities"])
    for name in (name for name, count in names.items() if count > 1):
        yield Problem(
            "desired_weights_and_capacities",
            f"the variant {name} is listed twice. Give everything for a variant in one " "entry.",
        )


def differences(endpoint: Api, desired: Desired) -> Tuple[List[Api], List[Change]]:
    """What is not asked of the endpoint yet: entries of DesiredWeightsAndCapacities, and the same as changes. Pure.

    Of an entry only the members that differ are left. A ServerlessUpdateConfig stays whole, since what the service makes
    of a part of it is not documented.
    """
    wanted, changes = [], []
    for group, variant in _variants(endpoint):
        name = variant["VariantName"]
        path = f"{shapes.option_name(group)}[{name}]"
        found = {
            member: list(_member_changes(path, member, _desired(variant, member), value))
            for member, value in desired.get(name, {}).items()
        }
        differing = {member: desired[name][member] for member, its_changes in found.items() if its_changes}
        if differing:
            wanted.append({"VariantName": name, **differing})
        changes += [change for its_changes in found.values() for change in its_changes]
    return wanted, changes


def _member_changes(path: str, member: str, before: Any, wanted: Any) -> Iterator[Change]:
    where = f"{path}.{shapes.option_name(_SHOWN[member][0])}"
    if member == "ServerlessUpdateConfig":
        for part, value in wanted.items():
            if (before or {}).get(part) != value:
                yield Change(f"{where}.{shapes.option_name(part)}", (before or {}).get(part), value)
    elif before is None or shapes.float32(before) != shapes.float32(wanted):
        yield Change(where, before, wanted)


def _desired(variant: Api, member: str) -> Any:
    """Return what is asked of a variant already. Once that is reached the service may show only what is."""
    desired, current = _SHOWN[member]
    return variant.get(desired, variant.get(current))


def applied(endpoint: Api, desired: Desired, arrived: bool) -> Api:
    """The endpoint once these weights and capacities were accepted, and, if arrived, have been reached. Pure."""
    groups = {
        group: [_applied(variant, desired.get(variant["VariantName"], {}), arrived) for variant in endpoint[group]]
        for group in _GROUPS
        if group in endpoint
    }
    return {**endpoint, **groups}


def _applied(variant: Api, wanted: Api, arrived: bool) -> Api:
    after = dict(variant)
    for member, value in wanted.items():
        shown = _SHOWN[member] if arrived else _SHOWN[member][:1]
        if member == "ServerlessUpdateConfig":
            value = {**(_desired(variant, member) or {}), **value}
            shown = [each for each in shown if each in variant or not arrived]
        elif member == "DesiredWeight":
            value = shapes.float32(value)
        after.update(dict.fromkeys(shown, value))
    return after


def _variants(endpoint: Api) -> List[Tuple[str, Api]]:
    """(member that holds it, variant) of all variants."""
    return [(group, variant) for group in _GROUPS for variant in endpoint.get(group, [])]


def _after_transition(endpoint: Api) -> Api:
    """The endpoint as it will be if the transition under way ends well."""
    if endpoint["EndpointStatus"] not in TRANSITIONS:
        return endpoint
    pending = endpoint.get("PendingDeploymentSummary", {}) if endpoint["EndpointStatus"] in (CREATING, UPDATING) else {}
    kept = {m: value for m, value in endpoint.items() if m not in ("FailureReason", "PendingDeploymentSummary")}
    coming = {group: pending[group] for group in _GROUPS if group in pending}
    return {
        **kept,
        **coming,
        "EndpointConfigName": endpoints.target_config(endpoint),
        "EndpointStatus": IN_SERVICE,
    }


@dataclass(frozen=True)
class _Steps:
    """What is to be done: entries to send, the changes that make them necessary, and what becomes of the mark."""

    wanted: List[Api]
    changes: List[Change]
    mark: tag_rules.TagChange

    @property
    def plan(self) -> Plan:
        mark_calls = tags.SAGEMAKER.calls(self.mark)
        if self.wanted:
            return Plan(plans.UPDATE, [*self.changes, *self.mark.changes], [OPERATION, *mark_calls])
        return Plan(plans.RETAG, self.mark.changes, mark_calls) if mark_calls else Plan()


class _Shift:
    """One run: look, plan, do, verify."""

    def __init__(self, aws: AwsClients, wish: Wish) -> None:
        self.aws = aws
        self.wish = wish
        start = aws.clock.now()
        self.found = self._described()
        self.deadline = Deadline(aws.clock, self._timeout(self.found), start)
        # Asked for when they first matter: the tags as they were, and {variant: dimensions that the autoscaler owns}.
        self._its_tags: Optional[tag_rules.Tags] = None
        self._owned: Optional[Dict[str, Set[str]]] = None

    def carry_out(self, check_mode: bool) -> Result:
        found = self.found
        must_wait = not endpoints.is_stable(found)
        endpoint = _after_transition(found)
        if must_wait and not check_mode and (self.wish.wait or self._steps(endpoint).plan.changed):
            endpoint = found = self._settled()
        steps = self._steps(endpoint)
        plan = steps.plan
        if plan.action == plans.NONE and must_wait:
            plan = Plan(plans.WAIT)
        if not plan.changed:
            after = found if must_wait and not self.wish.wait else endpoint
        elif check_mode:
            after = self._predicted(endpoint, steps)
        else:
            with plans.attached(plan):
                after, steps = self._do(endpoint, steps)
        return Result(
            endpoints.NOUN,
            self.wish.name,
            endpoints.resource(self.aws, after, steps.mark.after),
            plan,
            _comparable(endpoint, self._tags(endpoint)),
            _comparable(after, steps.mark.after),
        )

    # Looking

    def _described(self) -> Api:
        return self._there(endpoints.describe(self.aws, self.wish.name))

    def _there(self, endpoint: Optional[Api]) -> Api:
        if endpoint is None or endpoint["EndpointStatus"] == DELETING:
            status = "does not exist" if endpoint is None else "is being deleted"
            raise SageMakerError(
                f"endpoint_name: the endpoint {self.wish.name} {status}, so it has no traffic to shift. Deploy it first "
                "(sagemaker_endpoint, or the role of the same name)."
            )
        return endpoint

    def _settled(self) -> Api:
        return self._there(endpoints.wait_stable(self.aws, self.wish.name, self.deadline))

    def _timeout(self, endpoint: Api) -> float:
        """Seconds to wait; a deployment under way may take as long as its own policy allows."""
        return float(self.wish.timeout or endpoints.update_timeout(self.aws, [endpoint.get("LastDeploymentConfig")]))

    def _tags(self, endpoint: Api) -> tag_rules.Tags:
        if self._its_tags is None:
            self._its_tags = endpoints.read_tags(self.aws, endpoint)
        return self._its_tags

    def _owners(self, endpoint: Api) -> Dict[str, Set[str]]:
        if self._owned is None:
            names = [variant["VariantName"] for _group, variant in _variants(endpoint)]
            targets = scaling_handover.registered(self.aws.autoscaling, self.wish.name, names)
            self._owned = {name: {target["ScalableDimension"] for target in its} for name, its in targets.items()}
        return self._owned

    # Planning

    def _steps(self, endpoint: Api) -> _Steps:
        self._refuse(endpoint)
        wanted, changes = differences(endpoint, self.wish.desired)
        return _Steps(wanted, changes, self._mark(endpoint, self.wish.desired))

    def _refuse(self, endpoint: Api) -> None:
        """What cannot be done, before anything is done."""
        name = self.wish.name
        if endpoint["EndpointStatus"] != IN_SERVICE:
            raise self._failure(
                endpoint,
                f"Endpoint {name} is {endpoint['EndpointStatus']}, and only of one that is {IN_SERVICE} the traffic can be "
                f"shifted. {failure_causes.told_reason(endpoint)} Deploy it anew first.",
            )
        current = {variant["VariantName"]: variant for _group, variant in _variants(endpoint)}
        misfits = _misfits(self.wish.desired, current, "AsyncInferenceConfig" in endpoint)
        owned = [] if self.wish.override_autoscaling else self._owned_capacities(endpoint)
        errors.raise_if_any(Problem("desired_weights_and_capacities", text) for text in (*misfits, *owned))

    def _owned_capacities(self, endpoint: Api) -> Iterator[str]:
        """What to say about capacities that an autoscaler sets."""
        given = [
            (name, option, dimension)
            for name, wanted in self.wish.desired.items()
            for option, dimension in _capacities(wanted)
        ]
        taken = [
            f"{option} of {name}"
            for name, option, dimension in given
            if dimension in self._owners(endpoint).get(name, set())
        ]
        if taken:
            yield (
                f"{', '.join(taken)}: the variant is a registered scalable target, and the autoscaler would soon set another "
                "capacity. Leave it out, or change min_capacity and max_capacity with sagemaker_autoscaling; or set "
                "override_autoscaling to set it nevertheless."
            )

    def _mark(self, endpoint: Api, desired: Desired) -> tag_rules.TagChange:
        """How the mark has to change for the endpoint with these weights and capacities."""
        current = self._tags(endpoint)
        wanted = {tag: value for tag, value in current.items() if tag != ownership.TRAFFIC_OVERRIDE_TAG}
        if self._is_shifted(endpoint, desired):
            wanted[ownership.TRAFFIC_OVERRIDE_TAG] = endpoint["EndpointConfigName"]
        if len(wanted) > tag_rules.MOST:
            raise SageMakerError(
                f"Endpoint {self.wish.name} has {tag_rules.MOST} tags, the most that AWS allows, and the tag "
                f"{ownership.TRAFFIC_OVERRIDE_TAG} is needed so that no deploy undoes the shift. Remove one of them."
            )
        return tag_rules.change(wanted, current, purge=True)

    def _is_shifted(self, endpoint: Api, desired: Desired) -> bool:
        """Whether with these weights and capacities a deploy of the endpoint's own configuration would put something back."""
        config = immutables.describe(endpoint_configs.KIND, self.aws, endpoint["EndpointConfigName"])
        if config is None:  # Deleted, so nobody can tell how it began: what is changed counts as shifted, and stays so.
            return ownership.TRAFFIC_OVERRIDE_TAG in self._tags(endpoint) or bool(differences(endpoint, desired)[0])
        drift = capacity_rules.drift(applied(endpoint, desired, arrived=True), config)
        if capacity_rules.has_counts(drift):
            drift = capacity_rules.without_counts(drift, self._owners(endpoint))
        return bool(drift)

    def _predicted(self, endpoint: Api, steps: _Steps) -> Api:
        """The endpoint as a run would leave it."""
        if not steps.wanted:
            return endpoint
        status = IN_SERVICE if self.wish.wait else UPDATING
        return {**applied(endpoint, self.wish.desired, arrived=self.wish.wait), "EndpointStatus": status}

    # Doing

    def _do(self, endpoint: Api, steps: _Steps) -> Tuple[Api, _Steps]:
        """Shift, mark, verify. The endpoint afterwards, and the steps that were taken in the end."""
        sent = bool(steps.wanted)
        if sent:
            steps = self._send(steps)
        tags.SAGEMAKER.apply(self.aws.sagemaker, endpoint["EndpointArn"], steps.mark)
        if not sent:
            return endpoint, steps
        return (self._verified(endpoint) if self.wish.wait else self._shown(endpoint)), steps

    def _send(self, steps: _Steps) -> _Steps:
        """The call. While a transition is in the way it is awaited, and what is still to be done is asked anew."""
        left = [steps]

        def is_wanted() -> bool:
            # The autoscaler, a maintenance or another run was quicker.
            left.append(self._steps(self._settled()))
            return bool(left[-1].wanted)

        def call() -> None:
            request = {"EndpointName": self.wish.name, "DesiredWeightsAndCapacities": left[-1].wanted}
            self.aws.sagemaker.call(OPERATION, request, self._lookup)

        transitions.while_busy(call, [Obstacle(errors.is_in_progress, is_wanted)], self.aws.clock, self.deadline)
        return left[-1]

    def _lookup(self) -> Optional[Api]:
        """After a lost answer: the endpoint, if all is asked of it already."""
        endpoint = self._described()
        return None if differences(endpoint, self.wish.desired)[0] else endpoint

    def _verified(self, before: Api) -> Api:
        """Wait until every variant has arrived; anything else is a failure."""

        def progress(endpoint: Api) -> Progress:
            if not endpoints.is_stable(endpoint):
                return Progress.UNDER_WAY
            if endpoint["EndpointStatus"] == IN_SERVICE and not self._missed(endpoint):
                return Progress.ENDED if endpoints.capacity_reached(endpoint) else Progress.UNDER_WAY
            return Progress.UNCHANGED if endpoints.is_same(endpoint, before) else Progress.ENDED

        try:
            after = transitions.await_end(self.aws.sagemaker, self._described, progress, self.deadline)
        except TimedOut as error:
            message = endpoints.timeout_message(self.wish.name, error.last, self.deadline)
            raise self._failure(error.last, message, cause="timeout") from error
        if after["EndpointStatus"] != IN_SERVICE or self._missed(after):
            raise self._unreached(after)
        return after

    def _shown(self, before: Api) -> Api:
        """The endpoint with the beginning of the shift, which may show a moment later."""

        def shows(endpoint: Api) -> bool:
            return not endpoints.is_same(endpoint, before) or not self._missed(endpoint)

        return transitions.await_shown(self.aws.sagemaker, self._described, shows)

    def _missed(self, endpoint: Api) -> List[Change]:
        """What the endpoint does not have of what was asked for. What the autoscaler owns it may have changed again."""
        owned = self._owners(endpoint) if self.wish.override_autoscaling else {}
        desired = {name: _without_owned(wanted, owned.get(name, set())) for name, wanted in self.wish.desired.items()}
        return differences(endpoint, desired)[1]

    # Failing

    def _unreached(self, after: Api) -> SageMakerError:
        name = self.wish.name
        if after["EndpointStatus"] != IN_SERVICE:
            text = f"Endpoint {name} did not reach the weights and capacities asked for; it is {after['EndpointStatus']} now."
            return self._failure(after, f"{text} {failure_causes.told_reason(after)}")
        found = ", ".join(f"{change.path} is {change.before}, not {change.after}" for change in self._missed(after))
        error = self._failure(
            after,
            f"Endpoint {name} did not reach the weights and capacities asked for: SageMaker rolled back, or somebody else "
            f"changed them during this run. {found}. {failure_causes.told_reason(after)}",
            rolled_back=True,
        )
        try:
            self._its_tags = endpoints.read_tags(self.aws, after)
            tags.SAGEMAKER.apply(self.aws.sagemaker, after["EndpointArn"], self._mark(after, {}))
        except SageMakerError as second:
            error.message += (
                f" The tag {ownership.TRAFFIC_OVERRIDE_TAG} is still to be corrected, by the next run: {second.message}"
            )
        return error

    def _failure(self, endpoint: Api, message: str, **details: Any) -> SageMakerError:
        reason = endpoint.get("FailureReason", "")
        cause = failure_causes.diagnose(reason)
        return SageMakerError(
            f"{message} {cause.remedy}" if reason else message,
            **{
                "failure_reason": reason,
                "endpoint": endpoints.resource(self.aws, endpoint, self._tags(endpoint)),
                "rolled_back": False,
                "cause": cause.name,
                "remedy": cause.remedy,
                "log_group": failure_causes.log_group(self.wish.name),
                **details,
            },
        )


def _misfits(desired: Desired, current: Mapping[str, Api], asynchronous: bool) -> Iterator[str]:
    """Variants that do not exist, and capacities that a variant cannot have."""
    if not current:  # It is being created, and check mode cannot know.
        return
    unknown = [name for name in desired if name not in current]
    if unknown:
        yield f"the endpoint has no variant {', '.join(unknown)}; it has {', '.join(current)}."
    for name in [name for name in desired if name in current]:
        yield from _capacity_misfits(name, desired[name], current[name], asynchronous)


def _capacity_misfits(name: str, wanted: Api, variant: Api, asynchronous: bool) -> Iterator[str]:
    serverless = "DesiredServerlessConfig" in variant or "CurrentServerlessConfig" in variant
    if serverless and "DesiredInstanceCount" in wanted:
        yield f"the variant {name} is serverless: give serverless_update_config, not desired_instance_count."
    if not serverless and "ServerlessUpdateConfig" in wanted:
        yield f"the variant {name} runs on instances: give desired_instance_count, not serverless_update_config."
    # By the service model 0 is right for every variant. By AWS's guides only asynchronous endpoints and inference
    # components, whose variants show no images, scale to zero.
    if wanted.get("DesiredInstanceCount") == 0 and "DeployedImages" in variant and not asynchronous:
        yield (
            f"desired_instance_count: the variant {name} has to answer at once and needs an instance; 0 is for asynchronous "
            "endpoints (async_inference_config)."
        )
    update = wanted.get("ServerlessUpdateConfig", {})
    current = _desired(variant, "ServerlessUpdateConfig") or {}
    most = update.get("MaxConcurrency", current.get("MaxConcurrency", math.inf))
    if update.get("ProvisionedConcurrency", 0) > most:
        yield (
            f"serverless_update_config.provisioned_concurrency: {update['ProvisionedConcurrency']} is above the "
            f"max_concurrency {most} of the variant {name}."
        )


def _capacities(wanted: Api) -> Iterator[Tuple[str, str]]:
    """(option, dimension of the autoscaler) of the capacities that are given."""
    if "DesiredInstanceCount" in wanted:
        yield "desired_instance_count", scalable_targets.INSTANCE_COUNT
    if "ProvisionedConcurrency" in wanted.get("ServerlessUpdateConfig", {}):
        yield "serverless_update_config.provisioned_concurrency", scalable_targets.PROVISIONED_CONCURRENCY


def _without_owned(wanted: Api, dimensions: Set[str]) -> Api:
    kept = dict(wanted)
    if scalable_targets.INSTANCE_COUNT in dimensions:
        kept.pop("DesiredInstanceCount", None)
    if scalable_targets.PROVISIONED_CONCURRENCY in dimensions and "ServerlessUpdateConfig" in kept:
        parts = kept["ServerlessUpdateConfig"]
        kept["ServerlessUpdateConfig"] = {part: v for part, v in parts.items() if part != "ProvisionedConcurrency"}
    return kept


def _comparable(endpoint: Api, its_tags: tag_rules.Tags) -> Dict[str, Any]:
    """What diff mode shows: what is asked of each variant."""
    current = {
        variant["VariantName"]: {
            shapes.option_name(shown): _desired(variant, member)
            for member, (shown, _current) in _SHOWN.items()
            if _desired(variant, member) is not None
        }
        for variant in variants.of(endpoint)
    }
    return {**endpoints.comparable(endpoint, its_tags), "variants": current}
