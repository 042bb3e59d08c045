# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the variables of the role sagemaker_endpoint to the options of the modules. Pure.

The variables have the names and shapes of the Terraform module aws-ia/sagemaker-endpoint, and any member of the API's
container and variant besides. Everything that can be told to be wrong from the variables alone is told here, all of
it at once and before anything is made.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any
from typing import Dict
from typing import List
from typing import Mapping
from typing import Optional
from typing import Sequence

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import autoscaling_options
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import deployment_options
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import endpoint_config_options
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import model_options
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.input_check import Checker
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.input_check import is_unset
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.input_check import unknown
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.options import Option
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.options import Options
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.options import choice
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.options import flag
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.options import integer
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.options import mapping
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.options import number
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.options import structure
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.options import structures
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.options import text

PREFIX = "sagemaker_endpoint_"
# Everything that the role makes carries this tag with the endpoint's name: the role changes and deletes nothing else.
OWNER_TAG = "mlops.sagemaker/endpoint"
MAX_CONTAINERS = 15
MAX_VARIANTS = 10
MAX_TAGS = 50
# Tags of ours on an endpoint: the owner, the history of releases, and the mark of a traffic shift.
OWN_TAGS = 3

# The Terraform module's policy and its variant where none is given.
SCALING_POLICY = "SageMakerEndpointInvocationScalingPolicy"
DEFAULT_VARIANT = {
    "initial_instance_count": 1,
    "instance_type": "ml.t2.medium",
    "model_data_download_timeout_in_seconds": 900,
    "variant_name": "AllTraffic",
    "volume_size_in_gb": 30,
}
PROVISIONED_CONCURRENCY = "sagemaker:variant:DesiredProvisionedConcurrency"

_API_DATA_SOURCE: Options = {
    # What Terraform says with is_compressed and accept_eula is not needed in the API's own words as well.
    name: {**option, "required": False}
    for name, option in model_options.S3_DATA_SOURCE.items()
    if name not in ("compression_type", "model_access_config")
}

CONTAINER: Options = {
    **model_options.CONTAINER,
    "image_uri": text(),
    "model_data_source": structure(
        {
            **_API_DATA_SOURCE,
            "is_compressed": flag(),
            "accept_eula": flag(),
            "s3_data_source": structure(model_options.S3_DATA_SOURCE),
        }
    ),
}

AUTOSCALING: Option = structure(
    {
        "min_capacity": integer(),
        "max_capacity": integer(required=True),
        "target_value": number(),
        "scale_in_cooldown": integer(),
        "scale_out_cooldown": integer(),
        "predefined_metric_type": text(),
        "customized_metric_specification": autoscaling_options.CUSTOMIZED_METRIC,
        "scaling_policies": autoscaling_options.SCALING_POLICIES,
        "scheduled_actions": autoscaling_options.SCHEDULED_ACTIONS,
    },
    mutually_exclusive=[("predefined_metric_type", "customized_metric_specification")],
    required_one_of=[("target_value", "scaling_policies", "scheduled_actions")],
    required_by={
        "predefined_metric_type": "target_value",
        "customized_metric_specification": "target_value",
        "scale_in_cooldown": "target_value",
        "scale_out_cooldown": "target_value",
    },
)

CONTAINERS: Option = structures(CONTAINER)

VARIANT: Options = {
    **{name: {**option, "required": False} for name, option in endpoint_config_options.VARIANT.items()},
    "containers": CONTAINERS,
    "autoscaling_config": AUTOSCALING,
}

_CONFIG = endpoint_config_options.ENDPOINT_CONFIG["argument_spec"]

# The role's variables without their prefix.
VARIABLES: Options = {
    "state": choice("present", "absent"),
    "name": text(),
    "name_prefix": text(),
    "sg_role_arn": text(),
    "tags": mapping(),
    "enable_network_isolation": flag(),
    "containers": CONTAINERS,
    "production_variant": structure(VARIANT),
    "kms_key_arn": text(),
    "autoscaling_config": AUTOSCALING,
    "production_variants": structures(VARIANT),
    "shadow_production_variants": structures(VARIANT),
    "vpc_config": model_options.VPC_CONFIG,
    "inference_execution_config": model_options.MODEL["argument_spec"]["inference_execution_config"],
    "async_inference_config": _CONFIG["async_inference_config"],
    "data_capture_config": _CONFIG["data_capture_config"],
    "explainer_config": _CONFIG["explainer_config"],
    "metrics_config": _CONFIG["metrics_config"],
    "deployment_config": deployment_options.DEPLOYMENT_CONFIG,
    "execution_role_policy": choice("least_privilege", "full_access", "none"),
    "permissions_boundary_arn": text(),
    "keep_releases": integer(),
    "release": text(),
    "wait": flag(),
    "wait_timeout": integer(),
}

DEFAULTS: Mapping[str, Any] = {
    "state": "present",
    "name": "SGendpoint",
    "name_prefix": "SGTFendpoint",
    "tags": {},
    "enable_network_isolation": False,
    "containers": [],
    "execution_role_policy": "least_privilege",
    "keep_releases": 1,
    "wait": True,
}

# What of it matters when an endpoint is taken down or taken back: wrong containers must not be in the way.
# The state rollback is the playbook's; what a user gives as state is present or absent.
ROLLBACK = "rollback"
NEEDED = {
    "absent": ("state", "name", "name_prefix", "sg_role_arn", "wait", "wait_timeout"),
    ROLLBACK: ("name", "release", "deployment_config", "wait", "wait_timeout"),
}

# The Terraform module's inputs and the role's names for them.
TERRAFORM_INPUTS = {
    "name_prefix": "name_prefix",
    "sg_role_arn": "sg_role_arn",
    "endpoint_name": "name",
    "tags": "tags",
    "enable_network_isolation": "enable_network_isolation",
    "containers": "containers",
    "production_variant": "production_variant",
    "kms_key_arn": "kms_key_arn",
    "autoscaling_config": "autoscaling_config",
}

_NAME = (r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", 63, "1 to 63 letters, digits and hyphens, no hyphen first or last")
_ROLE_ARN = (
    r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+",
    2048,
    "the ARN of an IAM role (arn:aws:iam::<account>:role/<name>)",
)
_S3 = (r"(https|s3)://[^/]+/?.*", 1024, "an S3 URI (s3://<bucket>/<key>)")
_ID = (r"[-0-9a-zA-Z]+", 32, "an id such as subnet-0a1b2c3d")

PATTERNS = {
    f"{PREFIX}name": _NAME,
    f"{PREFIX}release": _NAME,
    # 16 characters are left for -config- and the hash.
    f"{PREFIX}name_prefix": (
        r"[a-zA-Z0-9](-*[a-zA-Z0-9])*",
        47,
        "1 to 47 letters, digits and hyphens, no hyphen first or last",
    ),
    f"{PREFIX}sg_role_arn": _ROLE_ARN,
    f"{PREFIX}permissions_boundary_arn": (
        r"arn:aws[a-z-]*:iam::(\d{12}|aws):policy/[\w+=,.@/-]+",
        2048,
        "the ARN of an IAM policy (arn:aws:iam::<account>:policy/<name>)",
    ),
    f"{PREFIX}kms_key_arn": (r"[a-zA-Z0-9:/_-]+", 2048, "the ARN, id or alias of a KMS key"),
    "kms_key_id": (r"[a-zA-Z0-9:/_-]+", 2048, "the ARN, id or alias of a KMS key"),
    "variant_name": _NAME,
    "model_name": _NAME,
    "model_name_override": _NAME,
    "container_hostname": _NAME,
    "inference_specification_name": _NAME,
    "model_package_name": (
        r"(arn:aws[a-z-]*:sagemaker:[a-z0-9-]*:\d{12}:[a-z-]*/)?[a-zA-Z0-9][a-zA-Z0-9-]{0,62}(?<!-)(/\d{1,9})?",
        176,
        "the name or the ARN of a model package",
    ),
    "image": (r"\S+", 255, "an image's path in its registry, without blanks"),
    "image_uri": (r"\S+", 255, "an image's path in its registry, without blanks"),
    "instance_type": (r"ml\.[a-z0-9-]+\.[a-z0-9-]+", 63, "an instance type for hosting, such as ml.m5.large"),
    "model_data_url": _S3,
    "s3_uri": _S3,
    "manifest_s3_uri": _S3,
    "destination_s3_uri": _S3,
    "s3_output_path": _S3,
    "s3_failure_path": _S3,
    "security_group_ids": _ID,
    "subnets": _ID,
}

LIMITS = {
    f"{PREFIX}keep_releases": (0, None),
    f"{PREFIX}wait_timeout": (1, None),
    "initial_instance_count": (1, None),
    "initial_variant_weight": (0, None),
    "priority": (1, 5),
    "volume_size_in_gb": (1, 512),
    "model_data_download_timeout_in_seconds": (60, 3600),
    "container_startup_health_check_timeout_in_seconds": (60, 3600),
    "variant_instance_provision_timeout_in_seconds": (300, 3600),
    "memory_size_in_mb": (1024, 6144),
    "max_concurrency": (1, 200),
    "provisioned_concurrency": (1, 200),
    "max_concurrent_invocations_per_instance": (1, 1000),
    "initial_sampling_percentage": (0, 100),
    "min_capacity": (0, None),
    "max_capacity": (0, None),
    "scale_in_cooldown": (0, None),
    "scale_out_cooldown": (0, None),
}


def resolve(variables: Mapping[str, Any], model_names: Sequence[str] = ()) -> Dict[str, Any]:
    """What the role is to do.

    variables: the role's variables without their prefix; ones that are not given may be absent, null or ''. Besides
    them C(tfvars), what tfvars.read returned, of which only the problems count here. model_names: the names of the
    models, in the order of the returned models, once these are known.

    Returns C({"problems": [message]}) if anything is wrong. Otherwise C(problems) is empty and there are, besides the
    checked variables under their names: C(tags) with the owner's, C(execution_role) (options of sagemaker_execution_role,
    None where no role is to be made), C(models) (options of sagemaker_model, and C(variants), the names of the variants
    that run it), C(endpoint_config) (options of sagemaker_endpoint_config; a variant has its C(model_name) as soon as
    this is known), C(autoscaling) (options of sagemaker_autoscaling), and C(unscaled_variants), the names of variants
    that are to have no scalable target.
    """
    return _Resolver(variables).result(list(model_names))


class _Resolver:
    def __init__(self, variables: Mapping[str, Any]) -> None:
        self.check = Checker(LIMITS, PATTERNS)
        self.check.problems.extend((variables.get("tfvars") or {}).get("problems", ()))
        state = str(variables.get("state")).strip()
        self.given = {
            name: self.check.value(variables.get(name), option, PREFIX + name)
            for name, option in VARIABLES.items()
            if state not in NEEDED or name in NEEDED[state]
        }
        self.input = {name: DEFAULTS.get(name) if value is None else value for name, value in self.given.items()}
        self.partial = state in NEEDED
        self.models: List[Dict[str, Any]] = []

    def result(self, model_names: List[str]) -> Dict[str, Any]:
        if self.partial or self.check.problems:
            return self._answer({})
        self._check_names_and_role()
        production = self._production_variants()
        shadow = self._variants("shadow_production_variants")
        if self.check.problems:
            return self._answer({})
        self._check_variants(production, shadow)
        self._check_models()
        autoscaling = self._autoscaling(production, shadow)
        config = {
            "production_variants": [_api_variant(variant, model_names) for variant in production],
            "shadow_production_variants": [_api_variant(variant, model_names) for variant in shadow],
            "kms_key_id": self.input["kms_key_arn"],
        }
        for name in ("async_inference_config", "data_capture_config", "explainer_config", "metrics_config"):
            config[name] = self.input[name]
        config = {name: value for name, value in config.items() if value}
        return self._answer(
            {
                "tags": {**self.input["tags"], OWNER_TAG: self.input["name"]},
                "execution_role": self._execution_role(config),
                "models": self.models,
                "endpoint_config": config,
                "autoscaling": autoscaling,
                "unscaled_variants": sorted(
                    {variant["variant_name"] for variant in production + shadow}
                    - {target["variant_name"] for target in autoscaling}
                ),
            }
        )

    def _answer(self, more: Mapping[str, Any]) -> Dict[str, Any]:
        if self.check.problems:
            return {"problems": self.check.problems}
        return {"problems": [], **self.input, **more}

    def _problem(self, path: str, message: str) -> None:
        self.check.problem(PREFIX + path, message)

    def _check_names_and_role(self) -> None:
        for key in self.input["tags"]:
            if key.startswith("aws:"):
                self._problem(f"tags.{key}", "keys that begin with aws: are reserved for AWS; choose another")
            elif key.startswith("mlops.sagemaker/"):
                self._problem(f"tags.{key}", "keys that begin with mlops.sagemaker/ are set by this role; leave it out")
        if len(self.input["tags"]) > MAX_TAGS - OWN_TAGS:
            self._problem(
                "tags", f"at most {MAX_TAGS - OWN_TAGS} tags: AWS allows {MAX_TAGS}, this role adds {OWN_TAGS}"
            )
        if self.input["sg_role_arn"] and self.input["permissions_boundary_arn"]:
            self._problem(
                "permissions_boundary_arn",
                f"has no effect on the role of {PREFIX}sg_role_arn, which this role does not touch; leave out one of both",
            )

    def _execution_role(self, config: Mapping[str, Any]) -> Optional[Dict[str, Any]]:
        """The options of sagemaker_execution_role, None where no role is to be made."""
        if self.input["sg_role_arn"] or not self.models:
            return None
        role: Dict[str, Any] = {"permissions_boundary_arn": self.input["permissions_boundary_arn"]}
        if self.input["execution_role_policy"] == "full_access":
            role["managed_policies"] = ["AmazonSageMakerFullAccess"]
        elif self.input["execution_role_policy"] == "least_privilege":
            role["models"] = [_without_environment(model) for model in self.models]
            role["endpoint_config"] = config
            role["deployment_config"] = self.input["deployment_config"]
        return {name: value for name, value in role.items() if value}

    # Variants and their models

    def _production_variants(self) -> List[Dict[str, Any]]:
        listed = self.given["production_variants"]
        single = self.given["production_variant"]
        if not listed:
            return [self._variant(single or dict(DEFAULT_VARIANT), "production_variant", "AllTraffic")]
        if single and single != DEFAULT_VARIANT:
            self._problem("production_variants", f"and {PREFIX}production_variant exclude each other: keep one of them")
        return self._variants("production_variants")

    def _variants(self, name: str) -> List[Dict[str, Any]]:
        listed = self.given[name] or []
        if len(listed) > MAX_VARIANTS:
            self._problem(name, f"at most {MAX_VARIANTS} variants, not {len(listed)}")
        only = "AllTraffic" if name == "production_variants" and len(listed) == 1 else None
        return [self._variant(variant, f"{name}[{index}]", only) for index, variant in enumerate(listed)]

    def _variant(self, given: Mapping[str, Any], path: str, name: Optional[str]) -> Dict[str, Any]:
        """A variant with what is filled in, its path, and the index of its model in C(models)."""
        variant = {"variant_name": name, **given, "path": path}
        if not variant["variant_name"]:
            self._problem(path, "needs variant_name")
        kinds = [kind for kind in ("instance_type", "instance_pools", "serverless_config") if kind in variant]
        if not kinds:
            self._problem(path, "needs instance_type (or instance_pools, or serverless_config)")
        elif len(kinds) > 1:
            self._problem(path, f"{' and '.join(kinds)} exclude each other: keep one of them")
        elif kinds == ["serverless_config"]:
            self._check_serverless(variant, path)
        else:
            variant.setdefault("initial_instance_count", 1)
        if "managed_instance_scaling" in variant:
            self._problem(
                f"{path}.managed_instance_scaling",
                "is only for endpoints of inference components, and this variant runs a model of its own: "
                f"leave it out and scale with {PREFIX}autoscaling_config",
            )
        self._model_of(variant, path)
        return variant

    def _model_of(self, variant: Dict[str, Any], path: str) -> None:
        own = "containers" in variant
        containers = variant.pop("containers", None) if own else self.input["containers"]
        place = f"{path}.containers" if own else "containers"
        if "model_name" in variant:
            if containers and own:
                self._problem(path, "model_name and containers exclude each other: keep one of them")
            return
        if not containers:
            self._problem(
                place,
                f"no container is given, and a model needs one: give 1 to {MAX_CONTAINERS} containers, "
                "each with image_uri or model_package_name"
                + ("" if own else f", or the name of an existing model in {PREFIX}{path}.model_name"),
            )
            return
        if len(containers) > MAX_CONTAINERS:
            self._problem(place, f"at most {MAX_CONTAINERS} containers, not {len(containers)}")
        # Several variants may run the same containers: that is one model, and its problems are told once.
        if any(model["path"] == place for model in self.models):
            variant["model"] = next(index for index, model in enumerate(self.models) if model["path"] == place)
        else:
            model = self._model(containers, place)
            variant["model"] = next(
                (index for index, other in enumerate(self.models) if _same(other, model)), len(self.models)
            )
            if variant["model"] == len(self.models):
                self.models.append(model)
        self.models[variant["model"]]["variants"].append(variant["variant_name"])

    def _model(self, containers: List[Dict[str, Any]], path: str) -> Dict[str, Any]:
        listed = [self._container(container, f"{path}[{index}]") for index, container in enumerate(containers)]
        hostnames = [container.get("container_hostname") for container in listed]
        if any(hostnames) and not all(hostnames):
            missing = ", ".join(f"{PREFIX}{path}[{index}]" for index, hostname in enumerate(hostnames) if not hostname)
            self._problem(
                path, f"container_hostname is needed in all containers or in none; it is missing in {missing}"
            )
        twice = [hostname for hostname, count in Counter(filter(None, hostnames)).items() if count > 1]
        if twice:
            self._problem(path, f"each container_hostname only once; more than once is {', '.join(twice)}")
        model: Dict[str, Any] = {"path": path, "variants": []}
        if len(listed) == 1:
            model["primary_container"] = listed[0]
        else:
            model["containers"] = listed
            model["inference_execution_config"] = self.input["inference_execution_config"]
        model["vpc_config"] = self.input["vpc_config"]
        model["enable_network_isolation"] = self.input["enable_network_isolation"] or None
        return {name: value for name, value in model.items() if value is not None}

    def _container(self, given: Mapping[str, Any], path: str) -> Dict[str, Any]:
        """A container in the API's shape."""
        container = dict(given)
        sources = [name for name in ("image_uri", "image", "model_package_name") if name in container]
        if not sources:
            self._problem(path, "needs image_uri (or model_package_name)")
        elif len(sources) > 1:
            self._problem(path, f"{' and '.join(sources)} exclude each other: keep one of them")
        if "model_data_url" in container and "model_data_source" in container:
            self._problem(path, "model_data_url and model_data_source exclude each other: keep one of them")
        if "image_uri" in container:
            container["image"] = container.pop("image_uri")
        if "model_data_source" in container:
            container["model_data_source"] = self._data_source(
                container["model_data_source"], f"{path}.model_data_source"
            )
        private = container.get("image_config", {}).get("repository_access_mode") == "Vpc"
        if private and not self.input["vpc_config"]:
            self._problem(
                f"{path}.image_config.repository_access_mode",
                f"Vpc means a registry inside your VPC: give {PREFIX}vpc_config (security_group_ids and subnets), "
                "or use Platform for an image in Amazon ECR",
            )
        return container

    def _data_source(self, given: Mapping[str, Any], path: str) -> Dict[str, Any]:
        """model_data_source in the API's shape: Terraform has its members without s3_data_source around them."""
        if "s3_data_source" in given:
            if len(given) > 1:
                others = ", ".join(sorted(set(given) - {"s3_data_source"}))
                self._problem(path, f"write {others} inside s3_data_source, or everything without s3_data_source")
            return dict(given)
        for name in ("s3_uri", "s3_data_type"):
            if name not in given:
                self._problem(path, f"needs {name}")
        source = dict(given)
        uri = source.get("s3_uri", "")
        if source.get("s3_data_type") == "S3Prefix" and not uri.endswith("/"):
            self._problem(f"{path}.s3_uri", "must end with / for s3_data_type S3Prefix (S3Object is a single object)")
        compressed = source.pop("is_compressed", uri.endswith(".tar.gz"))
        source["compression_type"] = "Gzip" if compressed else "None"
        if "accept_eula" in source:
            source["model_access_config"] = {"accept_eula": source.pop("accept_eula")}
        return {"s3_data_source": source}

    # Rules across variants and models

    def _check_serverless(self, variant: Mapping[str, Any], path: str) -> None:
        config = variant["serverless_config"]
        place = f"{path}.serverless_config"
        if "initial_instance_count" in variant:
            self._problem(
                f"{path}.initial_instance_count", "is for instances, and serverless_config has none: leave it out"
            )
        if config["memory_size_in_mb"] % 1024:
            self._problem(f"{place}.memory_size_in_mb", "must be 1024, 2048, 3072, 4096, 5120 or 6144")
        if config.get("provisioned_concurrency", 0) > config["max_concurrency"]:
            self._problem(f"{place}.provisioned_concurrency", "must not be more than max_concurrency")

    def _check_variants(self, production: List[Dict[str, Any]], shadow: List[Dict[str, Any]]) -> None:
        names = Counter(variant["variant_name"] for variant in production + shadow)
        for variant in production + shadow:
            if names[variant["variant_name"]] > 1:
                self._problem(
                    f"{variant['path']}.variant_name", f"{variant['variant_name']} is taken: give each its own"
                )
        if shadow and (len(production), len(shadow)) != (1, 1):
            self._problem(
                "shadow_production_variants",
                f"a shadow needs exactly one production variant and one shadow variant, "
                f"not {len(production)} and {len(shadow)}",
            )
        serverless = [variant for variant in production + shadow if "serverless_config" in variant]
        if serverless:
            self._check_beside_serverless(serverless, len(production) + len(shadow))

    def _check_beside_serverless(self, serverless: List[Dict[str, Any]], variants: int) -> None:
        place = f"{serverless[0]['path']}.serverless_config"
        if variants > 1:
            self._problem(place, f"a serverless variant must be the only variant, and there are {variants}")
        for name in ("vpc_config", "async_inference_config", "data_capture_config"):
            if self.input[name]:
                self._problem(place, f"AWS has no serverless endpoints with {PREFIX}{name}: leave out one of both")
        if self.input["enable_network_isolation"]:
            self._problem(
                place, f"AWS has no serverless endpoints with {PREFIX}enable_network_isolation: leave out one of both"
            )
        for variant in serverless:
            model = self.models[variant["model"]] if "model" in variant else {}
            container = model.get("primary_container", {})
            for excluded, is_used in (
                ("several containers", "containers" in model),
                ("mode MultiModel", container.get("mode") == "MultiModel"),
                ("model_data_source (use model_data_url)", "model_data_source" in container),
            ):
                if is_used:
                    self._problem(model["path"], f"AWS has no serverless endpoints with {excluded}")

    def _check_models(self) -> None:
        if self.input["inference_execution_config"] and not any("containers" in model for model in self.models):
            self._problem("inference_execution_config", "is for models of several containers: leave it out")
        if self.input["vpc_config"]:
            for name, most in (("security_group_ids", 5), ("subnets", 16)):
                if not 1 <= len(self.input["vpc_config"][name]) <= most:
                    self._problem(
                        f"vpc_config.{name}", f"1 to {most} of them, not {len(self.input['vpc_config'][name])}"
                    )

    # Autoscaling

    def _autoscaling(self, production: List[Dict[str, Any]], shadow: List[Dict[str, Any]]) -> List[Dict[str, Any]]:
        common = self.input["autoscaling_config"]
        instances = [variant["path"] for variant in production if "serverless_config" not in variant]
        if common and not instances:
            self._problem(
                "autoscaling_config",
                "holds for variants on instances, and there is none: scale a serverless variant "
                "with its own autoscaling_config",
            )
        targets: List[Dict[str, Any]] = []
        for variant in production + shadow:
            if "autoscaling_config" in variant:
                targets.append(
                    self._target(variant, variant["autoscaling_config"], f"{variant['path']}.autoscaling_config")
                )
            elif common and variant["path"] in instances:
                targets.append(self._target(variant, common, "autoscaling_config"))
        if targets and not self.input["wait"]:
            self._problem("wait", "must be true with autoscaling: a variant can only be scaled once it is in service")
        return targets

    def _target(self, variant: Mapping[str, Any], config: Mapping[str, Any], path: str) -> Dict[str, Any]:
        low, high = config.get("min_capacity", 1), config["max_capacity"]
        if low > high:
            self._problem(f"{path}.min_capacity", f"must not be more than max_capacity, and {low} is more than {high}")
        if low < 1 and not self.input["async_inference_config"]:
            self._problem(f"{path}.min_capacity", "must be 1 or more: only asynchronous endpoints can scale to 0")
        burstable = re.match(r"ml\.t\d", variant.get("instance_type", ""))
        if burstable:
            self._problem(
                f"{variant['path']}.instance_type",
                f"{variant['instance_type']} cannot be scaled automatically, AWS refuses it for burstable instances: "
                f"choose another type, such as ml.m5.large, or leave out {PREFIX}{path}",
            )
        if "serverless_config" in variant and "provisioned_concurrency" not in variant["serverless_config"]:
            self._problem(
                f"{variant['path']}.serverless_config",
                "needs provisioned_concurrency: it is what is scaled automatically, the rest AWS scales by itself",
            )
        target: Dict[str, Any] = {
            "variant_name": variant["variant_name"],
            "min_capacity": low,
            "max_capacity": high,
            "scaling_policies": self._tracking(variant, config) + config.get("scaling_policies", []),
            "scheduled_actions": config.get("scheduled_actions", []),
        }
        if "serverless_config" in variant:
            target["scalable_dimension"] = PROVISIONED_CONCURRENCY
        names = Counter(policy["policy_name"] for policy in target["scaling_policies"])
        for name in (name for name, count in names.items() if count > 1):
            self._problem(f"{path}.scaling_policies", f"each policy_name only once; more than once is {name}")
        return target

    def _tracking(self, variant: Mapping[str, Any], config: Mapping[str, Any]) -> List[Dict[str, Any]]:
        """The policy that keeps a metric at target_value, as the Terraform module makes it."""
        if "target_value" not in config:
            return []
        tracking = {
            name: config[name] for name in ("target_value", "scale_in_cooldown", "scale_out_cooldown") if name in config
        }
        if "customized_metric_specification" in config:
            tracking["customized_metric_specification"] = config["customized_metric_specification"]
        elif "predefined_metric_type" not in config and self.input["async_inference_config"]:
            # Invocations per instance are not published for asynchronous endpoints.
            tracking["customized_metric_specification"] = {
                "metric_name": "ApproximateBacklogSizePerInstance",
                "namespace": "AWS/SageMaker",
                "dimensions": [{"name": "EndpointName", "value": self.input["name"]}],
                "statistic": "Average",
            }
        else:
            usual = (
                "SageMakerVariantProvisionedConcurrencyUtilization"
                if "serverless_config" in variant
                else "SageMakerVariantInvocationsPerInstance"
            )
            metric = config.get("predefined_metric_type", usual)
            tracking["predefined_metric_specification"] = {"predefined_metric_type": metric}
        return [
            {
                "policy_name": SCALING_POLICY,
                "policy_type": "TargetTrackingScaling",
                "target_tracking_scaling_policy_configuration": tracking,
            }
        ]


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two models have the same content: they would get the same name."""

    def content(model: Mapping[str, Any]) -> str:
        return json.dumps({key: model[key] for key in model if key not in ("path", "variants")}, sort_keys=True)

    return content(one) == content(other)


def _without_environment(model: Mapping[str, Any]) -> Dict[str, Any]:
    """A model's options less what no permission depends on, and least of all the secrets."""

    def bare(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: bare(item) for key, item in value.items() if key not in ("environment", "path", "variants")}
        return [bare(item) for item in value] if isinstance(value, list) else value

    return bare(model)


def _api_variant(variant: Mapping[str, Any], model_names: List[str]) -> Dict[str, Any]:
    """A variant in the API's shape, with the name of its model if that is known."""
    result = {name: value for name, value in variant.items() if name not in ("path", "model", "autoscaling_config")}
    if "model" in variant and variant["model"] < len(model_names):
        result["model_name"] = model_names[variant["model"]]
    return result


def tfvars_problems(inputs: Mapping[str, Any], source: str) -> List[str]:
    """What of a Terraform variables file the module has no input for. source: the file, for the messages."""
    return [f"{source}: {name} {unknown(name, TERRAFORM_INPUTS)}" for name in inputs if name not in TERRAFORM_INPUTS]


def from_terraform(inputs: Mapping[str, Any]) -> Dict[str, Any]:
    """Terraform inputs under the role's names; null, which is Terraform's own word for not set, is dropped."""
    return {TERRAFORM_INPUTS[name]: value for name, value in inputs.items() if not is_unset(value)}
