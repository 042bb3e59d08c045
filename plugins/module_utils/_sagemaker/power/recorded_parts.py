# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a start restores on the endpoint, as options of the modules: inference components, scalable targets and alarms."""

from __future__ import annotations

import datetime
import re
from typing import Any
from typing import Dict
from typing import List
from typing import Mapping
from typing import Optional
from typing import Tuple

from ..api.client import AwsClients
from ..api.transitions import Deadline
from ..argspec import autoscaling as autoscaling_options
from ..argspec import inference_component as inference_component_options
from ..argspec.options import with_defaults
from ..core import plans
from ..core.plans import Plan
from ..core.types import Api
from ..resources import alarms as alarm_resources
from ..resources import inference_components
from ..resources import scalable_targets
from ..resources import scaling_plan
from ..resources.stop_records import Record
from ..rollout import component as component_rollout
from ..rollout import component_plan
from ..schema import values

Values = Dict[str, Any]

_AT = re.compile(r"at\((?P<time>.*)\)")
# No time zone is further behind UTC.
_WESTERNMOST = datetime.timedelta(hours=12)


class RecordedParts:
    """The parts of a record. deadline: of the whole start."""

    def __init__(
        self, aws: AwsClients, record: Record, deadline: Deadline, secret_environment: Optional[List[str]]
    ) -> None:
        self.aws = aws
        self.record = record
        self.deadline = deadline
        self.secret_environment = secret_environment

    def common(self) -> Values:
        return {
            "wait_timeout": max(1, int(self.deadline.left())),
            **({"secret_environment": self.secret_environment} if self.secret_environment else {}),
        }

    # Inference components

    def _component_options(self, component: Mapping[str, Any], copies: Optional[int] = None) -> Values:
        given = {
            **component,
            **({} if copies is None else {"runtime_config": {"copy_count": copies}}),
            "endpoint_name": self.record.endpoint_name,
            "purge_tags": False,
            **self.common(),
        }
        return with_defaults(given, inference_component_options.INFERENCE_COMPONENT)

    def component_plan(self, component: Mapping[str, Any]) -> Plan:
        found, is_emptied = self._component(component)
        if found is None or found["InferenceComponentStatus"] == inference_components.DELETING:
            plan = Plan(plans.CREATE, [], ["CreateInferenceComponent"])
        else:
            options = self._component_options(component, 1 if is_emptied else None)
            plan = component_rollout.ensure(self.aws, options, True).plan
        return Plan(plan.action, [], [*plan.calls, *([component_plan.UPDATE_COPIES] if is_emptied else [])])

    def _component(self, component: Mapping[str, Any]) -> Tuple[Optional[Api], bool]:
        """Return a component, None if it does not exist, and whether it first needs a copy and then loses it: SageMaker
        creates none without copies."""
        found = inference_components.describe(self.aws, component["name"])
        serves = found is not None and found["InferenceComponentStatus"] == inference_components.IN_SERVICE
        return found, component.get("runtime_config", {}).get("copy_count") == 0 and not serves

    def restore_component(self, component: Mapping[str, Any]) -> None:
        if self._component(component)[1]:
            component_rollout.ensure(self.aws, self._component_options(component, 1), False)
        component_rollout.ensure(self.aws, self._component_options(component), False)

    # Scalable targets and alarms

    def target_options(self, target: Mapping[str, Any]) -> Values:
        actions = left_actions(target)
        over = [one["scheduled_action_name"] for one in target["scheduled_actions"] if one not in actions]
        self.aws.warn(
            [
                f"{target['resource_id']}: the scheduled action {name} is over, so it is not created again. It would do nothing any more."
                for name in over
            ]
        )
        given = {
            **{option: value for option, value in target.items() if option != "alarms"},
            "scheduled_actions": actions,
            "purge_scaling_policies": False,
            "purge_scheduled_actions": False,
            "purge_tags": False,
            "records_limits": False,
        }
        return with_defaults(given, autoscaling_options.AUTOSCALING)

    def alarms(self) -> Dict[str, List[str]]:
        """Return {alarm: ARNs of the policies that it has to trigger and does not}, '' for those of policies to create."""
        found = alarm_resources.by_name(self.aws, self.record.alarms) if self.record.alarms else {}
        lost = [name for name in self.record.alarms if name not in found]
        if lost:
            self.aws.warn(
                [
                    f"Endpoint {self.record.endpoint_name}: the alarm {name} was deleted while the endpoint was stopped, so nothing triggers "
                    "its scaling policy now. Create it again, or deploy."
                    for name in lost
                ]
            )
        missing: Dict[str, List[str]] = {}
        for target in self.record.targets:
            arns = self._policy_arns(target) if target["alarms"] else {}
            for policy, names in target["alarms"].items():
                for name in names:
                    arn = arns.get(policy, "")
                    if name in found and arn not in found[name].get("AlarmActions", []):
                        missing.setdefault(name, []).append(arn)
        return missing

    def _policy_arns(self, target: Mapping[str, Any]) -> Dict[str, str]:
        key = {
            "ServiceNamespace": "sagemaker",
            "ResourceId": target["resource_id"],
            "ScalableDimension": target["scalable_dimension"],
        }
        found = scalable_targets.read_part(self.aws.autoscaling, scaling_plan.POLICIES, key)
        return {name: policy["PolicyARN"] for name, policy in found.items()}


def left_actions(target: Mapping[str, Any]) -> List[Values]:
    """Return the scheduled actions of a recorded target that are not over."""
    now = datetime.datetime.now(datetime.timezone.utc)
    return [one for one in target["scheduled_actions"] if not is_over(one, now)]


def is_over(action: Mapping[str, Any], now: datetime.datetime) -> bool:
    """Return whether a scheduled action has no time left at which it acts, in any time zone."""
    if action.get("end_time") and values.to_datetime(action["end_time"]) <= now:
        return True
    once = _AT.fullmatch(action["schedule"].strip())
    if not once:
        return False
    try:
        moment = datetime.datetime.fromisoformat(once["time"].strip())
    except ValueError:
        return False
    return moment.replace(tzinfo=datetime.timezone.utc) + _WESTERNMOST <= now
