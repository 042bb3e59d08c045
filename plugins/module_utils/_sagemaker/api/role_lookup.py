# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SageMaker refuses an execution role that is too young and one that does not exist with the same words; IAM tells them apart."""

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

# IAM may be out of reach from a private network, which must not cost much time. Seconds that an answer may take.
_PATIENCE = 5.0

# IAM itself may not know a role yet that was made a moment ago, so it is asked twice. Seconds between.
_SECOND_LOOK = 3.0


def missing_role(aws: AwsClients, refusal: str) -> Optional[str]:
    """Return what to say about the role that SageMaker refused, if it does not exist; None if it does or nobody may know.

    refusal: SageMaker's words, which hold the ARN of the role.
    """
    found = _ROLE_ARN.search(refusal)
    if found is None or not errors.is_role_not_ready(refusal):
        return None
    try:
        # Not repeated: this is asked again after the next refusal.
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
        return f"IAM has no role of this ARN: {found['name']} is {actual}. Give that ARN."
    return None


def _actual_arn(aws: AwsClients, name: str) -> Optional[str]:
    """The ARN of the role of this name, None if there is none. Raises botocore errors."""
    try:
        return aws.client_within("iam", _PATIENCE).get_role(RoleName=name)["Role"]["Arn"]
    except botocore_exceptions.ClientError as error:
        if errors.code(error) == "NoSuchEntity":
            return None
        raise
