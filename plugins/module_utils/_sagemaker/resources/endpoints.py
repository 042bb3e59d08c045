# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Endpoints: their statuses, reading, waiting and deleting. rollout.endpoint brings one to a configuration.

The action for each current status and each desired state:

=====================  ==================  ===================  ==================
found                  same configuration  other configuration  absent
=====================  ==================  ===================  ==================
none                   create              create               none
InService              none                update               delete
Creating, Updating,    wait, then as for the status in which    wait, delete
SystemUpdating,        the transition ends
RollingBack
Deleting               wait, create        wait, create         wait
Failed                 replace             replace              delete
OutOfService           replace             update               delete
UpdateRollbackFailed   refuse              update               delete
=====================  ==================  ===================  ==================

In each case differing tags are set (retag if nothing else differs). A different deployment policy alone is not a
change, because it applies to the next update. Failed and OutOfService endpoints serve nothing, so replacing them
(delete, create) loses nothing. After a failed rollback old and new instances serve side by side, so the endpoint is not
deleted.
"""

from __future__ import annotations

from contextlib import contextmanager
from itertools import islice
from typing import Any
from typing import Collection
from typing import Container
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
from ..core import plans
from ..core.errors import SageMakerError
from ..core.errors import ServiceError
from ..core.plans import Change
from ..core.plans import Plan
from ..core.plans import Result
from ..core.types import Api
from ..core.types import Options
from ..reports import failure as failure_report
from ..reports import states
from ..rules import deployment_policy as deployment_policy_rules
from ..rules import tags as tag_rules
from . import endpoint_configs
from . import immutables
from . import in_use
from . import inference_components
from . import placeholder_configs
from . import variants

IN_SERVICE = "InService"
CREATING = "Creating"
UPDATING = "Updating"
DELETING = transitions.DELETING
FAILED = transitions.FAILED
OUT_OF_SERVICE = "OutOfService"
ROLLBACK_FAILED = "UpdateRollbackFailed"
TRANSITIONS = frozenset({CREATING, UPDATING, "SystemUpdating", "RollingBack"})


def after_failed_rollback(config_name: str) -> str:
    """Return what to do about an endpoint whose update and rollback both failed. config_name: the configuration that it has."""
    return (
        f"Deploy a configuration other than {config_name}. To deploy the content of {config_name} again, give the Ansible role another "
        "sagemaker_endpoint_release_marker, or create a configuration of another name. Or delete the endpoint (state: absent)."
    )


# The only outcome that is not an action of a plan.
REFUSE = "refuse"

NOUN = "endpoint"
TITLE = "Endpoint"

# Operations in reports of failures.
TRANSITION, DELETION = "endpoint transition", "endpoint deletion"


# Filters and sort keys that a transition changes.
PASSING_FILTERS = frozenset(
    {"status_equals", "last_modified_time_after", "last_modified_time_before", "sort_by", "sort_order"}
)


def policy_options(aws: AwsClients, policy: Optional[Api]) -> Options:
    """Return a deployment policy as options, from options or from a description."""
    return aws.sagemaker.options("UpdateEndpoint", {"DeploymentConfig": policy or {}})["deployment_config"]


def update_timeout(aws: AwsClients, policies: Iterable[Optional[Api]]) -> int:
    """Return the maximum seconds of a transition with these deployment policies, some of which may be None."""
    return max(deployment_policy_rules.timeout(policy_options(aws, policy)) for policy in policies)


def info(aws: AwsClients, params: Mapping[str, Any], check_mode: bool) -> Dict[str, Any]:
    """Return {"endpoints": [...]}, with wait once none of them is in transition. Check mode does not wait."""
    name, waits = params["name"], params["wait"] and not check_mode
    deadline = Deadline(aws.clock, float(params["wait_timeout"] or deployment_policy_rules.DEFAULT_TIMEOUT))
    if name:
        found = [wait_stable(aws, name, deadline) if waits else describe(aws, name)]
    else:
        filters = options.filters(params)
        statuses = _statuses(aws, filters, params.get("max_results"))
        if waits and _under_way(statuses):
            lasting = {option: value for option, value in filters.items() if option not in PASSING_FILTERS}
            _wait_all_stable(aws, statuses, lasting, deadline)
        found = [describe(aws, name) for name in statuses]
    # An endpoint may be deleted between listing and describing.
    return {"endpoints": [resource(aws, one, read_tags(aws, one)) for one in found if one is not None]}


def _statuses(aws: AwsClients, filters: Mapping[str, Any], most: Optional[int] = None) -> Dict[str, str]:
    """Return {name: status} of at most this number of endpoints, in the order of the service."""
    listing = aws.sagemaker.pages("ListEndpoints", aws.sagemaker.request("ListEndpoints", filters), "Endpoints")
    return {endpoint["EndpointName"]: endpoint["EndpointStatus"] for endpoint in islice(listing, most)}


def _under_way(statuses: Mapping[str, str]) -> Dict[str, str]:
    return {name: status for name, status in statuses.items() if status in TRANSITIONS | {DELETING}}


def _wait_all_stable(aws: AwsClients, names: Container[str], filters: Mapping[str, Any], deadline: Deadline) -> None:
    """Wait until none of the endpoints is in transition, with listings, because one listing replaces many
    descriptions."""

    def look() -> Dict[str, str]:
        return {name: status for name, status in _under_way(_statuses(aws, filters)).items() if name in names}

    try:
        transitions.await_until(aws.sagemaker, look, lambda left: not left, deadline, states.endpoints)
    except TimedOut as error:
        left = ", ".join(f"{name} ({status})" for name, status in sorted(error.last.items()))
        waiting = failure_causes.WAITING
        raise SageMakerError(
            f"After {deadline.seconds:.0f} s (wait_timeout) a transition is still in progress for {left}. "
            f"The operation continues in AWS. {waiting.remedy}",
            **waiting.details,
            failure=failure_report.failure(TRANSITION, left, **waiting.details),
        ) from error


def describe(aws: AwsClients, name: str) -> Optional[Api]:
    """Return the description of the endpoint, None if it does not exist."""
    return in_use.describe_endpoint(aws, name)


def resource(aws: AwsClients, endpoint: Api, its_tags: tag_rules.Tags) -> Dict[str, Any]:
    """Return the endpoint as in results."""
    shown = {tag: value for tag, value in its_tags.items() if not ownership.is_memory(tag)}
    return {**aws.sagemaker.result("DescribeEndpoint", endpoint), "tags": shown}


def comparable(endpoint: Optional[Api], its_tags: tag_rules.Tags) -> Dict[str, Any]:
    """Return the endpoint for diff mode. During an update, that is its target state, because somebody requested it."""
    if endpoint is None:
        return {}
    return {
        "endpoint_name": endpoint["EndpointName"],
        "endpoint_config_name": target_config(endpoint),
        "endpoint_status": endpoint["EndpointStatus"],
        "tags": {tag: value for tag, value in its_tags.items() if not ownership.is_memory(tag)},
    }


def read_tags(aws: AwsClients, endpoint: Api) -> tag_rules.Tags:
    return tags.SAGEMAKER.read(aws.sagemaker, endpoint["EndpointArn"])


def next_action(endpoint: Optional[Api], config_name: str) -> str:
    """Return the action that brings an endpoint (None: it does not exist) to this configuration, from the table above.

    During a transition it is the action that follows if the transition succeeds.
    """
    if endpoint is None or endpoint["EndpointStatus"] == DELETING:
        return plans.CREATE
    status = endpoint["EndpointStatus"]
    if status == FAILED:
        return plans.REPLACE
    if target_config(endpoint) != config_name:
        return plans.UPDATE
    if status == OUT_OF_SERVICE:
        return plans.REPLACE
    if status == ROLLBACK_FAILED:
        return REFUSE
    return plans.WAIT if status in TRANSITIONS else plans.NONE


def target_config(endpoint: Api) -> str:
    """Return the configuration that an endpoint will use if its transition succeeds."""
    if endpoint["EndpointStatus"] == UPDATING:
        return endpoint.get("PendingDeploymentSummary", {}).get("EndpointConfigName") or endpoint["EndpointConfigName"]
    return endpoint["EndpointConfigName"]


def serving_config(endpoint: Api) -> Optional[str]:
    """Return the configuration that an endpoint serves, during an update the old one, None if it is being created or
    has failed."""
    return None if endpoint["EndpointStatus"] in (CREATING, FAILED, DELETING) else endpoint["EndpointConfigName"]


def is_stable(endpoint: Optional[Api]) -> bool:
    """Return whether no transition is in progress."""
    return endpoint is None or endpoint["EndpointStatus"] not in TRANSITIONS | {DELETING}


def capacity_reached(endpoint: Api) -> bool:
    """Return whether every variant has its desired weight and capacity, and no deployment is pending."""
    pairs = (
        ("CurrentWeight", "DesiredWeight"),
        ("CurrentInstanceCount", "DesiredInstanceCount"),
        ("CurrentServerlessConfig", "DesiredServerlessConfig"),
    )
    return "PendingDeploymentSummary" not in endpoint and all(
        variant[current] == variant[desired]
        for variant in variants.of(endpoint)
        for current, desired in pairs
        if current in variant and desired in variant
    )


def shortfall(endpoint: Api) -> List[str]:
    """Return the missing instances of an endpoint in service, which AWS lacks or is still starting."""
    if endpoint.get("EndpointStatus") != IN_SERVICE:
        return []
    return [
        f"Variant {variant['VariantName']} has {variant['CurrentInstanceCount']} of {variant['DesiredInstanceCount']} instances."
        for variant in variants.of(endpoint)
        if variant.get("CurrentInstanceCount", 0) < variant.get("DesiredInstanceCount", 0)
    ]


def is_same(one: Optional[Api], other: Optional[Api]) -> bool:
    """Return whether a decision for one applies to the other: the same endpoint, with the same configuration and
    status."""
    members = ("CreationTime", "EndpointConfigName", "EndpointStatus")
    return [(one or {}).get(member) for member in members] == [(other or {}).get(member) for member in members]


def _failed(name: str, endpoint: Optional[Api], what: str, reason: str) -> Failed:
    """Return what failed, for a report without logs."""
    logs = LogSource(failure_causes.log_group(name))
    status = None if endpoint is None else endpoint["EndpointStatus"]
    return Failed(what, name, status, reason, endpoint, logs, unread=failure_report.NOT_READ)


@contextmanager
def _reported(aws: AwsClients, name: str, deadline: Deadline, what: str, found: Optional[Api] = None) -> Iterator[None]:
    """Add the report to a timeout or a refusal in this block. what: the operation; found: the endpoint before it."""
    try:
        yield
    except TimedOut as error:
        last: Api = error.last
        failed = _failed(name, last, what, "")
        state = states.deletion(name, last["EndpointStatus"]) if what == DELETION else states.endpoint(name, last)
        raise failures.timeout(aws, TITLE, state, failed, deadline, {NOUN: resource(aws, last, {})}) from error
    except ServiceError as error:
        failures.refusal(aws, error, _failed(name, found, what, errors.message(error)))
        raise


def wait_stable(aws: AwsClients, name: str, deadline: Deadline) -> Optional[Api]:
    """Wait for the end of a transition. Return the endpoint, None if it was deleted."""
    with _reported(aws, name, deadline, TRANSITION):
        return transitions.await_until(
            aws.sagemaker, lambda: describe(aws, name), is_stable, deadline, lambda seen: states.endpoint(name, seen)
        )


def is_orphaned(aws: AwsClients, component: Api, known: Optional[Dict[str, Optional[Api]]] = None) -> bool:
    """Return whether the endpoint of an inference component no longer exists. Without the permission to describe it, it
    counts as existing.

    known: a cache of endpoints by name, which this function extends.
    """
    name, known = component["EndpointName"], {} if known is None else known
    try:
        if name not in known:
            known[name] = describe(aws, name)
    except ServiceError as error:
        if errors.is_denied(error):
            return False
        raise
    return inference_components.is_orphaned(component, known[name])


def hosted_components(aws: AwsClients, endpoint: Api, must_know: bool = False) -> List[Api]:
    """Return the inference components on an endpoint, none if the caller may not list them, because SageMaker refuses the
    deletion anyway. must_know: raise ServiceError instead."""
    if not variants.hosts_components(immutables.describe(endpoint_configs.KIND, aws, endpoint["EndpointConfigName"])):
        return []
    try:
        found = inference_components.of_endpoint(aws, endpoint["EndpointName"])
    except ServiceError as error:
        if errors.is_denied(error) and not must_know:
            return []
        raise
    return [component for component in found if not inference_components.is_orphaned(component, endpoint)]


def refuse_while_hosting(endpoint: Api, hosted: List[Api], deleted: Collection[str] = ()) -> None:
    """Raise SageMakerError if components prevent the deletion of the endpoint.

    deleted: the names of components that an earlier task deletes.
    """
    names = [
        component["InferenceComponentName"]
        for component in hosted
        if component["InferenceComponentStatus"] != DELETING and component["InferenceComponentName"] not in deleted
    ]
    if not names:
        return
    many = len(names) > 1
    raise SageMakerError(
        f"Endpoint {endpoint['EndpointName']} hosts the inference component{'s' if many else ''} {', '.join(sorted(names))}, and "
        f"SageMaker deletes no endpoint that hosts any. Delete {'them' if many else 'it'} first, with sagemaker_inference_component "
        "and state: absent. Check mode treats the components in deleted_components as deleted.",
        inference_components=sorted(names),
    )


def _deletion(aws: AwsClients, endpoint: Api, deadline: Deadline) -> Deletion:
    name = endpoint["EndpointName"]
    return Deletion(
        aws.sagemaker,
        "Endpoint",
        endpoint,
        describe=lambda: describe(aws, name),
        wait_stable=lambda: wait_stable(aws, name, deadline),
        is_stable=is_stable,
        is_same=is_same,
    )


def delete(aws: AwsClients, endpoint: Api, deadline: Deadline, wait: bool = True, only_as_found: bool = False) -> bool:
    """Delete the endpoint and wait for the deletion. Return False if somebody else has deleted it.

    only_as_found: keep the endpoint if its status has changed.
    """
    deletion = _deletion(aws, endpoint, deadline)
    with _reported(aws, deletion.name, deadline, DELETION, endpoint):
        deleted = transitions.delete(
            deletion, lambda is_wanted: [Obstacle(errors.is_in_progress, is_wanted)], deadline, only_as_found
        )
    if deleted and wait:
        wait_deleted(aws, endpoint, deadline)
    return deleted


def wait_deleted(aws: AwsClients, endpoint: Api, deadline: Deadline) -> None:
    """Wait until the deletion of an endpoint has ended, successfully or not."""
    name = endpoint["EndpointName"]
    with _reported(aws, name, deadline, DELETION, endpoint):
        left = transitions.await_deletion(_deletion(aws, endpoint, deadline), deadline)
    if left is not None:
        message = (
            f"Endpoint {name} could not be deleted and is {FAILED} now. {failure_causes.format_reason(left)} Remove the cause "
            "and run the task again: an endpoint that has failed can still be deleted."
        )
        failed = _failed(name, left, DELETION, left.get("FailureReason", ""))
        raise failures.report(aws, message, failed, {NOUN: resource(aws, left, {})})


def absent(aws: AwsClients, params: Mapping[str, Any], check_mode: bool) -> Result:
    """Delete an endpoint if it exists."""
    name = params["name"]
    deadline = Deadline(aws.clock, float(params.get("wait_timeout") or deployment_policy_rules.DEFAULT_TIMEOUT))
    found = describe(aws, name)
    if found is None:
        return Result(NOUN, name, {}, Plan(), {}, {})
    if found["EndpointStatus"] == DELETING:
        if not check_mode and params["wait"]:
            wait_deleted(aws, found, deadline)
        return Result(NOUN, name, {}, Plan(plans.WAIT), comparable(found, {}), {})
    its_tags = read_tags(aws, found)
    before = comparable(found, its_tags)
    placeholder = placeholder_configs.left_behind(aws, its_tags)
    calls = [*(["DeleteEndpointConfig"] if placeholder else []), "DeleteEndpoint"]
    plan = Plan(plans.DELETE, [Change("state", "present", "absent")], calls)
    hosted = hosted_components(aws, found)
    with plans.attached(plan):
        refuse_while_hosting(found, hosted, (params.get("deleted_components") or []) if check_mode else [])
        if not check_mode:
            for component in hosted:
                inference_components.wait_deleted(aws, component, deadline)
            if placeholder:
                placeholder_configs.delete(aws, placeholder)
            if not delete(aws, found, deadline, params["wait"]) and params["wait"]:
                wait_deleted(aws, found, deadline)
    return Result(NOUN, name, {}, plan, before, {})
