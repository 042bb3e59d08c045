# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The nested blocks of a Terraform resource as structures of options. Pure.

A block is a list, even where there is at most one. The provider fills in an empty value for what is not set, so empty
values are left out.
"""

from __future__ import annotations

from typing import Any
from typing import Dict
from typing import List
from typing import Mapping

from ..argspec.options import Options
from .sensitive import Sensitive

# What options are called in Terraform.
_NAMES = {
    "image_uri": "image",
    "step_adjustments": "step_adjustment",
    "policy_name": "name",
    "scheduled_action_name": "name",
}
# Zero and false mean something else than absence here. So they do where an option is required.
_WITH_ZERO = frozenset({"initial_variant_weight", "enable_capture"})


def is_empty(value: Any) -> bool:
    return value is None or value is False or value in ("", 0) or (isinstance(value, (list, dict)) and not value)


def structure(block: Mapping[str, Any], options: Options) -> Dict[str, Any]:
    """Return the options that a block sets."""
    result = {}
    for name, option in options.items():
        value = _value(block.get(_NAMES.get(name, name)), option)
        if value is not None and (name in _WITH_ZERO or option.get("required") or not is_empty(value)):
            result[name] = value
    return result


def _value(value: Any, option: Mapping[str, Any]) -> Any:
    if "options" not in option or not isinstance(value, list):
        return value
    items = [structure(item, option["options"]) for item in value if isinstance(item, Mapping)]
    if option["type"] == "list":
        return items
    return items[0] if items else None


def first(values: Mapping[str, Any], name: str) -> Dict[str, Any]:
    """Return the only block of this name, empty if there is none."""
    blocks = values.get(name)
    return dict(blocks[0]) if isinstance(blocks, list) and blocks and isinstance(blocks[0], Mapping) else {}


def unread(values: Mapping[str, Any], known: Any) -> List[str]:
    """Return the names of values that are set and not known."""
    return sorted(
        name
        for name, value in values.items()
        if name not in known and (isinstance(value, Sensitive) or not is_empty(value))
    )
