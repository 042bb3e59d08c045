# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A callback plugin that writes what a play did, one JSON object a line, for the tests to read.

The file is named by the environment variable PLAY_RECORD. Two kinds of line: ``{"kind": "task", ...}`` for each finished task (a loop is one
task that holds its items), and one ``{"kind": "stats", ...}`` at the end.
"""

from __future__ import annotations

import json
import os
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: record
type: aggregate
short_description: Write the results of a play as JSON lines
description: Write each task result and the final statistics to the file named by the environment variable PLAY_RECORD.
author: mlops.sagemaker maintainers
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "record"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        # The items of the loop that runs now. The result of the loop holds them too, but newer versions of ansible-core do not say there which failed.
        self._items: list[dict[str, Any]] = []

    def v2_runner_item_on_ok(self, result: Any) -> None:
        self._items.append(_outcome(result))

    def v2_runner_item_on_failed(self, result: Any) -> None:
        self._items.append(_outcome(result, failed=True))

    def v2_runner_item_on_skipped(self, result: Any) -> None:
        self._items.append(_outcome(result, skipped=True))

    def v2_runner_on_ok(self, result: Any) -> None:
        self._write_task(result, _outcome(result))

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._write_task(result, _outcome(result, failed=True, ignored=ignore_errors))

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._write_task(result, _outcome(result, failed=True))

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._write_task(result, _outcome(result, skipped=True))

    def v2_playbook_on_stats(self, stats: Any) -> None:
        hosts = {host: stats.summarize(host) for host in stats.processed}
        self._write({"kind": "stats", "hosts": hosts, "custom": stats.custom})

    def _write_task(self, result: Any, outcome: dict[str, Any]) -> None:
        # ansible-core 2.19 has a public name for the task and deprecates the private one that older versions have.
        task = getattr(result, "task", None) or result._task
        self._write({"kind": "task", "task": task.get_name(), "action": task.action, **outcome, "items": self._items})
        self._items = []

    def _write(self, line: dict[str, Any]) -> None:
        with open(os.environ["PLAY_RECORD"], "a", encoding="utf-8") as record:
            record.write(json.dumps(line, default=str) + "\n")


def _outcome(result: Any, failed: bool = False, skipped: bool = False, ignored: bool = False) -> dict[str, Any]:
    values = getattr(result, "result", None) or result._result
    # ansible-core 2.19 has a public name for the task and deprecates the private one that older versions have.
    task = getattr(result, "task", None) or result._task
    return {
        "arguments": {} if task.no_log else task.args,
        "result": values,
        "changed": bool(values.get("changed")),
        "failed": failed,
        "skipped": skipped,
        "ignored": ignored,
    }
