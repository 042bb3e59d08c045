# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Terraform variables files: text in, values out. Pure; the parser for HCL is handed in.

python-hcl2 gives strings with their quotes or without, with escapes resolved, half resolved or as they stand, all by
its version. Numbers it rounds. So both are taken out of the text first and put back into the result: the parser sees only the
structure, and every version gives the same values.
"""

from __future__ import annotations

import decimal
import json
import re
from typing import Any
from typing import Callable
from typing import Dict
from typing import List
from typing import Union

_TOKEN = re.compile(
    r"""
    (?P<comment>\#[^\n]*|//[^\n]*|/\*.*?\*/)
    |(?P<string>"(?:\\.|[^"\\\n])*")
    |<<(?P<indented>-?)(?P<tag>[A-Za-z_][\w-]*)\r?\n(?P<heredoc>.*?)^[ \t]*(?P=tag)[ \t]*(?=\r?\n|\Z)
    |(?P<number>(?<![\w.-])(?:-[ \t]*)?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w.]))
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)|(\$\$|%%)(?=\{)|(\$|%)\{", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_PLACE = re.compile(r'"?text-(\d+)-"?')
# Terraform's numbers have 512 bits, which are 154 digits.
_MOST_DIGITS = 154


class TfvarsError(Exception):
    """The file is not what Terraform would take: the message says where and why."""


def from_json(text: str) -> Dict[str, Any]:
    """The values of a .tfvars.json file."""
    try:
        values = json.loads(text, parse_float=_number, parse_int=_number)
    except ValueError as error:
        raise TfvarsError(f"not valid JSON: {error}") from error
    if not isinstance(values, dict):
        raise TfvarsError("must be one JSON object, with an input on each key")
    return values


def from_hcl(text: str, parse: Callable[[str], Dict[str, Any]]) -> Dict[str, Any]:
    """The values of a .tfvars file. parse: hcl2.loads of any python-hcl2 from version 4 on."""
    taken: List[Union[str, int, float]] = []

    def take_out(token: re.Match[str]) -> str:
        if token["comment"]:
            # The lines stay where they are, for the parser's messages.
            return "\n" * token["comment"].count("\n")
        if token["number"]:
            taken.append(_number(token["number"]))
        elif token["string"]:
            taken.append(_unescaped(token["string"][1:-1]))
        else:
            taken.append(_unescaped(_heredoc(token["heredoc"], bool(token["indented"])), backslashes=False))
        return f'"text-{len(taken) - 1}-"'

    try:
        values = parse(_TOKEN.sub(take_out, text) + "\n")
    except TfvarsError:
        raise
    except Exception as error:  # lark's own errors, whose classes differ between versions
        where = f"line {error.line}: " if getattr(error, "line", 0) else ""
        raise TfvarsError(f"{where}not valid HCL") from error
    return {_name(key, taken): _value(item, taken) for key, item in values.items() if key != "__comments__"}


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


def _name(key: Any, taken: List[Union[str, int, float]]) -> str:
    place = _PLACE.fullmatch(str(key))
    return str(taken[int(place[1])]) if place else str(key)


def _number(text: str) -> Union[str, int, float]:
    """A number with all its digits, as Terraform keeps it: where it becomes text, the text is that of Terraform.

    1.0 is 1, 1e3 is 1000, and what a float would round or write with an exponent is text.
    """
    number = decimal.Decimal(re.sub(r"\s", "", text))
    if abs(number.adjusted()) > _MOST_DIGITS:
        raise TfvarsError(f"{text} is out of the range of numbers")
    if number == number.to_integral_value():
        return int(number)
    digits = f"{number:f}".rstrip("0")
    return float(number) if repr(float(number)) == digits else digits


def _value(value: Any, taken: List[Union[str, int, float]]) -> Any:
    if isinstance(value, dict):
        return {_name(key, taken): _value(item, taken) for key, item in value.items() if key != "__comments__"}
    if isinstance(value, list):
        return [_value(item, taken) for item in value]
    if not isinstance(value, str):
        return value
    place = _PLACE.fullmatch(value)
    if place:
        return taken[int(place[1])]
    shown = re.sub(r'"?text-\d+-"?', '"..."', value)
    raise TfvarsError(f"a variables file holds values only, and this is an expression: {shown}")
