# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lookup tfvars: the Terraform module's variables file as the role's variables."""

from __future__ import annotations

DOCUMENTATION = r"""
name: tfvars
version_added: 1.0.0
short_description: Reads a variables file of the Terraform module that the role sagemaker_endpoint mirrors
description:
  - Reads C(.tfvars) or C(.tfvars.json) as Terraform does, and returns the inputs under the names of the variables of the role
    C(mlops.sagemaker.sagemaker_endpoint).
  - An input that the Terraform module does not have, an expression instead of a value and a file that cannot be read are problems. The
    lookup returns problems instead of raising them, so that a task can register the value with C(no_log) and still show the problems.
  - C(region) or C(aws_region), with which a root module usually names the region of its provider, is returned as RV(_raw[].region).
  - The file may be encrypted with ansible-vault.
requirements:
  - python-hcl2 >= 8 on the controller, for files that are not JSON
options:
  _terms:
    description:
      - The path of the file, relative to the working directory.
      - A name that ends in C(.json) is read as JSON, any other as HCL.
    type: path
    required: true
  ignore_unknown:
    description:
      - Whether to leave out the inputs that the Terraform module does not have, as in the variables file of a root module that calls it. They
        are named in RV(_raw[].warnings).
      - With V(true), a name that resembles an input of the Terraform module is still a problem, unless the file has that input, too. It may be
        misspelt, and a deploy without the input would take away what it describes.
      - A list of names, or a text of names with commas, leaves out these and no others, whatever they resemble.
      - The playbooks take it from the variable C(tfvars_ignore_unknown). Any other value is a problem.
    type: raw
    default: false
seealso:
  - plugin: mlops.sagemaker.endpoint_inputs
    plugin_type: filter
    description: Validates the variables.
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
"""

EXAMPLES = r"""
- name: Show the endpoint's name in a Terraform variables file
  ansible.builtin.debug:
    msg: "{{ lookup('mlops.sagemaker.tfvars', 'prod.tfvars').inputs.name }}"

- name: Show the region in the variables file of a root module
  ansible.builtin.debug:
    msg: "{{ lookup('mlops.sagemaker.tfvars', 'prod.tfvars', ignore_unknown=true).region }}"
"""

RETURN = r"""
_raw:
  description: A dictionary for each file.
  type: list
  elements: dict
  contains:
    problems:
      description: The problems of the file. Empty if the file is valid.
      type: list
      elements: str
    warnings:
      description: A text that names the inputs that were left out. Empty if there are none.
      type: list
      elements: str
    inputs:
      description: The inputs under the names of the role's variables without their prefix. Null values are omitted.
      type: dict
    region:
      description: The region in the file. An empty text if there is none.
      type: str
"""

import io
import os
import sys
from typing import Any
from typing import Dict
from typing import List

from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.lookup import LookupBase

from ansible_collections.mlops.sagemaker.plugins.module_utils import (  # pylint: disable=unused-import # noqa: F401
    _bytecode,
)
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.inputs import tfvars
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.inputs import variables_file
from ansible_collections.mlops.sagemaker.plugins.plugin_utils import _local_file


class LookupModule(LookupBase):
    """See DOCUMENTATION."""

    def run(self, terms: List[str], variables: Any = None, **kwargs: Any) -> List[Dict[str, Any]]:
        self.set_options(var_options=variables, direct=kwargs)
        return [self._read(str(term)) for term in terms]

    def _read(self, path: str) -> Dict[str, Any]:
        try:
            return variables_file.contents(self._parsed(path), path, self._ignored())
        except tfvars.TfvarsError as error:
            problems = [f"{path}: {problem}" for problem in error.problems]
            return {"problems": problems, "warnings": [], "inputs": {}, "region": ""}

    def _ignored(self) -> variables_file.Ignored:
        given = self.get_option("ignore_unknown")
        try:
            return bool(boolean(given))
        except TypeError:
            pass
        try:
            return variables_file.names_to_ignore(given)
        except ValueError as error:
            raise tfvars.TfvarsError(str(error)) from error

    def _parsed(self, path: str) -> Dict[str, Any]:
        text = self._text(path)
        if path.endswith(".json"):
            return tfvars.from_json(text)
        try:
            from hcl2 import parses_to_tree
        except ImportError as error:
            raise tfvars.TfvarsError(
                f"to read HCL, Ansible's Python needs python-hcl2 8 or later: {sys.executable} -m pip install 'python-hcl2>=8' "
                f"(or give the file as .tfvars.json, which needs nothing) ({error})"
            ) from error
        return tfvars.from_hcl(text, parses_to_tree)

    def _text(self, path: str) -> str:
        folder = _local_file.absolute(path)
        if os.path.isdir(folder):
            found = sorted(name for name in os.listdir(folder) if name.endswith((".tfvars", ".tfvars.json")))
            listed = f" It holds {', '.join(found)}." if found else ""
            raise tfvars.TfvarsError(f"is a directory. Name a file in it.{listed}")
        try:
            content = io.BytesIO(_local_file.read(self._loader, path))
            # Line ends become those of Python, as in a file that is opened as text.
            return io.TextIOWrapper(content, encoding="utf-8-sig").read()
        except _local_file.LocalFileError as error:
            raise tfvars.TfvarsError(str(error)) from error
        except UnicodeDecodeError as error:
            raise tfvars.TfvarsError(f"cannot be read: {error}") from error
