# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CloudWatch's SetAlarmState: moto sets the state, a new state calls scaling policies. behaviour 6.21"""

from __future__ import annotations

from local_aws import alarms
from local_aws import others
from local_aws import scaling_policies
from local_aws.wire import Request
from local_aws.wire import Response
from local_aws.world import Call


def answer(call: Call, request: Request) -> Response:
    name = call.params.get("AlarmName", "")
    before = alarms.find(call.region, name)
    response = others.answer(request)
    after = alarms.find(call.region, name)
    if before is not None and after is not None and after.state != before.state:
        for arn in after.actions:
            scaling_policies.carry_out(call, arn, after)
    return response
