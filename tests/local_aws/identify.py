# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which service and operation a request calls. The service's botocore name, the protocol, the region, the parameters."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl
from urllib.parse import unquote

from local_aws import openai_route
from local_aws import schema
from local_aws.wire import Request
from local_aws.wire import readable

DEFAULT_REGION = "us-east-1"
# X-Amz-Target prefixes of the services that we answer ourselves.
TARGETS = {
    "SageMaker": "sagemaker",
    "AnyScaleFrontendService": "application-autoscaling",
    "ResourceGroupsTaggingAPI_20170126": "resourcegroupstaggingapi",
    "ServiceQuotasV20190624": "service-quotas",
    "AmazonEC2ContainerRegistry_V20150921": "ecr",
    "AWSPriceListService": "pricing",
}
# Signing names that are not the name of botocore's service.
SIGNING_NAMES = {"monitoring": "cloudwatch", "email": "ses", "elasticloadbalancing": "elbv2"}
CREDENTIAL = re.compile(r"Credential=([^/]*)/\d{8}/([^/]+)/([^/,]+)/aws4_request")


@dataclass
class Identity:
    service: str
    operation: str
    protocol: str  # json, rest-json, rest-xml, query or openai
    region: str
    params: Any
    access_key: str = ""


def identify(request: Request) -> Identity:
    """Tells who is called. An operation that cannot be told is named by method and path."""
    route = openai_route.route_of(request)
    if route is not None:
        # It is the permission for InvokeEndpoint that a token needs. behaviour 7.10
        names = {"EndpointName": route["endpoint"], "InferenceComponentName": route["component"]}
        params = {"path": unquote(request.path), **names, "Body": readable(request.body)}
        region = openai_route.region_of(request, DEFAULT_REGION)
        return Identity("sagemaker-runtime", "InvokeEndpoint", "openai", region, params)
    access_key, region, signing = _scope(request)
    called = _signed(request, region, signing)
    called.access_key = access_key
    return called


def _signed(request: Request, region: str, signing: str) -> Identity:
    target = request.headers.get("x-amz-target")
    if target:
        prefix, _dot, operation = target.rpartition(".")
        service = TARGETS.get(prefix, SIGNING_NAMES.get(signing, signing))
        return Identity(service, operation, "json", region, _json(request.body))
    if request.path.startswith("/endpoints/") and signing == "sagemaker":
        return _rest("sagemaker-runtime", request, region)
    form = request.form()
    service = SIGNING_NAMES.get(signing, signing)
    if "Action" in form:
        return Identity(service, form.pop("Action"), "query", region, form)
    if service in schema.known_services():
        return _rest(service, request, region)
    return Identity(service, f"{request.method} {request.path}", "rest-json", region, {})


def _scope(request: Request) -> tuple[str, str, str]:
    """Access key, region and signing name of the request's signature, in a header or (presigned) in the query string."""
    found = CREDENTIAL.search(unquote(request.headers.get("authorization", "") or request.query))
    if found is None:
        found = CREDENTIAL.search("Credential=" + unquote(request.query).partition("X-Amz-Credential=")[2])
    if found is None:
        return "", DEFAULT_REGION, "s3"
    return found[1], found[2], found[3]


def _json(body: bytes) -> Any:
    try:
        return json.loads(body or b"{}")
    except ValueError:
        return None


def _rest(service: str, request: Request, region: str) -> Identity:
    protocol = schema.service(service).metadata["protocol"]
    path, query = unquote(request.path), dict(parse_qsl(request.query, keep_blank_values=True))
    params: dict[str, Any] = {"path": path, "query": query}
    for route in _routes(service):
        found = route.pattern.fullmatch(path)
        if found and route.fits(request, query):
            members = {**found.groupdict(), **_members(service, route.operation, request)}
            return Identity(service, route.operation, protocol, region, {**params, **members})
    return Identity(service, f"{request.method} {path}", protocol, region, params)


def _members(service: str, operation: str, request: Request) -> dict[str, Any]:
    """The members of a REST call that travel in headers, and the body of an invocation."""
    shape = schema.operation(service, operation).input_shape
    members: dict[str, Any] = {}
    for name, member in shape.members.items() if shape else []:
        where = member.serialization
        value = request.headers.get(where.get("name", name).lower()) if where.get("location") == "header" else None
        if value is not None:
            members[name] = int(value) if member.type_name == "integer" and value.isdigit() else value
    # Objects for S3 may be large, and nobody asks for them.
    if service == "sagemaker-runtime" and request.body:
        members["Body"] = readable(request.body)
    return members


@dataclass
class Route:
    """How a request for an operation of a REST service looks."""

    operation: str
    method: str
    pattern: re.Pattern[str]
    fixed: dict[str, str]  # what the query string says
    queries: list[str]  # what it must have
    headers: list[str]

    def fits(self, request: Request, query: dict[str, str]) -> bool:
        return (
            self.method == request.method
            and all(query.get(key) == value for key, value in self.fixed.items())
            and all(key in query for key in self.queries)
            and all(key in request.headers for key in self.headers)
        )


@lru_cache(maxsize=None)
def _routes(service: str) -> list[Route]:
    """The service's operations, the most particular first."""
    routes = []
    model = schema.service(service)
    for name in model.operation_names:
        operation = model.operation_model(name)
        uri, _mark, query = operation.http["requestUri"].partition("?")
        label = r"\\\{(\w+)(\\\+)?\\\}"
        pattern = re.sub(label, lambda one: f"(?P<{one[1]}>{'.+' if one[2] else '[^/]+'})", re.escape(uri))
        places: dict[str, list[str]] = {"querystring": [], "header": []}
        shape = operation.input_shape
        for member in shape.required_members if shape else []:
            where = shape.members[member].serialization
            places.setdefault(where.get("location", "body"), []).append(where.get("name", member))
        routes.append(
            Route(
                name,
                operation.http["method"],
                re.compile(pattern + "/?"),
                dict(parse_qsl(query, keep_blank_values=True)),
                places["querystring"],
                [header.lower() for header in places["header"]],
            )
        )
    return sorted(routes, key=lambda one: (-len(one.fixed) - len(one.queries) - len(one.headers), one.pattern.groups))
