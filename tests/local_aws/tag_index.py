# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Resource Groups Tagging API over what SageMaker has: an index that follows the tags some time later. behaviour 9"""

from __future__ import annotations

import copy
from typing import Any

from local_aws import components
from local_aws import endpoints
from local_aws.paging import page
from local_aws.registry import handles
from local_aws.wire import AwsError
from local_aws.world import Call

SERVICE = "resourcegroupstaggingapi"
# behaviour 9.1
DEFAULT_PAGE, LARGEST_PAGE = 50, 100


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterException", message)


def asks_for_ours(params: dict[str, Any]) -> bool:
    """Whether a request is about things of SageMaker only."""
    kinds = params.get("ResourceTypeFilters") or []
    return bool(kinds) and all(str(kind).partition(":")[0] == "sagemaker" for kind in kinds)


def record(call: Call) -> None:
    """Note the tags as they are now, if anything has changed, for those who ask once the delay is over."""
    states = call.region.tag_states
    if not states or states[-1][1] != call.region.tags:
        states.append((call.now, copy.deepcopy(call.region.tags)))


@handles(SERVICE, "GetResources")
def get_resources(call: Call) -> dict[str, Any]:
    params = call.params
    if not 1 <= params.get("ResourcesPerPage", DEFAULT_PAGE) <= LARGEST_PAGE:
        raise _invalid(f"ResourcesPerPage must be between 1 and {LARGEST_PAGE}.")
    endpoints.sweep(call)
    components.sweep(call)
    record(call)
    kinds, filters = params.get("ResourceTypeFilters") or [], params.get("TagFilters") or []
    found = [
        {"ResourceARN": arn, "Tags": [{"Key": key, "Value": value} for key, value in sorted(tags.items())]}
        for arn, tags in sorted(_indexed(call).items())
        if tags and _is_of(arn, kinds) and all(_passes(tags, one) for one in filters)
    ]
    expired = AwsError("PaginationTokenExpiredException", "The pagination token is not known.")
    asked = {"NextToken": params.get("PaginationToken"), "MaxResults": params.get("ResourcesPerPage")}
    shown, token = page(found, asked, DEFAULT_PAGE, expired)
    return {"ResourceTagMappingList": shown, "PaginationToken": token.get("NextToken", "")}


def _indexed(call: Call) -> dict[str, dict[str, str]]:
    """{ARN: tags} as they were before the delay. behaviour 9.2"""
    seen = [tags for time, tags in call.region.tag_states if time <= call.now - call.world.settings.tag_index_delay]
    return seen[-1] if seen else {}


def _is_of(arn: str, kinds: list[str]) -> bool:
    """Whether an ARN is of one of these types: a service, or service:kind."""
    kind = arn.split(":")[5].split("/")[0]
    return any(one in ("sagemaker", f"sagemaker:{kind}") for one in kinds)


def _passes(tags: dict[str, str], wanted: dict[str, Any]) -> bool:
    """Whether a thing has a tag of this key, with one of the values if any are given."""
    return wanted["Key"] in tags and (not wanted.get("Values") or tags[wanted["Key"]] in wanted["Values"])
