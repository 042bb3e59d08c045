# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Weights and counts of a live endpoint against its configuration."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rules import capacity as capacity_rules


def live(name: str = "a", weight: float = 1.0, count: int = 1) -> dict[str, Any]:
    return {"VariantName": name, "DesiredWeight": weight, "DesiredInstanceCount": count}


def begins(name: str = "a", weight: Any = None, count: Any = 1, **members: Any) -> dict[str, Any]:
    given = {"InitialVariantWeight": weight, "InitialInstanceCount": count}
    return {"VariantName": name, **{m: value for m, value in given.items() if value is not None}, **members}


@pytest.mark.parametrize(
    ("variant", "beginning", "wanted"),
    [
        (live(), begins(), []),
        (live(weight=1.0), begins(weight=1.0), []),
        (live(weight=0.10000000149011612), begins(weight=0.1), []),
        (live(weight=0.5), begins(), [{"VariantName": "a", "DesiredWeight": 1.0}]),
        (live(weight=1.0), begins(weight=0.0), [{"VariantName": "a", "DesiredWeight": 0.0}]),
        (live(count=3), begins(count=1), [{"VariantName": "a", "DesiredInstanceCount": 1}]),
        (live(count=0), begins(count=1), [{"VariantName": "a", "DesiredInstanceCount": 1}]),
        (
            live(weight=5, count=3),
            begins(weight=9, count=1),
            [{"VariantName": "a", "DesiredWeight": 9, "DesiredInstanceCount": 1}],
        ),
        # SageMaker scales it by itself.
        (live(count=3), begins(ManagedInstanceScaling={"Status": "ENABLED"}), []),
        (
            live(count=3),
            begins(ManagedInstanceScaling={"Status": "DISABLED"}),
            [{"VariantName": "a", "DesiredInstanceCount": 1}],
        ),
        # Serverless has no counts.
        ({"VariantName": "a", "DesiredWeight": 1.0}, begins(count=None), []),
        # A variant that the configuration does not have.
        (live("b", weight=2, count=2), begins(), []),
    ],
)
def test_drift(variant, beginning, wanted):
    found = capacity_rules.drift({"ProductionVariants": [variant]}, {"ProductionVariants": [beginning]})
    assert capacity_rules.corrections(found) == wanted
    assert capacity_rules.has_counts(found) == any("DesiredInstanceCount" in item for item in wanted)


def test_drift_as_changes():
    endpoint = {"ProductionVariants": [live("a", weight=0.5, count=3), live("b")]}
    config = {"ProductionVariants": [begins("b"), begins("a")]}
    assert [change.as_dict() for change in capacity_rules.changes(capacity_rules.drift(endpoint, config))] == [
        {"path": "production_variants[a].desired_weight", "before": 0.5, "after": 1.0},
        {"path": "production_variants[a].desired_instance_count", "before": 3, "after": 1},
    ]


def test_counts_that_an_autoscaler_owns_are_left_out():
    endpoint = {"ProductionVariants": [live("a", weight=0.5, count=3), live("b", count=3), live("c", count=3)]}
    config = {"ProductionVariants": [begins("a"), begins("b"), begins("c")]}
    left = capacity_rules.without_counts(capacity_rules.drift(endpoint, config), ["a", "b"])
    assert capacity_rules.corrections(left) == [
        {"VariantName": "a", "DesiredWeight": 1.0},
        {"VariantName": "c", "DesiredInstanceCount": 1},
    ]


def test_weights_with_the_default():
    config = {"ProductionVariants": [begins("a"), begins("b", weight=0.1)]}
    assert capacity_rules.weights(config) == {"a": 1.0, "b": pytest.approx(0.1)}
