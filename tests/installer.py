# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make virtual environments and install packages into them: with uv, which takes a tenth of pip's time, or with pip where uv cannot be had.

Both obey the settings that the user has for pip (mirrors, certificates, constraints) and use the user's own package cache where there is one.
Only the standard library is needed.
"""

from __future__ import annotations

import ast
import functools
import os
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

# What pip calls a setting, the variable of uv for it, and what separates several values there.
UV_VARIABLES = {
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "constraint": ("UV_CONSTRAINT", " "),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "cert": ("SSL_CERT_FILE", " "),
    "client-cert": ("SSL_CLIENT_CERT", " "),
    "proxy": ("ALL_PROXY", " "),
    "timeout": ("UV_HTTP_TIMEOUT", " "),
    "default-timeout": ("UV_HTTP_TIMEOUT", " "),
}
# As pip does: the best version of all indexes, and no Python that is not on this machine.
UV_MANNERS = {"UV_INDEX_STRATEGY": "unsafe-best-match", "UV_PYTHON_DOWNLOADS": "never", "UV_NO_CONFIG": "1"}


class InstallError(Exception):
    """The installer's own output says what went wrong."""


class Installer:
    """Installs into environments. ``folder``: where uv, and a package cache where the user has none, are kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._making = threading.Lock()
        self._uv: str | None = None

    def make(self, directory: Path, python: str, variables: Mapping[str, str]) -> None:
        """Make a virtual environment with pip in it."""
        shutil.rmtree(directory, ignore_errors=True)
        if uv := self.uv(variables):
            try:
                return run(
                    [uv, "venv", "--quiet", "--seed", "--python", python, str(directory)], self._for_uv(variables)
                )
            except InstallError:
                shutil.rmtree(directory, ignore_errors=True)
        return run([python, "-m", "venv", str(directory)], variables)

    def install(self, python: str, requirements: list[str], variables: Mapping[str, str]) -> None:
        """Install into the environment of that Python. requirements: arguments of pip install."""
        if uv := self.uv(variables):
            try:
                return run(
                    [uv, "pip", "install", "--quiet", "--python", python, *requirements], self._for_uv(variables)
                )
            except InstallError as error:
                print(f"set up: uv cannot install this, so pip tries. {error}", flush=True)
        return self.pip(python, ["install", "--quiet", *requirements], variables)

    def pip(self, python: str, arguments: list[str], variables: Mapping[str, str]) -> None:
        cache = {"PIP_CACHE_DIR": _pip_cache(str(self.folder / "pip")), "NETRC": str(Path.home() / ".netrc")}
        run([python, "-m", "pip", *arguments], {**variables, **cache})

    def uv(self, variables: Mapping[str, str]) -> str | None:
        """Return the path of uv, which is installed once for a checkout; None where it cannot be."""
        with self._making:
            if self._uv is None:
                self._uv = self._install_uv(variables)
            return self._uv or None

    def _install_uv(self, variables: Mapping[str, str]) -> str:
        directory = self.folder / "uv"
        program = directory / "bin" / "uv"
        try:
            if not program.exists():
                shutil.rmtree(directory, ignore_errors=True)
                run([sys.executable, "-m", "venv", str(directory)], variables)
                wheel = ["install", "--quiet", "--only-binary=:all:", "uv>=0.8"]
                self.pip(str(directory / "bin" / "python"), wheel, variables)
            run([str(program), "--version"], variables)
        except InstallError as error:
            print(f"set up: uv cannot be installed, so pip does its work, which takes longer. {error}", flush=True)
            return ""
        return str(program)

    def _for_uv(self, variables: Mapping[str, str]) -> dict[str, str]:
        own = Path(os.environ.get("UV_CACHE_DIR") or Path.home() / ".cache" / "uv")
        cache = own if os.access(own, os.W_OK) else self.folder / "uv-cache"
        return {
            **variables,
            **UV_MANNERS,
            **as_uv_variables(pip_settings()),
            "UV_CACHE_DIR": str(cache),
            "NETRC": str(Path.home() / ".netrc"),
        }


def as_uv_variables(settings: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return pip's settings for installing as uv's variables. settings: {section: {option: value}}, the later section wins."""
    merged = {
        option: value
        for section in ("global", "install", ":env:")
        for option, value in settings.get(section, {}).items()
    }
    found = {
        variable: separator.join(merged[option].split())
        for option, (variable, separator) in UV_VARIABLES.items()
        if merged.get(option)
    }
    return {
        **found,
        **({"UV_NO_INDEX": "1"} if merged.get("no-index", "").lower() in ("1", "true", "yes", "on") else {}),
    }


@functools.cache
def pip_settings() -> dict[str, dict[str, str]]:
    """Return the user's settings of pip: {section: {option: value}}."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    settings: dict[str, dict[str, str]] = {}
    for line in answer.stdout.splitlines():
        name, _equals, value = line.partition("=")
        section, _dot, option = name.rpartition(".")
        settings.setdefault(section, {})[option] = ast.literal_eval(value)
    return settings


@functools.cache
def _pip_cache(otherwise: str) -> str:
    """The user's package cache if there is one. It is not made: nothing appears in the user's home because of this checkout."""
    answer = subprocess.run([sys.executable, "-m", "pip", "cache", "dir"], capture_output=True, text=True, check=False)
    directory = answer.stdout.strip()
    return directory if answer.returncode == 0 and os.access(directory, os.W_OK) else otherwise


def run(command: list[str], variables: Mapping[str, str]) -> None:
    """Run a command. Raises InstallError with its output."""
    done = subprocess.run(
        command,
        check=False,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        raise InstallError(f"{shlex.join(command)} failed:\n{done.stdout}")
