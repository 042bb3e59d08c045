#!/usr/bin/python

# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The work is done by the action plugin of the same name.

from __future__ import annotations

DOCUMENTATION = r"""
module: sagemaker_execution_role
version_added: 1.0.0
short_description: Manage the execution role of an endpoint with least privilege
description:
  - Creates, changes and deletes the IAM role with which Amazon SageMaker runs one endpoint, in a single task.
  - Given what is deployed (O(models), O(endpoint_config) and O(inference_components)), it computes the policy that allows exactly that and
    nothing else, and puts it on the role as an inline policy. The policy's name is taken from its content, C(mlops-sagemaker-) and eight
    hexadecimal digits. So an equal policy is found again, and another one stands beside it.
  - Permissions are only added, until O(prune_policies) names some. While a release rolls out, the one that serves keeps its permissions, and
    both are covered. Prune once the new release is verified.
  - A role that does not carry the tag C(mlops.sagemaker/endpoint) with the name of the endpoint is never changed or deleted.
  - With O(name), endpoints of one name in several regions may share a role. Each region that uses it is noted in a tag
    C(mlops.sagemaker/region/<region>), and the role is deleted once it is absent in the last of them. A name made with O(name_prefix) holds
    the region, and needs no such tag.
  - Only Amazon SageMaker can assume the role, and only on behalf of the account that the role is in.
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
options:
  state:
    description:
      - V(present) creates the role or changes what differs.
      - V(absent) deletes the role with its inline policies, and detaches its managed policies. A role that the endpoint of another region
        uses stays, with a RV(msg).
    type: str
    choices: [present, absent]
    default: present
  endpoint_name:
    description:
      - Name of the endpoint that the role is for. The role is tagged with it under C(mlops.sagemaker/endpoint).
    type: str
    required: true
  name:
    description:
      - Name of the role.
      - Exactly one of O(name) and O(name_prefix) is required.
    type: str
    aliases: [role_name]
  name_prefix:
    description:
      - Beginning of the role's name, which is C(<name_prefix>-role-<eight hexadecimal digits of endpoint name and region>). A name has at most
        64 characters, so a prefix longer than 50 is cut.
    type: str
  models:
    description:
      - The models that are deployed, those of variants, of their instance pools and of inference components. Each has the options of
        M(mlops.sagemaker.sagemaker_model) that say what it is made of, O(mlops.sagemaker.sagemaker_model#module:primary_container) or
        O(mlops.sagemaker.sagemaker_model#module:containers) and O(mlops.sagemaker.sagemaker_model#module:vpc_config). Other options are
        ignored.
      - Together with O(endpoint_config), O(inference_components) and O(deployment_config) they determine the inline policy. With none of
        O(models), O(endpoint_config) and O(inference_components) no policy is computed.
      - Mutually exclusive with O(policy_document).
    type: list
    elements: dict
  endpoint_config:
    description:
      - The endpoint configuration that is deployed, with the options of M(mlops.sagemaker.sagemaker_endpoint_config).
      - The endpoint is taken for one that hosts inference components if there are O(inference_components), if the configuration has an
        O(mlops.sagemaker.sagemaker_endpoint_config#module:execution_role_arn), or if neither O(models) nor a variant tells of any model. Such
        an endpoint may also write the logs of components.
      - Mutually exclusive with O(policy_document).
    type: dict
  inference_components:
    description:
      - The inference components that are deployed on the endpoint, adapters among them, each with the options of
        M(mlops.sagemaker.sagemaker_inference_component). What counts is in
        O(mlops.sagemaker.sagemaker_inference_component#module:specification),
        O(mlops.sagemaker.sagemaker_inference_component#module:specifications) and
        O(mlops.sagemaker.sagemaker_inference_component#module:deployment_config). Other options are ignored.
      - A model that a component names is not looked up. Give it in O(models).
      - Mutually exclusive with O(policy_document).
    type: list
    elements: dict
  deployment_config:
    description:
      - The deployment policy, as in O(mlops.sagemaker.sagemaker_endpoint#module:deployment_config). Its alarms are made readable for the role,
        as are those of O(inference_components).
    type: dict
  async_input_locations:
    description:
      - Where the requests of an asynchronous endpoint lie, as C(s3://) addresses of objects, of prefixes (ending with a slash) or of buckets.
      - Without it, the role may read the bucket of C(s3_output_path).
    type: list
    elements: str
  additional_statements:
    description:
      - Statements in the form of IAM that are added to the computed policy.
      - For what cannot be seen in the other options.
      - KMS keys that no option names. An S3 address does not tell whether the object is encrypted, or with which key. So encrypted artifacts,
        encrypted requests of an asynchronous endpoint and an encrypted baseline of explanations need C(kms:Decrypt) on their key. Without a
        C(kms_key_id), what is written to a bucket that encrypts with a key of its own needs C(kms:GenerateDataKey) and C(kms:Decrypt) on that,
        and so does an encrypted topic. A key policy that admits the role does as well.
      - Images and artifacts inside a model package of your own, and artifacts that a manifest points to outside of its C(s3_uri).
      - What the code in a container calls, such as Amazon S3 for a model that an environment variable names. With network isolation it can
        call nothing.
    type: list
    elements: dict
  policy_document:
    description:
      - The inline policy, instead of a computed one.
    type: dict
  managed_policies:
    description:
      - Managed policies to attach. A name without C(arn:) is a policy of AWS, for example V(AmazonSageMakerFullAccess).
      - V(AmazonSageMakerFullAccess) allows access only to those S3 buckets that have C(sagemaker) in their names, and to much that a serving
        endpoint does not need.
      - Policies that are attached to the role and not listed stay, see O(prune_policies).
    type: list
    elements: str
  permissions_boundary_arn:
    description:
      - ARN of the policy that limits what the role can be allowed.
      - Without it, a boundary that the role has stays. An empty string removes it.
    type: str
    aliases: [boundary]
  description:
    description:
      - Description of the role. Without it, the description stays as it is.
    type: str
  prune_policies:
    description:
      - Names of permissions to take away that were given for releases which are gone. They are inline policies with names of the form
        C(mlops-sagemaker-<eight hexadecimal digits>), and V(AmazonSageMakerFullAccess). Any other name is refused.
      - Take them from RV(stale_policies) of the task that gave the role its permissions for the new release, less the RV(policy_name) of each
        other release that is kept. What has come since may be for a release that another run is making.
      - What this task itself asks for stays. What is not on the role any more is passed over, and so is a role that is gone if the task asks
        for nothing else.
    type: list
    elements: str
notes:
  - This is an action plugin. It runs M(amazon.aws.iam_role_info), M(amazon.aws.iam_role), M(amazon.aws.iam_policy) and
    M(mlops.sagemaker.sagemaker_caller_info) with the connection options of the task, and of these only what is needed. A run that changes
    nothing makes the calls of M(amazon.aws.iam_role_info) alone.
  - The credentials need C(iam:GetRole), C(iam:ListRolePolicies), C(iam:ListAttachedRolePolicies) and C(iam:ListInstanceProfilesForRole) to look,
    and those of RV(plan.calls) to change something, with C(iam:GetRolePolicy) to put a policy.
  - The region is the one in which the other modules of this collection would work with the same options and the same environment, see
    M(mlops.sagemaker.sagemaker_caller_info).
  - Throttling, server errors, broken connections and lost answers are sat out. The task then looks at the role again and does what is left
    to do, so nothing is made twice.
  - Network isolation does not change the policy, as it separates the containers, not Amazon SageMaker, from AWS.
  - All inline policies of a role together have at most 10240 characters.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - mlops.sagemaker.requirements
  - mlops.sagemaker.attributes
seealso:
  - module: amazon.aws.iam_role
  - module: mlops.sagemaker.sagemaker_model
  - module: mlops.sagemaker.sagemaker_endpoint_config
"""

EXAMPLES = r"""
- name: Let the endpoint do what it needs, and nothing else
  mlops.sagemaker.sagemaker_execution_role:
    name_prefix: churn
    endpoint_name: churn-prod
    models:
      - primary_container:
          image: 683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0
          model_data_url: s3://example-model-bucket/churn/7/model.tar.gz
    endpoint_config:
      production_variants:
        - variant_name: AllTraffic
          instance_type: ml.m5.large
          initial_instance_count: 1
    tags:
      team: growth
  register: execution_role

- name: Allow more than can be seen in the model, under the boundary of the company
  mlops.sagemaker.sagemaker_execution_role:
    name: churn-prod-execution
    endpoint_name: churn-prod
    models:
      - primary_container:
          image: 111122223333.dkr.ecr.us-east-1.amazonaws.com/churn:7
          model_data_url: s3://example-model-bucket/churn/7/model.tar.gz
    endpoint_config:
      production_variants:
        - variant_name: AllTraffic
    additional_statements:
      - Sid: DecryptArtifacts
        Effect: Allow
        Action: kms:Decrypt
        Resource: arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab
        Condition:
          StringEquals:
            kms:ViaService: s3.us-east-1.amazonaws.com
    permissions_boundary_arn: arn:aws:iam::111122223333:policy/ml-boundary

- name: Let an endpoint host a base component and an adapter
  mlops.sagemaker.sagemaker_execution_role:
    name_prefix: assistant
    endpoint_name: assistant-prod
    endpoint_config:
      production_variants:
        - variant_name: AllTraffic
          instance_type: ml.g6e.12xlarge
          initial_instance_count: 1
    inference_components:
      - specification:
          container:
            image: 763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference:0.36.0-lmi28.0.0-cu130
            artifact_url: s3://example-model-bucket/base/model.tar.gz
      - specification:
          base_inference_component_name: assistant-base
          container:
            artifact_url: s3://example-model-bucket/adapters/support.tar.gz

- name: Once the new release is verified, take away what only older ones needed
  mlops.sagemaker.sagemaker_execution_role:
    name: "{{ execution_role.role.name }}"
    endpoint_name: churn-prod
    prune_policies: "{{ execution_role.stale_policies }}"

- name: Give the role full access, as the Terraform module does
  mlops.sagemaker.sagemaker_execution_role:
    name_prefix: churn
    endpoint_name: churn-prod
    managed_policies:
      - AmazonSageMakerFullAccess

- name: Delete the role
  mlops.sagemaker.sagemaker_execution_role:
    state: absent
    name_prefix: churn
    endpoint_name: churn-prod
"""

RETURN = r"""
role:
  description: The role as it is after the task, in check mode as it would be. Empty when it is gone.
  returned: success
  type: dict
  contains:
    name:
      description: Name of the role.
      type: str
      returned: when present
      sample: churn-role-7f20c69b
    arn:
      description: ARN of the role.
      type: str
      returned: when present
      sample: arn:aws:iam::111122223333:role/churn-role-7f20c69b
    account_id:
      description: Account that the role is in.
      type: str
      returned: when present
      sample: "111122223333"
    partition:
      description: Partition that the role is in.
      type: str
      returned: when present
      sample: aws
    description:
      description: Description of the role.
      type: str
      returned: when present
      sample: ""
    assume_role_policy_document:
      description: Who can assume the role.
      type: dict
      returned: when present
      sample: {"Version": "2012-10-17", "Statement": []}
    permissions_boundary_arn:
      description: ARN of the permissions boundary, empty if there is none.
      type: str
      returned: when present
      sample: ""
    tags:
      description: Tags of the role.
      type: dict
      returned: when present
      sample: {"mlops.sagemaker/endpoint": "churn-prod", "team": "growth"}
    inline_policies:
      description: Names of the inline policies.
      type: list
      elements: str
      returned: when present
      sample: [mlops-sagemaker-2f8f1445]
    managed_policies:
      description: ARNs of the attached managed policies.
      type: list
      elements: str
      returned: when present
      sample: []
policy_name:
  description:
    - The name of what this task asked for, by which O(prune_policies) of a later task knows it. It is the name of the inline policy, or
      V(AmazonSageMakerFullAccess) if that was attached without one. Null if neither was asked for.
  returned: success
  type: str
  sample: mlops-sagemaker-2f8f1445
policy_document:
  description: The inline policy that this task asked for, null if none.
  returned: success
  type: dict
  sample: {"Version": "2012-10-17", "Statement": []}
stale_policies:
  description:
    - Names of policies on the role that were given for other releases, those for O(prune_policies) among them.
    - Empty while another region uses the role, because some of them may be for its releases.
  returned: success
  type: list
  elements: str
  sample: [mlops-sagemaker-91c0ffee]
region:
  description: The region that the role's name and policy were made for.
  returned: success
  type: str
  sample: us-east-1
msg:
  description:
    - One line that says what was done to the role, or in check mode would be.
    - Where the role of an absent endpoint stays because another region uses it, why.
  returned: success
  type: str
  sample: "Execution role churn-role-2f8f1445 was created."
plan:
  description: What the task did or, in check mode, would do. Also returned on failure, as far as it is known.
  returned: success
  type: dict
  contains:
    action:
      description: One of V(none), V(create), V(update), V(retag) and V(delete).
      type: str
      returned: always
      sample: create
    changes:
      description: What differs.
      type: list
      elements: dict
      returned: always
      contains:
        path:
          description: What it is, with names of things in brackets.
          type: str
          returned: always
          sample: inline_policies[mlops-sagemaker-2f8f1445]
        before:
          description: Its value before, null if there was none.
          type: raw
          returned: always
        after:
          description: Its value after, null if there is none.
          type: raw
          returned: always
    calls:
      description: The operations of IAM that change something, in order.
      type: list
      elements: str
      returned: always
      sample: [CreateRole, PutRolePolicy]
tags:
  description: The tags of the role, as inside it. Empty where there are none, and after O(state=absent).
  returned: success
  type: dict
  sample: {"team": "search"}
"""

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import module
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import (
    execution_role as execution_role_options,
)
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.iam import role as execution_role


def main() -> None:
    module.run_info(execution_role.run_as_module, **execution_role_options.EXECUTION_ROLE)


if __name__ == "__main__":
    main()
