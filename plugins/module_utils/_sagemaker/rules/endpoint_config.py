# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of CreateEndpointConfig beyond the shape of its members. Pure."""

from __future__ import annotations

from typing import Iterator
from typing import List
from typing import Tuple

from ..core.problems import Problem
from ..core.types import Options
from . import model as model_rules
from . import publish_frequency
from . import variants
from .variants import Kind

BASELINE_TYPES = ("text/csv", "application/jsonlines")


def problems(request: Options) -> List[Problem]:
    """Return the problems of a CreateEndpointConfig request beyond the shape of its members."""
    return list(_rules(request))


def _rules(request: Options) -> Iterator[Problem]:
    placed = list(variants.by_path(request))
    everyone = [variant for _path, variant in placed]
    names = [variant["variant_name"] for variant in everyone]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        yield Problem("production_variants", f"variant names must differ: {', '.join(doubled)} is used more than once.")
    kinds = variants.kinds_of(request)
    if len(kinds) > 1:
        kind_names = ", ".join(sorted(kind.name for kind in kinds))
        yield Problem("production_variants", f"all variants must be of one kind, got {kind_names}.")
    for path, variant in placed:
        yield from _variant_rules(path, variants.kind_of(request, variant), variant)
    if "shadow_production_variants" in request:
        yield from _shadow_rules(request, everyone)
    for kind in kinds:
        yield from _kind_rules(request, kind, everyone)
    yield from publish_frequency.problems("metrics_config", request.get("metrics_config", {}))
    yield from _explainer_rules(request.get("explainer_config", {}).get("clarify_explainer_config", {}))


def _kind_rules(request: Options, kind: Kind, everyone: List[Options]) -> Iterator[Problem]:
    if kind.alone and len(everyone) > 1:
        yield Problem(
            "production_variants",
            f"a variant that {kind.described} must be the only variant of its endpoint, got {len(everyone)} variants.",
        )
    for option, why in kind.config_excludes.items():
        if request.get(option):
            yield Problem(option, why)
    if not kind.has_model and "execution_role_arn" not in request:
        yield Problem(
            "execution_role_arn", "is required, because variants without a model_name host inference components."
        )


def _variant_rules(path: str, kind: Kind, variant: Options) -> Iterator[Problem]:
    for option, why in kind.excludes.items():
        if option in variant:
            yield Problem(f"{path}.{option}", why)
    if kind.has_model and "model_name" not in variant:
        yield Problem(f"{path}.model_name", f"a variant that {kind.described} needs a model.")
    if "serverless_config" in variant:
        yield from _memory_rules(f"{path}.serverless_config", variant["serverless_config"])
    if kind.capacity:
        yield from _instance_rules(path, variant)


def _instance_rules(path: str, variant: Options) -> Iterator[Problem]:
    if "instance_type" in variant and "instance_pools" in variant:
        yield Problem(path, "instance_type and instance_pools are mutually exclusive. Give one of them.")
    if "instance_type" not in variant and "instance_pools" not in variant:
        others = [kind.given[1] for kind in variants.KINDS if kind.given[1] and not kind.capacity]
        yield Problem(path, f"give {', or '.join(['instance_type', 'instance_pools', *others])}.")
    elif "initial_instance_count" not in variant:
        yield Problem(f"{path}.initial_instance_count", "is required for a variant on instances, at least 1.")
    stored = [kind for kind in variants.instance_types(variant) if variants.has_own_storage(kind)]
    if "volume_size_in_gb" in variant and stored:
        yield Problem(
            f"{path}.volume_size_in_gb",
            f"{', '.join(stored)} has local storage, so SageMaker accepts no volume size, got "
            f"{variant['volume_size_in_gb']}. Leave volume_size_in_gb out.",
        )
    yield from _routing_rules(f"{path}.routing_config", variant.get("routing_config", {}))
    if len(variant.get("accelerator_partition_layouts", [])) > 1:
        yield Problem(
            f"{path}.accelerator_partition_layouts",
            "give exactly one layout. It applies to every accelerator of the variant.",
        )
    scaling = variant.get("managed_instance_scaling", {})
    if scaling.get("min_instance_count", 0) > scaling.get("max_instance_count", float("inf")):
        yield Problem(f"{path}.managed_instance_scaling", "min_instance_count must be at most max_instance_count.")


def _memory_rules(path: str, serverless: Options) -> Iterator[Problem]:
    if serverless["memory_size_in_mb"] % 1024:
        yield Problem(f"{path}.memory_size_in_mb", "must be a multiple of 1024: 1024, 2048, 3072, 4096, 5120 or 6144.")
    if serverless.get("provisioned_concurrency", 0) > serverless["max_concurrency"]:
        yield Problem(f"{path}.provisioned_concurrency", "must not be more than max_concurrency.")


def _routing_rules(path: str, routing: Options) -> Iterator[Problem]:
    strategy = routing.get("routing_strategy")
    prefix = routing.get("prefix_aware_routing_config")
    if prefix is not None and strategy != "PREFIX_AWARE":
        yield Problem(
            path,
            f"prefix_aware_routing_config and routing_strategy {strategy} are mutually exclusive. It is only for "
            "PREFIX_AWARE.",
        )
    elif strategy == "PREFIX_AWARE":
        missing = [option for option in ("prefix_length", "concurrency_threshold") if option not in (prefix or {})]
        if missing:
            yield Problem(
                f"{path}.prefix_aware_routing_config",
                f"routing_strategy PREFIX_AWARE requires {' and '.join(missing)}.",
            )


def _shadow_rules(request: Options, everyone: List[Options]) -> Iterator[Problem]:
    """AWS's guide documents the exclusions of shadow tests under "shadow tests"."""
    given = " and ".join(str(len(request[option])) for option in variants.LISTS)
    if given != "1 and 1":
        yield Problem(
            "shadow_production_variants",
            f"a shadow test needs exactly one production variant and one shadow variant, got {given}.",
        )
    unfit = sorted(
        {kind for variant in everyone for kind in variants.instance_types(variant) if kind.startswith("ml.inf1.")}
    )
    if unfit:
        yield Problem(
            "shadow_production_variants",
            f"this option and the instance_type {', '.join(unfit)} are mutually exclusive. Shadow tests "
            "do not support Inf1 instances.",
        )


def _explainer_rules(clarify: Options) -> Iterator[Problem]:
    path = "explainer_config.clarify_explainer_config"
    types = clarify.get("inference_config", {}).get("feature_types")
    if types is not None and "text" not in types:
        yield Problem(
            f"{path}.inference_config.feature_types",
            "at least one of them must be text. Leave the option out for other data.",
        )
    baseline = clarify.get("shap_config", {}).get("shap_baseline_config")
    if baseline is None:
        return
    path = f"{path}.shap_config.shap_baseline_config"
    # Only the API reference of AWS documents that exactly one is required.
    if ("shap_baseline" in baseline) == ("shap_baseline_uri" in baseline):
        yield Problem(path, "give exactly one of shap_baseline and shap_baseline_uri.")
    if baseline.get("mime_type", BASELINE_TYPES[0]) not in BASELINE_TYPES:
        yield Problem(f"{path}.mime_type", f"must be one of {', '.join(BASELINE_TYPES)}, got {baseline['mime_type']}.")


def minds_models(request: Options, variant: Options) -> bool:
    """Return whether this variant cannot run some models, so that its model has to be checked."""
    return bool(_picky(request, variant))


def unfit_models(request: Options, variant: Options, model: Options) -> Iterator[Tuple[str, Problem]]:
    """Yield (option, the part of the model that it excludes) if a variant cannot run a model. model: its options, or
    its description as options."""
    for option in _picky(request, variant)[:1]:
        for what in _UNFIT[option](model):
            yield option, what


def _picky(request: Options, variant: Options) -> List[str]:
    """Return the options that prevent a variant from running some models."""
    return [option for option in _UNFIT if option in variant or option in request]


def _unfit_for_shadows(model: Options) -> Iterator[Problem]:
    """Yield the parts of a model that neither a shadow variant nor its production variant supports."""
    containers = model_rules.containers_of(model)
    if len(containers) > 1:
        yield Problem("containers", "several containers")
    for path, container in containers.items():
        if container.get("mode") == model_rules.MULTI_MODEL:
            yield Problem(f"{path}.mode", f"a container of the mode {model_rules.MULTI_MODEL}")


def _unfit_for_serverless(model: Options) -> Iterator[Problem]:
    """Yield the parts of a model that a serverless variant does not support."""
    yield from _unfit_for_shadows(model)
    for option, what in (("vpc_config", "a vpc_config"), ("enable_network_isolation", "enable_network_isolation")):
        if model.get(option):
            yield Problem(option, what)
    for path, container in model_rules.containers_of(model).items():
        # The service also describes a model_data_url as a data source.
        if "model_data_source" in container and "model_data_url" not in container:
            yield Problem(f"{path}.model_data_source", "a model_data_source (a model_data_url it can have)")


# By the option of the configuration. Serverless variants have more exclusions than shadow tests.
_UNFIT = {"serverless_config": _unfit_for_serverless, "shadow_production_variants": _unfit_for_shadows}
