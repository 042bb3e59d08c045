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
  - Creates and deletes SageMaker endpoint configurations, which say how models are served. That is on which instances, or serverless, how
    traffic is spread, what is captured, whether requests are asynchronous.
  - SageMaker cannot update an endpoint configuration. With O(name_prefix) the module derives the name from the content, so that a changed
    content makes a new configuration beside the old one. With O(name) the module fails if the content of the existing one differs, and
    says in what.
  - Tags are changed in place.
  - Only what is given is compared. Defaults that SageMaker fills in are no difference.
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
options:
  state:
    description:
      - V(present) makes sure that the configuration exists with the given content and tags.
      - V(absent) deletes it. SageMaker would do so even while an endpoint uses it, which could then no longer be updated. The module looks
        for such endpoints first, among all of the account and region, and fails if there is one.
    type: str
    choices: [present, absent]
    default: present
  name:
    description:
      - The name of the configuration, at most 63 letters, digits and hyphens, neither beginning nor ending with a hyphen.
      - Exactly one of O(name) and O(name_prefix) is needed.
    type: str
    aliases: [endpoint_config_name]
  name_prefix:
    description:
      - The configuration is named C(<name_prefix>-<8 hexadecimal digits>). The digits are a hash of all the other options that describe the
        configuration's content and of O(name_scope), but not of the tags. The same input always gives the same name, in check mode too.
      - At most 54 characters, since the name may have 63.
      - Needs O(production_variants), with O(state=absent) as well, since the name follows from the content.
    type: str
  name_scope:
    description:
      - Any text that goes into the hash of a name made from O(name_prefix), for example the name of an endpoint. It keeps configurations of
        equal content apart that have different owners, so that one owner can delete the own one.
    type: str
  production_variants:
    description:
      - 1 to 10 variants, which share the endpoint's traffic by their weights. Needed with O(state=present).
      - A variant runs a model on instances (C(model_name) and C(instance_type) or C(instance_pools)), runs a model serverless
        (C(model_name) and C(serverless_config)), or offers instances to inference components (C(instance_type) without C(model_name),
        and O(execution_role_arn)). One configuration holds variants of one kind.
    type: list
    elements: dict
    suboptions: &variant
      variant_name:
        description:
          - The name of the variant, unique in the configuration, at most 63 letters, digits and hyphens. V(AllTraffic) is usual for an
            only one.
        type: str
        required: true
      model_name:
        description:
          - The name of the model to serve, which has to exist.
          - Left out for a variant that hosts inference components.
        type: str
      initial_instance_count:
        description:
          - How many instances to start with, at least 1. Needed with C(instance_type) and C(instance_pools), not allowed with
            C(serverless_config).
        type: int
      instance_type:
        description:
          - The instance type, for example V(ml.m5.large), V(ml.c6i.xlarge) or V(ml.g5.2xlarge).
          - A type that the installed botocore does not know is passed on with a warning.
          - Burstable types (C(ml.t2), C(ml.t3)) cannot be scaled automatically.
          - A variant on instances needs exactly one of C(instance_type) and C(instance_pools).
        type: str
      instance_pools:
        description:
          - 1 to 5 instance types to try in turn, for when the preferred one is not available.
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
              - The model to serve on this instance type in place of the variant's C(model_name), for example a smaller or quantised one.
            type: str
          priority:
            description:
              - From 1 to 5, the lowest is tried first.
            type: int
            required: true
      variant_instance_provision_timeout_in_seconds:
        description:
          - For how long to look for instances before the next pool is tried or the variant fails, 300 to 3600 seconds. Loading the model
            is not counted.
        type: int
      initial_variant_weight:
        description:
          - The share of the traffic, as this weight divided by the sum of all weights. 0 or more, SageMaker assumes 1.0.
          - For a shadow variant the share of the production requests that it gets a copy of, V(0.5) beside V(1.0) being half of them.
        type: float
      accelerator_type:
        description:
          - The size of an Elastic Inference accelerator, for example V(ml.eia2.medium). AWS no longer offers them.
        type: str
      core_dump_config:
        description:
          - Keeps a core dump when the container crashes.
        type: dict
        suboptions:
          destination_s3_uri:
            description:
              - The S3 URI to write core dumps to, at most 512 characters.
            type: str
            required: true
          kms_key_id:
            description:
              - The KMS key (id, ARN or alias) that encrypts them. Without, the default key of Amazon S3 does.
            type: str
      serverless_config:
        description:
          - Serves without instances. Apart from C(provisioned_concurrency) it costs nothing while nothing is asked.
          - AWS refuses it with several variants, data capture, asynchronous inference, a VPC, network isolation, several containers, many
            models, C(model_data_source) and GPUs. Not together with C(instance_type), C(instance_pools) or C(initial_instance_count).
          - The model is looked at before the configuration is made, as far as it is there and the caller may describe it.
        type: dict
        suboptions:
          memory_size_in_mb:
            description:
              - The memory in MB, one of 1024, 2048, 3072, 4096, 5120 and 6144. Processing power grows with it.
            type: int
            required: true
            aliases: [memory_size_in_m_b]
          max_concurrency:
            description:
              - How many requests at most run at the same time, 1 to 200. More are refused with a throttling error.
            type: int
            required: true
          provisioned_concurrency:
            description:
              - For how many of them a started container is kept ready, 1 to 200, at most C(max_concurrency).
            type: int
      volume_size_in_gb:
        description:
          - The size of each instance's EBS volume in GB, 1 to 512. SageMaker chooses one by the instance type otherwise.
          - Refused for instance types that bring their own storage, which are those with a C(d) in the name of their family (C(ml.m5d),
            C(ml.g4dn)) and those of the families C(g5), C(g6), C(p5) and C(trn1) with their successors of the same beginning.
        type: int
      model_data_download_timeout_in_seconds:
        description:
          - For how long an instance may download and unpack the artifacts, 60 to 3600 seconds.
        type: int
      container_startup_health_check_timeout_in_seconds:
        description:
          - For how long the container may take to answer the health check, 60 to 3600 seconds. Large models need more than SageMaker's default.
        type: int
      enable_ssm_access:
        description:
          - V(true) allows to open a shell on the instances with AWS Systems Manager. AWS allows it to accounts that have asked for it.
        type: bool
      managed_instance_scaling:
        description:
          - Lets SageMaker start and stop instances as inference components come and go.
          - Refused for a variant with C(model_name). For one, use M(mlops.sagemaker.sagemaker_autoscaling).
        type: dict
        suboptions:
          status:
            description:
              - Whether it is on.
            type: str
            choices: [ENABLED, DISABLED]
          min_instance_count:
            description:
              - How many instances stay at least. 0 lets the endpoint scale to zero, which not every region allows.
            type: int
          max_instance_count:
            description:
              - How many instances there may be at most, 1 or more.
            type: int
          scale_in_policy:
            description:
              - How instances are given back.
            type: dict
            suboptions:
              strategy:
                description:
                  - V(IDLE_RELEASE) stops instances that host no copy of a component. V(CONSOLIDATION) moves copies together to free
                    more of them.
                type: str
                required: true
              maximum_step_size:
                description:
                  - How many instances a consolidation stops at a time, 1 to 100. SageMaker assumes 1.
                type: int
              cooldown_in_minutes:
                description:
                  - Minutes after the endpoint's last operation before a consolidation is considered, 5 to 1440. SageMaker assumes 20.
                type: int
      routing_config:
        description:
          - How requests are spread over the instances of the variant.
        type: dict
        suboptions:
          routing_strategy:
            description:
              - V(RANDOM) sends each request to any instance, V(LEAST_OUTSTANDING_REQUESTS) to the one with the most free capacity.
              - V(PREFIX_AWARE) sends prompts that begin alike to the same instance, see C(prefix_aware_routing_config). V(KV_AWARE) looks for
                the instance that has the beginning of the prompt in its cache.
            type: str
            required: true
          prefix_aware_routing_config:
            description:
              - Needed with, and only with, V(PREFIX_AWARE).
            type: dict
            suboptions:
              prefix_length:
                description:
                  - How much of the request's beginning is compared, 1024 to 65536 bytes, or characters of the messages where the
                    endpoint is called through the OpenAI-compatible API. Needed with V(PREFIX_AWARE).
                type: int
              concurrency_threshold:
                description:
                  - From how many requests in work, 1 to 1024, an instance or copy is passed over. Needed with V(PREFIX_AWARE).
                type: int
      inference_ami_version:
        description:
          - The image of the instances, which decides about the driver of the accelerators. For example
            V(al2-ami-sagemaker-inference-gpu-3-1) for CUDA 12.4, V(al2023-ami-sagemaker-inference-gpu-4-1) for CUDA 13.0,
            V(al2-ami-sagemaker-inference-neuron-2) for Neuron.
          - A version that the installed botocore does not know is passed on with a warning.
        type: str
      capacity_reservation_config:
        description:
          - Uses reserved capacity for the instances.
        type: dict
        suboptions:
          capacity_reservation_preference:
            description:
              - V(capacity-reservations-only) starts instances in the reservation only, and fails when it is full.
            type: str
          ml_reservation_arn:
            description:
              - The ARN of the reservation.
            type: str
      accelerator_partition_layouts:
        description:
          - Divides each accelerator among inference components, one component a part. Give exactly one layout, it holds for all
            accelerators. Without, accelerators are used whole.
        type: list
        elements: dict
        suboptions:
          accelerator_partition_types:
            description:
              - The parts, on NVIDIA GPUs MIG profiles such as V(mig-3g.40gb), at most 32. Name a profile twice to have two of it.
              - An endpoint keeps its layout. It refuses an update to another one, even to the same parts in another order.
            type: list
            elements: str
  shadow_production_variants:
    description:
      - One variant that gets copies of the requests to the production variant, and whose answers are not sent to the caller. There has to be
        exactly one production variant then.
      - AWS refuses it with asynchronous inference, on Inf1 instances, and for models of several containers or of many models.
      - It has the suboptions of O(production_variants).
    type: list
    elements: dict
    suboptions: *variant
  data_capture_config:
    description:
      - Keeps requests and answers in Amazon S3, for model monitoring for instance. Not for serverless variants.
    type: dict
    suboptions:
      enable_capture:
        description:
          - Whether capturing is on, which SageMaker assumes.
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
          - The KMS key (id, ARN or alias) that encrypts what is written.
        type: str
      capture_options:
        description:
          - What to capture, 1 to 32 entries.
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
          - Which content types to write as text. All others are written in base64.
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
      - The KMS key (id, ARN or alias) that encrypts the volumes of the instances. Its policy has to allow the role that makes or updates the
        endpoint.
      - Local storage, which some instance types have, is not encrypted by this key but by the instance's hardware.
    type: str
  async_inference_config:
    description:
      - Makes the endpoint asynchronous. Requests lie in Amazon S3 and are queued, the answers are written to Amazon S3. Not for serverless
        variants. An asynchronous endpoint takes no other requests.
    type: dict
    suboptions:
      client_config:
        description:
          - How SageMaker calls the container.
        type: dict
        suboptions:
          max_concurrent_invocations_per_instance:
            description:
              - How many requests an instance gets at the same time, 1 to 1000. SageMaker finds a number itself otherwise.
            type: int
      output_config:
        description:
          - Where answers go.
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
                  - Which of the topics get the answer itself too, if it is not larger than 128 KB.
                type: list
                elements: str
                choices: [SUCCESS_NOTIFICATION_TOPIC, ERROR_NOTIFICATION_TOPIC]
  explainer_config:
    description:
      - Explains predictions along with them.
    type: dict
    suboptions:
      clarify_explainer_config:
        description:
          - Explanations by SageMaker Clarify.
        type: dict
        suboptions:
          enable_explanations:
            description:
              - Which records to explain, a JMESPath expression with a boolean result, at most 64 characters. All are explained otherwise.
            type: str
          inference_config:
            description:
              - How the explainer talks to the model's container.
            type: dict
            suboptions:
              features_attribute:
                description:
                  - A JMESPath expression for the features in a request of JSON Lines, at most 64 characters.
                type: str
              content_template:
                description:
                  - A template that makes a request of JSON Lines from features, with C($features) in their place, at most 64 characters.
                    Needed if the container takes JSON Lines.
                type: str
              max_record_count:
                description:
                  - How many records a request to the container may hold, 1 or more. The explainer finds a number itself otherwise.
                type: int
              max_payload_in_mb:
                description:
                  - How large a request to the container may be, 1 to 25 MB. SageMaker assumes 6.
                type: int
                aliases: [max_payload_in_m_b]
              probability_index:
                description:
                  - In CSV answers, which column holds the probabilities, from 0. The whole answer otherwise.
                type: int
              label_index:
                description:
                  - In CSV answers, which column holds the labels, from 0.
                type: int
              probability_attribute:
                description:
                  - In answers of JSON Lines, a JMESPath expression for the probabilities, at most 64 characters.
                type: str
              label_attribute:
                description:
                  - In answers of JSON Lines, a JMESPath expression for the labels, at most 64 characters.
                type: str
              label_headers:
                description:
                  - Names of the classes for the explanation, 1 to 16, for answers that do not hold them.
                type: list
                elements: str
              feature_headers:
                description:
                  - Names of the features for the explanation, 1 to 256.
                type: list
                elements: str
              feature_types:
                description:
                  - The kind of each feature, 1 to 256, at least one of them V(text). Only for explanations of text.
                type: list
                elements: str
                choices: [numerical, categorical, text]
          shap_config:
            description:
              - The SHAP analysis.
            type: dict
            required: true
            suboptions:
              shap_baseline_config:
                description:
                  - What predictions are compared with.
                type: dict
                required: true
                suboptions:
                  mime_type:
                    description:
                      - The format of the baseline, V(text/csv), which SageMaker assumes, or V(application/jsonlines).
                    type: str
                  shap_baseline:
                    description:
                      - The baseline itself, features only, in the format of the training data, at most 4096 characters.
                      - Exactly one of C(shap_baseline) and C(shap_baseline_uri) is needed.
                    type: str
                  shap_baseline_uri:
                    description:
                      - The S3 URI of a larger baseline.
                    type: str
              number_of_samples:
                description:
                  - How many samples the analysis makes, 1 or more. More of them take longer.
                type: int
              use_logit:
                description:
                  - Whether to give log-odds in place of probabilities. SageMaker assumes V(false).
                type: bool
              seed:
                description:
                  - The seed of the random numbers. With it, the same request gets the same explanation.
                type: int
              text_config:
                description:
                  - Explains parts of texts. Needed for models of text.
                type: dict
                suboptions:
                  language:
                    description:
                      - The language of the texts, an ISO 639 code such as V(en) or V(de), V(xx) for a mixture.
                    type: str
                    required: true
                  granularity:
                    description:
                      - The parts to explain.
                    type: str
                    choices: [token, sentence, paragraph]
                    required: true
  execution_role_arn:
    description:
      - The ARN of the IAM role that runs inference components. Needed if the variants have no C(model_name); a model brings its own role.
      - The caller needs C(iam:PassRole) on it.
    type: str
  vpc_config:
    description:
      - The VPC that inference components are connected to. A model brings its own.
    type: dict
    suboptions:
      security_group_ids:
        description:
          - 1 to 5 ids of security groups.
        type: list
        elements: str
        required: true
      subnets:
        description:
          - 1 to 16 ids of subnets.
        type: list
        elements: str
        required: true
  enable_network_isolation:
    description:
      - V(true) cuts the containers of inference components off from the network. A model brings its own setting, so that this is refused
        for variants with C(model_name).
    type: bool
  metrics_config:
    description:
      - Which metrics the endpoint publishes to Amazon CloudWatch, and how often.
    type: dict
    suboptions:
      enable_enhanced_metrics:
        description:
          - Whether to publish utilisation and invocations for each instance and container. SageMaker assumes V(false).
        type: bool
      enable_detailed_observability:
        description:
          - Whether to publish metrics of the container itself, of each GPU, of the hosts and of the placement of inference components.
            SageMaker assumes V(true) for new configurations.
        type: bool
      metric_publish_frequency_in_seconds:
        description:
          - Seconds between two publications, one of 10, 30, 60, 120, 180, 240 and 300. SageMaker assumes 60.
        type: int
  cross_region_traffic_config:
    description:
      - Limits the requests that inference routers of other regions may send here. There is no limit otherwise.
      - Not for serverless variants or asynchronous endpoints.
    type: dict
    suboptions:
      max_invocations_per_second_per_instance:
        description:
          - How many requests a second one instance is expected to serve, 1 to 10000.
        type: int
        required: true
      max_cross_region_percent_per_endpoint:
        description:
          - Which percentage of the endpoint's capacity those requests may take, 1 to 100.
        type: int
        required: true
notes:
  - A B(check mode) run knows the name of a configuration made from O(name_prefix) and returns the configuration as it would be.
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

- name: A GPU instance, under a name that follows from the content
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

- name: Use it
  mlops.sagemaker.sagemaker_endpoint:
    name: chat
    endpoint_config_name: "{{ config.endpoint_config.endpoint_config_name }}"

- name: Nine in ten requests to the old model, one in ten to the new one
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

- name: Serverless, with two containers always ready
  mlops.sagemaker.sagemaker_endpoint_config:
    name: churn-serverless
    production_variants:
      - variant_name: AllTraffic
        model_name: churn
        serverless_config:
          memory_size_in_mb: 2048
          max_concurrency: 20
          provisioned_concurrency: 2

- name: Asynchronous, with notifications
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

- name: A shadow variant that gets half of the requests
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

- name: Encrypted volumes, and every fifth request captured
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

- name: Instances for inference components, none while none is needed
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

- name: Other instance types if the preferred one is not available
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
  description: The endpoint configuration, as DescribeEndpointConfig gives it, with its tags. Empty after O(state=absent).
  returned: always
  type: dict
  contains:
    async_inference_config:
      description: Where asynchronous requests and answers go, C(client_config) and C(output_config).
      returned: when given
      type: dict
    creation_time:
      description: When the configuration was made.
      returned: when the configuration exists
      type: str
      sample: "2026-03-01T10:15:30.123000+00:00"
    cross_region_traffic_config:
      description: The limit for requests of other regions.
      returned: when given
      type: dict
      sample: {"max_cross_region_percent_per_endpoint": 20, "max_invocations_per_second_per_instance": 50}
    data_capture_config:
      description: What is captured, with the members of the option of the same name.
      returned: when given
      type: dict
      sample:
        capture_options: [{"capture_mode": "Input"}, {"capture_mode": "Output"}]
        destination_s3_uri: s3://example-private/capture
        enable_capture: true
        initial_sampling_percentage: 20
    enable_network_isolation:
      description: Whether the containers of inference components are cut off from the network.
      returned: always
      type: bool
      sample: false
    endpoint_config_arn:
      description: The ARN of the configuration, in lower case whatever the name.
      returned: always, in check mode for a new one only if AWS STS can be asked for the account
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
      description: How predictions are explained, with the members of the option of the same name.
      returned: when given
      type: dict
    kms_key_id:
      description: The KMS key that encrypts the volumes.
      returned: when given
      type: str
      sample: arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab
    metrics_config:
      description: Which metrics are published, and how often.
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
          description: How accelerators are divided.
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
          description: Seconds that the container may take to answer the health check.
          returned: when given
          type: int
          sample: 600
        core_dump_config:
          description: Where core dumps go, C(destination_s3_uri) and C(kms_key_id).
          returned: when given
          type: dict
        enable_ssm_access:
          description: Whether a shell on the instances is allowed.
          returned: when given
          type: bool
        inference_ami_version:
          description: The image of the instances.
          returned: when given
          type: str
          sample: al2023-ami-sagemaker-inference-gpu-4-1
        initial_instance_count:
          description: How many instances the variant starts with.
          returned: when the variant runs on instances
          type: int
          sample: 1
        initial_variant_weight:
          description: The weight that the variant starts with.
          returned: always
          type: float
          sample: 1.0
        instance_pools:
          description: The instance types to try in turn, each with C(instance_type), C(priority) and C(model_name_override).
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
          description: Seconds that an instance may take to download the artifacts.
          returned: when given
          type: int
          sample: 900
        model_name:
          description: The model that is served.
          returned: when the variant does not host inference components
          type: str
          sample: chat-model-1a2b3c4d
        routing_config:
          description: How requests are spread over the instances.
          returned: when given
          type: dict
          sample: {"routing_strategy": "LEAST_OUTSTANDING_REQUESTS"}
        serverless_config:
          description: Memory and concurrency of a serverless variant.
          returned: when the variant is serverless
          type: dict
          sample: {"max_concurrency": 20, "memory_size_in_mb": 2048, "provisioned_concurrency": 2}
        variant_instance_provision_timeout_in_seconds:
          description: Seconds for which instances are looked for.
          returned: when given
          type: int
          sample: 1800
        variant_name:
          description: The name of the variant.
          returned: always
          type: str
          sample: AllTraffic
        volume_size_in_gb:
          description: The size of the volumes in GB. SageMaker may give one that nobody asked for.
          returned: when given or chosen by SageMaker
          type: int
          sample: 30
    shadow_production_variants:
      description: The variant that gets copies of requests.
      returned: when given
      type: list
      elements: dict
      contains: *variant
    tags:
      description: The tags. Those of AWS itself (C(aws:)) are among them.
      returned: always
      type: dict
      sample: {"team": "search"}
    vpc_config:
      description: The VPC that inference components are connected to, C(security_group_ids) and C(subnets).
      returned: when given
      type: dict
      sample: {"security_group_ids": ["sg-0a1b2c3d4e5f60718"], "subnets": ["subnet-0a1b2c3d4e5f60718"]}
msg:
  description: One line that says what was done, or in check mode would be done.
  returned: success
  type: str
  sample: "Endpoint configuration rank-config-1a2b3c4d was created."
plan:
  description: What the task did or, in check mode, would do. Also returned on failure, as far as it is known.
  returned: always
  type: dict
  contains:
    action:
      description: One of V(none), V(create), V(retag) and V(delete).
      returned: always
      type: str
      sample: create
    calls:
      description: The API operations that change something, in order.
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
          description: The value found.
          returned: always
          type: raw
          sample: ml.g5.2xlarge
        path:
          description: The option, with the names of list entries in brackets.
          returned: always
          type: str
          sample: production_variants[AllTraffic].instance_type
tags:
  description: The tags of the endpoint configuration, as inside it. Empty where there are none, and after O(state=absent).
  returned: success
  type: dict
  sample: {"team": "search"}
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
