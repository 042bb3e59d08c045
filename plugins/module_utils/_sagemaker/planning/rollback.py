# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of a rollback to the named release, or to the one that served last."""

from __future__ import annotations

from functools import partial
from typing import Any
from typing import Dict
from typing import Mapping

from ..api.client import AwsClients
from ..argspec import endpoint as endpoint_options
from ..argspec.options import with_defaults
from ..core.errors import InputError
from ..core.errors import SageMakerError
from ..core.problems import Problem
from ..core.variable_paths import PREFIX
from ..deploy import addresses
from ..deploy import decisions
from ..deploy import serving
from ..deploy import steps
from ..deploy import tasks
from ..resources import endpoint_configs
from ..resources import immutables
from ..resources import models
from ..rollout import endpoint as endpoint_rollout
from ..rules import inference_component as component_rules
from .recorder import Recorder


def plan(recorder: Recorder, inputs: Mapping[str, Any], current: Mapping[str, Any]) -> Dict[str, Any]:
    """Return the result of plan_info. Raises SageMakerError if no release exists to roll back to."""
    target = decisions.rollback_target(inputs, current)
    if target is None:
        raise _nothing_to_go_back_to(inputs, current)
    before = decisions.before_rollout(inputs, current, target["endpoint_config_name"])
    options = with_defaults(tasks.rollback(inputs, before), endpoint_options.ENDPOINT)
    endpoint = recorder.take(
        steps.ENDPOINT, steps.ENDPOINT, partial(endpoint_rollout.ensure, recorder.aws, options, True)
    )
    return {
        "before_rollout": before,
        "outputs": {
            "sagemaker_role_arn": "",
            "sagemaker_endpoint_name": inputs["name"],
            "sagemaker_endpoint_config_name": before["live"],
            "sagemaker_endpoint_arn": endpoint.resource["endpoint_arn"],
            "sagemaker_endpoint_status": endpoint.resource["endpoint_status"],
            "sagemaker_model_names": target["model_names"],
            **_addresses(recorder.aws, inputs, current, target["endpoint_config_name"]),
            "serving": _serving(recorder, current, endpoint.resource, before["live"]),
            "previous_release": decisions.release_to_return_to(inputs, current, before["live"]),
            "notes": list(endpoint.more.get("shortfall", [])),
        },
    }


def _addresses(
    aws: AwsClients, inputs: Mapping[str, Any], current: Mapping[str, Any], config_name: str
) -> Dict[str, Any]:
    """Return the URLs of the rollback target. A rollback has only the name from the variables, so its containers come
    from AWS."""
    config = aws.sagemaker.options(
        "CreateEndpointConfig", immutables.describe(endpoint_configs.KIND, aws, config_name) or {}
    )
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
    model = immutables.describe(models.KIND, aws, model_name)
    return addresses.containers_of(aws.sagemaker.options("CreateModel", model)) if model else None


def _serving(recorder: Recorder, current: Mapping[str, Any], endpoint: Mapping[str, Any], live: str) -> Dict[str, Any]:
    """Return what serves after the run, with the initial counts of the configuration or those that an autoscaler has set."""
    name = endpoint["endpoint_config_name"]
    described = immutables.describe(endpoint_configs.KIND, recorder.aws, name) or {}
    config = recorder.aws.sagemaker.result("DescribeEndpointConfig", described)
    targets = current["serving"].get("scalable_targets", ())
    found = serving.of_config(name, config, targets)
    if name != live or current["serving"].get("endpoint_config_name") == live:
        return serving.with_counts(found, endpoint)
    ids = [target["resource_id"] for target in targets]
    return serving.after_update(found, endpoint, current["serving"]["endpoint_config"], config, ids)


def _nothing_to_go_back_to(inputs: Mapping[str, Any], current: Mapping[str, Any]) -> SageMakerError:
    name, serving, wanted = inputs["name"], current["serving"], inputs.get("release")
    if not serving:
        account = f", account {current['account_id']}" if current["account_id"] else ""
        text = f"the endpoint {name} does not exist in {current['region']}{account}. Correct the name, the region or the credentials."
        return InputError(Problem(f"{PREFIX}name", text))
    if wanted:
        known = ", ".join(one["endpoint_config_name"] for one in current["releases"]) or "none"
        text = f"{wanted} is not a release of the endpoint {name}. Name one of these: {known}."
        return InputError(Problem(f"{PREFIX}release", text))
    return SageMakerError(
        f"The endpoint {name} has no release to roll back to: it serves {serving['endpoint_config_name']}, and no other release of it "
        "has served and was kept."
    )
