# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Weights and counts of a live endpoint against its configuration."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rules import capacity as capacity_rules


def live(name: str = "a", weight: float = 1.0, count: int = 1) -> dict[str, Any]:
    return {"variant_name": name, "desired_weight": weight, "desired_instance_count": count}


def begins(name: str = "a", weight: Any = None, count: Any = 1, **members: Any) -> dict[str, Any]:
    given = {"initial_variant_weight": weight, "initial_instance_count": count}
    return {"variant_name": name, **{m: value for m, value in given.items() if value is not None}, **members}


@pytest.mark.parametrize(
    ("variant", "beginning", "wanted"),
    [
        (live(), begins(), []),
        (live(weight=1.0), begins(weight=1.0), []),
        (live(weight=0.10000000149011612), begins(weight=0.1), []),
        (live(weight=0.5), begins(), [{"variant_name": "a", "desired_weight": 1.0}]),
        (live(weight=1.0), begins(weight=0.0), [{"variant_name": "a", "desired_weight": 0.0}]),
        (live(count=3), begins(count=1), [{"variant_name": "a", "desired_instance_count": 1}]),
        (live(count=0), begins(count=1), [{"variant_name": "a", "desired_instance_count": 1}]),
        (
            live(weight=5, count=3),
            begins(weight=9, count=1),
            [{"variant_name": "a", "desired_weight": 9, "desired_instance_count": 1}],
        ),
        # SageMaker scales it by itself.
        (live(count=3), begins(managed_instance_scaling={"status": "ENABLED"}), []),
        (
            live(count=3),
            begins(managed_instance_scaling={"status": "DISABLED"}),
            [{"variant_name": "a", "desired_instance_count": 1}],
        ),
        # Serverless has no counts.
        ({"variant_name": "a", "desired_weight": 1.0}, begins(count=None), []),
        # A variant that the configuration does not have.
        (live("b", weight=2, count=2), begins(), []),
    ],
)
def test_drift(variant, beginning, wanted):
    found = capacity_rules.drift({"production_variants": [variant]}, {"production_variants": [beginning]})
    assert capacity_rules.corrections(found) == wanted
    assert capacity_rules.has_counts(found) == any("desired_instance_count" in item for item in wanted)


def test_drift_as_changes():
    endpoint = {"production_variants": [live("a", weight=0.5, count=3), live("b")]}
    config = {"production_variants": [begins("b"), begins("a")]}
    assert [change.as_dict() for change in capacity_rules.changes(capacity_rules.drift(endpoint, config))] == [
        {"path": "production_variants[a].desired_weight", "before": 0.5, "after": 1.0},
        {"path": "production_variants[a].desired_instance_count", "before": 3, "after": 1},
    ]


def test_counts_that_an_autoscaler_owns_are_left_out():
    endpoint = {"production_variants": [live("a", weight=0.5, count=3), live("b", count=3), live("c", count=3)]}
    config = {"production_variants": [begins("a"), begins("b"), begins("c")]}
    left = capacity_rules.without_counts(capacity_rules.drift(endpoint, config), ["a", "b"])
    assert capacity_rules.corrections(left) == [
        {"variant_name": "a", "desired_weight": 1.0},
        {"variant_name": "c", "desired_instance_count": 1},
    ]


def test_weights_with_the_default():
    config = {"production_variants": [begins("a"), begins("b", weight=0.1)]}
    assert capacity_rules.weights(config) == {"a": 1.0, "b": pytest.approx(0.1)}


SERVERLESS = {"variant_name": "v", "desired_serverless_config": {"max_concurrency": 10, "provisioned_concurrency": 2}}
INSTANCES = {"variant_name": "v", "deployed_images": [{}], "desired_instance_count": 1}
LIST = "desired_weights_and_capacities"


@pytest.mark.parametrize(
    ("variant", "entry", "more", "path", "text"),
    [
        (INSTANCES, {"desired_instance_count": 1}, {}, None, ""),
        (INSTANCES, {"variant_name": "w"}, {}, LIST, "the endpoint has no variant w; it has v."),
        (
            INSTANCES,
            {"desired_instance_count": 0},
            {},
            f"{LIST}[v].desired_instance_count",
            "the variant v answers in real time",
        ),
        (INSTANCES, {"desired_instance_count": 0}, {"async_inference_config": {}}, None, ""),
        # It hosts inference components.
        ({"variant_name": "v"}, {"desired_instance_count": 0}, {}, None, ""),
        (
            INSTANCES,
            {"serverless_update_config": {}},
            {},
            f"{LIST}[v].serverless_update_config",
            "the variant v runs on",
        ),
        (
            SERVERLESS,
            {"desired_instance_count": 2},
            {},
            f"{LIST}[v].desired_instance_count",
            "the variant v is serverless",
        ),
        (SERVERLESS, {"serverless_update_config": {"provisioned_concurrency": 10}}, {}, None, ""),
        (
            SERVERLESS,
            {"serverless_update_config": {"provisioned_concurrency": 11}},
            {},
            f"{LIST}[v].serverless_update_config.provisioned_concurrency",
            "11 is above the max_concurrency 10 of the variant v.",
        ),
        (
            {"variant_name": "v", "current_serverless_config": {"max_concurrency": 1}},
            {"serverless_update_config": {"provisioned_concurrency": 2, "max_concurrency": 2}},
            {},
            None,
            "",
        ),
    ],
)
def test_what_a_variant_cannot_have(variant, entry, more, path, text):
    found = list(capacity_rules.problems([{"variant_name": "v", **entry}], {"production_variants": [variant], **more}))
    assert [problem.path for problem in found] == ([path] if path else [])
    assert all(problem.text.startswith(text) for problem in found)


def test_a_shadow_variant_has_a_capacity_too_and_one_being_made_shows_none():
    endpoint = {"production_variants": [INSTANCES], "shadow_production_variants": [{**INSTANCES, "variant_name": "s"}]}
    entries = [{"variant_name": name, "desired_instance_count": 0} for name in "vs"]
    assert [problem.path for problem in capacity_rules.problems(entries, endpoint)] == [
        f"{LIST}[{name}].desired_instance_count" for name in "vs"
    ]
    assert list(capacity_rules.problems(entries, {})) == []


def test_a_variant_has_one_entry():
    entries = [{"variant_name": name} for name in ("a", "b", "a")]
    (problem,) = capacity_rules.repeated({LIST: entries})
    assert str(problem) == f"{LIST}: the variant a is listed twice. Give everything for a variant in one entry."


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"desired_weight": 1}, []),
        ({"desired_instance_count": 1}, [("desired_instance_count", "sagemaker:variant:DesiredInstanceCount")]),
        ({"serverless_update_config": {"max_concurrency": 1}}, []),
        (
            {"serverless_update_config": {"provisioned_concurrency": 1}},
            [
                (
                    "serverless_update_config.provisioned_concurrency",
                    "sagemaker:variant:DesiredProvisionedConcurrency",
                )
            ],
        ),
    ],
)
def test_which_capacities_are_scaled(entry, expected):
    assert list(capacity_rules.scaled(entry)) == expected
