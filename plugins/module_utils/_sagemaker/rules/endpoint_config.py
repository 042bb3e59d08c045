# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What CreateEndpointConfig refuses beyond the shape of its members. Pure."""

from __future__ import annotations

from typing import Iterator
from typing import List

from ..core.types import Api
from . import metrics as metrics_rules
from . import model as model_rules
from . import variants

# Members of the configuration that no serverless variant can have.
NOT_SERVERLESS = {
    "DataCaptureConfig": "data_capture_config",
    "AsyncInferenceConfig": "async_inference_config",
    "ShadowProductionVariants": "shadow_production_variants",
    "VpcConfig": "vpc_config",
    "EnableNetworkIsolation": "enable_network_isolation",
    "CrossRegionTrafficConfig": "cross_region_traffic_config",
}


BASELINE_TYPES = ("text/csv", "application/jsonlines")


def problems(request: Api) -> List[str]:
    """What the service refuses in a CreateEndpointConfig request beyond the shape of its members."""
    return list(_rules(request))


def _rules(request: Api) -> Iterator[str]:
    placed = list(variants.by_path(request))
    everyone = [variant for _path, variant in placed]
    names = [variant["VariantName"] for variant in everyone]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        yield f"production_variants: variant names must differ: {', '.join(doubled)} is used more than once."
    kinds = {variants.kind(variant) for variant in everyone}
    if len(kinds) > 1:
        yield f"production_variants: variants of different kinds exclude each other: {', '.join(sorted(kinds))}."
    for path, variant in placed:
        yield from _variant_rules(path, variant)
    if "ShadowProductionVariants" in request:
        yield from _shadow_rules(request, everyone)
    if variants.SERVERLESS in kinds:
        yield from _serverless_rules(request, everyone)
    if variants.COMPONENTS in kinds and "ExecutionRoleArn" not in request:
        yield "execution_role_arn: variants without a model_name host inference components and need it."
    # The service model does not say so; users of Terraform have found it.
    if variants.INSTANCES in kinds and request.get("EnableNetworkIsolation"):
        yield (
            "enable_network_isolation: here it isolates inference components only, so this option and a model_name exclude "
            "each other. Set it in the model (sagemaker_model)."
        )
    if "AsyncInferenceConfig" in request and "CrossRegionTrafficConfig" in request:
        yield "cross_region_traffic_config: this option and async_inference_config exclude each other."
    yield from metrics_rules.frequency_rules("metrics_config", request.get("MetricsConfig", {}))
    yield from _explainer_rules(request.get("ExplainerConfig", {}).get("ClarifyExplainerConfig", {}))


def _variant_rules(path: str, variant: Api) -> Iterator[str]:
    kind = variants.kind(variant)
    if kind == variants.SERVERLESS:
        given = [option for member, option in variants.INSTANCE_MEMBERS.items() if member in variant]
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
    if kind == variants.INSTANCES and "ManagedInstanceScaling" in variant:
        yield (
            f"{path}: managed_instance_scaling and model_name exclude each other: it is supported for inference component "
            "endpoints only. Scale this variant with sagemaker_autoscaling."
        )
    stored = [kind for kind in variants.instance_types(variant) if variants.has_own_storage(kind)]
    if "VolumeSizeInGB" in variant and stored:
        yield (
            f"{path}.volume_size_in_gb: {', '.join(stored)} brings its own storage, so SageMaker accepts no volume size, got "
            f"{variant['VolumeSizeInGB']}. Leave volume_size_in_gb out."
        )
    yield from _routing_rules(f"{path}.routing_config", variant.get("RoutingConfig", {}))
    if len(variant.get("AcceleratorPartitionLayouts", [])) > 1:
        yield f"{path}.accelerator_partition_layouts: give one layout; it holds for every accelerator of the variant."
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


def _routing_rules(path: str, routing: Api) -> Iterator[str]:
    strategy = routing.get("RoutingStrategy")
    prefix = routing.get("PrefixAwareRoutingConfig")
    if prefix is not None and strategy != "PREFIX_AWARE":
        yield (
            f"{path}: prefix_aware_routing_config and routing_strategy {strategy} exclude each other; it belongs to "
            "PREFIX_AWARE."
        )
    elif strategy == "PREFIX_AWARE":
        missing = {"PrefixLength": "prefix_length", "ConcurrencyThreshold": "concurrency_threshold"}
        options = [option for member, option in missing.items() if member not in (prefix or {})]
        if options:
            yield f"{path}.prefix_aware_routing_config: routing_strategy PREFIX_AWARE needs {' and '.join(options)} in it."


def _shadow_rules(request: Api, everyone: List[Api]) -> Iterator[str]:
    """What excludes a shadow beside the members of the request stands in AWS's guide, under "shadow tests"."""
    if any(len(request[member]) != 1 for member in ("ProductionVariants", "ShadowProductionVariants")):
        yield "shadow_production_variants: shadowing needs exactly one production and one shadow variant."
    if "AsyncInferenceConfig" in request:
        yield (
            "shadow_production_variants: this option and async_inference_config exclude each other; a shadow gets copies of "
            "requests that are answered at once."
        )
    unfit = sorted(
        {kind for variant in everyone for kind in variants.instance_types(variant) if kind.startswith("ml.inf1.")}
    )
    if unfit:
        yield (
            f"shadow_production_variants: this option and the instance_type {', '.join(unfit)} exclude each other; there is "
            "no shadowing on Inf1 instances."
        )


def _explainer_rules(clarify: Api) -> Iterator[str]:
    path = "explainer_config.clarify_explainer_config"
    types = clarify.get("InferenceConfig", {}).get("FeatureTypes")
    if types is not None and "text" not in types:
        yield f"{path}.inference_config.feature_types: at least one of them has to be text; leave it out for other data."
    baseline = clarify.get("ShapConfig", {}).get("ShapBaselineConfig")
    if baseline is None:
        return
    path = f"{path}.shap_config.shap_baseline_config"
    # The note on the two stands in AWS's reference of the API only.
    if ("ShapBaseline" in baseline) == ("ShapBaselineUri" in baseline):
        yield f"{path}: give either shap_baseline or shap_baseline_uri."
    if baseline.get("MimeType", BASELINE_TYPES[0]) not in BASELINE_TYPES:
        yield f"{path}.mime_type: {baseline['MimeType']} is none of {', '.join(BASELINE_TYPES)}."


def unfit_for_shadows(model: Api) -> Iterator[str]:
    """What a model has that a variant beside a shadow, and the shadow, cannot have."""
    containers = model_rules.containers_of(model).values()
    if len(containers) > 1:
        yield "several containers"
    if any(container.get("Mode") == model_rules.MULTI_MODEL for container in containers):
        yield f"a container of the mode {model_rules.MULTI_MODEL}"


def unfit_for_serverless(model: Api) -> Iterator[str]:
    """What a model has that a serverless variant cannot have."""
    yield from unfit_for_shadows(model)
    if "VpcConfig" in model:
        yield "a vpc_config"
    if model.get("EnableNetworkIsolation"):
        yield "enable_network_isolation"
    # The service describes a model_data_url as a data source as well.
    if any("ModelDataSource" in one and "ModelDataUrl" not in one for one in model_rules.containers_of(model).values()):
        yield "a model_data_source (a model_data_url it can have)"
