# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Calls to one region whose failures are recorded and do not end anything else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from typing import Callable
from typing import Dict
from typing import Iterable
from typing import List
from typing import Optional

from ..core import errors
from ..core.errors import ServiceError
from ..core.types import Api

DENIED = "denied"
THROTTLED = "throttled"
FAILED = "failed"


class RegionCalls:
    """Calls to a region. calls: runs those for single resources.

    errors: {region, operation, reason (denied, throttled or failed), names (of resources, empty for a whole region), message}, one for each
    operation and reason.
    """

    def __init__(self, region: str, calls: ThreadPoolExecutor) -> None:
        self.region = region
        self.calls = calls
        self.errors: List[Dict[str, Any]] = []
        # Each call to a region that throttles or is silent takes half a minute until it fails.
        self.gives_up = False

    def once(self, operation: str, call: Callable[[], Iterable[Api]]) -> Optional[List[Api]]:
        """Return the items of a list, None if it fails."""
        if self.gives_up:
            return None
        try:
            return list(call())
        except ServiceError as error:
            self._note(operation, error)
            return None

    def each(self, operation: str, names: Iterable[str], call: Callable[[str], Any]) -> Dict[str, Any]:
        """Return {name: answer}, without those whose call fails."""

        def attempt(name: str) -> Any:
            if self.gives_up:
                return _NO_ANSWER
            try:
                return call(name)
            except ServiceError as error:
                self.gives_up = self.gives_up or errors.is_transient(error.cause)
                return error

        found = {}
        for name, answer in zip(names, self.calls.map(attempt, names)):
            if isinstance(answer, ServiceError):
                self._note(operation, answer, name)
            elif answer is not _NO_ANSWER:
                found[name] = answer
        return found

    def _note(self, operation: str, error: ServiceError, name: Optional[str] = None) -> None:
        """Record an error, together with those of other resources for the same reason."""
        self.gives_up = self.gives_up or errors.is_transient(error.cause)
        reason = _reason(error)
        for noted in self.errors:
            if (noted["operation"], noted["reason"]) == (operation, reason):
                noted["names"] += [name] if name else []
                return
        self.errors.append(
            {
                "region": self.region,
                "operation": operation,
                "reason": reason,
                "names": [name] if name else [],
                "message": error.message,
            }
        )


# A call that was not made.
_NO_ANSWER = object()


def _reason(error: ServiceError) -> str:
    if errors.is_denied(error):
        return DENIED
    return THROTTLED if errors.is_throttling(error) else FAILED
