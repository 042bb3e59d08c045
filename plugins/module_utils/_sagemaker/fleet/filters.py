# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters of endpoints, as an inventory has them. Pure.

A filter is C({name of the filter: value, or a list of values}). An endpoint matches if each name has one of its values.
What is not known matches nothing.
"""

from __future__ import annotations

import difflib
import re
from typing import Any
from typing import Callable
from typing import Dict
from typing import Iterable
from typing import Iterator
from typing import List
from typing import Mapping
from typing import Pattern

from ..core.problems import Problem
from ..core.types import Api
from .rows import Row

Filter = Mapping[str, Any]

TAG = "tag:"


def _instance_types(row: Row) -> Iterator[str]:
    for variant in row["variants"] or ():
        yield variant["instance_type"]
        yield from (pool["instance_type"] for pool in variant["instance_pools"])


# The texts of an endpoint that a filter of this name looks at. Those of an entry of ListEndpoints come first.
_LISTED: Dict[str, str] = {"name": "EndpointName", "status": "EndpointStatus"}
_TEXTS: Dict[str, Callable[[Row], Iterable[Any]]] = {
    "name": lambda row: [row["name"]],
    "status": lambda row: [row["status"]],
    "kind": lambda row: [row["kind"]],
    "managed": lambda row: [row["managed"]],
    "release": lambda row: [row["release"]],
    "endpoint_config_name": lambda row: [row["endpoint_config_name"]],
    "instance_type": _instance_types,
    "image": lambda row: row["images"] or (),
    "tag_key": lambda row: row["tags"] or (),
}
NAMES = tuple(_TEXTS)


def problems(option: str, given: Iterable[Filter]) -> Iterator[Problem]:
    """Yield the problems of the names of filters. option: the option that has them."""
    for one in given:
        for name in one:
            if name not in _TEXTS and not (name.startswith(TAG) and name != TAG):
                nearest = difflib.get_close_matches(name, NAMES, 1)
                meant = f" Did you mean {nearest[0]}?" if nearest else ""
                yield Problem(f"{option}.{name}", f"must be one of {', '.join(NAMES)}, or {TAG}KEY.{meant}")


def may_match(given: Filter, listed: Api) -> bool:
    """Return whether an endpoint may match, from its entry in ListEndpoints alone."""
    return all(_is_one_of([listed[member]], given[name]) for name, member in _LISTED.items() if name in given)


def matches(given: Filter, row: Row) -> bool:
    """Return whether an endpoint matches."""
    return all(_is_one_of(_texts(name, row), values) for name, values in given.items())


def _texts(name: str, row: Row) -> Iterable[Any]:
    if name.startswith(TAG):
        key = name[len(TAG) :]
        return [row["tags"][key]] if key in (row["tags"] or ()) else ()
    return _TEXTS[name](row)


def _is_one_of(texts: Iterable[Any], values: Any) -> bool:
    """Return whether one of the texts is one of the values."""
    patterns = [_pattern(_text(value)) for value in (values if isinstance(values, list) else [values])]
    known: List[str] = [_text(text) for text in texts if text is not None]
    return any(pattern.fullmatch(text) for text in known for pattern in patterns)


def _pattern(value: str) -> Pattern[str]:
    """Return a value as a pattern with the wildcards of the filters of AWS: * and ?, which a backslash makes ordinary."""
    parts = re.findall(r"\\[*?\\]|.", value, re.DOTALL)
    return re.compile("".join(_WILDCARDS.get(part) or re.escape(part[-1]) for part in parts), re.DOTALL)


_WILDCARDS = {"*": ".*", "?": "."}


def _text(value: Any) -> str:
    """Return a value as text. YAML makes a boolean of the value of managed, and a number of a tag such as 1."""
    return str(value).lower() if isinstance(value, bool) else str(value)
