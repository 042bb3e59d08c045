# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks in the README, run as somebody would who copies them."""

from __future__ import annotations

import re
import shlex
import textwrap
from pathlib import Path

import pytest

from integration.deploys import PLAIN
from integration.deploys import Deploys
from integration.harness import CHECKOUT
from integration.harness import Player
from local_aws.process import LocalAws

# A Python that has no boto3, as the one has that Ansible finds for a host of an inventory. Here it does not even exist.
INVENTORY = "localhost ansible_python_interpreter=/nonexistent/python\n"
KEYS = "aws_access_key_id = testing\naws_secret_access_key = testing\n"


def snippet(beginning: str) -> str:
    """The one block of YAML in the README that begins so."""
    blocks = re.findall(r"^( *)```yaml\n(.*?)^\1```$", (CHECKOUT / "README.md").read_text(), re.M | re.S)
    (found,) = [text for _indent, block in blocks if (text := textwrap.dedent(block)).startswith(beginning)]
    return found


@pytest.fixture
def inventory(tmp_path: Path) -> str:
    path = tmp_path / "hosts"
    path.write_text(INVENTORY)
    return str(path)


def test_a_playbook_of_ones_own(aws: LocalAws, play: Player, tmp_path: Path, inventory: str) -> None:
    own = tmp_path / "own.yml"
    own.write_text(snippet("- name: Serve the model of the day"))
    config = tmp_path / "config"
    config.write_text(f"[profile production]\n{KEYS}")
    aws.put("s3://example-model-bucket/churn/2030-01-31/model.tar.gz")
    environment = {
        "AWS_CONFIG_FILE": str(config),
        "AWS_ACCESS_KEY_ID": None,
        "AWS_SECRET_ACCESS_KEY": None,
        "AWS_REGION": None,
        "AWS_DEFAULT_REGION": None,
    }
    run = play(playbook=str(own), check=True, arguments=["-i", inventory], environment=environment)
    assert run.ok, run
    arn = run.result("Show the ARN of the endpoint")["sagemaker_endpoint_outputs.sagemaker_endpoint_arn"]
    assert arn.startswith("arn:aws:sagemaker:eu-west-1:") and arn.endswith(":endpoint/churn")


def test_a_playbook_of_a_project_in_awx(aws: LocalAws, play: Player, tmp_path: Path, inventory: str) -> None:
    wrapper, endpoint = tmp_path / "deploy.yml", tmp_path / "endpoint.yml"
    wrapper.write_text(snippet("# deploy.yml"))
    endpoint.write_text(snippet("# endpoint.yml"))
    run = play(playbook=str(wrapper), arguments=["-i", inventory, "-e", f"@{endpoint}"])
    assert run.ok, run
    outputs = run.stats["sagemaker_endpoint_outputs"]
    assert outputs["sagemaker_endpoint_name"] == "qwen"
    (model,) = outputs["sagemaker_model_names"]
    assert model.startswith("qwen-model-")

    # The command of the first screen that asks it.
    first_screen = (CHECKOUT / "README.md").read_text().split("```shell\n")[1].split("```")[0].replace("\\\n", "")
    (command,) = [line for line in first_screen.splitlines() if line.startswith("ansible localhost ")]
    program, *arguments = shlex.split(command)
    asked = play.command(program, *arguments)
    assert (
        asked.returncode == 0 and f"{outputs['sagemaker_endpoint_config_name']} heard: Say hello." in asked.stdout
    ), asked


def test_the_commands_at_night(aws: LocalAws, play: Player) -> None:
    """In the order of the table, for an endpoint whose second release is not good."""
    deploys = Deploys(aws, play, {**PLAIN, "sg_role_arn": aws.make_role("exec")})
    containers = [{**PLAIN["containers"][0], "environment": {"THRESHOLD": "0.9"}}]
    first, second = deploys.begins(), deploys.begins(containers=containers)

    def live() -> list[str]:
        endpoints = deploys.sagemaker.list_endpoints()["Endpoints"]
        names = [endpoint["EndpointName"] for endpoint in endpoints]
        return [deploys.sagemaker.describe_endpoint(EndpointName=name)["EndpointConfigName"] for name in names]

    def does(*words: str) -> str:
        program, *arguments = commands.pop(0)
        assert all(word in arguments for word in words), (words, arguments)
        done = play.command(program, *arguments)
        assert done.returncode == 0, done
        return done.stdout

    table = (CHECKOUT / "README.md").read_text().split("## At night")[1].split("\n## ")[0]
    commands = [shlex.split(command) for command in re.findall(r"`(ansible[ -][^`]+)`", table)]
    assert "InService" in does("mlops.sagemaker.status", "names=churn")
    assert second in does("mlops.sagemaker.sagemaker_endpoint_info")
    assert live() == [second]
    assert first in does("mlops.sagemaker.rollback")
    assert live() == [first]
    assert second in does("mlops.sagemaker.sagemaker_endpoint_release_info")
    assert "aws_region=us-east-1" in does("mlops.sagemaker.stop")
    assert live() == []
    assert first in does("mlops.sagemaker.start")
    assert live() == [first]
    assert "churn" in does("mlops.sagemaker.status", "regions=us-east-1,eu-west-1")
    assert "churn" in (play.directory / "endpoints.html").read_text()
    assert commands == []
