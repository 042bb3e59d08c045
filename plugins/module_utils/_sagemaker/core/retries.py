# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How often and how far apart a call is repeated."""

from __future__ import annotations

import os
import random
import time
from dataclasses import dataclass
from dataclasses import field
from typing import Callable

from . import errors

# How long a fresh IAM role may take until SageMaker can assume it, in seconds (the Terraform provider waits as long).
ROLE_PROPAGATION_TIMEOUT = 120.0


# The environment variable with the process id of Ansible's main process, for a module in a process of its own beside it.
CONTROLLER = "MLOPS_SAGEMAKER_CONTROLLER"


class SleepWhileWanted:
    """Sleeps, and ends this process if the one that wants its result ends meanwhile.

    Ansible's workers, and what they start, outlive a main process that is killed, as a cancelled job's is. Nobody would read
    what they wait for.
    """

    def __init__(self) -> None:
        self._parent = os.getppid()
        self._controller = int(os.environ.get(CONTROLLER, "0"))

    def __call__(self, seconds: float) -> None:
        time.sleep(seconds)
        if os.getppid() != self._parent or (self._controller and not _is_running(self._controller)):
            raise SystemExit("Ansible was ended, so this task ends too.")


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # with become it belongs to somebody else
        pass
    return True


@dataclass
class Clock:
    """Time and chance, so that tests need not wait. Seconds throughout."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = field(default_factory=SleepWhileWanted)
    jitter: Callable[[float, float], float] = random.uniform


@dataclass(frozen=True)
class Backoff:
    """Exponential pauses with jitter: attempts in all, first and longest pause in seconds."""

    attempts: int
    first: float
    longest: float

    def pause(self, failures: int, clock: Clock) -> float:
        """Seconds to wait after so many failures in a row."""
        pause = min(self.longest, self.first * 2 ** (failures - 1))
        return clock.jitter(pause / 2, pause)


# Throttling and server faults: about half a minute in all.
DEFAULT_BACKOFF = Backoff(attempts=11, first=0.3, longest=6.0)
# Nobody listens: most often a wrong address, so the user gets the answer within some ten seconds.
CONNECT_BACKOFF = Backoff(attempts=9, first=0.2, longest=2.0)


def backoff_for(error: Exception) -> Backoff:
    """The pauses that suit this error."""
    return CONNECT_BACKOFF if errors.is_unreachable(error) else DEFAULT_BACKOFF
