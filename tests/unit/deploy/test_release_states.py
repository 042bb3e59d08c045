# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the life of a release: which states there are ways to, and which there are not."""

from __future__ import annotations

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy import release_states
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.release_states import ENTER
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.release_states import ENTERED
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.release_states import FAIL
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.release_states import FAIL_TEST
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.release_states import IN_USE
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.release_states import KEPT
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.release_states import LIFE
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.release_states import MADE
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.release_states import PASS
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.release_states import PRUNE
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.release_states import PRUNED
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.release_states import ROLL_BACK_TO
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.release_states import ROLL_OUT
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.release_states import ROLLING_OUT
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.release_states import SUPERSEDE
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.release_states import TESTED
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.release_states import VERIFY
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.release_states import after

EVENTS = {ROLL_OUT, VERIFY, FAIL, PASS, FAIL_TEST, ENTER, SUPERSEDE, ROLL_BACK_TO, PRUNE}


@pytest.mark.parametrize(
    "events, state",
    [
        ([], MADE),
        ([ROLL_OUT], ROLLING_OUT),
        ([ROLL_OUT, FAIL], MADE),
        ([ROLL_OUT, FAIL, PRUNE], PRUNED),
        ([ROLL_OUT, VERIFY], IN_USE),
        ([ROLL_OUT, VERIFY, ENTER], ENTERED),
        ([ROLL_OUT, VERIFY, PASS], TESTED),
        ([ROLL_OUT, VERIFY, PASS, ENTER], ENTERED),
        ([ROLL_OUT, VERIFY, FAIL_TEST, PRUNE], PRUNED),
        ([ROLL_OUT, VERIFY, ENTER, SUPERSEDE], KEPT),
        ([ROLL_OUT, VERIFY, ENTER, SUPERSEDE, PRUNE], PRUNED),
        ([ROLL_OUT, VERIFY, ENTER, SUPERSEDE, ROLL_BACK_TO, VERIFY, ENTER], ENTERED),
    ],
)
def test_lives(events: list[str], state: str) -> None:
    assert after(MADE, events) == state


def test_every_state_is_reached_and_every_event_happens() -> None:
    reached, todo = {MADE}, [MADE]
    while todo:
        state = todo.pop()
        for (begin, _event), end in LIFE.items():
            if begin == state and end not in reached:
                reached.add(end)
                todo.append(end)
    assert reached == {MADE, ROLLING_OUT, IN_USE, TESTED, ENTERED, KEPT, PRUNED}
    assert {event for _state, event in LIFE} == EVENTS


def test_nothing_that_serves_is_pruned_and_nothing_comes_back() -> None:
    assert {state for state, event in LIFE if event == PRUNE} == {MADE, KEPT}
    assert not [event for state, event in LIFE if state == PRUNED]


@pytest.mark.parametrize("state, event", [(ROLLING_OUT, ENTER), (MADE, ENTER), (ENTERED, PRUNE), (TESTED, SUPERSEDE)])
def test_what_cannot_happen(state: str, event: str) -> None:
    with pytest.raises(KeyError):
        after(state, [event])


def test_only_what_has_served_counts_for_going_back() -> None:
    assert {state for (state, event) in release_states.LIFE if event == ROLL_BACK_TO} == {KEPT}
