# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Inference components through the role, and what goes to zero and comes back: components and asynchronous endpoints."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import ownership
from integration.deploys import IMAGE
from integration.deploys import PLAIN
from integration.deploys import Deploys
from integration.deploys import all_calls
from integration.deploys import outputs
from integration.harness import Player
from local_aws.process import LocalAws

HOST = {"containers": None, "production_variant": {"instance_type": "ml.m5.4xlarge"}}
COMPUTE = {"compute_resource_requirements": {"number_of_cpu_cores_required": 1, "min_memory_required_in_mb": 1024}}
ADAPTER = "s3://example-model-bucket/legal.tar.gz"
SCALING = {"max_capacity": 3, "target_value": 5}
TO_ZERO = {**SCALING, "scale_to_zero": True}


@pytest.fixture
def with_own_role(aws: LocalAws, play: Player) -> Deploys:
    """Deploys whose execution role the role makes. Nothing here is about how long a transition takes."""
    aws.configure(creating=0, updating=0, deleting=0, async_delay=0)
    return Deploys(aws, play)


@pytest.fixture
def deploys(with_own_role: Deploys) -> Deploys:
    """Deploys with an execution role that is there, so that a test can begin with what another run has made."""
    role = with_own_role.aws.make_role("serving")
    return Deploys(with_own_role.aws, with_own_role.play, {**PLAIN, "sg_role_arn": role})


def component(name: str, number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "containers": [{"image_uri": IMAGE, "environment": {"STEP": number}}],
        "specification": COMPUTE,
        "runtime_config": {"copy_count": 1},
        **more,
    }


def adapter(name: str, base: str) -> dict[str, Any]:
    added = {"base_inference_component_name": base, "container": {"artifact_url": ADAPTER}}
    return {"name": name, "specification": added}


def hosting(*components: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**HOST, "inference_components": list(components), **more}


def names(deploys: Deploys) -> set[str]:
    found = deploys.sagemaker.list_inference_components()["InferenceComponents"]
    return {one["InferenceComponentName"] for one in found}


def copies(deploys: Deploys, name: str) -> int:
    found = deploys.sagemaker.describe_inference_component(InferenceComponentName=name)
    assert found["InferenceComponentStatus"] == "InService"
    return found["RuntimeConfig"]["CurrentCopyCount"]


def alarms(deploys: Deploys) -> set[str]:
    found = deploys.aws.client("cloudwatch").describe_alarms()["MetricAlarms"]
    return {alarm["AlarmName"] for alarm in found}


def eventually(look: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What is there once the work in the background is done."""
    for _attempt in range(200):
        try:
            return look()
        except ClientError:
            time.sleep(0.1)
    return look()


def fire(deploys: Deploys, name: str) -> None:
    """Let the alarm whose name contains this go off."""
    alarm = next(alarm for alarm in sorted(alarms(deploys)) if name in alarm)
    cloudwatch = deploys.aws.client("cloudwatch")
    for state in ("OK", "ALARM"):
        cloudwatch.set_alarm_state(AlarmName=alarm, StateValue=state, StateReason="test")
    deploys.aws.advance(60)


def test_components_come_change_and_go(with_own_role: Deploys) -> None:
    deploys = with_own_role
    deploys.aws.put(ADAPTER)
    all_three = [adapter("legal", "chat"), component("chat", autoscaling_config=SCALING), component("embed", 2)]
    done = deploys.runs(**hosting(*all_three))
    assert names(deploys) == {"chat", "legal", "embed"}
    assert len(done["sagemaker_model_names"]) == len(deploys.models()) == 2

    # Another model for one of them; the old one goes once nothing runs it.
    changed = [all_three[0], component("chat", 3, autoscaling_config=SCALING), all_three[2]]
    done = deploys.runs(**hosting(*changed))
    assert [plan["action"] for plan in done["plan"]["inference_components"]] == ["update", "none", "none"]
    assert done["plan"]["endpoint"]["calls"] == []
    assert deploys.models() == set(done["sagemaker_model_names"])

    # Taken out of the variables: an adapter before its base, and the base's scaling before it. The execution role may do less.
    done = deploys.carries_out(**hosting(all_three[2]))
    assert all_calls(done) == [
        "PutRolePolicy",
        # Of the configuration, whose tag names the policy, and of the endpoint, whose tag records the scaling.
        "AddTags",
        "AddTags",
        "DeregisterScalableTarget",
        "DeleteInferenceComponent",
        "DeleteInferenceComponent",
        "DeleteModel",
        "DeleteRolePolicy",
    ]
    assert names(deploys) == {"embed"}

    # Somebody else's is left alone, and stands in the way of the endpoint's end.
    deploys.sagemaker.create_inference_component(
        InferenceComponentName="theirs",
        EndpointName="churn",
        VariantName="AllTraffic",
        Specification={
            "Container": {"Image": IMAGE},
            "ComputeResourceRequirements": {"NumberOfCpuCoresRequired": 1, "MinMemoryRequiredInMb": 1024},
        },
        RuntimeConfig={"CopyCount": 1},
    )
    deploys.aws.advance(60)
    deploys.finds_nothing_to_do(**hosting(all_three[2]))
    deploys.aws.clear_calls()
    assert "hosts theirs" in deploys.is_refused("destroy")
    assert deploys.aws.mutating() == []
    deploys.sagemaker.delete_inference_component(InferenceComponentName="theirs")
    deploys.aws.advance(60)

    # Where components outlive their endpoint, one that did does not count as present, and goes with the rest.
    deploys.aws.configure(components_outlive_endpoints=True)
    deploys.sagemaker.delete_endpoint(EndpointName="churn")
    deploys.aws.advance(60)
    assert names(deploys) == {"embed"}
    done = deploys.carries_out(**hosting(all_three[2]))
    assert done["plan"]["inference_components"][0]["action"] == "replace"
    deploys.sagemaker.delete_endpoint(EndpointName="churn")
    deploys.aws.advance(60)
    deploys.sagemaker.create_endpoint(
        EndpointName="churn",
        EndpointConfigName=done["sagemaker_endpoint_config_name"],
        Tags=[{"Key": "mlops.sagemaker/endpoint", "Value": "churn"}],
    )
    deploys.aws.advance(60)
    deploys.carries_out("destroy")
    assert (names(deploys), deploys.endpoints(), deploys.models(), deploys.roles()) == (set(), set(), set(), set())


def test_a_component_goes_to_zero_and_comes_back(deploys: Deploys) -> None:
    to_zero = hosting(component("chat", autoscaling_config=TO_ZERO))
    deploys.begins(**to_zero)
    assert "chat-wake-from-zero" in alarms(deploys)
    runtime = deploys.aws.client("sagemaker-runtime")
    asked = {"EndpointName": "churn", "InferenceComponentName": "chat", "Body": b"1"}
    runtime.invoke_endpoint(**asked)

    fire(deploys, "AlarmLow")
    assert copies(deploys, "chat") == 0
    assert deploys.endpoint()["ProductionVariants"][0]["CurrentInstanceCount"] == 0
    with pytest.raises(ClientError, match="no capacity"):
        runtime.invoke_endpoint(**asked)
    # A deploy at zero leaves the copies to their autoscaler.
    deploys.finds_nothing_to_do(**to_zero)
    changed = hosting(component("chat", 2, autoscaling_config=TO_ZERO))
    deploys.carries_out(**changed)
    assert copies(deploys, "chat") == 0

    fire(deploys, "chat-wake-from-zero")
    assert copies(deploys, "chat") == 1
    runtime.invoke_endpoint(**asked)

    # Switched off: above zero again, without a trace of what woke it.
    done = deploys.carries_out(**hosting(component("chat", 2, autoscaling_config=SCALING)))
    assert "DeleteAlarms" in all_calls(done)
    assert not [name for name in alarms(deploys) if "wake" in name]
    assert deploys.scaling_policies() == ["SageMakerEndpointInvocationScalingPolicy"]
    assert [target["MinCapacity"] for target in deploys.targets()] == [1]

    # No autoscaling any more: what is at zero comes back with the run, for nothing else would bring it back.
    deploys.begins(**to_zero)
    fire(deploys, "AlarmLow")
    assert copies(deploys, "chat") == 0
    deploys.settles(**hosting(component("chat")))
    assert (copies(deploys, "chat"), deploys.targets(), alarms(deploys)) == (1, [], set())


def test_an_asynchronous_endpoint_goes_to_zero_and_comes_back(deploys: Deploys) -> None:
    deploys.aws.put("s3://example-async-bucket/in/1.json")
    config = {"output_config": {"s3_output_path": "s3://example-async-bucket/out/"}}
    variables = {"async_inference_config": config, "autoscaling_config": TO_ZERO}
    deploys.begins(**variables)
    fire(deploys, "AlarmLow")
    assert deploys.endpoint()["ProductionVariants"][0]["CurrentInstanceCount"] == 0
    deploys.finds_nothing_to_do(**variables)

    runtime = deploys.aws.client("sagemaker-runtime")
    place = runtime.invoke_endpoint_async(EndpointName="churn", InputLocation="s3://example-async-bucket/in/1.json")[
        "OutputLocation"
    ]
    bucket, _slash, key = place.removeprefix("s3://").partition("/")
    s3 = deploys.aws.client("s3")
    deploys.aws.advance(60)
    with pytest.raises(ClientError, match="NoSuchKey"):
        s3.get_object(Bucket=bucket, Key=key)
    fire(deploys, "churn-AllTraffic-wake-from-zero")
    assert deploys.endpoint()["ProductionVariants"][0]["CurrentInstanceCount"] == 1
    assert b"churn" in eventually(partial(s3.get_object, Bucket=bucket, Key=key))["Body"].read()

    # Other instances: the target steps aside for the update, its policies come back as others, and the alarm follows them.
    variables["production_variant"] = {"instance_type": "ml.m5.xlarge"}
    done = deploys.settles(**variables)
    assert "DeregisterScalableTarget" in done["plan"]["endpoint"]["calls"]
    fire(deploys, "AlarmLow")
    fire(deploys, "churn-AllTraffic-wake-from-zero")
    assert deploys.endpoint()["ProductionVariants"][0]["CurrentInstanceCount"] == 1

    # An alarm that somebody deleted or changed is put back.
    cloudwatch = deploys.aws.client("cloudwatch")
    cloudwatch.delete_alarms(AlarmNames=["churn-AllTraffic-wake-from-zero"])
    assert all_calls(deploys.carries_out(**variables)) == ["PutMetricAlarm"]

    done = deploys.carries_out(**{**variables, "autoscaling_config": SCALING})
    assert all_calls(done)[:2] == ["AddTags", "DeleteAlarms"]
    assert not [name for name in alarms(deploys) if "wake" in name]
    # Dropped altogether: no target, no policy, no alarm.
    done = deploys.runs(**{**variables, "autoscaling_config": None})
    assert all_calls(done) == ["AddTags", "DeregisterScalableTarget"]
    assert alarms(deploys) == set()

    # One of a target that somebody deregistered is on no policy any more, and goes with the endpoint.
    owner = "churn-AllTraffic"
    cloudwatch.put_metric_alarm(
        AlarmName=ownership.alarm_name(owner),
        AlarmDescription=ownership.alarm_description(owner),
        Namespace="AWS/SageMaker",
        MetricName="HasBacklogWithoutCapacity",
        Statistic="Average",
        Period=60,
        EvaluationPeriods=2,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
    )
    assert "DeleteAlarms" in all_calls(deploys.carries_out("destroy"))
    assert alarms(deploys) == set()


# Without adapters and instances that go to zero, which the oldest botocore does not know.
@pytest.mark.core_ends
def test_what_an_interrupted_run_left_of_a_component_goes_with_the_next(with_own_role: Deploys) -> None:
    deploys = with_own_role
    done = deploys.runs(**hosting(component("chat")))
    role = done["sagemaker_role_arn"]
    left = deploys.make_model("churn-model-0badc0de", role, owner="churn")
    other = deploys.make_model("churn-model-0badbabe", role, owner="somebody")
    done = deploys.settles(**hosting(component("chat", 2)))
    assert deploys.models() == {other, *done["sagemaker_model_names"]}
    assert left not in deploys.models()
    assert other in deploys.models()


def test_components_whose_variant_is_taken_out_go_before_it(deploys: Deploys) -> None:
    host = {"instance_type": "ml.m5.4xlarge"}
    both = [{**host, "variant_name": "a"}, {**host, "variant_name": "b"}]
    listed = [component("chat", variant_name="b"), component("embed", 2, variant_name="a", autoscaling_config=TO_ZERO)]
    last = component("last", 3, variant_name="b")
    variables = {"containers": None, "production_variant": None, "production_variants": both}
    deploys.begins(**variables, inference_components=[*listed, last])
    # What is taken out on a variant that stays goes at the end, as ever.
    variables["production_variants"] = both[1:]
    predicted = deploys.predicts(**variables, inference_components=listed[:1])
    done = deploys.runs(**variables, inference_components=listed[:1])
    assert done == outputs(predicted)
    assert [(one["name"], one["action"]) for one in done["plan"]["inference_components"]] == [
        ("embed", "delete"),
        ("chat", "none"),
    ]
    made = [call for call in deploys.aws.mutating() if "Tags" not in call and "Policy" not in call]
    assert made[made.index("DeleteAlarms") :] == [
        "DeleteAlarms",
        "DeregisterScalableTarget",
        "DeleteInferenceComponent",
        "UpdateEndpoint",
        "DeleteInferenceComponent",
        "DeleteModel",
        "DeleteModel",
    ]
    assert sorted(deploys.aws.mutating()) == sorted(all_calls(done))
    assert (names(deploys), alarms(deploys), deploys.targets()) == ({"chat"}, set(), [])
    deploys.finds_nothing_to_do(**variables, inference_components=listed[:1])


def test_a_prediction_names_what_is_made(deploys: Deploys) -> None:
    plan = outputs(deploys.predicts(**hosting(component("chat", autoscaling_config=TO_ZERO))))["plan"]
    assert [one["name"] for one in plan["inference_components"]] == ["chat"]
    assert [one["name"] for one in plan["autoscaling"]] == ["inference-component/chat", "chat-wake-from-zero"]
    assert plan["models"][0]["name"].startswith("churn-model-")
