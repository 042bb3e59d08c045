# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Models: their specifics. For the rest see immutables."""

from __future__ import annotations

from typing import Any
from typing import Dict
from typing import List
from typing import Mapping
from typing import Optional

from ..api.client import AwsClients
from ..core import errors
from ..core.errors import ServiceError
from ..core.plans import Result
from ..core.problems import Problem
from ..core.types import Api
from ..core.types import Options
from ..rules import model as model_rules
from . import immutables
from . import in_use


def ensure(aws: AwsClients, params: Mapping[str, Any], check_mode: bool) -> Result:
    """Create, tag or delete a model."""
    return immutables.ensure(KIND, aws, params, check_mode)


def info(aws: AwsClients, params: Mapping[str, Any]) -> Dict[str, Any]:
    """{"models": [...]}"""
    return immutables.info(KIND, aws, params, "models")


def look_up(aws: AwsClients, name: str) -> Optional[Api]:
    """Return the model with this name, None if it does not exist, {} if the caller may not describe models."""
    try:
        return immutables.describe(KIND, aws, name)
    except ServiceError as error:
        if errors.is_denied(error):
            return {}
        raise


def refusals(aws: AwsClients, model: Options) -> List[Problem]:
    """Return the problems of a model that depend on its region."""
    return list(model_rules.region_rules(model, aws.sagemaker.region))


def _users(aws: AwsClients, name: str) -> List[str]:
    return in_use.model_users(aws, name)


KIND = immutables.Kind(
    noun="model",
    title="model",
    resource="model",
    name="ModelName",
    arn="ModelArn",
    create="CreateModel",
    describe="DescribeModel",
    delete="DeleteModel",
    listing="ListModels",
    listed="Models",
    rules=model_rules.problems,
    refusals=refusals,
    users=_users,
)
