# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The execution role: it exists, trusts SageMaker, and has the permissions that the deploy needs."""

from __future__ import annotations

import re
from typing import Any
from typing import Dict
from typing import Iterator
from typing import List
from typing import Mapping
from typing import Tuple

from ...iam import policy as execution_policy
from ..check import Check
from ..findings import ERROR
from ..findings import OK
from ..findings import WARNING
from ..findings import Finding
from ..findings import Unseen
from ..findings import shown
from ..lookup import Lookup
from ..simulation import Need
from ..simulation import denied
from ..simulation import needs_of
from ..subject import Deploy

EXISTS = "execution_role_exists"
TRUST = "execution_role_trust"
PERMISSIONS = "execution_role_permissions"
BOUNDARY = "permissions_boundary"

VARIABLE = "sagemaker_endpoint_sg_role_arn"
BOUNDARY_VARIABLE = "sagemaker_endpoint_permissions_boundary_arn"
_ARN = re.compile(r"arn:[^:]+:iam::(?P<account>\d{12}):role/(?:.*/)?(?P<name>[^/]+)")
# Without these an endpoint serves, but without logs and metrics.
_OBSERVING = ("logs:", "cloudwatch:PutMetricData")
# Policies of keys and topics, which the simulator ignores, may allow these as well.
_ALLOWED_ELSEWHERE = ("kms:", "sns:")


def look(lookup: Lookup, deploy: Deploy) -> Dict[str, Any]:
    """Return the role, its denied permissions, and the boundary of a role to create."""
    arn, boundary = deploy.inputs["sg_role_arn"], deploy.inputs["permissions_boundary_arn"]
    seen: Dict[str, Any] = {}
    if boundary and boundary != "none":
        seen["boundary"] = lookup.ask("iam", "GetPolicy", {"PolicyArn": boundary})
    if arn:
        seen["role"] = lookup.ask("iam", "GetRole", {"RoleName": _parsed(arn)["name"]})
        if isinstance(seen["role"], dict):
            seen["denied"] = denied(lookup, seen["role"]["Role"]["Arn"], needs(deploy))
    return seen


def judge(deploy: Deploy, seen: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield findings about the given role, or about the boundary of the role to create."""
    arn, boundary = deploy.inputs["sg_role_arn"], deploy.inputs["permissions_boundary_arn"]
    if "boundary" in seen:
        yield _of_boundary(boundary, seen["boundary"])
    if not arn:
        return
    role = seen["role"]
    if isinstance(role, Unseen):
        yield role.finding(EXISTS, VARIABLE, f"the role {arn}")
        return
    actual = None if role is None else role["Role"]["Arn"]
    if actual != arn:
        told = "" if actual is None else f" The role of that name is {actual}."
        remedy = "Create it, or give the ARN of another role. Without one, the role sagemaker_endpoint makes its own."
        yield Finding(EXISTS, ERROR, VARIABLE, f"IAM has no role {arn}.{told}", remedy)
        return
    yield Finding(EXISTS, OK, VARIABLE, f"the role {arn} exists.")
    yield _of_trust(deploy, arn, role["Role"].get("AssumeRolePolicyDocument") or {})
    yield from _of_permissions(arn, seen["denied"])


def needs(deploy: Deploy) -> List[Need]:
    """Return the permissions that the execution role of this deploy needs."""
    place = deploy.place
    document = execution_policy.execution_policy(
        deploy.inputs["models"],
        deploy.config,
        partition=place.partition,
        region=place.region,
        account=place.account,
        inference_components=deploy.inputs["inference_components"],
        deployment_config=deploy.inputs["deployment_config"],
    )
    return needs_of(document, place)


def _parsed(arn: str) -> Mapping[str, str]:
    """Return the parts of a role's ARN. The rules have refused any other text."""
    return _ARN.fullmatch(arn).groupdict()  # type: ignore[union-attr]


def _of_boundary(boundary: str, answer: Any) -> Finding:
    if isinstance(answer, Unseen):
        return answer.finding(BOUNDARY, BOUNDARY_VARIABLE, f"the policy {boundary}")
    if answer is None:
        return Finding(
            BOUNDARY, ERROR, BOUNDARY_VARIABLE, f"IAM has no policy {boundary}.", "Create it, or correct the ARN."
        )
    return Finding(BOUNDARY, OK, BOUNDARY_VARIABLE, f"the policy {boundary} exists.")


def _of_trust(deploy: Deploy, arn: str, document: Mapping[str, Any]) -> Finding:
    statements = _listed(document.get("Statement", []))
    if any(_trusts(statement, deploy.place.account) for statement in statements):
        return Finding(TRUST, OK, VARIABLE, f"the role {arn} trusts SageMaker.")
    message = f"the trust policy of {arn} does not let {execution_policy.SERVICE_PRINCIPAL} assume it on behalf of {deploy.place.account}."
    remedy = f"Allow sts:AssumeRole to the service principal {execution_policy.SERVICE_PRINCIPAL} there."
    return Finding(TRUST, ERROR, VARIABLE, message, remedy)


def _trusts(statement: Mapping[str, Any], account: str) -> bool:
    """Return whether a statement of a trust policy lets SageMaker assume the role, as far as that can be decided
    here."""
    principal = statement.get("Principal", {})
    services = ["*"] if principal == "*" else _listed(principal.get("Service", []))
    actions = [str(action).lower() for action in _listed(statement.get("Action", []))]
    accounts = [
        str(value)
        for operator, tests in statement.get("Condition", {}).items()
        if operator.startswith(("StringEquals", "StringLike"))
        for key, values in tests.items()
        if key.lower() == "aws:sourceaccount"
        for value in _listed(values)
    ]
    return (
        statement.get("Effect") == "Allow"
        and any(service in ("*", execution_policy.SERVICE_PRINCIPAL) for service in services)
        and any(action in ("*", "sts:*", "sts:assumerole") for action in actions)
        and (not accounts or account in accounts)
    )


def _of_permissions(arn: str, pairs: Any) -> Iterator[Finding]:
    if isinstance(pairs, Unseen) or pairs is None:
        unseen = pairs or Unseen("IAM does not know the role.")
        yield unseen.finding(PERMISSIONS, VARIABLE, "the permissions of the role")
        return
    by_action: Dict[str, List[str]] = {}
    for action, resource in pairs:
        by_action.setdefault(action, []).append(resource)
    for actions, resources in _grouped(by_action):
        elsewhere = all(action.startswith(_ALLOWED_ELSEWHERE) for action in actions)
        harmless = elsewhere or all(action.startswith(_OBSERVING) for action in actions)
        message = f"the role {arn} may not do {shown(actions)} on {shown(resources)}."
        remedy = "Allow it in a policy of the role" + (
            ", unless the policy of the key or topic does." if elsewhere else "."
        )
        yield Finding(PERMISSIONS, WARNING if harmless else ERROR, VARIABLE, message, remedy)
    if not pairs:
        yield Finding(PERMISSIONS, OK, VARIABLE, f"the role {arn} has the permissions that the deploy needs.")


def _grouped(by_action: Mapping[str, List[str]]) -> Iterator[Tuple[List[str], List[str]]]:
    """Yield denied actions grouped by their resources."""
    found: Dict[Tuple[str, ...], List[str]] = {}
    for action, resources in by_action.items():
        found.setdefault(tuple(resources), []).append(action)
    for resources, actions in found.items():
        yield actions, list(resources)


def _listed(value: Any) -> List[Any]:
    return value if isinstance(value, list) else [value]


CHECK = Check(look, judge)
