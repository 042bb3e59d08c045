# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers for many endpoints from a few lists, where each of their plans would ask the same for its own endpoint.

A plan whose question is another one, because what serves differs from what is desired, asks AWS itself.
"""

from __future__ import annotations

from typing import Any
from typing import Dict
from typing import Iterable
from typing import Iterator
from typing import List
from typing import Mapping
from typing import Optional

from ..api.client import AwsClients
from ..api.client import ServiceClient
from ..api.client import first_page
from ..api.snapshot import Snapshot
from ..core import ownership
from ..core.errors import ServiceError
from ..core.types import Api
from ..release import releases
from ..resources import scalable_targets
from ..rules import scaling as scaling_rules

# The service accepts as many values of a tag, and as many ids.
TAG_VALUES_AT_ONCE = 20
IDS_AT_ONCE = 50

Inputs = Mapping[str, Any]


class SharedLists:
    """The resources and the scalable targets of several endpoints of one place. inputs: those of the endpoints."""

    def __init__(self, aws: AwsClients, inputs: List[Inputs]) -> None:
        names = [str(one["name"]) for one in inputs if one.get("name")]
        ids = [resource_id for one in inputs for resource_id in _resource_ids(one)]
        # For one endpoint they cost as much as its own questions.
        many = len(names) > 1
        self._resources = _resources(aws.tagging, names) if many else None
        self._targets = _targets(aws.autoscaling, ids) if many and ids else None

    def prefill(self, snapshot: Snapshot, inputs: Inputs) -> None:
        """Give a snapshot the answers about one of the endpoints."""
        if self._resources is not None:
            request = first_page("GetResources", releases.tagged_request([inputs["name"]]))
            found = self._resources.get(inputs["name"], [])
            snapshot.service("resourcegroupstaggingapi").prefill(
                "GetResources", request, {"ResourceTagMappingList": found}
            )
        ids = _resource_ids(inputs)
        if self._targets is not None and ids:
            request = first_page("DescribeScalableTargets", scalable_targets.targets_request(ids))
            found = [target for one in ids for target in self._targets.get(one, ())]
            snapshot.service("application-autoscaling").prefill(
                "DescribeScalableTargets", request, {"ScalableTargets": found}
            )


def _resources(tagging: ServiceClient, names: List[str]) -> Optional[Dict[str, List[Api]]]:
    """Return the tagged resources by endpoint, None if they cannot be listed: each plan then says what it misses."""
    found: Dict[str, List[Api]] = {}
    try:
        for batch in _batches(names, TAG_VALUES_AT_ONCE):
            for item in tagging.pages("GetResources", releases.tagged_request(batch), "ResourceTagMappingList"):
                owners = [tag["Value"] for tag in item["Tags"] if tag["Key"] == ownership.OWNER_TAG]
                found.setdefault(owners[0], []).append(item)
    except ServiceError:
        return None
    return found


def _targets(autoscaling: ServiceClient, ids: List[str]) -> Optional[Dict[str, List[Api]]]:
    """Return the scalable targets by resource id, None if they cannot be listed."""
    found: Dict[str, List[Api]] = {}
    try:
        for batch in _batches(ids, IDS_AT_ONCE):
            for target in scalable_targets.describe_targets(autoscaling, batch):
                found.setdefault(target["ResourceId"], []).append(target)
    except ServiceError:
        return None
    return found


def _resource_ids(inputs: Inputs) -> List[str]:
    """Return the resource ids that a plan asks for if what serves has the desired variants and components."""
    config = inputs.get("endpoint_config") or {}
    variants = [one["variant_name"] for one in config.get("production_variants") or ()]
    components = [one["name"] for one in inputs.get("inference_components") or ()]
    return [
        *(scaling_rules.variant_id(inputs["name"], name) for name in variants),
        *(scaling_rules.component_id(name) for name in components),
    ]


def _batches(items: Iterable[str], size: int) -> Iterator[List[str]]:
    listed = list(items)
    for start in range(0, len(listed), size):
        yield listed[start : start + size]
