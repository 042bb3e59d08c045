# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole life of an endpoint, driven by a client that nobody here wrote."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from local_aws.process import LocalAws
from local_aws.tests.kit import IMAGE

AWS = shutil.which("aws", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
pytestmark = pytest.mark.skipif(AWS is None, reason="awscli is not installed")


class Cli:
    def __init__(self, server: LocalAws, home: Path) -> None:
        self.environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(home), **server.environment()}

    def __call__(self, service: str, operation: str, **options: Any) -> Any:
        arguments = [str(AWS), service, operation, "--output", "json"]
        for name, value in options.items():
            text = value if isinstance(value, str) else json.dumps(value)
            arguments += [f"--{name.replace('_', '-')}", text]
        done = subprocess.run(arguments, env=self.environment, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else {}


def test_create_update_autoscale_invoke_delete(aws: LocalAws, tmp_path: Path) -> None:
    cli = Cli(aws, tmp_path)
    # For what was asked by the command once: each takes longer than all of boto3's calls together.
    sagemaker = aws.client("sagemaker")
    aws.configure(creating=0.3, updating=0.3, deleting=0.3)
    role = aws.make_role("exec")
    container = {"Image": IMAGE, "Environment": {"RELEASE": "one"}}
    variant = {"VariantName": "V", "ModelName": "one", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    cli("sagemaker", "create-model", model_name="one", primary_container=container, execution_role_arn=role)
    cli("sagemaker", "create-endpoint-config", endpoint_config_name="one", production_variants=[variant])
    sagemaker.create_model(ModelName="two", PrimaryContainer={"Image": IMAGE}, ExecutionRoleArn=role)
    sagemaker.create_endpoint_config(EndpointConfigName="two", ProductionVariants=[{**variant, "ModelName": "two"}])
    cli("sagemaker", "create-endpoint", endpoint_name="e", endpoint_config_name="one", tags="Key=team,Value=ml")
    aws.advance(1)
    answer = cli("sagemaker", "describe-endpoint", endpoint_name="e")
    assert answer["EndpointStatus"] == "InService"

    cli("sagemaker", "update-endpoint", endpoint_name="e", endpoint_config_name="two")
    aws.advance(1)
    assert sagemaker.describe_endpoint(EndpointName="e")["EndpointConfigName"] == "two"

    scalable = {
        "service_namespace": "sagemaker",
        "resource_id": "endpoint/e/variant/V",
        "scalable_dimension": "sagemaker:variant:DesiredInstanceCount",
    }
    cli("application-autoscaling", "register-scalable-target", **scalable, min_capacity="2", max_capacity="4")
    tracking = {
        "TargetValue": 100,
        "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
    }
    cli(
        "application-autoscaling",
        "put-scaling-policy",
        **scalable,
        policy_name="p",
        policy_type="TargetTrackingScaling",
        target_tracking_scaling_policy_configuration=tracking,
    )
    aws.advance(1)
    assert sagemaker.describe_endpoint(EndpointName="e")["ProductionVariants"][0]["CurrentInstanceCount"] == 2
    alarms = cli("cloudwatch", "describe-alarms")["MetricAlarms"]
    assert len(alarms) == 2

    body = tmp_path / "in.csv"
    body.write_text("1,2,3")
    out = tmp_path / "out.json"
    arguments = ["sagemaker-runtime", "invoke-endpoint", "--endpoint-name", "e", "--body", f"fileb://{body}", str(out)]
    subprocess.run([str(AWS), *arguments], env=cli.environment, check=True, capture_output=True, timeout=120)
    answer = json.loads(out.read_text())
    assert (answer["models"], answer["input"]) == (["two"], "1,2,3")

    cli("sagemaker", "delete-endpoint", endpoint_name="e")
    aws.advance(1)
    assert cli("sagemaker", "list-endpoints")["Endpoints"] == []
    assert cli("application-autoscaling", "describe-scalable-targets", service_namespace="sagemaker") == {
        "ScalableTargets": []
    }
    cli("sagemaker", "delete-endpoint-config", endpoint_config_name="one")
    cli("sagemaker", "delete-model", model_name="one")
    assert [model["ModelName"] for model in cli("sagemaker", "list-models")["Models"]] == ["two"]
