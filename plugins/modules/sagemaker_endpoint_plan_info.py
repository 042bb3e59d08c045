#!/usr/bin/python
# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: sagemaker_endpoint_plan_info
version_added: 1.0.0
short_description: Plan the deploy, the rollback or the destroy of an Amazon SageMaker endpoint
description:
  - Looks at an endpoint and everything that belongs to it once, and returns what the role P(mlops.sagemaker.sagemaker_endpoint#role) would do,
    step by step, with the names of everything that it would make. Changes nothing.
  - Every step is predicted by the module that would do it, each on what the one before predicts.
  - Fails with everything that a step would refuse, as far as it can be known before the first of them changes anything.
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
options:
  inputs:
    description:
      - What P(mlops.sagemaker.endpoint_inputs#filter) returns for the role's variables.
    type: dict
    required: true
  state:
    description:
      - What is planned. V(rollback) plans to go back to the release C(release) of O(inputs), or to the one that served last.
    type: str
    choices: [present, absent, rollback]
    default: present
  applies:
    description:
      - Whether tasks that carry out the plan follow, as in a run of the role. They give the warnings about what they change, so the plan
        does not, and they look for what can be pruned once the new release serves, so RV(plan) does not have it yet.
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
- name: Plan to go back to the release that served last
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
    - The plan by its parts. C(iam_role), C(endpoint_config), C(endpoint) and C(pruned) are plans; C(models), C(inference_components) and
      C(autoscaling) are lists of plans with a C(name).
    - A plan has C(action), C(changes) and C(calls).
  returned: success
  type: dict
would_change:
  description: Whether anything would be made different.
  returned: success
  type: bool
predicts_change:
  description: Whether anything would be made different and O(applies) is false, so that nothing follows that would report it.
  returned: success
  type: bool
phases:
  description: Which of the phases V(rollout) and V(follow_up) have anything to do. Empty without O(applies).
  returned: success
  type: list
  elements: str
applies:
  description: The option of this name.
  returned: success
  type: bool
outputs:
  description: The outputs of the role as they would be.
  returned: success
  type: dict
steps:
  description:
    - The plan as steps, in the order in which they are done.
  returned: success
  type: list
  elements: dict
  contains:
    part:
      description: The part of the deploy.
      type: str
      sample: models
    group:
      description: The part of RV(plan) that holds it.
      type: str
      sample: models
    name:
      description: The name of what the step makes, changes or removes.
      type: str
      sample: fraud-model-1a2b3c4d
    index:
      description: Its number in the list of O(inputs), null where there is no list.
      type: int
    plan:
      description: C(action), C(changes) and C(calls).
      type: dict
    runs:
      description: Whether the role runs a task for it.
      type: bool
current:
  description: What there is, as M(mlops.sagemaker.sagemaker_endpoint_release_info) returns it. When O(state=present), C(serving) also
    has C(unscaled_variants), the variants to which an update does not bring the scalable target back.
  returned: success
  type: dict
before_rollout:
  description: What the role decides before the rollout, such as the tags that hold the history and what goes with which variant.
  returned: when O(state) is not V(absent)
  type: dict
after_rollout:
  description: What it decides after it, such as whether the smoke test is run and how many releases stay.
  returned: when O(state=present)
  type: dict
model_names:
  description: The names of the models in the order of O(inputs). Null for one that is not made, because the endpoint is adopted.
  returned: when O(state=present)
  type: list
  elements: str
execution_role:
  description: C(arn) of the execution role, and C(name), C(policy_name) and C(stale_policies) of the one that the deployment has of its own.
  returned: when O(state=present)
  type: dict
scalable_targets:
  description: The scalable targets as they would be, with the names and ARNs of their policies.
  returned: when O(state=present)
  type: list
  elements: dict
state:
  description: What was planned.
  returned: success
  type: str
"""

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import module
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import plan as plan_options
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.planning import plan_info


def main() -> None:
    module.run(plan_info.info, **plan_options.PLAN_INFO)


if __name__ == "__main__":
    main()
