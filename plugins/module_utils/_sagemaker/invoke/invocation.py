# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An invocation of an endpoint, in real time, as a stream, or asynchronously through S3, with its expectations.

The module waits for a component that scales out from zero, for a model that is still loading, and for an asynchronous
result. An error of the model is an answer, so it is not retried. An invocation that may have reached the model is
retried only on request, because it may cost money and have side effects.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import Any
from typing import Dict
from typing import Mapping
from typing import Optional
from typing import Union

from ..api.client import AwsClients
from ..api.transitions import Deadline
from ..core import errors
from ..core import failure_causes
from ..core import waiters
from ..core.errors import SageMakerError
from ..core.errors import ServiceError
from ..core.failure_causes import NO_ANSWER
from ..core.retries import backoff_for
from ..core.types import Api
from ..reports.progress import ProgressLines
from ..reports.progress import State
from . import expectations
from . import failures
from .answers import Answer
from .answers import Body
from .answers import StreamTimedOut
from .answers import is_events
from .answers import read_body
from .asynchronous import AsynchronousResult
from .request import ASYNCHRONOUS
from .request import RUNTIME
from .request import InvocationRequest

try:
    from botocore import exceptions as botocore_exceptions
    from botocore import xform_name
except ImportError:  # reported by AnsibleAWSModule
    botocore_exceptions = None

# Default seconds to wait for a model, and for a result in S3, for which the endpoint may first have to scale out from
# zero.
READY_TIMEOUT = 900.0
RESULT_TIMEOUT = 3600.0


@dataclass(frozen=True)
class Outcome:
    """The result of an invocation. response: {} in check mode; request: the request without its body."""

    response: Dict[str, Any]
    request: Dict[str, Any]
    # An invocation changes nothing, so diff mode shows nothing.
    diff: Dict[str, Any] = field(default_factory=lambda: {"before": {}, "after": {}})

    def as_dict(self) -> Dict[str, Any]:
        return {"response": self.response, "request": self.request, "changed": False}

    def message(self, check_mode: bool, waits: bool) -> str:
        """Return one line that summarises the invocation."""
        endpoint = f"Endpoint {self.request['endpoint_name']}"
        if check_mode:
            return f"{endpoint} was not invoked, because check mode does not run invocations, which may cost money and have side effects."
        return f"{endpoint} was invoked."


def invoke(aws: AwsClients, params: Mapping[str, Any], check_mode: bool) -> Outcome:
    """Invoke an endpoint and check its answer, in check mode only return the request. Raises SageMakerError."""
    request = InvocationRequest(aws, params, check_mode)
    errors.raise_if_any(request.problems)
    if check_mode:
        return Outcome({}, request.shown)
    invocation = _Invocation(aws, request)
    try:
        return Outcome(invocation.run().as_dict(), request.shown)
    except SageMakerError as error:
        failures.report(aws, request, error, invocation.start)
        raise


class _Invocation:
    """One run: invoke until an answer arrives, then check it."""

    def __init__(self, aws: AwsClients, request: InvocationRequest) -> None:
        self.aws = aws
        self.request = request
        self.runtime = aws.service(RUNTIME)
        self.start = aws.clock.now()
        self.ready_timeout = float(request.timeout or READY_TIMEOUT)
        self.result_timeout = float(request.timeout or RESULT_TIMEOUT)

    def run(self) -> Answer:
        answer = self._first_answer()
        if self.request.operation == ASYNCHRONOUS and self.request.wait:
            answer = self._result(answer)
        self._judge(answer)
        return answer

    def _left(self, timeout: float) -> float:
        """Return the seconds left of a time limit."""
        return max(0.0, self.start + timeout - self.aws.clock.now())

    # Invoking

    def _first_answer(self) -> Answer:
        """Return the answer, once the model is ready."""
        lines = ProgressLines(self.aws.clock.tell, self.aws.clock.now)

        def is_answer(found: Union[Answer, ServiceError]) -> bool:
            ready = isinstance(found, Answer)
            state = (
                State(self.request.name, "ready") if ready else State(self.request.name, "not ready", (found.message,))
            )
            lines.saw(state, ready)
            return ready

        try:
            found = waiters.wait_until(
                self._attempt,
                is_answer,
                self.ready_timeout,
                self.aws.clock,
                lambda: self.runtime.throttled_at,
            )
        except waiters.TimedOut as error:
            raise SageMakerError(
                f"Endpoint {self.request.name} is still not ready to answer after {self.ready_timeout:.0f} s (wait_timeout): "
                f"{error.last.message.rstrip('. ')}. {NO_ANSWER.remedy}",
                **NO_ANSWER.details,
            ) from error
        return found

    def _attempt(self) -> Union[Answer, ServiceError]:
        """Return an Answer, or the ServiceError with which the service reports that the model is not ready yet.

        Retries faults of the service and lost connections. Raises ServiceError for errors that cannot or must not be
        retried.
        """
        failures = 0
        while True:
            begun = self.aws.clock.now()
            try:
                raw = self._call()
                body = read_body(raw, self.request.max_body_bytes, lambda: self._left(self.ready_timeout) <= 0)
                return self._answer(raw, body, begun)
            except StreamTimedOut as error:
                raise SageMakerError(
                    f"Endpoint {self.request.name}: the streamed answer did not end within {self.ready_timeout:.0f} s "
                    f"(wait_timeout). {NO_ANSWER.remedy}",
                    **NO_ANSWER.details,
                ) from error
            except (botocore_exceptions.ClientError, botocore_exceptions.BotoCoreError) as error:
                if errors.code(error) == "ModelError":
                    return self._model_error(error, begun)
                if errors.is_throttling(error):
                    self.runtime.throttled_at = self.aws.clock.now()
                if self.request.wait and is_not_ready(error):
                    return ServiceError(self.request.operation, error)
                failures += 1
                backoff = backoff_for(error)
                pause = backoff.pause(failures, self.aws.clock)
                is_late = pause >= self._left(self.ready_timeout)
                if not self._may_repeat(error) or failures >= backoff.attempts or is_late:
                    raise self._refused(error, is_late) from error
            self.aws.clock.sleep(pause)

    def _call(self) -> Api:
        client = self.aws.client_within(RUNTIME, self._left(self.ready_timeout))
        with self.request.route.taken_by(client) if self.request.route else nullcontext():
            return getattr(client, xform_name(self.request.operation))(**self.request.members)

    def _may_repeat(self, error: Exception) -> bool:
        """Return whether a retry may succeed and is allowed."""
        return errors.is_transient(error) and (self.request.retry_unanswered or not may_be_carried_out(error))

    def _refused(self, error: Exception, is_late: bool) -> ServiceError:
        failure = ServiceError(self.request.operation, error)
        if "not found" in failure.message and errors.code(error) == "ValidationError":
            failure.message += (
                " An endpoint that is still being created is not found either, and names are case-sensitive. Wait for the endpoint "
                "with sagemaker_endpoint first."
            )
        if self.request.route and (errors.is_denied(error) or errors.http_status(error) in (401, 403)):
            failure.message += (
                " The caller needs sagemaker:CallWithBearerToken, and sagemaker:InvokeEndpoint on the endpoint, and credentials that "
                "are valid."
            )
        if may_be_carried_out(error) and not self.request.retry_unanswered:
            failure.message += (
                " The model may have received the request, so the invocation is not repeated. Set retry_unanswered: true to "
                "have it repeated."
            )
        if is_late:
            failure.message += f" The time limit expired: {self.ready_timeout:.0f} s (wait_timeout). {NO_ANSWER.remedy}"
            failure.details.update(NO_ANSWER.details)
        return failure

    def _answer(self, raw: Api, body: Optional[Body], begun: float) -> Answer:
        status = raw["ResponseMetadata"]["HTTPStatusCode"]
        members = {m: value for m, value in raw.items() if m != "Body"}
        self._warn_if_cut(body, "To read more of it, raise max_body_bytes.")
        result = self.runtime.result(self.request.operation, members)
        answer = Answer(status, self._since(begun), result, body)
        if self.request.route and is_events(raw):
            answer = replace(answer, events=True)
            document = answer.document
            if isinstance(document, dict) and document.get("error"):
                return replace(answer, status=500, problem=self._broken_stream())
        return answer

    def _broken_stream(self) -> str:
        return f"The model behind endpoint {self.request.name} ended its stream with an error."

    def _model_error(self, error: Any, begun: float) -> Answer:
        """Return an error of the model as an answer, with its status and body."""
        told = error.response
        status = told.get("OriginalStatusCode") or errors.http_status(error)
        text = (told.get("OriginalMessage") or errors.message(error)).encode()
        logs = told.get("LogStreamArn") or f"CloudWatch log group {failure_causes.log_group(self.request.name)}"
        problem = f"The model behind endpoint {self.request.name} answered with the error {status}. Its log: {logs}."
        return Answer(status, self._since(begun), {}, Body(text[: self.request.max_body_bytes], len(text)), problem)

    def _since(self, begun: float) -> float:
        """Return the milliseconds since then."""
        return round((self.aws.clock.now() - begun) * 1000, 1)

    # Waiting for an asynchronous result

    def _result(self, accepted: Answer) -> Answer:
        """Return the result that SageMaker writes to S3. Raises SageMakerError for a failure, or without a result in
        time."""
        deadline = Deadline(self.aws.clock, self.result_timeout, self.start)
        result = AsynchronousResult(self.aws, self.request.name, accepted, deadline, self.request.max_body_bytes)
        key, found = result.wait()
        self._warn_if_cut(found["Body"], f"The whole answer is in {result.locations[key]}.")
        kind = {"content_type": found["ContentType"]} if found.get("ContentType") else {}
        answer = replace(
            accepted, latency_ms=self._since(self.start), read=found["Body"], members={**accepted.members, **kind}
        )
        if key == "failure":
            raise result.failure(answer)
        return replace(answer, status=200)

    def _warn_if_cut(self, body: Optional[Body], cure: str) -> None:
        if body is not None and body.is_cut:
            whole = "more" if body.size is None else f"{body.size}"
            self.aws.warn(
                [
                    f"response.body: only the first {len(body.data)} of {whole} bytes of the answer are returned "
                    f"(max_body_bytes). {cure}"
                ]
            )

    # Checking

    def _judge(self, answer: Answer) -> None:
        """Raise SageMakerError if the answer does not meet the expectations."""
        if answer.is_cut and self.request.expect.get("json"):
            raise SageMakerError(
                f"expect.json: cannot be checked, because only the first {self.request.max_body_bytes} bytes of the answer were read "
                "(max_body_bytes). Raise max_body_bytes, or leave expect.json out.",
                response=answer.as_dict(),
            )
        judged = expectations.Answer(answer.status, answer.document, answer.latency_ms)
        unmet = expectations.unmet(self.request.expect, judged)
        # An error with the expected status is an ordinary answer.
        unexpected = answer.problem if self.request.expect.get("status") != answer.status else None
        if not unmet and not unexpected:
            return
        said = [unexpected] if unexpected else []
        if unmet:
            said.append(f"Endpoint {self.request.name} did not answer as expected: {'; '.join(unmet)}.")
        shown = f"The answer: {expectations.shown_answer(answer.document)}"
        error = SageMakerError(" ".join([*said, shown]), response=answer.as_dict(), unmet=unmet)
        error.reason = " ".join(said)
        raise error


def is_not_ready(error: Exception) -> bool:
    """Return whether the model will answer later: it is loading, scaling out from zero, or overloaded."""
    return (
        errors.code(error) == "ModelNotReadyException"
        or "Inference Component has no capacity" in errors.message(error)
        or errors.http_status(error) == 503
        or errors.is_throttling(error)
    )


def may_be_carried_out(error: Exception) -> bool:
    """Return whether the request may have reached the model without an answer. A 503 means that there was no
    capacity."""
    return errors.is_ambiguous(error) and errors.http_status(error) != 503
