# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of the logic share: botocore's real shapes, clients without a network, and a clock that nobody waits for."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import botocore.session
import pytest
from botocore.stub import Stubber

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api import client as api_client
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api.client import AwsClients
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.retries import Clock

AUTOSCALING_CALLS = ("RegisterScalableTarget", "PutScalingPolicy", "PutScheduledAction")

ShapeOf = Callable[..., Any]


@lru_cache(maxsize=None)
def client(service: str) -> Any:
    """A client that is made once: loading a service model takes longer than most tests."""
    return botocore.session.get_session().create_client(
        service, region_name="eu-west-1", aws_access_key_id="none", aws_secret_access_key="none"
    )


def input_shape_of(operation: str, service: str | None = None) -> Any:
    service = service or ("application-autoscaling" if operation in AUTOSCALING_CALLS else "sagemaker")
    return client(service).meta.service_model.operation_model(operation).input_shape


@pytest.fixture(scope="session")
def input_shape() -> ShapeOf:
    """The input shape of an operation, by the operation's name, and the service's where it is none of the two managed ones."""
    return input_shape_of


@pytest.fixture
def naps() -> list[float]:
    """The seconds of every sleep, in order."""
    return []


@pytest.fixture
def told() -> list[str]:
    """The lines of progress, in order."""
    return []


@pytest.fixture
def clock(naps: list[float], told: list[str]) -> Clock:
    """A clock that only sleeping moves on, and whose jitter always takes the longest."""
    return Clock(now=lambda: sum(naps), sleep=naps.append, jitter=lambda low, high: high, tell=told.append)


class _PagingStubber(Stubber):
    """Listings are expected to ask for the largest page, so that tests need not say it."""

    def add_response(self, method: str, service_response: Any, expected_params: Any = None) -> None:
        operation = self.client.meta.method_to_api_mapping[method]
        if expected_params is not None and "MaxResults" in input_shape_of(operation, self._service).members:
            size = api_client.OTHER_SIZES.get(operation, api_client.LARGEST_PAGE)
            expected_params = {"MaxResults": size, **expected_params}
        super().add_response(method, service_response, expected_params)

    @property
    def _service(self) -> str:
        return self.client.meta.service_model.service_name


@pytest.fixture
def stub() -> Iterator[Callable[[str], Stubber]]:
    """The Stubber of a service: calls must come in the order of its responses, and every response must be used."""
    stubbers: dict[str, Stubber] = {}

    def of(service: str) -> Stubber:
        if service not in stubbers:
            stubbers[service] = _PagingStubber(client(service))
            stubbers[service].activate()
        return stubbers[service]

    yield of
    for stubber in stubbers.values():
        stubber.deactivate()
    for stubber in stubbers.values():
        stubber.assert_no_pending_responses()


@pytest.fixture
def aws(clock: Clock, stub: Callable[[str], Stubber]) -> AwsClients:
    """The services behind stubbed clients: a call that nobody foresaw fails."""

    def make(service: str, **_timeouts: float) -> Any:
        stub(service)
        return client(service)

    return AwsClients(make, clock)
