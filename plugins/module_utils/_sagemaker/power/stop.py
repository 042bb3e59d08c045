# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stop an endpoint: write down what it has, then delete it.

A record that is left of an earlier stop is removed, then the endpoint is marked, then the record is written on its
configuration and read back, and only then anything is deleted: scalable targets of inference components, the components, and
the endpoint, with which SageMaker deregisters the scalable targets of its variants.
Killed at any moment, a repeated run finds all of it in the record or on the endpoint.
"""

from __future__ import annotations

import datetime
from typing import List

from ..api import tags
from ..api import transitions
from ..api.client import AwsClients
from ..api.transitions import Deadline
from ..core import ownership
from ..core import plans
from ..core import secrets
from ..core.errors import SageMakerError
from ..core.plans import Change
from ..core.plans import Plan
from ..core.types import Api
from ..resources import endpoints
from ..resources import inference_components
from ..resources import scalable_targets
from ..resources import stop_records
from ..resources.stop_records import Record
from ..rules import scaling as scaling_rules
from ..rules import tags as tag_rules
from . import capture
from .capture import Live


class Stop:
    """The steps of a stop, planned from what there is."""

    def __init__(self, aws: AwsClients, live: Live, keys: secrets.Keys = ()) -> None:
        self.aws = aws
        self.live = live
        foreign = [
            name for name, its_tags in live.component_tags.items() if its_tags.get(ownership.OWNER_TAG) != live.name
        ]
        inference_components.refuse_foreign(live.name, foreign)
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.record: Record = capture.capture(aws, live, now, keys)
        written = {tag: value for tag, value in live.config_tags.items() if ownership.is_stop_record(tag)}
        beside = set(tag_rules.settable(live.config_tags)) - set(written)
        wanted = stop_records.to_tags(self.record, len(beside))
        self.marks = not stop_records.is_marked(live.tags)
        # A record of an earlier stop, which would count as that of this one as soon as the mark is there.
        self.outdated = tag_rules.change({}, written, purge=True) if self.marks else tag_rules.TagChange()
        # The limit of the endpoint's tags holds for the mark, too.
        own = tag_rules.settable(live.tags)
        if self.marks and len(own) >= tag_rules.MOST:
            raise SageMakerError(
                f"The endpoint {live.name} has {len(own)} tags, the most that AWS allows, and a stop needs one more, "
                f"{ownership.POWER_TAG}. Remove one of them."
            )
        self.writing = tag_rules.change(wanted, {} if self.marks else written, purge=True)
        self.component_targets = [
            target for target in live.targets if scaling_rules.COMPONENT_ID.fullmatch(target["ResourceId"])
        ]

    @property
    def plan(self) -> Plan:
        gone = [one["InferenceComponentName"] for one in self._components()]
        calls: List[str] = [*tags.SAGEMAKER.calls(self.outdated), *(["AddTags"] if self.marks else [])]
        calls += tags.SAGEMAKER.calls(self.writing)
        calls += ["DeregisterScalableTarget"] * len(self.component_targets)
        calls += ["DeleteInferenceComponent"] * len(gone)
        changes = [Change("endpoint_status", self.live.endpoint["EndpointStatus"], "Stopped")]
        changes += [Change(f"inference_components[{name}]", name, None) for name in gone]
        return Plan(plans.DELETE, changes, [*calls, "DeleteEndpoint"])

    def _components(self) -> List[Api]:
        going = inference_components.DELETING
        return [one for one in self.live.components if one["InferenceComponentStatus"] != going]

    def apply(self, deadline: Deadline, wait: bool) -> None:
        """Write, verify, delete."""
        sagemaker, live = self.aws.sagemaker, self.live
        if self.marks:
            tags.SAGEMAKER.apply(sagemaker, live.config["EndpointConfigArn"], self.outdated)
            mark = tag_rules.TagChange(put={ownership.POWER_TAG: stop_records.STOPPING})
            tags.SAGEMAKER.apply(sagemaker, live.endpoint["EndpointArn"], mark)
        tags.SAGEMAKER.apply(sagemaker, live.config["EndpointConfigArn"], self.writing)
        wanted = self.writing.after
        seen = transitions.await_shown(sagemaker, self._written, lambda written: written == wanted)
        if seen != wanted:
            raise SageMakerError(
                f"The endpoint {live.name} was not stopped: the tags of the endpoint configuration {self.record.endpoint_config_name} do "
                "not hold what was written. Somebody else may have changed them. Run the task again."
            )
        for target in self.component_targets:
            members = ("ServiceNamespace", "ResourceId", "ScalableDimension")
            scalable_targets.deregister(self.aws.autoscaling, {member: target[member] for member in members})
        for component in live.components:
            if not inference_components.delete(self.aws, component, deadline):
                inference_components.wait_deleted(self.aws, component, deadline)
        if not endpoints.delete(self.aws, live.endpoint, deadline, wait, only_as_found=True):
            raise SageMakerError(
                f"The endpoint {live.name} was changed or deleted by somebody else during this run. Run the task again to stop it."
            )

    def _written(self) -> tag_rules.Tags:
        """Return the record that the configuration has."""
        its_tags = tags.SAGEMAKER.read(self.aws.sagemaker, self.live.config["EndpointConfigArn"])
        return {tag: value for tag, value in its_tags.items() if ownership.is_stop_record(tag)}
