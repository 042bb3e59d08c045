# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of the role sagemaker_endpoint: its steps in order. Pure.

A step is C({"part", "group", "name", "index", "plan", "runs"}): the part to run, the group of its plan in the outputs,
the name of the resource, its index in a list of the inputs if there is one, C({"action", "changes", "calls"}), and
whether a task runs for it.
"""

from __future__ import annotations

from typing import Any
from typing import Dict
from typing import Iterable
from typing import List
from typing import Mapping
from typing import Optional

from ..core import plans
from ..core.ownership import HISTORY_TAG
from ..core.plans import Change
from ..core.plans import Plan

Step = Dict[str, Any]

# Parts of a deploy, each with a file of tasks of its name.
EXECUTION_ROLE = "execution_role"
MODELS = "models"
ENDPOINT_CONFIG = "endpoint_config"
REMOVE_ALARMS = "remove_alarms"
REMOVE_TARGETS = "remove_targets"
REMOVE_COMPONENTS = "remove_components"
ENDPOINT = "endpoint"
REMOVE_ENDPOINT = "remove_endpoint"
POWER = "power"
COMPONENTS = "inference_components"
SMOKE_TEST = "smoke_test"
AUTOSCALING = "autoscaling"
ALARMS = "alarms"
RELEASES = "releases"
PRUNE_ROLES = "execution_roles"
# Steps that only the next run can apply.
POSTPONED = "postponed"
# What the service does by itself with another step.
BY_SERVICE = "by_service"

# Beginnings of the paths of the reasons for other models: their content, and the other inputs of their names.
_REASONS = ("models[", "release_marker", "name_prefix", "execution_role_arn")

# Parts whose plans are merged, by the names of the deleted resources in paths of changes.
_MERGED = {PRUNE_ROLES: "execution_roles", REMOVE_COMPONENTS: "inference_components"}

# Groups of the plan in the outputs. Those on the second line are lists of plans with names.
IAM_ROLE, PRUNED = "iam_role", "pruned"
_LISTS = (MODELS, COMPONENTS, AUTOSCALING)
_GROUPS = (IAM_ROLE, MODELS, ENDPOINT_CONFIG, ENDPOINT, COMPONENTS, AUTOSCALING, PRUNED)


def step(part: str, group: str, plan: Mapping[str, Any], name: str = "", index: Optional[int] = None) -> Step:
    """Return a step."""
    runs = plan["action"] != plans.NONE and part not in (POSTPONED, BY_SERVICE)
    return {"part": part, "group": group, "name": name, "index": index, "plan": dict(plan), "runs": runs}


def in_order(listed: Iterable[Step]) -> List[Step]:
    """Return the steps with the start of a stopped endpoint after what a deploy creates for the rollout, before the rollout."""

    def rank(one: Step) -> int:
        return 0 if one["part"] in (EXECUTION_ROLE, MODELS, ENDPOINT_CONFIG) else 1 if one["part"] == POWER else 2

    return sorted(listed, key=rank)


def assemble(steps: Iterable[Step]) -> Dict[str, Any]:
    """Return the plan of the outputs, by groups: C({"iam_role": plan, "models": [plan], "endpoint_config": plan, "endpoint": plan,
    "inference_components": [plan], "autoscaling": [plan], "pruned": plan}), a plan in a list with C(name) besides."""
    listed = list(steps)

    def of(group: str) -> List[Dict[str, Any]]:
        return [{"name": one["name"], **one["plan"]} for one in listed if one["group"] == group]

    def merged(group: str) -> Dict[str, Any]:
        return _merged([_with_name(one) for one in listed if one["group"] == group])

    return {
        group: of(group) if group in _LISTS else _rollout(listed) if group == ENDPOINT else merged(group)
        for group in _GROUPS
    }


def _with_name(one: Step) -> Dict[str, Any]:
    """Return the plan of a step. A merged plan has no name, so the changes of a deletion name the deleted resource."""
    plan, kind = one["plan"], _MERGED.get(one["part"])
    if plan["action"] != plans.DELETE or not kind or not one["name"]:
        return plan
    return {**plan, "changes": [Change(f"{kind}[{one['name']}]", one["name"], None).as_dict()]}


def is_changing(steps: Iterable[Step]) -> bool:
    """Return whether any step changes something."""
    return any(one["plan"]["action"] not in (plans.NONE, plans.WAIT) for one in steps)


def alarm_removal(name: str) -> Dict[str, Any]:
    """Return the plan of an alarm to delete, because the module of amazon.aws returns no plan."""
    return Plan(plans.DELETE, [Change(f"alarms[{name}]", name, None)], ["DeleteAlarms"]).as_dict()


def alarm_change(name: str, exists: bool) -> Dict[str, Any]:
    """Return the plan of an alarm to create or change."""
    change = Change(f"alarms[{name}]", name if exists else None, name)
    return Plan(plans.UPDATE if exists else plans.CREATE, [change], ["PutMetricAlarm"]).as_dict()


def deregistration() -> Dict[str, Any]:
    """Return the plan of a target that goes with its endpoint, without a call of its own."""
    return Plan(plans.DELETE, [Change("state", "present", "absent")]).as_dict()


def postponement() -> Dict[str, Any]:
    """Return the plan of a target whose variant does not exist yet at the end of a run that does not wait."""
    return Plan(plans.WAIT, [Change("next_run", None, "RegisterScalableTarget")]).as_dict()


def entry(before: Mapping[str, Any], after: Mapping[str, Any]) -> Dict[str, Any]:
    """Return the plan of entering a tested release into the history. before, after: the history tags."""
    old, new = before.get(HISTORY_TAG), after.get(HISTORY_TAG)
    if old == new:
        return Plan().as_dict()
    return Plan(plans.RETAG, [Change(f"tags.{HISTORY_TAG}", old, new)], ["AddTags"]).as_dict()


def with_reasons(plan: Mapping[str, Any], reasons: Iterable[Mapping[str, Any]]) -> Dict[str, Any]:
    """Return the plan of a rollout with the reasons for other models. Only the plan of the whole run contains them."""
    if not {"UpdateEndpoint", "UpdateInferenceComponent"} & set(plan["calls"]):
        return dict(plan)
    # A configuration that hosts components has an execution role of its own.
    return {**plan, "changes": [*plan["changes"], *(one for one in reasons if one not in plan["changes"])]}


def reasons(plan: Mapping[str, Any]) -> List[Mapping[str, Any]]:
    """Return the reasons that with_reasons added to a plan."""
    return [change for change in plan["changes"] if change["path"].startswith(_REASONS)]


def _rollout(steps: Iterable[Step]) -> Dict[str, Any]:
    """Return the plan of the rollout, of the start before it, and of the history entry after a passed test."""
    plan: Dict[str, Any] = Plan().as_dict()
    for one in steps:
        if one["group"] != ENDPOINT:
            continue
        if one["part"] != SMOKE_TEST:
            plan = _merged([plan, one["plan"]])
        elif one["plan"]["calls"]:
            known = {change["path"] for change in plan["changes"]}
            entered = [change for change in one["plan"]["changes"] if change["path"] not in known]
            plan = {
                "action": plans.RETAG if plan["action"] in (plans.NONE, plans.WAIT) else plan["action"],
                "changes": [*plan["changes"], *entered],
                "calls": [*plan["calls"], "AddTags"],
                **_mark([plan, one["plan"]]),
            }
    return dict(plan)


def _merged(several: List[Dict[str, Any]]) -> Dict[str, Any]:
    """Merge several plans into one, with the first action."""
    return {
        "action": next((plan["action"] for plan in several if plan["action"] != plans.NONE), plans.NONE),
        "changes": [change for plan in several for change in plan["changes"]],
        "calls": [call for plan in several for call in plan["calls"]],
        **_mark(several),
    }


def _mark(several: List[Dict[str, Any]]) -> Dict[str, Any]:
    """Return the mark of a plan of which a step has failed."""
    return {"failed": True} if any(plan.get("failed") for plan in several) else {}
