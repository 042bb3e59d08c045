# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the endpoints of several regions at once. A region that denies or throttles calls does not affect the others.

For each region: pages of 100 endpoints and of 100 tagged ones, and then in threads one description of each endpoint and of each
configuration. Inference components are listed only where an endpoint hosts some, and models described only where the
endpoint does not report their images.
"""

from __future__ import annotations

import datetime
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import Callable
from typing import Dict
from typing import Iterable
from typing import List
from typing import Mapping
from typing import Optional
from typing import Set

from ..api import tags
from ..api.client import AwsClients
from ..core.errors import ServiceError
from ..core.types import Api
from ..resources import endpoint_configs
from ..resources import endpoints
from ..resources import immutables
from ..resources import inference_components
from ..resources import models
from ..resources import variants
from . import rows
from .region_calls import RegionCalls
from .rows import Row
from .rows import Sighting
from .stopped import StoppedReader

# Threads for all regions together, and regions at a time. A client keeps ten connections.
CALLS_AT_ONCE = 10
REGIONS_AT_ONCE = 10

# The tagging API may not know endpoints that are younger than this, nor those without tags.
INDEX_LAG = datetime.timedelta(minutes=20)
_TAGGED = {"ResourceTypeFilters": ["sagemaker:endpoint"]}

# By name. None was deleted, and one that could not be described is missing.
Configs = Mapping[str, Optional[Api]]


@dataclass
class Fleet:
    """The endpoints of several regions, sorted by name and region. sightings: what the endpoints are made of, in the same order.

    errors: {region, operation, reason (denied, throttled or failed), names (of resources, empty for a whole region),
    message}, one for each operation and reason of a region; stopped_errors: likewise, of the stopped endpoints.
    """

    endpoints: List[Row] = field(default_factory=list)
    sightings: List[Sighting] = field(default_factory=list)
    errors: List[Dict[str, Any]] = field(default_factory=list)
    stopped_errors: List[Dict[str, Any]] = field(default_factory=list)


def read(
    regions: Iterable[AwsClients], only: Callable[[Api], bool] = lambda listed: True, with_stopped: bool = False
) -> Fleet:
    """Return all endpoints of these regions. only: whether an entry of ListEndpoints is wanted; with_stopped: whether those count that are
    stopped."""
    fleet = Fleet()
    with ThreadPoolExecutor(CALLS_AT_ONCE) as calls, ThreadPoolExecutor(REGIONS_AT_ONCE) as threads:
        readers = [RegionReader(aws, calls) for aws in regions]
        stopped = [StoppedReader(reader.aws, calls) if with_stopped else None for reader in readers]

        def sightings(reader: RegionReader, beside: Optional[StoppedReader]) -> List[Sighting]:
            found = reader.read(only)
            # Without the list of those that exist, a record does not tell that its endpoint is stopped.
            knows = beside is not None and reader.names is not None
            return [*found, *beside.read(reader.names, only)] if knows else found

        for found in threads.map(sightings, readers, stopped):
            fleet.sightings += found
    for reader in readers:
        fleet.errors += reader.errors
    for beside in stopped:
        fleet.stopped_errors += beside.errors if beside else []
    fleet.sightings.sort(key=lambda seen: (seen.listed["EndpointName"], seen.region))
    fleet.endpoints = [rows.row(seen) for seen in fleet.sightings]
    return fleet


class RegionReader(RegionCalls):
    """Reads the endpoints of one region. calls: runs the calls for single resources."""

    def __init__(self, aws: AwsClients, calls: ThreadPoolExecutor) -> None:
        super().__init__(aws.sagemaker.region, calls)
        self.aws = aws
        # Created here, because a boto3 session must not create clients in several threads at once.
        self.sagemaker, self.tagging = aws.sagemaker, aws.tagging
        # Of all endpoints that exist, None until they are listed.
        self.names: Optional[Set[str]] = None

    def read(self, only: Callable[[Api], bool]) -> List[Sighting]:
        """Return what AWS answers about each endpoint."""
        pages = self.once("ListEndpoints", lambda: self.sagemaker.pages("ListEndpoints", {}, "Endpoints"))
        self.names = None if pages is None else {one["EndpointName"] for one in pages}
        ordered = sorted(pages or (), key=lambda one: one["EndpointName"])
        listed = {one["EndpointName"]: one for one in ordered if only(one)}
        described = self.each("DescribeEndpoint", listed, lambda name: endpoints.describe(self.aws, name))
        # None is an endpoint that was deleted in the meantime.
        found = {name: one for name, one in listed.items() if described.get(name, one) is not None}
        configs = self._configs(described)
        images = self._images(described, configs)
        components = self._components(described, configs)
        found_tags = self._tags(found)
        return [
            Sighting(
                listed=one,
                region=self.region,
                endpoint=described.get(name),
                config=_of(configs, described.get(name)),
                config_exists=_exists(configs, described.get(name)),
                tags=found_tags.get(name),
                components=None if components is None else components.get(name, []),
                model_images=images,
            )
            for name, one in found.items()
        ]

    def _configs(self, described: Mapping[str, Optional[Api]]) -> Configs:
        names = dict.fromkeys(one["EndpointConfigName"] for one in described.values() if one)
        return self.each(
            "DescribeEndpointConfig", names, lambda name: immutables.describe(endpoint_configs.KIND, self.aws, name)
        )

    def _images(self, described: Mapping[str, Optional[Api]], configs: Configs) -> Dict[str, List[str]]:
        """Return the images by the names of models, of those that an endpoint does not report."""
        names: Dict[str, None] = {}
        for endpoint in described.values():
            names.update(dict.fromkeys(rows.models_to_ask(endpoint, _of(configs, endpoint))))
        found = self.each("DescribeModel", names, lambda name: immutables.describe(models.KIND, self.aws, name))
        return {name: rows.model_images(model) for name, model in found.items() if model is not None}

    def _components(self, described: Mapping[str, Optional[Api]], configs: Configs) -> Optional[Dict[str, List[Api]]]:
        """Return the inference components by endpoint, None if they are not known."""
        hosts = {
            name
            for name, endpoint in described.items()
            if endpoint and variants.hosts_components(_of(configs, endpoint))
        }
        found: Dict[str, List[Api]] = {}
        if not hosts:
            return found
        operation = "ListInferenceComponents"
        listed = self.once(operation, lambda: self.sagemaker.pages(operation, {}, "InferenceComponents"))
        if listed is None:
            return None
        entries = {one["InferenceComponentName"]: one for one in listed if one["EndpointName"] in hosts}
        whole = self.each(
            "DescribeInferenceComponent", entries, lambda name: inference_components.describe(self.aws, name)
        )
        for name, entry in entries.items():
            # The entry of the list says less, but what it says is true.
            component = whole.get(name, entry)
            if component is not None:
                found.setdefault(entry["EndpointName"], []).append(component)
        return found

    def _tags(self, found: Mapping[str, Api]) -> Dict[str, Dict[str, str]]:
        """Return the tags by endpoint: from the index, or one by one where the index does not have them."""
        index = self._indexed_tags()
        since = datetime.datetime.now(datetime.timezone.utc) - INDEX_LAG
        known = {
            name: (index or {}).get(one["EndpointArn"], {})
            for name, one in found.items()
            if index is not None and (one["EndpointArn"] in index or one["CreationTime"] < since)
        }
        asked = self.each(
            "ListTags",
            [name for name in found if name not in known],
            lambda name: tags.SAGEMAKER.read(self.sagemaker, found[name]["EndpointArn"]),
        )
        return {**known, **asked}

    def _indexed_tags(self) -> Optional[Dict[str, Dict[str, str]]]:
        """Return tags by ARN from the Resource Groups Tagging API, None if it cannot be used."""
        if self.gives_up:
            return None
        try:
            pages = self.tagging.pages("GetResources", _TAGGED, "ResourceTagMappingList")
            return {one["ResourceARN"]: {tag["Key"]: tag["Value"] for tag in one["Tags"]} for one in pages}
        except ServiceError:
            return None


def _of(configs: Configs, endpoint: Optional[Api]) -> Optional[Api]:
    """Return the configuration of an endpoint, None if it is not known."""
    return configs.get(endpoint["EndpointConfigName"]) if endpoint else None


def _exists(configs: Configs, endpoint: Optional[Api]) -> Optional[bool]:
    """Return whether the configuration of an endpoint exists, None if that is not known."""
    if endpoint is None or endpoint["EndpointConfigName"] not in configs:
        return None
    return configs[endpoint["EndpointConfigName"]] is not None
