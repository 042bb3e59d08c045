# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a deploy leaves behind, made in milliseconds, for tests that are about the run after it.

The modules' own logic makes it from the role's variables, so that names, tags and contents are those of the role: test_begun.py
holds it to that. The execution role is one that the caller brings.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import (
    autoscaling as autoscaling_options,
)
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import endpoint as endpoint_options
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import (
    endpoint_config as endpoint_config_options,
)
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import (
    inference_component as inference_component_options,
)
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import model as model_options
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import history
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import ownership
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy import tasks
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.inputs import resolution as role_inputs
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.inputs import scaling_record
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources import endpoint_configs
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources import models
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources import scalable_targets
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rollout import component as component_rollout
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rollout import endpoint as endpoint_rollout
from integration.logic import Logic
from local_aws.process import REGION
from local_aws.process import LocalAws


def begin(aws: LocalAws, variables: Mapping[str, Any], region: str = REGION) -> str:
    """Make what a deploy with these variables makes, in an account that may have earlier releases, and return the configuration's name.

    variables: the role's, without their prefix; sg_role_arn is among them. Nothing is pruned.
    """
    logic = Logic(aws, region)
    inputs = role_inputs.resolve(variables)
    assert not inputs["problems"], inputs["problems"]
    role, names = inputs["sg_role_arn"], []
    for index in range(len(inputs["models"])):
        made = _make(logic, models, model_options.MODEL, tasks.model(inputs, index, role))
        names.append(made["model_name"])
    options = tasks.endpoint_config(inputs, names, role, None)
    config = _make(logic, endpoint_configs, endpoint_config_options.ENDPOINT_CONFIG, options)
    live = config["endpoint_config_name"]
    scaled = [target["resource_id"] for target in inputs["autoscaling"]]
    endpoint = {
        "name": inputs["name"],
        "endpoint_config_name": live,
        "endpoint_config": config,
        "scaled_variants": [key.rpartition("/")[2] for key in scaled if key.startswith("endpoint/")],
        "tags": {**inputs["tags"], ownership.HISTORY_TAG: _entered(logic, inputs["name"], live), **_recorded(inputs)},
    }
    _make(logic, endpoint_rollout, endpoint_options.ENDPOINT, endpoint)
    for index in range(len(inputs["inference_components"])):
        options = tasks.inference_component(inputs, index, names, ())
        _make(logic, component_rollout, inference_component_options.INFERENCE_COMPONENT, options)
    for index in range(len(scaled)):
        _scale(logic, inputs, index)
    return live


def _make(logic: Logic, noun: Any, spec: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Run a module's logic and return the resource."""
    checked = ArgumentSpecValidator(spec["argument_spec"]).validate(given)
    assert not checked.error_messages, checked.error_messages
    return logic.run(noun.ensure, checked.validated_parameters).resource


def _recorded(inputs: Mapping[str, Any]) -> dict[str, str]:
    """The record of the autoscaling."""
    targets = inputs["autoscaling"]
    return {ownership.SCALING_TAG: scaling_record.of_targets(targets)} if targets else {}


def _entered(logic: Logic, name: str, live: str) -> str:
    """The endpoint's history with one more release."""
    earlier: Mapping[str, bool] = {}
    if logic.status(name):
        arn = logic.sagemaker.describe_endpoint(EndpointName=name)["EndpointArn"]
        told = {tag["Key"]: tag["Value"] for tag in logic.sagemaker.list_tags(ResourceArn=arn)["Tags"]}
        earlier = history.read(told.get(ownership.HISTORY_TAG, ""))
    return history.write({live: True, **{release: True for release in earlier if release != live}})


def _scale(logic: Logic, inputs: Mapping[str, Any], index: int) -> None:
    target = inputs["autoscaling"][index]
    made = _make(logic, scalable_targets, autoscaling_options.AUTOSCALING, tasks.target(inputs, index, ()))
    if alarm := target.get("alarm"):
        policies = [one for one in made["scaling_policies"] if one["policy_name"] == target["waking_policy"]]
        logic.client("cloudwatch").put_metric_alarm(
            AlarmName=alarm["name"],
            AlarmDescription=alarm["description"],
            Namespace=alarm["namespace"],
            MetricName=alarm["metric"],
            Dimensions=[{"Name": name, "Value": value} for name, value in alarm["dimensions"].items()],
            Statistic=alarm["statistic"],
            Period=alarm["period"],
            EvaluationPeriods=alarm["evaluation_periods"],
            DatapointsToAlarm=alarm["datapoints_to_alarm"],
            Threshold=alarm["threshold"],
            ComparisonOperator=alarm["comparison"],
            TreatMissingData=alarm["treat_missing_data"],
            AlarmActions=[policy["policy_arn"] for policy in policies],
        )
