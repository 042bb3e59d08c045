# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many calls a run makes: as many with a hundred endpoints beside it, of the same prefix, as with one."""

from __future__ import annotations

from typing import Any

import pytest

from integration.logic import IMAGE
from integration.logic import ROLE
from integration.logic import Logic
from integration.whole_runs import NAME
from integration.whole_runs import Stage
from integration.whole_runs import deploy
from integration.whole_runs import destroy
from local_aws.process import LocalAws

OWNER = "mlops.sagemaker/endpoint"
# Of a run that finds nothing to change, on instances that are scaled, with an execution role of its own.
MOST_CALLS = 12
# What a listing may ask for at most.
LARGEST = {"DescribeScalableTargets": 50, "DescribeScheduledActions": 50, "DescribeScalingPolicies": 10}


def make_neighbours(logic: Logic, first: int, last: int) -> None:
    """Endpoints of the same prefix, as other runs of the role make them."""
    for number in range(first, last):
        name, hash_ = f"neighbour-{number}", f"{number:08x}"
        tags = [{"Key": OWNER, "Value": name}]
        model = f"{NAME}-model-{hash_}"
        logic.sagemaker.create_model(
            ModelName=model, ExecutionRoleArn=ROLE, PrimaryContainer={"Image": IMAGE}, Tags=tags
        )
        variant = {
            "VariantName": "main",
            "ModelName": model,
            "InstanceType": "ml.m5.large",
            "InitialInstanceCount": 1,
        }
        config = f"{NAME}-config-{hash_}"
        logic.sagemaker.create_endpoint_config(EndpointConfigName=config, ProductionVariants=[variant], Tags=tags)
        logic.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config, Tags=tags)
    logic.aws.advance(60)


def check_pages(calls: list[dict[str, Any]]) -> None:
    """Every listing asked for the largest page."""
    for call in calls:
        operation, request = call["operation"], call["request"]
        if operation.startswith("List") and operation != "ListTagsForResource":
            assert request["MaxResults"] == 100, call
        elif operation in LARGEST:
            assert request["MaxResults"] == LARGEST[operation], call
        elif operation == "GetResources":
            assert request["ResourcesPerPage"] == 100


def test_a_run_makes_as_many_calls_whoever_shares_the_prefix(aws: LocalAws) -> None:
    logic = Logic(aws)
    stage = Stage(logic)
    stage.run(deploy("1"))
    stage.run(deploy("2"))
    counts = {}
    for first, last in ((0, 1), (1, 10), (10, 100)):
        make_neighbours(logic, first, last)
        assert stage.changes(deploy("2")) == []
        counts[last] = [call["operation"] for call in aws.calls()]
        check_pages(aws.calls())
    assert counts[1] == counts[10] == counts[100]
    # One more for the release that is kept, none for the role, which is given.
    assert len(counts[1]) <= MOST_CALLS, counts[1]

    # Only where something goes the endpoints of the account are looked at, for what they use.
    aws.clear_calls()
    stage.run(deploy("3"))
    made = [call["operation"] for call in aws.calls()]
    check_pages(aws.calls())
    assert made.count("DescribeEndpoint") < 120 and made.count("ListEndpoints") == 2
    assert "ListModels" not in made
    aws.clear_calls()
    stage.run(destroy)
    made = [call["operation"] for call in aws.calls()]
    assert "ListModels" not in made
    # The endpoints of the account are listed once, in two pages.
    assert made.count("ListEndpoints") <= 2, made


def test_a_run_that_finds_nothing_to_change_asks_for_nothing_twice(aws: LocalAws) -> None:
    logic = Logic(aws)
    stage = Stage(logic)
    own_role = deploy("1", sg_role_arn=None)
    stage.run(own_role)
    counts = {}
    for first, last in ((0, 1), (1, 10)):
        make_neighbours(logic, first, last)
        assert stage.changes(own_role) == []
        counts[last] = [call["operation"] for call in aws.calls()]
    assert counts[1] == counts[10]
    assert {"GetRole", "DescribeScalingPolicies", "DescribeModel"} <= set(counts[1])
    assert len(counts[1]) <= MOST_CALLS, counts[1]
    assert len(counts[1]) == len(set(counts[1])), counts[1]


@pytest.mark.parametrize("neighbours", [1, 10])
def test_where_the_tagging_api_is_denied_names_are_listed(aws: LocalAws, neighbours: int) -> None:
    logic = Logic(aws)
    stage = Stage(logic)
    aws.fault("GetResources", kind="denied", times=99)
    make_neighbours(logic, 0, neighbours)
    for step in ("1", "2", "3"):
        stage.run(deploy(step))
        assert stage.changes(deploy(step)) == []
        check_pages(aws.calls())
    own = [name for name in names(logic) if not name.endswith(tuple(f"{number:08x}" for number in range(neighbours)))]
    assert len(own) == 3  # The live one, the one before it, and the stranger's.
    stage.run(destroy)
    assert len(names(logic)) == neighbours + 1


def names(logic: Logic) -> list[str]:
    pages = logic.sagemaker.get_paginator("list_endpoint_configs").paginate()
    return [config["EndpointConfigName"] for page in pages for config in page["EndpointConfigs"]]
