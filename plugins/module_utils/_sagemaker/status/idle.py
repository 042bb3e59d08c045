# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long nobody has called an endpoint, from the metrics of its invocations. Pure.

CloudWatch keeps the sum of each day, and one call takes 500 metrics.
"""

from __future__ import annotations

import datetime
from typing import Any
from typing import Dict
from typing import Iterable
from typing import Iterator
from typing import List
from typing import NamedTuple
from typing import Optional
from typing import Tuple

from ..core.types import Api
from ..fleet.rows import Row
from ..rules import variants as variant_rules

METRICS_PER_CALL = 500
DAY = 86400
_NAMESPACE = "AWS/SageMaker"
_INVOCATIONS = ("Invocations",)
# Asynchronous endpoints publish no Invocations.
_ASYNCHRONOUS = ("InvocationsProcessed", "InvocationFailures")

# What names an endpoint: its region and its name.
Key = Tuple[str, str]


class Metric(NamedTuple):
    """A metric of an endpoint."""

    endpoint: str
    name: str
    dimensions: Tuple[Tuple[str, str], ...]


def metrics(row: Row) -> Iterator[Metric]:
    """Yield the metrics that count the invocations of an endpoint."""
    name = row["name"]
    names = _ASYNCHRONOUS if row["kind"] == variant_rules.ASYNCHRONOUS.word else _INVOCATIONS
    for variant in row["variants"] or ():
        for metric in names:
            yield Metric(name, metric, (("EndpointName", name), ("VariantName", variant["variant_name"])))
    for component in row["inference_components"] or ():
        yield Metric(name, _INVOCATIONS[0], (("InferenceComponentName", component["name"]),))


def batches(wanted: Iterable[Metric]) -> List[List[Metric]]:
    """Return the metrics in the portions of one call each."""
    listed = list(wanted)
    return [listed[start : start + METRICS_PER_CALL] for start in range(0, len(listed), METRICS_PER_CALL)]


def request(batch: List[Metric], now: datetime.datetime, days: int) -> Dict[str, Any]:
    """Return the request for the sums of each of the last days, the newest first."""
    end = end_of_window(now, days)
    return {
        "MetricDataQueries": [_query(index, metric) for index, metric in enumerate(batch)],
        "StartTime": end - datetime.timedelta(days=days),
        "EndTime": end,
        "ScanBy": "TimestampDescending",
    }


def end_of_window(now: datetime.datetime, days: int) -> datetime.datetime:
    """Return the end of the last of these days: the next full minute, or hour, since CloudWatch rounds a begin that is 15 days or more ago."""
    step = 60 if days < 15 else 3600
    return now.replace(minute=now.minute if step == 60 else 0, second=0, microsecond=0) + datetime.timedelta(
        seconds=step
    )


def _query(index: int, metric: Metric) -> Dict[str, Any]:
    dimensions = [{"Name": name, "Value": value} for name, value in metric.dimensions]
    named = {"Namespace": _NAMESPACE, "MetricName": metric.name, "Dimensions": dimensions}
    return {"Id": f"m{index}", "MetricStat": {"Metric": named, "Period": DAY, "Stat": "Sum"}}


def last_days(batch: List[Metric], results: Iterable[Api]) -> Dict[str, datetime.datetime]:
    """Return {endpoint: the begin of the last day with an invocation}. results: of all pages."""
    found: Dict[str, datetime.datetime] = {}
    for result in results:
        endpoint = batch[int(result["Id"][1:])].endpoint
        for moment, value in zip(result.get("Timestamps", ()), result.get("Values", ())):
            if value > 0 and (endpoint not in found or moment > found[endpoint]):
                found[endpoint] = moment
    return found


def idle_days(
    last_day: Optional[datetime.datetime], created: datetime.datetime, now: datetime.datetime, window: int
) -> int:
    """Return the whole days since the last invocation, whose moment may be anywhere in its day.

    last_day: its begin, None without an invocation in the window. An endpoint is not idle for longer than it exists.
    """
    if last_day is None:
        return max(0, min(window, (now - created).days))
    return max(0, (end_of_window(now, window) - last_day - datetime.timedelta(seconds=DAY)).days)
