#!/usr/bin/python
# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: sagemaker_endpoint_info
version_added: 1.0.0
short_description: Gather information about Amazon SageMaker endpoints
description:
  - Returns one SageMaker endpoint by name, or all endpoints of the account and region that match the filters, without a limit.
  - Each endpoint costs two API calls, one for its state and one for its tags.
  - With O(wait) a single task waits for many endpoints whose deploys were started without waiting.
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
options:
  name:
    description:
      - Name of a single endpoint. If it does not exist, the returned list is empty.
      - The filter options are ignored then.
    type: str
    aliases: [endpoint_name]
  status_equals:
    description:
      - Return only endpoints in this status.
    type: str
    choices: [OutOfService, Creating, Updating, SystemUpdating, RollingBack, InService, Deleting, Failed, UpdateRollbackFailed]
  sort_by:
    description:
      - The sort key. SageMaker defaults to V(CreationTime).
    type: str
    choices: [Name, CreationTime, Status]
  wait:
    description:
      - Whether to wait until none of the endpoints is in transition, and to return their state at that point. The module polls all of them
        by listing endpoints, so many endpoints need hardly more calls than one.
      - The module selects the endpoints when the task starts. The result omits an endpoint that is deleted in the meantime.
      - The task does not fail if an endpoint ends as V(Failed) or returns to its old configuration. Check C(endpoint_status) and
        C(endpoint_config_name).
      - Check mode does not wait.
    type: bool
    default: false
  wait_timeout:
    description:
      - Maximum number of seconds to wait for all endpoints together, at least 1. After that the task fails and names the endpoints that are
        still in transition.
      - Defaults to 3600.
    type: int
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - mlops.sagemaker.requirements
  - mlops.sagemaker.listing
  - mlops.sagemaker.listing.changed
  - mlops.sagemaker.attributes.info
seealso:
  - module: mlops.sagemaker.sagemaker_endpoint
"""

EXAMPLES = r"""
- name: Get one endpoint
  mlops.sagemaker.sagemaker_endpoint_info:
    name: fraud
  register: result

- name: Show the configuration that it serves
  ansible.builtin.debug:
    msg: "{{ result.endpoints[0].endpoint_config_name }}"
  when: result.endpoints | length > 0

- name: Get all endpoints that failed
  mlops.sagemaker.sagemaker_endpoint_info:
    status_equals: Failed
  register: failed

- name: Show why
  ansible.builtin.debug:
    msg: "{{ item.endpoint_name }}: {{ item.failure_reason | default('no reason given') }}"
  loop: "{{ failed.endpoints }}"
  loop_control:
    label: "{{ item.endpoint_name }}"

- name: Wait for all endpoints of a team whose deploys were started with wait set to false
  mlops.sagemaker.sagemaker_endpoint_info:
    name_contains: fraud
    wait: true
    wait_timeout: 5400
  register: fraud

- name: Check that all of them are in service
  ansible.builtin.assert:
    that: fraud.endpoints | rejectattr('endpoint_status', 'equalto', 'InService') | length == 0

- name: Get the endpoints changed since new year, the oldest first
  mlops.sagemaker.sagemaker_endpoint_info:
    last_modified_time_after: "2026-01-01T00:00:00Z"
    sort_by: CreationTime
    sort_order: Ascending
"""

RETURN = r"""
endpoints:
  description: The endpoints, each as returned by DescribeEndpoint, with its tags. Empty if none exists.
  returned: always
  type: list
  elements: dict
  contains:
    async_inference_config:
      description: Settings of an asynchronous endpoint, with the members of the option of M(mlops.sagemaker.sagemaker_endpoint_config).
      returned: when the endpoint is asynchronous
      type: dict
      sample: {"output_config": {"s3_output_path": "s3://example-async/out/"}}
    creation_time:
      description: When the endpoint was created.
      returned: when the endpoint exists
      type: str
      sample: "2026-03-01T10:15:30.123000+00:00"
    cross_region_traffic_config:
      description:
        - Limits of the traffic from other regions, C(max_invocations_per_second_per_instance) and C(max_cross_region_percent_per_endpoint).
      returned: when given in the endpoint configuration
      type: dict
    data_capture_config:
      description: The current capture of requests and responses.
      returned: when the endpoint captures data
      type: dict
      contains:
        capture_status:
          description: V(Started) or V(Stopped).
          returned: always
          type: str
          sample: Started
        current_sampling_percentage:
          description: The percentage of requests that is captured.
          returned: always
          type: int
          sample: 20
        destination_s3_uri:
          description: Where the captured data is written.
          returned: always
          type: str
          sample: s3://example-private-bucket/capture
        enable_capture:
          description: Whether capturing is on.
          returned: always
          type: bool
          sample: true
        kms_key_id:
          description: The key that encrypts the captured data.
          returned: always
          type: str
          sample: arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab
    endpoint_arn:
      description: The ARN of the endpoint, always in lower case.
      returned: when the endpoint exists
      type: str
      sample: arn:aws:sagemaker:us-east-1:111122223333:endpoint/fraud
    endpoint_config_name:
      description: The endpoint configuration in use. During an update, still the old one.
      returned: always
      type: str
      sample: fraud-config-9c0d1e2f
    endpoint_name:
      description: The name of the endpoint.
      returned: always
      type: str
      sample: fraud
    endpoint_status:
      description:
        - One of V(Creating), V(InService), V(Updating), V(SystemUpdating), V(RollingBack), V(OutOfService), V(Deleting), V(Failed) and
          V(UpdateRollbackFailed).
      returned: when the endpoint exists
      type: str
      sample: InService
    explainer_config:
      description: Settings of the explainer, with the members of the option of M(mlops.sagemaker.sagemaker_endpoint_config).
      returned: when given in the endpoint configuration
      type: dict
    failure_reason:
      description: Why the endpoint failed, or why the last update was rolled back. SageMaker clears it with the next successful update.
      returned: when SageMaker reports one
      type: str
      sample: >-
        The primary container for production variant AllTraffic did not pass the ping health check. Please check CloudWatch logs for this endpoint.
    last_deployment_config:
      description: The policy of the last deployment, with the members of O(mlops.sagemaker.sagemaker_endpoint#module:deployment_config).
      returned: when a deployment had one
      type: dict
      sample:
        rolling_update_policy:
          maximum_batch_size: {"type": "CAPACITY_PERCENT", "value": 25}
          wait_interval_in_seconds: 300
    last_modified_time:
      description: When the endpoint was last changed.
      returned: when the endpoint exists
      type: str
      sample: "2026-03-01T10:20:42.456000+00:00"
    metrics_config:
      description:
        - The metrics to publish, C(enable_enhanced_metrics), C(enable_detailed_observability) and C(metric_publish_frequency_in_seconds).
      returned: when given in the endpoint configuration
      type: dict
      sample: {"enable_enhanced_metrics": true, "metric_publish_frequency_in_seconds": 60}
    pending_deployment_summary:
      description: The deployment in progress.
      returned: while the endpoint is created or updated with a new configuration
      type: dict
      contains:
        endpoint_config_name:
          description: The configuration that is being deployed.
          returned: always
          type: str
          sample: fraud-config-9c0d1e2f
        production_variants: &pending_variants
          description:
            - The variants of the new configuration, with the members that variants of the endpoint have, and with C(instance_type) and
              C(accelerator_type).
          returned: when SageMaker returns them
          type: list
          elements: dict
          sample: [{"variant_name": "AllTraffic", "instance_type": "ml.m5.2xlarge", "variant_status": [{"status": "Baking"}]}]
        shadow_production_variants: *pending_variants
        start_time:
          description: When the deployment started.
          returned: when SageMaker returns it
          type: str
          sample: "2026-03-01T10:16:02.789000+00:00"
    production_variants:
      description: The variants, in the order of the endpoint configuration.
      returned: when the endpoint serves, or has served, a configuration
      type: list
      elements: dict
      contains: &variant
        accelerator_partition_layouts:
          description: How the accelerators are partitioned, each layout with C(accelerator_partition_types).
          returned: when given in the endpoint configuration
          type: list
          elements: dict
        capacity_reservation_config:
          description:
            - The capacity reservation used, with C(ml_reservation_arn), C(capacity_reservation_preference), C(total_instance_count),
              C(available_instance_count), C(used_by_current_endpoint) and C(ec2_capacity_reservations).
          returned: when given in the endpoint configuration
          type: dict
        current_instance_count:
          description: The number of instances.
          returned: for variants with instances
          type: int
          sample: 2
        current_serverless_config: &serverless
          description: Memory and concurrency of a serverless variant, the current values (C(current)) or the desired ones (C(desired)).
          returned: for serverless variants
          type: dict
          contains:
            max_concurrency:
              description: Maximum number of concurrent invocations.
              returned: always
              type: int
              sample: 20
            memory_size_in_mb:
              description: The memory in MB.
              returned: always
              type: int
              sample: 2048
            provisioned_concurrency:
              description: The provisioned concurrency.
              returned: when set
              type: int
              sample: 2
        current_weight:
          description: The variant's share of the traffic, relative to the sum of all weights.
          returned: when SageMaker returns it
          type: float
          sample: 1.0
        deployed_images:
          description: The images of the variant's containers.
          returned: for variants with a model
          type: list
          elements: dict
          contains:
            resolution_time:
              description: When the image was resolved to its digest.
              returned: always
              type: str
              sample: "2026-03-01T10:16:10.123000+00:00"
            resolved_image:
              description: The image with its digest.
              returned: always
              type: str
              sample: 683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost@sha256:0123456789abcdef...
            specified_image:
              description: The image as specified in the model.
              returned: always
              type: str
              sample: 683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0
        desired_instance_count:
          description: The number of instances that the variant should have, as set by the configuration, an autoscaler or manually.
          returned: for variants with instances
          type: int
          sample: 2
        desired_serverless_config: *serverless
        desired_weight:
          description: The weight that the variant should have.
          returned: when SageMaker returns it
          type: float
          sample: 1.0
        instance_pools:
          description: The instances by type, each with C(instance_type) and C(current_instance_count).
          returned: for variants with instance pools
          type: list
          elements: dict
        managed_instance_scaling:
          description: Bounds of the number of instances, C(status), C(min_instance_count), C(max_instance_count) and C(scale_in_policy).
          returned: for variants that host inference components and have managed scaling
          type: dict
        routing_config:
          description: How requests are distributed over the instances, C(routing_strategy) and C(prefix_aware_routing_config).
          returned: when given in the endpoint configuration
          type: dict
          sample: {"routing_strategy": "LEAST_OUTSTANDING_REQUESTS"}
        variant_name:
          description: The name of the variant.
          returned: always
          type: str
          sample: AllTraffic
        variant_status:
          description: The current change of the variant.
          returned: during a transition
          type: list
          elements: dict
          contains:
            start_time:
              description: When that status started.
              returned: when SageMaker returns it
              type: str
              sample: "2026-03-01T10:16:05.123000+00:00"
            status:
              description: One of V(Creating), V(Updating), V(Deleting), V(ActivatingTraffic) and V(Baking).
              returned: always
              type: str
              sample: Baking
            status_message:
              description: Details of the status.
              returned: when SageMaker returns it
              type: str
    shadow_production_variants:
      description: The variants that receive a copy of the requests.
      returned: when the endpoint has shadow variants
      type: list
      elements: dict
      contains: *variant
    tags:
      description: The tags of the endpoint. Its configuration and models have separate tags.
      returned: always
      type: dict
      sample: {"team": "payments"}
failure:
  description:
    - The report of a call that AWS refused, with the keys of RV(mlops.sagemaker.sagemaker_endpoint#module:failure).
    - C(remedy) says what to do if the cause is known. The message ends with it.
  returned: when AWS refused a call
  type: dict
"""

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import module
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import endpoint as endpoint_options
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources import endpoints


def main() -> None:
    module.run(endpoints.info, **endpoint_options.ENDPOINT_INFO)


if __name__ == "__main__":
    main()
