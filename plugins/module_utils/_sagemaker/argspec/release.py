# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of sagemaker_endpoint_releases."""

from __future__ import annotations

from .options import SECRET_ENVIRONMENT
from .options import STATE
from .options import flag
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

# What would be deployed, to compare an endpoint with that somebody else made. In the shapes of the modules that deploy it.
RELEASE_INFO = {
    "argument_spec": {
        "endpoint_name": text(required=True),
        "name_prefix": text(),
        "models": {"type": "list", "elements": "dict"},
        "endpoint_config": mapping(),
        "inference_components": {"type": "list", "elements": "dict"},
        "autoscaling": {"type": "list", "elements": "dict"},
        "deployment_config": mapping(),
        "smoke_test": mapping(),
        "wait": flag(default=True),
        "execution_role_arn": text(),
        "tags": mapping(),
        "purge_tags": flag(default=True),
        "release_marker": text(),
        "places": mapping(),
        **SECRET_ENVIRONMENT,
    }
}
