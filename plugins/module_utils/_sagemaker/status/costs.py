# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an endpoint costs at its present number of instances. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import Iterable
from typing import Iterator
from typing import List

from ..fleet.rows import STOPPED
from ..fleet.rows import Row
from ..prices.price_list import Wanted
from ..prices.table import ASYNCHRONOUS
from ..prices.table import HOSTING
from ..prices.table import Cost
from ..prices.table import Instances
from ..prices.table import PriceTable
from ..prices.table import cost
from ..rules import variants as variant_rules

_FAILED = "Failed"

NOT_READ = "the endpoint could not be read"
BY_USE = "serverless endpoints are charged for their use"
UNKNOWN_TYPE = "the instance type is not known, because its endpoint configuration is not"


def of(row: Row, table: PriceTable) -> Cost:
    """Return the cost of an endpoint. Inference components cost what the instances of their endpoint cost."""
    if row["status"] == STOPPED:
        return Cost(Decimal(0))
    if row["variants"] is None:
        return Cost(None, NOT_READ)
    if row["kind"] == variant_rules.SERVERLESS.word:
        return Cost(None, BY_USE)
    instances = list(_instances(row))
    if any(not one.instance_type and one.count != 0 for one in instances):
        return Cost(None, UNKNOWN_TYPE)
    usage = ASYNCHRONOUS if row["kind"] == variant_rules.ASYNCHRONOUS.word else HOSTING
    return cost(table, usage, row["region"], instances)


def wanted(rows: Iterable[Row]) -> List[Wanted]:
    """Return the instance types whose prices are needed."""
    return [
        Wanted(row["region"], one.instance_type)
        for row in rows
        if row["kind"] != variant_rules.SERVERLESS.word and row["status"] != STOPPED
        for one in _instances(row)
        if one.instance_type and one.count
    ]


def _instances(row: Row) -> Iterator[Instances]:
    for variant in row["variants"] or ():
        # An endpoint that failed has no instances, and AWS does not report their number.
        none = 0 if row["status"] == _FAILED else None
        pools = variant["instance_pools"] or [variant]
        for pool in pools:
            count = pool["current_instance_count"]
            yield Instances(pool["instance_type"] or "", none if count is None else count)
