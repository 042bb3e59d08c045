# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for the service: one loop with increasing pauses and a time limit that the user sets."""

from __future__ import annotations

from typing import Callable
from typing import Optional
from typing import Tuple
from typing import TypeVar

from .retries import Clock

Answer = TypeVar("Answer")

SHORTEST = 1.0
LONGEST = 5.0
# Seconds after throttling during which the pauses are doubled.
THROTTLED_FOR = 60.0


def pause(elapsed: float, throttled_ago: Optional[float]) -> Tuple[float, float]:
    """Return the minimum and maximum seconds until the next poll: about a tenth of the elapsed time, between 1 and 5,
    doubled soon after throttling."""
    factor = 2.0 if throttled_ago is not None and throttled_ago < THROTTLED_FOR else 1.0
    seconds = min(LONGEST, max(SHORTEST, elapsed / 10))
    return max(SHORTEST, seconds * 0.9) * factor, min(LONGEST, seconds * 1.1) * factor


class TimedOut(Exception):
    """The time limit expired. last: the last answer."""

    def __init__(self, last: object) -> None:
        super().__init__("timed out")
        self.last = last


def wait_until(
    look: Callable[[], Answer],
    settled: Callable[[Answer], bool],
    timeout: float,
    clock: Clock,
    throttled_at: Callable[[], Optional[float]] = lambda: None,
) -> Answer:
    """Poll until settled, and return the answer that settled it. Raises TimedOut.

    look: polls the service; settled: checks the answer, and may raise an error to end the wait. throttled_at: when the
    service last throttled the caller, by the same clock.
    """
    start = clock.now()
    while True:
        answer = look()
        if settled(answer):
            return answer
        now = clock.now()
        if now - start >= timeout:
            raise TimedOut(answer)
        at = throttled_at()
        seconds = clock.jitter(*pause(now - start, None if at is None else now - at))
        clock.sleep(min(seconds, max(0.0, start + timeout - now)))
