# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scaling policies as the service has them."""

from __future__ import annotations

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources.autoscaling import policies

TRACKING = {
    "TargetTrackingScalingPolicyConfiguration": {"PredefinedMetricSpecification": {"PredefinedMetricType": "x"}}
}
STEPS = {"StepScalingPolicyConfiguration": {"StepAdjustments": []}}


def test_the_type_follows_from_the_configuration():
    assert policies.policy_type(TRACKING) == "TargetTrackingScaling"
    assert policies.policy_type(STEPS) == "StepScaling"
    assert policies.policy_type({"PolicyName": "p"}) is None


def test_what_a_policy_tracks():
    assert policies.tracked_metric(TRACKING) == ({"PredefinedMetricType": "x"}, None)
    assert policies.tracked_metric(STEPS) == (None, None)
