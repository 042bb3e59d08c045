# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure what a deploy, a run without a change, an update and a destroy cost on a local AWS.

`make bench` runs it with the Python of the environment that tests/environments.py makes, and then bench_fleet.py. Seconds depend on the
machine, so the unit is a plain boto3 script, a process of its own that makes exactly the API calls that the playbook made. The scripts stay in
.cache/bench/ to be read.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from botocore import xform_name
from botocore.model import Shape

from environments import CACHE
from environments import CHECKOUT
from environments import environments
from local_aws import schema
from local_aws.process import LocalAws

ROUNDS = 3
VARIABLES = "@examples/huggingface/vars.yml"
# Name, playbook, the token in the container's environment. The new token is the update; the user's own must not get into the scripts.
PHASES = (
    ("deploy", "playbooks/deploy.yml", "old"),
    ("no-op re-run", "playbooks/deploy.yml", "old"),
    ("update", "playbooks/deploy.yml", "new"),
    ("destroy", "playbooks/destroy.yml", "new"),
)
UNCHANGED = "no-op re-run"
EMPTY = "empty play"
NOTES = f"""\
Medians of {ROUNDS} rounds. Script: plain boto3 in a process of its own, the same API calls to the same local AWS; see .cache/bench/.
Whatever else runs on this machine changes the times, and the CPU less so.
MB: the largest of the processes. Tasks: those that ran. The {EMPTY} is what Ansible takes to do nothing, by the script of the {UNCHANGED}."""
# Other endpoints whose names have the same prefix, beside which a run without a change is counted.
NEIGHBOURS = (1, 10, 100)
EMPTY_PLAY = """\
- hosts: localhost
  connection: local
  gather_facts: false
"""
# The ru_maxrss of getrusage: bytes on macOS, kilobytes elsewhere.
MEGABYTE = 2**20 if sys.platform == "darwin" else 2**10


class BenchError(Exception):
    """A run did not do what it is measured for. The message says what."""


@dataclasses.dataclass(frozen=True)
class Cost:
    """What a process and its children took: seconds by the clock, seconds of CPU, and megabytes of the largest of them."""

    wall: float
    cpu: float
    memory: float


@dataclasses.dataclass(frozen=True)
class Phase:
    """One run of a playbook with that many tasks, skipped ones left out, and of the script that makes the same calls."""

    playbook: Cost
    tasks: int
    script: Cost
    calls: int


class Runner:
    """Runs playbooks and scripts against a local AWS. ``scratch`` is a folder for files that nobody needs afterwards."""

    def __init__(self, aws: LocalAws, scratch: Path) -> None:
        self.aws = aws
        self.scratch = scratch
        self.scripts = CACHE / "bench"
        self.scripts.mkdir(exist_ok=True)
        self.environment = environments(["run"])[0]
        self.variables = self.environment.variables() | aws.environment()
        # Only localhost is needed, which Ansible would warn about.
        self.variables |= {
            "NO_PROXY": "127.0.0.1",
            "ANSIBLE_LOCALHOST_WARNING": "0",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "0",
        }

    def run(self, command: list[str], **variables: str) -> tuple[Cost, str]:
        """Run a command in the checkout; what it cost and what it printed."""
        with tempfile.TemporaryFile("w+", dir=self.scratch) as output:
            started = time.monotonic()
            process = subprocess.Popen(
                command, cwd=CHECKOUT, env=self.variables | variables, stdout=output, stderr=subprocess.STDOUT
            )
            # Unlike Popen's own wait it tells what this process and its children used.
            _pid, status, used = os.wait4(process.pid, 0)
            wall = time.monotonic() - started
            process.returncode = os.waitstatus_to_exitcode(status)
            output.seek(0)
            text = output.read()
        if process.returncode:
            raise BenchError(f"{' '.join(command)} ended with exit code {process.returncode}:\n{text}")
        return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / MEGABYTE), text

    def take_calls(self) -> list[dict[str, Any]]:
        """The calls since the last time."""
        calls = self.aws.calls()
        self.aws.clear_calls()
        return calls


class Bench(Runner):
    """Measures the phases of one endpoint.

    ``writer`` is one process that writes the scripts. It needs botocore's models, and what this process holds would count as the memory of
    all that it starts: the peak of a new process is at least that of the one it was forked from.
    """

    def __init__(self, aws: LocalAws, scratch: Path, writer: concurrent.futures.Executor) -> None:
        super().__init__(aws, scratch)
        self.writer = writer

    def round(self) -> dict[str, Phase]:
        """Run each phase's playbook, then each phase's script, from an empty account each time."""
        self.aws.reset()
        playbooks, logs = {}, {}
        for name, playbook, token in PHASES:
            playbooks[name] = self.playbook(playbook, token)
            logs[name] = self.take_calls()
            mutating = [call["operation"] for call in logs[name] if call["mutating"]]
            if bool(mutating) == (name == UNCHANGED):
                raise BenchError(
                    f"the {name} made these API calls that change something: {', '.join(mutating) or 'none'}"
                )
        empty = self.scratch / "empty.yml"
        empty.write_text(EMPTY_PLAY)
        playbooks[EMPTY] = self.playbook(str(empty), "")

        self.aws.reset()
        scripts = {}
        for name, log in logs.items():
            file = self.scripts / f"{name.replace(' ', '-')}.py"
            file.write_text(self.writer.submit(script, log).result())
            scripts[name], _output = self.run([self.environment.program("python"), str(file)])
            if essence(self.take_calls()) != essence(log):
                raise BenchError(f"{file} did not make the calls that the playbook made, or was answered differently")

        found = {name: Phase(*playbooks[name], scripts[name], len(log)) for name, log in logs.items()}
        # It makes no calls, so it has no script of its own.
        return found | {EMPTY: Phase(*playbooks[EMPTY], scripts[UNCHANGED], 0)}

    def counts(self) -> dict[int, int]:
        """{number of neighbours: API calls of a run without a change}. Raises BenchError if they differ."""
        self.aws.reset()
        _name, playbook, token = PHASES[0]
        self.playbook(playbook, token)
        found, made = {}, 0
        for number in NEIGHBOURS:
            for one in range(made, number):
                self.make_neighbour(one)
            made = number
            self.take_calls()
            self.playbook(playbook, token)
            found[number] = len(self.take_calls())
        if len(set(found.values())) > 1:
            raise BenchError(f"a {UNCHANGED} makes more calls the more endpoints share its prefix: {found}")
        return found

    def make_neighbour(self, number: int) -> None:
        """Another endpoint of the same prefix, as another run of the role makes it."""
        sagemaker = self.aws.client("sagemaker")
        (own,) = sagemaker.list_endpoints(MaxResults=1, SortBy="CreationTime", SortOrder="Ascending")["Endpoints"]
        config = sagemaker.describe_endpoint(EndpointName=own["EndpointName"])["EndpointConfigName"]
        shown = sagemaker.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"]
        name = f"{config.rpartition('-')[0]}-{number:08x}"
        tags = [{"Key": "mlops.sagemaker/endpoint", "Value": f"neighbour-{number}"}]
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=shown, Tags=tags)
        sagemaker.create_endpoint(EndpointName=f"neighbour-{number}", EndpointConfigName=name, Tags=tags)

    def playbook(self, path: str, token: str) -> tuple[Cost, int]:
        """What a playbook cost, and how many tasks ran."""
        command = [self.environment.program("ansible-playbook"), path, "-e", VARIABLES]
        cost, output = self.run(command, HF_API_TOKEN=token)
        recap = re.search(r"^localhost +: ok=(\d+)", output, re.MULTILINE)
        return cost, int(recap[1]) if recap else 0


def essence(log: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What two logs of the same calls have in common: all but the time."""
    return [{name: value for name, value in call.items() if name != "time"} for call in log]


def script(log: list[dict[str, Any]]) -> str:
    """A boto3 script that makes the calls of a log. What was refused is refused again, and caught."""
    lines = ["import boto3", "from botocore.exceptions import ClientError", "", *clients(log)]
    for call in log:
        line = f"{method(call)}(**{arguments(call)!r})"
        lines += ["try:", f"    {line}", "except ClientError:", "    pass"] if call["error"] else [line]
    return "\n".join(lines) + "\n"


def clients(log: list[dict[str, Any]]) -> list[str]:
    """The lines of a script that make a client for each service in the log."""
    services = dict.fromkeys(call["service"] for call in log)
    return [f"{variable(service)} = boto3.client({service!r})" for service in services]


def method(call: dict[str, Any]) -> str:
    """The method of a client that makes the call."""
    return f"{variable(call['service'])}.{xform_name(call['operation'])}"


def variable(service: str) -> str:
    return service.replace("-", "_")


def arguments(call: dict[str, Any]) -> dict[str, Any]:
    """A call's arguments for boto3. JSON requests hold them as they are, forms (IAM, STS) flattened to text."""
    if schema.service(call["service"]).metadata["protocol"] != "query":
        return dict(call["request"])
    shape = schema.operation(call["service"], call["operation"]).input_shape
    return from_form(call["request"], "", shape) if shape else {}


def from_form(form: dict[str, str], name: str, shape: Shape) -> Any:
    """The value of that name in a form: Tags.member.1.Key and the like."""
    if shape.type_name == "structure":
        prefix = f"{name}." if name else ""
        return {
            member: from_form(form, prefix + member, inner)
            for member, inner in shape.members.items()
            if any(f"{key}.".startswith(f"{prefix}{member}.") for key in form)
        }
    if shape.type_name == "list":
        pattern = re.compile(rf"{re.escape(name)}\.member\.\d+")
        # Each item once, however many members it has, and in the form's order.
        items = dict.fromkeys(found[0] for key in form if (found := pattern.match(key)))
        return [from_form(form, item, shape.member) for item in items]
    if shape.type_name == "boolean":
        return form[name] == "true"
    return int(form[name]) if shape.type_name in ("integer", "long") else form[name]


def table(rounds: list[dict[str, Phase]]) -> str:
    """The medians of all rounds."""
    lines = [
        "                playbook : script   API             playbook                   script",
        "phase           time   CPU  memory  calls  tasks    time s   CPU s   MB        time s   CPU s   MB",
    ]
    for name, phase in rounds[0].items():
        playbook = median([one[name].playbook for one in rounds])
        unit = median([one[name].script for one in rounds])
        lines.append(
            f"{name:13}{playbook.wall / unit.wall:7.1f}{playbook.cpu / unit.cpu:6.1f}{playbook.memory / unit.memory:8.1f}"
            f"{phase.calls:7}{phase.tasks:7}   "
            f"{playbook.wall:7.2f}{playbook.cpu:8.2f}{playbook.memory:5.0f}       "
            f"{unit.wall:7.2f}{unit.cpu:8.2f}{unit.memory:5.0f}"
        )
    return "\n".join(lines)


def median(costs: list[Cost]) -> Cost:
    """The median of each number."""
    return Cost(*(statistics.median(numbers) for numbers in zip(*map(dataclasses.astuple, costs))))


def main() -> int:
    try:
        with (
            # It takes no time to make anything: waiting would hide everything else.
            LocalAws(creating=0, updating=0, deleting=0) as aws,
            tempfile.TemporaryDirectory(dir=CACHE) as scratch,
            concurrent.futures.ProcessPoolExecutor(max_workers=1) as writer,
        ):
            bench = Bench(aws, Path(scratch), writer)
            print("a round that does not count", flush=True)
            bench.round()
            rounds = []
            for number in range(1, ROUNDS + 1):
                print(f"round {number} of {ROUNDS}", flush=True)
                rounds.append(bench.round())
            print("calls beside neighbours", flush=True)
            counts = bench.counts()
    except BenchError as error:
        print(f"The bench failed: {error}", file=sys.stderr)
        return 1
    beside = ", ".join(f"{count} beside {number}" for number, count in counts.items())
    print(
        f"\n{table(rounds)}\n\n{NOTES}\nAPI calls of the {UNCHANGED} beside other endpoints of the same prefix: {beside}."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
