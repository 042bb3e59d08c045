# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of sagemaker_autoscaling and its info module.

They are the input members of RegisterScalableTarget, PutScalingPolicy and PutScheduledAction. The name of the target is
given once, not in each policy and scheduled action. Enumerations that grow often, or with other services of AWS, have
no choices here. rules.scaling checks the configuration and the metric of a policy, because its messages name the
policy.
"""

from __future__ import annotations

from .options import STATE
from .options import TAGS
from .options import Options
from .options import choice
from .options import flag
from .options import integer
from .options import number
from .options import structure
from .options import structures
from .options import text

METRIC: Options = {
    "metric_name": text(),
    "namespace": text(),
    "dimensions": structures({"name": text(required=True), "value": text(required=True)}),
}

# A metric, or an expression over other queries of the same list.
METRIC_QUERIES = structures(
    {
        "id": text(required=True),
        "expression": text(),
        "metric_stat": structure(
            {"metric": structure(METRIC, required=True), "stat": text(required=True), "unit": text()}
        ),
        "label": text(),
        "return_data": flag(),
    },
    mutually_exclusive=[("expression", "metric_stat")],
    required_one_of=[("expression", "metric_stat")],
)

PREDEFINED_METRIC = structure({"predefined_metric_type": text(required=True), "resource_label": text()})

CUSTOMIZED_METRIC = structure(
    {
        **METRIC,
        "statistic": choice("Average", "Minimum", "Maximum", "SampleCount", "Sum"),
        "unit": text(),
        "metrics": METRIC_QUERIES,
    },
    mutually_exclusive=[("metrics", "metric_name")],
    required_one_of=[("metrics", "metric_name")],
    required_together=[("metric_name", "namespace", "statistic")],
)

TARGET_TRACKING = structure(
    {
        "target_value": number(required=True),
        "predefined_metric_specification": PREDEFINED_METRIC,
        "customized_metric_specification": CUSTOMIZED_METRIC,
        "scale_out_cooldown": integer(),
        "scale_in_cooldown": integer(),
        "disable_scale_in": flag(),
    }
)

STEP_SCALING = structure(
    {
        "adjustment_type": choice("ChangeInCapacity", "PercentChangeInCapacity", "ExactCapacity", required=True),
        "step_adjustments": structures(
            {
                "metric_interval_lower_bound": number(),
                "metric_interval_upper_bound": number(),
                "scaling_adjustment": integer(required=True),
            },
            required=True,
        ),
        "min_adjustment_magnitude": integer(),
        "cooldown": integer(),
        "metric_aggregation_type": choice("Average", "Minimum", "Maximum"),
    }
)

SCALING_POLICIES = structures(
    {
        "policy_name": text(required=True),
        "policy_type": choice("StepScaling", "TargetTrackingScaling"),
        "step_scaling_policy_configuration": STEP_SCALING,
        "target_tracking_scaling_policy_configuration": TARGET_TRACKING,
    }
)

SCHEDULED_ACTIONS = structures(
    {
        "scheduled_action_name": text(required=True),
        "schedule": text(required=True),
        "timezone": text(),
        "start_time": text(),
        "end_time": text(),
        "scalable_target_action": structure(
            {"min_capacity": integer(), "max_capacity": integer()},
            required=True,
            required_one_of=[("min_capacity", "max_capacity")],
        ),
    }
)

AUTOSCALING = {
    "argument_spec": {
        **STATE,
        "endpoint_name": text(),
        "variant_name": text(),
        "inference_component_name": text(),
        "resource_id": text(),
        # Every input of the API contains it, so users can copy an input unchanged.
        "service_namespace": text(default="sagemaker"),
        "scalable_dimension": text(),
        "min_capacity": integer(),
        "max_capacity": integer(),
        "suspended_state": structure(
            {
                "dynamic_scaling_in_suspended": flag(),
                "dynamic_scaling_out_suspended": flag(),
                "scheduled_scaling_suspended": flag(),
            }
        ),
        "scaling_policies": SCALING_POLICIES,
        "purge_scaling_policies": flag(default=True),
        "scheduled_actions": SCHEDULED_ACTIONS,
        "purge_scheduled_actions": flag(default=True),
        "assume_unregistered": flag(default=False),
        **TAGS,
    },
    "required_together": [("endpoint_name", "variant_name")],
    "mutually_exclusive": [("endpoint_name", "inference_component_name", "resource_id")],
    "required_one_of": [("endpoint_name", "inference_component_name", "resource_id")],
}

AUTOSCALING_INFO = {
    "argument_spec": {
        "endpoint_name": text(),
        "variant_name": text(),
        "inference_component_name": text(),
        "max_results": integer(),
    },
    "mutually_exclusive": [("endpoint_name", "inference_component_name"), ("variant_name", "inference_component_name")],
}
