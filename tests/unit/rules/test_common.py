# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is refused of options that several modules have."""

from __future__ import annotations

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rules import common as common_rules


@pytest.mark.parametrize("timeout", [None, 1, 86400])
def test_how_long_may_be_waited(timeout):
    assert common_rules.problems({"wait_timeout": timeout}) == common_rules.problems({}) == []


@pytest.mark.parametrize("timeout", [0, -5])
def test_no_time_to_wait_is_refused(timeout):
    (problem,) = common_rules.problems({"wait": True, "wait_timeout": timeout})
    assert [str(problem)] == [
        f"wait_timeout: must be at least 1, got {timeout}. To return without waiting, set wait: false."
    ]


@pytest.mark.parametrize("limit", [None, 1, 5000])
def test_how_many_may_be_returned(limit: int | None) -> None:
    assert common_rules.problems({"max_results": limit}) == []


@pytest.mark.parametrize("limit", [0, -5])
def test_to_return_nothing_is_refused(limit: int) -> None:
    (problem,) = common_rules.problems({"max_results": limit})
    assert [str(problem)] == [f"max_results: must be at least 1, got {limit}. To return everything, leave it out."]
