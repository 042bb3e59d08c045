# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tags: checks, changes of the tags of a resource, and data that takes several of them. Pure."""

from __future__ import annotations

import base64
import datetime
import json
import zlib
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import Dict
from typing import Iterator
from typing import List
from typing import Mapping
from typing import Optional

from ..core import errors
from ..core import history
from ..core.errors import InputError
from ..core.plans import Change
from ..core.problems import ENTRIES
from ..core.problems import Problem
from ..core.problems import out_of_range
from ..schema import values

Tags = Dict[str, str]


# Only AWS can set and remove tags with this prefix.
RESERVED = "aws:"


MOST = 50


# The pattern of keys and values, and its description for messages.
PATTERN = r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*"


ALLOWED = "Allowed are letters, digits and spaces of any script, and _ . : / = + - @."


def settable(tags: Mapping[str, str]) -> Tags:
    """Return the tags without those of AWS."""
    return {key: value for key, value in tags.items() if not key.startswith(RESERVED)}


def packed(prefix: str, content: Any) -> Tags:
    """Return numbered tags with this prefix that hold data: compressed JSON in base64."""
    text = base64.b64encode(zlib.compress(json.dumps(content, sort_keys=True).encode(), 9)).decode()
    pieces = [text[start : start + history.LENGTH] for start in range(0, len(text), history.LENGTH)]
    return {f"{prefix}{number:02d}": piece for number, piece in enumerate(pieces)}


def unpacked(prefix: str, tags: Mapping[str, str]) -> Any:
    """Return the data in the tags with this prefix, None without any. Raises ValueError if they cannot be read."""
    pieces = [tags[tag] for tag in sorted(tags) if tag.startswith(prefix)]
    if not pieces:
        return None
    try:
        return json.loads(zlib.decompress(base64.b64decode("".join(pieces))))
    except zlib.error as error:
        raise ValueError(str(error)) from error


def parse(tags: Optional[Mapping[str, Any]]) -> Optional[Tags]:
    """Return the given tags as text, None if none were given. Raises InputError for tags that AWS refuses."""
    if tags is None:
        return None
    errors.raise_if_any(problems(tags))
    return {str(key): text_of(value) for key, value in tags.items()}


def problems(tags: Mapping[str, Any]) -> List[Problem]:
    """Return the problems of the given tags."""
    return list(_problems(tags))


def _problems(tags: Mapping[str, Any]) -> Iterator[Problem]:
    wrong = [str(key) for key in tags if str(key).lower().startswith(RESERVED)]
    if wrong:
        yield Problem("tags", f"keys that begin with aws: are reserved by AWS, got {', '.join(wrong)}. Rename them.")
    too_many = out_of_range(len(tags), None, MOST, ENTRIES)
    if too_many:
        yield Problem("tags", too_many)
    for key, value in tags.items():
        path = f"tags.{key}"
        if isinstance(value, (Mapping, list, tuple)):
            yield Problem(path, f"the value of a tag must be text, not {values.described(value)}.")
            continue
        text = text_of(value)
        if not 1 <= len(str(key)) <= 128 or len(text) > 256:
            yield Problem(path, "a key must have 1 to 128 characters, a value at most 256.")
        for what, given in (("key", str(key)), ("value", text)):
            if not values.matches(PATTERN, given):
                yield Problem(path, f"the {what} {given!r} contains characters that AWS refuses. {ALLOWED}")


def carries(its_tags: Tags, wanted: Mapping[str, Any]) -> bool:
    """Return whether its_tags contain all wanted tags, in the form of the option."""
    return all(its_tags.get(str(key)) == text_of(value) for key, value in wanted.items())


def text_of(value: Any) -> str:
    return "" if value is None else values.text(value)


def iam_problems(tags: Mapping[str, Any]) -> List[Problem]:
    """Return the additional problems of tags in IAM, whose keys are case-insensitive."""
    same: Dict[str, List[str]] = {}
    for key in tags:
        same.setdefault(str(key).lower(), []).append(str(key))
    return [
        Problem(
            f"tags.{keys[-1]}",
            f"IAM, which stores the execution role, treats it as the same key as {keys[0]}. Keep one of them.",
        )
        for keys in same.values()
        if len(keys) > 1
    ]


@dataclass(frozen=True)
class TagChange:
    """A change of the tags of a resource. put: tags to set; drop: keys to remove; after: all tags after the change.

    drops_first: whether the old and the new tags together exceed the limit. Otherwise the new ones are set first,
    because a policy may allow the caller to change only resources with certain tags.
    """

    put: Tags = field(default_factory=dict)
    drop: List[str] = field(default_factory=list)
    after: Tags = field(default_factory=dict)
    changes: List[Change] = field(default_factory=list)
    drops_first: bool = False


def change(desired: Optional[Tags], current: Tags, purge: bool) -> TagChange:
    """Return the change from current to desired tags. With desired None nothing changes. purge: remove tags that are
    not desired.

    Raises InputError if the result has more tags than AWS allows.
    """
    if desired is None:
        return TagChange(after=current)
    put = {key: value for key, value in desired.items() if current.get(key) != value}
    drop = [key for key in current if key not in desired and not key.startswith(RESERVED)] if purge else []
    after = {**{key: value for key, value in current.items() if key not in drop}, **put}
    changes = [Change(f"tags.{key}", current.get(key), after.get(key)) for key in sorted([*put, *drop])]
    count = len(settable(after))
    if put and count > MOST:
        problem = Problem(
            "tags",
            f"{len(desired)} tags plus the existing tags are {count}, and the limit is {MOST}. Leave some out, or set "
            "purge_tags to true to remove those that are not given.",
        )
        raise InputError(problem)
    return TagChange(put, sorted(drop), after, changes, drops_first=len({*current, *put}) > MOST)


# The tag with the time after which nobody needs an endpoint, unless a user names another one.
EXPIRY_TAG = "expires_at"


def expiry_problems(tags: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield the problem of a time that would never be over. A tag of another name may hold anything."""
    value = tags.get(EXPIRY_TAG)
    is_text = not isinstance(value, (Mapping, list, tuple))
    if is_text and text_of(value) and moment_of(text_of(value)) is None:
        yield Problem(
            f"tags.{EXPIRY_TAG}",
            f"must be a time in ISO 8601 with a zone, such as 2030-01-31T18:00:00Z, got {text_of(value)!r}. The endpoint would not expire.",
        )


def is_past(text: str, now: datetime.datetime) -> Optional[bool]:
    """Return whether a time in ISO 8601 is over, None if the text is none. Without a zone it is UTC."""
    moment = moment_of(text)
    return None if moment is None else moment <= now


def moment_of(text: str) -> Optional[datetime.datetime]:
    """Return a time in ISO 8601, None if the text is none. Without a zone it is UTC."""
    try:
        # Python 3.10 does not know the Z.
        moment = datetime.datetime.fromisoformat(text.strip().replace("Z", "+00:00").replace("z", "+00:00"))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.timezone.utc)
