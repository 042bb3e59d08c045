# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action run_module: another module of the collection, with one dictionary as its options."""

from __future__ import annotations

import json

import pytest

from integration.harness import Player
from integration.logic import IMAGE
from integration.logic import ROLE
from local_aws.process import LocalAws

MODEL = {
    "name": "fraud-7",
    "execution_role_arn": ROLE,
    "primary_container": {
        "image": IMAGE,
        "environment": {"API_TOKEN": "not-to-be-shown"},
    },
}
TASKS = """
- name: Create a model
  mlops.sagemaker.run_module:
    name: sagemaker_model
    options: "{{ model }}"
"""


WRONG = [
    ({"name": "sagemaker_modle", "options": {}}, "name: must be a module of mlops.sagemaker, got 'sagemaker_modle'."),
    ({"options": {}}, "name: must be a module of mlops.sagemaker, got None."),
    ({"name": "sagemaker_model", "options": "fraud"}, "options: must be a dictionary, got 'fraud'."),
    ({"name": "sagemaker_model", "options": {"name": "x", "nmae": "y"}}, "nmae"),
]


def test_wrong_options_are_refused(play: Player) -> None:
    tasks = [{"mlops.sagemaker.run_module": task, "ignore_errors": True} for task, _message in WRONG]
    run = play(tasks=json.dumps(tasks))
    for entry, (_task, message) in zip(run.results, WRONG):
        assert entry["failed"] and message in entry["result"]["msg"], run


@pytest.mark.core
@pytest.mark.parametrize("in_process", [True, False])
def test_it_does_what_the_module_does(play: Player, aws: LocalAws, in_process: bool) -> None:
    aws.make_role("exec")
    aws.clear_calls()
    variables = {"model": MODEL, "sagemaker_in_process": in_process}
    predicted = play(tasks=TASKS, variables=variables, check=True)
    assert (predicted.changed, aws.mutating()) == (1, []), predicted
    made = play(tasks=TASKS, variables=variables, verbosity=3)
    assert aws.mutating() == ["CreateModel"], made
    plans = [run.result("Create a model")["plan"] for run in (predicted, made)]
    assert plans[0] == plans[1] and plans[1]["action"] == "create"
    assert "not-to-be-shown" not in made.output
    again = play(tasks=TASKS, variables=variables)
    assert (again.changed, aws.mutating()) == (0, ["CreateModel"]), again
