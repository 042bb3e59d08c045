# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The region of the modules' clients, and the account of their credentials."""

from __future__ import annotations

from typing import Any
from typing import Dict
from typing import Mapping

from ..argspec import options
from .client import AwsClients

CALLER_INFO: Dict[str, Any] = {"argument_spec": {"account": options.flag(default=True)}}


def info(aws: AwsClients, params: Mapping[str, Any]) -> Dict[str, Any]:
    """Return the region and the partition of the SageMaker client, and on demand the account of the credentials."""
    account = aws.account() if params["account"] else None
    return {"region": aws.sagemaker.region, "partition": aws.sagemaker.partition, "account_id": account}
