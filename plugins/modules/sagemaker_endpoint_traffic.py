#!/usr/bin/python
# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: sagemaker_endpoint_traffic
version_added: 1.0.0
short_description: Shift the traffic of a live Amazon SageMaker endpoint between its variants
description:
  - Sets weights, instance counts and serverless concurrency of the variants of an endpoint. It needs no new endpoint configuration, and no
    new instances for a change of weights.
  - The module sends only values that differ. It succeeds only if every variant has the desired weight and capacity. SageMaker may undo a
    change of capacity, with or without a reason. The module then fails, and the result contains the current variants.
  - An endpoint that is V(Creating), V(Updating), V(SystemUpdating) or V(RollingBack) accepts no change. The module waits for that
    transition to end, then shifts the traffic.
  - The module records a shift in the tag C(mlops.sagemaker/traffic) of the endpoint. Its value is the name of the endpoint configuration at
    the time of the shift. A later deploy of that configuration therefore does not treat the shift as drift and revert it. The module
    removes the tag once all weights and counts are those of the configuration again.
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
options:
  endpoint_name:
    description:
      - The name of the endpoint, which must exist.
    type: str
    required: true
    aliases: [name]
  desired_weights_and_capacities:
    description:
      - The desired weights and capacities. Variants and members that are not given stay unchanged.
    type: list
    elements: dict
    required: true
    suboptions:
      variant_name:
        description:
          - The name of a variant of the endpoint.
        type: str
        required: true
      desired_weight:
        description:
          - The share of the traffic, as this weight divided by the sum of all weights. With V(0) the variant gets no traffic.
        type: float
      desired_instance_count:
        description:
          - The number of instances. Only for variants on instances. V(0) is allowed for asynchronous endpoints.
          - Not allowed for a variant whose count an autoscaler owns, see O(override_autoscaling).
        type: int
      serverless_update_config:
        description:
          - The concurrency. Only for serverless variants.
        type: dict
        suboptions:
          max_concurrency:
            description:
              - Maximum number of concurrent invocations, 1 to 200.
            type: int
          provisioned_concurrency:
            description:
              - The provisioned concurrency, 1 to 200, at most C(max_concurrency).
              - Not allowed for a variant whose provisioned concurrency an autoscaler owns, see O(override_autoscaling).
            type: int
  override_autoscaling:
    description:
      - Whether to set the capacity of a variant that is a registered scalable target. The autoscaler may change it at any time, and moves
        it back into its bounds.
      - With V(false) the module refuses such a capacity before it changes anything. To set the bounds of the autoscaler, use
        M(mlops.sagemaker.sagemaker_autoscaling).
    type: bool
    default: false
  wait:
    description:
      - Whether to wait until every variant has the desired weight and capacity.
      - With V(false) the module returns once SageMaker has accepted the change. It then does not know whether the change succeeds.
      - The module always waits for a transition in progress that prevents SageMaker from accepting the change.
    type: bool
    default: true
  wait_timeout:
    description:
      - Maximum number of seconds to wait, at least 1. After that the module fails. The operation continues in AWS, and the next run waits
        for it again.
      - Defaults to 3600, or to the longest duration that the policy of a deployment in progress allows if that is longer.
    type: int
  secret_environment:
    description:
      - Keys of container environments whose values are secret, besides those whose key or value looks so.
      - After a failure, the module masks these values in the containers' log lines that it returns.
    type: list
    elements: str
notes:
  - A B(check mode) run does not wait. It predicts from the current state of the endpoint and assumes that a transition in progress
    succeeds.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - mlops.sagemaker.requirements
  - mlops.sagemaker.attributes
seealso:
  - module: mlops.sagemaker.sagemaker_endpoint
  - module: mlops.sagemaker.sagemaker_autoscaling
  - module: mlops.sagemaker.sagemaker_endpoint_invoke
  - name: UpdateEndpointWeightsAndCapacities
    description: Reference of the API call behind this module.
    link: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateEndpointWeightsAndCapacities.html
"""

EXAMPLES = r"""
- name: Send half of the traffic to the challenger, with as many instances as the champion
  mlops.sagemaker.sagemaker_endpoint_traffic:
    endpoint_name: rank
    desired_weights_and_capacities:
      - variant_name: champion
        desired_weight: 5
        desired_instance_count: 2
      - variant_name: challenger
        desired_weight: 5
        desired_instance_count: 2

- name: Send no traffic to the challenger, and leave its capacity to the autoscaler
  mlops.sagemaker.sagemaker_endpoint_traffic:
    endpoint_name: rank
    desired_weights_and_capacities:
      - variant_name: challenger
        desired_weight: 0

- name: Start more instances than the autoscaler before a launch
  mlops.sagemaker.sagemaker_endpoint_traffic:
    endpoint_name: rank
    override_autoscaling: true
    desired_weights_and_capacities:
      - variant_name: champion
        desired_instance_count: 8

- name: Set the provisioned concurrency of a serverless endpoint to four
  mlops.sagemaker.sagemaker_endpoint_traffic:
    endpoint_name: forms
    desired_weights_and_capacities:
      - variant_name: AllTraffic
        serverless_update_config:
          max_concurrency: 20
          provisioned_concurrency: 4
"""

RETURN = r"""
endpoint:
  description:
    - The endpoint as returned by DescribeEndpoint, with its tags. For all members see
      RV(mlops.sagemaker.sagemaker_endpoint#module:endpoint).
    - In check mode the predicted endpoint. On failure the current endpoint.
  returned: always, on failure if the endpoint exists
  type: dict
  contains:
    endpoint_arn:
      description: The ARN of the endpoint.
      returned: always
      type: str
      sample: arn:aws:sagemaker:us-east-1:111122223333:endpoint/rank
    endpoint_config_name:
      description: The endpoint configuration in use.
      returned: always
      type: str
      sample: rank-config-0a1b2c3d
    endpoint_name:
      description: The name of the endpoint.
      returned: always
      type: str
      sample: rank
    endpoint_status:
      description: V(InService), with O(wait=false) mostly V(Updating).
      returned: always
      type: str
      sample: InService
    failure_reason:
      description: Why the last change was rolled back. SageMaker clears it with the next successful change.
      returned: when SageMaker reports one
      type: str
    production_variants:
      description: The variants, in the order of the endpoint configuration.
      returned: always
      type: list
      elements: dict
      contains:
        current_instance_count:
          description: The number of instances.
          returned: for variants with instances
          type: int
          sample: 2
        current_serverless_config:
          description: The current memory and concurrency.
          returned: for serverless variants
          type: dict
          sample: {"max_concurrency": 20, "memory_size_in_mb": 2048}
        current_weight:
          description: The variant's share of the traffic, relative to the sum of all weights.
          returned: when SageMaker returns it
          type: float
          sample: 5.0
        desired_instance_count:
          description: The number of instances that the variant should have.
          returned: for variants with instances
          type: int
          sample: 2
        desired_serverless_config:
          description: The desired memory and concurrency.
          returned: for serverless variants
          type: dict
          sample: {"max_concurrency": 20, "memory_size_in_mb": 2048, "provisioned_concurrency": 4}
        desired_weight:
          description: The weight that the variant should have.
          returned: when SageMaker returns it
          type: float
          sample: 5.0
        variant_name:
          description: The name of the variant.
          returned: always
          type: str
          sample: champion
    tags:
      description: The tags, including C(mlops.sagemaker/traffic) while weights or counts differ from those of the endpoint configuration.
      returned: always
      type: dict
      sample: {"team": "search", "mlops.sagemaker/traffic": "rank-config-0a1b2c3d"}
msg:
  description: One line that summarises the change, in check mode the change that a run would make.
  returned: success
  type: str
  sample: "Endpoint rank was updated."
plan:
  description: The plan that the task carried out or, in check mode, would carry out.
  returned: always, on failure as far as known
  type: dict
  contains:
    action:
      description:
        - V(none), V(update), V(retag) if only the tag C(mlops.sagemaker/traffic) had to be added or removed, or V(wait) if nothing had to
          be changed but a transition had to end.
      returned: always
      type: str
      sample: update
    calls:
      description: The mutating API calls in order.
      returned: always
      type: list
      elements: str
      sample: [UpdateEndpointWeightsAndCapacities, AddTags]
    changes:
      description: The differences, each with its C(path) and its value C(before) and C(after).
      returned: always
      type: list
      elements: dict
      sample:
        - {path: "production_variants[champion].desired_weight", before: 9.0, after: 5.0}
        - {path: "tags.mlops.sagemaker/traffic", before: null, after: rank-config-0a1b2c3d}
tags:
  description: The tags of the endpoint, also returned inside it. Empty if it has none.
  returned: success
  type: dict
  sample: {"team": "search", "mlops.sagemaker/traffic": "rank-config-0a1b2c3d"}
rolled_back:
  description: Whether the endpoint is in service, but without the desired weights and capacities.
  returned: when the traffic could not be shifted
  type: bool
  sample: true
failure_reason:
  description: The reason that SageMaker reports, empty if it reports none.
  returned: when the traffic could not be shifted
  type: str
cause:
  description:
    - The kind of failure, derived from RV(failure_reason).
    - >-
      Account and AWS: V(quota), V(capacity), V(throttling), V(marketplace), V(alarm) (a rollback alarm fired), V(internal_error) (of AWS), V(timeout).
    - >-
      Permissions and network: V(role), V(kms), V(vpc) (subnets or security groups), V(vpc_route) (no route to S3 or the registry).
    - >-
      Image: V(image_access), V(image_not_found), V(image_manifest), V(image_size), V(entry_point) (no executable C(serve)), V(container_start),
      V(health_check).
    - >-
      Model data: V(artifact_access), V(artifact_archive) (not a tar.gz archive), V(artifact_too_large), V(download_timeout).
    - V(unknown) if the reason is missing or not recognised.
  returned: when the traffic could not be shifted
  type: str
  sample: capacity
remedy:
  description: How to fix RV(cause).
  returned: when the traffic could not be shifted
  type: str
log_group:
  description: The CloudWatch log group of the containers.
  returned: when the traffic could not be shifted
  type: str
  sample: /aws/sagemaker/Endpoints/rank
failure:
  description:
    - The report of the failure, with what helps to find its cause.
    - Secret values of the containers' environments are masked in it.
  returned: when a change failed
  type: dict
  contains:
    what:
      description: What failed, V(traffic change).
      type: str
      returned: always
      sample: traffic change
    name:
      description: The name of the endpoint.
      type: str
      returned: always
      sample: fraud
    status:
      description: Its status now, null if it does not exist or its status is not known.
      type: str
      returned: always
      sample: InService
    reason:
      description: The reason as AWS reports it, empty if it reports none.
      type: str
      returned: always
      sample: The primary container for production variant AllTraffic did not pass the ping health check.
    cause:
      description: The kind of failure, derived from the reason and the containers' log lines. The documentation has a page about each.
      type: str
      returned: always
      sample: gpu_memory
    remedy:
      description: How to fix the cause, with the variable to change.
      type: str
      returned: always
      sample: The model does not fit into the GPU's memory. Use an instance_type with more or larger GPUs.
    rolled_back:
      description: Whether what served before serves again.
      type: bool
      returned: always
      sample: true
    serving:
      description: What the endpoint serves now.
      type: dict
      returned: always
      contains:
        endpoint_config_name:
          description: The endpoint configuration that serves, null if none does.
          type: str
          returned: always
          sample: fraud-config-1a2b3c4d
        variants:
          description: The variants that serve, with their instances and weights.
          type: list
          elements: dict
          returned: always
    log_group:
      description: The CloudWatch log group that the containers write to.
      type: str
      returned: always
      sample: /aws/sagemaker/Endpoints/fraud
    log_lines:
      description:
        - The last words of the containers, at most 40 lines.
        - Of each log stream of this rollout these are the lines from the first error on, or the last lines if none is an error.
      type: list
      elements: dict
      returned: always
      contains:
        time:
          description: When the line was written, in UTC.
          type: str
          returned: always
          sample: "2030-01-31T12:00:00.000Z"
        stream:
          description: The log stream, which has the names of the variant and of the instance.
          type: str
          returned: always
          sample: AllTraffic/i-0123456789abcdef0
        message:
          description: The line.
          type: str
          returned: always
          sample: "torch.cuda.OutOfMemoryError: CUDA out of memory."
    log_note:
      description: Why RV(failure.log_lines) is empty and what that means. Null if there are lines.
      type: str
      returned: always
      sample: No container was started for this, so there are no logs.
    command:
      description: The command that shows the whole log.
      type: str
      returned: always
      sample: aws logs tail /aws/sagemaker/Endpoints/fraud --since 2030-01-31T12:00:00Z --region eu-west-1
"""

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import module
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import traffic as traffic_options
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rollout import traffic


def main() -> None:
    module.run(traffic.ensure, **traffic_options.TRAFFIC)


if __name__ == "__main__":
    main()
