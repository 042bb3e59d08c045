# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Polling of an endpoint during a run, and its failure reports."""

from __future__ import annotations

import datetime
from contextlib import contextmanager
from typing import Any
from typing import Callable
from typing import Collection
from typing import Iterator
from typing import Optional

from ..api import failures
from ..api import transitions
from ..api.client import AwsClients
from ..api.container_logs import LogSource
from ..api.failures import Failed
from ..api.transitions import Deadline
from ..api.transitions import Stage
from ..api.transitions import TimedOut
from ..core import errors
from ..core import failure_causes
from ..core.errors import SageMakerError
from ..core.errors import ServiceError
from ..core.types import Api
from ..reports import states
from ..reports.progress import State
from ..resources import endpoints
from ..rules import tags as tag_rules


class EndpointWatch:
    """Polls an endpoint until a deadline. For reports: the operation, its tags, and secret keys of environments."""

    what = "endpoint rollout"

    def __init__(self, aws: AwsClients, name: str, deadline: Deadline, secret_keys: Collection[str] = ()) -> None:
        self.aws = aws
        self.name = name
        self.deadline = deadline
        self.tags: tag_rules.Tags = {}
        self._secret_keys = secret_keys
        # When AWS started the current transition, and the last change before it.
        self._begun: Optional[datetime.datetime] = None
        self._before: Optional[datetime.datetime] = None

    def look(self) -> Optional[Api]:
        return endpoints.describe(self.aws, self.name)

    def existing(self, endpoint: Optional[Api]) -> Api:
        """Return the endpoint. Raises SageMakerError if it was deleted."""
        if endpoint is None:
            raise SageMakerError(f"Endpoint {self.name} no longer exists: somebody else deleted it during this run.")
        return endpoint

    def described(self) -> Api:
        return self.existing(self.look())

    def wait_stable(self) -> Optional[Api]:
        with self._in_time():
            return transitions.await_until(
                self.aws.sagemaker, self._noted, endpoints.is_stable, self.deadline, self._state
            )

    def await_shown(self, shows: Callable[[Optional[Api]], bool]) -> Api:
        """Return the endpoint once a started change is visible, which may take a moment."""
        return self.existing(transitions.await_shown(self.aws.sagemaker, self.look, shows))

    def await_end(self, reached: Callable[[Api], bool], before: Optional[Api]) -> Api:
        """Wait until a transition has ended with every variant at its capacity, or has failed.

        reached: whether a stable endpoint is in the desired state; before: the endpoint before the change.
        """

        def stage(endpoint: Optional[Api]) -> Stage:
            if endpoint is None:
                return Stage.UNCHANGED if before is None else Stage.ENDED
            if not endpoints.is_stable(endpoint):
                return Stage.UNDER_WAY
            if reached(endpoint):
                return Stage.ENDED if endpoints.capacity_reached(endpoint) else Stage.UNDER_WAY
            return Stage.UNCHANGED if endpoints.is_same(endpoint, before) else Stage.ENDED

        self._begun, self._before = None, (before or {}).get("LastModifiedTime")
        with self._in_time():
            last = transitions.await_end(self.aws.sagemaker, self._noted, stage, self.deadline, self._state)
            return self.existing(last)

    def wait_until(self, settled: Callable[[Api], bool]) -> Api:
        """Wait until a description is settled."""
        with self._in_time():
            return transitions.await_until(self.aws.sagemaker, self.described, settled, self.deadline, self._state)

    def _noted(self) -> Optional[Api]:
        """Look, and note when a transition began."""
        endpoint = self.look()
        # The beginning of a rollback is not that of the rollout.
        started = endpoint is not None and endpoint["EndpointStatus"] in (endpoints.CREATING, endpoints.UPDATING)
        if self._begun is None and started:
            self._begun = endpoint.get("PendingDeploymentSummary", {}).get("StartTime") or endpoint["LastModifiedTime"]
        return endpoint

    def _state(self, endpoint: Optional[Api]) -> State:
        return states.endpoint(self.name, endpoint)

    @contextmanager
    def _in_time(self) -> Iterator[None]:
        """Add the report to a timeout or a refusal in this block."""
        try:
            yield
        except TimedOut as error:
            endpoint = self.existing(error.last)
            shown = {endpoints.NOUN: endpoints.resource(self.aws, endpoint, self.tags)}
            failed = self.failed(endpoint, endpoint.get("FailureReason", ""))
            raise failures.timeout(
                self.aws, endpoints.TITLE, self._state(endpoint), failed, self.deadline, shown
            ) from error
        except ServiceError as error:
            failures.refusal(self.aws, error, self.failed(None, errors.message(error)))
            raise

    def failure(self, endpoint: Api, message: str, **details: Any) -> SageMakerError:
        """Return the error report for an endpoint in this state."""
        shown = {endpoints.NOUN: endpoints.resource(self.aws, endpoint, self.tags)}
        return failures.report(
            self.aws, message, self.failed(endpoint, endpoint.get("FailureReason", "")), shown, **details
        )

    def failed(self, endpoint: Optional[Api], reason: str) -> Failed:
        """Return what failed, with the endpoint as it is now."""
        logs = LogSource(
            failure_causes.log_group(self.name),
            self._begun or self._before or (endpoint or {}).get("CreationTime"),
            config=self.config_of(endpoint),
            secret_keys=self._secret_keys,
        )
        status = None if endpoint is None else endpoint["EndpointStatus"]
        return Failed(self.what, self.name, status, reason, endpoint, logs)

    def config_of(self, endpoint: Optional[Api]) -> Optional[str]:
        """Return the configuration whose containers write."""
        return None if endpoint is None else endpoints.target_config(endpoint)
