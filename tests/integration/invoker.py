# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client that invokes an endpoint without pause in the background and keeps account of every answer."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError
from botocore.exceptions import ClientError

from local_aws.process import LocalAws

if TYPE_CHECKING:
    from types import TracebackType

# So long it goes on at most, in seconds, should nobody stop it.
LONGEST = 1200
# So long the result of one asynchronous invocation may take, in seconds.
LONGEST_RESULT = 60
# Between two invocations, in seconds: much less than any step of an update takes, and enough to leave the run under test the processor.
BREATH = 0.01
ONCE = Config(retries={"total_max_attempts": 1})


class Invoker:
    """Invokes ``endpoint`` from the beginning to the end of the with block. Nothing is repeated, so no failure is hidden.

    ``answers`` holds one dict per invocation, in order: who served it, see local_aws; {"failure": text} where it failed.
    ``target``: members of the request that choose who answers. ``asynchronous``: each invocation is waited for until its
    result lies in S3. ``breath``: seconds between two invocations.
    """

    def __init__(
        self, aws: LocalAws, endpoint: str, asynchronous: bool = False, breath: float = BREATH, **target: str
    ) -> None:
        self.answers: list[dict[str, Any]] = []
        self._breath = breath
        self._request = {"EndpointName": endpoint, "Body": b"1,2,3", **target}
        self._asynchronous = asynchronous
        self._s3 = aws.client("s3")
        self._begun = 0
        self._client = aws.client("sagemaker-runtime", config=ONCE)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._invoke, daemon=True)

    def __enter__(self) -> Invoker:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def now(self) -> int:
        """The number of the first answer to an invocation that is not yet begun."""
        return self._begun

    def next(self, count: int) -> list[dict[str, Any]]:
        """The answers to so many invocations begun from now on. Waits for them."""
        first = self.now()
        while len(self.answers) < first + count:
            assert self._thread.is_alive(), f"the invoker gave up after {len(self.answers)} invocations"
            time.sleep(0.01)
        return self.answers[first : first + count]

    @property
    def failures(self) -> list[str]:
        return [answer["failure"] for answer in self.answers if "failure" in answer]

    def _invoke(self) -> None:
        end = time.monotonic() + LONGEST
        while not self._over.is_set() and time.monotonic() < end:
            self._begun += 1
            try:
                self.answers.append(json.loads(self._later() if self._asynchronous else self._at_once()))
            except (BotoCoreError, ClientError, RuntimeError) as error:
                self.answers.append({"failure": str(error)})
            time.sleep(self._breath)

    def _at_once(self) -> bytes:
        return self._client.invoke_endpoint(**self._request)["Body"].read()

    def _later(self) -> bytes:
        """The result of an asynchronous invocation. RuntimeError with what lies in its place if it failed, or if nothing does."""
        told = self._client.invoke_endpoint_async(**self._request)
        end = time.monotonic() + LONGEST_RESULT
        while time.monotonic() < end:
            result = self._stored(told["OutputLocation"])
            if result is not None:
                return result
            failure = self._stored(told["FailureLocation"]) if "FailureLocation" in told else None
            if failure is not None:
                raise RuntimeError(failure.decode())
            time.sleep(BREATH)
        raise RuntimeError(f"no result in {told['OutputLocation']} after {LONGEST_RESULT} s")

    def _stored(self, place: str) -> bytes | None:
        bucket, _slash, key = place.removeprefix("s3://").partition("/")
        try:
            return self._s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except self._s3.exceptions.NoSuchKey:
            return None
