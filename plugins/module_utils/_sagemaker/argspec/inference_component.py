# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of sagemaker_inference_component and its info module.

They are the input members of CreateInferenceComponent, UpdateInferenceComponent and ListInferenceComponents.
rollout.component and rules.inference_component check what a new component requires, and the members of a specification
against each other, with messages that say where and what to do.
"""

from __future__ import annotations

from .deployment_policy import AUTO_ROLLBACK
from .options import LISTING
from .options import SECRET_ENVIRONMENT
from .options import STATE
from .options import TAGS
from .options import WAIT
from .options import Options
from .options import choice
from .options import flag
from .options import integer
from .options import mapping
from .options import number
from .options import structure
from .options import structures
from .options import text
from .options import texts

CONTAINER: Options = {
    "image": text(),
    "artifact_url": text(),
    # Secret values are masked by the names of the variables, because no_log would hide harmless ones as well.
    "environment": mapping(no_log=False),
    "container_metrics_config": structure(
        {
            "metrics_endpoints": structures(
                {"metrics_endpoint_path": text(required=True), "metric_publish_frequency_in_seconds": integer()}
            )
        }
    ),
}

SPECIFICATION: Options = {
    "instance_type": text(),
    "model_name": text(),
    "container": structure(CONTAINER),
    "startup_parameters": structure(
        {
            "model_data_download_timeout_in_seconds": integer(),
            "container_startup_health_check_timeout_in_seconds": integer(),
        }
    ),
    "compute_resource_requirements": structure(
        {
            "number_of_cpu_cores_required": number(),
            "number_of_accelerator_devices_required": number(),
            "min_memory_required_in_mb": integer(required=True),
            "max_memory_required_in_mb": integer(),
            "accelerator_partition_type": text(),
        }
    ),
    "base_inference_component_name": text(),
    "data_cache_config": structure({"enable_caching": flag(required=True)}),
    "scheduling_config": structure(
        {
            "placement_strategy": choice("SPREAD", "BINPACK", required=True),
            "availability_zone_balance": structure(
                {"enforcement_mode": text(required=True), "max_imbalance": integer()}
            ),
        }
    ),
}

# A part of a component's copies.
COPIES: Options = {"type": choice("COPY_COUNT", "CAPACITY_PERCENT", required=True), "value": integer(required=True)}

DEPLOYMENT_CONFIG = structure(
    {
        "rolling_update_policy": structure(
            {
                "maximum_batch_size": structure(COPIES, required=True),
                "wait_interval_in_seconds": integer(required=True),
                "maximum_execution_timeout_in_seconds": integer(),
                "rollback_maximum_batch_size": structure(COPIES),
            },
            required=True,
        ),
        "auto_rollback_configuration": structure(AUTO_ROLLBACK),
    }
)

INFERENCE_COMPONENT = {
    "argument_spec": {
        **STATE,
        "name": text(required=True, aliases=["inference_component_name"]),
        "endpoint_name": text(),
        "variant_name": text(),
        "specification": structure(SPECIFICATION),
        "specifications": structures(SPECIFICATION),
        "runtime_config": structure({"copy_count": integer(required=True)}),
        "deployment_config": DEPLOYMENT_CONFIG,
        "unscaled": flag(default=False),
        "deleted_components": texts(),
        **SECRET_ENVIRONMENT,
        **WAIT,
        **TAGS,
    },
    "mutually_exclusive": [("specification", "specifications")],
}

# The filters and sort keys of ListInferenceComponents.
LISTING_COMPONENTS: Options = {
    **LISTING,
    "last_modified_time_after": text(),
    "last_modified_time_before": text(),
    "status_equals": choice("InService", "Creating", "Updating", "Failed", "Deleting"),
    "endpoint_name_equals": text(),
    "variant_name_equals": text(),
    "sort_by": choice("Name", "CreationTime", "Status"),
}

INFERENCE_COMPONENT_INFO = {
    "argument_spec": {"name": text(aliases=["inference_component_name"]), **LISTING_COMPONENTS, **SECRET_ENVIRONMENT},
}
