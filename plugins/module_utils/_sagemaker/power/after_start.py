# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A snapshot of an account in which a stopped endpoint runs again: what its start will bring back.

A deploy of a stopped endpoint starts it first. What the modules then find is known from the record, so the plan of the
deploy is made of their own predictions here, too.
"""

from __future__ import annotations

import copy
import datetime
from functools import partial
from typing import Any
from typing import Callable
from typing import Dict
from typing import List
from typing import Mapping
from typing import Optional

from ..api import tags
from ..api.snapshot import Snapshot
from ..api.snapshot import SnapshotClient
from ..core.types import Api
from ..resources import endpoint_configs
from ..resources import endpoints
from ..resources import immutables
from ..resources import inference_components
from ..resources import scaling_plan
from ..resources.stop_records import Record
from ..rollout import traffic_plan
from . import recorded_parts
from . import start

# {operation: how to answer a request, None where the record has nothing to say}
Answers = Dict[str, Callable[[Api], Optional[Api]]]


class Started(Snapshot):
    """The account after the start. beneath: the account as it is."""

    def __init__(self, beneath: Snapshot, record: Record) -> None:
        super().__init__(beneath)
        self.indexed_tags = beneath.indexed_tags
        self.warnings = beneath.warnings
        self._beneath = beneath
        self._answers = _Account(beneath, record).answers()

    @property
    def calls(self) -> int:
        return self._beneath.calls

    def service(self, name: str) -> SnapshotClient:
        if name not in self._services:
            self._services[name] = _StartedClient(self._beneath.service(name), self._answers.get(name, {}))
        return self._services[name]


class _StartedClient(SnapshotClient):
    """An AWS service in that account."""

    def __init__(self, beneath: SnapshotClient, answers: Answers) -> None:
        super().__init__(beneath)
        self._beneath = beneath
        self._told = answers

    def has_answer(self, operation: str, request: Mapping[str, Any]) -> bool:
        return operation in self._told or self._beneath.has_answer(operation, request)

    def call(
        self, operation: str, request: Mapping[str, Any], lookup: Optional[Callable[[], Optional[Api]]] = None
    ) -> Api:
        answer = self._told[operation](dict(request)) if operation in self._told else None
        return self._beneath.call(operation, request, lookup) if answer is None else answer


class _Account:
    """The things of the record as AWS will describe them. Their ARNs contain no identifiers, which only AWS knows."""

    def __init__(self, aws: Snapshot, record: Record) -> None:
        self.aws = aws
        self.record = record
        self.now = datetime.datetime.now(datetime.timezone.utc)
        self.config = immutables.describe(endpoint_configs.KIND, aws, record.endpoint_config_name) or {}
        self.endpoint = self._endpoint()
        self.components = {one["name"]: self._component(one) for one in record.components}
        self.targets = [self._target(one) for one in record.targets]
        # {ARN: tags}
        self.tags = {self.endpoint["EndpointArn"]: record.tags}
        self.tags.update({self._arn("inference-component", one["name"]): one["tags"] for one in record.components})
        self.target_tags = {self._target_arn(one): one["tags"] for one in record.targets}

    def answers(self) -> Dict[str, Answers]:
        sagemaker: Answers = {
            "DescribeEndpoint": lambda request: self._named(request["EndpointName"]),
            "DescribeInferenceComponent": lambda request: self.components.get(request["InferenceComponentName"]),
            "ListTags": self._listed_tags,
            "ListEndpoints": partial(self._added, "sagemaker", "ListEndpoints", "Endpoints", [self.endpoint]),
            "ListInferenceComponents": self._listed_components,
        }
        autoscaling: Answers = {
            "DescribeScalableTargets": partial(self._listed_targets, "DescribeScalableTargets"),
            "ListTagsForResource": lambda request: _given("Tags", self.target_tags.get(request["ResourceARN"])),
            **{part.listing: partial(self._listed_parts, part) for part in scaling_plan.PARTS},
        }
        return {
            "sagemaker": sagemaker,
            "application-autoscaling": autoscaling,
            "cloudwatch": {"DescribeAlarms": partial(self._alarms, "DescribeAlarms")},
        }

    def _arn(self, kind: str, name: str) -> str:
        return f"{self.config['EndpointConfigArn'].rpartition(':')[0]}:{kind}/{name.lower()}"

    # The endpoint

    def _named(self, name: str) -> Optional[Api]:
        return self.endpoint if name == self.record.endpoint_name else None

    def _endpoint(self) -> Api:
        wanted = traffic_plan.by_variant(
            {"DesiredWeightsAndCapacities": self._api(traffic_plan.OPERATION, "desired_weights_and_capacities")}
        )
        begun = {
            group: [_reached(one) for one in variants]
            for group, variants in start.initial_variants(self.config).items()
        }
        names = {"endpoint_name": self.record.endpoint_name, "endpoint_config_name": self.record.endpoint_config_name}
        options = {**names, "deployment_config": self.record.deployment_config or None}
        policy = self.aws.sagemaker.request("UpdateEndpoint", options)
        described = {
            "EndpointName": self.record.endpoint_name,
            "EndpointArn": self._arn("endpoint", self.record.endpoint_name),
            "EndpointConfigName": self.record.endpoint_config_name,
            "EndpointStatus": endpoints.IN_SERVICE,
            "CreationTime": self.now,
            "LastModifiedTime": self.now,
            **({"LastDeploymentConfig": policy["DeploymentConfig"]} if "DeploymentConfig" in policy else {}),
        }
        return {**described, **traffic_plan.applied(begun, wanted, arrived=True)}

    def _api(self, operation: str, option: str) -> List[Api]:
        if not self.record.variants:
            return []
        options = {"endpoint_name": self.record.endpoint_name, option: self.record.variants}
        return self.aws.sagemaker.request(operation, options)["DesiredWeightsAndCapacities"]

    def _listed_tags(self, request: Api) -> Optional[Api]:
        its_tags = self.tags.get(request["ResourceArn"])
        return None if its_tags is None else {"Tags": tags.SAGEMAKER.to_api(its_tags)}

    # Inference components

    def _component(self, options: Mapping[str, Any]) -> Api:
        given = {member: options.get(member) for member in ("specification", "specifications", "runtime_config")}
        request = self.aws.sagemaker.request(
            "UpdateInferenceComponent", {**given, "inference_component_name": options["name"]}
        )
        several = "Specifications" in request
        summaries = [inference_components.summary(one, None) for one in inference_components.specifications(request)]
        count = request.get("RuntimeConfig", {}).get("CopyCount", 0)
        return {
            "InferenceComponentName": options["name"],
            "InferenceComponentArn": self._arn("inference-component", options["name"]),
            "EndpointName": self.record.endpoint_name,
            "EndpointArn": self.endpoint["EndpointArn"],
            **({"VariantName": options["variant_name"]} if "variant_name" in options else {}),
            "InferenceComponentStatus": inference_components.IN_SERVICE,
            "CreationTime": self.now,
            "LastModifiedTime": self.now,
            **({"Specifications": summaries} if several else {"Specification": summaries[0]}),
            "RuntimeConfig": {"DesiredCopyCount": count, "CurrentCopyCount": count},
        }

    def _listed_components(self, request: Api) -> Api:
        ours = list(self.components.values())
        if request.get("EndpointNameEquals") == self.record.endpoint_name:
            return {"InferenceComponents": ours}
        return self._added("sagemaker", "ListInferenceComponents", "InferenceComponents", ours, request)

    def _added(self, service: str, operation: str, items: str, ours: List[Api], request: Api) -> Optional[Api]:
        """Return the answer with these on its last page."""
        answer = self.aws.service(service).call(operation, request)
        return answer if answer.get("NextToken") else {**answer, items: [*answer.get(items, []), *ours]}

    # Autoscaling

    def _target_arn(self, options: Mapping[str, Any]) -> str:
        return f"scalable-target of {options['resource_id']} {options['scalable_dimension']}"

    def _policy_arn(self, options: Mapping[str, Any], name: str) -> str:
        return f"policy {name} of {options['resource_id']} {options['scalable_dimension']}"

    def _target(self, options: Mapping[str, Any]) -> Dict[str, Any]:
        """Return {"description", and the listed parts by their option}."""
        service = self.aws.autoscaling
        key = {
            "service_namespace": "sagemaker",
            **{member: options[member] for member in ("resource_id", "scalable_dimension")},
        }
        limits = {member: options.get(member) for member in ("min_capacity", "max_capacity", "suspended_state")}
        request = service.request("RegisterScalableTarget", {**key, **limits})
        described = {**request, "ScalableTargetARN": self._target_arn(options), "CreationTime": self.now, "RoleARN": ""}
        found: Dict[str, Any] = {"description": scaling_plan.with_suspended_state(service, described)}
        options = {**options, "scheduled_actions": recorded_parts.left_actions(options)}
        for part in scaling_plan.PARTS:
            requests = [service.request(part.put, {**key, **one}) for one in options[part.option]]
            found[part.option] = [{**one, "CreationTime": self.now} for one in requests]
        for one in found[scaling_plan.POLICIES.option]:
            name = one["PolicyName"]
            alarms = [{"AlarmName": alarm, "AlarmARN": ""} for alarm in options["alarms"].get(name, ())]
            one.update(PolicyARN=self._policy_arn(options, name), Alarms=alarms)
        for one in found[scaling_plan.ACTIONS.option]:
            one["ScheduledActionARN"] = ""
        return found

    def _listed_targets(self, operation: str, request: Api) -> Api:
        ids = request.get("ResourceIds")
        ours = [one["description"] for one in self.targets]
        keys = [(one["ResourceId"], one["ScalableDimension"]) for one in ours]
        answer = self.aws.autoscaling.call(operation, request)
        others = [one for one in answer["ScalableTargets"] if (one["ResourceId"], one["ScalableDimension"]) not in keys]
        asked = [one for one in ours if ids is None or one["ResourceId"] in ids]
        return {**answer, "ScalableTargets": [*others, *([] if answer.get("NextToken") else asked)]}

    def _listed_parts(self, part: scaling_plan.Part, request: Api) -> Optional[Api]:
        members = ("ResourceId", "ScalableDimension")
        for one in self.targets:
            if all(one["description"][member] == request.get(member) for member in members):
                return {part.listed: one[part.option]}
        return None

    def _alarms(self, operation: str, request: Api) -> Api:
        """Return the alarms with the policies that they will trigger."""
        answer = copy.deepcopy(self.aws.service("cloudwatch").call(operation, request))
        for alarm in answer.get("MetricAlarms", []):
            for options in self.record.targets:
                for policy, names in options["alarms"].items():
                    if alarm["AlarmName"] in names:
                        kept = [one for one in alarm["AlarmActions"] if not one.endswith(f":policyName/{policy}")]
                        alarm["AlarmActions"] = [*kept, self._policy_arn(options, policy)]
        return answer


def _given(member: str, value: Any) -> Optional[Api]:
    return None if value is None else {member: value}


def _reached(variant: Api) -> Api:
    """Return a variant that has what it was told to have."""
    pairs = (
        ("DesiredWeight", "CurrentWeight"),
        ("DesiredInstanceCount", "CurrentInstanceCount"),
        ("DesiredServerlessConfig", "CurrentServerlessConfig"),
    )
    return {**variant, **{current: variant[desired] for desired, current in pairs if desired in variant}}
