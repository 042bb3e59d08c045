# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Application Auto Scaling can scale: the capacity behind a resource id and a dimension. behaviour 6.1 to 6.5"""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass

from local_aws import components
from local_aws import deployments
from local_aws import endpoints
from local_aws.components import Component
from local_aws.endpoints import Endpoint
from local_aws.fleets import Variant
from local_aws.variants import instance_types
from local_aws.wire import validation
from local_aws.world import Call

INSTANCES = "sagemaker:variant:DesiredInstanceCount"
CONCURRENCY = "sagemaker:variant:DesiredProvisionedConcurrency"
COPIES = "sagemaker:inference-component:DesiredCopyCount"

VARIANT = re.compile(r"endpoint/([^/]+)/variant/([^/]+)")
COMPONENT = re.compile(r"inference-component/([^/]+)")

METRICS = {
    INSTANCES: [
        "SageMakerVariantInvocationsPerInstance",
        "SageMakerVariantConcurrentRequestsPerModelHighResolution",
    ],
    CONCURRENCY: ["SageMakerVariantProvisionedConcurrencyUtilization"],
    COPIES: [
        "SageMakerInferenceComponentInvocationsPerCopy",
        "SageMakerInferenceComponentConcurrentRequestsPerCopyHighResolution",
    ],
}


def check_dimension(resource: str, dimension: str) -> None:
    """behaviour 6.1"""
    pattern = COMPONENT if dimension == COPIES else VARIANT
    if dimension not in METRICS or not pattern.fullmatch(resource):
        raise validation("Unsupported service namespace, resource type or scalable dimension")


@dataclass
class VariantCapacity:
    """The capacity of a variant: its instances, or its provisioned concurrency."""

    call: Call
    endpoint: Endpoint
    variant: Variant

    @property
    def active(self) -> bool:
        """Whether the capacity can be changed now. behaviour 6.4"""
        return self.endpoint.status == "InService"

    @property
    def desired(self) -> int:
        if self.variant.desired_serverless is not None:
            return int(self.variant.desired_serverless.get("ProvisionedConcurrency", 0))
        return self.variant.desired_count or 0

    @property
    def minimum(self) -> int:
        """The least MinCapacity that the variant can have. behaviour 6.5"""
        assert self.endpoint.fleet is not None
        return 0 if self.endpoint.fleet.config.asynchronous or self.variant.desired_serverless is not None else 1

    @property
    def unfit(self) -> str | None:
        """Why the variant cannot be a scalable target. behaviour 0.15"""
        for kind in instance_types(self.variant.config):
            if re.match(r"ml\.t\d", kind):
                return (
                    f"You cannot register a variant with {kind} instance type as a scalable target. This is because "
                    "the burstable performance of these instances can lead to unpredictable behavior with Auto Scaling."
                )
        return None

    def change(self, capacity: int) -> str:
        """Starts the change, and tells what it is. behaviour 0.14"""
        before = self.endpoint.fleet
        changed = copy.deepcopy(before)
        assert changed is not None
        variant = changed.variants[self.variant.name]
        if variant.desired_serverless is not None:
            # The member's least value is 1: at 0 it is not there.
            variant.desired_serverless.pop("ProvisionedConcurrency", None)
            variant.desired_serverless |= {"ProvisionedConcurrency": capacity} if capacity else {}
            what = "provisioned concurrency"
        else:
            variant.desired_count = capacity
            what = "instance count"
        assert before is not None
        self.endpoint.fleet = changed
        deployments.scale(self.call, self.endpoint, before)
        return f"Setting desired {what} to {capacity}."


@dataclass
class ComponentCapacity:
    """The capacity of an inference component: its copies."""

    call: Call
    component: Component
    minimum = 0  # behaviour 6.5
    unfit = None

    @property
    def active(self) -> bool:
        """Whether the capacity can be changed now. behaviour 6.4"""
        return self.component.status == "InService"

    @property
    def desired(self) -> int:
        return self.component.desired

    def change(self, capacity: int) -> str:
        """Starts the change, and tells what it is. behaviour 0.14"""
        components.change(self.call, self.component, None, capacity)
        return f"Setting desired copy count to {capacity}."


Capacity = VariantCapacity | ComponentCapacity


def resolve(call: Call, resource: str, dimension: str) -> Capacity:
    """The capacity that is meant. Raises ValidationException where there is none. behaviour 6.1, 6.3"""
    check_dimension(resource, dimension)
    found = VARIANT.fullmatch(resource)
    if found is None:
        return _resolve_component(call, resource)
    endpoint = endpoints.lookup(call, found[1])
    # While an endpoint is being created DescribeEndpoint shows no variants yet.
    if endpoint is None or endpoint.fleet is None or endpoint.status in ("Creating", "Deleting", "Failed"):
        raise validation(f"SageMaker endpoint doesn't exist or is not in service: {found[1]}")
    variant = endpoint.fleet.variants.get(found[2])
    if variant is None:
        raise validation(f"SageMaker variant doesn't exist: {resource}")
    if (variant.desired_serverless is not None) != (dimension == CONCURRENCY):
        raise validation(f"The scalable dimension {dimension} does not fit the variant: {resource}")
    return VariantCapacity(call, endpoint, variant)


def _resolve_component(call: Call, resource: str) -> ComponentCapacity:
    """behaviour 6.3"""
    found = COMPONENT.fullmatch(resource)
    component = components.lookup(call, found[1]) if found else None
    if component is None or component.status in ("Creating", "Deleting", "Failed"):
        raise validation(f"SageMaker inference component doesn't exist: {found[1] if found else resource}")
    return ComponentCapacity(call, component)
