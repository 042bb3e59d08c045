# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The endpoints of a status as text: one table, the most expensive first, and below it what a row has no room for. Pure."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any
from typing import Callable
from typing import Iterable
from typing import Iterator
from typing import List
from typing import Mapping
from typing import NamedTuple
from typing import Optional
from typing import Sequence

from ..fleet.rows import STOPPED
from ..fleet.rows import Row
from . import drift

UNKNOWN = "?"
NONE = "-"


class Column(NamedTuple):
    """A column. cell: returns its text for an endpoint; is_number: whether it is aligned at its end; is_short: whether its texts have a few
    characters, and stay on one line."""

    title: str
    cell: Callable[[Row], str]
    is_number: bool = False
    is_short: bool = False


def columns(now: datetime.datetime) -> List[Column]:
    """Return the columns of the table, in order. now: to tell ages from."""
    return [
        Column("Endpoint", lambda row: row["name"]),
        Column("Region", lambda row: row["region"], is_short=True),
        Column("Status", lambda row: row["status"], is_short=True),
        Column("Kind", lambda row: (row["kind"] or UNKNOWN).replace("_", " "), is_short=True),
        Column("Instances", instances),
        Column("Image", images),
        Column("Release", lambda row: release(row, now), is_short=True),
        Column("Autoscaling", autoscaling),
        Column("Drift", drift_of, is_short=True),
        Column("Idle", idle, is_short=True),
        Column("Per hour", lambda row: amount(row["hourly_cost"], row["currency"]), True),
        Column("Per month", lambda row: amount(row["monthly_cost"], row["currency"]), True),
    ]


def by_cost(rows: Iterable[Row]) -> List[Row]:
    """Return the endpoints in the order of the table: the most expensive first, unknown costs last, equal ones by name."""
    return sorted(
        rows,
        key=lambda row: (row["monthly_cost"] is None, -(row["monthly_cost"] or 0), row["name"], row["region"]),
    )


def text(result: Mapping[str, Any], now: datetime.datetime) -> str:
    """Return the whole text. result: the module's."""
    ordered = by_cost(result["endpoints"])
    parts = [_table(columns(now), ordered), total(result)] if ordered else [none(result)]
    return "\n".join(
        [*parts, *_section(not_found(result)), *_section(notes(ordered)), *_section(problem_lines(result))]
    )


def _section(lines: Iterable[str]) -> List[str]:
    listed = list(lines)
    return ["", *listed] if listed else []


def _table(listed: Sequence[Column], rows: Sequence[Row]) -> str:
    cells = [[column.title for column in listed], *([column.cell(row) for column in listed] for row in rows)]
    widths = [max(len(line[index]) for line in cells) for index in range(len(listed))]
    lines = [
        "  ".join(
            value.rjust(width) if column.is_number else value.ljust(width)
            for value, width, column in zip(line, widths, listed)
        ).rstrip()
        for line in cells
    ]
    return "\n".join(lines)


def none(result: Mapping[str, Any]) -> str:
    """Return the sentence about a status without endpoints."""
    account = f" (account {result['account']})" if result["account"] else ""
    read = _read(result)
    return (
        f"There are no endpoints to report in {', '.join(read)}{account}."
        if read
        else f"No region could be read{account}."
    )


def not_found(result: Mapping[str, Any]) -> List[str]:
    """Return the line about names that no endpoint has."""
    if not result["not_found"]:
        return []
    read = _read(result)
    where = f"region{'' if len(read) == 1 else 's'} {', '.join(read)}"
    return [f"Not found: {', '.join(result['not_found'])} ({where})."]


def _read(result: Mapping[str, Any]) -> List[str]:
    """Return the regions that could be read whole."""
    return [one["region"] for one in result["regions"] if one["complete"]]


def total(result: Mapping[str, Any]) -> str:
    """Return the sum of the known costs, and how many are not known."""
    totals = result["totals"]
    count = totals["endpoints"]
    known = count - totals["unknown"]
    where = f"{len(result['regions'])} region{'' if len(result['regions']) == 1 else 's'}"
    said = f"{count} endpoint{'' if count == 1 else 's'} in {where}"
    if not known:
        return f"{said}; no cost is known."
    cost = f"{amount(totals['hourly_cost'], totals['currency'])} per hour, "
    cost += f"{amount(totals['monthly_cost'], totals['currency'])} per month of 730 hours"
    rest = f", and {totals['unknown']} whose cost is not known" if totals["unknown"] else ""
    return f"{said}: {cost}{rest}."


def notes(rows: Iterable[Row]) -> Iterator[str]:
    """Yield what a row of the table has no room for."""
    for row in rows:
        where = f"{row['name']} ({row['region']})"
        if row["failure_reason"]:
            yield f"{where}: {failure(row)}"
        if row["drift"]["changes"]:
            yield f"{where}: drifted: {drift.described(row['drift']['changes'])}"
        if row["unpatchable"]:
            yield f"{where}: cannot be {'started' if row['status'] == STOPPED else 'updated'}: {'; '.join(row['unpatchable'])}"
        if row["cost_unknown"]:
            yield f"{where}: cost is not known: {row['cost_unknown']}"


def failure(row: Row) -> str:
    """Return why an endpoint failed. One that serves has the reason of its last update, which was rolled back."""
    if row["status"] == "InService":
        return f"the last update was rolled back: {row['failure_reason']}"
    return f"{row['status']}: {row['failure_reason']}"


def problem_lines(result: Mapping[str, Any]) -> List[str]:
    """Return what could not be read."""
    return [problem_line(problem) for problem in result["problems"]]


def problem_line(problem: Mapping[str, Any]) -> str:
    names = problem["names"]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    of = f" ({', '.join(names[:3])}{more})" if names else ""
    return f"{problem['region']}: {problem['message'].rstrip('. ')}{of}."


def instances(row: Row) -> str:
    """Return the instances of all variants."""
    if row["variants"] is None:
        return UNKNOWN
    return ", ".join(_variant(variant) for variant in row["variants"]) or NONE


def _variant(variant: Mapping[str, Any]) -> str:
    if variant["serverless"]:
        return f"{variant['serverless'].get('memory_size_in_mb', UNKNOWN)} MB"
    if variant["instance_pools"]:
        return " + ".join(_instances(pool) for pool in variant["instance_pools"])
    current, desired = variant["current_instance_count"], variant["desired_instance_count"]
    rest = f" (of {desired})" if desired is not None and current != desired else ""
    return _instances(variant) + rest


def _instances(item: Mapping[str, Any]) -> str:
    count = item["current_instance_count"]
    return f"{UNKNOWN if count is None else count} x {item['instance_type'] or UNKNOWN}"


def images(row: Row) -> str:
    """Return the images without their registries."""
    if row["images"] is None:
        return UNKNOWN
    return ", ".join(image.rpartition("/")[2] for image in row["images"]) or NONE


def release(row: Row, now: datetime.datetime) -> str:
    """Return the hash of the release and its age."""
    created = row["release_created"]
    its_age = f" ({age(created, now)})" if created else ""
    return f"{row['release'].rpartition('-')[2] if row['release'] else NONE}{its_age}"


def age(moment: str, now: datetime.datetime) -> str:
    """Return how old something is, in days, or in hours on the first one."""
    past = now - datetime.datetime.fromisoformat(moment)
    return f"{past.days} d" if past.days > 0 else f"{max(0, past.seconds // 3600 if past.days == 0 else 0)} h"


def autoscaling(row: Row) -> str:
    """Return the limits of all scalable targets."""
    targets = row["autoscaling"]
    if targets is None:
        return UNKNOWN
    alone = len(targets) == 1
    return ", ".join(
        ("" if alone else f"{one['name']} ") + f"{one['min_capacity']}-{one['max_capacity']}" for one in targets
    ) or (NONE)


def drift_word(found: Mapping[str, Any]) -> str:
    words = {drift.IN_SYNC: "in sync", drift.DRIFTED: "drifted", drift.UNMANAGED: "not ours"}
    return words.get(found["state"], UNKNOWN)


def drift_of(row: Row) -> str:
    return NONE if row["status"] == STOPPED else drift_word(row["drift"])


def idle(row: Row) -> str:
    if row["status"] == STOPPED:
        return NONE
    days = row["idle_days"]
    return UNKNOWN if days is None else f"{days} d"


def amount(value: Optional[float], currency: Optional[str]) -> str:
    """Return an amount of money with at least two decimals."""
    if value is None:
        return UNKNOWN
    exact = Decimal(str(value)).normalize()
    places = max(2, -int(exact.as_tuple().exponent))
    return f"{exact:,.{places}f} {currency}"
