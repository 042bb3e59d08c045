# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans and results, which are the same in check mode and in a run."""

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
    """One difference. path: the path of the option, with names of list entries in brackets; before, after: values in
    snake_case."""

    path: str
    before: Any
    after: Any

    def as_dict(self) -> Dict[str, Any]:
        return {"path": self.path, "before": self.before, "after": self.after}


@dataclass(frozen=True)
class Plan:
    """action: one of the constants above; calls: the mutating API calls in order."""

    action: str = NONE
    changes: List[Change] = field(default_factory=list)
    calls: List[str] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        """Whether the plan changes anything. Waiting for the end of a transition is not a change."""
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
# Names of resources in messages, if they differ from the key of the resource in results.
_TITLES = {"endpoint_config": "endpoint configuration", "role": "execution role"}


def message(noun: str, name: str, plan: Plan, *, exists: bool, check_mode: bool, waits: bool = True) -> str:
    """Return one line that summarises the change of a resource, in check mode the predicted change.

    noun: the key of the resource in results; exists: whether the resource exists afterwards; waits: whether a run waits
    for the operation to end. The only value in the line is the name of a configuration, because others may be secret.
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
    """Return in one line why a resource that serves nothing is replaced, '' for other plans."""
    before = {change.path: change.before for change in plan.changes if plan.action == REPLACE}
    status = before.get("endpoint_status") or before.get("inference_component_status")
    reason = " ".join((before.get("failure_reason") or "SageMaker reported no reason.").split())
    return f" It was {status}. {reason}" if status else ""


def revival(path: str, status: str, reason: Optional[str]) -> List[Change]:
    """Return the changes of replacing a resource that serves nothing. path: the path of its status; reason: its failure
    reason."""
    gone = [Change("failure_reason", reason, None)] if reason else []
    return [Change(path, status, "InService"), *gone]


def _wait_message(subject: str, exists: bool, ended: bool) -> str:
    if exists:
        return f"{subject} is unchanged; its transition {'has ended' if ended else 'is still in progress'}."
    return (
        f"{subject} was already being deleted and is now deleted." if ended else f"{subject} is already being deleted."
    )


@dataclass(frozen=True)
class Result:
    """The result of a state module. noun: the key of the resource; before, after: for diff mode, normalised in the same
    way; more: further keys; replaces: the name of another resource that before shows."""

    noun: str
    name: str
    resource: Dict[str, Any]
    plan: Plan
    before: Dict[str, Any]
    after: Dict[str, Any]
    more: Dict[str, Any] = field(default_factory=dict)
    replaces: str = ""

    @property
    def diff(self) -> Dict[str, Any]:
        """The difference for diff mode."""
        headers = {
            "before_header": f"{self.noun} {self.replaces or self.name}",
            "after_header": f"{self.noun} {self.name}",
        }
        return {**headers, "before": self.before, "after": self.after}

    def as_dict(self) -> Dict[str, Any]:
        return {
            self.noun: self.resource,
            "tags": self.resource.get("tags", {}),
            "plan": self.plan.as_dict(),
            "changed": self.plan.changed,
            **self.more,
        }

    def message(self, check_mode: bool, waits: bool) -> str:
        """Return one line that summarises the change, in check mode the predicted change."""
        return message(self.noun, self.name, self.plan, exists=bool(self.resource), check_mode=check_mode, waits=waits)


@contextmanager
def attached(plan: Plan) -> Iterator[None]:
    """Attach the plan to an error in this block, so that the user sees the intended changes."""
    try:
        yield
    except SageMakerError as error:
        error.details.setdefault("plan", plan.as_dict())
        raise
