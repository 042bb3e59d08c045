# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CloudWatch alarms."""

from __future__ import annotations

from typing import Dict
from typing import Iterable

from ..api.client import AwsClients
from ..core.types import Api

# Maximum number of names in a call.
_NAMES_A_CALL = 100


def by_name(aws: AwsClients, names: Iterable[str]) -> Dict[str, Api]:
    """Return {name: alarm} for those of these alarms that exist."""
    listed, service = list(names), aws.service("cloudwatch")
    pieces = [listed[start : start + _NAMES_A_CALL] for start in range(0, len(listed), _NAMES_A_CALL)]
    found = [
        alarm for piece in pieces for alarm in service.pages("DescribeAlarms", {"AlarmNames": piece}, "MetricAlarms")
    ]
    return {alarm["AlarmName"]: alarm for alarm in found}


def add_actions(aws: AwsClients, name: str, arns: Iterable[str]) -> None:
    """Let an alarm trigger these as well. Its other members stay."""
    service = aws.service("cloudwatch")
    alarm = by_name(aws, [name]).get(name)
    if alarm is None:
        return
    members = service.input_shape("PutMetricAlarm").members
    kept = {member: value for member, value in alarm.items() if member in members}
    actions = dict.fromkeys([*alarm.get("AlarmActions", []), *arns])
    service.call("PutMetricAlarm", {**kept, "AlarmActions": list(actions)})
