# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags of models, endpoint configurations, endpoints and inference components: each ARN has its own. behaviour 4.13"""

from __future__ import annotations

from typing import Any

from local_aws import components
from local_aws import endpoints
from local_aws.paging import page
from local_aws.registry import handles
from local_aws.wire import validation
from local_aws.world import Call
from local_aws.world import Region

LIMIT = 50
NOUNS = {
    "model": "model",
    "endpoint-config": "endpoint configuration",
    "endpoint": "endpoint",
    "inference-component": "inference component",
}


def ours(arn: str) -> bool:
    """Whether an ARN names a kind of thing that we keep."""
    return arn.count(":") >= 5 and arn.split(":")[2] == "sagemaker" and arn.split(":")[5].split("/")[0] in NOUNS


def check(given: list[dict[str, str]], present: dict[str, str] | None = None) -> dict[str, str]:
    """The tags of a request as a dict, together with those already there. Refuses what the service refuses."""
    keys = [tag["Key"] for tag in given]
    if len(keys) != len(set(keys)):
        raise validation("Duplicate tag keys found in the request.")
    for key in keys:
        if key.lower().startswith("aws:"):
            raise validation(f"Tag key '{key}' is reserved: tag keys must not begin with aws:.")
    tags = {**(present or {}), **{tag["Key"]: tag["Value"] for tag in given}}
    if len(tags) > LIMIT:
        raise validation(f"A resource can have at most {LIMIT} tags; this one would have {len(tags)}.")
    return tags


def put(region: Region, arn: str, given: list[dict[str, str]]) -> None:
    """Gives a new thing its tags."""
    region.tags[arn] = check(given)


def _tags(call: Call) -> dict[str, str]:
    arn = call.params["ResourceArn"]
    kind = arn.split(":")[5].split("/")[0]
    if kind == "endpoint":
        endpoints.sweep(call)
    if kind == "inference-component":
        components.sweep(call)
    if arn not in call.region.tags:
        raise validation(f'Could not find {NOUNS[kind]} "{arn}".')
    return call.region.tags[arn]


@handles("sagemaker", "AddTags")
def add(call: Call) -> dict[str, Any]:
    tags = _tags(call)
    tags.update(check(call.params["Tags"], tags))
    return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


@handles("sagemaker", "DeleteTags")
def delete(call: Call) -> dict[str, Any]:
    tags = _tags(call)
    for key in call.params["TagKeys"]:
        tags.pop(key, None)
    return {}


@handles("sagemaker", "ListTags")
def list_tags(call: Call) -> dict[str, Any]:
    items = [{"Key": key, "Value": value} for key, value in sorted(_tags(call).items())]
    shown, token = page(items, call.params, 50)
    return {"Tags": shown, **token}
