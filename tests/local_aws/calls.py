# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The log of calls: every service, in the order of arrival."""

from __future__ import annotations

import threading
from typing import Any

READING = ("Describe", "List", "Get", "Head", "BatchGet", "Search", "Simulate", "Assume", "Invoke", "Select", "Decode")


def is_mutating(operation: str) -> bool:
    """Whether a call changes what the account has. Invoking and asking for credentials do not."""
    return not operation.startswith(READING)


class CallLog:
    """Entries are {service, operation, region, mutating, request, status, error, time}; status None: not answered."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[dict[str, Any]] = []

    def begin(self, service: str, operation: str, region: str, request: Any, time: float) -> dict[str, Any]:
        entry = {
            "service": service,
            "operation": operation,
            "region": region,
            "mutating": is_mutating(operation),
            "request": request,
            "status": None,
            "error": None,
            "time": time,
        }
        with self._lock:
            self._entries.append(entry)
        return entry

    def list(self) -> list[dict[str, Any]]:
        with self._lock:
            return [dict(entry) for entry in self._entries]

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
