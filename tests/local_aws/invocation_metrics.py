# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Invocations as metrics of CloudWatch, which moto keeps. behaviour 15"""

from __future__ import annotations

from datetime import datetime
from datetime import timezone

from local_aws.world import Call

NAMESPACE = "AWS/SageMaker"
INVOCATIONS = "Invocations"
# What an asynchronous endpoint publishes instead. behaviour 15.2
PROCESSED = "InvocationsProcessed"


def of_variant(endpoint: str, variant: str) -> dict[str, str]:
    return {"EndpointName": endpoint, "VariantName": variant}


def of_component(component: str) -> dict[str, str]:
    return {"InferenceComponentName": component}


def count(call: Call, metric: str, dimensions: dict[str, str]) -> None:
    """One more."""
    from moto.cloudwatch.models import cloudwatch_backends

    datum = {
        "MetricName": metric,
        "Value": 1,
        # moto has times without a zone.
        "Timestamp": datetime.fromtimestamp(call.now, timezone.utc).replace(tzinfo=None),
        "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
    }
    cloudwatch_backends[call.region.account][call.region.name].put_metric_data(NAMESPACE, [datum])
