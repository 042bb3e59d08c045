# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A second front end of the modules: on the controller they run inside Ansible's own worker process.

A module in a separate process costs a Python start, the import of boto3 and the loading of the service model for every
task. Workers are forked from a process that already has all that, because Ansible loads the action plugin, and with it
this file, before it forks. In any unusual case the module runs in a separate process as usual, and -vvv says why. The
variable sagemaker_in_process switches this front end off.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Set
from importlib import import_module
from types import ModuleType
from typing import Any

from ansible import constants
from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.parameters import remove_values
from ansible.module_utils.common.warnings import get_warning_messages
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action.normal import ActionModule as OrdinaryAction
from ansible.utils.display import Display
from ansible.utils.unsafe_proxy import wrap_var

from ansible_collections.mlops.sagemaker.plugins.module_utils import (  # pylint: disable=unused-import # noqa: F401
    _bytecode,
)
from ansible_collections.mlops.sagemaker.plugins.module_utils import _garbage
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import module as entry
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import retries
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import secrets
from ansible_collections.mlops.sagemaker.plugins.plugin_utils import _vaulted as vaulted
from ansible_collections.mlops.sagemaker.plugins.plugin_utils._plain import plain

try:
    from botocore import session as botocore_session
    from botocore.exceptions import BotoCoreError
except ImportError:  # reported by AnsibleAWSModule
    botocore_session = None

display = Display()

# Variables that default to true: whether modules run in this process, and whether those that do report the progress of
# waits.
SWITCH = "sagemaker_in_process"
PROGRESS = "sagemaker_endpoint_progress"
# The environment variable that also disables progress lines.
PROGRESS_IN_ENVIRONMENT = "MLOPS_SAGEMAKER_PROGRESS"


# The services that most runs of the Ansible role call.
PRELOADED_SERVICES = ("sagemaker", "application-autoscaling", "iam", "resourcegroupstaggingapi", "sts")


def _preloaded_loader() -> Any:
    """Return a botocore loader with the data that every client reads, in particular the service models.

    Workers inherit it. It caches by arguments, so the calls here are those of botocore. None without botocore.
    """
    if botocore_session is None:
        return None
    loader = botocore_session.create_loader()
    # Data that an old botocore lacks causes an error where it is needed.
    with contextlib.suppress(BotoCoreError):
        for service in PRELOADED_SERVICES:
            for kind in ("service-2", "endpoint-rule-set-1"):
                loader.load_service_model(service, kind, api_version=None)
        for name in ("endpoints", "partitions", "sdk-default-configuration", "_retry"):
            loader.load_data(name)
    return loader


LOADER = _preloaded_loader()
_garbage.keep_loaded()


class ModuleExit(SystemExit):
    """The module has ended. result: its result."""

    def __init__(self, result: dict[str, Any]) -> None:
        super().__init__(int(bool(result.get("failed"))))
        self.result = result


class InProcessAction(OrdinaryAction):
    """An action that can run modules in this process. module_name: the file of the Ansible module that a subclass stands
    for."""

    module_name = ""
    module: ModuleType
    # Whether lines of progress are shown.
    _tells = True

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if cls.module_name:
            cls.module = import_module(f"ansible_collections.mlops.sagemaker.plugins.modules.{cls.module_name}")

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        with self._secrets_marked(task_vars or {}):
            if not self.can_run_in_process(task_vars or {}):
                return self._run_as_process(tmp, task_vars)
            self._tells = self._is_true(PROGRESS, task_vars or {})
            # Skip the run method of the ordinary action, which would start a process.
            super(OrdinaryAction, self).run(tmp, task_vars)
            return self.run_in_process(self._task.action, self.module, self._task.args)

    def _run_as_process(self, tmp: Any, task_vars: dict[str, Any] | None) -> dict[str, Any]:
        """Run the module in a separate process. On this host it gets the process id of Ansible, except for an
        asynchronous task."""
        if self._connection.transport == "local" and not self._task.async_val:
            self._task.environment = [*(self._task.environment or []), {retries.CONTROLLER: str(os.getppid())}]
        return super().run(tmp, task_vars)

    @contextlib.contextmanager
    def _secrets_marked(self, task_vars: Mapping[str, Any]) -> Iterator[None]:
        """Add values from ansible-vault to the secrets, because modules cannot recognise them, and hide all secrets
        from callbacks."""
        # The same action object runs again if the task repeats.
        self._given = args = getattr(self, "_given", self._task.args)
        keys = vaulted.environment_keys(args, task_vars)
        if keys:
            args = {**args, secrets.OPTION: sorted({*keys, *secrets.listed_keys(args.get(secrets.OPTION))})}
        self._task.args = args
        with self._arguments_hidden(keys):
            yield

    @contextlib.contextmanager
    def _arguments_hidden(self, keys: Set[str]) -> Iterator[None]:
        """Mask the secrets in the task's arguments after the task, because callbacks get them. keys: the keys of
        secrets."""
        try:
            yield
        finally:
            given = plain(self._task.args)
            shown = secrets.masked_arguments(given, keys)
            self._task.args = remove_values(shown, {*secrets.secret_values(given, shown)})

    def can_run_in_process(self, task_vars: Mapping[str, Any]) -> bool:
        """Return whether a module would run on this machine, as this user and in this Python anyway, and may run in this process."""
        obstacle = next(self._obstacles(task_vars), None)
        if obstacle:
            display.vvv(
                f"{self._task.action} runs in a separate process: {obstacle}", task_vars.get("inventory_hostname")
            )
        return obstacle is None

    def _obstacles(self, task_vars: Mapping[str, Any]) -> Iterator[str]:
        """Yield the reasons why a module cannot run in this process, for the end of a message."""
        if not self._is_true(SWITCH, task_vars):
            yield f"{SWITCH} is false."
        if self._connection.transport != "local":
            yield f"the connection is {self._connection.transport}, not local."
        if self._connection.become:
            yield "the task runs with become."
        if self._task.async_val:
            yield "the task is asynchronous."
        if constants.DEFAULT_KEEP_REMOTE_FILES:
            yield "Ansible keeps the files of modules (ANSIBLE_KEEP_REMOTE_FILES)."
        if sys.platform == "darwin":
            yield "macOS does not let its system libraries be used for the first time after a fork."
        interpreter = self._interpreter(task_vars)
        if interpreter != sys.executable:
            yield f"ansible_python_interpreter is {interpreter or 'not set'}, and Ansible runs in {sys.executable}."

    def _is_true(self, name: str, task_vars: Mapping[str, Any]) -> bool:
        """Return a variable that is true unless given. Raises AnsibleActionFail if it is not a boolean."""
        value = self._templar.template(task_vars.get(name, True))
        if value in (None, ""):
            return True
        try:
            return boolean(value)
        except TypeError:
            raise AnsibleActionFail(f"{name}: must be true or false, got {value!r}.") from None

    def _interpreter(self, task_vars: Mapping[str, Any]) -> str:
        """Return the Python interpreter of the task's host, '' if Ansible would discover it."""
        delegated = task_vars.get("ansible_delegated_vars") or {}
        variables = {**task_vars, **(delegated.get(self._task.delegate_to) or {})}
        return str(self._templar.template(variables.get("ansible_python_interpreter", "")))

    def run_in_process(
        self, name: str, module: ModuleType, args: Mapping[str, Any], deprecations: bool = True
    ) -> dict[str, Any]:
        """Run a module that uses AnsibleAWSModule, and return its result. deprecations: whether to report its
        deprecations."""
        internal = {
            "_ansible_check_mode": self._task.check_mode,
            "_ansible_diff": self._task.diff,
            "_ansible_no_log": self._task.no_log,
            "_ansible_verbosity": display.verbosity,
            "_ansible_debug": constants.DEFAULT_DEBUG,
            "_ansible_syslog_facility": constants.DEFAULT_SYSLOG_FACILITY,
            "_ansible_module_name": name,
        }
        # Serialised as for a separate process.
        options = json.loads(json.dumps({**plain(args), **internal}, default=_as_text))
        seen = len(get_warning_messages())
        with (
            self._environment(),
            _shared_loader(),
            entry.module_class(_module_class(options, deprecations, self._tells)),
        ):
            result = _result_of(name, module)
        # Since ansible-core 2.19 Ansible collects the warnings.
        warnings = list(get_warning_messages())[seen:]
        return wrap_var({**result, **({"warnings": warnings} if warnings else {})})

    @contextlib.contextmanager
    def _environment(self) -> Iterator[None]:
        """Set the task's environment variables while a module runs."""
        added: dict[str, str] = {}
        self._compute_environment_string(added)
        before = dict(os.environ)
        os.environ.update({name: str(value) for name, value in added.items()})
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def _result_of(name: str, module: ModuleType) -> dict[str, Any]:
    try:
        module.main()
    except ModuleExit as module_exit:
        return module_exit.result
    raise RuntimeError(f"{name} ended without a result.")


def _is_silenced() -> bool:
    """Return whether the environment says that nobody is to hear of waits."""
    return not boolean(os.environ.get(PROGRESS_IN_ENVIRONMENT) or True, strict=False)


def _module_class(options: dict[str, Any], deprecations: bool, tells: bool) -> type[entry.SecretMaskingModule]:
    class InProcessModule(entry.SecretMaskingModule):
        """Take the options from the task, and return the result to the action instead of printing it."""

        def _load_params(self) -> None:
            self.params = options

        def deprecate(self, *args: Any, **kwargs: Any) -> None:
            if deprecations:
                # pylint: disable-next=ansible-deprecated-no-version,ansible-deprecated-no-collection-name
                super().deprecate(*args, **kwargs)

        def tell(self, line: str) -> None:
            if tells and not self.no_log and not _is_silenced():
                # A worker has no standard error. The main process writes its displayed lines at once.
                display.display(remove_values(line, self.no_log_values), stderr=True)

        def _finish(self, result: dict[str, Any]) -> None:
            self._hide_secrets()
            # ansible-core 2.21 makes this a setting. Earlier versions always include it.
            injected = getattr(constants, "INJECT_INVOCATION", True)
            shown = {"invocation": {"module_args": self.params}} if injected else {}
            clean = remove_values({**result, **shown}, self.no_log_values)
            # Null and booleans reveal nothing, so they are not masked.
            kept = {key: value for key, value in result.items() if value is None or isinstance(value, bool)}
            raise ModuleExit(json.loads(json.dumps({**clean, **kept}, default=_as_text)))

        def exit_json(self, **kwargs: Any) -> None:
            self._finish({"changed": False, **kwargs})

        def fail_json(self, msg: str, **kwargs: Any) -> None:
            self._finish({"changed": False, **kwargs, "failed": True, "msg": self.whole(msg)})

    return InProcessModule


@contextlib.contextmanager
def _shared_loader() -> Iterator[None]:
    """Let new botocore sessions use the preloaded loader, except those with a custom data folder."""
    if LOADER is None:
        yield
        return
    create = botocore_session.create_loader
    botocore_session.create_loader = lambda folders=None: create(folders) if folders else LOADER
    try:
        yield
    finally:
        botocore_session.create_loader = create


def _as_text(value: Any) -> str:
    """Return a date as text, because JSON has no dates."""
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
