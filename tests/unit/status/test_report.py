# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table and the HTML file of a status: complete, aligned, escaped, and valid."""

from __future__ import annotations

import datetime
import re
import textwrap
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import html5lib
import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.prices import price_file
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.status import page
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.status import table

NOW = datetime.datetime(2030, 1, 31, 12, tzinfo=datetime.timezone.utc)
HOSTILE = '<script>alert("1")</script>&\''


def variant(count: int | None = 2, desired: int | None = 2, **more: Any) -> dict[str, Any]:
    return {
        "variant_name": "AllTraffic",
        "instance_type": "ml.m5.large",
        "instance_pools": [],
        "current_instance_count": count,
        "desired_instance_count": desired,
        "serverless": None,
        **more,
    }


def row(name: str, monthly: float | None = 167.9, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "region": "us-east-1",
        "status": "InService",
        "failure_reason": None,
        "kind": "real_time",
        "variants": [variant()],
        "images": ["683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"],
        "release": "churn-config-1a2b3c4d",
        "release_created": "2030-01-29T11:00:00+00:00",
        "autoscaling": [],
        "drift": {"state": "in_sync", "changes": []},
        "idle_days": 3,
        "hourly_cost": None if monthly is None else 0.23,
        "monthly_cost": monthly,
        "currency": "USD",
        "cost_unknown": None if monthly is not None else "no price of ml.m5.large in us-east-1",
        "unpatchable": [],
        **more,
    }


def result(*rows: dict[str, Any], problems: tuple[Any, ...] = ()) -> dict[str, Any]:
    return {
        "endpoints": list(rows),
        "regions": [{"region": "us-east-1", "endpoints": len(rows), "complete": not problems}],
        "account": "111122223333",
        "not_found": [],
        "problems": list(problems),
        "totals": {
            "endpoints": len(rows),
            "unknown": 1,
            "hourly_cost": 0.23,
            "monthly_cost": 1234.5,
            "currency": "USD",
        },
        "idle_window": 14,
    }


DENIED = {"region": "eu-west-1", "message": "ListEndpoints failed: no.", "names": ["a", "b", "c", "d", "e"]}
WORST = row(
    HOSTILE,
    None,
    status="Failed",
    failure_reason=HOSTILE,
    images=[HOSTILE],
    autoscaling=[
        {"name": "a", "min_capacity": 1, "max_capacity": 4},
        {"name": "b", "min_capacity": 0, "max_capacity": 2},
    ],
    drift={"state": "drifted", "changes": [{"path": "tags[x]", "recorded": HOSTILE, "live": None}]},
    unpatchable=["model m is gone"],
)
UNREAD = row(
    "unread",
    None,
    kind=None,
    variants=None,
    images=None,
    release=None,
    release_created=None,
    autoscaling=None,
    drift={"state": None, "changes": []},
    idle_days=None,
    cost_unknown="the endpoint could not be read",
    unpatchable=None,
)


def test_the_table_is_aligned_and_the_most_expensive_endpoint_is_first() -> None:
    rows = [
        row("cheap", 0.0, hourly_cost=0.0),
        row("dear", 2000.0, hourly_cost=2.7397),
        row("unread", None),
        row("also", 2000.0),
    ]
    lines = table.text(result(*rows), NOW).splitlines()
    assert [line.split()[0] for line in lines[:5]] == ["Endpoint", "also", "dear", "cheap", "unread"]
    # Titles and cells begin, or end, in one column.
    for title in ("Region", "Status", "Drift", "Idle"):
        place = lines[0].index(title)
        assert all(line[place - 2 : place] == "  " and line[place] != " " for line in lines[1:5])
    assert {len(line) for line in lines[:5]} == {len(lines[0])}
    assert lines[2].endswith("2.7397 USD  2,000.00 USD")
    assert lines[3].endswith("  0.00 USD      0.00 USD")
    assert "2 x ml.m5.large" in lines[1] and "1a2b3c4d (2 d)" in lines[1]


def test_what_a_row_has_no_room_for_stands_below_the_table() -> None:
    text = table.text(result(WORST, UNREAD, problems=(DENIED,)), NOW)
    assert f"(us-east-1): drifted: tags[x]: {HOSTILE} -> none" in text
    assert "(us-east-1): cannot be updated: model m is gone" in text
    assert "unread (us-east-1): cost is not known: the endpoint could not be read" in text
    assert text.endswith("eu-west-1: ListEndpoints failed: no (a, b, c and 2 more).")


def test_the_reason_of_an_update_that_was_rolled_back_is_not_about_what_serves() -> None:
    found = result(row("churn", failure_reason="No ping."), row("gone", status="Failed", failure_reason="No room."))
    text, html = table.text(found, NOW), page.html(found, NOW)
    for line in (
        "churn (us-east-1): the last update was rolled back: No ping.",
        "gone (us-east-1): Failed: No room.",
    ):
        assert line in text and line in html


@pytest.mark.parametrize(
    ("variants", "shown"),
    [
        ([variant(1, 3)], "1 x ml.m5.large (of 3)"),
        ([variant(None, None)], "? x ml.m5.large"),
        ([variant(0, 0)], "0 x ml.m5.large"),
        ([variant(serverless={"memory_size_in_mb": 2048})], "2048 MB"),
        ([variant(), variant(instance_type=None)], "2 x ml.m5.large, 2 x ?"),
        (
            [
                variant(
                    instance_pools=[
                        {"instance_type": "ml.g5.xlarge", "current_instance_count": 1},
                        {"instance_type": "ml.g6.xlarge", "current_instance_count": 0},
                    ]
                )
            ],
            "1 x ml.g5.xlarge + 0 x ml.g6.xlarge",
        ),
        ([], "-"),
        (None, "?"),
    ],
)
def test_instances(variants: Any, shown: str) -> None:
    assert table.instances(row("e", variants=variants)) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.115, "0.115 USD"), (0.0, "0.00 USD"), (12, "12.00 USD"), (1234567.5, "1,234,567.50 USD"), (None, "?")],
)
def test_amounts(value: Any, shown: str) -> None:
    assert table.amount(value, "USD") == shown


VOID = {"meta", "br", "hr", "img", "link", "input"}


class Reader(HTMLParser):
    """Reads a page, and expects each element to be closed where it was opened."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


def test_the_page_needs_nothing_else_and_holds_all_values_as_text() -> None:
    found = read(page.html(result(WORST, UNREAD, row("good"), problems=(DENIED,)), NOW))
    tags = {tag for tag, _attributes in found.elements}
    assert not tags & {"script", "link", "img", "iframe", "object", "a", "form"}
    names = {name for _tag, attributes in found.elements for name in attributes}
    assert not {name for name in names if name.startswith("on")} | (names & {"src", "href", "style"})
    assert not re.search(r"url\(|@import|https?:", page.STYLE)
    cells = [text for text in found.texts if text == HOSTILE]
    # The name of the endpoint; of its image only what follows the last slash is shown.
    assert len(cells) == 1
    assert any(f"tags[x]: {HOSTILE} -> none" in text for text in found.texts)


def test_the_page_is_accessible() -> None:
    found = read(page.html(result(WORST, row("good")), NOW))
    by_tag: dict[str, list[dict[str, str | None]]] = {}
    for tag, attributes in found.elements:
        by_tag.setdefault(tag, []).append(attributes)
    assert by_tag["html"] == [{"lang": "en"}]
    assert {"charset": "utf-8"} in by_tag["meta"]
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in by_tag["meta"]
    assert len(by_tag["title"]) == len(by_tag["h1"]) == len(by_tag["main"]) == len(by_tag["caption"]) == 1
    scopes = [attributes["scope"] for attributes in by_tag["th"]]
    assert scopes == ["col"] * len(table.columns(NOW)) + ["row"] * 2
    assert all("data-label" in attributes for attributes in by_tag["td"])
    # A section is named by its heading.
    ids = [attributes["id"] for attributes in by_tag["h2"]]
    assert [attributes["aria-labelledby"] for attributes in by_tag["section"]] == ids
    assert len(set(ids)) == len(ids)


def test_the_page_without_endpoints_says_so() -> None:
    empty = result(problems=(DENIED,))
    empty["totals"].update(unknown=0, hourly_cost=None, monthly_cost=None)
    found = read(page.html(empty, NOW))
    assert "No region could be read (account 111122223333)." in found.texts
    empty["regions"].append({"region": "eu-west-1", "endpoints": 0, "complete": True})
    assert "There are no endpoints to report in eu-west-1 (account 111122223333)." in read(page.html(empty, NOW)).texts
    assert "table" not in {tag for tag, _attributes in found.elements}


@pytest.mark.parametrize("rows", [(), (WORST, UNREAD, row("good"))])
def test_the_page_is_valid_html(rows: tuple[dict[str, Any], ...]) -> None:
    html5lib.HTMLParser(strict=True).parse(page.html(result(*rows, problems=(DENIED,)), NOW))


GUIDE = (Path(__file__).resolve().parents[3] / "docs" / "docsite" / "rst" / "costs.rst").read_text()


def test_the_guide_shows_the_table_as_it_is() -> None:
    churn = row(
        "churn",
        2055.68,
        hourly_cost=2.816,
        variants=[variant(instance_type="ml.g5.xlarge")],
        release_created="2030-01-19T11:00:00+00:00",
        drift={
            "state": "drifted",
            "changes": [{"path": "production_variants[AllTraffic].desired_instance_count", "recorded": 1, "live": 2}],
        },
        idle_days=14,
    )
    fraud = row(
        "fraud",
        84.1,
        hourly_cost=0.1152,
        region="us-west-2",
        variants=[variant(1, 1)],
        release="fraud-config-5e6f7a8b",
        release_created="2030-01-28T11:00:00+00:00",
        autoscaling=[{"name": "AllTraffic", "min_capacity": 1, "max_capacity": 4}],
        idle_days=0,
    )
    shown = result(fraud, churn)
    shown["regions"] = [{"region": "us-east-1"}, {"region": "us-west-2"}]
    shown["totals"].update(unknown=0, hourly_cost=2.9312, monthly_cost=2139.78)
    assert textwrap.indent(table.text(shown, NOW), "    ", lambda line: line != "\n") in GUIDE


def test_the_guide_shows_a_price_file_that_can_be_read() -> None:
    (written,) = re.findall(r"^    # prices.yml.*\n(?:    .*\n)+", GUIDE, re.M)
    table_of_prices = price_file.parse(textwrap.dedent(written), "prices.yml")
    assert (table_of_prices.currency, len(table_of_prices.hourly)) == ("EUR", 3)
