# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter endpoint_outputs: the outputs of the role sagemaker_endpoint."""

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
name: endpoint_outputs
version_added: 1.0.0
short_description: Returns the outputs of the role sagemaker_endpoint
description:
  - Takes the inputs, the plan and the results of the tasks of the role C(mlops.sagemaker.sagemaker_endpoint), and returns its outputs.
  - If the plan is not applied, as in check mode, it returns the predicted outputs.
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
    description: The registered results of the tasks, by the parts of the plan.
    type: dict
    default: {}
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
"""

EXAMPLES = r"""
- name: Show the predicted outputs of a deploy
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
    # Imported here, because Ansible loads all filter files in each forked process to find one.
    from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy import run as role_run

    return role_run.outputs(plain(inputs), plain(planned), plain(results or {}))


class FilterModule:
    """The filters of this file."""

    def filters(self) -> Dict[str, Callable[..., Any]]:
        return {"endpoint_outputs": endpoint_outputs}
