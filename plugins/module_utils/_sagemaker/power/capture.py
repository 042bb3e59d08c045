# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an endpoint has and a start must bring back, read from AWS."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import replace
from typing import Any
from typing import Dict
from typing import List

from ..api import tags
from ..api.client import AwsClients
from ..core import ownership
from ..core import secrets
from ..core.errors import SageMakerError
from ..core.types import Api
from ..resources import endpoints
from ..resources import inference_components
from ..resources import scalable_targets
from ..resources import scaling_plan
from ..resources import stop_records
from ..resources.stop_records import Record
from ..rollout import traffic_plan
from ..rules import inference_component as component_rules
from ..rules import scaling as scaling_rules
from ..rules import tags as tag_rules
from ..schema import shapes

Values = Dict[str, Any]

# Members that only the key of a target has.
_KEY = ("service_namespace", "resource_id", "scalable_dimension")


@dataclass(frozen=True)
class Live:
    """An existing endpoint with its tags, its configuration with its tags, its inference components, adapters first, with
    their tags by name, and its scalable targets."""

    endpoint: Api
    tags: tag_rules.Tags
    config: Api
    config_tags: tag_rules.Tags
    components: List[Api]
    component_tags: Dict[str, tag_rules.Tags]
    targets: List[Api]

    @property
    def name(self) -> str:
        return self.endpoint["EndpointName"]


def look(aws: AwsClients, endpoint: Api, its_tags: tag_rules.Tags, config: Api) -> Live:
    """Read an endpoint completely."""
    hosted = endpoints.hosted_components(aws, endpoint, must_know=True)
    hosted.sort(key=lambda component: inference_components.base_of(component) is None)
    names = [variant["VariantName"] for _group, variant in traffic_plan.all_variants(endpoint)]
    ids = [scaling_rules.variant_id(endpoint["EndpointName"], name) for name in names]
    ids += [scaling_rules.component_id(component["InferenceComponentName"]) for component in hosted]
    return Live(
        endpoint,
        its_tags,
        config,
        tags.SAGEMAKER.read(aws.sagemaker, config["EndpointConfigArn"]),
        hosted,
        {one["InferenceComponentName"]: inference_components.read_tags(aws, one) for one in hosted},
        scalable_targets.describe_targets(aws.autoscaling, ids) if ids else [],
    )


def capture(aws: AwsClients, live: Live, stopped_at: str, keys: secrets.Keys = ()) -> Record:
    """Return the record of an endpoint. What an interrupted stop or start has not brought to its end yet counts as well.

    keys: names of environment variables that are secret.
    """
    mark = live.tags.get(ownership.POWER_TAG)
    earlier = stop_records.from_tags(live.config["EndpointConfigName"], live.config_tags) if mark else None
    if earlier is not None and mark == stop_records.STARTING:
        # The endpoint has only a part of it.
        return earlier
    policy = live.endpoint.get("LastDeploymentConfig")
    record = Record(
        live.name,
        live.config["EndpointConfigName"],
        stopped_at,
        _own_tags(live.tags),
        endpoints.policy_options(aws, policy) if policy else {},
        _variants(aws, live),
        [_component(aws, live, one, keys) for one in reversed(live.components) if not _is_going(one)],
        [_target(aws, one) for one in live.targets],
    )
    return record if earlier is None else _together(record, earlier)


def _is_going(component: Api) -> bool:
    return component["InferenceComponentStatus"] == inference_components.DELETING


def _own_tags(its_tags: tag_rules.Tags) -> tag_rules.Tags:
    return {tag: value for tag, value in tag_rules.settable(its_tags).items() if tag != ownership.POWER_TAG}


def _together(record: Record, earlier: Record) -> Record:
    """Return the record with what an interrupted stop has deleted already."""
    components = [one["name"] for one in record.components]
    ids = [(one["resource_id"], one["scalable_dimension"]) for one in record.targets]
    whole = replace(
        record,
        components=_bases_first(
            [*record.components, *(one for one in earlier.components if one["name"] not in components)]
        ),
        targets=sorted(
            [
                *record.targets,
                *(one for one in earlier.targets if (one["resource_id"], one["scalable_dimension"]) not in ids),
            ],
            key=lambda target: (target["resource_id"], target["scalable_dimension"]),
        ),
    )
    return earlier if whole.is_same(earlier) else whole


def _bases_first(components: List[Values]) -> List[Values]:
    return sorted(components, key=lambda component: (component_rules.base_of(component) is not None, component["name"]))


def _variants(aws: AwsClients, live: Live) -> List[Values]:
    """Return weights and capacities, without instance counts that SageMaker sets itself for inference components."""
    configured = traffic_plan.all_variants(live.config)
    managed = {
        variant["VariantName"]
        for _group, variant in configured
        if variant.get("ManagedInstanceScaling", {}).get("Status") == "ENABLED"
    }
    entries = []
    for _group, variant in traffic_plan.all_variants(live.endpoint):
        name = variant["VariantName"]
        members = ("DesiredWeight", "DesiredInstanceCount", "ServerlessUpdateConfig")
        found = {member: traffic_plan.desired_value(variant, member) for member in members}
        if name in managed:
            found["DesiredInstanceCount"] = None
        if found["ServerlessUpdateConfig"]:
            shape = aws.sagemaker.input_shape(traffic_plan.OPERATION).members["DesiredWeightsAndCapacities"].member
            known = shape.members["ServerlessUpdateConfig"].members
            found["ServerlessUpdateConfig"] = {m: v for m, v in found["ServerlessUpdateConfig"].items() if m in known}
        entries.append({"VariantName": name, **{member: value for member, value in found.items() if value is not None}})
    if not entries:
        return []
    return aws.sagemaker.options(traffic_plan.OPERATION, {"DesiredWeightsAndCapacities": entries})[
        "desired_weights_and_capacities"
    ]


def _component(aws: AwsClients, live: Live, component: Api, keys: secrets.Keys) -> Values:
    """Return the options that create a component again. Raises SageMakerError if a tag would reveal a secret."""
    name = component["InferenceComponentName"]
    content = inference_components.content(component)
    if inference_components.base_of(component):
        # The service shows those of its base.
        content.pop("RuntimeConfig", None)
        for one in inference_components.specifications(content):
            one.pop("ComputeResourceRequirements", None)
    options = shapes.from_api(aws.sagemaker.input_shape("UpdateInferenceComponent"), content)
    its_tags = live.component_tags[name]
    noted = its_tags.get(ownership.SECRET_KEYS_TAG, "")
    if noted == ownership.SOME_KEYS or secrets.masked(options, {*keys, *noted.split()}) != options:
        raise SageMakerError(
            f"The endpoint {live.name} was not stopped, and nothing was changed: the container of its inference component {name} has "
            "environment variables that look secret, and the tags that keep the component while the endpoint is stopped would reveal "
            "them. Let the component run a model (model_name, or containers in the role's variables), which stays as it is."
        )
    place = {} if inference_components.base_of(component) else {"variant_name": component["VariantName"]}
    return {"name": name, **place, **options, "tags": _own_tags(its_tags)}


def _target(aws: AwsClients, description: Api) -> Values:
    """Return the options that register a target again, and the alarms that trigger its policies."""
    service = aws.autoscaling
    target = scalable_targets.read(service, description)
    options = service.options("RegisterScalableTarget", {m: v for m, v in description.items() if m != "RoleARN"})
    suspended = {option: value for option, value in options.pop("suspended_state", {}).items() if value}
    parts = {
        part.option: [
            {option: value for option, value in service.options(part.put, item).items() if option not in _KEY}
            for _name, item in sorted(target.parts[part.option].items())
        ]
        for part in scaling_plan.PARTS
    }
    alarms = {
        name: sorted(alarm["AlarmName"] for alarm in policy.get("Alarms", []))
        for name, policy in sorted(target.parts[scaling_plan.POLICIES.option].items())
        if policy["PolicyType"] == "StepScaling" and policy.get("Alarms")
    }
    return {
        **{option: value for option, value in options.items() if option != "service_namespace"},
        **({"suspended_state": suspended} if suspended else {}),
        **parts,
        "tags": _own_tags(target.tags),
        "alarms": alarms,
    }
