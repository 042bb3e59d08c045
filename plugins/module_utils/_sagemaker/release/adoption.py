# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compare a configuration that somebody else created with the desired one.

An endpoint that somebody else created (Terraform, the console) is adopted: if the content of its configuration and
models equals the desired content, nothing has to be deployed. Names do not count, nor does the execution role unless
one is given.
"""

from __future__ import annotations

from typing import Any
from typing import List
from typing import Mapping
from typing import Optional

from ..api.client import AwsClients
from ..core.plans import Change
from ..core.types import Api
from ..resources import immutables
from ..resources import models
from ..resources import variants
from ..schema import compare
from ..schema import shapes


def differences(aws: AwsClients, config: Api, params: Mapping[str, Any]) -> List[Change]:
    """Return the differences of a configuration and its models from the desired ones. Names do not count.

    params: models, endpoint_config and execution_role_arn, see sagemaker_endpoint_release_info.
    """
    shape = aws.sagemaker.input_shape("CreateEndpointConfig")
    desired = shapes.to_api(shape, params["endpoint_config"])
    changes = _diff(shape, desired, config, "")
    serving = {variant["VariantName"]: variant.get("ModelName") for variant in variants.of(config)}
    for model in params.get("models") or []:
        for variant in model["variants"]:
            path = f"models[{variant}]"
            changes += model_differences(aws, model, serving.get(variant), params.get("execution_role_arn"), path)
    return changes


def model_differences(
    aws: AwsClients, desired: Mapping[str, Any], name: Optional[str], role: Optional[str], path: str
) -> List[Change]:
    """Return what differs between the model of this name and the desired one, with paths below this one. role: the desired role, if any."""
    current = immutables.describe(models.KIND, aws, name) if name else None
    if current is None:
        return [Change(path, None, "a model")]
    shape = aws.sagemaker.input_shape("CreateModel")
    known = shapes.members_by_option(shape)
    request = shapes.to_api(shape, {option: value for option, value in desired.items() if option in known})
    if role:
        request["ExecutionRoleArn"] = role
    # A single container may be in either form.
    if "PrimaryContainer" in request and len(current.get("Containers", [])) == 1:
        current = {**current, "PrimaryContainer": current["Containers"][0], "Containers": []}
    return _diff(shape, request, current, path)


# Names may differ, and so may values that SageMaker fills in.
_FILLED_IN = (*compare.SERVER_DEFAULTS, "model_name", "endpoint_config_name", "execution_role_arn")


def _diff(shape: Any, desired: Api, current: Api, path: str) -> List[Change]:
    """Return the differences in both directions: desired values that differ, and live values that are not desired."""
    return compare.diff(shape, desired, current, path, _FILLED_IN)
