# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long a call is repeated, and what ends a wait."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from botocore import exceptions

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api import transitions
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api.client import AwsClients
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api.client import ServiceClient
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api.transitions import Deadline
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api.transitions import Obstacle
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api.transitions import Stage
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api.transitions import TimedOut
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import errors
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import ServiceError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.reports.progress import State

BUSY = Obstacle(errors.is_in_progress)


def refusal(message: str = 'Cannot update in-progress endpoint "arn".', code: str = "ValidationException"):
    answer = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    return ServiceError("UpdateEndpoint", exceptions.ClientError(answer, "UpdateEndpoint"))


class Call:
    """Refused so often, then accepted."""

    def __init__(self, *refusals: ServiceError) -> None:
        self.count = 0
        self._refusals = list(refusals)

    def __call__(self) -> None:
        self.count += 1
        if self._refusals:
            raise self._refusals.pop(0)


def test_an_accepted_call_is_made_once_and_without_a_pause(clock, naps):
    call = Call()
    assert transitions.while_busy(call, [BUSY], clock, Deadline(clock, 60))
    assert (call.count, naps) == (1, [])


def test_a_refused_call_is_repeated_with_pauses_that_grow(clock, naps):
    call = Call(*[refusal()] * 8)
    assert transitions.while_busy(call, [BUSY], clock, Deadline(clock, 600))
    assert call.count == 9
    assert naps == pytest.approx([0.3, 0.6, 1.2, 2.4, 4.8, 6.0, 6.0, 6.0])


@pytest.mark.parametrize("seconds", [1, 60, 3600])
def test_the_deadline_ends_it_to_the_second(clock, naps, seconds):
    call = Call(*[refusal()] * 10000)
    with pytest.raises(ServiceError, match=rf"refused it for {seconds} s\..*wait_timeout: {seconds} s") as caught:
        transitions.while_busy(call, [BUSY], clock, Deadline(clock, seconds))
    assert sum(naps) == pytest.approx(seconds)
    assert call.count <= 6 + seconds / 6
    assert caught.value.details["cause"] == "timeout"


def test_one_deadline_holds_for_what_comes_one_after_the_other(clock, naps):
    deadline = Deadline(clock, 60)
    clock.sleep(59)
    with pytest.raises(ServiceError):
        transitions.while_busy(Call(*[refusal()] * 100), [BUSY], clock, deadline)
    assert sum(naps) == pytest.approx(60)
    assert deadline.left() == 0


def test_another_refusal_ends_it_at_once(clock, naps):
    with pytest.raises(ServiceError, match="no such thing"):
        transitions.while_busy(Call(refusal("no such thing")), [BUSY], clock, Deadline(clock, 60))
    assert naps == []


def test_what_is_not_wanted_any_more_is_not_repeated(clock):
    looks = iter([True, True, False])
    call = Call(*[refusal()] * 10)
    obstacle = Obstacle(errors.is_in_progress, lambda: next(looks))
    assert not transitions.while_busy(call, [obstacle], clock, Deadline(clock, 60))
    assert call.count == 3


def test_an_obstacle_has_its_own_time_from_the_first_refusal_for_it_on(clock, naps):
    """Ten minutes of another obstacle do not count."""
    young = Obstacle(lambda error: "too young" in error.message, seconds=30)
    call = Call(*[refusal()] * 100, *[refusal("too young")] * 100)
    with pytest.raises(ServiceError, match="too young AWS refused it for 30 s"):
        transitions.while_busy(call, [BUSY, young], clock, Deadline(clock, 3600))
    assert 580 < sum(naps) < 640


def answers(*parts: object) -> Iterator[object]:
    """Each of the parts in turn, and the last one for ever."""
    yield from parts
    while True:
        yield parts[-1]


class Look:
    def __init__(self, *parts: object) -> None:
        self.count = 0
        self._parts = answers(*parts)

    def __call__(self) -> object:
        self.count += 1
        return next(self._parts)


def stage(status: object) -> Stage:
    return {"old": Stage.UNCHANGED, "moving": Stage.UNDER_WAY}.get(str(status), Stage.ENDED)


def state(status: object) -> State:
    return State("churn", str(status))


@pytest.fixture
def service(aws: AwsClients) -> ServiceClient:
    return aws.sagemaker


def test_the_end_is_awaited(service, naps):
    look = Look("moving", "moving", "new")
    assert transitions.await_end(service, look, stage, Deadline(service.clock, 60), state) == "new"
    assert look.count == 3


def test_what_is_unchanged_may_be_late_and_is_the_end_once_the_beginning_was_seen(service):
    look = Look("old", "old", "moving", "old")
    assert transitions.await_end(service, look, stage, Deadline(service.clock, 60), state) == "old"
    assert look.count == 4


def test_a_beginning_that_never_shows_is_given_a_moment(service, naps):
    assert transitions.await_end(service, Look("old"), stage, Deadline(service.clock, 3600), state) == "old"
    assert transitions.CONSISTENCY_WINDOW < sum(naps) < transitions.CONSISTENCY_WINDOW + 2


def test_the_deadline_ends_a_wait_with_what_was_seen_last(service, naps):
    with pytest.raises(TimedOut) as caught:
        transitions.await_end(service, Look("moving"), stage, Deadline(service.clock, 60), state)
    assert caught.value.last == "moving"
    assert sum(naps) == pytest.approx(60)


def test_what_is_awaited_is_told(service, told):
    transitions.await_end(service, Look("old", "moving", "moving", "new"), stage, Deadline(service.clock, 60), state)
    assert told == ["churn: old for 0 s", "churn: moving for 0 s", "churn: new after 3 s"]


def test_a_wait_that_is_over_at_once_and_one_without_a_state_tell_nothing(service, told):
    transitions.await_end(service, Look("new"), stage, Deadline(service.clock, 60), state)
    look = Look("moving", "new")
    transitions.await_until(service, look, lambda status: status == "new", Deadline(service.clock, 60))
    assert (look.count, told) == (2, [])


def test_a_refusal_that_is_sat_out_is_told(clock, told):
    transitions.while_busy(Call(*[refusal()] * 20), [BUSY], clock, Deadline(clock, 600))
    said = 'Cannot update in-progress endpoint "arn".'
    assert told == [f"UpdateEndpoint: refused by AWS for {time}; {said}" for time in ("0 s", "51 s")]


FAULTS = {
    "throttling": ("ThrottlingException", "Rate exceeded", 400),
    "a fault of the service": ("InternalFailure", "We encountered an internal error.", 500),
}
ENDPOINT = {
    "EndpointName": "e",
    "EndpointArn": "arn:aws:sagemaker:eu-west-1:111122223333:endpoint/e",
    "CreationTime": 0,
    "LastModifiedTime": 0,
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("seconds", [300, 60])
def test_no_fault_ends_a_wait_before_its_deadline(aws, stub, naps, told, fault, seconds):
    """Twenty in a row take some 95 seconds."""
    sagemaker = stub("sagemaker")
    sagemaker.add_response("describe_endpoint", {**ENDPOINT, "EndpointStatus": "Updating"})
    ends = seconds > 100
    for _fault in range(20 if ends else 15):
        sagemaker.add_client_error("describe_endpoint", *FAULTS[fault])
    if ends:
        sagemaker.add_response("describe_endpoint", {**ENDPOINT, "EndpointStatus": "InService"})
    deadline = Deadline(aws.clock, seconds)

    def look() -> str:
        return str(aws.sagemaker.call("DescribeEndpoint", {"EndpointName": "e"})["EndpointStatus"])

    def wait() -> str:
        return transitions.await_until(aws.sagemaker, look, lambda status: status == "InService", deadline, state)

    if ends:
        assert wait() == "InService"
        assert sum(naps) > 90
        assert [line.partition(" for ")[0] for line in told[:-1]] == ["churn: Updating"] * 2
        assert told[1].endswith(f"; DescribeEndpoint failed: {FAULTS[fault][1]}")
        return
    with pytest.raises(TimedOut) as caught:
        wait()
    assert caught.value.last == "Updating"
    assert sum(naps) == pytest.approx(seconds)


def test_what_repeating_cannot_cure_ends_a_wait(aws, stub, naps):
    stub("sagemaker").add_client_error("describe_endpoint", "AccessDeniedException", "no", 400)
    deadline = Deadline(aws.clock, 60)
    with pytest.raises(ServiceError, match="AccessDenied"):
        transitions.await_until(
            aws.sagemaker,
            lambda: aws.sagemaker.call("DescribeEndpoint", {"EndpointName": "e"}),
            lambda answer: False,
            deadline,
        )
    assert naps == []


def test_outside_of_a_wait_faults_end_a_call_as_before(aws, stub):
    sagemaker = stub("sagemaker")
    with aws.sagemaker.patient_until(1000):
        pass
    for _fault in range(11):
        sagemaker.add_client_error("describe_endpoint", *FAULTS["throttling"])
    with pytest.raises(ServiceError):
        aws.sagemaker.call("DescribeEndpoint", {"EndpointName": "e"})


@pytest.mark.parametrize(
    ("message", "busy"),
    [
        ('Cannot update in-progress endpoint "arn".', True),
        ('Cannot update inference component "arn" while it is in state UPDATE_RC_IN_PROGRESS', True),
        ('Cannot delete inference component "arn" while it is in state CREATE_IN_PROGRESS', True),
        ('Cannot update inference component "arn" while it is in state UPDATE_IN_PROGRESS', True),
        ('Cannot update inference component "arn" while it is in state DELETE_IN_PROGRESS', True),
        ('Could not find inference component "arn".', False),
    ],
)
def test_what_aws_says_of_a_component_that_is_busy(message, busy):
    assert errors.is_busy(refusal(message)) is busy
