# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The limit of what an endpoint may cost per hour, held against the most instances that it may run."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from typing import Dict
from typing import Iterator
from typing import List
from typing import Mapping

from ..api.client import AwsClients
from ..core.errors import InputError
from ..core.problems import Problem
from ..core.variable_paths import PREFIX
from ..prices import price_file
from ..prices import price_list
from ..prices.price_list import Wanted
from ..prices.table import ASYNCHRONOUS
from ..prices.table import HOSTING
from ..prices.table import Instances
from ..prices.table import PriceTable
from ..prices.table import cost
from ..resources import endpoint_configs
from ..resources import immutables
from ..resources.stop_records import Record
from ..rules import scaling as scaling_rules
from ..rules import variants

LIMIT = f"{PREFIX}max_hourly_cost"
FILE = f"{PREFIX}{price_file.OPTION}"


def problems(aws: AwsClients, params: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield a problem if the desired endpoint may cost more than it is allowed to, or if that is not known."""
    yield from _of(aws, params, params["endpoint_name"], params["endpoint_config"], params.get("autoscaling") or ())


def start_problems(aws: AwsClients, inputs: Mapping[str, Any], record: Record) -> Iterator[Problem]:
    """Yield the same for a stopped endpoint that is started with the instances of its record."""
    described = immutables.describe(endpoint_configs.KIND, aws, record.endpoint_config_name) or {}
    counts = {one["variant_name"]: one for one in record.variants if "desired_instance_count" in one}
    config = aws.sagemaker.options("CreateEndpointConfig", described)
    for group in ("production_variants", "shadow_production_variants"):
        config[group] = [
            (
                {**one, "initial_instance_count": counts[one["variant_name"]]["desired_instance_count"]}
                if one["variant_name"] in counts
                else one
            )
            for one in config.get(group) or ()
        ]
    yield from _of(aws, inputs, record.endpoint_name, config, record.targets)


def _of(
    aws: AwsClients, params: Mapping[str, Any], name: str, config: Mapping[str, Any], targets: Any
) -> Iterator[Problem]:
    limit = params.get("max_hourly_cost")
    if limit is None:
        return
    region, listed = aws.sagemaker.region, most_instances(name, config, targets)
    try:
        table = _prices(aws, params.get("price_file"), listed)
    except InputError as error:
        yield from (Problem(FILE, one.text) for one in error.problems)
        return
    usage = ASYNCHRONOUS if config.get("async_inference_config") else HOSTING
    yield from exceeded(
        Decimal(str(limit)), table, usage, region, [_dearest(table, usage, region, one) for one in listed]
    )


def most_instances(name: str, config: Mapping[str, Any], targets: Any) -> List[List[Instances]]:
    """Return for each variant the most instances that it may run, once for each type that they may have.

    Serverless variants have none. name: of the endpoint; targets: options of its scalable targets.
    """
    maxima = {
        target["resource_id"]: scaling_rules.highest_capacity(target)
        for target in targets
        if target.get("scalable_dimension", variants.INSTANCE_COUNT) == variants.INSTANCE_COUNT
        and "max_capacity" in target
    }
    found = []
    for variant in variants.of(config):
        managed: Dict[str, Any] = variant.get("managed_instance_scaling") or {}
        scaled = maxima.get(scaling_rules.variant_id(name, variant["variant_name"]), managed.get("max_instance_count"))
        count = variant.get("initial_instance_count", 1) if scaled is None else scaled
        found.append([Instances(one, int(count)) for one in variants.instance_types(variant)])
    return [one for one in found if one]


def exceeded(
    limit: Decimal, table: PriceTable, usage: str, region: str, instances: List[Instances]
) -> Iterator[Problem]:
    """Yield a problem if these instances cost more than the limit, or if a price is not known."""
    found = cost(table, usage, region, instances)
    if found.hourly is None:
        yield Problem(
            LIMIT,
            f"the limit cannot be checked: {found.unknown}. Give the price in a file ({FILE}), or leave the limit out.",
        )
    elif found.hourly > limit:
        said = ", ".join(
            f"{one.count} x {one.instance_type} at {_plain(table.price(usage, region, one.instance_type))} {table.currency}"
            for one in instances
            if one.count
        )
        yield Problem(
            LIMIT,
            f"the endpoint may cost {_plain(found.hourly)} {table.currency} per hour ({said}), and {_plain(limit)} is allowed. Use fewer "
            "or smaller instances, or raise the limit.",
        )


def _prices(aws: AwsClients, path: Any, listed: List[List[Instances]]) -> PriceTable:
    if path:
        return price_file.read(path)
    region = aws.sagemaker.region
    return price_list.of(aws, [Wanted(region, one.instance_type) for types in listed for one in types if one.count])


def _dearest(table: PriceTable, usage: str, region: str, types: List[Instances]) -> Instances:
    """Return the instances of the type that costs most, one without a price first."""

    def order(one: Instances) -> Any:
        price = table.price(usage, region, one.instance_type)
        return price is None, price or 0

    return max(types, key=order)


def _plain(value: Any) -> str:
    """Return a number as people write it."""
    return f"{Decimal(value).normalize():f}"
