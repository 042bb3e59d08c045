# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of an update to another configuration: suspending autoscaling, and a placeholder for a deleted
configuration."""

from __future__ import annotations

from dataclasses import replace
from typing import List
from typing import Mapping
from typing import Optional
from typing import Tuple

from ...api.client import AwsClients
from ...core import errors
from ...core import plans
from ...core.plans import Change
from ...core.problems import Problem
from ...core.types import Api
from ...resources import endpoint_configs
from ...resources import immutables
from ...resources import placeholder_configs
from ...resources import variants
from ...rules import capacity as capacity_rules
from ...rules import tags as tag_rules
from ...schema import compare
from .. import scaling_handover
from ..scaling_handover import Saved
from . import restoration
from . import retained_capacity
from . import update_problems
from .desired_endpoint import DesiredEndpoint
from .rollout_plan import RolloutPlan


def plan(
    aws: AwsClients,
    desired: DesiredEndpoint,
    endpoint: Api,
    its_tags: tag_rules.Tags,
    remembered: List[Saved],
    shifted: bool,
) -> RolloutPlan:
    """Return the steps of the update. Raises errors for problems that the service would refuse."""
    leftover = placeholder_configs.left_behind(aws, its_tags)
    old, new = _configs(aws, desired, endpoint, leftover)
    names = [variant["VariantName"] for variant in endpoint.get("ProductionVariants", [])]
    targets = scaling_handover.registered(aws.autoscaling, desired.name, names)
    left = restoration.unrestored(aws, desired, remembered, endpoint)
    saved, whole = _to_deregister(aws, targets, endpoint, old, new, left)
    left = [(one, calls) for one, calls in left if one not in whole]
    still_remembered = [one for one, _todo in left]
    errors.raise_if_any(update_problems.problems(aws, desired, saved, still_remembered, old, new, its_tags))
    placeholder = endpoint["EndpointConfigName"] if old is None else None
    back = [one for one in saved if restoration.is_desired(desired, one, new)]
    recalled = restoration.restorable(aws, desired, still_remembered, new)
    changes = [Change("endpoint_config_name", endpoint["EndpointConfigName"], desired.config_name)]
    changes += _config_changes(aws, old, new) if old and new else []
    scaled = [*retained_capacity.owning(desired, targets), *retained_capacity.announced(desired, recalled, new)]
    on_purpose = retained_capacity.on_purpose(aws, desired, shifted, old, new)
    request = retained_capacity.update_request(
        desired, on_purpose | retained_capacity.for_autoscaling(aws, endpoint, new, scaled)
    )
    kept = retained_capacity.left_over(aws, endpoint, request, new, scaled)
    drift = [one for one in kept if one.option not in on_purpose]
    return RolloutPlan(
        plans.UPDATE,
        changes=[
            *changes,
            *capacity_rules.changes(drift),
            *restoration.target_changes(saved, "registered", back),
            *restoration.remembered_changes([one for one in remembered if one not in whole], left, recalled),
        ],
        request=request,
        placeholder=placeholder,
        placeholder_request=(
            _placeholder_request(aws, desired, new, placeholder) if placeholder and placeholder != leftover else None
        ),
        suspended=saved,
        saved=[*saved, *still_remembered],
        forget=bool(saved or remembered),
        restore=[*back, *recalled],
        restore_calls=[
            *(call for one in back for call in restoration.all_calls(desired, one)),
            *restoration.calls_of(left, recalled),
        ],
        fallback=[*saved, *(one for one in still_remembered if not scaling_handover.incompatibilities(aws, one, old))],
        drift=drift,
        keeps_traffic_override=shifted and len(drift) < len(kept),
    )


def problems(aws: AwsClients, desired: DesiredEndpoint, endpoint: Api, its_tags: tag_rules.Tags) -> List[Problem]:
    """Return the problems of the update to the desired state."""
    old, new = _configs(aws, desired, endpoint, placeholder_configs.left_behind(aws, its_tags))
    names = [variant["VariantName"] for variant in endpoint.get("ProductionVariants", [])]
    targets = scaling_handover.registered(aws.autoscaling, desired.name, names)
    saved, _whole = _to_deregister(aws, targets, endpoint, old, new, [])
    return list(
        update_problems.problems(
            aws, desired, saved, scaling_handover.from_tags(desired.name, its_tags), old, new, its_tags
        )
    )


def _configs(
    aws: AwsClients, desired: DesiredEndpoint, endpoint: Api, leftover: Optional[str]
) -> Tuple[Optional[Api], Optional[Api]]:
    """Return the configuration that the endpoint uses, None if it was deleted, and the desired one, None if it does not
    exist yet.

    leftover: a placeholder, which does not describe what serves.
    """
    name = endpoint["EndpointConfigName"]
    old = None if name == leftover else immutables.describe(endpoint_configs.KIND, aws, name)
    return old, desired.config or immutables.describe(endpoint_configs.KIND, aws, desired.config_name)


def _to_deregister(
    aws: AwsClients,
    targets: Mapping[str, List[Api]],
    endpoint: Api,
    old: Optional[Api],
    new: Optional[Api],
    left: List[Tuple[Saved, List[str]]],
) -> Tuple[List[Saved], List[Saved]]:
    """Return the targets to deregister for an update, and those among them that an interrupted run saved.

    A target that the interrupted run has registered again may be incomplete, so the saved one counts.
    """
    among = [variant["VariantName"] for variant in variants.of(old or endpoint)]
    registered = {
        (scaling_handover.restored_variant(one, endpoint), one.target["ScalableDimension"]): one
        for one, calls in left
        if scaling_handover.REGISTER not in calls
    }
    saved, whole = [], []
    for name in scaling_handover.blocking_targets(targets, old, new):
        for target in targets[name]:
            known = registered.get((name, target["ScalableDimension"]))
            if known is None:
                saved.append(scaling_handover.save(aws.autoscaling, name, among, target))
            else:
                saved.append(replace(known, variant=name, among=among))
                whole.append(known)
    return saved, whole


def _config_changes(aws: AwsClients, old: Api, new: Api) -> List[Change]:
    """Return the fields of the configuration that require the update."""
    shape = aws.sagemaker.input_shape("CreateEndpointConfig")
    return compare.diff(shape, _content(aws, new), _content(aws, old))


def _content(aws: AwsClients, config: Api) -> Api:
    """Return the members of a configuration that the create call accepts, without the name."""
    members = aws.sagemaker.input_shape("CreateEndpointConfig").members
    return {m: value for m, value in config.items() if m in members and m != "EndpointConfigName"}


def _placeholder_request(aws: AwsClients, desired: DesiredEndpoint, config: Optional[Api], name: str) -> Api:
    """Return the create request of a placeholder with this name and the content of a configuration.

    Its volumes are not used, and the service may have added their size.
    """

    def unsized(listed: List[Api]) -> List[Api]:
        return [{m: value for m, value in variant.items() if m != "VolumeSizeInGB"} for variant in listed]

    content = _content(aws, config or {})
    lists = ("ProductionVariants", "ShadowProductionVariants")
    content.update({member: unsized(content[member]) for member in lists if member in content})
    return placeholder_configs.request(content, name, desired.name)
