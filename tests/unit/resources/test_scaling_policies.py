# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scaling policies as the service has them."""

from __future__ import annotations

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources import scaling_policies

TRACKING = {
    "TargetTrackingScalingPolicyConfiguration": {"PredefinedMetricSpecification": {"PredefinedMetricType": "x"}}
}
STEPS = {"StepScalingPolicyConfiguration": {"StepAdjustments": []}}


def test_the_type_follows_from_the_configuration():
    assert scaling_policies.policy_type(TRACKING) == "TargetTrackingScaling"
    assert scaling_policies.policy_type(STEPS) == "StepScaling"
    assert scaling_policies.policy_type({"PolicyName": "p"}) is None


def test_what_a_policy_tracks():
    assert scaling_policies.tracked_metric(TRACKING) == ({"PredefinedMetricType": "x"}, None)
    assert scaling_policies.tracked_metric(STEPS) == (None, None)
