# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of a rollout as calls in their order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.plans import Change
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rollout.endpoint_plan.rollout_plan import (
    RolloutPlan,
)
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rollout.scaling_handover import Saved
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rules.capacity import CapacityDrift
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rules.tags import TagChange

TARGET = Saved("a", ["a"], {}, {}, [])
DRIFT = [CapacityDrift("a", "desired_weight", 1, 2)]
FORGET = {"forget": True, "restore": [TARGET], "restore_calls": ["RegisterScalableTarget", "PutScalingPolicy"]}
UPDATE = RolloutPlan("update", request={"EndpointName": "e"})


@pytest.mark.parametrize(
    ("plan", "calls"),
    [
        (RolloutPlan("create"), ["CreateEndpoint"]),
        (RolloutPlan("replace"), ["DeleteEndpoint", "CreateEndpoint"]),
        (
            RolloutPlan("replace", leftover="p", leftover_exists=True),
            ["DeleteEndpointConfig", "DeleteEndpoint", "CreateEndpoint"],
        ),
        (UPDATE, ["UpdateEndpoint"]),
        (
            replace(UPDATE, suspended=[TARGET], saved=[TARGET], **FORGET),
            ["AddTags", "DeregisterScalableTarget", "UpdateEndpoint", *FORGET["restore_calls"], "DeleteTags"],
        ),
        (
            replace(UPDATE, placeholder="c1", placeholder_request={"EndpointConfigName": "c1"}),
            ["AddTags", "CreateEndpointConfig", "UpdateEndpoint", "DeleteEndpointConfig", "DeleteTags"],
        ),
        # An interrupted run has made it.
        (replace(UPDATE, placeholder="c1"), ["UpdateEndpoint", "DeleteEndpointConfig", "DeleteTags"]),
        (replace(UPDATE, leftover="p"), ["DeleteTags", "UpdateEndpoint"]),
        (replace(UPDATE, drift=DRIFT), ["UpdateEndpoint", "UpdateEndpointWeightsAndCapacities"]),
        (RolloutPlan("none", drift=DRIFT), ["UpdateEndpointWeightsAndCapacities"]),
        (RolloutPlan("none", **FORGET), [*FORGET["restore_calls"], "DeleteTags"]),
        (RolloutPlan("none"), []),
    ],
)
def test_the_calls_come_in_their_order(plan, calls):
    assert plan.calls == calls
    tagged = replace(plan, retag=TagChange(put={"team": "ml"}, changes=[Change("tags.team", None, "ml")]))
    assert tagged.plan.calls == (calls if plan.action in ("create", "replace") else [*calls, "AddTags"])
    assert tagged.plan.action == (plan.action if plan.action != "none" else "update" if calls else "retag")
    assert plan.plan.action == ("update" if plan.action == "none" and calls else plan.action)


@pytest.mark.parametrize(
    ("more", "expected"),
    [({}, False), (FORGET, True), ({"placeholder": "c1"}, True), ({"drift": DRIFT}, True), ({"leftover": "p"}, False)],
)
def test_a_rollout_with_a_sequel_is_awaited(more, expected):
    assert replace(UPDATE, **more).has_sequel is expected
