# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Endpoints that Terraform made are taken over as they are, rolled forward by the first change, and never half deleted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from terraform_states import Endpoint
from terraform_states import state

from integration.deploys import ADDED_TAGS
from integration.deploys import HISTORY
from integration.deploys import IMAGE
from integration.deploys import OWNER
from integration.deploys import PLAIN
from integration.deploys import Deploys
from integration.deploys import all_calls
from integration.deploys import paths
from integration.deploys import summary
from integration.harness import Player
from local_aws.process import LocalAws

CONFIG = "fraud-config-q7xk"
MODEL = "fraud-model-q7xk"
TARGET = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": "endpoint/fraud/variant/AllTraffic",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}
POLICY = "SageMakerEndpointInvocationScalingPolicy"
# The module's own input file.
TFVARS: dict[str, Any] = {
    "name_prefix": "fraud",
    "endpoint_name": "fraud",
    "tags": {"team": "fraud"},
    "containers": [{"image_uri": IMAGE, "environment": {"STEP": "1"}}],
    "production_variant": {
        "instance_type": "ml.m5.large",
        "initial_instance_count": 2,
        "variant_name": "AllTraffic",
        "container_startup_health_check_timeout_in_seconds": 300,
    },
    "autoscaling_config": {"max_capacity": 6, "target_value": 70, "scale_in_cooldown": 60, "scale_out_cooldown": 60},
}
CHANGED = {**TFVARS, "containers": [{"image_uri": IMAGE, "environment": {"STEP": "2"}}]}


@pytest.fixture
def deploys(aws: LocalAws, play: Player) -> Deploys:
    """What the Terraform module makes of its input: a role of its own, random suffixes, no tags of ours."""
    aws.configure(creating=0, updating=0, deleting=0)
    made = Deploys(aws, play)
    role = aws.make_role("fraud-role-q7xk")
    tags = [{"Key": "team", "Value": "fraud"}]
    made.make_model(MODEL, role, container={"Mode": "SingleModel", "Environment": {"STEP": "1"}}, Tags=tags)
    made.make_config(
        CONFIG,
        MODEL,
        InitialInstanceCount=2,
        InitialVariantWeight=1.0,
        ContainerStartupHealthCheckTimeoutInSeconds=300,
    )
    made.make_endpoint("fraud", CONFIG, Tags=tags)
    made.autoscaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=6)
    made.autoscaling.put_scaling_policy(
        **TARGET,
        PolicyName=POLICY,
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 70.0,
            "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
            "ScaleInCooldown": 60,
            "ScaleOutCooldown": 60,
        },
    )
    return made


def test_from_terraform_to_the_first_change_and_away(deploys: Deploys) -> None:
    for check in (True, False):
        said = deploys.is_refused("destroy", check=check, tfvars=TFVARS)
        assert "The endpoint fraud exists, but it does not carry the tag mlops.sagemaker/endpoint" in said
    adopted = deploys.settles(tfvars=TFVARS)
    assert all_calls(adopted) and set(all_calls(adopted)) <= ADDED_TAGS
    assert adopted["sagemaker_endpoint_config_name"] == deploys.serving("fraud") == CONFIG
    assert adopted["sagemaker_model_names"] == [MODEL]
    assert adopted["sagemaker_role_arn"] == deploys.model_of(CONFIG)["ExecutionRoleArn"]
    assert deploys.tags(deploys.endpoint("fraud")["EndpointArn"]) == {OWNER: "fraud", "team": "fraud"}

    # The autoscaler's count survives.
    deploys.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName="fraud", DesiredWeightsAndCapacities=[{"VariantName": "AllTraffic", "DesiredInstanceCount": 5}]
    )
    deploys.aws.advance(60)
    new = deploys.carries_out(tfvars=CHANGED)
    assert new["sagemaker_endpoint_config_name"] == deploys.serving("fraud") != CONFIG
    assert "models[AllTraffic].primary_container.environment.STEP" in paths(new["plan"]["endpoint"])
    assert deploys.endpoint("fraud")["ProductionVariants"][0]["DesiredInstanceCount"] == 5
    assert HISTORY in deploys.tags(deploys.endpoint("fraud")["EndpointArn"])
    assert CONFIG in deploys.configs() and MODEL in deploys.models()
    assert deploys.scaling_policies() == [POLICY]

    # What was adopted can be gone back to, as long as it exists.
    deploys.carries_out("rollback", tfvars=CHANGED, name="fraud")
    assert deploys.serving("fraud") == CONFIG
    assert all_calls(deploys.runs(tfvars=CHANGED)) == ["UpdateEndpoint", "AddTags"]
    assert deploys.serving("fraud") == new["sagemaker_endpoint_config_name"]
    assert deploys.entered("fraud") == [new["sagemaker_endpoint_config_name"], CONFIG]

    deploys.carries_out("destroy", tfvars=CHANGED)
    assert (deploys.endpoints(), deploys.configs(), deploys.models()) == (set(), {CONFIG}, {MODEL})
    assert (deploys.roles(), deploys.targets()) == ({"fraud-role-q7xk"}, [])


def terraform_state() -> Endpoint:
    """What Terraform prints of the endpoint."""
    made = Endpoint("module.fraud", "fraud")
    made.model["primary_container"][0]["environment"] = {"STEP": "1"}
    made.config["production_variants"][0].update(
        initial_instance_count=2, container_startup_health_check_timeout_in_seconds=300
    )
    made.endpoint["tags"] = made.endpoint["tags_all"] = {"team": "fraud"}
    made.scale(1, 6, 70, 60)
    return made


TOKEN = "not-a-real-token-0123456789"


@pytest.mark.core_ends
def test_what_terraform_prints_becomes_variables_that_adopt(deploys: Deploys, tmp_path: Path) -> None:
    """Beside it: an endpoint that is only in the state, one that differs from it, and one whose plan fails, in another region."""
    fraud = terraform_state()
    gone = Endpoint('module.all["gone"]', "gone")
    gone.model["primary_container"][0]["environment"] = {"API_TOKEN": TOKEN, "PROMPT": "{{ user }}"}
    deploys.make_endpoint("drifted", deploys.make_config("drifted-config-q7xk", MODEL))
    drifted = Endpoint("module.drifted", "drifted")
    drifted.model["primary_container"][0]["environment"] = {"STEP": "2"}
    west = Endpoint("module.west", "west", "us-west-2")
    content = state(*(one.as_module() for one in (fraud, gone, drifted, west)))
    # A plan, which holds the state before it.
    config = "module.fraud.aws_sagemaker_endpoint_configuration.sagemaker_endpoint_config"
    change = {"address": config, "type": config.split(".")[2], "change": {"actions": ["create", "delete"]}}
    content = {**content, "values": None, "prior_state": content, "resource_changes": [change]}
    (tmp_path / "state.json").write_text(json.dumps(content))
    deploys.aws.clear_calls()
    play = deploys.play
    run = play(
        playbook="playbooks/from_terraform.yml",
        variables={"terraform_json": "state.json", "variables_folder": "."},
        verbosity=3,
    )
    assert (run.failure, deploys.aws.mutating()) == ("1 of 4 plans failed. The report says why.", []), run
    assert TOKEN not in run.output
    said = run.result("Report")["msg"]
    assert said.startswith(
        "4 endpoints in state.json (Terraform 1.11.4): 1 to adopt as it is, 1 to roll forward, 1 to create, 1 with a failed plan. Nothing was changed.\n"
        "Terraform's plan has changes that are not applied. The variables describe the endpoints without them:\n"
        f"  replace {config}\n"
        "  Apply the plan and run this again with terraform show -json of the state, or change the variables.\n\n"
        "fraud (us-east-1), in Terraform module.fraud.aws_sagemaker_endpoint.sagemaker_endpoint\n"
        "  A deploy would adopt it as it is: nothing is redeployed.\n"
        "    change the tags of the endpoint fraud (internal tags of the role)\n"
    ), said
    assert "      models[AllTraffic].primary_container.environment.STEP: 1 -> 2\n" in said
    assert (
        "The endpoint does not exist in AWS. A deploy would create it:\n    create the execution role gone-role-"
        in said
    )
    assert (
        "The plan of the role failed:\n    sagemaker_endpoint_containers[0].image_uri: it is in us-east-1, but" in said
    )

    assert all(
        (tmp_path / f"{one}.yml").read_text().removeprefix("---") in said
        for one in ("fraud", "gone", "drifted", "west")
    )
    variables = yaml.safe_load((tmp_path / "fraud.yml").read_text())
    assert variables.pop("aws_region") == "us-east-1"
    given = {name.removeprefix("sagemaker_endpoint_"): value for name, value in variables.items()}
    adopted = deploys.settles(**{**dict.fromkeys(PLAIN), **given})
    assert set(all_calls(adopted)) == ADDED_TAGS
    assert adopted["sagemaker_endpoint_config_name"] == deploys.serving("fraud") == CONFIG
    # A secret comes from the environment. An empty one would go into production.
    assert "  Set the environment variable with its secret: export API_TOKEN=...\n" in said
    deploys.aws.clear_calls()
    run = play(playbook="playbooks/deploy.yml", arguments=["-e", "@gone.yml"], environment={"API_TOKEN": ""})
    assert "Set the environment variable API_TOKEN" in (run.failure or ""), run
    assert (run.ok, deploys.aws.calls()) == (False, [])
    run = play(
        playbook="playbooks/deploy.yml", arguments=["-e", "@gone.yml"], environment={"API_TOKEN": TOKEN}, check=True
    )
    assert run.ok and "create the endpoint gone, because it does not exist" in run.output, run
    assert TOKEN not in run.output


def test_a_wrong_file_of_terraform_gets_one_message(aws: LocalAws, play: Player, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"version": 4, "serial": 1}')
    for variables, told in (
        ({}, "terraform_json: give the file with the output of terraform show -json"),
        ({"terraform_json": "b.json"}, "terraform_json: b.json: the file does not exist (path "),
        ({"terraform_json": "a.json"}, "terraform_json: a.json: this is the state file itself"),
        ({"terraform_jsn": "a.json"}, "terraform_jsn: is not known (did you mean terraform_json?)"),
    ):
        run = play(playbook="playbooks/from_terraform.yml", variables=variables)
        assert not run.ok and (run.failure or "").startswith(told), run
        assert "Traceback" not in run.output
    assert aws.calls() == []


def test_what_was_adopted_stays_unless_it_is_handed_over(deploys: Deploys) -> None:
    # Adopted, as the first run does it.
    owner = [{"Key": OWNER, "Value": "fraud"}]
    deploys.sagemaker.add_tags(ResourceArn=deploys.endpoint("fraud")["EndpointArn"], Tags=owner)
    run = deploys.predicts("destroy", tfvars=TFVARS)
    assert f"The endpoint configuration {CONFIG} and the models {MODEL} do not carry" in run.output
    said = [line for line in summary(run).splitlines() if line.startswith("  delete ")]
    assert said == ["  delete autoscaling of the variant AllTraffic", "  delete the endpoint fraud"], summary(run)
    assert (
        "AWS deregisters endpoint/fraud/variant/AllTraffic with the endpoint, although it does not carry the tag"
        in run.output
    )

    # Handed over: the tag alone is no reason for a rollout, it can be gone back to, and destroy takes all of it.
    for arn in (deploys.config(CONFIG)["EndpointConfigArn"], deploys.model_of(CONFIG)["ModelArn"]):
        deploys.sagemaker.add_tags(ResourceArn=arn, Tags=owner)
    target = deploys.targets()[0]["ScalableTargetARN"]
    deploys.autoscaling.tag_resource(ResourceARN=target, Tags={OWNER: "fraud", "team": "fraud"})
    deploys.finds_nothing_to_do(tfvars=TFVARS)
    new = deploys.runs(tfvars=CHANGED)["sagemaker_endpoint_config_name"]
    assert deploys.configs() == {CONFIG, new}
    deploys.runs("rollback", tfvars=CHANGED, name="fraud")
    assert deploys.serving("fraud") == CONFIG
    deploys.runs("rollback", tfvars=CHANGED, name="fraud")
    assert deploys.serving("fraud") == new
    deploys.carries_out("destroy", tfvars=TFVARS)
    assert (deploys.endpoints(), deploys.configs(), deploys.models()) == (set(), set(), set())
    assert deploys.roles() == {"fraud-role-q7xk"}


def test_another_execution_role_is_a_redeploy_and_the_one_in_use_is_none(deploys: Deploys) -> None:
    in_use = deploys.model_of(CONFIG)["ExecutionRoleArn"]
    same = deploys.runs(tfvars={**TFVARS, "sg_role_arn": in_use})
    assert set(all_calls(same)) <= ADDED_TAGS
    other = deploys.aws.make_role("other")
    new = deploys.carries_out(tfvars={**TFVARS, "sg_role_arn": other})
    assert "models[AllTraffic].execution_role_arn" in paths(new["plan"]["endpoint"])
    assert deploys.model_of(deploys.serving("fraud"))["ExecutionRoleArn"] == other


def test_hand_made_capacity_and_what_differs_in_the_configuration(deploys: Deploys) -> None:
    variant = {**TFVARS["production_variant"], "instance_type": "ml.m5.xlarge"}
    predicted = deploys.predicts(tfvars={**TFVARS, "production_variant": variant, "autoscaling_config": None})
    said = summary(predicted)
    assert "production_variants[AllTraffic].instance_type: ml.m5.large -> ml.m5.xlarge" in said
    assert "during which autoscaling is suspended" in said
    assert "environment" not in said
    assert "stays registered with Application Auto Scaling" in predicted.output
