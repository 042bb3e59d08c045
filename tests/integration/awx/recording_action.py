# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stands in a test in the place of each module of awx.awx: validates the arguments as the module does, and writes them down.

It is copied beside a modules.json. AWX itself is not there.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase

HERE = Path(__file__).parent


class ActionModule(ActionBase):
    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        module = self._task.resolved_action.rpartition(".")[2]
        spec = json.loads((HERE / "modules.json").read_text())["modules"][module]
        arguments = json.loads(json.dumps(self._task.args))
        checked = ArgumentSpecValidator(spec).validate(arguments)
        if checked.error_messages:
            return {**result, "failed": True, "msg": "; ".join(checked.error_messages)}
        given = {name: checked.validated_parameters[name] for name in arguments}
        with (HERE / "record.jsonl").open("a") as record:
            record.write(json.dumps({"module": module, "arguments": given}) + "\n")
        return {**result, "changed": True}
