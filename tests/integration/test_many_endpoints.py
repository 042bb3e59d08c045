# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guide for many endpoints: its files and commands, as somebody runs them who reads it from the top."""

from __future__ import annotations

import re
import shlex
import textwrap

import pytest
import yaml

from integration.begun import begin
from integration.harness import CHECKOUT
from integration.harness import Player
from integration.harness import Run
from local_aws.process import LocalAws
from local_aws.world import ACCOUNT

GUIDE = (CHECKOUT / "docs" / "docsite" / "rst" / "many_endpoints.rst").read_text()
FLEET = "mlops.sagemaker.fleet"


def blocks(language: str) -> list[str]:
    found = re.findall(rf"^\.\. code-block:: {language}\n\n((?:    .*\n|\n)+)", GUIDE, re.M)
    return [textwrap.dedent(block).strip() for block in found]


COMMANDS = [line for block in blocks("shell") for line in block.splitlines()]


class Reader:
    """Has the files of the guide, and runs its commands once each, in their order."""

    def __init__(self, aws: LocalAws, play: Player) -> None:
        self.aws, self.play = aws, play
        self.left = list(COMMANDS)
        for text in blocks("yaml"):
            name = text.splitlines()[0].removeprefix("# ")
            (play.directory / name).write_text(text.replace("111122223333", ACCOUNT))

    def begin(self, *names: str) -> None:
        """What a deploy of these hosts has made."""
        group = yaml.safe_load((self.play.directory / "hosts.yml").read_text())["risk"]
        for name in names:
            variables = {**group["vars"], **group["hosts"][name]}
            begin(
                self.aws,
                {"name": name} | {key.removeprefix("sagemaker_endpoint_"): value for key, value in variables.items()},
            )

    def run(self, *words: str) -> Run:
        """The next command, which has these words."""
        command = self.left.pop(0)
        assert all(word in command for word in words), (words, command)
        program, playbook, *arguments = shlex.split(command)
        assert program == "ansible-playbook"
        self.aws.clear_calls()
        run = self.play(playbook=playbook, arguments=arguments, localhost=False)
        assert run.ok, run
        assert "WARNING" not in run.output or "-i" not in arguments, run
        return run

    def finds(self, *words: str) -> str:
        """The answer of the next command, which is one of ansible-inventory."""
        program, *arguments = shlex.split(self.left.pop(0))
        assert program == "ansible-inventory" and all(word in arguments for word in words), (words, arguments)
        answer = self.play.inventory(*arguments)
        assert (answer.returncode, answer.stderr) == (0, ""), answer
        return answer.stdout

    def serving(self, name: str) -> str:
        return str(self.aws.client("sagemaker").describe_endpoint(EndpointName=name)["EndpointConfigName"])

    def changed(self) -> set[str]:
        return {call["request"].get("EndpointName") for call in self.aws.calls() if call["mutating"]} - {None}


@pytest.fixture
def reader(aws: LocalAws, play: Player) -> Reader:
    aws.make_role("serving")
    return Reader(aws, play)


def test_the_guide(aws: LocalAws, reader: Reader) -> None:
    reader.begin("churn", "fraud")
    predicted = reader.run(FLEET, "-i hosts.yml --check")
    assert (sorted(predicted.hosts), aws.mutating()) == (["churn", "fraud-west"], [])
    assert [predicted.result("Show which endpoints differ")["msg"]] == blocks("text")
    reader.run(FLEET, "-i hosts.yml")
    assert reader.changed() == {"fraud-west"}
    first = reader.serving("churn")
    # The reader changes a line.
    hosts = reader.play.directory / "hosts.yml"
    hosts.write_text(hosts.read_text().replace('"0.7"', '"0.8"'))
    reader.run(FLEET, "--limit churn")
    assert reader.changed() == {"churn"}
    assert reader.serving("churn") != first
    assert reader.run(FLEET, "-e fleet=risk", "-e fleet_serial=1").changed == 0
    reader.run(FLEET, "fleet_state=rollback", "--limit churn")
    assert reader.serving("churn") == first
    aws.advance(60)
    graph = reader.finds("--graph")
    assert "|--@team_risk:\n  |  |--churn\n  |  |--fraud\n  |  |--fraud-west\n" in graph
    assert '"sagemaker_status": ' in reader.finds("--host", "churn")
    run = reader.run(FLEET, "-i hosts.yml -i ours.sagemaker_endpoints.yml", "kind_real_time")
    # The variables ask for the release that was rolled back.
    assert reader.changed() == {"churn"}
    assert "of 3 endpoints" in run.result("Show which endpoints differ")["msg"]
    predicted = reader.run(FLEET, "-i ours.sagemaker_endpoints.yml", "fleet_state=absent --check")
    assert (predicted.changed, aws.mutating()) == (3, [])
    stopped = reader.run(FLEET, "fleet_state=stopped", "--check")
    assert (stopped.changed, aws.mutating()) == (2, [])
    assert "fraud-west" in reader.run("mlops.sagemaker.status", "-e regions=us-east-1,us-west-2").output
    assert reader.left == []
