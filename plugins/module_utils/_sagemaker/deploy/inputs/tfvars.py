# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Terraform variables files: text in, values out. Pure, because the HCL parser is an argument.

The values come from the parser's syntax tree, which has all texts and numbers as written. The dictionaries of
python-hcl2 round numbers and resolve escapes only partly.
"""

from __future__ import annotations

import decimal
import json
import re
from typing import Any
from typing import Callable
from typing import Collection
from typing import Dict
from typing import Iterator
from typing import Union

from ...core.secrets import TOKEN_FORM

_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)|(\$\$|%%)(?=\{)|(\$|%)\{", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_HEREDOC = re.compile(r"<<-?[^\r\n]*\r?\n(?P<text>.*?)[ \t]*\S+\r?\n", re.DOTALL)
_TEMPLATE = "a variables file may contain only values, and one of its texts contains ${...} or %{...}"
_LITERALS = {"true": True, "false": False, "null": None}
# Terraform's numbers have 512 bits, which are 154 digits.
_MOST_DIGITS = 154


class TfvarsError(Exception):
    """The file is not valid for Terraform. problems: for each where and why."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def from_json(text: str) -> Dict[str, Any]:
    """Return the values of a .tfvars.json file."""
    try:
        values = json.loads(text, parse_float=_number, parse_int=_number)
    except ValueError as error:
        raise TfvarsError(f"not valid JSON: {error}") from error
    if not isinstance(values, dict):
        raise TfvarsError("must be one JSON object, with an input on each key")
    return values


def from_hcl(text: str, parse: Callable[[str], Any]) -> Dict[str, Any]:
    """Return the values of a .tfvars file. parse: hcl2.parses_to_tree, which returns lark's syntax tree."""
    try:
        (body,) = parse(text).children
    except Exception as error:  # lark's own errors
        raise TfvarsError(_syntax(error)) from error
    values: Dict[str, Any] = {}
    problems = []
    for item in _parts(body):
        try:
            name = _attribute_name(item)
            if name in values:
                raise TfvarsError(f"{name} is set twice")
            values[name] = None
            values[name] = _value(item.children[-1])
        except TfvarsError as error:
            problems.append(f"{_line(item)}{error}")
    if problems:
        raise TfvarsError(*problems)
    return values


def _line(tree: Any) -> str:
    """Return the place of the first token in a tree."""
    while hasattr(tree, "data"):
        tree = next((child for child in tree.children if hasattr(child, "data") or hasattr(child, "line")), None)
    return "" if tree is None else f"line {tree.line}: "


# Tokens that close something, with what they close.
_CLOSING = {"RSQB": ("[", "]"), "RBRACE": ("{", "}"), "RPAR": ("(", ")")}


def _syntax(error: Any) -> str:
    """Return where a file is not valid HCL, and why. Texts may be secret, so they are not shown."""
    token, line = getattr(error, "token", None), getattr(error, "line", 0)
    where = f"line {line}, column {error.column}: " if line > 0 else ""
    return f"{where}not valid HCL{_reason(token, getattr(error, 'expected', ())) if token is not None else ''}"


def _reason(token: Any, expected: Collection[str]) -> str:
    kind, text = token.type, str(token)
    if kind == "$END":
        if "STRING_CHARS" in expected:
            return ', because the closing " of a text is missing'
        missing = [pair for name, pair in _CLOSING.items() if name in expected]
        return "".join(f", because a {opening} has no {closing}" for opening, closing in missing[:1])
    if text.startswith("'"):
        return ', because a text must stand between "double quotes"'
    if text.startswith("<<"):
        return ", because the end of a heredoc is missing"
    if text.startswith("{"):
        return ", because it looks like JSON. Give such a file a name that ends in .json"
    if "EQ" in expected and kind != "STRING_CHARS":
        return f", because after the name of an input = is needed instead of {text.strip()}"
    if kind in _CLOSING and "$END" in expected:
        return f", because this {text} closes nothing"
    if "COMMA" in expected:
        return ", because a comma is missing"
    if "EQ" not in expected and "NAME" in expected and "LSQB" in expected:
        return ", because a value is missing"
    return "" if kind == "STRING_CHARS" else f", because {text.strip()} is not expected here"


def _attribute_name(tree: Any) -> str:
    name = _key(tree.children[0])
    if tree.data != "attribute":
        raise TfvarsError(f"a variables file may contain only values, and this is a block: {name}")
    return name


def _parts(tree: Any) -> Iterator[Any]:
    """Yield the parts of a tree, without punctuation and comments."""
    return (child for child in tree.children if hasattr(child, "data") and child.data != "new_line_or_comment")


def _key(tree: Any) -> str:
    """Return the name of an attribute or a key of an object."""
    while tree.data in ("object_elem_key", "expr_term") and len(tree.children) == 1:
        tree = tree.children[0]
    if tree.data in ("identifier", "keyword", "literal_value", "int_lit"):
        return str(tree.children[0])
    if tree.data == "string":
        return _text(tree)
    raise _expression(tree)


def _value(tree: Any) -> Any:
    if tree.data == "expr_term" and len(tree.children) == 1:
        return _value(tree.children[0])
    if tree.data in ("int_lit", "float_lit"):
        return _number(tree.children[0])
    if tree.data == "unary_op" and tree.children[0] == "-":
        operand = next(_parts(tree.children[1]), tree)
        if operand.data in ("int_lit", "float_lit"):
            return _number(f"-{operand.children[0]}")
    if tree.data == "literal_value":
        return _LITERALS[tree.children[0]]
    if tree.data == "string":
        return _text(tree)
    if tree.data in ("heredoc_template", "heredoc_template_trim"):
        return _unescaped(_heredoc(tree.children[0], tree.data == "heredoc_template_trim"), backslashes=False)
    if tree.data == "tuple":
        return [_value(item) for item in _parts(tree)]
    if tree.data == "object":
        return {_key(item.children[0]): _value(item.children[-1]) for item in _parts(tree)}
    raise _expression(tree)


def _expression(tree: Any) -> TfvarsError:
    """Return the error for an expression. Its texts may be secret, so they are not shown."""
    shown = _shown(tree)
    word = re.fullmatch(r"[\w-]+", shown)
    literal = shown.lower() if shown.lower() in _LITERALS else f'"{shown}"'
    meant = f". Did you mean {literal}?" if word else ""
    return TfvarsError(f"a variables file may contain only values, and this is an expression: {shown}{meant}")


def _shown(part: Any) -> str:
    if not hasattr(part, "data"):
        return str(part)
    hidden = part.data.startswith(("string", "template_string", "heredoc"))
    return '"..."' if hidden else TOKEN_FORM.sub("...", "".join(map(_shown, part.children)).strip())


def _text(tree: Any) -> str:
    """Return a quoted text."""
    parts = [child for part in _parts(tree) for child in part.children]
    if any(hasattr(part, "data") for part in parts):
        raise TfvarsError(_TEMPLATE)
    text = "".join(parts)
    if "\n" in text:
        raise TfvarsError(f"line {parts[0].line}: not valid HCL")
    return _unescaped(text)


def _heredoc(token: str, indented: bool) -> str:
    text = _HEREDOC.fullmatch(token)["text"].replace("\r\n", "\n")
    if not indented:
        return text
    lines = text.split("\n")
    margin = min((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), default=0)
    return "\n".join(line[margin:] for line in lines)


def _unescaped(text: str, backslashes: bool = True) -> str:
    def replaced(match: re.Match[str]) -> str:
        escape, doubled, template = match.groups()
        if template:
            raise TfvarsError(_TEMPLATE)
        if doubled:
            return doubled[0]
        if not backslashes:
            return match[0]
        if escape[0] in "uU" and len(escape) > 1:
            return chr(int(escape[1:], 16))
        if escape not in _ESCAPED:
            raise TfvarsError(f"\\{escape} is not an escape sequence of HCL")
        return _ESCAPED[escape]

    return _ESCAPE.sub(replaced, text)


def _number(text: str) -> Union[str, int, float]:
    """Return a number with all its digits, so that its text is the same as in Terraform.

    1.0 is 1, 1e3 is 1000, and a number that a float would round or write with an exponent is text.
    """
    number = decimal.Decimal(text)
    if abs(number.adjusted()) > _MOST_DIGITS:
        raise TfvarsError(f"{text} is out of the range of numbers")
    if number == number.to_integral_value():
        return int(number)
    digits = f"{number:f}".rstrip("0")
    return float(number) if repr(float(number)) == digits else digits
