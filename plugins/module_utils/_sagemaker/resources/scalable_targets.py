# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scalable targets with their policies and scheduled actions, in Application Auto Scaling's namespace sagemaker."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import replace
from typing import Any
from typing import Dict
from typing import List
from typing import Mapping
from typing import Optional

from ..api import tags
from ..api.client import AwsClients
from ..api.client import ServiceClient
from ..core import errors
from ..core import plans
from ..core.errors import InputError
from ..core.errors import ServiceError
from ..core.plans import Change
from ..core.plans import Plan
from ..core.plans import Result
from ..core.problems import Problem
from ..core.types import Api
from ..rules import scaling as scaling_rules
from ..rules import tags as tag_rules
from ..rules import variants as variant_rules
from ..rules.variants import COPY_COUNT
from ..rules.variants import INSTANCE_COUNT
from ..schema import compare
from ..schema import shapes
from . import endpoint_configs
from . import immutables
from . import in_use
from . import scaling_policies
from . import variants

NOUN = "scalable_target"

# What a user may write for a dimension.
SHORT_DIMENSIONS = {scaling.option: dimension for dimension, scaling in variant_rules.SCALINGS.items()}


TARGET_OPTIONS = ("min_capacity", "max_capacity", "suspended_state")


@dataclass(frozen=True)
class Part:
    """What hangs on a target: policies or scheduled actions. option: also the key in results; name: its naming member."""

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
    """A target as it is: its description, its policies and actions by name, and its tags."""

    description: Api
    parts: Dict[str, Dict[str, Api]]
    tags: tag_rules.Tags

    @property
    def key(self) -> Api:
        """What names the target in every call."""
        return {member: self.description[member] for member in ("ServiceNamespace", "ResourceId", "ScalableDimension")}


def describe_targets(service: ServiceClient, resource_ids: Optional[List[str]] = None) -> List[Api]:
    """The registered targets, of all or of these resources."""
    request: Api = {"ServiceNamespace": scaling_rules.NAMESPACE}
    if resource_ids is None:
        return list(service.pages("DescribeScalableTargets", request, "ScalableTargets"))
    # The service takes up to 50 ids in one call.
    return [
        target
        for start in range(0, len(resource_ids), 50)
        for target in service.pages(
            "DescribeScalableTargets", {**request, "ResourceIds": resource_ids[start : start + 50]}, "ScalableTargets"
        )
    ]


def read(service: ServiceClient, description: Api) -> Target:
    """A registered target with all that hangs on it."""
    parts = {part.option: read_part(service, part, description) for part in PARTS}
    arn = description.get("ScalableTargetARN")
    return Target(description, parts, tags.AUTOSCALING.read(service, arn) if arn else {})


def read_part(service: ServiceClient, part: Part, description: Api) -> Dict[str, Api]:
    """The policies or the scheduled actions of a registered target by their names."""
    key = {member: description[member] for member in ("ServiceNamespace", "ResourceId", "ScalableDimension")}
    return {item[part.name]: item for item in service.pages(part.listing, key, part.listed)}


def info(aws: AwsClients, params: Mapping[str, Any]) -> Dict[str, Any]:
    """{"scalable_targets": [...]}, of all endpoints and components or of those asked for."""
    service = aws.autoscaling
    endpoint, variant, component = (
        params[option] for option in ("endpoint_name", "variant_name", "inference_component_name")
    )
    if component:
        found = describe_targets(service, [scaling_rules.component_id(component)])
    elif endpoint and variant:
        found = describe_targets(service, [scaling_rules.variant_id(endpoint, variant)])
    else:
        found = describe_targets(service)
        if endpoint:
            found = [
                target for target in found if target["ResourceId"].startswith(scaling_rules.variant_id(endpoint, ""))
            ]
        if variant:
            found = [target for target in found if target["ResourceId"].endswith(f"/variant/{variant}")]
    found = found[: params.get("max_results")]
    return {"scalable_targets": [resource(service, read(service, target)) for target in found]}


def resource(service: ServiceClient, target: Target) -> Dict[str, Any]:
    """A target as results show it."""
    shown = service.result("DescribeScalableTargets", {"ScalableTargets": [target.description]})["scalable_targets"][0]
    for part in PARTS:
        items = {part.listed: list(target.parts[part.option].values())}
        shown[part.option] = service.result(part.listing, items)[shapes.option_name(part.listed)]
    return {**shown, "tags": target.tags}


def ensure(aws: AwsClients, params: Mapping[str, Any], check_mode: bool) -> Result:
    """Register, change or deregister a target, with policies, scheduled actions and tags."""
    key = _key(params)
    service = aws.autoscaling
    # In a run what is there is there.
    replaced = check_mode and bool(params.get("assume_unregistered"))
    found = None if replaced else _current(service, key)
    if params["state"] == "absent":
        return _absent(service, key, found, check_mode)
    desired = DesiredTarget(aws, key, params, replaced)
    return _present(aws, desired, read(service, found) if found else None, check_mode)


def check(aws: AwsClients, params: Mapping[str, Any], config: Api) -> None:
    """Raise InputError for options of a target that are wrong, whose policies and actions are all that it is to have.

    config: the request of the endpoint configuration that its variant will be of, empty where that is not known.
    """
    desired = DesiredTarget(aws, _key(params), params)
    found = scaling_rules.VARIANT_ID.fullmatch(desired.key["ResourceId"])
    options = aws.sagemaker.options("CreateEndpointConfig", config)
    dimension, low = desired.key["ScalableDimension"], desired.target.get("MinCapacity")
    together = _together_problems(aws.autoscaling, desired.target, desired.parts)
    unfit = scaling_rules.variant_rules(options, found["variant"], dimension, low) if found else []
    errors.raise_if_any([*together, *unfit])


def _together_problems(
    service: ServiceClient, target: Api, parts: Mapping[str, Optional[Mapping[str, Api]]]
) -> List[Problem]:
    """Return what the service refuses of a target with all that is to hang on it. parts: by option, then by name."""
    members = {
        part.option: {name: service.options(part.put, item) for name, item in (parts[part.option] or {}).items()}
        for part in PARTS
    }
    return scaling_rules.together_rules(service.options("RegisterScalableTarget", target), **members)


def _key(params: Mapping[str, Any]) -> Api:
    """ServiceNamespace, ResourceId and ScalableDimension out of the options."""
    resource_id = params.get("resource_id")
    if not resource_id:
        component, endpoint, variant = (
            params.get(option) for option in ("inference_component_name", "endpoint_name", "variant_name")
        )
        if not component and not (endpoint and variant):
            problem = "What names the target is empty. Give endpoint_name and variant_name, or inference_component_name, or resource_id."
            raise InputError(Problem("", problem))
        resource_id = (
            scaling_rules.component_id(component) if component else scaling_rules.variant_id(endpoint, variant)
        )
    if not scaling_rules.VARIANT_ID.fullmatch(resource_id) and not scaling_rules.COMPONENT_ID.fullmatch(resource_id):
        raise InputError(
            Problem(
                "resource_id",
                f"{resource_id} names nothing that can be scaled; give endpoint/<endpoint>/variant/<variant> or "
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
    """What is desired of a target, as checked requests."""

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
        self.purge_tags = params.get("purge_tags", True)
        # None: not given, so left alone.
        self.parts: Dict[str, Optional[Dict[str, Api]]] = {}
        self.purge = {part.option: params.get(f"purge_{part.option}", True) for part in PARTS}
        for part in PARTS:
            with wrong.collected():
                self.parts[part.option] = _wanted(service, part, keys, params.get(part.option))
        errors.raise_if_any(wrong)
        for part in PARTS:
            for name, request in (self.parts[part.option] or {}).items():
                path = f"{part.option}[{name}]"
                aws.warn(shapes.unknown_values(service.input_shape(part.put), request, path))


def _wanted(service: ServiceClient, part: Part, keys: Api, items: Optional[List[Any]]) -> Optional[Dict[str, Api]]:
    """The put requests of the policies or actions by name."""
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
        requests = [{**request, "PolicyType": scaling_policies.policy_type(request)} for request in requests]
    return {request[part.name]: request for request in requests}


@dataclass
class TargetPlan:
    """What is to be done, in order: target, policies and actions, tags."""

    changes: List[Change]
    register: bool
    put: Dict[str, List[Api]]
    drop: Dict[str, List[str]]
    tags: tag_rules.TagChange

    @property
    def calls(self) -> List[str]:
        named = ["RegisterScalableTarget"] if self.register else []
        for part in PARTS:
            # The service allows one tracking policy for a metric, so an old one makes room first.
            named += [part.delete] * len(self.drop[part.option]) + [part.put] * len(self.put[part.option])
        return named


def _plan_target(service: ServiceClient, desired: DesiredTarget, current: Optional[Target]) -> TargetPlan:
    shape = service.input_shape("RegisterScalableTarget")
    asked = {m: v for m, v in desired.target.items() if m not in desired.key}
    target_changes = compare.changes(shape, asked, current.description if current else {})
    steps = TargetPlan(list(target_changes), current is None or bool(target_changes), {}, {}, tag_rules.TagChange())
    for part in PARTS:
        _plan_part(service, part, desired, current, steps)
    if current is None:
        after = desired.tags or {}
        steps.tags = tag_rules.TagChange(after=after)
        steps.changes += [Change(f"tags.{key}", None, after[key]) for key in sorted(after)]
    else:
        steps.tags = tag_rules.change(desired.tags, current.tags, desired.purge_tags)
    return steps


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
            # The service changes no policy's type.
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
    """Return the policies to delete first because another one is to track what they track now, and they something else.

    The service takes one tracking policy for a metric.
    """
    names = {request["PolicyName"] for request in put if request["PolicyName"] in current} - set(dropped)
    wanted = {request["PolicyName"]: scaling_policies.tracked_metric(request) for request in put}
    return sorted(
        name
        for name in names
        if scaling_policies.TRACKING in current[name]
        and any(
            metric == scaling_policies.tracked_metric(current[name])
            for other, metric in wanted.items()
            if other != name
        )
    )


def _keeping(part: Part, request: Api, current: Api) -> Api:
    """An update that omits a member deletes it at the service, so what was not given is sent along."""
    if part is POLICIES:
        return scaling_policies.keeping(request, current)
    times = {member: current[member] for member in ("StartTime", "EndTime") if member in current}
    return {**times, **request}


def _present(aws: AwsClients, desired: DesiredTarget, current: Optional[Target], check_mode: bool) -> Result:
    service = aws.autoscaling
    if current is None and not {"MinCapacity", "MaxCapacity"} <= set(desired.target):
        raise InputError(
            Problem(
                "min_capacity and max_capacity",
                f"{desired.key['ResourceId']} is not registered yet, and a new scalable target " "needs both.",
            )
        )
    steps = _plan_target(service, desired, current)
    predicted = _predict(service, desired, current, steps)
    if steps.calls:
        # What stays as it is has been accepted.
        errors.raise_if_any(_together_problems(service, predicted.description, predicted.parts))
    if steps.register and not desired.replaced:
        _refuse_unscalable(aws, desired, current, check_mode)
    calls = steps.calls + tags.AUTOSCALING.calls(steps.tags)
    if current is None:
        plan = Plan(plans.CREATE, steps.changes, calls)
    elif steps.calls:
        plan = Plan(plans.UPDATE, steps.changes + steps.tags.changes, calls)
    elif calls:
        plan = Plan(plans.RETAG, steps.tags.changes, calls)
    else:
        plan = Plan()
    if not plan.changed:
        after = current
    elif check_mode:
        after = predicted
    else:
        with plans.attached(plan):
            _apply(service, desired, current, steps)
        after = read(service, describe_one(service, desired.key))
    before = _comparable(service, current) if current else {}
    return Result(NOUN, desired.key["ResourceId"], resource(service, after), plan, before, _comparable(service, after))


def _refuse_unscalable(aws: AwsClients, desired: DesiredTarget, current: Optional[Target], check_mode: bool) -> None:
    """Refuse what the variant is not fit for; looked at when it is newly registered, or newly to scale to zero.

    In check mode it is no failure: an earlier task of the same play may be the one that would change the endpoint.
    """
    low = desired.target.get("MinCapacity")
    if current is not None and (low != 0 or current.description["MinCapacity"] == 0):
        return
    broken = _unscalable(aws, desired.key, low, check_mode)
    if not check_mode:
        errors.raise_if_any(broken)
    aws.warn([f"{problem} Unless the endpoint is changed before, this is refused." for problem in broken])


def _unscalable(aws: AwsClients, key: Api, low: Optional[int], check_mode: bool) -> List[Problem]:
    """What is refused because of the variant, as far as it can be looked at."""
    found = scaling_rules.VARIANT_ID.fullmatch(key["ResourceId"])
    if found is None:
        return []
    name = found["endpoint"]
    try:
        endpoint = in_use.describe_endpoint(aws, name)
        if endpoint is None:
            missing = Problem(
                "endpoint_name", f"there is no endpoint {name} to scale. Deploy it first (sagemaker_endpoint)."
            )
            return [] if check_mode else [missing]
        # Of a transition nobody knows how it ends.
        config = (
            immutables.describe(endpoint_configs.KIND, aws, endpoint["EndpointConfigName"])
            if endpoint["EndpointStatus"] == "InService"
            else None
        )
    except ServiceError as error:
        if errors.is_denied(error):
            return []
        raise
    if config is None:
        return []
    names = [variant["VariantName"] for variant in variants.of(config)]
    if found["variant"] not in names:
        unknown = f"the endpoint {name} has no variant {found['variant']}; it has {', '.join(names)}."
        return [] if check_mode else [Problem("variant_name", unknown)]
    options = aws.sagemaker.options("CreateEndpointConfig", config)
    return scaling_rules.variant_rules(options, found["variant"], key["ScalableDimension"], low)


def _registration(desired: DesiredTarget, current: Optional[Target]) -> Api:
    """The request. What the service makes of a part of the suspended state is not documented, so it is sent whole."""
    if current is None or "SuspendedState" not in desired.target:
        return desired.target
    suspended = {**current.description.get("SuspendedState", {}), **desired.target["SuspendedState"]}
    return {**desired.target, "SuspendedState": suspended}


def describe_one(service: ServiceClient, key: Api) -> Api:
    """The target with this key, which exists."""
    target = _current(service, key)
    if target is not None:
        return target
    raise errors.SageMakerError(f"The scalable target {key['ResourceId']} was registered, but it is gone again.")


def _apply(service: ServiceClient, desired: DesiredTarget, current: Optional[Target], steps: TargetPlan) -> None:
    if steps.register:
        register(service, _registration(desired, current), desired.tags if current is None else None)
    for part in PARTS:
        for name in steps.drop[part.option]:
            delete_part(service, part, desired.key, name)
        for request in steps.put[part.option]:
            service.call(part.put, request)
    if current is not None:
        tags.AUTOSCALING.apply(service, current.description["ScalableTargetARN"], steps.tags)


def register(service: ServiceClient, request: Api, with_tags: Optional[tag_rules.Tags]) -> None:
    """Register or change a target. The service takes tags only with a new one, and then refuses another one's.

    A target that somebody else was quicker to register gets our tags if it is what was asked for.
    """
    full = {**request, "Tags": with_tags} if with_tags else request
    shape = service.input_shape("RegisterScalableTarget")
    asked = {
        member: request[member] for member in ("MinCapacity", "MaxCapacity", "SuspendedState") if member in request
    }
    # What the last look has found, where it is what was asked for.
    found: List[Api] = []

    def lookup() -> Optional[Api]:
        target = _current(service, request)
        found[:] = [target] if target is not None and not compare.changes(shape, asked, target) else []
        return target if found else None

    try:
        service.call("RegisterScalableTarget", full, lookup)
    except ServiceError as error:
        if not errors.is_already_registered(error):
            raise
        if lookup() is None:
            raise _registered_by_others(service, request) from error
    if found and with_tags:
        # Nobody knows whether it is ours or somebody else's.
        tags.AUTOSCALING.claim(service, found[0]["ScalableTargetARN"], with_tags, purge=False)


def _registered_by_others(service: ServiceClient, key: Api) -> errors.SageMakerError:
    limits = _current(service, key)
    now = f" (from {limits['MinCapacity']} to {limits['MaxCapacity']})" if limits else ""
    return errors.SageMakerError(
        f"The scalable target {key['ResourceId']} ({key['ScalableDimension']}) was registered by somebody else during this run"
        f"{now}, and was left unchanged. Run the task again to change it."
    )


def _current(service: ServiceClient, key: Api) -> Optional[Api]:
    """The registered target with this resource id and dimension."""
    found = describe_targets(service, [key["ResourceId"]])
    return next((target for target in found if target["ScalableDimension"] == key["ScalableDimension"]), None)


def delete_part(service: ServiceClient, part: Part, key: Api, name: str) -> None:
    """Delete a policy or an action; that it is gone already is as good."""
    try:
        service.call(part.delete, {**key, part.name: name})
    except ServiceError as error:
        if not errors.is_target_not_found(error):
            raise


def deregister(service: ServiceClient, key: Api) -> None:
    """Deregister a target with all that hangs on it; that it is gone already is as good."""
    try:
        service.call("DeregisterScalableTarget", key)
    except ServiceError as error:
        if not errors.is_target_not_found(error):
            raise


def _absent(service: ServiceClient, key: Api, found: Optional[Api], check_mode: bool) -> Result:
    if found is None:
        return Result(NOUN, key["ResourceId"], {}, Plan(), {}, {})
    current = read(service, found)
    plan = Plan(plans.DELETE, [Change("state", "present", "absent")], ["DeregisterScalableTarget"])
    if not check_mode:
        with plans.attached(plan):
            deregister(service, key)
    return Result(NOUN, key["ResourceId"], {}, plan, _comparable(service, current), {})


def _predict(service: ServiceClient, desired: DesiredTarget, current: Optional[Target], steps: TargetPlan) -> Target:
    """The target as it will be."""
    description = {**(current.description if current else {}), **_registration(desired, current)}
    description = _with_suspended_state(service, description)
    parts = {}
    for part in PARTS:
        there = current.parts[part.option] if current else {}
        after = {name: item for name, item in there.items() if name not in steps.drop[part.option]}
        for request in steps.put[part.option]:
            after[request[part.name]] = {**after.get(request[part.name], {}), **request}
        parts[part.option] = after
    return Target(description, parts, steps.tags.after)


def _with_suspended_state(service: ServiceClient, description: Api) -> Api:
    """A description with the suspended state whole, as the service gives it: what was never suspended is not."""
    members = service.input_shape("RegisterScalableTarget").members["SuspendedState"].members
    return {**description, "SuspendedState": {**dict.fromkeys(members, False), **description.get("SuspendedState", {})}}


# What the service adds by itself and changes without us.
_NOISE = frozenset(
    {
        "creation_time",
        "alarms",
        "policy_arn",
        "scheduled_action_arn",
        "scalable_target_arn",
        "role_arn",
    }
)


def _comparable(service: ServiceClient, target: Target) -> Dict[str, Any]:
    """What diff mode shows of a target, without the server's additions, and what names the target only once."""
    whole = replace(target, description=_with_suspended_state(service, target.description))
    shown = {key: value for key, value in resource(service, whole).items() if key not in _NOISE}
    hidden = _NOISE | {shapes.option_name(member) for member in target.key}
    for part in PARTS:
        shown[part.option] = [
            {key: value for key, value in item.items() if key not in hidden} for item in shown[part.option]
        ]
    return shown
