#!/usr/bin/python
# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: sagemaker_endpoint_config_info
version_added: 1.0.0
short_description: Gather information about Amazon SageMaker endpoint configurations
description:
  - Returns one SageMaker endpoint configuration by name, or all configurations of the account and region that match the filters, without a
    limit.
  - Each configuration costs two API calls, one for its content and one for its tags.
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
options:
  name:
    description:
      - Name of a single endpoint configuration. If it does not exist, the returned list is empty.
      - The filter options are ignored then.
    type: str
    aliases: [endpoint_config_name]
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - mlops.sagemaker.requirements
  - mlops.sagemaker.listing
  - mlops.sagemaker.attributes.info
seealso:
  - module: mlops.sagemaker.sagemaker_endpoint_config
"""

EXAMPLES = r"""
- name: Get one endpoint configuration
  mlops.sagemaker.sagemaker_endpoint_config_info:
    name: chat-config-5e6f7a8b
  register: result

- name: Show the models that it serves
  ansible.builtin.debug:
    msg: "{{ result.endpoint_configs[0].production_variants | map(attribute='model_name') }}"
  when: result.endpoint_configs | length > 0

- name: Get all configurations with a prefix, newest first
  mlops.sagemaker.sagemaker_endpoint_config_info:
    name_contains: chat-config-

- name: Get the configurations created before this year, sorted by name
  mlops.sagemaker.sagemaker_endpoint_config_info:
    creation_time_before: "2026-01-01T00:00:00Z"
    sort_by: Name
    sort_order: Ascending
"""

RETURN = r"""
endpoint_configs:
  description:
    - The endpoint configurations, each as returned by DescribeEndpointConfig, with its tags. Empty if none exists.
    - The members of nested values are described in the options of the same names of M(mlops.sagemaker.sagemaker_endpoint_config).
  returned: always
  type: list
  elements: dict
  contains:
    async_inference_config:
      description: Settings of asynchronous requests and answers, C(client_config) and C(output_config).
      returned: when given
      type: dict
    creation_time:
      description: When the configuration was created.
      returned: always
      type: str
      sample: "2026-03-01T10:15:30.123000+00:00"
    cross_region_traffic_config:
      description: The limits for requests from other regions.
      returned: when given
      type: dict
    data_capture_config:
      description: Settings of data capture.
      returned: when given
      type: dict
    enable_network_isolation:
      description: Whether the containers of inference components are isolated from the network.
      returned: always
      type: bool
      sample: false
    endpoint_config_arn:
      description: The ARN of the configuration.
      returned: always
      type: str
      sample: arn:aws:sagemaker:us-east-1:111122223333:endpoint-config/chat-config-5e6f7a8b
    endpoint_config_name:
      description: The name of the configuration.
      returned: always
      type: str
      sample: chat-config-5e6f7a8b
    execution_role_arn:
      description: The IAM role that runs inference components.
      returned: when given
      type: str
    explainer_config:
      description: Settings of the explainer.
      returned: when given
      type: dict
    kms_key_id:
      description: The KMS key that encrypts the volumes.
      returned: when given
      type: str
    metrics_config:
      description: The metrics to publish, and how often.
      returned: when given
      type: dict
      sample: {"enable_enhanced_metrics": true, "metric_publish_frequency_in_seconds": 60}
    production_variants:
      description: The variants that share the traffic.
      returned: always
      type: list
      elements: dict
      sample:
        - initial_instance_count: 1
          initial_variant_weight: 1.0
          instance_type: ml.g5.2xlarge
          model_name: chat-model-1a2b3c4d
          variant_name: AllTraffic
    shadow_production_variants:
      description: The variant that receives copies of requests.
      returned: when given
      type: list
      elements: dict
    tags:
      description: The tags.
      returned: always
      type: dict
      sample: {"team": "search"}
    vpc_config:
      description: The VPC that inference components are connected to, C(security_group_ids) and C(subnets).
      returned: when given
      type: dict
failure:
  description:
    - The report of a call that AWS refused, with the keys of RV(mlops.sagemaker.sagemaker_endpoint#module:failure).
    - C(remedy) says what to do if the cause is known. The message ends with it.
  returned: when AWS refused a call
  type: dict
"""

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import module
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import (
    endpoint_config as endpoint_config_options,
)
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources import endpoint_configs


def main() -> None:
    module.run_info(endpoint_configs.info, **endpoint_config_options.ENDPOINT_CONFIG_INFO)


if __name__ == "__main__":
    main()
