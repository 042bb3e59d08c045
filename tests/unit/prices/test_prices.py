# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prices: sums, files of a user, and products of the Price List API."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import InputError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.prices import price_file
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.prices import price_list
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.prices.table import ASYNCHRONOUS
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.prices.table import HOSTING
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.prices.table import Instances
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.prices.table import Priced
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.prices.table import PriceTable
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.prices.table import cost

REGION = "us-east-1"
TABLE = PriceTable(
    "USD",
    {
        Priced(HOSTING, REGION, "ml.m5.large"): Decimal("0.115"),
        Priced(HOSTING, REGION, "ml.g5.xlarge"): Decimal("1.408"),
        Priced(ASYNCHRONOUS, REGION, "ml.g5.xlarge"): Decimal("1.5"),
    },
)


def test_a_cost_is_exact_and_a_month_has_730_hours() -> None:
    found = cost(TABLE, HOSTING, REGION, [Instances("ml.m5.large", 3), Instances("ml.g5.xlarge", 2)])
    # With floats 3 * 0.115 is 0.34500000000000003.
    assert found.hourly == Decimal("3.161")
    assert found.monthly == Decimal("2307.53")
    # 0.115 * 730 is 83.95; a cent is rounded half up: 0.0345 * 730 = 25.185.
    half = PriceTable("USD", {Priced(HOSTING, REGION, "ml.t2.medium"): Decimal("0.0345")})
    assert cost(half, HOSTING, REGION, [Instances("ml.t2.medium", 1)]).monthly == Decimal("25.19")


def test_asynchronous_instances_have_a_price_of_their_own_or_that_of_hosting() -> None:
    assert cost(TABLE, ASYNCHRONOUS, REGION, [Instances("ml.g5.xlarge", 1)]).hourly == Decimal("1.5")
    assert cost(TABLE, ASYNCHRONOUS, REGION, [Instances("ml.m5.large", 1)]).hourly == Decimal("0.115")
    assert cost(TABLE, HOSTING, REGION, [Instances("ml.g5.xlarge", 1)]).hourly == Decimal("1.408")


def test_no_instances_cost_nothing_and_an_unknown_price_is_never_nothing() -> None:
    assert cost(TABLE, HOSTING, REGION, [Instances("ml.p5.48xlarge", 0)]).hourly == 0
    found = cost(TABLE, HOSTING, REGION, [Instances("ml.m5.large", 1), Instances("ml.p5.48xlarge", 1)])
    assert (found.hourly, found.monthly) == (None, None)
    assert found.unknown == "no price of ml.p5.48xlarge in us-east-1"
    assert cost(TABLE, HOSTING, REGION, [Instances("ml.m5.large", None)]).unknown == (
        "the number of ml.m5.large instances is not known"
    )
    denied = PriceTable("USD", {}, {REGION: "GetProducts: not authorized"})
    assert cost(denied, HOSTING, REGION, [Instances("ml.m5.large", 1)]).unknown == (
        "no price of ml.m5.large in us-east-1 (GetProducts: not authorized)"
    )


PRICES = """
currency: EUR
hosting:
  us-east-1:
    ml.m5.large: 0.115
    ml.g5.xlarge: "1.4080"
asynchronous:
  us-east-1: {ml.g5.xlarge: 2}
"""


@pytest.mark.parametrize("name", ["prices.yml", "prices.json"])
def test_a_price_file_is_yaml_or_json(tmp_path: Path, name: str) -> None:
    content = {
        "currency": "EUR",
        "hosting": {REGION: {"ml.m5.large": 0.115, "ml.g5.xlarge": "1.4080"}},
        "asynchronous": {REGION: {"ml.g5.xlarge": 2}},
    }
    (tmp_path / name).write_text(json.dumps(content) if name.endswith("json") else PRICES)
    table = price_file.read(str(tmp_path / name))
    assert table.currency == "EUR"
    assert table.hourly == {
        Priced(HOSTING, REGION, "ml.m5.large"): Decimal("0.115"),
        Priced(HOSTING, REGION, "ml.g5.xlarge"): Decimal("1.408"),
        Priced(ASYNCHRONOUS, REGION, "ml.g5.xlarge"): Decimal(2),
    }
    assert price_file.parse("hosting: {}", "p.yml").currency == "USD"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "p.yml must be a dictionary with the key hosting."),
        ("hosting: 1", "p.yml: hosting: must be a dictionary, got 1."),
        ("hosting: {us-east-1: 3}", "p.yml: hosting[us-east-1]: must be a dictionary, got 3."),
        (
            "hosting: {us-east-1: {ml.m5.large: cheap}}",
            "p.yml: hosting[us-east-1][ml.m5.large]: must be a price of 0 or more, got 'cheap'.",
        ),
        (
            "hosting: {us-east-1: {ml.m5.large: -1}}",
            "p.yml: hosting[us-east-1][ml.m5.large]: must be a price of 0 or more, got -1.",
        ),
        (
            "hosting: {us-east-1: {ml.m5.large: .nan}}",
            "p.yml: hosting[us-east-1][ml.m5.large]: must be a price of 0 or more, got nan.",
        ),
        (
            "hosting: {us-east-1: {ml.m5.large: yes}}",
            "p.yml: hosting[us-east-1][ml.m5.large]: must be a price of 0 or more, got True.",
        ),
        ("hostings: {}", "p.yml: must have the keys currency, hosting, asynchronous; got hostings."),
        ("currency: 3", "p.yml: currency: must be a text such as USD, got 3."),
        ("hosting: [", "p.yml is not valid YAML: "),
    ],
)
def test_what_is_wrong_with_a_price_file_is_said(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        price_file.parse(text, "p.yml")
    assert caught.value.message.startswith(f"price_file: {message}")


def test_a_price_file_that_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="price_file: cannot read .*none.yml"):
        price_file.read(str(tmp_path / "none.yml"))


def product(usage: str, price: str = "0.1150000000", unit: str = "Hrs", currency: str = "USD") -> str:
    rate = {"unit": unit, "pricePerUnit": {currency: price}}
    terms: dict[str, Any] = {"OnDemand": {"A.B": {"priceDimensions": {"A.B.C": rate}}}}
    return json.dumps({"product": {"attributes": {"usagetype": usage}}, "terms": terms})


def test_only_the_prices_of_hosting_and_asynchronous_inference_are_taken() -> None:
    products = [
        product("USE1-Host:ml.m5.large"),
        product("AsyncInf:ml.m5.large", "0.2"),
        product("USE1-Train:ml.m5.large", "9"),
        product("USE1-Host:ml.m5.large-HostingParent", "0"),
        product("USE1-Host:VolumeUsage.gp2", "0.14", "GB-Mo"),
        product("USE1-Host:ml.g5.xlarge", "5", "Requests"),
        product("USE1-Host:ml.c5.xlarge", "7", currency="CNY"),
        json.dumps({"product": {"attributes": {}}, "terms": {}}),
        json.dumps({"product": {"attributes": {"usagetype": "USE1-Host:ml.r5.xlarge"}}, "terms": {"Reserved": {}}}),
    ]
    assert price_list.parse(products, REGION, "USD") == {
        Priced(HOSTING, REGION, "ml.m5.large"): Decimal("0.115"),
        Priced(ASYNCHRONOUS, REGION, "ml.m5.large"): Decimal("0.2"),
    }


def test_a_fleet_in_govcloud_has_no_price_list_and_that_is_said() -> None:
    def make(region: str) -> Any:
        raise AssertionError(f"a client in {region}")

    table = price_list.look(make, "aws-us-gov", [price_list.Wanted("us-gov-west-1", "ml.m5.large")])
    found = cost(table, HOSTING, "us-gov-west-1", [Instances("ml.m5.large", 1)])
    assert "AWS has no Price List API in the partition aws-us-gov" in found.unknown


@pytest.mark.parametrize(
    ("partition", "region", "expected"),
    [
        ("aws", "eu-north-1", "eu-central-1"),
        ("aws", "ap-southeast-2", "ap-south-1"),
        ("aws", "sa-east-1", "us-east-1"),
        ("aws-cn", "cn-north-1", "cn-northwest-1"),
        ("aws-us-gov", "us-gov-west-1", None),
    ],
)
def test_the_nearest_price_list_is_asked(partition: str, region: str, expected: str | None) -> None:
    assert price_list.api_region(partition, region) == expected
