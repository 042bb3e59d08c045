# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of sagemaker_endpoint_config and sagemaker_endpoint_config_info.

They are the input members of CreateEndpointConfig and ListEndpointConfigs. Enumerations that AWS extends every few
months (instance types, AMI versions, routing strategies, languages, ...) are plain texts here, because the module
passes a value that the installed botocore does not know on to the service, with a warning. rules.endpoint_config checks
the members of a variant against each other, because its messages name the variant.
"""

from __future__ import annotations

from .options import GENERATED_NAME
from .options import LISTING
from .options import STATE
from .options import TAGS
from .options import VPC_CONFIG
from .options import Option
from .options import Options
from .options import choice
from .options import flag
from .options import integer
from .options import number
from .options import structure
from .options import structures
from .options import text
from .options import texts

# The name of a key is not secret.
KMS_KEY: Option = text(no_log=False)

VARIANT: Options = {
    "variant_name": text(required=True),
    "model_name": text(),
    "initial_instance_count": integer(),
    "instance_type": text(),
    "instance_pools": structures(
        {
            "instance_type": text(required=True),
            "model_name_override": text(),
            "priority": integer(required=True),
        }
    ),
    "variant_instance_provision_timeout_in_seconds": integer(),
    "initial_variant_weight": number(),
    "accelerator_type": text(),
    "core_dump_config": structure({"destination_s3_uri": text(required=True), "kms_key_id": KMS_KEY}),
    "serverless_config": structure(
        {
            "memory_size_in_mb": integer(required=True, aliases=["memory_size_in_m_b"]),
            "max_concurrency": integer(required=True),
            "provisioned_concurrency": integer(),
        }
    ),
    "volume_size_in_gb": integer(),
    "model_data_download_timeout_in_seconds": integer(),
    "container_startup_health_check_timeout_in_seconds": integer(),
    "enable_ssm_access": flag(),
    "managed_instance_scaling": structure(
        {
            "status": choice("ENABLED", "DISABLED"),
            "min_instance_count": integer(),
            "max_instance_count": integer(),
            "scale_in_policy": structure(
                {
                    "strategy": text(required=True),
                    "maximum_step_size": integer(),
                    "cooldown_in_minutes": integer(),
                }
            ),
        }
    ),
    "routing_config": structure(
        {
            "routing_strategy": text(required=True),
            "prefix_aware_routing_config": structure({"prefix_length": integer(), "concurrency_threshold": integer()}),
        }
    ),
    "inference_ami_version": text(),
    "capacity_reservation_config": structure({"capacity_reservation_preference": text(), "ml_reservation_arn": text()}),
    "accelerator_partition_layouts": structures({"accelerator_partition_types": texts()}),
}

DATA_CAPTURE_CONFIG: Option = structure(
    {
        "enable_capture": flag(),
        "initial_sampling_percentage": integer(required=True),
        "destination_s3_uri": text(required=True),
        "kms_key_id": KMS_KEY,
        "capture_options": structures(
            {"capture_mode": choice("Input", "Output", "InputAndOutput", required=True)}, required=True
        ),
        "capture_content_type_header": structure({"csv_content_types": texts(), "json_content_types": texts()}),
    }
)

ASYNC_INFERENCE_CONFIG: Option = structure(
    {
        "client_config": structure({"max_concurrent_invocations_per_instance": integer()}),
        "output_config": structure(
            {
                "kms_key_id": KMS_KEY,
                "s3_output_path": text(),
                "notification_config": structure(
                    {
                        "success_topic": text(),
                        "error_topic": text(),
                        "include_inference_response_in": texts(
                            choices=["SUCCESS_NOTIFICATION_TOPIC", "ERROR_NOTIFICATION_TOPIC"]
                        ),
                    }
                ),
                "s3_failure_path": text(),
            },
            required=True,
        ),
    }
)

EXPLAINER_CONFIG: Option = structure(
    {
        "clarify_explainer_config": structure(
            {
                "enable_explanations": text(),
                "inference_config": structure(
                    {
                        "features_attribute": text(),
                        "content_template": text(),
                        "max_record_count": integer(),
                        "max_payload_in_mb": integer(aliases=["max_payload_in_m_b"]),
                        "probability_index": integer(),
                        "label_index": integer(),
                        "probability_attribute": text(),
                        "label_attribute": text(),
                        "label_headers": texts(),
                        "feature_headers": texts(),
                        "feature_types": texts(choices=["numerical", "categorical", "text"]),
                    }
                ),
                "shap_config": structure(
                    {
                        "shap_baseline_config": structure(
                            {"mime_type": text(), "shap_baseline": text(), "shap_baseline_uri": text()}, required=True
                        ),
                        "number_of_samples": integer(),
                        "use_logit": flag(),
                        "seed": integer(),
                        "text_config": structure(
                            {
                                "language": text(required=True),
                                "granularity": choice("token", "sentence", "paragraph", required=True),
                            }
                        ),
                    },
                    required=True,
                ),
            }
        )
    }
)

ENDPOINT_CONFIG = {
    "argument_spec": {
        **STATE,
        "name": text(aliases=["endpoint_config_name"]),
        **GENERATED_NAME,
        "production_variants": structures(VARIANT),
        "shadow_production_variants": structures(VARIANT),
        "data_capture_config": DATA_CAPTURE_CONFIG,
        "kms_key_id": KMS_KEY,
        "async_inference_config": ASYNC_INFERENCE_CONFIG,
        "explainer_config": EXPLAINER_CONFIG,
        "execution_role_arn": text(),
        "vpc_config": VPC_CONFIG,
        "enable_network_isolation": flag(),
        "metrics_config": structure(
            {
                "enable_enhanced_metrics": flag(),
                "enable_detailed_observability": flag(),
                "metric_publish_frequency_in_seconds": integer(),
            }
        ),
        "cross_region_traffic_config": structure(
            {
                "max_invocations_per_second_per_instance": integer(required=True),
                "max_cross_region_percent_per_endpoint": integer(required=True),
            }
        ),
        **TAGS,
    },
    "mutually_exclusive": [("name", "name_prefix")],
    "required_one_of": [("name", "name_prefix")],
    "required_if": [("state", "present", ("production_variants",))],
    # The name is derived from the content, so the content is needed even to delete.
    "required_by": {"name_prefix": "production_variants", "name_scope": "name_prefix"},
}

ENDPOINT_CONFIG_INFO = {"argument_spec": {"name": text(aliases=["endpoint_config_name"]), **LISTING}}
