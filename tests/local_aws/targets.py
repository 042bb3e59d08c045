# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Application Auto Scaling: scalable targets, their tags and what has become of them. behaviour section 6"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from dataclasses import field
from typing import Any

from local_aws import alarms
from local_aws import scalables
from local_aws.endpoints import Endpoint
from local_aws.fleets import Fleet
from local_aws.paging import page
from local_aws.registry import handles
from local_aws.scalables import Capacity
from local_aws.variants import instance_types
from local_aws.wire import AwsError
from local_aws.wire import validation
from local_aws.world import ACCOUNT
from local_aws.world import Call

SERVICE = "application-autoscaling"
NAMESPACE = "sagemaker"
ROLE = (
    "role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/"
    "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
)
SUSPENDED = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")


@dataclass
class Target:
    resource: str
    dimension: str
    arn: str
    created: float
    minimum: int
    maximum: int
    suspended: dict[str, bool]
    tags: dict[str, str]
    policies: dict[str, Any] = field(default_factory=dict)
    actions: dict[str, Any] = field(default_factory=dict)

    def inside(self, capacity: int) -> int:
        """The capacity within the limits that is nearest."""
        return min(max(capacity, self.minimum), self.maximum)


def not_found(text: str) -> AwsError:
    return AwsError("ObjectNotFoundException", text)


def required(call: Call) -> Target:
    """The target that a Put call is about. behaviour 6.7"""
    resource, dimension = call.params["ResourceId"], call.params["ScalableDimension"]
    scalables.check_dimension(resource, dimension)
    target = call.region.targets.get((resource, dimension))
    if target is None:
        raise not_found(
            f"No scalable target registered for service namespace: {NAMESPACE}, resource ID: {resource}, "
            f"scalable dimension: {dimension}"
        )
    return target


def listed(call: Call, items: list[dict[str, Any]], key: str, size: int = 50) -> dict[str, Any]:
    """The answer of a Describe call: what the filters leave, in pages of at most this size. behaviour 6.18"""
    params = call.params
    if "ScalableDimension" in params and "ResourceId" not in params:
        raise validation("ResourceId must be specified together with ScalableDimension.")
    if not 1 <= params.get("MaxResults", size) <= size:
        raise validation(f"MaxResults must be between 1 and {size}.")
    for name in ("ResourceId", "ScalableDimension"):
        items = [one for one in items if params.get(name) in (None, one[name])]
    bad_token = AwsError("InvalidNextTokenException", "The next token supplied was invalid.")
    shown, token = page(items, params, size, bad_token)
    return {key: shown, **token}


@handles(SERVICE, "RegisterScalableTarget")
def register(call: Call) -> dict[str, Any]:
    """behaviour 6.2 to 6.6, 0.14, 0.15"""
    params = call.params
    resource, dimension = params["ResourceId"], params["ScalableDimension"]
    capacity = scalables.resolve(call, resource, dimension)
    known = call.region.targets.get((resource, dimension))
    if known is None and not ("MinCapacity" in params and "MaxCapacity" in params):
        raise validation("MinCapacity and MaxCapacity must be specified to register a new scalable target.")
    if known is not None and "Tags" in params:
        raise validation(
            "The scalable target that you tried to tag already exists. To update tags on an existing scalable target, "
            "use the TagResource API."
        )
    least = params["MinCapacity"] if "MinCapacity" in params or known is None else known.minimum
    most = params["MaxCapacity"] if "MaxCapacity" in params or known is None else known.maximum
    if least < capacity.minimum:
        raise validation(f"Minimum capacity must be greater than or equal to {capacity.minimum} for {resource}.")
    if most < least:
        raise validation("Maximum capacity cannot be less than minimum capacity.")
    if capacity.unfit is not None:
        raise validation(capacity.unfit)
    if known is None:
        arn = call.region.arn(SERVICE, f"scalable-target/{uuid.uuid4().hex}")
        suspended = dict.fromkeys(SUSPENDED, False)
        known = Target(resource, dimension, arn, call.now, least, most, suspended, _tags(params.get("Tags", {})))
        call.region.targets[resource, dimension] = known
    known.minimum, known.maximum = least, most
    known.suspended |= params.get("SuspendedState", {})
    cause = "capacity was outside of the minimum and maximum of the scalable target"
    move(call, known, capacity, known.inside(capacity.desired), cause)
    return {"ScalableTargetARN": known.arn}


def move(call: Call, target: Target, capacity: Capacity, wanted: int, cause: str) -> None:
    """Starts the change to a capacity, unless the resource is busy, and tells of it. behaviour 0.14, 6.4"""
    if not capacity.active or wanted == capacity.desired:
        return
    description = capacity.change(wanted)
    call.region.activities.insert(
        0,
        {
            "ActivityId": str(uuid.uuid4()),
            "ServiceNamespace": NAMESPACE,
            "ResourceId": target.resource,
            "ScalableDimension": target.dimension,
            "Description": description,
            "Cause": cause,
            "StartTime": call.now,
            "EndTime": call.now,
            "StatusCode": "Successful",
            "StatusMessage": f"Successfully began: {description}",
        },
    )


@handles(SERVICE, "DeregisterScalableTarget")
def deregister(call: Call) -> dict[str, Any]:
    """behaviour 6.8"""
    resource, dimension = call.params["ResourceId"], call.params["ScalableDimension"]
    scalables.check_dimension(resource, dimension)
    if (resource, dimension) not in call.region.targets:
        raise not_found(
            f"No scalable target found for service namespace: {NAMESPACE}, resource ID: {resource}, "
            f"scalable dimension: {dimension}"
        )
    _forget(call, (resource, dimension))
    return {}


def _forget(call: Call, key: tuple[str, str]) -> None:
    """Removes a target with its policies, their alarms, and its scheduled actions."""
    for policy in call.region.targets.pop(key).policies.values():
        alarms.delete(call.region, policy.alarm_names)
        alarms.forget(call.region, policy.arn)


def forget_endpoint(call: Call, name: str) -> None:
    """What DeleteEndpoint does to the endpoint's targets. behaviour 0.13"""
    for key in [key for key in call.region.targets if _variant_of(key[0], name) is not None]:
        _forget(call, key)


def _variant_of(resource: str, endpoint: str) -> str | None:
    """The variant that a resource id names if it is one of the endpoint's."""
    found = scalables.VARIANT.fullmatch(resource)
    return found[2] if found and found[1].lower() == endpoint.lower() else None


def refuse_unless_free(call: Call, endpoint: Endpoint, new: Fleet) -> None:
    """Refuses an update that removes a registered variant or changes its instance type. behaviour 0.12"""
    assert endpoint.fleet is not None
    bound = []
    for resource, _dimension in call.region.targets:
        name = _variant_of(resource, endpoint.name)
        if name is None or name not in endpoint.fleet.variants:
            continue
        old = instance_types(endpoint.fleet.variants[name].config)
        if name not in new.variants or instance_types(new.variants[name].config) != old:
            bound.append(name)
    if bound:
        raise validation(
            f'The variant(s) "[{", ".join(bound)}]" must be deregistered as scalable targets with AWS Auto Scaling '
            "before they can be removed or have their instance type updated."
        )


@handles(SERVICE, "DescribeScalableTargets")
def describe(call: Call) -> dict[str, Any]:
    wanted = call.params.get("ResourceIds")
    role = f"arn:{call.region.partition}:iam::{ACCOUNT}:{ROLE}"
    items = [
        {
            "ServiceNamespace": NAMESPACE,
            "ResourceId": one.resource,
            "ScalableDimension": one.dimension,
            "MinCapacity": one.minimum,
            "MaxCapacity": one.maximum,
            "RoleARN": role,
            "CreationTime": one.created,
            "SuspendedState": one.suspended,
            "ScalableTargetARN": one.arn,
        }
        for one in call.region.targets.values()
        if not wanted or one.resource in wanted
    ]
    if "ScalableDimension" in call.params:
        if not wanted:
            raise validation("ResourceIds must be specified together with ScalableDimension.")
        dimension = call.params.pop("ScalableDimension")
        items = [one for one in items if one["ScalableDimension"] == dimension]
    return listed(call, items, "ScalableTargets")


@handles(SERVICE, "DescribeScalingActivities")
def activities(call: Call) -> dict[str, Any]:
    return listed(call, call.region.activities, "ScalingActivities")


def _tags(tags: dict[str, str], present: dict[str, str] | None = None) -> dict[str, str]:
    for key in tags:
        if key.lower().startswith("aws:"):
            raise validation(f"Tag key '{key}' is reserved: tag keys must not begin with aws:.")
    merged = {**(present or {}), **tags}
    if len(merged) > 50:
        raise AwsError("TooManyTagsException", "The request contains too many tags: 50 are allowed on a resource.")
    return merged


def _by_arn(call: Call) -> Target:
    for target in call.region.targets.values():
        if target.arn == call.params["ResourceARN"]:
            return target
    raise AwsError(
        "ResourceNotFoundException",
        f"No scalable target found for resource ARN: {call.params['ResourceARN']}",
        ResourceName=call.params["ResourceARN"],
    )


@handles(SERVICE, "TagResource")
def tag(call: Call) -> dict[str, Any]:
    target = _by_arn(call)
    target.tags = _tags(call.params["Tags"], target.tags)
    return {}


@handles(SERVICE, "UntagResource")
def untag(call: Call) -> dict[str, Any]:
    target = _by_arn(call)
    for key in call.params["TagKeys"]:
        target.tags.pop(key, None)
    return {}


@handles(SERVICE, "ListTagsForResource")
def list_tags(call: Call) -> dict[str, Any]:
    return {"Tags": _by_arn(call).tags}
