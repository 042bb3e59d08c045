# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The record of the autoscaling that a deploy has set up: a tag of the endpoint, from which a status tells what somebody has changed since. Pure.

The value has a word for each scalable target: C(AllTraffic=1-4:5e6f7a8b). The digits after the colon are a hash of its scaling policies. A target with
scheduled actions has C(scheduled) in place of its limits, because the actions change them.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any
from typing import Dict
from typing import Iterable
from typing import Mapping
from typing import NamedTuple
from typing import Optional

from ...core import history
from ...rules import scaling as scaling_rules

# No autoscaling any more.
NOTHING = "none"

_SCHEDULED = "scheduled"
_COMPONENT = "component/"
_TRACKING = "target_tracking_scaling_policy_configuration"

Options = Mapping[str, Any]


class Recorded(NamedTuple):
    """limits: minimum and maximum as text, None if scheduled actions change them; policies: a hash, None if the deploy leaves them to others."""

    limits: Optional[str]
    policies: Optional[str]


def of_targets(targets: Iterable[Options]) -> str:
    """Return the value of the tag for these options of sagemaker_autoscaling. Those that have no room are not recorded."""
    words = []
    for target in targets:
        limits = f"{target.get('min_capacity', 0)}-{target['max_capacity']}"
        policies = target.get("scaling_policies")
        word = f"{_short(target['resource_id'])}={_SCHEDULED if target.get('scheduled_actions') else limits}"
        words.append(word if policies is None else f"{word}:{fingerprint(policies)}")
    while len(" ".join(words)) > history.LENGTH:
        words.pop()
    return " ".join(words) or NOTHING


def read(value: str, endpoint: str) -> Dict[str, Recorded]:
    """Return the recorded targets by resource id."""
    found = {}
    for word in value.split():
        name, mark, rest = word.rpartition("=")
        limits, _colon, policies = rest.partition(":")
        if mark:
            found[_resource_id(name, endpoint)] = Recorded(None if limits == _SCHEDULED else limits, policies or None)
    return found


def fingerprint(policies: Iterable[Options]) -> str:
    """Return a hash of scaling policies, given as options or as AWS describes them: of their names and target values."""
    facts = sorted([policy["policy_name"], _target_value(policy)] for policy in policies)
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:8]


def _target_value(policy: Options) -> str:
    value = (policy.get(_TRACKING) or {}).get("target_value")
    return "" if value is None else repr(float(value))


def _short(resource_id: str) -> str:
    found = scaling_rules.VARIANT_ID.fullmatch(resource_id)
    return found["variant"] if found else _COMPONENT + resource_id.rpartition("/")[2]


def _resource_id(name: str, endpoint: str) -> str:
    if name.startswith(_COMPONENT):
        return scaling_rules.component_id(name[len(_COMPONENT) :])
    return scaling_rules.variant_id(endpoint, name)
