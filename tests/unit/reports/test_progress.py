# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a line of progress reads, and when one is told."""

from __future__ import annotations

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.reports import progress
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.reports.progress import ProgressLines
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.reports.progress import State

CREATING = State("churn", "Creating", ("main 0 of 2 instances",))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.9, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (150, "2 min 30 s"),
        (3600, "1 h"),
        (3661, "1 h 1 min 1 s"),
        (7205, "2 h 5 s"),
    ],
)
def test_a_duration(seconds, text):
    assert progress.duration(seconds) == text


def test_a_line():
    assert progress.line(CREATING, 150) == "churn: Creating for 2 min 30 s; main 0 of 2 instances"
    assert progress.line(State("churn", "InService"), 61, ended=True) == "churn: InService after 1 min 1 s"


def test_a_line_is_one_line():
    assert progress.line(State("churn", "not ready", ("first\nsecond\r\n\tthird",)), 1) == (
        "churn: not ready for 1 s; first second third"
    )


@pytest.fixture
def lines(clock):
    return ProgressLines(clock.tell, clock.now)


def test_a_wait_is_told_at_its_start_at_each_change_and_at_its_end(clock, lines, told):
    for copies in (0, 0, 1, 1, 2):
        lines.saw(State("chat", "Creating", (f"{copies} of 2 copies",)))
        clock.sleep(5)
    lines.saw(State("chat", "InService"), ended=True)
    assert told == [
        "chat: Creating for 0 s; 0 of 2 copies",
        "chat: Creating for 10 s; 1 of 2 copies",
        "chat: Creating for 20 s; 2 of 2 copies",
        "chat: InService after 25 s",
    ]


def test_each_status_has_its_own_time_and_the_end_that_of_all(clock, lines, told):
    for status in ("Updating", "Updating", "RollingBack", "RollingBack"):
        lines.saw(State("churn", status))
        clock.sleep(49)
    lines.saw(State("churn", "InService"), ended=True)
    assert told == [
        "churn: Updating for 0 s",
        "churn: RollingBack for 0 s",
        "churn: InService after 3 min 16 s",
    ]


@pytest.mark.parametrize("pause", [1, 4.5, 5.5, 10])
def test_a_long_wait_is_told_at_least_once_a_minute(clock, lines, naps, told, pause):
    moments = []
    while clock.now() < 600:
        before = len(told)
        lines.saw(CREATING)
        moments += [clock.now()] * (len(told) - before)
        clock.sleep(pause)
    gaps = [after - before for before, after in zip(moments, moments[1:])]
    assert moments[0] == 0
    assert max(gaps) <= 60 and min(gaps) >= 50
    assert told[-1] == f"churn: Creating for {progress.duration(moments[-1])}; main 0 of 2 instances"


def test_what_is_over_at_the_first_look_is_not_told(lines, told):
    lines.saw(State("churn", "InService"), ended=True)
    assert told == []


def test_looks_that_fail_are_told_once_a_minute(clock, lines, told):
    lines.failed("Rate exceeded")
    assert told == []
    lines.saw(CREATING)
    for _attempt in range(13):
        clock.sleep(5)
        lines.failed("Rate exceeded")
    assert told[1:] == ["churn: Creating for 50 s; main 0 of 2 instances; Rate exceeded"]
