# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter endpoint_outputs: what the role sagemaker_endpoint hands on."""

from __future__ import annotations

from typing import Any
from typing import Callable
from typing import Dict
from typing import Mapping

from ansible_collections.mlops.sagemaker.plugins.plugin_utils._plain import plain

DOCUMENTATION = r"""
name: endpoint_outputs
version_added: 1.0.0
short_description: Returns the outputs of the role sagemaker_endpoint
description:
  - Takes the inputs, the plan and the results of the tasks of the role C(mlops.sagemaker.sagemaker_endpoint), and returns its outputs.
  - Where the plan is not applied, as in check mode, the outputs are those of the plan.
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
    description: What the tasks registered, by the parts of the plan.
    type: dict
    default: {}
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
"""

EXAMPLES = r"""
- name: See what a deploy would hand on
  ansible.builtin.debug:
    msg: "{{ inputs | mlops.sagemaker.endpoint_outputs(planned) }}"
  vars:
    inputs: "{{ variables | mlops.sagemaker.endpoint_inputs }}"
"""

RETURN = r"""
_value:
  description: The fact C(sagemaker_endpoint_outputs).
  type: dict
"""


def endpoint_outputs(
    inputs: Mapping[str, Any], planned: Mapping[str, Any], results: Mapping[str, Any] | None = None
) -> Dict[str, Any]:
    """See DOCUMENTATION."""
    # Imported here, because Ansible loads the files of all filters to find one, in each process that it forks.
    from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy import run as role_run

    return role_run.outputs(plain(inputs), plain(planned), plain(results or {}))


class FilterModule:
    """The filters of this file."""

    def filters(self) -> Dict[str, Callable[..., Any]]:
        return {"endpoint_outputs": endpoint_outputs}
