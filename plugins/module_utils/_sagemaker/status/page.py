# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The endpoints of a status as one HTML file: without scripts and without anything from elsewhere, for screens of any width and for paper. Pure."""

from __future__ import annotations

import datetime
from html import escape
from typing import Any
from typing import Iterable
from typing import Iterator
from typing import List
from typing import Mapping
from typing import Tuple

from ..fleet.rows import STOPPED
from ..fleet.rows import Row
from . import drift
from . import table

TITLE = "Amazon SageMaker endpoints"

# On narrow screens each row is a card, and each cell has its column's title before it. Browsers then take a table for something else, hence the
# roles in the markup.
STYLE = """
:root { color-scheme: light dark; --text: #16191f; --dim: #545b64; --back: #fff; --line: #c6ccd2; --shade: #f3f5f7; --bad: #a3160c; --good: #1b6b22; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e9ebed; --dim: #a9b2bb; --back: #14181d; --line: #47505a; --shade: #1e242b; --bad: #ff9b92; --good: #7ed388; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 100rem; color: var(--text); background: var(--back);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
h1 { font-size: 1.6rem; margin: 0; }
h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; }
p { margin: .25rem 0; }
.dim { color: var(--dim); }
.bad { color: var(--bad); font-weight: 600; }
.good { color: var(--good); }
dl.figures { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1.25rem 0; }
dl.figures div { border: 1px solid var(--line); border-radius: .4rem; padding: .5rem .9rem; }
dl.figures dt { color: var(--dim); font-size: .85rem; }
dl.figures dd { margin: 0; font-size: 1.2rem; font-weight: 600; font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; }
caption { text-align: start; color: var(--dim); padding: .25rem 0; }
th, td { text-align: start; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
thead th { background: var(--shade); white-space: nowrap; }
.number, .short { white-space: nowrap; }
.number { text-align: end; font-variant-numeric: tabular-nums; }
li { margin: .25rem 0; overflow-wrap: anywhere; }
@media screen and (max-width: 75rem) {
  body { padding: 1rem; }
  table, caption, tr { display: block; }
  tbody { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(22rem, 100%), 1fr)); gap: .75rem; margin: .75rem 0; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tr { border: 1px solid var(--line); border-radius: .4rem; padding: .4rem 0; }
  th, td, .number, .short { display: flex; justify-content: space-between; gap: 1rem; text-align: end; white-space: normal; border: 0; padding: .2rem .8rem; }
  tbody th { font-size: 1.05rem; background: var(--shade); }
  [data-label]::before { content: attr(data-label); color: var(--dim); font-weight: 400; text-align: start; white-space: nowrap; }
}
@media print {
  @page { size: A4 landscape; margin: 12mm; }
  :root { color-scheme: light; --text: #000; --dim: #333; --back: #fff; --line: #888; --shade: #eee; --bad: #000; --good: #000; }
  body { padding: 0; max-width: none; font-size: 9pt; }
  table { font-size: 7.5pt; }
  th, td { padding: .3rem .4rem; }
  thead { display: table-header-group; }
  tr, li, dl.figures div { break-inside: avoid; }
  h2 { break-after: avoid; }
}
"""


def html(result: Mapping[str, Any], now: datetime.datetime) -> str:
    """Return the file. result: the module's."""
    rows = table.by_cost(result["endpoints"])
    body = [
        "<header>",
        f"<h1>{TITLE}</h1>",
        f'<p class="dim">As of <time datetime="{_text(now.isoformat(timespec="seconds"))}">{_text(f"{now:%Y-%m-%d %H:%M} UTC")}</time>,'
        f" {_text(', '.join(one['region'] for one in result['regions']))}</p>",
        "</header>",
        "<main>",
        *_problems(result),
        *_figures(result, rows),
        *(_table(rows, now) if rows else [f"<p>{_text(table.none(result))}</p>"]),
        *(f"<p>{_text(line)}</p>" for line in table.not_found(result)),
        *_lists(rows),
        "</main>",
        f'<footer><p class="dim">{_text(table.total(result))} {_text(COSTS)}</p></footer>',
    ]
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{TITLE}</title>",
            f"<style>{STYLE}</style>",
            "</head>",
            "<body>",
            *body,
            "</body>",
            "</html>",
            "",
        ]
    )


COSTS = "Costs are those of the instances that run now, without storage, data transfer, software of AWS Marketplace and taxes."


def _text(value: Any) -> str:
    return escape(str(value), quote=True)


def _problems(result: Mapping[str, Any]) -> Iterator[str]:
    lines = table.problem_lines(result)
    if lines:
        yield '<section aria-labelledby="problems">'
        yield '<h2 id="problems" class="bad">Not everything could be read</h2>'
        yield from _list(lines)
        yield "</section>"


def _figures(result: Mapping[str, Any], rows: List[Row]) -> Iterator[str]:
    totals = result["totals"]
    window = result["idle_window"]
    figures = [
        ("Endpoints", totals["endpoints"]),
        ("Per hour", table.amount(totals["hourly_cost"], totals["currency"])),
        ("Per month", table.amount(totals["monthly_cost"], totals["currency"])),
        ("Cost not known", totals["unknown"]),
        ("Stopped", sum(row["status"] == STOPPED for row in rows)),
        ("Drifted", sum(row["drift"]["state"] == drift.DRIFTED for row in rows)),
        (
            f"Idle for {window} days",
            sum((row["idle_days"] or 0) >= window for row in rows) if window else table.UNKNOWN,
        ),
        ("Cannot be updated", sum(bool(row["unpatchable"]) for row in rows)),
    ]
    yield '<dl class="figures">'
    for title, value in figures:
        yield f"<div><dt>{_text(title)}</dt><dd>{_text(value)}</dd></div>"
    yield "</dl>"


def _table(rows: List[Row], now: datetime.datetime) -> Iterator[str]:
    listed = table.columns(now)
    yield '<table role="table">'
    yield "<caption>All endpoints, the most expensive first. ? is not known.</caption>"
    yield '<thead role="rowgroup"><tr role="row">'
    for column in listed:
        number = ' class="number"' if column.is_number else ""
        yield f'<th role="columnheader" scope="col"{number}>{_text(column.title)}</th>'
    yield '</tr></thead>\n<tbody role="rowgroup">'
    for row in rows:
        yield '<tr role="row">'
        first, *others = listed
        yield f'<th role="rowheader" scope="row">{_text(first.cell(row))}</th>'
        for column in others:
            value = column.cell(row)
            marks = f' class="{" ".join(_classes(column, value))}"' if _classes(column, value) else ""
            yield f'<td role="cell" data-label="{_text(column.title)}"{marks}>{_text(value)}</td>'
        yield "</tr>"
    yield "</tbody>\n</table>"


# The words of a status and of a drift that ask for somebody's attention, and those that say that all is well.
_BAD = {"Failed", "OutOfService", "UpdateRollbackFailed", "drifted"}
_GOOD = {"InService", "in sync"}


def _classes(column: table.Column, value: str) -> List[str]:
    word = ["bad"] if value in _BAD else ["good"] if value in _GOOD else []
    return (["number"] if column.is_number else []) + (["short"] if column.is_short else []) + word


def _lists(rows: List[Row]) -> Iterator[str]:
    """Yield a section for each kind of remark."""
    sections: List[Tuple[str, str, Iterable[str]]] = [
        ("failed", "Failed", _remarks(rows, lambda row: row["failure_reason"] and table.failure(row))),
        (
            "drift",
            "Drift: as deployed -> as it is now",
            _remarks(rows, lambda row: drift.described(row["drift"]["changes"])),
        ),
        ("gone", "Cannot be updated", _remarks(rows, lambda row: "; ".join(row["unpatchable"] or ()))),
        ("unknown", "Cost not known", _remarks(rows, lambda row: row["cost_unknown"])),
    ]
    for name, title, remarks in sections:
        lines = list(remarks)
        if lines:
            yield f'<section aria-labelledby="{name}">'
            yield f'<h2 id="{name}">{_text(title)}</h2>'
            yield from _list(lines)
            yield "</section>"


def _remarks(rows: List[Row], remark: Any) -> Iterator[str]:
    for row in rows:
        said = remark(row)
        if said:
            yield f"{row['name']} ({row['region']}): {said}"


def _list(lines: Iterable[str]) -> Iterator[str]:
    yield "<ul>"
    for line in lines:
        yield f"<li>{_text(line)}</li>"
    yield "</ul>"
