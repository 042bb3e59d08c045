# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults on order: throttling, 5xx, dropped connections, lost answers; and a limit of calls a second."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from local_aws.wire import AwsError

# kind -> code, text and status. "reset" drops the connection before the call is handled, "lost" after it.
ERRORS: dict[str, tuple[str, str, int]] = {
    "throttle": ("ThrottlingException", "Rate exceeded", 400),
    "error500": ("InternalFailure", "We encountered an internal error. Please try again.", 500),
    "error503": ("ServiceUnavailable", "Service is unable to handle request.", 503),
    "denied": ("AccessDeniedException", "User is not authorized to perform this operation.", 400),
    "model_error": ("ModelError", "Received server error (500) from primary container.", 424),
}
# What the model itself answered comes along with its error. behaviour 7.8
MODEL_ERROR = {"OriginalStatusCode": 500, "OriginalMessage": "Internal Server Error"}
KINDS = (*ERRORS, "reset", "lost", "error")


@dataclass
class Fault:
    operations: list[str]  # names or patterns such as "Create*"
    kind: str
    times: int
    after: int  # matching calls that pass before the first fault
    service: str
    region: str
    error: tuple[str, str, int] | None
    members: dict[str, Any]  # more members of the error
    log: list[str]  # what the containers of an invoked endpoint write meanwhile


class Faults:
    """Faults that wait for their call. The first one that matches is used up."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def add(self, order: dict[str, Any]) -> None:
        """Takes {operation: name, pattern or list, kind, times, after, service, region, message, code, status, members, log}."""
        kind = order["kind"]
        if kind not in KINDS:
            raise ValueError(f"no fault '{kind}'; there are: {', '.join(KINDS)}")
        operations = order.get("operation", "*")
        code, text, status = ERRORS.get(kind, (order.get("code"), "", 400))
        if kind == "error" and not code:
            raise ValueError("a fault of kind 'error' needs 'code', the error code to answer")
        error = (order.get("code") or code, order.get("message") or text, int(order.get("status") or status))
        with self._lock:
            self._waiting.append(
                Fault(
                    operations=[operations] if isinstance(operations, str) else list(operations),
                    kind=kind,
                    times=int(order.get("times", 1)),
                    after=int(order.get("after", 0)),
                    service=order.get("service", "*"),
                    region=order.get("region", "*"),
                    error=None if kind in ("reset", "lost") else error,
                    members={**(MODEL_ERROR if kind == "model_error" else {}), **order.get("members", {})},
                    log=[str(line) for line in order.get("log", ())],
                )
            )

    def take(self, service: str, operation: str, region: str) -> Fault | None:
        with self._lock:
            for fault in self._waiting:
                if not fnmatchcase(service, fault.service) or not fnmatchcase(region, fault.region):
                    continue
                if not any(fnmatchcase(operation, pattern) for pattern in fault.operations):
                    continue
                if fault.after > 0:
                    fault.after -= 1
                    continue
                fault.times -= 1
                if fault.times <= 0:
                    self._waiting.remove(fault)
                return fault
        return None

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()


def as_error(error: tuple[str, str, int], service: str, protocol: str, **members: Any) -> AwsError:
    """The same trouble under the name that the service gives it. behaviour 1.5"""
    code, text, status = error
    if code == "ThrottlingException" and service == "s3":
        return AwsError("SlowDown", "Please reduce your request rate.", 503)
    if code == "AccessDeniedException" and service == "s3":
        return AwsError("AccessDenied", "Access Denied", 403)
    if code == "ThrottlingException" and protocol in ("query", "rest-xml"):
        code = "Throttling"
    return AwsError(code, text, status, **members)


class Bucket:
    """A token bucket that holds one second's worth of calls."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tokens = 0.0
        self._filled = 0.0
        self._rate = 0.0

    def admits(self, rate: float) -> bool:
        """Whether one more call may pass at ``rate`` calls a second; 0 means any number."""
        if rate <= 0:
            return True
        with self._lock:
            now = time.monotonic()
            if rate != self._rate:
                self._rate, self._tokens, self._filled = rate, max(1.0, rate), now
            self._tokens = min(max(1.0, rate), self._tokens + (now - self._filled) * rate)
            self._filled = now
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True
