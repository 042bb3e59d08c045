# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Resources that live endpoints need: the configurations that they use or are being updated to, and their models.

AWS deletes a configuration or a model that is in use without an error, and the endpoint can then neither be updated nor
scale out. Every deletion therefore checks this first.
"""

from __future__ import annotations

from typing import Dict
from typing import List
from typing import Mapping
from typing import Optional
from typing import Set

from ..api.client import AwsClients
from ..core import errors
from ..core.errors import ServiceError
from ..core.types import Api
from . import inference_components
from . import variants


def describe_endpoint(aws: AwsClients, name: str) -> Optional[Api]:
    """Return the description of the endpoint, None if it does not exist."""
    try:
        return aws.sagemaker.call("DescribeEndpoint", {"EndpointName": name})
    except ServiceError as error:
        if errors.is_not_found(error, "endpoint"):
            return None
        raise


def configs_of(endpoint: Api) -> Set[str]:
    """Return the configurations that an endpoint uses or is being updated to."""
    return {endpoint["EndpointConfigName"], endpoint.get("PendingDeploymentSummary", {}).get("EndpointConfigName")} - {
        None
    }


def configs_in_use(aws: AwsClients) -> Dict[str, List[str]]:
    """Return {configuration: endpoints that use it or are being updated to it} for the account and region."""
    used: Dict[str, List[str]] = {}
    for summary in aws.sagemaker.pages("ListEndpoints", {}, "Endpoints"):
        endpoint = describe_endpoint(aws, summary["EndpointName"])
        # An endpoint may be deleted between listing and describing.
        for config in configs_of(endpoint) if endpoint else ():
            used.setdefault(config, []).append(endpoint["EndpointName"])
    return used


def models_in_use(aws: AwsClients, configs: Mapping[str, List[str]]) -> Dict[str, List[str]]:
    """Return {model: endpoints that need it}, from the result of configs_in_use and from inference components."""
    used: Dict[str, List[str]] = {}
    hosting: Set[str] = set()
    for name, endpoints in configs.items():
        try:
            config = aws.sagemaker.call("DescribeEndpointConfig", {"EndpointConfigName": name})
        except ServiceError as error:
            # It was deleted while in use, so its models are unknown.
            if errors.is_not_found(error, "endpoint configuration"):
                continue
            raise
        for model in variants.models_of(config):
            used.setdefault(model, []).extend(endpoints)
        if variants.hosts_components(config):
            hosting.update(endpoints)
    of_components = inference_components.models_of_components(aws, hosting) if hosting else {}
    for model, endpoints in of_components.items():
        used.setdefault(model, []).extend(endpoints)
    return used
