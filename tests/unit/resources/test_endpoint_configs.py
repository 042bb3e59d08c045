# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Endpoint configurations: the service's rules between their members."""

from __future__ import annotations

import datetime
from typing import Any
from typing import Callable

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import InputError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources import endpoint_configs
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rules import (
    endpoint_config as endpoint_config_rules,
)
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rules import variants
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.schema import shapes

MODEL = {"VariantName": "v", "ModelName": "m"}
ON_INSTANCES = {**MODEL, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
SERVERLESS = {**MODEL, "ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}}
ROOM = {"VariantName": "v", "InstanceType": "ml.g5.xlarge", "InitialInstanceCount": 1}
POOLS = [{"InstanceType": "ml.g5.xlarge", "Priority": 1}, {"InstanceType": "ml.g6.xlarge", "Priority": 2}]
CAPTURE = {
    "InitialSamplingPercentage": 10,
    "DestinationS3Uri": "s3://bucket/capture",
    "CaptureOptions": [{"CaptureMode": "Input"}],
}


ASYNC = {"OutputConfig": {"S3OutputPath": "s3://bucket/out"}}
CROSS_REGION = {"MaxInvocationsPerSecondPerInstance": 1, "MaxCrossRegionPercentPerEndpoint": 50}
LAYOUT = {"AcceleratorPartitionTypes": ["mig-3g.40gb", "mig-4g.40gb"]}


def prefix_aware(strategy: str = "PREFIX_AWARE", **members: int) -> dict[str, Any]:
    return {"RoutingStrategy": strategy, **({"PrefixAwareRoutingConfig": members} if members else {})}


def explainer(baseline: Any, **inference: Any) -> dict[str, Any]:
    clarify = {"ShapConfig": {"ShapBaselineConfig": baseline}, **({"InferenceConfig": inference} if inference else {})}
    return {"ClarifyExplainerConfig": clarify}


def config(*variants: Any, **members: Any) -> dict[str, Any]:
    return {"EndpointConfigName": "c", "ProductionVariants": list(variants), **members}


def named(name: str, variant: Any) -> dict[str, Any]:
    return {**variant, "VariantName": name}


def without(variant: Any, member: str) -> dict[str, Any]:
    return {key: value for key, value in variant.items() if key != member}


def serverless(**members: Any) -> dict[str, Any]:
    return {**SERVERLESS, "ServerlessConfig": {**SERVERLESS["ServerlessConfig"], **members}}


@pytest.fixture
def refused(input_shape: Any) -> Callable[[dict[str, Any]], list[str]]:
    """What the rules say about a request."""
    return lambda request: list(
        map(str, endpoint_config_rules.problems(shapes.from_api(input_shape("CreateEndpointConfig"), request)))
    )


@pytest.mark.parametrize(
    ("variant", "members", "kind"),
    [
        (ON_INSTANCES, {}, variants.INSTANCES),
        (ON_INSTANCES, {"AsyncInferenceConfig": ASYNC}, variants.ASYNCHRONOUS),
        (SERVERLESS, {}, variants.SERVERLESS),
        (ROOM, {}, variants.COMPONENTS),
    ],
)
def test_kinds_of_variants(input_shape, variant, members, kind):
    options = shapes.from_api(input_shape("CreateEndpointConfig"), config(variant, **members))
    assert variants.kinds_of(options) == [kind]


@pytest.mark.parametrize(
    "request_",
    [
        config(ON_INSTANCES),
        config(named("a", ON_INSTANCES), named("b", ON_INSTANCES)),
        config(ON_INSTANCES, ShadowProductionVariants=[named("shadow", ON_INSTANCES)]),
        config({**MODEL, "InstancePools": POOLS, "InitialInstanceCount": 1}),
        config(ON_INSTANCES, DataCaptureConfig=CAPTURE, KmsKeyId="key"),
        config({**ON_INSTANCES, "InstanceType": "ml.m5d.large"}, KmsKeyId="key"),
        config({**ON_INSTANCES, "VolumeSizeInGB": 30}),
        config(SERVERLESS),
        config(serverless(ProvisionedConcurrency=5)),
        config(SERVERLESS, EnableNetworkIsolation=False),
        config(ROOM, ExecutionRoleArn="role"),
        config(
            {**ROOM, "ManagedInstanceScaling": {"Status": "ENABLED", "MinInstanceCount": 0, "MaxInstanceCount": 0}},
            ExecutionRoleArn="role",
        ),
        config({**ROOM, "ManagedInstanceScaling": {"MinInstanceCount": 3}}, ExecutionRoleArn="role"),
        config(ROOM, ExecutionRoleArn="role", EnableNetworkIsolation=True),
        config({**ON_INSTANCES, "RoutingConfig": {"RoutingStrategy": "LEAST_OUTSTANDING_REQUESTS"}}),
        config({**ON_INSTANCES, "RoutingConfig": prefix_aware(PrefixLength=1024, ConcurrencyThreshold=8)}),
        config({**ROOM, "AcceleratorPartitionLayouts": [LAYOUT]}, ExecutionRoleArn="role"),
        config(ON_INSTANCES, AsyncInferenceConfig=ASYNC, DataCaptureConfig=CAPTURE),
        config(ON_INSTANCES, CrossRegionTrafficConfig=CROSS_REGION),
        config(ON_INSTANCES, MetricsConfig={"EnableEnhancedMetrics": True}),
        config(ON_INSTANCES, MetricsConfig={"MetricPublishFrequencyInSeconds": 120}),
        config(ON_INSTANCES, ExplainerConfig=explainer({"ShapBaseline": "1,2"})),
        config(
            ON_INSTANCES,
            ExplainerConfig=explainer(
                {"ShapBaselineUri": "s3://b/k", "MimeType": "application/jsonlines"}, FeatureTypes=["text", "numerical"]
            ),
        ),
    ],
)
def test_requests_that_are_right(refused, request_):
    assert refused(request_) == []


V = "production_variants[v]"


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (
            config(named("a", ON_INSTANCES), named("b", ON_INSTANCES), ShadowProductionVariants=[ON_INSTANCES]),
            "shadow_production_variants: a shadow test needs exactly one production variant and one shadow variant, got 2 and 1.",
        ),
        (
            config(ON_INSTANCES, ShadowProductionVariants=[named("a", ON_INSTANCES), named("b", ON_INSTANCES)]),
            "shadow_production_variants: a shadow test needs exactly one production variant and one shadow variant, got 1 and 2.",
        ),
        (
            config(ON_INSTANCES, ON_INSTANCES, named("a", ON_INSTANCES)),
            "production_variants: variant names must differ: v is used more than once.",
        ),
        (
            config(ON_INSTANCES, ShadowProductionVariants=[ON_INSTANCES]),
            "production_variants: variant names must differ: v is used more than once.",
        ),
        (
            config(ON_INSTANCES, named("room", ROOM), ExecutionRoleArn="role"),
            "production_variants: all variants must be of one kind, got inference components, instances.",
        ),
        (
            config(ROOM),
            "execution_role_arn: is required, because variants without a model_name host inference components.",
        ),
        # Instances
        (
            config(without(ON_INSTANCES, "InstanceType")),
            f"{V}: give instance_type, or instance_pools, or serverless_config.",
        ),
        (
            config(without(ON_INSTANCES, "InitialInstanceCount")),
            f"{V}.initial_instance_count: is required for a variant on instances, at least 1.",
        ),
        (
            config({**ON_INSTANCES, "InstancePools": POOLS}),
            f"{V}: instance_type and instance_pools are mutually exclusive. Give one of them.",
        ),
        (
            config({**ON_INSTANCES, "ManagedInstanceScaling": {"Status": "ENABLED"}}),
            f"{V}.managed_instance_scaling: this option and model_name are mutually exclusive. It is supported only for "
            "endpoints with inference components. Scale this variant with sagemaker_autoscaling (the role: autoscaling_config).",
        ),
        (
            config(
                {**ROOM, "ManagedInstanceScaling": {"MinInstanceCount": 3, "MaxInstanceCount": 2}},
                ExecutionRoleArn="role",
            ),
            f"{V}.managed_instance_scaling: min_instance_count must be at most max_instance_count.",
        ),
        (
            config({**ON_INSTANCES, "InstanceType": "ml.g4dn.xlarge", "VolumeSizeInGB": 30}),
            f"{V}.volume_size_in_gb: ml.g4dn.xlarge has local storage, so SageMaker accepts no volume size, got 30. Leave "
            "volume_size_in_gb out.",
        ),
        (
            config(ON_INSTANCES, ShadowProductionVariants=[named("s", without(ON_INSTANCES, "InstanceType"))]),
            "shadow_production_variants[s]: give instance_type, or instance_pools, or serverless_config.",
        ),
        (
            config({**ON_INSTANCES, "RoutingConfig": prefix_aware("RANDOM", PrefixLength=1024)}),
            f"{V}.routing_config: prefix_aware_routing_config and routing_strategy RANDOM are mutually exclusive. It is only for "
            "PREFIX_AWARE.",
        ),
        (
            config({**ON_INSTANCES, "RoutingConfig": prefix_aware()}),
            f"{V}.routing_config.prefix_aware_routing_config: routing_strategy PREFIX_AWARE requires prefix_length and "
            "concurrency_threshold.",
        ),
        (
            config({**ON_INSTANCES, "RoutingConfig": prefix_aware(PrefixLength=1024)}),
            f"{V}.routing_config.prefix_aware_routing_config: routing_strategy PREFIX_AWARE requires concurrency_threshold.",
        ),
        (
            config({**ROOM, "AcceleratorPartitionLayouts": [LAYOUT, LAYOUT]}, ExecutionRoleArn="role"),
            f"{V}.accelerator_partition_layouts: give exactly one layout. It applies to every accelerator of the variant.",
        ),
        # Shadows
        (
            config(ON_INSTANCES, ShadowProductionVariants=[named("s", ON_INSTANCES)], AsyncInferenceConfig=ASYNC),
            "shadow_production_variants: this option and async_inference_config are mutually exclusive; a "
            "shadow variant gets copies of real-time requests that are answered at once.",
        ),
        (
            config(
                ON_INSTANCES, ShadowProductionVariants=[{**named("s", ON_INSTANCES), "InstanceType": "ml.inf1.xlarge"}]
            ),
            "shadow_production_variants: this option and the instance_type ml.inf1.xlarge are mutually "
            "exclusive. Shadow tests do not support Inf1 instances.",
        ),
        # The configuration
        (
            config(ON_INSTANCES, EnableNetworkIsolation=True),
            "enable_network_isolation: here it isolates only inference components, so this option and a "
            "model_name are mutually exclusive. Set it in the model (sagemaker_model).",
        ),
        (
            config(ON_INSTANCES, AsyncInferenceConfig=ASYNC, CrossRegionTrafficConfig=CROSS_REGION),
            "cross_region_traffic_config: this option and async_inference_config are mutually exclusive.",
        ),
        (
            config(ON_INSTANCES, MetricsConfig={"MetricPublishFrequencyInSeconds": 20}),
            "metrics_config.metric_publish_frequency_in_seconds: must be one of 10, 30, 60, 120, "
            "180, 240, 300; got 20.",
        ),
        *(
            (
                config(ON_INSTANCES, ExplainerConfig=explainer(baseline)),
                "explainer_config.clarify_explainer_config.shap_config.shap_baseline_config: give exactly one "
                "of shap_baseline and shap_baseline_uri.",
            )
            for baseline in ({}, {"ShapBaseline": "1,2", "ShapBaselineUri": "s3://b/k"})
        ),
        (
            config(ON_INSTANCES, ExplainerConfig=explainer({"ShapBaseline": "1,2", "MimeType": "text/plain"})),
            "explainer_config.clarify_explainer_config.shap_config.shap_baseline_config.mime_type: must be one "
            "of text/csv, application/jsonlines, got text/plain.",
        ),
        (
            config(ON_INSTANCES, ExplainerConfig=explainer({"ShapBaseline": "1,2"}, FeatureTypes=["numerical"])),
            "explainer_config.clarify_explainer_config.inference_config.feature_types: at least one of them "
            "must be text. Leave the option out for other data.",
        ),
        # Serverless
        (
            config({**SERVERLESS, "VolumeSizeInGB": 10}),
            f"{V}.volume_size_in_gb: this option and serverless_config are mutually exclusive; serverless variants have no instances.",
        ),
        (
            config(without(SERVERLESS, "ModelName")),
            f"{V}.model_name: a variant that is serverless (serverless_config) needs a model.",
        ),
        (
            config(serverless(MemorySizeInMB=1500)),
            f"{V}.serverless_config.memory_size_in_mb: must be a multiple of 1024: 1024, 2048, 3072, 4096, 5120 or 6144.",
        ),
        (
            config(serverless(ProvisionedConcurrency=6)),
            f"{V}.serverless_config.provisioned_concurrency: must not be more than max_concurrency.",
        ),
        (
            config(named("a", SERVERLESS), named("b", SERVERLESS)),
            "production_variants: a variant that is serverless (serverless_config) must be the only variant of its endpoint, got 2 variants.",
        ),
        (
            config(SERVERLESS, DataCaptureConfig=CAPTURE),
            "data_capture_config: this option and a serverless_config are mutually exclusive.",
        ),
        (
            config(SERVERLESS, AsyncInferenceConfig={"OutputConfig": {"S3OutputPath": "s3://bucket/out"}}),
            "async_inference_config: this option and a serverless_config are mutually exclusive.",
        ),
        (
            config(SERVERLESS, VpcConfig={"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}),
            "vpc_config: this option and a serverless_config are mutually exclusive.",
        ),
        (
            config(SERVERLESS, CrossRegionTrafficConfig=CROSS_REGION),
            "cross_region_traffic_config: this option and a serverless_config are mutually exclusive.",
        ),
        (
            config(SERVERLESS, EnableNetworkIsolation=True),
            "enable_network_isolation: this option and a serverless_config are mutually exclusive.",
        ),
    ],
)
def test_requests_that_are_refused(refused, request_, message):
    assert refused(request_) == [message]


def test_every_broken_rule_is_told(refused):
    found = refused(config(ON_INSTANCES, ShadowProductionVariants=[named("s", SERVERLESS)]))
    assert found == [
        "production_variants: all variants must be of one kind, got instances, serverless.",
        "production_variants: a variant that is serverless (serverless_config) must be the only variant of its endpoint, got 2 variants.",
        "shadow_production_variants: this option and a serverless_config are mutually exclusive.",
    ]
    found = refused(config({**SERVERLESS, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 10}))
    assert [problem.partition(": ")[0] for problem in found] == [f"{V}.instance_type", f"{V}.volume_size_in_gb"]


# What depends on the models

IMAGE = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/serving:1"
URL = "s3://bucket/model.tar.gz"
DATA_SOURCE = {"S3DataSource": {"S3Uri": URL, "S3DataType": "S3Object", "CompressionType": "Gzip"}}


def a_model(*containers: Any, **members: Any) -> dict[str, Any]:
    held = {"PrimaryContainer": containers[0]} if len(containers) == 1 else {"Containers": list(containers)}
    return {"ModelName": "m", "ModelArn": "arn:aws:sagemaker:eu-west-1:111122223333:model/m", **held, **members}


VPC_MODEL = a_model({"Image": IMAGE}, VpcConfig={"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]})
MANY_MODELS = a_model({"Image": IMAGE, "Mode": "MultiModel", "ModelDataUrl": "s3://bucket/models/"})


@pytest.mark.parametrize(
    ("model", "serverless", "shadows"),
    [
        ({}, [], []),
        # A data source is described for a URL as well.
        (a_model({"Image": IMAGE, "ModelDataUrl": URL, "ModelDataSource": DATA_SOURCE, "Mode": "SingleModel"}), [], []),
        (a_model({"Image": IMAGE}, EnableNetworkIsolation=False), [], []),
        (VPC_MODEL, ["a vpc_config"], []),
        (a_model({"Image": IMAGE}, EnableNetworkIsolation=True), ["enable_network_isolation"], []),
        (
            a_model({"Image": IMAGE, "ModelDataSource": DATA_SOURCE}),
            ["a model_data_source (a model_data_url it can have)"],
            [],
        ),
        (a_model({"Image": IMAGE}, {"Image": IMAGE}), ["several containers"], ["several containers"]),
        (MANY_MODELS, ["a container of the mode MultiModel"], ["a container of the mode MultiModel"]),
    ],
)
def test_models_that_do_not_fit(input_shape, model, serverless, shadows):
    model = shapes.from_api(input_shape("CreateModel"), model)

    def excluded(config: dict[str, Any], variant: dict[str, Any]) -> list[tuple[str, str]]:
        return [(option, what.text) for option, what in endpoint_config_rules.unfit_models(config, variant, model)]

    shadowed = {"shadow_production_variants": []}
    assert excluded({}, {"serverless_config": {}}) == [("serverless_config", what) for what in serverless]
    assert excluded(shadowed, {"serverless_config": {}}) == [("serverless_config", what) for what in serverless]
    assert excluded(shadowed, {}) == [("shadow_production_variants", what) for what in shadows]
    assert excluded({}, {}) == []


THEN = datetime.datetime(2030, 1, 1, tzinfo=datetime.timezone.utc)


def wish(**variant: Any) -> dict[str, Any]:
    return {
        "state": "present",
        "name": "c",
        "name_prefix": None,
        "name_scope": None,
        "tags": None,
        "purge_tags": True,
        "production_variants": [{"variant_name": "v", "model_name": "m", **variant}],
    }


INSTANCE = {"instance_type": "ml.m5.large", "initial_instance_count": 1}
SERVERLESS_OPTIONS = {"serverless_config": {"memory_size_in_mb": 2048, "max_concurrency": 5}}


@pytest.fixture
def sagemaker(stub):
    return stub("sagemaker")


def missing_config(sagemaker: Any) -> None:
    text = 'Could not find endpoint configuration "arn:aws:sagemaker:eu-west-1:111122223333:endpoint-config/c".'
    sagemaker.add_client_error("describe_endpoint_config", "ValidationException", text, 400)


def the_model(sagemaker: Any, model: Any, name: str = "m") -> None:
    sagemaker.add_response("describe_model", {**model, "CreationTime": THEN}, {"ModelName": name})


@pytest.mark.parametrize("check_mode", [False, True])
def test_a_configuration_is_not_made_for_a_model_that_it_excludes(aws, sagemaker, check_mode):
    missing_config(sagemaker)
    the_model(sagemaker, VPC_MODEL)
    with pytest.raises(InputError) as error:
        endpoint_configs.ensure(aws, wish(**SERVERLESS_OPTIONS), check_mode)
    assert error.value.message == (
        f"{V}.model_name: serverless_config and the model m are mutually exclusive, because it has a vpc_config."
    )


def test_a_shadow_is_looked_at_as_well(aws, sagemaker):
    shadow = {"variant_name": "s", "model_name": "many", **INSTANCE}
    missing_config(sagemaker)
    the_model(sagemaker, VPC_MODEL)
    the_model(sagemaker, MANY_MODELS, "many")
    with pytest.raises(InputError) as error:
        endpoint_configs.ensure(aws, {**wish(**INSTANCE), "shadow_production_variants": [shadow]}, False)
    assert error.value.message == (
        "shadow_production_variants[s].model_name: shadow_production_variants and the model many are mutually exclusive, because it "
        "has a container of the mode MultiModel."
    )


@pytest.mark.parametrize(
    "refusal",
    [
        ("ValidationException", 'Could not find model "arn:aws:sagemaker:eu-west-1:111122223333:model/m".', 400),
        ("AccessDeniedException", "not authorized to perform sagemaker:DescribeModel", 400),
    ],
)
def test_a_model_that_cannot_be_looked_at_is_left_to_the_service(aws, sagemaker, refusal):
    aws.arn = lambda resource: None
    missing_config(sagemaker)
    sagemaker.add_client_error("describe_model", *refusal)
    assert endpoint_configs.ensure(aws, wish(**SERVERLESS_OPTIONS), True).plan.action == "create"


def test_no_model_is_looked_at_where_each_would_do_or_nothing_is_made(aws, sagemaker):
    aws.arn = lambda resource: None
    missing_config(sagemaker)
    assert endpoint_configs.ensure(aws, wish(**INSTANCE), True).plan.action == "create"
    arn = "arn:aws:sagemaker:eu-west-1:111122223333:endpoint-config/c"
    there = {
        "EndpointConfigName": "c",
        "EndpointConfigArn": arn,
        "CreationTime": THEN,
        "ProductionVariants": [SERVERLESS],
    }
    sagemaker.add_response("describe_endpoint_config", there, {"EndpointConfigName": "c"})
    sagemaker.add_response("list_tags", {"Tags": []}, {"ResourceArn": arn})
    assert endpoint_configs.ensure(aws, wish(**SERVERLESS_OPTIONS), False).plan.action == "none"


@pytest.mark.parametrize(
    ("instance_type", "own"),
    [
        ("ml.m5d.large", True),
        ("ml.c6gd.large", True),
        ("ml.g4dn.xlarge", True),
        ("ml.p4de.24xlarge", True),
        ("ml.g5.xlarge", True),
        ("ml.g6e.xlarge", True),
        ("ml.p5en.48xlarge", True),
        ("ml.trn1n.32xlarge", True),
        ("ml.m5.large", False),
        ("ml.inf2.xlarge", False),
        ("ml.p3.2xlarge", False),
        ("something new", False),
    ],
)
def test_instance_types_that_bring_their_own_storage(instance_type, own):
    assert variants.has_own_storage(instance_type) is own
