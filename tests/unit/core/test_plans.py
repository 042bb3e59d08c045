# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The result of a module that changes something: one line that says what it did, and the tags at the top."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import plans
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.plans import Change
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.plans import Plan
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.plans import Result

CONFIG = Change("endpoint_config_name", "churn-config-1a2b3c4d", "churn-config-5e6f7a8b")


def said(
    plan: Plan, noun: str = "model", exists: bool = True, check_mode: bool = False, waits: bool = True, name: str = "x"
) -> str:
    result = Result(noun, name, {"arn": "a"} if exists else {}, plan, {}, {})
    return result.message(check_mode=check_mode, waits=waits)


@pytest.mark.parametrize(
    ("action", "exists", "done", "predicted"),
    [
        (plans.NONE, True, "Model x is unchanged.", "Model x is unchanged."),
        (plans.NONE, False, "Model x does not exist.", "Model x does not exist."),
        (plans.CREATE, True, "Model x was created.", "Model x would be created."),
        (plans.UPDATE, True, "Model x was updated.", "Model x would be updated."),
        (plans.RETAG, True, "Tags of model x were updated.", "Tags of model x would be updated."),
        (plans.REPLACE, True, "Model x was deleted and created again.", "Model x would be deleted and created again."),
        (plans.DELETE, False, "Model x was deleted.", "Model x would be deleted."),
        (
            plans.WAIT,
            True,
            "Model x is unchanged; its transition has ended.",
            "Model x is unchanged; its transition is still in progress.",
        ),
        (
            plans.WAIT,
            False,
            "Model x was already being deleted and is now deleted.",
            "Model x is already being deleted.",
        ),
    ],
)
def test_the_message_says_what_was_done_or_would_be(action: str, exists: bool, done: str, predicted: str) -> None:
    assert said(Plan(action), exists=exists) == done
    assert said(Plan(action), exists=exists, check_mode=True) == predicted


@pytest.mark.parametrize(
    ("action", "exists", "begun"),
    [
        (plans.CREATE, True, "Endpoint x is being created."),
        (plans.UPDATE, True, "Endpoint x is being updated."),
        (plans.REPLACE, True, "Endpoint x is being deleted and created again."),
        (plans.DELETE, False, "Endpoint x is being deleted."),
        (plans.RETAG, True, "Tags of endpoint x were updated."),
        (plans.WAIT, True, "Endpoint x is unchanged; its transition is still in progress."),
        (plans.WAIT, False, "Endpoint x is already being deleted."),
    ],
)
def test_what_is_not_awaited_is_not_called_done(action: str, exists: bool, begun: str) -> None:
    assert said(Plan(action), "endpoint", exists, waits=False) == begun


@pytest.mark.parametrize(
    ("noun", "subject"),
    [
        ("model", "Model"),
        ("endpoint_config", "Endpoint configuration"),
        ("endpoint", "Endpoint"),
        ("scalable_target", "Scalable target"),
        ("inference_component", "Inference component"),
        ("role", "Execution role"),
    ],
)
def test_the_message_names_the_thing(noun: str, subject: str) -> None:
    assert said(Plan(plans.CREATE), noun, name="Churn-1") == f"{subject} Churn-1 was created."
    assert said(Plan(plans.RETAG), noun, name="Churn-1") == f"Tags of {subject.lower()} Churn-1 were updated."


def test_an_update_of_an_endpoint_names_its_configuration() -> None:
    plan = Plan(plans.UPDATE, [CONFIG, Change("tags.team", None, "a")], ["UpdateEndpoint", "AddTags"])
    assert said(plan, "endpoint", name="churn") == "Endpoint churn was updated to churn-config-5e6f7a8b."
    assert said(plan, "endpoint", check_mode=True).endswith(" would be updated to churn-config-5e6f7a8b.")
    assert said(plan, "endpoint", waits=False).endswith(" is being updated to churn-config-5e6f7a8b.")


def test_no_value_of_a_change_is_in_the_message() -> None:
    plan = Plan(plans.UPDATE, [Change("specification.container.environment.HF_TOKEN", "hf_old", "hf_new")])
    assert said(plan, "inference_component") == "Inference component x was updated."


@pytest.mark.parametrize(
    ("resource", "expected"),
    [({"tags": {"team": "a"}}, {"team": "a"}), ({"tags": {}}, {}), ({"arn": "a"}, {}), ({}, {})],
)
def test_the_tags_stand_at_the_top_too(resource: dict[str, Any], expected: dict[str, str]) -> None:
    shown = Result("model", "x", resource, Plan(), {}, {}).as_dict()
    assert shown == {"model": resource, "tags": expected, "plan": Plan().as_dict(), "changed": False}
