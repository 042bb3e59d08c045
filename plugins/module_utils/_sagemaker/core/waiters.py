# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for the service: one loop, short pauses at first, and a time limit that the user sets."""

from __future__ import annotations

from typing import Callable
from typing import Optional
from typing import Tuple
from typing import TypeVar

from .retries import Clock

Answer = TypeVar("Answer")

SHORTEST = 1.0
LONGEST = 5.0
# For so long after throttling the pauses are doubled.
THROTTLED_FOR = 60.0


def pause(elapsed: float, throttled_ago: Optional[float]) -> Tuple[float, float]:
    """Least and most seconds until the next look: about a tenth of the time gone by, within 1 to 5; twice that soon after
    throttling."""
    factor = 2.0 if throttled_ago is not None and throttled_ago < THROTTLED_FOR else 1.0
    seconds = min(LONGEST, max(SHORTEST, elapsed / 10))
    return max(SHORTEST, seconds * 0.9) * factor, min(LONGEST, seconds * 1.1) * factor


class TimedOut(Exception):
    """The time limit passed. last: what was seen last."""

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
    """Look again and again until settled; the answer that settled it. Raises TimedOut.

    look: asks the service; settled: judges its answer and may raise to end the wait with a failure.
    throttled_at: when the service last asked to slow down, by the same clock.
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
