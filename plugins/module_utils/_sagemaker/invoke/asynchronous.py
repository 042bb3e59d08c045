# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The result of an asynchronous invocation, which SageMaker writes into S3."""

from __future__ import annotations

import re
from typing import Optional
from typing import Tuple

from ..api.client import AwsClients
from ..core import errors
from ..core import failure_causes
from ..core.errors import SageMakerError
from ..core.errors import ServiceError
from ..core.failure_causes import NO_ANSWER
from ..core.types import Api
from ..reports.progress import State
from . import expectations

try:
    from botocore import exceptions as botocore_exceptions
except ImportError:  # reported by AnsibleAWSModule
    botocore_exceptions = None

from ..api import transitions
from ..api.transitions import Deadline
from ..core.waiters import TimedOut
from .answers import Answer
from .answers import read_body


class AsynchronousResult:
    """Waits for the result of an accepted invocation. limit: maximum number of bytes to read."""

    def __init__(self, aws: AwsClients, name: str, accepted: Answer, deadline: Deadline, limit: int) -> None:
        self.aws = aws
        self.name = name
        self.accepted = accepted
        self.deadline = deadline
        self.limit = limit
        self.s3 = aws.service("s3")
        self.locations = {key: accepted.members.get(f"{key}_location") for key in ("output", "failure")}
        # The error of the last attempt, which may be temporary.
        self._fault: Optional[Exception] = None

    def wait(self) -> Tuple[str, Api]:
        """Return the location with the result, output or failure, with its Body and ContentType.

        Raises SageMakerError without a result in time, and ServiceError for permanent errors.
        """
        try:
            return transitions.await_until(
                self.s3, self._look, lambda found: found is not None, self.deadline, self._state
            )
        except TimedOut as error:
            raise self._missing() from error

    def _state(self, found: Optional[Tuple[str, Api]]) -> State:
        if found is not None:
            return State(self.name, f"asynchronous {'result' if found[0] == 'output' else 'failure'} there")
        trouble = [errors.explain("GetObject", self._fault)] if self._fault else []
        return State(self.name, "no asynchronous result", (f"expected in {self.locations['output']}", *trouble))

    def _look(self) -> Optional[Tuple[str, Api]]:
        try:
            for key, location in self.locations.items():
                found = self._object(location) if location else None
                if found is not None:
                    return key, found
            self._fault = None
        except (botocore_exceptions.ClientError, botocore_exceptions.BotoCoreError) as error:
            self._fault = error
            if errors.is_throttling(error):
                self.s3.throttled_at = self.aws.clock.now()
        return None

    def _missing(self) -> SageMakerError:
        hidden = (
            ""
            if self.locations["failure"]
            else " The endpoint has no s3_failure_path, so that a failure shows only in the logs of its containers, "
            f"CloudWatch log group {failure_causes.log_group(self.name)}."
        )
        trouble = f" The last attempt failed: {errors.explain('GetObject', self._fault)}" if self._fault else ""
        return SageMakerError(
            f"Endpoint {self.name}: the asynchronous invocation has no result after "
            f"{self.deadline.seconds:.0f} s (wait_timeout). It may still come, to {self.locations['output']}.{hidden}{trouble} "
            f"{NO_ANSWER.remedy}",
            response=self.accepted.as_dict(),
            **NO_ANSWER.details,
        )

    def failure(self, answer: Answer) -> SageMakerError:
        """Return the error report of an invocation whose result is a failure."""
        where = f"See {self.locations['failure']}."
        error = SageMakerError(
            f"Endpoint {self.name}: the asynchronous invocation failed: {expectations.shown_answer(answer.document)} {where} "
            f"Container logs: CloudWatch log group {failure_causes.log_group(self.name)}.",
            response=answer.as_dict(),
        )
        error.reason = f"The asynchronous invocation failed. {where}"
        return error

    def _object(self, uri: str) -> Optional[Api]:
        """Return {"Body", "ContentType"} of an object, None if it does not exist yet. Raises temporary botocore
        errors."""
        bucket, _slash, key = re.sub("^s3://", "", uri).partition("/")
        try:
            client = self.aws.client_within("s3", self.deadline.left())
            found = client.get_object(Bucket=bucket, Key=key)
            body = read_body(found, self.limit)
            return {"Body": body, "ContentType": found.get("ContentType")}
        except (botocore_exceptions.ClientError, botocore_exceptions.BotoCoreError) as error:
            if errors.code(error) in ("NoSuchKey", "404"):
                return None
            # An interrupted body is read again as well.
            if errors.is_transient(error) or isinstance(error, botocore_exceptions.IncompleteReadError):
                raise
            failure = ServiceError("GetObject", error)
            if errors.http_status(error) == 403:
                failure.message += (
                    f" The result at {uri} cannot be awaited: the caller needs s3:GetObject on it, s3:ListBucket on the "
                    "bucket (without it S3 answers in this way while the object does not exist), and kms:Decrypt if it is encrypted; "
                    "or set wait to false."
                )
            failure.details["response"] = self.accepted.as_dict()
            raise failure from error
