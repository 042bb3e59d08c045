# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Suspend and restore autoscaling for an update that the service otherwise refuses.

The service refuses an update that changes the instance type of a variant, or removes it, while the variant is a
registered scalable target. The target is therefore saved with its suspended state, policies, scheduled actions and
tags, deregistered during the update, and registered again on the configuration that serves afterwards, the new one or
the old one.

The saved state is in tags of the endpoint from before the first deregistration until after the last registration, so a
repeated run can restore it after an interruption. A target that cannot be registered again is detected beforehand,
because every later run would fail to register it too. A target that somebody has registered or changed in the meantime
is newer than the saved one, and is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from typing import Dict
from typing import List
from typing import Mapping
from typing import Optional
from typing import Tuple

from ..api.client import AwsClients
from ..api.client import ServiceClient
from ..core import ownership
from ..core.errors import SageMakerError
from ..core.problems import Problem
from ..core.types import Api
from ..resources import scalable_targets
from ..resources import scaling_plan
from ..resources import variants
from ..resources.autoscaling import scheduled_limits
from ..rules import scaling as scaling_rules
from ..rules import tags as tag_rules
from ..schema import values

REGISTER = "RegisterScalableTarget"


@dataclass(frozen=True)
class Saved:
    """A target as the requests that register it again, without the resource id, because the variant may change.

    among: all variants of the configuration that it was saved from.
    """

    variant: str
    among: List[str]
    target: Api
    tags: tag_rules.Tags
    puts: List[Tuple[str, Api]]

    def requests(self, endpoint_name: str, variant_name: str) -> List[Tuple[str, Api]]:
        """Return the calls that restore it on this variant, in order. Each call is idempotent."""
        resource = {"ResourceId": scaling_rules.variant_id(endpoint_name, variant_name)}
        return [(operation, {**request, **resource}) for operation, request in [(REGISTER, self.target), *self.puts]]


def registered(service: ServiceClient, endpoint_name: str, variant_names: List[str]) -> Dict[str, List[Api]]:
    """Return {variant: its registered targets}, without variants that have none."""
    ids = {scaling_rules.variant_id(endpoint_name, name): name for name in variant_names}
    targets: Dict[str, List[Api]] = {}
    for target in scalable_targets.describe_targets(service, list(ids)) if ids else []:
        targets.setdefault(ids[target["ResourceId"]], []).append(target)
    return targets


def blocking_targets(targets: Mapping[str, List[Api]], old: Optional[Api], new: Optional[Api]) -> List[str]:
    """Return the registered variants that an update between two configurations removes or whose instance type it
    changes.

    All if the old configuration was deleted (None). None if the new one is unknown (check mode without its content).
    """
    if new is None:
        return []
    if old is None:
        return sorted(targets)
    before = {variant["VariantName"]: _hardware(variant) for variant in variants.of(old)}
    after = {variant["VariantName"]: _hardware(variant) for variant in variants.of(new)}
    return sorted(name for name in targets if name not in after or before.get(name, after[name]) != after[name])


def _hardware(variant: Api) -> object:
    pools = variant.get("InstancePools", [])
    return variant.get("InstanceType"), sorted(pool["InstanceType"] for pool in pools)


def successor(name: str, before: List[str], after: List[str]) -> Optional[str]:
    """Return the successor of a variant: itself, or the only new variant if this is the only removed one (renamed)."""
    if name in after:
        return name
    removed, come = set(before) - set(after), set(after) - set(before)
    return come.pop() if len(removed) == len(come) == 1 else None


def restored_variant(saved: Saved, config: Optional[Api]) -> Optional[str]:
    """Return the variant of a configuration to restore a saved target on, None if it has none, the same one if the
    configuration is unknown."""
    if config is None:
        return saved.variant
    return successor(saved.variant, saved.among, [variant["VariantName"] for variant in variants.of(config)])


def incompatibilities(aws: AwsClients, saved: Saved, config: Optional[Api]) -> List[Problem]:
    """Return the reasons why the service would refuse a saved target on its new variant, as far as known."""
    options = aws.sagemaker.options("CreateEndpointConfig", config or {})
    dimension, low = saved.target["ScalableDimension"], saved.target.get("MinCapacity")
    return scaling_rules.variant_rules(options, restored_variant(saved, config), dimension, low)


def described(saved: Saved) -> str:
    """Return a description of a saved target, for users who have to register another one."""
    parts = [request.get("PolicyName") or request["ScheduledActionName"] for _operation, request in saved.puts]
    dimension, low, high = (saved.target[member] for member in ("ScalableDimension", "MinCapacity", "MaxCapacity"))
    return f"{dimension} from {low} to {high}{' with ' if parts else ''}{', '.join(parts)}"


def save(service: ServiceClient, variant: str, among: List[str], description: Api) -> Saved:
    """Return a registered target with its policies, scheduled actions and tags, for saving."""
    target = scalable_targets.read(service, description)
    puts = []
    for part in scaling_plan.PARTS:
        members = set(service.input_shape(part.put).members) - {"ResourceId"}
        puts += [(part.put, _plain(item, members)) for item in target.parts[part.option].values()]
    members = set(service.input_shape("RegisterScalableTarget").members) - {"ResourceId", "RoleARN", "Tags"}
    return Saved(variant, among, _plain(description, members), target.tags, puts)


def _plain(item: Api, members: Any) -> Api:
    """Return only the members of the request, with times as text, for serialisation."""
    return {
        member: values.to_datetime(value).isoformat() if member in ("StartTime", "EndTime") else value
        for member, value in item.items()
        if member in members
    }


def key(saved: Saved, endpoint_name: str) -> Api:
    """Return the members that identify the saved target in every call."""
    return {
        "ServiceNamespace": saved.target["ServiceNamespace"],
        "ScalableDimension": saved.target["ScalableDimension"],
        "ResourceId": scaling_rules.variant_id(endpoint_name, saved.variant),
    }


def unrestored(
    service: ServiceClient, saved: Saved, endpoint_name: str, variant_name: str
) -> Optional[List[Tuple[str, Api]]]:
    """Return the remaining calls that restore a saved target on this variant, in order.

    None if the registered target differs from the saved one, because somebody has registered or changed it since.
    """
    requests = saved.requests(endpoint_name, variant_name)
    resource_id = scaling_rules.variant_id(endpoint_name, variant_name)
    targets = scalable_targets.describe_targets(service, [resource_id])
    current = [target for target in targets if target["ScalableDimension"] == saved.target["ScalableDimension"]]
    if not current:
        return requests
    now = save(service, variant_name, saved.among, current[0])
    if not _is_same(now, saved) or any(put not in saved.puts for put in now.puts):
        return None
    current_requests = now.requests(endpoint_name, variant_name)
    return [(operation, request) for operation, request in requests[1:] if (operation, request) not in current_requests]


def _is_same(now: Saved, saved: Saved) -> bool:
    """Return whether limits and suspensions are the saved ones, apart from limits that a scheduled action has set since."""
    actions = {
        request["ScheduledActionName"]: request
        for _operation, request in now.puts
        if scheduled_limits.CHANGE in request
    }
    return _suspended(now.target) == _suspended(saved.target) and all(
        now.target[member] == saved.target[member] or scheduled_limits.could_set(member, now.target[member], actions)
        for member in scheduled_limits.OPTIONS
    )


def _suspended(target: Api) -> List[str]:
    return [member for member, value in sorted(target.get("SuspendedState", {}).items()) if value]


def restore(service: ServiceClient, saved: Saved, endpoint_name: str, variant_name: str, deregistered: bool) -> bool:
    """Restore a saved target on this variant. Return False if a newer one is kept instead.

    deregistered: whether this run has deregistered it. A description of the old target may then be outdated.
    """
    pending = unrestored(service, saved, endpoint_name, variant_name)
    if pending is None:
        return False
    for operation, request in saved.requests(endpoint_name, variant_name) if deregistered else pending:
        if operation == REGISTER:
            scalable_targets.register(service, request, saved.tags)
        else:
            service.call(operation, request)
    return True


def kept_warning(saved: Saved, endpoint_name: str, variant_name: str) -> str:
    """Return the warning about a newer target."""
    return (
        f"Endpoint {endpoint_name}: somebody registered or changed the scalable target "
        f"{scaling_rules.variant_id(endpoint_name, variant_name)} after a run had saved it for an update. It is kept "
        f"unchanged. The saved target, which is not restored:  {described(saved)}."
    )


def to_tags(saved: List[Saved]) -> tag_rules.Tags:
    """Return the tags that contain the saved targets."""
    content = [[item.variant, item.among, item.target, item.tags, item.puts] for item in saved]
    return tag_rules.packed(ownership.MEMORY_TAG, content)


def from_tags(endpoint_name: str, its_tags: tag_rules.Tags) -> List[Saved]:
    """Return the targets that an earlier run saved and did not restore, usually none."""
    try:
        content = tag_rules.unpacked(ownership.MEMORY_TAG, its_tags)
    except ValueError as error:
        raise SageMakerError(
            f"Endpoint {endpoint_name}: its tags {ownership.MEMORY_TAG}* should hold the autoscaling that an interrupted run saved, but "
            "they cannot be read. Register its scalable targets again yourself (sagemaker_autoscaling), then remove the tags."
        ) from error
    return [Saved(*what, [tuple(put) for put in puts]) for *what, puts in content or ()]
