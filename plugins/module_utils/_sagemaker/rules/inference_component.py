# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the calls of inference components refuse beyond the shape of their members. Pure."""

from __future__ import annotations

from typing import Iterator
from typing import List
from typing import Optional

from ..core.types import Api
from . import metrics as metrics_rules
from .images import ECR_IMAGE

MOST_VARIABLES = 16


def specifications(holder: Api) -> List[Api]:
    """The specifications of a request or a description, be it one or several."""
    return [holder["Specification"]] if "Specification" in holder else list(holder.get("Specifications", []))


def base_of(holder: Api) -> Optional[str]:
    """The base component that a request or a description names; None where it is no adapter."""
    return next((one["BaseInferenceComponentName"] for one in specifications(holder) if is_adapter(one)), None)


def is_adapter(specification: Api) -> bool:
    return "BaseInferenceComponentName" in specification


def problems(request: Api) -> List[str]:
    """What the service refuses in a create or update request beyond the shape of its members."""
    return list(_rules(request))


def _rules(request: Api) -> Iterator[str]:
    given = specifications(request)
    kinds = [one.get("InstanceType") for one in given]
    for index, one in enumerate(given):
        path = "specification" if "Specification" in request else f"specifications[{index}]"
        if len(given) > 1 and "InstanceType" not in one:
            yield f"{path}.instance_type: with several specifications each needs the instance type that it is for."
        elif kinds.index(one.get("InstanceType")) < index:
            yield f"{path}.instance_type: {one['InstanceType']} is used more than once; one specification holds for a type."
        yield from _adapter_rules(path, one) if is_adapter(one) else _own_rules(path, one)
        yield from metrics_rules.container_rules(f"{path}.container", one.get("Container", {}))
        variables = one.get("Container", {}).get("Environment", {})
        if len(variables) > MOST_VARIABLES:
            yield f"{path}.container.environment: {len(variables)} entries are too many, the limit is {MOST_VARIABLES}."
    if base_of(request) and "VariantName" in request:
        yield (
            "variant_name: an adapter is hosted where its base is, so variant_name and base_inference_component_name exclude "
            "each other. Leave variant_name out."
        )


def _adapter_rules(path: str, specification: Api) -> Iterator[str]:
    if "ComputeResourceRequirements" in specification:
        yield (
            f"{path}.compute_resource_requirements: an adapter uses the resources of its base, so it and "
            "base_inference_component_name exclude each other. Leave it out."
        )
    if "ArtifactUrl" not in specification.get("Container", {}):
        yield f"{path}.container.artifact_url: an adapter needs it; it says where the adapter's model data is."


def _own_rules(path: str, specification: Api) -> Iterator[str]:
    image = specification.get("Container", {}).get("Image")
    if image and not ECR_IMAGE.match(image):
        yield f"{path}.container.image: {image} is not in Amazon ECR, and a component takes no image from elsewhere."
    if "ModelName" in specification and image:
        yield f"{path}: model_name and container.image exclude each other; the model brings its image."
    elif "ModelName" not in specification and not image:
        yield f"{path}: give model_name, or container.image; or base_inference_component_name, for an adapter."
    compute = specification.get("ComputeResourceRequirements")
    if compute is None:
        yield f"{path}.compute_resource_requirements: this option is required, except for an adapter."
        return
    low, high = compute["MinMemoryRequiredInMb"], compute.get("MaxMemoryRequiredInMb")
    if high is not None and low > high:
        yield f"{path}.compute_resource_requirements.min_memory_required_in_mb: {low} is above the maximum of {high}."
    if "AcceleratorPartitionType" in compute and compute.get("NumberOfAcceleratorDevicesRequired") != 1:
        yield (
            f"{path}.compute_resource_requirements.number_of_accelerator_devices_required: with accelerator_partition_type it "
            "has to be 1."
        )
