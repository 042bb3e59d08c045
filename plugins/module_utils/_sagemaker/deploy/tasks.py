# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module options for the tasks of a deploy. Pure.

The plan and the tasks that apply it use the same options. They come from the result of inputs.resolve, from names that
are derived from the content, and from the decisions. They include state, tags and wait.
"""

from __future__ import annotations

from typing import Any
from typing import Collection
from typing import Dict
from typing import Iterable
from typing import List
from typing import Mapping
from typing import Optional
from typing import Sequence

from ..core import secrets
from ..core.ownership import POLICY_TAG
from ..core.ownership import SCALING_TAG
from ..core.ownership import secret_keys_tag
from ..rules import inference_component as component_rules
from ..rules import scaling as scaling_rules
from .inputs import scaling_record

Options = Dict[str, Any]

# Keys of a model in the inputs that are not options of its module.
_USERS = ("path", "variants", "components")
# The same for a target.
_WAKING = ("alarm", "waking_policy")

_VARIANT_LISTS = ("production_variants", "shadow_production_variants")


def execution_role(inputs: Mapping[str, Any]) -> Options:
    """Return the options of sagemaker_execution_role."""
    return {
        "name_prefix": inputs["name_prefix"],
        "endpoint_name": inputs["name"],
        **inputs["execution_role"],
        **_tags(inputs),
    }


def model(inputs: Mapping[str, Any], index: int, role_arn: str, replaces: Optional[str] = None) -> Options:
    """Return the options of sagemaker_model for one of the models. replaces: the name of its predecessor, for diff mode."""
    members = {option: value for option, value in inputs["models"][index].items() if option not in _USERS}
    return {
        "name_prefix": f"{inputs['name_prefix']}-model",
        "name_scope": inputs["model_scope"],
        **_replaces(replaces),
        "execution_role_arn": role_arn,
        **members,
        **_secret(inputs),
        **_tags(inputs),
    }


def endpoint_config(
    inputs: Mapping[str, Any],
    model_names: Sequence[Optional[str]],
    role_arn: str,
    policy_name: Optional[str],
    replaces: Optional[str] = None,
) -> Options:
    """Return the options of sagemaker_endpoint_config. The release's permissions, policy_name, are pruned with it.

    replaces: the name of its predecessor, for diff mode.
    """
    policy = {POLICY_TAG: policy_name} if policy_name else {}
    return {
        "name_prefix": f"{inputs['name_prefix']}-config",
        "name_scope": inputs["name"],
        **_replaces(replaces),
        **config_content(inputs, model_names, role_arn),
        **_tags(inputs, policy),
    }


def _replaces(name: Optional[str]) -> Options:
    return {"replaces": name} if name else {}


def config_content(inputs: Mapping[str, Any], model_names: Sequence[Optional[str]], role_arn: str) -> Options:
    """Return the content of the endpoint configuration. One that hosts components names the execution role itself."""
    config = dict(inputs["endpoint_config"])
    of_variants = _models_by_user(inputs, model_names, "variants")

    def with_model(variant: Mapping[str, Any]) -> Options:
        name = of_variants.get(variant["variant_name"])
        return {**variant, "model_name": name} if name else dict(variant)

    for option in _VARIANT_LISTS:
        if option in config:
            config[option] = [with_model(variant) for variant in config[option]]
    return {**config, **({"execution_role_arn": role_arn} if inputs["inference_components"] else {})}


def endpoint(
    inputs: Mapping[str, Any], current: Mapping[str, Any], before: Mapping[str, Any], config: Mapping[str, Any]
) -> Options:
    """Return the options of sagemaker_endpoint for the rollout. config: the content of the desired configuration.

    In check mode the configuration does not exist yet, and its content determines the update.
    """
    return {
        **_endpoint(inputs, before),
        "endpoint_config": {**config, "endpoint_config_name": before["live"]},
        "scaled_variants": _scaled_variants(inputs),
        "unscaled_variants": current["serving"].get("unscaled_variants", []),
        "tags": {**inputs["tags"], **before["history_tags"], **_scaling_tag(inputs, current, before)},
        # While an endpoint serves a configuration that somebody else created, their tags stay.
        "purge_tags": inputs["purge_tags"] and not before["adopted"],
    }


def _scaling_tag(inputs: Mapping[str, Any], current: Mapping[str, Any], before: Mapping[str, Any]) -> Options:
    """Return the record of the autoscaling. It begins with a release, whose tags are written anyway, and is kept from then on."""
    begins = inputs["autoscaling"] and before["new_release"] and not before["adopted"]
    if begins or current["serving"].get("scaling_tag"):
        return {SCALING_TAG: scaling_record.of_targets(inputs["autoscaling"])}
    return {}


def rollback(inputs: Mapping[str, Any], before: Mapping[str, Any]) -> Options:
    """Return the options of sagemaker_endpoint for a rollback to a release, with the deployment policy if it fits that release."""
    given = {**inputs, "deployment_config": before["deployment_config"]}
    return {**_endpoint(given, before), "tags": before["history_tags"], "purge_tags": False}


def _endpoint(inputs: Mapping[str, Any], before: Mapping[str, Any]) -> Options:
    return {
        "name": inputs["name"],
        "endpoint_config_name": before["live"],
        **_given(inputs, "deployment_config", "wait_timeout"),
        "wait": inputs["wait"],
        **_secret(inputs),
    }


def smoke_test(inputs: Mapping[str, Any]) -> Options:
    """Return the options of sagemaker_endpoint_invoke for the smoke test, {} without one."""
    test = inputs["smoke_test"]
    return {"endpoint_name": inputs["name"], **test, **_secret(inputs)} if test else {}


def inference_component(
    inputs: Mapping[str, Any], index: int, model_names: Sequence[Optional[str]], unscaled: Collection[str]
) -> Options:
    """Return the options of sagemaker_inference_component. unscaled: names of components whose target is removed."""
    listed = inputs["inference_components"][index]
    name = _models_by_user(inputs, model_names, "components").get(listed["name"])
    return {
        "endpoint_name": inputs["name"],
        **(component_rules.with_model(listed, name) if name else listed),
        "unscaled": listed["name"] in unscaled,
        **_given(inputs, "wait_timeout"),
        **_secret(inputs),
        # A stop, which may know no variables, must not write their values down.
        **_tags(inputs, secret_keys_tag(component_rules.environment_keys(listed) & set(inputs[secrets.OPTION]))),
    }


def target(inputs: Mapping[str, Any], index: int, deregistered: Collection[str]) -> Options:
    """Return the options of sagemaker_autoscaling. deregistered: resource ids of targets that the rollout
    deregisters."""
    listed = inputs["autoscaling"][index]
    return {
        **{option: value for option, value in listed.items() if option not in _WAKING},
        "assume_unregistered": listed["resource_id"] in deregistered,
        **_tags(inputs),
    }


def alarm(inputs: Mapping[str, Any], index: int, policy_arn: Optional[str]) -> Options:
    """Return the options of amazon.aws.cloudwatch_metric_alarm. policy_arn: of the policy it triggers, None if it does
    not exist yet."""
    return {**inputs["autoscaling"][index]["alarm"], "alarm_actions": [policy_arn] if policy_arn else []}


def policy_arn(target_options: Mapping[str, Any], targets: Iterable[Mapping[str, Any]]) -> Optional[str]:
    """Return the ARN of the policy that scales a target out from zero. targets: results of sagemaker_autoscaling."""
    found = [
        policy
        for one in targets
        if one.get("resource_id") == target_options["resource_id"]
        for policy in one["scaling_policies"]
        if policy["policy_name"] == target_options["waking_policy"]
    ]
    return found[0].get("policy_arn") if found else None


def removed_target(current_target: Mapping[str, Any]) -> Options:
    """Return the options of sagemaker_autoscaling to remove a target."""
    members = ("resource_id", "scalable_dimension")
    return {**{member: current_target[member] for member in members}, "state": "absent"}


def removed_component(inputs: Mapping[str, Any], name: str, deleted: Collection[str]) -> Options:
    """Return the options of sagemaker_inference_component to delete one. deleted: all components to delete."""
    return {
        "name": name,
        "state": "absent",
        "deleted_components": list(deleted),
        **_given(inputs, "wait_timeout"),
        **_secret(inputs),
    }


def restored_component(inputs: Mapping[str, Any], component: Mapping[str, Any]) -> Options:
    """Return the options of sagemaker_inference_component that restore a component. component: from current."""
    content = component["content"]
    kinds = ("specification", "specifications")
    return {
        "name": component["name"],
        **{kind: content[kind] for kind in kinds if kind in content},
        **_given(inputs, "wait_timeout"),
        **_secret(inputs),
    }


def removed_endpoint(inputs: Mapping[str, Any], deleted: Collection[str]) -> Options:
    """Return the options of sagemaker_endpoint to delete it. deleted: the components that are deleted before."""
    return {
        "name": inputs["name"],
        "state": "absent",
        "deleted_components": list(deleted),
        **_given(inputs, "wait_timeout"),
    }


def power(inputs: Mapping[str, Any]) -> Options:
    """Return the options of sagemaker_endpoint_power. A deploy of a stopped endpoint starts it first, and waits for that."""
    deploys = inputs["state"] == "present"
    return {
        "name": inputs["name"],
        "name_prefix": inputs["name_prefix"],
        "state": "started" if deploys else inputs["state"],
        "wait": deploys or inputs["wait"],
        **_given(inputs, "wait_timeout"),
        **_secret(inputs),
    }


def releases(
    inputs: Mapping[str, Any],
    current: Mapping[str, Any],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    model_names: Iterable[str],
) -> Options:
    """Return the options of sagemaker_endpoint_releases after a rollout.

    Before permissions are pruned the releases are read again, because another run may have created one that needs them.
    """
    return {
        "endpoint_name": inputs["name"],
        "name_prefix": inputs["name_prefix"],
        "endpoint_config_name": before["live"],
        "model_names": list(model_names),
        "retired_models": after["retired_models"],
        "name_prefixes": current["name_prefixes"],
        "keep": after["keep"],
    }


def removed_releases(inputs: Mapping[str, Any], current: Mapping[str, Any]) -> Options:
    """Return the options of sagemaker_endpoint_releases after the endpoint was deleted.

    release_names: the releases that were known before, because the tag index may be late.
    """
    components = current["serving"].get("inference_components", ())
    retired = [name for component in components for name in component["model_names"]]
    stopped = [
        one
        for component in current["stopped"].get("components", ())
        for one in component_rules.specifications(component)
    ]
    retired += [one["model_name"] for one in stopped if "model_name" in one]
    return {
        "endpoint_name": inputs["name"],
        "name_prefix": inputs["name_prefix"],
        "release_names": [one["endpoint_config_name"] for one in current["releases"]],
        "retired_models": sorted({*retired, *current["orphaned_models"]}),
        "state": "absent",
    }


def removed_roles(inputs: Mapping[str, Any], current: Mapping[str, Any], lent_models: Collection[str]) -> List[Options]:
    """Return the options of sagemaker_execution_role to delete each role, one for each prefix of releases.

    lent_models: models that other endpoints run, whose role stays.
    """
    if inputs["sg_role_arn"] or lent_models:
        return []
    prefixes = dict.fromkeys([inputs["name_prefix"], *current["name_prefixes"]])
    return [_role(inputs, {"name_prefix": prefix, "state": "absent", "prune_policies": []}) for prefix in prefixes]


def pruned_roles(
    inputs: Mapping[str, Any],
    current: Mapping[str, Any],
    role_name: Optional[str],
    stale_policies: Sequence[str],
    pruned: Optional[Mapping[str, Any]],
) -> List[Options]:
    """Return the options of sagemaker_execution_role for each role that is pruned or deleted with the pruned releases.

    role_name: the managed role of this release, None if it has none; pruned: the result of sagemaker_endpoint_releases,
    if it ran.
    """
    own = [{"name": role_name, "state": "present", "prune_policies": list(stale_policies)}] if stale_policies else []
    earlier = [] if inputs["sg_role_arn"] else (pruned or current)["earlier_roles"]
    return [_role(inputs, options) for options in [*own, *earlier]]


def _role(inputs: Mapping[str, Any], options: Mapping[str, Any]) -> Options:
    return {"endpoint_name": inputs["name"], **options}


def _models_by_user(inputs: Mapping[str, Any], model_names: Sequence[Optional[str]], kind: str) -> Dict[str, str]:
    """Return {variant or component: name of our model that it runs}."""
    pairs = zip(inputs["models"], model_names)
    return {user: name for listed, name in pairs if name for user in listed[kind]}


def _scaled_variants(inputs: Mapping[str, Any]) -> List[str]:
    """Return variants whose instance count is scaled, without those with scaled provisioned concurrency."""
    found = [
        scaling_rules.VARIANT_ID.fullmatch(one["resource_id"])
        for one in inputs["autoscaling"]
        if "scalable_dimension" not in one
    ]
    return [one["variant"] for one in found if one]


def _tags(inputs: Mapping[str, Any], more: Optional[Mapping[str, str]] = None) -> Options:
    return {"tags": {**inputs["tags"], **(more or {})}, "purge_tags": inputs["purge_tags"]}


def _secret(inputs: Mapping[str, Any]) -> Options:
    return {secrets.OPTION: inputs[secrets.OPTION]}


def _given(inputs: Mapping[str, Any], *options: str) -> Options:
    return {option: inputs[option] for option in options if inputs.get(option)}
