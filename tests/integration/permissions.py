# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What IAM would say to recorded calls: which of them a policy does not allow.

Which resources an action is asked for, and which further actions a call needs, is told by the table of IAM that parliament brings,
and not by the collection's own.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

import parliament

from local_aws.schema import partition_of
from local_aws.world import ACCOUNT

# Of services whose name in IAM is another one.
SERVICES = {"sagemaker-runtime": "sagemaker", "resourcegroupstaggingapi": "tag"}
# The member of a request that names a resource, by its kind in IAM, and the kind's ARN.
MEMBERS = {
    "endpoint": "EndpointName",
    "endpoint-config": "EndpointConfigName",
    "model": "ModelName",
    "inference-component": "InferenceComponentName",
    "role": "RoleName",
    "instance-profile": "InstanceProfileName",
    "alarm": "AlarmName",
    "bucket": "Bucket",
    "log-group": "logGroupName",
}
TAGGING = {
    "sagemaker": "sagemaker:AddTags",
    "iam": "iam:TagRole",
    "application-autoscaling": "application-autoscaling:TagResource",
}
# Actions whose resource is in the request as it is.
OF_ARN = {"sagemaker:AddTags", "sagemaker:DeleteTags", "sagemaker:ListTags"}

Need = tuple[str, str, Mapping[str, str]]


def refused(calls: Iterable[Mapping[str, Any]], policy: Mapping[str, Any]) -> list[str]:
    """The actions on resources, each once, that the calls need and the policy does not allow."""
    needs = [need for call in calls for need in needed(call)]
    assert needs
    return sorted({f"{action} {arn}" for action, arn, context in needs if not _allows(policy, action, arn, context)})


def needed(call: Mapping[str, Any]) -> Iterator[Need]:
    """What a call is checked for: (action, ARN of a resource, what conditions may ask for)."""
    service, request = SERVICES.get(call["service"], call["service"]), call["request"] or {}
    action, region = f"{service}:{call['operation']}", call["region"]
    context = {"application-autoscaling:service-namespace": request.get("ServiceNamespace", "sagemaker")}
    for arn in _resources(action, request, region):
        yield action, arn, context
        if request.get("Tags") and not action.endswith(("Tags", "Resource")) and call["mutating"]:
            yield TAGGING[service], arn, context
    if service == "iam" and call["operation"] == "CreateRole" and "Tags.member.1.Key" in request:
        yield TAGGING[service], _arn("role", request["RoleName"], region), context
    if service == "sagemaker" and request.get("ExecutionRoleArn") and call["mutating"]:
        yield "iam:PassRole", request["ExecutionRoleArn"], {"iam:PassedToService": "sagemaker.amazonaws.com"}


def _resources(action: str, request: Mapping[str, Any], region: str) -> Iterator[str]:
    if action in OF_ARN:
        yield request["ResourceArn"]
        return
    kinds = _kinds(action)
    if "object*" in kinds:
        yield f"arn:{partition_of(region)}:s3:::{request['Bucket']}/{request['Key']}"
        return
    if "log-stream*" in kinds:
        stream = request["logStreamName"]
        yield f"arn:{partition_of(region)}:logs:{region}:{ACCOUNT}:log-group:{request['logGroupName']}:log-stream:{stream}"
        return
    if "ScalableTarget*" in kinds:
        yield f"arn:{partition_of(region)}:application-autoscaling:{region}:{ACCOUNT}:scalable-target/0cfb1a2b3c4d"
        return
    found = [
        _arn(kind.rstrip("*"), name, region)
        for kind in kinds
        for name in _names(MEMBERS.get(kind.rstrip("*")), request)
    ]
    assert found or not [kind for kind in kinds if kind.endswith("*")], (action, request)
    yield from found or ["*"]


def _names(member: str | None, request: Mapping[str, Any]) -> list[str]:
    """The names in a request; the query protocol numbers several."""
    if member is None:
        return []
    several = request.get(f"{member}s") or [v for key, v in request.items() if key.startswith(f"{member}s.member.")]
    return [request[member]] if member in request else several


@lru_cache(maxsize=None)
def _kinds(action: str) -> tuple[str, ...]:
    """The kinds of resources that an action is asked for; those that have to be there end with a star."""
    service, _colon, operation = action.partition(":")
    found = [
        tuple(kind["resource_type"] for kind in privilege["resource_types"] if kind["resource_type"])
        for listed in parliament.iam_definition
        if listed["prefix"] == service
        for privilege in listed["privileges"]
        if privilege["privilege"] == operation
    ]
    assert found, f"IAM has no action {action}"
    return found[0]


def _arn(kind: str, name: str, region: str) -> str:
    partition = partition_of(region)
    if kind in ("role", "instance-profile"):
        return f"arn:{partition}:iam::{ACCOUNT}:{kind}/{name}"
    if kind == "bucket":
        return f"arn:{partition}:s3:::{name}"
    if kind == "log-group":
        # As refusals name it.
        return f"arn:{partition}:logs:{region}:{ACCOUNT}:log-group:{name}:log-stream:"
    if kind == "alarm":
        return f"arn:{partition}:cloudwatch:{region}:{ACCOUNT}:alarm:{name}"
    # SageMaker's are in lower case.
    return f"arn:{partition}:sagemaker:{region}:{ACCOUNT}:{kind}/{name.lower()}"


def _allows(policy: Mapping[str, Any], action: str, arn: str, context: Mapping[str, str]) -> bool:
    return any(
        action in statement["Action"]
        and any(fnmatchcase(arn, pattern) for pattern in statement["Resource"])
        and _fits(statement.get("Condition", {}), context)
        for statement in policy["Statement"]
    )


def _fits(condition: Mapping[str, Any], context: Mapping[str, str]) -> bool:
    assert set(condition) <= {"StringEquals"}, condition
    return all(context.get(key) == value for key, value in condition.get("StringEquals", {}).items())
