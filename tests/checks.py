# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run every check of the collection, in the environments that tests/environments.py makes, and sum up.

A check begins as soon as its environments are ready. What runs and what is left is told at each end and every minute. A check's output is
shown only where it failed, except for the table of the kinds of endpoints. The last line is `N passed, N failed` (and `, N skipped`), and
the exit code is 0 only if nothing failed.

Usage: python3 tests/checks.py [unit | integration | molecule | lint | NAME ...]     without arguments: everything
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import dataclasses
import functools
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from environments import CACHE
from environments import CHECKOUT
from environments import CORES
from environments import HOME
from environments import Environment
from environments import SetupError
from environments import alone
from environments import environments
from environments import pip
from environments import set_up_in_background

WORK = CACHE / "checks"
# A check that has said nothing for so many seconds hangs. How long it may take as a whole depends on the machine, and is not limited.
SILENCE = 600
# So often it is told what runs, in seconds.
TOLD_EVERY = 60

# One more than the processors that it is made for, because plays wait for transitions.
WORKERS = "3"

# How far pytest has come.
PERCENT = re.compile(r"\[ *(\d+ ?%)\]")

COLOURS = re.compile(r"\x1b\[[0-9;]*m")

# What ansible-doc and galaxy-importer may say and still end with 0. Not of concern: ansible-core's warning about a collection of its own, and the
# two rules of flake8 that black breaks on purpose (the importer runs flake8 without our settings).
COMPLAINT = re.compile(
    r"^\W*(WARNING|ERROR|DEPRECATION WARNING)\b(?!.*(/ansible/_internal/| E203 | W503 ))", re.MULTILINE
)
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
    """``needs``: names of environments; ``alone``: it uses all processors itself, so that nothing else should run beside it."""

    group: str
    name: str
    needs: tuple[str, ...]
    run: Callable[[], Outcome]
    alone: bool = False


class Checks:
    """The checks, and the environments that this machine can have of those that they need."""

    def __init__(self) -> None:
        self.by_name = {environment.name: environment for environment in environments()}
        self.default = self.by_name["default"]
        self.tools = self.by_name["tools"]
        self._ready: dict[str, concurrent.futures.Future[None]] = {}
        self._copies: dict[str, Path] = {}
        self._preparing = threading.Lock()

    def all(self) -> list[Check]:
        checks = [
            Check("unit", "unit tests", ("default",), lambda: self.pytest("unit", "tests/unit"), alone=True),
            Check(
                "unit",
                "tests of the local AWS",
                ("default",),
                lambda: self.pytest("aws", "tests/local_aws"),
                alone=True,
            ),
        ]
        for name in ("default", *CORES):
            run = functools.partial(self.playbooks, name)
            checks.append(Check("integration", f"playbook tests, {name}", ("default", name), run, alone=True))
        checks.append(Check("molecule", "molecule", ("molecule",), self.molecule))
        extremes = ("default", "newest", "oldest")
        for name in extremes:
            checks.append(Check("lint", f"ansible-test sanity, {name}", (name,), functools.partial(self.sanity, name)))
        for name in extremes:
            run = functools.partial(self.documentation, name)
            checks.append(Check("lint", f"ansible-doc, {name}", (name,), run))
        docs = ("antsibull-docs", "lint-collection-docs", "--plugin-docs", "--skip-rstcheck", ".")
        for name, command in (
            ("ansible-lint", ("ansible-lint", "--offline", "--profile", "production")),
            ("antsibull-docs", docs),
            ("antsibull-changelog", ("antsibull-changelog", "lint")),
            ("yamllint", ("yamllint", "--strict", ".")),
            ("black", ("black", "--check", "--diff", "--quiet", ".")),
            ("isort", ("isort", "--check", "--diff", ".")),
            ("flake8", ("flake8", ".")),
        ):
            checks.append(Check("lint", name, ("tools",), functools.partial(self.tool, *command)))
        return [
            *checks,
            Check("lint", "galaxy-importer", ("tools",), self.importer),
            Check("lint", "ansible-builder", ("tools",), self.builder),
        ]

    @contextlib.contextmanager
    def setting_up(self, selected: Sequence[Check]) -> Iterator[None]:
        """Make the environments that these checks need, side by side, in the order in which they are needed."""
        needed = [
            name for name in dict.fromkeys(name for check in selected for name in check.needs) if name in self.by_name
        ]
        with set_up_in_background([self.by_name[name] for name in needed]) as self._ready:
            yield

    def await_environments(self, check: Check) -> None:
        """Return once the environments of a check are ready. Raises SetupError."""
        for name in check.needs:
            if name in self._ready:
                self._ready[name].result()

    def pytest(self, name: str, *arguments: str, collections: Path | None = None) -> Outcome:
        """Run pytest in the default environment; ``collections`` is the collections path of the plays that the tests run."""
        folder = WORK / "pytest" / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        report = folder / "report.xml"
        variables = self.default.variables()
        if collections:
            variables["ANSIBLE_COLLECTIONS_PATH"] = str(collections)
        command = [self.default.program("pytest"), "-n", WORKERS, "--dist=worksteal", "-q", "--durations=10"]
        command += [f"--junitxml={report}", f"--basetemp={folder / 'temporary'}", *arguments]
        code, output = _run(command, variables, CHECKOUT)
        if not report.is_file():
            return Outcome.of(False, output)
        counts = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
        for suite in xml.etree.ElementTree.parse(report).getroot().iter("testsuite"):
            counts = {name: count + int(suite.get(name, 0)) for name, count in counts.items()}
        failed = counts["failures"] + counts["errors"]
        # Interrupted or without a single test, pytest fails without a failed test.
        failed = failed or int(code != 0)
        return Outcome(max(counts["tests"] - failed - counts["skipped"], 0), failed, counts["skipped"], output)

    def playbooks(self, name: str) -> Outcome:
        """Run all playbook tests on the default ansible-core, and on the others those that the version of ansible-core may matter to."""
        environment = self.by_name.get(name)
        if environment is None:
            return _missing(name)
        arguments = ["tests/integration", f"--ansible-playbook={environment.program('ansible-playbook')}"]
        if environment != self.default:
            arguments += ["-m", "core"]
        return self.pytest(f"integration-{name}", *arguments, collections=environment.collections)

    def molecule(self) -> Outcome:
        """Run the scenarios of molecule in a copy of the checkout; each of their steps counts."""
        environment = self.by_name["molecule"]
        copy = self.copy(environment)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        variables = environment.variables() | {
            "ANSIBLE_COLLECTIONS_PATH": str(copy.parents[2]),
            "LOCAL_AWS_PORT": str(port),
            "NO_COLOR": "1",
        }
        code, output = _run([environment.program("molecule"), "test", "--all"], variables, copy)
        output = COLOURS.sub("", output)
        passed, failed = (
            sum(int(count) for count in re.findall(rf"^[a-z_]+ *: actions=.* {word}=(\d+)", output, re.MULTILINE))
            for word in ("successful", "failed")
        )
        return Outcome(passed, failed or int(code != 0), 0, output)

    def copy(self, environment: Environment) -> Path:
        """A copy of the checkout as it was at the first check that asked for one in that environment."""
        with self._preparing:
            if environment.name not in self._copies:
                self._copies[environment.name] = copy_of_checkout(environment)
            return self._copies[environment.name]

    def tool(self, program: str, *arguments: str) -> Outcome:
        """Run one of the tools over a copy of the checkout."""
        copy = self.copy(self.tools)
        variables = self.tools.variables() | {"ANSIBLE_COLLECTIONS_PATH": str(copy.parents[2])}
        code, output = _run([self.tools.program(program), *arguments], variables, copy)
        return Outcome.of(code == 0, output)

    def sanity(self, name: str) -> Outcome:
        """Run ansible-test's sanity tests, each of which counts."""
        environment = self.by_name.get(name)
        if environment is None:
            return _missing(name)
        copy = self.copy(environment)
        with self._preparing:
            _prepare_ansible_test(environment)
        python = re.search(r"python(\d+\.\d+)", os.path.realpath(environment.program("python")))
        variables = environment.variables()
        del variables["PYTHONPATH"], variables["ANSIBLE_COLLECTIONS_PATH"]
        command = [environment.program("ansible-test"), "sanity", "--python", python[1], "--color", "no"]
        code, output = _run(command, variables, copy)
        ran = len(re.findall(r"^Running sanity test ", output, re.MULTILINE))
        failed = re.search(r"^FATAL: The (\d+) sanity test\(s\) listed below", output, re.MULTILINE)
        # It ends well, too, when it found nothing to test.
        failures = int(failed[1]) if failed else int(code != 0 or ran == 0)
        return Outcome(max(ran - failures, 0), failures, 0, output)

    def documentation(self, name: str) -> Outcome:
        """Render the documentation of every module, plugin and role; a warning fails."""
        environment = self.by_name.get(name)
        if environment is None:
            return _missing(name)
        kinds = {
            "module": "plugins/modules/*.py",
            "filter": "plugins/filter/*",
            "lookup": "plugins/lookup/*.py",
            "role": "roles/*",
        }
        passed, failures = 0, []
        for kind, pattern in kinds.items():
            names = sorted(
                {f"mlops.sagemaker.{path.stem}" for path in CHECKOUT.glob(pattern) if not path.name.startswith("_")}
            )
            for content in names:
                code, output = _run(
                    [environment.program("ansible-doc"), "-t", kind, content], environment.variables(), CHECKOUT
                )
                if code or COMPLAINT.search(output):
                    failures.append(f"$ ansible-doc -t {kind} {content}\n{output}")
                else:
                    passed += 1
        return Outcome(passed, len(failures), 0, "\n".join(failures))

    def importer(self) -> Outcome:
        """Build the artefact from the checkout as it is, and import it as Galaxy does."""
        folder = WORK / "artefact"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        build = [
            self.tools.program("ansible-galaxy"),
            "collection",
            "build",
            "--output-path",
            str(folder),
            str(CHECKOUT),
        ]
        code, built = _run(build, self.tools.variables(), folder)
        if code:
            return Outcome.of(False, built)
        settings = folder / "importer.cfg"
        settings.write_text(
            "[galaxy-importer]\nCHECK_REQUIRED_TAGS=True\nRUN_FLAKE8=True\nRUN_ANSIBLE_TEST=False\nOFFLINE_ANSIBLE_LINT=True\n"
        )
        variables = self.tools.variables() | {"GALAXY_IMPORTER_CONFIG": str(settings)}
        archive = next(folder.glob("*.tar.gz"))
        code, imported = _run(
            [self.tools.program("python"), "-m", "galaxy_importer.main", str(archive)], variables, folder
        )
        return Outcome.of(code == 0 and not COMPLAINT.search(imported), built + imported)

    def builder(self) -> Outcome:
        """Write the context of the execution environment as the README says, and find what the collection needs inside of one."""
        program = self.tools.program("ansible-builder")
        if not Path(program).exists():
            return Outcome(0, 0, 1, "the environment 'tools' was made before ansible-builder was in it")
        context = WORK / "context"
        shutil.rmtree(context, ignore_errors=True)
        copy = self.copy(self.tools)
        code, output = _run([program, "create", "--context", str(context)], self.tools.variables(), copy)
        told, found = _run([program, "introspect", str(copy.parents[2])], self.tools.variables(), copy)
        needed = [line for line in (copy / "meta" / "ee-requirements.txt").read_text().splitlines() if line[0] != "#"]
        missing = [line for line in needed if line not in found]
        return Outcome.of(
            code == 0 and told == 0 and (context / "_build").is_dir() and not missing,
            f"{output}{found}\nnot found: {', '.join(missing) or 'nothing'}",
        )


def copy_of_checkout(environment: Environment) -> Path:
    """A copy of what git would commit, where Ansible expects a collection. ansible-test works only there, and not through a symbolic link."""
    tree = WORK / environment.name / "ansible_collections"
    shutil.rmtree(tree, ignore_errors=True)
    copy = tree / "mlops" / "sagemaker"
    (tree / "amazon").mkdir(parents=True)
    (tree / "amazon" / "aws").symlink_to(environment.collections / "ansible_collections" / "amazon" / "aws")
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listing.stdout.split("\0"):
        # A file may be in the index and already gone from the folder.
        if name and (CHECKOUT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(CHECKOUT / name, copy / name)
    # In a folder that is no repository itself, ansible-test asks the one around it, whatever the environment says.
    subprocess.run(["git", "init", "--quiet"], cwd=copy, check=True)
    return copy


BOOTSTRAP = '''\
"""Do what get-pip.py does, with the pip that lies beside this file."""

import pathlib
import runpy
import sys

folder = pathlib.Path(__file__).parent
sys.path.insert(0, str(folder / "pip-{version}-py3-none-any.whl"))
packages = [argument for argument in sys.argv[1:] if argument not in ("--no-setuptools", "--no-wheel")]
sys.argv = ["pip", "install", "--upgrade", "--find-links", str(folder), *packages]
runpy.run_module("pip", run_name="__main__", alter_sys=True)
'''


def _prepare_ansible_test(environment: Environment) -> None:
    """Spare ansible-test the download of its pip bootstrap script from a host of its own: PyPI has all that it needs."""
    question = (
        "import sys, types; from ansible_test._internal.python_requirements import get_venv_packages;"
        "print(get_venv_packages(types.SimpleNamespace(version='%d.%d' % sys.version_info[:2]))['pip'])"
    )
    code, answer = _run([environment.program("python"), "-c", question], environment.variables(), CHECKOUT)
    version = answer.strip()
    cache = HOME / ".ansible" / "test" / "cache"
    script = cache / f"get_pip_{version.replace('.', '_')}.py"
    if code or script.exists():
        return
    cache.mkdir(parents=True, exist_ok=True)
    pip(
        environment,
        ["download", "--quiet", "--no-deps", "--dest", str(cache), f"pip=={version}"],
        f"downloading pip {version} for ansible-test",
    )
    script.write_text(BOOTSTRAP.format(version=version))


def _missing(name: str) -> Outcome:
    return Outcome(0, 0, 1, f"this machine has no Python for the environment {name!r}, or it is the default one")


class Running:
    """The programs that run now, with the last line that each has written."""

    def __init__(self) -> None:
        self._lines: dict[str, str] = {}
        self._lock = threading.Lock()

    def note(self, what: str, line: str) -> None:
        with self._lock:
            self._lines[what] = line

    def forget(self, what: str) -> None:
        with self._lock:
            self._lines.pop(what, None)

    def __str__(self) -> str:
        with self._lock:
            return "; ".join(f"{what}: {line}" if line else what for what, line in self._lines.items())


RUNNING = Running()
# The check that a thread runs.
CURRENT = threading.local()


def _run(command: Sequence[str], variables: dict[str, str], directory: Path) -> tuple[int, str]:
    """Run a program of a check: its exit code, and its output. One that hangs is ended, with all that it started."""
    with subprocess.Popen(
        command,
        cwd=directory,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        try:
            output, hangs = _read(process.stdout)
        except BaseException:
            _end(process)
            raise
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
        RUNNING.note(CURRENT.name, (PERCENT.findall(tail) or [tail.rpartition("\n")[2][:60]])[-1])
    return output.decode(errors="replace"), True


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


class Runner:
    """Runs checks as their environments become ready: one that uses all processors by itself, two others at a time."""

    def __init__(self, checks: Checks, selected: list[Check]) -> None:
        self._checks = checks
        self._left = list(selected)
        self._lock = threading.Lock()

    def run(self) -> list[tuple[Check, Outcome, float]]:
        over = threading.Event()
        teller = threading.Thread(target=self._tell, args=(over,), daemon=True)
        teller.start()
        try:
            results = [self._run(check) for check in self._left[:] if check.alone]
            with concurrent.futures.ThreadPoolExecutor(max_workers=2) as workers:
                results += workers.map(self._run, self._left[:])
        finally:
            over.set()
        return results

    def _tell(self, over: threading.Event) -> None:
        while not over.wait(TOLD_EVERY):
            print(f"        {RUNNING} ({self._count()} left)", flush=True)

    def _count(self) -> int:
        with self._lock:
            return len(self._left)

    def _run(self, check: Check) -> tuple[Check, Outcome, float]:
        CURRENT.name = check.name
        RUNNING.note(check.name, "waits for its environment")
        self._checks.await_environments(check)
        RUNNING.note(check.name, "")
        started = time.monotonic()
        try:
            outcome = check.run()
        finally:
            RUNNING.forget(check.name)
        if not (outcome.passed or outcome.failed or outcome.skipped):
            outcome = Outcome.of(False, f"{outcome.output}\nthere was nothing to check")
        seconds = time.monotonic() - started
        with self._lock:
            self._left.remove(check)
        word = "FAILED" if outcome.failed else "ok" if outcome.passed else "skipped"
        print(f"{word:8}{check.name}, {seconds:.0f} s ({self._count()} left)", flush=True)
        if outcome.failed:
            print(f"----- {check.name} -----\n{outcome.output.rstrip()}\n-----", flush=True)
        elif not outcome.passed:
            print(f"        {outcome.output}", flush=True)
        else:
            print("".join(KINDS.findall(outcome.output)), end="", flush=True)
        return check, outcome, seconds


def main() -> int:
    started = time.monotonic()
    try:
        checks = Checks()
        everything = checks.all()
        selected = [check for check in everything if not sys.argv[1:] or {check.group, check.name} & set(sys.argv[1:])]
        if not selected:
            raise SetupError(
                "there is no such check; there are: " + ", ".join(repr(check.name) for check in everything)
            )
        with alone("test-run"), checks.setting_up(selected):
            results = Runner(checks, selected).run()
    except SetupError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1

    print(f"\n{'check':40}{'passed':>8}{'failed':>8}{'skipped':>8}{'seconds':>9}")
    for check, outcome, seconds in results:
        print(f"{check.name:40}{outcome.passed:8}{outcome.failed:8}{outcome.skipped:8}{seconds:9.0f}")
    passed, failed, skipped = (
        sum(getattr(outcome, name) for _check, outcome, _seconds in results) for name in ("passed", "failed", "skipped")
    )
    print(f"\nin {time.monotonic() - started:.0f} s")
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
