# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The status of a fleet: what was planted is found, and nothing else; with few calls; and trouble in one region hides no other."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import ownership
from integration.deploys import PLAIN
from integration.fleets import EAST
from integration.fleets import OTHER
from integration.fleets import WEST
from integration.fleets import Fleet
from integration.fleets import by_name
from integration.fleets import drifted
from integration.harness import Player
from integration.logic import IMAGE
from integration.logic import ROLE
from integration.standstill import STOPPED
from integration.standstill import power
from local_aws.process import LocalAws
from local_aws.world import ACCOUNT


@pytest.fixture
def fleet(aws: LocalAws) -> Fleet:
    return Fleet(aws)


def test_a_fleet_as_it_was_deployed(fleet: Fleet) -> None:
    config = fleet.deploy(
        "churn",
        tags={"team": "fraud"},
        production_variant={"instance_type": "ml.g5.xlarge", "initial_instance_count": 2},
    )
    fleet.deploy("west", WEST)
    fleet.deploy("scaled", autoscaling_config={"max_capacity": 4, "target_value": 70})
    found = fleet.status()
    assert found["problems"] == []
    assert [(row["name"], row["region"], row["status"], row["kind"]) for row in found["endpoints"]] == [
        ("churn", EAST, "InService", "real_time"),
        ("scaled", EAST, "InService", "real_time"),
        ("west", WEST, "InService", "real_time"),
    ]
    assert drifted(found) == {}
    assert [(row["managed"], row["unpatchable"]) for row in found["endpoints"]] == [(True, [])] * 3
    churn = by_name(found)["churn"]
    assert (churn["release"], churn["images"]) == (config, [IMAGE])
    # To the cent: 2 * 1.408, and in 730 hours.
    assert (churn["hourly_cost"], churn["monthly_cost"], churn["currency"]) == (2.816, 2055.68, "USD")
    assert by_name(found)["west"]["monthly_cost"] == 84.1
    assert found["totals"] == {
        "endpoints": 3,
        "unknown": 0,
        "hourly_cost": float(Decimal("2.816") + Decimal("0.115") + Decimal("0.1152")),
        "monthly_cost": 2223.73,
        "currency": "USD",
    }
    assert [one["name"] for one in by_name(found)["scaled"]["autoscaling"]] == ["AllTraffic"]
    assert found["text"].splitlines()[1].split()[:4] == ["churn", EAST, "InService", "real"]
    assert "3 endpoints in 2 regions: 3.0462 USD per hour, 2,223.73 USD per month of 730 hours." in found["text"]


def test_each_kind_of_drift_is_found_and_nothing_else(fleet: Fleet) -> None:
    names = ("count", "weight", "tag", "owner", "config", "same", "scaled")
    configs = {name: fleet.deploy(name, tags={"team": "fraud"}) for name in names[:-1]}
    configs["scaled"] = fleet.deploy("scaled", autoscaling_config={"max_capacity": 4, "target_value": 70})
    west = fleet.deploy("west", WEST)
    fleet.stranger("theirs", WEST)
    sagemaker = fleet.client("sagemaker")
    scale = sagemaker.update_endpoint_weights_and_capacities
    variant = {"VariantName": "AllTraffic"}
    scale(EndpointName="count", DesiredWeightsAndCapacities=[{**variant, "DesiredInstanceCount": 3}])
    scale(EndpointName="scaled", DesiredWeightsAndCapacities=[{**variant, "DesiredInstanceCount": 3}])
    scale(EndpointName="weight", DesiredWeightsAndCapacities=[{**variant, "DesiredWeight": 0.5}])
    arns = {name: sagemaker.describe_endpoint(EndpointName=name)["EndpointArn"] for name in names}
    sagemaker.delete_tags(ResourceArn=arns["tag"], TagKeys=["team"])
    sagemaker.add_tags(ResourceArn=arns["same"], Tags=[{"Key": "backup", "Value": "daily"}])
    sagemaker.delete_tags(ResourceArn=arns["owner"], TagKeys=[ownership.OWNER_TAG])
    serving = sagemaker.describe_endpoint_config(EndpointConfigName=configs["config"])["ProductionVariants"]
    sagemaker.create_endpoint_config(
        EndpointConfigName="by-hand", ProductionVariants=[{**serving[0], "InstanceType": "ml.g5.xlarge"}]
    )
    sagemaker.update_endpoint(EndpointName="config", EndpointConfigName="by-hand")
    fleet.aws.advance(60)
    found = fleet.status()
    assert drifted(found) == {
        "config": [
            ("endpoint_config_name", configs["config"], "by-hand"),
            (
                "production_variants[AllTraffic].instance_type",
                PLAIN["production_variant"]["instance_type"],
                "ml.g5.xlarge",
            ),
        ],
        "count": [("production_variants[AllTraffic].desired_instance_count", 1, 3)],
        "owner": [(f"tags[{ownership.OWNER_TAG}]", "owner", None)],
        "tag": [("tags[team]", "fraud", None)],
        "theirs": [],
        "weight": [("production_variants[AllTraffic].desired_weight", 1.0, 0.5)],
    }
    rows = by_name(found)
    assert rows["theirs"]["drift"]["state"] == "unmanaged"
    assert {row["name"] for row in found["endpoints"] if not row["managed"]} == {"theirs"}
    assert (rows["theirs"]["release"], rows["west"]["release"]) == (None, west)
    assert "count (us-east-1): drifted: production_variants[AllTraffic].desired_instance_count: 1 -> 3" in found["text"]


def test_autoscaling_that_somebody_has_changed_is_found(fleet: Fleet) -> None:
    scaling = {"autoscaling_config": {"max_capacity": 4, "target_value": 70}}
    names = ("gone", "limits", "policy", "same")
    for name in names:
        fleet.deploy(name, **scaling)
    autoscaling = fleet.client("application-autoscaling")
    keys = {
        name: {
            "ServiceNamespace": "sagemaker",
            "ResourceId": f"endpoint/{name}/variant/AllTraffic",
            "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
        }
        for name in names
    }
    assert drifted(fleet.status()) == {}
    autoscaling.deregister_scalable_target(**keys["gone"])
    autoscaling.register_scalable_target(**keys["limits"], MaxCapacity=8)
    (policy,) = autoscaling.describe_scaling_policies(**keys["policy"])["ScalingPolicies"]
    autoscaling.delete_scaling_policy(**keys["policy"], PolicyName=policy["PolicyName"])
    found = drifted(fleet.status())
    recorded = found["policy"][0][1]
    assert found == {
        "gone": [("autoscaling[endpoint/gone/variant/AllTraffic]", "1-4", None)],
        "limits": [("autoscaling[endpoint/limits/variant/AllTraffic].limits", "1-4", "1-8")],
        "policy": [("autoscaling[endpoint/policy/variant/AllTraffic].scaling_policies", recorded, "4f53cda1 (none)")],
    }


def test_a_late_index_of_tags_makes_no_drift(fleet: Fleet) -> None:
    """It still shows that a tag is gone, which somebody has put back since."""
    fleet.deploy("churn", tags={"team": "fraud"})
    sagemaker = fleet.client("sagemaker")
    arn = sagemaker.describe_endpoint(EndpointName="churn")["EndpointArn"]
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["team"])
    assert drifted(fleet.status()) == {"churn": [("tags[team]", "fraud", None)]}
    fleet.aws.advance(1000)
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "team", "Value": "fraud"}])
    fleet.aws.configure(tag_index_delay=600)
    assert drifted(fleet.status()) == {}
    assert Counter(call["operation"] for call in fleet.aws.calls())["ListTags"] == 2


def test_what_is_idle(fleet: Fleet) -> None:
    for name in ("busy", "old", "never", "young"):
        fleet.deploy(name)
    fleet.aws.advance(20 * 86400)
    fleet.deploy("young")
    fleet.invoked("busy", 0.1)
    fleet.invoked("busy", 6)
    fleet.invoked("old", 5.5)
    fleet.invoked("never", 15.5)
    rows = by_name(fleet.status())
    assert {name: row["idle_days"] for name, row in rows.items()} == {"busy": 0, "old": 5, "never": 14, "young": 14}
    assert {row["idle_days"] for row in fleet.status(idle_window=0)["endpoints"]} == {None}
    assert by_name(fleet.status(idle_window=30))["never"]["idle_days"] == 15
    fleet.client("sagemaker-runtime").invoke_endpoint(EndpointName="never", Body=b"{}")
    assert by_name(fleet.status())["never"]["idle_days"] == 0


def test_what_cannot_be_updated(fleet: Fleet) -> None:
    configs = {name: fleet.deploy(name) for name in ("config", "model", "artifact", "whole")}
    fleet.aws.make_role("doomed")
    fleet.deploy("role", sg_role_arn=ROLE.replace("exec", "doomed"))
    fleet.deploy("west", WEST)
    sagemaker = fleet.client("sagemaker")
    model = sagemaker.describe_endpoint_config(EndpointConfigName=configs["model"])["ProductionVariants"][0][
        "ModelName"
    ]
    sagemaker.delete_endpoint_config(EndpointConfigName=configs["config"])
    sagemaker.delete_model(ModelName=model)
    iam = fleet.client("iam")
    for policy in iam.list_role_policies(RoleName="doomed")["PolicyNames"]:
        iam.delete_role_policy(RoleName="doomed", PolicyName=policy)
    iam.delete_role(RoleName="doomed")
    fleet.client("s3").delete_object(Bucket=f"models-{ACCOUNT}-{EAST}", Key="artifact/model.tar.gz")
    found = fleet.status()
    assert {row["name"]: row["unpatchable"] for row in found["endpoints"] if row["unpatchable"] != []} == {
        "config": [f"endpoint configuration {configs['config']} is gone"],
        "model": [f"model {model} is gone"],
        "role": [f"execution role {ROLE.replace('exec', 'doomed')} is gone"],
        "artifact": [f"artifact s3://models-{ACCOUNT}-{EAST}/artifact/model.tar.gz is gone"],
    }
    assert found["problems"] == []
    # Its instance type is written in the configuration only.
    assert by_name(found)["config"]["hourly_cost"] is None
    assert "instance type is not known" in by_name(found)["config"]["cost_unknown"]


def test_stopped_endpoints_are_listed_and_cost_nothing(fleet: Fleet) -> None:
    """With what their start brings back, and with what keeps them from it."""
    scaling = {"autoscaling_config": {"max_capacity": 4, "target_value": 70}}
    variant = {"instance_type": "ml.g5.xlarge", "initial_instance_count": 2}
    config = fleet.deploy("churn", tags={"team": "fraud"}, production_variant=variant, **scaling)
    fleet.deploy("less", production_variant={"serverless_config": {"memory_size_in_mb": 2048, "max_concurrency": 5}})
    fleet.deploy("on")
    before = by_name(fleet.status())["churn"]
    for name in ("churn", "less"):
        power(fleet.logic.connection(), name, STOPPED)
        fleet.aws.advance(600)
    found = fleet.status()
    calls = Counter(call["operation"] for call in fleet.aws.calls())
    # One more list for each region. West has no endpoint, so no tags of configurations are needed there.
    assert (calls["GetResources"], calls["ListTags"]) == (3 + 2, 0)
    assert found["problems"] == []
    rows = by_name(found)
    churn, less = rows["churn"], rows["less"]
    same = (
        "arn",
        "account",
        "kind",
        "images",
        "endpoint_config_name",
        "release",
        "release_created",
        "managed",
        "unpatchable",
    )
    assert {key: churn[key] for key in same} == {key: before[key] for key in same}
    assert {**churn["tags"], ownership.OWNER_TAG: "churn", "team": "fraud"} == churn["tags"]
    assert (churn["status"], churn["created"], churn["endpoint_config_name"]) == ("Stopped", None, config)
    (shown,) = churn["variants"]
    assert (shown["current_instance_count"], shown["desired_instance_count"]) == (0, 2)
    for row in (churn, less):
        assert (row["hourly_cost"], row["monthly_cost"], row["cost_unknown"]) == (0.0, 0.0, None)
        assert (row["drift"], row["idle_days"], row["autoscaling"]) == ({"state": None, "changes": []}, None, [])
    assert (found["totals"]["unknown"], found["totals"]["monthly_cost"]) == (0, rows["on"]["monthly_cost"])
    (line,) = (one for one in found["text"].splitlines() if one.startswith("churn "))
    assert re.split(" {2,}", line)[:5] == ["churn", EAST, "Stopped", "real time", "0 x ml.g5.xlarge (of 2)"]
    assert [row["name"] for row in fleet.status(names=["churn"])["endpoints"]] == ["churn"]
    model = shown["model_name"]
    fleet.client("sagemaker").delete_model(ModelName=model)
    found = fleet.status()
    assert by_name(found)["churn"]["unpatchable"] == [f"model {model} is gone"]
    assert f"churn ({EAST}): cannot be started: model {model} is gone" in found["text"]
    fleet.aws.fault("GetResources", kind="denied", times=100, region=EAST)
    found = fleet.status()
    assert [row["name"] for row in found["endpoints"]] == ["on"]
    assert [(one["region"], one["operation"], one["reason"]) for one in found["problems"]] == [
        (EAST, "GetResources", "denied")
    ]
    assert [one["complete"] for one in found["regions"]] == [False, True]


def test_an_unknown_price_is_said(fleet: Fleet, tmp_path: Path) -> None:
    fleet.aws.configure(prices={EAST: {"ml.g5.xlarge": "1.408"}})
    fleet.deploy("known", production_variant={"instance_type": "ml.g5.xlarge"})
    fleet.deploy("unknown", production_variant={"instance_type": "ml.m5.large"})
    fleet.deploy(
        "serverless", production_variant={"serverless_config": {"memory_size_in_mb": 2048, "max_concurrency": 5}}
    )
    found = fleet.status()
    rows = by_name(found)
    assert {name: row["monthly_cost"] for name, row in rows.items()} == {
        "known": 1027.84,
        "serverless": None,
        "unknown": None,
    }
    assert rows["unknown"]["cost_unknown"] == "no price of ml.m5.large in us-east-1"
    assert "charged for their use" in rows["serverless"]["cost_unknown"]
    assert (
        "3 endpoints in 2 regions: 1.408 USD per hour, 1,027.84 USD per month of 730 hours, and 2 whose cost is not known."
        in found["text"]
    )
    assert sorted(call["request"]["Filters"][1]["Value"] for call in fleet.aws.calls("pricing")) == [
        "ml.g5.xlarge",
        "ml.m5.large",
    ]
    (tmp_path / "prices.yml").write_text("{currency: EUR, hosting: {us-east-1: {ml.m5.large: 0.1, ml.g5.xlarge: 2}}}")
    own = fleet.status(price_file=str(tmp_path / "prices.yml"))
    assert {name: row["monthly_cost"] for name, row in by_name(own).items()} == {
        "known": 1460.0,
        "serverless": None,
        "unknown": 73.0,
    }
    assert (own["totals"]["currency"], fleet.aws.calls("pricing")) == ("EUR", [])


def test_what_is_denied_is_not_known_and_the_rest_is(fleet: Fleet) -> None:
    fleet.deploy("churn")
    denied = ["GetProducts", "GetMetricData", "DescribeScalableTargets", "GetRole"]
    fleet.aws.fault(denied, kind="denied", times=100)
    # An answer to a HEAD has no body, and botocore makes its code of the status.
    fleet.aws.fault("HeadObject", kind="error", code="403", message="Forbidden", status=403, times=100)
    found = fleet.status()
    (row,) = found["endpoints"]
    assert [row[known] for known in ("hourly_cost", "idle_days", "autoscaling", "unpatchable")] == [None] * 4
    assert (row["drift"]["state"], row["status"]) == ("in_sync", "InService")
    assert "GetProducts" in row["cost_unknown"]
    assert {(one["operation"], one["reason"]) for one in found["problems"]} == {
        (operation, "denied") for operation in [*denied, "HeadObject"] if operation != "GetProducts"
    }


@pytest.mark.parametrize(("kind", "reason"), [("denied", "denied"), ("throttle", "throttled")])
def test_a_region_in_trouble_does_not_hide_the_other(fleet: Fleet, kind: str, reason: str) -> None:
    fleet.deploy("east")
    fleet.deploy("west", WEST)
    fleet.aws.fault(["List*", "Describe*"], kind=kind, times=10_000, region=WEST)
    found = fleet.status()
    assert [(row["name"], row["drift"]["state"], row["monthly_cost"]) for row in found["endpoints"]] == [
        ("east", "in_sync", 83.95)
    ]
    assert [(one["region"], one["endpoints"], one["complete"]) for one in found["regions"]] == [
        (EAST, 1, True),
        (WEST, 0, False),
    ]
    assert found["not_found"] == []
    assert fleet.status(regions=[WEST], names=["west"])["not_found"] == []
    missing = fleet.status(names=["east", "other"])
    assert missing["not_found"] == ["other"] and f"Not found: other (region {EAST})." in missing["text"]
    (problem,) = found["problems"]
    assert (problem["region"], problem["operation"], problem["reason"]) == (WEST, "ListEndpoints", reason)
    assert f"{WEST}: ListEndpoints" in found["text"]


def test_each_account_has_its_own_status(fleet: Fleet) -> None:
    """One run sees one account: that of its credentials. Without endpoints it says where it looked."""
    empty = fleet.status(names=["churn"], regions=[EAST, f" {WEST}"])
    assert (empty["account"], empty["not_found"]) == (ACCOUNT, ["churn"])
    assert empty["text"].splitlines() == [
        f"There are no endpoints to report in {EAST}, {WEST} (account {ACCOUNT}).",
        "",
        f"Not found: churn (regions {EAST}, {WEST}).",
    ]
    fleet.deploy("here")
    there = Fleet(fleet.aws.in_account(OTHER), OTHER)
    there.deploy("there")
    variant = {"VariantName": "AllTraffic", "DesiredInstanceCount": 2}
    there.client("sagemaker").update_endpoint_weights_and_capacities(
        EndpointName="there", DesiredWeightsAndCapacities=[variant]
    )
    found, other = fleet.status(), there.status()
    assert [(row["name"], row["account"]) for row in found["endpoints"]] == [("here", ACCOUNT)]
    assert [(row["name"], row["account"]) for row in other["endpoints"]] == [("there", OTHER)]
    assert (drifted(found), list(drifted(other))) == ({}, ["there"])
    assert [row["unpatchable"] for row in (*found["endpoints"], *other["endpoints"])] == [[], []]


def test_a_hundred_endpoints_take_few_calls_each(fleet: Fleet) -> None:
    fleet.deploy("first")
    sagemaker = fleet.client("sagemaker")
    config = sagemaker.describe_endpoint(EndpointName="first")["EndpointConfigName"]
    for number in range(99):
        tags = [
            {"Key": ownership.OWNER_TAG, "Value": f"e{number}"},
            {"Key": ownership.HISTORY_TAG, "Value": f"={config}"},
        ]
        sagemaker.create_endpoint(EndpointName=f"e{number}", EndpointConfigName=config, Tags=tags)
    fleet.aws.advance(3600)
    found = fleet.status(regions=[EAST])
    assert len(found["endpoints"]) == 100
    assert drifted(found) == {}
    calls = Counter(call["operation"] for call in fleet.aws.calls())
    assert calls == {
        "ListEndpoints": 1,
        "DescribeEndpoint": 100,
        "DescribeEndpointConfig": 1,
        "GetResources": 3,
        "DescribeScalableTargets": 1,
        "DescribeModel": 1,
        "GetRole": 1,
        "HeadObject": 1,
        "GetMetricData": 1,
        "GetProducts": 1,
    }


def test_the_playbook_shows_the_table_and_writes_the_report(fleet: Fleet, play: Player, tmp_path: Path) -> None:
    """Also with the answers of a survey, which are texts, and without a report in check mode."""
    fleet.deploy("churn", production_variant={"instance_type": "ml.g5.xlarge", "initial_instance_count": 2})
    fleet.deploy("west", WEST)
    fleet.invoked("churn", 3.5)
    fleet.aws.clear_calls()
    surveyed = {
        "regions": f"{EAST},{WEST}",
        "names": "churn, west,chrun",
        "idle_window": "",
        "price_file": "",
        "report": "fleet.html",
    }
    # The regions do without one of the connection.
    nowhere = {"AWS_REGION": None, "AWS_DEFAULT_REGION": None}
    run = play(playbook="playbooks/status.yml", variables=surveyed, environment=nowhere)
    assert (run.rc, run.changed, fleet.aws.mutating()) == (0, 0, [])
    found = run.result("Read the endpoints")
    assert [(row["name"], row["monthly_cost"], row["drift"]["state"]) for row in found["endpoints"]] == [
        ("churn", 2055.68, "in_sync"),
        ("west", 84.1, "in_sync"),
    ]
    assert "cost" not in found["endpoints"][0]
    assert run.result("Status")["msg"] == found["text"]
    assert "\nchurn     us-east-1  InService  real time  2 x ml.g5.xlarge" in run.output
    assert found["not_found"] == ["chrun"]
    assert f"\nNot found: chrun (regions {EAST}, {WEST}).\n" in run.result("Status")["msg"] + "\n"
    report = (tmp_path / "fleet.html").read_text()
    assert "<p>Not found: chrun" in report
    assert "2,055.68 USD" in report and report.startswith("<!DOCTYPE html>")
    (tmp_path / "fleet.html").unlink()
    (tmp_path / "prices.json").write_text('{"hosting": {"us-east-1": {"ml.g5.xlarge": 1}}}')
    fleet.aws.fault("List*", kind="denied", times=100, region=WEST)
    given = {
        "regions": [EAST, WEST],
        "name_contains": "CHU",
        "idle_window": 7,
        "price_file": "prices.json",
        "report": "fleet.html",
    }
    run = play(playbook="mlops.sagemaker.status", variables=given, check=True)
    assert (run.rc, run.changed, (tmp_path / "fleet.html").exists()) == (0, 0, False)
    found = run.result("Read the endpoints")
    assert (found["endpoints"][0]["monthly_cost"], found["idle_window"], found["report"]) == (1460.0, 7, None)
    assert f"\n{WEST}: ListEndpoints failed (AccessDeniedException)" in run.result("Status")["msg"]
    run = play(
        playbook="playbooks/status.yml", variables={"price_fle": "prices.json", "endpoint": "churn", "region": EAST}
    )
    assert run.rc != 0 and "price_fle: " in run.output and "price_file" in run.output
    assert "did you mean names?" in run.output and "did you mean regions or aws_region?" in run.output
    run = play(playbook="playbooks/status.yml", environment=nowhere)
    assert "regions: is not set, and the connection has no region." in (run.failure or ""), run


def test_the_module_as_a_process_of_its_own(fleet: Fleet, play: Player, tmp_path: Path) -> None:
    fleet.deploy("churn")
    report = tmp_path / "fleet.html"
    tasks = f"""
    - mlops.sagemaker.sagemaker_endpoint_fleet_info:
        report: {report}
      vars: {{sagemaker_in_process: false}}
      register: fleet
    - mlops.sagemaker.sagemaker_endpoint_fleet_info:
        report: {tmp_path}/none/fleet.html
      ignore_errors: true
    """
    run = play(tasks=tasks)
    first, second = (entry["result"] for entry in run.results)
    assert [row["name"] for row in first["endpoints"]] == ["churn"]
    assert "churn" in report.read_text()
    assert second["msg"] == f"report: cannot write {tmp_path}/none/fleet.html: No such file or directory."
