# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make the environments that the tests and the demo run in: virtual environments and collection folders, all below .cache/ in the checkout.

Nothing outside the checkout is written, except that pip and uv use the user's own package caches where there are some. An environment that is
complete is left alone, so a second run downloads nothing. Only the standard library is needed.

Usage: python3 tests/environments.py [NAME ...]     without names: all that this machine can have
"""

from __future__ import annotations

import concurrent.futures
import configparser
import contextlib
import dataclasses
import fcntl
import functools
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterable
from collections.abc import Iterator
from pathlib import Path

from installer import Installer
from installer import InstallError
from installer import pip_settings

CHECKOUT = Path(__file__).resolve().parents[1]
CACHE = CHECKOUT / ".cache"
HOME = CACHE / "home"
REQUIREMENTS = CHECKOUT / "tests" / "requirements"

# amazon.aws is tested in two versions: the newest, and the newest that works with ansible-core 2.16. Where Galaxy cannot be reached, each
# comes out of a release of the `ansible` package that holds it: {version of amazon.aws: version of ansible}.
AMAZON_AWS = {"11.4.0": "14.5.0", "10.3.2": "13.8.0"}
NEWEST_AMAZON_AWS, OLDEST_AMAZON_AWS = AMAZON_AWS

Version = tuple[int, int]

# The ansible-cores that the collection is tested with besides the default Python's, and the Pythons that each runs on. Ansible Automation
# Platform runs the even ones.
CORES: dict[str, tuple[Version, ...]] = {
    "oldest": ((3, 10), (3, 11), (3, 12)),
    "core-2.18": ((3, 11), (3, 12), (3, 13)),
    "core-2.20": ((3, 12), (3, 13), (3, 14)),
    "newest": ((3, 14), (3, 13), (3, 12)),
}

_COLLECTIONS = threading.Lock()
INSTALLER = Installer(CACHE)


class SetupError(Exception):
    """Something that the user has to put right. The message says what."""


@dataclasses.dataclass(frozen=True)
class Environment:
    """A virtual environment and the collections it works with. ``requirements`` are file names in tests/requirements/."""

    name: str
    base_python: str
    requirements: tuple[str, ...]
    amazon_aws: str

    @property
    def directory(self) -> Path:
        return CACHE / "environments" / self.name

    @property
    def collections(self) -> Path:
        """The folder that holds ansible_collections/, for ANSIBLE_COLLECTIONS_PATH."""
        return CACHE / "collections" / self.amazon_aws

    def program(self, name: str) -> str:
        return str(self.directory / "bin" / name)

    def variables(self) -> dict[str, str]:
        """The whole environment of a process that works in this one: the user's home and settings for Ansible, AWS and Python stay out."""
        private = ("ANSIBLE_", "AWS_", "PYTHON", "XDG_", "VIRTUAL_ENV", "PYENV_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(private)}
        return kept | {
            "PATH": os.pathsep.join([str(self.directory / "bin"), os.environ.get("PATH", os.defpath)]),
            "VIRTUAL_ENV": str(self.directory),
            "HOME": str(HOME),
            "LC_ALL": "C.UTF-8",
            # Copies and collections in there are no part of the checkout's repository, which ignores them all.
            "GIT_CEILING_DIRECTORIES": str(CACHE),
            "ANSIBLE_HOME": str(HOME / ".ansible"),
            "ANSIBLE_COLLECTIONS_PATH": str(self.collections),
            "PYTHONPATH": str(self.collections),
        }


@functools.cache
def pythons() -> dict[Version, str]:
    """The Pythons that can make a virtual environment here: {(3, 12): path of the executable}."""
    candidates = [sys.executable] + [f"python3.{minor}" for minor in range(10, max(CORES["newest"])[1] + 1)]
    probe = "import ensurepip, ssl, sys, venv; print(sys.version_info[0], sys.version_info[1], sys._base_executable)"
    found: dict[Version, str] = {}
    for candidate in candidates:
        # pyenv puts a command for each of its versions on the PATH, but runs only the selected one unless it is told the version.
        variables = (
            dict(os.environ, PYENV_VERSION=candidate.removeprefix("python")) if candidate.startswith("python") else None
        )
        try:
            answer = subprocess.run(
                [candidate, "-c", probe], env=variables, capture_output=True, text=True, timeout=30, check=True
            )
        except (OSError, subprocess.SubprocessError):
            continue
        major, minor, executable = answer.stdout.strip().split(" ", 2)
        found.setdefault((int(major), int(minor)), executable)
    return found


def environments(names: Iterable[str] = ()) -> list[Environment]:
    """The environments of those names, or all that this machine can have.

    run: what the demo needs, with the default Python. default: the same and the tests' tools. Those of CORES, with the first Python that
    fits; left out where there is none. molecule: its scenarios. docs: the documentation site. tools: the static checks.
    """
    default = sys.version_info[:2]
    if default < (3, 11) or default not in pythons():
        raise SetupError(
            f"python3 is {sys.executable}, version {default[0]}.{default[1]}; needed is Python 3.11 or later with its modules venv and ensurepip"
            " (on Debian and Ubuntu: the package python3-venv)"
        )
    found = {"run": Environment("default", pythons()[default], ("run.txt",), NEWEST_AMAZON_AWS)}
    found["default"] = Environment("default", pythons()[default], ("run.txt", "test.txt"), NEWEST_AMAZON_AWS)
    for name, versions in CORES.items():
        # The default Python has the newest ansible-core that it can take already.
        fit = [version for version in versions if version in pythons() and (name != "newest" or version > default)]
        if fit:
            amazon_aws = OLDEST_AMAZON_AWS if name == "oldest" else NEWEST_AMAZON_AWS
            found[name] = Environment(name, pythons()[fit[0]], (f"{name}.txt",), amazon_aws)
    needed = ("execution.txt", "../../meta/ee-requirements.txt")
    found["execution"] = Environment("execution", pythons()[default], needed, NEWEST_AMAZON_AWS)
    found["molecule"] = Environment("molecule", pythons()[default], ("run.txt", "molecule.txt"), NEWEST_AMAZON_AWS)
    found["docs"] = Environment("docs", pythons()[default], ("docs.txt",), NEWEST_AMAZON_AWS)
    newest = max(version for version in pythons() if version == default or version in CORES["newest"])
    found["tools"] = Environment("tools", pythons()[newest], ("tools.txt",), NEWEST_AMAZON_AWS)
    try:
        return [found[name] for name in names] or [environment for name, environment in found.items() if name != "run"]
    except KeyError as error:
        raise SetupError(f"there is no environment {error} here; there are: {', '.join(found)}") from None


def set_up(wanted: Iterable[Environment]) -> None:
    """Make what is missing. Raises SetupError."""
    with set_up_in_background(list(wanted)) as ready:
        for job in ready.values():
            job.result()


@contextlib.contextmanager
def set_up_in_background(wanted: list[Environment]) -> Iterator[dict[str, concurrent.futures.Future[None]]]:
    """Make what is missing, two environments at a time: {name: what is done once it is ready, or has the SetupError}."""
    with alone("set-up"), concurrent.futures.ThreadPoolExecutor(max_workers=2) as workers:
        _write_pip_settings()
        ready = {environment.name: workers.submit(_make, environment) for environment in wanted}
        try:
            yield ready
        finally:
            for job in ready.values():
                job.cancel()


@contextlib.contextmanager
def alone(what: str) -> Iterator[None]:
    """Hold back another process in this checkout that does the same, until this one is done."""
    CACHE.mkdir(exist_ok=True)
    with open(CACHE / f"{what}.lock", "w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"waiting for another {what} in this checkout", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make(environment: Environment) -> None:
    _make_venv(environment)
    # Two environments may share a folder of collections.
    with _COLLECTIONS:
        _make_collections(environment)


def _make_venv(environment: Environment) -> None:
    """Install what is not installed yet. An environment made from other requirements or another Python is made anew."""
    stamp = environment.directory / "installed.json"
    installed = json.loads(stamp.read_text()) if stamp.is_file() else {}
    wanted = {"python": environment.base_python}
    wanted |= {
        name: hashlib.sha256((REQUIREMENTS / name).read_bytes()).hexdigest() for name in environment.requirements
    }
    if wanted.items() <= installed.items() and Path(environment.program("python")).exists():
        return
    started = time.monotonic()
    if not installed or any(wanted.get(name, value) != value for name, value in installed.items()):
        with _told(f"making the environment {environment.name}"):
            INSTALLER.make(environment.directory, environment.base_python, environment.variables())
        installed = {}
    files = [argument for name in environment.requirements for argument in ("-r", str(REQUIREMENTS / name))]
    with _told(f"installing into the environment {environment.name}"):
        INSTALLER.install(environment.program("python"), files, environment.variables())
    stamp.write_text(json.dumps(installed | wanted, indent=2))
    _report(f"environment {environment.name} ({', '.join(environment.requirements)})", started)


def _make_collections(environment: Environment) -> None:
    """Make the environment's collections folder: amazon.aws of its version, and this checkout as mlops.sagemaker."""
    tree = environment.collections / "ansible_collections"
    link = tree / "mlops" / "sagemaker"
    target = os.path.relpath(CHECKOUT, link.parent)
    if not link.is_symlink():
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(target)
    aws = tree / "amazon" / "aws"
    if aws.is_dir():
        return
    started = time.monotonic()
    with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
        if not _from_galaxy(environment, scratch):
            _from_pypi(environment, scratch)
        aws.parent.mkdir(exist_ok=True)
        # A rename is whole or not at all: an interrupted set-up leaves no half of a collection behind.
        Path(scratch, "ansible_collections", "amazon", "aws").rename(aws)
    _report(f"collection amazon.aws {environment.amazon_aws}", started)


def _from_galaxy(environment: Environment, scratch: str) -> bool:
    """Fetch amazon.aws from Galaxy. False where that cannot be reached, which is remembered so that it is tried once only."""
    unreachable = CACHE / "galaxy-unreachable"
    if unreachable.exists():
        return False
    command = [environment.program("ansible-galaxy"), "collection", "install", f"amazon.aws:=={environment.amazon_aws}"]
    command += ["--no-deps", "--timeout", "10", "-p", scratch]
    try:
        subprocess.run(
            command, env=environment.variables(), stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=True
        )
    except subprocess.SubprocessError:
        unreachable.touch()
        return False
    return True


def _from_pypi(environment: Environment, scratch: str) -> None:
    """Take amazon.aws out of the ansible package, and nothing else: unpacked, that package is a gigabyte."""
    # The package is the same for every Python; without the option pip refuses where the one that runs is too old for it.
    options = ["--quiet", "--no-deps", "--only-binary=:all:", "--python-version", "3.13", "--dest", scratch]
    package = f"ansible=={AMAZON_AWS[environment.amazon_aws]}"
    pip(environment, ["download", *options, package], f"downloading amazon.aws {environment.amazon_aws} in {package}")
    with zipfile.ZipFile(next(Path(scratch).glob("ansible-*.whl"))) as wheel:
        wheel.extractall(
            scratch, [name for name in wheel.namelist() if name.startswith("ansible_collections/amazon/aws/")]
        )


def pip(environment: Environment, arguments: list[str], purpose: str) -> None:
    """Run the environment's pip. Raises SetupError with its output."""
    with _told(purpose):
        INSTALLER.pip(environment.program("python"), arguments, environment.variables())


@contextlib.contextmanager
def _told(purpose: str) -> Iterator[None]:
    try:
        yield
    except InstallError as error:
        raise SetupError(f"{purpose} failed: {error}") from None


def _write_pip_settings() -> None:
    """Put the user's pip settings (mirrors, certificates) into the home that all programs here get.

    The file also serves ansible-test, which runs pip without the variables of its own environment.
    """
    settings = configparser.RawConfigParser()
    for section, options in pip_settings().items():
        section = "global" if section == ":env:" else section
        if not settings.has_section(section):
            settings.add_section(section)
        for option, value in options.items():
            settings.set(section, option, value)
    file = HOME / ".config" / "pip" / "pip.conf"
    file.parent.mkdir(parents=True, exist_ok=True)
    # Addresses of mirrors may hold passwords.
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
        settings.write(stream)


def _report(what: str, started: float) -> None:
    print(f"set up: {what}, {time.monotonic() - started:.0f} s", flush=True)


def main() -> int:
    try:
        wanted = environments(sys.argv[1:])
        set_up(wanted)
    except SetupError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    for environment in wanted:
        print(
            f"ready: {environment.name}, in {environment.directory.relative_to(CHECKOUT)}, with amazon.aws {environment.amazon_aws}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
