# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deployment policies: what the service refuses, and how long a policy may take. Pure.

Values as the API has them; seconds throughout.
"""

from __future__ import annotations

import math
from typing import Iterator
from typing import List
from typing import Optional

from ..core.types import Api
from . import variants

# Long enough for most models on most instances.
DEFAULT_TIMEOUT = 3600
# What instances take to start and a model to load, beside the policy's own waits.
STARTUP = 1800


def policy_rules(config: Optional[Api]) -> List[str]:
    """What the service refuses in a deployment_config by itself."""
    return list(_policy_rules(config)) if config else []


def _policy_rules(config: Api) -> Iterator[str]:
    if "BlueGreenUpdatePolicy" in config and "RollingUpdatePolicy" in config:
        yield (
            "deployment_config: blue_green_update_policy and rolling_update_policy exclude each other; one policy guides an "
            "update."
        )
    if "BlueGreenUpdatePolicy" in config:
        yield from _blue_green_rules(config["BlueGreenUpdatePolicy"])
    if "RollingUpdatePolicy" in config:
        yield from _rolling_rules(config["RollingUpdatePolicy"])


def _blue_green_rules(policy: Api) -> Iterator[str]:
    path = "deployment_config.blue_green_update_policy"
    routing = policy["TrafficRoutingConfiguration"]
    where = f"{path}.traffic_routing_configuration"
    for kind, member, option, lowest in (
        ("CANARY", "CanarySize", "canary_size", 1),
        ("LINEAR", "LinearStepSize", "linear_step_size", 10),
    ):
        size = routing.get(member)
        if routing["Type"] == kind and size is None:
            yield f"{where}.{option}: traffic routing of type {kind} needs it."
        elif routing["Type"] != kind and size is not None:
            yield f"{where}.{option}: it belongs to type {kind}, not to {routing['Type']}."
        elif size is not None and size["Type"] == "CAPACITY_PERCENT" and not lowest <= size["Value"] <= 50:
            yield f"{where}.{option}.value: {size['Value']} percent is out of range, give {lowest} to 50."
    limit = policy.get("MaximumExecutionTimeoutInSeconds")
    needed = policy.get("TerminationWaitInSeconds", 0) + routing["WaitIntervalInSeconds"]
    if limit is not None and limit <= needed:
        yield (
            f"{path}.maximum_execution_timeout_in_seconds: {limit} is too short for the waits of {needed} s "
            "(termination_wait_in_seconds and wait_interval_in_seconds)."
        )


def _rolling_rules(policy: Api) -> Iterator[str]:
    path = "deployment_config.rolling_update_policy"
    size = policy["MaximumBatchSize"]
    if size["Type"] == "CAPACITY_PERCENT" and not 5 <= size["Value"] <= 50:
        yield f"{path}.maximum_batch_size.value: {size['Value']} percent is out of range, give 5 to 50."
    limit = policy.get("MaximumExecutionTimeoutInSeconds")
    if limit is not None and limit <= policy["WaitIntervalInSeconds"]:
        yield (
            f"{path}.maximum_execution_timeout_in_seconds: {limit} is too short for one wait_interval_in_seconds of "
            f"{policy['WaitIntervalInSeconds']} s."
        )


def update_rules(config: Optional[Api], old: Api, new: Api) -> List[str]:
    """What the service refuses of an update between two configurations, under this deployment_config if there is one."""
    return [*_change_rules(old, new), *(_update_rules(config, old, new) if config else [])]


def _change_rules(old: Api, new: Api) -> Iterator[str]:
    kinds = {variants.kind(variant) for variant in variants.of(old)}
    layouts = {variant["VariantName"]: variant.get("AcceleratorPartitionLayouts") for variant in variants.of(old)}
    for path, variant in variants.by_path(new):
        name = variant["VariantName"]
        kind = variants.kind(variant)
        if kind == variants.SERVERLESS and kind not in kinds:
            yield (
                f"endpoint_config.{path}.serverless_config: the endpoint has instances, and AWS does not make it a serverless one. Give the new "
                "one another name, or delete this one first."
            )
        if name in layouts and layouts[name] != variant.get("AcceleratorPartitionLayouts"):
            yield (
                f"endpoint_config.{path}.accelerator_partition_layouts: they differ from what serves, and AWS does not change those of "
                "an endpoint. Give the new one another name, or delete this one first."
            )


def _update_rules(config: Api, old: Api, new: Api) -> Iterator[str]:
    names = [{variant["VariantName"] for variant in side.get("ProductionVariants", [])} for side in (old, new)]
    if names[0] != names[1]:
        yield (
            f"deployment_config: a deployment policy needs the same variant names before ({', '.join(sorted(names[0]))}) and "
            f"after ({', '.join(sorted(names[1]))}). Leave it out for this update."
        )
    if "RollingUpdatePolicy" in config:
        production = new.get("ProductionVariants", [])
        if len(production) > 1:
            yield "deployment_config.rolling_update_policy: an endpoint with several variants cannot be updated this way."
        if any(variants.kind(variant) == variants.SERVERLESS for variant in production):
            yield "deployment_config.rolling_update_policy: a serverless endpoint cannot be updated this way."


def timeout(config: Optional[Api]) -> int:
    """How long to wait for an update: an hour, or what the deployment policy may take if that is longer."""
    return max(DEFAULT_TIMEOUT, _longest(config or {}))


def _longest(config: Api) -> int:
    blue_green = config.get("BlueGreenUpdatePolicy")
    rolling = config.get("RollingUpdatePolicy")
    policy = blue_green or rolling or {}
    limit = policy.get("MaximumExecutionTimeoutInSeconds")
    if limit is not None:
        # The service starts a rollback when the time is over, and that takes time too.
        return limit + STARTUP
    if blue_green:
        routing = blue_green["TrafficRoutingConfiguration"]
        waits = _steps(routing.get("LinearStepSize")) * routing["WaitIntervalInSeconds"]
        return STARTUP + waits + blue_green.get("TerminationWaitInSeconds", 0)
    if rolling:
        return STARTUP + _steps(rolling["MaximumBatchSize"]) * rolling["WaitIntervalInSeconds"]
    return 0


def _steps(size: Optional[Api]) -> int:
    """In how many steps a fleet is replaced. Of a size in instances the fleet is not known here: ten are assumed."""
    if size is None:
        return 1
    return math.ceil(100 / size["Value"]) if size["Type"] == "CAPACITY_PERCENT" else math.ceil(10 / size["Value"])
