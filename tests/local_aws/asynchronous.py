# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asynchronous invocations: the input is in S3, or in the request; the answer comes to S3 later. behaviour 7.3, 7.9"""

from __future__ import annotations

import threading
import uuid
from typing import Callable

from local_aws import artifacts
from local_aws import invocation_metrics
from local_aws import lifecycle
from local_aws import roles
from local_aws import runtime
from local_aws.endpoints import SERVING
from local_aws.endpoints import Endpoint
from local_aws.fleets import Fleet
from local_aws.wire import AwsError
from local_aws.wire import Request
from local_aws.wire import Response
from local_aws.wire import json_response
from local_aws.world import ACCOUNT
from local_aws.world import Call

LONGEST = 21600  # seconds that a request may wait for an instance
PAUSE = 0.05  # seconds until the next look at an endpoint that has none


def invoke(call: Call, endpoint: Endpoint, fleet: Fleet, request: Request) -> Response:
    """Takes the request; ``async_delay`` seconds later, or once there is an instance, what serves then writes the answer."""
    if not fleet.config.asynchronous:
        raise runtime.refused(f"Endpoint {endpoint.name} of account {ACCOUNT} is not an asynchronous endpoint.")
    location = request.headers.get(runtime.PREFIX + "inputlocation")
    if (location is None) == (not request.body):
        raise runtime.refused("Specify exactly one of InputLocation and Body.")
    output = fleet.config.request["AsyncInferenceConfig"]["OutputConfig"]
    inference = request.headers.get(runtime.PREFIX + "inference-id") or str(uuid.uuid4())
    base = output.get("S3OutputPath") or f"s3://sagemaker-{call.region.name}-{ACCOUNT}/async"
    target = _under(base, request.headers.get(runtime.PREFIX + "filename") or f"{uuid.uuid4()}.out")
    failed = _under(output["S3FailurePath"], f"{uuid.uuid4()}-error.out") if "S3FailurePath" in output else None
    generation, expires = call.world.generation, call.now + _time_to_live(request)

    def work() -> None:
        with call.world.lock:
            if call.world.generation != generation or call.now > expires:
                return
            lifecycle.settle(endpoint, call.now)
            if endpoint.gone:
                return
            serving = _with_instances(endpoint)
            if serving is None:
                _later(PAUSE, work)
            else:
                _work(call, endpoint, serving, request, location, target, failed)

    _later(call.world.settings.async_delay, work)
    headers = {"X-Amzn-SageMaker-OutputLocation": target}
    if failed is not None:
        headers["X-Amzn-SageMaker-FailureLocation"] = failed
    return json_response({"InferenceId": inference}, 202, "application/json", **headers)


def _later(seconds: float, work: Callable[[], None]) -> None:
    timer = threading.Timer(seconds, work)
    timer.daemon = True
    timer.start()


def _time_to_live(request: Request) -> int:
    """How many seconds the request may wait."""
    given = request.headers.get(runtime.PREFIX + "requestttlseconds", str(LONGEST))
    if not given.isdecimal() or not 60 <= int(given) <= LONGEST:
        raise runtime.refused(f"RequestTTLSeconds must be between 60 and {LONGEST}.")
    return int(given)


def _with_instances(endpoint: Endpoint) -> Fleet | None:
    """What serves, unless its variant is at zero."""
    fleet = endpoint.fleet if endpoint.status in SERVING else None
    return fleet if fleet is not None and any(one.count for one in fleet.variants.values()) else None


def _under(prefix: str, name: str) -> str:
    return f"{prefix.rstrip('/')}/{name}"


def _work(
    call: Call,
    endpoint: Endpoint,
    fleet: Fleet,
    request: Request,
    location: str | None,
    target: str,
    failed: str | None,
) -> None:
    variant = next(one for one in fleet.variants.values() if one.count)
    dimensions = invocation_metrics.of_variant(endpoint.name, variant.name)
    invocation_metrics.count(call, invocation_metrics.PROCESSED, dimensions)
    role = _role(call, endpoint, fleet)
    body = request.body if location is None else _read(call, location, role)
    if body is None:
        if failed is not None:
            _write(call, failed, b'{"error": "Could not read the input of the invocation."}', role)
        return
    _write(call, target, runtime.describe(endpoint, fleet, variant, body, request.headers), role)


def _role(call: Call, endpoint: Endpoint, fleet: Fleet) -> roles.Role | None:
    for model in fleet.all[0].models:
        if "ExecutionRoleArn" in model.request:
            try:
                return roles.assumable(call, model.request["ExecutionRoleArn"], endpoint.arn, "endpoint")
            except AwsError:
                return roles.Role(model.request["ExecutionRoleArn"], call.region.name, [], None)
    return None


def _read(call: Call, uri: str, role: roles.Role | None) -> bytes | None:
    """The object, or None where it is missing or the role may not read it."""
    bucket, key = artifacts.split(uri)
    if role is not None and not role.may("s3:GetObject", f"arn:{call.region.partition}:s3:::{bucket}/{key}"):
        return None
    return artifacts.read(call.region, bucket, key)


def _write(call: Call, uri: str, body: bytes, role: roles.Role | None) -> None:
    """Writes the object unless the role may not, or the bucket is missing."""
    bucket, key = artifacts.split(uri)
    if role is None or role.may("s3:PutObject", f"arn:{call.region.partition}:s3:::{bucket}/{key}"):
        artifacts.write(call.region, bucket, key, body)
