# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The current state of an endpoint and its releases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from typing import Dict
from typing import Iterator
from typing import List
from typing import Mapping
from typing import Optional

from ..api.client import AwsClients
from ..core import errors
from ..core import ownership
from ..core.errors import ServiceError
from ..core.problems import Problem
from ..core.types import Api
from ..resources import alarms
from ..resources import endpoints
from ..resources import stop_records
from ..resources import variants
from ..resources.stop_records import Record
from ..rules import scaling as scaling_rules
from ..rules import tags as tag_rules
from . import releases
from . import serving


@dataclass(frozen=True)
class Current:
    """endpoint: None if it does not exist or is being deleted; values: see RETURN of
    sagemaker_endpoint_release_info."""

    endpoint: Optional[Api]
    tags: tag_rules.Tags
    values: Dict[str, Any]


def look(aws: AwsClients, params: Mapping[str, Any]) -> Current:
    """Read an endpoint. params: endpoint_name, name_prefix, and the desired content, see adoption."""
    name = params["endpoint_name"]
    endpoint = endpoints.describe(aws, name)
    if endpoint is not None and endpoint["EndpointStatus"] == endpoints.DELETING:
        endpoint = None
    live = endpoints.target_config(endpoint) if endpoint else None
    prefix = params.get("name_prefix")
    its_tags = endpoints.read_tags(aws, endpoint) if endpoint else {}
    account = releases.recorded(its_tags, endpoint, prefix)
    # A configuration of a creation or update in progress is not verified yet.
    served = releases.counting(account, endpoint and endpoints.serving_config(endpoint))
    # A failed endpoint serves nothing.
    failed = endpoint is not None and endpoint["EndpointStatus"] == endpoints.FAILED
    found = releases.look(
        aws,
        name,
        prefix,
        None if failed else live,
        served,
        named=[live] if live else [],
        # Every deletion based on this reads the tags again.
        sure=False,
        thorough=its_tags.get(ownership.OWNER_TAG) == name,
    )
    record = _record(aws, name, endpoint, its_tags, found)
    shown = serving.look(aws, endpoint, its_tags, live, found.releases, account, params) if endpoint else {}
    orphans = shown.pop("orphans") if shown else serving.orphans_without_endpoint(aws, params, found)
    needed = (found.needed | (record.models if record else set())).union(
        *(one["model_names"] for one in shown.get("inference_components", []))
    )
    orphaned = releases.orphaned_models(aws, name, found, needed)
    made = [*orphaned, *(one for one, ours in (account or {}).items() if ours)]
    name_prefixes = sorted(releases.prefixes(found.releases, made))
    arns = (
        [endpoint["EndpointArn"]] if endpoint else [release.config["EndpointConfigArn"] for release in found.releases]
    )
    waking = (
        {}
        if params.get("endpoint_config")
        else {"waking_alarms": _alarms_by_name(aws, name, endpoint, found.releases, _component_names(shown, record))}
    )
    values = {
        **waking,
        "releases": [release.as_dict() for release in found.releases],
        "orphaned_components": orphans,
        "orphaned_models": sorted(orphaned),
        "name_prefixes": name_prefixes,
        "earlier_roles": releases.earlier_roles(prefix, name_prefixes, found.releases, found.releases, orphaned),
        "tagging_denied": found.denied,
        "serving": shown,
        "stopped": record.as_dict() if record else {},
        "power": its_tags.get(ownership.POWER_TAG),
        "region": aws.sagemaker.region,
        "account_id": arns[0].split(":")[4] if arns else aws.known_account(),
    }
    return Current(endpoint, its_tags, values)


def _record(
    aws: AwsClients, name: str, endpoint: Optional[Api], its_tags: tag_rules.Tags, found: releases.Found
) -> Optional[Record]:
    """Return the record of a stopped endpoint, or of one that a run has not stopped or started completely."""
    if endpoint is None:
        return stop_records.of_absent(aws, name, [one.config for one in found.releases if one.owned])
    if not stop_records.is_marked(its_tags):
        return None
    live = [one.config for one in found.releases if one.name == endpoint["EndpointConfigName"]]
    return stop_records.of_absent(aws, name, live)


def _component_names(shown: Mapping[str, Any], record: Optional[Record]) -> List[str]:
    """Return the names of the components on the endpoint, or on a stopped one."""
    stopped = record.components if record else []
    return [one["name"] for one in (*shown.get("inference_components", ()), *stopped)]


def spelling_problems(endpoint: Optional[Api], name: str) -> Iterator[Problem]:
    """Yield a problem if the name has another case: SageMaker compares names case-insensitively, InvokeEndpoint and our
    tags do not."""
    if endpoint is not None and endpoint["EndpointName"] != name:
        yield Problem(
            "endpoint_name",
            f"the endpoint is called {endpoint['EndpointName']}, not {name}. SageMaker treats both as the same name, "
            f"but serves invocations of {endpoint['EndpointName']} only. Give the name in that case.",
        )


def _alarms_by_name(
    aws: AwsClients,
    name: str,
    endpoint: Optional[Api],
    found: List[releases.Release],
    component_names: List[str],
) -> List[str]:
    """Return the alarms with the names and descriptions that the role uses.

    Alarms of a target that somebody has deregistered have no policy any more.
    """
    described = [*(release.config for release in found), *([endpoint] if endpoint else [])]
    ids = {scaling_rules.variant_id(name, one["VariantName"]) for config in described for one in variants.of(config)}
    ids |= {scaling_rules.component_id(component) for component in component_names}
    owners = {ownership.alarm_name(owner): owner for owner in map(ownership.owner_of, sorted(ids))}
    try:
        found_alarms = alarms.by_name(aws, owners)
    except ServiceError as error:
        if errors.is_denied(error):
            return []
        raise
    return [
        name
        for name, alarm in found_alarms.items()
        if alarm.get("AlarmDescription") == ownership.alarm_description(owners[name])
    ]
