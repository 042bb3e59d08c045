# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

from local_aws.policies import allows
from local_aws.policies import statements

OBJECT = "arn:aws:s3:::models/llm/weights.bin"


def allow(**members: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **members}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], False),
        ([allow()], True),
        ([allow(Action="S3:getobject")], True),
        ([allow(Action=["ecr:*", "s3:Get*"])], True),
        ([allow(Action="s3:GetObjectTagging")], False),
        ([allow(Resource="arn:aws:s3:::models/llm/*")], True),
        ([allow(Resource="arn:aws:s3:::models/LLM/*")], False),
        ([allow(Resource="arn:aws:s3:::models/*/weights.b?n")], True),
        ([allow(Resource="arn:aws-cn:s3:::models/*")], False),
        ([allow(), {**allow(), "Effect": "Deny"}], False),
        ([allow(), allow(Effect="Deny", Resource="arn:aws:s3:::other/*")], True),
        ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], True),
        ([{"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}], False),
        ([{"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::models/*"}], False),
        ([allow(Condition={"StringEquals": {"aws:ResourceAccount": "1"}})], True),
        ([allow(Condition={"StringEquals": {"AWS:resourceaccount": ["2", "1"]}})], True),
        ([allow(Condition={"StringEquals": {"aws:ResourceAccount": "2"}})], False),
        ([allow(Condition={"StringNotEquals": {"aws:ResourceAccount": "2"}})], True),
        ([allow(Condition={"StringLike": {"s3:prefix": "llm/*"}})], False),
        ([allow(Condition={"StringLikeIfExists": {"s3:prefix": "llm/*"}})], True),
        ([allow(Condition={"StringNotLike": {"s3:prefix": "llm/*"}})], True),
        ([allow(Condition={"Null": {"s3:prefix": "true"}})], True),
        ([allow(Condition={"Null": {"aws:ResourceAccount": "true"}})], False),
        ([allow(Condition={"Bool": {"aws:SecureTransport": "true"}})], True),
        ([allow(Condition={"Bool": {"aws:SecureTransport": False}})], False),
        ([allow(Condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/r"}})], True),
    ],
)
def test_allows(given: list[dict[str, Any]], expected: bool) -> None:
    context = {
        "aws:ResourceAccount": "1",
        "aws:SecureTransport": "true",
        "aws:PrincipalArn": "arn:aws:iam::1:role/r",
    }
    assert allows(given, "s3:GetObject", OBJECT, context) is expected


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ({"Service": "sagemaker.amazonaws.com"}, True),
        ({"Service": ["ec2.amazonaws.com", "sagemaker.amazonaws.com"]}, True),
        ({"Service": "ec2.amazonaws.com"}, False),
        ({"AWS": "arn:aws:iam::1:root"}, False),
        ("*", True),
    ],
)
def test_trust(principal: Any, expected: bool) -> None:
    trust = [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}]
    assert allows(trust, "sts:AssumeRole", "arn", {}, principal="sagemaker.amazonaws.com") is expected


def test_documents_come_as_text_and_percent_encoded() -> None:
    expected = [{"Effect": "Allow"}]
    assert statements('{"Statement": {"Effect": "Allow"}}') == expected
    assert statements("%7B%22Statement%22%3A%20%5B%7B%22Effect%22%3A%20%22Allow%22%7D%5D%7D") == expected
    assert statements({"Statement": expected}) == expected
