# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What CreateModel refuses beyond the shape of its members. Pure."""

from __future__ import annotations

from typing import Dict
from typing import Iterator
from typing import List
from typing import Optional

from ..core.types import Api
from . import metrics as metrics_rules
from .images import ECR_IMAGE

MULTI_MODEL = "MultiModel"


DIRECT = "Direct"


# Bytes of the environments of all containers: 32 KB.
MOST_ENVIRONMENT = 32768


def problems(request: Api) -> List[str]:
    """What the service refuses in a CreateModel request beyond the shape of its members."""
    return list(_rules(request))


def _rules(request: Api) -> Iterator[str]:
    containers = containers_of(request)
    mode = request.get("InferenceExecutionConfig", {}).get("Mode")
    if not containers:
        yield "primary_container or containers: a model needs at least one container; give image or model_package_name."
    yield from _hostname_rules(list(containers.values()), mode)
    yield from _environment_rules(list(containers.values()))
    for path, container in containers.items():
        yield from _container_rules(path, container, "VpcConfig" in request)
        yield from metrics_rules.container_rules(path, container)
    # AWS's guide, under "multi-model endpoints".
    many = [path for path, container in containers.items() if container.get("Mode") == MULTI_MODEL]
    for path in many[1:] if mode != DIRECT else ():
        yield f"{path}.mode: only one container of a serial pipeline can have the mode {MULTI_MODEL}, and {many[0]} has it."


def containers_of(model: Api) -> Dict[str, Api]:
    """{path of the option: container} of a request or a description."""
    if "PrimaryContainer" in model:
        return {"primary_container": model["PrimaryContainer"]}
    return {f"containers[{index}]": container for index, container in enumerate(model.get("Containers", []))}


def _hostname_rules(containers: List[Api], mode: Optional[str]) -> Iterator[str]:
    names = [container["ContainerHostname"] for container in containers if "ContainerHostname" in container]
    if names and len(names) < len(containers):
        yield "containers: if one container has a container_hostname, all must have one."
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        yield f"containers: each needs a container_hostname of its own, and {', '.join(twice)} is used more than once."
    # AWS's guide, under "multi-container endpoints".
    if mode != DIRECT:
        return
    if len(containers) == 1:
        yield f"inference_execution_config.mode: {DIRECT} chooses among several containers, and the model has one."
    elif containers and not names:
        yield (
            f"inference_execution_config.mode: {DIRECT} chooses a container by its container_hostname: give one to each of "
            "containers."
        )


def _environment_rules(containers: List[Api]) -> Iterator[str]:
    """The service counts the variables of all containers together. The message tells none of them: they may be secret."""
    size = sum(
        len(text.encode())
        for container in containers
        for variable in container.get("Environment", {}).items()
        for text in variable
    )
    if size > MOST_ENVIRONMENT:
        yield (
            f"environment: the names and values of all containers together have {size} bytes, and the limit is "
            f"{MOST_ENVIRONMENT}. Put what is long into a file of the model data."
        )


def _container_rules(path: str, container: Api, in_vpc: bool) -> Iterator[str]:
    if "Image" not in container and "ModelPackageName" not in container:
        yield f"{path}: give image, or model_package_name."
    if "ModelPackageName" in container:
        for member, option in {"Image": "image", "ModelDataUrl": "model_data_url"}.items():
            if member in container:
                yield f"{path}: model_package_name and {option} exclude each other; the package brings both."
    if "ModelDataUrl" in container and "ModelDataSource" in container:
        yield f"{path}: model_data_url and model_data_source exclude each other; give one of them."
    if container.get("Mode") == MULTI_MODEL:
        yield from _multi_model_rules(path, container)
    yield from _registry_rules(path, container, in_vpc)
    source = container.get("ModelDataSource", {}).get("S3DataSource", {})
    yield from _source_rules(f"{path}.model_data_source.s3_data_source", source)
    for index, channel in enumerate(container.get("AdditionalModelDataSources", [])):
        yield from _source_rules(
            f"{path}.additional_model_data_sources[{index}].s3_data_source", channel["S3DataSource"]
        )


def _multi_model_rules(path: str, container: Api) -> Iterator[str]:
    if "ModelDataSource" in container:
        yield (
            f"{path}: mode {MULTI_MODEL} and model_data_source exclude each other; give the prefix of the models' archives as "
            "model_data_url."
        )
    elif "ModelDataUrl" not in container and "ModelPackageName" not in container:
        yield f"{path}.model_data_url: mode {MULTI_MODEL} needs it, as the prefix that the models' archives are under."


def _registry_rules(path: str, container: Api, in_vpc: bool) -> Iterator[str]:
    image_config = container.get("ImageConfig", {})
    private = image_config.get("RepositoryAccessMode") == "Vpc"
    if private and not in_vpc:
        yield f"{path}.image_config.repository_access_mode: Vpc needs a vpc_config through which the registry is reached."
    if "RepositoryAuthConfig" in image_config and not private:
        yield f"{path}.image_config.repository_auth_config: credentials are used only with repository_access_mode Vpc."
    if "Image" in container and not private and not ECR_IMAGE.match(container["Image"]):
        yield (
            f"{path}.image: {container['Image']} is not in Amazon ECR, and another registry needs "
            "image_config.repository_access_mode Vpc, and a vpc_config through which it is reached. Images of public "
            "registries have to be copied."
        )


def _source_rules(path: str, source: Api) -> Iterator[str]:
    if source.get("S3DataType") == "S3Prefix" and not source["S3Uri"].endswith("/"):
        yield f"{path}.s3_uri: with s3_data_type S3Prefix the URI must end in a slash: {source['S3Uri']}/"
    if source.get("S3DataType") == "S3Object" and source["S3Uri"].endswith("/"):
        yield (
            f"{path}.s3_uri: with s3_data_type S3Object the URI names one object, and {source['S3Uri']} ends in a slash. Give "
            "the object, or s3_data_type S3Prefix."
        )


def region_rules(request: Api, region: str) -> Iterator[str]:
    """By the service model, images in Amazon ECR have to be in the region of the model."""
    for path, container in containers_of(request).items():
        image = ECR_IMAGE.match(container.get("Image", ""))
        private = container.get("ImageConfig", {}).get("RepositoryAccessMode") == "Vpc"
        if image and image["region"] != region and not private:
            yield (
                f"{path}.image: it is in {image['region']}, but the model is made in {region} (region), and SageMaker pulls "
                "images of its own region only. Use the image of that region, or copy it there."
            )
