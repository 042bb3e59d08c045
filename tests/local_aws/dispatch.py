# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a request to its answer: log, faults, rate limit, validation, handler; or moto."""

from __future__ import annotations

import json
import re
import sys
import traceback
from typing import Any

from local_aws import alarm_states
from local_aws import component_calls
from local_aws import control
from local_aws import endpoint_calls
from local_aws import endpoint_configs
from local_aws import faults
from local_aws import keys
from local_aws import models
from local_aws import others
from local_aws import packages
from local_aws import price_list
from local_aws import registries
from local_aws import runtime
from local_aws import scaling_policies
from local_aws import scheduled_actions
from local_aws import schema
from local_aws import service_quotas
from local_aws import simulation
from local_aws import tag_index
from local_aws import tags
from local_aws import usage
from local_aws import validation
from local_aws.identify import Identity
from local_aws.identify import identify
from local_aws.registry import HANDLERS
from local_aws.wire import AwsError
from local_aws.wire import Request
from local_aws.wire import Response
from local_aws.wire import error_response
from local_aws.wire import json_response
from local_aws.world import Call
from local_aws.world import World

# Importing these files registers their handlers.
REGISTERING = (
    component_calls,
    endpoint_calls,
    endpoint_configs,
    models,
    packages,
    price_list,
    registries,
    scaling_policies,
    scheduled_actions,
    service_quotas,
)
# Operations of what moto keeps that need something of ours besides.
BESIDE_MOTO = {
    ("cloudwatch", "SetAlarmState"): alarm_states.answer,
    ("cloudwatch", "GetMetricData"): usage.answer,
    ("iam", "SimulatePrincipalPolicy"): simulation.answer,
    ("kms", "CancelKeyDeletion"): keys.by_id,
    ("kms", "ScheduleKeyDeletion"): keys.by_id,
    ("sagemaker", "DescribeModelPackage"): packages.describe,
}


class Application:
    """The whole AWS as one function from request to response."""

    def __init__(self, world: World) -> None:
        self.world = world

    def __call__(self, request: Request) -> Response:
        if request.path.startswith(control.PREFIX):
            return control.answer(self.world, request)
        called = identify(request)
        entry = self.world.calls.begin(
            called.service, called.operation, called.region, called.params, self.world.clock.now()
        )
        fault = self.world.faults.take(called.service, called.operation, called.region)
        response = self._answer(request, called, fault)
        if fault is not None and fault.kind in ("lost", "reset"):
            entry["error"] = fault.kind
            response.body = None
        else:
            entry["status"] = response.status
            entry["error"] = _error_code(response)
        return response

    def _answer(self, request: Request, called: Identity, fault: faults.Fault | None) -> Response:
        try:
            if fault is not None and fault.kind == "reset":
                return Response(0, None)
            if fault is not None and fault.log:
                with self.world.lock:
                    runtime.log(
                        Call(self.world, self.world.region(called.region, others.account_of(called.access_key)), {}),
                        request,
                        fault.log,
                    )
            if fault is not None and fault.error is not None:
                raise faults.as_error(fault.error, called.service, called.protocol, **fault.members)
            if not self.world.bucket.admits(self.world.settings.calls_per_second):
                raise faults.as_error(faults.ERRORS["throttle"], called.service, called.protocol)
            return self._handle(request, called)
        except AwsError as error:
            return error_response(error, called.service, called.protocol)
        except Exception as error:  # pylint: disable=broad-except
            traceback.print_exc(file=sys.stderr)
            problem = AwsError("InternalFailure", f"Local AWS: {type(error).__name__}: {error}", 500)
            return error_response(problem, called.service, called.protocol)

    def _handle(self, request: Request, called: Identity) -> Response:
        if called.service == "sagemaker-runtime":
            with self.world.lock:
                return runtime.answer(
                    Call(self.world, self.world.region(called.region, others.account_of(called.access_key)), {}),
                    request,
                )
        beside = BESIDE_MOTO.get((called.service, called.operation))
        if beside is not None:
            with self.world.lock:
                return beside(
                    Call(
                        self.world,
                        self.world.region(called.region, others.account_of(called.access_key)),
                        _params(called),
                    ),
                    request,
                )
        handler = HANDLERS.get((called.service, called.operation))
        if handler is None or not _is_ours(called):
            return others.answer(request)
        if called.params is None:
            raise AwsError("SerializationException", "The request's body is not JSON.")
        shape = schema.operation(called.service, called.operation).input_shape
        params = validation.clean(shape, called.params)
        with self.world.lock:
            call = Call(self.world, self.world.region(called.region, others.account_of(called.access_key)), params)
            try:
                return json_response(handler(call))
            finally:
                tag_index.record(call)


def _params(called: Identity) -> dict[str, Any]:
    return called.params if isinstance(called.params, dict) else {}


def _is_ours(called: Identity) -> bool:
    """Whether a call that we have a handler for concerns what we keep; the rest of the account is moto's."""
    params = _params(called)
    if called.service == "sagemaker" and called.operation in ("AddTags", "DeleteTags", "ListTags"):
        arn = params.get("ResourceArn")
        return not isinstance(arn, str) or not arn.startswith("arn:") or tags.ours(arn)
    if called.service == tag_index.SERVICE:
        return tag_index.asks_for_ours(params)
    if called.service == "application-autoscaling":
        arn = params.get("ResourceARN")
        return arn is not None or params.get("ServiceNamespace", "sagemaker") == "sagemaker"
    return True


def _error_code(response: Response) -> str | None:
    """The error code in an answer, of whatever protocol."""
    if response.status < 400 or response.body is None:
        return None
    code = {name.lower(): value for name, value in response.headers.items()}.get("x-amzn-errortype")
    if code:
        return code
    text = response.body.decode("utf-8", "replace")
    found = re.search(r"<Code>([^<]+)</Code>", text)
    if found:
        return found[1]
    try:
        return str(json.loads(text)["__type"]).rpartition("#")[2]
    except (ValueError, KeyError, TypeError):
        return str(response.status)
