# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of sagemaker_execution_role."""

from __future__ import annotations

from typing import Any

from . import options

EXECUTION_ROLE: dict[str, Any] = {
    "argument_spec": {
        **options.STATE,
        **options.TAGS,
        "endpoint_name": options.text(required=True),
        "name": options.text(aliases=["role_name"]),
        "name_prefix": options.text(),
        # The modules that deploy them document and check their members.
        "models": {"type": "list", "elements": "dict"},
        "endpoint_config": options.mapping(),
        "inference_components": {"type": "list", "elements": "dict"},
        "deployment_config": options.mapping(),
        "async_input_locations": options.texts(),
        "additional_statements": {"type": "list", "elements": "dict"},
        "policy_document": options.mapping(),
        "managed_policies": options.texts(),
        "permissions_boundary_arn": options.text(aliases=["boundary"]),
        "description": options.text(),
        "prune_policies": options.texts(),
    },
    "mutually_exclusive": [
        ("name", "name_prefix"),
        ("policy_document", "models"),
        ("policy_document", "endpoint_config"),
        ("policy_document", "inference_components"),
    ],
    "required_one_of": [("name", "name_prefix")],
}

# The options of amazon.aws modules, passed on as given. These modules apply defaults and environment variables, because
# they run where the credentials are.
CONNECTION: options.Options = {
    "region": options.text(aliases=["aws_region"]),
    "profile": options.text(aliases=["aws_profile"]),
    "access_key": options.text(aliases=["aws_access_key_id", "aws_access_key"], no_log=False),
    "secret_key": options.text(aliases=["aws_secret_access_key", "aws_secret_key"], no_log=True),
    "session_token": options.text(aliases=["aws_session_token"], no_log=True),
    "endpoint_url": options.text(aliases=["aws_endpoint_url"]),
    "validate_certs": options.flag(),
    "aws_ca_bundle": {"type": "path"},
    "aws_config": options.mapping(),
    "debug_botocore_endpoint_logs": options.flag(),
}
