# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter endpoint_inputs: what the role sagemaker_endpoint makes of its variables."""

from __future__ import annotations

from typing import Any
from typing import Callable
from typing import Dict
from typing import Mapping
from typing import Sequence

from ansible.utils.display import Display

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import secrets
from ansible_collections.mlops.sagemaker.plugins.plugin_utils import _vaulted as vaulted
from ansible_collections.mlops.sagemaker.plugins.plugin_utils._plain import plain

DOCUMENTATION = r"""
name: endpoint_inputs
version_added: 1.0.0
short_description: Checks the variables of the role sagemaker_endpoint and turns them into options of the modules
description:
  - Checks everything that can be told to be wrong from the variables alone, and reports all of it at once.
  - Takes the names and shapes of the Terraform module that the role mirrors, and any member of the API's container
    and variant besides.
  - Text is taken for what it means. An empty text is not set, JSON text is a list or a dictionary where one is wanted,
    V("3") is a number where a number is wanted and a number is text where text is wanted.
positional: _input
options:
  _input:
    description:
      - The role's variables without their prefix C(sagemaker_endpoint_).
      - C(tfvars) in it is what the lookup P(mlops.sagemaker.tfvars#lookup) returned. Its problems are reported with the
        others.
    type: dict
    required: true
  model_names:
    description:
      - The names of the models, in the order of the returned C(models), as soon as they are known.
      - Without it, and where it is empty, what runs the model has no C(model_name).
    type: list
    elements: str
    default: []
  variable_names:
    description:
      - The names of all variables that there are, as from P(ansible.builtin.varnames#lookup).
      - One that begins with C(sagemaker_endpoint_) and resembles a variable of the role is a problem; about any other such
        variable that the role does not have there is a warning.
    type: list
    elements: str
    default: []
  playbook_variables:
    description:
      - The names of the variables that the playbook itself reads. A variable whose name is nearly that of one which is not set is
        a problem.
    type: list
    elements: str
    default: []
  outputs:
    description:
      - The variable of the name of the role's outputs, whoever has set it.
    type: dict
  last_run:
    description:
      - What the role registered when it last set its outputs in the same play. Other O(outputs) than those hide the ones of this run.
      - With C(variable_names) and without C(playbook_variables) that is a warning.
    type: dict
    default: {}
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
"""

EXAMPLES = r"""
- name: See which models and which endpoint configuration the variables make
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
    - What the role does.
    - Only C(problems) where no options can be made of the variables.
  type: dict
  contains:
    problems:
      description: What is wrong. Each message begins with the full path of the variable. Empty if all is well.
      type: list
      elements: str
    models:
      description:
        - For each model the options of M(mlops.sagemaker.sagemaker_model).
        - C(variants) and C(components) are the names of the variants and inference components that run it, C(path) is the variable that
          holds its containers.
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
        - For what wakes from zero C(alarm) are the options of M(amazon.aws.cloudwatch_metric_alarm), and C(waking_policy) is the name of the
          policy that it triggers.
      type: list
      elements: dict
    unscaled:
      description: The resource ids of the variants and inference components that are to have no scalable target.
      type: list
      elements: str
    places:
      description: Where the options come from, for messages. By the place of an option the variable, without its prefix.
      type: dict
    secret_environment:
      description:
        - The keys of container environments whose values are secret, the variable of this name and those whose values came out of
          ansible-vault.
      type: list
      elements: str
    tags:
      description: The tags of all that the role makes, with the tag that marks it as the role's own.
      type: dict
"""


display = Display()


def endpoint_inputs(
    variables: Mapping[str, Any],
    model_names: Sequence[str] = (),
    variable_names: Sequence[str] = (),
    playbook_variables: Sequence[str] = (),
    outputs: Any = None,
    last_run: Mapping[str, Any] | None = None,
) -> Dict[str, Any]:
    """See DOCUMENTATION."""
    # Imported here, because Ansible loads the files of all filters to find one, in each process that it forks.
    from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.inputs import resolution
    from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.inputs import (
        variables as role_variables,
    )

    unknown, warnings = role_variables.unknown_variables(plain(list(variable_names)), plain(list(playbook_variables)))
    own = plain((last_run or {}).get("ansible_facts") or {}).get("sagemaker_endpoint_outputs")
    # The playbooks read the outputs where no variable can hide them.
    if plain(outputs) != own and variable_names and not playbook_variables:
        warnings.append(role_variables.HIDDEN_OUTPUTS)
    for warning in warnings:
        display.warning(warning)
    resolved = resolution.resolve({**plain(variables), "unknown": unknown}, plain(list(model_names)))
    if secrets.OPTION in resolved:
        resolved[secrets.OPTION] = sorted({*resolved[secrets.OPTION], *vaulted.environment_keys(variables)})
    return resolved


class FilterModule:
    """The filters of this file."""

    def filters(self) -> Dict[str, Callable[..., Any]]:
        return {"endpoint_inputs": endpoint_inputs}
