# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

from local_aws.process import LocalAws
from local_aws.tests.kit import CONCURRENCY
from local_aws.tests.kit import INSTANCES
from local_aws.tests.kit import Kit
from local_aws.tests.kit import refused

NOT_FOUND = "ObjectNotFoundException"
WHERE = f"service namespace: sagemaker, resource ID: endpoint/e/variant/V, scalable dimension: {INSTANCES}"
SERVERLESS = {"MemorySizeInMB": 2048, "MaxConcurrency": 5, "ProvisionedConcurrency": 1}
CUSTOM = {"MetricName": "Backlog", "Namespace": "AWS/SageMaker", "Statistic": "Average"}
COPIES = "sagemaker:inference-component:DesiredCopyCount"
STEP = {"ScalingAdjustment": 1, "MetricIntervalLowerBound": 0}


def targets(kit: Kit, **filters: Any) -> list[dict[str, Any]]:
    answer = kit.autoscaling.describe_scalable_targets(ServiceNamespace="sagemaker", **filters)
    return list(answer["ScalableTargets"])


def policies(kit: Kit, **filters: Any) -> list[dict[str, Any]]:
    answer = kit.autoscaling.describe_scaling_policies(ServiceNamespace="sagemaker", **filters)
    return list(answer["ScalingPolicies"])


def actions(kit: Kit) -> list[dict[str, Any]]:
    return list(kit.autoscaling.describe_scheduled_actions(ServiceNamespace="sagemaker")["ScheduledActions"])


def put_action(kit: Kit, name: str = "a", **members: Any) -> None:
    kit.autoscaling.put_scheduled_action(**kit.scalable(), ScheduledActionName=name, **members)


def test_register_and_describe(kit: Kit) -> None:
    kit.serve()
    arn = kit.target(1, 4)
    assert arn.startswith("arn:aws:application-autoscaling:us-east-1:123456789012:scalable-target/")
    (target,) = targets(kit)
    del target["CreationTime"]
    assert target == {
        **kit.scalable(),
        "MinCapacity": 1,
        "MaxCapacity": 4,
        "RoleARN": "arn:aws:iam::123456789012:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/"
        "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint",
        "SuspendedState": {
            "DynamicScalingInSuspended": False,
            "DynamicScalingOutSuspended": False,
            "ScheduledScalingSuspended": False,
        },
        "ScalableTargetARN": arn,
    }
    assert kit.status() == "InService"


def test_update_keeps_what_is_not_given(kit: Kit) -> None:
    kit.serve()
    arn = kit.target(1, 4)
    assert kit.target(None, 5, SuspendedState={"ScheduledScalingSuspended": True}) == arn
    (target,) = targets(kit)
    assert (target["MinCapacity"], target["MaxCapacity"]) == (1, 5)
    assert target["SuspendedState"]["ScheduledScalingSuspended"] is True
    kit.target(None, None)
    (target,) = targets(kit)
    assert (target["MinCapacity"], target["MaxCapacity"]) == (1, 5)
    assert target["SuspendedState"]["ScheduledScalingSuspended"] is True


@pytest.mark.parametrize(("least", "most"), [(1, None), (None, 2), (None, None)])
def test_new_target_needs_both_limits(kit: Kit, least: int | None, most: int | None) -> None:
    kit.serve()
    with refused("MinCapacity and MaxCapacity must be specified"):
        kit.target(least, most)


def test_refused_limits(kit: Kit) -> None:
    kit.serve()
    with refused("Maximum capacity cannot be less than minimum capacity"):
        kit.target(3, 2)
    with refused("greater than or equal to 1"):
        kit.target(0, 2)
    kit.target(2, 4)
    with refused("Maximum capacity cannot be less than minimum capacity"):
        kit.target(None, 1)


def test_zero_for_asynchronous_endpoints(kit: Kit) -> None:
    kit.serve(AsyncInferenceConfig={"OutputConfig": {"S3OutputPath": "s3://bucket/out"}})
    with refused("greater than or equal to 0"):
        kit.target(-1, 2)
    kit.target(0, 2)


def test_zero_for_provisioned_concurrency(kit: Kit) -> None:
    kit.serve([kit.variant(ServerlessConfig=SERVERLESS)])
    kit.target(0, 2, CONCURRENCY)


@pytest.mark.parametrize(("least", "most", "expected"), [(3, 4, 3), (1, 1, 1)])
def test_registration_moves_the_capacity_inside(kit: Kit, least: int, most: int, expected: int) -> None:
    kit.serve()
    kit.target(least, most)
    assert kit.status() == "Updating"
    with refused("Cannot update in-progress endpoint"):
        kit.update()
    kit.settle()
    assert kit.describe()["ProductionVariants"][0]["CurrentInstanceCount"] == expected
    activities = kit.autoscaling.describe_scaling_activities(ServiceNamespace="sagemaker")["ScalingActivities"]
    assert [one["Description"] for one in activities] == [f"Setting desired instance count to {expected}."]


def test_update_moves_the_capacity_inside_without_limits_given(kit: Kit) -> None:
    kit.serve()
    kit.target(1, 2)
    kit.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName="e", DesiredWeightsAndCapacities=[{"VariantName": "V", "DesiredInstanceCount": 4}]
    )
    kit.target(None, None)  # Updating: the capacity is left alone
    kit.settle()
    assert kit.describe()["ProductionVariants"][0]["DesiredInstanceCount"] == 4
    kit.target(None, None)
    assert kit.describe()["ProductionVariants"][0]["DesiredInstanceCount"] == 2


def test_missing_endpoint_or_variant(kit: Kit) -> None:
    with refused("endpoint doesn't exist"):
        kit.target()
    kit.serve()
    with refused("variant doesn't exist"):
        kit.target(ResourceId="endpoint/e/variant/W")
    with refused("inference component doesn't exist"):
        kit.target(ResourceId="inference-component/x", ScalableDimension=COPIES)


def test_endpoint_still_being_created(kit: Kit) -> None:
    kit.model()
    kit.config()
    kit.endpoint(settle=False)
    with refused("is not in service"):
        kit.target()


@pytest.mark.parametrize(
    ("resource", "dimension"),
    [
        ("endpoint/e/variant/V", COPIES),
        ("inference-component/x", INSTANCES),
        ("endpoint/e", INSTANCES),
        ("endpoint/e/variant/V", "ecs:service:DesiredCount"),
    ],
)
def test_dimension_fits_the_resource(kit: Kit, resource: str, dimension: str) -> None:
    kit.serve()
    with refused("Unsupported service namespace, resource type or scalable dimension"):
        kit.target(ResourceId=resource, ScalableDimension=dimension)


def test_dimension_fits_the_variant(kit: Kit) -> None:
    kit.serve()
    with refused("does not fit the variant"):
        kit.target(dimension=CONCURRENCY)


def test_burstable(kit: Kit) -> None:
    kit.serve([kit.variant(InstanceType="ml.t2.medium")])
    with refused("You cannot register a variant with ml.t2.medium instance type as a scalable target."):
        kit.target()


def test_serverless(kit: Kit) -> None:
    kit.serve([kit.variant(ServerlessConfig=SERVERLESS)])
    with refused("does not fit the variant"):
        kit.target()
    kit.target(2, 4, CONCURRENCY)
    kit.settle()
    assert kit.describe()["ProductionVariants"][0]["CurrentServerlessConfig"]["ProvisionedConcurrency"] == 2
    metric = {"PredefinedMetricType": "SageMakerVariantProvisionedConcurrencyUtilization"}
    kit.tracking(dimension=CONCURRENCY, PredefinedMetricSpecification=metric, TargetValue=0.7)
    with refused(f"Scalable dimension {CONCURRENCY} only supports the following predefined metric types:"):
        kit.tracking("q", dimension=CONCURRENCY)


def test_deregister(kit: Kit) -> None:
    kit.serve()
    with refused(f"No scalable target found for {WHERE}", NOT_FOUND):
        kit.autoscaling.deregister_scalable_target(**kit.scalable())
    kit.target()
    kit.tracking()
    put_action(kit, Schedule="rate(1 hour)", ScalableTargetAction={"MinCapacity": 1})
    kit.autoscaling.deregister_scalable_target(**kit.scalable())
    assert targets(kit) == policies(kit) == actions(kit) == []
    assert kit.cloudwatch.describe_alarms()["MetricAlarms"] == []


def test_deleting_the_endpoint_deregisters(kit: Kit) -> None:
    kit.serve()
    kit.target()
    kit.tracking()
    kit.sagemaker.delete_endpoint(EndpointName="e")
    assert targets(kit) == policies(kit) == []
    assert kit.cloudwatch.describe_alarms()["MetricAlarms"] == []


def test_registered_variant_cannot_go_or_change_its_instances(kit: Kit) -> None:
    kit.serve()
    kit.target()
    kit.config("renamed", [kit.variant("W")])
    kit.config("bigger", [kit.variant(InstanceType="ml.m5.xlarge")])
    kit.model("n")
    kit.config("model", [kit.variant(ModelName="n")])
    text = 'The variant(s) "[V]" must be deregistered as scalable targets with AWS Auto Scaling before they can be'
    for config in ("renamed", "bigger"):
        with refused(text):
            kit.update(config)
    kit.update("model")
    kit.settle()
    kit.autoscaling.deregister_scalable_target(**kit.scalable())
    kit.update("bigger")


def test_tags(kit: Kit) -> None:
    kit.serve()
    arn = kit.target(Tags={"a": "1"})
    with refused(
        "The scalable target that you tried to tag already exists. To update tags on an existing scalable target, use the "
        "TagResource API."
    ):
        kit.target(Tags={"a": "1"})
    kit.autoscaling.tag_resource(ResourceARN=arn, Tags={"b": "2"})
    kit.autoscaling.untag_resource(ResourceARN=arn, TagKeys=["a"])
    assert kit.autoscaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"b": "2"}
    with refused("reserved"):
        kit.autoscaling.tag_resource(ResourceARN=arn, Tags={"aws:x": "2"})
    with refused("too many tags", "TooManyTagsException"):
        kit.autoscaling.tag_resource(ResourceARN=arn, Tags={str(number): "x" for number in range(50)})
    with refused("No scalable target found", "ResourceNotFoundException"):
        kit.autoscaling.list_tags_for_resource(ResourceARN=arn[:-1])


def test_put_needs_a_target(kit: Kit) -> None:
    kit.serve()
    text = f"No scalable target registered for {WHERE}"
    with refused(text, NOT_FOUND):
        kit.tracking()
    with refused(text, NOT_FOUND):
        put_action(kit, Schedule="rate(1 hour)", ScalableTargetAction={"MinCapacity": 1})


def test_tracking_policy_and_its_alarms(kit: Kit) -> None:
    kit.serve()
    kit.target()
    answer = kit.tracking(ScaleInCooldown=300)
    arn = answer["PolicyARN"]
    assert arn.startswith("arn:aws:autoscaling:us-east-1:123456789012:scalingPolicy:")
    assert arn.endswith(":resource/sagemaker/endpoint/e/variant/V:policyName/p")
    names = [one["AlarmName"] for one in answer["Alarms"]]
    assert names[0].startswith("TargetTracking-endpoint/e/variant/V-AlarmHigh-")
    assert names[1].startswith("TargetTracking-endpoint/e/variant/V-AlarmLow-")
    (policy,) = policies(kit)
    assert policy["PolicyARN"] == arn
    assert policy["Alarms"] == answer["Alarms"]
    assert policy["TargetTrackingScalingPolicyConfiguration"] == {
        "TargetValue": 70.0,
        "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
        "ScaleInCooldown": 300,
    }
    alarms = kit.cloudwatch.describe_alarms()["MetricAlarms"]
    assert sorted(one["AlarmName"] for one in alarms) == names
    assert {"Name": "EndpointName", "Value": "e"} in alarms[0]["Dimensions"]
    assert alarms[0]["AlarmActions"] == [arn]


def test_policy_is_an_upsert(kit: Kit) -> None:
    kit.serve()
    kit.target()
    first = kit.tracking()
    second = kit.tracking(TargetValue=50.0, DisableScaleIn=True)
    assert second["PolicyARN"] == first["PolicyARN"]
    assert [one["AlarmName"] for one in second["Alarms"]] != [one["AlarmName"] for one in first["Alarms"]]
    (policy,) = policies(kit)
    assert policy["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] == 50.0
    assert len(kit.cloudwatch.describe_alarms()["MetricAlarms"]) == 1
    with refused(
        "You cannot change a TargetTrackingScaling policy to a non TargetTrackingScaling policy, or vice versa"
    ):
        kit.steps([STEP], name="p")


def test_policy_type_is_needed_to_create_and_known_afterwards(kit: Kit) -> None:
    kit.serve()
    kit.target()
    step = {"AdjustmentType": "ChangeInCapacity", "StepAdjustments": [STEP]}
    request = {**kit.scalable(), "PolicyName": "s", "StepScalingPolicyConfiguration": step}
    with refused("PolicyType must be specified"):
        kit.autoscaling.put_scaling_policy(**request)
    kit.steps([STEP])
    kit.autoscaling.put_scaling_policy(**request)


def test_one_policy_for_a_metric(kit: Kit) -> None:
    kit.serve()
    kit.target()
    kit.tracking()
    with refused("Only one TargetTrackingScaling policy for a given metric specification is allowed."):
        kit.tracking("q")
    kit.tracking("q", CustomizedMetricSpecification=CUSTOM)


@pytest.mark.parametrize(
    ("configuration", "text"),
    [
        (
            {
                "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
            },
            f"Scalable dimension {INSTANCES} only supports the following predefined metric types:",
        ),
        (
            {
                "CustomizedMetricSpecification": CUSTOM,
                "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
            },
            "exactly one of",
        ),
        ({"CustomizedMetricSpecification": {"MetricName": "x"}}, "either MetricName, Namespace and Statistic"),
    ],
)
def test_refused_tracking(kit: Kit, configuration: dict[str, Any], text: str) -> None:
    kit.serve()
    kit.target()
    with refused(text):
        kit.tracking(**configuration)


def test_tracking_needs_a_metric_and_its_configuration(kit: Kit) -> None:
    kit.serve()
    kit.target()
    put = kit.autoscaling.put_scaling_policy
    with refused("exactly one of"):
        put(
            **kit.scalable(),
            PolicyName="p",
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration={"TargetValue": 1},
        )
    with refused("needs TargetTrackingScalingPolicyConfiguration"):
        put(**kit.scalable(), PolicyName="p", PolicyType="TargetTrackingScaling")
    with refused("PredictiveScaling is not supported"):
        put(**kit.scalable(), PolicyName="p", PolicyType="PredictiveScaling")


@pytest.mark.parametrize(
    ("steps", "members", "code", "text"),
    [
        ([], {}, "ValidationException", "must be specified"),
        ([STEP], {"MinAdjustmentMagnitude": 1}, "ValidationException", "PercentChange"),
        ([{"ScalingAdjustment": 1}], {}, "ValidationException", "or both"),
        (
            [{"ScalingAdjustment": -1, "MetricIntervalLowerBound": 0}],
            {"AdjustmentType": "ExactCapacity"},
            "ValidationException",
            "must not be negative",
        ),
        (
            [{"ScalingAdjustment": -1, "MetricIntervalLowerBound": -5, "MetricIntervalUpperBound": 0}],
            {},
            "ValidationException",
            "must have no lower bound",
        ),
        (
            [{"ScalingAdjustment": 1, "MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 5}],
            {},
            "ValidationException",
            "must have no upper bound",
        ),
        (
            [{"ScalingAdjustment": 1, "MetricIntervalLowerBound": 2, "MetricIntervalUpperBound": 1}],
            {},
            "ValidationException",
            "must be less than",
        ),
        (
            [
                {"ScalingAdjustment": 1, "MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 1},
                {"ScalingAdjustment": 2, "MetricIntervalLowerBound": 2},
            ],
            {},
            "ValidationException",
            "nor leave a gap",
        ),
        (
            [
                {"ScalingAdjustment": 1, "MetricIntervalLowerBound": n, "MetricIntervalUpperBound": n + 1}
                for n in range(21)
            ],
            {},
            "LimitExceededException",
            "at most 20 step adjustments",
        ),
    ],
)
def test_refused_steps(kit: Kit, steps: list[dict], members: dict, code: str, text: str) -> None:
    kit.serve()
    kit.target()
    with refused(text, code):
        kit.steps(steps, **members)


def test_step_policy_shows_alarms_attached_to_it(kit: Kit) -> None:
    kit.serve()
    kit.target()
    answer = kit.steps([STEP], Cooldown=60)
    assert answer["Alarms"] == []
    kit.alarm(answer["PolicyARN"], "backlog")
    (policy,) = policies(kit)
    assert [one["AlarmName"] for one in policy["Alarms"]] == ["backlog"]


def test_delete_policy(kit: Kit) -> None:
    kit.serve()
    kit.target()
    with refused(f"No scaling policy found for {WHERE}, policy name: p", NOT_FOUND):
        kit.autoscaling.delete_scaling_policy(**kit.scalable(), PolicyName="p")
    kit.tracking()
    kit.autoscaling.delete_scaling_policy(**kit.scalable(), PolicyName="p")
    assert policies(kit) == kit.cloudwatch.describe_alarms()["MetricAlarms"] == []


def test_scheduled_action(kit: Kit) -> None:
    kit.serve()
    kit.target()
    put_action(
        kit,
        Schedule="cron(0 8 ? * MON-FRI *)",
        Timezone="Europe/Berlin",
        StartTime=1800000000,
        EndTime=1900000000,
        ScalableTargetAction={"MinCapacity": 2, "MaxCapacity": 3},
    )
    (action,) = actions(kit)
    arn = action["ScheduledActionARN"]
    assert arn.endswith(":resource/sagemaker/endpoint/e/variant/V:scheduledActionName/a")
    assert action["StartTime"].timestamp() == 1800000000
    put_action(kit, Schedule="rate(2 hours)", EndTime=1950000000)
    (action,) = actions(kit)
    assert action["ScheduledActionARN"] == arn
    assert "StartTime" not in action
    assert action["EndTime"].timestamp() == 1950000000
    assert action["Timezone"] == "Europe/Berlin"
    assert action["ScalableTargetAction"] == {"MinCapacity": 2, "MaxCapacity": 3}
    kit.autoscaling.delete_scheduled_action(**kit.scalable(), ScheduledActionName="a")
    with refused(f"No scheduled action found for {WHERE}, scheduled action name: a", NOT_FOUND):
        kit.autoscaling.delete_scheduled_action(**kit.scalable(), ScheduledActionName="a")


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"ScalableTargetAction": {"MinCapacity": 1}}, "Schedule must be specified"),
        ({"Schedule": "rate(1 hour)"}, "ScalableTargetAction must be specified"),
        ({"Schedule": "rate(1 hour)", "ScalableTargetAction": {}}, "needs MinCapacity, MaxCapacity or both"),
        ({"Schedule": "cron(0 8 * * *)", "ScalableTargetAction": {"MinCapacity": 1}}, "is invalid"),
        ({"Schedule": "at(2030-01-01)", "ScalableTargetAction": {"MinCapacity": 1}}, "is invalid"),
        ({"Schedule": "every day", "ScalableTargetAction": {"MinCapacity": 1}}, "is invalid"),
        ({"Schedule": "at(2030-02-30T06:00:00)", "ScalableTargetAction": {"MinCapacity": 1}}, "is invalid"),
        ({"Schedule": "rate(1 hour)", "ScalableTargetAction": {"MinCapacity": -1}}, "greater than or equal to 0"),
        (
            {"Schedule": "rate(1 hour)", "ScalableTargetAction": {"MinCapacity": 3, "MaxCapacity": 2}},
            "Maximum capacity cannot be less",
        ),
        (
            {"Schedule": "rate(1 hour)", "ScalableTargetAction": {"MinCapacity": 1}, "Timezone": "Mars/Base"},
            "time zone Mars/Base is invalid",
        ),
        (
            {
                "Schedule": "rate(1 hour)",
                "ScalableTargetAction": {"MinCapacity": 1},
                "StartTime": 1900000000,
                "EndTime": 1800000000,
            },
            "must be before its end time",
        ),
    ],
)
def test_refused_scheduled_actions(kit: Kit, members: dict[str, Any], text: str) -> None:
    kit.serve()
    kit.target()
    with refused(text):
        put_action(kit, **members)


def test_quotas(kit: Kit) -> None:
    kit.serve()
    kit.target()
    for number in range(50):
        kit.steps([STEP], f"s{number}")
    with refused("at most 50 scaling policies", "LimitExceededException"):
        kit.steps([STEP], "one-more")
    assert len(policies(kit)) == 10
    listed = kit.autoscaling.get_paginator("describe_scaling_policies").paginate(ServiceNamespace="sagemaker")
    assert len([one for page in listed for one in page["ScalingPolicies"]]) == 50
    for number in range(200):
        put_action(kit, f"a{number}", Schedule="rate(1 hour)", ScalableTargetAction={"MinCapacity": 1})
    with refused("at most 200 scheduled actions", "LimitExceededException"):
        put_action(kit, "one-more", Schedule="rate(1 hour)", ScalableTargetAction={"MinCapacity": 1})
    assert len(actions(kit)) == 50
    pages = kit.autoscaling.get_paginator("describe_scheduled_actions").paginate(ServiceNamespace="sagemaker")
    assert len([one for page in pages for one in page["ScheduledActions"]]) == 200


def test_filters_and_pages(kit: Kit) -> None:
    kit.serve([kit.variant("V"), kit.variant("W")])
    kit.target()
    kit.target(ResourceId="endpoint/e/variant/W")
    kit.tracking()
    kit.tracking("q", CustomizedMetricSpecification=CUSTOM)
    assert len(targets(kit)) == 2
    assert len(targets(kit, ResourceIds=["endpoint/e/variant/W"])) == 1
    assert len(targets(kit, ResourceIds=["endpoint/e/variant/W"], ScalableDimension=INSTANCES)) == 1
    assert len(targets(kit, MaxResults=1)) == 1
    assert [one["PolicyName"] for one in policies(kit, PolicyNames=["q"])] == ["q"]
    assert policies(kit, ResourceId="endpoint/e/variant/W") == []
    with refused("must be specified together"):
        targets(kit, ScalableDimension=INSTANCES)
    with refused("must be specified together"):
        policies(kit, ScalableDimension=INSTANCES)
    with refused("between 1 and 50"):
        targets(kit, MaxResults=51)
    with refused("between 1 and 10"):
        policies(kit, MaxResults=11)
    with refused("The next token supplied was invalid.", "InvalidNextTokenException"):
        targets(kit, NextToken="nonsense")


def test_other_namespaces_are_not_ours(kit: Kit, aws: LocalAws) -> None:
    answer = kit.autoscaling.describe_scalable_targets(ServiceNamespace="dynamodb")
    assert answer["ScalableTargets"] == []
