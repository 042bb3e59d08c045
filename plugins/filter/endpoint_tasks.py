# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter endpoint_tasks: what the plan of the role sagemaker_endpoint leaves to do, as options of the modules."""

from __future__ import annotations

from typing import Any
from typing import Callable
from typing import Dict
from typing import Mapping

from ansible_collections.mlops.sagemaker.plugins.plugin_utils._plain import plain

DOCUMENTATION = r"""
name: endpoint_tasks
version_added: 1.0.0
short_description: Returns the tasks that carry out a plan of the role sagemaker_endpoint
description:
  - Takes the inputs and the plan of the role C(mlops.sagemaker.sagemaker_endpoint), and returns which of its tasks are to be run, in which
    order, and with which options.
  - The options hold the environments of containers, so they may hold secrets.
positional: _input, planned, results
options:
  _input:
    description: What P(mlops.sagemaker.endpoint_inputs#filter) returned.
    type: dict
    required: true
  planned:
    description: What M(mlops.sagemaker.sagemaker_endpoint_plan_info) returned for it.
    type: dict
    required: true
  results:
    description: What the tasks that were run already registered, by the parts of the plan.
    type: dict
    default: {}
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
"""

EXAMPLES = r"""
- name: See which tasks a deploy would run
  ansible.builtin.debug:
    msg: "{{ (inputs | mlops.sagemaker.endpoint_tasks(planned)).rollout | map(attribute='tasks') }}"
  vars:
    inputs: "{{ variables | mlops.sagemaker.endpoint_inputs }}"
"""

RETURN = r"""
_value:
  description:
    - The options of the modules by the parts of the plan. Where a part has several things they are a list in the order of the inputs.
    - C(rollout) and C(follow_up) are the tasks up to the end of the rollout and after it, lists of C(tasks), a part, and C(names) and
      C(indexes), of the things that the part is run for.
  type: dict
"""


def endpoint_tasks(
    inputs: Mapping[str, Any], planned: Mapping[str, Any], results: Mapping[str, Any] | None = None
) -> Dict[str, Any]:
    """See DOCUMENTATION."""
    # Imported here, because Ansible loads the files of all filters to find one, in each process that it forks.
    from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy import run as role_run

    return role_run.options(plain(inputs), plain(planned), plain(results or {}))


class FilterModule:
    """The filters of this file."""

    def filters(self) -> Dict[str, Callable[..., Any]]:
        return {"endpoint_tasks": endpoint_tasks}
