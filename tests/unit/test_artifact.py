# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the playbooks hand on to the next node of a workflow."""

from __future__ import annotations

import json
from typing import Any

import yaml

from ansible_collections.mlops.sagemaker.plugins.plugin_utils._artifact import UNREADABLE
from ansible_collections.mlops.sagemaker.plugins.plugin_utils._artifact import artifact

POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}]}


def texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in texts(item)]
    return [text for item in value for text in texts(item)] if isinstance(value, list) else [value]


def test_policies_are_text_and_everything_else_stays() -> None:
    change = {"path": "inline_policies[serving]", "before": None, "after": POLICY}
    outputs = {"operator_policy": POLICY, "plan": {"iam_role": {"changes": [change]}}, "names": ["a*"], "count": 2}
    handed = artifact(outputs)
    assert json.loads(handed["operator_policy"]) == POLICY
    assert json.loads(handed["plan"]["iam_role"]["changes"][0]["after"]) == POLICY
    assert (handed["names"], handed["count"]) == (["a*"], 2)


def test_no_text_is_left_that_yaml_cannot_read_without_quotes() -> None:
    """The texts that PyYAML resolves to a type which no loader of ansible-core constructs."""
    resolver = yaml.SafeLoader("")
    types = ("bool", "float", "int", "null", "str", "timestamp")
    printable = [chr(code) for code in range(33, 127)] + ["<<", ">>", "**", "&&", "==", "!!", "~~", "--", "..."]
    found = [
        text
        for text in printable
        if resolver.resolve(yaml.ScalarNode, text, (True, False)).rpartition(":")[2] not in types
    ]
    assert sorted(found) == sorted(UNREADABLE)
    outputs = {"tags": {text: text for text in printable}}
    left = texts(artifact(outputs))
    assert len(left) == len(printable) and not set(left) & set(UNREADABLE)
    assert {json.loads(text) for text in left if text.startswith('"') and len(text) > 2} == set(UNREADABLE)
