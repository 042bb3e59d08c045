# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The deployment policy of an endpoint: the deployment_config member of CreateEndpoint and UpdateEndpoint.

rules.deployment_policy checks its members against each other, with messages that say where and what to do.
"""

from __future__ import annotations

from .options import Options
from .options import choice
from .options import integer
from .options import structure
from .options import structures
from .options import text

# A part of an endpoint's fleet.
CAPACITY_SIZE: Options = {
    "type": choice("INSTANCE_COUNT", "CAPACITY_PERCENT", required=True),
    "value": integer(required=True),
}

TRAFFIC_ROUTING: Options = {
    "type": choice("ALL_AT_ONCE", "CANARY", "LINEAR", required=True),
    "wait_interval_in_seconds": integer(required=True),
    "canary_size": structure(CAPACITY_SIZE),
    "linear_step_size": structure(CAPACITY_SIZE),
}

BLUE_GREEN: Options = {
    "traffic_routing_configuration": structure(TRAFFIC_ROUTING, required=True),
    "termination_wait_in_seconds": integer(),
    "maximum_execution_timeout_in_seconds": integer(),
}

ROLLING: Options = {
    "maximum_batch_size": structure(CAPACITY_SIZE, required=True),
    "wait_interval_in_seconds": integer(required=True),
    "maximum_execution_timeout_in_seconds": integer(),
    "rollback_maximum_batch_size": structure(CAPACITY_SIZE),
}

AUTO_ROLLBACK: Options = {"alarms": structures({"alarm_name": text(required=True)})}

DEPLOYMENT_CONFIG = structure(
    {
        "blue_green_update_policy": structure(BLUE_GREEN),
        "rolling_update_policy": structure(ROLLING),
        "auto_rollback_configuration": structure(AUTO_ROLLBACK),
    }
)
