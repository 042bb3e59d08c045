#!/usr/bin/python
# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: sagemaker_endpoint
version_added: 1.0.0
short_description: Manage Amazon SageMaker endpoints
description:
  - Creates an endpoint, moves it to another endpoint configuration without downtime, changes its tags, or deletes it.
  - A deploy succeeds only if the endpoint uses the desired configuration, no deployment is pending, and every variant has its desired
    instances and weight. SageMaker may undo an update and return to V(InService) on the old configuration, with or without a reason. The
    module then fails, and the result names the configuration that is serving.
  - An endpoint that is V(Creating), V(Updating), V(SystemUpdating), V(RollingBack) or V(Deleting) accepts no change. The module waits for
    that transition to end, then acts on the resulting state. An interrupted run can therefore be repeated.
  - A V(Failed) endpoint serves nothing and can only be deleted. The module deletes and recreates it, see O(replace_failed).
  - In an endpoint that is V(UpdateRollbackFailed) old and new instances serve side by side, so the module does not delete it to deploy. The
    module can move it to another configuration, and fails if O(endpoint_config_name) is the one that the endpoint already has.
  - The module never deletes or changes existing endpoint configurations and models. If the configuration in use was deleted, SageMaker
    refuses every update. The module then creates a placeholder of that name for the duration of the update, marked by the tag
    C(mlops.sagemaker/placeholder).
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
options:
  state:
    description:
      - V(present) makes the endpoint serve O(endpoint_config_name).
      - V(absent) deletes the endpoint. SageMaker also deregisters its scalable targets, for which the caller needs
        C(application-autoscaling:DeregisterScalableTarget). The module does not delete an endpoint that hosts inference components, see
        O(deleted_components).
    type: str
    choices: [present, absent]
    default: present
  name:
    description:
      - The name of the endpoint, at most 63 letters, digits and hyphens, neither beginning nor ending with a hyphen.
      - SageMaker compares names case-insensitively, but an invocation must use the case given here.
    type: str
    required: true
    aliases: [endpoint_name]
  endpoint_config_name:
    description:
      - The name of the endpoint configuration to serve. Required with O(state=present).
      - The module updates an endpoint that uses another one. SageMaker refuses the update if the configuration does not exist, if a
        real-time endpoint would become serverless, or if the C(accelerator_partition_layouts) of a variant would change.
    type: str
  endpoint_config:
    description:
      - The content of O(endpoint_config_name), in the form of RV(mlops.sagemaker.sagemaker_endpoint_config#module:endpoint_config).
      - Check mode needs it to predict an update to a configuration that does not exist yet. Without it, check mode cannot know whether the
        update changes an instance type or removes a variant. In a run it saves an API call.
      - With it the module also resets weights and instance counts that were changed outside the module to the initial values of the
        configuration. It leaves them unchanged with O(retain_all_variant_properties=true), and on endpoints with the tag
        C(mlops.sagemaker/traffic), which marks a deliberate shift of traffic. It never resets instance counts that an autoscaler owns, see
        also O(scaled_variants).
    type: dict
  deployment_config:
    description:
      - How an update moves the traffic from the old instances to the new ones, and when SageMaker rolls it back.
      - Without it, SageMaker starts the new instances next to the old ones and moves all traffic at once.
      - It applies to the next update. If nothing else differs, the module changes nothing, because SageMaker refuses an update to the
        configuration in use.
      - With any policy the old and the new configuration must have the same variant names.
      - For Inf1 instances and for model packages of AWS Marketplace, SageMaker accepts the policy, but moves all traffic at once and
        watches no alarms.
    type: dict
    suboptions:
      blue_green_update_policy:
        description:
          - Start all new instances next to the old ones, then move the traffic.
          - Mutually exclusive with C(rolling_update_policy).
        type: dict
        suboptions:
          traffic_routing_configuration:
            description:
              - The steps in which the traffic moves.
            type: dict
            required: true
            suboptions:
              type:
                description:
                  - V(ALL_AT_ONCE) moves all traffic in one step. V(CANARY) moves C(canary_size) first, then the rest. V(LINEAR) moves it in
                    equal steps of C(linear_step_size).
                type: str
                choices: [ALL_AT_ONCE, CANARY, LINEAR]
                required: true
              wait_interval_in_seconds:
                description:
                  - Seconds to watch the alarms after each step before the next one, 0 to 3600.
                type: int
                required: true
              canary_size:
                description:
                  - The first step, at most 50 percent of a variant's instances. Required with C(type=CANARY) and not allowed otherwise.
                type: dict
                suboptions: &capacity_size
                  type:
                    description:
                      - Whether C(value) is a number of instances or a percentage of the variant's capacity.
                    type: str
                    choices: [INSTANCE_COUNT, CAPACITY_PERCENT]
                    required: true
                  value:
                    description:
                      - The number or percentage, at least 1.
                    type: int
                    required: true
              linear_step_size:
                description:
                  - The size of each step, 10 to 50 percent of a variant's instances. Required with C(type=LINEAR) and not allowed
                    otherwise.
                type: dict
                suboptions: *capacity_size
          termination_wait_in_seconds:
            description:
              - Seconds to keep the old instances after all traffic has moved, 0 to 3600. SageMaker defaults to 0.
            type: int
          maximum_execution_timeout_in_seconds:
            description:
              - Seconds after which SageMaker aborts the deployment and rolls it back, 600 to 28800.
              - Must exceed the sum of all waits of the policy.
            type: int
      rolling_update_policy:
        description:
          - Replace the instances in batches, so that no second fleet is needed.
          - Not allowed for serverless variants and for endpoints with several variants.
          - Mutually exclusive with C(blue_green_update_policy).
        type: dict
        suboptions:
          maximum_batch_size:
            description:
              - The size of a batch, 5 to 50 percent of the variant's instances.
            type: dict
            required: true
            suboptions: *capacity_size
          wait_interval_in_seconds:
            description:
              - Seconds to watch the alarms after each batch before the next one, 0 to 3600.
            type: int
            required: true
          maximum_execution_timeout_in_seconds:
            description:
              - Seconds after which SageMaker aborts the deployment and rolls it back, 600 to 28800.
            type: int
          rollback_maximum_batch_size:
            description:
              - The batch size of a rollback. SageMaker defaults to 100 percent, all instances at once.
            type: dict
            suboptions: *capacity_size
      auto_rollback_configuration:
        description:
          - Alarms that make SageMaker roll back a deployment.
        type: dict
        suboptions:
          alarms:
            description:
              - 1 to 10 CloudWatch alarms. If one of them fires while the deployment runs, SageMaker rolls it back.
            type: list
            elements: dict
            suboptions:
              alarm_name:
                description:
                  - The name of an alarm in this account and region, at most 255 characters.
                type: str
                required: true
  retain_all_variant_properties:
    description:
      - Whether an update keeps the desired instance count and weight of variants that keep their name. V(false) sets them to the initial
        values of the new configuration, which reverts changes by an autoscaler or a traffic shift.
      - If omitted, the update resets them, except for counts of variants that are scaled automatically (see also O(scaled_variants)), and
        for weights and counts that M(mlops.sagemaker.sagemaker_endpoint_traffic) has shifted and whose initial values are the same in both
        configurations.
      - SageMaker keeps the counts of all variants or of none. If it has to keep one for an autoscaler, the module sets those of the other
        variants right after the update.
    type: bool
  exclude_retained_variant_properties:
    description:
      - At most 3 properties to take from the new configuration although the others are kept.
      - Has no effect without O(retain_all_variant_properties=true).
    type: list
    elements: dict
    suboptions:
      variant_property_type:
        description:
          - V(DesiredInstanceCount) resets the instance count, V(DesiredWeight) the weight. SageMaker accepts V(DataCaptureConfig), but does
            not support it yet.
        type: str
        choices: [DesiredInstanceCount, DesiredWeight, DataCaptureConfig]
        required: true
  retain_deployment_config:
    description:
      - V(true) reuses the policy of the last update, RV(endpoint.last_deployment_config), for this one.
    type: bool
  scaled_variants:
    description:
      - The names of variants of O(endpoint_config_name) whose instance count an autoscaler owns, or will own once a later task, such as
        M(mlops.sagemaker.sagemaker_autoscaling), has registered them.
      - The module does not change their counts, not even by an update. It detects variants that are already registered as scalable targets.
        List the others here, so that a count is not reset just before its autoscaler is registered (again).
      - A new variant still starts with its initial count. When the variant is registered, Application Auto Scaling moves a count outside
        the bounds to the nearest bound.
    type: list
    elements: str
  unscaled_variants:
    description:
      - The names of variants of O(endpoint_config_name) that should not be scaled automatically although they are registered as scalable
        targets, such as those that a later task deregisters. Their counts follow the configuration.
      - If the update requires the module to suspend the target, see O(preserve_autoscaling), the module does not register it again on such
        a variant, renamed or not. If the update fails, the module registers it again on the old variant. The module discards state that an
        interrupted run has saved for such a variant.
      - A name may be in O(scaled_variants) too. Then the module does not change its count, but still drops a target that it has suspended
        for the update, because a later task registers another one.
      - Meant for the role P(mlops.sagemaker.sagemaker_endpoint#role), which knows its other tasks. Your own plays rarely need it.
    type: list
    elements: str
  deleted_components:
    description:
      - The names of inference components that an earlier task of the same play deletes. Check mode, in which they still exist, treats them
        as deleted.
      - The module does not delete an endpoint that hosts components, neither in a run nor in check mode. It waits for components that are
        being deleted.
      - Meant for the role P(mlops.sagemaker.sagemaker_endpoint#role), which knows its other tasks. Your own plays rarely need it.
    type: list
    elements: str
  preserve_autoscaling:
    description:
      - Whether to suspend autoscaling for an update that SageMaker otherwise refuses, and to restore it afterwards.
      - SageMaker refuses to remove a variant that is a registered scalable target, or to change its instance type. For such an update the
        module saves the target with its policies, scheduled actions and tags, deregisters it, updates the endpoint, and registers
        everything again, even if the update fails.
      - During the update the saved state is in tags of the endpoint, C(mlops.sagemaker/autoscaling-*). If the run is killed or times out,
        the next run restores it.
      - The target of a renamed variant moves to the new name. A variant counts as renamed if exactly one variant is removed and exactly one
        is added. The module registers nothing for a variant that is removed without a successor.
      - If the target cannot be registered on the new variant, the module fails before the update, in check mode too. Examples are
        provisioned concurrency of a variant that will run on instances, burstable instances, and a C(min_capacity) of 0 for an endpoint
        that is no longer asynchronous. Remove the target first, or drop it with O(unscaled_variants).
      - If a target that an interrupted run has saved no longer fits, the module drops it with a warning that describes it. If somebody has
        registered or changed the target since, the module keeps the current target and drops the saved one with such a warning.
      - With V(false) the module fails before an update that would need this.
    type: bool
    default: true
  replace_failed:
    description:
      - Whether to delete and recreate an endpoint that serves nothing. That is one that is V(Failed), or V(OutOfService) with the desired
        configuration. RV(plan.action) is then V(replace).
      - With V(false) the module fails with the endpoint's failure reason and does not change the endpoint.
    type: bool
    default: true
  wait:
    description:
      - Whether to wait until the endpoint is in the desired state, or is deleted.
      - With V(false) the module returns once SageMaker has accepted the change. It then does not know whether the change succeeds or is
        rolled back.
      - The module always waits for a transition in progress that prevents SageMaker from accepting the change, and for an update that
        requires another step, such as registering a scalable target again, see O(preserve_autoscaling).
    type: bool
    default: true
  wait_timeout:
    description:
      - Maximum number of seconds to wait, at least 1. After that the module fails. The operation continues in AWS, and the next run waits
        for it again.
      - Defaults to 3600, or to the longest duration that the deployment policy allows if that is longer. The policy of a deployment in
        progress is included.
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
  - amazon.aws.tags
  - mlops.sagemaker.requirements
  - mlops.sagemaker.attributes
seealso:
  - module: mlops.sagemaker.sagemaker_endpoint_config
  - module: mlops.sagemaker.sagemaker_endpoint_info
  - module: mlops.sagemaker.sagemaker_autoscaling
  - ref: ansible_collections.mlops.sagemaker.docsite.deploys
    description: How a deploy proceeds, from the initial status to the verified release.
  - name: UpdateEndpoint
    description: Reference of the API call behind this module.
    link: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateEndpoint.html
"""

EXAMPLES = r"""
- name: Serve a configuration and wait until it is verified
  mlops.sagemaker.sagemaker_endpoint:
    name: fraud
    endpoint_config_name: "{{ fraud_config.endpoint_config.endpoint_config_name }}"
    tags:
      team: payments

- name: Move a quarter of the traffic, watch two alarms for ten minutes, then move the rest
  mlops.sagemaker.sagemaker_endpoint:
    name: fraud
    endpoint_config_name: fraud-config-9c0d1e2f
    deployment_config:
      blue_green_update_policy:
        traffic_routing_configuration:
          type: CANARY
          canary_size:
            type: CAPACITY_PERCENT
            value: 25
          wait_interval_in_seconds: 600
        termination_wait_in_seconds: 300
        maximum_execution_timeout_in_seconds: 3600
      auto_rollback_configuration:
        alarms:
          - alarm_name: fraud-5xx
          - alarm_name: fraud-p95-latency

- name: Replace the instances in four batches, and roll back all at once if an alarm fires
  mlops.sagemaker.sagemaker_endpoint:
    name: fraud
    endpoint_config_name: fraud-config-9c0d1e2f
    deployment_config:
      rolling_update_policy:
        maximum_batch_size:
          type: CAPACITY_PERCENT
          value: 25
        wait_interval_in_seconds: 300
        rollback_maximum_batch_size:
          type: CAPACITY_PERCENT
          value: 100
      auto_rollback_configuration:
        alarms:
          - alarm_name: fraud-5xx

- name: Leave the number of instances to the autoscaler that the next task sets up
  mlops.sagemaker.sagemaker_endpoint:
    name: fraud
    endpoint_config_name: fraud-config-9c0d1e2f
    scaled_variants: [AllTraffic]

- name: Keep the current instance counts, but use the weights of the new configuration
  mlops.sagemaker.sagemaker_endpoint:
    name: rank
    endpoint_config_name: rank-config-0a1b2c3d
    retain_all_variant_properties: true
    exclude_retained_variant_properties:
      - variant_property_type: DesiredWeight

- name: Start an update without waiting for it
  mlops.sagemaker.sagemaker_endpoint:
    name: chat
    endpoint_config_name: chat-config-1a2b3c4d
    wait: false

- name: Wait for that update for up to three hours, and repeat it if it was rolled back
  mlops.sagemaker.sagemaker_endpoint:
    name: chat
    endpoint_config_name: chat-config-1a2b3c4d
    wait_timeout: 10800

- name: Delete an endpoint and wait for the deletion
  mlops.sagemaker.sagemaker_endpoint:
    name: fraud
    state: absent
"""

RETURN = r"""
shortfall:
  description:
    - The instances that an endpoint in service is missing, one text for each variant, if at most its tags had to be changed. Empty
      otherwise.
  returned: success, with O(state=present)
  type: list
  elements: str
  sample: ["Variant AllTraffic has 1 of 3 instances."]
endpoint:
  description:
    - The endpoint as returned by DescribeEndpoint, with its tags. Empty after O(state=absent).
    - In check mode the predicted endpoint. For an endpoint that would be created, only name, ARN, configuration, status and tags are known.
    - On failure the current endpoint. RV(endpoint.endpoint_config_name) then names the configuration that is serving.
  returned: always, on failure if the endpoint exists
  type: dict
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
      description: The policy of the last deployment, with the members of O(deployment_config).
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
msg:
  description: One line that summarises the change, in check mode the change that a run would make.
  returned: success
  type: str
  sample: "Endpoint fraud was updated to fraud-config-9c0d1e2f."
plan:
  description: The plan that the task carried out or, in check mode, would carry out. Also returned on failure, as far as it is known.
  returned: always
  type: dict
  contains:
    action:
      description:
        - One of V(none), V(create), V(update), V(retag), V(replace), V(delete) and V(wait).
        - V(replace) deletes and recreates an endpoint that serves nothing.
        - With V(wait) nothing has to be changed, but a transition in progress has to end first. C(changed) is then V(false).
      returned: always
      type: str
      sample: update
    calls:
      description:
        - The mutating API calls in order, with repetitions. They include the calls that suspend and restore a scalable target, see
          O(preserve_autoscaling).
      returned: always
      type: list
      elements: str
      sample: [UpdateEndpoint]
    changes:
      description:
        - The differences between the current and the desired state. With V(update) they include differences between the endpoint
          configurations, as far as they are known, and differences of weights and instance counts.
      returned: always
      type: list
      elements: dict
      contains:
        after:
          description: The desired value.
          returned: always
          type: raw
          sample: fraud-config-9c0d1e2f
        before:
          description: The current value.
          returned: always
          type: raw
          sample: fraud-config-1a2b3c4d
        path:
          description:
            - The option, with the names of list entries in brackets. V(endpoint_status) if the endpoint is replaced, and
              V(autoscaling[AllTraffic]) for a variant whose autoscaling is dropped with the update, or could not be restored after an
              earlier run.
          returned: always
          type: str
          sample: endpoint_config_name
tags:
  description: The tags of the endpoint, also returned inside it. Empty if it has none, and after O(state=absent).
  returned: success
  type: dict
  sample: {"team": "payments"}
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
    - V(superseded) if somebody else updated the endpoint during the run. V(unknown) if the reason is missing or not recognised.
  returned: when a deploy failed
  type: str
  sample: health_check
failure_reason:
  description: The reason as SageMaker reports it. For some rollbacks it reports none.
  returned: when a deploy failed
  type: str
  sample: >-
    The primary container for production variant AllTraffic did not pass the ping health check. Please check CloudWatch logs for this endpoint.
log_group:
  description: The CloudWatch log group that the containers write to.
  returned: when a deploy failed
  type: str
  sample: /aws/sagemaker/Endpoints/fraud
remedy:
  description: How to fix RV(cause).
  returned: when a deploy failed
  type: str
  sample: >-
    The container did not answer GET /ping in time. An error in its log is the cause. If the log has none, raise
    container_startup_health_check_timeout_in_seconds or use a larger instance_type.
rolled_back:
  description: Whether SageMaker has rolled back the update, so that the old configuration serves.
  returned: when a deploy failed
  type: bool
  sample: true
failure:
  description:
    - The report of the failure, with what helps to find its cause.
    - Secret values of the containers' environments are masked in it.
  returned: when a deploy failed
  type: dict
  contains:
    what:
      description: What failed, V(endpoint creation) or V(endpoint rollout).
      type: str
      returned: always
      sample: endpoint rollout
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
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import endpoint as endpoint_options
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rollout import endpoint as endpoint_rollout


def main() -> None:
    module.run(endpoint_rollout.ensure, **endpoint_options.ENDPOINT)


if __name__ == "__main__":
    main()
