# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of a deploy as lines for a person."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import plans
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.summary import VERBS
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.summary import summarize

NOTHING: dict[str, Any] = {"action": "none", "changes": [], "calls": []}


def outputs(**plan: Any) -> dict[str, Any]:
    parts = {
        "iam_role": NOTHING,
        "models": [NOTHING],
        "endpoint_config": NOTHING,
        "endpoint": NOTHING,
        "autoscaling": [],
        "pruned": NOTHING,
    }
    return {"sagemaker_endpoint_name": "fraud", "plan": {**parts, **plan}}


def step(action: str, calls: list[str], *changes: tuple[str, Any, Any]) -> dict[str, Any]:
    listed = [{"path": path, "before": before, "after": after} for path, before, after in changes]
    return {"action": action, "calls": calls, "changes": listed}


def test_nothing_to_do_is_one_line() -> None:
    assert summarize(outputs(), check_mode=True) == ["Endpoint fraud: no changes."]
    assert summarize(outputs(), check_mode=False) == ["Endpoint fraud: no changes."]


def test_the_place_and_what_else_to_know_are_told() -> None:
    told = {
        **outputs(),
        "region": "eu-west-1",
        "account_id": "111122223333",
        "notes": ["Variant a has 1 of 3 instances."],
    }
    assert summarize(told, check_mode=False) == [
        "Endpoint fraud (eu-west-1, account 111122223333): no changes.",
        "  Variant a has 1 of 3 instances.",
    ]
    assert summarize({**told, "account_id": "", "notes": []}, check_mode=True) == [
        "Endpoint fraud (eu-west-1): no changes."
    ]


def test_an_update_names_its_kind_its_calls_and_the_fields_that_cause_it() -> None:
    calls = [
        "AddTags",
        "DeregisterScalableTarget",
        "UpdateEndpoint",
        "RegisterScalableTarget",
        "PutScalingPolicy",
        "PutScalingPolicy",
        "DeleteTags",
    ]
    lines = summarize(
        outputs(
            endpoint_config=step("create", ["CreateEndpointConfig"], ("kms_key_id", None, "k")),
            endpoint=step(
                "update",
                calls,
                ("production_variants[main].instance_type", "ml.m5.large", "ml.m5.xlarge"),
                ("tags.old", "x", None),
            ),
        ),
        check_mode=True,
    )
    assert lines == [
        "Endpoint fraud: this run would",
        "  create the endpoint configuration (CreateEndpointConfig)",
        "  update the endpoint by a rollout without downtime, autoscaling is suspended during the rollout (AddTags, DeregisterScalableTarget, "
        "UpdateEndpoint, RegisterScalableTarget, 2 x PutScalingPolicy, DeleteTags)",
        "      production_variants[main].instance_type: ml.m5.large -> ml.m5.xlarge",
        "      tags.old: removed (was x)",
    ]


def test_what_was_done_is_told_in_the_past() -> None:
    lines = summarize(outputs(pruned=step("delete", ["DeleteModel"], ("models[a]", "a", None))), check_mode=False)
    assert lines == ["Endpoint fraud: this run has", "  deleted old releases (DeleteModel)", "      models[a]: removed"]


def test_long_values_are_cut() -> None:
    lines = summarize(
        outputs(autoscaling=[step("update", ["PutScalingPolicy"], ("scaling_policies[p]", None, {"a": "b" * 100}))]),
        True,
    )
    assert len(lines[-1]) < 100 and lines[-1].endswith("...")


@pytest.mark.parametrize("action", [plans.CREATE, plans.UPDATE, plans.RETAG, plans.REPLACE, plans.DELETE, plans.WAIT])
def test_every_action_has_words(action: str) -> None:
    assert action in VERBS


def test_things_of_a_list_are_named_and_an_alarm_is_called_so() -> None:
    target = {
        "name": "endpoint/ocr/variant/AllTraffic",
        **step("create", ["RegisterScalableTarget", "PutScalingPolicy"]),
    }
    alarm = {"name": "ocr-wake", **step("create", ["PutMetricAlarm"])}
    assert summarize(outputs(autoscaling=[target, alarm]), check_mode=True)[1:] == [
        "  create autoscaling of endpoint/ocr/variant/AllTraffic (RegisterScalableTarget, PutScalingPolicy)",
        "  create the alarm ocr-wake (PutMetricAlarm)",
    ]


@pytest.mark.parametrize(("check_mode", "verb"), [(True, "leave"), (False, "left")])
def test_what_the_next_run_will_do_is_told(check_mode: bool, verb: str) -> None:
    left = {"name": "endpoint/e/variant/v", **step("wait", [], ("next_run", None, "RegisterScalableTarget"))}
    lines = summarize(outputs(autoscaling=[left]), check_mode)
    assert lines[1:] == [
        f"  {verb} autoscaling of endpoint/e/variant/v to the next run: AWS scales a variant only once it is in service"
    ]
