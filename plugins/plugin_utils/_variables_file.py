# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Variables as the text of a YAML file."""

from __future__ import annotations

import re
from typing import Any

import yaml

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.terraform.sensitive import Expression

# Where Jinja begins something.
_TEMPLATE = re.compile(r"\{[{%#]")


class _Dumper(yaml.SafeDumper):
    """Indents lists, and marks texts that Ansible must not template."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: _Dumper, value: str) -> yaml.Node:
    if _TEMPLATE.search(value):
        return dumper.represent_scalar("!unsafe", value, style="'")
    return dumper.represent_scalar("tag:yaml.org,2002:str", value)


def _expression(dumper: _Dumper, value: Expression) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(value), style='"')


_Dumper.add_representer(str, _text)
_Dumper.add_representer(Expression, _expression)


def dump(variables: dict[str, Any]) -> str:
    """Return the text, in the order of the variables."""
    return yaml.dump(variables, Dumper=_Dumper, sort_keys=False, width=1000, allow_unicode=True)
