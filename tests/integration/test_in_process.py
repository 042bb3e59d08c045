# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules run inside Ansible's own process where that changes nothing but the time, and as processes everywhere else."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

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


@pytest.mark.core
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


@pytest.mark.core
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
