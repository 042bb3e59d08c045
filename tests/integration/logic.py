# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules' logic against the local AWS without Ansible: the same calls, in milliseconds, where a play takes seconds.

Waiting moves the server's clock on, so that an hour of it costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from typing import Any

from botocore.config import Config

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api.client import AwsClients
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.plans import Result
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.retries import Clock
from local_aws.process import REGION
from local_aws.process import LocalAws

IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
ROLE = "arn:aws:iam::123456789012:role/exec"

_CLIENTS: dict[tuple[LocalAws, str, str, float], Any] = {}

PRESENT = {
    "state": "present",
    "endpoint_config_name": None,
    "tags": None,
    "purge_tags": True,
    "preserve_autoscaling": True,
    "replace_failed": True,
    "wait": True,
    "wait_timeout": None,
}

# The keys of each report of a failure, for users.
FAILURE_KEYS = {
    "what",
    "name",
    "status",
    "reason",
    "cause",
    "remedy",
    "rolled_back",
    "serving",
    "log_group",
    "log_lines",
    "log_note",
    "command",
}


class Logic:
    """Runs the logic, and makes what the tests begin with."""

    def __init__(self, aws: LocalAws, region: str = REGION) -> None:
        self.aws = aws
        self.region = region
        self.sagemaker = self.client("sagemaker")
        self.autoscaling = self.client("application-autoscaling")
        # The lines of progress, in order.
        self.told: list[str] = []
        self._skipped = 0.0

    def client(self, service: str, read_timeout: float = 60, region: str | None = None) -> Any:
        """A client that repeats nothing by itself. Loading a service model takes long, so clients are kept."""
        place = region or self.region
        key = (self.aws, service, place, read_timeout)
        if key not in _CLIENTS:
            config = Config(retries={"total_max_attempts": 1}, read_timeout=read_timeout)
            _CLIENTS[key] = self.aws.client(service, place, config=config)
        return _CLIENTS[key]

    def connection(self) -> AwsClients:
        """What a module would work with; waiting moves the server's clock."""
        clock = Clock(lambda: self._skipped, self._sleep, lambda low, high: high, self.told.append)
        return AwsClients(self.client, clock)

    def _sleep(self, seconds: float) -> None:
        self._skipped += seconds
        self.aws.advance(seconds)

    def run(self, ensure: Callable[..., Any], params: Mapping[str, Any], check_mode: bool = False) -> Any:
        return ensure(self.connection(), params, check_mode)

    def make_config(self, name: str, *beside: Mapping[str, Any], **variant: Any) -> str:
        """A configuration with one variant on instances, and others beside it, with the model of all; it is new too."""
        if not [role for role in self.client("iam").list_roles()["Roles"] if role["RoleName"] == "exec"]:
            self.aws.make_role("exec")
        model = f"{name}-model"
        self.sagemaker.create_model(ModelName=model, ExecutionRoleArn=ROLE, PrimaryContainer={"Image": IMAGE})
        beginning = {
            "VariantName": "main",
            "ModelName": model,
            "InstanceType": "ml.m5.large",
            "InitialInstanceCount": 1,
        }
        variants = [{**beginning, **wanted} for wanted in (variant, *beside)]
        self.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants)
        return name

    def make_endpoint(self, name: str, config: str, settled: bool = True, **more: Any) -> None:
        self.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config, **more)
        if settled:
            self.aws.advance(60)

    def register(
        self, endpoint: str, variant: str = "main", low: int = 1, high: int = 8, **more: Any
    ) -> dict[str, str]:
        """Registers a variant for autoscaling; returns what names the target."""
        key = {
            "ServiceNamespace": "sagemaker",
            "ResourceId": f"endpoint/{endpoint}/variant/{variant}",
            "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
        }
        self.autoscaling.register_scalable_target(**key, MinCapacity=low, MaxCapacity=high, **more)
        return key

    def status(self, name: str) -> str | None:
        """The endpoint's status, None where there is no such endpoint."""
        try:
            return str(self.sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"])
        except self.sagemaker.exceptions.ClientError:
            return None


def shown(result: Result) -> tuple[str, list[str], list[str]]:
    """The part of a result that check mode must predict."""
    return result.plan.action, [change.path for change in result.plan.changes], result.plan.calls
