# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Price List API (behaviour 14) and the metrics of invocations (behaviour 15)."""

from __future__ import annotations

import json
import time
from datetime import datetime
from datetime import timedelta
from datetime import timezone
from typing import Any

from local_aws.process import LocalAws
from local_aws.tests.kit import Kit
from local_aws.tests.kit import refused


def term(field: str, value: str) -> dict[str, str]:
    return {"Type": "TERM_MATCH", "Field": field, "Value": value}


def test_products_come_in_pages_and_pass_all_filters(aws: LocalAws) -> None:
    types = {f"ml.m{number}.large": f"0.{number}" for number in range(1, 40)}
    aws.configure(prices={"us-east-1": types, "eu-west-1": {"ml.m5.large": 0.128}})
    client = aws.client("pricing", "eu-central-1")
    first = client.get_products(ServiceCode="AmazonSageMaker", MaxResults=100)
    rest = client.get_products(ServiceCode="AmazonSageMaker", MaxResults=100, NextToken=first["NextToken"])
    assert (len(first["PriceList"]), len(rest["PriceList"])) == (100, 60)
    assert "NextToken" not in rest
    filters = [
        term("regionCode", "eu-west-1"),
        term("instanceName", "ml.m5.large"),
        term("platoinstancetype", "Hosting"),
    ]
    listed = client.get_products(ServiceCode="AmazonSageMaker", Filters=filters)["PriceList"]
    (rate,) = json.loads(listed[0])["terms"]["OnDemand"].values()
    (dimension,) = rate["priceDimensions"].values()
    assert (len(listed), dimension["unit"], dimension["pricePerUnit"]) == (1, "Hrs", {"USD": "0.1280000000"})


def test_the_price_list_is_not_everywhere(aws: LocalAws) -> None:
    with refused("no Price List API in eu-west-1", "UnrecognizedClientException"):
        aws.client("pricing", "eu-west-1").get_products(ServiceCode="AmazonSageMaker")
    with refused("AmazonSageMaker only", "NotFoundException"):
        aws.client("pricing").get_products(ServiceCode="AmazonEC2")


def invocations(kit: Kit, metric: str, **dimensions: str) -> float:
    named = {
        "Namespace": "AWS/SageMaker",
        "MetricName": metric,
        "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
    }
    query: dict[str, Any] = {"Id": "q", "MetricStat": {"Metric": named, "Period": 86400, "Stat": "Sum"}}
    # Settling moves the server's clock on.
    now = datetime.now(timezone.utc) + timedelta(hours=1)
    answer = kit.cloudwatch.get_metric_data(MetricDataQueries=[query], StartTime=now - timedelta(days=1), EndTime=now)
    return sum(answer["MetricDataResults"][0]["Values"])


def test_invocations_are_counted(kit: Kit) -> None:
    kit.serve([kit.variant("V"), kit.variant("W")])
    for variant in ("V", "V", "W"):
        kit.runtime.invoke_endpoint(EndpointName="e", TargetVariant=variant, Body=b"{}")
    assert invocations(kit, "Invocations", EndpointName="e", VariantName="V") == 2
    assert invocations(kit, "Invocations", EndpointName="e", VariantName="W") == 1
    with refused("not found", "ValidationError"):
        kit.runtime.invoke_endpoint(EndpointName="f", Body=b"{}")
    assert invocations(kit, "Invocations", EndpointName="f", VariantName="V") == 0


def test_asynchronous_invocations_are_counted_when_they_are_processed(kit: Kit, aws: LocalAws) -> None:
    aws.configure(async_delay=0.05)
    aws.put("s3://answers/in/1.csv", b"1,2")
    kit.serve(AsyncInferenceConfig={"OutputConfig": {"S3OutputPath": "s3://answers/out"}})
    kit.runtime.invoke_endpoint_async(EndpointName="e", Body=b"{}")
    end = time.monotonic() + 10
    while not invocations(kit, "InvocationsProcessed", EndpointName="e", VariantName="V"):
        assert time.monotonic() < end
    assert invocations(kit, "Invocations", EndpointName="e", VariantName="V") == 0
