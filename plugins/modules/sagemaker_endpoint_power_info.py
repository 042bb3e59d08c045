#!/usr/bin/python
# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: sagemaker_endpoint_power_info
version_added: 1.0.0
short_description: List Amazon SageMaker endpoints that run, are stopped, or have expired
description:
  - Lists the endpoints of a region that carry the tag C(mlops.sagemaker/endpoint) with their own name, and those of them that
    M(mlops.sagemaker.sagemaker_endpoint_power) has stopped.
  - An endpoint expires at the time in its tag O(tag). The playbook C(mlops.sagemaker.stop_expired) stops those that are due.
  - Reads the Resource Groups Tagging API, with one call for every 100 resources. It may lag some minutes behind, so an endpoint whose time seems to be over is
    asked for its own tags, with two calls.
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
options:
  tag:
    description: The tag of an endpoint with the time at which it expires, in ISO 8601, such as C(2030-01-31T18:00:00Z). Without a zone it is UTC.
    type: str
    default: expires_at
notes:
  - The caller needs C(tag:GetResources), and C(sagemaker:DescribeEndpoint) and C(sagemaker:ListTags) for endpoints whose time seems to be over.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - mlops.sagemaker.requirements
  - mlops.sagemaker.attributes.info
seealso:
  - module: mlops.sagemaker.sagemaker_endpoint_power
"""

EXAMPLES = r"""
- name: List the endpoints that run and that are stopped
  mlops.sagemaker.sagemaker_endpoint_power_info:
  register: found

- name: Stop those whose time is over
  mlops.sagemaker.sagemaker_endpoint_power:
    name: "{{ item }}"
    state: stopped
  loop: "{{ found.due }}"
"""

RETURN = r"""
region:
  description: The region.
  returned: success
  type: str
  sample: us-east-1
endpoints:
  description: The endpoints, sorted by name.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The name of the endpoint.
      type: str
      sample: fraud
    region:
      description: Its region.
      type: str
      sample: us-east-1
    state:
      description: V(running) if it exists, whatever its status, or V(stopped).
      type: str
      sample: running
    expires_at:
      description: The value of its tag O(tag), null without one and for a stopped endpoint.
      type: str
      sample: "2030-01-31T18:00:00Z"
    due:
      description:
        - Whether that time is over, as the endpoint's own tags say. V(false) if it does not expire or is stopped. Null if the value is not a time,
          which is also a warning.
      type: bool
due:
  description: The names of the endpoints that exist and whose time is over.
  returned: success
  type: list
  elements: str
  sample: [fraud]
failure:
  description:
    - The report of a call that AWS refused, with the keys of RV(mlops.sagemaker.sagemaker_endpoint#module:failure).
    - C(remedy) says what to do if the cause is known. The message ends with it.
  returned: when AWS refused a call
  type: dict
"""

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import module
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import endpoint as endpoint_options
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.power import overview


def main() -> None:
    module.run_info(overview.info, **endpoint_options.POWER_INFO)


if __name__ == "__main__":
    main()
