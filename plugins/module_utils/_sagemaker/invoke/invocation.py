# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One invocation of an endpoint: answered at once, as a stream, or asynchronously through S3; and what it should answer.

What is not there yet is waited for: a component that wakes from zero, a model that is still loaded, an asynchronous
result. An error of the model itself is an answer, which no repetition makes better. An invocation that may have been
carried out is repeated only for those who ask for it: it may cost, and have effects.
"""

from __future__ import annotations

import base64
import codecs
import json
import os
import re
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import Any
from typing import Callable
from typing import Dict
from typing import Iterator
from typing import Mapping
from typing import Optional
from typing import Set
from typing import Tuple
from typing import Union

from ..api.client import AwsClients
from ..argspec import invocation as invocation_options
from ..core import errors
from ..core import failure_causes
from ..core import waiters
from ..core.errors import InputError
from ..core.errors import SageMakerError
from ..core.errors import ServiceError
from ..core.problems import Problem
from ..core.problems import out_of_range
from ..core.retries import backoff_for
from ..core.types import Api
from ..schema import shapes
from ..schema import values
from . import expectations

try:
    from botocore import exceptions as botocore_exceptions
    from botocore import xform_name
    from urllib3 import exceptions as urllib3_exceptions  # botocore's own dependency
except ImportError:  # reported by AnsibleAWSModule
    botocore_exceptions = None
    urllib3_exceptions = None

RUNTIME = "sagemaker-runtime"
REAL_TIME = "InvokeEndpoint"
STREAM = "InvokeEndpointWithResponseStream"
ASYNCHRONOUS = "InvokeEndpointAsync"

# How each call is asked for, in messages.
_KIND = {
    REAL_TIME: "a real-time invocation",
    STREAM: "a streamed one (stream)",
    ASYNCHRONOUS: "an asynchronous one (input_location, or asynchronous)",
}

_OWN_MEMBERS = {
    REAL_TIME: {*invocation_options.REAL_TIME_ONLY, *invocation_options.AT_ONCE_ONLY},
    STREAM: {*invocation_options.AT_ONCE_ONLY},
    ASYNCHRONOUS: {*invocation_options.ASYNCHRONOUS_ONLY},
}
_COMMON_MEMBERS = {"endpoint_name", *invocation_options.COMMON}

# Seconds to wait unless told: for a model to be ready, and for a result in S3, in front of which an endpoint may have to
# scale out from zero.
READY_TIMEOUT = 900.0
RESULT_TIMEOUT = 3600.0


class StreamTimedOut(Exception):
    """A stream did not end in time."""


@dataclass(frozen=True)
class Body:
    """The beginning of a body, or all of it. size: of all of it, None where that is not known."""

    data: bytes
    size: Optional[int]

    @property
    def is_cut(self) -> bool:
        return self.size != len(self.data)


@dataclass(frozen=True)
class Outcome:
    """What an invocation returns. response: {} in check mode; request: what was or would be asked, without the body."""

    response: Dict[str, Any]
    request: Dict[str, Any]
    # Nothing is changed, so diff mode has nothing to show.
    before: Dict[str, Any] = field(default_factory=dict)
    after: Dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> Dict[str, Any]:
        return {"response": self.response, "request": self.request, "changed": False}

    def message(self, check_mode: bool, waits: bool) -> str:
        """Return one line that says what was done."""
        endpoint = f"Endpoint {self.request['endpoint_name']}"
        if check_mode:
            return f"{endpoint} was not invoked: check mode asks nothing, because that may cost and have effects."
        return f"{endpoint} was invoked."


@dataclass(frozen=True)
class Answer:
    """status: HTTP; members: of the answer, in snake_case; read: its body, None where there is none (yet).

    problem: what to say if an error was not expected, None where the answer is none.
    """

    status: int
    latency_ms: float
    members: Dict[str, Any]
    read: Optional[Body] = None
    problem: Optional[str] = None

    @property
    def is_cut(self) -> bool:
        """Whether this is not all of the body."""
        return self.read is not None and self.read.is_cut

    @property
    def text(self) -> Optional[str]:
        """The body, None where there is none or it is no UTF-8. A character that the end cuts in two is left out."""
        if self.read is None:
            return None
        try:
            return codecs.getincrementaldecoder("utf-8")().decode(self.read.data, final=not self.is_cut)
        except UnicodeDecodeError:
            return None

    @property
    def document(self) -> Any:
        """What is judged: the body as JSON has it, or its text, or how many bytes it has."""
        text = self.text
        if text is None:
            return f"{len(self.read.data) if self.read else 0} bytes that are no text"
        try:
            return expectations.parsed(text)
        except ValueError:
            return text

    def as_dict(self) -> Dict[str, Any]:
        """The answer as results show it."""
        shown = {"status": self.status, "latency_ms": self.latency_ms, **self.members}
        if self.read is None:
            return shown
        if self.is_cut:
            shown.update(body_truncated=True, body_size=self.read.size)
        text = self.text
        if text is None:
            shown["body_base64"] = base64.b64encode(self.read.data).decode()
            return shown
        shown["body"] = text
        if not self.is_cut:
            try:
                shown["json"] = expectations.parsed(text)
            except ValueError:
                pass
        return shown


def invoke(aws: AwsClients, params: Mapping[str, Any], check_mode: bool) -> Outcome:
    """Invoke an endpoint and judge its answer; in check mode only say what would be asked. Raises SageMakerError."""
    wish = Wish(aws, params, check_mode)
    errors.raise_if_any(wish.problems)
    if check_mode:
        return Outcome({}, wish.shown)
    return Outcome(_Invocation(aws, wish).carry_out().as_dict(), wish.shown)


class Wish:
    """What was asked for. problems: what is wrong with it, each with its option; only without any it can be asked.

    lenient: a file that an earlier task would make may be missing.
    """

    def __init__(self, aws: AwsClients, params: Mapping[str, Any], lenient: bool) -> None:
        self.operation = _operation(params)
        self.wait: bool = params["wait"]
        self.timeout: Optional[int] = params.get("wait_timeout")
        self.retry_unanswered: bool = params["retry_unanswered"]
        self.max_body_bytes: int = params["max_body_bytes"]
        self.expect: Mapping[str, Any] = params.get("expect") or {}
        self.name: str = params["endpoint_name"]
        known = _COMMON_MEMBERS | _OWN_MEMBERS[self.operation]
        options = {option: params.get(option) for option in known}
        self.problems = [*self._misused(params, known), *_not_ascii(options), *expectations.problems(self.expect)]
        self.request: Api = {}
        body: Optional[bytes] = None
        try:
            body, kind = _body(params, lenient)
            if body is not None:
                options["body"] = body
                options["content_type"] = options["content_type"] or kind
            shape = aws.service(RUNTIME).input_shape(self.operation)
            self.request = shapes.to_api(shape, options)
            known = {problem.path for problem in self.problems}
            self.problems += [one for one in shapes.problems(shape, self.request) if one.path not in known]
        except InputError as error:
            self.problems += error.problems
        self.shown = {
            "operation": self.operation,
            **{o: v for o, v in options.items() if v is not None and o != "body"},
        }
        if body:
            self.shown["body_size"] = len(body)

    def _misused(self, params: Mapping[str, Any], known: Set[str]) -> Iterator[Problem]:
        """What to say about options that do not go together."""
        if params["stream"] and _is_asynchronous(params):
            yield Problem(
                "stream",
                "an asynchronous invocation (input_location, or asynchronous) answers into S3 and cannot be streamed. "
                "Leave one of the two out.",
            )
        wrong = out_of_range(self.max_body_bytes, 1, None)
        if wrong:
            yield Problem("max_body_bytes", wrong)
        yield from _misplaced(params, known)
        if self.expect and self.operation == ASYNCHRONOUS and not self.wait:
            yield Problem(
                "expect", "without wait there is no result yet that could be judged. Set wait, or leave expect out."
            )


def _is_asynchronous(params: Mapping[str, Any]) -> bool:
    asynchronous = params.get("asynchronous")
    return params.get("input_location") is not None if asynchronous is None else asynchronous


def _operation(params: Mapping[str, Any]) -> str:
    """Which call is meant."""
    return ASYNCHRONOUS if _is_asynchronous(params) else STREAM if params["stream"] else REAL_TIME


def _misplaced(params: Mapping[str, Any], known: Set[str]) -> Iterator[Problem]:
    """What to say about options that belong to another call."""
    for option in sorted(set().union(*_OWN_MEMBERS.values()) - known):
        if params.get(option) is not None:
            fitting = [_KIND[operation] for operation, options in _OWN_MEMBERS.items() if option in options]
            yield Problem(option, f"this belongs to {' or '.join(fitting)}. Ask for that, or leave the option out.")


def _not_ascii(options: Mapping[str, Any]) -> Iterator[Problem]:
    """What to say about values that cannot travel in HTTP headers, as all but the body does."""
    for option, value in options.items():
        if isinstance(value, str) and not (value.isascii() and value.isprintable()):
            yield Problem(option, f"only printable ASCII characters are possible, got {value!r}.")


def _body(params: Mapping[str, Any], lenient: bool) -> Tuple[Optional[bytes], Optional[str]]:
    """The body and its type where that is known. lenient: a file that an earlier task would make may be missing."""
    path, body = params.get("src"), params.get("body")
    if path is not None:
        if lenient and not os.path.exists(path):
            return b"", None
        try:
            with open(path, "rb") as file:
                return file.read(), None
        except OSError as error:
            raise InputError(
                Problem(
                    "src",
                    f"{path} cannot be read: {error.strerror}. It is looked for where the module runs.",
                )
            ) from error
    if isinstance(body, (dict, list)):
        return json.dumps(body, ensure_ascii=False).encode(), "application/json"
    return (None if body is None else values.text(body).encode()), None


class _Invocation:
    """One run: ask until there is an answer, then judge it."""

    def __init__(self, aws: AwsClients, wish: Wish) -> None:
        self.aws = aws
        self.wish = wish
        self.runtime = aws.service(RUNTIME)
        self.start = aws.clock.now()
        self.ready_timeout = float(wish.timeout or READY_TIMEOUT)
        self.result_timeout = float(wish.timeout or RESULT_TIMEOUT)

    def carry_out(self) -> Answer:
        answer = self._first_answer()
        if self.wish.operation == ASYNCHRONOUS and self.wish.wait:
            answer = self._result(answer)
        self._judge(answer)
        return answer

    def _left(self, timeout: float) -> float:
        """Seconds that are left of a time limit."""
        return max(0.0, self.start + timeout - self.aws.clock.now())

    # Asking

    def _first_answer(self) -> Answer:
        """The answer, once the model is ready to give one."""
        try:
            found = waiters.wait_until(
                self._attempt,
                lambda found: isinstance(found, Answer),
                self.ready_timeout,
                self.aws.clock,
                lambda: self.runtime.throttled_at,
            )
        except waiters.TimedOut as error:
            raise SageMakerError(
                f"Endpoint {self.wish.name} is still not ready to answer after {self.ready_timeout:.0f} s (wait_timeout): "
                f"{error.last.message}",
                cause="timeout",
            ) from error
        return found

    def _attempt(self) -> Union[Answer, ServiceError]:
        """An Answer, or the ServiceError by which the service says that the model is not ready yet.

        Faults of the service and lost connections are repeated here. Raises ServiceError for what repeating cannot cure, or
        must not.
        """
        failures = 0
        while True:
            begun = self.aws.clock.now()
            try:
                client = self.aws.client_within(RUNTIME, self._left(self.ready_timeout))
                raw = getattr(client, xform_name(self.wish.operation))(**self.wish.request)
                body = _read(raw, self.wish.max_body_bytes, lambda: self._left(self.ready_timeout) <= 0)
                return self._answer(raw, body, begun)
            except StreamTimedOut as error:
                raise SageMakerError(
                    f"Endpoint {self.wish.name}: the streamed answer did not end within {self.ready_timeout:.0f} s "
                    "(wait_timeout).",
                    cause="timeout",
                ) from error
            except (botocore_exceptions.ClientError, botocore_exceptions.BotoCoreError) as error:
                if errors.code(error) == "ModelError":
                    return self._model_error(error, begun)
                if errors.is_throttling(error):
                    self.runtime.throttled_at = self.aws.clock.now()
                if self.wish.wait and is_not_ready(error):
                    return ServiceError(self.wish.operation, error)
                failures += 1
                backoff = backoff_for(error)
                pause = backoff.pause(failures, self.aws.clock)
                is_late = pause >= self._left(self.ready_timeout)
                if not self._may_repeat(error) or failures >= backoff.attempts or is_late:
                    raise self._refused(error, is_late) from error
            self.aws.clock.sleep(pause)

    def _may_repeat(self, error: Exception) -> bool:
        """Whether the same invocation may succeed a moment later, and nobody minds a second one."""
        return errors.is_transient(error) and (self.wish.retry_unanswered or not may_be_carried_out(error))

    def _refused(self, error: Exception, is_late: bool) -> ServiceError:
        failure = ServiceError(self.wish.operation, error)
        if "not found" in failure.message and errors.code(error) == "ValidationError":
            failure.message += (
                " What is still being created is not found either, and the name has to match in case. Wait for the endpoint "
                "with sagemaker_endpoint first."
            )
        if may_be_carried_out(error) and not self.wish.retry_unanswered:
            failure.message += (
                " The model may have been asked all the same, so the invocation is not repeated. Set retry_unanswered: true to "
                "have it repeated."
            )
        if is_late:
            failure.message += f" The time to wait is over: {self.ready_timeout:.0f} s (wait_timeout)."
            failure.details["cause"] = "timeout"
        return failure

    def _answer(self, raw: Api, body: Optional[Body], begun: float) -> Answer:
        status = raw["ResponseMetadata"]["HTTPStatusCode"]
        members = {m: value for m, value in raw.items() if m != "Body"}
        self._warn_if_cut(body, "To see more of it, raise max_body_bytes.")
        return Answer(status, self._since(begun), self.runtime.result(self.wish.operation, members), body)

    def _model_error(self, error: Any, begun: float) -> Answer:
        """The model answered, with an error: its own status and body."""
        told = error.response
        status = told.get("OriginalStatusCode") or errors.http_status(error)
        text = (told.get("OriginalMessage") or errors.message(error)).encode()
        logs = told.get("LogStreamArn") or f"CloudWatch log group {failure_causes.log_group(self.wish.name)}"
        problem = f"The model behind endpoint {self.wish.name} answered with the error {status}. Its log: {logs}."
        return Answer(status, self._since(begun), {}, Body(text[: self.wish.max_body_bytes], len(text)), problem)

    def _since(self, begun: float) -> float:
        """Milliseconds since then."""
        return round((self.aws.clock.now() - begun) * 1000, 1)

    # Waiting for an asynchronous result

    def _result(self, accepted: Answer) -> Answer:
        """The result that SageMaker writes into S3. Raises SageMakerError if that is a failure, or nothing in time."""
        s3 = self.aws.service("s3")
        locations = {key: accepted.members.get(f"{key}_location") for key in ("output", "failure")}
        fault: Optional[Exception] = None

        def look() -> Optional[Tuple[str, Api]]:
            nonlocal fault
            try:
                for key, location in locations.items():
                    found = self._object(location, accepted) if location else None
                    if found is not None:
                        return key, found
                fault = None
            except (botocore_exceptions.ClientError, botocore_exceptions.BotoCoreError) as error:
                # The next look may find it.
                fault = error
                if errors.is_throttling(error):
                    s3.throttled_at = self.aws.clock.now()
            return None

        try:
            key, found = waiters.wait_until(
                look,
                lambda seen: seen is not None,
                self._left(self.result_timeout),
                self.aws.clock,
                lambda: s3.throttled_at,
            )
        except waiters.TimedOut as error:
            hidden = (
                ""
                if locations["failure"]
                else " The endpoint has no s3_failure_path, so that a failure shows only in the logs of its containers, "
                f"CloudWatch log group {failure_causes.log_group(self.wish.name)}."
            )
            trouble = f" The last look failed: {errors.explain('GetObject', fault)}" if fault else ""
            raise SageMakerError(
                f"Endpoint {self.wish.name}: there is no result of the asynchronous invocation after "
                f"{self.result_timeout:.0f} s (wait_timeout). It may still come, to {locations['output']}.{hidden}{trouble}",
                response=accepted.as_dict(),
                cause="timeout",
            ) from error
        self._warn_if_cut(found["Body"], f"All of it is in {locations[key]}.")
        kind = {"content_type": found["ContentType"]} if found.get("ContentType") else {}
        answer = replace(
            accepted, latency_ms=self._since(self.start), read=found["Body"], members={**accepted.members, **kind}
        )
        if key == "failure":
            raise SageMakerError(
                f"Endpoint {self.wish.name}: the asynchronous invocation failed: "
                f"{expectations.shown_answer(answer.document)} This stands in {locations['failure']}. Logs of the containers: "
                f"CloudWatch log group {failure_causes.log_group(self.wish.name)}.",
                response=answer.as_dict(),
            )
        return replace(answer, status=200)

    def _object(self, uri: str, accepted: Answer) -> Optional[Api]:
        """{"Body", "ContentType"} of an object, None if it is not there yet. Raises botocore errors that may pass."""
        bucket, _slash, key = re.sub("^s3://", "", uri).partition("/")
        try:
            client = self.aws.client_within("s3", self._left(self.result_timeout))
            found = client.get_object(Bucket=bucket, Key=key)
            body = _read(found, self.wish.max_body_bytes)
            return {"Body": body, "ContentType": found.get("ContentType")}
        except (botocore_exceptions.ClientError, botocore_exceptions.BotoCoreError) as error:
            if errors.code(error) in ("NoSuchKey", "404"):
                return None
            # A body that breaks off is read again as well.
            if errors.is_transient(error) or isinstance(error, botocore_exceptions.IncompleteReadError):
                raise
            failure = ServiceError("GetObject", error)
            if errors.http_status(error) == 403:
                failure.message += (
                    f" The result at {uri} cannot be awaited: the caller needs s3:GetObject on it, s3:ListBucket on the "
                    "bucket (without it S3 answers so where there is no object yet), and kms:Decrypt where it is encrypted; "
                    "or set wait to false."
                )
            failure.details["response"] = accepted.as_dict()
            raise failure from error

    def _warn_if_cut(self, body: Optional[Body], cure: str) -> None:
        if body is not None and body.is_cut:
            whole = "more" if body.size is None else f"{body.size}"
            self.aws.warn(
                [
                    f"response.body: only the first {len(body.data)} of {whole} bytes of the answer are returned "
                    f"(max_body_bytes). {cure}"
                ]
            )

    # Judging

    def _judge(self, answer: Answer) -> None:
        """Raise SageMakerError where the answer is not what it should be."""
        if answer.is_cut and self.wish.expect.get("json"):
            raise SageMakerError(
                f"expect.json: cannot be judged, because only the first {self.wish.max_body_bytes} bytes of the answer were read "
                "(max_body_bytes). Raise max_body_bytes, or leave expect.json out.",
                response=answer.as_dict(),
            )
        judged = expectations.Answer(answer.status, answer.document, answer.latency_ms)
        unmet = expectations.unmet(self.wish.expect, judged)
        # An error is an answer like another where its status is what was expected.
        unexpected = answer.problem if self.wish.expect.get("status") != answer.status else None
        if not unmet and not unexpected:
            return
        said = [unexpected] if unexpected else []
        if unmet:
            said.append(f"Endpoint {self.wish.name} did not answer as expected: {'; '.join(unmet)}.")
        said.append(f"The answer: {expectations.shown_answer(answer.document)}")
        raise SageMakerError(" ".join(said), response=answer.as_dict(), unmet=unmet)


def is_not_ready(error: Exception) -> bool:
    """Whether the service says that the model will answer later: it is loaded, woken from zero, or has too much to do."""
    return (
        errors.code(error) == "ModelNotReadyException"
        or "Inference Component has no capacity" in errors.message(error)
        or errors.http_status(error) == 503
        or errors.is_throttling(error)
    )


def may_be_carried_out(error: Exception) -> bool:
    """Whether the model may have been asked although there is no answer. A 503 says that there was no capacity for it."""
    return errors.is_ambiguous(error) and errors.http_status(error) != 503


def _read(raw: Api, limit: int, is_late: Callable[[], bool] = lambda: False) -> Optional[Body]:
    """The body of an answer, or the parts of a stream put together, up to so many bytes. Raises botocore errors.

    is_late: whether a stream that still goes on has taken too long: then StreamTimedOut is raised.
    """
    body = raw.get("Body")
    if body is None:
        return None
    if hasattr(body, "read"):
        data = body.read(limit)
        length = raw.get("ContentLength") or raw["ResponseMetadata"]["HTTPHeaders"].get("content-length")
        rest = body.read(1)
        body.close()
        return Body(data, len(data) if not rest else int(length) if length else None)
    data = bytearray()
    try:
        for event in body:
            data += event.get("PayloadPart", {}).get("Bytes", b"")
            if len(data) > limit:
                body.close()
                return Body(bytes(data[:limit]), None)
            if is_late():
                body.close()
                raise StreamTimedOut()
    except urllib3_exceptions.HTTPError as error:  # botocore lets them through in event streams
        raise botocore_exceptions.ResponseStreamingError(error=error) from error
    return Body(bytes(data), len(data))
