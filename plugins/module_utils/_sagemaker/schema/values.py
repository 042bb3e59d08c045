# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Conversion of plain values to text, points in time, 32-bit numbers, and their form in messages. Pure, and without
botocore."""

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

# The remedy for a dictionary or a list instead of text, which is the result of JSON in a variable.
JSON_AS_TEXT = (
    "Write JSON as one text in quotes. Where a template makes it, end the template with | to_json: ansible-core before 2.19 "
    "makes a dictionary or a list of any other text that looks like one."
)


def text(value: Any) -> str:
    """Return a value as text: 1 is "1", true is "true", a point in time is ISO 8601."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and "e" in repr(value):
        # As written, and as Terraform writes it: without an exponent.
        return f"{decimal.Decimal(repr(value)):f}"
    # YAML turns an unquoted text that looks like a date or time into one.
    return value.isoformat() if isinstance(value, datetime.date) else str(value)


def float32(value: float) -> float:
    """Return a number as the service stores a float: in 32 bits."""
    try:
        return struct.unpack("f", struct.pack("f", value))[0]
    except OverflowError:
        return math.inf


def to_datetime(value: Any, path: str = "") -> datetime.datetime:
    """Return ISO 8601 text (or a datetime) as a point in time in UTC. A time without a zone is UTC."""
    try:
        time = value if isinstance(value, datetime.datetime) else _parsed(value)
        return (time if time.tzinfo else time.replace(tzinfo=datetime.timezone.utc)).astimezone(datetime.timezone.utc)
    # For a number that is not a time, botocore raises RuntimeError.
    except (ValueError, TypeError, OverflowError, RuntimeError) as error:
        problem = Problem(path, f"{value!r} is not a valid point in time. Write it as 2030-01-31T18:00:00Z.")
        raise InputError(problem) from error


def iso_datetime(value: Any) -> Optional[datetime.datetime]:
    """Return ISO 8601 text (or a datetime) as a point in time, in UTC unless it has a zone, None for anything else.

    to_datetime supports the other formats of the service, but needs botocore.
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
    # Imported here, because importing botocore takes longer than most uses of this file.
    from botocore.utils import parse_timestamp

    return parse_timestamp(value)


def described(value: Any) -> str:
    """Return a value for a message: a scalar shortened, anything else only by its type."""
    if isinstance(value, Mapping):
        return "a dictionary"
    if isinstance(value, list):
        return "a list"
    shown = text(value)
    return f"'{shown}'" if len(shown) <= 80 else f"'{shown[:77]}...'"


_UNICODE_CLASSES = {"L": "L", "Z": "Z", "N": "N"}


def matches(pattern: str, value: str) -> bool:
    """Return whether the whole value matches a pattern of the service model (Java syntax, anchored at both ends).

    Python has no equivalent of Java's \\p{L}, \\p{Z} and \\p{N}, so their characters are removed from the value first. The service
    checks patterns that Python cannot parse.
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
