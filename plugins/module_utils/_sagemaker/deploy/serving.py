# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an endpoint serves after a run: configuration, variants with their instances, and inference components. Pure."""

from __future__ import annotations

from typing import Any
from typing import Collection
from typing import Dict
from typing import Iterable
from typing import List
from typing import Mapping
from typing import Optional

from ..core import ownership
from ..rules import capacity as capacity_rules
from ..rules import scaling as scaling_rules
from ..rules import variants as variant_rules
from . import addresses

Values = Dict[str, Any]

# invocation: the options that an invocation needs, without the endpoint's name.
NOTHING: Values = {"endpoint_config_name": "", "variants": [], "inference_components": [], "invocation": {}}

# A placeholder in an invocation for a value of the user.
YOURS = "..."

_SIZES = ("memory_size_in_mb", "max_concurrency", "provisioned_concurrency")


def of_config(name: str, config: Mapping[str, Any], targets: Iterable[Mapping[str, Any]] = ()) -> Values:
    """Return the initial state of a configuration. config: its content as options; targets: the scalable targets of its variants."""
    bounds = {
        found["variant"]: target
        for target in targets
        if (found := scaling_rules.VARIANT_ID.fullmatch(target["resource_id"]))
    }
    variants = [
        _variant(variant, option, bounds.get(variant["variant_name"]))
        for option in variant_rules.LISTS
        for variant in config.get(option) or ()
    ]
    is_asynchronous = any(variant_rules.kind_of(config, one).asynchronous for one in variant_rules.of(config))
    invocation = {"input_location": f"s3://{YOURS}"} if is_asynchronous else {"body": YOURS}
    return {**NOTHING, "endpoint_config_name": name, "variants": variants, "invocation": invocation}


def _variant(variant: Mapping[str, Any], option: str, target: Optional[Mapping[str, Any]]) -> Values:
    serverless = variant.get("serverless_config") or {}
    return {
        "variant_name": variant["variant_name"],
        "shadow": option != variant_rules.LISTS[0],
        "instance_types": variant_rules.instance_types(variant),
        "instance_count": variant.get("initial_instance_count"),
        "weight": variant.get("initial_variant_weight", 1.0),
        **{size: serverless[size] for size in _SIZES if size in serverless},
        **_bounds(target or variant.get("managed_instance_scaling")),
    }


def _bounds(target: Optional[Mapping[str, Any]]) -> Values:
    """Return the bounds of a scalable target, as far as they are known."""
    found = target or {}
    lowest = found.get("min_capacity", found.get("min_instance_count"))
    highest = found.get("max_capacity", found.get("max_instance_count"))
    return {"autoscaling": {"min_capacity": lowest, "max_capacity": highest}} if found else {}


def with_counts(
    serving: Mapping[str, Any],
    endpoint: Mapping[str, Any],
    counts: Optional[Collection[str]] = None,
    weights: bool = True,
) -> Values:
    """Return serving with the instance counts and weights of an endpoint in a result.

    counts: the variants to take the count from, by default all; weights: whether to take the weights.
    """
    found = {
        variant["variant_name"]: variant for option in variant_rules.LISTS for variant in endpoint.get(option) or ()
    }

    def counted(variant: Values) -> Values:
        current = found.get(variant["variant_name"], {})
        keeps = counts is None or variant["variant_name"] in counts
        count = current.get("desired_instance_count", variant["instance_count"]) if keeps else variant["instance_count"]
        weight = current.get("desired_weight", variant["weight"]) if weights else variant["weight"]
        return {**variant, "instance_count": count, "weight": weight}

    return {**serving, "variants": [counted(variant) for variant in serving["variants"]]}


def after_update(
    serving: Mapping[str, Any],
    endpoint: Mapping[str, Any],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    scaled: Collection[str],
) -> Values:
    """Return serving with the counts and weights that an update keeps: those of autoscaling, and of traffic that was shifted deliberately.

    endpoint: as predicted; before, after: contents of the configurations; scaled: resource ids of scalable targets.
    """
    # The mark of shifted traffic stays only if the update keeps the shift, and belongs to the new configuration then.
    mark = (endpoint.get("tags") or {}).get(ownership.TRAFFIC_OVERRIDE_TAG)
    shifted = mark is not None and mark == serving["endpoint_config_name"]
    keeps_counts = shifted and capacity_rules.counts(before) == capacity_rules.counts(after)
    keeps_weights = shifted and capacity_rules.weights(before) == capacity_rules.weights(after)
    names = [found["variant"] for found in map(scaling_rules.VARIANT_ID.fullmatch, scaled) if found]
    return with_counts(serving, endpoint, None if keeps_counts else names, keeps_weights)


def targets_of(models: Iterable[Mapping[str, Any]], inference_components: Iterable[Mapping[str, Any]]) -> Values:
    """Return the options of an invocation that select one of several models. models: as options of sagemaker_model."""
    found: Values = {}
    for model in models:
        containers = addresses.containers_of(model)
        if any(container.get("mode") == "MultiModel" for container in containers):
            found["target_model"] = YOURS
        if (model.get("inference_execution_config") or {}).get("mode") == "Direct":
            found["target_container_hostname"] = containers[0].get("container_hostname", YOURS)
    for component in inference_components:
        found.setdefault("inference_component_name", component["name"])
    return found


def components(found: Iterable[Mapping[str, Any]], targets: Iterable[Mapping[str, Any]] = ()) -> List[Values]:
    """Return inference components with their copies. found: components in results."""
    bounds = {target["resource_id"]: target for target in targets}
    return [
        {
            "name": one["inference_component_name"],
            **_size(one),
            **_bounds(bounds.get(scaling_rules.component_id(one["inference_component_name"]))),
        }
        for one in found
    ]


def _size(component: Mapping[str, Any]) -> Values:
    """Return the copies of a component, or the base whose copies an adapter runs on."""
    base = (component.get("specification") or {}).get("base_inference_component_name")
    if base:
        return {"base": base}
    counts = component.get("runtime_config") or {}
    return {"copy_count": counts.get("desired_copy_count", counts.get("copy_count"))}
