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
  - Sets weights, instance counts and serverless concurrency of the variants of an endpoint, without a new endpoint configuration and without
    a new instance for a change of weights.
  - Only what differs is sent. It succeeds only if every variant has the desired weight and capacity. SageMaker may undo a
    change of capacity, with or without a reason. That is a failure here, and the result says what is serving.
  - An endpoint found V(Creating), V(Updating), V(SystemUpdating) or V(RollingBack) accepts no change. The end of that transition is awaited,
    then the traffic is shifted.
  - A shift is remembered in a tag of the endpoint, C(mlops.sagemaker/traffic), whose value is the name of the endpoint configuration that it
    was made under. So a later deploy of that configuration does not take the shift for drift and put it back. Once all weights and counts
    are those of the configuration again, the tag is removed.
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
options:
  endpoint_name:
    description:
      - The name of the endpoint, which has to exist.
    type: str
    required: true
    aliases: [name]
  desired_weights_and_capacities:
    description:
      - What the variants shall have. Variants and members that are not given stay as they are.
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
          - The share of the traffic, as this weight divided by the sum of all weights. V(0) keeps the variant without traffic.
        type: float
      desired_instance_count:
        description:
          - The number of instances. For variants on instances only. V(0) is possible for asynchronous endpoints.
          - Refused for a variant whose count an autoscaler owns, see O(override_autoscaling).
        type: int
      serverless_update_config:
        description:
          - The concurrency. For serverless variants only.
        type: dict
        suboptions:
          max_concurrency:
            description:
              - Maximum number of concurrent invocations, 1 to 200.
            type: int
          provisioned_concurrency:
            description:
              - The invocations that are kept warm, 1 to 200, at most C(max_concurrency).
              - Refused for a variant whose provisioned concurrency an autoscaler owns, see O(override_autoscaling).
            type: int
  override_autoscaling:
    description:
      - Whether to set the capacity of a variant that is a registered scalable target. The autoscaler may set another one at any time, and
        brings it back into its limits.
      - With V(false) such a capacity is refused before anything is done. To bound what the autoscaler sets, use
        M(mlops.sagemaker.sagemaker_autoscaling).
    type: bool
    default: false
  wait:
    description:
      - Whether to wait until every variant has the desired weight and capacity.
      - With V(false) the module returns once SageMaker has accepted the change. Whether it succeeds is then unknown.
      - A transition under way that keeps SageMaker from accepting the change is awaited in any case.
    type: bool
    default: true
  wait_timeout:
    description:
      - For how many seconds to wait, at least 1. After that the module fails, the endpoint carries on, and the next run waits for it again.
      - If not given 3600, or what the policy of a deployment under way may take if that is longer.
    type: int
notes:
  - A B(check mode) run does not wait. It predicts from what the endpoint is at the moment, and takes a transition under way to end well.
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
- name: Send half of the traffic to the challenger, on as many instances as the champion has
  mlops.sagemaker.sagemaker_endpoint_traffic:
    endpoint_name: rank
    desired_weights_and_capacities:
      - variant_name: champion
        desired_weight: 5
        desired_instance_count: 2
      - variant_name: challenger
        desired_weight: 5
        desired_instance_count: 2

- name: Take the challenger out of the traffic, and leave its capacity to the autoscaler
  mlops.sagemaker.sagemaker_endpoint_traffic:
    endpoint_name: rank
    desired_weights_and_capacities:
      - variant_name: challenger
        desired_weight: 0

- name: Start more instances before a launch than the autoscaler would by now
  mlops.sagemaker.sagemaker_endpoint_traffic:
    endpoint_name: rank
    override_autoscaling: true
    desired_weights_and_capacities:
      - variant_name: champion
        desired_instance_count: 8

- name: Keep four invocations of a serverless endpoint warm
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
    - The endpoint as DescribeEndpoint gives it, with its tags. All members are described at
      RV(mlops.sagemaker.sagemaker_endpoint#module:endpoint).
    - In check mode as a run would leave it. On failure the endpoint as it is now.
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
      description: Why the last change was undone. SageMaker clears it with the next one that succeeds.
      returned: when SageMaker gives one
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
          description: Memory and concurrency as they are.
          returned: for serverless variants
          type: dict
          sample: {"max_concurrency": 20, "memory_size_in_mb": 2048}
        current_weight:
          description: The variant's share of the traffic, relative to the sum of all weights.
          returned: when SageMaker gives it
          type: float
          sample: 5.0
        desired_instance_count:
          description: The number of instances that the variant shall have.
          returned: for variants with instances
          type: int
          sample: 2
        desired_serverless_config:
          description: Memory and concurrency as they shall be.
          returned: for serverless variants
          type: dict
          sample: {"max_concurrency": 20, "memory_size_in_mb": 2048, "provisioned_concurrency": 4}
        desired_weight:
          description: The weight that the variant shall have.
          returned: when SageMaker gives it
          type: float
          sample: 5.0
        variant_name:
          description: The name of the variant.
          returned: always
          type: str
          sample: champion
    tags:
      description: The tags, with C(mlops.sagemaker/traffic) while weights or counts are not those of the endpoint configuration.
      returned: always
      type: dict
      sample: {"team": "search", "mlops.sagemaker/traffic": "rank-config-0a1b2c3d"}
msg:
  description: One line that says what was done, or in check mode would be done.
  returned: success
  type: str
  sample: "Endpoint rank was updated."
plan:
  description: What the task did or, in check mode, would do.
  returned: always, on failure as far as known
  type: dict
  contains:
    action:
      description:
        - V(none), V(update), V(retag) if only the tag C(mlops.sagemaker/traffic) was missing or in excess, or V(wait) if nothing had to be
          changed but the end of a transition had to be awaited.
      returned: always
      type: str
      sample: update
    calls:
      description: The API operations that change something, in order.
      returned: always
      type: list
      elements: str
      sample: [UpdateEndpointWeightsAndCapacities, AddTags]
    changes:
      description: What differed, each with its C(path), and its value C(before) and C(after).
      returned: always
      type: list
      elements: dict
      sample:
        - {path: "production_variants[champion].desired_weight", before: 9.0, after: 5.0}
        - {path: "tags.mlops.sagemaker/traffic", before: null, after: rank-config-0a1b2c3d}
tags:
  description: The tags of the endpoint, as inside it. Empty where there are none.
  returned: success
  type: dict
  sample: {"team": "search", "mlops.sagemaker/traffic": "rank-config-0a1b2c3d"}
rolled_back:
  description: Whether the endpoint is in service, but without the desired weights and capacities.
  returned: when the traffic could not be shifted
  type: bool
  sample: true
failure_reason:
  description: SageMaker's reason, empty where it gives none.
  returned: when the traffic could not be shifted
  type: str
cause:
  description:
    - The kind of failure, if RV(failure_reason) reveals it.
    - >-
      Account and AWS: V(quota), V(capacity), V(throttling), V(marketplace), V(alarm) (a rollback alarm fired), V(internal_error) (of AWS), V(timeout).
    - >-
      Permissions and network: V(role), V(kms), V(vpc) (subnets or security groups), V(vpc_route) (no way to S3 or the registry).
    - >-
      Image: V(image_access), V(image_not_found), V(image_manifest), V(image_size), V(entry_point) (no executable C(serve)), V(container_start),
      V(health_check).
    - >-
      Model data: V(artifact_access), V(artifact_archive) (not a tar.gz archive), V(artifact_too_large), V(download_timeout).
    - V(unknown) if nothing is known about the reason.
  returned: when the traffic could not be shifted
  type: str
  sample: capacity
remedy:
  description: What to do about such a cause.
  returned: when the traffic could not be shifted
  type: str
log_group:
  description: The CloudWatch log group of the containers.
  returned: when the traffic could not be shifted
  type: str
  sample: /aws/sagemaker/Endpoints/rank
"""

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import module
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import traffic as traffic_options
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rollout import traffic


def main() -> None:
    module.run(traffic.ensure, **traffic_options.TRAFFIC)


if __name__ == "__main__":
    main()
