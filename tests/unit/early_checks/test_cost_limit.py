# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The most instances that an endpoint may run, which its cost is limited by."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.early_checks import cost_limit
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.prices.table import Instances

VARIANT = {"variant_name": "main", "instance_type": "ml.m5.large", "initial_instance_count": 1}
TARGET = {"resource_id": "endpoint/churn/variant/main", "min_capacity": 1, "max_capacity": 2}


def scheduled(**change: int) -> dict[str, Any]:
    return {"scheduled_action_name": "a", "schedule": "rate(1 day)", "scalable_target_action": change}


@pytest.mark.parametrize(
    "targets, most",
    [
        ([], 1),
        ([TARGET], 2),
        ([{**TARGET, "scheduled_actions": [scheduled(min_capacity=1)]}], 2),
        ([{**TARGET, "scheduled_actions": [scheduled(max_capacity=20), scheduled(max_capacity=1)]}], 20),
    ],
)
def test_autoscaling_and_its_schedule_may_add_instances(targets: list[dict[str, Any]], most: int) -> None:
    found = cost_limit.most_instances("churn", {"production_variants": [VARIANT]}, targets)
    assert found == [[Instances("ml.m5.large", most)]]
