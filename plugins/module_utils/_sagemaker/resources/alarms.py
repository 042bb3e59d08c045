# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CloudWatch alarms: reading, comparing, and adding what they trigger."""

from __future__ import annotations

from typing import Any
from typing import Dict
from typing import Iterable
from typing import Mapping

from ..api.client import AwsClients
from ..core.types import Api

# Maximum number of names in a call.
_NAMES_A_CALL = 100

# The members of an alarm by the options of amazon.aws.cloudwatch_metric_alarm.
_MEMBERS = {
    "name": "AlarmName",
    "description": "AlarmDescription",
    "namespace": "Namespace",
    "metric": "MetricName",
    "statistic": "Statistic",
    "period": "Period",
    "evaluation_periods": "EvaluationPeriods",
    "datapoints_to_alarm": "DatapointsToAlarm",
    "threshold": "Threshold",
    "comparison": "ComparisonOperator",
    "treat_missing_data": "TreatMissingData",
}


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


def differs(alarm: Api, options: Mapping[str, Any]) -> bool:
    """Return whether the alarm differs from these options of amazon.aws.cloudwatch_metric_alarm."""
    dimensions = [{"Name": name, "Value": value} for name, value in options["dimensions"].items()]
    wanted: Dict[str, Any] = {member: options[option] for option, member in _MEMBERS.items()}
    wanted.update(AlarmActions=list(options["alarm_actions"]), Dimensions=dimensions)
    wanted.update(OKActions=[], InsufficientDataActions=[])
    current = {member: alarm.get(member, [] if isinstance(value, list) else None) for member, value in wanted.items()}
    return current != wanted
