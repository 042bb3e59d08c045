# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Start a stopped endpoint: bring back what its record holds, then remove the record.

Every step looks at what there is, so a repeated run does what is left. The record goes last, and after it only the mark of
the endpoint.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import Dict
from typing import List
from typing import Mapping
from typing import Optional
from typing import Tuple

from ..api import tags
from ..api.client import AwsClients
from ..api.transitions import Deadline
from ..argspec import endpoint as endpoint_options
from ..argspec.options import with_defaults
from ..core import ownership
from ..core import plans
from ..core.plans import Change
from ..core.plans import Plan
from ..core.types import Api
from ..resources import alarms as alarm_resources
from ..resources import endpoint_configs
from ..resources import endpoints
from ..resources import immutables
from ..resources import scalable_targets
from ..resources import stop_records
from ..resources.stop_records import Record
from ..rollout import endpoint as endpoint_rollout
from ..rollout import scaling_handover
from ..rollout import traffic_plan
from ..rollout.endpoint_plan.desired_endpoint import DesiredEndpoint
from ..rollout.endpoint_run import EndpointRun
from ..rules import tags as tag_rules
from ..schema import shapes
from .recorded_parts import RecordedParts

Values = Dict[str, Any]

_OPERATION = traffic_plan.OPERATION


@dataclass
class Steps:
    """Changes and calls, in order."""

    changes: List[Change] = field(default_factory=list)
    calls: List[str] = field(default_factory=list)

    def add(self, plan: Plan, path: str = "") -> None:
        """Add the plan of a module. path: what the plan concerns, in place of its own changes."""
        self.calls += plan.calls
        if plan.calls and path:
            self.changes.append(Change(path, "stopped", "started"))


class Start:
    """The steps of a start, planned from the record and from what there is.

    current: the endpoint, None if it does not exist or is being deleted; its_tags: those of current; waits: whether to
    wait for the endpoint. Without that, the next run does what follows its creation.
    """

    def __init__(
        self,
        aws: AwsClients,
        record: Record,
        current: Optional[Api],
        its_tags: tag_rules.Tags,
        deadline: Deadline,
        waits: bool = True,
        secret_environment: Optional[List[str]] = None,
    ) -> None:
        self.aws = aws
        self.record = record
        self.current = current
        self.its_tags = its_tags
        self.deadline = deadline
        self.waits = waits
        self.parts = RecordedParts(aws, record, deadline, secret_environment)
        self.config: Api = immutables.describe(endpoint_configs.KIND, aws, record.endpoint_config_name) or {}

    # Planning

    def plan(self) -> Plan:
        """Return the plan. It makes the calls of the modules' own predictions."""
        steps = Steps()
        predicted = endpoint_rollout.ensure(self.aws, self._endpoint_options(), True)
        steps.calls += predicted.plan.calls
        before = self.current["EndpointStatus"] if self.current else "Stopped"
        if predicted.plan.action in (plans.CREATE, plans.REPLACE):
            steps.changes.append(Change("endpoint_status", before, endpoints.IN_SERVICE))
        if not self.waits and not self._is_in_service(self.current):
            return Plan(predicted.plan.action, steps.changes, steps.calls)
        wanted, changes = self._traffic(self._with_initial_values())
        steps.calls += [_OPERATION] if wanted else []
        steps.changes += changes
        for component in self.record.components:
            steps.add(self.parts.component_plan(component), f"inference_components[{component['name']}]")
        for target in self.record.targets:
            found = scalable_targets.ensure(self.aws, self.parts.target_options(target), True)
            steps.add(found.plan, f"autoscaling[{target['resource_id']}]")
        for name in self.parts.alarms():
            steps.add(Plan(plans.UPDATE, [], ["PutMetricAlarm"]), f"alarms[{name}]")
        steps.calls += ["DeleteTags"] * 2
        steps.changes.append(Change("stop_record", self.record.endpoint_config_name, None))
        is_new = predicted.plan.action in (plans.CREATE, plans.REPLACE)
        return Plan(predicted.plan.action if is_new else plans.UPDATE, steps.changes, steps.calls)

    def _is_in_service(self, endpoint: Optional[Api]) -> bool:
        return endpoint is not None and endpoint.get("EndpointStatus") == endpoints.IN_SERVICE

    def _endpoint_options(self) -> Values:
        exists = self.current is not None
        kept = {tag: value for tag, value in self.record.tags.items() if not (exists and ownership.is_memory(tag))}
        options = {
            "name": self.record.endpoint_name,
            "endpoint_config_name": self.record.endpoint_config_name,
            "tags": {**kept, ownership.POWER_TAG: stop_records.STARTING},
            "purge_tags": False,
            "wait": self.waits,
            **self.parts.common(),
        }
        if self.record.deployment_config:
            options["deployment_config"] = self.record.deployment_config
        return with_defaults(options, endpoint_options.ENDPOINT)

    # Weights and capacities

    def _with_initial_values(self) -> Api:
        """Return the endpoint, before its creation with the values that its configuration begins with."""
        if self._is_in_service(self.current):
            return self.current
        return initial_variants(self.config)

    def _traffic(self, endpoint: Api) -> Tuple[List[Api], List[Change]]:
        """Return the entries that bring weights and capacities back, and the changes, without those that an autoscaler
        owns."""
        differing = traffic_plan.differences(endpoint, self._desired_traffic())
        if not differing[0] or not self._is_in_service(endpoint):
            return differing
        names = [variant["VariantName"] for _group, variant in traffic_plan.all_variants(endpoint)]
        targets = scaling_handover.registered(self.aws.autoscaling, self.record.endpoint_name, names)
        owned = {name: {target["ScalableDimension"] for target in its} for name, its in targets.items()}
        return traffic_plan.differences(endpoint, self._desired_traffic(owned))

    def _desired_traffic(self, owned: Optional[Mapping[str, Any]] = None) -> traffic_plan.Values:
        if not self.record.variants:
            return {}
        options = {
            "endpoint_name": self.record.endpoint_name,
            "desired_weights_and_capacities": self.record.variants,
        }
        found = traffic_plan.by_variant(self.aws.sagemaker.request(_OPERATION, options))
        return {
            name: traffic_plan.without_owned(values, (owned or {}).get(name, set())) for name, values in found.items()
        }

    # Doing

    def apply(self) -> Api:
        """Bring everything back. Return the endpoint afterwards."""
        name = self.record.endpoint_name
        endpoint_rollout.ensure(self.aws, self._endpoint_options(), False)
        endpoint = endpoints.describe(self.aws, name) or {}
        if not self._is_in_service(endpoint):
            return endpoint
        self._correct_traffic(endpoint)
        for component in self.record.components:
            self.parts.restore_component(component)
        for target in self.record.targets:
            scalable_targets.ensure(self.aws, self.parts.target_options(target), False)
        for alarm, arns in self.parts.alarms().items():
            alarm_resources.add_actions(self.aws, alarm, arns)
        # A registration changes the capacity at once if it is outside the bounds.
        endpoint = endpoints.wait_stable(self.aws, name, self.deadline) or endpoint
        forget(self.aws, endpoint, self.config)
        return endpoint

    def _correct_traffic(self, endpoint: Api) -> None:
        wanted, _changes = self._traffic(endpoint)
        if not wanted:
            return
        run = EndpointRun(self.aws, DesiredEndpoint(self.aws, self._endpoint_options()), self.deadline)
        request = {"EndpointName": self.record.endpoint_name, "DesiredWeightsAndCapacities": wanted}

        def missed(seen: Api) -> List[Change]:
            return traffic_plan.differences(seen, traffic_plan.by_variant(request))[1]

        def lookup() -> Optional[Api]:
            seen = run.described()
            return None if missed(seen) else seen

        run.change(_OPERATION, request, lookup, endpoint)
        after = run.await_end(lambda seen: run.serves(seen) and not missed(seen), endpoint)
        if not run.serves(after) or missed(after):
            raise run.capacity_failure(after, missed(after))


def forget(aws: AwsClients, endpoint: Api, config: Api) -> None:
    """Remove the record, and then the mark of the endpoint."""
    its_tags = tags.SAGEMAKER.read(aws.sagemaker, config["EndpointConfigArn"]) if config else {}
    pieces = [tag for tag in its_tags if ownership.is_stop_record(tag)]
    if pieces:
        tags.SAGEMAKER.apply(aws.sagemaker, config["EndpointConfigArn"], tag_rules.TagChange(drop=pieces))
    mark = tag_rules.TagChange(drop=[ownership.POWER_TAG])
    tags.SAGEMAKER.apply(aws.sagemaker, endpoint["EndpointArn"], mark)


def initial_variants(config: Api) -> Api:
    """Return the variants of a configuration with the weights and capacities that they begin with, as an endpoint shows them."""
    groups = ("ProductionVariants", "ShadowProductionVariants")
    return {group: [_initial(one) for one in config[group]] for group in groups if group in config}


def _initial(variant: Api) -> Api:
    found = {
        "VariantName": variant["VariantName"],
        "DesiredWeight": variant.get(
            "InitialVariantWeight", shapes.DEFAULTS["ProductionVariant", "InitialVariantWeight"]
        ),
        "DesiredInstanceCount": variant.get("InitialInstanceCount"),
        "DesiredServerlessConfig": variant.get("ServerlessConfig"),
    }
    return {member: value for member, value in found.items() if value is not None}
