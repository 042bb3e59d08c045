# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scaling to zero: the region and the components allow it where it is desired."""

from __future__ import annotations

from typing import Iterator

from ...rules import scaling as scaling_rules
from ..check import Check
from ..findings import OK
from ..findings import WARNING
from ..findings import Finding
from ..lookup import Lookup
from ..subject import Deploy

NAME = "scale_to_zero"

# AWS publishes no list. These regions have refused a minimum of 0 in managed instance scaling.
REGIONS_WITHOUT_ZERO = frozenset({"eu-west-3"})


def look(lookup: Lookup, deploy: Deploy) -> None:
    """Return nothing, because no call of AWS returns this information."""


def judge(deploy: Deploy, seen: None) -> Iterator[Finding]:
    """Yield a finding for each variant that should scale to zero, and for each component that prevents it."""
    zero = {target["resource_id"]: target["min_capacity"] == 0 for target in deploy.inputs["autoscaling"]}
    components = deploy.inputs["inference_components"]
    for variant in deploy.variants:
        name = variant.options["variant_name"]
        if zero.get(scaling_rules.variant_id(deploy.name, name)):
            yield Finding(NAME, OK, variant.variable, f"the variant {name} can scale to zero.")
        if (variant.options.get("managed_instance_scaling") or {}).get("min_instance_count") != 0:
            continue
        if deploy.place.region in REGIONS_WITHOUT_ZERO:
            message = f"{deploy.place.region} is known to refuse scaling instances to zero, and the instances of {name} should."
            remedy = (
                "Leave scale_to_zero out, set managed_instance_scaling.min_instance_count to 1, or use another region."
            )
            yield Finding(NAME, WARNING, f"{variant.variable}.managed_instance_scaling", message, remedy)
            continue
        hosted = [one for one in components if one.get("variant_name") == name]
        staying = [one["name"] for one in hosted if not zero.get(scaling_rules.component_id(one["name"]))]
        if not staying:
            yield Finding(NAME, OK, variant.variable, f"the instances of {name} can scale to zero.")
        for component in staying:
            message = f"the inference component {component} does not scale to zero, so the instances of {name} do not."
            remedy = f"Give {component} an autoscaling_config with scale_to_zero: true too."
            yield Finding(NAME, WARNING, variant.variable, message, remedy)


CHECK = Check(look, judge)
