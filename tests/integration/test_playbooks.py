# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""deploy.yml and destroy.yml over the two Terraform examples: predicted, made, found unchanged, removed."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from integration.harness import CHECKOUT
from integration.harness import Player
from integration.harness import Run
from local_aws.process import LocalAws

TOKEN = "hf_AbCdEfGhIjKlMnOpQrSt"
EXAMPLES = {
    "huggingface": ("mistralendpoint", "mistral"),
    "jumpstart": ("llamatwo", "llama2"),
}
OUTPUTS = {
    "sagemaker_role_arn",
    "sagemaker_endpoint_name",
    "sagemaker_endpoint_config_name",
    "sagemaker_endpoint_arn",
    "sagemaker_endpoint_status",
    "sagemaker_model_names",
    "plan",
}
PLANS = {"iam_role", "models", "endpoint_config", "endpoint", "autoscaling", "pruned"}


def run_example(
    play: Player, playbook: str, example: str, check: bool = False, token: str = TOKEN, ok: bool = True
) -> Run:
    """Run a playbook on an example in the most talkative way, which must not tell the token."""
    run = play(
        playbook=f"playbooks/{playbook}.yml",
        arguments=["-e", f"@{CHECKOUT / 'examples' / example / 'vars.yml'}"],
        environment={"HF_API_TOKEN": token},
        check=check,
        diff=True,
        verbosity=3,
    )
    assert TOKEN not in run.output, run.command
    assert TOKEN not in json.dumps([run.results, run.stats]), run.command
    assert run.ok == ok, run
    return run


def outputs(run: Run) -> dict[str, Any]:
    """What the play handed on; every run has all of it, and only this key."""
    assert set(run.stats) == {"sagemaker_endpoint_outputs"}
    handed_on = run.stats["sagemaker_endpoint_outputs"]
    assert set(handed_on) == OUTPUTS
    assert set(handed_on["plan"]) == PLANS
    return handed_on


def calls_of(plan: Any) -> list[str]:
    """The calls of one plan or of a list of plans."""
    plans = plan if isinstance(plan, list) else [plan]
    return [call for each in plans for call in each["calls"]]


def all_calls(handed_on: dict[str, Any]) -> list[str]:
    """The calls of all plans, in the order of the role's tasks."""
    return [call for name in handed_on["plan"] for call in calls_of(handed_on["plan"][name])]


@pytest.mark.core
@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_from_prediction_to_removal(aws: LocalAws, play: Player, example: str) -> None:
    name, prefix = EXAMPLES[example]

    predicted = run_example(play, "deploy", example, check=True)
    assert aws.mutating() == []
    assert predicted.changed == 4

    deployed = run_example(play, "deploy", example)
    assert deployed.changed == predicted.changed
    assert outputs(deployed) == outputs(predicted)
    assert aws.mutating() == all_calls(outputs(deployed))
    result = outputs(deployed)
    assert result["sagemaker_endpoint_name"] == name
    assert result["sagemaker_endpoint_status"] == "InService"
    assert result["sagemaker_endpoint_config_name"].startswith(f"{prefix}-config-")
    assert [model.startswith(f"{prefix}-model-") for model in result["sagemaker_model_names"]] == [True]
    sagemaker = aws.client("sagemaker")
    endpoint = sagemaker.describe_endpoint(EndpointName=name)
    assert endpoint["EndpointStatus"] == "InService"
    assert endpoint["EndpointConfigName"] == result["sagemaker_endpoint_config_name"]

    aws.clear_calls()
    again = run_example(play, "deploy", example)
    assert (again.changed, aws.mutating()) == (0, [])
    assert all_calls(outputs(again)) == []

    predicted = run_example(play, "destroy", example, check=True)
    assert aws.mutating() == []
    destroyed = run_example(play, "destroy", example)
    assert destroyed.changed == predicted.changed == 3
    assert outputs(destroyed) == outputs(predicted)
    assert sagemaker.list_models()["Models"] == []
    assert sagemaker.list_endpoint_configs()["EndpointConfigs"] == []
    assert sagemaker.list_endpoints()["Endpoints"] == []
    assert aws.client("iam").list_roles()["Roles"] == []

    aws.clear_calls()
    again = run_example(play, "destroy", example)
    assert (again.changed, aws.mutating()) == (0, [])


def test_the_playbooks_run_by_their_names_in_the_collection(aws: LocalAws, play: Player) -> None:
    variables = {"sagemaker_endpoint_name": "nobody", "sagemaker_endpoint_state": "present"}
    run = play(playbook="mlops.sagemaker.destroy", variables=variables, check=True)
    assert run.ok, run
    assert outputs(run)["sagemaker_endpoint_name"] == "nobody"
    run = play(playbook="mlops.sagemaker.deploy", variables={**variables, "sagemaker_endpoint_containers": []})
    assert "no container is given" in (run.failure or "")
    assert aws.mutating() == []


def test_the_token_is_not_shown_by_a_failure_nor_by_its_change(aws: LocalAws, play: Player) -> None:
    aws.fault(operation="CreateModel", kind="denied", times=1)
    run_example(play, "deploy", "huggingface", ok=False)
    run_example(play, "deploy", "huggingface")
    created = [call["request"] for call in aws.calls() if call["operation"] == "CreateModel"]
    assert created[-1]["PrimaryContainer"]["Environment"]["HF_API_TOKEN"] == TOKEN
    # Another token is another content and so another release, and both tokens are in reach of its diff.
    run = run_example(play, "deploy", "huggingface", token=f"{TOKEN}2")
    assert run.changed == 3


@pytest.fixture
def moto() -> Iterator[str]:
    """The address of an unmodified moto_server."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"{address}/moto-api/", timeout=5).close()
                break
            except OSError:
                assert server.poll() is None and time.monotonic() < deadline, "moto_server did not start"
                time.sleep(0.2)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=10)


def test_a_plain_endpoint_on_a_server_that_nobody_here_wrote(play: Player, moto: str) -> None:
    variables = {
        "sagemaker_endpoint_name": "plain",
        "sagemaker_endpoint_name_prefix": "plain",
        "sagemaker_endpoint_containers": [
            {
                "image_uri": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0",
                "model_data_url": "s3://example-model-bucket/plain/model.tar.gz",
            }
        ],
        "sagemaker_endpoint_production_variant": {"instance_type": "ml.m5.large"},
    }
    environment = {"AWS_ENDPOINT_URL": moto}
    changed = [
        play(playbook=f"playbooks/{playbook}.yml", variables=variables, environment=environment)
        for playbook in ("deploy", "deploy", "destroy", "destroy")
    ]
    assert [run.ok for run in changed] == [True] * 4, next(run for run in changed if not run.ok)
    assert [run.changed for run in changed] == [4, 0, 3, 0]
