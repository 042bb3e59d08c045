# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of what is refused before anything is made: the modules' own rules, over all parts of a deploy at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import preflight
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import role_inputs
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.errors import InputError

# Of the region that the clients of these tests are in.
REGION = "eu-west-1"
IMAGE = f"141502667606.dkr.ecr.{REGION}.amazonaws.com/sagemaker-xgboost:3.2-0"
LARGE = {"instance_type": "ml.m5.large"}
PREFIX = "sagemaker_endpoint_"
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def inputs(**variables: Any) -> dict[str, Any]:
    found = role_inputs.resolve({"containers": [{"image_uri": IMAGE}], "production_variant": LARGE, **variables})
    assert found["problems"] == []
    return found


def said(aws: Any, **variables: Any) -> str:
    with pytest.raises(InputError) as failure:
        preflight.refuse(aws, inputs(**variables))
    return failure.value.message


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*/vars.yml")), ids=lambda file: file.parent.name)
def test_no_example_is_refused(aws, file):
    variables = yaml.safe_load(file.read_text().replace("us-east-1", REGION))
    preflight.refuse(aws, role_inputs.resolve({name.removeprefix(PREFIX): value for name, value in variables.items()}))


def test_everything_is_told_at_once_and_where_it_is(aws):
    policy = {
        "blue_green_update_policy": {"traffic_routing_configuration": {"type": "CANARY", "wait_interval_in_seconds": 0}}
    }
    step = {"policy_name": "step", "policy_type": "StepScaling"}
    message = said(
        aws,
        containers=[
            {"image_uri": IMAGE, "image_config": {"repository_access_mode": "Platform"}, "container_hostname": "a" * 9}
        ],
        production_variant={
            **LARGE,
            "routing_config": {"routing_strategy": "RANDOM", "prefix_aware_routing_config": {"prefix_length": 0}},
        },
        deployment_config=policy,
        autoscaling_config={"max_capacity": 2, "scaling_policies": [step]},
    )
    assert "canary_size" in message
    assert "autoscaling[0].scaling_policies[0]: a policy carries exactly one of" in message


def test_containers_are_named_as_the_variables_name_them(aws):
    own = [{**LARGE, "variant_name": "a"}, {**LARGE, "variant_name": "b", "containers": [{"image_uri": "python:3.12"}]}]
    message = said(
        aws,
        containers=[{"image_uri": IMAGE}, {"image_uri": "python:3.12"}],
        production_variant=None,
        production_variants=own,
    )
    assert "sagemaker_endpoint_containers[1].image: python:3.12 is not in Amazon ECR" in message
    assert "sagemaker_endpoint_production_variants[1].containers[0].image: python:3.12" in message


def test_an_image_of_another_region_is_told_by_its_variable(aws):
    message = said(aws, containers=[{"image_uri": IMAGE.replace(REGION, "us-west-2")}])
    assert message.startswith(
        "sagemaker_endpoint_containers[0].image: it is in us-west-2, but the model is made in eu-west-1"
    )


def test_an_object_is_no_prefix(aws):
    source = {"s3_uri": "s3://bucket/model/", "s3_data_type": "S3Object"}
    message = said(aws, containers=[{"image_uri": IMAGE, "model_data_source": source}])
    assert message.startswith(
        "sagemaker_endpoint_containers[0].model_data_source.s3_data_source.s3_uri: with s3_data_type S3O"
    )


def test_what_is_made_later_counts_as_there(aws):
    compute = {"compute_resource_requirements": {"min_memory_required_in_mb": 1024}}
    component = {"name": "chat", "containers": [{"image_uri": IMAGE}], "specification": compute}
    preflight.refuse(aws, inputs(containers=None, inference_components=[component]))


def test_a_member_of_a_component_is_held_against_the_service(aws):
    compute = {
        "compute_resource_requirements": {"min_memory_required_in_mb": 1024, "number_of_cpu_cores_required": 0.1}
    }
    component = {"name": "chat", "containers": [{"image_uri": IMAGE}], "specification": compute}
    message = said(aws, containers=None, inference_components=[component])
    assert "inference_components[0].specification.compute_resource_requirements.number_of_cpu_cores_required" in message


def test_a_policy_that_cannot_lead_from_what_serves_is_refused(aws):
    rolling = {
        "rolling_update_policy": {
            "maximum_batch_size": {"type": "CAPACITY_PERCENT", "value": 50},
            "wait_interval_in_seconds": 1,
        }
    }
    old = {"ProductionVariants": [{"VariantName": "Other", "ModelName": "m", "InstanceType": "ml.m5.large"}]}
    with pytest.raises(InputError, match="variant"):
        preflight.refuse_update(aws, inputs(deployment_config=rolling), old)
    same = {"ProductionVariants": [{"VariantName": "AllTraffic", "ModelName": "m", "InstanceType": "ml.m5.large"}]}
    preflight.refuse_update(aws, inputs(deployment_config=rolling), same)
    preflight.refuse_update(aws, inputs(), old)
