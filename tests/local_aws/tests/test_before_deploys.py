# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import urllib.request
from datetime import datetime
from datetime import timedelta
from datetime import timezone
from typing import Any

import pytest

from local_aws.process import LocalAws
from local_aws.tests.kit import Kit
from local_aws.tests.kit import refused

ACCOUNT = "123456789012"
IMAGE = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/fraud/scoring:12"
DOCKER = "application/vnd.docker.distribution.manifest.v2+json"


def allow(action: str, resource: str = "*", effect: str = "Allow") -> str:
    statement = {"Effect": effect, "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


# Service Quotas: 10


def quotas(aws: LocalAws) -> dict[str, dict[str, Any]]:
    pages = aws.client("service-quotas").get_paginator("list_service_quotas").paginate(ServiceCode="sagemaker")
    return {quota["QuotaName"]: quota for page in pages for quota in page["Quotas"]}


def test_quotas_come_in_pages_and_by_their_codes(aws: LocalAws) -> None:
    aws.configure(limits={"ml.g5.xlarge": 3})
    client = aws.client("service-quotas")
    found = quotas(aws)
    assert len(found) > 200 and len([call for call in aws.calls() if call["operation"] == "ListServiceQuotas"]) > 2
    assert found["ml.g5.xlarge for endpoint usage"]["Value"] == 3
    quota = client.get_service_quota(ServiceCode="sagemaker", QuotaCode="L-1928E07B")["Quota"]
    assert quota == found["ml.g5.xlarge for endpoint usage"]
    with refused("does not exist", "NoSuchResourceException"):
        client.get_service_quota(ServiceCode="sagemaker", QuotaCode="L-00000000")


def test_a_quota_names_the_metric_of_what_endpoints_use(kit: Kit) -> None:
    kit.serve()

    def used() -> list[float]:
        metric = quotas(kit.aws)["ml.m5.large for endpoint usage"]["UsageMetric"]
        dimensions = [{"Name": name, "Value": value} for name, value in metric["MetricDimensions"].items()]
        named = {"Namespace": metric["MetricNamespace"], "MetricName": metric["MetricName"], "Dimensions": dimensions}
        now = datetime.now(timezone.utc)
        query = {"Id": "used", "MetricStat": {"Metric": named, "Period": 300, "Stat": "Maximum"}}
        answer = kit.cloudwatch.get_metric_data(
            MetricDataQueries=[query], StartTime=now - timedelta(minutes=30), EndTime=now
        )
        return list(answer["MetricDataResults"][0]["Values"])

    assert used() == [2]
    kit.sagemaker.delete_endpoint(EndpointName="e")
    kit.settle()
    assert used() == []


# Amazon ECR: 11


def manifest(aws: LocalAws, *media_types: str) -> dict[str, Any]:
    return dict(
        aws.client("ecr").batch_get_image(
            registryId=ACCOUNT,
            repositoryName="fraud/scoring",
            imageIds=[{"imageTag": "12"}],
            acceptedMediaTypes=list(media_types or [DOCKER]),
        )
    )


@pytest.mark.parametrize("architecture", ["amd64", "arm64"])
def test_the_configuration_of_an_image_tells_its_architecture(aws: LocalAws, architecture: str) -> None:
    aws.script(image=IMAGE, architecture=architecture)
    (image,) = manifest(aws)["images"]
    assert image["imageManifestMediaType"] == DOCKER
    digest = json.loads(image["imageManifest"])["config"]["digest"]
    ecr = aws.client("ecr")
    url = ecr.get_download_url_for_layer(registryId=ACCOUNT, repositoryName="fraud/scoring", layerDigest=digest)
    with urllib.request.urlopen(url["downloadUrl"], timeout=10) as answer:
        assert json.loads(answer.read())["architecture"] == architecture
    with refused("does not exist", "LayersNotFoundException"):
        ecr.get_download_url_for_layer(
            registryId=ACCOUNT, repositoryName="fraud/scoring", layerDigest="sha256:" + "0" * 64
        )


def test_images_may_be_missing_or_have_other_manifests(aws: LocalAws) -> None:
    aws.script(image=IMAGE, outcome="missing")
    assert manifest(aws)["failures"][0]["failureCode"] == "ImageNotFound"
    aws.script(image=IMAGE, outcome="oci_index")
    assert manifest(aws)["images"] == []
    index = "application/vnd.oci.image.index.v1+json"
    (image,) = manifest(aws, DOCKER, index)["images"]
    assert image["imageManifestMediaType"] == index
    assert json.loads(image["imageManifest"])["manifests"][0]["platform"]["architecture"] == "amd64"


# IAM: 8.3


def decisions(aws: LocalAws, arn: str, *actions: str, resources: list[str], **context: str) -> dict[str, list[str]]:
    answer = aws.client("iam").simulate_principal_policy(
        PolicySourceArn=arn,
        ActionNames=list(actions),
        ResourceArns=resources,
        ContextEntries=[
            {"ContextKeyName": key.replace("__", ":"), "ContextKeyType": "string", "ContextKeyValues": [value]}
            for key, value in context.items()
        ],
    )
    return {
        one["EvalActionName"]: [result["EvalResourceDecision"] for result in one["ResourceSpecificResults"]]
        for one in answer["EvaluationResults"]
    }


def test_policies_are_simulated_for_each_action_on_each_resource(aws: LocalAws) -> None:
    arn = aws.make_role("exec", ["s3:GetObject"])
    iam = aws.client("iam")
    iam.put_role_policy(
        RoleName="exec", PolicyName="not", PolicyDocument=allow("s3:*", "arn:aws:s3:::secret/*", "Deny")
    )
    resources = ["arn:aws:s3:::models/a", "arn:aws:s3:::secret/a"]
    assert decisions(aws, arn, "s3:GetObject", "s3:PutObject", resources=resources) == {
        "s3:GetObject": ["allowed", "explicitDeny"],
        "s3:PutObject": ["implicitDeny", "explicitDeny"],
    }
    boundary = iam.create_policy(PolicyName="b", PolicyDocument=allow("ecr:*"))["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName="exec", PermissionsBoundary=boundary)
    assert decisions(aws, arn, "s3:GetObject", resources=resources[:1]) == {"s3:GetObject": ["implicitDeny"]}


def test_users_are_simulated_with_their_conditions(aws: LocalAws) -> None:
    iam = aws.client("iam")
    arn = iam.create_user(UserName="deployer")["User"]["Arn"]
    passing = json.loads(allow("iam:PassRole"))
    passing["Statement"][0]["Condition"] = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    iam.put_user_policy(UserName="deployer", PolicyName="may", PolicyDocument=json.dumps(passing))

    def passes(service: str) -> list[str]:
        return decisions(aws, arn, "iam:PassRole", resources=["*"], iam__PassedToService=service)["iam:PassRole"]

    assert [passes(f"{service}.amazonaws.com") for service in ("sagemaker", "ec2")] == [["allowed"], ["implicitDeny"]]
    with refused("cannot be found", "NoSuchEntity"):
        decisions(aws, f"{arn}s", "iam:PassRole", resources=["*"])


# Model packages and hubs: 12


def test_packages_of_the_account_are_shown_and_those_of_others_are_subscribed_to(kit: Kit) -> None:
    kit.sagemaker.create_model_package_group(ModelPackageGroupName="churn")
    arn = kit.sagemaker.create_model_package(ModelPackageGroupName="churn", ModelApprovalStatus="Rejected")[
        "ModelPackageArn"
    ]
    assert kit.sagemaker.describe_model_package(ModelPackageName=arn)["ModelApprovalStatus"] == "Rejected"
    with refused("not found"):
        kit.sagemaker.describe_model_package(ModelPackageName=f"{arn}7")
    theirs = arn.replace(ACCOUNT, "865070037744")
    assert kit.sagemaker.describe_model_package(ModelPackageName=theirs)["ModelPackageStatus"] == "Completed"


def test_a_group_of_versions_goes_after_them(kit: Kit) -> None:
    kit.sagemaker.create_model_package_group(ModelPackageGroupName="churn")
    arn = kit.sagemaker.create_model_package(ModelPackageGroupName="churn")["ModelPackageArn"]
    with refused("still contains", "ConflictException"):
        kit.sagemaker.delete_model_package_group(ModelPackageGroupName="churn")
    kit.sagemaker.delete_model_package(ModelPackageName=arn)
    with refused("does not exist"):
        kit.sagemaker.delete_model_package(ModelPackageName=arn)
    kit.sagemaker.delete_model_package_group(ModelPackageGroupName="churn")
    assert kit.sagemaker.list_model_package_groups()["ModelPackageGroupSummaryList"] == []
    with refused("does not exist"):
        kit.sagemaker.delete_model_package_group(ModelPackageGroupName="churn")


def test_hub_content_is_there_unless_a_script_says_otherwise(kit: Kit) -> None:
    named = {"HubName": "hub", "HubContentType": "ModelReference", "HubContentName": "llama"}
    described = kit.sagemaker.describe_hub_content(**named, HubContentVersion="1.0.0")
    assert described["HubContentStatus"] == "Available"
    kit.aws.script(hub_content=described["HubContentArn"], outcome="ImportFailed")
    assert kit.sagemaker.describe_hub_content(**named)["HubContentStatus"] == "ImportFailed"
    kit.aws.script(hub_content=described["HubContentArn"])
    with refused("does not exist", "ResourceNotFound"):
        kit.sagemaker.describe_hub_content(**named)


# Keys: 16


@pytest.mark.parametrize("name", ["KeyId", "Arn"])
def test_the_deletion_of_a_key_takes_its_id_or_its_arn(aws: LocalAws, name: str) -> None:
    kms = aws.client("kms")
    key = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/fraud", TargetKeyId=key["KeyId"])
    kms.schedule_key_deletion(KeyId=key[name], PendingWindowInDays=7)
    assert kms.describe_key(KeyId="alias/fraud")["KeyMetadata"]["KeyState"] == "PendingDeletion"
    kms.cancel_key_deletion(KeyId=key[name])
    assert kms.describe_key(KeyId="alias/fraud")["KeyMetadata"]["KeyState"] == "Disabled"
