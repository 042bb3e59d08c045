# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The status of all endpoints of some regions: what runs, what it costs, what has drifted, what is idle, and what cannot be updated."""

from __future__ import annotations

import datetime
import os
import tempfile
from decimal import Decimal
from typing import Any
from typing import Dict
from typing import Iterable
from typing import List
from typing import Mapping
from typing import Optional

from ..api.client import AwsClients
from ..api.client import ServiceClient
from ..core.errors import InputError
from ..core.problems import Problem
from ..core.problems import out_of_range
from ..core.types import Api
from ..fleet import reading
from ..fleet.reading import Fleet
from ..fleet.rows import STOPPED
from ..fleet.rows import Row
from ..fleet.rows import Sighting
from ..prices import price_file
from ..prices import price_list
from ..prices import table as prices
from ..prices.table import PriceTable
from ..rules import scaling as scaling_rules
from . import costs
from . import drift
from . import evidences
from . import idle
from . import page
from . import scope
from . import survey
from . import table
from . import unpatchable
from .survey import Surroundings

# CloudWatch keeps the sums of days for 15 months.
LONGEST_WINDOW = 455


def info(aws: AwsClients, params: Mapping[str, Any], check_mode: bool) -> Dict[str, Any]:
    """Return the status, see the module's RETURN. In check mode no report is written."""
    window = params["idle_window"]
    wrong = out_of_range(window, 0, LONGEST_WINDOW)
    if wrong:
        raise InputError(Problem("idle_window", wrong))
    path = params.get("price_file")
    given = price_file.read(path) if path else None
    regions, wanted = scope.regions(aws, params), scope.endpoints(params)
    fleet = reading.read(regions, wanted.include, with_stopped=True)
    around = survey.read(regions, fleet, window)
    priced = given or price_list.of(regions[0], costs.wanted(fleet.endpoints))
    rows = [
        _judged(row, seen, around.get(seen.region), priced, regions[0].sagemaker, window)
        for row, seen in zip(fleet.endpoints, fleet.sightings)
    ]
    now = max((one.now for one in around.values()), default=datetime.datetime.now(datetime.timezone.utc))
    problems = [*fleet.errors, *fleet.stopped_errors, *(error for one in around.values() for error in one.errors)]
    read = [_region(one.sagemaker.region, rows, fleet) for one in regions]
    is_read = any(one["complete"] for one in read)
    result: Dict[str, Any] = {
        "endpoints": rows,
        "account": rows[0]["account"] if rows else regions[0].known_account(),
        "regions": read,
        "not_found": wanted.not_found({row["name"] for row in rows}) if is_read else [],
        "problems": problems,
        "totals": _totals(rows, priced),
        "idle_window": window,
    }
    result["text"] = table.text(result, now)
    result["report"] = None
    if params.get("report") and not check_mode:
        _write(params["report"], page.html(result, now))
        result["report"] = params["report"]
    for row in rows:
        del row["cost"]
    aws.warn([table.problem_line(problem) for problem in problems])
    return result


def _judged(
    row: Row,
    seen: Sighting,
    around: Optional[Surroundings],
    priced: PriceTable,
    sagemaker: ServiceClient,
    window: int,
) -> Row:
    """Return the endpoint with all that is said of it. around: None if its region could not be read any further."""
    found = costs.of(row, priced)
    known = {
        **row,
        "autoscaling": None,
        "drift": {"state": None, "changes": []},
        "idle_days": None,
        "unpatchable": None,
        "cost": found,
        "hourly_cost": None if found.hourly is None else float(found.hourly),
        "monthly_cost": None if found.monthly is None else float(found.monthly),
        "currency": priced.currency,
        "cost_unknown": found.unknown or None,
    }
    if around is None or seen.endpoint is None:
        return known
    if row["status"] == STOPPED:
        return {**known, "autoscaling": [], "unpatchable": unpatchable.missing(seen, around.belongings)}
    evidence = evidences.whole(sagemaker, seen, around.config_tags, around.recorded, around.targets, around.policies)
    return {
        **known,
        # The index of tags may have been late.
        "tags": None if seen.tags is None else dict(seen.tags),
        "managed": drift.is_ours(row["name"], seen.tags, evidence.config_tags),
        "autoscaling": _autoscaling(row, around.targets),
        "drift": drift.find(evidence),
        "idle_days": _idle_days(row, seen, around, window),
        "unpatchable": unpatchable.missing(seen, around.belongings),
    }


def _idle_days(row: Row, seen: Sighting, around: Surroundings, window: int) -> Optional[int]:
    if around.last_days is None or row["kind"] is None:
        return None
    return idle.idle_days(around.last_days.get(row["name"]), seen.listed["CreationTime"], around.now, window)


def _autoscaling(row: Row, targets: Optional[Mapping[str, Api]]) -> Optional[List[Dict[str, Any]]]:
    """Return the limits of the scalable targets of an endpoint and its components."""
    if targets is None:
        return None
    names = {
        scaling_rules.variant_id(row["name"], variant["variant_name"]): variant["variant_name"]
        for variant in row["variants"] or ()
    }
    names.update({scaling_rules.component_id(one["name"]): one["name"] for one in row["inference_components"] or ()})
    return [
        {
            "name": name,
            "resource_id": resource_id,
            "min_capacity": targets[resource_id]["MinCapacity"],
            "max_capacity": targets[resource_id]["MaxCapacity"],
        }
        for resource_id, name in names.items()
        if resource_id in targets
    ]


def _region(name: str, rows: Iterable[Row], fleet: Fleet) -> Dict[str, Any]:
    """Return what is said of a region. complete: whether its endpoints could be listed and described."""
    return {
        "region": name,
        "endpoints": sum(row["region"] == name for row in rows),
        "complete": not any(error["region"] == name for error in (*fleet.errors, *fleet.stopped_errors)),
    }


def _totals(rows: List[Row], priced: PriceTable) -> Dict[str, Any]:
    """Return the sums of the known costs. The sum of months is that of the lines, as a reader adds them up."""
    known = [row["cost"] for row in rows if row["cost"].hourly is not None]
    return {
        "endpoints": len(rows),
        "unknown": len(rows) - len(known),
        "hourly_cost": float(sum((one.hourly for one in known), Decimal(0))) if known else None,
        "monthly_cost": float(sum((prices.rounded(one.monthly) for one in known), Decimal(0))) if known else None,
        "currency": priced.currency,
    }


def _write(path: str, text: str) -> None:
    """Write the report at once, so that nobody reads half of it."""
    folder = os.path.dirname(os.path.abspath(path))
    try:
        handle, name = tempfile.mkstemp(dir=folder, prefix=".sagemaker-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(text)
            # As a file that is written by itself.
            os.chmod(name, 0o666 & ~_umask())
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as error:
        raise InputError(Problem("report", f"cannot write {path}: {error.strerror}.")) from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
