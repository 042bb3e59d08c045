# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks deploy, rollback and destroy over one endpoint: predicted, done, found done, and what there is afterwards."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import history
from integration.begun import begin
from integration.harness import Player
from integration.harness import Run
from integration.permissions import refused
from local_aws.process import LocalAws

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
OTHER_IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0"
OWNER = "mlops.sagemaker/endpoint"
HISTORY = "mlops.sagemaker/history"
SCALING_RECORD = "mlops.sagemaker/scaling"
LARGE = {"instance_type": "ml.m5.large"}
PLAIN = {"name": "churn", "name_prefix": "churn", "containers": [{"image_uri": IMAGE}], "production_variant": LARGE}
ADDED_TAGS = {"AddTags", "TagResource"}


class Deploys:
    """Runs the playbooks with the role's variables (given without their prefix), and looks at what came of it.

    plain: the variables of each run, where it is not given others. options: what else the player is told each time.
    """

    def __init__(self, aws: LocalAws, play: Player, plain: dict[str, Any] | None = None, **options: Any) -> None:
        self.aws = aws
        self.play = play
        self.plain = PLAIN if plain is None else plain
        self.options = options
        self.sagemaker = aws.client("sagemaker")
        self.autoscaling = aws.client("application-autoscaling")

    # Running

    def begins(self, **given: Any) -> str:
        """What a run makes, without a run: for what stands at the beginning of a test. Needs sg_role_arn. The configuration's name."""
        return begin(self.aws, {**self.plain, **given})

    def plays(
        self,
        playbook: str = "deploy",
        check: bool = False,
        tfvars: dict[str, Any] | None = None,
        diff: bool | None = None,
        **given: Any,
    ) -> Run:
        """One run, whatever its end. tfvars: the content of a variables file of the Terraform module. diff: as check unless given."""
        values = given if tfvars else {**self.plain, **given}
        variables = {f"sagemaker_endpoint_{name}": value for name, value in values.items() if value is not None}
        if tfvars:
            file = self.play.directory / "prod.tfvars.json"
            file.write_text(json.dumps(tfvars))
            variables["tfvars_file"] = str(file)
        playbook = f"playbooks/{playbook}.yml"
        run = self.play(
            playbook=playbook, variables=variables, check=check, diff=check if diff is None else diff, **self.options
        )
        assert "[DEPRECATION WARNING]" not in run.output, run
        return run

    def runs(self, playbook: str = "deploy", **given: Any) -> dict[str, Any]:
        """One run that goes well; its outputs."""
        run = self.plays(playbook, **given)
        assert run.ok, run
        return outputs(run)

    def predicts(self, playbook: str = "deploy", **given: Any) -> Run:
        """A run in check mode that goes well and changes nothing."""
        self.aws.clear_calls()
        run = self.plays(playbook, check=True, **given)
        assert run.ok, run
        assert self.aws.mutating() == []
        return run

    def carries_out(self, playbook: str = "deploy", **given: Any) -> dict[str, Any]:
        """Predicted in check mode, then done exactly so; the run's outputs."""
        return self.does(self.predicts(playbook, **given), playbook, **given)

    def does(self, predicted: Run, playbook: str = "deploy", **given: Any) -> dict[str, Any]:
        """A run that does exactly what was predicted; its outputs."""
        self.aws.clear_calls()
        run = self.plays(playbook, **given)
        assert run.ok, run
        assert outputs(run) == outputs(predicted)
        # Check mode ends with the plan: one task speaks for all that a run has.
        assert (run.changed > 0) == (predicted.changed > 0), (run, predicted)
        assert self.aws.mutating() == all_calls(outputs(run)), (self.aws.mutating(), all_calls(outputs(run)))
        self.is_allowed(run)
        return outputs(run)

    def is_allowed(self, run: Run) -> None:
        """All that the run called is in its policy. Others may have asked the endpoint meanwhile."""
        calls = [one for one in self.aws.calls() if one["service"] not in ("sagemaker-runtime", "s3")]
        assert refused(calls, outputs(run)["operator_policy"]) == []

    def settles(self, playbook: str = "deploy", **given: Any) -> dict[str, Any]:
        """Predicted, done exactly so, and nothing left to do for another run; the outputs of the first."""
        done = self.carries_out(playbook, **given)
        self.finds_nothing_to_do(playbook, **given)
        return done

    def finds_nothing_to_do(self, playbook: str = "deploy", **given: Any) -> Run:
        self.aws.clear_calls()
        run = self.plays(playbook, **given)
        assert (run.ok, run.changed, self.aws.mutating()) == (True, 0, []), run
        assert all_calls(outputs(run)) == []
        self.is_allowed(run)
        return run

    def is_refused(self, playbook: str = "deploy", check: bool = False, **given: Any) -> str:
        """A run that fails; its message."""
        run = self.plays(playbook, check=check, **given)
        assert not run.ok, run
        assert "Traceback" not in run.output
        return run.failure or ""

    # Looking

    def endpoint(self, name: str = "churn") -> dict[str, Any]:
        return self.sagemaker.describe_endpoint(EndpointName=name)

    def serving(self, name: str = "churn") -> str:
        """The configuration in use; the endpoint must be in service."""
        endpoint = self.endpoint(name)
        assert endpoint["EndpointStatus"] == "InService"
        return endpoint["EndpointConfigName"]

    def config(self, name: str) -> dict[str, Any]:
        return self.sagemaker.describe_endpoint_config(EndpointConfigName=name)

    def model_of(self, config: str, variant: int = 0) -> dict[str, Any]:
        name = self.config(config)["ProductionVariants"][variant]["ModelName"]
        return self.sagemaker.describe_model(ModelName=name)

    def configs(self) -> set[str]:
        pages = self.sagemaker.get_paginator("list_endpoint_configs").paginate()
        return {config["EndpointConfigName"] for page in pages for config in page["EndpointConfigs"]}

    def models(self) -> set[str]:
        pages = self.sagemaker.get_paginator("list_models").paginate()
        return {model["ModelName"] for page in pages for model in page["Models"]}

    def endpoints(self) -> set[str]:
        return {endpoint["EndpointName"] for endpoint in self.sagemaker.list_endpoints()["Endpoints"]}

    def roles(self) -> set[str]:
        return {role["RoleName"] for role in self.aws.client("iam").list_roles()["Roles"]}

    def policies(self, role_arn: str) -> list[str]:
        """The inline policies of a role."""
        role = role_arn.rpartition("/")[2]
        return self.aws.client("iam").list_role_policies(RoleName=role)["PolicyNames"]

    def targets(self) -> list[dict[str, Any]]:
        return self.autoscaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]

    def scaling_policies(self) -> list[str]:
        found = self.autoscaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]
        return [policy["PolicyName"] for policy in found]

    def entered(self, name: str = "churn") -> list[str] | None:
        """The releases that served by the endpoint's history, the latest first; None without one."""
        value = self.tags(self.endpoint(name)["EndpointArn"]).get(HISTORY)
        return None if value is None else list(history.read(value))

    def tags(self, arn: str) -> dict[str, str]:
        return {tag["Key"]: tag["Value"] for tag in self.sagemaker.list_tags(ResourceArn=arn)["Tags"]}

    def components(self) -> set[str]:
        found = self.sagemaker.list_inference_components()["InferenceComponents"]
        return {component["InferenceComponentName"] for component in found}

    def alarms(self) -> set[str]:
        found = self.aws.client("cloudwatch").describe_alarms()["MetricAlarms"]
        return {alarm["AlarmName"] for alarm in found}

    def everything(self) -> dict[str, set[str]]:
        """The names of all that a deploy may make, by kind."""
        return {
            "models": self.models(),
            "configs": self.configs(),
            "endpoints": self.endpoints(),
            "components": self.components(),
            "targets": {target["ResourceId"] for target in self.targets()},
            "alarms": self.alarms(),
            "roles": self.roles(),
        }

    def owned(self) -> set[str]:
        """The ARNs of all models, configurations and endpoints that carry the tag of any endpoint."""
        arns = [self.sagemaker.describe_model(ModelName=name)["ModelArn"] for name in self.models()]
        arns += [self.config(name)["EndpointConfigArn"] for name in self.configs()]
        arns += [self.endpoint(name)["EndpointArn"] for name in self.endpoints()]
        return {arn for arn in arns if OWNER in self.tags(arn)}

    # Making what is not ours

    def make_model(self, name: str, role: str, owner: str | None = None, **more: Any) -> str:
        container = {"Image": IMAGE, **more.pop("container", {})}
        tags = {"Tags": [{"Key": OWNER, "Value": owner}]} if owner else {}
        self.sagemaker.create_model(ModelName=name, ExecutionRoleArn=role, PrimaryContainer=container, **tags, **more)
        return name

    def make_config(self, name: str, model: str, **variant: Any) -> str:
        beginning = {"VariantName": "AllTraffic", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        self.sagemaker.create_endpoint_config(
            EndpointConfigName=name, ProductionVariants=[{**beginning, "ModelName": model, **variant}]
        )
        return name

    def make_endpoint(self, name: str, config: str, **more: Any) -> None:
        self.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config, **more)
        self.aws.advance(60)


def outputs(run: Run) -> dict[str, Any]:
    return with_policies(run.stats["sagemaker_endpoint_outputs"])


def with_policies(handed_on: Any) -> Any:
    """The same with IAM policies as data, which the playbooks hand on as JSON text."""
    if isinstance(handed_on, dict):
        return {name: with_policies(value) for name, value in handed_on.items()}
    if isinstance(handed_on, list):
        return [with_policies(value) for value in handed_on]
    is_policy = isinstance(handed_on, str) and handed_on.startswith('{"Version": ')
    return json.loads(handed_on) if is_policy else handed_on


# The parts of a plan in the order in which a destroy makes their calls; a deploy makes them in the plan's own order.
TAKEN_DOWN = ("autoscaling", "inference_components", "endpoint", "pruned", "iam_role")


def all_calls(handed_on: dict[str, Any]) -> list[str]:
    """The calls of all plans, in the order of the role's tasks."""
    plan = handed_on["plan"]
    order = list(plan) if handed_on["sagemaker_endpoint_config_name"] else TAKEN_DOWN
    parts = [plan[name] if isinstance(plan[name], list) else [plan[name]] for name in order]
    return [call for part in parts for one in part for call in one["calls"]]


def paths(plan: dict[str, Any]) -> list[str]:
    """The fields that a plan changes."""
    return [change["path"] for change in plan["changes"]]


def summary(run: Run) -> str:
    """The text that the playbook ends with, which its user sees line by line."""
    text = str(run.result("Summary")["msg"])
    assert text in run.output, run
    return text
