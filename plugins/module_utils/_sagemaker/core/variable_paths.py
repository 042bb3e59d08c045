# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role's variables that module options come from: {path of the option: variable without its prefix}. Pure.

For messages: modules name their own options, but the users of the role know only its variables.
"""

from __future__ import annotations

from typing import Any
from typing import Dict
from typing import Iterable
from typing import List
from typing import Mapping

from .problems import Problem
from .problems import around

Places = Dict[str, str]

# Options with the same source in every task.
NAMES: Places = {
    "endpoint_name": "name",
    "name_prefix": "name_prefix",
    "execution_role_arn": "sg_role_arn",
    "tags": "tags",
    "deployment_config": "deployment_config",
    "wait": "wait",
}


def of_model(index: int, containers: Iterable[Mapping[str, Any]], path: str) -> Places:
    """Return the places of the model with this index, which comes from the containers in the variable path."""
    place = f"models[{index}]"
    places = {
        place: path,
        f"{place}.containers": path,
        # The service limits the total over all containers.
        f"{place}.environment": path,
        **{
            f"{place}.{name}": name for name in ("inference_execution_config", "vpc_config", "enable_network_isolation")
        },
    }
    for number, container in enumerate(containers):
        inside = f"{path}[{number}]"
        for outer in (f"{place}.containers[{number}]", *([f"{place}.primary_container"] if number == 0 else [])):
            places[outer] = inside
            if "image_uri" in container:
                places[f"{outer}.image"] = f"{inside}.image_uri"
            if "s3_data_source" not in container.get("model_data_source", {}):
                places[f"{outer}.model_data_source.s3_data_source"] = f"{inside}.model_data_source"
    return places


def of_config(config: Iterable[str], production: List[Mapping[str, Any]], shadow: List[Mapping[str, Any]]) -> Places:
    """Return the places of an endpoint configuration. config: its options; production, shadow: its variants with their
    paths."""
    places = {f"endpoint_config.{option}": option for option in config}
    places["endpoint_config.kms_key_id"] = "kms_key_arn"
    for option, variants in (("production_variants", production), ("shadow_production_variants", shadow)):
        for index, variant in enumerate(variants):
            # Messages name a variant by its index or by its name.
            for key in (index, variant["variant_name"]):
                places[f"endpoint_config.{option}[{key}]"] = variant["path"]
    if production and production[0]["path"] == "production_variant":
        places["endpoint_config.production_variants"] = "production_variant"
    return places


def of_components(components: List[Mapping[str, Any]]) -> Places:
    """Return the places of inference components, whose order differs from that of the variables."""
    return {f"inference_components[{index}]": component["path"] for index, component in enumerate(components)}


def of_target(index: int, target: Mapping[str, Any], config: Mapping[str, Any], path: str, owner: str) -> Places:
    """Return the places of a scalable target. target: its options, from the autoscaling config in the variable path;
    owner: the scaled variant or component."""
    place = f"autoscaling[{index}]"
    places = {place: path, f"{place}.variant_name": owner}
    added = len(target["scaling_policies"]) - len(config.get("scaling_policies", []))
    for number in range(added, len(target["scaling_policies"])):
        places[f"{place}.scaling_policies[{number}]"] = f"{path}.scaling_policies[{number - added}]"
    if "target_value" in config:
        # Its policy is the first, and the policy's members are in the config itself.
        inside = ".target_tracking_scaling_policy_configuration"
        for members in ("", inside, f"{inside}.predefined_metric_specification"):
            places[f"{place}.scaling_policies[0]{members}"] = path
    return places


def in_variables(problems: Iterable[Problem], places: Mapping[str, str]) -> List[Problem]:
    """Return problems of module options as problems of the role's variables, as far as places contains them."""
    return [_in_variables(problem, places) for problem in problems]


def _in_variables(problem: Problem, places: Mapping[str, str]) -> Problem:
    for outer in around(problem.path):
        if outer in places:
            return Problem(f"{PREFIX}{places[outer]}{problem.path[len(outer):]}", problem.text)
    return problem


PREFIX = "sagemaker_endpoint_"
