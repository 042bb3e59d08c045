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

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.errors import SageMakerError

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


@dataclass(frozen=True)
class Result:
    """What a state module returns. noun: the key of the resource; before, after: for diff mode, normalised alike."""

    noun: str
    resource: Dict[str, Any]
    plan: Plan
    before: Dict[str, Any]
    after: Dict[str, Any]

    def as_dict(self) -> Dict[str, Any]:
        return {self.noun: self.resource, "plan": self.plan.as_dict(), "changed": self.plan.changed}


@contextmanager
def attached(plan: Plan) -> Iterator[None]:
    """A failure inside carries the plan, so that the user sees how far it was meant to go."""
    try:
        yield
    except SageMakerError as error:
        error.details.setdefault("plan", plan.as_dict())
        raise
