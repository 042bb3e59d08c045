#!/usr/bin/python
# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: read_variables
version_added: 1.0.0
short_description: Read the variables of the role sagemaker_endpoint as options of the modules
description:
  - Reads the variables C(sagemaker_endpoint_*) of the host, and the Terraform variables file that the variable C(tfvars_file) names, and
    returns what the filter P(mlops.sagemaker.endpoint_inputs#filter) returns for them. The role does this first.
  - A variable that is not set has the default of the role, whether the play uses the role or not.
  - Warns of a variable C(sagemaker_endpoint_outputs) that hides the outputs of the role.
  - The result contains the secrets of container environments. Run the task with C(no_log).
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
attributes:
  action:
    description: The action runs on the controller. There is no module that runs on a host.
    support: full
  check_mode:
    description: Does the same in check mode.
    support: full
  diff_mode:
    description: Shows no difference.
    support: none
seealso:
  - plugin: mlops.sagemaker.endpoint_inputs
    plugin_type: filter
  - plugin: mlops.sagemaker.tfvars
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Read the variables
  mlops.sagemaker.read_variables:
  register: read
  no_log: true

- name: Show what is wrong with them
  ansible.builtin.debug:
    msg: "{{ read.inputs.problems }}"
"""

RETURN = r"""
inputs:
  description: The value of the filter P(mlops.sagemaker.endpoint_inputs#filter) for the variables.
  returned: always
  type: dict
tfvars:
  description: What the lookup P(mlops.sagemaker.tfvars#lookup) returns for the Terraform variables file. Empty if none is given.
  returned: always
  type: dict
"""
