# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The history of an endpoint: a tag that lists the releases that have served. Pure.

The value of the tag lists names of endpoint configurations, the latest first, separated by spaces. A name that differs
from the previous one only in its hash is shortened to the hash. C(=) marks a configuration that somebody else created:
C(churn-config-1a2b3c4d 5e6f7a8b =terraform-config-x1).
"""

from __future__ import annotations

import re
from typing import Dict
from typing import Iterator
from typing import Mapping
from typing import Optional

# Maximum number of characters in the value of a tag.
LENGTH = 256

_GENERATED = re.compile(r"(?P<prefix>.+)-(?:config|model)-(?P<hash>[0-9a-f]{8})")
_HASH = re.compile(r"[0-9a-f]{8}")

# {name of a configuration: whether this collection created it}, the latest first.
History = Dict[str, bool]


def prefix_of(name: Optional[str]) -> Optional[str]:
    """Return the name_prefix in the generated name of a configuration or a model, None if the name was not
    generated."""
    found = _GENERATED.fullmatch(name or "")
    return found["prefix"] if found else None


def read(value: str, prefix: Optional[str] = None) -> History:
    """Return the history in the value of the tag. prefix: the prefix of hashes at the start that follow no full
    name."""
    found: History = {}
    for word in value.split():
        ours = not word.startswith("=")
        name = word.lstrip("=")
        if ours and _HASH.fullmatch(word):
            if prefix is None:
                continue
            name = f"{prefix}-config-{word}"
        elif ours:
            prefix = prefix_of(word) or prefix
        found.setdefault(name, ours)
    return found


def write(history: Mapping[str, bool]) -> str:
    """Return the value of the tag. If it is too long, drop the oldest entries, those of somebody else last."""
    kept = dict(history)
    while len(text := " ".join(_words(kept))) > LENGTH:
        ours = [name for name, is_ours in kept.items() if is_ours]
        del kept[ours[-1] if len(ours) > 1 else list(kept)[-1]]
    return text


def _words(history: Mapping[str, bool]) -> Iterator[str]:
    beginning = None
    for name, ours in history.items():
        found = _GENERATED.fullmatch(name) if ours else None
        if found and found["prefix"] == beginning:
            yield found["hash"]
        else:
            # A name that looks like a bare hash would be read as one.
            yield name if ours and not _HASH.fullmatch(name) else f"={name}"
        beginning = found["prefix"] if found else beginning
