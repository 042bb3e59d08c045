# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The subject of a preflight: the parts of a deploy with their variables. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from typing import Dict
from typing import Iterator
from typing import List
from typing import Mapping
from typing import Optional
from typing import Tuple

from ..core import variable_paths
from ..core.problems import Problem
from ..core.types import Options
from ..deploy import steps as deploy_steps
from ..iam.policy import Place
from ..rules import inference_component as component_rules
from ..rules import model as model_rules
from ..rules import variants as variant_rules


@dataclass(frozen=True)
class Part:
    """A part of the deploy. variable: its variable; options: the options of its module."""

    variable: str
    options: Options


@dataclass(frozen=True)
class Container(Part):
    """A container. hosts: the variants that it runs on; path: its path in the options; places: see
    core.variable_paths."""

    hosts: Tuple[Part, ...]
    path: str
    places: variable_paths.Places

    def place(self, option: str) -> str:
        """Return the variable that an option of the container comes from."""
        return _variable(f"{self.path}.{option}", self.places)


class Deploy:
    """A deploy. inputs: the result of deploy.inputs.resolve; planned: the result of planning.plan_info, None without a
    plan."""

    def __init__(self, inputs: Mapping[str, Any], place: Place, planned: Optional[Mapping[str, Any]] = None) -> None:
        self.inputs = inputs
        self.place = place
        self.planned = planned
        self.name: str = inputs["name"]
        self.config: Options = inputs["endpoint_config"]
        self.variants = [Part(self.variable(f"endpoint_config.{path}"), options) for path, options in self._variants()]
        self.containers = [*self._model_containers(), *self._component_containers()]

    def variable(self, path: str) -> str:
        """Return the variable that an option of the deploy comes from."""
        return _variable(path, self.inputs["places"])

    # The live state, and its changes

    @property
    def serving(self) -> Mapping[str, Any]:
        """Return the live state, empty if nothing serves or if it is unknown."""
        return self.planned["current"]["serving"] if self.planned else {}

    @property
    def exists(self) -> bool:
        """Return whether the endpoint exists."""
        return bool(self.serving.get("endpoint_arn"))

    @property
    def calls(self) -> List[Tuple[str, str, str]]:
        """Return the calls of the plan, as (part, name, operation)."""
        steps = self.planned["steps"] if self.planned else []
        return [(one["part"], one["name"], call) for one in steps for call in one["plan"]["calls"]]

    @property
    def updates(self) -> bool:
        """Return whether the update starts a second fleet."""
        return (deploy_steps.ENDPOINT, self.name, "UpdateEndpoint") in self.calls

    @property
    def creates(self) -> bool:
        """Return whether the endpoint will be created, True without a plan."""
        return self.planned is None or any(call == "CreateEndpoint" for _part, _name, call in self.calls)

    # Its parts

    def _variants(self) -> Iterator[Tuple[str, Options]]:
        for option in variant_rules.LISTS:
            for index, variant in enumerate(self.config.get(option) or []):
                yield f"{option}[{index}]", variant

    def _hosts(self, names: List[str]) -> Tuple[Part, ...]:
        return tuple(one for one in self.variants if one.options["variant_name"] in names)

    def _model_containers(self) -> Iterator[Container]:
        variant_of = {one["name"]: one.get("variant_name") for one in self.inputs["inference_components"]}
        for index, model in enumerate(self.inputs["models"]):
            names = [*model["variants"], *(variant_of[name] for name in model["components"])]
            for option, container in model_rules.containers_of(model).items():
                yield self._container(f"models[{index}].{option}", container, names)

    def _component_containers(self) -> Iterator[Container]:
        for index, component in enumerate(self.inputs["inference_components"]):
            single = "specification" in component
            for number, one in enumerate(component_rules.specifications(component)):
                if one.get("container"):
                    inner = "specification" if single else f"specifications[{number}]"
                    path = f"inference_components[{index}].{inner}.container"
                    yield self._container(path, one["container"], [component.get("variant_name")])

    def _container(self, path: str, options: Options, names: List[Any]) -> Container:
        return Container(self.variable(path), options, self._hosts(names), path, self.inputs["places"])

    @property
    def keys(self) -> Dict[str, str]:
        """Return the KMS keys by the variables that name them."""
        config = self.config
        output = (config.get("async_inference_config") or {}).get("output_config") or {}
        found = {
            "kms_key_id": config.get("kms_key_id"),
            "async_inference_config.output_config.kms_key_id": output.get("kms_key_id"),
            "data_capture_config.kms_key_id": (config.get("data_capture_config") or {}).get("kms_key_id"),
        }
        named = {self.variable(f"endpoint_config.{path}"): key for path, key in found.items() if key}
        dumps = {one.variable: one.options.get("core_dump_config") or {} for one in self.variants}
        named.update({f"{path}.core_dump_config.kms_key_id": one.get("kms_key_id") for path, one in dumps.items()})
        return {variable: key for variable, key in named.items() if key}

    @property
    def alarms(self) -> Dict[str, str]:
        """Return the alarms that roll a deployment back, by the variables that name them."""
        named = {"deployment_config": self.inputs.get("deployment_config")}
        for index, component in enumerate(self.inputs["inference_components"]):
            named[f"inference_components[{index}].deployment_config"] = component.get("deployment_config")
        return {
            self.variable(f"{path}.auto_rollback_configuration.alarms[{number}].alarm_name"): alarm["alarm_name"]
            for path, config in named.items()
            for number, alarm in enumerate(
                ((config or {}).get("auto_rollback_configuration") or {}).get("alarms") or []
            )
        }


def _variable(path: str, places: variable_paths.Places) -> str:
    return variable_paths.in_variables([Problem(path, "")], places)[0].path


def data_sources(container: Container) -> Iterator[Tuple[str, Options]]:
    """Yield the S3 data sources of a container with the paths of their options."""
    source = (container.options.get("model_data_source") or {}).get("s3_data_source")
    if source:
        yield "model_data_source.s3_data_source", source
    for index, one in enumerate(container.options.get("additional_model_data_sources") or []):
        if one.get("s3_data_source"):
            yield f"additional_model_data_sources[{index}].s3_data_source", one["s3_data_source"]
