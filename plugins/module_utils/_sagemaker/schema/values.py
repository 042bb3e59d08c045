# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plain values: as text, as points in time, as 32-bit numbers, and as messages show them. Pure, and without botocore."""

from __future__ import annotations

import datetime
import decimal
import math
import re
import struct
import unicodedata
from typing import Any
from typing import Mapping
from typing import Optional

from ..core.errors import InputError
from ..core.problems import Problem

# What to do about a dictionary or a list in the place of a text, which is how JSON in a variable arrives.
JSON_AS_TEXT = (
    "Write JSON as one text in quotes. Where a template makes it, end the template with | to_json: ansible-core before 2.19 "
    "makes a dictionary or a list of any other text that looks like one."
)


def text(value: Any) -> str:
    """What is no text where the API wants one: 1 is "1", true is "true", a point in time is ISO 8601."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and "e" in repr(value):
        # As it was written, and as Terraform writes it: without an exponent.
        return f"{decimal.Decimal(repr(value)):f}"
    # YAML makes a date or a time of what looks like one and has no quotes.
    return value.isoformat() if isinstance(value, datetime.date) else str(value)


def float32(value: float) -> float:
    """A number as the service keeps it where the model says float: 32 bits."""
    try:
        return struct.unpack("f", struct.pack("f", value))[0]
    except OverflowError:
        return math.inf


def to_datetime(value: Any, path: str = "") -> datetime.datetime:
    """A point in time, in UTC, out of ISO 8601 text (or a datetime); without a zone it is taken as UTC."""
    try:
        time = value if isinstance(value, datetime.datetime) else _parsed(value)
        return (time if time.tzinfo else time.replace(tzinfo=datetime.timezone.utc)).astimezone(datetime.timezone.utc)
    # A number that is no time is a RuntimeError of botocore's.
    except (ValueError, TypeError, OverflowError, RuntimeError) as error:
        problem = Problem(path, f"{value!r} is no point in time; write it as 2030-01-31T18:00:00Z.")
        raise InputError(problem) from error


def iso_datetime(value: Any) -> Optional[datetime.datetime]:
    """Return a point in time out of ISO 8601 text (or a datetime), in UTC unless it says otherwise; None for all else.

    What the service takes besides is for to_datetime, which needs botocore.
    """
    try:
        time = (
            value
            if isinstance(value, datetime.datetime)
            else datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
        )
    except (ValueError, AttributeError):
        return None
    return time if time.tzinfo else time.replace(tzinfo=datetime.timezone.utc)


def _parsed(value: Any) -> datetime.datetime:
    # Only here, since importing botocore takes longer than most of what needs this file.
    from botocore.utils import parse_timestamp

    return parse_timestamp(value)


def described(value: Any) -> str:
    """A value in a message: a scalar itself, shortened; of anything else only what it is."""
    if isinstance(value, Mapping):
        return "a dictionary"
    if isinstance(value, list):
        return "a list"
    shown = text(value)
    return f"'{shown}'" if len(shown) <= 80 else f"'{shown[:77]}...'"


_UNICODE_CLASSES = {"L": "L", "Z": "Z", "N": "N"}


def matches(pattern: str, value: str) -> bool:
    """Whether the whole value matches a pattern of the service model (Java's dialect, anchored at both ends).

    Java's \\p{L}, \\p{Z} and \\p{N} have no twin in Python: their characters are taken out of the value beforehand.
    A pattern that Python cannot read at all is left to the service.
    """
    classes = set(re.findall(r"\\p\{(\w+)\}", pattern))
    if classes - set(_UNICODE_CLASSES):
        return True
    if classes:
        value = "".join("a" if unicodedata.category(char)[0] in classes else char for char in value)
        pattern = re.sub(r"(\\p\{\w+\})+", "a", pattern)
    try:
        # Java's \d, \s and \w are ASCII only.
        return re.fullmatch(pattern, value, re.ASCII) is not None
    except re.error:
        return True
