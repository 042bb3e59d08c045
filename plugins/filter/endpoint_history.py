# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter endpoint_history: the releases that served as the value of a tag of the endpoint."""

from __future__ import annotations

from typing import Any
from typing import Callable
from typing import Collection
from typing import Dict
from typing import Sequence

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import history
from ansible_collections.mlops.sagemaker.plugins.plugin_utils._plain import plain

DOCUMENTATION = r"""
name: endpoint_history
version_added: 1.0.0
short_description: Writes the releases that served as the value of a tag
description:
  - Takes the names of the endpoint configurations that served, the latest first, and returns the value of the tag C(mlops.sagemaker/history)
    of the endpoint.
  - A name that differs from the one before only in its hash is shortened to the hash.
  - A tag holds at most 256 characters. Where they are too few the oldest names are left out, and those of O(foreign) last.
positional: _input
options:
  _input:
    description: The names, the latest first.
    type: list
    elements: str
    required: true
  foreign:
    description: Those of them that somebody else made. They are marked, because they are never deleted.
    type: list
    elements: str
    default: []
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
"""

EXAMPLES = r"""
- name: See what the tag would hold
  ansible.builtin.debug:
    msg: "{{ ['churn-config-1a2b3c4d', 'churn-config-5e6f7a8b', 'made-by-terraform'] | mlops.sagemaker.endpoint_history(foreign) }}"
  vars:
    foreign: [made-by-terraform]
"""

RETURN = r"""
_value:
  description: The value of the tag.
  type: str
  sample: churn-config-1a2b3c4d 5e6f7a8b =made-by-terraform
"""


def endpoint_history(names: Sequence[str], foreign: Collection[str] = ()) -> str:
    """See DOCUMENTATION."""
    others = plain(list(foreign))
    return history.write({name: name not in others for name in plain(list(names))})


class FilterModule:
    """The filters of this file."""

    def filters(self) -> Dict[str, Callable[..., Any]]:
        return {"endpoint_history": endpoint_history}
