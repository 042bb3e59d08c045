# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The endpoints of a region that run and that are stopped, and those whose time is over, by their tags alone."""

from __future__ import annotations

import datetime
from typing import Any
from typing import Dict
from typing import List
from typing import Mapping
from typing import Optional

from ..api import tags
from ..api.client import AwsClients
from ..core import ownership
from ..resources import endpoints
from ..rules.tags import is_past

RUNNING, STOPPED = "running", "stopped"

_CONFIG = ":endpoint-config/"


def info(aws: AwsClients, params: Mapping[str, Any]) -> Dict[str, Any]:
    """Return {"region": its name, "endpoints": [...], "due": [names]} of the endpoints that carry their own name in the owner's tag."""
    now = datetime.datetime.now(datetime.timezone.utc)
    request = {
        "TagFilters": [{"Key": ownership.OWNER_TAG}],
        "ResourceTypeFilters": ["sagemaker:endpoint", "sagemaker:endpoint-config"],
    }
    found: Dict[str, Dict[str, Any]] = {}
    for item in aws.tagging.pages("GetResources", request, "ResourceTagMappingList"):
        its_tags = tags.SAGEMAKER.from_api(item.get("Tags", []))
        name = its_tags[ownership.OWNER_TAG]
        if _CONFIG not in item["ResourceARN"]:
            # A copied tag has the name of another endpoint.
            if item["ResourceARN"].endswith(f":endpoint/{name.lower()}"):
                found[name] = _endpoint(aws, name, RUNNING, its_tags.get(params["tag"]), now)
        elif ownership.STOPPED_TAG in its_tags:
            found.setdefault(name, _endpoint(aws, name, STOPPED, None, now))
    listed: List[Dict[str, Any]] = [found[name] for name in sorted(found)]
    for one in listed:
        if one["due"]:
            one.update(_as_tagged_now(aws, one["name"], params["tag"], now))
    aws.warn(
        [
            f"Endpoint {one['name']}: the value {one['expires_at']!r} of the tag {params['tag']} is no time in ISO 8601, such as "
            "2030-01-31T18:00:00Z, so the endpoint does not expire. Correct the tag."
            for one in listed
            if one["due"] is None
        ]
    )
    return {"region": aws.sagemaker.region, "endpoints": listed, "due": [one["name"] for one in listed if one["due"]]}


def _as_tagged_now(aws: AwsClients, name: str, tag: str, now: datetime.datetime) -> Dict[str, Any]:
    """Return what the endpoint's own tags say. The index may not have heard yet that somebody has moved the time."""
    current = endpoints.describe(aws, name)
    its_tags = endpoints.read_tags(aws, current) if current else {}
    expires_at = its_tags.get(tag) if its_tags.get(ownership.OWNER_TAG) == name else None
    return {"expires_at": expires_at, "due": is_past(expires_at, now) if expires_at else False}


def _endpoint(
    aws: AwsClients, name: str, state: str, expires_at: Optional[str], now: datetime.datetime
) -> Dict[str, Any]:
    return {
        "name": name,
        "region": aws.sagemaker.region,
        "state": state,
        "expires_at": expires_at,
        "due": False if not expires_at else is_past(expires_at, now),
    }
