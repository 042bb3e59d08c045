# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of what is refused before anything is made: the modules' own rules, over all parts of a deploy at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import example_files
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.inputs import resolution as role_inputs
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.early_checks import request_problems

# Of the region that the clients of these tests are in.
REGION = "eu-west-1"
IMAGE = f"141502667606.dkr.ecr.{REGION}.amazonaws.com/sagemaker-xgboost:3.2-0"
LARGE = {"instance_type": "ml.m5.large"}
PREFIX = "sagemaker_endpoint_"
EXAMPLES = Path(__file__).resolve().parents[3] / "examples"


def resolve(**variables: Any) -> dict[str, Any]:
    return role_inputs.resolve({"containers": [{"image_uri": IMAGE}], "production_variant": LARGE, **variables})


def inputs(**variables: Any) -> dict[str, Any]:
    found = resolve(**variables)
    assert found["problems"] == []
    return found


def told(aws: Any, **variables: Any) -> list[str]:
    """All that is wrong, by the rules and by the service model. Whatever it is, it begins with a variable of the role."""
    found = resolve(**variables)
    problems = request_problems.added(aws, found["problems"], found | {"endpoint_name": "e"})
    assert [problem for problem in problems if not problem.startswith(PREFIX)] == []
    return problems


def said(aws: Any, **variables: Any) -> str:
    """The only thing that is wrong."""
    (problem,) = told(aws, **variables)
    return problem


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*/vars.yml")), ids=lambda file: file.parent.name)
def test_no_example_is_refused(aws, file):
    variables = example_files.read(file, REGION)
    found = role_inputs.resolve({name.removeprefix(PREFIX): value for name, value in variables.items()})
    assert request_problems.problems(aws, {**found, "endpoint_name": found["name"]}, check_mode=True) == []


def test_everything_is_told_at_once_and_where_it_is(aws):
    """Several mistakes in each part, in the order of the parts."""
    rates = [
        {"scheduled_action_name": "one", "schedule": "rate(0 days)", "scalable_target_action": {"min_capacity": 1}},
        {"scheduled_action_name": "two", "timezone": "Europe/Atlantis", **LATER},
    ]
    several = [
        {**LARGE, "variant_name": "a", "routing_config": POLL},
        {**LARGE, "variant_name": "b", "containers": [{"image_uri": "python:3.12", "model_data_url": "s3://b/m.tgz"}]},
    ]
    problems = told(
        aws,
        containers=[
            {"image_uri": "python:3.11", "container_hostname": "first", "environment": {"K" * 1025: "x"}},
            {"image": "python:3.13", "container_hostname": "second"},
        ],
        production_variant=None,
        production_variants=several,
        metrics_config={"metric_publish_frequency_in_seconds": 77},
        deployment_config=CANARY,
        autoscaling_config={
            "max_capacity": 2,
            "scaling_policies": [NO_STEPS, WITHOUT_BOUNDS],
            "scheduled_actions": rates,
        },
        smoke_test={"src": "/nowhere", "target_variant": "c"},
    )
    steps = "autoscaling_config.scaling_policies[1].step_scaling_policy_configuration.step_adjustments[0]"
    assert [problem.removeprefix(PREFIX).partition(": ")[0] for problem in problems] == [
        "containers[0].image_uri",
        "containers[1].image",
        "production_variants[1].containers[0].image_uri",
        "production_variants[0].routing_config",
        "metrics_config.metric_publish_frequency_in_seconds",
        "deployment_config.blue_green_update_policy.traffic_routing_configuration.canary_size",
        "autoscaling_config.scaling_policies[0]",
        f"{steps}.scaling_adjustment",
        steps,
        "autoscaling_config.scheduled_actions[0].schedule",
        "autoscaling_config.scheduled_actions[1].schedule",
        "autoscaling_config.scheduled_actions[1].timezone",
        "autoscaling_config.scheduled_actions[1].scalable_target_action.min_capacity",
        "containers[0].environment",
        "production_variants[0].routing_config.prefix_aware_routing_config.prefix_length",
        "smoke_test.src",
        "smoke_test.target_variant",
    ]


def test_what_the_service_model_knows_is_told_at_once_and_where_it_is(aws):
    many = [{"image_uri": IMAGE, "environment": {"K" * 1025: "x"}}, *({"image_uri": IMAGE} for _number in range(15))]
    twelve = [{**LARGE, "variant_name": f"v{number}", "initial_instance_count": number + 1} for number in range(12)]
    twelve[0]["routing_config"] = {
        "routing_strategy": "PREFIX_AWARE",
        "prefix_aware_routing_config": {"prefix_length": 0, "concurrency_threshold": 1},
    }
    problems = told(
        aws,
        containers=many,
        production_variant=None,
        production_variants=twelve,
        vpc_config={"security_group_ids": [f"sg-{number}" for number in range(6)], "subnets": ["subnet-1"]},
        smoke_test={"src": "/nowhere", "target_variant": "c"},
    )
    assert [problem.removeprefix(PREFIX).partition(". ")[0] for problem in problems] == [
        "containers: must have at most 15 entries, got 16.",
        f"containers[0].environment: the key '{'K' * 1025}' must have at most 1024 characters, got 1025.",
        "vpc_config.security_group_ids: must have between 1 and 5 entries, got 6.",
        "production_variants: must have between 1 and 10 entries, got 12.",
        "production_variants[0].routing_config.prefix_aware_routing_config.prefix_length: must be between 1024 and 65536, got 0.",
        "smoke_test.src: /nowhere cannot be read: No such file or directory",
        "smoke_test.target_variant: must be one of the production variants "
        f"{', '.join(one['variant_name'] for one in twelve)}; got c.",
    ]


def test_containers_are_named_as_the_variables_name_them(aws):
    own = [{**LARGE, "variant_name": "a"}, {**LARGE, "variant_name": "b", "containers": [{"image_uri": "python:3.12"}]}]
    first, second = told(
        aws,
        containers=[{"image_uri": IMAGE}, {"image": "python:3.12"}],
        production_variant=None,
        production_variants=own,
    )
    assert first.startswith("sagemaker_endpoint_containers[1].image: python:3.12 is not in Amazon ECR")
    assert second.startswith("sagemaker_endpoint_production_variants[1].containers[0].image_uri: python:3.12 is not")


def test_an_image_of_another_region_is_told_by_its_variable(aws):
    message = said(aws, containers=[{"image_uri": IMAGE.replace(REGION, "us-west-2")}])
    assert message.startswith(
        "sagemaker_endpoint_containers[0].image_uri: it is in us-west-2, but the region of the model is eu-west-1"
    )


def test_an_object_is_no_prefix(aws):
    source = {"s3_uri": "s3://bucket/model/", "s3_data_type": "S3Object"}
    message = said(aws, containers=[{"image_uri": IMAGE, "model_data_source": source}])
    assert message.startswith("sagemaker_endpoint_containers[0].model_data_source.s3_uri: with s3_data_type S3O")


TRACKING = {"max_capacity": 2, "target_value": 5}
NO_STEPS = {"policy_name": "step", "policy_type": "StepScaling"}
WITHOUT_BOUNDS = {
    "policy_name": "bounds",
    "step_scaling_policy_configuration": {
        "adjustment_type": "ExactCapacity",
        "step_adjustments": [{"scaling_adjustment": -1}],
    },
}
LATER = {"schedule": "rate(2 decades)", "scalable_target_action": {"min_capacity": 5, "max_capacity": 1}}
COPIES = {"predefined_metric_type": "SageMakerInferenceComponentInvocationsPerCopy"}
CANARY = {
    "blue_green_update_policy": {"traffic_routing_configuration": {"type": "CANARY", "wait_interval_in_seconds": 0}}
}
POLL = {"routing_strategy": "RANDOM", "prefix_aware_routing_config": {"prefix_length": 0}}


def variant(**members: Any) -> dict[str, Any]:
    return {**LARGE, "variant_name": "a", **members}


@pytest.mark.parametrize(
    ("variables", "place"),
    [
        ({"autoscaling_config": {**TRACKING, **COPIES}}, "autoscaling_config.predefined_metric_type: "),
        (
            {"autoscaling_config": {**TRACKING, "scaling_policies": [NO_STEPS]}},
            "autoscaling_config.scaling_policies[0]: a policy must have",
        ),
        (
            {"production_variant": {**LARGE, "autoscaling_config": {**TRACKING, **COPIES}}},
            "production_variant.autoscaling_config.predefined_metric_type: ",
        ),
        ({"production_variant": {**LARGE, "routing_config": POLL}}, "production_variant.routing_config"),
        (
            {"production_variant": None, "production_variants": [variant(routing_config=POLL)]},
            "production_variants[0].routing_config",
        ),
        ({"metrics_config": {"metric_publish_frequency_in_seconds": 77}}, "metrics_config.metric_publish_frequency_in"),
        (
            {"shadow_production_variants": [variant(instance_type="ml.inf1.xlarge")]},
            "shadow_production_variants: this option and the instance_type",
        ),
        ({"deployment_config": CANARY}, "deployment_config.blue_green_update_policy."),
    ],
)
def test_messages_begin_with_the_variable(aws, variables, place):
    assert told(aws, **variables)[0].startswith(f"{PREFIX}{place}")


def test_components_are_named_in_the_order_of_the_variables(aws):
    small = {"compute_resource_requirements": {"min_memory_required_in_mb": 1024, "number_of_cpu_cores_required": 0.1}}
    inside = {"base_inference_component_name": "chat", "container": {"artifact_url": "s3://bucket/a.tar.gz"}}
    listed = [
        {"name": "legal", "specification": inside},
        {"name": "chat", "containers": [{"image_uri": IMAGE}], "specification": small},
    ]
    assert said(aws, containers=None, inference_components=listed).startswith(f"{PREFIX}inference_components[1].spec")


def test_what_is_made_later_counts_as_there(aws):
    compute = {"compute_resource_requirements": {"min_memory_required_in_mb": 1024}}
    component = {"name": "chat", "containers": [{"image_uri": IMAGE}], "specification": compute}
    assert request_problems.problems(aws, inputs(containers=None, inference_components=[component])) == []


def test_a_member_of_a_component_is_held_against_the_service(aws):
    compute = {
        "compute_resource_requirements": {"min_memory_required_in_mb": 1024, "number_of_cpu_cores_required": 0.1}
    }
    component = {"name": "chat", "containers": [{"image_uri": IMAGE}], "specification": compute}
    message = said(aws, containers=None, inference_components=[component])
    assert "inference_components[0].specification.compute_resource_requirements.number_of_cpu_cores_required" in message


COMPUTE = {"compute_resource_requirements": {"min_memory_required_in_mb": 1024}}
HOSTING = {
    "containers": None,
    "inference_components": [{"name": "chat", "containers": [{"image_uri": IMAGE}], "specification": COMPUTE}],
}
ASYNC = {"async_inference_config": {"output_config": {"s3_output_path": "s3://bucket/out/"}}}
IN_S3 = {"input_location": "s3://bucket/in.json"}
ASKED = {"body": "1,2"}


@pytest.mark.parametrize(
    ("test", "endpoint", "message"),
    [
        (
            {**ASKED, "expect": {"json": [{"path": "a[", "equals": 1}]}},
            {},
            "expect.json[0].path: 'a[' is not a JMESPath",
        ),
        (
            {**ASKED, "expect": {"json": [{"path": "a", "matches": "("}]}},
            {},
            "expect.json[0].matches: '(' is not a regular",
        ),
        ({**IN_S3, "stream": True}, ASYNC, "stream: an asynchronous invocation"),
        ({**ASKED, "request_ttl_seconds": 60}, {}, "request_ttl_seconds: this option is only for an asynchronous one"),
        ({**IN_S3, "request_ttl_seconds": 59}, ASYNC, "request_ttl_seconds: must be between 60 and 21600, got 59."),
        ({**ASKED, "wait_timeout": 0}, {}, "wait_timeout: must be at least 1, got 0."),
        ({**ASKED, "custom_attributes": "ü"}, {}, "custom_attributes: must be printable ASCII characters"),
        ({**IN_S3, "wait": False, "expect": {"status": 200}}, ASYNC, "expect: without wait the result does not exist"),
        ({"src": "/nowhere/input.json"}, {}, "src: /nowhere/input.json cannot be read"),
        ({**ASKED, "target_model": "a.tar.gz"}, {}, "target_model: no container has the mode MultiModel"),
        (
            {**ASKED, "target_container_hostname": "c"},
            {"containers": [{"image_uri": IMAGE, "container_hostname": name} for name in ("a", "b")]},
            "target_container_hostname: must be the container_hostname of a container (a, b); got c.",
        ),
        (
            {**ASKED, "target_variant": "b"},
            {},
            "target_variant: must be one of the production variants AllTraffic; got b.",
        ),
        (
            {**ASKED, "inference_component_name": "chat"},
            {},
            "inference_component_name: the endpoint hosts no inference",
        ),
        (ASKED, HOSTING, "inference_component_name: the endpoint hosts inference components, so name one: chat."),
        (IN_S3, {}, "input_location: the endpoint has no async_inference_config"),
        ({**ASKED, "asynchronous": True}, {}, "asynchronous: the endpoint has no async_inference_config"),
        (ASKED, ASYNC, "asynchronous: the endpoint has an async_inference_config"),
        ({**ASKED, "stream": True}, ASYNC, "stream: the endpoint has an async_inference_config"),
    ],
)
def test_a_smoke_test_that_cannot_pass_is_refused(aws, test, endpoint, message):
    found = said(aws, **endpoint, smoke_test=test)
    assert found.startswith(f"{PREFIX}smoke_test.{message}")


def test_all_that_is_wrong_with_a_smoke_test_is_told_at_once(aws):
    expect = {"json": [{"path": "a[", "equals": 1}, {"path": "b", "matches": "("}]}
    test = {"src": "/nowhere", "accept": "ü", "target_variant": "b", "expect": expect}
    assert len(told(aws, smoke_test=test)) == 5


def test_a_file_to_send_may_be_missing_in_check_mode(aws):
    assert (
        request_problems.problems(
            aws, inputs(smoke_test={"src": "/nowhere/input.json"}) | {"endpoint_name": "e"}, check_mode=True
        )
        == []
    )


def test_smoke_tests_that_fit(aws, tmp_path, monkeypatch):
    monkeypatch.setenv("SMOKE_DIRECTORY", str(tmp_path))
    (tmp_path / "input.json").write_text("{}")
    for test, endpoint in (
        ({"src": "$SMOKE_DIRECTORY/input.json", "target_variant": "AllTraffic"}, {}),
        ({**ASKED, "stream": True, "inference_component_name": "chat"}, HOSTING),
        ({**IN_S3, "request_ttl_seconds": 60}, ASYNC),
        ({**ASKED, "asynchronous": True}, ASYNC),
    ):
        assert request_problems.problems(aws, inputs(smoke_test=test, **endpoint) | {"endpoint_name": "e"}) == []
