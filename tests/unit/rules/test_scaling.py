# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Application Auto Scaling refuses of policies, scheduled actions and targets, and what it does not."""

from __future__ import annotations

import datetime
from typing import Any
from typing import Iterable

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.problems import Problem
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.problems import within
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rules import scaling as scaling_rules
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rules.scaling import METRICS
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rules.variants import INSTANCE_COUNT
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rules.variants import PROVISIONED_CONCURRENCY

ALL_METRICS = [name for names in METRICS.values() for name in names]


def policy(dimension: str = INSTANCE_COUNT, **configuration: Any) -> dict[str, Any]:
    return {"policy_name": "p", "scalable_dimension": dimension, **configuration}


def texts(problems: Iterable[Problem]) -> list[str]:
    return list(map(str, problems))


def refused(request: dict[str, Any]) -> list[str]:
    return texts(within("p", scaling_rules.policy_rules(request)))


# Target tracking

TRACKING = "p.target_tracking_scaling_policy_configuration"


def predefined(metric: str, dimension: str = INSTANCE_COUNT, **members: Any) -> dict[str, Any]:
    specification = {"predefined_metric_type": metric, **members}
    tracking = {"target_value": 70.0, "predefined_metric_specification": specification}
    return policy(dimension, target_tracking_scaling_policy_configuration=tracking)


def test_all_metrics_of_botocore_are_listed(input_shape):
    tracking = input_shape("PutScalingPolicy").members["TargetTrackingScalingPolicyConfiguration"]
    known = tracking.members["PredefinedMetricSpecification"].members["PredefinedMetricType"].enum
    assert {name for name in known if name.startswith("SageMaker")} == set(ALL_METRICS)


@pytest.mark.parametrize("dimension", METRICS)
@pytest.mark.parametrize("metric", [*ALL_METRICS, "ECSServiceAverageCPUUtilization", "invocations_per_instance"])
def test_a_predefined_metric_fits_its_dimension_only(dimension, metric):
    message = (
        f"{TRACKING}.predefined_metric_specification.predefined_metric_type: {metric} does not match scalable_dimension "
        f"{dimension}. Allowed are {', '.join(METRICS[dimension])}."
    )
    assert refused(predefined(metric, dimension)) == ([] if metric in METRICS[dimension] else [message])


def test_a_metric_that_is_new_is_left_to_the_service():
    assert refused(predefined("SageMakerVariantTokensPerSecond")) == []


def test_no_metric_has_a_load_balancer():
    assert refused(predefined(ALL_METRICS[0], resource_label="app/x")) == [
        f"{TRACKING}.predefined_metric_specification.resource_label: it names a load balancer, which SageMaker metrics do "
        "not have. Leave it out."
    ]


@pytest.mark.parametrize("given", [{}, {"predefined_metric_specification": {}, "customized_metric_specification": {}}])
def test_a_metric_is_predefined_or_customized(given):
    request = policy(target_tracking_scaling_policy_configuration={"target_value": 1.0, **given})
    assert refused(request) == [
        f"{TRACKING}: give either predefined_metric_specification or customized_metric_specification."
    ]


METRICS_OPTION = f"{TRACKING}.customized_metric_specification.metrics"


def stat(name: str, returned: Any = None) -> dict[str, Any]:
    return {"id": name, "metric_stat": {}, **({} if returned is None else {"return_data": returned})}


def expression(name: str, returned: Any = None) -> dict[str, Any]:
    return {"id": name, "expression": "a / b", **({} if returned is None else {"return_data": returned})}


def math(*queries: dict[str, Any]) -> dict[str, Any]:
    tracking = {"target_value": 1.0, "customized_metric_specification": {"metrics": list(queries)}}
    return policy(target_tracking_scaling_policy_configuration=tracking)


@pytest.mark.parametrize(
    "request_",
    [
        math(stat("a")),
        math(stat("a", True)),
        math(stat("a", False), stat("b", False), expression("c")),
        math(stat("a", False), expression("b_2C", True), expression("c", False)),
    ],
)
def test_metric_math_that_is_right(request_):
    assert refused(request_) == []


def tracked(given: str) -> str:
    return (
        f"{METRICS_OPTION}: exactly one entry must return the value to track, got {given}. Set return_data to false "
        "for every other entry. It defaults to true."
    )


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (math(stat("a"), stat("b")), tracked("a, b")),
        (math(stat("a"), stat("b", False), expression("c", True)), tracked("a, c")),
        (math(stat("a", False), expression("c", False)), tracked("none")),
        (
            math(stat("a", True), expression("c", False)),
            f"{METRICS_OPTION}: with expressions, the final one must return the value. Set return_data to true there, and to "
            "false for a.",
        ),
        (math(stat("a", False), expression("a")), f"{METRICS_OPTION}[1].id: a is used more than once."),
        *(
            (
                math(stat(name)),
                f"{METRICS_OPTION}[0].id: {name} must start with a lower-case letter, followed by letters, digits and "
                "underscores.",
            )
            for name in ("A", "1a", "a-b")
        ),
        (math({"id": "a"}), f"{METRICS_OPTION}[0]: give either expression or metric_stat."),
        (math({**stat("a"), "expression": "b"}), f"{METRICS_OPTION}[0]: give either expression or metric_stat."),
    ],
)
def test_metric_math_that_is_refused(request_, message):
    assert refused(request_) == [message]


# Kinds of policies


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (
            policy(),
            "p: a policy must have exactly one of step_scaling_policy_configuration, target_tracking_scaling_policy_configuration.",
        ),
        (
            {**predefined(ALL_METRICS[0]), "policy_type": "StepScaling"},
            "p.policy_type: target_tracking_scaling_policy_configuration belongs to TargetTrackingScaling, not to StepScaling.",
        ),
    ],
)
def test_policies_that_are_refused(request_, message):
    assert refused(request_) == [message]


# Steps

STEPS = "p.step_scaling_policy_configuration"


def step(lower: Any, upper: Any, adjustment: int = 1) -> dict[str, Any]:
    bounds = {"metric_interval_lower_bound": lower, "metric_interval_upper_bound": upper}
    return {
        **{member: value for member, value in bounds.items() if value is not None},
        "scaling_adjustment": adjustment,
    }


def steps(*adjustments: dict[str, Any], kind: str = "ChangeInCapacity", **members: Any) -> dict[str, Any]:
    configuration = {"adjustment_type": kind, "step_adjustments": list(adjustments), **members}
    return policy(step_scaling_policy_configuration=configuration)


def row(count: int) -> list[dict[str, Any]]:
    return [*(step(float(number), float(number + 1)) for number in range(count - 1)), step(float(count - 1), None)]


@pytest.mark.parametrize(
    "request_",
    [
        steps(step(0, None)),
        steps(step(None, 0, -1)),
        steps(step(None, 0, 0), kind="ExactCapacity"),
        # In any order, on both sides of the threshold.
        steps(step(0, 10), step(10, None), step(None, -5, -1), step(-5, 0)),
        # A bound that is on the other side asks for nothing.
        steps(step(5, None), step(-1, 5), step(None, -1)),
        steps(*row(20)),
        steps(step(0, None), kind="PercentChangeInCapacity", min_adjustment_magnitude=2),
    ],
)
def test_steps_that_are_right(request_):
    assert refused(request_) == []


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (steps(), f"{STEPS}.step_adjustments: must have between 1 and 20 entries, got 0."),
        (steps(*row(21)), f"{STEPS}.step_adjustments: must have between 1 and 20 entries, got 21."),
        (
            steps(step(0, None), min_adjustment_magnitude=2),
            f"{STEPS}: min_adjustment_magnitude and adjustment_type ChangeInCapacity are mutually exclusive. It is only for "
            "PercentChangeInCapacity.",
        ),
        (
            steps(step(0, None, -1), kind="ExactCapacity"),
            f"{STEPS}.step_adjustments[0].scaling_adjustment: with adjustment_type ExactCapacity it must be at least 0, got -1.",
        ),
        (
            steps(step(None, 0), step(None, None)),
            f"{STEPS}.step_adjustments[1]: give metric_interval_lower_bound, or metric_interval_upper_bound, or both.",
        ),
        (
            steps(step(0, 0.5), step(2, 1)),
            f"{STEPS}.step_adjustments[1].metric_interval_upper_bound: 1 must be greater than metric_interval_lower_bound 2.",
        ),
        (
            steps(step(0, 5), step(6, None)),
            f"{STEPS}.step_adjustments: the intervals must neither overlap nor leave a gap, but one is from 0 to 5 and the next "
            "from 6 on.",
        ),
        (
            steps(step(0, 5), step(4, None)),
            f"{STEPS}.step_adjustments: the intervals must neither overlap nor leave a gap, but one is from 0 to 5 and the next "
            "from 4 on.",
        ),
        (
            steps(step(None, 0), step(None, 5), step(5, None)),
            f"{STEPS}.step_adjustments: the intervals must neither overlap nor leave a gap, but one is to 0 and the next to 5.",
        ),
        (
            steps(step(-5, 0)),
            f"{STEPS}.step_adjustments: with the negative metric_interval_lower_bound -5 another step must have none, to cover "
            "lower values.",
        ),
        (
            steps(step(0, 5)),
            f"{STEPS}.step_adjustments: with the positive metric_interval_upper_bound 5 another step must have none, to cover "
            "higher values.",
        ),
    ],
)
def test_steps_that_are_refused(request_, message):
    assert refused(request_) == [message]


# Scheduled actions

THEN = datetime.datetime(2030, 1, 1, tzinfo=datetime.timezone.utc)
LATER = THEN + datetime.timedelta(seconds=1)


def action(**members: Any) -> list[str]:
    return texts(within("a", scaling_rules.action_rules({"scalable_target_action": {"min_capacity": 1}, **members})))


@pytest.mark.parametrize(
    "schedule",
    [
        "at(2030-01-31T18:00:00)",
        "rate(1 day)",
        "rate(15 minutes)",
        "rate(1 hours)",
        "cron(0 8 ? * MON-FRI *)",
        "cron(0/15 8-18 1,15 JAN-MAR ? 2030-2031)",
        "cron(0 0 L * ? *)",
        "cron(0 0 ? * 6#3 *)",
        "cron(0  20\t* * ? *)",
    ],
)
def test_schedules(schedule):
    assert action(schedule=schedule) == []


@pytest.mark.parametrize(
    "schedule",
    [
        "0 8 * * *",
        "cron(0 8 * * *)",
        "cron(0 8 * * ? * *)",
        "cron(0 8 ? * MON..FRI *)",
        "rate(0 minutes)",
        "rate(1.5 hours)",
        "rate(1 week)",
        "rate(hour)",
        "at(2030-01-31 18:00:00)",
        "at(2030-01-31T18:00:00Z)",
        "at(2030-1-31T18:00:00)",
        "every day",
    ],
)
def test_schedules_that_are_refused(schedule):
    assert action(schedule=schedule) == [
        f"a.schedule: {schedule} is neither at(yyyy-mm-ddThh:mm:ss), nor rate(value unit) with minutes, hours or days as unit, nor "
        "cron() with its six fields: minutes, hours, day of month, month, day of week, year."
    ]


@pytest.mark.parametrize("when", ["2030-02-30T18:00:00", "2030-01-31T25:00:00"])
def test_a_point_in_time_that_there_is_not(when):
    (message,) = action(schedule=f"at({when})")
    assert message.startswith(f"a.schedule: at({when}) is not a valid point in time: ")


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Etc/GMT+9", "Pacific/Tahiti"])
def test_time_zones(zone):
    assert action(timezone=zone) == []


@pytest.mark.parametrize("zone", ["Mars/Base", "Europe", "CET+1", "../UTC", "+02:00"])
def test_time_zones_that_are_refused(zone):
    assert action(timezone=zone) == [
        f"a.timezone: {zone} is not in the time zone database of this host. Give the full IANA name, such as Europe/Berlin "
        "or Etc/UTC."
    ]


def test_without_a_database_of_time_zones_nothing_is_refused(monkeypatch):
    monkeypatch.setattr("zoneinfo.available_timezones", set)
    assert action(timezone="Mars/Base") == []


@pytest.mark.parametrize(
    ("members", "messages"),
    [
        ({"start_time": THEN, "end_time": LATER}, []),
        ({"start_time": LATER}, []),
        (
            {"start_time": THEN, "end_time": THEN},
            ["a.start_time: must be before end_time 2030-01-01T00:00:00+00:00, got 2030-01-01T00:00:00+00:00."],
        ),
        (
            {"start_time": LATER, "end_time": THEN},
            ["a.start_time: must be before end_time 2030-01-01T00:00:00+00:00, got 2030-01-01T00:00:01+00:00."],
        ),
        ({"scalable_target_action": {"min_capacity": 0, "max_capacity": 0}}, []),
        (
            {"scalable_target_action": {}},
            ["a.scalable_target_action: give min_capacity, or max_capacity, or both."],
        ),
        (
            {"scalable_target_action": {"max_capacity": -1}},
            ["a.scalable_target_action.max_capacity: must be at least 0, got -1."],
        ),
        (
            {"scalable_target_action": {"min_capacity": 3, "max_capacity": 2}},
            ["a.scalable_target_action.min_capacity: must be at most max_capacity 2, got 3."],
        ),
    ],
)
def test_times_and_limits(members, messages):
    assert action(**members) == messages


# All together


def test_limits_of_a_target():
    many = {f"p{number}": policy() for number in range(51)}
    actions = {f"a{number}": {} for number in range(201)}
    assert texts(scaling_rules.together_rules({}, many, actions)) == [
        "scaling_policies: one target must have at most 50 entries, got 51.",
        "scheduled_actions: one target must have at most 200 entries, got 201.",
    ]
    del many["p0"], actions["a0"]
    assert scaling_rules.together_rules({}, many, actions) == []


def test_one_policy_for_a_metric():
    first, second = (predefined(metric) for metric in METRICS[INSTANCE_COUNT])
    assert scaling_rules.together_rules({}, {"a": first, "b": second, "c": steps(), "d": steps()}, {}) == []
    policies = {"a": first, "b": second, "c": math(stat("a")), "d": math(stat("a"))}
    assert texts(scaling_rules.together_rules({}, policies, {})) == [
        "scaling_policies[d]: it tracks the same metric as c, and AWS allows only one target tracking policy "
        "per metric. Keep one of them."
    ]


# The variant

ON_INSTANCES = {"variant_name": "v", "model_name": "m", "instance_type": "ml.m5.large", "initial_instance_count": 1}
SERVERLESS = {
    "variant_name": "v",
    "model_name": "m",
    "serverless_config": {"memory_size_in_mb": 2048, "max_concurrency": 5},
}
ROOM = {"variant_name": "v", "instance_type": "ml.g5.xlarge", "initial_instance_count": 1}
POOLS = [{"instance_type": "ml.m5.large", "priority": 1}, {"instance_type": "ml.t3.medium", "priority": 2}]


@pytest.mark.parametrize(
    ("variant", "asynchronous", "dimension", "low"),
    [
        (ON_INSTANCES, False, INSTANCE_COUNT, 1),
        (ON_INSTANCES, True, INSTANCE_COUNT, 0),
        (ROOM, False, INSTANCE_COUNT, 0),
        (SERVERLESS, False, PROVISIONED_CONCURRENCY, 0),
        (ON_INSTANCES, False, INSTANCE_COUNT, None),
        ({**ON_INSTANCES, "instance_type": "ml.trn1.2xlarge"}, False, INSTANCE_COUNT, 1),
    ],
)
def test_variants_that_can_be_scaled(variant, asynchronous, dimension, low):
    config = {"production_variants": [variant], **({"async_inference_config": {}} if asynchronous else {})}
    assert scaling_rules.variant_rules(config, "v", dimension, low) == []
    assert scaling_rules.variant_rules({"shadow_production_variants": [variant]}, "another", dimension, 0) == []


def burstable(kind: str) -> str:
    return (
        f"variant_name: the variant v has the instance_type {kind}, and AWS does not scale burstable instances automatically. "
        "Deploy it on another type, such as ml.m5.large, or remove the autoscaling."
    )


@pytest.mark.parametrize(
    ("variant", "dimension", "low", "message"),
    [
        ({**ON_INSTANCES, "instance_type": "ml.t2.medium"}, INSTANCE_COUNT, 1, burstable("ml.t2.medium")),
        (
            {"variant_name": "v", "model_name": "m", "instance_pools": POOLS},
            INSTANCE_COUNT,
            1,
            burstable("ml.t3.medium"),
        ),
        (
            ON_INSTANCES,
            INSTANCE_COUNT,
            0,
            "min_capacity: 0 is for asynchronous endpoints (async_inference_config) and for inference "
            "components, and the variant v answers in real time. Give 1 or more.",
        ),
        (
            SERVERLESS,
            INSTANCE_COUNT,
            1,
            "scalable_dimension: the variant v is serverless (serverless_config), so it has no "
            "sagemaker:variant:DesiredInstanceCount. Give provisioned_concurrency.",
        ),
        (
            ON_INSTANCES,
            PROVISIONED_CONCURRENCY,
            1,
            "scalable_dimension: the variant v runs on instances, so it has no "
            "sagemaker:variant:DesiredProvisionedConcurrency. Give instance_count.",
        ),
    ],
)
def test_variants_that_cannot(variant, dimension, low, message):
    for option in ("production_variants", "shadow_production_variants"):
        assert texts(scaling_rules.variant_rules({option: [variant]}, "v", dimension, low)) == [message]
