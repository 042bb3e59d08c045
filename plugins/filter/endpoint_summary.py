# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter endpoint_summary: a human-readable summary of the outputs of the role sagemaker_endpoint."""

from __future__ import annotations

from typing import Any
from typing import Callable
from typing import Dict
from typing import List
from typing import Mapping

DOCUMENTATION = r"""
name: endpoint_summary
version_added: 1.0.0
short_description: Summarises in a few lines the changes of a deploy
description:
  - Takes the outputs of the role C(mlops.sagemaker.sagemaker_endpoint) and names each part that is created, updated, replaced or deleted,
    the API calls, and the fields that cause it.
positional: _input
options:
  _input:
    description: The fact C(sagemaker_endpoint_outputs).
    type: dict
    required: true
  check_mode:
    description: Whether to describe predicted changes instead of completed ones.
    type: bool
    default: false
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
"""

EXAMPLES = r"""
- name: Show the changes that a deploy would make
  ansible.builtin.debug:
    msg: "{{ outputs | mlops.sagemaker.endpoint_summary(check_mode=true) }}"
  vars:
    outputs:
      sagemaker_endpoint_name: fraud
      plan:
        endpoint:
          action: update
          changes:
            - path: endpoint_config_name
              before: fraud-config-1a2b3c4d
              after: fraud-config-5e6f7a8b
          calls: [UpdateEndpoint]
"""

RETURN = r"""
_value:
  description: The lines.
  type: list
  elements: str
"""


def endpoint_summary(outputs: Mapping[str, Any], check_mode: bool = False) -> List[str]:
    """See DOCUMENTATION."""
    # Imported here, because Ansible loads all filter files in each forked process to find one.
    from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy import summary

    return summary.summarize(outputs, check_mode)


class FilterModule:
    """The filters of this file."""

    def filters(self) -> Dict[str, Callable[..., Any]]:
        return {"endpoint_summary": endpoint_summary}
