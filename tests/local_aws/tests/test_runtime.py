# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import time
from collections import Counter
from typing import Any

import pytest

from local_aws.process import LocalAws
from local_aws.tests.kit import IMAGE
from local_aws.tests.kit import Kit
from local_aws.tests.kit import refused

ERROR = "ValidationError"


def invoke(kit: Kit, **request: Any) -> dict[str, Any]:
    answer = kit.runtime.invoke_endpoint(**{"EndpointName": "e", "Body": b"1,2", **request})
    return {**json.loads(answer["Body"].read()), "header": answer["InvokedProductionVariant"]}


def test_answer_names_what_serves(kit: Kit) -> None:
    kit.model(PrimaryContainer={"Image": IMAGE, "Environment": {"A": "1"}})
    kit.config()
    kit.endpoint()
    answer = invoke(kit)
    assert len(answer.pop("environment_sha256")) == 64
    assert answer == {
        "endpoint": "e",
        "variant": "V",
        "endpoint_config": "c",
        "models": ["m"],
        "images": [IMAGE],
        "model_packages": [],
        "input": "1,2",
        "header": "V",
    }


def test_fingerprint_changes_with_the_environment(kit: Kit) -> None:
    prints = set()
    for value in ("1", "2"):
        kit.model(value, PrimaryContainer={"Image": IMAGE, "Environment": {"A": value}})
        kit.config(value, [kit.variant(ModelName=value)])
        kit.endpoint("e" + value, value)
        prints.add(invoke(kit, EndpointName="e" + value)["environment_sha256"])
    assert len(prints) == 2


def test_not_found(kit: Kit) -> None:
    with refused("Endpoint e of account 123456789012 not found.", ERROR):
        invoke(kit)
    kit.model()
    kit.config()
    kit.endpoint(settle=False)
    with refused("Endpoint e of account 123456789012 not found.", ERROR):
        invoke(kit)
    kit.settle()
    with refused("Endpoint E of account 123456789012 not found.", ERROR):
        invoke(kit, EndpointName="E")
    kit.sagemaker.delete_endpoint(EndpointName="e")
    with refused("Endpoint e of account 123456789012 not found.", ERROR):
        invoke(kit)


def test_variants_by_weight_and_by_name(kit: Kit) -> None:
    kit.serve([kit.variant("A", InitialVariantWeight=9.0), kit.variant("B", InitialVariantWeight=0.0)])
    assert Counter(invoke(kit)["variant"] for _number in range(10)) == {"A": 10}
    assert invoke(kit, TargetVariant="B")["header"] == "B"
    with refused("Variant X", ERROR):
        invoke(kit, TargetVariant="X")


def test_components(kit: Kit, aws: LocalAws) -> None:
    kit.serve()
    with refused("Inference Component Name header is not allowed", ERROR):
        invoke(kit, InferenceComponentName="x")
    kit.config("i", [kit.variant(ModelName=None)], ExecutionRoleArn=aws.make_role("r"))
    kit.endpoint("f", "i")
    with refused("Inference Component Name header is required", ERROR):
        invoke(kit, EndpointName="f")
    with refused("not found", ERROR):
        invoke(kit, EndpointName="f", InferenceComponentName="x")


def test_target_model(kit: Kit, aws: LocalAws) -> None:
    kit.serve()
    with refused("Target model cannot be specified", ERROR):
        invoke(kit, TargetModel="a.tar.gz")
    aws.put("s3://models/mme/a.tar.gz")
    kit.model("many", PrimaryContainer={"Image": IMAGE, "Mode": "MultiModel", "ModelDataUrl": "s3://models/mme/"})
    kit.config("many", [kit.variant(ModelName="many")])
    kit.endpoint("f", "many")
    assert invoke(kit, EndpointName="f", TargetModel="a.tar.gz")["target_model"] == "a.tar.gz"
    with refused("Target model must be specified", ERROR):
        invoke(kit, EndpointName="f")


def test_target_container(kit: Kit) -> None:
    kit.serve()
    with refused("Target container hostname can only be specified", ERROR):
        invoke(kit, TargetContainerHostname="a")
    containers = [{"Image": IMAGE, "ContainerHostname": name} for name in ("a", "b")]
    kit.model("direct", Containers=containers, InferenceExecutionConfig={"Mode": "Direct"})
    kit.config("direct", [kit.variant(ModelName="direct")])
    kit.endpoint("f", "direct")
    assert invoke(kit, EndpointName="f", TargetContainerHostname="b")["target_container_hostname"] == "b"
    with refused("Target container hostname must name", ERROR):
        invoke(kit, EndpointName="f", TargetContainerHostname="c")


def test_stream(kit: Kit) -> None:
    kit.serve()
    answer = kit.runtime.invoke_endpoint_with_response_stream(EndpointName="e", Body=b"hi", TargetVariant="V")
    assert answer["InvokedProductionVariant"] == "V"
    parts = [event["PayloadPart"]["Bytes"] for event in answer["Body"]]
    assert len(parts) > 1
    assert json.loads(b"".join(parts))["input"] == "hi"


def arrived(aws: LocalAws, uri: str) -> bool:
    bucket, _slash, key = uri.removeprefix("s3://").partition("/")
    return key in [one["Key"] for one in aws.client("s3").list_objects_v2(Bucket=bucket).get("Contents", [])]


def get(aws: LocalAws, uri: str) -> bytes:
    """The object once it is there."""
    bucket, _slash, key = uri.removeprefix("s3://").partition("/")
    for _attempt in range(100):
        if arrived(aws, uri):
            return bytes(aws.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())
        time.sleep(0.05)
    raise AssertionError(f"{uri} never came")


def serve_async(kit: Kit, aws: LocalAws, actions: list[str] | None = None) -> None:
    kit.model(ExecutionRoleArn=aws.make_role("r", actions))
    output = {"S3OutputPath": "s3://bucket/out/", "S3FailurePath": "s3://bucket/failed/"}
    kit.config(AsyncInferenceConfig={"OutputConfig": output})
    kit.endpoint()
    aws.put("s3://bucket/in/1.csv", b"1,2")


def test_async_from_s3(kit: Kit, aws: LocalAws) -> None:
    serve_async(kit, aws)
    answer = kit.runtime.invoke_endpoint_async(
        EndpointName="e", InputLocation="s3://bucket/in/1.csv", InferenceId="one", RequestTTLSeconds=60
    )
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert answer["InferenceId"] == "one"
    assert answer["OutputLocation"].startswith("s3://bucket/out/")
    assert answer["FailureLocation"].startswith("s3://bucket/failed/")
    assert json.loads(get(aws, answer["OutputLocation"]))["input"] == "1,2"


def test_async_to_zero_and_back(kit: Kit, aws: LocalAws) -> None:
    """Alarms scale; what comes in at zero waits for an instance, but not for ever. behaviour 6.21, 7.9"""
    serve_async(kit, aws)
    kit.endpoint("f")
    kit.target(0, 2)
    idle = kit.steps([{"ScalingAdjustment": 0, "MetricIntervalUpperBound": 0}], "idle", AdjustmentType="ExactCapacity")
    wake = kit.steps([{"ScalingAdjustment": 1, "MetricIntervalLowerBound": 0}], "wake")
    kit.alarm(idle["PolicyARN"], "idle", ComparisonOperator="LessThanThreshold")
    kit.alarm(wake["PolicyARN"], "wake")

    def invoke_later(endpoint: str = "e", seconds: int = 3600) -> str:
        answer = kit.runtime.invoke_endpoint_async(
            EndpointName=endpoint, InputLocation="s3://bucket/in/1.csv", RequestTTLSeconds=seconds
        )
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
        return str(answer["OutputLocation"])

    kit.set_state(0, name="idle")
    assert json.loads(get(aws, invoke_later()))["endpoint"] == "e"  # its instances are still there
    kit.settle()
    assert kit.describe()["ProductionVariants"][0]["CurrentInstanceCount"] == 0
    patient, impatient = invoke_later(), invoke_later(seconds=60)
    kit.set_state(10, name="wake")
    assert kit.status() == "Updating"
    get(aws, invoke_later("f"))
    assert not arrived(aws, patient)
    kit.settle()
    assert json.loads(get(aws, patient))["input"] == "1,2"
    get(aws, invoke_later("f"))
    assert not arrived(aws, impatient)
    assert kit.describe()["ProductionVariants"][0]["CurrentInstanceCount"] == 1


def test_async_time_to_live(kit: Kit, aws: LocalAws) -> None:
    serve_async(kit, aws)
    with refused("RequestTTLSeconds must be between 60 and 21600", ERROR):
        kit.runtime.invoke_endpoint_async(
            EndpointName="e", InputLocation="s3://bucket/in/1.csv", RequestTTLSeconds=21601
        )


def test_async_with_a_missing_input(kit: Kit, aws: LocalAws) -> None:
    serve_async(kit, aws)
    answer = kit.runtime.invoke_endpoint_async(EndpointName="e", InputLocation="s3://bucket/in/none")
    assert b"Could not read the input" in get(aws, answer["FailureLocation"])


def test_async_needs_the_role_s_permission_to_read(kit: Kit, aws: LocalAws) -> None:
    serve_async(kit, aws, ["ecr:*", "s3:PutObject"])
    answer = kit.runtime.invoke_endpoint_async(EndpointName="e", InputLocation="s3://bucket/in/1.csv")
    assert b"Could not read the input" in get(aws, answer["FailureLocation"])


def test_async_only_where_configured_and_nothing_else_there(kit: Kit, aws: LocalAws) -> None:
    serve_async(kit, aws)
    with refused("use InvokeEndpointAsync", ERROR):
        invoke(kit)
    kit.config("plain")
    kit.endpoint("f", "plain")
    with refused("is not an asynchronous endpoint", ERROR):
        kit.runtime.invoke_endpoint_async(EndpointName="f", InputLocation="s3://bucket/in/1.csv")
    with refused("Specify exactly one of InputLocation and Body", ERROR):
        kit.runtime.invoke_endpoint_async(EndpointName="e")


@pytest.mark.parametrize(("kind", "code"), [("model_error", "ModelError"), ("throttle", "ThrottlingException")])
def test_faults_of_the_runtime(kit: Kit, aws: LocalAws, kind: str, code: str) -> None:
    kit.serve()
    aws.fault("InvokeEndpoint", kind=kind)
    with refused("", code):
        invoke(kit)
    invoke(kit)


def test_a_model_error_carries_the_model_s_own_answer(kit: Kit, aws: LocalAws) -> None:
    kit.serve()
    aws.fault("InvokeEndpoint", kind="model_error")
    aws.fault("InvokeEndpoint", kind="model_error", members={"OriginalStatusCode": 400, "OriginalMessage": "No."})
    for status, text in ((500, "Internal Server Error"), (400, "No.")):
        with pytest.raises(kit.runtime.exceptions.ModelError) as caught:
            invoke(kit)
        assert (caught.value.response["OriginalStatusCode"], caught.value.response["OriginalMessage"]) == (status, text)
