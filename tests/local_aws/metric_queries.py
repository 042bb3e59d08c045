# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Metric math in a target tracking policy. behaviour 6.10"""

from __future__ import annotations

import re
from typing import Any

from local_aws.wire import validation

ID = re.compile(r"[a-z][A-Za-z0-9_]*")


def check(queries: list[dict[str, Any]]) -> None:
    """Refuses metrics and expressions that give no value, or more than one."""
    ids = [one["Id"] for one in queries]
    if len(ids) != len(set(ids)) or not all(ID.fullmatch(one) for one in ids):
        raise validation(
            "Each Id must be unique, begin with a lowercase letter and contain letters, digits and underscores."
        )
    if any(("Expression" in one) == ("MetricStat" in one) for one in queries):
        raise validation("Specify either Expression or MetricStat, but not both.")
    returned = [one for one in queries if one.get("ReturnData", True)]
    if len(returned) != 1:
        raise validation("Exactly one of the metrics must have ReturnData set to true.")
    if any("Expression" in one for one in queries) and "Expression" not in returned[0]:
        raise validation("ReturnData must be true for the final expression, and false for every metric.")
