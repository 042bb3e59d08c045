# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A read-only snapshot of an account: every call is made once, and mutating calls are not possible."""

from __future__ import annotations

import json
from typing import Any
from typing import Callable
from typing import Dict
from typing import Mapping
from typing import Optional
from typing import Tuple
from typing import Union

from ..core import types
from ..core.errors import ServiceError
from .client import AwsClients
from .client import ServiceClient
from .client import is_reading


class SnapshotClient(ServiceClient):
    """An AWS service whose answers are cached."""

    def __init__(self, service: ServiceClient) -> None:
        super().__init__(service.client, service.clock)
        self._answers: Dict[Tuple[str, str], Union[types.Api, ServiceError]] = {}

    def prefill(self, operation: str, request: Mapping[str, Any], answer: types.Api) -> None:
        """Take over the answer to a question that was asked together with others. request: as pages makes it."""
        self._answers[_question(operation, request)] = answer

    def has_answer(self, operation: str, request: Mapping[str, Any]) -> bool:
        """Return whether a question has been asked already."""
        return _question(operation, request) in self._answers

    def call(
        self, operation: str, request: Mapping[str, Any], lookup: Optional[Callable[[], Optional[types.Api]]] = None
    ) -> types.Api:
        """Return the answer to a call, from the cache if possible. Errors are cached too."""
        if not is_reading(operation):
            raise RuntimeError(f"{operation} changes something, and this is a snapshot.")
        question = _question(operation, request)
        if question not in self._answers:
            try:
                self._answers[question] = super().call(operation, request, lookup)
            except ServiceError as error:
                self._answers[question] = error
        answer = self._answers[question]
        if isinstance(answer, ServiceError):
            raise answer
        return answer


def _question(operation: str, request: Mapping[str, Any]) -> Tuple[str, str]:
    return operation, json.dumps(request, sort_keys=True, default=str)


class Snapshot(AwsClients):
    """The services of one account and region, read-only."""

    def __init__(self, aws: AwsClients) -> None:
        super().__init__(aws._make_client, aws.clock)
        self._aws = aws
        self.indexed_tags = {}

    @property
    def calls(self) -> int:
        """Return how many calls were made to all services."""
        return sum(service.calls for service in self._services.values())

    def service(self, name: str) -> SnapshotClient:
        """Return the client of a service."""
        if name not in self._services:
            self._services[name] = SnapshotClient(self._aws.service(name))
        return self._services[name]
