# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How often and how far apart a call is repeated."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import Callable

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import errors

# How long a fresh IAM role may take until SageMaker can assume it, in seconds (the Terraform provider waits as long).
ROLE_PROPAGATION_TIMEOUT = 120.0


@dataclass
class Clock:
    """Time and chance, so that tests need not wait. Seconds throughout."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
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
PATIENT = Backoff(attempts=11, first=0.3, longest=6.0)
# Nobody listens: most often a wrong address, so the user gets the answer within some ten seconds.
HASTY = Backoff(attempts=9, first=0.2, longest=2.0)


def backoff_for(error: Exception) -> Backoff:
    """The pauses that suit this error."""
    return HASTY if errors.is_unreachable(error) else PATIENT
