# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of a failure, in one form for everything that is rolled out: endpoints, components and traffic."""

from __future__ import annotations

from typing import Any
from typing import Dict

from ..core import failure_causes
from ..core.errors import SageMakerError
from ..core.types import Api


def report(
    message: str, description: Api, resource: Dict[str, Dict[str, Any]], logs: str, **details: Any
) -> SageMakerError:
    """Return a failure with all that helps: reason, what serves, logs, and the remedy where the cause is known.

    description: the thing as the service describes it, with its FailureReason; resource: {noun: the thing as results show it};
    logs: the log group of its containers; details: more keys of the failed result, or other values of these.
    """
    reason = description.get("FailureReason", "")
    cause = failure_causes.diagnose(reason)
    told = {
        "failure_reason": reason,
        **resource,
        "rolled_back": False,
        "cause": cause.name,
        "remedy": cause.remedy,
        "log_group": logs,
        **details,
    }
    return SageMakerError(f"{message} {told['remedy']}{failure_causes.pointer(cause, logs)}", **told)
