# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a module of this collection with a dictionary as its options. Ansible warns of a task whose args are a variable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

COLLECTION = "mlops.sagemaker"


class ActionModule(ActionBase):
    """See the documentation of the module of the same name."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_diff = True

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        # What remains is how to connect, from module_defaults.
        connection = dict(self._task.args)
        name, options = connection.pop("name", None), connection.pop("options", None)
        if not isinstance(options, Mapping):
            raise AnsibleActionFail(f"options: must be a dictionary, got {options!r}.")
        task = self._task.copy()
        task.action = f"{COLLECTION}.{name}"
        task.args = {**connection, **options}
        action = self._shared_loader_obj.action_loader.get(
            task.action,
            task=task,
            connection=self._connection,
            play_context=self._play_context,
            loader=self._loader,
            templar=self._templar,
            shared_loader_obj=self._shared_loader_obj,
        )
        if action is None:
            raise AnsibleActionFail(f"name: must be a module of {COLLECTION}, got {name!r}.")
        try:
            return action.run(task_vars=task_vars)
        finally:
            # The action has masked its secrets, and callbacks get the arguments.
            self._task.args = {"name": name, "options": task.args}
