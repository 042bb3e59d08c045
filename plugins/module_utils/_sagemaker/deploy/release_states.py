# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The life cycle of a release as a table. Pure.

A release is an endpoint configuration with its models. It counts as served only once it is in the history of the
endpoint. A failed rollout does not count, nor does one whose end no run has seen.
"""

from __future__ import annotations

from typing import Dict
from typing import Iterable
from typing import Tuple

# States. Made: it exists and has never served. In use: the endpoint uses it. Tested: its smoke test passed. Entered: it
# is the first in the history. Kept: it has served and a rollback can return to it. Pruned: it is deleted.
MADE = "made"
ROLLING_OUT = "rolling out"
IN_USE = "in use"
TESTED = "tested"
ENTERED = "entered"
KEPT = "kept"
PRUNED = "pruned"

# Events. After a failed rollout or smoke test the release counts as if it had never served.
ROLL_OUT = "roll out"
VERIFY = "verify"
FAIL = "fail"
PASS = "pass the smoke test"
FAIL_TEST = "fail the smoke test"
ENTER = "enter into the history"
SUPERSEDE = "supersede"
ROLL_BACK_TO = "roll back to"
PRUNE = "prune"

LIFE: Dict[Tuple[str, str], str] = {
    (MADE, ROLL_OUT): ROLLING_OUT,
    (MADE, PRUNE): PRUNED,
    (ROLLING_OUT, VERIFY): IN_USE,
    (ROLLING_OUT, FAIL): MADE,
    (IN_USE, PASS): TESTED,
    (IN_USE, FAIL_TEST): MADE,
    (IN_USE, ENTER): ENTERED,
    (TESTED, ENTER): ENTERED,
    (ENTERED, SUPERSEDE): KEPT,
    (KEPT, ROLL_BACK_TO): ROLLING_OUT,
    (KEPT, PRUNE): PRUNED,
}


def after(state: str, events: Iterable[str]) -> str:
    """Return the state after these events. Raises KeyError for an event that is not possible in a state."""
    for event in events:
        state = LIFE[state, event]
    return state
