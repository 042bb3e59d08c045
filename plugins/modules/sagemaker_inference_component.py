#!/usr/bin/python
# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: sagemaker_inference_component
version_added: 1.0.0
short_description: Manage Amazon SageMaker inference components
description:
  - Creates, updates, scales and deletes inference components. Each is a model on an endpoint that hosts several, with resources and
    a number of copies of its own. An adapter, such as a LoRA adapter, is a component inside another one, its base.
  - The endpoint needs a configuration whose variants have no C(model_name), and which has an C(execution_role_arn). See
    M(mlops.sagemaker.sagemaker_endpoint_config). Components are called by their own name, besides the endpoint's.
  - A run succeeds only if the component is in service in the desired state, with all its copies. SageMaker returns a
    component whose update failed to V(InService) on the old content, and keeps the failure reason of an old failure even after a later
    success. So the module trusts neither. It compares what the component runs with the desired state.
  - A component found V(Creating), V(Updating) or V(Deleting) accepts no change. The end of that transition is awaited, then the component
    is handled as it turns out. So an interrupted run can be repeated.
  - A V(Failed) component serves nothing and can only be deleted. It is deleted and made again, and the reason is shown.
  - Only what is given is compared. Members that SageMaker adds are no difference.
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
options:
  state:
    description:
      - V(present) makes sure that the component is in service with the given content, copies and tags.
      - V(absent) deletes it. SageMaker does not delete a base that has adapters, and the module then fails and names them. It waits for
        adapters that are being deleted already. Check mode fails as well, except for adapters in O(deleted_components).
      - SageMaker deletes no endpoint that hosts components, so delete them first, adapters before their base.
      - A component whose endpoint is gone, or was made later than the component, cannot be invoked any more. AWS may keep it and its name.
        It does not count as present, so V(present) deletes it and makes it again.
    type: str
    choices: [present, absent]
    default: present
  name:
    description:
      - The name of the component, at most 63 letters, digits and hyphens, neither beginning nor ending with a hyphen. It is unique in the
        account and region, not only on its endpoint.
    type: str
    required: true
    aliases: [inference_component_name]
  endpoint_name:
    description:
      - The endpoint that hosts the component. If it is in a transition the end of that is awaited before a component is made.
      - Needed for a component that has to be made. A component cannot be moved, so the module fails if an existing one is elsewhere.
    type: str
  variant_name:
    description:
      - The variant of the endpoint that hosts the component.
      - Needed for a component that has to be made, but not allowed for an adapter, which is hosted where its base is. A component cannot
        be moved, so the module fails if an existing one is elsewhere.
    type: str
  specification:
    description:
      - What a copy runs and which resources it takes.
      - Give all of it. An update sends it as it is written here, and what becomes of members that are left out is up to SageMaker.
      - A component that has to be made needs this or O(specifications). They exclude each other.
    type: dict
    suboptions: &specification
      instance_type:
        description:
          - The type of instance that this specification is for, such as V(ml.g6e.12xlarge). With several specifications each needs one.
        type: str
      model_name:
        description:
          - The name of a model, see M(mlops.sagemaker.sagemaker_model). Either this or C(container.image) is needed, except for an
            adapter.
        type: str
      container:
        description:
          - A container without a model, or what an adapter adds to its base.
        type: dict
        suboptions:
          image:
            description:
              - The image in Amazon ECR. Not together with C(model_name).
            type: str
          artifact_url:
            description:
              - The model data in S3, one archive whose name ends in C(.tar.gz). An adapter needs it.
            type: str
          environment:
            description:
              - Environment variables of the container, at most 16, each name and each value at most 1024 characters.
              - The values are text in the API. A number or boolean becomes one, V(1) is sent as C("1") and V(true) as C("true"). Quote
                what has to stay as it is written, such as C("1.10").
              - SageMaker keeps the values readable for everyone who may describe the component. In results, differences, logs and
                errors the module masks a value whose key looks secret (token, secret, password, pwd, key, credential, auth, pat, sas,
                dsn, conn_str and the like, as a word of its own), that holds a URL with a user and a password, that came out of ansible-
                vault, or whose key is in O(secret_environment). What is secret before or after a change is masked on both sides.
            type: dict
          container_metrics_config:
            description:
              - Where SageMaker reads the container's own metrics, if the endpoint configuration has C(enable_detailed_observability).
                Without, it asks port 8080 for C(/metrics); AWS's own containers need nothing.
            type: dict
            suboptions:
              metrics_endpoints:
                description:
                  - The addresses to read from, at most one.
                type: list
                elements: dict
                suboptions:
                  metrics_endpoint_path:
                    description:
                      - The path of metrics in Prometheus's format, beginning with C(/), at most 256 characters.
                    type: str
                    required: true
                  metric_publish_frequency_in_seconds:
                    description:
                      - Seconds between two publications, one of 10, 30, 60, 120, 180, 240 and 300. SageMaker assumes 60.
                    type: int
      startup_parameters:
        description:
          - How long a copy may take to start.
        type: dict
        suboptions:
          model_data_download_timeout_in_seconds:
            description:
              - Seconds to download and unpack the model data, 60 to 3600.
            type: int
          container_startup_health_check_timeout_in_seconds:
            description:
              - Seconds until the container answers its health check, 60 to 3600.
            type: int
      compute_resource_requirements:
        description:
          - The resources that are set aside for each copy. Needed, but not allowed for an adapter, which uses those of its base.
        type: dict
        suboptions:
          number_of_cpu_cores_required:
            description:
              - CPU cores, at least 0.25.
            type: float
          number_of_accelerator_devices_required:
            description:
              - Accelerators, such as GPUs or AWS Inferentia chips, at least 1.
            type: float
          min_memory_required_in_mb:
            description:
              - MB of memory that are set aside, at least 128.
            type: int
            required: true
          max_memory_required_in_mb:
            description:
              - MB of memory that the copy may use at most.
            type: int
          accelerator_partition_type:
            description:
              - The part of an accelerator that a copy takes, such as V(mig-3g.40gb). Needed if the variant has accelerator partition
                layouts, and one of theirs; C(number_of_accelerator_devices_required) then has to be 1.
            type: str
      base_inference_component_name:
        description:
          - Makes the component an adapter of this base, which has to be in service on the same endpoint. The base of a component cannot be
            changed.
        type: str
      data_cache_config:
        description:
          - Whether the instances keep model data and image, so that further copies start sooner.
        type: dict
        suboptions:
          enable_caching:
            description:
              - Whether they are kept.
            type: bool
            required: true
      scheduling_config:
        description:
          - How copies are placed on the instances.
        type: dict
        suboptions:
          placement_strategy:
            description:
              - V(SPREAD) spreads the copies evenly, V(BINPACK) fills one instance after the other.
            type: str
            choices: [SPREAD, BINPACK]
            required: true
          availability_zone_balance:
            description:
              - How the copies are balanced over the availability zones.
            type: dict
            suboptions:
              enforcement_mode:
                description:
                  - V(PERMISSIVE) places a copy even where the balance cannot be kept. SageMaker knows no other mode yet.
                type: str
                required: true
              max_imbalance:
                description:
                  - By how many copies two zones may differ, 0 to 100. SageMaker assumes 0.
                type: int
  specifications:
    description:
      - 1 to 5 specifications, one for each type of instance, where the variant has several (instance pools). Their order carries no
        meaning.
    type: list
    elements: dict
    suboptions: *specification
  runtime_config:
    description:
      - The number of copies.
    type: dict
    suboptions:
      copy_count:
        description:
          - How many copies there shall be. V(0) is allowed for a component that exists, which then cannot be called until it has a copy
            again. SageMaker creates none without a copy.
          - If this is all that differs the number is changed by itself, and the specification is not touched.
          - As soon as the component is registered with Application Auto Scaling, see M(mlops.sagemaker.sagemaker_autoscaling), the number
            belongs to the autoscaler. Another number is then no change, and an update leaves the number as it is. Only a component that
            has to be made begins with the number given here. See also O(unscaled).
        type: int
        required: true
  deployment_config:
    description:
      - How an update of the specification replaces the copies, and what makes SageMaker undo it.
      - It belongs to the next update. If it is all that differs nothing is changed, nor is it used to make a component or to change its
        number of copies.
    type: dict
    suboptions:
      rolling_update_policy:
        description:
          - Replaces the copies in batches.
        type: dict
        required: true
        suboptions:
          maximum_batch_size:
            description:
              - How much is replaced at a time, 5 to 50 percent of the copies.
            type: dict
            required: true
            suboptions: &copies
              type:
                description:
                  - Whether C(value) is a number of copies or a percentage of them.
                type: str
                choices: [COPY_COUNT, CAPACITY_PERCENT]
                required: true
              value:
                description:
                  - How much, at least 1.
                type: int
                required: true
          wait_interval_in_seconds:
            description:
              - Seconds after each batch in which the alarms are watched before the next one, 0 to 3600.
            type: int
            required: true
          maximum_execution_timeout_in_seconds:
            description:
              - Seconds after which SageMaker gives the update up and undoes it, 600 to 28800.
            type: int
          rollback_maximum_batch_size:
            description:
              - The batch size of a rollback. The default of SageMaker is 100 percent, everything at once.
            type: dict
            suboptions: *copies
      auto_rollback_configuration:
        description:
          - What makes SageMaker roll back an update that would otherwise succeed.
        type: dict
        suboptions:
          alarms:
            description:
              - 1 to 10 CloudWatch alarms. If one of them fires while the update runs, SageMaker rolls it back.
            type: list
            elements: dict
            suboptions:
              alarm_name:
                description:
                  - The name of an alarm of this account and region, at most 255 characters.
                type: str
                required: true
  secret_environment:
    description:
      - Keys of container environments whose values are secret, whatever they look like. They are masked like those of keys that
        look secret, see O(specification.container.environment).
      - What came out of ansible-vault is found without being listed, except in a file that is encrypted as a whole.
    type: list
    elements: str
  unscaled:
    description:
      - Whether a later task is going to deregister the component from Application Auto Scaling, where it is a scalable target. Its copies
        then follow O(runtime_config) already. Without that they are left as they are, except that a component without any gets one.
      - For the role P(mlops.sagemaker.sagemaker_endpoint#role), which knows what its other tasks do. Plays of your own rarely need it.
    type: bool
    default: false
  deleted_components:
    description:
      - The names of inference components that an earlier task of the same play deletes. Check mode, in which they are still there, takes
        them as deleted.
      - For the role P(mlops.sagemaker.sagemaker_endpoint#role), which knows what its other tasks do. Plays of your own rarely need it.
    type: list
    elements: str
  wait:
    description:
      - Whether to wait until the component is in service as it should be, or is gone.
      - With V(false) the module returns once SageMaker has accepted the change. Whether it succeeds is then unknown, and so is a rollback.
      - A transition under way that keeps SageMaker from accepting the change is awaited in any case.
    type: bool
    default: true
  wait_timeout:
    description:
      - For how many seconds to wait, at least 1. After that the module fails, the component carries on, and the next run waits for it again.
      - If not given 3600, or what the deployment policy may take if that is longer, that of an update under way included.
    type: int
notes:
  - A B(check mode) run does not wait. It predicts from what the component is at the moment, and takes a transition under way to end well.
    What an update under way leads to is not known before its end.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - mlops.sagemaker.requirements
  - mlops.sagemaker.attributes
seealso:
  - module: mlops.sagemaker.sagemaker_endpoint
  - module: mlops.sagemaker.sagemaker_inference_component_info
  - module: mlops.sagemaker.sagemaker_autoscaling
  - name: UpdateInferenceComponent
    description: Reference of the API call behind this module.
    link: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateInferenceComponent.html
"""

EXAMPLES = r"""
- name: Host a model on two GPUs of a shared endpoint
  mlops.sagemaker.sagemaker_inference_component:
    name: chat
    endpoint_name: shared-gpu
    variant_name: AllTraffic
    specification:
      model_name: "{{ chat_model.model.model_name }}"
      startup_parameters:
        container_startup_health_check_timeout_in_seconds: 1200
      compute_resource_requirements:
        number_of_accelerator_devices_required: 2
        min_memory_required_in_mb: 65536
      scheduling_config:
        placement_strategy: SPREAD
        availability_zone_balance:
          enforcement_mode: PERMISSIVE
          max_imbalance: 1
    runtime_config:
      copy_count: 1
    tags:
      team: search

- name: Add an adapter to it
  mlops.sagemaker.sagemaker_inference_component:
    name: chat-legal
    endpoint_name: shared-gpu
    specification:
      base_inference_component_name: chat
      container:
        artifact_url: s3://example-models/adapters/legal/adapter.tar.gz

- name: Move to another model, one copy at a time, and go back if an alarm fires
  mlops.sagemaker.sagemaker_inference_component:
    name: chat
    endpoint_name: shared-gpu
    variant_name: AllTraffic
    specification:
      model_name: chat-model-9c0d1e2f
      compute_resource_requirements:
        number_of_accelerator_devices_required: 2
        min_memory_required_in_mb: 65536
    deployment_config:
      rolling_update_policy:
        maximum_batch_size:
          type: COPY_COUNT
          value: 1
        wait_interval_in_seconds: 120
      auto_rollback_configuration:
        alarms:
          - alarm_name: chat-5xx

- name: Change only the number of copies
  mlops.sagemaker.sagemaker_inference_component:
    name: chat
    runtime_config:
      copy_count: 3

- name: Delete the adapter, then its base
  mlops.sagemaker.sagemaker_inference_component:
    name: "{{ item }}"
    state: absent
  loop:
    - chat-legal
    - chat
"""

RETURN = r"""
inference_component:
  description:
    - The component as DescribeInferenceComponent gives it, with its tags. Empty after O(state=absent).
    - In check mode as a run would leave it. Of a component that would be made only what was given is known, its ARN and its status.
    - On failure the component as it is now.
  returned: always, on failure if the component exists
  type: dict
  contains:
    creation_time:
      description: When the component was made.
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
        - Why the component failed, or why an update was undone. SageMaker keeps it when a later update succeeds, so that it may be about
          something long past.
      returned: when SageMaker gives one
      type: str
      sample: >-
        The primary container for inference component chat did not pass the ping health check. Please check CloudWatch logs for this inference component.
    inference_component_arn:
      description: The ARN of the component, in lower case whatever the name.
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
          O(deployment_config).
      returned: when an update was made with one
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
      returned: when SageMaker gives it
      type: dict
      contains:
        current_copy_count:
          description: How many copies there are.
          returned: when SageMaker gives it
          type: int
          sample: 2
        desired_copy_count:
          description: How many copies there shall be, as set by hand or by an autoscaler.
          returned: when SageMaker gives it
          type: int
          sample: 2
        placement_status:
          description: On which types of instance the copies are, each with C(instance_type) and C(current_copy_count).
          returned: when SageMaker gives it
          type: list
          elements: dict
          sample: [{"instance_type": "ml.g6e.12xlarge", "current_copy_count": 2}]
    specification:
      description: What a copy runs, where one specification holds for all types of instance.
      returned: when the component has one specification
      type: dict
      contains: &specification_summary
        base_inference_component_name:
          description: The base component that this adapter belongs to.
          returned: for adapters
          type: str
          sample: chat
        compute_resource_requirements:
          description: The resources of a copy, with the members of the option. SageMaker shows an adapter those of its base.
          returned: when SageMaker gives it
          type: dict
          sample: {"number_of_accelerator_devices_required": 2.0, "min_memory_required_in_mb": 65536}
        container:
          description: The container, with C(artifact_url), C(environment), C(container_metrics_config) and C(deployed_image).
          returned: when SageMaker gives it
          type: dict
          contains:
            artifact_url:
              description: Where the model data is.
              returned: when given
              type: str
              sample: s3://example-models/adapters/legal/adapter.tar.gz
            container_metrics_config:
              description: Where the container's own metrics are read, C(metrics_endpoints).
              returned: when given
              type: dict
            deployed_image:
              description: The image, with C(specified_image), C(resolved_image) with its digest, and C(resolution_time).
              returned: when SageMaker gives it
              type: dict
            environment:
              description: The environment variables. Values that look secret are masked.
              returned: when given
              type: dict
        data_cache_config:
          description: Whether instances keep the model data and the image, C(enable_caching).
          returned: when SageMaker gives it, which it may do unasked
          type: dict
          sample: {"enable_caching": true}
        instance_type:
          description: The type of instance that the specification is for.
          returned: when given
          type: str
          sample: ml.g6e.12xlarge
        model_name:
          description: The model.
          returned: when given
          type: str
          sample: chat-model-1a2b3c4d
        scheduling_config:
          description: How copies are placed, C(placement_strategy) and C(availability_zone_balance).
          returned: when given
          type: dict
          sample: {"placement_strategy": "SPREAD"}
        startup_parameters:
          description: Timeouts, with the members of the option.
          returned: when given
          type: dict
          sample: {"container_startup_health_check_timeout_in_seconds": 1200}
    specifications:
      description: What a copy runs on each type of instance.
      returned: when the component has several specifications
      type: list
      elements: dict
      contains: *specification_summary
    tags:
      description: The tags of the component. Its endpoint and model have their own.
      returned: always
      type: dict
      sample: {"team": "search"}
    variant_name:
      description: The variant that hosts the component.
      returned: when the component exists, or was given
      type: str
      sample: AllTraffic
msg:
  description: One line that says what was done, or in check mode would be done.
  returned: success
  type: str
  sample: "Inference component summarizer was created."
plan:
  description: What the task did or, in check mode, would do. Also returned on failure, as far as it is known.
  returned: always
  type: dict
  contains:
    action:
      description:
        - One of V(none), V(create), V(update), V(retag), V(replace), V(delete) and V(wait).
        - V(replace) deletes a component that has failed and makes it again.
        - With V(wait) nothing has to be changed, but a transition under way has to end first. C(changed) is then V(false).
      returned: always
      type: str
      sample: update
    calls:
      description: The API operations that change something, in order, each as often as it is made.
      returned: always
      type: list
      elements: str
      sample: [UpdateInferenceComponentRuntimeConfig]
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
          sample: 3
        before:
          description: The value found.
          returned: always
          type: raw
          sample: 1
        path:
          description:
            - The option, with the instance types of several specifications in brackets. V(inference_component_status) and
              V(failure_reason) of a component that is replaced.
          returned: always
          type: str
          sample: runtime_config.copy_count
tags:
  description: The tags of the inference component, as inside it. Empty where there are none, and after O(state=absent).
  returned: success
  type: dict
  sample: {"team": "search"}
shortfall:
  description:
    - What a component in service lacks of the copies that it should have, one text, where nothing but its tags had to be changed. Empty
      otherwise.
  returned: success, with O(state=present)
  type: list
  elements: str
  sample: ["Inference component chat has 2 of 3 copies."]
adapters:
  description: The adapters that keep a base component from being deleted.
  returned: when a base was not deleted because of them
  type: list
  elements: str
  sample: [chat-legal]
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
  returned: when a deploy failed
  type: str
  sample: health_check
failure_reason:
  description: The reason that SageMaker shows, in its own words. The message says if it was there before the update already.
  returned: when a deploy failed
  type: str
  sample: >-
    The primary container for inference component chat did not pass the ping health check. Please check CloudWatch logs for this inference component.
log_group:
  description: The CloudWatch log group that the containers write to.
  returned: when a deploy failed
  type: str
  sample: /aws/sagemaker/InferenceComponents/chat
remedy:
  description: What to do about RV(cause).
  returned: when a deploy failed
  type: str
  sample: >-
    The container did not answer GET /ping in time. Read its log, and raise container_startup_health_check_timeout_in_seconds or use a
    larger instance_type if it only needs longer.
rolled_back:
  description: Whether SageMaker has undone the update, so that the component runs as before.
  returned: when a deploy failed
  type: bool
  sample: true
"""

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import module
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import (
    inference_component as inference_component_options,
)
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rollout import component as component_rollout


def main() -> None:
    module.run(component_rollout.ensure, **inference_component_options.INFERENCE_COMPONENT)


if __name__ == "__main__":
    main()
