# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The OpenAI-compatible route: the lookup of its token, OpenAI's own client, the module that invokes, and the smoke test."""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Any

import openai
import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import InputError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import SageMakerError
from integration.deploys import PLAIN
from integration.deploys import Deploys
from integration.harness import CHECKOUT
from integration.harness import Player
from integration.harness import Run
from integration.logic import ROLE
from integration.logic import Logic
from integration.test_invoke import ask
from integration.test_invoke import asked
from local_aws.process import LocalAws

VLLM = "763104351884.dkr.ecr.us-east-1.amazonaws.com/vllm:server-sagemaker-cuda-v2.3"
BODY: dict[str, Any] = {"model": "", "messages": [{"role": "user", "content": "Say hello."}]}
HEARD = {"path": "choices[0].message.content", "equals": "c heard: Say hello."}
PATH = "chat/completions"

# What ./evaluate of the examples stands for: OpenAI's own client.
EVALUATE = f"""#!{sys.executable}
import sys
sys.path[:] = {sys.path!r}
import openai
client = openai.OpenAI(base_url=sys.argv[1], api_key=sys.stdin.read().strip())
parts = client.chat.completions.create(model="", messages=[dict(role="user", content="Hi")], stream=True)
print("".join(part.choices[0].delta.content or "" for part in parts))
"""


@pytest.fixture
def served(aws: LocalAws) -> Logic:
    """An endpoint e whose configuration c runs vLLM."""
    logic = Logic(aws)
    aws.make_role("exec")
    environment = {"SM_VLLM_MODEL": "Qwen/Qwen3-8B"}
    container = {"Image": VLLM, "Environment": environment}
    logic.sagemaker.create_model(ModelName="m", ExecutionRoleArn=ROLE, PrimaryContainer=container)
    variant = {"VariantName": "v", "ModelName": "m", "InstanceType": "ml.g5.xlarge", "InitialInstanceCount": 1}
    logic.sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant])
    logic.make_endpoint("e", "c")
    aws.clear_calls()
    return logic


# The module


@pytest.mark.parametrize("path", [PATH, f"/{PATH}"])
def test_an_answer_whole_and_streamed_is_the_same(served: Logic, path: str) -> None:
    expect = {"status": 200, "json": [HEARD]}
    whole = ask(served, body=BODY, openai_path=path, expect=expect)
    streamed = ask(
        served, body={**BODY, "stream_options": {"include_usage": True}}, openai_path=path, stream=True, expect=expect
    )
    assert whole["request"] == {
        "operation": "InvokeEndpoint",
        "endpoint_name": "e",
        "content_type": "application/json",
        "openai_path": PATH,
        "body_size": len(json.dumps(BODY)),
    }
    documents = []
    for result in (whole, streamed):
        document = result["response"]["json"]
        documents.append({key: value for key, value in document.items() if key not in ("id", "created")})
        documents[-1]["choices"][0]["message"].pop("tool_calls", None)
    assert documents[0] == documents[1]
    assert streamed["response"]["content_type"].startswith("text/event-stream")
    assert streamed["response"]["body"].endswith("data: [DONE]\n\n")
    assert [call["operation"] for call in asked(served)] == ["InvokeEndpoint", "InvokeEndpoint"]
    # Other invocations with the same client are signed again.
    assert ask(served, body="1,2")["response"]["json"]["input"] == "1,2"


def test_a_stream_that_is_longer_than_what_is_read(served: Logic) -> None:
    response = ask(served, body=BODY, openai_path=PATH, stream=True, max_body_bytes=300)["response"]
    assert (response["body_truncated"], response["body_size"], "json" in response) == (True, None, False)


def test_a_component_is_named_in_the_path_and_is_waited_for(aws: LocalAws, served: Logic) -> None:
    variant = {"VariantName": "v", "InstanceType": "ml.g5.xlarge", "InitialInstanceCount": 1}
    served.sagemaker.create_endpoint_config(
        EndpointConfigName="gpu", ProductionVariants=[variant], ExecutionRoleArn=ROLE
    )
    served.make_endpoint("gpu", "gpu")
    served.sagemaker.create_inference_component(
        InferenceComponentName="chat",
        EndpointName="gpu",
        VariantName="v",
        Specification={"ModelName": "m", "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 1024}},
        RuntimeConfig={"CopyCount": 1},
    )
    aws.advance(60)
    given = {"endpoint_name": "gpu", "inference_component_name": "chat", "body": BODY, "openai_path": PATH}
    answer = ask(served, **given)
    assert answer["response"]["json"]["choices"][0]["message"]["content"] == "gpu heard: Say hello."
    assert answer["request"]["inference_component_name"] == "chat"
    served.sagemaker.update_inference_component_runtime_config(
        InferenceComponentName="chat", DesiredRuntimeConfig={"CopyCount": 0}
    )
    aws.advance(60)
    with pytest.raises(SageMakerError, match="still not ready to answer after 5 s .* has no capacity"):
        ask(served, **given, wait_timeout=5)


def test_errors(served: Logic) -> None:
    with pytest.raises(SageMakerError, match="answered with the error 404.*The model `gpt` does not exist") as failure:
        ask(served, body={**BODY, "model": "gpt"}, openai_path=PATH)
    assert failure.value.details["response"]["json"]["error"]["param"] == "model"
    wrong = {"body": {**BODY, "messages": []}, "openai_path": PATH}
    expect = {"status": 400, "json": [{"path": "error.type", "equals": "BadRequestError"}]}
    assert ask(served, **wrong, expect=expect)["response"]["status"] == 400
    with pytest.raises(
        SageMakerError, match="Endpoint E of account 123456789012 not found. An endpoint that is still being created"
    ):
        ask(served, endpoint_name="E", body=BODY, openai_path=PATH)
    with pytest.raises(SageMakerError, match="There is no POST .*/openai/v1/responses"):
        ask(served, body=BODY, openai_path="responses")


def test_faults_are_repeated(served: Logic) -> None:
    served.aws.fault("InvokeEndpoint", kind="throttle", times=2)
    assert ask(served, body=BODY, openai_path=PATH, expect={"json": [HEARD]})["response"]["status"] == 200
    assert len(asked(served)) == 3


def test_a_denied_caller_is_told_what_it_needs(served: Logic) -> None:
    served.aws.fault("InvokeEndpoint", kind="denied")
    with pytest.raises(
        SageMakerError, match="needs sagemaker:CallWithBearerToken, and sagemaker:InvokeEndpoint"
    ) as error:
        ask(served, body=BODY, openai_path=PATH)
    assert "sagemaker-api-key" not in str(error.value)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"openai_path": "../invocations"}, "openai_path: must be a path below /openai/v1, such as chat/completions"),
        ({"openai_path": ""}, "openai_path: must be a path"),
        ({"body": "1,2"}, "body: must be a JSON object with openai_path"),
        ({"body": [1]}, "body: must be a JSON object"),
        ({"body": {**BODY, "stream": False}, "stream": True}, "body: has stream: false"),
        ({"target_variant": "v"}, "target_variant: this option is only for a real-time invocation or a streamed one"),
        ({"accept": "text/plain"}, "accept: this option is only for a real-time invocation or a streamed one"),
        ({"asynchronous": True}, "asynchronous: the OpenAI-compatible route answers at once"),
        ({"body": None, "input_location": "s3://b/k"}, "input_location: this option is only for an asynchronous one"),
    ],
)
def test_options_that_do_not_fit(served: Logic, options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as error:
        ask(served, **{"body": BODY, "openai_path": PATH, **options})
    assert said in str(error.value)
    assert asked(served) == []


def test_check_mode_asks_nothing(served: Logic) -> None:
    result = ask(served, check_mode=True, body=BODY, openai_path=PATH, stream=True)
    assert (result["response"], result["request"]["openai_path"], asked(served)) == ({}, PATH, [])


# The lookup


def claims(token: str) -> str:
    return base64.b64decode(token.removeprefix("sagemaker-api-key-")).decode()


def looked_up(play: Player, options: str, **more: Any) -> Run:
    tasks = f"""
    - ansible.builtin.debug:
        msg: "{{{{ query('mlops.sagemaker.endpoint_token', {options}) }}}}"
    """
    return play(tasks=tasks, **more)


@pytest.mark.core
def test_the_lookup_makes_tokens_without_a_call(play: Player, aws: LocalAws) -> None:
    options = "'chat', 'other', expires_in=900, region='eu-west-1', access_key='AKIAEXAMPLE', secret_key='s', session_token='t'"
    run = looked_up(play, options, variables={"aws_region": "us-east-2"})
    assert run.ok, run
    first, second = run.results[-1]["result"]["msg"]
    assert first == second
    assert "X-Amz-Credential=AKIAEXAMPLE%2F" in claims(first) and "%2Feu-west-1%2Fsagemaker%2F" in claims(first)
    assert "X-Amz-Expires=900" in claims(first) and "X-Amz-Security-Token=t" in claims(first)
    assert aws.calls() == []
    # As the playbooks are told, and with a variable that is written with another one.
    run = looked_up(play, "", variables={"aws_region": "{{ place }}-1", "place": "us-gov-west"})
    assert run.ok, run
    (token,) = run.results[-1]["result"]["msg"]
    assert "%2Fus-gov-west-1%2F" in claims(token) and "X-Amz-Expires=3600" in claims(token)


def test_the_lookup_reads_a_profile(play: Player, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(
        "[profile work]\nregion = eu-central-1\naws_access_key_id = AKIAWORK\naws_secret_access_key = s\n"
        "[profile bare]\naws_access_key_id = AKIABARE\naws_secret_access_key = s\n"
    )
    unset = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_DEFAULT_REGION"))
    environment = {**unset, "AWS_CONFIG_FILE": str(config)}
    run = looked_up(play, "profile='work'", environment=environment)
    assert run.ok, run
    assert "AKIAWORK" in claims(run.results[-1]["result"]["msg"][0])
    assert "%2Feu-central-1%2F" in claims(run.results[-1]["result"]["msg"][0])
    run = looked_up(play, "", environment={**environment, "AWS_PROFILE": "bare"})
    assert "endpoint_token: region: is not set" in (run.failure or ""), run
    run = looked_up(play, "region='eu-west-1a'", environment=environment)
    assert "endpoint_token: region: 'eu-west-1a' cannot be the name of a region. Did you mean eu-west-1?" in run.output
    run = looked_up(play, "region='eu-west-1'", environment={**environment, "AWS_SHARED_CREDENTIALS_FILE": "/none"})
    assert "endpoint_token: there are no AWS credentials" in (run.failure or ""), run


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("expires_in=0", "endpoint_token: expires_in: must be 1 to 43200 seconds, got 0."),
        ("expires_in=43201", "endpoint_token: expires_in: must be 1 to 43200 seconds, got 43201."),
        ("expiry=60", "endpoint_token: expiry: is not an option. The nearest: expires_in"),
        ("'no such name'", "is no name of an endpoint"),
        ("profile='p', access_key='a', secret_key='b'", "endpoint_token: profile: excludes access_key"),
        ("profile='no-such'", "endpoint_token: The config profile (no-such) could not be found"),
    ],
)
def test_what_the_lookup_refuses(play: Player, options: str, said: str) -> None:
    run = looked_up(play, options)
    assert said in (run.failure or ""), run
    assert "Traceback" not in run.output


@pytest.mark.core_ends
def test_the_examples_of_the_lookup(play: Player, served: Logic) -> None:
    text = (CHECKOUT / "plugins" / "lookup" / "endpoint_token.py").read_text()
    examples = text.split('EXAMPLES = r"""')[1].split('"""')[0]
    program = play.directory / "evaluate"
    program.write_text(EVALUATE)
    program.chmod(0o755)
    # Here all regions have one address; the endpoint is in the other one.
    tasks = examples.replace("eu-west-1", "us-east-1").replace("./evaluate", str(program))
    outputs = {"openai_base_url": f"{served.aws.url}/endpoints/e/openai/v1"}
    run = play(tasks=tasks, variables={"sagemaker_endpoint_outputs": outputs}, verbosity=3)
    assert run.ok, run
    assert [call["status"] for call in asked(served)] == [200, 200]
    assert "sagemaker-api-key-" not in run.output + json.dumps(run.results)


def test_openais_client_takes_the_token_of_the_lookup(play: Player, served: Logic) -> None:
    run = looked_up(play, "expires_in=60")
    client = openai.OpenAI(
        base_url=f"{served.aws.url}/endpoints/e/openai/v1", api_key=run.results[-1]["result"]["msg"][0]
    )
    completion = client.chat.completions.create(**BODY)
    assert completion.choices[0].message.content == "c heard: Say hello."


# The role


def test_a_smoke_test_by_the_route(aws: LocalAws, play: Player) -> None:
    aws.configure(creating=0, updating=0, deleting=0)
    deploys = Deploys(aws, play, {**PLAIN, "sg_role_arn": aws.make_role("serving")})
    chat = {"containers": [{"image_uri": VLLM, "environment": {"SM_VLLM_MODEL": "Qwen/Qwen3-8B"}}]}
    matches = {"path": HEARD["path"], "matches": "^churn-config-[0-9a-f]{8} heard: Say hello.$"}
    test = {"openai_path": PATH, "stream": True, "body": BODY, "expect": {"json": [matches]}}
    done = deploys.carries_out(**chat, smoke_test=test)
    (invoked,) = [call for call in aws.calls() if call["service"] == "sagemaker-runtime"]
    assert invoked["request"]["path"] == "/endpoints/churn/openai/v1/chat/completions"
    assert done["openai_base_url"] == "https://runtime.sagemaker.us-east-1.amazonaws.com/endpoints/churn/openai/v1"
    actions = [action for one in done["operator_policy"]["Statement"] for action in one["Action"]]
    assert {"sagemaker:InvokeEndpoint", "sagemaker:CallWithBearerToken"} <= set(actions)
    serverless = {"variant_name": "main", "serverless_config": {"memory_size_in_mb": 2048, "max_concurrency": 1}}
    said = deploys.is_refused(check=True, **chat, production_variant=serverless, smoke_test=test)
    assert (
        "sagemaker_endpoint_smoke_test.openai_path: SageMaker offers the OpenAI-compatible route for real-time" in said
    )
