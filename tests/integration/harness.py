# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a playbook the way a user does, with the real ansible-playbook in a process of its own, and say what it did."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import shlex
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from integration.forks import REREAD
from integration.forks import Forked
from integration.forks import Server
from integration.forks import server

CHECKOUT = Path(__file__).resolve().parents[2]

PLAY = """\
- name: A test
  hosts: localhost
  connection: local
  gather_facts: false
  tasks:
"""

# Ansible looks for a task's result a thousand times a second unless told otherwise.
SETTINGS = """\
[defaults]
internal_poll_interval = 0.005
"""


@dataclasses.dataclass(frozen=True)
class Run:
    """What one run of ansible-playbook did.

    ``results`` holds one dict per finished task, in order: task (its name), action, arguments (as other callbacks see them), result (what the
    module returned), changed, failed, skipped, ignored, items (of a loop: dicts with arguments, result, changed, failed, skipped). ``hosts`` is
    the recap: {host: {"ok": 1, "changed": 0, ...}}. ``stats`` is what the play gave to set_stats.
    """

    command: str
    rc: int
    output: str
    results: list[dict[str, Any]]
    hosts: dict[str, dict[str, int]]
    stats: dict[str, Any]

    @property
    def ok(self) -> bool:
        return self.rc == 0

    @property
    def changed(self) -> int:
        """Number of changed tasks in the recap."""
        return sum(host["changed"] for host in self.hosts.values())

    @property
    def failure(self) -> str | None:
        """The message of the task that ended the play by its failure: the last one that was not ignored, as earlier ones were rescued.

        None if there is none. An item's own message wins over the loop's.
        """
        for entry in reversed(self.results):
            if entry["failed"] and not entry["ignored"]:
                failed = [item for item in entry["items"] if item["failed"]] or [entry]
                return str(failed[0]["result"].get("msg", ""))
        return None

    def result(self, task: str) -> dict[str, Any]:
        """The result of the last task of that name (without or with the role's name in front)."""
        for entry in reversed(self.results):
            if entry["task"] == task or entry["task"].endswith(f" : {task}"):
                return entry["result"]
        names = ", ".join(repr(entry["task"]) for entry in self.results) or "none"
        raise AssertionError(f"no task named {task!r} ran; these did: {names}\n{self.output}")

    def __str__(self) -> str:
        return f"$ {self.command}\n{self.output}\nexit code {self.rc}"

    __repr__ = __str__


class Started:
    """A run of ansible-playbook that is under way."""

    def __init__(self, process: subprocess.Popen[bytes] | Forked, command: str, output: Path, record: Path) -> None:
        self._process = process
        self._command = command
        self._output = output
        self._record = record

    @property
    def is_done(self) -> bool:
        return self._process.poll() is not None

    def wait(self, timeout: float = 240) -> Run:
        """What the run did, once it is done. One that takes longer is killed: AssertionError."""
        try:
            self._process.wait(timeout)
        except BaseException as error:
            run = self.kill()
            if isinstance(error, subprocess.TimeoutExpired):
                raise AssertionError(f"ansible-playbook was not done after {timeout} s: {run}") from None
            raise
        return self._told()

    def kill(self) -> Run:
        """End it at once, with all its children, and say what it did until then. One that is done is left as it is.

        The children have sessions of their own, so that a signal to the process group does not reach them.
        """
        if not self.is_done:
            doomed = [self._process.pid]
            # Stopped first: what stands still begins no other process behind our back.
            for pid in doomed:
                _send(pid, signal.SIGSTOP)
                doomed += [child for child in _settled_children(pid) if child not in doomed]
            for pid in doomed:
                _send(pid, signal.SIGKILL)
            self._process.wait()
        return self._told()

    def kill_main_process(self) -> list[int]:
        """End the main process alone, as one that is cancelled from outside, and return the processes that it leaves behind."""
        left = _descendants(self._process.pid)
        _send(self._process.pid, signal.SIGKILL)
        self._process.wait()
        return left

    def _told(self) -> Run:
        # The last line of a run that was killed may be cut off.
        lines = [json.loads(line) for line in self._record.read_text().splitlines(keepends=True) if line.endswith("\n")]
        stats = next((line for line in lines if line["kind"] == "stats"), {"hosts": {}, "custom": {}})
        return Run(
            command=self._command,
            rc=self._process.returncode,
            output=self._output.read_text(errors="replace"),
            results=[line for line in lines if line["kind"] == "task"],
            hosts=stats["hosts"],
            stats=stats["custom"].get("_run", {}),
        )


@dataclasses.dataclass(frozen=True)
class Player:
    """Runs plays in ``directory`` with one ansible-playbook against one AWS.

    ``aws_environment`` are the variables that lead to the AWS (LocalAws.environment()); ``collections`` is the collections path.
    """

    ansible_playbook: Path
    collections: str
    directory: Path
    aws_environment: Mapping[str, str]

    def __call__(
        self,
        tasks: str | None = None,
        playbook: str | None = None,
        variables: Mapping[str, Any] | None = None,
        check: bool = False,
        diff: bool = False,
        verbosity: int = 0,
        environment: Mapping[str, str | None] | None = None,
        arguments: Sequence[str] = (),
        cwd: Path | None = None,
        timeout: float = 240,
        plain: bool = False,
        localhost: bool = True,
    ) -> Run:
        """Run a YAML list of tasks on localhost, or a playbook: a path inside the checkout, any other path, or namespace.collection.name.

        ``variables`` are extra variables and keep their types. ``environment`` adds variables, and takes one away with None. ``cwd`` is the
        working directory (the test's own directory unless given). ``plain`` starts a Python of its own, see forks.py. ``localhost`` is whether
        an inventory has localhost. Raises AssertionError when the run takes longer than ``timeout`` seconds.
        """
        started = self.start(
            tasks, playbook, variables, check, diff, verbosity, environment, arguments, cwd, plain, localhost
        )
        return started.wait(timeout)

    def start(
        self,
        tasks: str | None = None,
        playbook: str | None = None,
        variables: Mapping[str, Any] | None = None,
        check: bool = False,
        diff: bool = False,
        verbosity: int = 0,
        environment: Mapping[str, str | None] | None = None,
        arguments: Sequence[str] = (),
        cwd: Path | None = None,
        plain: bool = False,
        localhost: bool = True,
    ) -> Started:
        """Begin the same run and do not wait for its end. Whoever calls this waits for it or kills it."""
        if (tasks is None) == (playbook is None):
            raise TypeError("give either tasks or playbook")
        number = len(list(self.directory.glob("run-*")))
        files = self.directory / f"run-{number}"
        files.mkdir()
        record = files / "record.jsonl"
        record.touch()
        (files / "ansible.cfg").write_text(SETTINGS)
        (files / "variables.json").write_text(json.dumps(dict(variables or {})))
        interpreter = self.ansible_playbook.with_name("python")
        (files / "inventory").write_text(
            f"localhost ansible_connection=local ansible_python_interpreter={interpreter}\n"
        )
        if tasks is not None:
            playbook = str(files / "play.yml")
            Path(playbook).write_text(PLAY + textwrap.indent(textwrap.dedent(tasks), "    "))
        elif (CHECKOUT / playbook).is_file():
            playbook = str(CHECKOUT / playbook)

        command = [str(self.ansible_playbook), "-e", f"@{files / 'variables.json'}"]
        command += ["-i", str(files / "inventory")] * localhost
        command += ["--check"] * check + ["--diff"] * diff + ["-" + "v" * verbosity] * (verbosity > 0)
        command += [*arguments, playbook]
        variables_of_process = self._environment(files) | {"PLAY_RECORD": str(record)} | dict(environment or {})
        (files / "output").touch()
        process = self._begin(
            command,
            {name: value for name, value in variables_of_process.items() if value is not None},
            cwd or self.directory,
            files / "output",
            plain,
        )
        return Started(process, shlex.join(command), files / "output", record)

    def inventory(
        self, *arguments: str, environment: Mapping[str, str] | None = None, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run the ansible-inventory beside ansible-playbook with these arguments, in ``cwd`` (the test's own directory unless given)."""
        return self.command("ansible-inventory", *arguments, environment=environment, cwd=cwd)

    def command(
        self, program: str, *arguments: str, environment: Mapping[str, str] | None = None, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a program beside ansible-playbook as its own process, in ``cwd`` (the test's own directory unless given)."""
        files = self.directory / "commands"
        files.mkdir(exist_ok=True)
        (files / "ansible.cfg").touch()
        return subprocess.run(
            [str(self.ansible_playbook.with_name(program)), *arguments],
            cwd=cwd or self.directory,
            env=self._environment(files) | dict(environment or {}),
            capture_output=True,
            text=True,
            timeout=240,
        )

    def _begin(
        self, command: list[str], environment: dict[str, str], cwd: Path, output: Path, plain: bool
    ) -> subprocess.Popen[bytes] | Forked:
        """Begin a run in a fork of an Ansible that has been imported already, where that makes no difference but the time."""
        fork = self._fork_server()
        if not plain and fork.can_run(environment):
            return fork.start(command, environment, cwd, output)
        with output.open("w") as stream:
            return subprocess.Popen(
                command,
                cwd=cwd,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _fork_server(self) -> Server:
        settings = {
            name: value
            for name, value in self._environment(self.directory).items()
            if name not in REREAD and name not in self.aws_environment and name != "HOME"
        }
        return server(self.ansible_playbook, tuple(sorted(settings.items())))

    def _environment(self, files: Path) -> dict[str, str]:
        """A whole environment: nothing of the user's configuration, home or credentials gets through."""
        home = self.directory / "home"
        home.mkdir(exist_ok=True)
        return {
            "PATH": os.pathsep.join([str(self.ansible_playbook.parent), os.environ.get("PATH", os.defpath)]),
            "HOME": str(home),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_CONFIG": str(files / "ansible.cfg"),
            "ANSIBLE_HOME": str(home / ".ansible"),
            "ANSIBLE_COLLECTIONS_PATH": self.collections,
            "ANSIBLE_CALLBACK_PLUGINS": str(Path(__file__).with_name("callback_plugins")),
            "ANSIBLE_CALLBACKS_ENABLED": "record",
            "ANSIBLE_LOCALHOST_WARNING": "0",
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_RETRY_FILES_ENABLED": "0",
            **self.aws_environment,
        }


def _send(pid: int, number: signal.Signals) -> None:
    """A signal to a process, which may be gone already."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _processes() -> list[list[str]]:
    """Of each process its number, its parent's and its state."""
    answer = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,stat="], capture_output=True, text=True, check=True)
    return [line.split() for line in answer.stdout.splitlines()]


def _descendants(pid: int) -> list[int]:
    processes = _processes()
    found = [pid]
    for parent in found:
        found += [int(number) for number, its_parent, _stat in processes if its_parent == str(parent)]
    return found[1:]


def running(pids: Sequence[int]) -> list[int]:
    """Those of the processes that still run."""
    return [int(number) for number, _parent, stat in _processes() if int(number) in pids and stat[0] not in "ZX"]


def _settled_children(pid: int) -> list[int]:
    """The children of a process that was told to stop, once it stands still (or is gone)."""
    while True:
        processes = _processes()
        state = next((stat for number, _parent, stat in processes if number == str(pid)), "Z")
        if state[0] in "TtZX":
            return [int(number) for number, parent, _stat in processes if parent == str(pid)]
        time.sleep(0.01)


def default_ansible_playbook() -> Path:
    """The ansible-playbook of the virtual environment that runs the tests."""
    return Path(sys.prefix, "bin", "ansible-playbook")
