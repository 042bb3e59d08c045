# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of sagemaker_endpoint_traffic: the input members of UpdateEndpointWeightsAndCapacities."""

from __future__ import annotations

from .options import SECRET_ENVIRONMENT
from .options import WAIT
from .options import Options
from .options import flag
from .options import integer
from .options import number
from .options import structure
from .options import structures
from .options import text

DESIRED_WEIGHT_AND_CAPACITY: Options = {
    "variant_name": text(required=True),
    "desired_weight": number(),
    "desired_instance_count": integer(),
    "serverless_update_config": structure({"max_concurrency": integer(), "provisioned_concurrency": integer()}),
}

TRAFFIC = {
    "argument_spec": {
        "endpoint_name": text(required=True, aliases=["name"]),
        "desired_weights_and_capacities": structures(DESIRED_WEIGHT_AND_CAPACITY, required=True),
        "override_autoscaling": flag(default=False),
        **WAIT,
        **SECRET_ENVIRONMENT,
    }
}
