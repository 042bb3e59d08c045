# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Price List API, as far as it is about instances of SageMaker: products as texts of JSON. behaviour 14"""

from __future__ import annotations

import hashlib
import json
from typing import Any
from typing import Iterator

from local_aws.paging import page
from local_aws.registry import handles
from local_aws.wire import AwsError
from local_aws.world import Call

SERVICE = "pricing"
LARGEST_PAGE = 100
# Where the API is. behaviour 14.1
REGIONS = {"us-east-1", "eu-central-1", "ap-south-1", "cn-northwest-1"}
# The uses of an instance type, and how they are called in usage types. behaviour 14.2
USES = {"Hosting": "Host", "AsyncInf": "AsyncInf", "Training": "Train", "Notebook": "Notebk"}
# Other uses have other prices here, so that a mix-up shows.
OTHER_PRICES = {"Training": "99.9900000000", "Notebook": "88.8800000000"}


@handles(SERVICE, "GetProducts")
def get_products(call: Call) -> dict[str, Any]:
    if call.region.name not in REGIONS:
        raise AwsError("UnrecognizedClientException", f"Local AWS: there is no Price List API in {call.region.name}.")
    if call.params["ServiceCode"] != "AmazonSageMaker":
        raise AwsError("NotFoundException", "Local AWS knows the prices of AmazonSageMaker only.")
    filters = call.params.get("Filters", [])
    if any(one["Type"] != "TERM_MATCH" for one in filters):
        raise AwsError("InvalidParameterException", "Local AWS knows filters of the type TERM_MATCH only.")
    wanted = {one["Field"]: one["Value"] for one in filters}
    found = [
        one
        for one in _products(call)
        if all({**one["product"], **one["product"]["attributes"]}.get(key) == value for key, value in wanted.items())
    ]
    expired = AwsError("InvalidNextTokenException", "Invalid pagination token.")
    shown, token = page(found, call.params, LARGEST_PAGE, expired)
    return {"FormatVersion": "aws_v1", "PriceList": [json.dumps(one) for one in shown], **token}


def _products(call: Call) -> Iterator[dict[str, Any]]:
    for region, types in call.world.settings.prices.items():
        for instance_type, price in types.items():
            for use in USES:
                yield _product(region, instance_type, use, OTHER_PRICES.get(use, price))


def _product(region: str, instance_type: str, use: str, price: str) -> dict[str, Any]:
    short = "".join(part[:2] if part.isalpha() else part for part in region.split("-")).upper()
    usage = f"{short}-{USES[use]}:{instance_type}"
    sku = hashlib.sha256(usage.encode()).hexdigest()[:16].upper()
    currency = "CNY" if region.startswith("cn-") else "USD"
    rate = {
        "unit": "Hrs",
        "endRange": "Inf",
        "description": f"{price} per {use} {instance_type} hour in {region}",
        "appliesTo": [],
        "rateCode": f"{sku}.JRTCKXETXF.6YS6EN2CT7",
        "beginRange": "0",
        "pricePerUnit": {currency: price},
    }
    term = {"priceDimensions": {rate["rateCode"]: rate}, "sku": sku, "termAttributes": {}}
    attributes = {
        "regionCode": region,
        "instanceName": instance_type,
        "instanceType": f"{instance_type}-{use}",
        "platoinstancetype": use,
        "usagetype": usage,
        "operation": "RunInstance",
        "servicecode": "AmazonSageMaker",
    }
    return {
        "product": {"productFamily": "ML Instance", "attributes": attributes, "sku": sku},
        "serviceCode": "AmazonSageMaker",
        "terms": {"OnDemand": {f"{sku}.JRTCKXETXF": term}},
    }
