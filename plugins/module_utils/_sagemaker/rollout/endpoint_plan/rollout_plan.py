# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of a rollout: what is to be done, in order, and why. Pure."""

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
    """What is to be done, in order, and which differences make it necessary.

    leftover: the placeholder that an interrupted run wrote down; leftover_exists: whether it still exists; request: of the
    update; placeholder: the name of the configuration in use, if that is gone and something has to stand in for it during the
    update; placeholder_request: what makes that, unless it exists already; suspended: targets to deregister for the time of the
    update; saved: all that is remembered meanwhile, with what an interrupted run remembered; forget: whether anything was
    remembered, then or now; restore, fallback: what of it is registered again once all is well, or if the update fails;
    restore_calls: the calls of the former; drift: weights and counts to put right, those too that the update cannot but keep;
    keeps_traffic_override: traffic that was shifted on purpose stays shifted over the update.
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
        """The API operations that change something, in order, but those for the tags."""
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
        """Whether something is left to do once the rollout has ended, so that its end is awaited in any case."""
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
