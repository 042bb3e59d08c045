# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is told from the answers of AWS: drift, idleness, costs, and what is gone."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal
from typing import Any

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import ownership
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.inputs import scaling_record
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.fleet.rows import Sighting
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.prices.table import HOSTING
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.prices.table import Priced
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.prices.table import PriceTable
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.status import costs
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.status import drift
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.status import idle
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.status import unpatchable
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.status.drift import Evidence

UTC = datetime.timezone.utc
NOW = datetime.datetime(2030, 1, 31, 12, 30, 10, tzinfo=UTC)
LIVE = "churn-config-11111111"
OLD = "churn-config-22222222"
OURS = {ownership.OWNER_TAG: "churn"}
TAGS = {**OURS, ownership.HISTORY_TAG: f"{LIVE} 22222222"}


def evidence(**more: Any) -> Evidence:
    config = {"production_variants": [{"variant_name": "V", "initial_instance_count": 1}]}
    endpoint = {"production_variants": [{"variant_name": "V", "desired_instance_count": 1, "desired_weight": 1.0}]}
    usual = {
        "tags": TAGS,
        "config_name": LIVE,
        "config": config,
        "endpoint": endpoint,
        "config_tags": OURS,
        "targets": {},
    }
    return Evidence("churn", **{**usual, **more})


def paths(seen: Evidence) -> list[str]:
    return [change["path"] for change in drift.find(seen)["changes"]]


def test_an_endpoint_is_in_sync_drifted_or_not_ours() -> None:
    assert drift.find(evidence()) == {"state": "in_sync", "changes": []}
    assert drift.find(evidence(tags={}, config_tags={}))["state"] == "unmanaged"
    assert drift.find(evidence(tags=None))["state"] is None
    # Its tags are gone, but the configuration says whose it is.
    # Adopted from Terraform: the first release begins the history.
    assert paths(evidence(tags=OURS, config_name="terraform", config_tags={})) == []
    assert paths(evidence(tags={})) == [f"tags[{ownership.OWNER_TAG}]", f"tags[{ownership.HISTORY_TAG}]"]


@pytest.mark.parametrize(
    ("config_name", "config_tags", "history", "is_foreign"),
    [
        (LIVE, OURS, f"{LIVE} 22222222", False),
        # By hand, back to an earlier release of ours.
        (OLD, OURS, f"{LIVE} 22222222", True),
        ("by-hand", {}, LIVE, True),
        # A deploy that did not wait has not entered its release yet.
        ("churn-config-33333333", OURS, LIVE, False),
        # Its tags are not known, so nothing is said.
        ("by-hand", None, LIVE, False),
        # Adopted.
        ("terraform", {}, "=terraform", False),
    ],
)
def test_another_configuration_than_the_deployed_one(
    config_name: str, config_tags: Any, history: str, is_foreign: bool
) -> None:
    tags = {**OURS, ownership.HISTORY_TAG: history}
    seen = evidence(tags=tags, config_name=config_name, config_tags=config_tags)
    assert drift.is_foreign(seen) is is_foreign
    assert ("endpoint_config_name" in paths(seen)) is is_foreign


def test_counts_of_scaled_variants_and_deliberate_weights_are_no_drift() -> None:
    scaled = {"production_variants": [{"variant_name": "V", "desired_instance_count": 3, "desired_weight": 0.5}]}
    both = ["production_variants[V].desired_weight", "production_variants[V].desired_instance_count"]
    assert paths(evidence(endpoint=scaled)) == both
    assert paths(evidence(endpoint=scaled, targets={"endpoint/churn/variant/V": "1-4"})) == both[:1]
    assert paths(evidence(endpoint=scaled, targets=None)) == both[:1]
    assert paths(evidence(endpoint=scaled, tags={**TAGS, ownership.TRAFFIC_OVERRIDE_TAG: LIVE})) == []


def test_autoscaling_that_is_gone_or_other_than_recorded() -> None:
    policies = [{"policy_name": "p", "target_tracking_scaling_policy_configuration": {"target_value": 70}}]
    chat = {
        "resource_id": "inference-component/chat",
        "min_capacity": 0,
        "max_capacity": 3,
        "scaling_policies": policies,
    }
    main = {
        "resource_id": "endpoint/churn/variant/V",
        "min_capacity": 1,
        "max_capacity": 4,
        "scaling_policies": policies,
    }
    value = scaling_record.of_targets([main, chat])
    assert re.fullmatch(r"V=1-4:([0-9a-f]{8}) component/chat=0-3:\1", value)
    as_recorded = {main["resource_id"]: "1-4", chat["resource_id"]: "0-3"}
    live = [{**policies[0], "target_tracking_scaling_policy_configuration": {"target_value": 70.0}}]
    recorded = {"tags": {**TAGS, ownership.SCALING_TAG: value}, "policies": dict.fromkeys(as_recorded, live)}
    assert paths(evidence(targets=as_recorded, **recorded)) == []
    assert paths(evidence(targets={}, **recorded)) == [
        "autoscaling[endpoint/churn/variant/V]",
        "autoscaling[inference-component/chat]",
    ]
    assert paths(evidence(targets={}, is_changing=True, **recorded)) == []
    assert paths(evidence(targets=None, **recorded)) == []
    other = {**as_recorded, main["resource_id"]: "2-4"}
    assert paths(evidence(targets=other, **recorded)) == ["autoscaling[endpoint/churn/variant/V].limits"]
    recorded["policies"] = {chat["resource_id"]: live}
    assert paths(evidence(targets=as_recorded, **recorded)) == [
        "autoscaling[endpoint/churn/variant/V].scaling_policies"
    ]
    assert paths(evidence(targets=as_recorded, **{**recorded, "policies": None})) == []


def test_the_record_of_autoscaling_has_room_in_a_tag() -> None:
    def target(number: int, **more: Any) -> dict[str, Any]:
        return {
            "resource_id": f"endpoint/churn/variant/variant-{number}",
            "max_capacity": 4,
            "scaling_policies": [],
            **more,
        }

    value = scaling_record.of_targets(map(target, range(50)))
    assert len(value) <= 256 and 5 < len(scaling_record.read(value, "churn")) < 50
    assert scaling_record.of_targets([]) == "none"
    assert scaling_record.read("none", "churn") == {}
    scheduled = scaling_record.of_targets([target(1, scheduled_actions=[{}], scaling_policies=None)])
    assert scheduled == "variant-1=scheduled"
    assert scaling_record.read(scheduled, "churn") == {"endpoint/churn/variant/variant-1": (None, None)}
    # What AWS takes as the value of a tag.
    assert re.fullmatch(r"[\w .:/=+@-]*", value + scheduled)


def test_tags_of_the_user_and_of_a_run_that_did_not_end() -> None:
    with_team = {**OURS, "team": "fraud", "aws:cloudformation:stack": "x", ownership.POLICY_TAG: "p"}
    assert paths(evidence(config_tags=with_team)) == ["tags[team]"]
    assert paths(evidence(config_tags=with_team, tags={**TAGS, "team": "fraud", "more": "x"})) == []
    suspended = {**TAGS, f"{ownership.MEMORY_TAG}0": "x"}
    assert paths(evidence(tags=suspended)) == ["autoscaling"]
    assert paths(evidence(tags=suspended, is_changing=True)) == []


def test_days_without_an_invocation() -> None:
    created = NOW - datetime.timedelta(days=100)
    end = idle.end_of_window(NOW, 14)
    assert end == datetime.datetime(2030, 1, 31, 12, 31, tzinfo=UTC)
    # Beyond 15 days CloudWatch rounds to hours.
    assert idle.end_of_window(NOW, 30) == datetime.datetime(2030, 1, 31, 13, tzinfo=UTC)
    for days in (0, 1, 13):
        assert idle.idle_days(end - datetime.timedelta(days=days + 1), created, NOW, 14) == days
    assert idle.idle_days(None, created, NOW, 14) == 14
    assert idle.idle_days(None, NOW - datetime.timedelta(days=2, hours=5), NOW, 14) == 2
    assert idle.idle_days(None, NOW + datetime.timedelta(minutes=5), NOW, 14) == 0


def row(kind: str, *variants: dict[str, Any], status: str = "InService", components: Any = ()) -> dict[str, Any]:
    return {
        "name": "churn",
        "region": "us-east-1",
        "status": status,
        "kind": kind,
        "variants": list(variants),
        "inference_components": [{"name": name} for name in components],
    }


def variant(count: int | None, instance_type: str | None = "ml.m5.large", pools: Any = ()) -> dict[str, Any]:
    return {
        "variant_name": "V",
        "instance_type": instance_type,
        "current_instance_count": count,
        "instance_pools": list(pools),
    }


def test_the_metrics_of_each_kind_of_endpoint() -> None:
    names = {
        kind: [(one.name, dict(one.dimensions)) for one in idle.metrics(row(kind, variant(1), components=components))]
        for kind, components in (("real_time", ()), ("asynchronous", ()), ("inference_components", ("chat",)))
    }
    of_variant = {"EndpointName": "churn", "VariantName": "V"}
    assert names["real_time"] == [("Invocations", of_variant)]
    assert names["asynchronous"] == [("InvocationsProcessed", of_variant), ("InvocationFailures", of_variant)]
    assert names["inference_components"] == [
        ("Invocations", of_variant),
        ("Invocations", {"InferenceComponentName": "chat"}),
    ]


def test_metrics_are_asked_for_500_a_call_and_read_by_their_ids() -> None:
    wanted = [
        metric
        for number in range(1001)
        for metric in idle.metrics({**row("real_time", variant(1)), "name": f"e{number}"})
    ]
    first, second, third = idle.batches(wanted)
    assert (len(first), len(second), len(third)) == (500, 500, 1)
    request = idle.request(first, NOW, 14)
    assert request["EndTime"] - request["StartTime"] == datetime.timedelta(days=14)
    early, late = NOW - datetime.timedelta(days=3), NOW - datetime.timedelta(days=2)
    results = [
        {"Id": "m7", "Timestamps": [NOW, late], "Values": [0.0, 2.0]},
        {"Id": "m7", "Timestamps": [early], "Values": [9.0]},
        {"Id": "m8", "Timestamps": [], "Values": []},
    ]
    assert idle.last_days(first, results) == {"e7": late}


PRICES = PriceTable(
    "USD",
    {
        Priced(HOSTING, "us-east-1", name): Decimal(price)
        for name, price in (("ml.m5.large", "0.115"), ("ml.g5.xlarge", "1.408"))
    },
)


@pytest.mark.parametrize(
    ("endpoint", "hourly"),
    [
        (row("real_time", variant(2)), "0.23"),
        (row("asynchronous", variant(0)), "0"),
        (row("inference_components", variant(1)), "0.115"),
        (row("real_time", variant(1), variant(1, "ml.g5.xlarge")), "1.523"),
        (row("real_time", variant(3, None, [variant(1, "ml.g5.xlarge"), variant(2)])), "1.638"),
        (row("real_time", variant(None), status="Failed"), "0"),
    ],
)
def test_the_cost_of_each_kind_of_endpoint(endpoint: dict[str, Any], hourly: str) -> None:
    assert costs.of(endpoint, PRICES).hourly == Decimal(hourly)


@pytest.mark.parametrize(
    ("endpoint", "reason"),
    [
        ({**row("real_time"), "variants": None}, costs.NOT_READ),
        (row("serverless", variant(None, None)), costs.BY_USE),
        (row("real_time", variant(1, None)), costs.UNKNOWN_TYPE),
        (row("real_time", variant(None), status="Creating"), "the number of ml.m5.large instances is not known"),
        (row("real_time", variant(1, "ml.p5.48xlarge")), "no price of ml.p5.48xlarge in us-east-1"),
    ],
)
def test_a_cost_that_is_not_known_has_a_reason(endpoint: dict[str, Any], reason: str) -> None:
    assert costs.of(endpoint, PRICES) == costs.Cost(None, reason)


def test_prices_are_asked_for_what_runs() -> None:
    rows = [
        row("real_time", variant(1)),
        row("asynchronous", variant(0, "ml.g5.xlarge")),
        row("serverless", variant(None, None)),
    ]
    assert [one.instance_type for one in costs.wanted(rows)] == ["ml.m5.large"]


ROLE = "arn:aws:iam::111122223333:role/service/exec"
MODEL = {
    "ExecutionRoleArn": ROLE,
    "Containers": [
        {"ModelDataUrl": "s3://b/one.tar.gz", "ModelDataSource": {"S3DataSource": {"S3Uri": "s3://b/one.tar.gz"}}},
        {"ModelDataUrl": "s3://b/many", "Mode": "MultiModel"},
        {"AdditionalModelDataSources": [{"S3DataSource": {"S3Uri": "s3://b/adapter/"}}]},
    ],
}


def test_what_a_release_needs() -> None:
    seen = sighting()
    assert unpatchable.role_arns(seen, {"m": MODEL}) == [ROLE]
    assert unpatchable.role_name(ROLE, "111122223333") == "exec"
    assert unpatchable.role_name(ROLE, "444455556666") is None
    assert unpatchable.artifact_uris(seen, {"m": MODEL}) == ["s3://b/one.tar.gz", "s3://b/many/", "s3://b/adapter/"]
    component = {"Specification": {"ModelName": "of-component"}}
    assert unpatchable.model_names(sighting(components=[component])) == {"m", "of-component"}


def sighting(**more: Any) -> Sighting:
    config = {"ProductionVariants": [{"VariantName": "V", "ModelName": "m"}]}
    usual = {"endpoint": {"EndpointConfigName": "c"}, "config": config, "config_exists": True}
    return Sighting(listed={"EndpointName": "churn"}, region="us-east-1", **{**usual, **more})


def test_what_is_gone_and_what_is_not_known() -> None:
    whole = unpatchable.Belongings({"m": MODEL}, {ROLE: True}, {"s3://b/one.tar.gz": True, "s3://b/many/": False})
    assert unpatchable.missing(sighting(), whole) == ["artifact s3://b/many/ is gone"]
    assert unpatchable.missing(sighting(), unpatchable.Belongings({"m": None})) == ["model m is gone"]
    assert unpatchable.missing(sighting(config=None, config_exists=False), whole) == [
        "endpoint configuration c is gone"
    ]
    assert unpatchable.missing(sighting(config=None, config_exists=None), whole) is None
    assert unpatchable.missing(sighting(), unpatchable.Belongings()) is None
    # A part that could not be looked up may be gone.
    there = {uri: True for uri in unpatchable.artifact_uris(sighting(), {"m": MODEL})}
    assert unpatchable.missing(sighting(), unpatchable.Belongings({"m": MODEL}, {ROLE: True}, there)) == []
    assert unpatchable.missing(sighting(), unpatchable.Belongings({"m": MODEL}, {}, there)) is None
    assert unpatchable.missing(sighting(), unpatchable.Belongings({"m": MODEL}, {ROLE: True})) is None
    everything = unpatchable.Belongings({"m": MODEL}, {ROLE: True}, there)
    assert unpatchable.missing(sighting(components=None), everything) is None
