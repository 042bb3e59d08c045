# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run of the role has done until a task failed."""

from __future__ import annotations

from typing import Any

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.plans import Change
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.plans import Plan
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy import failed_run
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy import steps

WHY = Change("models[main].primary_container.image", "1", "2").as_dict()
MADE = Plan("create", calls=["CreateModel"]).as_dict()
MOVED = Plan("update", [Change("endpoint_config_name", "a", "b")], ["UpdateEndpoint"]).as_dict()
SCALED = Plan("update", calls=["RegisterScalableTarget"]).as_dict()


def until(part: str, number: int, result: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    listed = [
        steps.step(steps.MODELS, steps.MODELS, MADE, "m1", 0),
        steps.step(steps.MODELS, steps.MODELS, MADE, "m2", 1),
        steps.step(steps.ENDPOINT, steps.ENDPOINT, steps.with_reasons(MOVED, [WHY])),
        steps.step(steps.AUTOSCALING, steps.AUTOSCALING, SCALED),
    ]
    jobs = [{"tasks": part} for part in (steps.MODELS, steps.ENDPOINT, steps.AUTOSCALING)]
    done, last = failed_run.done_until(failed_run.FailedTask(part, number, result), listed, jobs)
    return [one["name"] or one["part"] for one in done], last


def test_the_step_that_failed_is_marked_and_keeps_its_reasons() -> None:
    done, last = until(steps.ENDPOINT, 0, {"plan": MOVED, "failed": True})
    assert done == ["m1", "m2"]
    assert last["plan"] == {**MOVED, "changes": [*MOVED["changes"], WHY], "failed": True}


def test_a_failure_without_a_plan_has_only_what_came_before() -> None:
    assert until(steps.MODELS, 1, {"failed": True}) == (["m1"], {})
    assert until("preflight", 0, {"plan": MOVED}) == ([], {})
