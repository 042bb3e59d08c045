# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The IAM permissions of the caller: convert API calls with their resources to actions, ARNs and conditions. Pure.

ACTIONS is the only table. An action that supports resources is never granted on all of them. SageMaker writes ARNs in
lower case, and AWS does not document whether IAM compares policies with names or with ARNs, so a name with capital
letters appears in both forms.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from typing import Any

from .policy import SERVICE_PRINCIPAL
from .policy import VERSION
from .policy import Document
from .policy import Grant
from .policy import Place
from .policy import canonical
from .policy import key_resource

# Kinds of resources, by their name in ARNs.
ENDPOINT = "endpoint"
CONFIG = "endpoint-config"
MODEL = "model"
COMPONENT = "inference-component"
HUB = "hub"
HUB_CONTENT = "hub-content"
TARGET = "scalable-target"
ALARM = "alarm"
ROLE = "role"
PROFILE = "instance-profile"
OBJECT = "object"
BUCKET = "bucket"
KEY = "key"
LOGS = "logs"

# All resources of a kind, if their names are not known beforehand.
ANY = "*"

_SCALING_PRINCIPAL = "sagemaker.application-autoscaling.amazonaws.com"
SERVICE_LINKED_ROLE = f"aws-service-role/{_SCALING_PRINCIPAL}/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"

_OF_SAGEMAKER = {"StringEquals": {"application-autoscaling:service-namespace": "sagemaker"}}


@dataclass(frozen=True)
class Action:
    """A row of the table. sid: the Sid of its statements; kinds: the kinds of resources that a call requires, empty if
    the action does not support resources; condition: the condition of the grant."""

    sid: str
    kinds: tuple[str, ...] = ()
    condition: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Call:
    """A call. action: the IAM action; names: {kind: names of its resources}."""

    action: str
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def _rows(service: str, sid: str, operations: str, *kinds: str, condition: Any = None) -> dict[str, Action]:
    return {f"{service}:{operation}": Action(sid, kinds, condition) for operation in operations.split()}


ACTIONS: Mapping[str, Action] = {
    **_rows("sagemaker", "Models", "CreateModel DescribeModel DeleteModel", MODEL),
    **_rows("sagemaker", "Models", "DeployHubModel", HUB, HUB_CONTENT),
    **_rows("sagemaker", "EndpointConfigs", "CreateEndpointConfig DescribeEndpointConfig DeleteEndpointConfig", CONFIG),
    **_rows("sagemaker", "Endpoint", "CreateEndpoint UpdateEndpoint", ENDPOINT, CONFIG),
    **_rows("sagemaker", "Endpoint", "DescribeEndpoint DeleteEndpoint UpdateEndpointWeightsAndCapacities", ENDPOINT),
    **_rows("sagemaker", "Components", "CreateInferenceComponent", COMPONENT, ENDPOINT),
    **_rows(
        "sagemaker",
        "Components",
        "DescribeInferenceComponent UpdateInferenceComponent UpdateInferenceComponentRuntimeConfig DeleteInferenceComponent",
        COMPONENT,
    ),
    **_rows("sagemaker", "Tags", "AddTags DeleteTags ListTags"),
    **_rows("sagemaker", "Lists", "ListEndpoints ListEndpointConfigs ListModels ListInferenceComponents"),
    **_rows("tag", "Lists", "GetResources"),
    **_rows("sts", "Lists", "GetCallerIdentity"),
    **_rows("pricing", "Lists", "GetProducts"),
    **_rows("sagemaker", "Invoke", "InvokeEndpoint InvokeEndpointWithResponseStream", ENDPOINT, COMPONENT),
    **_rows("sagemaker", "Invoke", "InvokeEndpointAsync", ENDPOINT),
    **_rows("sagemaker", "Invoke", "CallWithBearerToken"),
    **_rows("s3", "ReadAnswers", "GetObject", OBJECT),
    **_rows("s3", "ReadAnswers", "ListBucket", BUCKET),
    **_rows("kms", "ReadAnswers", "Decrypt", KEY),
    # AWS's guide asks it of who creates an endpoint with encrypted volumes.
    **_rows("kms", "EncryptVolumes", "CreateGrant", KEY, condition={"Bool": {"kms:GrantIsForAWSResource": "true"}}),
    **_rows(
        "iam",
        "ExecutionRole",
        "CreateRole GetRole DeleteRole TagRole UntagRole UpdateAssumeRolePolicy UpdateRole PutRolePolicy GetRolePolicy DeleteRolePolicy "
        "ListRolePolicies ListAttachedRolePolicies ListInstanceProfilesForRole AttachRolePolicy DetachRolePolicy "
        "PutRolePermissionsBoundary DeleteRolePermissionsBoundary",
        ROLE,
    ),
    **_rows("iam", "ExecutionRole", "RemoveRoleFromInstanceProfile", PROFILE),
    **_rows(
        "iam", "PassRole", "PassRole", ROLE, condition={"StringEquals": {"iam:PassedToService": SERVICE_PRINCIPAL}}
    ),
    **_rows(
        "iam",
        "ServiceLinkedRole",
        "CreateServiceLinkedRole",
        ROLE,
        condition={"StringEquals": {"iam:AWSServiceName": _SCALING_PRINCIPAL}},
    ),
    **_rows(
        "application-autoscaling",
        "Autoscaling",
        "RegisterScalableTarget DeregisterScalableTarget PutScalingPolicy DeleteScalingPolicy PutScheduledAction DeleteScheduledAction",
        TARGET,
        condition=_OF_SAGEMAKER,
    ),
    **_rows("application-autoscaling", "Autoscaling", "TagResource UntagResource ListTagsForResource", TARGET),
    **_rows(
        "application-autoscaling",
        "Lists",
        "DescribeScalableTargets DescribeScalingPolicies DescribeScheduledActions",
    ),
    **_rows("logs", "ReadLogs", "DescribeLogStreams GetLogEvents", LOGS),
    **_rows("cloudwatch", "Alarms", "PutMetricAlarm DescribeAlarms DeleteAlarms", ALARM),
}

# They support resources of any kind, so the call names the kind.
_OF_ANY_KIND = frozenset({"sagemaker:AddTags", "sagemaker:DeleteTags", "sagemaker:ListTags"})


def call(action: str, **names: str | Iterable[str]) -> Call:
    """Return a call. names: by the kinds, C(_) for C(-)."""
    return Call(
        action,
        {kind.replace("_", "-"): (given,) if isinstance(given, str) else tuple(given) for kind, given in names.items()},
    )


def grants(calls: Iterable[Call], place: Place) -> Iterator[Grant]:
    """Yield the grants for these calls, one action each. Raises KeyError for a call that is not in the table."""
    for one in calls:
        row = ACTIONS[one.action]
        if row.kinds == (KEY,):
            for name in one.names[KEY]:
                resource, condition = key_resource(name, place)
                yield Grant(row.sid, (one.action,), (resource,), {**(row.condition or {}), **(condition or {})} or None)
            continue
        kinds = tuple(one.names) if one.action in _OF_ANY_KIND else row.kinds
        resources = tuple(arn for kind in kinds for name in one.names.get(kind, ()) for arn in _arns(kind, name, place))
        if not kinds:
            yield Grant(row.sid, (one.action,), (ANY,), row.condition)
        elif resources:
            yield Grant(row.sid, (one.action,), resources, row.condition)


def operator_policy(calls: Iterable[Call], place: Place) -> Document:
    """Return the least-privilege policy for these calls. The document does not depend on their order."""
    resources: dict[tuple[str, str, str], set[str]] = {}
    conditions = {}
    for grant in grants(calls, place):
        condition = canonical(grant.condition)
        conditions[condition] = grant.condition
        for action in grant.actions:
            resources.setdefault((grant.sid, action, condition), set()).update(grant.resources)
    # Actions on the same resources share a statement, to stay below the size limit of IAM.
    actions: dict[tuple[str, tuple[str, ...], str], list[str]] = {}
    for (sid, action, condition), arns in sorted(resources.items()):
        actions.setdefault((sid, tuple(sorted(arns)), condition), []).append(action)
    count: dict[str, int] = {}
    statements = []
    for (sid, arns, condition), listed in sorted(actions.items()):
        count[sid] = count.get(sid, 0) + 1
        statement: Document = {
            "Sid": sid if count[sid] == 1 else f"{sid}{count[sid]}",
            "Effect": "Allow",
            "Action": listed,
            "Resource": list(arns),
        }
        if conditions[condition]:
            statement["Condition"] = conditions[condition]
        statements.append(statement)
    return {"Version": VERSION, "Statement": statements}


def _arns(kind: str, name: str, place: Place) -> Iterator[str]:
    if name.startswith("arn:"):
        yield name
    elif kind in (ROLE, PROFILE):
        yield f"arn:{place.partition}:iam::{place.account}:{kind}/{name}"
    elif kind in (OBJECT, BUCKET):
        yield f"arn:{place.partition}:s3:::{name}"
    elif kind == ALARM:
        yield place.arn("cloudwatch", f"alarm:{name}")
    elif kind == LOGS:
        # A group's streams. IAM asks for them of both actions.
        yield place.arn("logs", f"log-group:{name}:*")
    elif kind == TARGET:
        yield place.arn("application-autoscaling", f"{TARGET}/{name}")
    else:
        for spelt in dict.fromkeys((name, name.lower())):
            yield place.arn("sagemaker", f"{kind}/{spelt}")
