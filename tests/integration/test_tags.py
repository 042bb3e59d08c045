# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tags of each kind of thing: many replaced by as many others, which together are too many, and those that others have set."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from typing import Any

import pytest

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import (
    autoscaling as autoscaling_options,
)
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import endpoint as endpoint_options
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import (
    endpoint_config as endpoint_config_options,
)
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import (
    inference_component as inference_component_options,
)
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import model as model_options
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import InputError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources import endpoint_configs
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources import models
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources import scalable_targets
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rollout import component as component_rollout
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rollout import endpoint as endpoint_rollout
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
COMPONENT = {
    "name": "x",
    "endpoint_name": "hosting",
    "variant_name": "main",
    "specification": {
        "model_name": "c-model",
        "compute_resource_requirements": {"min_memory_required_in_mb": 1024},
    },
    "runtime_config": {"copy_count": 1},
}
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
        endpoint_rollout.ensure,
        endpoint_options.ENDPOINT,
        {"name": "e", "endpoint_config_name": "c"},
        SAGEMAKER_CALLS,
    ),
    "scalable target": (
        scalable_targets.ensure,
        autoscaling_options.AUTOSCALING,
        TARGET,
        ["UntagResource", "TagResource"],
    ),
    "inference component": (
        component_rollout.ensure,
        inference_component_options.INFERENCE_COMPONENT,
        COMPONENT,
        SAGEMAKER_CALLS,
    ),
}


@pytest.fixture
def logic(aws: LocalAws) -> Logic:
    """With an endpoint of a model, and one that hosts inference components."""
    logic = Logic(aws)
    logic.make_endpoint("e", logic.make_config("c"))
    variant = {"VariantName": "main", "InstanceType": "ml.g5.12xlarge", "InitialInstanceCount": 1}
    logic.sagemaker.create_endpoint_config(
        EndpointConfigName="empty", ExecutionRoleArn=ROLE, ProductionVariants=[variant]
    )
    logic.make_endpoint("hosting", "empty")
    return logic


def ensured(logic: Logic, thing: Any, check_mode: bool = False, **given: Any) -> Any:
    """What the thing's module does with its options and others."""
    ensure, spec, options, _calls = thing
    checked = ArgumentSpecValidator(spec["argument_spec"]).validate({**options, **given})
    assert not checked.error_messages, checked.error_messages
    return logic.run(ensure, checked.validated_parameters, check_mode)


@pytest.mark.parametrize("thing", THINGS.values(), ids=list(THINGS))
def test_thirty_tags_are_replaced_by_thirty_others(logic: Logic, thing: Any) -> None:
    calls = thing[-1]

    def run(prefix: str, check_mode: bool = False, **given: Any) -> Any:
        tags = {f"{prefix}{number}": "x" for number in range(30)}
        return ensured(logic, thing, check_mode, **given, tags=tags)

    run("old")
    logic.aws.clear_calls()
    predicted = run("new", check_mode=True)
    with pytest.raises(InputError, match="^tags: 30 tags plus the existing tags are 60"):
        run("new", purge_tags=False)
    assert logic.aws.mutating() == []
    done = run("new")
    assert shown(done) == shown(predicted)
    assert done.plan.calls == logic.aws.mutating() == calls
    logic.aws.clear_calls()
    assert run("new").plan.changed is False
    assert logic.aws.mutating() == []


@pytest.mark.parametrize("thing", THINGS.values(), ids=list(THINGS))
def test_tags_of_others_go_only_where_tags_are_given_and_purged(logic: Logic, thing: Any) -> None:
    drop, put = thing[-1]
    ensured(logic, thing, tags={"theirs": "1", "ours": "1"})
    steps: list[tuple[dict[str, Any], list[str], dict[str, str]]] = [
        ({}, [], {"theirs": "1", "ours": "1"}),
        ({"purge_tags": False, "tags": {"ours": "2"}}, [put], {"theirs": "1", "ours": "2"}),
        ({"purge_tags": False, "tags": {}}, [], {"theirs": "1", "ours": "2"}),
        ({"tags": {"ours": "3"}}, [put, drop], {"ours": "3"}),
        ({"tags": {}}, [drop], {}),
    ]
    for given, calls, left in steps:
        logic.aws.clear_calls()
        predicted = ensured(logic, thing, check_mode=True, **given)
        assert logic.aws.mutating() == []
        done = ensured(logic, thing, **given)
        assert shown(done) == shown(predicted)
        assert done.plan.calls == logic.aws.mutating() == calls, given
        assert done.resource["tags"] == predicted.resource["tags"] == left
        again = ensured(logic, thing, **given)
        assert (again.plan.calls, again.resource["tags"]) == ([], left)
