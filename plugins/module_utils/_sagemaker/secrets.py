# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values of container environments that must not be shown. Pure."""

from __future__ import annotations

import difflib
import re
from typing import Any
from typing import Dict
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


def masked_environment(environment: Any) -> Any:
    """A container environment with its secret values masked; one that is written wrongly, as lists or text, too."""
    if isinstance(environment, (list, tuple)):
        return [masked_environment(item) for item in environment]
    return MASK if isinstance(environment, str) else _masked_entries(environment)


def _masked_entries(value: Any) -> Any:
    """Anything without the values of entries that look secret by their key, or by the name beside them, at any depth."""
    if isinstance(value, (list, tuple)):
        return [_masked_entries(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    # {name: HF_TOKEN, value: hf_...} is an environment elsewhere.
    name = " ".join(str(item) for key, item in value.items() if key.lower() in ("name", "key"))

    def is_secret(key: str, item: Any) -> bool:
        return looks_secret(key, item) or (key.lower() == "value" and looks_secret(name, item))

    return {
        key: MASK if item is not None and is_secret(key, item) else _masked_entries(item) for key, item in value.items()
    }


def masked_options(options: Mapping[str, Any], spec: Mapping[str, Any]) -> Dict[str, Any]:
    """Options as they were given, right or wrong, without secrets. spec: Ansible's argument spec, which knows the right ones.

    A key that is not known may be a known one misspelt, so that all below it is looked through as an environment is.
    """
    known = {name: option for key, option in spec.items() for name in (key, *option.get("aliases", ()))}
    return {
        key: _masked_option(key, item, known[key]) if key in known else _masked_unknown(key, item)
        for key, item in options.items()
    }


def _masked_option(key: str, value: Any, option: Mapping[str, Any]) -> Any:
    if option.get("no_log") and value:
        return MASK
    if key == "environment":
        return masked_environment(value)
    if "options" not in option:
        return masked(value)
    if isinstance(value, (list, tuple)):
        return [_masked_option(key, item, option) for item in value]
    if isinstance(value, Mapping):
        return masked_options(value, option["options"])
    return MASK if looks_secret(str(value)) else value


def _masked_unknown(key: str, value: Any) -> Any:
    if key.lower().startswith("env") or difflib.get_close_matches(key.lower(), ["environment"]):
        return masked_environment(value)
    return _masked_entries({key: value})[key]


def secret_values(value: Any, shown: Any) -> Iterator[str]:
    """What is masked in shown, a masked copy of value: those that are long enough to hunt for."""
    if shown == MASK:
        yield from (text for text in _texts(value) if len(text) >= SHORTEST_TO_HUNT and text != MASK)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from secret_values(item, shown[key])
    elif isinstance(value, (list, tuple)):
        for item, its_shown in zip(value, shown):
            yield from secret_values(item, its_shown)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, (Mapping, list, tuple)):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(item)
    else:
        yield str(value)


def masked_outcome(outcome: Mapping[str, Any]) -> Dict[str, Any]:
    """A result, or the details of a failure, without secrets."""
    shown = masked(outcome)
    if "plan" in outcome:
        shown["plan"] = {**outcome["plan"], "changes": [masked_change(item) for item in outcome["plan"]["changes"]]}
    return shown


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
