# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the modules that plan one or many endpoints, and of sagemaker_endpoint_preflight_info."""

from __future__ import annotations

from .options import SECRET_ENVIRONMENT
from .options import choice
from .options import flag
from .options import mapping
from .options import structures
from .options import text

PLAN_INFO = {
    "argument_spec": {
        "state": choice("present", "absent", "stopped", "started", "rollback", default="present"),
        "inputs": mapping(required=True),
        "applies": flag(default=False),
        **SECRET_ENVIRONMENT,
    }
}

_OF_ONE = PLAN_INFO["argument_spec"]

# Of many endpoints. region and profile are in places that differ from the connection of the module.
FLEET_PLAN_INFO = {
    "argument_spec": {
        "endpoints": structures(
            {
                "host": text(required=True),
                "state": _OF_ONE["state"],
                "inputs": mapping(default={}),
                "problem": text(),
                "region": text(),
                "profile": text(),
                "account": text(),
            },
            required=True,
        ),
        "applies": _OF_ONE["applies"],
        **SECRET_ENVIRONMENT,
    }
}

PREFLIGHT_INFO = {"argument_spec": {"inputs": mapping(required=True), **SECRET_ENVIRONMENT}}
