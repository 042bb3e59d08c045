# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The desired state of a scalable target with its policies and scheduled actions, and the plan for it. Changes
nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from typing import Dict
from typing import List
from typing import Mapping
from typing import Optional

from ..api.client import AwsClients
from ..api.client import ServiceClient
from ..core import errors
from ..core.errors import InputError
from ..core.plans import Change
from ..core.problems import Problem
from ..core.types import Api
from ..rules import scaling as scaling_rules
from ..rules import tags as tag_rules
from ..rules import variants as variant_rules
from ..rules.variants import COPY_COUNT
from ..rules.variants import INSTANCE_COUNT
from ..schema import compare
from ..schema import shapes
from .autoscaling import policies
from .autoscaling import scheduled_limits

# Short names of dimensions for users.
SHORT_DIMENSIONS = {scaling.option: dimension for dimension, scaling in variant_rules.SCALINGS.items()}


TARGET_OPTIONS = ("min_capacity", "max_capacity", "suspended_state")


@dataclass(frozen=True)
class Part:
    """A part of a target: policies or scheduled actions. option: the option and the key in results; name: the member
    with the name."""

    option: str
    name: str
    put: str
    delete: str
    listing: str
    listed: str


POLICIES = Part(
    "scaling_policies",
    "PolicyName",
    "PutScalingPolicy",
    "DeleteScalingPolicy",
    "DescribeScalingPolicies",
    "ScalingPolicies",
)


ACTIONS = Part(
    "scheduled_actions",
    "ScheduledActionName",
    "PutScheduledAction",
    "DeleteScheduledAction",
    "DescribeScheduledActions",
    "ScheduledActions",
)


PARTS = (POLICIES, ACTIONS)


@dataclass(frozen=True)
class Target:
    """A current target: its description, its policies and actions by name, and its tags."""

    description: Api
    parts: Dict[str, Dict[str, Api]]
    tags: tag_rules.Tags

    @property
    def key(self) -> Api:
        """Return the members that identify the target in every call."""
        return {member: self.description[member] for member in ("ServiceNamespace", "ResourceId", "ScalableDimension")}


def target_key(params: Mapping[str, Any]) -> Api:
    """Return ServiceNamespace, ResourceId and ScalableDimension from the options."""
    namespace = params.get("service_namespace") or scaling_rules.NAMESPACE
    if namespace != scaling_rules.NAMESPACE:
        raise InputError(Problem("service_namespace", f"must be {scaling_rules.NAMESPACE}, got {namespace}."))
    resource_id = params.get("resource_id")
    if not resource_id:
        component, endpoint, variant = (
            params.get(option) for option in ("inference_component_name", "endpoint_name", "variant_name")
        )
        if not component and not (endpoint and variant):
            problem = "the name of the target is empty. Give endpoint_name and variant_name, or inference_component_name, or resource_id."
            raise InputError(Problem("", problem))
        resource_id = (
            scaling_rules.component_id(component) if component else scaling_rules.variant_id(endpoint, variant)
        )
    if not scaling_rules.VARIANT_ID.fullmatch(resource_id) and not scaling_rules.COMPONENT_ID.fullmatch(resource_id):
        raise InputError(
            Problem(
                "resource_id",
                f"{resource_id} is not a scalable target. Give endpoint/<endpoint>/variant/<variant> or "
                "inference-component/<name>.",
            )
        )
    derived = COPY_COUNT if scaling_rules.COMPONENT_ID.fullmatch(resource_id) else INSTANCE_COUNT
    given = params.get("scalable_dimension")
    dimension = SHORT_DIMENSIONS.get(given, given) or derived
    allowed = [COPY_COUNT] if derived == COPY_COUNT else sorted(set(variant_rules.SCALINGS) - {COPY_COUNT})
    if dimension not in allowed:
        raise InputError(
            Problem(
                "scalable_dimension",
                f"{resource_id} can be scaled by {' or '.join(allowed)}, not by {dimension}.",
            )
        )
    return {"ServiceNamespace": scaling_rules.NAMESPACE, "ResourceId": resource_id, "ScalableDimension": dimension}


class DesiredTarget:
    """The desired state of a target, as validated requests."""

    def __init__(self, aws: AwsClients, key: Api, params: Mapping[str, Any], replaced: bool = False) -> None:
        """replaced: whether what is to be scaled is not what is there now, but what another task will have made by then."""
        service = aws.autoscaling
        self.key = key
        self.replaced = replaced
        keys = {shapes.option_name(member): value for member, value in key.items()}
        wrong = errors.Problems()
        with wrong.collected():
            options = {**keys, **{option: params.get(option) for option in TARGET_OPTIONS}}
            self.target = service.request("RegisterScalableTarget", options, scaling_rules.capacity_rules)
        with wrong.collected():
            self.tags = tag_rules.parse(params.get("tags"))
        self.purge_tags: bool = params["purge_tags"]
        # What is restored has its own record among its tags, or none, if somebody else made it.
        self.records: bool = params.get("records_limits", True)
        # None: not given, so unchanged.
        self.parts: Dict[str, Optional[Dict[str, Api]]] = {}
        self.purge = {part.option: params[f"purge_{part.option}"] for part in PARTS}
        for part in PARTS:
            with wrong.collected():
                self.parts[part.option] = _wanted(service, part, keys, params.get(part.option))
        errors.raise_if_any(wrong)
        for part in PARTS:
            for name, request in (self.parts[part.option] or {}).items():
                path = f"{part.option}[{name}]"
                aws.warn(shapes.unknown_values(service.input_shape(part.put), request, path))


def _wanted(service: ServiceClient, part: Part, keys: Api, items: Optional[List[Any]]) -> Optional[Dict[str, Api]]:
    """Return the put requests of the policies or actions by name."""
    if items is None:
        return None
    rules = scaling_rules.policy_rules if part is POLICIES else scaling_rules.action_rules
    requests: List[Api] = []
    wrong = errors.Problems(scaling_rules.twice_rules(part.option, items))
    for index, item in enumerate(items):
        with wrong.collected():
            requests.append(service.request(part.put, {**item, **keys}, rules, f"{part.option}[{index}]"))
    errors.raise_if_any(wrong)
    if part is POLICIES:
        requests = [{**request, "PolicyType": policies.policy_type(request)} for request in requests]
    return {request[part.name]: request for request in requests}


@dataclass
class TargetPlan:
    """The steps in order: target, policies and actions, tags. kept: the limits that scheduled actions have set."""

    changes: List[Change]
    register: bool
    put: Dict[str, List[Api]]
    drop: Dict[str, List[str]]
    tags: tag_rules.TagChange
    kept: scheduled_limits.Kept

    @property
    def calls(self) -> List[str]:
        named = ["RegisterScalableTarget"] if self.register else []
        for part in PARTS:
            # The service allows one tracking policy per metric, so an old one is deleted first.
            named += [part.delete] * len(self.drop[part.option]) + [part.put] * len(self.put[part.option])
        return named


def plan_target(service: ServiceClient, desired: DesiredTarget, current: Optional[Target]) -> TargetPlan:
    steps = TargetPlan([], current is None, {}, {}, tag_rules.TagChange(), {})
    for part in PARTS:
        _plan_part(service, part, desired, current, steps)
    actions = _parts_after(ACTIONS, current, steps)
    if current is not None:
        before = current.parts[ACTIONS.option]
        steps.kept = scheduled_limits.kept(desired.target, current.description, before, actions, current.tags)
    asked = {m: v for m, v in desired.target.items() if m not in desired.key and m not in steps.kept}
    shape = service.input_shape("RegisterScalableTarget")
    target_changes = compare.changes(shape, asked, current.description if current else {})
    steps.register = steps.register or bool(target_changes)
    steps.changes = [*target_changes, *steps.changes]
    record = scheduled_limits.record(desired.target, actions) if desired.records else {}
    _plan_tags(desired, current, steps, record)
    return steps


def _plan_tags(desired: DesiredTarget, current: Optional[Target], steps: TargetPlan, record: tag_rules.Tags) -> None:
    """Plan the desired tags and the one that records the limits."""
    wanted = {**record, **(desired.tags or {})}
    if current is None:
        steps.tags = tag_rules.TagChange(after=wanted)
        steps.changes += [Change(f"tags.{key}", None, wanted[key]) for key in sorted(wanted)]
    elif desired.tags is None:
        steps.tags = tag_rules.change(record, current.tags, purge=False)
    else:
        steps.tags = tag_rules.change(wanted, current.tags, desired.purge_tags)


def _plan_part(
    service: ServiceClient, part: Part, desired: DesiredTarget, current: Optional[Target], steps: TargetPlan
) -> None:
    wanted = desired.parts[part.option]
    there = current.parts[part.option] if current else {}
    steps.put[part.option], steps.drop[part.option] = [], []
    if wanted is None:
        return
    shape = service.input_shape(part.put)
    for name, request in wanted.items():
        path = f"{part.option}[{name}]"
        content = {member: value for member, value in request.items() if member not in desired.key}
        if name in there:
            found = compare.changes(shape, content, there[name], path)
        else:
            found = [Change(path, None, shapes.from_api(shape, content))]
        if not found:
            continue
        steps.changes += found
        if part is POLICIES and name in there and there[name]["PolicyType"] != request["PolicyType"]:
            # The service cannot change the type of a policy.
            steps.drop[part.option].append(name)
            steps.put[part.option].append(request)
        else:
            steps.put[part.option].append(_keeping(part, request, there.get(name, {})))
    if part is POLICIES:
        steps.drop[part.option] += _passing_metrics_on(steps.put[part.option], there, steps.drop[part.option])
    if desired.purge[part.option]:
        for name in sorted(set(there) - set(wanted)):
            steps.changes.append(Change(f"{part.option}[{name}]", name, None))
            steps.drop[part.option].append(name)


def _passing_metrics_on(put: List[Api], current: Mapping[str, Api], dropped: List[str]) -> List[str]:
    """Return the policies to delete first, because they change their metric and another policy takes over the old one.

    The service allows one tracking policy per metric.
    """
    names = {request["PolicyName"] for request in put if request["PolicyName"] in current} - set(dropped)
    wanted = {request["PolicyName"]: policies.tracked_metric(request) for request in put}
    return sorted(
        name
        for name in names
        if policies.TRACKING in current[name]
        and any(metric == policies.tracked_metric(current[name]) for other, metric in wanted.items() if other != name)
    )


def _keeping(part: Part, request: Api, current: Api) -> Api:
    """Add the current members that the request omits, because the service deletes omitted members."""
    if part is POLICIES:
        return policies.keeping(request, current)
    times = {member: current[member] for member in ("StartTime", "EndTime") if member in current}
    return {**times, **request}


def registration(desired: DesiredTarget, current: Optional[Target], steps: TargetPlan) -> Api:
    """Return the request. The effect of a partial suspended state is not documented, so the request contains it
    completely."""
    target = {member: value for member, value in desired.target.items() if member not in steps.kept}
    if current is None or "SuspendedState" not in target:
        return target
    suspended = {**current.description.get("SuspendedState", {}), **target["SuspendedState"]}
    return {**target, "SuspendedState": suspended}


def predict(service: ServiceClient, desired: DesiredTarget, current: Optional[Target], steps: TargetPlan) -> Target:
    """Return the predicted target."""
    description = {**(current.description if current else {}), **registration(desired, current, steps)}
    description = with_suspended_state(service, description)
    parts = {part.option: _parts_after(part, current, steps) for part in PARTS}
    return Target(description, parts, steps.tags.after)


def _parts_after(part: Part, current: Optional[Target], steps: TargetPlan) -> Dict[str, Api]:
    """Return the policies or scheduled actions after the run, by name."""
    there = current.parts[part.option] if current else {}
    after = {name: item for name, item in there.items() if name not in steps.drop[part.option]}
    for request in steps.put[part.option]:
        after[request[part.name]] = {**after.get(request[part.name], {}), **request}
    return after


def with_suspended_state(service: ServiceClient, description: Api) -> Api:
    """Return a description with the complete suspended state, like the service: absent kinds are not suspended."""
    members = service.input_shape("RegisterScalableTarget").members["SuspendedState"].members
    return {**description, "SuspendedState": {**dict.fromkeys(members, False), **description.get("SuspendedState", {})}}
