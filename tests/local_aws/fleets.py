# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What serves behind an endpoint: variants with their models, weights and capacities."""

from __future__ import annotations

import copy
import hashlib
import json
from dataclasses import dataclass
from dataclasses import field
from typing import Any

from local_aws import images
from local_aws import models
from local_aws.endpoint_configs import Config
from local_aws.variants import hosts_components
from local_aws.variants import instance_types
from local_aws.variants import is_serverless
from local_aws.variants import models_of
from local_aws.wire import AwsError
from local_aws.world import Region

COPIED = ("ManagedInstanceScaling", "RoutingConfig", "AcceleratorPartitionLayouts")


@dataclass
class Variant:
    """One variant. The counts are None and ``serverless`` is set for a serverless one."""

    config: dict[str, Any]
    models: list[models.Model]
    weight: float
    desired_weight: float
    count: int | None
    desired_count: int | None
    serverless: dict[str, Any] | None
    desired_serverless: dict[str, Any] | None

    @property
    def name(self) -> str:
        return str(self.config["VariantName"])

    @property
    def images(self) -> list[str]:
        return [one["Image"] for model in self.models[:1] for one in model.containers if "Image" in one]

    @property
    def packages(self) -> list[str]:
        return [
            one["ModelPackageName"]
            for model in self.models[:1]
            for one in model.containers
            if "ModelPackageName" in one
        ]

    @property
    def environment_sha256(self) -> str:
        """A fingerprint of the containers' environments: tells releases apart, tells no secret."""
        environments = [one.get("Environment", {}) for model in self.models[:1] for one in model.containers]
        return hashlib.sha256(json.dumps(environments, sort_keys=True).encode()).hexdigest()

    def reach_desired(self) -> None:
        self.weight, self.count = self.desired_weight, self.desired_count
        self.serverless = copy.deepcopy(self.desired_serverless)

    @property
    def _scaling(self) -> str | None:
        """What DescribeEndpoint says of a change of the instance count that is under way. behaviour 4.11"""
        if self.count is None or self.desired_count in (None, self.count):
            return None
        return f"Scaling {'out' if self.desired_count > self.count else 'in'} desired instance count to {self.desired_count}."

    def described(self, deployed: float, modified: float) -> dict[str, Any]:
        """As DescribeEndpoint shows it. behaviour 4.12"""
        shown = self._described(deployed, self.weight, self.count)
        if self._scaling is not None:
            shown["VariantStatus"] = [{"Status": "Updating", "StatusMessage": self._scaling, "StartTime": modified}]
        if "CapacityReservationConfig" in self.config:
            shown["CapacityReservationConfig"] = self.config["CapacityReservationConfig"]
        return shown

    def pending(self, since: float, coming: bool) -> dict[str, Any]:
        """As PendingDeploymentSummary shows it: nothing is there yet, and it comes, or goes again. behaviour 4.6"""
        shown = self._described(since, 0.0, 0)
        status = {"Status": "Creating" if coming else "Deleting", "StartTime": since}
        if self.desired_count is not None:
            status["StatusMessage"] = f"{'Launching' if coming else 'Terminating'} {self.desired_count} instance(s)."
        shown["VariantStatus"] = [status]
        if "InstanceType" in self.config:
            shown["InstanceType"] = self.config["InstanceType"]
        return shown

    def _described(self, since: float, weight: float, count: int | None) -> dict[str, Any]:
        shown: dict[str, Any] = {"VariantName": self.name}
        if not hosts_components(self.config):
            shown["DeployedImages"] = [
                {"SpecifiedImage": image, "ResolvedImage": images.resolved(image), "ResolutionTime": since}
                for image in self.images
            ]
        shown |= {"CurrentWeight": weight, "DesiredWeight": self.desired_weight}
        if self.serverless is not None:
            shown["CurrentServerlessConfig"] = self.serverless
            if self.serverless != self.desired_serverless:
                shown["DesiredServerlessConfig"] = self.desired_serverless
        else:
            shown |= {"CurrentInstanceCount": count, "DesiredInstanceCount": self.desired_count}
        if "InstancePools" in self.config:
            kinds = instance_types(self.config)
            shown["InstancePools"] = [
                {"InstanceType": kind, "CurrentInstanceCount": (count or 0) if kind == kinds[0] else 0}
                for kind in kinds
            ]
        return shown | {name: self.config[name] for name in COPIED if name in self.config}


@dataclass
class Fleet:
    """All variants of one configuration as they are deployed since ``deployed``."""

    config: Config
    deployed: float
    variants: dict[str, Variant] = field(default_factory=dict)
    shadows: dict[str, Variant] = field(default_factory=dict)
    missing_model: str | None = None  # the text of what is wrong where a model is gone (behaviour 4.3)

    @property
    def all(self) -> list[Variant]:
        return [*self.variants.values(), *self.shadows.values()]

    @property
    def hosts_components(self) -> bool:
        return any(hosts_components(one.config) for one in self.variants.values())

    @property
    def serverless(self) -> bool:
        return any(is_serverless(one.config) for one in self.variants.values())

    def instances(self) -> dict[str, int]:
        """How many instances of each type are wanted."""
        wanted: dict[str, int] = {}
        for variant in self.all:
            for kind in instance_types(variant.config)[:1]:
                wanted[kind] = wanted.get(kind, 0) + (variant.desired_count or 0)
        return wanted


def build(region: Region, config: Config, now: float) -> Fleet:
    """The fleet that a configuration describes, with the models of this moment: deleting them later changes nothing."""
    fleet = Fleet(config, now)
    for group, configured in ((fleet.variants, config.variants), (fleet.shadows, config.shadows)):
        for one in configured:
            found = []
            for name in models_of(one):
                try:
                    found.append(models.find(region, name))
                except AwsError as error:
                    fleet.missing_model = error.message
            weight = one.get("InitialVariantWeight", 1.0)
            serverless = one.get("ServerlessConfig")
            count = None if serverless else one.get("InitialInstanceCount")
            group[one["VariantName"]] = Variant(
                one, found, weight, weight, count, count, copy.deepcopy(serverless), copy.deepcopy(serverless)
            )
    return fleet
