# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An endpoint of a fleet as plain data, from the answers of AWS. Pure.

Null means that a value is not known, because a call failed or AWS does not report it.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import Dict
from typing import Iterable
from typing import Iterator
from typing import List
from typing import Mapping
from typing import Optional

from ..core import history
from ..core import ownership
from ..core.types import Api
from ..rules import variants as variant_rules

Row = Dict[str, Any]

# The status of an endpoint that SageMaker no longer has, and that a start brings back.
STOPPED = "Stopped"

# Members with variants of a configuration and of a description, and whether the variants are shadows.
LISTS = (("ProductionVariants", False), ("ShadowProductionVariants", True))

# Members of a serverless configuration in a row.
_SERVERLESS = {
    "MemorySizeInMB": "memory_size_in_mb",
    "MaxConcurrency": "max_concurrency",
    "ProvisionedConcurrency": "provisioned_concurrency",
}


@dataclass
class Sighting:
    """What AWS answered about an endpoint. None where a call failed.

    listed: the entry of ListEndpoints; config: the description of the configuration that the endpoint serves;
    config_exists: false if that was deleted; components: descriptions of its inference components; model_images: {name of a
    model: images}.
    """

    listed: Api
    region: str
    endpoint: Optional[Api] = None
    config: Optional[Api] = None
    config_exists: Optional[bool] = None
    tags: Optional[Mapping[str, str]] = None
    components: Optional[List[Api]] = field(default_factory=list)
    model_images: Mapping[str, List[str]] = field(default_factory=dict)


def row(seen: Sighting) -> Row:
    """Return the endpoint as plain data."""
    endpoint = seen.endpoint or {}
    listed = seen.listed
    name, arn = listed["EndpointName"], listed["EndpointArn"]
    config_name = endpoint.get("EndpointConfigName")
    managed = None if seen.tags is None else seen.tags.get(ownership.OWNER_TAG) == name
    variants = list(_variants(endpoint, seen.config or {})) if _knows_variants(seen) else None
    return {
        "name": name,
        "region": seen.region,
        "account": arn.split(":")[4],
        "arn": arn,
        "status": endpoint.get("EndpointStatus", listed["EndpointStatus"]),
        "failure_reason": endpoint.get("FailureReason"),
        "kind": kind(endpoint, seen.config),
        "endpoint_config_name": config_name,
        "endpoint_config_exists": seen.config_exists,
        "release": config_name if managed and history.prefix_of(config_name) else None,
        "release_created": moment((seen.config or {}).get("CreationTime")),
        "variants": variants,
        "inference_components": _components(seen.components),
        "images": images(seen) if seen.endpoint is not None else None,
        "tags": None if seen.tags is None else dict(seen.tags),
        "managed": managed,
        "created": moment(listed["CreationTime"]),
        "updated": moment(endpoint.get("LastModifiedTime", listed["LastModifiedTime"])),
    }


def _knows_variants(seen: Sighting) -> bool:
    """Return whether the variants are known. An endpoint that is being created reports none, and its configuration has them."""
    if seen.endpoint is None:
        return False
    reports = any(True for _one in _listed(seen.endpoint))
    return reports or seen.config is not None or seen.endpoint["EndpointStatus"] == "Failed"


def moment(value: Optional[datetime.datetime]) -> Optional[str]:
    """Return a time as ISO 8601 text in UTC."""
    return None if value is None else value.astimezone(datetime.timezone.utc).isoformat(timespec="seconds")


def kind(endpoint: Api, config: Optional[Api]) -> Optional[str]:
    """Return how the endpoint hosts its models, as a word."""
    if "AsyncInferenceConfig" in endpoint:
        return variant_rules.ASYNCHRONOUS.word
    if config is None:
        serverless = any("CurrentServerlessConfig" in variant for variant, _shadow in _listed(endpoint))
        return variant_rules.SERVERLESS.word if serverless else None
    options = {"async_inference_config": config.get("AsyncInferenceConfig")}
    for variant, _shadow in _listed(config):
        given = {"serverless_config": variant["ServerlessConfig"]} if "ServerlessConfig" in variant else {}
        return variant_rules.kind_of(options, given, "ModelName" in variant).word
    return None


def _listed(description: Api) -> Iterator[Any]:
    """Yield (variant, whether it is a shadow)."""
    for member, is_shadow in LISTS:
        yield from ((variant, is_shadow) for variant in description.get(member) or ())


def _variants(endpoint: Api, config: Api) -> Iterator[Row]:
    """Yield the variants. SageMaker reports the counts of those that run, and the configuration has their types."""
    running = {variant["VariantName"]: (variant, is_shadow) for variant, is_shadow in _listed(endpoint)}
    configured = {variant["VariantName"]: (variant, is_shadow) for variant, is_shadow in _listed(config)}
    # An endpoint that is being created, or has failed, has none that run.
    for name, (_variant, is_shadow) in (running or configured).items():
        yield _variant_row(running.get(name, ({},))[0], configured.get(name, ({},))[0], name, is_shadow)


def _variant_row(current: Api, configured: Api, name: str, is_shadow: bool) -> Row:
    serverless = current.get("CurrentServerlessConfig") or configured.get("ServerlessConfig") or {}
    pools = current.get("InstancePools") or configured.get("InstancePools") or []
    return {
        "variant_name": name,
        "shadow": is_shadow,
        "model_name": configured.get("ModelName"),
        "instance_type": configured.get("InstanceType"),
        "instance_pools": [
            {"instance_type": pool["InstanceType"], "current_instance_count": pool.get("CurrentInstanceCount")}
            for pool in pools
        ],
        "current_instance_count": current.get("CurrentInstanceCount"),
        "desired_instance_count": current.get("DesiredInstanceCount", configured.get("InitialInstanceCount")),
        "current_weight": current.get("CurrentWeight"),
        "desired_weight": current.get("DesiredWeight", configured.get("InitialVariantWeight")),
        "serverless": {option: serverless[member] for member, option in _SERVERLESS.items() if member in serverless}
        or None,
    }


def _components(found: Optional[Iterable[Api]]) -> Optional[List[Row]]:
    if found is None:
        return None
    return [_component(one) for one in sorted(found, key=lambda one: one["InferenceComponentName"])]


def _component(found: Api) -> Row:
    counts = found.get("RuntimeConfig") or {}
    return {
        "name": found["InferenceComponentName"],
        "status": found.get("InferenceComponentStatus"),
        "variant_name": found.get("VariantName"),
        "images": _unique(component_images(found)),
        "current_copy_count": counts.get("CurrentCopyCount"),
        "desired_copy_count": counts.get("DesiredCopyCount"),
    }


def component_images(component: Api) -> Iterator[str]:
    """Yield the images of an inference component."""
    for specification in (component.get("Specification"), *(component.get("Specifications") or ())):
        image = ((specification or {}).get("Container") or {}).get("DeployedImage") or {}
        if "SpecifiedImage" in image:
            yield image["SpecifiedImage"]


def images(seen: Sighting) -> List[str]:
    """Return the images that an endpoint runs, as they were specified, without duplicates."""
    found: List[str] = []
    for variant, _shadow in _listed(seen.endpoint or {}):
        found += [image["SpecifiedImage"] for image in variant.get("DeployedImages") or () if "SpecifiedImage" in image]
    for variant in models_to_ask(seen.endpoint, seen.config):
        found += seen.model_images.get(variant, [])
    for component in seen.components or ():
        found += component_images(component)
    return _unique(found)


def models_to_ask(endpoint: Optional[Api], config: Optional[Api]) -> List[str]:
    """Return the names of the models whose images SageMaker does not report with the endpoint."""
    told = {variant["VariantName"] for variant, _shadow in _listed(endpoint or {}) if variant.get("DeployedImages")}
    wanted = (variant for variant, _shadow in _listed(config or {}) if variant["VariantName"] not in told)
    return _unique(variant["ModelName"] for variant in wanted if "ModelName" in variant)


def model_images(model: Api) -> List[str]:
    """Return the images of a model. A container with a model package names none."""
    containers = model.get("Containers") or [model.get("PrimaryContainer") or {}]
    return _unique(container["Image"] for container in containers if "Image" in container)


def _unique(items: Iterable[str]) -> List[str]:
    return list(dict.fromkeys(items))
