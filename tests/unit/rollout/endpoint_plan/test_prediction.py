# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An endpoint as a rollout would leave it."""

from __future__ import annotations

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rollout.endpoint_plan import prediction
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rollout.endpoint_plan.rollout_plan import (
    RolloutPlan,
)
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rules.capacity import CapacityDrift

ENDPOINT = {"EndpointName": "e", "EndpointArn": "arn", "EndpointConfigName": "c1", "EndpointStatus": "InService"}
DRIFT = [CapacityDrift("a", "desired_weight", 1, 2)]
UPDATE = {"request": {"EndpointName": "e"}}


@pytest.mark.parametrize(
    ("plan", "wait", "config", "status", "pending"),
    [
        (RolloutPlan("update", **UPDATE), True, "c2", "InService", None),
        # The service shows the old configuration until the update has ended.
        (RolloutPlan("update", **UPDATE), False, "c1", "Updating", "c2"),
        # Its end is awaited in any case, and the correction that follows is not.
        (RolloutPlan("update", drift=DRIFT, **UPDATE), False, "c2", "Updating", None),
        (RolloutPlan("update", forget=True, **UPDATE), False, "c2", "InService", None),
        (RolloutPlan("create"), True, "c2", "InService", None),
        (RolloutPlan("create"), False, "c2", "Creating", "c2"),
        (RolloutPlan("replace", forget=True), False, "c2", "InService", None),
    ],
)
def test_what_a_run_leaves(aws, desire, plan, wait, config, status, pending):
    before = {**ENDPOINT, "FailureReason": "of an older update"} if plan.action == "update" else None
    after = prediction.predict(aws, desire(wait=wait), plan, before)
    assert (after["EndpointName"], after["EndpointConfigName"], after["EndpointStatus"]) == ("e", config, status)
    assert after.get("PendingDeploymentSummary") == (pending and {"EndpointConfigName": pending})
    assert "FailureReason" not in after


def test_without_a_change_it_stays_as_it_is(aws, desire):
    assert prediction.predict(aws, desire(), RolloutPlan("none"), ENDPOINT) == ENDPOINT
