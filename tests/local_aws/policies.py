# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM policies, evaluated: Deny over Allow over nothing; wildcards; conditions. behaviour 8.2

A condition on a key that the call does not have fails, as in IAM, unless its operator ends in IfExists or negates.
Operators on text, ARNs and booleans are known; those on numbers, dates and addresses count as satisfied.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any
from urllib.parse import unquote


def statements(document: str | dict[str, Any]) -> list[dict[str, Any]]:
    """The statements of a policy document, given as JSON text (maybe percent-encoded) or as a dict."""
    if isinstance(document, str):
        text = document if document.lstrip().startswith("{") else unquote(document)
        document = json.loads(text)
    return _listed(document.get("Statement", []))  # type: ignore[union-attr]


def allows(
    given: list[dict[str, Any]],
    action: str,
    resource: str,
    context: dict[str, str],
    principal: str | None = None,
) -> bool:
    """Whether the statements allow ``action`` on ``resource``; with ``principal``, whether they do for that service."""
    return decision(given, action, resource, context, principal) == "allowed"


def decision(
    given: list[dict[str, Any]],
    action: str,
    resource: str,
    context: dict[str, str],
    principal: str | None = None,
) -> str:
    """allowed, explicitDeny or implicitDeny, as IAM's simulator calls it."""
    matching = [statement["Effect"] for statement in given if _applies(statement, action, resource, context, principal)]
    if "Deny" in matching:
        return "explicitDeny"
    return "allowed" if "Allow" in matching else "implicitDeny"


def _applies(
    statement: dict[str, Any], action: str, resource: str, context: dict[str, str], principal: str | None
) -> bool:
    if principal is not None:
        if not _names_service(statement.get("Principal", {}), principal):
            return False
    elif not _in(statement, "Resource", resource, ignore_case=False):
        return False
    return _in(statement, "Action", action, ignore_case=True) and _conditions(statement.get("Condition", {}), context)


def _names_service(principal: Any, service: str) -> bool:
    if principal == "*":
        return True
    return any(one in (service, "*") for one in _listed(principal.get("Service", [])))


def _in(statement: dict[str, Any], member: str, value: str, ignore_case: bool) -> bool:
    negated = f"Not{member}" in statement
    patterns = _listed(statement.get(f"Not{member}" if negated else member, []))
    return any(_like(pattern, value, ignore_case) for pattern in patterns) != negated


def _conditions(conditions: dict[str, dict[str, Any]], context: dict[str, str]) -> bool:
    lowered = {key.lower(): value for key, value in context.items()}
    return all(
        _condition(operator, lowered.get(key.lower()), [str(one) for one in _listed(wanted)])
        for operator, tests in conditions.items()
        for key, wanted in tests.items()
    )


def _condition(operator: str, value: str | None, wanted: list[str]) -> bool:
    """One condition. ``value`` is None for a key that the call does not have."""
    name = operator.split(":")[-1]
    if name == "Null":
        return [one.lower() for one in wanted] == [str(value is None).lower()]
    if value is None:
        return name.endswith("IfExists") or "Not" in name
    name = name.removesuffix("IfExists")
    negated = "Not" in name
    name = name.replace("Not", "")
    if name == "StringEquals":
        return (value in wanted) != negated
    if name in ("StringLike", "ArnLike", "ArnEquals"):
        return any(_like(one, value, False) for one in wanted) != negated
    if name in ("StringEqualsIgnoreCase", "Bool"):
        return (value.lower() in [one.lower() for one in wanted]) != negated
    return True


@lru_cache(maxsize=4096)
def _compiled(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    text = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(text, re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def _like(pattern: str, value: str, ignore_case: bool) -> bool:
    return _compiled(pattern, ignore_case).fullmatch(value) is not None


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
