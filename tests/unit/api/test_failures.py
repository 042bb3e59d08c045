# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reports of calls that AWS refused, and of what serves."""

from __future__ import annotations

from typing import Any

import pytest
from botocore import exceptions

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api import failures
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api.client import AwsClients
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import failure_causes
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import ServiceError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.reports import failure as failure_report

IMAGE_MISSING = "Requested image 1.dkr.ecr.us-east-1.amazonaws.com/a:1 not found."


def refused(code: str, message: str, status: int = 400) -> ServiceError:
    answer = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ServiceError("CreateModel", exceptions.ClientError(answer, "CreateModel"))


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (refused("ValidationException", IMAGE_MISSING), "image_not_found"),
        # The words of it would fit the execution role.
        (
            refused("AccessDeniedException", "User: a is not authorized to perform: sagemaker:CreateModel"),
            "caller_permissions",
        ),
        (refused("ValidationException", "1 validation error detected"), "unknown"),
        (ServiceError("CreateModel", exceptions.NoCredentialsError()), "credentials_missing"),
        # What the service says of itself is not about the request.
        (refused("InternalFailure", "internal service error, a timeout", 500), "unknown"),
        (
            ServiceError("CreateModel", exceptions.ReadTimeoutError(endpoint_url="https://aws", error="no luck")),
            "unknown",
        ),
    ],
)
def test_the_cause_of_a_refused_call(error: ServiceError, cause: str) -> None:
    before = error.message
    failures.refused_call(error, "model creation", "m")
    report = error.details["failure"]
    assert report == {
        **failure_report.failure("model creation", "m"),
        "reason": report["reason"],
        "cause": cause,
        "remedy": report["remedy"],
        # Without credentials nothing was asked for.
        "log_note": None if cause == "credentials_missing" else failure_report.NO_CONTAINER,
    }
    assert report["reason"] in before
    assert (error.details["cause"], error.details["remedy"]) == (cause, report["remedy"])
    assert (report["remedy"] == "") == (cause == "unknown")
    assert error.message == (f"{before.rstrip('. ')}. {report['remedy']}" if report["remedy"] not in before else before)


def test_a_report_is_made_once_and_keeps_what_is_known_already() -> None:
    error = refused("ValidationException", IMAGE_MISSING)
    error.details.update(failure_causes.WAITING.details)
    failures.refused_call(error, "model creation", "m")
    message = error.message
    failures.refused_call(error, "CreateModel", "another")
    assert error.details["failure"]["name"] == "m"
    assert (error.message, error.details["failure"]["remedy"]) == (message, failure_causes.WAITING.remedy)
    assert message.count(failure_causes.WAITING.remedy) == 1


def test_the_remedy_of_throttling_stands_in_the_message_once() -> None:
    error = refused("ThrottlingException", "Rate exceeded")
    failures.refused_call(error, "model creation", "m")
    assert error.details["failure"]["cause"] == "throttling"
    assert error.message.count(failure_causes.THROTTLING.remedy) == 1


@pytest.mark.parametrize(
    ("status", "serves"),
    [
        ("InService", True),
        ("Updating", True),
        ("RollingBack", True),
        ("UpdateRollbackFailed", True),
        ("Creating", False),
        ("Failed", False),
        ("Deleting", False),
    ],
)
def test_what_serves(aws: AwsClients, stub: Any, status: str, serves: bool) -> None:
    stub("sagemaker")
    endpoint = {
        "EndpointName": "e",
        "EndpointConfigName": "c",
        "EndpointStatus": status,
        "ProductionVariants": [{"VariantName": "main", "CurrentInstanceCount": 1}],
    }
    variants = [{"variant_name": "main", "current_instance_count": 1}]
    expected = {"endpoint_config_name": "c", "variants": variants}
    nothing = {"endpoint_config_name": None, "variants": []}
    assert failures.serving(aws, endpoint) == (expected if serves else nothing)
    assert failures.serving(aws, None) == nothing
    assert failures.serving(aws, {**endpoint, "ProductionVariants": []}) == nothing
