# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Resources that endpoints need: the configurations that they use or are being updated to, and their models. A stopped endpoint needs
those that its start brings back.

AWS deletes a configuration or a model that is in use without an error, and the endpoint can then neither be updated nor
scale out. Every deletion therefore checks this first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict
from typing import Iterable
from typing import List
from typing import Mapping
from typing import Optional
from typing import Set

from ..api.client import AwsClients
from ..core import errors
from ..core.errors import ServiceError
from ..core.types import Api
from . import inference_components
from . import stop_records
from . import variants
from .stop_records import Record


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
        config = _config(aws, name)
        for model in variants.models_of(config):
            used.setdefault(model, []).extend(endpoints)
        if variants.hosts_components(config):
            hosting.update(endpoints)
    of_components = inference_components.models_of_components(aws, hosting) if hosting else {}
    for model, endpoints in of_components.items():
        used.setdefault(model, []).extend(endpoints)
    return used


def _config(aws: AwsClients, name: str) -> Api:
    """Return a configuration, {} if it was deleted while in use, so that its models are unknown."""
    try:
        return aws.sagemaker.call("DescribeEndpointConfig", {"EndpointConfigName": name})
    except ServiceError as error:
        if errors.is_not_found(error, "endpoint configuration"):
            return {}
        raise


@dataclass(frozen=True)
class InUse:
    """What live and stopped endpoints of the account and region need: {configuration: their names} and {model: their names}."""

    configs: Dict[str, List[str]]
    models: Dict[str, List[str]]


def read(aws: AwsClients, but: str) -> InUse:
    """Return what is in use. but: an endpoint whose own record does not count."""
    configs = configs_in_use(aws)
    found = InUse(configs, models_in_use(aws, configs))
    for record in stop_records.of_all(aws):
        if record.endpoint_name != but:
            found.configs.setdefault(record.endpoint_config_name, []).append(record.endpoint_name)
            for model in _models_of(aws, record):
                found.models.setdefault(model, []).append(record.endpoint_name)
    return found


def _models_of(aws: AwsClients, record: Record) -> Set[str]:
    return variants.models_of(_config(aws, record.endpoint_config_name)) | record.models


def config_users(aws: AwsClients, name: str) -> List[str]:
    """Return the endpoints that need a configuration, for a message."""
    stopped = [one for one in stop_records.of_all(aws) if one.endpoint_config_name == name]
    return _named(configs_in_use(aws).get(name, []), stopped)


def model_users(aws: AwsClients, name: str) -> List[str]:
    """Return the endpoints that need a model, for a message."""
    stopped = [one for one in stop_records.of_all(aws) if name in _models_of(aws, one)]
    return _named(models_in_use(aws, configs_in_use(aws)).get(name, []), stopped)


def _named(live: Iterable[str], stopped: Iterable[Record]) -> List[str]:
    names = set(live)
    return sorted([*names, *{f"{one.endpoint_name} (stopped)" for one in stopped if one.endpoint_name not in names}])
