# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Alarms in a plan: whether amazon.aws.cloudwatch_metric_alarm would change one."""

from __future__ import annotations

from typing import Any
from typing import Dict
from typing import Mapping

from ..core.types import Api

# The members of an alarm by the options of the module.
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


def differs(alarm: Api, options: Mapping[str, Any]) -> bool:
    """Return whether the alarm differs from these options of the module."""
    dimensions = [{"Name": name, "Value": value} for name, value in options["dimensions"].items()]
    wanted: Dict[str, Any] = {member: options[option] for option, member in _MEMBERS.items()}
    wanted.update(AlarmActions=list(options["alarm_actions"]), Dimensions=dimensions)
    wanted.update(OKActions=[], InsufficientDataActions=[])
    current = {member: alarm.get(member, [] if isinstance(value, list) else None) for member, value in wanted.items()}
    return current != wanted
