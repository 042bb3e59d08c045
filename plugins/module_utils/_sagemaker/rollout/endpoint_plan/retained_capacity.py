# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Weights and instance counts over an update: which stay, and which are put right."""

from __future__ import annotations

from typing import List
from typing import Mapping
from typing import Optional
from typing import Set

from ...api.client import AwsClients
from ...core.types import Api
from ...resources import variants
from ...rules import capacity as capacity_rules
from ...rules import variants as variant_rules
from ...rules.capacity import CapacityDrift
from .. import scaling_handover
from ..scaling_handover import Saved
from .desired_endpoint import DesiredEndpoint

# Which options of a variant the service can keep over an update, and by which names.
_PROPERTIES = {capacity_rules.COUNT: "DesiredInstanceCount", capacity_rules.WEIGHT: "DesiredWeight"}


def on_purpose(
    aws: AwsClients, desired: DesiredEndpoint, shifted: bool, old: Optional[Api], new: Optional[Api]
) -> Set[str]:
    """Return which options variants are to keep over the update although the configuration begins with something else.

    As the user says; else what was shifted on purpose, unless the configurations themselves differ in it.
    """
    given = desired.request.get("RetainAllVariantProperties")
    if given is not None:
        return set(_PROPERTIES) if given else set()
    if not (shifted and old and new):
        return set()
    before, after = (aws.sagemaker.options("CreateEndpointConfig", config) for config in (old, new))
    initial = {capacity_rules.COUNT: capacity_rules.counts, capacity_rules.WEIGHT: capacity_rules.weights}
    return {option for option, values in initial.items() if values(before) == values(after)}


def for_autoscaling(aws: AwsClients, endpoint: Api, new: Optional[Api], scaled: List[str]) -> Set[str]:
    """Return which options variants are to keep because an autoscaler has set them."""
    after = [variant["VariantName"] for variant in variants.of(new)] if new else None
    names = [variant["VariantName"] for variant in endpoint.get("ProductionVariants", [])]
    # The service keeps the counts of all variants or of none.
    staying = {name for name in names if after is None or name in after}
    keeps_counts = staying & set(scaled) and not _needs_instances(aws, endpoint, new)
    return {capacity_rules.COUNT} if keeps_counts else set()


def _needs_instances(aws: AwsClients, endpoint: Api, new: Optional[Api]) -> bool:
    """Return whether a variant stands on no instance, as the autoscaler of an asynchronous endpoint may leave it, and has to answer at
    once under the new configuration."""
    config = aws.sagemaker.options("CreateEndpointConfig", new or {})
    serving = {
        variant["variant_name"]
        for variant in variant_rules.of(config)
        if variant_rules.kind_of(config, variant).scaling.least > 0
    }
    return any(
        variant["VariantName"] in serving and variant.get("DesiredInstanceCount") == 0
        for variant in variants.of(endpoint)
    )


def update_request(desired: DesiredEndpoint, kept: Set[str]) -> Api:
    """Return the update; the user decides what is retained, or the rest follows the new configuration."""
    request = desired.request
    if "RetainAllVariantProperties" in request or not kept:
        return request
    exclude = {item["VariantPropertyType"] for item in request.get("ExcludeRetainedVariantProperties", [])}
    exclude |= {name for option, name in _PROPERTIES.items() if option not in kept}
    properties = [{"VariantPropertyType": name} for name in sorted(exclude)]
    exclusion = {"ExcludeRetainedVariantProperties": properties} if properties else {}
    return {**request, "RetainAllVariantProperties": True, **exclusion}


def left_over(
    aws: AwsClients, endpoint: Api, request: Api, new: Optional[Api], scaled: List[str]
) -> List[CapacityDrift]:
    """Return what this update keeps, but counts of the autoscaler, although the new configuration begins with something else."""
    if new is None or not request.get("RetainAllVariantProperties"):
        return []
    excluded = {item["VariantPropertyType"] for item in request.get("ExcludeRetainedVariantProperties", [])}
    kept = capacity_rules.without_counts(_drift_from(aws, endpoint, new), scaled)
    return [one for one in kept if _PROPERTIES[one.option] not in excluded]


def drift(aws: AwsClients, desired: DesiredEndpoint, endpoint: Api, scaled: List[str]) -> List[CapacityDrift]:
    """Return weights and counts that somebody changed behind our back, where the configuration's content was given.

    Left alone: what the user wants retained, and counts that an autoscaler owns.

    scaled: those announced, which may not be registered now.
    """
    retained = desired.request.get("RetainAllVariantProperties")
    if desired.config is None or retained:
        return []
    found = capacity_rules.without_counts(_drift_from(aws, endpoint, desired.config), scaled)
    if capacity_rules.has_counts(found):
        names = [variant["VariantName"] for variant in endpoint.get("ProductionVariants", [])]
        targets = scaling_handover.registered(aws.autoscaling, desired.name, names)
        found = capacity_rules.without_counts(found, owning(desired, targets))
    return found


def _drift_from(aws: AwsClients, endpoint: Api, config: Api) -> List[CapacityDrift]:
    """Return the weights and counts that differ from those that a configuration begins with."""
    return capacity_rules.drift(
        aws.sagemaker.result("DescribeEndpoint", endpoint), aws.sagemaker.options("CreateEndpointConfig", config)
    )


def owning(desired: DesiredEndpoint, targets: Mapping[str, List[Api]]) -> List[str]:
    """Return the registered variants whose counts are the autoscaler's. One that is about to go owns nothing any more."""
    return [name for name in targets if name not in desired.unscaled_variants]


def announced(desired: DesiredEndpoint, back: List[Saved], config: Optional[Api]) -> List[str]:
    """Return the variants whose counts are the autoscaler's although they may not be registered at the moment."""
    return [*desired.scaled_variants, *(scaling_handover.restored_variant(one, config) or one.variant for one in back)]
