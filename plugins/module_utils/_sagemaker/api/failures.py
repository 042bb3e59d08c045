# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Failure reports in one form for all rollouts and invocations: of endpoints, components and traffic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from typing import Dict
from typing import Mapping
from typing import Optional

from ..core import errors
from ..core import failure_causes
from ..core.errors import SageMakerError
from ..core.errors import ServiceError
from ..core.failure_causes import Cause
from ..core.types import Api
from ..reports import failure as failure_report
from ..reports import log_lines
from ..reports.progress import State
from . import container_logs
from .client import AwsClients
from .container_logs import MOST_CALLS
from .container_logs import Excerpt
from .container_logs import LogSource
from .transitions import Deadline


@dataclass(frozen=True)
class Failed:
    """What failed. what: the operation; name: of the thing; status: that it has now; reason: AWS's own words, '' for none.

    serving: the endpoint that serves now as AWS describes it, None where that is not known; unread: why no logs are read.
    """

    what: str
    name: str
    status: Optional[str]
    reason: str
    serving: Optional[Api]
    logs: LogSource
    calls: int = MOST_CALLS
    unread: Optional[str] = None


def report(
    aws: AwsClients,
    message: str,
    failed: Failed,
    resource: Dict[str, Dict[str, Any]],
    otherwise: Cause = failure_causes.UNKNOWN,
    **details: Any,
) -> SageMakerError:
    """Return an error with the reason, the current state, the containers' last log lines, and the remedy if the cause is known.

    resource: {noun: the resource as in results}; otherwise: the cause if neither the reason nor the logs show one; details: further or
    overriding keys of the failed result.
    """
    excerpt = _last_words(aws, failed)
    cause = failure_causes.diagnose(failed.reason, excerpt.texts)
    if cause is failure_causes.UNKNOWN:
        cause = otherwise
    told = {
        "failure_reason": failed.reason,
        **resource,
        "rolled_back": False,
        "cause": cause.name,
        "remedy": _remedy(cause) if failed.unread else cause.remedy,
        "log_group": failed.logs.group,
        **details,
    }
    told["failure"] = _failure(aws, failed, told, excerpt)
    pointer = "" if failed.unread else failure_causes.pointer(cause, failed.logs.group)
    error = SageMakerError(f"{message} {told['remedy']}".rstrip() + pointer, **told)
    _end(error, excerpt)
    return error


def timeout(
    aws: AwsClients, noun: str, state: State, failed: Failed, deadline: Deadline, resource: Dict[str, Dict[str, Any]]
) -> SageMakerError:
    """Return the error for a wait that lasted too long. noun: the kind of thing; state: what it is doing."""
    message = failure_report.still(noun, state, deadline.seconds)
    return report(aws, message, failed, resource, otherwise=failure_causes.WAITING)


def _last_words(aws: AwsClients, failed: Failed) -> Excerpt:
    """Return what the containers wrote. Nothing is read where none has run."""
    unread = failed.unread or ("" if failure_causes.diagnose(failed.reason).logged else failure_report.NO_CONTAINER)
    if unread:
        return Excerpt(note=unread)
    return container_logs.read(aws, failed.logs, failed.reason, failed.calls)


def _failure(aws: AwsClients, failed: Failed, told: Mapping[str, Any], excerpt: Excerpt) -> Dict[str, Any]:
    return failure_report.failure(
        failed.what,
        failed.name,
        status=failed.status,
        reason=failed.reason,
        cause=told["cause"],
        remedy=told["remedy"],
        rolled_back=told.get("rolled_back", False),
        serving=serving(aws, failed.serving),
        log_group=failed.logs.group,
        log_lines=excerpt.shown,
        log_note=excerpt.note,
        command=failed.logs.command(aws.sagemaker.region),
    )


def _end(error: SageMakerError, excerpt: Excerpt) -> None:
    """Let a message end with the last lines."""
    end = log_lines.ending(excerpt.shown)
    if end:
        error.message, error.ending = f"{error.message} The last lines:{end}", end


def refusal(aws: AwsClients, error: ServiceError, failed: Failed) -> None:
    """Add the report to the error of a call that AWS refused, so that no container has started, unless it has one."""
    if "failure" not in error.details:
        _complete(aws, error, failed, Excerpt(note=failure_report.NO_CONTAINER), cause_of(error))
        _add_remedy(error)


def refused_call(error: ServiceError, what: str, name: Any) -> None:
    """Add the report to the error of a call about something that no container belongs to, unless it has one."""
    if "failure" not in error.details:
        cause = cause_of(error)
        note = None if cause is failure_causes.CREDENTIALS else failure_report.NO_CONTAINER
        told = {"cause": cause.name, "remedy": _remedy(cause), **error.details}
        known = {key: told[key] for key in ("cause", "remedy")}
        error.details["failure"] = failure_report.failure(
            what, name, reason=errors.message(error), log_note=note, **known
        )
        error.details.update(known)
        _add_remedy(error)


def cause_of(error: ServiceError) -> Cause:
    """Return the cause of a refused call. A fault of AWS or of the connection says nothing about the request."""
    if errors.is_denied(error):
        return failure_causes.CALLER
    if errors.is_without_credentials(error):
        return failure_causes.CREDENTIALS
    if not errors.code(error) or errors.http_status(error) >= 500:
        return failure_causes.UNKNOWN
    return failure_causes.diagnose(errors.message(error))


def _remedy(cause: Cause) -> str:
    """Return the remedy of a known cause. What can only point to the logs helps nobody where there are none."""
    return "" if cause is failure_causes.UNKNOWN else cause.remedy


def _add_remedy(error: ServiceError) -> None:
    remedy = error.details["failure"]["remedy"]
    if remedy and remedy not in error.message:
        error.message = f"{error.message.rstrip('. ')}. {remedy}"


def complete(aws: AwsClients, error: SageMakerError, failed: Failed) -> None:
    """Add the report to an error that has its message, and the containers' last words to the end of that.

    Only these tell the cause: the reason holds what a model answered, which may be about anything.
    """
    excerpt = container_logs.read(aws, failed.logs, failed.reason, failed.calls)
    _complete(aws, error, failed, excerpt, failure_causes.diagnose("", excerpt.texts))
    _end(error, excerpt)


def _complete(aws: AwsClients, error: SageMakerError, failed: Failed, excerpt: Excerpt, cause: Cause) -> None:
    error.details.setdefault("cause", cause.name)
    told = {"remedy": _remedy(cause), **error.details}
    error.details["failure"] = _failure(aws, failed, told, excerpt)


def serving(aws: AwsClients, endpoint: Optional[Api]) -> Dict[str, Any]:
    """Return what serves: C({"endpoint_config_name", "variants"}), both empty where nothing does."""
    variants = (endpoint or {}).get("ProductionVariants")
    if endpoint is None or not variants or endpoint["EndpointStatus"] in ("Creating", "Failed", "Deleting"):
        return {"endpoint_config_name": None, "variants": []}
    shown = aws.sagemaker.result("DescribeEndpoint", {"ProductionVariants": variants})
    return {"endpoint_config_name": endpoint["EndpointConfigName"], "variants": shown["production_variants"]}
