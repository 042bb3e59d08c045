# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Permissions of a user or a role, from IAM's policy simulator."""

from __future__ import annotations

import re
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import Dict
from typing import Iterable
from typing import Iterator
from typing import List
from typing import Mapping
from typing import Set
from typing import Tuple
from typing import Union

from ..iam.policy import Place
from .findings import Unseen
from .lookup import Lookup

_LARGEST_PAGE = 1000
ALLOWED = "allowed"
# Replaces a wildcard in a resource.
ANY = "mlops-sagemaker-preflight"

# Invalid Input Actions: [iam:PassRole] and [sts:AssumeRole] require different authorization information.
_APART = re.compile(r"\[(?P<actions>[^\]]+)\] and \[[^\]]+\] require different authorization information")

Pair = Tuple[str, str]


@dataclass(frozen=True)
class Need:
    """Required permissions: each of the actions on each of the resources, with these context keys."""

    actions: Tuple[str, ...]
    resources: Tuple[str, ...]
    context: Mapping[str, str] = field(default_factory=dict)

    @property
    def pairs(self) -> Iterator[Tuple[str, str]]:
        return ((action, resource) for action in self.actions for resource in self.resources)


def needs_of(document: Mapping[str, Any], place: Place) -> List[Need]:
    """Return the permissions that the statements of a policy allow, with one example resource for each pattern."""

    def concrete(text: str) -> str:
        return text if text == "*" else text.replace(":*:", f":{place.account}:").replace("*", ANY)

    found = []
    for statement in document["Statement"]:
        context = {
            key: concrete(_listed(values)[0])
            for tests in statement.get("Condition", {}).values()
            for key, values in tests.items()
        }
        resources = tuple(concrete(resource) for resource in _listed(statement["Resource"]))
        found.append(Need(tuple(_listed(statement["Action"])), resources, context))
    return found


def denied(lookup: Lookup, principal: str, needs: Iterable[Need]) -> Union[List[Pair], Unseen, None]:
    """Return the denied permissions as (action, resource), None if the user or role does not exist.

    One call simulates everything. IAM refuses to combine actions that "require different authorization information" and
    names them. They are then simulated separately.
    """
    waiting, found = [list(needs)], {}
    while waiting:
        several = waiting.pop()
        decisions = _decisions(lookup, principal, several)
        apart = _APART.search(decisions.reason) if isinstance(decisions, Unseen) else None
        parts = _split(several, set(re.split(r"[,\s]+", apart["actions"]))) if apart else []
        if len(parts) > 1:
            waiting += parts
        elif decisions is None or isinstance(decisions, Unseen):
            return decisions
        else:
            pairs = [pair for need in several for pair in need.pairs]
            found.update({pair: decisions.get(pair, ALLOWED) for pair in pairs})
    denials = [pair for need in needs for pair in need.pairs if found[pair] != ALLOWED]
    return [(action, resource.replace(ANY, "*")) for action, resource in dict.fromkeys(denials)]


def _split(needs: List[Need], actions: Set[str]) -> List[List[Need]]:
    """Return the needs of these actions and the others separately, without empty ones."""
    parts: List[List[Need]] = [[], []]
    for need in needs:
        for part, kept in zip(parts, (True, False)):
            its = tuple(action for action in need.actions if (action in actions) == kept)
            if its:
                part.append(Need(its, need.resources, need.context))
    return [part for part in parts if part]


def _decisions(lookup: Lookup, principal: str, needs: List[Need]) -> Union[Dict[Pair, str], Unseen, None]:
    """Return {(action, resource): decision}. The answer has it with the action, or with each of several resources."""
    found: Dict[Pair, str] = {}
    request = _request(principal, needs)
    while True:
        answer = lookup.ask("iam", "SimulatePrincipalPolicy", request)
        if answer is None or isinstance(answer, Unseen):
            return answer
        for result in answer["EvaluationResults"]:
            action = result["EvalActionName"]
            found[action, result.get("EvalResourceName", "*")] = result["EvalDecision"]
            for one in result.get("ResourceSpecificResults", []):
                found[action, one["EvalResourceName"]] = one["EvalResourceDecision"]
        if not answer.get("IsTruncated"):
            return found
        request["Marker"] = answer["Marker"]


def _request(principal: str, needs: List[Need]) -> Dict[str, Any]:
    context = {key: value for need in needs for key, value in need.context.items()}
    return {
        "PolicySourceArn": principal,
        "ActionNames": sorted({action for need in needs for action in need.actions}),
        "ResourceArns": sorted({resource for need in needs for resource in need.resources}),
        "ContextEntries": [
            {
                "ContextKeyName": key,
                "ContextKeyType": "boolean" if value in ("true", "false") else "string",
                "ContextKeyValues": [value],
            }
            for key, value in sorted(context.items())
        ],
        "MaxItems": _LARGEST_PAGE,
    }


def _listed(value: Any) -> List[Any]:
    return value if isinstance(value, list) else [value]
