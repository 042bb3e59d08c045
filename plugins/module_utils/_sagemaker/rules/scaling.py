# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of scaling policies, scheduled actions and scalable targets of SageMaker. Pure."""

from __future__ import annotations

import datetime
import math
import re
import zoneinfo
from typing import Iterator
from typing import List
from typing import Mapping
from typing import Optional
from typing import Sequence
from typing import Tuple

from ..core.problems import ENTRIES
from ..core.problems import Problem
from ..core.problems import out_of_range
from ..core.problems import within
from ..core.types import Options
from ..schema import values
from . import variants

# {scalable dimension: its predefined metrics}
METRICS = {dimension: scaling.metrics for dimension, scaling in variants.SCALINGS.items()}

# The type of policy that each configuration belongs to.
STEPS = "step_scaling_policy_configuration"
TRACKING = "target_tracking_scaling_policy_configuration"
POLICY_TYPES = {STEPS: "StepScaling", TRACKING: "TargetTrackingScaling"}

# The options that specify the metric of a tracking policy.
METRIC_OPTIONS = ("predefined_metric_specification", "customized_metric_specification")

MOST_STEPS = 20
MOST_POLICIES = 50
MOST_ACTIONS = 200

_QUERY_ID = re.compile(r"[a-z][A-Za-z0-9_]*")
_AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)")
_RATE = re.compile(r"rate\([1-9]\d*\s+(minute|hour|day)s?\)")
_CRON = re.compile(r"cron\([0-9A-Za-z*?,/#-]+(\s+[0-9A-Za-z*?,/#-]+){5}\)")


# Policies


def highest_capacity(target: Options) -> int:
    """Return the highest capacity that a target or one of its scheduled actions allows."""
    changes = [action.get("scalable_target_action") or {} for action in target.get("scheduled_actions") or ()]
    return max([int(target["max_capacity"]), *(int(one["max_capacity"]) for one in changes if one.get("max_capacity"))])


def policy_rules(policy: Options) -> List[Problem]:
    """Return the problems of a scaling policy beyond the shape of its members."""
    return list(_policy_rules(policy))


def _policy_rules(policy: Options) -> Iterator[Problem]:
    given = [option for option in POLICY_TYPES if option in policy]
    if len(given) != 1:
        yield Problem("", f"a policy must have exactly one of {STEPS}, {TRACKING}.")
        return
    option, kind = given[0], POLICY_TYPES[given[0]]
    if policy.get("policy_type", kind) != kind:
        yield Problem("policy_type", f"{option} belongs to {kind}, not to {policy['policy_type']}.")
    if option == STEPS:
        yield from _step_rules(option, policy[option])
    else:
        yield from _tracking_rules(option, policy[option], policy["scalable_dimension"])


def _tracking_rules(path: str, tracking: Options, dimension: str) -> Iterator[Problem]:
    if sum(option in tracking for option in METRIC_OPTIONS) != 1:
        yield Problem(path, f"give either {' or '.join(METRIC_OPTIONS)}.")
    yield from _predefined_rules(path, tracking.get("predefined_metric_specification", {}), dimension)
    queries = tracking.get("customized_metric_specification", {}).get("metrics")
    if queries is not None:
        yield from _query_rules(f"{path}.customized_metric_specification.metrics", queries)


def _predefined_rules(path: str, specification: Options, dimension: str) -> Iterator[Problem]:
    path = f"{path}.predefined_metric_specification"
    metric = specification.get("predefined_metric_type")
    known = {name for names in METRICS.values() for name in names}
    # The service checks metrics that are newer than this list.
    if (
        metric is not None
        and metric not in METRICS[dimension]
        and (metric in known or not metric.startswith("SageMaker"))
    ):
        yield Problem(
            f"{path}.predefined_metric_type",
            f"{metric} does not match scalable_dimension {dimension}. Allowed are " f"{', '.join(METRICS[dimension])}.",
        )
    if "resource_label" in specification:
        yield Problem(
            f"{path}.resource_label", "it names a load balancer, which SageMaker metrics do not have. Leave it out."
        )


def _query_rules(path: str, queries: List[Options]) -> Iterator[Problem]:
    """Yield the problems of metrics and expressions, of which exactly one returns the value to track."""
    names = [query["id"] for query in queries]
    for index, query in enumerate(queries):
        if not _QUERY_ID.fullmatch(query["id"]):
            yield Problem(
                f"{path}[{index}].id",
                f"{query['id']} must start with a lower-case letter, followed by letters, digits " "and underscores.",
            )
        elif names.index(query["id"]) < index:
            yield Problem(f"{path}[{index}].id", f"{query['id']} is used more than once.")
        if ("expression" in query) == ("metric_stat" in query):
            yield Problem(f"{path}[{index}]", "give either expression or metric_stat.")
    tracked = [query for query in queries if query.get("return_data", True)]
    if len(tracked) != 1:
        given = ", ".join(query["id"] for query in tracked) or "none"
        yield Problem(
            path,
            f"exactly one entry must return the value to track, got {given}. Set return_data to false for "
            "every other entry. It defaults to true.",
        )
    elif any("expression" in query for query in queries) and "expression" not in tracked[0]:
        yield Problem(
            path,
            "with expressions, the final one must return the value. Set return_data to true there, and to false for "
            f"{tracked[0]['id']}.",
        )


def _step_rules(path: str, configuration: Options) -> Iterator[Problem]:
    steps = configuration.get("step_adjustments", [])
    kind = configuration.get("adjustment_type")
    wrong = out_of_range(len(steps), 1, MOST_STEPS, ENTRIES)
    if wrong:
        yield Problem(f"{path}.step_adjustments", wrong)
    if "min_adjustment_magnitude" in configuration and kind != "PercentChangeInCapacity":
        yield Problem(
            path,
            f"min_adjustment_magnitude and adjustment_type {kind} are mutually exclusive. It is only for "
            "PercentChangeInCapacity.",
        )
    if kind == "ExactCapacity":
        for index, step in enumerate(steps):
            wrong = out_of_range(step["scaling_adjustment"], 0, None)
            if wrong:
                yield Problem(
                    f"{path}.step_adjustments[{index}].scaling_adjustment",
                    f"with adjustment_type ExactCapacity it {wrong}",
                )
    yield from _interval_rules(f"{path}.step_adjustments", [_interval(step) for step in steps])


def _interval(step: Options) -> Tuple[float, float]:
    return step.get("metric_interval_lower_bound", -math.inf), step.get("metric_interval_upper_bound", math.inf)


def _interval_rules(path: str, intervals: List[Tuple[float, float]]) -> Iterator[Problem]:
    """Yield the problems of intervals, which must cover every value beyond the alarm threshold exactly once."""
    wrong = False
    for index, (lower, upper) in enumerate(intervals):
        if lower == -math.inf and upper == math.inf:
            wrong = True
            yield Problem(
                f"{path}[{index}]", "give metric_interval_lower_bound, or metric_interval_upper_bound, or both."
            )
        elif lower >= upper:
            wrong = True
            yield Problem(
                f"{path}[{index}].metric_interval_upper_bound",
                f"{upper:g} must be greater than metric_interval_lower_bound {lower:g}.",
            )
    if wrong or not intervals:
        return
    ordered = sorted(intervals)
    for one, following in zip(ordered, ordered[1:]):
        if one[1] != following[0]:
            yield Problem(
                path,
                f"the intervals must neither overlap nor leave a gap, but one is {_bounds(*one)} and the next "
                f"{_bounds(*following)}.",
            )
    if -math.inf < ordered[0][0] < 0:
        yield Problem(
            path,
            f"with the negative metric_interval_lower_bound {ordered[0][0]:g} another step must have none, "
            "to cover lower values.",
        )
    if 0 < ordered[-1][1] < math.inf:
        yield Problem(
            path,
            f"with the positive metric_interval_upper_bound {ordered[-1][1]:g} another step must have none, "
            "to cover higher values.",
        )


def _bounds(lower: float, upper: float) -> str:
    start = "" if lower == -math.inf else f"from {lower:g} "
    return start + ("on" if upper == math.inf else f"to {upper:g}")


# Scheduled actions


def action_rules(action: Options) -> List[Problem]:
    """Return the problems of a scheduled action beyond the shape of its members."""
    return list(_action_rules(action))


def _action_rules(action: Options) -> Iterator[Problem]:
    if "schedule" in action:
        yield from _schedule_rules("schedule", action["schedule"])
    if "timezone" in action and not _is_timezone(action["timezone"]):
        yield Problem(
            "timezone",
            f"{action['timezone']} is not in the time zone database of this host. Give the full IANA name, such as "
            "Europe/Berlin or Etc/UTC.",
        )
    limits = action.get("scalable_target_action")
    if limits is not None:
        if not limits:
            yield Problem("scalable_target_action", "give min_capacity, or max_capacity, or both.")
        yield from within("scalable_target_action", capacity_rules(limits))
    yield from time_rules(action)


def _schedule_rules(path: str, schedule: str) -> Iterator[Problem]:
    once = _AT.fullmatch(schedule)
    if once:
        try:
            datetime.datetime.fromisoformat(once[1])
        except ValueError as error:
            yield Problem(path, f"{schedule} is not a valid point in time: {error}.")
    elif not _RATE.fullmatch(schedule) and not _CRON.fullmatch(schedule):
        yield Problem(
            path,
            f"{schedule} is neither at(yyyy-mm-ddThh:mm:ss), nor rate(value unit) with minutes, hours or days as unit, "
            "nor cron() with its six fields: minutes, hours, day of month, month, day of week, year.",
        )


def _is_timezone(name: str) -> bool:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        # Without a time zone database on the host, every name counts as valid.
        return "UTC" not in zoneinfo.available_timezones()
    return True


def time_rules(action: Options) -> Iterator[Problem]:
    """Yield the problems of start_time and end_time together."""
    times = [values.iso_datetime(action.get(option)) for option in ("start_time", "end_time")]
    if None not in times and times[0] >= times[1]:
        yield Problem("start_time", f"must be before end_time {times[1].isoformat()}, got {times[0].isoformat()}.")


# Targets


def capacity_rules(limits: Options) -> Iterator[Problem]:
    """Yield the problems of min_capacity and max_capacity of a target or an action."""
    low, high = limits.get("min_capacity"), limits.get("max_capacity")
    for option, limit in (("min_capacity", low), ("max_capacity", high)):
        wrong = None if limit is None else out_of_range(limit, 0, None)
        if wrong:
            yield Problem(option, wrong)
    if low is not None and high is not None and low > high:
        yield Problem("min_capacity", f"must be at most max_capacity {high}, got {low}.")


def target_rules(config: Options, target: Options) -> List[Problem]:
    """Return the problems of a target with its complete lists of policies and actions.

    target: options of sagemaker_autoscaling with resource_id and scalable_dimension; config: the configuration of its
    endpoint.
    """
    dimension = target["scalable_dimension"]
    found = VARIANT_ID.fullmatch(target["resource_id"])
    parts = {option: target.get(option) or [] for option in NAMED_BY}
    problems = [
        *(variant_rules(config, found["variant"], dimension, target.get("min_capacity")) if found else ()),
        *(problem for option in parts for problem in twice_rules(option, parts[option])),
    ]
    for index, policy in enumerate(parts["scaling_policies"]):
        rules = policy_rules({**policy, "scalable_dimension": dimension})
        problems += within(f"scaling_policies[{index}]", rules)
    for index, action in enumerate(parts["scheduled_actions"]):
        problems += within(f"scheduled_actions[{index}]", action_rules(action))
    if not problems:
        by_name = {option: {item[NAMED_BY[option]]: item for item in items} for option, items in parts.items()}
        problems += together_rules(target, **by_name)
    return problems


# {option of a target: the member that names an entry}
NAMED_BY = {"scaling_policies": "policy_name", "scheduled_actions": "scheduled_action_name"}


def twice_rules(option: str, items: Sequence[Options]) -> Iterator[Problem]:
    """Yield the problems of duplicate names of policies or scheduled actions."""
    names = [item.get(NAMED_BY[option]) for item in items]
    for index, name in enumerate(names):
        if name in names[:index]:
            yield Problem(f"{option}[{index}]", f"the name {name} is used more than once.")


def together_rules(
    target: Options, scaling_policies: Mapping[str, Options], scheduled_actions: Mapping[str, Options]
) -> List[Problem]:
    """Return the problems of a target with all its policies and actions, by name."""
    return list(_together_rules(target, scaling_policies, scheduled_actions))


def _together_rules(
    target: Options, policies: Mapping[str, Options], actions: Mapping[str, Options]
) -> Iterator[Problem]:
    yield from capacity_rules(target)
    for name, action in actions.items():
        yield from within(f"scheduled_actions[{name}]", time_rules(action))
    for option, parts, most in (
        ("scaling_policies", policies, MOST_POLICIES),
        ("scheduled_actions", actions, MOST_ACTIONS),
    ):
        wrong = out_of_range(len(parts), None, most, ENTRIES)
        if wrong:
            yield Problem(option, f"one target {wrong}")
    tracked = {
        name: tuple(policy[TRACKING].get(option) for option in METRIC_OPTIONS)
        for name, policy in policies.items()
        if TRACKING in policy
    }
    for name, metric in tracked.items():
        same = [other for other, others in tracked.items() if others == metric]
        if name != same[0]:
            yield Problem(
                f"scaling_policies[{name}]",
                f"it tracks the same metric as {same[0]}, and AWS allows only one target tracking policy "
                "per metric. Keep one of them.",
            )


def variant_rules(config: Options, name: Optional[str], dimension: str, low: Optional[int]) -> List[Problem]:
    """Return the problems of a target that its variant causes, none if the configuration has no such variant.

    low: min_capacity.
    """
    found = [variant for variant in variants.of(config) if variant["variant_name"] == name]
    return [problem for variant in found for problem in _variant_rules(config, variant, dimension, low)]


def _variant_rules(config: Options, variant: Options, dimension: str, low: Optional[int]) -> Iterator[Problem]:
    name = variant["variant_name"]
    kind = variants.kind_of(config, variant)
    if dimension != kind.scaling.dimension:
        yield Problem(
            "scalable_dimension",
            f"the variant {name} {kind.described}, so it has no {dimension}. Give {kind.scaling.option}.",
        )
    burstable = [instance for instance in variants.instance_types(variant) if re.match(r"ml\.t\d", instance)]
    if burstable:
        yield Problem(
            "variant_name",
            f"the variant {name} has the instance_type {', '.join(burstable)}, and AWS does not scale burstable "
            "instances automatically. Deploy it on another type, such as ml.m5.large, or remove the autoscaling.",
        )
    if low == 0 < kind.scaling.least:
        yield Problem(
            "min_capacity",
            "0 is for asynchronous endpoints (async_inference_config) and for inference components, and the "
            f"variant {name} answers in real time. Give 1 or more.",
        )


NAMESPACE = "sagemaker"


VARIANT_ID = re.compile(r"endpoint/(?P<endpoint>[^/]+)/variant/(?P<variant>[^/]+)")


COMPONENT_ID = re.compile(r"inference-component/[^/]+")


def variant_id(endpoint: str, variant: str) -> str:
    """Return the resource id of a variant."""
    return f"endpoint/{endpoint}/variant/{variant}"


def component_id(component: str) -> str:
    """The resource id of an inference component."""
    return f"inference-component/{component}"
