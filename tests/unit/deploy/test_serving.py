# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of what an endpoint serves after a run."""

from __future__ import annotations

from typing import Any

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import ownership
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy import serving

MAIN = {
    "variant_name": "main",
    "model_name": "m",
    "instance_type": "ml.m5.large",
    "initial_instance_count": 2,
    "initial_variant_weight": 0.5,
}


def config(*production: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"production_variants": list(production), **more}


def test_a_configuration_says_what_an_endpoint_begins_with() -> None:
    shadow = {**MAIN, "variant_name": "next", "initial_instance_count": 1}
    target = {"resource_id": "endpoint/e/variant/main", "min_capacity": 1, "max_capacity": 4}
    foreign = {"resource_id": "inference-component/main", "min_capacity": 7, "max_capacity": 9}
    found = serving.of_config("c", config(MAIN, shadow_production_variants=[shadow]), [target, foreign])
    assert found == {
        "endpoint_config_name": "c",
        "variants": [
            {
                "variant_name": "main",
                "shadow": False,
                "instance_types": ["ml.m5.large"],
                "instance_count": 2,
                "weight": 0.5,
                "autoscaling": {"min_capacity": 1, "max_capacity": 4},
            },
            {
                "variant_name": "next",
                "shadow": True,
                "instance_types": ["ml.m5.large"],
                "instance_count": 1,
                "weight": 0.5,
            },
        ],
        "inference_components": [],
        "invocation": {"body": "..."},
    }


def test_serverless_pools_and_managed_scaling_have_sizes_of_their_own() -> None:
    serverless = {
        "variant_name": "a",
        "model_name": "m",
        "serverless_config": {"memory_size_in_mb": 2048, "max_concurrency": 5},
    }
    pools = {
        "variant_name": "b",
        "instance_pools": [{"instance_type": "ml.g6.xlarge"}, {"instance_type": "ml.g5.xlarge"}],
        "managed_instance_scaling": {"min_instance_count": 0, "max_instance_count": 3},
    }
    (one,) = serving.of_config("c", config(serverless))["variants"]
    assert (one["instance_types"], one["instance_count"], one["memory_size_in_mb"]) == ([], None, 2048)
    (other,) = serving.of_config("c", config(pools))["variants"]
    assert other["instance_types"] == ["ml.g6.xlarge", "ml.g5.xlarge"]
    assert other["autoscaling"] == {"min_capacity": 0, "max_capacity": 3}


def test_counts_are_those_of_the_endpoint_where_they_stay() -> None:
    both = serving.of_config("c", config(MAIN, {**MAIN, "variant_name": "other"}))
    counts = [
        {"variant_name": name, "desired_instance_count": 5, "desired_weight": 0.9, "current_instance_count": 4}
        for name in ("main", "other", "gone")
    ]

    endpoint = {"production_variants": counts}

    def sizes(found: dict[str, Any]) -> list[tuple[Any, Any]]:
        return [(one["instance_count"], one["weight"]) for one in found["variants"]]

    assert sizes(serving.with_counts(both, endpoint)) == [(5, 0.9), (5, 0.9)]
    assert sizes(serving.with_counts(both, endpoint, ["other"], weights=False)) == [(2, 0.5), (5, 0.5)]
    assert serving.with_counts(both, {}) == both

    def updated(before: dict[str, Any], mark: str) -> list[tuple[Any, Any]]:
        marked = {**endpoint, "tags": {ownership.TRAFFIC_OVERRIDE_TAG: mark}}
        after = config(MAIN, {**MAIN, "variant_name": "other"})
        scaled = ["endpoint/e/variant/other", "inference-component/main"]
        return sizes(serving.after_update(both, marked, before, after, scaled))

    same = config(MAIN, {**MAIN, "variant_name": "other"})
    heavier = config({**MAIN, "initial_variant_weight": 0.7}, {**MAIN, "variant_name": "other"})
    assert updated(same, "c") == [(5, 0.9), (5, 0.9)]
    # The configurations differ in the weight, so it follows the new one.
    assert updated(heavier, "c") == [(5, 0.5), (5, 0.5)]
    # Not shifted, or not kept.
    assert updated(same, "earlier") == [(2, 0.5), (5, 0.5)]


def test_components_have_copies() -> None:
    described = {
        "inference_component_name": "chat",
        "runtime_config": {"desired_copy_count": 2, "current_copy_count": 1},
    }
    new = {"inference_component_name": "new", "runtime_config": {"copy_count": 3}}
    # AWS shows copies of it as well.
    based = {"base_inference_component_name": "chat"}
    adapter = {
        "inference_component_name": "adapter",
        "specification": based,
        "runtime_config": described["runtime_config"],
    }
    bounds = {"resource_id": "inference-component/new", "min_capacity": 0, "max_capacity": 4}
    assert serving.components([described, new, adapter], [bounds]) == [
        {"name": "chat", "copy_count": 2},
        {"name": "new", "copy_count": 3, "autoscaling": {"min_capacity": 0, "max_capacity": 4}},
        {"name": "adapter", "base": "chat"},
    ]


def test_an_invocation_says_which_of_several_models_it_is_for() -> None:
    asynchronous = serving.of_config("c", config(MAIN, async_inference_config={"output_config": {}}))
    assert asynchronous["invocation"] == {"input_location": "s3://..."}
    direct = {"containers": [{"container_hostname": "one"}, {}], "inference_execution_config": {"mode": "Direct"}}
    assert serving.targets_of([direct], []) == {"target_container_hostname": "one"}
    assert serving.targets_of([{"primary_container": {"mode": "MultiModel"}}], []) == {"target_model": "..."}
    pipeline = {"containers": [{}, {}], "inference_execution_config": {"mode": "Serial"}}
    assert serving.targets_of([pipeline], [{"name": "chat"}, {"name": "legal"}]) == {"inference_component_name": "chat"}
