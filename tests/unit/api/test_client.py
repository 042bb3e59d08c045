# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Calls to AWS: what is repeated, what is looked up first, and what fails at once."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import botocore.session
import pytest
from botocore import exceptions

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api import client as api_client
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api.client import AwsClients
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api.client import ServiceClient
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import InputError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import ServiceError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.problems import Problem
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.retries import CONNECT_BACKOFF
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.retries import DEFAULT_BACKOFF

CONNECTION = {"endpoint_url": "https://aws", "error": "no luck"}
REQUEST = {"ModelName": "m"}
DONE = {"ModelArn": "arn"}


class Scripted:
    """A client whose calls have these outcomes in turn: an answer, or an exception to raise. calls: (method, request)."""

    def __init__(self, *outcomes: Any, region: str = "us-east-1") -> None:
        self.meta = SimpleNamespace(region_name=region)
        self.outcomes = list(outcomes)
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, method: str) -> Any:
        def call(**request: Any) -> Any:
            self.calls.append((method, request))
            outcome = self.outcomes.pop(0)
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

        return call


def answer(code: str, status: int = 400, message: str = "words") -> exceptions.ClientError:
    return exceptions.ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}, "CreateModel"
    )


THROTTLED = answer("ThrottlingException", message="Rate exceeded")
BROKEN = answer("InternalFailure", 500)
LOST = exceptions.ReadTimeoutError(**CONNECTION)
CLOSED = exceptions.ConnectionClosedError(**CONNECTION)
UNREACHABLE = exceptions.EndpointConnectionError(**CONNECTION)
TRANSIENT = [
    THROTTLED,
    answer("ConcurrentUpdateException"),
    BROKEN,
    answer("ServiceUnavailable", 503),
    LOST,
    CLOSED,
    UNREACHABLE,
    exceptions.ConnectTimeoutError(**CONNECTION),
]


@pytest.mark.parametrize("fault", TRANSIENT, ids=repr)
def test_six_faults_in_a_row_are_survived(clock, naps, fault):
    client = Scripted(*[fault] * 6, DONE)
    assert ServiceClient(client, clock).call("CreateModel", REQUEST) == DONE
    assert client.calls == [("create_model", REQUEST)] * 7
    assert len(naps) == 6
    assert sum(naps) < 30


def test_faults_of_different_kinds_in_a_row_are_survived(clock):
    client = Scripted(THROTTLED, UNREACHABLE, BROKEN, LOST, THROTTLED, CLOSED, DONE)
    assert ServiceClient(client, clock).call("DescribeModel", REQUEST) == DONE


@pytest.mark.parametrize(
    "refusal",
    [
        answer("ValidationException"),
        answer("AccessDeniedException"),
        answer("ResourceLimitExceeded"),
        answer("ExpiredTokenException", 403),
        exceptions.NoCredentialsError(),
        exceptions.ParamValidationError(report="wrong"),
    ],
    ids=repr,
)
def test_a_refusal_is_raised_at_once(clock, naps, refusal):
    client = Scripted(refusal, DONE)
    with pytest.raises(ServiceError) as error:
        ServiceClient(client, clock).call("CreateModel", REQUEST)
    assert error.value.cause is refusal
    assert error.value.__cause__ is refusal
    assert error.value.details == {}
    assert (len(client.calls), naps) == (1, [])


def test_repeating_ends(clock, naps):
    client = Scripted(*[THROTTLED] * 100)
    with pytest.raises(ServiceError) as error:
        ServiceClient(client, clock).call("CreateModel", REQUEST)
    assert error.value.message.startswith("CreateModel failed (ThrottlingException): Rate exceeded. ")
    assert f"The call was made {DEFAULT_BACKOFF.attempts} times within {sum(naps):.0f} s." in error.value.message
    assert error.value.details["cause"] == "throttling"
    assert error.value.message.endswith(error.value.details["remedy"])
    assert len(client.calls) == DEFAULT_BACKOFF.attempts
    assert 20 < sum(naps) < 60


def test_what_cannot_be_reached_is_given_up_soon(clock, naps):
    client = Scripted(*[UNREACHABLE] * 100)
    with pytest.raises(ServiceError, match="cannot reach AWS"):
        ServiceClient(client, clock).call("CreateModel", REQUEST)
    assert len(client.calls) == CONNECT_BACKOFF.attempts
    assert sum(naps) < 15


@pytest.mark.parametrize(
    ("region", "doubt"),
    [
        ("us-east-1", ""),
        ("eu-centrall-1", " The installed botocore does not know the region eu-centrall-1. Did you mean eu-central-1?"),
        ("xx-nowhere-7", " The installed botocore does not know the region xx-nowhere-7."),
    ],
)
def test_a_host_that_does_not_answer_may_be_in_a_misspelt_region(clock, region, doubt):
    with pytest.raises(ServiceError) as error:
        ServiceClient(Scripted(*[UNREACHABLE] * 100, region=region), clock).call("CreateModel", REQUEST)
    assert error.value.message.endswith(f"the region and the network.{doubt}")


def test_an_answer_says_that_the_region_exists(clock):
    with pytest.raises(ServiceError) as error:
        ServiceClient(Scripted(answer("ValidationException"), region="xx-new-1"), clock).call("CreateModel", REQUEST)
    assert "region" not in error.value.message


# Lost answers


@pytest.mark.parametrize("fault", [BROKEN, LOST, CLOSED, answer("ServiceUnavailable", 503)], ids=repr)
def test_a_lost_answer_is_looked_up_and_not_done_twice(clock, fault):
    client = Scripted(fault)
    found = {"ModelName": "m", "CreationTime": "now"}
    assert ServiceClient(client, clock).call("CreateModel", REQUEST, lambda: found) == found
    assert client.calls == [("create_model", REQUEST)]


def test_a_call_that_was_not_carried_out_is_repeated(clock):
    client = Scripted(LOST, LOST, DONE)
    looks = []

    def lookup() -> None:
        looks.append(len(client.calls))

    assert ServiceClient(client, clock).call("CreateModel", REQUEST, lookup) == DONE
    assert looks == [1, 2]
    assert len(client.calls) == 3


@pytest.mark.parametrize("fault", [THROTTLED, UNREACHABLE, answer("ConcurrentUpdateException")], ids=repr)
def test_a_call_that_was_surely_not_done_is_not_looked_up(clock, fault):
    def lookup() -> None:
        raise AssertionError("looked up")

    assert ServiceClient(Scripted(fault, DONE), clock).call("CreateModel", REQUEST, lookup) == DONE


def test_a_failing_lookup_is_the_failure(clock):
    client = Scripted(LOST, answer("AccessDeniedException", message="not yours"))
    service = ServiceClient(client, clock)
    with pytest.raises(ServiceError) as error:
        service.call("CreateModel", REQUEST, lambda: service.call("DescribeModel", REQUEST))
    assert error.value.message == "DescribeModel failed (AccessDeniedException): not yours"


def test_an_empty_answer_of_the_lookup_counts_as_found(clock):
    assert ServiceClient(Scripted(LOST), clock).call("CreateModel", REQUEST, lambda: {}) == {}


# Throttling is remembered for the pauses of waiters


@pytest.mark.parametrize(
    ("operation", "outcomes", "changed"),
    [
        ("DescribeModel", [DONE], False),
        ("CreateModel", [DONE], True),
        ("CreateModel", [answer("ValidationException")], False),
        ("CreateModel", [THROTTLED, DONE], True),
        # Nobody knows whether it was done.
        ("CreateModel", [LOST, answer("ValidationException")], True),
        ("DescribeModel", [LOST, DONE], False),
    ],
)
def test_what_was_changed_before_a_failure_is_known(clock, operation, outcomes, changed):
    aws = AwsClients(lambda name: Scripted(*outcomes), clock)
    try:
        aws.sagemaker.call(operation, REQUEST)
    except ServiceError:
        pass
    assert aws.changed == changed


def test_when_the_service_last_asked_to_slow_down(clock, naps):
    service = ServiceClient(Scripted(DONE, LOST, THROTTLED, THROTTLED, DONE), clock)
    service.call("DescribeModel", REQUEST)
    assert service.throttled_at is None
    service.call("DescribeModel", REQUEST)
    assert service.throttled_at == pytest.approx(sum(naps[:2]))


# Pages


def test_every_page_is_read(clock):
    client = Scripted(
        {"Models": [{"ModelName": "a"}], "NextToken": "1"},
        THROTTLED,
        {"Models": [], "NextToken": "2"},
        {"Models": [{"ModelName": "b"}, {"ModelName": "c"}]},
    )
    pages = ServiceClient(client, clock).pages("ListModels", {"NameContains": "x"}, "Models")
    assert [item["ModelName"] for item in pages] == ["a", "b", "c"]
    tokens = [request.get("NextToken") for _method, request in client.calls]
    assert tokens == [None, "1", "1", "2"]
    assert all(request["NameContains"] == "x" for _method, request in client.calls)


def test_a_listing_without_its_member_is_empty(clock):
    assert list(ServiceClient(Scripted({}), clock).pages("ListModels", {}, "Models")) == []


SOURCES = {str(file): file.read_text() for file in Path(inspect.getfile(api_client)).parents[1].rglob("*.py")}


def used_listings() -> list[tuple[str, str]]:
    """(service, operation) of each paged operation whose name stands in the code."""
    session, found = botocore.session.get_session(), []
    for service in ("sagemaker", "application-autoscaling", "resourcegroupstaggingapi", "cloudwatch"):
        model = session.get_service_model(service)
        for name in model.operation_names:
            if any(f'"{name}"' in source for source in SOURCES.values()):
                shape = model.operation_model(name).input_shape
                found += (
                    [(service, name)] if {"MaxResults", "ResourcesPerPage", "MaxRecords"} & set(shape.members) else []
                )
    return found


LISTINGS = used_listings()


@pytest.mark.parametrize(("service", "operation"), LISTINGS)
def test_every_listing_asks_for_the_largest_page(clock, input_shape, service, operation):
    client = Scripted({}, {})
    assert list(ServiceClient(client, clock).pages(operation, {}, "Items")) == []
    assert list(ServiceClient(client, clock).pages(operation, {"MaxResults": 3}, "Items")) == []
    (_method, request), (_again, asked) = client.calls
    members = input_shape(operation, service).members
    (size,) = request.values()
    assert set(request) <= set(members)
    # Application Auto Scaling tells its limits in words only.
    documented = {"DescribeScalingPolicies": 10}.get(operation, 50)
    assert size == (documented if service == "application-autoscaling" else 100)
    assert size <= members[next(iter(request))].metadata.get("max", 100)
    assert asked["MaxResults"] == 3  # Who wants few gets few.
    # And none is read otherwise than page by page.
    assert not [name for name, source in SOURCES.items() if re.search(rf'\.call\(\s*"{operation}"', source)]


def test_the_listings_are_found():
    """Else the test above has nothing to look at."""
    assert {("sagemaker", "ListEndpoints"), ("application-autoscaling", "DescribeScalingPolicies")} <= {*LISTINGS}


# Requests and results


def test_a_request_tells_every_problem_at_once(aws):
    """Those of conversion too: what is wrong by its type is told once, and what is right beside it is looked at."""
    options = {
        "model_name": "-",
        "vpc_config": {"subnets": []},
        "enable_network_isolation": "perhaps",
        "primary_container": {"image": ["a"], "newer_member": 1},
    }
    with pytest.raises(InputError) as error:
        aws.sagemaker.request("CreateModel", options)
    assert error.value.message == "\n".join(map(str, error.value.problems))
    assert [str(problem).partition(". ")[0].split(" botocore")[0] for problem in error.value.problems] == [
        "enable_network_isolation: true or false is needed, got str.",
        "primary_container.image: a text is needed, got list.",
        "primary_container.newer_member: the installed",
        "model_name: must match the service's pattern [a-zA-Z0-9]([\\-a-zA-Z0-9]*[a-zA-Z0-9])? "
        "(1 to 63 letters, digits and hyphens, no hyphen first or last), got '-'.",
        "vpc_config.security_group_ids: this option is required.",
        "vpc_config.subnets: must have between 1 and 16 entries, got 0.",
    ]


def test_rules_are_asked_of_whole_requests_only(aws):
    def rules(request):
        yield Problem("sort_by", f"{request['name_contains']} is refused.")

    for options, problems in (
        ({"name_contains": "a"}, ["sort_by: a is refused."]),
        (
            {"name_contains": "a", "max_results": 0},
            ["max_results: must be between 1 and 100, got 0.", "sort_by: a is refused."],
        ),
        ({"name_contains": ["a"]}, ["name_contains: a text is needed, got list."]),
    ):
        with pytest.raises(InputError) as error:
            aws.sagemaker.request("ListModels", options, rules)
        assert list(map(str, error.value.problems)) == problems


def test_a_request_and_a_result(aws):
    assert aws.sagemaker.request("DescribeModel", {"model_name": "m"}) == {"ModelName": "m"}
    assert aws.sagemaker.result("DescribeModel", {"ModelName": "m", "ResponseMetadata": {}}) == {"model_name": "m"}


# The services together


def test_a_client_is_made_once_and_when_it_is_needed(clock):
    made = []

    def make(service: str) -> Scripted:
        made.append(service)
        return Scripted()

    aws = AwsClients(make, clock)
    assert made == []
    assert aws.sagemaker is aws.sagemaker
    assert aws.autoscaling.clock is clock
    assert made == ["sagemaker", "application-autoscaling"]


def test_a_warning_is_given_once(clock):
    aws = AwsClients(Scripted, clock)
    aws.warn(["a", "b"])
    aws.warn(["b", "c"])
    assert aws.warnings == ["a", "b", "c"]


def test_an_arn_is_lower_case(aws, stub):
    stub("sts").add_response("get_caller_identity", {"Account": "111122223333"}, {})
    assert aws.arn("model/My-Model") == "arn:aws:sagemaker:eu-west-1:111122223333:model/my-model"


def test_an_arn_is_unknown_where_the_account_cannot_be_asked_for(aws, stub):
    stub("sts").add_client_error("get_caller_identity", "AccessDenied", http_status_code=403)
    assert aws.arn("model/m") is None
