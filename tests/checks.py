# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run every check of the collection, in the environments that tests/environments.py makes, and sum up.

A check begins as soon as its environments are ready. What runs and what is left is told at each end and every minute. A check's output is
shown only where it failed, except for the table of the kinds of endpoints. The last line is `N passed, N failed` (and `, N skipped`), and
the exit code is 0 only if nothing failed.

Usage: python3 tests/checks.py [unit | integration | molecule | docs | lint | NAME ...]

Without arguments: everything, but of molecule's scenarios the two that take least.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import functools
import os
import re
import shutil
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
from running import Check
from running import Outcome
from running import Runner
from running import run_program

WORK = CACHE / "checks"
# How many processes of pytest's share the unit tests, and the playbook tests on the default ansible-core.
UNIT_WORKERS, PLAYBOOK_WORKERS = 2, 3

PYLINT = "pylint"
# The sanity tests that the newest ansible-core runs alone, because their rules only grow from one ansible-core to the next, or because the
# check "ansible-doc" does the same with the oldest.
NEWEST_ALONE = (PYLINT, "yamllint", "ansible-doc")
# The oldest runs it alone: the playbook tests import every module and plugin in each ansible-core, and what differs is an old Python's syntax.
OLDEST_ALONE = ("import",)
# The checks "flake8" and "antsibull-changelog" are as strict.
ELSEWHERE = ("pep8", "changelog")

# Where a version of ansible-core lies between these two, its behaviour is that of one of them: it runs a shorter set of tests.
EXTREMES = ("oldest", "newest")

# Needs every package that the collection does: a file with HCL syntax is deployed.
EXECUTED = "tests/integration/test_tfvars.py::test_both_kinds_of_file_make_the_same"

# The scenarios that are run with everything else; what they and the others do is also done by the playbook tests.
QUICK = ("--scenario-name=modules", "--scenario-name=serverless")

COLOURS = re.compile(r"\x1b\[[0-9;]*m")

# What ansible-doc and galaxy-importer may say and still end with 0. Not of concern: ansible-core's warning about a collection of its own.
COMPLAINT = re.compile(r"^\W*(WARNING|ERROR|DEPRECATION WARNING)\b(?!.*/ansible/_internal/)", re.MULTILINE)


class Checks:
    """The checks, and the environments that this machine can have of those that they need."""

    def __init__(self) -> None:
        self.by_name = {environment.name: environment for environment in environments()}
        self.default = self.by_name["default"]
        self.tools = self.by_name["tools"]
        self._copies: dict[str, Path] = {}
        self._preparing = threading.Lock()

    def all(self) -> list[Check]:
        """Return the checks in the order in which they begin: what tells soonest that something is wrong, then what takes long."""
        # A core between the oldest and the newest finds nothing in the files that neither of them does.
        extremes = ("newest" if "newest" in self.by_name else "default", "oldest")
        return [
            Check("unit", "unit tests", ("default",), functools.partial(self.unit, "unit", "tests/unit"), UNIT_WORKERS),
            Check(
                "unit",
                "tests of the local AWS",
                ("default",),
                functools.partial(self.unit, "aws", "tests/local_aws"),
                UNIT_WORKERS,
            ),
            self._playbooks("default", PLAYBOOK_WORKERS),
            Check(
                "lint", "ansible-lint", ("tools",), self._tool("ansible-lint", "--offline", "--profile", "production")
            ),
            *(
                Check("lint", f"ansible-test sanity, {name}", (name,), functools.partial(self.sanity, name))
                for name in extremes
            ),
            *(self._playbooks(name, 1) for name in CORES),
            Check("integration", "the demo from the archive", ("default",), self.archive),
            Check("quick", "molecule, two scenarios", ("molecule",), functools.partial(self.molecule, *QUICK)),
            Check("molecule", "molecule", ("molecule",), functools.partial(self.molecule, "--all")),
            *(
                Check("lint", f"ansible-doc, {name}", (name,), functools.partial(self.documentation, name))
                for name in extremes
            ),
            Check("docs", "documentation site", ("docs",), self.site),
            Check("lint", "galaxy-importer", ("tools",), self.importer),
            Check("lint", "ansible-builder", ("tools",), self.builder),
            Check("integration", "execution environment", ("default", "execution"), self.execution),
            Check(
                "lint",
                "antsibull-docs",
                ("tools",),
                self._tool("antsibull-docs", "lint-collection-docs", "--plugin-docs", "--skip-rstcheck", "."),
            ),
            Check("lint", "antsibull-changelog", ("tools",), self._tool("antsibull-changelog", "lint")),
            Check("lint", "yamllint", ("tools",), self._tool("yamllint", "--strict", ".")),
            Check("lint", "black", ("tools",), self._tool("black", "--check", "--diff", "--quiet", ".")),
            Check("lint", "isort", ("tools",), self._tool("isort", "--check", "--diff", ".")),
            Check("lint", "flake8", ("tools",), self._tool("flake8", ".")),
        ]

    def _playbooks(self, name: str, workers: int) -> Check:
        run = functools.partial(self.playbooks, name, workers)
        return Check("integration", f"playbook tests, {name}", ("default", name), run, workers)

    def _tool(self, *command: str) -> Callable[[], Outcome]:
        return functools.partial(self.tool, *command)

    @contextlib.contextmanager
    def setting_up(self, selected: Sequence[Check]) -> Iterator[dict[str, concurrent.futures.Future[None]]]:
        """Make the environments that these checks need, side by side, in the order in which they are needed: {name: done once it is there}."""
        needed = [
            name for name in dict.fromkeys(name for check in selected for name in check.needs) if name in self.by_name
        ]
        with set_up_in_background([self.by_name[name] for name in needed]) as ready:
            yield ready

    def unit(self, name: str, folder: str) -> Outcome:
        return self.pytest(name, UNIT_WORKERS, folder)

    def pytest(self, name: str, workers: int, *arguments: str, collections: Path | None = None) -> Outcome:
        """Run pytest in the default environment; ``collections`` is the collections path of the plays that the tests run."""
        folder = WORK / "pytest" / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        report = folder / "report.xml"
        variables = self.default.variables()
        if collections:
            variables["ANSIBLE_COLLECTIONS_PATH"] = str(collections)
        command = [
            self.default.program("pytest"),
            "-n",
            str(workers if workers > 1 else 0),
            "--dist=worksteal",
            "-q",
            "--durations=10",
        ]
        command += [f"--junitxml={report}", f"--basetemp={folder / 'temporary'}", *arguments]
        code, output = run_program(command, variables, CHECKOUT)
        if not report.is_file():
            return Outcome.of(False, output)
        counts = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
        for suite in xml.etree.ElementTree.parse(report).getroot().iter("testsuite"):
            counts = {name: count + int(suite.get(name, 0)) for name, count in counts.items()}
        failed = counts["failures"] + counts["errors"]
        # Interrupted or without a single test, pytest fails without a failed test.
        failed = failed or int(code != 0)
        return Outcome(max(counts["tests"] - failed - counts["skipped"], 0), failed, counts["skipped"], output)

    def playbooks(self, name: str, workers: int) -> Outcome:
        """Run all playbook tests on the default ansible-core, and on the others those that the version of ansible-core may matter to."""
        environment = self.by_name.get(name)
        if environment is None:
            return _missing(name)
        arguments = ["tests/integration", f"--ansible-playbook={environment.program('ansible-playbook')}"]
        if environment != self.default:
            arguments += ["-m", "core or core_ends" if name in EXTREMES else "core"]
        return self.pytest(f"integration-{name}", workers, *arguments, collections=environment.collections)

    def molecule(self, *which: str) -> Outcome:
        """Run scenarios of molecule in a copy of the checkout; each of their steps counts."""
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
        code, output = run_program([environment.program("molecule"), "test", *which], variables, copy)
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
        # ansible-lint prefers collections in the home, where molecule may have left an older copy of this one.
        variables = self.tools.variables() | {
            "ANSIBLE_COLLECTIONS_PATH": str(copy.parents[2]),
            "ANSIBLE_HOME": str(copy.parents[2] / "home"),
        }
        code, output = run_program([self.tools.program(program), *arguments], variables, copy)
        return Outcome.of(code == 0, output)

    def sanity(self, name: str) -> Outcome:
        """Run ansible-test's sanity tests, each of which counts: all of the newest ansible-core here, and those of the others that may differ."""
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
        # Pylint comes by itself, and what the oldest runs alone is run here where there is no Python for it.
        apart = OLDEST_ALONE if "oldest" in self.by_name else ()
        skipped = [*ELSEWHERE, *(NEWEST_ALONE if name == "oldest" else (PYLINT, *apart))]
        code, output = run_program(
            [*command, *(argument for test in skipped for argument in ("--skip-test", test))], variables, copy
        )
        if name != "oldest" and code == 0:
            # The tests and the local AWS, two thirds of the code, are left to flake8.
            code, more = run_program([*command, "--test", PYLINT, "plugins/"], variables, copy)
            output += more
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
            complaints = self._complaints(environment, kind, *names)
            # Each by itself only to tell which it is.
            single = [self._complaints(environment, kind, name) for name in names if complaints]
            wrong = [text for each in single for text in each] or complaints
            failures += wrong
            passed += len(names) - len(wrong)
        return Outcome(passed, len(failures), 0, "\n".join(failures))

    def _complaints(self, environment: Environment, kind: str, *names: str) -> list[str]:
        """Return what ansible-doc says if it finds anything wrong."""
        command = [environment.program("ansible-doc"), "-t", kind, *names]
        code, output = run_program(command, environment.variables(), CHECKOUT)
        wrong = code != 0 or COMPLAINT.search(output)
        return [f"$ ansible-doc -t {kind} {' '.join(names)}\n{output}"] if wrong else []

    def site(self) -> Outcome:
        """Build the documentation site; a warning, a link that leads nowhere or a section that is too far away fails."""
        environment = self.by_name["docs"]
        command = [environment.program("python"), "tests/docs_site/build.py"]
        code, output = run_program(command, environment.variables(), CHECKOUT)
        return Outcome.of(code == 0, output)

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
        code, built = run_program(build, self.tools.variables(), folder)
        if code:
            return Outcome.of(False, built)
        settings = folder / "importer.cfg"
        # ansible-lint and flake8 are checks of their own, and the importer starts flake8 for every file anew.
        settings.write_text(
            "[galaxy-importer]\nCHECK_REQUIRED_TAGS=True\nRUN_ANSIBLE_LINT=False\nRUN_FLAKE8=False\nRUN_ANSIBLE_TEST=False\n"
        )
        variables = self.tools.variables() | {"GALAXY_IMPORTER_CONFIG": str(settings)}
        archive = next(folder.glob("*.tar.gz"))
        code, imported = run_program(
            [self.tools.program("python"), "-m", "galaxy_importer.main", str(archive)], variables, folder
        )
        return Outcome.of(code == 0 and not COMPLAINT.search(imported), built + imported)

    def archive(self) -> Outcome:
        """Build the archive, install it, and run the demo with nothing else."""
        command = [self.default.program("python"), "tests/archive.py"]
        code, output = run_program(command, self.default.variables(), CHECKOUT)
        return Outcome.of(code == 0, output)

    def builder(self) -> Outcome:
        """Find the collection's requirements as ansible-builder does, and run the command of extensions/awx/README.md.

        Without a container engine it goes as far as the build context.
        """
        program = self.tools.program("ansible-builder")
        if not Path(program).exists():
            return Outcome(0, 0, 1, "the environment 'tools' was made before ansible-builder was in it")
        context = WORK / "context"
        shutil.rmtree(context, ignore_errors=True)
        copy = self.copy(self.tools)
        readme = (copy / "extensions" / "awx" / "README.md").read_text()
        documented = re.search(r"ansible-builder build (--file \S+) --tag \S+$", readme, re.MULTILINE)
        if not documented:
            return Outcome.of(False, "extensions/awx/README.md has no command ansible-builder build")
        file = documented[1].replace("~/.ansible/collections", str(copy.parents[2])).split()
        command = [program, "create", *file, "--context", str(context)]
        code, output = run_program(command, self.tools.variables(), WORK)
        told, found = run_program([program, "introspect", str(copy.parents[2])], self.tools.variables(), WORK)
        needed = [line for line in (copy / "meta" / "ee-requirements.txt").read_text().splitlines() if line[0] != "#"]
        missing = [line for line in needed if line not in found]
        written = any((context / name).is_file() for name in ("Containerfile", "Dockerfile"))
        return Outcome.of(
            code == 0 and told == 0 and written and not missing,
            f"{output}{found}\nnot found: {', '.join(missing) or 'nothing'}",
        )

    def execution(self) -> Outcome:
        """Deploy and destroy with nothing but what an execution environment has: ansible-core and the collection's own requirements."""
        play = f"--ansible-playbook={self.by_name['execution'].program('ansible-playbook')}"
        return self.pytest("execution", 1, EXECUTED, play, collections=self.by_name["execution"].collections)


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
"""Do what get-pip.py does, with the pip that lies beside this file: unpacked it works, and what an installation adds takes long."""

import importlib
import pathlib
import runpy
import sys
import sysconfig
import zipfile

wheel = pathlib.Path(__file__).parent / "pip-{version}-py3-none-any.whl"
zipfile.ZipFile(wheel).extractall(sysconfig.get_path("purelib"))
importlib.invalidate_caches()
others = [argument for argument in sys.argv[1:] if "==" in argument and not argument.startswith("pip==")]
if others:
    sys.argv = ["pip", "install", "--disable-pip-version-check", "--no-compile", *others]
    runpy.run_module("pip", run_name="__main__", alter_sys=True)
'''


def _prepare_ansible_test(environment: Environment) -> None:
    """Spare ansible-test the download of its pip bootstrap script from a host of its own: PyPI has all that it needs."""
    question = (
        "import sys, types; from ansible_test._internal.python_requirements import get_venv_packages;"
        "print(get_venv_packages(types.SimpleNamespace(version='%d.%d' % sys.version_info[:2]))['pip'])"
    )
    code, answer = run_program([environment.program("python"), "-c", question], environment.variables(), CHECKOUT)
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


def main() -> int:
    started = time.monotonic()
    try:
        checks = Checks()
        everything = checks.all()
        asked = set(sys.argv[1:])
        selected = [
            check for check in everything if ({check.group, check.name} & asked if asked else check.name != "molecule")
        ]
        if not selected:
            raise SetupError(
                "there is no such check; there are: " + ", ".join(repr(check.name) for check in everything)
            )
        with alone("test-run"), checks.setting_up(selected) as ready:
            results = Runner(selected, ready).run()
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
