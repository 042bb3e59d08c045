# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plans of many endpoints at once: one set of clients for each region and profile, and a thread for each endpoint.

The role plans each endpoint that differs again before it applies anything, so these plans only tell which ones differ.
"""

from __future__ import annotations

import os
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from typing import Collection
from typing import Dict
from typing import Iterator
from typing import List
from typing import Mapping
from typing import Optional
from typing import Tuple

from ..api.client import AwsClients
from ..api.snapshot import Snapshot
from ..core.errors import SageMakerError
from ..deploy import run as role_run
from ..fleet.shared_lists import SharedLists
from . import plan_info

# Threads. A client keeps ten connections.
PLANS_AT_ONCE = 10

Values = Dict[str, Any]
Endpoint = Mapping[str, Any]


@dataclass(frozen=True)
class Place:
    """Where the endpoint of a host is. Empty is that of the module's own connection."""

    region: str
    profile: str

    @classmethod
    def of(cls, endpoint: Endpoint) -> Place:
        return cls(endpoint.get("region") or "", endpoint.get("profile") or "")

    def clients(self, aws: AwsClients) -> AwsClients:
        region = {"region": self.region} if self.region else {}
        # Keys in the environment must not win over the profile.
        keys = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
        profile = {"profile_name": self.profile, **dict.fromkeys(keys)} if self.profile else {}
        return aws.elsewhere(**region, **profile)


def info(aws: AwsClients, params: Mapping[str, Any], check_mode: bool) -> Values:
    """Return the plans of all endpoints, see the module's RETURN."""
    endpoints = params["endpoints"]
    clients = {place: place.clients(aws) for place in dict.fromkeys(map(Place.of, endpoints))}
    regions = {place: _region_of(one) for place, one in clients.items()}
    with ThreadPoolExecutor(PLANS_AT_ONCE) as threads:
        unknown = _of_unknown_account(endpoints, regions)
        accounts = dict(zip(unknown, threads.map(lambda place: clients[place].known_account(), unknown)))
        refusals = {**_refusals(endpoints, regions, accounts), **_strangers(endpoints, accounts)}
        lists = dict(zip(clients, threads.map(lambda place: _lists(clients[place], place, endpoints), clients)))

        def planned_of(endpoint: Endpoint) -> Values:
            place, refusal = Place.of(endpoint), refusals.get(endpoint["host"])
            return _planned(clients[place], lists[place], endpoint, refusal, params["applies"], check_mode)

        planned = list(threads.map(planned_of, endpoints))
    for one in planned:
        # The role gives the warnings of the others itself.
        warnings = one.pop("warnings")
        aws.warn([] if one["differs"] else [f"{one['host']}: {warning}" for warning in warnings])
    return {
        "endpoints": planned,
        "differing": [one["host"] for one in planned if one["differs"]],
        "refusals": {one["host"]: one["refusal"] for one in planned if one["refusal"]},
        "outputs": {one["host"]: one.pop("outputs") for one in planned if not one["differs"]},
        "applies": params["applies"],
        "report": "\n".join(_report(planned, {one["host"] for one in endpoints if one.get("state") == "absent"})),
    }


def _report(planned: List[Values], absent: Collection[str] = ()) -> Iterator[str]:
    """Yield the lines that say which endpoints differ. absent: hosts whose endpoints are to be deleted."""
    differing = [one for one in planned if one["differs"]]
    noun = "endpoint" if len(planned) == 1 else "endpoints"
    yield f"{len(differing)} of {len(planned)} {noun} to bring to the desired state{':' if differing else '.'}"
    for one in differing:
        problem = one["refusal"] or one["problem"]
        yield f"  {_named(one)}{f': {problem.splitlines()[0]}' if problem else ''}"
    in_sync = [_named(one, "does not exist" if one["host"] in absent else "") for one in planned if not one["differs"]]
    if in_sync:
        yield f"In sync: {', '.join(in_sync)}"


def _named(planned: Mapping[str, Any], what: str = "") -> str:
    """Return the endpoint with the host's name where that is another one. what: more about it."""
    name, host = planned["name"] or planned["host"], planned["host"]
    place = ", ".join(part for part in (planned["region"], f"host {host}" if host != name else "", what) if part)
    return f"{name} ({place})" if place else name


def _lists(aws: AwsClients, place: Place, endpoints: List[Endpoint]) -> Optional[SharedLists]:
    """Return the lists of a place, None if there is no connection to it: told by the plan of each endpoint there."""
    inputs = [one["inputs"] for one in endpoints if Place.of(one) == place and not one.get("problem")]
    try:
        return SharedLists(aws, inputs)
    except SageMakerError:
        return None


def _region_of(aws: AwsClients) -> str:
    try:
        return aws.sagemaker.region
    except SageMakerError:  # told by the plan of each endpoint there
        return ""


def _names_account(endpoint: Endpoint) -> bool:
    return bool(endpoint.get("account"))


def _strangers(endpoints: List[Endpoint], accounts: Mapping[Place, Optional[str]]) -> Dict[str, str]:
    """Return messages by host, for hosts of another account than that of their credentials. accounts: of the credentials."""
    by_host = {one["host"]: (one["account"], accounts[Place.of(one)]) for one in endpoints if _names_account(one)}
    return {
        host: (
            f"aws_profile: the endpoint of the host {host} is in the account {expected}, and the credentials are those of {actual}. Give the "
            f"host the name of a profile of the account {expected}."
        )
        for host, (expected, actual) in by_host.items()
        if actual not in (None, expected)
    }


def _of_unknown_account(endpoints: List[Endpoint], regions: Mapping[Place, str]) -> List[Place]:
    """Return the places whose account matters: a host names one, or two profiles have an endpoint of the same name."""
    places: Dict[Tuple[str, str], Dict[Place, None]] = {}
    for endpoint in endpoints:
        if not endpoint.get("problem") and _key(endpoint):
            place = Place.of(endpoint)
            places.setdefault((regions[place], _key(endpoint)), {})[place] = None
    shared = [place for found in places.values() for place in found if len(found) > 1]
    return list(dict.fromkeys([*map(Place.of, filter(_names_account, endpoints)), *shared]))


def _key(endpoint: Endpoint) -> str:
    """Return the name of an endpoint as SageMaker compares it, case-insensitively."""
    return str(endpoint["inputs"].get("name") or "").lower()


def _refusals(
    endpoints: List[Endpoint], regions: Mapping[Place, str], accounts: Mapping[Place, Optional[str]]
) -> Dict[str, str]:
    """Return messages by host, for hosts that stand for the same endpoint: their roles would undo each other's work."""
    hosts: Dict[Tuple[str, str, str], List[Endpoint]] = {}
    for endpoint in endpoints:
        # Of an endpoint without a name its plan says why.
        if endpoint.get("problem") or not _key(endpoint):
            continue
        place = Place.of(endpoint)
        owner = accounts.get(place) or f"profile {place.profile}"
        hosts.setdefault((regions[place], owner, _key(endpoint)), []).append(endpoint)
    return {
        endpoint["host"]: (
            f"sagemaker_endpoint_name: the hosts {', '.join(one['host'] for one in same)} stand for the same endpoint "
            f"{endpoint['inputs'].get('name')} in {region}. Give each host the name of an endpoint of its own."
        )
        for (region, _owner, _name), same in hosts.items()
        for endpoint in same
        if len(same) > 1
    }


def unexpected(error: Exception) -> str:
    """Return the problem of a host whose plan has run into a fault of this collection."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    line = traceback.format_exception_only(type(error), error)[-1].strip()
    return (
        f"The plan failed unexpectedly: {line} ({os.path.basename(place.filename)}, line {place.lineno}). This is a fault of the collection. "
        "Please report it."
    )


def _planned(
    aws: AwsClients,
    lists: Optional[SharedLists],
    endpoint: Endpoint,
    refusal: Optional[str],
    applies: bool,
    check_mode: bool,
) -> Values:
    """Return the plan of one endpoint. A problem is a difference: the role finds it again and tells it in full."""
    inputs = endpoint["inputs"]
    row: Values = {
        "host": endpoint["host"],
        "name": inputs.get("name"),
        "region": "",
        "differs": True,
        "refusal": refusal,
        "problem": endpoint.get("problem"),
        "warnings": [],
    }
    if refusal or row["problem"]:
        return row
    try:
        snapshot = Snapshot(aws)
        if lists is not None:
            lists.prefill(snapshot, inputs)
        row["region"] = snapshot.sagemaker.region
        options = {"inputs": inputs, "state": endpoint["state"], "applies": applies}
        planned = plan_info.info(snapshot, options, check_mode)
        # A preflight is asked for by the user, whether anything differs or not.
        differs = bool(planned["phases"]) or planned["would_change"] or bool(inputs.get("preflight"))
        outputs = {} if differs else {"outputs": role_run.outputs(inputs, planned, {})}
    except SageMakerError as error:
        return {**row, "problem": error.message}
    # One endpoint's fault must not keep the others from their plans.
    except Exception as error:  # pylint: disable=broad-exception-caught
        return {**row, "problem": unexpected(error)}
    return {**row, "differs": differs, "warnings": snapshot.warnings, **outputs}
