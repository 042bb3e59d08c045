# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A human-readable summary of the plan of a deploy. Pure."""

from __future__ import annotations

import json
from typing import Any
from typing import Iterator
from typing import List
from typing import Mapping

VERBS = {
    "create": ("create", "created"),
    "update": ("update", "updated"),
    "retag": ("change the tags of", "changed the tags of"),
    "replace": ("delete and create again", "deleted and created again"),
    "delete": ("delete", "deleted"),
    "wait": ("wait for", "waited for"),
}

# The subject of each part of the plan.
PARTS = {
    "iam_role": "the execution role",
    "models": "the model",
    "endpoint_config": "the endpoint configuration",
    "endpoint": "the endpoint",
    "inference_components": "the inference component",
    "autoscaling": "autoscaling of",
    "pruned": "old releases",
}

# Calls for alarms, which belong to another service than autoscaling.
ALARM_CALLS = {"PutMetricAlarm", "DeleteAlarms"}

# Internal tags of the role.
OWN = "tags.mlops.sagemaker/"

# Longer values are truncated. The plan contains the complete ones.
LONGEST = 60


def summarize(outputs: Mapping[str, Any], check_mode: bool) -> List[str]:
    """Return lines for each part of sagemaker_endpoint_outputs["plan"] with changes, and the fields that cause them."""
    name = outputs["sagemaker_endpoint_name"]
    lines = list(_lines(outputs["plan"], 0 if check_mode else 1))
    notes = [f"  {note}" for note in outputs.get("notes") or ()]
    thing = f"Endpoint {name}{_place(outputs)}"
    if not lines:
        return [f"{thing}: no changes.", *notes]
    return [f"{thing}: this run {'would' if check_mode else 'has'}", *lines, *notes]


def _place(outputs: Mapping[str, Any]) -> str:
    """Return the region and the account, as far as they are known."""
    known = [outputs.get("region"), f"account {outputs['account_id']}" if outputs.get("account_id") else None]
    return f" ({', '.join(part for part in known if part)})" if any(known) else ""


def _lines(plan: Mapping[str, Any], tense: int) -> Iterator[str]:
    for part, what in PARTS.items():
        found = plan.get(part) or []
        for item in found if isinstance(found, list) else [found]:
            if item["action"] == "none":
                continue
            if part == "autoscaling" and item["action"] == "wait":
                yield (
                    f"  {('leave', 'left')[tense]} autoscaling of {item['name']} to the next run: AWS scales a variant only once it is in "
                    "service"
                )
                continue
            how = f" by {_rollout(item)}" if part == "endpoint" and "UpdateEndpoint" in item["calls"] else ""
            name = f" {item['name']}" if item.get("name") else ""
            thing = "the alarm" if item["calls"] and ALARM_CALLS.issuperset(item["calls"]) else what
            yield f"  {VERBS[item['action']][tense]} {thing}{name}{how} ({', '.join(_counted(item['calls'])) or 'no call'})"
            if item["action"] != "create":
                # Several resources in one item, such as execution roles, may have the same change.
                changes = (_change(change) for change in item["changes"] if not change["path"].startswith(OWN))
                yield from (f"      {line}" for line in dict.fromkeys(changes))


def _rollout(plan: Mapping[str, Any]) -> str:
    """Return the kind of update: how the traffic moves, and whether autoscaling is suspended."""
    aside = ", autoscaling is suspended during the rollout" if "DeregisterScalableTarget" in plan["calls"] else ""
    return f"a rollout without downtime{aside}"


def _counted(calls: List[str]) -> List[str]:
    """Return consecutive equal calls once, with their number, in order."""
    counted: List[List[Any]] = []
    for call in calls:
        if counted and counted[-1][0] == call:
            counted[-1][1] += 1
        else:
            counted.append([call, 1])
    return [call if count == 1 else f"{count} x {call}" for call, count in counted]


def _change(change: Mapping[str, Any]) -> str:
    if change["after"] is None:
        # The name in the path already shows the removed item.
        was = "" if change["path"].endswith(f"[{change['before']}]") else f" (was {_short(change['before'])})"
        return f"{change['path']}: removed{was}"
    if change["before"] is None:
        return f"{change['path']}: {_short(change['after'])}"
    return f"{change['path']}: {_short(change['before'])} -> {_short(change['after'])}"


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
