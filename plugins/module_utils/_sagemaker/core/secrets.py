# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secret values of container environments. Pure.

A value is secret if its key looks secret, if it contains a URL with a password, or if its key is listed, either by the
user or because the value comes from ansible-vault. A key that is secret in one place is secret everywhere, in
particular on the other side of a comparison.
"""

from __future__ import annotations

import difflib
import re
from typing import Any
from typing import Collection
from typing import Dict
from typing import Iterator
from typing import List
from typing import Mapping
from typing import Tuple

# The text that Ansible shows instead of a hidden value.
MASK = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"

# Shorter values are not masked in other text, because masking "1" would ruin every line.
MIN_MASKED_LENGTH = 8

# The option that lists keys.
OPTION = "secret_environment"

Keys = Collection[str]

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
# Parts that always mean a secret, even inside a longer word.
_PLAIN_PART = re.compile(r"secret|passw(or)?d|passphrase|credential")
_PLAIN_WORDS = frozenset({"authorization", "bearer", "cred", "creds", "dsn", "jwt", "pat", "pwd", "sas"})
_CONNECTION_STRING = re.compile(r"(^|_)conn(ection)?_?str(ing)?(_|$)")
_TOKEN = re.compile(r"[a-z]*tokens?")
_KEY = re.compile(r"(access|account|api|auth|encryption|private|session|shared|sign(ing)?|storage)?keys?|o?auth")
# Language models count tokens and have special tokens, which are not secret.
_AMOUNTS = frozenset({"batch", "budget", "count", "max", "min", "new", "num", "number", "per", "total"})
_TEXTS = frozenset({"bos", "cls", "eos", "mask", "pad", "sep", "special", "stop", "unk"})
_COUNT = re.compile(r"-?\d{1,7}(\.\d+)?")
_OPEN_KEYS = frozenset({"kms", "public"})
# Words after a token or a key that describe it.
_DESCRIPTIONS = frozenset(
    "column count enabled expiration expiry field format length limit mode name prefix required size suffix timeout ttl type"
    "".split()
)

URL_PASSWORD = re.compile(r"[a-z][a-z0-9+.-]*://[^\s/@:]*:(?!\d{1,5}[/?#])(?P<password>[^\s]+)@", re.IGNORECASE)


def looks_secret(key: str, value: Any = None) -> bool:
    """Return whether an environment key looks secret: HF_TOKEN and apiKey do, MAX_TOTAL_TOKENS does not."""
    words = [word.lower() for word in _WORD.findall(key)]
    joined = "_".join(words)
    if _PLAIN_PART.search(joined) or _PLAIN_WORDS & set(words) or _CONNECTION_STRING.search(joined):
        return True
    if not words or words[-1] in _DESCRIPTIONS:
        return False
    if words[-1] == "pass":
        return True
    if any(map(_KEY.fullmatch, words)) and not _OPEN_KEYS & set(words):
        return True
    tokens = [word for word in words if _TOKEN.fullmatch(word)]
    if not tokens or _TEXTS & set(words):
        return False
    if any(token.endswith("s") for token in tokens) or _AMOUNTS & set(words):
        return not (_AMOUNTS & set(words) or _COUNT.fullmatch(str(value)))
    return True


def holds_password(value: Any) -> bool:
    """Return whether the value contains a URL with a user and a password."""
    return URL_PASSWORD.search(str(value)) is not None


# How tokens of Hugging Face, AWS, GitHub, GitLab, OpenAI and Anthropic, NVIDIA, Slack and the like begin, and JSON web tokens.
TOKEN_FORM = re.compile(
    r"\b(hf_[A-Za-z0-9]{16,}|(AKIA|ASIA)[A-Z0-9]{16}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}"
    r"|sk-[\w-]{16,}|nvapi-[\w-]{16,}|xox[abprs]-[\w-]{10,}|eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+)"
)


def is_secret(key: str, value: Any, keys: Keys = ()) -> bool:
    """Return whether the value of this environment key must be masked. keys: keys that are always secret."""
    return key in keys or looks_secret(key, value) or holds_password(value)


def listed_keys(option: Any) -> List[str]:
    """Return the keys in the option, even if it is not valid."""
    if isinstance(option, str):
        return [key.strip() for key in option.split(",")]
    return [str(key) for key in option] if isinstance(option, (list, tuple)) else []


def environment_entries(value: Any) -> Iterator[Tuple[str, Any]]:
    """Yield the entries of all container environments below value."""
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from environment_entries(item)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if key == "environment" and isinstance(item, Mapping):
                yield from ((str(name), entry) for name, entry in item.items())
            else:
                yield from environment_entries(item)


def secret_keys(value: Any) -> Iterator[str]:
    """Yield the keys whose values look secret in all container environments of options or a result, including
    changes."""
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from secret_keys(item)
    if not isinstance(value, Mapping):
        return
    for key, item in _changed_entries(value):
        if item is not None and is_secret(key, item):
            yield key
    for key, item in value.items():
        if key == "environment" and isinstance(item, Mapping):
            yield from (name for name, entry in item.items() if entry is not None and is_secret(str(name), entry))
        else:
            yield from secret_keys(item)


def masked(value: Any, keys: Keys = ()) -> Any:
    """Return a copy of options or a result with the secret values of all container environments masked, including
    changes."""
    if isinstance(value, (list, tuple)):
        return [masked(item, keys) for item in value]
    if not isinstance(value, Mapping):
        return value
    if _is_change(value):
        return _masked_change(value, keys)
    return {
        key: (
            masked_environment(item, keys) if key == "environment" and isinstance(item, Mapping) else masked(item, keys)
        )
        for key, item in value.items()
    }


def masked_environment(environment: Any, keys: Keys) -> Any:
    """Return a container environment with its secret values masked, even if it is invalidly written as lists or
    text."""
    if isinstance(environment, (list, tuple)):
        return [masked_environment(item, keys) for item in environment]
    return MASK if isinstance(environment, str) else _masked_entries(environment, keys)


def _masked_entries(value: Any, keys: Keys) -> Any:
    """Return a value with entries masked at any depth that look secret by their key or by a name next to them."""
    if isinstance(value, (list, tuple)):
        return [_masked_entries(item, keys) for item in value]
    if not isinstance(value, Mapping):
        return MASK if holds_password(value) else value
    # {name: HF_TOKEN, value: hf_...} is an environment elsewhere.
    names = [str(item) for key, item in value.items() if key.lower() in ("name", "key")]

    def is_hidden(key: str, item: Any) -> bool:
        return is_secret(key, item, keys) or (
            key.lower() == "value" and any(is_secret(name, item, keys) for name in names)
        )

    return {
        key: MASK if item is not None and is_hidden(key, item) else _masked_entries(item, keys)
        for key, item in value.items()
    }


def masked_options(options: Mapping[str, Any], spec: Mapping[str, Any], keys: Keys = ()) -> Dict[str, Any]:
    """Return options as given, even if invalid, without secrets. spec: Ansible's argument spec, which lists the valid
    options.

    An unknown key may be a misspelt option, so everything below it is masked like an environment.
    """
    known = {name: option for key, option in spec.items() for name in (key, *option.get("aliases", ()))}
    return {
        key: _masked_option(key, item, known[key], keys) if key in known else _masked_unknown(key, item, keys)
        for key, item in options.items()
    }


def masked_arguments(arguments: Mapping[str, Any], keys: Keys = ()) -> Dict[str, Any]:
    """Return the arguments of a task as given, without secrets in any environment."""
    every_key = {*keys, *listed_keys(arguments.get(OPTION)), *secret_keys(arguments)}
    return {key: item if key == OPTION else masked(item, every_key) for key, item in arguments.items()}


def _masked_option(key: str, value: Any, option: Mapping[str, Any], keys: Keys) -> Any:
    if option.get("no_log") and value:
        return MASK
    if key == "environment":
        return masked_environment(value, keys)
    if "options" not in option:
        return masked(value, keys)
    if isinstance(value, (list, tuple)):
        return [_masked_option(key, item, option, keys) for item in value]
    if isinstance(value, Mapping):
        return masked_options(value, option["options"], keys)
    text = str(value)
    hidden = looks_secret(text) or holds_password(text) or any(name in text for name in keys)
    return MASK if hidden else value


def _masked_unknown(key: str, value: Any, keys: Keys) -> Any:
    if key.lower().startswith("env") or difflib.get_close_matches(key.lower(), ["environment"]):
        return masked_environment(value, keys)
    return _masked_entries({key: value}, keys)[key]


def secret_values(value: Any, shown: Any) -> Iterator[str]:
    """Yield the values that are masked in shown, a masked copy of value, if they are long enough to mask in other
    text."""
    if shown == MASK:
        yield from (text for text in _texts(value) if len(text) >= MIN_MASKED_LENGTH and text != MASK)
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
        # A YAML block ends with a newline, which other texts may omit.
        yield from {str(value), str(value).strip()}


def shown_whole(values: List[Any], beside: Any, keys: Keys) -> List[bool]:
    """Return for each value whether it appears unmasked in a result that contains all of them and the value beside."""
    everything = [values, beside]
    every_key = {*keys, *secret_keys(everything)}
    hidden = {*secret_values(everything, masked(everything, every_key))}
    return [
        masked(value, every_key) == value and not any(secret in text for text in _texts(value) for secret in hidden)
        for value in values
    ]


_SIDES = ("before", "after")
_ENVIRONMENT_PATH = re.compile(r"(?:^|\.)environment(?:\.(?P<key>[^\[\]]+))?$")


def _is_change(value: Mapping[str, Any]) -> bool:
    """Return whether this is a change of a plan."""
    return set(value) == {"path", *_SIDES} and isinstance(value["path"], str)


def _changed_entries(value: Mapping[str, Any]) -> Iterator[Tuple[str, Any]]:
    """Yield the entries of container environments on both sides of a change. Yield nothing if this is not a change."""
    found = _ENVIRONMENT_PATH.search(value["path"]) if _is_change(value) else None
    if found is None:
        return
    for side in _SIDES:
        if found["key"]:
            yield found["key"], value[side]
        elif isinstance(value[side], Mapping):
            yield from value[side].items()


def _masked_change(change: Mapping[str, Any], keys: Keys) -> Dict[str, Any]:
    found = _ENVIRONMENT_PATH.search(change["path"])
    if found is None:
        return {**change, **{side: masked(change[side], keys) for side in _SIDES}}
    every_key = {*keys, *secret_keys(change)}
    sides = {
        side: change[side] if change[side] is None else _masked_side(found["key"], change[side], every_key)
        for side in _SIDES
    }
    return {**change, **sides}


def _masked_side(key: Any, value: Any, keys: Keys) -> Any:
    if key:
        return MASK if key in keys else value
    return masked_environment(value, keys)
