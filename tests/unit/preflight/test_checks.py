# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each check of a preflight makes of what was seen: one case where all is well, one or more where not, one where it may not look."""

from __future__ import annotations

import re
from typing import Any
from typing import NamedTuple

import botocore.session
import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.inputs import resolution
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.iam.policy import Place
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.iam.policy import trust_policy
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.preflight import info
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.preflight import spelling
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.preflight.checks import alarms
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.preflight.checks import artifacts
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.preflight.checks import caller
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.preflight.checks import destinations
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.preflight.checks import environment
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.preflight.checks import execution_role
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.preflight.checks import images
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.preflight.checks import keys
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.preflight.checks import network
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.preflight.checks import packages
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.preflight.checks import quotas
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.preflight.checks import scaling
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.preflight.findings import Unseen
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.preflight.quota_codes import CODES
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.preflight.subject import Deploy

ACCOUNT = "111122223333"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
GPU_IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference:0.36.0-lmi28.0.0-cu130"
GPU_12 = "763104351884.dkr.ecr.us-east-1.amazonaws.com/huggingface-pytorch-tgi-inference:2.4.0-tgi2.4.0-gpu-py311-cu124-ubuntu22.04"
MODEL = "s3://models/churn/model.tar.gz"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/exec"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:done"
PACKAGE = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:model-package/churn/3"
CONTENT = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:hub-content/hub/ModelReference/llama/1.0.0"
UNSEEN = Unseen("the caller may not call some:Permission.", "some:Permission")
NONE = {"action": "none", "calls": [], "changes": []}
GIB = 1024**3

OK, WARNING, ERROR, UNKNOWN = "ok", "warning", "error", "unknown"


def variables(**given: Any) -> dict[str, Any]:
    beginning: dict[str, Any] = {
        "name": "churn",
        "name_prefix": "churn",
        "containers": [{"image_uri": IMAGE, "model_data_url": MODEL}],
        "production_variant": {"instance_type": "ml.m5.large", "initial_instance_count": 2, "volume_size_in_gb": 10},
    }
    return {**beginning, **given}


def container(**given: Any) -> dict[str, Any]:
    return {"containers": [{"image_uri": IMAGE, **given}]}


def on(instance_type: str, **given: Any) -> dict[str, Any]:
    return {"production_variant": {"instance_type": instance_type, **given}}


def plan(*calls: str, exists: bool = False, part: str = "endpoint", name: str = "churn") -> dict[str, Any]:
    return {
        "current": {"serving": {"endpoint_arn": "arn"} if exists else {}},
        "steps": [{"part": part, "name": name, "plan": {**NONE, "calls": list(calls)}}],
        "outputs": {"sagemaker_role_arn": ROLE, "sagemaker_endpoint_config_name": "churn-config-1a2b3c4d"},
    }


def deploy(given: dict[str, Any], planned: dict[str, Any] | None = None, region: str = "us-east-1") -> Deploy:
    inputs = resolution.resolve(variables(**given))
    assert not inputs["problems"], inputs["problems"]
    return Deploy(inputs, Place("aws", region, ACCOUNT), planned)


class Case(NamedTuple):
    """given: variables; seen: what the look returned; expected: {check: status}, of which each is the worst of its check."""

    check: Any
    given: dict[str, Any]
    seen: Any
    expected: dict[str, str]
    planned: dict[str, Any] | None = None
    region: str = "us-east-1"


def pushed(*architectures: str, media_type: str = images.DOCKER_MANIFEST, image: str = IMAGE) -> dict[str, Any]:
    return {image: images.Pushed(media_type, architectures)}


def stored(size: float, region: Any = "us-east-1", uri: str = MODEL) -> dict[str, Any]:
    return {"buckets": {"models": region}, "stored": {uri: artifacts.Stored(int(size * GIB))}}


def used(quota: Any, used: Any = 0, own: int = 0, kind: str = "ml.m5.large") -> dict[str, Any]:
    return {"quotas": {kind: quota}, "used": {kind: used}, "own": {kind: own}, "known": TYPES}


# What botocore lists.
TYPES = {"ml.m5.large": None, "ml.g5.2xlarge": None, "ml.g6.2xlarge": None}
NEW = "ml.m99.large"
UNLISTED = Unseen("it is not among the first quotas of SageMaker, and the calls of a preflight are limited.")


def role(document: Any = None, arn: str = ROLE, denied: Any = ()) -> dict[str, Any]:
    described = {"Arn": arn, "AssumeRolePolicyDocument": document or trust_policy(ACCOUNT)}
    return {"role": {"Role": described}, "denied": denied if isinstance(denied, Unseen) else list(denied)}


def trusting(service: str = "sagemaker.amazonaws.com", **more: Any) -> dict[str, Any]:
    allow = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return {"Statement": [{**allow, **more}]}


VPC = {"vpc_config": {"subnets": ["subnet-1", "subnet-2"], "security_group_ids": ["sg-1"]}}
LOCAL = {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"}
NAT = {"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1", "State": "active"}
INTERNET = {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": "active"}
GATEWAY = {"DestinationPrefixListId": "pl-1", "GatewayId": "vpce-1", "State": "active"}
S3_GATEWAY = {"VpcEndpointId": "vpce-1", "ServiceName": "com.amazonaws.us-east-1.s3", "VpcEndpointType": "Gateway"}
ECR_INTERFACES = [
    {"VpcEndpointId": f"vpce-{name}", "ServiceName": f"com.amazonaws.us-east-1.{name}", "VpcEndpointType": "Interface"}
    for name in ("ecr.api", "ecr.dkr")
]


def vpc(
    *routes: dict[str, Any], free: int = 100, endpoints: Any = (), vpcs: str = "11", group: str = "1", known: int = 2
) -> dict[str, Any]:
    """What is seen of a VPC whose main route table has these routes. vpcs: of the subnets; known: how many of these there are."""
    subnets = [
        {"SubnetId": f"subnet-{number}", "VpcId": f"vpc-{of}", "AvailableIpAddressCount": free}
        for number, of in enumerate(vpcs, 1)
    ][:known]
    table = {"VpcId": "vpc-1", "Associations": [{"Main": True}], "Routes": [LOCAL, *routes]}
    seen = {"subnets": subnets, "groups": [{"GroupId": "sg-1", "VpcId": f"vpc-{group}"}] if group else []}
    if len(set(vpcs[:known])) == 1:
        seen |= {"tables": [table], "endpoints": endpoints if isinstance(endpoints, Unseen) else list(endpoints)}
    return seen


ASYNC = {
    "async_inference_config": {
        "output_config": {
            "s3_output_path": "s3://results/out/",
            "kms_key_id": KEY,
            "notification_config": {"error_topic": TOPIC},
        }
    }
}
GUARDED = {"deployment_config": {"auto_rollback_configuration": {"alarms": [{"alarm_name": "churn-errors"}]}}}
ROLLING = {
    "deployment_config": {
        "rolling_update_policy": {
            "maximum_batch_size": {"type": "INSTANCE_COUNT", "value": 1},
            "wait_interval_in_seconds": 60,
        }
    }
}
POOLS = {
    "production_variant": {
        "instance_pools": [
            {"instance_type": "ml.g5.2xlarge", "priority": 1},
            {"instance_type": "ml.g6.2xlarge", "priority": 2},
        ]
    }
}
UPDATE = plan("UpdateEndpoint", exists=True)
TOKEN = {"environment": {"HF_TOKEN": "hf_AbCdEfGhIjKlMnOpQrSt"}}


def component(name: str, **given: Any) -> dict[str, Any]:
    resources = {"min_memory_required_in_mb": 1024, "number_of_accelerator_devices_required": 1}
    return {
        "name": name,
        "containers": [{"image_uri": IMAGE}],
        "specification": {"compute_resource_requirements": resources},
        "runtime_config": {"copy_count": 1},
        **given,
    }


SCHEDULED = {
    "autoscaling_config": {
        "max_capacity": 2,
        "target_value": 5,
        "scheduled_actions": [
            {"scheduled_action_name": "open", "schedule": "rate(1 day)", "scalable_target_action": {"min_capacity": 2}},
            {"scheduled_action_name": "sale", "schedule": "rate(1 day)", "scalable_target_action": {"max_capacity": 6}},
        ],
    }
}
TO_ZERO = {"autoscaling_config": {"scale_to_zero": True, "max_capacity": 2, "target_value": 5}}


def shared(*components: dict[str, Any]) -> dict[str, Any]:
    return {"containers": [], "inference_components": list(components), **on("ml.g5.2xlarge")}


CASES = {
    # Quotas
    "quota fits": Case(quotas, {}, used(2), {"endpoint_quota": OK}),
    "quota is too low": Case(quotas, {}, used(1), {"endpoint_quota": ERROR}),
    "quota is taken by others": Case(quotas, {}, used(3, used=2), {"endpoint_quota": ERROR}),
    "quota may not be seen": Case(quotas, {}, used(UNSEEN), {"endpoint_quota": UNKNOWN}),
    "quota does not exist": Case(quotas, {}, used(None), {"endpoint_quota": UNKNOWN}),
    "use may not be seen": Case(quotas, {}, used(2, used=UNSEEN), {"endpoint_quota": OK}),
    "second fleet fits": Case(quotas, {}, used(4, used=2, own=2), {"endpoint_quota": OK}, UPDATE),
    "second fleet does not fit": Case(quotas, {}, used(3, used=2, own=2), {"endpoint_quota": ERROR}, UPDATE),
    "a rolling update needs less": Case(quotas, ROLLING, used(3, used=2, own=2), {"endpoint_quota": OK}, UPDATE),
    "nothing is rolled out": Case(quotas, {}, used(2, used=2, own=2), {"endpoint_quota": OK}, plan(exists=True)),
    "scaling fits": Case(
        quotas, {"autoscaling_config": {"max_capacity": 6, "target_value": 5}}, used(6), {"endpoint_quota": OK}
    ),
    "scaling does not fit": Case(
        quotas, {"autoscaling_config": {"max_capacity": 6, "target_value": 5}}, used(5), {"endpoint_quota": WARNING}
    ),
    "a scheduled action does not fit": Case(quotas, SCHEDULED, used(5), {"endpoint_quota": WARNING}),
    "another pool has room": Case(
        quotas,
        {**container(), **POOLS},
        {"quotas": {"ml.g5.2xlarge": 0, "ml.g6.2xlarge": 4}, "used": {}, "own": {}, "known": TYPES},
        {"endpoint_quota": WARNING},
    ),
    "serverless has no quota of instances": Case(
        quotas,
        {"production_variant": {"serverless_config": {"memory_size_in_mb": 2048, "max_concurrency": 5}}},
        {"quotas": {}, "used": {}, "own": {}, "known": TYPES},
        {},
    ),
    # Images
    "image is there": Case(
        images,
        {},
        pushed("amd64"),
        {"image_exists": OK, "image_region": OK, "image_manifest": OK, "image_architecture": OK},
    ),
    "image is missing": Case(images, {}, {IMAGE: None}, {"image_exists": ERROR, "image_region": OK}),
    "image may not be seen": Case(images, {}, {IMAGE: UNSEEN}, {"image_exists": UNKNOWN, "image_region": OK}),
    "image is elsewhere": Case(images, {}, {}, {"image_region": ERROR}, region="eu-west-1"),
    "image has an OCI manifest": Case(
        images,
        {},
        pushed(media_type=images.OCI_MANIFEST),
        {"image_exists": OK, "image_region": OK, "image_manifest": ERROR},
    ),
    "image is for ARM": Case(
        images,
        {},
        pushed("arm64"),
        {"image_exists": OK, "image_region": OK, "image_manifest": OK, "image_architecture": ERROR},
    ),
    "image for ARM on Graviton": Case(
        images,
        on("ml.c7g.large"),
        pushed("arm64"),
        {"image_exists": OK, "image_region": OK, "image_manifest": OK, "image_architecture": OK},
    ),
    "image for amd64 on Graviton": Case(
        images,
        on("ml.m6gd.large"),
        pushed("amd64"),
        {"image_exists": OK, "image_region": OK, "image_manifest": OK, "image_architecture": ERROR},
    ),
    "image for both": Case(
        images,
        on("ml.c7g.large"),
        pushed("amd64", "arm64", media_type=images.DOCKER_LIST),
        {"image_exists": OK, "image_region": OK, "image_manifest": OK, "image_architecture": OK},
    ),
    "image outside of ECR": Case(
        images,
        {**VPC, **container(image_uri="r.example.com/a:1", image_config={"repository_access_mode": "Vpc"})},
        {},
        {},
    ),
    "CUDA 13 on the default AMI": Case(
        images,
        {**container(image_uri=GPU_IMAGE), **on("ml.g6.xlarge")},
        {GPU_IMAGE: UNSEEN},
        {"image_exists": UNKNOWN, "image_region": OK, "image_cuda": ERROR},
    ),
    "CUDA 13 on an old AMI": Case(
        images,
        {
            **container(image_uri=GPU_IMAGE),
            **on("ml.g6.xlarge", inference_ami_version="al2-ami-sagemaker-inference-gpu-2"),
        },
        {GPU_IMAGE: UNSEEN},
        {"image_exists": UNKNOWN, "image_region": OK, "image_cuda": ERROR},
    ),
    "CUDA 13 on an AMI that it may run on": Case(
        images,
        {
            **container(image_uri=GPU_IMAGE),
            **on("ml.g6.xlarge", inference_ami_version="al2-ami-sagemaker-inference-gpu-3-1"),
        },
        {GPU_IMAGE: UNSEEN},
        {"image_exists": UNKNOWN, "image_region": OK, "image_cuda": WARNING},
    ),
    "CUDA 13 on its AMI": Case(
        images,
        {
            **container(image_uri=GPU_IMAGE),
            **on("ml.g6.xlarge", inference_ami_version="al2023-ami-sagemaker-inference-gpu-4-1"),
        },
        {GPU_IMAGE: UNSEEN},
        {"image_exists": UNKNOWN, "image_region": OK, "image_cuda": OK},
    ),
    "CUDA 12 on the default AMI": Case(
        images,
        {**container(image_uri=GPU_12), **on("ml.g5.xlarge")},
        {GPU_12: UNSEEN},
        {"image_exists": UNKNOWN, "image_region": OK, "image_cuda": OK},
    ),
    "CUDA without a GPU": Case(
        images,
        {**container(image_uri=GPU_12), **on("ml.m5.large")},
        {GPU_12: UNSEEN},
        {"image_exists": UNKNOWN, "image_region": OK, "image_cuda": WARNING},
    ),
    # Artifacts
    "artifact fits": Case(
        artifacts, {}, stored(1), {"artifact_exists": OK, "artifact_region": OK, "artifact_size": OK}
    ),
    "artifact may not fit unpacked": Case(
        artifacts, {}, stored(6), {"artifact_exists": OK, "artifact_region": OK, "artifact_size": WARNING}
    ),
    "artifact is too large": Case(
        artifacts, {}, stored(11), {"artifact_exists": OK, "artifact_region": OK, "artifact_size": ERROR}
    ),
    "artifact on storage of its own": Case(
        artifacts, on("ml.g5.xlarge"), stored(400), {"artifact_exists": OK, "artifact_region": OK}
    ),
    "artifact is too large for serverless": Case(
        artifacts,
        {"production_variant": {"serverless_config": {"memory_size_in_mb": 2048, "max_concurrency": 5}}},
        stored(6),
        {"artifact_exists": OK, "artifact_region": OK, "artifact_size": ERROR},
    ),
    "artifact is missing": Case(
        artifacts,
        {},
        {"buckets": {"models": "us-east-1"}, "stored": {MODEL: None}},
        {"artifact_exists": ERROR, "artifact_region": OK},
    ),
    "bucket is missing": Case(artifacts, {}, {"buckets": {"models": None}, "stored": {}}, {"artifact_exists": ERROR}),
    "bucket is elsewhere": Case(
        artifacts, {}, {"buckets": {"models": "eu-west-1"}, "stored": {}}, {"artifact_region": ERROR}
    ),
    "artifact may not be seen": Case(
        artifacts, {}, {"buckets": {"models": UNSEEN}, "stored": {MODEL: UNSEEN}}, {"artifact_exists": UNKNOWN}
    ),
    "no model below the prefix of a multi-model endpoint yet": Case(
        artifacts,
        container(model_data_url="s3://models/all/", mode="MultiModel"),
        {"buckets": {"models": "us-east-1"}, "stored": {"s3://models/all/": None}},
        {"artifact_exists": WARNING, "artifact_region": OK},
    ),
    # Execution role
    "role is right": Case(
        execution_role,
        {"sg_role_arn": ROLE},
        role(),
        {"execution_role_exists": OK, "execution_role_trust": OK, "execution_role_permissions": OK},
    ),
    "role is missing": Case(execution_role, {"sg_role_arn": ROLE}, {"role": None}, {"execution_role_exists": ERROR}),
    "role has a path": Case(
        execution_role, {"sg_role_arn": ROLE}, role(arn=f"{ROLE}x"), {"execution_role_exists": ERROR}
    ),
    "role may not be seen": Case(
        execution_role, {"sg_role_arn": ROLE}, {"role": UNSEEN}, {"execution_role_exists": UNKNOWN}
    ),
    "role trusts another service": Case(
        execution_role,
        {"sg_role_arn": ROLE},
        role(trusting("ec2.amazonaws.com")),
        {"execution_role_exists": OK, "execution_role_trust": ERROR, "execution_role_permissions": OK},
    ),
    "role trusts SageMaker for another account": Case(
        execution_role,
        {"sg_role_arn": ROLE},
        role(trusting(Condition={"StringEquals": {"aws:SourceAccount": "999988887777"}})),
        {"execution_role_exists": OK, "execution_role_trust": ERROR, "execution_role_permissions": OK},
    ),
    "role may not read": Case(
        execution_role,
        {"sg_role_arn": ROLE},
        role(denied=[("s3:GetObject", "arn:aws:s3:::models/churn/model.tar.gz")]),
        {"execution_role_exists": OK, "execution_role_trust": OK, "execution_role_permissions": ERROR},
    ),
    "role may not write logs": Case(
        execution_role,
        {"sg_role_arn": ROLE},
        role(denied=[("logs:PutLogEvents", "*")]),
        {"execution_role_exists": OK, "execution_role_trust": OK, "execution_role_permissions": WARNING},
    ),
    "the policy of the key may allow it": Case(
        execution_role,
        {"sg_role_arn": ROLE},
        role(denied=[("kms:Decrypt", KEY)]),
        {"execution_role_exists": OK, "execution_role_trust": OK, "execution_role_permissions": WARNING},
    ),
    "role may not be simulated": Case(
        execution_role,
        {"sg_role_arn": ROLE},
        role(denied=UNSEEN),
        {"execution_role_exists": OK, "execution_role_trust": OK, "execution_role_permissions": UNKNOWN},
    ),
    "role is made": Case(execution_role, {}, {}, {}),
    "boundary exists": Case(
        execution_role,
        {"permissions_boundary_arn": f"arn:aws:iam::{ACCOUNT}:policy/b"},
        {"boundary": {"Policy": {}}},
        {"permissions_boundary": OK},
    ),
    "boundary is missing": Case(
        execution_role,
        {"permissions_boundary_arn": f"arn:aws:iam::{ACCOUNT}:policy/b"},
        {"boundary": None},
        {"permissions_boundary": ERROR},
    ),
    "boundary may not be seen": Case(
        execution_role,
        {"permissions_boundary_arn": f"arn:aws:iam::{ACCOUNT}:policy/b"},
        {"boundary": UNSEEN},
        {"permissions_boundary": UNKNOWN},
    ),
    # Caller
    "caller may do all": Case(caller, {}, [], {"caller_permissions": OK}, plan("CreateEndpoint")),
    "caller may not do something": Case(
        caller,
        {},
        [("iam:PassRole", ROLE), ("sagemaker:CreateEndpoint", "arn")],
        {"caller_permissions": ERROR},
        plan("CreateEndpoint"),
    ),
    "caller may not be simulated": Case(caller, {}, UNSEEN, {"caller_permissions": UNKNOWN}, plan("CreateEndpoint")),
    # Keys
    "key is enabled": Case(
        keys,
        {"kms_key_arn": KEY},
        {KEY: {"KeyMetadata": {"KeyState": "Enabled", "KeyUsage": "ENCRYPT_DECRYPT"}}},
        {"kms_key": OK},
    ),
    "key is disabled": Case(
        keys, {"kms_key_arn": KEY}, {KEY: {"KeyMetadata": {"KeyState": "Disabled"}}}, {"kms_key": ERROR}
    ),
    "key is being deleted": Case(
        keys, {"kms_key_arn": KEY}, {KEY: {"KeyMetadata": {"KeyState": "PendingDeletion"}}}, {"kms_key": ERROR}
    ),
    "key signs": Case(keys, ASYNC, {KEY: {"KeyMetadata": {"KeyUsage": "SIGN_VERIFY"}}}, {"kms_key": ERROR}),
    "key is missing": Case(keys, {"kms_key_arn": KEY}, {KEY: None}, {"kms_key": ERROR}),
    "key may not be seen": Case(keys, {"kms_key_arn": KEY}, {KEY: UNSEEN}, {"kms_key": UNKNOWN}),
    # Network
    "network has a NAT": Case(
        network,
        VPC,
        vpc(NAT),
        {"vpc_subnets": OK, "vpc_security_groups": OK, "vpc_addresses": OK, "vpc_way_to_s3": OK, "vpc_way_to_ecr": OK},
    ),
    "network has endpoints": Case(
        network,
        VPC,
        vpc(GATEWAY, endpoints=[S3_GATEWAY, *ECR_INTERFACES]),
        {"vpc_subnets": OK, "vpc_security_groups": OK, "vpc_addresses": OK, "vpc_way_to_s3": OK, "vpc_way_to_ecr": OK},
    ),
    "network has endpoints with China's names": Case(
        network,
        {**VPC, **container(image_uri=IMAGE.replace("us-east-1.amazonaws.com", "cn-north-1.amazonaws.com.cn"))},
        vpc(
            endpoints=[
                {**one, "ServiceName": f"cn.{one['ServiceName'].replace('us-east-1', 'cn-north-1')}"}
                for one in ECR_INTERFACES
            ]
        ),
        {"vpc_subnets": OK, "vpc_security_groups": OK, "vpc_addresses": OK, "vpc_way_to_ecr": OK},
        region="cn-north-1",
    ),
    "network is cut off": Case(
        network,
        VPC,
        vpc(),
        {
            "vpc_subnets": OK,
            "vpc_security_groups": OK,
            "vpc_addresses": OK,
            "vpc_way_to_s3": ERROR,
            "vpc_way_to_ecr": WARNING,
        },
    ),
    "an internet gateway is no way out": Case(
        network,
        VPC,
        vpc(INTERNET),
        {
            "vpc_subnets": OK,
            "vpc_security_groups": OK,
            "vpc_addresses": OK,
            "vpc_way_to_s3": ERROR,
            "vpc_way_to_ecr": WARNING,
        },
    ),
    "a NAT that is gone is no way out": Case(
        network,
        VPC,
        vpc({**NAT, "State": "blackhole"}, GATEWAY, endpoints=[S3_GATEWAY]),
        {
            "vpc_subnets": OK,
            "vpc_security_groups": OK,
            "vpc_addresses": OK,
            "vpc_way_to_s3": OK,
            "vpc_way_to_ecr": WARNING,
        },
    ),
    "a subnet is missing": Case(
        network,
        VPC,
        vpc(NAT, known=1),
        {
            "vpc_subnets": ERROR,
            "vpc_security_groups": OK,
            "vpc_addresses": OK,
            "vpc_way_to_s3": OK,
            "vpc_way_to_ecr": OK,
        },
    ),
    "the subnets are in two VPCs": Case(
        network, VPC, vpc(vpcs="12"), {"vpc_subnets": ERROR, "vpc_security_groups": OK, "vpc_addresses": OK}
    ),
    "the group is in another VPC": Case(
        network,
        VPC,
        vpc(NAT, group="2"),
        {
            "vpc_subnets": OK,
            "vpc_security_groups": ERROR,
            "vpc_addresses": OK,
            "vpc_way_to_s3": OK,
            "vpc_way_to_ecr": OK,
        },
    ),
    "the group is missing": Case(
        network,
        VPC,
        vpc(NAT, group=""),
        {
            "vpc_subnets": OK,
            "vpc_security_groups": ERROR,
            "vpc_addresses": OK,
            "vpc_way_to_s3": OK,
            "vpc_way_to_ecr": OK,
        },
    ),
    "addresses are few": Case(
        network,
        VPC,
        vpc(NAT, free=1),
        {
            "vpc_subnets": OK,
            "vpc_security_groups": OK,
            "vpc_addresses": WARNING,
            "vpc_way_to_s3": OK,
            "vpc_way_to_ecr": OK,
        },
    ),
    "there are no addresses": Case(
        network,
        VPC,
        vpc(NAT, free=0),
        {
            "vpc_subnets": OK,
            "vpc_security_groups": OK,
            "vpc_addresses": ERROR,
            "vpc_way_to_s3": OK,
            "vpc_way_to_ecr": OK,
        },
    ),
    "network may not be seen": Case(
        network,
        VPC,
        {"subnets": UNSEEN, "groups": UNSEEN},
        {"vpc_subnets": UNKNOWN, "vpc_security_groups": UNKNOWN},
    ),
    "routes may not be seen": Case(
        network,
        VPC,
        {**vpc(NAT), "tables": UNSEEN},
        {
            "vpc_subnets": OK,
            "vpc_security_groups": OK,
            "vpc_addresses": OK,
            "vpc_way_to_s3": UNKNOWN,
            "vpc_way_to_ecr": UNKNOWN,
        },
    ),
    "there is no network": Case(network, {}, {}, {}),
    # Buckets and topics
    "destinations exist": Case(
        destinations,
        ASYNC,
        {"output_bucket": {"results": {}}, "notification_topic": {TOPIC: {}}},
        {"output_bucket": OK, "notification_topic": OK},
    ),
    "destinations are missing": Case(
        destinations,
        ASYNC,
        {"output_bucket": {"results": None}, "notification_topic": {TOPIC: None}},
        {"output_bucket": ERROR, "notification_topic": ERROR},
    ),
    "destinations may not be seen": Case(
        destinations,
        ASYNC,
        {"output_bucket": {"results": UNSEEN}, "notification_topic": {TOPIC: UNSEEN}},
        {"output_bucket": UNKNOWN, "notification_topic": UNKNOWN},
    ),
    # Alarms
    "alarm is OK": Case(alarms, GUARDED, {"churn-errors": "OK"}, {"deployment_alarm": OK}),
    "alarm is in ALARM": Case(alarms, GUARDED, {"churn-errors": "ALARM"}, {"deployment_alarm": ERROR}, UPDATE),
    "alarm is in ALARM before the first deploy": Case(
        alarms, GUARDED, {"churn-errors": "ALARM"}, {"deployment_alarm": WARNING}, plan("CreateEndpoint")
    ),
    "alarm is missing": Case(alarms, GUARDED, {}, {"deployment_alarm": ERROR}),
    "alarm may not be seen": Case(alarms, GUARDED, UNSEEN, {"deployment_alarm": UNKNOWN}),
    # Packages
    "package is approved": Case(
        packages,
        {"containers": [{"model_package_name": PACKAGE}]},
        {
            "model_package": {PACKAGE: {"ModelPackageStatus": "Completed", "ModelApprovalStatus": "Approved"}},
            "hub_content": {},
        },
        {"model_package": OK},
    ),
    "package without approval": Case(
        packages,
        {"containers": [{"model_package_name": PACKAGE}]},
        {"model_package": {PACKAGE: {"ModelPackageStatus": "Completed"}}, "hub_content": {}},
        {"model_package": OK},
    ),
    "package waits for approval": Case(
        packages,
        {"containers": [{"model_package_name": PACKAGE}]},
        {
            "model_package": {
                PACKAGE: {"ModelPackageStatus": "Completed", "ModelApprovalStatus": "PendingManualApproval"}
            },
            "hub_content": {},
        },
        {"model_package": ERROR},
    ),
    "package has failed": Case(
        packages,
        {"containers": [{"model_package_name": PACKAGE}]},
        {"model_package": {PACKAGE: {"ModelPackageStatus": "Failed"}}, "hub_content": {}},
        {"model_package": ERROR},
    ),
    "package is missing": Case(
        packages,
        {"containers": [{"model_package_name": PACKAGE}]},
        {"model_package": {PACKAGE: None}, "hub_content": {}},
        {"model_package": ERROR},
    ),
    "package may not be seen": Case(
        packages,
        {"containers": [{"model_package_name": PACKAGE}]},
        {"model_package": {PACKAGE: UNSEEN}, "hub_content": {}},
        {"model_package": UNKNOWN},
    ),
    **{
        f"hub content: {status}": Case(
            packages,
            container(
                model_data_source={
                    "s3_uri": "s3://models/llama/",
                    "s3_data_type": "S3Prefix",
                    "hub_access_config": {"hub_content_arn": CONTENT},
                }
            ),
            {"model_package": {}, "hub_content": {CONTENT: seen}},
            {"hub_content": status},
        )
        for status, seen in (
            (OK, {"HubContentStatus": "Available"}),
            (ERROR, {"HubContentStatus": "ImportFailed"}),
            (UNKNOWN, UNSEEN),
        )
    },
    "hub content is missing": Case(
        packages,
        container(
            additional_model_data_sources=[
                {
                    "channel_name": "draft",
                    "s3_data_source": {
                        "s3_uri": "s3://models/llama/",
                        "s3_data_type": "S3Prefix",
                        "compression_type": "None",
                        "hub_access_config": {"hub_content_arn": CONTENT},
                    },
                }
            ]
        ),
        {"model_package": {}, "hub_content": {CONTENT: None}},
        {"hub_content": ERROR},
    ),
    # Spelling
    "a type that botocore does not list has a quota": Case(quotas, on(NEW), used(2, kind=NEW), {"endpoint_quota": OK}),
    "a type that botocore does not list has no quota": Case(
        quotas, on(NEW), used(None, kind=NEW), {"instance_type": ERROR}
    ),
    "a type that botocore does not list may have a quota": Case(
        quotas, on(NEW), used(UNSEEN, kind=NEW), {"instance_type": WARNING, "endpoint_quota": UNKNOWN}
    ),
    "a size that does not exist": Case(
        quotas,
        on("ml.m5.lareg"),
        {"quotas": {}, "used": {}, "own": {}, "known": TYPES},
        {"instance_type": ERROR},
    ),
    "the region is known": Case(spelling, {}, {"us-east-1"}, {"region": OK}),
    "the region is not known": Case(spelling, {}, {"us-east-1"}, {"region": WARNING}, region="us-esat-1"),
    # Scaling
    "components can all be gone": Case(scaling, shared(component("a", **TO_ZERO)), None, {"scale_to_zero": OK}),
    "one component stays": Case(
        scaling, shared(component("a", **TO_ZERO), component("b")), None, {"scale_to_zero": WARNING}
    ),
    "the region keeps an instance": Case(
        scaling, shared(component("a", **TO_ZERO)), None, {"scale_to_zero": WARNING}, region="eu-west-3"
    ),
    "an asynchronous variant can be gone": Case(scaling, {**ASYNC, **TO_ZERO}, None, {"scale_to_zero": OK}),
    "nothing is to be gone": Case(scaling, {}, None, {}),
    # Tokens
    "no token": Case(environment, container(environment={"A": "b"}), frozenset(), {"token_in_clear_text": OK}),
    "a token": Case(environment, container(**TOKEN), frozenset(), {"token_in_clear_text": WARNING}),
    "a token under another name": Case(
        environment,
        container(environment={"SETTING": "hf_AbCdEfGhIjKlMnOpQrSt"}),
        frozenset(),
        {"token_in_clear_text": WARNING},
    ),
    "a URL with a password": Case(
        environment,
        container(environment={"DATABASE": "postgres://app:pass1234@db/x"}),
        frozenset(),
        {"token_in_clear_text": WARNING},
    ),
    "a token out of the environment": Case(
        environment, container(**TOKEN), frozenset({"hf_AbCdEfGhIjKlMnOpQrSt"}), {"token_in_clear_text": OK}
    ),
    "a token that is known to be secret": Case(
        environment,
        {**container(**TOKEN), "secret_environment": ["HF_TOKEN"]},
        frozenset(),
        {"token_in_clear_text": OK},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_judgement(name: str) -> None:
    case = CASES[name]
    subject = deploy(case.given, case.planned, case.region)
    found = list(case.check.judge(subject, case.seen))
    order = [OK, UNKNOWN, WARNING, ERROR]
    worst: dict[str, str] = {}
    for one in found:
        worst[one.check] = max(worst.get(one.check, OK), one.status, key=order.index)
        assert one.message and one.message.endswith((".", "?")), one
        assert one.variable.startswith("sagemaker_endpoint_") or one.check in (caller.NAME, spelling.REGION), one
        # What is wrong has a remedy, and a permission that is missing is named in it.
        assert (one.remedy == "") == (one.status == OK or "no quota" in one.message), one
        assert one.remedy == "" or one.remedy.endswith("."), one
    assert worst == case.expected, found


def test_each_check_is_judged_well_ill_and_unseen() -> None:
    """Of all checks but those that need no look."""
    statuses: dict[str, set[str]] = {}
    for case in CASES.values():
        for check, status in case.expected.items():
            statuses.setdefault(check, set()).add(status)
    assert len(statuses) >= 18
    for check, found in statuses.items():
        # Of an instance type that exists its quota is told.
        assert (OK in found or check == spelling.INSTANCE_TYPE) and found & {WARNING, ERROR}, check
    seen_in_the_variables = {
        "image_region",
        "image_cuda",
        "scale_to_zero",
        "token_in_clear_text",
        "region",
        "instance_type",
    }
    # These are judged by what another check of the same look has seen, and not at all where that is unknown.
    judged_further = {
        "image_manifest",
        "image_architecture",
        "artifact_region",
        "artifact_size",
        "execution_role_trust",
        "vpc_addresses",
    }
    unseen = {check for check, found in statuses.items() if UNKNOWN not in found}
    assert unseen == {*seen_in_the_variables, *judged_further}


def test_all_checks_are_in_the_table() -> None:
    modules = {case.check for case in CASES.values()}
    assert {check.judge for check in info.CHECKS} == {module.judge for module in modules}


def test_a_finding_names_the_variable_that_was_written() -> None:
    given = {
        "containers": [],
        "production_variants": [
            {
                "variant_name": "a",
                "instance_type": "ml.m5.large",
                "containers": [
                    {
                        "image_uri": IMAGE,
                        "model_data_source": {"s3_uri": "s3://models/a/", "s3_data_type": "S3Prefix"},
                    }
                ],
            }
        ],
    }
    given["production_variant"] = None
    subject = deploy(given)
    artifact = next(artifacts.artifacts(subject))
    assert artifact.variable == "sagemaker_endpoint_production_variants[0].containers[0].model_data_source.s3_uri"
    (finding,) = [one for one in images.judge(subject, {IMAGE: None}) if one.status == ERROR]
    assert finding.variable == "sagemaker_endpoint_production_variants[0].containers[0].image_uri"
    (finding,) = quotas.judge(subject, used(0))
    assert finding.variable == "sagemaker_endpoint_production_variants[0]"


@pytest.mark.parametrize(
    ("kind", "quota", "told"),
    [
        (
            "ml.m5.lagre",
            None,
            "error: sagemaker_endpoint_production_variant.instance_type: ml.m5.lagre is not an instance type: no size is named lagre. "
            "Did you mean ml.m5.large? Correct instance_type.",
        ),
        (
            "ml.mm5.large",
            None,
            "error: sagemaker_endpoint_production_variant.instance_type: ml.mm5.large is not an instance type for endpoints: neither "
            "botocore nor Service Quotas lists it. Did you mean ml.m5.large? Correct instance_type.",
        ),
        (
            "ml.g5.22xlarge",
            UNLISTED,
            "warning: sagemaker_endpoint_production_variant.instance_type: the installed botocore does not list the instance type "
            "ml.g5.22xlarge. Did you mean ml.g5.2xlarge? Correct instance_type, or ignore this if the type is new.",
        ),
    ],
)
def test_a_misspelt_instance_type_is_told_with_the_nearest(kind: str, quota: Any, told: str) -> None:
    found = list(quotas.judge(deploy(on(kind)), used(quota, kind=kind)))
    assert f"{found[0].status}: {found[0]}" == told
    pooled = {"production_variant": {"instance_pools": [{"instance_type": kind, "priority": 1}]}}
    found = list(quotas.judge(deploy(pooled), used(quota, kind=kind)))
    assert found[0].variable == "sagemaker_endpoint_production_variant.instance_pools"


def test_all_instance_types_of_the_service_have_a_size_that_is_known() -> None:
    shape = botocore.session.Session().get_service_model("sagemaker").shape_for("ProductionVariantInstanceType")
    assert len(shape.enum) > 200
    assert [kind for kind in shape.enum if not spelling.is_instance_type(kind)] == []


def test_codes_of_quotas_are_codes_of_instance_types_and_each_of_one() -> None:
    assert len(set(CODES.values())) == len(CODES) > 100
    for kind, code in CODES.items():
        assert re.fullmatch(r"ml\.[a-z0-9-]+\.(\d*x)?(large|medium)", kind), kind
        assert re.fullmatch(r"L-[0-9A-F]{8}", code), kind
