# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run of the role has done until a task failed."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.plans import Change
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.plans import Plan
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy import failed_run
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy import steps
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.reports import failure as failure_report

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


# Which task failed, and its report

JOBS = [{"tasks": part} for part in (steps.MODELS, steps.ENDPOINT, steps.SMOKE_TEST, steps.AUTOSCALING)]
FAILED = {"failed": True, "msg": "no luck"}
REPORT = {
    "what": "invocation",
    "name": "churn",
    "status": "InService",
    "rolled_back": False,
    "serving": {"variants": []},
}


@pytest.mark.parametrize(
    ("planned", "results", "expected"),
    [
        ({}, {}, None),
        ({"failed": True}, {steps.MODELS: {"results": [FAILED]}}, ("plan", 0)),
        ({}, {steps.MODELS: {"results": [{}, FAILED]}, steps.ENDPOINT: FAILED}, (steps.MODELS, 1)),
        ({}, {steps.MODELS: {"results": [{}]}, steps.ENDPOINT: FAILED}, (steps.ENDPOINT, 0)),
        # The answer comes before the entry into the history.
        ({}, {"answer": FAILED, steps.SMOKE_TEST: {}}, (steps.SMOKE_TEST, 0)),
        ({}, {"answer": {}, steps.SMOKE_TEST: FAILED}, (steps.SMOKE_TEST, 0)),
        # What is not a job of this run was left by an earlier one.
        ({}, {steps.COMPONENTS: {"results": [FAILED]}}, None),
    ],
)
def test_the_first_task_that_failed(planned: dict[str, Any], results: dict[str, Any], expected: Any) -> None:
    found = failed_run.find(planned, JOBS, results)
    assert (found and (found.part, found.number)) == expected


@pytest.mark.parametrize(
    ("wanted", "checked", "ends"),
    [
        (True, {"errors": 1, "report": "all of it"}, True),
        (True, {"failed": True, "msg": "no luck"}, True),
        (True, {"errors": 0, "report": "well"}, False),
        (True, {}, False),
        # Of an earlier run in the same play.
        (False, {"errors": 1}, False),
    ],
)
def test_a_preflight_ends_a_run_that_asks_for_it(wanted: bool, checked: dict[str, Any], ends: bool) -> None:
    found = failed_run.before_plan({"preflight": wanted}, {"preflight": checked})
    assert (found is not None) is ends
    if found is not None:
        assert found.part == "preflight"
        assert found.result["msg"] == checked.get("report", checked.get("msg"))


def test_a_task_without_a_report_gets_one_with_the_same_keys() -> None:
    failed = failed_run.FailedTask(steps.ENDPOINT_CONFIG, 0, {**FAILED, "cause": "role", "remedy": "Do it."})
    told = failed_run.report(failed, {"name": "churn"}, {})
    assert told == {
        **failure_report.failure("endpoint config", "churn"),
        "reason": "no luck",
        "cause": "role",
        "remedy": "Do it.",
    }
    told = failed_run.report(failed_run.FailedTask(steps.ENDPOINT_CONFIG, 0, {"rolled_back": True}), {}, {})
    assert (told["cause"], told["remedy"], told["name"], told["rolled_back"]) == ("unknown", "", None, True)


BACK = {"endpoint": {"endpoint_config_name": "old", "production_variants": [1], "endpoint_status": "InService"}}


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ({}, {"rolled_back": False}),
        (
            {"rolled_back": {"results": [BACK]}},
            {"rolled_back": True, "serving": {"endpoint_config_name": "old", "variants": [1]}, "status": "InService"},
        ),
        ({"rolled_back": {"results": [FAILED]}}, {"rolled_back": False}),
        ({"restored_components": {"results": [{}]}}, {"rolled_back": True}),
        ({"restored_components": {"results": [{}, FAILED]}}, {"rolled_back": False}),
        (
            {"rolled_back": {"results": [BACK]}, "restored_components": {"results": [FAILED]}},
            {"rolled_back": False, "serving": {"endpoint_config_name": "old", "variants": [1]}, "status": "InService"},
        ),
    ],
)
def test_after_a_smoke_test_the_report_tells_what_serves_now(results: dict[str, Any], expected: dict[str, Any]) -> None:
    failed = failed_run.FailedTask(steps.SMOKE_TEST, 0, {**FAILED, "failure": REPORT})
    assert failed_run.report(failed, {}, results) == {**REPORT, "what": "smoke test", **expected}
    # Of another task it stays as it is.
    failed = failed_run.FailedTask(steps.ENDPOINT, 0, {**FAILED, "failure": REPORT})
    assert failed_run.report(failed, {}, results) == REPORT
