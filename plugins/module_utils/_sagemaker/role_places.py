# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the options that the role hands on come from: {place among the options: variable without its prefix}. Pure.

For messages: modules speak of their own options, and who wrote the variables knows only these.
"""

from __future__ import annotations

import re
from typing import Any
from typing import Dict
from typing import Iterable
from typing import List
from typing import Mapping

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.role_variables import PREFIX

Places = Dict[str, str]

# The same in every task.
NAMES: Places = {"endpoint_name": "name", "name_prefix": "name_prefix"}


def of_config(config: Iterable[str], production: List[Mapping[str, Any]], shadow: List[Mapping[str, Any]]) -> Places:
    """config: the options of the endpoint configuration; its variants with their paths."""
    places = {"deployment_config": "deployment_config", **{f"endpoint_config.{option}": option for option in config}}
    places["endpoint_config.kms_key_id"] = "kms_key_arn"
    for option, variants in (("production_variants", production), ("shadow_production_variants", shadow)):
        for index, variant in enumerate(variants):
            # Variants are told by their number or by their name.
            for key in (index, variant["variant_name"]):
                places[f"endpoint_config.{option}[{key}]"] = variant["path"]
    if production and production[0]["path"] == "production_variant":
        places["endpoint_config.production_variants"] = "production_variant"
    return places


def of_components(components: List[Mapping[str, Any]]) -> Places:
    """They are not in the order of the variables."""
    return {f"inference_components[{index}]": component["path"] for index, component in enumerate(components)}


def of_target(index: int, target: Mapping[str, Any], config: Mapping[str, Any], path: str) -> Places:
    """target: the options that were made of the autoscaling config in the variable path."""
    place = f"autoscaling[{index}]"
    places = {place: path}
    added = len(target["scaling_policies"]) - len(config.get("scaling_policies", []))
    for number in range(added, len(target["scaling_policies"])):
        places[f"{place}.scaling_policies[{number}]"] = f"{path}.scaling_policies[{number - added}]"
    if "target_value" in config:
        # Its policy is the first, and its members stand in the config itself.
        inside = ".target_tracking_scaling_policy_configuration"
        for members in ("", inside, f"{inside}.predefined_metric_specification"):
            places[f"{place}.scaling_policies[0]{members}"] = path
    return places


def told(message: str, places: Mapping[str, str]) -> str:
    """A message that begins with the place of an option, in the names of the variables as far as that is known."""
    for place in sorted(places, key=len, reverse=True):
        if re.match(rf"{re.escape(place)}(?![\w-])", message):
            return f"{PREFIX}{places[place]}{message[len(place):]}"
    return message
