# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stops and starts without Ansible, and everything that must be the same before the one and after the other."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from typing import Any

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api.client import AwsClients
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import endpoint as endpoint_options
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec.options import with_defaults
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.power import endpoint_power
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.power.endpoint_power import PowerResult
from integration.logic import Logic

STOPPED, STARTED = endpoint_power.STOPPED, endpoint_power.STARTED

# What a new thing of the same content has anew.
_NEW = {
    *("CreationTime", "LastModifiedTime", "ResponseMetadata", "StartTime", "ResolutionTime"),
    *("PolicyARN", "ScheduledActionARN", "ScalableTargetARN", "Alarms", "AlarmARN"),
    *(
        "AlarmConfigurationUpdatedTimestamp",
        "StateUpdatedTimestamp",
        "StateTransitionedTimestamp",
        "StateReason",
        "StateValue",
    ),
    *("StateReasonData", "EvaluationState"),
}


def options(name: str, state: str, **given: Any) -> dict[str, Any]:
    return with_defaults({"name": name, "state": state, **given}, endpoint_options.POWER)


def power(aws: AwsClients, name: str, state: str, check_mode: bool = False, **given: Any) -> PowerResult:
    return endpoint_power.ensure(aws, options(name, state, **given), check_mode)


def is_there(logic: Logic, name: str) -> bool:
    return logic.status(name) is not None


def everything(logic: Logic, name: str) -> dict[str, Any]:
    """The endpoint, its configuration, components, targets, policies, actions and alarms, all with their tags."""
    sagemaker, scaling, space = logic.sagemaker, logic.autoscaling, {"ServiceNamespace": "sagemaker"}
    endpoint = sagemaker.describe_endpoint(EndpointName=name)
    config = sagemaker.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
    listed = sagemaker.list_inference_components(EndpointNameEquals=name)["InferenceComponents"]
    components = [
        sagemaker.describe_inference_component(InferenceComponentName=one["InferenceComponentName"]) for one in listed
    ]
    ids = [f"endpoint/{name}/variant/{one['VariantName']}" for one in endpoint["ProductionVariants"]]
    ids += [f"inference-component/{one['InferenceComponentName']}" for one in components]
    targets = scaling.describe_scalable_targets(**space, ResourceIds=ids)["ScalableTargets"]
    policies = [
        one for key in ids for one in scaling.describe_scaling_policies(**space, ResourceId=key)["ScalingPolicies"]
    ]
    actions = [
        one for key in ids for one in scaling.describe_scheduled_actions(**space, ResourceId=key)["ScheduledActions"]
    ]
    names = {one["PolicyARN"]: f"{one['ResourceId']} {one['PolicyName']}" for one in policies}
    alarms = logic.client("cloudwatch").describe_alarms()["MetricAlarms"]
    return {
        "endpoint": (_told(endpoint), _tags(logic, endpoint["EndpointArn"])),
        "config": (_told(config), _tags(logic, config["EndpointConfigArn"])),
        "components": _by(
            "InferenceComponentName", [(one, _tags(logic, one["InferenceComponentArn"])) for one in components]
        ),
        "targets": _by(
            "ResourceId",
            [(one, scaling.list_tags_for_resource(ResourceARN=one["ScalableTargetARN"])["Tags"]) for one in targets],
        ),
        "policies": _by("PolicyName", [(one, one["ResourceId"]) for one in policies]),
        "actions": _by("ScheduledActionName", [(one, one["ResourceId"]) for one in actions]),
        "alarms": sorted(
            (
                (
                    one["AlarmName"]
                    if "TargetTracking" not in one["AlarmName"]
                    else one["AlarmName"].rpartition("-Alarm")[0]
                ),
                sorted(names.get(action, action) for action in one["AlarmActions"]),
                one.get("Threshold"),
                one.get("AlarmDescription") if "TargetTracking" not in one["AlarmName"] else "",
            )
            for one in alarms
        ),
    }


def _told(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _told(item) for key, item in value.items() if key not in _NEW}
    return [_told(item) for item in value] if isinstance(value, list) else value


def _by(name: str, listed: list[tuple[Mapping[str, Any], Any]]) -> list[Any]:
    found = [(one[name], _told(one), beside) for one, beside in listed]
    return sorted(found, key=lambda one: (one[0], str(one[2])))


def _tags(logic: Logic, arn: str) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in logic.sagemaker.list_tags(ResourceArn=arn)["Tags"]}


def until_settled(logic: Logic, work: Callable[[], Any]) -> Any:
    """The result of a work, and then every transition at its end."""
    result = work()
    logic.aws.advance(600)
    return result
