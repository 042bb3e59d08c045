# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the record of a stopped endpoint in tags."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import ownership
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import SageMakerError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources import stop_records
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources.stop_records import Record
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rules import tags as tag_rules

RECORD = Record(
    endpoint_name="fraud",
    endpoint_config_name="fraud-config-1a2b3c4d",
    stopped_at="2030-01-31T18:00:00Z",
    tags={"team": "Betrug & Co", "mlops.sagemaker/endpoint": "fraud"},
    deployment_config={"blue_green_update_policy": {"termination_wait_in_seconds": 60}},
    variants=[{"variant_name": "main", "desired_weight": 0.25, "desired_instance_count": 3}],
    components=[
        {
            "name": "chat",
            "variant_name": "main",
            "specification": {"model_name": "chat-model-5e6f7a8b"},
            "runtime_config": {"copy_count": 2},
            "tags": {},
        },
        {
            "name": "tuned",
            "specification": {"base_inference_component_name": "chat", "container": {"artifact_url": "s3://a/b"}},
            "tags": {},
        },
    ],
    targets=[
        {
            "resource_id": "inference-component/chat",
            "scalable_dimension": "sagemaker:inference-component:DesiredCopyCount",
            "min_capacity": 0,
            "max_capacity": 4,
            "scaling_policies": [{"policy_name": "wake", "policy_type": "StepScaling"}],
            "scheduled_actions": [],
            "tags": {},
            "alarms": {"wake": ["chat-wake-from-zero"]},
        }
    ],
)


def test_what_is_written_is_read() -> None:
    written = stop_records.to_tags(RECORD, 2)
    assert stop_records.from_tags("any", {**written, "team": "fraud"}) == RECORD
    assert stop_records.from_tags("any", {"team": "fraud"}) is None
    assert all(map(ownership.is_stop_record, written))
    # AWS accepts it as it is.
    assert tag_rules.problems(written) == []


def test_the_order_of_tags_does_not_matter() -> None:
    many = [{**RECORD.components[0], "name": f"chat-{number}-{hash(str(number))}"} for number in range(60)]
    record = replace(RECORD, components=many)
    written = stop_records.to_tags(record, 0)
    assert len(written) > 5
    assert stop_records.from_tags("any", dict(sorted(written.items(), reverse=True))) == record


def test_it_is_told_in_words() -> None:
    assert stop_records.to_tags(RECORD, 0)[ownership.STOPPED_TAG] == (
        "fraud stopped at 2030-01-31T18:00:00Z / main 3 instances weight 0.25 / chat 2 copies / tuned / chat scaled 0 to 4"
    )
    long = replace(RECORD, components=RECORD.components * 20)
    words = stop_records.in_words(long)
    assert (len(words), words[-4:]) == (256, " ...")


def test_what_does_not_fit_is_refused_before_anything_is_written() -> None:
    fits = len(stop_records.to_tags(RECORD, 0))
    assert stop_records.to_tags(RECORD, 50 - fits)
    with pytest.raises(SageMakerError, match=rf"takes {fits} tags .* which has {51 - fits}, and AWS allows 50"):
        stop_records.to_tags(RECORD, 51 - fits)


@pytest.mark.parametrize("broken", ["", "abcd", "eJwDAAAAAAE="])
def test_what_cannot_be_read_says_what_to_do(broken: str) -> None:
    with pytest.raises(
        SageMakerError, match=re.escape("The tags mlops.sagemaker/stopped-* of the endpoint configuration c")
    ):
        stop_records.from_tags("c", {f"{ownership.STOPPED_TAG}-00": broken})


def test_models_and_alarms_are_listed() -> None:
    assert RECORD.models == {"chat-model-5e6f7a8b"}
    assert RECORD.alarms == ["chat-wake-from-zero"]


def test_the_time_makes_no_other_record() -> None:
    assert RECORD.is_same(replace(RECORD, stopped_at="2031-01-01T00:00:00Z"))
    assert not RECORD.is_same(replace(RECORD, variants=[]))
