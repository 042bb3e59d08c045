# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Endpoint configurations: what is particular about them; see immutables for the rest."""

from __future__ import annotations

from typing import Any
from typing import Dict
from typing import Iterator
from typing import List
from typing import Mapping

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import immutables
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import usage
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.plans import Result
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.services import Api
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.services import Aws

INSTANCES = "instances"
SERVERLESS = "serverless"
COMPONENTS = "inference components"

# Members that mean instances, with the options' names.
INSTANCE_MEMBERS = {
    "InstanceType": "instance_type",
    "InitialInstanceCount": "initial_instance_count",
    "InstancePools": "instance_pools",
    "ManagedInstanceScaling": "managed_instance_scaling",
    "VolumeSizeInGB": "volume_size_in_gb",
    "AcceleratorType": "accelerator_type",
}

# Members of the configuration that no serverless variant can have.
NOT_SERVERLESS = {
    "DataCaptureConfig": "data_capture_config",
    "AsyncInferenceConfig": "async_inference_config",
    "ShadowProductionVariants": "shadow_production_variants",
    "VpcConfig": "vpc_config",
    "EnableNetworkIsolation": "enable_network_isolation",
}


def ensure(aws: Aws, params: Mapping[str, Any], check_mode: bool) -> Result:
    """Make, tag or delete an endpoint configuration."""
    return immutables.ensure(KIND, aws, params, check_mode)


def info(aws: Aws, params: Mapping[str, Any]) -> Dict[str, Any]:
    """{"endpoint_configs": [...]}"""
    return immutables.info(KIND, aws, params, "endpoint_configs")


def variant_kind(variant: Api) -> str:
    """How a variant hosts its model: on instances, serverless, or as room for inference components."""
    if "ServerlessConfig" in variant:
        return SERVERLESS
    return INSTANCES if "ModelName" in variant else COMPONENTS


def rules(request: Api) -> List[str]:
    """What the service refuses in a CreateEndpointConfig request beyond the shape of its members."""
    return list(_rules(request))


def _rules(request: Api) -> Iterator[str]:
    lists = {"production_variants": request["ProductionVariants"]}
    if "ShadowProductionVariants" in request:
        lists["shadow_production_variants"] = request["ShadowProductionVariants"]
        if any(len(variants) != 1 for variants in lists.values()):
            yield "shadow_production_variants: shadowing needs exactly one production and one shadow variant."
    everyone = [variant for variants in lists.values() for variant in variants]
    names = [variant["VariantName"] for variant in everyone]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        yield f"production_variants: variant names must differ: {', '.join(doubled)} is used more than once."
    kinds = {variant_kind(variant) for variant in everyone}
    if len(kinds) > 1:
        yield f"production_variants: variants of different kinds exclude each other: {', '.join(sorted(kinds))}."
    for option, variants in lists.items():
        for variant in variants:
            yield from _variant_rules(f"{option}[{variant['VariantName']}]", variant)
    if SERVERLESS in kinds:
        yield from _serverless_rules(request, everyone)
    if COMPONENTS in kinds and "ExecutionRoleArn" not in request:
        yield "execution_role_arn: variants without a model_name host inference components and need it."


def _variant_rules(path: str, variant: Api) -> Iterator[str]:
    kind = variant_kind(variant)
    if kind == SERVERLESS:
        given = [option for member, option in INSTANCE_MEMBERS.items() if member in variant]
        if given:
            yield f"{path}: serverless_config and {', '.join(given)} exclude each other; serverless has no instances."
        if "ModelName" not in variant:
            yield f"{path}.model_name: a serverless variant needs a model."
        yield from _memory_rules(path, variant["ServerlessConfig"])
        return
    if "InstanceType" in variant and "InstancePools" in variant:
        yield f"{path}: instance_type and instance_pools exclude each other; give one of them."
    if "InstanceType" not in variant and "InstancePools" not in variant:
        yield f"{path}: give instance_type, or instance_pools, or serverless_config."
    elif "InitialInstanceCount" not in variant:
        yield f"{path}.initial_instance_count: a variant on instances needs it; 1 or more."
    if kind == INSTANCES and "ManagedInstanceScaling" in variant:
        yield (
            f"{path}: managed_instance_scaling and model_name exclude each other: it is supported for inference component "
            "endpoints only. Scale this variant with sagemaker_autoscaling."
        )
    scaling = variant.get("ManagedInstanceScaling", {})
    if scaling.get("MinInstanceCount", 0) > scaling.get("MaxInstanceCount", float("inf")):
        yield f"{path}.managed_instance_scaling: min_instance_count is above max_instance_count."


def _memory_rules(path: str, serverless: Api) -> Iterator[str]:
    if serverless["MemorySizeInMB"] % 1024:
        yield f"{path}.serverless_config.memory_size_in_mb: give a multiple of 1024, from 1024 to 6144."
    if serverless.get("ProvisionedConcurrency", 0) > serverless["MaxConcurrency"]:
        yield f"{path}.serverless_config: provisioned_concurrency is above max_concurrency."


def _serverless_rules(request: Api, everyone: List[Api]) -> Iterator[str]:
    if len(everyone) > 1:
        yield "production_variants: an endpoint with a serverless_config has this one variant only."
    for member, option in NOT_SERVERLESS.items():
        if request.get(member):
            yield f"{option}: this option and a serverless_config exclude each other."


def _users(aws: Aws, name: str) -> List[str]:
    return sorted(usage.configs_in_use(aws).get(name, []))


KIND = immutables.Kind(
    noun="endpoint_config",
    title="endpoint configuration",
    resource="endpoint-config",
    name="EndpointConfigName",
    arn="EndpointConfigArn",
    create="CreateEndpointConfig",
    describe="DescribeEndpointConfig",
    delete="DeleteEndpointConfig",
    listing="ListEndpointConfigs",
    listed="EndpointConfigs",
    rules=rules,
    users=_users,
)
