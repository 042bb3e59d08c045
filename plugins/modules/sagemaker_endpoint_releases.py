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
  - A release is an endpoint configuration that carries the tag C(mlops.sagemaker/endpoint) with the name of the endpoint, together with
    the models behind it. The role P(mlops.sagemaker.sagemaker_endpoint#role) makes one for every change of content.
  - Deletes releases that are not needed any more. Only what carries the tag is touched, and nothing that any live endpoint of the region
    uses or is being updated to, whatever its tags say.
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
options:
  state:
    description:
      - V(present) keeps the live release and the O(keep) latest others that served, and deletes the rest.
      - A release that never served, because its rollout failed, is deleted if it is older than the live one.
      - With O(name_prefix) also models with the tag that no release and no inference component has. One that is newer than all of
        O(model_names) stays, because another run may have just made it.
      - V(absent) deletes all of them, and models with the tag that no configuration names any more. The endpoint itself must be gone.
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
      - Releases with other prefixes are found as well, by the history of the endpoint and by their tag. Only where the Resource Groups
        Tagging API is denied does it narrow the search. Without it the tags of every configuration in the region are then read.
    type: str
  name_prefixes:
    description:
      - The prefixes that the endpoint had before, from RV(mlops.sagemaker.sagemaker_endpoint_release_info#module:name_prefixes). For
        RV(earlier_roles).
      - For the role P(mlops.sagemaker.sagemaker_endpoint#role), which knows what its other tasks do. Plays of your own rarely need it.
    type: list
    elements: str
  endpoint_config_name:
    description:
      - The configuration that counts as the live one. By default the one that the endpoint uses or is being updated to.
      - In check mode, the one that the endpoint is going to use.
    type: str
  model_names:
    description:
      - Models that are kept whatever release they belong to.
      - In check mode, the models of a configuration that does not exist yet.
      - For the role P(mlops.sagemaker.sagemaker_endpoint#role), which knows what its other tasks do. Plays of your own rarely need it.
    type: list
    elements: str
  retired_models:
    description:
      - Models that inference components ran before, which are deleted whatever their age if nothing needs them any more.
      - With O(state=absent), models that were known before the endpoint was deleted.
      - For the role P(mlops.sagemaker.sagemaker_endpoint#role), which knows what its other tasks do. Plays of your own rarely need it.
    type: list
    elements: str
  release_names:
    description:
      - With O(state=absent), names of releases that were known before the endpoint was deleted. The index of the Resource Groups Tagging API
        may not have them yet.
      - For the role P(mlops.sagemaker.sagemaker_endpoint#role), which knows what its other tasks do. Plays of your own rarely need it.
    type: list
    elements: str
  keep:
    description: How many releases that served are kept beside the live one, the latest first.
    type: int
    default: 1
notes:
  - The caller needs C(tag:GetResources), C(sagemaker:ListEndpointConfigs), C(sagemaker:ListEndpoints), C(sagemaker:ListTags) and the describe and
    delete actions of these. Without C(tag:GetResources) also C(sagemaker:ListModels), and only names with a known prefix are found.
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

- name: See which releases there are, without deleting any
  mlops.sagemaker.sagemaker_endpoint_releases:
    endpoint_name: fraud
    name_prefix: fraud
  check_mode: true
  register: found

- name: Delete what is left of an endpoint that was deleted
  mlops.sagemaker.sagemaker_endpoint_releases:
    endpoint_name: fraud
    name_prefix: fraud
    state: absent
"""

RETURN = r"""
releases:
  description: The releases that are kept, the live one first, then those that served, the latest first, then those that never did.
  returned: success
  type: list
  elements: dict
  contains:
    endpoint_config_name:
      description: The name of the endpoint configuration.
      type: str
      sample: fraud-config-1a2b3c4d
    model_names:
      description: The models that it names.
      type: list
      elements: str
      sample: [fraud-model-5e6f7a8b]
    live:
      description: Whether the endpoint uses it, or will after the run.
      type: bool
    served:
      description: Whether it is live or has served, which a release whose rollout failed has not.
      type: bool
    owned:
      description: Whether it carries the tag. What was adopted with an endpoint does not. It can be gone back to and is never deleted.
      type: bool
    execution_policy:
      description: The name of the inline policy of the execution role that it needs, from its tag C(mlops.sagemaker/execution-policy).
      type: str
      sample: mlops-sagemaker-9c0d1e2f
    creation_time:
      description: When the configuration was made.
      type: str
      sample: "2030-01-31T18:00:00+00:00"
lent_models:
  description:
    - Models with the tag that stay, although they are too many, because another endpoint runs them or is being updated to them.
    - With O(state=present) their releases stay as well. The execution role that they name is still needed.
  returned: success
  type: list
  elements: str
  sample: []
msg:
  description: One line that says what was done, or in check mode would be done.
  returned: success
  type: str
  sample: "Old releases of endpoint fraud were deleted: fraud-config-1a2b3c4d, fraud-model-5e6f7a8b."
earlier_roles:
  description:
    - What becomes of the execution roles whose names begin with other prefixes than O(name_prefix), as options of
      M(mlops.sagemaker.sagemaker_execution_role). A role is absent once no release of its prefix is left. Empty without O(name_prefix).
  returned: success
  type: list
  elements: dict
  sample: [{name_prefix: scoring, state: absent, prune_policies: []}]
plan:
  description: What the run did, in check mode what it would do.
  returned: always
  type: dict
  contains:
    action:
      description: V(none) or V(delete).
      type: str
      sample: delete
    changes:
      description: What is deleted.
      type: list
      elements: dict
      contains:
        path:
          description: The kind of thing, with its name in brackets.
          type: str
          sample: endpoint_configs[fraud-config-1a2b3c4d]
        before:
          description: Its name.
          type: str
          sample: fraud-config-1a2b3c4d
        after:
          description: Always empty.
          type: str
    calls:
      description: The API operations that change something, in order.
      type: list
      elements: str
      sample: [DeleteEndpointConfig, DeleteModel]
"""

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import module
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import release as release_options
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.release import releases


def main() -> None:
    module.run(releases.ensure, **release_options.RELEASES)


if __name__ == "__main__":
    main()
