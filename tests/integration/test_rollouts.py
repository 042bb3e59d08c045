# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Updates that go wrong, autoscaling that must survive them, drift, faults on the way, and others who interfere."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import ownership
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import InputError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import SageMakerError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.plans import Change
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources import models
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rollout import endpoint as endpoint_rollout
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rollout import traffic
from integration.logic import IMAGE
from integration.logic import PRESENT
from integration.logic import Logic
from integration.logic import shown
from integration.whole_runs import watched
from local_aws.process import LocalAws

REASON = "The primary container for production variant main did not pass the ping health check. Please check CloudWatch logs."
RESTORE = ["RegisterScalableTarget", "PutScalingPolicy", "PutScalingPolicy", "PutScheduledAction", "DeleteTags"]
PUT_RIGHT = "UpdateEndpointWeightsAndCapacities"
ASIDE = ["AddTags", "DeregisterScalableTarget", "UpdateEndpoint", *RESTORE]


@pytest.fixture
def logic(aws: LocalAws) -> Logic:
    return Logic(aws)


def wish(config: str, **options: Any) -> dict[str, Any]:
    return {**PRESENT, "name": "e", "endpoint_config_name": config, **options}


def autoscale(logic: Logic) -> dict[str, str]:
    """A target with two policies and a scheduled action, suspended in part and tagged."""
    key = logic.register("e")
    tracking = {
        "TargetValue": 70.0,
        "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
    }
    step = {
        "AdjustmentType": "ChangeInCapacity",
        "Cooldown": 60,
        "StepAdjustments": [{"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": 1}],
    }
    client = logic.autoscaling
    client.register_scalable_target(**key, SuspendedState={"DynamicScalingInSuspended": True})
    client.put_scaling_policy(
        **key, PolicyName="track", PolicyType="TargetTrackingScaling", TargetTrackingScalingPolicyConfiguration=tracking
    )
    client.put_scaling_policy(**key, PolicyName="step", PolicyType="StepScaling", StepScalingPolicyConfiguration=step)
    client.put_scheduled_action(
        **key,
        ScheduledActionName="morning",
        Schedule="cron(0 8 * * ? *)",
        Timezone="Europe/Berlin",
        ScalableTargetAction={"MinCapacity": 2},
    )
    arn = client.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"][0]["ScalableTargetARN"]
    client.tag_resource(ResourceARN=arn, Tags={"owner": "team"})
    return key


def scaling(logic: Logic) -> Any:
    """All of autoscaling that a user made, without what the service adds."""
    client = logic.autoscaling
    targets = client.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    policies = client.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]
    actions = client.describe_scheduled_actions(ServiceNamespace="sagemaker")["ScheduledActions"]
    noise = {"CreationTime", "ScalableTargetARN", "PolicyARN", "ScheduledActionARN", "Alarms"}
    tags = [client.list_tags_for_resource(ResourceARN=target["ScalableTargetARN"])["Tags"] for target in targets]
    return [{k: v for k, v in item.items() if k not in noise} for item in [*targets, *policies, *actions]], tags


def memory_tags(logic: Logic) -> list[str]:
    arn = logic.sagemaker.describe_endpoint(EndpointName="e")["EndpointArn"]
    tags = logic.sagemaker.list_tags(ResourceArn=arn)["Tags"]
    return [tag["Key"] for tag in tags if ownership.is_memory(tag["Key"])]


@pytest.mark.parametrize(
    ("outcome", "reason", "status", "rolled_back", "cause"),
    [
        ("rollback", REASON, "InService", True, "health_check"),
        ("rollback_without_reason", None, "InService", True, "unknown"),
        ("rollback_failed", REASON, "UpdateRollbackFailed", False, "health_check"),
        ("fail", REASON, "Failed", False, "health_check"),
    ],
)
def test_an_update_that_goes_wrong_is_a_failure_that_says_so(
    logic: Logic, outcome: str, reason: str | None, status: str, rolled_back: bool, cause: str
) -> None:
    logic.make_config("c1")
    logic.make_config("c2")
    logic.make_config("c3")
    logic.make_endpoint("e", "c1")
    logic.aws.script("e", "update", outcome, reason=reason)

    with pytest.raises(SageMakerError) as caught:
        logic.run(endpoint_rollout.ensure, wish("c2"))

    details = caught.value.details
    assert details["rolled_back"] is rolled_back
    assert details["cause"] == cause
    assert details["failure_reason"] == (reason or "")
    assert (reason or "SageMaker reported no reason") in caught.value.message
    assert details["log_group"] == "/aws/sagemaker/Endpoints/e"
    assert details["log_group"] in caught.value.message
    assert details["endpoint"]["endpoint_status"] == status
    assert details["plan"]["calls"] == ["UpdateEndpoint"]
    assert logic.status("e") == status
    if rolled_back:
        assert "it still serves c1" in caught.value.message
    # What served before exists, and good input recovers.
    logic.sagemaker.describe_endpoint_config(EndpointConfigName="c1")
    logic.sagemaker.describe_model(ModelName="c1-model")
    assert logic.run(endpoint_rollout.ensure, wish("c3")).resource["endpoint_config_name"] == "c3"


@pytest.mark.parametrize("wait", [True, False])
def test_other_tags_leave_the_endpoint_as_it_is(logic: Logic, wait: bool) -> None:
    logic.make_config("c1")
    logic.make_config("c2")
    logic.make_endpoint("e", "c1")
    logic.aws.script("e", "update", "rollback", reason=REASON)
    logic.sagemaker.update_endpoint(EndpointName="e", EndpointConfigName="c2")
    logic.aws.advance(60)
    options = wish("c1", tags={"team": "fraud"}, wait=wait)
    predicted = logic.run(endpoint_rollout.ensure, options, check_mode=True)
    assert predicted.plan.action == "retag"
    assert logic.run(endpoint_rollout.ensure, options).resource == predicted.resource
    assert (predicted.resource["endpoint_status"], predicted.resource["failure_reason"]) == ("InService", REASON)


@pytest.mark.parametrize("before", [None, "InService", "Failed", "drifted", "scaled"])
def test_without_waiting_the_end_is_predicted_as_it_is_shown(logic: Logic, before: str | None) -> None:
    options = {**drifted(logic), "wait": False}
    if before != "drifted":
        logic.make_config("c2", InstanceType="ml.m5.xlarge")
        options = wish("c2", endpoint_config=content(logic, "c2"), wait=False)
        logic.sagemaker.delete_endpoint(EndpointName="e")
        logic.aws.advance(60)
    if before in ("InService", "Failed", "scaled"):
        logic.aws.script("e", "create", "fail" if before == "Failed" else "succeed")
        logic.make_endpoint("e", "c1")
    if before == "scaled":
        logic.register("e")
    predicted = logic.run(endpoint_rollout.ensure, options, check_mode=True)
    result = logic.run(endpoint_rollout.ensure, options)
    assert shown(result) == shown(predicted)
    assert (result.before, result.after) == (predicted.before, predicted.after)
    shared = ("endpoint_config_name", "endpoint_status")
    assert [result.resource[key] for key in shared] == [predicted.resource[key] for key in shared]
    leads_to = [
        one.resource.get("pending_deployment_summary", {}).get("endpoint_config_name") for one in (predicted, result)
    ]
    assert leads_to == ([None, None] if before in ("drifted", "scaled") else ["c2", "c2"])
    assert result.after["endpoint_config_name"] == options["endpoint_config_name"]
    assert result.after["endpoint_status"] == {
        "InService": "Updating",
        "scaled": "InService",
        "drifted": "Updating",
    }.get(str(before), "Creating")


def test_an_update_that_takes_too_long_fails_and_the_next_run_waits_for_its_end(logic: Logic) -> None:
    logic.make_config("c1")
    logic.make_config("c2")
    logic.make_endpoint("e", "c1")
    logic.aws.configure(updating=300)
    with pytest.raises(SageMakerError, match="still Updating after 60 s") as caught:
        logic.run(endpoint_rollout.ensure, wish("c2", wait_timeout=60))
    assert caught.value.details["cause"] == "timeout"
    result = logic.run(endpoint_rollout.ensure, wish("c2"))
    assert result.plan.action == "wait"
    assert result.resource["endpoint_config_name"] == "c2"


def test_a_failed_creation_names_its_reason(logic: Logic) -> None:
    logic.make_config("c1")
    logic.aws.script("e", "create", "fail", reason=REASON)
    with pytest.raises(SageMakerError, match="did not pass the ping health check"):
        logic.run(endpoint_rollout.ensure, wish("c1"))
    assert logic.run(endpoint_rollout.ensure, wish("c1")).plan.action == "replace"


def test_a_fresh_role_in_its_second_form_is_tried_again(logic: Logic) -> None:
    logic.aws.configure(role_propagation=20, role_propagation_form="endpoint")
    logic.make_config("c1")
    result = logic.run(endpoint_rollout.ensure, wish("c1"))
    assert result.plan.calls == ["CreateEndpoint"]
    assert logic.status("e") == "InService"
    assert logic.aws.mutating().count("CreateEndpoint") > 1


GHOST = "arn:aws:iam::123456789012:role/ghost"
MODEL = {"state": "present", "name": "m", "primary_container": {"image": IMAGE}, "purge_tags": True}


def slept(logic: Logic) -> float:
    return logic.connection().clock.now()


def test_a_model_whose_role_does_not_exist_is_refused_at_once(logic: Logic) -> None:
    logic.aws.fault(operation="GetRole", kind="throttle", times=1)
    with pytest.raises(SageMakerError) as error:
        logic.run(models.ensure, {**MODEL, "execution_role_arn": GHOST})
    assert error.value.message.endswith(
        " IAM has no role ghost in the account 123456789012. Create it, or give the ARN of another role."
    )
    assert error.value.details["plan"]["calls"] == ["CreateModel"]
    assert slept(logic) < 5


def test_an_endpoint_whose_role_does_not_exist_is_created_once(logic: Logic) -> None:
    logic.make_config("c1")
    logic.aws.configure(role_propagation_form="endpoint")
    iam = logic.client("iam")
    iam.delete_role_policy(RoleName="exec", PolicyName="may")
    iam.delete_role(RoleName="exec")
    with pytest.raises(SageMakerError, match="IAM has no role exec in the account 123456789012. Create it, or"):
        logic.run(endpoint_rollout.ensure, wish("c1"))
    assert logic.aws.mutating().count("CreateEndpoint") == 1
    assert "DeleteEndpoint" not in logic.aws.mutating()


def test_a_role_that_has_another_path_is_named(logic: Logic) -> None:
    arn = logic.aws.make_role("exec")
    with pytest.raises(SageMakerError, match=f"IAM has the role exec under another ARN, {arn}. Give that ARN."):
        logic.run(models.ensure, {**MODEL, "execution_role_arn": arn.replace("role/", "role/service-role/")})
    assert slept(logic) < 5


@pytest.mark.parametrize("why", ["IAM may not be asked", "IAM is out of reach", "another account", "it exists"])
def test_a_role_that_nobody_knows_to_be_missing_is_waited_for(logic: Logic, why: str) -> None:
    arn = GHOST
    if why == "IAM may not be asked":
        logic.aws.fault(operation="GetRole", kind="error", code="AccessDenied", status=403, times=99)
    elif why == "IAM is out of reach":
        logic.aws.fault(operation="GetRole", kind="reset", times=99)
    elif why == "another account":
        arn = GHOST.replace("123456789012", "999999999999")
    else:
        arn = logic.aws.make_role("untrusting")
        statement = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        logic.client("iam").update_assume_role_policy(RoleName="untrusting", PolicyDocument=trust)
    with pytest.raises(SageMakerError, match="AWS refused it for 120 s"):
        logic.run(models.ensure, {**MODEL, "execution_role_arn": arn})
    assert slept(logic) >= 120


@pytest.mark.parametrize("outcome", ["succeed", "rollback"])
def test_autoscaling_steps_aside_for_another_instance_type_and_comes_back(logic: Logic, outcome: str) -> None:
    logic.make_config("c1")
    logic.make_config("c2", InstanceType="ml.m5.xlarge")
    logic.make_endpoint("e", "c1")
    autoscale(logic)
    before = scaling(logic)
    logic.aws.clear_calls()

    predicted = logic.run(endpoint_rollout.ensure, wish("c2"), check_mode=True)
    assert logic.aws.mutating() == []
    assert predicted.plan.calls == ASIDE

    logic.aws.script("e", "update", outcome)
    if outcome == "rollback":
        with pytest.raises(SageMakerError, match="rolled back"):
            logic.run(endpoint_rollout.ensure, wish("c2"))
    else:
        assert shown(logic.run(endpoint_rollout.ensure, wish("c2"))) == shown(predicted)
    assert logic.aws.mutating() == ASIDE
    assert scaling(logic) == before
    assert memory_tags(logic) == []


def test_an_update_refused_by_the_service_brings_autoscaling_back(logic: Logic) -> None:
    logic.make_config("c1")
    logic.make_config("c2", InstanceType="ml.m5.xlarge")
    logic.make_endpoint("e", "c1")
    autoscale(logic)
    before = scaling(logic)
    logic.aws.fault(
        "UpdateEndpoint",
        "error",
        code="ResourceLimitExceeded",
        message="The account-level service limit is 0 Instances",
    )
    with pytest.raises(SageMakerError, match="account-level service limit"):
        logic.run(endpoint_rollout.ensure, wish("c2"))
    assert scaling(logic) == before
    assert memory_tags(logic) == []


@pytest.mark.parametrize(
    "operation",
    [
        "AddTags",
        "DeregisterScalableTarget",
        "UpdateEndpoint",
        "RegisterScalableTarget",
        "PutScheduledAction",
        "DeleteTags",
    ],
)
def test_a_run_killed_on_the_way_is_repeated_and_restores(logic: Logic, operation: str) -> None:
    """The kill: from this call on the service answers nothing that could be survived, so that even the clean-up fails."""
    logic.make_config("c1")
    logic.make_config("c2", InstanceType="ml.m5.xlarge")
    logic.make_endpoint("e", "c1")
    autoscale(logic)
    before = scaling(logic)

    everything = [
        "AddTags",
        "DeregisterScalableTarget",
        "UpdateEndpoint",
        "RegisterScalableTarget",
        "PutScalingPolicy",
        "PutScheduledAction",
        "DeleteTags",
    ]
    for name in everything[everything.index(operation) :]:
        logic.aws.fault(name, "denied", times=1000)
    with pytest.raises(SageMakerError):
        logic.run(endpoint_rollout.ensure, wish("c2"))
    logic.aws.clear_faults()
    logic.aws.advance(60)

    predicted = logic.run(endpoint_rollout.ensure, wish("c2"), check_mode=True)
    assert shown(logic.run(endpoint_rollout.ensure, wish("c2"))) == shown(predicted)
    assert scaling(logic) == before
    assert memory_tags(logic) == []
    assert logic.run(endpoint_rollout.ensure, wish("c2")).plan.action == "none"


def test_the_count_of_a_target_that_a_killed_run_left_aside_is_the_autoscalers(logic: Logic) -> None:
    logic.make_config("c1")
    logic.make_config("c2", InstanceType="ml.m5.xlarge")
    logic.make_endpoint("e", "c1")
    logic.register("e", low=5)
    logic.aws.advance(60)
    logic.aws.fault("RegisterScalableTarget", "denied")
    changed = wish("c2", endpoint_config=content(logic, "c2"))
    with pytest.raises(SageMakerError, match="RegisterScalableTarget failed"):
        logic.run(endpoint_rollout.ensure, changed)
    # Not even for a moment.
    assert logic.run(endpoint_rollout.ensure, changed).plan.calls == ["RegisterScalableTarget", "DeleteTags"]
    assert state(logic) == (1.0, 5, {})


def test_memory_is_none_of_the_users_tags(logic: Logic) -> None:
    logic.make_config("c1")
    logic.make_config("c2", InstanceType="ml.m5.xlarge")
    logic.make_endpoint("e", "c1")
    autoscale(logic)
    before = scaling(logic)
    logic.aws.fault("UpdateEndpoint", "denied")
    logic.aws.fault("RegisterScalableTarget", "denied")
    with pytest.raises(SageMakerError, match="the next run restores it") as caught:
        logic.run(endpoint_rollout.ensure, wish("c2"))
    assert "unscaled_variants" not in caught.value.message
    assert memory_tags(logic)
    result = logic.run(endpoint_rollout.ensure, wish("c1", tags={"team": "fraud"}))
    assert result.resource["tags"] == {"team": "fraud"}
    assert scaling(logic) == before


def test_a_renamed_variant_keeps_its_autoscaling(logic: Logic) -> None:
    logic.make_config("c1")
    logic.make_config("c2", VariantName="renamed")
    logic.make_endpoint("e", "c1")
    autoscale(logic)
    assert logic.run(endpoint_rollout.ensure, wish("c2")).plan.calls == ASIDE
    resources = {item["ResourceId"] for item in scaling(logic)[0]}
    assert resources == {"endpoint/e/variant/renamed"}


ASYNC = {"OutputConfig": {"S3OutputPath": "s3://models/out/"}}
SERVERLESS = {"MemorySizeInMB": 2048, "MaxConcurrency": 10, "ProvisionedConcurrency": 2}

# {what a variant is: its members, and those of its configuration}
VARIANTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "serverless": ({"ServerlessConfig": SERVERLESS}, {}),
    "instances": ({"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}, {}),
    "burstable": ({"InstanceType": "ml.t2.medium", "InitialInstanceCount": 1}, {}),
    "asynchronous": ({"InstanceType": "ml.m5.xlarge", "InitialInstanceCount": 1}, {"AsyncInferenceConfig": ASYNC}),
}


def make_variant(logic: Logic, name: str, kind: str, variant_name: str = "main") -> None:
    """A configuration with one variant of a kind."""
    logic.make_config(f"{name}-origin")
    variant, more = VARIANTS[kind]
    variants = [{"VariantName": variant_name, "ModelName": f"{name}-origin-model", **variant}]
    logic.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants, **more)


def register_for(logic: Logic, kind: str) -> list[str]:
    """A target that only a variant of this kind can have; returns what the change back to it takes."""
    dimension = "ProvisionedConcurrency" if kind == "serverless" else "InstanceCount"
    key = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": "endpoint/e/variant/main",
        "ScalableDimension": f"sagemaker:variant:Desired{dimension}",
    }
    low = 0 if kind == "asynchronous" else 1
    logic.autoscaling.register_scalable_target(**key, MinCapacity=low, MaxCapacity=4)
    action = {"ScheduledActionName": "night", "Schedule": "rate(1 day)", "ScalableTargetAction": {"MinCapacity": 2}}
    logic.autoscaling.put_scheduled_action(**key, **action)
    logic.aws.advance(60)
    return ["RegisterScalableTarget", "PutScheduledAction"]


MISFITS = pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("serverless", "instances", "again: the variant main runs on instances"),
        ("instances", "burstable", "again: the variant main has the instance_type ml.t2.medium"),
        ("asynchronous", "instances", "again: 0 is for asynchronous endpoints"),
    ],
)


@MISFITS
def test_a_target_that_could_not_come_back_is_refused_beforehand(logic: Logic, old: str, new: str, why: str) -> None:
    make_variant(logic, "c1", old)
    make_variant(logic, "c2", new)
    logic.make_endpoint("e", "c1")
    register_for(logic, old)
    before = scaling(logic)
    logic.aws.clear_calls()
    for check_mode in (True, False):
        with pytest.raises(InputError, match=why) as caught:
            logic.run(endpoint_rollout.ensure, wish("c2"), check_mode)
        for part in ("endpoint_config.production_variants[main]: ", "endpoint/e/variant/main", "state: absent"):
            assert part in caught.value.message
    assert logic.aws.mutating() == []
    assert scaling(logic) == before


@MISFITS
@pytest.mark.parametrize("outcome", ["succeed", "rollback"])
def test_a_target_given_up_is_dropped_with_the_update_and_only_then(
    logic: Logic, old: str, new: str, why: str, outcome: str
) -> None:
    make_variant(logic, "c1", old)
    make_variant(logic, "c2", new)
    logic.make_endpoint("e", "c1")
    back = register_for(logic, old)
    before = scaling(logic)
    options = wish("c2", unscaled_variants=["main"])
    predicted = logic.run(endpoint_rollout.ensure, options, check_mode=True)
    assert predicted.plan.calls == ["AddTags", "DeregisterScalableTarget", "UpdateEndpoint", "DeleteTags"]
    assert Change("autoscaling[main]", "registered", None) in predicted.plan.changes
    logic.aws.script("e", "update", outcome, reason=REASON)
    logic.aws.clear_calls()
    if outcome == "rollback":
        with pytest.raises(SageMakerError, match="rolled back"):
            logic.run(endpoint_rollout.ensure, options)
        assert logic.aws.mutating() == [*predicted.plan.calls[:-1], *back, "DeleteTags"]
        assert scaling(logic) == before
    else:
        assert shown(logic.run(endpoint_rollout.ensure, options)) == shown(predicted)
        assert logic.aws.mutating() == predicted.plan.calls
        assert scaling(logic) == ([], [])
        assert logic.run(endpoint_rollout.ensure, options).plan.action == "none"
    assert memory_tags(logic) == []


def test_a_target_that_fits_can_be_given_up_along_with_its_variants_name(logic: Logic) -> None:
    logic.make_config("c1")
    logic.make_config("c2", VariantName="renamed")
    logic.make_endpoint("e", "c1")
    autoscale(logic)
    # Whoever registers the new variant by himself afterwards names it in both lists.
    options = wish("c2", scaled_variants=["renamed"], unscaled_variants=["renamed"])
    result = logic.run(endpoint_rollout.ensure, {**options, "endpoint_config": content(logic, "c2")})
    assert result.plan.calls == ["AddTags", "DeregisterScalableTarget", "UpdateEndpoint", "DeleteTags"]
    assert Change("autoscaling[main]", "registered", None) in result.plan.changes
    assert scaling(logic) == ([], [])


def kill_before_restoring(logic: Logic, options: dict[str, Any]) -> None:
    """A run that ends once the endpoint is updated, and remembers what it could not register again."""
    logic.aws.fault("RegisterScalableTarget", "denied", times=1000)
    with pytest.raises(SageMakerError, match="list the variant .* in unscaled_variants"):
        logic.run(endpoint_rollout.ensure, options)
    logic.aws.clear_faults()
    logic.aws.advance(60)
    assert memory_tags(logic)


def test_a_run_killed_after_a_renaming_is_repeated_and_restores(logic: Logic) -> None:
    logic.make_config("c1")
    logic.make_config("c2", VariantName="renamed")
    logic.make_endpoint("e", "c1")
    autoscale(logic)
    kill_before_restoring(logic, wish("c2"))
    assert logic.run(endpoint_rollout.ensure, wish("c2")).plan.calls == RESTORE
    assert {item["ResourceId"] for item in scaling(logic)[0]} == {"endpoint/e/variant/renamed"}


def test_a_remembered_target_that_is_given_up_is_forgotten(logic: Logic) -> None:
    logic.make_config("c1")
    logic.make_config("c2", InstanceType="ml.m5.xlarge")
    logic.make_endpoint("e", "c1")
    autoscale(logic)
    kill_before_restoring(logic, wish("c2"))
    options = wish("c2", unscaled_variants=["main"])
    predicted = logic.run(endpoint_rollout.ensure, options, check_mode=True)
    assert predicted.plan.changes == [Change("autoscaling[main]", "deregistered", None)]
    assert predicted.plan.calls == ["DeleteTags"]
    assert shown(logic.run(endpoint_rollout.ensure, options)) == shown(predicted)
    assert (scaling(logic), memory_tags(logic)) == (([], []), [])


@pytest.mark.parametrize("wanted", ["c2", "c3"])
def test_a_remembered_target_that_does_not_fit_any_more_is_forgotten_with_a_warning(logic: Logic, wanted: str) -> None:
    """Somebody else moved the endpoint meanwhile, or this run does."""
    logic.make_config("c1")
    logic.make_config("c2", InstanceType="ml.m5.xlarge")
    make_variant(logic, "c3", "burstable")
    logic.make_endpoint("e", "c1")
    autoscale(logic)
    kill_before_restoring(logic, wish("c2"))
    if wanted == "c2":
        logic.sagemaker.delete_endpoint_config(EndpointConfigName="c2")
        logic.sagemaker.create_endpoint_config(
            EndpointConfigName="c2",
            ProductionVariants=logic.sagemaker.describe_endpoint_config(EndpointConfigName="c3")["ProductionVariants"],
        )
    for check_mode in (True, False):
        aws = logic.connection()
        result = endpoint_rollout.ensure(aws, wish(wanted), check_mode)
        assert Change("autoscaling[main]", "deregistered", None) in result.plan.changes
        (warning,) = aws.warnings
        for part in ("variant main (", "from 1 to 8 with", "morning", "ml.t2.medium", "Register one that fits"):
            assert part in warning
    assert memory_tags(logic) == []
    assert logic.run(endpoint_rollout.ensure, wish(wanted)).plan.action == "none"


def test_a_target_that_cannot_be_remembered_is_refused_beforehand(logic: Logic) -> None:
    logic.make_config("c1")
    logic.make_config("c2", InstanceType="ml.m5.xlarge")
    logic.make_endpoint("e", "c1", Tags=[{"Key": f"k{number}", "Value": ""} for number in range(49)])
    autoscale(logic)
    logic.aws.clear_calls()
    for check_mode in (True, False):
        with pytest.raises(
            SageMakerError, match="tags are needed to remember the autoscaling.* it has 49 of at most 50"
        ):
            logic.run(endpoint_rollout.ensure, wish("c2"), check_mode)
    assert logic.aws.mutating() == []


def test_without_preserve_autoscaling_the_update_is_refused_beforehand(logic: Logic) -> None:
    logic.make_config("c1")
    logic.make_config("c2", InstanceType="ml.m5.xlarge")
    logic.make_endpoint("e", "c1")
    logic.register("e")
    logic.aws.clear_calls()
    with pytest.raises(SageMakerError, match="preserve_autoscaling"):
        logic.run(endpoint_rollout.ensure, wish("c2", preserve_autoscaling=False))
    assert logic.aws.mutating() == []


def test_a_count_set_by_the_autoscaler_survives_another_model(logic: Logic) -> None:
    logic.make_config("c1")
    logic.make_config("c2")
    logic.make_endpoint("e", "c1")
    logic.register("e", low=7)
    logic.aws.advance(60)
    assert logic.run(endpoint_rollout.ensure, wish("c2")).plan.calls == ["UpdateEndpoint"]
    variant = logic.sagemaker.describe_endpoint(EndpointName="e")["ProductionVariants"][0]
    assert variant["CurrentInstanceCount"] == variant["DesiredInstanceCount"] == 7


def test_an_endpoint_at_zero_that_is_to_answer_at_once_begins_with_instances(logic: Logic) -> None:
    logic.make_config("c1")
    content = logic.sagemaker.describe_endpoint_config(EndpointConfigName="c1")["ProductionVariants"]
    for name, more in (("a1", {"AsyncInferenceConfig": ASYNC}), ("a2", {"AsyncInferenceConfig": ASYNC})):
        logic.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=content, **more)
    logic.make_endpoint("e", "a1")
    logic.register("e", low=0)
    weights = [{"VariantName": "main", "DesiredInstanceCount": 0}]
    logic.sagemaker.update_endpoint_weights_and_capacities(EndpointName="e", DesiredWeightsAndCapacities=weights)
    logic.aws.advance(60)
    logic.run(endpoint_rollout.ensure, wish("a2"))
    assert counts(logic) == {"main": 0}
    logic.run(endpoint_rollout.ensure, wish("c1"))
    assert counts(logic) == {"main": 1}


def counts(logic: Logic) -> dict[str, int]:
    variants = logic.sagemaker.describe_endpoint(EndpointName="e")["ProductionVariants"]
    assert all(variant["CurrentInstanceCount"] == variant["DesiredInstanceCount"] for variant in variants)
    return {variant["VariantName"]: variant["DesiredInstanceCount"] for variant in variants}


@pytest.mark.parametrize("instance_type", ["ml.m5.large", "ml.m5.xlarge"])
def test_an_autoscaler_keeps_its_count_and_the_other_variants_follow_their_configuration(
    logic: Logic, instance_type: str
) -> None:
    """The service keeps the counts of all variants or of none."""
    logic.make_config("c1", {"VariantName": "other"}, {"VariantName": "third"})
    other = {"VariantName": "other", "InitialInstanceCount": 2}
    logic.make_config("c2", other, {"VariantName": "third"}, InstanceType=instance_type)
    logic.make_endpoint("e", "c1")
    logic.register("e", low=5)
    logic.aws.advance(60)
    set_by_hand(logic, "third", count=4)
    changed = wish("c2", endpoint_config=content(logic, "c2"))

    predicted = logic.run(endpoint_rollout.ensure, changed, check_mode=True)
    logic.aws.clear_calls()
    done = logic.run(endpoint_rollout.ensure, changed)
    assert shown(done) == shown(predicted)
    assert logic.aws.mutating() == done.plan.calls
    assert done.plan.calls[-1] == PUT_RIGHT
    assert "production_variants[third].desired_instance_count" in [change.path for change in done.plan.changes]
    assert counts(logic) == {"main": 5, "other": 2, "third": 1}
    assert logic.run(endpoint_rollout.ensure, changed).plan.action == "none"


def test_without_autoscaling_the_count_of_the_configuration_counts(logic: Logic) -> None:
    logic.make_config("c1", InitialInstanceCount=3)
    logic.make_config("c2", InitialInstanceCount=2)
    logic.make_endpoint("e", "c1")
    logic.run(endpoint_rollout.ensure, wish("c2"))
    assert logic.sagemaker.describe_endpoint(EndpointName="e")["ProductionVariants"][0]["CurrentInstanceCount"] == 2


def content(logic: Logic, name: str) -> dict[str, Any]:
    """A configuration as the module sagemaker_endpoint_config returns it."""
    return logic.connection().sagemaker.result(
        "DescribeEndpointConfig", logic.sagemaker.describe_endpoint_config(EndpointConfigName=name)
    )


def test_weights_and_counts_changed_by_hand_are_put_right(logic: Logic) -> None:
    logic.make_config("c1", InitialInstanceCount=2)
    logic.make_endpoint("e", "c1")
    logic.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName="e",
        DesiredWeightsAndCapacities=[{"VariantName": "main", "DesiredWeight": 0.25, "DesiredInstanceCount": 5}],
    )
    logic.aws.advance(60)
    options = wish("c1", endpoint_config=content(logic, "c1"))
    predicted = logic.run(endpoint_rollout.ensure, options, check_mode=True)
    result = logic.run(endpoint_rollout.ensure, options)
    assert shown(result) == shown(predicted)
    assert result.plan.calls == ["UpdateEndpointWeightsAndCapacities"]
    assert [(c.path, c.before, c.after) for c in result.plan.changes] == [
        ("production_variants[main].desired_weight", 0.25, 1.0),
        ("production_variants[main].desired_instance_count", 5, 2),
    ]
    assert logic.run(endpoint_rollout.ensure, options).plan.action == "none"


def drifted(logic: Logic) -> dict[str, Any]:
    """An endpoint with one instance, of which somebody made three; the wish for its configuration."""
    logic.make_config("c1")
    logic.make_endpoint("e", "c1")
    set_by_hand(logic, count=3)
    logic.aws.clear_calls()
    return wish("c1", endpoint_config=content(logic, "c1"))


def set_by_hand(logic: Logic, variant: str = "main", count: int | None = None, weight: float | None = None) -> None:
    wanted = {"VariantName": variant, "DesiredInstanceCount": count, "DesiredWeight": weight}
    logic.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName="e", DesiredWeightsAndCapacities=[{m: value for m, value in wanted.items() if value is not None}]
    )
    logic.aws.advance(60)


@pytest.mark.parametrize("kind", ["throttle", "error500", "reset", "lost"])
def test_what_puts_a_count_right_is_neither_lost_nor_done_twice(logic: Logic, kind: str) -> None:
    options = drifted(logic)
    logic.aws.fault(PUT_RIGHT, kind, times=2)
    logic.run(endpoint_rollout.ensure, options)
    assert state(logic) == (1.0, 1, {})
    carried_out = [call for call in logic.aws.calls() if call["status"] == 200 or call["error"] == "lost"]
    assert [call["operation"] for call in carried_out].count(PUT_RIGHT) == 1


def test_what_puts_a_count_right_waits_for_a_transition_that_was_quicker(logic: Logic) -> None:
    options = drifted(logic)
    text = 'Cannot update in-progress endpoint "arn:aws:sagemaker:us-east-1:123456789012:endpoint/e".'
    logic.aws.fault(PUT_RIGHT, "error", code="ValidationException", message=text)
    logic.run(endpoint_rollout.ensure, options)
    assert state(logic) == (1.0, 1, {})


@pytest.mark.parametrize("outcome", ["rollback", "rollback_without_reason", "fail"])
def test_a_count_that_cannot_be_put_right_is_a_failure_that_says_so(logic: Logic, outcome: str) -> None:
    options = drifted(logic)
    logic.aws.script("e", "scale", outcome, reason=None if outcome == "rollback_without_reason" else REASON)
    with pytest.raises(SageMakerError, match="did not reach the initial weights and instance counts") as caught:
        logic.run(endpoint_rollout.ensure, options)
    assert caught.value.details["rolled_back"] is (outcome != "fail")
    assert (REASON if outcome != "rollback_without_reason" else "SageMaker reported no reason") in caught.value.message


def test_counts_that_the_autoscaler_owns_are_no_drift(logic: Logic) -> None:
    logic.make_config("c1")
    logic.make_endpoint("e", "c1")
    logic.register("e", low=5)
    logic.aws.advance(60)
    assert logic.run(endpoint_rollout.ensure, wish("c1", endpoint_config=content(logic, "c1"))).plan.action == "none"


# Variants that a later task is going to register


def test_a_count_that_is_going_to_be_the_autoscalers_is_no_drift(logic: Logic) -> None:
    options = {**drifted(logic), "scaled_variants": ["main"]}
    set_by_hand(logic, weight=0.5)
    predicted = logic.run(endpoint_rollout.ensure, options, check_mode=True)
    logic.aws.clear_calls()
    done = logic.run(endpoint_rollout.ensure, options)
    assert shown(done) == shown(predicted)
    assert logic.aws.mutating() == done.plan.calls == [PUT_RIGHT]
    assert logic.aws.calls("application-autoscaling") == []
    assert state(logic) == (1.0, 3, {})
    assert logic.run(endpoint_rollout.ensure, options).plan.action == "none"


@pytest.mark.parametrize(("low", "count"), [(1, 3), (4, 4)])
def test_a_count_that_is_going_to_be_the_autoscalers_survives_an_update(logic: Logic, low: int, count: int) -> None:
    """Autoscaling is added together with another model, and with another count of a variant that is not scaled."""
    logic.make_config("c1", {"VariantName": "other"})
    logic.make_config("c2", {"VariantName": "other", "InitialInstanceCount": 2})
    logic.make_endpoint("e", "c1")
    set_by_hand(logic, count=3)
    changed = wish("c2", endpoint_config=content(logic, "c2"), scaled_variants=["main"])
    predicted = logic.run(endpoint_rollout.ensure, changed, check_mode=True)
    logic.aws.clear_calls()
    done = logic.run(endpoint_rollout.ensure, changed)
    assert shown(done) == shown(predicted)
    assert logic.aws.mutating() == done.plan.calls == ["UpdateEndpoint", PUT_RIGHT]
    logic.register("e", low=low)
    assert logic.run(endpoint_rollout.ensure, changed).plan.changed is False
    assert counts(logic) == {"main": count, "other": 2}


def test_an_update_to_variants_of_other_names_has_nothing_to_keep(logic: Logic) -> None:
    logic.make_config("c1", {"VariantName": "other"})
    logic.make_config("c2", {"VariantName": "other"}, VariantName="renamed")
    logic.make_endpoint("e", "c1")
    set_by_hand(logic, count=3)
    set_by_hand(logic, "other", count=3)
    changed = wish("c2", endpoint_config=content(logic, "c2"), scaled_variants=["renamed"])
    assert logic.run(endpoint_rollout.ensure, changed).plan.calls == ["UpdateEndpoint"]
    assert counts(logic) == {"renamed": 1, "other": 1}
    logic.register("e", "renamed", low=2)
    assert logic.run(endpoint_rollout.ensure, changed).plan.changed is False


def test_a_renamed_variant_takes_its_target_along_that_is_set_up_afterwards(logic: Logic) -> None:
    logic.make_config("c1")
    logic.make_config("c2", VariantName="renamed")
    logic.make_endpoint("e", "c1")
    autoscale(logic)
    changed = wish("c2", endpoint_config=content(logic, "c2"), scaled_variants=["renamed"])
    assert logic.run(endpoint_rollout.ensure, changed).plan.calls == ASIDE
    assert {item["ResourceId"] for item in scaling(logic)[0]} == {"endpoint/e/variant/renamed"}
    assert logic.run(endpoint_rollout.ensure, changed).plan.action == "none"


def test_a_new_endpoint_begins_with_the_initial_counts(logic: Logic) -> None:
    logic.make_config("c1", InitialInstanceCount=2)
    wanted = wish("c1", endpoint_config=content(logic, "c1"), scaled_variants=["main"])
    assert logic.run(endpoint_rollout.ensure, wanted).plan.calls == ["CreateEndpoint"]
    assert counts(logic) == {"main": 2}
    assert logic.run(endpoint_rollout.ensure, wanted).plan.action == "none"


@pytest.mark.parametrize("shifted", [{"weight": 0.25}, {"weight": None}], ids=["weight and count", "count"])
def test_of_a_shift_the_count_becomes_the_autoscalers(logic: Logic, shifted: dict[str, Any]) -> None:
    logic.make_config("c1")
    logic.make_config("c2")
    logic.make_endpoint("e", "c1")
    shift(logic, **shifted)
    weight = shifted["weight"] or 1.0
    scaled = {"scaled_variants": ["main"]}
    same = wish("c1", endpoint_config=content(logic, "c1"), **scaled)
    assert logic.run(endpoint_rollout.ensure, same).plan.action == "none"
    changed = wish("c2", endpoint_config=content(logic, "c2"), **scaled)
    predicted = logic.run(endpoint_rollout.ensure, changed, check_mode=True)
    assert shown(logic.run(endpoint_rollout.ensure, changed)) == shown(predicted)
    # The count alone is no shift any more: the autoscaler moves it.
    assert state(logic) == (weight, 3, {"mlops.sagemaker/traffic": "c2"} if weight != 1.0 else {})
    assert logic.run(endpoint_rollout.ensure, changed).plan.action == "none"


def test_a_variant_that_the_configuration_does_not_have_is_a_mistake(logic: Logic) -> None:
    logic.make_config("c1")
    wanted = wish("c1", endpoint_config=content(logic, "c1"), scaled_variants=["main", "mian"])
    with pytest.raises(InputError, match="scaled_variants: c1 has no variant mian; it has main."):
        logic.run(endpoint_rollout.ensure, wanted)
    assert logic.status("e") is None


def test_a_configuration_deleted_while_in_use_does_not_stop_the_next_update(logic: Logic) -> None:
    logic.make_config("c1")
    logic.make_config("c2")
    logic.make_endpoint("e", "c1")
    logic.sagemaker.delete_endpoint_config(EndpointConfigName="c1")
    predicted = logic.run(endpoint_rollout.ensure, wish("c2"), check_mode=True)
    result = logic.run(endpoint_rollout.ensure, wish("c2"))
    assert shown(result) == shown(predicted)
    assert result.plan.calls == [
        "AddTags",
        "CreateEndpointConfig",
        "UpdateEndpoint",
        "DeleteEndpointConfig",
        "DeleteTags",
    ]
    names = [item["EndpointConfigName"] for item in logic.sagemaker.list_endpoint_configs()["EndpointConfigs"]]
    assert names == ["c2"]


def test_a_placeholder_has_no_volume_size_that_only_the_service_has_filled_in(logic: Logic) -> None:
    """It is shown where there is a key, and refused for instances that bring their own storage."""
    logic.make_config("c1")
    model = {"ModelName": "c1-model", "InstanceType": "ml.g5.xlarge", "InitialInstanceCount": 1, "VariantName": "main"}
    logic.sagemaker.create_endpoint_config(EndpointConfigName="c2", KmsKeyId="key", ProductionVariants=[model])
    assert content(logic, "c2")["production_variants"][0]["volume_size_in_gb"]
    logic.make_endpoint("e", "c1")
    logic.sagemaker.delete_endpoint_config(EndpointConfigName="c1")
    result = logic.run(endpoint_rollout.ensure, wish("c2"))
    assert result.plan.calls[1:-1] == ["CreateEndpointConfig", "UpdateEndpoint", "DeleteEndpointConfig"]
    assert logic.sagemaker.describe_endpoint(EndpointName="e")["EndpointConfigName"] == "c2"


@pytest.mark.parametrize("kind", ["throttle", "error500", "error503", "reset", "lost"])
@pytest.mark.parametrize("operation", ["CreateEndpoint", "UpdateEndpoint", "DescribeEndpoint", "DeleteEndpoint"])
def test_six_faults_in_a_row_are_survived_and_nothing_is_done_twice(logic: Logic, operation: str, kind: str) -> None:
    logic.make_config("c1")
    logic.make_config("c2")
    logic.aws.clear_calls()
    logic.aws.fault(operation, kind, times=6)
    logic.run(endpoint_rollout.ensure, wish("c1"))
    logic.run(endpoint_rollout.ensure, wish("c2"))
    assert logic.sagemaker.describe_endpoint(EndpointName="e")["EndpointConfigName"] == "c2"
    logic.run(endpoint_rollout.ensure, {**wish("c2"), "state": "absent"})
    assert logic.status("e") is None
    carried_out = [call for call in logic.aws.calls() if call["status"] == 200 or call["error"] == "lost"]
    done = [call["operation"] for call in carried_out if call["mutating"]]
    assert [name for name in done if name.endswith("Endpoint")] == [
        "CreateEndpoint",
        "UpdateEndpoint",
        "DeleteEndpoint",
    ]


def test_a_configuration_just_made_may_be_seen_late(logic: Logic) -> None:
    logic.aws.configure(config_propagation=10)
    logic.make_config("c1")
    assert logic.run(endpoint_rollout.ensure, wish("c1")).plan.action == "create"
    assert logic.status("e") == "InService"


def test_a_missing_configuration_fails_at_once(logic: Logic) -> None:
    with pytest.raises(SageMakerError, match='Could not find endpoint configuration ".*/nowhere"'):
        logic.run(endpoint_rollout.ensure, wish("nowhere"))


@pytest.mark.parametrize(("wanted", "purge"), [({"owner": "me"}, True), ({"owner": "me"}, False), (None, True)])
def test_a_strangers_endpoint_with_the_same_configuration_gets_our_tags(
    logic: Logic, wanted: dict[str, str] | None, purge: bool
) -> None:
    logic.make_config("c1")
    logic.aws.fault("CreateEndpoint", "throttle", times=1)
    connection = logic.connection()
    sleep = connection.clock.sleep

    def quicker(seconds: float) -> None:
        if logic.status("e") is None:
            tags = {"owner": "stranger", "tier": "1", ownership.TRAFFIC_OVERRIDE_TAG: "c1"}
            logic.make_endpoint("e", "c1", Tags=[{"Key": key, "Value": value} for key, value in tags.items()])
        sleep(seconds)

    connection.clock.sleep = quicker
    result = endpoint_rollout.ensure(connection, wish("c1", tags=wanted, purge_tags=purge), False)
    expected = {
        "owner": "me" if wanted else "stranger",
        **({} if wanted and purge else {"tier": "1"}),
        ownership.TRAFFIC_OVERRIDE_TAG: "c1",
    }
    assert result.resource["tags"] == result.after["tags"] == expected
    assert state(logic)[2] == expected


def test_a_strangers_endpoint_of_the_same_name_is_not_taken_for_ours(logic: Logic) -> None:
    """Somebody else creates it between our look and our call."""
    logic.make_config("c1")
    logic.make_config("c2")
    connection = logic.connection()
    original = connection.sagemaker.client.create_endpoint

    def quicker(**request: Any) -> Any:
        logic.sagemaker.create_endpoint = original
        logic.make_endpoint("e", "c2", settled=False)
        return original(**request)

    connection.sagemaker.client.create_endpoint = quicker
    try:
        with pytest.raises(SageMakerError, match="somebody else during this run"):
            endpoint_rollout.ensure(connection, wish("c1"), False)
    finally:
        connection.sagemaker.client.create_endpoint = original
    assert logic.sagemaker.describe_endpoint(EndpointName="e")["EndpointConfigName"] == "c2"


ROLLING = {
    "rolling_update_policy": {
        "maximum_batch_size": {"type": "CAPACITY_PERCENT", "value": 50},
        "wait_interval_in_seconds": 60,
    }
}
CANARY = {
    "blue_green_update_policy": {
        "traffic_routing_configuration": {
            "type": "CANARY",
            "canary_size": {"type": "CAPACITY_PERCENT", "value": 25},
            "wait_interval_in_seconds": 600,
        }
    }
}


@pytest.mark.parametrize("policy", [ROLLING, CANARY])
def test_a_changed_variant_name_and_a_deployment_policy_exclude_each_other(
    logic: Logic, policy: dict[str, Any]
) -> None:
    logic.make_config("c1")
    logic.make_config("c2", VariantName="renamed")
    logic.make_endpoint("e", "c1")
    logic.aws.clear_calls()
    with pytest.raises(InputError, match="same variant names"):
        logic.run(endpoint_rollout.ensure, wish("c2", deployment_config=policy))
    assert logic.aws.mutating() == []


@pytest.mark.parametrize("policy", [ROLLING, CANARY])
def test_a_deployment_policy_guides_the_update(logic: Logic, policy: dict[str, Any]) -> None:
    logic.make_config("c1", InitialInstanceCount=2)
    logic.make_config("c2", InitialInstanceCount=2)
    logic.make_endpoint("e", "c1")
    result = logic.run(endpoint_rollout.ensure, wish("c2", deployment_config=policy))
    assert set(result.resource["last_deployment_config"]) >= set(policy)


def shift(logic: Logic, weight: float | None = 0.25) -> None:
    """Traffic shifted on purpose, as sagemaker_endpoint_traffic does it."""
    params = {
        "endpoint_name": "e",
        "desired_weights_and_capacities": [
            {"variant_name": "main", "desired_weight": weight, "desired_instance_count": 3}
        ],
        "override_autoscaling": False,
        "wait": True,
        "wait_timeout": None,
    }
    logic.run(traffic.ensure, params)


def state(logic: Logic) -> tuple[float, int, dict[str, str]]:
    """Weight, count and tags of the endpoint."""
    endpoint = logic.sagemaker.describe_endpoint(EndpointName="e")
    variant = endpoint["ProductionVariants"][0]
    tags = logic.sagemaker.list_tags(ResourceArn=endpoint["EndpointArn"])["Tags"]
    return variant["DesiredWeight"], variant["DesiredInstanceCount"], {tag["Key"]: tag["Value"] for tag in tags}


def test_traffic_shifted_on_purpose_is_no_drift_and_survives_another_model(logic: Logic) -> None:
    logic.make_config("c1")
    logic.make_config("c2")
    logic.make_endpoint("e", "c1")
    shift(logic)
    options = {"tags": {"team": "fraud"}}
    kept = wish("c1", endpoint_config=content(logic, "c1"), **options)
    assert logic.run(endpoint_rollout.ensure, kept).plan.calls == ["AddTags"]
    assert state(logic) == (0.25, 3, {"team": "fraud", "mlops.sagemaker/traffic": "c1"})

    changed = wish("c2", endpoint_config=content(logic, "c2"), **options)
    predicted = logic.run(endpoint_rollout.ensure, changed, check_mode=True)
    assert shown(logic.run(endpoint_rollout.ensure, changed)) == shown(predicted)
    assert state(logic) == (0.25, 3, {"team": "fraud", "mlops.sagemaker/traffic": "c2"})
    assert logic.run(endpoint_rollout.ensure, changed).plan.action == "none"


def test_a_configuration_with_other_weights_and_counts_ends_a_shift(logic: Logic) -> None:
    logic.make_config("c1")
    logic.make_config("c2", InitialVariantWeight=2.0, InitialInstanceCount=2)
    logic.make_endpoint("e", "c1")
    shift(logic)
    changed = wish("c2", endpoint_config=content(logic, "c2"))
    predicted = logic.run(endpoint_rollout.ensure, changed, check_mode=True)
    assert shown(logic.run(endpoint_rollout.ensure, changed)) == shown(predicted)
    assert state(logic) == (2.0, 2, {})
    assert logic.run(endpoint_rollout.ensure, changed).plan.action == "none"


def test_weights_changed_by_hand_do_not_survive_another_model_of_an_autoscaled_variant(logic: Logic) -> None:
    logic.make_config("c1")
    logic.make_config("c2")
    logic.make_endpoint("e", "c1")
    logic.register("e", low=4)
    logic.aws.advance(60)
    weights = [{"VariantName": "main", "DesiredWeight": 0.5}]
    logic.sagemaker.update_endpoint_weights_and_capacities(EndpointName="e", DesiredWeightsAndCapacities=weights)
    logic.aws.advance(60)
    changed = wish("c2", endpoint_config=content(logic, "c2"))
    logic.run(endpoint_rollout.ensure, changed)
    assert state(logic) == (1.0, 4, {})
    assert logic.run(endpoint_rollout.ensure, changed).plan.action == "none"


def test_instances_that_are_missing_are_told_where_nothing_else_is_to_be_done(logic: Logic) -> None:
    logic.make_endpoint("e", logic.make_config("c1", InitialInstanceCount=3))
    logic.make_config("c2", InitialInstanceCount=3)

    def lacking(name: str, call: Callable[[], Any]) -> Any:
        """Amazon has one instance of three."""
        answer = call()
        if name == "describe_endpoint" and answer["EndpointConfigName"] == "c1":
            answer["ProductionVariants"][0]["CurrentInstanceCount"] = 1
        return answer

    for options in (wish("c1"), wish("c1", tags={"team": "fraud"})):
        for check_mode in (True, False):
            aws = watched(logic, lacking)
            result = endpoint_rollout.ensure(aws, options, check_mode)
            assert result.as_dict()["shortfall"] == ["Variant main has 1 of 3 instances."]
            assert aws.warnings == ["Endpoint e: Variant main has 1 of 3 instances."]
    # An update brings its own instances, so that of those which go nothing is predicted.
    for check_mode in (True, False):
        aws = watched(logic, lacking)
        assert endpoint_rollout.ensure(aws, wish("c2"), check_mode).as_dict()["shortfall"] == aws.warnings == []
