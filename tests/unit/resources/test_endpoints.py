# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is done with an endpoint, for every status and wish; and when it counts as arrived."""

from __future__ import annotations

from typing import Any
from typing import Optional

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources import endpoints

OURS = "fraud-config-new"
THEIRS = "fraud-config-old"


def endpoint(status: str, config: str, pending: Optional[str] = None, **members: Any) -> dict[str, Any]:
    summary = {"PendingDeploymentSummary": {"EndpointConfigName": pending}} if pending else {}
    return {"EndpointName": "fraud", "EndpointStatus": status, "EndpointConfigName": config, **summary, **members}


def test_every_status_of_the_service_is_known(input_shape):
    statuses = set(input_shape("ListEndpoints").members["StatusEquals"].enum)
    known = {
        endpoints.IN_SERVICE,
        endpoints.DELETING,
        endpoints.FAILED,
        endpoints.OUT_OF_SERVICE,
        endpoints.ROLLBACK_FAILED,
    }
    assert statuses == known | endpoints.TRANSITIONS


def test_none():
    assert endpoints.next_action(None, OURS) == "create"


@pytest.mark.parametrize(
    ("status", "same", "other"),
    [
        ("InService", "none", "update"),
        ("Creating", "wait", "update"),
        ("Updating", "wait", "update"),
        ("SystemUpdating", "wait", "update"),
        ("RollingBack", "wait", "update"),
        ("Deleting", "create", "create"),
        ("Failed", "replace", "replace"),
        ("OutOfService", "replace", "update"),
        ("UpdateRollbackFailed", "refuse", "update"),
    ],
)
def test_the_table(status, same, other):
    assert endpoints.next_action(endpoint(status, OURS), OURS) == same
    assert endpoints.next_action(endpoint(status, THEIRS), OURS) == other


@pytest.mark.parametrize(
    ("found", "action"),
    [
        # On its way to what is asked for.
        (endpoint("Updating", THEIRS, OURS), "wait"),
        # On its way from what is asked for to something else.
        (endpoint("Updating", OURS, THEIRS), "update"),
        # What is being undone does not come.
        (endpoint("RollingBack", THEIRS, OURS), "update"),
        (endpoint("RollingBack", OURS, THEIRS), "wait"),
        (endpoint("Creating", OURS, OURS), "wait"),
        # Scaling or a change of weights: nothing is pending.
        (endpoint("Updating", OURS), "wait"),
        (endpoint("SystemUpdating", THEIRS, OURS), "update"),
    ],
)
def test_transitions_count_by_where_they_lead(found, action):
    assert endpoints.next_action(found, OURS) == action


@pytest.mark.parametrize(
    ("found", "config"),
    [
        (endpoint("InService", THEIRS), THEIRS),
        (endpoint("Creating", OURS), OURS),
        (endpoint("Updating", THEIRS, OURS), OURS),
        (endpoint("Updating", THEIRS), THEIRS),
        (endpoint("Updating", THEIRS, PendingDeploymentSummary={}), THEIRS),
        (endpoint("RollingBack", THEIRS, OURS), THEIRS),
        (endpoint("Failed", THEIRS), THEIRS),
    ],
)
def test_destinations(found, config):
    assert endpoints.target_config(found) == config


@pytest.mark.parametrize(
    ("status", "settled"),
    [
        ("InService", True),
        ("Failed", True),
        ("OutOfService", True),
        ("UpdateRollbackFailed", True),
        ("Creating", False),
        ("Updating", False),
        ("SystemUpdating", False),
        ("RollingBack", False),
        ("Deleting", False),
    ],
)
def test_what_is_settled(status, settled):
    assert endpoints.is_stable(endpoint(status, OURS)) is settled


def test_what_does_not_exist_is_settled():
    assert endpoints.is_stable(None)


DONE = {
    "VariantName": "a",
    "CurrentWeight": 1.0,
    "DesiredWeight": 1.0,
    "CurrentInstanceCount": 2,
    "DesiredInstanceCount": 2,
}
ON_THE_WAY = {**DONE, "VariantName": "b", "CurrentInstanceCount": 1}
SHIFTING = {**DONE, "VariantName": "c", "CurrentWeight": 0.0}
CONCURRENCY = {"MemorySizeInMB": 2048, "MaxConcurrency": 5, "ProvisionedConcurrency": 1}
SERVERLESS = {
    "VariantName": "d",
    "CurrentServerlessConfig": CONCURRENCY,
    "DesiredServerlessConfig": {**CONCURRENCY, "ProvisionedConcurrency": 2},
}


@pytest.mark.parametrize(
    ("members", "arrived"),
    [
        ({"ProductionVariants": [DONE]}, True),
        ({"ProductionVariants": [DONE, ON_THE_WAY]}, False),
        ({"ProductionVariants": [SHIFTING]}, False),
        ({"ProductionVariants": [SERVERLESS]}, False),
        (
            {"ProductionVariants": [{**SERVERLESS, "CurrentServerlessConfig": SERVERLESS["DesiredServerlessConfig"]}]},
            True,
        ),
        ({"ProductionVariants": [DONE], "ShadowProductionVariants": [ON_THE_WAY]}, False),
        ({"ProductionVariants": [DONE], "PendingDeploymentSummary": {"EndpointConfigName": OURS}}, False),
        # Scaled to zero.
        ({"ProductionVariants": [{**DONE, "CurrentInstanceCount": 0, "DesiredInstanceCount": 0}]}, True),
        ({"ProductionVariants": [{**DONE, "CurrentInstanceCount": 0}]}, False),
        # Only what is told can be compared.
        ({"ProductionVariants": [{"VariantName": "a", "DesiredInstanceCount": 2}]}, True),
        ({}, True),
    ],
)
def test_what_has_arrived(members, arrived):
    assert endpoints.capacity_reached(endpoint("InService", OURS, **members)) is arrived


def test_an_endpoint_in_service_tells_which_instances_it_lacks() -> None:
    variants = [
        {"VariantName": "a", "CurrentInstanceCount": 1, "DesiredInstanceCount": 3},
        {"VariantName": "b", "CurrentInstanceCount": 2, "DesiredInstanceCount": 2},
        {"VariantName": "serverless"},
    ]
    endpoint = {"EndpointStatus": "InService", "ProductionVariants": variants}
    assert endpoints.shortfall(endpoint) == ["Variant a has 1 of 3 instances."]
    # In a transition it is on its way.
    assert endpoints.shortfall({**endpoint, "EndpointStatus": "Updating"}) == []
