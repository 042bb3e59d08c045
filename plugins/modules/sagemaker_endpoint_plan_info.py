#!/usr/bin/python
# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: sagemaker_endpoint_plan_info
version_added: 1.0.0
short_description: Plan a deploy, a rollback, a stop, a start or a destroy of an Amazon SageMaker endpoint
description:
  - Reads an endpoint and all its resources once, and returns the steps that the role P(mlops.sagemaker.sagemaker_endpoint#role) would run,
    with the names of all resources that it would create. The module changes nothing.
  - The module that runs a step also predicts it, based on the predictions of the steps before.
  - Fails with all errors that can be detected before the first step changes anything.
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
options:
  inputs:
    description:
      - The result of P(mlops.sagemaker.endpoint_inputs#filter) for the role's variables.
    type: dict
    required: true
  state:
    description:
      - The operation to plan. V(present) plans a deploy and V(absent) plans the deletion. V(rollback) plans a return to the release
        C(release) of O(inputs), or to the release that served last. V(stopped) and V(started) plan what
        M(mlops.sagemaker.sagemaker_endpoint_power) does.
      - A deploy of a stopped endpoint starts it first.
    type: str
    choices: [present, absent, stopped, started, rollback]
    default: present
  applies:
    description:
      - Whether tasks that apply the plan follow, as in a run of the role. The plan then omits warnings that these tasks give, and RV(plan)
        omits pruning, because the tasks determine it once the new release serves.
    type: bool
    default: false
  secret_environment:
    description: Keys of container environments whose values are secret, as in M(mlops.sagemaker.sagemaker_model).
    type: list
    elements: str
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - mlops.sagemaker.requirements
  - mlops.sagemaker.attributes.info
seealso:
  - module: mlops.sagemaker.sagemaker_endpoint_release_info
"""

EXAMPLES = r"""
- name: Plan a rollback to the release that served last
  mlops.sagemaker.sagemaker_endpoint_plan_info:
    state: rollback
    inputs:
      name: fraud
      wait: true
  register: planned

- name: Show the calls that would change the endpoint
  ansible.builtin.debug:
    msg: "{{ planned.plan.endpoint.calls }}"
"""

RETURN = r"""
plan:
  description:
    - The plan of each part. C(iam_role), C(endpoint_config), C(endpoint) and C(pruned) are plans. C(models), C(inference_components) and
      C(autoscaling) are lists of plans with a C(name).
    - A plan has C(action), C(changes) and C(calls).
  returned: success
  type: dict
would_change:
  description: Whether a run would change anything.
  returned: success
  type: bool
predicts_change:
  description: Whether a run would change anything and O(applies) is false, so that no later task reports the change.
  returned: success
  type: bool
phases:
  description: Those of the phases V(rollout) and V(follow_up) that have steps to run. Empty without O(applies).
  returned: success
  type: list
  elements: str
applies:
  description: The value of O(applies).
  returned: success
  type: bool
outputs:
  description: The predicted outputs of the role.
  returned: success
  type: dict
steps:
  description:
    - The steps of the plan, in order.
  returned: success
  type: list
  elements: dict
  contains:
    part:
      description: The part of the deploy.
      type: str
      sample: models
    group:
      description: The part of RV(plan) that contains the step.
      type: str
      sample: models
    name:
      description: The name of the resource that the step creates, changes or deletes.
      type: str
      sample: fraud-model-1a2b3c4d
    index:
      description: Its index in the list of O(inputs). Null if the part is not a list.
      type: int
    plan:
      description: C(action), C(changes) and C(calls).
      type: dict
    runs:
      description: Whether the role runs a task for the step.
      type: bool
current:
  description: The current state, as returned by M(mlops.sagemaker.sagemaker_endpoint_release_info). With O(state=present), C(serving) also
    contains C(unscaled_variants), the variants on which an update does not restore the scalable target.
  returned: success
  type: dict
before_rollout:
  description: Decisions of the role for the rollout, such as the history tags and the removals for each variant.
  returned: when O(state) is not V(absent)
  type: dict
after_rollout:
  description: Decisions of the role for the time after the rollout, such as whether to run the smoke test and how many releases to keep.
  returned: when O(state=present)
  type: dict
model_names:
  description: The names of the models in the order of O(inputs). Null for a model that is not created because the endpoint is adopted.
  returned: when O(state=present)
  type: list
  elements: str
execution_role:
  description: C(arn) of the execution role. If the role manages it, also C(name), C(policy_name) and C(stale_policies).
  returned: when O(state=present)
  type: dict
scalable_targets:
  description: The predicted scalable targets, with the names and ARNs of their policies.
  returned: when O(state=present)
  type: list
  elements: dict
partition:
  description: The partition of the region.
  returned: success
  type: str
  sample: aws
state:
  description: The planned operation.
  returned: success
  type: str
failure:
  description:
    - The report of a call that AWS refused, with the keys of RV(mlops.sagemaker.sagemaker_endpoint#module:failure).
    - C(remedy) says what to do if the cause is known. The message ends with it.
  returned: when AWS refused a call
  type: dict
"""

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import module
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import plan as plan_options
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.planning import plan_info


def main() -> None:
    module.run(plan_info.info, **plan_options.PLAN_INFO)


if __name__ == "__main__":
    main()
