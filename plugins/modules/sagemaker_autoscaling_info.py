#!/usr/bin/python
# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: sagemaker_autoscaling_info
version_added: 1.0.0
short_description: Gather information about autoscaling of Amazon SageMaker endpoints
description:
  - Returns the variants and inference components of the account and region that are registered as scalable targets with Application Auto
    Scaling, each with its scaling policies, scheduled actions and tags. Without options it returns all of them, without a limit.
  - Each target costs three API calls, one for its policies, one for its scheduled actions and one for its tags.
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
options:
  endpoint_name:
    description:
      - Return only targets that are variants of this endpoint. To find inference components, use O(inference_component_name).
      - Not together with O(inference_component_name).
    type: str
  variant_name:
    description:
      - Return only targets that are variants of this name, on any endpoint unless O(endpoint_name) is given.
      - Not together with O(inference_component_name).
    type: str
  inference_component_name:
    description:
      - Return only the target that is this inference component.
    type: str
  max_results:
    description:
      - Maximum number of targets to return, at least 1. By default all matching targets are returned.
    type: int
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - mlops.sagemaker.requirements
  - mlops.sagemaker.attributes.info
seealso:
  - module: mlops.sagemaker.sagemaker_autoscaling
"""

EXAMPLES = r"""
- name: Get all scalable targets
  mlops.sagemaker.sagemaker_autoscaling_info:
  register: result

- name: Show the bounds
  ansible.builtin.debug:
    msg: "{{ item.resource_id }}: {{ item.min_capacity }} to {{ item.max_capacity }}"
  loop: "{{ result.scalable_targets }}"
  loop_control:
    label: "{{ item.resource_id }}"

- name: Get the variants of one endpoint
  mlops.sagemaker.sagemaker_autoscaling_info:
    endpoint_name: fraud

- name: Get one variant
  mlops.sagemaker.sagemaker_autoscaling_info:
    endpoint_name: fraud
    variant_name: AllTraffic

- name: Get one inference component
  mlops.sagemaker.sagemaker_autoscaling_info:
    inference_component_name: chat-base
"""

RETURN = r"""
scalable_targets:
  description:
    - The targets, each as returned by DescribeScalableTargets, with its scaling policies, scheduled actions and tags. Empty if none exists.
  returned: always
  type: list
  elements: dict
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
          description: The configuration, with the members of the option in O(mlops.sagemaker.sagemaker_autoscaling#module:scaling_policies).
          returned: for this type of policy
          type: dict
          sample:
            adjustment_type: ChangeInCapacity
            cooldown: 300
            step_adjustments: [{"metric_interval_lower_bound": 0.0, "scaling_adjustment": 1}]
        target_tracking_scaling_policy_configuration:
          description: The configuration, with the members of the option in O(mlops.sagemaker.sagemaker_autoscaling#module:scaling_policies).
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
    module.run_info(scalable_targets.info, **autoscaling_options.AUTOSCALING_INFO)


if __name__ == "__main__":
    main()
