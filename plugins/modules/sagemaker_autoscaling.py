#!/usr/bin/python
# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: sagemaker_autoscaling
version_added: 1.0.0
short_description: Manage autoscaling of Amazon SageMaker endpoints
description:
  - Registers a variant of an endpoint or an inference component as a scalable target of Application Auto Scaling, with its bounds, scaling
    policies, scheduled actions and tags, or deregisters it together with all of these.
  - The module compares only the options that are given. Bounds, suspensions, policies, scheduled actions and tags that are not given stay
    unchanged.
  - Application Auto Scaling creates the CloudWatch alarms of target tracking policies. You create the alarm of a step scaling policy, with
    the C(policy_arn) of the policy as its action.
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
options:
  state:
    description:
      - V(present) registers the target as described.
      - V(absent) deregisters it, which deletes its scaling policies and scheduled actions. The current capacity stays.
    type: str
    choices: [present, absent]
    default: present
  endpoint_name:
    description:
      - The name of the endpoint whose variant is scaled. Requires O(variant_name).
      - Exactly one of O(endpoint_name), O(inference_component_name) and O(resource_id) is required.
    type: str
  variant_name:
    description:
      - The name of the variant to scale. A variant that hosts inference components cannot be a target, because SageMaker scales its
        instances. Register its components instead.
      - The module refuses a variant with a burstable instance type, such as C(ml.t2.medium).
    type: str
  inference_component_name:
    description:
      - The name of the inference component whose number of copies is scaled.
    type: str
  resource_id:
    description:
      - The target as Application Auto Scaling names it, C(endpoint/<endpoint>/variant/<variant>) or C(inference-component/<name>). Use it
        instead of the options that name its parts.
    type: str
  service_namespace:
    description:
      - The service namespace that every call of the API takes. Must be V(sagemaker).
    type: str
    default: sagemaker
  scalable_dimension:
    description:
      - The dimension to scale. For a variant V(instance_count) or V(provisioned_concurrency), for an inference component V(copy_count). The
        API names V(sagemaker:variant:DesiredInstanceCount), V(sagemaker:variant:DesiredProvisionedConcurrency) and
        V(sagemaker:inference-component:DesiredCopyCount) are accepted as well.
      - Defaults to V(instance_count) for a variant and V(copy_count) for an inference component. Serverless variants therefore need
        V(provisioned_concurrency) explicitly.
    type: str
  min_capacity:
    description:
      - The lower bound, in instances, concurrent invocations or copies. Required for a new target.
      - V(0) is allowed for variants of asynchronous endpoints, for provisioned concurrency and for inference components. At 0 most metrics
        stop, so scaling out again requires a step scaling policy with an alarm on a metric that continues.
      - If the current capacity is lower, AWS raises it at once, and the endpoint may become V(Updating).
    type: int
  max_capacity:
    description:
      - The upper bound, in instances, concurrent invocations or copies, at least O(min_capacity). Required for a new target.
      - If the current capacity is higher, AWS lowers it at once, and the endpoint may become V(Updating).
    type: int
  suspended_state:
    description:
      - Which kinds of scaling are suspended. Kinds that are not given stay unchanged.
    type: dict
    suboptions:
      dynamic_scaling_in_suspended:
        description:
          - Whether scaling policies are prevented from lowering the capacity.
        type: bool
      dynamic_scaling_out_suspended:
        description:
          - Whether scaling policies are prevented from raising the capacity.
        type: bool
      scheduled_scaling_suspended:
        description:
          - Whether scheduled actions are skipped.
        type: bool
  scaling_policies:
    description:
      - The scaling policies, at most 50, matched by name. If several disagree, AWS uses the one that results in more capacity.
      - Each metric can have at most one target tracking policy.
      - An update keeps the settings that the entry omits, such as a cooldown. That applies to the members of the configuration and, as long
        as the metric is the same, to those of the metric.
      - If a policy of the same name has another type, the module deletes and recreates it, because AWS cannot change the type.
      - If omitted, the policies stay unchanged. An empty list removes all, see O(purge_scaling_policies).
    type: list
    elements: dict
    suboptions:
      policy_name:
        description:
          - The name of the policy, unique for the target, at most 256 characters. Renaming a policy creates a new one.
        type: str
        required: true
      policy_type:
        description:
          - The kind of policy. It must match the configuration, and is derived from it if omitted.
        type: str
        choices: [StepScaling, TargetTrackingScaling]
      step_scaling_policy_configuration:
        description:
          - Changes the capacity by steps when an alarm fires.
          - Exactly one of C(step_scaling_policy_configuration) and C(target_tracking_scaling_policy_configuration) is required.
        type: dict
        suboptions:
          adjustment_type:
            description:
              - V(ChangeInCapacity) adds C(scaling_adjustment) to the capacity. V(PercentChangeInCapacity) adds that percentage of the
                capacity. V(ExactCapacity) sets the capacity to C(scaling_adjustment).
            type: str
            choices: [ChangeInCapacity, PercentChangeInCapacity, ExactCapacity]
            required: true
          step_adjustments:
            description:
              - 1 to 20 steps, selected by the distance of the metric from the alarm threshold. Their intervals must not overlap and must
                not leave gaps.
              - Each step needs at least one bound. If one has a negative lower bound, another must have no lower bound. If one has a
                positive upper bound, another must have no upper bound.
            type: list
            elements: dict
            required: true
            suboptions:
              metric_interval_lower_bound:
                description:
                  - The lower end of the interval, relative to the alarm threshold. If omitted, the interval is unbounded below.
                type: float
              metric_interval_upper_bound:
                description:
                  - The upper end of the interval, relative to the alarm threshold and greater than the lower end. If omitted, the interval
                    is unbounded above.
                type: float
              scaling_adjustment:
                description:
                  - The change of capacity, interpreted according to C(adjustment_type). Negative numbers lower the capacity and are not
                    allowed with V(ExactCapacity).
                type: int
                required: true
          min_adjustment_magnitude:
            description:
              - The smallest change of capacity. Only with C(adjustment_type=PercentChangeInCapacity).
            type: int
          cooldown:
            description:
              - Seconds to wait after a change before the next one. AWS defaults to 300.
            type: int
          metric_aggregation_type:
            description:
              - How CloudWatch aggregates the data points of the metric. AWS defaults to V(Average).
            type: str
            choices: [Average, Minimum, Maximum]
      target_tracking_scaling_policy_configuration:
        description:
          - Keeps a metric near a target value, like a thermostat.
          - Exactly one of C(step_scaling_policy_configuration) and C(target_tracking_scaling_policy_configuration) is required.
        type: dict
        suboptions:
          target_value:
            description:
              - The target value. For example invocations per instance and minute, or V(0.7) for a utilization of 70 percent.
            type: float
            required: true
          predefined_metric_specification:
            description:
              - A metric that AWS has predefined.
              - Exactly one of C(predefined_metric_specification) and C(customized_metric_specification) is required.
            type: dict
            suboptions:
              predefined_metric_type:
                description:
                  - For variants with instances V(SageMakerVariantInvocationsPerInstance), the invocations per instance and minute, or
                    V(SageMakerVariantConcurrentRequestsPerModelHighResolution).
                  - For serverless variants V(SageMakerVariantProvisionedConcurrencyUtilization), from 0 to 1.
                  - For inference components V(SageMakerInferenceComponentInvocationsPerCopy), the invocations per copy and minute, or
                    V(SageMakerInferenceComponentConcurrentRequestsPerCopyHighResolution).
                  - The module passes on names that it does not know, so new metrics of AWS work at once. It refuses a metric that does not
                    match the dimension.
                type: str
                required: true
              resource_label:
                description:
                  - The load balancer that the metric belongs to. AWS refuses it for the metrics of SageMaker.
                type: str
          customized_metric_specification:
            description:
              - Any CloudWatch metric, or an expression over several.
              - Give either C(metric_name), C(namespace) and C(statistic), or C(metrics).
            type: dict
            suboptions:
              metric_name: &metric_name
                description:
                  - The name of the metric.
                type: str
              namespace: &namespace
                description:
                  - The namespace of the metric, such as V(AWS/SageMaker).
                type: str
              dimensions: &dimensions
                description:
                  - All dimensions that the metric is published with.
                type: list
                elements: dict
                suboptions:
                  name:
                    description:
                      - The name of the dimension, such as V(EndpointName).
                    type: str
                    required: true
                  value:
                    description:
                      - The value of the dimension.
                    type: str
                    required: true
              statistic:
                description:
                  - How CloudWatch aggregates the data points of a minute.
                type: str
                choices: [Average, Minimum, Maximum, SampleCount, Sum]
              unit: &unit
                description:
                  - Use only data points that were published with this unit.
                type: str
              metrics:
                description:
                  - Metrics and expressions over them. Exactly one of them returns the value to track.
                type: list
                elements: dict
                suboptions:
                  id:
                    description:
                      - The name of this entry in expressions. It starts with a lower-case letter, followed by letters, digits and
                        underscores.
                    type: str
                    required: true
                  expression:
                    description:
                      - A CloudWatch metric math expression over other entries, at most 2048 characters.
                      - Exactly one of C(expression) and C(metric_stat) is required.
                    type: str
                  metric_stat:
                    description:
                      - A metric and its statistic.
                    type: dict
                    suboptions:
                      metric:
                        description:
                          - The metric.
                        type: dict
                        required: true
                        suboptions:
                          metric_name: *metric_name
                          namespace: *namespace
                          dimensions: *dimensions
                      stat:
                        description:
                          - Any CloudWatch statistic, such as V(Average) or V(p95).
                        type: str
                        required: true
                      unit: *unit
                  label:
                    description:
                      - A human-readable label.
                    type: str
                  return_data:
                    description:
                      - Whether this entry returns the value to track. With expressions, set V(true) for the final one and V(false) for all
                        others. AWS defaults to V(true).
                    type: bool
          scale_out_cooldown:
            description:
              - Seconds to wait after scaling out before scaling out again. AWS defaults to 300.
            type: int
          scale_in_cooldown:
            description:
              - Seconds to wait after scaling in before scaling in again. AWS defaults to 300.
            type: int
          disable_scale_in:
            description:
              - V(true) if this policy may only raise the capacity. AWS defaults to V(false).
            type: bool
  purge_scaling_policies:
    description:
      - Whether to delete policies of the target that are not in O(scaling_policies). Has no effect without O(scaling_policies).
    type: bool
    default: true
  scheduled_actions:
    description:
      - The scheduled actions, at most 200, matched by name. They change the bounds at a given time.
      - A bound that one of them has set stays, although it differs from O(min_capacity) or O(max_capacity), and RV(notes) says so. These
        options set the bounds of a new target. If you change one of them, the module applies the change at once, until the next action.
        The target's tag C(mlops.sagemaker/limits) records the options, so that the module can tell your change from one of the schedule.
      - A changed action takes effect when it is due next. If you remove an action, the bounds that it has set return to the options.
      - If omitted, the actions stay unchanged. An empty list removes all, see O(purge_scheduled_actions).
    type: list
    elements: dict
    suboptions:
      scheduled_action_name:
        description:
          - The name of the action, unique for the target, at most 256 characters without C(:), C(/) and C(|).
        type: str
        required: true
      schedule:
        description:
          - When the action runs. V(at(2026-11-27T06:00:00\)) runs it once, V(rate(1 day\)) at an interval, V(cron(0 8 ? * MON-FRI *\)) at
            given times.
          - The six fields of cron are minutes, hours, day of month, month, day of week, year.
        type: str
        required: true
      timezone:
        description:
          - The time zone of C(at) and C(cron), such as V(Europe/Berlin), from the time zone database of the host that the module runs on.
            AWS defaults to UTC.
        type: str
      start_time:
        description:
          - When a recurring action starts, in ISO 8601 such as V(2026-11-01T00:00:00Z). A time without a zone is UTC. Results show UTC.
          - If omitted, an existing action keeps its time.
        type: str
      end_time:
        description:
          - When a recurring action ends, in ISO 8601 such as V(2026-12-31T00:00:00Z). A time without a zone is UTC. Results show UTC.
          - If omitted, an existing action keeps its time.
        type: str
      scalable_target_action:
        description:
          - The new bounds of the target. At least one is required.
          - They replace O(min_capacity) and O(max_capacity) in AWS. A later run that is given these options sets them back.
        type: dict
        required: true
        suboptions:
          min_capacity:
            description:
              - The new lower bound.
            type: int
          max_capacity:
            description:
              - The new upper bound, at least C(min_capacity).
            type: int
  purge_scheduled_actions:
    description:
      - Whether to delete scheduled actions of the target that are not in O(scheduled_actions). Has no effect without O(scheduled_actions).
    type: bool
    default: true
  assume_unregistered:
    description:
      - In check mode, predict as if the target were not registered. Has no effect outside check mode.
      - Use it in a play in which an earlier task recreates the endpoint, which deletes the target. In check mode that task deletes nothing,
        so this one would find the target of the old endpoint and predict no registration.
      - Meant for the role P(mlops.sagemaker.sagemaker_endpoint#role), which knows its other tasks. Your own plays rarely need it.
    type: bool
    default: false
notes:
  - A variant can be registered only once its endpoint is in service, and an inference component only once it exists.
  - Before the module registers a variant, or lets it scale to 0 for the first time, it checks the configuration of the endpoint. If AWS
    would refuse the target, the module fails before it changes anything. In check mode it warns instead, because an earlier task may be
    going to change the endpoint. The check needs C(sagemaker:DescribeEndpoint) and C(sagemaker:DescribeEndpointConfig), and is skipped
    without these permissions.
  - The first registration in an account needs C(iam:CreateServiceLinkedRole).
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - mlops.sagemaker.requirements
  - mlops.sagemaker.attributes
seealso:
  - module: mlops.sagemaker.sagemaker_endpoint
  - module: mlops.sagemaker.sagemaker_autoscaling_info
  - ref: ansible_collections.mlops.sagemaker.docsite.autoscaling
    description: Targets, metrics and policies for each kind of endpoint.
  - name: PutScalingPolicy
    description: Reference of the API call behind O(scaling_policies).
    link: https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScalingPolicy.html
"""

EXAMPLES = r"""
- name: Between 1 and 4 instances, at 100 invocations per instance and minute
  mlops.sagemaker.sagemaker_autoscaling:
    endpoint_name: fraud
    variant_name: AllTraffic
    min_capacity: 1
    max_capacity: 4
    scaling_policies:
      - policy_name: invocations
        policy_type: TargetTrackingScaling
        target_tracking_scaling_policy_configuration:
          target_value: 100
          predefined_metric_specification:
            predefined_metric_type: SageMakerVariantInvocationsPerInstance
          scale_out_cooldown: 60
          scale_in_cooldown: 600

- name: Scale an asynchronous endpoint with its queue, down to zero instances
  mlops.sagemaker.sagemaker_autoscaling:
    endpoint_name: ocr-async
    variant_name: AllTraffic
    min_capacity: 0
    max_capacity: 5
    scaling_policies:
      - policy_name: backlog
        policy_type: TargetTrackingScaling
        target_tracking_scaling_policy_configuration:
          target_value: 5
          customized_metric_specification:
            namespace: AWS/SageMaker
            metric_name: ApproximateBacklogSizePerInstance
            dimensions:
              - name: EndpointName
                value: ocr-async
            statistic: Average
          scale_out_cooldown: 300
          scale_in_cooldown: 600
      - policy_name: wake-from-zero
        policy_type: StepScaling
        step_scaling_policy_configuration:
          adjustment_type: ChangeInCapacity
          metric_aggregation_type: Average
          cooldown: 300
          step_adjustments:
            - metric_interval_lower_bound: 0
              scaling_adjustment: 1
  register: ocr

- name: Create the alarm that triggers the step scaling policy when requests wait and no instance runs
  amazon.aws.cloudwatch_metric_alarm:
    name: ocr-async-backlog-without-capacity
    namespace: AWS/SageMaker
    metric_name: HasBacklogWithoutCapacity
    dimensions:
      EndpointName: ocr-async
    statistic: Average
    period: 60
    evaluation_periods: 2
    threshold: 1
    comparison: GreaterThanOrEqualToThreshold
    treat_missing_data: missing
    alarm_actions:
      - "{{ (ocr.scalable_target.scaling_policies | selectattr('policy_name', 'eq', 'wake-from-zero') | first).policy_arn }}"
  when: not ansible_check_mode

- name: Track an expression over two metrics
  mlops.sagemaker.sagemaker_autoscaling:
    endpoint_name: rank
    variant_name: champion
    min_capacity: 2
    max_capacity: 10
    scaling_policies:
      - policy_name: gpu-memory-per-instance
        policy_type: TargetTrackingScaling
        target_tracking_scaling_policy_configuration:
          target_value: 60
          customized_metric_specification:
            metrics:
              - id: memory
                metric_stat:
                  metric:
                    namespace: /aws/sagemaker/Endpoints
                    metric_name: GPUMemoryUtilization
                    dimensions: &champion
                      - name: EndpointName
                        value: rank
                      - name: VariantName
                        value: champion
                  stat: Average
                return_data: false
              - id: devices
                metric_stat:
                  metric:
                    namespace: Example/Serving
                    metric_name: DevicesPerInstance
                    dimensions: *champion
                  stat: Maximum
                return_data: false
              - id: share
                expression: memory / devices
                label: Memory used on each device
                return_data: true

- name: Set other bounds in office hours, over the holidays, and once a day for a year
  mlops.sagemaker.sagemaker_autoscaling:
    endpoint_name: ocr-async
    variant_name: AllTraffic
    scheduled_actions:
      - scheduled_action_name: office-hours
        schedule: cron(0 8 ? * MON-FRI *)
        timezone: Europe/Berlin
        scalable_target_action:
          min_capacity: 2
          max_capacity: 5
      - scheduled_action_name: holidays
        schedule: at(2026-12-24T12:00:00)
        timezone: Europe/Berlin
        scalable_target_action:
          min_capacity: 0
          max_capacity: 0
      - scheduled_action_name: daily-floor
        schedule: rate(1 day)
        start_time: "2027-01-04T00:00:00Z"
        end_time: "2027-12-20T00:00:00Z"
        scalable_target_action:
          min_capacity: 1

- name: Scale the provisioned concurrency of a serverless endpoint at 70 percent utilization
  mlops.sagemaker.sagemaker_autoscaling:
    endpoint_name: churn-serverless
    variant_name: AllTraffic
    scalable_dimension: provisioned_concurrency
    min_capacity: 1
    max_capacity: 10
    scaling_policies:
      - policy_name: utilization
        policy_type: TargetTrackingScaling
        target_tracking_scaling_policy_configuration:
          target_value: 0.7
          predefined_metric_specification:
            predefined_metric_type: SageMakerVariantProvisionedConcurrencyUtilization

- name: Scale the copies of an inference component
  mlops.sagemaker.sagemaker_autoscaling:
    inference_component_name: chat-base
    min_capacity: 0
    max_capacity: 4
    scaling_policies:
      - policy_name: concurrency
        policy_type: TargetTrackingScaling
        target_tracking_scaling_policy_configuration:
          target_value: 5
          predefined_metric_specification:
            predefined_metric_type: SageMakerInferenceComponentConcurrentRequestsPerCopyHighResolution

- name: Do not scale in during a load test
  mlops.sagemaker.sagemaker_autoscaling:
    endpoint_name: fraud
    variant_name: AllTraffic
    suspended_state:
      dynamic_scaling_in_suspended: true

- name: Stop autoscaling and delete all policies and scheduled actions
  mlops.sagemaker.sagemaker_autoscaling:
    endpoint_name: fraud
    variant_name: AllTraffic
    state: absent
"""

RETURN = r"""
notes:
  description:
    - What differs from the options and stays, one text each. These are the bounds that a scheduled action has set.
  returned: success, with O(state=present)
  type: list
  elements: str
  sample:
    - >-
      endpoint/fraud/variant/AllTraffic keeps min_capacity 4, which the scheduled action office-hours has set. The desired min_capacity is 1:
      the schedule changes the limit from now on, and a run does so only if the desired value itself changes.
scalable_target:
  description:
    - The target as returned by DescribeScalableTargets, with its scaling policies, scheduled actions and tags. Empty after O(state=absent).
    - In check mode the predicted target, without values that only AWS knows, such as ARNs and creation times.
  returned: always
  type: dict
  contains:
    creation_time:
      description: When the target was registered.
      returned: when the target is registered
      type: str
      sample: "2026-03-01T10:25:30.123000+00:00"
    max_capacity:
      description: The upper bound.
      returned: always
      type: int
      sample: 4
    min_capacity:
      description: The lower bound.
      returned: always
      type: int
      sample: 1
    resource_id:
      description: The target as Application Auto Scaling names it.
      returned: always
      type: str
      sample: endpoint/fraud/variant/AllTraffic
    role_arn:
      description: The role that Application Auto Scaling uses, for SageMaker always the service-linked one.
      returned: when the target is registered
      type: str
      sample: >-
        arn:aws:iam::111122223333:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint
    scalable_dimension:
      description: The scaled dimension, by its API name.
      returned: always
      type: str
      sample: sagemaker:variant:DesiredInstanceCount
    scalable_target_arn:
      description: The ARN of the target.
      returned: when the target is registered
      type: str
      sample: arn:aws:application-autoscaling:us-east-1:111122223333:scalable-target/056m1234567890abcdef
    scaling_policies:
      description: The scaling policies. Empty if none exists.
      returned: always
      type: list
      elements: dict
      contains:
        alarms:
          description: The CloudWatch alarms that trigger the policy.
          returned: when the policy exists
          type: list
          elements: dict
          contains:
            alarm_arn:
              description: The ARN of the alarm.
              returned: always
              type: str
              sample: arn:aws:cloudwatch:us-east-1:111122223333:alarm:TargetTracking-endpoint/fraud/variant/AllTraffic-AlarmHigh-0a1b2c3d
            alarm_name:
              description: The name of the alarm.
              returned: always
              type: str
              sample: TargetTracking-endpoint/fraud/variant/AllTraffic-AlarmHigh-0a1b2c3d
        creation_time:
          description: When the policy was created.
          returned: when the policy exists
          type: str
          sample: "2026-03-01T10:25:31.123000+00:00"
        policy_arn:
          description: The ARN of the policy, for use as the action of an alarm.
          returned: when the policy exists
          type: str
          sample: >-
            arn:aws:autoscaling:us-east-1:111122223333:scalingPolicy:6d8972f3-efc8-437c-92d1-6270f29a66e7:resource/sagemaker/endpoint/fraud/variant/AllTraffic:policyName/invocations
        policy_name:
          description: The name of the policy.
          returned: always
          type: str
          sample: invocations
        policy_type:
          description: Either V(StepScaling) or V(TargetTrackingScaling).
          returned: always
          type: str
          sample: TargetTrackingScaling
        resource_id:
          description: The target.
          returned: always
          type: str
          sample: endpoint/fraud/variant/AllTraffic
        scalable_dimension:
          description: The scaled dimension.
          returned: always
          type: str
          sample: sagemaker:variant:DesiredInstanceCount
        service_namespace:
          description: Always V(sagemaker).
          returned: always
          type: str
          sample: sagemaker
        step_scaling_policy_configuration:
          description: The configuration, with the members of the option in O(scaling_policies).
          returned: for this type of policy
          type: dict
          sample:
            adjustment_type: ChangeInCapacity
            cooldown: 300
            step_adjustments: [{"metric_interval_lower_bound": 0.0, "scaling_adjustment": 1}]
        target_tracking_scaling_policy_configuration:
          description: The configuration, with the members of the option in O(scaling_policies).
          returned: for this type of policy
          type: dict
          sample:
            predefined_metric_specification: {"predefined_metric_type": "SageMakerVariantInvocationsPerInstance"}
            target_value: 100.0
    scheduled_actions:
      description: The scheduled actions. Empty if none exists.
      returned: always
      type: list
      elements: dict
      contains:
        creation_time:
          description: When the action was created.
          returned: when the action exists
          type: str
          sample: "2026-03-01T10:25:32.123000+00:00"
        end_time:
          description: When the action ends.
          returned: when set
          type: str
          sample: "2026-12-31T00:00:00+00:00"
        resource_id:
          description: The target.
          returned: always
          type: str
          sample: endpoint/fraud/variant/AllTraffic
        scalable_dimension:
          description: The scaled dimension.
          returned: always
          type: str
          sample: sagemaker:variant:DesiredInstanceCount
        scalable_target_action:
          description: The bounds that the action sets.
          returned: always
          type: dict
          contains:
            max_capacity:
              description: The upper bound.
              returned: when set
              type: int
              sample: 5
            min_capacity:
              description: The lower bound.
              returned: when set
              type: int
              sample: 2
        schedule:
          description: When the action runs.
          returned: always
          type: str
          sample: cron(0 8 ? * MON-FRI *)
        scheduled_action_arn:
          description: The ARN of the action.
          returned: when the action exists
          type: str
          sample: >-
            arn:aws:autoscaling:us-east-1:111122223333:scheduledAction:0a1b2c3d-efc8-437c-92d1-6270f29a66e7:resource/sagemaker/endpoint/fraud/variant/AllTraffic:scheduledActionName/office-hours
        scheduled_action_name:
          description: The name of the action.
          returned: always
          type: str
          sample: office-hours
        service_namespace:
          description: Always V(sagemaker).
          returned: always
          type: str
          sample: sagemaker
        start_time:
          description: When the action starts.
          returned: when set
          type: str
          sample: "2026-11-01T00:00:00+00:00"
        timezone:
          description: The time zone of the schedule.
          returned: when set
          type: str
          sample: Europe/Berlin
    service_namespace:
      description: Always V(sagemaker).
      returned: always
      type: str
      sample: sagemaker
    suspended_state:
      description: Which kinds of scaling are suspended.
      returned: when the target is registered
      type: dict
      contains:
        dynamic_scaling_in_suspended:
          description: Whether scaling policies are prevented from lowering the capacity.
          returned: always
          type: bool
          sample: false
        dynamic_scaling_out_suspended:
          description: Whether scaling policies are prevented from raising the capacity.
          returned: always
          type: bool
          sample: false
        scheduled_scaling_suspended:
          description: Whether scheduled actions are skipped.
          returned: always
          type: bool
          sample: false
    tags:
      description: The tags of the target.
      returned: always
      type: dict
      sample: {"team": "payments"}
msg:
  description: One line that summarises the change, in check mode the change that a run would make.
  returned: success
  type: str
  sample: "Scalable target endpoint/fraud/variant/AllTraffic was updated."
plan:
  description: The plan that the task carried out or, in check mode, would carry out. Also returned on failure, as far as it is known.
  returned: always
  type: dict
  contains:
    action:
      description: One of V(none), V(create), V(update), V(retag) and V(delete).
      returned: always
      type: str
      sample: create
    calls:
      description: The mutating API calls in order, with repetitions.
      returned: always
      type: list
      elements: str
      sample: [RegisterScalableTarget, PutScalingPolicy]
    changes:
      description: The differences between the current and the desired state.
      returned: always
      type: list
      elements: dict
      contains:
        after:
          description: The desired value.
          returned: always
          type: raw
          sample: 100.0
        before:
          description: The current value.
          returned: always
          type: raw
          sample: 70.0
        path:
          description: The option, with the names of list entries in brackets.
          returned: always
          type: str
          sample: scaling_policies[invocations].target_tracking_scaling_policy_configuration.target_value
tags:
  description: The tags of the scalable target, also returned inside it. Empty if it has none, and after O(state=absent).
  returned: success
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
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import (
    autoscaling as autoscaling_options,
)
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources import scalable_targets


def main() -> None:
    module.run(scalable_targets.ensure, **autoscaling_options.AUTOSCALING)


if __name__ == "__main__":
    main()
