# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Validate variables with option tables, with messages for the author of the variables. Pure.

Ansible's argument spec stops at the first problem and names options of modules. Variables come from files, from the
command line and from forms that support only text, so text is converted to the expected type: '' is not set, JSON text
becomes a list or a dictionary, "3" becomes a number, and a number becomes text.
"""

from __future__ import annotations

import difflib
import json
import re
from typing import Any
from typing import Dict
from typing import List
from typing import Mapping
from typing import Optional

from ...argspec.options import Option
from ...core.problems import Problem
from ...core.problems import out_of_range
from ...schema.limits import Limits
from ...schema.limits import Patterns
from ...schema.values import JSON_AS_TEXT
from ...schema.values import described
from ...schema.values import text

_TRUE = ("true", "yes", "on", "1")
_FALSE = ("false", "no", "off", "0")


class Checker:
    """Collects problems of values, and returns the values in the types of their options.

    limits, patterns: by the option's name, regardless of its nesting, or by its full path without list indexes if the
    name has other meanings elsewhere. problems: one for each invalid value, with its full path. No message contains a
    value of a free-form dictionary, because container environments contain passwords.
    """

    def __init__(self, limits: Limits, patterns: Patterns) -> None:
        self.problems: List[Problem] = []
        self._limits = limits
        self._patterns = patterns

    def problem(self, path: str, message: str) -> None:
        self.problems.append(Problem(path, message))

    def value(self, value: Any, option: Option, path: str) -> Any:
        """Return the value in the option's type, None if it is not set or invalid."""
        if is_unset(value):
            return None
        kind = option["type"]
        if kind in ("dict", "list"):
            value = self._from_json(value, kind, path)
            if value is None or says_nothing(value, option):
                return None
            if kind == "list":
                return self._list(value, option, path)
            return self._structure(value, option, path) if "options" in option else self._mapping(value, path)
        value = getattr(self, f"_{kind}")(value, path)
        return None if value is None else self._within(value, option, path)

    def _from_json(self, value: Any, kind: str, path: str) -> Any:
        wanted, name = (dict, "a dictionary") if kind == "dict" else (list, "a list")
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except ValueError:
                self.problem(path, f"must be {name}, or JSON text of one; it is text that is not JSON")
                return None
            if is_unset(value):
                return None
        if not isinstance(value, wanted):
            self.problem(path, f"must be {name}, not {described(value)}")
            return None
        return value

    def _list(self, value: List[Any], option: Option, path: str) -> List[Any]:
        # "choices" of a list apply to its elements.
        element = {**option, "type": option["elements"]}
        for index, item in enumerate(value):
            if says_nothing(item, element):
                self.problem(f"{path}[{index}]", "is empty: fill it in or leave it out")
        return [self.value(item, element, f"{path}[{index}]") for index, item in enumerate(value)]

    def _mapping(self, value: Mapping[Any, Any], path: str) -> Dict[str, Any]:
        """Return a dictionary of text. The keys are user data, and an empty text is a value."""
        result = {}
        for key, item in value.items():
            if isinstance(item, (Mapping, list)):
                self.problem(f"{path}.{key}", f"must be text, not {described(item)}. {JSON_AS_TEXT}")
            elif item is not None:
                result[str(key)] = text(item)
        return result

    def _structure(self, value: Mapping[Any, Any], option: Option, path: str) -> Dict[str, Any]:
        known = option["options"]
        before = len(self.problems)
        result = {}
        for key, item in value.items():
            if key in known:
                checked = self.value(item, known[key], f"{path}.{key}")
                if checked is not None:
                    result[key] = checked
            else:
                self.problem(f"{path}.{key}", unknown(str(key), known))
        # Relations between members are checked only if the members themselves are valid.
        if len(self.problems) == before:
            self._relations(result, option, path)
        return result

    def _relations(self, value: Mapping[str, Any], option: Option, path: str) -> None:
        for name, member in option["options"].items():
            if member.get("required") and name not in value:
                self.problem(path, f"needs {name}")
        for names in option.get("mutually_exclusive", ()):
            given = [name for name in names if name in value]
            if len(given) > 1:
                self.problem(path, f"{' and '.join(given)} are mutually exclusive: keep one of them")
        for names in option.get("required_one_of", ()):
            if not any(name in value for name in names):
                self.problem(path, f"needs one of {', '.join(names)}")
        for names in option.get("required_together", ()):
            missing = [name for name in names if name not in value]
            if missing and len(missing) < len(names):
                self.problem(path, f"{' and '.join(names)} belong together: {', '.join(missing)} is missing")
        for name, wanted, names, *any_of in option.get("required_if", ()):
            missing = [needed for needed in names if needed not in value]
            if value.get(name) == wanted and (len(missing) == len(names) if any_of and any_of[0] else missing):
                joined = " or " if any_of and any_of[0] else " and "
                self.problem(path, f"{name} {wanted} needs {joined.join(missing)}")
        for name, names in option.get("required_by", {}).items():
            missing = [needed for needed in ([names] if isinstance(names, str) else names) if needed not in value]
            if name in value and missing:
                self.problem(path, f"{name} needs {' and '.join(missing)}")

    def _str(self, value: Any, path: str) -> Optional[str]:
        if isinstance(value, (Mapping, list)):
            self.problem(path, f"must be text, not {described(value)}")
            return None
        return text(value)

    def _path(self, value: Any, path: str) -> Optional[str]:
        return self._str(value, path)

    def _raw(self, value: Any, path: str) -> Any:
        return value

    def _int(self, value: Any, path: str) -> Optional[int]:
        number = None if isinstance(value, bool) else _number(value)
        if number is None or number != int(number):
            self.problem(path, f"must be a whole number, not {described(value)}")
            return None
        return int(number)

    def _float(self, value: Any, path: str) -> Optional[float]:
        number = None if isinstance(value, bool) else _number(value)
        if number is None:
            self.problem(path, f"must be a number, not {described(value)}")
        return number

    def _bool(self, value: Any, path: str) -> Optional[bool]:
        if isinstance(value, bool):
            return value
        word = str(value).strip().lower()
        if isinstance(value, (str, int)) and word in _TRUE + _FALSE:
            return word in _TRUE
        self.problem(path, f"must be true or false, not {described(value)}")
        return None

    def _within(self, value: Any, option: Option, path: str) -> Any:
        whole = re.sub(r"\[\d+\]", "", path)
        name = whole if whole in self._patterns else whole.rpartition(".")[2]
        if "choices" in option and value not in option["choices"]:
            choices = [str(choice) for choice in option["choices"]]
            self.problem(path, f"must be one of {', '.join(choices)}, not {described(value)}{meant(value, choices)}")
        elif isinstance(value, str) and name in self._patterns:
            if not self._patterns[name].matches(value):
                self.problem(path, f"must be {self._patterns[name].words}, not {described(value)}")
        elif isinstance(value, (int, float)) and name in self._limits:
            wrong = out_of_range(value, *self._limits[name])
            if wrong:
                self.problem(path, wrong)
        return value


def is_unset(value: Any) -> bool:
    """Return whether a variable counts as not given: null, or the empty text that a form sends for an empty field."""
    return value is None or (isinstance(value, str) and not value.strip())


def says_nothing(value: Any, option: Option) -> bool:
    """Return whether a value equals an absent one: an empty list or structure, or a form with only empty fields.

    The keys of a dictionary without options are user data, so even an empty text counts there.
    """
    if isinstance(value, str) and value.strip() and option["type"] in ("dict", "list"):
        try:
            value = json.loads(value)
        except ValueError:
            return False
    if isinstance(value, list) and option["type"] == "list":
        element = {**option, "type": option["elements"]}
        return all(item is not None and says_nothing(item, element) for item in value)
    if isinstance(value, Mapping) and "options" in option:
        known = option["options"]
        return all(key in known and says_nothing(item, known[key]) for key, item in value.items())
    return is_unset(value)


def unknown(key: str, known: Mapping[str, Any]) -> str:
    """Return the text for an unknown key."""
    return f"is not known{meant(key, known)}; known are {', '.join(sorted(known))}"


def meant(value: Any, known: Any, cutoff: float = 0.6) -> str:
    """Return a suggestion for an unknown key, '' without one. ImageUri and image-uri suggest image_uri."""
    plain = {re.sub("[^a-z0-9]", "", name.lower()): name for name in known}
    close = difflib.get_close_matches(re.sub("[^a-z0-9]", "", str(value).lower()), plain, n=1, cutoff=cutoff)
    return f" (did you mean {plain[close[0]]}?)" if close else ""


def _number(value: Any) -> Optional[float]:
    if isinstance(value, str) and not re.fullmatch(r"\s*[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?\s*", value):
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
