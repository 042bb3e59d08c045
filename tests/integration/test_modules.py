# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules in plays of somebody who uses them without the role: each step predicted, done and found done; and what the info modules find."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources import endpoint_configs
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources import models
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rollout import endpoint as endpoint_rollout
from integration.harness import Player
from integration.harness import Run
from integration.logic import IMAGE
from integration.logic import PRESENT
from integration.logic import ROLE
from integration.logic import Logic
from local_aws.process import LocalAws

Options = dict[str, Any]

# What each module's result stands under.
NOUNS = {
    "sagemaker_model": "model",
    "sagemaker_endpoint_config": "endpoint_config",
    "sagemaker_endpoint": "endpoint",
    "sagemaker_autoscaling": "scalable_target",
}

MODEL = {
    "execution_role_arn": ROLE,
    "primary_container": {"image": IMAGE, "environment": {"MY_VAR": "1", "myVar": "x"}},
}
VARIANT = {
    "variant_name": "main",
    "model_name": "one-model",
    "instance_type": "ml.m5.large",
    "initial_instance_count": 1,
}
CONFIG = {"production_variants": [VARIANT]}
TARGET = {"endpoint_name": "live", "variant_name": "main", "min_capacity": 1, "max_capacity": 4}
POLICY = {
    "policy_name": "track",
    "policy_type": "TargetTrackingScaling",
    "target_tracking_scaling_policy_configuration": {
        "target_value": 100,
        "predefined_metric_specification": {"predefined_metric_type": "SageMakerVariantInvocationsPerInstance"},
    },
}
ACTION = {
    "scheduled_action_name": "night",
    "schedule": "cron(0 20 * * ? *)",
    "timezone": "Europe/Berlin",
    "scalable_target_action": {"min_capacity": 1, "max_capacity": 2},
}

# The options of each step, and the calls that it comes to.
STEPS: dict[str, list[tuple[Options, list[str]]]] = {
    "sagemaker_model": [
        ({**MODEL, "name_prefix": "m", "tags": {"team": "a", "tier": "1"}}, ["CreateModel"]),
        ({**MODEL, "name_prefix": "m", "tags": {"team": "b"}}, ["AddTags", "DeleteTags"]),
        ({**MODEL, "name_prefix": "m", "tags": {"tier": "2"}, "purge_tags": False}, ["AddTags"]),
        ({**MODEL, "name_prefix": "m"}, []),
        ({**MODEL, "name_prefix": "m", "enable_network_isolation": True}, ["CreateModel"]),
        ({**MODEL, "name_prefix": "m", "name_scope": "elsewhere"}, ["CreateModel"]),
        ({**MODEL, "name_prefix": "m", "state": "absent"}, ["DeleteModel"]),
    ],
    "sagemaker_endpoint_config": [
        ({**CONFIG, "name_prefix": "c", "tags": {"team": "a", "tier": "1"}}, ["CreateEndpointConfig"]),
        ({**CONFIG, "name_prefix": "c", "tags": {"team": "b"}}, ["AddTags", "DeleteTags"]),
        (
            {"production_variants": [{**VARIANT, "initial_variant_weight": 0.3}], "name_prefix": "c"},
            ["CreateEndpointConfig"],
        ),
        ({"name": "one", **CONFIG}, []),
        ({**CONFIG, "name_prefix": "c", "state": "absent"}, ["DeleteEndpointConfig"]),
    ],
    "sagemaker_endpoint": [
        ({"name": "e", "endpoint_config_name": "one", "tags": {"team": "a"}}, ["CreateEndpoint"]),
        ({"name": "e", "endpoint_config_name": "two", "tags": {"team": "a"}}, ["UpdateEndpoint"]),
        ({"name": "e", "endpoint_config_name": "two", "tags": {}}, ["DeleteTags"]),
        ({"name": "e", "endpoint_config_name": "one", "tags": {"team": "b"}}, ["UpdateEndpoint", "AddTags"]),
        ({"name": "e", "state": "absent"}, ["DeleteEndpoint"]),
    ],
    "sagemaker_autoscaling": [
        (
            {**TARGET, "scaling_policies": [POLICY], "scheduled_actions": [ACTION], "tags": {"team": "a"}},
            ["RegisterScalableTarget", "PutScalingPolicy", "PutScheduledAction"],
        ),
        # The action may set the maximum, so a tag records the one of the task.
        ({**TARGET, "max_capacity": 6, "scaling_policies": [POLICY]}, ["RegisterScalableTarget", "TagResource"]),
        (
            {**TARGET, "max_capacity": 6, "suspended_state": {"scheduled_scaling_suspended": True}},
            ["RegisterScalableTarget"],
        ),
        (
            {**TARGET, "max_capacity": 6, "scaling_policies": [{**POLICY, "policy_name": "other"}]},
            ["DeleteScalingPolicy", "PutScalingPolicy"],
        ),
        (
            {**TARGET, "max_capacity": 6, "scheduled_actions": [], "tags": {"tier": "1"}},
            ["DeleteScheduledAction", "TagResource", "UntagResource"],
        ),
        ({"endpoint_name": "live", "variant_name": "main", "state": "absent"}, ["DeregisterScalableTarget"]),
    ],
}


def task(name: str, module: str, options: Options, **keywords: Any) -> Options:
    return {"name": name, f"mlops.sagemaker.{module}": options, **keywords}


def run_all(play: Player, tasks: list[Options]) -> Run:
    return play(tasks=json.dumps(tasks))


def foretells(predicted: Any, found: Any) -> bool:
    """Whether all that was predicted has come, be there more that only the service knows. Times are nothing to predict."""
    if isinstance(predicted, dict):
        return all(
            key in found and (key.endswith("_time") or foretells(value, found[key])) for key, value in predicted.items()
        )
    if isinstance(predicted, list):
        return len(predicted) == len(found) and all(map(foretells, predicted, found))
    # The service keeps weights as 32-bit floats.
    return found == (pytest.approx(predicted) if isinstance(predicted, float) else predicted)


@pytest.fixture
def logic(aws: LocalAws) -> Logic:
    """Two configurations, and an endpoint with the first of them."""
    aws.configure(creating=0.2, updating=0.2, deleting=0.2)
    logic = Logic(aws)
    logic.make_config("one")
    logic.make_config("two")
    logic.sagemaker.create_endpoint(EndpointName="live", EndpointConfigName="one")
    aws.advance(5)
    aws.clear_calls()
    return logic


@pytest.mark.parametrize("module", STEPS)
def test_each_step_is_predicted_done_and_found_done(logic: Logic, play: Player, module: str) -> None:
    tasks = []
    for number, (options, _calls) in enumerate(STEPS[module]):
        tasks.append(task(f"{number} check", module, options, check_mode=True, diff=True))
        tasks.append(task(f"{number} run", module, options, diff=True))
        tasks.append(task(f"{number} again", module, options))
    run = run_all(play, tasks)
    assert run.ok, run
    for number, (options, calls) in enumerate(STEPS[module]):
        check, done, again = (run.result(f"{number} {which}") for which in ("check", "run", "again"))
        told = f"step {number}: {options}"
        for key in ("changed", "plan", "diff"):
            assert check[key] == done[key], told
        assert foretells(check[NOUNS[module]], done[NOUNS[module]]), told
        assert done["changed"] == bool(calls), told
        assert done["plan"]["calls"] == calls, told
        assert (again["changed"], again["plan"]["calls"]) == (False, []), told
    assert logic.aws.mutating() == [call for _options, calls in STEPS[module] for call in calls]


def test_what_is_deleted_is_shown_as_it_was_made(logic: Logic) -> None:
    made = {"name": "x", "tags": {"team": "a"}, "purge_tags": True}
    for ensure, content in (
        (models.ensure, {**MODEL, "enable_network_isolation": False}),
        (endpoint_configs.ensure, {"production_variants": [VARIANT], "enable_network_isolation": False}),
        (endpoint_rollout.ensure, {**PRESENT, "endpoint_config_name": "one"}),
    ):
        there = logic.run(ensure, {**content, **made, "state": "present"})
        for check_mode in (True, False):
            gone = logic.run(ensure, {"state": "absent", "name": "x", "wait": True}, check_mode)
            assert (gone.plan.action, gone.after) == ("delete", {})
            assert gone.before["tags"] == {"team": "a"}
            assert {o: v for o, v in there.after.items() if v is not False} == gone.before
        logic.aws.clear_calls()
        assert logic.run(ensure, {"state": "absent", "name": "x", "wait": True}).before == {}
        assert len(logic.aws.calls()) == 1


def test_nothing_to_do_costs_no_more_calls_than_looking(logic: Logic, play: Player) -> None:
    tasks = [
        task("Model", "sagemaker_model", {**MODEL, "name_prefix": "m", "tags": {"team": "a"}}),
        task("Configuration", "sagemaker_endpoint_config", {**CONFIG, "name_prefix": "c", "tags": {"team": "a"}}),
        task("Endpoint", "sagemaker_endpoint", {"name": "live", "endpoint_config_name": "one", "tags": {"team": "a"}}),
        task(
            "Autoscaling",
            "sagemaker_autoscaling",
            {**TARGET, "scaling_policies": [POLICY], "scheduled_actions": [ACTION], "tags": {"team": "a"}},
        ),
    ]
    assert run_all(play, tasks).ok
    logic.aws.clear_calls()
    again = run_all(play, tasks)
    assert (again.ok, again.changed) == (True, 0), again
    assert [call["operation"] for call in logic.aws.calls()] == [
        *["DescribeModel", "ListTags"],
        *["DescribeEndpointConfig", "ListTags"],
        *["DescribeEndpoint", "ListTags"],
        *["DescribeScalableTargets", "DescribeScalingPolicies", "DescribeScheduledActions", "ListTagsForResource"],
    ]


@pytest.mark.parametrize(
    ("module", "options", "fields"),
    [
        (
            "sagemaker_model",
            {**MODEL, "name": "one-model"},
            ["primary_container.environment"],
        ),
        (
            "sagemaker_endpoint_config",
            {"name": "one", "production_variants": [{**VARIANT, "instance_type": "ml.m5.xlarge"}]},
            ["production_variants[main].instance_type"],
        ),
    ],
)
def test_other_content_under_a_name_that_is_taken_fails_in_check_and_run_alike(
    logic: Logic, play: Player, module: str, options: Options, fields: list[str]
) -> None:
    tasks = [
        task(which, module, options, check_mode=which == "check", ignore_errors=True) for which in ("check", "run")
    ]
    run = run_all(play, tasks)
    check, done = run.result("check"), run.result("run")
    assert all(entry["failed"] for entry in run.results), run
    assert check["msg"] == done["msg"]
    assert "name_prefix" in done["msg"]
    for field in fields:
        assert field in done["msg"]
    assert logic.aws.mutating() == []


def test_the_info_modules_find_everything_on_all_pages(logic: Logic, play: Player) -> None:
    aws = logic.aws
    aws.configure(creating=6)
    for number in range(11):
        logic.make_config(f"many-{number}")
        logic.sagemaker.create_endpoint(
            EndpointName=f"many-{number}",
            EndpointConfigName=f"many-{number}",
            Tags=[{"Key": "n", "Value": str(number)}],
        )
    logic.register("live", high=2)
    aws.clear_calls()
    by_name = {"sort_by": "Name", "sort_order": "Ascending"}
    run = run_all(
        play,
        [
            task("Not awaited", "sagemaker_endpoint_info", {"name_contains": "many", "wait": True}, check_mode=True),
            task("Too short", "sagemaker_endpoint_info", {"wait": True, "wait_timeout": 1}, ignore_errors=True),
            task("Awaited", "sagemaker_endpoint_info", {"status_equals": "Creating", "wait": True, **by_name}),
            task("Endpoints", "sagemaker_endpoint_info", {"wait": True}),
            task("Endpoint", "sagemaker_endpoint_info", {"name": "many-3", "wait": True}),
            task("Models", "sagemaker_model_info", {"name_contains": "many", **by_name}),
            task("Configurations", "sagemaker_endpoint_config_info", {"name_contains": "many", **by_name}),
            task("Targets", "sagemaker_autoscaling_info", {}),
            task("Target", "sagemaker_autoscaling_info", {"endpoint_name": "live", "variant_name": "main"}),
            task("No endpoint", "sagemaker_endpoint_info", {"name": "none"}),
            task("No model", "sagemaker_model_info", {"name": "none"}),
            task("No configuration", "sagemaker_endpoint_config_info", {"name": "none"}),
            task("No target", "sagemaker_autoscaling_info", {"endpoint_name": "none"}),
            task("No component", "sagemaker_inference_component_info", {"name": "none"}),
        ],
    )
    assert run.ok, run
    assert (run.changed, aws.mutating()) == (0, [])
    names = sorted(f"many-{number}" for number in range(11))

    found = {entry["task"]: entry["result"] for entry in run.results}
    assert {one["endpoint_status"] for one in found["Not awaited"]["endpoints"]} == {"Creating"}
    assert [entry["task"] for entry in run.results if entry["failed"]] == ["Too short"]
    assert "many-0 (Creating), many-1 (Creating), many-10 (Creating)" in found["Too short"]["msg"]
    awaited = found["Awaited"]["endpoints"]
    assert [one["endpoint_name"] for one in awaited] == names
    assert [one["endpoint_status"] for one in awaited] == ["InService"] * 11
    assert awaited[1]["tags"] == {"n": "1"}
    assert sorted(one["endpoint_name"] for one in found["Endpoints"]["endpoints"]) == ["live", *names]
    assert [one["endpoint_name"] for one in found["Endpoint"]["endpoints"]] == ["many-3"]
    assert [one["model_name"] for one in found["Models"]["models"]] == [f"{name}-model" for name in names]
    assert [one["endpoint_config_name"] for one in found["Configurations"]["endpoint_configs"]] == names
    for which in ("Targets", "Target"):
        (target,) = found[which]["scalable_targets"]
        assert (target["resource_id"], target["max_capacity"]) == ("endpoint/live/variant/main", 2)
    assert found["No endpoint"]["endpoints"] == found["No model"]["models"] == []
    assert found["No configuration"]["endpoint_configs"] == found["No target"]["scalable_targets"] == []
    assert found["No component"]["inference_components"] == []


def test_many_endpoints_are_awaited_with_listings_and_described_once_each(logic: Logic, play: Player) -> None:
    aws = logic.aws
    aws.configure(creating=4)
    for number in range(5):
        logic.sagemaker.create_endpoint(EndpointName=f"many-{number}", EndpointConfigName="one")
    aws.clear_calls()
    run = run_all(play, [task("Awaited", "sagemaker_endpoint_info", {"name_contains": "many", "wait": True})])
    assert run.ok, run
    calls = [call["operation"] for call in aws.calls()]
    listings = calls.index("DescribeEndpoint")
    assert listings > 2
    assert calls == [*["ListEndpoints"] * listings, *["DescribeEndpoint"] * 5, *["ListTags"] * 5]


# ansible-core before 2.19 makes a dictionary of text that looks like one.
TEMPLATED_JSON = """
- name: Model
  mlops.sagemaker.sagemaker_model:
    name: churn
    execution_role_arn: "{{ role }}"
    primary_container:
      image: 683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0
      environment: {CONFIG: "{{ {'colour': colour} | to_json }}"}
- name: A dictionary
  mlops.sagemaker.sagemaker_model:
    name: other
    execution_role_arn: "{{ role }}"
    primary_container:
      image: 683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0
      environment: {CONFIG: "{{ {'colour': colour} }}"}
  ignore_errors: true
"""


@pytest.mark.core
def test_json_that_a_template_makes_is_one_text_with_to_json(aws: LocalAws, play: Player) -> None:
    run = play(tasks=TEMPLATED_JSON, variables={"colour": "blue", "role": aws.make_role("exec")})
    assert run.ok, run
    container = aws.client("sagemaker").describe_model(ModelName="churn")["PrimaryContainer"]
    assert container["Environment"] == {"CONFIG": '{"colour": "blue"}'}
    said = run.result("A dictionary")["msg"]
    assert said.startswith("primary_container.environment.CONFIG: must be text, not a dictionary."), run
    assert "| to_json" in said


def test_what_cannot_be_a_region_is_refused_before_a_call(aws: LocalAws, play: Player) -> None:
    run = play(tasks="- mlops.sagemaker.sagemaker_endpoint_info: {region: us-east-1a}")
    assert run.failure == "region: 'us-east-1a' cannot be the name of a region. Did you mean us-east-1?"
    assert aws.calls() == []


@pytest.mark.parametrize("environment", [{}, {"ANSIBLE_KEEP_REMOTE_FILES": "1"}], ids=["here", "apart"])
def test_a_profile_that_assumes_a_role_costs_one_call_a_task(
    aws: LocalAws, play: Player, environment: dict[str, str]
) -> None:
    logic = Logic(aws)
    logic.make_endpoint("live", logic.make_config("one"))
    configuration = play.directory / "aws-config"
    configuration.write_text(
        "[profile base]\naws_access_key_id = testing\naws_secret_access_key = testing\n"
        f"[profile deployer]\nsource_profile = base\nrole_arn = {ROLE}\n"
    )
    aws.clear_calls()
    run = play(
        tasks=json.dumps([task("Scale", "sagemaker_autoscaling", {**TARGET, "profile": "deployer"})]),
        environment={
            **environment,
            "AWS_CONFIG_FILE": str(configuration),
            "AWS_SHARED_CREDENTIALS_FILE": str(play.directory / "none"),
            "AWS_ACCESS_KEY_ID": None,
            "AWS_SECRET_ACCESS_KEY": None,
        },
    )
    assert run.ok and run.changed, run
    assert {call["service"] for call in aws.calls()} >= {"sagemaker", "application-autoscaling"}
    assert [call["operation"] for call in aws.calls()].count("AssumeRole") == 1
