# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Execution roles, as they are in IAM. behaviour 0.8, 8.1, 8.2"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timezone
from typing import Any

from local_aws import policies
from local_aws.wire import AwsError
from local_aws.wire import validation
from local_aws.world import ACCOUNT
from local_aws.world import Call

PRINCIPAL = "sagemaker.amazonaws.com"


@dataclass
class Role:
    """A role that SageMaker has assumed."""

    arn: str
    region: str
    statements: list[dict[str, Any]]
    boundary: list[dict[str, Any]] | None

    def may(self, action: str, resource: str, owner: str = ACCOUNT, **more: str) -> bool:
        """Whether the role's policies allow an action, and its permissions boundary, if it has one, does too.

        ``owner`` is the account of the resource, ``more`` are keys for conditions, with __ for their colon.
        """
        context = {
            "aws:PrincipalAccount": ACCOUNT,
            "aws:PrincipalArn": self.arn,
            "aws:RequestedRegion": self.region,
            "aws:ResourceAccount": owner,
            "s3:ResourceAccount": owner,
            "aws:SecureTransport": "true",
            **{key.replace("__", ":"): value for key, value in more.items()},
        }
        if not policies.allows(self.statements, action, resource, context):
            return False
        return self.boundary is None or policies.allows(self.boundary, action, resource, context)


def refusal(arn: str) -> str:
    return (
        f'The execution role ARN "{arn}" is invalid. Please ensure that the role exists and that its trust '
        'relationship policy allows the action "sts:AssumeRole" for the service principal "sagemaker.amazonaws.com".'
    )


def assumable(call: Call, arn: str, source_arn: str, step: str) -> Role | None:
    """The role if SageMaker can assume it now, on behalf of the thing ``source_arn``.

    ``step`` is "model" or "endpoint": with role_propagation_form "endpoint" a model is made from a role that cannot
    be assumed, None is returned for the role, and it is the endpoint that fails.
    """
    try:
        return _assume(call, arn, source_arn)
    except AwsError:
        if step == "model" and call.world.settings.role_propagation_form == "endpoint":
            return None
        raise


def _assume(call: Call, arn: str, source_arn: str) -> Role:
    from moto.iam.models import iam_backends

    backend = iam_backends[call.region.account][call.region.partition]
    role = next((one for one in list(backend.roles.values()) if one.arn == arn), None)
    if role is None:
        raise validation(refusal(arn))
    age = call.now - role.create_date.replace(tzinfo=timezone.utc).timestamp()
    if age < call.world.settings.role_propagation:
        raise validation(refusal(arn))
    context = {"aws:SourceAccount": call.region.account, "aws:SourceArn": source_arn}
    trust = policies.statements(role.assume_role_policy_document)
    if not policies.allows(trust, "sts:AssumeRole", arn, context, principal=PRINCIPAL):
        raise validation(refusal(arn))
    statements, boundary = statements_of(backend, role)
    return Role(arn, call.region.name, statements, boundary)


def statements_of(backend: Any, one: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]] | None]:
    """The statements of the policies of a role or a user, and those of its permissions boundary, if it has one."""
    documents = list(one.policies.values())
    documents += [_document(policy) for policy in one.managed_policies.values()]
    statements = [statement for document in documents for statement in policies.statements(document)]
    boundary = getattr(one, "permissions_boundary_arn", None)
    if not boundary:
        return statements, None
    policy = backend.managed_policies.get(boundary)
    return statements, policies.statements(_document(policy)) if policy else []


def _document(policy: Any) -> str | dict[str, Any]:
    """The document of a managed policy's default version."""
    version = next(one for one in policy.versions if one.version_id == policy.default_version_id)
    return json.loads(version.document) if isinstance(version.document, str) else version.document
