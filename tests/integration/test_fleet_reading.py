# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Endpoints of several regions are read with few calls, and trouble in one region hides nothing of the others."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import pytest
from botocore.config import Config

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api.client import AwsClients
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.retries import Clock
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.fleet import reading
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.fleet.reading import Fleet
from integration.logic import IMAGE
from integration.logic import ROLE
from local_aws.process import LocalAws

EAST, WEST = "us-east-1", "us-west-2"


class Regions:
    """Makes endpoints in several regions, and reads them."""

    def __init__(self, aws: LocalAws) -> None:
        self.aws = aws
        aws.make_role("exec")

    def make(self, region: str, name: str, tags: dict[str, str] | None = None, **config: Any) -> None:
        sagemaker = self.aws.client("sagemaker", region)
        variant = {"VariantName": "main", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1, "ModelName": "m"}
        given = {"ProductionVariants": [variant], **config}
        if not sagemaker.list_models()["Models"]:
            sagemaker.create_model(
                ModelName="m", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": IMAGE.replace(EAST, region)}
            )
        sagemaker.create_endpoint_config(EndpointConfigName=name, **given)
        listed = [{"Key": key, "Value": value} for key, value in (tags or {}).items()]
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name, Tags=listed)

    def clients(self, region: str) -> AwsClients:
        config = Config(retries={"total_max_attempts": 1}, max_pool_connections=reading.CALLS_AT_ONCE)

        def make_client(service: str, read_timeout: float = 60) -> Any:
            return self.aws.client(service, region, config=config)

        # Pauses take no time.
        return AwsClients(make_client, Clock(time.monotonic, lambda seconds: None, lambda low, high: high))

    def read(self, *regions: str) -> Fleet:
        self.aws.clear_calls()
        return reading.read([self.clients(region) for region in regions])

    def calls(self, region: str) -> dict[str, int]:
        return dict(Counter(call["operation"] for call in self.aws.calls() if call["region"] == region))


@pytest.fixture
def regions(aws: LocalAws) -> Regions:
    return Regions(aws)


def test_many_endpoints_of_two_regions(aws: LocalAws, regions: Regions) -> None:
    for number in range(11):
        regions.make(EAST, f"e{number:02}", {"number": str(number)})
    regions.make(WEST, "e00")
    aws.advance(3600)
    fleet = regions.read(EAST, WEST)
    assert fleet.errors == []
    assert [(row["name"], row["region"]) for row in fleet.endpoints][:3] == [
        ("e00", EAST),
        ("e00", WEST),
        ("e01", EAST),
    ]
    assert len(fleet.endpoints) == 12
    first, west = fleet.endpoints[:2]
    assert (first["tags"], west["tags"]) == ({"number": "0"}, {})
    assert (first["status"], first["kind"], first["images"]) == ("InService", "real_time", [IMAGE])
    assert first["variants"][0]["instance_type"] == "ml.m5.large"
    assert regions.calls(EAST) == {
        "ListEndpoints": 1,
        "DescribeEndpoint": 11,
        "DescribeEndpointConfig": 11,
        "GetResources": 1,
    }
    # The index does not have it, because it has no tags, so they are asked for while it is young. The clock of the test is ahead.
    assert regions.calls(WEST)["ListTags"] == 1


def test_young_endpoints_show_their_tags_and_images(aws: LocalAws, regions: Regions) -> None:
    """The index is late, and an endpoint that is being created reports no images."""
    aws.configure(tag_index_delay=600)
    regions.make(EAST, "new", {"team": "fraud"})
    (row,) = regions.read(EAST).endpoints
    assert (row["status"], row["tags"], row["images"]) == ("Creating", {"team": "fraud"}, [IMAGE])


def test_a_denied_region_does_not_hide_the_other(aws: LocalAws, regions: Regions) -> None:
    regions.make(EAST, "east")
    regions.make(WEST, "west")
    aws.fault("ListEndpoints", kind="denied", times=100, region=WEST)
    fleet = regions.read(WEST, EAST)
    assert [row["name"] for row in fleet.endpoints] == ["east"]
    (error,) = fleet.errors
    assert (error["region"], error["operation"], error["reason"]) == (WEST, "ListEndpoints", "denied")
    assert "not authorized" in error["message"]


def test_a_throttled_region_is_given_up_and_does_not_hide_the_other(aws: LocalAws, regions: Regions) -> None:
    for number in range(20):
        regions.make(WEST, f"west{number}")
    regions.make(EAST, "east")
    aws.fault("Describe*", kind="throttle", times=10_000, region=WEST)
    fleet = regions.read(WEST, EAST)
    # The list tells that they exist.
    assert [row["name"] for row in fleet.endpoints if row["variants"]] == ["east"]
    assert len(fleet.endpoints) == 21
    (error,) = fleet.errors
    assert (error["region"], error["operation"], error["reason"]) == (WEST, "DescribeEndpoint", "throttled")
    # Only the calls that were under way were repeated until the end.
    assert regions.calls(WEST)["DescribeEndpoint"] <= 11 * reading.CALLS_AT_ONCE


def test_what_is_denied_is_not_known(aws: LocalAws, regions: Regions) -> None:
    """Each kind of call is reported once, whatever the number of endpoints."""
    for name in ("one", "two"):
        regions.make(EAST, name, {"team": "fraud"})
    operations = ["DescribeEndpointConfig", "DescribeModel", "ListTags", "GetResources"]
    aws.fault(operations, kind="denied", times=100)
    fleet = regions.read(EAST)
    for row in fleet.endpoints:
        assert (row["kind"], row["tags"], row["managed"], row["endpoint_config_exists"]) == (None, None, None, None)
        assert row["endpoint_config_name"] == row["name"]
    assert [(one["operation"], one["names"]) for one in fleet.errors] == [
        ("DescribeEndpointConfig", ["one", "two"]),
        ("ListTags", ["one", "two"]),
    ]


def test_a_deleted_configuration_and_a_deleted_endpoint(aws: LocalAws, regions: Regions) -> None:
    regions.make(EAST, "left")
    regions.make(EAST, "gone")
    aws.advance(3600)
    aws.client("sagemaker").delete_endpoint_config(EndpointConfigName="left")
    aws.fault(
        "DescribeEndpoint",
        kind="error",
        code="ValidationException",
        message='Could not find endpoint "arn:x".',
        times=1,
    )
    fleet = regions.read(EAST)
    assert fleet.errors == []
    # Whichever was asked for first.
    assert len(fleet.endpoints) == 1
    assert regions.read(EAST).endpoints[-1]["endpoint_config_exists"] is False


def test_components_are_listed_once_where_endpoints_host_some(aws: LocalAws, regions: Regions) -> None:
    hosting = {"VariantName": "main", "InstanceType": "ml.m5.4xlarge", "InitialInstanceCount": 1}
    regions.make(EAST, "host", ProductionVariants=[hosting], ExecutionRoleArn=ROLE)
    regions.make(EAST, "plain")
    aws.advance(60)
    resources = {"NumberOfCpuCoresRequired": 1, "MinMemoryRequiredInMb": 1024}
    sagemaker = aws.client("sagemaker")
    for name in ("chat", "embed"):
        sagemaker.create_inference_component(
            InferenceComponentName=name,
            EndpointName="host",
            VariantName="main",
            Specification={"ModelName": "m", "ComputeResourceRequirements": resources},
            RuntimeConfig={"CopyCount": 1},
        )
    aws.advance(60)
    host, plain = regions.read(EAST).endpoints
    assert (host["kind"], plain["kind"]) == ("inference_components", "real_time")
    assert [one["name"] for one in host["inference_components"]] == ["chat", "embed"]
    assert (host["images"], plain["inference_components"]) == ([IMAGE], [])
    calls = regions.calls(EAST)
    assert (calls["ListInferenceComponents"], calls["DescribeInferenceComponent"]) == (1, 2)
