# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lookup terraform_endpoints: the endpoints of a Terraform project, with the role's variables that describe them."""

from __future__ import annotations

DOCUMENTATION = r"""
name: terraform_endpoints
version_added: 1.0.0
short_description: Reads the endpoints of a Terraform project from the JSON that Terraform prints
description:
  - Reads the output of C(terraform show -json), of a state or of a plan, and finds the endpoints in all modules, with C(count) and C(for_each). It
    returns the variables of the role C(mlops.sagemaker.sagemaker_endpoint) that describe each.
  - Of C(terraform output -json) it returns no more than the names of endpoints.
  - It reads resources of the provider C(hashicorp/aws), which the Terraform module C(sagemaker-endpoint) uses, whether or not they are of this module.
  - The inputs contain the secrets of the state. Register the result with C(no_log). RV(_raw[].endpoints) has them as text without secrets, too.
  - The file may be encrypted with ansible-vault.
options:
  _terms:
    description: The path of the file, relative to the working directory.
    type: path
    required: true
seealso:
  - plugin: mlops.sagemaker.tfvars
    plugin_type: lookup
    description: Reads the variables file of the Terraform module.
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
"""

EXAMPLES = r"""
- name: Show the names of the endpoints in a Terraform state
  ansible.builtin.debug:
    msg: "{{ lookup('mlops.sagemaker.terraform_endpoints', 'state.json').endpoints | map(attribute='name') }}"
"""

RETURN = r"""
_raw:
  description: A dictionary for each file.
  type: list
  elements: dict
  contains:
    problems:
      description: Why the file cannot be read. Empty if it can.
      type: list
      elements: str
    source:
      description: The file, and the version of Terraform that wrote it.
      type: str
    directory:
      description: The working directory.
      type: str
    pending:
      description: What Terraform has planned for endpoints that exist and not applied, if the file is a plan. The endpoints are described without it.
      type: list
      elements: str
    endpoints:
      description:
        - The endpoints. C(address) is that in Terraform, C(region) is empty if Terraform does not tell it, C(inputs) are the variables without their prefix,
          C(text) is the content of a YAML file of variables in which secrets are read from the environment variables C(environment), and C(file) is a
          name for it.
        - C(addresses) are those of all resources that belong to the endpoint, and C(notes) name what the variables do not describe.
        - C(complete) is false if no more than the name is known. C(hidden) are the secret texts.
      type: list
      elements: dict
"""

import os
from typing import Any
from typing import Dict
from typing import List

from ansible.plugins.lookup import LookupBase

from ansible_collections.mlops.sagemaker.plugins.module_utils import (  # pylint: disable=unused-import # noqa: F401
    _bytecode,
)
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.terraform import document
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.terraform import endpoints
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.terraform import report
from ansible_collections.mlops.sagemaker.plugins.plugin_utils import _local_file
from ansible_collections.mlops.sagemaker.plugins.plugin_utils import _variables_file


class LookupModule(LookupBase):
    """See DOCUMENTATION."""

    def run(self, terms: List[str], variables: Any = None, **kwargs: Any) -> List[Dict[str, Any]]:
        self.set_options(var_options=variables, direct=kwargs)
        return [self._read(str(term)) for term in terms]

    def _read(self, path: str) -> Dict[str, Any]:
        try:
            content = document.read(self._data(path))
            found = endpoints.listed(content)
        except document.DocumentError as error:
            return {
                "problems": [": ".join(filter(None, ("terraform_json", path, str(error))))],
                "source": path,
                "endpoints": [],
            }
        version = f" (Terraform {content.terraform_version})" if content.terraform_version else ""
        planned = ", which are planned and do not exist yet" if content.planned else ""
        entries = report.entries(found, _variables_file.dump)
        return {
            "problems": [],
            "source": f"{path}{version}{planned}",
            "directory": os.getcwd(),
            "pending": content.pending,
            "endpoints": entries,
        }

    def _data(self, path: str) -> bytes:
        if not path:
            raise document.DocumentError(
                "give the file with the output of terraform show -json, or of terraform output -json."
            )
        try:
            return _local_file.read(self._loader, path)
        except _local_file.LocalFileError as error:
            raise document.DocumentError(str(error)) from error
