# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests of real kinds of deployments go through the logic unchanged and without complaint."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import compare
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import deployments
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import endpoint_configs
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import models
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import scaling_rules
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import shapes

SAMPLES = yaml.safe_load((Path(__file__).parent / "realistic_requests.yml").read_text(encoding="utf-8"))

every_sample = pytest.mark.parametrize("sample", SAMPLES, ids=[sample["name"] for sample in SAMPLES])

RULES = {
    "CreateModel": models.rules,
    "CreateEndpointConfig": endpoint_configs.rules,
    "UpdateEndpoint": lambda request: deployments.policy_rules(request.get("DeploymentConfig")),
    "PutScalingPolicy": lambda request: scaling_rules.policy_rules("policy", request),
    "PutScheduledAction": lambda request: scaling_rules.action_rules("action", request),
}


def options(shape: Any, sample: dict[str, Any]) -> Any:
    return shapes.from_api(shape, sample["request"])


@every_sample
def test_the_way_to_options_and_back(input_shape, sample):
    shape = input_shape(sample["operation"])
    assert shapes.to_api(shape, options(shape, sample)) == sample["request"]


@every_sample
def test_no_complaint(input_shape, sample):
    shape = input_shape(sample["operation"])
    assert shapes.problems(shape, sample["request"]) == []
    assert shapes.unknown_values(shape, sample["request"]) == []
    assert RULES.get(sample["operation"], lambda request: [])(sample["request"]) == []


@every_sample
def test_no_difference_from_itself(input_shape, sample):
    assert compare.changes(input_shape(sample["operation"]), sample["request"], sample["request"]) == []


def test_all_hashes_differ(input_shape):
    hashes = [shapes.digest(input_shape(sample["operation"]), sample["request"]) for sample in SAMPLES]
    assert len(set(hashes)) == len(SAMPLES)
