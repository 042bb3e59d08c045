# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure a deploy, a run without a change and a destroy of a fleet, on a local AWS.

`make bench` runs it after bench.py. Each host of an inventory is an endpoint of its own, and playbooks/fleet.yml runs for all of them. The unit is
a boto3 script that makes the same API calls: those of an endpoint one after the other, and as many endpoints at once as Ansible has forks. The
scripts stay in .cache/bench/ to be read.
"""

from __future__ import annotations

import collections
import json
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

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

HOSTS = 100
FORKS = 10
# A run without a change is quick and varies; the others take minutes.
ROUNDS = 3
# The most that a run without a change may take, in times of the script's.
GOAL = 2.0
VARIABLES = CHECKOUT / "examples" / "huggingface" / "vars.yml"
# All names of an endpoint contain its host's.
HOST = re.compile(r"fleet-\d{3}")
SCRIPT = """\
import concurrent.futures

import boto3
from botocore.exceptions import ClientError

{clients}
# Those of one endpoint after the other, as each needs what the one before made.
CALLS = [
    {calls},
]


def make(calls):
    for method, arguments in calls:
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
        names = [f"fleet-{number:03}" for number in range(1, HOSTS + 1)]
        (self.inventory / "hosts").write_text(
            "".join(f"{name} sagemaker_endpoint_name={name} sagemaker_endpoint_name_prefix={name}\n" for name in names)
        )

    def play(self, *arguments: str) -> tuple[Cost, list[dict[str, Any]]]:
        """Run the playbook for all hosts: what it cost, and the API calls."""
        program = self.environment.program("ansible-playbook")
        command = [program, "-i", str(self.inventory), "--forks", str(FORKS), "playbooks/fleet.yml", *arguments]
        cost, _output = self.run(command)
        return cost, self.take_calls()

    def script(self, name: str, log: list[dict[str, Any]]) -> Cost:
        """Run the script that makes the calls of a log: what it cost."""
        file = self.scripts / f"fleet-{name.replace(' ', '-')}.py"
        file.write_text(script(log))
        cost, _output = self.run([self.environment.program("python"), str(file)])
        made, wanted = (collections.Counter(call["operation"] for call in one) for one in (self.take_calls(), log))
        if made != wanted:
            raise BenchError(f"{file} did not make the calls that the playbook made: {made} instead of {wanted}")
        return cost

    def round(self) -> dict[str, Measured]:
        """Deploy, deploy again, and destroy with the playbook, then with scripts that make the same calls."""
        self.aws.reset()
        found = {"deploy": self.play()}
        for number in range(ROUNDS):
            found[f"{UNCHANGED} {number + 1}"] = cost, log = self.play()
            changing = [call["operation"] for call in log if call["mutating"]]
            if changing:
                raise BenchError(f"the {UNCHANGED} made API calls that change something: {', '.join(changing)}")
        found["destroy"] = self.play("-e", "fleet_state=absent")
        self.aws.reset()
        self.take_calls()
        return {name: (cost, self.script(name, log), len(log)) for name, (cost, log) in found.items()}


# What the playbook and the script cost, and the number of API calls.
Measured = tuple[Cost, Cost, int]


def script(log: list[dict[str, Any]]) -> str:
    """A boto3 script that makes the calls of a log in threads."""
    groups: dict[str, list[str]] = {}
    for number, call in enumerate(log):
        given = arguments(call)
        # One that concerns no endpoint needs no other one.
        named = HOST.search(json.dumps(given, default=str))
        groups.setdefault(named[0] if named else str(number), []).append(f"({method(call)}, {given!r})")
    calls = [f"[{', '.join(group)}]" for group in groups.values()]
    return SCRIPT.format(clients="\n".join(clients(log)), calls=",\n    ".join(calls), threads=FORKS)


def in_any_order(log: list[dict[str, Any]]) -> list[str]:
    """What two logs of the same calls have in common, be they made in another order."""
    return sorted(json.dumps(call, sort_keys=True) for call in essence(log))


def report(measured: dict[str, Measured]) -> str:
    """One line for each kind of run, the medians of those that were repeated."""
    kinds: dict[str, list[Measured]] = {}
    for name, one in measured.items():
        kinds.setdefault(name.rstrip(" 0123456789"), []).append(one)
    lines = [
        f"{HOSTS} hosts, {FORKS} forks   playbook : script    API          playbook                        script",
        "phase             time   CPU   calls    time s   CPU s   CPU s a host    time s   CPU s",
    ]
    for name, ones in kinds.items():
        playbook, unit = (median([one[number] for one in ones]) for number in (0, 1))
        lines.append(
            f"{name:15}{playbook.wall / unit.wall:7.1f}{playbook.cpu / unit.cpu:6.1f}{ones[0][2]:8}"
            f"{playbook.wall:10.1f}{playbook.cpu:8.1f}{playbook.cpu / HOSTS:15.2f}{unit.wall:10.1f}{unit.cpu:8.1f}"
        )
    return "\n".join([*lines, f"Goal: a {UNCHANGED} takes at most {GOAL} times the script's time."])


def main() -> int:
    try:
        with (
            LocalAws(creating=0, updating=0, deleting=0) as aws,
            tempfile.TemporaryDirectory(dir=CACHE) as scratch,
        ):
            print(f"deploying {HOSTS} endpoints, deploying them again {ROUNDS} times, destroying them", flush=True)
            measured = Fleet(aws, Path(scratch)).round()
    except BenchError as error:
        print(f"The bench of a fleet failed: {error}", file=sys.stderr)
        return 1
    print(f"\n{report(measured)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
