# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Application Auto Scaling: scaling policies. behaviour 6.9 to 6.16, 6.19"""

from __future__ import annotations

import copy
import math
import uuid
from dataclasses import dataclass
from dataclasses import field
from typing import Any

from local_aws import adjustments
from local_aws import alarms
from local_aws import metric_queries
from local_aws import scalables
from local_aws import targets
from local_aws.alarms import Alarm
from local_aws.registry import handles
from local_aws.targets import NAMESPACE
from local_aws.targets import SERVICE
from local_aws.targets import Target
from local_aws.wire import AwsError
from local_aws.wire import validation
from local_aws.world import Call

TRACKING = "TargetTrackingScalingPolicyConfiguration"
STEP = "StepScalingPolicyConfiguration"
CONFIGURATIONS = {"TargetTrackingScaling": TRACKING, "StepScaling": STEP}
POLICIES = 50
STEPS = 20
PAGE = 10


@dataclass
class Policy:
    name: str
    arn: str
    created: float
    kind: str
    configuration: dict[str, Any]
    alarm_names: list[str] = field(default_factory=list)


@handles(SERVICE, "PutScalingPolicy")
def put(call: Call) -> dict[str, Any]:
    """An upsert by name. behaviour 6.16"""
    target, name = targets.required(call), call.params["PolicyName"]
    known = target.policies.get(name)
    kind = call.params.get("PolicyType") or (known.kind if known else None)
    if kind is None:
        raise validation("PolicyType must be specified to create a scaling policy.")
    if known is not None and known.kind != kind:
        raise validation(
            "You cannot change a TargetTrackingScaling policy to a non TargetTrackingScaling policy, or vice versa"
        )
    configuration = _configuration(call, kind)
    if known is None and len(target.policies) >= POLICIES:
        raise _limit(f"A scalable target can have at most {POLICIES} scaling policies.")
    if kind == "StepScaling":
        _check_steps(configuration)
    else:
        _check_tracking(target, name, configuration)
    if known is None:
        arn = call.region.arn(
            "autoscaling", f"scalingPolicy:{uuid.uuid4()}:resource/{NAMESPACE}/{target.resource}:policyName/{name}"
        )
        known = target.policies[name] = Policy(name, arn, call.now, kind, {})
    known.configuration = copy.deepcopy(configuration)
    if kind == "TargetTrackingScaling":
        _make_alarms(call, target, known)
    return {"PolicyARN": known.arn, "Alarms": alarms.of_policy(call.region, known.arn)}


def _limit(text: str) -> AwsError:
    return AwsError("LimitExceededException", text)


def _configuration(call: Call, kind: str) -> dict[str, Any]:
    """The configuration that belongs to the policy's type, and no other. behaviour 6.14"""
    if kind not in CONFIGURATIONS:
        raise validation(f"The policy type {kind} is not supported for the service namespace {NAMESPACE}.")
    wanted = CONFIGURATIONS[kind]
    given = [name for name in (*CONFIGURATIONS.values(), "PredictiveScalingPolicyConfiguration") if name in call.params]
    if given != [wanted]:
        raise validation(f"A scaling policy of the type {kind} needs {wanted}, and no other configuration.")
    return dict(call.params[wanted])


def _check_steps(configuration: dict[str, Any]) -> None:
    """behaviour 6.19, 6.20"""
    steps = configuration.get("StepAdjustments", [])
    if not steps or "AdjustmentType" not in configuration:
        raise validation("AdjustmentType and StepAdjustments must be specified for a step scaling policy.")
    if len(steps) > STEPS:
        raise _limit(f"A step scaling policy can have at most {STEPS} step adjustments.")
    if "MinAdjustmentMagnitude" in configuration and configuration["AdjustmentType"] != "PercentChangeInCapacity":
        raise validation("MinAdjustmentMagnitude is only valid with the adjustment type PercentChangeInCapacity.")
    if configuration["AdjustmentType"] == "ExactCapacity" and any(one["ScalingAdjustment"] < 0 for one in steps):
        raise validation("ScalingAdjustment must not be negative with the adjustment type ExactCapacity.")
    ranges = sorted(adjustments.interval(one) for one in steps)
    if any(lower >= upper for lower, upper in ranges):
        raise validation("MetricIntervalLowerBound must be less than MetricIntervalUpperBound.")
    if any(one[1] != following[0] for one, following in zip(ranges, ranges[1:])):
        raise validation("The intervals of the step adjustments must neither overlap nor leave a gap.")
    if adjustments.EVERYTHING in ranges:
        raise validation("A step adjustment needs MetricIntervalLowerBound, MetricIntervalUpperBound or both.")
    least, most = ranges[0][0], ranges[-1][1]
    if -math.inf < least < 0:
        raise validation("With a negative MetricIntervalLowerBound one step adjustment must have no lower bound.")
    if 0 < most < math.inf:
        raise validation("With a positive MetricIntervalUpperBound one step adjustment must have no upper bound.")


def _check_tracking(target: Target, name: str, configuration: dict[str, Any]) -> None:
    """behaviour 6.10, 6.11, 6.12"""
    predefined = configuration.get("PredefinedMetricSpecification")
    customized = configuration.get("CustomizedMetricSpecification")
    if (predefined is None) == (customized is None):
        raise validation("Specify exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification.")
    allowed = scalables.METRICS[target.dimension]
    if predefined is not None and predefined["PredefinedMetricType"] not in allowed:
        raise validation(
            f"Scalable dimension {target.dimension} only supports the following predefined metric types: "
            f"{', '.join(allowed)}"
        )
    if predefined is not None and "ResourceLabel" in predefined:  # behaviour 6.12
        raise validation("ResourceLabel can only be specified for the metric type ALBRequestCountPerTarget.")
    if customized is not None:
        single = [member in customized for member in ("MetricName", "Namespace", "Statistic")]
        if all(single) == ("Metrics" in customized) or any(single) != all(single):
            raise validation("A customized metric needs either MetricName, Namespace and Statistic, or Metrics.")
        if "Metrics" in customized:
            metric_queries.check(customized["Metrics"])
    for other in target.policies.values():
        same = all(
            other.configuration.get(member) == configuration.get(member)
            for member in ("PredefinedMetricSpecification", "CustomizedMetricSpecification")
        )
        if other.kind == "TargetTrackingScaling" and other.name != name and same:
            raise validation("Only one TargetTrackingScaling policy for a given metric specification is allowed.")


def _make_alarms(call: Call, target: Target, policy: Policy) -> None:
    """behaviour 6.13"""
    alarms.delete(call.region, policy.alarm_names)
    policy.alarm_names = []
    for level in ("High",) if policy.configuration.get("DisableScaleIn") else ("High", "Low"):
        name = f"TargetTracking-{target.resource}-Alarm{level}-{uuid.uuid4()}"
        alarms.put(call.region, name, level == "High", policy.arn, _metric(target, policy.configuration))
        policy.alarm_names.append(name)


def _metric(target: Target, configuration: dict[str, Any]) -> dict[str, Any]:
    """The metric that a target tracking policy watches."""
    custom = configuration.get("CustomizedMetricSpecification", {})
    predefined = configuration.get("PredefinedMetricSpecification", {}).get("PredefinedMetricType", "")
    found = scalables.VARIANT.fullmatch(target.resource)
    dimensions = (
        [{"Name": "EndpointName", "Value": found[1]}, {"Name": "VariantName", "Value": found[2]}] if found else []
    )
    return {
        "name": custom.get("MetricName") or predefined.removeprefix("SageMakerVariant") or "metric-math",
        "namespace": custom.get("Namespace", "AWS/SageMaker"),
        "dimensions": custom.get("Dimensions", dimensions),
        "statistic": custom.get("Statistic", "Average"),
        "target": configuration["TargetValue"],
    }


@handles(SERVICE, "DeleteScalingPolicy")
def delete(call: Call) -> dict[str, Any]:
    """behaviour 6.9"""
    name, key = call.params["PolicyName"], (call.params["ResourceId"], call.params["ScalableDimension"])
    scalables.check_dimension(*key)
    target = call.region.targets.get(key)
    if target is None or name not in target.policies:
        raise targets.not_found(
            f"No scaling policy found for service namespace: {NAMESPACE}, resource ID: {key[0]}, scalable dimension: "
            f"{key[1]}, policy name: {name}"
        )
    forget(call, target.policies.pop(name))
    return {}


def forget(call: Call, policy: Policy) -> None:
    """What of a deleted policy goes with it: its own alarms, and the calls of others. behaviour 6.13"""
    alarms.delete(call.region, policy.alarm_names)
    alarms.forget(call.region, policy.arn)


def carry_out(call: Call, arn: str, alarm: Alarm) -> None:
    """What the policy does when the alarm calls it; nothing if there is none (any more). behaviour 6.21, 6.24"""
    found = [(target, one) for target in call.region.targets.values() for one in target.policies.values()]
    for target, policy in found:
        if policy.arn == arn:
            _scale(call, target, policy, alarm)


def _scale(call: Call, target: Target, policy: Policy, alarm: Alarm) -> None:
    """behaviour 6.24"""
    try:
        capacity = scalables.resolve(call, target.resource, target.dimension)
    except AwsError:
        return  # what was to be scaled has gone
    wanted = _wanted(policy, alarm, capacity.desired)
    if wanted is None:
        return
    inside = target.inside(wanted)
    way = "Out" if inside > capacity.desired else "In"
    if not target.suspended[f"DynamicScaling{way}Suspended"]:
        cause = f"monitor alarm {alarm.name} in state {alarm.state} triggered policy {policy.name}"
        targets.move(call, target, capacity, inside, cause)


def _wanted(policy: Policy, alarm: Alarm, capacity: int) -> int | None:
    """The capacity that a policy asks for; None where it asks for nothing. behaviour 6.22, 6.23"""
    if policy.kind == "StepScaling":
        value = adjustments.aggregated(policy.configuration, alarm.values or [alarm.threshold])
        return adjustments.adjusted(policy.configuration, capacity, value - alarm.threshold, alarm.rises)
    if alarm.name not in policy.alarm_names:
        return None
    return capacity + (1 if alarm.rises else -1)


@handles(SERVICE, "DescribeScalingPolicies")
def describe(call: Call) -> dict[str, Any]:
    """Echoes what was given, and nothing that was not. behaviour 6.15"""
    names = call.params.get("PolicyNames")
    items = [
        {
            "PolicyARN": policy.arn,
            "PolicyName": policy.name,
            "ServiceNamespace": NAMESPACE,
            "ResourceId": target.resource,
            "ScalableDimension": target.dimension,
            "PolicyType": policy.kind,
            CONFIGURATIONS[policy.kind]: policy.configuration,
            "Alarms": alarms.of_policy(call.region, policy.arn),
            "CreationTime": policy.created,
        }
        for target in call.region.targets.values()
        for policy in target.policies.values()
        if not names or policy.name in names
    ]
    return targets.listed(call, items, "ScalingPolicies", PAGE)
