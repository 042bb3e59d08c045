# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter terraform_report: what would become of the endpoints of a Terraform project if the role took them over."""

from __future__ import annotations

from typing import Any
from typing import Callable
from typing import Dict
from typing import List
from typing import Mapping
from typing import Sequence

from ansible_collections.mlops.sagemaker.plugins.module_utils import (  # pylint: disable=unused-import # noqa: F401
    _bytecode,
)
from ansible_collections.mlops.sagemaker.plugins.plugin_utils._plain import plain

DOCUMENTATION = r"""
name: terraform_report
version_added: 1.0.0
short_description: Says what would become of the endpoints of a Terraform project if the role sagemaker_endpoint took them over
description:
  - Takes the result of the lookup P(mlops.sagemaker.terraform_endpoints#lookup) and the plans of its endpoints, and returns a human-readable report without
    secrets, with the variables of each endpoint as YAML.
positional: _input, plans
options:
  _input:
    description: The result of the lookup.
    type: dict
    required: true
  plans:
    description:
      - For each endpoint the result of M(mlops.sagemaker.sagemaker_endpoint_plan_info), or one that failed with C(msg), or one that was skipped.
    type: list
    elements: dict
    required: true
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
"""

EXAMPLES = r"""
- name: Show the variables of the endpoints in a Terraform state without a plan
  mlops.sagemaker.show_text:
    text: "{{ found | mlops.sagemaker.terraform_report(found.endpoints | map('combine', {'failed': true, 'msg': 'not planned'})) }}"
  vars:
    found: "{{ lookup('mlops.sagemaker.terraform_endpoints', 'state.json') }}"
"""

RETURN = r"""
_value:
  description: The lines of the report.
  type: list
  elements: str
"""


def terraform_report(read: Mapping[str, Any], plans: Sequence[Mapping[str, Any]]) -> List[str]:
    """See DOCUMENTATION."""
    # Imported here, because Ansible loads all filter files in each forked process to find one.
    from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy import run as role_run
    from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.terraform import report

    def outputs(endpoint: Mapping[str, Any], planned: Mapping[str, Any]) -> Dict[str, Any]:
        if "plan" in planned:
            return role_run.outputs(endpoint["inputs"], planned, {})
        return {"failure": str(planned.get("msg", ""))}

    entries, results = plain(read["endpoints"]), plain(list(plans))
    told = [outputs(*pair) for pair in zip(entries, results)]
    return report.report(entries, told, str(read["source"]), list(map(str, read["pending"])))


class FilterModule:
    """The filters of this file."""

    def filters(self) -> Dict[str, Callable[..., Any]]:
        return {"terraform_report": terraform_report}
