# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values of Ansible's own types (tagged, encrypted, lazily templated) as plain Python."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any


def plain(value: Any) -> Any:
    """Return a copy in which all mappings are dicts, all sequences lists, all texts str and nothing is encrypted.

    A date or time, which YAML creates from unquoted text, becomes ISO 8601 text, as for a module in a separate process.
    """
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    # Before ansible-core 2.19 a value from a vault is not a str.
    if isinstance(value, str) or getattr(value, "__ENCRYPTED__", False):
        return str(value)
    return value.isoformat() if isinstance(value, datetime.date) else value
