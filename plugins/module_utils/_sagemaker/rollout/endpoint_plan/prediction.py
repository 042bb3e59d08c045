# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The predicted endpoint of a rollout."""

from __future__ import annotations

from typing import Optional

from ...api.client import AwsClients
from ...core import plans
from ...core.types import Api
from ...resources import endpoints
from ...resources.endpoints import CREATING
from ...resources.endpoints import IN_SERVICE
from ...resources.endpoints import UPDATING
from .desired_endpoint import DesiredEndpoint
from .rollout_plan import RolloutPlan


def predict(aws: AwsClients, desired: DesiredEndpoint, steps: RolloutPlan, endpoint: Optional[Api]) -> Api:
    """Return the predicted endpoint."""
    action = steps.plan.action
    untouched = action in (plans.NONE, plans.RETAG)
    if untouched and (endpoints.is_stable(endpoint) or not desired.wait):
        return endpoint
    pending = {"PendingDeploymentSummary": {"EndpointConfigName": desired.config_name}}
    if action not in (plans.CREATE, plans.REPLACE):
        kept = {m: value for m, value in endpoint.items() if m not in ("FailureReason", "PendingDeploymentSummary")}
        if not desired.wait and not steps.has_sequel:
            # The service reports the old configuration until the update has ended.
            return {**kept, "EndpointStatus": UPDATING, **pending}
        status = IN_SERVICE if desired.wait or not steps.drift else UPDATING
        return {**kept, "EndpointConfigName": desired.config_name, "EndpointStatus": status}
    arn = aws.arn(f"endpoint/{desired.name}")
    return {
        "EndpointName": desired.name,
        **({"EndpointArn": arn} if arn else {}),
        "EndpointConfigName": desired.config_name,
        **(
            {"EndpointStatus": IN_SERVICE}
            if desired.wait or steps.has_sequel
            else {"EndpointStatus": CREATING, **pending}
        ),
    }
