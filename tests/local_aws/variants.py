# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variants of an endpoint configuration: which kind each is, and what each kind may have.

behaviour 3.4 to 3.11, 3.14 to 3.16, 3.18
"""

from __future__ import annotations

from typing import Any

from local_aws.wire import validation

# Families whose instances bring their own storage, beside all that have a d in their name. behaviour 3.18
OWN_STORAGE = ("g5", "g6", "p5", "trn1")
INSTANCE_MEMBERS = ("InstanceType", "InitialInstanceCount", "InstancePools", "ManagedInstanceScaling")


def models_of(variant: dict[str, Any]) -> list[str]:
    """The names of all models a variant may run."""
    names = [variant["ModelName"]] if "ModelName" in variant else []
    return names + [
        pool["ModelNameOverride"] for pool in variant.get("InstancePools", []) if "ModelNameOverride" in pool
    ]


def instance_types(variant: dict[str, Any]) -> list[str]:
    """The instance types a variant may run on, in order of preference."""
    if "InstanceType" in variant:
        return [variant["InstanceType"]]
    return [pool["InstanceType"] for pool in sorted(variant.get("InstancePools", []), key=lambda one: one["Priority"])]


def is_serverless(variant: dict[str, Any]) -> bool:
    return "ServerlessConfig" in variant


def hosts_components(variant: dict[str, Any]) -> bool:
    """Whether models come to the variant as inference components. behaviour 3.4"""
    return "ModelName" not in variant and not is_serverless(variant)


def has_own_storage(instance_type: str) -> bool:
    """behaviour 3.18"""
    family = instance_type.split(".")[1]
    return "d" in family or family.startswith(OWN_STORAGE)


def check(
    request: dict[str, Any], variants: list[dict[str, Any]], models: dict[str, Any], zero_instances: bool
) -> None:
    """Refuses what CreateEndpointConfig refuses of its variants.

    ``models`` are the named ones, by name; ``zero_instances``: whether the region takes a minimum of 0.
    """
    kinds = {
        "serverless" if is_serverless(one) else "component" if hosts_components(one) else "model" for one in variants
    }
    if len(kinds) > 1:  # behaviour 3.5
        raise validation(
            "Variants with a model on instances, serverless variants and variants for inference components cannot be "
            "mixed in one endpoint configuration."
        )
    for variant in variants:
        if is_serverless(variant):
            _check_serverless(request, variant, variants, models)
        else:
            _check_instances(request, variant, zero_instances)
            _check_routing(variant)
    if "ShadowProductionVariants" in request:
        _check_shadow(request, variants, models)


def _check_instances(request: dict[str, Any], variant: dict[str, Any], zero_instances: bool) -> None:
    """behaviour 3.4, 3.11, 3.14, 3.16, 3.18"""
    name = variant["VariantName"]
    if not instance_types(variant):
        raise validation(f'InstanceType must be specified for the variant "{name}" unless it has a ServerlessConfig.')
    if "InstanceType" in variant and "InstancePools" in variant:
        raise validation(f'InstanceType and InstancePools cannot be specified together for the variant "{name}".')
    if "InitialInstanceCount" not in variant:
        raise validation(f'InitialInstanceCount must be specified for the variant "{name}".')
    if "ManagedInstanceScaling" in variant and "AsyncInferenceConfig" in request:  # behaviour 0.17
        raise validation("ManagedInstanceScaling is not supported with the given EndpointConfig setup.")
    if "ManagedInstanceScaling" in variant and "ModelName" in variant:  # behaviour 0.17
        raise validation("ManagedInstanceScaling is only supported for inference component endpoints.")
    if "ModelName" in variant and request.get("EnableNetworkIsolation"):  # behaviour 3.14
        raise validation("EnableNetworkIsolation is only supported for inference component endpoints.")
    if len(variant.get("AcceleratorPartitionLayouts", [])) > 1:  # behaviour 3.16
        raise validation(f'Only one accelerator partition layout can be specified for the variant "{name}".')
    if hosts_components(variant) and "ExecutionRoleArn" not in request:
        raise validation(f'ExecutionRoleArn must be specified: the variant "{name}" has no ModelName.')
    scaling = variant.get("ManagedInstanceScaling", {})
    if scaling.get("MinInstanceCount", 0) > scaling.get("MaxInstanceCount", float("inf")):
        raise validation(f'MinInstanceCount is greater than MaxInstanceCount for the variant "{name}".')
    if scaling.get("Status") == "ENABLED" and scaling.get("MinInstanceCount") == 0 and not zero_instances:
        raise validation("Min instance count needs to be greater than 0 for enabled managed instance scaling")
    for kind in instance_types(variant):
        if "VolumeSizeInGB" in variant and has_own_storage(kind):
            raise validation(f"VolumeSize parameter is not allowed for the selected Instance type {kind}")


def _check_routing(variant: dict[str, Any]) -> None:
    """behaviour 3.15"""
    routing = variant.get("RoutingConfig", {})
    prefix = routing.get("PrefixAwareRoutingConfig")
    aware = routing.get("RoutingStrategy") == "PREFIX_AWARE"
    if prefix is not None and not aware:
        raise validation("PrefixAwareRoutingConfig can only be specified with the routing strategy PREFIX_AWARE.")
    if aware and not {"PrefixLength", "ConcurrencyThreshold"} <= set(prefix or {}):
        raise validation(
            "PrefixLength and ConcurrencyThreshold must be specified for the routing strategy PREFIX_AWARE."
        )


def _check_shadow(request: dict[str, Any], variants: list[dict[str, Any]], models: dict[str, Any]) -> None:
    """behaviour 3.8"""
    if "AsyncInferenceConfig" in request:
        raise validation("ShadowProductionVariants are not supported for asynchronous inference.")
    if any(kind.startswith("ml.inf1.") for variant in variants for kind in instance_types(variant)):
        raise validation("ShadowProductionVariants are not supported for Inf1 instances.")
    for model in models.values():
        if len(model.containers) > 1 or model.containers[0].get("Mode") == "MultiModel":
            raise validation(
                f'The model "{model.name}" has several containers or is a multi-model, which ShadowProductionVariants do '
                "not support."
            )


def _check_serverless(
    request: dict[str, Any], variant: dict[str, Any], variants: list[dict[str, Any]], models: dict[str, Any]
) -> None:
    """behaviour 3.6, 3.7, 3.9"""
    name, serverless = variant["VariantName"], variant["ServerlessConfig"]
    if "ModelName" not in variant:
        raise validation(f'ModelName must be specified for the serverless variant "{name}".')
    for member in INSTANCE_MEMBERS:
        if member in variant:
            raise validation(f'{member} cannot be specified together with ServerlessConfig for the variant "{name}".')
    if serverless["MemorySizeInMB"] % 1024:
        raise validation("MemorySizeInMB must be one of 1024, 2048, 3072, 4096, 5120 and 6144.")
    if serverless.get("ProvisionedConcurrency", 0) > serverless["MaxConcurrency"]:
        raise validation("ProvisionedConcurrency must be less than or equal to MaxConcurrency.")
    if len(variants) > 1:
        raise validation("An endpoint with a serverless variant cannot have other variants.")
    for member in ("DataCaptureConfig", "AsyncInferenceConfig", "CrossRegionTrafficConfig"):
        if member in request:
            raise validation(f"{member} is not supported for serverless variants.")
    model = models[variant["ModelName"]]
    if "VpcConfig" in model.request:
        raise validation(f'The model "{model.name}" has a VpcConfig, which serverless variants do not support.')
    if model.request.get("EnableNetworkIsolation"):
        raise validation(
            f'The model "{model.name}" is isolated from the network: serverless variants do not support it.'
        )
    if len(model.containers) > 1:
        raise validation(f'The model "{model.name}" has several containers, which serverless variants do not support.')
    container = model.containers[0]
    if container.get("Mode") == "MultiModel":
        raise validation(f'The model "{model.name}" is a multi-model, which serverless variants do not support.')
    if "ModelDataSource" in container:
        raise validation(f'The model "{model.name}" has a ModelDataSource, which serverless variants do not support.')
