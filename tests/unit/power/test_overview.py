# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of when an endpoint has expired."""

from __future__ import annotations

import datetime

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rules.tags import is_past

NOON = datetime.datetime(2030, 1, 31, 12, 0, tzinfo=datetime.timezone.utc)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2030-01-31T12:00:00Z", True),
        ("2030-01-31T12:00:01Z", False),
        ("2030-01-31T12:00:00", True),
        (" 2030-01-31T12:30:00+01:00 ", True),
        ("2030-01-31T11:30:00-01:00", False),
        ("2030-01-31", True),
        ("2030-02-01", False),
        ("tomorrow", None),
        ("31.1.2030", None),
    ],
)
def test_a_time_is_over(text: str, expected: bool | None) -> None:
    assert is_past(text, NOON) is expected
