# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is planned for a role that is or is not there, without any service."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import ownership
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import InputError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import SageMakerError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.iam import policy as execution_policy
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.iam import role as execution_role
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.iam.role import DesiredRole
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.iam.role import Role

ACCOUNT = "111122223333"
TRUST = execution_policy.trust_policy(ACCOUNT)
FULL_ACCESS = "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"
FOREIGN = f"arn:aws:iam::{ACCOUNT}:policy/of-the-company"
DOCUMENT = {"Version": "2012-10-17", "Statement": [{"Sid": "A", "Effect": "Allow", "Action": "a:B", "Resource": "c"}]}
NAME = execution_policy.policy_name(DOCUMENT)
OLD = "mlops-sagemaker-00000001"
OLDER = "mlops-sagemaker-00000002"
REGION = "us-east-1"
HERE = f"{ownership.REGION_TAG}{REGION}"
THERE = f"{ownership.REGION_TAG}eu-west-1"
OWNER = {ownership.OWNER_TAG: "prod", HERE: "prod"}
ROLE = Role(name="churn", arn=f"arn:aws:iam::{ACCOUNT}:role/churn", trust=TRUST, tags=OWNER, inline_policies=(NAME,))


def desired(**options: Any) -> DesiredRole:
    return DesiredRole(**{"name": "churn", "endpoint_name": "prod", "region": REGION, "policy": DOCUMENT, **options})


def work(found: Role | None, **options: Any) -> execution_role.Work:
    return execution_role.present(desired(**options), found, "aws", ACCOUNT)


def role(**members: Any) -> Role:
    return dataclasses.replace(ROLE, **members)


def told(plan: Any) -> tuple[str, list[str], list[str]]:
    return plan.action, [change.path for change in plan.changes], plan.calls


def test_creation() -> None:
    todo = work(None, tags={"team": "x"}, managed_policies=(FULL_ACCESS,), permissions_boundary_arn=FOREIGN)
    assert todo.plan.action == "create"
    assert todo.plan.calls == ["CreateRole", "AttachRolePolicy", "PutRolePolicy"]
    assert [step.module for step in todo.steps] == ["amazon.aws.iam_role", "amazon.aws.iam_policy"]
    assert todo.steps[0].args["tags"] == {"team": "x", **OWNER}
    assert todo.steps[0].args["boundary"] == FOREIGN
    assert todo.after == role(
        tags={"team": "x", **OWNER}, managed_policies=(FULL_ACCESS,), permissions_boundary_arn=FOREIGN
    )
    assert todo.diff()["before"] == {}
    # What is empty is not shown.
    assert "description" not in todo.diff()["after"]


def test_creation_without_any_policy() -> None:
    todo = work(None, policy=None)
    assert todo.plan.calls == ["CreateRole"]
    assert desired(policy=None).policy_name is None


def test_nothing_to_do() -> None:
    todo = work(ROLE)
    assert told(todo.plan) == ("none", [], [])
    assert (todo.steps, todo.after) == ([], ROLE)


def test_a_list_of_one_in_the_trust_policy_is_no_difference() -> None:
    statement = {**TRUST["Statement"][0], "Action": ["sts:AssumeRole"]}
    assert work(role(trust={"Version": "2012-10-17", "Statement": statement})).steps == []


def test_a_new_release_adds_its_policy_and_leaves_the_old_one() -> None:
    todo = work(role(inline_policies=(OLD,)))
    assert told(todo.plan) == ("update", [f"inline_policies[{NAME}]"], ["PutRolePolicy"])
    assert todo.after.inline_policies == (OLD, NAME)
    assert execution_role.stale_policies(todo.after, desired()) == [OLD]
    assert todo.diff()["after"][f"inline_policies[{NAME}]"] == DOCUMENT


def test_pruning_takes_what_is_named_and_leaves_all_else() -> None:
    found = role(inline_policies=(OLD, OLDER, NAME, "mlops-sagemaker-by-hand"), managed_policies=(FULL_ACCESS, FOREIGN))
    todo = work(found, policy=None, prune=[OLD, "AmazonSageMakerFullAccess", "mlops-sagemaker-0000dead"])
    assert told(todo.plan) == (
        "update",
        [f"managed_policies[{FULL_ACCESS}]", f"inline_policies[{OLD}]"],
        ["DetachRolePolicy", "DeleteRolePolicy"],
    )
    assert todo.steps[0].args["managed_policies"] == [FOREIGN]
    assert set(todo.after.inline_policies) == {OLDER, NAME, "mlops-sagemaker-by-hand"}
    assert todo.after.managed_policies == (FOREIGN,)


def test_pruning_leaves_what_came_after_its_names_were_told() -> None:
    """Another run gives the role what it needs for its release between the look and the pruning."""
    names = execution_role.stale_policies(role(inline_policies=(OLD, NAME)), desired())
    todo = work(role(inline_policies=(OLD, NAME, OLDER)), policy=None, prune=names)
    assert todo.plan.calls == ["DeleteRolePolicy"]
    assert set(todo.after.inline_policies) == {NAME, OLDER}


def test_pruning_leaves_what_the_task_itself_asks_for() -> None:
    assert desired(policy=None, managed_policies=(FULL_ACCESS,)).policy_name == "AmazonSageMakerFullAccess"
    found = role(managed_policies=(FULL_ACCESS,))
    assert work(found, prune=[NAME, "AmazonSageMakerFullAccess"], managed_policies=(FULL_ACCESS,)).steps == []


def test_pruning_alone_makes_no_role() -> None:
    """Another run has deleted it."""
    gone = work(None, policy=None, prune=[OLD])
    assert (gone.plan.changed, gone.steps, gone.before, gone.after) == (False, [], None, None)
    for more in ({"policy": DOCUMENT}, {"managed_policies": (FOREIGN,)}, {"tags": {}}, {"description": ""}):
        assert work(None, **{"policy": None, "prune": [OLD], **more}).plan.calls[0] == "CreateRole"


def test_only_names_of_policies_given_here_can_be_pruned() -> None:
    names = [OLD, "AmazonSageMakerFullAccess"]
    assert execution_role.prunable(names) == names
    with pytest.raises(InputError, match="prune_policies: mlops-sagemaker-by-hand, x was not added by this module"):
        execution_role.prunable([*names, "mlops-sagemaker-by-hand", "x"])


def test_what_is_added_comes_before_what_is_taken_away() -> None:
    found = role(inline_policies=(OLD,), managed_policies=(FULL_ACCESS,))
    todo = work(found, prune=[OLD, "AmazonSageMakerFullAccess"])
    assert todo.plan.calls == ["PutRolePolicy", "DetachRolePolicy", "DeleteRolePolicy"]


def test_attaching_purges_nothing() -> None:
    todo = work(role(managed_policies=(FOREIGN,)), managed_policies=(FULL_ACCESS,))
    assert todo.plan.calls == ["AttachRolePolicy"]
    assert todo.steps[0].args["purge_policies"] is False


def test_tags_alone_are_a_retag() -> None:
    found = role(tags={**OWNER, "team": "x", "aws:cloudformation:stack-name": "s"})
    todo = work(found, tags={"stage": "prod"})
    assert told(todo.plan) == ("retag", ["tags.stage", "tags.team"], ["UntagRole", "TagRole"])
    assert todo.after.tags == {**OWNER, "stage": "prod", "aws:cloudformation:stack-name": "s"}
    assert work(found, tags={"stage": "prod"}, purge_tags=False).plan.calls == ["TagRole"]
    assert work(found).steps == []


def test_everything_else_in_the_order_of_iam_role() -> None:
    found = role(trust={}, description="old")
    todo = work(found, tags={"a": "b"}, description="new", permissions_boundary_arn=FOREIGN)
    assert todo.plan.calls == ["TagRole", "UpdateAssumeRolePolicy", "UpdateRole", "PutRolePermissionsBoundary"]
    assert todo.plan.action == "update"
    assert todo.after.trust == TRUST


def test_a_boundary_goes_only_when_told() -> None:
    found = role(permissions_boundary_arn=FOREIGN)
    assert work(found).steps == []
    assert work(found, permissions_boundary_arn="").plan.calls == ["DeleteRolePermissionsBoundary"]


def test_deletion() -> None:
    assert execution_role.absent(None, REGION).plan.action == "none"
    todo = execution_role.absent(role(managed_policies=(FOREIGN,), inline_policies=(NAME, OLD)), REGION)
    assert told(todo.plan) == (
        "delete",
        ["state"],
        ["DetachRolePolicy", "DeleteRolePolicy", "DeleteRolePolicy", "DeleteRole"],
    )
    assert todo.diff()["after"] == {}


# A role that the endpoints of two regions use


def test_each_region_notes_that_it_uses_the_role() -> None:
    before = role(tags={ownership.OWNER_TAG: "prod", THERE: "prod", "team": "x"})
    for given, left in ((None, {"team": "x"}), ({"stage": "prod"}, {"stage": "prod"})):
        todo = work(before, tags=given)
        assert f"tags.{HERE}" in [change.path for change in todo.plan.changes]
        assert todo.after.tags == {**OWNER, THERE: "prod", **left}


def test_a_generated_name_holds_its_region() -> None:
    name = execution_policy.role_name("churn", "prod", REGION)
    assert desired(name=name).owner == {ownership.OWNER_TAG: "prod"}
    assert desired(name=execution_policy.role_name("churn", "prod", "eu-west-1")).owner == OWNER


def test_pruning_alone_makes_no_note() -> None:
    found = role(tags={ownership.OWNER_TAG: "prod"}, inline_policies=(OLD,))
    assert work(found, policy=None, prune=[OLD]).plan.calls == ["DeleteRolePolicy"]


def test_a_role_that_another_region_uses_is_given_up_and_stays() -> None:
    found = role(tags={**OWNER, THERE: "prod"})
    todo = execution_role.absent(found, REGION)
    assert told(todo.plan) == ("retag", [f"tags.{HERE}"], ["TagRole"])
    assert todo.after.tags == {**OWNER, THERE: "prod", HERE: ""}
    # Of other regions' tags nothing is taken away, though they come in the meantime.
    assert (todo.steps[0].args["tags"], todo.steps[0].args["purge_tags"]) == ({HERE: ""}, False)

    assert told(execution_role.absent(todo.after, REGION).plan) == ("none", [], [])
    assert execution_role.absent(todo.after, "eu-west-1").plan.action == "delete"


def test_a_role_without_notes_of_regions_is_deleted() -> None:
    """It was made before there were any."""
    found = role(tags={ownership.OWNER_TAG: "prod"})
    assert execution_role.absent(found, REGION).plan.action == "delete"


def test_nothing_is_stale_while_another_region_uses_the_role() -> None:
    found = role(tags={**OWNER, THERE: "prod"}, inline_policies=(OLD, NAME))
    assert execution_role.stale_policies(found, desired()) == []
    assert execution_role.stale_policies(role(tags={**OWNER, THERE: ""}, inline_policies=(OLD, NAME)), desired()) == [
        OLD
    ]


@pytest.mark.parametrize(
    ("its_tags", "why"),
    [
        ({}, "was not created by this module, because it has no tag mlops.sagemaker/endpoint"),
        ({ownership.OWNER_TAG: "test"}, "belongs to the endpoint test"),
    ],
)
def test_a_role_of_somebody_else_is_left_alone(its_tags: dict[str, str], why: str) -> None:
    with pytest.raises(SageMakerError, match=f"The IAM role churn {why}, so it is neither changed nor deleted"):
        execution_role.refuse_foreign(role(tags=its_tags), "prod")


def test_what_iam_role_info_returns() -> None:
    found = execution_role.from_info(
        {
            "role_name": "churn",
            "arn": ROLE.arn,
            "assume_role_policy_document": TRUST,
            "permissions_boundary": {"permissions_boundary_arn": FOREIGN, "permissions_boundary_type": "Policy"},
            "inline_policies": [NAME, OLD],
            "managed_policies": [{"policy_name": "of-the-company", "policy_arn": FOREIGN}],
            "instance_profiles": [],
            "tags": OWNER,
        }
    )
    assert found == role(permissions_boundary_arn=FOREIGN, inline_policies=(OLD, NAME), managed_policies=(FOREIGN,))
    assert (found.partition, found.account) == ("aws", ACCOUNT)


def test_managed_policies_by_name_are_of_the_partition() -> None:
    assert execution_role.managed_policy_arn("AmazonSageMakerFullAccess", "aws-cn") == (
        "arn:aws-cn:iam::aws:policy/AmazonSageMakerFullAccess"
    )
    assert execution_role.managed_policy_arn(FOREIGN, "aws-cn") == FOREIGN
