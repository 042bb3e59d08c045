# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of sagemaker_endpoint_releases and sagemaker_endpoint_release_info."""

from __future__ import annotations

from .options import SECRET_ENVIRONMENT
from .options import STATE
from .options import integer
from .options import mapping
from .options import text
from .options import texts

RELEASES = {
    "argument_spec": {
        **STATE,
        "endpoint_name": text(required=True),
        "name_prefix": text(),
        "endpoint_config_name": text(),
        "model_names": texts(),
        "retired_models": texts(),
        "release_names": texts(),
        "name_prefixes": texts(),
        "keep": integer(default=1),
    }
}

# The desired content has the form of the options of the modules that deploy it.
RELEASE_INFO = {
    "argument_spec": {
        "endpoint_name": text(required=True),
        "name_prefix": text(),
        "models": {"type": "list", "elements": "dict"},
        "endpoint_config": mapping(),
        "execution_role_arn": text(),
        **SECRET_ENVIRONMENT,
    },
    "required_by": {"models": "endpoint_config", "execution_role_arn": "models"},
}
