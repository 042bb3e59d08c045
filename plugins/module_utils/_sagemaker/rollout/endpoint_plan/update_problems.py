# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check an update for problems that the service would refuse."""

from __future__ import annotations

from typing import Iterator
from typing import List
from typing import Optional

from ...api.client import AwsClients
from ...core.problems import Problem
from ...core.types import Api
from ...resources import endpoints
from ...resources import placeholder_configs
from ...resources import variants
from ...rules import deployment_policy as deployment_policy_rules
from ...rules import tags as tag_rules
from .. import scaling_handover
from ..scaling_handover import Saved
from . import restoration
from .desired_endpoint import DesiredEndpoint


def problems(
    aws: AwsClients,
    desired: DesiredEndpoint,
    saved: List[Saved],
    remembered: List[Saved],
    old: Optional[Api],
    new: Optional[Api],
    its_tags: tag_rules.Tags,
) -> Iterator[Problem]:
    """Yield problems of updates between these configurations, of targets that could not be registered again after the
    update, and of targets that cannot be saved during it."""
    if old and new:
        yield from deployment_policy_rules.update_rules(
            endpoints.policy_options(aws, desired.deployment_config),
            *(aws.sagemaker.options("CreateEndpointConfig", config) for config in (old, new)),
        )
    if saved and not desired.preserve_autoscaling:
        yield Problem(
            "preserve_autoscaling",
            f"the variants {', '.join(dict.fromkeys(one.variant for one in saved))} of the endpoint "
            f"{desired.name} are registered scalable targets, and AWS refuses to remove them or to change their instance type as "
            "long as they are. Set it to true to deregister them for the update and register them again.",
        )
    places = {variant["VariantName"]: path for path, variant in variants.by_path(new or {})}
    for one in saved:
        reasons = scaling_handover.incompatibilities(aws, one, new) if restoration.is_desired(desired, one, new) else []
        key = scaling_handover.key(one, desired.name)
        for reason in reasons:
            yield Problem(
                f"endpoint_config.{places[scaling_handover.restored_variant(one, new)]}",
                f"the scalable target {key['ResourceId']} "
                f"({key['ScalableDimension']}) has to be deregistered for the update, and the new configuration does not take it "
                f"again: {reason.text} Or remove the target first (sagemaker_autoscaling with state: absent).",
            )
    memory = scaling_handover.to_tags([*saved, *remembered]) if saved else {}
    if len({*its_tags, *memory}) > tag_rules.MOST:
        yield Problem(
            "tags",
            f"{len(memory)} tags are needed to remember the autoscaling of the endpoint {desired.name} for the time of the "
            f"update, but it has {len(its_tags)} of at most {tag_rules.MOST} already. Remove some, or deregister its scalable targets "
            "yourself first.",
        )
    elif old is None and len({*its_tags, *memory, placeholder_configs.TAG}) > tag_rules.MOST:
        yield Problem(
            "tags",
            f"a tag is needed to remember what stands in for the deleted configuration of the endpoint {desired.name} during the "
            f"update, but it has {len(its_tags)} of at most {tag_rules.MOST} already. Remove one of them.",
        )
