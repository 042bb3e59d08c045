# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scalable targets: what names them, the rules, and what is done to target, policies, scheduled actions and tags."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import InputError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import ServiceError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources import scalable_targets
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources import scaling_plan
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources.autoscaling import scheduled_limits

THEN = datetime.datetime(2030, 1, 1, tzinfo=datetime.timezone.utc)
LATER = datetime.datetime(2031, 1, 1, tzinfo=datetime.timezone.utc)
RESOURCE = "endpoint/e/variant/v"
KEY = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": RESOURCE,
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}
ARN = "arn:aws:application-autoscaling:eu-west-1:111122223333:scalable-target/1"
TARGET = {
    **KEY,
    "MinCapacity": 1,
    "MaxCapacity": 4,
    "RoleARN": "arn:aws:iam::111122223333:role/aws-service-role/linked",
    "CreationTime": THEN,
    "ScalableTargetARN": ARN,
    "SuspendedState": {
        "DynamicScalingInSuspended": False,
        "DynamicScalingOutSuspended": False,
        "ScheduledScalingSuspended": False,
    },
}
METRIC = "SageMakerVariantInvocationsPerInstance"
TRACKING = {"TargetValue": 70.0, "PredefinedMetricSpecification": {"PredefinedMetricType": METRIC}}
POLICY = {
    "PolicyName": "invocations",
    "PolicyType": "TargetTrackingScaling",
    "TargetTrackingScalingPolicyConfiguration": TRACKING,
}
NIGHT = {
    "ScheduledActionName": "night",
    "Schedule": "cron(0 20 * * ? *)",
    "ScalableTargetAction": {"MinCapacity": 0, "MaxCapacity": 1},
}
POLICY_THERE = {**KEY, **POLICY, "PolicyARN": "arn:policy", "CreationTime": THEN, "Alarms": []}
NIGHT_THERE = {
    **KEY,
    **NIGHT,
    "ScheduledActionARN": "arn:action",
    "CreationTime": THEN,
    "StartTime": THEN,
    "EndTime": LATER,
}

POLICY_OPTIONS = {
    "policy_name": "invocations",
    "policy_type": None,
    "target_tracking_scaling_policy_configuration": {
        "target_value": 70,
        "predefined_metric_specification": {"predefined_metric_type": METRIC},
    },
}
NIGHT_OPTIONS = {
    "scheduled_action_name": "night",
    "schedule": "cron(0 20 * * ? *)",
    "scalable_target_action": {"min_capacity": 0, "max_capacity": 1},
}


def options(**given: Any) -> dict[str, Any]:
    return {
        "state": "present",
        "endpoint_name": "e",
        "variant_name": "v",
        "inference_component_name": None,
        "scalable_dimension": None,
        "min_capacity": None,
        "max_capacity": None,
        "suspended_state": None,
        "scaling_policies": None,
        "scheduled_actions": None,
        "purge_scaling_policies": True,
        "purge_scheduled_actions": True,
        "tags": None,
        "purge_tags": True,
        **given,
    }


# What names a target

NAMELESS = (
    "the name of the target is empty. Give endpoint_name and variant_name, or inference_component_name, or resource_id."
)
COMPONENT = {"inference_component_name": "chat", "endpoint_name": None, "variant_name": None}


@pytest.mark.parametrize(
    ("given", "resource", "dimension"),
    [
        ({}, RESOURCE, "sagemaker:variant:DesiredInstanceCount"),
        ({"scalable_dimension": "instance_count"}, RESOURCE, "sagemaker:variant:DesiredInstanceCount"),
        (
            {"scalable_dimension": "provisioned_concurrency"},
            RESOURCE,
            "sagemaker:variant:DesiredProvisionedConcurrency",
        ),
        (
            {"scalable_dimension": "sagemaker:variant:DesiredProvisionedConcurrency"},
            RESOURCE,
            "sagemaker:variant:DesiredProvisionedConcurrency",
        ),
        (COMPONENT, "inference-component/chat", "sagemaker:inference-component:DesiredCopyCount"),
        (
            {**COMPONENT, "scalable_dimension": "copy_count"},
            "inference-component/chat",
            "sagemaker:inference-component:DesiredCopyCount",
        ),
        ({"resource_id": "endpoint/x/variant/y"}, "endpoint/x/variant/y", "sagemaker:variant:DesiredInstanceCount"),
        (
            {"resource_id": "inference-component/x"},
            "inference-component/x",
            "sagemaker:inference-component:DesiredCopyCount",
        ),
    ],
)
def test_keys(given, resource, dimension):
    assert scaling_plan.target_key(options(**given)) == {
        "ServiceNamespace": "sagemaker",
        "ResourceId": resource,
        "ScalableDimension": dimension,
    }


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"scalable_dimension": "copy_count"},
            "scalable_dimension: endpoint/e/variant/v can be scaled by sagemaker:variant:DesiredInstanceCount or "
            "sagemaker:variant:DesiredProvisionedConcurrency, not by sagemaker:inference-component:DesiredCopyCount.",
        ),
        (
            {**COMPONENT, "scalable_dimension": "instance_count"},
            "scalable_dimension: inference-component/chat can be scaled by sagemaker:inference-component:DesiredCopyCount, not "
            "by sagemaker:variant:DesiredInstanceCount.",
        ),
        (
            {"scalable_dimension": "ecs:service:DesiredCount"},
            "scalable_dimension: endpoint/e/variant/v can be scaled by sagemaker:variant:DesiredInstanceCount or "
            "sagemaker:variant:DesiredProvisionedConcurrency, not by ecs:service:DesiredCount.",
        ),
        ({"service_namespace": "ecs"}, "service_namespace: must be sagemaker, got ecs."),
        *(
            (
                {"resource_id": resource_id},
                f"resource_id: {resource_id} is not a scalable target. Give endpoint/<endpoint>/variant/<variant> or "
                "inference-component/<name>.",
            )
            for resource_id in ("endpoint/e", "endpoint/e/variant/v/w", "inference-component/", "service/cluster/web")
        ),
        ({**COMPONENT, "inference_component_name": ""}, NAMELESS),
        ({"endpoint_name": "", "variant_name": ""}, NAMELESS),
    ],
)
def test_keys_that_are_refused(given, message):
    with pytest.raises(InputError) as error:
        scaling_plan.target_key(options(**given))
    assert error.value.message == message


# What is refused. The rules themselves are tested with scaling_rules.

STEP = {
    "adjustment_type": "ChangeInCapacity",
    "step_adjustments": [{"metric_interval_lower_bound": 0, "scaling_adjustment": 1}],
}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"min_capacity": 5, "max_capacity": 4}, "min_capacity: must be at most max_capacity 4, got 5."),
        ({"min_capacity": -1, "max_capacity": 4}, "min_capacity: must be at least 0, got -1."),
        (
            {"scaling_policies": [{**POLICY_OPTIONS, "step_scaling_policy_configuration": STEP}]},
            "scaling_policies[0]: a policy must have exactly one of step_scaling_policy_configuration, "
            "target_tracking_scaling_policy_configuration.",
        ),
        (
            {"scaling_policies": [POLICY_OPTIONS, POLICY_OPTIONS]},
            "scaling_policies[1]: the name invocations is used more than once.",
        ),
        (
            {"scaling_policies": [{**POLICY_OPTIONS, "policy_name": None}]},
            "scaling_policies[0].policy_name: this option is required.",
        ),
        (
            {
                "scheduled_actions": [
                    {**NIGHT_OPTIONS, "scalable_target_action": {"min_capacity": 2, "max_capacity": 1}}
                ]
            },
            "scheduled_actions[0].scalable_target_action.min_capacity: must be at most max_capacity 1, got 2.",
        ),
        (
            {"scheduled_actions": [NIGHT_OPTIONS, {**NIGHT_OPTIONS, "scheduled_action_name": "a/b"}]},
            "scheduled_actions[1].scheduled_action_name: must match the service's pattern "
            r"(?!((^[ ]+.*)|(.*([\u0000-\u001f]|[\u007f-\u009f]|[:/|])+.*)|(.*[ ]+$))).+, got 'a/b'.",
        ),
        (
            {
                "min_capacity": 1,
                "max_capacity": 4,
                "scaling_policies": [POLICY_OPTIONS, {**POLICY_OPTIONS, "policy_name": "again"}],
            },
            "scaling_policies[again]: it tracks the same metric as invocations, and AWS allows only one target "
            "tracking policy per metric. Keep one of them.",
        ),
    ],
)
def test_wishes_that_are_refused_before_anything_changes(aws, stub, given, message):
    describe(stub("application-autoscaling"))
    with pytest.raises(InputError) as error:
        scalable_targets.ensure(aws, options(**given), False)
    assert error.value.message == message


@pytest.mark.parametrize(
    ("given", "message"),
    [
        # The other limit, the times and the other policies are those that are there.
        ({"max_capacity": 0}, "min_capacity: must be at most max_capacity 0, got 1."),
        ({"min_capacity": 5}, "min_capacity: must be at most max_capacity 4, got 5."),
        (
            {"scheduled_actions": [{**NIGHT_OPTIONS, "start_time": "2031-01-01"}]},
            "scheduled_actions[night].start_time: must be before end_time 2031-01-01T00:00:00+00:00, got "
            "2031-01-01T00:00:00+00:00.",
        ),
        (
            {"scaling_policies": [{**POLICY_OPTIONS, "policy_name": "again"}], "purge_scaling_policies": False},
            "scaling_policies[again]: it tracks the same metric as invocations, and AWS allows only one target "
            "tracking policy per metric. Keep one of them.",
        ),
    ],
)
@pytest.mark.parametrize("check_mode", [False, True])
def test_changes_that_do_not_fit_what_is_there(aws, autoscaler, given, message, check_mode):
    describe(autoscaler, TARGET)
    read(autoscaler, [POLICY_THERE], [NIGHT_THERE])
    with pytest.raises(InputError) as error:
        scalable_targets.ensure(aws, options(**given), check_mode)
    assert error.value.message == message


def test_what_was_accepted_is_not_judged_again(aws, autoscaler):
    twice = {**POLICY_THERE, "PolicyName": "again"}
    describe(autoscaler, {**TARGET, "MinCapacity": 9})
    read(autoscaler, [POLICY_THERE, twice])
    autoscaler.add_response("tag_resource", {}, {"ResourceARN": ARN, "Tags": {"team": "8"}})
    describe(autoscaler, TARGET)
    read(autoscaler, [POLICY_THERE, twice], team="8")
    assert scalable_targets.ensure(aws, options(tags={"team": "8"}), False).plan.action == "retag"


# What the variant is not fit for

CONFIG = {
    "EndpointConfigName": "c",
    "EndpointConfigArn": "arn:aws:sagemaker:eu-west-1:111122223333:endpoint-config/c",
    "CreationTime": THEN,
}
VARIANT = {"VariantName": "v", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
BURSTABLE = {**VARIANT, "InstanceType": "ml.t2.medium"}
BURSTABLE_REFUSED = (
    "variant_name: the variant v has the instance_type ml.t2.medium, and AWS does not scale burstable instances "
    "automatically. Deploy it on another type, such as ml.m5.large, or remove the autoscaling."
)


def serves(stub: Any, *variants: Any, status: str = "InService", **config: Any) -> None:
    """The endpoint e is there, and its configuration where it is looked at."""
    endpoint = {
        "EndpointName": "e",
        "EndpointArn": "arn:aws:sagemaker:eu-west-1:111122223333:endpoint/e",
        "EndpointConfigName": "c",
        "EndpointStatus": status,
        "CreationTime": THEN,
        "LastModifiedTime": THEN,
    }
    stub("sagemaker").add_response("describe_endpoint", endpoint, {"EndpointName": "e"})
    if variants:
        description = {**CONFIG, "ProductionVariants": list(variants), **config}
        stub("sagemaker").add_response("describe_endpoint_config", description, {"EndpointConfigName": "c"})


LIMITS = options(min_capacity=1, max_capacity=4)


def test_a_variant_that_cannot_be_scaled_is_not_registered(aws, stub, autoscaler):
    describe(autoscaler)
    serves(stub, BURSTABLE)
    with pytest.raises(InputError) as error:
        scalable_targets.ensure(aws, LIMITS, False)
    assert error.value.message == BURSTABLE_REFUSED


def test_in_check_mode_it_is_a_warning_as_the_endpoint_may_be_changed_before(aws, stub, autoscaler):
    describe(autoscaler)
    serves(stub, BURSTABLE)
    assert scalable_targets.ensure(aws, LIMITS, True).plan.action == "create"
    assert aws.warnings == [f"{BURSTABLE_REFUSED} The task fails unless the endpoint changes before."]


@pytest.mark.parametrize(
    ("variants", "message"),
    [
        (None, "endpoint_name: the endpoint e does not exist. Deploy it first (sagemaker_endpoint)."),
        ([{**VARIANT, "VariantName": "w"}], "variant_name: the endpoint e has no variant v; it has w."),
    ],
)
def test_what_is_not_there_may_come_before_the_run(aws, stub, autoscaler, variants, message):
    for check_mode in (True, False):
        describe(autoscaler)
        if variants:
            serves(stub, *variants)
        else:
            missing = 'Could not find endpoint "arn:aws:sagemaker:eu-west-1:111122223333:endpoint/e".'
            stub("sagemaker").add_client_error("describe_endpoint", "ValidationException", missing, 400)
        if check_mode:
            assert scalable_targets.ensure(aws, LIMITS, True).plan.action == "create"
            assert aws.warnings == []
        else:
            with pytest.raises(InputError) as error:
                scalable_targets.ensure(aws, LIMITS, False)
            assert error.value.message == message


def denied(stub: Any) -> None:
    stub("sagemaker").add_client_error("describe_endpoint", "AccessDeniedException", "not authorized", 400)


def in_transition(stub: Any) -> None:
    serves(stub, status="Updating")


def without_its_configuration(stub: Any) -> None:
    serves(stub)
    missing = 'Could not find endpoint configuration "arn:aws:sagemaker:eu-west-1:111122223333:endpoint-config/c".'
    stub("sagemaker").add_client_error("describe_endpoint_config", "ValidationException", missing, 400)


@pytest.mark.parametrize("seen", [denied, in_transition, without_its_configuration])
def test_what_cannot_be_looked_at_is_left_to_the_service(aws, stub, autoscaler, seen):
    describe(autoscaler)
    seen(stub)
    autoscaler.add_response("register_scalable_target", {}, {**KEY, "MinCapacity": 1, "MaxCapacity": 4})
    describe(autoscaler, TARGET)
    read(autoscaler)
    assert scalable_targets.ensure(aws, LIMITS, False).plan.action == "create"


def test_a_target_is_looked_at_again_when_it_is_to_scale_to_zero(aws, stub, autoscaler):
    describe(autoscaler, TARGET)
    read(autoscaler)
    serves(stub, VARIANT)
    with pytest.raises(InputError, match="min_capacity: 0 is for asynchronous endpoints"):
        scalable_targets.ensure(aws, options(min_capacity=0), False)
    describe(autoscaler, TARGET)
    read(autoscaler)
    serves(stub, VARIANT, AsyncInferenceConfig={"OutputConfig": {}})
    assert scalable_targets.ensure(aws, options(min_capacity=0), True).plan.action == "update"
    # It does so already, and another change is none of its variant's.
    describe(autoscaler, {**TARGET, "MinCapacity": 0})
    read(autoscaler)
    assert scalable_targets.ensure(aws, options(min_capacity=0, max_capacity=9), True).plan.action == "update"


def test_an_inference_component_needs_no_look_at_an_endpoint(aws, autoscaler):
    asked = {"ServiceNamespace": "sagemaker", "ResourceIds": ["inference-component/chat"]}
    autoscaler.add_response("describe_scalable_targets", {"ScalableTargets": []}, asked)
    wish = options(**COMPONENT, min_capacity=0, max_capacity=4)
    assert scalable_targets.ensure(aws, wish, True).plan.action == "create"


def test_a_new_target_needs_both_limits(aws, stub):
    describe(stub("application-autoscaling"))
    with pytest.raises(InputError) as error:
        scalable_targets.ensure(aws, options(min_capacity=1), False)
    assert error.value.message == (
        "min_capacity and max_capacity: endpoint/e/variant/v is not registered yet, and a new scalable target needs both."
    )


# Against the service


def describe(stubber: Any, *targets: Any) -> None:
    asked = {"ServiceNamespace": "sagemaker", "ResourceIds": [RESOURCE]}
    stubber.add_response("describe_scalable_targets", {"ScalableTargets": list(targets)}, asked)


def read(stubber: Any, policies: Any = (), actions: Any = (), **tags: str) -> None:
    stubber.add_response("describe_scaling_policies", {"ScalingPolicies": list(policies)}, KEY)
    stubber.add_response("describe_scheduled_actions", {"ScheduledActions": list(actions)}, KEY)
    stubber.add_response("list_tags_for_resource", {"Tags": tags}, {"ResourceARN": ARN})


@pytest.fixture
def autoscaler(stub):
    return stub("application-autoscaling")


RECORD = {scheduled_limits.TAG: "min_capacity=1 max_capacity=4"}
FULL = options(
    min_capacity=1,
    max_capacity=4,
    scaling_policies=[POLICY_OPTIONS],
    scheduled_actions=[NIGHT_OPTIONS],
    tags={"team": 7},
)


@pytest.mark.parametrize("check_mode", [False, True])
def test_a_new_target_with_all_that_hangs_on_it(aws, stub, autoscaler, check_mode):
    describe(autoscaler)
    serves(stub, VARIANT)
    if not check_mode:
        autoscaler.add_response(
            "register_scalable_target", {}, {**KEY, "MinCapacity": 1, "MaxCapacity": 4, "Tags": {"team": "7", **RECORD}}
        )
        autoscaler.add_response("put_scaling_policy", {"PolicyARN": "arn"}, {**KEY, **POLICY})
        autoscaler.add_response("put_scheduled_action", {}, {**KEY, **NIGHT})
        describe(autoscaler, TARGET)
        read(autoscaler, [POLICY_THERE], [NIGHT_THERE], team="7", **RECORD)
    result = scalable_targets.ensure(aws, FULL, check_mode)
    assert result.plan.action == "create"
    assert result.plan.calls == ["RegisterScalableTarget", "PutScalingPolicy", "PutScheduledAction"]
    assert [change.path for change in result.plan.changes] == [
        "min_capacity",
        "max_capacity",
        "scaling_policies[invocations]",
        "scheduled_actions[night]",
        f"tags.{scheduled_limits.TAG}",
        "tags.team",
    ]
    assert result.resource["min_capacity"] == 1
    assert result.resource["tags"] == {"team": "7", **RECORD}
    assert [item["policy_name"] for item in result.resource["scaling_policies"]] == ["invocations"]
    assert [item["scheduled_action_name"] for item in result.resource["scheduled_actions"]] == ["night"]


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize(
    "wish",
    [
        FULL,
        options(),
        # What is not given is left alone.
        options(suspended_state={"dynamic_scaling_in_suspended": False}),
    ],
)
def test_what_is_there_is_left_alone(aws, autoscaler, wish, check_mode):
    describe(autoscaler, TARGET)
    read(autoscaler, [POLICY_THERE], [NIGHT_THERE], team="7", **(RECORD if wish is FULL else {}))
    result = scalable_targets.ensure(aws, wish, check_mode)
    assert (result.plan.action, result.plan.calls, result.plan.changes) == ("none", [], [])
    assert result.before == result.after


def steps_of(aws: Any, autoscaler: Any, wish: Any, policies: Any = (), actions: Any = (), **tags: str) -> Any:
    """The plan for a target that is there."""
    describe(autoscaler, TARGET)
    read(autoscaler, policies, actions, **tags)
    return scalable_targets.ensure(aws, wish, True)


@pytest.mark.parametrize(
    ("wish", "calls", "paths"),
    [
        (
            options(max_capacity=5),
            ["RegisterScalableTarget", "TagResource"],
            ["max_capacity", f"tags.{scheduled_limits.TAG}"],
        ),
        # What a scheduled action may set later is recorded, although nothing differs now.
        (options(max_capacity=4), ["TagResource"], [f"tags.{scheduled_limits.TAG}"]),
        (
            options(suspended_state={"scheduled_scaling_suspended": True}),
            ["RegisterScalableTarget"],
            ["suspended_state.scheduled_scaling_suspended"],
        ),
        (options(scaling_policies=[]), ["DeleteScalingPolicy"], ["scaling_policies[invocations]"]),
        (options(scaling_policies=[], purge_scaling_policies=False), [], []),
        (options(scheduled_actions=[]), ["DeleteScheduledAction"], ["scheduled_actions[night]"]),
        (options(scheduled_actions=[], purge_scheduled_actions=False), [], []),
        (options(tags={"team": "8"}), ["TagResource"], ["tags.team"]),
        (options(tags={}), ["UntagResource"], ["tags.team"]),
        (options(tags={}, purge_tags=False), [], []),
        (
            options(
                scaling_policies=[
                    {
                        **POLICY_OPTIONS,
                        "target_tracking_scaling_policy_configuration": {
                            **POLICY_OPTIONS["target_tracking_scaling_policy_configuration"],
                            "target_value": 80,
                        },
                    }
                ]
            ),
            ["PutScalingPolicy"],
            ["scaling_policies[invocations].target_tracking_scaling_policy_configuration.target_value"],
        ),
        (
            options(scheduled_actions=[{**NIGHT_OPTIONS, "start_time": "2030-01-01T00:00:00"}]),
            [],
            [],
        ),
        (
            options(scheduled_actions=[{**NIGHT_OPTIONS, "start_time": "2030-01-01T00:00:00+02:00"}]),
            ["PutScheduledAction"],
            ["scheduled_actions[night].start_time"],
        ),
    ],
)
def test_changes(aws, autoscaler, wish, calls, paths):
    result = steps_of(aws, autoscaler, wish, [POLICY_THERE], [NIGHT_THERE], team="7")
    assert result.plan.calls == calls
    assert [change.path for change in result.plan.changes] == paths


@pytest.mark.parametrize("check_mode", [False, True])
def test_the_suspended_state_is_sent_whole(aws, autoscaler, check_mode):
    before = {**TARGET["SuspendedState"], "DynamicScalingInSuspended": True}
    after = {**before, "ScheduledScalingSuspended": True}
    describe(autoscaler, {**TARGET, "SuspendedState": before})
    read(autoscaler)
    if not check_mode:
        autoscaler.add_response("register_scalable_target", {}, {**KEY, "SuspendedState": after})
        describe(autoscaler, {**TARGET, "SuspendedState": after})
        read(autoscaler)
    wish = options(suspended_state={"scheduled_scaling_suspended": True})
    result = scalable_targets.ensure(aws, wish, check_mode)
    assert [change.path for change in result.plan.changes] == ["suspended_state.scheduled_scaling_suspended"]
    assert result.resource["suspended_state"] == {
        "dynamic_scaling_in_suspended": True,
        "dynamic_scaling_out_suspended": False,
        "scheduled_scaling_suspended": True,
    }


def test_a_metric_that_botocore_does_not_list_is_warned_of(aws, autoscaler):
    tracking = POLICY_OPTIONS["target_tracking_scaling_policy_configuration"]
    metric = {"predefined_metric_type": "SageMakerVariantTokensPerSecond"}
    new = {
        **POLICY_OPTIONS,
        "target_tracking_scaling_policy_configuration": {**tracking, "predefined_metric_specification": metric},
    }
    assert steps_of(aws, autoscaler, options(scaling_policies=[new])).plan.calls == ["PutScalingPolicy"]
    (warning,) = aws.warnings
    assert "predefined_metric_type" in warning and "SageMakerVariantTokensPerSecond" in warning


def test_a_diff_shows_no_additions_of_the_service(aws, autoscaler):
    result = steps_of(aws, autoscaler, options(max_capacity=5), [POLICY_THERE], [NIGHT_THERE])
    suspended = ("dynamic_scaling_in_suspended", "dynamic_scaling_out_suspended", "scheduled_scaling_suspended")
    assert result.before == {
        "service_namespace": "sagemaker",
        "resource_id": RESOURCE,
        "scalable_dimension": "sagemaker:variant:DesiredInstanceCount",
        "min_capacity": 1,
        "max_capacity": 4,
        "suspended_state": dict.fromkeys(suspended, False),
        "scaling_policies": [{**POLICY_OPTIONS, "policy_type": "TargetTrackingScaling"}],
        "scheduled_actions": [
            {
                **NIGHT_OPTIONS,
                "start_time": "2030-01-01T00:00:00+00:00",
                "end_time": "2031-01-01T00:00:00+00:00",
            }
        ],
        "tags": {},
    }
    assert result.after == {**result.before, "max_capacity": 5, "tags": {scheduled_limits.TAG: "max_capacity=5"}}


def test_only_tags_are_a_retag(aws, autoscaler):
    assert steps_of(aws, autoscaler, options(tags={"a": "b"})).plan.action == "retag"
    assert steps_of(aws, autoscaler, options(tags={"a": "b"}, max_capacity=9)).plan.action == "update"


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({}, {"StartTime": THEN, "EndTime": LATER}),
        ({"end_time": "2032-01-01"}, {"StartTime": THEN, "EndTime": LATER.replace(year=2032)}),
    ],
)
def test_an_update_of_an_action_keeps_the_times_that_are_not_given(aws, autoscaler, given, sent):
    describe(autoscaler, TARGET)
    read(autoscaler, [], [NIGHT_THERE])
    autoscaler.add_response("put_scheduled_action", {}, {**KEY, **NIGHT, "Schedule": "cron(0 21 * * ? *)", **sent})
    describe(autoscaler, TARGET)
    read(autoscaler, [], [NIGHT_THERE])
    wish = {**NIGHT_OPTIONS, "schedule": "cron(0 21 * * ? *)", **given}
    assert scalable_targets.ensure(aws, options(scheduled_actions=[wish]), False).plan.changed


def test_another_dimension_of_the_same_variant_is_another_target(aws, stub, autoscaler):
    describe(autoscaler, {**TARGET, "ScalableDimension": "sagemaker:variant:DesiredProvisionedConcurrency"})
    serves(stub, VARIANT)
    result = scalable_targets.ensure(aws, options(min_capacity=1, max_capacity=2), True)
    assert result.plan.action == "create"


def test_a_renamed_policy_makes_room_for_itself_first(aws, autoscaler):
    result = steps_of(
        aws, autoscaler, options(scaling_policies=[{**POLICY_OPTIONS, "policy_name": "renamed"}]), [POLICY_THERE]
    )
    assert result.plan.calls == ["DeleteScalingPolicy", "PutScalingPolicy"]


@pytest.mark.parametrize("check_mode", [False, True])
def test_absent(aws, autoscaler, check_mode):
    wish = options(state="absent")
    describe(autoscaler)
    assert not scalable_targets.ensure(aws, wish, check_mode).plan.changed
    describe(autoscaler, TARGET)
    read(autoscaler)
    if not check_mode:
        autoscaler.add_response("deregister_scalable_target", {}, KEY)
    result = scalable_targets.ensure(aws, wish, check_mode)
    assert (result.resource, result.plan.action, result.plan.calls) == ({}, "delete", ["DeregisterScalableTarget"])


def test_what_is_gone_already_is_as_good_as_deleted(aws, autoscaler):
    gone = ("ObjectNotFoundException", "No scalable target found for service namespace: sagemaker", 400)
    autoscaler.add_client_error("deregister_scalable_target", *gone)
    scalable_targets.deregister(aws.autoscaling, KEY)
    autoscaler.add_client_error("delete_scaling_policy", *gone)
    scalable_targets.delete_part(aws.autoscaling, scaling_plan.POLICIES, KEY, "p")
    autoscaler.add_client_error("delete_scheduled_action", "ValidationException", "wrong", 400)
    with pytest.raises(ServiceError):
        scalable_targets.delete_part(aws.autoscaling, scaling_plan.ACTIONS, KEY, "a")


def lost(autoscaler: Any) -> None:
    autoscaler.add_client_error("register_scalable_target", "InternalServiceException", "", 500)


def test_a_lost_registration_with_tags_is_looked_up(aws, autoscaler):
    lost(autoscaler)
    describe(autoscaler, TARGET)
    # It may be somebody else's.
    arn = {"ResourceARN": TARGET["ScalableTargetARN"]}
    autoscaler.add_response("list_tags_for_resource", {"Tags": {"theirs": "1"}}, arn)
    autoscaler.add_response("tag_resource", {}, {**arn, "Tags": {"team": "x"}})
    scalable_targets.register(aws.autoscaling, {**KEY, "MinCapacity": 1, "MaxCapacity": 4}, {"team": "x"})
    autoscaler.assert_no_pending_responses()


def test_a_lost_registration_that_was_not_done_is_repeated(aws, autoscaler):
    request = {**KEY, "MinCapacity": 1, "MaxCapacity": 5}
    lost(autoscaler)
    describe(autoscaler, TARGET)
    autoscaler.add_response("register_scalable_target", {}, request)
    scalable_targets.register(aws.autoscaling, request, None)


def test_a_lost_change_of_the_suspended_state_is_repeated(aws, autoscaler):
    request = {**KEY, "SuspendedState": {"ScheduledScalingSuspended": True}}
    lost(autoscaler)
    describe(autoscaler, TARGET)
    autoscaler.add_response("register_scalable_target", {}, request)
    scalable_targets.register(aws.autoscaling, request, None)
    autoscaler.assert_no_pending_responses()


# Information


def test_many_resources_are_asked_for_fifty_at_a_time(aws, autoscaler):
    ids = [f"endpoint/e/variant/v{number}" for number in range(51)]
    for part in (ids[:50], ids[50:]):
        autoscaler.add_response(
            "describe_scalable_targets",
            {"ScalableTargets": [{**TARGET, "ResourceId": name} for name in part]},
            {"ServiceNamespace": "sagemaker", "ResourceIds": part},
        )
    assert len(scalable_targets.describe_targets(aws.autoscaling, ids)) == 51
    assert scalable_targets.describe_targets(aws.autoscaling, []) == []


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, ["endpoint/e/variant/v", "endpoint/ee/variant/v", "endpoint/e/variant/w", "inference-component/chat"]),
        ({"endpoint_name": "e"}, ["endpoint/e/variant/v", "endpoint/e/variant/w"]),
        ({"variant_name": "v"}, ["endpoint/e/variant/v", "endpoint/ee/variant/v"]),
    ],
)
def test_filters(aws, autoscaler, given, found):
    ids = ["endpoint/e/variant/v", "endpoint/ee/variant/v", "endpoint/e/variant/w", "inference-component/chat"]
    targets = [{m: v for m, v in TARGET.items() if m != "ScalableTargetARN"} | {"ResourceId": name} for name in ids]
    autoscaler.add_response(
        "describe_scalable_targets", {"ScalableTargets": targets}, {"ServiceNamespace": "sagemaker"}
    )
    for name in found:
        key = {**KEY, "ResourceId": name}
        autoscaler.add_response("describe_scaling_policies", {"ScalingPolicies": []}, key)
        autoscaler.add_response("describe_scheduled_actions", {"ScheduledActions": []}, key)
    asked = {"endpoint_name": None, "variant_name": None, "inference_component_name": None, **given}
    result = scalable_targets.info(aws, asked)
    assert [target["resource_id"] for target in result["scalable_targets"]] == found
