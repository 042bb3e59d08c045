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

from ansible_collections.mlops.sagemaker.plugins.module_utils import (  # pylint: disable=unused-import # noqa: F401
    _bytecode,
)

DOCUMENTATION = r"""
name: endpoint_summary
version_added: 1.0.0
short_description: Summarises the changes of a deploy, their reasons, and the result
description:
  - Takes the outputs of the role P(mlops.sagemaker.sagemaker_endpoint#role), and returns a human-readable summary.
  - It names each thing that is created, updated, replaced or deleted, with the fields that cause it, what the endpoint serves then, how to
    call it, how to roll back, and what stays unchanged. It omits what is not among the outputs.
  - The API operations are not in the text. They are in C(sagemaker_endpoint_outputs.plan).
positional: _input
options:
  _input:
    description:
      - The fact C(sagemaker_endpoint_outputs). C(sagemaker_endpoint_name) and C(plan) are required.
    type: dict
    required: true
  check_mode:
    description: Whether to describe predicted changes instead of completed ones.
    type: bool
    default: false
seealso:
  - module: mlops.sagemaker.show_text
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
"""

EXAMPLES = r"""
- name: Show the changes that a deploy would make
  mlops.sagemaker.show_text:
    text: "{{ outputs | mlops.sagemaker.endpoint_summary(check_mode=true) }}"
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
            - path: models[AllTraffic].primary_container.environment.THRESHOLD
              before: "0.7"
              after: "0.8"
          calls: [UpdateEndpoint]
"""

RETURN = r"""
_value:
  description:
    - The lines of the text. The first names the endpoint, the region and the account, and says whether anything changes.
    - A line for each thing follows, indented by two spaces, in the order in which it is done, and below it a line for each field that causes
      it, C(path:) with the value C(before -> after). Of two long values the equal beginning and end are cut, and of a secret one only the fact
      that it changes is told.
    - Then come sections with a title each, which are left out where they would be empty.
  type: list
  elements: str
  sample:
    - "Endpoint fraud (us-east-1, account 111122223333): this run has"
    - "  created the model fraud-model-9a8b7c6d"
    - "  created the endpoint configuration fraud-config-5e6f7a8b"
    - "  updated the endpoint fraud from fraud-config-1a2b3c4d to fraud-config-5e6f7a8b by a rollout without downtime, because of"
    - "      models[AllTraffic].primary_container.environment.THRESHOLD: 0.7 -> 0.8"
    - "Serves now:"
    - "  fraud-config-5e6f7a8b (InService)"
    - "    variant AllTraffic: 2 x ml.m5.large"
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
