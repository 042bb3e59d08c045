# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""botocore's service models: the exact shape of each request and answer."""

from __future__ import annotations

from functools import lru_cache

import botocore.session
from botocore.model import OperationModel
from botocore.model import ServiceModel


@lru_cache(maxsize=None)
def _session() -> botocore.session.Session:
    return botocore.session.Session()


@lru_cache(maxsize=None)
def service(name: str) -> ServiceModel:
    """The model of a service by botocore's name, for example "sagemaker-runtime"."""
    return _session().get_service_model(name)


@lru_cache(maxsize=None)
def operation(service_name: str, operation_name: str) -> OperationModel:
    return service(service_name).operation_model(operation_name)


@lru_cache(maxsize=None)
def partition_of(region: str) -> str:
    """The partition that a region lies in. behaviour 1.8"""
    return _session().get_partition_for_region(region)


@lru_cache(maxsize=None)
def known_services() -> frozenset[str]:
    return frozenset(_session().get_available_services())
