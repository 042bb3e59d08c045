# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The history of an endpoint: the releases that served, in one of its tags. Pure.

The value of the tag holds the names of endpoint configurations, the latest first, between blanks. A name that differs from the
one before only in its hash is shortened to the hash, and C(=) marks what somebody else made:
C(churn-config-1a2b3c4d 5e6f7a8b =terraform-config-x1).
"""

from __future__ import annotations

import re
from typing import Dict
from typing import Iterator
from typing import Mapping
from typing import Optional

# The value of a tag has at most so many characters.
LENGTH = 256

_GENERATED = re.compile(r"(?P<prefix>.+)-(?:config|model)-(?P<hash>[0-9a-f]{8})")
_HASH = re.compile(r"[0-9a-f]{8}")

# {name of a configuration: whether it is ours}, the latest first.
History = Dict[str, bool]


def prefix_of(name: Optional[str]) -> Optional[str]:
    """The name_prefix in the generated name of a configuration or a model; None where it was not generated."""
    found = _GENERATED.fullmatch(name or "")
    return found["prefix"] if found else None


def read(value: str, prefix: Optional[str] = None) -> History:
    """The history in the value of the tag. prefix: of hashes at the beginning, which stand there without a name."""
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
    """The value of the tag. Where it would be too long the oldest go, and what somebody else made goes last."""
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
            # A name that looks like a hash alone would be read as one.
            yield name if ours and not _HASH.fullmatch(name) else f"={name}"
        beginning = found["prefix"] if found else beginning
