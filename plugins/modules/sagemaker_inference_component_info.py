#!/usr/bin/python
# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: sagemaker_inference_component_info
version_added: 1.0.0
short_description: Gather information about Amazon SageMaker inference components
description:
  - Returns one inference component by name, or all components of the account and region that match the filters, without a limit.
  - Each component costs two API calls, one for its state and one for its tags. Each of their endpoints costs one more.
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
options:
  name:
    description:
      - Name of a single component. If it does not exist, the returned list is empty.
      - The filter options are ignored then.
    type: str
    aliases: [inference_component_name]
  endpoint_name_equals:
    description:
      - Return only components on this endpoint.
    type: str
  variant_name_equals:
    description:
      - Return only components on variants of this name.
    type: str
  status_equals:
    description:
      - Return only components in this status.
    type: str
    choices: [InService, Creating, Updating, Failed, Deleting]
  creation_time_after:
    description:
      - Return only components that were created after this time, in ISO 8601 such as V(2026-01-31T18:00:00Z). A time without a zone is UTC.
    type: str
  sort_by:
    description:
      - The sort key. SageMaker defaults to V(CreationTime).
    type: str
    choices: [Name, CreationTime, Status]
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - mlops.sagemaker.requirements
  - mlops.sagemaker.listing
  - mlops.sagemaker.listing.changed
  - mlops.sagemaker.listing.secrets
  - mlops.sagemaker.attributes.info
seealso:
  - module: mlops.sagemaker.sagemaker_inference_component
"""

EXAMPLES = r"""
- name: Get the components of an endpoint
  mlops.sagemaker.sagemaker_inference_component_info:
    endpoint_name_equals: shared-gpu
  register: hosted

- name: Show their copies
  ansible.builtin.debug:
    msg: "{{ item.inference_component_name }}: {{ item.runtime_config.current_copy_count }}"
  loop: "{{ hosted.inference_components }}"
  loop_control:
    label: "{{ item.inference_component_name }}"

- name: Get one component
  mlops.sagemaker.sagemaker_inference_component_info:
    name: chat

- name: Get all components that failed, the newest first
  mlops.sagemaker.sagemaker_inference_component_info:
    status_equals: Failed
    sort_by: CreationTime
    sort_order: Descending
"""

RETURN = r"""
inference_components:
  description: The components, each as returned by DescribeInferenceComponent, with its tags. Empty if none exists.
  returned: always
  type: list
  elements: dict
  contains:
    creation_time:
      description: When the component was created.
      returned: when the component exists
      type: str
      sample: "2026-03-01T10:15:30.123000+00:00"
    endpoint_arn:
      description: The ARN of the endpoint that hosts the component.
      returned: when the component exists
      type: str
      sample: arn:aws:sagemaker:us-east-1:111122223333:endpoint/shared-gpu
    endpoint_name:
      description: The endpoint that hosts the component.
      returned: always
      type: str
      sample: shared-gpu
    failure_reason:
      description:
        - Why the component failed, or why an update was rolled back. SageMaker keeps the reason when a later update succeeds, so it may be
          outdated.
      returned: when SageMaker reports one
      type: str
      sample: >-
        The primary container for inference component chat did not pass the ping health check. Please check CloudWatch logs for this inference component.
    inference_component_arn:
      description: The ARN of the component, always in lower case.
      returned: when the component exists
      type: str
      sample: arn:aws:sagemaker:us-east-1:111122223333:inference-component/chat
    inference_component_name:
      description: The name of the component.
      returned: always
      type: str
      sample: chat
    inference_component_status:
      description: One of V(Creating), V(InService), V(Updating), V(Failed) and V(Deleting).
      returned: always
      type: str
      sample: InService
    last_deployment_config:
      description:
        - The policy of the last update, with the members of
          O(mlops.sagemaker.sagemaker_inference_component#module:deployment_config).
      returned: when an update had one
      type: dict
      sample:
        rolling_update_policy:
          maximum_batch_size: {"type": "COPY_COUNT", "value": 1}
          wait_interval_in_seconds: 120
    last_modified_time:
      description: When the component was last changed.
      returned: when the component exists
      type: str
      sample: "2026-03-01T10:20:42.456000+00:00"
    runtime_config:
      description: The copies of the component.
      returned: when SageMaker returns it
      type: dict
      contains:
        current_copy_count:
          description: The current number of copies.
          returned: when SageMaker returns it
          type: int
          sample: 2
        desired_copy_count:
          description: The desired number of copies, set manually or by an autoscaler.
          returned: when SageMaker returns it
          type: int
          sample: 2
        placement_status:
          description: The instance types that the copies run on, each with C(instance_type) and C(current_copy_count).
          returned: when SageMaker returns it
          type: list
          elements: dict
          sample: [{"instance_type": "ml.g6e.12xlarge", "current_copy_count": 2}]
    specification:
      description: The content of a copy, if one specification applies to all instance types.
      returned: when the component has one specification
      type: dict
      contains: &specification_summary
        base_inference_component_name:
          description: The base component that this adapter belongs to.
          returned: for adapters
          type: str
          sample: chat
        compute_resource_requirements:
          description: The resources of a copy, with the members of the option. For an adapter SageMaker returns those of its base.
          returned: when SageMaker returns it
          type: dict
          sample: {"number_of_accelerator_devices_required": 2.0, "min_memory_required_in_mb": 65536}
        container:
          description: The container, with C(artifact_url), C(environment), C(container_metrics_config) and C(deployed_image).
          returned: when SageMaker returns it
          type: dict
          contains:
            artifact_url:
              description: The S3 URI of the model data.
              returned: when given
              type: str
              sample: s3://example-models/adapters/legal/adapter.tar.gz
            container_metrics_config:
              description: Where SageMaker reads the container's own metrics, C(metrics_endpoints).
              returned: when given
              type: dict
            deployed_image:
              description: The image, with C(specified_image), C(resolved_image) with its digest, and C(resolution_time).
              returned: when SageMaker returns it
              type: dict
            environment:
              description: The environment variables. Values that look secret are masked.
              returned: when given
              type: dict
        data_cache_config:
          description: Whether instances cache the model data and the image, C(enable_caching).
          returned: when SageMaker returns it, possibly without a request
          type: dict
          sample: {"enable_caching": true}
        instance_type:
          description: The instance type that the specification is for.
          returned: when given
          type: str
          sample: ml.g6e.12xlarge
        model_name:
          description: The model.
          returned: when given
          type: str
          sample: chat-model-1a2b3c4d
        scheduling_config:
          description: How SageMaker places copies, C(placement_strategy) and C(availability_zone_balance).
          returned: when given
          type: dict
          sample: {"placement_strategy": "SPREAD"}
        startup_parameters:
          description: Timeouts, with the members of the option.
          returned: when given
          type: dict
          sample: {"container_startup_health_check_timeout_in_seconds": 1200}
    specifications:
      description: The content of a copy on each instance type.
      returned: when the component has several specifications
      type: list
      elements: dict
      contains: *specification_summary
    tags:
      description: The tags of the component. Its endpoint and model have separate tags.
      returned: always
      type: dict
      sample: {"team": "search"}
    variant_name:
      description: The variant that hosts the component.
      returned: when the component exists, or was given
      type: str
      sample: AllTraffic
orphaned:
  description:
    - The names of components whose endpoint no longer exists, or was recreated later than the component. AWS may keep such components and
      their names, but they cannot be invoked.
  returned: always
  type: list
  elements: str
  sample: []
failure:
  description:
    - The report of a call that AWS refused, with the keys of RV(mlops.sagemaker.sagemaker_endpoint#module:failure).
    - C(remedy) says what to do if the cause is known. The message ends with it.
  returned: when AWS refused a call
  type: dict
"""

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import module
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import (
    inference_component as inference_component_options,
)
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rollout import component as component_rollout


def main() -> None:
    module.run_info(component_rollout.info, **inference_component_options.INFERENCE_COMPONENT_INFO)


if __name__ == "__main__":
    main()
