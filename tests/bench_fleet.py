# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure what a run without a change costs for each host of a fleet, on a local AWS.

`make bench` runs it after bench.py. Each host of an inventory is an endpoint of its own, which the Ansible role deploys from this machine. The
unit is a boto3 script that makes the same API calls in as many threads as Ansible has forks. It stays in .cache/bench/ to be read.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench import ROUNDS
from bench import UNCHANGED
from bench import BenchError
from bench import Cost
from bench import Runner
from bench import arguments
from bench import clients
from bench import essence
from bench import median
from bench import method
from environments import CACHE
from environments import CHECKOUT
from local_aws.process import LocalAws

HOSTS = 30
FORKS = 10
# The most that a host may cost, in seconds of CPU.
GOAL = 0.5
VARIABLES = CHECKOUT / "examples" / "huggingface" / "vars.yml"
PLAY = """\
- hosts: all
  connection: local
  gather_facts: false
  vars:
    ansible_python_interpreter: "{{ ansible_playbook_python }}"
  tasks:
    - ansible.builtin.include_role:
        name: mlops.sagemaker.sagemaker_endpoint
"""
SCRIPT = """\
import concurrent.futures

import boto3
from botocore.exceptions import ClientError

{clients}
CALLS = [
    {calls},
]


def make(call):
    method, arguments = call
    try:
        method(**arguments)
    except ClientError:
        pass


with concurrent.futures.ThreadPoolExecutor({threads}) as pool:
    list(pool.map(make, CALLS))
"""


class Fleet(Runner):
    """An inventory of hosts, each of which is an endpoint."""

    def __init__(self, aws: LocalAws, scratch: Path) -> None:
        super().__init__(aws, scratch)
        # The example's own variable. The user's must not get into the script.
        self.variables["HF_API_TOKEN"] = "token"
        self.inventory = scratch / "inventory"
        (self.inventory / "group_vars").mkdir(parents=True)
        (self.inventory / "group_vars" / "all.yml").write_text(VARIABLES.read_text())
        names = [f"fleet-{number:02}" for number in range(1, HOSTS + 1)]
        (self.inventory / "hosts").write_text("".join(f"{name} sagemaker_endpoint_name={name}\n" for name in names))
        self.play = scratch / "fleet.yml"
        self.play.write_text(PLAY)

    def deploy(self) -> tuple[Cost, list[dict[str, Any]]]:
        """Run the role for all hosts: what it cost, and the API calls."""
        program = self.environment.program("ansible-playbook")
        cost, _output = self.run([program, "-i", str(self.inventory), "--forks", str(FORKS), str(self.play)])
        return cost, self.take_calls()

    def round(self) -> tuple[Cost, Cost, int]:
        """Run the role where nothing is to be changed, then the script: what they cost, and the number of API calls."""
        cost, log = self.deploy()
        changing = [call["operation"] for call in log if call["mutating"]]
        if changing:
            raise BenchError(f"the {UNCHANGED} made API calls that change something: {', '.join(changing)}")
        file = self.scripts / "fleet.py"
        file.write_text(script(log))
        unit, _output = self.run([self.environment.program("python"), str(file)])
        if in_any_order(self.take_calls()) != in_any_order(log):
            raise BenchError(f"{file} did not make the calls that the playbook made, or was answered differently")
        return cost, unit, len(log)


def script(log: list[dict[str, Any]]) -> str:
    """A boto3 script that makes the calls of a log in threads."""
    calls = [f"({method(call)}, {arguments(call)!r})" for call in log]
    return SCRIPT.format(clients="\n".join(clients(log)), calls=",\n    ".join(calls), threads=FORKS)


def in_any_order(log: list[dict[str, Any]]) -> list[str]:
    """What two logs of the same calls have in common, be they made in another order."""
    return sorted(json.dumps(call, sort_keys=True) for call in essence(log))


def report(rounds: list[tuple[Cost, Cost, int]]) -> str:
    """The medians of all rounds."""
    playbook, unit = (median([one[number] for one in rounds]) for number in (0, 1))
    return (
        f"{UNCHANGED} of {HOSTS} hosts with {FORKS} forks, {rounds[-1][2]} API calls, medians of {len(rounds)} rounds:\n"
        f"playbook {playbook.wall:.1f} s, {playbook.cpu:.1f} s of CPU, {playbook.cpu / HOSTS:.2f} s of CPU a host (goal: {GOAL})\n"
        f"script   {unit.wall:.1f} s, {unit.cpu:.1f} s of CPU, {unit.cpu / HOSTS:.2f} s of CPU a host\n"
        f"ratio    {playbook.wall / unit.wall:.1f} of the time, {playbook.cpu / unit.cpu:.1f} of the CPU"
    )


def main() -> int:
    try:
        with (
            LocalAws(creating=0, updating=0, deleting=0) as aws,
            tempfile.TemporaryDirectory(dir=CACHE) as scratch,
        ):
            fleet = Fleet(aws, Path(scratch))
            print(f"deploying {HOSTS} endpoints", flush=True)
            fleet.deploy()
            rounds = []
            for number in range(1, ROUNDS + 1):
                print(f"round {number} of {ROUNDS}", flush=True)
                rounds.append(fleet.round())
    except BenchError as error:
        print(f"The bench of a fleet failed: {error}", file=sys.stderr)
        return 1
    print(f"\n{report(rounds)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
