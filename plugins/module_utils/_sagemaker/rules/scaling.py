# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Application Auto Scaling refuses of scaling policies, scheduled actions and targets of SageMaker. Pure.

Values as the API has them, messages with the options' names.
"""

from __future__ import annotations

import datetime
import math
import re
import zoneinfo
from typing import Iterator
from typing import List
from typing import Mapping
from typing import Optional
from typing import Tuple

from ..core.types import Api
from ..schema import shapes
from . import variants

INSTANCE_COUNT = "sagemaker:variant:DesiredInstanceCount"
PROVISIONED_CONCURRENCY = "sagemaker:variant:DesiredProvisionedConcurrency"
COPY_COUNT = "sagemaker:inference-component:DesiredCopyCount"

# The predefined metrics of each dimension.
METRICS = {
    INSTANCE_COUNT: (
        "SageMakerVariantInvocationsPerInstance",
        "SageMakerVariantConcurrentRequestsPerModelHighResolution",
    ),
    PROVISIONED_CONCURRENCY: ("SageMakerVariantProvisionedConcurrencyUtilization",),
    COPY_COUNT: (
        "SageMakerInferenceComponentInvocationsPerCopy",
        "SageMakerInferenceComponentConcurrentRequestsPerCopyHighResolution",
    ),
}

# The kind of policy that each configuration belongs to.
STEPS = "StepScalingPolicyConfiguration"
TRACKING = "TargetTrackingScalingPolicyConfiguration"
POLICY_TYPES = {STEPS: "StepScaling", TRACKING: "TargetTrackingScaling"}

# What a metric is, by the member of a tracking policy that specifies it.
_METRIC_NAMES = {
    "PredefinedMetricSpecification": ("PredefinedMetricType",),
    "CustomizedMetricSpecification": ("MetricName", "Namespace"),
}

MOST_STEPS = 20
MOST_POLICIES = 50
MOST_ACTIONS = 200

_QUERY_ID = re.compile(r"[a-z][A-Za-z0-9_]*")
_AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)")
_RATE = re.compile(r"rate\([1-9]\d*\s+(minute|hour|day)s?\)")
_CRON = re.compile(r"cron\([0-9A-Za-z*?,/#-]+(\s+[0-9A-Za-z*?,/#-]+){5}\)")


# Policies


def policy_type(request: Api) -> Optional[str]:
    """The type of the policy, which the configuration that it carries tells; None where this is not exactly one."""
    given = [kind for member, kind in POLICY_TYPES.items() if member in request]
    return given[0] if len(given) == 1 else None


def policy_rules(path: str, request: Api) -> List[str]:
    """What the service refuses in a PutScalingPolicy request beyond the shape of its members. path: the policy's."""
    return list(_policy_rules(path, request))


def _policy_rules(path: str, request: Api) -> Iterator[str]:
    kind = policy_type(request)
    if kind is None:
        yield f"{path}: a policy carries exactly one of {shapes.option_name(STEPS)}, {shapes.option_name(TRACKING)}."
        return
    member = TRACKING if TRACKING in request else STEPS
    option = shapes.option_name(member)
    if request.get("PolicyType", kind) != kind:
        yield f"{path}.policy_type: {option} belongs to {kind}, not to {request['PolicyType']}."
    if member == STEPS:
        yield from _step_rules(f"{path}.{option}", request[member])
    else:
        yield from _tracking_rules(f"{path}.{option}", request[member], request["ScalableDimension"])


def keeping(request: Api, current: Api) -> Api:
    """A request for a policy that is there, of the same type, with all that the policy has and the request does not mention.

    A metric is taken over as a whole: what specifies one says nothing about another.
    """
    kind = next((member for member in POLICY_TYPES if member in request), None)
    if kind is None or kind not in current:
        return request
    wanted, there = request[kind], current[kind]
    whole = {**there, **wanted}
    for member, names in _METRIC_NAMES.items():
        if member not in wanted:
            whole.pop(member, None)
        elif all(wanted[member].get(name) == there.get(member, {}).get(name) for name in names):
            whole[member] = {**there.get(member, {}), **wanted[member]}
    if whole.get("AdjustmentType") != "PercentChangeInCapacity":
        whole.pop("MinAdjustmentMagnitude", None)
    return {**request, kind: whole}


def _tracking_rules(path: str, tracking: Api, dimension: str) -> Iterator[str]:
    if ("PredefinedMetricSpecification" in tracking) == ("CustomizedMetricSpecification" in tracking):
        yield f"{path}: give either predefined_metric_specification or customized_metric_specification."
    yield from _predefined_rules(path, tracking.get("PredefinedMetricSpecification", {}), dimension)
    queries = tracking.get("CustomizedMetricSpecification", {}).get("Metrics")
    if queries is not None:
        yield from _query_rules(f"{path}.customized_metric_specification.metrics", queries)


def _predefined_rules(path: str, specification: Api, dimension: str) -> Iterator[str]:
    path = f"{path}.predefined_metric_specification"
    metric = specification.get("PredefinedMetricType")
    known = {name for names in METRICS.values() for name in names}
    # One that is newer than this list is for the service to judge.
    if (
        metric is not None
        and metric not in METRICS[dimension]
        and (metric in known or not metric.startswith("SageMaker"))
    ):
        yield (
            f"{path}.predefined_metric_type: {metric} does not fit scalable_dimension {dimension}. Those that do: "
            f"{', '.join(METRICS[dimension])}."
        )
    if "ResourceLabel" in specification:
        yield f"{path}.resource_label: it names a load balancer, which no metric of SageMaker has. Leave it out."


def _query_rules(path: str, queries: List[Api]) -> Iterator[str]:
    """Metrics and expressions over them, of which one gives the value."""
    names = [query["Id"] for query in queries]
    for index, query in enumerate(queries):
        if not _QUERY_ID.fullmatch(query["Id"]):
            yield (
                f"{path}[{index}].id: {query['Id']} has to begin with a lower-case letter and to go on with letters, digits "
                "and underscores."
            )
        elif names.index(query["Id"]) < index:
            yield f"{path}[{index}].id: {query['Id']} is used more than once."
        if ("Expression" in query) == ("MetricStat" in query):
            yield f"{path}[{index}]: give either expression or metric_stat."
    tracked = [query for query in queries if query.get("ReturnData", True)]
    if len(tracked) != 1:
        given = ", ".join(query["Id"] for query in tracked) or "none"
        yield (
            f"{path}: exactly one entry gives the value that is tracked, and here it is {given}. Set return_data to false for "
            "every other entry; it is true where it is not given."
        )
    elif any("Expression" in query for query in queries) and "Expression" not in tracked[0]:
        yield (
            f"{path}: with an expression the value is that of the final one. Set return_data to true there, and to false for "
            f"{tracked[0]['Id']}."
        )


def _step_rules(path: str, configuration: Api) -> Iterator[str]:
    steps = configuration.get("StepAdjustments", [])
    kind = configuration.get("AdjustmentType")
    if not steps:
        yield f"{path}.step_adjustments: give at least one step."
    if len(steps) > MOST_STEPS:
        yield f"{path}.step_adjustments: more than {MOST_STEPS} are too many."
    if "MinAdjustmentMagnitude" in configuration and kind != "PercentChangeInCapacity":
        yield (
            f"{path}: min_adjustment_magnitude and adjustment_type {kind} exclude each other; it belongs to "
            "PercentChangeInCapacity."
        )
    if kind == "ExactCapacity":
        for index, step in enumerate(steps):
            if step["ScalingAdjustment"] < 0:
                yield (
                    f"{path}.step_adjustments[{index}].scaling_adjustment: {step['ScalingAdjustment']} is too low for "
                    "adjustment_type ExactCapacity, the limit is 0."
                )
    yield from _interval_rules(f"{path}.step_adjustments", [_interval(step) for step in steps])


def _interval(step: Api) -> Tuple[float, float]:
    return step.get("MetricIntervalLowerBound", -math.inf), step.get("MetricIntervalUpperBound", math.inf)


def _interval_rules(path: str, intervals: List[Tuple[float, float]]) -> Iterator[str]:
    """The intervals cover every value beyond the alarm's threshold, each once."""
    wrong = False
    for index, (lower, upper) in enumerate(intervals):
        if lower == -math.inf and upper == math.inf:
            wrong = True
            yield f"{path}[{index}]: give metric_interval_lower_bound, or metric_interval_upper_bound, or both."
        elif lower >= upper:
            wrong = True
            yield (
                f"{path}[{index}].metric_interval_upper_bound: {upper:g} has to be above metric_interval_lower_bound "
                f"{lower:g}."
            )
    if wrong or not intervals:
        return
    ordered = sorted(intervals)
    for one, following in zip(ordered, ordered[1:]):
        if one[1] != following[0]:
            yield (
                f"{path}: the intervals may neither overlap nor leave a gap, but one goes {_bounds(*one)} and the next "
                f"{_bounds(*following)}."
            )
    if -math.inf < ordered[0][0] < 0:
        yield (
            f"{path}: with the negative metric_interval_lower_bound {ordered[0][0]:g} there has to be a step that has none, "
            "for what is below."
        )
    if 0 < ordered[-1][1] < math.inf:
        yield (
            f"{path}: with the positive metric_interval_upper_bound {ordered[-1][1]:g} there has to be a step that has none, "
            "for what is above."
        )


def _bounds(lower: float, upper: float) -> str:
    start = "" if lower == -math.inf else f"from {lower:g} "
    return start + ("on" if upper == math.inf else f"to {upper:g}")


# Scheduled actions


def action_rules(path: str, request: Api) -> List[str]:
    """What the service refuses in a PutScheduledAction request beyond the shape of its members. path: the action's."""
    return list(_action_rules(path, request))


def _action_rules(path: str, request: Api) -> Iterator[str]:
    if "Schedule" in request:
        yield from _schedule_rules(f"{path}.schedule", request["Schedule"])
    if "Timezone" in request and not _is_timezone(request["Timezone"]):
        yield (
            f"{path}.timezone: {request['Timezone']} is none of the IANA's time zones that this machine knows. Give the whole "
            "name, such as Europe/Berlin or Etc/UTC."
        )
    action = request.get("ScalableTargetAction")
    if action is not None:
        if not action:
            yield f"{path}.scalable_target_action: give min_capacity, or max_capacity, or both."
        yield from capacity_rules(action, f"{path}.scalable_target_action.")
    yield from time_rules(path, request)


def _schedule_rules(path: str, schedule: str) -> Iterator[str]:
    once = _AT.fullmatch(schedule)
    if once:
        try:
            datetime.datetime.fromisoformat(once[1])
        except ValueError as error:
            yield f"{path}: {schedule} is no point in time: {error}."
    elif not _RATE.fullmatch(schedule) and not _CRON.fullmatch(schedule):
        yield (
            f"{path}: {schedule} is neither at(yyyy-mm-ddThh:mm:ss), nor rate(value unit) with minutes, hours or days as unit, "
            "nor cron() with its six fields: minutes, hours, day of month, month, day of week, year."
        )


def _is_timezone(name: str) -> bool:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        # Where there is no database of time zones nobody can tell.
        return "UTC" not in zoneinfo.available_timezones()
    return True


def time_rules(path: str, action: Api) -> Iterator[str]:
    """start_time before end_time."""
    times = [shapes.to_datetime(action[member]) for member in ("StartTime", "EndTime") if member in action]
    if len(times) == 2 and times[0] >= times[1]:
        yield f"{path}.start_time: {times[0].isoformat()} has to be before end_time {times[1].isoformat()}."


# Targets


def capacity_rules(limits: Api, path: str = "") -> Iterator[str]:
    """min_capacity and max_capacity of a target or of an action. path: what stands before the options' names."""
    low, high = limits.get("MinCapacity"), limits.get("MaxCapacity")
    for option, limit in (("min_capacity", low), ("max_capacity", high)):
        if limit is not None and limit < 0:
            yield f"{path}{option}: {limit} is too low, the limit is 0."
    if low is not None and high is not None and low > high:
        yield f"{path}min_capacity: {low} is above max_capacity {high}."


def together_rules(target: Api, policies: Mapping[str, Api], actions: Mapping[str, Api]) -> List[str]:
    """What the service refuses of a target with all that is to hang on it, by name."""
    return list(_together_rules(target, policies, actions))


def _together_rules(target: Api, policies: Mapping[str, Api], actions: Mapping[str, Api]) -> Iterator[str]:
    yield from capacity_rules(target)
    for name, action in actions.items():
        yield from time_rules(f"scheduled_actions[{name}]", action)
    for option, parts, most in (
        ("scaling_policies", policies, MOST_POLICIES),
        ("scheduled_actions", actions, MOST_ACTIONS),
    ):
        if len(parts) > most:
            yield f"{option}: {len(parts)} are too many for one target, the limit is {most}."
    tracked = {name: tracked_metric(policy) for name, policy in policies.items() if TRACKING in policy}
    for name, metric in tracked.items():
        same = [other for other, others in tracked.items() if others == metric]
        if name != same[0]:
            yield (
                f"scaling_policies[{name}]: it tracks the same metric as {same[0]}, and AWS takes one target tracking policy "
                "for a metric. Keep one of them."
            )


def tracked_metric(policy: Api) -> Tuple[object, object]:
    """Return what a target tracking policy tracks, nothing of another policy."""
    tracking = policy.get(TRACKING, {})
    return tracking.get("PredefinedMetricSpecification"), tracking.get("CustomizedMetricSpecification")


def variant_rules(variant: Api, asynchronous: bool, dimension: str, low: Optional[int]) -> List[str]:
    """What is refused of a target because of its variant. variant: as its configuration has it; low: MinCapacity."""
    return list(_variant_rules(variant, asynchronous, dimension, low))


def _variant_rules(variant: Api, asynchronous: bool, dimension: str, low: Optional[int]) -> Iterator[str]:
    name = variant["VariantName"]
    kind = variants.kind(variant)
    serverless = kind == variants.SERVERLESS
    # A variant has one of the two numbers only.
    if serverless != (dimension == PROVISIONED_CONCURRENCY):
        has, fitting = (
            ("is serverless (serverless_config)", "provisioned_concurrency")
            if serverless
            else ("runs on instances", "instance_count")
        )
        yield f"scalable_dimension: the variant {name} {has}, so that it has no {dimension}. Give {fitting}."
    burstable = [instance for instance in variants.instance_types(variant) if re.match(r"ml\.t\d", instance)]
    if burstable:
        yield (
            f"variant_name: the variant {name} has the instance_type {', '.join(burstable)}, and AWS does not scale burstable "
            "instances automatically. Deploy it on another type, such as ml.m5.large, or do without autoscaling."
        )
    # By the service model 0 is right for every variant. By AWS's guides only asynchronous endpoints and inference
    # components scale to zero: a model that has to answer at once needs an instance.
    if low == 0 and kind == variants.INSTANCES and not asynchronous:
        yield (
            "min_capacity: 0 is for asynchronous endpoints (async_inference_config) and for inference components, and the "
            f"variant {name} has to answer at once. Give 1 or more."
        )


NAMESPACE = "sagemaker"


VARIANT_ID = re.compile(r"endpoint/(?P<endpoint>[^/]+)/variant/(?P<variant>[^/]+)")


COMPONENT_ID = re.compile(r"inference-component/[^/]+")


def variant_id(endpoint: str, variant: str) -> str:
    """The resource id of a variant."""
    return f"endpoint/{endpoint}/variant/{variant}"


def component_id(component: str) -> str:
    """The resource id of an inference component."""
    return f"inference-component/{component}"
