#!/usr/bin/python
# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: sagemaker_model
version_added: 1.0.0
short_description: Manage Amazon SageMaker models
description:
  - Creates and deletes SageMaker models. A model defines the container image, the artifacts, the environment, the IAM role and the network
    to serve with.
  - SageMaker cannot update a model. With O(name_prefix) the module derives the name from the content, so changed content creates a new
    model next to the old one. With O(name) the module fails if the content of the existing model differs, and lists the differences, unless
    O(force) is set.
  - Tags are changed in place.
  - The module compares only the options that are given. Defaults that SageMaker fills in do not count as differences.
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
options:
  state:
    description:
      - V(present) makes the model exist with the given content and tags.
      - V(absent) deletes it. SageMaker would delete it even while an endpoint serves it, and that endpoint could then no longer scale out.
        The module therefore checks all endpoints of the account and region first, and fails if one of them serves it.
    type: str
    choices: [present, absent]
    default: present
  name:
    description:
      - The name of the model, at most 63 letters, digits and hyphens, neither beginning nor ending with a hyphen.
      - Exactly one of O(name) and O(name_prefix) is required.
    type: str
    aliases: [model_name]
  name_prefix:
    description:
      - The model is named C(<name_prefix>-<8 hexadecimal digits>). The digits are a hash of O(name_scope) and all options that describe the
        model's content, but not of the tags. The same input always results in the same name, in check mode too.
      - At most 54 characters, since the name may have 63.
      - Requires the content with O(state=absent) as well, because the name is derived from it.
    type: str
  name_scope:
    description:
      - Any text to include in the hash of a name made from O(name_prefix), for example the name of an endpoint. It keeps models with the
        same content but different owners apart, so that each owner can delete its own.
    type: str
  replaces:
    description:
      - The name of another model that this one replaces. In diff mode, a model that is created is shown against that one.
      - The other model is only read, and only if this one has to be created. It is not deleted.
    type: str
  primary_container:
    description:
      - The only container of the model.
      - With O(state=present) exactly one of O(primary_container) and O(containers) is required.
    type: dict
    suboptions: &container
      container_hostname:
        description:
          - The name of a container in a model with several, at most 63 letters, digits and hyphens. It appears in logs and metrics, and a
            caller uses it to invoke one container directly. Ignored for a single container.
          - If one container has a name, all need a unique name. Without names, SageMaker names them by their position.
        type: str
      image:
        description:
          - The container image as C(registry/repository:tag) or C(registry/repository@digest), at most 255 characters. It must be in Amazon
            ECR in the region of the endpoint, or in a registry that the VPC can reach, see C(image_config).
          - Exactly one of C(image) and C(model_package_name) is required.
          - AWS refuses an image that does not exist or that the role in O(execution_role_arn) may not pull.
        type: str
      image_config:
        description:
          - The registry of the image. Required only for a registry outside Amazon ECR.
        type: dict
        suboptions:
          repository_access_mode:
            description:
              - V(Platform) for Amazon ECR, V(Vpc) for a private registry that is reachable through O(vpc_config).
              - An image outside Amazon ECR requires V(Vpc).
            type: str
            choices: [Platform, Vpc]
            required: true
          repository_auth_config:
            description:
              - How to log in to the private registry, if it requires a login. Only with V(Vpc).
            type: dict
            suboptions:
              repository_credentials_provider_arn:
                description:
                  - The ARN of a Lambda function that returns the registry's user name and password. The ARN is not secret.
                type: str
                required: true
      mode:
        description:
          - V(SingleModel), the SageMaker default, or V(MultiModel) for a container that loads many models on demand from the prefix in
            C(model_data_url). A serial pipeline may have at most one such container.
        type: str
        choices: [SingleModel, MultiModel]
      model_data_url:
        description:
          - The S3 URI of the model's artifacts, one C(.tar.gz) archive. With C(mode=MultiModel), a prefix that ends in C(/) and contains
            such archives, required unless a model package provides it.
          - The bucket must be in the region of the endpoint, and the role must be allowed to read it. Otherwise AWS refuses the model.
          - Mutually exclusive with C(model_data_source).
        type: str
      model_data_source:
        description:
          - The location of the model's artifacts, for artifacts that are not a single archive, or that need a licence agreement or a hub.
          - Not supported for serverless and multi-model endpoints. Mutually exclusive with C(model_data_url).
        type: dict
        suboptions:
          s3_data_source:
            description:
              - The artifacts in Amazon S3.
            type: dict
            suboptions: &s3_data_source
              s3_uri:
                description:
                  - The S3 URI of an object or of a prefix. A prefix ends in C(/).
                type: str
                required: true
              s3_data_type:
                description:
                  - V(S3Prefix) if C(s3_uri) is a prefix. All objects under it belong to the model. V(S3Object) if it is a single object.
                type: str
                choices: [S3Prefix, S3Object]
                required: true
              compression_type:
                description:
                  - V(Gzip) if the object is a C(.tar.gz) archive, which SageMaker unpacks. V(None) if the objects are not compressed. A
                    prefix requires V(None).
                type: str
                choices: ["None", Gzip]
                required: true
              model_access_config:
                description:
                  - Agreement to the licence of a model that requires it.
                type: dict
                suboptions:
                  accept_eula:
                    description:
                      - V(true) if you have read the model's licence and agree to it. AWS refuses a model with a licence otherwise.
                    type: bool
                    required: true
              hub_access_config:
                description:
                  - Access to a model in a private hub.
                type: dict
                suboptions:
                  hub_content_arn:
                    description:
                      - The ARN of the hub content that the artifacts belong to, for example a C(ModelReference).
                    type: str
                    required: true
              manifest_s3_uri:
                description:
                  - The S3 URI of a manifest, a CSV file that lists the locations of the artifacts.
                type: str
              e_tag:
                description:
                  - The expected ETag of the object in C(s3_uri).
                type: str
                aliases: [etag]
              manifest_etag:
                description:
                  - The expected ETag of the object in C(manifest_s3_uri).
                type: str
      additional_model_data_sources:
        description:
          - At most 5 further sources of artifacts, for example a draft model for speculative decoding.
        type: list
        elements: dict
        suboptions:
          channel_name:
            description:
              - The name of this source, at most 64 letters, digits, C(.), C(-) and C(_). The container finds the artifacts in a directory
                of that name.
            type: str
            required: true
          s3_data_source:
            description:
              - The artifacts in Amazon S3.
            type: dict
            required: true
            suboptions: *s3_data_source
      environment:
        description:
          - Environment variables of the container, at most 100, each name and each value at most 1024 bytes, in total at most 32 KB.
          - The values are text in the API. The module sends V(1) as C("1") and V(true) as C("true"). Quote values that have to stay as they
            are written, such as C("1.10").
          - SageMaker shows the values to everyone who may describe the model. In results, differences, logs and errors the module masks a
            value whose key looks secret (token, secret, password, pwd, key, credential, auth, pat, sas, dsn, conn_str and the like, as a
            separate word), that holds a URL with a user and a password, that comes from ansible-vault, or whose key is in
            O(secret_environment). If a value is secret before or after a change, the module masks it on both sides.
        type: dict
      model_package_name:
        description:
          - The name or ARN of a model package (model registry, JumpStart, AWS Marketplace) that contains image and artifacts.
          - A name may end in C(/<version>). At most 176 characters. Mutually exclusive with C(image) and C(model_data_url).
        type: str
      inference_specification_name:
        description:
          - The inference specification of the model package to use, at most 63 letters, digits and hyphens.
        type: str
      multi_model_config:
        description:
          - Further settings for C(mode=MultiModel).
        type: dict
        suboptions:
          model_cache_setting:
            description:
              - Whether models stay in memory after an invocation. SageMaker defaults to V(Enabled). V(Disabled) suits many models that are
                rarely invoked.
            type: str
            choices: [Enabled, Disabled]
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
  containers:
    description:
      - 1 to 15 containers, invoked one after another (an inference pipeline) or individually, see O(inference_execution_config.mode).
      - The suboptions are those of O(primary_container).
    type: list
    elements: dict
    suboptions: *container
  inference_execution_config:
    description:
      - How several containers are called.
    type: dict
    suboptions:
      mode:
        description:
          - V(Serial), the SageMaker default, sends each request through all containers. V(Direct) sends it to the container that the caller
            names, and requires several containers that all have a C(container_hostname).
        type: str
        choices: [Serial, Direct]
        required: true
  execution_role_arn:
    description:
      - The ARN of the IAM role with which SageMaker pulls the image, reads the artifacts and runs the container. It must trust
        C(sagemaker.amazonaws.com), and the caller needs C(iam:PassRole) on it.
      - SageMaker refuses a new role until IAM has propagated it. The module retries the call for up to two minutes.
    type: str
  vpc_config:
    description:
      - The VPC that the containers are connected to.
      - Without internet access the VPC needs endpoints for Amazon S3, Amazon ECR and Amazon CloudWatch Logs.
      - Not supported for models of serverless endpoints.
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
          - 1 to 16 IDs of subnets. The instance type must be available in their zones.
        type: list
        elements: str
        required: true
  enable_network_isolation:
    description:
      - V(true) isolates the containers from the network, except for invocations. Model packages of AWS Marketplace require it.
      - Not supported for models of serverless endpoints.
    type: bool
  secret_environment:
    description:
      - Keys of container environments whose values are secret, regardless of their format. The module masks them like values whose keys
        look secret, see O(primary_container.environment).
      - Values from ansible-vault need not be listed, except those in a file that is encrypted as a whole.
    type: list
    elements: str
  force:
    description:
      - Whether to delete a model of this name that has other content, and to recreate it with the given content. O(tags) and O(purge_tags)
        determine its tags.
      - The module does not change endpoints that serve the model. Their running containers keep the old content, and containers that start
        later, for example when an endpoint scales out, use the new content. The module warns and names these endpoints. To change the model
        of an endpoint, use O(name_prefix) and update the endpoint.
      - Has no effect with O(state=absent).
    type: bool
    default: false
notes:
  - A B(check mode) run returns the predicted model, including the name that is made from O(name_prefix).
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - mlops.sagemaker.requirements
  - mlops.sagemaker.attributes
seealso:
  - module: mlops.sagemaker.sagemaker_model_info
  - module: mlops.sagemaker.sagemaker_endpoint_config
  - name: CreateModel
    description: Reference of the API call behind this module.
    link: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModel.html
"""

EXAMPLES = r"""
# Credentials and region come from the environment or a profile; see the options of amazon.aws modules.

- name: Create a language model from Hugging Face, under a name that is derived from the content
  mlops.sagemaker.sagemaker_model:
    name_prefix: chat-model
    name_scope: chat
    execution_role_arn: arn:aws:iam::111122223333:role/sagemaker-serving
    primary_container:
      image: 763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference:0.36.0-lmi28.0.0-cu130
      environment:
        HF_MODEL_ID: meta-llama/Llama-3.1-8B-Instruct
        HF_TOKEN: "{{ hugging_face_token }}"
        OPTION_TENSOR_PARALLEL_DEGREE: max
    tags:
      team: search
  register: chat

- name: Show the generated name
  ansible.builtin.debug:
    var: chat.model.model_name

- name: Create a model from a model package whose licence forbids network access
  mlops.sagemaker.sagemaker_model:
    name: llama2-7b
    execution_role_arn: arn:aws:iam::111122223333:role/sagemaker-serving
    enable_network_isolation: true
    primary_container:
      model_package_name: arn:aws:sagemaker:us-east-1:865070037744:model-package/llama2-7b-f-v4-71eeccf76ddf33f2a18d2e16b9c7f302

- name: Use uncompressed artifacts from a private hub, with agreement to the licence
  mlops.sagemaker.sagemaker_model:
    name_prefix: hub-llama
    execution_role_arn: arn:aws:iam::111122223333:role/sagemaker-serving
    primary_container:
      image: 763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference:0.36.0-lmi28.0.0-cu130
      model_data_source:
        s3_data_source:
          s3_uri: s3://example-models/llama-3-1-8b/v2/
          s3_data_type: S3Prefix
          compression_type: "None"
          model_access_config:
            accept_eula: true
          hub_access_config:
            hub_content_arn: arn:aws:sagemaker:us-east-1:111122223333:hub-content/example/ModelReference/llama-3-1-8b/1.0.0

- name: Create a pipeline with preprocessing and prediction
  mlops.sagemaker.sagemaker_model:
    name_prefix: abalone
    execution_role_arn: arn:aws:iam::111122223333:role/sagemaker-serving
    inference_execution_config:
      mode: Serial
    containers:
      - container_hostname: preprocess
        image: 683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0
        model_data_url: s3://example-models/abalone/preprocess/model.tar.gz
        environment:
          SAGEMAKER_PROGRAM: inference.py
          SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT: text/csv
      - container_hostname: predict
        image: 683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0
        model_data_url: s3://example-models/abalone/xgboost/model.tar.gz

- name: Serve many models with one endpoint
  mlops.sagemaker.sagemaker_model:
    name: per-customer-models
    execution_role_arn: arn:aws:iam::111122223333:role/sagemaker-serving
    primary_container:
      image: 683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0
      mode: MultiModel
      model_data_url: s3://example-models/customers/
      multi_model_config:
        model_cache_setting: Enabled

- name: Use an image from a private registry inside the VPC
  mlops.sagemaker.sagemaker_model:
    name_prefix: fraud
    execution_role_arn: arn:aws:iam::111122223333:role/sagemaker-serving
    vpc_config:
      security_group_ids:
        - sg-0a1b2c3d4e5f60718
      subnets:
        - subnet-0a1b2c3d4e5f60718
        - subnet-0b1c2d3e4f5061728
    primary_container:
      image: registry.example.internal/fraud@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
      model_data_url: s3://example-models/fraud/12/model.tar.gz
      image_config:
        repository_access_mode: Vpc
        repository_auth_config:
          repository_credentials_provider_arn: arn:aws:lambda:eu-west-1:111122223333:function:registry-login

- name: Mask a connection string in all output
  mlops.sagemaker.sagemaker_model:
    name_prefix: churn
    execution_role_arn: arn:aws:iam::111122223333:role/sagemaker-serving
    secret_environment: [DATABASE]
    primary_container:
      image: 683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0
      environment:
        DATABASE: "{{ lookup('ansible.builtin.env', 'DATABASE') or undef(hint='Set the environment variable DATABASE') }}"

- name: Replace a model that no endpoint serves, under the same name
  mlops.sagemaker.sagemaker_model:
    name: batch-scoring
    execution_role_arn: arn:aws:iam::111122223333:role/sagemaker-serving
    force: true
    primary_container:
      image: 683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0
      model_data_url: s3://example-models/scoring/2/model.tar.gz

- name: Delete a model
  mlops.sagemaker.sagemaker_model:
    name: per-customer-models
    state: absent
"""

RETURN = r"""
model:
  description: The model, as returned by DescribeModel, with its tags. Empty after O(state=absent).
  returned: always
  type: dict
  contains:
    containers:
      description: The containers of a model that has several, each with the members of C(primary_container).
      returned: when the model was created with O(containers)
      type: list
      elements: dict
    creation_time:
      description: When the model was created.
      returned: when the model exists
      type: str
      sample: "2026-03-01T10:15:30.123000+00:00"
    deployment_recommendation:
      description: Instance types that AWS recommends for the model, with the environment variables that suit them.
      returned: when AWS has computed one
      type: dict
      contains:
        real_time_inference_recommendations:
          description: The recommendations.
          returned: when AWS has computed some
          type: list
          elements: dict
          contains:
            environment:
              description: Environment variables that suit the instance type.
              returned: when AWS has computed some
              type: dict
            instance_type:
              description: The instance type.
              returned: always
              type: str
              sample: ml.g5.2xlarge
            recommendation_id:
              description: The recommendation's id.
              returned: always
              type: str
        recommendation_status:
          description: The status, V(IN_PROGRESS), V(COMPLETED), V(FAILED) or V(NOT_APPLICABLE).
          returned: always
          type: str
          sample: COMPLETED
    enable_network_isolation:
      description: Whether the containers are isolated from the network.
      returned: always
      type: bool
      sample: false
    execution_role_arn:
      description: The IAM role that the containers run with.
      returned: when the model has one
      type: str
      sample: arn:aws:iam::111122223333:role/sagemaker-serving
    inference_execution_config:
      description: How several containers are called.
      returned: when the model has several containers
      type: dict
      contains:
        mode:
          description: V(Serial) or V(Direct).
          returned: always
          type: str
          sample: Serial
    model_arn:
      description: The ARN of the model, always in lower case.
      returned: always, in check mode for a new model only if AWS STS returns the account
      type: str
      sample: arn:aws:sagemaker:us-east-1:111122223333:model/chat-model-1a2b3c4d
    model_name:
      description: The name, given or made from O(name_prefix).
      returned: always
      type: str
      sample: chat-model-1a2b3c4d
    primary_container:
      description: The container of a model that has one.
      returned: when the model was created with O(primary_container)
      type: dict
      contains:
        additional_model_data_sources:
          description: Further sources of artifacts, each with C(channel_name) and C(s3_data_source).
          returned: when given
          type: list
          elements: dict
        container_hostname:
          description: The name of the container in a model with several.
          returned: when given
          type: str
          sample: predict
        container_metrics_config:
          description: Where SageMaker reads the container's own metrics, C(metrics_endpoints).
          returned: when given
          type: dict
        environment:
          description: The environment variables. Values that look secret are masked.
          returned: when given
          type: dict
          sample: {"HF_MODEL_ID": "mistralai/Mistral-7B-Instruct-v0.3", "SM_NUM_GPUS": "1"}
        image:
          description: The image as given.
          returned: when given
          type: str
          sample: 763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference:0.36.0-lmi28.0.0-cu130
        image_config:
          description: The registry of the image, C(repository_access_mode) and C(repository_auth_config).
          returned: when given
          type: dict
        inference_specification_name:
          description: The inference specification of the model package.
          returned: when given
          type: str
        mode:
          description: V(SingleModel) or V(MultiModel).
          returned: always
          type: str
          sample: SingleModel
        model_data_source:
          description: The location of the artifacts. SageMaker derives it from C(model_data_url) too.
          returned: when the model has artifacts
          type: dict
          contains:
            s3_data_source:
              description:
                - The artifacts in Amazon S3, with C(s3_uri), C(s3_data_type), C(compression_type) and, where given, C(model_access_config),
                  C(hub_access_config), C(manifest_s3_uri), C(e_tag) and C(manifest_etag).
              returned: always
              type: dict
        model_data_url:
          description: The S3 URI of the archive with the artifacts.
          returned: when given
          type: str
          sample: s3://example-models/abalone/xgboost/model.tar.gz
        model_package_name:
          description: The model package.
          returned: when given
          type: str
        multi_model_config:
          description: Settings of a multi-model container, C(model_cache_setting).
          returned: when given
          type: dict
    tags:
      description: The tags, including those of AWS (C(aws:)).
      returned: always
      type: dict
      sample: {"team": "search"}
    vpc_config:
      description: The VPC that the containers are connected to.
      returned: when given
      type: dict
      contains:
        security_group_ids:
          description: IDs of security groups.
          returned: always
          type: list
          elements: str
          sample: [sg-0a1b2c3d4e5f60718]
        subnets:
          description: IDs of subnets.
          returned: always
          type: list
          elements: str
          sample: [subnet-0a1b2c3d4e5f60718]
msg:
  description: One line that summarises the change, in check mode the change that a run would make.
  returned: success
  type: str
  sample: "Model churn-model-1a2b3c4d was created."
plan:
  description: The plan that the task carried out or, in check mode, would carry out. Also returned on failure, as far as it is known.
  returned: always
  type: dict
  contains:
    action:
      description: One of V(none), V(create), V(retag), V(replace) with O(force=true), and V(delete).
      returned: always
      type: str
      sample: create
    calls:
      description: The mutating API calls in order.
      returned: always
      type: list
      elements: str
      sample: [CreateModel]
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
          sample: search
        before:
          description: The current value.
          returned: always
          type: raw
          sample: null
        path:
          description: The option, with the names of list entries in brackets.
          returned: always
          type: str
          sample: tags.team
deleted_model:
  description:
    - The content of the deleted model, by option name, with its tags. Values of environment variables that look secret are masked.
  returned: when O(force=true) deleted the model, but could not recreate it
  type: dict
  sample: {"model_name": "fraud", "primary_container": {"image": "763104351884.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"}}
tags:
  description: The tags of the model, also returned inside it. Empty if it has none, and after O(state=absent).
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
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import model as model_options
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources import models


def main() -> None:
    module.run(models.ensure, **model_options.MODEL)


if __name__ == "__main__":
    main()
