# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What CreateEndpointConfig refuses beyond the shape of its members. Pure."""

from __future__ import annotations

from typing import Iterator
from typing import List

from ..core.problems import Problem
from ..core.types import Options
from . import metrics as metrics_rules
from . import model as model_rules
from . import variants

# Options of the configuration that no serverless variant can have.
NOT_SERVERLESS = (
    "data_capture_config",
    "async_inference_config",
    "shadow_production_variants",
    "vpc_config",
    "enable_network_isolation",
    "cross_region_traffic_config",
)

BASELINE_TYPES = ("text/csv", "application/jsonlines")


def problems(request: Options) -> List[Problem]:
    """What the service refuses in a CreateEndpointConfig request beyond the shape of its members."""
    return list(_rules(request))


def _rules(request: Options) -> Iterator[Problem]:
    placed = list(variants.by_path(request))
    everyone = [variant for _path, variant in placed]
    names = [variant["variant_name"] for variant in everyone]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        yield Problem("production_variants", f"variant names must differ: {', '.join(doubled)} is used more than once.")
    kinds = {variants.kind(variant) for variant in everyone}
    if len(kinds) > 1:
        yield Problem(
            "production_variants", f"variants of different kinds exclude each other: {', '.join(sorted(kinds))}."
        )
    for path, variant in placed:
        yield from _variant_rules(path, variant)
    if "shadow_production_variants" in request:
        yield from _shadow_rules(request, everyone)
    if variants.SERVERLESS in kinds:
        yield from _serverless_rules(request, everyone)
    if variants.COMPONENTS in kinds and "execution_role_arn" not in request:
        yield Problem("execution_role_arn", "variants without a model_name host inference components and need it.")
    # The service model does not say so; users of Terraform have found it.
    if variants.INSTANCES in kinds and request.get("enable_network_isolation"):
        yield Problem(
            "enable_network_isolation",
            "here it isolates inference components only, so this option and a model_name exclude "
            "each other. Set it in the model (sagemaker_model).",
        )
    if "async_inference_config" in request and "cross_region_traffic_config" in request:
        yield Problem("cross_region_traffic_config", "this option and async_inference_config exclude each other.")
    yield from metrics_rules.frequency_rules("metrics_config", request.get("metrics_config", {}))
    yield from _explainer_rules(request.get("explainer_config", {}).get("clarify_explainer_config", {}))


def _variant_rules(path: str, variant: Options) -> Iterator[Problem]:
    kind = variants.kind(variant)
    if kind == variants.SERVERLESS:
        given = [option for option in variants.INSTANCE_OPTIONS if option in variant]
        if given:
            yield Problem(
                path, f"serverless_config and {', '.join(given)} exclude each other; serverless has no instances."
            )
        if "model_name" not in variant:
            yield Problem(f"{path}.model_name", "a serverless variant needs a model.")
        yield from _memory_rules(path, variant["serverless_config"])
        return
    if "instance_type" in variant and "instance_pools" in variant:
        yield Problem(path, "instance_type and instance_pools exclude each other; give one of them.")
    if "instance_type" not in variant and "instance_pools" not in variant:
        yield Problem(path, "give instance_type, or instance_pools, or serverless_config.")
    elif "initial_instance_count" not in variant:
        yield Problem(f"{path}.initial_instance_count", "a variant on instances needs it; 1 or more.")
    if kind == variants.INSTANCES and "managed_instance_scaling" in variant:
        yield Problem(
            path,
            "managed_instance_scaling and model_name exclude each other: it is supported for inference component "
            "endpoints only. Scale this variant with sagemaker_autoscaling.",
        )
    stored = [kind for kind in variants.instance_types(variant) if variants.has_own_storage(kind)]
    if "volume_size_in_gb" in variant and stored:
        yield Problem(
            f"{path}.volume_size_in_gb",
            f"{', '.join(stored)} brings its own storage, so SageMaker accepts no volume size, got "
            f"{variant['volume_size_in_gb']}. Leave volume_size_in_gb out.",
        )
    yield from _routing_rules(f"{path}.routing_config", variant.get("routing_config", {}))
    if len(variant.get("accelerator_partition_layouts", [])) > 1:
        yield Problem(
            f"{path}.accelerator_partition_layouts", "give one layout; it holds for every accelerator of the variant."
        )
    scaling = variant.get("managed_instance_scaling", {})
    if scaling.get("min_instance_count", 0) > scaling.get("max_instance_count", float("inf")):
        yield Problem(f"{path}.managed_instance_scaling", "min_instance_count is above max_instance_count.")


def _memory_rules(path: str, serverless: Options) -> Iterator[Problem]:
    if serverless["memory_size_in_mb"] % 1024:
        yield Problem(f"{path}.serverless_config.memory_size_in_mb", "give a multiple of 1024, from 1024 to 6144.")
    if serverless.get("provisioned_concurrency", 0) > serverless["max_concurrency"]:
        yield Problem(f"{path}.serverless_config", "provisioned_concurrency is above max_concurrency.")


def _serverless_rules(request: Options, everyone: List[Options]) -> Iterator[Problem]:
    if len(everyone) > 1:
        yield Problem("production_variants", "an endpoint with a serverless_config has this one variant only.")
    for option in NOT_SERVERLESS:
        if request.get(option):
            yield Problem(option, "this option and a serverless_config exclude each other.")


def _routing_rules(path: str, routing: Options) -> Iterator[Problem]:
    strategy = routing.get("routing_strategy")
    prefix = routing.get("prefix_aware_routing_config")
    if prefix is not None and strategy != "PREFIX_AWARE":
        yield Problem(
            path,
            f"prefix_aware_routing_config and routing_strategy {strategy} exclude each other; it belongs to "
            "PREFIX_AWARE.",
        )
    elif strategy == "PREFIX_AWARE":
        missing = [option for option in ("prefix_length", "concurrency_threshold") if option not in (prefix or {})]
        if missing:
            yield Problem(
                f"{path}.prefix_aware_routing_config",
                f"routing_strategy PREFIX_AWARE needs {' and '.join(missing)} in it.",
            )


def _shadow_rules(request: Options, everyone: List[Options]) -> Iterator[Problem]:
    """What excludes a shadow beside the members of the request stands in AWS's guide, under "shadow tests"."""
    if any(len(request[option]) != 1 for option in ("production_variants", "shadow_production_variants")):
        yield Problem("shadow_production_variants", "shadowing needs exactly one production and one shadow variant.")
    if "async_inference_config" in request:
        yield Problem(
            "shadow_production_variants",
            "this option and async_inference_config exclude each other; a shadow gets copies of "
            "requests that are answered at once.",
        )
    unfit = sorted(
        {kind for variant in everyone for kind in variants.instance_types(variant) if kind.startswith("ml.inf1.")}
    )
    if unfit:
        yield Problem(
            "shadow_production_variants",
            f"this option and the instance_type {', '.join(unfit)} exclude each other; there is "
            "no shadowing on Inf1 instances.",
        )


def _explainer_rules(clarify: Options) -> Iterator[Problem]:
    path = "explainer_config.clarify_explainer_config"
    types = clarify.get("inference_config", {}).get("feature_types")
    if types is not None and "text" not in types:
        yield Problem(
            f"{path}.inference_config.feature_types",
            "at least one of them has to be text; leave it out for other data.",
        )
    baseline = clarify.get("shap_config", {}).get("shap_baseline_config")
    if baseline is None:
        return
    path = f"{path}.shap_config.shap_baseline_config"
    # The note on the two stands in AWS's reference of the API only.
    if ("shap_baseline" in baseline) == ("shap_baseline_uri" in baseline):
        yield Problem(path, "give either shap_baseline or shap_baseline_uri.")
    if baseline.get("mime_type", BASELINE_TYPES[0]) not in BASELINE_TYPES:
        yield Problem(f"{path}.mime_type", f"{baseline['mime_type']} is none of {', '.join(BASELINE_TYPES)}.")


def unfit_for_shadows(model: Options) -> Iterator[Problem]:
    """What a model has that a variant beside a shadow, and the shadow, cannot have."""
    containers = model_rules.containers_of(model).values()
    if len(containers) > 1:
        yield "several containers"
    if any(container.get("mode") == model_rules.MULTI_MODEL for container in containers):
        yield f"a container of the mode {model_rules.MULTI_MODEL}"


def unfit_for_serverless(model: Options) -> Iterator[Problem]:
    """What a model has that a serverless variant cannot have."""
    yield from unfit_for_shadows(model)
    if "vpc_config" in model:
        yield "a vpc_config"
    if model.get("enable_network_isolation"):
        yield "enable_network_isolation"
    # The service describes a model_data_url as a data source as well.
    if any(
        "model_data_source" in one and "model_data_url" not in one for one in model_rules.containers_of(model).values()
    ):
        yield "a model_data_source (a model_data_url it can have)"
