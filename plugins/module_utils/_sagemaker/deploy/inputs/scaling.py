# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The autoscaling from the role's variables: options of sagemaker_autoscaling, and alarms that scale out from zero.
Pure.

Without instances or copies most metrics stop, so a target tracking policy never scales out from zero. That requires a
step policy and an alarm on a metric of waiting requests.
"""

from __future__ import annotations

from typing import Any
from typing import Dict
from typing import List
from typing import Mapping

from ...core import ownership
from ...rules import scaling as scaling_rules
from ...rules.variants import COPIES
from ...rules.variants import INSTANCE_COUNT
from ...rules.variants import Kind
from ...rules.variants import Metric
from ...rules.variants import Scaling
from .variables import Given

# The name of the Terraform module's policy.
SCALING_POLICY = "SageMakerEndpointInvocationScalingPolicy"

Options = Dict[str, Any]


def of_variant(given: Given, variant: Mapping[str, Any], kind: Kind, config: Mapping[str, Any], path: str) -> Options:
    """Return the target of a variant. path: the variable of the config, for messages."""
    if "serverless_config" in variant and "provisioned_concurrency" not in variant["serverless_config"]:
        given.problem(
            f"{variant['path']}.serverless_config",
            "needs provisioned_concurrency: autoscaling applies only to provisioned concurrency, AWS scales the rest",
        )
    endpoint = given.input["name"]
    resource_id = scaling_rules.variant_id(endpoint, variant["variant_name"])
    return _target(given, resource_id, kind.scaling, {"EndpointName": endpoint}, config, path)


def of_component(given: Given, component: Mapping[str, Any], path: str) -> Options:
    """Return the target of an inference component. path: the component's, for messages."""
    name, config = component["name"], component["autoscaling_config"]
    names = {"InferenceComponentName": name}
    return _target(given, scaling_rules.component_id(name), COPIES, names, config, f"{path}.autoscaling_config")


def dimension_of(target: Mapping[str, Any]) -> str:
    """Return the scalable dimension of a target, which is omitted if sagemaker_autoscaling derives it."""
    derived = COPIES.dimension if scaling_rules.COMPONENT_ID.fullmatch(target["resource_id"]) else INSTANCE_COUNT
    return target.get("scalable_dimension", derived)


def _target(
    given: Given,
    resource_id: str,
    scaling: Scaling,
    names: Mapping[str, str],
    config: Mapping[str, Any],
    path: str,
) -> Options:
    """Return a target. names: the values of the dimensions of its metrics."""
    to_zero = config.get("scale_to_zero", False)
    waking = scaling.waking if to_zero else None
    if to_zero and scaling.waking is None:
        given.problem(
            f"{path}.scale_to_zero", "only asynchronous endpoints and inference components can scale to 0: leave it out"
        )
    if to_zero and config.get("min_capacity", 0) > 0:
        given.problem(f"{path}.min_capacity", "must be 0, or left out, with scale_to_zero")
    if to_zero and "target_value" not in config:
        given.problem(path, "scale_to_zero needs target_value, for scaling above zero")
    target: Options = {
        "resource_id": resource_id,
        "scalable_dimension": scaling.dimension,
        "min_capacity": config.get("min_capacity", 0 if waking else 1),
        "max_capacity": config["max_capacity"],
        "scaling_policies": [
            *_tracking(scaling, names, config),
            *([_waking_policy(waking)] if waking else []),
            *config.get("scaling_policies", []),
        ],
        "scheduled_actions": config.get("scheduled_actions", []),
    }
    if scaling.dimension == dimension_of({"resource_id": resource_id}):
        del target["scalable_dimension"]
    if waking:
        owner = ownership.owner_of(resource_id)
        target["waking_policy"] = ownership.WAKING_POLICY
        target["alarm"] = {
            "name": ownership.alarm_name(owner),
            "description": ownership.alarm_description(owner),
            **_alarm(waking, names),
        }
    return target


def _tracking(scaling: Scaling, names: Mapping[str, str], config: Mapping[str, Any]) -> List[Options]:
    """Return the policy that keeps a metric at target_value, as in the Terraform module."""
    if "target_value" not in config:
        return []
    usual = scaling.usual
    if "customized_metric_specification" in config:
        metric = {"customized_metric_specification": config["customized_metric_specification"]}
    elif "predefined_metric_type" in config or isinstance(usual, str):
        predefined = config.get("predefined_metric_type", usual)
        metric = {"predefined_metric_specification": {"predefined_metric_type": predefined}}
    else:
        metric = {"customized_metric_specification": _customized(usual, names)}
    own = {name: config[name] for name in ("target_value", "scale_in_cooldown", "scale_out_cooldown") if name in config}
    return [
        {
            "policy_name": SCALING_POLICY,
            "policy_type": "TargetTrackingScaling",
            "target_tracking_scaling_policy_configuration": {**own, **metric},
        }
    ]


def _customized(metric: Metric, names: Mapping[str, str]) -> Options:
    return {
        "metric_name": metric.name,
        "namespace": metric.namespace,
        "dimensions": [{"name": metric.of, "value": names[metric.of]}],
        "statistic": metric.statistic,
    }


def _waking_policy(metric: Metric) -> Options:
    return {
        "policy_name": ownership.WAKING_POLICY,
        "policy_type": "StepScaling",
        "step_scaling_policy_configuration": {
            "adjustment_type": "ChangeInCapacity",
            "metric_aggregation_type": metric.statistic,
            # The alarm continues until the first instance or copy serves, which takes some time.
            "cooldown": 300,
            "step_adjustments": [{"metric_interval_lower_bound": 0, "scaling_adjustment": 1}],
        },
    }


def _alarm(metric: Metric, names: Mapping[str, str]) -> Options:
    """Return options of amazon.aws.cloudwatch_metric_alarm. The metric is at least 1 while a request waits."""
    return {
        "namespace": metric.namespace,
        "metric": metric.name,
        "dimensions": {metric.of: names[metric.of]},
        "statistic": metric.statistic,
        "period": metric.period,
        "evaluation_periods": metric.periods,
        "datapoints_to_alarm": metric.periods,
        "threshold": 1,
        "comparison": "GreaterThanOrEqualToThreshold",
        "treat_missing_data": "missing",
    }
