# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Service Quotas: the quotas of SageMaker, by name and code, with the metrics of their use. behaviour 10"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any

from local_aws import schema
from local_aws.paging import page
from local_aws.registry import handles
from local_aws.settings import UNLIMITED
from local_aws.wire import AwsError
from local_aws.world import Call

SERVICE = "service-quotas"
LARGEST_PAGE = 100
# Codes that are known of the real service. The others are made up.
CODES = {
    "ml.g5.xlarge for endpoint usage": "L-1928E07B",
    "ml.g5.2xlarge for endpoint usage": "L-9614C779",
    "ml.g6.2xlarge for endpoint usage": "L-98BDE811",
    "ml.g6e.2xlarge for endpoint usage": "L-F8D7F460",
    "ml.g6e.12xlarge for endpoint usage": "L-60313EA3",
    "ml.m5.large for endpoint usage": "L-614B09FD",
    "ml.m5.2xlarge for endpoint usage": "L-C88C8F13",
    "ml.m5.xlarge for endpoint usage": "L-2F737F8D",
}
ENDPOINTS = "for endpoint usage"
JOBS = "for training job usage"


@lru_cache(maxsize=None)
def _codes() -> dict[str, str]:
    """{code: name} of all quotas, ordered by code."""
    kinds = schema.service("sagemaker").shape_for("ProductionVariantInstanceType").enum
    names = [f"{kind} {use}" for kind in kinds for use in (ENDPOINTS, JOBS)]
    codes = {CODES.get(name) or f"L-{hashlib.sha256(name.encode()).hexdigest()[:8].upper()}": name for name in names}
    return dict(sorted(codes.items()))


@handles(SERVICE, "ListServiceQuotas")
def list_service_quotas(call: Call) -> dict[str, Any]:
    _check(call)
    wanted = call.params.get("QuotaCode")
    listed = [_shown(call, code) for code in _codes() if wanted in (None, code)]
    expired = AwsError("InvalidPaginationTokenException", "Invalid pagination token.")
    shown, token = page(listed, call.params, LARGEST_PAGE, expired)
    return {"Quotas": shown, **token}


@handles(SERVICE, "GetServiceQuota")
def get_service_quota(call: Call) -> dict[str, Any]:
    _check(call)
    if call.params["QuotaCode"] not in _codes():
        raise AwsError(
            "NoSuchResourceException", "The request failed because the specified service quota does not exist."
        )
    return {"Quota": _shown(call, call.params["QuotaCode"])}


def _check(call: Call) -> None:
    if call.params["ServiceCode"] != "sagemaker":
        raise AwsError("NoSuchResourceException", "Local AWS knows the quotas of sagemaker only.")


def _shown(call: Call, code: str) -> dict[str, Any]:
    name = _codes()[code]
    kind = name.split()[0]
    quota: dict[str, Any] = {
        "ServiceCode": "sagemaker",
        "ServiceName": "Amazon SageMaker",
        "QuotaArn": call.region.arn("servicequotas", f"sagemaker/{code}"),
        "QuotaCode": code,
        "QuotaName": name,
        "Value": float(call.world.settings.limits.get(kind, UNLIMITED)),
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
        "QuotaAppliedAtLevel": "ACCOUNT",
    }
    if name.endswith(ENDPOINTS):
        quota["UsageMetric"] = {
            "MetricNamespace": "AWS/Usage",
            "MetricName": "ResourceCount",
            "MetricDimensions": {
                "Class": "None",
                "Resource": f"endpoint/{kind}",
                "Service": "SageMaker",
                "Type": "Resource",
            },
            "MetricStatisticRecommendation": "Maximum",
        }
    return quota
