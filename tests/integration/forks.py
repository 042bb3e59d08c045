# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Start Ansible once and fork it for each play, because importing it is about half the time of a short play.

A server process imports ansible-playbook, its plugins, boto3 and the collection, and forks a child for each run. The child takes over the
run's arguments, environment, working directory and output, reads Ansible's settings again, and calls the main function of ansible-playbook.

Run as a program, this file is the server. It needs Ansible and the standard library only, because it runs in the Python of the
ansible-playbook under test.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import importlib
import json
import os
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from typing import Optional

# The server imports first, which takes a busy machine some time. One that has not begun a run after so many seconds hangs.
BEGUN_WITHIN = 300.0

# Settings that are read again in the child. Any other of Ansible's or Python's variables takes effect while the server imports.
REREAD = frozenset({"ANSIBLE_CONFIG", "ANSIBLE_HOME", "ANSIBLE_KEEP_REMOTE_FILES", "ANSIBLE_INJECT_INVOCATION"})


class Forked:
    """A run in a child of the server, with the methods of subprocess.Popen that the tests use."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._told = b""
        self.returncode: Optional[int] = None
        self.pid = int(self._line(BEGUN_WITHIN))

    def poll(self) -> Optional[int]:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: Optional[float] = None) -> int:
        if self.returncode is None:
            self.returncode = int(self._line(timeout))
            self._connection.close()
        return self.returncode

    def _line(self, timeout: Optional[float]) -> bytes:
        self._connection.settimeout(timeout)
        while b"\n" not in self._told:
            try:
                received = self._connection.recv(64)
            except (TimeoutError, BlockingIOError):
                raise subprocess.TimeoutExpired("ansible-playbook", timeout or 0) from None
            if not received:
                raise ConnectionError("the server that forks ansible-playbook has ended")
            self._told += received
        line, self._told = self._told.split(b"\n", 1)
        return line


class Server:
    """Forks runs of one ansible-playbook. ``environment``: what it imports Ansible with; runs may differ in REREAD and in what is not Ansible's."""

    def __init__(self, ansible_playbook: Path, environment: Mapping[str, str]) -> None:
        # The server removes it too, in case that this process is killed.
        self._folder = tempfile.TemporaryDirectory(prefix="forks-", ignore_cleanup_errors=True)
        # Nobody's configuration and nobody's home.
        configuration = Path(self._folder.name, "ansible.cfg")
        configuration.touch()
        self._environment = {**environment, "ANSIBLE_CONFIG": str(configuration), "ANSIBLE_HOME": self._folder.name}
        self._address = str(Path(self._folder.name, "socket"))
        self._log = Path(self._folder.name, "log")
        with socket.socket(socket.AF_UNIX) as listener, self._log.open("w") as log:
            listener.bind(self._address)
            listener.listen(16)
            # It ends when its standard input does: with this process, however that ends.
            self._process = subprocess.Popen(
                [str(ansible_playbook.with_name("python")), __file__, str(listener.fileno())],
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=[listener.fileno()],
            )

    def can_run(self, environment: Mapping[str, str]) -> bool:
        """Return whether a run in this environment behaves like a process of its own."""
        return _settings(environment) == _settings(self._environment)

    def start(self, command: Sequence[str], environment: Mapping[str, str], cwd: Path, output: Path) -> Forked:
        connection = socket.socket(socket.AF_UNIX)
        job = {"command": list(command), "environment": dict(environment), "cwd": str(cwd), "output": str(output)}
        try:
            connection.connect(self._address)
            connection.sendall(json.dumps(job).encode() + b"\n")
            return Forked(connection)
        except (ConnectionError, subprocess.TimeoutExpired) as error:
            raise AssertionError(f"ansible-playbook was not forked: {error}\n{self._log.read_text()}") from error


@functools.cache
def server(ansible_playbook: Path, settings: tuple[tuple[str, str], ...]) -> Server:
    """Return the server of this process for an ansible-playbook and the variables of its environment."""
    return Server(ansible_playbook, dict(settings))


def _settings(environment: Mapping[str, str]) -> dict[str, str]:
    chosen = ("ANSIBLE_", "PYTHON", "LC_", "LANG")
    return {name: value for name, value in environment.items() if name.startswith(chosen) and name not in REREAD}


# The server


def serve(listener: socket.socket) -> dict[str, Any]:
    """Fork a child for each job that arrives, and report its process id and its exit code. Return the job in the child."""
    awake, wake = socket.socketpair()
    for end in (awake, wake):
        end.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.set_wakeup_fd(wake.fileno())
    waiting = selectors.DefaultSelector()
    for source in (sys.stdin, listener, awake):
        waiting.register(source, selectors.EVENT_READ)
    running: dict[int, socket.socket] = {}
    while True:
        ready = {key.fileobj for key, _events in waiting.select()}
        if sys.stdin in ready:
            shutil.rmtree(os.environ["ANSIBLE_HOME"], ignore_errors=True)
            os._exit(0)
        if awake in ready:
            with contextlib.suppress(BlockingIOError):
                awake.recv(4096)
            _report_ended(running)
        if listener in ready:
            connection, _address = listener.accept()
            job = json.loads(connection.makefile().readline())
            pid = os.fork()
            if pid == 0:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                waiting.close()
                for inherited in (listener, awake, wake, connection, *running.values()):
                    inherited.close()
                return job
            running[pid] = connection
            _tell(connection, pid)


def _report_ended(running: dict[int, socket.socket]) -> None:
    while running:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        with running.pop(pid) as connection:
            _tell(connection, os.waitstatus_to_exitcode(status))


def _tell(connection: socket.socket, number: int) -> None:
    """Send a number to whoever started a run, and may have ended since."""
    with contextlib.suppress(OSError):
        connection.sendall(b"%d\n" % number)


# The kinds of plugins that a play looks through or uses whatever its tasks are. Not "vars": Ansible runs those only that it has looked for
# itself, so host_vars and group_vars would be left out.
LOADERS = (
    "callback",
    "connection",
    "shell",
    "become",
    "cache",
    "inventory",
    "strategy",
    "filter",
    "test",
    "lookup",
)


def preload() -> None:
    """Import what every play needs. Plugins come through Ansible's loaders, which read their settings in their documentation."""
    import boto3  # noqa: F401

    from ansible.cli import playbook  # noqa: F401
    from ansible.plugins import loader

    loader.init_plugin_loader()
    for kind in LOADERS:
        for _plugin in getattr(loader, f"{kind}_loader").all(class_only=True):
            pass
    names = ["ansible_collections.amazon.aws.plugins.module_utils.modules"]
    import ansible_collections.mlops.sagemaker as collection

    for kind in ("action", "filter", "lookup"):
        folder = Path(collection.__path__[0], "plugins", kind)
        names += [f"{collection.__name__}.plugins.{kind}.{file.stem}" for file in sorted(folder.glob("*.py"))]
    names += [f"ansible.plugins.action.{name}" for name in ("normal", "debug", "set_fact", "assert", "fail")]
    names += ["ansible.executor.task_queue_manager", "ansible.executor.process.worker"]
    for name in names:
        importlib.import_module(name)


def keep_compiled_templates(folder: str) -> None:
    """Let all plays share what Jinja makes of a template, in files, as it does itself for templates that come from files."""
    import jinja2

    kept = jinja2.FileSystemBytecodeCache(folder)
    compile_anew = jinja2.Environment.compile

    def compiled(self: Any, source: Any, *arguments: Any, **options: Any) -> Any:
        # An expression comes parsed, and its representation is all that it holds. Of a text, Ansible may change the delimiters and what a
        # backslash means.
        text = source if isinstance(source, str) else repr(source)
        if arguments or options or self.overlayed or (text is source and "\\" in text):
            return compile_anew(self, source, *arguments, **options)
        bucket = kept.get_bucket(self, type(self).__name__ + text, None, text)
        if bucket.code is None:
            bucket.code = compile_anew(self, source)
            kept.set_bucket(bucket)
        return bucket.code

    jinja2.Environment.compile = compiled  # type: ignore[method-assign]


def play(job: Mapping[str, Any], definitions: Any, holders: Sequence[Any]) -> None:
    """Become ansible-playbook: what a shell and Python's start do for a process of its own, then its main function."""
    os.setsid()
    with open(os.devnull, "rb") as nothing, open(job["output"], "ab") as output:
        os.dup2(nothing.fileno(), 0)
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    os.chdir(job["cwd"])
    os.environ.clear()
    os.environ.update(job["environment"])
    sys.argv[:] = job["command"]
    _reread_settings(definitions, holders)
    # It was, with the same path.
    warnings.filterwarnings("ignore", "AnsibleCollectionFinder has already been configured")
    from ansible.cli.playbook import main

    try:
        main()
    except SystemExit as end:
        STATUS.append(end.code)
        raise


# The exit status of a play that has ended.
STATUS: list[Any] = []


def leave() -> None:
    """End a play at once, after all other functions of atexit: a Python that takes its modules apart needs longer than a short play."""
    if STATUS and isinstance(STATUS[0], int):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(STATUS[0])


def settings() -> Any:
    """Return the definitions of Ansible's settings, which take long to read."""
    from ansible import config
    from ansible.config.manager import ConfigManager

    return ConfigManager()._read_config_yaml_file(str(Path(config.__path__[0], "base.yml")))


def holders_of_settings() -> list[Any]:
    """Return the modules that hold Ansible's settings by name."""
    from ansible import constants

    return [module for module in list(sys.modules.values()) if getattr(module, "config", None) is constants.config]


def _reread_settings(definitions: Any, holders: Sequence[Any]) -> None:
    """Make Ansible's settings anew, for the modules that hold them as well."""
    from ansible import constants
    from ansible.config.manager import ConfigManager

    before = constants.config
    ConfigManager._read_config_yaml_file = lambda self, file: definitions
    importlib.reload(constants)
    # Those of plugins, which were imported and are not read again.
    constants.config._plugins = before._plugins
    for module in holders:
        module.config = constants.config


if __name__ == "__main__":
    # What is registered first is called last.
    atexit.register(leave)
    preload()
    definitions, holders = settings(), holders_of_settings()
    keep_compiled_templates(os.environ["ANSIBLE_HOME"])
    # A play is short: what garbage it leaves is not worth the search, which would also copy what plays share with this process.
    gc.collect()
    gc.disable()
    play(serve(socket.socket(fileno=int(sys.argv[1]))), definitions, holders)
