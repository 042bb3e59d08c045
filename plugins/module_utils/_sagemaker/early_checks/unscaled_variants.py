# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variants on which an update must not restore a scalable target."""

from __future__ import annotations

from typing import Any
from typing import List
from typing import Mapping

from ..api.client import AwsClients
from ..core.types import Api
from ..release import serving
from ..resources import variants
from ..rules import scaling as scaling_rules
from ..schema import shapes
from . import request_problems


def find(aws: AwsClients, endpoint: Api, targets: List[Mapping[str, Any]], params: Mapping[str, Any]) -> List[str]:
    """Return the names of the variants in endpoint_config. params: as the plan has them, see planning.look.

    Either they should not be scaled any more, or the target no longer fits or belongs to a variant of another name and
    is registered again after the update. A target of somebody else is always restored.
    """
    options = request_problems.with_models(params["endpoint_config"], params.get("models") or [])
    config = shapes.to_api(aws.sagemaker.input_shape("CreateEndpointConfig"), options)
    name = endpoint["EndpointName"]
    coming = {scaling_rules.variant_id(name, variant["VariantName"]): variant for variant in variants.of(config)}
    there = {scaling_rules.variant_id(name, variant) for variant in serving.variant_names(endpoint)}
    wanted = {target["resource_id"] for target in params.get("autoscaling") or []}
    foreign = {target["resource_id"] for target in targets if not target["owned"]}

    def fits(target: Mapping[str, Any]) -> bool:
        variant = coming[target["resource_id"]]["VariantName"]
        return not scaling_rules.variant_rules(options, variant, target["scalable_dimension"], target["min_capacity"])

    def is_unscaled(resource_id: str) -> bool:
        if resource_id not in there:
            # It may be the successor of a removed variant.
            return foreign <= set(coming)
        its = [target for target in targets if target["resource_id"] == resource_id]
        return resource_id not in foreign and (resource_id not in wanted or not all(map(fits, its)))

    return [variant["VariantName"] for resource_id, variant in coming.items() if is_unscaled(resource_id)]
