# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each status that an endpoint can be found in, with each wish: the table in the documentation of endpoints.py, cell by cell.

Each cell is run in check mode first (no call that changes anything, the same prediction), then for real, then again
(nothing to do).
"""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api.transitions import Deadline
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import SageMakerError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources import endpoints
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rollout import endpoint as endpoint_rollout
from integration.logic import PRESENT
from integration.logic import Logic
from integration.logic import shown
from local_aws.process import LocalAws

STATUSES = (
    "none",
    "Creating",
    "InService",
    "Updating",
    "SystemUpdating",
    "RollingBack",
    "Failed",
    "OutOfService",
    "Deleting",
    "UpdateRollbackFailed",
)
SAME, OTHER, POLICY, TAGS, ABSENT = "same", "other", "other deployment policy", "other tags", "absent"

CREATE, UPDATE, DELETE = ["CreateEndpoint"], ["UpdateEndpoint"], ["DeleteEndpoint"]
REPLACE = DELETE + CREATE

# (status, wish): what the run does. None: refused.
TABLE: dict[tuple[str, str], tuple[str, list[str]] | None] = {
    **{(status, SAME): ("wait", []) for status in STATUSES},
    **{(status, OTHER): ("update", UPDATE) for status in STATUSES},
    **{(status, TAGS): ("retag", ["AddTags"]) for status in STATUSES},
    **{(status, ABSENT): ("delete", DELETE) for status in STATUSES},
    ("InService", SAME): ("none", []),
    ("UpdateRollbackFailed", SAME): None,
    ("UpdateRollbackFailed", TAGS): None,
    **{(status, wish): ("replace", REPLACE) for status in ("Failed", "OutOfService") for wish in (SAME, TAGS)},
    ("Failed", OTHER): ("replace", REPLACE),
    **{(status, wish): ("create", CREATE) for status in ("none", "Deleting") for wish in (SAME, OTHER, TAGS)},
    ("none", ABSENT): ("none", []),
    ("Deleting", ABSENT): ("wait", []),
}
# A deployment policy that differs by itself changes nothing: as if it were not given.
TABLE.update({(status, POLICY): TABLE[status, SAME] for status in STATUSES})

ALL_AT_ONCE = {
    "blue_green_update_policy": {
        "traffic_routing_configuration": {"type": "ALL_AT_ONCE", "wait_interval_in_seconds": 0},
        "termination_wait_in_seconds": 60,
    }
}
LONG = 20.0


@pytest.fixture
def logic(aws: LocalAws) -> Logic:
    return Logic(aws)


def find_in(logic: Logic, status: str) -> None:
    """Make the endpoint e, which uses the configuration c1 or is on its way to it, and is found in this status."""
    aws, sagemaker = logic.aws, logic.sagemaker
    logic.make_config("c1")
    logic.make_config("c2")
    logic.make_config("c3")
    if status == "none":
        return
    if status == "Failed":
        aws.script("e", "create", "fail", reason="The primary container did not pass the ping health check.")
    if status == "Creating":
        aws.configure(creating=LONG)
    logic.make_endpoint("e", "c3" if status == "Updating" else "c1", settled=status != "Creating")
    if status == "Updating":
        aws.configure(updating=LONG)
        sagemaker.update_endpoint(EndpointName="e", EndpointConfigName="c1")
    elif status in ("SystemUpdating", "OutOfService"):
        event = "system_update" if status == "SystemUpdating" else "out_of_service"
        aws.script("e", event, seconds=LONG)
    elif status == "RollingBack":
        aws.configure(updating=1, rolling_back=LONG)
        aws.script("e", "update", "rollback")
        # Only a guarded update shows it.
        routing = {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}
        guard = {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing}}
        sagemaker.update_endpoint(EndpointName="e", EndpointConfigName="c3", DeploymentConfig=guard)
        aws.advance(2)
    elif status == "UpdateRollbackFailed":
        aws.script("e", "update", "rollback_failed")
        sagemaker.update_endpoint(EndpointName="e", EndpointConfigName="c3")
        aws.advance(60)
    elif status == "Deleting":
        aws.configure(deleting=LONG)
        sagemaker.delete_endpoint(EndpointName="e")
    assert logic.status("e") == status


def wished(wish: str) -> dict[str, Any]:
    """The options of the module."""
    params = {**PRESENT, "name": "e", "endpoint_config_name": "c2" if wish == OTHER else "c1"}
    if wish == ABSENT:
        params["state"] = "absent"
    if wish == POLICY:
        params["deployment_config"] = ALL_AT_ONCE
    if wish == TAGS:
        params["tags"] = {"team": "fraud"}
    return params


def test_the_table_is_complete() -> None:
    assert set(TABLE) == {(status, wish) for status in STATUSES for wish in (SAME, OTHER, POLICY, TAGS, ABSENT)}


@pytest.mark.parametrize("wish", [SAME, OTHER, POLICY, TAGS, ABSENT])
@pytest.mark.parametrize("status", STATUSES)
def test_cell(logic: Logic, status: str, wish: str) -> None:
    find_in(logic, status)
    params = wished(wish)
    expected = TABLE[status, wish]
    logic.aws.clear_calls()

    if expected is None:
        for check_mode in (True, False):
            with pytest.raises(SageMakerError, match="UpdateRollbackFailed"):
                logic.run(endpoint_rollout.ensure, params, check_mode=check_mode)
        assert logic.aws.mutating() == []
        return

    predicted = logic.run(endpoint_rollout.ensure, params, check_mode=True)
    assert logic.aws.mutating() == []
    assert (predicted.plan.action, predicted.plan.calls) == expected

    result = logic.run(endpoint_rollout.ensure, params)
    assert shown(result) == shown(predicted)
    assert logic.aws.mutating() == expected[1]
    assert logic.status("e") == (None if wish == ABSENT else "InService")
    if wish != ABSENT:
        assert result.resource["endpoint_config_name"] == params["endpoint_config_name"]
        assert predicted.resource["endpoint_config_name"] == params["endpoint_config_name"]
        assert result.resource["tags"] == (params["tags"] or {})

    logic.aws.clear_calls()
    again = logic.run(endpoint_rollout.ensure, params)
    assert (again.plan.action, again.plan.calls) == ("none", [])
    assert logic.aws.mutating() == []
    assert len(logic.aws.calls()) <= 2


@pytest.mark.parametrize("status", ["Failed", "OutOfService"])
def test_what_serves_nothing_is_kept_when_asked_for(logic: Logic, status: str) -> None:
    find_in(logic, status)
    logic.aws.clear_calls()
    for check_mode in (True, False):
        with pytest.raises(SageMakerError, match="replace_failed"):
            logic.run(endpoint_rollout.ensure, {**wished(SAME), "replace_failed": False}, check_mode=check_mode)
    assert logic.aws.mutating() == []


@pytest.mark.parametrize("status", ["InService", "Failed", "Deleting"])
def test_a_deletion_that_fails_is_told_at_once(logic: Logic, status: str) -> None:
    logic.aws.script("e", "delete", "fail", reason="The network interfaces are in use.")
    find_in(logic, status)
    with pytest.raises(
        SageMakerError, match="could not be deleted and is Failed now.*interfaces are in use.*run the task again"
    ) as caught:
        logic.run(endpoint_rollout.ensure, wished(ABSENT))
    assert caught.value.details["failure_reason"] == "The network interfaces are in use."
    assert logic.run(endpoint_rollout.ensure, wished(ABSENT)).plan.action == "delete"
    assert logic.status("e") is None


@pytest.mark.parametrize("late", [2, 1000])
def test_what_had_failed_before_it_was_to_be_deleted_is_given_a_moment(logic: Logic, late: int) -> None:
    """A description that comes late shows it as it was."""
    find_in(logic, "Failed")
    described = logic.sagemaker.describe_endpoint(EndpointName="e")
    aws = logic.connection()
    answers = [described] * late

    def look(name: str, request: Any, *lookup: Any) -> Any:
        return answers.pop() if name == "DescribeEndpoint" and answers else call(name, request, *lookup)

    call = aws.sagemaker.call
    aws.sagemaker.call = look  # type: ignore[method-assign]
    if late < 10:
        endpoints.delete(aws, described, Deadline(aws.clock, 3600))
        assert logic.status("e") is None
    else:
        with pytest.raises(SageMakerError, match="could not be deleted"):
            endpoints.delete(aws, described, Deadline(aws.clock, 3600))
        assert len(answers) > 980


def test_an_update_under_way_to_something_else_is_waited_for_first(logic: Logic) -> None:
    find_in(logic, "Updating")
    result = logic.run(endpoint_rollout.ensure, wished(OTHER))
    assert result.plan.action == "update"
    assert result.resource["endpoint_config_name"] == "c2"


def test_without_waiting_the_same_configuration_under_way_is_left_alone(logic: Logic) -> None:
    find_in(logic, "Updating")
    result = logic.run(endpoint_rollout.ensure, {**wished(SAME), "wait": False})
    assert result.plan.action == "wait"
    assert logic.status("e") == "Updating"
