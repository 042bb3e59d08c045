# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inference components: what exists, in which status, and how copies come and go. behaviour section 5"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from dataclasses import field
from typing import TYPE_CHECKING
from typing import Any
from typing import Callable

from local_aws import container_logs
from local_aws import endpoints
from local_aws import images
from local_aws import placement
from local_aws.lifecycle import Kind
from local_aws.lifecycle import Late
from local_aws.scripts import Script
from local_aws.variants import instance_types
from local_aws.wire import validation
from local_aws.world import Call

if TYPE_CHECKING:
    from local_aws.endpoints import Endpoint
    from local_aws.endpoints import Transition
    from local_aws.fleets import Fleet
    from local_aws.models import Model

NOUN = "component"
SERVING = ("InService", "Updating")


@dataclass
class Content:
    """What a component is to run. ``single`` tells whether it was given as Specification or as Specifications."""

    specifications: list[dict[str, Any]]
    single: bool
    # The models of this moment: deleting them later changes nothing for what runs.
    models: dict[str, Model]

    @property
    def base(self) -> str | None:
        """The base component of an adapter."""
        return self.specifications[0].get("BaseInferenceComponentName")

    def of(self, instance_type: str) -> dict[str, Any]:
        """The specification that holds on this type of instance."""
        fitting = [one for one in self.specifications if one.get("InstanceType") == instance_type]
        return (fitting or self.specifications)[0]

    @property
    def containers(self) -> list[dict[str, Any]]:
        """The containers that answer, of the model or the component's own."""
        own = self.specifications[0].get("Container", {})
        model = self.models.get(self.specifications[0].get("ModelName", ""))
        return model.containers if model is not None else [own] if "Image" in own else []

    def images_of(self, specification: dict[str, Any]) -> list[str]:
        own = specification.get("Container", {}).get("Image")
        if own is not None:
            return [own]
        model = self.models.get(specification.get("ModelName", ""))
        return [] if model is None else [one["Image"] for one in model.containers if "Image" in one]


@dataclass
class Component:
    name: str
    arn: str
    endpoint_name: str
    variant_name: str
    created: float
    modified: float
    content: Content
    desired: int
    current: int = 0
    deployed: float = 0.0
    status: str = "Creating"
    pending: Content | None = None  # what is being rolled out
    transition: Transition | None = None
    state: str = ""  # the word for the transition in refusals
    failure: str | None = None
    last_deployment: dict[str, Any] | None = None
    gone: bool = False
    late: Late | None = None
    inherited: dict[str, Any] = field(default_factory=dict)  # what an adapter has of its base

    def begin(self, status: str, state: str, now: float, seconds: float, finish: Callable[[float], None]) -> None:
        """Enters a status that ends by itself after ``seconds``."""
        self.status, self.state, self.modified = status, state, now
        self.transition = endpoints.Transition(status, now + seconds, finish)

    def rest(self, status: str, now: float, failure: str | None = None) -> None:
        """Enters a status that lasts. A reason once given stays, whatever succeeds later. behaviour 5.8"""
        self.status, self.modified, self.transition, self.pending = status, now, None, None
        if failure is not None:
            self.failure = failure

    def refuse_in_progress(self, verb: str = "update") -> None:
        """behaviour 5.5"""
        if self.transition is not None:
            raise validation(f'Cannot {verb} inference component "{self.arn}" while it is in state {self.state}')

    def described(self, new: bool) -> dict[str, Any]:
        """As DescribeInferenceComponent shows it; ``new``: during an update what is being rolled out. behaviour 5.10"""
        content = self.pending if new and self.pending is not None else self.content
        shown: dict[str, Any] = {
            "InferenceComponentName": self.name,
            "InferenceComponentArn": self.arn,
            "EndpointName": self.endpoint_name,
            "EndpointArn": self.arn.rpartition(":")[0] + f":endpoint/{self.endpoint_name.lower()}",
            "VariantName": self.variant_name,
            "RuntimeConfig": {"DesiredCopyCount": self.desired, "CurrentCopyCount": self.current},
            "CreationTime": self.created,
            "LastModifiedTime": self.modified,
            "InferenceComponentStatus": self.status,
        }
        summaries = [self._summary(content, one) for one in content.specifications]
        shown |= {"Specification": summaries[0]} if content.single else {"Specifications": summaries}
        if self.failure is not None:
            shown["FailureReason"] = self.failure
        if self.last_deployment is not None:
            shown["LastDeploymentConfig"] = self.last_deployment
        return copy.deepcopy(shown)

    def _summary(self, content: Content, specification: dict[str, Any]) -> dict[str, Any]:
        shown = {**self.inherited, **specification}
        container = dict(specification.get("Container", {}))
        container.pop("Image", None)
        for image in content.images_of(specification)[:1]:
            container["DeployedImage"] = {
                "SpecifiedImage": image,
                "ResolvedImage": images.resolved(image),
                "ResolutionTime": self.deployed or self.created,
            }
        return {**shown, **({"Container": container} if container else {})}


KIND: Kind[Component] = Kind(
    noun="inference component",
    resource="inference-component",
    parameter="InferenceComponentName",
    kept=lambda region: region.components,
    described=lambda call, component: component.described(call.world.settings.component_updates_show_new),
)
arn_of = KIND.arn
sweep, lookup, find, missing = KIND.sweep, KIND.lookup, KIND.find, KIND.missing
shown, shows_late = KIND.shown, KIND.shows_late


def adapters_of(call: Call, base: Component) -> list[Component]:
    return [one for one in sweep(call) if (one.content.base or "").lower() == base.name.lower()]


def endpoint_of(call: Call, component: Component) -> Endpoint | None:
    """The endpoint that hosts the component; one of its name that was made later does not. behaviour 5.11"""
    endpoint = endpoints.lookup(call, component.endpoint_name)
    return endpoint if endpoint is not None and endpoint.created <= component.created else None


def on_endpoint(call: Call, endpoint: Endpoint) -> list[Component]:
    return [one for one in sweep(call) if endpoint_of(call, one) is endpoint]


def refuse_while_hosting(call: Call, endpoint: Endpoint) -> None:
    """An endpoint with components cannot be deleted, unless they may outlive it. behaviour 5.11"""
    if on_endpoint(call, endpoint) and not call.world.settings.components_outlive_endpoints:
        raise validation(
            "Cannot delete endpoint with inference component associated. Please delete inference component and try it again."
        )


def refuse_unless_kept(call: Call, endpoint: Endpoint, new: Fleet) -> None:
    """An update cannot take the variant away from under its components. behaviour 5.11"""
    lost = [one.name for one in on_endpoint(call, endpoint) if one.variant_name not in new.variants]
    if lost:
        raise validation(f"The variant of the inference components {', '.join(lost)} cannot be removed.")


def fits(call: Call, component: Component, content: Content, copies: int) -> bool:
    """Whether the instances of the variant hold so many copies, beside those of all others. behaviour 5.9"""
    return _instances(call, component, content, copies) is not None


def refuse_without_room(call: Call, component: Component, content: Content, copies: int) -> None:
    """Refuses what has no room at once, where that is how it is told. behaviour 5.9"""
    if call.world.settings.no_room_form == "error" and not fits(call, component, content, copies):
        raise validation(placement.NO_ROOM)


def follow(call: Call, component: Component) -> None:
    """What managed instance scaling does once copies have come or gone. behaviour 5.9"""
    variant = _variant(call, component)
    scaling = {} if variant is None else variant.config.get("ManagedInstanceScaling", {})
    if scaling.get("Status") != "ENABLED":
        return
    needed = _instances(call, component, component.content, 0 if component.gone else component.current) or 0
    variant.count = variant.desired_count = max(needed, scaling.get("MinInstanceCount", 1))


def _variant(call: Call, component: Component) -> Any:
    endpoint = endpoint_of(call, component)
    fleet = None if endpoint is None else endpoint.fleet
    return None if fleet is None else fleet.variants.get(component.variant_name)


def _instances(call: Call, component: Component, content: Content, copies: int) -> int | None:
    variant = _variant(call, component)
    if variant is None:
        return 0
    scaling = variant.config.get("ManagedInstanceScaling", {})
    managed = scaling.get("Status") == "ENABLED"
    most = scaling.get("MaxInstanceCount", variant.desired_count) if managed else variant.desired_count
    kind = instance_types(variant.config)[0]
    needs = []
    for one in call.region.components.values():
        beside = (one.endpoint_name, one.variant_name) == (component.endpoint_name, component.variant_name)
        beside = beside and endpoint_of(call, one) is endpoint_of(call, component)
        counts = not one.gone and one.status != "Failed" and one.content.base is None
        if one is not component and beside and counts:
            needs += [placement.need_of(one.content.of(kind))] * max(one.desired, one.current)
    if content.base is None:  # an adapter lives on the resources of its base
        needs += [placement.need_of(content.of(kind))] * copies
    return placement.instances_for(kind, needs, most or 0)


def start(call: Call, component: Component, script: Script) -> None:
    """Starts a creation."""
    failure = None
    if script.outcome == "fail":
        failure = script.reason or (
            f"The primary container for inference component {component.name} did not pass the ping health check. "
            "Please check CloudWatch logs for this inference component."
        )
    elif not fits(call, component, component.content, component.desired):
        failure = placement.NO_ROOM

    def finish(moment: float) -> None:
        if failure is not None:
            component.rest("Failed", moment, failure)
            return
        component.current, component.deployed = component.desired, moment
        component.rest("InService", moment)
        follow(call, component)

    seconds = call.world.settings.creating if script.seconds is None else script.seconds
    _log(call, component, component.desired, failure, script, seconds)
    component.begin("Creating", "CREATE_IN_PROGRESS", call.now, seconds, finish)


def _log(call: Call, component: Component, copies: int, failure: str | None, script: Script, seconds: float) -> None:
    """Lets the copies of a component write while they come up. behaviour 13"""
    lines = container_logs.is_written(failure, script.log)
    if lines:
        group = f"/aws/sagemaker/InferenceComponents/{component.name}"
        container_logs.write(call, group, component.variant_name, copies, lines, call.now, call.now + seconds)


def change(call: Call, component: Component, content: Content | None, copies: int) -> None:
    """Starts a change of content (None: it stays) and of the number of copies. behaviour 5.7, 5.8

    The number asked for shows at once, the content and the number there are at the end. A failed change leaves all as
    it was, InService, with a reason that stays.
    """
    settings = call.world.settings
    script = call.world.scripts.take(component.name, "scale" if content is None else "update", NOUN)
    failure = None
    if script.outcome != "succeed":
        failure = script.reason or f"The update of the inference component {component.name} was rolled back."
    elif not fits(call, component, content or component.content, copies):
        failure = placement.NO_ROOM
    before = component.desired
    component.desired, component.pending = copies, content

    def finish(moment: float) -> None:
        if failure is None:
            if content is not None:
                component.content, component.deployed = content, moment
            component.current = copies
            component.rest("InService", moment)
            follow(call, component)
        else:
            component.desired = before
            shown = None if script.outcome == "rollback_without_reason" else failure
            component.rest("Failed" if script.outcome == "fail" else "InService", moment, shown)

    seconds = settings.updating if content is not None else settings.seconds("scaling")
    state = "UPDATE_RC_IN_PROGRESS" if content is None else "UPDATE_IN_PROGRESS"
    seconds = seconds if script.seconds is None else script.seconds
    _log(call, component, copies, failure, script, seconds)
    component.begin("Updating", state, call.now, seconds, finish)


def remove(call: Call, component: Component) -> None:
    """Starts a deletion."""
    script = call.world.scripts.take(component.name, "delete", NOUN)

    def finish(moment: float) -> None:
        if script.outcome == "fail":
            component.rest("Failed", moment, script.reason or "The inference component could not be deleted.")
        else:
            component.gone = True
            follow(call, component)

    seconds = call.world.settings.deleting if script.seconds is None else script.seconds
    component.begin("Deleting", "DELETE_IN_PROGRESS", call.now, seconds, finish)
