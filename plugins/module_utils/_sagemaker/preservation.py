# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Autoscaling kept over an update that the service allows only without it.

An update that changes the instance type of a variant, or removes it, is refused while the variant is a registered
scalable target. So the target is saved with its suspended state, policies, scheduled actions and tags, deregistered for
the time of the update, and registered again on what serves afterwards, be that the new configuration or the old one.
"""

from __future__ import annotations

from typing import Dict
from typing import List
from typing import Mapping
from typing import Optional

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import autoscaling
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import usage
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.autoscaling import Target
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.services import Api
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.services import Service


def registered(service: Service, endpoint_name: str, variant_names: List[str]) -> Dict[str, List[Api]]:
    """{variant: its registered targets} of these variants, those without left out."""
    ids = {autoscaling.variant_id(endpoint_name, name): name for name in variant_names}
    found: Dict[str, List[Api]] = {}
    for target in autoscaling.describe_targets(service, list(ids)) if ids else []:
        found.setdefault(ids[target["ResourceId"]], []).append(target)
    return found


def in_the_way(targets: Mapping[str, List[Api]], old: Api, new: Optional[Api]) -> List[str]:
    """The registered variants that an update from one configuration to another removes or gives another instance type."""
    if new is None:
        return []
    before = {variant["VariantName"]: _hardware(variant) for variant in usage.variants(old)}
    after = {variant["VariantName"]: _hardware(variant) for variant in usage.variants(new)}
    return sorted(name for name in targets if name not in after or before.get(name, after[name]) != after[name])


def _hardware(variant: Api) -> object:
    pools = variant.get("InstancePools", [])
    return variant.get("InstanceType"), sorted(pool["InstanceType"] for pool in pools)


def successor(name: str, old: Api, new: Api) -> Optional[str]:
    """The variant that carries on for this one: itself, or the only new one if it is the only one that goes: renamed."""
    before = {variant["VariantName"] for variant in usage.variants(old)}
    after = {variant["VariantName"] for variant in usage.variants(new)}
    if name in after:
        return name
    gone, come = before - after, after - before
    return come.pop() if len(gone) == len(come) == 1 else None


def restore_calls(target: Target) -> List[str]:
    """The calls that restore makes, in order."""
    return ["RegisterScalableTarget"] + [
        part.put for part in autoscaling.PARTS for _item in target.parts[part.option].values()
    ]


def restore(service: Service, target: Target, endpoint_name: str, variant_name: str) -> None:
    """Register a saved target again, for this variant, with all that hung on it."""
    key = {**target.key, "ResourceId": autoscaling.variant_id(endpoint_name, variant_name)}
    limits = {
        m: target.description[m] for m in ("MinCapacity", "MaxCapacity", "SuspendedState") if m in target.description
    }
    autoscaling.register(service, {**key, **limits}, target.tags)
    for part in autoscaling.PARTS:
        members = service.input_shape(part.put).members
        for item in target.parts[part.option].values():
            service.call(part.put, {**{m: value for m, value in item.items() if m in members}, **key})
