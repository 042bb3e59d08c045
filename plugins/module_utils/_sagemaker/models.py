# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Models: what is particular about them; see immutables for the rest."""

from __future__ import annotations

from typing import Any
from typing import Dict
from typing import Iterator
from typing import List
from typing import Mapping

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import immutables
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import usage
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.plans import Result
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.services import Api
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.services import Aws


def ensure(aws: Aws, params: Mapping[str, Any], check_mode: bool) -> Result:
    """Make, tag or delete a model."""
    return immutables.ensure(KIND, aws, params, check_mode)


def info(aws: Aws, params: Mapping[str, Any]) -> Dict[str, Any]:
    """{"models": [...]}"""
    return immutables.info(KIND, aws, params, "models")


def rules(request: Api) -> List[str]:
    """What the service refuses in a CreateModel request beyond the shape of its members."""
    return list(_rules(request))


def _rules(request: Api) -> Iterator[str]:
    if "PrimaryContainer" in request:
        containers = {"primary_container": request["PrimaryContainer"]}
    else:
        containers = {f"containers[{index}]": item for index, item in enumerate(request.get("Containers", []))}
    if not containers:
        yield "primary_container or containers: a model needs at least one container; give image or model_package_name."
    named = [path for path, container in containers.items() if "ContainerHostname" in container]
    if named and len(named) < len(containers):
        yield "containers: if one container has a container_hostname, all must have one."
    for path, container in containers.items():
        yield from _container_rules(path, container, "VpcConfig" in request)


def _container_rules(path: str, container: Api, in_vpc: bool) -> Iterator[str]:
    if "Image" not in container and "ModelPackageName" not in container:
        yield f"{path}: give image, or model_package_name."
    if "ModelPackageName" in container:
        for member, option in {"Image": "image", "ModelDataUrl": "model_data_url"}.items():
            if member in container:
                yield f"{path}: model_package_name and {option} exclude each other; the package brings both."
    if "ModelDataUrl" in container and "ModelDataSource" in container:
        yield f"{path}: model_data_url and model_data_source exclude each other; give one of them."
    image_config = container.get("ImageConfig", {})
    if image_config.get("RepositoryAccessMode") == "Vpc" and not in_vpc:
        yield f"{path}.image_config.repository_access_mode: Vpc needs a vpc_config through which the registry is reached."
    if "RepositoryAuthConfig" in image_config and image_config.get("RepositoryAccessMode") != "Vpc":
        yield f"{path}.image_config.repository_auth_config: credentials are used only with repository_access_mode Vpc."
    source = container.get("ModelDataSource", {}).get("S3DataSource", {})
    yield from _source_rules(f"{path}.model_data_source.s3_data_source", source)
    for index, channel in enumerate(container.get("AdditionalModelDataSources", [])):
        yield from _source_rules(
            f"{path}.additional_model_data_sources[{index}].s3_data_source", channel["S3DataSource"]
        )


def _source_rules(path: str, source: Api) -> Iterator[str]:
    if source.get("S3DataType") == "S3Prefix" and not source["S3Uri"].endswith("/"):
        yield f"{path}.s3_uri: with s3_data_type S3Prefix the URI must end in a slash: {source['S3Uri']}/"


def _users(aws: Aws, name: str) -> List[str]:
    return sorted(set(usage.models_in_use(aws, usage.configs_in_use(aws)).get(name, [])))


KIND = immutables.Kind(
    noun="model",
    title="model",
    resource="model",
    name="ModelName",
    arn="ModelArn",
    create="CreateModel",
    describe="DescribeModel",
    delete="DeleteModel",
    listing="ListModels",
    listed="Models",
    rules=rules,
    users=_users,
)
