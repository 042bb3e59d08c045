# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run checks side by side as their environments become ready, and tell what runs and what is left."""

from __future__ import annotations

import concurrent.futures
import contextlib
import dataclasses
import os
import re
import select
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path
from typing import IO

# A check that has said nothing for so many seconds hangs. How long it may take as a whole depends on the machine, and is not limited.
SILENCE = 600
# So often it is told what runs, in seconds.
TOLD_EVERY = 60

# How many processes run at once. There are more than the two processors that this is made for, because plays wait for transitions.
LANES = 4

# How far pytest has come.
PERCENT = re.compile(r"\[ *(\d+ ?%)\]")
# What the playbook tests tell of each kind of endpoint, up to the next headline or to pytest's last line.
KINDS = re.compile(r"^=+ kinds of endpoints =+\n(.*?)(?=^=|^\d|\Z)", re.MULTILINE | re.DOTALL)


@dataclasses.dataclass(frozen=True)
class Outcome:
    passed: int
    failed: int
    skipped: int
    output: str

    @classmethod
    def of(cls, ok: bool, output: str) -> Outcome:
        """The outcome of a check that is right or wrong as a whole."""
        return cls(passed=int(ok), failed=int(not ok), skipped=0, output=output)


@dataclasses.dataclass(frozen=True)
class Check:
    """``needs``: names of environments; ``lanes``: how many processes it runs at once."""

    group: str
    name: str
    needs: tuple[str, ...]
    run: Callable[[], Outcome]
    lanes: int = 1


class Programs:
    """The programs that run now, with the check that each belongs to and the last line that it has written."""

    def __init__(self) -> None:
        self._lines: dict[str, str] = {}
        self._processes: set[subprocess.Popen[bytes]] = set()
        self._over = False
        self._lock = threading.Lock()

    def note(self, check: str, line: str) -> None:
        with self._lock:
            self._lines[check] = line

    def forget(self, check: str) -> None:
        with self._lock:
            self._lines.pop(check, None)

    @contextlib.contextmanager
    def running(self, process: subprocess.Popen[bytes]) -> Iterator[None]:
        with self._lock:
            self._processes.add(process)
            if self._over:
                _end(process)
        try:
            yield
        finally:
            with self._lock:
                self._processes.discard(process)

    def end_all(self) -> None:
        """End those that run, and each that begins later."""
        with self._lock:
            self._over = True
            for process in self._processes:
                _end(process)

    def __str__(self) -> str:
        with self._lock:
            return "; ".join(f"{check}: {line}" if line else check for check, line in self._lines.items())


PROGRAMS = Programs()
# The check that a thread runs.
CURRENT = threading.local()


def run_program(command: Sequence[str], variables: Mapping[str, str], directory: Path) -> tuple[int, str]:
    """Run a program of a check: its exit code, and its output. One that hangs is ended, with all that it started."""
    with (
        subprocess.Popen(
            command,
            cwd=directory,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
        PROGRAMS.running(process),
    ):
        output, hangs = _read(process.stdout)
        if hangs:
            _end(process)
            output += f"\nended, because it wrote nothing for {SILENCE} s"
        return (1 if hangs else process.wait()), output


def _read(stream: IO[bytes]) -> tuple[str, bool]:
    """Read until the end, or until nothing comes for too long; what was read, and whether it was too long."""
    output = b""
    while select.select([stream], [], [], SILENCE)[0]:
        piece = os.read(stream.fileno(), 65536)
        if not piece:
            return output.decode(errors="replace"), False
        output += piece
        tail = output[-400:].decode(errors="replace").rstrip()
        PROGRAMS.note(CURRENT.name, (PERCENT.findall(tail) or [tail.rpartition("\n")[2][:60]])[-1])
    return output.decode(errors="replace"), True


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


class Runner:
    """Runs checks in LANES. The next one is always the first of those left whose environments are ready.

    ``ready``: {name of an environment: done once it is there, or has failed}
    """

    def __init__(self, selected: Sequence[Check], ready: Mapping[str, concurrent.futures.Future[None]]) -> None:
        self._ready = ready
        self._waiting = list(selected)
        self._running: list[Check] = []
        self._ended: list[tuple[Check, Outcome, float]] = []
        self._changed = threading.Condition()

    def run(self) -> list[tuple[Check, Outcome, float]]:
        """Return how each check ended and how many seconds it took. Raises what an environment's set-up raised."""
        for job in self._ready.values():
            job.add_done_callback(self._wake)
        told = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(max_workers=LANES) as threads:
            jobs: list[concurrent.futures.Future[None]] = []
            try:
                while self._waiting or self._running:
                    with self._changed:
                        while check := self._next():
                            self._waiting.remove(check)
                            self._running.append(check)
                            jobs.append(threads.submit(self._run, check))
                            jobs[-1].add_done_callback(self._wake)
                        if self._running or self._waiting:
                            self._changed.wait(max(0, told + TOLD_EVERY - time.monotonic()))
                    if time.monotonic() >= told + TOLD_EVERY:
                        told = time.monotonic()
                        print(f"        {PROGRAMS} ({self._left()} left)", flush=True)
                    for job in jobs:
                        if job.done():
                            job.result()
            except BaseException:
                PROGRAMS.end_all()
                raise
        return self._ended

    def _next(self) -> Check | None:
        """Return the check to begin now. One that is ready and has no room holds back those behind it, so that its turn comes."""
        for check in self._waiting:
            jobs = [self._ready[name] for name in check.needs if name in self._ready]
            if all(job.done() for job in jobs):
                for job in jobs:
                    job.result()
                taken = sum(one.lanes for one in self._running)
                return check if taken == 0 or taken + check.lanes <= LANES else None
        return None

    def _wake(self, _job: concurrent.futures.Future[None]) -> None:
        with self._changed:
            self._changed.notify_all()

    def _left(self) -> int:
        return len(self._waiting) + len(self._running)

    def _run(self, check: Check) -> None:
        CURRENT.name = check.name
        PROGRAMS.note(check.name, "")
        started = time.monotonic()
        try:
            outcome = check.run()
            if not (outcome.passed or outcome.failed or outcome.skipped):
                outcome = Outcome.of(False, f"{outcome.output}\nthere was nothing to check")
            with self._changed:
                self._running.remove(check)
                self._ended.append((check, outcome, time.monotonic() - started))
                _tell(*self._ended[-1], self._left())
        finally:
            PROGRAMS.forget(check.name)


def _tell(check: Check, outcome: Outcome, seconds: float, left: int) -> None:
    word = "FAILED" if outcome.failed else "ok" if outcome.passed else "skipped"
    print(f"{word:8}{check.name}, {seconds:.0f} s ({left} left)", flush=True)
    if outcome.failed:
        print(f"----- {check.name} -----\n{outcome.output.rstrip()}\n-----", flush=True)
    elif not outcome.passed:
        print(f"        {outcome.output}", flush=True)
    else:
        print("".join(KINDS.findall(outcome.output)), end="", flush=True)
