# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The SageMaker runtime: invocations, answered by what serves. behaviour section 7"""

from __future__ import annotations

import json
import random
import re
import uuid
from typing import Any
from urllib.parse import unquote

from local_aws import asynchronous
from local_aws import components
from local_aws import container_logs
from local_aws import endpoints
from local_aws import eventstream
from local_aws import invocation_metrics
from local_aws import openai_route
from local_aws.components import Component
from local_aws.endpoints import Endpoint
from local_aws.fleets import Fleet
from local_aws.fleets import Variant
from local_aws.wire import AwsError
from local_aws.wire import Request
from local_aws.wire import Response
from local_aws.wire import readable
from local_aws.world import ACCOUNT
from local_aws.world import Call

PREFIX = "x-amzn-sagemaker-"
PATH = re.compile(r"/endpoints/([^/]+)/(invocations|async-invocations|invocations-response-stream)")
LIMITS = {"invocations": 6291456, "invocations-response-stream": 6291456, "async-invocations": 128000}


def log(call: Call, request: Request, lines: list[str]) -> None:
    """Lets the containers of the endpoint that is invoked write. behaviour 13"""
    found = PATH.fullmatch(unquote(request.path))
    endpoint = None if found is None else endpoints.lookup(call, found[1])
    fleet = None if endpoint is None else endpoint.fleet
    if endpoint is not None and fleet is not None:
        for variant in fleet.all:
            group = f"/aws/sagemaker/Endpoints/{endpoint.name}"
            container_logs.write(call, group, variant.name, 1, lines, call.now, call.now)


def refused(message: str) -> AwsError:
    """The runtime's code has no "Exception" at its end. behaviour 7.1"""
    return AwsError("ValidationError", message)


def answer(call: Call, request: Request) -> Response:
    """Handles a request of the rest-json protocol; the handlers of the other services never see one."""
    if openai_route.route_of(request) is not None:
        return _chat(call, request)
    found = PATH.fullmatch(unquote(request.path))
    if found is None or request.method != "POST":
        raise AwsError("UnknownOperationException", f"There is no {request.method} {request.path}.", 404)
    name, what = found[1], found[2]
    if len(request.body) > LIMITS[what]:
        raise refused(f"The body is larger than {LIMITS[what]} bytes.")
    endpoint = _serving(call, name)
    fleet = endpoint.fleet
    assert fleet is not None
    component = _component(call, endpoint, fleet, request.headers.get(PREFIX + "inference-component"))
    if what == "async-invocations":
        return asynchronous.invoke(call, endpoint, fleet, request)
    if fleet.config.asynchronous:
        raise refused(f"Endpoint {endpoint.name} of account {ACCOUNT} is asynchronous: use InvokeEndpointAsync.")
    if component is not None:
        variant = fleet.variants[component.variant_name]
    else:
        variant = _choose(fleet, request)
        _check_target(variant, request)
    headers = {
        "Content-Type": "application/json",
        "x-Amzn-Invoked-Production-Variant": variant.name,
        "x-amzn-RequestId": str(uuid.uuid4()),
    }
    if "x-amzn-sagemaker-custom-attributes" in request.headers:
        headers["X-Amzn-SageMaker-Custom-Attributes"] = request.headers["x-amzn-sagemaker-custom-attributes"]
    if "x-amzn-sagemaker-session-id" in request.headers:
        given = request.headers["x-amzn-sagemaker-session-id"]
        if given == "NEW_SESSION":
            headers["X-Amzn-SageMaker-New-Session-Id"] = str(uuid.uuid4())
    document = describe(endpoint, fleet, variant, request.body, request.headers, component)
    _count(call, endpoint, variant, component)
    if what == "invocations":
        return Response(200, document, headers)
    headers["X-Amzn-SageMaker-Content-Type"] = headers["Content-Type"]
    headers["Content-Type"] = "application/vnd.amazon.eventstream"
    return Response(200, eventstream.payload(document), headers)


def _count(call: Call, endpoint: Endpoint, variant: Variant | None, component: Component | None) -> None:
    """Counts an invocation in CloudWatch. behaviour 15.1"""
    if component is not None:
        dimensions = invocation_metrics.of_component(component.name)
    else:
        assert variant is not None
        dimensions = invocation_metrics.of_variant(endpoint.name, variant.name)
    invocation_metrics.count(call, invocation_metrics.INVOCATIONS, dimensions)


def _serving(call: Call, name: str) -> Endpoint:
    """The endpoint if it serves. The name must match in case. behaviour 0.7, 4.2, 7.1"""
    endpoint = endpoints.lookup(call, name)
    if endpoint is None or endpoint.name != name or endpoint.fleet is None or endpoint.status not in endpoints.SERVING:
        raise refused(f"Endpoint {name} of account {ACCOUNT} not found.")
    return endpoint


def _chat(call: Call, request: Request) -> Response:
    """An invocation by the OpenAI-compatible route. behaviour 7.12"""
    name, named = openai_route.admit(call.world, request)
    endpoint = _serving(call, name)
    fleet = endpoint.fleet
    assert fleet is not None
    component = _component(call, endpoint, fleet, named)
    if fleet.config.asynchronous:
        raise refused(f"Endpoint {endpoint.name} of account {ACCOUNT} is asynchronous: use InvokeEndpointAsync.")
    variant = _choose(fleet, request) if component is None else None
    _count(call, endpoint, variant, component)
    if component is None:
        containers = variant.models[0].containers
    else:
        base = components.lookup(call, component.content.base) if component.content.base else component
        containers = base.content.containers if base is not None else []
    return openai_route.answer(call, request, containers, fleet.config.name)


def _component(call: Call, endpoint: Endpoint, fleet: Fleet, named: str | None) -> Component | None:
    """The component that is meant, None on an endpoint that hosts models itself. behaviour 7.2, 7.7"""
    if fleet.hosts_components:
        if named is None:
            raise refused(
                "Inference Component Name header is required for endpoints to which you plan to deploy inference "
                "components. Please include Inference Component Name header or consider using SageMaker models."
            )
        component = components.lookup(call, named)
        known = (
            component is not None and component.name == named and components.endpoint_of(call, component) is endpoint
        )
        if component is None or not known or component.status not in components.SERVING:
            raise refused(f"Inference Component {named} of account {ACCOUNT} not found.")
        _check_capacity(call, component)
        return component
    if named is not None:
        raise refused(
            "Inference Component Name header is not allowed for endpoints to which you dont plan to deploy inference "
            "components. Please remove the Inference Component Name header and try again."
        )
    return None


def _check_capacity(call: Call, component: Component) -> None:
    """A component without a copy cannot answer; an adapter lives in the copies of its base. behaviour 7.7"""
    host = components.lookup(call, component.content.base) if component.content.base else component
    if host is None or host.current == 0:
        raise refused(
            "Inference Component has no capacity to process this request. ApplicationAutoScaling may be in-progress (if "
            "configured) or try to increase the capacity by invoking UpdateInferenceComponentRuntimeConfig API."
        )


def _choose(fleet: Fleet, request: Request) -> Variant:
    """TargetVariant, or chance by the weights. behaviour 7.4"""
    wanted = request.headers.get(PREFIX + "target-variant")
    if wanted is not None:
        if wanted not in fleet.variants:
            raise refused(f"Variant {wanted} of the endpoint was not found.")
        return fleet.variants[wanted]
    variants = list(fleet.variants.values())
    weights = [one.weight for one in variants]
    return random.choices(variants, weights if any(weights) else None)[0]


def _check_target(variant: Variant, request: Request) -> None:
    """The headers that choose inside a model. behaviour 7.5"""
    model = variant.models[0]
    many = any(one.get("Mode") == "MultiModel" for one in model.containers)
    target = request.headers.get(PREFIX + "target-model")
    if many and target is None:
        raise refused("Target model must be specified for an endpoint that hosts several models in one container.")
    if not many and target is not None:
        raise refused("Target model cannot be specified for an endpoint that does not host several models.")
    direct = model.request.get("InferenceExecutionConfig", {}).get("Mode") == "Direct"
    container = request.headers.get(PREFIX + "target-container-hostname")
    known = [one.get("ContainerHostname") for one in model.containers]
    if direct and container not in known:
        raise refused("Target container hostname must name one of the containers of the endpoint's model.")
    if not direct and container is not None:
        raise refused("Target container hostname can only be specified for containers invoked directly.")


def describe(
    endpoint: Endpoint,
    fleet: Fleet,
    variant: Variant,
    body: bytes,
    headers: dict[str, str],
    component: Component | None = None,
) -> bytes:
    """The model's answer: who it is, and what it was asked."""
    document = {
        "endpoint": endpoint.name,
        "variant": variant.name,
        "endpoint_config": fleet.config.name,
        "models": [model.name for model in variant.models],
        "images": variant.images,
        "model_packages": variant.packages,
        "environment_sha256": variant.environment_sha256,
        "input": readable(body),
    }
    if component is not None:
        document |= _described_component(component)
    for header in ("target-model", "target-container-hostname"):
        if PREFIX + header in headers:
            document[header.replace("-", "_")] = headers[PREFIX + header]
    return json.dumps(document).encode()


def _described_component(component: Component) -> dict[str, Any]:
    """Who answers inside of an endpoint that hosts components."""
    content = component.content
    specification = content.specifications[0]
    document = {
        "inference_component": component.name,
        "models": sorted(content.models),
        "images": content.images_of(specification),
        "copies": component.current,
    }
    container = specification.get("Container", {})
    if "ArtifactUrl" in container:
        document["artifact_url"] = container["ArtifactUrl"]
    if content.base is not None:
        document["base_inference_component"] = content.base
    return document
