# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Models: the rules of CreateModel, and what ensure does with an immutable thing."""

from __future__ import annotations

import datetime
from typing import Any
from typing import Callable

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import ownership
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import InputError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import SageMakerError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import ServiceError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources import models
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rules import model as model_rules
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.schema import shapes

IMAGE = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/serving:1"
URL = "s3://bucket/model.tar.gz"
VPC = {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}
SOURCE = "primary_container.model_data_source.s3_data_source"


def one(**container: Any) -> dict[str, Any]:
    return {"ModelName": "m", "PrimaryContainer": container}


def several(*containers: Any, **members: Any) -> dict[str, Any]:
    return {"ModelName": "m", "Containers": list(containers), **members}


def source(uri: str, kind: str, compression: str = "None") -> dict[str, Any]:
    return {"S3DataSource": {"S3Uri": uri, "S3DataType": kind, "CompressionType": compression}}


def metrics(*frequencies: Any) -> dict[str, Any]:
    places = [
        {"MetricsEndpointPath": "/metrics", "MetricPublishFrequencyInSeconds": seconds} for seconds in frequencies
    ]
    return {"MetricsEndpoints": [{m: value for m, value in place.items() if value is not None} for place in places]}


@pytest.fixture
def refused(input_shape: Any) -> Callable[[dict[str, Any]], list[str]]:
    """What the rules say about a request."""
    return lambda request: list(map(str, model_rules.problems(shapes.from_api(input_shape("CreateModel"), request))))


@pytest.mark.parametrize(
    "request_",
    [
        one(Image=IMAGE),
        one(Image=IMAGE, ModelDataUrl=URL),
        one(Image=IMAGE, ModelDataSource=source("s3://bucket/model/", "S3Prefix")),
        one(Image=IMAGE, ModelDataSource=source(URL, "S3Object", "Gzip")),
        one(ModelPackageName="package"),
        one(ModelPackageName="package", Environment={"A": "1"}),
        several({"Image": IMAGE}, {"ModelPackageName": "package"}),
        several({"Image": IMAGE, "ContainerHostname": "a"}, {"Image": IMAGE, "ContainerHostname": "b"}),
        several({"Image": "registry/x", "ImageConfig": {"RepositoryAccessMode": "Vpc"}}, VpcConfig=VPC),
        several(
            {
                "Image": "registry/x",
                "ImageConfig": {
                    "RepositoryAccessMode": "Vpc",
                    "RepositoryAuthConfig": {"RepositoryCredentialsProviderArn": "arn"},
                },
            },
            VpcConfig=VPC,
        ),
        one(Image=IMAGE, ImageConfig={"RepositoryAccessMode": "Platform"}),
        one(Image="111122223333.dkr-ecr.eu-west-1.on.aws/serving@sha256:0123"),
        one(Image="111122223333.dkr.ecr-fips.us-gov-west-1.amazonaws.com/team/serving"),
        one(Image="111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn/serving:1"),
        one(Image=IMAGE, Mode="MultiModel", ModelDataUrl="s3://bucket/models/"),
        one(ModelPackageName="package", Mode="MultiModel"),
        several({"Image": IMAGE, "Mode": "MultiModel", "ModelDataUrl": "s3://bucket/models/"}, {"Image": IMAGE}),
        several(
            {"Image": IMAGE, "ContainerHostname": "a"},
            {"Image": IMAGE, "ContainerHostname": "b"},
            InferenceExecutionConfig={"Mode": "Direct"},
        ),
        several({"Image": IMAGE}, {"Image": IMAGE}, InferenceExecutionConfig={"Mode": "Serial"}),
        several({"Image": IMAGE, "Environment": {"A": "x" * 32766}}, {"Image": IMAGE, "Environment": {"B": ""}}),
        one(Image=IMAGE, ContainerMetricsConfig=metrics(None, 10, 300)),
        one(
            Image=IMAGE,
            AdditionalModelDataSources=[{"ChannelName": "draft", **source("s3://bucket/draft/", "S3Prefix")}],
        ),
    ],
)
def test_requests_that_are_right(refused, request_):
    assert refused(request_) == []


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (
            {"ModelName": "m"},
            "primary_container or containers: a model needs at least one container; give image or model_package_name.",
        ),
        (
            several(),
            "primary_container or containers: a model needs at least one container; give image or model_package_name.",
        ),
        (one(ModelDataUrl=URL), "primary_container: give image, or model_package_name."),
        (several({"Image": IMAGE}, {"Environment": {}}), "containers[1]: give image, or model_package_name."),
        (
            one(Image=IMAGE, ModelPackageName="package"),
            "primary_container: model_package_name and image are mutually exclusive, because the package contains both.",
        ),
        (
            one(ModelDataUrl=URL, ModelPackageName="package"),
            "primary_container: model_package_name and model_data_url are mutually exclusive, because the package contains both.",
        ),
        (
            one(Image=IMAGE, ModelDataUrl=URL, ModelDataSource=source(URL, "S3Object", "Gzip")),
            "primary_container: model_data_url and model_data_source are mutually exclusive. Give one of them.",
        ),
        (
            several({"Image": IMAGE, "ContainerHostname": "a"}, {"Image": IMAGE}),
            "containers[1].container_hostname: is required, because if one container has a container_hostname, all must have one.",
        ),
        (
            several({"Image": IMAGE, "ContainerHostname": "a"}, {"Image": IMAGE, "ContainerHostname": "a"}),
            "containers: each container needs a unique container_hostname, and a is used more than once.",
        ),
        (
            one(Image=IMAGE) | {"InferenceExecutionConfig": {"Mode": "Direct"}},
            "inference_execution_config.mode: Direct selects one of several containers, but the model has only one.",
        ),
        (
            several({"Image": IMAGE}, {"Image": IMAGE}, InferenceExecutionConfig={"Mode": "Direct"}),
            "inference_execution_config.mode: Direct selects a container by its container_hostname. Give each container one.",
        ),
        (
            several(*[{"Image": IMAGE, "Mode": "MultiModel", "ModelDataUrl": "s3://bucket/models/"}] * 2),
            "containers[1].mode: only one container of a serial pipeline may have the mode MultiModel, and containers[0] already has it.",
        ),
        (
            one(Image=IMAGE, Mode="MultiModel"),
            "primary_container.model_data_url: is required with mode MultiModel, as the prefix of the models' archives.",
        ),
        (
            one(Image=IMAGE, Mode="MultiModel", ModelDataSource=source("s3://bucket/models/", "S3Prefix")),
            "primary_container: mode MultiModel and model_data_source are mutually exclusive. Give the prefix "
            "of the models' archives as model_data_url.",
        ),
        (
            several({"Image": IMAGE, "Environment": {"A": "x" * 32766}}, {"Image": IMAGE, "Environment": {"B": "ü"}}),
            "environment: the names and values of all containers together have 32770 bytes, and the limit is "
            "32768. Move long values into a file of the model data.",
        ),
        (
            several({"Image": IMAGE}, {"Image": IMAGE, "ContainerMetricsConfig": metrics(45)}),
            "containers[1].container_metrics_config.metrics_endpoints[0].metric_publish_frequency_in_seconds: must be one "
            "of 10, 30, 60, 120, 180, 240, 300; got 45.",
        ),
        *(
            (
                one(Image=image),
                f"primary_container.image: {image} is not in Amazon ECR, and another registry requires "
                "image_config.repository_access_mode Vpc, and a vpc_config through which it is reachable. Copy images of public "
                "registries to one of these.",
            )
            for image in ("docker.io/me/serving:1", "public.ecr.aws/me/serving:1", "serving", "ecr.example.com/serving")
        ),
        (
            one(Image="registry/x", ImageConfig={"RepositoryAccessMode": "Vpc"}),
            "primary_container.image_config.repository_access_mode: Vpc means a registry inside your VPC. Give "
            "vpc_config (security_group_ids and subnets), or use Platform for an image in Amazon ECR.",
        ),
        (
            one(
                Image=IMAGE,
                ImageConfig={
                    "RepositoryAccessMode": "Platform",
                    "RepositoryAuthConfig": {"RepositoryCredentialsProviderArn": "arn"},
                },
            ),
            "primary_container.image_config.repository_auth_config: credentials are used only with repository_access_mode Vpc.",
        ),
        (
            one(Image=IMAGE, ModelDataSource=source("s3://bucket/model", "S3Prefix")),
            f"{SOURCE}.s3_uri: with s3_data_type S3Prefix the URI must end in a slash: s3://bucket/model/",
        ),
        (
            one(Image=IMAGE, ModelDataSource=source("s3://bucket/model/", "S3Object")),
            f"{SOURCE}.s3_uri: with s3_data_type S3Object the URI names one object, and s3://bucket/model/ ends in a slash. Give "
            "the object, or s3_data_type S3Prefix.",
        ),
        (
            several(
                {
                    "Image": IMAGE,
                    "AdditionalModelDataSources": [
                        {"ChannelName": "a", **source("s3://bucket/a/", "S3Prefix")},
                        {"ChannelName": "b", **source("s3://bucket/b", "S3Prefix")},
                    ],
                }
            ),
            "containers[0].additional_model_data_sources[1].s3_data_source.s3_uri: with s3_data_type S3Prefix the URI must end "
            "in a slash: s3://bucket/b/",
        ),
    ],
)
def test_requests_that_are_refused(refused, request_, message):
    assert refused(request_) == [message]


@pytest.mark.parametrize(
    ("request_", "path"),
    [
        (one(Image=IMAGE), None),
        (one(ModelPackageName="package"), None),
        (one(Image="registry/x"), None),
        (one(Image=IMAGE.replace("eu-west-1", "us-east-1")), "primary_container"),
        (several({"Image": IMAGE}, {"Image": IMAGE.replace("eu-west-1", "us-east-1")}), "containers[1]"),
        # Whatever is reached through a VPC may be anywhere.
        (
            one(Image=IMAGE.replace("eu-west-1", "us-east-1"), ImageConfig={"RepositoryAccessMode": "Vpc"}),
            None,
        ),
    ],
)
def test_images_are_in_the_region_of_the_model(input_shape, request_, path):
    message = (
        f"{path}.image: it is in us-east-1, but the region of the model is eu-west-1, and SageMaker pulls images only "
        "from the model's region. Use the image of that region, or copy it there."
    )
    found = model_rules.region_rules(shapes.from_api(input_shape("CreateModel"), request_), "eu-west-1")
    assert list(map(str, found)) == ([message] if path else [])


# What ensure does

ARN = "arn:aws:sagemaker:eu-west-1:111122223333:model/m"
ROLE = "arn:aws:iam::111122223333:role/fresh"
OPTIONS = {
    "state": "present",
    "name": "m",
    "name_prefix": None,
    "name_scope": None,
    "tags": None,
    "purge_tags": True,
    "execution_role_arn": ROLE,
    "primary_container": {"image": IMAGE, "environment": {"MODE": 1}},
    "containers": None,
}
REQUEST = {
    "ModelName": "m",
    "ExecutionRoleArn": ROLE,
    "PrimaryContainer": {"Image": IMAGE, "Environment": {"MODE": "1"}},
}
DESCRIPTION = {
    "ModelName": "m",
    "ModelArn": ARN,
    "ExecutionRoleArn": ROLE,
    "PrimaryContainer": {"Image": IMAGE, "Mode": "SingleModel", "Environment": {"MODE": "1"}},
    "EnableNetworkIsolation": False,
    "CreationTime": datetime.datetime(2030, 1, 1, tzinfo=datetime.timezone.utc),
}
NAMED = {"ModelName": "m"}
ROLE_NOT_READY = (
    f'The execution role ARN "{ROLE}" is invalid. Please ensure that the role exists and that its trust relationship policy '
    'allows the action "sts:AssumeRole" for the service principal "sagemaker.amazonaws.com".'
)


@pytest.fixture
def sagemaker(stub):
    return stub("sagemaker")


def missing(sagemaker: Any) -> None:
    sagemaker.add_client_error("describe_model", "ValidationException", f'Could not find model "{ARN}".', 400)


def there(sagemaker: Any, description: Any = None, **tags: str) -> None:
    """The model is described and, where tags are given, its tags are read."""
    sagemaker.add_response("describe_model", description or DESCRIPTION, NAMED)
    if tags:
        listed = [{"Key": key, "Value": value} for key, value in tags.items()]
        sagemaker.add_response("list_tags", {"Tags": listed}, {"ResourceArn": ARN})


@pytest.fixture
def none_stopped(stub: Any) -> None:
    """No endpoint is stopped."""
    asked = {
        "TagFilters": [{"Key": ownership.STOPPED_TAG}],
        "ResourceTypeFilters": ["sagemaker:endpoint-config"],
        "ResourcesPerPage": 100,
    }
    stub("resourcegroupstaggingapi").add_response("get_resources", {"ResourceTagMappingList": []}, asked)


def unused(sagemaker: Any, description: Any = None) -> None:
    """The model is there, and no endpoint needs it."""
    there(sagemaker, description)
    sagemaker.add_response("list_endpoints", {"Endpoints": []}, {})
    sagemaker.add_response("list_tags", {"Tags": [{"Key": "team", "Value": "1"}]}, {"ResourceArn": ARN})


def test_a_new_model_is_made(aws, sagemaker):
    missing(sagemaker)
    sagemaker.add_response("create_model", {"ModelArn": ARN}, {**REQUEST, "Tags": [{"Key": "team", "Value": "1"}]})
    there(sagemaker)
    result = models.ensure(aws, {**OPTIONS, "tags": {"team": 1}}, False)
    assert result.plan.action == "create"
    assert result.plan.calls == ["CreateModel"]
    assert result.resource["model_arn"] == ARN
    assert result.resource["tags"] == {"team": "1"}
    assert result.resource["primary_container"]["environment"] == {"MODE": "1"}
    assert result.before == {}


def test_check_mode_makes_the_same_plan_and_no_model(aws, sagemaker, stub):
    missing(sagemaker)
    stub("sts").add_response("get_caller_identity", {"Account": "111122223333"}, {})
    result = models.ensure(aws, {**OPTIONS, "tags": {"team": 1}}, True)
    assert (result.plan.action, result.plan.calls) == ("create", ["CreateModel"])
    assert result.resource["model_arn"] == ARN
    assert [change.path for change in result.plan.changes] == ["model_name", "primary_container", "execution_role_arn"]


@pytest.mark.parametrize("check_mode", [False, True])
def test_where_it_cannot_be_it_is_not_made(aws, sagemaker, check_mode):
    missing(sagemaker)
    container = {"image": IMAGE.replace("eu-west-1", "us-east-1")}
    with pytest.raises(InputError, match="primary_container.image: it is in us-east-1"):
        models.ensure(aws, {**OPTIONS, "primary_container": container}, check_mode)


@pytest.mark.parametrize("check_mode", [False, True])
def test_what_is_there_is_left_alone(aws, sagemaker, check_mode):
    there(sagemaker, team="1")
    result = models.ensure(aws, OPTIONS, check_mode)
    assert not result.plan.changed
    assert result.resource["tags"] == {"team": "1"}
    assert result.before == result.after


@pytest.mark.parametrize("check_mode", [False, True])
def test_only_tags_differ(aws, sagemaker, check_mode):
    there(sagemaker, team="1", old="x")
    if not check_mode:
        sagemaker.add_response("add_tags", {}, {"ResourceArn": ARN, "Tags": [{"Key": "team", "Value": "2"}]})
        sagemaker.add_response("delete_tags", {}, {"ResourceArn": ARN, "TagKeys": ["old"]})
    result = models.ensure(aws, {**OPTIONS, "tags": {"team": 2}}, check_mode)
    assert (result.plan.action, result.plan.calls) == ("retag", ["AddTags", "DeleteTags"])
    assert (result.before, result.after) == ({"tags": {"team": "1", "old": "x"}}, {"tags": {"team": "2"}})


@pytest.mark.parametrize("check_mode", [False, True])
def test_other_content_under_a_fixed_name_fails_and_says_what_differs(aws, sagemaker, check_mode):
    container = {**DESCRIPTION["PrimaryContainer"], "Environment": {"MODE": "2"}}
    there(sagemaker, {**DESCRIPTION, "PrimaryContainer": container}, team="x")
    with pytest.raises(SageMakerError) as error:
        models.ensure(aws, OPTIONS, check_mode)
    assert error.value.message == (
        "The model m exists with other content and cannot be changed, so it requires replacement. It differs "
        "in: primary_container.environment.MODE. Give it another name, or use name_prefix, which creates a new "
        "one for every change of content."
    )
    assert error.value.details["plan"]["changes"] == [
        {"path": "primary_container.environment.MODE", "before": "2", "after": "1"}
    ]


def test_a_generated_name_depends_on_content_and_scope_only(aws, sagemaker):
    def name(**options: Any) -> str:
        missing(sagemaker)
        wish = {**OPTIONS, "name": None, "name_prefix": "fraud", **options}
        return models.ensure(aws, wish, True).resource["model_name"]

    aws.arn = lambda resource: None
    first = name()
    assert first.startswith("fraud-") and len(first) == len("fraud-") + 8
    assert name(tags={"a": "b"}) == first
    assert name(primary_container={"environment": {"MODE": "1"}, "image": IMAGE}) == first
    assert name(enable_network_isolation=False) == first
    assert name(name_scope="fraud") != first
    assert name(enable_network_isolation=True) != first
    assert name(name_prefix="other") == first.replace("fraud", "other")


def test_a_prefix_may_be_as_long_as_a_name_allows(aws, sagemaker):
    aws.arn = lambda resource: None
    missing(sagemaker)
    result = models.ensure(aws, {**OPTIONS, "name": None, "name_prefix": "x" * 54}, True)
    assert len(result.resource["model_name"]) == 63


def test_a_prefix_that_is_too_long(aws):
    with pytest.raises(InputError, match="name_prefix: 55 characters are too many"):
        models.ensure(aws, {**OPTIONS, "name": None, "name_prefix": "x" * 55}, True)


def test_a_prefix_that_makes_no_name(aws):
    with pytest.raises(InputError, match="^name_prefix: must match the service's pattern .*, got 'a_b-[0-9a-f]{8}'"):
        models.ensure(aws, {**OPTIONS, "name": None, "name_prefix": "a_b"}, True)


@pytest.mark.parametrize("given", [{"name": "", "name_prefix": None}, {"name": None, "name_prefix": ""}])
@pytest.mark.parametrize("state", ["present", "absent"])
def test_no_name_at_all(aws, given, state):
    with pytest.raises(InputError, match="^name, name_prefix: must not be empty"):
        models.ensure(aws, {**OPTIONS, **given, "state": state}, True)


def test_a_fresh_role_is_waited_for(aws, sagemaker, naps):
    missing(sagemaker)
    for _attempt in range(8):
        sagemaker.add_client_error("create_model", "ValidationException", ROLE_NOT_READY, 400)
    sagemaker.add_response("create_model", {"ModelArn": ARN}, REQUEST)
    there(sagemaker)
    assert models.ensure(aws, OPTIONS, False).plan.action == "create"
    assert len(naps) == 8


def test_a_role_is_waited_for_two_minutes_at_most(aws, sagemaker, naps):
    missing(sagemaker)
    # The pauses are 0.3, 0.6, ... 6 s, the last one shorter: the 25th refusal comes at the end of the two minutes.
    for _attempt in range(25):
        sagemaker.add_client_error("create_model", "ValidationException", ROLE_NOT_READY, 400)
    with pytest.raises(ServiceError) as error:
        models.ensure(aws, OPTIONS, False)
    assert sum(naps) == pytest.approx(120)
    assert error.value.message == (
        f"CreateModel failed (ValidationException): {ROLE_NOT_READY} AWS refused it for 120 s. Check that the execution role "
        "(sg_role_arn; modules: execution_role_arn) exists, trusts sagemaker.amazonaws.com and has the permissions named in the reason."
    )
    failure = error.value.details["failure"]
    assert (failure["what"], failure["name"], failure["cause"]) == ("model creation", OPTIONS["name"], "role")
    assert failure["remedy"] in error.value.message and error.value.details["remedy"] == failure["remedy"]
    assert error.value.details["plan"]["calls"] == ["CreateModel"]


@pytest.mark.parametrize(
    "message",
    [
        "Could not find model data at s3://bucket/model.tar.gz.",
        f'Could not access model data at {URL}. Please ensure that the role "{ROLE}" exists and that its trust relationship '
        'policy allows the action "sts:AssumeRole" for the service principal "sagemaker.amazonaws.com".',
    ],
)
def test_another_refusal_fails_at_once(aws, sagemaker, naps, message):
    missing(sagemaker)
    sagemaker.add_client_error("create_model", "ValidationException", message, 400)
    with pytest.raises(ServiceError, match="Could not"):
        models.ensure(aws, OPTIONS, False)
    assert naps == []


def test_a_lost_answer_makes_no_second_model(aws, sagemaker):
    missing(sagemaker)
    sagemaker.add_client_error("create_model", "InternalFailure", "", 500)
    there(sagemaker)  # the lookup
    there(sagemaker)
    sagemaker.add_response("list_tags", {"Tags": []}, {"ResourceArn": ARN})
    assert models.ensure(aws, OPTIONS, False).plan.action == "create"


def test_an_answer_lost_before_the_service_shows_the_model(aws, sagemaker):
    missing(sagemaker)
    sagemaker.add_client_error("create_model", "InternalFailure", "", 500)
    missing(sagemaker)  # the lookup comes too early
    sagemaker.add_client_error(
        "create_model", "ValidationException", f'Cannot create already existing model "{ARN}".', 400
    )
    there(sagemaker)
    there(sagemaker)
    sagemaker.add_response("list_tags", {"Tags": []}, {"ResourceArn": ARN})
    assert models.ensure(aws, OPTIONS, False).plan.action == "create"


@pytest.mark.parametrize("purge", [True, False])
def test_a_strangers_model_with_the_same_content_gets_our_tags(aws, sagemaker, purge):
    missing(sagemaker)
    taken = f'Cannot create already existing model "{ARN}".'
    sagemaker.add_client_error("create_model", "ValidationException", taken, 400)
    there(sagemaker)  # the lookup
    there(sagemaker, owner="stranger", tier="1")
    sagemaker.add_response("add_tags", {}, {"ResourceArn": ARN, "Tags": [{"Key": "owner", "Value": "me"}]})
    if purge:
        sagemaker.add_response("delete_tags", {}, {"ResourceArn": ARN, "TagKeys": ["tier"]})
    result = models.ensure(aws, {**OPTIONS, "tags": {"owner": "me"}, "purge_tags": purge}, False)
    tags = {"owner": "me", **({} if purge else {"tier": "1"})}
    assert result.resource["tags"] == result.after["tags"] == tags


def test_without_tags_of_our_own_a_strangers_stay(aws, sagemaker):
    missing(sagemaker)
    taken = f'Cannot create already existing model "{ARN}".'
    sagemaker.add_client_error("create_model", "ValidationException", taken, 400)
    there(sagemaker)
    there(sagemaker, owner="stranger")
    assert models.ensure(aws, OPTIONS, False).resource["tags"] == {"owner": "stranger"}


def test_a_strangers_model_is_not_taken_for_ours(aws, sagemaker):
    missing(sagemaker)
    sagemaker.add_client_error("create_model", "InternalFailure", "", 500)
    there(sagemaker, {**DESCRIPTION, "PrimaryContainer": {"Image": "registry/other"}})
    with pytest.raises(SageMakerError, match="exists with other content"):
        models.ensure(aws, OPTIONS, False)


def test_information_of_one(aws, sagemaker):
    there(sagemaker, team="1")
    (model,) = models.info(aws, {"name": "m"})["models"]
    assert (model["model_name"], model["tags"]) == ("m", {"team": "1"})
    missing(sagemaker)
    assert models.info(aws, {"name": "m"}) == {"models": []}


def test_information_of_those_that_fit_the_filters(aws, sagemaker):
    summaries = [{"ModelName": name, "ModelArn": ARN, "CreationTime": DESCRIPTION["CreationTime"]} for name in "mn"]
    sagemaker.add_response("list_models", {"Models": summaries}, {"NameContains": "x", "SortBy": "Name"})
    there(sagemaker)
    sagemaker.add_response("list_tags", {"Tags": []}, {"ResourceArn": ARN})
    # It went after it was listed.
    sagemaker.add_client_error("describe_model", "ValidationException", f'Could not find model "{ARN}".', 400)
    found = models.info(aws, {"name": None, "name_contains": "x", "sort_by": "Name", "sort_order": None})
    assert [model["model_name"] for model in found["models"]] == ["m"]


ABSENT = {**OPTIONS, "state": "absent"}


@pytest.mark.parametrize("check_mode", [False, True])
def test_absent_and_not_there(aws, sagemaker, check_mode):
    missing(sagemaker)
    result = models.ensure(aws, ABSENT, check_mode)
    assert (result.resource, result.plan.changed) == ({}, False)


@pytest.mark.parametrize("check_mode", [False, True])
def test_absent_and_there(aws, sagemaker, check_mode, none_stopped):
    unused(sagemaker)
    if not check_mode:
        sagemaker.add_response("delete_model", {}, NAMED)
    result = models.ensure(aws, ABSENT, check_mode)
    assert (result.resource, result.plan.action, result.plan.calls) == ({}, "delete", ["DeleteModel"])
    container = {"image": IMAGE, "environment": {"MODE": "1"}}
    content = {"model_name": "m", "execution_role_arn": ROLE, "primary_container": container, "tags": {"team": "1"}}
    assert (result.before, result.after) == (content, {})


SOURCE = {"S3DataSource": {"S3Uri": "u", "S3DataType": "S3Object", "CompressionType": "Gzip"}}
SOURCE_SHOWN = {"s3_data_source": {"s3_uri": "u", "s3_data_type": "S3Object", "compression_type": "Gzip"}}


@pytest.mark.parametrize(
    ("made", "shown"),
    [
        ({"ModelDataUrl": "u", "ModelDataSource": SOURCE, "Mode": "SingleModel"}, {"model_data_url": "u"}),
        ({"ModelDataSource": SOURCE, "Mode": "MultiModel"}, {"model_data_source": SOURCE_SHOWN, "mode": "MultiModel"}),
    ],
)
def test_what_the_service_has_added_is_not_shown_of_what_is_deleted(aws, sagemaker, made, shown, none_stopped):
    unused(
        sagemaker,
        {**DESCRIPTION, "PrimaryContainer": made, "DeploymentRecommendation": {"RecommendationStatus": "COMPLETED"}},
    )
    before = models.ensure(aws, ABSENT, True).before
    assert (set(before), before["primary_container"]) == (
        {"model_name", "execution_role_arn", "primary_container", "tags"},
        shown,
    )


def test_gone_before_it_was_deleted_is_as_good(aws, sagemaker, none_stopped):
    unused(sagemaker)
    sagemaker.add_client_error("delete_model", "ValidationException", f'Could not find model "{ARN}".', 400)
    assert models.ensure(aws, ABSENT, False).plan.action == "delete"


def test_absent_by_prefix_and_content(aws, sagemaker, none_stopped):
    wish = {**OPTIONS, "name": None, "name_prefix": "fraud"}
    missing(sagemaker)
    aws.arn = lambda resource: None
    name = models.ensure(aws, wish, True).resource["model_name"]
    sagemaker.add_response("describe_model", {**DESCRIPTION, "ModelName": name}, {"ModelName": name})
    sagemaker.add_response("list_endpoints", {"Endpoints": []}, {})
    sagemaker.add_response("list_tags", {"Tags": []}, {"ResourceArn": ARN})
    sagemaker.add_response("delete_model", {}, {"ModelName": name})
    assert models.ensure(aws, {**wish, "state": "absent"}, False).plan.action == "delete"


@pytest.mark.parametrize("check_mode", [False, True])
def test_a_model_that_serves_is_not_deleted(aws, sagemaker, check_mode, none_stopped):
    times = {member: datetime.datetime(2030, 1, 1) for member in ("CreationTime", "LastModifiedTime")}
    live = {"EndpointName": "e", "EndpointArn": f"{ARN}/endpoint", "EndpointStatus": "InService", **times}
    config = {"EndpointConfigName": "c", "EndpointConfigArn": f"{ARN}/config", "CreationTime": times["CreationTime"]}
    there(sagemaker)
    sagemaker.add_response("list_endpoints", {"Endpoints": [live]}, {})
    sagemaker.add_response("describe_endpoint", {**live, "EndpointConfigName": "c"}, {"EndpointName": "e"})
    sagemaker.add_response(
        "describe_endpoint_config",
        {**config, "ProductionVariants": [{"VariantName": "v", "ModelName": "m"}]},
        {"EndpointConfigName": "c"},
    )
    with pytest.raises(SageMakerError) as error:
        models.ensure(aws, ABSENT, check_mode)
    assert error.value.message == "The model m serves the endpoint e, so it is not deleted. Move or delete it first."
    assert error.value.details["plan"]["action"] == "delete"
