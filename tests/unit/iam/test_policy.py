# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the execution role is allowed. ``golden/`` holds the whole policy of each kind of endpoint in the table KINDS, and
of one that has nearly everything in the partitions of China and of the US government. Single tests are about forms that
one option can have."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest
from iam_linter import judged
from iam_linter import needless_wildcards

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import InputError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.iam import policy as execution_policy
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rules import (
    deployment_policy as deployment_policy_rules,
)
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rules import (
    endpoint_config as endpoint_config_rules,
)
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rules import (
    inference_component as component_rules,
)
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rules import model as model_rules
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.schema import shapes

GOLDEN = Path(__file__).parents[1] / "golden"
COMMERCIAL = {"partition": "aws", "region": "us-east-1", "account": "111122223333"}
CHINA = {"partition": "aws-cn", "region": "cn-north-1", "account": "111122223333"}
GOVERNMENT = {"partition": "aws-us-gov", "region": "us-gov-west-1", "account": "111122223333"}

IMAGE = "111122223333.dkr.ecr.us-east-1.amazonaws.com/serve:1"
XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
LMI = "763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference:0.36.0-lmi28.0.0-cu130"
TGI = "763104351884.dkr.ecr.us-east-1.amazonaws.com/huggingface-pytorch-tgi-inference:2.4.0-tgi2.4.0-gpu"
ARCHIVE = "s3://models/churn/7/model.tar.gz"
KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
KEY_ARN = f"arn:aws:kms:us-east-1:111122223333:key/{KEY_ID}"
VPC = {"subnets": ["subnet-0b", "subnet-0a"], "security_group_ids": ["sg-01"]}


# Every kind of endpoint.


def source(uri: str, kind: str, **more: Any) -> dict[str, Any]:
    compression = "Gzip" if uri.endswith(".tar.gz") else "None"
    return {"s3_data_source": {"s3_uri": uri, "s3_data_type": kind, "compression_type": compression, **more}}


def model(image: str = IMAGE, /, **container: Any) -> dict[str, Any]:
    return {"primary_container": {"image": image, **container}}


def package(name: str, **more: Any) -> dict[str, Any]:
    return {"primary_container": {"model_package_name": name}, **more}


def variant(name: str = "AllTraffic", **more: Any) -> dict[str, Any]:
    return {"variant_name": name, "model_name": f"churn-{name}", **INSTANCES, **more}


def config(*variants: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"production_variants": list(variants or [variant()]), **more}


def alarms(*names: str) -> dict[str, Any]:
    return {"auto_rollback_configuration": {"alarms": [{"alarm_name": name} for name in names]}}


def component(deployment_config: dict[str, Any] | None = None, **specification: Any) -> dict[str, Any]:
    if "base_inference_component_name" not in specification:
        specification["compute_resource_requirements"] = {"min_memory_required_in_mb": 1024}
    return {"specification": specification, **({"deployment_config": deployment_config} if deployment_config else {})}


INSTANCES = {"instance_type": "ml.m5.large", "initial_instance_count": 1}
PLAIN = model(XGBOOST, model_data_url=ARCHIVE)
SERVERLESS = {
    "variant_name": "AllTraffic",
    "model_name": "churn",
    "serverless_config": {"memory_size_in_mb": 2048, "max_concurrency": 5},
}
POOLS = [
    {"instance_type": "ml.g5.xlarge", "priority": 1},
    {"instance_type": "ml.inf2.xlarge", "priority": 2, "model_name_override": "churn-neuron"},
]
ASYNC = {
    "output_config": {
        "s3_output_path": "s3://answers/out",
        "s3_failure_path": "s3://answers/failed/",
        "kms_key_id": KEY_ARN,
        "notification_config": {
            "success_topic": "arn:aws:sns:us-east-1:111122223333:ok",
            "error_topic": "arn:aws:sns:us-east-1:111122223333:err",
        },
    }
}
CAPTURE = {
    "enable_capture": True,
    "initial_sampling_percentage": 10,
    "destination_s3_uri": "s3://capture/churn/",
    "kms_key_id": "alias/capture",
    "capture_options": [{"capture_mode": "InputAndOutput"}],
}
BLUE_GREEN = {
    "blue_green_update_policy": {
        "traffic_routing_configuration": {"type": "ALL_AT_ONCE", "wait_interval_in_seconds": 60}
    }
}
ROLLING = {
    "rolling_update_policy": {
        "maximum_batch_size": {"type": "COPY_COUNT", "value": 1},
        "wait_interval_in_seconds": 60,
    }
}
# The variant of an endpoint for components has no model, and its configuration has the role and, for all, the network.
ROOM = {"variant_name": "AllTraffic", "instance_type": "ml.g6e.12xlarge", "initial_instance_count": 1}
HOST = config(ROOM, execution_role_arn="arn:aws:iam::111122223333:role/churn-role-0446460a")
HUB_CONTENT = "arn:aws:sagemaker:us-east-1:111122223333:hub-content/curated/ModelReference/llama/1.0.0"

# {kind, and name of its golden file: what is deployed}, in the arguments of execution_policy.
KINDS: dict[str, dict[str, Any]] = {
    "real-time": {"models": [PLAIN], "endpoint_config": config()},
    # The container fetches the model itself.
    "hugging-face": {
        "models": [model(TGI, environment={"HF_MODEL_ID": "Qwen/Qwen2.5-0.5B-Instruct", "HF_API_TOKEN": "a-token"})],
        "endpoint_config": config(),
    },
    "pipeline": {
        "models": [
            {
                "containers": [
                    {"image": IMAGE, "model_data_url": "s3://models/prepare.tar.gz"},
                    {"image": XGBOOST, "model_data_url": ARCHIVE},
                    {"image": IMAGE, "model_data_url": "s3://models/format.tar.gz"},
                ],
                "inference_execution_config": {"mode": "Serial"},
            }
        ],
        "endpoint_config": config(),
    },
    "multi-model": {
        "models": [model(mode="MultiModel", model_data_url="s3://models/tenants/")],
        "endpoint_config": config(),
    },
    "private-registry": {
        "models": [
            {
                **model(
                    "registry.example.com:5000/team/serve:1",
                    model_data_url=ARCHIVE,
                    image_config={
                        "repository_access_mode": "Vpc",
                        "repository_auth_config": {
                            "repository_credentials_provider_arn": (
                                "arn:aws:lambda:us-east-1:111122223333:function:registry-password"
                            )
                        },
                    },
                ),
                "vpc_config": VPC,
            }
        ],
        "endpoint_config": config(),
    },
    "vpc": {"models": [{**PLAIN, "vpc_config": VPC}], "endpoint_config": config()},
    "uncompressed": {
        "models": [
            model(
                LMI, model_data_source=source("s3://models/llm/v2/", "S3Prefix", manifest_s3_uri="s3://lists/llm.csv")
            )
        ],
        "endpoint_config": config(),
    },
    "additional-model-data": {
        "models": [
            model(
                LMI,
                model_data_source=source("s3://models/llm/v2/", "S3Prefix"),
                additional_model_data_sources=[
                    {"channel_name": "draft", **source("s3://models/draft/", "S3Prefix")},
                    {"channel_name": "lora", **source("s3://adapters/lora.tar.gz", "S3Object")},
                ],
            )
        ],
        "endpoint_config": config(),
    },
    "hub-access": {
        "models": [
            model(
                LMI,
                model_data_source=source(
                    "s3://jumpstart-private-cache-prod-us-east-1/llama/",
                    "S3Prefix",
                    model_access_config={"accept_eula": True},
                    hub_access_config={"hub_content_arn": HUB_CONTENT},
                ),
            )
        ],
        "endpoint_config": config(),
    },
    "jumpstart": {
        "models": [
            package(
                "arn:aws:sagemaker:us-east-1:865070037744:model-package/llama2-7b-f-v4-71eeccf76ddf33f2a18d2e16b9c7f302",
                enable_network_isolation=True,
            )
        ],
        "endpoint_config": config(),
    },
    # What its images and archives need has to be told: the package's content is not in the input.
    "registered-package": {
        "models": [package("arn:aws:sagemaker:us-east-1:111122223333:model-package/churn/3")],
        "endpoint_config": config(),
        "additional_statements": [
            {
                "Sid": "ReadPackageArtifacts",
                "Effect": "Allow",
                "Action": "s3:GetObject",
                "Resource": "arn:aws:s3:::registered/churn/3/model.tar.gz",
            }
        ],
    },
    "marketplace": {
        "models": [
            package(
                "arn:aws:sagemaker:us-east-1:594846645681:model-package/fraud-detector-1-2",
                enable_network_isolation=True,
            )
        ],
        "endpoint_config": config(),
    },
    "network-isolation": {"models": [{**PLAIN, "enable_network_isolation": True}], "endpoint_config": config()},
    "several-variants": {
        "models": [PLAIN, model(model_data_url="s3://candidates/churn/8/model.tar.gz")],
        "endpoint_config": config(variant("champion"), variant("challenger", initial_variant_weight=0.1)),
    },
    "shadow": {
        "models": [PLAIN, model(model_data_url="s3://candidates/churn/8/model.tar.gz")],
        "endpoint_config": config(
            shadow_production_variants=[
                variant("shadow", core_dump_config={"destination_s3_uri": "s3://dumps/shadow/"})
            ]
        ),
    },
    "async": {
        "models": [PLAIN],
        "endpoint_config": config(async_inference_config=ASYNC),
        "async_input_locations": ["s3://inbox/a/", "s3://inbox/b.json"],
    },
    "serverless": {"models": [PLAIN], "endpoint_config": config(SERVERLESS)},
    "instance-pools": {
        "models": [PLAIN, model(model_data_url="s3://models/churn/7/neuron.tar.gz")],
        "endpoint_config": config(
            {
                "variant_name": "AllTraffic",
                "model_name": "churn",
                "initial_instance_count": 1,
                "instance_pools": POOLS,
            }
        ),
    },
    "data-capture": {"models": [PLAIN], "endpoint_config": config(data_capture_config=CAPTURE)},
    "core-dump": {
        "models": [PLAIN],
        "endpoint_config": config(
            variant("a", core_dump_config={"destination_s3_uri": "s3://dumps/a/", "kms_key_id": KEY_ID}),
            variant("b", core_dump_config={"destination_s3_uri": "s3://dumps/b/"}),
        ),
    },
    "shell-access": {"models": [PLAIN], "endpoint_config": config(variant(enable_ssm_access=True))},
    "explainer": {
        "models": [PLAIN],
        "endpoint_config": config(
            explainer_config={
                "clarify_explainer_config": {
                    "shap_config": {"shap_baseline_config": {"shap_baseline_uri": "s3://explain/baseline.csv"}}
                }
            }
        ),
    },
    "volume-key": {"models": [PLAIN], "endpoint_config": config(kms_key_id=KEY_ARN)},
    "metrics": {
        "models": [PLAIN],
        "endpoint_config": config(
            metrics_config={"enable_enhanced_metrics": True, "metric_publish_frequency_in_seconds": 10}
        ),
    },
    "rollback-alarms": {
        "models": [PLAIN],
        "endpoint_config": config(),
        "deployment_config": {**BLUE_GREEN, **alarms("latency", "5xx")},
    },
    "inference-components": {
        "models": [],
        "endpoint_config": HOST,
        "inference_components": [
            component(
                {**ROLLING, **alarms("copies")},
                container={"image": LMI, "artifact_url": "s3://models/llm.tar.gz", "environment": {"TENSOR": "4"}},
            ),
            {
                "specifications": [
                    component(instance_type=kind, container={"image": IMAGE})["specification"]
                    for kind in ("ml.g5.xlarge", "ml.g6.xlarge")
                ]
            },
        ],
        "deployment_config": {**BLUE_GREEN, **alarms("fleet")},
    },
    "models-of-components": {
        "models": [PLAIN, model(LMI, model_data_source=source("s3://models/llm/v2/", "S3Prefix"))],
        "endpoint_config": {**HOST, "vpc_config": VPC, "enable_network_isolation": True},
        "inference_components": [component(model_name="churn"), component(model_name="llm")],
    },
    "adapters": {
        "models": [model(LMI, model_data_source=source("s3://models/llm/v2/", "S3Prefix"))],
        "endpoint_config": HOST,
        "inference_components": [
            component(model_name="llm"),
            component(base_inference_component_name="llm", container={"artifact_url": "s3://adapters/support.tar.gz"}),
            component(base_inference_component_name="llm", container={"artifact_url": "s3://adapters/sales/"}),
        ],
    },
}

every_kind = pytest.mark.parametrize("kind", KINDS)


def policy(place: dict[str, str] | None = None, **deployed: Any) -> dict[str, Any]:
    given = {"models": [], "endpoint_config": {}, **deployed}
    return execution_policy.execution_policy(**given, **(place or COMMERCIAL))


def golden(name: str) -> str:
    return (GOLDEN / f"{name}.json").read_text(encoding="utf-8")


@every_kind
def test_the_policy_of_every_kind(kind: str) -> None:
    assert json.dumps(policy(**KINDS[kind]), indent=2) + "\n" == golden(kind)


@every_kind
def test_every_kind_is_one_that_can_be_deployed(input_shape: Any, kind: str) -> None:
    """A policy that follows options which no module has would follow nothing."""
    deployed = KINDS[kind]
    requests = [("CreateModel", {"model_name": "m", **one}, model_rules.problems) for one in deployed["models"]]
    requests.append(
        (
            "CreateEndpointConfig",
            {"endpoint_config_name": "c", **deployed["endpoint_config"]},
            endpoint_config_rules.problems,
        )
    )
    if "deployment_config" in deployed:
        requests.append(
            (
                "UpdateEndpoint",
                {
                    "endpoint_name": "e",
                    "endpoint_config_name": "c",
                    "deployment_config": deployed["deployment_config"],
                },
                lambda request: deployment_policy_rules.policy_rules(request["deployment_config"]),
            )
        )
    for one in deployed.get("inference_components", []):
        content = {name: value for name, value in one.items() if name != "deployment_config"}
        requests.append(
            (
                "CreateInferenceComponent",
                {"inference_component_name": "i", "endpoint_name": "e", **content},
                component_rules.problems,
            )
        )
        requests.append(
            ("UpdateInferenceComponent", {"inference_component_name": "i", **one}, component_rules.problems)
        )
    for operation, options, rules in requests:
        shape = input_shape(operation)
        request = shapes.to_api(shape, options)
        assert [*shapes.problems(shape, request), *rules(shapes.from_api(shape, request))] == []


def test_every_golden_policy_is_of_a_kind() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == {*KINDS, *(place["partition"] for place in (CHINA, GOVERNMENT))}


def whole(place: dict[str, str], registry: str, suffix: str) -> dict[str, Any]:
    """One endpoint with nearly everything that has an ARN or an address of its partition."""
    region, account, arn = place["region"], place["account"], f"arn:{place['partition']}"
    hub = f"{arn}:sagemaker:{region}:{account}:hub-content/curated/ModelReference/llama/1.0.0"
    topics = {f"{name}_topic": f"{arn}:sns:{region}:{account}:{name}" for name in ("success", "error")}
    output = {"s3_output_path": "s3://answers/", "kms_key_id": KEY_ID, "notification_config": topics}
    containers = [
        {"image": f"{registry}.dkr.ecr.{region}.{suffix}/djl-inference:0.36.0", "model_data_url": ARCHIVE},
        {
            "image": f"{account}.dkr.ecr.{region}.{suffix}/serve:1",
            "model_data_source": source("s3://models/llm/", "S3Prefix", hub_access_config={"hub_content_arn": hub}),
        },
        {"model_package_name": "churn"},
    ]
    return {
        "models": [{"containers": containers, "vpc_config": VPC}],
        "endpoint_config": config(
            variant(core_dump_config={"destination_s3_uri": "s3://dumps/a/", "kms_key_id": KEY_ID}),
            kms_key_id=KEY_ID,
            async_inference_config={"output_config": output},
            data_capture_config=CAPTURE,
        ),
        "inference_components": [
            component(base_inference_component_name="llm", container={"artifact_url": "s3://adapters/support.tar.gz"})
        ],
        "deployment_config": {**BLUE_GREEN, **alarms("latency")},
    }


@pytest.mark.parametrize(
    ("place", "registry", "suffix"),
    [(CHINA, "727897471807", "amazonaws.com.cn"), (GOVERNMENT, "442386744353", "amazonaws.com")],
    ids=lambda value: value["partition"] if isinstance(value, dict) else "",
)
def test_other_partitions(place: dict[str, str], registry: str, suffix: str) -> None:
    text = json.dumps(policy(place, **whole(place, registry, suffix)), indent=2) + "\n"
    assert text == golden(place["partition"])
    assert set(re.findall(r"arn:([a-z-]+):", text)) == {place["partition"]}


# What holds for all of them.

EVERYTHING = whole(COMMERCIAL, "763104351884", "amazonaws.com")


def test_order_and_repetition_of_the_input_do_not_matter() -> None:
    containers = EVERYTHING["models"][0]["containers"]
    texts = {
        json.dumps(policy(**{**EVERYTHING, "models": [{"containers": [*order, order[0]], "vpc_config": VPC}]}))
        for order in itertools.permutations(containers)
    }
    assert len(texts) == 1


@every_kind
def test_no_statement_is_broader_than_iam_makes_it(kind: str) -> None:
    """A bare * only where IAM knows no resource; every Sid once and of the letters that IAM allows."""
    found = policy(**{**KINDS[kind], "additional_statements": []})["Statement"]
    assert {statement["Sid"] for statement in found if statement["Resource"] == "*"} <= {
        "AuthenticateToRegistries",
        "DescribeNetwork",
        "OpenShellChannels",
        "PublishMetrics",
    }
    sids = [statement["Sid"] for statement in found]
    assert len(sids) == len(set(sids))
    assert all(re.fullmatch("[A-Za-z0-9]+", sid) for sid in sids)
    assert sids == sorted(sids)
    assert "*" not in json.dumps([statement["Action"] for statement in found])


@pytest.mark.parametrize("kind", ["network-isolation", "serverless", "metrics"])
def test_what_neither_takes_nor_adds(kind: str) -> None:
    assert golden(kind) == golden("real-time")


def test_additional_statements_come_last_and_unchanged() -> None:
    own = {"Sid": "Own", "Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "arn:aws:dynamodb:::table/t"}
    assert policy(additional_statements=[own])["Statement"][-1] == own


# The forms of single options.


def added(*containers: dict[str, Any], place: dict[str, str] | None = None, **deployed: Any) -> list[dict[str, Any]]:
    """What these containers of a model and these arguments add to what every endpoint may do."""
    always = policy(place, models=[{"containers": [{}]}])["Statement"]
    found = policy(place, models=[{"containers": list(containers or [{}])}], **deployed)["Statement"]
    return [statement for statement in found if statement not in always]


def allow(sid: str, action: str | list[str], resource: str | list[str], **condition: Any) -> dict[str, Any]:
    statement = {"Sid": sid, "Effect": "Allow", "Action": action, "Resource": resource}
    return {**statement, "Condition": condition} if condition else statement


PULL = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]


@pytest.mark.parametrize(
    ("deployed", "components"),
    [
        ({"models": [PLAIN], "endpoint_config": config(INSTANCES)}, False),
        ({"endpoint_config": config(variant())}, False),
        ({"endpoint_config": config({"instance_pools": POOLS})}, False),
        ({"endpoint_config": config(INSTANCES)}, True),
        ({"models": [PLAIN], "endpoint_config": HOST}, True),
        ({"models": [PLAIN], "endpoint_config": config(INSTANCES), "inference_components": [component()]}, True),
    ],
    ids=[
        "a model whose name is not known yet",
        "a model made elsewhere",
        "a model for one pool made elsewhere",
        "no model yet",
        "a role of the configuration's own",
        "components",
    ],
)
def test_which_endpoints_write_logs_of_components(deployed: dict[str, Any], components: bool) -> None:
    assert ("log-group:/aws/sagemaker/InferenceComponents/*" in json.dumps(policy(**deployed))) is components


@pytest.mark.parametrize(
    ("image", "repository"),
    [
        ("111122223333.dkr.ecr.us-east-1.amazonaws.com/serve", "arn:aws:ecr:us-east-1:111122223333:repository/serve"),
        (
            "763104351884.dkr.ecr.us-east-1.amazonaws.com/huggingface-pytorch-tgi-inference:2.4.0-tgi2.4.0-gpu",
            "arn:aws:ecr:us-east-1:763104351884:repository/huggingface-pytorch-tgi-inference",
        ),
        (
            f"111122223333.dkr.ecr.us-east-1.amazonaws.com/team/serve@sha256:{'a' * 64}",
            "arn:aws:ecr:us-east-1:111122223333:repository/team/serve",
        ),
        (
            f"111122223333.dkr.ecr.us-east-1.amazonaws.com/serve:1@sha256:{'a' * 64}",
            "arn:aws:ecr:us-east-1:111122223333:repository/serve",
        ),
        (
            "111122223333.dkr.ecr.us-east-1.amazonaws.com:443/serve:1",
            "arn:aws:ecr:us-east-1:111122223333:repository/serve",
        ),
        (
            "111122223333.dkr.ecr-fips.us-east-1.amazonaws.com/serve:1",
            "arn:aws:ecr:us-east-1:111122223333:repository/serve",
        ),
        ("111122223333.dkr-ecr.us-east-1.on.aws/serve:1", "arn:aws:ecr:us-east-1:111122223333:repository/serve"),
    ],
)
def test_an_image_is_pulled_from_its_repository_only(image: str, repository: str) -> None:
    assert added({"image": image}) == [
        allow("AuthenticateToRegistries", "ecr:GetAuthorizationToken", "*"),
        allow("PullImages", PULL, repository),
    ]


@pytest.mark.parametrize(
    ("url", "resource"),
    [
        ("s3://models/churn/7/model.tar.gz", "models/churn/7/model.tar.gz"),
        ("https://models.s3.us-east-1.amazonaws.com/churn/7/model.tar.gz", "models/churn/7/model.tar.gz"),
        ("https://models.s3.amazonaws.com/churn/model%20a.tar.gz", "models/churn/model a.tar.gz"),
        ("https://my.models.s3-us-west-2.amazonaws.com/m.tar.gz", "my.models/m.tar.gz"),
        ("https://models.s3.dualstack.us-east-1.amazonaws.com/m.tar.gz", "models/m.tar.gz"),
        ("https://s3.us-east-1.amazonaws.com/models/churn/model.tar.gz", "models/churn/model.tar.gz"),
        ("https://s3.cn-north-1.amazonaws.com.cn/models/churn/model.tar.gz", "models/churn/model.tar.gz"),
        # What IAM would take for a pattern or a variable.
        ("s3://models/a*b?c$d/model.tar.gz", "models/a${*}b${?}c${$}d/model.tar.gz"),
    ],
)
def test_an_archive_is_read_exactly(url: str, resource: str) -> None:
    assert added({"model_data_url": url}) == [allow("ReadArtifacts", "s3:GetObject", f"arn:aws:s3:::{resource}")]


def test_a_whole_bucket_is_listed_without_condition() -> None:
    assert added({"mode": "MultiModel", "model_data_url": "s3://models"}) == [
        allow("ListArtifacts", "s3:ListBucket", "arn:aws:s3:::models"),
        allow("ReadArtifacts", "s3:GetObject", "arn:aws:s3:::models/*"),
    ]


def test_prefixes_in_two_buckets_are_not_mixed_up() -> None:
    listings = added(
        {"model_data_source": source("s3://one/a/", "S3Prefix")},
        {"model_data_source": source("s3://two/b/", "S3Prefix")},
    )[:2]
    assert listings == [
        allow("ListArtifacts", "s3:ListBucket", "arn:aws:s3:::one", StringLike={"s3:prefix": ["a/*"]}),
        allow("ListArtifacts2", "s3:ListBucket", "arn:aws:s3:::two", StringLike={"s3:prefix": ["b/*"]}),
    ]


@pytest.mark.parametrize(
    ("package", "arn"),
    [
        ("churn", "arn:aws:sagemaker:us-east-1:111122223333:model-package/churn"),
        ("churn/3", "arn:aws:sagemaker:us-east-1:111122223333:model-package/churn/3"),
        (
            "arn:aws:sagemaker:us-east-1:865070037744:model-package/llama2",
            "arn:aws:sagemaker:us-east-1:865070037744:model-package/llama2",
        ),
    ],
)
def test_a_model_package(package: str, arn: str) -> None:
    assert added({"model_package_name": package}) == [allow("UseModelPackages", "sagemaker:AccessModelPackage", arn)]


@pytest.mark.parametrize(
    ("key", "resource", "condition"),
    [
        (KEY_ID, KEY_ARN, {}),
        (KEY_ARN, KEY_ARN, {}),
        (
            "alias/capture",
            "arn:aws:kms:us-east-1:111122223333:key/*",
            {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/capture"}},
        ),
        (
            "arn:aws:kms:us-east-1:444455556666:alias/capture",
            "arn:aws:kms:us-east-1:444455556666:key/*",
            {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/capture"}},
        ),
    ],
)
def test_captured_data_and_its_key_in_every_form(key: str, resource: str, condition: dict[str, Any]) -> None:
    capture = {"destination_s3_uri": "s3://capture/churn/", "kms_key_id": key}
    assert added(endpoint_config={"data_capture_config": capture}) == [
        allow("EncryptResults", ["kms:Decrypt", "kms:GenerateDataKey"], resource, **condition),
        allow("WriteCapturedData", "s3:PutObject", "arn:aws:s3:::capture/churn/*"),
    ]


def test_requests_are_read_beside_the_answers_unless_the_caller_says_where() -> None:
    output = {"output_config": {"s3_output_path": "s3://answers/out"}}
    beside = added(endpoint_config={"async_inference_config": output})
    assert allow("ReadAsyncRequests", "s3:GetObject", "arn:aws:s3:::answers/*") in beside
    whole_bucket = added(endpoint_config={"async_inference_config": output}, async_input_locations=["s3://inbox"])
    assert allow("ReadAsyncRequests", "s3:GetObject", "arn:aws:s3:::inbox/*") in whole_bucket


def test_nothing_is_captured_when_capturing_is_off() -> None:
    assert added(endpoint_config={"data_capture_config": {**CAPTURE, "enable_capture": False}}) == []


@pytest.mark.parametrize(
    ("container", "deployed", "message"),
    [
        ({"model_data_url": "models/model.tar.gz"}, {}, "model_data_url: 'models/model.tar.gz' is not an S3 address"),
        (
            {"model_data_source": {"s3_data_source": {"s3_uri": "https://example.com/m/"}}},
            {},
            "model_data_source.s3_data_source.s3_uri: 'https://example.com/m/' is not an S3 address",
        ),
        (
            {},
            {"endpoint_config": {"data_capture_config": {"destination_s3_uri": "s3:///x"}}},
            "data_capture_config.destination_s3_uri: ",
        ),
        (
            {},
            {"inference_components": [component(container={"artifact_url": "/models/llm.tar.gz"})]},
            "container.artifact_url: '/models/llm.tar.gz' is not an S3 address",
        ),
    ],
)
def test_an_address_that_is_none_names_its_option(
    container: dict[str, Any], deployed: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        added(container, **deployed)


# Two real deployments, whole, in three partitions.


# Names and trust.


def test_only_sagemaker_for_this_account_is_trusted() -> None:
    assert execution_policy.trust_policy("111122223333") == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "sagemaker.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}},
            }
        ],
    }


def test_a_policy_is_named_by_its_content() -> None:
    one = {"Version": "2012-10-17", "Statement": [{"Sid": "A", "Effect": "Allow"}]}
    same = {"Statement": [{"Effect": "Allow", "Sid": "A"}], "Version": "2012-10-17"}
    other = {"Version": "2012-10-17", "Statement": [{"Sid": "B", "Effect": "Allow"}]}
    # Fixed for good: a new name for the same content would put every policy on every role once more.
    assert execution_policy.policy_name(one) == execution_policy.policy_name(same) == "mlops-sagemaker-50647085"
    assert execution_policy.policy_name(other) != execution_policy.policy_name(one)
    assert execution_policy.POLICY_NAME.fullmatch(execution_policy.policy_name(one))


def test_a_role_is_named_by_endpoint_and_region() -> None:
    names = {
        execution_policy.role_name(prefix, endpoint, region)
        for prefix in ("churn", "fraud")
        for endpoint in ("prod", "test")
        for region in ("us-east-1", "eu-west-1")
    }
    assert len(names) == 8
    assert execution_policy.role_name("churn", "prod", "us-east-1") == "churn-role-0446460a"


def test_a_long_prefix_is_cut_to_what_iam_allows() -> None:
    name = execution_policy.role_name("p" * 80, "prod", "us-east-1")
    assert len(name) == 64
    assert re.fullmatch(r"p{50}-role-[0-9a-f]{8}", name)


@pytest.mark.parametrize("prefix", ["", "with space", "ümlaut", "a/b"])
def test_a_prefix_that_iam_refuses(prefix: str) -> None:
    with pytest.raises(InputError, match="^name_prefix: "):
        execution_policy.role_name(prefix, "prod", "us-east-1")


@pytest.mark.parametrize("file", sorted(GOLDEN.glob("*.json")), ids=lambda file: file.stem)
def test_a_linter_of_iam_policies_finds_nothing(file: Path) -> None:
    document = file.read_text()
    assert judged(document) == set()
    assert needless_wildcards(document) == []


def test_the_linter_finds_what_is_wrong() -> None:
    statement = {"Effect": "Allow", "Action": "s3:GetObjekt", "Resource": "*"}
    assert judged(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket"}
    assert judged(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    statement = {"Effect": "Allow", "Action": ["s3:GetObject", "ecr:GetAuthorizationToken"], "Resource": "*"}
    assert needless_wildcards(json.dumps({"Statement": [statement]})) == ["s3:GetObject"]
