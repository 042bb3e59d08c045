# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Weights and capacities of a live endpoint: what they can be, and how they differ from those its configuration begins with. Pure."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import Any
from typing import Collection
from typing import Dict
from typing import Iterable
from typing import Iterator
from typing import List
from typing import Sequence
from typing import Tuple

from ..core.plans import Change
from ..core.problems import Problem
from ..core.types import Options
from ..schema import shapes
from . import variants

WEIGHT, COUNT = "desired_weight", "desired_instance_count"
_SERVERLESS, _CONCURRENCY = "serverless_update_config", "provisioned_concurrency"

_LIST = "desired_weights_and_capacities"


@dataclass(frozen=True)
class CapacityDrift:
    """A weight or a count that a variant has and should not have. option: of desired_weights_and_capacities."""

    variant: str
    option: str
    current: Any
    desired: Any


def weights(config: Options) -> Dict[str, float]:
    """Return {variant: initial weight} of a configuration."""
    return {
        variant["variant_name"]: shapes.float32(_initial_weight(variant))
        for variant in config.get("production_variants", [])
    }


def _initial_weight(variant: Options) -> float:
    return variant.get("initial_variant_weight", shapes.DEFAULTS["ProductionVariant", "InitialVariantWeight"])


def counts(config: Options) -> Dict[str, Any]:
    """Return {variant: initial instance count} of a configuration."""
    return {
        variant["variant_name"]: variant.get("initial_instance_count")
        for variant in config.get("production_variants", [])
    }


def drift(endpoint: Options, config: Options) -> List[CapacityDrift]:
    """Return what a described endpoint has and its configuration does not begin with."""
    initial = {variant["variant_name"]: variant for variant in config.get("production_variants", [])}
    return [
        one
        for variant in endpoint.get("production_variants", [])
        for one in _variant_drift(variant, initial.get(variant["variant_name"], {}))
    ]


def _variant_drift(variant: Options, initial: Options) -> Iterator[CapacityDrift]:
    name = variant["variant_name"]
    if initial and WEIGHT in variant:
        weight = _initial_weight(initial)
        if shapes.float32(variant[WEIGHT]) != shapes.float32(weight):
            yield CapacityDrift(name, WEIGHT, variant[WEIGHT], weight)
    count = initial.get("initial_instance_count")
    # SageMaker owns the counts that it scales.
    managed = initial.get("managed_instance_scaling", {}).get("status") == "ENABLED"
    if count is not None and not managed and variant.get(COUNT, count) != count:
        yield CapacityDrift(name, COUNT, variant[COUNT], count)


def has_counts(found: Iterable[CapacityDrift]) -> bool:
    return any(one.option == COUNT for one in found)


def without_counts(found: Iterable[CapacityDrift], names: Collection[str]) -> List[CapacityDrift]:
    """Return the drift without the counts of the variants of these names, which an autoscaler owns."""
    return [one for one in found if one.option != COUNT or one.variant not in names]


def corrections(found: Iterable[CapacityDrift]) -> List[Options]:
    """Return the entries of desired_weights_and_capacities that correct it."""
    items: Dict[str, Options] = {}
    for one in found:
        items.setdefault(one.variant, {"variant_name": one.variant})[one.option] = one.desired
    return list(items.values())


def changes(found: Iterable[CapacityDrift]) -> List[Change]:
    return [Change(f"production_variants[{one.variant}].{one.option}", one.current, one.desired) for one in found]


def repeated(request: Options) -> Iterator[Problem]:
    """Yield what is wrong with variants that have several entries."""
    names = Counter(item["variant_name"] for item in request[_LIST])
    for name in (name for name, count in names.items() if count > 1):
        yield Problem(_LIST, f"the variant {name} is listed twice. Give everything for a variant in one entry.")


def problems(entries: Sequence[Options], endpoint: Options) -> Iterator[Problem]:
    """Yield what is wrong with desired_weights_and_capacities of a described endpoint: its variants, and what they can have."""
    current = {variant["variant_name"]: variant for variant in variants.of(endpoint)}
    if not current:  # It is being created, and check mode cannot know.
        return
    unknown = [entry["variant_name"] for entry in entries if entry["variant_name"] not in current]
    if unknown:
        yield Problem(_LIST, f"the endpoint has no variant {', '.join(unknown)}; it has {', '.join(current)}.")
    for entry in entries:
        name = entry["variant_name"]
        if name in current:
            # Only asynchronous endpoints go without instances, see variants, beside inference components, whose variants show no images.
            at_once = "deployed_images" in current[name] and "async_inference_config" not in endpoint
            for problem in _entry_problems(entry, current[name], variants.INSTANCES.scaling.least if at_once else 0):
                yield problem.inside(f"{_LIST}[{name}]")


def _entry_problems(entry: Options, variant: Options, least: int) -> Iterator[Problem]:
    """least: instances of the variant."""
    name = entry["variant_name"]
    held = serverless(variant)
    if held is not None and COUNT in entry:
        yield Problem(COUNT, f"the variant {name} is serverless: give {_SERVERLESS}, not {COUNT}.")
    if held is None and _SERVERLESS in entry:
        yield Problem(_SERVERLESS, f"the variant {name} runs on instances: give {COUNT}, not {_SERVERLESS}.")
    if entry.get(COUNT, least) < least:
        yield Problem(
            COUNT,
            f"the variant {name} answers in real time and needs an instance. 0 is only for asynchronous endpoints "
            "(async_inference_config).",
        )
    update = entry.get(_SERVERLESS, {})
    most = update.get("max_concurrency", (held or {}).get("max_concurrency", math.inf))
    if update.get(_CONCURRENCY, 0) > most:
        yield Problem(
            f"{_SERVERLESS}.{_CONCURRENCY}",
            f"{update[_CONCURRENCY]} is above the max_concurrency {most} of the variant {name}.",
        )


def serverless(variant: Options) -> Any:
    """Return the serverless configuration asked of a described variant, None of one on instances."""
    # Once it is reached the service may show only what is.
    return variant.get("desired_serverless_config", variant.get("current_serverless_config"))


def scaled(entry: Options) -> Iterator[Tuple[str, str]]:
    """Yield (option, dimension of the autoscaler) of the capacities that are given."""
    if COUNT in entry:
        yield COUNT, variants.INSTANCE_COUNT
    if _CONCURRENCY in entry.get(_SERVERLESS, {}):
        yield f"{_SERVERLESS}.{_CONCURRENCY}", variants.PROVISIONED_CONCURRENCY
