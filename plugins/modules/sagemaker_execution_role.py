#!/usr/bin/python

# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The action plugin of the same name does the work.

from __future__ import annotations

DOCUMENTATION = r"""
module: sagemaker_execution_role
version_added: 1.0.0
short_description: Manage the execution role of an endpoint with least privilege
description:
  - Creates, changes and deletes the IAM role with which Amazon SageMaker runs an endpoint, in a single task.
  - From the resources to deploy (O(models), O(endpoint_config) and O(inference_components)) it computes the policy that allows exactly what
    they need, and adds it to the role as an inline policy. The policy name, C(mlops-sagemaker-) and eight hexadecimal digits, is derived
    from the content. The module therefore finds an equal policy again, and adds a different one next to it.
  - The module only adds permissions, and removes only those in O(prune_policies). While a release rolls out, the role has the permissions
    of both the old and the new release. Prune once the new release is verified.
  - The module never changes or deletes a role that does not carry the tag C(mlops.sagemaker/endpoint) with the name of the endpoint.
  - With O(name), endpoints of the same name in several regions may share a role. The module records each region that uses it in a tag
    C(mlops.sagemaker/region/<region>), and deletes the role once O(state=absent) has run for the last of them. A name made from
    O(name_prefix) depends on the region and needs no such tag.
  - Only Amazon SageMaker can assume the role, and only on behalf of the role's account.
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
options:
  state:
    description:
      - V(present) creates the role or updates it.
      - V(absent) deletes the role with its inline policies, and detaches its managed policies. It keeps a role that the endpoint of another
        region uses, and RV(msg) says so.
    type: str
    choices: [present, absent]
    default: present
  endpoint_name:
    description:
      - Name of the endpoint that uses the role. It is the value of the tag C(mlops.sagemaker/endpoint) of the role.
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
      - Prefix of the role's name C(<name_prefix>-role-<8 hexadecimal digits>). The digits are a hash of endpoint name and region. A name
        has at most 64 characters, so the module truncates a prefix to 50.
    type: str
  models:
    description:
      - The models to deploy, including those of instance pools and of inference components. Each has those options of
        M(mlops.sagemaker.sagemaker_model) that define its content, O(mlops.sagemaker.sagemaker_model#module:primary_container) or
        O(mlops.sagemaker.sagemaker_model#module:containers) and O(mlops.sagemaker.sagemaker_model#module:vpc_config). Other options are
        ignored.
      - Together with O(endpoint_config), O(inference_components) and O(deployment_config) they determine the inline policy. Without
        O(models), O(endpoint_config) and O(inference_components) the module computes no policy.
      - Mutually exclusive with O(policy_document).
    type: list
    elements: dict
  endpoint_config:
    description:
      - The endpoint configuration to deploy, with the options of M(mlops.sagemaker.sagemaker_endpoint_config).
      - The module assumes that the endpoint hosts inference components if O(inference_components) is given, if the configuration has an
        O(mlops.sagemaker.sagemaker_endpoint_config#module:execution_role_arn), or if neither O(models) nor a variant names a model. The
        policy then also allows writing the logs of components.
      - Mutually exclusive with O(policy_document).
    type: dict
  inference_components:
    description:
      - The inference components to deploy on the endpoint, including adapters, each with the options of
        M(mlops.sagemaker.sagemaker_inference_component). The module uses only
        O(mlops.sagemaker.sagemaker_inference_component#module:specification),
        O(mlops.sagemaker.sagemaker_inference_component#module:specifications) and
        O(mlops.sagemaker.sagemaker_inference_component#module:deployment_config).
      - The module does not look up the model that a component names. Give it in O(models).
      - Mutually exclusive with O(policy_document).
    type: list
    elements: dict
  deployment_config:
    description:
      - The deployment policy, as in O(mlops.sagemaker.sagemaker_endpoint#module:deployment_config). The policy allows the role to read its
        alarms, and those of O(inference_components).
    type: dict
  async_input_locations:
    description:
      - Where an asynchronous endpoint reads its requests, as C(s3://) URIs of objects, of prefixes (ending with a slash) or of buckets.
      - Without it, the role may read the bucket of C(s3_output_path).
    type: list
    elements: str
  additional_statements:
    description:
      - IAM policy statements to add to the computed policy.
      - Use them for permissions that the module cannot derive from the other options. These are the following.
      - KMS keys that no option names. The module cannot tell from an S3 URI whether the object is encrypted, or with which key. Encrypted
        artifacts, encrypted requests of an asynchronous endpoint and an encrypted baseline of explanations need C(kms:Decrypt) on their
        key. Without a C(kms_key_id), writing to a bucket whose default encryption uses a KMS key needs C(kms:GenerateDataKey) and
        C(kms:Decrypt) on that key, and so does an encrypted topic. A key policy that allows the role is an alternative.
      - Images and artifacts in your own model package, and artifacts that a manifest references outside its C(s3_uri).
      - AWS calls of the code in a container, such as Amazon S3 for a model that an environment variable names. With network isolation that
        code cannot make any calls.
    type: list
    elements: dict
  policy_document:
    description:
      - The inline policy, instead of a computed one.
    type: dict
  managed_policies:
    description:
      - Managed policies to attach. A name without C(arn:) is an AWS managed policy, for example V(AmazonSageMakerFullAccess).
      - V(AmazonSageMakerFullAccess) allows access only to S3 buckets with C(sagemaker) in their names, and to many services that a serving
        endpoint does not need.
      - Attached policies that are not listed stay, see O(prune_policies).
    type: list
    elements: str
  permissions_boundary_arn:
    description:
      - ARN of the policy that limits the permissions of the role.
      - If omitted, an existing boundary stays. An empty string removes it.
    type: str
    aliases: [boundary]
  description:
    description:
      - Description of the role. If omitted, the description stays unchanged.
    type: str
  prune_policies:
    description:
      - Names of policies to remove that were added for deleted releases. Allowed are inline policies named C(mlops-sagemaker-<8 hexadecimal
        digits>), and V(AmazonSageMakerFullAccess). The module refuses any other name.
      - Take them from RV(stale_policies) of the task that added the permissions of the new release, without the RV(policy_name) of every
        other release that is kept. A policy that was added later may belong to a release that another run is creating.
      - The module keeps the policies that this task adds. It ignores names that the role does not have, and ignores a deleted role if the
        task has nothing else to do.
    type: list
    elements: str
notes:
  - This is an action plugin. It runs those of M(amazon.aws.iam_role_info), M(amazon.aws.iam_role), M(amazon.aws.iam_policy) and
    M(mlops.sagemaker.sagemaker_caller_info) that are needed, with the connection options of the task. A run that changes nothing makes only
    the calls of M(amazon.aws.iam_role_info).
  - The credentials need C(iam:GetRole), C(iam:ListRolePolicies), C(iam:ListAttachedRolePolicies) and C(iam:ListInstanceProfilesForRole) to
    read the role, the permissions for RV(plan.calls) to change it, and C(iam:GetRolePolicy) to add a policy.
  - The region is the one that the other modules of this collection use with the same options and the same environment, see
    M(mlops.sagemaker.sagemaker_caller_info).
  - The module retries after throttling, server errors, broken connections and lost answers. It reads the role again before a retry and runs
    only the remaining steps, so it creates nothing twice.
  - Network isolation does not change the policy, because it isolates the containers, not Amazon SageMaker, from AWS.
  - The inline policies of a role may have at most 10240 characters in total.
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
- name: Allow exactly what the endpoint needs
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

- name: Add a permission that the module cannot derive from the model, with a permissions boundary
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

- name: Remove the permissions of older releases once the new release is verified
  mlops.sagemaker.sagemaker_execution_role:
    name: "{{ execution_role.role.name }}"
    endpoint_name: churn-prod
    prune_policies: "{{ execution_role.stale_policies }}"

- name: Grant full access, as the Terraform module does
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
  description: The role after the task, in check mode the predicted role. Empty if it is deleted.
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
      description: Account of the role.
      type: str
      returned: when present
      sample: "111122223333"
    partition:
      description: Partition of the role.
      type: str
      returned: when present
      sample: aws
    description:
      description: Description of the role.
      type: str
      returned: when present
      sample: ""
    assume_role_policy_document:
      description: The trust policy of the role.
      type: dict
      returned: when present
      sample: {"Version": "2012-10-17", "Statement": []}
    permissions_boundary_arn:
      description: ARN of the permissions boundary, empty if the role has none.
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
    - The name under which O(prune_policies) of a later task can remove the permissions of this task. It is the name of the inline policy,
      or V(AmazonSageMakerFullAccess) if the task attaches that policy and has no inline policy. Null if the task requests neither.
  returned: success
  type: str
  sample: mlops-sagemaker-2f8f1445
policy_document:
  description: The inline policy of this task. Null if it has none.
  returned: success
  type: dict
  sample: {"Version": "2012-10-17", "Statement": []}
stale_policies:
  description:
    - Names of policies of the role that were added for other releases, including those in O(prune_policies).
    - Empty while another region uses the role, because some of them may belong to its releases.
  returned: success
  type: list
  elements: str
  sample: [mlops-sagemaker-91c0ffee]
region:
  description: The region that the role's name and policy are derived from.
  returned: success
  type: str
  sample: us-east-1
msg:
  description:
    - One line that summarises the change of the role, in check mode the change that a run would make.
    - If the module keeps the role because another region uses it, the line gives that reason.
  returned: success
  type: str
  sample: "Execution role churn-role-2f8f1445 was created."
plan:
  description: The plan that the task carried out or, in check mode, would carry out. Also returned on failure, as far as it is known.
  returned: success
  type: dict
  contains:
    action:
      description: One of V(none), V(create), V(update), V(retag) and V(delete).
      type: str
      returned: always
      sample: create
    changes:
      description: The differences between the current and the desired state.
      type: list
      elements: dict
      returned: always
      contains:
        path:
          description: The changed property, with names in brackets.
          type: str
          returned: always
          sample: inline_policies[mlops-sagemaker-2f8f1445]
        before:
          description: The current value, null if none.
          type: raw
          returned: always
        after:
          description: The desired value, null if none.
          type: raw
          returned: always
    calls:
      description: The mutating IAM calls in order.
      type: list
      elements: str
      returned: always
      sample: [CreateRole, PutRolePolicy]
tags:
  description: The tags of the role, also returned inside it. Empty if it has none, and after O(state=absent).
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
    execution_role as execution_role_options,
)
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.iam import role as execution_role


def main() -> None:
    module.run_info(execution_role.run_as_module, **execution_role_options.EXECUTION_ROLE)


if __name__ == "__main__":
    main()
