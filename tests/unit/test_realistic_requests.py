# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests of real kinds of deployments go through the logic unchanged and without complaint.

What has no module yet is among them: what works by botocore's shapes alone works for it as well.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from botocore.validate import ParamValidator

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rules import (
    deployment_policy as deployment_policy_rules,
)
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rules import (
    endpoint_config as endpoint_config_rules,
)
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rules import (
    inference_component as component_rules,
)
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rules import model as model_rules
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rules import scaling as scaling_rules
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.schema import compare
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.schema import shapes

CALLS = yaml.safe_load((Path(__file__).parents[1] / "realistic_calls.yml").read_text(encoding="utf-8"))

every_call = pytest.mark.parametrize("call", CALLS, ids=[f"{call['id']}, {call['name']}" for call in CALLS])

RULES = {
    "CreateModel": model_rules.problems,
    "CreateEndpointConfig": endpoint_config_rules.problems,
    "UpdateEndpoint": lambda request: deployment_policy_rules.policy_rules(request.get("deployment_config")),
    "CreateInferenceComponent": component_rules.problems,
    "UpdateInferenceComponent": component_rules.problems,
    "PutScalingPolicy": scaling_rules.policy_rules,
    "PutScheduledAction": scaling_rules.action_rules,
}


@pytest.fixture
def shape(input_shape: Any, call: dict[str, Any]) -> Any:
    return input_shape(call["operation"], call["service"])


@every_call
def test_botocore_takes_it(shape: Any, call: dict[str, Any]) -> None:
    assert ParamValidator().validate(call["request"], shape).generate_report() == ""


@every_call
def test_the_way_to_options_and_back(shape: Any, call: dict[str, Any]) -> None:
    assert shapes.to_api(shape, shapes.from_api(shape, call["request"])) == call["request"]


@every_call
def test_no_complaint(shape: Any, call: dict[str, Any]) -> None:
    assert shapes.problems(shape, call["request"]) == []
    assert shapes.unknown_values(shape, call["request"]) == []
    assert RULES.get(call["operation"], lambda request: [])(shapes.from_api(shape, call["request"])) == []


@every_call
def test_no_difference_from_itself(shape: Any, call: dict[str, Any]) -> None:
    assert compare.changes(shape, call["request"], call["request"]) == []


def test_all_hashes_differ(input_shape: Any) -> None:
    hashes = [shapes.digest(input_shape(call["operation"], call["service"]), call["request"]) for call in CALLS]
    assert len(set(hashes)) == len(CALLS)
