# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of CreateModel beyond the shape of its members. Pure."""

from __future__ import annotations

from typing import Dict
from typing import Iterator
from typing import List
from typing import Optional

from ..core.problems import Problem
from ..core.types import Options
from . import publish_frequency
from .images import ECR_IMAGE

MULTI_MODEL = "MultiModel"


DIRECT = "Direct"


# Maximum number of bytes of the environments of all containers: 32 KB.
MOST_ENVIRONMENT = 32768


def problems(request: Options) -> List[Problem]:
    """Return the problems of a CreateModel request beyond the shape of its members."""
    return list(_rules(request))


def _rules(request: Options) -> Iterator[Problem]:
    containers = containers_of(request)
    mode = request.get("inference_execution_config", {}).get("mode")
    if not containers:
        yield Problem(
            "primary_container or containers", "a model needs at least one container; give image or model_package_name."
        )
    yield from _hostname_rules(containers, mode)
    yield from _environment_rules(list(containers.values()))
    for path, container in containers.items():
        yield from _container_rules(path, container, "vpc_config" in request)
        yield from publish_frequency.of_container(path, container)
    # AWS's guide, under "multi-model endpoints".
    many = [path for path, container in containers.items() if container.get("mode") == MULTI_MODEL]
    for path in many[1:] if mode != DIRECT else ():
        yield Problem(
            f"{path}.mode",
            f"only one container of a serial pipeline may have the mode {MULTI_MODEL}, and {many[0]} already has it.",
        )


def containers_of(model: Options) -> Dict[str, Options]:
    """Return {path of the option: container} of a request or a description."""
    if "primary_container" in model:
        return {"primary_container": model["primary_container"]}
    return {f"containers[{index}]": container for index, container in enumerate(model.get("containers", []))}


def _hostname_rules(containers: Dict[str, Options], mode: Optional[str]) -> Iterator[Problem]:
    names = [one["container_hostname"] for one in containers.values() if "container_hostname" in one]
    for path, container in containers.items():
        if names and "container_hostname" not in container:
            yield Problem(
                f"{path}.container_hostname",
                "is required, because if one container has a container_hostname, all must have one.",
            )
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        yield Problem(
            "containers",
            f"each container needs a unique container_hostname, and {', '.join(twice)} is used more than once.",
        )
    # AWS's guide, under "multi-container endpoints".
    if mode != DIRECT:
        return
    if len(containers) == 1:
        yield Problem(
            "inference_execution_config.mode",
            f"{DIRECT} selects one of several containers, but the model has only one.",
        )
    elif containers and not names:
        yield Problem(
            "inference_execution_config.mode",
            f"{DIRECT} selects a container by its container_hostname. Give each container one.",
        )


def _environment_rules(containers: List[Options]) -> Iterator[Problem]:
    """The service limits the variables of all containers together. The message contains none of them, because they may
    be secret."""
    size = sum(
        len(text.encode())
        for container in containers
        for variable in container.get("environment", {}).items()
        for text in variable
    )
    if size > MOST_ENVIRONMENT:
        yield Problem(
            "environment",
            f"the names and values of all containers together have {size} bytes, and the limit is "
            f"{MOST_ENVIRONMENT}. Move long values into a file of the model data.",
        )


def _container_rules(path: str, container: Options, in_vpc: bool) -> Iterator[Problem]:
    if "image" not in container and "model_package_name" not in container:
        yield Problem(path, "give image, or model_package_name.")
    if "model_package_name" in container:
        for option in ("image", "model_data_url"):
            if option in container:
                yield Problem(
                    path, f"model_package_name and {option} are mutually exclusive, because the package contains both."
                )
    if "model_data_url" in container and "model_data_source" in container:
        yield Problem(path, "model_data_url and model_data_source are mutually exclusive. Give one of them.")
    if container.get("mode") == MULTI_MODEL:
        yield from _multi_model_rules(path, container)
    yield from _registry_rules(path, container, in_vpc)
    source = container.get("model_data_source", {}).get("s3_data_source", {})
    yield from _source_rules(f"{path}.model_data_source.s3_data_source", source)
    for index, channel in enumerate(container.get("additional_model_data_sources", [])):
        yield from _source_rules(
            f"{path}.additional_model_data_sources[{index}].s3_data_source", channel["s3_data_source"]
        )


def _multi_model_rules(path: str, container: Options) -> Iterator[Problem]:
    if "model_data_source" in container:
        yield Problem(
            path,
            f"mode {MULTI_MODEL} and model_data_source are mutually exclusive. Give the prefix of the models' archives as "
            "model_data_url.",
        )
    elif "model_data_url" not in container and "model_package_name" not in container:
        yield Problem(
            f"{path}.model_data_url", f"is required with mode {MULTI_MODEL}, as the prefix of the models' archives."
        )


def _registry_rules(path: str, container: Options, in_vpc: bool) -> Iterator[Problem]:
    image_config = container.get("image_config", {})
    private = image_config.get("repository_access_mode") == "Vpc"
    if private and not in_vpc:
        yield Problem(
            f"{path}.image_config.repository_access_mode",
            "Vpc means a registry inside your VPC. Give vpc_config (security_group_ids and subnets), or use Platform for an image in Amazon "
            "ECR.",
        )
    if "repository_auth_config" in image_config and not private:
        yield Problem(
            f"{path}.image_config.repository_auth_config", "credentials are used only with repository_access_mode Vpc."
        )
    if "image" in container and not private and not ECR_IMAGE.match(container["image"]):
        yield Problem(
            f"{path}.image",
            f"{container['image']} is not in Amazon ECR, and another registry requires "
            "image_config.repository_access_mode Vpc, and a vpc_config through which it is reachable. Copy images of public "
            "registries to one of these.",
        )


def _source_rules(path: str, source: Options) -> Iterator[Problem]:
    if source.get("s3_data_type") == "S3Prefix" and not source["s3_uri"].endswith("/"):
        yield Problem(f"{path}.s3_uri", f"with s3_data_type S3Prefix the URI must end in a slash: {source['s3_uri']}/")
    if source.get("s3_data_type") == "S3Object" and source["s3_uri"].endswith("/"):
        yield Problem(
            f"{path}.s3_uri",
            f"with s3_data_type S3Object the URI names one object, and {source['s3_uri']} ends in a slash. Give "
            "the object, or s3_data_type S3Prefix.",
        )


def region_rules(request: Options, region: str) -> Iterator[Problem]:
    """Yield the images in Amazon ECR that are not in the region of the model, as the service model requires."""
    for path, container in containers_of(request).items():
        image = ECR_IMAGE.match(container.get("image", ""))
        private = container.get("image_config", {}).get("repository_access_mode") == "Vpc"
        if image and image["region"] != region and not private:
            yield Problem(
                f"{path}.image",
                f"it is in {image['region']}, but the region of the model is {region}, and SageMaker pulls images "
                "only from the model's region. Use the image of that region, or copy it there.",
            )
