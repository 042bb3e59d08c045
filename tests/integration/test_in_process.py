# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules run inside Ansible's own process where that changes nothing but the time, and as processes everywhere else."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from integration.harness import Player
from integration.harness import Run
from integration.harness import running
from integration.logic import IMAGE
from integration.logic import ROLE
from integration.logic import Logic
from local_aws.process import LocalAws

# With it Ansible keeps each module's file, so there has to be one.
AS_PROCESSES = {"ANSIBLE_KEEP_REMOTE_FILES": "1"}
# ansible-core 2.21 shows a task's options with -vvv only if it is asked to.
OPTIONS_SHOWN = {"ANSIBLE_INJECT_INVOCATION": "1"}
SECRET = "hf_0123456789abcdef"

PLAY = f"""
- name: Model
  mlops.sagemaker.sagemaker_model:
    name: "{{{{ model }}}}"
    primary_container:
      image: 683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0
      environment: {{HF_TOKEN: {SECRET}, STEPS: 3, DRY: true}}
    tags: {{team: fraud, cost: 12}}
- name: Again
  mlops.sagemaker.sagemaker_model:
    name: "{{{{ item }}}}"
    resource_tags: {{}}
    primary_container: {{image: 683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0}}
  loop: ["{{{{ model }}}}"]
- name: Both names
  mlops.sagemaker.sagemaker_model: {{name: one, name_prefix: two, primary_container: {{image: x}}}}
  ignore_errors: true
- name: Unknown option
  mlops.sagemaker.sagemaker_model: {{name: one, colour: blue}}
  ignore_errors: true
- name: A name and its alias
  mlops.sagemaker.sagemaker_model_info: {{name: "{{{{ model }}}}", model_name: "{{{{ model }}}}"}}
- name: Elsewhere
  mlops.sagemaker.sagemaker_model_info:
  environment: {{AWS_REGION: eu-west-1, AWS_DEFAULT_REGION: eu-west-1}}
- name: Here again
  mlops.sagemaker.sagemaker_model_info: {{name: "{{{{ model }}}}"}}
- name: No such profile
  mlops.sagemaker.sagemaker_model_info: {{profile: nobody}}
  ignore_errors: true
- name: No time
  mlops.sagemaker.sagemaker_endpoint: {{name: one, state: absent, wait_timeout: 0}}
  ignore_errors: true
- name: Delegated
  mlops.sagemaker.sagemaker_model_info: {{name: "{{{{ model }}}}"}}
  delegate_to: localhost
"""

# What differs from one run to the next, and what a module's process says of itself.
NOISE = {"creation_time", "invocation", "ansible_facts", "exception"}


def told(run: Run) -> list[dict]:
    """All results without noise."""

    def without_noise(value):
        if isinstance(value, dict):
            return {key: without_noise(item) for key, item in value.items() if key not in NOISE}
        return [without_noise(item) for item in value] if isinstance(value, list) else value

    return [without_noise(run.result(entry["task"])) for entry in run.results]


@pytest.mark.core_ends
def test_both_ways_say_the_same(aws: LocalAws, play: Player) -> None:
    told_all = {"variables": {"model": "churn"}, "diff": True, "verbosity": 3}
    here = play(tasks=PLAY, environment=OPTIONS_SHOWN, **told_all)
    aws.reset()
    apart = play(tasks=PLAY, environment={**OPTIONS_SHOWN, **AS_PROCESSES}, **told_all)
    assert here.ok and apart.ok, (here, apart)
    assert "AnsiballZ_sagemaker_model.py" in apart.output
    assert "AnsiballZ_" not in here.output
    assert told(here) == told(apart)
    assert here.result("Elsewhere")["models"] == []
    assert [model["model_name"] for model in here.result("Here again")["models"]] == ["churn"]
    assert here.result("No time")["msg"].startswith("wait_timeout: must be at least 1, got 0.")
    for run in (here, apart):
        assert '"purge_tags": true' in run.output
        assert SECRET not in run.output


@pytest.mark.core_ends
@pytest.mark.parametrize(
    ("variables", "environment", "reason"),
    [
        ({"sagemaker_in_process": False}, {}, "sagemaker_in_process is false."),
        ({"sagemaker_in_process": "{{ 'no' }}"}, {}, "sagemaker_in_process is false."),
        (
            {"sagemaker_in_process": True},
            AS_PROCESSES,
            "Ansible keeps the files of modules (ANSIBLE_KEEP_REMOTE_FILES).",
        ),
        ({"sagemaker_in_process": True}, {}, None),
    ],
)
def test_the_front_end_is_switched_off_and_says_why(
    play: Player, variables: dict[str, object], environment: dict[str, str], reason: str | None
) -> None:
    tasks = "- mlops.sagemaker.sagemaker_caller_info: {account: false}"
    run = play(tasks=tasks, variables=variables, environment=environment, verbosity=3)
    assert run.ok, run
    assert run.result("mlops.sagemaker.sagemaker_caller_info")["region"]
    said = "mlops.sagemaker.sagemaker_caller_info runs in a separate process: "
    assert ("AnsiballZ_sagemaker_caller_info.py" in run.output) == (reason is not None)
    assert (said in run.output) == (reason is not None)
    assert reason is None or said + reason in run.output


def test_why_the_front_end_is_off_is_not_told_unasked(play: Player) -> None:
    tasks = "- mlops.sagemaker.sagemaker_caller_info: {account: false}"
    run = play(tasks=tasks, variables={"sagemaker_in_process": False})
    assert run.ok and "separate process" not in run.output, run


@pytest.mark.core
def test_another_python_an_asynchronous_task_and_a_wrong_switch_are_told(play: Player, tmp_path: Path) -> None:
    tasks = """
    - name: Elsewhere
      mlops.sagemaker.sagemaker_caller_info: {account: false}
      vars: {ansible_python_interpreter: /no/such/python}
      ignore_errors: true
    - name: Later
      mlops.sagemaker.sagemaker_caller_info: {account: false}
      async: 30
      poll: 1
    - name: Wrong
      mlops.sagemaker.sagemaker_caller_info: {account: false}
      vars: {sagemaker_in_process: maybe}
      ignore_errors: true
    """
    run = play(tasks=tasks, verbosity=3, environment={"ANSIBLE_ASYNC_DIR": str(tmp_path / "async")})
    assert run.ok, run
    assert "separate process: ansible_python_interpreter is /no/such/python, and Ansible runs in /" in run.output
    assert "separate process: the task is asynchronous." in run.output
    assert run.result("Wrong")["msg"].startswith("sagemaker_in_process: must be true or false, got 'maybe'.")


WITH_SECRETS = f"""
- name: Model
  mlops.sagemaker.sagemaker_model_info: {{name: leaky}}
- name: Other content
  mlops.sagemaker.sagemaker_model: {{name: leaky, primary_container: {{image: "{IMAGE}", environment: {{A: b}}}}}}
  ignore_errors: true
- name: Pairs
  mlops.sagemaker.sagemaker_model:
    name: one
    primary_container: {{image: x, environment: [{{name: HF_TOKEN, value: "{{{{ token }}}}"}}]}}
  ignore_errors: true
- name: Text
  mlops.sagemaker.sagemaker_model: {{name: one, primary_container: {{image: x, environment: "HF_TOKEN {{{{ token }}}}"}}}}
  ignore_errors: true
- name: Misspelt
  mlops.sagemaker.sagemaker_model: {{name: one, containers: [{{image: x, enviroment: {{HF_TOKEN: "{{{{ token }}}}"}}}}]}}
  ignore_errors: true
- name: Another case
  mlops.sagemaker.sagemaker_model: {{name: one, Environment: {{HF_TOKEN: "{{{{ token }}}}"}}, colour: light-blue}}
  ignore_errors: true
- name: Absent
  mlops.sagemaker.sagemaker_model: {{name: leaky, state: absent}}
"""


@pytest.mark.parametrize("environment", [OPTIONS_SHOWN, {**OPTIONS_SHOWN, **AS_PROCESSES}], ids=["here", "apart"])
def test_no_secret_is_shown_that_the_service_tells_or_that_is_written_in_the_wrong_place(
    aws: LocalAws, play: Player, environment: dict[str, str]
) -> None:
    aws.make_role("exec")
    aws.client("sagemaker").create_model(
        ModelName="leaky",
        ExecutionRoleArn=ROLE,
        PrimaryContainer={"Image": IMAGE, "Environment": {"HF_TOKEN": SECRET, "URL": f"http://host/?t={SECRET}"}},
    )
    run = play(tasks=WITH_SECRETS, variables={"token": SECRET}, environment=environment, diff=True, verbosity=3)
    assert run.ok, run
    assert len(run.results) == 7
    assert "http://host/?t=" in run.result("Model")["models"][0]["primary_container"]["environment"]["URL"]
    assert run.result("Other content")["plan"]["changes"]
    assert "light-blue" in run.output
    assert SECRET not in run.output


@pytest.mark.parametrize("environment", [{}, AS_PROCESSES], ids=["here", "apart"])
def test_a_missing_region_is_told_with_what_to_do(play: Player, environment: dict[str, str]) -> None:
    nowhere = {"AWS_REGION": None, "AWS_DEFAULT_REGION": None}
    run = play(tasks="- mlops.sagemaker.sagemaker_model_info:", environment={**environment, **nowhere})
    assert "Give region, or set AWS_REGION or AWS_DEFAULT_REGION." in (run.failure or ""), run


WAITING = """
- mlops.sagemaker.sagemaker_endpoint: {name: churn, endpoint_config_name: one}
"""


@pytest.mark.core_ends
@pytest.mark.parametrize("environment", [{}, AS_PROCESSES], ids=["here", "apart"])
def test_what_waits_ends_with_a_cancelled_ansible(aws: LocalAws, play: Player, environment: dict[str, str]) -> None:
    Logic(aws).make_config("one")
    aws.configure(creating=3600)
    started = play.start(tasks=WAITING, environment=environment, plain=True)
    left: list[int] = []
    try:
        assert eventually(lambda: [call["operation"] for call in aws.calls()].count("DescribeEndpoint") > 2)
        left = started.kill_main_process()
        assert left
        # The longest pause is 5 s.
        assert eventually(lambda: not running(left)), running(left)
    finally:
        started.kill()
        for pid in running(left):
            os.kill(pid, signal.SIGKILL)


def eventually(has_come: Callable[[], bool]) -> bool:
    """Wait for something for at most 20 s, and return whether it has come."""
    until = time.monotonic() + 20
    while not has_come() and time.monotonic() < until:
        time.sleep(0.1)
    return has_come()
