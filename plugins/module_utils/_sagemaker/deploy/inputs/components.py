# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inference components from the role's variables, with defaults. Pure."""

from __future__ import annotations

from collections import Counter
from typing import Any
from typing import Dict
from typing import List
from typing import Mapping

from ...core.variable_paths import PREFIX
from ...rules import inference_component as component_rules
from .models import Models
from .variables import Given
from .variants import Variant

Component = Dict[str, Any]

# Variables that are not allowed with inference components.
_NOT_BESIDE = {
    "containers": "give each component its own containers, or the name of a model",
    "shadow_production_variants": "a shadow variant runs a separate model",
    "async_inference_config": "components answer in real time",
    "autoscaling_config": "it holds for variants that run a model: give each component its own",
    "inference_execution_config": "it is for the containers of one model",
}


class Components:
    """The components, bases first, each with its C(path) and, if the role creates its model, the index of the model in
    C(model)."""

    def __init__(self, given: Given, models: Models, hosts: List[Variant]) -> None:
        """hosts: the production variants."""
        self._given = given
        self._models = models
        self._hosts = hosts
        listed = given.input["inference_components"] or []
        for option, why in _NOT_BESIDE.items():
            if listed and given.input[option]:
                given.problem(option, f"excludes {PREFIX}inference_components: {why}")
        self._check_names(listed)
        made = [self._component(one, f"inference_components[{index}]") for index, one in enumerate(listed)]
        self.listed = sorted(made, key=lambda component: component_rules.base_of(component) is not None)

    def _check_names(self, listed: List[Mapping[str, Any]]) -> None:
        # SageMaker compares names case-insensitively.
        names = Counter(component["name"].lower() for component in listed)
        adapters = {one["name"].lower() for one in listed if component_rules.base_of(one)}
        for index, given in enumerate(listed):
            path, base = f"inference_components[{index}]", component_rules.base_of(given)
            if names[given["name"].lower()] > 1:
                self._given.problem(
                    f"{path}.name", f"{given['name']} is taken: give each its own, not only in its case"
                )
            if base and base.lower() in adapters:
                self._given.problem(
                    path, f"its base {base} is itself an adapter: name a component that is not an adapter"
                )

    def _component(self, given: Mapping[str, Any], path: str) -> Component:
        component = {**given, "path": path}
        variants = [variant["variant_name"] for variant in self._hosts]
        adapter = component_rules.base_of(component) is not None
        if not adapter and len(variants) == 1:
            component.setdefault("variant_name", variants[0])
        if not adapter and component.get("variant_name") not in variants:
            self._given.problem(
                f"{path}.variant_name", f"must be one of the production variants: {', '.join(variants)}"
            )
        kinds = [kind for kind in ("specification", "specifications") if kind in component]
        if len(kinds) != 1:
            self._given.problem(path, "needs specification or specifications" + (", not both" if kinds else ""))
            return component
        containers = component.pop("containers", None)
        if containers:
            self._check_own_containers(component, path)
            component["model"] = self._models.add(containers, f"{path}.containers", component["name"], "components")
        return component

    def _check_own_containers(self, component: Component, path: str) -> None:
        for specification in component_rules.specifications(component):
            image = "image" in specification.get("container", {})
            excluded = [
                option for option in ("model_name", "base_inference_component_name") if option in specification
            ] + (["container.image"] if image else [])
            for option in excluded:
                self._given.problem(
                    path, f"specification.{option} and containers are mutually exclusive: keep one of them"
                )

    def make_room_for_zero(self) -> None:
        """Let SageMaker stop all instances of components that may scale to zero, and start them again."""
        for variant in self._hosts:
            configs = [
                component["autoscaling_config"]
                for component in self.listed
                if component.get("variant_name") == variant["variant_name"] and "autoscaling_config" in component
            ]
            if any(config.get("scale_to_zero") for config in configs):
                self._make_room_on(variant, configs)

    def _make_room_on(self, variant: Variant, configs: List[Mapping[str, Any]]) -> None:
        scaling = variant.get("managed_instance_scaling", {})
        place = f"{variant['path']}.managed_instance_scaling"
        if scaling.get("status", "ENABLED") != "ENABLED":
            self._given.problem(f"{place}.status", "must be ENABLED for components with scale_to_zero")
        if scaling.get("min_instance_count", 0) > 0:
            self._given.problem(
                f"{place}.min_instance_count", "must be 0, or left out, for components with scale_to_zero"
            )
        # A copy never needs more than one instance.
        most = max(variant["initial_instance_count"], sum(config["max_capacity"] for config in configs))
        variant["managed_instance_scaling"] = {
            "status": "ENABLED",
            "min_instance_count": 0,
            "max_instance_count": most,
            **scaling,
        }
