# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values that must not be shown: those that Terraform marks as sensitive, and secret ones of container environments. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from typing import Iterator
from typing import Mapping
from typing import Set
from typing import Tuple

from ..core import secrets


@dataclass(frozen=True)
class Sensitive:
    """A value that must not be shown."""

    value: Any

    def __repr__(self) -> str:
        return "Sensitive(...)"


class Expression(str):
    """A text that Ansible templates, unlike all other texts of a state."""


def marked(values: Any, sensitive: Any) -> Any:
    """Return the values of a resource with those marked that Terraform calls sensitive, and the secret ones of environments.

    sensitive: true where a whole value is, or a structure of the same form, which leaves out all others. Only single values are marked, so
    the structure stays readable.
    """
    if isinstance(values, Mapping):
        result = {key: marked(value, _inner(sensitive, key)) for key, value in values.items()}
        environment = result.get("environment")
        if isinstance(environment, Mapping):
            result["environment"] = {key: _entry(key, value) for key, value in environment.items()}
        return result
    if isinstance(values, list):
        return [marked(value, _inner(sensitive, index)) for index, value in enumerate(values)]
    return Sensitive(values) if sensitive is True and values not in (None, "") else values


def _inner(sensitive: Any, key: Any) -> Any:
    if isinstance(sensitive, Mapping):
        return sensitive.get(key)
    if isinstance(sensitive, list):
        return sensitive[key] if isinstance(key, int) and key < len(sensitive) else None
    return sensitive


def _entry(key: str, value: Any) -> Any:
    if value is None or isinstance(value, Sensitive):
        return value
    return Sensitive(value) if secrets.is_secret(key, value) or secrets.TOKEN_FORM.search(str(value)) else value


def revealed(value: Any) -> Any:
    """Return the value with all secrets, for a plan."""
    if isinstance(value, Sensitive):
        return value.value
    if isinstance(value, Mapping):
        return {key: revealed(item) for key, item in value.items()}
    return [revealed(item) for item in value] if isinstance(value, list) else value


def shown(value: Any, key: str = "") -> Any:
    """Return the value for a file of variables: a secret is read from an environment variable of its name."""
    if isinstance(value, Sensitive):
        name = _variable(key)
        # An empty secret would be deployed like any other.
        hint = f"Set the environment variable {name}"
        return Expression(f"{{{{ lookup('ansible.builtin.env', '{name}') or undef(hint='{hint}') }}}}")
    if isinstance(value, Mapping):
        return {name: shown(item, str(name)) for name, item in value.items()}
    return [shown(item, key) for item in value] if isinstance(value, list) else value


def environment_variables(value: Any, key: str = "") -> Iterator[Tuple[str, Any]]:
    """Yield the names of the environment variables that the file reads, with the secrets that they stand for."""
    if isinstance(value, Sensitive):
        yield _variable(key), value.value
    elif isinstance(value, (Mapping, list)):
        for name, item in value.items() if isinstance(value, Mapping) else ((key, item) for item in value):
            yield from environment_variables(item, str(name))


def _variable(key: str) -> str:
    return re.sub(r"\W", "_", key.upper() if key.islower() else key, flags=re.ASCII)


def environment_keys(value: Any) -> Set[str]:
    """Return the keys of all container environments below value whose values are secret."""
    return {key for key, entry in secrets.environment_entries(value) if isinstance(entry, Sensitive)}


def texts(value: Any) -> Iterator[str]:
    """Yield the secret texts below value, if they are long enough to mask in other text."""
    if isinstance(value, Sensitive):
        yield from (text for text in [str(value.value)] if len(text) >= secrets.MIN_MASKED_LENGTH)
    elif isinstance(value, (Mapping, list)):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from texts(item)
