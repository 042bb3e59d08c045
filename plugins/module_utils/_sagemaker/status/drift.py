# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What differs between an endpoint and the release that was deployed to it. Pure.

A deploy leaves its marks on the endpoint and its configuration: the owner's tag, the history of releases, and the tags of the user. The
configuration of a release never changes, so it says what the weights and counts were.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from typing import Collection
from typing import Dict
from typing import Iterator
from typing import List
from typing import Mapping
from typing import NamedTuple
from typing import Optional

from ..core import history
from ..core import ownership
from ..core.types import Options
from ..deploy.inputs import scaling_record
from ..rules import capacity
from ..rules import scaling as scaling_rules
from ..rules.tags import Tags

IN_SYNC, DRIFTED, UNMANAGED = "in_sync", "drifted", "unmanaged"

# The tags of this collection.
_OUR_TAGS = "mlops.sagemaker/"


class Difference(NamedTuple):
    """path: what differs; recorded: what the deploy left; live: what there is now."""

    path: str
    recorded: Any
    live: Any


@dataclass(frozen=True)
class Evidence:
    """What AWS has of an endpoint. None where it is not known.

    endpoint, config: as options, the configuration being the one that serves; config_tags: of that; recorded_changes: how it differs from the
    configuration that was deployed, if it is another one; targets: the limits of the scalable targets by resource id; policies: their scaling
    policies as options.
    """

    name: str
    tags: Optional[Tags]
    config_name: Optional[str] = None
    endpoint: Optional[Options] = None
    config: Optional[Options] = None
    config_tags: Optional[Tags] = None
    recorded_changes: Collection[Difference] = ()
    targets: Optional[Mapping[str, str]] = None
    policies: Optional[Mapping[str, List[Options]]] = None
    is_changing: bool = False


def is_ours(name: str, its_tags: Optional[Tags], config_tags: Optional[Tags]) -> Optional[bool]:
    """Return whether the Ansible role deployed an endpoint, even if its owner's tag is gone. None if that is not known."""
    if its_tags is None:
        return None
    owned = its_tags.get(ownership.OWNER_TAG) == name or ownership.HISTORY_TAG in its_tags
    return owned or (config_tags or {}).get(ownership.OWNER_TAG) == name


def find(seen: Evidence) -> Dict[str, Any]:
    """Return {state, changes}. The state is None if it is not known."""
    ours = is_ours(seen.name, seen.tags, seen.config_tags)
    if ours is None:
        return {"state": None, "changes": []}
    if not ours:
        return {"state": UNMANAGED, "changes": []}
    found = [*_owner(seen), *_release(seen), *_capacity(seen), *_autoscaling(seen), *_tags(seen)]
    return {"state": DRIFTED if found else IN_SYNC, "changes": [one._asdict() for one in found]}


def deployed(its_tags: Tags, config_name: Optional[str]) -> Optional[str]:
    """Return the name of the configuration that was deployed last."""
    return next(iter(history.read(its_tags.get(ownership.HISTORY_TAG, ""), history.prefix_of(config_name))), None)


def is_foreign(seen: Evidence) -> bool:
    """Return whether an endpoint of ours serves another configuration than the one that was deployed.

    A deploy that did not wait is entered into the history by the next one, so a configuration of ours that is not in it is no stranger.
    """
    its_tags = seen.tags or {}
    entered = history.read(its_tags.get(ownership.HISTORY_TAG, ""), history.prefix_of(seen.config_name))
    if seen.config_name is None or not entered or next(iter(entered)) == seen.config_name:
        return False
    owned = (seen.config_tags or {}).get(ownership.OWNER_TAG) == seen.name
    return seen.config_name in entered or (not owned and seen.config_tags is not None)


def _owner(seen: Evidence) -> Iterator[Difference]:
    its_tags = seen.tags or {}
    if its_tags.get(ownership.OWNER_TAG) != seen.name:
        yield Difference(f"tags[{ownership.OWNER_TAG}]", seen.name, its_tags.get(ownership.OWNER_TAG))
    # An adopted endpoint gets a history with its first release.
    if ownership.HISTORY_TAG not in its_tags and (seen.config_tags or {}).get(ownership.OWNER_TAG) == seen.name:
        yield Difference(f"tags[{ownership.HISTORY_TAG}]", seen.config_name, None)
    if not seen.is_changing and any(map(ownership.is_memory, its_tags)):
        yield Difference("autoscaling", "as before the last update", "suspended by a run that did not end")


def _release(seen: Evidence) -> Iterator[Difference]:
    if not seen.is_changing and is_foreign(seen):
        yield Difference("endpoint_config_name", deployed(seen.tags or {}, seen.config_name), seen.config_name)
        yield from seen.recorded_changes


def _capacity(seen: Evidence) -> Iterator[Difference]:
    """Yield weights and counts that are not those of the configuration, unless a task of sagemaker_endpoint_traffic set them."""
    if seen.endpoint is None or seen.config is None or ownership.TRAFFIC_OVERRIDE_TAG in (seen.tags or {}):
        return
    found = capacity.drift(seen.endpoint, seen.config)
    # An autoscaler owns the counts of its variants, and unknown ones may have one.
    for one in capacity.without_counts(found, [one.variant for one in found if _is_scaled(seen, one.variant)]):
        yield Difference(f"production_variants[{one.variant}].{one.option}", one.desired, one.current)


def _is_scaled(seen: Evidence, variant: str) -> bool:
    return seen.targets is None or scaling_rules.variant_id(seen.name, variant) in seen.targets


def _autoscaling(seen: Evidence) -> Iterator[Difference]:
    """Yield what has become of the scalable targets that the deploy has set up. An update may suspend them."""
    its_tags = seen.tags or {}
    if seen.targets is None or seen.is_changing or any(map(ownership.is_memory, its_tags)):
        return
    for resource_id, recorded in scaling_record.read(its_tags.get(ownership.SCALING_TAG, ""), seen.name).items():
        path, live = f"autoscaling[{resource_id}]", seen.targets.get(resource_id)
        if live is None:
            yield Difference(path, recorded.limits or "scheduled", None)
            continue
        if recorded.limits not in (None, live):
            yield Difference(f"{path}.limits", recorded.limits, live)
        policies = (seen.policies or {}).get(resource_id, [])
        if seen.policies is not None and recorded.policies not in (None, scaling_record.fingerprint(policies)):
            names = ", ".join(sorted(policy["policy_name"] for policy in policies))
            yield Difference(
                f"{path}.scaling_policies",
                recorded.policies,
                f"{scaling_record.fingerprint(policies)} ({names or 'none'})",
            )


def _tags(seen: Evidence) -> Iterator[Difference]:
    """Yield the user's tags that a deploy has set on all that it made and that the endpoint has no more."""
    config_tags = seen.config_tags or {}
    if config_tags.get(ownership.OWNER_TAG) != seen.name:
        return
    live: Mapping[str, str] = seen.tags or {}
    for tag, value in config_tags.items():
        if not tag.startswith((_OUR_TAGS, "aws:")) and live.get(tag) != value:
            yield Difference(f"tags[{tag}]", value, live.get(tag))


def described(changes: List[Mapping[str, Any]]) -> str:
    """Return the changes in words."""
    return "; ".join(f"{one['path']}: {_word(one['recorded'])} -> {_word(one['live'])}" for one in changes)


def _word(value: Any) -> str:
    return "none" if value is None else str(value)
