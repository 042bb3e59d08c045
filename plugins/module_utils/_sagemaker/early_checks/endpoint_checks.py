# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check the desired state of an endpoint against the current one, before any change."""

from __future__ import annotations

from typing import Any
from typing import Iterator
from typing import List
from typing import Mapping
from typing import Optional

from ..api.client import AwsClients
from ..argspec import endpoint as endpoint_options
from ..argspec.options import with_defaults
from ..core import errors
from ..core import ownership
from ..core.problems import Problem
from ..core.types import Api
from ..release.current import Current
from ..resources import endpoints
from ..rollout.endpoint_plan import update
from ..rollout.endpoint_plan.desired_endpoint import DesiredEndpoint
from ..rules import tags as tag_rules
from . import request_problems


def waiting_problems(endpoint: Optional[Api], params: Mapping[str, Any]) -> Iterator[Problem]:
    """Return the problems of a deploy without waiting: a variant can be scaled only once it is in service."""
    is_new = endpoint is None or endpoint["EndpointStatus"] == endpoints.FAILED
    if is_new and params.get("autoscaling") and not params.get("wait", True):
        yield Problem(
            "wait",
            "must be true with autoscaling of an endpoint that does not exist yet, got false. AWS scales a variant only once it is "
            "in service: wait for it, or leave out the autoscaling of this first deploy.",
        )


def update_problems(aws: AwsClients, endpoint: Api, current: Current, params: Mapping[str, Any]) -> List[Problem]:
    """Return the problems of the endpoint's update to the desired state."""
    serving = current.values["serving"]
    config = request_problems.with_models(params["endpoint_config"], params.get("models") or [])
    options = {
        "name": endpoint["EndpointName"],
        "endpoint_config_name": config["endpoint_config_name"],
        "endpoint_config": config,
        "deployment_config": params.get("deployment_config"),
        "unscaled_variants": serving["unscaled_variants"],
    }
    desired = DesiredEndpoint(aws, with_defaults(options, endpoint_options.ENDPOINT))
    return update.problems(
        aws, desired, {**endpoint, "EndpointConfigName": serving["endpoint_config_name"]}, current.tags
    )


def tag_problems(current: Current, params: Mapping[str, Any]) -> List[Problem]:
    """Return the problems of the desired tags of the endpoint."""
    if params.get("tags") is None:
        return []
    # While an endpoint serves a configuration that somebody else created, their tags stay.
    adopted = current.values["serving"]["matches"]
    desired = {**params["tags"], **({} if adopted else {ownership.HISTORY_TAG: ""})}
    own = {tag: value for tag, value in current.tags.items() if not ownership.is_memory(tag)}
    found = errors.Problems()
    with found.collected():
        tag_rules.change(desired, own, params.get("purge_tags", True) and not adopted)
    return found
