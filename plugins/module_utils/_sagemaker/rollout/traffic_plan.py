# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Weights and capacities: desired values of a live endpoint, and differences from them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from typing import Dict
from typing import Iterator
from typing import List
from typing import Mapping
from typing import Optional
from typing import Set
from typing import Tuple

from ..api import tags
from ..api.client import AwsClients
from ..core import plans
from ..core import secrets
from ..core.plans import Change
from ..core.plans import Plan
from ..core.types import Api
from ..core.types import Options
from ..resources import endpoints
from ..resources import variants
from ..resources.endpoints import CREATING
from ..resources.endpoints import IN_SERVICE
from ..resources.endpoints import TRANSITIONS
from ..resources.endpoints import UPDATING
from ..rules import capacity as capacity_rules
from ..rules import tags as tag_rules
from ..rules import variants as variant_rules
from ..schema import shapes

OPERATION = "UpdateEndpointWeightsAndCapacities"

# {variant: member of DesiredWeightsAndCapacities: value}
Values = Dict[str, Api]


# The members of a variant in DescribeEndpoint with the desired and the current value, by the member of the request.
_SHOWN = {
    "DesiredWeight": ("DesiredWeight", "CurrentWeight"),
    "DesiredInstanceCount": ("DesiredInstanceCount", "CurrentInstanceCount"),
    "ServerlessUpdateConfig": ("DesiredServerlessConfig", "CurrentServerlessConfig"),
}
_GROUPS = ("ProductionVariants", "ShadowProductionVariants")


class DesiredTraffic:
    """The desired traffic, validated."""

    def __init__(self, aws: AwsClients, params: Mapping[str, Any]) -> None:
        options = ("endpoint_name", "desired_weights_and_capacities")
        request = aws.sagemaker.request(
            OPERATION, {option: params[option] for option in options}, capacity_rules.repeated
        )
        self.name: str = request["EndpointName"]
        self.values = by_variant(request)
        self.entries: List[Options] = aws.sagemaker.options(OPERATION, request)["desired_weights_and_capacities"]
        self.override_autoscaling: bool = params["override_autoscaling"]
        self.wait: bool = params["wait"]
        self.timeout: Optional[int] = params.get("wait_timeout")
        self.secret_keys = secrets.listed_keys(params.get(secrets.OPTION))


def by_variant(request: Api) -> Values:
    """Return the desired values of a request by variant."""
    return {
        item["VariantName"]: {member: value for member, value in item.items() if member != "VariantName"}
        for item in request["DesiredWeightsAndCapacities"]
    }


def differences(endpoint: Api, desired: Values) -> Tuple[List[Api], List[Change]]:
    """Return the differences as entries of DesiredWeightsAndCapacities and as changes. Pure.

    An entry contains only differing members. A ServerlessUpdateConfig stays complete, because the effect of a partial
    one is not documented.
    """
    differing_variants, changes = [], []
    for group, variant in all_variants(endpoint):
        name = variant["VariantName"]
        path = f"{shapes.option_name(group)}[{name}]"
        by_member = {
            member: list(_member_changes(path, member, desired_value(variant, member), value))
            for member, value in desired.get(name, {}).items()
        }
        differing = {member: desired[name][member] for member, its_changes in by_member.items() if its_changes}
        if differing:
            differing_variants.append({"VariantName": name, **differing})
        changes += [change for its_changes in by_member.values() for change in its_changes]
    return differing_variants, changes


def _member_changes(path: str, member: str, before: Any, desired: Any) -> Iterator[Change]:
    where = f"{path}.{shapes.option_name(_SHOWN[member][0])}"
    if member == "ServerlessUpdateConfig":
        for part, value in desired.items():
            if (before or {}).get(part) != value:
                yield Change(f"{where}.{shapes.option_name(part)}", (before or {}).get(part), value)
    elif before is None or shapes.float32(before) != shapes.float32(desired):
        yield Change(where, before, desired)


def desired_value(variant: Api, member: str) -> Any:
    """Return the desired value of a variant at the service, which may report only the current value once it is
    reached."""
    desired, current = _SHOWN[member]
    return variant.get(desired, variant.get(current))


def applied(endpoint: Api, desired: Values, arrived: bool) -> Api:
    """Return the endpoint after these weights and capacities were accepted and, if arrived, reached. Pure."""
    groups = {
        group: [_applied(variant, desired.get(variant["VariantName"], {}), arrived) for variant in endpoint[group]]
        for group in _GROUPS
        if group in endpoint
    }
    return {**endpoint, **groups}


def _applied(variant: Api, desired: Api, arrived: bool) -> Api:
    after = dict(variant)
    for member, value in desired.items():
        shown = _SHOWN[member] if arrived else _SHOWN[member][:1]
        if member == "ServerlessUpdateConfig":
            value = {**(desired_value(variant, member) or {}), **value}
            shown = [each for each in shown if each in variant or not arrived]
        elif member == "DesiredWeight":
            value = shapes.float32(value)
        after.update(dict.fromkeys(shown, value))
    return after


def all_variants(endpoint: Api) -> List[Tuple[str, Api]]:
    """Yield (member that contains it, variant) for all variants."""
    return [(group, variant) for group in _GROUPS for variant in endpoint.get(group, [])]


def after_transition(endpoint: Api) -> Api:
    """Return the endpoint after a successful end of the transition in progress."""
    if endpoint["EndpointStatus"] not in TRANSITIONS:
        return endpoint
    pending = endpoint.get("PendingDeploymentSummary", {}) if endpoint["EndpointStatus"] in (CREATING, UPDATING) else {}
    kept = {m: value for m, value in endpoint.items() if m not in ("FailureReason", "PendingDeploymentSummary")}
    coming = {group: pending[group] for group in _GROUPS if group in pending}
    return {
        **kept,
        **coming,
        "EndpointConfigName": endpoints.target_config(endpoint),
        "EndpointStatus": IN_SERVICE,
    }


@dataclass(frozen=True)
class TrafficPlan:
    """The plan: entries to send, the changes that require them, and the change of the tag."""

    wanted: List[Api]
    changes: List[Change]
    mark: tag_rules.TagChange

    @property
    def plan(self) -> Plan:
        mark_calls = tags.SAGEMAKER.calls(self.mark)
        if self.wanted:
            return Plan(plans.UPDATE, [*self.changes, *self.mark.changes], [OPERATION, *mark_calls])
        return Plan(plans.RETAG, self.mark.changes, mark_calls) if mark_calls else Plan()


def without_owned(desired: Api, dimensions: Set[str]) -> Api:
    """Return the members of an entry without the capacities that an autoscaler owns, by their dimensions."""
    kept = dict(desired)
    if variant_rules.INSTANCE_COUNT in dimensions:
        kept.pop("DesiredInstanceCount", None)
    if variant_rules.PROVISIONED_CONCURRENCY in dimensions and "ServerlessUpdateConfig" in kept:
        parts = kept["ServerlessUpdateConfig"]
        kept["ServerlessUpdateConfig"] = {part: v for part, v in parts.items() if part != "ProvisionedConcurrency"}
    return kept


def comparable(endpoint: Api, its_tags: tag_rules.Tags) -> Dict[str, Any]:
    """Return the desired values of each variant, for diff mode."""
    current = {
        variant["VariantName"]: {
            shapes.option_name(shown): desired_value(variant, member)
            for member, (shown, _current) in _SHOWN.items()
            if desired_value(variant, member) is not None
        }
        for variant in variants.of(endpoint)
    }
    return {**endpoints.comparable(endpoint, its_tags), "variants": current}
