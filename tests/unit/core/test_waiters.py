# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How often is looked, and when waiting ends."""

from __future__ import annotations

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import waiters


@pytest.mark.parametrize(
    ("elapsed", "throttled_ago", "seconds"),
    [
        (0, None, 1.0),
        (5, None, 1.0),
        (10, None, 1.0),
        (15, None, 1.5),
        (30, None, 3.0),
        (50, None, 5.0),
        (51, None, 5.0),
        (3600, None, 5.0),
        (0, 0, 2.0),
        (0, 59.9, 2.0),
        (0, 60, 1.0),
        (30, 10, 6.0),
        (3600, 59, 10.0),
        (3600, 61, 5.0),
    ],
)
def test_pauses(elapsed, throttled_ago, seconds):
    least, most = waiters.pause(elapsed, throttled_ago)
    factor = 2 if throttled_ago is not None and throttled_ago < 60 else 1
    assert 1 * factor <= least <= seconds <= most <= 5 * factor
    assert least >= 0.9 * seconds and most <= 1.1 * seconds + 1e-9


def test_what_is_settled_already_is_not_waited_for(clock, naps):
    assert waiters.wait_until(lambda: "done", lambda answer: True, 10, clock) == "done"
    assert naps == []


def test_the_answer_that_settled_it_is_returned(clock, naps):
    answers = iter(["Creating", "Creating", "InService"])
    assert waiters.wait_until(lambda: next(answers), lambda answer: answer == "InService", 60, clock) == "InService"
    assert len(naps) == 2


def test_the_rhythm_of_a_long_wait(clock, naps):
    waiters.wait_until(clock.now, lambda now: now > 300, 3600, clock)
    assert naps[0] == pytest.approx(1.1)
    assert naps == sorted(naps)
    assert max(naps) <= waiters.LONGEST * 1.1
    # Boto3's waiters would have looked ten times, 30 s apart.
    assert 60 < len(naps) < 90


@pytest.mark.parametrize("timeout", [0, 0.5, 1, 7.3, 60])
def test_the_time_limit_is_kept_exactly_and_the_last_look_is_at_its_end(clock, naps, timeout):
    looks = []

    def look() -> str:
        looks.append(clock.now())
        return "Creating"

    with pytest.raises(waiters.TimedOut) as error:
        waiters.wait_until(look, lambda answer: False, timeout, clock)
    assert error.value.last == "Creating"
    assert looks[0] == 0
    assert looks[-1] == pytest.approx(timeout)
    assert sum(naps) == pytest.approx(timeout)


def test_a_judge_may_end_the_wait_with_a_failure(clock, naps):
    def settled(answer: str) -> bool:
        raise LookupError(answer)

    with pytest.raises(LookupError, match="Failed"):
        waiters.wait_until(lambda: "Failed", settled, 60, clock)
    assert naps == []


def test_pauses_are_doubled_for_a_minute_after_throttling(clock, naps):
    """Throttled once, in the second look."""
    throttled_at: list[float] = []

    def look() -> float:
        if len(naps) == 1:
            throttled_at.append(clock.now())
        return clock.now()

    waiters.wait_until(look, lambda now: now > 120, 3600, clock, lambda: throttled_at[-1] if throttled_at else None)
    moments = [sum(naps[:count]) for count in range(len(naps))]
    for moment, nap in zip(moments, naps):
        ago = moment - throttled_at[0]
        expected = waiters.pause(moment, ago if ago >= 0 else None)[1]
        assert nap == pytest.approx(expected)
    assert naps[1] == pytest.approx(2.2)
    assert max(naps) > waiters.LONGEST * 1.1
    assert naps[-1] == pytest.approx(waiters.LONGEST)
