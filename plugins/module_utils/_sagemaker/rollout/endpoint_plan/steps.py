# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of a rollout that bring an endpoint to a configuration, and their reasons. Read-only.

resources.endpoints decides by status; rollout.endpoint applies the plan.
"""

from __future__ import annotations

from dataclasses import replace
from typing import List
from typing import Optional

from ...api.client import AwsClients
from ...core import ownership
from ...core import plans
from ...core.errors import InputError
from ...core.plans import Change
from ...core.problems import Problem
from ...core.types import Api
from ...resources import endpoint_configs
from ...resources import immutables
from ...resources import placeholder_configs
from ...rules import capacity as capacity_rules
from ...rules import tags as tag_rules
from .. import scaling_handover
from ..scaling_handover import Saved
from . import endpoint_tags
from . import restoration
from . import retained_capacity
from . import update
from .desired_endpoint import DesiredEndpoint
from .rollout_plan import RolloutPlan


def plan_rollout(
    aws: AwsClients, desired: DesiredEndpoint, action: str, endpoint: Optional[Api], its_tags: tag_rules.Tags
) -> RolloutPlan:
    """Return the steps of an action from endpoints.next_action. Raises errors for problems that the service would
    refuse."""
    steps = _steps(aws, desired, action, endpoint, its_tags)
    leftover = its_tags.get(placeholder_configs.TAG)
    if leftover and leftover != steps.placeholder:
        steps = _without_leftover(aws, desired, steps, leftover)
    return replace(steps, retag=endpoint_tags.tag_change(desired, steps, its_tags))


def _without_leftover(aws: AwsClients, desired: DesiredEndpoint, steps: RolloutPlan, name: str) -> RolloutPlan:
    """Return the steps with the removal of a placeholder that an interrupted run left, or only of its tag."""
    # If the content is given, the caller has recreated the configuration, or will do so before the update.
    exists = placeholder_configs.exists(aws, name) and not (desired.config and name == desired.config_name)
    if exists and steps.request and name == desired.config_name:
        raise InputError(
            Problem(
                "endpoint_config_name",
                f"{name} is a placeholder that an interrupted run left, with other content. Create the "
                "configuration of this name again (sagemaker_endpoint_config).",
            )
        )
    changes = [Change(f"endpoint_configs[{name}]", name, None)] if exists else []
    return replace(steps, leftover=name, leftover_exists=exists, changes=[*steps.changes, *changes])


def _steps(
    aws: AwsClients, desired: DesiredEndpoint, action: str, endpoint: Optional[Api], its_tags: tag_rules.Tags
) -> RolloutPlan:
    if action == plans.CREATE:
        return RolloutPlan(action, [Change("endpoint_config_name", None, desired.config_name)])
    remembered = scaling_handover.from_tags(desired.name, its_tags)
    if action == plans.REPLACE:
        return _replace_steps(aws, desired, endpoint, remembered)
    shifted = its_tags.get(ownership.TRAFFIC_OVERRIDE_TAG) == endpoint["EndpointConfigName"]
    if action == plans.UPDATE:
        return update.plan(aws, desired, endpoint, its_tags, remembered, shifted)
    return _unchanged_steps(aws, desired, action, endpoint, remembered, shifted)


def _unchanged_steps(
    aws: AwsClients, desired: DesiredEndpoint, action: str, endpoint: Api, remembered: List[Saved], shifted: bool
) -> RolloutPlan:
    """Return the steps if the endpoint already uses the configuration."""
    config = _config(aws, desired, remembered)
    left = restoration.unrestored(aws, desired, remembered, endpoint)
    back = restoration.restorable(aws, desired, [one for one, _todo in left], config)
    announced = retained_capacity.announced(desired, back, config)
    drift = [] if shifted else retained_capacity.drift(aws, desired, endpoint, announced)
    return RolloutPlan(
        action,
        saved=[one for one, _todo in left],
        forget=bool(remembered),
        restore=back,
        restore_calls=restoration.calls_of(left, back),
        drift=drift,
        changes=[*capacity_rules.changes(drift), *restoration.remembered_changes(remembered, left, back)],
    )


def _config(aws: AwsClients, desired: DesiredEndpoint, remembered: List[Saved]) -> Optional[Api]:
    """Return the content of the desired configuration, which is looked up only to restore targets of an interrupted
    run."""
    if remembered and desired.config is None:
        return immutables.describe(endpoint_configs.KIND, aws, desired.config_name)
    return desired.config


def _replace_steps(aws: AwsClients, desired: DesiredEndpoint, endpoint: Api, remembered: List[Saved]) -> RolloutPlan:
    """Return the steps to delete and recreate the endpoint. Saved targets of an interrupted run move to the new
    endpoint."""
    config = _config(aws, desired, remembered)
    back = restoration.restorable(aws, desired, remembered, config)
    left = [(one, restoration.all_calls(desired, one)) for one in remembered]
    return RolloutPlan(
        plans.REPLACE,
        changes=[*revival(endpoint), *restoration.remembered_changes(remembered, left, back)],
        saved=back,
        forget=bool(back),
        restore=back,
        restore_calls=restoration.calls_of(left, back),
    )


def revival(endpoint: Api) -> List[Change]:
    """Return the changes of replacing an endpoint that serves nothing, with the reason."""
    return plans.revival("endpoint_status", endpoint["EndpointStatus"], endpoint.get("FailureReason"))
