# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The addresses of endpoints: of every example, in every partition, and which images answer OpenAI's Chat Completions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import botocore.session
import pytest

import example_files
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy import addresses
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.inputs.resolution import resolve
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rules import images

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
KINDS = sorted(path.parent.name for path in EXAMPLES.glob("*/vars.yml"))
URL = "https://runtime.sagemaker.us-east-1.amazonaws.com/endpoints"
ECR = "763104351884.dkr.ecr.us-east-1.amazonaws.com"
VLLM = {"image": f"{ECR}/vllm:server-sagemaker-cuda-v2.3"}
# The examples with an address for OpenAI's clients, and its path. The asynchronous one runs vLLM, too.
ANSWERING = {
    "inference-components": "/inference-components/shared-gpu-chat",
    "instance-pools": "",
}


def of(variables: dict[str, Any]) -> dict[str, Any]:
    inputs = resolve({"name_prefix": "p", "sg_role_arn": "arn:aws:iam::123456789012:role/exec", **variables})
    assert not inputs["problems"], inputs["problems"]
    return addresses.of_inputs(addresses.url("us-east-1", inputs["name"]), inputs)


def of_containers(*containers: dict[str, Any], **more: Any) -> str | None:
    variant = {"variant_name": "v", "instance_type": "ml.g5.xlarge"}
    return of({"name": "chat", "containers": list(containers), "production_variant": variant, **more})[
        "openai_base_url"
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_an_example(kind: str) -> None:
    told = example_files.read(EXAMPLES / kind / "vars.yml")
    given = {name.removeprefix("sagemaker_endpoint_"): value for name, value in told.items()}
    found = of(given)
    endpoint = f"{URL}/{given['name']}"
    path = "async-invocations" if kind == "asynchronous" else "invocations"
    assert found["invocations_url"] == f"{endpoint}/{path}"
    expected = f"{endpoint}{ANSWERING[kind]}/openai/v1" if kind in ANSWERING else None
    assert found["openai_base_url"] == expected
    names = [one["name"] for one in given.get("inference_components", [])]
    assert sorted(one["name"] for one in found["component_addresses"]) == sorted(names)


@pytest.mark.parametrize(
    "image",
    [
        f"{ECR}/vllm:0.20.2-gpu-py312-cu130-ubuntu22.04-sagemaker",
        f"{ECR}/sglang:0.5.9-gpu-py312",
        f"{ECR}/huggingface-vllm:0.11",
        "111122223333.dkr.ecr.us-east-1.amazonaws.com/team/my-vllm@sha256:0123456789abcdef",
        "registry.example.com:5000/lmsysorg/sglang:v0.5.4",
    ],
)
def test_an_image_that_answers(image: str) -> None:
    assert images.speaks_openai({"image": image})


@pytest.mark.parametrize(
    "container",
    [
        # AWS lists none of these, and what they stream is another format.
        {"image": f"{ECR}/djl-inference:0.36.0-lmi28.0.0-cu130"},
        {"image": f"{ECR}/huggingface-pytorch-tgi-inference:2.7.0-tgi3.3.6-gpu"},
        {"image": f"{ECR}/sagemaker-xgboost:3.2-0"},
        # The tag and the registry tell nothing.
        {"image": f"{ECR}/scoring:vllm"},
        {"image": "vllm.example.com/scoring:1"},
        {"model_package_name": "arn:aws:sagemaker:us-east-1:111122223333:model-package/vllm/1"},
        {**VLLM, "mode": "MultiModel"},
    ],
)
def test_a_container_that_does_not_show_that_it_answers(container: dict[str, Any]) -> None:
    assert not images.speaks_openai(container)


@pytest.mark.parametrize("key", ["SM_VLLM_MODEL", "SM_SGLANG_MODEL_PATH"])
def test_the_settings_of_a_server_in_the_environment(key: str) -> None:
    copy = {"image": "111122223333.dkr.ecr.us-east-1.amazonaws.com/chat:1", "environment": {key: "qwen"}}
    assert images.speaks_openai(copy)
    assert not images.speaks_openai({**copy, "environment": {"MODEL": "SM_VLLM_"}})


def test_which_endpoints_have_the_route() -> None:
    assert of_containers(VLLM) == f"{URL}/chat/openai/v1"
    hosts = [{**VLLM, "container_hostname": name} for name in ("one", "two")]
    assert of_containers(*hosts) is None
    output = {"output_config": {"s3_output_path": "s3://example-bucket/out/"}}
    assert of_containers(VLLM, async_inference_config=output) is None
    serverless = {"variant_name": "v", "serverless_config": {"memory_size_in_mb": 2048, "max_concurrency": 2}}
    assert of({"name": "c", "containers": [VLLM], "production_variant": serverless})["openai_base_url"] is None


def test_all_variants_have_to_answer() -> None:
    def variants(*containers: dict[str, Any]) -> dict[str, Any]:
        listed = [
            {"variant_name": f"v{index}", "instance_type": "ml.g5.xlarge", "containers": [container]}
            for index, container in enumerate(containers)
        ]
        return {"name": "chat", "production_variants": listed}

    other = {**VLLM, "environment": {"A": "b"}}
    assert of(variants(VLLM, other))["openai_base_url"] == f"{URL}/chat/openai/v1"
    assert of(variants(VLLM, {"image": f"{ECR}/sagemaker-xgboost:3.2-0"}))["openai_base_url"] is None


def test_components() -> None:
    # An adapter has the container of its base.
    containers = {
        "embed": [{"image": f"{ECR}/huggingface-pytorch-inference:2"}],
        "chat": [VLLM],
        "lora": [VLLM],
        "unknown": None,
    }
    config = {"production_variants": [{"variant_name": "v", "instance_type": "ml.g5.xlarge"}]}
    found = addresses.addresses(f"{URL}/gpu", config, {}, containers)
    assert found["invocations_url"] == f"{URL}/gpu/invocations"
    assert found["openai_base_url"] == f"{URL}/gpu/inference-components/chat/openai/v1"
    assert [one["openai_base_url"] is not None for one in found["component_addresses"]] == [False, True, True, False]
    assert found["component_addresses"][1]["headers"] == {"X-Amzn-SageMaker-Inference-Component": "chat"}


REGIONS = (
    "us-east-1",
    "cn-north-1",
    "us-gov-west-1",
    "eusc-de-east-1",
    "us-iso-east-1",
    "us-isob-east-1",
    "eu-isoe-west-1",
    "us-isof-south-1",
)


def test_the_host_is_that_of_the_sdk_in_each_partition() -> None:
    session = botocore.session.Session()
    assert {session.get_partition_for_region(region) for region in REGIONS} == set(session.get_available_partitions())
    for region in REGIONS:
        client = session.create_client("sagemaker-runtime", region, aws_access_key_id="a", aws_secret_access_key="b")
        assert addresses.url(region, "x") == f"{client.meta.endpoint_url}/endpoints/x"
