# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Weights and capacities of a live endpoint against those that its configuration begins with."""

from __future__ import annotations

from typing import Any
from typing import Dict
from typing import List
from typing import Tuple

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import shapes
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.plans import Change
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.services import Api

# On an endpoint: its weights and capacities were set on purpose (sagemaker_endpoint_traffic) and are not put back.
SHIFTED_TAG = "mlops.sagemaker/traffic"


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


def drift(endpoint: Api, config: Api) -> Tuple[List[Api], List[Change]]:
    """What differs from the configuration: members of DesiredWeightsAndCapacities, and the same as changes."""
    beginning = {variant["VariantName"]: variant for variant in config.get("ProductionVariants", [])}
    wanted, changes = [], []
    for variant in endpoint.get("ProductionVariants", []):
        name = variant["VariantName"]
        found = _variant_drift(variant, beginning.get(name, {}))
        if found:
            wanted.append({"VariantName": name, **{member: after for member, (_before, after) in found.items()}})
            changes += [
                Change(f"production_variants[{name}].{shapes.option_name(member)}", before, after)
                for member, (before, after) in found.items()
            ]
    return wanted, changes


def _variant_drift(variant: Api, beginning: Api) -> Dict[str, Tuple[Any, Any]]:
    """{member of DesiredWeightsAndCapacities: (is, should be)}"""
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


def without_counts(wanted: List[Api], changes: List[Change], variants: List[str]) -> Tuple[List[Api], List[Change]]:
    """The drift without the counts of these variants, which an autoscaler owns."""
    kept = [
        {m: v for m, v in item.items() if m != "DesiredInstanceCount" or item["VariantName"] not in variants}
        for item in wanted
    ]
    owned = {f"production_variants[{name}].desired_instance_count" for name in variants}
    return [item for item in kept if len(item) > 1], [change for change in changes if change.path not in owned]
