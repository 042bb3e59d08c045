# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Number and delays of retries."""

from __future__ import annotations

import os
import random
import time
from dataclasses import dataclass
from dataclasses import field
from typing import Callable

from . import errors

# Seconds until SageMaker can assume a new IAM role (the Terraform provider waits equally long).
ROLE_PROPAGATION_TIMEOUT = 120.0


# The environment variable with the process id of Ansible's main process, for a module that runs in a separate process
# on the same host.
CONTROLLER = "MLOPS_SAGEMAKER_CONTROLLER"


class SleepWhileWanted:
    """Sleep, and end this process if the process that waits for its result has ended.

    Ansible's workers and their child processes outlive a main process that is killed, as by a cancelled job. Nobody
    would read their result.
    """

    def __init__(self) -> None:
        self._parent = os.getppid()
        self._controller = int(os.environ.get(CONTROLLER, "0"))

    def __call__(self, seconds: float) -> None:
        time.sleep(seconds)
        if os.getppid() != self._parent or (self._controller and not _is_running(self._controller)):
            raise SystemExit("Ansible has ended, so this task ends too.")


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # with become it belongs to somebody else
        pass
    return True


def _nobody(_line: str) -> None:
    """Tell nobody."""


@dataclass
class Clock:
    """Time and randomness, replaceable so that tests need not wait. All values are in seconds.

    tell: receives progress lines of a wait.
    """

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = field(default_factory=SleepWhileWanted)
    jitter: Callable[[float, float], float] = random.uniform
    tell: Callable[[str], None] = _nobody


@dataclass(frozen=True)
class Backoff:
    """Exponential backoff with jitter. attempts: total number; first, longest: pauses in seconds."""

    attempts: int
    first: float
    longest: float

    def pause(self, failures: int, clock: Clock) -> float:
        """Return the seconds to wait after this number of failures in a row."""
        pause = min(self.longest, self.first * 2 ** (failures - 1))
        return clock.jitter(pause / 2, pause)


# Throttling and server faults: about half a minute in total.
DEFAULT_BACKOFF = Backoff(attempts=11, first=0.3, longest=6.0)
# No connection: usually a wrong address, so the user gets the error within about ten seconds.
CONNECT_BACKOFF = Backoff(attempts=9, first=0.2, longest=2.0)


def backoff_for(error: Exception) -> Backoff:
    """Return the backoff for this error."""
    return CONNECT_BACKOFF if errors.is_unreachable(error) else DEFAULT_BACKOFF
