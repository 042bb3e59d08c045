# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What later tasks of the role would refuse is refused by its first look: before anything is made, and of the variables.

Each case is what there is, what the variables ask for, and the beginnings of all that is told.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import InputError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.inputs import resolution as role_inputs
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.planning import look
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.planning import plan_info
from integration.logic import IMAGE
from integration.logic import ROLE
from integration.logic import Logic
from local_aws.process import LocalAws

PREFIX = "sagemaker_endpoint_"
CONTAINERS = [{"image_uri": IMAGE}]
MAIN = {"variant_name": "main", "instance_type": "ml.m5.large"}
SCALED = {"max_capacity": 4, "target_value": 10}
SERVERLESS = {"variant_name": "main", "serverless_config": {"memory_size_in_mb": 2048, "max_concurrency": 5}}
ROLLING = {
    "rolling_update_policy": {
        "maximum_batch_size": {"type": "CAPACITY_PERCENT", "value": 50},
        "wait_interval_in_seconds": 1,
    }
}
TRACKING = {
    "policy_name": "twice",
    "target_tracking_scaling_policy_configuration": {
        "target_value": 5,
        "predefined_metric_specification": {"predefined_metric_type": "SageMakerVariantInvocationsPerInstance"},
    },
}
COMPUTE = {
    "compute_resource_requirements": {"min_memory_required_in_mb": 1024, "number_of_accelerator_devices_required": 1}
}


@pytest.fixture
def logic(aws: LocalAws) -> Logic:
    return Logic(aws)


def nothing(logic: Logic) -> None:
    """There is no endpoint."""


def plain(logic: Logic) -> None:
    logic.make_endpoint("e", logic.make_config("c1"))


def partitioned(logic: Logic) -> None:
    layout = {"AcceleratorPartitionLayouts": [{"AcceleratorPartitionTypes": ["mig-3g.40gb"]}]}
    logic.make_endpoint("e", logic.make_config("c1", InstanceType="ml.p5.48xlarge", **layout))


def scaled(logic: Logic) -> None:
    """Somebody else has registered the endpoint's variant."""
    plain(logic)
    logic.register("e")


def full(logic: Logic) -> None:
    """As many tags as an endpoint can have, of which only a run that ends well takes any away."""
    scaled(logic)
    arn = logic.sagemaker.describe_endpoint(EndpointName="e")["EndpointArn"]
    logic.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": f"k{number}", "Value": "v"} for number in range(50)])


def tagged(logic: Logic) -> None:
    """Somebody else's endpoint that serves what is asked for, with many tags."""
    theirs = [{"Key": f"k{number}", "Value": "v"} for number in range(30)]
    logic.make_endpoint("e", logic.make_config("c1"), Tags=theirs)


def several_containers(logic: Logic) -> None:
    logic.make_config("c1")
    both = [{"Image": IMAGE, "ContainerHostname": name} for name in ("first", "second")]
    logic.sagemaker.create_model(ModelName="pipeline", ExecutionRoleArn=ROLE, Containers=both)


Case = tuple[Callable[[Logic], None], dict[str, Any], list[str]]
CASES: dict[str, Case] = {
    "instances to serverless": (
        plain,
        {"production_variant": SERVERLESS},
        ["production_variant.serverless_config: the endpoint has instances"],
    ),
    "another partition of accelerators": (
        partitioned,
        {"production_variants": [{"variant_name": "main", "instance_type": "ml.p5.48xlarge"}]},
        ["production_variants[0].accelerator_partition_layouts: they differ"],
    ),
    "a deployment policy over other variants": (
        plain,
        {"production_variant": {**MAIN, "variant_name": "other"}, "deployment_config": ROLLING},
        ["deployment_config: a deployment policy requires the same variant names"],
    ),
    "tags that leave no room to remember autoscaling": (
        full,
        {"production_variant": {**MAIN, "instance_type": "ml.m5.xlarge"}, "tags": {"own": "v"}},
        ["tags: "],
    ),
    "tags for which somebody's leave no room": (
        tagged,
        {"tags": {f"own{number}": "v" for number in range(20)}},
        ["tags: 21 tags plus the existing tags are 51"],
    ),
    "somebody's target that the new variant does not take": (
        scaled,
        {"production_variant": {**MAIN, "instance_type": "ml.t2.medium"}},
        ["production_variant: the scalable target endpoint/e/variant/main"],
    ),
    "several at once": (
        full,
        {
            "production_variant": {**MAIN, "instance_type": "ml.t2.medium"},
            "deployment_config": ROLLING,
            "name": "E",
            "tags": {"own": "v"},
        },
        ["name: the endpoint is called e", "production_variant: the scalable target", "tags: "],
    ),
    "a burstable type among pools": (
        nothing,
        {
            "production_variant": {
                "variant_name": "main",
                "instance_pools": [{"instance_type": "ml.t3.medium", "priority": 1}],
                "autoscaling_config": SCALED,
            }
        },
        ["production_variant: the variant main has the instance_type ml.t3.medium"],
    ),
    "one metric tracked twice": (
        nothing,
        {"autoscaling_config": {**SCALED, "scaling_policies": [TRACKING]}},
        ["autoscaling_config.scaling_policies[twice]: it tracks the same metric"],
    ),
    "a model that does not exist": (
        nothing,
        {"production_variant": {**MAIN, "model_name": "gone"}},
        ["production_variant.model_name: the model gone does not exist"],
    ),
    "a component's model that does not exist": (
        nothing,
        {
            "containers": None,
            "production_variant": {"variant_name": "main", "instance_type": "ml.g5.xlarge"},
            "inference_components": [{"name": "c", "specification": {**COMPUTE, "model_name": "gone"}}],
        },
        ["inference_components[0]: the model gone does not exist"],
    ),
    "a model that no serverless variant runs": (
        several_containers,
        {"production_variant": {**SERVERLESS, "model_name": "pipeline"}},
        ["production_variant.model_name: serverless_config and the model pipeline are mutually exclusive"],
    ),
    "a pipeline beside a shadow": (
        nothing,
        {
            "containers": [{"image_uri": IMAGE, "container_hostname": name} for name in ("first", "second")],
            "shadow_production_variants": [{**MAIN, "variant_name": "shadow"}],
        },
        ["containers: shadow_production_variants excludes several containers."],
    ),
}


FOUND_BY_RULES = [
    CASES[name][1]
    for name in ("a burstable type among pools", "one metric tracked twice", "a pipeline beside a shadow")
]


def refusals(logic: Logic, inputs: dict[str, Any], check_mode: bool) -> list[str]:
    """What the role's first look refuses."""
    logic.aws.clear_calls()
    with pytest.raises(InputError) as refused:
        look.look(logic.connection(), look.params_of(inputs, "present"), check_mode)
    return list(map(str, refused.value.problems))


@pytest.mark.parametrize("check_mode", [False, True], ids=["run", "check"])
@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_it_is_refused_before_anything_is_made(logic: Logic, case: Case, check_mode: bool) -> None:
    make, variables, beginnings = case
    make(logic)
    given = {"name": "e", "name_prefix": "p", "containers": CONTAINERS, "production_variant": MAIN, **variables}
    if "production_variants" in given:
        del given["production_variant"]
    inputs = role_inputs.resolve(given)
    # What the rules alone tell needs no look.
    assert bool(inputs["problems"]) == (make is nothing and variables in FOUND_BY_RULES)
    problems = inputs["problems"] or refusals(logic, inputs, check_mode)
    assert len(problems) == len(beginnings), problems
    for problem, beginning in zip(problems, beginnings, strict=True):
        assert problem.startswith(f"{PREFIX}{beginning}"), problems
    assert logic.aws.mutating() == []


def test_what_the_rules_tell_and_what_the_service_model_tells_come_in_one_message(logic: Logic) -> None:
    inputs = role_inputs.resolve(
        {
            "name": "e",
            "containers": [{"image_uri": IMAGE, "environment": {"K" * 1025: "x"}}],
            "production_variant": MAIN,
            "metrics_config": {"metric_publish_frequency_in_seconds": 7},
        }
    )
    logic.aws.clear_calls()
    with pytest.raises(InputError) as refused:
        plan_info.info(logic.connection(), {"inputs": inputs, "state": "present", "applies": True})
    assert [str(problem).partition(": ")[0] for problem in refused.value.problems] == [
        f"{PREFIX}metrics_config.metric_publish_frequency_in_seconds",
        f"{PREFIX}containers[0].environment",
    ]
    assert logic.aws.calls() == []
