# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What differs between a wish and what is there: only what was given counts, as the service would understand it."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.schema import compare

UTC = datetime.timezone.utc


@pytest.fixture
def differences(input_shape):
    """(operation, desired, current) to the changes as (path, before, after)."""

    def of(operation: str, desired: Any, current: Any) -> list[tuple[str, Any, Any]]:
        found = compare.changes(input_shape(operation), desired, current)
        return [(change.path, change.before, change.after) for change in found]

    return of


# What DescribeModel makes of a model that was given an image, data and two variables.
MODEL = {
    "ModelName": "m",
    "ModelArn": "arn:aws:sagemaker:eu-west-1:111122223333:model/m",
    "ExecutionRoleArn": "arn:aws:iam::111122223333:role/serving",
    "PrimaryContainer": {
        "Image": "registry/one:1",
        "Mode": "SingleModel",
        "ModelDataUrl": "s3://bucket/model.tar.gz",
        "ModelDataSource": {
            "S3DataSource": {
                "S3Uri": "s3://bucket/model.tar.gz",
                "S3DataType": "S3Object",
                "CompressionType": "Gzip",
            }
        },
        "Environment": {"A": "1", "B": "2"},
    },
    "EnableNetworkIsolation": False,
    "VpcConfig": {"SecurityGroupIds": ["sg-1", "sg-2"], "Subnets": ["subnet-1", "subnet-2"]},
    "DeploymentRecommendation": {"RecommendationStatus": "COMPLETED", "RealTimeInferenceRecommendations": []},
    "CreationTime": datetime.datetime(2030, 1, 1, tzinfo=UTC),
}

PIPELINE = {
    "Containers": [{"ContainerHostname": "one", "Image": "registry/one:1"}, {"Image": "registry/two:1"}],
    "InferenceExecutionConfig": {"Mode": "Serial"},
}


@pytest.mark.parametrize(
    ("desired", "expected"),
    [
        ({}, []),
        ({"PrimaryContainer": {"Image": "registry/one:1"}}, []),
        ({"PrimaryContainer": {}}, []),
        (
            {"PrimaryContainer": {"Image": "registry/one:2"}},
            [("primary_container.image", "registry/one:1", "registry/one:2")],
        ),
        # Not given at the service: a new value, and one that is the service's default anyway.
        (
            {"PrimaryContainer": {"ModelPackageName": "p"}},
            [("primary_container.model_package_name", None, "p")],
        ),
        ({"PrimaryContainer": {"ContainerHostname": ""}}, []),
        ({"InferenceExecutionConfig": {"Mode": "Serial"}}, []),
        ({"InferenceExecutionConfig": {}}, []),
        (
            {"InferenceExecutionConfig": {"Mode": "Direct"}},
            [("inference_execution_config", None, {"mode": "Direct"})],
        ),
        # false and absent are the same, true is not.
        ({"EnableNetworkIsolation": False}, []),
        ({"EnableNetworkIsolation": True}, [("enable_network_isolation", False, True)]),
        # Sets.
        ({"VpcConfig": {"SecurityGroupIds": ["sg-2", "sg-1"], "Subnets": ["subnet-2", "subnet-1"]}}, []),
        (
            {"VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1", "subnet-2"]}},
            [("vpc_config.security_group_ids", ["sg-1", "sg-2"], ["sg-1"])],
        ),
        # Maps are compared exactly.
        ({"PrimaryContainer": {"Environment": {"B": "2", "A": "1"}}}, []),
        (
            {"PrimaryContainer": {"Environment": {"A": "9", "C": "3"}}},
            [
                ("primary_container.environment.A", "1", "9"),
                ("primary_container.environment.B", "2", None),
                ("primary_container.environment.C", None, "3"),
            ],
        ),
        (
            {"PrimaryContainer": {"Environment": {}}},
            [("primary_container.environment.A", "1", None), ("primary_container.environment.B", "2", None)],
        ),
        (
            {"PrimaryContainer": {"ModelDataSource": {"S3DataSource": {"S3DataType": "S3Prefix"}}}},
            [("primary_container.model_data_source.s3_data_source.s3_data_type", "S3Object", "S3Prefix")],
        ),
    ],
)
def test_a_model(differences, desired, expected):
    assert differences("CreateModel", desired, MODEL) == expected


def test_an_environment_that_the_service_returns_empty(differences):
    current = {"PrimaryContainer": {"Environment": {}}}
    assert differences("CreateModel", {"PrimaryContainer": {"Environment": {}}}, current) == []
    assert differences("CreateModel", {"PrimaryContainer": {"Environment": {}}}, {"PrimaryContainer": {}}) == []


@pytest.mark.parametrize(
    ("found", "wanted", "expected"),
    [
        ({"Mode": "SingleModel"}, {}, []),
        ({}, {"Mode": "SingleModel"}, []),
        ({"Mode": "MultiModel"}, {"Mode": "SingleModel"}, [("primary_container.mode", "MultiModel", "SingleModel")]),
        ({}, {"Mode": "MultiModel"}, [("primary_container.mode", "SingleModel", "MultiModel")]),
    ],
)
def test_the_services_default_equals_absent(differences, found, wanted, expected):
    assert differences("CreateModel", {"PrimaryContainer": wanted}, {"PrimaryContainer": found}) == expected


@pytest.mark.parametrize(
    ("desired", "expected"),
    [
        (PIPELINE["Containers"], []),
        # Containers run in the order in which they stand.
        (
            PIPELINE["Containers"][::-1],
            [
                ("containers[0].image", "registry/one:1", "registry/two:1"),
                ("containers[1].image", "registry/two:1", "registry/one:1"),
                ("containers[1].container_hostname", None, "one"),
            ],
        ),
        (
            [*PIPELINE["Containers"], {"Image": "registry/three:1"}],
            [("containers[2]", None, {"image": "registry/three:1"})],
        ),
        (PIPELINE["Containers"][:1], [("containers[1]", {"image": "registry/two:1"}, None)]),
    ],
)
def test_containers_are_compared_by_position(differences, desired, expected):
    found = differences("CreateModel", {"Containers": desired}, PIPELINE)
    assert sorted(found, key=lambda change: change[0]) == sorted(expected, key=lambda change: change[0])


def test_a_creation_lists_its_top_level_members(differences):
    assert differences("CreateModel", {"ModelName": "m", "Containers": [{"Image": "i"}]}, {}) == [
        ("model_name", None, "m"),
        ("containers", None, [{"image": "i"}]),
    ]


CONFIG = {
    "ProductionVariants": [
        {
            "VariantName": "a",
            "ModelName": "m1",
            "InstanceType": "ml.m5.large",
            "InitialInstanceCount": 1,
            "InitialVariantWeight": 0.10000000149011612,
            "VolumeSizeInGB": 4,
        },
        {"VariantName": "b", "ModelName": "m2", "InitialVariantWeight": 1.0},
    ],
    "KmsKeyId": "key",
    "EnableNetworkIsolation": False,
    "CreationTime": datetime.datetime(2030, 1, 1, tzinfo=UTC),
}


@pytest.mark.parametrize(
    ("variants", "expected"),
    [
        ([{"VariantName": "b", "ModelName": "m2"}, {"VariantName": "a", "ModelName": "m1"}], []),
        ([{"VariantName": "a", "InitialVariantWeight": 0.1}, {"VariantName": "b", "InitialVariantWeight": 1}], []),
        (
            [{"VariantName": "a", "InitialVariantWeight": 0.2}, {"VariantName": "b"}],
            [("production_variants[a].initial_variant_weight", 0.10000000149011612, 0.20000000298023224)],
        ),
        (
            [{"VariantName": "a"}, {"VariantName": "b", "InstanceType": "ml.m5.large"}],
            [("production_variants[b].instance_type", None, "ml.m5.large")],
        ),
        (
            [{"VariantName": "a"}, {"VariantName": "c", "ModelName": "m2"}],
            [
                (
                    "production_variants[b]",
                    {"variant_name": "b", "model_name": "m2", "initial_variant_weight": 1.0},
                    None,
                ),
                ("production_variants[c]", None, {"variant_name": "c", "model_name": "m2"}),
            ],
        ),
        (
            [{"VariantName": "a", "ManagedInstanceScaling": {"MinInstanceCount": 0}}, {"VariantName": "b"}],
            [("production_variants[a].managed_instance_scaling", None, {"min_instance_count": 0})],
        ),
        # A structure in which nothing but what equals absent is given.
        ([{"VariantName": "a", "CoreDumpConfig": {}}, {"VariantName": "b", "EnableSSMAccess": False}], []),
        (
            [{"VariantName": "a"}, {"VariantName": "b", "EnableSSMAccess": True}],
            [("production_variants[b].enable_ssm_access", None, True)],
        ),
    ],
)
def test_variants_are_compared_by_name(differences, variants, expected):
    assert differences("CreateEndpointConfig", {"ProductionVariants": variants}, CONFIG) == expected


def test_the_order_of_the_changes_is_not_that_of_the_wish(differences):
    """Check mode has the wish as it was written, a run as the service describes it."""
    first = {"VariantName": "a", "ModelName": "m3", "InstanceType": "ml.m5.xlarge"}
    second = {"VariantName": "b", "ModelName": "m3"}
    third = {"VariantName": "c", "ModelName": "m3"}
    written = {"KmsKeyId": "other", "ProductionVariants": [third, second, dict(reversed(first.items()))]}
    made = {"ProductionVariants": [first, second, third], "KmsKeyId": "other"}
    found = differences("CreateEndpointConfig", written, CONFIG)
    assert found == differences("CreateEndpointConfig", made, CONFIG)
    assert [path for path, _before, _after in found] == [
        "production_variants[a].model_name",
        "production_variants[a].instance_type",
        "production_variants[b].model_name",
        "production_variants[c]",
        "kms_key_id",
    ]


def test_what_shares_a_name_is_compared_in_its_order(differences):
    """Whether AWS takes two pools of one priority is not known: what is there must not count as the wish because of it."""

    def pools(*kinds: str) -> dict[str, Any]:
        variant = {"VariantName": "a", "InstancePools": [{"InstanceType": kind, "Priority": 1} for kind in kinds]}
        return {"ProductionVariants": [variant]}

    found = pools("ml.g5.xlarge", "ml.g6.xlarge")
    assert differences("CreateEndpointConfig", found, found) == []
    assert differences("CreateEndpointConfig", pools("ml.m5.large", "ml.g6.xlarge"), found) == [
        ("production_variants[a].instance_pools[0].instance_type", "ml.g5.xlarge", "ml.m5.large")
    ]
    assert [path for path, _before, _after in differences("CreateEndpointConfig", pools("ml.g5.xlarge"), found)] == [
        "production_variants[a].instance_pools[1]"
    ]


def test_no_shadow_variants_equal_absent_ones(differences):
    assert differences("CreateEndpointConfig", {"ShadowProductionVariants": []}, CONFIG) == []


def test_a_variant_without_a_weight_has_the_default(differences):
    current = {"ProductionVariants": [{"VariantName": "a"}]}
    same = [{"VariantName": "a", "InitialVariantWeight": 1.0}]
    other = [{"VariantName": "a", "InitialVariantWeight": 2.0}]
    assert differences("CreateEndpointConfig", {"ProductionVariants": same}, current) == []
    assert differences("CreateEndpointConfig", {"ProductionVariants": other}, current) == [
        ("production_variants[a].initial_variant_weight", 1.0, 2.0)
    ]


def test_a_false_is_told_where_absent_means_true(differences):
    capture = {"InitialSamplingPercentage": 10, "DestinationS3Uri": "s3://b", "CaptureOptions": []}
    there = {"DataCaptureConfig": capture}
    assert differences("CreateEndpointConfig", {"DataCaptureConfig": {**capture, "EnableCapture": True}}, there) == []
    off = {"DataCaptureConfig": {**capture, "EnableCapture": False}}
    assert differences("CreateEndpointConfig", off, there) == [("data_capture_config.enable_capture", True, False)]


def test_false_within_an_absent_structure_equals_absent(differences):
    capture = {"CaptureOptions": [{"CaptureMode": "Input"}], "EnableCapture": False}
    off = {"MetricsConfig": {"EnableEnhancedMetrics": False}}
    assert differences("CreateEndpointConfig", off, CONFIG) == []
    assert differences("CreateEndpointConfig", {"DataCaptureConfig": capture}, CONFIG) == [
        (
            "data_capture_config",
            None,
            {"capture_options": [{"capture_mode": "Input"}], "enable_capture": False},
        )
    ]


@pytest.mark.parametrize(
    ("wanted", "found", "differ"),
    [
        (datetime.datetime(2030, 1, 1, 18, tzinfo=UTC), datetime.datetime(2030, 1, 1, 18, tzinfo=UTC), False),
        (
            datetime.datetime(2030, 1, 1, 18, tzinfo=UTC),
            datetime.datetime(2030, 1, 1, 19, tzinfo=datetime.timezone(datetime.timedelta(hours=1))),
            False,
        ),
        (datetime.datetime(2030, 1, 1, 18, tzinfo=UTC), datetime.datetime(2030, 1, 1, 19, tzinfo=UTC), True),
    ],
)
def test_points_in_time(differences, wanted, found, differ):
    changes = differences("PutScheduledAction", {"StartTime": wanted}, {"StartTime": found})
    expected = [("start_time", "2030-01-01T19:00:00+00:00", "2030-01-01T18:00:00+00:00")] if differ else []
    assert changes == expected


def test_numbers_of_64_bits_are_compared_exactly(differences):
    desired = {"TargetTrackingScalingPolicyConfiguration": {"TargetValue": 0.1}}
    current = {"TargetTrackingScalingPolicyConfiguration": {"TargetValue": 0.10000000149011612}}
    assert len(differences("PutScalingPolicy", desired, current)) == 1
    assert differences("PutScalingPolicy", desired, desired) == []


def test_a_path_of_its_own(input_shape):
    shape = input_shape("RegisterScalableTarget")
    (change,) = compare.changes(shape, {"MinCapacity": 1}, {"MinCapacity": 2}, "target")
    assert change.as_dict() == {"path": "target.min_capacity", "before": 2, "after": 1}


SETTING = {"Image": "registry/one:1", "Environment": {"A": "1"}}


@pytest.mark.parametrize(
    ("operation", "desired", "current", "expected"),
    [
        (
            "CreateModel",
            {"Containers": [SETTING]},
            {"Containers": [SETTING, {"Image": "registry/two:1"}]},
            [("containers[1]", {"image": "registry/two:1"}, None)],
        ),
        (
            "CreateModel",
            {"Containers": [SETTING]},
            {"Containers": [{**SETTING, "Environment": {"A": "1", "B": "2"}}]},
            [("containers[0].environment.B", "2", None)],
        ),
        (
            "CreateModel",
            {"PrimaryContainer": {**SETTING, "Environment": {}}},
            {"PrimaryContainer": SETTING},
            [("primary_container.environment.A", "1", None)],
        ),
        (
            "CreateModel",
            {"PrimaryContainer": {"Image": "registry/one:1"}},
            {"PrimaryContainer": SETTING},
            [("primary_container.environment", {"A": "1"}, None)],
        ),
        (
            "CreateEndpointConfig",
            {"ProductionVariants": [{"VariantName": "a"}], "ShadowProductionVariants": []},
            {"ProductionVariants": [{"VariantName": "a"}, {"VariantName": "b"}], "ShadowProductionVariants": []},
            [("production_variants[b]", {"variant_name": "b"}, None)],
        ),
        (
            "CreateEndpointConfig",
            {"ProductionVariants": [{"VariantName": "a", "InstancePools": [{"Priority": 1}]}]},
            {"ProductionVariants": [{"VariantName": "a", "InstancePools": [{"Priority": 1}, {"Priority": 2}]}]},
            [("production_variants[a].instance_pools[2]", {"priority": 2}, None)],
        ),
    ],
)
def test_what_goes_is_told_once(input_shape, operation, desired, current, expected):
    found = compare.diff(input_shape(operation), desired, current)
    assert [(change.path, change.before, change.after) for change in found] == expected


ARCHIVE = "s3://bucket/model.tar.gz"


def archive(**members):
    return {"S3DataSource": {"S3Uri": ARCHIVE, "S3DataType": "S3Object", "CompressionType": "Gzip", **members}}


# As the service describes a container with a ModelDataUrl.
DESCRIBED_URL = {"ModelDataUrl": ARCHIVE, "ModelDataSource": archive()}


@pytest.mark.parametrize(
    ("desired", "current", "paths"),
    [
        ({"ModelDataUrl": ARCHIVE}, DESCRIBED_URL, []),
        ({"ModelDataSource": archive()}, DESCRIBED_URL, []),
        ({"ModelDataUrl": ARCHIVE}, {"ModelDataSource": archive()}, []),
        ({"ModelDataSource": archive()}, {"ModelDataSource": archive()}, []),
        ({"ModelDataUrl": "s3://bucket/other.tar.gz"}, {"ModelDataSource": archive()}, ["model_data_url"]),
        (
            {"ModelDataSource": archive(S3Uri="s3://bucket/other.tar.gz")},
            {"ModelDataSource": archive()},
            ["model_data_source.s3_data_source.s3_uri"],
        ),
        # Not the same content.
        (
            {"ModelDataSource": archive(CompressionType="None")},
            DESCRIBED_URL,
            ["model_data_source.s3_data_source.compression_type", "model_data_url"],
        ),
        (
            {"ModelDataUrl": ARCHIVE},
            {"ModelDataSource": archive(S3DataType="S3Prefix")},
            ["model_data_source", "model_data_url"],
        ),
        (
            {"ModelDataUrl": ARCHIVE},
            {"ModelDataSource": archive(ModelAccessConfig={"AcceptEula": True})},
            ["model_data_source", "model_data_url"],
        ),
        ({}, {"ModelDataSource": archive()}, ["model_data_source"]),
        ({}, DESCRIBED_URL, ["model_data_url"]),
    ],
)
def test_an_archive_is_one_content_however_it_is_spelt(input_shape, desired, current, paths):
    shape = input_shape("CreateModel")
    sides = [{"PrimaryContainer": {"Image": "i", **one}} for one in (desired, current)]
    found = compare.diff(shape, *sides)
    assert sorted(change.path.removeprefix("primary_container.") for change in found) == paths
    assert bool(compare.changes(shape, *sides)) == (bool(paths) and bool(desired))
