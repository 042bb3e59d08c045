# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Weights and instance counts during an update: which ones are kept, and which ones are corrected."""

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

# Options of a variant that an update can retain, with their names in the API.
_PROPERTIES = {capacity_rules.COUNT: "DesiredInstanceCount", capacity_rules.WEIGHT: "DesiredWeight"}


def on_purpose(
    aws: AwsClients, desired: DesiredEndpoint, shifted: bool, old: Optional[Api], new: Optional[Api]
) -> Set[str]:
    """Return the options that variants keep during the update although the configuration has other initial values.

    The user's choice, by default options that were shifted deliberately and have the same initial values in both
    configurations.
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
    """Return the options that variants keep because an autoscaler has set them."""
    after = [variant["VariantName"] for variant in variants.of(new)] if new else None
    names = [variant["VariantName"] for variant in endpoint.get("ProductionVariants", [])]
    # The service keeps the counts of all variants or of none.
    staying = {name for name in names if after is None or name in after}
    keeps_counts = staying & set(scaled) and not _needs_instances(aws, endpoint, new)
    return {capacity_rules.COUNT} if keeps_counts else set()


def _needs_instances(aws: AwsClients, endpoint: Api, new: Optional[Api]) -> bool:
    """Return whether a variant has no instances, as after scaling to zero on an asynchronous endpoint, but serves in
    real time under the new configuration."""
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
    """Return the update request. The user decides what is retained. By default other options follow the new
    configuration."""
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
    """Return the values that this update keeps although the new configuration has other initial values, without counts
    of the autoscaler."""
    if new is None or not request.get("RetainAllVariantProperties"):
        return []
    excluded = {item["VariantPropertyType"] for item in request.get("ExcludeRetainedVariantProperties", [])}
    kept = capacity_rules.without_counts(_drift_from(aws, endpoint, new), scaled)
    return [one for one in kept if _PROPERTIES[one.option] not in excluded]


def drift(aws: AwsClients, desired: DesiredEndpoint, endpoint: Api, scaled: List[str]) -> List[CapacityDrift]:
    """Return weights and counts that somebody else changed, if the configuration's content was given.

    Excluded are options that the user retains, and counts that an autoscaler owns.

    scaled: the announced variants, which may not be registered now.
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
    """Return the weights and counts that differ from the initial ones of a configuration."""
    return capacity_rules.drift(
        aws.sagemaker.result("DescribeEndpoint", endpoint), aws.sagemaker.options("CreateEndpointConfig", config)
    )


def owning(desired: DesiredEndpoint, targets: Mapping[str, List[Api]]) -> List[str]:
    """Return the registered variants whose counts an autoscaler owns, without targets that will be removed."""
    return [name for name in targets if name not in desired.unscaled_variants]


def announced(desired: DesiredEndpoint, back: List[Saved], config: Optional[Api]) -> List[str]:
    """Return the variants whose counts an autoscaler owns although they may not be registered now."""
    return [*desired.scaled_variants, *(scaling_handover.restored_variant(one, config) or one.variant for one in back)]
