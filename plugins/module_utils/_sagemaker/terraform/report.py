# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said of the endpoints of a Terraform project: what would be adopted, what would change, and their variables. Pure."""

from __future__ import annotations

from itertools import takewhile
from typing import Any
from typing import Callable
from typing import Dict
from typing import Iterator
from typing import List
from typing import Mapping
from typing import Sequence

from ..core import secrets
from ..core import variable_paths
from ..deploy import summary
from . import sensitive
from .endpoints import Endpoint

Values = Dict[str, Any]

_TAG_CALLS = {"AddTags", "TagResource"}
ADOPTED, ADJUSTED, CHANGED, CREATED, FAILED, UNKNOWN = "adopted", "adjusted", "changed", "created", "failed", "unknown"
_VERDICTS = {
    ADOPTED: "A deploy would adopt it as it is: nothing is redeployed.",
    ADJUSTED: "A deploy would adopt it without a rollout, and change something beside it:",
    CHANGED: "A deploy would roll it forward to a new release, because AWS has something else than Terraform's state says:",
    CREATED: "The endpoint does not exist in AWS. A deploy would create it:",
    FAILED: "The plan of the role failed:",
    UNKNOWN: "There is no plan.",
}
_COUNTED = {
    ADOPTED: "to adopt as it is",
    ADJUSTED: "to adopt with changes",
    CHANGED: "to roll forward",
    CREATED: "to create",
    FAILED: "with a failed plan",
    UNKNOWN: "without a plan",
}


def entries(endpoints: Sequence[Endpoint], dump: Callable[[Values], str]) -> List[Values]:
    """Return the endpoints as data, see RETURN of the lookup terraform_endpoints. dump: makes YAML."""
    names = [one.name for one in endpoints]
    return [_entry(one, names.count(one.name) > 1, dump) for one in endpoints]


def _entry(endpoint: Endpoint, ambiguous: bool, dump: Callable[[Values], str]) -> Values:
    keys = endpoint.secret_environment
    listed = {secrets.OPTION: keys} if keys else {}
    shown = {**sensitive.shown(endpoint.variables), **listed}
    place = {"aws_region": endpoint.region} if endpoint.region else {}
    read = set(sensitive.environment_variables(endpoint.variables))
    names = [name for name, _secret in read]
    ambiguous_names = sorted({name for name in names if names.count(name) > 1})
    return {
        "address": endpoint.address,
        "addresses": endpoint.addresses,
        "name": endpoint.name,
        "region": endpoint.region,
        "complete": endpoint.complete,
        "notes": [*endpoint.notes, *(_several(name) for name in ambiguous_names)],
        "environment": sorted(set(names)),
        "file": f"{endpoint.name}{f'-{endpoint.region}' if ambiguous and endpoint.region else ''}.yml",
        "inputs": {**sensitive.revealed(endpoint.variables), **listed},
        "text": dump({**place, **{variable_paths.PREFIX + name: value for name, value in shown.items()}}),
        "hidden": sorted(set(sensitive.texts(endpoint.variables)), key=len, reverse=True),
    }


def _several(name: str) -> str:
    return f"The variables read several secrets from the environment variable {name}. Give each lookup an environment variable of its own."


def report(
    found: Sequence[Mapping[str, Any]], plans: Sequence[Mapping[str, Any]], source: str, pending: Sequence[str] = ()
) -> List[str]:
    """Return the lines. found: of entries; plans: for each the outputs of the role by its plan, or the message of its failure as C(failure);
    pending: what Terraform has planned and not applied."""
    verdicts = [verdict(one, plan) for one, plan in zip(found, plans)]
    counted = ", ".join(f"{verdicts.count(kind)} {text}" for kind, text in _COUNTED.items() if kind in verdicts)
    noun = "endpoint" if len(found) == 1 else "endpoints"
    lines = [f"{len(found)} {noun} in {source}: {counted}. Nothing was changed.", *_pending(pending)]
    for one, plan, kind in zip(found, plans, verdicts):
        lines += [_masked(line, one["hidden"]) for line in ("", *_endpoint(one, plan, kind), *_variables(one))]
    return lines


def _pending(changes: Sequence[str]) -> Iterator[str]:
    if changes:
        yield "Terraform's plan has changes that are not applied. The variables describe the endpoints without them:"
        yield from (f"  {change}" for change in changes)
        yield "  Apply the plan and run this again with terraform show -json of the state, or change the variables."


def verdict(one: Mapping[str, Any], plan: Mapping[str, Any]) -> str:
    """Return what a deploy would do with an endpoint."""
    if not one["complete"]:
        return UNKNOWN
    if "failure" in plan:
        return FAILED
    parts = [part if isinstance(part, list) else [part] for part in plan["plan"].values() if part]
    calls = {call for part in parts for item in part for call in item["calls"]}
    if "CreateEndpoint" in calls:
        return CREATED
    if "UpdateEndpoint" in calls:
        return CHANGED
    # Such as autoscaling, which is no part of a release.
    return ADJUSTED if calls - _TAG_CALLS else ADOPTED


def _endpoint(one: Mapping[str, Any], plan: Mapping[str, Any], kind: str) -> Iterator[str]:
    region = f" ({one['region']})" if one["region"] else ""
    yield f"{one['name']}{region}, in Terraform {one['address']}"
    yield f"  {_VERDICTS[kind]}"
    if kind == FAILED:
        yield from (f"    {line}" for line in plan["failure"].splitlines())
    elif kind != UNKNOWN:
        yield from (f"  {line}" for line in takewhile(_is_inside, summary.summarize(plan, True)[1:]))
    notes = [*one["notes"], *(plan.get("notes") or ())]
    yield from (f"  Note: {note}" for note in notes)


def _is_inside(line: str) -> bool:
    return line.startswith("  ")


def _variables(one: Mapping[str, Any]) -> Iterator[str]:
    yield f"  Variables, to save as {one['file']}:"
    yield "---"
    yield from one["text"].splitlines()
    yield "..."
    if one["environment"]:
        noun = "variable with its secret" if len(one["environment"]) == 1 else "variables with its secrets"
        yield f"  Set the environment {noun}: export {' '.join(f'{name}=...' for name in one['environment'])}"
    if one["complete"]:
        yield f"  Deploy with them: ansible-playbook mlops.sagemaker.deploy -e @{one['file']} --check --diff"
        addresses = " ".join(f"'{address}'" for address in one["addresses"])
        yield f"  Then remove it from Terraform's configuration and state: terraform state rm {addresses}"


def _masked(line: str, hidden: Sequence[str]) -> str:
    for text in hidden:
        line = line.replace(text, secrets.MASK)
    return line
