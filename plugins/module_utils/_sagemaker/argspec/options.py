# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Helpers for argument specs.

Each function returns an entry of an Ansible argument spec. The other keys of such an entry (``required``, ``aliases``,
``no_log``, ``default``; for structures also ``mutually_exclusive``, ``required_one_of``, ``required_together``,
``required_if``, ``required_by``) are keyword arguments. The entries are plain data and may be used in several places of
a spec.
"""

from __future__ import annotations

from typing import Any
from typing import Dict
from typing import Mapping

Option = dict[str, Any]
Options = dict[str, Option]


def text(**extra: Any) -> Option:
    """A string."""
    return {"type": "str", **extra}


def integer(**extra: Any) -> Option:
    """A whole number."""
    return {"type": "int", **extra}


def number(**extra: Any) -> Option:
    """A number with or without a fraction."""
    return {"type": "float", **extra}


def flag(**extra: Any) -> Option:
    """A boolean."""
    return {"type": "bool", **extra}


def choice(*values: str, **extra: Any) -> Option:
    """One of the strings ``values``. Only for enumerations that rarely grow, because Ansible refuses any other
    value."""
    return {"type": "str", "choices": list(values), **extra}


def texts(**extra: Any) -> Option:
    """A list of strings. ``choices=[...]`` limits the elements."""
    return {"type": "list", "elements": "str", **extra}


def mapping(**extra: Any) -> Option:
    """A dictionary whose keys are the user's data, such as environment variables or tags."""
    return {"type": "dict", **extra}


def structure(options: Options, **extra: Any) -> Option:
    """A dictionary with the given suboptions."""
    return {"type": "dict", "options": options, **extra}


def structures(options: Options, **extra: Any) -> Option:
    """A list of dictionaries with the given suboptions."""
    return {"type": "list", "elements": "dict", "options": options, **extra}


# Groups of options that several modules share.

STATE: Options = {"state": choice("present", "absent", default="present")}

TAGS: Options = {"tags": mapping(aliases=["resource_tags"]), "purge_tags": flag(default=True)}

# The default of wait_timeout depends on the operation, so it is not defined here.
WAIT: Options = {"wait": flag(default=True), "wait_timeout": integer()}

# Keys of container environments whose values are always masked.
SECRET_ENVIRONMENT: Options = {"secret_environment": texts(no_log=False)}

# The name of a resource that cannot be updated may be derived from its content.
GENERATED_NAME: Options = {"name_prefix": text(), "name_scope": text(), "replaces": text()}

VPC_CONFIG: Option = structure({"security_group_ids": texts(required=True), "subnets": texts(required=True)})

# The filters and sort keys of ListModels and ListEndpointConfigs. The MaxResults of the service is a page size, which
# is an implementation detail. Our max_results limits the total number of results.
LISTING: Options = {
    "max_results": integer(),
    "name_contains": text(),
    "creation_time_after": text(),
    "creation_time_before": text(),
    "sort_by": choice("Name", "CreationTime"),
    "sort_order": choice("Ascending", "Descending"),
}


def with_defaults(given: Mapping[str, Any], spec: Mapping[str, Any]) -> Dict[str, Any]:
    """Return options as a module gets them: with the defaults of its argument spec, all others being None."""
    return {**{name: option.get("default") for name, option in spec["argument_spec"].items()}, **given}


# Options of info modules that are not filters of a List call.
_NO_FILTERS = frozenset({"name", "max_results", "tags", "wait", "wait_timeout", *SECRET_ENVIRONMENT})


def filters(params: Mapping[str, Any]) -> Dict[str, Any]:
    """Return the options of an info module that are members of its List call."""
    return {option: value for option, value in params.items() if option not in _NO_FILTERS}


def by_name(params: Mapping[str, Any], spec: Mapping[str, Any]) -> Dict[str, Any]:
    """Return options without aliases, at every depth, because Ansible keeps an alias next to the option."""
    return {option: _by_name(params[option], spec[option]) for option in spec if option in params}


def _by_name(value: Any, option: Option) -> Any:
    if "options" not in option:
        return value
    if isinstance(value, list):
        return [_by_name(item, option) for item in value]
    return by_name(value, option["options"]) if isinstance(value, Mapping) else value
