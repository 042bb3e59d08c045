# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists: filters, order, pages of ten. behaviour 0.19"""

from __future__ import annotations

import base64
import binascii
from typing import Any

from local_aws.wire import AwsError
from local_aws.wire import validation


def page(
    items: list[dict[str, Any]], params: dict[str, Any], size: int, bad_token: AwsError | None = None
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The page that NextToken asks for, and {"NextToken": ...} or {} for the one after it."""
    start = 0
    if params.get("NextToken"):
        try:
            start = int(base64.urlsafe_b64decode(params["NextToken"]).decode().removeprefix("from-"))
        except (ValueError, binascii.Error) as error:
            raise bad_token or validation("Invalid pagination token in request.") from error
    size = params.get("MaxResults") or size
    end = start + size
    token = {"NextToken": base64.urlsafe_b64encode(f"from-{end}".encode()).decode()} if end < len(items) else {}
    return items[start:end], token


def select(
    items: list[dict[str, Any]],
    params: dict[str, Any],
    name: str,
    status: str = "EndpointStatus",
    from_its_moment: bool = True,
) -> list[dict[str, Any]]:
    """What a SageMaker List call's filters leave, in the order it asks for (newest first by default).

    ``items`` are summaries; ``name`` and ``status`` are the keys of these in them. Sorts by CreationTime, Name or Status.
    ``from_its_moment``: whether CreationTimeAfter takes its own moment in. behaviour 1.9
    """
    part = params.get("NameContains", "").lower()
    kept = [item for item in items if part in item[name].lower()]
    for key in ("CreationTime", "LastModifiedTime"):
        after, before = params.get(f"{key}After"), params.get(f"{key}Before")
        inclusive = from_its_moment and key == "CreationTime"
        kept = [item for item in kept if after is None or item[key] > after or (inclusive and item[key] == after)]
        kept = [item for item in kept if before is None or item[key] < before]
    if params.get("StatusEquals"):
        kept = [item for item in kept if item[status] == params["StatusEquals"]]
    by = {"Name": name, "Status": status}.get(params.get("SortBy", ""), "CreationTime")
    return sorted(kept, key=lambda item: item[by], reverse=params.get("SortOrder", "Descending") == "Descending")
