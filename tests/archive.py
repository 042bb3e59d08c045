# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the demo from the archive that is published, in a collections path that holds nothing but it and amazon.aws.

A collection has to work without its other folders, so what is installed is cut down to those that Ansible uses. The exit code is 0 only if the
archive has what git has, and the demo does what it promises.
"""

from __future__ import annotations

import fnmatch
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

import yaml
from demo import Demo
from demo import DemoError

from environments import CACHE
from environments import CHECKOUT
from environments import Environment
from environments import environments
from local_aws.process import LocalAws

USED = ("meta", "playbooks", "plugins", "roles")
# What the build adds.
ADDED = {"FILES.json", "MANIFEST.json"}


def build(environment: Environment, folder: Path) -> Path:
    """Build the archive from the checkout into a folder, and return its path."""
    _galaxy(environment, "build", "--output-path", str(folder), str(CHECKOUT))
    (archive,) = folder.glob("*.tar.gz")
    return archive


def install(environment: Environment, archive: Path, collections: Path) -> Path:
    """Install the archive beside amazon.aws, and return its folder."""
    collections.mkdir()
    # By default it would find the checkout in the environment's own path, and install nothing.
    _galaxy(environment, "install", "--force", "--no-deps", "--offline", "-p", str(collections), str(archive))
    (collections / "ansible_collections" / "amazon").mkdir()
    others = environment.collections / "ansible_collections" / "amazon" / "aws"
    (collections / "ansible_collections" / "amazon" / "aws").symlink_to(others.resolve())
    return collections / "ansible_collections" / "mlops" / "sagemaker"


def differences(archive: Path) -> Iterator[str]:
    """Yield what the archive has that git does not, or lacks although galaxy.yml does not leave it out."""
    with tarfile.open(archive) as opened:
        built = {member.name for member in opened.getmembers() if member.isfile()} - ADDED
    ignored = yaml.safe_load((CHECKOUT / "galaxy.yml").read_text())["build_ignore"]
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout.splitlines()
    known = {
        name
        for name in names
        if (CHECKOUT / name).is_file()
        and name != "galaxy.yml"
        and not any(fnmatch.fnmatch(part, pattern) for pattern in ignored for part in _beginnings(name))
    }
    yield from (f"the archive has {name}, which git does not" for name in sorted(built - known))
    yield from (f"the archive lacks {name}" for name in sorted(known - built))


def _beginnings(name: str) -> Iterator[str]:
    """Yield the path and its folders, as galaxy.yml names them from the root."""
    yield name
    yield from (str(parent) for parent in Path(name).parents)


def _galaxy(environment: Environment, *arguments: str) -> None:
    command = [environment.program("ansible-galaxy"), "collection", *arguments]
    done = subprocess.run(command, env=environment.variables(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise DemoError(f"ansible-galaxy collection {arguments[0]} failed: {done.stdout}{done.stderr}")


def main() -> int:
    environment = environments(["run"])[0]
    try:
        with tempfile.TemporaryDirectory(dir=CACHE) as scratch, LocalAws(creating=0.5, deleting=0.5) as aws:
            folder = Path(scratch)
            archive = build(environment, folder)
            if found := list(differences(archive)):
                raise DemoError("\n".join(found))
            installed = install(environment, archive, folder / "collections")
            shutil.copytree(installed / "examples", folder / "examples")
            for path in installed.iterdir():
                if path.is_dir() and path.name not in USED:
                    shutil.rmtree(path)
                elif path.is_file():
                    path.unlink()
            Demo(aws, folder, folder, folder / "collections").run()
    except DemoError as error:
        print(f"\nThe archive does not work: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
