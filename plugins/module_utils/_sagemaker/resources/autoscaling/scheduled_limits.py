# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The limits of a scalable target that its scheduled actions set, and that a run therefore keeps. Pure.

A scheduled action changes the limits of the target itself, so they differ from the options until another action sets
them back. A tag of the target records the options of the last run: if they are the same now, the schedule has changed
the limit, and if they differ, the user has.
"""

from __future__ import annotations

from typing import Any
from typing import Dict
from typing import Iterator
from typing import List
from typing import Mapping
from typing import Optional

from ...core.types import Api
from ...rules import tags as tag_rules

# On a scalable target: the limits of the last run, of those that scheduled actions set.
TAG = "mlops.sagemaker/limits"

# The member of a scheduled action with the limits that it sets.
CHANGE = "ScalableTargetAction"

OPTIONS = {"MinCapacity": "min_capacity", "MaxCapacity": "max_capacity"}

Actions = Mapping[str, Api]
# {member: names of the scheduled actions that may have set it}
Kept = Dict[str, List[str]]


def kept(desired: Api, current: Api, before: Actions, after: Actions, its_tags: tag_rules.Tags) -> Kept:
    """Return the limits of the current target that a scheduled action has set and that stay.

    before, after: the scheduled actions before and after the run; its_tags: the tags of the current target.
    """
    written = _read(its_tags.get(TAG, ""))
    found: Kept = {}
    for member, option in OPTIONS.items():
        value = current.get(member)
        if member not in desired or desired[member] == value:
            continue
        names = [name for name in after if value in _values(member, after[name], before.get(name))]
        if names and written.get(option, desired[member]) == desired[member]:
            found[member] = names
    merged = {**desired, **{member: current[member] for member in found}}
    # A limit that contradicts the other one cannot stay.
    return found if merged.get("MinCapacity", 0) <= merged.get("MaxCapacity", float("inf")) else {}


def _values(member: str, action: Api, earlier: Optional[Api]) -> List[int]:
    """Return the values that an action sets, or has set before this run changes it. None if it no longer sets the limit."""
    changes = [one[CHANGE] for one in (action, earlier) if one]
    return [change[member] for change in changes if member in change] if member in changes[0] else []


def record(desired: Api, after: Actions) -> tag_rules.Tags:
    """Return the tag that records the desired limits, none if no scheduled action sets one of them."""
    scheduled = {member for action in after.values() for member in action[CHANGE]}
    pairs = [f"{option}={desired[m]}" for m, option in OPTIONS.items() if m in desired and m in scheduled]
    return {TAG: " ".join(pairs)} if pairs else {}


def _read(text: str) -> Dict[str, int]:
    pairs = [pair.partition("=") for pair in text.split()]
    return {option: int(value) for option, _sign, value in pairs if value.isdigit()}


def notes(resource_id: str, limits: Kept, desired: Api, current: Api) -> Iterator[str]:
    """Yield a sentence for each limit that stays."""
    for member, names in limits.items():
        option, actions = OPTIONS[member], " or ".join(names)
        yield (
            f"{resource_id} keeps {option} {current[member]}, which the scheduled action {actions} has set. The desired {option} is "
            f"{desired[member]}: the schedule changes the limit from now on, and a run does so only if the desired value itself changes."
        )


def could_set(member: str, value: Any, actions: Actions) -> bool:
    """Return whether one of these actions sets the limit to this value."""
    return any(action[CHANGE].get(member) == value for action in actions.values())
