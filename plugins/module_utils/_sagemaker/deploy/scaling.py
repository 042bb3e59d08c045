# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The autoscaling that the role's variables ask for: options of sagemaker_autoscaling, and alarms that wake from zero. Pure.

Nothing that runs on no instance or in no copy can be measured, so a target tracking policy never leads away from zero. For
that there are a step policy and an alarm on a metric which tells that somebody waits.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any
from typing import Dict
from typing import List
from typing import Mapping
from typing import Optional

from ..core import ownership
from ..core.variable_paths import PREFIX
from ..rules import scaling as scaling_rules
from .variables import Given

# The name that the Terraform module's policy has.
SCALING_POLICY = "SageMakerEndpointInvocationScalingPolicy"

Options = Dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """How one kind of target scales.

    place: the options of sagemaker_autoscaling that name it; metric: of the tracking policy, where only a target value is
    given; waking: of the alarm, None where nothing wakes the kind from zero; least: the lowest min_capacity without
    scale_to_zero.
    """

    place: Options
    metric: Options
    waking: Optional[Options] = None
    least: int = 0


def _predefined(metric: str) -> Options:
    return {"predefined_metric_specification": {"predefined_metric_type": metric}}


def _of_variant(given: Given, variant: Mapping[str, Any]) -> Kind:
    endpoint = given.input["name"]
    place = {"resource_id": scaling_rules.variant_id(endpoint, variant["variant_name"])}
    if "serverless_config" in variant:
        return Kind(
            {**place, "scalable_dimension": scaling_rules.PROVISIONED_CONCURRENCY},
            _predefined("SageMakerVariantProvisionedConcurrencyUtilization"),
        )
    if not given.input["async_inference_config"]:
        return Kind(place, _predefined("SageMakerVariantInvocationsPerInstance"), least=1)
    # Invocations per instance are not published for asynchronous endpoints.
    backlog = {
        "metric_name": "ApproximateBacklogSizePerInstance",
        "namespace": "AWS/SageMaker",
        "dimensions": [{"name": "EndpointName", "value": endpoint}],
        "statistic": "Average",
    }
    waiting = _waking("HasBacklogWithoutCapacity", {"EndpointName": endpoint}, "Average", period=60, periods=2)
    return Kind(place, {"customized_metric_specification": backlog}, waiting)


def _of_component(component: Mapping[str, Any]) -> Kind:
    name = component["name"]
    refused = _waking("NoCapacityInvocationFailures", {"InferenceComponentName": name}, "Maximum", period=30, periods=1)
    metric = _predefined("SageMakerInferenceComponentInvocationsPerCopy")
    return Kind({"resource_id": scaling_rules.component_id(name)}, metric, refused)


def _waking(metric: str, dimensions: Options, statistic: str, period: int, periods: int) -> Options:
    """The alarm's metric as options of amazon.aws.cloudwatch_metric_alarm. Both metrics are 1 or more as soon as one waits."""
    return {
        "namespace": "AWS/SageMaker",
        "metric": metric,
        "dimensions": dimensions,
        "statistic": statistic,
        "period": period,
        "evaluation_periods": periods,
        "datapoints_to_alarm": periods,
        "threshold": 1,
        "comparison": "GreaterThanOrEqualToThreshold",
        "treat_missing_data": "missing",
    }


def of_variant(given: Given, variant: Mapping[str, Any], config: Mapping[str, Any], path: str) -> Options:
    """The target of a variant. path: the variable that the config is from, for messages."""
    burstable = re.match(r"ml\.t\d", variant.get("instance_type", ""))
    if burstable:
        given.problem(
            f"{variant['path']}.instance_type",
            f"{variant['instance_type']} cannot be scaled automatically, AWS refuses it for burstable instances: "
            f"choose another type, such as ml.m5.large, or leave out {PREFIX}{path}",
        )
    if "serverless_config" in variant and "provisioned_concurrency" not in variant["serverless_config"]:
        given.problem(
            f"{variant['path']}.serverless_config",
            "needs provisioned_concurrency: it is what is scaled automatically, the rest AWS scales by itself",
        )
    return _target(given, _of_variant(given, variant), config, path)


def of_component(given: Given, component: Mapping[str, Any], path: str) -> Options:
    """The target of an inference component. path: the component's, for messages."""
    return _target(given, _of_component(component), component["autoscaling_config"], f"{path}.autoscaling_config")


def _target(given: Given, kind: Kind, config: Mapping[str, Any], path: str) -> Options:
    to_zero = config.get("scale_to_zero", False)
    low, high = config.get("min_capacity", 0 if to_zero else 1), config["max_capacity"]
    if low > high:
        given.problem(f"{path}.min_capacity", f"must not be more than max_capacity, and {low} is more than {high}")
    if to_zero and kind.waking is None:
        given.problem(
            f"{path}.scale_to_zero", "only asynchronous endpoints and inference components can scale to 0: leave it out"
        )
    elif low < kind.least:
        given.problem(
            f"{path}.min_capacity",
            "only asynchronous endpoints, provisioned concurrency and inference components can scale to 0: it must be 1 or "
            f"more, got {low}",
        )
    if to_zero and low > 0:
        given.problem(f"{path}.min_capacity", "must be 0, or left out, with scale_to_zero")
    if to_zero and "target_value" not in config:
        given.problem(path, "scale_to_zero needs target_value, which it is scaled by above zero")
    waking = to_zero and kind.waking is not None
    target: Options = {
        **kind.place,
        "min_capacity": low,
        "max_capacity": high,
        "scaling_policies": [
            *_tracking(kind, config),
            *([_waking_policy(kind)] if waking else []),
            *config.get("scaling_policies", []),
        ],
        "scheduled_actions": config.get("scheduled_actions", []),
    }
    if waking:
        owner = ownership.owner_of(kind.place["resource_id"])
        target["waking_policy"] = ownership.WAKING_POLICY
        target["alarm"] = {
            "name": ownership.alarm_name(owner),
            "description": ownership.alarm_description(owner),
            **kind.waking,
        }
    for kind_of, name_option in (("scaling_policies", "policy_name"), ("scheduled_actions", "scheduled_action_name")):
        names = Counter(item[name_option] for item in target[kind_of])
        for name in (name for name, count in names.items() if count > 1):
            given.problem(f"{path}.{kind_of}", f"each {name_option} only once; more than once is {name}")
    return target


def _tracking(kind: Kind, config: Mapping[str, Any]) -> List[Options]:
    """The policy that keeps a metric at target_value, as the Terraform module makes it."""
    if "target_value" not in config:
        return []
    metric = kind.metric
    if "customized_metric_specification" in config:
        metric = {"customized_metric_specification": config["customized_metric_specification"]}
    elif "predefined_metric_type" in config:
        metric = _predefined(config["predefined_metric_type"])
    own = {name: config[name] for name in ("target_value", "scale_in_cooldown", "scale_out_cooldown") if name in config}
    return [
        {
            "policy_name": SCALING_POLICY,
            "policy_type": "TargetTrackingScaling",
            "target_tracking_scaling_policy_configuration": {**own, **metric},
        }
    ]


def _waking_policy(kind: Kind) -> Options:
    return {
        "policy_name": ownership.WAKING_POLICY,
        "policy_type": "StepScaling",
        "step_scaling_policy_configuration": {
            "adjustment_type": "ChangeInCapacity",
            "metric_aggregation_type": kind.waking["statistic"],
            # The first instance or copy takes its time to serve, and until then the alarm goes on.
            "cooldown": 300,
            "step_adjustments": [{"metric_interval_lower_bound": 0, "scaling_adjustment": 1}],
        },
    }
