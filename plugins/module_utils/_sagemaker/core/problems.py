# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Problems of input as values. The only file that assembles messages about input. Pure.

A path names an option as users write it: C(production_variants[0].instance_type). A part in brackets is the index of an entry or
its name.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import Any
from typing import Iterable
from typing import Iterator
from typing import List
from typing import Mapping
from typing import Optional


@dataclass(frozen=True)
class Problem:
    """path: the option or variable with the problem; text: what is wrong, and what to do."""

    path: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}: {self.text}" if self.path else self.text

    def inside(self, outer: str) -> Problem:
        """Return the same problem with its path seen from outside the structure at outer."""
        return Problem(join(outer, self.path), self.text)


# How a lookup returns its problem in place of a value, so that the role can name the variable, and tell other problems too.
UNRESOLVED = "(no value) "


def unresolved(value: Any, path: str = "") -> Iterator[Problem]:
    """Yield the problems of lookups in place of values, with their paths."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from unresolved(item, join(path, str(key)))
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from unresolved(item, f"{path}[{index}]")
    elif isinstance(value, str) and UNRESOLVED in value:
        yield from (Problem(path, text) for text in value.partition(UNRESOLVED)[2].splitlines())


def join(outer: str, inner: str) -> str:
    """Return the path of inner in the structure at outer. Either may be empty."""
    return f"{outer}{inner}" if not outer or not inner or inner.startswith("[") else f"{outer}.{inner}"


def around(path: str) -> Iterator[str]:
    """Yield the path and the paths of all structures around it, the innermost first."""
    yield path
    for part in reversed(list(re.finditer(r"\.|\[", path))):
        yield path[: part.start()]


def overlaps(path: str, others: Iterable[str]) -> bool:
    """Return whether a path equals one of the others, is inside one, or contains one."""
    outer = set(around(path))
    return any(other in outer or path in around(other) for other in others)


def within(outer: str, problems: Iterable[Problem]) -> List[Problem]:
    """Return problems of a structure with their paths seen from outside it."""
    return [problem.inside(outer) for problem in problems]


def unique(problems: Iterable[Problem]) -> List[Problem]:
    """Return the problems without duplicates, in the same order."""
    return list(dict.fromkeys(problems))


def message(problems: Iterable[Problem]) -> str:
    """Return a message with one line for each problem."""
    return "\n".join(map(str, problems))


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a sentence with the known name that resembles another one most, with a blank before it, '' if none does."""

    def likeness(one: str) -> float:
        return difflib.SequenceMatcher(None, name, one).ratio()

    close = max(sorted(known), key=likeness, default="")
    return f" Did you mean {close}?" if likeness(close) >= _ALIKE else ""


_ALIKE = 0.7


# The units of limits on a size.
ENTRIES, CHARACTERS, BYTES = "entries", "characters", "bytes"


def out_of_range(given: float, lowest: Optional[float], highest: Optional[float], unit: str = "") -> Optional[str]:
    """Return the text for a number outside its limits, None for one inside. lowest, highest: None without a limit.

    unit: the counted unit, as a plural; empty if the number is the value of the option.
    """
    if (lowest is None or given >= lowest) and (highest is None or given <= highest):
        return None
    # A count is never below 0, so a lowest count of 0 is not a limit.
    expected = f"have {_range(lowest or None, highest)} {unit}" if unit else f"be {_range(lowest, highest)}"
    return f"must {expected}, got {_shown(given)}."


def _range(lowest: Optional[float], highest: Optional[float]) -> str:
    if lowest is None or highest is None:
        return f"at most {_shown(highest)}" if lowest is None else f"at least {_shown(lowest)}"
    return f"between {_shown(lowest)} and {_shown(highest)}"


def _shown(value: Optional[float]) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
