# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of reading Terraform variables files."""

from __future__ import annotations

import hcl2
import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.inputs.tfvars import TfvarsError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.inputs.tfvars import from_hcl
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.inputs.tfvars import from_json
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.schema.shapes import text as text_of

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


def test_hcl_gives_the_values_that_terraform_sees() -> None:
    assert from_hcl(TEXT, hcl2.parses_to_tree) == VALUES


def test_line_ends_of_windows() -> None:
    assert from_hcl('a = "x"\r\nb = <<EOF\r\ny\r\nEOF\r\n', hcl2.parses_to_tree) == {"a": "x", "b": "y\n"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = var.b", "may contain only values, and this is an expression"),
        ('a = upper("secret")', r'this is an expression: upper\("\.\.\."\)$'),
        ("a = 1 + 2", "may contain only values, and this is an expression"),
        ('a = "x-${var.b}"', "one of its texts contains "),
        ('a = "%{ if x }y%{ endif }"', "one of its texts contains "),
        (r'a = "\q"', "is not an escape sequence of HCL"),
        ('\n\na = "x', 'line 3, column 6: not valid HCL, because the closing " of a text is missing$'),
        ('a = 1\n\n# comment "\nb = = 2', "line 4, column 5: not valid HCL, because a value is missing$"),
        ("\nname = churn", '^line 2: .* this is an expression: churn. Did you mean "churn"\\?$'),
        ("name = True", r"expression: True. Did you mean true\?$"),
        ("t = hf_secretAbCdEfGhIjKl", r"expression: \.\.\.$"),
        ("a = 'secret'", 'line 1, column 5: not valid HCL, because a text must stand between "double quotes"$'),
        ("a = [1 2]", "line 1, column 8: not valid HCL, because a comma is missing$"),
        ("a = [\n  1,\n  2\n", r"not valid HCL, because a \[ has no \]$"),
        ("a = {\n  b = 1\n", "not valid HCL, because a { has no }$"),
        ("a = 1\n]\n", r"line 2, column 1: not valid HCL, because this \] closes nothing$"),
        ("a : 1", "line 1, column 2: not valid HCL, because after the name of an input = is needed instead of :$"),
        ("a = <<E\nsecret\n", "because the end of a heredoc is missing$"),
        ('{"a": "secret"}', "because it looks like JSON. Give such a file a name that ends in .json$"),
        ("a = 1\na = 2", "^line 2: a is set twice$"),
        # All problems at once.
        ("a = b\nc = 1\nd = e", r'^line 1: .*Did you mean "b"\?\nline 3: .*Did you mean "e"\?$'),
        ("just words", "not valid HCL"),
        ('a = "x\ny"', "line 1: not valid HCL$"),
        ("a = [{ b = <<E\nsecret\nE\n} + 1]", r'this is an expression: {b ="..."}\+1$'),
        ("a {\n  b = 1\n}", "may contain only values, and this is a block: a"),
        ("a = { (b) = 1 }", r"this is an expression: \(b\)$"),
        ("a = -b", "this is an expression: -b"),
    ],
)
def test_what_terraform_would_refuse_is_refused(text: str, said: str) -> None:
    with pytest.raises(TfvarsError, match=said) as caught:
        from_hcl(text, hcl2.parses_to_tree)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("1.0", "1"),
        ("2.50", "2.5"),
        ("1e3", "1000"),
        ("-1.0", "-1"),
        ("0.10", "0.1"),
        ("0.1234567890123456789", "0.1234567890123456789"),
        ("123456789012345678901234567890.5", "123456789012345678901234567890.5"),
        ("1e21", "1000000000000000000000"),
        ("12345678901234567890", "12345678901234567890"),
        ("1E-7", "0.0000001"),
        ("-2.5e-9", "-0.0000000025"),
        ("1.5e2", "150"),
        ("0.0", "0"),
        ("1e16", "10000000000000000"),
        ("0.00001", "0.00001"),
    ],
)
def test_a_number_has_the_digits_that_terraform_gives_it(written: str, text: str) -> None:
    """Where a number becomes text, such as in a container's environment, Terraform writes no exponent and loses no digit."""
    parse = hcl2.parses_to_tree
    assert text_of(from_hcl(f"a = {written}", parse)["a"]) == text
    assert from_hcl(f"a = {{ B = [{written},{written}] }}", parse) == from_hcl(f"a = {{B=[{text}, {text} ]}}", parse)
    assert text_of(from_json(f'{{"a": {written}}}')["a"]) == text
    # Where a number is wanted it is one.
    assert float(from_json(f'{{"a": {written}}}')["a"]) == float(written)


def test_digits_that_are_no_number() -> None:
    text = """ab2 = {v2 = "3", x-1 = - 4, "5" = 6}"""
    assert from_hcl(text, hcl2.parses_to_tree) == {"ab2": {"v2": "3", "x-1": -4, "5": 6}}
    for wrong in ("a = 5-3", "a = 1.5.2", "a = 1e999999999", "a = 4 2"):
        with pytest.raises(TfvarsError):
            from_hcl(wrong, hcl2.parses_to_tree)
    with pytest.raises(TfvarsError, match="out of the range"):
        from_json('{"a": 1e999999999}')


def test_json() -> None:
    assert from_json('{"a": ["${b}", 1, null]}') == {"a": ["${b}", 1, None]}
    with pytest.raises(TfvarsError, match="not valid JSON: .*line 1"):
        from_json('{"a": ')
    with pytest.raises(TfvarsError, match="must be one JSON object"):
        from_json("[]")
