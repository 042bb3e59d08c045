#!/usr/bin/python
# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: sagemaker_endpoint_release_info
version_added: 1.0.0
short_description: Gather the releases of an Amazon SageMaker endpoint, and what it serves
description:
  - A release is an endpoint configuration that carries the tag C(mlops.sagemaker/endpoint) with the name of the endpoint, together with
    the models behind it. The configuration that serves is listed with the releases, whoever made it.
  - Returns which releases exist, which configuration serves, and who made it.
  - Given O(models) and O(endpoint_config), it compares what serves with them. An endpoint that Terraform or anything else made and that
    equals them is taken over by the role P(mlops.sagemaker.sagemaker_endpoint#role) without a rollout.
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
options:
  endpoint_name:
    description: The name of the endpoint. The module fails if the endpoint's name differs from it in upper and lower case.
    type: str
    required: true
  name_prefix:
    description:
      - The prefix of the generated names, C(<name_prefix>-config-<hash>).
      - The module also finds releases with other prefixes, by the history of the endpoint and by their tag. It needs the prefix only
        where the Resource Groups Tagging API is denied, to list the names that begin with it.
    type: str
  models:
    description:
      - The models to compare with, each with the options of M(mlops.sagemaker.sagemaker_model) and C(variants), the list of the names
        of the variants that run the model. Names of models do not count.
      - Only with O(endpoint_config). The module fails if SageMaker would refuse such a model.
    type: list
    elements: dict
  endpoint_config:
    description:
      - The configuration to compare with, with the options of M(mlops.sagemaker.sagemaker_endpoint_config). Its name does not count.
      - Without it the module compares nothing. The module fails if SageMaker would refuse such a configuration.
    type: dict
  execution_role_arn:
    description: The execution role that the models must have to match. By default, any role matches.
    type: str
  secret_environment:
    description: Keys of container environments whose values are secret, as in M(mlops.sagemaker.sagemaker_model).
    type: list
    elements: str
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - mlops.sagemaker.requirements
  - mlops.sagemaker.attributes.info
"""

EXAMPLES = r"""
- name: See the releases of an endpoint
  mlops.sagemaker.sagemaker_endpoint_release_info:
    endpoint_name: fraud
  register: found

- name: See whether a deploy would take over an endpoint made by Terraform without a rollout
  mlops.sagemaker.sagemaker_endpoint_release_info:
    endpoint_name: fraud
    name_prefix: fraud
    models:
      - variants: [AllTraffic]
        primary_container:
          image: 683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0
    endpoint_config:
      production_variants:
        - variant_name: AllTraffic
          instance_type: ml.m5.large
          initial_instance_count: 1
  register: found
"""

RETURN = r"""
releases:
  description: The releases, the live one first, then those that served, the latest first, then those that never did.
  returned: success
  type: list
  elements: dict
  contains:
    endpoint_config_name:
      description: The name of the endpoint configuration.
      type: str
      sample: fraud-config-1a2b3c4d
    model_names:
      description: The models that it names.
      type: list
      elements: str
      sample: [fraud-model-5e6f7a8b]
    live:
      description: Whether the endpoint uses it or is being updated to it.
      type: bool
    served:
      description:
        - Whether it serves or has served, which a release whose rollout failed has not, nor one to which the endpoint is still being
          updated.
      type: bool
    owned:
      description: Whether it carries the tag of the endpoint. What was adopted does not. It can be gone back to and is never deleted.
      type: bool
    execution_policy:
      description: The name of the inline policy of the execution role that it needs, from its tag C(mlops.sagemaker/execution-policy).
      type: str
      sample: mlops-sagemaker-9c0d1e2f
    creation_time:
      description: When the configuration was made.
      type: str
      sample: "2030-01-31T18:00:00+00:00"
waking_alarms:
  description: The alarms with the names and descriptions of those by which the role wakes what it scales to zero, whether or not
    their policies exist. Only without O(endpoint_config).
  returned: without O(endpoint_config)
  type: list
  elements: str
  sample: [fraud-AllTraffic-wake-from-zero]
serving:
  description: What serves. Empty where there is no endpoint.
  returned: success
  type: dict
  contains:
    endpoint_arn:
      description: The ARN of the endpoint.
      type: str
      sample: arn:aws:sagemaker:us-east-1:111122223333:endpoint/fraud
    endpoint_status:
      description: Its status.
      type: str
      sample: InService
    endpoint_owned:
      description: Whether the endpoint carries the tag C(mlops.sagemaker/endpoint) with its name.
      type: bool
    endpoint_config_name:
      description: The configuration that it uses or is being updated to.
      type: str
      sample: fraud-config-1a2b3c4d
    in_use:
      description: The configuration that it uses, during an update the old one. Null while it is being made, and where it has failed.
      type: str
      sample: fraud-config-1a2b3c4d
    endpoint_config:
      description: The content of that configuration, empty if it was deleted. As M(mlops.sagemaker.sagemaker_endpoint_config) returns it.
      type: dict
    history:
      description:
        - The names of the releases that served, the latest first, from the endpoint's tag C(mlops.sagemaker/history). A release that was
          rolled out by a run that did not wait is not in it before another run has found it in use. Null without the tag.
      type: list
      elements: str
      sample: [fraud-config-1a2b3c4d]
    history_tag:
      description: The value of that tag. Null without the tag.
      type: str
      sample: fraud-config-1a2b3c4d
    owned:
      description: Whether that configuration is a release.
      type: bool
    variant_names:
      description: The production variants of the endpoint, as far as it shows them. While it is being made it shows none.
      type: list
      elements: str
      sample: [AllTraffic]
    model_names:
      description: The models of its production variants.
      type: list
      elements: str
      sample: [fraud-model-5e6f7a8b]
    execution_role_arn:
      description: Of a configuration that somebody else made, the execution role of its first model.
      type: str
      sample: arn:aws:iam::111122223333:role/fraud
    matches:
      description: Whether somebody else created the configuration, and its content and that of its models equal the given content,
        regardless of the names.
      type: bool
    differences:
      description: What differs between what serves and O(models) and O(endpoint_config). Empty without them.
      type: list
      elements: dict
      contains:
        path:
          description: The option, with the names of things in brackets.
          type: str
          sample: "production_variants[AllTraffic].instance_type"
        before:
          description: What serves.
          type: raw
          sample: ml.m5.large
        after:
          description: What was given.
          type: raw
          sample: ml.m5.xlarge
    scalable_targets:
      description: The registered scalable targets of its variants and inference components.
      type: list
      elements: dict
      contains:
        resource_id:
          description: What is scaled, a variant or an inference component.
          type: str
          sample: endpoint/fraud/variant/AllTraffic
        scalable_dimension:
          description: What of it is scaled.
          type: str
          sample: sagemaker:variant:DesiredInstanceCount
        min_capacity:
          description: The lower bound.
          type: int
          sample: 1
        owned:
          description: Whether the target carries the tag C(mlops.sagemaker/endpoint) with the name of the endpoint.
          type: bool
        waking_alarms:
          description: The CloudWatch alarms by which the role wakes it from zero.
          type: list
          elements: str
          sample: [fraud-AllTraffic-wake-from-zero]
    inference_components:
      description: The inference components on it, adapters before their bases.
      type: list
      elements: dict
      contains:
        name:
          description: The name of the component.
          type: str
          sample: chat
        status:
          description: Its status.
          type: str
          sample: InService
        owned:
          description: Whether it carries the tag C(mlops.sagemaker/endpoint) with the name of the endpoint.
          type: bool
        variant_name:
          description: The variant that hosts it.
          type: str
          sample: AllTraffic
        base:
          description: Of an adapter the name of its base.
          type: str
          sample: chat
        model_names:
          description: The models that it runs.
          type: list
          elements: str
          sample: [chat-model-5e6f7a8b]
        content:
          description: Its specification and number of copies, as options of M(mlops.sagemaker.sagemaker_inference_component).
          type: dict
        restorable:
          description: Whether the content is all here. Values of an environment that look secret are masked.
          type: bool
orphaned_components:
  description:
    - Inference components that carry the tag of the endpoint and were made on an endpoint of its name that is gone, adapters before their
      bases. AWS may keep them, but nothing can invoke them.
  returned: success
  type: list
  elements: str
  sample: []
orphaned_models:
  description:
    - Models that carry the tag of the endpoint and are neither in a release nor in an inference component on it.
  returned: success
  type: list
  elements: str
  sample: []
name_prefixes:
  description: The prefixes of the names that were generated for the endpoint, as far as is known.
  returned: success
  type: list
  elements: str
  sample: [fraud]
earlier_roles:
  description:
    - The execution roles whose names begin with other prefixes than O(name_prefix), and of which no release is left, as options of
      M(mlops.sagemaker.sagemaker_execution_role). Empty without O(name_prefix).
  returned: success
  type: list
  elements: dict
  sample: []
tagging_denied:
  description: Whether C(tag:GetResources) is denied, so that only names with a known prefix were looked at.
  returned: success
  type: bool
region:
  description: The region that was looked at.
  returned: success
  type: str
  sample: us-east-1
account_id:
  description: The account of the endpoint. Null if it is unknown.
  returned: success
  type: str
  sample: "111122223333"
"""

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import module
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import release as release_options
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.release import info as release_info


def main() -> None:
    module.run_info(release_info.info, **release_options.RELEASE_INFO)


if __name__ == "__main__":
    main()
