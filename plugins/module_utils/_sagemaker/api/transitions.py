# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Transitions of resources in AWS: the only place that retries a call because of them and waits for their end.

A run has one Deadline for all waits. AWS may report a status late, and may refuse calls because of a status that it
does not report yet. Every repetition in this file therefore follows a pause.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import Callable
from typing import Dict
from typing import List
from typing import Optional
from typing import Sequence
from typing import Tuple
from typing import TypeVar

from ..core import errors
from ..core import failure_causes
from ..core import retries
from ..core import waiters
from ..core.errors import SageMakerError
from ..core.errors import ServiceError
from ..core.retries import Clock
from ..core.types import Api
from ..core.waiters import TimedOut
from ..reports import states
from ..reports.progress import ProgressLines
from ..reports.progress import State
from ..schema import shapes
from .client import ServiceClient

Answer = TypeVar("Answer")

# Seconds after its acceptance during which the effect of a call may be invisible.
CONSISTENCY_WINDOW = 10.0
# Seconds during which the service may refuse a call because it does not see a new resource yet.
CREATION_WINDOW = 30.0

# Statuses that all kinds of resources have.
DELETING = "Deleting"
FAILED = "Failed"


class Deadline:
    """The end of the total time that a run may wait. seconds: the total; since: the start, by default now."""

    def __init__(self, clock: Clock, seconds: float, since: Optional[float] = None) -> None:
        self.seconds = seconds
        self.at = (clock.now() if since is None else since) + seconds
        self._clock = clock

    def left(self) -> float:
        """Return the seconds that are left."""
        return max(0.0, self.at - self._clock.now())


class Overtaken(SageMakerError):
    """Somebody else changed a resource during this run, so the run must decide again."""


@dataclass(frozen=True)
class Obstacle:
    """A reason for which AWS refuses a call for now.

    is_met: whether an error has this reason. is_wanted: whether the call is still necessary. It is called before each
    repetition, and may first wait for the end of a transition. seconds: how long such refusals may last, within the
    deadline.
    """

    is_met: Callable[[ServiceError], bool]
    is_wanted: Callable[[], bool] = lambda: True
    seconds: float = math.inf


def while_busy(
    call: Callable[[], object], obstacles: Sequence[Obstacle], clock: Clock, deadline: Optional[Deadline] = None
) -> bool:
    """Make a call, and repeat it with pauses while it meets obstacles. Return False if it is no longer wanted.

    Raises ServiceError for any other refusal, and for an obstacle that lasts too long.
    """
    first_met: Dict[int, float] = {}
    failures = 0
    lines = ProgressLines(clock.tell, clock.now)
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
                    error.message += f" The time limit expired (wait_timeout: {deadline.seconds:.0f} s)."
                    error.message += f" {failure_causes.WAITING.remedy}"
                    error.details.update(failure_causes.WAITING.details)
                raise
            lines.saw(State(error.operation, "refused by AWS", (errors.message(error),)))
        failures += 1
        clock.sleep(min(retries.DEFAULT_BACKOFF.pause(failures, clock), until - now))
        if not obstacles[met].is_wanted():
            return False


@dataclass(frozen=True)
class Refusals:
    """Temporary reasons of AWS to refuse a create or an update, as predicates on the error.

    busy: a transition is in progress. taken: a concurrent run has created the resource, which may not be visible yet.
    late: AWS does not see a new resource yet.
    """

    busy: Callable[[ServiceError], bool]
    taken: Callable[[ServiceError], bool]
    late: Callable[[ServiceError], bool]


def change(
    call: Callable[[Callable[[], Optional[Answer]]], object],
    lookup: Callable[[], Optional[Answer]],
    is_unchanged: Callable[[], bool],
    refusals: Refusals,
    clock: Clock,
    deadline: Deadline,
) -> Tuple[bool, Optional[Answer]]:
    """Make a change that must not be made twice, and repeat it while AWS refuses it temporarily.

    call: makes the change; its argument is the lookup after a lost answer. lookup: returns the resource if the change
    has started or is complete, None otherwise. is_unchanged: whether the resource is still in the state that the
    decision was based on; may first wait for the end of a transition. Return whether the change was accepted or found,
    and the result of lookup, None if the call was accepted.
    """
    found: List[Answer] = []

    def look() -> Optional[Answer]:
        current = lookup()
        found.extend([] if current is None else [current])
        return current

    def is_wanted() -> bool:
        return look() is None and is_unchanged()

    obstacles = [
        Obstacle(refusals.busy, is_wanted),
        Obstacle(refusals.taken, is_wanted, CONSISTENCY_WINDOW),
        Obstacle(refusals.late, seconds=CREATION_WINDOW),
    ]
    accepted = while_busy(lambda: call(look), obstacles, clock, deadline)
    return accepted or bool(found), found[-1] if found else None


class Stage(Enum):
    """The progress of an operation. UNCHANGED: the resource is still in its previous state."""

    UNCHANGED = "unchanged"
    UNDER_WAY = "under way"
    ENDED = "ended"


def await_end(
    service: ServiceClient,
    look: Callable[[], Answer],
    stage: Callable[[Answer], Stage],
    deadline: Deadline,
    state: Callable[[Answer], State],
) -> Answer:
    """Poll until an operation has ended, successfully or not, and return the last answer. Raises TimedOut.

    An unchanged resource counts as ended once its start was visible or the consistency window has passed. state:
    returns the state of an answer, for lines of progress.
    """
    start = service.clock.now()
    seen = set()

    def has_ended(answer: Answer) -> bool:
        now = stage(answer)
        seen.add(now)
        late = Stage.UNDER_WAY not in seen and service.clock.now() - start <= CONSISTENCY_WINDOW
        return now is Stage.ENDED or (now is Stage.UNCHANGED and not late)

    return await_until(service, look, has_ended, deadline, state)


def await_until(
    service: ServiceClient,
    look: Callable[[], Answer],
    settled: Callable[[Answer], bool],
    deadline: Deadline,
    state: Optional[Callable[[Answer], State]] = None,
) -> Answer:
    """Poll until an answer is settled, and return it. Faults do not end the wait before the deadline. Raises TimedOut.

    state: returns the state of an answer, for lines of progress. A wait of some seconds has none.
    """
    answers = []
    lines = ProgressLines(service.clock.tell, service.clock.now)

    def noted() -> Answer:
        answers[:] = [look()]
        return answers[0]

    def has_settled(answer: Answer) -> bool:
        ended = settled(answer)
        if state is not None:
            lines.saw(state(answer), ended)
        return ended

    try:
        with service.patient_until(deadline.at, lines.failed):
            return waiters.wait_until(noted, has_settled, deadline.left(), service.clock, lambda: service.throttled_at)
    except ServiceError as error:
        if answers and errors.is_transient(error.cause):
            raise TimedOut(answers[0]) from error
        raise


def await_shown(service: ServiceClient, look: Callable[[], Answer], shows: Callable[[Answer], bool]) -> Answer:
    """Poll until the effect of a call is visible or the consistency window has passed, and return the last answer."""
    try:
        return await_until(service, look, shows, Deadline(service.clock, CONSISTENCY_WINDOW))
    except TimedOut as error:
        return error.last


@dataclass(frozen=True)
class Deletion:
    """The deletion of an existing resource.

    kind: its name in the names of operations and members, such as Endpoint. found: its description. describe: returns
    the current description of its name, None if it does not exist. wait_stable: returns the same at the end of a
    transition. is_stable: whether no transition is in progress. is_same: whether a decision for one description applies
    to another.
    """

    service: ServiceClient
    kind: str
    found: Api
    describe: Callable[[], Optional[Api]]
    wait_stable: Callable[[], Optional[Api]]
    is_stable: Callable[[Optional[Api]], bool]
    is_same: Callable[[Optional[Api], Optional[Api]], bool]

    @property
    def name(self) -> str:
        return self.found[f"{self.kind}Name"]

    def status(self, description: Api) -> str:
        return description[f"{self.kind}Status"]

    def state(self, current: Optional[Api]) -> State:
        """Return the state for lines of progress."""
        gone = self.stage(current) is Stage.ENDED
        return states.deletion(self.name, None if gone else self.status(current))

    def is_left(self, current: Optional[Api]) -> bool:
        """Return whether the resource exists and is not being deleted. A resource recreated under its name does not
        count."""
        there = current is not None and current["CreationTime"] == self.found["CreationTime"]
        return there and self.status(current) != DELETING

    def is_wanted(self, only_as_found: bool) -> bool:
        """Wait for the end of a transition, and return whether the resource still has to be deleted."""
        current = self.describe()
        if self.is_left(current) and not self.is_stable(current):
            current = self.wait_stable()
        return self.is_same(current, self.found) if only_as_found else self.is_left(current)

    def make(self) -> None:
        """Make the call. If the resource is already deleted, that counts as success."""
        try:
            self.service.call(f"Delete{self.kind}", {f"{self.kind}Name": self.name}, self._lookup)
        except ServiceError as error:
            if not errors.is_not_found(error, shapes.option_name(self.kind).replace("_", " ")):
                raise

    def _lookup(self) -> Optional[Api]:
        """After a lost answer, return a non-None value if the resource is deleted or being deleted."""
        current = self.describe()
        return None if self.is_left(current) else current or {}

    def stage(self, current: Optional[Api]) -> Stage:
        if current is None or current["CreationTime"] != self.found["CreationTime"]:
            return Stage.ENDED
        # A failed resource may still be reported as failed right after the deletion was accepted.
        return Stage.UNCHANGED if self.status(current) == FAILED else Stage.UNDER_WAY


def delete(
    deletion: Deletion,
    obstacles: Callable[[Callable[[], bool]], Sequence[Obstacle]],
    deadline: Deadline,
    only_as_found: bool = False,
) -> bool:
    """Delete a resource. Return False if somebody else has deleted it.

    During a transition the service refuses the call, so wait for its end and check again. obstacles: returns further
    obstacles, given the predicate whether the resource still has to be deleted. only_as_found: keep the resource if its
    status has changed.
    """

    def is_wanted() -> bool:
        return deletion.is_wanted(only_as_found)

    if (only_as_found or not deletion.is_stable(deletion.found)) and not is_wanted():
        return False
    return while_busy(deletion.make, obstacles(is_wanted), deletion.service.clock, deadline)


def await_deletion(deletion: Deletion, deadline: Deadline) -> Optional[Api]:
    """Wait until the deletion of a resource ends. Return the resource if the deletion failed, else None. Raises
    TimedOut."""
    left = await_end(deletion.service, deletion.describe, deletion.stage, deadline, deletion.state)
    return left if left is not None and deletion.stage(left) is Stage.UNCHANGED else None
