# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""States of endpoints, inference components and deletions for progress lines, from descriptions of AWS. Pure."""

from __future__ import annotations

from typing import Iterator
from typing import List
from typing import Mapping
from typing import Optional

from ..core.types import Api
from .progress import State

CREATING = "Creating"
DELETING = "Deleting"
FAILED = "Failed"

_VARIANTS = ("ProductionVariants", "ShadowProductionVariants")


def endpoint(name: str, description: Optional[Api]) -> State:
    """Return the state of an endpoint. None: it is not visible yet."""
    if description is None:
        return State(name, "not visible yet")
    status = description["EndpointStatus"]
    if status == DELETING:
        return State(name, status)
    pending = description.get("PendingDeploymentSummary")
    if status == CREATING:
        return State(name, status, tuple(_variants(pending or description, weights=False)))
    serving, details = description["EndpointConfigName"], []
    if pending:
        verb = "leaves" if status == "RollingBack" else "moves to"
        details.append(_together(f"{verb} {pending['EndpointConfigName']}", list(_variants(pending))))
    if status != FAILED:
        details.append(_together(f"serves {serving}", list(_variants(description))))
    return State(name, status, tuple(details))


def _together(configuration: str, variants: List[str]) -> str:
    return f"{configuration}: {', '.join(variants)}" if variants else configuration


def _variants(holder: Api, weights: bool = True) -> Iterator[str]:
    """Yield the capacity and the current change of each variant. weights: whether to include the traffic."""
    for variant in (one for group in _VARIANTS for one in holder.get(group, ())):
        told = [variant["VariantName"]]
        if "DesiredInstanceCount" in variant:
            told.append(f"{variant.get('CurrentInstanceCount', 0)} of {variant['DesiredInstanceCount']} instances")
        told += _concurrency(variant)
        if weights and variant.get("CurrentWeight") != variant.get("DesiredWeight"):
            told.append(f"with weight {variant.get('CurrentWeight', 0):g} of {variant['DesiredWeight']:g}")
        doing = ", ".join(_doing(one) for one in variant.get("VariantStatus", ()))
        yield " ".join(told) + (f" ({doing})" if doing else "")


def _concurrency(variant: Api) -> Iterator[str]:
    member = "ProvisionedConcurrency"
    desired = variant.get("DesiredServerlessConfig", {}).get(member)
    if desired is not None:
        current = variant.get("CurrentServerlessConfig", {}).get(member, 0)
        yield f"{current} of {desired} provisioned concurrency"


def _doing(status: Api) -> str:
    message = status.get("StatusMessage", "").rstrip(". ")
    return f"{status['Status']}: {message}" if message else status["Status"]


def endpoints(statuses: Mapping[str, str]) -> State:
    """Return the state of those endpoints that are in transition. statuses: {name: status}."""
    if not statuses:
        return State("endpoints", "none in transition")
    several = "1 endpoint" if len(statuses) == 1 else f"{len(statuses)} endpoints"
    return State(several, "in transition", tuple(f"{name} is {status}" for name, status in sorted(statuses.items())))


def component(name: str, description: Optional[Api]) -> State:
    """Return the state of an inference component. None: it is not visible yet."""
    if description is None:
        return State(name, "not visible yet")
    status, counts = description["InferenceComponentStatus"], description.get("RuntimeConfig", {})
    if status == DELETING or "DesiredCopyCount" not in counts:
        return State(name, status)
    return State(name, status, (f"{counts.get('CurrentCopyCount', 0)} of {counts['DesiredCopyCount']} copies",))


def deletion(name: str, status: Optional[str]) -> State:
    """Return the state of a deletion. status: None if the resource no longer exists. An accepted deletion may be
    visible late."""
    if status is None:
        return State(name, "deleted")
    return State(name, status if status == FAILED else DELETING)
