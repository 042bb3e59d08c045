#!/usr/bin/python
# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: sagemaker_endpoint_releases
version_added: 1.0.0
short_description: List and prune the releases of an Amazon SageMaker endpoint
description:
  - A release is an endpoint configuration that carries the tag C(mlops.sagemaker/endpoint) with the name of the endpoint, together with its
    models. The role P(mlops.sagemaker.sagemaker_endpoint#role) creates one for every change of content.
  - Deletes releases that are no longer needed. The module touches only resources that carry the tag. It never deletes a resource that an
    endpoint of the region uses or is being updated to, regardless of its tags.
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
options:
  state:
    description:
      - V(present) keeps the live release and the O(keep) latest other releases that have served, and deletes the rest.
      - It deletes a release that never served, because its rollout failed, if that release is older than the live one.
      - With O(name_prefix) it also deletes models with the tag that no release and no inference component uses. It keeps a model that is
        newer than all of O(model_names), because another run may have just created it.
      - V(absent) deletes all releases, and models with the tag that no configuration uses any more. The endpoint must already be deleted.
    type: str
    choices: [present, absent]
    default: present
  endpoint_name:
    description: The name of the endpoint.
    type: str
    required: true
  name_prefix:
    description:
      - The prefix of the generated names, C(<name_prefix>-config-<hash>) and C(<name_prefix>-model-<hash>).
      - The module also finds releases with other prefixes, by the history of the endpoint and by their tag. The prefix matters only if
        access to the Resource Groups Tagging API is denied. It then narrows the search. Without a prefix, the module reads the tags of
        every configuration in the region.
    type: str
  name_prefixes:
    description:
      - The earlier prefixes of the endpoint, from RV(mlops.sagemaker.sagemaker_endpoint_release_info#module:name_prefixes). They determine
        RV(earlier_roles).
      - Meant for the role P(mlops.sagemaker.sagemaker_endpoint#role), which knows its other tasks. Your own plays rarely need it.
    type: list
    elements: str
  endpoint_config_name:
    description:
      - The configuration that counts as live. Defaults to the one that the endpoint uses or is being updated to.
      - In check mode, give the configuration that the endpoint is going to use.
    type: str
  model_names:
    description:
      - Models to keep, regardless of their release.
      - In check mode, give the models of a configuration that does not exist yet.
      - Meant for the role P(mlops.sagemaker.sagemaker_endpoint#role), which knows its other tasks. Your own plays rarely need it.
    type: list
    elements: str
  retired_models:
    description:
      - Models that inference components ran before. The module deletes them regardless of their age if nothing uses them any more.
      - With O(state=absent), models that were found before the endpoint was deleted.
      - Meant for the role P(mlops.sagemaker.sagemaker_endpoint#role), which knows its other tasks. Your own plays rarely need it.
    type: list
    elements: str
  release_names:
    description:
      - With O(state=absent), names of releases that were found before the endpoint was deleted. The index of the Resource Groups Tagging
        API may not contain them yet.
      - Meant for the role P(mlops.sagemaker.sagemaker_endpoint#role), which knows its other tasks. Your own plays rarely need it.
    type: list
    elements: str
  keep:
    description: Number of releases that have served to keep in addition to the live one, the latest first.
    type: int
    default: 1
notes:
  - The caller needs C(tag:GetResources), C(sagemaker:ListEndpointConfigs), C(sagemaker:ListEndpoints), C(sagemaker:ListTags) and the
    describe and delete actions of these. Without C(tag:GetResources), the caller also needs C(sagemaker:ListModels), and the module finds
    only names with a known prefix.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - mlops.sagemaker.requirements
  - mlops.sagemaker.attributes
"""

EXAMPLES = r"""
- name: Keep the live release and the two before it
  mlops.sagemaker.sagemaker_endpoint_releases:
    endpoint_name: fraud
    name_prefix: fraud
    keep: 2

- name: List the releases without deleting any
  mlops.sagemaker.sagemaker_endpoint_releases:
    endpoint_name: fraud
    name_prefix: fraud
  check_mode: true
  register: found

- name: Delete the releases of a deleted endpoint
  mlops.sagemaker.sagemaker_endpoint_releases:
    endpoint_name: fraud
    name_prefix: fraud
    state: absent
"""

RETURN = r"""
releases:
  description: The releases that are kept. The live one comes first, then those that have served, the latest first, then those that never
    served.
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
      description: Whether the endpoint uses the release, or will use it after the run.
      type: bool
    served:
      description: Whether the release is live or has served. False for a release whose rollout failed.
      type: bool
    owned:
      description: Whether the release carries the tag. A release that was adopted with an endpoint does not. A rollback can return to it,
        and the module never deletes it.
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
lent_models:
  description:
    - Models with the tag that the module would otherwise delete, but keeps because another endpoint runs them or is being updated to them.
    - With O(state=present) it keeps their releases as well. Their execution role is still needed.
  returned: success
  type: list
  elements: str
  sample: []
msg:
  description: One line that summarises the change, in check mode the change that a run would make.
  returned: success
  type: str
  sample: "Old releases of endpoint fraud were deleted: fraud-config-1a2b3c4d, fraud-model-5e6f7a8b."
earlier_roles:
  description:
    - The desired state of the execution roles whose names start with other prefixes than O(name_prefix), as options of
      M(mlops.sagemaker.sagemaker_execution_role). The C(state) of a role is C(absent) once no release with its prefix is left. Empty
      without O(name_prefix).
  returned: success
  type: list
  elements: dict
  sample: [{name_prefix: scoring, state: absent, prune_policies: []}]
plan:
  description: The plan that the task carried out or, in check mode, would carry out.
  returned: always
  type: dict
  contains:
    action:
      description: V(none) or V(delete).
      type: str
      sample: delete
    changes:
      description: The resources to delete.
      type: list
      elements: dict
      contains:
        path:
          description: The kind of resource, with its name in brackets.
          type: str
          sample: endpoint_configs[fraud-config-1a2b3c4d]
        before:
          description: The name of the resource.
          type: str
          sample: fraud-config-1a2b3c4d
        after:
          description: Always empty.
          type: str
    calls:
      description: The mutating API calls in order.
      type: list
      elements: str
      sample: [DeleteEndpointConfig, DeleteModel]
failure:
  description:
    - The report of a call that AWS refused, with the keys of RV(mlops.sagemaker.sagemaker_endpoint#module:failure).
    - C(remedy) says what to do if the cause is known. The message ends with it.
  returned: when AWS refused a call
  type: dict
"""

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import module
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import release as release_options
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.release import releases


def main() -> None:
    module.run(releases.ensure, **release_options.RELEASES)


if __name__ == "__main__":
    main()
