# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the variables of the role sagemaker_endpoint to the options of the modules. Pure.

Everything that can be told to be wrong from the variables alone is told here, all of it at once and before anything is
made.
"""

from __future__ import annotations

from collections import Counter
from typing import Any
from typing import Dict
from typing import List
from typing import Mapping
from typing import Optional
from typing import Sequence

from ..core import errors
from ..core import variable_paths
from ..core.ownership import OWNER_TAG
from ..core.problems import Problem
from ..core.problems import unique
from ..core.problems import within
from ..core.variable_paths import PREFIX
from ..iam import policy as execution_policy
from ..rules import inference_component as component_rules
from ..rules import scaling as scaling_rules
from ..rules import tags as tag_rules
from . import scaling as role_scaling
from .models import Models
from .variables import DEFAULT_VARIANT
from .variables import MAX_CONTAINERS
from .variables import MAX_TAGS
from .variables import MAX_VARIANTS
from .variables import OWN_TAGS
from .variables import Given


def resolve(variables: Mapping[str, Any], model_names: Sequence[Optional[str]] = ()) -> Dict[str, Any]:
    """What the role is to do.

    variables: the role's variables without their prefix; ones that are not given may be absent, null or ''. Besides
    them C(tfvars), what tfvars.read returned, of which only the problems count here, and C(unknown), problems of variables
    that there are and that are none of the role's. model_names: the names of the
    models, in the order of the returned models, once these are known; None for one that is not.

    Returns C({"problems": [message]}) if anything is wrong. Otherwise C(problems) is empty and there are, besides the
    checked variables under their names: C(tags) with the owner's, C(purge_tags), C(model_scope) (the C(name_scope) of the models),
    C(execution_role) (options of sagemaker_execution_role,
    None where no role is to be made), C(models) (options of sagemaker_model, and C(variants) and C(components), the names
    of those that run it), C(endpoint_config) (options of sagemaker_endpoint_config; a variant has its C(model_name) as
    soon as this is known), C(inference_components) (options of sagemaker_inference_component, bases before their
    adapters), C(autoscaling) (options of sagemaker_autoscaling, and for what wakes from zero C(alarm), options of
    amazon.aws.cloudwatch_metric_alarm, and C(waking_policy), the name of the policy that it triggers), C(unscaled), the resource ids of what is to have no
    scalable target, and C(places), where all these options come from, see core.variable_paths.
    """
    return _Resolver(variables).result(list(model_names))


class _Resolver:
    def __init__(self, variables: Mapping[str, Any]) -> None:
        self._given = Given(variables)
        self.given, self.input = self._given.given, self._given.input
        self._models = Models(self._given)
        self._places: variable_paths.Places = dict(variable_paths.NAMES)

    @property
    def models(self) -> List[Dict[str, Any]]:
        return self._models.listed

    def result(self, model_names: List[Optional[str]]) -> Dict[str, Any]:
        if self._given.partial:
            return self._answer({})
        self._check_names_and_role()
        if self._given.wrong_values:
            return self._answer({})
        before = len(self._given.problems)
        production = self._production_variants()
        shadow = self._variants("shadow_production_variants")
        components = self._components(production)
        if len(self._given.problems) > before:
            return self._answer({})
        self._check_variants(production, shadow)
        self._check_models()
        if self.input["release_marker"] and not self.models:
            self._problem(
                "release_marker",
                "is part of the models that this role makes, and it makes none here: leave it out, and give other models to roll out",
            )
        targets = self._autoscaling(production, shadow, components)
        self._check_waiting(components)
        self._make_room_for_zero(production, components)
        config = {
            "production_variants": [_api_variant(variant, model_names) for variant in production],
            "shadow_production_variants": [_api_variant(variant, model_names) for variant in shadow],
            "kms_key_id": self.input["kms_key_arn"],
        }
        for name in ("async_inference_config", "data_capture_config", "explainer_config", "metrics_config"):
            config[name] = self.input[name]
        if components:
            # What models have of their own elsewhere. The execution role is known later.
            config["vpc_config"] = self.input["vpc_config"]
            config["enable_network_isolation"] = self.input["enable_network_isolation"]
        config = {name: value for name, value in config.items() if value}
        self._places.update(variable_paths.of_config(config, production, shadow))
        self._places.update(variable_paths.of_components(components))
        self._places.update(self._models.places)
        listed = [_api_component(component, model_names) for component in components]
        everything = [
            scaling_rules.variant_id(self.input["name"], item["variant_name"]) for item in production + shadow
        ]
        everything += [scaling_rules.component_id(component["name"]) for component in components]
        scaled = {target["resource_id"] for target in targets}
        execution_role = self._execution_role(config, listed)
        if execution_role is not None:
            self._given.problems.extend(self._of_tags(tag_rules.iam_problems(self.input["tags"])))
        return self._answer(
            {
                "tags": {**self.input["tags"], OWNER_TAG: self.input["name"]},
                # Without tags of its own a deployment leaves those alone that others have set.
                "purge_tags": self.input["purge_tags"] and bool(self.input["tags"]),
                # No name holds a slash, so no other endpoint has the same.
                "model_scope": "/".join(filter(None, (self.input["name"], self.input["release_marker"]))),
                "execution_role": execution_role,
                "models": self.models,
                "endpoint_config": config,
                "inference_components": listed,
                "autoscaling": targets,
                "unscaled": sorted(set(everything) - scaled),
            }
        )

    def _answer(self, more: Mapping[str, Any]) -> Dict[str, Any]:
        if self._given.problems:
            return {"problems": [str(problem) for problem in unique(self._given.problems)]}
        return {"problems": [], "places": self._places, **self.input, **more}

    def _problem(self, path: str, message: str) -> None:
        self._given.problem(path, message)

    @staticmethod
    def _of_tags(problems: List[Problem]) -> List[Problem]:
        return variable_paths.in_variables(problems, variable_paths.NAMES)

    def _check_names_and_role(self) -> None:
        self._given.problems.extend(self._of_tags(tag_rules.problems(self.input["tags"])))
        for key in self.input["tags"]:
            if key.startswith("mlops.sagemaker/"):
                self._problem(
                    f"tags.{key}", "keys that begin with mlops.sagemaker/ are reserved for this role. Leave it out."
                )
        if len(self.input["tags"]) > MAX_TAGS - OWN_TAGS:
            self._problem(
                "tags", f"at most {MAX_TAGS - OWN_TAGS} tags: AWS allows {MAX_TAGS}, this role adds {OWN_TAGS}"
            )
        if self.input["sg_role_arn"] and self.input["permissions_boundary_arn"]:
            self._problem(
                "permissions_boundary_arn",
                f"has no effect on the role of {PREFIX}sg_role_arn, which this role does not touch; leave out one of both",
            )

    def _execution_role(self, config: Mapping[str, Any], components: List[Dict[str, Any]]) -> Optional[Dict[str, Any]]:
        """The options of sagemaker_execution_role, None where no role is to be made."""
        # An endpoint of components names the role itself, whoever made the models.
        if self.input["sg_role_arn"] or not (self.models or components):
            return None
        role: Dict[str, Any] = {}
        if self.input["execution_role_policy"] == "full_access":
            role["managed_policies"] = ["AmazonSageMakerFullAccess"]
        elif self.input["execution_role_policy"] == "least_privilege":
            role["models"] = [_without_environment(model) for model in self.models]
            role["endpoint_config"] = config
            role["deployment_config"] = self.input["deployment_config"]
            role["inference_components"] = [_without_environment(component) for component in components]
            self._check_permissions(self.models)
        role = {name: value for name, value in role.items() if value}
        boundary = self.input["permissions_boundary_arn"]
        if boundary:
            # Not given it stays as it is, for it may be somebody else's guard; an empty one takes it away.
            role["permissions_boundary_arn"] = "" if boundary == "none" else boundary
        return role

    def _check_permissions(self, models: List[Dict[str, Any]]) -> None:
        """Tell of addresses that no permission can be computed from. The account and the region do not matter for that."""
        wrong = errors.Problems()
        for model in models:
            for index, container in enumerate(model.get("containers") or [model["primary_container"]]):
                with wrong.collected(f"{PREFIX}{model['path']}[{index}]"):
                    execution_policy.execution_policy(
                        [{"primary_container": container}], {}, partition="aws", region="us-east-1", account="0" * 12
                    )
        self._given.problems.extend(wrong)

    # Variants and their models

    def _production_variants(self) -> List[Dict[str, Any]]:
        listed = self.given["production_variants"]
        single = self.given["production_variant"]
        if not listed:
            if not single and self.given["inference_components"]:
                self._problem("production_variant", "inference components need instances: give at least instance_type")
            return [self._variant(single or dict(DEFAULT_VARIANT), "production_variant", "AllTraffic")]
        if single and single != DEFAULT_VARIANT:
            self._problem("production_variants", f"and {PREFIX}production_variant exclude each other: keep one of them")
        return self._variants("production_variants")

    def _variants(self, name: str) -> List[Dict[str, Any]]:
        listed = self.given[name] or []
        if len(listed) > MAX_VARIANTS:
            self._problem(name, f"at most {MAX_VARIANTS} variants, not {len(listed)}")
        only = "AllTraffic" if name == "production_variants" and len(listed) == 1 else None
        return [self._variant(variant, f"{name}[{index}]", only) for index, variant in enumerate(listed)]

    def _variant(self, given: Mapping[str, Any], path: str, name: Optional[str]) -> Dict[str, Any]:
        """A variant with what is filled in, its path, and the index of its model in C(models)."""
        variant = {"variant_name": name, **given, "path": path}
        if not variant["variant_name"]:
            self._problem(path, "needs variant_name")
        kinds = [kind for kind in ("instance_type", "instance_pools", "serverless_config") if kind in variant]
        if not kinds:
            self._problem(path, "needs instance_type (or instance_pools, or serverless_config)")
        elif len(kinds) > 1:
            self._problem(path, f"{' and '.join(kinds)} exclude each other: keep one of them")
        elif kinds == ["serverless_config"]:
            self._check_serverless(variant, path)
        else:
            variant.setdefault("initial_instance_count", 1)
        if self.input["inference_components"]:
            self._check_host(variant, path)
            return variant
        if "managed_instance_scaling" in variant:
            self._problem(
                f"{path}.managed_instance_scaling",
                "is only for endpoints of inference components, and this variant runs a model of its own: "
                f"leave it out and scale with {PREFIX}autoscaling_config",
            )
        self._model_of(variant, path)
        return variant

    def _check_host(self, variant: Mapping[str, Any], path: str) -> None:
        """A variant that hosts components has instances and no model."""
        for name, why in (
            ("model_name", "the components bring their models"),
            ("containers", "the components bring their models"),
            ("serverless_config", "components need instances"),
            (
                "autoscaling_config",
                "SageMaker scales the instances (managed_instance_scaling), and each component its copies",
            ),
        ):
            if name in variant:
                self._problem(f"{path}.{name}", f"excludes {PREFIX}inference_components: {why}")

    def _model_of(self, variant: Dict[str, Any], path: str) -> None:
        own = "containers" in variant
        containers = variant.pop("containers", None) if own else self.input["containers"]
        if "model_name" in variant:
            if containers and own:
                self._problem(path, "model_name and containers exclude each other: keep one of them")
            return
        place = f"{path}.containers" if own else "containers"
        if not containers:
            self._problem(
                place,
                f"no container is given, and a model needs one: give 1 to {MAX_CONTAINERS} containers, "
                "each with image_uri or model_package_name"
                + ("" if own else f", or the name of an existing model in {PREFIX}{path}.model_name"),
            )
            return
        variant["model"] = self._models.add(containers, place, variant["variant_name"], "variants")

    # Inference components

    def _components(self, production: List[Dict[str, Any]]) -> List[Dict[str, Any]]:
        """The components with what is filled in, their paths, and the indices of their models; bases first."""
        listed = self.input["inference_components"] or []
        if listed:
            self._check_endpoint_of_components()
        # Names are the same to SageMaker however they are spelt.
        names = Counter(component["name"].lower() for component in listed)
        adapters = {one["name"].lower() for one in listed if component_rules.base_of(one)}
        found = []
        for index, given in enumerate(listed):
            path = f"inference_components[{index}]"
            if names[given["name"].lower()] > 1:
                self._problem(f"{path}.name", f"{given['name']} is taken: give each its own, not only in its case")
            base = component_rules.base_of(given)
            if base and base.lower() in adapters:
                self._problem(path, f"its base {base} is an adapter itself: name a component with resources of its own")
            found.append(self._component(given, path, [variant["variant_name"] for variant in production]))
        return sorted(found, key=lambda component: component_rules.base_of(component) is not None)

    def _check_endpoint_of_components(self) -> None:
        for name, why in (
            ("containers", "give each component its own containers, or the name of a model"),
            ("shadow_production_variants", "a shadow variant runs a model of its own"),
            ("async_inference_config", "components answer at once"),
            ("autoscaling_config", "it holds for variants that run a model: give each component its own"),
            ("inference_execution_config", "it is for the containers of one model"),
        ):
            if self.input[name]:
                self._problem(name, f"excludes {PREFIX}inference_components: {why}")

    def _component(self, given: Mapping[str, Any], path: str, variants: List[str]) -> Dict[str, Any]:
        component = {**given, "path": path}
        adapter = component_rules.base_of(component) is not None
        if not adapter and len(variants) == 1:
            component.setdefault("variant_name", variants[0])
        if not adapter and component.get("variant_name") not in variants:
            self._problem(f"{path}.variant_name", f"must be one of the production variants: {', '.join(variants)}")
        kinds = [kind for kind in ("specification", "specifications") if kind in component]
        if len(kinds) != 1:
            self._problem(path, "needs specification or specifications" + (", not both" if kinds else ""))
            return component
        containers = component.pop("containers", None)
        if containers:
            self._check_own_containers(component, path)
            component["model"] = self._models.add(containers, f"{path}.containers", component["name"], "components")
        # The model's name, which its content makes, takes the place of an image here.
        filled = _api_component(component, [None] * component.get("model", 0) + ["-"])
        self._given.problems.extend(within(f"{PREFIX}{path}", component_rules.problems(filled)))
        return component

    def _check_own_containers(self, component: Mapping[str, Any], path: str) -> None:
        for specification in component_rules.specifications(component):
            for excluded in ("model_name", "base_inference_component_name"):
                if excluded in specification:
                    self._problem(path, f"specification.{excluded} and containers exclude each other: keep one of them")
            if "image" in specification.get("container", {}):
                self._problem(path, "specification.container.image and containers exclude each other: keep one of them")

    def _make_room_for_zero(self, production: List[Dict[str, Any]], components: List[Dict[str, Any]]) -> None:
        """Let SageMaker take away the instances of components that may all be gone, and start them again."""
        for variant in production:
            configs = [
                component["autoscaling_config"]
                for component in components
                if component.get("variant_name") == variant["variant_name"] and "autoscaling_config" in component
            ]
            if not any(config.get("scale_to_zero") for config in configs):
                continue
            scaling = variant.get("managed_instance_scaling", {})
            place = f"{variant['path']}.managed_instance_scaling"
            if scaling.get("status", "ENABLED") != "ENABLED":
                self._problem(f"{place}.status", "must be ENABLED for components with scale_to_zero")
            if scaling.get("min_instance_count", 0) > 0:
                self._problem(
                    f"{place}.min_instance_count", "must be 0, or left out, for components with scale_to_zero"
                )
            # No copy needs more than an instance of its own.
            most = max(variant["initial_instance_count"], sum(config["max_capacity"] for config in configs))
            variant["managed_instance_scaling"] = {
                "status": "ENABLED",
                "min_instance_count": 0,
                "max_instance_count": most,
                **scaling,
            }

    # Rules across variants and models

    def _check_serverless(self, variant: Mapping[str, Any], path: str) -> None:
        config = variant["serverless_config"]
        place = f"{path}.serverless_config"
        if "initial_instance_count" in variant:
            self._problem(
                f"{path}.initial_instance_count", "is for instances, and serverless_config has none: leave it out"
            )
        if config["memory_size_in_mb"] % 1024:
            self._problem(f"{place}.memory_size_in_mb", "must be 1024, 2048, 3072, 4096, 5120 or 6144")
        if config.get("provisioned_concurrency", 0) > config["max_concurrency"]:
            self._problem(f"{place}.provisioned_concurrency", "must not be more than max_concurrency")

    def _check_variants(self, production: List[Dict[str, Any]], shadow: List[Dict[str, Any]]) -> None:
        names = Counter(variant["variant_name"] for variant in production + shadow)
        for variant in production + shadow:
            if names[variant["variant_name"]] > 1:
                self._problem(
                    f"{variant['path']}.variant_name", f"{variant['variant_name']} is taken: give each its own"
                )
        if shadow and (len(production), len(shadow)) != (1, 1):
            self._problem(
                "shadow_production_variants",
                f"a shadow needs exactly one production variant and one shadow variant, "
                f"not {len(production)} and {len(shadow)}",
            )
        serverless = [variant for variant in production + shadow if "serverless_config" in variant]
        if serverless:
            self._check_beside_serverless(serverless, len(production) + len(shadow))

    def _check_beside_serverless(self, serverless: List[Dict[str, Any]], variants: int) -> None:
        place = f"{serverless[0]['path']}.serverless_config"
        if variants > 1:
            self._problem(place, f"a serverless variant must be the only variant, and there are {variants}")
        for name in ("vpc_config", "async_inference_config", "data_capture_config"):
            if self.input[name]:
                self._problem(place, f"AWS has no serverless endpoints with {PREFIX}{name}: leave out one of both")
        if self.input["enable_network_isolation"]:
            self._problem(
                place, f"AWS has no serverless endpoints with {PREFIX}enable_network_isolation: leave out one of both"
            )
        for variant in serverless:
            model = self.models[variant["model"]] if "model" in variant else {}
            container = model.get("primary_container", {})
            for excluded, is_used in (
                ("several containers", "containers" in model),
                ("mode MultiModel", container.get("mode") == "MultiModel"),
                ("model_data_source (use model_data_url)", "model_data_source" in container),
            ):
                if is_used:
                    self._problem(model["path"], f"AWS has no serverless endpoints with {excluded}")

    def _check_models(self) -> None:
        if self.input["inference_execution_config"] and not any("containers" in model for model in self.models):
            self._problem("inference_execution_config", "is for models of several containers: leave it out")
        if self.input["vpc_config"]:
            for name, most in (("security_group_ids", 5), ("subnets", 16)):
                if not 1 <= len(self.input["vpc_config"][name]) <= most:
                    self._problem(
                        f"vpc_config.{name}", f"1 to {most} of them, not {len(self.input['vpc_config'][name])}"
                    )

    # Autoscaling

    def _autoscaling(
        self, production: List[Dict[str, Any]], shadow: List[Dict[str, Any]], components: List[Dict[str, Any]]
    ) -> List[Dict[str, Any]]:
        common = self.input["autoscaling_config"]
        # Beside variants on instances one without any is left out; alone it is what is meant.
        instances = [variant["path"] for variant in production if "serverless_config" not in variant]
        shared = instances or [variant["path"] for variant in production]
        targets: List[Dict[str, Any]] = []

        def add(target: Dict[str, Any], config: Mapping[str, Any], path: str, owner: str) -> None:
            self._places.update(variable_paths.of_target(len(targets), target, config, path, owner))
            targets.append(target)

        for variant in production + shadow:
            own = variant.get("autoscaling_config")
            config, path = (own, f"{variant['path']}.autoscaling_config") if own else (common, "autoscaling_config")
            if own or (common and variant["path"] in shared):
                add(role_scaling.of_variant(self._given, variant, config, path), config, path, variant["path"])
        for component in components:
            if "autoscaling_config" in component:
                config, path = component["autoscaling_config"], component["path"]
                target = role_scaling.of_component(self._given, component, path)
                add(target, config, f"{path}.autoscaling_config", path)
        return targets

    def _check_waiting(self, components: List[Dict[str, Any]]) -> None:
        for needed, why in (
            (components, "inference_components: they are made once the endpoint is in service"),
            (self.input["smoke_test"], "smoke_test: it asks what serves after the rollout"),
        ):
            if needed and not self.input["wait"]:
                self._problem("wait", f"must be true with {why}")


def _without_environment(model: Mapping[str, Any]) -> Dict[str, Any]:
    """A model's options less what no permission depends on, and least of all the secrets."""

    def bare(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {
                key: bare(item)
                for key, item in value.items()
                if key not in ("environment", "path", "variants", "components")
            }
        return [bare(item) for item in value] if isinstance(value, list) else value

    return bare(model)


def _api_variant(variant: Mapping[str, Any], model_names: List[Optional[str]]) -> Dict[str, Any]:
    """A variant in the API's shape, with the name of its model if that is known."""
    result = {name: value for name, value in variant.items() if name not in ("path", "model", "autoscaling_config")}
    model = _name_of_model(variant, model_names)
    return {**result, "model_name": model} if model else result


def _api_component(component: Mapping[str, Any], model_names: List[Optional[str]]) -> Dict[str, Any]:
    """A component as options of its module, with the name of its model if that is known."""
    result = {name: value for name, value in component.items() if name not in ("path", "model", "autoscaling_config")}
    model = _name_of_model(component, model_names)
    return component_rules.with_model(result, model) if model else result


def _name_of_model(user: Mapping[str, Any], model_names: List[Optional[str]]) -> Optional[str]:
    """The name of the model that a variant or component runs, None if it is not the role's or not known yet."""
    return model_names[user["model"]] if "model" in user and user["model"] < len(model_names) else None
