# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The caller: it has the permissions for the calls of the plan."""

from __future__ import annotations

import re
from typing import Any
from typing import Dict
from typing import Iterable
from typing import Iterator
from typing import List
from typing import Set
from typing import Tuple

from ..check import Check
from ..findings import ERROR
from ..findings import OK
from ..findings import WARNING
from ..findings import Finding
from ..findings import Unseen
from ..findings import shown
from ..lookup import Answer
from ..lookup import Lookup
from ..simulation import ANY
from ..simulation import Need
from ..simulation import denied
from ..simulation import needs_of
from ..subject import Deploy

NAME = "caller_permissions"

_IDENTITY = re.compile(
    r"arn:(?P<partition>[^:]+):(?P<service>iam|sts)::(?P<account>\d*):(?P<kind>[^/]+)(?:/(?P<path>.+))?"
)

# Read-only actions, which the plan has already used or does not need.
_LOOKS = re.compile(r"\w[\w-]*:(Describe|Get|List|Invoke|CallWith|Decrypt)")

Pair = Tuple[str, str]


def look(lookup: Lookup, deploy: Deploy) -> Any:
    """Return the denied permissions of the caller, as (action, resource)."""
    wanted = needs(deploy)
    if not wanted:
        return []
    identity = lookup.ask("sts", "GetCallerIdentity", {})
    if identity is None or isinstance(identity, Unseen):
        return identity or Unseen("AWS did not return the identity of the caller.")
    principal = _principal(lookup, identity["Arn"])
    if principal is None:
        return []
    if isinstance(principal, Unseen):
        return principal
    found = denied(lookup, principal, wanted)
    if found is None:
        return Unseen(f"IAM does not know the caller {principal}.")
    return found if isinstance(found, Unseen) else _in_every_spelling(wanted, found)


def judge(deploy: Deploy, seen: Any) -> Iterator[Finding]:
    """Yield a finding for each action that is denied."""
    if isinstance(seen, Unseen):
        yield seen.finding(NAME, "", "the permission of the caller for the calls of the plan")
        return
    made = {call for _part, _name, call in deploy.calls}
    by_action: Dict[str, List[str]] = {}
    for action, resource in seen:
        by_action.setdefault(action, []).append(resource)
    for action, resources in by_action.items():
        message = f"the caller may not call {action} on {shown(resources)}."
        remedy = "Allow it in a policy of the caller, or deploy with other credentials."
        if action.partition(":")[2] in {*made, "PassRole", "AddTags"}:
            yield Finding(NAME, ERROR, "", message, remedy)
        else:
            yield Finding(
                NAME, WARNING, "", f"{message} A failed deploy needs it to restore the previous release.", remedy
            )
    if not by_action and deploy.planned is not None:
        count = len(deploy.calls)
        message = f"the caller may make the {count} calls of the plan." if count else "the plan makes no call."
        yield Finding(NAME, OK, "", message)


def needs(deploy: Deploy) -> List[Need]:
    """Return the permissions that the caller needs for the plan."""
    if not deploy.calls:
        return []
    document = deploy.planned["outputs"]["operator_policy"]
    found = needs_of(document, deploy.place)
    changing = [(need, tuple(action for action in need.actions if not _LOOKS.match(action))) for need in found]
    return [Need(actions, need.resources, need.context) for need, actions in changing if actions]


def _in_every_spelling(wanted: Iterable[Need], pairs: Iterable[Pair]) -> List[Pair]:
    """Return the permissions that are denied for every case of the resource, because SageMaker writes ARNs in lower
    case."""

    def by_lower(spelt: Iterable[Pair]) -> Dict[Pair, Set[str]]:
        found: Dict[Pair, Set[str]] = {}
        for action, resource in spelt:
            found.setdefault((action, resource.lower()), set()).add(resource)
        return found

    asked = by_lower((action, resource.replace(ANY, "*")) for need in wanted for action, resource in need.pairs)
    return [(key[0], sorted(denials)[0]) for key, denials in by_lower(pairs).items() if denials == asked[key]]


def _principal(lookup: Lookup, arn: str) -> Any:
    """Return the ARN of the user or role whose policies apply, None if none does, as for the root user."""
    found = _IDENTITY.fullmatch(arn)
    if found is None or found["kind"] == "federated-user":
        return Unseen(f"IAM cannot simulate the caller {arn}.")
    if found["kind"] == "root":
        return None
    if found["kind"] != "assumed-role":
        return arn
    # The ARN of a session omits the path of its role.
    role: Answer = lookup.ask("iam", "GetRole", {"RoleName": found["path"].split("/")[0]})
    return role["Role"]["Arn"] if isinstance(role, dict) else role or Unseen("IAM does not know its role.")


CHECK = Check(look, judge)
