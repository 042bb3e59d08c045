# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Application Auto Scaling: scheduled actions, which are kept but never fire. behaviour 6.17, 6.19"""

from __future__ import annotations

import datetime
import functools
import re
import uuid
import zoneinfo
from dataclasses import dataclass
from typing import Any

from local_aws import scalables
from local_aws import targets
from local_aws.registry import handles
from local_aws.targets import NAMESPACE
from local_aws.targets import SERVICE
from local_aws.wire import AwsError
from local_aws.wire import validation
from local_aws.world import Call

ACTIONS = 200
AT = re.compile(r"at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\)")
RATE = re.compile(r"rate\(([1-9]\d*) (minutes?|hours?|days?)\)")
CRON = re.compile(r"cron\(\S+( \S+){5}\)")

# Reads all of the machine's time zone data.
_time_zones = functools.lru_cache(maxsize=None)(zoneinfo.available_timezones)


@dataclass
class Action:
    name: str
    arn: str
    created: float
    given: dict[str, Any]  # Schedule, Timezone, StartTime, EndTime, ScalableTargetAction


@handles(SERVICE, "PutScheduledAction")
def put(call: Call) -> dict[str, Any]:
    """An upsert by name; an update without start or end time deletes them. behaviour 6.17"""
    params, target = call.params, targets.required(call)
    name = params["ScheduledActionName"]
    known = target.actions.get(name)
    if known is None and len(target.actions) >= ACTIONS:
        raise AwsError("LimitExceededException", f"A scalable target can have at most {ACTIONS} scheduled actions.")
    given = {} if known is None else {k: v for k, v in known.given.items() if k not in ("StartTime", "EndTime")}
    members = ("Schedule", "Timezone", "StartTime", "EndTime", "ScalableTargetAction")
    given |= {member: params[member] for member in members if member in params}
    _check(given)
    if known is None:
        arn = call.region.arn(
            "autoscaling",
            f"scheduledAction:{uuid.uuid4()}:resource/{NAMESPACE}/{target.resource}:scheduledActionName/{name}",
        )
        known = target.actions[name] = Action(name, arn, call.now, {})
    known.given = given
    return {}


def _check(given: dict[str, Any]) -> None:
    if "Schedule" not in given:
        raise validation("Schedule must be specified for a new scheduled action.")
    if "ScalableTargetAction" not in given:
        raise validation("ScalableTargetAction must be specified for a new scheduled action.")
    schedule, action = given["Schedule"], given["ScalableTargetAction"]
    if not any(pattern.fullmatch(schedule) for pattern in (AT, RATE, CRON)) or not _is_a_time(schedule):
        raise validation(
            f"The schedule {schedule} is invalid: it must be at(yyyy-mm-ddThh:mm:ss), rate(value unit) or cron(fields)."
        )
    if "Timezone" in given and given["Timezone"] not in _time_zones():
        raise validation(f"The time zone {given['Timezone']} is invalid.")
    if not action:
        raise validation("ScalableTargetAction needs MinCapacity, MaxCapacity or both.")
    if any(limit < 0 for limit in action.values()):
        raise validation("MinCapacity and MaxCapacity must be greater than or equal to 0.")
    if action.get("MinCapacity", 0) > action.get("MaxCapacity", float("inf")):
        raise validation("Maximum capacity cannot be less than minimum capacity.")
    if given.get("StartTime", 0) >= given.get("EndTime", float("inf")):
        raise validation("The start time of a scheduled action must be before its end time.")


def _is_a_time(schedule: str) -> bool:
    """Whether what at() names is a point in time."""
    if AT.fullmatch(schedule):
        try:
            datetime.datetime.fromisoformat(schedule[3:-1])
        except ValueError:
            return False
    return True


@handles(SERVICE, "DeleteScheduledAction")
def delete(call: Call) -> dict[str, Any]:
    """behaviour 6.9"""
    name, key = call.params["ScheduledActionName"], (call.params["ResourceId"], call.params["ScalableDimension"])
    scalables.check_dimension(*key)
    target = call.region.targets.get(key)
    if target is None or name not in target.actions:
        raise targets.not_found(
            f"No scheduled action found for service namespace: {NAMESPACE}, resource ID: {key[0]}, scalable dimension: "
            f"{key[1]}, scheduled action name: {name}"
        )
    del target.actions[name]
    return {}


@handles(SERVICE, "DescribeScheduledActions")
def describe(call: Call) -> dict[str, Any]:
    names = call.params.get("ScheduledActionNames")
    items = [
        {
            "ScheduledActionName": action.name,
            "ScheduledActionARN": action.arn,
            "ServiceNamespace": NAMESPACE,
            "ResourceId": target.resource,
            "ScalableDimension": target.dimension,
            "CreationTime": action.created,
            **action.given,
        }
        for target in call.region.targets.values()
        for action in target.actions.values()
        if not names or action.name in names
    ]
    return targets.listed(call, items, "ScheduledActions")
