# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Invoking an endpoint: what is asked, waited for, repeated, judged and returned."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ResponseStreamingError
from urllib3.exceptions import ProtocolError

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api.client import AwsClients
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api.container_logs import LOOK_TIMEOUT
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import invocation as invocation_options
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec.invocation import INVOKE
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import InputError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import SageMakerError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.invoke import answers
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.invoke import invocation
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.invoke.request import InvocationRequest
from integration.harness import Player
from integration.logic import IMAGE
from integration.logic import ROLE
from integration.logic import Logic
from local_aws.process import LocalAws

NO_CAPACITY = (
    "Inference Component has no capacity to process this request. ApplicationAutoScaling may be in-progress (if configured) or "
    "try to increase the capacity by invoking UpdateInferenceComponentRuntimeConfig API."
)


@pytest.fixture
def logic(aws: LocalAws) -> Logic:
    return Logic(aws)


@pytest.fixture
def served(logic: Logic) -> Logic:
    logic.make_config("c1", VariantName="main")
    logic.make_endpoint("e", "c1")
    logic.aws.clear_calls()
    return logic


def wish(**options: Any) -> dict[str, Any]:
    """Options as Ansible hands them over."""
    defaults = {option: spec.get("default") for option, spec in INVOKE["argument_spec"].items()}
    given = {"body": "1,2"} if not {"body", "src", "input_location"} & set(options) else {}
    return {**defaults, "endpoint_name": "e", **given, **options}


def ask(logic: Logic, check_mode: bool = False, **options: Any) -> dict[str, Any]:
    """The result of the module."""
    return logic.run(invocation.invoke, wish(**options), check_mode).as_dict()


def asked(logic: Logic) -> list[dict[str, Any]]:
    """The requests that reached the runtime."""
    return [call for call in logic.aws.calls() if call["service"] == "sagemaker-runtime"]


# Answers


def test_an_answer(served: Logic) -> None:
    result = ask(served, inference_id="smoke-1", custom_attributes="trace=1", session_id="NEW_SESSION")
    response = result["response"]
    assert result["changed"] is False
    assert response["status"] == 200
    assert response["content_type"] == "application/json"
    assert response["invoked_production_variant"] == "main"
    assert response["custom_attributes"] == "trace=1"
    assert response["new_session_id"]
    assert response["latency_ms"] >= 0
    assert response["json"] == json.loads(response["body"])
    assert (response["json"]["variant"], response["json"]["input"]) == ("main", "1,2")
    assert result["request"] == {
        "operation": "InvokeEndpoint",
        "endpoint_name": "e",
        "inference_id": "smoke-1",
        "custom_attributes": "trace=1",
        "session_id": "NEW_SESSION",
        "body_size": 3,
    }
    assert [call["operation"] for call in asked(served)] == ["InvokeEndpoint"]


@pytest.mark.parametrize(
    ("body", "sent", "kind"),
    [
        ({"instances": [[1, 2.5, True, None, "ü"]]}, '{"instances": [[1, 2.5, true, null, "ü"]]}', "application/json"),
        ([1, 2], "[1, 2]", "application/json"),
        ("1,2\n", "1,2\n", None),
        ("", "", None),
        (7, "7", None),
        (True, "true", None),
    ],
)
def test_bodies(served: Logic, body: Any, sent: str, kind: str | None) -> None:
    result = ask(served, body=body)
    assert result["response"]["json"]["input"] == sent
    assert result["request"].get("content_type") == kind
    assert ask(served, body=body, content_type="x/y")["request"]["content_type"] == "x/y"


def test_a_file_is_sent_as_it_is(served: Logic, tmp_path: Path) -> None:
    file = tmp_path / "picture"
    file.write_bytes(b"\xff\xd8\x00")
    assert ask(served, src=str(file))["response"]["json"]["input"] == {"base64": "/9gA"}
    with pytest.raises(InputError, match="src: .*none cannot be read: No such file"):
        ask(served, src=str(tmp_path / "none"))
    # An earlier task would have made it.
    assert ask(served, check_mode=True, src=str(tmp_path / "none"))["response"] == {}
    assert len(asked(served)) == 1


def test_a_stream_is_put_together(served: Logic) -> None:
    result = ask(served, stream=True, body={"inputs": "x" * 500})
    assert result["request"]["operation"] == "InvokeEndpointWithResponseStream"
    assert result["response"]["json"]["input"] == json.dumps({"inputs": "x" * 500})
    assert result["response"]["content_type"] == "application/json"
    assert result["response"]["invoked_production_variant"] == "main"


def test_one_of_several_variants(served: Logic) -> None:
    model = {"ModelName": "c1-model", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    variants = [
        {**model, "VariantName": name, "InitialVariantWeight": weight} for name, weight in (("a", 1.0), ("b", 0.0))
    ]
    served.sagemaker.create_endpoint_config(EndpointConfigName="ab", ProductionVariants=variants)
    served.make_endpoint("f", "ab")
    assert ask(served, endpoint_name="f")["response"]["invoked_production_variant"] == "a"
    answer = ask(served, endpoint_name="f", target_variant="b")["response"]
    assert answer["invoked_production_variant"] == answer["json"]["variant"] == "b"


def test_one_of_several_models_and_containers(served: Logic) -> None:
    served.aws.put("s3://models/mme/a.tar.gz")
    many = {"Image": IMAGE, "Mode": "MultiModel", "ModelDataUrl": "s3://models/mme/"}
    served.sagemaker.create_model(ModelName="many", ExecutionRoleArn=ROLE, PrimaryContainer=many)
    served.sagemaker.create_model(
        ModelName="direct",
        ExecutionRoleArn=ROLE,
        Containers=[{"Image": IMAGE, "ContainerHostname": name} for name in ("x", "y")],
        InferenceExecutionConfig={"Mode": "Direct"},
    )
    for name in ("many", "direct"):
        variant = {"VariantName": "v", "ModelName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        served.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
        served.make_endpoint(name, name)
    answer = ask(served, endpoint_name="many", target_model="a.tar.gz")["response"]["json"]
    assert answer["target_model"] == "a.tar.gz"
    answer = ask(served, endpoint_name="direct", target_container_hostname="y")["response"]["json"]
    assert answer["target_container_hostname"] == "y"
    with pytest.raises(SageMakerError, match="Target model must be specified"):
        ask(served, endpoint_name="many")


def answer(data: bytes, size: int | None = -1) -> answers.Answer:
    """An answer with this body, of which it is all unless its size is given."""
    return answers.Answer(200, 1.0, {}, answers.Body(data, len(data) if size == -1 else size))


def test_what_is_no_text_comes_in_base64() -> None:
    assert answer(b"\xff\x00").as_dict() == {"status": 200, "latency_ms": 1.0, "body_base64": "/wA="}
    assert answer(b"\xff\x00").document == "2 bytes that are not text"
    assert answer(b"0.7,0.3").as_dict() == {"status": 200, "latency_ms": 1.0, "body": "0.7,0.3"}
    assert answers.Answer(202, 1.0, {}).as_dict() == {"status": 202, "latency_ms": 1.0}
    assert answer(b"null").as_dict()["json"] is None


@pytest.mark.parametrize("size", [9, None])
def test_of_a_longer_body_the_beginning_is_shown(size: int | None) -> None:
    cut = {"status": 200, "latency_ms": 1.0, "body_truncated": True, "body_size": size}
    assert answer(b"12", size).as_dict() == {**cut, "body": "12"}
    # Cut in the middle of a character it is text all the same.
    assert answer("aü".encode()[:2], size).as_dict() == {**cut, "body": "a"}
    assert answer("aü".encode()[:2]).as_dict()["body_base64"] == "YcM="
    assert answer(b"\xff\x00", size).as_dict() == {**cut, "body_base64": "/wA="}


class BrokenStream:
    """An event stream whose connection breaks in the middle."""

    def __iter__(self) -> Any:
        yield {"PayloadPart": {"Bytes": b"half"}}
        raise ProtocolError("broken")


def test_a_stream_that_breaks_is_a_lost_connection() -> None:
    with pytest.raises(ResponseStreamingError):
        answers.read_body({"Body": BrokenStream()}, 100)


REQUESTS = [
    (
        {
            "endpoint_name": "ocr-async",
            "content_type": "application/json",
            "input_location": "s3://example-async-bucket/in/1.json",
            "request_ttl_seconds": 3600,
            "invocation_timeout_seconds": 900,
            "filename": "one.json",
            "s3_output_path_extension": "today",
        },
        "InvokeEndpointAsync",
        {
            "EndpointName": "ocr-async",
            "ContentType": "application/json",
            "InputLocation": "s3://example-async-bucket/in/1.json",
            "RequestTTLSeconds": 3600,
            "InvocationTimeoutSeconds": 900,
            "Filename": "one.json",
            "S3OutputPathExtension": "today",
        },
    ),
    (
        {
            "endpoint_name": "rank",
            "target_variant": "challenger",
            "content_type": "text/csv",
            "body": "1,2,3",
            "inference_id": "smoke-0001",
            "enable_explanations": "`true`",
            "accept": "application/json",
        },
        "InvokeEndpoint",
        {
            "EndpointName": "rank",
            "TargetVariant": "challenger",
            "ContentType": "text/csv",
            "Body": b"1,2,3",
            "InferenceId": "smoke-0001",
            "EnableExplanations": "`true`",
            "Accept": "application/json",
        },
    ),
    (
        {
            "endpoint_name": "chat",
            "stream": True,
            "body": ["hi"],
            "inference_component_name": "base",
            "session_id": "s-1",
            "prefix_aware_id": "p-1",
            "target_container_hostname": "main",
            "custom_attributes": "accept_eula=true",
        },
        "InvokeEndpointWithResponseStream",
        {
            "EndpointName": "chat",
            "Body": b'["hi"]',
            "ContentType": "application/json",
            "InferenceComponentName": "base",
            "SessionId": "s-1",
            "PrefixAwareId": "p-1",
            "TargetContainerHostname": "main",
            "CustomAttributes": "accept_eula=true",
        },
    ),
]


@pytest.mark.parametrize(("options", "operation", "request_"), REQUESTS, ids=[item[1] for item in REQUESTS])
def test_every_option_is_asked_for(
    logic: Logic, options: dict[str, Any], operation: str, request_: dict[str, Any]
) -> None:
    made = InvocationRequest(logic.connection(), wish(**options), lenient=False)
    assert (made.operation, made.members) == (operation, request_)


# Check mode


def test_check_mode_asks_nothing(served: Logic) -> None:
    result = ask(served, check_mode=True, body={"a": 1}, expect={"status": 200})
    assert result["response"] == {}
    assert result["request"] == ask(served, body={"a": 1}, expect={"status": 200})["request"]
    assert result["changed"] is False
    assert len(asked(served)) == 1
    assert ask(served, check_mode=True, endpoint_name="to-be-made")["response"] == {}


# Wrong input


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"stream": True, "asynchronous": True}, "stream: an asynchronous invocation .* cannot be streamed"),
        ({"stream": True, "input_location": "s3://b/k"}, "stream: an asynchronous invocation"),
        ({"stream": True, "target_model": "m"}, "target_model: this option is only for a real-time invocation. Change"),
        ({"input_location": "s3://b/k", "target_variant": "v"}, r"real-time invocation or a streamed one \(stream\)"),
        (
            {"filename": "f"},
            r"filename: this option is only for an asynchronous one \(input_location, or asynchronous\)",
        ),
        (
            {"asynchronous": False, "input_location": "s3://b/k"},
            "input_location: this option is only for an asynchronous one",
        ),
        ({"input_location": "b/k"}, "input_location: must match the service's pattern .*, got 'b/k'"),
        (
            {"input_location": "s3://b/k", "request_ttl_seconds": 1},
            "request_ttl_seconds: must be between 60 and 21600, got 1",
        ),
        ({"endpoint_name": "-"}, "endpoint_name: must match the service's pattern"),
        ({"custom_attributes": "naïve"}, "custom_attributes: must be printable ASCII"),
        ({"accept": "a\r\nX: y"}, "accept: must be printable ASCII"),
        ({"expect": {"json": [{"path": "$.a", "equals": 1}]}}, r"expect.json\[0\].path: '\$.a' is not a JMESPath"),
        ({"input_location": "s3://b/k", "wait": False, "expect": {"status": 200}}, "expect: without wait"),
    ],
)
def test_wrong_input_is_refused_before_anything_is_asked(
    served: Logic, options: dict[str, Any], message: str, check_mode: bool
) -> None:
    with pytest.raises(InputError, match=message):
        ask(served, check_mode=check_mode, **options)
    assert asked(served) == []


def test_all_that_is_wrong_is_said_at_once(served: Logic) -> None:
    expect = {"json": [{"path": "a", "matches": "("}]}
    with pytest.raises(InputError) as caught:
        ask(served, filename="f", accept="é", expect=expect)
    assert all(option in caught.value.message for option in ("filename", "accept", "expect.json[0].matches"))


def test_an_unknown_endpoint(served: Logic) -> None:
    with pytest.raises(SageMakerError, match="Endpoint E of account .* not found.*names are case-sensitive"):
        ask(served, endpoint_name="E")
    assert len(asked(served)) == 1


# Waiting until the model is ready

NOT_READY = {
    "model": {"code": "ModelNotReadyException", "status": 429, "message": "Either the model is still loading."},
    "component": {"code": "ValidationError", "message": NO_CAPACITY},
    "overloaded": {"code": "ServiceUnavailable", "status": 503},
    "throttled": {"code": "ThrottlingException", "message": "Rate exceeded"},
}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("kind", NOT_READY)
def test_a_model_that_is_not_ready_is_waited_for(served: Logic, kind: str, stream: bool) -> None:
    served.aws.fault("InvokeEndpoint*", "error", times=30, **NOT_READY[kind])
    assert ask(served, stream=stream)["response"]["status"] == 200
    assert len(asked(served)) == 31


def test_but_not_for_ever(served: Logic) -> None:
    served.aws.fault("InvokeEndpoint", "error", times=100, **NOT_READY["component"])
    with pytest.raises(
        SageMakerError, match=r"not ready to answer after 60 s \(wait_timeout\): .*no capacity"
    ) as caught:
        ask(served, wait_timeout=60)
    assert caught.value.details["cause"] == "timeout"
    assert "raise wait_timeout" in caught.value.details["failure"]["remedy"]


def test_nor_without_wait(served: Logic) -> None:
    for kind in ("model", "component"):
        served.aws.fault("InvokeEndpoint", "error", **NOT_READY[kind])
        with pytest.raises(SageMakerError, match=NOT_READY[kind]["message"][:30]):
            ask(served, wait=False)
    # What every call survives, this one does too.
    served.aws.fault("InvokeEndpoint", "throttle", times=6)
    assert ask(served, wait=False)["response"]["status"] == 200


def test_a_component_wakes_from_zero(served: Logic, monkeypatch: pytest.MonkeyPatch) -> None:
    variant = {"VariantName": "v", "InstanceType": "ml.g5.2xlarge", "InitialInstanceCount": 1}
    served.sagemaker.create_endpoint_config(
        EndpointConfigName="ic", ProductionVariants=[variant], ExecutionRoleArn=ROLE
    )
    served.make_endpoint("f", "ic")
    needs = {"NumberOfCpuCoresRequired": 1, "MinMemoryRequiredInMb": 1024}
    served.sagemaker.create_inference_component(
        InferenceComponentName="chat",
        EndpointName="f",
        VariantName="v",
        Specification={"ModelName": "c1-model", "ComputeResourceRequirements": needs},
        RuntimeConfig={"CopyCount": 1},
    )
    served.aws.advance(60)
    served.sagemaker.update_inference_component_runtime_config(
        InferenceComponentName="chat", DesiredRuntimeConfig={"CopyCount": 0}
    )
    served.aws.advance(60)
    target = {"endpoint_name": "f", "inference_component_name": "chat"}
    with pytest.raises(SageMakerError, match="no capacity"):
        ask(served, wait_timeout=30, **target)
    served.aws.configure(scaling=120)
    slept = served._sleep
    woken = []

    def sleep(seconds: float) -> None:
        if not woken:  # The alarm on refused invocations goes off.
            woken.append(
                served.sagemaker.update_inference_component_runtime_config(
                    InferenceComponentName="chat", DesiredRuntimeConfig={"CopyCount": 1}
                )
            )
        slept(seconds)

    monkeypatch.setattr(served, "_sleep", sleep)
    answer = ask(served, **target)["response"]
    assert woken
    assert answer["json"]["inference_component"] == "chat"
    with pytest.raises(SageMakerError, match="Inference Component Name header is required"):
        ask(served, endpoint_name="f")


# What nobody can tell whether the model was asked, and what was surely not asked
UNANSWERED = ("error500", "reset", "lost")
REFUSED = ("throttle", "error503")


@pytest.mark.parametrize("kind", [*REFUSED, *UNANSWERED])
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("wait", [False, True])
def test_each_call_survives_six_faults(served: Logic, kind: str, stream: bool, wait: bool) -> None:
    served.aws.fault("InvokeEndpoint*", kind, times=6)
    options = {"stream": stream, "wait": wait, "retry_unanswered": kind in UNANSWERED}
    assert ask(served, **options)["response"]["status"] == 200
    assert len(asked(served)) == 7


@pytest.mark.parametrize("kind", UNANSWERED)
@pytest.mark.parametrize("stream", [False, True])
def test_what_may_have_been_carried_out_is_not_repeated_unasked(served: Logic, kind: str, stream: bool) -> None:
    served.aws.fault("InvokeEndpoint*", kind)
    with pytest.raises(SageMakerError, match="may have received the request.* Set retry_unanswered: true"):
        ask(served, stream=stream)
    assert len(asked(served)) == 1


def test_a_fault_that_stays_is_a_failure(served: Logic) -> None:
    served.aws.fault("InvokeEndpoint", "error500", times=100)
    with pytest.raises(SageMakerError, match=r"InvokeEndpoint failed \(InternalFailure\)"):
        ask(served, retry_unanswered=True)
    assert len(asked(served)) == 11
    served.aws.clear_faults()
    served.aws.fault("InvokeEndpoint", "denied")
    with pytest.raises(SageMakerError, match="AccessDeniedException"):
        ask(served)


def test_repetitions_end_with_the_time_to_wait(served: Logic) -> None:
    served.aws.fault("InvokeEndpoint", "lost", times=100)
    with pytest.raises(SageMakerError, match=r"The time limit expired: 10 s \(wait_timeout\)") as caught:
        ask(served, retry_unanswered=True, wait_timeout=10)
    assert caught.value.details["cause"] == "timeout"
    assert "raise wait_timeout" in caught.value.details["failure"]["remedy"]
    assert 5 < served._skipped < 10
    assert len(asked(served)) == 6


def test_a_model_that_says_nothing_is_given_up_in_time() -> None:
    """By the clock on the wall: nothing else ends a connection that stays silent."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        timeouts = []

        def make_client(service: str, read_timeout: float = 60) -> Any:
            timeouts.append(read_timeout)
            config = Config(retries={"total_max_attempts": 1}, read_timeout=read_timeout)
            keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
            return boto3.client(service, region_name="us-east-1", endpoint_url=url, config=config, **keys)

        begun = time.monotonic()
        with pytest.raises(SageMakerError, match="Read timeout on endpoint URL") as caught:
            invocation.invoke(AwsClients(make_client), wish(wait_timeout=3, retry_unanswered=True), False)
        # Besides the time to wait, a report of the failure takes one short look.
        assert time.monotonic() - begun < 3 + LOOK_TIMEOUT + 3
    assert caught.value.details["cause"] == "timeout"
    assert "raise wait_timeout" in caught.value.details["failure"]["remedy"]
    assert timeouts[:2] == [60, pytest.approx(3, abs=0.5)]


class Endless:
    """A stream that goes on and on, some seconds a part."""

    def __init__(self, sleep: Callable[[float], None]) -> None:
        self.sleep = sleep
        self.is_closed = False

    def __iter__(self) -> Any:
        while not self.is_closed:
            self.sleep(20)
            yield {"PayloadPart": {"Bytes": b"more "}}

    def close(self) -> None:
        self.is_closed = True


def test_a_stream_without_end_is_left(served: Logic) -> None:
    endless = Endless(served._sleep)
    assert answers.read_body({"Body": endless}, 12) == answers.Body(b"more more mo", None)
    assert endless.is_closed
    endless = Endless(served._sleep)
    until = served._skipped + 60
    with pytest.raises(answers.StreamTimedOut):
        answers.read_body({"Body": endless}, 1000, lambda: served._skipped >= until)
    assert endless.is_closed and served._skipped == until


# Answers that are longer than anybody wants to have in a result


@pytest.mark.parametrize("stream", [False, True])
def test_a_long_answer_is_cut(served: Logic, stream: bool) -> None:
    connection = served.connection()
    options = {"body": "x" * 5000, "stream": stream, "expect": {"status": 200}}
    response = invocation.invoke(connection, wish(max_body_bytes=100, **options), False).as_dict()["response"]
    whole = ask(served, **options)["response"]["body"]
    assert (response["body"], response["body_truncated"]) == (whole[:100], True)
    assert response["body_size"] == (None if stream else len(whole))
    assert "json" not in response
    (warning,) = connection.warnings
    size = "more" if stream else str(len(whole))
    assert f"only the first 100 of {size} bytes of the answer are returned (max_body_bytes)" in warning

    exactly = ask(served, max_body_bytes=len(whole), **options)["response"]
    assert exactly["body"] == whole and "body_truncated" not in exactly
    with pytest.raises(
        SageMakerError, match="expect.json: cannot be checked, because only the first 100 bytes"
    ) as caught:
        ask(served, max_body_bytes=100, **{**options, "expect": {"json": [{"path": "variant", "equals": "main"}]}})
    assert caught.value.details["response"]["body_truncated"] is True
    with pytest.raises(InputError, match="max_body_bytes: must be at least 1, got 0."):
        ask(served, max_body_bytes=0)


# Errors of the model


def model_error(logic: Logic, status: int = 400, text: str = '{"detail": "no such field"}', **members: Any) -> None:
    told = {"OriginalStatusCode": status, "OriginalMessage": text, **members}
    logic.aws.fault("InvokeEndpoint", "model_error", members=told)


@pytest.mark.parametrize("expect", [None, {"max_latency_ms": 1000000}, {"status": 200}])
def test_an_error_of_the_model_is_a_failure_and_not_repeated(served: Logic, expect: Any) -> None:
    model_error(served)
    with pytest.raises(SageMakerError, match="answered with the error 400") as caught:
        ask(served, expect=expect)
    assert len(asked(served)) == 1
    assert "no such field" in caught.value.message
    assert "/aws/sagemaker/Endpoints/e" in caught.value.message
    assert caught.value.details["response"]["status"] == 400
    assert caught.value.details["response"]["json"] == {"detail": "no such field"}
    wrong = ["status: expected 200, got 400"] if expect and "status" in expect else []
    assert caught.value.details["unmet"] == wrong


def test_an_error_of_the_model_can_be_expected(served: Logic) -> None:
    model_error(served)
    expect = {"status": 400, "json": [{"path": "detail", "matches": "field"}]}
    assert ask(served, expect=expect)["response"]["status"] == 400
    with pytest.raises(SageMakerError, match="status: expected 400, got 200"):
        ask(served, expect=expect)


def test_the_log_of_the_model_is_named(served: Logic) -> None:
    arn = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/sagemaker/Endpoints/e:log-stream:main/i-1"
    model_error(served, 500, "Internal Server Error", LogStreamArn=arn)
    with pytest.raises(SageMakerError, match="log-stream:main/i-1"):
        ask(served)


# Expectations


def test_met_expectations(served: Logic) -> None:
    expect = {
        "status": 200,
        "json": [
            {"path": "variant", "equals": "main"},
            {"path": "endpoint_config", "matches": "^c[0-9]$"},
            {"path": "length(models)", "approximately": 1.4, "tolerance": 0.5},
        ],
        "max_latency_ms": 60000,
    }
    assert ask(served, expect=expect)["response"]["json"]["variant"] == "main"
    assert ask(served, stream=True, expect=expect)["response"]["json"]["variant"] == "main"


def test_unmet_expectations_are_said_at_once_with_what_was_seen(served: Logic) -> None:
    expect = {
        "status": 201,
        "json": [
            {"path": "variant", "equals": "other"},
            {"path": "endpoint", "equals": "e"},
            {"path": "length(models)", "approximately": 3.0, "tolerance": 0.5},
        ],
        "max_latency_ms": 0,
    }
    with pytest.raises(SageMakerError) as caught:
        # By the real clock, by which an answer takes some time.
        invocation.invoke(AwsClients(served.client), wish(expect=expect), False)
    unmet = caught.value.details["unmet"]
    assert unmet[:3] == [
        "status: expected 201, got 200",
        'variant: expected "other", got "main"',
        "length(models): expected 3.0 (±0.5), got 1",
    ]
    assert unmet[3].startswith("latency: expected at most 0 ms, took ")
    assert all(text in caught.value.message for text in unmet)
    assert '"endpoint_config": "c1"' in caught.value.message
    assert caught.value.details["response"]["json"]["variant"] == "main"


# Asynchronous


@pytest.fixture
def asynchronous(logic: Logic) -> Callable[..., Logic]:
    def make(failure: bool = True, actions: list[str] | None = None) -> Logic:
        logic.aws.configure(async_delay=0)
        logic.aws.make_role("exec", actions)
        logic.make_config("base")
        output = {"S3OutputPath": "s3://results/out/", **({"S3FailurePath": "s3://results/failed/"} if failure else {})}
        variant = {
            "VariantName": "v",
            "ModelName": "base-model",
            "InstanceType": "ml.m5.large",
            "InitialInstanceCount": 1,
        }
        logic.sagemaker.create_endpoint_config(
            EndpointConfigName="async",
            ProductionVariants=[variant],
            AsyncInferenceConfig={"OutputConfig": output},
        )
        logic.make_endpoint("e", "async")
        logic.aws.put("s3://results/in/1.csv", b"3,4")
        logic.aws.clear_calls()
        return logic

    return make


def test_an_asynchronous_result_is_waited_for_and_judged(asynchronous: Callable[..., Logic]) -> None:
    logic = asynchronous()
    expect = {"status": 200, "json": [{"path": "input", "equals": "3,4"}]}
    result = ask(
        logic,
        input_location="s3://results/in/1.csv",
        content_type="text/csv",
        inference_id="one",
        request_ttl_seconds=3600,
        invocation_timeout_seconds=900,
        expect=expect,
    )
    response = result["response"]
    assert result["request"]["operation"] == "InvokeEndpointAsync"
    assert response["status"] == 200
    assert response["inference_id"] == "one"
    assert response["output_location"].startswith("s3://results/out/")
    assert response["failure_location"].startswith("s3://results/failed/")
    assert response["json"]["input"] == "3,4"
    assert response["content_type"]
    expect["json"][0]["equals"] = "5,6"
    with pytest.raises(SageMakerError, match='input: expected "5,6", got "3,4"'):
        ask(logic, input_location="s3://results/in/1.csv", expect=expect)


def test_an_asynchronous_body_is_sent_along(asynchronous: Callable[..., Logic]) -> None:
    logic = asynchronous()
    response = ask(logic, asynchronous=True, body={"a": 1}, filename="mine.json")["response"]
    assert response["json"]["input"] == '{"a": 1}'
    assert response["output_location"] == "s3://results/out/mine.json"


def test_without_waiting_only_the_place_is_known(asynchronous: Callable[..., Logic]) -> None:
    logic = asynchronous()
    response = ask(logic, input_location="s3://results/in/1.csv", wait=False)["response"]
    assert response["status"] == 202
    assert "body" not in response
    assert response["output_location"].startswith("s3://results/out/")
    assert [call for call in logic.aws.calls() if call["service"] == "s3"] == []


def test_an_asynchronous_failure_is_a_failure(asynchronous: Callable[..., Logic]) -> None:
    logic = asynchronous()
    with pytest.raises(SageMakerError, match="asynchronous invocation failed: .*Could not read the input") as caught:
        ask(logic, input_location="s3://results/in/none", expect={"status": 202})
    response = caught.value.details["response"]
    assert response["failure_location"] in caught.value.message
    assert response["json"]["error"].startswith("Could not read")


@pytest.mark.parametrize("failure", [True, False])
def test_a_result_that_does_not_come(asynchronous: Callable[..., Logic], failure: bool) -> None:
    logic = asynchronous(failure, ["ecr:*", "s3:GetObject"])
    with pytest.raises(SageMakerError, match="the asynchronous invocation has no result after 60 s") as caught:
        ask(logic, input_location="s3://results/in/1.csv", wait_timeout=60)
    assert ("no s3_failure_path" in caught.value.message) is not failure
    assert caught.value.details["response"]["output_location"] in caught.value.message
    assert caught.value.details["cause"] == "timeout"
    assert "raise wait_timeout" in caught.value.details["failure"]["remedy"]


@pytest.mark.parametrize("operation", ["InvokeEndpointAsync", "GetObject"])
@pytest.mark.parametrize("kind", [*REFUSED, *UNANSWERED])
def test_an_asynchronous_invocation_survives_six_faults(
    asynchronous: Callable[..., Logic], operation: str, kind: str
) -> None:
    logic = asynchronous()
    logic.aws.fault(operation, kind, times=6)
    retry = kind in UNANSWERED and operation == "InvokeEndpointAsync"
    options = {"input_location": "s3://results/in/1.csv", "retry_unanswered": retry}
    assert ask(logic, **options)["response"]["json"]["input"] == "3,4"


def test_an_asynchronous_invocation_is_not_repeated_unasked(asynchronous: Callable[..., Logic]) -> None:
    logic = asynchronous()
    logic.aws.fault("InvokeEndpointAsync", "lost")
    with pytest.raises(SageMakerError, match="Set retry_unanswered: true"):
        ask(logic, input_location="s3://results/in/1.csv")
    assert len(asked(logic)) == 1


def test_faults_of_s3_do_not_end_the_wait_before_its_time(asynchronous: Callable[..., Logic]) -> None:
    logic = asynchronous()
    logic.aws.fault("GetObject", "reset", times=1000)
    with pytest.raises(
        SageMakerError, match="has no result after 100 s .* The last attempt failed: GetObject"
    ) as caught:
        ask(logic, input_location="s3://results/in/1.csv", wait_timeout=100)
    assert caught.value.details["cause"] == "timeout"
    assert "raise wait_timeout" in caught.value.details["failure"]["remedy"]
    assert logic._skipped == 100


def test_a_long_asynchronous_result_is_cut(asynchronous: Callable[..., Logic]) -> None:
    logic = asynchronous()
    logic.aws.put("s3://results/in/1.csv", b"x" * (invocation_options.MAX_BODY_BYTES + 1))
    connection = logic.connection()
    options = {"input_location": "s3://results/in/1.csv", "expect": {"status": 200}}
    response = invocation.invoke(connection, wish(**options), False).as_dict()["response"]
    assert len(response["body"]) == 6291456
    assert response["body_truncated"] and response["body_size"] > 6291456
    (warning,) = connection.warnings
    assert f"only the first 6291456 of {response['body_size']} bytes" in warning
    assert warning.endswith(f"The whole answer is in {response['output_location']}.")
    with pytest.raises(SageMakerError, match="expect.json: cannot be checked"):
        ask(logic, **{**options, "expect": {"json": [{"path": "@", "matches": "x"}]}})


def test_a_caller_who_may_not_read_the_result_is_told_what_it_takes(asynchronous: Callable[..., Logic]) -> None:
    logic = asynchronous()
    logic.aws.fault("GetObject", "error", code="AccessDenied", status=403, message="Access Denied")
    with pytest.raises(SageMakerError, match="s3:GetObject on it, s3:ListBucket on the bucket") as caught:
        ask(logic, input_location="s3://results/in/1.csv")
    assert caught.value.details["response"]["output_location"] in caught.value.message


def test_the_wrong_kind_of_invocation(asynchronous: Callable[..., Logic]) -> None:
    logic = asynchronous()
    with pytest.raises(SageMakerError, match="InvokeEndpointAsync"):
        ask(logic)
    logic.make_endpoint("f", "base")
    with pytest.raises(SageMakerError, match="is not an asynchronous endpoint"):
        ask(logic, endpoint_name="f", input_location="s3://results/in/1.csv")


# Through Ansible

TASKS = """
- name: ask
  mlops.sagemaker.sagemaker_endpoint_invoke:
    endpoint_name: e
    body:
      instances: [[1, 2]]
      token: a-secret-token
    expect:
      status: 200
      json:
        - path: variant
          equals: "{{ variant }}"
        - path: length(models)
          approximately: "1.2"
          tolerance: 0.5
      max_latency_ms: 60000
"""

KINDS = """
- name: text
  mlops.sagemaker.sagemaker_endpoint_invoke:
    name: e
    body: '{"a": 1}'
    content_type: application/json

- name: number
  mlops.sagemaker.sagemaker_endpoint_invoke:
    name: e
    body: "{{ 3 }}"
    stream: true

- name: template
  mlops.sagemaker.sagemaker_endpoint_invoke:
    name: e
    body: "{{ {'a': [1, true]} }}"
"""


@pytest.mark.core_ends
def test_in_a_play(served: Logic, play: Player) -> None:
    checked = play(tasks=TASKS, variables={"variant": "main"}, check=True, diff=True)
    assert checked.ok and checked.changed == 0, checked
    assert checked.result("ask")["response"] == {}
    assert "not invoked" in checked.result("ask")["msg"]
    assert asked(served) == []

    run = play(tasks=TASKS, variables={"variant": "main"}, diff=True)
    assert run.ok and run.changed == 0, run
    assert run.result("ask")["msg"] == "Endpoint e was invoked."
    assert run.result("ask")["request"] == checked.result("ask")["request"]
    sent = json.loads(run.result("ask")["response"]["json"]["input"])
    assert sent == {"instances": [[1, 2]], "token": "a-secret-token"}

    failed = play(tasks=TASKS, variables={"variant": "other"})
    assert not failed.ok
    assert 'variant: expected "other", got "main"' in failed.failure
    assert failed.result("ask")["unmet"] == ['variant: expected "other", got "main"']
    assert failed.result("ask")["response"]["status"] == 200


@pytest.mark.core_ends
def test_bodies_in_a_play(served: Logic, play: Player) -> None:
    run = play(tasks=KINDS)
    assert run.ok, run
    assert json.loads(run.result("text")["response"]["json"]["input"]) == {"a": 1}
    assert run.result("number")["response"]["json"]["input"] == "3"
    assert run.result("template")["request"]["content_type"] == "application/json"
    assert json.loads(run.result("template")["response"]["json"]["input"]) == {"a": [1, True]}


@pytest.mark.parametrize("environment", [{}, {"ANSIBLE_KEEP_REMOTE_FILES": "1"}], ids=["here", "apart"])
def test_wrong_options_in_a_play(served: Logic, play: Player, environment: dict[str, str]) -> None:
    run = play(
        tasks="""
        - name: all that is wrong is told at once
          mlops.sagemaker.sagemaker_endpoint_invoke:
            name: e
            bdy: x
            max_body_bytes: many
            expect:
              sttus: 200
              json:
                - {path: a, equals: 1, matches: b}
        """,
        environment=environment,
    )
    assert not run.ok
    problems = (run.failure or "").splitlines()
    assert problems[:2] == [
        "bdy: is not an option. Did you mean body?",
        "expect.sttus: is not an option. Did you mean status?",
    ]
    rest = "\n".join(problems[2:])
    assert "one of the following is required: body, src, input_location" in rest
    assert "mutually exclusive: equals|matches|approximately" in rest
    assert "max_body_bytes" in rest
    assert asked(served) == []
