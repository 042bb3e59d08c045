# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the plan of the whole role: its steps as one plan, as tasks, and with what became of them."""

from __future__ import annotations

from typing import Any

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.ownership import HISTORY_TAG
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy import run
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy import steps

NOTHING = {"action": "none", "changes": [], "calls": []}
HISTORY = {"path": f"tags.{HISTORY_TAG}", "before": None, "after": "1"}


def plan(action: str, *calls: str, changes: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {"action": action, "changes": changes or [], "calls": list(calls)}


def test_no_steps_do_nothing() -> None:
    assert steps.assemble([]) == {
        "iam_role": NOTHING,
        "models": [],
        "endpoint_config": NOTHING,
        "endpoint": NOTHING,
        "inference_components": [],
        "autoscaling": [],
        "pruned": NOTHING,
    }
    assert not steps.is_changing([])


def test_lists_are_named() -> None:
    made = steps.step(steps.MODELS, "models", plan("create", "CreateModel"), "m1", 0)
    gone = steps.step(steps.REMOVE_COMPONENTS, "inference_components", plan("delete"), "old")
    found = steps.assemble([made, gone])
    assert [one["name"] for one in found["models"] + found["inference_components"]] == ["m1", "old"]


def test_alarms_get_a_plan() -> None:
    made = [
        steps.alarm_change("new", exists=False),
        steps.alarm_change("known", exists=True),
        steps.alarm_removal("gone"),
    ]
    assert [(one["action"], one["calls"]) for one in made] == [
        ("create", ["PutMetricAlarm"]),
        ("update", ["PutMetricAlarm"]),
        ("delete", ["DeleteAlarms"]),
    ]


def test_a_release_that_passed_its_test_is_entered_once() -> None:
    rollout = plan("update", "UpdateEndpoint", changes=[{"path": "endpoint_config_name", "before": "a", "after": "b"}])
    entry = steps.entry({}, {HISTORY_TAG: "1"})

    def both(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
        parts = (steps.ENDPOINT, one), (steps.SMOKE_TEST, other)
        return steps.assemble(steps.step(part, steps.ENDPOINT, done) for part, done in parts)["endpoint"]

    entered = plan("update", "UpdateEndpoint", "AddTags", changes=[*rollout["changes"], HISTORY])
    assert both(rollout, entry) == entered
    # The rollout has set the tag to something else before.
    earlier = {**rollout, "changes": [*rollout["changes"], {**HISTORY, "after": ""}]}
    assert both(earlier, entry) == plan("update", "UpdateEndpoint", "AddTags", changes=earlier["changes"])
    alone = both(NOTHING, entry)
    assert (alone["action"], alone["calls"]) == ("retag", ["AddTags"])
    assert both(rollout, steps.entry({HISTORY_TAG: "1"}, {HISTORY_TAG: "1"})) == rollout


def test_what_is_pruned_is_one_plan() -> None:
    parts = (plan("delete", "DeleteInferenceComponent"), plan("delete", "DeleteModel"), NOTHING)
    found = steps.assemble(steps.step(steps.RELEASES, "pruned", one) for one in parts)["pruned"]
    assert found == plan("delete", "DeleteInferenceComponent", "DeleteModel")


def test_a_target_that_only_the_next_run_can_register_is_in_the_plan() -> None:
    name = "endpoint/e/variant/new"
    step = steps.step(steps.POSTPONED, "autoscaling", steps.postponement(), name)
    assert steps.assemble([step])["autoscaling"] == [
        {
            "name": name,
            "action": "wait",
            "changes": [{"path": "next_run", "before": None, "after": "RegisterScalableTarget"}],
            "calls": [],
        }
    ]
    assert not step["runs"] and not steps.is_changing([step])


def test_other_models_are_a_reason_only_for_an_update() -> None:
    reason = {"path": "models[main].primary_container.image", "before": "a", "after": "b"}
    own = {"path": "production_variants[main].instance_type", "before": "a", "after": "b"}
    for call in ("UpdateEndpoint", "UpdateInferenceComponent"):
        found = steps.with_reasons(plan("update", call, changes=[own]), [reason])
        assert found["changes"] == [own, reason]
        # What the plan knows is added to what a task returns.
        assert steps.reasons(found) == [reason]
    assert steps.with_reasons(plan("create", "CreateEndpoint"), [reason])["changes"] == []


def test_what_a_merged_plan_deletes_is_named() -> None:
    gone = plan("delete", "DeleteRole", changes=[{"path": "state", "before": "present", "after": "absent"}])
    several = [
        steps.step(steps.REMOVE_COMPONENTS, "pruned", gone, "chat"),
        steps.step(steps.PRUNE_ROLES, "pruned", gone, "churn-role-1"),
        steps.step(steps.PRUNE_ROLES, "iam_role", gone, "churn-role-2"),
    ]
    found = steps.assemble(several)
    assert found["pruned"]["changes"] == [
        {"path": "inference_components[chat]", "before": "chat", "after": None},
        {"path": "execution_roles[churn-role-1]", "before": "churn-role-1", "after": None},
    ]
    assert found["iam_role"]["changes"] == [
        {"path": "execution_roles[churn-role-2]", "before": "churn-role-2", "after": None}
    ]


def test_only_steps_that_do_something_are_tasks() -> None:
    listed = [
        steps.step(steps.MODELS, "models", NOTHING, "m1", 0),
        steps.step(steps.MODELS, "models", plan("create"), "m2", 1),
        steps.step(steps.MODELS, "models", plan("retag"), "m3", 2),
        steps.step(steps.ENDPOINT_CONFIG, "endpoint_config", NOTHING, "c"),
        steps.step(steps.ENDPOINT, "endpoint", plan("wait"), "e"),
    ]
    assert run.rollout_jobs({"state": "rollback", "steps": listed}) == [
        {"tasks": "models", "names": ["m2", "m3"], "indexes": [1, 2]},
        {"tasks": "endpoint", "names": ["e"], "indexes": [None]},
    ]


def test_a_reason_that_is_a_change_of_the_configuration_too_is_listed_once() -> None:
    role = {"path": "execution_role_arn", "before": "a", "after": "b"}
    own = plan("update", "UpdateEndpoint", changes=[role])
    predicted = steps.with_reasons(own, [role])
    assert predicted["changes"] == [role]
    assert steps.with_reasons(own, steps.reasons(predicted)) == predicted


def test_what_failed_stays_marked_in_the_plan_of_all() -> None:
    failed = {**plan("update", "UpdateEndpoint"), "failed": True}
    found = steps.assemble([steps.step(steps.ENDPOINT, steps.ENDPOINT, failed)])
    assert found["endpoint"] == failed
    assert "failed" not in found["iam_role"]


def test_an_entry_into_the_history_that_failed_marks_the_plan_of_the_endpoint() -> None:
    done = steps.step(steps.ENDPOINT, steps.ENDPOINT, plan("update", "UpdateEndpoint"))
    entered = plan("retag", "AddTags", changes=[HISTORY])
    for of_test in (entered, {**entered, "failed": True}):
        found = steps.assemble([done, steps.step(steps.SMOKE_TEST, steps.ENDPOINT, of_test)])["endpoint"]
        assert found["calls"] == ["UpdateEndpoint", "AddTags"]
        assert found.get("failed") == of_test.get("failed")
