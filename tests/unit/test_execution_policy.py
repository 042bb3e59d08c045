# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the execution role is allowed, switch by switch. ``golden/`` holds whole documents of real deployments."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import execution_policy
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.errors import InputError

GOLDEN = Path(__file__).with_name("golden")
COMMERCIAL = {"partition": "aws", "region": "us-east-1", "account": "111122223333"}
CHINA = {"partition": "aws-cn", "region": "cn-north-1", "account": "111122223333"}
GOVERNMENT = {"partition": "aws-us-gov", "region": "us-gov-west-1", "account": "111122223333"}

IMAGE = "111122223333.dkr.ecr.us-east-1.amazonaws.com/serve:1"
KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
KEY_ARN = f"arn:aws:kms:us-east-1:111122223333:key/{KEY_ID}"


def statements(*containers: dict[str, Any], place: dict[str, str] | None = None, **given: Any) -> list[dict[str, Any]]:
    """The statements for one model of these containers; ``given`` are members of the configuration."""
    extra = {name: given.pop(name) for name in ("deployment_config", "async_input_locations") if name in given}
    models = [{"containers": list(containers)}]
    return execution_policy.execution_policy(models, given, **(place or COMMERCIAL), **extra)["Statement"]


def added(*containers: dict[str, Any], **given: Any) -> list[dict[str, Any]]:
    """What these containers and members add to what every endpoint may do."""
    always = statements({}, place=given.get("place"))
    return [statement for statement in statements(*containers, **given) if statement not in always]


def allow(sid: str, action: str | list[str], resource: str | list[str], **condition: Any) -> dict[str, Any]:
    statement = {"Sid": sid, "Effect": "Allow", "Action": action, "Resource": resource}
    return {**statement, "Condition": condition} if condition else statement


LOGS = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
PULL = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]


def test_every_endpoint_writes_logs_and_metrics() -> None:
    assert statements({}) == [
        allow(
            "PublishMetrics",
            "cloudwatch:PutMetricData",
            "*",
            StringLike={"cloudwatch:namespace": ["/aws/sagemaker/*", "AWS/SageMaker"]},
        ),
        allow("WriteLogs", LOGS, "arn:aws:logs:us-east-1:111122223333:log-group:/aws/sagemaker/Endpoints/*"),
    ]


def test_inference_components_have_their_own_logs() -> None:
    variants = [{"variant_name": "AllTraffic", "instance_type": "ml.g6e.12xlarge"}]
    document = execution_policy.execution_policy([], {"production_variants": variants}, **COMMERCIAL)
    prefix = "arn:aws:logs:us-east-1:111122223333:log-group:/aws/sagemaker"
    assert (
        allow("WriteLogs", LOGS, [f"{prefix}/Endpoints/*", f"{prefix}/InferenceComponents/*"]) in document["Statement"]
    )


def test_a_variant_of_an_existing_model_is_no_inference_component() -> None:
    variants = [{"variant_name": "AllTraffic", "model_name": "made-elsewhere"}]
    document = execution_policy.execution_policy([], {"production_variants": variants}, **COMMERCIAL)
    assert "InferenceComponents" not in json.dumps(document)


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
    ("place", "image", "repository"),
    [
        (
            CHINA,
            "727897471807.dkr.ecr.cn-north-1.amazonaws.com.cn/djl-inference:0.36.0",
            "arn:aws-cn:ecr:cn-north-1:727897471807:repository/djl-inference",
        ),
        (
            GOVERNMENT,
            "442386744353.dkr.ecr.us-gov-west-1.amazonaws.com/djl-inference:0.36.0",
            "arn:aws-us-gov:ecr:us-gov-west-1:442386744353:repository/djl-inference",
        ),
    ],
)
def test_images_of_other_partitions(place: dict[str, str], image: str, repository: str) -> None:
    assert allow("PullImages", PULL, repository) in statements({"image": image}, place=place)


def test_a_registry_outside_of_ecr_needs_its_credentials_function_only() -> None:
    function = "arn:aws:lambda:us-east-1:111122223333:function:registry-password"
    container = {
        "image": "registry.example.com:5000/team/serve:1",
        "image_config": {
            "repository_access_mode": "Vpc",
            "repository_auth_config": {"repository_credentials_provider_arn": function},
        },
    }
    assert added(container) == [allow("GetRegistryCredentials", "lambda:InvokeFunction", function)]


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


def test_many_models_are_read_and_listed_under_their_prefix() -> None:
    assert added({"mode": "MultiModel", "model_data_url": "s3://models/tenants/"}) == [
        allow("ListArtifacts", "s3:ListBucket", "arn:aws:s3:::models", StringLike={"s3:prefix": ["tenants/*"]}),
        allow("ReadArtifacts", "s3:GetObject", "arn:aws:s3:::models/tenants/*"),
    ]


def test_a_whole_bucket_is_listed_without_condition() -> None:
    assert added({"mode": "MultiModel", "model_data_url": "s3://models"}) == [
        allow("ListArtifacts", "s3:ListBucket", "arn:aws:s3:::models"),
        allow("ReadArtifacts", "s3:GetObject", "arn:aws:s3:::models/*"),
    ]


def source(uri: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"s3_data_source": {"s3_uri": uri, "s3_data_type": kind, "compression_type": "None", **more}}


def test_data_sources_by_their_type() -> None:
    container = {
        "model_data_source": source("s3://models/llm/v2/", "S3Prefix", manifest_s3_uri="s3://lists/llm.csv"),
        "additional_model_data_sources": [
            {"channel_name": "draft", **source("s3://models/draft/", "S3Prefix")},
            {"channel_name": "lora", **source("s3://adapters/lora.tar.gz", "S3Object")},
        ],
    }
    assert added(container) == [
        allow(
            "ListArtifacts", "s3:ListBucket", "arn:aws:s3:::models", StringLike={"s3:prefix": ["draft/*", "llm/v2/*"]}
        ),
        allow(
            "ReadArtifacts",
            "s3:GetObject",
            [
                "arn:aws:s3:::adapters/lora.tar.gz",
                "arn:aws:s3:::lists/llm.csv",
                "arn:aws:s3:::models/draft/*",
                "arn:aws:s3:::models/llm/v2/*",
            ],
        ),
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


def test_hub_content_and_its_hub() -> None:
    content = "arn:aws:sagemaker:us-east-1:111122223333:hub-content/hub/ModelReference/llama/1.0.0"
    container = {"model_data_source": source("s3://m/l/", "S3Prefix", hub_access_config={"hub_content_arn": content})}
    actions = [f"sagemaker:{name}" for name in ("DescribeHub", "DescribeHubContent", "ListHubContents", "ListHubs")]
    resources = ["arn:aws:sagemaker:us-east-1:111122223333:hub-content/hub/ModelReference/llama/1.0.0"]
    resources.insert(1, "arn:aws:sagemaker:us-east-1:111122223333:hub/hub")
    assert allow("ReadHubContent", actions, resources) in added(container)


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


def test_network_interfaces_into_the_given_subnets_only() -> None:
    vpc = {"subnets": ["subnet-0b", "subnet-0a"], "security_group_ids": ["sg-01"]}
    expected = [
        allow(
            "CreateNetworkInterfaces",
            "ec2:CreateNetworkInterface",
            [
                "arn:aws:ec2:us-east-1:*:security-group/sg-01",
                "arn:aws:ec2:us-east-1:*:subnet/subnet-0a",
                "arn:aws:ec2:us-east-1:*:subnet/subnet-0b",
                "arn:aws:ec2:us-east-1:111122223333:network-interface/*",
            ],
        ),
        allow(
            "ManageNetworkInterfaces",
            [
                "ec2:CreateNetworkInterfacePermission",
                "ec2:DeleteNetworkInterface",
                "ec2:DeleteNetworkInterfacePermission",
                "ec2:DescribeDhcpOptions",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSubnets",
                "ec2:DescribeVpcs",
            ],
            "*",
        ),
    ]
    assert added(vpc_config=vpc) == expected
    models = [{"containers": [{}], "vpc_config": vpc}]
    of_model = execution_policy.execution_policy(models, {}, **COMMERCIAL)["Statement"]
    assert [statement for statement in of_model if "etworkInterface" in statement["Sid"]] == expected


def test_the_key_of_the_volumes() -> None:
    assert added(kms_key_id=KEY_ARN) == [
        allow("GrantVolumeKey", "kms:CreateGrant", KEY_ARN, Bool={"kms:GrantIsForAWSResource": "true"}),
        allow("UseVolumeKey", ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext"], KEY_ARN),
    ]


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
    assert added(data_capture_config=capture) == [
        allow("EncryptResults", ["kms:Decrypt", "kms:GenerateDataKey"], resource, **condition),
        allow("WriteCapturedData", "s3:PutObject", "arn:aws:s3:::capture/churn/*"),
    ]


ASYNC = {
    "s3_output_path": "s3://async/out",
    "s3_failure_path": "s3://async/failed/",
    "kms_key_id": KEY_ARN,
    "notification_config": {
        "success_topic": "arn:aws:sns:us-east-1:111122223333:ok",
        "error_topic": "arn:aws:sns:us-east-1:111122223333:err",
    },
}


def test_asynchronous_inference() -> None:
    assert added(async_inference_config={"output_config": ASYNC}) == [
        allow("EncryptResults", ["kms:Decrypt", "kms:GenerateDataKey"], KEY_ARN),
        allow(
            "NotifyOfAsyncResults",
            "sns:Publish",
            ["arn:aws:sns:us-east-1:111122223333:err", "arn:aws:sns:us-east-1:111122223333:ok"],
        ),
        allow("ReadAsyncRequests", "s3:GetObject", "arn:aws:s3:::async/*"),
        allow("WriteAsyncResults", "s3:PutObject", ["arn:aws:s3:::async/failed/*", "arn:aws:s3:::async/out/*"]),
    ]


def test_requests_are_read_where_the_caller_says() -> None:
    locations = ["s3://inbox/a/", "s3://inbox/b.json", "s3://all"]
    found = added(async_inference_config={"output_config": ASYNC}, async_input_locations=locations)
    resources = ["arn:aws:s3:::all/*", "arn:aws:s3:::inbox/a/*", "arn:aws:s3:::inbox/b.json"]
    assert allow("ReadAsyncRequests", "s3:GetObject", resources) in found


def test_core_dumps_of_every_variant() -> None:
    def variant(uri: str, **key: str) -> dict[str, Any]:
        return {"variant_name": uri[-2], "core_dump_config": {"destination_s3_uri": uri, **key}}

    found = added(
        production_variants=[variant("s3://dumps/a/", kms_key_id=KEY_ID)],
        shadow_production_variants=[variant("s3://dumps/b/")],
    )
    assert found == [
        allow("EncryptResults", ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"], KEY_ARN),
        allow("WriteCoreDumps", "s3:PutObject", ["arn:aws:s3:::dumps/a/*", "arn:aws:s3:::dumps/b/*"]),
    ]


def test_the_baseline_of_explanations() -> None:
    shap = {"shap_config": {"shap_baseline_config": {"shap_baseline_uri": "s3://explain/baseline.csv"}}}
    assert added(explainer_config={"clarify_explainer_config": shap}) == [
        allow("ReadExplainerBaseline", "s3:GetObject", "arn:aws:s3:::explain/baseline.csv")
    ]


def test_alarms_that_roll_back() -> None:
    config = {"auto_rollback_configuration": {"alarms": [{"alarm_name": "latency"}, {"alarm_name": "5xx"}]}}
    prefix = "arn:aws:cloudwatch:us-east-1:111122223333:alarm"
    assert added(deployment_config=config) == [
        allow("WatchRollbackAlarms", "cloudwatch:DescribeAlarms", [f"{prefix}:5xx", f"{prefix}:latency"])
    ]


def test_network_isolation_takes_nothing_from_sagemaker() -> None:
    model = {"primary_container": {"image": IMAGE, "model_data_url": "s3://models/model.tar.gz"}}
    open_ = execution_policy.execution_policy([model], {}, **COMMERCIAL)
    isolated = execution_policy.execution_policy([{**model, "enable_network_isolation": True}], {}, **COMMERCIAL)
    assert isolated == open_


def test_additional_statements_come_last_and_unchanged() -> None:
    own = {"Sid": "Own", "Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "arn:aws:dynamodb:::table/t"}
    document = execution_policy.execution_policy([], {}, **COMMERCIAL, additional_statements=[own])
    assert document["Statement"][-1] == own


FULL = {
    "production_variants": [
        {"variant_name": "a", "core_dump_config": {"destination_s3_uri": "s3://dumps/a/", "kms_key_id": KEY_ID}}
    ],
    "async_inference_config": {"output_config": ASYNC},
    "data_capture_config": {"destination_s3_uri": "s3://capture/", "kms_key_id": "alias/capture"},
    "kms_key_id": KEY_ID,
    "vpc_config": {"subnets": ["subnet-1"], "security_group_ids": ["sg-1"]},
}
CONTAINERS = [
    {"image": IMAGE, "model_data_url": "s3://models/a.tar.gz"},
    {"image": IMAGE.replace("serve", "other"), "model_data_source": source("s3://models/b/", "S3Prefix")},
    {"model_package_name": "churn"},
]


def test_order_and_repetition_of_the_input_do_not_matter() -> None:
    texts = {
        json.dumps(execution_policy.execution_policy([{"containers": [*order, order[0]]}], FULL, **COMMERCIAL))
        for order in itertools.permutations(CONTAINERS)
    }
    assert len(texts) == 1


def test_no_statement_is_broader_than_iam_makes_it() -> None:
    """A bare * only where IAM knows no resource; every Sid once and of the letters that IAM allows."""
    found = statements(*CONTAINERS, **FULL)
    assert {statement["Sid"] for statement in found if statement["Resource"] == "*"} == {
        "AuthenticateToRegistries",
        "ManageNetworkInterfaces",
        "PublishMetrics",
    }
    sids = [statement["Sid"] for statement in found]
    assert len(sids) == len(set(sids))
    assert all(re.fullmatch("[A-Za-z0-9]+", sid) for sid in sids)
    assert sids == sorted(sids)
    assert "*" not in json.dumps([statement["Action"] for statement in found])


@pytest.mark.parametrize("place", [CHINA, GOVERNMENT])
def test_every_arn_is_of_the_partition(place: dict[str, str]) -> None:
    key = KEY_ID
    config = {**FULL, "async_inference_config": {"output_config": {"s3_output_path": "s3://a/", "kms_key_id": key}}}
    text = json.dumps(statements(*[{**c, "image": None} for c in CONTAINERS], place=place, **config))
    assert set(re.findall(r"arn:([a-z-]+):", text)) == {place["partition"]}


@pytest.mark.parametrize(
    ("container", "config", "message"),
    [
        ({"model_data_url": "models/model.tar.gz"}, {}, "model_data_url: 'models/model.tar.gz' is no S3 address"),
        (
            {"model_data_source": {"s3_data_source": {"s3_uri": "https://example.com/m/"}}},
            {},
            "model_data_source.s3_data_source.s3_uri: 'https://example.com/m/' is no S3 address",
        ),
        ({}, {"data_capture_config": {"destination_s3_uri": "s3:///x"}}, "data_capture_config.destination_s3_uri: "),
    ],
)
def test_an_address_that_is_none_names_its_option(
    container: dict[str, Any], config: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        statements(container, **config)


# Two real deployments, whole, in three partitions.

HUGGING_FACE = {
    "primary_container": {
        "image": "{account}.dkr.ecr.{region}.{suffix}/huggingface-pytorch-tgi-inference:2.4.0-tgi2.4.0-gpu-py311-cu124-ubuntu22.04",
        "environment": {"HF_MODEL_ID": "mistralai/Mistral-7B-Instruct-v0.1", "HF_API_TOKEN": "a-secret-token"},
    }
}
JUMPSTART = {
    "enable_network_isolation": True,
    "primary_container": {
        "model_package_name": "arn:{partition}:sagemaker:{region}:865070037744:model-package/llama2-7b-f-v4-71eeccf76ddf33f2a18d2e16b9c7f302"
    },
}
VARIANT = {"variant_name": "AllTraffic", "instance_type": "ml.g5.2xlarge", "initial_instance_count": 1}
REGISTRIES = {
    "aws": {**COMMERCIAL, "account": "763104351884", "suffix": "amazonaws.com"},
    "aws-cn": {**CHINA, "account": "727897471807", "suffix": "amazonaws.com.cn"},
    "aws-us-gov": {**GOVERNMENT, "account": "442386744353", "suffix": "amazonaws.com"},
}


@pytest.mark.parametrize("place", [COMMERCIAL, CHINA, GOVERNMENT], ids=lambda place: place["partition"])
@pytest.mark.parametrize(("name", "model"), [("hugging-face", HUGGING_FACE), ("jumpstart", JUMPSTART)])
def test_real_deployments(name: str, model: dict[str, Any], place: dict[str, str]) -> None:
    registry = REGISTRIES[place["partition"]]
    container = {
        option: value.format(**registry) if isinstance(value, str) else value
        for option, value in model["primary_container"].items()
    }
    document = execution_policy.execution_policy(
        [{**model, "primary_container": container}], {"production_variants": [VARIANT]}, **place
    )
    golden = GOLDEN / f"execution-policy-{name}-{place['partition']}.json"
    assert json.dumps(document, indent=2) + "\n" == golden.read_text()


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
