# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Models. behaviour section 2"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from local_aws import containers
from local_aws import roles
from local_aws import tags
from local_aws.paging import page
from local_aws.paging import select
from local_aws.registry import handles
from local_aws.wire import validation
from local_aws.world import Call
from local_aws.world import Region


@dataclass
class Model:
    arn: str
    created: float
    request: dict[str, Any]  # CreateModel's members, without Tags

    @property
    def name(self) -> str:
        return str(self.request["ModelName"])

    @property
    def containers(self) -> list[dict[str, Any]]:
        one = self.request.get("PrimaryContainer")
        return list(self.request["Containers"]) if one is None else [one]


def find(region: Region, name: str) -> Model:
    """The model of that name. Raises the service's "Could not find model". behaviour 2.2"""
    model = region.models.get(name.lower())
    if model is None:
        raise missing(region.sagemaker_arn("model", name))
    return model


def find_settled(call: Call, name: str) -> Model:
    """As CreateEndpointConfig and CreateInferenceComponent see it: not at once. behaviour 1.7"""
    model = find(call.region, name)
    if call.now - model.created < call.world.settings.model_propagation:
        raise missing(model.arn)
    return model


def missing(arn: str) -> Exception:
    return validation(f'Could not find model "{arn}".')


@handles("sagemaker", "CreateModel")
def create(call: Call) -> dict[str, Any]:
    request = copy.deepcopy(call.params)
    given_tags = request.pop("Tags", [])
    name = request["ModelName"]
    arn = call.region.sagemaker_arn("model", name)
    if name.lower() in call.region.models:
        raise validation(f'Cannot create already existing model "{arn}".')  # behaviour 2.2
    _check_containers(request)
    tags.check(given_tags)
    role = None
    if "ExecutionRoleArn" in request:
        role = roles.assumable(call, request["ExecutionRoleArn"], arn, "model")  # behaviour 0.8
    model = Model(arn, call.now, request)
    containers.check_together(model.containers, request.get("InferenceExecutionConfig", {}).get("Mode", "Serial"))
    for container in model.containers:
        containers.check(call, container, request, role)
    call.region.models[name.lower()] = model
    tags.put(call.region, arn, given_tags)
    return {"ModelArn": arn}


def _check_containers(request: dict[str, Any]) -> None:
    """behaviour 2.3"""
    if "PrimaryContainer" in request and "Containers" in request:
        raise validation("PrimaryContainer and Containers cannot be specified together. Specify one of them.")
    if "PrimaryContainer" not in request and not request.get("Containers"):
        raise validation("Specify one of PrimaryContainer and Containers.")


@handles("sagemaker", "DescribeModel")
def describe(call: Call) -> dict[str, Any]:
    """With members that nobody asked for. behaviour 0.9"""
    model = find(call.region, call.params["ModelName"])
    answer = copy.deepcopy(model.request)
    answer.setdefault("EnableNetworkIsolation", False)
    if "PrimaryContainer" in answer:
        answer["PrimaryContainer"] = containers.described(answer["PrimaryContainer"])
    else:
        answer["Containers"] = [containers.described(one) for one in answer["Containers"]]
        answer.setdefault("InferenceExecutionConfig", {"Mode": "Serial"})
    return {
        **answer,
        "ModelArn": model.arn,
        "CreationTime": model.created,
        "DeploymentRecommendation": {
            "RecommendationStatus": "NOT_APPLICABLE",
            "RealTimeInferenceRecommendations": [],
        },
    }


@handles("sagemaker", "DeleteModel")
def delete(call: Call) -> dict[str, Any]:
    """Allowed while configurations and endpoints use it. behaviour 2.14"""
    model = find(call.region, call.params["ModelName"])
    del call.region.models[model.name.lower()]
    call.region.tags.pop(model.arn, None)
    return {}


@handles("sagemaker", "ListModels")
def list_models(call: Call) -> dict[str, Any]:
    items = [
        {"ModelName": model.name, "ModelArn": model.arn, "CreationTime": model.created}
        for model in call.region.models.values()
    ]
    shown, token = page(select(items, call.params, "ModelName"), call.params, 10)
    return {"Models": shown, **token}
