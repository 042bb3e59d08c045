# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The execution role in a plan. The plan reads it with its own calls, while the tasks run modules of amazon.aws."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from typing import Dict
from typing import Mapping
from typing import Optional
from typing import Tuple

from ..api.client import AwsClients
from ..core import errors
from ..core.errors import ServiceError
from ..core.plans import Result
from ..iam import policy as execution_policy
from ..iam import role as execution_role
from ..iam.role import DesiredRole
from ..iam.role import Role
from ..iam.role import Work

NOUN = "role"


def present(aws: AwsClients, options: Mapping[str, Any]) -> Result:
    """Return the plan of sagemaker_execution_role for these options, and under C(more) its other predicted results."""
    work, desired = _work(aws, options)
    stale = execution_role.stale_policies(work.after, desired) if work.after and desired else []
    return _result(
        _name(aws, options), work, {"policy_name": desired.policy_name if desired else None, "stale_policies": stale}
    )


def ensure(aws: AwsClients, options: Mapping[str, Any]) -> Result:
    """Return the plan of sagemaker_execution_role for these options, for either state."""
    if options.get("state") != "absent":
        return present(aws, options)
    current = _owned(aws, options)
    if current is not None:
        current = replace(current, instance_profiles=_instance_profiles(aws, current.name))
    return _result(_name(aws, options), execution_role.absent(current, aws.sagemaker.region), {})


def _result(name: str, work: Work, more: Dict[str, Any]) -> Result:
    shown, diff = work.after.as_dict() if work.after else {}, work.diff()
    return Result(NOUN, name, shown, work.plan, diff["before"], diff["after"], more)


def _name(aws: AwsClients, options: Mapping[str, Any]) -> str:
    return options.get("name") or execution_policy.role_name(
        options["name_prefix"], options["endpoint_name"], aws.sagemaker.region
    )


def _work(aws: AwsClients, options: Mapping[str, Any]) -> Tuple[Work, Optional[DesiredRole]]:
    current = _owned(aws, options)
    partition, account = (current.partition, current.account) if current else _caller(aws)
    desired = execution_role.desired(options, _name(aws, options), aws.sagemaker.region, partition, account)
    return execution_role.present(desired, current, partition, account), desired


def _owned(aws: AwsClients, options: Mapping[str, Any]) -> Optional[Role]:
    current = _look(aws, _name(aws, options))
    if current is not None:
        execution_role.refuse_foreign(current, options["endpoint_name"])
    return current


def _look(aws: AwsClients, name: str) -> Optional[Role]:
    """Return the role with this name and the names of its policies, None if it does not exist."""
    iam = aws.service("iam")
    key = {"RoleName": name}
    try:
        role = iam.call("GetRole", key)["Role"]
        inline = list(iam.pages("ListRolePolicies", key, "PolicyNames"))
        attached = [one["PolicyArn"] for one in iam.pages("ListAttachedRolePolicies", key, "AttachedPolicies")]
    except ServiceError as error:
        if errors.code(error) in ("NoSuchEntity", "NoSuchEntityException"):
            return None
        raise
    return execution_role.from_api(role, inline, attached)


def _instance_profiles(aws: AwsClients, name: str) -> int:
    """Return the number of instance profiles with the role. It must be removed from them before its deletion."""
    return len(list(aws.service("iam").pages("ListInstanceProfilesForRole", {"RoleName": name}, "InstanceProfiles")))


def _caller(aws: AwsClients) -> Tuple[str, str]:
    """Return partition and account of the credentials, for a role that does not exist yet."""
    return aws.sagemaker.partition, aws.account()
