#!/usr/bin/python
# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: sagemaker_endpoint_release_info
version_added: 1.0.0
short_description: Gather the releases and the live configuration of an Amazon SageMaker endpoint
description:
  - A release is an endpoint configuration that carries the tag C(mlops.sagemaker/endpoint) with the name of the endpoint, together with its
    models. The module lists the live configuration with the releases, regardless of its creator.
  - Returns the releases, the configuration that serves, and its owner.
  - Given O(models) and O(endpoint_config), the module compares the live configuration with them. The role
    P(mlops.sagemaker.sagemaker_endpoint#role) adopts an equal endpoint that Terraform or another tool created, without a rollout.
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
options:
  endpoint_name:
    description: The name of the endpoint. The module fails if the endpoint's name has another case.
    type: str
    required: true
  name_prefix:
    description:
      - The prefix of the generated names, C(<name_prefix>-config-<hash>).
      - The module also finds releases with other prefixes, by the history of the endpoint and by their tag. It needs the prefix only if
        access to the Resource Groups Tagging API is denied. It then lists the names that start with the prefix.
    type: str
  models:
    description:
      - The models to compare with, each with the options of M(mlops.sagemaker.sagemaker_model) and C(variants), the list of the names of
        the variants that run the model. The module ignores names of models.
      - Only with O(endpoint_config). The module fails if SageMaker would refuse such a model.
    type: list
    elements: dict
  endpoint_config:
    description:
      - The configuration to compare with, with the options of M(mlops.sagemaker.sagemaker_endpoint_config). The module ignores its name.
      - Without it the module compares nothing. The module fails if SageMaker would refuse such a configuration.
    type: dict
  execution_role_arn:
    description: The execution role that the models must have to match. By default any role matches.
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
- name: List the releases of an endpoint
  mlops.sagemaker.sagemaker_endpoint_release_info:
    endpoint_name: fraud
  register: found

- name: Check whether a deploy would adopt an endpoint created by Terraform without a rollout
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
  description: The releases. The live one comes first, then those that have served, the latest first, then those that never served.
  returned: success
  type: list
  elements: dict
  contains:
    endpoint_config_name:
      description: The name of the endpoint configuration.
      type: str
      sample: fraud-config-1a2b3c4d
    model_names:
      description: The models of the release.
      type: list
      elements: str
      sample: [fraud-model-5e6f7a8b]
    live:
      description: Whether the endpoint uses the release or is being updated to it.
      type: bool
    served:
      description:
        - Whether the release serves or has served. False for a release whose rollout failed, and for one to which the endpoint is still
          being updated.
      type: bool
    owned:
      description: Whether the release carries the tag of the endpoint. An adopted release does not. A rollback can return to it, and it is
        never deleted.
      type: bool
    execution_policy:
      description: The name of the inline policy of the execution role that the release needs, from its tag
        C(mlops.sagemaker/execution-policy).
      type: str
      sample: mlops-sagemaker-9c0d1e2f
    creation_time:
      description: When the configuration was created.
      type: str
      sample: "2030-01-31T18:00:00+00:00"
waking_alarms:
  description: The CloudWatch alarms with the names and descriptions that the role uses to scale out from zero, including alarms whose
    policies do not exist any more.
  returned: without O(endpoint_config)
  type: list
  elements: str
  sample: [fraud-AllTraffic-wake-from-zero]
serving:
  description: The endpoint and its live configuration. Empty if the endpoint does not exist.
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
    failure_reason:
      description: Why SageMaker rolled back the last change of the endpoint, or why the endpoint failed. V(none) otherwise.
      type: str
      sample: "The primary container for production variant AllTraffic did not pass the ping health check."
    endpoint_owned:
      description: Whether the endpoint carries the tag C(mlops.sagemaker/endpoint) with its name.
      type: bool
    endpoint_config_name:
      description: The configuration that the endpoint uses or is being updated to.
      type: str
      sample: fraud-config-1a2b3c4d
    in_use:
      description: The configuration that the endpoint uses, during an update the old one. Null while the endpoint is being created, and if
        it has failed.
      type: str
      sample: fraud-config-1a2b3c4d
    endpoint_config:
      description: The content of that configuration, as returned by M(mlops.sagemaker.sagemaker_endpoint_config). Empty if it was deleted.
      type: dict
    history:
      description:
        - The names of the releases that have served, the latest first, from the endpoint's tag C(mlops.sagemaker/history). If a run did not
          wait for its rollout, its release is missing until another run finds it in use. Null without the tag.
      type: list
      elements: str
      sample: [fraud-config-1a2b3c4d]
    history_tag:
      description: The value of that tag. Null without the tag.
      type: str
      sample: fraud-config-1a2b3c4d
    scaling_tag:
      description: The autoscaling that the last deploy has set up, from the endpoint's tag C(mlops.sagemaker/scaling). Null without the tag.
      type: str
      sample: AllTraffic=1-4:5e6f7a8b
    owned:
      description: Whether the configuration is a release.
      type: bool
    variant_names:
      description: The names of the production variants that SageMaker reports for the endpoint. Empty while it is being created.
      type: list
      elements: str
      sample: [AllTraffic]
    model_names:
      description: The models of its production variants.
      type: list
      elements: str
      sample: [fraud-model-5e6f7a8b]
    execution_role_arn:
      description: For a configuration that somebody else created, the execution role of its first model.
      type: str
      sample: arn:aws:iam::111122223333:role/fraud
    matches:
      description: Whether somebody else created the configuration, and its content and that of its models equal the given content,
        regardless of the names.
      type: bool
    differences:
      description: The differences of the live configuration from O(models) and O(endpoint_config). Empty without them.
      type: list
      elements: dict
      contains:
        path:
          description: The option, with the names of list entries in brackets.
          type: str
          sample: "production_variants[AllTraffic].instance_type"
        before:
          description: The live value.
          type: raw
          sample: ml.m5.large
        after:
          description: The given value.
          type: raw
          sample: ml.m5.xlarge
    scalable_targets:
      description: The registered scalable targets of its variants and inference components.
      type: list
      elements: dict
      contains:
        resource_id:
          description: The scaled variant or inference component, as Application Auto Scaling names it.
          type: str
          sample: endpoint/fraud/variant/AllTraffic
        scalable_dimension:
          description: The scaled dimension.
          type: str
          sample: sagemaker:variant:DesiredInstanceCount
        min_capacity:
          description: The lower bound.
          type: int
          sample: 1
        max_capacity:
          description: The upper bound.
          type: int
          sample: 4
        owned:
          description: Whether the target carries the tag C(mlops.sagemaker/endpoint) with the name of the endpoint.
          type: bool
        waking_alarms:
          description: The CloudWatch alarms that the role uses to scale the target out from zero.
          type: list
          elements: str
          sample: [fraud-AllTraffic-wake-from-zero]
    inference_components:
      description: The inference components on the endpoint, adapters before their bases.
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
          description: Whether the component carries the tag C(mlops.sagemaker/endpoint) with the name of the endpoint.
          type: bool
        variant_name:
          description: The variant that hosts the component.
          type: str
          sample: AllTraffic
        base:
          description: For an adapter, the name of its base.
          type: str
          sample: chat
        model_names:
          description: The models that the component runs.
          type: list
          elements: str
          sample: [chat-model-5e6f7a8b]
        content:
          description: The specification and number of copies, as options of M(mlops.sagemaker.sagemaker_inference_component).
          type: dict
        restorable:
          description: Whether C(content) is complete. False if it contains masked values of environment variables that look secret.
          type: bool
orphaned_components:
  description:
    - Inference components that carry the tag of the endpoint and were created on a deleted endpoint of the same name, adapters before their
      bases. AWS may keep them, but they cannot be invoked.
  returned: success
  type: list
  elements: str
  sample: []
orphaned_models:
  description:
    - Models that carry the tag of the endpoint and belong neither to a release nor to an inference component on it.
  returned: success
  type: list
  elements: str
  sample: []
name_prefixes:
  description: The known prefixes of the names that were generated for the endpoint.
  returned: success
  type: list
  elements: str
  sample: [fraud]
earlier_roles:
  description:
    - The execution roles whose names start with other prefixes than O(name_prefix) and that no release uses any more, as options of
      M(mlops.sagemaker.sagemaker_execution_role). Empty without O(name_prefix).
  returned: success
  type: list
  elements: dict
  sample: []
stopped:
  description: The record of a stopped endpoint, see RV(mlops.sagemaker.sagemaker_endpoint_power#module:stopped). Empty if the endpoint is not
    stopped.
  returned: success
  type: dict
power:
  description: V(stopping) or V(starting) if a run that stops or starts the endpoint is under way or was interrupted. Null otherwise.
  returned: success
  type: str
tagging_denied:
  description: Whether C(tag:GetResources) is denied, so that the module has read only names with a known prefix.
  returned: success
  type: bool
region:
  description: The region of the endpoint.
  returned: success
  type: str
  sample: us-east-1
account_id:
  description: The account of the endpoint. Null if it is unknown.
  returned: success
  type: str
  sample: "111122223333"
failure:
  description:
    - The report of a call that AWS refused, with the keys of RV(mlops.sagemaker.sagemaker_endpoint#module:failure).
    - C(remedy) says what to do if the cause is known. The message ends with it.
  returned: when AWS refused a call
  type: dict
"""

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import module
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import release as release_options
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.early_checks import release_info


def main() -> None:
    module.run_info(release_info.info, **release_options.RELEASE_INFO)


if __name__ == "__main__":
    main()
