# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the pages of the built site, and find links that lead nowhere and sections that a reader does not get to."""

from __future__ import annotations

import dataclasses
import html.parser
import posixpath
import urllib.parse
from pathlib import Path

FIRST = "index.html"
# What a reader gets to from the first page, in as many clicks at most: the heading of the section.
GOALS = ("Roll back", "Why did it fail?", "Stop for the weekend")
CLICKS = 2

HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
Target = tuple[str, str]


@dataclasses.dataclass
class Page:
    """``headings`` is the heading of the section that each anchor stands in; ``links`` are those of the text, not of the navigation."""

    name: str
    anchors: set[str] = dataclasses.field(default_factory=set)
    headings: dict[str, str] = dataclasses.field(default_factory=dict)
    links: list[Target] = dataclasses.field(default_factory=list)


class _Reader(html.parser.HTMLParser):
    def __init__(self, page: Page) -> None:
        super().__init__()
        self.page = page
        self._open: list[str] = []
        self._text_from: int | None = None
        self._anchors: list[str] = []
        self._heading: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag not in VOID:
            self._open.append(tag)
        if attributes.get("role") == "main":
            self._text_from = len(self._open)
        if tag == "section":
            self._anchors = []
        if "id" in attributes:
            self.page.anchors.add(attributes["id"])
            self._anchors.append(attributes["id"])
        if tag in HEADINGS:
            self._heading = []
        if tag == "a" and "href" in attributes and self._text_from and len(self._open) > self._text_from:
            self._link(attributes["href"])

    def handle_endtag(self, tag: str) -> None:
        if tag not in self._open:
            return
        while self._open.pop() != tag:
            pass
        if self._text_from and len(self._open) < self._text_from:
            self._text_from = None
        if tag in HEADINGS and self._heading is not None:
            text = " ".join("".join(self._heading).split()).rstrip("\uf0c1¶")
            self.page.headings |= dict.fromkeys(self._anchors, text)
            self._anchors, self._heading = [], None

    def handle_data(self, data: str) -> None:
        if self._heading is not None:
            self._heading.append(data)

    def _link(self, href: str) -> None:
        address = urllib.parse.urlsplit(href)
        if address.scheme or address.netloc:
            return
        folder = posixpath.dirname(self.page.name)
        name = posixpath.normpath(posixpath.join(folder, address.path)) if address.path else self.page.name
        self.page.links.append((name, urllib.parse.unquote(address.fragment)))


def read_page(name: str, text: str) -> Page:
    page = Page(name)
    _Reader(page).feed(text)
    return page


def read_site(folder: Path) -> dict[str, Page]:
    """Return the pages by their paths in the folder."""
    names = (path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*.html")))
    return {name: read_page(name, (folder / name).read_text(encoding="utf-8")) for name in names}


def problems(site: dict[str, Page]) -> list[str]:
    """Return a line for each thing that is wrong."""
    wrong = [
        f"{page.name}: the link {name}{'#' * bool(anchor)}{anchor} leads nowhere"
        for page in site.values()
        for name, anchor in page.links
        if name not in site or anchor and anchor not in site[name].anchors
    ]
    reached = {site[name].headings.get(anchor) for name, anchor in _reachable(site, CLICKS) if name in site}
    return wrong + [f"{FIRST}: no section {goal!r} within {CLICKS} clicks" for goal in GOALS if goal not in reached]


def _reachable(site: dict[str, Page], clicks: int) -> set[Target]:
    """Return where that many clicks lead to from the first page."""
    reached: set[Target] = set()
    names = {FIRST}
    for _click in range(clicks):
        reached |= {target for name in names if name in site for target in site[name].links}
        names = {name for name, _anchor in reached}
    return reached
