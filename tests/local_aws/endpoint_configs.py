# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Endpoint configurations. behaviour section 3"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from local_aws import containers
from local_aws import models
from local_aws import roles
from local_aws import tags
from local_aws import variants
from local_aws.paging import page
from local_aws.paging import select
from local_aws.registry import handles
from local_aws.wire import validation
from local_aws.world import Call
from local_aws.world import Region


@dataclass
class Config:
    arn: str
    created: float
    request: dict[str, Any]  # CreateEndpointConfig's members, without Tags

    @property
    def name(self) -> str:
        return str(self.request["EndpointConfigName"])

    @property
    def variants(self) -> list[dict[str, Any]]:
        return list(self.request["ProductionVariants"])

    @property
    def shadows(self) -> list[dict[str, Any]]:
        return list(self.request.get("ShadowProductionVariants", []))

    @property
    def asynchronous(self) -> bool:
        return "AsyncInferenceConfig" in self.request


def find(region: Region, name: str) -> Config:
    """The configuration of that name. Raises the service's "Could not find". behaviour 3.1"""
    config = region.configs.get(name.lower())
    if config is None:
        raise missing(region.sagemaker_arn("endpoint-config", name))
    return config


def find_settled(call: Call, name: str) -> Config:
    """As CreateEndpoint and UpdateEndpoint see it: not at once. behaviour 1.7"""
    config = find(call.region, name)
    if call.now - config.created < call.world.settings.config_propagation:
        raise missing(config.arn)
    return config


def missing(arn: str) -> Exception:
    return validation(f'Could not find endpoint configuration "{arn}".')


@handles("sagemaker", "CreateEndpointConfig")
def create(call: Call) -> dict[str, Any]:
    request = copy.deepcopy(call.params)
    given_tags = request.pop("Tags", [])
    name = request["EndpointConfigName"]
    arn = call.region.sagemaker_arn("endpoint-config", name)
    if name.lower() in call.region.configs:
        raise validation(f'Cannot create already existing endpoint configuration "{arn}".')  # behaviour 3.1
    tags.check(given_tags)
    shadows = request.get("ShadowProductionVariants", [])
    everything = request["ProductionVariants"] + shadows
    names = [variant["VariantName"] for variant in everything]
    if len(names) != len(set(names)):
        raise validation("The names of the variants of an endpoint configuration must be unique.")  # behaviour 3.3
    if shadows and (len(shadows) > 1 or len(request["ProductionVariants"]) > 1):
        raise validation(
            "With ShadowProductionVariants, exactly one production variant and one shadow variant must be specified."
        )  # behaviour 3.8
    # A variant's missing model. behaviour 3.2
    named = {model: models.find_settled(call, model) for variant in everything for model in variants.models_of(variant)}
    zero_instances = call.region.name not in call.world.settings.regions_without_zero_instances
    variants.check(request, everything, named, zero_instances)
    _check_members(request)
    if "ExecutionRoleArn" in request:
        roles.assumable(call, request["ExecutionRoleArn"], arn, "model")
    call.region.configs[name.lower()] = Config(arn, call.now, request)
    tags.put(call.region, arn, given_tags)
    return {"EndpointConfigArn": arn}


def _check_members(request: dict[str, Any]) -> None:
    """What holds for the configuration whatever its variants are."""
    if "AsyncInferenceConfig" in request and "CrossRegionTrafficConfig" in request:  # behaviour 3.9
        raise validation("CrossRegionTrafficConfig is not supported for asynchronous inference.")
    containers.check_frequency(request.get("MetricsConfig", {}))  # behaviour 2.20
    clarify = request.get("ExplainerConfig", {}).get("ClarifyExplainerConfig", {})  # behaviour 3.17
    if "text" not in clarify.get("InferenceConfig", {}).get("FeatureTypes", ["text"]):
        raise validation("FeatureTypes must contain at least one text.")
    if clarify:
        baseline = clarify["ShapConfig"]["ShapBaselineConfig"]
        if ("ShapBaseline" in baseline) == ("ShapBaselineUri" in baseline):
            raise validation("Specify exactly one of ShapBaseline and ShapBaselineUri.")
        if baseline.get("MimeType", "text/csv") not in ("text/csv", "application/jsonlines"):
            raise validation("MimeType of a SHAP baseline must be text/csv or application/jsonlines.")


@handles("sagemaker", "DescribeEndpointConfig")
def describe(call: Call) -> dict[str, Any]:
    """With members that nobody asked for. behaviour 0.10"""
    config = find(call.region, call.params["EndpointConfigName"])
    answer = copy.deepcopy(config.request)
    answer.setdefault("EnableNetworkIsolation", False)
    for variant in answer["ProductionVariants"] + answer.get("ShadowProductionVariants", []):
        variant.setdefault("InitialVariantWeight", 1.0)
        if "ServerlessConfig" in variant:
            variant.setdefault("VolumeSizeInGB", 4)
        elif "KmsKeyId" in answer:
            variant.setdefault("VolumeSizeInGB", 16)
    return {**answer, "EndpointConfigArn": config.arn, "CreationTime": config.created}


@handles("sagemaker", "DeleteEndpointConfig")
def delete(call: Call) -> dict[str, Any]:
    """Succeeds while endpoints use it. behaviour 0.3"""
    config = find(call.region, call.params["EndpointConfigName"])
    del call.region.configs[config.name.lower()]
    call.region.tags.pop(config.arn, None)
    return {}


@handles("sagemaker", "ListEndpointConfigs")
def list_configs(call: Call) -> dict[str, Any]:
    items = [
        {"EndpointConfigName": config.name, "EndpointConfigArn": config.arn, "CreationTime": config.created}
        for config in call.region.configs.values()
    ]
    shown, token = page(select(items, call.params, "EndpointConfigName"), call.params, 10)
    return {"EndpointConfigs": shown, **token}
