# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of the role sagemaker_endpoint, put together from the results of its tasks. Pure."""

from __future__ import annotations

from typing import Any
from typing import Collection
from typing import Dict
from typing import List
from typing import Mapping

from ..core import plans
from ..core.plans import Change
from ..core.plans import Plan

Result = Mapping[str, Any]


def assemble(results: Mapping[str, Any], known_alarms: Collection[str] = ()) -> Dict[str, Any]:
    """The plans of the parts of a deploy.

    results: what the tasks registered under iam_role, models, endpoint_config, endpoint, tested, inference_components,
    dropped_alarms, autoscaling, alarms, dropped_targets, dropped_components, releases, permissions, earlier_roles; of loops with their
    C(results). One that was skipped or is missing does nothing. Besides them model_changes, why there are other models, and
    postponed_targets, the resource ids of targets that only the next run can register.
    known_alarms: names of the alarms that there were before.

    Returns C({"iam_role": plan, "models": [plan], "endpoint_config": plan, "endpoint": plan, "inference_components": [plan],
    "autoscaling": [plan], "pruned": plan}), a plan being C({"action", "changes", "calls"}), and in a list C(name) besides.
    """
    return {
        "iam_role": _merged([_one(results, "iam_role"), *_several(results, "iam_role")]),
        "models": _several(results, "models", "model", "model_name"),
        "endpoint_config": _one(results, "endpoint_config"),
        "endpoint": _endpoint(results),
        "inference_components": _several(
            results, "inference_components", "inference_component", "inference_component_name"
        ),
        "autoscaling": [
            *_alarms(results, "dropped_alarms", known_alarms),
            *_several(results, "autoscaling", "scalable_target", "resource_id"),
            *_alarms(results, "alarms", known_alarms),
            *_several(results, "dropped_targets", "__sagemaker_endpoint_target", "resource_id"),
            *_postponed(results),
        ],
        "pruned": _merged(
            [
                *_several(results, "dropped_components"),
                _one(results, "releases"),
                _one(results, "permissions"),
                *_several(results, "earlier_roles"),
            ]
        ),
    }


def _one(results: Mapping[str, Any], part: str) -> Dict[str, Any]:
    return dict((results.get(part) or {}).get("plan") or Plan().as_dict())


def _several(results: Mapping[str, Any], part: str, noun: str = "", member: str = "") -> List[Dict[str, Any]]:
    """The plans of a loop's items, each with the name of its thing: this member under this noun, else the item itself."""
    items = [item for item in (results.get(part) or {}).get("results") or () if item.get("plan")]
    return [
        {"name": (item.get(noun) or {}).get(member) or item.get("__sagemaker_endpoint_item"), **item["plan"]}
        for item in items
    ]


def _endpoint(results: Mapping[str, Any]) -> Dict[str, Any]:
    """The rollout, why there are other models, and the entry into the history that follows a test that was passed."""
    plan = _one(results, "endpoint")
    if "UpdateEndpoint" in plan["calls"]:
        plan["changes"] = [*plan["changes"], *results.get("model_changes", ())]
    tested = results.get("tested") or {}
    if not tested.get("changed"):
        return plan
    # In check mode it is the same rollout once more, because the first one has not happened.
    known = {change["path"] for change in plan["changes"]}
    entered = [change for change in tested["plan"]["changes"] if change["path"] not in known]
    return {
        "action": plans.RETAG if plan["action"] in (plans.NONE, plans.WAIT) else plan["action"],
        "changes": [*plan["changes"], *entered],
        "calls": [*plan["calls"], "AddTags"],
    }


def _alarms(results: Mapping[str, Any], part: str, known: Collection[str]) -> List[Dict[str, Any]]:
    """The plans of alarms, of which amazon.aws tells only whether they changed."""
    found = []
    for item in (results.get(part) or {}).get("results") or ():
        if not item.get("changed"):
            continue
        if part == "dropped_alarms":
            name = item["__sagemaker_endpoint_item"]
            plan = Plan(plans.DELETE, [Change(f"alarms[{name}]", name, None)], ["DeleteAlarms"])
        else:
            name = item["__sagemaker_endpoint_target"]["alarm"]["name"]
            before = name if name in known else None
            action = plans.UPDATE if before else plans.CREATE
            plan = Plan(action, [Change(f"alarms[{name}]", before, name)], ["PutMetricAlarm"])
        found.append({"name": name, **plan.as_dict()})
    return found


def _postponed(results: Mapping[str, Any]) -> List[Dict[str, Any]]:
    """Return the plans of targets of variants that are not there yet when a run ends that does not wait."""
    plan = Plan(plans.WAIT, [Change("next_run", None, "RegisterScalableTarget")])
    return [{"name": name, **plan.as_dict()} for name in results.get("postponed_targets") or ()]


def _merged(several: List[Dict[str, Any]]) -> Dict[str, Any]:
    """Several plans as one, by the name of the first action."""
    return {
        "action": next((plan["action"] for plan in several if plan["action"] != plans.NONE), plans.NONE),
        "changes": [change for plan in several for change in plan["changes"]],
        "calls": [call for plan in several for call in plan["calls"]],
    }
