# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of a failure as a value, and the messages of waits that lasted too long. Pure."""

from __future__ import annotations

from typing import Any
from typing import Dict

from ..core import failure_causes
from .progress import State

NO_CONTAINER = "No container was started for this, so there are no logs."
NOT_READ = "This run started no container, so no logs were read."


def failure(what: str, name: Any, **known: Any) -> Dict[str, Any]:
    """Return the report of a failure, with all its keys. known: those that are not empty."""
    return {
        "what": what,
        "name": name,
        "status": None,
        "reason": "",
        "cause": failure_causes.UNKNOWN.name,
        "remedy": "",
        "rolled_back": False,
        "serving": {"endpoint_config_name": None, "variants": []},
        "log_group": None,
        "log_lines": [],
        "log_note": None,
        "command": None,
        **known,
    }


def still(noun: str, state: State, seconds: float) -> str:
    """Return the message of a wait that lasted too long, without its remedy. noun: the kind of thing that was awaited."""
    details = f": {'; '.join(state.details)}" if state.details else ""
    return f"{noun} {state.name} is still {state.status} after {seconds:.0f} s (wait_timeout){details}. The operation continues in AWS."
