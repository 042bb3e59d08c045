#!/usr/bin/python
# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: sagemaker_endpoint_config
version_added: 1.0.0
short_description: Manage Amazon SageMaker endpoint configurations
description:
  - Creates and deletes SageMaker endpoint configurations, which define how models are served. They define the instances or serverless
    capacity, the distribution of traffic, data capture, and whether requests are asynchronous.
  - SageMaker cannot update an endpoint configuration. With O(name_prefix) the module derives the name from the content, so changed content
    creates a new configuration next to the old one. With O(name) the module fails if the content of the existing configuration differs, and
    lists the differences.
  - Tags are changed in place.
  - The module compares only the options that are given. Defaults that SageMaker fills in do not count as differences.
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
options:
  state:
    description:
      - V(present) makes the configuration exist with the given content and tags.
      - V(absent) deletes it. SageMaker would delete it even while an endpoint uses it, and that endpoint could then no longer be updated.
        The module therefore checks all endpoints of the account and region first, and fails if one of them uses it.
    type: str
    choices: [present, absent]
    default: present
  name:
    description:
      - The name of the configuration, at most 63 letters, digits and hyphens, neither beginning nor ending with a hyphen.
      - Exactly one of O(name) and O(name_prefix) is required.
    type: str
    aliases: [endpoint_config_name]
  name_prefix:
    description:
      - The configuration is named C(<name_prefix>-<8 hexadecimal digits>). The digits are a hash of O(name_scope) and all options that
        describe the configuration's content, but not of the tags. The same input always results in the same name, in check mode too.
      - At most 54 characters, since the name may have 63.
      - Requires O(production_variants), with O(state=absent) as well, because the name is derived from the content.
    type: str
  name_scope:
    description:
      - Any text to include in the hash of a name made from O(name_prefix), for example the name of an endpoint. It keeps configurations
        with the same content but different owners apart, so that each owner can delete its own.
    type: str
  replaces:
    description:
      - The name of another configuration that this one replaces. In diff mode, a configuration that is created is shown against that one.
      - The other configuration is only read, and only if this one has to be created. It is not deleted.
    type: str
  production_variants:
    description:
      - 1 to 10 variants, which share the endpoint's traffic by weight. Required with O(state=present).
      - A variant runs a model on instances (C(model_name) and C(instance_type) or C(instance_pools)), runs a model serverless
        (C(model_name) and C(serverless_config)), or provides instances for inference components (C(instance_type) without C(model_name),
        and O(execution_role_arn)). All variants of a configuration must be of the same kind.
    type: list
    elements: dict
    suboptions: &variant
      variant_name:
        description:
          - The name of the variant, unique in the configuration, at most 63 letters, digits and hyphens. V(AllTraffic) is the usual name of
            a single variant.
        type: str
        required: true
      model_name:
        description:
          - The name of the model to serve, which must exist.
          - Omit it for a variant that hosts inference components.
        type: str
      initial_instance_count:
        description:
          - The initial number of instances, at least 1. Required with C(instance_type) and C(instance_pools), not allowed with
            C(serverless_config).
        type: int
      instance_type:
        description:
          - The instance type, for example V(ml.m5.large), V(ml.c6i.xlarge) or V(ml.g5.2xlarge).
          - The module passes on a type that the installed botocore does not know, with a warning.
          - Burstable types (C(ml.t2), C(ml.t3)) cannot be scaled automatically.
          - A variant on instances requires exactly one of C(instance_type) and C(instance_pools).
        type: str
      instance_pools:
        description:
          - 1 to 5 instance types to try in order, in case the preferred one is not available.
        type: list
        elements: dict
        suboptions:
          instance_type:
            description:
              - The instance type of the pool, for example V(ml.g6e.2xlarge).
            type: str
            required: true
          model_name_override:
            description:
              - The model to serve on this instance type instead of the variant's C(model_name), for example a smaller or quantised one.
            type: str
          priority:
            description:
              - The priority, 1 to 5. SageMaker tries the lowest number first.
            type: int
            required: true
      variant_instance_provision_timeout_in_seconds:
        description:
          - Seconds to try to get instances before SageMaker tries the next pool or the variant fails, 300 to 3600. The time to load the
            model does not count.
        type: int
      initial_variant_weight:
        description:
          - The share of the traffic, as this weight divided by the sum of all weights, at least 0. SageMaker defaults to 1.0.
          - For a shadow variant, the share of the production requests that are copied to it. V(0.5) for the shadow variant and V(1.0) for
            the production variant copies half of them.
        type: float
      accelerator_type:
        description:
          - The size of an Elastic Inference accelerator, for example V(ml.eia2.medium). AWS no longer offers them.
        type: str
      core_dump_config:
        description:
          - Write a core dump when the container crashes.
        type: dict
        suboptions:
          destination_s3_uri:
            description:
              - The S3 URI to write core dumps to, at most 512 characters.
            type: str
            required: true
          kms_key_id:
            description:
              - The KMS key (id, ARN or alias) that encrypts them. Defaults to the default key of Amazon S3.
            type: str
      serverless_config:
        description:
          - Serve without instances. An idle variant costs nothing except C(provisioned_concurrency).
          - AWS does not support it with several variants, data capture, asynchronous inference, a VPC, network isolation, several
            containers, multi-model containers, C(model_data_source) or GPUs. Mutually exclusive with C(instance_type), C(instance_pools)
            and C(initial_instance_count).
          - Before it creates the configuration, the module checks the model if it exists and the caller may describe it.
        type: dict
        suboptions:
          memory_size_in_mb:
            description:
              - The memory in MB, one of 1024, 2048, 3072, 4096, 5120 and 6144. CPU power is proportional to it.
            type: int
            required: true
            aliases: [memory_size_in_m_b]
          max_concurrency:
            description:
              - Maximum number of concurrent requests, 1 to 200. SageMaker refuses further requests with a throttling error.
            type: int
            required: true
          provisioned_concurrency:
            description:
              - Number of concurrent requests for which containers are kept warm, 1 to 200, at most C(max_concurrency).
            type: int
      volume_size_in_gb:
        description:
          - The size of each instance's EBS volume in GB, 1 to 512. By default SageMaker chooses it by the instance type.
          - Not allowed for instance types with local storage. These are the types with a C(d) in the name of their family (C(ml.m5d),
            C(ml.g4dn)) and those of the families C(g5), C(g6), C(p5) and C(trn1), including families whose names start with these, such as
            C(g6e).
        type: int
      model_data_download_timeout_in_seconds:
        description:
          - Maximum number of seconds to download and unpack the artifacts on an instance, 60 to 3600.
        type: int
      container_startup_health_check_timeout_in_seconds:
        description:
          - Maximum number of seconds until the container answers the health check, 60 to 3600. Large models need more than the SageMaker
            default.
        type: int
      enable_ssm_access:
        description:
          - V(true) allows opening a shell on the instances with AWS Systems Manager. AWS enables it per account, on request.
        type: bool
      managed_instance_scaling:
        description:
          - Let SageMaker start and stop instances as inference components need them.
          - Not allowed for a variant with C(model_name). To scale such a variant, use M(mlops.sagemaker.sagemaker_autoscaling).
        type: dict
        suboptions:
          status:
            description:
              - Whether managed scaling is enabled.
            type: str
            choices: [ENABLED, DISABLED]
          min_instance_count:
            description:
              - Minimum number of instances. 0 lets the endpoint scale to zero, which not every region supports.
            type: int
          max_instance_count:
            description:
              - Maximum number of instances, at least 1.
            type: int
          scale_in_policy:
            description:
              - How SageMaker releases instances.
            type: dict
            suboptions:
              strategy:
                description:
                  - V(IDLE_RELEASE) stops instances that host no copy of a component. V(CONSOLIDATION) also moves copies together to free
                    more instances.
                type: str
                required: true
              maximum_step_size:
                description:
                  - Maximum number of instances that a consolidation stops at a time, 1 to 100. SageMaker defaults to 1.
                type: int
              cooldown_in_minutes:
                description:
                  - Minutes after the endpoint's last operation before SageMaker considers a consolidation, 5 to 1440. SageMaker defaults to
                    20.
                type: int
      routing_config:
        description:
          - How requests are distributed over the instances of the variant.
        type: dict
        suboptions:
          routing_strategy:
            description:
              - V(RANDOM) sends each request to any instance, V(LEAST_OUTSTANDING_REQUESTS) to the one with the most free capacity.
              - V(PREFIX_AWARE) sends prompts with a common prefix to the same instance, see C(prefix_aware_routing_config). V(KV_AWARE)
                selects the instance that has the prefix of the prompt in its cache.
            type: str
            required: true
          prefix_aware_routing_config:
            description:
              - Settings of V(PREFIX_AWARE). Required with it and not allowed otherwise.
            type: dict
            suboptions:
              prefix_length:
                description:
                  - Length of the compared prefix, 1024 to 65536. It counts bytes of the request, or characters of the messages if the
                    endpoint is called through the OpenAI-compatible API. Required with V(PREFIX_AWARE).
                type: int
              concurrency_threshold:
                description:
                  - Number of requests in progress, 1 to 1024, at which an instance or copy is skipped. Required with V(PREFIX_AWARE).
                type: int
      inference_ami_version:
        description:
          - The image of the instances, which determines the accelerator driver. For example V(al2-ami-sagemaker-inference-gpu-3-1) for CUDA
            12.4, V(al2023-ami-sagemaker-inference-gpu-4-1) for CUDA 13.0, V(al2-ami-sagemaker-inference-neuron-2) for Neuron.
          - The module passes on a version that the installed botocore does not know, with a warning.
        type: str
      capacity_reservation_config:
        description:
          - Use reserved capacity for the instances.
        type: dict
        suboptions:
          capacity_reservation_preference:
            description:
              - V(capacity-reservations-only) starts instances only in the reservation, and fails when it is full.
            type: str
          ml_reservation_arn:
            description:
              - The ARN of the reservation.
            type: str
      accelerator_partition_layouts:
        description:
          - Partition each accelerator among inference components, with one component per partition. Give exactly one layout, which applies
            to all accelerators. By default accelerators are not partitioned.
        type: list
        elements: dict
        suboptions:
          accelerator_partition_types:
            description:
              - The partitions, at most 32. On NVIDIA GPUs they are MIG profiles such as V(mig-3g.40gb). List a profile twice to get two
                partitions of it.
              - The layout of an endpoint is immutable. SageMaker refuses an update to another one, even to the same partitions in another
                order.
            type: list
            elements: str
  shadow_production_variants:
    description:
      - One variant that receives copies of the requests to the production variant. Its answers are not sent to the caller. Requires exactly
        one production variant.
      - AWS does not support it with asynchronous inference, on Inf1 instances, or for models with several containers or multi-model
        containers.
      - The suboptions are those of O(production_variants).
    type: list
    elements: dict
    suboptions: *variant
  data_capture_config:
    description:
      - Store requests and answers in Amazon S3, for example for model monitoring. Not supported for serverless variants.
    type: dict
    suboptions:
      enable_capture:
        description:
          - Whether capturing is enabled. SageMaker defaults to V(true).
        type: bool
      initial_sampling_percentage:
        description:
          - The percentage of requests to capture, 0 to 100.
        type: int
        required: true
      destination_s3_uri:
        description:
          - The S3 URI to write to, at most 512 characters.
        type: str
        required: true
      kms_key_id:
        description:
          - The KMS key (id, ARN or alias) that encrypts the captured data.
        type: str
      capture_options:
        description:
          - The data to capture, 1 to 32 entries.
        type: list
        elements: dict
        required: true
        suboptions:
          capture_mode:
            description:
              - Requests, answers, or both.
            type: str
            choices: [Input, Output, InputAndOutput]
            required: true
      capture_content_type_header:
        description:
          - Content types to write as text. All others are written in base64.
        type: dict
        suboptions:
          csv_content_types:
            description:
              - Content types that are CSV, 1 to 10, for example V(text/csv).
            type: list
            elements: str
          json_content_types:
            description:
              - Content types that are JSON, 1 to 10, for example V(application/json).
            type: list
            elements: str
  kms_key_id:
    description:
      - The KMS key (id, ARN or alias) that encrypts the volumes of the instances. The key policy must allow the role that creates or
        updates the endpoint.
      - It does not encrypt local storage. Instance types with local storage encrypt it in hardware.
    type: str
  async_inference_config:
    description:
      - Make the endpoint asynchronous. Requests are read from Amazon S3 and queued, answers are written to Amazon S3. Not supported for
        serverless variants. An asynchronous endpoint accepts no other requests.
    type: dict
    suboptions:
      client_config:
        description:
          - How SageMaker calls the container.
        type: dict
        suboptions:
          max_concurrent_invocations_per_instance:
            description:
              - Maximum number of concurrent requests per instance, 1 to 1000. By default SageMaker chooses the number.
            type: int
      output_config:
        description:
          - Where to write answers.
        type: dict
        required: true
        suboptions:
          kms_key_id:
            description:
              - The KMS key (id, ARN or alias) that encrypts the answers.
            type: str
          s3_output_path:
            description:
              - The S3 URI to write answers under, at most 512 characters.
            type: str
          s3_failure_path:
            description:
              - The S3 URI to write answers of failed requests under, at most 512 characters.
            type: str
          notification_config:
            description:
              - Amazon SNS topics that are notified when a request is done.
            type: dict
            suboptions:
              success_topic:
                description:
                  - The ARN of the topic for requests that succeeded.
                type: str
              error_topic:
                description:
                  - The ARN of the topic for requests that failed.
                type: str
              include_inference_response_in:
                description:
                  - The topics whose notifications include the answer, if it is at most 128 KB.
                type: list
                elements: str
                choices: [SUCCESS_NOTIFICATION_TOPIC, ERROR_NOTIFICATION_TOPIC]
  explainer_config:
    description:
      - Return explanations with predictions.
    type: dict
    suboptions:
      clarify_explainer_config:
        description:
          - Settings of SageMaker Clarify.
        type: dict
        suboptions:
          enable_explanations:
            description:
              - A JMESPath expression with a boolean result that selects the records to explain, at most 64 characters. By default all
                records are explained.
            type: str
          inference_config:
            description:
              - How the explainer calls the model container.
            type: dict
            suboptions:
              features_attribute:
                description:
                  - A JMESPath expression for the features in a JSON Lines request, at most 64 characters.
                type: str
              content_template:
                description:
                  - A template that builds a JSON Lines request from features, with the placeholder C($features), at most 64 characters.
                    Required if the container takes JSON Lines.
                type: str
              max_record_count:
                description:
                  - Maximum number of records in a request to the container, at least 1. By default the explainer chooses the number.
                type: int
              max_payload_in_mb:
                description:
                  - Maximum size of a request to the container, 1 to 25 MB. SageMaker defaults to 6.
                type: int
                aliases: [max_payload_in_m_b]
              probability_index:
                description:
                  - In CSV answers, the index of the column with the probabilities, starting at 0. Defaults to the whole answer.
                type: int
              label_index:
                description:
                  - In CSV answers, the index of the column with the labels, starting at 0.
                type: int
              probability_attribute:
                description:
                  - In JSON Lines answers, a JMESPath expression for the probabilities, at most 64 characters.
                type: str
              label_attribute:
                description:
                  - In JSON Lines answers, a JMESPath expression for the labels, at most 64 characters.
                type: str
              label_headers:
                description:
                  - Names of the classes for the explanation, 1 to 16, for answers that do not contain them.
                type: list
                elements: str
              feature_headers:
                description:
                  - Names of the features for the explanation, 1 to 256.
                type: list
                elements: str
              feature_types:
                description:
                  - The type of each feature, 1 to 256, at least one of them V(text). Only for explanations of text.
                type: list
                elements: str
                choices: [numerical, categorical, text]
          shap_config:
            description:
              - Settings of the SHAP analysis.
            type: dict
            required: true
            suboptions:
              shap_baseline_config:
                description:
                  - The baseline that predictions are compared with.
                type: dict
                required: true
                suboptions:
                  mime_type:
                    description:
                      - The format of the baseline, V(text/csv) or V(application/jsonlines). SageMaker defaults to V(text/csv).
                    type: str
                  shap_baseline:
                    description:
                      - The baseline itself, features only, in the format of the training data, at most 4096 characters.
                      - Exactly one of C(shap_baseline) and C(shap_baseline_uri) is required.
                    type: str
                  shap_baseline_uri:
                    description:
                      - The S3 URI of a larger baseline.
                    type: str
              number_of_samples:
                description:
                  - Number of samples for the analysis, at least 1. More samples take longer.
                type: int
              use_logit:
                description:
                  - Whether to return log-odds instead of probabilities. SageMaker defaults to V(false).
                type: bool
              seed:
                description:
                  - The random seed. With it, equal requests get equal explanations.
                type: int
              text_config:
                description:
                  - Explain parts of texts. Required for text models.
                type: dict
                suboptions:
                  language:
                    description:
                      - The language of the texts, an ISO 639 code such as V(en) or V(de), V(xx) for a mixture.
                    type: str
                    required: true
                  granularity:
                    description:
                      - The unit to explain.
                    type: str
                    choices: [token, sentence, paragraph]
                    required: true
  execution_role_arn:
    description:
      - The ARN of the IAM role that runs inference components. Required if the variants have no C(model_name). A model has its own role.
      - The caller needs C(iam:PassRole) on it.
    type: str
  vpc_config:
    description:
      - The VPC that inference components are connected to. A model has its own.
    type: dict
    suboptions:
      security_group_ids:
        description:
          - 1 to 5 IDs of security groups.
        type: list
        elements: str
        required: true
      subnets:
        description:
          - 1 to 16 IDs of subnets.
        type: list
        elements: str
        required: true
  enable_network_isolation:
    description:
      - V(true) isolates the containers of inference components from the network. Not allowed for variants with C(model_name), because a
        model has its own setting.
    type: bool
  metrics_config:
    description:
      - The metrics that the endpoint publishes to Amazon CloudWatch, and how often.
    type: dict
    suboptions:
      enable_enhanced_metrics:
        description:
          - Whether to publish utilisation and invocations per instance and container. SageMaker defaults to V(false).
        type: bool
      enable_detailed_observability:
        description:
          - Whether to publish metrics of the container, of each GPU, of the hosts and of the placement of inference components. SageMaker
            defaults to V(true) for new configurations.
        type: bool
      metric_publish_frequency_in_seconds:
        description:
          - Seconds between two publications, one of 10, 30, 60, 120, 180, 240 and 300. SageMaker defaults to 60.
        type: int
  cross_region_traffic_config:
    description:
      - Limit the requests that inference routers of other regions may send to this endpoint. By default they are not limited.
      - Not supported for serverless variants and asynchronous endpoints.
    type: dict
    suboptions:
      max_invocations_per_second_per_instance:
        description:
          - Number of requests per second that an instance is expected to serve, 1 to 10000.
        type: int
        required: true
      max_cross_region_percent_per_endpoint:
        description:
          - Percentage of the endpoint's capacity that these requests may use, 1 to 100.
        type: int
        required: true
notes:
  - A B(check mode) run returns the predicted configuration, including the name that is made from O(name_prefix).
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - mlops.sagemaker.requirements
  - mlops.sagemaker.attributes
seealso:
  - module: mlops.sagemaker.sagemaker_endpoint_config_info
  - module: mlops.sagemaker.sagemaker_model
  - module: mlops.sagemaker.sagemaker_endpoint
  - name: CreateEndpointConfig
    description: Reference of the API call behind this module.
    link: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html
"""

EXAMPLES = r"""
# Credentials and region come from the environment or a profile; see the options of amazon.aws modules.

- name: Create a configuration with a GPU instance, under a name that is derived from the content
  mlops.sagemaker.sagemaker_endpoint_config:
    name_prefix: chat-config
    name_scope: chat
    production_variants:
      - variant_name: AllTraffic
        model_name: "{{ chat.model.model_name }}"
        instance_type: ml.g6e.2xlarge
        initial_instance_count: 1
        inference_ami_version: al2023-ami-sagemaker-inference-gpu-4-1
        container_startup_health_check_timeout_in_seconds: 1200
        model_data_download_timeout_in_seconds: 1200
        routing_config:
          routing_strategy: LEAST_OUTSTANDING_REQUESTS
    metrics_config:
      enable_enhanced_metrics: true
      metric_publish_frequency_in_seconds: 60
    tags:
      team: search
  register: config

- name: Serve it
  mlops.sagemaker.sagemaker_endpoint:
    name: chat
    endpoint_config_name: "{{ config.endpoint_config.endpoint_config_name }}"

- name: Send nine of ten requests to the old model, one to the new one
  mlops.sagemaker.sagemaker_endpoint_config:
    name_prefix: ranking
    production_variants:
      - variant_name: champion
        model_name: ranking-v7
        instance_type: ml.c6i.xlarge
        initial_instance_count: 3
        initial_variant_weight: 9
      - variant_name: challenger
        model_name: ranking-v8
        instance_type: ml.c6i.xlarge
        initial_instance_count: 1
        initial_variant_weight: 1

- name: Serve without instances, with two containers always warm
  mlops.sagemaker.sagemaker_endpoint_config:
    name: churn-serverless
    production_variants:
      - variant_name: AllTraffic
        model_name: churn
        serverless_config:
          memory_size_in_mb: 2048
          max_concurrency: 20
          provisioned_concurrency: 2

- name: Serve asynchronously, with notifications
  mlops.sagemaker.sagemaker_endpoint_config:
    name_prefix: ocr
    production_variants:
      - variant_name: AllTraffic
        model_name: ocr
        instance_type: ml.g4dn.xlarge
        initial_instance_count: 1
    async_inference_config:
      client_config:
        max_concurrent_invocations_per_instance: 4
      output_config:
        s3_output_path: s3://example-async/out/
        s3_failure_path: s3://example-async/failed/
        notification_config:
          success_topic: arn:aws:sns:us-east-1:111122223333:ocr-done
          error_topic: arn:aws:sns:us-east-1:111122223333:ocr-failed

- name: Send copies of half of the requests to a shadow variant
  mlops.sagemaker.sagemaker_endpoint_config:
    name_prefix: ranking-shadow
    production_variants:
      - variant_name: production
        model_name: ranking-v7
        instance_type: ml.c6i.xlarge
        initial_instance_count: 2
        initial_variant_weight: 1.0
    shadow_production_variants:
      - variant_name: shadow
        model_name: ranking-v8
        instance_type: ml.c6i.xlarge
        initial_instance_count: 1
        initial_variant_weight: 0.5

- name: Encrypt the volumes and capture every fifth request
  mlops.sagemaker.sagemaker_endpoint_config:
    name_prefix: fraud
    kms_key_id: arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab
    production_variants:
      - variant_name: AllTraffic
        model_name: fraud
        instance_type: ml.m5.2xlarge
        initial_instance_count: 2
        volume_size_in_gb: 50
    data_capture_config:
      initial_sampling_percentage: 20
      destination_s3_uri: s3://example-private/capture
      kms_key_id: arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab
      capture_options:
        - capture_mode: Input
        - capture_mode: Output
      capture_content_type_header:
        csv_content_types:
          - text/csv

- name: Provide instances for inference components, and scale to zero when they are idle
  mlops.sagemaker.sagemaker_endpoint_config:
    name_prefix: shared-gpu
    execution_role_arn: arn:aws:iam::111122223333:role/sagemaker-serving
    production_variants:
      - variant_name: AllTraffic
        instance_type: ml.g6e.12xlarge
        initial_instance_count: 1
        managed_instance_scaling:
          status: ENABLED
          min_instance_count: 0
          max_instance_count: 3
          scale_in_policy:
            strategy: IDLE_RELEASE
        routing_config:
          routing_strategy: LEAST_OUTSTANDING_REQUESTS

- name: Use another instance type if the preferred one is not available
  mlops.sagemaker.sagemaker_endpoint_config:
    name_prefix: chat-pools
    production_variants:
      - variant_name: AllTraffic
        model_name: chat-8b
        initial_instance_count: 1
        variant_instance_provision_timeout_in_seconds: 1800
        instance_pools:
          - instance_type: ml.g6e.2xlarge
            priority: 1
          - instance_type: ml.g6.2xlarge
            priority: 2
            model_name_override: chat-8b-awq

- name: Delete a configuration
  mlops.sagemaker.sagemaker_endpoint_config:
    name: churn-serverless
    state: absent
"""

RETURN = r"""
endpoint_config:
  description: The endpoint configuration, as returned by DescribeEndpointConfig, with its tags. Empty after O(state=absent).
  returned: always
  type: dict
  contains:
    async_inference_config:
      description: Settings of asynchronous requests and answers, C(client_config) and C(output_config).
      returned: when given
      type: dict
    creation_time:
      description: When the configuration was created.
      returned: when the configuration exists
      type: str
      sample: "2026-03-01T10:15:30.123000+00:00"
    cross_region_traffic_config:
      description: The limits for requests from other regions.
      returned: when given
      type: dict
      sample: {"max_cross_region_percent_per_endpoint": 20, "max_invocations_per_second_per_instance": 50}
    data_capture_config:
      description: Settings of data capture, with the members of the option of the same name.
      returned: when given
      type: dict
      sample:
        capture_options: [{"capture_mode": "Input"}, {"capture_mode": "Output"}]
        destination_s3_uri: s3://example-private/capture
        enable_capture: true
        initial_sampling_percentage: 20
    enable_network_isolation:
      description: Whether the containers of inference components are isolated from the network.
      returned: always
      type: bool
      sample: false
    endpoint_config_arn:
      description: The ARN of the configuration, always in lower case.
      returned: always, in check mode for a new configuration only if AWS STS returns the account
      type: str
      sample: arn:aws:sagemaker:us-east-1:111122223333:endpoint-config/chat-config-5e6f7a8b
    endpoint_config_name:
      description: The name, given or made from O(name_prefix).
      returned: always
      type: str
      sample: chat-config-5e6f7a8b
    execution_role_arn:
      description: The IAM role that runs inference components.
      returned: when given
      type: str
      sample: arn:aws:iam::111122223333:role/sagemaker-serving
    explainer_config:
      description: Settings of the explainer, with the members of the option of the same name.
      returned: when given
      type: dict
    kms_key_id:
      description: The KMS key that encrypts the volumes.
      returned: when given
      type: str
      sample: arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab
    metrics_config:
      description: The metrics to publish, and how often.
      returned: when given
      type: dict
      sample: {"enable_enhanced_metrics": true, "metric_publish_frequency_in_seconds": 60}
    production_variants:
      description: The variants that share the traffic.
      returned: always
      type: list
      elements: dict
      contains: &variant
        accelerator_partition_layouts:
          description: The partitions of the accelerators.
          returned: when given
          type: list
          elements: dict
        accelerator_type:
          description: The Elastic Inference accelerator of an old configuration.
          returned: when given
          type: str
        capacity_reservation_config:
          description: The reserved capacity, C(capacity_reservation_preference) and C(ml_reservation_arn).
          returned: when given
          type: dict
        container_startup_health_check_timeout_in_seconds:
          description: Maximum number of seconds until the container answers the health check.
          returned: when given
          type: int
          sample: 600
        core_dump_config:
          description: Where core dumps are written, C(destination_s3_uri) and C(kms_key_id).
          returned: when given
          type: dict
        enable_ssm_access:
          description: Whether opening a shell on the instances is allowed.
          returned: when given
          type: bool
        inference_ami_version:
          description: The image of the instances.
          returned: when given
          type: str
          sample: al2023-ami-sagemaker-inference-gpu-4-1
        initial_instance_count:
          description: The initial number of instances.
          returned: when the variant runs on instances
          type: int
          sample: 1
        initial_variant_weight:
          description: The initial weight of the variant.
          returned: always
          type: float
          sample: 1.0
        instance_pools:
          description: The instance types to try in order, each with C(instance_type), C(priority) and C(model_name_override).
          returned: when given
          type: list
          elements: dict
        instance_type:
          description: The instance type.
          returned: when given
          type: str
          sample: ml.g5.2xlarge
        managed_instance_scaling:
          description: How SageMaker scales the instances for inference components.
          returned: when given
          type: dict
          sample: {"max_instance_count": 3, "min_instance_count": 0, "status": "ENABLED"}
        model_data_download_timeout_in_seconds:
          description: Maximum number of seconds to download the artifacts on an instance.
          returned: when given
          type: int
          sample: 900
        model_name:
          description: The model that is served.
          returned: when the variant does not host inference components
          type: str
          sample: chat-model-1a2b3c4d
        routing_config:
          description: How requests are distributed over the instances.
          returned: when given
          type: dict
          sample: {"routing_strategy": "LEAST_OUTSTANDING_REQUESTS"}
        serverless_config:
          description: Memory and concurrency of a serverless variant.
          returned: when the variant is serverless
          type: dict
          sample: {"max_concurrency": 20, "memory_size_in_mb": 2048, "provisioned_concurrency": 2}
        variant_instance_provision_timeout_in_seconds:
          description: Seconds to try to get instances.
          returned: when given
          type: int
          sample: 1800
        variant_name:
          description: The name of the variant.
          returned: always
          type: str
          sample: AllTraffic
        volume_size_in_gb:
          description: The size of the volumes in GB. SageMaker may set one that was not requested.
          returned: when given or chosen by SageMaker
          type: int
          sample: 30
    shadow_production_variants:
      description: The variant that receives copies of requests.
      returned: when given
      type: list
      elements: dict
      contains: *variant
    tags:
      description: The tags, including those of AWS (C(aws:)).
      returned: always
      type: dict
      sample: {"team": "search"}
    vpc_config:
      description: The VPC that inference components are connected to, C(security_group_ids) and C(subnets).
      returned: when given
      type: dict
      sample: {"security_group_ids": ["sg-0a1b2c3d4e5f60718"], "subnets": ["subnet-0a1b2c3d4e5f60718"]}
msg:
  description: One line that summarises the change, in check mode the change that a run would make.
  returned: success
  type: str
  sample: "Endpoint configuration rank-config-1a2b3c4d was created."
plan:
  description: The plan that the task carried out or, in check mode, would carry out. Also returned on failure, as far as it is known.
  returned: always
  type: dict
  contains:
    action:
      description: One of V(none), V(create), V(retag) and V(delete).
      returned: always
      type: str
      sample: create
    calls:
      description: The mutating API calls in order.
      returned: always
      type: list
      elements: str
      sample: [CreateEndpointConfig]
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
          sample: ml.g5.4xlarge
        before:
          description: The current value.
          returned: always
          type: raw
          sample: ml.g5.2xlarge
        path:
          description: The option, with the names of list entries in brackets.
          returned: always
          type: str
          sample: production_variants[AllTraffic].instance_type
tags:
  description: The tags of the endpoint configuration, also returned inside it. Empty if it has none, and after O(state=absent).
  returned: success
  type: dict
  sample: {"team": "search"}
failure:
  description:
    - The report of a call that AWS refused, with the keys of RV(mlops.sagemaker.sagemaker_endpoint#module:failure).
    - C(remedy) says what to do if the cause is known. The message ends with it.
  returned: when AWS refused a call
  type: dict
"""

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import module
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import (
    endpoint_config as endpoint_config_options,
)
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources import endpoint_configs


def main() -> None:
    module.run(endpoint_configs.ensure, **endpoint_config_options.ENDPOINT_CONFIG)


if __name__ == "__main__":
    main()
