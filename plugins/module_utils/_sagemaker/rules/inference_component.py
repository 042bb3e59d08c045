# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the calls for inference components beyond the shape of their members. Pure."""

from __future__ import annotations

from typing import Any
from typing import Dict
from typing import Iterator
from typing import List
from typing import Optional
from typing import Set

from ..core.problems import ENTRIES
from ..core.problems import Problem
from ..core.problems import out_of_range
from ..core.types import Options
from . import publish_frequency
from .images import ECR_IMAGE

MOST_VARIABLES = 16


def specifications(component: Options) -> List[Options]:
    """Return the specifications in a component's options, one or several."""
    single = component.get("specification")
    return [*([single] if single else []), *(component.get("specifications") or [])]


def base_of(component: Options) -> Optional[str]:
    """Return the base that a component's options name, None if it is not an adapter."""
    named = (one.get("base_inference_component_name") for one in specifications(component))
    return next((base for base in named if base), None)


def is_adapter(specification: Options) -> bool:
    return "base_inference_component_name" in specification


def environment_keys(component: Options) -> Set[str]:
    """Return the keys of the environments of a component's own containers."""
    containers = [one.get("container") or {} for one in specifications(component)]
    return {str(key) for container in containers for key in container.get("environment") or {}}


def with_model(component: Options, name: str) -> Dict[str, Any]:
    """Return a component's options with this model in each of its specifications."""
    if component.get("specification"):
        return {**component, "specification": {**component["specification"], "model_name": name}}
    return {**component, "specifications": [{**one, "model_name": name} for one in specifications(component)]}


def creation_rules(component: Options) -> Iterator[Problem]:
    """Yield the problems of creating a component with these options. An update with them would be possible."""
    copies = (component.get("runtime_config") or {}).get("copy_count")
    if copies is not None and copies <= 0:
        yield Problem(
            "runtime_config.copy_count",
            f"SageMaker does not create a component without copies, got {copies}. Create it with 1 or more; once it exists, 0 is allowed.",
        )


def problems(request: Options) -> List[Problem]:
    """Return the problems of a create or update request beyond the shape of its members."""
    return list(_rules(request))


def _rules(request: Options) -> Iterator[Problem]:
    given = specifications(request)
    kinds = [one.get("instance_type") for one in given]
    for index, one in enumerate(given):
        path = "specification" if "specification" in request else f"specifications[{index}]"
        if len(given) > 1 and "instance_type" not in one:
            yield Problem(
                f"{path}.instance_type",
                "is required, because each of several specifications needs the instance type that it is for.",
            )
        elif kinds.index(one.get("instance_type")) < index:
            yield Problem(
                f"{path}.instance_type",
                f"{one['instance_type']} is used more than once. Give one specification for each type.",
            )
        yield from _adapter_rules(path, one) if is_adapter(one) else _own_rules(path, one)
        yield from publish_frequency.of_container(f"{path}.container", one.get("container", {}))
        variables = one.get("container", {}).get("environment", {})
        wrong = out_of_range(len(variables), None, MOST_VARIABLES, ENTRIES)
        if wrong:
            yield Problem(f"{path}.container.environment", wrong)
    if base_of(request) and "variant_name" in request:
        yield Problem(
            "variant_name",
            "an adapter runs on the variant of its base, so variant_name and base_inference_component_name are "
            "mutually exclusive. Leave variant_name out.",
        )


def _adapter_rules(path: str, specification: Options) -> Iterator[Problem]:
    if "compute_resource_requirements" in specification:
        yield Problem(
            f"{path}.compute_resource_requirements",
            "an adapter uses the resources of its base, so this option and "
            "base_inference_component_name are mutually exclusive. Leave it out.",
        )
    if "artifact_url" not in specification.get("container", {}):
        yield Problem(
            f"{path}.container.artifact_url", "is required for an adapter, as the location of its model data."
        )


def _own_rules(path: str, specification: Options) -> Iterator[Problem]:
    image = specification.get("container", {}).get("image")
    if image and not ECR_IMAGE.match(image):
        yield Problem(
            f"{path}.container.image",
            f"{image} is not in Amazon ECR, and a component supports only images in Amazon ECR.",
        )
    if "model_name" in specification and image:
        yield Problem(
            path, "model_name and container.image are mutually exclusive, because the model defines its image."
        )
    elif "model_name" not in specification and not image:
        yield Problem(path, "give model_name or container.image, or for an adapter base_inference_component_name.")
    compute = specification.get("compute_resource_requirements")
    if compute is None:
        yield Problem(f"{path}.compute_resource_requirements", "this option is required, except for an adapter.")
        return
    low, high = compute["min_memory_required_in_mb"], compute.get("max_memory_required_in_mb")
    if high is not None and low > high:
        yield Problem(
            f"{path}.compute_resource_requirements.min_memory_required_in_mb", f"{low} is above the maximum of {high}."
        )
    if "accelerator_partition_type" in compute and compute.get("number_of_accelerator_devices_required") != 1:
        yield Problem(
            f"{path}.compute_resource_requirements.number_of_accelerator_devices_required",
            "must be 1 with accelerator_partition_type.",
        )
