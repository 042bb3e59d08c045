# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lookup endpoint_inputs: the variables that a host has for the role sagemaker_endpoint, as options of the modules."""

from __future__ import annotations

DOCUMENTATION = r"""
name: endpoint_inputs
version_added: 1.0.0
short_description: Reads the variables of the role sagemaker_endpoint as options of the modules
description:
  - Reads the variables C(sagemaker_endpoint_*) of the host and returns what the filter P(mlops.sagemaker.endpoint_inputs#filter) returns
    for them. The role does this first.
  - A variable that is not set has the default of the role, whether the play uses the role or not.
  - Warns of a variable C(sagemaker_endpoint_outputs) that hides the outputs of the role.
seealso:
  - plugin: mlops.sagemaker.endpoint_inputs
    plugin_type: filter
    description: The same for values from elsewhere, and what is returned.
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
"""

EXAMPLES = r"""
- name: Show what is wrong with the variables of the host
  ansible.builtin.debug:
    msg: "{{ lookup('mlops.sagemaker.endpoint_inputs').problems }}"
"""

RETURN = r"""
_raw:
  description: One dictionary, the value of the filter P(mlops.sagemaker.endpoint_inputs#filter).
  type: list
  elements: dict
"""

from typing import Any
from typing import Dict
from typing import List

from ansible.plugins.lookup import LookupBase

from ansible_collections.mlops.sagemaker.plugins.module_utils import (  # pylint: disable=unused-import # noqa: F401
    _bytecode,
)
from ansible_collections.mlops.sagemaker.plugins.plugin_utils._role_variables import RoleVariables


class LookupModule(LookupBase):
    """See DOCUMENTATION."""

    def run(self, terms: List[str], variables: Any = None, **kwargs: Any) -> List[Dict[str, Any]]:
        self.set_options(var_options=variables, direct=kwargs)
        return [RoleVariables(variables or {}, self._templar.template).inputs()]
