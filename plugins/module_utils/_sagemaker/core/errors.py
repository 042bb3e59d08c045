# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Our errors, and the meaning of the service's errors.

SageMaker answers nearly everything with HTTP 400 ValidationException, so only the message distinguishes a missing
resource from a busy or an invalid one. All such knowledge is in this file.
"""

from __future__ import annotations

import importlib
import re
from contextlib import contextmanager
from typing import Any
from typing import Dict
from typing import Iterable
from typing import Iterator
from typing import List

from . import failure_causes
from .problems import Problem
from .problems import message as message_of
from .problems import unique
from .problems import within


class _BotocoreExceptions:
    """botocore.exceptions, imported on first use, because code that only validates input does not need it."""

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module("botocore.exceptions"), name)


botocore_exceptions = _BotocoreExceptions()


class SageMakerError(Exception):
    """A failure to report to the user.

    message: where, what is wrong, and what to do. details: further keys of the failed result, such as C(plan).
    """

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details: Dict[str, Any] = details
        # What stays the end of the message, whatever is added.
        self.ending = ""
        # The reason in a report, if the message contains more, such as an answer that is in the details.
        self.reason = message

    def add(self, text: str) -> None:
        """Add to the message, before its ending."""
        self.message = self.message[: len(self.message) - len(self.ending)] + text + self.ending

    def __str__(self) -> str:
        return self.message


class InputError(SageMakerError):
    """Invalid input, detected before any call that depends on it."""

    def __init__(self, *problems: Problem, **details: Any) -> None:
        super().__init__(message_of(problems), **details)
        self.problems = list(problems)


def raise_if_any(problems: Iterable[Problem]) -> None:
    """Raise InputError with all of these problems, without duplicates, if there are any."""
    found = unique(problems)
    if found:
        raise InputError(*found)


class Problems(List[Problem]):
    """Problems of several parts, raised together after every part was checked."""

    @contextmanager
    def collected(self, path: str = "") -> Iterator[None]:
        """Collect the problems of an InputError in this block instead of raising it. path: the path of the part."""
        try:
            yield
        except InputError as error:
            self.extend(within(path, error.problems))

    @contextmanager
    def raised(self) -> Iterator[Problems]:
        """Raise InputError at the end with these problems and those added in this block, even in place of another
        error."""
        try:
            yield self
        except SageMakerError:
            raise_if_any(self)
            raise
        raise_if_any(self)


class ServiceError(SageMakerError):
    """The service refused a call or could not be reached.

    cause: the botocore error; attempts, seconds: how many calls were made, and within how many seconds.
    """

    def __init__(self, operation: str, cause: Exception, attempts: int = 1, seconds: float = 0.0) -> None:
        super().__init__(explain(operation, cause))
        throttling = failure_causes.THROTTLING
        if re.search(throttling.reason, code(cause)):
            tried = f" The call was made {attempts} times within {seconds:.0f} s." if attempts > 1 else ""
            self.message = f"{self.message.rstrip('. ')}.{tried} {throttling.remedy}"
            self.details = dict(throttling.details)
        self.operation = operation
        self.cause = cause


def _answer(error: Exception) -> Dict[str, Any]:
    """Return the service's answer. Other botocore errors have an attribute of the same name that is None."""
    cause = getattr(error, "cause", error)
    return cause.response if isinstance(cause, botocore_exceptions.ClientError) else {}


def code(error: Exception) -> str:
    """Return the service's error code, '' if the error does not come from the service."""
    return _answer(error).get("Error", {}).get("Code", "")


def message(error: Exception) -> str:
    """Return the service's message."""
    return _answer(error).get("Error", {}).get("Message") or str(getattr(error, "cause", error))


def http_status(error: Exception) -> int:
    """Return the HTTP status of the answer, 0 without an answer."""
    return _answer(error).get("ResponseMetadata", {}).get("HTTPStatusCode", 0)


def is_not_found(error: Exception, noun: str = "") -> bool:
    """Return whether the service says that a resource does not exist. Without noun, any resource.

    noun: the service's name of the kind: model, endpoint, endpoint configuration, inference component. The quote after
    the noun matters, because 'Could not find endpoint configuration' starts with 'Could not find endpoint'.
    """
    if not noun:
        return code(error) == "ResourceNotFoundException" or message(error).startswith("Could not find ")
    return re.search(rf"Could not find {re.escape(noun)} [\"']", message(error)) is not None


def is_already_exists(error: Exception) -> bool:
    """Return whether the service refused a create because the name is taken."""
    return "Cannot create already existing" in message(error)


def is_in_progress(error: Exception) -> bool:
    """Return whether the service refused a call because a transition of an endpoint is in progress."""
    return "Cannot update in-progress" in message(error)


def is_busy(error: Exception) -> bool:
    """Return whether the service refused a call because a transition of a component, its base or its endpoint is in
    progress.

    While a component changes its number of copies, the service reports UPDATE_RC_IN_PROGRESS.
    """
    return is_in_progress(error) or re.search(r"\b[A-Z_]+_IN_PROGRESS\b", message(error)) is not None


def is_config_in_use(error: Exception) -> bool:
    """Return whether the service refused an update because the endpoint already uses that configuration."""
    return "currently in use endpoint configuration" in message(error)


def is_denied(error: Exception) -> bool:
    """Return whether the caller lacks the permission for this call. The answer of S3 to a HEAD has no body, so its code is the status."""
    return code(error) in ("AccessDeniedException", "AccessDenied", "403")


def is_without_credentials(error: Exception) -> bool:
    """Return whether there were no credentials, or not all of them, so that no call was made."""
    cause = getattr(error, "cause", error)
    return isinstance(cause, (botocore_exceptions.NoCredentialsError, botocore_exceptions.PartialCredentialsError))


def is_role_not_ready(text: str) -> bool:
    """Return whether this error text or failure reason says that SageMaker cannot assume the execution role (yet)."""
    return re.search(r"The execution role ARN .* is invalid\. Please ensure that the role exists", text) is not None


# application-autoscaling has modelled errors.
def is_target_not_found(error: Exception) -> bool:
    """Return whether Application Auto Scaling says that the target, policy or scheduled action does not exist."""
    return code(error) == "ObjectNotFoundException"


def is_already_registered(error: Exception) -> bool:
    """Return whether a registration with tags was refused because the scalable target exists, so that it changed
    nothing."""
    return "The scalable target that you tried to tag already exists" in message(error)


THROTTLING_CODES = frozenset(
    {
        "ThrottlingException",
        "Throttling",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "ConcurrentUpdateException",
    }
)


def is_throttling(error: Exception) -> bool:
    """Return whether the service throttles the caller, or a change of the same object is pending."""
    return code(error) in THROTTLING_CODES


def is_connection_failure(error: Exception) -> bool:
    """Return whether the call ended without an answer."""
    failed = isinstance(error, (botocore_exceptions.HTTPClientError, botocore_exceptions.ConnectionError))
    return failed and not is_certificate_error(error)


def is_unreachable(error: Exception) -> bool:
    """Return whether no connection was established, so that the call certainly did not run."""
    return isinstance(
        error,
        (
            botocore_exceptions.EndpointConnectionError,
            botocore_exceptions.ConnectTimeoutError,
            botocore_exceptions.ProxyConnectionError,
        ),
    )


def is_certificate_error(error: Exception) -> bool:
    """Return whether the server's certificate was rejected: the call did not run, and a retry does not help."""
    return isinstance(error, botocore_exceptions.SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(error)


def is_transient(error: Exception) -> bool:
    """Return whether a retry may succeed."""
    return is_throttling(error) or http_status(error) >= 500 or is_connection_failure(error)


def is_ambiguous(error: Exception) -> bool:
    """Return whether the call may have taken effect although it failed."""
    return http_status(error) >= 500 or (is_connection_failure(error) and not is_unreachable(error))


# Remedies for failures whose message from botocore, amazon.aws or the service does not name one.
_NO_CREDENTIALS = failure_causes.CREDENTIALS.remedy
_UNREACHABLE = "Check endpoint_url (AWS_ENDPOINT_URL), the region and the network."
_NO_REGION = re.compile(r"You must specify a region|requires a region and none was found")
_CURES = {
    re.compile(r"Unable to locate credentials|Partial credentials found"): _NO_CREDENTIALS,
    _NO_REGION: "Give region, or set AWS_REGION or AWS_DEFAULT_REGION.",
    re.compile(r"Could not connect to the endpoint URL"): _UNREACHABLE,
    re.compile(r"\(LimitExceeded\).*olicy size"): (
        "All inline policies of a role share that limit. Remove those of deleted releases (prune_policies)."
    ),
    re.compile(r"Min instance count needs to be greater than 0"): (
        "This region does not scale instances to zero: set managed_instance_scaling.min_instance_count to 1 or more (the role: leave "
        "scale_to_zero out), or use another region."
    ),
    re.compile(r"ManagedInstanceScaling is (only supported for|not supported with)"): (
        "Leave managed_instance_scaling out, and scale the variant with sagemaker_autoscaling (the role: autoscaling_config)."
    ),
    re.compile(r"Environment variable map cannot be specified when using a ModelPackage"): (
        "Leave environment out: the seller of the model package has set its variables, and AWS accepts others for few packages only."
    ),
    re.compile(failure_causes.NO_ROOM.reason): failure_causes.NO_ROOM.remedy,
    re.compile(failure_causes.IMAGE_MANIFEST.reason): failure_causes.IMAGE_MANIFEST.remedy,
}


def lacks_region(text: str) -> bool:
    """Return whether a message says that the connection has no region."""
    return _NO_REGION.search(text) is not None


def with_hint(text: str) -> str:
    """Return a message with a remedy appended, unless the message already contains it."""
    cure = next((cure for words, cure in _CURES.items() if words.search(text)), "")
    return text if cure in text else f"{text.rstrip('. ')}. {cure}"


def explain(operation: str, error: Exception) -> str:
    """Return what failed, with the service's message, and a remedy if the client is the cause."""
    if is_unreachable(error):
        return f"{operation}: cannot reach AWS: {error}. {_UNREACHABLE}"
    if is_certificate_error(error):
        return (
            f"{operation}: {error}. Give aws_ca_bundle (AWS_CA_BUNDLE) the certificates to trust, those of a proxy too."
        )
    if is_without_credentials(error):
        return f"{operation}: {error}. {_NO_CREDENTIALS}"
    name = f" ({code(error)})" if code(error) else ""
    return f"{operation} failed{name}: {message(error)}"
