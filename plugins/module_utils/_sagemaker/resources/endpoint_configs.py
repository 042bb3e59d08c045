# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Endpoint configurations: their specifics. For the rest see immutables."""

from __future__ import annotations

from typing import Any
from typing import Dict
from typing import Iterator
from typing import List
from typing import Mapping

from ..api.client import AwsClients
from ..core import errors
from ..core.errors import ServiceError
from ..core.plans import Result
from ..core.problems import Problem
from ..core.types import Api
from ..core.types import Options
from ..rules import endpoint_config as endpoint_config_rules
from ..rules import variants as variant_rules
from . import immutables
from . import in_use
from . import models
from . import variants


def ensure(aws: AwsClients, params: Mapping[str, Any], check_mode: bool) -> Result:
    """Create, tag or delete an endpoint configuration."""
    return immutables.ensure(KIND, aws, params, check_mode)


def info(aws: AwsClients, params: Mapping[str, Any]) -> Dict[str, Any]:
    """{"endpoint_configs": [...]}"""
    return immutables.info(KIND, aws, params, "endpoint_configs")


def refusals(aws: AwsClients, config: Options) -> List[Problem]:
    """Return the problems of models that variants name, because some kinds of variants do not support every model."""
    return list(_refusals(aws, config))


def _refusals(aws: AwsClients, config: Options) -> Iterator[Problem]:
    for path, variant in variant_rules.by_path(config):
        if not endpoint_config_rules.minds_models(config, variant):
            continue
        for name in sorted(variant_rules.models_of(variant)):
            # The model may be created later.
            model = aws.sagemaker.options("CreateModel", models.look_up(aws, name) or {})
            for given, what in endpoint_config_rules.unfit_models(config, variant, model):
                text = f"{given} and the model {name} are mutually exclusive, because it has {what.text}."
                yield Problem(f"{path}.model_name", text)


def _is_late(aws: AwsClients, request: Api, error: ServiceError) -> bool:
    """Return whether the service does not see an existing model of a variant yet."""
    return errors.is_not_found(error, "model") and immutables.is_named(
        models.KIND, aws, variants.models_of(request), error
    )


def _users(aws: AwsClients, name: str) -> List[str]:
    return in_use.config_users(aws, name)


KIND = immutables.Kind(
    noun="endpoint_config",
    title="endpoint configuration",
    resource="endpoint-config",
    name="EndpointConfigName",
    arn="EndpointConfigArn",
    create="CreateEndpointConfig",
    describe="DescribeEndpointConfig",
    delete="DeleteEndpointConfig",
    listing="ListEndpointConfigs",
    listed="EndpointConfigs",
    rules=endpoint_config_rules.problems,
    refusals=refusals,
    users=_users,
    is_late=_is_late,
)
