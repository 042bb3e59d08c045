# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An account that has all that the variables of a deploy name, as far as the deploy does not make it."""

from __future__ import annotations

import json
import re
from typing import Any

from integration.logic import Logic
from local_aws.process import REGION
from local_aws.process import LocalAws
from local_aws.world import ACCOUNT

# Stands in the examples where a user's own account goes.
PLACEHOLDER = "111122223333"
ARTIFACTS = re.compile(r'"(s3://[^"]+)"')
KEYS = re.compile(rf"arn:aws:kms:{REGION}:{ACCOUNT}:key/[0-9a-f-]+")
KEY_ALIASES = re.compile(rf"arn:aws:kms:{REGION}:{ACCOUNT}:(alias/[\w/-]+)")
TOPICS = re.compile(rf"arn:aws:sns:{REGION}:{ACCOUNT}:([\w-]+)")
SUBNETS = re.compile(r"subnet-[0-9a-f]{8,}")
GROUPS = re.compile(r"sg-[0-9a-f]{8,}")
ROLES = re.compile(rf"arn:aws:iam::{ACCOUNT}:role/([\w-]+)")
PACKAGES = re.compile(rf"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package/([\w-]+)/(\d+)")
# What the execution role of any example may do.
ACTIONS = ["ecr:*", "s3:*", "logs:*", "cloudwatch:*", "kms:*", "sns:*", "ec2:*", "lambda:*", "sagemaker:*"]


def prepare(aws: LocalAws, variables: dict[str, Any]) -> dict[str, Any]:
    """Makes it, and returns the variables with the ids that AWS gave."""
    text = json.dumps(variables).replace(PLACEHOLDER, ACCOUNT)
    for uri in set(ARTIFACTS.findall(text)):
        aws.put(f"{uri}one/model.tar.gz" if uri.endswith("/") else uri)
    kms, sns = aws.client("kms"), aws.client("sns")
    text = KEYS.sub(lambda _found: kms.create_key()["KeyMetadata"]["Arn"], text)
    for name in set(KEY_ALIASES.findall(text)):
        kms.create_alias(AliasName=name, TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])
    for name in set(TOPICS.findall(text)):
        sns.create_topic(Name=name)
    for name in set(ROLES.findall(text)):
        aws.make_role(name, ACTIONS)
    for group, version in set(PACKAGES.findall(text)):
        make_package(aws, group, int(version))
    if SUBNETS.search(text):
        network = make_network(aws, len(set(SUBNETS.findall(text))))
        ids = dict(zip(sorted(set(SUBNETS.findall(text))), network["subnets"]))
        text = SUBNETS.sub(lambda found: ids[found[0]], text)
        text = GROUPS.sub(network["group"], text)
    deployment = variables.get("deployment_config") or {}
    for alarm in (deployment.get("auto_rollback_configuration") or {}).get("alarms", []):
        make_alarm(aws, alarm["alarm_name"])
    return json.loads(text)


def make_network(aws: LocalAws, subnets: int, gateway: bool = True, mask: int = 24) -> dict[str, Any]:
    """A VPC; gateway: whether its main route table leads to S3, and interfaces to ECR."""
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ids = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/{mask}")["Subnet"]["SubnetId"]
        for number in range(subnets)
    ]
    group = ec2.create_security_group(GroupName=f"models-{vpc}", Description="models", VpcId=vpc)["GroupId"]
    if gateway:
        within = [{"Name": "vpc-id", "Values": [vpc]}]
        table = ec2.describe_route_tables(Filters=within)["RouteTables"][0]["RouteTableId"]
        ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.s3", RouteTableIds=[table])
        for service in ("ecr.api", "ecr.dkr"):
            ec2.create_vpc_endpoint(
                VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.{service}", VpcEndpointType="Interface", SubnetIds=ids
            )
    return {"vpc": vpc, "subnets": ids, "group": group}


def make_package(aws: LocalAws, group: str, versions: int, approval: str = "Approved") -> None:
    """A group of model packages with so many versions."""
    sagemaker = aws.client("sagemaker")
    sagemaker.create_model_package_group(ModelPackageGroupName=group)
    for _version in range(versions):
        sagemaker.create_model_package(ModelPackageGroupName=group, ModelApprovalStatus=approval)


def make_alarm(aws: LocalAws, name: str, state: str = "OK") -> None:
    cloudwatch = aws.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="AWS/SageMaker",
        MetricName="Invocation5XXErrors",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="a test")


def run(logic: Logic, variables: dict[str, Any]) -> dict[str, Any]:
    """What a preflight of these variables of the role returns, without Ansible."""
    from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.inputs import resolution
    from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.preflight import info as preflight

    return preflight.info(logic.connection(), {"inputs": resolution.resolve(variables)})
