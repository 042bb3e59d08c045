# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the service's errors mean, told by its own words."""

from __future__ import annotations

import pytest
from botocore import exceptions

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import errors

ROLE = "arn:aws:iam::111122223333:role/fresh"
ROLE_NOT_READY = (
    f'The execution role ARN "{ROLE}" is invalid. Please ensure that the role exists and that its trust relationship policy '
    'allows the action "sts:AssumeRole" for the service principal "sagemaker.amazonaws.com".'
)
# It holds nearly the same words, but waiting does not help.
DATA_NOT_ACCESSIBLE = (
    f'Could not access model data at s3://bucket/model.tar.gz. Please ensure that the role "{ROLE}" exists and that its trust '
    'relationship policy allows the action "sts:AssumeRole" for the service principal "sagemaker.amazonaws.com". Also ensure '
    'that the role has "s3:GetObject" permissions and that the object is located in eu-west-1.'
)
JOB_ROLE = (
    f"Could not assume role {ROLE}. Please ensure that the role exists and allows principal 'sagemaker.amazonaws.com'"
)

CONNECTION = {"endpoint_url": "https://api.sagemaker.eu-west-1.amazonaws.com", "error": "no luck"}


def refusal(message: str, code: str = "ValidationException", status: int = 400) -> exceptions.ClientError:
    """An error as botocore raises it."""
    answer = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return exceptions.ClientError(answer, "CreateModel")


def wrapped(error: Exception) -> errors.ServiceError:
    return errors.ServiceError("CreateModel", error)


NOUNS = ("model", "endpoint", "endpoint configuration", "inference component")


@pytest.mark.parametrize("noun", NOUNS)
@pytest.mark.parametrize("missing", NOUNS)
@pytest.mark.parametrize("quote", ['"', "'"])
def test_what_is_missing(noun, missing, quote):
    message = f"Could not find {missing} {quote}arn:aws:sagemaker:eu-west-1:111122223333:thing/x{quote}."
    assert errors.is_not_found(refusal(message), noun) is (noun == missing)
    assert errors.is_not_found(wrapped(refusal(message)), noun) is (noun == missing)


@pytest.mark.parametrize(
    "message",
    [
        'Cannot update in-progress endpoint "arn:aws:sagemaker:eu-west-1:111122223333:endpoint/x".',
        "Could not find model data at s3://bucket/model.tar.gz.",
        'Requested resource not found: "endpoint"',
    ],
)
def test_what_is_not_missing(message):
    assert not any(errors.is_not_found(refusal(message), noun) for noun in NOUNS)


JUDGES = (errors.is_already_exists, errors.is_in_progress, errors.is_config_in_use)


@pytest.mark.parametrize(
    ("message", "judge"),
    [
        ('Cannot create already existing model "arn:aws:sagemaker:eu-west-1:1:model/m".', errors.is_already_exists),
        (
            "Cannot create already existing endpoint 'arn:aws:sagemaker:eu-west-1:1:endpoint/e'.",
            errors.is_already_exists,
        ),
        ('Cannot create already existing endpoint configuration "arn:aws:x".', errors.is_already_exists),
        ('Cannot update in-progress endpoint "arn:aws:sagemaker:eu-west-1:1:endpoint/e".', errors.is_in_progress),
        (
            'Cannot update endpoint with the currently in use endpoint configuration "c-1"',
            errors.is_config_in_use,
        ),
        ('Could not find endpoint "arn:aws:sagemaker:eu-west-1:1:endpoint/e".', None),
        (ROLE_NOT_READY, None),
    ],
)
def test_why_a_call_is_refused(message, judge):
    for candidate in JUDGES:
        assert candidate(refusal(message)) is (candidate is judge)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ROLE_NOT_READY, True),
        (ROLE_NOT_READY.replace('"', "'"), True),
        (DATA_NOT_ACCESSIBLE, False),
        (JOB_ROLE, False),
        ("1 validation error detected: Value 'x' at 'executionRoleArn' failed to satisfy constraint", False),
        ("", False),
    ],
)
def test_a_role_that_is_not_ready(text, expected):
    assert errors.is_role_not_ready(text) is expected


@pytest.mark.parametrize(
    ("error", "transient", "ambiguous"),
    [
        (refusal("Rate exceeded", "ThrottlingException"), True, False),
        (refusal("Too many", "TooManyRequestsException", 429), True, False),
        (refusal("pending", "ConcurrentUpdateException"), True, False),
        (refusal("", "InternalFailure", 500), True, True),
        (refusal("", "ServiceUnavailable", 503), True, True),
        (exceptions.ReadTimeoutError(**CONNECTION), True, True),
        (exceptions.ConnectionClosedError(**CONNECTION), True, True),
        (exceptions.HTTPClientError(error="no luck"), True, True),
        (exceptions.EndpointConnectionError(**CONNECTION), True, False),
        (exceptions.ConnectTimeoutError(**CONNECTION), True, False),
        (exceptions.ProxyConnectionError(proxy_url="http://proxy:3128", error="no luck"), True, False),
        (exceptions.SSLError(**{**CONNECTION, "error": "EOF occurred in violation of protocol"}), True, True),
        (
            exceptions.SSLError(**{**CONNECTION, "error": "[SSL: CERTIFICATE_VERIFY_FAILED] self-signed"}),
            False,
            False,
        ),
        (refusal("bad"), False, False),
        (refusal("", "AccessDeniedException"), False, False),
        (refusal("", "ResourceLimitExceeded"), False, False),
        (refusal("", "LimitExceededException"), False, False),
        (refusal("", "ObjectNotFoundException"), False, False),
        (exceptions.NoCredentialsError(), False, False),
        (exceptions.ParamValidationError(report="wrong"), False, False),
    ],
)
def test_what_may_be_repeated(error, transient, ambiguous):
    assert errors.is_transient(error) is transient
    assert errors.is_ambiguous(error) is ambiguous


def test_a_missing_target_has_a_code_of_its_own():
    missing = refusal("No scalable target found for service namespace: sagemaker", "ObjectNotFoundException")
    assert errors.is_target_not_found(wrapped(missing))
    assert not errors.is_target_not_found(refusal("No scalable target found"))


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (refusal(ROLE_NOT_READY), f"CreateModel failed (ValidationException): {ROLE_NOT_READY}"),
        (
            exceptions.EndpointConnectionError(**CONNECTION),
            "CreateModel: cannot reach AWS: Could not connect to the endpoint URL: "
            '"https://api.sagemaker.eu-west-1.amazonaws.com". Check endpoint_url (AWS_ENDPOINT_URL), the region and the network.',
        ),
        (
            exceptions.NoCredentialsError(),
            "CreateModel: Unable to locate credentials. Give profile, or access_key and secret_key, or set AWS_PROFILE, or "
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; with a profile of IAM Identity Center "
            "run aws sso login first, and on an instance of AWS give it a role.",
        ),
        (
            exceptions.SSLError(endpoint_url="https://aws", error="[SSL: CERTIFICATE_VERIFY_FAILED] self-signed"),
            "CreateModel: SSL validation failed for https://aws [SSL: CERTIFICATE_VERIFY_FAILED] self-signed. Give "
            "aws_ca_bundle (AWS_CA_BUNDLE) the certificates to trust, those of a proxy too.",
        ),
        (
            exceptions.ReadTimeoutError(**CONNECTION),
            'CreateModel failed: Read timeout on endpoint URL: "https://api.sagemaker.eu-west-1.amazonaws.com"',
        ),
    ],
)
def test_explanations(error, message):
    assert wrapped(error).message == message
    assert str(wrapped(error)) == message


def test_details_go_with_a_failure():
    error = errors.SageMakerError("wrong", endpoint={"endpoint_name": "e"})
    assert (error.message, error.details) == ("wrong", {"endpoint": {"endpoint_name": "e"}})


def test_codes_and_words_of_the_service_also_through_our_error():
    error = wrapped(refusal("words", "SomeCode", 418))
    assert (errors.code(error), errors.message(error), errors.http_status(error)) == ("SomeCode", "words", 418)
    other = wrapped(exceptions.NoCredentialsError())
    assert (errors.code(other), errors.message(other), errors.http_status(other)) == (
        "",
        "Unable to locate credentials",
        0,
    )


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        (
            "The sagemaker_model module requires a region and none was found in configuration, environment variables or module "
            "parameters",
            "Give region, or set AWS_REGION or AWS_DEFAULT_REGION.",
        ),
        ("You must specify a region.", "Give region, or set AWS_REGION or AWS_DEFAULT_REGION."),
        (
            "Failed to describe: Unable to locate credentials",
            "Give profile, or access_key and secret_key, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; "
            "with a profile of IAM Identity Center run aws sso login first, and on an instance of AWS give it a role.",
        ),
    ],
)
def test_what_the_words_leave_open_is_told_once(text, cure):
    told = errors.with_hint(text)
    assert told == f"{text.rstrip('.')}. {cure}"
    assert errors.with_hint(told) == told


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (
            "Min instance count needs to be greater than 0 for enabled managed instance scaling",
            "set managed_instance_scaling.min_instance_count to 1 or more",
        ),
        (
            "ManagedInstanceScaling is not supported with the given EndpointConfig setup.",
            "Leave managed_instance_scaling out",
        ),
        (
            "ManagedInstanceScaling is only supported for inference component endpoints.",
            "Leave managed_instance_scaling out",
        ),
        (
            "Environment variable map cannot be specified when using a ModelPackage subscribed from AWS Marketplace.",
            "Leave environment out",
        ),
        (
            "There is not enough hardware resources on the instances for this endpoint to create a copy of the inference component.",
            "Lower min_memory_required_in_mb",
        ),
        (
            "Unsupported manifest media type application/vnd.oci.image.manifest.v1+json for image x:1. Ensure that valid manifest "
            "media type is used for specified image.",
            "docker buildx build --provenance=false",
        ),
    ],
)
def test_what_the_service_alone_can_know_is_told_with_what_to_do(words, advice):
    told = errors.with_hint(wrapped(refusal(words)).message)
    assert words in told
    assert advice in told


def test_a_message_that_leaves_nothing_open_stays_as_it_is():
    assert errors.with_hint("production_variants: give one.") == "production_variants: give one."
