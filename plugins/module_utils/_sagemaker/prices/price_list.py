# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The prices of AWS, from the Price List API.

It answers with one text of JSON for each product. The products of an instance type are its uses: hosting, asynchronous inference, training,
notebooks and others. Their usage types tell them apart, such as USE1-Host:ml.m5.large.
"""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any
from typing import Callable
from typing import Dict
from typing import Iterable
from typing import Iterator
from typing import List
from typing import NamedTuple
from typing import Optional

from ..api.client import AwsClients
from ..api.client import ServiceClient
from ..core import errors
from ..core.errors import ServiceError
from .table import ASYNCHRONOUS
from .table import HOSTING
from .table import Priced
from .table import PriceTable

SERVICE = "pricing"
_CALLS_AT_ONCE = 5
_CURRENCIES = {"aws-cn": "CNY"}
_DEFAULT_CURRENCY = "USD"
# The uses in usage types, which begin with a short name of the region.
_USES = {"Host": HOSTING, "AsyncInf": ASYNCHRONOUS}
_USAGE_TYPE = re.compile(rf"(?:[A-Z0-9]+-)?(?P<use>{'|'.join(_USES)}):(?P<instance_type>ml\.[a-z0-9-]+\.[a-z0-9-]+)")
_HOURS = ("Hrs", "Hours", "Hour")


class Wanted(NamedTuple):
    """An instance type in a region."""

    region: str
    instance_type: str


def api_region(partition: str, region: str) -> Optional[str]:
    """Return the region whose Price List API to ask, None if the partition has none. The nearest one, since policies often deny the
    regions of other continents."""
    if partition == "aws":
        return {"eu": "eu-central-1", "ap": "ap-south-1"}.get(region.split("-")[0], "us-east-1")
    return "cn-northwest-1" if partition == "aws-cn" else None


def look(make_service: Callable[[str], ServiceClient], partition: str, wanted: Iterable[Wanted]) -> PriceTable:
    """Return the prices of these instance types. One call for each; those of a region that fail are not known.

    make_service: returns the Price List API in a region.
    """
    currency = _CURRENCIES.get(partition, _DEFAULT_CURRENCY)
    listed = sorted(set(wanted))
    if not listed:
        return PriceTable(currency)
    place = api_region(partition, listed[0].region)
    if place is None:
        reason = f"AWS has no Price List API in the partition {partition}"
        return PriceTable(currency, {}, {one.region: reason for one in listed})
    return _Reader(make_service(place), currency).read(listed)


def of(aws: AwsClients, wanted: Iterable[Wanted]) -> PriceTable:
    """Return the prices of these instance types with the credentials of these clients."""
    return look(lambda region: aws.in_region(region).service(SERVICE), aws.sagemaker.partition, wanted)


class _Reader:
    """Reads prices with one client, and gives up after a failure, which others would only repeat."""

    def __init__(self, service: ServiceClient, currency: str) -> None:
        self._service = service
        self._currency = currency
        self._failure = ""

    def read(self, wanted: List[Wanted]) -> PriceTable:
        prices: Dict[Priced, Decimal] = {}
        with ThreadPoolExecutor(_CALLS_AT_ONCE) as threads:
            for found in threads.map(self._prices, wanted):
                prices.update(found)
        missing = {one.region: self._failure for one in wanted} if self._failure else {}
        return PriceTable(self._currency, prices, missing)

    def _prices(self, wanted: Wanted) -> Dict[Priced, Decimal]:
        if self._failure:
            return {}
        try:
            return parse(
                self._service.pages("GetProducts", request(wanted), "PriceList"), wanted.region, self._currency
            )
        except ServiceError as error:
            self._failure = f"{error.operation}: {errors.message(error).rstrip('. ')}"
            return {}


def request(wanted: Wanted) -> Dict[str, Any]:
    """Return the request for all products of an instance type in a region."""
    fields = {"regionCode": wanted.region, "instanceName": wanted.instance_type}
    return {
        "ServiceCode": "AmazonSageMaker",
        "Filters": [{"Type": "TERM_MATCH", "Field": field, "Value": value} for field, value in fields.items()],
    }


def parse(products: Iterable[str], region: str, currency: str) -> Dict[Priced, Decimal]:
    """Return the prices in products of a region: of hosting and asynchronous inference on demand."""
    found: Dict[Priced, Decimal] = {}
    for text in products:
        product = json.loads(text)
        use = _USAGE_TYPE.fullmatch(product["product"]["attributes"].get("usagetype", ""))
        if use:
            for price in _on_demand(product, currency):
                found[Priced(_USES[use["use"]], region, use["instance_type"])] = price
    return found


def _on_demand(product: Dict[str, Any], currency: str) -> Iterator[Decimal]:
    for term in product.get("terms", {}).get("OnDemand", {}).values():
        for rate in term["priceDimensions"].values():
            if rate.get("unit") in _HOURS and currency in rate["pricePerUnit"]:
                yield Decimal(rate["pricePerUnit"][currency])
