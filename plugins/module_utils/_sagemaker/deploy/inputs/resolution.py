# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Convert the variables of the role sagemaker_endpoint to options of the modules. Pure.

All problems that the variables alone reveal are reported together, before anything is created: those of the role's own
rules, and those of the modules' rules for the resulting options.
"""

from __future__ import annotations

from typing import Any
from typing import Dict
from typing import Iterable
from typing import List
from typing import Mapping
from typing import Optional
from typing import Sequence

from ...core import errors
from ...core import variable_paths
from ...core.ownership import OWNER_TAG
from ...core.problems import Problem
from ...core.problems import overlaps
from ...core.problems import unique
from ...core.problems import unresolved
from ...core.variable_paths import PREFIX
from ...iam import policy as execution_policy
from ...rules import deployment as deployment_rules
from ...rules import inference_component as component_rules
from ...rules import scaling as scaling_rules
from ...rules import tags as tag_rules
from . import scaling as role_scaling
from .components import Components
from .models import Models
from .variables import OWN_TAGS
from .variables import Given
from .variants import Variants

# Placeholder for names that are known only after the creation.
_NAME = "x"


def resolve(variables: Mapping[str, Any], model_names: Sequence[Optional[str]] = ()) -> Dict[str, Any]:
    """Return the desired state for the role.

    variables: the role's variables without their prefix; ones that are not given may be absent, null or ''. Besides
    them C(tfvars), what tfvars.read returned, of which only the problems count here, and C(unknown), problems of variables
    that there are and that are none of the role's. model_names: the names of the
    models, in the order of the returned models, once these are known; None for one that is not.

    Returns C({"problems": [message], "name": name}) if no options can be made of the variables; the name is empty if it could not be
    read. Otherwise there are, besides C(problems),
    which is empty if nothing is wrong, and the checked variables under their names: C(tags) with the owner's,
    C(purge_tags), C(model_scope) (the C(name_scope) of the models), C(execution_role) (options of
    sagemaker_execution_role, None where no role is to be made), C(models) (options of sagemaker_model, and C(variants) and
    C(components), the names of those that run it), C(endpoint_config) (options of sagemaker_endpoint_config; a variant has
    its C(model_name) as soon as this is known), C(inference_components) (options of sagemaker_inference_component, bases
    before their adapters), C(autoscaling) (options of sagemaker_autoscaling, and for what wakes from zero C(alarm), options
    of amazon.aws.cloudwatch_metric_alarm, and C(waking_policy), the name of the policy that it triggers), C(unscaled), the
    resource ids of what is to have no scalable target, and C(places), where all these options come from, see
    core.variable_paths.
    """
    given = Given(variables)
    if given.partial:
        return _answer(given)
    missing = list(unresolved(given.input))
    if missing:
        # Other rules see no value there.
        paths = [problem.path for problem in missing]
        told = [Problem(f"{PREFIX}{problem.path}", problem.text) for problem in missing]
        others = (one for one in given.problems if not overlaps(one.path.removeprefix(PREFIX), paths))
        return _refused(given, [*told, *others])
    _check_names_and_role(given)
    if given.wrong_values:
        return _answer(given)
    before = len(given.problems)
    models = Models(given)
    variants = Variants(given, models)
    components = Components(given, models, variants.production)
    if len(given.problems) > before:
        return _answer(given)
    deploy = _Deploy(given, models, variants, components)
    deploy.check()
    return _answer(given, deploy, model_names)


def _answer(
    given: Given, deploy: Optional[_Deploy] = None, model_names: Sequence[Optional[str]] = ()
) -> Dict[str, Any]:
    """Return the result of resolve. deploy: None if the variables cannot be converted to options."""
    problems = _refused(given, given.problems)
    if deploy is not None:
        return {**problems, "places": deploy.places, **given.input, **deploy.options(list(model_names))}
    # A destroy or a rollback needs no options.
    return problems if given.problems else {**problems, "places": dict(variable_paths.NAMES), **given.input}


def _refused(given: Given, problems: Iterable[Problem]) -> Dict[str, Any]:
    """Return the problems, with the name of the endpoint for messages, empty if it could not be read."""
    return {"problems": [str(problem) for problem in unique(problems)], "name": given.shown_name}


def _check_names_and_role(given: Given) -> None:
    tags = given.input["tags"]
    given.problems.extend(_of_tags([*tag_rules.problems(tags), *tag_rules.expiry_problems(tags)]))
    for key in tags:
        if key.startswith("mlops.sagemaker/"):
            given.problem(
                f"tags.{key}", "keys that begin with mlops.sagemaker/ are reserved for this role. Leave it out."
            )
    most = tag_rules.MOST - OWN_TAGS
    if len(tags) > most:
        given.problem("tags", f"at most {most} tags: AWS allows {tag_rules.MOST}, this role adds {OWN_TAGS}")
    if given.input["sg_role_arn"] and given.input["permissions_boundary_arn"]:
        given.problem(
            "permissions_boundary_arn",
            f"has no effect on the role of {PREFIX}sg_role_arn, which this role does not change. Leave out one of them",
        )


def _of_tags(problems: List[Problem]) -> List[Problem]:
    return variable_paths.in_variables(problems, variable_paths.NAMES)


class _Deploy:
    """All parts of a deploy as options of the modules. places: their variables."""

    def __init__(self, given: Given, models: Models, variants: Variants, components: Components) -> None:
        self._given, self._input = given, given.input
        self._models, self._variants, self._components = models, variants, components
        self.places: variable_paths.Places = dict(variable_paths.NAMES)
        components.make_room_for_zero()
        self._targets = self._autoscaling()
        config = self._config([])
        self.places.update(variable_paths.of_config(config, variants.production, variants.shadow))
        self.places.update(variable_paths.of_components(components.listed))
        self.places.update(models.places)
        self._execution_role = self._role(config)

    def options(self, model_names: List[Optional[str]]) -> Dict[str, Any]:
        """Return the options, with the names of models as far as they are known."""
        endpoint, scaled = self._input["name"], {target["resource_id"] for target in self._targets}
        everything = [scaling_rules.variant_id(endpoint, variant["variant_name"]) for variant in self._variants.all]
        everything += [scaling_rules.component_id(component["name"]) for component in self._components.listed]
        return {
            "tags": {**self._input["tags"], OWNER_TAG: endpoint},
            # Without tags in the variables, tags that others have set stay.
            "purge_tags": self._input["purge_tags"] and bool(self._input["tags"]),
            # Names contain no slash, so no other endpoint has the same scope.
            "model_scope": "/".join(filter(None, (endpoint, self._input["release_marker"]))),
            "execution_role": self._execution_role,
            "models": self._models.listed,
            "endpoint_config": self._config(model_names),
            "inference_components": self._components_with(model_names),
            "autoscaling": self._targets,
            "unscaled": sorted(set(everything) - scaled),
        }

    def check(self) -> None:
        """Collect the problems of the parts in combination, by the rules of the role and of the modules."""
        if self._input["release_marker"] and not self._models.listed:
            self._given.problem(
                "release_marker",
                "is part of the models that this role makes, and it makes none here: leave it out, and give other models to roll out",
            )
        if self._input["inference_execution_config"] and not any("containers" in one for one in self._models.listed):
            self._given.problem("inference_execution_config", "is for models of several containers: leave it out")
        for needed, why in (
            (self._components.listed, "inference_components: they are made once the endpoint is in service"),
            (self._input["smoke_test"], "smoke_test: it asks what serves after the rollout"),
        ):
            if needed and not self._input["wait"]:
                self._given.problem("wait", f"must be true with {why}")
        self._given.problems.extend(variable_paths.in_variables(self._rule_problems(), self.places))
        if self._execution_role is not None:
            self._check_permissions()
            self._given.problems.extend(_of_tags(tag_rules.iam_problems(self._input["tags"])))

    def _rule_problems(self) -> List[Problem]:
        models = [_without(model, "path", "variants", "components") for model in self._models.listed]
        names = [_NAME] * len(models)
        return deployment_rules.problems(
            models,
            # The role of an endpoint that hosts components is created later.
            {"execution_role_arn": _NAME, **self._config(names)},
            {variant["variant_name"]: variant["model"] for variant in self._variants.all if "model" in variant},
            self._input["deployment_config"] or {},
            self._components_with(names),
            [{**target, "scalable_dimension": role_scaling.dimension_of(target)} for target in self._targets],
        )

    def _config(self, model_names: List[Optional[str]]) -> Dict[str, Any]:
        config = {
            "production_variants": [_with_name(variant, model_names) for variant in self._variants.production],
            "shadow_production_variants": [_with_name(variant, model_names) for variant in self._variants.shadow],
            "kms_key_id": self._input["kms_key_arn"],
        }
        names = ["async_inference_config", "data_capture_config", "explainer_config", "metrics_config"]
        if self._components.listed:
            # Settings that otherwise belong to models. The execution role is known later.
            names += ["vpc_config", "enable_network_isolation"]
        config.update({name: self._input[name] for name in names})
        return {name: value for name, value in config.items() if value}

    def _components_with(self, model_names: List[Optional[str]]) -> List[Dict[str, Any]]:
        return [_component_with_name(component, model_names) for component in self._components.listed]

    def _autoscaling(self) -> List[Dict[str, Any]]:
        common = self._input["autoscaling_config"]
        # If other variants have instances, a variant without an instance type is an omission. Otherwise it is intended.
        instances = [one["path"] for one in self._variants.production if self._variants.kind_of(one).capacity]
        shared = instances or [variant["path"] for variant in self._variants.production]
        targets: List[Dict[str, Any]] = []

        def add(target: Dict[str, Any], config: Mapping[str, Any], path: str, owner: str) -> None:
            self.places.update(variable_paths.of_target(len(targets), target, config, path, owner))
            targets.append(target)

        for variant in self._variants.all:
            own = variant.get("autoscaling_config")
            config, path = (own, f"{variant['path']}.autoscaling_config") if own else (common, "autoscaling_config")
            if own or (common and variant["path"] in shared):
                kind = self._variants.kind_of(variant)
                target = role_scaling.of_variant(self._given, variant, kind, config, path)
                add(target, config, path, variant["path"])
        for component in self._components.listed:
            if "autoscaling_config" in component:
                config, path = component["autoscaling_config"], component["path"]
                target = role_scaling.of_component(self._given, component, path)
                add(target, config, f"{path}.autoscaling_config", path)
        return targets

    def _role(self, config: Mapping[str, Any]) -> Optional[Dict[str, Any]]:
        """Return the options of sagemaker_execution_role, None if the role needs no execution role."""
        components = self._components_with([])
        # An endpoint that hosts components needs the role even if its models exist already.
        if self._input["sg_role_arn"] or not (self._models.listed or components):
            return None
        role: Dict[str, Any] = {}
        if self._input["execution_role_policy"] == "full_access":
            role["managed_policies"] = ["AmazonSageMakerFullAccess"]
        elif self._input["execution_role_policy"] == "least_privilege":
            role["models"] = [_without_environment(model) for model in self._models.listed]
            role["endpoint_config"] = config
            role["deployment_config"] = self._input["deployment_config"]
            role["inference_components"] = [_without_environment(component) for component in components]
        role = {name: value for name, value in role.items() if value}
        boundary = self._input["permissions_boundary_arn"]
        if boundary:
            # If omitted, an existing boundary stays, because somebody else may require it. An empty one removes it.
            role["permissions_boundary_arn"] = "" if boundary == "none" else boundary
        return role

    def _check_permissions(self) -> None:
        """Collect problems of addresses for which no permission can be computed. Account and region do not matter for
        that."""
        wrong = errors.Problems()
        for model in self._models.listed if self._input["execution_role_policy"] == "least_privilege" else ():
            for index, container in enumerate(model.get("containers") or [model["primary_container"]]):
                with wrong.collected(f"{PREFIX}{model['path']}[{index}]"):
                    execution_policy.execution_policy(
                        [{"primary_container": container}], {}, partition="aws", region="us-east-1", account="0" * 12
                    )
        self._given.problems.extend(wrong)


def _without(options: Mapping[str, Any], *names: str) -> Dict[str, Any]:
    return {name: value for name, value in options.items() if name not in names}


def _without_environment(model: Mapping[str, Any]) -> Dict[str, Any]:
    """Return a model's options without environments, on which no permission depends and which may contain secrets."""

    def bare(value: Any) -> Any:
        if isinstance(value, Mapping):
            kept = _without(value, "environment", "path", "variants", "components")
            return {key: bare(item) for key, item in kept.items()}
        return [bare(item) for item in value] if isinstance(value, list) else value

    return bare(model)


def _with_name(variant: Mapping[str, Any], model_names: List[Optional[str]]) -> Dict[str, Any]:
    """Return a variant in the form of the API, with the name of its model if known."""
    result = _without(variant, "path", "model", "autoscaling_config")
    model = _name_of_model(variant, model_names)
    return {**result, "model_name": model} if model else result


def _component_with_name(component: Mapping[str, Any], model_names: List[Optional[str]]) -> Dict[str, Any]:
    """Return a component as options of its module, with the name of its model if known."""
    result = _without(component, "path", "model", "autoscaling_config")
    model = _name_of_model(component, model_names)
    return component_rules.with_model(result, model) if model else result


def _name_of_model(user: Mapping[str, Any], model_names: List[Optional[str]]) -> Optional[str]:
    """Return the name of the model of a variant or component, None if the role does not create it or the name is not
    known yet."""
    return model_names[user["model"]] if "model" in user and user["model"] < len(model_names) else None
