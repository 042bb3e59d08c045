# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The start of a plan: the current state of the endpoint, and the problems that follow from it."""

from __future__ import annotations

from typing import Any
from typing import Dict
from typing import Iterator
from typing import Mapping

from ..api.client import AwsClients
from ..core import errors
from ..core import secrets
from ..core.problems import Problem
from ..early_checks import component_checks
from ..early_checks import cost_limit
from ..early_checks import endpoint_checks
from ..early_checks import request_problems
from ..early_checks import unscaled_variants
from ..release import current
from ..release.current import Current
from ..resources import endpoints

# The inputs that look takes, by state, with those that have another name there.
_LOOK = {
    "rollback": ("places",),
    "absent": ("name_prefix", "places"),
    "stopped": ("name_prefix", "places"),
    "started": ("name_prefix", "places"),
    "present": (
        "name_prefix",
        "models",
        "endpoint_config",
        "inference_components",
        "autoscaling",
        "deployment_config",
        "smoke_test",
        "wait",
        "tags",
        "purge_tags",
        "release_marker",
        "max_hourly_cost",
        "price_file",
        "places",
    ),
}


def params_of(inputs: Mapping[str, Any], state: str) -> Dict[str, Any]:
    """Return the parameters of look."""
    look = {option: inputs.get(option) for option in _LOOK[state]}
    look["endpoint_name"] = inputs["name"]
    look[secrets.OPTION] = inputs.get(secrets.OPTION)
    if state == "present":
        look["execution_role_arn"] = inputs["sg_role_arn"]
    return look


def look(aws: AwsClients, params: Mapping[str, Any], check_mode: bool = False) -> Dict[str, Any]:
    """Return the current state of the endpoint, like sagemaker_endpoint_release_info, and for a deploy its
    unscaled_variants.

    Raises InputError with all problems of the steps that can be detected beforehand.
    """
    # Problems of the variables are reported first, even if AWS is unreachable.
    with errors.Problems(request_problems.problems(aws, params, check_mode)).raised() as wrong:
        described = current.look(aws, params)
        wrong.extend(request_problems.with_variables(params, _endpoint_problems(described, params)))
        if params.get("endpoint_config"):
            wrong.extend(cost_limit.problems(aws, params))
            serving = described.values["serving"]
            if described.endpoint is not None:
                targets = serving["scalable_targets"]
                serving["unscaled_variants"] = unscaled_variants.find(aws, described.endpoint, targets, params)
            wrong.extend(_deploy_problems(aws, described, params))
    return described.values


def _endpoint_problems(described: Current, params: Mapping[str, Any]) -> Iterator[Problem]:
    yield from endpoint_checks.waiting_problems(described.endpoint, params)
    yield from current.spelling_problems(described.endpoint, params["endpoint_name"])


def _deploy_problems(aws: AwsClients, described: Current, params: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield the problems of the desired state that the current state causes."""
    serving = described.values["serving"]
    hosted = serving.get("inference_components", [])
    yield from component_checks.problems(aws, params, hosted)
    deploys = not serving or not serving["endpoint_config"] or bool(serving["differences"])
    deploys = deploys or (bool(params.get("release_marker")) and not serving["owned"])
    yield from request_problems.model_problems(aws, params, deploys, [one["name"] for one in hosted])
    if described.endpoint is None or described.endpoint["EndpointStatus"] == endpoints.FAILED:
        return
    if deploys:
        yield from request_problems.with_variables(
            params, endpoint_checks.update_problems(aws, described.endpoint, described, params)
        )
    yield from request_problems.with_variables(params, endpoint_checks.tag_problems(described, params))
