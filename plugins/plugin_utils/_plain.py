# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values of Ansible's own types (tagged, encrypted, lazily templated) as plain Python."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any


def plain(value: Any) -> Any:
    """A copy of the value in which all mappings are dicts, all sequences lists, all texts str and nothing is encrypted.

    A date or a time, which YAML makes of what looks like one, is ISO 8601 text, as it is for a module in a process of its own.
    """
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    # A value from a vault is no str before ansible-core 2.19.
    if isinstance(value, str) or getattr(value, "__ENCRYPTED__", False):
        return str(value)
    return value.isoformat() if isinstance(value, datetime.date) else value
