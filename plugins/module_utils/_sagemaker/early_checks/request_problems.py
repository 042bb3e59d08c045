# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The problems that the modules of a deploy would report one by one, together and before any change."""

from __future__ import annotations

from typing import Any
from typing import Dict
from typing import Iterable
from typing import List
from typing import Mapping
from typing import Set

from ..api.client import AwsClients
from ..argspec import autoscaling as autoscaling_options
from ..argspec import inference_component as component_options
from ..argspec.options import with_defaults
from ..core import errors
from ..core import variable_paths
from ..core.problems import Problem
from ..core.problems import unique
from ..core.problems import within
from ..core.types import Api
from ..core.types import Options
from ..core.variable_paths import PREFIX
from ..resources import endpoint_configs
from ..resources import models
from ..resources import scalable_targets
from ..rollout import component_plan
from ..rules import deployment_policy as deployment_policy_rules
from ..rules import endpoint_config as endpoint_config_rules
from ..rules import inference_component as component_rules
from ..rules import model as model_rules
from ..schema import shapes
from . import smoke_test as smoke_tests

# Placeholder for names that are known only after the creation.
_NAME = "x"
_ROLE = "arn:aws:iam::000000000000:role/x"
# Keys that the role adds to the options of a model.
_NO_OPTIONS = frozenset({"path", "variants", "components"})


def problems(aws: AwsClients, params: Mapping[str, Any], check_mode: bool = False) -> List[Problem]:
    """All that is wrong with the models, endpoint_config, inference_components, autoscaling, deployment_config and smoke_test
    in params, in the names of the role's variables. These are options of the modules of these names, and may be missing.

    check_mode: a file that an earlier task would make may be missing.
    """
    smoke_test = smoke_tests.problems(aws, params, check_mode) if params.get("smoke_test") else []
    found = [*with_variables(params, _problems(aws, params)), *within(f"{PREFIX}smoke_test", smoke_test)]
    # A variable may apply to several variants.
    return unique(found)


def added(aws: AwsClients, told: Iterable[str], params: Mapping[str, Any], check_mode: bool = False) -> List[str]:
    """Return the messages about the variables, and further ones about the resulting options."""
    return list(dict.fromkeys([*told, *map(str, problems(aws, params, check_mode))]))


def with_variables(params: Mapping[str, Any], problems: Iterable[Problem]) -> List[Problem]:
    """Return the problems with the names of the role's variables, where known."""
    return variable_paths.in_variables(problems, params.get("places") or {})


def _problems(aws: AwsClients, params: Mapping[str, Any]) -> List[Problem]:
    def refused(model: Options) -> List[Problem]:
        return [*model_rules.problems(model), *models.refusals(aws, model)]

    found = errors.Problems()
    listed = params.get("models") or []
    for index, model in enumerate(listed):
        options = {name: value for name, value in model.items() if name not in _NO_OPTIONS}
        with found.collected(f"models[{index}]"):
            aws.sagemaker.request("CreateModel", {**options, "model_name": _NAME}, refused)
    config: Api = {}
    if params.get("endpoint_config"):
        options = with_models(params["endpoint_config"], listed)
        with found.collected("endpoint_config"):
            config = aws.sagemaker.request("CreateEndpointConfig", options, endpoint_config_rules.problems)
    if params.get("deployment_config"):
        options = {"endpoint_name": _NAME, "endpoint_config_name": _NAME}
        options["deployment_config"] = params["deployment_config"]
        with found.collected():
            aws.sagemaker.request(
                "UpdateEndpoint",
                options,
                lambda request: deployment_policy_rules.policy_rules(request["deployment_config"]),
            )
    for index, component in enumerate(params.get("inference_components") or []):
        with found.collected(f"inference_components[{index}]"):
            options = {**_with_model(component, listed), "endpoint_name": _NAME}
            component_plan.DesiredComponent(aws, with_defaults(options, component_options.INFERENCE_COMPONENT))
    for index, target in enumerate(params.get("autoscaling") or []):
        with found.collected(f"autoscaling[{index}]"):
            scalable_targets.check(aws, with_defaults(target, autoscaling_options.AUTOSCALING), config)
    return found


def model_problems(aws: AwsClients, params: Mapping[str, Any], deploys: bool, hosted: Iterable[str]) -> List[Problem]:
    """Yield the problems of existing models, and of missing models that a variant or a component names.

    deploys: whether the configuration is another one than that which serves; hosted: the components that are there. The
    models of what is there may be gone: it serves nevertheless.
    """
    config = params["endpoint_config"] if deploys else {}
    named = [
        (f"endpoint_config.{option}[{index}].model_name", variant.get("model_name"))
        for option in ("production_variants", "shadow_production_variants")
        for index, variant in enumerate(config.get(option) or [])
    ]
    for index, component in enumerate(params.get("inference_components") or []):
        if component["name"] not in hosted:
            specifications = component_rules.specifications(component)
            named += [(f"inference_components[{index}]", one.get("model_name")) for one in specifications]
    missing = [
        Problem(
            place, f"the model {name} does not exist in {aws.sagemaker.region}. Create it first, or correct the name."
        )
        for place, name in named
        if name and models.look_up(aws, name) is None
    ]
    # Without null values.
    given = aws.sagemaker.options(
        "CreateEndpointConfig", shapes.to_api(aws.sagemaker.input_shape("CreateEndpointConfig"), config)
    )
    unfit = within("endpoint_config", endpoint_configs.refusals(aws, given))
    return with_variables(params, [*missing, *unfit])


def _users(listed: List[Mapping[str, Any]], kind: str) -> Set[str]:
    """Return the names of the variants or components that run one of the models."""
    return {user for model in listed for user in model.get(kind) or []}


def _with_model(component: Mapping[str, Any], listed: List[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return a component with a placeholder name for a model that does not exist yet."""
    if component["name"] not in _users(listed, "components"):
        return component
    return component_rules.with_model(component, _NAME)


def with_models(config: Mapping[str, Any], listed: List[Mapping[str, Any]]) -> Dict[str, Any]:
    """Return a configuration with placeholder names for itself, its new models, and the role of one without models."""
    ours = _users(listed, "variants")

    def named(variant: Mapping[str, Any]) -> Dict[str, Any]:
        return {**variant, **({"model_name": _NAME} if variant.get("variant_name") in ours else {})}

    lists = {
        option: [named(variant) for variant in config[option]]
        for option in ("production_variants", "shadow_production_variants")
        if config.get(option)
    }
    return {"execution_role_arn": _ROLE, **config, **lists, "endpoint_config_name": _NAME}
