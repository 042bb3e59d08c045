# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a preflight asks: what an answer means, each question once, and no more than so many."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.stub import Stubber

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api.client import AwsClients
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api.snapshot import Snapshot
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.iam.policy import Place
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.preflight import simulation
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.preflight.findings import OK
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.preflight.findings import UNKNOWN
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.preflight.findings import WARNING
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.preflight.findings import Finding
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.preflight.findings import Unseen
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.preflight.findings import report
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.preflight.lookup import Lookup

Stubs = Callable[[str], Stubber]
KEY = {"KeyId": "alias/models"}


@pytest.fixture
def lookup(aws: AwsClients) -> Lookup:
    return Lookup(Snapshot(aws))


@pytest.mark.parametrize(
    ("service", "operation", "request_", "code", "text", "status"),
    [
        ("kms", "DescribeKey", KEY, "NotFoundException", "", 400),
        ("iam", "GetRole", {"RoleName": "r"}, "NoSuchEntity", "", 404),
        ("s3", "HeadBucket", {"Bucket": "models"}, "404", "Not Found", 404),
        ("sns", "GetTopicAttributes", {"TopicArn": "arn"}, "NotFound", "", 404),
        (
            "ecr",
            "BatchGetImage",
            {"repositoryName": "fraud", "imageIds": [{"imageTag": "1"}]},
            "RepositoryNotFoundException",
            "",
            400,
        ),
        (
            "sagemaker",
            "DescribeModelPackage",
            {"ModelPackageName": "p"},
            "ValidationException",
            "ModelPackage p does not exist.",
            400,
        ),
    ],
)
def test_what_is_missing(
    lookup: Lookup, stub: Stubs, service: str, operation: str, request_: Any, code: str, text: str, status: int
) -> None:
    method = stub(service).client.meta.method_to_api_mapping
    (name,) = [one for one, api in method.items() if api == operation]
    stub(service).add_client_error(name, code, text, http_status_code=status)
    assert lookup.ask(service, operation, request_) is None


@pytest.mark.parametrize(
    ("service", "operation", "request_", "code", "status", "permission"),
    [
        ("kms", "DescribeKey", KEY, "AccessDeniedException", 400, "kms:DescribeKey"),
        ("ec2", "DescribeSubnets", {}, "UnauthorizedOperation", 403, "ec2:DescribeSubnets"),
        ("s3", "HeadObject", {"Bucket": "models", "Key": "k"}, "403", 403, "s3:GetObject"),
        ("s3", "HeadBucket", {"Bucket": "models"}, "403", 403, "s3:ListBucket"),
        (
            "service-quotas",
            "ListServiceQuotas",
            {"ServiceCode": "sagemaker"},
            "AccessDeniedException",
            400,
            "servicequotas:ListServiceQuotas",
        ),
    ],
)
def test_what_the_caller_may_not_see(
    lookup: Lookup, stub: Stubs, service: str, operation: str, request_: Any, code: str, status: int, permission: str
) -> None:
    method = stub(service).client.meta.method_to_api_mapping
    (name,) = [one for one, api in method.items() if api == operation]
    stub(service).add_client_error(name, code, "no", http_status_code=status)
    seen = lookup.ask(service, operation, request_)
    assert seen == Unseen(f"the caller may not call {permission}.", permission)
    finding = seen.finding("a_check", "a_variable", "the thing")
    assert (finding.status, finding.message) == (
        UNKNOWN,
        f"the thing is not checked: the caller may not call {permission}.",
    )
    assert finding.remedy == f"To have it checked, allow the caller {permission}."


def test_other_refusals_are_told_as_they_are(lookup: Lookup, stub: Stubs) -> None:
    stub("kms").add_client_error("describe_key", "InvalidArnException", "Invalid keyId", http_status_code=400)
    assert lookup.ask("kms", "DescribeKey", KEY) == Unseen("DescribeKey failed (InvalidArnException): Invalid keyId.")


def test_there_is_an_end_to_calls_and_not_to_questions(aws: AwsClients, stub: Stubs) -> None:
    lookup = Lookup(Snapshot(aws), most=1)
    stub("kms").add_response("describe_key", {"KeyMetadata": {"KeyId": "1"}}, KEY)
    first = lookup.ask("kms", "DescribeKey", KEY)
    assert lookup.left == 0
    assert lookup.ask("kms", "DescribeKey", KEY) == first
    assert lookup.ask("kms", "DescribeKey", {"KeyId": "other"}) == Unseen("a preflight makes at most 1 calls.")
    assert lookup.fetch("kms", "http://127.0.0.1:1/") == Unseen("a preflight makes at most 1 calls.")


def test_repeated_calls_count_and_are_not_repeated_at_the_end(aws: AwsClients, stub: Stubs, naps: list[float]) -> None:
    lookup = Lookup(Snapshot(aws), most=8)
    stub("kms").add_client_error("describe_key", "ThrottlingException", "Rate exceeded", http_status_code=400)
    stub("kms").add_response("describe_key", {"KeyMetadata": {"KeyId": "1"}}, KEY)
    assert isinstance(lookup.ask("kms", "DescribeKey", KEY), dict)
    assert (lookup.left, len(naps)) == (6, 1)
    stub("kms").add_client_error("describe_key", "ThrottlingException", "Rate exceeded", http_status_code=400)
    assert isinstance(lookup.ask("kms", "DescribeKey", {"KeyId": "other"}), Unseen)
    assert (lookup.left, len(naps)) == (5, 1)


def test_pages_are_put_together(lookup: Lookup, stub: Stubs) -> None:
    stub("ec2").add_response("describe_subnets", {"Subnets": [{"SubnetId": "a"}], "NextToken": "t"}, {})
    stub("ec2").add_response("describe_subnets", {"Subnets": [{"SubnetId": "b"}]}, {"NextToken": "t"})
    found = lookup.pages("ec2", "DescribeSubnets", {"MaxResults": 100}, "Subnets")
    assert found == [{"SubnetId": "a"}, {"SubnetId": "b"}]


def test_what_a_policy_allows_is_asked_for_with_one_resource_for_each_pattern() -> None:
    document = {
        "Statement": [
            {
                "Action": "s3:ListBucket",
                "Resource": "arn:aws:s3:::models",
                "Condition": {"StringLike": {"s3:prefix": ["churn/*"]}},
            },
            {"Action": ["ec2:CreateNetworkInterface"], "Resource": "arn:aws:ec2:us-east-1:*:subnet/subnet-1"},
            {"Action": ["ecr:GetAuthorizationToken"], "Resource": "*"},
        ]
    }
    listing, network, token = simulation.needs_of(document, Place("aws", "us-east-1", "111122223333"))
    assert listing.context == {"s3:prefix": f"churn/{simulation.ANY}"}
    assert network.resources == ("arn:aws:ec2:us-east-1:111122223333:subnet/subnet-1",)
    assert token.resources == ("*",)


def test_a_decision_stands_with_the_action_or_with_the_resource(lookup: Lookup, stub: Stubs) -> None:
    specific = [
        {"EvalResourceName": f"arn:{name}", "EvalResourceDecision": decision}
        for name, decision in (("a", "allowed"), (simulation.ANY, "explicitDeny"))
    ]
    results = [
        {"EvalActionName": "s3:GetObject", "EvalDecision": "explicitDeny", "ResourceSpecificResults": specific},
        {"EvalActionName": "s3:PutObject", "EvalResourceName": "arn:a", "EvalDecision": "implicitDeny"},
    ]
    stub("iam").add_response("simulate_principal_policy", {"EvaluationResults": results, "IsTruncated": False})
    needs = [
        simulation.Need(("s3:GetObject",), ("arn:a", f"arn:{simulation.ANY}")),
        simulation.Need(("s3:PutObject",), ("arn:a",), {"a:key": "true"}),
    ]
    assert simulation.denied(lookup, "arn:aws:iam::111122223333:role/r", needs) == [
        ("s3:GetObject", "arn:*"),
        ("s3:PutObject", "arn:a"),
    ]


def test_a_report_has_the_worst_first_and_nothing_good() -> None:
    found = [
        Finding("a", OK, "v", "is well."),
        Unseen("nobody knows.").finding("b", "w", "the thing"),
        Finding("c", WARNING, "x", "is odd.", "Change it."),
        Finding("d", "error", "", "is wrong.", "Correct it."),
    ]
    assert report(found, "churn", "us-east-1", "111122223333").splitlines() == [
        "Preflight of endpoint churn (us-east-1, account 111122223333), by the status of its findings: 1 error, 1 warning, 1 unknown, 1 ok.",
        "error: is wrong. Correct it.",
        "warning: x: is odd. Change it.",
        "unknown: w: the thing is not checked: nobody knows.",
    ]
    assert report(found[:1], "churn", "us-east-1", "") == (
        "Preflight of endpoint churn (us-east-1), by the status of its findings: 1 ok."
    )
