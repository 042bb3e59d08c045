# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the modules work: the region of their clients, and whose credentials they have."""

from __future__ import annotations

from typing import Any
from typing import Dict
from typing import Mapping

from ..argspec import options
from .client import AwsClients

CALLER_INFO: Dict[str, Any] = {"argument_spec": {"account": options.flag(default=True)}}


def info(aws: AwsClients, params: Mapping[str, Any]) -> Dict[str, Any]:
    """Return the region of the client that makes models, its partition, and on demand the account of the credentials."""
    account = aws.service("sts").call("GetCallerIdentity", {})["Account"] if params["account"] else None
    return {"region": aws.sagemaker.region, "partition": aws.sagemaker.partition, "account_id": account}
