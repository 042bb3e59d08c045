# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The changes of a plan as human-readable lines: the field, and its values before and after. Pure."""

from __future__ import annotations

import json
import os
from typing import Any
from typing import Iterable
from typing import List
from typing import Mapping
from typing import Tuple

from ..core.secrets import MASK

# Internal tags of the role.
OWN_TAGS = "tags.mlops.sagemaker/"

# Values up to this length are shown whole. Longer pairs are shown without their equal beginning and end, apart from some characters
# around the difference.
LENGTH = 60
AROUND = 12
CUT = "..."

# Of the earlier value only a hash exists.
_MARKER = "release_marker"

# What a run does about the autoscaling that an interrupted run has suspended.
_INTERRUPTED = {
    ("deregistered", "registered"): "registered again, because an interrupted run has left it suspended",
    ("remembered", "registered"): "registered already, so the copy that an interrupted run has saved is removed",
}

# The name of a model depends on its content, which is among the changes itself.
_FOLLOWS = ".model_name"


def lines(changes: Iterable[Mapping[str, Any]]) -> List[str]:
    """Return a line for each change, without duplicates. Several resources in one plan, such as execution roles, may change alike."""
    shown = [change for change in changes if not change["path"].startswith(OWN_TAGS)]
    causes = [change for change in shown if not _is_consequence(change)]
    return list(dict.fromkeys(line(change) for change in causes or shown))


def _is_consequence(change: Mapping[str, Any]) -> bool:
    """Return whether the change follows from a change of a model's content."""
    return change["path"].endswith(_FOLLOWS) and None not in (change["before"], change["after"])


def line(change: Mapping[str, Any]) -> str:
    """Return the change as one line."""
    path, before, after = change["path"], change["before"], change["after"]
    if path.startswith("autoscaling[") and (before, after) in _INTERRUPTED:
        return f"{path}: {_INTERRUPTED[before, after]}"
    if MASK in (before, after):
        return f"{path}: {'set' if before is None else 'removed' if after is None else 'changed'} (secret)"
    if path == _MARKER and before is None:
        return f"{path}: {'differs' if after is None else _alone(after) if after else 'removed'}"
    if after is None:
        # The name in the path already shows the removed item.
        return f"{path}: removed" if path.endswith(f"[{before}]") else f"{path}: removed (was {_alone(before)})"
    if before is None:
        return f"{path}: added" if path.endswith(f"[{after}]") else f"{path}: added ({_alone(after)})"
    return f"{path}: {' -> '.join(around_difference(_text(before), _text(after)))}"


def around_difference(before: str, after: str) -> Tuple[str, str]:
    """Return both texts, if one is long without their equal beginning and end. The difference itself is never cut."""
    if max(len(before), len(after)) <= LENGTH:
        return before, after
    begin = len(os.path.commonprefix([before, after]))
    end = len(os.path.commonprefix([before[begin:][::-1], after[begin:][::-1]]))
    return _cut(before, begin, end), _cut(after, begin, end)


def _cut(text: str, begin: int, end: int) -> str:
    """Return the text without the equal beginning and end, apart from some characters around the difference."""
    first = max(0, begin - AROUND)
    last = len(text) - max(0, end - AROUND)
    return f"{CUT if first else ''}{text[first:last]}{CUT if last < len(text) else ''}"


def _alone(value: Any) -> str:
    """Return a value without a counterpart. If it is long, only the plan contains all of it."""
    text = _text(value)
    return text if len(text) <= 2 * LENGTH else f"{text[: 2 * LENGTH]}{CUT}"


def _text(value: Any) -> str:
    """Return the value on one line."""
    if isinstance(value, str) and value.isprintable():
        return value
    return json.dumps(value, default=str, ensure_ascii=False, sort_keys=True)
