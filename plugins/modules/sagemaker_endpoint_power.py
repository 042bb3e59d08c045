#!/usr/bin/python
# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: sagemaker_endpoint_power
version_added: 1.0.0
short_description: Stop an Amazon SageMaker endpoint to end its cost, and start it again as it was
description:
  - Amazon SageMaker bills an endpoint as long as it exists. To stop one, the module deletes it and its inference components, and writes
    down what it had in tags of its endpoint configuration, which stays with its models and its execution role. To start it, the module
    creates it again from that record.
  - The record holds the tags of the endpoint, its deployment policy, the weights and the instance counts of its variants at the time of
    the stop, its inference components with their copies, and all its scalable targets with their bounds, suspended state, scaling
    policies, scheduled actions and tags. Alarms that trigger scaling policies stay, and trigger them again after the start.
  - The tag C(mlops.sagemaker/stopped) of the configuration says in words what is stopped. Numbered tags with the same prefix hold the
    record as compressed JSON in base64.
  - The module writes the record and reads it back before it deletes anything, and removes it only after everything is there again. After
    an interruption, run the task again.
  - Acts only on endpoints that carry the tag C(mlops.sagemaker/endpoint) with their own name, which the role
    P(mlops.sagemaker.sagemaker_endpoint#role) sets.
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
options:
  name:
    description: The name of the endpoint.
    type: str
    required: true
    aliases: [endpoint_name]
  state:
    description:
      - V(stopped) deletes the endpoint and keeps the record of it. During a transition it waits first. An endpoint that is stopped already is no
        change. An endpoint whose creation has failed is deleted like others.
      - V(started) brings back what the record holds. An endpoint that exists is no change, unless a run was interrupted while it stopped or
        started it.
      - In both states the module fails if there is neither an endpoint nor a record, for it may run under another name or in another region.
    type: str
    required: true
    choices: [stopped, started]
  name_prefix:
    description:
      - The prefix of the generated names, C(<name_prefix>-config-<hash>). It matters only if access to the Resource Groups Tagging API is
        denied, because the configurations of an endpoint that does not exist are then found by their names.
    type: str
  wait:
    description:
      - Whether to wait for the end of the operation.
      - Without it, V(stopped) returns once the deletion of the endpoint was accepted. The deletion of inference components is always awaited.
      - Without it, V(started) returns once the creation of the endpoint was accepted. Run the task again to restore the rest.
    type: bool
    default: true
  wait_timeout:
    description:
      - Maximum number of seconds to wait, at least 1. After that the module fails. The operation continues in AWS, and the next run goes on
        with it.
      - Defaults to 3600.
    type: int
  secret_environment:
    description:
      - Keys of container environments whose values are secret, besides those whose key or value looks so.
      - An inference component whose own container has such variables is not stopped, because the tags would reveal them. Let it run a model.
    type: list
    elements: str
notes:
  - The caller needs C(sagemaker:AddTags), C(sagemaker:DeleteTags), C(sagemaker:CreateEndpoint), C(sagemaker:DeleteEndpoint),
    C(sagemaker:UpdateEndpointWeightsAndCapacities), for inference components their create, update and delete actions, and for autoscaling the
    actions of M(mlops.sagemaker.sagemaker_autoscaling) and C(cloudwatch:PutMetricAlarm).
  - An endpoint whose configuration was deleted cannot be stopped. Deploy it first.
seealso:
  - module: mlops.sagemaker.sagemaker_endpoint
  - module: mlops.sagemaker.sagemaker_endpoint_release_info
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - mlops.sagemaker.requirements
  - mlops.sagemaker.attributes
"""

EXAMPLES = r"""
- name: Stop an endpoint for the night
  mlops.sagemaker.sagemaker_endpoint_power:
    name: fraud
    state: stopped

- name: Start it as it was
  mlops.sagemaker.sagemaker_endpoint_power:
    name: fraud
    state: started
"""

RETURN = r"""
endpoint:
  description: The endpoint with its tags, with the members that M(mlops.sagemaker.sagemaker_endpoint) returns. Empty if it is stopped, and in
    check mode if it would be started.
  returned: success
  type: dict
stopped:
  description: The record of the stop, before a start as it would be restored. Empty without one.
  returned: success
  type: dict
  contains:
    endpoint_name:
      description: The name of the endpoint.
      type: str
      sample: fraud
    endpoint_config_name:
      description: The endpoint configuration that it had, and that holds the record.
      type: str
      sample: fraud-config-1a2b3c4d
    stopped_at:
      description: The time of the stop.
      type: str
      sample: "2030-01-31T18:00:00Z"
    tags:
      description: The tags of the endpoint.
      type: dict
      sample: {"mlops.sagemaker/endpoint": fraud}
    deployment_config:
      description: Its last deployment policy, as the option O(mlops.sagemaker.sagemaker_endpoint#module:deployment_config). Empty without one.
      type: dict
    variants:
      description: Weights and capacities of its variants, as the option
        O(mlops.sagemaker.sagemaker_endpoint_traffic#module:desired_weights_and_capacities).
      type: list
      elements: dict
      sample: [{variant_name: AllTraffic, desired_weight: 1.0, desired_instance_count: 3}]
    components:
      description: Its inference components, as options of M(mlops.sagemaker.sagemaker_inference_component), bases before their adapters.
      type: list
      elements: dict
    targets:
      description: Its scalable targets, as options of M(mlops.sagemaker.sagemaker_autoscaling), and C(alarms), a dictionary from the scaling
        policy to the alarms that trigger it, without those that Application Auto Scaling creates.
      type: list
      elements: dict
tags:
  description: The tags of the endpoint. Empty if it is stopped.
  returned: success
  type: dict
msg:
  description: One line that summarises the change, in check mode the change that a run would make.
  returned: success
  type: str
  sample: Endpoint fraud was stopped.
plan:
  description: The plan that the task carried out or, in check mode, would carry out.
  returned: always
  type: dict
  contains:
    action:
      description: V(none), V(delete) for a stop, V(create) or V(replace) for a start, V(update) or V(retag) for the completion of an interrupted
        run, or V(wait) for a transition in progress.
      type: str
      sample: delete
    changes:
      description: The changes that the task makes.
      type: list
      elements: dict
      contains:
        path:
          description: What changes.
          type: str
          sample: endpoint_status
        before:
          description: Its value before.
          type: raw
          sample: InService
        after:
          description: Its value afterwards.
          type: raw
          sample: Stopped
    calls:
      description: The mutating API calls in order.
      type: list
      elements: str
      sample: [AddTags, AddTags, DeleteEndpoint]
failure:
  description:
    - The report of a call that AWS refused, with the keys of RV(mlops.sagemaker.sagemaker_endpoint#module:failure).
    - C(remedy) says what to do if the cause is known. The message ends with it.
  returned: when AWS refused a call
  type: dict
"""

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import module
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import endpoint as endpoint_options
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.power import endpoint_power


def main() -> None:
    module.run(endpoint_power.ensure, **endpoint_options.POWER)


if __name__ == "__main__":
    main()
