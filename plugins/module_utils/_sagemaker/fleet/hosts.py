# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Endpoints as hosts of an inventory: their names and variables. Pure."""

from __future__ import annotations

import datetime
from collections import Counter
from typing import Any
from typing import Dict
from typing import Iterable
from typing import List
from typing import Mapping
from typing import Tuple

from .rows import Row

PREFIX = "sagemaker_"

# Variables that begin with sagemaker_endpoint_ are those of the Ansible role, and a fact must never become one.
_RENAMED = {"endpoint_config_name": "config_name", "endpoint_config_exists": "config_exists"}


def variables(row: Row, now: datetime.datetime) -> Dict[str, Any]:
    """Return the variables of an endpoint's host."""
    found = {f"{PREFIX}{_RENAMED.get(name, name)}": value for name, value in row.items()}
    return {
        **found,
        f"{PREFIX}age_days": _days_since(row["created"], now),
        f"{PREFIX}release_age_days": _days_since(row["release_created"], now),
    }


def _days_since(moment: Any, now: datetime.datetime) -> Any:
    if moment is None:
        return None
    return max(0, (now - datetime.datetime.fromisoformat(moment)).days)


def names(rows: Iterable[Tuple[str, Row]], taken: Mapping[str, Any]) -> List[str]:
    """Return the names of hosts.

    rows: each with the name that its host would like; taken: {name of a host of another inventory source: its
    sagemaker_arn}. Two endpoints that would like the same name get their region after it. If another source has that
    name for another endpoint, or two still share one, region and account follow. Dots are in no name of an endpoint.
    """
    listed = list(rows)
    wanted = Counter(name for name, _row in listed)
    regional = Counter(_in_region(name, row) for name, row in listed)
    found = []
    for name, row in listed:
        region = _in_region(name, row)
        if wanted[name] == 1 and not _is_taken(taken, name, row):
            found.append(name)
        elif wanted[name] > 1 and regional[region] == 1 and not _is_taken(taken, region, row):
            found.append(region)
        else:
            found.append(f"{region}.{row['account']}")
    return found


def _in_region(name: str, row: Row) -> str:
    return f"{name}.{row['region']}"


def _is_taken(taken: Mapping[str, Any], name: str, row: Row) -> bool:
    """Return whether a host of this name stands for another endpoint. One without facts is this endpoint's own."""
    return taken.get(name) not in (None, row["arn"])
