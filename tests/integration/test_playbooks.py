# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""deploy.yml and destroy.yml: by their names, with a secret, and on a server that nobody here wrote."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator

import pytest
import yaml

from integration.begun import begin
from integration.deploys import outputs
from integration.harness import CHECKOUT
from integration.harness import Player
from integration.harness import Run
from local_aws.process import LocalAws

TOKEN = "hf_AbCdEfGhIjKlMnOpQrSt"


def deploy(play: Player, token: str = TOKEN, ok: bool = True) -> Run:
    """Deploy the example with a token in the most talkative way, which must not tell it."""
    run = play(
        playbook="playbooks/deploy.yml",
        arguments=["-e", f"@{CHECKOUT / 'examples' / 'huggingface' / 'vars.yml'}"],
        environment={"HF_API_TOKEN": token},
        diff=True,
        verbosity=3,
    )
    assert TOKEN not in run.output, run.command
    assert TOKEN not in json.dumps([run.results, run.stats]), run.command
    assert run.ok == ok, run
    return run


def test_the_playbooks_run_by_their_names_in_the_collection(aws: LocalAws, play: Player) -> None:
    variables = {
        "sagemaker_endpoint_name": "nobody",
        "sagemaker_endpoint_state": "present",
        "sagemaker_endpoint_url": "?",
    }
    run = play(playbook="mlops.sagemaker.destroy", variables=variables, check=True)
    assert run.ok, run
    assert "sagemaker_endpoint_url: the role sagemaker_endpoint has no such variable" in " ".join(run.output.split())
    assert set(run.stats) == {"sagemaker_endpoint_outputs"}
    assert outputs(run)["sagemaker_endpoint_name"] == "nobody"
    wrong = {
        **variables,
        "sagemaker_endpoint_containers": [],
        "sagemaker_endpoint_tag": {},
        "tfvar_file": "a",
        "aws_regoin": "b",
    }
    run = play(playbook="mlops.sagemaker.deploy", variables=wrong)
    assert [problem.partition(":")[0] for problem in (run.failure or "").splitlines()] == [
        "aws_regoin",
        "sagemaker_endpoint_tag",
        "tfvar_file",
    ]
    assert aws.mutating() == []


def test_the_token_is_not_shown_by_a_failure_nor_by_its_change(aws: LocalAws, play: Player) -> None:
    aws.configure(creating=0, updating=0)
    aws.fault(operation="CreateModel", kind="denied", times=1)
    run = deploy(play, ok=False)
    (role,) = aws.client("iam").list_roles()["Roles"]
    # The failed run says what to do, and what it leaves behind.
    failure = outputs(run)["failure"]
    assert (failure["what"], failure["cause"]) == ("model creation", "caller_permissions")
    assert failure["name"].startswith("mistral-model-")
    assert "operator_policy" in failure["remedy"] and failure["remedy"] in (run.failure or "")
    summary = run.result("Summary")["msg"]
    assert f"this run failed, after it has\n  created the execution role {role['RoleName']}\n" in summary
    assert f"Failure:\n  model creation {failure['name']}\n  {failure['reason']}\n  {failure['remedy']}\n" in summary
    assert "What was created stays:\n" in summary and "mlops.sagemaker.destroy" in summary
    written = yaml.safe_load((CHECKOUT / "examples" / "huggingface" / "vars.yml").read_text())
    given = {name.removeprefix("sagemaker_endpoint_"): value for name, value in written.items()}
    given["containers"][0]["environment"]["HF_API_TOKEN"] = TOKEN
    begin(aws, {**given, "sg_role_arn": role["Arn"]})
    # Another token is another content and so another release, and both tokens are in reach of its diff.
    run = deploy(play, token=f"{TOKEN}2")
    assert run.changed == 3
    created = [call["request"] for call in aws.calls() if call["operation"] == "CreateModel"]
    tokens = [request["PrimaryContainer"]["Environment"]["HF_API_TOKEN"] for request in created]
    assert tokens[-2:] == [TOKEN, f"{TOKEN}2"]


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
