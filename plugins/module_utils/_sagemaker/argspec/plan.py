# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of sagemaker_endpoint_plan_info and sagemaker_endpoint_preflight_info."""

from __future__ import annotations

from .options import SECRET_ENVIRONMENT
from .options import choice
from .options import flag
from .options import mapping

PLAN_INFO = {
    "argument_spec": {
        "state": choice("present", "absent", "stopped", "started", "rollback", default="present"),
        "inputs": mapping(required=True),
        "applies": flag(default=False),
        **SECRET_ENVIRONMENT,
    }
}

PREFLIGHT_INFO = {"argument_spec": {"inputs": mapping(required=True), **SECRET_ENVIRONMENT}}
