# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Limits and patterns of options that need no botocore, to validate variables before a client exists. Pure.

The key is the option's name, regardless of its nesting. Tests compare the constraints with those of botocore. Some
constraints are missing in botocore, and only this file has them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Mapping
from typing import Optional
from typing import Tuple


@dataclass(frozen=True)
class Pattern:
    """expression: a regular expression for the whole text; longest: maximum number of characters; words: a description
    for messages."""

    expression: str
    longest: int
    words: str

    def matches(self, value: str) -> bool:
        return len(value) <= self.longest and re.fullmatch(self.expression, value) is not None


# {option: (lowest, highest)}, None without a bound.
Limits = Mapping[str, Tuple[Optional[float], Optional[float]]]
Patterns = Mapping[str, Pattern]

NAME = Pattern(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", 63, "1 to 63 letters, digits and hyphens, no hyphen first or last")
_S3 = Pattern(r"(https|s3)://[^/]+/?.*", 1024, "an S3 URI (s3://<bucket>/<key>)")
_ID = Pattern(r"[-0-9a-zA-Z]+", 32, "an id such as subnet-0a1b2c3d")

PATTERNS: Patterns = {
    "kms_key_id": Pattern(r"[a-zA-Z0-9:/_-]+", 2048, "the ARN, id or alias of a KMS key"),
    "variant_name": NAME,
    "inference_component_name": NAME,
    "base_inference_component_name": NAME,
    "model_name": NAME,
    "model_name_override": NAME,
    "container_hostname": NAME,
    "inference_specification_name": NAME,
    "model_package_name": Pattern(
        r"(arn:aws[a-z-]*:sagemaker:[a-z0-9-]*:\d{12}:[a-z-]*/)?[a-zA-Z0-9][a-zA-Z0-9-]{0,62}(?<!-)(/\d{1,9})?",
        176,
        "the name or the ARN of a model package",
    ),
    "image": Pattern(r"\S+", 255, "an image's path in its registry, without blanks"),
    # botocore lists the known types, but newer ones may exist.
    "instance_type": Pattern(r"ml\.[a-z0-9-]+\.[a-z0-9-]+", 63, "an instance type for hosting, such as ml.m5.large"),
    "model_data_url": _S3,
    "s3_uri": _S3,
    "manifest_s3_uri": _S3,
    "destination_s3_uri": _S3,
    "s3_output_path": _S3,
    "s3_failure_path": _S3,
    "security_group_ids": _ID,
    "subnets": _ID,
}

LIMITS: Limits = {
    "initial_instance_count": (1, None),
    "initial_variant_weight": (0, None),
    "priority": (1, 5),
    "volume_size_in_gb": (1, 512),
    "model_data_download_timeout_in_seconds": (60, 3600),
    "container_startup_health_check_timeout_in_seconds": (60, 3600),
    "variant_instance_provision_timeout_in_seconds": (300, 3600),
    "memory_size_in_mb": (1024, 6144),
    "max_concurrency": (1, 200),
    "provisioned_concurrency": (1, 200),
    "max_concurrent_invocations_per_instance": (1, 1000),
    "initial_sampling_percentage": (0, 100),
    "copy_count": (0, None),
    "min_memory_required_in_mb": (128, None),
    # Application Auto Scaling has no limits in botocore.
    "min_capacity": (0, None),
    "max_capacity": (0, None),
    "scale_in_cooldown": (0, None),
    "scale_out_cooldown": (0, None),
}
