# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The knobs, as JSON over HTTP under /_local_aws/: for tests, for shell scripts, for other languages.

GET    /_local_aws/                  {"ready": true, "settings": {...}}
GET    /_local_aws/calls             the log of calls           DELETE: empties it
POST   /_local_aws/faults            {operation, kind, times, after, ...}     DELETE: takes all back
POST   /_local_aws/scripts           {endpoint or component, event, outcome, reason, seconds, times, log}, or {image, outcome},
                                     {image, architecture}, or {hub_content, outcome}
GET    /_local_aws/blobs/<digest>    the configuration of an image, as ECR signs a URL for it
POST   /_local_aws/settings          {name: value, ...}
POST   /_local_aws/clock             {"advance": seconds}
GET    /_local_aws/usage             {"instances": {type: number}, "instance_seconds": of the time that was skipped}
POST   /_local_aws/reset             forgets everything
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from local_aws import deployments
from local_aws import endpoints
from local_aws import images
from local_aws import others
from local_aws import registries
from local_aws import usage
from local_aws.wire import Request
from local_aws.wire import Response
from local_aws.wire import json_response
from local_aws.world import Call
from local_aws.world import World

PREFIX = "/_local_aws"
INTERRUPTIONS = ("system_update", "out_of_service")


def answer(world: World, request: Request) -> Response:
    what = request.path[len(PREFIX) :].strip("/")
    try:
        order = json.loads(request.body or b"{}")
        result = _do(world, request.method, what, order)
    except (KeyError, TypeError, ValueError) as error:
        missing = f"'{error.args[0]}' is missing" if isinstance(error, KeyError) else str(error)
        return json_response({"error": missing}, 400, "application/json")
    return json_response(result, 200, "application/json")


def _do(world: World, method: str, what: str, order: dict[str, Any]) -> Any:
    if (method, what) == ("GET", ""):
        return {"ready": True, "settings": asdict(world.settings)}
    if (method, what) == ("GET", "calls"):
        return world.calls.list()
    if method == "GET" and what.startswith(registries.BLOBS):
        return registries.blob(what.removeprefix(registries.BLOBS))
    with world.lock:
        if (method, what) == ("DELETE", "calls"):
            world.calls.clear()
        elif (method, what) == ("POST", "faults"):
            world.faults.add(order)
        elif (method, what) == ("DELETE", "faults"):
            world.faults.clear()
        elif (method, what) == ("POST", "scripts"):
            _script(world, order)
        elif (method, what) == ("POST", "settings"):
            world.settings.change(order)
        elif (method, what) == ("POST", "clock"):
            usage.skip(world, float(order["advance"]))
        elif (method, what) == ("GET", "usage"):
            return usage.told(world)
        elif (method, what) == ("POST", "reset"):
            world.reset()
            others.reset()
        else:
            raise ValueError(f"no {method} {PREFIX}/{what}")
    return {}


def _script(world: World, order: dict[str, Any]) -> None:
    if "hub_content" in order:
        world.scripts.hub_contents[order["hub_content"]] = order.get("outcome", "missing")
        return
    if "architecture" in order:
        world.scripts.architectures[order["image"]] = order["architecture"]
        return
    if "image" in order:
        outcome = order.get("outcome", "missing")
        if outcome not in ("missing", *images.MANIFESTS):
            raise ValueError(f"no outcome '{outcome}' of an image; there are: missing, {', '.join(images.MANIFESTS)}")
        world.scripts.images[order["image"]] = outcome
        return
    if order.get("event") not in INTERRUPTIONS:
        world.scripts.add(order)
        return
    for region in world.regions.values():
        found = endpoints.lookup(Call(world, region, {}), order["endpoint"])
        if found is not None:
            if found.transition is not None:
                raise ValueError(f"the endpoint '{found.name}' is {found.status}: wait until it rests")
            seconds = order.get("seconds")
            duration = world.settings.updating if seconds is None else float(seconds)
            deployments.interrupt(Call(world, region, {}), found, order["event"], duration)
            return
    raise ValueError(f"no endpoint '{order['endpoint']}'")
