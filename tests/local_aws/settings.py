# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a test or a person may set: how long things take, and how strict the account is."""

from __future__ import annotations

from dataclasses import asdict
from dataclasses import dataclass
from dataclasses import field
from dataclasses import fields
from decimal import Decimal
from typing import Any

# The quota of an instance type where no limit is set.
UNLIMITED = 1000

FORMS = {"role_propagation_form": ("model", "endpoint"), "no_room_form": ("reason", "error")}


@dataclass
class Settings:
    """All times are in seconds."""

    creating: float = 2.0  # CreateEndpoint until InService or Failed
    updating: float = 2.0  # UpdateEndpoint until the traffic has shifted
    scaling: float | None = None  # a change of weights or capacities; None: as updating
    rolling_back: float | None = None  # RollingBack lasts this long; None: as updating
    deleting: float = 1.0  # DeleteEndpoint until the endpoint is gone
    role_propagation: float = 0.0  # SageMaker cannot assume a role that is younger than this (behaviour 8.1)
    role_propagation_form: str = "model"  # "model": CreateModel refuses; "endpoint": the endpoint fails (behaviour 0.8)
    config_propagation: float = 0.0  # CreateEndpoint does not see a configuration younger than this (behaviour 1.7)
    model_propagation: float = (
        0.0  # CreateEndpointConfig and components do not see a model younger than this (behaviour 1.7)
    )
    status_lag: float = 0.0  # descriptions and lists show what an accepted call began so much later (behaviour 1.10)
    tag_index_delay: float = 0.0  # the tagging API shows tags as they were so long ago (behaviour 9.2)
    async_delay: float = 0.2  # until the answer to an asynchronous invocation lies in S3
    calls_per_second: float = 0.0  # token bucket over all services; 0: no limit (behaviour 1.5)
    # Where the minimum of managed instance scaling cannot be 0. behaviour 3.11
    regions_without_zero_instances: list[str] = field(default_factory=lambda: ["eu-west-3"])
    # Witnesses contradict each other: an endpoint that hosts components cannot be deleted, or they outlive it. behaviour 5.11
    components_outlive_endpoints: bool = False
    # "reason": a component without room fails later; "error": its creation or update is refused. behaviour 5.9
    no_room_form: str = "reason"
    # What DescribeInferenceComponent shows during an update is not known: the old content, or the new. behaviour 5.10
    component_updates_show_new: bool = False
    # {region: {instance type: price of an hour of hosting}} in the Price List API. behaviour 14
    prices: dict[str, dict[str, str]] = field(default_factory=dict)
    limits: dict[str, int] = field(default_factory=dict)  # {"ml.m4.xlarge": 0}: instances allowed (behaviour 1.6)

    def change(self, values: dict[str, Any]) -> None:
        """Sets what is named. Raises ValueError for an unknown name or a value of the wrong kind."""
        for name, value in values.items():
            if name not in {one.name for one in fields(self)}:
                raise ValueError(f"no setting '{name}'; there are: {', '.join(sorted(asdict(self)))}")
            if name in FORMS:
                if value not in FORMS[name]:
                    raise ValueError(f"'{name}' must be {' or '.join(repr(form) for form in FORMS[name])}")
            elif name in ("components_outlive_endpoints", "component_updates_show_new"):
                value = bool(value)
            elif name == "regions_without_zero_instances":
                value = [str(region) for region in value]
            elif name == "prices":
                value = {
                    region: {kind: f"{Decimal(str(price)):.10f}" for kind, price in types.items()}
                    for region, types in value.items()
                }
            elif name == "limits":
                value = {str(kind): int(count) for kind, count in value.items()}
            elif not (name in ("scaling", "rolling_back") and value is None):
                value = float(value)
                if value < 0:
                    raise ValueError(f"'{name}' must be 0 or more")
            setattr(self, name, value)

    def seconds(self, name: str) -> float:
        """A duration, with scaling and rolling_back falling back to updating."""
        value = getattr(self, name)
        return float(self.updating if value is None else value)
