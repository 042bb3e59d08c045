# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What drift is told from, out of the answers of AWS. Pure, apart from the service model."""

from __future__ import annotations

from typing import List
from typing import Mapping
from typing import Optional

from ..api.client import ServiceClient
from ..core.types import Api
from ..core.types import Options
from ..fleet.rows import Sighting
from ..resources import endpoints
from ..rules.tags import Tags
from ..schema import compare
from . import drift


def whole(
    sagemaker: ServiceClient,
    seen: Sighting,
    config_tags: Mapping[str, Tags],
    recorded_configs: Mapping[str, Optional[Api]],
    targets: Optional[Mapping[str, Api]],
    policies: Optional[Mapping[str, List[Options]]],
) -> drift.Evidence:
    """Return all that drift is told from. targets, policies: scalable targets and scaling policies by resource id."""
    name = seen.listed["EndpointName"]
    known = named(seen, config_tags)
    recorded = recorded_configs.get(drift.deployed(seen.tags or {}, known.config_name) or "")
    return drift.Evidence(
        name=name,
        tags=seen.tags,
        config_name=known.config_name,
        endpoint=sagemaker.result("DescribeEndpoint", seen.endpoint) if seen.endpoint else None,
        config=sagemaker.result("DescribeEndpointConfig", seen.config) if seen.config else None,
        config_tags=known.config_tags,
        recorded_changes=_content(sagemaker, recorded, seen.config) if recorded and seen.config else (),
        targets=(
            None
            if targets is None
            else {key: f"{one['MinCapacity']}-{one['MaxCapacity']}" for key, one in targets.items()}
        ),
        policies=policies,
        is_changing=known.is_changing,
    )


def named(seen: Sighting, config_tags: Mapping[str, Tags]) -> drift.Evidence:
    """Return what names and tags tell."""
    config_name = (seen.endpoint or {}).get("EndpointConfigName")
    status = (seen.endpoint or seen.listed)["EndpointStatus"]
    return drift.Evidence(
        name=seen.listed["EndpointName"],
        tags=seen.tags,
        config_name=config_name,
        config_tags=config_tags.get(config_name) if config_name else None,
        is_changing=status in endpoints.TRANSITIONS,
    )


def _content(sagemaker: ServiceClient, recorded: Api, live: Api) -> List[drift.Difference]:
    """Return how the configuration that serves differs from the deployed one."""
    shape = sagemaker.input_shape("CreateEndpointConfig")
    found = compare.diff(shape, recorded, live, "", (*compare.SERVER_DEFAULTS, "endpoint_config_name"))
    return [
        drift.Difference(change.path, change.after, change.before)
        for change in found
        if change.path != "endpoint_config_name"
    ]
