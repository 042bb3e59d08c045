#!/usr/bin/python
# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: sagemaker_caller_info
version_added: 1.0.0
short_description: Get the region and the account that the modules work in
description:
  - Returns the region, the partition and the account that the modules of this collection use with the same connection options, environment
    and host.
  - The region comes from O(region), E(AWS_REGION), E(AWS_DEFAULT_REGION) or the profile in the AWS configuration files.
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
options:
  account:
    description:
      - Whether to look up the account with AWS STS. With V(false) the module makes no API call.
    type: bool
    default: true
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - mlops.sagemaker.requirements
  - mlops.sagemaker.attributes.info
seealso:
  - module: amazon.aws.aws_caller_info
"""

EXAMPLES = r"""
- name: Look up the region and account of a profile
  mlops.sagemaker.sagemaker_caller_info:
  environment:
    AWS_PROFILE: production
  register: caller

- name: Stop unless it is the right account
  ansible.builtin.assert:
    that: caller.account_id == "111122223333"

- name: Get the region without an API call
  mlops.sagemaker.sagemaker_caller_info:
    account: false
"""

RETURN = r"""
region:
  description: The region.
  returned: success
  type: str
  sample: us-east-1
partition:
  description: The partition of the region.
  returned: success
  type: str
  sample: aws
account_id:
  description: The account of the credentials. Null with O(account=false).
  returned: success
  type: str
  sample: "111122223333"
failure:
  description:
    - The report of a call that AWS refused, with the keys of RV(mlops.sagemaker.sagemaker_endpoint#module:failure).
    - C(remedy) says what to do if the cause is known. The message ends with it.
  returned: when AWS refused a call
  type: dict
"""

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import module
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api import caller


def main() -> None:
    module.run_info(caller.info, **caller.CALLER_INFO)


if __name__ == "__main__":
    main()
