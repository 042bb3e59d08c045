# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The last words of containers, from CloudWatch Logs. Read only after a failure, with few calls, and never in the way of its report."""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass
from dataclasses import field
from email.utils import parsedate_to_datetime
from typing import Any
from typing import Collection
from typing import Dict
from typing import Iterable
from typing import List
from typing import Mapping
from typing import Optional
from typing import Sequence

from ..core import errors
from ..core.errors import ServiceError
from ..core.retries import backoff_for
from ..core.types import Api
from ..reports import log_lines
from ..reports import log_secrets
from ..reports.log_lines import Line
from .client import AwsClients

try:
    from botocore import exceptions as botocore_exceptions
    from botocore import xform_name
except ImportError:  # reported by AnsibleAWSModule
    botocore_exceptions = None

# So many calls a report may make, repeated ones included.
MOST_CALLS = 6
# Seconds that it waits for each answer.
LOOK_TIMEOUT = 5.0
# AWS tells many times in whole seconds.
_DATE_STEP = 1.0
# So many lines of a stream are looked through.
_READ = 1000

_DESCRIBE = {
    "DescribeEndpointConfig": "EndpointConfigName",
    "DescribeModel": "ModelName",
    "DescribeInferenceComponent": "InferenceComponentName",
}


@dataclass(frozen=True)
class LogSource:
    """Where the containers of a rollout write, and what they know that must not be shown.

    since: when the rollout began, None where nobody saw that; ago: the seconds since then, for what AWS gives no time for. config: the
    endpoint configuration whose models they run; component: the inference component that they run, in place of that. secret_keys: keys
    of environments that are secret whatever they look like.
    """

    group: str
    since: Optional[datetime.datetime] = None
    ago: Optional[float] = None
    config: Optional[str] = None
    component: Optional[str] = None
    secret_keys: Collection[str] = ()

    def command(self, region: str) -> str:
        """Return the command that shows more."""
        since = "1h" if self.ago is None else f"{math.ceil(self.ago / 60) + 1}m"
        if self.since is not None:
            since = self.since.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        return f"aws logs tail {self.group} --since {since} --region {region}"


@dataclass(frozen=True)
class Excerpt:
    """shown: the lines of a report; texts: all that were read; note: why there are none, None where there are."""

    shown: List[Line] = field(default_factory=list)
    texts: List[str] = field(default_factory=list)
    note: Optional[str] = None


class _Unread(Exception):
    """The logs cannot be shown. The message says why."""


def read(aws: AwsClients, source: LogSource, reason: str, calls: int = MOST_CALLS) -> Excerpt:
    """Return the last words of the containers. Raises nothing. reason: the FailureReason; calls: how many may be made."""
    if calls < 1:
        return Excerpt(note="AWS did not answer, so the logs were not read.")
    try:
        return _Reader(aws, source, calls).read(reason)
    except _Unread as error:
        return Excerpt(note=str(error))


class _Reader:
    """Reads with a number of calls, each of which counts, whatever its end."""

    def __init__(self, aws: AwsClients, source: LogSource, calls: int) -> None:
        self.aws = aws
        self.source = source
        self.left = calls
        # Milliseconds by AWS's clock.
        self.since = None if source.since is None else int((source.since.timestamp() - _DATE_STEP) * 1000)

    def read(self, reason: str) -> Excerpt:
        names = self._chosen(reason)
        if not names:
            raise _Unread(
                f"The log group {self.source.group} has nothing of this rollout, so its containers have not written anything: they "
                "did not start, or their network or execution role keeps them from CloudWatch Logs."
            )
        environments, names = self._environments(names)
        hidden = log_secrets.hidden_values(environments, self.source.secret_keys)
        streams = [self._lines(name, hidden) for name in names[: self.left]]
        found = [lines for lines in streams if lines]
        if not found:
            raise _Unread(f"The streams of this rollout in the log group {self.source.group} hold no line yet.")
        texts = [line["message"] for lines in found for line in lines]
        return Excerpt(log_lines.excerpt(found), texts)

    def _streams(self) -> List[Api]:
        request = {"logGroupName": self.source.group, "orderBy": "LastEventTime", "descending": True, "limit": 50}
        try:
            answer = self._call("logs", "DescribeLogStreams", request)
        except ServiceError as error:
            if errors.code(error) == "ResourceNotFoundException":
                raise _Unread(
                    f"There is no log group {self.source.group}, so no container has ever written anything: none has started, or their "
                    "network or execution role keeps them from CloudWatch Logs."
                ) from error
            raise _Unread(_unreadable("the logs", "logs:DescribeLogStreams and logs:GetLogEvents", error)) from error
        self._note_since(answer["ResponseMetadata"]["HTTPHeaders"].get("date"))
        return answer["logStreams"]

    def _chosen(self, reason: str) -> List[str]:
        # The call tells AWS's time.
        streams = self._streams()
        return log_lines.chosen(streams, self.since, reason)

    def _note_since(self, date: Optional[str]) -> None:
        """Note when it began, by the date of an answer: the clock of this machine may differ from AWS's."""
        if self.source.ago is not None and date:
            self.since = int((parsedate_to_datetime(date).timestamp() - self.source.ago - _DATE_STEP) * 1000)

    def _lines(self, stream: str, hidden: Sequence[str]) -> List[Line]:
        request = {"logGroupName": self.source.group, "logStreamName": stream, "limit": _READ, "startFromHead": False}
        try:
            events = self._call(
                "logs", "GetLogEvents", {**request, **({"startTime": self.since} if self.since else {})}
            )["events"]
        except ServiceError as error:
            raise _Unread(_unreadable("the logs", "logs:GetLogEvents", error)) from error
        told = [event for event in events if event["message"].strip()]
        messages = log_secrets.masked_lines([event["message"].rstrip() for event in told], hidden)
        return [
            {"time": _time(event["timestamp"]), "stream": stream, "message": message}
            for event, message in zip(told, messages)
            # The rest of a secret that was wrapped.
            if message.strip()
        ]

    # What must not be shown

    def _environments(self, streams: List[str]) -> Any:
        """Return the environments of the containers behind the streams, and the streams of which they are known."""
        try:
            if self.source.component is not None:
                return list(self._of_component(self.source.component)), streams
            return self._of_variants(streams)
        except ServiceError as error:
            text = "the environments of the containers, and with them what is secret in their logs"
            raise _Unread(
                _unreadable(text, "sagemaker:DescribeEndpointConfig and sagemaker:DescribeModel", error)
            ) from error

    def _of_variants(self, streams: List[str]) -> Any:
        if self.source.config is None:
            return [], streams
        config = self._described("DescribeEndpointConfig", self.source.config)
        models = {
            variant["VariantName"]: variant.get("ModelName")
            for group in ("ProductionVariants", "ShadowProductionVariants")
            for variant in config.get(group, ())
        }
        environments: List[Mapping[str, str]] = []
        known: Dict[str, bool] = {}
        read_models = set()
        for variant in dict.fromkeys(map(log_lines.variant_of, streams)):
            model = models.get(variant)
            if model is not None and model not in read_models:
                # Of each variant at least one stream is read as well.
                if self.left < len(known) + 2:
                    continue
                environments += _environments(self._described("DescribeModel", model))
                read_models.add(model)
            known[variant] = True
        return environments, [stream for stream in streams if log_lines.variant_of(stream) in known]

    def _of_component(self, name: str) -> Iterable[Mapping[str, str]]:
        component = self._described("DescribeInferenceComponent", name)
        for one in [component.get("Specification") or {}, *component.get("Specifications", ())]:
            yield one.get("Container", {}).get("Environment", {})
            if "ModelName" in one and self.left > 2:
                yield from _environments(self._described("DescribeModel", one["ModelName"]))

    def _described(self, operation: str, name: str) -> Api:
        return self._call("sagemaker", operation, {_DESCRIBE[operation]: name})

    def _call(self, service: str, operation: str, request: Api) -> Api:
        """Call once, and again while that may help and calls are left."""
        client, failures = self.aws.client_within(service, LOOK_TIMEOUT), 0
        while True:
            self.left -= 1
            try:
                return getattr(client, xform_name(operation))(**request)
            except (botocore_exceptions.ClientError, botocore_exceptions.BotoCoreError) as error:
                failures += 1
                # One call is left for lines. Where AWS is silent, repeating would only delay the report.
                if self.left < 2 or not errors.is_transient(error) or _is_silence(error):
                    raise ServiceError(operation, error) from error
                self.aws.clock.sleep(backoff_for(error).pause(failures, self.aws.clock))


def _is_silence(error: Exception) -> bool:
    return isinstance(error, (botocore_exceptions.ConnectTimeoutError, botocore_exceptions.ReadTimeoutError))


def _environments(model: Api) -> List[Mapping[str, str]]:
    containers: Sequence[Api] = (
        [model["PrimaryContainer"]] if "PrimaryContainer" in model else model.get("Containers", ())
    )
    return [one.get("Environment", {}) for one in containers]


def _unreadable(what: str, permissions: str, error: ServiceError) -> str:
    told = f"The caller cannot read {what}: {error.message.rstrip('. ')}."
    return f"{told} Grant {permissions} to see the lines here." if errors.is_denied(error) else told


def _time(milliseconds: int) -> str:
    moment = datetime.datetime.fromtimestamp(milliseconds / 1000, datetime.timezone.utc)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
