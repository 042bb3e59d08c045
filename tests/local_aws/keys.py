# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The deletion of KMS keys: moto keeps them, and knows them there by their id only. behaviour 16.1"""

from __future__ import annotations

import dataclasses
import json

from local_aws import others
from local_aws.wire import Request
from local_aws.wire import Response
from local_aws.world import Call


def by_id(call: Call, request: Request) -> Response:
    """A key may be named by its ARN, too."""
    key = str(call.params.get("KeyId", "")).rpartition("/")[2]
    return others.answer(dataclasses.replace(request, body=json.dumps({**call.params, "KeyId": key}).encode()))
