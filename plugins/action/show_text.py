# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shows a text as it is. A callback that prints results as JSON would show its lines as one, with \\n between them."""

from __future__ import annotations

from typing import Any

from ansible import constants
from ansible.errors import AnsibleActionFail
from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

display = Display()

# Callbacks that print results in the format of the option result_format, which is JSON unless a user sets it. AWX's is the same one.
FORMATTING_CALLBACKS = ("default", "ansible.builtin.default", "awx_display")


class ActionModule(ActionBase):
    """See the documentation of the module of the same name."""

    TRANSFERS_FILES = False
    _VALID_ARGS = frozenset({"text", "failure"})
    _supports_check_mode = True
    _supports_diff = False

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        given = self._task.args.get("text")
        lines = given if isinstance(given, list) else [given]
        if not lines or not all(isinstance(line, str) for line in lines):
            raise AnsibleActionFail(f"text: must be a text or a list of lines, got {given!r}.")
        result.update(changed=False, msg="\n".join(lines))
        failure = self._task.args.get("failure")
        if failure is not None:
            result.update(failed=True, failure=failure)
        elif _is_shown_as_json():
            display.display(result["msg"])
        else:
            # Ansible shows the result of such a task without -v.
            result["_ansible_verbose_always"] = True
        return result


def _is_shown_as_json() -> bool:
    """Return whether the callback prints a text of several lines as one."""
    if constants.DEFAULT_STDOUT_CALLBACK not in FORMATTING_CALLBACKS:
        return False
    try:
        return (
            constants.config.get_config_value("result_format", plugin_type="callback", plugin_name="default") == "json"
        )
    except AnsibleError:
        return True
