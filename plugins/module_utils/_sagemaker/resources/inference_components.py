# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Inference components: their statuses, reading, rules, waiting and deleting. rollout.component brings one to the
desired state.

The action for each current status and each desired state:

==================  =============  ==============  =============
found               same content   other content   absent
==================  =============  ==============  =============
none                create         create          none
InService           none           update          delete
Creating, Updating  wait, then as for the status   wait, delete
                    in which the transition ends
Deleting            wait, create   wait, create    wait
Failed              replace        replace         delete
==================  =============  ==============  =============

In each case differing tags are set (retag if nothing else differs). A different deployment policy alone is not a
change, because it applies to the next update. A Failed component serves nothing and can only be deleted, so replacing
it (delete, create) loses nothing.

An adapter is a component inside a base component: it names the base instead of a variant and resources.
"""

from __future__ import annotations

from contextlib import contextmanager
from itertools import islice
from typing import Any
from typing import Callable
from typing import Collection
from typing import Dict
from typing import Iterable
from typing import Iterator
from typing import List
from typing import Mapping
from typing import Optional

from ..api import failures
from ..api import tags
from ..api import transitions
from ..api.client import AwsClients
from ..api.container_logs import LogSource
from ..api.failures import Failed
from ..api.transitions import Deadline
from ..api.transitions import Deletion
from ..api.transitions import Obstacle
from ..api.transitions import TimedOut
from ..argspec import options
from ..core import errors
from ..core import failure_causes
from ..core import ownership
from ..core.errors import SageMakerError
from ..core.errors import ServiceError
from ..core.plans import Change
from ..core.types import Api
from ..reports import failure as failure_report
from ..reports import states
from ..rules import tags as tag_rules
from ..schema import compare
from ..schema import shapes

IN_SERVICE = "InService"
CREATING = "Creating"
UPDATING = "Updating"
DELETING = transitions.DELETING
FAILED = transitions.FAILED
TRANSITIONS = frozenset({CREATING, UPDATING})

NOUN = "inference_component"
TITLE = "Inference component"

# Operations in reports of failures.
TRANSITION, DELETION = "component transition", "component deletion"


def info(aws: AwsClients, params: Mapping[str, Any], is_orphaned: Callable[[Api], bool]) -> Dict[str, Any]:
    """{"inference_components": [...], "orphaned": [names]}"""
    if params.get("name"):
        names: Iterable[str] = [params["name"]]
    else:
        names = _names(aws, aws.sagemaker.request("ListInferenceComponents", options.filters(params)))
    # A component may be deleted between listing and describing.
    found = (component for component in (describe(aws, name) for name in names) if component is not None)
    shown = list(islice(found, params.get("max_results")))
    return {
        "inference_components": [resource(aws, component, read_tags(aws, component)) for component in shown],
        "orphaned": [component["InferenceComponentName"] for component in shown if is_orphaned(component)],
    }


def _names(aws: AwsClients, request: Api) -> Iterator[str]:
    for item in aws.sagemaker.pages("ListInferenceComponents", request, "InferenceComponents"):
        yield item["InferenceComponentName"]


def describe(aws: AwsClients, name: str) -> Optional[Api]:
    """Return the description of the component, None if it does not exist."""
    try:
        return aws.sagemaker.call("DescribeInferenceComponent", {"InferenceComponentName": name})
    except ServiceError as error:
        if errors.is_not_found(error, "inference component"):
            return None
        raise


def resource(aws: AwsClients, component: Api, its_tags: tag_rules.Tags) -> Dict[str, Any]:
    """Return the component as in results."""
    return {**aws.sagemaker.result("DescribeInferenceComponent", component), "tags": its_tags}


def read_tags(aws: AwsClients, component: Api) -> tag_rules.Tags:
    return tags.SAGEMAKER.read(aws.sagemaker, component["InferenceComponentArn"])


def is_orphaned(component: Api, endpoint: Optional[Api]) -> bool:
    """Return whether the endpoint of the component no longer exists, or is newer than the component.

    AWS may keep such a component in service and its name taken, but it cannot be invoked any more.
    """
    if endpoint is None or endpoint["EndpointStatus"] == DELETING:
        return True
    return endpoint["CreationTime"] > component["CreationTime"]


# Content


def content(component: Api) -> Api:
    """Return a description in the form of the update request, for comparison."""
    found: Api = {}
    if "Specification" in component:
        found["Specification"] = _specification(component["Specification"])
    if component.get("Specifications"):
        found["Specifications"] = [_specification(one) for one in component["Specifications"]]
    count = component.get("RuntimeConfig", {}).get("DesiredCopyCount")
    if count is not None:
        found["RuntimeConfig"] = {"CopyCount": count}
    return found


def _specification(summary: Api) -> Api:
    """If the specification names a model, the image belongs to the model, not to the specification."""
    container = {member: value for member, value in summary.get("Container", {}).items() if member != "DeployedImage"}
    image = summary.get("Container", {}).get("DeployedImage", {}).get("SpecifiedImage")
    if image and "ModelName" not in summary:
        container["Image"] = image
    rest = {member: value for member, value in summary.items() if member != "Container"}
    return {**rest, **({"Container": container} if container else {})}


def summary(specification: Api, found: Optional[Api]) -> Api:
    """Return the predicted description of a desired specification, given its current description ``found``."""
    container = {member: value for member, value in specification.get("Container", {}).items() if member != "Image"}
    image = specification.get("Container", {}).get("Image")
    if image:
        container["DeployedImage"] = {"SpecifiedImage": image}
    # The image of another model is not known beforehand.
    kept = {member: value for member, value in (found or {}).items() if member != "Container"}
    return {**kept, **specification, **({"Container": container} if container else {})}


def changes(shape: Any, wanted: Api, found: Api) -> List[Change]:
    """Return the changes to the desired content. shape: the shape of the update request; wanted, found: in its form.

    Several specifications are matched by their instance type.
    """
    several = wanted.get("Specifications")
    rest = {member: value for member, value in wanted.items() if member != "Specifications"}
    differences = compare.changes(shape, rest, found)
    if several is None:
        return differences
    if "Specifications" not in found:
        return [*differences, *compare.changes(shape, {"Specifications": several}, {})]
    one_shape = shape.members["Specifications"].member
    wanted_by = {one.get("InstanceType"): one for one in several}
    found_by = {one.get("InstanceType"): one for one in found["Specifications"]}
    for kind in [*wanted_by, *(kind for kind in found_by if kind not in wanted_by)]:
        path = f"specifications[{kind}]"
        if kind in wanted_by and kind in found_by:
            differences += compare.changes(one_shape, wanted_by[kind], found_by[kind], path)
        else:
            sides = [shapes.from_api(one_shape, by[kind]) if kind in by else None for by in (found_by, wanted_by)]
            differences.append(Change(path, *sides))
    return differences


# Waiting


def is_stable(component: Optional[Api]) -> bool:
    """Return whether no transition is in progress."""
    return component is None or component["InferenceComponentStatus"] not in TRANSITIONS | {DELETING}


def capacity_reached(component: Api) -> bool:
    """Return whether the number of copies is as desired. An adapter has no copies."""
    counts = component.get("RuntimeConfig", {})
    if base_of(component) or not {"DesiredCopyCount", "CurrentCopyCount"} <= set(counts):
        return True
    return counts["DesiredCopyCount"] == counts["CurrentCopyCount"]


def shortfall(component: Api) -> List[str]:
    """Return the missing copies of a component in service, which have no room or are still starting."""
    counts = component.get("RuntimeConfig", {})
    if component["InferenceComponentStatus"] != IN_SERVICE or capacity_reached(component):
        return []
    if counts["CurrentCopyCount"] > counts["DesiredCopyCount"]:
        return []
    return [
        f"Inference component {component['InferenceComponentName']} has {counts['CurrentCopyCount']} of "
        f"{counts['DesiredCopyCount']} copies."
    ]


def refuse_foreign(endpoint_name: str, foreign: Collection[str]) -> None:
    """Raise SageMakerError if an endpoint that is to be deleted hosts components of somebody else.

    SageMaker does not delete an endpoint that hosts components, and the role must not delete those.
    """
    if foreign:
        raise SageMakerError(
            f"The endpoint {endpoint_name} hosts {', '.join(foreign)}: inference components that do not carry the tag "
            f"{ownership.OWNER_TAG} with its name. This role did not create them, so it does not delete them, and SageMaker does not "
            "delete an endpoint that hosts any. Delete them first with mlops.sagemaker.sagemaker_inference_component and state absent."
        )


def is_base(error: Exception) -> bool:
    """Return whether a deletion was refused because of the component's adapters."""
    return "is a base inference component" in errors.message(error)


def _failed(name: str, component: Optional[Api], what: str, reason: str) -> Failed:
    """Return what failed, for a report without logs."""
    status = None if component is None else component["InferenceComponentStatus"]
    return Failed(
        what,
        name,
        status,
        reason,
        None,
        LogSource(failure_causes.component_log_group(name)),
        unread=failure_report.NOT_READ,
    )


@contextmanager
def _reported(aws: AwsClients, name: str, deadline: Deadline, what: str, found: Optional[Api] = None) -> Iterator[None]:
    """Add the report to a timeout or a refusal in this block. what: the operation; found: the component before it."""
    try:
        yield
    except TimedOut as error:
        last: Api = error.last
        failed = _failed(name, last, what, "")
        status = last["InferenceComponentStatus"]
        state = states.deletion(name, status) if what == DELETION else states.component(name, last)
        raise failures.timeout(aws, TITLE, state, failed, deadline, {NOUN: resource(aws, last, {})}) from error
    except ServiceError as error:
        failures.refusal(aws, error, _failed(name, found, what, errors.message(error)))
        raise


def wait_stable(aws: AwsClients, name: str, deadline: Deadline) -> Optional[Api]:
    """Wait for the end of a transition. Return the component, None if it was deleted."""
    with _reported(aws, name, deadline, TRANSITION):
        return transitions.await_until(
            aws.sagemaker, lambda: describe(aws, name), is_stable, deadline, lambda seen: states.component(name, seen)
        )


def is_same(one: Optional[Api], other: Optional[Api]) -> bool:
    """Return whether a decision for one applies to the other: the same component, with the same content and status."""
    members = ("CreationTime", "InferenceComponentStatus")
    same = [(one or {}).get(member) for member in members] == [(other or {}).get(member) for member in members]
    return same and content(one or {}) == content(other or {})


def _deletion(aws: AwsClients, component: Api, deadline: Deadline) -> Deletion:
    name = component["InferenceComponentName"]
    return Deletion(
        aws.sagemaker,
        "InferenceComponent",
        component,
        describe=lambda: describe(aws, name),
        wait_stable=lambda: wait_stable(aws, name, deadline),
        is_stable=is_stable,
        is_same=is_same,
    )


def wait_deleted(aws: AwsClients, component: Api, deadline: Deadline) -> None:
    """Wait until the deletion of a component has ended, successfully or not."""
    name = component["InferenceComponentName"]
    with _reported(aws, name, deadline, DELETION, component):
        left = transitions.await_deletion(_deletion(aws, component, deadline), deadline)
    if left is not None:
        message = f"Inference component {name} could not be deleted. {failure_causes.format_reason(left)}"
        failed = _failed(name, left, DELETION, left.get("FailureReason", ""))
        raise failures.report(aws, message, failed, {NOUN: resource(aws, left, {})})


# Deleting


def delete(aws: AwsClients, component: Api, deadline: Deadline, wait: bool = True, only_as_found: bool = False) -> bool:
    """Delete the component and wait for the deletion. Return False if somebody else has deleted it.

    only_as_found: keep the component if its status has changed. Wait for adapters that are being deleted. Other
    adapters prevent the deletion.
    """

    def obstacles(is_wanted: Callable[[], bool]) -> List[Obstacle]:
        def is_free() -> bool:
            refuse_with_adapters(aws, component)
            return is_wanted()

        return [Obstacle(is_base, is_free), Obstacle(errors.is_busy, is_wanted)]

    deletion = _deletion(aws, component, deadline)
    with _reported(aws, deletion.name, deadline, DELETION, component):
        deleted = transitions.delete(deletion, obstacles, deadline, only_as_found)
    if deleted and wait:
        wait_deleted(aws, component, deadline)
    return deleted


def adapters_of(aws: AwsClients, component: Api) -> List[Api]:
    """Return the adapters of a base component."""
    name = component["InferenceComponentName"]
    return [one for one in of_endpoint(aws, component["EndpointName"]) if base_of(one) == name]


def of_endpoint(aws: AwsClients, endpoint_name: str) -> List[Api]:
    """Return the descriptions of all components on an endpoint."""
    names = _names(aws, {"EndpointNameEquals": endpoint_name})
    return [one for one in (describe(aws, name) for name in names) if one is not None]


def refuse_with_adapters(aws: AwsClients, component: Api, deleted: Collection[str] = ()) -> None:
    """Raise if the component has adapters that are not being deleted. deleted: the names of adapters that an earlier
    task deletes."""
    if base_of(component):
        return
    name = component["InferenceComponentName"]
    there = [one for one in adapters_of(aws, component) if one["InferenceComponentStatus"] != DELETING]
    names = [one["InferenceComponentName"] for one in there if one["InferenceComponentName"] not in deleted]
    if names:
        raise SageMakerError(base_message(name, names), adapters=names)


def base_message(name: str, adapters: List[str]) -> str:
    return (
        f"Inference component {name} is the base of the adapter{'s' if len(adapters) > 1 else ''} {', '.join(adapters)}, and "
        f"SageMaker does not delete a base that has adapters. Delete {'them' if len(adapters) > 1 else 'it'} first. "
        "Check mode treats the components in deleted_components as deleted."
    )


# Usage


def models_of_components(aws: AwsClients, endpoint_names: Optional[Collection[str]]) -> Dict[str, List[str]]:
    """Return {model: endpoints with a component that runs it}, for these endpoints or for all."""
    used: Dict[str, List[str]] = {}
    request: Api = (
        {"EndpointNameEquals": next(iter(endpoint_names))} if endpoint_names and len(endpoint_names) == 1 else {}
    )
    for item in aws.sagemaker.pages("ListInferenceComponents", request, "InferenceComponents"):
        endpoint = item["EndpointName"]
        if endpoint_names is not None and endpoint not in endpoint_names:
            continue
        component = describe(aws, item["InferenceComponentName"])
        for model in models_of(component or {}):
            users = used.setdefault(model, [])
            if endpoint not in users:
                users.append(endpoint)
    return used


def models_of(component: Api) -> List[str]:
    """Return the names of the models that a component runs."""
    return sorted({one["ModelName"] for one in specifications(component) if "ModelName" in one})


def specifications(holder: Api) -> List[Api]:
    """Return the specifications of a request or a description, one or several."""
    return [holder["Specification"]] if "Specification" in holder else list(holder.get("Specifications", []))


def base_of(holder: Api) -> Optional[str]:
    """Return the base component that a request or a description names; None if it is not an adapter."""
    named = (one.get("BaseInferenceComponentName") for one in specifications(holder))
    return next((base for base in named if base), None)
