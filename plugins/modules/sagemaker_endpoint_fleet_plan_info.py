#!/usr/bin/python
# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: sagemaker_endpoint_fleet_plan_info
version_added: 1.0.0
short_description: Tell which of many Amazon SageMaker endpoints differ from what is desired
description:
  - Plans many endpoints at once, each like M(mlops.sagemaker.sagemaker_endpoint_plan_info), and returns which of them differ. The playbook
    C(mlops.sagemaker.fleet) uses it to run the role P(mlops.sagemaker.sagemaker_endpoint#role) only for those. The module changes nothing.
  - It uses one set of clients for each region and profile, and plans at most ten endpoints at the same time.
  - An endpoint with a problem differs. The role then reports the problem in full.
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
options:
  endpoints:
    description:
      - The endpoints, each with the inventory host that stands for it. In the playbook C(fleet), the action of this module makes the
        list from the variables of all hosts of the play.
    type: list
    elements: dict
    required: true
    suboptions:
      host:
        description: The name of the host.
        type: str
        required: true
      inputs:
        description: The RV(mlops.sagemaker.read_variables#module:inputs) of the host.
        type: dict
        default: {}
      problem:
        description: Why there are no inputs. The endpoint then differs, as with any problem.
        type: str
      state:
        description: The operation to plan, as in M(mlops.sagemaker.sagemaker_endpoint_plan_info).
        type: str
        choices: [present, absent, stopped, started, rollback]
        default: present
      region:
        description: The region of the endpoint. By default that of the connection.
        type: str
      profile:
        description: The AWS profile of the endpoint. By default that of the connection.
        type: str
      account:
        description:
          - The account of the endpoint, as the inventory plugin has read it. The plan of an endpoint is refused if the credentials are those of
            another account, which may have an endpoint of the same name.
        type: str
  applies:
    description:
      - Whether tasks that apply the plan follow, as in a run of the role.
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
  - module: mlops.sagemaker.sagemaker_endpoint_plan_info
  - module: mlops.sagemaker.sagemaker_endpoint_fleet_info
"""

EXAMPLES = r"""
- name: Tell whether one of two endpoints would have to be deleted
  mlops.sagemaker.sagemaker_endpoint_fleet_plan_info:
    endpoints:
      - host: fraud
        state: absent
        inputs: {name: fraud, name_prefix: fraud, sg_role_arn: ""}
        region: us-east-1
      - host: churn
        state: absent
        inputs: {name: churn, name_prefix: churn, sg_role_arn: ""}
        region: eu-west-1
  register: planned

- name: Show those that exist
  ansible.builtin.debug:
    msg: "{{ planned.endpoints | selectattr('differs') | map(attribute='name') }}"
"""

RETURN = r"""
endpoints:
  description: The endpoints in the order of O(endpoints).
  returned: success
  type: list
  elements: dict
  contains:
    host:
      description: The name of the host.
      type: str
      sample: fraud
    name:
      description: The name of the endpoint.
      type: str
      sample: fraud
    region:
      description: The region of the endpoint.
      type: str
      sample: us-east-1
    differs:
      description: Whether a run of the role would do anything, such as change the endpoint, wait for a transition, or fail.
      type: bool
    problem:
      description: What a run of the role would fail with. Null if nothing is known to be wrong.
      type: str
    refusal:
      description: Why no role should run for this host, because another host stands for the same endpoint. Otherwise null.
      type: str
differing:
  description: The names of the hosts whose endpoints differ.
  returned: success
  type: list
  elements: str
refusals:
  description: The refusals by host.
  returned: success
  type: dict
places:
  description:
    - By host, what the variables say of its endpoint. Empty is not given.
    - In the playbook C(fleet), where the action of this module reads the variables.
  returned: with hosts of a play in place of O(endpoints)
  type: dict
  sample: {fraud: {name: fraud, region: us-east-1, profile: "", account: "", state: ""}}
outputs:
  description: The outputs of the role by host, of the endpoints that do not differ.
  returned: success
  type: dict
applies:
  description: The value of O(applies).
  returned: success
  type: bool
report:
  description: A text that names all endpoints and says which of them differ.
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
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.planning import fleet


def main() -> None:
    module.run(fleet.info, **plan_options.FLEET_PLAN_INFO)


if __name__ == "__main__":
    main()
