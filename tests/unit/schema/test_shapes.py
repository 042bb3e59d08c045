# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options to requests and back, what is wrong with a request, and the hash that names are made of."""

from __future__ import annotations

import copy
import datetime
from typing import Any

import botocore.session
import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import InputError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.schema import shapes
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.schema import values

OPERATIONS = (
    "CreateModel",
    "CreateEndpointConfig",
    "CreateEndpoint",
    "UpdateEndpoint",
    "UpdateEndpointWeightsAndCapacities",
    "CreateInferenceComponent",
    "UpdateInferenceComponent",
    "RegisterScalableTarget",
    "PutScalingPolicy",
    "PutScheduledAction",
)

KEYS = ("MY_VAR", "myVar", "a.b-c", "with space", "HTTPSProxyURL", "already_snake")

UTC = datetime.timezone.utc


def full(shape: Any, number: int = 1) -> Any:
    """A value in which every member of the shape is given; number: makes the elements of a list differ."""
    kind = shape.type_name
    if kind == "structure":
        return {member: full(inner, number) for member, inner in shape.members.items()}
    if kind == "list":
        return [full(shape.member, number), full(shape.member, number + 1)]
    if kind == "map":
        return {key: full(shape.value, index) for index, key in enumerate(KEYS, number)}
    if kind == "string":
        return shape.enum[number % len(shape.enum)] if shape.enum else f"Some Text/{number}"
    if kind == "timestamp":
        return datetime.datetime(2030, 1, number, 18, tzinfo=UTC)
    return {"boolean": True, "integer": number, "long": number, "float": number + 0.5, "double": number + 0.1}[kind]


def as_text(options: Any) -> Any:
    """The same options with every number and boolean as text, which is what templating makes of them."""
    if isinstance(options, dict):
        return {key: as_text(value) for key, value in options.items()}
    if isinstance(options, list):
        return [as_text(value) for value in options]
    return str(options)


def structures(shape: Any) -> Any:
    """Every structure within a shape."""
    if shape.type_name == "structure":
        yield shape
        for member in shape.members.values():
            yield from structures(member)
    elif shape.type_name == "list":
        yield from structures(shape.member)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_full_request_survives_the_way_to_options_and_back(input_shape, operation):
    shape = input_shape(operation)
    request = full(shape)
    options = shapes.from_api(shape, request)
    assert shapes.to_api(shape, options) == request
    assert shapes.to_api(shape, as_text(options)) == request


@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_two_members_share_an_option(input_shape, operation):
    for structure in structures(input_shape(operation)):
        assert len(shapes.members_by_option(structure)) == len(structure.members), structure.name


@pytest.mark.parametrize(
    ("member", "option"),
    [
        ("VolumeSizeInGB", "volume_size_in_gb"),
        ("MemorySizeInMB", "memory_size_in_mb"),
        ("MinMemoryRequiredInMb", "min_memory_required_in_mb"),
        ("EnableSSMAccess", "enable_ssm_access"),
        ("S3Uri", "s3_uri"),
        ("DestinationS3Uri", "destination_s3_uri"),
        ("ETag", "e_tag"),
        ("ManifestEtag", "manifest_etag"),
        ("KmsKeyId", "kms_key_id"),
        ("RoleARN", "role_arn"),
        ("S3OutputPath", "s3_output_path"),
        ("MaxConcurrentInvocationsPerInstance", "max_concurrent_invocations_per_instance"),
        ("VpcConfig", "vpc_config"),
    ],
)
def test_option_names(member, option):
    assert shapes.option_name(member) == option


def test_keys_of_maps_are_data(input_shape):
    shape = input_shape("CreateModel")
    environment = {key: "value" for key in KEYS}
    request = shapes.to_api(shape, {"primary_container": {"environment": environment}})
    assert request == {"PrimaryContainer": {"Environment": environment}}
    assert shapes.from_api(shape, request) == {"primary_container": {"environment": environment}}


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (1, "1"),
        (0, "0"),
        (0.9, "0.9"),
        (True, "true"),
        (False, "false"),
        ("True", "True"),
        ("", ""),
        ("ünï", "ünï"),
        (9007199254740993, "9007199254740993"),
        (0.00001, "0.00001"),
        (-1.5e-07, "-0.00000015"),
        (1e22, "10000000000000000000000"),
        (float("inf"), "inf"),
    ],
)
def test_values_of_an_environment_become_text(input_shape, value, sent):
    request = shapes.to_api(input_shape("CreateModel"), {"containers": [{"environment": {"N": value}}]})
    assert request == {"Containers": [{"Environment": {"N": sent}}]}


def test_what_is_none_is_not_given(input_shape):
    options = {"execution_role_arn": None, "primary_container": {"image": None, "environment": {"A": None, "B": ""}}}
    assert shapes.to_api(input_shape("CreateModel"), options) == {"PrimaryContainer": {"Environment": {"B": ""}}}


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("2030-01-31T18:00:00Z", datetime.datetime(2030, 1, 31, 18, tzinfo=UTC)),
        ("2030-01-31T18:00:00", datetime.datetime(2030, 1, 31, 18, tzinfo=UTC)),
        ("2030-01-31 18:00", datetime.datetime(2030, 1, 31, 18, tzinfo=UTC)),
        ("2030-01-31", datetime.datetime(2030, 1, 31, tzinfo=UTC)),
        ("2030-01-31T18:00:00+02:00", datetime.datetime(2030, 1, 31, 16, tzinfo=UTC)),
        (datetime.datetime(2030, 1, 31, 18), datetime.datetime(2030, 1, 31, 18, tzinfo=UTC)),
    ],
)
def test_points_in_time(input_shape, value, sent):
    request = shapes.to_api(input_shape("PutScheduledAction"), {"start_time": value})
    assert request["StartTime"] == sent
    assert request["StartTime"].tzinfo is not None


@pytest.mark.parametrize("value", ["soon", "", "2030-02-31", 1893456000000, "1893456000000", 1e30, "nan", {}])
def test_what_is_no_point_in_time(input_shape, value):
    with pytest.raises(InputError) as error:
        shapes.to_api(input_shape("PutScheduledAction"), {"start_time": value})
    assert (
        error.value.message == f"start_time: {value!r} is not a valid point in time. Write it as 2030-01-31T18:00:00Z."
    )


def test_a_point_in_time_in_a_result_is_iso_8601(input_shape):
    answer = {"StartTime": datetime.datetime(2030, 1, 31, 18, tzinfo=UTC)}
    assert shapes.from_api(input_shape("PutScheduledAction"), answer) == {"start_time": "2030-01-31T18:00:00+00:00"}


def test_a_number_of_32_bits_is_told_as_the_service_tells_it(input_shape):
    shape = input_shape("UpdateEndpointWeightsAndCapacities")
    request = {"DesiredWeightsAndCapacities": [{"VariantName": "v", "DesiredWeight": 0.9}]}
    (told,) = shapes.from_api(shape, request)["desired_weights_and_capacities"]
    assert told["desired_weight"] == 0.8999999761581421


def test_a_point_in_time_is_told_in_utc(input_shape):
    shape = input_shape("PutScheduledAction")
    request = shapes.to_api(shape, {"start_time": "2030-01-31T18:00:00+02:00"})
    assert shapes.from_api(shape, request) == {"start_time": "2030-01-31T16:00:00+00:00"}


def test_an_unknown_member_names_option_and_versions(input_shape):
    with pytest.raises(InputError) as error:
        shapes.to_api(input_shape("CreateEndpointConfig"), {"production_variants": [{"warp_drive": True}]})
    assert error.value.message == (
        f"production_variants[0].warp_drive: the installed botocore {shapes.BOTOCORE_VERSION} does not know this member of "
        f"ProductionVariant; botocore {shapes.SERVICE_MODEL_VERSION} does. Upgrade boto3 and botocore, or leave the option out."
    )


def test_an_unknown_member_that_is_not_given_does_not_matter(input_shape):
    assert shapes.to_api(input_shape("CreateModel"), {"warp_drive": None}) == {}


def test_an_unknown_member_of_an_answer_is_left_out(input_shape):
    assert shapes.from_api(input_shape("CreateModel"), {"ModelName": "m", "WarpDrive": 1}) == {"model_name": "m"}


@pytest.mark.parametrize(
    ("operation", "options", "message"),
    [
        ("CreateModel", {"containers": {"image": "i"}}, "containers: a list is needed, got dict."),
        ("CreateModel", {"primary_container": "i"}, "primary_container: a dictionary is needed, got str."),
        ("CreateModel", {"containers": [None]}, "containers[0]: a dictionary is needed, got NoneType."),
        (
            "CreateModel",
            {"primary_container": {"environment": ["A=1"]}},
            "primary_container.environment: a dictionary is needed, got list.",
        ),
        (
            "CreateModel",
            {"primary_container": {"environment": {"A": {"b": 1}}}},
            "primary_container.environment.A: must be text, not a dictionary. Write JSON as one text in quotes. Where a template "
            "makes it, end the template with | to_json: ansible-core before 2.19 makes a dictionary or a list of any other text "
            "that looks like one.",
        ),
        ("CreateModel", {"model_name": ["m"]}, "model_name: a text is needed, got list."),
        ("CreateModel", {"vpc_config": {"subnets": [None]}}, "vpc_config.subnets[0]: a text is needed, got NoneType."),
        (
            "CreateModel",
            {"enable_network_isolation": "maybe"},
            "enable_network_isolation: true or false is needed, got str.",
        ),
        (
            "CreateEndpointConfig",
            {"production_variants": [{"initial_instance_count": 1.5}]},
            "production_variants[0].initial_instance_count: a whole number is needed, got float.",
        ),
        (
            "CreateEndpointConfig",
            {"production_variants": [{"initial_instance_count": True}]},
            "production_variants[0].initial_instance_count: a whole number is needed, got bool.",
        ),
        (
            "CreateEndpointConfig",
            {"production_variants": [{"initial_instance_count": "inf"}]},
            "production_variants[0].initial_instance_count: a whole number is needed, got str.",
        ),
        (
            "CreateEndpointConfig",
            {"production_variants": [{"initial_variant_weight": "heavy"}]},
            "production_variants[0].initial_variant_weight: a number is needed, got str.",
        ),
        (
            "CreateEndpointConfig",
            {"production_variants": [{"initial_variant_weight": "nan"}]},
            "production_variants[0].initial_variant_weight: a number is needed, got str.",
        ),
        (
            "CreateEndpointConfig",
            {"production_variants": [{"initial_variant_weight": False}]},
            "production_variants[0].initial_variant_weight: a number is needed, got bool.",
        ),
        ("CreateModel", "model", "the options: a dictionary is needed, got str."),
    ],
)
def test_values_of_the_wrong_type(input_shape, operation, options, message):
    with pytest.raises(InputError) as error:
        shapes.to_api(input_shape(operation), options)
    assert error.value.message == message


@pytest.mark.parametrize(
    ("value", "sent"), [("yes", True), ("False", False), ("on", True), ("0", False), (True, True), (False, False)]
)
def test_texts_that_mean_a_boolean(input_shape, value, sent):
    request = shapes.to_api(input_shape("CreateModel"), {"enable_network_isolation": value})
    assert request["EnableNetworkIsolation"] is sent


@pytest.mark.parametrize(
    ("value", "sent"), [("3", 3), ("3.0", 3), (3.0, 3), (" 3 ", 3), ("9007199254740993", 9007199254740993)]
)
def test_texts_that_mean_a_whole_number(input_shape, value, sent):
    request = shapes.to_api(input_shape("RegisterScalableTarget"), {"min_capacity": value})
    assert request == {"MinCapacity": sent}
    assert isinstance(request["MinCapacity"], int)


def model(**members: Any) -> dict[str, Any]:
    return {"ModelName": "m", **members}


def container(**members: Any) -> dict[str, Any]:
    return model(PrimaryContainer=members)


def variant(**members: Any) -> dict[str, Any]:
    return {"EndpointConfigName": "c", "ProductionVariants": [{"VariantName": "v", **members}]}


@pytest.mark.parametrize(
    ("operation", "request_", "messages"),
    [
        ("CreateModel", model(), []),
        # The limits themselves are allowed.
        ("CreateModel", {"ModelName": "m" * 63}, []),
        ("CreateEndpointConfig", variant(VolumeSizeInGB=512, InitialVariantWeight=0.0), []),
        # What is required, at the top and below.
        ("CreateModel", {}, ["model_name: this option is required."]),
        (
            "CreateModel",
            container(ModelDataSource={"S3DataSource": {}}),
            [
                "primary_container.model_data_source.s3_data_source.s3_uri: this option is required.",
                "primary_container.model_data_source.s3_data_source.s3_data_type: this option is required.",
                "primary_container.model_data_source.s3_data_source.compression_type: this option is required.",
            ],
        ),
        (
            "CreateEndpointConfig",
            {"EndpointConfigName": "c", "ProductionVariants": [{}]},
            ["production_variants[0].variant_name: this option is required."],
        ),
        # Patterns hold for the whole value.
        (
            "CreateModel",
            {"ModelName": "ends-in-hyphen-"},
            [
                "model_name: must match the service's pattern [a-zA-Z0-9]([\\-a-zA-Z0-9]*[a-zA-Z0-9])? "
                "(1 to 63 letters, digits and hyphens, no hyphen first or last), "
                "got 'ends-in-hyphen-'."
            ],
        ),
        (
            "CreateModel",
            {"ModelName": "good\nbad"},
            [
                "model_name: must match the service's pattern [a-zA-Z0-9]([\\-a-zA-Z0-9]*[a-zA-Z0-9])? "
                "(1 to 63 letters, digits and hyphens, no hyphen first or last), "
                "got 'good\nbad'."
            ],
        ),
        (
            "CreateModel",
            container(Environment={"2FAST": "x"}),
            [
                "primary_container.environment: the key '2FAST' must match the service's pattern "
                "[a-zA-Z_][a-zA-Z0-9_]*, got '2FAST'."
            ],
        ),
        ("CreateModel", container(Environment={"LINES": "one\ntwo"}), []),
        # Lengths of texts.
        (
            "CreateModel",
            {"ModelName": "m" * 64},
            ["model_name: must have at most 63 characters, got 64."],
        ),
        (
            "PutScheduledAction",
            {
                "ServiceNamespace": "sagemaker",
                "ScheduledActionName": "a",
                "ResourceId": "",
                "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
            },
            ["resource_id: must have between 1 and 1600 characters, got 0."],
        ),
        # Ranges of numbers.
        (
            "CreateEndpointConfig",
            variant(VolumeSizeInGB=513),
            ["production_variants[0].volume_size_in_gb: must be between 1 and 512, got 513."],
        ),
        (
            "CreateEndpointConfig",
            variant(InitialVariantWeight=-0.5),
            ["production_variants[0].initial_variant_weight: must be at least 0, got -0.5."],
        ),
        (
            "CreateEndpointConfig",
            variant(ServerlessConfig={"MemorySizeInMB": 8192, "MaxConcurrency": 0}),
            [
                "production_variants[0].serverless_config.memory_size_in_mb: must be between 1024 and 6144, got 8192.",
                "production_variants[0].serverless_config.max_concurrency: must be between 1 and 200, got 0.",
            ],
        ),
        # Sizes of lists and maps.
        (
            "CreateEndpointConfig",
            {"EndpointConfigName": "c", "ProductionVariants": []},
            ["production_variants: must have between 1 and 10 entries, got 0."],
        ),
        (
            "CreateModel",
            model(VpcConfig={"SecurityGroupIds": [f"sg-{n}" for n in range(6)], "Subnets": ["subnet-1"]}),
            ["vpc_config.security_group_ids: must have between 1 and 5 entries, got 6."],
        ),
        (
            "CreateModel",
            container(Environment={f"V{n}": "" for n in range(101)}),
            ["primary_container.environment: must have at most 100 entries, got 101."],
        ),
        # Every problem is told at once.
        (
            "CreateModel",
            {"ModelName": "m", "VpcConfig": {"SecurityGroupIds": [], "Subnets": ["?"]}},
            [
                "vpc_config.security_group_ids: must have between 1 and 5 entries, got 0.",
                "vpc_config.subnets[0]: must match the service's pattern [-0-9a-zA-Z]+ (an id such as subnet-0a1b2c3d), got '?'.",
            ],
        ),
    ],
)
def test_problems(input_shape, operation, request_, messages):
    assert list(map(str, shapes.problems(input_shape(operation), request_))) == messages


@pytest.mark.parametrize(("operation", "most"), [("InvokeEndpoint", 6291456), ("InvokeEndpointAsync", 128000)])
def test_a_body_may_be_as_large_as_the_service_takes_it(operation, most):
    shape = botocore.session.get_session().get_service_model("sagemaker-runtime").operation_model(operation).input_shape
    assert shapes.problems(shape, {"EndpointName": "e", "Body": b"x" * most}) == []
    (problem,) = shapes.problems(shape, {"EndpointName": "e", "Body": b"x" * (most + 1)})
    assert [str(problem)] == [f"body: must have at most {most} bytes, got {most + 1}."]


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [
        ("[a-z]+", "abc", True),
        ("[a-z]+", "abc\n", False),
        ("^[a-z]+$", "abc\n", False),
        ("[a-z]+", "xABC", False),
        # Alternatives are anchored as a whole, too.
        ("a|bc", "bcd", False),
        # Java's classes of letters, separators and numbers.
        (r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*", "Größe 12 ½/ä", True),
        (r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*", "no#hash", False),
        (r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*", "", True),
        # Java's \d and \w are ASCII only.
        (r"\d{3}", "١٢٣", False),
        (r"\w+", "é", False),
        # What Python cannot read is left to the service.
        (r"\p{Print}+", "\x00", True),
        (r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\r\n\t]*", "\x00", True),
    ],
)
def test_patterns(pattern, value, expected):
    assert values.matches(pattern, value) is expected


def test_unknown_enumeration_values_are_warned_of_with_their_path(input_shape):
    request = variant(
        InstanceType="ml.z99.huge", InferenceAmiVersion="al2099", RoutingConfig={"RoutingStrategy": "RANDOM"}
    )
    tail = "The module passes it on, and the service validates it."
    assert shapes.unknown_values(input_shape("CreateEndpointConfig"), request) == [
        f"production_variants[0].instance_type: botocore {shapes.BOTOCORE_VERSION} does not list the value 'ml.z99.huge'. {tail}",
        f"production_variants[0].inference_ami_version: botocore {shapes.BOTOCORE_VERSION} does not list the value 'al2099'. {tail}",
    ]
    (misspelt,) = shapes.unknown_values(input_shape("CreateEndpointConfig"), variant(InstanceType="ml.m5.lagre"))
    assert misspelt.endswith(f"does not list the value 'ml.m5.lagre'. Did you mean ml.m5.large? {tail}")
    assert shapes.problems(input_shape("CreateEndpointConfig"), request) == []


# The hash

CONFIG = {
    "EndpointConfigName": "ranking",
    "ProductionVariants": [
        {"VariantName": "a", "ModelName": "m1", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1},
        {"VariantName": "b", "ModelName": "m2", "InstanceType": "ml.m5.large", "InitialInstanceCount": 2},
    ],
    "DataCaptureConfig": {
        "InitialSamplingPercentage": 20,
        "DestinationS3Uri": "s3://capture/x",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv", "text/plain"]},
    },
    "Tags": [{"Key": "team", "Value": "search"}],
}

PIPELINE = {
    "ModelName": "pipeline",
    "ExecutionRoleArn": "arn:aws:iam::111122223333:role/serving",
    "Containers": [
        {"ContainerHostname": "one", "Image": "registry/one:1", "Environment": {"B": "2", "A": "1"}},
        {"ContainerHostname": "two", "Image": "registry/two:1"},
    ],
    "VpcConfig": {"SecurityGroupIds": ["sg-1", "sg-2"], "Subnets": ["subnet-1", "subnet-2"]},
}


LICENSED = {"S3DataSource": {"S3Uri": "s3://bucket/model/", "ModelAccessConfig": {"AcceptEula": False}}}


@pytest.fixture
def config_hash(input_shape):
    shape = input_shape("CreateEndpointConfig")
    return lambda request, **options: shapes.digest(shape, request, leave_out=("EndpointConfigName", "Tags"), **options)


@pytest.fixture
def model_hash(input_shape):
    shape = input_shape("CreateModel")
    return lambda request, **options: shapes.digest(shape, request, leave_out=("ModelName", "Tags"), **options)


def changed(request: dict[str, Any], *path: Any, to: Any) -> dict[str, Any]:
    """A copy of a request with another value at a path; to None: without it."""
    result = copy.deepcopy(request)
    place = result
    for step in path[:-1]:
        place = place[step]
    if to is None:
        del place[path[-1]]
    else:
        place[path[-1]] = to
    return result


def reversed_members(value: Any) -> Any:
    """The same value with the members of every structure and map in the opposite order."""
    if isinstance(value, dict):
        return {key: reversed_members(value[key]) for key in reversed(value)}
    return [reversed_members(item) for item in value] if isinstance(value, list) else value


def test_the_algorithm_is_pinned(config_hash, model_hash):
    """Another value here gives every generated name of every user another hash, and so redeploys everything."""
    assert config_hash(CONFIG) == "64dbd2be"
    assert config_hash(CONFIG, scope="ranking") == "be5fa6a8"
    assert model_hash(PIPELINE) == "9ba94095"
    assert model_hash({}) == "6ab8b5a6"


@pytest.mark.parametrize(
    "same",
    [
        reversed_members(CONFIG),
        changed(CONFIG, "ProductionVariants", to=CONFIG["ProductionVariants"][::-1]),
        changed(CONFIG, "ProductionVariants", 0, "InitialVariantWeight", to=1),
        changed(CONFIG, "ProductionVariants", 0, "InitialVariantWeight", to=1.0),
        changed(CONFIG, "EnableNetworkIsolation", to=False),
        changed(CONFIG, "ProductionVariants", 0, "EnableSSMAccess", to=False),
        changed(CONFIG, "MetricsConfig", to={"EnableEnhancedMetrics": False}),
        changed(
            CONFIG, "DataCaptureConfig", "CaptureOptions", to=[{"CaptureMode": "Output"}, {"CaptureMode": "Input"}]
        ),
        changed(
            CONFIG,
            "DataCaptureConfig",
            "CaptureContentTypeHeader",
            to={"CsvContentTypes": ["text/plain", "text/csv"], "JsonContentTypes": []},
        ),
        changed(CONFIG, "EndpointConfigName", to="other"),
        changed(CONFIG, "Tags", to=[{"Key": "team", "Value": "ads"}]),
        changed(CONFIG, "Tags", to=None),
        changed(CONFIG, "KmsKeyId", to=""),
        changed(CONFIG, "VpcConfig", to={}),
        changed(CONFIG, "ShadowProductionVariants", to=[]),
    ],
)
def test_the_same_configuration_has_the_same_hash(config_hash, same):
    assert config_hash(same) == config_hash(CONFIG)


@pytest.mark.parametrize(
    "other",
    [
        changed(CONFIG, "ProductionVariants", 0, "InitialInstanceCount", to=2),
        changed(CONFIG, "ProductionVariants", 0, "InitialVariantWeight", to=2.0),
        changed(CONFIG, "ProductionVariants", 0, "InitialVariantWeight", to=0.0),
        changed(CONFIG, "ProductionVariants", 0, "VariantName", to="c"),
        changed(CONFIG, "ProductionVariants", to=CONFIG["ProductionVariants"][:1]),
        changed(CONFIG, "EnableNetworkIsolation", to=True),
        changed(CONFIG, "ProductionVariants", 0, "EnableSSMAccess", to=True),
        # Absent means true.
        changed(CONFIG, "MetricsConfig", to={"EnableDetailedObservability": False}),
        changed(CONFIG, "DataCaptureConfig", "EnableCapture", to=False),
        changed(CONFIG, "KmsKeyId", to="key"),
        changed(CONFIG, "DataCaptureConfig", to=None),
    ],
)
def test_another_configuration_has_another_hash(config_hash, other):
    assert config_hash(other) != config_hash(CONFIG)


@pytest.mark.parametrize(
    "same",
    [
        reversed_members(PIPELINE),
        changed(PIPELINE, "VpcConfig", to={"SecurityGroupIds": ["sg-2", "sg-1"], "Subnets": ["subnet-2", "subnet-1"]}),
        changed(PIPELINE, "Containers", 0, "Mode", to="SingleModel"),
        changed(PIPELINE, "Containers", 1, "Environment", to={}),
        changed(PIPELINE, "InferenceExecutionConfig", to={"Mode": "Serial"}),
        changed(PIPELINE, "EnableNetworkIsolation", to=False),
        changed(PIPELINE, "ModelName", to="other"),
    ],
)
def test_the_same_model_has_the_same_hash(model_hash, same):
    assert model_hash(same) == model_hash(PIPELINE)


@pytest.mark.parametrize(
    "other",
    [
        changed(PIPELINE, "Containers", to=PIPELINE["Containers"][::-1]),
        changed(PIPELINE, "Containers", 0, "Environment", "A", to="2"),
        changed(PIPELINE, "Containers", 0, "Environment", "A", to=None),
        changed(PIPELINE, "Containers", 0, "Environment", "A", to=""),
        changed(PIPELINE, "Containers", 0, "Environment", to={"a": "1", "B": "2"}),
        changed(PIPELINE, "Containers", 0, "Mode", to="MultiModel"),
        changed(PIPELINE, "InferenceExecutionConfig", to={"Mode": "Direct"}),
        changed(PIPELINE, "ExecutionRoleArn", to="arn:aws:iam::111122223333:role/other"),
        changed(PIPELINE, "VpcConfig", "Subnets", to=["subnet-1"]),
    ],
)
def test_another_model_has_another_hash(model_hash, other):
    assert model_hash(other) != model_hash(PIPELINE)


def test_a_license_that_is_not_accepted_is_content(model_hash):
    refusing = changed(PIPELINE, "Containers", 0, "ModelDataSource", to=LICENSED)
    silent = changed(refusing, "Containers", 0, "ModelDataSource", "S3DataSource", "ModelAccessConfig", to=None)
    assert model_hash(refusing) != model_hash(silent)


def test_the_scope_keeps_equal_content_apart(model_hash):
    hashes = {model_hash(PIPELINE, scope=scope) for scope in (None, "a", "b")}
    assert len(hashes) == 3
    assert model_hash(PIPELINE, scope="") == model_hash(PIPELINE, scope=None)


@pytest.mark.parametrize("weight", [0.1, 0.10000000149011612])
def test_weights_are_32_bit_numbers(config_hash, weight):
    plain = changed(CONFIG, "ProductionVariants", 0, "InitialVariantWeight", to=0.1)
    assert config_hash(changed(CONFIG, "ProductionVariants", 0, "InitialVariantWeight", to=weight)) == config_hash(
        plain
    )


def test_a_hash_is_eight_hexadecimal_digits(model_hash):
    assert len(model_hash(PIPELINE)) == 8
    assert int(model_hash(PIPELINE), 16) >= 0
