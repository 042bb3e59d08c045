# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets in the logs of containers: the values of their environments, whole and in pieces, and what looks secret. Pure.

Only the environments tell what is secret, and a container may write a value otherwise than it was given: escaped, encoded, cut off, or
wrapped over several lines.
"""

from __future__ import annotations

import base64
import json
import re
from functools import lru_cache
from typing import Any
from typing import FrozenSet
from typing import Iterable
from typing import Iterator
from typing import List
from typing import Mapping
from typing import Match
from typing import Pattern
from typing import Sequence
from urllib.parse import quote

from ..core import secrets
from ..core.secrets import MASK
from ..core.secrets import MIN_MASKED_LENGTH

# So many characters in a row of a secret are masked wherever they stand.
PIECE = 12
# A longer value is not looked for where it is wrapped, because that takes time. Its lines and pieces are.
LONGEST_WRAPPED = 2000

# How texts that are no options name a secret: an assignment, an entry of JSON or of a dictionary, a header.
_ASSIGNMENT = re.compile(
    r"""(?P<key>\b[A-Za-z_][\w.-]*)(?P<quote>["']?)(?P<sign>\s*=\s*|["']\s*:\s*|:\s*(?=["']))["']?(?P<value>[^\s"',;&)}\]]+)"""
)
_BEARER = re.compile(r"\b(?P<kind>Bearer|Basic)\s+[\w.~+/=-]{8,}", re.IGNORECASE)
_EXCEPTION = re.compile(r"(Error|Exception|Warning)$")
# Between the characters of a value that is wrapped: the end of a line or of an event, with the blanks around it.
_EVENT = "\0"
_WRAP = rf"(?:[ \t]*[\n{_EVENT}][ \t]*)?"


def hidden_values(environments: Iterable[Mapping[str, Any]], keys: secrets.Keys = ()) -> List[str]:
    """Return what must not stand in the logs of containers with these environments, the longest first.

    keys: those that are secret whatever they look like.
    """
    found = {
        form
        for environment in environments
        for key, value in environment.items()
        for part in _parts(str(key), str(value), keys)
        for form in _forms(part)
    }
    return sorted((one for one in found if len(one) >= MIN_MASKED_LENGTH), key=lambda one: (-len(one), one))


def _parts(key: str, value: str, keys: secrets.Keys) -> Iterator[str]:
    """Yield the secret parts of a value: all of it, its lines, the password of a URL, secret members of JSON, and tokens."""
    if secrets.is_secret(key, value, keys):
        yield value
        # A log has the lines one by one.
        yield from value.splitlines()
    yield from (found["password"] for found in secrets.URL_PASSWORD.finditer(value))
    yield from (found[0] for found in secrets.TOKEN_FORM.finditer(value))
    if value.lstrip().startswith("{"):
        try:
            members = json.loads(value)
        except ValueError:
            return
        for name, member in members.items():
            if isinstance(member, str):
                yield from _parts(name, member, keys)


def _forms(part: str) -> Iterator[str]:
    """Yield a secret as it may be written: as it is, escaped in JSON, encoded in a URL, and in base64."""
    text = part.strip()
    yield text
    yield json.dumps(text)[1:-1]
    yield quote(text, safe="")
    yield base64.b64encode(text.encode()).decode().rstrip("=")


def masked_lines(lines: Sequence[str], hidden: Sequence[str]) -> List[str]:
    """Return the events of a container's log without these values and without what looks secret."""
    text = _EVENT.join(line.replace(_EVENT, " ") for line in lines)
    for value in hidden:
        text = _wrapped(value).sub(_mask, text) if len(value) <= LONGEST_WRAPPED else text.replace(value, MASK)
    pieces = _pieces(tuple(hidden))
    return [masked_text(line, pieces) for line in text.split(_EVENT)] if lines else []


@lru_cache(maxsize=64)
def _wrapped(value: str) -> Pattern[str]:
    return re.compile(_WRAP.join(re.escape(char) for char in re.sub(r"[ \t]*\n[ \t]*", "", value)))


def _mask(found: Match[str]) -> str:
    """Return the mask, with the ends of lines that the secret was wrapped over."""
    return MASK + "".join(re.findall(rf"[\n{_EVENT}]", found[0]))


@lru_cache(maxsize=8)
def _pieces(hidden: Sequence[str]) -> FrozenSet[str]:
    """Return the pieces of the values that are one word. Pieces of sentences may stand anywhere."""
    words = [value for value in hidden if not re.search(r"\s|://|%3A%2F%2F", value)]
    return frozenset(word[start : start + PIECE] for word in words for start in range(len(word) - PIECE + 1))


def masked_text(text: str, pieces: FrozenSet[str] = frozenset()) -> str:
    """Return a text without these pieces of secrets, and without what looks secret in it by its name or its form."""
    text = _without_pieces(text, pieces)
    text = secrets.URL_PASSWORD.sub(lambda found: f"{found[0].partition('://')[0]}://{MASK}@", text)
    text = _BEARER.sub(lambda found: f"{found['kind']} {MASK}", text)
    text = secrets.TOKEN_FORM.sub(MASK, text)
    return _ASSIGNMENT.sub(_masked_assignment, text)


def _without_pieces(text: str, pieces: FrozenSet[str]) -> str:
    """Mask each run of characters that consists of pieces."""
    if not pieces:
        return text
    shown, position = [], 0
    while position < len(text):
        end = position
        start = position
        while text[start : start + PIECE] in pieces:
            end = start + PIECE
            start += 1
        shown.append(MASK if end > position else text[position])
        position = max(end, position + 1)
    return "".join(shown)


def _masked_assignment(found: Match[str]) -> str:
    key, value = found["key"], found["value"]
    if _EXCEPTION.search(key) or not secrets.looks_secret(key, value) or MASK in value:
        return found[0]
    return found[0][: found.start("value") - found.start()] + MASK
