# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tags of an endpoint in a rollout: those of the user, and the mark of a traffic shift. Pure."""

from __future__ import annotations

from ...core import ownership
from ...core import plans
from ...rules import tags as tag_rules
from .desired_endpoint import DesiredEndpoint
from .rollout_plan import RolloutPlan


def tag_change(desired: DesiredEndpoint, steps: RolloutPlan, before: tag_rules.Tags) -> tag_rules.TagChange:
    """Return the change of the user's tags and of the mark of a traffic shift. Tags with saved targets are handled
    elsewhere."""
    own = {tag: value for tag, value in before.items() if not ownership.is_memory(tag)}
    desired_tags = desired.tags
    mark = own.get(ownership.TRAFFIC_OVERRIDE_TAG)
    if mark is None:
        return tag_rules.change(desired_tags, own, desired.purge_tags)
    if steps.action in (plans.UPDATE, plans.REPLACE):
        mark = desired.config_name if steps.keeps_traffic_override else None
    elif mark != desired.config_name:  # The mark belongs to another configuration.
        mark = None
    kept = {**own, **(desired_tags or {})} if desired_tags is None or not desired.purge_tags else dict(desired_tags)
    kept.pop(ownership.TRAFFIC_OVERRIDE_TAG, None)
    return tag_rules.change({**kept, **({ownership.TRAFFIC_OVERRIDE_TAG: mark} if mark else {})}, own, purge=True)
