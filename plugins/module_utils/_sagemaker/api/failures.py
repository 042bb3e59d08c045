# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Failure reports in one form for all rollouts: of endpoints, components and traffic."""

from __future__ import annotations

from typing import Any
from typing import Dict

from ..core import failure_causes
from ..core.errors import SageMakerError
from ..core.types import Api


def report(
    message: str, description: Api, resource: Dict[str, Dict[str, Any]], logs: str, **details: Any
) -> SageMakerError:
    """Return an error with the reason, the current state, the log group, and the remedy if the cause is known.

    description: the service's description with its FailureReason; resource: {noun: the resource as in results}; logs:
    the log group of its containers; details: further or overriding keys of the failed result.
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
