# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fleets in the regions of an account, what happens to their endpoints, and their status."""

from __future__ import annotations

import datetime
from typing import Any

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import endpoint as endpoint_options
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec.options import with_defaults
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.status import info as status
from integration.begun import begin
from integration.deploys import PLAIN
from integration.logic import IMAGE
from integration.logic import ROLE
from integration.logic import Logic
from local_aws.process import LocalAws
from local_aws.world import ACCOUNT

EAST, WEST = "us-east-1", "us-west-2"
OTHER = "222233334444"
PRICES = {EAST: {"ml.m5.large": "0.115", "ml.g5.xlarge": "1.408"}, WEST: {"ml.m5.large": "0.1152"}}


class Fleet:
    """Endpoints in two regions of an account, and their status."""

    def __init__(self, aws: LocalAws, account: str = ACCOUNT) -> None:
        self.aws = aws
        self.account = account
        self.logic = Logic(aws)
        aws.make_role("exec")
        aws.configure(prices=PRICES)

    def client(self, service: str, region: str = EAST) -> Any:
        return self.logic.client(service, region=region)

    def deploy(self, name: str, region: str = EAST, **variables: Any) -> str:
        """What the role leaves, with an artifact of its own."""
        artifact = f"s3://models-{self.account}-{region}/{name}/model.tar.gz"
        self.aws.put(artifact, region=region)
        container = {"image_uri": IMAGE.replace(EAST, region), "model_data_url": artifact}
        own = {
            "name": name,
            "name_prefix": name,
            "sg_role_arn": ROLE.replace(ACCOUNT, self.account),
            "containers": [container],
        }
        config = begin(self.aws, {**PLAIN, **own, **variables}, region)
        self.aws.advance(60)
        return config

    def stranger(self, name: str, region: str = EAST) -> None:
        """An endpoint of somebody else, without tags of ours."""
        logic = Logic(self.aws, region)
        sagemaker = logic.sagemaker
        image = {"Image": IMAGE.replace(EAST, region)}
        sagemaker.create_model(ModelName=f"{name}-model", ExecutionRoleArn=ROLE, PrimaryContainer=image)
        variant = {
            "VariantName": "main",
            "ModelName": f"{name}-model",
            "InstanceType": "ml.m5.large",
            "InitialInstanceCount": 1,
        }
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
        logic.make_endpoint(name, name)

    def invoked(self, name: str, days: float, region: str = EAST, variant: str = "AllTraffic") -> None:
        """As if somebody had called it so many days ago."""
        dimensions = {"EndpointName": name, "VariantName": variant}
        datum = {
            "MetricName": "Invocations",
            "Value": 3,
            "Timestamp": self.now() - datetime.timedelta(days=days),
            "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
        }
        self.client("cloudwatch", region).put_metric_data(Namespace="AWS/SageMaker", MetricData=[datum])

    def now(self) -> datetime.datetime:
        """By the clock of the service."""
        answer = self.logic.sagemaker.list_endpoints()["ResponseMetadata"]["HTTPHeaders"]["date"]
        return datetime.datetime.strptime(answer, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=datetime.timezone.utc)

    def status(self, check_mode: bool = False, **params: Any) -> dict[str, Any]:
        self.aws.clear_calls()
        given = with_defaults({"regions": [EAST, WEST], **params}, endpoint_options.FLEET_INFO)
        found = status.info(self.logic.connection(), given, check_mode)
        assert self.aws.mutating() == []
        return found


def by_name(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in found["endpoints"]}


def drifted(found: dict[str, Any]) -> dict[str, list[tuple[Any, ...]]]:
    """{endpoint: its changes}, of those that have any."""
    return {
        row["name"]: [tuple(change.values()) for change in row["drift"]["changes"]]
        for row in found["endpoints"]
        if row["drift"]["state"] != "in_sync"
    }
