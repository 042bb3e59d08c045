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
  - Creates an endpoint, moves it to another endpoint configuration while it keeps serving, changes its tags, or deletes it.
  - A deploy succeeds only if the endpoint uses the desired configuration, no deployment is pending, and every variant has the
    instances and the weight that it should have. SageMaker may undo an update and return to V(InService) on the old configuration,
    with or without a reason. That is a failure here, and the result says what is serving.
  - An endpoint found V(Creating), V(Updating), V(SystemUpdating), V(RollingBack) or V(Deleting) accepts no change. The end of that
    transition is awaited, then the endpoint is handled as it turns out. So an interrupted run can be repeated.
  - A V(Failed) endpoint serves nothing and can only be deleted. It is deleted and made again, see O(replace_failed).
  - An endpoint that is V(UpdateRollbackFailed) serves with a mix of old and new instances, so that it is not deleted. It can be moved to
    another configuration. The module fails if asked for the one it is left with.
  - Endpoint configurations and models that exist are never deleted or changed, neither the new nor the old ones. If the configuration in
    use was deleted, SageMaker refuses every update. A placeholder of its name is then made for the time of the update, marked
    by the tag C(mlops.sagemaker/placeholder).
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
options:
  state:
    description:
      - V(present) makes sure that the endpoint serves O(endpoint_config_name).
      - V(absent) deletes the endpoint. SageMaker deregisters its scalable targets along with it, for which the caller needs
        C(application-autoscaling:DeregisterScalableTarget). An endpoint that hosts inference components is not deleted, see
        O(deleted_components).
    type: str
    choices: [present, absent]
    default: present
  name:
    description:
      - The name of the endpoint, at most 63 letters, digits and hyphens, neither beginning nor ending with a hyphen.
      - SageMaker ignores case when it looks for a taken name, but an invocation has to use the case given here.
    type: str
    required: true
    aliases: [endpoint_name]
  endpoint_config_name:
    description:
      - The name of the endpoint configuration to serve. Needed with O(state=present).
      - An endpoint that uses another one is updated. SageMaker refuses that if the configuration does not exist, if a real-time
        endpoint would become a serverless one, and if the C(accelerator_partition_layouts) of a variant would change.
    type: str
  endpoint_config:
    description:
      - The content of O(endpoint_config_name), as RV(mlops.sagemaker.sagemaker_endpoint_config#module:endpoint_config) has it.
      - Check mode needs it to predict an update to a configuration that does not exist yet. Without it check mode cannot know that the
        update is going to change an instance type or remove a variant. In a run it saves a call.
      - With it the module also puts back weights and instance counts that were changed behind its back, to the initial ones of the
        configuration. Except with O(retain_all_variant_properties=true), counts that are scaled automatically (see also
        O(scaled_variants)), and endpoints with the tag C(mlops.sagemaker/traffic), which says that the traffic was shifted on purpose.
    type: dict
  deployment_config:
    description:
      - How an update moves the traffic from the old instances to the new ones, and what makes SageMaker undo it.
      - Without it SageMaker starts the new instances beside the old ones and moves all traffic at once.
      - It belongs to the next update. If it is all that differs nothing is changed, since SageMaker refuses an update to the
        configuration in use.
      - With any policy the old and the new configuration need variants of the same names.
      - For Inf1 instances and for model packages of AWS Marketplace SageMaker accepts it, but moves all traffic at once and watches no alarm.
    type: dict
    suboptions:
      blue_green_update_policy:
        description:
          - Starts all new instances beside the old ones, then moves the traffic.
          - Not together with C(rolling_update_policy).
        type: dict
        suboptions:
          traffic_routing_configuration:
            description:
              - In which steps the traffic moves.
            type: dict
            required: true
            suboptions:
              type:
                description:
                  - V(ALL_AT_ONCE) is one step. V(CANARY) is a first step of C(canary_size), then the rest. V(LINEAR) is equal steps of
                    C(linear_step_size).
                type: str
                choices: [ALL_AT_ONCE, CANARY, LINEAR]
                required: true
              wait_interval_in_seconds:
                description:
                  - Seconds after each step in which the alarms are watched before the next one, 0 to 3600.
                type: int
                required: true
              canary_size:
                description:
                  - The first step, at most 50 percent of a variant's instances. Needed with C(type=CANARY), and only allowed there.
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
                      - How much, at least 1.
                    type: int
                    required: true
              linear_step_size:
                description:
                  - Each step, 10 to 50 percent of a variant's instances. Needed with C(type=LINEAR), and only allowed there.
                type: dict
                suboptions: *capacity_size
          termination_wait_in_seconds:
            description:
              - Seconds for which the old instances are kept after all traffic has moved, 0 to 3600. SageMaker assumes 0.
            type: int
          maximum_execution_timeout_in_seconds:
            description:
              - Seconds after which SageMaker gives the deployment up and undoes it, 600 to 28800.
              - Has to be more than all waits of the policy together.
            type: int
      rolling_update_policy:
        description:
          - Replaces the instances in batches, so that no second set of instances is needed.
          - Refused for serverless variants and for endpoints with several variants.
          - Not together with C(blue_green_update_policy).
        type: dict
        suboptions:
          maximum_batch_size:
            description:
              - How much is replaced at a time, 5 to 50 percent of the variant's instances.
            type: dict
            required: true
            suboptions: *capacity_size
          wait_interval_in_seconds:
            description:
              - Seconds after each batch in which the alarms are watched before the next one, 0 to 3600.
            type: int
            required: true
          maximum_execution_timeout_in_seconds:
            description:
              - Seconds after which SageMaker gives the deployment up and undoes it, 600 to 28800.
            type: int
          rollback_maximum_batch_size:
            description:
              - The batch size of a rollback. The default of SageMaker is 100 percent, everything at once.
            type: dict
            suboptions: *capacity_size
      auto_rollback_configuration:
        description:
          - What makes SageMaker roll back a deployment that would otherwise succeed.
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
                  - The name of an alarm of this account and region, at most 255 characters.
                type: str
                required: true
  retain_all_variant_properties:
    description:
      - Whether an update keeps the desired instance count and weight of the variants whose name stays. V(false) sets them to the initial
        values of the new configuration, which undoes what an autoscaler or a shift of weights has done.
      - If not given, they are reset, except for counts of variants that are scaled automatically (see also O(scaled_variants)), and for
        weights and counts that M(mlops.sagemaker.sagemaker_endpoint_traffic) has shifted and that begin with the same values in both
        configurations.
      - SageMaker keeps the counts of all variants or of none. Where it has to keep one for an autoscaler, those of the other variants are
        set right after the update.
    type: bool
  exclude_retained_variant_properties:
    description:
      - At most 3 properties that are taken from the new configuration although the others are kept.
      - Has a meaning only with O(retain_all_variant_properties=true).
    type: list
    elements: dict
    suboptions:
      variant_property_type:
        description:
          - V(DesiredInstanceCount) resets the instance count, V(DesiredWeight) the weight. SageMaker knows V(DataCaptureConfig), but does
            not support it yet.
        type: str
        choices: [DesiredInstanceCount, DesiredWeight, DataCaptureConfig]
        required: true
  retain_deployment_config:
    description:
      - V(true) uses the policy of the last update, RV(endpoint.last_deployment_config), for this one too.
    type: bool
  scaled_variants:
    description:
      - The names of variants of O(endpoint_config_name) whose instance count an autoscaler owns, or will own once a later task has
        registered them, such as one of M(mlops.sagemaker.sagemaker_autoscaling).
      - Their counts are left alone, by an update as well, like those of the variants that are registered as scalable targets when the
        module looks. The module finds these on its own. Name the others, so that a count is not reset just before its autoscaler comes (back).
      - A variant that is new begins with its initial count all the same. Application Auto Scaling brings a count that is out of bounds
        within them when the variant is registered.
    type: list
    elements: str
  unscaled_variants:
    description:
      - The names of variants of O(endpoint_config_name) that shall not be scaled automatically although they are registered as scalable
        targets, such as those that a later task is going to deregister. Their counts follow the configuration.
      - A target that has to step aside for the update, see O(preserve_autoscaling), is not registered again on such a variant, renamed
        or not. If the update fails, it is registered again on the old one. What an interrupted run has saved for such a variant is
        forgotten.
      - A name may stand in O(scaled_variants) too. Then its count is left alone, and a target that is suspended for the update is given up all the same,
        for a later task that registers another one.
      - For the role P(mlops.sagemaker.sagemaker_endpoint#role), which knows what its other tasks do. Plays of your own rarely need it.
    type: list
    elements: str
  deleted_components:
    description:
      - The names of inference components that an earlier task of the same play deletes. Check mode, in which they are still there, takes
        them as deleted.
      - The module deletes no endpoint that hosts components, in a run and in check mode. It waits for components that are being deleted.
      - For the role P(mlops.sagemaker.sagemaker_endpoint#role), which knows what its other tasks do. Plays of your own rarely need it.
    type: list
    elements: str
  preserve_autoscaling:
    description:
      - Whether autoscaling survives an update that SageMaker allows only without it.
      - SageMaker refuses to remove a variant that is a registered scalable target, or to change its instance type. For such an update the
        target, its policies, its scheduled actions and its tags are saved, the target is deregistered, the endpoint is updated, and all
        is registered again, also if the update fails.
      - In between all this is kept in tags of the endpoint, C(mlops.sagemaker/autoscaling-*). So it is restored by the next run if this
        one is killed or runs out of time.
      - A renamed variant takes its target with it. A variant counts as renamed if it is the only one that is removed and only one is added.
        Nothing is registered for a variant that is removed without a successor.
      - If the target does not fit the variant that it would come back on, the module fails before such an update, in check mode too.
        So it does for provisioned concurrency of a variant that is to run on instances, for burstable instances, and for a
        C(min_capacity) of 0 of an endpoint that is not asynchronous any more. Remove the target first, or give it up with
        O(unscaled_variants).
      - A target that an interrupted run has saved and that does not fit any more is given up with a warning that says what it was. So is one
        that somebody has registered or changed since, which is then kept as it is.
      - With V(false) the module fails before such an update.
    type: bool
    default: true
  replace_failed:
    description:
      - Whether an endpoint that serves nothing is deleted and made again. That is one that is V(Failed), or V(OutOfService) with the
        configuration asked for. RV(plan.action) is then V(replace).
      - With V(false) the module fails with the endpoint's failure reason and leaves it as it is.
    type: bool
    default: true
  wait:
    description:
      - Whether to wait until the endpoint serves as it should, or is gone.
      - With V(false) the module returns once SageMaker has accepted the change. Whether it succeeds is then unknown, and so is a rollback.
      - Awaited in any case are a transition under way that keeps SageMaker from accepting the change, and an update after which something
        is left to do, such as to register a scalable target again, see O(preserve_autoscaling).
    type: bool
    default: true
  wait_timeout:
    description:
      - For how many seconds to wait, at least 1. After that the module fails, the endpoint carries on, and the next run waits for it again.
      - If not given 3600, or what the deployment policy may take if that is longer, that of a deployment under way included.
    type: int
notes:
  - A B(check mode) run does not wait. It predicts from what the endpoint is at the moment, and takes a transition under way to end well.
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
    description: How a deploy proceeds, from the status found to the verified release.
  - name: UpdateEndpoint
    description: Reference of the API call behind this module.
    link: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateEndpoint.html
"""

EXAMPLES = r"""
- name: Serve a configuration, and wait until it is verified
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

- name: Replace the instances in four batches, and put all back at once if an alarm fires
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

- name: Keep the instances there are, but take the weights of the new configuration
  mlops.sagemaker.sagemaker_endpoint:
    name: rank
    endpoint_config_name: rank-config-0a1b2c3d
    retain_all_variant_properties: true
    exclude_retained_variant_properties:
      - variant_property_type: DesiredWeight

- name: Start an update and look after it later
  mlops.sagemaker.sagemaker_endpoint:
    name: chat
    endpoint_config_name: chat-config-1a2b3c4d
    wait: false

- name: Wait for that update, for three hours if need be, and make it again if it was rolled back
  mlops.sagemaker.sagemaker_endpoint:
    name: chat
    endpoint_config_name: chat-config-1a2b3c4d
    wait_timeout: 10800

- name: Delete an endpoint and wait until it is gone
  mlops.sagemaker.sagemaker_endpoint:
    name: fraud
    state: absent
"""

RETURN = r"""
shortfall:
  description:
    - What an endpoint in service lacks of the instances that it should have, one text for each variant, where nothing but its tags had to
      be changed. Empty otherwise.
  returned: success, with O(state=present)
  type: list
  elements: str
  sample: ["Variant AllTraffic has 1 of 3 instances."]
endpoint:
  description:
    - The endpoint as DescribeEndpoint gives it, with its tags. Empty after O(state=absent).
    - In check mode as a run would leave it. Of an endpoint that would be made only name, ARN, configuration, status and tags are known.
    - On failure the endpoint as it is now. RV(endpoint.endpoint_config_name) then says what is serving.
  returned: always, on failure if the endpoint exists
  type: dict
  contains:
    async_inference_config:
      description: Settings of an asynchronous endpoint, with the members of the option of M(mlops.sagemaker.sagemaker_endpoint_config).
      returned: when the endpoint is asynchronous
      type: dict
      sample: {"output_config": {"s3_output_path": "s3://example-async/out/"}}
    creation_time:
      description: When the endpoint was made.
      returned: when the endpoint exists
      type: str
      sample: "2026-03-01T10:15:30.123000+00:00"
    cross_region_traffic_config:
      description:
        - How much traffic the endpoint takes from other regions, C(max_invocations_per_second_per_instance) and
          C(max_cross_region_percent_per_endpoint).
      returned: when given in the endpoint configuration
      type: dict
    data_capture_config:
      description: What is currently captured of requests and responses.
      returned: when the endpoint captures data
      type: dict
      contains:
        capture_status:
          description: V(Started) or V(Stopped).
          returned: always
          type: str
          sample: Started
        current_sampling_percentage:
          description: The share of requests that is captured.
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
      description: The ARN of the endpoint, in lower case whatever the name.
      returned: when the endpoint exists
      type: str
      sample: arn:aws:sagemaker:us-east-1:111122223333:endpoint/fraud
    endpoint_config_name:
      description: The endpoint configuration in use. During an update that is still the old one.
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
      description: How explanations are made, with the members of the option of M(mlops.sagemaker.sagemaker_endpoint_config).
      returned: when given in the endpoint configuration
      type: dict
    failure_reason:
      description: Why the endpoint failed, or why the last update was undone. SageMaker clears it with the next successful update.
      returned: when SageMaker gives one
      type: str
      sample: >-
        The primary container for production variant AllTraffic did not pass the ping health check. Please check CloudWatch logs for this endpoint.
    last_deployment_config:
      description: The policy of the last deployment, with the members of O(deployment_config).
      returned: when a deployment was made with one
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
        - Which metrics are published, C(enable_enhanced_metrics), C(enable_detailed_observability) and
          C(metric_publish_frequency_in_seconds).
      returned: when given in the endpoint configuration
      type: dict
      sample: {"enable_enhanced_metrics": true, "metric_publish_frequency_in_seconds": 60}
    pending_deployment_summary:
      description: The deployment under way.
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
          returned: when SageMaker gives them
          type: list
          elements: dict
          sample: [{"variant_name": "AllTraffic", "instance_type": "ml.m5.2xlarge", "variant_status": [{"status": "Baking"}]}]
        shadow_production_variants: *pending_variants
        start_time:
          description: When the deployment began.
          returned: when SageMaker gives it
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
          description: Memory and concurrency of a serverless variant, as they are (C(current)) or shall be (C(desired)).
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
              description: The invocations that are kept warm.
              returned: when set
              type: int
              sample: 2
        current_weight:
          description: The variant's share of the traffic, relative to the sum of all weights.
          returned: when SageMaker gives it
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
              description: The image as the model gives it.
              returned: always
              type: str
              sample: 683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0
        desired_instance_count:
          description: The number of instances that the variant shall have, as set by the configuration, an autoscaler or by hand.
          returned: for variants with instances
          type: int
          sample: 2
        desired_serverless_config: *serverless
        desired_weight:
          description: The weight that the variant shall have.
          returned: when SageMaker gives it
          type: float
          sample: 1.0
        instance_pools:
          description: The instances by type, each with C(instance_type) and C(current_instance_count).
          returned: for variants with instance pools
          type: list
          elements: dict
        managed_instance_scaling:
          description: Bounds of the number of instances, C(status), C(min_instance_count), C(max_instance_count) and C(scale_in_policy).
          returned: for variants that host inference components and scale by themselves
          type: dict
        routing_config:
          description: How requests are spread over the instances, C(routing_strategy) and C(prefix_aware_routing_config).
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
              description: When that began.
              returned: when SageMaker gives it
              type: str
              sample: "2026-03-01T10:16:05.123000+00:00"
            status:
              description: One of V(Creating), V(Updating), V(Deleting), V(ActivatingTraffic) and V(Baking).
              returned: always
              type: str
              sample: Baking
            status_message:
              description: More about it.
              returned: when SageMaker gives it
              type: str
    shadow_production_variants:
      description: The variants that get a copy of the requests.
      returned: when the endpoint has shadow variants
      type: list
      elements: dict
      contains: *variant
    tags:
      description: The tags of the endpoint. Its configuration and models have their own.
      returned: always
      type: dict
      sample: {"team": "payments"}
msg:
  description: One line that says what was done, or in check mode would be done.
  returned: success
  type: str
  sample: "Endpoint fraud was updated to fraud-config-9c0d1e2f."
plan:
  description: What the task did or, in check mode, would do. Also returned on failure, as far as it is known.
  returned: always
  type: dict
  contains:
    action:
      description:
        - One of V(none), V(create), V(update), V(retag), V(replace), V(delete) and V(wait).
        - V(replace) deletes an endpoint that serves nothing and makes it again.
        - With V(wait) nothing has to be changed, but a transition under way has to end first. C(changed) is then V(false).
      returned: always
      type: str
      sample: update
    calls:
      description:
        - The API operations that change something, in order, each as often as it is made. Those that make a scalable target step aside
          and bring it back are among them, see O(preserve_autoscaling).
      returned: always
      type: list
      elements: str
      sample: [UpdateEndpoint]
    changes:
      description:
        - The differences between the current and the desired state. With V(update) also what differs in the endpoint
          configurations, as far as they are known, or in weights and instance counts.
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
          description: The value found.
          returned: always
          type: raw
          sample: fraud-config-1a2b3c4d
        path:
          description:
            - The option, with the names of list entries in brackets. V(endpoint_status) of an endpoint that is replaced, and
              V(autoscaling[AllTraffic]) for a variant whose autoscaling is given up with the update, or could not be restored by an
              earlier run.
          returned: always
          type: str
          sample: endpoint_config_name
tags:
  description: The tags of the endpoint, as inside it. Empty where there are none, and after O(state=absent).
  returned: success
  type: dict
  sample: {"team": "payments"}
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
    - V(superseded) if somebody else updated the endpoint during the run, V(unknown) if nothing is known about the reason.
  returned: when a deploy failed
  type: str
  sample: health_check
failure_reason:
  description: The reason that SageMaker gives, in its own words. It gives none for some rollbacks.
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
  description: What to do about RV(cause).
  returned: when a deploy failed
  type: str
  sample: >-
    The container did not answer GET /ping in time. Read its log, and raise container_startup_health_check_timeout_in_seconds or use a
    larger instance_type if it only needs longer.
rolled_back:
  description: Whether SageMaker has undone the update, so that the old configuration serves.
  returned: when a deploy failed
  type: bool
  sample: true
"""

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import module
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import endpoint as endpoint_options
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rollout import endpoint as endpoint_rollout


def main() -> None:
    module.run(endpoint_rollout.ensure, **endpoint_options.ENDPOINT)


if __name__ == "__main__":
    main()
