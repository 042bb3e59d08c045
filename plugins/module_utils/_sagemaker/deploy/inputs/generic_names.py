# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Misspelt names of the short variables of playbooks, which resemble variables of other purposes. Pure."""

from __future__ import annotations

import difflib
from typing import Collection
from typing import Iterator

from ...core.problems import Problem

# The short variables, and what is often said instead.
GENERIC = {
    "regions": ("region", "aws_regions"),
    "names": ("name", "endpoint", "endpoints", "endpoint_name", "endpoint_names"),
    "report": ("reports", "report_file", "report_path"),
}

# As much as names with two letters exchanged. Lengths count too, because port resembles report as much.
_CLOSE = 0.8


def problems(names: Collection[str], playbook: Collection[str]) -> Iterator[Problem]:
    """Yield the problems of variables that look like a short one of the playbook that is not set. names, playbook: see unknown_variables."""
    # With a region that is set, another one has another purpose.
    others = set(names) - set(playbook) - ({"region"} if "aws_region" in names else set())
    for known in sorted(set(GENERIC) & set(playbook) - set(names)):
        for name in sorted(others):
            if name in GENERIC[known] or _resembles(name.lower(), known):
                yield _mistaken(name, known)
    # A playbook that takes regions and no names acts on all endpoints there.
    if "regions" in playbook and "names" not in playbook:
        for name in sorted({"names", *GENERIC["names"]} & set(names)):
            yield Problem(
                name, "is not known: the playbook is about all endpoints of its regions. Remove the variable."
            )


def _resembles(name: str, known: str) -> bool:
    return abs(len(name) - len(known)) <= 1 and difflib.SequenceMatcher(None, name, known).ratio() >= _CLOSE


def _mistaken(name: str, meant: str) -> Problem:
    meant = "regions or aws_region" if meant == "regions" else meant
    return Problem(
        name,
        f"is not known (did you mean {meant}?). Correct the name, or remove the variable. If it has another purpose, set {meant}, too.",
    )
