# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The decisions of a deploy before and after its rollout. Pure.

In all functions inputs is the result of inputs.resolve, current is the result of planning.look.look, and decisions are
plain values.
"""

from __future__ import annotations

from typing import Any
from typing import Dict
from typing import Iterable
from typing import List
from typing import Mapping
from typing import Optional
from typing import Sequence

from ..core import history
from ..core import plans
from ..core.ownership import HISTORY_TAG
from ..rules import scaling as scaling_rules
from ..rules import variants as variant_rules
from . import release_states

Values = Dict[str, Any]

# Calls that may change what serves.
_ROLLOUT_CALLS = frozenset({"CreateEndpoint", "UpdateEndpoint", "CreateInferenceComponent", "UpdateInferenceComponent"})


def is_adopted(current: Mapping[str, Any]) -> bool:
    """Return whether the endpoint serves a configuration that somebody else created and that has the desired content,
    so that nothing is created."""
    return bool(current["serving"].get("matches"))


def execution_role_arn(inputs: Mapping[str, Any], current: Mapping[str, Any], made: Optional[str]) -> str:
    """Return the ARN of the execution role of models. made: the ARN of the role of this deployment, if it has one."""
    return inputs["sg_role_arn"] or made or current["serving"].get("execution_role_arn") or ""


def model_names(current: Mapping[str, Any], made: Iterable[Optional[str]]) -> List[str]:
    """Return the names of the desired models. made: those of the role. An adopted endpoint has other ones."""
    adopted = current["serving"]["model_names"] if is_adopted(current) else []
    return _unique([*adopted, *(name for name in made if name)])


def before_rollout(inputs: Mapping[str, Any], current: Mapping[str, Any], live: str) -> Values:
    """Return the decisions before the rollout to the configuration live.

    adopted; live; new_release: whether the configuration is not the first of the history yet; history_tags, entered_tags: the
    tags that hold the history, for the rollout and for once the release has passed its smoke test; previous: the releases to go
    back to, the latest first, none where no other release is rolled out; unscaled_components: those whose target goes;
    postponed_targets: resource ids of targets whose variant only the next run finds; foreign_targets: resource ids of targets that
    nothing is to scale, and that somebody else registered; alarms: the names of the alarms of ours that there are; unwanted_alarms,
    unwanted_targets, dropped_components, orphaned_components: what goes; removed_first: {"alarms", "targets", "components"}, what of it goes
    before the rollout, because SageMaker removes no variant that hosts components.
    """
    served = _history(inputs, current, live)
    components = _dropped_components(inputs, current)
    unwanted = _unwanted_targets(inputs, current, components)
    first = _removed_first(inputs, current, components, unwanted)
    alarms = known_alarms(current)
    wanted_alarms = {target["alarm"]["name"] for target in inputs.get("autoscaling") or () if "alarm" in target}
    listed = [component["name"] for component in inputs.get("inference_components") or ()]
    new_release = _is_new_release(current, live)
    return {
        "adopted": is_adopted(current),
        "live": live,
        "new_release": new_release,
        "history_tags": _history_tags(inputs, current, live, served),
        "entered_tags": _entered_tags(current, live, served),
        "previous": [name for name in served if name != live] if new_release else [],
        "unscaled_components": _component_names(target for target in unwanted if target["owned"]),
        "postponed_targets": _postponed_targets(inputs, current),
        "foreign_targets": [target["resource_id"] for target in unwanted if not target["owned"]],
        "alarms": alarms,
        "unwanted_alarms": sorted(set(alarms) - wanted_alarms),
        "unwanted_targets": [target for target in unwanted if target["owned"]],
        "dropped_components": components,
        "orphaned_components": [name for name in current["orphaned_components"] if name not in listed],
        "removed_first": first,
    }


def after_rollout(
    inputs: Mapping[str, Any], current: Mapping[str, Any], before: Mapping[str, Any], results: Mapping[str, Any]
) -> Values:
    """Return the decisions after the rollout or its prediction.

    results: C(endpoint), a plan, C(inference_components), plans with names, C(model_names), those that are to serve, and
    C(stale_policies), names of policies that the execution role had for other releases.

    tested: whether the smoke test is run; deregistered_targets: resource ids of targets that went with the endpoint, with a component, or
    with the update; removed_later: as removed_first of before; keep: how many previous releases stay; prune: whether there may be
    anything to prune; retired_models: models that components ran before; restorable_components, kept_components: names of what the run
    changed of components, as far as a failed smoke test puts it back, and what not.
    """
    first, names = before["removed_first"], results["model_names"]
    deregistered = _deregistered_targets(inputs, current, before, results["endpoint"])
    # With wait: false the new release is not verified, so the previous one always stays.
    unverified = not inputs["wait"] and results["endpoint"]["action"] not in (plans.NONE, plans.RETAG)
    keep = max(inputs["keep_releases"], int(unverified))
    retired = {name for one in _components(current) if one["owned"] for name in one["model_names"]} - {*names}
    changed = [one["name"] for one in results["inference_components"] if one["calls"]]
    restorable = [one["name"] for one in _components(current) if one["restorable"] and one["name"] in changed]
    return {
        "tested": _is_tested(inputs, before, results),
        "deregistered_targets": deregistered,
        "removed_later": {
            "alarms": [name for name in before["unwanted_alarms"] if name not in first["alarms"]],
            "targets": [one for one in before["unwanted_targets"] if one["resource_id"] not in deregistered],
            "components": [
                *(name for name in before["dropped_components"] if name not in first["components"]),
                *before["orphaned_components"],
            ],
        },
        "keep": keep,
        "prune": _is_surplus(current, before["live"], keep, [*retired, *results["stale_policies"]], names),
        "retired_models": sorted(retired),
        "restorable_components": restorable,
        "kept_components": sorted(set(changed) - {*restorable}),
    }


def stale_policies(
    current: Mapping[str, Any], live: str, stale: Iterable[str], pruned: Optional[Mapping[str, Any]]
) -> List[str]:
    """Return the stale policies that no release needs. pruned: the result of sagemaker_endpoint_releases, if it ran.

    The new release needs the policies of this run. In current, which is older than the rollout, the previous release is
    still the live one, so its policies stay.
    """
    remaining = [one for one in pruned["releases"] if not one["live"]] if pruned else _others(current, live)
    return sorted(set(stale) - {one["execution_policy"] for one in remaining})


def known_alarms(current: Mapping[str, Any]) -> List[str]:
    """Return the names of our alarms that scale out from zero."""
    targets = current["serving"].get("scalable_targets", ())
    return _unique([*(name for one in targets for name in one["waking_alarms"]), *current.get("waking_alarms", ())])


def all_components(current: Mapping[str, Any]) -> List[str]:
    """Return the names of the inference components on the endpoint, and of our orphaned ones."""
    return [*(one["name"] for one in _components(current)), *current["orphaned_components"]]


def component_targets(current: Mapping[str, Any]) -> List[Mapping[str, Any]]:
    """Return the targets of components."""
    targets = current["serving"].get("scalable_targets", ())
    return [one for one in targets if scaling_rules.COMPONENT_ID.fullmatch(one["resource_id"])]


def variant_targets(current: Mapping[str, Any]) -> List[Mapping[str, Any]]:
    """Return the targets of variants, which go with the endpoint, with their policies and scheduled actions."""
    targets = current["serving"].get("scalable_targets", ())
    return [one for one in targets if scaling_rules.VARIANT_ID.fullmatch(one["resource_id"])]


def rollback_target(inputs: Mapping[str, Any], current: Mapping[str, Any]) -> Optional[Mapping[str, Any]]:
    """Return the release to roll back to: the named one, else the one that served last, None if none exists."""
    named_release = inputs.get("release")
    releases = current["releases"]
    if named_release:
        return next((one for one in releases if one["endpoint_config_name"] == named_release), None)
    return next((one for one in releases if one["served"] and not one["live"]), None)


def release_to_return_to(
    inputs: Mapping[str, Any], current: Mapping[str, Any], live: str, keep: Optional[int] = None
) -> str:
    """Return the release that a rollback after this run returns to, '' if there is none. keep: number of previous releases to keep."""
    owned = {one["endpoint_config_name"]: one["owned"] for one in current["releases"]}
    earlier = [name for name in _history(inputs, current, live) if name != live]
    # Configurations of somebody else do not count and are never pruned.
    pruned = [] if keep is None else [name for name in earlier if owned[name]][keep:]
    return next((name for name in earlier if name not in pruned), "")


def rollout_reasons(
    inputs: Mapping[str, Any], current: Mapping[str, Any], live: str, roles: Sequence[Optional[str]] = ()
) -> List[Mapping[str, Any]]:
    """Return the changes that cause another release, without those of the endpoint configuration.

    The names of models and configurations depend on their content, the prefix, the execution role and the marker. roles: see naming_reasons.
    """
    serving = current["serving"]
    differences = serving.get("differences") or []
    if not serving.get("endpoint_config") or serving["endpoint_config_name"] == live or differences:
        return [change for change in differences if change["path"].startswith("models[")]
    return naming_reasons(inputs, serving["endpoint_config_name"], roles)


def naming_reasons(
    inputs: Mapping[str, Any], earlier: Optional[str], roles: Sequence[Optional[str]] = ()
) -> List[Mapping[str, Any]]:
    """Return the changes that give the same content another name than the earlier one, as far as they are known.

    roles: the execution roles before and after, if both are known.
    """
    before, prefix = history.prefix_of(earlier), inputs["name_prefix"]
    if before not in (None, prefix):
        return [plans.Change("name_prefix", before, prefix).as_dict()]
    if len({*roles}) > 1:
        return [plans.Change("execution_role_arn", *roles).as_dict()]
    # The marker is part of the models. Of the earlier one only a hash exists, so None stands for it. An empty one was removed.
    marker = inputs["release_marker"] or ""
    return [plans.Change("release_marker", None, marker).as_dict()] if marker or (before and inputs["models"]) else []


def predecessors(inputs: Mapping[str, Any], current: Mapping[str, Any]) -> List[Optional[str]]:
    """Return for each model of the inputs the name of the model that its variant or component runs now, None without one."""
    config = current["serving"].get("endpoint_config") or {}
    of_variants = {one["variant_name"]: one.get("model_name") for one in variant_rules.of(config)}
    of_components = {one["name"]: [*one["model_names"], None][0] for one in _components(current)}
    return [
        next(
            filter(
                None,
                [
                    *(of_variants.get(name) for name in model["variants"]),
                    *(of_components.get(name) for name in model["components"]),
                ],
            ),
            None,
        )
        for model in inputs["models"]
    ]


def _components(current: Mapping[str, Any]) -> List[Mapping[str, Any]]:
    """Return the inference components on the endpoint."""
    return current["serving"].get("inference_components", [])


def _unique(names: Iterable[str]) -> List[str]:
    return list(dict.fromkeys(names))


# The history: the releases that have served, the latest first. It is written with the endpoint's other tags, after the
# rollout was verified. If it was lost with the endpoint or its tags, it starts again with the current release.


def _in_use(current: Mapping[str, Any]) -> List[str]:
    """Return the configuration that the endpoint serves, None if it does not serve."""
    return [name for name in [current["serving"].get("in_use")] if name]


def _history(inputs: Mapping[str, Any], current: Mapping[str, Any], live: str) -> List[str]:
    """Return the releases that served before this run and still exist.

    The configuration in use served last, even if a run that did not wait has not entered it. With a smoke test it may
    have failed that test.
    """
    entered = current["serving"].get("history")
    if entered is None:
        served = [one["endpoint_config_name"] for one in current["releases"] if one["served"]]
        entered = [name for name in [*_in_use(current), *served] if name != live]
    untested = [] if inputs.get("smoke_test") is not None else _in_use(current)
    known = [one["endpoint_config_name"] for one in current["releases"]]
    return _unique(name for name in [*untested, *entered] if name in known)


def _is_new_release(current: Mapping[str, Any], live: str) -> bool:
    return not is_adopted(current) and [*(current["serving"].get("history") or []), None][0] != live


def state_after_rollout(inputs: Mapping[str, Any], current: Mapping[str, Any], live: str) -> str:
    """Return the state in release_states of a new release after the rollout.

    A run that does not wait has not verified the release, unless it finds it in use. A run with a smoke test has not
    tested it yet.
    """
    events = [release_states.ROLL_OUT]
    if inputs["wait"] or live in _in_use(current):
        events.append(release_states.VERIFY)
        if inputs.get("smoke_test") is None:
            events.append(release_states.ENTER)
    return release_states.after(release_states.MADE, events)


def _entered_tags(current: Mapping[str, Any], live: str, served: List[str]) -> Dict[str, Any]:
    """Return the history with the configuration entered, None while an endpoint serves a configuration that somebody
    else created."""
    if is_adopted(current):
        return {}
    if not _is_new_release(current, live):
        return {HISTORY_TAG: current["serving"]["history_tag"]}
    return {HISTORY_TAG: _written(current, _unique([live, *served]))}


def _history_tags(
    inputs: Mapping[str, Any], current: Mapping[str, Any], live: str, served: List[str]
) -> Dict[str, Any]:
    """Return the history that the rollout writes: the complete one, or the previous one until the new release is
    entered."""
    is_entered = state_after_rollout(inputs, current, live) == release_states.ENTERED
    if is_entered or not _is_new_release(current, live):
        return _entered_tags(current, live, served)
    entered = current["serving"].get("history")
    # Unchanged if it starts with the release that served last before this run.
    if entered is not None and entered[:1] == served[:1]:
        return {HISTORY_TAG: current["serving"]["history_tag"]}
    return {HISTORY_TAG: _written(current, served)}


def _written(current: Mapping[str, Any], names: Iterable[str]) -> str:
    foreign = [one["endpoint_config_name"] for one in current["releases"] if not one["owned"]]
    return history.write({name: name not in foreign for name in names})


# Removals


def _dropped_components(inputs: Mapping[str, Any], current: Mapping[str, Any]) -> List[str]:
    """Return our components that are no longer in the variables, adapters before their bases."""
    listed = [component["name"] for component in inputs.get("inference_components") or ()]
    return [one["name"] for one in _components(current) if one["owned"] and one["name"] not in listed]


def _unwanted_targets(
    inputs: Mapping[str, Any], current: Mapping[str, Any], dropped: List[str]
) -> List[Dict[str, Any]]:
    unscaled = [*(inputs.get("unscaled") or ()), *map(scaling_rules.component_id, dropped)]
    return [one for one in current["serving"].get("scalable_targets", ()) if one["resource_id"] in unscaled]


def _removed_first(
    inputs: Mapping[str, Any], current: Mapping[str, Any], dropped: List[str], unwanted: List[Dict[str, Any]]
) -> Values:
    """Return the removals before the rollout: components whose variant is removed, and their targets and alarms, which
    are found by the components."""
    variants = [variant["variant_name"] for variant in inputs.get("endpoint_config", {}).get("production_variants", ())]
    stranded = [
        one["name"] for one in _components(current) if one["name"] in dropped and one["variant_name"] not in variants
    ]
    ids = [*map(scaling_rules.component_id, stranded)]
    targets = [one for one in unwanted if one["owned"] and one["resource_id"] in ids]
    alarms = [name for target in targets for name in target["waking_alarms"]]
    return {"alarms": alarms, "targets": targets, "components": stranded}


def _component_names(targets: Iterable[Mapping[str, Any]]) -> List[str]:
    """Return the names of the components among these targets."""
    matches = [scaling_rules.COMPONENT_ID.fullmatch(target["resource_id"]) for target in targets]
    return [one.string.partition("/")[2] for one in matches if one]


def _postponed_targets(inputs: Mapping[str, Any], current: Mapping[str, Any]) -> List[str]:
    """Return targets of variants that do not exist yet, which a run that does not wait leaves to the next run."""
    if inputs["wait"]:
        return []
    live_ids = [scaling_rules.variant_id(inputs["name"], name) for name in current["serving"].get("variant_names", ())]
    ids = [target["resource_id"] for target in inputs.get("autoscaling") or ()]
    return [one for one in ids if scaling_rules.VARIANT_ID.fullmatch(one) and one not in live_ids]


def _deregistered_targets(
    inputs: Mapping[str, Any], current: Mapping[str, Any], before: Mapping[str, Any], endpoint: Mapping[str, Any]
) -> List[str]:
    """Return targets that were deleted with the endpoint or a component, or that the endpoint's update has not
    restored."""
    if "DeleteEndpoint" in endpoint["calls"]:
        return [one["resource_id"] for one in current["serving"].get("scalable_targets", ())]
    removed_paths = [change["path"] for change in endpoint["changes"] if change["after"] is None]
    begin, end = "autoscaling[", "]"
    variants = [path[len(begin) : -len(end)] for path in removed_paths if path.startswith(begin)]
    return [
        *(target["resource_id"] for target in before["removed_first"]["targets"]),
        *(scaling_rules.variant_id(inputs["name"], variant) for variant in variants),
    ]


def _is_tested(inputs: Mapping[str, Any], before: Mapping[str, Any], results: Mapping[str, Any]) -> bool:
    """Return whether to run the smoke test: after a change, or if an interrupted run did not reach it."""
    parts = [results["endpoint"], *results["inference_components"]]
    rolled_out = any(call in _ROLLOUT_CALLS for plan in parts for call in plan["calls"])
    return inputs.get("smoke_test") is not None and (before["new_release"] or rolled_out)


# Pruning


def _others(current: Mapping[str, Any], live: str) -> List[Mapping[str, Any]]:
    """Return the role's releases without the desired one."""
    return [one for one in current["releases"] if one["owned"] and one["endpoint_config_name"] != live]


def _is_surplus(
    current: Mapping[str, Any], live: str, keep: int, candidates: List[str], needed_models: List[str]
) -> bool:
    """Return whether pruning may be necessary. candidates: models and policies that other releases may still need."""
    others = _others(current, live)
    served = [one for one in others if one["served"]]
    needed = {one["execution_policy"] for one in others}
    orphaned = set(current["orphaned_models"]) - {*needed_models}
    return len(served) > keep or len(served) < len(others) or bool(orphaned or set(candidates) - needed)
