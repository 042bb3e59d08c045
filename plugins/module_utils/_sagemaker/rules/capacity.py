# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Weights and capacities of a live endpoint against those that its configuration begins with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from typing import Collection
from typing import Dict
from typing import Iterable
from typing import Iterator
from typing import List

from ..core.plans import Change
from ..core.types import Api
from ..schema import shapes


@dataclass(frozen=True)
class CapacityDrift:
    """A weight or a count that a variant has and should not have. member: of DesiredWeightsAndCapacities."""

    variant: str
    member: str
    current: Any
    desired: Any


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


def drift(endpoint: Api, config: Api) -> List[CapacityDrift]:
    """Return what differs from the configuration."""
    beginning = {variant["VariantName"]: variant for variant in config.get("ProductionVariants", [])}
    return [
        one
        for variant in endpoint.get("ProductionVariants", [])
        for one in _variant_drift(variant, beginning.get(variant["VariantName"], {}))
    ]


def _variant_drift(variant: Api, beginning: Api) -> Iterator[CapacityDrift]:
    name = variant["VariantName"]
    if beginning and "DesiredWeight" in variant:
        weight = beginning.get("InitialVariantWeight", 1.0)
        if shapes.float32(variant["DesiredWeight"]) != shapes.float32(weight):
            yield CapacityDrift(name, "DesiredWeight", variant["DesiredWeight"], weight)
    count = beginning.get("InitialInstanceCount")
    # Counts that SageMaker itself scales are its own business.
    managed = beginning.get("ManagedInstanceScaling", {}).get("Status") == "ENABLED"
    if count is not None and not managed and variant.get("DesiredInstanceCount", count) != count:
        yield CapacityDrift(name, "DesiredInstanceCount", variant["DesiredInstanceCount"], count)


def has_counts(found: Iterable[CapacityDrift]) -> bool:
    return any(one.member == "DesiredInstanceCount" for one in found)


def without_counts(found: Iterable[CapacityDrift], variants: Collection[str]) -> List[CapacityDrift]:
    """Return the drift without the counts of these variants, which an autoscaler owns."""
    return [one for one in found if one.member != "DesiredInstanceCount" or one.variant not in variants]


def corrections(found: Iterable[CapacityDrift]) -> List[Api]:
    """Return the members of DesiredWeightsAndCapacities that correct it."""
    items: Dict[str, Api] = {}
    for one in found:
        items.setdefault(one.variant, {"VariantName": one.variant})[one.member] = one.desired
    return list(items.values())


def changes(found: Iterable[CapacityDrift]) -> List[Change]:
    return [
        Change(f"production_variants[{one.variant}].{shapes.option_name(one.member)}", one.current, one.desired)
        for one in found
    ]
