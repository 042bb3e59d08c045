# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Endpoints: their statuses, reading, waiting and deleting. How one is brought to a configuration stands in rollouts.

What is done for each status found and each wish:

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

Other tags than wished for are set in each case (retag where nothing else is to be done). Another deployment policy alone
is no change: it shapes the next update. Failed and OutOfService endpoints serve nothing, so that replacing them (delete,
create) loses nothing. After a rollback that failed a mix of old and new instances serves, so it is not deleted for us.
"""

from __future__ import annotations

from typing import Any
from typing import Container
from typing import Dict
from typing import Mapping
from typing import Optional

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import deployments
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import diagnosis
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import errors
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import plans
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import preservation
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import tags
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import usage
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import waiters
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.errors import SageMakerError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.errors import ServiceError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.plans import Change
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.plans import Plan
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.plans import Result
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.services import Api
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.services import Aws

IN_SERVICE = "InService"
CREATING = "Creating"
UPDATING = "Updating"
DELETING = "Deleting"
FAILED = "Failed"
OUT_OF_SERVICE = "OutOfService"
ROLLBACK_FAILED = "UpdateRollbackFailed"
TRANSITIONS = frozenset({CREATING, UPDATING, "SystemUpdating", "RollingBack"})

# The one outcome that is no action of a plan.
REFUSE = "refuse"

NOUN = "endpoint"


# What selects and sorts by something that a transition changes.
PASSING_FILTERS = frozenset(
    {"status_equals", "last_modified_time_after", "last_modified_time_before", "sort_by", "sort_order"}
)


def info(aws: Aws, params: Mapping[str, Any], check_mode: bool) -> Dict[str, Any]:
    """{"endpoints": [...]}, with wait once none of them is in a transition. Check mode does not wait."""
    name, waits = params["name"], params["wait"] and not check_mode
    timeout = float(params["wait_timeout"] or deployments.DEFAULT_TIMEOUT)
    if name:
        found = [settle(aws, name, timeout) if waits else describe(aws, name)]
    else:
        filters = {option: params[option] for option in params if option not in ("name", "wait", "wait_timeout")}
        statuses = _statuses(aws, filters)
        if waits and _under_way(statuses):
            lasting = {option: value for option, value in filters.items() if option not in PASSING_FILTERS}
            _settle_all(aws, statuses, lasting, timeout)
        found = [describe(aws, name) for name in statuses]
    # An endpoint that goes between listing and describing is not there any more.
    return {"endpoints": [resource(aws, one, read_tags(aws, one)) for one in found if one is not None]}


def _statuses(aws: Aws, filters: Mapping[str, Any]) -> Dict[str, str]:
    """The status of each endpoint by its name, in the order of the service."""
    listing = aws.sagemaker.pages("ListEndpoints", aws.sagemaker.request("ListEndpoints", filters), "Endpoints")
    return {endpoint["EndpointName"]: endpoint["EndpointStatus"] for endpoint in listing}


def _under_way(statuses: Mapping[str, str]) -> Dict[str, str]:
    return {name: status for name, status in statuses.items() if status in TRANSITIONS | {DELETING}}


def _settle_all(aws: Aws, names: Container[str], filters: Mapping[str, Any], timeout: float) -> None:
    """Wait until none of many endpoints is in a transition: a listing tells of all at once, where descriptions would be many."""

    def look() -> Dict[str, str]:
        return {name: status for name, status in _under_way(_statuses(aws, filters)).items() if name in names}

    try:
        waiters.wait_until(look, lambda left: not left, timeout, aws.clock, lambda: aws.sagemaker.throttled_at)
    except waiters.TimedOut as error:
        left = ", ".join(f"{name} ({status})" for name, status in sorted(error.last.items()))
        raise SageMakerError(
            f"After {timeout:.0f} s (wait_timeout) a transition is still under way for {left}. What was begun goes on; run "
            "again to wait for its end.",
            cause="timeout",
        ) from error


def describe(aws: Aws, name: str) -> Optional[Api]:
    """The endpoint as the service describes it, None if it does not exist."""
    return usage.describe_endpoint(aws, name)


def resource(aws: Aws, endpoint: Api, its_tags: tags.Tags) -> Dict[str, Any]:
    """The endpoint as results show it."""
    shown = {tag: value for tag, value in its_tags.items() if not preservation.is_memory(tag)}
    return {**aws.sagemaker.result("DescribeEndpoint", endpoint), "tags": shown}


def comparable(endpoint: Optional[Api], its_tags: tags.Tags) -> Dict[str, Any]:
    """What diff mode shows of an endpoint; during an update where it leads to, since that was asked for."""
    if endpoint is None:
        return {}
    return {
        "endpoint_name": endpoint["EndpointName"],
        "endpoint_config_name": destination(endpoint),
        "endpoint_status": endpoint["EndpointStatus"],
        "tags": {tag: value for tag, value in its_tags.items() if not preservation.is_memory(tag)},
    }


def read_tags(aws: Aws, endpoint: Api) -> tags.Tags:
    return tags.SAGEMAKER.read(aws.sagemaker, endpoint["EndpointArn"])


def decide(endpoint: Optional[Api], config_name: str) -> str:
    """The action that leads from an endpoint (None: there is none) to this configuration: the table above.

    For a transition under way it is the action that follows if the transition ends well.
    """
    if endpoint is None or endpoint["EndpointStatus"] == DELETING:
        return plans.CREATE
    status = endpoint["EndpointStatus"]
    if status == FAILED:
        return plans.REPLACE
    if destination(endpoint) != config_name:
        return plans.UPDATE
    if status == OUT_OF_SERVICE:
        return plans.REPLACE
    if status == ROLLBACK_FAILED:
        return REFUSE
    return plans.WAIT if status in TRANSITIONS else plans.NONE


def destination(endpoint: Api) -> str:
    """The configuration that an endpoint will use once its transition has ended well."""
    if endpoint["EndpointStatus"] == UPDATING:
        return endpoint.get("PendingDeploymentSummary", {}).get("EndpointConfigName") or endpoint["EndpointConfigName"]
    return endpoint["EndpointConfigName"]


def in_use(endpoint: Api) -> Optional[str]:
    """The configuration that an endpoint serves with, during an update the old one; None where it is being made or has failed."""
    return None if endpoint["EndpointStatus"] in (CREATING, FAILED, DELETING) else endpoint["EndpointConfigName"]


def is_settled(endpoint: Optional[Api]) -> bool:
    """Whether no transition is under way."""
    return endpoint is None or endpoint["EndpointStatus"] not in TRANSITIONS | {DELETING}


def has_arrived(endpoint: Api) -> bool:
    """Whether every variant has the weight and the capacity that it should have, and no deployment is pending."""
    pairs = (
        ("CurrentWeight", "DesiredWeight"),
        ("CurrentInstanceCount", "DesiredInstanceCount"),
        ("CurrentServerlessConfig", "DesiredServerlessConfig"),
    )
    return "PendingDeploymentSummary" not in endpoint and all(
        variant[current] == variant[desired]
        for variant in usage.variants(endpoint)
        for current, desired in pairs
        if current in variant and desired in variant
    )


def timeout_message(name: str, endpoint: Api, timeout: float) -> str:
    return (
        f"Endpoint {name} is still {endpoint['EndpointStatus']} after {timeout:.0f} s (wait_timeout). What was begun goes on; "
        "run again to wait for its end."
    )


def settle(aws: Aws, name: str, timeout: float) -> Optional[Api]:
    """Wait for the end of a transition; the endpoint then, None if it ended in not being there."""
    try:
        return waiters.wait_until(
            lambda: describe(aws, name), is_settled, timeout, aws.clock, lambda: aws.sagemaker.throttled_at
        )
    except waiters.TimedOut as error:
        raise SageMakerError(
            timeout_message(name, error.last, timeout), endpoint=resource(aws, error.last, {}), cause="timeout"
        ) from error


def delete(aws: Aws, name: str, timeout: float, wait: bool = True) -> None:
    """Delete an endpoint and wait until it is gone. While a transition is under way the service refuses: wait it out."""

    def lookup() -> Optional[Api]:
        """After a lost answer: something where the endpoint is gone or on its way."""
        found = describe(aws, name)
        return {} if found is None else found if found["EndpointStatus"] == DELETING else None

    while True:
        try:
            aws.sagemaker.call("DeleteEndpoint", {"EndpointName": name}, lookup)
            break
        except ServiceError as error:
            if errors.is_missing(error, "endpoint"):
                return
            if not errors.is_in_progress(error):
                raise
            if lookup() is not None:
                break
            settle(aws, name, timeout)
    if wait:
        gone(aws, name, timeout)


def gone(aws: Aws, name: str, timeout: float) -> None:
    """Wait until an endpoint that is being deleted does not exist any more, or could not be deleted."""
    start, seen = aws.clock.now(), False

    def ended(endpoint: Optional[Api]) -> bool:
        nonlocal seen
        status = endpoint["EndpointStatus"] if endpoint else None
        seen = seen or status == DELETING
        # An endpoint that had failed before may still be shown so right after the deletion was accepted.
        if status == FAILED and (seen or aws.clock.now() - start > waiters.LAG):
            raise SageMakerError(
                f"Endpoint {name} could not be deleted and is {FAILED} now. {diagnosis.told_reason(endpoint)} Put right what stands "
                "in the way and run again: an endpoint that has failed can still be deleted.",
                endpoint=resource(aws, endpoint, {}),
                failure_reason=endpoint.get("FailureReason", ""),
            )
        return endpoint is None

    try:
        waiters.wait_until(lambda: describe(aws, name), ended, timeout, aws.clock, lambda: aws.sagemaker.throttled_at)
    except waiters.TimedOut as error:
        raise SageMakerError(
            f"Endpoint {name} is still {error.last['EndpointStatus']} after {timeout:.0f} s (wait_timeout); it was asked to be "
            "deleted. Run again to wait for its end.",
            endpoint=resource(aws, error.last, {}),
        ) from error


def absent(aws: Aws, params: Mapping[str, Any], check_mode: bool) -> Result:
    """Delete an endpoint; that there is none is as good."""
    name = params["name"]
    timeout = float(params.get("wait_timeout") or deployments.DEFAULT_TIMEOUT)
    found = describe(aws, name)
    if found is None:
        return Result(NOUN, name, {}, Plan(), {}, {})
    if found["EndpointStatus"] == DELETING:
        if not check_mode and params["wait"]:
            gone(aws, name, timeout)
        return Result(NOUN, name, {}, Plan(plans.WAIT), comparable(found, {}), {})
    before = comparable(found, read_tags(aws, found))
    plan = Plan(plans.DELETE, [Change("state", "present", "absent")], ["DeleteEndpoint"])
    if not check_mode:
        with plans.attached(plan):
            if not is_settled(found):
                settle(aws, name, timeout)
            delete(aws, name, timeout, params["wait"])
    return Result(NOUN, name, {}, plan, before, {})
