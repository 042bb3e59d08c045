# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scaling by alarms that SetAlarmState puts into a state. behaviour 6.21 to 6.24"""

from __future__ import annotations

from typing import Any
from typing import Callable

import pytest

from local_aws import adjustments
from local_aws.tests.kit import CONCURRENCY
from local_aws.tests.kit import Kit
from local_aws.tests.kit import refused

UP = [{"ScalingAdjustment": 1, "MetricIntervalLowerBound": 0}]
DOWN = [{"ScalingAdjustment": -1, "MetricIntervalUpperBound": 0}]
# What each step does tells which one was chosen.
STEPS = [
    {"ScalingAdjustment": -3, "MetricIntervalUpperBound": -10},
    {"ScalingAdjustment": -1, "MetricIntervalLowerBound": -10, "MetricIntervalUpperBound": 0},
    {"ScalingAdjustment": 1, "MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 10},
    {"ScalingAdjustment": 3, "MetricIntervalLowerBound": 10},
]


def instances(kit: Kit) -> int:
    """How many the variant V is to have: here, how many come or go at once."""
    return int(kit.describe()["ProductionVariants"][0]["DesiredInstanceCount"])


def serve(kit: Kit, steps: list[dict[str, Any]], **members: Any) -> str:
    """Two instances of one to four, and the alarm a at 10 and more that calls the policy s."""
    kit.serve()
    kit.target(1, 4)
    arn = str(kit.steps(steps, **members)["PolicyARN"])
    kit.alarm(arn)
    return arn


@pytest.mark.parametrize(
    ("difference", "above", "expected"),
    [
        (-10.5, True, 2),
        (-10, True, 2),
        (-9.5, True, 4),
        (0, False, 4),
        (0, True, 6),
        (9.5, False, 6),
        (10, False, 8),
        (99, False, 8),
    ],
)
def test_choice_of_a_step(difference: float, above: bool, expected: int) -> None:
    configuration = {"AdjustmentType": "ChangeInCapacity", "StepAdjustments": STEPS}
    assert adjustments.adjusted(configuration, 5, difference, above) == expected


@pytest.mark.parametrize(("difference", "above"), [(-1, True), (0, False)])
def test_no_step_holds(difference: float, above: bool) -> None:
    configuration = {"AdjustmentType": "ChangeInCapacity", "StepAdjustments": UP}
    assert adjustments.adjusted(configuration, 5, difference, above) is None


@pytest.mark.parametrize(
    ("kind", "amount", "capacity", "members", "expected"),
    [
        ("ChangeInCapacity", -2, 5, {}, 3),
        ("ExactCapacity", 0, 5, {}, 0),
        ("PercentChangeInCapacity", 50, 4, {}, 6),
        ("PercentChangeInCapacity", 10, 4, {}, 5),
        ("PercentChangeInCapacity", -10, 4, {}, 3),
        ("PercentChangeInCapacity", 90, 3, {}, 5),
        ("PercentChangeInCapacity", -90, 3, {}, 1),
        ("PercentChangeInCapacity", 0, 3, {}, 3),
        ("PercentChangeInCapacity", 50, 0, {}, 0),
        ("PercentChangeInCapacity", 25, 4, {"MinAdjustmentMagnitude": 2}, 6),
        ("PercentChangeInCapacity", -25, 4, {"MinAdjustmentMagnitude": 2}, 2),
        ("PercentChangeInCapacity", 100, 4, {"MinAdjustmentMagnitude": 2}, 8),
        ("PercentChangeInCapacity", 50, 0, {"MinAdjustmentMagnitude": 1}, 1),
    ],
)
def test_adjustments(kind: str, amount: int, capacity: int, members: dict[str, Any], expected: int) -> None:
    step = {"ScalingAdjustment": amount, "MetricIntervalLowerBound": 0}
    configuration = {"AdjustmentType": kind, "StepAdjustments": [step], **members}
    assert adjustments.adjusted(configuration, capacity, 1, True) == expected


@pytest.mark.parametrize(("members", "expected"), [({}, 3), ({"MetricAggregationType": "Maximum"}, 4)])
def test_steps_are_carried_out(kit: Kit, members: dict[str, Any], expected: int) -> None:
    serve(kit, STEPS, **members)
    kit.set_state(12, 26)
    assert (instances(kit), kit.status()) == (expected, "Updating")
    (activity,) = kit.autoscaling.describe_scaling_activities(ServiceNamespace="sagemaker")["ScalingActivities"]
    assert activity["Description"] == f"Setting desired instance count to {expected}."
    assert activity["Cause"] == "monitor alarm a in state ALARM triggered policy s"
    kit.settle()
    assert kit.describe()["ProductionVariants"][0]["CurrentInstanceCount"] == expected


def test_without_values_the_metric_is_at_the_threshold(kit: Kit) -> None:
    arn = serve(kit, STEPS)
    kit.set_state()
    assert instances(kit) == 3
    kit.settle()
    kit.alarm(arn, "low", ComparisonOperator="LessThanOrEqualToThreshold")
    kit.set_state(name="low")
    assert instances(kit) == 2


def test_limits_hold(kit: Kit) -> None:
    serve(kit, [{"ScalingAdjustment": 0, "MetricIntervalLowerBound": 0}], AdjustmentType="ExactCapacity")
    kit.set_state(10)
    assert instances(kit) == 1
    kit.settle()
    kit.steps([{"ScalingAdjustment": 9, "MetricIntervalLowerBound": 0}], AdjustmentType="ExactCapacity")
    kit.set_state(state="OK")
    kit.set_state(10)
    assert instances(kit) == 4


def test_only_a_new_state_acts(kit: Kit) -> None:
    serve(kit, UP)
    kit.set_state(10)
    kit.settle()
    kit.set_state(10)
    assert (instances(kit), kit.status()) == (3, "InService")
    kit.set_state(10, state="OK")
    assert (instances(kit), kit.status()) == (3, "InService")
    kit.set_state(10)
    assert instances(kit) == 4


def test_actions_of_other_states(kit: Kit) -> None:
    arn = serve(kit, DOWN)
    kit.alarm(arn, AlarmActions=[], OKActions=[arn])
    kit.set_state(99)
    assert instances(kit) == 2
    kit.set_state(9, state="OK")
    assert instances(kit) == 1


def suspend(kit: Kit) -> None:
    kit.target(None, None, SuspendedState={"DynamicScalingOutSuspended": True})


HELD: dict[str, Callable[[Kit], Any]] = {
    "suspended": suspend,
    "actions disabled": lambda kit: kit.cloudwatch.disable_alarm_actions(AlarmNames=["a"]),
    "policy deleted": lambda kit: kit.autoscaling.delete_scaling_policy(**kit.scalable(), PolicyName="s"),
    "target deregistered": lambda kit: kit.autoscaling.deregister_scalable_target(**kit.scalable()),
    "endpoint busy": lambda kit: kit.update(RetainAllVariantProperties=True),
    "no step for the value": lambda kit: kit.steps(DOWN),
}


@pytest.mark.parametrize("why", list(HELD))
def test_held(kit: Kit, why: str) -> None:
    serve(kit, UP)
    HELD[why](kit)
    kit.set_state(11)
    kit.settle()
    assert instances(kit) == 2
    assert kit.autoscaling.describe_scaling_activities(ServiceNamespace="sagemaker")["ScalingActivities"] == []


def test_anomaly_detection_scales_nothing(kit: Kit) -> None:
    arn = serve(kit, UP)
    kit.cloudwatch.put_metric_alarm(
        AlarmName="a",
        ComparisonOperator="GreaterThanUpperThreshold",
        EvaluationPeriods=1,
        Metrics=[{"Id": "band", "Expression": "ANOMALY_DETECTION_BAND(m)"}],
        ThresholdMetricId="band",
        AlarmActions=[arn],
    )
    kit.set_state(11)
    assert instances(kit) == 2


def test_scaling_in_goes_on_where_only_scaling_out_is_suspended(kit: Kit) -> None:
    serve(kit, DOWN)
    suspend(kit)
    kit.set_state(9)
    assert instances(kit) == 1
    kit.settle()
    kit.target(2, 4, SuspendedState={"DynamicScalingInSuspended": True, "DynamicScalingOutSuspended": False})
    kit.settle()
    kit.set_state(9, state="OK")
    kit.set_state(9)
    assert instances(kit) == 2


def test_target_tracking(kit: Kit) -> None:
    kit.serve()
    kit.target(1, 4)
    answer = kit.tracking()
    high, low = (one["AlarmName"] for one in answer["Alarms"])
    kit.set_state(name=high)
    assert instances(kit) == 3
    for expected in (2, 1, 1):
        kit.settle()
        kit.set_state(name=low)
        assert instances(kit) == expected
        kit.set_state(name=low, state="OK")
    # Only its own alarms call it.
    kit.settle()
    kit.alarm(answer["PolicyARN"])
    kit.set_state(11)
    assert instances(kit) == 1
    kit.tracking(DisableScaleIn=True)
    with refused("", "ResourceNotFound"):
        kit.set_state(name=low)


def test_provisioned_concurrency(kit: Kit) -> None:
    serverless = {"MemorySizeInMB": 2048, "MaxConcurrency": 5, "ProvisionedConcurrency": 1}
    kit.serve([kit.variant(ServerlessConfig=serverless)])
    kit.target(1, 4, CONCURRENCY)
    kit.alarm(kit.steps(UP, target=kit.scalable(CONCURRENCY))["PolicyARN"])
    kit.set_state(10)
    kit.settle()
    assert kit.describe()["ProductionVariants"][0]["CurrentServerlessConfig"]["ProvisionedConcurrency"] == 2


@pytest.mark.parametrize("goes", ["policy", "target", "endpoint"])
def test_an_alarm_outlives_the_policy_that_it_calls(kit: Kit, goes: str) -> None:
    """Deleting the policy, alone or with its target or endpoint, takes the call out of the alarm and leaves the alarm."""
    arn = serve(kit, UP)
    cloudwatch = kit.aws.client("cloudwatch")
    assert cloudwatch.describe_alarms()["MetricAlarms"][0]["AlarmActions"] == [arn]
    if goes == "policy":
        kit.autoscaling.delete_scaling_policy(**kit.scalable(), PolicyName="s")
    elif goes == "target":
        kit.autoscaling.deregister_scalable_target(**kit.scalable())
    else:
        kit.sagemaker.delete_endpoint(EndpointName="e")
    (alarm,) = cloudwatch.describe_alarms()["MetricAlarms"]
    assert (alarm["AlarmName"], alarm["AlarmActions"]) == ("a", [])


def test_what_runs_is_counted_while_time_is_skipped(kit: Kit) -> None:
    before = kit.aws.usage()["instance_seconds"]
    kit.serve()
    (count,) = kit.aws.usage()["instances"].values()
    served = kit.aws.usage()["instance_seconds"]
    kit.aws.advance(100)
    assert kit.aws.usage()["instance_seconds"] == served + 100 * count > before
    kit.sagemaker.delete_endpoint(EndpointName="e")
    kit.settle()
    ended = kit.aws.usage()["instance_seconds"]
    kit.aws.advance(100)
    assert kit.aws.usage() == {"instances": {}, "instance_seconds": ended}
