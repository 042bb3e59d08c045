# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which lines of containers' logs a failure report shows, and of which streams. Pure."""

from __future__ import annotations

import re
from typing import Any
from typing import Dict
from typing import List
from typing import Mapping
from typing import Optional
from typing import Sequence

from ..core import failure_causes

# So many lines a report has, and so many of them end its message.
MOST = 40
IN_MESSAGE = 3

# A line as reports show it: time, stream, message.
Line = Dict[str, str]

_ERROR = re.compile(
    r"\b(ERROR|CRITICAL|FATAL|SEVERE|Error|Fatal|[Ff]ailed|[Pp]anic(ked)?|Traceback|Killed|Aborted|Segmentation fault)\b"
    r"|\b\w*(Error|Exception)\b|\berror:"
)
# What a server writes for each health check says nothing about why it failed.
_HEALTH_CHECK = re.compile(r"GET /ping\b")


def is_error(text: str) -> bool:
    """Return whether a line tells of an error."""
    if failure_causes.is_telling(text):
        return True
    return _ERROR.search(text) is not None and _HEALTH_CHECK.search(text) is None


def last_words(lines: Sequence[Line], most: int) -> List[Line]:
    """Return the lines of one stream from the first error on, or the last ones where there is none, at most so many.

    Of more than that the first half is where the error begins, and the second half is the end.
    """
    start = next((number for number, one in enumerate(lines) if is_error(one["message"])), None)
    if start is None:
        return list(lines[-most:])
    told = lines[start:]
    if len(told) <= most:
        return list(told)
    return [*told[: most - most // 2], *told[len(told) - most // 2 :]]


def excerpt(streams: Sequence[Sequence[Line]]) -> List[Line]:
    """Return the lines of a report, stream by stream. What one does not need of its share the others get."""
    shown, left = {}, MOST
    by_length = sorted(range(len(streams)), key=lambda number: len(streams[number]))
    for position, number in enumerate(by_length):
        shown[number] = last_words(streams[number], max(1, left // (len(streams) - position)))
        left -= len(shown[number])
    return [line for number in range(len(streams)) for line in shown[number]][:MOST]


def ending(lines: Sequence[Line]) -> str:
    """Return the end of a message: the last lines."""
    return "".join(f"\n  {line['message']}" for line in lines[-IN_MESSAGE:])


def variant_of(stream: str) -> str:
    """Return the variant that a log stream belongs to: it is called C(variant/instance), or C(variant/instance/container)."""
    return stream.partition("/")[0]


def chosen(streams: Sequence[Mapping[str, Any]], since: Optional[int], reason: str) -> List[str]:
    """Return the names of those streams that a rollout wrote, in the order in which they are worth reading.

    streams: as CloudWatch Logs describes them, the latest first. since: milliseconds, None where the beginning is not known. The
    variants take turns, beginning with those that the reason names. What only repeats requests (C(data-log)) is left out.
    """
    names = [
        one["logStreamName"]
        for one in streams
        if not one["logStreamName"].endswith("/data-log")
        and (since is None or max(one.get("creationTime", 0), one.get("lastEventTimestamp", 0)) >= since)
    ]
    by_variant: Dict[str, List[str]] = {}
    for name in names:
        by_variant.setdefault(variant_of(name), []).append(name)
    order = sorted(by_variant, key=lambda variant: re.search(rf"\b{re.escape(variant)}\b", reason) is None)
    turns = max(map(len, by_variant.values()), default=0)
    return [by_variant[one][turn] for turn in range(turns) for one in order if turn < len(by_variant[one])]
