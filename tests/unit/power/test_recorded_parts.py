# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of scheduled actions whose time was over before the start."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.power.recorded_parts import is_over

NOON = datetime.datetime(2030, 1, 31, 12, 0, tzinfo=datetime.timezone.utc)


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ({"schedule": "cron(0 8 * * ? *)"}, False),
        ({"schedule": "rate(1 day)", "end_time": "2030-01-31T12:00:01+00:00"}, False),
        ({"schedule": "rate(1 day)", "end_time": "2030-01-31T12:00:00+00:00"}, True),
        ({"schedule": "at(2030-01-31T00:00:00)"}, True),
        # It may be noon yet where the clocks are furthest behind.
        ({"schedule": "at(2030-01-31T00:00:01)"}, False),
        ({"schedule": "at(2031-01-31T00:00:00)"}, False),
        ({"schedule": "at(soon)"}, False),
    ],
)
def test_an_action_is_over(action: dict[str, Any], expected: bool) -> None:
    assert is_over(action, NOON) is expected
