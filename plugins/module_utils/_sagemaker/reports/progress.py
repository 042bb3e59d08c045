# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lines that tell a person what is being waited for: how they read, and when one is due. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable
from typing import Optional
from typing import Tuple

# Two looks are at most 10 s apart, so that two lines are at most a minute apart.
INTERVAL = 50.0


@dataclass(frozen=True)
class State:
    """What is known of a thing that is waited for: its name, its status, and what else a line says of it."""

    name: str
    status: str
    details: Tuple[str, ...] = ()


def duration(seconds: float) -> str:
    """Return whole seconds as a person reads them: C(2 min 30 s)."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "min"), (rest, "s")]
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 s"


def line(state: State, seconds: float, ended: bool = False) -> str:
    """Return a state as a line. seconds: for which it has been so; ended: they are those of the whole wait, which is over."""
    head = f"{state.name}: {state.status} {'after' if ended else 'for'} {duration(seconds)}"
    return " ".join("; ".join([head, *state.details]).split())


class ProgressLines:
    """Tells the lines of one wait: at its start, when the state changes, at least once a minute, and at its end.

    A wait that is over at the first look tells nothing.
    """

    def __init__(self, tell: Callable[[str], None], now: Callable[[], float]) -> None:
        self._tell = tell
        self._now = now
        self._start = now()
        self._state: Optional[State] = None
        # When the status of the state was first seen, and when the last line was told.
        self._since = self._told_at = self._start

    def saw(self, state: State, ended: bool = False) -> None:
        """Take in the state of one more look. ended: whether it ends the wait."""
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
        """Take in a look that failed and will be repeated. Nothing is told of it but what is due anyway."""
        now, state = self._now(), self._state
        if state is not None and self._is_due(now):
            self._told_at = now
            self._tell(line(State(state.name, state.status, (*state.details, trouble)), now - self._since))

    def _is_due(self, now: float) -> bool:
        return now - self._told_at >= INTERVAL
