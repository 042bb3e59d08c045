# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many tags of one thing replaced by as many others, which together are more than a thing can have."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from typing import Any

import pytest

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import autoscaling
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import autoscaling_options
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import endpoint_config_options
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import endpoint_configs
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import endpoint_options
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import model_options
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import models
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import rollouts
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.errors import InputError
from integration.logic import IMAGE
from integration.logic import ROLE
from integration.logic import Logic
from integration.logic import shown
from local_aws.process import LocalAws

VARIANT = {
    "variant_name": "main",
    "model_name": "c-model",
    "instance_type": "ml.m5.large",
    "initial_instance_count": 1,
}
TARGET = {"endpoint_name": "e", "variant_name": "main", "min_capacity": 1, "max_capacity": 2}
# What is tagged: how, with which options, and the calls that replace its tags.
SAGEMAKER_CALLS = ["DeleteTags", "AddTags"]
THINGS: dict[str, tuple[Callable[..., Any], Mapping[str, Any], dict[str, Any], list[str]]] = {
    "model": (
        models.ensure,
        model_options.MODEL,
        {"name": "m", "execution_role_arn": ROLE, "primary_container": {"image": IMAGE}},
        SAGEMAKER_CALLS,
    ),
    "endpoint configuration": (
        endpoint_configs.ensure,
        endpoint_config_options.ENDPOINT_CONFIG,
        {"name": "other", "production_variants": [VARIANT]},
        SAGEMAKER_CALLS,
    ),
    "endpoint": (
        rollouts.ensure,
        endpoint_options.ENDPOINT,
        {"name": "e", "endpoint_config_name": "c"},
        SAGEMAKER_CALLS,
    ),
    "scalable target": (
        autoscaling.ensure,
        autoscaling_options.AUTOSCALING,
        TARGET,
        ["UntagResource", "TagResource"],
    ),
}


@pytest.mark.parametrize("thing", THINGS.values(), ids=list(THINGS))
def test_thirty_tags_are_replaced_by_thirty_others(aws: LocalAws, thing: Any) -> None:
    ensure, spec, options, calls = thing
    logic = Logic(aws)
    logic.make_endpoint("e", logic.make_config("c"))

    def run(prefix: str, check_mode: bool = False, **given: Any) -> Any:
        tags = {f"{prefix}{number}": "x" for number in range(30)}
        checked = ArgumentSpecValidator(spec["argument_spec"]).validate({**options, **given, "tags": tags})
        assert not checked.error_messages, checked.error_messages
        return logic.run(ensure, checked.validated_parameters, check_mode)

    run("old")
    logic.aws.clear_calls()
    predicted = run("new", check_mode=True)
    with pytest.raises(InputError, match="^tags: 30 tags and those that are there already are 60"):
        run("new", purge_tags=False)
    assert logic.aws.mutating() == []
    done = run("new")
    assert shown(done) == shown(predicted)
    assert done.plan.calls == logic.aws.mutating() == calls
    logic.aws.clear_calls()
    assert run("new").plan.changed is False
    assert logic.aws.mutating() == []
