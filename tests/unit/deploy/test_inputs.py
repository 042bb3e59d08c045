# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of what the role makes of its variables: the modules' options, or messages that say what to do."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import variable_paths
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.inputs.endpoint_name import (
    problems as unnamed,
)
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.inputs.resolution import resolve
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.inputs.variables import DEFAULT_VARIANT
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.inputs.variables import TERRAFORM_INPUTS
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.inputs.variables import VARIABLES
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.inputs.variables import (
    unknown_variables,
)
from ansible_collections.mlops.sagemaker.plugins.plugin_utils._plain import plain
from ansible_collections.mlops.sagemaker.plugins.plugin_utils._role_variables import BEFORE_DEFAULTS

ROLE = Path(__file__).resolve().parents[3] / "roles" / "sagemaker_endpoint"
IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference:0.36.0-lmi28.0.0-cu130"
PACKAGE = "arn:aws:sagemaker:us-east-1:865070037744:model-package/llama2-7b"
ROLE_ARN = "arn:aws:iam::123456789012:role/serving"
VPC = {"security_group_ids": ["sg-1"], "subnets": ["subnet-1"]}
LARGE = {"instance_type": "ml.m5.large"}
SERVERLESS = {"serverless_config": {"memory_size_in_mb": 2048, "max_concurrency": 5}}
ASYNC = {"output_config": {"s3_output_path": "s3://bucket/out/"}}


def resolved(**variables: Any) -> dict[str, Any]:
    """What comes of variables without a mistake: a container and a variant unless they are given."""
    result = resolve({"containers": [{"image_uri": IMAGE}], "production_variant": LARGE, **variables})
    assert result["problems"] == []
    return result


def problems(**variables: Any) -> list[str]:
    result = resolve({"containers": [{"image_uri": IMAGE}], "production_variant": LARGE, **variables})
    # With options, for what is told of them besides, or without any.
    assert set(result) == {"problems", "name"} or "endpoint_config" in result
    return result["problems"]


def container(**members: Any) -> dict[str, Any]:
    """The API's container that a container of the role becomes."""
    return resolved(containers=[members])["models"][0]["primary_container"]


def variants(**variables: Any) -> list[dict[str, Any]]:
    return resolved(**variables)["endpoint_config"]["production_variants"]


# Names of variables, in the role and here


def documented_options() -> dict[str, Any]:
    """The options of all entry points of the role; one that several have is the first one's."""
    points = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text())["argument_specs"]
    return {**points["rollback"]["options"], **points["main"]["options"]}


def test_the_name_of_terraform_alone_is_not_taken_for_the_default_endpoint() -> None:
    given = {"state": "present", "containers": [{"image_uri": IMAGE}]}
    (problem,) = unnamed(["endpoint_name", "containers"], READ, given)
    assert problem.path == "endpoint_name"
    assert "would act on the endpoint SGendpoint" in problem.text
    assert "-e tfvars_file=<file>, or set sagemaker_endpoint_name" in problem.text
    assert unnamed(["endpoint_name"], READ, {**given, "state": "absent", "name": ""})
    # Somebody else's variable, or a play of somebody else.
    assert unnamed(["endpoint_name"], READ, {**given, "name": "churn"}) == []
    assert unnamed(["endpoint_name"], READ, {**given, "name": "SGendpoint"}) == []
    assert unnamed(["endpoint_name"], (), given) == []
    assert unnamed(["containers"], READ, given) == []


@pytest.mark.parametrize("state", ["absent", "stopped", " started", "rollback"])
def test_only_a_deploy_takes_the_default_endpoint_without_a_word_about_it(state: str) -> None:
    runs = {
        "state": state,
        "wait": False,
        "wait_timeout": "60",
        "preflight": True,
        "release": "x-config-1",
        "keep_releases": 3,
    }
    empty = {
        "name": " ",
        "containers": "[]",
        "production_variant": {"instance_type": ""},
        "tags": {},
        "name_prefix": "SGTFendpoint",
    }
    for given in ({"state": state}, runs, {**runs, **empty}):
        for read in ((), READ):
            (problem,) = unnamed(["aws_region"], read, given)
            assert str(problem) == (
                "sagemaker_endpoint_name: is not given, nor any other variable of an endpoint, and without it this would act on SGendpoint, the "
                "default. Give the name of the endpoint (sagemaker_endpoint_name)."
            )
    (problem,) = unnamed(["names", "name", "aws_region"], (), runs)
    assert problem.text.endswith(" Is it the value of the variable name or names?")
    (problem,) = unnamed(["endpoint", "endpoint_name"], READ, runs)
    assert problem.text.endswith(" Is it the value of the variable endpoint or endpoint_name?")
    # Each of these says which one: by its name, or as a deploy says it. A file that could not be read may say it.
    described = {
        "name": "SGendpoint",
        "containers": [{"image_uri": IMAGE}],
        "production_variant": LARGE,
        "production_variants": json.dumps([LARGE]),
        "inference_components": [{"name": "a"}],
        "name_prefix": "churn",
        "sg_role_arn": ROLE_ARN,
        "tags": {"team": "fraud"},
        "enable_network_isolation": True,
        "tfvars": {"problems": ["prod.tfvars: the file does not exist"]},
    }
    for name, value in described.items():
        assert unnamed(["name"], (), {**runs, name: value}) == [], name
    assert unnamed(["name"], (), {**runs, "state": "present"}) == []


def test_a_refusal_speaks_of_an_endpoint_only_if_its_name_is_known() -> None:
    assert resolve({"state": "stopped", "unknown": unnamed([], (), {"state": "stopped"})})["name"] == ""
    unread = {"problems": ["prod.tfvars: the file does not exist"]}
    assert resolve({"state": "absent", "tfvars": unread})["name"] == ""
    assert resolve({"tfvars": unread, "name": "churn"})["name"] == "churn"
    assert resolve({"state": "absent", "name": {"a": "b"}})["name"] == ""
    # The default of a deploy.
    assert resolve({"production_variant": {"instance_typ": "x"}})["name"] == "SGendpoint"


def test_every_variable_has_a_default_and_a_specification() -> None:
    names = {f"sagemaker_endpoint_{name}" for name in VARIABLES}
    assert set(documented_options()) == names
    assert set(yaml.safe_load((ROLE / "defaults" / "main.yml").read_text())) == names


def test_the_defaults_that_a_file_may_replace_are_recognised() -> None:
    """See plugin_utils._role_variables, which does not render them."""
    of_role = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text())
    templates = {name for name, value in of_role.items() if isinstance(value, str) and "{" in value}
    assert templates == {f"sagemaker_endpoint_{name}" for name in TERRAFORM_INPUTS.values()}
    assert all(f"{BEFORE_DEFAULTS}.{name.removeprefix('sagemaker_endpoint_')} |" in of_role[name] for name in templates)


def test_every_default_is_documented_and_that_of_the_role() -> None:
    points = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text())["argument_specs"]
    of_role = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text())
    for variable, default in of_role.items():
        # A value of the Terraform variables file comes before it.
        given = re.fullmatch(r"{{ \w+\.\w+ \| default\((.*)\) }}", str(default))
        expected = VARIABLES[variable.removeprefix("sagemaker_endpoint_")].get("default") or None
        assert ((yaml.safe_load(given[1]) if given else default) or None) == expected, variable
        for point in points.values():
            if variable in point["options"]:
                assert (point["options"][variable].get("default") or None) == expected, variable


def test_every_documented_member_is_known_with_the_same_type_and_choices() -> None:
    specification = documented_options()

    def compare(documented: dict[str, Any], known: dict[str, Any], path: str) -> None:
        for name, option in documented.get("options", {}).items():
            assert name in known["options"], f"{path}.{name}"
            assert option["type"] == known["options"][name]["type"], f"{path}.{name}"
            assert option.get("choices") == known["options"][name].get("choices"), f"{path}.{name}"
            compare(option, known["options"][name], f"{path}.{name}")

    for name, option in VARIABLES.items():
        compare(specification[f"sagemaker_endpoint_{name}"], option, name)


def test_a_variable_that_takes_json_text_says_its_type() -> None:
    """Ansible itself would not take the text, so that the specification can only say raw."""
    words = {"dict": "dictionary", "list": "list", "bool": "boolean", "int": "number", "float": "number"}
    points = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text())["argument_specs"]
    for point, specification in points.items():
        for variable, option in specification["options"].items():
            known = VARIABLES[variable.removeprefix("sagemaker_endpoint_")]["type"]
            assert option["type"] == ("str" if known == "str" else "raw"), (point, variable)
            assert words.get(known, "") in str(option["description"]), (point, variable)


# Terraform's shapes become the API's


def test_nothing_but_a_container_gives_terraforms_defaults() -> None:
    result = resolve({"containers": [{"image_uri": IMAGE}]})
    assert (result["name"], result["name_prefix"]) == ("SGendpoint", "SGTFendpoint")
    assert result["endpoint_config"] == {"production_variants": [DEFAULT_VARIANT]}
    assert result["models"] == [
        {"path": "containers", "variants": ["AllTraffic"], "components": [], "primary_container": {"image": IMAGE}}
    ]
    assert result["tags"] == {"mlops.sagemaker/endpoint": "SGendpoint"}
    assert (result["autoscaling"], result["unscaled"]) == ([], ["endpoint/SGendpoint/variant/AllTraffic"])


def test_one_container_is_a_model_and_several_are_a_pipeline() -> None:
    model = resolved(
        containers=[
            {"image_uri": IMAGE, "container_hostname": "a"},
            {"image": IMAGE, "container_hostname": "b"},
        ],
        inference_execution_config={"mode": "Direct"},
        vpc_config=VPC,
        enable_network_isolation=True,
    )["models"][0]
    assert [member["container_hostname"] for member in model["containers"]] == ["a", "b"]
    assert model["inference_execution_config"] == {"mode": "Direct"}
    assert (model["vpc_config"], model["enable_network_isolation"]) == (VPC, True)
    assert "primary_container" not in model


def test_a_container_takes_terraforms_and_the_apis_members() -> None:
    assert container(
        image_uri=IMAGE,
        mode="MultiModel",
        model_data_url="s3://bucket/models/",
        container_hostname="one",
        image_config={"repository_access_mode": "Platform"},
        multi_model_config={"model_cache_setting": "Enabled"},
        container_metrics_config={"metrics_endpoints": [{"metrics_endpoint_path": "/metrics"}]},
    ) == {
        "image": IMAGE,
        "mode": "MultiModel",
        "model_data_url": "s3://bucket/models/",
        "container_hostname": "one",
        "image_config": {"repository_access_mode": "Platform"},
        "multi_model_config": {"model_cache_setting": "Enabled"},
        "container_metrics_config": {"metrics_endpoints": [{"metrics_endpoint_path": "/metrics"}]},
    }


def test_inference_specification_name_is_kept() -> None:
    package = {"model_package_name": PACKAGE, "inference_specification_name": "gpu"}
    assert container(**package) == package


@pytest.mark.parametrize(
    ("given", "compression", "access"),
    [
        ({"s3_data_type": "S3Object", "s3_uri": "s3://b/model.tar.gz"}, "Gzip", None),
        ({"s3_data_type": "S3Prefix", "s3_uri": "s3://b/model/"}, "None", None),
        ({"s3_data_type": "S3Object", "s3_uri": "s3://b/model.tgz", "is_compressed": True}, "Gzip", None),
        ({"s3_data_type": "S3Object", "s3_uri": "s3://b/model.tar.gz", "is_compressed": False}, "None", None),
        ({"s3_data_type": "S3Prefix", "s3_uri": "s3://b/m/", "accept_eula": True}, "None", {"accept_eula": True}),
        ({"s3_data_type": "S3Prefix", "s3_uri": "s3://b/m/", "accept_eula": False}, "None", {"accept_eula": False}),
        ({"s3_data_type": "S3Prefix", "s3_uri": "s3://b/m/", "accept_eula": None}, "None", None),
    ],
)
def test_model_data_source(given: dict[str, Any], compression: str, access: dict[str, bool] | None) -> None:
    source = container(image_uri=IMAGE, model_data_source=given)["model_data_source"]["s3_data_source"]
    assert source.pop("model_access_config", None) == access
    assert source == {
        "s3_data_type": given["s3_data_type"],
        "s3_uri": given["s3_uri"],
        "compression_type": compression,
    }


def test_model_data_source_in_the_apis_shape() -> None:
    source = {
        "s3_data_source": {
            "s3_uri": "s3://b/m/",
            "s3_data_type": "S3Prefix",
            "compression_type": "None",
            "hub_access_config": {
                "hub_content_arn": "arn:aws:sagemaker:us-east-1:123456789012:hub-content/h/Model/m/1"
            },
        }
    }
    assert container(image_uri=IMAGE, model_data_source=source)["model_data_source"] == source


def test_a_private_registry_with_a_vpc() -> None:
    config = {
        "repository_access_mode": "Vpc",
        "repository_auth_config": {"repository_credentials_provider_arn": "arn:aws:lambda:us-east-1:1:function:f"},
    }
    result = resolved(containers=[{"image_uri": "registry.example/m:1", "image_config": config}], vpc_config=VPC)
    assert result["models"][0]["primary_container"]["image_config"] == config


def test_a_partial_variant_gets_a_name_and_a_count_and_nothing_else() -> None:
    assert variants(production_variant={"instance_type": "ml.g5.2xlarge"}) == [
        {"variant_name": "AllTraffic", "instance_type": "ml.g5.2xlarge", "initial_instance_count": 1}
    ]
    assert variants(production_variant=SERVERLESS) == [{"variant_name": "AllTraffic", **SERVERLESS}]


def test_a_weight_of_zero_and_a_false_are_kept() -> None:
    given = {**LARGE, "initial_variant_weight": 0, "enable_ssm_access": False}
    assert variants(production_variant=given)[0].items() >= given.items()


def test_config_members() -> None:
    capture = {
        "initial_sampling_percentage": 20,
        "destination_s3_uri": "s3://b/c",
        "capture_options": [{"capture_mode": "Input"}],
    }
    result = resolved(
        kms_key_arn="alias/disk",
        async_inference_config=ASYNC,
        data_capture_config=capture,
        metrics_config={"enable_enhanced_metrics": True},
    )
    assert {name: value for name, value in result["endpoint_config"].items() if name != "production_variants"} == {
        "kms_key_id": "alias/disk",
        "async_inference_config": ASYNC,
        "data_capture_config": capture,
        "metrics_config": {"enable_enhanced_metrics": True},
    }


# Several variants


def test_variants_with_containers_of_their_own_common_ones_and_an_existing_model() -> None:
    listed = [
        {**LARGE, "variant_name": "common"},
        {**LARGE, "variant_name": "own", "containers": [{"model_package_name": PACKAGE}]},
        {**LARGE, "variant_name": "existing", "model_name": "rank-v7"},
        {**LARGE, "variant_name": "same", "containers": [{"image": IMAGE}]},
    ]
    variables = {"containers": [{"image_uri": IMAGE}], "production_variants": listed}
    result = resolve(variables)
    assert [model["variants"] for model in result["models"]] == [["common", "same"], ["own"]]
    assert [variant.get("model_name") for variant in result["endpoint_config"]["production_variants"]] == [
        None,
        None,
        "rank-v7",
        None,
    ]
    named = resolve(variables, ["m-1", "m-2"])["endpoint_config"]["production_variants"]
    assert [variant["model_name"] for variant in named] == ["m-1", "m-2", "rank-v7", "m-1"]
    assert not any({"containers", "autoscaling_config", "path", "model"} & set(variant) for variant in named)


def test_a_shadow_variant() -> None:
    result = resolve(
        {
            "production_variants": [{**LARGE, "variant_name": "prod", "model_name": "v7"}],
            "shadow_production_variants": [{**LARGE, "variant_name": "shadow", "model_name": "v8"}],
        }
    )
    assert result["problems"] == []
    assert result["endpoint_config"]["shadow_production_variants"] == [
        {**LARGE, "variant_name": "shadow", "model_name": "v8", "initial_instance_count": 1}
    ]
    assert (result["models"], result["execution_role"]) == ([], None)


# The execution role


def test_the_execution_role_gets_what_permissions_depend_on_and_no_secret() -> None:
    secret = "hf_abcdefghijklmnop"
    result = resolved(
        containers=[{"image_uri": IMAGE, "environment": {"HF_TOKEN": secret}}],
        permissions_boundary_arn="arn:aws:iam::123456789012:policy/boundary",
    )
    assert result["execution_role"] == {
        "models": [{"primary_container": {"image": IMAGE}}],
        "endpoint_config": result["endpoint_config"],
        "permissions_boundary_arn": "arn:aws:iam::123456789012:policy/boundary",
    }
    assert secret not in json.dumps({**result, "models": None, "containers": None})


def test_the_other_policies_of_the_execution_role() -> None:
    assert resolved(execution_role_policy="full_access")["execution_role"] == {
        "managed_policies": ["AmazonSageMakerFullAccess"]
    }
    assert resolved(execution_role_policy="none")["execution_role"] == {}
    assert resolved(execution_role_policy="none", permissions_boundary_arn="none")["execution_role"] == {
        "permissions_boundary_arn": ""
    }
    assert resolved(sg_role_arn=ROLE_ARN)["execution_role"] is None


# Autoscaling


def policy(**tracking: Any) -> dict[str, Any]:
    return {
        "policy_name": "SageMakerEndpointInvocationScalingPolicy",
        "policy_type": "TargetTrackingScaling",
        "target_tracking_scaling_policy_configuration": tracking,
    }


def test_terraforms_autoscaling() -> None:
    result = resolved(
        autoscaling_config={"max_capacity": 4, "target_value": 70, "scale_in_cooldown": 300, "scale_out_cooldown": 60}
    )
    assert result["autoscaling"] == [
        {
            "resource_id": "endpoint/SGendpoint/variant/AllTraffic",
            "min_capacity": 1,
            "max_capacity": 4,
            "scaling_policies": [
                policy(
                    target_value=70.0,
                    scale_in_cooldown=300,
                    scale_out_cooldown=60,
                    predefined_metric_specification={
                        "predefined_metric_type": "SageMakerVariantInvocationsPerInstance"
                    },
                )
            ],
            "scheduled_actions": [],
        }
    ]
    assert result["unscaled"] == []


def test_a_variants_own_autoscaling_wins() -> None:
    result = resolved(
        production_variant=None,
        production_variants=[
            {**LARGE, "variant_name": "a"},
            {**LARGE, "variant_name": "b", "autoscaling_config": {"max_capacity": 9, "target_value": 1}},
        ],
        autoscaling_config={"max_capacity": 2, "target_value": 1},
    )
    assert [(target["resource_id"], target["max_capacity"]) for target in result["autoscaling"]] == [
        ("endpoint/SGendpoint/variant/a", 2),
        ("endpoint/SGendpoint/variant/b", 9),
    ]


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        (
            {"async_inference_config": ASYNC, "autoscaling_config": {"min_capacity": 0}},
            {
                "customized_metric_specification": {
                    "metric_name": "ApproximateBacklogSizePerInstance",
                    "namespace": "AWS/SageMaker",
                    "dimensions": [{"name": "EndpointName", "value": "SGendpoint"}],
                    "statistic": "Average",
                }
            },
        ),
        (
            {
                "autoscaling_config": {
                    "predefined_metric_type": "SageMakerVariantConcurrentRequestsPerModelHighResolution"
                }
            },
            {
                "predefined_metric_specification": {
                    "predefined_metric_type": "SageMakerVariantConcurrentRequestsPerModelHighResolution"
                }
            },
        ),
        (
            {
                "autoscaling_config": {
                    "customized_metric_specification": {
                        "metric_name": "M",
                        "namespace": "N",
                        "statistic": "Sum",
                        "dimensions": [{"name": "model_version", "value": "1.2"}],
                    }
                }
            },
            {
                "customized_metric_specification": {
                    "metric_name": "M",
                    "namespace": "N",
                    "statistic": "Sum",
                    "dimensions": [{"name": "model_version", "value": "1.2"}],
                }
            },
        ),
    ],
    ids=["asynchronous", "predefined", "customized"],
)
def test_the_metric(variables: dict[str, Any], expected: dict[str, Any]) -> None:
    config = {"max_capacity": 2, "target_value": 5, **variables["autoscaling_config"]}
    target = resolved(**{**variables, "autoscaling_config": config})["autoscaling"][0]
    assert target["scaling_policies"] == [policy(target_value=5.0, **expected)]


@pytest.mark.parametrize("common", [False, True])
def test_provisioned_concurrency_is_scaled_by_its_use(common: bool) -> None:
    config = {"serverless_config": {"memory_size_in_mb": 2048, "max_concurrency": 9, "provisioned_concurrency": 1}}
    scaling = {"autoscaling_config": {"min_capacity": 0, "max_capacity": 5, "target_value": 0.7}}
    variables = {"production_variant": config, **scaling} if common else {"production_variant": {**config, **scaling}}
    (target,) = resolved(**variables)["autoscaling"]
    assert target["min_capacity"] == 0
    assert target["scalable_dimension"] == "sagemaker:variant:DesiredProvisionedConcurrency"
    assert target["scaling_policies"] == [
        policy(
            target_value=0.7,
            predefined_metric_specification={
                "predefined_metric_type": "SageMakerVariantProvisionedConcurrencyUtilization"
            },
        )
    ]


def test_policies_and_schedules_of_ones_own() -> None:
    step = {
        "policy_name": "step",
        "policy_type": "StepScaling",
        "step_scaling_policy_configuration": {
            "adjustment_type": "ChangeInCapacity",
            "step_adjustments": [{"metric_interval_lower_bound": 0, "scaling_adjustment": 1}],
        },
    }
    night = {
        "scheduled_action_name": "night",
        "schedule": "cron(0 22 * * ? *)",
        "scalable_target_action": {"max_capacity": 1},
    }
    target = resolved(autoscaling_config={"max_capacity": 2, "scaling_policies": [step], "scheduled_actions": [night]})[
        "autoscaling"
    ][0]
    assert (target["scaling_policies"], target["scheduled_actions"]) == ([step], [night])


def test_an_asynchronous_endpoint_goes_to_zero_and_is_woken_by_its_backlog() -> None:
    config = {"scale_to_zero": True, "max_capacity": 5, "target_value": 3}
    target = resolved(name="ocr", async_inference_config=ASYNC, autoscaling_config=config)["autoscaling"][0]
    assert (target["resource_id"], target["min_capacity"]) == ("endpoint/ocr/variant/AllTraffic", 0)
    tracking, waking = target["scaling_policies"]
    assert tracking["policy_name"] == "SageMakerEndpointInvocationScalingPolicy"
    assert waking["policy_type"] == "StepScaling"
    assert waking["step_scaling_policy_configuration"]["step_adjustments"] == [
        {"metric_interval_lower_bound": 0, "scaling_adjustment": 1}
    ]
    alarm = target["alarm"]
    assert alarm["name"] == "ocr-AllTraffic-wake-from-zero"
    assert (alarm["metric"], alarm["dimensions"]) == ("HasBacklogWithoutCapacity", {"EndpointName": "ocr"})


def test_scaling_to_zero_can_be_switched_off() -> None:
    config = {"scale_to_zero": False, "max_capacity": 5, "target_value": 3}
    target = resolved(async_inference_config=ASYNC, autoscaling_config=config)["autoscaling"][0]
    assert (target["min_capacity"], len(target["scaling_policies"]), "alarm" in target) == (1, 1, False)


# Inference components

COMPUTE = {"compute_resource_requirements": {"min_memory_required_in_mb": 1024}}
HOST = {"containers": None, "production_variant": {"instance_type": "ml.g5.2xlarge"}}


def component(**members: Any) -> dict[str, Any]:
    return {"name": "chat", "containers": [{"image_uri": IMAGE}], "specification": COMPUTE, **members}


def adapter(**members: Any) -> dict[str, Any]:
    added = {"base_inference_component_name": "chat", "container": {"artifact_url": "s3://bucket/legal.tar.gz"}}
    return {"name": "legal", "specification": added, **members}


def test_components_bring_models_and_the_variant_has_none() -> None:
    result = resolved(**HOST, inference_components=[adapter(), component()], vpc_config=VPC)
    assert [one["name"] for one in result["inference_components"]] == ["chat", "legal"]
    assert result["inference_components"][0] == {
        "name": "chat",
        "variant_name": "AllTraffic",
        "specification": COMPUTE,
    }
    assert "variant_name" not in result["inference_components"][1]
    assert [(model["components"], model["variants"]) for model in result["models"]] == [(["chat"], [])]
    config = result["endpoint_config"]
    assert config["production_variants"] == [
        {"variant_name": "AllTraffic", "instance_type": "ml.g5.2xlarge", "initial_instance_count": 1}
    ]
    assert config["vpc_config"] == VPC
    assert result["execution_role"]["inference_components"] == result["inference_components"]
    assert result["unscaled"] == [
        "endpoint/SGendpoint/variant/AllTraffic",
        "inference-component/chat",
        "inference-component/legal",
    ]


def test_the_names_of_models_go_to_their_components() -> None:
    listed = [
        component(),
        component(name="same"),
        component(name="other", containers=[{"image_uri": f"{IMAGE}-2"}]),
        {
            "name": "several",
            "containers": [{"image_uri": IMAGE}],
            "specifications": [{**COMPUTE, "instance_type": "ml.g5.xlarge"}],
        },
    ]
    variables = {**HOST, "inference_components": listed}
    assert [model["components"] for model in resolve(variables)["models"]] == [["chat", "same", "several"], ["other"]]
    found = resolve(variables, ["", "m2"])["inference_components"]
    assert ["model_name" in one.get("specification", {}) for one in found] == [False, False, True, False]
    found = resolve(variables, ["m1", "m2"])["inference_components"]
    assert [one["specification"]["model_name"] for one in found[:3]] == ["m1", "m1", "m2"]
    assert found[3]["specifications"][0]["model_name"] == "m1"


def test_a_component_goes_to_zero_and_its_instances_with_it() -> None:
    scaling = {"scale_to_zero": True, "max_capacity": 4, "target_value": 5}
    result = resolved(**HOST, inference_components=[component(autoscaling_config=scaling)])
    variant = result["endpoint_config"]["production_variants"][0]
    assert variant["managed_instance_scaling"] == {
        "status": "ENABLED",
        "min_instance_count": 0,
        "max_instance_count": 4,
    }
    target = result["autoscaling"][0]
    assert (target["resource_id"], target["min_capacity"], target["max_capacity"]) == ("inference-component/chat", 0, 4)
    assert target["scaling_policies"][0] == policy(
        target_value=5.0,
        predefined_metric_specification={"predefined_metric_type": "SageMakerInferenceComponentInvocationsPerCopy"},
    )
    assert target["alarm"]["name"] == "chat-wake-from-zero"
    assert target["alarm"]["metric"] == "NoCapacityInvocationFailures"
    given = {"instance_type": "ml.g5.2xlarge", "managed_instance_scaling": {"max_instance_count": 2}}
    result = resolved(
        containers=None, production_variant=given, inference_components=[component(autoscaling_config=scaling)]
    )
    scaled = result["endpoint_config"]["production_variants"][0]["managed_instance_scaling"]
    assert (scaled["min_instance_count"], scaled["max_instance_count"]) == (0, 2)


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"production_variant": None}, "sagemaker_endpoint_production_variant: inference components need instances"),
        (
            {"containers": [{"image_uri": IMAGE}]},
            "sagemaker_endpoint_containers: excludes sagemaker_endpoint_inference",
        ),
        ({"async_inference_config": ASYNC}, "sagemaker_endpoint_async_inference_config: excludes"),
        ({"autoscaling_config": {"max_capacity": 2, "target_value": 1}}, "give each component its own"),
        ({"production_variant": {**LARGE, "model_name": "m"}}, "production_variant.model_name: excludes"),
        ({"production_variant": SERVERLESS}, "production_variant.serverless_config: excludes"),
        ({"inference_components": [component(), component()]}, "inference_components[0].name: chat is taken"),
        (
            {"inference_components": [component(), component(name="Chat")]},
            "inference_components[1].name: Chat is taken",
        ),
        (
            {"inference_components": [adapter(name="chat")]},
            "inference_components[0]: its base chat is itself an adapter",
        ),
        (
            {"inference_components": [component(name="x"), adapter(), adapter(name="chat")]},
            "inference_components[1]: its base chat is itself an adapter",
        ),
        (
            {"inference_components": [component(variant_name="b")]},
            "variant_name: must be one of the production variants",
        ),
        ({"inference_components": [{"name": "chat"}]}, "[0]: needs specification or specifications"),
        (
            {"inference_components": [component(specification={"model_name": "m", **COMPUTE})]},
            "model_name and containers",
        ),
        (
            {"inference_components": [component(containers=None)]},
            "[0].specification: give model_name or container.image",
        ),
        (
            {"inference_components": [component(specification={"instance_type": "ml.g5.xlarge"})]},
            "compute_resource_requirements",
        ),
        (
            {"inference_components": [adapter(variant_name="AllTraffic")]},
            "[0].variant_name: an adapter runs on the variant of its base",
        ),
        (
            {"inference_components": [adapter(containers=[{"image_uri": IMAGE}])]},
            "base_inference_component_name and containers",
        ),
        ({"wait": False}, "sagemaker_endpoint_wait: must be true with inference_components"),
        (
            {"inference_components": [component(autoscaling_config={"scale_to_zero": True, "max_capacity": 2})]},
            "inference_components[0].autoscaling_config: needs one of target_value",
        ),
        (
            {
                "production_variant": {**LARGE, "managed_instance_scaling": {"min_instance_count": 1}},
                "inference_components": [
                    component(autoscaling_config={"scale_to_zero": True, "max_capacity": 2, "target_value": 1})
                ],
            },
            "managed_instance_scaling.min_instance_count: must be 0",
        ),
    ],
)
def test_a_mistake_about_components_is_told(variables: dict[str, Any], said: str) -> None:
    found = problems(**{**HOST, "inference_components": [component()], **variables})
    assert any(said in message for message in found), found


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"target_value": 1}, "autoscaling_config.scale_to_zero: only asynchronous endpoints and inference components"),
        (
            {"target_value": 1, "min_capacity": 1, "async": True},
            "min_capacity: must be 0, or left out, with scale_to_zero",
        ),
        (
            {
                "scheduled_actions": [
                    {
                        "scheduled_action_name": "n",
                        "schedule": "rate(1 hour)",
                        "scalable_target_action": {"max_capacity": 1},
                    }
                ],
                "async": True,
            },
            "target_value",
        ),
    ],
)
def test_a_mistake_about_zero_is_told(config: dict[str, Any], said: str) -> None:
    asynchronous = {"async_inference_config": ASYNC} if config.pop("async", False) else {}
    found = problems(**asynchronous, autoscaling_config={"scale_to_zero": True, "max_capacity": 2, **config})
    assert any(said in message for message in found), found


def test_a_smoke_test_is_an_invocation_with_expectations() -> None:
    asked = {"body": {"x": 1}, "expect": {"json": [{"path": "ok", "equals": True}], "status": "200"}}
    assert resolved(smoke_test=json.dumps(asked))["smoke_test"] == {
        **asked,
        "expect": {**asked["expect"], "status": 200},
    }
    assert "needs one of body, src, input_location" in problems(smoke_test={"accept": "text/csv"})[0]
    assert "smoke_test.endpoint_name: is not known" in problems(smoke_test={"body": "1", "endpoint_name": "e"})[0]
    assert "wait: must be true with smoke_test" in problems(smoke_test={"body": "1"}, wait=False)[0]


# Text, as forms and the command line give it


def test_text_is_taken_for_what_it_means() -> None:
    result = resolve(
        {
            "state": "present",
            "name": 20260101,
            "name_prefix": "",
            "sg_role_arn": "",
            "tags": '{"team": "fraud", "cost-center": 42, "gpu": true}',
            "enable_network_isolation": "true",
            "containers": json.dumps([{"image_uri": IMAGE, "environment": {"A": 1, "B": True, "C": "", "D": 1.5}}]),
            "production_variant": '{"instance_type": "ml.m5.large", "initial_instance_count": "2"}',
            "kms_key_arn": "",
            "autoscaling_config": '{"max_capacity": "3", "target_value": "0.5"}',
            "production_variants": "",
            "vpc_config": "{}",
            "keep_releases": "2",
            "wait": "yes",
            "wait_timeout": "",
        }
    )
    assert result["problems"] == []
    assert (result["name"], result["name_prefix"], result["keep_releases"]) == ("20260101", "SGTFendpoint", 2)
    assert result["tags"] == {
        "team": "fraud",
        "cost-center": "42",
        "gpu": "true",
        "mlops.sagemaker/endpoint": "20260101",
    }
    environment = result["models"][0]["primary_container"]["environment"]
    assert environment == {"A": "1", "B": "true", "C": "", "D": "1.5"}
    assert result["models"][0]["enable_network_isolation"] is True
    assert result["endpoint_config"]["production_variants"][0]["initial_instance_count"] == 2
    assert result["autoscaling"][0]["max_capacity"] == 3
    assert (result["wait"], result["wait_timeout"]) == (True, None)


# What is wrong


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        # Wrong types
        ({"name": ["a"]}, "sagemaker_endpoint_name: must be text, not a list"),
        ({"tags": "team=fraud"}, "sagemaker_endpoint_tags: must be a dictionary, or JSON text of one"),
        ({"tags": ["a"]}, "sagemaker_endpoint_tags: must be a dictionary, not a list"),
        ({"containers": {"image_uri": IMAGE}}, "sagemaker_endpoint_containers: must be a list, not a dictionary"),
        ({"containers": [IMAGE]}, "sagemaker_endpoint_containers[0]: must be a dictionary"),
        ({"containers": [None]}, "sagemaker_endpoint_containers[0]: is empty"),
        ({"enable_network_isolation": "perhaps"}, "must be true or false, not 'perhaps'"),
        (
            {"production_variant": {**LARGE, "initial_instance_count": "two"}},
            "sagemaker_endpoint_production_variant.initial_instance_count: must be a whole number, not 'two'",
        ),
        ({"production_variant": {**LARGE, "initial_instance_count": 1.5}}, "must be a whole number, not '1.5'"),
        ({"production_variant": {**LARGE, "initial_instance_count": True}}, "must be a whole number, not 'true'"),
        ({"autoscaling_config": {"max_capacity": 2, "target_value": "high"}}, "target_value: must be a number"),
        (
            {"containers": [{"image_uri": IMAGE, "environment": {"OPTIONS": {"a": 1}}}]},
            "environment.OPTIONS: must be text, not a dictionary. Write JSON as one text in quotes. Where a template makes it, end the template with | to_json",
        ),
        # Unknown keys
        (
            {"containers": [{"image_url": IMAGE}]},
            "sagemaker_endpoint_containers[0].image_url: is not known (did you mean image_uri?)",
        ),
        ({"containers": [{"imageUri": IMAGE}]}, "containers[0].imageUri: is not known (did you mean image_uri?)"),
        (
            {"production_variant": {"instance_typ": "ml.m5.large"}},
            "production_variant.instance_typ: is not known (did you mean instance_type?)",
        ),
        (
            {"containers": [{"image_uri": IMAGE, "image_config": {"mode": "Vpc"}}]},
            "sagemaker_endpoint_containers[0].image_config.mode: is not known",
        ),
        ({"autoscaling_config": {"max": 1}}, "sagemaker_endpoint_autoscaling_config.max: is not known"),
        # Values
        ({"state": "gone"}, "sagemaker_endpoint_state: must be one of present, absent, stopped, started, not 'gone'"),
        ({"name": "-mistral"}, "sagemaker_endpoint_name: must be 1 to 63 letters, digits and hyphens"),
        ({"name": "mistral_7b"}, "sagemaker_endpoint_name: must be 1 to 63 letters, digits and hyphens"),
        ({"name": "m" * 64}, "sagemaker_endpoint_name: must be 1 to 63 letters"),
        ({"name_prefix": "p" * 48}, "sagemaker_endpoint_name_prefix: must be 1 to 47 letters"),
        ({"sg_role_arn": "serving"}, "sagemaker_endpoint_sg_role_arn: must be the ARN of an IAM role"),
        ({"production_variant": {"instance_type": "m5.large"}}, "instance_type: must be an instance type for hosting"),
        ({"production_variant": {**LARGE, "volume_size_in_gb": 600}}, "must be between 1 and 512, got 600."),
        ({"production_variant": {**LARGE, "initial_instance_count": 0}}, "must be at least 1, got 0."),
        ({"containers": [{"image_uri": IMAGE, "mode": "Multi"}]}, "(did you mean MultiModel?)"),
        ({"execution_role_policy": "full"}, "must be one of least_privilege, full_access, none"),
        ({"keep_releases": -1}, "sagemaker_endpoint_keep_releases: must be at least 0, got -1."),
        ({"vpc_config": {"subnets": ["subnet-1"]}}, "sagemaker_endpoint_vpc_config: needs security_group_ids"),
        ({"tags": {"aws:x": 1}}, "sagemaker_endpoint_tags: keys that begin with aws: are reserved by AWS, got aws:x."),
        (
            {"tags": {"team": "b;{}"}},
            "sagemaker_endpoint_tags.team: the value 'b;{}' contains characters that AWS refuses",
        ),
        (
            {"tags": {"k": "x" * 257}},
            "sagemaker_endpoint_tags.k: a key must have 1 to 128 characters, a value at most 256",
        ),
        ({"tags": {"mlops.sagemaker/endpoint": "x"}}, "are reserved for this role"),
        ({"tags": {str(number): "" for number in range(47)}}, "sagemaker_endpoint_tags: at most 46 tags"),
        # Containers
        ({"containers": []}, "sagemaker_endpoint_containers: no container is given, and a model needs one"),
        ({"containers": [{"environment": {}}]}, "sagemaker_endpoint_containers[0]: needs image_uri"),
        (
            {"containers": [{"image_uri": IMAGE, "image": IMAGE}]},
            "sagemaker_endpoint_containers[0]: image_uri and image are mutually exclusive",
        ),
        (
            {"containers": [{"image_uri": IMAGE, "model_package_name": PACKAGE}]},
            "sagemaker_endpoint_containers[0]: image_uri and model_package_name are mutually exclusive",
        ),
        (
            {
                "containers": [
                    {
                        "image_uri": IMAGE,
                        "model_data_url": "s3://b/m.tar.gz",
                        "model_data_source": {"s3_data_type": "S3Object", "s3_uri": "s3://b/m.tar.gz"},
                    }
                ]
            },
            "model_data_url and model_data_source are mutually exclusive",
        ),
        (
            {"containers": [{"image_uri": IMAGE, "model_data_source": {"s3_uri": "s3://b/m"}}]},
            "sagemaker_endpoint_containers[0].model_data_source: needs s3_data_type",
        ),
        (
            {
                "containers": [
                    {"image_uri": IMAGE, "model_data_source": {"s3_uri": "s3://b/m", "s3_data_type": "S3Prefix"}}
                ]
            },
            "sagemaker_endpoint_containers[0].model_data_source.s3_uri: with s3_data_type S3Prefix the URI must end in a slash: s3://b/m/",
        ),
        (
            {"containers": [{"image_uri": IMAGE, "image_config": {"repository_access_mode": "Vpc"}}]},
            "Give vpc_config (security_group_ids and subnets), or use Platform for an image in Amazon ECR.",
        ),
        (
            {"containers": [{"image_uri": IMAGE, "container_hostname": "a"}, {"image_uri": IMAGE}]},
            "sagemaker_endpoint_containers[1].container_hostname: is required, because if one container has a container_hostname, all must have one.",
        ),
        (
            {"containers": [{"image_uri": IMAGE, "container_hostname": "a"}] * 2},
            "each container needs a unique container_hostname, and a is used more than once.",
        ),
        ({"inference_execution_config": {"mode": "Serial"}}, "is for models of several containers"),
        # Variants
        (
            {"production_variant": {"variant_name": "A"}},
            "sagemaker_endpoint_production_variant: give instance_type, or instance_pools, or serverless_config.",
        ),
        (
            {"production_variant": {**LARGE, "managed_instance_scaling": {"status": "ENABLED"}}},
            "sagemaker_endpoint_production_variant.managed_instance_scaling: this option and model_name are mutually exclusive",
        ),
        (
            {
                "production_variant": None,
                "production_variants": [{**LARGE, "model_name": "m", "containers": [{"image_uri": IMAGE}]}],
            },
            "sagemaker_endpoint_production_variants[0]: model_name and containers are mutually exclusive",
        ),
        (
            {"production_variants": [{**LARGE}]},
            "sagemaker_endpoint_production_variants: and sagemaker_endpoint_production_variant are mutually exclusive",
        ),
        (
            {"production_variant": None, "production_variants": [{**LARGE}, {**LARGE}]},
            "sagemaker_endpoint_production_variants[0]: needs variant_name",
        ),
        (
            {"production_variant": None, "production_variants": [{**LARGE, "variant_name": "a"}] * 2},
            "sagemaker_endpoint_production_variants: variant names must differ: a is used more than once.",
        ),
        (
            {
                "production_variant": None,
                "production_variants": [{**LARGE, "variant_name": "a"}, {**LARGE, "variant_name": "b"}],
                "shadow_production_variants": [{**LARGE, "variant_name": "s"}],
            },
            "a shadow test needs exactly one production variant and one shadow variant, got 2 and 1.",
        ),
        # Serverless
        (
            {"production_variant": {**LARGE, **SERVERLESS}},
            "instance_type: this option and serverless_config are mutually exclusive; serverless variants have no instances.",
        ),
        (
            {"production_variant": {**SERVERLESS, "initial_instance_count": 1}},
            "initial_instance_count: this option and serverless_config are mutually exclusive; serverless variants have no instances.",
        ),
        (
            {"production_variant": {"serverless_config": {"memory_size_in_mb": 1500, "max_concurrency": 5}}},
            "serverless_config.memory_size_in_mb: must be a multiple of 1024: 1024, 2048",
        ),
        (
            {
                "production_variant": {
                    "serverless_config": {
                        "memory_size_in_mb": 1024,
                        "max_concurrency": 5,
                        "provisioned_concurrency": 6,
                    }
                }
            },
            "provisioned_concurrency: must not be more than max_concurrency",
        ),
        (
            {"production_variant": SERVERLESS, "vpc_config": VPC},
            "sagemaker_endpoint_vpc_config: serverless_config excludes a vpc_config.",
        ),
        (
            {"production_variant": SERVERLESS, "async_inference_config": ASYNC},
            "sagemaker_endpoint_async_inference_config",
        ),
        (
            {"production_variant": SERVERLESS, "enable_network_isolation": True},
            "sagemaker_endpoint_enable_network_isolation",
        ),
        (
            {"production_variant": SERVERLESS, "containers": [{"image_uri": IMAGE}] * 2},
            "sagemaker_endpoint_containers: serverless_config excludes several containers.",
        ),
        (
            {
                "production_variant": SERVERLESS,
                "containers": [{"image_uri": IMAGE, "mode": "MultiModel", "model_data_url": "s3://b/models/"}],
            },
            "sagemaker_endpoint_containers[0].mode: serverless_config excludes a container of the mode MultiModel.",
        ),
        (
            {
                "production_variant": SERVERLESS,
                "containers": [
                    {
                        "image_uri": IMAGE,
                        "model_data_source": {"s3_uri": "s3://b/m/", "s3_data_type": "S3Prefix"},
                    }
                ],
            },
            "sagemaker_endpoint_containers[0].model_data_source: serverless_config excludes a model_data_source (a model_data_url",
        ),
        (
            {
                "production_variant": None,
                "production_variants": [{**SERVERLESS, "variant_name": "a"}, {**LARGE, "variant_name": "b"}],
            },
            "sagemaker_endpoint_production_variants: all variants must be of one kind, got instances, serverless.",
        ),
        # Autoscaling
        (
            {"autoscaling_config": {"min_capacity": 5, "max_capacity": 2, "target_value": 1}},
            "sagemaker_endpoint_autoscaling_config.min_capacity: must be at most max_capacity 2, got 5.",
        ),
        ({"autoscaling_config": {"min_capacity": 1}}, "sagemaker_endpoint_autoscaling_config: needs max_capacity"),
        ({"autoscaling_config": {"max_capacity": 2}}, "needs one of target_value, scaling_policies, scheduled_actions"),
        (
            {"autoscaling_config": {"min_capacity": 0, "max_capacity": 2, "target_value": 1}},
            "sagemaker_endpoint_autoscaling_config.min_capacity: 0 is for asynchronous endpoints "
            "(async_inference_config) and for inference components, and the variant AllTraffic answers in real "
            "time. Give 1 or more.",
        ),
        (
            {
                "production_variant": {"instance_type": "ml.t2.medium"},
                "autoscaling_config": {"max_capacity": 2, "target_value": 1},
            },
            "sagemaker_endpoint_production_variant: the variant AllTraffic has the instance_type ml.t2.medium, and AWS does not scale burstable",
        ),
        (
            {"production_variant": SERVERLESS, "autoscaling_config": {"max_capacity": 2, "target_value": 1}},
            "sagemaker_endpoint_production_variant.serverless_config: needs provisioned_concurrency",
        ),
        (
            {
                "production_variant": {**SERVERLESS, "autoscaling_config": {"max_capacity": 2, "target_value": 1}},
            },
            "needs provisioned_concurrency",
        ),
        # The rest
        (
            {"sg_role_arn": ROLE_ARN, "permissions_boundary_arn": "arn:aws:iam::123456789012:policy/b"},
            "has no effect on the role of sagemaker_endpoint_sg_role_arn",
        ),
        (
            {
                "deployment_config": {
                    "blue_green_update_policy": {},
                    "rolling_update_policy": {"wait_interval_in_seconds": 1},
                }
            },
            "sagemaker_endpoint_deployment_config.rolling_update_policy: needs maximum_batch_size",
        ),
        ({"tfvars": {"problems": ["prod.tfvars: no"], "inputs": {}}}, "prod.tfvars: no"),
    ],
)
def test_a_mistake_gets_one_message(variables: dict[str, Any], said: str) -> None:
    found = problems(**variables)
    assert said in found[0]
    assert len(found) == len(set(found))


def test_all_mistakes_are_told_at_once() -> None:
    found = problems(name="-a", tags="x", containers=[{"image": IMAGE, "imge": 1}], keep_releases="many")
    assert len(found) == 4


def test_no_message_holds_a_value_of_an_environment() -> None:
    secret = "hf_abcdefghijklmnop"
    for environment in (f"TOKEN={secret}", [secret], {"TOKEN": [secret]}, {"TOKEN": {"value": secret}}):
        found = problems(containers=[{"image_uri": IMAGE, "environment": environment}])
        assert found and secret not in str(found)


def test_absent_needs_names_only() -> None:
    result = resolve({"state": "absent", "name": "mistral", "containers": "nonsense", "tags": 3})
    assert result == {
        "problems": [],
        "places": variable_paths.NAMES,
        "state": "absent",
        "name": "mistral",
        "name_prefix": "SGTFendpoint",
        "sg_role_arn": None,
        "secret_environment": [],
        "wait": True,
        "wait_timeout": None,
        "progress": True,
    }
    assert resolve({"state": "absent", "name": "-"})["problems"]


# Emptied forms, and values that YAML reads as something else

EMPTIED: dict[str, Any] = {
    "autoscaling_config": {"max_capacity": "", "target_value": "", "scheduled_actions": [], "scaling_policies": "[]"},
    "production_variant": {
        "instance_type": "",
        "initial_instance_count": None,
        "serverless_config": {"max_concurrency": " "},
    },
    "vpc_config": {"security_group_ids": [""], "subnets": ["", ""]},
    "async_inference_config": '{"output_config": {"s3_output_path": ""}}',
    "data_capture_config": {"destination_s3_uri": "", "capture_options": [{"capture_mode": ""}]},
    "shadow_production_variants": [{"variant_name": "", "instance_type": ""}],
    "smoke_test": {"body": "", "expect": {"json": [{"path": ""}]}},
}


def test_a_form_that_was_left_empty_is_not_set() -> None:
    bare = resolve({"containers": [{"image_uri": IMAGE}]})
    assert bare["problems"] == []
    assert resolve({"containers": [{"image_uri": IMAGE}], **EMPTIED}) == bare


@pytest.mark.parametrize(
    ("variables", "problem"),
    [
        (
            {"vpc_config": {"security_group_ids": ["sg-1", ""], "subnets": ["subnet-1"]}},
            "vpc_config.security_group_ids[1]: is",
        ),
        ({"containers": [{"image_uri": IMAGE}, {"image_uri": ""}]}, "containers[1]: is empty"),
        ({"autoscaling_config": {"max_capacity": "", "target": ""}}, "autoscaling_config.target: is not known"),
        ({"autoscaling_config": {"max_capacity": "", "target_value": 5}}, "autoscaling_config: needs max_capacity"),
    ],
)
def test_what_is_half_empty_is_not(variables: dict[str, Any], problem: str) -> None:
    assert [one.startswith(f"sagemaker_endpoint_{problem}") for one in problems(**variables)] == [True]


def test_what_iam_refuses_of_tags_matters_only_where_a_role_is_made() -> None:
    both = {"Team": "a", "team": "b"}
    assert [one.partition(": ")[0] for one in problems(tags=both)] == ["sagemaker_endpoint_tags.team"]
    assert problems(tags=both, sg_role_arn=ROLE_ARN) == []
    assert problems(tags=both, containers=None, production_variant={**LARGE, "model_name": "m"}) == []


def test_names_and_variants_are_checked_whatever_is_wrong_with_the_others() -> None:
    found = problems(tags={"aws:x": "y"}, keep_releases=-1, sg_role_arn=ROLE_ARN, permissions_boundary_arn="none")
    assert [one.removeprefix("sagemaker_endpoint_").partition(":")[0] for one in found] == [
        "keep_releases",
        "tags",
        "permissions_boundary_arn",
    ]
    found = problems(tags={"aws:x": "y"}, production_variants=[LARGE, LARGE], production_variant=None)
    assert [one.removeprefix("sagemaker_endpoint_").partition(":")[0] for one in found] == [
        "tags",
        "production_variants[0]",
        "production_variants[1]",
    ]


def test_an_address_that_no_permission_can_be_computed_from_is_refused_by_its_variable() -> None:
    elsewhere = [{"image_uri": IMAGE, "model_data_url": "https://example.org/model.tar.gz"}]
    assert [one.partition(", ")[0] for one in problems(containers=elsewhere)] == [
        "sagemaker_endpoint_containers[0].model_data_url: 'https://example.org/model.tar.gz' is not an S3 address. Give s3://<bucket>/<key>"
    ]
    assert problems(containers=elsewhere, execution_role_policy="full_access") == []
    assert problems(containers=elsewhere, sg_role_arn=ROLE_ARN) == []


def test_empty_values_of_ones_own_keys_are_values() -> None:
    found = resolved(tags={"team": ""}, containers=[{"image_uri": IMAGE, "environment": {"A": ""}}])
    assert found["tags"]["team"] == ""
    assert found["models"][0]["primary_container"]["environment"] == {"A": ""}


def test_times_without_quotes_are_iso_8601() -> None:
    loaded = yaml.safe_load("{time: 2030-01-31T10:00:00Z, local: 2030-01-31 10:00:00, day: 2030-01-31}")
    expected = {"time": "2030-01-31T10:00:00+00:00", "local": "2030-01-31T10:00:00", "day": "2030-01-31"}
    assert container(image_uri=IMAGE, environment=loaded)["environment"] == plain(loaded) == expected


# Variables that nothing reads

READ = ("aws_profile", "aws_region", "tfvars_file")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("sagemaker_endpoint_prodcution_variant", "sagemaker_endpoint_production_variant"),
        ("sagemaker_endpoint_Name", "sagemaker_endpoint_name"),
        ("sagemaker_endpoint_endpoint_name", "sagemaker_endpoint_name"),
        ("sagemaker_endpoint_container", "sagemaker_endpoint_containers"),
        ("sagemaker_endpoint_autoscaling", "sagemaker_endpoint_autoscaling_config"),
        ("sagemaker_endpoint_role_arn", "sagemaker_endpoint_sg_role_arn"),
        ("sagemaker_endpoint_kms_key", "sagemaker_endpoint_kms_key_arn"),
        ("tfvar_file", "tfvars_file"),
        ("tfvars_flie", "tfvars_file"),
        ("aws_regoin", "aws_region"),
        ("AWS_REGION", "aws_region"),
        ("asw_profile", "aws_profile"),
    ],
)
def test_a_variable_that_resembles_one_is_a_mistake(name: str, meant: str) -> None:
    told = f"{name}: is not known (did you mean {meant}?). Correct the name, or remove the variable."
    unfit, warnings = unknown_variables(["ansible_version", name], READ)
    assert (list(map(str, unfit)), warnings) == ([told], [])
    assert problems(unknown=unfit) == [told]
    assert resolve({"state": "absent", "unknown": unfit})["problems"] == [told]


SHORT = ["aws_profile", "aws_region", "names", "regions", "report"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("region", "regions or aws_region"),
        ("regoins", "regions or aws_region"),
        ("name", "names"),
        ("nmaes", "names"),
        ("endpoint", "names"),
        ("endpoint_name", "names"),
        ("reprot", "report"),
        ("reports", "report"),
    ],
)
def test_a_short_variable_of_a_playbook_is_misspelt(name: str, meant: str) -> None:
    unfit, warnings = unknown_variables([name], SHORT)
    assert [str(one).partition(").")[0] for one in unfit] == [f"{name}: is not known (did you mean {meant}?"]
    assert warnings == []
    # If all that it may mean is set, it has another purpose. Other playbooks do not read these.
    assert unknown_variables([name, *SHORT], SHORT) == unknown_variables([name], READ) == ([], [])


def test_common_variables_are_no_misspelt_short_ones() -> None:
    common = ["port", "repo", "hostname", "hostnames", "namespace", "user", "role_names", "all_regions", "reporter"]
    assert unknown_variables(common, SHORT) == ([], [])
    # A region is set.
    assert unknown_variables(["aws_region", "region"], SHORT) == ([], [])
    assert [one.path for one in unknown_variables(["aws_region", "regoins"], SHORT)[0]] == ["regoins"]


def test_a_playbook_about_all_endpoints_of_its_regions_takes_no_name() -> None:
    unfit, _warnings = unknown_variables(["endpoint"], ["aws_region", "expiry_tag", "regions"])
    assert [str(one) for one in unfit] == [
        "endpoint: is not known: the playbook is about all endpoints of its regions. Remove the variable."
    ]


@pytest.mark.parametrize("value", ["2030-01-31T18:00:00Z", "2030-01-31", "2030-01-31T18:00:00+01:00", "", None])
def test_a_time_in_the_tag_of_expiry(value: Any) -> None:
    assert problems(tags={"expires_at": value, "until": "2030-13-31"}) == []


@pytest.mark.parametrize("value", ["2030-13-31 18:00", "tomorrow", "in 2 days"])
def test_no_time_in_the_tag_of_expiry(value: str) -> None:
    assert problems(tags={"expires_at": value}) == [
        f"sagemaker_endpoint_tags.expires_at: must be a time in ISO 8601 with a zone, such as 2030-01-31T18:00:00Z, got {value!r}. "
        "The endpoint would not expire."
    ]


def test_of_somebody_elses_variables_there_is_at_most_a_warning() -> None:
    own = [f"sagemaker_endpoint_{name}" for name in (*VARIABLES, "outputs")]
    others = [
        "aws_regions",
        "aws_access_key",
        "region",
        "tfvars",
        "hostvars",
        "sagemaker_endpoints",
        "__sagemaker_endpoint_x",
    ]
    assert unknown_variables([*own, *others, *READ], READ) == ([], [])
    # One that is set was not meant. Without a playbook nobody reads these.
    assert unknown_variables(["aws_region", "aws_regoin"], READ) == ([], [])
    assert unknown_variables(["aws_regoin"], ()) == ([], [])
    strangers = [
        "sagemaker_endpoint_result",
        "sagemaker_endpoint_url",
        "sagemaker_endpoint_status",
        "sagemaker_endpoint_item",
    ]
    unfit, warnings = unknown_variables([*own, *strangers], READ)
    assert unfit == []
    assert [warning.partition(": ")[0] for warning in warnings] == sorted(strangers)


@pytest.mark.parametrize(
    ("given", "purges"),
    [
        ({}, False),
        ({"tags": {}}, False),
        ({"tags": {"team": "fraud"}}, True),
        ({"tags": {"team": "fraud"}, "purge_tags": "false"}, False),
        ({"purge_tags": True}, False),
    ],
)
def test_tags_of_others_go_only_where_tags_are_given(given: dict[str, Any], purges: bool) -> None:
    assert resolved(containers=[{"image_uri": IMAGE}], **given)["purge_tags"] is purges


def test_a_marker_is_part_of_the_names_of_models_and_of_nothing_else() -> None:
    plain = resolved(containers=[{"image_uri": IMAGE}], name="churn")
    assert plain["model_scope"] == "churn"
    for marker in (42, "42"):
        marked = resolved(containers=[{"image_uri": IMAGE}], name="churn", release_marker=marker)
        assert marked["model_scope"] == "churn/42"
        assert {name for name in marked if marked[name] != plain[name]} == {"model_scope", "release_marker"}
    only = {"production_variant": {**LARGE, "model_name": "theirs"}, "containers": [], "release_marker": "x"}
    assert problems(**only) == [
        "sagemaker_endpoint_release_marker: is part of the models that this role makes, and it makes none here: leave it out, and "
        "give other models to roll out"
    ]
