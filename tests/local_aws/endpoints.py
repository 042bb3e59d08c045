# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Endpoints: what exists, in which status, and what each status allows. behaviour section 4"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any
from typing import Callable

from local_aws.fleets import Fleet
from local_aws.fleets import Variant
from local_aws.lifecycle import Kind
from local_aws.lifecycle import Late
from local_aws.wire import AwsError
from local_aws.wire import validation
from local_aws.world import Call

IN_PROGRESS = ("Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting")
SERVING = ("InService", "Updating", "SystemUpdating", "RollingBack", "UpdateRollbackFailed")


@dataclass
class Transition:
    """A status for a time. ``finish`` gets the moment of its end and may set the next transition."""

    status: str
    ends: float
    finish: Callable[[float], None]
    fleet: Fleet | None = None  # what is being rolled out
    started: float = 0.0


@dataclass
class Endpoint:
    name: str
    arn: str
    created: float
    modified: float
    status: str = "Creating"
    config_name: str = ""
    fleet: Fleet | None = None  # what serves
    transition: Transition | None = None
    failure: str | None = None
    last_deployment: dict[str, Any] | None = None
    gone: bool = False
    late: Late | None = None

    def begin(
        self, status: str, now: float, seconds: float, finish: Callable[[float], None], fleet: Fleet | None = None
    ) -> None:
        """Enters a status that ends by itself after ``seconds``."""
        self.status, self.modified = status, now
        self.transition = Transition(status, now + seconds, finish, fleet, now)

    def rest(self, status: str, now: float, failure: str | None) -> None:
        """Enters a status that lasts."""
        self.status, self.modified, self.failure, self.transition = status, now, failure, None

    def refuse_in_progress(self) -> None:
        """The word is "update" whatever was asked for. behaviour 0.4, 4.2"""
        if self.status in IN_PROGRESS:
            raise validation(f'Cannot update in-progress endpoint "{self.arn}".')

    def refuse_unless_updatable(self) -> None:
        """behaviour 4.2"""
        self.refuse_in_progress()
        if self.status not in ("InService", "UpdateRollbackFailed", "OutOfService"):
            raise validation(
                f'Cannot update endpoint "{self.arn}" in the status {self.status}. '
                "DeleteEndpoint is the only operation that can be performed on it."
            )

    def described(self) -> dict[str, Any]:
        """As DescribeEndpoint shows it. behaviour 4.6, 4.12"""
        shown: dict[str, Any] = {
            "EndpointName": self.name,
            "EndpointArn": self.arn,
            "EndpointConfigName": self.config_name,
            "EndpointStatus": self.status,
            "CreationTime": self.created,
            "LastModifiedTime": self.modified,
        }
        if self.failure is not None:
            shown["FailureReason"] = self.failure
        if self.last_deployment is not None:
            shown["LastDeploymentConfig"] = self.last_deployment
        if self.fleet is not None:
            shown |= _described_fleet(self.fleet, self.modified)
        pending = self.transition.fleet if self.transition else None
        if self.transition and pending is not None:
            shown["PendingDeploymentSummary"] = _described_pending(pending, self.status, self.transition.started)
        return copy.deepcopy(shown)


def _described_fleet(fleet: Fleet, modified: float) -> dict[str, Any]:
    def described(variants: dict[str, Variant]) -> list[dict[str, Any]]:
        return [one.described(fleet.deployed, modified) for one in variants.values()]

    shown: dict[str, Any] = {"ProductionVariants": described(fleet.variants)}
    if fleet.shadows:
        shown["ShadowProductionVariants"] = described(fleet.shadows)
    request = fleet.config.request
    for name in ("AsyncInferenceConfig", "ExplainerConfig", "MetricsConfig", "CrossRegionTrafficConfig"):
        if name in request:
            shown[name] = request[name]
    capture = request.get("DataCaptureConfig")
    if capture:
        enabled = capture.get("EnableCapture", False)
        shown["DataCaptureConfig"] = {
            "EnableCapture": enabled,
            "CaptureStatus": "Started" if enabled else "Stopped",
            "CurrentSamplingPercentage": capture["InitialSamplingPercentage"],
            "DestinationS3Uri": capture["DestinationS3Uri"],
            "KmsKeyId": capture.get("KmsKeyId", ""),
        }
    return shown


def _described_pending(fleet: Fleet, status: str, started: float) -> dict[str, Any]:
    coming = status in ("Creating", "Updating")
    shown: dict[str, Any] = {
        "EndpointConfigName": fleet.config.name,
        "StartTime": started,
        "ProductionVariants": [one.pending(started, coming) for one in fleet.variants.values()],
    }
    if fleet.shadows:
        shown["ShadowProductionVariants"] = [one.pending(started, coming) for one in fleet.shadows.values()]
    return shown


KIND: Kind[Endpoint] = Kind(
    noun="endpoint",
    resource="endpoint",
    parameter="EndpointName",
    kept=lambda region: region.endpoints,
    described=lambda call, endpoint: endpoint.described(),
)
sweep, lookup, find, missing = KIND.sweep, KIND.lookup, KIND.find, KIND.missing
shown, shows_late = KIND.shown, KIND.shows_late


def check_limits(call: Call, endpoint: Endpoint | None, wanted: dict[str, int]) -> None:
    """The account's limits of instances. ``wanted`` is what the endpoint would have. behaviour 1.6"""
    used: dict[str, int] = {}
    for one in sweep(call):
        if one.fleet is not None and one is not endpoint:
            for kind, count in one.fleet.instances().items():
                used[kind] = used.get(kind, 0) + count
    own = endpoint.fleet.instances() if endpoint is not None and endpoint.fleet is not None else {}
    for kind, count in wanted.items():
        limit = call.world.settings.limits.get(kind)
        delta = count - own.get(kind, 0)
        now = used.get(kind, 0) + own.get(kind, 0)
        if limit is not None and delta > 0 and now + delta > limit:
            raise AwsError(
                "ResourceLimitExceeded",
                f"The account-level service limit '{kind} for endpoint usage' is {limit} Instances, with current "
                f"utilization of {now} Instances and a request delta of {delta} Instances. Please use AWS Service "
                "Quotas to request an increase for this quota. If AWS Service Quotas is not available, contact AWS "
                "support to request an increase for this quota.",
            )
