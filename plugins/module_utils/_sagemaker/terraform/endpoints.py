# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The endpoints of a Terraform project, each with the variables that describe it. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import Dict
from typing import Iterator
from typing import List
from typing import Mapping
from typing import Optional
from typing import Sequence

from . import scaling
from . import sensitive
from . import variables
from .document import ENDPOINT_TYPES
from .document import Document
from .document import DocumentError
from .document import Resource
from .scaling import region_of

_CONFIG = "aws_sagemaker_endpoint_configuration"
_MODEL = "aws_sagemaker_model"
# Outputs of the Terraform module, and how root modules usually name theirs.
_NAME_OUTPUT = "sagemaker_endpoint_name"
_NAME_OUTPUTS = re.compile(r"(.*_)?endpoint_names?")
ONLY_NAMES = "The outputs of Terraform hold no more than the name. For the variables and the plan, give the output of terraform show -json."


@dataclass(frozen=True)
class Endpoint:
    """An endpoint of a project. address: of its resource, or of the output that names it; region: empty if Terraform does not tell it;
    variables: without their prefix, with sensitive values marked; complete: whether they describe the endpoint; addresses: of all resources that
    belong to it."""

    address: str
    name: str
    region: str
    variables: Dict[str, Any]
    complete: bool = True
    notes: List[str] = field(default_factory=list)
    addresses: List[str] = field(default_factory=list)

    @property
    def secret_environment(self) -> List[str]:
        return sorted(sensitive.environment_keys(self.variables))


def listed(document: Document) -> List[Endpoint]:
    """Return the endpoints. Raises DocumentError if there are none."""
    try:
        return _of_names(document) if document.only_outputs else _of_resources(document.resources)
    except (AttributeError, KeyError, TypeError) as error:
        raise DocumentError(
            f"its resources have another form than those of the provider hashicorp/aws ({error!r})"
        ) from error


def _of_resources(resources: Sequence[Resource]) -> List[Endpoint]:
    return [_of_resource(one, resources) for one in resources if one.type in ENDPOINT_TYPES]


def _of_names(document: Document) -> List[Endpoint]:
    named = [*_of_outputs(document.outputs, "output")]
    if not named:
        raise DocumentError(
            f"no output names an endpoint, such as {_NAME_OUTPUT}. Give the output of terraform show -json > state.json, which needs no outputs."
        )
    return named


def _of_resource(endpoint: Resource, resources: Sequence[Resource]) -> Endpoint:
    values, region = endpoint.values, region_of(endpoint.values)
    name = str(sensitive.revealed(values.get("name") or values.get("endpoint_name")))
    if endpoint.type != ENDPOINT_TYPES[0]:
        note = f"Resources of the type {endpoint.type} are not read. Describe the endpoint with variables by hand."
        return Endpoint(endpoint.address, name, region, {"name": name}, False, [note])
    config = _named(_CONFIG, values.get("endpoint_config_name"), endpoint, resources)
    if config is None:
        named = values.get("endpoint_config_name") or "of an unknown name"
        note = f"Its endpoint configuration {named} is not among the resources."
        return Endpoint(endpoint.address, name, region, variables.of_endpoint(endpoint), False, [note])
    names = [block.get("model_name") for block in _variant_blocks(config)]
    models = {str(one): _named(_MODEL, one, config, resources) for one in names}
    known = {one: model for one, model in models.items() if model is not None}
    configs, scaled, notes = scaling.of_variants(endpoint, resources)
    described = {
        "name": name,
        "name_prefix": variables.name_prefix(name, [*known.values(), config]),
        **variables.of_config(_with_names(config), known),
        **variables.of_models(list(known.values()), resources),
        **variables.of_endpoint(endpoint),
    }
    parts = [endpoint, config, *known.values()]
    notes += variables.unread(parts) + _different(parts[2:])
    parts += [*scaled, *variables.made_role(parts[2:], resources)]
    addresses = [one.address for one in parts]
    return Endpoint(endpoint.address, name, region, _with_scaling(described, configs), True, notes, addresses)


def _variant_blocks(config: Resource) -> List[Mapping[str, Any]]:
    blocks = [
        *(config.values.get("production_variants") or ()),
        *(config.values.get("shadow_production_variants") or ()),
    ]
    return [block for block in blocks if isinstance(block, Mapping)]


def _with_names(config: Resource) -> Resource:
    """Return a configuration whose variants all name a model: a planned one has no name yet."""

    def named(value: Any) -> Any:
        return [{**block, "model_name": str(block.get("model_name"))} for block in value or ()]

    lists = {name: named(config.values.get(name)) for name in ("production_variants", "shadow_production_variants")}
    return Resource(config.address, config.module, config.type, config.name, {**config.values, **lists})


def _named(kind: str, name: Any, user: Resource, resources: Sequence[Resource]) -> Optional[Resource]:
    """Return the resource of this name in the region of its user. One that is only planned has no name: it is the only one of the module."""
    alike = [one for one in resources if one.type == kind and region_of(one.values) == region_of(user.values)]
    if name is not None:
        return next((one for one in alike if one.values.get("name") == name), None)
    same = [one for one in alike if one.module == user.module]
    return same[0] if len(same) == 1 else None


def _with_scaling(described: Dict[str, Any], configs: Mapping[str, Any]) -> Dict[str, Any]:
    """Return the variables with autoscaling: one variable for the only variant, else in each variant."""
    if not configs:
        return described
    if "production_variant" in described:
        return {**described, "autoscaling_config": next(iter(configs.values()))}
    scaled = [
        _with_config(variant, configs.get(variant.get("variant_name"))) for variant in described["production_variants"]
    ]
    return {**described, "production_variants": scaled}


def _with_config(variant: Mapping[str, Any], config: Any) -> Dict[str, Any]:
    return {**variant, **({"autoscaling_config": config} if config else {})}


def _different(models: Sequence[Resource]) -> List[str]:
    """Return a note if settings that the role has once differ between models."""
    names = ("enable_network_isolation", "vpc_config", "execution_role_arn")
    different = [
        name for name in names if any(model.values.get(name) != models[0].values.get(name) for model in models)
    ]
    if not different:
        return []
    one = f"takes that of {models[0].address}"
    return [f"The models differ in {' and '.join(different)}. The role has one for all, and {one}."]


def _of_outputs(value: Any, path: str) -> Iterator[Endpoint]:
    """Yield the endpoints that the outputs name, in any depth: an output may be a whole module, or a map of them."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _of_outputs(item, f"{path}[{index}]")
    if not isinstance(value, Mapping):
        return
    for key, item in value.items():
        inner = f"{path}.{key}"
        if _NAME_OUTPUTS.fullmatch(key):
            yield from (_of_output(name, place) for name, place in _names(item, inner))
        else:
            yield from _of_outputs(item, inner)


def _names(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield value, path
    elif isinstance(value, (Mapping, list)):
        for key, item in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from _names(item, f"{path}.{key}" if isinstance(value, Mapping) else f"{path}[{key}]")


def _of_output(name: str, path: str) -> Endpoint:
    return Endpoint(path, name, "", {"name": name}, False, [ONLY_NAMES])
