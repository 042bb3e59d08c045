# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How this collection marks the resources that it creates: tags, and names of alarms. Pure."""

from __future__ import annotations

from typing import Dict
from typing import Iterable

from . import history

# Every resource that the Ansible role creates carries this tag with the endpoint's name. The role changes and deletes
# nothing else.
OWNER_TAG = "mlops.sagemaker/endpoint"

# On a configuration: the name of the inline policy of the execution role that this release needs.
POLICY_TAG = "mlops.sagemaker/execution-policy"

# On an endpoint: its weights and capacities were set deliberately (sagemaker_endpoint_traffic) and are not reset.
TRAFFIC_OVERRIDE_TAG = "mlops.sagemaker/traffic"

# Numbered tags with this prefix hold the saved scalable targets: compressed JSON in base64, split to the length of a
# tag value.
MEMORY_TAG = "mlops.sagemaker/autoscaling-"


def is_memory(tag: str) -> bool:
    """Return whether this tag is internal state of a run for the duration of an update."""
    return tag.startswith(MEMORY_TAG) or tag == PLACEHOLDER_TAG


# Marks a configuration that replaces a deleted one for the duration of an update. The value is the endpoint's name. On
# the endpoint, the value is the name of that configuration.
PLACEHOLDER_TAG = "mlops.sagemaker/placeholder"

# IAM roles are global. If the name of a role does not depend on the region, tags record the regions whose endpoints use
# it: the key ends in the region, the value is the endpoint's name, or empty once that region no longer needs the role.
# With a separate tag for each region, a run need not read the tags of other regions.
REGION_TAG = "mlops.sagemaker/region/"

# The policy that an alarm triggers to scale a target out from zero.
WAKING_POLICY = "SageMakerEndpointWakeFromZeroPolicy"


def alarm_name(owner: str) -> str:
    """Return the name of the alarm that scales a variant (owner: <endpoint>-<variant>) or a component (owner:
    <component>) out from zero."""
    return f"{owner}-wake-from-zero"


def alarm_description(owner: str) -> str:
    """Return the description of that alarm."""
    return f"Wakes {owner} from zero by the policy {WAKING_POLICY}."


def owner_of(resource_id: str) -> str:
    """Return the owner in the name of the alarm, from the resource id of the target."""
    return "-".join(resource_id.split("/")[1::2])


# The latest first. It does not contain releases that never served. If a run did not wait for its rollout, the next run
# that finds the release in use adds it.
HISTORY_TAG = "mlops.sagemaker/history"

# On an endpoint: the autoscaling that the last deploy has set up, see deploy.inputs.scaling_record.
SCALING_TAG = "mlops.sagemaker/scaling"

# On the configuration of a stopped endpoint: this tag says in words what runs once it is started, and numbered tags with
# the same prefix hold it, like the saved scalable targets above.
STOPPED_TAG = "mlops.sagemaker/stopped"

# On an inference component with a container of its own: the keys of its environment whose values are secret, as only the deploy knows them all.
# Where they are too long for a tag, the value is SOME_KEYS.
SECRET_KEYS_TAG = "mlops.sagemaker/secret-environment"
SOME_KEYS = "+"


def secret_keys_tag(keys: Iterable[str]) -> Dict[str, str]:
    """Return the tag for these keys, {} without any."""
    text = " ".join(sorted(keys))
    return {SECRET_KEYS_TAG: text if len(text) <= history.LENGTH else SOME_KEYS} if text else {}


# On an endpoint that a run is stopping or starting, until that is complete. The record of the stop counts then, not what
# the endpoint happens to have.
POWER_TAG = "mlops.sagemaker/power"


def is_stop_record(tag: str) -> bool:
    """Return whether this tag of a configuration is part of the record of a stop."""
    return tag == STOPPED_TAG or tag.startswith(f"{STOPPED_TAG}-")
