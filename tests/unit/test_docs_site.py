# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the build of the documentation site refuses: links that lead nowhere, and sections that are too far away."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs_site.pages import GOALS
from docs_site.pages import problems
from docs_site.pages import read_page

SECTIONS = "".join(f'<section id="s{i}"><h2>{goal}<a href="#s{i}">¶</a></h2></section>' for i, goal in enumerate(GOALS))
LINKS = "".join(f'<a href="guides/a.html#s{i}">x</a>' for i in range(len(GOALS)))


def site(**texts: str) -> list[str]:
    names = {"first": "index.html", "guide": "guides/a.html", "between": "b.html", "further": "c.html"}
    pages = {
        names[key]: f'<div><a href="c.html">navigation</a><div role="main"><br>{text}</div></div>'
        for key, text in texts.items()
    }
    return problems({name: read_page(name, text) for name, text in pages.items()})


@pytest.mark.parametrize(
    "texts",
    [
        {"first": LINKS, "guide": SECTIONS},
        {"first": '<a href="b.html">x</a>', "between": LINKS, "guide": SECTIONS},
        {
            "first": '<a href="guides/a.html">x</a>',
            "guide": '<a href="https://example.com/x">x</a><a href="#s0">x</a><a href="#s1">x</a><a href="#s2">x</a>'
            + SECTIONS,
        },
    ],
)
def test_a_site_in_which_readers_find_everything(texts: dict[str, str]) -> None:
    assert site(**texts) == []


def test_what_is_three_clicks_away_is_too_far() -> None:
    found = site(first='<a href="b.html">x</a>', between='<a href="c.html">x</a>', further=LINKS, guide=SECTIONS)
    assert found == [f"index.html: no section {goal!r} within 2 clicks" for goal in GOALS]


@pytest.mark.parametrize(
    ("link", "named"),
    [("none.html", "none.html"), ("guides/a.html#none", "guides/a.html#none"), ("../index.html#x", "../index.html#x")],
)
def test_a_link_that_leads_nowhere(link: str, named: str) -> None:
    assert site(first=f'{LINKS}<a href="{link}">x</a>', guide=SECTIONS) == [
        f"index.html: the link {named} leads nowhere"
    ]


def test_the_readme_links_to_every_guide_by_its_title() -> None:
    checkout = Path(__file__).resolve().parents[2]
    address = "https://github.com/mlops-sagemaker/mlops.sagemaker/blob/main/docs/docsite/rst/"
    titles = {
        path.name: re.search(r"^(.+)\n=+$", path.read_text(), re.M)[1]  # type: ignore[index]
        for path in (checkout / "docs" / "docsite" / "rst").glob("*.rst")
    }
    readme = (checkout / "README.md").read_text()
    assert [title for name, title in titles.items() if f"- [{title}]({address}{name})\n" not in readme] == []
