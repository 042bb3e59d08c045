# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of a destroy: all resources that were created for an endpoint, from its scalable targets to its execution
role."""

from __future__ import annotations

from functools import partial
from typing import Any
from typing import Collection
from typing import Dict
from typing import Iterator
from typing import Mapping

from ..argspec import endpoint as endpoint_options
from ..argspec import release as release_options
from ..argspec.options import with_defaults
from ..core import plans
from ..core.errors import SageMakerError
from ..core.ownership import OWNER_TAG
from ..core.plans import Plan
from ..deploy import addresses
from ..deploy import decisions
from ..deploy import serving
from ..deploy import steps
from ..deploy import tasks
from ..release import releases
from ..resources import inference_components
from ..rollout import endpoint as endpoint_rollout
from . import execution_role
from . import removals
from .recorder import Recorder


def plan(recorder: Recorder, inputs: Mapping[str, Any], current: Mapping[str, Any]) -> Dict[str, Any]:
    """Return the result of plan_info. Raises SageMakerError for resources that the role must not delete."""
    _refuse_foreign(inputs, current)
    aws, components = recorder.aws, decisions.all_components(current)
    removed = {
        "alarms": decisions.known_alarms(current),
        "targets": decisions.component_targets(current),
        "components": components,
    }
    removals.take(recorder, inputs, current, removed, components, steps.COMPONENTS)
    # DeleteEndpoint deregisters them.
    for target in decisions.variant_targets(current):
        recorder.add(steps.BY_SERVICE, steps.AUTOSCALING, steps.deregistration(), target["resource_id"])
    options = with_defaults(tasks.removed_endpoint(inputs, components), endpoint_options.ENDPOINT)
    recorder.take(steps.REMOVE_ENDPOINT, steps.ENDPOINT, partial(endpoint_rollout.ensure, aws, options, True))
    options = with_defaults(tasks.removed_releases(inputs, current), release_options.RELEASES)
    shared_models: Collection[str] = ()
    if recorder.applies:
        # Resources that other endpoints need are determined after the endpoint was deleted, and decide which roles
        # stay.
        pruning = Plan(plans.DELETE if releases.has_any(aws, options) else plans.NONE)
    else:
        pruned = releases.ensure(aws, options, True)
        pruning, shared_models = pruned.plan, pruned.lent
    recorder.add(steps.RELEASES, steps.PRUNED, pruning.as_dict(), inputs["name"])
    for options in tasks.removed_roles(inputs, current, shared_models):
        recorder.take(steps.PRUNE_ROLES, steps.IAM_ROLE, partial(execution_role.ensure, aws, options))
    return {
        "outputs": {
            "sagemaker_role_arn": inputs["sg_role_arn"] or "",
            "sagemaker_endpoint_name": inputs["name"],
            "sagemaker_endpoint_config_name": "",
            "sagemaker_endpoint_arn": "",
            "sagemaker_endpoint_status": "",
            "sagemaker_model_names": [],
            **addresses.NOWHERE,
            "serving": dict(serving.NOTHING),
            "previous_release": "",
            "notes": list(_notes(inputs, current)),
        }
    }


def _refuse_foreign(inputs: Mapping[str, Any], current: Mapping[str, Any]) -> None:
    name, serving = inputs["name"], current["serving"]
    if not serving.get("endpoint_owned", True):
        raise SageMakerError(
            f"The endpoint {name} exists, but it does not carry the tag {OWNER_TAG} with its name: this role neither created it nor "
            "took it over, so it is not deleted. To take it over deploy it first; to delete it as it is use "
            "mlops.sagemaker.sagemaker_endpoint with state absent."
        )
    foreign = [one["name"] for one in serving.get("inference_components", ()) if not one["owned"]]
    inference_components.refuse_foreign(name, foreign)


def _notes(inputs: Mapping[str, Any], current: Mapping[str, Any]) -> Iterator[str]:
    name, prefix = inputs["name"], inputs["name_prefix"]
    denied = current["tagging_denied"]
    if not (current["serving"] or current["releases"] or current["orphaned_models"]):
        which = f"whose name starts with {prefix} " if denied else ""
        account = f", account {current['account_id']}" if current["account_id"] else ""
        yield (
            f"The endpoint {name} does not exist in {current['region']}{account}, and no model or endpoint configuration {which}there carries the "
            f"tag {OWNER_TAG} with its name. If it should exist, correct the name, the region or the credentials."
        )
    if denied:
        prefixes = ", ".join(dict.fromkeys([prefix, *current["name_prefixes"]]))
        yield f"Only names that start with {prefixes} were read, because tag:GetResources is denied."
    targets = ", ".join(one["resource_id"] for one in decisions.variant_targets(current) if not one["owned"])
    if targets:
        yield (
            f"AWS deregisters {targets} with the endpoint, although it does not carry the tag {OWNER_TAG}: somebody else created it, so a "
            "deploy does not create it again."
        )
    foreign = [one for one in current["releases"] if not one["owned"]]
    if foreign:
        configs = ", ".join(one["endpoint_config_name"] for one in foreign)
        models = ", ".join(dict.fromkeys(model for one in foreign for model in one["model_names"]))
        yield (
            f"The endpoint configuration {configs} and the models {models} do not carry the tag {OWNER_TAG}: they were adopted with "
            "the endpoint, and they stay. To delete them with it, give them that tag before."
        )
