# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An endpoint is invoked without pause while it is changed: it always answers, afterwards from the new release.

And when an update goes wrong: it answers from the old one all the time, and the run says what went wrong.
"""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import ownership
from integration.begun import begin
from integration.harness import Player
from integration.harness import Run
from integration.invoker import Invoker
from local_aws.process import LocalAws

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
OTHER_IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0"
ARTIFACTS = [f"s3://example-model-bucket/churn/{number}/model.tar.gz" for number in (1, 2)]
ROLE = "arn:aws:iam::123456789012:role/serving"
KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
LARGE = {"instance_type": "ml.m5.large"}
XLARGE = {"instance_type": "ml.m5.xlarge"}
SCALING = {"max_capacity": 4, "target_value": 70}
RENAMED = {**XLARGE, "variant_name": "main", "initial_instance_count": 2}
SECOND = {**LARGE, "variant_name": "challenger", "containers": [{"image_uri": IMAGE}]}

# At least so many invocations are made during each change. A change takes seconds, an invocation some milliseconds.
MANY = 50

Given = dict[str, Any]


def container(image: str = OTHER_IMAGE, artifact: str = ARTIFACTS[1], **environment: str) -> Given:
    return {"containers": [{"image_uri": image, "model_data_url": artifact, "environment": environment}]}


# Each on top of those before.
PLAIN: list[tuple[str, Given]] = [
    # Another model, whatever of it is other.
    ("image, artifact and environment", container(OTHER_IMAGE, ARTIFACTS[1], STEP="2")),
    ("instance type and count", {"production_variant": {**XLARGE, "initial_instance_count": 2}}),
    ("KMS key", {"kms_key_arn": KEY}),
    ("variant name", {"production_variant": RENAMED}),
    ("a second variant", {"production_variant": None, "production_variants": [RENAMED, SECOND]}),
]
SCALED: list[tuple[str, Given]] = [
    ("bounds", {"autoscaling_config": {**SCALING, "min_capacity": 3, "max_capacity": 6}}),
    ("instance type", {"production_variant": XLARGE}),
    ("variant name", {"production_variant": RENAMED}),
    ("a second variant", {"production_variant": None, "production_variants": [RENAMED, SECOND]}),
    ("wider bounds", {"autoscaling_config": {**SCALING, "min_capacity": 1, "max_capacity": 9}}),
]


def wanted(given: Given) -> Given:
    """The role's variables, without their prefix."""
    plain = {"name": "churn", "name_prefix": "churn", "sg_role_arn": ROLE, "production_variant": LARGE}
    return {**plain, **container(IMAGE, ARTIFACTS[0]), **given}


def begins(aws: LocalAws, given: Given) -> str:
    """What a deploy makes, without a run; the configuration's name."""
    aws.make_role("serving")
    for artifact in ARTIFACTS:
        aws.put(artifact)
    return begin(aws, wanted(given))


def deploy(play: Player, given: Given) -> Run:
    variables = {f"sagemaker_endpoint_{name}": value for name, value in wanted(given).items() if value is not None}
    return play(playbook="playbooks/deploy.yml", variables=variables)


def deployed(play: Player, given: Given) -> Given:
    """Deploy; the outputs."""
    run = deploy(play, given)
    assert run.ok, run
    return run.stats["sagemaker_endpoint_outputs"]


def counts(aws: LocalAws) -> dict[str, tuple[int, int]]:
    """{variant: (current, desired) number of instances}"""
    found = aws.client("sagemaker").describe_endpoint(EndpointName="churn")["ProductionVariants"]
    return {one["VariantName"]: (one["CurrentInstanceCount"], one["DesiredInstanceCount"]) for one in found}


def releases(answers: list[Given]) -> set[str]:
    """The configurations that answered; a failure shows as itself."""
    return {answer.get("endpoint_config") or answer["failure"] for answer in answers}


def deploy_while_invoked(aws: LocalAws, play: Player, changes: list[tuple[str, Given]], given: Given) -> Given:
    """Roll one change after the other out. Returns what was given in the end."""
    live = begins(aws, given)
    with Invoker(aws, "churn") as invoker:
        for what, change in changes:
            given = {**given, **change}
            begin = invoker.now()
            result = deployed(play, given)
            during = invoker.answers[begin : invoker.now()]
            assert not invoker.failures, f"{what}: {invoker.failures[:3]}"
            assert len(during) > MANY, what
            before, live = live, result["sagemaker_endpoint_config_name"]
            assert (live == before) == ("bounds" in what), what
            assert releases(during) == {before, live}, what
            after = invoker.next(50)
            assert releases(after) == {live}, what
            assert {name for answer in after for name in answer["models"]} == set(result["sagemaker_model_names"]), what
            variants = given.get("production_variants") or [given.get("production_variant", LARGE)]
            assert {one["variant"] for one in after} == {
                one.get("variant_name", "AllTraffic") for one in variants
            }, what
    assert not invoker.failures
    return given


def test_every_change_reaches_a_plain_endpoint_without_a_failed_invocation(aws: LocalAws, play: Player) -> None:
    given = deploy_while_invoked(aws, play, PLAIN, {})
    assert counts(aws) == {"main": (2, 2), "challenger": (1, 1)}
    # All of it is one release now, and what it came from is kept, once.
    assert deploy(play, given).changed == 0
    assert len(aws.client("sagemaker").list_endpoint_configs()["EndpointConfigs"]) == 2


def test_every_change_reaches_an_autoscaled_endpoint_without_a_failed_invocation(aws: LocalAws, play: Player) -> None:
    given = deploy_while_invoked(aws, play, SCALED, {"autoscaling_config": SCALING})
    targets = aws.client("application-autoscaling").describe_scalable_targets(ServiceNamespace="sagemaker")
    assert {(one["ResourceId"], one["MinCapacity"], one["MaxCapacity"]) for one in targets["ScalableTargets"]} == {
        ("endpoint/churn/variant/main", 1, 9),
        ("endpoint/churn/variant/challenger", 1, 9),
    }
    # Wider bounds move nothing.
    assert counts(aws) == {"main": (3, 3), "challenger": (3, 3)}
    assert deploy(play, given).changed == 0


# Autoscaling that somebody else attached


def attach_autoscaling(aws: LocalAws) -> None:
    """A target with two policies and a scheduled action, suspended in part, tagged, and grown to seven instances."""
    client = aws.client("application-autoscaling")
    key = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": "endpoint/churn/variant/AllTraffic",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
    client.register_scalable_target(
        **key,
        MinCapacity=1,
        MaxCapacity=9,
        SuspendedState={"DynamicScalingInSuspended": True},
        Tags={"team": "platform"},
    )
    tracking = {
        "TargetValue": 70.0,
        "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
    }
    steps = {
        "AdjustmentType": "ChangeInCapacity",
        "StepAdjustments": [{"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": 1}],
    }
    client.put_scaling_policy(
        **key, PolicyName="track", PolicyType="TargetTrackingScaling", TargetTrackingScalingPolicyConfiguration=tracking
    )
    client.put_scaling_policy(**key, PolicyName="step", PolicyType="StepScaling", StepScalingPolicyConfiguration=steps)
    client.put_scheduled_action(
        **key,
        ScheduledActionName="morning",
        Schedule="cron(0 8 * * ? *)",
        Timezone="Europe/Berlin",
        ScalableTargetAction={"MinCapacity": 2},
    )
    aws.client("sagemaker").update_endpoint_weights_and_capacities(
        EndpointName="churn", DesiredWeightsAndCapacities=[{"VariantName": "AllTraffic", "DesiredInstanceCount": 7}]
    )
    aws.advance(60)


def attached(aws: LocalAws) -> list[Given]:
    """What hangs on the endpoint's variants, without what is new with each registration."""
    client = aws.client("application-autoscaling")
    fresh = {"CreationTime", "ScalableTargetARN", "PolicyARN", "ScheduledActionARN", "Alarms"}
    targets = client.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    tags = [client.list_tags_for_resource(ResourceARN=target["ScalableTargetARN"])["Tags"] for target in targets]
    policies = client.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]
    actions = client.describe_scheduled_actions(ServiceNamespace="sagemaker")["ScheduledActions"]
    items = [*targets, *sorted(policies, key=lambda policy: policy["PolicyName"]), *actions]
    return [*tags, *({k: v for k, v in item.items() if k not in fresh} for item in items)]


def memory(aws: LocalAws) -> list[str]:
    """The tags that remember autoscaling: none, once it is back."""
    sagemaker = aws.client("sagemaker")
    arn = sagemaker.describe_endpoint(EndpointName="churn")["EndpointArn"]
    return [tag["Key"] for tag in sagemaker.list_tags(ResourceArn=arn)["Tags"] if ownership.is_memory(tag["Key"])]


def test_autoscaling_and_the_count_that_it_set_survive_every_outcome(aws: LocalAws, play: Player) -> None:
    begins(aws, {})
    attach_autoscaling(aws)
    before = attached(aws)
    assert len(before) == 5
    assert counts(aws) == {"AllTraffic": (7, 7)}

    with Invoker(aws, "churn") as invoker:
        image = container(OTHER_IMAGE)
        serving = deployed(play, image)
        assert counts(aws) == {"AllTraffic": (7, 7)}
        assert attached(aws) == before
        begin = invoker.now()

        for outcome in ("rollback", "rollback_without_reason", "rollback_failed"):
            aws.clear_calls()
            aws.script("churn", "update", outcome)
            run = deploy(play, {**image, "production_variant": {**XLARGE, "initial_instance_count": len(outcome)}})
            assert not run.ok, run
            if outcome == "rollback_without_reason":
                assert "rolled back" in (run.failure or "") and "SageMaker reported no reason" in (
                    run.failure or ""
                ), run
            assert "DeregisterScalableTarget" in aws.mutating()
            assert counts(aws) == {"AllTraffic": (7, 7)}, outcome
            assert attached(aws) == before, outcome
            assert memory(aws) == [], outcome
        during = invoker.answers[begin:]

        live = deployed(play, {**image, "production_variant": XLARGE})["sagemaker_endpoint_config_name"]
        assert releases(invoker.next(50)) == {live}
    assert not invoker.failures
    assert releases(during) == {serving["sagemaker_endpoint_config_name"]}
    assert counts(aws) == {"AllTraffic": (7, 7)}
    assert attached(aws) == before
    assert memory(aws) == []


# Updates that go wrong

REASON = "The primary container for production variant AllTraffic did not pass the ping health check."
GUARD = {
    "blue_green_update_policy": {
        "traffic_routing_configuration": {"type": "ALL_AT_ONCE", "wait_interval_in_seconds": 0},
    }
}
WRONG: dict[str, tuple[Given, Given, Given, tuple[str, ...]]] = {
    # The script of the update, settings of the service, more variables; what the message says.
    "with a reason": ({"outcome": "rollback", "reason": REASON}, {}, {}, ("rolled back", REASON)),
    "through RollingBack": (
        {"outcome": "rollback", "reason": REASON},
        {"rolling_back": 3},
        {"deployment_config": GUARD},
        ("rolled back", REASON),
    ),
    "UpdateRollbackFailed": (
        {"outcome": "rollback_failed", "reason": REASON},
        {},
        {},
        ("UpdateRollbackFailed", REASON),
    ),
    "too long": (
        {"outcome": "succeed", "seconds": 600},
        {},
        {"wait_timeout": 1},
        ("still Updating after 1 s (wait_timeout)",),
    ),
}


@pytest.mark.parametrize("way", WRONG)
def test_an_update_that_goes_wrong_fails_and_the_old_release_serves(aws: LocalAws, play: Player, way: str) -> None:
    script, settings, more, said = WRONG[way]
    name = begins(aws, {})
    aws.configure(**settings)
    aws.script("churn", "update", **script)
    sagemaker = aws.client("sagemaker")
    (model,) = [one["ModelName"] for one in sagemaker.list_models()["Models"]]
    with Invoker(aws, "churn") as invoker:
        bad = deploy(play, {**container(), **more})
        assert not bad.ok, bad
        for words in said:
            assert words in (bad.failure or ""), bad
        assert "/aws/sagemaker/Endpoints/churn" in (bad.failure or "")
        assert releases(invoker.answers) == {name}
        assert len(invoker.answers) > MANY
        assert sagemaker.describe_endpoint(EndpointName="churn")["EndpointConfigName"] == name
        sagemaker.describe_endpoint_config(EndpointConfigName=name)
        assert sagemaker.describe_model(ModelName=model)["ModelName"] == model

        aws.advance(600)
        good = deployed(play, container(STEP="good"))
        live = good["sagemaker_endpoint_config_name"]
        assert releases(invoker.next(50)) == {live}
    assert not invoker.failures

    # The release that served is the one to go back to. One that never did is gone; one that came late did serve.
    kept = {config["EndpointConfigName"] for config in sagemaker.list_endpoint_configs()["EndpointConfigs"]}
    assert live in kept and len(kept) == 2
    if way != "too long":
        assert kept == {live, name}
    assert deploy(play, container(STEP="good")).changed == 0
