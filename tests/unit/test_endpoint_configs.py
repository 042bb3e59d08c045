# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Endpoint configurations: the service's rules between their members."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import endpoint_configs

MODEL = {"VariantName": "v", "ModelName": "m"}
ON_INSTANCES = {**MODEL, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
SERVERLESS = {**MODEL, "ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}}
ROOM = {"VariantName": "v", "InstanceType": "ml.g5.xlarge", "InitialInstanceCount": 1}
POOLS = [{"InstanceType": "ml.g5.xlarge", "Priority": 1}, {"InstanceType": "ml.g6.xlarge", "Priority": 2}]
CAPTURE = {
    "InitialSamplingPercentage": 10,
    "DestinationS3Uri": "s3://bucket/capture",
    "CaptureOptions": [{"CaptureMode": "Input"}],
}


def config(*variants: Any, **members: Any) -> dict[str, Any]:
    return {"EndpointConfigName": "c", "ProductionVariants": list(variants), **members}


def named(name: str, variant: Any) -> dict[str, Any]:
    return {**variant, "VariantName": name}


def without(variant: Any, member: str) -> dict[str, Any]:
    return {key: value for key, value in variant.items() if key != member}


def serverless(**members: Any) -> dict[str, Any]:
    return {**SERVERLESS, "ServerlessConfig": {**SERVERLESS["ServerlessConfig"], **members}}


@pytest.mark.parametrize(
    ("variant", "kind"),
    [
        (ON_INSTANCES, endpoint_configs.INSTANCES),
        (SERVERLESS, endpoint_configs.SERVERLESS),
        (ROOM, endpoint_configs.COMPONENTS),
    ],
)
def test_kinds_of_variants(variant, kind):
    assert endpoint_configs.variant_kind(variant) == kind


@pytest.mark.parametrize(
    "request_",
    [
        config(ON_INSTANCES),
        config(named("a", ON_INSTANCES), named("b", ON_INSTANCES)),
        config(ON_INSTANCES, ShadowProductionVariants=[named("shadow", ON_INSTANCES)]),
        config({**MODEL, "InstancePools": POOLS, "InitialInstanceCount": 1}),
        config(ON_INSTANCES, DataCaptureConfig=CAPTURE, KmsKeyId="key"),
        config(SERVERLESS),
        config(serverless(ProvisionedConcurrency=5)),
        config(SERVERLESS, EnableNetworkIsolation=False),
        config(ROOM, ExecutionRoleArn="role"),
        config(
            {**ROOM, "ManagedInstanceScaling": {"Status": "ENABLED", "MinInstanceCount": 0, "MaxInstanceCount": 0}},
            ExecutionRoleArn="role",
        ),
        config({**ROOM, "ManagedInstanceScaling": {"MinInstanceCount": 3}}, ExecutionRoleArn="role"),
        config(ROOM, ExecutionRoleArn="role", EnableNetworkIsolation=True),
    ],
)
def test_requests_that_are_right(request_):
    assert endpoint_configs.rules(request_) == []


V = "production_variants[v]"


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (
            config(named("a", ON_INSTANCES), named("b", ON_INSTANCES), ShadowProductionVariants=[ON_INSTANCES]),
            "shadow_production_variants: shadowing needs exactly one production and one shadow variant.",
        ),
        (
            config(ON_INSTANCES, ShadowProductionVariants=[named("a", ON_INSTANCES), named("b", ON_INSTANCES)]),
            "shadow_production_variants: shadowing needs exactly one production and one shadow variant.",
        ),
        (
            config(ON_INSTANCES, ON_INSTANCES, named("a", ON_INSTANCES)),
            "production_variants: variant names must differ: v is used more than once.",
        ),
        (
            config(ON_INSTANCES, ShadowProductionVariants=[ON_INSTANCES]),
            "production_variants: variant names must differ: v is used more than once.",
        ),
        (
            config(ON_INSTANCES, named("room", ROOM), ExecutionRoleArn="role"),
            "production_variants: variants of different kinds exclude each other: inference components, instances.",
        ),
        (
            config(ROOM),
            "execution_role_arn: variants without a model_name host inference components and need it.",
        ),
        # Instances
        (
            config(without(ON_INSTANCES, "InstanceType")),
            f"{V}: give instance_type, or instance_pools, or serverless_config.",
        ),
        (
            config(without(ON_INSTANCES, "InitialInstanceCount")),
            f"{V}.initial_instance_count: a variant on instances needs it; 1 or more.",
        ),
        (
            config({**ON_INSTANCES, "InstancePools": POOLS}),
            f"{V}: instance_type and instance_pools exclude each other; give one of them.",
        ),
        (
            config({**ON_INSTANCES, "ManagedInstanceScaling": {"Status": "ENABLED"}}),
            f"{V}: managed_instance_scaling and model_name exclude each other: it is supported for inference component "
            "endpoints only. Scale this variant with sagemaker_autoscaling.",
        ),
        (
            config(
                {**ROOM, "ManagedInstanceScaling": {"MinInstanceCount": 3, "MaxInstanceCount": 2}},
                ExecutionRoleArn="role",
            ),
            f"{V}.managed_instance_scaling: min_instance_count is above max_instance_count.",
        ),
        (
            config(ON_INSTANCES, ShadowProductionVariants=[named("s", without(ON_INSTANCES, "InstanceType"))]),
            "shadow_production_variants[s]: give instance_type, or instance_pools, or serverless_config.",
        ),
        # Serverless
        (
            config({**SERVERLESS, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 10}),
            f"{V}: serverless_config and instance_type, volume_size_in_gb exclude each other; serverless has no instances.",
        ),
        (config(without(SERVERLESS, "ModelName")), f"{V}.model_name: a serverless variant needs a model."),
        (
            config(serverless(MemorySizeInMB=1500)),
            f"{V}.serverless_config.memory_size_in_mb: give a multiple of 1024, from 1024 to 6144.",
        ),
        (
            config(serverless(ProvisionedConcurrency=6)),
            f"{V}.serverless_config: provisioned_concurrency is above max_concurrency.",
        ),
        (
            config(named("a", SERVERLESS), named("b", SERVERLESS)),
            "production_variants: an endpoint with a serverless_config has this one variant only.",
        ),
        (
            config(SERVERLESS, DataCaptureConfig=CAPTURE),
            "data_capture_config: this option and a serverless_config exclude each other.",
        ),
        (
            config(SERVERLESS, AsyncInferenceConfig={"OutputConfig": {"S3OutputPath": "s3://bucket/out"}}),
            "async_inference_config: this option and a serverless_config exclude each other.",
        ),
        (
            config(SERVERLESS, VpcConfig={"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}),
            "vpc_config: this option and a serverless_config exclude each other.",
        ),
        (
            config(SERVERLESS, EnableNetworkIsolation=True),
            "enable_network_isolation: this option and a serverless_config exclude each other.",
        ),
    ],
)
def test_requests_that_are_refused(request_, message):
    assert endpoint_configs.rules(request_) == [message]


def test_every_broken_rule_is_told():
    found = endpoint_configs.rules(config(ON_INSTANCES, ShadowProductionVariants=[named("s", SERVERLESS)]))
    assert found == [
        "production_variants: variants of different kinds exclude each other: instances, serverless.",
        "production_variants: an endpoint with a serverless_config has this one variant only.",
        "shadow_production_variants: this option and a serverless_config exclude each other.",
    ]
