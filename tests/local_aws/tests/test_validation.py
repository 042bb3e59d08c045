# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

import pytest

from local_aws import schema
from local_aws.patterns import matches
from local_aws.process import LocalAws
from local_aws.tests.kit import IMAGE
from local_aws.tests.kit import Kit
from local_aws.validation import clean
from local_aws.wire import AwsError

SCOPE = "AWS4-HMAC-SHA256 Credential=testing/20300101/us-east-1/sagemaker/aws4_request, SignedHeaders=host, Signature=0"


def post(aws: LocalAws, operation: str, document: Any) -> tuple[int, dict[str, Any]]:
    """A call past botocore, which would check it itself."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    request = urllib.request.Request(
        aws.url, body, {"X-Amz-Target": f"SageMaker.{operation}", "Authorization": SCOPE}, method="POST"
    )
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def problem(operation: str, request: dict[str, Any], service: str = "sagemaker") -> str:
    """The refusal's text."""
    with pytest.raises(AwsError) as caught:
        clean(schema.operation(service, operation).input_shape, request)
    assert caught.value.code == "ValidationException"
    return caught.value.message


def test_required(aws: LocalAws) -> None:
    status, answer = post(aws, "CreateModel", {})
    assert status == 400
    assert answer["__type"] == "ValidationException"
    assert answer["message"] == (
        "1 validation error detected: Value null at 'modelName' failed to satisfy constraint: Member must not be null"
    )


def test_all_errors_come_at_once() -> None:
    text = problem("CreateEndpointConfig", {"ProductionVariants": [{"InitialInstanceCount": 0}]})
    assert text.startswith("3 validation errors detected: Value null at 'endpointConfigName'")
    assert "; Value null at 'productionVariants.1.member.variantName' failed" in text
    assert (
        "; Value '0' at 'productionVariants.1.member.initialInstanceCount' failed to satisfy constraint: Member must "
        "have value greater than or equal to 1"
    ) in text


def test_enumeration() -> None:
    variant = {"VariantName": "V", "InstanceType": "ml.t3.medium"}
    text = problem("CreateEndpointConfig", {"EndpointConfigName": "c", "ProductionVariants": [variant]})
    assert text.startswith(
        "1 validation error detected: Value 'ml.t3.medium' at 'productionVariants.1.member.instanceType' failed to "
        "satisfy constraint: Member must satisfy enum value set: ["
    )
    assert "ml.m5.large" in text


def test_the_values_of_an_enumeration_are_in_alphabetical_order() -> None:
    parameters = {"PolicyName": "p", "ServiceNamespace": "sagemaker", "ResourceId": "r", "PolicyType": "x"}
    parameters["ScalableDimension"] = "sagemaker:variant:DesiredInstanceCount"
    text = problem("PutScalingPolicy", parameters, "application-autoscaling")
    assert text.endswith("enum value set: [PredictiveScaling, StepScaling, TargetTrackingScaling]")


@pytest.mark.parametrize("name", ["-a", "a-", "a_b", "a b", "ä", "a\n"])
def test_pattern_is_anchored(name: str) -> None:
    assert "Member must satisfy regular expression pattern: " in problem("DeleteModel", {"ModelName": name})


def test_length_and_sizes() -> None:
    text = problem("DeleteModel", {"ModelName": "a" * 64})
    assert f"Value '{'a' * 64}' at 'modelName'" in text
    assert "Member must have length less than or equal to 63" in text
    text = problem("CreateModel", {"ModelName": "m", "VpcConfig": {"SecurityGroupIds": [], "Subnets": ["s"]}})
    assert "Value '[]' at 'vpcConfig.securityGroupIds' failed" in text
    assert "length greater than or equal to 1" in text


def test_lists_and_maps_of_scalars_name_all_constraints() -> None:
    text = problem("CreateModel", {"ModelName": "m", "VpcConfig": {"SecurityGroupIds": ["a b"], "Subnets": ["s"]}})
    assert "Value '[a b]' at 'vpcConfig.securityGroupIds' failed to satisfy constraint: Member must satisfy" in text
    assert "Member must have length less than or equal to 32" in text
    container = {"Image": IMAGE, "Environment": {"1A": "x"}}
    text = problem("CreateModel", {"ModelName": "m", "PrimaryContainer": container})
    assert "Value '{1A=x}' at 'primaryContainer.environment' failed" in text
    assert "Map keys must satisfy constraint: [" in text


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({"ModelName": 1}, "NUMBER_VALUE can not be converted to a String"),
        ({"ModelName": "m", "EnableNetworkIsolation": "true"}, "STRING_VALUE can not be converted to a Boolean"),
        ({"ModelName": "m", "Containers": {}}, "Start of structure or map found where not expected."),
        ({"ModelName": "m", "PrimaryContainer": []}, "Start of list found where not expected."),
        ({"ModelName": "m", "PrimaryContainer": {"Environment": {"A": 1}}}, "NUMBER_VALUE can not be converted"),
        ({"ModelName": True}, "TRUE_VALUE can not be converted to a String"),
        (b"{", "not JSON"),
    ],
)
def test_wrong_json_types(aws: LocalAws, document: Any, text: str) -> None:
    status, answer = post(aws, "CreateModel", document)
    assert (status, answer["__type"]) == (400, "SerializationException")
    assert text in answer["message"]


def test_unknown_members_and_nulls_are_ignored(aws: LocalAws, kit: Kit) -> None:
    container = {"Image": IMAGE, "Flavour": "sweet", "Environment": None}
    status, _answer = post(aws, "CreateModel", {"ModelName": "m", "PrimaryContainer": container, "Containers": None})
    assert status == 200
    assert kit.sagemaker.describe_model(ModelName="m")["PrimaryContainer"]["Environment"] == {}


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        (r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)", ["", "mlops/ünï @1", "数 据"], ["a;b", "a\tb", "#"]),
        (r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\r\n\t]*", ["a b\n", "😀"], ["\x00"]),
        (r"\p{ASCII}*", ["a"], ["é"]),
        (r"\A\S[\p{Print}]*\z", ["a b"], [" a", "a\n"]),
        (r"(https|s3)://([^/])/?(.*)", ["s3://bucket/prefix", "s3://b"], ["ftp://b", "s3:///"]),
    ],
)
def test_java_patterns(pattern: str, good: list[str], bad: list[str]) -> None:
    assert all(matches(pattern, text) for text in good)
    assert not any(matches(pattern, text) for text in bad)


def test_every_pattern_of_our_services_can_be_read() -> None:
    from local_aws.registry import HANDLERS

    import local_aws.dispatch  # noqa: F401  isort: skip

    def walk(shape: Any, above: tuple[str, ...]) -> None:
        if shape.name in above:
            return
        if "pattern" in shape.metadata:
            matches(shape.metadata["pattern"], "x")
        below = (*above, shape.name)
        for part in getattr(shape, "members", {}).values():
            walk(part, below)
        for part in (getattr(shape, "member", None), getattr(shape, "key", None), getattr(shape, "value", None)):
            if part is not None:
                walk(part, below)

    assert len(HANDLERS) >= 30
    for service, operation in HANDLERS:
        walk(schema.operation(service, operation).input_shape, ())


def test_operations_that_nobody_has(aws: LocalAws) -> None:
    status, answer = post(aws, "CreateSpaceship", {})
    assert status >= 400
    assert answer["__type"]
