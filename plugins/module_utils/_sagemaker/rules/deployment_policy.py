# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deployment policies: checks, and the maximum duration of a policy. Pure.

All durations are in seconds.
"""

from __future__ import annotations

import math
from typing import Iterator
from typing import List
from typing import Optional

from ..core.problems import Problem
from ..core.problems import out_of_range
from ..core.types import Options
from . import variants

# Long enough for most models on most instances.
DEFAULT_TIMEOUT = 3600
# Time for instances to start and a model to load, in addition to the waits of the policy.
STARTUP = 1800


def policy_rules(config: Optional[Options]) -> List[Problem]:
    """Return the problems of a deployment_config on its own."""
    return list(_policy_rules(config)) if config else []


def _policy_rules(config: Options) -> Iterator[Problem]:
    if "blue_green_update_policy" in config and "rolling_update_policy" in config:
        yield Problem(
            "deployment_config",
            "blue_green_update_policy and rolling_update_policy are mutually exclusive. Give one of them.",
        )
    if "blue_green_update_policy" in config:
        yield from _blue_green_rules(config["blue_green_update_policy"])
    if "rolling_update_policy" in config:
        yield from _rolling_rules(config["rolling_update_policy"])


def _blue_green_rules(policy: Options) -> Iterator[Problem]:
    path = "deployment_config.blue_green_update_policy"
    routing = policy["traffic_routing_configuration"]
    where = f"{path}.traffic_routing_configuration"
    for kind, option, lowest in (("CANARY", "canary_size", 1), ("LINEAR", "linear_step_size", 10)):
        size = routing.get(option)
        if routing["type"] == kind and size is None:
            yield Problem(f"{where}.{option}", f"is required with type {kind}.")
        elif routing["type"] != kind and size is not None:
            yield Problem(f"{where}.{option}", f"is allowed only with type {kind}, got type {routing['type']}.")
        elif size is not None:
            yield from _percent_rules(f"{where}.{option}", size, lowest)
    limit = policy.get("maximum_execution_timeout_in_seconds")
    needed = policy.get("termination_wait_in_seconds", 0) + routing["wait_interval_in_seconds"]
    if limit is not None and limit <= needed:
        yield Problem(
            f"{path}.maximum_execution_timeout_in_seconds",
            f"{limit} is too short for the waits of {needed} s "
            "(termination_wait_in_seconds and wait_interval_in_seconds).",
        )


def _percent_rules(path: str, size: Options, lowest: int) -> Iterator[Problem]:
    wrong = out_of_range(size["value"], lowest, 50) if size["type"] == "CAPACITY_PERCENT" else None
    if wrong:
        yield Problem(f"{path}.value", f"for type CAPACITY_PERCENT it {wrong}")


def _rolling_rules(policy: Options) -> Iterator[Problem]:
    path = "deployment_config.rolling_update_policy"
    size = policy["maximum_batch_size"]
    yield from _percent_rules(f"{path}.maximum_batch_size", size, 5)
    limit = policy.get("maximum_execution_timeout_in_seconds")
    if limit is not None and limit <= policy["wait_interval_in_seconds"]:
        yield Problem(
            f"{path}.maximum_execution_timeout_in_seconds",
            f"{limit} is too short for one wait_interval_in_seconds of {policy['wait_interval_in_seconds']} s.",
        )


def update_rules(config: Optional[Options], old: Options, new: Options) -> List[Problem]:
    """Return the problems of an update between two configurations, with this deployment_config if given."""
    return [*_change_rules(old, new), *(_update_rules(config, old, new) if config else [])]


def policy_misfits(config: Options, old: Options, new: Options) -> List[Problem]:
    """Return the problems of this deployment_config alone in an update between two configurations."""
    return list(_update_rules(config, old, new))


def _change_rules(old: Options, new: Options) -> Iterator[Problem]:
    before = [kind.name for kind in variants.kinds_of(old)]
    layouts = {variant["variant_name"]: variant.get("accelerator_partition_layouts") for variant in variants.of(old)}
    for path, variant in variants.by_path(new):
        name = variant["variant_name"]
        kind = variants.kind_of(new, variant)
        if not kind.successor and kind.name not in before:
            yield Problem(
                f"endpoint_config.{path}.{kind.given[1]}",
                f"the endpoint has {', '.join(before)}, and AWS cannot turn it into a {kind.name} one. Give the new endpoint another name, "
                "or delete this one first.",
            )
        if name in layouts and layouts[name] != variant.get("accelerator_partition_layouts"):
            yield Problem(
                f"endpoint_config.{path}.accelerator_partition_layouts",
                "they differ from those of the live endpoint, and AWS cannot change "
                "them. Give the new endpoint another name, or delete this one first.",
            )


def _update_rules(config: Options, old: Options, new: Options) -> Iterator[Problem]:
    names = [{variant["variant_name"] for variant in side.get("production_variants", [])} for side in (old, new)]
    if names[0] != names[1]:
        yield Problem(
            "deployment_config",
            f"a deployment policy requires the same variant names before ({', '.join(sorted(names[0]))}) and "
            f"after ({', '.join(sorted(names[1]))}). Leave it out for this update.",
        )
    if "rolling_update_policy" in config:
        production = new.get("production_variants", [])
        if len(production) > 1:
            yield Problem(
                "deployment_config.rolling_update_policy",
                "an endpoint with several variants cannot be updated in this way.",
            )
        for kind in (kind for kind in variants.kinds_of(new) if not kind.rolling):
            yield Problem(
                "deployment_config.rolling_update_policy", f"a {kind.name} endpoint cannot be updated in this way."
            )


def timeout(config: Optional[Options]) -> int:
    """Return how long to wait for an update: an hour, or the maximum duration of the deployment policy if that is
    longer."""
    return max(DEFAULT_TIMEOUT, _longest(config or {}))


def _longest(config: Options) -> int:
    blue_green = config.get("blue_green_update_policy")
    rolling = config.get("rolling_update_policy")
    policy = blue_green or rolling or {}
    limit = policy.get("maximum_execution_timeout_in_seconds")
    if limit is not None:
        # The service starts a rollback at the limit, and the rollback takes time too.
        return limit + STARTUP
    if blue_green:
        routing = blue_green["traffic_routing_configuration"]
        waits = _steps(routing.get("linear_step_size")) * routing["wait_interval_in_seconds"]
        return STARTUP + waits + blue_green.get("termination_wait_in_seconds", 0)
    if rolling:
        return STARTUP + _steps(rolling["maximum_batch_size"]) * rolling["wait_interval_in_seconds"]
    return 0


def _steps(size: Optional[Options]) -> int:
    """Return the number of steps that replace a fleet. The size of the fleet is unknown here, so a step size in
    instances assumes ten."""
    if size is None:
        return 1
    return math.ceil(100 / size["value"]) if size["type"] == "CAPACITY_PERCENT" else math.ceil(10 / size["value"])
