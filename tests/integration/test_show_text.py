# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action show_text: the same text in whatever way the results of a play are shown."""

from __future__ import annotations

import json

import pytest

from integration.harness import Player

LINES = ['The endpoint "churn"', "  costs {nothing} \\n yet, 100 %", "", "{{ 1 + 1 }} is no template here: ä"]
TEXT = "\n".join(LINES)
TASKS = """
- name: Show lines
  mlops.sagemaker.show_text:
    text: "{{ lines }}"
- name: Show a text
  mlops.sagemaker.show_text:
    text: "{{ whole }}"
"""
WRONG = """
- mlops.sagemaker.show_text:
    text: {a: b}
"""


def variables() -> dict[str, object]:
    raw = [f"{{% raw %}}{line}{{% endraw %}}" if line else line for line in LINES]
    return {"lines": raw, "whole": f"{{% raw %}}{TEXT}{{% endraw %}}"}


@pytest.mark.core
def test_the_usual_callback_shows_each_line_as_it_is(play: Player) -> None:
    run = play(tasks=TASKS, variables=variables(), check=True)
    assert run.ok, run
    assert run.output.count(f"\n{TEXT}\nok: [localhost]\n") == 2, run
    assert [run.result(task)["msg"] for task in ("Show lines", "Show a text")] == [TEXT, TEXT]
    assert run.changed == 0


@pytest.mark.core
def test_other_formats_are_left_whole(play: Player) -> None:
    lines = play(tasks=TASKS, variables=variables(), environment={"ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml"})
    shown = [line.strip() for line in lines.output.splitlines()]
    assert lines.output.count("msg: |-") == 2, lines
    assert [shown.count(line.strip()) for line in LINES if line] == [2, 2, 2], lines
    run = play(tasks=TASKS, variables=variables(), environment={"ANSIBLE_STDOUT_CALLBACK": "minimal"})
    results = run.output.split("localhost | SUCCESS => ")
    assert results[0].strip() == "", run
    assert [json.loads(result)["msg"] for result in results[1:]] == [TEXT, TEXT]


def test_what_is_no_text_is_refused(play: Player) -> None:
    run = play(tasks=WRONG)
    assert run.failure and "text: must be a text or a list of lines, got {'a': 'b'}." in run.failure
