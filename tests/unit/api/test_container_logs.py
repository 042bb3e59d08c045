# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The last words of containers: which calls are made, which are made again, and what is said where there are no lines."""

from __future__ import annotations

import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from botocore import exceptions

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api import container_logs
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api.client import AwsClients
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api.container_logs import LogSource
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.retries import Clock

GROUP = "/aws/sagemaker/Endpoints/churn"
BEGAN = datetime.datetime(2026, 3, 1, 12, 0, tzinfo=datetime.timezone.utc)
DATE = {"ResponseMetadata": {"HTTPHeaders": {"date": "Sun, 01 Mar 2026 12:10:00 GMT"}}}
CONNECTION = {"endpoint_url": "https://logs", "error": "no luck"}
THROTTLED = exceptions.ClientError(
    {"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}, "ResponseMetadata": {"HTTPStatusCode": 400}},
    "x",
)


def at(minutes: float) -> int:
    """Milliseconds of a moment so many minutes after the rollout began."""
    return int((BEGAN.timestamp() + minutes * 60) * 1000)


def streams(*names: str, minutes: float = 1) -> dict[str, Any]:
    listed = [{"logStreamName": name, "creationTime": at(minutes), "lastEventTimestamp": at(minutes)} for name in names]
    return {"logStreams": listed, **DATE}


def events(*messages: str) -> dict[str, Any]:
    return {"events": [{"timestamp": at(1), "message": message} for message in messages]}


class Scripted:
    """Clients whose calls have these outcomes in turn. calls: (operation, request); naps: the seconds of every sleep."""

    def __init__(self, *outcomes: Any) -> None:
        self.outcomes = list(outcomes)
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.naps: list[float] = []
        self.meta = SimpleNamespace(region_name="us-east-1")
        clock = Clock(now=lambda: sum(self.naps), sleep=self.naps.append, jitter=lambda low, high: high)
        self.aws = AwsClients(lambda service, **timeouts: self, clock)

    def __getattr__(self, operation: str) -> Any:
        def call(**request: Any) -> Any:
            self.calls.append((operation, request))
            outcome = self.outcomes.pop(0)
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

        return call

    def read(self, calls: int = 6, **source: Any) -> container_logs.Excerpt:
        return container_logs.read(self.aws, LogSource(GROUP, **{"since": BEGAN, **source}), "", calls)

    @property
    def operations(self) -> list[str]:
        return [operation for operation, _request in self.calls]


def test_the_lines_of_a_rollout() -> None:
    aws = Scripted(streams("main/i-1"), events("starting", "", "ERROR no luck \n", "   "))
    found = aws.read()
    assert found.note is None and found.texts == ["starting", "ERROR no luck"]
    assert found.shown == [{"time": "2026-03-01T12:01:00.000Z", "stream": "main/i-1", "message": "ERROR no luck"}]
    _streams, (_events, asked) = aws.calls
    # A second before it began, as AWS tells many times in whole seconds.
    assert asked == {
        "logGroupName": GROUP,
        "logStreamName": "main/i-1",
        "limit": 1000,
        "startFromHead": False,
        "startTime": at(0) - 1000,
    }


@pytest.mark.parametrize(
    "silence",
    [exceptions.ConnectTimeoutError(**CONNECTION), exceptions.ReadTimeoutError(**CONNECTION)],
    ids=lambda error: type(error).__name__,
)
def test_where_aws_is_silent_nothing_is_repeated(silence: Exception) -> None:
    aws = Scripted(silence)
    assert "The caller cannot read the logs: " in (aws.read().note or "")
    assert (aws.operations, aws.naps) == (["describe_log_streams"], [])


@pytest.mark.parametrize(
    "fault",
    [
        THROTTLED,
        exceptions.EndpointConnectionError(endpoint_url="https://logs"),
        exceptions.ConnectionClosedError(**CONNECTION),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_fault_is_repeated_while_calls_are_left(fault: Exception) -> None:
    aws = Scripted(fault, fault, streams("main/i-1"), fault, events("hello"))
    assert aws.read().texts == ["hello"]
    assert len(aws.naps) == 3
    # One call is kept for lines, and without any lines the report says why.
    aws = Scripted(*[fault] * 9)
    assert "cannot read the logs" in (aws.read().note or "")
    assert len(aws.calls) == 5
    aws = Scripted(streams("main/i-1"), *[fault] * 9)
    assert "cannot read the logs" in (aws.read(calls=3).note or "")
    assert len(aws.calls) == 2


def test_without_calls_nothing_is_read() -> None:
    aws = Scripted()
    assert aws.read(calls=0).note == "AWS did not answer, so the logs were not read."
    assert aws.calls == []


def test_what_there_is_no_line_of_is_told() -> None:
    missing = exceptions.ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": "none"}}, "x")
    assert (Scripted(missing).read().note or "").startswith(f"There is no log group {GROUP}, so no container has ever")
    older = Scripted(streams("main/i-1", minutes=-1))
    assert "has nothing of this rollout" in (older.read().note or "")
    assert older.operations == ["describe_log_streams"]
    empty = Scripted(streams("main/i-1"), events())
    assert empty.read().note == f"The streams of this rollout in the log group {GROUP} hold no line yet."
    denied = exceptions.ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "x")
    assert (Scripted(denied).read().note or "").endswith(
        "Grant logs:DescribeLogStreams and logs:GetLogEvents to see the lines here."
    )
    assert (Scripted(streams("main/i-1"), denied).read().note or "").endswith(
        "Grant logs:GetLogEvents to see the lines here."
    )


def test_what_began_some_seconds_ago_began_by_the_clock_of_aws() -> None:
    """The clock of this machine may differ from AWS's, which was 12:10."""
    aws = Scripted(streams("main/i-1", minutes=9.5), events("hello"))
    assert aws.read(since=None, ago=60.0).texts == ["hello"]
    assert aws.calls[1][1]["startTime"] == at(9) - 1000
    assert "has nothing of this rollout" in (
        Scripted(streams("main/i-1", minutes=8)).read(since=None, ago=60.0).note or ""
    )


def test_secrets_are_known_before_any_line_is_read() -> None:
    config = {"ProductionVariants": [{"VariantName": "main", "ModelName": "m"}]}
    model = {"PrimaryContainer": {"Environment": {"LISTED": "of-the-list", "HF_TOKEN": "plain-0123456"}}}
    aws = Scripted(streams("main/i-1"), config, model, events("ERROR of-the-list plain-0123456"))
    found = aws.read(config="c", secret_keys=["LISTED"])
    assert aws.operations == ["describe_log_streams", "describe_endpoint_config", "describe_model", "get_log_events"]
    assert found.shown
    assert "of-the-list" not in str(found) and "plain-0123456" not in str(found)
    denied = exceptions.ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "x")
    aws = Scripted(streams("main/i-1"), denied)
    assert "what is secret in their logs" in (aws.read(config="c").note or "")
    assert "get_log_events" not in aws.operations


def test_of_many_models_as_many_are_read_as_leaves_a_call_for_the_lines_of_each() -> None:
    names = ["a", "b", "c", "d"]
    config = {"ProductionVariants": [{"VariantName": name, "ModelName": name} for name in names]}
    models = [{"PrimaryContainer": {"Environment": {"API_KEY": f"secret-of-{name}"}}} for name in names]
    found = streams(*(f"{name}/i-1" for name in names))
    aws = Scripted(found, config, *models[:2], events("ERROR secret-of-a"), events("ERROR secret-of-b"))
    shown = aws.read(config="c").shown
    assert aws.operations[2:] == ["describe_model"] * 2 + ["get_log_events"] * 2
    assert [line["stream"] for line in shown] == ["a/i-1", "b/i-1"] and "secret-of" not in str(shown)


def test_the_containers_of_a_component() -> None:
    container = {"Container": {"Environment": {"API_KEY": "of-the-container"}}}
    component = {"Specification": {**container, "ModelName": "m"}}
    model = {"Containers": [{"Environment": {"API_KEY": "of-the-model-1"}}, {}]}
    aws = Scripted(streams("main/i-1"), component, model, events("ERROR of-the-container of-the-model-1"))
    found = aws.read(component="chat")
    assert aws.operations[1:3] == ["describe_inference_component", "describe_model"]
    assert "of-the" not in str(found) and found.shown


@pytest.mark.parametrize(
    ("source", "since"),
    [
        ({"since": BEGAN}, "2026-03-01T12:00:00Z"),
        ({"since": BEGAN.astimezone(datetime.timezone(datetime.timedelta(hours=2)))}, "2026-03-01T12:00:00Z"),
        ({"ago": 30.0}, "2m"),
        ({"ago": 61.0}, "3m"),
        ({}, "1h"),
    ],
)
def test_the_command_that_shows_more(source: dict[str, Any], since: str) -> None:
    assert (
        LogSource(GROUP, **source).command("eu-west-1") == f"aws logs tail {GROUP} --since {since} --region eu-west-1"
    )
