# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules of a deploy would refuse, each in its turn, told all at once and before the first of them makes anything."""

from __future__ import annotations

import re
from typing import Any
from typing import Callable
from typing import Dict
from typing import Iterable
from typing import Iterator
from typing import List
from typing import Mapping
from typing import Set

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import autoscaling
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import component_rollouts
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import deployments
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import endpoint_configs
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import errors
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import inference_component_options
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import models
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import role_places
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import shapes
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import smoke_tests
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.errors import InputError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.role_variables import PREFIX
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.services import Api
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.services import Aws

# For what is only known once it is made.
_NAME = "x"
_ROLE = "arn:aws:iam::000000000000:role/x"


def refuse(aws: Aws, params: Mapping[str, Any], check_mode: bool = False) -> None:
    """Raise InputError with all that is wrong with the models, endpoint_config, inference_components, autoscaling,
    deployment_config and smoke_test in params: options of the modules of these names, which may be missing.

    check_mode: a file that an earlier task would make may be missing.
    """
    errors.refuse([*told(params, _problems(aws, params)), *_smoke_test(aws, params, check_mode)])


def refuse_update(aws: Aws, params: Mapping[str, Any], old: Api) -> None:
    """Raise InputError if the deployment_config in params cannot lead from the old configuration to the one in params."""
    if not params.get("deployment_config"):
        return
    policy = shapes.to_api(
        aws.sagemaker.input_shape("UpdateEndpoint").members["DeploymentConfig"], params["deployment_config"]
    )
    shape = aws.sagemaker.input_shape("CreateEndpointConfig")
    new = shapes.to_api(shape, with_models(params["endpoint_config"], params.get("models") or []))
    errors.refuse(told(params, deployments.update_rules(policy, old, new)))


def told(params: Mapping[str, Any], messages: Iterable[str]) -> List[str]:
    """In the names of the role's variables, where it said which."""
    return [role_places.told(message, params.get("places") or {}) for message in messages]


def _problems(aws: Aws, params: Mapping[str, Any]) -> Iterator[str]:
    def judge(request: Api) -> List[str]:
        return [*models.rules(request), *models.refusals(aws, request)]

    listed = params.get("models") or []
    for index, model in enumerate(listed):
        options = {**model, "model_name": _NAME}
        for message in _of_request(aws, f"models[{index}].", "CreateModel", options, judge):
            yield _in_variables(message, index, model["path"]) if "path" in model else message
    if params.get("endpoint_config"):
        options = with_models(params["endpoint_config"], listed)
        yield from _of_request(aws, "endpoint_config.", "CreateEndpointConfig", options, endpoint_configs.rules)
    if params.get("deployment_config"):
        options = {
            "endpoint_name": _NAME,
            "endpoint_config_name": _NAME,
            "deployment_config": params["deployment_config"],
        }
        yield from _of_request(
            aws, "", "UpdateEndpoint", options, lambda request: deployments.policy_rules(request["DeploymentConfig"])
        )
    for index, component in enumerate(params.get("inference_components") or []):
        wish = {**_with_model(component, listed), "endpoint_name": _NAME, "purge_tags": True, "wait": True}
        yield from _of(f"inference_components[{index}].", lambda wish=wish: component_rollouts.Wish(aws, wish))
    for index, target in enumerate(params.get("autoscaling") or []):
        yield from _of(f"autoscaling[{index}].", lambda target=target: autoscaling.check(aws, target))


def _smoke_test(aws: Aws, params: Mapping[str, Any], check_mode: bool) -> Iterator[str]:
    if params.get("smoke_test"):
        yield from (f"{PREFIX}smoke_test.{message}" for message in smoke_tests.problems(aws, params, check_mode))


def _in_variables(message: str, index: int, path: str) -> str:
    """A message about a model in the names of the role's variables. path: of the one that holds its containers."""
    containers = rf"models\[{index}\]\.(?:primary_container|containers\[(\d+)\])(?![\w ])"
    return re.sub(containers, lambda found: f"{PREFIX}{path}[{found[1] or 0}]", message)


def _of(place: str, build: Callable[[], Any]) -> Iterator[str]:
    try:
        build()
    except InputError as error:
        yield f"{place}{error.message}"


def _of_request(
    aws: Aws, place: str, operation: str, options: Mapping[str, Any], rules: Callable[[Api], List[str]]
) -> Iterator[str]:
    """What is wrong with the request, or, if each member is right by itself, with their relations."""
    known = shapes.members_by_option(aws.sagemaker.input_shape(operation))
    try:
        request = aws.sagemaker.request(operation, {name: value for name, value in options.items() if name in known})
    except InputError as error:
        yield f"{place}{error.message}"
        return
    yield from (f"{place}{message}" for message in rules(request))


def _users(listed: List[Mapping[str, Any]], kind: str) -> Set[str]:
    """The names of the variants or components that run one of the models."""
    return {user for model in listed for user in model.get(kind) or []}


def _with_model(component: Mapping[str, Any], listed: List[Mapping[str, Any]]) -> Mapping[str, Any]:
    """A component with a name for its model, if that is not made yet."""
    if component["name"] not in _users(listed, "components"):
        return component
    return inference_component_options.with_model(component, _NAME)


def with_models(config: Mapping[str, Any], listed: List[Mapping[str, Any]]) -> Dict[str, Any]:
    """A configuration with names for what is not made yet: itself, its models, and the role of one without models."""
    ours = _users(listed, "variants")

    def named(variant: Mapping[str, Any]) -> Dict[str, Any]:
        return {**variant, **({"model_name": _NAME} if variant.get("variant_name") in ours else {})}

    lists = {
        option: [named(variant) for variant in config[option]]
        for option in ("production_variants", "shadow_production_variants")
        if config.get(option)
    }
    return {"execution_role_arn": _ROLE, **config, **lists, "endpoint_config_name": _NAME}
