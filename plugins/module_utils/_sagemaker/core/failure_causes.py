# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a FailureReason means and what to do about it. Pure."""

from __future__ import annotations

import re
from typing import Any
from typing import Mapping
from typing import NamedTuple
from typing import Tuple


class Cause(NamedTuple):
    """name: the class of the cause; pattern: how its reasons read; remedy: what to do; logged: whether a container ran, and may
    have written why.
    """

    name: str
    pattern: str
    remedy: str
    logged: bool = True


UNKNOWN = Cause("unknown", "", "Look into the logs of the containers.")

# The service refuses a call because of these, or fails later.
NO_ROOM = Cause(
    "capacity",
    r"not enough hardware resources on the instances",
    "The instances of the variant have no room for another copy: lower min_memory_required_in_mb (much less than the instance's "
    "memory can be used), number_of_accelerator_devices_required or copy_count, or give the variant more or larger instances "
    "(initial_instance_count, or max_instance_count of managed_instance_scaling).",
    logged=False,
)
IMAGE_MANIFEST = Cause(
    "image_manifest",
    r"Unsupported manifest media type",
    "SageMaker accepts only images whose manifest has Docker's media type. Build and push the image again with docker buildx build "
    "--provenance=false --output type=image,oci-mediatypes=false,push=true.",
    logged=False,
)

# The first that matches counts, so what is particular stands before what is general.
CAUSES: Tuple[Cause, ...] = (
    NO_ROOM,
    IMAGE_MANIFEST,
    Cause(
        "artifact_access",
        r"model data|model artifact|s3:GetObject|download.*(model|s3)",
        "Check that the model data exists in the endpoint's region and that the execution role may read it.",
    ),
    Cause(
        "role",
        r"execution role|sts:AssumeRole.* service principal|not authorized to perform",
        "Check that the execution role exists, trusts sagemaker.amazonaws.com and has the permissions named in the reason.",
    ),
    Cause(
        "container_start",
        r"CannotStartContainer|container.* starts correctly",
        "The container ended before it served: run its image with the command serve, and check entry point and architecture.",
    ),
    Cause(
        "image_access",
        r"\bimage\b|\bECR\b|pull",
        "Check that the image exists in this region and that the execution role may pull it.",
    ),
    Cause(
        "health_check",
        r"ping health check|health check",
        "The container did not answer GET /ping in time: read its log, give it more time with "
        "container_startup_health_check_timeout_in_seconds, or a larger instance type.",
    ),
    Cause(
        "alarm", r"\balarms?\b", "An alarm of the deployment policy went off: look at its metric before trying again."
    ),
    Cause(
        "quota",
        r"service limit|quota|ResourceLimitExceeded",
        "Ask for a higher service quota for this instance type, or use another one.",
        logged=False,
    ),
    Cause(
        "capacity",
        r"capacity|InsufficientInstance|Unable to provision",
        "AWS has no such instances to give now: try later, another instance type, another region, or instance_pools.",
        logged=False,
    ),
    Cause(
        "kms", r"\bKMS\b|kms:", "Check that the key exists, is enabled, and that its policy admits the execution role."
    ),
    Cause(
        "vpc",
        r"\bVPC\b|subnet|security group|network interface|IP address",
        "Check that subnets and security groups exist, have free addresses, and reach S3, the registry and CloudWatch.",
    ),
    Cause(
        "timeout",
        r"timed? ?out|timeout",
        "Give it more time (the timeouts of the variant, the deployment policy's maximum), or look why it is slow.",
    ),
)


def diagnose(reason: str) -> Cause:
    """The cause class of a FailureReason."""
    for cause in CAUSES:
        if re.search(cause.pattern, reason, re.IGNORECASE):
            return cause
    return UNKNOWN


def pointer(cause: Cause, group: str) -> str:
    """Return where to read on, as the end of a message; nothing where no container has run."""
    return f" Logs of the containers: CloudWatch log group {group}." if cause.logged else ""


def told_reason(description: Mapping[str, Any]) -> str:
    """The FailureReason of a described thing as a sentence."""
    reason = description.get("FailureReason")
    return f"Reason: {reason}" if reason else "SageMaker reported no reason."


def log_group(endpoint_name: str) -> str:
    """The CloudWatch log group of the containers of an endpoint."""
    return f"/aws/sagemaker/Endpoints/{endpoint_name}"
