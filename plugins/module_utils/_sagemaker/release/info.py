# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an endpoint serves, who made it, and whether that is already what is asked for.

An endpoint that somebody else made (Terraform, the console) is adopted: if the content of its configuration and models
equals what is asked for, apart from names and, where none is asked for, the execution role, there is nothing to deploy.
"""

from __future__ import annotations

from typing import Any
from typing import Dict
from typing import Iterator
from typing import List
from typing import Mapping
from typing import Optional

from ..api import tags
from ..api.client import AwsClients
from ..core import errors
from ..core import ownership
from ..core import secrets
from ..core.errors import SageMakerError
from ..core.errors import ServiceError
from ..core.plans import Change
from ..core.problems import Problem
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
from ..rollout import endpoint_plan
from ..rules import scaling as scaling_rules
from ..rules import tags as tag_rules
from ..schema import compare
from ..schema import shapes
from . import component_checks
from . import preflight
from . import releases


def info(aws: AwsClients, params: Mapping[str, Any], check_mode: bool = False) -> Dict[str, Any]:
    """{"releases": [...], "serving": {...}, ...}, serving empty where there is no endpoint.

    Raises InputError with all that a later task would refuse of what is asked for, as far as it can be known.
    """
    wrong = errors.Problems(preflight.problems(aws, params, check_mode))
    try:
        found = _info(aws, params, wrong)
    except SageMakerError:
        # What is wrong with the variables is told first, whether or not AWS could be looked at.
        errors.raise_if_any(wrong)
        raise
    errors.raise_if_any(wrong)
    return found


def _info(aws: AwsClients, params: Mapping[str, Any], wrong: errors.Problems) -> Dict[str, Any]:
    """What info returns. wrong: gets what the service would refuse because of what there is."""
    name = params["endpoint_name"]
    endpoint = endpoints.describe(aws, name)
    if endpoint is not None and endpoint["EndpointStatus"] == endpoints.DELETING:
        endpoint = None
    live = endpoints.target_config(endpoint) if endpoint else None
    prefix = params.get("name_prefix")
    its_tags = endpoints.read_tags(aws, endpoint) if endpoint else {}
    problems = list(_waiting_problems(endpoint, params))
    if endpoint is not None:
        problems += _other_spelling(endpoint, name)
    wrong += preflight.with_variables(params, problems)
    account = releases.recorded(its_tags, endpoint, prefix)
    # What the endpoint is being made with or updated to has yet to be verified.
    served = releases.counting(account, endpoint and endpoints.serving_config(endpoint))
    # A failed endpoint serves nothing.
    failed = endpoint is not None and endpoint["EndpointStatus"] == endpoints.FAILED
    found = releases.look(
        aws,
        name,
        prefix,
        None if failed else live,
        served,
        named=[live] if live else [],
        # What is deleted because of this is looked at again before.
        sure=False,
        thorough=its_tags.get(ownership.OWNER_TAG) == name,
    )
    serving = _serving(aws, endpoint, its_tags, live, found.releases, account, params) if endpoint else {}
    orphans = serving.pop("orphans") if serving else _orphans_without_endpoint(aws, params, found)
    if params.get("endpoint_config"):
        wrong += _refusals(aws, params, endpoint, its_tags, serving)
    needed = found.needed.union(*(one["model_names"] for one in serving.get("inference_components", [])))
    orphaned = releases.orphaned_models(aws, name, found, needed)
    made = [*orphaned, *(one for one, ours in (account or {}).items() if ours)]
    name_prefixes = sorted(releases.prefixes(found.releases, made))
    arns = (
        [endpoint["EndpointArn"]] if endpoint else [release.config["EndpointConfigArn"] for release in found.releases]
    )
    alarms = (
        {}
        if params.get("endpoint_config")
        else {"waking_alarms": _alarms_by_name(aws, name, endpoint, found.releases, serving)}
    )
    return {
        **alarms,
        "releases": [release.as_dict() for release in found.releases],
        "orphaned_components": orphans,
        "orphaned_models": sorted(orphaned),
        "name_prefixes": name_prefixes,
        "earlier_roles": releases.earlier_roles(prefix, name_prefixes, found.releases, found.releases, orphaned),
        "tagging_denied": found.denied,
        "serving": serving,
        "region": aws.sagemaker.region,
        "account_id": _account(arns[0] if arns else aws.arn("endpoint/x")),
    }


def _refusals(
    aws: AwsClients,
    params: Mapping[str, Any],
    endpoint: Optional[Api],
    its_tags: tag_rules.Tags,
    serving: Mapping[str, Any],
) -> Iterator[Problem]:
    """Yield what would be refused of what is asked for because of what there is. serving: see _serving, empty without an endpoint."""
    hosted = serving.get("inference_components", [])
    yield from component_checks.problems(aws, params, hosted)
    deploys = not serving or not serving["endpoint_config"] or bool(serving["differences"])
    deploys = deploys or (bool(params.get("release_marker")) and not serving["owned"])
    yield from preflight.model_problems(aws, params, deploys, [one["name"] for one in hosted])
    if endpoint is None or endpoint["EndpointStatus"] == endpoints.FAILED:
        return
    if deploys:
        yield from preflight.with_variables(params, _update_problems(aws, endpoint, its_tags, serving, params))
    yield from preflight.with_variables(params, _tag_problems(its_tags, serving, params))


def _account(arn: Optional[str]) -> Optional[str]:
    """The account in an ARN."""
    return arn.split(":")[4] if arn else None


def _update_problems(
    aws: AwsClients, endpoint: Api, its_tags: tag_rules.Tags, serving: Mapping[str, Any], params: Mapping[str, Any]
) -> List[Problem]:
    """What would be refused of the endpoint's update to what is asked for."""
    config = preflight.with_models(params["endpoint_config"], params.get("models") or [])
    desired = endpoint_plan.DesiredEndpoint(
        aws,
        {
            "name": endpoint["EndpointName"],
            "endpoint_config_name": config["endpoint_config_name"],
            "endpoint_config": config,
            "deployment_config": params.get("deployment_config"),
            "unscaled_variants": serving["unscaled_variants"],
            "purge_tags": True,
            "preserve_autoscaling": True,
            "replace_failed": True,
            "wait": True,
        },
    )
    return endpoint_plan.update_problems(
        aws, desired, {**endpoint, "EndpointConfigName": serving["endpoint_config_name"]}, its_tags
    )


def _tag_problems(its_tags: tag_rules.Tags, serving: Mapping[str, Any], params: Mapping[str, Any]) -> List[Problem]:
    """What would be refused of the tags that the endpoint would get."""
    if params.get("tags") is None:
        return []
    # As long as an endpoint serves what somebody else made, its maker's tags stay.
    adopted = serving["matches"]
    wanted = {**params["tags"], **({} if adopted else {ownership.HISTORY_TAG: ""})}
    own = {tag: value for tag, value in its_tags.items() if not ownership.is_memory(tag)}
    found = errors.Problems()
    with found.collected():
        tag_rules.change(wanted, own, params.get("purge_tags", True) and not adopted)
    return found


def _waiting_problems(endpoint: Optional[Api], params: Mapping[str, Any]) -> Iterator[Problem]:
    """Return what cannot be done without waiting: a variant can be scaled only once it is in service."""
    is_new = endpoint is None or endpoint["EndpointStatus"] == endpoints.FAILED
    if is_new and params.get("autoscaling") and not params.get("wait", True):
        yield Problem(
            "wait",
            "must be true with autoscaling of an endpoint that is yet to be made, got false. AWS scales a variant only once it is "
            "in service: wait for it, or leave out the autoscaling of this first deploy.",
        )


def _alarms_by_name(
    aws: AwsClients,
    name: str,
    endpoint: Optional[Api],
    found: List[releases.Release],
    serving: Mapping[str, Any],
) -> List[str]:
    """Return the alarms that have the names and descriptions of those that the role makes.

    Those of a target that somebody deregistered are on no policy any more.
    """
    described = [*(release.config for release in found), *([endpoint] if endpoint else [])]
    ids = {scaling_rules.variant_id(name, one["VariantName"]) for config in described for one in variants.of(config)}
    ids |= {scaling_rules.component_id(component["name"]) for component in serving.get("inference_components", [])}
    owners = {ownership.alarm_name(owner): owner for owner in map(ownership.owner_of, sorted(ids))}
    names = list(owners)
    alarms = []
    try:
        for start in range(0, len(names), 100):
            request = {"AlarmNames": names[start : start + 100]}
            alarms += aws.service("cloudwatch").call("DescribeAlarms", request)["MetricAlarms"]
    except ServiceError as error:
        if not errors.is_denied(error):
            raise
    return [
        alarm["AlarmName"]
        for alarm in alarms
        if alarm.get("AlarmDescription") == ownership.alarm_description(owners[alarm["AlarmName"]])
    ]


def _other_spelling(endpoint: Api, name: str) -> Iterator[Problem]:
    """Names are the same to the service however they are spelt, but not to those who invoke, nor in our tags and names."""
    if endpoint["EndpointName"] != name:
        yield Problem(
            "endpoint_name",
            f"the endpoint is called {endpoint['EndpointName']}, not {name}. SageMaker takes both for the same name, "
            f"but serves invocations of {endpoint['EndpointName']} only. Give the name as it is.",
        )


def _serving(
    aws: AwsClients,
    endpoint: Api,
    its_tags: tag_rules.Tags,
    live: str,
    found: List[releases.Release],
    account: Optional[Mapping[str, bool]],
    params: Mapping[str, Any],
) -> Dict[str, Any]:
    """What serves now, and how it differs from what is asked for.

    What the role made is told by its name, so only a configuration that somebody else made can match by its content.
    """
    release = next((release for release in found if release.name == live), None)
    config = release.config if release else immutables.describe(endpoint_configs.KIND, aws, live)
    if config is not None and placeholder_configs.left_behind(aws, its_tags) == live:
        config = None  # It tells nothing of what serves.
    listed = _components(aws, endpoint["EndpointName"], endpoint) if variants.hosts_components(config) else []
    components = [{m: value for m, value in one.items() if m != "orphaned"} for one in listed if not one["orphaned"]]
    ids = [scaling_rules.variant_id(endpoint["EndpointName"], name) for name in _variant_names(endpoint)]
    ids += [scaling_rules.component_id(component["name"]) for component in components]
    owned = release is not None and release.owned
    # A release may have lost its tag, and a stranger's configuration may have been given it.
    generated = (owned and releases.prefix_of(live) is not None) or (account or {}).get(live, False)
    differences = None
    if config is not None and params.get("endpoint_config"):
        differences = _differences(aws, config, params)
    targets = _targets(aws, params["endpoint_name"], ids)
    changes = [change.as_dict() for change in differences or []]
    # What is masked in a result cannot be put back from it.
    whole = secrets.shown_whole(
        [component["content"] for component in components],
        [params.get("models"), params.get("inference_components"), changes],
        params.get(secrets.OPTION) or [],
    )
    return {
        "orphans": [one["name"] for one in listed if one["orphaned"] and one["owned"]],
        "endpoint_arn": endpoint["EndpointArn"],
        "endpoint_status": endpoint["EndpointStatus"],
        "endpoint_config_name": live,
        "in_use": endpoints.serving_config(endpoint),
        "endpoint_config": aws.sagemaker.result("DescribeEndpointConfig", config) if config else {},
        "endpoint_owned": its_tags.get(ownership.OWNER_TAG) == params["endpoint_name"],
        "history": None if account is None else list(account),
        "history_tag": its_tags.get(ownership.HISTORY_TAG),
        "owned": owned,
        "variant_names": _variant_names(endpoint),
        "model_names": [v["ModelName"] for v in (config or {}).get("ProductionVariants", []) if "ModelName" in v],
        "execution_role_arn": None if generated else _role(aws, config),
        # The marker is part of a release, so what somebody else made is none with it.
        "matches": not generated and differences == [] and not params.get("release_marker"),
        "differences": changes,
        "inference_components": [
            {**component, "restorable": is_whole} for component, is_whole in zip(components, whole)
        ],
        "scalable_targets": targets,
        "unscaled_variants": (
            _unscaled_variants(aws, endpoint, targets, params) if params.get("endpoint_config") else []
        ),
    }


def _variant_names(endpoint: Api) -> List[str]:
    return [variant["VariantName"] for variant in endpoint.get("ProductionVariants", [])]


def _orphans_without_endpoint(aws: AwsClients, params: Mapping[str, Any], found: releases.Found) -> List[str]:
    """Those of our inference components that have outlived the endpoint.

    A deploy without components does not look for them, nor does a destroy where the index of tags has none.
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
    """The inference components on the endpoint and those it has lost, adapters before their bases, as they can be deleted."""
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
    """The registered targets with these resource ids, whether they are ours by their tag, and the alarms of their policies."""
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
                "owned": owned,
                "waking_alarms": _waking_alarms(aws, target) if owned else [],
            }
        )
    return found


def _unscaled_variants(
    aws: AwsClients, endpoint: Api, targets: List[Dict[str, Any]], params: Mapping[str, Any]
) -> List[str]:
    """The variants asked for to which an update is not to bring a target back.

    Nothing is to scale them any more; or the target does not fit them any more, or belongs to a variant of another name, and
    is registered anew after the update. A target of somebody else is brought back whatever is asked for.
    """
    options = preflight.with_models(params["endpoint_config"], params.get("models") or [])
    config = shapes.to_api(aws.sagemaker.input_shape("CreateEndpointConfig"), options)
    name = endpoint["EndpointName"]
    coming = {scaling_rules.variant_id(name, variant["VariantName"]): variant for variant in variants.of(config)}
    there = {scaling_rules.variant_id(name, variant) for variant in _variant_names(endpoint)}
    wanted = {target["resource_id"] for target in params.get("autoscaling") or []}
    foreign = {target["resource_id"] for target in targets if not target["owned"]}

    def fits(target: Mapping[str, Any]) -> bool:
        variant = coming[target["resource_id"]]["VariantName"]
        return not scaling_rules.variant_rules(options, variant, target["scalable_dimension"], target["min_capacity"])

    def is_unscaled(resource_id: str) -> bool:
        if resource_id not in there:
            # It may take the place of one that goes.
            return foreign <= set(coming)
        its = [target for target in targets if target["resource_id"] == resource_id]
        return resource_id not in foreign and (resource_id not in wanted or not all(map(fits, its)))

    return [variant["VariantName"] for resource_id, variant in coming.items() if is_unscaled(resource_id)]


def _waking_alarms(aws: AwsClients, target: Api) -> List[str]:
    """The alarms by which the role wakes this target from zero: of its policy, and of its name."""
    policies = scalable_targets.read_part(aws.autoscaling, scaling_plan.POLICIES, target)
    alarms = policies.get(ownership.WAKING_POLICY, {}).get("Alarms", [])
    name = ownership.alarm_name(ownership.owner_of(target["ResourceId"]))
    return [alarm["AlarmName"] for alarm in alarms if alarm["AlarmName"] == name]


def _role(aws: AwsClients, config: Optional[Api]) -> Optional[str]:
    """The execution role of the configuration itself, where components run on it, or of the first model that still exists."""
    if config and "ExecutionRoleArn" in config:
        return config["ExecutionRoleArn"]
    for variant in variants.of(config or {}):
        model = immutables.describe(models.KIND, aws, variant["ModelName"]) if "ModelName" in variant else None
        if model is not None:
            return model.get("ExecutionRoleArn")
    return None


def _differences(aws: AwsClients, config: Api, params: Mapping[str, Any]) -> List[Change]:
    """What differs between the configuration, with its models, and what is asked for; names do not count."""
    shape = aws.sagemaker.input_shape("CreateEndpointConfig")
    wanted = shapes.to_api(shape, params["endpoint_config"])
    changes = _both_ways(shape, wanted, config, "")
    serving = {variant["VariantName"]: variant.get("ModelName") for variant in variants.of(config)}
    for model in params.get("models") or []:
        for variant in model["variants"]:
            path = f"models[{variant}]"
            changes += _model_differences(aws, model, serving.get(variant), params.get("execution_role_arn"), path)
    return changes


def _model_differences(
    aws: AwsClients, wanted: Mapping[str, Any], name: Optional[str], role: Optional[str], path: str
) -> List[Change]:
    found = immutables.describe(models.KIND, aws, name) if name else None
    if found is None:
        return [Change(path, None, "a model")]
    shape = aws.sagemaker.input_shape("CreateModel")
    known = shapes.members_by_option(shape)
    request = shapes.to_api(shape, {option: value for option, value in wanted.items() if option in known})
    if role:
        request["ExecutionRoleArn"] = role
    # A single container may be written both ways.
    if "PrimaryContainer" in request and len(found.get("Containers", [])) == 1:
        found = {**found, "PrimaryContainer": found["Containers"][0], "Containers": []}
    return _both_ways(shape, request, found, path)


# What is not asked for may be named anyhow.
_FILLED_IN = (*compare.SERVER_DEFAULTS, "model_name", "endpoint_config_name", "execution_role_arn")


def _both_ways(shape: Any, wanted: Api, found: Api, path: str) -> List[Change]:
    """What is asked for and differs, and what serves although nobody asks for it."""
    return compare.diff(shape, wanted, found, path, _FILLED_IN)
