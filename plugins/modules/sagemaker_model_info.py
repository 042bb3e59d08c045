#!/usr/bin/python
# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: sagemaker_model_info
version_added: 1.0.0
short_description: Gather information about Amazon SageMaker models
description:
  - Returns one SageMaker model by name, or all models of the account and region that match the filters, without a limit.
  - Each model costs two API calls, one for its content and one for its tags.
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
options:
  name:
    description:
      - Name of a single model. If it does not exist, the returned list is empty.
      - The filter options are ignored then.
    type: str
    aliases: [model_name]
  tags:
    description:
      - Return only models that carry all of these tags, with these values. For this the module reads the tags of each model.
    type: dict
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - mlops.sagemaker.requirements
  - mlops.sagemaker.listing
  - mlops.sagemaker.listing.secrets
  - mlops.sagemaker.attributes.info
seealso:
  - module: mlops.sagemaker.sagemaker_model
"""

EXAMPLES = r"""
- name: Get one model
  mlops.sagemaker.sagemaker_model_info:
    name: chat-model-1a2b3c4d
  register: result

- name: Show its image
  ansible.builtin.debug:
    msg: "{{ result.models[0].primary_container.image }}"
  when: result.models | length > 0

- name: Get all models with a prefix, oldest first
  mlops.sagemaker.sagemaker_model_info:
    name_contains: chat-model-
    sort_order: Ascending

- name: Get the models created before this year
  mlops.sagemaker.sagemaker_model_info:
    creation_time_before: "2026-01-01T00:00:00Z"

- name: Get up to ten models of a team, and mask the value of another environment variable
  mlops.sagemaker.sagemaker_model_info:
    tags:
      team: search
    max_results: 10
    secret_environment: [DATABASE]
"""

RETURN = r"""
models:
  description: The models, each as returned by DescribeModel, with its tags. Empty if none exists.
  returned: always
  type: list
  elements: dict
  contains:
    containers:
      description: The containers of a model that has several, each with the members of C(primary_container).
      returned: when the model has several containers
      type: list
      elements: dict
    creation_time:
      description: When the model was created.
      returned: always
      type: str
      sample: "2026-03-01T10:15:30.123000+00:00"
    deployment_recommendation:
      description: Instance types that AWS recommends, C(recommendation_status) and C(real_time_inference_recommendations).
      returned: when AWS has computed one
      type: dict
    enable_network_isolation:
      description: Whether the containers are isolated from the network.
      returned: always
      type: bool
      sample: false
    execution_role_arn:
      description: The IAM role that the containers run with.
      returned: when the model has one
      type: str
      sample: arn:aws:iam::111122223333:role/sagemaker-serving
    inference_execution_config:
      description: How several containers are called, with C(mode).
      returned: when the model has several containers
      type: dict
      sample: {"mode": "Serial"}
    model_arn:
      description: The ARN of the model.
      returned: always
      type: str
      sample: arn:aws:sagemaker:us-east-1:111122223333:model/chat-model-1a2b3c4d
    model_name:
      description: The name of the model.
      returned: always
      type: str
      sample: chat-model-1a2b3c4d
    primary_container:
      description:
        - The container of a model that has one. Its members are those of the option of the same name of
          M(mlops.sagemaker.sagemaker_model). Values of environment variables that look secret are masked.
      returned: when the model has one container
      type: dict
      sample:
        environment: {"HF_MODEL_ID": "mistralai/Mistral-7B-Instruct-v0.3", "SM_NUM_GPUS": "1"}
        image: 763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference:0.36.0-lmi28.0.0-cu130
        mode: SingleModel
    tags:
      description: The tags.
      returned: always
      type: dict
      sample: {"team": "search"}
    vpc_config:
      description: The VPC that the containers are connected to, C(security_group_ids) and C(subnets).
      returned: when given
      type: dict
      sample: {"security_group_ids": ["sg-0a1b2c3d4e5f60718"], "subnets": ["subnet-0a1b2c3d4e5f60718"]}
failure:
  description:
    - The report of a call that AWS refused, with the keys of RV(mlops.sagemaker.sagemaker_endpoint#module:failure).
    - C(remedy) says what to do if the cause is known. The message ends with it.
  returned: when AWS refused a call
  type: dict
"""

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import module
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import model as model_options
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources import models


def main() -> None:
    module.run_info(models.info, **model_options.MODEL_INFO)


if __name__ == "__main__":
    main()
