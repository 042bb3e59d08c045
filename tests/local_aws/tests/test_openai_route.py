# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenAI's own client talks to the route, with right tokens and wrong ones. behaviour 7.10 to 7.14"""

from __future__ import annotations

import base64
import datetime
import http.client
import json
from typing import Any
from unittest import mock

import openai
import pytest
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local_aws.process import LocalAws
from local_aws.tests.kit import IMAGE
from local_aws.tests.kit import Kit

VLLM = IMAGE.partition("/")[0] + "/vllm:server-sagemaker-cuda-v2.3"
SERVED = {"SM_VLLM_MODEL": "Qwen/Qwen3-8B"}
ASKED: dict[str, Any] = {"model": "", "messages": [{"role": "user", "content": "Say hello."}]}


def token(
    region: str = "us-east-1",
    key: str = "testing",
    secret: str = "testing",
    seconds: int = 300,
    host: str = "sagemaker.amazonaws.com",
    service: str = "sagemaker",
    action: str = "CallWithBearerToken",
    session: str | None = None,
) -> str:
    """A token as AWS's SDK makes it, or not quite."""
    request = AWSRequest("POST", f"https://{host}/", {"host": host}, params={"Action": action})
    SigV4QueryAuth(Credentials(key, secret, session), service, region, expires=seconds).add_auth(request)
    signed = request.url.removeprefix("https://") + "&Version=1"
    return "sagemaker-api-key-" + base64.b64encode(signed.encode()).decode()


def client(aws: LocalAws, api_key: str | None = None, path: str = "e", **more: Any) -> openai.OpenAI:
    return openai.OpenAI(
        base_url=f"{aws.url}/endpoints/{path}/openai/v1", api_key=api_key or token(), max_retries=0, **more
    )


@pytest.fixture
def chat(kit: Kit) -> Kit:
    kit.model(PrimaryContainer={"Image": VLLM, "Environment": SERVED})
    kit.config()
    kit.endpoint()
    return kit


def test_a_completion(aws: LocalAws, chat: Kit) -> None:
    aws.clear_calls()
    completion = client(aws).chat.completions.create(**ASKED)
    (choice,) = completion.choices
    assert (choice.message.role, choice.message.content) == ("assistant", "c heard: Say hello.")
    assert (choice.finish_reason, completion.model, completion.object) == ("stop", "Qwen/Qwen3-8B", "chat.completion")
    assert completion.usage and completion.usage.completion_tokens == 4
    cut = client(aws).chat.completions.create(**{**ASKED, "model": "Qwen/Qwen3-8B"}, max_tokens=2)
    assert (cut.choices[0].message.content, cut.choices[0].finish_reason) == ("c heard: ", "length")
    first, _second = aws.calls()
    assert (first["service"], first["operation"], first["status"]) == ("sagemaker-runtime", "InvokeEndpoint", 200)
    assert first["request"]["EndpointName"] == "e"
    # Nothing of the token is logged.
    assert "sagemaker-api-key-" not in json.dumps(aws.calls())


def test_a_stream_comes_in_parts(aws: LocalAws, chat: Kit) -> None:
    stream = client(aws).chat.completions.create(**ASKED, stream=True, stream_options={"include_usage": True})
    chunks = list(stream)
    words = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices]
    assert words == ["", "c ", "heard: ", "Say ", "hello.", None]
    assert chunks[-1].usage and chunks[-1].usage.total_tokens == 6
    # Each of them leaves by itself.
    connection = http.client.HTTPConnection(aws.url.removeprefix("http://"))
    headers = {"Authorization": f"Bearer {token()}", "Content-Type": "application/json"}
    connection.request(
        "POST", "/endpoints/e/openai/v1/chat/completions", json.dumps({**ASKED, "stream": True}), headers
    )
    answer = connection.getresponse()
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert (answer.headers["Transfer-Encoding"], answer.headers["Content-Length"]) == ("chunked", None)
    assert answer.read().endswith(b"data: [DONE]\n\n")
    connection.close()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"secret": "guessed"}, "The request signature we calculated does not match"),
        ({"key": "AKIAUNKNOWN"}, "The security token included in the request is invalid."),
        ({"seconds": 43201}, "longer than 12 hours"),
        ({"region": "eu-west-1"}, "Credential should be scoped to a valid region, not eu-west-1."),
        ({"service": "bedrock"}, "holds no presigned request"),
        ({"host": "bedrock.amazonaws.com"}, "holds no presigned request"),
        ({"action": "GetCallerIdentity"}, "holds no presigned request"),
    ],
)
def test_a_wrong_token(aws: LocalAws, chat: Kit, wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(openai.PermissionDeniedError, match=said):
        client(aws, token(**wrong)).chat.completions.create(**ASKED)


def test_a_token_expires(aws: LocalAws, chat: Kit) -> None:
    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    for ago, works in ((290, True), (310, False), (-600, False)):
        with mock.patch("botocore.auth.get_current_datetime", return_value=now - datetime.timedelta(seconds=ago)):
            made = token(seconds=300)
        if works:
            assert client(aws, made).chat.completions.create(**ASKED)
            continue
        with pytest.raises(openai.PermissionDeniedError, match="is expired"):
            client(aws, made).chat.completions.create(**ASKED)


def test_the_signature_covers_how_long_the_token_is_valid(aws: LocalAws, chat: Kit) -> None:
    signed = base64.b64decode(token(seconds=300).removeprefix("sagemaker-api-key-")).decode()
    stretched = base64.b64encode(signed.replace("X-Amz-Expires=300", "X-Amz-Expires=3000").encode()).decode()
    with pytest.raises(openai.PermissionDeniedError, match="does not match"):
        client(aws, f"sagemaker-api-key-{stretched}").chat.completions.create(**ASKED)


@pytest.mark.parametrize("api_key", ["sk-123", "sagemaker-api-key-%", "sagemaker-api-key-e30="])
def test_no_token_at_all(aws: LocalAws, chat: Kit, api_key: str) -> None:
    with pytest.raises(openai.PermissionDeniedError):
        client(aws, api_key).chat.completions.create(**ASKED)


def test_keys_of_users_and_of_assumed_roles_sign_too(aws: LocalAws, chat: Kit) -> None:
    iam, sts = aws.client("iam"), aws.client("sts")
    iam.create_user(UserName="caller")
    made = iam.create_access_key(UserName="caller")["AccessKey"]
    assert client(aws, token(key=made["AccessKeyId"], secret=made["SecretAccessKey"])).chat.completions.create(**ASKED)
    role = sts.assume_role(RoleArn="arn:aws:iam::123456789012:role/caller", RoleSessionName="session")["Credentials"]
    keys = {"key": role["AccessKeyId"], "secret": role["SecretAccessKey"], "session": role["SessionToken"]}
    assert client(aws, token(**keys)).chat.completions.create(**ASKED)


def test_what_the_service_refuses(aws: LocalAws, chat: Kit) -> None:
    with pytest.raises(openai.BadRequestError, match="Endpoint E of account 123456789012 not found.") as error:
        client(aws, path="E").chat.completions.create(**ASKED)
    assert (error.value.code, error.value.type) == ("validation_error", "invalid_request_error")
    named = {"X-Amzn-SageMaker-Inference-Component": "x"}
    with pytest.raises(openai.BadRequestError, match="Inference Component Name header is not allowed"):
        client(aws, default_headers=named).chat.completions.create(**ASKED)
    with pytest.raises(openai.BadRequestError, match="Inference Component Name header is not allowed"):
        client(aws, path="e/inference-components/x").chat.completions.create(**ASKED)
    with pytest.raises(openai.NotFoundError):
        client(aws).models.list()


def test_what_the_container_refuses(aws: LocalAws, chat: Kit) -> None:
    with pytest.raises(openai.NotFoundError, match="The model `gpt` does not exist") as error:
        client(aws).chat.completions.create(**{**ASKED, "model": "gpt"})
    assert (error.value.code, error.value.type) == ("model_error", "server_error")
    with pytest.raises(openai.BadRequestError, match=r"Received client error \(400\) from primary with message"):
        client(aws).chat.completions.create(model="", messages=[])
    chat.model("plain")
    chat.config("plain", [chat.variant(ModelName="plain")])
    chat.endpoint("plain", "plain")
    with pytest.raises(openai.NotFoundError, match="Not Found"):
        client(aws, path="plain").chat.completions.create(**ASKED)


def test_faults_have_the_form_of_the_route(aws: LocalAws, chat: Kit) -> None:
    aws.fault("InvokeEndpoint", kind="throttle")
    with pytest.raises(openai.BadRequestError, match="Rate exceeded"):
        client(aws).chat.completions.create(**ASKED)
