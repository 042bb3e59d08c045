# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CloudWatch's alarms, which moto keeps: those of scaling policies, and what SetAlarmState sets off. behaviour 6.13, 6.21"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from local_aws.world import Region


def _backend(region: Region) -> Any:
    from moto.cloudwatch.models import cloudwatch_backends

    return cloudwatch_backends[region.account][region.name]


def put(region: Region, name: str, high: bool, policy_arn: str, metric: dict[str, Any]) -> None:
    """Makes an alarm that calls a policy. ``metric``: {name, namespace, dimensions, statistic, target}."""
    _backend(region).put_metric_alarm(
        name=name,
        namespace=metric["namespace"],
        metric_name=metric["name"],
        comparison_operator="GreaterThanThreshold" if high else "LessThanThreshold",
        evaluation_periods=3 if high else 15,
        period=60,
        threshold=metric["target"] if high else metric["target"] * 0.9,
        statistic=metric["statistic"],
        description=f"DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {policy_arn}.",
        dimensions=metric["dimensions"],
        alarm_actions=[policy_arn],
    )


def delete(region: Region, names: list[str]) -> None:
    if names:
        _backend(region).delete_alarms(names)


def forget(region: Region, policy_arn: str) -> None:
    """Takes a deleted policy out of the alarms that call it, which are someone's own and stay. behaviour 6.13"""
    for one in list(_backend(region).alarms.values()):
        one.alarm_actions = [action for action in one.alarm_actions if action != policy_arn]


def of_policy(region: Region, policy_arn: str) -> list[dict[str, str]]:
    """The alarms whose action is the policy, ours and those that someone attached to it."""
    found = [one for one in list(_backend(region).alarms.values()) if policy_arn in one.alarm_actions]
    return [{"AlarmName": one.name, "AlarmARN": one.alarm_arn} for one in sorted(found, key=lambda one: one.name)]


@dataclass
class Alarm:
    """An alarm as its actions get to know it."""

    name: str
    state: str
    threshold: float
    rises: bool  # whether it is about values above the threshold
    values: list[float]  # of the metric, as far as they are known
    actions: list[str]  # what it calls in this state


def find(region: Region, name: str) -> Alarm | None:
    """The alarm of that name. None also for one without a threshold (anomaly detection): it calls no policy."""
    stored = _backend(region).alarms.get(name)
    if stored is None or stored.threshold is None:
        return None
    actions = {
        "OK": stored.ok_actions,
        "ALARM": stored.alarm_actions,
        "INSUFFICIENT_DATA": stored.insufficient_data_actions,
    }
    return Alarm(
        name,
        stored.state_value,
        float(stored.threshold),
        stored.comparison_operator.startswith("Greater"),
        _values(stored.state_reason_data),
        list(actions[stored.state_value]) if stored.actions_enabled else [],
    )


def _values(reason: str | None) -> list[float]:
    """The recentDatapoints of StateReasonData."""
    data = json.loads(reason or "{}")
    points = data.get("recentDatapoints") if isinstance(data, dict) else None
    return [float(point) for point in points or [] if isinstance(point, (int, float))]
