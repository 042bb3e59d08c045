# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of a rollout: the steps in order, and their reasons. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from typing import List
from typing import Optional

from ...api import tags
from ...core import plans
from ...core.plans import Change
from ...core.plans import Plan
from ...core.types import Api
from ...rules import tags as tag_rules
from ...rules.capacity import CapacityDrift
from .. import traffic_plan
from ..scaling_handover import Saved


@dataclass(frozen=True)
class RolloutPlan:
    """The steps in order, and the differences that require them.

    leftover: the placeholder that an interrupted run recorded; leftover_exists: whether it still exists; request: the
    update request; placeholder: the name of the configuration in use, if it was deleted and needs a placeholder for the
    update; placeholder_request: its create request, unless it exists already; suspended: targets to deregister during
    the update; saved: all targets to save, including those of an interrupted run; forget: whether any saved state has
    to be removed; restore, fallback: the targets to register again after a success, or after a failure; restore_calls:
    the calls for restore; drift: weights and counts to correct, including those that the update has to keep;
    keeps_traffic_override: whether deliberately shifted traffic stays shifted.
    """

    action: str
    changes: List[Change] = field(default_factory=list)
    leftover: Optional[str] = None
    leftover_exists: bool = False
    request: Optional[Api] = None
    placeholder: Optional[str] = None
    placeholder_request: Optional[Api] = None
    suspended: List[Saved] = field(default_factory=list)
    saved: List[Saved] = field(default_factory=list)
    forget: bool = False
    restore: List[Saved] = field(default_factory=list)
    restore_calls: List[str] = field(default_factory=list)
    fallback: List[Saved] = field(default_factory=list)
    drift: List[CapacityDrift] = field(default_factory=list)
    keeps_traffic_override: bool = False
    retag: tag_rules.TagChange = field(default_factory=tag_rules.TagChange)

    @property
    def calls(self) -> List[str]:
        """Return the mutating API calls in order, without those for tags."""
        if self.action == plans.CREATE:
            return ["CreateEndpoint"]
        named = ["DeleteEndpointConfig"] if self.leftover_exists else []
        if self.action == plans.REPLACE:
            named += ["DeleteEndpoint", "CreateEndpoint"]
        elif self.leftover:
            named.append("DeleteTags")
        if self.suspended or self.placeholder_request:
            named.append("AddTags")
        named += ["DeregisterScalableTarget"] * len(self.suspended)
        if self.placeholder_request:
            named.append("CreateEndpointConfig")
        if self.request:
            named.append("UpdateEndpoint")
        named += self.restore_calls
        if self.forget:
            named.append("DeleteTags")
        if self.placeholder:
            named += ["DeleteEndpointConfig", "DeleteTags"]
        if self.drift:
            named.append(traffic_plan.OPERATION)
        return named

    @property
    def has_sequel(self) -> bool:
        """Return whether steps follow the rollout, so that the run always waits for its end."""
        return bool(self.forget or self.placeholder or self.drift)

    @property
    def plan(self) -> Plan:
        changes = [*self.changes, *self.retag.changes]
        if self.action in (plans.CREATE, plans.REPLACE):
            return Plan(self.action, changes, self.calls)
        tag_calls = tags.SAGEMAKER.calls(self.retag)
        if self.calls:
            return Plan(plans.UPDATE, changes, [*self.calls, *tag_calls])
        return Plan(plans.RETAG, changes, tag_calls) if tag_calls else Plan()
