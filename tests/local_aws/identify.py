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

from local_aws import schema
from local_aws.wire import Request

DEFAULT_REGION = "us-east-1"
# X-Amz-Target prefixes of the services that we answer ourselves.
TARGETS = {"SageMaker": "sagemaker", "AnyScaleFrontendService": "application-autoscaling"}
# Signing names that are not the name of botocore's service.
SIGNING_NAMES = {"monitoring": "cloudwatch", "email": "ses", "elasticloadbalancing": "elbv2"}
CREDENTIAL = re.compile(r"Credential=[^/]*/\d{8}/([^/]+)/([^/,]+)/aws4_request")


@dataclass
class Identity:
    service: str
    operation: str
    protocol: str  # json, rest-json, rest-xml or query
    region: str
    params: Any


def identify(request: Request) -> Identity:
    """Tells who is called. An operation that cannot be told is named by method and path."""
    region, signing = _scope(request)
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


def _scope(request: Request) -> tuple[str, str]:
    """Region and signing name of the request's signature, in a header or (presigned) in the query string."""
    found = CREDENTIAL.search(unquote(request.headers.get("authorization", "") or request.query))
    if found is None:
        found = CREDENTIAL.search("Credential=" + unquote(request.query).partition("X-Amz-Credential=")[2])
    if found is None:
        return DEFAULT_REGION, "s3"
    return found[1], found[2]


def _json(body: bytes) -> Any:
    try:
        return json.loads(body or b"{}")
    except ValueError:
        return None


def _rest(service: str, request: Request, region: str) -> Identity:
    protocol = schema.service(service).metadata["protocol"]
    path, query = unquote(request.path), dict(parse_qsl(request.query, keep_blank_values=True))
    params: dict[str, Any] = {"path": path, "query": query}
    for method, pattern, fixed, operation, headers in _routes(service):
        found = pattern.fullmatch(path)
        if found and method == request.method and all(query.get(key) == value for key, value in fixed.items()):
            if all(header in request.headers for header in headers):
                return Identity(service, operation, protocol, region, {**params, **found.groupdict()})
    return Identity(service, f"{request.method} {path}", protocol, region, params)


@lru_cache(maxsize=None)
def _routes(service: str) -> list[tuple[str, re.Pattern[str], dict[str, str], str, list[str]]]:
    """The service's operations as (method, path, fixed query, name, required headers), the most particular first."""
    routes = []
    model = schema.service(service)
    for name in model.operation_names:
        operation = model.operation_model(name)
        uri, _mark, query = operation.http["requestUri"].partition("?")
        pattern = re.sub(
            r"\\\{(\w+)(\\\+)?\\\}", lambda label: f"(?P<{label[1]}>{'.+' if label[2] else '[^/]+'})", re.escape(uri)
        )
        members = operation.input_shape.members if operation.input_shape else {}
        required = operation.input_shape.required_members if operation.input_shape else []
        headers = [
            members[one].serialization["name"].lower()
            for one in required
            if members[one].serialization.get("location") == "header"
        ]
        queries = dict(parse_qsl(query, keep_blank_values=True))
        routes.append((operation.http["method"], re.compile(pattern + "/?"), queries, name, headers))
    return sorted(routes, key=lambda route: (-len(route[2]), -len(route[4]), len(route[1].groupindex)))
