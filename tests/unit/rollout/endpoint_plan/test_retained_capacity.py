# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Weights and instance counts over an update."""

from __future__ import annotations

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rollout.endpoint_plan import retained_capacity


def config(name="c2", count=1, weight=1.0, **more):
    variant = {"VariantName": "a", "ModelName": "m", "InstanceType": "ml.m5.large"}
    return {
        "EndpointConfigName": name,
        "ProductionVariants": [{**variant, "InitialInstanceCount": count, "InitialVariantWeight": weight}],
        **more,
    }


def live(count=3, weight=0.5):
    return {"ProductionVariants": [{"VariantName": "a", "DesiredInstanceCount": count, "DesiredWeight": weight}]}


COUNT, WEIGHT = "desired_instance_count", "desired_weight"
ASYNCHRONOUS = {"AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": "s3://b/o"}}}


@pytest.mark.parametrize(
    ("options", "shifted", "new", "kept"),
    [
        ({"retain_all_variant_properties": True}, False, config(), {COUNT, WEIGHT}),
        ({"retain_all_variant_properties": False}, True, config(), set()),
        ({}, False, config(), set()),
        ({}, True, config(), {COUNT, WEIGHT}),
        # Whoever changes the configuration in it wants it changed.
        ({}, True, config(count=2), {WEIGHT}),
        ({}, True, config(weight=2), {COUNT}),
        ({}, True, None, set()),
    ],
)
def test_what_is_kept_on_purpose(aws, desire, options, shifted, new, kept):
    assert retained_capacity.on_purpose(aws, desire(**options), shifted, config("c1"), new) == kept


@pytest.mark.parametrize(
    ("endpoint", "new", "scaled", "kept"),
    [
        (live(), config(), ["a"], {COUNT}),
        (live(), config(), [], set()),
        (live(), None, ["a"], {COUNT}),
        (live(), {"ProductionVariants": []}, ["a"], set()),
        # A variant that has to answer at once needs an instance.
        (live(count=0), config(), ["a"], set()),
        (live(count=0), config(**ASYNCHRONOUS), ["a"], {COUNT}),
    ],
)
def test_what_is_kept_for_an_autoscaler(aws, endpoint, new, scaled, kept):
    assert retained_capacity.for_autoscaling(aws, endpoint, new, scaled) == kept


@pytest.mark.parametrize(
    ("options", "kept", "retains", "excluded"),
    [
        ({}, set(), None, None),
        ({}, {COUNT, WEIGHT}, True, None),
        ({}, {COUNT}, True, ["DesiredWeight"]),
        ({"retain_all_variant_properties": False}, {COUNT}, False, None),
    ],
)
def test_the_update_says_what_is_retained(desire, options, kept, retains, excluded):
    request = retained_capacity.update_request(desire(**options), kept)
    assert request.get("RetainAllVariantProperties") is retains
    items = request.get("ExcludeRetainedVariantProperties")
    assert items == (excluded and [{"VariantPropertyType": name} for name in excluded])


def test_what_an_update_keeps_although_the_configuration_begins_with_something_else(aws):
    whole = {"RetainAllVariantProperties": True}
    partly = {**whole, "ExcludeRetainedVariantProperties": [{"VariantPropertyType": "DesiredWeight"}]}

    def kept(request, scaled=(), new=None):
        return [one.option for one in retained_capacity.left_over(aws, live(), request, new, list(scaled))]

    new = config()
    assert kept(whole, new=new) == [WEIGHT, COUNT]
    assert kept(whole, ["a"], new) == [WEIGHT]
    assert kept(partly, new=new) == [COUNT]
    assert kept({}, new=new) == kept(whole) == []
