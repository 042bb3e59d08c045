# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules refuse beforehand the service refuses as well, so that nobody is kept from what works; and the other way
round nothing is left for the service to find once something has been made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import InputError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources import endpoint_configs
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources import models
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources import scalable_targets
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources import scaling_plan
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources.autoscaling import (
    policies as scaling_policies,
)
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rollout import endpoint as endpoint_rollout
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rules import (
    endpoint_config as endpoint_config_rules,
)
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rules import model as model_rules
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rules import scaling as scaling_rules
from integration.logic import IMAGE
from integration.logic import PRESENT
from integration.logic import Logic
from local_aws.process import LocalAws


@pytest.fixture
def logic(aws: LocalAws) -> Logic:
    return Logic(aws)


URL = "s3://models/churn/model.tar.gz"
MANY = {"Image": IMAGE, "Mode": "MultiModel", "ModelDataUrl": "s3://models/churn/"}
DATA_SOURCE = {"S3DataSource": {"S3Uri": "s3://models/churn/", "S3DataType": "S3Prefix", "CompressionType": "None"}}
NO_SLASH = {"S3DataSource": {**DATA_SOURCE["S3DataSource"], "S3Uri": "s3://models/churn"}}
VPC = {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}
PRIVATE = {"RepositoryAccessMode": "Vpc"}
CREDENTIALS = {"RepositoryAuthConfig": {"RepositoryCredentialsProviderArn": "arn"}}


def refusal(call: Callable[..., Any], **request: Any) -> str:
    """The code with which the service refuses a call."""
    with pytest.raises(ClientError) as caught:
        call(**request)
    return caught.value.response["Error"]["Code"]


MODELS = {
    "no container": {},
    "no image": {"PrimaryContainer": {"ModelDataUrl": URL}},
    "an image and a package": {"PrimaryContainer": {"Image": IMAGE, "ModelPackageName": "p"}},
    "two kinds of data": {"PrimaryContainer": {"Image": IMAGE, "ModelDataUrl": URL, "ModelDataSource": DATA_SOURCE}},
    "a prefix without a slash": {"PrimaryContainer": {"Image": IMAGE, "ModelDataSource": NO_SLASH}},
    "some host names": {"Containers": [{"Image": IMAGE, "ContainerHostname": "a"}, {"Image": IMAGE}]},
    "a host name twice": {"Containers": [{"Image": IMAGE, "ContainerHostname": "a"}] * 2},
    "direct without host names": {
        "Containers": [{"Image": IMAGE}] * 2,
        "InferenceExecutionConfig": {"Mode": "Direct"},
    },
    "direct with one": {"PrimaryContainer": {"Image": IMAGE}, "InferenceExecutionConfig": {"Mode": "Direct"}},
    "two multi-models": {"Containers": [MANY, MANY]},
    "a multi-model without data": {"PrimaryContainer": {"Image": IMAGE, "Mode": "MultiModel"}},
    "a multi-model with a data source": {
        "PrimaryContainer": {"Image": IMAGE, "Mode": "MultiModel", "ModelDataSource": DATA_SOURCE}
    },
    "another registry": {"PrimaryContainer": {"Image": "docker.io/me/serving:1"}},
    "a private registry without a VPC": {"PrimaryContainer": {"Image": "r.example/x:1", "ImageConfig": PRIVATE}},
    "credentials for Amazon ECR": {
        "PrimaryContainer": {"Image": IMAGE, "ImageConfig": {"RepositoryAccessMode": "Platform", **CREDENTIALS}}
    },
    "a large environment": {
        "PrimaryContainer": {"Image": IMAGE, "Environment": {f"V{number:02}": "x" * 1022 for number in range(33)}}
    },
    "a strange frequency": {
        "PrimaryContainer": {
            "Image": IMAGE,
            "ContainerMetricsConfig": {
                "MetricsEndpoints": [{"MetricsEndpointPath": "/metrics", "MetricPublishFrequencyInSeconds": 45}]
            },
        }
    },
}


@pytest.mark.parametrize("request_", MODELS.values(), ids=MODELS)
def test_models(logic: Logic, request_: dict[str, Any]) -> None:
    logic.aws.put(URL)
    assert model_rules.problems(logic.connection().sagemaker.options("CreateModel", {"ModelName": "m", **request_}))
    assert refusal(logic.sagemaker.create_model, ModelName="m", **request_) == "ValidationException"


def test_images_of_another_region(logic: Logic) -> None:
    request = {"ModelName": "m", "PrimaryContainer": {"Image": IMAGE.replace("us-east-1", "eu-west-1")}}
    assert models.refusals(logic.connection(), logic.connection().sagemaker.options("CreateModel", request))
    assert refusal(logic.sagemaker.create_model, **request) == "ValidationException"


ON_INSTANCES = {"VariantName": "v", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
SHADOW = {**ON_INSTANCES, "VariantName": "s"}
SERVERLESS = {"VariantName": "v", "ModelName": "m", "ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}}
ROOM = {"VariantName": "v", "InstanceType": "ml.g5.xlarge", "InitialInstanceCount": 1}
ROLE = {"ExecutionRoleArn": "arn:aws:iam::123456789012:role/exec"}
CAPTURE = {
    "DataCaptureConfig": {
        "InitialSamplingPercentage": 10,
        "DestinationS3Uri": "s3://bucket/capture",
        "CaptureOptions": [{"CaptureMode": "Input"}],
    }
}
ASYNC = {"AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": "s3://bucket/out"}}}
CROSS_REGION = {
    "CrossRegionTrafficConfig": {"MaxInvocationsPerSecondPerInstance": 1, "MaxCrossRegionPercentPerEndpoint": 50}
}
LAYOUT = {"AcceleratorPartitionTypes": ["mig-3g.40gb"]}
POOLS = [{"InstanceType": "ml.m5.large", "Priority": 1}]
OWN_STORAGE = {"InstanceType": "ml.g5.xlarge", "Priority": 2}
INF1 = {**SHADOW, "InstanceType": "ml.inf1.xlarge"}


def without(variant: dict[str, Any], member: str) -> dict[str, Any]:
    return {name: value for name, value in variant.items() if name != member}


def serverless(**members: int) -> dict[str, Any]:
    return {**SERVERLESS, "ServerlessConfig": {**SERVERLESS["ServerlessConfig"], **members}}


def explainer(baseline: dict[str, str], *types: str) -> dict[str, Any]:
    clarify: dict[str, Any] = {"ShapConfig": {"ShapBaselineConfig": baseline}}
    if types:
        clarify["InferenceConfig"] = {"FeatureTypes": list(types)}
    return {"ExplainerConfig": {"ClarifyExplainerConfig": clarify}}


def routing(strategy: str, **members: int) -> dict[str, Any]:
    prefix = {"PrefixAwareRoutingConfig": members} if members else {}
    return {**ON_INSTANCES, "RoutingConfig": {"RoutingStrategy": strategy, **prefix}}


CONFIGS: dict[str, tuple[list[dict[str, Any]], dict[str, Any]]] = {
    "a variant twice": ([ON_INSTANCES, ON_INSTANCES], {}),
    "kinds of variants": ([ON_INSTANCES, {**ROOM, "VariantName": "w"}], ROLE),
    "no instance type": ([without(ON_INSTANCES, "InstanceType")], {}),
    "a type and pools": ([{**ON_INSTANCES, "InstancePools": POOLS}], {}),
    "no count": ([without(ON_INSTANCES, "InitialInstanceCount")], {}),
    "managed scaling of a model": ([{**ON_INSTANCES, "ManagedInstanceScaling": {"Status": "ENABLED"}}], {}),
    "bounds of managed scaling": (
        [{**ROOM, "ManagedInstanceScaling": {"MinInstanceCount": 3, "MaxInstanceCount": 2}}],
        ROLE,
    ),
    "asynchronous managed scaling": ([{**ON_INSTANCES, "ManagedInstanceScaling": {"Status": "ENABLED"}}], ASYNC),
    "a volume beside own storage": ([{**ON_INSTANCES, "InstanceType": "ml.m5d.large", "VolumeSizeInGB": 30}], {}),
    "a volume for a pool with own storage": (
        [{**without(ON_INSTANCES, "InstanceType"), "InstancePools": [*POOLS, OWN_STORAGE], "VolumeSizeInGB": 30}],
        {},
    ),
    "room without a role": ([ROOM], {}),
    "isolation of models": ([ON_INSTANCES], {"EnableNetworkIsolation": True}),
    "two layouts": ([{**ON_INSTANCES, "AcceleratorPartitionLayouts": [LAYOUT, LAYOUT]}], {}),
    "prefix-aware without its part": ([routing("PREFIX_AWARE")], {}),
    "prefix-aware in part": ([routing("PREFIX_AWARE", PrefixLength=1024)], {}),
    "a prefix for another strategy": ([routing("RANDOM", PrefixLength=1024, ConcurrencyThreshold=1)], {}),
    "serverless instances": ([{**SERVERLESS, "InstanceType": "ml.m5.large"}], {}),
    "serverless without a model": ([without(SERVERLESS, "ModelName")], {}),
    "serverless memory": ([serverless(MemorySizeInMB=1500)], {}),
    "serverless concurrency": ([serverless(ProvisionedConcurrency=6)], {}),
    "two serverless variants": ([SERVERLESS, {**SERVERLESS, "VariantName": "w"}], {}),
    "serverless capture": ([SERVERLESS], CAPTURE),
    "asynchronous serverless": ([SERVERLESS], ASYNC),
    "serverless from other regions": ([SERVERLESS], CROSS_REGION),
    "asynchronous from other regions": ([ON_INSTANCES], {**ASYNC, **CROSS_REGION}),
    "two shadows": ([ON_INSTANCES], {"ShadowProductionVariants": [SHADOW, {**SHADOW, "VariantName": "t"}]}),
    "an asynchronous shadow": ([ON_INSTANCES], {"ShadowProductionVariants": [SHADOW], **ASYNC}),
    "a shadow on Inf1": ([ON_INSTANCES], {"ShadowProductionVariants": [INF1]}),
    "a strange frequency": ([ON_INSTANCES], {"MetricsConfig": {"MetricPublishFrequencyInSeconds": 20}}),
    "no baseline": ([ON_INSTANCES], explainer({})),
    "two baselines": ([ON_INSTANCES], explainer({"ShapBaseline": "1", "ShapBaselineUri": URL})),
    "a kind of baseline": ([ON_INSTANCES], explainer({"ShapBaseline": "1", "MimeType": "text/plain"})),
    "features without text": ([ON_INSTANCES], explainer({"ShapBaseline": "1"}, "numerical")),
}


@pytest.mark.parametrize(("variants", "members"), CONFIGS.values(), ids=CONFIGS)
def test_endpoint_configurations(logic: Logic, variants: list[dict[str, Any]], members: dict[str, Any]) -> None:
    logic.aws.make_role("exec")
    logic.sagemaker.create_model(ModelName="m", PrimaryContainer={"Image": IMAGE})
    request = {"EndpointConfigName": "c", "ProductionVariants": variants, **members}
    assert endpoint_config_rules.problems(logic.connection().sagemaker.options("CreateEndpointConfig", request))
    assert refusal(logic.sagemaker.create_endpoint_config, **request) == "ValidationException"


UNFIT = {
    "a VPC": {"PrimaryContainer": {"Image": IMAGE}, "VpcConfig": VPC},
    "isolation": {"PrimaryContainer": {"Image": IMAGE}, "EnableNetworkIsolation": True},
    "a data source": {"PrimaryContainer": {"Image": IMAGE, "ModelDataSource": DATA_SOURCE}},
    "a pipeline": {"Containers": [{"Image": IMAGE}] * 2},
    "a multi-model": {"PrimaryContainer": MANY},
}
SHADOWS = ("a pipeline", "a multi-model")


@pytest.mark.parametrize("shadowed", [False, True])
@pytest.mark.parametrize("name", UNFIT)
def test_models_that_a_configuration_cannot_have(logic: Logic, name: str, shadowed: bool) -> None:
    logic.aws.put(URL)
    logic.sagemaker.create_model(ModelName="m", **UNFIT[name])
    variants = {"ProductionVariants": [ON_INSTANCES], "ShadowProductionVariants": [SHADOW]}
    request = {"EndpointConfigName": "c", **(variants if shadowed else {"ProductionVariants": [SERVERLESS]})}
    assert endpoint_config_rules.problems(logic.connection().sagemaker.options("CreateEndpointConfig", request)) == []
    if shadowed and name not in SHADOWS:
        assert (
            endpoint_configs.refusals(
                logic.connection(), logic.connection().sagemaker.options("CreateEndpointConfig", request)
            )
            == []
        )
        logic.sagemaker.create_endpoint_config(**request)
    else:
        assert endpoint_configs.refusals(
            logic.connection(), logic.connection().sagemaker.options("CreateEndpointConfig", request)
        )
        assert refusal(logic.sagemaker.create_endpoint_config, **request) == "ValidationException"


def test_a_model_from_a_url_is_fit_for_serverless(logic: Logic) -> None:
    """It is described with a data source that nobody gave."""
    logic.aws.put(URL)
    logic.sagemaker.create_model(ModelName="m", PrimaryContainer={"Image": IMAGE, "ModelDataUrl": URL})
    assert "ModelDataSource" in logic.sagemaker.describe_model(ModelName="m")["PrimaryContainer"]
    request = {"EndpointConfigName": "c", "ProductionVariants": [SERVERLESS]}
    assert (
        endpoint_configs.refusals(
            logic.connection(), logic.connection().sagemaker.options("CreateEndpointConfig", request)
        )
        == []
    )
    logic.sagemaker.create_endpoint_config(**request)


# Updates


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ({}, SERVERLESS, "AWS cannot turn it into a serverless one"),
        (
            {"AcceleratorPartitionLayouts": [LAYOUT]},
            {},
            "accelerator_partition_layouts: they differ from those of the live endpoint",
        ),
    ],
)
def test_updates(logic: Logic, before: dict[str, Any], after: dict[str, Any], message: str) -> None:
    logic.make_config("c", VariantName="v", **before)
    new = after or ON_INSTANCES
    logic.sagemaker.create_endpoint_config(
        EndpointConfigName="d", ProductionVariants=[{**new, "ModelName": "c-model", "VariantName": "v"}]
    )
    logic.make_endpoint("e", "c")
    logic.aws.clear_calls()
    for check_mode in (True, False):
        with pytest.raises(InputError, match=message):
            logic.run(endpoint_rollout.ensure, {**PRESENT, "name": "e", "endpoint_config_name": "d"}, check_mode)
    assert logic.aws.mutating() == []
    assert refusal(logic.sagemaker.update_endpoint, EndpointName="e", EndpointConfigName="d") == "ValidationException"


# Autoscaling

KEY = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": "endpoint/e/variant/v",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}
TRACKING = "TargetTrackingScalingPolicyConfiguration"
STEPS = "StepScalingPolicyConfiguration"
STEP = {"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": 1}
INVOCATIONS = {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"}


def math(*queries: tuple[str, bool | None, str]) -> dict[str, Any]:
    """Queries as (id, return_data, expression or '')."""
    stat = {"Metric": {"Namespace": "n", "MetricName": "m"}, "Stat": "Average"}
    listed = [
        {
            "Id": name,
            **({"Expression": told} if told else {"MetricStat": stat}),
            **({} if returned is None else {"ReturnData": returned}),
        }
        for name, returned, told in queries
    ]
    return {TRACKING: {"TargetValue": 1.0, "CustomizedMetricSpecification": {"Metrics": listed}}}


def predefined(metric: str, **members: Any) -> dict[str, Any]:
    return {
        TRACKING: {"TargetValue": 1.0, "PredefinedMetricSpecification": {"PredefinedMetricType": metric, **members}}
    }


def steps(*adjustments: dict[str, Any], kind: str = "ChangeInCapacity", **members: Any) -> dict[str, Any]:
    return {STEPS: {"AdjustmentType": kind, "StepAdjustments": list(adjustments), **members}}


POLICIES = {
    "no configuration": {},
    "two configurations": {**predefined(INVOCATIONS["PredefinedMetricType"]), **steps(STEP)},
    "no metric": {TRACKING: {"TargetValue": 1.0}},
    "a metric of serverless variants": predefined("SageMakerVariantProvisionedConcurrencyUtilization"),
    "a metric of components": predefined("SageMakerInferenceComponentInvocationsPerCopy"),
    "a metric of another service": predefined("ECSServiceAverageCPUUtilization"),
    "a load balancer": predefined(INVOCATIONS["PredefinedMetricType"], ResourceLabel="app/x"),
    "two values": math(("a", None, ""), ("b", None, "")),
    "no value": math(("a", False, "")),
    "not the final value": math(("a", True, ""), ("b", False, "a * 2")),
    "an id twice": math(("a", None, ""), ("a", False, "")),
    "a strange id": math(("A", None, "")),
    "no steps": steps(),
    "magnitude": steps(STEP, MinAdjustmentMagnitude=2),
    "bounds the wrong way round": steps({**STEP, "MetricIntervalUpperBound": -1.0}),
    "a gap": steps({**STEP, "MetricIntervalUpperBound": 1.0}, {**STEP, "MetricIntervalLowerBound": 2.0}),
    "an overlap": steps({**STEP, "MetricIntervalUpperBound": 3.0}, {**STEP, "MetricIntervalLowerBound": 2.0}),
}


@pytest.mark.parametrize("request_", POLICIES.values(), ids=POLICIES)
def test_scaling_policies(logic: Logic, request_: dict[str, Any]) -> None:
    logic.make_endpoint("e", logic.make_config("c", VariantName="v"))
    logic.register("e", "v")
    full = {"PolicyName": "p", **KEY, **request_}
    assert scaling_rules.policy_rules(logic.connection().autoscaling.options("PutScalingPolicy", full))
    kind = scaling_policies.policy_type(full) or "StepScaling"
    code = refusal(logic.autoscaling.put_scaling_policy, **full, PolicyType=kind)
    assert code == "ValidationException"


ACTIONS = {
    "five fields": {"Schedule": "cron(0 8 * * *)"},
    "a point in time that there is not": {"Schedule": "at(2030-02-30T06:00:00)"},
    "a week": {"Schedule": "rate(1 week)"},
    "a time zone": {"Timezone": "Mars/Base"},
    "no limit": {"ScalableTargetAction": {}},
    "limits": {"ScalableTargetAction": {"MinCapacity": 3, "MaxCapacity": 2}},
    "a limit below 0": {"ScalableTargetAction": {"MinCapacity": -1}},
    "times": {"StartTime": "2031-01-01T00:00:00Z", "EndTime": "2030-01-01T00:00:00Z"},
}


@pytest.mark.parametrize("members", ACTIONS.values(), ids=ACTIONS)
def test_scheduled_actions(logic: Logic, members: dict[str, Any]) -> None:
    logic.make_endpoint("e", logic.make_config("c", VariantName="v"))
    logic.register("e", "v")
    request = {
        "ScheduledActionName": "a",
        **KEY,
        "Schedule": "rate(1 hour)",
        "ScalableTargetAction": {"MinCapacity": 1},
        **members,
    }
    assert scaling_rules.action_rules(logic.connection().autoscaling.options("PutScheduledAction", request))
    assert refusal(logic.autoscaling.put_scheduled_action, **request) == "ValidationException"


WISH = {
    "state": "present",
    "endpoint_name": "e",
    "variant_name": "v",
    "min_capacity": 1,
    "max_capacity": 4,
    "purge_scaling_policies": True,
    "purge_scheduled_actions": True,
    "purge_tags": True,
}


@pytest.mark.parametrize(
    ("variant", "given", "message"),
    [
        ({"InstanceType": "ml.t2.medium"}, {}, "variant_name: the variant v has the instance_type ml.t2.medium"),
        ({}, {"min_capacity": 0}, "min_capacity: 0 is for asynchronous endpoints"),
        ({}, {"scalable_dimension": "provisioned_concurrency"}, "scalable_dimension: the variant v runs on instances"),
        ({}, {"variant_name": "w"}, "variant_name: the endpoint e has no variant w; it has v."),
        ({}, {"endpoint_name": "f"}, "endpoint_name: the endpoint f does not exist."),
    ],
)
def test_targets(logic: Logic, variant: dict[str, Any], given: dict[str, Any], message: str) -> None:
    logic.make_endpoint("e", logic.make_config("c", VariantName="v", **variant))
    wish = {**WISH, **given}
    logic.aws.clear_calls()
    assert logic.run(scalable_targets.ensure, wish, True).plan.action == "create"
    with pytest.raises(InputError, match=message):
        logic.run(scalable_targets.ensure, wish)
    assert logic.aws.mutating() == []
    key = scaling_plan.target_key(wish)
    limits = {"MinCapacity": wish["min_capacity"], "MaxCapacity": wish["max_capacity"]}
    assert refusal(logic.autoscaling.register_scalable_target, **key, **limits) == "ValidationException"


def test_one_policy_for_a_metric(logic: Logic) -> None:
    logic.make_endpoint("e", logic.make_config("c", VariantName="v"))
    policy = {
        "policy_name": "p",
        "target_tracking_scaling_policy_configuration": {
            "target_value": 70,
            "predefined_metric_specification": {"predefined_metric_type": INVOCATIONS["PredefinedMetricType"]},
        },
    }
    logic.aws.clear_calls()
    for check_mode in (True, False):
        with pytest.raises(InputError, match=r"scaling_policies\[q\]: it tracks the same metric as p"):
            logic.run(
                scalable_targets.ensure,
                {**WISH, "scaling_policies": [policy, {**policy, "policy_name": "q"}]},
                check_mode,
            )
    assert logic.aws.mutating() == []
    logic.run(scalable_targets.ensure, {**WISH, "scaling_policies": [policy]})
    tracking = predefined(INVOCATIONS["PredefinedMetricType"])
    code = refusal(
        logic.autoscaling.put_scaling_policy, **KEY, PolicyName="q", PolicyType="TargetTrackingScaling", **tracking
    )
    assert code == "ValidationException"
