# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Application Auto Scaling in Terraform as autoscaling_config of the Ansible role. Pure."""

from __future__ import annotations

from typing import Any
from typing import Dict
from typing import List
from typing import Mapping
from typing import Sequence
from typing import Tuple

from ..argspec import autoscaling as options
from ..deploy.inputs.scaling import SCALING_POLICY
from . import blocks
from .document import Resource
from .sensitive import revealed

Values = Dict[str, Any]

_TARGET = "aws_appautoscaling_target"
_POLICY = "aws_appautoscaling_policy"
_ACTION = "aws_appautoscaling_scheduled_action"
_TRACKING = "target_tracking_scaling_policy_configuration"
_USUAL_METRIC = "SageMakerVariantInvocationsPerInstance"


def of_variants(
    endpoint: Resource, resources: Sequence[Resource]
) -> Tuple[Dict[str, Values], List[Resource], List[str]]:
    """Return autoscaling_config by variant, the resources that it comes from, and notes on what it cannot describe."""
    configs: Dict[str, Values] = {}
    scaled: List[Resource] = []
    notes = []
    prefix = f"endpoint/{revealed(endpoint.values.get('name'))}/variant/"
    for target in resources:
        resource_id = str(revealed(target.values.get("resource_id")))
        if target.type != _TARGET or not resource_id.startswith(prefix) or not _is_near(target, endpoint):
            continue
        own = [one for one in resources if _belongs(one, target)]
        config = _config(target.values, own)
        if set(config) & {"target_value", "scaling_policies", "scheduled_actions"}:
            configs[resource_id.removeprefix(prefix)] = config
            scaled += [target, *own]
        else:
            notes.append(
                f"{target.address}: has no policy, so these variables leave out its autoscaling, and it stays as it is"
            )
    return configs, scaled, notes


def _is_near(one: Resource, other: Resource) -> bool:
    """Whether both are of one region. Where no ARN tells it, they are of one module."""
    regions = (region_of(one.values), region_of(other.values))
    return regions[0] == regions[1] if all(regions) else one.module == other.module


def _belongs(one: Resource, target: Resource) -> bool:
    """Whether it is of the same target."""
    same = revealed(one.values.get("resource_id")) == revealed(target.values.get("resource_id"))
    return one is not target and same and _is_near(one, target)


def region_of(values: Mapping[str, Any]) -> str:
    """Return the region of a resource: of its ARN, or its own since version 6 of the provider. Empty if unknown."""
    parts = str(revealed(values.get("arn")) or "").split(":")
    return parts[3] if len(parts) > 5 else str(revealed(values.get("region")) or "")


def _config(target: Mapping[str, Any], resources: Sequence[Resource]) -> Values:
    config = {"min_capacity": target.get("min_capacity"), "max_capacity": target.get("max_capacity")}
    policies = [one.values for one in resources if one.type == _POLICY]
    usual = [policy for policy in policies if _is_usual(policy)]
    if usual:
        config.update(_tracking(blocks.first(usual[0], _TRACKING)))
    others = [policy for policy in policies if policy not in usual]
    actions = [one.values for one in resources if one.type == _ACTION]
    lists = {
        "scaling_policies": [blocks.structure(policy, options.SCALING_POLICIES["options"]) for policy in others],
        "scheduled_actions": [blocks.structure(action, options.SCHEDULED_ACTIONS["options"]) for action in actions],
    }
    return {**config, **{name: value for name, value in lists.items() if value}}


def _is_usual(policy: Mapping[str, Any]) -> bool:
    """Whether the Ansible role makes a policy of this name and form of target_value."""
    tracking = blocks.first(policy, _TRACKING)
    predefined = blocks.first(tracking, "predefined_metric_specification")
    simple = not tracking.get("disable_scale_in") and not predefined.get("resource_label")
    return policy.get("name") == SCALING_POLICY and bool(tracking) and simple


def _tracking(tracking: Mapping[str, Any]) -> Values:
    given = blocks.structure(tracking, options.TARGET_TRACKING["options"])
    metric = given.pop("predefined_metric_specification", {}).get("predefined_metric_type", _USUAL_METRIC)
    if metric != _USUAL_METRIC and "customized_metric_specification" not in given:
        given["predefined_metric_type"] = metric
    return given
