# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Autoscaling kept over an update that the service allows only without it.

An update that changes the instance type of a variant, or removes it, is refused while the variant is a registered
scalable target. So the target is saved with its suspended state, policies, scheduled actions and tags, deregistered for
the time of the update, and registered again on what serves afterwards, be that the new configuration or the old one.

What was saved is remembered on the endpoint itself, in tags, before the first target is deregistered, and forgotten
after the last one is back. So a run that was killed in between can be repeated and still restores. A target that the
variant would not take again is found out beforehand: a registration that is refused would be so in every later run.
A target that somebody registered or changed meanwhile is newer than what was saved, and is kept as it is.
"""

from __future__ import annotations

import base64
import json
import zlib
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
from ..rules import scaling as scaling_rules
from ..rules import tags as tag_rules
from ..schema import values

_PIECE = 256

REGISTER = "RegisterScalableTarget"


@dataclass(frozen=True)
class Saved:
    """A target as the requests that register it again. Without the resource id, which may become another variant's.

    among: all variants of the configuration it was saved from, its own too.
    """

    variant: str
    among: List[str]
    target: Api
    tags: tag_rules.Tags
    puts: List[Tuple[str, Api]]

    def requests(self, endpoint_name: str, variant_name: str) -> List[Tuple[str, Api]]:
        """Return the calls that bring it back on this variant, in order. Each can be repeated."""
        resource = {"ResourceId": scaling_rules.variant_id(endpoint_name, variant_name)}
        return [(operation, {**request, **resource}) for operation, request in [(REGISTER, self.target), *self.puts]]


def registered(service: ServiceClient, endpoint_name: str, variant_names: List[str]) -> Dict[str, List[Api]]:
    """{variant: its registered targets} of these variants, those without left out."""
    ids = {scaling_rules.variant_id(endpoint_name, name): name for name in variant_names}
    found: Dict[str, List[Api]] = {}
    for target in scalable_targets.describe_targets(service, list(ids)) if ids else []:
        found.setdefault(ids[target["ResourceId"]], []).append(target)
    return found


def blocking_targets(targets: Mapping[str, List[Api]], old: Optional[Api], new: Optional[Api]) -> List[str]:
    """The registered variants that an update from one configuration to another removes or gives another instance type.

    Where the old configuration is gone (None) nobody can tell, so all are. Where the new one is not known yet (check
    mode without its content) none are.
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
    """The variant that carries on for this one: itself, or the only new one if it is the only one that goes: renamed."""
    if name in after:
        return name
    gone, come = set(before) - set(after), set(after) - set(before)
    return come.pop() if len(gone) == len(come) == 1 else None


def restored_variant(saved: Saved, config: Optional[Api]) -> Optional[str]:
    """The variant of a configuration that a saved target comes back on, None for none; the same one if nobody knows."""
    if config is None:
        return saved.variant
    return successor(saved.variant, saved.among, [variant["VariantName"] for variant in variants.of(config)])


def incompatibilities(aws: AwsClients, saved: Saved, config: Optional[Api]) -> List[Problem]:
    """Return why the service would not take a saved target for the variant that it comes back on, as far as that is known."""
    options = aws.sagemaker.options("CreateEndpointConfig", config or {})
    dimension, low = saved.target["ScalableDimension"], saved.target.get("MinCapacity")
    return scaling_rules.variant_rules(options, restored_variant(saved, config), dimension, low)


def described(saved: Saved) -> str:
    """What a saved target was, for whoever has to register another one."""
    parts = [request.get("PolicyName") or request["ScheduledActionName"] for _operation, request in saved.puts]
    dimension, low, high = (saved.target[member] for member in ("ScalableDimension", "MinCapacity", "MaxCapacity"))
    return f"{dimension} from {low} to {high}{' with ' if parts else ''}{', '.join(parts)}"


def save(service: ServiceClient, variant: str, among: List[str], description: Api) -> Saved:
    """A registered target with all that hangs on it."""
    target = scalable_targets.read(service, description)
    puts = []
    for part in scaling_plan.PARTS:
        members = set(service.input_shape(part.put).members) - {"ResourceId"}
        puts += [(part.put, _plain(item, members)) for item in target.parts[part.option].values()]
    members = set(service.input_shape("RegisterScalableTarget").members) - {"ResourceId", "RoleARN", "Tags"}
    return Saved(variant, among, _plain(description, members), target.tags, puts)


def _plain(item: Api, members: Any) -> Api:
    """Only the members of the request, times as text, so that it can be written down."""
    return {
        member: values.to_datetime(value).isoformat() if member in ("StartTime", "EndTime") else value
        for member, value in item.items()
        if member in members
    }


def key(saved: Saved, endpoint_name: str) -> Api:
    """What names the saved target in every call."""
    return {
        "ServiceNamespace": saved.target["ServiceNamespace"],
        "ScalableDimension": saved.target["ScalableDimension"],
        "ResourceId": scaling_rules.variant_id(endpoint_name, saved.variant),
    }


def unrestored(
    service: ServiceClient, saved: Saved, endpoint_name: str, variant_name: str
) -> Optional[List[Tuple[str, Api]]]:
    """Return the calls that are left to do until a saved target is back on this variant, in order.

    None where the registered target has something that was not saved: somebody registered or changed it since.
    """
    requests = saved.requests(endpoint_name, variant_name)
    resource_id = scaling_rules.variant_id(endpoint_name, variant_name)
    found = scalable_targets.describe_targets(service, [resource_id])
    current = [target for target in found if target["ScalableDimension"] == saved.target["ScalableDimension"]]
    if not current:
        return requests
    now = save(service, variant_name, saved.among, current[0])
    if _limits(now.target) != _limits(saved.target) or any(put not in saved.puts for put in now.puts):
        return None
    there = now.requests(endpoint_name, variant_name)
    return [(operation, request) for operation, request in requests[1:] if (operation, request) not in there]


def _limits(target: Api) -> Tuple[object, ...]:
    suspended = [member for member, value in sorted(target.get("SuspendedState", {}).items()) if value]
    return target["MinCapacity"], target["MaxCapacity"], suspended


def restore(service: ServiceClient, saved: Saved, endpoint_name: str, variant_name: str, deregistered: bool) -> bool:
    """Bring a saved target back on this variant. Return False where a newer one is kept instead.

    deregistered: whether this run has deregistered it. A description that shows it as it was may then be a late one.
    """
    left = unrestored(service, saved, endpoint_name, variant_name)
    if left is None:
        return False
    for operation, request in saved.requests(endpoint_name, variant_name) if deregistered else left:
        if operation == REGISTER:
            scalable_targets.register(service, request, saved.tags)
        else:
            service.call(operation, request)
    return True


def kept_warning(saved: Saved, endpoint_name: str, variant_name: str) -> str:
    """Return the warning about a newer target."""
    return (
        f"Endpoint {endpoint_name}: somebody registered or changed the scalable target "
        f"{scaling_rules.variant_id(endpoint_name, variant_name)} after a run had remembered it for an update. It is kept as it is "
        f"now. What was remembered and is not restored: {described(saved)}."
    )


def to_tags(saved: List[Saved]) -> tag_rules.Tags:
    """The tags that remember what was saved."""
    content = [[item.variant, item.among, item.target, item.tags, item.puts] for item in saved]
    text = base64.b64encode(zlib.compress(json.dumps(content).encode(), 9)).decode()
    pieces = [text[start : start + _PIECE] for start in range(0, len(text), _PIECE)]
    return {f"{ownership.MEMORY_TAG}{number:02d}": piece for number, piece in enumerate(pieces)}


def from_tags(endpoint_name: str, its_tags: tag_rules.Tags) -> List[Saved]:
    """What an earlier run saved and could not restore; nothing as a rule."""
    pieces = [its_tags[tag] for tag in sorted(its_tags) if tag.startswith(ownership.MEMORY_TAG)]
    if not pieces:
        return []
    try:
        content = json.loads(zlib.decompress(base64.b64decode("".join(pieces))))
    except (ValueError, zlib.error) as error:
        raise SageMakerError(
            f"Endpoint {endpoint_name}: its tags {ownership.MEMORY_TAG}* should hold the autoscaling that an interrupted run saved, but "
            "they cannot be read. Register its scalable targets again yourself (sagemaker_autoscaling), then remove the tags."
        ) from error
    return [Saved(*what, [tuple(put) for put in puts]) for *what, puts in content]
