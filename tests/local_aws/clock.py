# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's clock: real time, plus what a test skipped with ``advance``."""

from __future__ import annotations

import time


class Clock:
    """Seconds since the epoch. Moves by itself; ``advance`` moves it further, at once."""

    def __init__(self) -> None:
        self._skipped = 0.0

    def now(self) -> float:
        return time.time() + self._skipped

    def advance(self, seconds: float) -> None:
        if seconds < 0:
            raise ValueError("the clock does not go back: 'seconds' must be 0 or more")
        self._skipped += seconds

    def reset(self) -> None:
        self._skipped = 0.0
