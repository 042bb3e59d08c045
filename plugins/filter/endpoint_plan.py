# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter endpoint_plan: the results of the tasks of the role sagemaker_endpoint as one plan."""

from __future__ import annotations

from typing import Any
from typing import Callable
from typing import Dict
from typing import Mapping
from typing import Sequence

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy import plan as role_plan
from ansible_collections.mlops.sagemaker.plugins.plugin_utils._plain import plain

DOCUMENTATION = r"""
name: endpoint_plan
version_added: 1.0.0
short_description: Puts the results of the tasks of the role sagemaker_endpoint together to one plan
description:
  - Takes what the tasks of the role C(mlops.sagemaker.sagemaker_endpoint) registered, and hands back C(plan) of its outputs.
  - A task that was skipped has done nothing. Alarms, for which M(amazon.aws.cloudwatch_metric_alarm) returns no plan, get one.
positional: _input
options:
  _input:
    description:
      - The registered results by the parts of a deploy, C(iam_role), C(models), C(endpoint_config), C(endpoint),
        C(inference_components), C(autoscaling), C(releases) and so on. A part may be missing.
    type: dict
    required: true
  known_alarms:
    description: The names of the alarms that there were before.
    type: list
    elements: str
    default: []
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
"""

EXAMPLES = r"""
- name: Say what two tasks did
  ansible.builtin.debug:
    msg: "{{ {'endpoint_config': config, 'endpoint': endpoint} | mlops.sagemaker.endpoint_plan }}"
  vars:
    config:
      plan: {action: create, changes: [], calls: [CreateEndpointConfig]}
    endpoint:
      plan: {action: update, changes: [], calls: [UpdateEndpoint]}
"""

RETURN = r"""
_value:
  description:
    - C(iam_role), C(endpoint_config), C(endpoint) and C(pruned) are plans, C(models), C(inference_components) and C(autoscaling) lists of
      them. A plan has C(action), C(changes) and C(calls), one in a list also C(name).
  type: dict
"""


def endpoint_plan(results: Mapping[str, Any], known_alarms: Sequence[str] = ()) -> Dict[str, Any]:
    """See DOCUMENTATION."""
    return role_plan.assemble(plain(results), plain(list(known_alarms)))


class FilterModule:
    """The filters of this file."""

    def filters(self) -> Dict[str, Callable[..., Any]]:
        return {"endpoint_plan": endpoint_plan}
