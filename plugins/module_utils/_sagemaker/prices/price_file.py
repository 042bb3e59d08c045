# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A file with the user's own prices, such as those of a private agreement with AWS. Pure, apart from reading the file.

It is YAML or JSON::

    currency: USD
    hosting:
      us-east-1:
        ml.m5.large: 0.115
    asynchronous:
      us-east-1:
        ml.m5.large: 0.115

Prices are those of one instance and hour. C(currency) is USD unless given, and C(asynchronous) is what hosting costs unless given.
"""

from __future__ import annotations

import json
from decimal import Decimal
from decimal import InvalidOperation
from typing import Any
from typing import Dict
from typing import Iterator
from typing import Mapping
from typing import Optional
from typing import Tuple

from ..core.errors import InputError
from ..core.errors import raise_if_any
from ..core.problems import Problem
from .table import USAGES
from .table import Priced
from .table import PriceTable

try:
    import yaml
except ImportError:  # JSON needs no library
    yaml = None

OPTION = "price_file"
DEFAULT_CURRENCY = "USD"


def read(path: str) -> PriceTable:
    """Return the prices in a file. Raises InputError if it is not a price file."""
    try:
        with open(path, encoding="utf-8") as stream:
            text = stream.read()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(Problem(OPTION, f"cannot read {path}: {error}")) from error
    return parse(text, path)


def parse(text: str, path: str) -> PriceTable:
    """Return the prices in the text of a file. path: its name, for messages."""
    content = _load(text, path)
    if not isinstance(content, Mapping):
        raise InputError(Problem(OPTION, f"{path} must be a dictionary with the key hosting."))
    currency = content.get("currency", DEFAULT_CURRENCY)
    found: Dict[Priced, Decimal] = {}
    problems = list(_unknown_keys(content))
    if not isinstance(currency, str) or not currency.strip():
        problems.append(Problem("currency", f"must be a text such as USD, got {currency!r}."))
    for key, value in _entries(content, problems):
        price = _price(value)
        if price is None:
            problems.append(
                Problem(
                    f"{key.usage}[{key.region}][{key.instance_type}]", f"must be a price of 0 or more, got {value!r}."
                )
            )
        else:
            found[key] = price
    raise_if_any(Problem(OPTION, f"{path}: {problem}") for problem in problems)
    return PriceTable(currency.strip(), found)


def _load(text: str, path: str) -> Any:
    if yaml is None or path.endswith(".json"):
        try:
            # A price keeps its digits.
            return json.loads(text, parse_float=Decimal)
        except ValueError as error:
            hint = " YAML needs the Python library PyYAML." if yaml is None else ""
            raise InputError(Problem(OPTION, f"{path} is not valid JSON: {error}.{hint}")) from error
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InputError(Problem(OPTION, f"{path} is not valid YAML: {error}")) from error


def _unknown_keys(content: Mapping[str, Any]) -> Iterator[Problem]:
    known = ("currency", *USAGES)
    for key in content:
        if key not in known:
            yield Problem("", f"must have the keys {', '.join(known)}; got {key}.")


def _entries(content: Mapping[str, Any], problems: Any) -> Iterator[Tuple[Priced, Any]]:
    """Yield (what has a price, its value), and add a problem for each structure that is no dictionary."""
    for usage in USAGES:
        for region, types in _items(content.get(usage), usage, problems):
            for instance_type, value in _items(types, f"{usage}[{region}]", problems):
                yield Priced(usage, region, instance_type), value


def _items(value: Any, path: str, problems: Any) -> Any:
    if value is None:
        return ()
    if not isinstance(value, Mapping):
        problems.append(Problem(path, f"must be a dictionary, got {value!r}."))
        return ()
    return value.items()


def _price(value: Any) -> Optional[Decimal]:
    """Return a price as written, None for what is no price."""
    if isinstance(value, bool):
        return None
    try:
        price = Decimal(str(value))
    except InvalidOperation:
        return None
    return price if price.is_finite() and price >= 0 else None
