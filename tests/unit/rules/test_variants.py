# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kinds of endpoints: every row is whole, and a configuration is of the kind that it is told by."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec.endpoint_config import ENDPOINT_CONFIG
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec.endpoint_config import VARIANT
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rules import (
    endpoint_config as endpoint_config_rules,
)
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rules import scaling as scaling_rules
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rules import variants

BARE = {"variant_name": "v"}
# A configuration and a variant of each kind.
OF_KIND: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "instances": ({}, {"model_name": "m", "instance_type": "ml.m5.large", "initial_instance_count": 1}),
    "asynchronous": (
        {"async_inference_config": {}},
        {"model_name": "m", "instance_type": "ml.m5.large", "initial_instance_count": 1},
    ),
    "serverless": ({}, {"model_name": "m", "serverless_config": {"memory_size_in_mb": 1024, "max_concurrency": 1}}),
    "inference components": (
        {"execution_role_arn": "role"},
        {"instance_type": "ml.m5.large", "initial_instance_count": 1},
    ),
}
every_kind = pytest.mark.parametrize("kind", variants.KINDS, ids=lambda kind: kind.name)


def config_of(kind: variants.Kind, members: dict[str, Any], variant: dict[str, Any]) -> dict[str, Any]:
    config, own = OF_KIND[kind.name]
    return {**config, **members, "production_variants": [{**BARE, **own, **variant}]}


@every_kind
def test_a_configuration_is_of_the_kind_that_it_is_told_by(kind: variants.Kind) -> None:
    config = config_of(kind, {}, {})
    assert variants.kinds_of(config) == [kind]
    assert endpoint_config_rules.problems(config) == []


@every_kind
def test_a_row_names_options_and_metrics_that_there_are(kind: variants.Kind) -> None:
    config_option, option = kind.given
    assert {config_option, *kind.config_excludes} - {""} <= ENDPOINT_CONFIG["argument_spec"].keys()
    assert {option, *kind.excludes, *kind.capacity} - {""} <= VARIANT.keys()
    scaling = kind.scaling
    assert isinstance(scaling.usual, variants.Metric) or scaling.usual in scaling.metrics
    # All that wakes comes from zero.
    assert scaling.waking is None or scaling.least == 0


@every_kind
def test_what_a_kind_excludes_is_refused(kind: variants.Kind) -> None:
    for option, why in kind.excludes.items():
        found = endpoint_config_rules.problems(config_of(kind, {}, {option: {}}))
        assert (f"production_variants[v].{option}", why) in {(problem.path, problem.text) for problem in found}
    for option, why in kind.config_excludes.items():
        value = [{**BARE, **OF_KIND[kind.name][1], "variant_name": "s"}] if option in variants.LISTS else {"x": 1}
        found = endpoint_config_rules.problems(config_of(kind, {option: value}, {}))
        assert (option, why) in {(problem.path, problem.text) for problem in found}


@every_kind
def test_a_kind_is_scaled_by_its_dimension_and_down_to_its_least(kind: variants.Kind) -> None:
    config = config_of(kind, {}, {})
    for scaling in variants.SCALINGS.values():
        found = scaling_rules.variant_rules(config, "v", scaling.dimension, 1)
        assert bool(found) == (scaling.dimension != kind.scaling.dimension)
    found = scaling_rules.variant_rules(config, "v", kind.scaling.dimension, 0)
    assert [problem.path for problem in found] == ["min_capacity"] * kind.scaling.least


def test_a_variant_without_anything_is_told_what_may_take_the_place_of_instances(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    another = dataclasses.replace(variants.INSTANCES, name="reserved", given=("", "capacity_reservation_config"))
    monkeypatch.setattr(variants, "KINDS", (another, *variants.KINDS))
    found = endpoint_config_rules.problems({"production_variants": [{**BARE, "model_name": "m"}]})
    assert [problem.text for problem in found] == ["give instance_type, or instance_pools, or serverless_config."]


def test_a_model_that_has_yet_to_be_named_counts() -> None:
    assert variants.kind_of({}, BARE) == variants.COMPONENTS
    assert variants.kind_of({}, BARE, has_model=True) == variants.INSTANCES
    assert variants.kind_of({"async_inference_config": None}, BARE, has_model=True) == variants.INSTANCES
