# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of sagemaker_endpoint and sagemaker_endpoint_info: the input members of CreateEndpoint, UpdateEndpoint and ListEndpoints."""

from __future__ import annotations

from .deployment_policy import DEPLOYMENT_CONFIG
from .options import LISTING
from .options import SECRET_ENVIRONMENT
from .options import STATE
from .options import TAGS
from .options import WAIT
from .options import Options
from .options import choice
from .options import flag
from .options import integer
from .options import mapping
from .options import structures
from .options import text
from .options import texts

VARIANT_PROPERTY: Options = {
    "variant_property_type": choice("DesiredInstanceCount", "DesiredWeight", "DataCaptureConfig", required=True)
}

ENDPOINT = {
    "argument_spec": {
        **STATE,
        "name": text(required=True, aliases=["endpoint_name"]),
        "endpoint_config_name": text(),
        "endpoint_config": mapping(),
        "deployment_config": DEPLOYMENT_CONFIG,
        # No default: whether properties are retained depends on whether a variant is scaled automatically.
        "retain_all_variant_properties": flag(),
        "exclude_retained_variant_properties": structures(VARIANT_PROPERTY),
        "retain_deployment_config": flag(),
        "scaled_variants": texts(),
        "unscaled_variants": texts(),
        "deleted_components": texts(),
        "preserve_autoscaling": flag(default=True),
        "replace_failed": flag(default=True),
        **WAIT,
        **SECRET_ENVIRONMENT,
        **TAGS,
    },
    "required_if": [("state", "present", ["endpoint_config_name"])],
}

STATUSES = (
    "OutOfService",
    "Creating",
    "Updating",
    "SystemUpdating",
    "RollingBack",
    "InService",
    "Deleting",
    "Failed",
    "UpdateRollbackFailed",
)

# The filters and sort keys of ListEndpoints.
LISTING_ENDPOINTS: Options = {
    **LISTING,
    "last_modified_time_after": text(),
    "last_modified_time_before": text(),
    "status_equals": choice(*STATUSES),
    "sort_by": choice("Name", "CreationTime", "Status"),
}

ENDPOINT_INFO = {
    "argument_spec": {
        "name": text(aliases=["endpoint_name"]),
        **LISTING_ENDPOINTS,
        # Unlike the module that changes an endpoint, the info module does not wait by default.
        "wait": flag(default=False),
        "wait_timeout": integer(),
    }
}

POWER = {
    "argument_spec": {
        "name": text(required=True, aliases=["endpoint_name"]),
        "state": choice("stopped", "started", required=True),
        "name_prefix": text(),
        **WAIT,
        **SECRET_ENVIRONMENT,
    }
}

FLEET_INFO = {
    "argument_spec": {
        "regions": texts(),
        "names": texts(),
        "name_contains": text(),
        "idle_window": integer(default=14),
        "price_file": {"type": "path"},
        "report": {"type": "path"},
    }
}

POWER_INFO = {"argument_spec": {"tag": text(default="expires_at")}}
