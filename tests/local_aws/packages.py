# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Model packages and content of hubs. behaviour 12"""

from __future__ import annotations

import re
from typing import Any

from local_aws import others
from local_aws.registry import handles
from local_aws.wire import AwsError
from local_aws.wire import Request
from local_aws.wire import Response
from local_aws.wire import json_response
from local_aws.wire import validation
from local_aws.world import ACCOUNT
from local_aws.world import Call

ARN = re.compile(r"arn:[^:]+:sagemaker:[^:]+:(?P<account>\d{12}):model-package/(?P<name>.+)")


def describe(call: Call, request: Request) -> Response:
    """Those of the account are moto's. Those of others, such as AWS's own, exist: the account has subscribed to them. behaviour 12.1"""
    name = str(call.params.get("ModelPackageName", ""))
    found = ARN.fullmatch(name)
    if found is None or found["account"] == ACCOUNT:
        return others.answer(request)
    return json_response(
        {
            "ModelPackageName": found["name"],
            "ModelPackageArn": name,
            "CreationTime": call.now,
            "ModelPackageStatus": "Completed",
            "ModelPackageStatusDetails": {"ValidationStatuses": [{"Name": found["name"], "Status": "Completed"}]},
        }
    )


@handles("sagemaker", "DescribeHubContent")
def describe_hub_content(call: Call) -> dict[str, Any]:
    """All content exists and is available, unless a script says otherwise. behaviour 12.2"""
    params = call.params
    hub = params["HubName"].rpartition("/")[2]
    path = f"{hub}/{params['HubContentType']}/{params['HubContentName']}"
    version = params.get("HubContentVersion", "1.0.0")
    arn = call.region.arn("sagemaker", f"hub-content/{path}/{version}")
    scripts = call.world.scripts.hub_contents
    outcome = next(
        (one for name, one in scripts.items() if name.endswith(f":hub-content/{path}/{version}")), "Available"
    )
    if outcome == "missing":
        raise AwsError("ResourceNotFound", f"Hub content with arn {arn} does not exist.")
    return {
        "HubContentName": params["HubContentName"],
        "HubContentArn": arn,
        "HubContentVersion": version,
        "HubContentType": params["HubContentType"],
        "DocumentSchemaVersion": "1.0.0",
        "HubName": hub,
        "HubArn": call.region.arn("sagemaker", f"hub/{hub}"),
        "HubContentDocument": "{}",
        "HubContentStatus": outcome,
        "CreationTime": call.now,
    }


@handles("sagemaker", "DeleteModelPackage")
def delete(call: Call) -> dict[str, Any]:
    """By its ARN, or by its name if it has no version. moto cannot do it. behaviour 12.3"""
    backend = _backend(call)
    name = call.params["ModelPackageName"]
    arn = backend.model_package_name_mapping.get(name, name)
    if backend.model_packages.pop(arn, None) is None:
        raise validation(f"ModelPackage {name} does not exist.")
    backend.model_package_name_mapping = {
        key: target for key, target in backend.model_package_name_mapping.items() if target != arn
    }
    return {}


@handles("sagemaker", "DeleteModelPackageGroup")
def delete_group(call: Call) -> dict[str, Any]:
    """A group that holds a version stays. behaviour 12.3"""
    backend = _backend(call)
    name = call.params["ModelPackageGroupName"].rpartition("/")[2]
    if name not in backend.model_package_groups:
        raise validation(f"ModelPackageGroup {name} does not exist.")
    if any(package.model_package_group_name == name for package in backend.model_packages.values()):
        raise AwsError(
            "ConflictException", f"Model Package Group cannot be deleted: {name} still contains Model Packages."
        )
    del backend.model_package_groups[name]
    return {}


def _backend(call: Call) -> Any:
    from moto.sagemaker.models import sagemaker_backends

    return sagemaker_backends[call.region.account][call.region.name]
