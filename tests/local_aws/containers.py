# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One container of a model: its image, its artefacts, and whether the execution role can get at them."""

from __future__ import annotations

import copy
from typing import Any

from local_aws import artifacts
from local_aws import images
from local_aws.roles import Role
from local_aws.wire import validation
from local_aws.world import Call

ENVIRONMENT = 32768
# The accounts that hold the model packages of AWS Marketplace, one a region. behaviour 2.21
MARKETPLACE = frozenset(
    {
        "057799348421",
        "077584701553",
        "136758871317",
        "192199979996",
        "270155090741",
        "382657785993",
        "446921602837",
        "470592106596",
        "594846645681",
        "666831318237",
        "745090734665",
        "843114510376",
        "856760150666",
        "865070037744",
        "977537786026",
        "985815980388",
    }
)
FREQUENCIES = (10, 30, 60, 120, 180, 240, 300)


def check(call: Call, container: dict[str, Any], model: dict[str, Any], role: Role | None) -> None:
    """Refuses a container as CreateModel does. ``model`` is the whole request. behaviour 2.4 to 2.12, 2.16"""
    if "Image" not in container and "ModelPackageName" not in container:
        raise validation("Specify one of either Image and Model Data URL or ModelPackageName in container definition.")
    if "Image" in container and "ModelPackageName" in container:
        raise validation("Image and ModelPackageName cannot be specified together in a container definition.")
    if "ModelDataUrl" in container and "ModelDataSource" in container:
        raise validation("ModelDataUrl and ModelDataSource cannot be specified together in a container definition.")
    if container.get("Mode") == "MultiModel" and "ModelDataSource" in container:  # behaviour 2.16
        raise validation("ModelDataSource cannot be specified for a container in the mode MultiModel.")
    if container.get("Mode") == "MultiModel" and not {"ModelDataUrl", "ModelPackageName"} & set(container):
        raise validation("ModelDataUrl must be specified for a container in the mode MultiModel.")
    if container.get("Environment") and is_of_marketplace(container):  # behaviour 2.21
        raise validation(
            "Environment variable map cannot be specified when using a ModelPackage subscribed from AWS Marketplace."
        )
    check_metrics(container)
    if "Image" in container:
        images.check(call, container, model, role)
    for source in artifacts.sources(container):
        artifacts.check(call, source, role)


def is_of_marketplace(container: dict[str, Any]) -> bool:
    """Whether the container comes from a model package of AWS Marketplace. behaviour 2.21"""
    parts = container.get("ModelPackageName", "").split(":")
    return len(parts) > 4 and parts[4] in MARKETPLACE


def check_together(containers: list[dict[str, Any]], mode: str) -> None:
    """Refuses what the containers of a model cannot have together. ``mode`` is how they are invoked."""
    names = [one["ContainerHostname"] for one in containers if "ContainerHostname" in one]
    if names and len(names) < len(containers):  # behaviour 2.5
        raise validation("ContainerHostname must be specified for all containers of a pipeline, or for none of them.")
    if len(names) != len(set(names)):
        raise validation("The values of ContainerHostname must be unique within a model.")
    if mode == "Direct" and (len(containers) < 2 or not names):  # behaviour 2.17
        raise validation("Direct invocation needs several containers, each with a ContainerHostname.")
    many = [one for one in containers if one.get("Mode") == "MultiModel"]
    if mode == "Serial" and len(many) > 1:  # behaviour 2.16
        raise validation("Only one container of a pipeline can have the mode MultiModel.")
    size = sum(len(text.encode()) for one in containers for pair in one.get("Environment", {}).items() for text in pair)
    if size > ENVIRONMENT:  # behaviour 2.19
        raise validation(f"The environment of all containers together must not be larger than {ENVIRONMENT} bytes.")


def check_metrics(container: dict[str, Any]) -> None:
    """behaviour 2.20"""
    for place in container.get("ContainerMetricsConfig", {}).get("MetricsEndpoints", []):
        check_frequency(place)


def check_frequency(config: dict[str, Any]) -> None:
    """behaviour 2.20"""
    if config.get("MetricPublishFrequencyInSeconds", 60) not in FREQUENCIES:
        raise validation(f"MetricPublishFrequencyInSeconds must be one of {', '.join(map(str, FREQUENCIES))}.")


def described(container: dict[str, Any]) -> dict[str, Any]:
    """A container as DescribeModel shows it. behaviour 0.9"""
    shown = copy.deepcopy(container)
    shown.setdefault("Mode", "SingleModel")
    shown.setdefault("Environment", {})
    if "ModelDataUrl" in shown:
        whole_prefix = shown["Mode"] == "MultiModel"
        shown["ModelDataSource"] = {
            "S3DataSource": {
                "S3Uri": shown["ModelDataUrl"],
                "S3DataType": "S3Prefix" if whole_prefix else "S3Object",
                "CompressionType": "Gzip",
            }
        }
    return shown
