# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""States and plans as C(terraform show -json) prints them, of projects that use the Terraform module sagemaker-endpoint.

The frame is that of Terraform 1.11, and the values those of the provider hashicorp/aws 5: what is not set is null at the top, and empty,
zero or false inside blocks.
"""

from __future__ import annotations

from typing import Any

ACCOUNT = "123456789012"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
SUFFIX = "q7xk"
Values = dict[str, Any]


def state(*modules: Values, root: list[Values] | None = None, **more: Any) -> Values:
    values = {"outputs": {}, "root_module": {"resources": root or [], "child_modules": list(modules)}}
    return {"format_version": "1.0", "terraform_version": "1.11.4", "values": values, **more}


def resource(module: str, kind: str, name: str, values: Values, index: Any = None, sensitive: Any = None) -> Values:
    local = f"{kind}.{name}" + ("" if index is None else f"[{index}]")
    return {
        "address": f"{module}.{local}" if module else local,
        "mode": "managed",
        "type": kind,
        "name": name,
        **({} if index is None else {"index": index}),
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "schema_version": 0,
        "values": values,
        "sensitive_values": sensitive or {},
    }


def container(**given: Any) -> Values:
    """A container block, with what the provider fills in."""
    return {
        "container_hostname": "",
        "environment": None,
        "image": "",
        "image_config": [],
        "inference_specification_name": "",
        "mode": "SingleModel",
        "model_data_source": [],
        "model_data_url": "",
        "model_package_name": "",
        "multi_model_config": [],
        **given,
    }


def variant(model: str | None, **given: Any) -> Values:
    """A variant block, with what the provider fills in."""
    return {
        "accelerator_type": "",
        "container_startup_health_check_timeout_in_seconds": 0,
        "core_dump_config": [],
        "enable_ssm_access": False,
        "inference_ami_version": "",
        "initial_instance_count": 1,
        "initial_variant_weight": 1,
        "instance_type": "ml.m5.large",
        "managed_instance_scaling": [],
        "model_data_download_timeout_in_seconds": 0,
        **({"model_name": model} if model else {}),
        "routing_config": [],
        "serverless_config": [],
        "variant_name": "AllTraffic",
        "volume_size_in_gb": 0,
        **given,
    }


def arn(kind: str, name: str, region: str) -> str:
    return f"arn:aws:sagemaker:{region}:{ACCOUNT}:{kind}/{name}"


class Endpoint:
    """An instance of the Terraform module. Its parts may be changed before resources() lists them."""

    def __init__(self, module: str, name: str, region: str = "us-east-1", prefix: str = "") -> None:
        self.module, self.name, self.region = module, name, region
        prefix = prefix or name
        self.sensitive_model: Values = {}
        self.role_arn = f"arn:aws:iam::{ACCOUNT}:role/{prefix}-role-{SUFFIX}"
        self.made_role: Values = {"arn": self.role_arn, "name": f"{prefix}-role-{SUFFIX}", "name_prefix": prefix}
        self.model = {
            "arn": arn("model", f"{prefix}-model-{SUFFIX}", region),
            "container": [],
            "enable_network_isolation": False,
            "execution_role_arn": self.role_arn,
            "id": f"{prefix}-model-{SUFFIX}",
            "inference_execution_config": [],
            "name": f"{prefix}-model-{SUFFIX}",
            "primary_container": [container(image=IMAGE)],
            "tags": None,
            "tags_all": {},
            "vpc_config": [],
        }
        self.config = {
            "arn": arn("endpoint-config", f"{prefix}-config-{SUFFIX}", region),
            "async_inference_config": [],
            "data_capture_config": [],
            "id": f"{prefix}-config-{SUFFIX}",
            "kms_key_arn": None,
            "name": f"{prefix}-config-{SUFFIX}",
            "name_prefix": "",
            "production_variants": [variant(self.model["name"])],
            "shadow_production_variants": [],
            "tags": None,
            "tags_all": {},
        }
        self.endpoint = {
            "arn": arn("endpoint", name, region),
            "deployment_config": [],
            "endpoint_config_name": self.config["name"],
            "id": name,
            "name": name,
            "tags": None,
            "tags_all": {},
        }
        self.scaling: list[Values] = []

    @classmethod
    def of_inputs(cls, module: str, inputs: Values) -> Endpoint:
        """What the Terraform module makes of its inputs."""
        made = cls(module, inputs["endpoint_name"], prefix=inputs.get("name_prefix", "SGTFendpoint"))
        containers = [
            container(**{"image" if name == "image_uri" else name: value for name, value in one.items()})
            for one in inputs["containers"]
        ]
        made.model["primary_container"] = containers if len(containers) == 1 else []
        made.model["container"] = containers if len(containers) > 1 else []
        made.model["enable_network_isolation"] = inputs.get("enable_network_isolation", False)
        # Of a variable with members nothing comes from its default.
        made.config["production_variants"] = [variant(made.model["name"], **inputs["production_variant"])]
        return made

    def scale(self, minimum: int, maximum: int, target: float, cooldown: int = 0) -> None:
        """As autoscaling_config does it."""
        common = {
            "resource_id": f"endpoint/{self.name}/variant/AllTraffic",
            "scalable_dimension": "sagemaker:variant:DesiredInstanceCount",
            "service_namespace": "sagemaker",
        }
        place = f"{self.region}:{ACCOUNT}"
        tracking = {
            "customized_metric_specification": [],
            "disable_scale_in": False,
            "predefined_metric_specification": [
                {"predefined_metric_type": "SageMakerVariantInvocationsPerInstance", "resource_label": ""}
            ],
            "scale_in_cooldown": cooldown,
            "scale_out_cooldown": cooldown,
            "target_value": target,
        }
        policy = {
            "arn": f"arn:aws:autoscaling:{place}:scalingPolicy:1:resource/sagemaker/{common['resource_id']}",
            "name": "SageMakerEndpointInvocationScalingPolicy",
            "policy_type": "TargetTrackingScaling",
            "step_scaling_policy_configuration": [],
            "target_tracking_scaling_policy_configuration": [tracking],
        }
        bounds = {
            "arn": f"arn:aws:application-autoscaling:{place}:scalable-target/1",
            "min_capacity": minimum,
            "max_capacity": maximum,
        }
        self.scaling = [
            resource(self.module, "aws_appautoscaling_target", "sagemaker_target", {**common, **bounds}, 0),
            resource(self.module, "aws_appautoscaling_policy", "sagemaker_policy", {**common, **policy}),
        ]

    def resources(self) -> list[Values]:
        role = [resource(self.module, "aws_iam_role", "sg_endpoint_role", self.made_role, 0)] if self.made_role else []
        return [
            *self.scaling,
            *role,
            resource(self.module, "aws_sagemaker_endpoint", "sagemaker_endpoint", self.endpoint),
            resource(self.module, "aws_sagemaker_endpoint_configuration", "sagemaker_endpoint_config", self.config),
            resource(self.module, "aws_sagemaker_model", "sagemaker_model", self.model, sensitive=self.sensitive_model),
        ]

    def as_module(self) -> Values:
        return {"resources": self.resources(), "address": self.module}
