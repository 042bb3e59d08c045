# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

from local_aws.tests.kit import Kit
from local_aws.tests.kit import refused


def query(name: str, returned: bool | None = None, **members: Any) -> dict[str, Any]:
    stat = {"MetricStat": {"Metric": {"Namespace": "n", "MetricName": name}, "Stat": "Average"}}
    return {"Id": name, **(members or stat), **({} if returned is None else {"ReturnData": returned})}


@pytest.mark.parametrize(
    ("queries", "text"),
    [
        ([query("a"), query("b")], "Exactly one of the metrics"),
        ([query("a", False)], "Exactly one of the metrics"),
        ([query("a", True), query("b", False, Expression="a * 2")], "true for the final expression"),
        ([query("a"), query("a", False)], "must be unique"),
        ([query("A")], "begin with a lowercase letter"),
        ([{**query("a"), "Expression": "a"}], "either Expression or MetricStat"),
    ],
)
def test_metric_math_that_is_refused(kit: Kit, queries: list[dict[str, Any]], text: str) -> None:
    kit.serve()
    kit.target()
    with refused(text):
        kit.tracking(CustomizedMetricSpecification={"Metrics": queries})


def test_metric_math(kit: Kit) -> None:
    kit.serve()
    kit.target()
    queries = [query("a", False), query("b", False), query("c", Expression="a / b")]
    kit.tracking(CustomizedMetricSpecification={"Metrics": queries})
    kit.tracking(CustomizedMetricSpecification={"Metrics": [query("a")]})


def test_no_metric_has_a_load_balancer(kit: Kit) -> None:
    kit.serve()
    kit.target()
    metric = {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance", "ResourceLabel": "app/x"}
    with refused("ResourceLabel can only be specified"):
        kit.tracking(PredefinedMetricSpecification=metric)
