# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Progress lines for users during a wait: their text and their timing. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable
from typing import Optional
from typing import Tuple

# Polls are at most 10 s apart, so lines are at most a minute apart.
INTERVAL = 50.0


@dataclass(frozen=True)
class State:
    """The state of a resource during a wait: its name, its status, and further details."""

    name: str
    status: str
    details: Tuple[str, ...] = ()


def duration(seconds: float) -> str:
    """Return whole seconds in readable form: C(2 min 30 s)."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "min"), (rest, "s")]
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 s"


def line(state: State, seconds: float, ended: bool = False) -> str:
    """Return a state as a line. seconds: the duration of the status, with ended that of the whole wait; ended: whether
    the wait has ended."""
    head = f"{state.name}: {state.status} {'after' if ended else 'for'} {duration(seconds)}"
    return " ".join("; ".join([head, *state.details]).split())


class ProgressLines:
    """Emits the lines of a wait: at its start, when the state changes, at least once a minute, and at its end.

    A wait that ends with the first poll emits no line.
    """

    def __init__(self, tell: Callable[[str], None], now: Callable[[], float]) -> None:
        self._tell = tell
        self._now = now
        self._start = now()
        self._state: Optional[State] = None
        # When the current status was first seen, and when the last line was emitted.
        self._since = self._told_at = self._start

    def saw(self, state: State, ended: bool = False) -> None:
        """Process the state of a poll. ended: whether it ends the wait."""
        now, before = self._now(), self._state
        if ended:
            if before is not None:
                self._tell(line(state, now - self._start, ended=True))
            return
        if before is None or state.status != before.status:
            self._since = now
        if state != before or self._is_due(now):
            self._told_at = now
            self._tell(line(state, now - self._since))
        self._state = state

    def failed(self, trouble: str) -> None:
        """Process a failed poll that will be repeated. It only emits a line that is due anyway."""
        now, state = self._now(), self._state
        if state is not None and self._is_due(now):
            self._told_at = now
            self._tell(line(State(state.name, state.status, (*state.details, trouble)), now - self._since))

    def _is_due(self, now: float) -> bool:
        return now - self._told_at >= INTERVAL
