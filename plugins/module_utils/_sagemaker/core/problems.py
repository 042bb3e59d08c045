# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with input, as values: where, and what. The one place that puts messages about input together. Pure.

A path names an option as users write it: C(production_variants[0].instance_type). A part in brackets is the index of an entry or
its name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Iterable
from typing import Iterator
from typing import List
from typing import Optional


@dataclass(frozen=True)
class Problem:
    """path: the option or the variable that is wrong; text: what is wrong with it, and what to do."""

    path: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}: {self.text}" if self.path else self.text

    def inside(self, outer: str) -> Problem:
        """Return the same problem as seen from outside of the structure in the path outer."""
        return Problem(join(outer, self.path), self.text)


def join(outer: str, inner: str) -> str:
    """Return the path of what is at inner in the structure at outer. Either may be empty."""
    return f"{outer}{inner}" if not outer or not inner or inner.startswith("[") else f"{outer}.{inner}"


def around(path: str) -> Iterator[str]:
    """Yield the path itself and those of all that it is inside of, the innermost first."""
    yield path
    for part in reversed(list(re.finditer(r"\.|\[", path))):
        yield path[: part.start()]


def overlaps(path: str, others: Iterable[str]) -> bool:
    """Return whether a path is one of the others, inside one of them, or around one."""
    outer = set(around(path))
    return any(other in outer or path in around(other) for other in others)


def within(outer: str, problems: Iterable[Problem]) -> List[Problem]:
    """Return problems of a structure as seen from outside of it."""
    return [problem.inside(outer) for problem in problems]


def unique(problems: Iterable[Problem]) -> List[Problem]:
    """Return each problem once, in the same order."""
    return list(dict.fromkeys(problems))


def message(problems: Iterable[Problem]) -> str:
    """Return the message that shows all of these problems, one a line."""
    return "\n".join(map(str, problems))


# What a limit can be on, beside the number itself.
ENTRIES, CHARACTERS, BYTES = "entries", "characters", "bytes"


def out_of_range(given: float, lowest: Optional[float], highest: Optional[float], unit: str = "") -> Optional[str]:
    """Return the text for a number outside of its limits, None for one inside. lowest, highest: None without a limit.

    unit: what is counted, as a plural; empty where the number itself is the value of the option.
    """
    if (lowest is None or given >= lowest) and (highest is None or given <= highest):
        return None
    # No count is below 0, so that there it is no limit.
    expected = f"have {_range(lowest or None, highest)} {unit}" if unit else f"be {_range(lowest, highest)}"
    return f"must {expected}, got {_shown(given)}."


def _range(lowest: Optional[float], highest: Optional[float]) -> str:
    if lowest is None or highest is None:
        return f"at most {_shown(highest)}" if lowest is None else f"at least {_shown(lowest)}"
    return f"between {_shown(lowest)} and {_shown(highest)}"


def _shown(value: Optional[float]) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
