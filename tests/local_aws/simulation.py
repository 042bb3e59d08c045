# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM's SimulatePrincipalPolicy over the users and roles that moto keeps. behaviour 8.3"""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

from local_aws import policies
from local_aws import roles
from local_aws.wire import AwsError
from local_aws.wire import Request
from local_aws.wire import Response
from local_aws.world import Call

NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/"
# Who calls without keys that IAM knows. The permissions of callers are not checked here, so it may do everything.
ANYONE = "user/moto"
LARGEST_PAGE = 1000


def answer(call: Call, request: Request) -> Response:
    form = request.form()
    arn = form.get("PolicySourceArn", "")
    actions, resources = _members(form, "ActionNames"), _members(form, "ResourceArns") or ["*"]
    if not actions:
        raise AwsError(
            "ValidationError", "Value null at 'actionNames' failed to satisfy constraint: Member must not be null"
        )
    if len(actions) * len(resources) > LARGEST_PAGE:
        raise AwsError("InvalidInput", "Local AWS does not page through simulations.")
    context = _context(form)
    statements, boundary = ([{"Effect": "Allow", "Action": "*", "Resource": "*"}], None)
    if not arn.endswith(f":{ANYONE}"):
        statements, boundary = _policies(call, arn)
    results = [
        _result(action, [_decision(statements, boundary, action, one, context) for one in resources], resources)
        for action in actions
    ]
    body = (
        f'<SimulatePrincipalPolicyResponse xmlns="{NAMESPACE}"><SimulatePrincipalPolicyResult><IsTruncated>false</IsTruncated>'
        f"<EvaluationResults>{''.join(results)}</EvaluationResults></SimulatePrincipalPolicyResult>"
        "<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></SimulatePrincipalPolicyResponse>"
    )
    return Response(200, body.encode(), {"Content-Type": "text/xml"})


def _policies(call: Call, arn: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]] | None]:
    """The statements of a user or a role, and of its permissions boundary."""
    from moto.iam.models import iam_backends

    backend = iam_backends[call.region.account][call.region.partition]
    for one in [*backend.roles.values(), *backend.users.values()]:
        if one.arn == arn:
            return roles.statements_of(backend, one)
    raise AwsError("NoSuchEntity", f"The entity {arn} cannot be found.", 404)


def _decision(
    statements: list[dict[str, Any]],
    boundary: list[dict[str, Any]] | None,
    action: str,
    resource: str,
    context: dict[str, str],
) -> str:
    decision = policies.decision(statements, action, resource, context)
    if decision == "allowed" and boundary is not None:
        return policies.decision(boundary, action, resource, context)
    return decision


def _result(action: str, decisions: list[str], resources: list[str]) -> str:
    """One result for each action; what holds for each resource stands in it."""
    overall = "allowed" if set(decisions) == {"allowed"} else next(one for one in decisions if one != "allowed")
    specific = "".join(
        f"<member><EvalResourceName>{escape(resource)}</EvalResourceName>"
        f"<EvalResourceDecision>{decision}</EvalResourceDecision></member>"
        for resource, decision in zip(resources, decisions)
    )
    return (
        f"<member><EvalActionName>{escape(action)}</EvalActionName><EvalResourceName>{escape(resources[0])}</EvalResourceName>"
        f"<EvalDecision>{decisions[0] if len(decisions) == 1 else overall}</EvalDecision>"
        f"<ResourceSpecificResults>{specific}</ResourceSpecificResults></member>"
    )


def _members(form: dict[str, str], name: str) -> list[str]:
    found = []
    while f"{name}.member.{len(found) + 1}" in form:
        found.append(form[f"{name}.member.{len(found) + 1}"])
    return found


def _context(form: dict[str, str]) -> dict[str, str]:
    context, number = {}, 1
    while f"ContextEntries.member.{number}.ContextKeyName" in form:
        values = _members(form, f"ContextEntries.member.{number}.ContextKeyValues")
        context[form[f"ContextEntries.member.{number}.ContextKeyName"]] = values[0] if values else ""
        number += 1
    return context
