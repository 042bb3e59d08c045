# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the plan of the whole role: one out of the results of its tasks."""

from __future__ import annotations

from typing import Any

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.plan import assemble

NOTHING = {"action": "none", "changes": [], "calls": []}
SKIPPED = {"skipped": True, "changed": False}
HISTORY = {"path": "tags.mlops.sagemaker/history", "before": None, "after": "1"}


def plan(action: str, *calls: str, changes: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {"action": action, "changes": changes or [], "calls": list(calls)}


def test_what_was_skipped_or_is_missing_does_nothing() -> None:
    assert assemble({"iam_role": SKIPPED, "models": {"results": [SKIPPED]}}) == {
        "iam_role": NOTHING,
        "models": [],
        "endpoint_config": NOTHING,
        "endpoint": NOTHING,
        "inference_components": [],
        "autoscaling": [],
        "pruned": NOTHING,
    }


def test_items_of_loops_are_named() -> None:
    component = {"plan": plan("create", "CreateInferenceComponent")}
    found = assemble(
        {
            "models": {"results": [{"plan": plan("none"), "model": {"model_name": "m1"}}]},
            "inference_components": {
                "results": [
                    {**component, "inference_component": {"inference_component_name": "chat"}},
                    {"plan": plan("delete"), "inference_component": {}, "__sagemaker_endpoint_item": "old"},
                ]
            },
        }
    )
    assert [one["name"] for one in found["models"] + found["inference_components"]] == ["m1", "chat", "old"]


def test_alarms_get_a_plan() -> None:
    def made(name: str, changed: bool = True) -> dict[str, Any]:
        return {"changed": changed, "__sagemaker_endpoint_target": {"alarm": {"name": name}}}

    found = assemble(
        {
            "dropped_alarms": {"results": [{"changed": True, "__sagemaker_endpoint_item": "gone"}]},
            "autoscaling": {"results": [{"plan": plan("update", "X"), "scalable_target": {"resource_id": "r"}}]},
            "alarms": {"results": [made("new"), made("known"), made("same", changed=False)]},
        },
        known_alarms=["known", "gone"],
    )["autoscaling"]
    assert [(one["name"], one["action"], one["calls"]) for one in found] == [
        ("gone", "delete", ["DeleteAlarms"]),
        ("r", "update", ["X"]),
        ("new", "create", ["PutMetricAlarm"]),
        ("known", "update", ["PutMetricAlarm"]),
    ]


def test_a_release_that_passed_its_test_is_entered_once() -> None:
    rollout = plan("update", "UpdateEndpoint", changes=[{"path": "endpoint_config_name", "before": "a", "after": "b"}])
    in_a_run = {"changed": True, "plan": plan("retag", "AddTags", changes=[HISTORY])}
    in_check_mode = {
        "changed": True,
        "plan": plan("update", "UpdateEndpoint", "AddTags", changes=[*rollout["changes"], HISTORY]),
    }
    results = [
        assemble({"endpoint": {"plan": rollout}, "tested": one})["endpoint"] for one in (in_a_run, in_check_mode)
    ]
    assert (
        results[0] == results[1] == plan("update", "UpdateEndpoint", "AddTags", changes=[*rollout["changes"], HISTORY])
    )
    alone = assemble({"endpoint": {"plan": NOTHING}, "tested": in_a_run})["endpoint"]
    assert (alone["action"], alone["calls"]) == ("retag", ["AddTags"])
    assert assemble({"endpoint": {"plan": rollout}, "tested": {"changed": False}})["endpoint"] == rollout


def test_what_is_pruned_is_one_plan() -> None:
    found = assemble(
        {
            "dropped_components": {"results": [{"plan": plan("delete", "DeleteInferenceComponent")}]},
            "releases": {"plan": plan("delete", "DeleteModel")},
            "permissions": SKIPPED,
        }
    )["pruned"]
    assert found == plan("delete", "DeleteInferenceComponent", "DeleteModel")


def test_a_target_that_only_the_next_run_can_register_is_in_the_plan() -> None:
    name = "endpoint/e/variant/new"
    assert assemble({"postponed_targets": [name]})["autoscaling"] == [
        {
            "name": name,
            "action": "wait",
            "changes": [{"path": "next_run", "before": None, "after": "RegisterScalableTarget"}],
            "calls": [],
        }
    ]
