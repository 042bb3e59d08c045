# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Transitions of things in AWS: the one place that repeats a call for them, and the one that awaits their end.

A run has one Deadline for all that it waits for. AWS may show a status late, and refuses calls because of one that it does
not show yet; so nothing here repeats anything without a pause.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import Callable
from typing import Dict
from typing import Optional
from typing import Sequence
from typing import TypeVar

from ..core import errors
from ..core import retries
from ..core import waiters
from ..core.errors import SageMakerError
from ..core.errors import ServiceError
from ..core.retries import Clock
from ..core.waiters import TimedOut
from .client import ServiceClient

Answer = TypeVar("Answer")

# For so many seconds after it was accepted, the effect of a call may not show.
LAG = 10.0
# For so many seconds a call may be refused because it does not see a thing just made.
CONSISTENCY = 30.0


class Deadline:
    """The end of the time that a run may wait in all. seconds: the whole time; since: when it began, by default now."""

    def __init__(self, clock: Clock, seconds: float, since: Optional[float] = None) -> None:
        self.seconds = seconds
        self.at = (clock.now() if since is None else since) + seconds
        self._clock = clock

    def left(self) -> float:
        """Return the seconds that are left."""
        return max(0.0, self.at - self._clock.now())


class Overtaken(SageMakerError):
    """Somebody else changed a thing during this run, so that what was decided on does not hold any more: decide again."""


@dataclass(frozen=True)
class Obstacle:
    """A reason for which AWS refuses a call for now.

    is_met: whether an error says so. is_wanted: whether the call is still to be made; asked before each repetition, it may
    wait for the end of a transition first. seconds: how long such refusals may last from the first one on; the deadline is
    the limit in any case.
    """

    is_met: Callable[[ServiceError], bool]
    is_wanted: Callable[[], bool] = lambda: True
    seconds: float = math.inf


def while_busy(
    call: Callable[[], object], obstacles: Sequence[Obstacle], clock: Clock, deadline: Optional[Deadline] = None
) -> bool:
    """Make a call, and repeat it with pauses while it meets obstacles. Return False if it is not wanted any more.

    Raises ServiceError for any other refusal, and for an obstacle that lasts too long.
    """
    first_met: Dict[int, float] = {}
    failures = 0
    while True:
        try:
            call()
            return True
        except ServiceError as error:
            met = next((number for number, one in enumerate(obstacles) if one.is_met(error)), None)
            if met is None:
                raise
            now = clock.now()
            since = first_met.setdefault(met, now)
            end = math.inf if deadline is None else deadline.at
            until = min(since + obstacles[met].seconds, end)
            if now >= until:
                error.message += f" AWS refused it for {now - since:.0f} s."
                if until == end:
                    error.message += f" No more time was left (wait_timeout: {deadline.seconds:.0f} s)."
                    error.details["cause"] = "timeout"
                raise
        failures += 1
        clock.sleep(min(retries.PATIENT.pause(failures, clock), until - now))
        if not obstacles[met].is_wanted():
            return False


class Progress(Enum):
    """What a look tells about something that was begun. UNCHANGED: all is as it was before."""

    UNCHANGED = "unchanged"
    UNDER_WAY = "under way"
    ENDED = "ended"


def await_end(
    service: ServiceClient, look: Callable[[], Answer], progress: Callable[[Answer], Progress], deadline: Deadline
) -> Answer:
    """Look until what was begun has ended, well or not, and return the last answer. Raises TimedOut.

    What is unchanged has ended as well, once its beginning has been seen or had time enough to show.
    """
    start = service.clock.now()
    seen = set()

    def has_ended(answer: Answer) -> bool:
        now = progress(answer)
        seen.add(now)
        late = Progress.UNDER_WAY not in seen and service.clock.now() - start <= LAG
        return now is Progress.ENDED or (now is Progress.UNCHANGED and not late)

    return await_settled(service, look, has_ended, deadline)


def await_settled(
    service: ServiceClient, look: Callable[[], Answer], settled: Callable[[Answer], bool], deadline: Deadline
) -> Answer:
    """Look until an answer is settled, and return it. Only the deadline ends the wait, no fault does. Raises TimedOut."""
    answers = []

    def noted() -> Answer:
        answers[:] = [look()]
        return answers[0]

    try:
        with service.patient_until(deadline.at):
            return waiters.wait_until(noted, settled, deadline.left(), service.clock, lambda: service.throttled_at)
    except ServiceError as error:
        if answers and errors.is_transient(error.cause):
            raise TimedOut(answers[0]) from error
        raise


def await_shown(service: ServiceClient, look: Callable[[], Answer], shows: Callable[[Answer], bool]) -> Answer:
    """Look until the effect of a call shows or had time enough to do so, and return the last answer."""
    try:
        return await_settled(service, look, shows, Deadline(service.clock, LAG))
    except TimedOut as error:
        return error.last
