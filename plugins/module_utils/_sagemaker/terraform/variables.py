# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The resources of one endpoint in Terraform as variables of the Ansible role. Pure."""

from __future__ import annotations

import re
from typing import Any
from typing import Dict
from typing import List
from typing import Mapping
from typing import Sequence

from ..argspec import model as model_options
from ..deploy.inputs import variables as role
from . import blocks
from .document import Resource
from .sensitive import revealed

Values = Dict[str, Any]

# The names that the Terraform module makes.
_GENERATED = re.compile(r"(?P<prefix>.+)-(model|config)-[a-z0-9]{4}")
# The execution role that the Terraform module makes. The Ansible role makes one of its own with the first change.
MADE_ROLE = ("aws_iam_role", "sg_endpoint_role")
_MADE_PERMISSIONS = ("aws_iam_role_policy_attachment", "sg_policy_attachment")

_OF_CONFIG = ("async_inference_config", "data_capture_config")
# What is no setting, or is described in another place.
_COMMON = {"arn", "id", "name", "name_prefix", "region", "tags", "tags_all"}
_READ = {
    "aws_sagemaker_endpoint": {*_COMMON, "endpoint_config_name", "deployment_config"},
    "aws_sagemaker_endpoint_configuration": {
        *_COMMON,
        *_OF_CONFIG,
        "kms_key_arn",
        "production_variants",
        "shadow_production_variants",
    },
    "aws_sagemaker_model": {
        *_COMMON,
        *(
            "container",
            "primary_container",
            "enable_network_isolation",
            "execution_role_arn",
            "inference_execution_config",
            "vpc_config",
        ),
    },
}


def of_endpoint(endpoint: Resource) -> Values:
    """Return what the endpoint itself says."""
    values = endpoint.values
    tags = values.get("tags_all") or values.get("tags") or {}
    return _without_empty(
        {
            "name": values.get("name"),
            "tags": {key: tag for key, tag in tags.items() if not key.startswith(("aws:", "mlops.sagemaker/"))},
            "deployment_config": blocks.structure(
                values, {"deployment_config": role.VARIABLES["deployment_config"]}
            ).get("deployment_config"),
        }
    )


def of_config(config: Resource, models: Mapping[str, Resource]) -> Values:
    """Return what the configuration and its models say. models: by the names that variants know them by."""
    values = config.values
    result = blocks.structure(values, {name: role.VARIABLES[name] for name in (*_OF_CONFIG, "kms_key_arn")})
    production = [_variant(block) for block in values.get("production_variants") or ()]
    shadow = [_variant(block) for block in values.get("shadow_production_variants") or ()]
    contents = [_containers(models[name].values) for name in _model_names(production + shadow, models)]
    common = contents[0] if contents and all(content == contents[0] for content in contents) else []
    for variant in production + shadow:
        name = variant.get("model_name")
        if name in models:
            del variant["model_name"]
            if not common:
                variant["containers"] = _containers(models[name].values)
    if len(production) == 1:
        # The default of the API, with which the Terraform module sets it.
        if production[0].get("initial_variant_weight") == 1 and not shadow:
            del production[0]["initial_variant_weight"]
        result["production_variant"] = production[0]
    else:
        result["production_variants"] = production
    return _without_empty({"containers": common, **result, "shadow_production_variants": shadow})


def of_models(models: Sequence[Resource], resources: Sequence[Resource]) -> Values:
    """Return what the models of an endpoint say beside their containers. The first one counts."""
    if not models:
        return {}
    values = models[0].values
    result = blocks.structure(
        values,
        {
            name: role.VARIABLES[name]
            for name in ("enable_network_isolation", "vpc_config", "inference_execution_config")
        },
    )
    made = [revealed(one.values.get("arn")) for one in made_role(models, resources) if one.type == MADE_ROLE[0]]
    execution_role = values.get("execution_role_arn")
    if execution_role and revealed(execution_role) not in made:
        result["sg_role_arn"] = execution_role
    return result


def made_role(models: Sequence[Resource], resources: Sequence[Resource]) -> List[Resource]:
    """Return the execution role of models that the Terraform module made, with its permissions."""
    modules = {one.module for one in models}
    return [
        one for one in resources if one.module in modules and (one.type, one.name) in (MADE_ROLE, _MADE_PERMISSIONS)
    ]


def name_prefix(name: str, resources: Sequence[Resource]) -> str:
    """Return the prefix of the names that the Terraform module has made, else the name of the endpoint."""
    for one in resources:
        found = _GENERATED.fullmatch(str(revealed(one.values.get("name"))))
        if found:
            return found["prefix"]
    return name[:47].rstrip("-")


def unread(resources: Sequence[Resource]) -> List[str]:
    """Return a text for each setting of the resources that these variables do not describe."""
    return [
        f"{one.address}: {name} is not described by these variables"
        for one in resources
        for name in blocks.unread(one.values, _READ.get(one.type, ()))
        if one.type in _READ
    ]


def _variant(block: Mapping[str, Any]) -> Values:
    return blocks.structure(
        block,
        {name: option for name, option in role.VARIANT.items() if name not in ("containers", "autoscaling_config")},
    )


def _model_names(variants: Sequence[Mapping[str, Any]], models: Mapping[str, Resource]) -> List[str]:
    return [variant["model_name"] for variant in variants if variant.get("model_name") in models]


def _containers(model: Mapping[str, Any]) -> List[Values]:
    containers = model.get("primary_container") or model.get("container") or []
    return [_container(block) for block in containers if isinstance(block, Mapping)]


def _container(block: Mapping[str, Any]) -> Values:
    # The role takes the model_data_source of the API, too, whose form the resource has.
    options = {"image_uri": model_options.CONTAINER["image"], **model_options.CONTAINER}
    del options["image"]
    result = blocks.structure(block, options)
    if result.get("mode") == "SingleModel":
        del result["mode"]
    return result


def _without_empty(values: Mapping[str, Any]) -> Values:
    return {name: value for name, value in values.items() if not blocks.is_empty(value)}
