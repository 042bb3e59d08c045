# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An endpoint as plain data: what is known of it, and null for the rest."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import ownership
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.fleet import rows
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.fleet.rows import Sighting
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rules import variants as variant_rules

BERLIN = datetime.timezone(datetime.timedelta(hours=1))
MADE = datetime.datetime(2030, 1, 1, 0, 30, tzinfo=BERLIN)
LISTED = {
    "EndpointName": "Churn",
    "EndpointArn": "arn:aws:sagemaker:eu-west-1:111122223333:endpoint/churn",
    "CreationTime": MADE,
    "LastModifiedTime": MADE,
    "EndpointStatus": "InService",
}
RELEASE = "churn-config-1a2b3c4d"
ON_INSTANCES = {
    "VariantName": "main",
    "ModelName": "churn-model-1a2b3c4d",
    "InstanceType": "ml.m5.large",
    "InitialInstanceCount": 2,
    "InitialVariantWeight": 1.0,
}
RUNNING = {
    "VariantName": "main",
    "DeployedImages": [{"SpecifiedImage": "a/xgboost:3", "ResolvedImage": "a/xgboost@sha256:0"}],
    "CurrentWeight": 1.0,
    "DesiredWeight": 1.0,
    "CurrentInstanceCount": 2,
    "DesiredInstanceCount": 5,
}


def config(*variants: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"EndpointConfigName": RELEASE, "ProductionVariants": list(variants), "CreationTime": MADE, **more}


def endpoint(*variants: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**LISTED, "EndpointConfigName": RELEASE, "ProductionVariants": list(variants), **more}


def row(**seen: Any) -> dict[str, Any]:
    given = {"endpoint": endpoint(RUNNING), "config": config(ON_INSTANCES), "tags": {}, **seen}
    found = rows.row(Sighting(LISTED, "eu-west-1", **given))
    assert json.loads(json.dumps(found)) == found
    return found


def test_an_endpoint_of_ours() -> None:
    tags = {ownership.OWNER_TAG: "Churn", "team": "fraud"}
    assert row(tags=tags, config_exists=True) == {
        "name": "Churn",
        "region": "eu-west-1",
        "account": "111122223333",
        "arn": "arn:aws:sagemaker:eu-west-1:111122223333:endpoint/churn",
        "status": "InService",
        "failure_reason": None,
        "kind": "real_time",
        "endpoint_config_name": RELEASE,
        "endpoint_config_exists": True,
        "release": RELEASE,
        "release_created": "2029-12-31T23:30:00+00:00",
        "variants": [
            {
                "variant_name": "main",
                "shadow": False,
                "model_name": "churn-model-1a2b3c4d",
                "instance_type": "ml.m5.large",
                "instance_pools": [],
                "current_instance_count": 2,
                "desired_instance_count": 5,
                "current_weight": 1.0,
                "desired_weight": 1.0,
                "serverless": None,
            }
        ],
        "inference_components": [],
        "images": ["a/xgboost:3"],
        "tags": tags,
        "managed": True,
        "created": "2029-12-31T23:30:00+00:00",
        "updated": "2029-12-31T23:30:00+00:00",
    }


def test_only_the_list_is_known() -> None:
    found = row(endpoint=None, config=None, tags=None, components=None)
    known = {name: value for name, value in found.items() if value is not None}
    assert known == {
        "name": "Churn",
        "region": "eu-west-1",
        "account": "111122223333",
        "arn": LISTED["EndpointArn"],
        "status": "InService",
        "created": "2029-12-31T23:30:00+00:00",
        "updated": "2029-12-31T23:30:00+00:00",
    }


@pytest.mark.parametrize("owner", ["churn", "Other", None])
def test_another_spelling_of_the_name_is_not_ours(owner: str | None) -> None:
    found = row(tags={} if owner is None else {ownership.OWNER_TAG: owner})
    assert (found["managed"], found["release"]) == (False, None)


def test_a_configuration_of_somebody_else_is_no_release() -> None:
    given = endpoint(RUNNING, EndpointConfigName="by-hand")
    assert row(endpoint=given, tags={ownership.OWNER_TAG: "Churn"})["release"] is None


SERVERLESS = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}


@pytest.mark.parametrize(
    ("word", "more", "variant"),
    [
        ("real_time", {}, ON_INSTANCES),
        ("asynchronous", {"AsyncInferenceConfig": {}}, ON_INSTANCES),
        ("serverless", {}, {"VariantName": "main", "ModelName": "m", "ServerlessConfig": SERVERLESS}),
        ("inference_components", {}, {"VariantName": "main", "InstanceType": "ml.g5.xlarge"}),
    ],
)
def test_kinds(word: str, more: dict[str, Any], variant: dict[str, Any]) -> None:
    assert row(endpoint=endpoint(), config=config(variant, **more))["kind"] == word


def test_every_kind_has_a_word_of_its_own() -> None:
    assert {kind.word for kind in variant_rules.KINDS} == {
        "real_time",
        "asynchronous",
        "serverless",
        "inference_components",
    }


def test_the_kind_without_a_configuration() -> None:
    """DescribeEndpoint tells two of the four kinds by itself."""
    running = {"VariantName": "main", "CurrentServerlessConfig": {**SERVERLESS, "ProvisionedConcurrency": 2}}
    found = row(endpoint=endpoint(running), config=None, config_exists=False)
    assert (found["kind"], found["endpoint_config_exists"]) == ("serverless", False)
    assert found["variants"][0]["serverless"] == {
        "memory_size_in_mb": 2048,
        "max_concurrency": 5,
        "provisioned_concurrency": 2,
    }
    assert row(endpoint=endpoint(RUNNING, AsyncInferenceConfig={}), config=None)["kind"] == "asynchronous"
    assert row(config=None)["kind"] is None


def test_an_endpoint_that_is_being_created_shows_the_variants_that_it_will_have() -> None:
    found = row(endpoint=endpoint(EndpointStatus="Creating"), model_images={"churn-model-1a2b3c4d": ["a/xgboost:4"]})
    (variant,) = found["variants"]
    assert (variant["instance_type"], variant["current_instance_count"]) == ("ml.m5.large", None)
    assert variant["desired_instance_count"] == 2
    assert (found["status"], found["images"]) == ("Creating", ["a/xgboost:4"])


def test_shadows_and_pools() -> None:
    pools = [{"InstanceType": "ml.g5.xlarge", "CurrentInstanceCount": 1}, {"InstanceType": "ml.g6.xlarge"}]
    shadow = {**RUNNING, "VariantName": "next", "InstancePools": pools}
    _main, found = row(endpoint=endpoint(RUNNING, ShadowProductionVariants=[shadow]))["variants"]
    assert (found["variant_name"], found["shadow"]) == ("next", True)
    assert found["instance_pools"] == [
        {"instance_type": "ml.g5.xlarge", "current_instance_count": 1},
        {"instance_type": "ml.g6.xlarge", "current_instance_count": None},
    ]


def test_components_with_their_images() -> None:
    container = {"Container": {"DeployedImage": {"SpecifiedImage": "a/lmi:1"}}}
    component = {
        "InferenceComponentName": "chat",
        "InferenceComponentStatus": "InService",
        "VariantName": "main",
        "Specification": container,
        "Specifications": [container, {"Container": {"DeployedImage": {"SpecifiedImage": "a/lmi:2"}}}],
        "RuntimeConfig": {"DesiredCopyCount": 2, "CurrentCopyCount": 1},
    }
    found = row(endpoint=endpoint({**RUNNING, "DeployedImages": []}), components=[component])
    assert found["images"] == ["a/lmi:1", "a/lmi:2"]
    assert found["inference_components"] == [
        {
            "name": "chat",
            "status": "InService",
            "variant_name": "main",
            "images": ["a/lmi:1", "a/lmi:2"],
            "current_copy_count": 1,
            "desired_copy_count": 2,
        }
    ]


def test_models_whose_images_are_asked_for() -> None:
    other = {**ON_INSTANCES, "VariantName": "new", "ModelName": "new"}
    hosting = {"VariantName": "host", "InstanceType": "ml.g5.xlarge"}
    assert rows.models_to_ask(endpoint(RUNNING), config(ON_INSTANCES, other, hosting)) == ["new"]
    assert rows.models_to_ask(None, None) == []


def test_images_of_models() -> None:
    assert rows.model_images({"PrimaryContainer": {"Image": "one"}}) == ["one"]
    assert rows.model_images({"Containers": [{"Image": "one"}, {"ModelPackageName": "p"}, {"Image": "one"}]}) == ["one"]


def test_variants_that_nothing_tells_are_not_known() -> None:
    """Else the endpoint would cost nothing. One that has failed has none."""
    begun = {**endpoint(), "EndpointStatus": "Creating"}
    assert row(endpoint=begun, config=None)["variants"] is None
    assert [one["variant_name"] for one in row(endpoint=begun)["variants"]] == ["main"]
    assert [one["variant_name"] for one in row(config=None)["variants"]] == ["main"]
    assert row(endpoint={**begun, "EndpointStatus": "Failed"}, config=None)["variants"] == []
