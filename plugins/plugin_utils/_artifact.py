# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The outputs of the role as set_stats hands them on to the next node of a workflow in AWX.

AWX gives them to that node as extra variables, with each text as ``!unsafe '...'``. ansible-core 2.19 and later reads such a text like one
without quotes, and cannot read some characters that mean something to YAML where they stand alone: every play of the node fails. IAM policies
hold one of them as a rule.
"""

from __future__ import annotations

import json
from typing import Any
from typing import Dict
from typing import Mapping

# The texts that ansible-core cannot read.
UNREADABLE = ("*", "&", "!", "=", "<<")
# A key that IAM policies have, and nothing else in the outputs.
STATEMENT = "Statement"


def artifact(outputs: Mapping[str, Any]) -> Dict[str, Any]:
    """Return the outputs with each IAM policy, and each text that cannot be read, as JSON text."""
    return {name: _readable(value) for name, value in outputs.items()}


def _readable(value: Any) -> Any:
    if isinstance(value, Mapping):
        return json.dumps(value) if STATEMENT in value else artifact(value)
    if isinstance(value, list):
        return [_readable(item) for item in value]
    return json.dumps(value) if value in UNREADABLE else value
