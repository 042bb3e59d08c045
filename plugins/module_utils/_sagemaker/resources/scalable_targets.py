# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scalable targets with their policies and scheduled actions, in Application Auto Scaling's namespace sagemaker."""

from __future__ import annotations

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
from ..schema import compare
from ..schema import shapes
from . import endpoint_configs
from . import immutables
from . import in_use
from . import scaling_plan
from . import variants
from .autoscaling import scheduled_limits

NOUN = "scalable_target"


def targets_request(resource_ids: Optional[List[str]] = None) -> Api:
    """Return the request for all registered targets, or those of these resources."""
    request: Api = {"ServiceNamespace": scaling_rules.NAMESPACE}
    return request if resource_ids is None else {**request, "ResourceIds": resource_ids}


def describe_targets(service: ServiceClient, resource_ids: Optional[List[str]] = None) -> List[Api]:
    """Return all registered targets, or those of these resources."""
    if resource_ids is None:
        return list(service.pages("DescribeScalableTargets", targets_request(), "ScalableTargets"))
    # The service accepts up to 50 ids in a call.
    return [
        target
        for start in range(0, len(resource_ids), 50)
        for target in service.pages(
            "DescribeScalableTargets", targets_request(resource_ids[start : start + 50]), "ScalableTargets"
        )
    ]


def read(service: ServiceClient, description: Api) -> scaling_plan.Target:
    """Return a registered target with its policies, scheduled actions and tags."""
    parts = {part.option: read_part(service, part, description) for part in scaling_plan.PARTS}
    arn = description.get("ScalableTargetARN")
    return scaling_plan.Target(description, parts, tags.AUTOSCALING.read(service, arn) if arn else {})


def read_part(service: ServiceClient, part: scaling_plan.Part, description: Api) -> Dict[str, Api]:
    """Return the policies or scheduled actions of a registered target by name."""
    key = {member: description[member] for member in ("ServiceNamespace", "ResourceId", "ScalableDimension")}
    return {item[part.name]: item for item in service.pages(part.listing, key, part.listed)}


def info(aws: AwsClients, params: Mapping[str, Any]) -> Dict[str, Any]:
    """Return {"scalable_targets": [...]}, of all endpoints and components or of the requested ones."""
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


def resource(service: ServiceClient, target: scaling_plan.Target) -> Dict[str, Any]:
    """Return a target as in results."""
    shown = service.result("DescribeScalableTargets", {"ScalableTargets": [target.description]})["scalable_targets"][0]
    for part in scaling_plan.PARTS:
        items = {part.listed: list(target.parts[part.option].values())}
        shown[part.option] = service.result(part.listing, items)[shapes.option_name(part.listed)]
    return {**shown, "tags": target.tags}


def ensure(
    aws: AwsClients, params: Mapping[str, Any], check_mode: bool, restored: Optional[scaling_plan.Target] = None
) -> Result:
    """Register, change or deregister a target, with policies, scheduled actions and tags.

    restored: in check mode, the target that an earlier task will have registered by then.
    """
    key = scaling_plan.target_key(params)
    service = aws.autoscaling
    if restored is not None:
        return _present(aws, scaling_plan.DesiredTarget(aws, key, params, True), restored, check_mode=True)
    # Ignored in a run, in which an earlier task has really deleted the target.
    replaced = check_mode and bool(params.get("assume_unregistered"))
    found = None if replaced else _current(service, key)
    if params["state"] == "absent":
        return _absent(service, key, found, check_mode)
    desired = scaling_plan.DesiredTarget(aws, key, params, replaced)
    return _present(aws, desired, read(service, found) if found else None, check_mode)


def check(aws: AwsClients, params: Mapping[str, Any], config: Api) -> None:
    """Raise InputError for invalid options of a target with its complete lists of policies and actions.

    config: the request of its future endpoint configuration, empty if unknown.
    """
    desired = scaling_plan.DesiredTarget(aws, scaling_plan.target_key(params), params)
    found = scaling_rules.VARIANT_ID.fullmatch(desired.key["ResourceId"])
    options = aws.sagemaker.options("CreateEndpointConfig", config)
    dimension, low = desired.key["ScalableDimension"], desired.target.get("MinCapacity")
    together = _together_problems(aws.autoscaling, desired.target, desired.parts)
    unfit = scaling_rules.variant_rules(options, found["variant"], dimension, low) if found else []
    errors.raise_if_any([*together, *unfit])


def _together_problems(
    service: ServiceClient, target: Api, parts: Mapping[str, Optional[Mapping[str, Api]]]
) -> List[Problem]:
    """Return the problems of a target with all its policies and actions. parts: by option, then by name."""
    members = {
        part.option: {name: service.options(part.put, item) for name, item in (parts[part.option] or {}).items()}
        for part in scaling_plan.PARTS
    }
    return scaling_rules.together_rules(service.options("RegisterScalableTarget", target), **members)


def _present(
    aws: AwsClients, desired: scaling_plan.DesiredTarget, current: Optional[scaling_plan.Target], check_mode: bool
) -> Result:
    service = aws.autoscaling
    if current is None and not {"MinCapacity", "MaxCapacity"} <= set(desired.target):
        raise InputError(
            Problem(
                "min_capacity and max_capacity",
                f"{desired.key['ResourceId']} is not registered yet, and a new scalable target needs both.",
            )
        )
    steps = scaling_plan.plan_target(service, desired, current)
    predicted = scaling_plan.predict(service, desired, current, steps)
    if steps.calls:
        # The service has already accepted unchanged parts.
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
    name, shown = desired.key["ResourceId"], resource(service, after)
    notes = list(scheduled_limits.notes(name, steps.kept, desired.target, predicted.description))
    return Result(NOUN, name, shown, plan, before, _comparable(service, after), {"notes": notes})


def _refuse_unscalable(
    aws: AwsClients, desired: scaling_plan.DesiredTarget, current: Optional[scaling_plan.Target], check_mode: bool
) -> None:
    """Raise an error if the variant cannot be scaled as desired. Checked for new targets and for targets that newly
    scale to zero.

    In check mode this is only a warning, because an earlier task of the same play may be going to change the endpoint.
    """
    low = desired.target.get("MinCapacity")
    if current is not None and (low != 0 or current.description["MinCapacity"] == 0):
        return
    broken = _unscalable(aws, desired.key, low, check_mode)
    if not check_mode:
        errors.raise_if_any(broken)
    aws.warn([f"{problem} The task fails unless the endpoint changes before." for problem in broken])


def _unscalable(aws: AwsClients, key: Api, low: Optional[int], check_mode: bool) -> List[Problem]:
    """Return the problem that the variant causes, None if the caller may not describe it."""
    found = scaling_rules.VARIANT_ID.fullmatch(key["ResourceId"])
    if found is None:
        return []
    name = found["endpoint"]
    try:
        endpoint = in_use.describe_endpoint(aws, name)
        if endpoint is None:
            missing = Problem(
                "endpoint_name", f"the endpoint {name} does not exist. Deploy it first (sagemaker_endpoint)."
            )
            return [] if check_mode else [missing]
        # The result of a transition in progress is unknown.
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


def describe_one(service: ServiceClient, key: Api) -> Api:
    """Return the existing target with this key."""
    target = _current(service, key)
    if target is not None:
        return target
    raise errors.SageMakerError(f"The scalable target {key['ResourceId']} was registered, but no longer exists.")


def _apply(
    service: ServiceClient,
    desired: scaling_plan.DesiredTarget,
    current: Optional[scaling_plan.Target],
    steps: scaling_plan.TargetPlan,
) -> None:
    if steps.register:
        its_tags = steps.tags.after if current is None else None
        register(service, scaling_plan.registration(desired, current, steps), its_tags)
    for part in scaling_plan.PARTS:
        for name in steps.drop[part.option]:
            delete_part(service, part, desired.key, name)
        for request in steps.put[part.option]:
            service.call(part.put, request)
    if current is not None:
        tags.AUTOSCALING.apply(service, current.description["ScalableTargetARN"], steps.tags)


def register(service: ServiceClient, request: Api, with_tags: Optional[tag_rules.Tags]) -> None:
    """Register or change a target. The service accepts tags only with a new target, and refuses the call if the target
    exists.

    A target that somebody else has registered in the meantime gets our tags if it equals the request.
    """
    full = {**request, "Tags": with_tags} if with_tags else request
    shape = service.input_shape("RegisterScalableTarget")
    asked = {
        member: request[member] for member in ("MinCapacity", "MaxCapacity", "SuspendedState") if member in request
    }
    # The target of the last lookup, if it equals the request.
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
        # Either this run or somebody else has registered it.
        tags.AUTOSCALING.claim(service, found[0]["ScalableTargetARN"], with_tags, purge=False)


def _registered_by_others(service: ServiceClient, key: Api) -> errors.SageMakerError:
    limits = _current(service, key)
    now = f" (from {limits['MinCapacity']} to {limits['MaxCapacity']})" if limits else ""
    return errors.SageMakerError(
        f"The scalable target {key['ResourceId']} ({key['ScalableDimension']}) was registered by somebody else during this run"
        f"{now}, and was left unchanged. Run the task again to change it."
    )


def _current(service: ServiceClient, key: Api) -> Optional[Api]:
    """Return the registered target with this resource id and dimension."""
    found = describe_targets(service, [key["ResourceId"]])
    return next((target for target in found if target["ScalableDimension"] == key["ScalableDimension"]), None)


def delete_part(service: ServiceClient, part: scaling_plan.Part, key: Api, name: str) -> None:
    """Delete a policy or an action if it exists."""
    try:
        service.call(part.delete, {**key, part.name: name})
    except ServiceError as error:
        if not errors.is_target_not_found(error):
            raise


def deregister(service: ServiceClient, key: Api) -> None:
    """Deregister a target with its policies and actions if it exists."""
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


# Members that the service adds and changes.
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


def _comparable(service: ServiceClient, target: scaling_plan.Target) -> Dict[str, Any]:
    """Return a target for diff mode, without the service's additions, and with its name only once."""
    whole = replace(target, description=scaling_plan.with_suspended_state(service, target.description))
    shown = {key: value for key, value in resource(service, whole).items() if key not in _NOISE}
    hidden = _NOISE | {shapes.option_name(member) for member in target.key}
    for part in scaling_plan.PARTS:
        shown[part.option] = [
            {key: value for key, value in item.items() if key not in hidden} for item in shown[part.option]
        ]
    return shown
