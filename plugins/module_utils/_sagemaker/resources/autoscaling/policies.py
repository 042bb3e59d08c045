# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scaling policies of Application Auto Scaling: their types, their metrics, and partial updates. Pure."""

from __future__ import annotations

from typing import Optional
from typing import Tuple

from ...core.types import Api

# The type of policy that each configuration belongs to.
TRACKING = "TargetTrackingScalingPolicyConfiguration"
POLICY_TYPES = {"StepScalingPolicyConfiguration": "StepScaling", TRACKING: "TargetTrackingScaling"}

# The members that identify a metric, by the member of a tracking policy that specifies it.
_METRIC_NAMES = {
    "PredefinedMetricSpecification": ("PredefinedMetricType",),
    "CustomizedMetricSpecification": ("MetricName", "Namespace"),
}


def policy_type(policy: Api) -> Optional[str]:
    """Return the type of a policy from its configuration, None if it has none."""
    return next((kind for member, kind in POLICY_TYPES.items() if member in policy), None)


def tracked_metric(policy: Api) -> Tuple[object, ...]:
    """Return the metric of a target tracking policy, None for other policies."""
    tracking = policy.get(TRACKING, {})
    return tuple(tracking.get(member) for member in _METRIC_NAMES)


def keeping(request: Api, current: Api) -> Api:
    """Return an update of a policy of the same type, with all members that the request omits.

    The members of a metric are kept only if the metric is the same.
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
