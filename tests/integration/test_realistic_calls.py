# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The calls of real kinds of deployments can be told to the modules, arrive member by member, and need no second time."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from botocore import xform_name
from botocore.session import get_session

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api.client import AwsClients
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import (
    autoscaling as autoscaling_options,
)
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import endpoint as endpoint_options
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import (
    endpoint_config as endpoint_config_options,
)
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import (
    inference_component as inference_component_options,
)
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import model as model_options
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import traffic as traffic_options
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources import endpoint_configs
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources import models
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources import scalable_targets
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rollout import component as component_rollout
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rollout import endpoint as endpoint_rollout
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rollout import traffic
from integration.harness import Player
from local_aws.process import REGION
from local_aws.process import LocalAws
from local_aws.world import ACCOUNT

Call = dict[str, Any]  # id, service, operation, request; region where it is not REGION

# The execution roles have to exist, so they are in the account of the local AWS.
CALLS: list[Call] = yaml.safe_load(
    (Path(__file__).parents[1] / "realistic_calls.yml")
    .read_text(encoding="utf-8")
    .replace("arn:aws:iam::111122223333:role/", f"arn:aws:iam::{ACCOUNT}:role/")
)

MODEL = "mlops.sagemaker.sagemaker_model"
ENDPOINT_CONFIG = "mlops.sagemaker.sagemaker_endpoint_config"
ENDPOINT = "mlops.sagemaker.sagemaker_endpoint"
TRAFFIC = "mlops.sagemaker.sagemaker_endpoint_traffic"
COMPONENT = "mlops.sagemaker.sagemaker_inference_component"
AUTOSCALING = "mlops.sagemaker.sagemaker_autoscaling"
INVOKE = "mlops.sagemaker.sagemaker_endpoint_invoke"
ALARM = "amazon.aws.cloudwatch_metric_alarm"

MODULES = {
    "CreateModel": MODEL,
    "CreateEndpointConfig": ENDPOINT_CONFIG,
    "CreateEndpoint": ENDPOINT,
    "UpdateEndpoint": ENDPOINT,
    "UpdateEndpointWeightsAndCapacities": TRAFFIC,
    "CreateInferenceComponent": COMPONENT,
    "UpdateInferenceComponent": COMPONENT,
    "RegisterScalableTarget": AUTOSCALING,
    "PutScalingPolicy": AUTOSCALING,
    "InvokeEndpoint": INVOKE,
    "InvokeEndpointWithResponseStream": INVOKE,
    "InvokeEndpointAsync": INVOKE,
    "PutMetricAlarm": ALARM,
}

# What has no module, and why.
NOT_COVERED = {
    "CreateInferenceExperiment": "an experiment ends, so it is no state; its content is a shadow variant, which is covered",
    "StopInferenceExperiment": "as CreateInferenceExperiment",
    "CreateInferenceRouter": "a router serves no model, it stands in front of endpoints that are deployed without it",
    "InvokeInferenceRouter": "as CreateInferenceRouter",
    "PutEndpointPolicy": "it lets a router of another account invoke; nothing that is deployed here needs it",
    "CreateAIWorkloadConfig": "as CreateAIBenchmarkJob",
    "CreateAIBenchmarkJob": "a benchmark is a job that ends, so it is no state",
    "CreateMonitoringSchedule": "it watches captured data by jobs that have definitions of their own",
}

# The logic of the modules that bring about a state.
LOGIC: dict[str, tuple[Any, dict[str, Any]]] = {
    MODEL: (models.ensure, model_options.MODEL),
    ENDPOINT_CONFIG: (endpoint_configs.ensure, endpoint_config_options.ENDPOINT_CONFIG),
    ENDPOINT: (endpoint_rollout.ensure, endpoint_options.ENDPOINT),
    TRAFFIC: (traffic.ensure, traffic_options.TRAFFIC),
    COMPONENT: (component_rollout.ensure, inference_component_options.INFERENCE_COMPONENT),
    AUTOSCALING: (scalable_targets.ensure, autoscaling_options.AUTOSCALING),
}

# What amazon.aws names otherwise than the API, and what it sends although nobody gave it.
ALARM_OPTIONS = {"AlarmName": "name", "ComparisonOperator": "comparison"}
ALARM_ADDITIONS: dict[str, Any] = {"AlarmActions": [], "InsufficientDataActions": [], "OKActions": []}

# What tells calls of one module apart, or spares a wait.
MORE_OPTIONS = {"InvokeEndpointWithResponseStream": {"stream": True}, "InvokeEndpointAsync": {"wait": False}}


def to_config(operation: str, endpoint: str, config: str, region: str = REGION) -> Call:
    """A call that brings an endpoint to a configuration."""
    request = {"EndpointName": endpoint, "EndpointConfigName": config}
    return {"service": "sagemaker", "operation": operation, "region": region, "request": request}


# What has to be done before a call can be made, by its id.
BEFORE = {
    "E1e": to_config("CreateEndpoint", "vllm-gpt-oss-20b", "vllm-gpt-oss-20b-5e6f7a8b", "us-west-2"),
    "E4s": to_config("CreateEndpoint", "churn-serverless", "churn-serverless"),
    "E5b": to_config("CreateEndpoint", "ocr-async", "ocr-async"),
    "E6b": to_config("CreateEndpoint", "rank", "rank-ab"),
    "E8b": to_config("CreateEndpoint", "shared-gpu", "shared-gpu"),
    "E10a": to_config("CreateEndpoint", "fraud", "fraud-8b9c0d1e"),
    "E10d": to_config("UpdateEndpoint", "fraud", "fraud-8b9c0d1e"),
}

# What later calls change again: the component of E8b in E8h, and the configuration of the endpoint of E10a and E10d.
CHANGED_LATER = ("E8b", "before E10a", "before E10d")

# What the calls need and do not make.
OTHER_MODELS = ("churn-xgb", "ocr", "rank-v7", "rank-v8", "tei-bge-m3", "fraud")
OTHER_MODELS += ("vllm-qwen3-8b", "vllm-qwen3-8b-v2", "vllm-qwen3-8b-awq")
OTHER_CONFIGS = ("fraud-8b9c0d1e", "fraud-9c0d1e2f")
OBJECTS = {
    "s3://example-model-bucket/llama-3-1-8b/v2/weights": REGION,
    "s3://example-model-bucket/abalone/preprocess/model.tar.gz": REGION,
    "s3://example-model-bucket/abalone/xgb/model.tar.gz": REGION,
    "s3://example-model-bucket/adapters/legal/adapter.tar.gz": REGION,
    "s3://example-model-bucket/mme/one.tar.gz": REGION,
    "s3://example-model-bucket/a.tar.gz": REGION,
    "s3://example-model-bucket/b.tar.gz": REGION,
    "s3://example-private-bucket/fraud/12/model.tar.gz": "eu-west-1",
    "s3://example-async-bucket/in/1.json": REGION,
}


def prepare(aws: LocalAws) -> None:
    """Make what the calls need and do not make."""
    for role in ("sm-exec-llm", "sm-exec-tabular", "sm-exec-private"):
        aws.make_role(role)
    for uri, region in OBJECTS.items():
        aws.put(uri, region=region)
    sagemaker = aws.client("sagemaker")
    content = {"PrimaryContainer": {"Image": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"}}
    for model in OTHER_MODELS:
        arn = f"arn:aws:iam::{ACCOUNT}:role/sm-exec-tabular"
        sagemaker.create_model(ModelName=model, ExecutionRoleArn=arn, **content)
    variant = {"VariantName": "AllTraffic", "ModelName": "fraud", "InstanceType": "ml.m5.large"}
    for config in OTHER_CONFIGS:
        variants = [{**variant, "InitialInstanceCount": 4}]
        sagemaker.create_endpoint_config(EndpointConfigName=config, ProductionVariants=variants)
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName="chat-base-5xx",
        Namespace="AWS/SageMaker",
        MetricName="Invocation5XXErrors",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )


def calls() -> list[Call]:
    """All calls that are covered, with what has to be done before them."""
    made = []
    for call in CALLS:
        if call["operation"] in MODULES:
            if call["id"] in BEFORE:
                made.append({"id": f"before {call['id']}", **BEFORE[call["id"]]})
            made.append(call)
    return made


# From the API's names to options. The code under test has its own way, which is not asked here.


def snake_case(shape: Any, value: Any) -> Any:
    """A value of the API with the names that botocore has for its members in Python. Keys of maps are data."""
    if shape.type_name == "structure":
        return {xform_name(member): snake_case(shape.members[member], item) for member, item in value.items()}
    return [snake_case(shape.member, item) for item in value] if shape.type_name == "list" else value


def options(call: Call) -> dict[str, Any]:
    """The options that a user writes for a call."""
    request = call["request"]
    if call["operation"] == "PutMetricAlarm":
        named = {ALARM_OPTIONS.get(member, xform_name(member)): value for member, value in request.items()}
        named["dimensions"] = {one["Name"]: one["Value"] for one in request["Dimensions"]}
        return named
    model = get_session().get_service_model(call["service"])
    named = snake_case(model.operation_model(call["operation"]).input_shape, request)
    if "resource_id" in named:
        named |= names(named.pop("resource_id"))
    return {**named, **MORE_OPTIONS.get(call["operation"], {})}


def names(resource_id: str) -> dict[str, str]:
    """What a scalable target belongs to, for which there are options of their own."""
    variant = re.fullmatch("endpoint/(.+)/variant/(.+)", resource_id)
    if variant:
        return {"endpoint_name": variant[1], "variant_name": variant[2]}
    return {"inference_component_name": resource_id.removeprefix("inference-component/")}


def tasks(wanted: list[Call]) -> list[dict[str, Any]]:
    """A task for each call, named by its id; scaling policies are options of the target before them."""
    made: list[dict[str, Any]] = []
    for call in wanted:
        module, given = MODULES[call["operation"]], options(call)
        if call["operation"] == "PutScalingPolicy":
            target = made[-1][module]
            policy = {option: value for option, value in given.items() if target.get(option) != value}
            target.setdefault("scaling_policies", []).append(policy)
        else:
            made.append({"name": call["id"], module: {**given, "region": call.get("region", REGION)}})
    return made


def looked_at_again(aws: LocalAws, task: dict[str, Any]) -> str | None:
    """What another run of a task would do; None where it brings about no state."""
    _name, (module, given) = task.items()
    if module not in LOGIC:
        return None
    ensure, spec = LOGIC[module]
    region = given.pop("region")
    parsed = ArgumentSpecValidator(**spec).validate(given)
    assert parsed.error_messages == []
    return ensure(
        AwsClients(lambda service, read_timeout=60: aws.client(service, region)), parsed.validated_parameters, True
    ).plan.action


def test_every_call_has_a_module_or_a_reason_why_not() -> None:
    assert len({call["id"] for call in CALLS}) == len(CALLS) == 48
    assert {call["operation"] for call in CALLS} | {"CreateEndpoint"} == {*MODULES, *NOT_COVERED}
    assert not set(MODULES) & set(NOT_COVERED)


def test_every_call_arrives_as_it_should_and_once(aws: LocalAws, play: Player) -> None:
    prepare(aws)
    aws.configure(creating=0, updating=0)
    wanted = calls()
    made = tasks(wanted)
    aws.clear_calls()

    run = play(tasks=yaml.safe_dump(made, sort_keys=False), timeout=600)
    assert run.ok, run
    arrived = [call for call in aws.calls() if call["operation"] in MODULES]
    assert [call["operation"] for call in arrived] == [call["operation"] for call in wanted]
    for found, call in zip(arrived, wanted):
        request = {member: value for member, value in found["request"].items() if member not in ("path", "query")}
        added = ALARM_ADDITIONS if call["operation"] == "PutMetricAlarm" else {}
        assert request == {**added, **call["request"]}, call["id"]
        assert found["region"] == call.get("region", REGION), call["id"]
    # The mark that tells a deploy of the traffic shifted in E6b.
    assert [operation for operation in aws.mutating() if operation not in MODULES] == ["AddTags"]

    aws.clear_calls()
    actions = {task["name"]: looked_at_again(aws, task) for task in made if task["name"] not in CHANGED_LATER}
    assert {task: action for task, action in actions.items() if action not in ("none", None)} == {}
    assert aws.mutating() == []
