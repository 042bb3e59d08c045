# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Attributes of every module: C(mlops.sagemaker.attributes), for info modules
    C(mlops.sagemaker.attributes.info)."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return the result of a run without changing anything.
    support: full
    details:
      - The names, the C(changed) state and the C(plan) are those that a run returns.
  diff_mode:
    description: Returns the changes, or in C(check_mode) the predicted changes, when in diff mode.
    support: full
  idempotent:
    description: When run twice in a row with the same options, the second run changes nothing.
    support: full
    details:
      - This assumes that nobody else changes the same resource between the two runs.
  action_group:
    description: Use C(group/mlops.sagemaker.aws) or C(group/mlops.sagemaker.all) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - mlops.sagemaker.aws
      - mlops.sagemaker.all
"""

    INFO = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return the same result as in a run.
    support: full
    details:
      - This module never changes anything.
  diff_mode:
    description: Returns details on what has changed when in diff mode.
    support: N/A
    details:
      - This module never changes anything.
  idempotent:
    description: When run twice in a row with the same options, the second run changes nothing.
    support: full
    details:
      - This module never changes anything.
  action_group:
    description: Use C(group/mlops.sagemaker.aws) or C(group/mlops.sagemaker.all) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - mlops.sagemaker.aws
      - mlops.sagemaker.all
"""
