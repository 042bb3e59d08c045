# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which saved targets come back."""

from __future__ import annotations

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rollout import scaling_handover
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rollout.endpoint_plan import restoration
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rollout.scaling_handover import Saved

DIMENSION = "sagemaker:variant:DesiredInstanceCount"
TARGET = {
    "ServiceNamespace": "sagemaker",
    "ScalableDimension": DIMENSION,
    "MinCapacity": 1,
    "MaxCapacity": 2,
}
SAVED = Saved("a", ["a"], TARGET, {}, [("PutScalingPolicy", {"PolicyName": "p"})])


def config(name="a", instance_type="ml.m5.large"):
    return {"ProductionVariants": [{"VariantName": name, "ModelName": "m", "InstanceType": instance_type}]}


@pytest.mark.parametrize(
    ("options", "new", "expected"),
    [
        ({}, config(), True),
        ({}, config("b"), True),
        ({}, None, True),
        ({}, {"ProductionVariants": []}, False),
        ({"unscaled_variants": ["a"]}, config(), False),
        ({"unscaled_variants": ["a"]}, config("b"), True),
    ],
)
def test_a_target_comes_back_on_the_variant_that_carries_on(desire, options, new, expected):
    assert restoration.is_desired(desire(**options), SAVED, new) is expected


def test_what_does_not_fit_any_more_is_forgotten_with_a_warning(aws, desire):
    assert restoration.restorable(aws, desire(), [SAVED], config()) == [SAVED]
    assert aws.warnings == []
    assert restoration.restorable(aws, desire(), [SAVED], config(instance_type="ml.t2.medium")) == []
    (warning,) = aws.warnings
    assert f"the scalable target of the variant a ({DIMENSION} from 1 to 2 with p)" in warning


def test_changes_say_where_a_target_ends():
    def shown(changes):
        return [tuple(change.as_dict().values()) for change in changes]

    register = scaling_handover.REGISTER
    other = Saved("b", ["a", "b"], TARGET, {}, [])
    assert shown(restoration.target_changes([SAVED, other], "registered", [SAVED])) == [
        ("autoscaling[b]", "registered", None)
    ]
    left = [(SAVED, [register]), (other, ["PutScalingPolicy"])]
    assert shown(restoration.remembered_changes([SAVED, other], left, [SAVED])) == [
        ("autoscaling[a]", "deregistered", "registered"),
        ("autoscaling[b]", "remembered", "registered"),
    ]
    assert restoration.calls_of(left, [other]) == ["PutScalingPolicy"]
