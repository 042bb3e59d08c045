# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run would do, and what it returns: the same in check mode and in a run."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import Dict
from typing import Iterator
from typing import List
from typing import Optional

from .errors import SageMakerError

NONE = "none"
CREATE = "create"
UPDATE = "update"
RETAG = "retag"
REPLACE = "replace"
DELETE = "delete"
WAIT = "wait"


@dataclass(frozen=True)
class Change:
    """One difference. path: the option's, with names of things in brackets; before, after: values in snake_case."""

    path: str
    before: Any
    after: Any

    def as_dict(self) -> Dict[str, Any]:
        return {"path": self.path, "before": self.before, "after": self.after}


@dataclass(frozen=True)
class Plan:
    """action: one of the constants above; changes; calls: the API operations that change something, in order."""

    action: str = NONE
    changes: List[Change] = field(default_factory=list)
    calls: List[str] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        """Whether anything is made different. Waiting for the end of a transition is no change."""
        return self.action not in (NONE, WAIT)

    def as_dict(self) -> Dict[str, Any]:
        return {
            "action": self.action,
            "changes": [change.as_dict() for change in self.changes],
            "calls": list(self.calls),
        }


_DONE = {
    CREATE: "created",
    UPDATE: "updated",
    REPLACE: "deleted and created again",
    DELETE: "deleted",
}
# What a sentence calls a thing, where that is not the key of the resource in results.
_TITLES = {"endpoint_config": "endpoint configuration", "role": "execution role"}


def message(noun: str, name: str, plan: Plan, *, exists: bool, check_mode: bool, waits: bool = True) -> str:
    """Return one line that says what was done to a thing, or in check mode would be.

    noun: the key of the resource in results; exists: whether the thing is there afterwards; waits: whether a run waits for the
    end of what it begins. Of the values of changes only the name of a configuration is told: others may be secret.
    """
    thing = f"{_TITLES.get(noun, noun.replace('_', ' '))} {name}"
    subject = thing[0].upper() + thing[1:]
    if plan.action == NONE:
        return f"{subject} is unchanged." if exists else f"{subject} does not exist."
    if plan.action == WAIT:
        return _wait_message(subject, exists, ended=waits and not check_mode)
    if plan.action == RETAG:
        return f"Tags of {thing} {'would be' if check_mode else 'were'} updated."
    verb = "would be" if check_mode else "was" if waits else "is being"
    configs = [change.after for change in plan.changes if change.path == "endpoint_config_name"]
    target = f" to {configs[0]}" if configs and plan.action == UPDATE else ""
    return f"{subject} {verb} {_DONE[plan.action]}{target}.{_replaced_because(plan)}"


def _replaced_because(plan: Plan) -> str:
    """Return why something that serves nothing is made again, in one line; nothing for other plans."""
    before = {change.path: change.before for change in plan.changes if plan.action == REPLACE}
    status = before.get("endpoint_status") or before.get("inference_component_status")
    reason = " ".join((before.get("failure_reason") or "SageMaker reported no reason.").split())
    return f" It was {status}. {reason}" if status else ""


def revival(path: str, status: str, reason: Optional[str]) -> List[Change]:
    """Return what replacing a thing that serves nothing changes. path: the status's; reason: why it serves nothing."""
    gone = [Change("failure_reason", reason, None)] if reason else []
    return [Change(path, status, "InService"), *gone]


def _wait_message(subject: str, exists: bool, ended: bool) -> str:
    if exists:
        return f"{subject} is unchanged; its transition {'has ended' if ended else 'is still under way'}."
    return f"{subject} was being deleted already, and is gone." if ended else f"{subject} is being deleted already."


@dataclass(frozen=True)
class Result:
    """What a state module returns. noun: the key of the resource; before, after: for diff mode, normalised alike; more: other
    keys."""

    noun: str
    name: str
    resource: Dict[str, Any]
    plan: Plan
    before: Dict[str, Any]
    after: Dict[str, Any]
    more: Dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> Dict[str, Any]:
        return {
            self.noun: self.resource,
            "tags": self.resource.get("tags", {}),
            "plan": self.plan.as_dict(),
            "changed": self.plan.changed,
            **self.more,
        }

    def message(self, check_mode: bool, waits: bool) -> str:
        """Return one line that says what was done, or in check mode would be."""
        return message(self.noun, self.name, self.plan, exists=bool(self.resource), check_mode=check_mode, waits=waits)


@contextmanager
def attached(plan: Plan) -> Iterator[None]:
    """A failure inside carries the plan, so that the user sees how far it was meant to go."""
    try:
        yield
    except SageMakerError as error:
        error.details.setdefault("plan", plan.as_dict())
        raise
