# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Calls to AWS: the only place that retries, looks up lost answers and explains failures."""

from __future__ import annotations

import math
import re
import threading
from contextlib import contextmanager
from functools import partial
from typing import Any
from typing import Callable
from typing import Dict
from typing import Iterable
from typing import Iterator
from typing import List
from typing import Mapping
from typing import Optional
from typing import Tuple

from ..core import errors
from ..core import regions
from ..core import types
from ..core.errors import SageMakerError
from ..core.errors import ServiceError
from ..core.problems import Problem
from ..core.retries import Clock
from ..core.retries import backoff_for
from ..schema import shapes
from . import sdk_regions

try:
    from botocore import exceptions as botocore_exceptions
    from botocore import xform_name
except ImportError:  # reported by AnsibleAWSModule
    botocore_exceptions = None


# Seconds that a client waits for an answer. A model may take a minute, which equals the default timeout of botocore.
READ_TIMEOUT = 70.0
# Minimum timeout, so that a prompt answer is accepted even if no time is left.
LEAST_READ_TIMEOUT = 2.0
# Creating a client may need calls for credentials, so a client whose timeout is at most this much longer is reused.
READ_TIMEOUT_STEP = 5.0

# The maximum page size is 100 in SageMaker, and another one in other services.
LARGEST_PAGE = 100
OTHER_SIZES = {
    "DescribeScalableTargets": 50,
    "DescribeScheduledActions": 50,
    "DescribeScalingPolicies": 10,
    # Values, not metrics.
    "GetMetricData": 100_800,
}
# Operations with other names for the page size and the token.
OTHER_PAGING = {
    "DescribeAlarms": ("MaxRecords", "NextToken"),
    "GetMetricData": ("MaxDatapoints", "NextToken"),
    "GetResources": ("ResourcesPerPage", "PaginationToken"),
    "ListRolePolicies": ("MaxItems", "Marker"),
    "ListAttachedRolePolicies": ("MaxItems", "Marker"),
    "ListInstanceProfilesForRole": ("MaxItems", "Marker"),
}


_READING = re.compile(r"(Describe|Get|List|BatchGet|Head|Simulate)[A-Z]")


def is_reading(operation: str) -> bool:
    """Return whether an operation changes nothing."""
    return _READING.match(operation) is not None


def _unheard(_fault: str) -> None:
    """Hear nothing."""


class ServiceClient:
    """An AWS service. Its boto3 client does not retry."""

    def __init__(self, client: Any, clock: Clock) -> None:
        self.client = client
        self.clock = clock
        self.throttled_at: Optional[float] = None
        # How many calls were made, repeated ones among them.
        self.calls = 0
        # Whether a call has changed something, or may have, because its answer was lost.
        self.changed = False
        self._patient_until: Optional[float] = None
        self._on_fault: Callable[[str], None] = _unheard

    @contextmanager
    def patient_until(self, moment: float, on_fault: Optional[Callable[[str], None]] = None) -> Iterator[None]:
        """Retry faults in this block until that moment, without a limit on their number. on_fault: called for each
        fault."""
        before = self._patient_until, self._on_fault
        self._patient_until, self._on_fault = moment, on_fault or _unheard
        try:
            yield
        finally:
            self._patient_until, self._on_fault = before

    @property
    def region(self) -> str:
        return self.client.meta.region_name

    @property
    def partition(self) -> str:
        return self.client.meta.partition

    def input_shape(self, operation: str) -> Any:
        return self.client.meta.service_model.operation_model(operation).input_shape

    def output_shape(self, operation: str) -> Any:
        return self.client.meta.service_model.operation_model(operation).output_shape

    def request(
        self,
        operation: str,
        options: Mapping[str, Any],
        rules: Callable[[types.Options], Iterable[Problem]] = lambda request: (),
        path: str = "",
    ) -> types.Api:
        """Return options as a validated request of this operation. Raises InputError with all problems.

        rules: further checks of the options, applied if the request has all required members; path: the path of the
        options, for messages.
        """
        return shapes.checked(self.input_shape(operation), options, rules, path)

    def options(self, operation: str, members: types.Api) -> Dict[str, Any]:
        """Return members of the API, of a request or a description, as options of this operation."""
        return shapes.from_api(self.input_shape(operation), members)

    def call(
        self, operation: str, request: Mapping[str, Any], lookup: Optional[Callable[[], Optional[types.Api]]] = None
    ) -> types.Api:
        """Call an operation, and retry after throttling, server faults and lost connections.

        lookup: for calls that must not run twice. After a lost answer it returns a replacement for the answer if the
        call took effect, and None otherwise, so that the call is retried. Raises ServiceError if the service refuses
        the call, or after the last retry: after several faults in a row or, in patient_until, at its moment.
        """
        method = getattr(self.client, xform_name(operation))
        failures, began = 0, self.clock.now()
        while True:
            self.calls += 1
            try:
                answer = method(**request)
                self.changed = self.changed or not is_reading(operation)
                return answer
            except (botocore_exceptions.ClientError, botocore_exceptions.BotoCoreError) as error:
                failures += 1
                self.changed = self.changed or (not is_reading(operation) and errors.is_ambiguous(error))
                if not self._may_repeat(error, failures):
                    raise self._refusal(ServiceError(operation, error, failures, self.clock.now() - began)) from error
                self._on_fault(f"{operation} failed: {errors.message(error)}")
                pause = backoff_for(error).pause(failures, self.clock)
                self.clock.sleep(min(pause, self._patience()))
                if lookup is not None and errors.is_ambiguous(error):
                    found = lookup()
                    if found is not None:
                        return found

    def _refusal(self, error: ServiceError) -> ServiceError:
        """Add to the error of a host that does not answer that its region may be misspelt."""
        doubt = regions.doubt(self.region, sdk_regions.known()) if errors.is_unreachable(error.cause) else ""
        if doubt:
            error.add(f" {doubt}")
        return error

    def _may_repeat(self, error: Exception, failures: int) -> bool:
        """Return whether the call may be retried after this number of failures in a row."""
        if errors.is_throttling(error):
            self.throttled_at = self.clock.now()
        patient = self._patience() > 0 if self._patient_until is not None else failures < backoff_for(error).attempts
        return patient and errors.is_transient(error)

    def _patience(self) -> float:
        """Return the seconds left in patient_until, infinite outside it."""
        return math.inf if self._patient_until is None else max(0.0, self._patient_until - self.clock.now())

    def pages(self, operation: str, request: Mapping[str, Any], items: str) -> Iterator[types.Api]:
        """Yield all items of a paged listing, with the maximum page size. items: the member that contains them."""
        token = _paging(operation)[1]
        request = first_page(operation, request)
        while True:
            answer = self.call(operation, request)
            yield from answer.get(items, [])
            if not answer.get(token):
                return
            request = {**request, token: answer[token]}

    def result(self, operation: str, answer: Mapping[str, Any]) -> Dict[str, Any]:
        """Return an answer of this operation in snake_case."""
        return shapes.from_api(self.output_shape(operation), answer)


def _paging(operation: str) -> Tuple[str, str]:
    """Return the members of an operation for the page size and the token."""
    return OTHER_PAGING.get(operation, ("MaxResults", "NextToken"))


def first_page(operation: str, request: Mapping[str, Any]) -> Dict[str, Any]:
    """Return the request for the first page of a listing, with the maximum page size."""
    return {_paging(operation)[0]: OTHER_SIZES.get(operation, LARGEST_PAGE), **request}


# A boto3 session must not create clients in several threads at once.
_CREATION = threading.Lock()


class AwsClients:
    """The services of one account and region. Clients are created on first use.

    make_client: returns the boto3 client of a service name, with the keywords read_timeout and region. indexed_tags: tags by ARN
    from the Resource Groups Tagging API, which may be some seconds late. Only a snapshot has them.
    """

    def __init__(self, make_client: Callable[..., Any], clock: Optional[Clock] = None) -> None:
        self._make_client = make_client
        self.indexed_tags: Optional[Dict[str, Dict[str, str]]] = None
        self._services: Dict[str, ServiceClient] = {}
        # Clients with a shorter timeout, by service, with their timeout in seconds.
        self._hurried: Dict[str, Tuple[float, Any]] = {}
        self.clock = clock or Clock()
        self.warnings: List[str] = []

    def service(self, name: str) -> ServiceClient:
        if name not in self._services:
            with _CREATION:
                # Another thread may have been faster.
                if name not in self._services:
                    self._services[name] = ServiceClient(self._make_client(name), self.clock)
        return self._services[name]

    def in_region(self, region: str) -> AwsClients:
        """Return the services of another region."""
        return self.elsewhere(region=region)

    def elsewhere(self, **place: Any) -> AwsClients:
        """Return the services of another region or another profile. place: further keywords of make_client."""
        return AwsClients(partial(self._make_client, **place), self.clock)

    def client_within(self, name: str, seconds: float) -> Any:
        """Return a client with about this timeout. Create a new one only if the last one has a longer timeout."""
        wanted = max(LEAST_READ_TIMEOUT, seconds)
        timeout, client = self._hurried.get(name) or (READ_TIMEOUT, self.service(name).client)
        if timeout > wanted + READ_TIMEOUT_STEP:
            client = self._make_client(name, read_timeout=wanted)
            self._hurried[name] = (wanted, client)
        return client

    @property
    def sagemaker(self) -> ServiceClient:
        return self.service("sagemaker")

    @property
    def autoscaling(self) -> ServiceClient:
        return self.service("application-autoscaling")

    @property
    def tagging(self) -> ServiceClient:
        return self.service("resourcegroupstaggingapi")

    @property
    def changed(self) -> bool:
        """Return whether a call to any service has changed something, or may have."""
        return any(service.changed for service in self._services.values())

    def warn(self, warnings: List[str]) -> None:
        """Add warnings for the user, without duplicates."""
        self.warnings += [warning for warning in warnings if warning not in self.warnings]

    def account(self) -> str:
        """Return the account of the credentials. Raises SageMakerError if it cannot be looked up."""
        account: str = self.service("sts").call("GetCallerIdentity", {})["Account"]
        return account

    def known_account(self) -> Optional[str]:
        """Return the account of the credentials, None if it cannot be looked up."""
        try:
            return self.account()
        except SageMakerError:
            return None

    def arn(self, resource: str) -> Optional[str]:
        """Return the ARN of a SageMaker resource such as model/name, None if the account cannot be looked up.

        ARNs are lower-case although names keep their case. Needed only for predictions in check mode.
        """
        sagemaker = self.sagemaker
        account = self.known_account()
        if account is None:
            return None
        return f"arn:{sagemaker.partition}:sagemaker:{sagemaker.region}:{account}:{resource.lower()}"
