# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of reading Terraform variables files, whichever python-hcl2 does the parsing."""

from __future__ import annotations

import json
import re
from typing import Any

import hcl2
import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.tfvars import TfvarsError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.tfvars import from_hcl
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.tfvars import from_json

TEXT = r"""
# a comment with a "quote
name = "mistral" // and an it's
/* more "
   of it */
count  = 3
ratio  = 0.7
below  = -3
on     = true
none   = null
empty  = ""
escape = "a\"b\\n\ttab é é"
dollar = "keep $${HOME} and %%{if} and $5"
hash   = "a # b // c /* d */"
list   = ["a", "b",]
tags = {
  Env        = "prod"
  "a.b/c-d"  : "x",
  "say \"x\"" = "y"
  n = 5
}
containers = [
  {
    image_uri = "registry/hf:2.4.0"
    environment = {
      SM_NUM_GPUS = 1
      JSON        = "{\"a\": [1, 2]}"
    }
  },
]
heredoc = <<EOF
line "1"
  line 2 \n
EOF
indented = <<-EOF
    line 1
      line 2
    EOF
"""

VALUES = {
    "name": "mistral",
    "count": 3,
    "ratio": 0.7,
    "below": -3,
    "on": True,
    "none": None,
    "empty": "",
    "escape": 'a"b\\n\ttab é é',
    "dollar": "keep ${HOME} and %{if} and $5",
    "hash": "a # b // c /* d */",
    "list": ["a", "b"],
    "tags": {"Env": "prod", "a.b/c-d": "x", 'say "x"': "y", "n": 5},
    "containers": [{"image_uri": "registry/hf:2.4.0", "environment": {"SM_NUM_GPUS": 1, "JSON": '{"a": [1, 2]}'}}],
    "heredoc": 'line "1"\n  line 2 \\n\n',
    "indented": "line 1\n  line 2\n",
}


def without_quotes(text: str) -> dict[str, Any]:
    """What python-hcl2 4 to 7 return: strings and keys without quotes."""

    def bare(value: Any) -> Any:
        if isinstance(value, dict):
            return {str(bare(key)): bare(item) for key, item in value.items() if key != "__comments__"}
        if isinstance(value, list):
            return [bare(item) for item in value]
        return value.strip('"') if isinstance(value, str) else value

    return bare(hcl2.loads(text))


def with_expressions_for_signs(text: str) -> dict[str, Any]:
    """What python-hcl2 4 and 5 return besides: a signed number is an expression."""
    values = without_quotes(text)
    return {name: f"${{{value}}}" if isinstance(value, int) and value < 0 else value for name, value in values.items()}


@pytest.mark.parametrize("parse", [hcl2.loads, without_quotes, with_expressions_for_signs])
def test_hcl_gives_the_values_that_terraform_sees(parse: Any) -> None:
    assert from_hcl(TEXT, parse) == VALUES


def test_line_ends_of_windows() -> None:
    assert from_hcl('a = "x"\r\nb = <<EOF\r\ny\r\nEOF\r\n', hcl2.loads) == {"a": "x", "b": "y\n"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = var.b", "holds values only, and this is an expression"),
        ('a = upper("secret")', r'this is an expression: \$\{upper\("\.\.\."\)\}'),
        ("a = 1 + 2", "holds values only, and this is an expression"),
        ('a = "x-${var.b}"', "one of its texts has a "),
        ('a = "%{ if x }y%{ endif }"', "one of its texts has a "),
        (r'a = "\q"', "is no escape sequence of HCL"),
        ('\n\na = "x', "line 3: not valid HCL"),
        ('a = 1\n\n# comment "\nb = = 2', "line 4: not valid HCL"),
        ("just words", "not valid HCL"),
    ],
)
def test_what_terraform_would_refuse_is_refused(text: str, said: str) -> None:
    with pytest.raises(TfvarsError, match=said) as caught:
        from_hcl(text, hcl2.loads)
    assert "secret" not in str(caught.value)
    assert not re.search(r"text-\d", str(caught.value))


def test_a_number_has_no_more_digits_than_it_needs() -> None:
    """Terraform writes 1.0 as "1" where a number becomes text, such as in a container's environment."""
    for values in (
        from_hcl("a = 1.0\nb = 2.50\nc = 1e3\nd = { TEMP = -1.0 }", hcl2.loads),
        from_json('{"a": 1.0, "b": 2.50, "c": 1e3, "d": {"TEMP": -1.0}}'),
    ):
        assert json.dumps(values) == '{"a": 1, "b": 2.5, "c": 1000, "d": {"TEMP": -1}}'


def test_json() -> None:
    assert from_json('{"a": ["${b}", 1, null]}') == {"a": ["${b}", 1, None]}
    with pytest.raises(TfvarsError, match="not valid JSON: .*line 1"):
        from_json('{"a": ')
    with pytest.raises(TfvarsError, match="must be one JSON object"):
        from_json("[]")
