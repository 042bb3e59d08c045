# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of an invocation that failed: what serves, and what the containers wrote since it began."""

from __future__ import annotations

from typing import Optional
from typing import Tuple

from ..api import failures
from ..api.client import AwsClients
from ..api.container_logs import LOOK_TIMEOUT
from ..api.container_logs import MOST_CALLS
from ..api.container_logs import LogSource
from ..api.failures import Failed
from ..core import errors
from ..core import failure_causes
from ..core.errors import SageMakerError
from ..core.errors import ServiceError
from ..core.types import Api
from .request import InvocationRequest

try:
    from botocore import exceptions as botocore_exceptions
except ImportError:  # reported by AnsibleAWSModule
    botocore_exceptions = None

WHAT = "invocation"


def report(aws: AwsClients, request: InvocationRequest, error: SageMakerError, begun: float) -> None:
    """Add to an error what helps to find its cause. begun: when the invocation began, by the clock of aws."""
    endpoint, is_reachable = _endpoint(aws, request.name)
    component = request.route.component if request.route else request.members.get("InferenceComponentName")
    group = failure_causes.component_log_group(component) if component else failure_causes.log_group(request.name)
    config = None if endpoint is None else endpoint["EndpointConfigName"]
    logs = LogSource(
        group,
        ago=aws.clock.now() - begun,
        config=config,
        component=component,
        secret_keys=request.secret_keys,
    )
    refused = isinstance(error, ServiceError)
    reason = errors.message(error) if refused else error.reason
    status = None if endpoint is None else endpoint["EndpointStatus"]
    failed = Failed(WHAT, request.name, status, reason, endpoint, logs, MOST_CALLS - 1 if is_reachable else 0)
    if refused:
        failures.refusal(aws, error, failed)
    else:
        failures.complete(aws, error, failed)


def _endpoint(aws: AwsClients, name: str) -> Tuple[Optional[Api], bool]:
    """Return the endpoint, None if it does not exist or the caller may not see it, and whether AWS answered.

    The caller has waited long enough, so that one short look has to do.
    """
    client = aws.client_within("sagemaker", LOOK_TIMEOUT)
    try:
        return client.describe_endpoint(EndpointName=name), True
    except botocore_exceptions.ClientError:
        return None, True
    except botocore_exceptions.BotoCoreError:
        return None, False
