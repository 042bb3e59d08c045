# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter expiry_report: what a run that stops expired endpoints says."""

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
name: expiry_report
version_added: 1.0.0
short_description: Says which endpoints have expired, and which of them could not be stopped
description:
  - Takes the results of M(mlops.sagemaker.sagemaker_endpoint_power_info) in several regions, failed ones too, as the playbook
    C(mlops.sagemaker.stop_expired) registers them in a loop.
positional: _input, tag
options:
  _input:
    description: For each region the result of the module. A failed one has C(msg) instead of C(endpoints).
    type: list
    elements: dict
    required: true
  tag:
    description: The tag that was read.
    type: str
    required: true
  loop_var:
    description: The key of a result with the region that was asked for.
    type: str
    default: item
  left:
    description: The names of the endpoints that could not be stopped.
    type: list
    elements: str
    default: []
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
"""

EXAMPLES = r"""
- name: Show which endpoints have expired
  mlops.sagemaker.show_text:
    text: "{{ (found.results | mlops.sagemaker.expiry_report('expires_at')).text }}"
  vars:
    found:
      results:
        - item: us-east-1
          region: us-east-1
          endpoints: []
"""

RETURN = r"""
_value:
  description: The report.
  type: dict
  contains:
    text:
      description: A line about where was looked, and what has expired.
      type: str
      sample: "Looked at 3 endpoints in us-east-1, eu-west-1 for the tag expires_at: churn (us-east-1) has expired."
    due:
      description: The endpoints that have expired, as the module returns them.
      type: list
      elements: dict
    failure:
      description: What could not be stopped or read, and tags that hold no time, one a line. Empty if there is none.
      type: str
"""


def expiry_report(
    results: Sequence[Mapping[str, Any]], tag: str, loop_var: str = "item", left: Sequence[str] = ()
) -> Dict[str, Any]:
    """See DOCUMENTATION."""
    # Imported here, because Ansible loads all filter files in each forked process to find one.
    from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.reports import expiry

    regions = [{**one, "asked": one.get(loop_var, "")} for one in plain(list(results))]
    return expiry.report(regions, str(tag), plain(list(left)))


class FilterModule:
    """The filters of this file."""

    def filters(self) -> Dict[str, Callable[..., Any]]:
        return {"expiry_report": expiry_report}
