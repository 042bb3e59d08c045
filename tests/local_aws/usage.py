# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What endpoints use, as a metric of CloudWatch: moto keeps and answers it, and gets it when it is asked for. behaviour 10.3"""

from __future__ import annotations

from datetime import datetime
from datetime import timedelta
from datetime import timezone
from typing import Any

from local_aws import endpoints
from local_aws import others
from local_aws.wire import Request
from local_aws.wire import Response
from local_aws.world import Call
from local_aws.world import World

NAMESPACE = "AWS/Usage"
# So old is the newest value.
AGE = timedelta(minutes=1)


def answer(call: Call, request: Request) -> Response:
    from moto.cloudwatch.models import cloudwatch_backends

    backend = cloudwatch_backends[call.region.account][call.region.name]
    backend.metric_data = [one for one in backend.metric_data if one.namespace != NAMESPACE]
    # moto has times without a zone.
    moment = datetime.now(timezone.utc).replace(tzinfo=None) - AGE
    backend.put_metric_data(NAMESPACE, [_datum(kind, count, moment) for kind, count in used(call).items()])
    return others.answer(request)


def used(call: Call) -> dict[str, int]:
    """The instances of all endpoints by their type."""
    found: dict[str, int] = {}
    for endpoint in endpoints.sweep(call):
        for kind, count in endpoint.fleet.instances().items() if endpoint.fleet is not None else ():
            found[kind] = found.get(kind, 0) + count
    return found


def skip(world: World, seconds: float) -> None:
    """Moves the clock on, and counts what the endpoints of all regions use meanwhile: what they begin the time with, as AWS bills by the
    second. Time that goes by by itself counts for nothing."""
    running = sum(told(world)["instances"].values())
    world.clock.advance(seconds)
    world.instance_seconds += running * seconds


def told(world: World) -> dict[str, Any]:
    """The instances of all regions by their type, and the seconds that they have run."""
    found: dict[str, int] = {}
    for region in world.regions.values():
        for kind, count in used(Call(world, region, {})).items():
            found[kind] = found.get(kind, 0) + count
    return {"instances": found, "instance_seconds": world.instance_seconds}


def _datum(kind: str, count: int, moment: datetime) -> dict[str, Any]:
    dimensions = {"Class": "None", "Resource": f"endpoint/{kind}", "Service": "SageMaker", "Type": "Resource"}
    return {
        "MetricName": "ResourceCount",
        "Value": count,
        "Timestamp": moment,
        "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
    }
