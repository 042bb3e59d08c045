# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values of container environments that must not be shown. Pure."""

from __future__ import annotations

import re
from typing import Any
from typing import Iterator
from typing import Mapping

# The text that Ansible itself puts in the place of a hidden value.
MASK = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"

# Shorter values are not hunted for in other text: masking "1" ruins every line.
SHORTEST_TO_HUNT = 8

_TELLING = re.compile(
    r"secret|passw(or)?d|passphrase|credential|(?P<token>token(?!iz))|(?<!mon)key(?!board|word|frame)", re.IGNORECASE
)
_COUNT = re.compile(r"-?\d{1,7}(\.\d+)?")


def looks_secret(key: str, value: Any = None) -> bool:
    """Whether the value under this environment key is to be hidden: HF_TOKEN and apiKey are, MAX_TOTAL_TOKENS=4096 is not.

    Models count in tokens, so that a small number under such a key is a limit and no secret.
    """
    found = list(_TELLING.finditer(key))
    counted = all(match["token"] for match in found) and _COUNT.fullmatch(str(value)) is not None
    return bool(found) and not counted


def masked(value: Any) -> Any:
    """A copy of options or a result in which secret values of every container environment are masked."""
    if isinstance(value, Mapping):
        return {
            key: masked_environment(item) if key == "environment" and isinstance(item, Mapping) else masked(item)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [masked(item) for item in value]
    return value


def masked_environment(environment: Mapping[str, Any]) -> Mapping[str, Any]:
    """A container environment with its secret values masked."""
    return {key: MASK if item is not None and looks_secret(key, item) else item for key, item in environment.items()}


def secret_values(value: Any) -> Iterator[str]:
    """The secret values of every container environment in options, those that are long enough to hunt for."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key == "environment" and isinstance(item, Mapping):
                for name, secret in item.items():
                    if looks_secret(name, secret) and len(str(secret)) >= SHORTEST_TO_HUNT:
                        yield str(secret)
            else:
                yield from secret_values(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from secret_values(item)


_ENVIRONMENT_PATH = re.compile(r"(?:^|\.)environment\.(?P<key>[^\[\]]+)$")


def masked_change(change: Mapping[str, Any]) -> Mapping[str, Any]:
    """A change of a plan (path, before, after) without secret values."""
    found = _ENVIRONMENT_PATH.search(change["path"])
    if found:
        values = masked_environment_pair(found["key"], change)
        return {**change, **values}
    if change["path"].endswith("environment"):
        return {
            **change,
            **{side: masked({"environment": change[side]})["environment"] for side in ("before", "after")},
        }
    return {**change, "before": masked(change["before"]), "after": masked(change["after"])}


def masked_environment_pair(key: str, change: Mapping[str, Any]) -> Mapping[str, Any]:
    """Both sides of a change of one environment entry; if one side is a secret, so is the other."""
    sides = {side: change[side] for side in ("before", "after")}
    if any(item is not None and looks_secret(key, item) for item in sides.values()):
        return {side: None if item is None else MASK for side, item in sides.items()}
    return sides
