# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The live state of an endpoint: its configuration, inference components and scalable targets, and their owners."""

from __future__ import annotations

from typing import Any
from typing import Dict
from typing import List
from typing import Mapping
from typing import Optional

from ..api import tags
from ..api.client import AwsClients
from ..core import errors
from ..core import ownership
from ..core import secrets
from ..core.errors import ServiceError
from ..core.types import Api
from ..resources import endpoint_configs
from ..resources import endpoints
from ..resources import immutables
from ..resources import inference_components
from ..resources import models
from ..resources import placeholder_configs
from ..resources import scalable_targets
from ..resources import scaling_plan
from ..resources import variants
from ..rules import scaling as scaling_rules
from ..rules import tags as tag_rules
from ..schema import shapes
from . import adoption
from . import releases


def look(
    aws: AwsClients,
    endpoint: Api,
    its_tags: tag_rules.Tags,
    live: str,
    found: List[releases.Release],
    account: Optional[Mapping[str, bool]],
    params: Mapping[str, Any],
) -> Dict[str, Any]:
    """Return the live state and its differences from the desired one.

    A release of the role is identified by its name, so only a configuration of somebody else can match by content.
    """
    release = next((release for release in found if release.name == live), None)
    config = release.config if release else immutables.describe(endpoint_configs.KIND, aws, live)
    if config is not None and placeholder_configs.left_behind(aws, its_tags) == live:
        config = None  # A placeholder does not describe what serves.
    listed = _components(aws, endpoint["EndpointName"], endpoint) if variants.hosts_components(config) else []
    components = [{m: value for m, value in one.items() if m != "orphaned"} for one in listed if not one["orphaned"]]
    ids = [scaling_rules.variant_id(endpoint["EndpointName"], name) for name in variant_names(endpoint)]
    ids += [scaling_rules.component_id(component["name"]) for component in components]
    owned = release is not None and release.owned
    # A release may have lost its tag, and somebody may have added the tag to a foreign configuration.
    generated = (owned and releases.prefix_of(live) is not None) or (account or {}).get(live, False)
    differences = None
    if config is not None and params.get("endpoint_config"):
        differences = adoption.differences(aws, config, params)
    changes = [change.as_dict() for change in differences or []]
    # Masked values cannot be restored from a result.
    whole = secrets.shown_whole(
        [component["content"] for component in components],
        [params.get("models"), params.get("inference_components"), changes],
        params.get(secrets.OPTION) or [],
    )
    return {
        "orphans": [one["name"] for one in listed if one["orphaned"] and one["owned"]],
        "endpoint_arn": endpoint["EndpointArn"],
        "endpoint_status": endpoint["EndpointStatus"],
        "failure_reason": endpoint.get("FailureReason"),
        "endpoint_config_name": live,
        "in_use": endpoints.serving_config(endpoint),
        "endpoint_config": aws.sagemaker.result("DescribeEndpointConfig", config) if config else {},
        "endpoint_owned": its_tags.get(ownership.OWNER_TAG) == params["endpoint_name"],
        "history": None if account is None else list(account),
        "history_tag": its_tags.get(ownership.HISTORY_TAG),
        "scaling_tag": its_tags.get(ownership.SCALING_TAG),
        "owned": owned,
        "variant_names": variant_names(endpoint),
        "model_names": [v["ModelName"] for v in (config or {}).get("ProductionVariants", []) if "ModelName" in v],
        "execution_role_arn": None if generated else _role(aws, config),
        # The marker is part of a release, so a configuration of somebody else never matches one with a marker.
        "matches": not generated and differences == [] and not params.get("release_marker"),
        "differences": changes,
        "inference_components": [
            {**component, "restorable": is_whole} for component, is_whole in zip(components, whole)
        ],
        "scalable_targets": _targets(aws, params["endpoint_name"], ids),
    }


def variant_names(endpoint: Api) -> List[str]:
    """Return the names of the production variants that SageMaker reports for the endpoint."""
    return [variant["VariantName"] for variant in endpoint.get("ProductionVariants", [])]


def orphans_without_endpoint(aws: AwsClients, params: Mapping[str, Any], found: releases.Found) -> List[str]:
    """Return our inference components whose endpoint no longer exists.

    A deploy without components does not search for them, nor does a destroy if the tag index has none.
    """
    destroys = not params.get("endpoint_config")
    if not params.get("inference_components") and not (destroys and (found.components or found.denied)):
        return []
    try:
        found = _components(aws, params["endpoint_name"], None)
    except ServiceError as error:
        if errors.is_denied(error):
            return []
        raise
    return [one["name"] for one in found if one["owned"] and one["status"] != inference_components.DELETING]


def _components(aws: AwsClients, endpoint_name: str, endpoint: Optional[Api]) -> List[Dict[str, Any]]:
    """Return the inference components on the endpoint and its orphaned ones, adapters before their bases, in the order
    of deletion."""
    shape = aws.sagemaker.input_shape("UpdateInferenceComponent")
    found = []
    for component in inference_components.of_endpoint(aws, endpoint_name):
        content = shapes.from_api(shape, inference_components.content(component))
        found.append(
            {
                "name": component["InferenceComponentName"],
                "status": component["InferenceComponentStatus"],
                "orphaned": inference_components.is_orphaned(component, endpoint),
                "owned": inference_components.read_tags(aws, component).get(ownership.OWNER_TAG) == endpoint_name,
                "variant_name": component.get("VariantName"),
                "base": inference_components.base_of(component),
                "model_names": inference_components.models_of(component),
                "content": content,
            }
        )
    return sorted(found, key=lambda component: component["base"] is None)


def _targets(aws: AwsClients, endpoint_name: str, ids: List[str]) -> List[Dict[str, Any]]:
    """Return the registered targets with these resource ids, their ownership by tag, and the alarms of their
    policies."""
    found = []
    for target in scalable_targets.describe_targets(aws.autoscaling, ids) if ids else []:
        arn = target.get("ScalableTargetARN")
        its_tags = tags.AUTOSCALING.read(aws.autoscaling, arn) if arn else {}
        owned = its_tags.get(ownership.OWNER_TAG) == endpoint_name
        found.append(
            {
                "resource_id": target["ResourceId"],
                "scalable_dimension": target["ScalableDimension"],
                "min_capacity": target["MinCapacity"],
                "max_capacity": target["MaxCapacity"],
                "owned": owned,
                "waking_alarms": _waking_alarms(aws, target) if owned else [],
            }
        )
    return found


def _waking_alarms(aws: AwsClients, target: Api) -> List[str]:
    """Return the alarms of the role that scale this target out from zero: alarms of its policy with the generated
    name."""
    policies = scalable_targets.read_part(aws.autoscaling, scaling_plan.POLICIES, target)
    alarms = policies.get(ownership.WAKING_POLICY, {}).get("Alarms", [])
    name = ownership.alarm_name(ownership.owner_of(target["ResourceId"]))
    return [alarm["AlarmName"] for alarm in alarms if alarm["AlarmName"] == name]


def _role(aws: AwsClients, config: Optional[Api]) -> Optional[str]:
    """Return the execution role of a configuration that hosts components, otherwise that of its first existing
    model."""
    if config and "ExecutionRoleArn" in config:
        return config["ExecutionRoleArn"]
    for variant in variants.of(config or {}):
        model = immutables.describe(models.KIND, aws, variant["ModelName"]) if "ModelName" in variant else None
        if model is not None:
            return model.get("ExecutionRoleArn")
    return None
