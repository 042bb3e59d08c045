# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service models' regular expressions, which are Java's, turned into Python's."""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import lru_cache

# Java's ASCII classes, as they are written inside brackets.
ASCII_CLASSES = {"Print": r"\x20-\x7e", "ASCII": r"\x00-\x7f", "Alnum": "a-zA-Z0-9", "Alpha": "a-zA-Z"}


@lru_cache(maxsize=None)
def _unicode_classes() -> dict[str, str]:
    """The code points of each Unicode main category (L, N, Z, ...), as ranges for the inside of brackets."""
    ranges: dict[str, list[list[int]]] = {}
    for point in range(sys.maxunicode + 1):
        known = ranges.setdefault(unicodedata.category(chr(point))[0], [])
        if known and known[-1][1] == point - 1:
            known[-1][1] = point
        else:
            known.append([point, point])
    return {
        letter: "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in pairs) for letter, pairs in ranges.items()
    }


def _class(name: str) -> str:
    return ASCII_CLASSES.get(name) or _unicode_classes()[name[0]]


@lru_cache(maxsize=None)
def translate(pattern: str) -> str:
    """A Java pattern as a Python one. Knows what the models of our services use: property classes, surrogate pairs."""
    pattern = re.sub(
        r"\\u(D[89AB][0-9A-F]{2})\\u(D[C-F][0-9A-F]{2})",
        lambda pair: f"\\U{0x10000 + ((int(pair[1], 16) - 0xD800) << 10) + int(pair[2], 16) - 0xDC00:08x}",
        pattern,
        flags=re.IGNORECASE,
    ).replace(r"\z", r"\Z")
    out, inside = [], False
    for token in re.findall(r"\\p\{\w+\}|\\p\w|\\.|.", pattern, flags=re.DOTALL):
        if token.startswith(r"\p"):
            content = _class(token[2:].strip("{}"))
            out.append(content if inside else f"[{content}]")
            continue
        if token == "[":
            # Python takes a bracket inside brackets as itself but warns of it.
            out.append(r"\[" if inside else "[")
            inside = True
            continue
        if token == "]":
            inside = False
        out.append(token)
    return "".join(out)


@lru_cache(maxsize=None)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(translate(pattern))


def matches(pattern: str, text: str) -> bool:
    """Whether the whole text matches: the service anchors patterns at both ends. behaviour 1.2"""
    return _compiled(pattern).fullmatch(text) is not None
