# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the local AWS share: things made in one line, refusals checked in one line."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import Any
from typing import Iterator

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local_aws.process import LocalAws

IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference:0.36.0-lmi28.0.0-cu130"
ARN = "arn:aws:sagemaker:us-east-1:123456789012:"
INSTANCES = "sagemaker:variant:DesiredInstanceCount"
CONCURRENCY = "sagemaker:variant:DesiredProvisionedConcurrency"
ONCE = Config(retries={"total_max_attempts": 1})


@contextmanager
def refused(text: str, code: str = "ValidationException") -> Iterator[None]:
    """Expects a refusal of that code whose message contains the text."""
    with pytest.raises(ClientError) as caught:
        yield
    assert caught.value.response["Error"]["Code"] == code
    assert text in caught.value.response["Error"]["Message"]


class Kit:
    """Clients for a local AWS, and short ways to make things in it."""

    def __init__(self, aws: LocalAws, region: str = "us-east-1") -> None:
        self.aws = aws
        self.sagemaker = aws.client("sagemaker", region, config=ONCE)
        self.autoscaling = aws.client("application-autoscaling", region, config=ONCE)
        self.runtime = aws.client("sagemaker-runtime", region, config=ONCE)
        self.cloudwatch = aws.client("cloudwatch", region, config=ONCE)

    def model(self, name: str = "m", **request: Any) -> str:
        if "Containers" not in request:
            request.setdefault("PrimaryContainer", {"Image": IMAGE})
        return str(self.sagemaker.create_model(ModelName=name, **request)["ModelArn"])

    def variant(self, name: str = "V", **members: Any) -> dict[str, Any]:
        members.setdefault("ModelName", "m")
        if "ServerlessConfig" not in members and "InstancePools" not in members:
            members.setdefault("InstanceType", "ml.m5.large")
        if "ServerlessConfig" not in members:
            members.setdefault("InitialInstanceCount", 2)
        return {"VariantName": name, **{key: value for key, value in members.items() if value is not None}}

    def config(self, name: str = "c", variants: list[dict[str, Any]] | None = None, **request: Any) -> str:
        variants = [self.variant()] if variants is None else variants
        answer = self.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants, **request)
        return str(answer["EndpointConfigArn"])

    def endpoint(self, name: str = "e", config: str = "c", settle: bool = True, **request: Any) -> str:
        answer = self.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config, **request)
        if settle:
            self.settle()
        return str(answer["EndpointArn"])

    def serve(self, variants: list[dict[str, Any]] | None = None, **request: Any) -> None:
        """The model m, the configurations c and d, which are equal, and the endpoint e on c, in service."""
        self.model()
        self.config("c", variants, **request)
        self.config("d", variants, **request)
        self.endpoint()

    def update(self, config: str = "d", **request: Any) -> None:
        self.sagemaker.update_endpoint(EndpointName="e", EndpointConfigName=config, **request)

    def describe(self, name: str = "e") -> dict[str, Any]:
        return dict(self.sagemaker.describe_endpoint(EndpointName=name))

    def status(self, name: str = "e") -> str:
        return str(self.describe(name)["EndpointStatus"])

    def settle(self) -> None:
        """Lets every transition end."""
        self.aws.advance(1000)

    def target(self, least: int | None = 1, most: int | None = 4, dimension: str = INSTANCES, **more: Any) -> str:
        limits = {"MinCapacity": least, "MaxCapacity": most}
        request = {**self.scalable(dimension), **{name: value for name, value in limits.items() if value is not None}}
        return str(self.autoscaling.register_scalable_target(**{**request, **more})["ScalableTargetARN"])

    def scalable(self, dimension: str = INSTANCES, resource: str = "endpoint/e/variant/V") -> dict[str, str]:
        return {"ServiceNamespace": "sagemaker", "ResourceId": resource, "ScalableDimension": dimension}

    def tracking(self, name: str = "p", dimension: str = INSTANCES, **configuration: Any) -> dict[str, Any]:
        configuration.setdefault("TargetValue", 70.0)
        if "CustomizedMetricSpecification" not in configuration:
            configuration.setdefault(
                "PredefinedMetricSpecification", {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"}
            )
        return dict(
            self.autoscaling.put_scaling_policy(
                **self.scalable(dimension),
                PolicyName=name,
                PolicyType="TargetTrackingScaling",
                TargetTrackingScalingPolicyConfiguration=configuration,
            )
        )

    def steps(
        self, steps: list[dict[str, Any]], name: str = "s", target: dict[str, str] | None = None, **members: Any
    ) -> dict[str, Any]:
        """A step scaling policy, of the variant V unless ``target`` is another ``scalable``."""
        configuration = {"AdjustmentType": "ChangeInCapacity", "StepAdjustments": steps, **members}
        return dict(
            self.autoscaling.put_scaling_policy(
                **(target or self.scalable()),
                PolicyName=name,
                PolicyType="StepScaling",
                StepScalingPolicyConfiguration=configuration,
            )
        )

    def alarm(self, policy_arn: str, name: str = "a", **members: Any) -> None:
        """An alarm at values of 10 and more that calls the policy."""
        request: dict[str, Any] = {
            "Namespace": "AWS/SageMaker",
            "MetricName": "HasBacklogWithoutCapacity",
            "Statistic": "Average",
            "Period": 60,
            "EvaluationPeriods": 2,
            "Threshold": 10,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "AlarmActions": [policy_arn],
        }
        self.cloudwatch.put_metric_alarm(AlarmName=name, **{**request, **members})

    def set_state(self, *values: float, name: str = "a", state: str = "ALARM") -> None:
        """Puts an alarm into a state, for these values of its metric."""
        data = {"StateReasonData": json.dumps({"version": "1.0", "recentDatapoints": values})} if values else {}
        self.cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="a test", **data)
