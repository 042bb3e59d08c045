# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How far apart calls are repeated, and how long in all."""

from __future__ import annotations

import pytest
from botocore import exceptions

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import retries
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.retries import Clock

LOW = Clock(jitter=lambda low, high: low)
HIGH = Clock(jitter=lambda low, high: high)


@pytest.mark.parametrize(
    ("failures", "shortest", "longest"),
    [
        (1, 0.15, 0.3),
        (2, 0.3, 0.6),
        (3, 0.6, 1.2),
        (4, 1.2, 2.4),
        (5, 2.4, 4.8),
        (6, 3.0, 6.0),
        (10, 3.0, 6.0),
        (100, 3.0, 6.0),
    ],
)
def test_pauses_double_up_to_a_limit(failures, shortest, longest):
    assert retries.DEFAULT_BACKOFF.pause(failures, LOW) == pytest.approx(shortest)
    assert retries.DEFAULT_BACKOFF.pause(failures, HIGH) == pytest.approx(longest)


def in_all(backoff: retries.Backoff, clock: Clock) -> float:
    return sum(backoff.pause(failures, clock) for failures in range(1, backoff.attempts))


def test_six_faults_in_a_row_are_survived_with_both():
    assert retries.DEFAULT_BACKOFF.attempts > 6
    assert retries.CONNECT_BACKOFF.attempts > 6


def test_the_longest_time_in_all():
    assert in_all(retries.DEFAULT_BACKOFF, LOW) > 15
    assert in_all(retries.DEFAULT_BACKOFF, HIGH) < 45
    assert in_all(retries.CONNECT_BACKOFF, HIGH) < 15


def test_which_error_has_which_pauses():
    unreachable = exceptions.EndpointConnectionError(endpoint_url="http://nowhere", error="refused")
    throttled = exceptions.ClientError({"Error": {"Code": "ThrottlingException"}}, "X")
    assert retries.backoff_for(unreachable) is retries.CONNECT_BACKOFF
    assert retries.backoff_for(throttled) is retries.DEFAULT_BACKOFF
