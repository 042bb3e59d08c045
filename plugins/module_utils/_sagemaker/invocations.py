# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One invocation of an endpoint: answered at once, as a stream, or asynchronously through S3; and what it should answer.

What is not there yet is waited for: a component that wakes from zero, a model that is still loaded, an asynchronous
result. An error of the model itself is an answer, which no repetition makes better.
"""

from __future__ import annotations

import base64
import json
import os
import re
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import Any
from typing import Dict
from typing import Iterator
from typing import Mapping
from typing import Optional
from typing import Set
from typing import Tuple
from typing import Union

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import diagnosis
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import errors
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import expectations
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import invoke_options
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import shapes
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import waiters
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.errors import InputError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.errors import SageMakerError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.errors import ServiceError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.retries import backoff_for
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.services import Api
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.services import Aws
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.services import Service

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
    REAL_TIME: {*invoke_options.REAL_TIME_ONLY, *invoke_options.AT_ONCE_ONLY},
    STREAM: {*invoke_options.AT_ONCE_ONLY},
    ASYNCHRONOUS: {*invoke_options.ASYNCHRONOUS_ONLY},
}
_COMMON_MEMBERS = {"endpoint_name", *invoke_options.COMMON}

# Seconds to wait unless told: for a model to be ready, and for a result in S3, in front of which an endpoint may have to
# scale out from zero.
READY_TIMEOUT = 900.0
RESULT_TIMEOUT = 3600.0


@dataclass(frozen=True)
class Outcome:
    """What an invocation returns. response: {} in check mode; request: what was or would be asked, without the body."""

    response: Dict[str, Any]
    request: Dict[str, Any]
    message: Optional[str] = None
    # Nothing is changed, so diff mode has nothing to show.
    before: Dict[str, Any] = field(default_factory=dict)
    after: Dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> Dict[str, Any]:
        told = {"msg": self.message} if self.message else {}
        return {"response": self.response, "request": self.request, "changed": False, **told}


@dataclass(frozen=True)
class Answer:
    """status: HTTP; members: of the answer, in snake_case; body: None where there is none (yet).

    problem: what to say if an error was not expected, None where the answer is none.
    """

    status: int
    latency_ms: float
    members: Dict[str, Any]
    body: Optional[bytes] = None
    problem: Optional[str] = None

    @property
    def text(self) -> Optional[str]:
        """The body, None where there is none or it is no UTF-8."""
        try:
            return None if self.body is None else self.body.decode()
        except UnicodeDecodeError:
            return None

    @property
    def document(self) -> Any:
        """What is judged: the body as JSON has it, or its text, or how many bytes it has."""
        text = self.text
        if text is None:
            return f"{len(self.body or b'')} bytes that are no text"
        try:
            return expectations.parsed(text)
        except ValueError:
            return text

    def as_dict(self) -> Dict[str, Any]:
        """The answer as results show it."""
        shown = {"status": self.status, "latency_ms": self.latency_ms, **self.members}
        text = self.text
        if text is not None:
            shown["body"] = text
            try:
                shown["json"] = expectations.parsed(text)
            except ValueError:
                pass
        elif self.body is not None:
            shown["body_base64"] = base64.b64encode(self.body).decode()
        return shown


def invoke(aws: Aws, params: Mapping[str, Any], check_mode: bool) -> Outcome:
    """Invoke an endpoint and judge its answer; in check mode only say what would be asked. Raises SageMakerError."""
    wish = Wish(aws, params, check_mode)
    errors.refuse(wish.problems)
    if check_mode:
        return Outcome(
            {}, wish.shown, "Check mode: the endpoint was not invoked, since that may cost and have effects."
        )
    return Outcome(_Invocation(aws, wish).carry_out().as_dict(), wish.shown)


class Wish:
    """What was asked for. problems: what is wrong with it, each with its option; only without any it can be asked.

    lenient: a file that an earlier task would make may be missing.
    """

    def __init__(self, aws: Aws, params: Mapping[str, Any], lenient: bool) -> None:
        self.operation = _operation(params)
        self.wait: bool = params["wait"]
        self.timeout: Optional[int] = params.get("wait_timeout")
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
            told = {problem.partition(":")[0] for problem in self.problems}
            wrong = shapes.problems(shape, self.request)
            self.problems += [problem for problem in wrong if problem.partition(":")[0] not in told]
        except InputError as error:
            self.problems.append(error.message)
        self.shown = {
            "operation": self.operation,
            **{o: v for o, v in options.items() if v is not None and o != "body"},
        }
        if body:
            self.shown["body_size"] = len(body)

    def _misused(self, params: Mapping[str, Any], known: Set[str]) -> Iterator[str]:
        """What to say about options that do not go together."""
        if params["stream"] and _is_asynchronous(params):
            yield (
                "stream: an asynchronous invocation (input_location, or asynchronous) answers into S3 and cannot be streamed. "
                "Leave one of the two out."
            )
        yield from _misplaced(params, known)
        if self.expect and self.operation == ASYNCHRONOUS and not self.wait:
            yield "expect: without wait there is no result yet that could be judged. Set wait, or leave expect out."


def _is_asynchronous(params: Mapping[str, Any]) -> bool:
    asynchronous = params.get("asynchronous")
    return params.get("input_location") is not None if asynchronous is None else asynchronous


def _operation(params: Mapping[str, Any]) -> str:
    """Which call is meant."""
    return ASYNCHRONOUS if _is_asynchronous(params) else STREAM if params["stream"] else REAL_TIME


def _misplaced(params: Mapping[str, Any], known: Set[str]) -> Iterator[str]:
    """What to say about options that belong to another call."""
    for option in sorted(set().union(*_OWN_MEMBERS.values()) - known):
        if params.get(option) is not None:
            fitting = [_KIND[operation] for operation, options in _OWN_MEMBERS.items() if option in options]
            yield f"{option}: this belongs to {' or '.join(fitting)}. Ask for that, or leave the option out."


def _not_ascii(options: Mapping[str, Any]) -> Iterator[str]:
    """What to say about values that cannot travel in HTTP headers, as all but the body does."""
    for option, value in options.items():
        if isinstance(value, str) and not (value.isascii() and value.isprintable()):
            yield f"{option}: only printable ASCII characters are possible, got {value!r}."


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
                f"src: {path} cannot be read: {error.strerror}. It is looked for where the module runs."
            ) from error
    if isinstance(body, (dict, list)):
        return json.dumps(body, ensure_ascii=False).encode(), "application/json"
    return (None if body is None else shapes.text(body).encode()), None


class _Invocation:
    """One run: ask until there is an answer, then judge it."""

    def __init__(self, aws: Aws, wish: Wish) -> None:
        self.aws = aws
        self.wish = wish
        self.runtime = aws.service(RUNTIME)

    def carry_out(self) -> Answer:
        start = self.aws.clock.now()
        answer = self._first_answer()
        if self.wish.operation == ASYNCHRONOUS and self.wish.wait:
            answer = self._result(answer, start)
        self._judge(answer)
        return answer

    # Asking

    def _first_answer(self) -> Answer:
        """The answer, once the model is ready to give one."""
        timeout = float(self.wish.timeout or READY_TIMEOUT)
        try:
            found = waiters.wait_until(
                self._attempt,
                lambda found: isinstance(found, Answer),
                timeout,
                self.aws.clock,
                lambda: self.runtime.throttled_at,
            )
        except waiters.TimedOut as error:
            raise SageMakerError(
                f"Endpoint {self.wish.name} is still not ready to answer after {timeout:.0f} s (wait_timeout): "
                f"{error.last.message}",
                cause="timeout",
            ) from error
        return found

    def _attempt(self) -> Union[Answer, ServiceError]:
        """An Answer, or the ServiceError by which the service says that the model is not ready yet.

        Faults of the service and lost connections are repeated here. Raises ServiceError for what repeating cannot cure.
        """
        call = getattr(self.runtime.client, xform_name(self.wish.operation))
        failures = 0
        while True:
            begun = self.aws.clock.now()
            try:
                raw = call(**self.wish.request)
                body = _read(raw)
                return self._answer(raw, body, begun)
            except (botocore_exceptions.ClientError, botocore_exceptions.BotoCoreError) as error:
                if errors.code(error) == "ModelError":
                    return self._model_error(error, begun)
                if errors.is_throttling(error):
                    self.runtime.throttled_at = self.aws.clock.now()
                if self.wish.wait and is_not_ready(error):
                    return ServiceError(self.wish.operation, error)
                failures += 1
                backoff = backoff_for(error)
                if not errors.is_transient(error) or failures >= backoff.attempts:
                    raise self._refused(error) from error
            self.aws.clock.sleep(backoff.pause(failures, self.aws.clock))

    def _refused(self, error: Exception) -> ServiceError:
        failure = ServiceError(self.wish.operation, error)
        if "not found" in failure.message and errors.code(error) == "ValidationError":
            failure.message += (
                " What is still being created is not found either, and the name has to match in case. Wait for the endpoint "
                "with sagemaker_endpoint first."
            )
        return failure

    def _answer(self, raw: Api, body: Optional[bytes], begun: float) -> Answer:
        status = raw["ResponseMetadata"]["HTTPStatusCode"]
        members = {m: value for m, value in raw.items() if m != "Body"}
        return Answer(status, self._since(begun), self.runtime.result(self.wish.operation, members), body)

    def _model_error(self, error: Any, begun: float) -> Answer:
        """The model answered, with an error: its own status and body."""
        told = error.response
        status = told.get("OriginalStatusCode") or errors.http_status(error)
        body = told.get("OriginalMessage") or errors.message(error)
        logs = told.get("LogStreamArn") or f"CloudWatch log group {diagnosis.log_group(self.wish.name)}"
        problem = f"The model behind endpoint {self.wish.name} answered with the error {status}. Its log: {logs}."
        return Answer(status, self._since(begun), {}, body.encode(), problem)

    def _since(self, begun: float) -> float:
        """Milliseconds since then."""
        return round((self.aws.clock.now() - begun) * 1000, 1)

    # Waiting for an asynchronous result

    def _result(self, accepted: Answer, start: float) -> Answer:
        """The result that SageMaker writes into S3. Raises SageMakerError if that is a failure, or nothing in time."""
        s3 = self.aws.service("s3")
        locations = {key: accepted.members.get(f"{key}_location") for key in ("output", "failure")}
        timeout = float(self.wish.timeout or RESULT_TIMEOUT)
        left = max(0.0, start + timeout - self.aws.clock.now())

        def look() -> Optional[Tuple[str, Api]]:
            for key, location in locations.items():
                found = self._object(s3, location, accepted) if location else None
                if found is not None:
                    return key, found
            return None

        try:
            key, found = waiters.wait_until(
                look, lambda seen: seen is not None, left, self.aws.clock, lambda: s3.throttled_at
            )
        except waiters.TimedOut as error:
            hidden = (
                ""
                if locations["failure"]
                else " The endpoint has no s3_failure_path, so that a failure shows only in the logs of its containers, "
                f"CloudWatch log group {diagnosis.log_group(self.wish.name)}."
            )
            raise SageMakerError(
                f"Endpoint {self.wish.name}: there is no result of the asynchronous invocation after {timeout:.0f} s "
                f"(wait_timeout). It may still come, to {locations['output']}.{hidden}",
                response=accepted.as_dict(),
                cause="timeout",
            ) from error
        kind = {"content_type": found["ContentType"]} if found.get("ContentType") else {}
        answer = replace(
            accepted, latency_ms=self._since(start), body=found["Bytes"], members={**accepted.members, **kind}
        )
        if key == "failure":
            raise SageMakerError(
                f"Endpoint {self.wish.name}: the asynchronous invocation failed: "
                f"{expectations.shown_answer(answer.document)} This stands in {locations['failure']}. Logs of the containers: "
                f"CloudWatch log group {diagnosis.log_group(self.wish.name)}.",
                response=answer.as_dict(),
            )
        return replace(answer, status=200)

    def _object(self, s3: Service, uri: str, accepted: Answer) -> Optional[Api]:
        """{"Bytes", "ContentType"} of an object, None if it is not there yet."""
        bucket, _slash, key = re.sub("^s3://", "", uri).partition("/")
        try:
            found = s3.call("GetObject", {"Bucket": bucket, "Key": key})
            return {"Bytes": found["Body"].read(), "ContentType": found.get("ContentType")}
        except ServiceError as error:
            if errors.code(error) in ("NoSuchKey", "404"):
                return None
            if errors.http_status(error) == 403:
                error.message += (
                    f" The result at {uri} cannot be awaited: the caller needs s3:GetObject on it, s3:ListBucket on the "
                    "bucket (without it S3 answers so where there is no object yet), and kms:Decrypt where it is encrypted; "
                    "or set wait to false."
                )
            error.details["response"] = accepted.as_dict()
            raise
        except (botocore_exceptions.HTTPClientError, botocore_exceptions.IncompleteReadError):
            return None  # The connection broke while the object was read; the next look reads it again.

    # Judging

    def _judge(self, answer: Answer) -> None:
        """Raise SageMakerError where the answer is not what it should be."""
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


def _read(raw: Api) -> Optional[bytes]:
    """The body of an answer: whole, or the parts of a stream put together. Raises botocore errors."""
    body = raw.get("Body")
    if body is None:
        return None
    if hasattr(body, "read"):
        return body.read()
    try:
        return b"".join(event.get("PayloadPart", {}).get("Bytes", b"") for event in body)
    except urllib3_exceptions.HTTPError as error:  # botocore lets them through in event streams
        raise botocore_exceptions.ResponseStreamingError(error=error) from error
