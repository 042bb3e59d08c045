# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Limits of a target that its schedule has set: which of them a run keeps."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources.autoscaling import scheduled_limits

DESIRED = {"MinCapacity": 2, "MaxCapacity": 6}
RECORD = {scheduled_limits.TAG: "min_capacity=2"}


def actions(**changes: dict[str, int]) -> dict[str, dict[str, Any]]:
    return {name: {scheduled_limits.CHANGE: change} for name, change in changes.items()}


SCHEDULE = actions(morning={"MinCapacity": 4}, evening={"MinCapacity": 2})
BOTH = actions(weekend={"MinCapacity": 1, "MaxCapacity": 3}, monday={"MinCapacity": 2, "MaxCapacity": 6})
MORNING = {"MinCapacity": 4, "MaxCapacity": 6}


@pytest.mark.parametrize(
    ("desired", "current", "before", "after", "tags", "kept"),
    [
        (DESIRED, MORNING, SCHEDULE, SCHEDULE, RECORD, {"MinCapacity": ["morning"]}),
        # Of a target that something else registered there is no record.
        (DESIRED, MORNING, SCHEDULE, SCHEDULE, {}, {"MinCapacity": ["morning"]}),
        (DESIRED, DESIRED, SCHEDULE, SCHEDULE, RECORD, {}),
        # The user's own change.
        ({**DESIRED, "MinCapacity": 3}, MORNING, SCHEDULE, SCHEDULE, RECORD, {}),
        # No action sets this value, so somebody did by hand.
        (DESIRED, {**MORNING, "MinCapacity": 5}, SCHEDULE, SCHEDULE, RECORD, {}),
        # An action that goes leaves nothing behind; one that changes keeps its old value until it is due again.
        (DESIRED, MORNING, SCHEDULE, actions(evening={"MinCapacity": 2}), RECORD, {}),
        (DESIRED, MORNING, SCHEDULE, actions(morning={"MinCapacity": 5}), RECORD, {"MinCapacity": ["morning"]}),
        (DESIRED, MORNING, SCHEDULE, actions(morning={"MaxCapacity": 4}), RECORD, {}),
        (DESIRED, MORNING, SCHEDULE, {}, RECORD, {}),
        # A limit that is not given is none to keep.
        ({"MaxCapacity": 6}, MORNING, SCHEDULE, SCHEDULE, {}, {}),
        (
            DESIRED,
            {"MinCapacity": 1, "MaxCapacity": 3},
            BOTH,
            BOTH,
            {},
            {"MinCapacity": ["weekend"], "MaxCapacity": ["weekend"]},
        ),
        # The user lowers the maximum below what the schedule has set as the minimum.
        ({"MinCapacity": 2, "MaxCapacity": 3}, MORNING, SCHEDULE, SCHEDULE, RECORD, {}),
    ],
)
def test_what_stays(desired, current, before, after, tags, kept):
    assert scheduled_limits.kept(desired, current, before, after, tags) == kept


def test_the_record_holds_what_the_schedule_sets():
    assert scheduled_limits.record(DESIRED, SCHEDULE) == RECORD
    assert scheduled_limits.record(DESIRED, BOTH) == {scheduled_limits.TAG: "min_capacity=2 max_capacity=6"}
    assert scheduled_limits.record({"MaxCapacity": 6}, SCHEDULE) == scheduled_limits.record(DESIRED, {}) == {}


def test_a_record_that_somebody_spoilt_counts_as_none():
    found = scheduled_limits.kept(DESIRED, MORNING, SCHEDULE, SCHEDULE, {scheduled_limits.TAG: "min_capacity=x y"})
    assert found == {"MinCapacity": ["morning"]}


def test_what_stays_is_told():
    (note,) = scheduled_limits.notes("endpoint/e/variant/v", {"MinCapacity": ["morning"]}, DESIRED, MORNING)
    assert note.startswith(
        "endpoint/e/variant/v keeps min_capacity 4, which the scheduled action morning has set. The desired min_capacity is 2: "
    )
