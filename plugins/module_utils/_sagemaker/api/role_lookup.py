# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Distinguish a missing execution role from a new one with IAM, because SageMaker refuses both with the same
message."""

from __future__ import annotations

import re
from typing import Optional

from ..core import errors
from .client import AwsClients

try:
    from botocore import exceptions as botocore_exceptions
except ImportError:  # reported by AnsibleAWSModule
    botocore_exceptions = None

_ROLE_ARN = re.compile(r'"(?P<arn>arn:[^:"]+:iam::(?P<account>\d+):role/(?:[^"]*/)?(?P<name>[^/"]+))"')

# Timeout in seconds, short because IAM may be unreachable from a private network.
_PATIENCE = 5.0

# Seconds between two lookups, because IAM may not return a new role at first.
_SECOND_LOOK = 3.0


def missing_role(aws: AwsClients, refusal: str) -> Optional[str]:
    """Return a message if the role that SageMaker refused does not exist, None if it exists or IAM does not answer.

    refusal: SageMaker's message, which contains the ARN of the role.
    """
    found = _ROLE_ARN.search(refusal)
    if found is None or not errors.is_role_not_ready(refusal):
        return None
    try:
        # No retry, because the next refusal repeats this lookup.
        if aws.client_within("sts", _PATIENCE).get_caller_identity()["Account"] != found["account"]:
            return None
        actual = _actual_arn(aws, found["name"])
        if actual is None:
            aws.clock.sleep(_SECOND_LOOK)
            actual = _actual_arn(aws, found["name"])
    except (botocore_exceptions.ClientError, botocore_exceptions.BotoCoreError):
        return None
    if actual is None:
        return f"IAM has no role {found['name']} in the account {found['account']}. Create it, or give the ARN of another role."
    if actual != found["arn"]:
        return f"IAM has the role {found['name']} under another ARN, {actual}. Give that ARN."
    return None


def _actual_arn(aws: AwsClients, name: str) -> Optional[str]:
    """Return the ARN of the role with this name, None if it does not exist. Raises botocore errors."""
    try:
        return aws.client_within("iam", _PATIENCE).get_role(RoleName=name)["Role"]["Arn"]
    except botocore_exceptions.ClientError as error:
        if errors.code(error) == "NoSuchEntity":
            return None
        raise
