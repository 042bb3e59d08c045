# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import pytest

from local_aws.process import LocalAws
from local_aws.tests.kit import ARN
from local_aws.tests.kit import IMAGE
from local_aws.tests.kit import Kit
from local_aws.tests.kit import refused

INVALID_ROLE = (
    'The execution role ARN "{}" is invalid. Please ensure that the role exists and that its trust relationship policy '
    'allows the action "sts:AssumeRole" for the service principal "sagemaker.amazonaws.com".'
)


def test_arn_is_lower_case_and_name_keeps_its_case(kit: Kit) -> None:
    assert kit.model("DEMO-X") == ARN + "model/demo-x"
    assert kit.sagemaker.describe_model(ModelName="DEMO-X")["ModelName"] == "DEMO-X"


def test_duplicate(kit: Kit) -> None:
    kit.model("Demo")
    with refused(f'Cannot create already existing model "{ARN}model/demo".'):
        kit.model("demo")


def test_missing(kit: Kit) -> None:
    for call in (kit.sagemaker.describe_model, kit.sagemaker.delete_model):
        with refused(f'Could not find model "{ARN}model/none".'):
            call(ModelName="none")


def test_describe_adds_what_nobody_asked_for(kit: Kit, aws: LocalAws) -> None:
    aws.put("s3://models/a/model.tar.gz")
    kit.model(PrimaryContainer={"Image": IMAGE, "ModelDataUrl": "s3://models/a/model.tar.gz"})
    answer = kit.sagemaker.describe_model(ModelName="m")
    assert answer["PrimaryContainer"] == {
        "Image": IMAGE,
        "ModelDataUrl": "s3://models/a/model.tar.gz",
        "Mode": "SingleModel",
        "Environment": {},
        "ModelDataSource": {
            "S3DataSource": {
                "S3Uri": "s3://models/a/model.tar.gz",
                "S3DataType": "S3Object",
                "CompressionType": "Gzip",
            }
        },
    }
    assert answer["EnableNetworkIsolation"] is False
    assert answer["DeploymentRecommendation"]["RecommendationStatus"] == "NOT_APPLICABLE"
    assert "InferenceExecutionConfig" not in answer


def test_describe_of_a_pipeline_adds_its_mode(kit: Kit) -> None:
    kit.model(Containers=[{"Image": IMAGE}, {"Image": IMAGE, "Mode": "SingleModel"}])
    assert kit.sagemaker.describe_model(ModelName="m")["InferenceExecutionConfig"] == {"Mode": "Serial"}


def test_what_was_given_comes_back(kit: Kit) -> None:
    container = {"Image": IMAGE, "Environment": {"MY_VAR": "1", "myVar": "ü"}, "ContainerHostname": "one"}
    vpc = {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-2", "subnet-1"]}
    kit.model(PrimaryContainer=container, VpcConfig=vpc, EnableNetworkIsolation=True)
    answer = kit.sagemaker.describe_model(ModelName="m")
    assert answer["PrimaryContainer"] == {**container, "Mode": "SingleModel"}
    assert answer["VpcConfig"] == vpc
    assert answer["EnableNetworkIsolation"] is True


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        ({"PrimaryContainer": {"Image": IMAGE}, "Containers": [{"Image": IMAGE}]}, "cannot be specified together"),
        ({"Containers": []}, "Specify one of PrimaryContainer and Containers"),
        (
            {"PrimaryContainer": {}},
            "Specify one of either Image and Model Data URL or ModelPackageName in container definition.",
        ),
        ({"PrimaryContainer": {"Image": IMAGE, "ModelPackageName": "p"}}, "Image and ModelPackageName cannot"),
        (
            {"Containers": [{"Image": IMAGE, "ContainerHostname": "a"}, {"Image": IMAGE}]},
            "ContainerHostname must be specified for all containers",
        ),
        (
            {"Containers": [{"Image": IMAGE, "ContainerHostname": "a"}, {"Image": IMAGE, "ContainerHostname": "a"}]},
            "ContainerHostname must be unique",
        ),
        (
            {"PrimaryContainer": {"Image": "docker.io/me/serve:1"}},
            'Using non-ECR image "docker.io/me/serve:1" without Vpc repository access mode is not supported',
        ),
        (
            {"PrimaryContainer": {"Image": "r.example/s:1", "ImageConfig": {"RepositoryAccessMode": "Vpc"}}},
            "VpcConfig must be specified",
        ),
        (
            {"PrimaryContainer": {"Image": IMAGE.replace("us-east-1", "eu-west-1")}},
            "is not in the region us-east-1",
        ),
        ({"PrimaryContainer": {"Image": IMAGE, "Mode": "MultiModel"}}, "ModelDataUrl must be specified"),
        (
            {"Containers": [{"Image": IMAGE, "Mode": "MultiModel", "ModelDataUrl": "s3://models/"}] * 2},
            "Only one container of a pipeline can have the mode MultiModel",
        ),
        (
            {"Containers": [{"Image": IMAGE}] * 2, "InferenceExecutionConfig": {"Mode": "Direct"}},
            "Direct invocation needs several containers",
        ),
        (
            {
                "Containers": [{"Image": IMAGE, "ContainerHostname": "a"}],
                "InferenceExecutionConfig": {"Mode": "Direct"},
            },
            "Direct invocation needs several containers",
        ),
        (
            {
                "PrimaryContainer": {
                    "Image": IMAGE,
                    "ImageConfig": {
                        "RepositoryAccessMode": "Platform",
                        "RepositoryAuthConfig": {"RepositoryCredentialsProviderArn": "arn"},
                    },
                }
            },
            "RepositoryAuthConfig can only be specified",
        ),
        (
            {"PrimaryContainer": {"Image": IMAGE, "Environment": {f"V{n:02}": "x" * 1022 for n in range(33)}}},
            "must not be larger than 32768 bytes",
        ),
        (
            {
                "PrimaryContainer": {
                    "Image": IMAGE,
                    "ContainerMetricsConfig": {
                        "MetricsEndpoints": [{"MetricsEndpointPath": "/metrics", "MetricPublishFrequencyInSeconds": 45}]
                    },
                }
            },
            "MetricPublishFrequencyInSeconds must be one of 10, 30, 60, 120, 180, 240, 300.",
        ),
        (
            {"PrimaryContainer": {"Image": IMAGE, "ModelDataUrl": "s3://models/none.tar.gz"}},
            "Could not find model data at s3://models/none.tar.gz.",
        ),
    ],
)
def test_refusals(kit: Kit, request_: dict, text: str) -> None:
    with refused(text):
        kit.sagemaker.create_model(ModelName="m", **request_)
    assert kit.sagemaker.list_models()["Models"] == []


def source(uri: str, kind: str) -> dict:
    return {"S3DataSource": {"S3Uri": uri, "S3DataType": kind, "CompressionType": "None"}}


def test_two_sources_of_model_data(kit: Kit) -> None:
    container = {"Image": IMAGE, "ModelDataUrl": "s3://b/k", "ModelDataSource": source("s3://b/k/", "S3Prefix")}
    with refused("ModelDataUrl and ModelDataSource cannot be specified together"):
        kit.model(PrimaryContainer=container)


def test_a_multi_model_has_its_models_under_a_url(kit: Kit, aws: LocalAws) -> None:
    aws.put("s3://models/many/one.tar.gz")
    many = {"Image": IMAGE, "Mode": "MultiModel"}
    with refused("ModelDataSource cannot be specified"):
        kit.model(PrimaryContainer={**many, "ModelDataSource": source("s3://models/many/", "S3Prefix")})
    kit.model("alone", PrimaryContainer={**many, "ModelDataUrl": "s3://models/many/"})
    kit.model("in-a-pipeline", Containers=[{"Image": IMAGE}, {**many, "ModelDataUrl": "s3://models/many/"}])


def test_prefix_ends_in_a_slash_and_object_does_not(kit: Kit, aws: LocalAws) -> None:
    aws.put("s3://models/llm/v1/weights.bin")
    with refused('must end in "/"'):
        kit.model(PrimaryContainer={"Image": IMAGE, "ModelDataSource": source("s3://models/llm/v1", "S3Prefix")})
    with refused('must not end in "/"'):
        kit.model(PrimaryContainer={"Image": IMAGE, "ModelDataSource": source("s3://models/llm/v1/", "S3Object")})
    with refused("Could not find model data at s3://models/llm/v2/."):
        kit.model(PrimaryContainer={"Image": IMAGE, "ModelDataSource": source("s3://models/llm/v2/", "S3Prefix")})
    kit.model(PrimaryContainer={"Image": IMAGE, "ModelDataSource": source("s3://models/llm/v1/", "S3Prefix")})


def test_private_registry_in_a_vpc(kit: Kit) -> None:
    kit.model(
        PrimaryContainer={"Image": "registry.example:5000/s:1", "ImageConfig": {"RepositoryAccessMode": "Vpc"}},
        VpcConfig={"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]},
    )


def test_model_data_in_another_region(kit: Kit, aws: LocalAws) -> None:
    aws.put("s3://models-eu/m.tar.gz", region="eu-west-1")
    with refused("Could not access model data at s3://models-eu/m.tar.gz."):
        kit.model(PrimaryContainer={"Image": IMAGE, "ModelDataUrl": "s3://models-eu/m.tar.gz"})


def test_delete_while_in_use_keeps_serving(kit: Kit) -> None:
    kit.serve()
    kit.sagemaker.delete_model(ModelName="m")
    answer = json.loads(kit.runtime.invoke_endpoint(EndpointName="e", Body=b"")["Body"].read())
    assert answer["models"] == ["m"]


def test_role_must_exist(kit: Kit) -> None:
    arn = "arn:aws:iam::123456789012:role/nobody"
    with refused(INVALID_ROLE.format(arn)):
        kit.model(ExecutionRoleArn=arn)


def test_role_must_trust_sagemaker(kit: Kit, aws: LocalAws) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = aws.client("iam").create_role(RoleName="other", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    with refused(INVALID_ROLE.format(role)):
        kit.model(ExecutionRoleArn=role)


@pytest.mark.parametrize(("account", "good"), [("123456789012", True), ("999999999999", False)])
def test_trust_with_a_source_account(kit: Kit, aws: LocalAws, account: str, good: bool) -> None:
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "sagemaker.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": account}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": trust})
    iam = aws.client("iam")
    role = iam.create_role(RoleName="careful", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    iam.attach_role_policy(RoleName="careful", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    if good:
        kit.model(ExecutionRoleArn=role)
    else:
        with refused(INVALID_ROLE.format(role)):
            kit.model(ExecutionRoleArn=role)


def test_young_role_is_refused_until_it_has_spread(kit: Kit, aws: LocalAws) -> None:
    aws.configure(role_propagation=60)
    role = aws.make_role("young")
    with refused(INVALID_ROLE.format(role)):
        kit.model(ExecutionRoleArn=role)
    aws.advance(61)
    kit.model(ExecutionRoleArn=role)


def test_young_role_fails_the_endpoint_in_the_other_form(kit: Kit, aws: LocalAws) -> None:
    aws.configure(role_propagation=60, role_propagation_form="endpoint")
    role = aws.make_role("young")
    kit.model(ExecutionRoleArn=role)
    kit.config()
    kit.endpoint()
    answer = kit.describe()
    assert answer["EndpointStatus"] == "Failed"
    assert answer["FailureReason"] == INVALID_ROLE.format(role)


@pytest.mark.parametrize(
    "action", ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:GetAuthorizationToken", "s3:GetObject"]
)
def test_each_permission_is_needed(kit: Kit, aws: LocalAws, action: str) -> None:
    needed = [
        "ecr:BatchGetImage",
        "ecr:BatchCheckLayerAvailability",
        "ecr:GetDownloadUrlForLayer",
        "ecr:GetAuthorizationToken",
        "s3:GetObject",
    ]
    aws.put("s3://models/m.tar.gz")
    container = {"Image": IMAGE, "ModelDataUrl": "s3://models/m.tar.gz"}
    kit.model("good", ExecutionRoleArn=aws.make_role("good", needed), PrimaryContainer=container)
    role = aws.make_role("bad", [one for one in needed if one != action])
    text = (
        f"cannot pull {IMAGE}" if action.startswith("ecr") else "Could not access model data at s3://models/m.tar.gz."
    )
    with refused(text):
        kit.model("bad", ExecutionRoleArn=role, PrimaryContainer=container)


def test_prefix_needs_listing_of_that_prefix(kit: Kit, aws: LocalAws) -> None:
    aws.put("s3://models/llm/v1/weights.bin")
    container = {"Image": IMAGE, "ModelDataSource": source("s3://models/llm/v1/", "S3Prefix")}
    role = aws.make_role("lister", ["ecr:*"])
    statements = [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::models/llm/v1/*"},
        {
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": "arn:aws:s3:::models",
            "Condition": {"StringLike": {"s3:prefix": ["llm/v1/*"]}},
        },
    ]
    for number, statement in enumerate(statements):
        with refused("Could not access model data"):
            kit.model(ExecutionRoleArn=role, PrimaryContainer=container)
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        aws.client("iam").put_role_policy(RoleName="lister", PolicyName=f"p{number}", PolicyDocument=document)
    kit.model(ExecutionRoleArn=role, PrimaryContainer=container)


def test_full_access_reads_only_buckets_named_after_sagemaker(kit: Kit, aws: LocalAws) -> None:
    role = aws.make_role("full", managed=["arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"])
    for bucket in ("my-sagemaker-models", "models"):
        aws.put(f"s3://{bucket}/m.tar.gz")
    kit.model(
        ExecutionRoleArn=role,
        PrimaryContainer={"Image": IMAGE, "ModelDataUrl": "s3://my-sagemaker-models/m.tar.gz"},
    )
    with refused("Could not access model data"):
        kit.model("n", ExecutionRoleArn=role, PrimaryContainer={"Image": IMAGE, "ModelDataUrl": "s3://models/m.tar.gz"})


def test_permissions_boundary_counts(kit: Kit, aws: LocalAws) -> None:
    iam = aws.client("iam")
    allow = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    boundary = iam.create_policy(PolicyName="only-s3", PolicyDocument=document)["Policy"]["Arn"]
    role = aws.make_role("bounded")
    kit.model(ExecutionRoleArn=role)
    iam.put_role_permissions_boundary(RoleName="bounded", PermissionsBoundary=boundary)
    with refused("cannot pull"):
        kit.model("n", ExecutionRoleArn=role)


def test_missing_image(kit: Kit, aws: LocalAws) -> None:
    aws.script(image=IMAGE, outcome="missing")
    role = aws.make_role("r")
    with refused(
        f"Role {role} cannot pull {IMAGE}. Ensure that the role exists and the image was granted pull permission."
    ):
        kit.model(ExecutionRoleArn=role)


@pytest.mark.parametrize("kind", ["manifest", "index"])
def test_image_of_another_kind(kit: Kit, aws: LocalAws, kind: str) -> None:
    aws.script(image=IMAGE, outcome=f"oci_{kind}")
    text = (
        f"Unsupported manifest media type application/vnd.oci.image.{kind}.v1+json for image {IMAGE}. Ensure that valid"
    )
    with refused(text):
        kit.model(ExecutionRoleArn=aws.make_role("r"))


def test_packages_of_the_marketplace_take_no_environment(kit: Kit) -> None:
    package = "arn:aws:sagemaker:us-east-1:{}:model-package/p"
    kit.model("a", PrimaryContainer={"ModelPackageName": package.format("865070037744")})
    kit.model("b", PrimaryContainer={"ModelPackageName": package.format("123456789012"), "Environment": {"A": "1"}})
    with refused(
        "Environment variable map cannot be specified when using a ModelPackage subscribed from AWS Marketplace."
    ):
        kit.model("c", PrimaryContainer={"ModelPackageName": package.format("865070037744"), "Environment": {"A": "1"}})
