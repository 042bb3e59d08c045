# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Weights and capacities of a live endpoint against those that its configuration begins with."""

from __future__ import annotations

from typing import Any
from typing import Dict
from typing import Iterable
from typing import List
from typing import Tuple

from ..core.plans import Change
from ..core.types import Api
from ..schema import shapes

# {(variant, member of DesiredWeightsAndCapacities): (what it is, what it should be)}
Drift = Dict[Tuple[str, str], Tuple[Any, Any]]


def weights(config: Api) -> Dict[str, float]:
    """{variant: weight} that a configuration begins with."""
    return {
        variant["VariantName"]: shapes.float32(variant.get("InitialVariantWeight", 1.0))
        for variant in config.get("ProductionVariants", [])
    }


def counts(config: Api) -> Dict[str, Any]:
    """{variant: instance count} that a configuration begins with."""
    return {
        variant["VariantName"]: variant.get("InitialInstanceCount") for variant in config.get("ProductionVariants", [])
    }


def drift(endpoint: Api, config: Api) -> Drift:
    """What differs from the configuration."""
    beginning = {variant["VariantName"]: variant for variant in config.get("ProductionVariants", [])}
    return {
        (variant["VariantName"], member): pair
        for variant in endpoint.get("ProductionVariants", [])
        for member, pair in _variant_drift(variant, beginning.get(variant["VariantName"], {})).items()
    }


def _variant_drift(variant: Api, beginning: Api) -> Dict[str, Tuple[Any, Any]]:
    pairs = {}
    if beginning and "DesiredWeight" in variant:
        weight = beginning.get("InitialVariantWeight", 1.0)
        if shapes.float32(variant["DesiredWeight"]) != shapes.float32(weight):
            pairs["DesiredWeight"] = (variant["DesiredWeight"], weight)
    count = beginning.get("InitialInstanceCount")
    # Counts that SageMaker itself scales are its own business.
    managed = beginning.get("ManagedInstanceScaling", {}).get("Status") == "ENABLED"
    if count is not None and not managed and variant.get("DesiredInstanceCount", count) != count:
        pairs["DesiredInstanceCount"] = (variant["DesiredInstanceCount"], count)
    return pairs


def has_counts(found: Drift) -> bool:
    return any(member == "DesiredInstanceCount" for _variant, member in found)


def without_counts(found: Drift, variants: Iterable[str]) -> Drift:
    """The drift without the counts of these variants, which an autoscaler owns."""
    owned = {(name, "DesiredInstanceCount") for name in variants}
    return {key: pair for key, pair in found.items() if key not in owned}


def wanted(found: Drift) -> List[Api]:
    """The members of DesiredWeightsAndCapacities that put it right."""
    items: Dict[str, Api] = {}
    for (name, member), (_is, should_be) in found.items():
        items.setdefault(name, {"VariantName": name})[member] = should_be
    return list(items.values())


def changes(found: Drift) -> List[Change]:
    return [
        Change(f"production_variants[{name}].{shapes.option_name(member)}", *pair)
        for (name, member), pair in found.items()
    ]
