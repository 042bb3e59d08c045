# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role sagemaker_endpoint: what the Terraform module gets wrong, wrong input, text from forms, faults of the service."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.iam import policy as execution_policy
from integration.begun import begin
from integration.harness import Player
from integration.harness import Run
from local_aws.process import LocalAws

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
PACKAGE = "arn:aws:sagemaker:us-east-1:865070037744:model-package/llama2-7b-f-v4-71eeccf76ddf33f2a18d2e16b9c7f302"
OWNER = "mlops.sagemaker/endpoint"
LARGE = {"instance_type": "ml.m5.large"}
SCALING = {"max_capacity": 4, "target_value": 70, "scale_in_cooldown": 300}


def variables(**given: Any) -> dict[str, Any]:
    """The role's variables: a plain endpoint, with what is given."""
    plain = {"name": "churn", "name_prefix": "churn", "containers": [{"image_uri": IMAGE}], "production_variant": LARGE}
    return {f"sagemaker_endpoint_{name}": value for name, value in {**plain, **given}.items() if value is not None}


def deploy(play: Player, **given: Any) -> Run:
    run = play(playbook="playbooks/deploy.yml", variables=variables(**given))
    assert run.ok, run
    return run


def begin_with(aws: LocalAws, **given: Any) -> str:
    """What a deploy makes, with an execution role that is there; the configuration's name."""
    asked = variables(sg_role_arn=aws.make_role("serving"), **given)
    return begin(aws, {name.removeprefix("sagemaker_endpoint_"): value for name, value in asked.items()})


def outputs(run: Run) -> dict[str, Any]:
    return run.stats["sagemaker_endpoint_outputs"]


def created_model(aws: LocalAws) -> dict[str, Any]:
    """The request that made the last model."""
    return [call["request"] for call in aws.calls() if call["operation"] == "CreateModel"][-1]


def served_model(aws: LocalAws, endpoint: str = "churn") -> dict[str, Any]:
    """The model that the endpoint's configuration names."""
    sagemaker = aws.client("sagemaker")
    config = sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointConfigName"]
    variant = sagemaker.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"][0]
    return sagemaker.describe_model(ModelName=variant["ModelName"])


def targets(aws: LocalAws) -> list[dict[str, Any]]:
    return aws.client("application-autoscaling").describe_scalable_targets(ServiceNamespace="sagemaker")[
        "ScalableTargets"
    ]


@pytest.fixture(autouse=True)
def at_once(aws: LocalAws) -> None:
    """Nothing here is about how long a transition takes."""
    aws.configure(creating=0, updating=0, deleting=0)


# What is broken in the Terraform module


def test_a_role_of_ones_own_is_used_and_left_alone(aws: LocalAws, play: Player) -> None:
    arn = aws.make_role("serving")
    aws.clear_calls()
    run = deploy(play, sg_role_arn=arn)
    assert outputs(run)["sagemaker_role_arn"] == served_model(aws)["ExecutionRoleArn"] == arn
    assert outputs(run)["plan"]["iam_role"] == {"action": "none", "changes": [], "calls": []}
    run = play(playbook="playbooks/destroy.yml", variables=variables(sg_role_arn=arn))
    assert run.ok, run
    assert not [call for call in aws.calls("iam") if call["mutating"]]
    assert [role["RoleName"] for role in aws.client("iam").list_roles()["Roles"]] == ["serving"]


def test_two_profiles_in_files_that_only_the_play_knows(aws: LocalAws, play: Player, tmp_path: Path) -> None:
    """Endpoints of one name in two regions: each has its own execution role, runs settle, and one goes without the other."""
    keys = "aws_access_key_id = testing\naws_secret_access_key = testing\n"
    regions = {"here": "us-east-1", "there": "eu-west-1"}
    files = {"AWS_CONFIG_FILE": str(tmp_path / "config"), "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none")}
    Path(files["AWS_CONFIG_FILE"]).write_text(
        "".join(f"[profile {profile}]\nregion = {region}\n{keys}" for profile, region in regions.items())
    )
    steps = [("here", "present"), ("there", "present"), ("here", "present"), ("there", "present"), ("there", "absent")]
    tasks = [
        {
            "name": f"{profile} {state}",
            "environment": {**files, "AWS_DEFAULT_PROFILE": profile},
            "vars": variables(
                state=state, containers=[{"image_uri": IMAGE.replace("us-east-1", regions[profile])}], wait=True
            ),
            "block": [{"ansible.builtin.include_role": {"name": "mlops.sagemaker.sagemaker_endpoint"}}],
        }
        for profile, state in steps
    ]
    run = play(
        tasks=json.dumps(tasks),
        environment={name: None for name in aws.environment() if name not in ("AWS_ENDPOINT_URL",)},
    )
    assert run.ok, run
    made = [call["operation"] for call in aws.calls() if call["mutating"]]
    deploy_calls = ["CreateRole", "PutRolePolicy", "CreateModel", "CreateEndpointConfig", "CreateEndpoint"]
    assert made[:10] == deploy_calls * 2, made
    # The second deploys change nothing, and the destroy is that of one region.
    assert made[10:] == ["DeleteEndpoint", "DeleteEndpointConfig", "DeleteModel", "DeleteRolePolicy", "DeleteRole"]
    iam = aws.client("iam")
    (name,) = [role["RoleName"] for role in iam.list_roles()["Roles"]]
    assert name == execution_policy.role_name("churn", "churn", "us-east-1")
    assert served_model(aws)["ExecutionRoleArn"].endswith(f":role/{name}")
    (policy,) = iam.list_role_policies(RoleName=name)["PolicyNames"]
    document = json.dumps(iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"])
    assert "arn:aws:logs:us-east-1:" in document and "eu-west-1" not in document


# What the requests are made of is known without a play.


def test_model_data_source_needs_no_eula(aws: LocalAws) -> None:
    aws.put("s3://example-model-bucket/churn/model.tar.gz")
    source = {"s3_data_type": "S3Object", "s3_uri": "s3://example-model-bucket/churn/model.tar.gz"}
    begin_with(aws, containers=[{"image_uri": IMAGE, "model_data_source": source}])
    assert created_model(aws)["PrimaryContainer"]["ModelDataSource"]["S3DataSource"] == {
        "S3DataType": "S3Object",
        "S3Uri": "s3://example-model-bucket/churn/model.tar.gz",
        "CompressionType": "Gzip",
    }


def test_an_inference_specification_and_a_partial_variant(aws: LocalAws) -> None:
    container = {"model_package_name": PACKAGE, "inference_specification_name": "gpu"}
    begin_with(aws, containers=[container], production_variant={"instance_type": "ml.g5.2xlarge"})
    assert created_model(aws)["PrimaryContainer"] == {
        "ModelPackageName": PACKAGE,
        "InferenceSpecificationName": "gpu",
    }
    request = next(call["request"] for call in aws.calls() if call["operation"] == "CreateEndpointConfig")
    assert request["ProductionVariants"] == [
        {
            "VariantName": "AllTraffic",
            "ModelName": created_model(aws)["ModelName"],
            "InstanceType": "ml.g5.2xlarge",
            "InitialInstanceCount": 1,
        }
    ]


def test_a_private_registry_in_a_vpc(aws: LocalAws) -> None:
    vpc = {"security_group_ids": ["sg-0a1b2c3d4e5f60718"], "subnets": ["subnet-0a1b2c3d4e5f60718"]}
    image = {"image_uri": "registry.example.com/churn:1", "image_config": {"repository_access_mode": "Vpc"}}
    begin_with(aws, containers=[image], vpc_config=vpc)
    assert created_model(aws)["PrimaryContainer"]["ImageConfig"] == {"RepositoryAccessMode": "Vpc"}
    assert created_model(aws)["VpcConfig"] == {
        "SecurityGroupIds": vpc["security_group_ids"],
        "Subnets": vpc["subnets"],
    }


# Autoscaling


def test_autoscaling_comes_as_predicted(aws: LocalAws, play: Player) -> None:
    scaled = variables(autoscaling_config=SCALING)
    predicted = play(playbook="playbooks/deploy.yml", variables=scaled, check=True)
    run = play(playbook="playbooks/deploy.yml", variables=scaled)
    assert run.ok, run
    assert (run.changed, predicted.changed) == (5, 1)
    assert outputs(run)["plan"] == outputs(predicted)["plan"]
    assert [(target["MinCapacity"], target["MaxCapacity"]) for target in targets(aws)] == [(1, 4)]
    policies = aws.client("application-autoscaling").describe_scaling_policies(ServiceNamespace="sagemaker")
    assert [
        (policy["PolicyName"], policy["TargetTrackingScalingPolicyConfiguration"])
        for policy in policies["ScalingPolicies"]
    ] == [
        (
            "SageMakerEndpointInvocationScalingPolicy",
            {
                "TargetValue": 70.0,
                "ScaleInCooldown": 300,
                "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
            },
        )
    ]


def test_a_target_of_somebody_else_stays(aws: LocalAws, play: Player) -> None:
    begin_with(aws)
    aws.client("application-autoscaling").register_scalable_target(
        ServiceNamespace="sagemaker",
        ResourceId="endpoint/churn/variant/AllTraffic",
        ScalableDimension="sagemaker:variant:DesiredInstanceCount",
        MinCapacity=1,
        MaxCapacity=2,
    )
    aws.clear_calls()
    run = deploy(play, sg_role_arn=served_model(aws)["ExecutionRoleArn"])
    assert (run.changed, aws.mutating(), len(targets(aws))) == (0, [], 1)
    note = outputs(run)["notes"][0]
    assert note.startswith("endpoint/churn/variant/AllTraffic stays registered")


# Several variants


def test_several_variants_with_models_of_their_own(aws: LocalAws, play: Player) -> None:
    listed = [
        {**LARGE, "variant_name": "champion", "initial_variant_weight": 9},
        {
            **LARGE,
            "variant_name": "challenger",
            "containers": [{"image_uri": IMAGE, "environment": {"MODEL_VERSION": 8}}],
            "autoscaling_config": SCALING,
        },
    ]
    given = variables(production_variant=None, production_variants=listed)
    run = play(playbook="playbooks/deploy.yml", variables=given)
    assert run.ok, run
    assert len(outputs(run)["sagemaker_model_names"]) == len(outputs(run)["plan"]["models"]) == 2
    assert [target["ResourceId"] for target in targets(aws)] == ["endpoint/churn/variant/challenger"]
    aws.clear_calls()
    run = play(playbook="playbooks/deploy.yml", variables=given)
    assert (run.ok, run.changed, aws.mutating()) == (True, 0, []), run


# Wrong input

WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a wrong type": ({"tags": ["a"]}, "sagemaker_endpoint_tags: must be a dictionary, not a list"),
    "a number that is none": (
        {"production_variant": {**LARGE, "initial_instance_count": "two"}},
        "sagemaker_endpoint_production_variant.initial_instance_count: must be a whole number",
    ),
    "an unknown key in a container": (
        {"containers": [{"image_uri": IMAGE, "enviroment": {}}]},
        "sagemaker_endpoint_containers[0].enviroment: is not known (did you mean environment?)",
    ),
    "min above max": (
        {"autoscaling_config": {"min_capacity": 3, "max_capacity": 2, "target_value": 1}},
        "sagemaker_endpoint_autoscaling_config.min_capacity: must be at most max_capacity 2, got 3.",
    ),
    "a bad name": ({"name": "churn_1"}, "sagemaker_endpoint_name: must be 1 to 63 letters, digits and hyphens"),
    "two images": (
        {"containers": [{"image_uri": IMAGE, "image": IMAGE}]},
        "sagemaker_endpoint_containers[0]: image_uri and image are mutually exclusive",
    ),
    "managed instance scaling with a model": (
        {"production_variant": {**LARGE, "managed_instance_scaling": {"status": "ENABLED"}}},
        "sagemaker_endpoint_production_variant.managed_instance_scaling: this option and model_name are mutually exclusive",
    ),
    "no containers": ({"containers": []}, "sagemaker_endpoint_containers: no container is given"),
    "a private registry without a VPC": (
        {"containers": [{"image_uri": IMAGE, "image_config": {"repository_access_mode": "Vpc"}}]},
        "image_config.repository_access_mode: Vpc means a registry inside your VPC. Give vpc_config",
    ),
    "a misspelt variable": (
        {"prodcution_variant": LARGE},
        "sagemaker_endpoint_prodcution_variant: is not known (did you mean sagemaker_endpoint_production_variant?)",
    ),
    "a null name with a list as tags": ({"name": None, "tags": "[]["}, "sagemaker_endpoint_tags: must be a dictionary"),
}


@pytest.mark.core
def test_wrong_input_gets_one_message_before_anything_is_made(aws: LocalAws, play: Player) -> None:
    cases = {name: variables(**given) for name, (given, _said) in WRONG.items()}
    tasks = []
    for name, given in cases.items():
        include = {
            "name": "Deploy",
            "ansible.builtin.include_role": {"name": "mlops.sagemaker.sagemaker_endpoint"},
            "vars": given,
        }
        note = {"name": name, "ansible.builtin.debug": {"msg": "{{ ansible_failed_result.msg }}"}}
        tasks.append({"name": f"Try {name}", "block": [include], "rescue": [note]})
    run = play(tasks=yaml.safe_dump(tasks))
    assert run.ok, run
    for name, (_given, said) in WRONG.items():
        assert said in run.result(name)["msg"], name
    assert "Traceback" not in run.output
    assert aws.calls() == []


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"AWS_DEFAULT_REGION": None, "AWS_REGION": None}, "region"),
        ({"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}, "credentials"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "127.0.0.1:9"),
    ],
    ids=["no region", "no credentials", "an unreachable endpoint"],
)
def test_a_wrong_connection_gets_one_message(
    aws: LocalAws, play: Player, environment: dict[str, str | None], said: str
) -> None:
    run = play(playbook="playbooks/deploy.yml", variables=variables(), environment=environment)
    assert not run.ok
    assert said in (run.failure or "").lower(), run
    assert "Traceback" not in run.output
    assert aws.mutating() == []


# Inside other plays, and with text from forms


def test_the_role_in_a_play_of_somebody_else(aws: LocalAws, play: Player) -> None:
    run = play(tasks=f"""
        - name: Two endpoints
          module_defaults:
            group/mlops.sagemaker.all:
              region: eu-west-1
          block:
            - name: Deploy
              ansible.builtin.include_role:
                name: mlops.sagemaker.sagemaker_endpoint
              vars:
                sagemaker_endpoint_name: "{{{{ wanted.name }}}}"
                sagemaker_endpoint_name_prefix: shared
                sagemaker_endpoint_containers:
                  - image_uri: {IMAGE.replace("683313688378", "141502667606").replace("us-east-1", "eu-west-1")}
                sagemaker_endpoint_production_variant:
                  instance_type: ml.m5.large
                sagemaker_endpoint_autoscaling_config: "{{{{ wanted.scaling }}}}"
                sagemaker_endpoint_state: "{{{{ wanted.state | default('present') }}}}"
              loop:
                - {{name: one, scaling: {{max_capacity: 2, target_value: 5}}}}
                - {{name: two, scaling: ''}}
                - {{name: one, scaling: '', state: absent}}
              loop_control:
                loop_var: wanted
            - name: Outputs
              ansible.builtin.debug:
                var: sagemaker_endpoint_outputs
        """)
    assert run.ok, run
    sagemaker = aws.client("sagemaker", "eu-west-1")
    assert [endpoint["EndpointName"] for endpoint in sagemaker.list_endpoints()["Endpoints"]] == ["two"]
    assert len(sagemaker.list_models()["Models"]) == len(sagemaker.list_endpoint_configs()["EndpointConfigs"]) == 1
    assert [role["RoleName"][:12] for role in aws.client("iam").list_roles()["Roles"]] == ["shared-role-"]
    assert run.result("Outputs")["sagemaker_endpoint_outputs"]["sagemaker_endpoint_name"] == "one"


@pytest.mark.core_ends
def test_outputs_that_hide_those_of_the_run_are_told(aws: LocalAws, play: Player) -> None:
    """An extra variable wins over the fact; what the role itself has set before does not count."""
    tasks = """
        - name: Nobody, twice
          ansible.builtin.include_role:
            name: mlops.sagemaker.sagemaker_endpoint
          vars:
            sagemaker_endpoint_name: "nobody-{{ number }}"
            sagemaker_endpoint_state: absent
          loop: [1, 2]
          loop_control:
            loop_var: number
        """
    told = "sagemaker_endpoint_outputs: a variable of this name is given"
    run = play(tasks=tasks, check=True)
    assert run.ok and "[WARNING]: sagemaker_endpoint" not in run.output, run
    run = play(tasks=tasks, check=True, variables={"sagemaker_endpoint_outputs": {"sagemaker_endpoint_name": "other"}})
    assert run.ok and told in " ".join(run.output.split()), run


def test_answers_of_a_form_are_text(aws: LocalAws, play: Player) -> None:
    secret = "hf_{{ 7 * 7 }}_AbCdEfGhIj"
    answers = {
        "sagemaker_endpoint_name": "churn",
        "sagemaker_endpoint_name_prefix": "",
        "sagemaker_endpoint_sg_role_arn": "",
        "sagemaker_endpoint_tags": '{"cost-center": 42, "version": "v1.10"}',
        "sagemaker_endpoint_enable_network_isolation": "true",
        "sagemaker_endpoint_containers": json.dumps([{"image_uri": IMAGE, "environment": {"HF_TOKEN": secret}}]),
        "sagemaker_endpoint_production_variant": '{"instance_type": "ml.m5.large", "initial_instance_count": "2"}',
        "sagemaker_endpoint_kms_key_arn": "",
        "sagemaker_endpoint_autoscaling_config": "",
        "sagemaker_endpoint_keep_releases": "",
        "sagemaker_endpoint_wait": "yes",
        "sagemaker_endpoint_wait_timeout": "600",
        "sagemaker_endpoint_state": "",
        # None since ansible-core 2.19, as every empty answer.
        "tfvars_file": "",
    }
    # As AWX writes them: nothing in an answer is a template.
    file = play.directory / "answers.yml"
    lines = [f"{name}: !unsafe '{answer}'" for name, answer in answers.items()]
    file.write_text("\n".join(lines) + "\n")
    run = play(playbook="playbooks/deploy.yml", arguments=["-e", f"@{file}"], verbosity=3)
    assert run.ok, run
    assert created_model(aws)["PrimaryContainer"]["Environment"] == {"HF_TOKEN": secret}
    assert created_model(aws)["EnableNetworkIsolation"] is True
    assert {"Key": "cost-center", "Value": "42"} in created_model(aws)["Tags"]
    assert outputs(run)["sagemaker_model_names"][0].startswith("SGTFendpoint-model-")
    assert secret not in run.output and "hf_" not in run.output


# Faults of the service


@pytest.mark.parametrize("trouble", ["throttled", "bursts of 5xx", "lost answers", "slow IAM"])
def test_a_deploy_ends_well_in_spite_of(aws: LocalAws, play: Player, trouble: str) -> None:
    if trouble == "throttled":
        aws.configure(calls_per_second=10)
    elif trouble == "bursts of 5xx":
        aws.fault(operation="*", kind="error503", times=4)
        aws.fault(operation="Create*", kind="error500", times=3, after=1)
    elif trouble == "lost answers":
        for operation in (
            "CreateRole",
            "CreateModel",
            "CreateEndpointConfig",
            "CreateEndpoint",
            "RegisterScalableTarget",
        ):
            aws.fault(operation=operation, kind="lost", times=1)
    else:
        aws.configure(role_propagation=2)
    run = deploy(play, autoscaling_config=SCALING)
    assert run.changed == 5
    assert outputs(run)["sagemaker_endpoint_status"] == "InService"
    sagemaker = aws.client("sagemaker")
    assert len(sagemaker.list_models()["Models"]) == 1
    assert len(sagemaker.list_endpoint_configs()["EndpointConfigs"]) == 1
    assert len(aws.client("iam").list_roles()["Roles"]) == 1
    assert len(targets(aws)) == 1
