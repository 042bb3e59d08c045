# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter endpoint_inputs: the variables of the role sagemaker_endpoint as options of the modules."""

from __future__ import annotations

from typing import Any
from typing import Callable
from typing import Dict
from typing import Mapping
from typing import Sequence

from ansible_collections.mlops.sagemaker.plugins.module_utils import (  # pylint: disable=unused-import # noqa: F401
    _bytecode,
)
from ansible_collections.mlops.sagemaker.plugins.plugin_utils._plain import plain

DOCUMENTATION = r"""
name: endpoint_inputs
version_added: 1.0.0
short_description: Checks the variables of the role sagemaker_endpoint and turns them into options of the modules
description:
  - Validates the variables, as far as that is possible without AWS, and reports all problems together.
  - Accepts the names and structures of the Terraform module that the role mirrors, and all members of the container and the variant in the
    API.
  - Converts text to the expected type. An empty text counts as not set, JSON text becomes a list or a dictionary, V("3") becomes a number,
    and a number becomes text.
positional: _input
options:
  _input:
    description:
      - The role's variables without their prefix C(sagemaker_endpoint_).
      - The key C(tfvars) is the result of the lookup P(mlops.sagemaker.tfvars#lookup). The filter reports its problems with the others,
        and warns of its warnings.
    type: dict
    required: true
  model_names:
    description:
      - The names of the models, in the order of the returned C(models), once they are known.
      - Without it, or for an empty name, the variants and components of the model have no C(model_name).
    type: list
    elements: str
    default: []
  variable_names:
    description:
      - The names of all existing variables, as from P(ansible.builtin.varnames#lookup).
      - An unknown variable that starts with C(sagemaker_endpoint_) is a problem if it resembles a variable of the role. Otherwise the
        filter warns about it.
    type: list
    elements: str
    default: []
  playbook_variables:
    description:
      - The names of the variables that the playbook reads. A variable whose name is similar to one that is not set is a problem.
    type: list
    elements: str
    default: []
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
"""

EXAMPLES = r"""
- name: Show the models and the endpoint configuration for these variables
  ansible.builtin.debug:
    msg: "{{ variables | mlops.sagemaker.endpoint_inputs }}"
  vars:
    variables:
      name: churn
      name_prefix: churn
      containers:
        - image_uri: 683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0
          model_data_url: s3://example-model-bucket/churn/model.tar.gz
      production_variant:
        instance_type: ml.m5.large
"""

RETURN = r"""
_value:
  description:
    - The desired state for the role.
    - Only C(problems) if the variables cannot be converted to options.
  type: dict
  contains:
    problems:
      description: The problems. Each message starts with the full path of the variable. Empty if the variables are valid.
      type: list
      elements: str
    models:
      description:
        - For each model the options of M(mlops.sagemaker.sagemaker_model).
        - C(variants) and C(components) are the names of the variants and inference components that run the model, C(path) is the variable
          that defines its containers.
      type: list
      elements: dict
    endpoint_config:
      description: The options of M(mlops.sagemaker.sagemaker_endpoint_config).
      type: dict
    inference_components:
      description: The options of M(mlops.sagemaker.sagemaker_inference_component), bases before their adapters.
      type: list
      elements: dict
    autoscaling:
      description:
        - For each variant and inference component that is scaled automatically the options of M(mlops.sagemaker.sagemaker_autoscaling).
        - If the target can scale out from zero, C(alarm) are the options of M(amazon.aws.cloudwatch_metric_alarm), and C(waking_policy) is
          the name of the policy that the alarm triggers.
      type: list
      elements: dict
    unscaled:
      description: The resource ids of the variants and inference components that should have no scalable target.
      type: list
      elements: str
    places:
      description: For messages, a map from the path of an option to its variable without the prefix.
      type: dict
    secret_environment:
      description:
        - The keys of container environments whose values are secret, from the variable of this name, and those whose values come from
          ansible-vault.
      type: list
      elements: str
    tags:
      description: The tags of all resources that the role creates, including the ownership tag.
      type: dict
"""


def endpoint_inputs(
    variables: Mapping[str, Any],
    model_names: Sequence[str] = (),
    variable_names: Sequence[str] = (),
    playbook_variables: Sequence[str] = (),
) -> Dict[str, Any]:
    """See DOCUMENTATION."""
    # Imported here, because Ansible loads all filter files in each forked process to find one.
    from ansible_collections.mlops.sagemaker.plugins.plugin_utils import _role_variables

    names, read = plain(list(variable_names)), plain(list(playbook_variables))
    return _role_variables.resolved(variables, names, read, plain(list(model_names)))


class FilterModule:
    """The filters of this file."""

    def filters(self) -> Dict[str, Callable[..., Any]]:
        return {"endpoint_inputs": endpoint_inputs}
