# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Autoscaling that steps aside for an update: which targets, who carries on for them, and how they are remembered."""

from __future__ import annotations

import datetime
import hashlib
from typing import Any

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import ownership
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import SageMakerError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rollout import scaling_handover
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rules import tags as tag_rules


def config(**types: Any) -> dict[str, Any]:
    """A configuration of variants, each on one instance type, a list of types as pools, or (None) serverless."""
    variants = []
    for name, kind in types.items():
        if isinstance(kind, list):
            pools = [{"InstanceType": item, "Priority": number} for number, item in enumerate(kind, 1)]
            variants.append({"VariantName": name, "ModelName": "m", "InstancePools": pools})
        elif kind:
            variants.append({"VariantName": name, "ModelName": "m", "InstanceType": kind})
        else:
            variants.append({"VariantName": name, "ModelName": "m", "ServerlessConfig": {"MaxConcurrency": 1}})
    return {"ProductionVariants": variants}


TARGET = [{"ScalableDimension": "sagemaker:variant:DesiredInstanceCount"}]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (config(a="m5", b="m5"), config(a="m5", b="m5"), []),
        (config(a="m5", b="m5"), config(b="m5", a="m5"), []),
        (config(a="m5", b="m5"), config(a="c5", b="m5"), ["a"]),
        (config(a="m5", b="m5"), config(a="c5", b="c5"), ["a", "b"]),
        (config(a="m5", b="m5"), config(a="m5"), ["b"]),
        (config(a="m5", b="m5"), config(a="m5", c="m5"), ["b"]),
        (config(a="m5", b="m5"), config(a=None, b="m5"), ["a"]),
        (config(a=["m5", "c5"], b="m5"), config(a=["m5", "c5"], b="m5"), []),
        (config(a=["m5", "c5"], b="m5"), config(a=["m5", "g5"], b="m5"), ["a"]),
        (config(a="m5", b="m5"), config(a=["m5"], b="m5"), ["a"]),
        # A variant that is not in the old configuration cannot be refused for its type.
        (config(b="m5"), config(a="m5", b="m5"), []),
        (config(a="m5", b="m5"), None, []),
        (None, config(a="m5"), ["a", "b"]),
    ],
)
def test_which_variants_are_in_the_way(old, new, expected):
    assert scaling_handover.blocking_targets({"b": TARGET, "a": TARGET}, old, new) == expected


def test_a_variant_without_a_target_is_never_in_the_way():
    assert scaling_handover.blocking_targets({}, config(a="m5"), config(b="c5")) == []
    assert scaling_handover.blocking_targets({"a": TARGET}, config(a="m5", b="m5"), config(a="m5", b="c5")) == []


def test_a_change_of_the_model_alone_is_not_in_the_way():
    other = config(a="m5")
    other["ProductionVariants"][0]["ModelName"] = "m2"
    assert scaling_handover.blocking_targets({"a": TARGET}, config(a="m5"), other) == []


@pytest.mark.parametrize(
    ("name", "before", "after", "expected"),
    [
        ("a", ["a"], ["a"], "a"),
        ("a", ["a", "b"], ["a"], "a"),
        # Renamed: the only one that goes, and the only one that comes.
        ("a", ["a"], ["b"], "b"),
        ("a", ["a", "b"], ["b", "c"], "c"),
        # Nobody can tell.
        ("a", ["a", "b"], ["c", "d"], None),
        ("a", ["a", "b"], ["b"], None),
        ("a", ["a"], ["b", "c"], None),
        ("a", ["a"], [], None),
        ("gone", ["a"], ["b"], "b"),
    ],
)
def test_successors(name, before, after, expected):
    assert scaling_handover.successor(name, before, after) == expected


SAVED = scaling_handover.Saved(
    variant="AllTraffic",
    among=["AllTraffic", "Shadow"],
    target={
        "ServiceNamespace": "sagemaker",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
        "MinCapacity": 1,
        "MaxCapacity": 4,
        "SuspendedState": {"ScheduledScalingSuspended": True},
    },
    tags={"team": "Größe"},
    puts=[
        (
            "PutScalingPolicy",
            {"PolicyName": "p", "TargetTrackingScalingPolicyConfiguration": {"TargetValue": 70.5}},
        ),
        (
            "PutScheduledAction",
            {
                "ScheduledActionName": "night",
                "Schedule": "cron(0 20 * * ? *)",
                "StartTime": "2030-01-01T00:00:00+00:00",
            },
        ),
    ],
)


def test_what_is_remembered_is_recalled():
    memory = scaling_handover.to_tags([SAVED, SAVED])
    assert tag_rules.parse(memory) == memory, "the service takes these tags"
    assert all(ownership.is_memory(tag) for tag in memory)
    assert scaling_handover.from_tags("e", {**memory, "team": "x"}) == [SAVED, SAVED]


def test_a_long_memory_is_recalled_in_order():
    names = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(100)]
    many = [scaling_handover.Saved(name, [name], SAVED.target, {}, []) for name in names]
    memory = scaling_handover.to_tags(many)
    assert len(memory) > 10
    assert scaling_handover.from_tags("e", dict(reversed(memory.items()))) == many


def test_no_memory():
    assert scaling_handover.from_tags("e", {"team": "x"}) == []


@pytest.mark.parametrize("piece", ["no base64 at all!", "aGVsbG8="])
def test_a_memory_that_cannot_be_read(piece):
    with pytest.raises(SageMakerError, match="cannot be read. Register its scalable targets again yourself"):
        scaling_handover.from_tags("e", {f"{ownership.MEMORY_TAG}00": piece})


def test_a_memory_of_which_a_piece_is_missing():
    memory = scaling_handover.to_tags([SAVED])
    assert len(memory) > 1
    with pytest.raises(SageMakerError, match="cannot be read"):
        scaling_handover.from_tags("e", dict(list(memory.items())[:-1]))


def test_what_a_saved_target_was():
    assert scaling_handover.described(SAVED) == "sagemaker:variant:DesiredInstanceCount from 1 to 4 with p, night"


@pytest.mark.parametrize(
    ("variant", "more", "low", "expected"),
    [
        ({"InstanceType": "ml.m5.large"}, {}, 1, None),
        ({"InstanceType": "ml.t2.medium"}, {}, 1, "burstable"),
        ({"ServerlessConfig": {}}, {}, 1, "is serverless"),
        ({"InstanceType": "ml.m5.large"}, {}, 0, "min_capacity: 0 is for asynchronous endpoints"),
        ({"InstanceType": "ml.m5.large"}, {"AsyncInferenceConfig": {}}, 0, None),
        # It does not come back at all.
        (
            {"VariantName": "x", "InstanceType": "ml.t2.medium"},
            {"ShadowProductionVariants": [{"VariantName": "y"}]},
            1,
            None,
        ),
    ],
)
@pytest.mark.parametrize("name", ["AllTraffic", "renamed"])
def test_what_a_variant_does_not_take_again(aws, name, variant, more, low, expected):
    saved = scaling_handover.Saved("AllTraffic", ["AllTraffic"], {**SAVED.target, "MinCapacity": low}, {}, [])
    problems = scaling_handover.incompatibilities(
        aws, saved, {"ProductionVariants": [{"VariantName": name, "ModelName": "m", **variant}], **more}
    )
    assert [expected in str(problem) for problem in problems] == ([True] if expected else [])


def test_where_nobody_knows_the_configuration_a_target_comes_back_on_its_variant(aws):
    assert (scaling_handover.restored_variant(SAVED, None), scaling_handover.incompatibilities(aws, SAVED, None)) == (
        "AllTraffic",
        [],
    )


def test_the_calls_that_restore_makes():
    requests = SAVED.requests("e", "renamed")
    assert [call for call, _request in requests] == ["RegisterScalableTarget", "PutScalingPolicy", "PutScheduledAction"]
    assert {request["ResourceId"] for _call, request in requests} == {"endpoint/e/variant/renamed"}


# Against the service

KEY = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": "endpoint/e/variant/AllTraffic",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}
THEN = datetime.datetime(2030, 1, 1, tzinfo=datetime.timezone.utc)
ARN = "arn:aws:application-autoscaling:eu-west-1:111122223333:scalable-target/1"
DESCRIPTION = {
    **KEY,
    "MinCapacity": 1,
    "MaxCapacity": 4,
    "RoleARN": "arn:aws:iam::111122223333:role/linked",
    "CreationTime": THEN,
    "ScalableTargetARN": ARN,
    "SuspendedState": {"ScheduledScalingSuspended": True},
}
TRACKING = {"TargetValue": 70.0, "PredefinedMetricSpecification": {"PredefinedMetricType": "x"}}


def test_a_target_is_saved_and_restored_on_a_renamed_variant(aws, stub):
    stubber = stub("application-autoscaling")
    policy = {
        "PolicyName": "p",
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": TRACKING,
    }
    action = {"ScheduledActionName": "night", "Schedule": "cron(0 20 * * ? *)", "StartTime": THEN}
    stubber.add_response(
        "describe_scaling_policies",
        {"ScalingPolicies": [{**KEY, **policy, "PolicyARN": "arn", "CreationTime": THEN, "Alarms": []}]},
        KEY,
    )
    stubber.add_response(
        "describe_scheduled_actions",
        {"ScheduledActions": [{**KEY, **action, "ScheduledActionARN": "arn", "CreationTime": THEN}]},
        KEY,
    )
    stubber.add_response("list_tags_for_resource", {"Tags": {"team": "x"}}, {"ResourceARN": ARN})
    saved = scaling_handover.save(aws.autoscaling, "AllTraffic", ["AllTraffic"], DESCRIPTION)
    (saved,) = scaling_handover.from_tags("e", scaling_handover.to_tags([saved]))

    new = {**KEY, "ResourceId": "endpoint/e/variant/renamed"}
    stubber.add_response(
        "describe_scalable_targets",
        {"ScalableTargets": []},
        {"ServiceNamespace": "sagemaker", "ResourceIds": [new["ResourceId"]]},
    )
    limits = {m: DESCRIPTION[m] for m in ("MinCapacity", "MaxCapacity", "SuspendedState")}
    stubber.add_response("register_scalable_target", {}, {**new, **limits, "Tags": {"team": "x"}})
    stubber.add_response("put_scaling_policy", {"PolicyARN": "arn"}, {**new, **policy})
    stubber.add_response("put_scheduled_action", {}, {**new, **action, "StartTime": THEN.isoformat()})
    assert scaling_handover.restore(aws.autoscaling, saved, "e", "renamed", deregistered=False)
