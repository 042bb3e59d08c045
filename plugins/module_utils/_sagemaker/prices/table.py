# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prices of instances per hour, and what a number of instances costs. Pure, and in decimals, so that sums are exact."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from decimal import ROUND_HALF_UP
from decimal import Decimal
from typing import Dict
from typing import Iterable
from typing import Mapping
from typing import NamedTuple
from typing import Optional

HOSTING, ASYNCHRONOUS = "hosting", "asynchronous"
USAGES = (HOSTING, ASYNCHRONOUS)

# The number of hours in a month, as AWS calculates it: 365 days in 12 months.
HOURS_PER_MONTH = 730
_CENT = Decimal("0.01")


class Priced(NamedTuple):
    """What has a price per hour."""

    usage: str
    region: str
    instance_type: str


class Instances(NamedTuple):
    """A number of instances of one type. count: None if it is not known."""

    instance_type: str
    count: Optional[int]


@dataclass(frozen=True)
class PriceTable:
    """Prices per hour. missing: why the prices of a region are not known, for messages."""

    currency: str
    hourly: Mapping[Priced, Decimal] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)

    def price(self, usage: str, region: str, instance_type: str) -> Optional[Decimal]:
        """Return the price of an instance, None if it is not known.

        Asynchronous endpoints have a price of their own. Where there is none they cost what hosting costs.
        """
        found = self.hourly.get(Priced(usage, region, instance_type))
        return self.hourly.get(Priced(HOSTING, region, instance_type)) if found is None else found


@dataclass(frozen=True)
class Cost:
    """hourly: None if it is not known; unknown: why, for messages."""

    hourly: Optional[Decimal]
    unknown: str = ""

    @property
    def monthly(self) -> Optional[Decimal]:
        """Return the cost of a month, to the cent."""
        return None if self.hourly is None else rounded(self.hourly * HOURS_PER_MONTH)


def rounded(amount: Decimal) -> Decimal:
    """Return an amount to the cent."""
    return amount.quantize(_CENT, ROUND_HALF_UP)


def cost(table: PriceTable, usage: str, region: str, instances: Iterable[Instances]) -> Cost:
    """Return the cost of these instances. No instances cost nothing, whatever their price is."""
    total = Decimal(0)
    unknown: Dict[str, None] = {}
    for instance_type, count in instances:
        if count is None:
            unknown[f"the number of {instance_type} instances is not known"] = None
        elif count:
            price = table.price(usage, region, instance_type)
            if price is None:
                reason = table.missing.get(region)
                unknown[f"no price of {instance_type} in {region}" + (f" ({reason})" if reason else "")] = None
            else:
                total += price * count
    return Cost(None, "; ".join(unknown)) if unknown else Cost(total)
