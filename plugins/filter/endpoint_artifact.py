# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter endpoint_artifact: the outputs of the role sagemaker_endpoint for the next node of a workflow."""

from __future__ import annotations

from typing import Any
from typing import Callable
from typing import Dict
from typing import Mapping

from ansible_collections.mlops.sagemaker.plugins.module_utils import (  # pylint: disable=unused-import # noqa: F401
    _bytecode,
)
from ansible_collections.mlops.sagemaker.plugins.plugin_utils._artifact import artifact
from ansible_collections.mlops.sagemaker.plugins.plugin_utils._plain import plain

DOCUMENTATION = r"""
name: endpoint_artifact
version_added: 1.0.0
short_description: Makes the outputs of the role sagemaker_endpoint readable for the next node of a workflow
description:
  - Returns the outputs of the role C(mlops.sagemaker.sagemaker_endpoint) with the IAM policies in them as JSON text.
  - AWX and Ansible Automation Platform give what M(ansible.builtin.set_stats) hands on to the next nodes of a workflow, with each text marked as
    C(!unsafe). There, ansible-core 2.19 and later cannot read the text C(*), which IAM policies contain, and every later node fails.
options:
  _input:
    description: The fact C(sagemaker_endpoint_outputs), or a dictionary with such outputs.
    type: dict
    required: true
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
"""

EXAMPLES = r"""
- name: Hand the outputs on to the next node of a workflow
  ansible.builtin.set_stats:
    data:
      churn: "{{ sagemaker_endpoint_outputs | mlops.sagemaker.endpoint_artifact }}"
    aggregate: false
"""

RETURN = r"""
_value:
  description: The outputs. C(operator_policy) and the policies in C(plan) are JSON text.
  type: dict
"""


def endpoint_artifact(outputs: Mapping[str, Any]) -> Dict[str, Any]:
    """See DOCUMENTATION."""
    return artifact(plain(outputs))


class FilterModule:
    """The filters of this file."""

    def filters(self) -> Dict[str, Callable[..., Any]]:
        return {"endpoint_artifact": endpoint_artifact}
