# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Terraform variables files: text in, values out. Pure; the parser for HCL is handed in.

python-hcl2 gives strings with their quotes or without, with escapes resolved, half resolved or as they stand, all by
its version. So the strings are taken out of the text first and put back into the result: the parser sees only the
structure, and every version gives the same values.
"""

from __future__ import annotations

import json
import re
from typing import Any
from typing import Callable
from typing import Dict
from typing import List

_TOKEN = re.compile(
    r"""
    (?P<comment>\#[^\n]*|//[^\n]*|/\*.*?\*/)
    |(?P<string>"(?:\\.|[^"\\\n])*")
    |<<(?P<indented>-?)(?P<tag>[A-Za-z_][\w-]*)\r?\n(?P<heredoc>.*?)^[ \t]*(?P=tag)[ \t]*(?=\r?\n|\Z)
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)|(\$\$|%%)(?=\{)|(\$|%)\{", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_PLACE = re.compile(r'"?text-(\d+)-"?')
# Some versions hand on a signed number, or one with an exponent, as an expression.
_NUMBER = re.compile(r"\$\{\s*(-?\d+(\.\d+)?([eE][-+]?\d+)?)\s*\}")


class TfvarsError(Exception):
    """The file is not what Terraform would take: the message says where and why."""


def from_json(text: str) -> Dict[str, Any]:
    """The values of a .tfvars.json file."""
    try:
        values = json.loads(text, parse_float=_number)
    except ValueError as error:
        raise TfvarsError(f"not valid JSON: {error}") from error
    if not isinstance(values, dict):
        raise TfvarsError("must be one JSON object, with an input on each key")
    return values


def from_hcl(text: str, parse: Callable[[str], Dict[str, Any]]) -> Dict[str, Any]:
    """The values of a .tfvars file. parse: hcl2.loads of any python-hcl2 from version 4 on."""
    strings: List[str] = []

    def take_out(token: re.Match[str]) -> str:
        if token["comment"]:
            # The lines stay where they are, for the parser's messages.
            return "\n" * token["comment"].count("\n")
        if token["string"]:
            strings.append(_unescaped(token["string"][1:-1]))
        else:
            strings.append(_unescaped(_heredoc(token["heredoc"], bool(token["indented"])), backslashes=False))
        return f'"text-{len(strings) - 1}-"'

    try:
        values = parse(_TOKEN.sub(take_out, text) + "\n")
    except TfvarsError:
        raise
    except Exception as error:  # lark's own errors, whose classes differ between versions
        where = f"line {error.line}: " if getattr(error, "line", 0) else ""
        raise TfvarsError(f"{where}not valid HCL") from error
    return {_name(key, strings): _value(item, strings) for key, item in values.items() if key != "__comments__"}


def _heredoc(text: str, indented: bool) -> str:
    lines = text.replace("\r\n", "\n").split("\n")
    if indented:
        margin = min((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), default=0)
        lines = [line[margin:] for line in lines]
    return "\n".join(lines)


def _unescaped(text: str, backslashes: bool = True) -> str:
    def replaced(match: re.Match[str]) -> str:
        escape, doubled, template = match.groups()
        if template:
            raise TfvarsError("a variables file holds values only, and one of its texts has a ${...} or %{...} in it")
        if doubled:
            return doubled[0]
        if not backslashes:
            return match[0]
        if escape[0] in "uU" and len(escape) > 1:
            return chr(int(escape[1:], 16))
        if escape not in _ESCAPED:
            raise TfvarsError(f"\\{escape} is no escape sequence of HCL")
        return _ESCAPED[escape]

    return _ESCAPE.sub(replaced, text)


def _name(key: Any, strings: List[str]) -> str:
    place = _PLACE.fullmatch(str(key))
    return strings[int(place[1])] if place else str(key)


def _number(value: Any) -> Any:
    """Terraform has one kind of number: 1.0 is 1, which shows where a number becomes text."""
    number = float(value)
    return int(number) if number.is_integer() else number


def _value(value: Any, strings: List[str]) -> Any:
    if isinstance(value, dict):
        return {_name(key, strings): _value(item, strings) for key, item in value.items() if key != "__comments__"}
    if isinstance(value, list):
        return [_value(item, strings) for item in value]
    if isinstance(value, float):
        return _number(value)
    if not isinstance(value, str):
        return value
    place = _PLACE.fullmatch(value)
    if place:
        return strings[int(place[1])]
    number = _NUMBER.fullmatch(value)
    if number:
        return json.loads(number[1], parse_float=_number)
    shown = re.sub(r'"?text-\d+-"?', '"..."', value)
    raise TfvarsError(f"a variables file holds values only, and this is an expression: {shown}")
