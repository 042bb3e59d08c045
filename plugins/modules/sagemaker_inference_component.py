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
  - Creates, updates, scales and deletes inference components. Each component is a model on an endpoint that hosts several, with separate
    resources and a separate number of copies. An adapter, such as a LoRA adapter, is a component that belongs to a base component.
  - The endpoint needs a configuration that has an C(execution_role_arn) and whose variants have no C(model_name), see
    M(mlops.sagemaker.sagemaker_endpoint_config). An invocation names both the endpoint and the component.
  - A run succeeds only if the component is in service in the desired state, with all its copies. After a failed update SageMaker returns a
    component to V(InService) with the old content, and it keeps an old failure reason even after a later success. The module therefore
    relies on neither, and compares the content of the component with the desired state.
  - A component that is V(Creating), V(Updating) or V(Deleting) accepts no change. The module waits for that transition to end, then acts on
    the resulting state. An interrupted run can therefore be repeated.
  - A V(Failed) component serves nothing and can only be deleted. The module deletes and recreates it, and reports the reason.
  - The module compares only the options that are given. Members that SageMaker adds do not count as differences.
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
options:
  state:
    description:
      - V(present) brings the component in service with the given content, copies and tags.
      - V(absent) deletes it. SageMaker does not delete a base that has adapters, so the module fails and names them. It waits for adapters
        that are already being deleted. Check mode fails as well, except for adapters in O(deleted_components).
      - SageMaker does not delete an endpoint that hosts components, so delete the components first, adapters before their base.
      - A component whose endpoint was deleted, or is newer than the component, cannot be invoked any more. AWS may keep it and its name.
        The module treats it as absent, so V(present) deletes and recreates it.
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
      - The endpoint that hosts the component. If the endpoint is in transition, the module waits before it creates a component.
      - Required to create a component. A component cannot be moved, so the module fails if it exists on another endpoint.
    type: str
  variant_name:
    description:
      - The variant of the endpoint that hosts the component.
      - Required to create a component, but not allowed for an adapter, which runs on the variant of its base. A component cannot be moved,
        so the module fails if it exists on another variant.
    type: str
  specification:
    description:
      - The content of a copy and the resources that it takes.
      - Give the complete specification. An update sends it unchanged, and SageMaker decides about omitted members.
      - Creating a component requires either O(specification) or O(specifications). They are mutually exclusive.
    type: dict
    suboptions: &specification
      instance_type:
        description:
          - The instance type that this specification is for, such as V(ml.g6e.12xlarge). Required if there are several specifications.
        type: str
      model_name:
        description:
          - The name of a model, see M(mlops.sagemaker.sagemaker_model). Either C(model_name) or C(container.image) is required, except for
            an adapter.
        type: str
      container:
        description:
          - A container without a model, or the artifacts that an adapter adds to its base.
        type: dict
        suboptions:
          image:
            description:
              - The image in Amazon ECR. Mutually exclusive with C(model_name).
            type: str
          artifact_url:
            description:
              - The model data in S3, one archive whose name ends in C(.tar.gz). Required for an adapter.
            type: str
          environment:
            description:
              - Environment variables of the container, at most 16, each name and each value at most 1024 characters.
              - The values are text in the API. The module sends V(1) as C("1") and V(true) as C("true"). Quote values that have to stay as
                they are written, such as C("1.10").
              - SageMaker shows the values to everyone who may describe the component. In results, differences, logs and errors the module
                masks a value whose key looks secret (token, secret, password, pwd, key, credential, auth, pat, sas, dsn, conn_str and the
                like, as a separate word), that holds a URL with a user and a password, that comes from ansible-vault, or whose key is in
                O(secret_environment). If a value is secret before or after a change, the module masks it on both sides.
            type: dict
          container_metrics_config:
            description:
              - Where SageMaker reads the container's own metrics, if the endpoint configuration has C(enable_detailed_observability). By
                default it reads C(/metrics) on port 8080. The containers of AWS need no setting.
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
                      - The path of metrics in Prometheus format, starting with C(/), at most 256 characters.
                    type: str
                    required: true
                  metric_publish_frequency_in_seconds:
                    description:
                      - Seconds between two publications, one of 10, 30, 60, 120, 180, 240 and 300. SageMaker defaults to 60.
                    type: int
      startup_parameters:
        description:
          - Timeouts for the start of a copy.
        type: dict
        suboptions:
          model_data_download_timeout_in_seconds:
            description:
              - Maximum number of seconds to download and unpack the model data, 60 to 3600.
            type: int
          container_startup_health_check_timeout_in_seconds:
            description:
              - Maximum number of seconds until the container answers its health check, 60 to 3600.
            type: int
      compute_resource_requirements:
        description:
          - The resources that each copy reserves. Required, but not allowed for an adapter, which uses those of its base.
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
              - Memory to reserve in MB, at least 128.
            type: int
            required: true
          max_memory_required_in_mb:
            description:
              - Maximum memory of a copy in MB.
            type: int
          accelerator_partition_type:
            description:
              - The accelerator partition that a copy takes, such as V(mig-3g.40gb). Required if the variant has accelerator partition
                layouts, and must be one of their types. C(number_of_accelerator_devices_required) must then be 1.
            type: str
      base_inference_component_name:
        description:
          - The base that this adapter belongs to, which must be in service on the same endpoint. The base of a component cannot be changed.
        type: str
      data_cache_config:
        description:
          - Whether the instances cache model data and image, so that further copies start faster.
        type: dict
        suboptions:
          enable_caching:
            description:
              - Whether caching is enabled.
            type: bool
            required: true
      scheduling_config:
        description:
          - How SageMaker places copies on the instances.
        type: dict
        suboptions:
          placement_strategy:
            description:
              - V(SPREAD) distributes the copies evenly. V(BINPACK) fills one instance after another.
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
                  - V(PERMISSIVE) places a copy even if the balance cannot be kept. It is currently the only mode.
                type: str
                required: true
              max_imbalance:
                description:
                  - Maximum difference in copies between two zones, 0 to 100. SageMaker defaults to 0.
                type: int
  specifications:
    description:
      - 1 to 5 specifications, one for each instance type, if the variant has several (instance pools). Their order does not matter.
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
          - The desired number of copies. V(0) is allowed for an existing component, which then cannot be invoked until it has a copy again.
            SageMaker does not create a component without copies.
          - If nothing else differs, the module changes only the number of copies and does not send the specification.
          - Once the component is registered with Application Auto Scaling, see M(mlops.sagemaker.sagemaker_autoscaling), the autoscaler
            owns the number. A different number then does not count as a change, and an update keeps the current number. The module uses
            this value only to create the component. See also O(unscaled).
        type: int
        required: true
  deployment_config:
    description:
      - How an update of the specification replaces the copies, and when SageMaker rolls it back.
      - It applies to the next update of the specification. If nothing else differs, the module changes nothing. The policy does not apply
        when the module creates a component or changes its number of copies.
    type: dict
    suboptions:
      rolling_update_policy:
        description:
          - Replace the copies in batches.
        type: dict
        required: true
        suboptions:
          maximum_batch_size:
            description:
              - The size of a batch, 5 to 50 percent of the copies.
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
                  - The number or percentage, at least 1.
                type: int
                required: true
          wait_interval_in_seconds:
            description:
              - Seconds to watch the alarms after each batch before the next one, 0 to 3600.
            type: int
            required: true
          maximum_execution_timeout_in_seconds:
            description:
              - Seconds after which SageMaker aborts the update and rolls it back, 600 to 28800.
            type: int
          rollback_maximum_batch_size:
            description:
              - The batch size of a rollback. SageMaker defaults to 100 percent, all copies at once.
            type: dict
            suboptions: *copies
      auto_rollback_configuration:
        description:
          - Alarms that make SageMaker roll back an update.
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
                  - The name of an alarm in this account and region, at most 255 characters.
                type: str
                required: true
  secret_environment:
    description:
      - Keys of container environments whose values are secret, regardless of their format. The module masks them like values whose keys
        look secret, see O(specification.container.environment).
      - Values from ansible-vault need not be listed, except those in a file that is encrypted as a whole.
    type: list
    elements: str
  unscaled:
    description:
      - Whether a later task deregisters the component from Application Auto Scaling. The number of copies then follows O(runtime_config)
        even while the component is a scalable target. Without O(runtime_config) it stays unchanged, except that a component without copies
        gets one.
      - Meant for the role P(mlops.sagemaker.sagemaker_endpoint#role), which knows its other tasks. Your own plays rarely need it.
    type: bool
    default: false
  deleted_components:
    description:
      - The names of inference components that an earlier task of the same play deletes. Check mode, in which they still exist, treats them
        as deleted.
      - Meant for the role P(mlops.sagemaker.sagemaker_endpoint#role), which knows its other tasks. Your own plays rarely need it.
    type: list
    elements: str
  wait:
    description:
      - Whether to wait until the component is in service in the desired state, or is deleted.
      - With V(false) the module returns once SageMaker has accepted the change. It then does not know whether the change succeeds or is
        rolled back.
      - The module always waits for a transition in progress that prevents SageMaker from accepting the change.
    type: bool
    default: true
  wait_timeout:
    description:
      - Maximum number of seconds to wait, at least 1. After that the module fails. The operation continues in AWS, and the next run waits
        for it again.
      - Defaults to 3600, or to the longest duration that the deployment policy allows if that is longer. The policy of an update in
        progress is included.
    type: int
notes:
  - A B(check mode) run does not wait. It predicts from the current state of the component and assumes that a transition in progress
    succeeds. It cannot predict the result of an update in progress.
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

- name: Move to another model, one copy at a time, and roll back if an alarm fires
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
    - The component as returned by DescribeInferenceComponent, with its tags. Empty after O(state=absent).
    - In check mode the predicted component. For a component that would be created, only the given options, its ARN and its status are
      known.
    - On failure the current component.
  returned: always, on failure if the component exists
  type: dict
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
          O(deployment_config).
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
msg:
  description: One line that summarises the change, in check mode the change that a run would make.
  returned: success
  type: str
  sample: "Inference component summarizer was created."
plan:
  description: The plan that the task carried out or, in check mode, would carry out. Also returned on failure, as far as it is known.
  returned: always
  type: dict
  contains:
    action:
      description:
        - One of V(none), V(create), V(update), V(retag), V(replace), V(delete) and V(wait).
        - V(replace) deletes and recreates a component that has failed.
        - With V(wait) nothing has to be changed, but a transition in progress has to end first. C(changed) is then V(false).
      returned: always
      type: str
      sample: update
    calls:
      description: The mutating API calls in order, with repetitions.
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
          description: The current value.
          returned: always
          type: raw
          sample: 1
        path:
          description:
            - The option, with the instance types of several specifications in brackets. V(inference_component_status) and V(failure_reason)
              if the component is replaced.
          returned: always
          type: str
          sample: runtime_config.copy_count
tags:
  description: The tags of the inference component, also returned inside it. Empty if it has none, and after O(state=absent).
  returned: success
  type: dict
  sample: {"team": "search"}
shortfall:
  description:
    - The copies that a component in service is missing, as one text, if at most its tags had to be changed. Empty otherwise.
  returned: success, with O(state=present)
  type: list
  elements: str
  sample: ["Inference component chat has 2 of 3 copies."]
adapters:
  description: The adapters that prevent the deletion of a base component.
  returned: when the module did not delete a base because of them
  type: list
  elements: str
  sample: [chat-legal]
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
  returned: when a deploy failed
  type: str
  sample: health_check
failure_reason:
  description: The reason as SageMaker reports it. The message says if it is older than the update.
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
  description: How to fix RV(cause).
  returned: when a deploy failed
  type: str
  sample: >-
    The container did not answer GET /ping in time. An error in its log is the cause. If the log has none, raise
    container_startup_health_check_timeout_in_seconds or use a larger instance_type.
rolled_back:
  description: Whether SageMaker has rolled back the update, so that the component runs as before.
  returned: when a deploy failed
  type: bool
  sample: true
failure:
  description:
    - The report of the failure, with what helps to find its cause.
    - Secret values of the containers' environments are masked in it.
  returned: when a creation or an update failed
  type: dict
  contains:
    what:
      description: What failed, V(component creation) or V(component update).
      type: str
      returned: always
      sample: component update
    name:
      description: The name of the component.
      type: str
      returned: always
      sample: chat
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
      sample: /aws/sagemaker/InferenceComponents/chat
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
      sample: aws logs tail /aws/sagemaker/InferenceComponents/chat --since 2030-01-31T12:00:00Z --region eu-west-1
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
