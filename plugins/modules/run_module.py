#!/usr/bin/python
# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: run_module
version_added: 1.0.0
short_description: Run a module of this collection with a dictionary as its options
description:
  - Runs another module of this collection. Its options are one dictionary, so that a task need not list each option that may be missing.
  - The role P(mlops.sagemaker.sagemaker_endpoint#role) applies its plan with this module.
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
options:
  name:
    description: The module, without the name of the collection.
    type: str
    required: true
  options:
    description: The options of the module.
    type: dict
    required: true
attributes:
  action:
    description: The action runs on the controller. There is no module that runs on a host.
    support: full
  check_mode:
    description: As the module that it runs.
    support: full
  diff_mode:
    description: As the module that it runs.
    support: full
notes:
  - Of C(module_defaults), those of the group C(mlops.sagemaker.aws) apply, and those of the module that it runs do not.
"""

EXAMPLES = r"""
- name: Create a model
  mlops.sagemaker.run_module:
    name: sagemaker_model
    options: "{{ model }}"
  vars:
    model:
      name: fraud-7
      execution_role_arn: arn:aws:iam::111122223333:role/sagemaker
      primary_container:
        image: 111122223333.dkr.ecr.us-east-1.amazonaws.com/fraud:7
"""

RETURN = r"""
plan:
  description: What the module that it runs returns.
  returned: if that module returns it
  type: dict
  sample: {action: create, changes: [], calls: [CreateModel]}
"""
