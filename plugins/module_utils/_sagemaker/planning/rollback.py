# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of a rollback to the named release, or to the one that served last."""

from __future__ import annotations

from functools import partial
from typing import Any
from typing import Dict
from typing import Iterator
from typing import List
from typing import Mapping
from typing import Optional

from ..api.client import AwsClients
from ..argspec import endpoint as endpoint_options
from ..argspec.options import with_defaults
from ..core import plans
from ..core import secrets
from ..core.errors import InputError
from ..core.errors import SageMakerError
from ..core.plans import Change
from ..core.problems import Problem
from ..core.variable_paths import PREFIX
from ..deploy import addresses
from ..deploy import decisions
from ..deploy import serving
from ..deploy import steps
from ..deploy import tasks
from ..release import adoption
from ..resources import endpoint_configs
from ..resources import endpoints
from ..resources import immutables
from ..resources import models
from ..rollout import endpoint as endpoint_rollout
from ..rules import deployment_policy as deployment_policy_rules
from ..rules import inference_component as component_rules
from ..rules import variants as variant_rules
from . import outputs
from .recorder import Recorder


def plan(recorder: Recorder, inputs: Mapping[str, Any], current: Mapping[str, Any]) -> Dict[str, Any]:
    """Return the result of plan_info. Raises SageMakerError if no release exists to roll back to."""
    target = decisions.rollback_target(inputs, current)
    if target is None:
        raise _nothing_to_go_back_to(inputs, current)
    aws, live = recorder.aws, current["serving"]["endpoint_config_name"]
    misfits = _misfits(aws, inputs, live, target["endpoint_config_name"])
    before = {
        **decisions.before_rollout(inputs, current, target["endpoint_config_name"]),
        "deployment_config": None if misfits else inputs["deployment_config"],
    }
    options = with_defaults(tasks.rollback(inputs, before), endpoint_options.ENDPOINT)
    differences = _differences(aws, live, before["live"])
    endpoint = recorder.take(
        steps.ENDPOINT,
        steps.ENDPOINT,
        partial(endpoint_rollout.ensure, aws, options, True),
        refine=lambda plan: steps.with_reasons(plan, differences),
    )
    notes = [*_notes(aws, inputs, misfits, live)] if endpoint.plan.action == plans.UPDATE else []
    return {
        "before_rollout": before,
        "outputs": {
            "sagemaker_role_arn": "",
            "sagemaker_endpoint_name": inputs["name"],
            "sagemaker_endpoint_config_name": before["live"],
            "sagemaker_endpoint_arn": endpoint.resource["endpoint_arn"],
            "sagemaker_endpoint_status": endpoint.resource["endpoint_status"],
            "sagemaker_model_names": target["model_names"],
            **addresses_of(aws, inputs, current, target["endpoint_config_name"]),
            "serving": serving_of(recorder, current, endpoint.resource, before["live"]),
            "previous_release": decisions.release_to_return_to(inputs, current, before["live"]),
            "notes": [*endpoint.more.get("shortfall", []), *notes, *outputs.rolled_back_notes(current)],
        },
    }


def _misfits(aws: AwsClients, inputs: Mapping[str, Any], live: str, target: str) -> List[Problem]:
    """Return the reasons why the deployment policy of the variables cannot be used between these releases."""
    policy = inputs["deployment_config"]
    old, new = (_config(aws, name) for name in (live, target))
    return deployment_policy_rules.policy_misfits(policy, old, new) if policy and old and new else []


def _notes(aws: AwsClients, inputs: Mapping[str, Any], misfits: List[Problem], live: str) -> Iterator[str]:
    """Yield why the rollback goes to its release, and why it does without a deployment policy."""
    again = f"A deploy with unchanged variables returns to {live}: change them first, and stop scheduled deploys."
    if inputs["release"]:
        yield f"The rollback goes to {inputs['release']}, because {PREFIX}release names it. {again}"
    else:
        yield f"The rollback goes to the release that served last before {live}. {again}"
    last = (endpoints.describe(aws, inputs["name"]) or {}).get("LastDeploymentConfig")
    at_once = "The rollback moves all traffic at once, and no alarm undoes it"
    if misfits:
        yield f"{at_once}, because {PREFIX}deployment_config does not fit: {' '.join(problem.text for problem in misfits)}"
    elif last and not inputs["deployment_config"]:
        yield (
            f"{at_once}, because {PREFIX}deployment_config is not given. To roll back in the way of the last update, give the variables "
            "of the deploy to the rollback, too."
        )


def _differences(aws: AwsClients, live: str, target: str) -> List[Mapping[str, Any]]:
    """Return the differences between the models of two releases, whose names are only hashes."""
    of_live, of_target = (
        {one["variant_name"]: one.get("model_name") for one in variant_rules.of(_config(aws, name))}
        for name in (live, target)
    )
    differences: List[Mapping[str, Any]] = []
    for variant, name in of_target.items():
        earlier = of_live.get(variant)
        models_of = [_model(aws, one) if one else None for one in (earlier, name)]
        if earlier != name and all(models_of):
            differences += _model_differences(aws, *models_of, earlier, f"models[{variant}]")
    return differences


def _model_differences(
    aws: AwsClients, before: Mapping[str, Any], after: Mapping[str, Any], earlier: str, path: str
) -> List[Mapping[str, Any]]:
    """Return the differences between two models. before: the content of the model of the name earlier."""
    content = {option: value for option, value in after.items() if option != "model_name"}
    role = content.get("execution_role_arn")
    # Of neither marker more than a hash exists.
    changes = adoption.model_differences(aws, content, earlier, role, path) or [Change("release_marker", None, None)]
    # Only the variables of the deploy know which entries are secret.
    keys = {
        key for one in (before, after) for part in addresses.containers_of(one) for key in part.get("environment", ())
    }
    return [secrets.masked(change.as_dict(), keys) for change in changes]


def _config(aws: AwsClients, name: str) -> Mapping[str, Any]:
    """Return the content of a configuration as options, empty if it was deleted."""
    return aws.sagemaker.options("CreateEndpointConfig", immutables.describe(endpoint_configs.KIND, aws, name) or {})


def _model(aws: AwsClients, name: str) -> Optional[Mapping[str, Any]]:
    """Return the content of a model as options, None if it was deleted."""
    model = immutables.describe(models.KIND, aws, name)
    return aws.sagemaker.options("CreateModel", model) if model else None


def addresses_of(
    aws: AwsClients, inputs: Mapping[str, Any], current: Mapping[str, Any], config_name: str
) -> Dict[str, Any]:
    """Return the URLs of the rollback target. A rollback has only the name from the variables, so its containers come
    from AWS."""
    config = _config(aws, config_name)
    of_variants = {
        one["variant_name"]: _containers(aws, one["model_name"])
        for one in config.get("production_variants", ())
        if "model_name" in one
    }
    components = {
        one["name"]: _component_containers(aws, one) for one in current["serving"].get("inference_components", ())
    }
    url = addresses.url(current["region"], inputs["name"])
    return addresses.addresses(url, config, of_variants, components)


def _component_containers(aws: AwsClients, component: Mapping[str, Any]) -> addresses.Containers:
    """The containers of a component: of its model, or its own."""
    if component["model_names"]:
        return _containers(aws, component["model_names"][0])
    own = [one["container"] for one in component_rules.specifications(component["content"]) if one.get("container")]
    return own or None


def _containers(aws: AwsClients, model_name: str) -> addresses.Containers:
    """Return the containers of a model, None if it was deleted."""
    model = _model(aws, model_name)
    return addresses.containers_of(model) if model else None


def serving_of(
    recorder: Recorder, current: Mapping[str, Any], endpoint: Mapping[str, Any], live: str
) -> Dict[str, Any]:
    """Return what serves after the run, with the initial counts of the configuration or those that an autoscaler has set."""
    aws, name = recorder.aws, endpoint["endpoint_config_name"]
    described = immutables.describe(endpoint_configs.KIND, aws, name) or {}
    config = aws.sagemaker.result("DescribeEndpointConfig", described)
    targets = current["serving"].get("scalable_targets", ())
    serving_after = serving.of_config(name, config, targets)
    if name != live or current["serving"].get("endpoint_config_name") == live:
        serving_after = serving.with_counts(serving_after, endpoint)
    else:
        ids = [target["resource_id"] for target in targets]
        serving_after = serving.after_update(
            serving_after, endpoint, current["serving"]["endpoint_config"], config, ids
        )
    # Components stay as they are.
    hosted = [
        {"inference_component_name": one["name"], **one["content"]}
        for one in current["serving"].get("inference_components", ())
    ]
    components = serving.components(hosted, targets)
    listed = filter(None, (_model(aws, one["model_name"]) for one in variant_rules.of(config) if "model_name" in one))
    invocation = {**serving_after["invocation"], **serving.targets_of(listed, components)}
    return {**serving_after, "inference_components": components, "invocation": invocation}


def _nothing_to_go_back_to(inputs: Mapping[str, Any], current: Mapping[str, Any]) -> SageMakerError:
    name, serving, named_release = inputs["name"], current["serving"], inputs.get("release")
    if not serving:
        account = f", account {current['account_id']}" if current["account_id"] else ""
        text = f"the endpoint {name} does not exist in {current['region']}{account}. Correct the name, the region or the credentials."
        return InputError(Problem(f"{PREFIX}name", text))
    if serving["endpoint_status"] == endpoints.ROLLBACK_FAILED and not named_release:
        live = serving["endpoint_config_name"]
        return SageMakerError(
            f"The endpoint {name} is {endpoints.ROLLBACK_FAILED}, and no release beside {live} has served and was kept, so there is none to "
            f"roll back to. {endpoints.after_failed_rollback(live)}"
        )
    if named_release:
        known = ", ".join(one["endpoint_config_name"] for one in current["releases"]) or "none"
        text = f"{named_release} is not a release of the endpoint {name}. Name one of these: {known}."
        return InputError(Problem(f"{PREFIX}release", text))
    return SageMakerError(
        f"The endpoint {name} has no release to roll back to: it serves {serving['endpoint_config_name']}, and no other release of it "
        "has served and was kept."
    )
