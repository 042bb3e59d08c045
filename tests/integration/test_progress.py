# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is told of a wait: which lines, and that they are on standard error while it lasts."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec.invocation import INVOKE
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import SageMakerError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.invoke import invocation
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources import endpoints
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rollout import component as component_rollout
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rollout import endpoint as endpoint_rollout
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rollout import traffic
from integration.harness import PLAY
from integration.harness import Player
from integration.logic import PRESENT
from integration.logic import ROLE
from integration.logic import Logic
from local_aws.process import LocalAws

ABSENT = {**PRESENT, "state": "absent", "name": "churn"}


@pytest.fixture
def logic(aws: LocalAws) -> Logic:
    return Logic(aws)


def wish(config: str, **options: Any) -> dict[str, Any]:
    return {**PRESENT, "name": "churn", "endpoint_config_name": config, **options}


def without_times(lines: list[str]) -> list[str]:
    """The lines, of those that differ in their times only the first."""
    shortened = [
        f"{line.partition(' for ')[0]};{line.partition(';')[2]}" if " for " in line else line.partition(" after ")[0]
        for line in lines
    ]
    return [line for line, before in zip(shortened, ["", *shortened]) if line != before]


def test_a_deploy_of_90_seconds_is_told_at_once_each_minute_and_at_its_end(logic: Logic) -> None:
    logic.make_config("c1", InitialInstanceCount=2)
    logic.aws.configure(creating=90)
    logic.run(endpoint_rollout.ensure, wish("c1"))
    begun, minute, ended = logic.told
    assert begun == "churn: Creating for 0 s; main 0 of 2 instances (Creating: Launching 2 instance(s))"
    assert minute == begun.replace("0 s", "52 s", 1)
    assert re.fullmatch(r"churn: InService after 1 min 3\d s; serves c1: main 2 of 2 instances", ended)
    # What is so already is not waited for.
    logic.told.clear()
    logic.run(endpoint_rollout.ensure, wish("c1"))
    assert logic.told == []


def test_an_update_is_told_with_both_configurations_and_its_way_back(logic: Logic) -> None:
    logic.make_config("c1")
    logic.make_config("c2", InitialInstanceCount=2)
    logic.make_endpoint("churn", "c1")
    logic.aws.configure(updating=5, rolling_back=5)
    logic.aws.script("churn", "update", "rollback")
    policy = {
        "blue_green_update_policy": {
            "traffic_routing_configuration": {"type": "ALL_AT_ONCE", "wait_interval_in_seconds": 0}
        }
    }
    with pytest.raises(SageMakerError, match="rolled back"):
        logic.run(endpoint_rollout.ensure, wish("c2", deployment_config=policy))
    old = "serves c1: main 1 of 1 instances"
    new = "c2: main 0 of 2 instances with weight 0 of 1"
    assert without_times(logic.told) == [
        f"churn: Updating; moves to {new} (Creating: Launching 2 instance(s)); {old}",
        f"churn: RollingBack; leaves {new} (Deleting: Terminating 2 instance(s)); {old}",
        "churn: InService",
    ]
    assert logic.told[-1].endswith(f"; {old}")


def test_shifted_traffic_and_a_deletion_are_told(logic: Logic) -> None:
    logic.make_config("c1")
    logic.make_endpoint("churn", "c1")
    logic.aws.configure(scaling=5, deleting=5)
    item = {
        "variant_name": "main",
        "desired_weight": None,
        "desired_instance_count": 3,
        "serverless_update_config": None,
    }
    options = {"override_autoscaling": False, "wait": True, "wait_timeout": None}
    logic.run(traffic.ensure, {"endpoint_name": "churn", "desired_weights_and_capacities": [item], **options})
    logic.run(endpoints.absent, ABSENT)
    assert without_times(logic.told) == [
        "churn: Updating; serves c1: main 1 of 3 instances (Updating: Scaling out desired instance count to 3)",
        "churn: InService",
        "churn: Deleting;",
        "churn: deleted",
    ]


def test_what_somebody_else_has_begun_is_told_while_it_is_in_the_way(logic: Logic) -> None:
    logic.make_config("c1")
    logic.make_config("c2")
    logic.make_endpoint("churn", "c1")
    # The update is refused before it shows, and the deletion shows late too.
    logic.aws.configure(updating=30, status_lag=5)
    logic.sagemaker.update_endpoint(EndpointName="churn", EndpointConfigName="c2")
    logic.run(endpoint_rollout.ensure, wish("c2"))
    logic.run(endpoints.absent, ABSENT)
    assert [line.split(";")[0] for line in without_times(logic.told)] == [
        "UpdateEndpoint: refused by AWS",
        "churn: Updating",
        "churn: InService",
        "churn: Deleting",
        "churn: deleted",
    ]


def test_a_component_is_told_with_its_copies(logic: Logic) -> None:
    logic.make_config("m")
    variant = {"VariantName": "main", "InstanceType": "ml.m5.4xlarge", "InitialInstanceCount": 1}
    logic.sagemaker.create_endpoint_config(
        EndpointConfigName="host", ExecutionRoleArn=ROLE, ProductionVariants=[variant]
    )
    logic.make_endpoint("churn", "host")
    logic.aws.configure(creating=5, scaling=5, deleting=5)
    component = {
        **PRESENT,
        "name": "chat",
        "endpoint_name": "churn",
        "variant_name": "main",
        "specification": {
            "model_name": "m-model",
            "compute_resource_requirements": {"min_memory_required_in_mb": 1024},
        },
        "specifications": None,
        "deployment_config": None,
        "unscaled": False,
    }
    for copies in (1, 3):
        logic.run(component_rollout.ensure, {**component, "runtime_config": {"copy_count": copies}})
    logic.run(component_rollout.ensure, {**component, "state": "absent"})
    assert without_times(logic.told) == [
        "chat: Creating; 0 of 1 copies",
        "chat: InService",
        "chat: Updating; 1 of 3 copies",
        "chat: InService",
        "chat: Deleting;",
        "chat: deleted",
    ]


def test_an_asynchronous_result_is_told_with_its_place(logic: Logic) -> None:
    logic.make_config("sync")
    variant = logic.sagemaker.describe_endpoint_config(EndpointConfigName="sync")["ProductionVariants"][0]
    output = {"S3OutputPath": "s3://results/out"}
    logic.sagemaker.create_endpoint_config(
        EndpointConfigName="async", ProductionVariants=[variant], AsyncInferenceConfig={"OutputConfig": output}
    )
    logic.aws.put("s3://results/in.json")
    logic.make_endpoint("churn", "async")
    logic.aws.configure(async_delay=3600)
    options = {option: spec.get("default") for option, spec in INVOKE["argument_spec"].items()}
    with pytest.raises(SageMakerError, match="no result"):
        invocation.invoke(
            logic.connection(),
            {**options, "endpoint_name": "churn", "input_location": "s3://results/in.json", "wait_timeout": 70},
            False,
        )
    assert len(logic.told) == 2
    assert without_times(logic.told)[0].startswith("churn: no asynchronous result; expected in s3://results/out/")


# Plays

TASKS = """\
    - mlops.sagemaker.sagemaker_endpoint: {name: churn, endpoint_config_name: c1}
"""
# As the playbooks of the collection say it.
THIS_PYTHON = """\
  vars: {ansible_python_interpreter: "{{ ansible_playbook_python }}"}
  tasks:
"""
BEGUN = "churn: Creating for 0 s; main 0 of 1 instances (Creating: Launching 1 instance(s))"
ENDED = "churn: InService after "


@pytest.mark.core
def test_nothing_is_told_where_it_is_switched_off_or_hidden(logic: Logic, play: Player) -> None:
    logic.make_config("c1")
    tasks = """
    - mlops.sagemaker.sagemaker_endpoint: {name: churn, endpoint_config_name: c1}
      vars: {sagemaker_endpoint_progress: "{{ 'no' }}"}
    - mlops.sagemaker.sagemaker_endpoint: {name: churn, state: absent}
      environment: {MLOPS_SAGEMAKER_PROGRESS: 0}
    - mlops.sagemaker.sagemaker_endpoint: {name: churn, endpoint_config_name: c1}
      no_log: true
    - name: Told
      mlops.sagemaker.sagemaker_endpoint: {name: churn, state: absent}
    - name: Wrong
      mlops.sagemaker.sagemaker_endpoint: {name: churn, state: absent}
      vars: {sagemaker_endpoint_progress: maybe}
      ignore_errors: true
    """
    run = play(tasks=tasks)
    assert (run.ok, run.changed) == (True, 4), run
    assert [
        line.partition(" for ")[0].partition(" after ")[0] for line in run.output.splitlines() if "churn: " in line
    ] == [
        "churn: Deleting",
        "churn: deleted",
    ]
    assert run.result("Wrong")["msg"].startswith("sagemaker_endpoint_progress: must be true or false, got 'maybe'.")


def environment(play: Player, logic: Logic, **more: str) -> dict[str, str]:
    return {
        "PATH": os.pathsep.join([str(play.ansible_playbook.parent), os.environ["PATH"]]),
        "HOME": str(play.directory),
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_COLLECTIONS_PATH": play.collections,
        **logic.aws.environment(),
        **more,
    }


def playbook(play: Player) -> Path:
    file = play.directory / "play.yml"
    file.write_text(PLAY.replace("  tasks:\n", THIS_PYTHON) + TASKS)
    return file


@pytest.fixture
def slow(logic: Logic) -> Logic:
    """An endpoint that is not made before the test lets time pass."""
    logic.make_config("c1")
    logic.aws.configure(creating=3600)
    return logic


@contextlib.contextmanager
def begun(command: list[Any], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """A process in a session of its own, which ends with the block."""
    process = subprocess.Popen(command, start_new_session=True, text=True, **options)
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.mark.core
def test_standard_output_is_one_document_while_standard_error_tells(slow: Logic, play: Player) -> None:
    variables = {
        "ANSIBLE_CALLBACK_PLUGINS": str(Path(__file__).with_name("callback_plugins")),
        "ANSIBLE_STDOUT_CALLBACK": "one_document",
    }
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": environment(play, slow, **variables)}
    with begun([play.ansible_playbook, playbook(play)], **pipes) as process:
        assert process.stderr is not None
        read_until(process.stderr.fileno(), BEGUN)
        # It is told although the endpoint is still being made.
        assert process.poll() is None
        slow.aws.advance(3600)
        output, rest = process.communicate(timeout=120)
    assert process.returncode == 0, rest
    assert json.loads(output)[0]["endpoint"]["endpoint_status"] == "InService"
    assert "churn: " not in output
    assert rest.splitlines()[-1].startswith(ENDED)


@pytest.mark.core
def test_a_terminal_shows_it_as_it_happens(slow: Logic, play: Player) -> None:
    leader, follower = pty.openpty()
    ends = {"stdin": follower, "stdout": follower, "stderr": follower, "env": environment(play, slow)}
    with begun([play.ansible_playbook, playbook(play)], **ends) as process:
        os.close(follower)
        shown = read_until(leader, BEGUN)
        assert process.poll() is None
        slow.aws.advance(3600)
        shown += read_until(leader, "PLAY RECAP")
        os.close(leader)
        process.wait(60)
    assert shown.index("TASK [") < shown.index(BEGUN) < shown.index(ENDED) < shown.index("changed: [localhost]")


def read_until(descriptor: int, text: str) -> str:
    """What a terminal or a pipe gives up to that text, for which is waited for a minute."""
    shown, until = "", time.monotonic() + 60
    while text not in shown:
        assert select.select([descriptor], [], [], max(0.0, until - time.monotonic()))[0], shown
        shown += os.read(descriptor, 65536).decode().replace("\r\n", "\n")
    return shown


def test_a_job_of_ansible_runner_shows_it_as_it_happens(slow: Logic, play: Player) -> None:
    """As AWX does, which reads the events while the job goes on."""
    folder = play.directory / "job"
    (folder / "project").mkdir(parents=True)
    playbook(play).rename(folder / "project" / "play.yml")
    log = (play.directory / "runner.log").open("w")
    command = [sys.executable, "-m", "ansible_runner", "run", folder, "-p", "play.yml"]
    with begun(command, stdout=log, stderr=log, env=environment(play, slow)) as process:

        def events() -> list[dict[str, Any]]:
            files = folder.glob("artifacts/*/job_events/*.json")
            return [json.loads(file.read_text()) for file in files if "partial" not in file.name]

        until = time.monotonic() + 120
        while not any(BEGUN in event["stdout"] for event in events()):
            assert process.poll() is None and time.monotonic() < until, (play.directory / "runner.log").read_text()
            time.sleep(0.1)
        slow.aws.advance(3600)
        process.wait(120)
    assert process.returncode == 0
    told = {event["event"] for event in events() if event["stdout"].startswith("churn: ")}
    assert told == {"verbose"}
    assert any(event["stdout"].startswith(ENDED) for event in events())
    assert not any("instead of using Display" in event["stdout"] for event in events())
