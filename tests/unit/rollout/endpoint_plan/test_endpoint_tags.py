# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The user's tags, and the mark of a traffic shift."""

from __future__ import annotations

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import ownership
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rollout.endpoint_plan import endpoint_tags
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rollout.endpoint_plan.rollout_plan import (
    RolloutPlan,
)

MARK = ownership.TRAFFIC_OVERRIDE_TAG
MEMORY = {f"{ownership.MEMORY_TAG}00": "x"}


@pytest.mark.parametrize(
    ("action", "keeps", "before", "options", "put", "drop"),
    [
        ("update", False, {"old": "1"}, {"tags": {"new": "2"}}, {"new": "2"}, ["old"]),
        ("update", False, {"old": "1"}, {"tags": {"new": "2"}, "purge_tags": False}, {"new": "2"}, []),
        ("update", False, {"old": "1"}, {}, {}, []),
        # The mark is of the configuration that is left.
        ("update", False, {MARK: "c1"}, {}, {}, [MARK]),
        ("update", True, {MARK: "c1"}, {}, {MARK: "c2"}, []),
        ("update", True, {MARK: "c1", "old": "1"}, {"tags": {}}, {MARK: "c2"}, ["old"]),
        ("none", False, {MARK: "c2"}, {}, {}, []),
        ("none", False, {MARK: "c2", "old": "1"}, {"tags": {"new": "2"}}, {"new": "2"}, ["old"]),
        ("none", False, {MARK: "c1"}, {}, {}, [MARK]),
        # What an interrupted run remembered is looked after elsewhere.
        ("update", False, MEMORY, {"tags": {}}, {}, []),
    ],
)
def test_tags(desire, action, keeps, before, options, put, drop):
    plan = RolloutPlan(action, keeps_traffic_override=keeps)
    change = endpoint_tags.tag_change(desire(**options), plan, before)
    assert (dict(change.put), list(change.drop)) == (put, drop)
