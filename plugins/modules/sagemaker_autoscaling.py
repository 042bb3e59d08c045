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
  - Registers what is to be scaled (a variant of an endpoint, or an inference component) as a scalable target of Application Auto Scaling,
    with its bounds, scaling policies, scheduled actions and tags. Or deregisters it with all of these.
  - Only what is given is compared. A bound, a suspension, the policies, the scheduled actions or the tags that are not given stay as they
    are.
  - Application Auto Scaling makes the CloudWatch alarms of target tracking policies itself. The alarm of a step scaling policy is yours to
    make, with the C(policy_arn) of the policy as its action.
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
options:
  state:
    description:
      - V(present) makes sure that the target is registered as described.
      - V(absent) deregisters it, which deletes its scaling policies and scheduled actions. The capacity stays what it is at that moment.
    type: str
    choices: [present, absent]
    default: present
  endpoint_name:
    description:
      - The name of the endpoint whose variant is scaled. Goes together with O(variant_name).
      - Exactly one of O(endpoint_name), O(inference_component_name) and O(resource_id) is needed.
    type: str
  variant_name:
    description:
      - The name of the variant that is scaled. Variants that host inference components scale by themselves, their components are the targets.
      - A variant with a burstable instance type, such as C(ml.t2.medium), is refused.
    type: str
  inference_component_name:
    description:
      - The name of the inference component whose number of copies is scaled.
    type: str
  resource_id:
    description:
      - The target as Application Auto Scaling names it, C(endpoint/<endpoint>/variant/<variant>) or C(inference-component/<name>). Instead of
        the options that name its parts.
    type: str
  service_namespace:
    description:
      - The namespace of the service that is scaled, as every input of the API names it. Must be V(sagemaker).
    type: str
    default: sagemaker
  scalable_dimension:
    description:
      - What is scaled, V(instance_count) or V(provisioned_concurrency) of a variant, V(copy_count) of an inference component. The names of the
        API, V(sagemaker:variant:DesiredInstanceCount), V(sagemaker:variant:DesiredProvisionedConcurrency) and
        V(sagemaker:inference-component:DesiredCopyCount), are accepted as well.
      - If not given, V(instance_count) for a variant and V(copy_count) for an inference component. So it is needed for serverless variants,
        which scale their V(provisioned_concurrency).
    type: str
  min_capacity:
    description:
      - The lower bound, in instances, concurrent invocations or copies. Needed for a new target.
      - V(0) is for variants of asynchronous endpoints, for provisioned concurrency and for inference components. At 0 most metrics stop, so
        that scaling out again takes a step scaling policy with an alarm on a metric that goes on.
      - If the capacity is below, it is raised at once, and the endpoint may turn V(Updating).
    type: int
  max_capacity:
    description:
      - The upper bound, in instances, concurrent invocations or copies, not below O(min_capacity). Needed for a new target.
      - If the capacity is above, it is lowered at once, and the endpoint may turn V(Updating).
    type: int
  suspended_state:
    description:
      - Which kinds of scaling are suspended. What is not given stays as it is.
    type: dict
    suboptions:
      dynamic_scaling_in_suspended:
        description:
          - Whether scaling policies may not lower the capacity.
        type: bool
      dynamic_scaling_out_suspended:
        description:
          - Whether scaling policies may not raise the capacity.
        type: bool
      scheduled_scaling_suspended:
        description:
          - Whether scheduled actions are skipped.
        type: bool
  scaling_policies:
    description:
      - The scaling policies, at most 50, compared by their names. If several disagree, the one that gives more capacity wins.
      - For one metric there can be one target tracking policy.
      - What a policy has and its entry does not mention, such as a cooldown, stays when the policy is updated. That holds for the members of
        its configuration and of the metric, as long as it is the same metric.
      - A policy of the same name and another type is deleted and made anew, since AWS does not change the type.
      - If not given, the policies stay as they are. An empty list removes all, see O(purge_scaling_policies).
    type: list
    elements: dict
    suboptions:
      policy_name:
        description:
          - The name of the policy, unique for the target, at most 256 characters. To rename a policy is to make a new one.
        type: str
        required: true
      policy_type:
        description:
          - The kind of the policy. Has to fit the configuration, and follows from it if not given.
        type: str
        choices: [StepScaling, TargetTrackingScaling]
      step_scaling_policy_configuration:
        description:
          - Changes the capacity by steps when an alarm fires.
          - Exactly one of C(step_scaling_policy_configuration) and C(target_tracking_scaling_policy_configuration) is needed.
        type: dict
        suboptions:
          adjustment_type:
            description:
              - V(ChangeInCapacity) adds C(scaling_adjustment) to the capacity, V(PercentChangeInCapacity) adds that percentage of it,
                V(ExactCapacity) sets the capacity to it.
            type: str
            choices: [ChangeInCapacity, PercentChangeInCapacity, ExactCapacity]
            required: true
          step_adjustments:
            description:
              - 1 to 20 steps, chosen by how far the metric is from the alarm's threshold. Their intervals may neither overlap nor leave gaps.
              - Each has a bound. With a negative lower bound there has to be a step without one, and with a positive upper bound too.
            type: list
            elements: dict
            required: true
            suboptions:
              metric_interval_lower_bound:
                description:
                  - Where the interval begins, as a difference to the alarm's threshold. Without, it has no beginning.
                type: float
              metric_interval_upper_bound:
                description:
                  - Where the interval ends, as a difference to the alarm's threshold, above the beginning. Without, it has no end.
                type: float
              scaling_adjustment:
                description:
                  - By how much to change the capacity, in the sense of C(adjustment_type). Negative numbers lower it, which is not for
                    V(ExactCapacity).
                type: int
                required: true
          min_adjustment_magnitude:
            description:
              - The least change of capacity. Only with C(adjustment_type=PercentChangeInCapacity).
            type: int
          cooldown:
            description:
              - Seconds for which a change is left to take effect before the next one. AWS assumes 300.
            type: int
          metric_aggregation_type:
            description:
              - How the data points of the metric become one number. AWS assumes V(Average).
            type: str
            choices: [Average, Minimum, Maximum]
      target_tracking_scaling_policy_configuration:
        description:
          - Keeps a metric near a value, as a thermostat does.
          - Exactly one of C(step_scaling_policy_configuration) and C(target_tracking_scaling_policy_configuration) is needed.
        type: dict
        suboptions:
          target_value:
            description:
              - The value to keep. For example invocations for each instance and minute, or V(0.7) for a utilization of 70 percent.
            type: float
            required: true
          predefined_metric_specification:
            description:
              - A metric that AWS knows by one name.
              - Exactly one of C(predefined_metric_specification) and C(customized_metric_specification) is needed.
            type: dict
            suboptions:
              predefined_metric_type:
                description:
                  - For variants with instances V(SageMakerVariantInvocationsPerInstance), the invocations of each instance in a minute, or
                    V(SageMakerVariantConcurrentRequestsPerModelHighResolution).
                  - For serverless variants V(SageMakerVariantProvisionedConcurrencyUtilization), from 0 to 1.
                  - For inference components V(SageMakerInferenceComponentInvocationsPerCopy), the invocations of each copy in a minute, or
                    V(SageMakerInferenceComponentConcurrentRequestsPerCopyHighResolution).
                  - A name that is new at AWS can be used at once. One that does not fit the dimension is refused.
                type: str
                required: true
              resource_label:
                description:
                  - Which load balancer the metric belongs to. AWS refuses it for the metrics of SageMaker.
                type: str
          customized_metric_specification:
            description:
              - Any metric of CloudWatch, or an expression over several.
              - Either C(metric_name), C(namespace) and C(statistic), or C(metrics).
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
                  - The dimensions of the metric, all that it is published with.
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
                  - How the data points of a minute become one number.
                type: str
                choices: [Average, Minimum, Maximum, SampleCount, Sum]
              unit: &unit
                description:
                  - Only data points that were published with this unit.
                type: str
              metrics:
                description:
                  - Metrics and expressions over them, of which exactly one gives the value that is tracked.
                type: list
                elements: dict
                suboptions:
                  id:
                    description:
                      - The name of this entry in expressions. It begins with a lower-case letter and goes on with letters, digits and underscores.
                    type: str
                    required: true
                  expression:
                    description:
                      - An expression of CloudWatch's metric math over other entries, at most 2048 characters.
                      - Exactly one of C(expression) and C(metric_stat) is needed.
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
                          - The statistic, any that CloudWatch knows, such as V(Average) or V(p95).
                        type: str
                        required: true
                      unit: *unit
                  label:
                    description:
                      - A text that explains the entry to people.
                    type: str
                  return_data:
                    description:
                      - Whether this entry gives the value. With expressions V(true) for the final one, and V(false) for all others. AWS
                        assumes V(true).
                    type: bool
          scale_out_cooldown:
            description:
              - Seconds for which a rise of capacity is left to take effect before the next one. AWS assumes 300.
            type: int
          scale_in_cooldown:
            description:
              - Seconds after a fall of capacity before the next one. AWS assumes 300.
            type: int
          disable_scale_in:
            description:
              - V(true) if this policy may raise the capacity only. AWS assumes V(false).
            type: bool
  purge_scaling_policies:
    description:
      - Whether policies of the target that are not in O(scaling_policies) are deleted. Has a meaning only if O(scaling_policies) is given.
    type: bool
    default: true
  scheduled_actions:
    description:
      - The scheduled actions, at most 200, compared by their names. They change the bounds at a given time.
      - If not given, the actions stay as they are. An empty list removes all, see O(purge_scheduled_actions).
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
          - Once as V(at(2026-11-27T06:00:00\)), at an interval as V(rate(1 day\)), or at given times as V(cron(0 8 ? * MON-FRI *\)).
          - The six fields of cron are minutes, hours, day of month, month, day of week, year.
        type: str
        required: true
      timezone:
        description:
          - The time zone of C(at) and C(cron), such as V(Europe/Berlin), out of the database of the machine that the module runs on. AWS
            assumes UTC.
        type: str
      start_time:
        description:
          - When a recurring action begins, in ISO 8601 such as V(2026-11-01T00:00:00Z). Without a zone it is taken as UTC. Results
            show it in UTC.
          - If not given, that of an existing action stays.
        type: str
      end_time:
        description:
          - When a recurring action ends, in ISO 8601 such as V(2026-12-31T00:00:00Z). Without a zone it is taken as UTC. Results
            show it in UTC.
          - If not given, that of an existing action stays.
        type: str
      scalable_target_action:
        description:
          - The new bounds of the target, at least one of them.
          - They replace O(min_capacity) and O(max_capacity) at the service. If these are given to a later run, it sets them back.
        type: dict
        required: true
        suboptions:
          min_capacity:
            description:
              - The lower bound from then on.
            type: int
          max_capacity:
            description:
              - The upper bound from then on, not below C(min_capacity).
            type: int
  purge_scheduled_actions:
    description:
      - Whether scheduled actions of the target that are not in O(scheduled_actions) are deleted. Has a meaning only if O(scheduled_actions)
        is given.
    type: bool
    default: true
  assume_unregistered:
    description:
      - In check mode, predict as if the target were not registered. Outside of check mode it has no effect.
      - For a play in which an earlier task deletes the endpoint, and with it the target, and makes it anew. In check mode that task deletes
        nothing, so that this one would find the target of the old endpoint and predict no registration.
      - For the role P(mlops.sagemaker.sagemaker_endpoint#role), which knows what its other tasks do. Plays of your own rarely need it.
    type: bool
    default: false
notes:
  - The endpoint has to serve already, or the inference component has to exist, before it can be registered.
  - Before a variant is registered, or scales to 0 for the first time, its configuration is looked at. What AWS refuses of it fails before
    anything is changed, and is a warning in check mode, since an earlier task may be the one that would change the endpoint. The look needs
    C(sagemaker:DescribeEndpoint) and C(sagemaker:DescribeEndpointConfig), and is left out without.
  - The first registration of an account needs C(iam:CreateServiceLinkedRole).
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
    description: Which target, metric and policy suits which kind of endpoint.
  - name: PutScalingPolicy
    description: Reference of the API call behind O(scaling_policies).
    link: https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScalingPolicy.html
"""

EXAMPLES = r"""
- name: Between 1 and 4 instances, at 100 invocations for each in a minute
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

- name: An asynchronous endpoint that follows its queue, down to no instance at all
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

- name: The alarm that calls the step scaling policy when something waits and nothing runs
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

- name: Other bounds in office hours, over the holidays, and once a day for a year
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

- name: Provisioned concurrency of a serverless endpoint, at 70 percent utilization
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

- name: Copies of an inference component
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

- name: Stop autoscaling, with all policies and scheduled actions
  mlops.sagemaker.sagemaker_autoscaling:
    endpoint_name: fraud
    variant_name: AllTraffic
    state: absent
"""

RETURN = r"""
scalable_target:
  description:
    - The target as DescribeScalableTargets gives it, with its scaling policies, scheduled actions and tags. Empty after O(state=absent).
    - In check mode the target as it would be, without what only AWS knows, such as ARNs and times of creation.
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
      description: The role that scales, for SageMaker always the service-linked one.
      returned: when the target is registered
      type: str
      sample: >-
        arn:aws:iam::111122223333:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint
    scalable_dimension:
      description: What is scaled, in the words of the API.
      returned: always
      type: str
      sample: sagemaker:variant:DesiredInstanceCount
    scalable_target_arn:
      description: The ARN of the target.
      returned: when the target is registered
      type: str
      sample: arn:aws:application-autoscaling:us-east-1:111122223333:scalable-target/056m1234567890abcdef
    scaling_policies:
      description: The scaling policies. Empty if there is none.
      returned: always
      type: list
      elements: dict
      contains:
        alarms:
          description: The CloudWatch alarms that call the policy.
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
          description: When the policy was made.
          returned: when the policy exists
          type: str
          sample: "2026-03-01T10:25:31.123000+00:00"
        policy_arn:
          description: The ARN of the policy, to be the action of an alarm.
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
          description: What is scaled.
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
      description: The scheduled actions. Empty if there is none.
      returned: always
      type: list
      elements: dict
      contains:
        creation_time:
          description: When the action was made.
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
          description: What is scaled.
          returned: always
          type: str
          sample: sagemaker:variant:DesiredInstanceCount
        scalable_target_action:
          description: The bounds that it sets.
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
          description: When it happens.
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
          description: When the action begins.
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
          description: Whether scaling policies may not lower the capacity.
          returned: always
          type: bool
          sample: false
        dynamic_scaling_out_suspended:
          description: Whether scaling policies may not raise the capacity.
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
  description: One line that says what was done, or in check mode would be done.
  returned: success
  type: str
  sample: "Scalable target endpoint/fraud/variant/AllTraffic was updated."
plan:
  description: What the task did or, in check mode, would do. Also returned on failure, as far as it is known.
  returned: always
  type: dict
  contains:
    action:
      description: One of V(none), V(create), V(update), V(retag) and V(delete).
      returned: always
      type: str
      sample: create
    calls:
      description: The API operations that change something, in order, each as often as it is made.
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
          description: The value found.
          returned: always
          type: raw
          sample: 70.0
        path:
          description: The option, with the names of list entries in brackets.
          returned: always
          type: str
          sample: scaling_policies[invocations].target_tracking_scaling_policy_configuration.target_value
tags:
  description: The tags of the scalable target, as inside it. Empty where there are none, and after O(state=absent).
  returned: success
  type: dict
  sample: {"team": "payments"}
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
