# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The scalable targets that an interrupted run has deregistered, and that the endpoint's step of this run registers
again before the step of autoscaling."""

from __future__ import annotations

from typing import Any
from typing import Dict
from typing import Mapping
from typing import Tuple

from ..api.client import AwsClients
from ..resources import endpoints
from ..resources import scaling_plan
from ..resources.scaling_plan import Target
from ..rollout import scaling_handover
from ..rules import variants as variant_rules

# By resource id and scalable dimension.
Targets = Dict[Tuple[str, str], Target]


def find(aws: AwsClients, name: str, plan: Mapping[str, Any], config: Mapping[str, Any]) -> Targets:
    """Return the targets as they are after the endpoint's step. plan: of that step; config: the desired content."""
    again = [one["path"] for one in plan["changes"] if (one["before"], one["after"]) == ("deregistered", "registered")]
    if not again:
        return {}
    endpoint = endpoints.describe(aws, name)
    its_tags = endpoints.read_tags(aws, endpoint) if endpoint else {}
    names = [variant["variant_name"] for variant in variant_rules.of(config)]
    targets: Targets = {}
    for saved in scaling_handover.from_tags(name, its_tags):
        variant = scaling_handover.successor(saved.variant, saved.among, names)
        if variant is None or f"autoscaling[{saved.variant}]" not in again:
            continue
        requests = saved.requests(name, variant)
        parts = {
            part.option: {request[part.name]: request for operation, request in requests if operation == part.put}
            for part in scaling_plan.PARTS
        }
        target = Target(requests[0][1], parts, saved.tags)
        targets[target.key["ResourceId"], target.key["ScalableDimension"]] = target
    return targets
