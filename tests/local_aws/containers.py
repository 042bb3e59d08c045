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


def check(call: Call, container: dict[str, Any], model: dict[str, Any], role: Role | None) -> None:
    """Refuses a container as CreateModel does. ``model`` is the whole request. behaviour 2.4 to 2.12"""
    if "Image" not in container and "ModelPackageName" not in container:
        raise validation("Specify one of either Image and Model Data URL or ModelPackageName in container definition.")
    if "Image" in container and "ModelPackageName" in container:
        raise validation("Image and ModelPackageName cannot be specified together in a container definition.")
    if "ModelDataUrl" in container and "ModelDataSource" in container:
        raise validation("ModelDataUrl and ModelDataSource cannot be specified together in a container definition.")
    if container.get("Mode") == "MultiModel" and "ModelDataUrl" not in container and "ModelDataSource" not in container:
        raise validation("ModelDataUrl must be specified for a container in the mode MultiModel.")
    if "Image" in container:
        images.check(call, container, model, role)
    for source in artifacts.sources(container):
        artifacts.check(call, source, role)


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
