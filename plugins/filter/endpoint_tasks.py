# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter endpoint_tasks: the tasks that apply a plan of the role sagemaker_endpoint, with their options."""

from __future__ import annotations

from typing import Any
from typing import Callable
from typing import Dict
from typing import Mapping

from ansible_collections.mlops.sagemaker.plugins.module_utils import (  # pylint: disable=unused-import # noqa: F401
    _bytecode,
)
from ansible_collections.mlops.sagemaker.plugins.plugin_utils._plain import plain

DOCUMENTATION = r"""
name: endpoint_tasks
version_added: 1.0.0
short_description: Returns the tasks that apply a plan of the role sagemaker_endpoint
description:
  - Takes the inputs and the plan of the role C(mlops.sagemaker.sagemaker_endpoint), and returns the tasks to run, in order, with their
    options.
  - The options contain the environments of containers, so they may contain secrets.
positional: _input, planned, results
options:
  _input:
    description: The result of P(mlops.sagemaker.endpoint_inputs#filter).
    type: dict
    required: true
  planned:
    description: The result of M(mlops.sagemaker.sagemaker_endpoint_plan_info) for these inputs.
    type: dict
    required: true
  results:
    description: The registered results of the tasks that have already run, by the parts of the plan.
    type: dict
    default: {}
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
"""

EXAMPLES = r"""
- name: Show the tasks that a deploy would run
  ansible.builtin.debug:
    msg: "{{ (inputs | mlops.sagemaker.endpoint_tasks(planned)).rollout | map(attribute='tasks') }}"
  vars:
    inputs: "{{ variables | mlops.sagemaker.endpoint_inputs }}"
"""

RETURN = r"""
_value:
  description:
    - The options of the modules by the parts of the plan. If a part has several resources, they are a list in the order of the inputs.
    - C(rollout) and C(follow_up) are the tasks until the end of the rollout and after it. Each is a list of entries with C(tasks), a part,
      and C(names) and C(indexes) of the resources that the part runs for.
  type: dict
"""


def endpoint_tasks(
    inputs: Mapping[str, Any], planned: Mapping[str, Any], results: Mapping[str, Any] | None = None
) -> Dict[str, Any]:
    """See DOCUMENTATION."""
    # Imported here, because Ansible loads all filter files in each forked process to find one.
    from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy import run as role_run

    return role_run.options(plain(inputs), plain(planned), plain(results or {}))


class FilterModule:
    """The filters of this file."""

    def filters(self) -> Dict[str, Callable[..., Any]]:
        return {"endpoint_tasks": endpoint_tasks}
