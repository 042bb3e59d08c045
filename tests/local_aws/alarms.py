# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The CloudWatch alarms of scaling policies, kept in moto's CloudWatch where everyone can see them. behaviour 6.13"""

from __future__ import annotations

from typing import Any

from local_aws.world import ACCOUNT
from local_aws.world import Region


def _backend(region: Region) -> Any:
    from moto.cloudwatch.models import cloudwatch_backends

    return cloudwatch_backends[ACCOUNT][region.name]


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


def of_policy(region: Region, policy_arn: str) -> list[dict[str, str]]:
    """The alarms whose action is the policy, ours and those that someone attached to it."""
    found = [one for one in list(_backend(region).alarms.values()) if policy_arn in one.alarm_actions]
    return [{"AlarmName": one.name, "AlarmARN": one.alarm_arn} for one in sorted(found, key=lambda one: one.name)]
