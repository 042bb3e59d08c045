#!/usr/bin/python
# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: sagemaker_endpoint_preflight_info
version_added: 1.0.0
short_description: Check an AWS account before an Amazon SageMaker endpoint is deployed to it
description:
  - Checks the resources that the role P(mlops.sagemaker.sagemaker_endpoint#role) would deploy against the account, and returns all findings
    together. The module changes nothing, and makes at most 30 API calls.
  - It checks the names and the quotas of the instance types, the region, the container images, the model artifacts, the execution role, the permissions of the
    caller, KMS keys, the VPC, output buckets and topics, the alarms of deployments, model packages and hub content, scaling to zero, and
    tokens in clear text.
  - A check that needs a permission that the caller lacks has the status V(unknown). It does not fail the task.
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
options:
  inputs:
    description:
      - The result of P(mlops.sagemaker.endpoint_inputs#filter) for the role's variables.
    type: dict
    required: true
  secret_environment:
    description: Keys of container environments whose values are secret, as in M(mlops.sagemaker.sagemaker_model).
    type: list
    elements: str
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - mlops.sagemaker.requirements
  - mlops.sagemaker.attributes.info
seealso:
  - module: mlops.sagemaker.sagemaker_endpoint_plan_info
"""

EXAMPLES = r"""
- name: Check the account
  mlops.sagemaker.sagemaker_endpoint_preflight_info:
    inputs: "{{ variables | mlops.sagemaker.endpoint_inputs }}"
  vars:
    variables:
      name: churn
      name_prefix: churn
      containers:
        - image_uri: 683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0
          model_data_url: s3://example-model-bucket/churn/model.tar.gz
      production_variant:
        instance_type: ml.m5.large
  register: preflight

- name: Show the errors
  ansible.builtin.debug:
    msg: "{{ preflight.findings | selectattr('status', 'equalto', 'error') }}"
"""

RETURN = r"""
findings:
  description: The results of all checks.
  returned: success
  type: list
  elements: dict
  contains:
    check:
      description: The name of the check.
      type: str
      sample: image_exists
    status:
      description:
        - V(error) if the deploy would fail, V(warning) if it may fail or something should be changed, V(unknown) if the check was not
          possible, and V(ok) otherwise.
      type: str
      sample: error
    variable:
      description: The variable of the role that the finding concerns, empty if it concerns none.
      type: str
      sample: sagemaker_endpoint_containers[0].image_uri
    message:
      description: The result of the check.
      type: str
      sample: the registry 111122223333 has no image fraud/scoring:12 in us-east-1.
    remedy:
      description: How to fix it. Empty if the status is V(ok).
      type: str
      sample: Push it, or correct repository, tag, account or region.
errors:
  description: The number of findings with the status V(error).
  returned: success
  type: int
  sample: 0
report:
  description:
    - A line with the endpoint, the region, the account and the number of findings by their status. After it all findings that are not V(ok),
      one per line, errors first.
  returned: success
  type: str
region:
  description: The checked region.
  returned: success
  type: str
  sample: us-east-1
account_id:
  description: The checked account, empty if unknown.
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
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import plan as plan_options
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.preflight import info as preflight


def main() -> None:
    module.run_info(preflight.info, **plan_options.PREFLIGHT_INFO)


if __name__ == "__main__":
    main()
