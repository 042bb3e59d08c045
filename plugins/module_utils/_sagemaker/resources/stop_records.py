# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The record of a stopped endpoint: what a start brings back, in tags of the endpoint configuration that stays.

One tag says it in words. Numbered tags hold it completely, as compressed JSON in base64. While a run stops or starts an
endpoint, the endpoint carries a mark, and the record counts, not what the endpoint has at that moment. An endpoint
without the mark is complete, whatever record there is.
"""

from __future__ import annotations

from dataclasses import asdict
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import Dict
from typing import Iterable
from typing import Iterator
from typing import List
from typing import Mapping
from typing import Optional
from typing import Set
from typing import Tuple

from ..api import tags
from ..api.client import AwsClients
from ..core import errors
from ..core import history
from ..core import ownership
from ..core.errors import SageMakerError
from ..core.errors import ServiceError
from ..core.types import Api
from ..rules import inference_component as component_rules
from ..rules import tags as tag_rules

Values = Dict[str, Any]

# Of the numbered tags.
_PREFIX = f"{ownership.STOPPED_TAG}-"

# Values of the mark on an endpoint.
STOPPING, STARTING = "stopping", "starting"

_TAGGED = {
    "TagFilters": [{"Key": ownership.STOPPED_TAG}],
    "ResourceTypeFilters": ["sagemaker:endpoint-config"],
}


@dataclass(frozen=True)
class Record:
    """What an endpoint had when it was stopped, as options of the modules.

    stopped_at: ISO 8601; tags: of the endpoint; variants: entries of desired_weights_and_capacities; components: options
    of sagemaker_inference_component, bases before their adapters; targets: options of sagemaker_autoscaling, and
    C(alarms), {policy: alarms that trigger it} for alarms that Application Auto Scaling did not create.
    """

    endpoint_name: str
    endpoint_config_name: str
    stopped_at: str = ""
    tags: tag_rules.Tags = field(default_factory=dict)
    deployment_config: Values = field(default_factory=dict)
    variants: List[Values] = field(default_factory=list)
    components: List[Values] = field(default_factory=list)
    targets: List[Values] = field(default_factory=list)

    def as_dict(self) -> Values:
        return asdict(self)

    @property
    def models(self) -> Set[str]:
        """Return the models that the components run."""
        listed = (one for component in self.components for one in component_rules.specifications(component))
        return {one["model_name"] for one in listed if "model_name" in one}

    @property
    def alarms(self) -> List[str]:
        """Return the names of the alarms that trigger the policies."""
        listed = (names for target in self.targets for names in target["alarms"].values())
        return list(dict.fromkeys(name for names in listed for name in names))

    def is_same(self, other: Record) -> bool:
        """Return whether both hold the same, apart from the time."""
        return {**self.as_dict(), "stopped_at": ""} == {**other.as_dict(), "stopped_at": ""}


# Tags


def to_tags(record: Record, beside: int) -> tag_rules.Tags:
    """Return the tags that contain the record. beside: the number of other tags on the configuration."""
    found = tag_rules.packed(_PREFIX, record.as_dict())
    if len(found) + 1 + beside > tag_rules.MOST:
        raise SageMakerError(
            f"The endpoint {record.endpoint_name} was not stopped, and nothing was changed: to write down its autoscaling and inference "
            f"components takes {len(found) + 1} tags of the endpoint configuration {record.endpoint_config_name}, which has {beside}, and "
            f"AWS allows {tag_rules.MOST}. Remove tags or scaling policies, or destroy the endpoint and deploy it again later."
        )
    return {ownership.STOPPED_TAG: in_words(record), **found}


def from_tags(config_name: str, its_tags: Mapping[str, str]) -> Optional[Record]:
    """Return the record in the tags of a configuration, None if there is none."""
    try:
        content = tag_rules.unpacked(_PREFIX, its_tags)
        return None if content is None else Record(**content)
    except (ValueError, TypeError) as error:
        raise SageMakerError(
            f"The tags {ownership.STOPPED_TAG}-* of the endpoint configuration {config_name} should hold what its stopped endpoint had, "
            "but they cannot be read. Remove these tags, then deploy: the endpoint is created again from the variables alone."
        ) from error


def in_words(record: Record) -> str:
    """Return the record as text of a tag."""
    parts = [f"{record.endpoint_name} stopped at {record.stopped_at}", *_parts(record)]
    text = " / ".join(parts)
    return text if len(text) <= history.LENGTH else f"{text[: history.LENGTH - 4]} ..."


def _parts(record: Record) -> Iterator[str]:
    for variant in record.variants:
        count, weight = variant.get("desired_instance_count"), variant.get("desired_weight")
        size = "" if count is None else f" {count} instances"
        yield f"{variant['variant_name']}{size}{'' if weight is None else f' weight {weight:g}'}"
    for component in record.components:
        copies = component.get("runtime_config", {}).get("copy_count")
        yield f"{component['name']}{'' if copies is None else f' {copies} copies'}"
    for target in record.targets:
        yield f"{target['resource_id'].rpartition('/')[2]} scaled {target['min_capacity']} to {target['max_capacity']}"


# Reading


def read(aws: AwsClients, config: Api) -> Optional[Record]:
    """Return the record on a configuration. The index of tags may be late, so it does not count."""
    its_tags = tags.SAGEMAKER.read(aws.sagemaker, config["EndpointConfigArn"])
    return from_tags(config["EndpointConfigName"], its_tags)


def is_marked(endpoint_tags: Mapping[str, str]) -> bool:
    """Return whether a run has begun to stop or start this endpoint and has not completed that."""
    return ownership.POWER_TAG in endpoint_tags


def of_absent(aws: AwsClients, endpoint_name: str, configs: Iterable[Api]) -> Optional[Record]:
    """Return the record of an endpoint that does not exist, the latest one. configs: those that carry its tag."""
    found = [record for record in (read(aws, config) for config in configs) if record is not None]
    ours = [record for record in found if record.endpoint_name == endpoint_name]
    return max(ours, key=lambda record: record.stopped_at, default=None)


def indexed(aws: AwsClients) -> List[Tuple[str, Record]]:
    """Return the records of all stopped endpoints of the account and region by the index of tags, each with its configuration's ARN.

    A record that cannot be read counts with the configuration that has it, and cannot be started from either. The index may not have
    a record of the last minutes: then the endpoint is mostly still there, because its deletion takes minutes, too.
    """
    items = aws.tagging.pages("GetResources", _TAGGED, "ResourceTagMappingList")
    pairs = ((item["ResourceARN"], tags.SAGEMAKER.from_api(item.get("Tags", []))) for item in items)
    return [(arn, _of_tags(arn.rpartition("/")[2], its_tags)) for arn, its_tags in pairs]


def of_all(aws: AwsClients) -> List[Record]:
    """Return the same records. If the index is denied, the tags of all configurations are read."""
    try:
        return [record for _arn, record in indexed(aws)]
    except ServiceError as error:
        if not errors.is_denied(error):
            raise
    found = []
    for item in aws.sagemaker.pages("ListEndpointConfigs", {}, "EndpointConfigs"):
        its_tags = tags.SAGEMAKER.read(aws.sagemaker, item["EndpointConfigArn"])
        if ownership.STOPPED_TAG in its_tags:
            found.append(_of_tags(item["EndpointConfigName"], its_tags))
    return found


def _of_tags(config_name: str, its_tags: tag_rules.Tags) -> Record:
    try:
        record = from_tags(config_name, its_tags)
    except SageMakerError:
        record = None
    return record or Record(its_tags.get(ownership.OWNER_TAG, ""), config_name)
