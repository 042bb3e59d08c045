# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The marks of this collection on what it makes: tags, and the names of alarms. Pure."""

from __future__ import annotations

# Everything that the Ansible role makes carries this tag with the endpoint's name: it changes and deletes nothing else.
OWNER_TAG = "mlops.sagemaker/endpoint"

# On a configuration: the name of the execution role's inline policy that this release needs.
POLICY_TAG = "mlops.sagemaker/execution-policy"

# On an endpoint: its weights and capacities were set on purpose (sagemaker_endpoint_traffic) and are not put back.
TRAFFIC_OVERRIDE_TAG = "mlops.sagemaker/traffic"

# Tags with this prefix, numbered, hold what was saved: compressed JSON in base64, in pieces of a tag value's length.
MEMORY_TAG = "mlops.sagemaker/autoscaling-"


def is_memory(tag: str) -> bool:
    """Whether this tag is what a run remembers for the time of an update, and none of the user's business."""
    return tag.startswith(MEMORY_TAG) or tag == PLACEHOLDER_TAG


# Marks a configuration that stands in, for the time of an update, for one that was deleted; the value is the endpoint's name. On the
# endpoint it is the name of that configuration.
PLACEHOLDER_TAG = "mlops.sagemaker/placeholder"

# IAM knows no regions. A role whose name does not hold its region says in tags which regions' endpoints use it: the key
# ends in the region, the value is the endpoint's name, or empty once that region needs the role no longer. A tag of each
# region's own can be set without reading those of the others.
REGION_TAG = "mlops.sagemaker/region/"

# The policy by which an alarm wakes a target from zero.
WAKING_POLICY = "SageMakerEndpointWakeFromZeroPolicy"


def alarm_name(owner: str) -> str:
    """The name of the alarm that wakes a variant (owner: <endpoint>-<variant>) or a component (owner: <component>)."""
    return f"{owner}-wake-from-zero"


def alarm_description(owner: str) -> str:
    """The description of that alarm."""
    return f"Wakes {owner} from zero by the policy {WAKING_POLICY}."


def owner_of(resource_id: str) -> str:
    """What the alarm of the target with this resource id is named after."""
    return "-".join(resource_id.split("/")[1::2])


# The latest first. What was made but never served is not in it, nor is yet what was rolled out by a run that did not wait for its
# end: the next run that finds it in use enters it.
HISTORY_TAG = "mlops.sagemaker/history"
