# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of reading what Terraform prints. show.json and output.json are recordings of Terraform 1.11 with resources of its own provider."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from terraform_states import IMAGE
from terraform_states import Endpoint as Made
from terraform_states import container
from terraform_states import resource
from terraform_states import state
from terraform_states import variant

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.inputs import variables_file
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.inputs.resolution import resolve
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.terraform import document
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.terraform import endpoints
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.terraform import report
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.terraform.document import DocumentError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.terraform.endpoints import Endpoint
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.terraform.sensitive import revealed
from ansible_collections.mlops.sagemaker.plugins.plugin_utils import _variables_file

HERE = Path(__file__).parent
EXAMPLES = HERE.parents[2] / "examples"
TOKEN = "not-a-real-token-0123456789"


def found(content: Any) -> list[Endpoint]:
    return endpoints.listed(document.read(json.dumps(content).encode()))


def described(made: Made, *others: Any) -> dict[str, Any]:
    """The variables of an endpoint, which have no problem."""
    (one,) = (one for one in found(state(made.as_module(), *others)) if one.name == made.name)
    variables = revealed(one.variables)
    assert resolve(variables)["problems"] == []
    return variables


def text_of(endpoint: Endpoint) -> str:
    (entry,) = report.entries([endpoint], _variables_file.dump)
    return entry["text"]


def test_the_inputs_of_the_module_come_back() -> None:
    made = Made("module.fraud", "fraud", prefix="fraud-prod")
    made.model["primary_container"] = [
        container(image=IMAGE, environment={"STEP": "1"}, model_data_url="s3://bucket/model.tar.gz")
    ]
    made.config["production_variants"][0].update(initial_instance_count=2, volume_size_in_gb=30)
    made.config["kms_key_arn"] = "arn:aws:kms:us-east-1:123456789012:key/1"
    made.endpoint.update(
        tags={"team": "fraud"},
        tags_all={"team": "fraud", "cost": "7", "aws:x": "y", "mlops.sagemaker/endpoint": "fraud"},
    )
    made.scale(1, 6, 70, 60)
    assert described(made) == {
        "name": "fraud",
        "name_prefix": "fraud-prod",
        # With those that the provider adds to all resources.
        "tags": {"team": "fraud", "cost": "7"},
        "containers": [
            {"image_uri": IMAGE, "environment": {"STEP": "1"}, "model_data_url": "s3://bucket/model.tar.gz"}
        ],
        "kms_key_arn": "arn:aws:kms:us-east-1:123456789012:key/1",
        "production_variant": {
            "variant_name": "AllTraffic",
            "initial_instance_count": 2,
            "instance_type": "ml.m5.large",
            "volume_size_in_gb": 30,
        },
        "autoscaling_config": {
            "min_capacity": 1,
            "max_capacity": 6,
            "target_value": 70,
            "scale_in_cooldown": 60,
            "scale_out_cooldown": 60,
        },
    }


@pytest.mark.parametrize("kind", ["huggingface", "jumpstart"])
def test_the_examples_of_the_module_come_back(kind: str) -> None:
    """What the role makes of the state is what it makes of the variables file."""
    inputs = json.loads((EXAMPLES / kind / "terraform.tfvars.json").read_text())
    given = variables_file.contents(inputs, "")["inputs"]
    (one,) = found(state(Made.of_inputs("module.x", inputs).as_module()))
    expected = resolve(given)
    assert expected["problems"] == []
    assert resolve({**revealed(one.variables), "secret_environment": []}) == expected


def test_a_role_that_the_project_gives_is_kept_and_one_that_the_module_makes_is_not() -> None:
    made = Made("module.fraud", "fraud")
    assert "sg_role_arn" not in described(made)
    made.made_role = {}
    assert described(made)["sg_role_arn"] == made.role_arn


def test_blocks_of_every_depth() -> None:
    made = Made("", "fraud")
    source = {
        "compression_type": "None",
        "model_access_config": [{"accept_eula": True}],
        "s3_data_type": "S3Prefix",
        "s3_uri": "s3://bucket/model/",
    }
    made.model["primary_container"] = [
        container(
            image=IMAGE,
            image_config=[
                {
                    "repository_access_mode": "Vpc",
                    "repository_auth_config": [
                        {"repository_credentials_provider_arn": "arn:aws:lambda:us-east-1:123456789012:function:f"}
                    ],
                }
            ],
            model_data_source=[{"s3_data_source": [source]}],
        )
    ]
    made.model["vpc_config"] = [{"security_group_ids": ["sg-1"], "subnets": ["subnet-1"]}]
    made.model["enable_network_isolation"] = True
    made.config["async_inference_config"] = [
        {
            "client_config": [{"max_concurrent_invocations_per_instance": 4}],
            "output_config": [
                {
                    "kms_key_id": "",
                    "notification_config": [],
                    "s3_failure_path": "",
                    "s3_output_path": "s3://bucket/out/",
                }
            ],
        }
    ]
    made.endpoint["deployment_config"] = [
        {
            "auto_rollback_configuration": [{"alarms": [{"alarm_name": "errors"}]}],
            "blue_green_update_policy": [
                {
                    "maximum_execution_timeout_in_seconds": 0,
                    "termination_wait_in_seconds": 60,
                    "traffic_routing_configuration": [
                        {
                            "canary_size": [],
                            "linear_step_size": [],
                            "type": "ALL_AT_ONCE",
                            "wait_interval_in_seconds": 0,
                        }
                    ],
                }
            ],
            "rolling_update_policy": [],
        }
    ]
    variables = described(made)
    (one,) = variables["containers"]
    assert one["model_data_source"] == {"s3_data_source": {**source, "model_access_config": {"accept_eula": True}}}
    assert one["image_config"]["repository_auth_config"]["repository_credentials_provider_arn"].endswith("function:f")
    assert variables["vpc_config"] == {"security_group_ids": ["sg-1"], "subnets": ["subnet-1"]}
    assert variables["enable_network_isolation"] is True
    assert variables["async_inference_config"]["output_config"] == {"s3_output_path": "s3://bucket/out/"}
    assert variables["deployment_config"] == {
        "auto_rollback_configuration": {"alarms": [{"alarm_name": "errors"}]},
        "blue_green_update_policy": {
            "termination_wait_in_seconds": 60,
            "traffic_routing_configuration": {"type": "ALL_AT_ONCE", "wait_interval_in_seconds": 0},
        },
    }


def test_several_variants_and_models() -> None:
    made = Made("module.ab", "ab")
    other = Made("module.ab", "other")
    other.model["primary_container"] = [container(image=IMAGE, environment={"STEP": "2"})]
    made.config["production_variants"] = [
        variant(made.model["name"], variant_name="a", initial_variant_weight=0),
        variant(other.model["name"], variant_name="b"),
        variant("somewhere-else", variant_name="c"),
    ]
    model = resource(
        "module.ab",
        "aws_sagemaker_model",
        "other",
        {**other.model, "enable_network_isolation": True, "execution_role_arn": made.role_arn},
    )
    (one,) = found(state({**made.as_module(), "resources": [*made.resources(), model]}))
    variables = revealed(one.variables)
    assert [(v["variant_name"], v["initial_variant_weight"]) for v in variables["production_variants"]] == [
        ("a", 0),
        ("b", 1),
        ("c", 1),
    ]
    a, b, c = variables["production_variants"]
    assert (a["containers"], b["containers"]) == (
        [{"image_uri": IMAGE}],
        [{"image_uri": IMAGE, "environment": {"STEP": "2"}}],
    )
    assert c["model_name"] == "somewhere-else"
    assert one.notes == [
        "The models differ in enable_network_isolation. The role has one for all, and takes that of module.ab.aws_sagemaker_model.sagemaker_model."
    ]


def test_policies_and_scheduled_actions_of_any_kind() -> None:
    made = Made("module.fraud", "fraud")
    made.scale(1, 6, 70)
    target, policy = made.scaling
    common = {"resource_id": policy["values"]["resource_id"], "arn": policy["values"]["arn"]}
    step = {
        **common,
        "name": "steps",
        "policy_type": "StepScaling",
        "step_scaling_policy_configuration": [
            {
                "adjustment_type": "ChangeInCapacity",
                "cooldown": 60,
                "metric_aggregation_type": "Average",
                "min_adjustment_magnitude": 0,
                "step_adjustment": [
                    {"metric_interval_lower_bound": "0", "metric_interval_upper_bound": "", "scaling_adjustment": 1}
                ],
            }
        ],
        "target_tracking_scaling_policy_configuration": [],
    }
    action = {
        **common,
        "name": "nights",
        "schedule": "cron(0 20 * * ? *)",
        "scalable_target_action": [{"min_capacity": "0", "max_capacity": "1"}],
        "timezone": "UTC",
        "start_time": None,
    }
    made.scaling = [
        target,
        resource("module.fraud", "aws_appautoscaling_policy", "steps", step),
        resource("module.fraud", "aws_appautoscaling_scheduled_action", "nights", action),
    ]
    assert described(made)["autoscaling_config"] == {
        "min_capacity": 1,
        "max_capacity": 6,
        "scaling_policies": [
            {
                "policy_name": "steps",
                "policy_type": "StepScaling",
                "step_scaling_policy_configuration": {
                    "adjustment_type": "ChangeInCapacity",
                    "cooldown": 60,
                    "metric_aggregation_type": "Average",
                    "step_adjustments": [{"metric_interval_lower_bound": "0", "scaling_adjustment": 1}],
                },
            }
        ],
        "scheduled_actions": [
            {
                "scheduled_action_name": "nights",
                "schedule": "cron(0 20 * * ? *)",
                "timezone": "UTC",
                "scalable_target_action": {"min_capacity": "0", "max_capacity": "1"},
            }
        ],
    }
    made.scaling = [target]
    (one,) = found(state(made.as_module()))
    assert "autoscaling_config" not in one.variables
    assert "module.fraud.aws_appautoscaling_target.sagemaker_target[0]: has no policy" in one.notes[0]


def test_modules_in_any_depth_with_count_and_for_each_in_several_regions() -> None:
    """The same names in two regions are told apart."""
    west = Made('module.eu["a.b"].module.endpoint[0]', "fraud", "eu-west-1")
    west.model["primary_container"] = [container(image=IMAGE, environment={"STEP": "2"})]
    west.scale(2, 3, 7)
    nested = {"address": 'module.eu["a.b"]', "child_modules": [west.as_module()]}
    east = Made("module.endpoint[1]", "fraud")
    newer = Made("", "newer", "eu-north-1")
    del newer.endpoint["arn"]
    newer.endpoint["region"] = newer.config["region"] = newer.model["region"] = "eu-north-1"
    listed = found(state(east.as_module(), nested, root=newer.resources()))
    assert [(one.address, one.name, one.region) for one in listed] == [
        ("aws_sagemaker_endpoint.sagemaker_endpoint", "newer", "eu-north-1"),
        ("module.endpoint[1].aws_sagemaker_endpoint.sagemaker_endpoint", "fraud", "us-east-1"),
        ('module.eu["a.b"].module.endpoint[0].aws_sagemaker_endpoint.sagemaker_endpoint', "fraud", "eu-west-1"),
    ]
    assert [one.variables["containers"][0].get("environment") for one in listed] == [None, None, {"STEP": "2"}]
    assert ["autoscaling_config" in one.variables for one in listed] == [False, False, True]


def test_what_terraform_forgets_is_all_that_belongs_to_the_endpoint() -> None:
    made = Made('module.all["a"]', "a")
    made.scale(1, 2, 3)
    other = Made('module.all["b"]', "b")
    other.scale(1, 2, 3)
    attached = resource(other.module, "aws_iam_role_policy_attachment", "sg_policy_attachment", {}, 0)
    listed = found(state(made.as_module(), {**other.as_module(), "resources": [*other.resources(), attached]}))
    assert sorted(listed[0].addresses) == sorted(one["address"] for one in made.resources())
    assert sorted(listed[1].addresses) == sorted([attached["address"], *(one["address"] for one in other.resources())])
    entry, _other = report.entries(listed, _variables_file.dump)
    lines = report.report([entry], [{"failure": "no"}], "state.json")
    forget = """terraform state rm 'module.all["a"].aws_sagemaker_endpoint.sagemaker_endpoint' """
    assert forget in lines[-1]


def planned(*calls: str) -> dict[str, Any]:
    part = {"action": "update", "changes": [], "calls": list(calls)}
    return {"sagemaker_endpoint_name": "fraud", "plan": {"endpoint": part}}


@pytest.mark.parametrize(
    ("plan", "kind"),
    [
        (planned(), report.ADOPTED),
        (planned("AddTags", "TagResource"), report.ADOPTED),
        (planned("AddTags", "PutScalingPolicy"), report.ADJUSTED),
        (planned("CreateModel", "CreateEndpointConfig", "UpdateEndpoint"), report.CHANGED),
        (planned("CreateModel", "CreateEndpointConfig", "CreateEndpoint"), report.CREATED),
        ({"failure": "no"}, report.FAILED),
    ],
)
def test_the_verdict_is_about_what_a_deploy_would_call(plan: dict[str, Any], kind: str) -> None:
    entries = report.entries(found(state(Made("module.fraud", "fraud").as_module())), _variables_file.dump)
    assert report.verdict(entries[0], plan) == kind
    lines = report.report(entries, [plan], "state.json")
    assert lines[0].startswith("1 endpoint in state.json: 1 ") and lines[2].startswith(
        "fraud (us-east-1), in Terraform module.fraud."
    )


def test_endpoints_of_one_name_have_files_of_their_own() -> None:
    listed = [Made("module.a", "fraud"), Made("module.b", "fraud", "eu-west-1"), Made("module.c", "churn")]
    entries = report.entries(found(state(*(one.as_module() for one in listed))), _variables_file.dump)
    assert [one["file"] for one in entries] == ["fraud-us-east-1.yml", "fraud-eu-west-1.yml", "churn.yml"]


def test_secrets_are_not_shown() -> None:
    made = Made("module.fraud", "fraud")
    environment = {"HF_TOKEN": TOKEN, "SETTING": f"x-{TOKEN}", "STEP": "1", "PROMPT": "{{ user }}"}
    made.model["primary_container"] = [container(image=IMAGE, environment=environment)]
    made.sensitive_model = {"primary_container": [{"environment": {"SETTING": True}, "image_config": []}]}
    (one,) = found(state(made.as_module()))
    assert one.secret_environment == ["HF_TOKEN", "SETTING"]
    (entry,) = report.entries([one], _variables_file.dump)
    assert entry["inputs"]["containers"][0]["environment"] == environment
    assert TOKEN not in entry["text"] and TOKEN not in repr(one.variables)
    # An empty one would go into production.
    read = "{{ lookup('ansible.builtin.env', 'HF_TOKEN') or undef(hint='Set the environment variable HF_TOKEN') }}"
    assert f'  HF_TOKEN: "{read}"\n' in entry["text"]
    # Ansible would template it otherwise.
    assert "PROMPT: !unsafe '{{ user }}'\n" in entry["text"]
    assert "sagemaker_endpoint_secret_environment:\n  - HF_TOKEN\n  - SETTING\n" in entry["text"]
    lines = report.report([entry], [{"failure": f"refused {environment['SETTING']}"}], "state.json")
    assert TOKEN not in "\n".join(lines)
    lines = report.report([entry], [planned()], "state.json")
    where = lines.index("  Set the environment variables with its secrets: export HF_TOKEN=... SETTING=...")
    assert lines[where + 1].startswith("  Deploy with them: ")

    # A whole environment that is sensitive, as by a variable of the root module.
    made.sensitive_model = {"primary_container": [{"environment": True}]}
    (one,) = found(state(made.as_module()))
    assert one.secret_environment == ["HF_TOKEN", "PROMPT", "SETTING", "STEP"]
    assert "user" not in text_of(one)


def test_a_secret_of_any_name_is_read_from_an_environment_variable() -> None:
    made = Made("module.fraud", "fraud")
    made.config["kms_key_arn"] = arn = "arn:aws:kms:us-east-1:123456789012:key/1"
    content = state(made.as_module())
    for one in content["values"]["root_module"]["child_modules"][0]["resources"]:
        if one["type"] == "aws_sagemaker_endpoint":
            one["values"]["tags"] = one["values"]["tags_all"] = {"it's mine": "ours"}
            one["sensitive_values"] = {"tags_all": {"it's mine": True}}
        if one["type"] == "aws_sagemaker_endpoint_configuration":
            one["sensitive_values"] = {"kms_key_arn": True}
    (entry,) = report.entries(found(content), _variables_file.dump)
    assert (entry["environment"], entry["inputs"]["kms_key_arn"]) == (["IT_S_MINE", "KMS_KEY_ARN"], arn)
    assert (
        "lookup('ansible.builtin.env', 'IT_S_MINE') or"
        in yaml.safe_load(entry["text"])["sagemaker_endpoint_tags"]["it's mine"]
    )


def test_secrets_of_one_key_are_told_if_they_differ() -> None:
    made = Made("module.fraud", "fraud")
    notes = []
    for second in (TOKEN, f"{TOKEN}2"):
        made.model["primary_container"] = []
        made.model["container"] = [container(image=IMAGE, environment={"HF_TOKEN": one}) for one in (TOKEN, second)]
        (entry,) = report.entries(found(state(made.as_module())), _variables_file.dump)
        assert entry["environment"] == ["HF_TOKEN"]
        notes.append(entry["notes"])
    assert notes[0] == [] and notes[1] == [
        "The variables read several secrets from the environment variable HF_TOKEN. Give each lookup an environment variable of its own."
    ]


def test_the_text_is_a_file_of_variables() -> None:
    made = Made("module.fraud", "fraud")
    text = text_of(found(state(made.as_module()))[0])
    assert yaml.safe_load(text) == {
        "aws_region": "us-east-1",
        **{f"sagemaker_endpoint_{name}": value for name, value in described(made).items()},
    }


def test_a_plan_tells_of_what_exists_and_else_of_what_it_creates() -> None:
    made = Made("module.fraud", "fraud")
    content = state(made.as_module())
    values = content.pop("values")
    plan = {**content, "format_version": "1.2", "planned_values": values, "resource_changes": []}
    prior = Made("module.fraud", "fraud-before")
    existing = document.read(json.dumps({**plan, "prior_state": state(prior.as_module())}).encode())
    assert ([one.name for one in endpoints.listed(existing)], existing.planned) == (["fraud-before"], False)
    assert existing.pending == []

    # What is not known before it exists is left out.
    for values, unknown in (
        (made.model, ("arn", "id", "name")),
        (made.config, ("arn", "id", "name")),
        (made.endpoint, ("arn", "endpoint_config_name")),
    ):
        for name in unknown:
            del values[name]
    del made.config["production_variants"][0]["model_name"]
    planned = document.read(json.dumps(plan).encode())
    (one,) = endpoints.listed(planned)
    assert (planned.planned, one.name, one.region, one.complete) == (True, "fraud", "", True)
    assert revealed(one.variables)["containers"] == [{"image_uri": IMAGE}]
    assert resolve(revealed(one.variables))["problems"] == []


def test_outputs_tell_names_in_any_form() -> None:
    listed = endpoints.listed(document.read((HERE / "output.json").read_bytes()))
    assert [(one.name, one.address) for one in listed] == [
        ("b.c", "output.all.b.c.sagemaker_endpoint_name"),
        ("eu-a", "output.all.eu-a.sagemaker_endpoint_name"),
        ("one", "output.one.sagemaker_endpoint_name"),
    ]
    output = {"sensitive": False, "type": "string", "value": "fraud"}
    (one,) = found(
        {
            "sagemaker_endpoint_name": output,
            "other": {**output, "value": 7},
            "endpoint_name": {**output, "sensitive": True},
        }
    )
    assert (one.name, one.complete, one.notes) == ("fraud", False, [endpoints.ONLY_NAMES])
    assert [one.name for one in found({"endpoint_names": {**output, "value": ["a", "b"]}})] == ["a", "b"]


def test_a_resource_of_the_other_provider_is_named() -> None:
    values = {"endpoint_name": "fraud", "endpoint_config_name": "x"}
    (one,) = found(state(root=[resource("", "awscc_sagemaker_endpoint", "this", values)]))
    assert (one.name, one.complete) == ("fraud", False)
    assert "type awscc_sagemaker_endpoint are not read" in one.notes[0]


def test_what_has_been_replaced_and_not_deleted_is_left_out() -> None:
    made = Made("module.fraud", "fraud")
    old = {**made.resources()[1], "deposed_key": "12345678"}
    data = {**made.resources()[1], "mode": "data"}
    assert len(found(state(made.as_module(), {"address": "module.x", "resources": [old, data]}))) == 1


def test_a_configuration_that_is_not_in_the_state_is_told() -> None:
    made = Made("module.fraud", "fraud")
    made.endpoint["endpoint_config_name"] = "elsewhere"
    (one,) = found(state(made.as_module()))
    assert (one.complete, one.notes) == (False, ["Its endpoint configuration elsewhere is not among the resources."])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_powershell_writes_other_encodings(encoding: str) -> None:
    text = json.dumps(state(Made("module.fraud", "fraud").as_module()))
    assert [one.name for one in endpoints.listed(document.read(text.encode(encoding)))] == ["fraud"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "not JSON ("),
        ("# module.fraud:\n", "not JSON ("),
        ("[]", "not the JSON of Terraform, which is one object"),
        ("{}", "it has no format_version"),
        ('{"a": 1}', "it has no format_version"),
        ('{"version": 4, "serial": 3, "lineage": "x", "resources": []}', "this is the state file itself"),
        ('{"format_version": "2.0", "values": {}}', "format_version is 2.0, and this collection reads 0.x and 1.x"),
        ('{"format_version": "1.0"}', "no resource is of the type aws_sagemaker_endpoint or awscc_sagemaker_endpoint"),
        (
            (HERE / "show.json").read_text(),
            "no resource is of the type aws_sagemaker_endpoint or awscc_sagemaker_endpoint",
        ),
        (
            json.dumps(state(root=[resource("", "aws_sagemaker_endpoint", "x", {"tags_all": [1]})])),
            "another form than those of",
        ),
        ('{"x": {"sensitive": false, "type": "string", "value": "y"}}', "no output names an endpoint"),
    ],
)
def test_other_files_are_refused(content: str, said: str) -> None:
    with pytest.raises(DocumentError) as caught:
        endpoints.listed(document.read(content.encode()))
    assert said in str(caught.value)
    assert "terraform show -json" in str(caught.value) or "form" in said


def test_what_a_plan_has_not_done_yet_is_told() -> None:
    made = Made("module.fraud", "fraud")
    values = state(made.as_module())["values"]

    def change(kind: str, *actions: str) -> dict[str, Any]:
        return {"address": f"module.fraud.{kind}.it", "type": kind, "change": {"actions": actions}}

    changes = [
        change("aws_sagemaker_endpoint", "update"),
        change("aws_sagemaker_endpoint_configuration", "create", "delete"),
        change("aws_appautoscaling_target", "delete"),
        change("aws_sagemaker_model", "no-op"),
        change("aws_vpc", "create"),
        change("aws_sagemaker_model", "create", "forget"),
        change("aws_sagemaker_prebuilt_ecr_image", "read"),
    ]
    plan = {
        "format_version": "1.2",
        "planned_values": values,
        "prior_state": {"values": values},
        "resource_changes": changes,
    }
    existing = document.read(json.dumps(plan).encode())
    assert existing.pending == [
        "update module.fraud.aws_sagemaker_endpoint.it",
        "replace module.fraud.aws_sagemaker_endpoint_configuration.it",
        "delete module.fraud.aws_appautoscaling_target.it",
        "create and forget module.fraud.aws_sagemaker_model.it",
    ]
    entries = report.entries(endpoints.listed(existing), _variables_file.dump)
    lines = report.report(entries, [planned()], "plan.json", existing.pending)
    assert lines[1:7] == [
        "Terraform's plan has changes that are not applied. The variables describe the endpoints without them:",
        *(f"  {one}" for one in existing.pending),
        "  Apply the plan and run this again with terraform show -json of the state, or change the variables.",
    ]
    # One that creates the endpoints is what the variables describe.
    creates = document.read(json.dumps({**plan, "prior_state": {}}).encode())
    assert (creates.planned, creates.pending) == (True, [])
