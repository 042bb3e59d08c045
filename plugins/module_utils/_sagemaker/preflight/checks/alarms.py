# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Alarms that roll a deployment back: they exist, and none is in ALARM before the deployment begins."""

from __future__ import annotations

from typing import Dict
from typing import Iterator
from typing import Union

from ..check import Check
from ..findings import ERROR
from ..findings import OK
from ..findings import WARNING
from ..findings import Finding
from ..findings import Unseen
from ..lookup import Lookup
from ..subject import Deploy

NAME = "deployment_alarm"


def look(lookup: Lookup, deploy: Deploy) -> Union[Dict[str, str], Unseen]:
    """Return the states of the alarms by their names."""
    names = sorted(set(deploy.alarms.values()))
    if not names:
        return {}
    kinds = ["CompositeAlarm", "MetricAlarm"]
    answer = lookup.ask("cloudwatch", "DescribeAlarms", {"AlarmNames": names, "AlarmTypes": kinds})
    if isinstance(answer, Unseen):
        return answer
    found = answer or {}
    listed = [*found.get("MetricAlarms", []), *found.get("CompositeAlarms", [])]
    return {alarm["AlarmName"]: alarm["StateValue"] for alarm in listed}


def judge(deploy: Deploy, seen: Union[Dict[str, str], Unseen]) -> Iterator[Finding]:
    """Yield a finding for each alarm."""
    for variable, name in deploy.alarms.items():
        if isinstance(seen, Unseen):
            yield seen.finding(NAME, variable, f"the alarm {name}")
        elif name not in seen:
            message = f"CloudWatch has no alarm {name} in {deploy.place.region}."
            yield Finding(NAME, ERROR, variable, message, "Create it, or take it out of the list.")
        elif seen[name] == "ALARM":
            # A first deploy has nothing to roll back to.
            status = ERROR if deploy.exists or deploy.planned is None else WARNING
            message = f"the alarm {name} is in ALARM, which rolls an update back at once."
            yield Finding(NAME, status, variable, message, "Check its metric, and deploy when the alarm is OK.")
        else:
            yield Finding(NAME, OK, variable, f"the alarm {name} exists and is not in ALARM.")


CHECK = Check(look, judge)
