# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The SageMaker calls about inference components: create, describe, list, update, delete. behaviour section 5"""

from __future__ import annotations

import copy
from typing import Any

from local_aws import artifacts
from local_aws import components
from local_aws import containers
from local_aws import endpoints
from local_aws import images
from local_aws import models
from local_aws import placement
from local_aws import roles
from local_aws import tags
from local_aws.components import Component
from local_aws.components import Content
from local_aws.endpoints import Endpoint
from local_aws.fleets import Fleet
from local_aws.paging import page
from local_aws.paging import select
from local_aws.registry import handles
from local_aws.variants import hosts_components
from local_aws.variants import instance_types
from local_aws.wire import validation
from local_aws.world import Call

ENVIRONMENT = 16


@handles("sagemaker", "CreateInferenceComponent")
@components.shows_late
def create(call: Call) -> dict[str, Any]:
    name, given_tags = call.params["InferenceComponentName"], call.params.get("Tags", [])
    arn = components.arn_of(call.region, name)
    if components.lookup(call, name) is not None:
        raise validation(f'Cannot create already existing inference component "{arn}".')  # behaviour 5.4
    tags.check(given_tags)
    endpoint = endpoints.find(call, call.params["EndpointName"])
    fleet = _fleet(endpoint)
    content = _content(call, fleet)
    base = _base(call, endpoint, content)
    variant = _variant_name(call, fleet, base)
    copies = call.params.get("RuntimeConfig", {}).get("CopyCount", 1)
    if copies < 1:  # behaviour 5.13
        raise validation("Inference components copy count an integer larger than 0")
    component = Component(
        name,
        arn,
        endpoint.name,
        variant,
        call.now,
        call.now,
        content,
        copies,
        inherited=_inherited(fleet, variant, base),
    )
    components.refuse_without_room(call, component, content, copies)
    script = call.world.scripts.take(name, "create", components.NOUN)
    call.region.components[name.lower()] = component
    components.start(call, component, script)
    tags.put(call.region, arn, given_tags)
    return {"InferenceComponentArn": arn}


def _fleet(endpoint: Endpoint) -> Fleet:
    """The fleet of an endpoint that can take a component. behaviour 5.1"""
    if endpoint.fleet is not None and not endpoint.fleet.hosts_components:
        raise validation(
            "Inference Components are not supported in this Endpoint. Please make sure this endpoint can deploy "
            "inference components."
        )
    if endpoint.fleet is None or endpoint.status not in ("InService", "Updating"):
        raise validation(
            f'The endpoint "{endpoint.arn}" is {endpoint.status}: inference components need an endpoint in service.'
        )
    return endpoint.fleet


def _content(call: Call, fleet: Fleet) -> Content:
    """Specification or Specifications of a request, held against every rule. behaviour 5.3"""
    params = call.params
    if ("Specification" in params) == ("Specifications" in params):
        raise validation("Specify exactly one of Specification and Specifications.")
    single = "Specification" in params
    given = [params["Specification"]] if single else params["Specifications"]
    kinds = [one.get("InstanceType") for one in given]
    if len(given) > 1 and (None in kinds or len(set(kinds)) < len(kinds)):
        raise validation("With several Specifications each must have an InstanceType of its own.")
    role_arn = fleet.config.request.get("ExecutionRoleArn")
    role = None if role_arn is None else roles.assumable(call, role_arn, fleet.config.arn, "endpoint")
    named = {}
    for one in given:
        _check_specification(one)
        if "ModelName" in one:
            named[one["ModelName"]] = models.find_settled(call, one["ModelName"])
        container = one.get("Container", {})
        if "Image" in container:
            images.check(call, container, {}, role)
        if "ArtifactUrl" in container:
            artifacts.check(call, {"S3Uri": container["ArtifactUrl"], "S3DataType": "S3Object"}, role)
    return Content(copy.deepcopy(given), single, named)


def _check_specification(one: dict[str, Any]) -> None:
    """behaviour 5.3"""
    container, compute = one.get("Container", {}), one.get("ComputeResourceRequirements")
    containers.check_metrics(container)
    if len(container.get("Environment", {})) > ENVIRONMENT:
        raise validation(f"Environment can have at most {ENVIRONMENT} entries.")
    if "BaseInferenceComponentName" in one:
        if compute is not None:
            raise validation("ComputeResourceRequirements cannot be specified for an adapter inference component.")
        if "ArtifactUrl" not in container:
            raise validation("Container.ArtifactUrl must be specified for an adapter inference component.")
        return
    if ("ModelName" in one) == ("Image" in container):
        raise validation("Specify exactly one of ModelName and Container.Image.")
    if compute is None:
        raise validation("ComputeResourceRequirements must be specified.")
    if compute.get("MaxMemoryRequiredInMb", compute["MinMemoryRequiredInMb"]) < compute["MinMemoryRequiredInMb"]:
        raise validation("MaxMemoryRequiredInMb must be greater than or equal to MinMemoryRequiredInMb.")


def _base(call: Call, endpoint: Endpoint, content: Content) -> Component | None:
    """The base of an adapter: on the same endpoint, in service, no adapter itself. behaviour 5.2, 5.5"""
    if content.base is None:
        return None
    base = components.find(call, content.base)
    if base.endpoint_name != endpoint.name:
        raise validation(f'The base inference component "{base.arn}" is not on the endpoint "{endpoint.arn}".')
    if base.content.base is not None:
        raise validation(f'The inference component "{base.arn}" is an adapter and cannot be a base.')
    base.refuse_in_progress()
    if base.status != "InService":
        raise validation(f'The base inference component "{base.arn}" is {base.status}.')
    return base


def _variant_name(call: Call, fleet: Fleet, base: Component | None) -> str:
    """behaviour 5.2"""
    given = call.params.get("VariantName")
    if base is not None:
        if given is not None:
            raise validation("VariantName cannot be specified for an adapter inference component.")
        return base.variant_name
    if given is None:
        raise validation(
            "1 validation error detected: Value null at 'variantName' failed to satisfy constraint: Member must not be null"
        )
    if given not in fleet.variants or not hosts_components(fleet.variants[given].config):
        raise validation(
            f'The variant name(s) "{given}" is/are not present within endpoint configuration ' f'"{fleet.config.name}".'
        )
    return str(given)


def _inherited(fleet: Fleet, variant: str, base: Component | None) -> dict[str, Any]:
    """Members that DescribeInferenceComponent shows although nobody asked for them. behaviour 5.10"""
    if base is not None:
        compute = base.content.specifications[0].get("ComputeResourceRequirements")
        return {} if compute is None else {"ComputeResourceRequirements": compute}
    kinds = instance_types(fleet.variants[variant].config)
    return {"DataCacheConfig": {"EnableCaching": True}} if placement.has_accelerators(kinds[0]) else {}


@handles("sagemaker", "DescribeInferenceComponent")
def describe(call: Call) -> dict[str, Any]:
    described = components.shown(call, call.params["InferenceComponentName"])
    if described is None:
        raise components.missing(call, call.params["InferenceComponentName"])
    return described


@handles("sagemaker", "ListInferenceComponents")
def list_components(call: Call) -> dict[str, Any]:
    """behaviour 5.12"""
    members = (
        *("InferenceComponentName", "InferenceComponentArn", "EndpointName", "EndpointArn", "VariantName"),
        *("CreationTime", "LastModifiedTime", "InferenceComponentStatus"),
    )
    described = [components.shown(call, one.name) for one in components.sweep(call)]
    items = [{member: one[member] for member in members} for one in described if one is not None]
    for filtered, member in (("EndpointNameEquals", "EndpointName"), ("VariantNameEquals", "VariantName")):
        items = [one for one in items if call.params.get(filtered) in (None, one[member])]
    chosen = select(items, call.params, "InferenceComponentName", "InferenceComponentStatus", from_its_moment=False)
    shown, token = page(chosen, call.params, 10)
    return {"InferenceComponents": shown, **token}


@handles("sagemaker", "UpdateInferenceComponent")
@components.shows_late
def update(call: Call) -> dict[str, Any]:
    """behaviour 5.6, 5.7"""
    component = _updatable(call)
    params = call.params
    if not {"Specification", "Specifications", "RuntimeConfig"} & set(params):
        raise validation("Specify at least one of Specification, Specifications and RuntimeConfig.")
    content = None
    if "Specification" in params or "Specifications" in params:
        fleet = _fleet(endpoints.find(call, component.endpoint_name))
        if component.content.base is not None and "Specification" in params:
            # An update of an adapter need not repeat its base.
            params["Specification"].setdefault("BaseInferenceComponentName", component.content.base)
        content = _content(call, fleet)
        if (content.base or "").lower() != (component.content.base or "").lower():
            raise validation("BaseInferenceComponentName cannot be changed.")
    deployment = params.get("DeploymentConfig")
    if deployment is not None:
        _check_deployment(deployment, component)
    copies = params.get("RuntimeConfig", {}).get("CopyCount", component.desired)
    components.refuse_without_room(call, component, content or component.content, copies)
    component.last_deployment = copy.deepcopy(deployment)
    components.change(call, component, content, copies)
    return {"InferenceComponentArn": component.arn}


@handles("sagemaker", "UpdateInferenceComponentRuntimeConfig")
@components.shows_late
def update_runtime(call: Call) -> dict[str, Any]:
    component = _updatable(call)
    copies = call.params["DesiredRuntimeConfig"]["CopyCount"]
    components.refuse_without_room(call, component, component.content, copies)
    components.change(call, component, None, copies)
    return {"InferenceComponentArn": component.arn}


def _updatable(call: Call) -> Component:
    """behaviour 5.5"""
    component = components.find(call, call.params["InferenceComponentName"])
    component.refuse_in_progress()
    if component.status != "InService":
        raise validation(f'Cannot update inference component "{component.arn}" in the status {component.status}.')
    return component


def _check_deployment(deployment: dict[str, Any], component: Component) -> None:
    """behaviour 5.7"""
    policy = deployment["RollingUpdatePolicy"]
    for name, least, most in (("MaximumBatchSize", 5, 50), ("RollbackMaximumBatchSize", 5, 100)):
        size = policy.get(name)
        if size is None:
            continue
        percent = float(size["Value"])
        if size["Type"] == "COPY_COUNT":
            if size["Value"] == 1 or not component.desired:
                continue
            percent = 100 * percent / component.desired
        if not least <= percent <= most:
            raise validation(f"{name} must be between {least}% and {most}% of the copy count.")
    timeout = policy.get("MaximumExecutionTimeoutInSeconds")
    if timeout is not None and timeout <= policy["WaitIntervalInSeconds"]:
        raise validation("MaximumExecutionTimeoutInSeconds must be greater than the total waiting time.")


@handles("sagemaker", "DeleteInferenceComponent")
@components.shows_late
def delete(call: Call) -> dict[str, Any]:
    """behaviour 5.5, 5.6"""
    component = components.find(call, call.params["InferenceComponentName"])
    component.refuse_in_progress("delete")
    if components.adapters_of(call, component):
        raise validation(
            f'Inference component "{component.arn}" is a base inference component for one or more associated adapter '
            "inference components. Delete them first."
        )
    components.remove(call, component)
    return {}
