# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What every module promises: C(mlops.sagemaker.attributes), for info modules C(mlops.sagemaker.attributes.info)."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return what a run would return, without changing anything.
    support: full
    details:
      - The names, the C(changed) state and the C(plan) are those of the run that would follow.
  diff_mode:
    description: Returns details on what has changed, or in C(check_mode) would change, when in diff mode.
    support: full
  idempotent:
    description: When run twice in a row with the same options, the second run changes nothing.
    support: full
    details:
      - Provided that nobody else changes the same resource between the two runs.
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
    description: Can run in C(check_mode) and return the same as in a run.
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
