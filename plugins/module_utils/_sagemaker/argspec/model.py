# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of sagemaker_model and sagemaker_model_info: the input members of CreateModel and ListModels.

rules.model checks the members of a container against each other, because its messages name the container.
"""

from __future__ import annotations

from .options import GENERATED_NAME
from .options import LISTING
from .options import SECRET_ENVIRONMENT
from .options import STATE
from .options import TAGS
from .options import VPC_CONFIG
from .options import Options
from .options import choice
from .options import flag
from .options import integer
from .options import mapping
from .options import structure
from .options import structures
from .options import text

S3_DATA_SOURCE: Options = {
    "s3_uri": text(required=True),
    "s3_data_type": choice("S3Prefix", "S3Object", required=True),
    "compression_type": choice("None", "Gzip", required=True),
    "model_access_config": structure({"accept_eula": flag(required=True)}),
    "hub_access_config": structure({"hub_content_arn": text(required=True)}),
    "manifest_s3_uri": text(),
    "e_tag": text(aliases=["etag"]),
    "manifest_etag": text(),
}

CONTAINER: Options = {
    "container_hostname": text(),
    "image": text(),
    "image_config": structure(
        {
            "repository_access_mode": choice("Platform", "Vpc", required=True),
            "repository_auth_config": structure(
                {"repository_credentials_provider_arn": text(required=True, no_log=False)}
            ),
        }
    ),
    "mode": choice("SingleModel", "MultiModel"),
    "model_data_url": text(),
    "model_data_source": structure({"s3_data_source": structure(S3_DATA_SOURCE)}),
    "additional_model_data_sources": structures(
        {"channel_name": text(required=True), "s3_data_source": structure(S3_DATA_SOURCE, required=True)}
    ),
    # Secret values are masked by the names of the variables, because no_log would hide harmless ones as well.
    "environment": mapping(no_log=False),
    "model_package_name": text(),
    "inference_specification_name": text(),
    "multi_model_config": structure({"model_cache_setting": choice("Enabled", "Disabled")}),
    "container_metrics_config": structure(
        {
            "metrics_endpoints": structures(
                {"metrics_endpoint_path": text(required=True), "metric_publish_frequency_in_seconds": integer()}
            )
        }
    ),
}

MODEL = {
    "argument_spec": {
        **STATE,
        "name": text(aliases=["model_name"]),
        **GENERATED_NAME,
        "primary_container": structure(CONTAINER),
        "containers": structures(CONTAINER),
        "inference_execution_config": structure({"mode": choice("Serial", "Direct", required=True)}),
        "execution_role_arn": text(),
        "vpc_config": VPC_CONFIG,
        "enable_network_isolation": flag(),
        **SECRET_ENVIRONMENT,
        "force": flag(default=False),
        **TAGS,
    },
    "mutually_exclusive": [("name", "name_prefix"), ("primary_container", "containers")],
    "required_one_of": [("name", "name_prefix")],
    "required_by": {"name_scope": "name_prefix"},
}

MODEL_INFO = {
    "argument_spec": {"name": text(aliases=["model_name"]), **LISTING, "tags": mapping(), **SECRET_ENVIRONMENT},
}
