# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variants from the role's variables, with defaults. Pure."""

from __future__ import annotations

from typing import Any
from typing import Dict
from typing import List
from typing import Mapping
from typing import Optional

from ...core.variable_paths import PREFIX
from ...rules import variants as variant_rules
from ...rules.variants import Kind
from .models import Models
from .variables import DEFAULT_VARIANT
from .variables import Given

Variant = Dict[str, Any]

# Of the only production variant, unless it has one.
_ONLY_NAME = DEFAULT_VARIANT["variant_name"]

# Options that are not allowed on an endpoint with inference components.
_NOT_ON_HOSTS = {
    "model_name": "the components bring their models",
    "containers": "the components bring their models",
    "serverless_config": "components need instances",
    "autoscaling_config": "SageMaker scales the instances (managed_instance_scaling), and each component its copies",
}


class Variants:
    """The variants, each with its C(path) and, if the role creates its model, the index of the model in C(model)."""

    def __init__(self, given: Given, models: Models) -> None:
        self._given = given
        self._models = models
        self.production = self._production()
        self.shadow = self._listed("shadow_production_variants")

    @property
    def all(self) -> List[Variant]:
        return self.production + self.shadow

    def kind_of(self, variant: Variant) -> Kind:
        """Return the kind of a variant, which has a model unless the endpoint hosts components."""
        return variant_rules.kind_of(
            self._given.input, variant, has_model=not self._given.input["inference_components"]
        )

    def _production(self) -> List[Variant]:
        listed = self._given.given["production_variants"]
        single = self._given.given["production_variant"]
        if not listed:
            if not single and self._given.given["inference_components"]:
                self._given.problem(
                    "production_variant", "inference components need instances: give at least instance_type"
                )
            return [self._variant(single or dict(DEFAULT_VARIANT), "production_variant", _ONLY_NAME)]
        if single and single != DEFAULT_VARIANT:
            self._given.problem(
                "production_variants", f"and {PREFIX}production_variant are mutually exclusive: keep one of them"
            )
        return self._listed("production_variants")

    def _listed(self, option: str) -> List[Variant]:
        listed = self._given.given[option] or []
        only = _ONLY_NAME if option == "production_variants" and len(listed) == 1 else None
        return [self._variant(variant, f"{option}[{index}]", only) for index, variant in enumerate(listed)]

    def _variant(self, given: Mapping[str, Any], path: str, name: Optional[str]) -> Variant:
        variant = {"variant_name": name, **given, "path": path}
        if not variant["variant_name"]:
            self._given.problem(path, "needs variant_name")
        variant = {**self.kind_of(variant).capacity, **variant}
        if self._given.input["inference_components"]:
            for option, why in _NOT_ON_HOSTS.items():
                if option in variant:
                    self._given.problem(f"{path}.{option}", f"excludes {PREFIX}inference_components: {why}")
        else:
            self._model_of(variant, path)
        return variant

    def _model_of(self, variant: Variant, path: str) -> None:
        own = "containers" in variant
        containers = variant.pop("containers", None) if own else self._given.input["containers"]
        if "model_name" in variant:
            if containers and own:
                self._given.problem(path, "model_name and containers are mutually exclusive: keep one of them")
            return
        place = f"{path}.containers" if own else "containers"
        if not containers:
            self._given.problem(
                place,
                "no container is given, and a model needs one: give 1 to 15 containers, each with image_uri or model_package_name"
                + ("" if own else f", or the name of an existing model in {PREFIX}{path}.model_name"),
            )
            return
        variant["model"] = self._models.add(containers, place, variant["variant_name"], "variants")
