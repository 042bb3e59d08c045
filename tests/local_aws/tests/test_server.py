# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.exceptions import HTTPClientError

from local_aws.process import LocalAws
from local_aws.tests.kit import IMAGE
from local_aws.tests.kit import Kit
from local_aws.tests.kit import refused


def test_log_has_every_service_in_order(aws: LocalAws, kit: Kit) -> None:
    role = aws.make_role("r")
    aws.put("s3://models/m.tar.gz")
    aws.client("sts").get_caller_identity()
    kit.model(ExecutionRoleArn=role)
    with refused("already existing"):
        kit.model(ExecutionRoleArn=role)
    entries = [(one["service"], one["operation"], one["mutating"], one["status"], one["error"]) for one in aws.calls()]
    assert entries == [
        ("iam", "CreateRole", True, 200, None),
        ("iam", "PutRolePolicy", True, 200, None),
        ("s3", "ListBuckets", False, 200, None),
        ("s3", "CreateBucket", True, 200, None),
        ("s3", "PutObject", True, 200, None),
        ("sts", "GetCallerIdentity", False, 200, None),
        ("sagemaker", "CreateModel", True, 200, None),
        ("sagemaker", "CreateModel", True, 400, "ValidationException"),
    ]
    assert aws.mutating().count("CreateModel") == 2
    assert aws.calls("sagemaker")[0]["request"]["PrimaryContainer"]["Image"] == IMAGE
    aws.clear_calls()
    assert aws.calls() == []


def test_log_has_the_members_of_invocations(aws: LocalAws, kit: Kit) -> None:
    # Refused, for there is no such endpoint, but they did arrive.
    given: dict[str, dict[str, Any]] = {
        "invoke_endpoint": {"ContentType": "text/csv", "TargetVariant": "V", "InferenceId": "1", "Body": "1,ü"},
        "invoke_endpoint_with_response_stream": {"Accept": "a/b", "CustomAttributes": "x=1", "Body": b"\xff\xd8\x00"},
        "invoke_endpoint_async": {"ContentType": "a/b", "InputLocation": "s3://b/k", "RequestTTLSeconds": 60},
    }
    for method, request in given.items():
        with refused("not found", "ValidationError"):
            getattr(kit.runtime, method)(EndpointName="e", **request)
    given["invoke_endpoint_with_response_stream"]["Body"] = {"base64": "/9gA"}
    places = ("path", "query")
    logged = [{m: value for m, value in one["request"].items() if m not in places} for one in aws.calls()]
    assert logged == [{"EndpointName": "e", **request} for request in given.values()]


def test_log_names_errors_of_other_services(aws: LocalAws) -> None:
    with pytest.raises(ClientError):
        aws.client("iam").get_role(RoleName="none")
    with pytest.raises(ClientError):
        aws.client("s3").get_object(Bucket="none", Key="a b")
    assert [(one["operation"], one["error"]) for one in aws.calls()] == [
        ("GetRole", "NoSuchEntity"),
        ("GetObject", "NoSuchBucket"),
    ]


def test_log_tells_s3_operations_apart(aws: LocalAws) -> None:
    aws.put("s3://bucket/a b/c")
    s3 = aws.client("s3")
    aws.clear_calls()
    s3.list_objects_v2(Bucket="bucket")
    s3.get_bucket_location(Bucket="bucket")
    s3.copy_object(Bucket="bucket", Key="d", CopySource="bucket/a b/c")
    upload = s3.create_multipart_upload(Bucket="bucket", Key="e")["UploadId"]
    s3.upload_part(Bucket="bucket", Key="e", PartNumber=1, UploadId=upload, Body=b"x")
    s3.put_object_tagging(Bucket="bucket", Key="d", Tagging={"TagSet": [{"Key": "a", "Value": "1"}]})
    s3.delete_objects(Bucket="bucket", Delete={"Objects": [{"Key": "d"}]})
    assert [one["operation"] for one in aws.calls()] == [
        "ListObjectsV2",
        "GetBucketLocation",
        "CopyObject",
        "CreateMultipartUpload",
        "UploadPart",
        "PutObjectTagging",
        "DeleteObjects",
    ]


def test_reset_forgets_everything(aws: LocalAws, kit: Kit) -> None:
    aws.make_role("r")
    kit.serve()
    kit.target()
    aws.fault("*", times=5)
    aws.configure(creating=3, limits={"ml.m5.large": 0})
    aws.reset()
    assert aws.client("iam").list_roles()["Roles"] == []
    assert kit.sagemaker.list_models()["Models"] == []
    assert [one["operation"] for one in aws.calls()] == ["ListRoles", "ListModels"]
    kit.serve()


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("throttle", "ThrottlingException"),
        ("error500", "InternalFailure"),
        ("error503", "ServiceUnavailable"),
        ("denied", "AccessDeniedException"),
    ],
)
def test_faults(aws: LocalAws, kit: Kit, kind: str, code: str) -> None:
    aws.fault("CreateModel", kind=kind, times=2)
    for _number in range(2):
        with refused("", code):
            kit.model()
    kit.model()
    assert [one["error"] for one in aws.calls()] == [code, code, None]


def test_fault_with_a_code_and_a_text_of_ones_own(aws: LocalAws, kit: Kit) -> None:
    aws.fault("ListModels", kind="error", code="ConflictException", message="busy", status=409)
    with refused("busy", "ConflictException"):
        kit.sagemaker.list_models()


def test_fault_after_some_calls_for_several_operations(aws: LocalAws, kit: Kit) -> None:
    aws.fault(["List*", "CreateModel"], after=1)
    kit.sagemaker.list_models()
    with refused("Rate exceeded", "ThrottlingException"):
        kit.model()
    kit.model()


def test_faults_can_be_taken_back(aws: LocalAws, kit: Kit) -> None:
    aws.fault("*", times=100)
    aws.clear_faults()
    kit.model()


def test_reset_connection_was_not_handled(aws: LocalAws, kit: Kit) -> None:
    aws.fault("CreateModel", kind="reset")
    with pytest.raises(HTTPClientError):
        kit.model()
    assert [(one["status"], one["error"]) for one in aws.calls()] == [(None, "reset")]
    assert kit.sagemaker.list_models()["Models"] == []


def test_lost_answer_was_handled(aws: LocalAws, kit: Kit) -> None:
    aws.fault("CreateModel", kind="lost")
    with pytest.raises(HTTPClientError):
        kit.model()
    assert [(one["status"], one["error"]) for one in aws.calls()] == [(None, "lost")]
    assert len(kit.sagemaker.list_models()["Models"]) == 1


def test_lost_answer_of_another_service(aws: LocalAws) -> None:
    iam = aws.client("iam", config=Config(retries={"total_max_attempts": 1}))
    aws.fault("CreateUser", kind="lost", service="iam")
    with pytest.raises(HTTPClientError):
        iam.create_user(UserName="u")
    assert len(iam.list_users()["Users"]) == 1


def test_calls_per_second(aws: LocalAws, kit: Kit) -> None:
    aws.configure(calls_per_second=5)
    codes = []
    for _number in range(8):
        try:
            kit.sagemaker.list_models()
            codes.append("ok")
        except ClientError as error:
            codes.append(error.response["Error"]["Code"])
    assert codes[:5] == ["ok"] * 5
    assert "ThrottlingException" in codes
    time.sleep(0.5)
    kit.sagemaker.list_models()


@pytest.mark.parametrize(("service", "code"), [("iam", "Throttling"), ("s3", "SlowDown")])
def test_throttling_of_other_services(aws: LocalAws, service: str, code: str) -> None:
    client = aws.client(service, config=Config(retries={"total_max_attempts": 1}))
    aws.fault(service=service)
    with refused("", code):
        client.list_roles() if service == "iam" else client.list_buckets()


@pytest.mark.parametrize(
    ("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("eu-west-1", "aws")]
)
def test_regions_and_partitions(aws: LocalAws, region: str, partition: str) -> None:
    kit = Kit(aws, region)
    suffix = "amazonaws.com.cn" if region.startswith("cn") else "amazonaws.com"
    image = f"763104351884.dkr.ecr.{region}.{suffix}/djl-inference:1"
    role = aws.make_role("r", ["ecr:*"], region=region)
    assert role.startswith(f"arn:{partition}:iam::")
    arn = kit.model(PrimaryContainer={"Image": image}, ExecutionRoleArn=role)
    assert arn == f"arn:{partition}:sagemaker:{region}:123456789012:model/m"
    kit.config()
    kit.endpoint()
    kit.target()
    targets = kit.autoscaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    assert targets[0]["RoleARN"].startswith(f"arn:{partition}:iam::")
    assert Kit(aws).sagemaker.list_models()["Models"] == []


def test_bad_orders(aws: LocalAws) -> None:
    orders: list[tuple[Any, str]] = [
        (lambda: aws.fault("*", kind="meteor"), "no fault 'meteor'"),
        (lambda: aws.fault("*", kind="error"), "needs 'code'"),
        (lambda: aws.script("e", "explode"), "no event 'explode'"),
        (lambda: aws.script("e", "create", "rollback"), "no outcome 'rollback' of 'create'"),
        (lambda: aws.script("e", "system_update"), "no endpoint 'e'"),
        (lambda: aws.configure(colour="red"), "no setting 'colour'"),
        (lambda: aws.configure(creating=-1), "'creating' must be 0 or more"),
        (lambda: aws.configure(role_propagation_form="x"), "must be 'model' or 'endpoint'"),
        (lambda: aws.configure(no_room_form="x"), "must be 'reason' or 'error'"),
        (lambda: aws.script(image="i", outcome="rusty"), "no outcome 'rusty' of an image"),
        (lambda: aws.advance(-1), "does not go back"),
    ]
    for order, text in orders:
        with pytest.raises(ValueError, match=text):
            order()


def test_many_threads(aws: LocalAws, kit: Kit) -> None:
    def work(number: int) -> None:
        kit.model(f"m{number}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pages = kit.sagemaker.get_paginator("list_models").paginate()
    assert len([one for page in pages for one in page["Models"]]) == 20


def command(*arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.Popen(
        [sys.executable, "-m", "local_aws", *arguments],
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_command_line_says_ready_and_stops(number: int) -> None:
    with command("--port", "0", "--creating", "1") as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("local_aws ready: http://127.0.0.1:")
        process.send_signal(number)
        assert process.wait(timeout=10) == 0


def test_taken_port(aws: LocalAws) -> None:
    port = str(urllib.parse.urlparse(aws.url).port)
    with command("--port", port) as process:
        assert process.stderr is not None
        assert process.wait(timeout=10) == 1
        assert f"cannot start on 127.0.0.1:{port}" in process.stderr.read()


def test_listens_on_the_loopback_only(aws: LocalAws) -> None:
    port = urllib.parse.urlparse(aws.url).port
    with socket.socket() as other:
        # Linux answers on all of 127.0.0.0/8, and only who bound 0.0.0.0 hears it.
        assert other.connect_ex(("127.0.0.2", port)) != 0


def test_settings_given_at_the_start_hold_after_a_reset() -> None:
    with LocalAws(creating=7, limits={"ml.m5.large": 0}) as aws:
        aws.configure(creating=1)
        aws.reset()
        kit = Kit(aws)
        kit.model()
        kit.config()
        with refused("service limit", "ResourceLimitExceeded"):
            kit.endpoint()
