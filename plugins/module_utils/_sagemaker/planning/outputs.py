# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The outputs of a deploy, as far as its plan knows them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any
from typing import Dict
from typing import List
from typing import Mapping

from ..core import plans
from ..core.ownership import OWNER_TAG
from ..deploy import addresses
from ..deploy import decisions
from ..deploy import serving
from ..resources import endpoints

if TYPE_CHECKING:
    from .deploy import Deployment

Values = Dict[str, Any]


def of(deployment: Deployment, names: List[str], notes: List[str]) -> Values:
    """Return the outputs of the role. names: of the models; notes: about the rollout."""
    url = addresses.url(deployment.current["region"], deployment.inputs["name"])
    return {
        "sagemaker_role_arn": deployment.role_arn,
        "sagemaker_endpoint_name": deployment.inputs["name"],
        "sagemaker_endpoint_config_name": deployment.before["live"],
        "sagemaker_endpoint_arn": deployment.endpoint.get("endpoint_arn", ""),
        "sagemaker_endpoint_status": deployment.endpoint.get("endpoint_status", ""),
        "sagemaker_model_names": names,
        **addresses.of_inputs(url, deployment.inputs),
        "serving": _serving(deployment),
        "previous_release": decisions.release_to_return_to(
            deployment.inputs, deployment.current, deployment.before["live"], deployment.after["keep"]
        ),
        "notes": [*rolled_back_notes(deployment.current), *notes, *deployment.scaling_notes, *_notes(deployment)],
    }


def rolled_back_notes(current: Mapping[str, Any]) -> List[str]:
    """Return a note if SageMaker rolled back the last change before this run. A later success clears the reason.

    SageMaker does not always give a reason. A later release that has never served shows the same.
    """
    serving = current["serving"]
    reason = " ".join((serving.get("failure_reason") or "").split())
    if serving.get("endpoint_status") != endpoints.IN_SERVICE:
        return []
    if not reason:
        return [
            f"{name} was created after {serving['in_use']}, and has never served: its rollout was undone, or was not begun."
            for name in _unserved(current["releases"])
        ]
    return [
        f"Before this run, SageMaker rolled back the last change of the endpoint, so it kept {serving['in_use']}. Reason: {reason}"
    ]


def _unserved(releases: List[Mapping[str, Any]]) -> List[str]:
    """Return the releases of the role that were created after the live one and have never served."""
    begin = [one["creation_time"] for one in releases if one["live"]]
    return [
        one["endpoint_config_name"]
        for one in releases
        if begin and one["owned"] and not one["live"] and not one["served"] and one["creation_time"] > begin[0]
    ]


def _serving(deployment: Deployment) -> Values:
    """Return what serves after the run, with the initial counts of the configuration or those that an autoscaler has set."""
    current = deployment.current["serving"]
    # A scheduled action may have set other limits than the variables.
    planned = {target["resource_id"]: target for target in deployment.targets}
    targets = [planned.get(target["resource_id"], target) for target in deployment.inputs["autoscaling"]]
    foreign = deployment.before["foreign_targets"]
    targets += [target for target in current.get("scalable_targets", ()) if target["resource_id"] in foreign]
    name = deployment.endpoint.get("endpoint_config_name", deployment.before["live"])
    config = deployment.config if name == deployment.before["live"] else current.get("endpoint_config", {})
    serving_after = serving.of_config(name, config, targets)
    action = deployment.rollout_results()["endpoint"]["action"]
    if action in (plans.NONE, plans.RETAG, plans.WAIT) or name != deployment.before["live"]:
        serving_after = serving.with_counts(serving_after, deployment.endpoint)
    elif action == plans.UPDATE:
        ids = [target["resource_id"] for target in targets]
        serving_after = serving.after_update(
            serving_after, deployment.endpoint, current.get("endpoint_config", {}), config, ids
        )
    invocation = {
        **serving_after["invocation"],
        **serving.targets_of(deployment.inputs["models"], deployment.inputs["inference_components"]),
    }
    components = serving.components(deployment.components, targets)
    return {**serving_after, "inference_components": components, "invocation": invocation}


def _notes(deployment: Deployment) -> List[str]:
    """Return notes about resources that stay unchanged, with the reason."""
    foreign = ", ".join(deployment.before["foreign_targets"])
    if not foreign:
        return []
    return [
        f"{foreign} stays registered with Application Auto Scaling: it does not carry the tag {OWNER_TAG}, so somebody else created "
        "it. To take it over, give sagemaker_endpoint_autoscaling_config; to remove it, use mlops.sagemaker.sagemaker_autoscaling "
        "with state absent."
    ]
