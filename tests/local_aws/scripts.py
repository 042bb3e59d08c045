# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to become of things: endpoints and components that fail, updates that roll back, images that cannot be used."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

OUTCOMES = {
    "create": ("succeed", "fail"),
    "update": ("succeed", "fail", "rollback", "rollback_without_reason", "rollback_failed"),
    "scale": ("succeed", "fail", "rollback", "rollback_without_reason"),
    "delete": ("succeed", "fail"),
}


@dataclass
class Script:
    name: str  # of an endpoint or a component, or a pattern
    event: str
    outcome: str
    reason: str | None
    seconds: float | None  # how long the transition lasts instead of the setting
    times: int
    noun: str = "endpoint"  # or "component"
    log: list[str] | None = None  # what each container writes meanwhile


class Scripts:
    """Scripts that wait for their event, what is wrong with images (missing, oci_manifest or oci_index), for which architecture
    they are, and what becomes of hub content: missing, or its status."""

    def __init__(self) -> None:
        self._waiting: list[Script] = []
        self.images: dict[str, str] = {}
        self.architectures: dict[str, str] = {}
        self.hub_contents: dict[str, str] = {}

    def add(self, order: dict[str, Any]) -> None:
        """Takes {endpoint or component, event, outcome, reason, seconds, times, log}."""
        event, outcome = order["event"], order.get("outcome", "succeed")
        if event not in OUTCOMES:
            raise ValueError(f"no event '{event}'; there are: {', '.join(OUTCOMES)}, system_update, out_of_service")
        if outcome not in OUTCOMES[event]:
            raise ValueError(f"no outcome '{outcome}' of '{event}'; there are: {', '.join(OUTCOMES[event])}")
        seconds = order.get("seconds")
        self._waiting.append(
            Script(
                name=order.get("component") or order.get("endpoint") or "*",
                event=event,
                outcome=outcome,
                reason=order.get("reason"),
                seconds=None if seconds is None else float(seconds),
                times=int(order.get("times") or 1),
                noun="component" if "component" in order else "endpoint",
                log=None if order.get("log") is None else [str(line) for line in order["log"]],
            )
        )

    def take(self, name: str, event: str, noun: str = "endpoint") -> Script:
        for script in self._waiting:
            meant = (script.noun, script.event) == (noun, event)
            if meant and fnmatchcase(name.lower(), script.name.lower()):
                script.times -= 1
                if script.times <= 0:
                    self._waiting.remove(script)
                return script
        return Script(name, event, "succeed", None, None, 1)

    def clear(self) -> None:
        self._waiting.clear()
        self.images.clear()
        self.architectures.clear()
        self.hub_contents.clear()
