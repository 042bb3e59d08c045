# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scaling policies as Application Auto Scaling has them: their types, what they track, and updates that keep the rest. Pure."""

from __future__ import annotations

from typing import Optional
from typing import Tuple

from ..core.types import Api

# The type of policy that each configuration belongs to.
TRACKING = "TargetTrackingScalingPolicyConfiguration"
POLICY_TYPES = {"StepScalingPolicyConfiguration": "StepScaling", TRACKING: "TargetTrackingScaling"}

# What a metric is, by the member of a tracking policy that specifies it.
_METRIC_NAMES = {
    "PredefinedMetricSpecification": ("PredefinedMetricType",),
    "CustomizedMetricSpecification": ("MetricName", "Namespace"),
}


def policy_type(policy: Api) -> Optional[str]:
    """Return the type of a policy, which the configuration that it carries tells; None where it carries none."""
    return next((kind for member, kind in POLICY_TYPES.items() if member in policy), None)


def tracked_metric(policy: Api) -> Tuple[object, ...]:
    """Return what a target tracking policy tracks, nothing of another policy."""
    tracking = policy.get(TRACKING, {})
    return tuple(tracking.get(member) for member in _METRIC_NAMES)


def keeping(request: Api, current: Api) -> Api:
    """Return an update of a policy to the same type with all that the policy has and the request does not mention.

    A metric is taken over as a whole: what specifies one says nothing about another.
    """
    kind = next((member for member in POLICY_TYPES if member in request), None)
    if kind is None or kind not in current:
        return request
    wanted, there = request[kind], current[kind]
    whole = {**there, **wanted}
    for member, names in _METRIC_NAMES.items():
        if member not in wanted:
            whole.pop(member, None)
        elif all(wanted[member].get(name) == there.get(member, {}).get(name) for name in names):
            whole[member] = {**there.get(member, {}), **wanted[member]}
    if whole.get("AdjustmentType") != "PercentChangeInCapacity":
        whole.pop("MinAdjustmentMagnitude", None)
    return {**request, kind: whole}
