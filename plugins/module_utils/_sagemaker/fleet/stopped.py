# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stopped endpoints of a region, as if SageMaker still had them: without instances, and with what their start brings back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from typing import Callable
from typing import Collection
from typing import Dict
from typing import List
from typing import Mapping
from typing import Optional

from ..api.client import AwsClients
from ..core.types import Api
from ..resources import endpoint_configs
from ..resources import immutables
from ..resources import models
from ..resources import stop_records
from ..resources.stop_records import Record
from ..rules import inference_component as component_rules
from ..rules import tags as tag_rules
from . import rows
from .region_calls import RegionCalls
from .rows import Sighting

OPERATION = "GetResources"


class StoppedReader(RegionCalls):
    """Reads the stopped endpoints of one region, by the index of tags."""

    def __init__(self, aws: AwsClients, calls: ThreadPoolExecutor) -> None:
        super().__init__(aws.sagemaker.region, calls)
        self.aws = aws
        # Created here, because a boto3 session must not create clients in several threads at once.
        self.sagemaker, self.tagging = aws.sagemaker, aws.tagging

    def read(self, live: Collection[str], only: Callable[[Api], bool]) -> List[Sighting]:
        """Return the endpoints that are stopped and wanted. live: names of those that exist, whatever record they have."""
        found = self.once(OPERATION, lambda: stop_records.indexed(self.aws))
        listed: Dict[str, Api] = {}
        records: Dict[str, Record] = {}
        # The latest record is the one that a start reads.
        for arn, record in sorted(found or (), key=lambda one: one[1].stopped_at):
            if record.endpoint_name and record.endpoint_name not in live:
                listed[record.endpoint_name], records[record.endpoint_name] = _listed(arn, record), record
        wanted = {name: record for name, record in records.items() if only(listed[name])}
        configs = self.each(
            "DescribeEndpointConfig",
            dict.fromkeys(record.endpoint_config_name for record in wanted.values()),
            lambda name: immutables.describe(endpoint_configs.KIND, self.aws, name),
        )
        # The index may still show a configuration that a destroy has deleted.
        left = {name: record for name, record in wanted.items() if configs.get(record.endpoint_config_name, record)}
        images = self._images([configs.get(record.endpoint_config_name) for record in left.values()])
        return [
            sighting(listed[name], self.region, record, configs.get(record.endpoint_config_name), images)
            for name, record in left.items()
        ]

    def _images(self, configs: List[Optional[Api]]) -> Dict[str, List[str]]:
        names = dict.fromkeys(name for config in configs for name in rows.models_to_ask(None, config))
        found = self.each("DescribeModel", names, lambda name: immutables.describe(models.KIND, self.aws, name))
        return {name: rows.model_images(model) for name, model in found.items() if model is not None}


def _listed(config_arn: str, record: Record) -> Api:
    """Return the endpoint's entry in ListEndpoints, had it one. It has no time of creation."""
    place = config_arn.rpartition(":")[0]
    return {
        "EndpointName": record.endpoint_name,
        "EndpointArn": f"{place}:endpoint/{record.endpoint_name.lower()}",
        "EndpointStatus": rows.STOPPED,
        "CreationTime": None,
        "LastModifiedTime": tag_rules.moment_of(record.stopped_at),
    }


def sighting(
    listed: Api, region: str, record: Record, config: Optional[Api], model_images: Mapping[str, List[str]]
) -> Sighting:
    """Return a stopped endpoint. config: the description of its configuration, None if that is not known."""
    endpoint = {**listed, "EndpointConfigName": record.endpoint_config_name, **_variants(record, config)}
    return Sighting(
        listed=listed,
        region=region,
        endpoint=endpoint,
        config=config,
        config_exists=None if config is None else True,
        tags=record.tags,
        components=[_component(one) for one in record.components],
        model_images=model_images,
    )


def _variants(record: Record, config: Optional[Api]) -> Api:
    recorded = {variant["variant_name"]: variant for variant in record.variants}
    if config is None:
        return {"ProductionVariants": [_variant({"VariantName": name}, one) for name, one in recorded.items()]}
    return {
        member: [_variant(one, recorded.get(one["VariantName"], {})) for one in config[member]]
        for member, _is_shadow in rows.LISTS
        if member in config
    }


def _variant(configured: Api, recorded: Mapping[str, Any]) -> Api:
    """Return a variant that has no instances and will have what was recorded."""
    desired = {
        "DesiredInstanceCount": recorded.get("desired_instance_count", configured.get("InitialInstanceCount")),
        "DesiredWeight": recorded.get("desired_weight", configured.get("InitialVariantWeight")),
    }
    instances = {} if "ServerlessConfig" in configured else {"CurrentInstanceCount": 0}
    pools = [{**pool, "CurrentInstanceCount": 0} for pool in configured.get("InstancePools", ())]
    return {
        "VariantName": configured["VariantName"],
        **instances,
        **({"InstancePools": pools} if pools else {}),
        **{member: value for member, value in desired.items() if value is not None},
    }


def _component(options: Mapping[str, Any]) -> Api:
    """Return an inference component with the models that it will run."""
    names = [one["model_name"] for one in component_rules.specifications(options) if "model_name" in one]
    copies = (options.get("runtime_config") or {}).get("copy_count")
    return {
        "InferenceComponentName": options["name"],
        "InferenceComponentStatus": rows.STOPPED,
        **({"VariantName": options["variant_name"]} if "variant_name" in options else {}),
        "Specifications": [{"ModelName": name} for name in names],
        "RuntimeConfig": {"CurrentCopyCount": 0, "DesiredCopyCount": copies},
    }
