# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A hundred endpoints in two accounts and two regions: each thing that was planted is found, and nothing else, and all of them are hosts."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import ownership
from integration.fleets import EAST
from integration.fleets import OTHER
from integration.fleets import WEST
from integration.fleets import Fleet
from integration.fleets import drifted
from integration.harness import Player
from integration.logic import ROLE
from local_aws.process import LocalAws
from local_aws.world import ACCOUNT

GOLDEN = Path(__file__).with_name("golden")
IN_A_PLACE = 25
SCALING = {"autoscaling_config": {"max_capacity": 4, "target_value": 70}}
VARIANT = {"VariantName": "AllTraffic"}
# Facts of a host that do not depend on the time.
TOLD = ("region", "account", "status", "kind", "managed", "config_name", "config_exists", "tags")


class Planted:
    """The endpoints of both accounts, and what is wrong with some of them."""

    def __init__(self, aws: LocalAws) -> None:
        self.here, self.there = Fleet(aws), Fleet(aws.in_account(OTHER), OTHER)
        # {account: {endpoint: paths of its drift, nothing if nobody of ours made it}} and {account: {endpoint: what is gone}}
        self.drift: dict[str, dict[str, list[str]]] = {ACCOUNT: {}, OTHER: {}}
        self.gone: dict[str, dict[str, str]] = {ACCOUNT: {}, OTHER: {}}
        for fleet in (self.here, self.there):
            fleet.aws.make_role("doomed")
            for region in (EAST, WEST):
                self._plant(fleet, region)
                self._fill(fleet, region)
        aws.advance(20 * 86400)
        for fleet in (self.here, self.there):
            for region in (EAST, WEST):
                self._invoke(fleet, region)

    def _plant(self, fleet: Fleet, region: str) -> None:
        """Four things in each place, all of them different from those in the other places."""
        sagemaker = fleet.client("sagemaker", region)
        scale = sagemaker.update_endpoint_weights_and_capacities
        if (fleet, region) == (self.here, EAST):
            fleet.deploy("count", region)
            scale(EndpointName="count", DesiredWeightsAndCapacities=[{**VARIANT, "DesiredInstanceCount": 3}])
            self._drift(fleet, "count", "production_variants[AllTraffic].desired_instance_count")
            config = fleet.deploy("config", region)
            serving = sagemaker.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"]
            changed = [{**serving[0], "InstanceType": "ml.g5.xlarge"}]
            sagemaker.create_endpoint_config(EndpointConfigName="by-hand", ProductionVariants=changed)
            sagemaker.update_endpoint(EndpointName="config", EndpointConfigName="by-hand")
            self._drift(fleet, "config", "endpoint_config_name", "production_variants[AllTraffic].instance_type")
            fleet.stranger("orphan", region)
            self._drift(fleet, "orphan")
            model = self._model(sagemaker, fleet.deploy("model", region))
            sagemaker.delete_model(ModelName=model)
            self.gone[fleet.account]["model"] = f"model {model} is gone"
        elif fleet is self.here:
            fleet.deploy("weight", region)
            scale(EndpointName="weight", DesiredWeightsAndCapacities=[{**VARIANT, "DesiredWeight": 0.5}])
            self._drift(fleet, "weight", "production_variants[AllTraffic].desired_weight")
            fleet.deploy("tag", region, tags={"team": "fraud"})
            sagemaker.delete_tags(ResourceArn=self._arn(sagemaker, "tag"), TagKeys=["team"])
            self._drift(fleet, "tag", "tags[team]")
            fleet.deploy("artifact", region)
            bucket = f"models-{fleet.account}-{region}"
            fleet.client("s3").delete_object(Bucket=bucket, Key="artifact/model.tar.gz")
            self.gone[fleet.account]["artifact"] = f"artifact s3://{bucket}/artifact/model.tar.gz is gone"
            fleet.deploy("idle", region)
        elif region == EAST:
            fleet.deploy("owner", region)
            sagemaker.delete_tags(ResourceArn=self._arn(sagemaker, "owner"), TagKeys=[ownership.OWNER_TAG])
            self._drift(fleet, "owner", f"tags[{ownership.OWNER_TAG}]")
            autoscaling = fleet.client("application-autoscaling", region)
            for name in ("target", "limits"):
                fleet.deploy(name, region, **SCALING)
            autoscaling.deregister_scalable_target(**self._target("target"))
            self._drift(fleet, "target", "autoscaling[endpoint/target/variant/AllTraffic]")
            autoscaling.register_scalable_target(**self._target("limits"), MaxCapacity=8)
            self._drift(fleet, "limits", "autoscaling[endpoint/limits/variant/AllTraffic].limits")
            role = ROLE.replace(ACCOUNT, fleet.account).replace("exec", "doomed")
            fleet.deploy("role", region, sg_role_arn=role)
            iam = fleet.client("iam")
            for policy in iam.list_role_policies(RoleName="doomed")["PolicyNames"]:
                iam.delete_role_policy(RoleName="doomed", PolicyName=policy)
            iam.delete_role(RoleName="doomed")
            self.gone[fleet.account]["role"] = f"execution role {role} is gone"
        else:
            fleet.deploy("policy", region, **SCALING)
            autoscaling = fleet.client("application-autoscaling", region)
            (policy,) = autoscaling.describe_scaling_policies(**self._target("policy"))["ScalingPolicies"]
            autoscaling.delete_scaling_policy(**self._target("policy"), PolicyName=policy["PolicyName"])
            self._drift(fleet, "policy", "autoscaling[endpoint/policy/variant/AllTraffic].scaling_policies")
            config = fleet.deploy("no-config", region)
            sagemaker.delete_endpoint_config(EndpointConfigName=config)
            self.gone[fleet.account]["no-config"] = f"endpoint configuration {config} is gone"

    def _fill(self, fleet: Fleet, region: str) -> None:
        """Endpoints with which nothing is wrong, so that each place has as many. Their names are the same everywhere."""
        sagemaker = fleet.client("sagemaker", region)
        config = fleet.deploy("base", region)
        listed = sagemaker.list_endpoints(MaxResults=100)["Endpoints"]
        for number in range(IN_A_PLACE - len(listed)):
            own = {ownership.OWNER_TAG: f"e{number:02}", ownership.HISTORY_TAG: f"={config}", "team": f"t{number % 3}"}
            tags = [{"Key": key, "Value": value} for key, value in own.items()]
            sagemaker.create_endpoint(EndpointName=f"e{number:02}", EndpointConfigName=config, Tags=tags)

    def _invoke(self, fleet: Fleet, region: str) -> None:
        """All but one were called on the last day."""
        now = fleet.now() - datetime.timedelta(hours=1)
        names = [
            one["EndpointName"] for one in fleet.client("sagemaker", region).list_endpoints(MaxResults=100)["Endpoints"]
        ]
        data = [
            {
                "MetricName": "Invocations",
                "Value": 3,
                "Timestamp": now,
                "Dimensions": [
                    {"Name": "EndpointName", "Value": name},
                    {"Name": "VariantName", "Value": "main" if name == "orphan" else "AllTraffic"},
                ],
            }
            for name in names
            if name != "idle"
        ]
        fleet.client("cloudwatch", region).put_metric_data(Namespace="AWS/SageMaker", MetricData=data)

    def _drift(self, fleet: Fleet, name: str, *paths: str) -> None:
        self.drift[fleet.account][name] = list(paths)

    @staticmethod
    def _arn(sagemaker: Any, name: str) -> str:
        return str(sagemaker.describe_endpoint(EndpointName=name)["EndpointArn"])

    @staticmethod
    def _model(sagemaker: Any, config: str) -> str:
        return str(sagemaker.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"][0]["ModelName"])

    @staticmethod
    def _target(name: str) -> dict[str, str]:
        return {
            "ServiceNamespace": "sagemaker",
            "ResourceId": f"endpoint/{name}/variant/AllTraffic",
            "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
        }


@pytest.fixture
def planted(aws: LocalAws) -> Planted:
    return Planted(aws)


def test_each_thing_that_was_planted_is_found_and_nothing_else(planted: Planted, play: Player) -> None:
    """And so it is while one more region denies calls, and another one throttles them. All endpoints are hosts of an inventory."""
    aws = planted.here.aws
    for region, kind in (("eu-west-1", "denied"), ("ap-south-1", "throttle")):
        aws.fault("*", service="sagemaker", kind=kind, times=10_000, region=region)
    trouble = [("ap-south-1", "throttled"), ("eu-west-1", "denied")]
    for fleet in (planted.here, planted.there):
        found = fleet.status(regions=[EAST, WEST, "eu-west-1", "ap-south-1"])
        paths = {name: [change[0] for change in changes] for name, changes in drifted(found).items()}
        assert paths == planted.drift[fleet.account]
        gone = {row["name"]: row["unpatchable"] for row in found["endpoints"] if row["unpatchable"] != []}
        assert gone == {name: [words] for name, words in planted.gone[fleet.account].items()}
        assert {row["name"] for row in found["endpoints"] if not row["managed"]} == (
            {"orphan"} if fleet is planted.here else set()
        )
        assert {row["name"] for row in found["endpoints"] if row["idle_days"]} == (
            {"idle"} if fleet is planted.here else set()
        )
        assert [(one["endpoints"], one["complete"]) for one in found["regions"]] == [
            *[(IN_A_PLACE, True)] * 2,
            *[(0, False)] * 2,
        ]
        assert (
            sorted((one["region"], one["reason"]) for one in found["problems"] if one["operation"] == "ListEndpoints")
            == trouble
        )
        assert {one["region"] for one in found["problems"]} == {region for region, _reason in trouble}
    minimal = {"plugin": "mlops.sagemaker.sagemaker_endpoints", "regions": [EAST, WEST]}
    groups = {
        "keyed_groups": [{"key": f"sagemaker_{key}", "prefix": key} for key in ("account", "region", "tags.team")]
    }
    assumed = {"assume_role_arn": f"arn:aws:iam::{OTHER}:role/reader"}
    files = {"here.sagemaker_endpoints.yml": {}, "there.sagemaker_endpoints.yml": assumed}
    for name, more in files.items():
        (play.directory / name).write_text(yaml.safe_dump({**minimal, **groups, **more}))
    sources = [argument for name in files for argument in ("-i", name)]
    for option, golden, shown in (
        ("--graph", "hundred_endpoints_graph.txt", str),
        ("--list", "hundred_endpoints_list.txt", listed),
    ):
        run = play.inventory(option, *sources)
        assert (run.returncode, run.stderr) == (0, ""), run
        assert shown(run.stdout) == (GOLDEN / golden).read_text()


def listed(text: str) -> str:
    """The hosts with the facts that do not depend on the time, and the groups, one a line."""
    found = json.loads(text, object_hook=lambda one: one.get("__ansible_unsafe", one))
    hosts = found.pop("_meta")["hostvars"]
    assert len(hosts) == 4 * IN_A_PLACE
    lines = {host: {name: facts[f"sagemaker_{name}"] for name in TOLD} for host, facts in hosts.items()}
    lines |= {group: content for group, content in found.items()}
    return "".join(f"{name}: {json.dumps(lines[name], sort_keys=True)}\n" for name in sorted(lines))
