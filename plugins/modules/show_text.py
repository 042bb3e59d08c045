#!/usr/bin/python
# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: show_text
version_added: 1.0.0
short_description: Show a text of several lines as it is
description:
  - Shows a text on standard output, line by line. M(ansible.builtin.debug) shows it as one line of JSON, with C(\n) between the lines, unless
    the option C(result_format) of the callback is C(yaml).
  - With another callback than C(ansible.builtin.default), such as one that writes JSON, and with C(result_format=yaml), the text is shown as
    part of the result, so that what the callback writes stays in its format.
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
options:
  text:
    description: The text, or a list of its lines.
    type: raw
    required: true
  failure:
    description:
      - The report of a failure. If it is given, the task fails with O(text) as its message, and returns the report under this name, as the
        other modules of this collection do.
    type: dict
attributes:
  action:
    description: The action runs on the controller. There is no module that runs on a host.
    support: full
  check_mode:
    description: Does the same in check mode.
    support: full
  diff_mode:
    description: Shows no difference.
    support: none
seealso:
  - plugin: mlops.sagemaker.endpoint_summary
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show what the role has done
  mlops.sagemaker.show_text:
    text: "{{ sagemaker_endpoint_outputs | mlops.sagemaker.endpoint_summary(check_mode=ansible_check_mode) }}"
"""

RETURN = r"""
msg:
  description: The text, with a newline between its lines.
  returned: always
  type: str
  sample: |-
    Endpoint fraud (us-east-1, account 111122223333): no changes.
failure:
  description: The report of a failure that was given.
  returned: if O(failure) is given
  type: dict
"""
