# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run of the role: the steps of its plan to apply, their options, and the outputs. Pure.

planned is the result of planning.plan_info. results are the registered results of the tasks by part, those of loops
with their C(results). They may contain results of an earlier run in the same play, so only parts that this run applies
are read.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any
from typing import Collection
from typing import Dict
from typing import Iterator
from typing import List
from typing import Mapping
from typing import Optional

from ..core.plans import Plan
from ..iam import policy as execution_policy
from ..reports import log_lines
from . import decisions
from . import failed_run
from . import permissions
from . import serving as serving_rules
from . import standstill
from . import steps
from . import tasks
from .steps import Step

Values = Dict[str, Any]
Job = Dict[str, Any]

_ROLLOUT = (steps.ENDPOINT, steps.COMPONENTS)
# Parts whose steps are decided after the rollout.
_PRUNING = (steps.RELEASES, steps.PRUNE_ROLES)
_DECIDED_LATER = (steps.SMOKE_TEST, steps.POSTPONED, *_PRUNING)
# Parts with a loop over the steps.
_LOOPS = (steps.MODELS, steps.COMPONENTS, steps.AUTOSCALING)


def rollout_jobs(planned: Mapping[str, Any]) -> List[Job]:
    """Return the jobs until the end of the rollout, in order: C({"tasks", "names", "indexes"}), the part and its
    resources.

    For a rollback and a destroy, all later jobs depend on their results.
    """
    return list(_jobs(_divided(planned)[0]))


def phases(inputs: Mapping[str, Any], planned: Mapping[str, Any]) -> List[str]:
    """Return those of the phases rollout and follow_up that have jobs. A smoke test may follow any rollout."""
    rollout, follow_up = rollout_jobs(planned), _follow_up_jobs(inputs, planned, _after_rollout(inputs, planned, {}))
    tested = planned["state"] == "present" and inputs["smoke_test"] is not None
    return [*(["rollout"] if rollout else []), *(["follow_up"] if follow_up or (rollout and tested) else [])]


def _follow_up_jobs(inputs: Mapping[str, Any], planned: Mapping[str, Any], after: Mapping[str, Any]) -> List[Job]:
    """Return the jobs after the rollout. after: the decisions after it, empty if nothing is deployed."""
    if not after:
        return []
    jobs = [_job(steps.SMOKE_TEST)] if after["tested"] else []
    jobs += _jobs(one for one in _divided(planned)[1] if one["part"] not in _DECIDED_LATER)
    jobs += [_job(steps.RELEASES)] if after["prune"] else []
    may_lose = planned["execution_role"]["stale_policies"] or planned["current"]["earlier_roles"]
    # Only the result of pruning contains the roles of other prefixes to remove.
    earlier = after["prune"] and planned["current"]["name_prefixes"] not in ([], [inputs["name_prefix"]])
    return [*jobs, *([_job(steps.PRUNE_ROLES)] if may_lose or (earlier and not inputs["sg_role_arn"]) else [])]


def _job(part: str, listed: Optional[List[Step]] = None) -> Job:
    return {
        "tasks": part,
        "names": [one["name"] for one in listed or ()],
        "indexes": [one["index"] for one in listed or ()],
    }


def _jobs(listed: Any) -> Iterator[Job]:
    """Group consecutive steps of the same part into jobs."""
    for part, group in groupby((one for one in listed if one["runs"]), key=lambda one: one["part"]):
        yield _job(part, list(group))


def _divided(planned: Mapping[str, Any]) -> Any:
    """Return the steps until the end of the rollout, and those after it."""
    listed = planned["steps"]
    if planned["state"] != "present":
        return listed, []
    end = 1 + max(number for number, one in enumerate(listed) if one["part"] in _ROLLOUT)
    return listed[:end], listed[end:]


# Options of tasks


def options(inputs: Mapping[str, Any], planned: Mapping[str, Any], results: Mapping[str, Any]) -> Values:
    """Return the options of all tasks by the parts, in lists by the indexes of the inputs, and C(rollout) and C(follow_up), the jobs."""
    current, after = planned["current"], _after_rollout(inputs, planned, results)
    common = {
        steps.POWER: tasks.power(inputs) if "name_prefix" in inputs else {},
        "rollout": rollout_jobs(planned),
        "follow_up": _follow_up_jobs(inputs, planned, after),
        steps.REMOVE_TARGETS: [tasks.removed_target(one) for one in current["serving"].get("scalable_targets", ())],
    }
    if planned["state"] in ("stopped", "started"):
        return common
    if planned["state"] == "rollback":
        return {**common, steps.ENDPOINT: tasks.rollback(inputs, planned["before_rollout"])}
    if planned["state"] == "absent":
        components = decisions.all_components(current)
        shared_models = (results.get(steps.RELEASES) or {}).get("lent_models", ())
        return {
            **common,
            steps.REMOVE_ENDPOINT: tasks.removed_endpoint(inputs, components),
            steps.RELEASES: tasks.removed_releases(inputs, current),
            steps.PRUNE_ROLES: tasks.removed_roles(inputs, current, shared_models),
        }
    return {**common, **_present_options(inputs, planned, results, after)}


def _present_options(
    inputs: Mapping[str, Any], planned: Mapping[str, Any], results: Mapping[str, Any], after: Mapping[str, Any]
) -> Values:
    current, before, names = planned["current"], planned["before_rollout"], planned["model_names"]
    role = planned["execution_role"]
    serving = current["serving"].get("endpoint_config", {})
    config = serving if before["adopted"] else tasks.config_content(inputs, names, role["arn"])
    components = range(len(inputs["inference_components"]))
    pruned = results.get(steps.RELEASES) if after["prune"] else None
    stale = decisions.stale_policies(current, before["live"], role["stale_policies"], pruned)
    targets = [*_scalable_targets(planned, results), *planned["scalable_targets"]]
    return {
        steps.EXECUTION_ROLE: tasks.execution_role(inputs) if inputs["execution_role"] is not None else {},
        steps.MODELS: [
            tasks.model(inputs, index, role["arn"], earlier)
            for index, earlier in enumerate(decisions.predecessors(inputs, current))
        ],
        steps.ENDPOINT_CONFIG: tasks.endpoint_config(
            inputs, names, role["arn"], role["policy_name"], current["serving"].get("endpoint_config_name")
        ),
        steps.ENDPOINT: tasks.endpoint(inputs, current, before, config),
        steps.SMOKE_TEST: tasks.smoke_test(inputs),
        steps.COMPONENTS: [
            tasks.inference_component(inputs, index, names, before["unscaled_components"]) for index in components
        ],
        steps.AUTOSCALING: [
            tasks.target(inputs, index, after["deregistered_targets"]) for index in range(len(inputs["autoscaling"]))
        ],
        steps.ALARMS: [
            tasks.alarm(inputs, index, tasks.policy_arn(target, targets)) if "alarm" in target else {}
            for index, target in enumerate(inputs["autoscaling"])
        ],
        steps.RELEASES: tasks.releases(
            inputs, current, before, after, decisions.model_names(current, planned["model_names"])
        ),
        steps.PRUNE_ROLES: tasks.pruned_roles(inputs, current, role["name"], stale, pruned),
        "smoke_test_failure": _smoke_test_failure(inputs, before, after, results),
        "restored_components": [
            tasks.restored_component(inputs, one)
            for one in current["serving"].get("inference_components", ())
            if one["name"] in after["restorable_components"]
        ],
    }


def _after_rollout(inputs: Mapping[str, Any], planned: Mapping[str, Any], results: Mapping[str, Any]) -> Values:
    """Return the decisions after the rollout from its results, empty if nothing is deployed."""
    if planned["state"] != "present":
        return {}
    completed = _done(planned, _divided(planned)[0], results)
    return decisions.after_rollout(
        inputs,
        planned["current"],
        planned["before_rollout"],
        {
            "endpoint": next(one["plan"] for one in completed if one["part"] == steps.ENDPOINT),
            "inference_components": [
                {"name": one["name"], **one["plan"]} for one in completed if one["part"] == steps.COMPONENTS
            ],
            "model_names": decisions.model_names(planned["current"], planned["model_names"]),
            "stale_policies": planned["execution_role"]["stale_policies"],
        },
    )


def _done(planned: Mapping[str, Any], listed: List[Step], results: Mapping[str, Any]) -> List[Step]:
    """Return the steps with their results, as far as available."""
    items = {part: iter((results.get(part) or {}).get("results") or ()) for part in _LOOPS}
    completed = []
    for one in listed:
        result: Mapping[str, Any] = {}
        if one["runs"]:
            part = one["part"]
            result = next(items[part], {}) if part in _LOOPS else results.get(part) or {}
        plan = result.get("plan")
        completed.append({**one, "plan": steps.with_reasons(plan, steps.reasons(one["plan"])) if plan else one["plan"]})
    return completed


def _scalable_targets(planned: Mapping[str, Any], results: Mapping[str, Any]) -> List[Values]:
    """Return the targets after this run."""
    if not any(job["tasks"] == steps.AUTOSCALING for job in _jobs(planned["steps"])):
        return []
    items = (results.get(steps.AUTOSCALING) or {}).get("results") or ()
    return [item["scalable_target"] for item in items if item.get("scalable_target")]


# Outputs


def outputs(inputs: Mapping[str, Any], planned: Mapping[str, Any], results: Mapping[str, Any]) -> Values:
    """Return the outputs of the role after a run: those of the plan, updated with the results of its steps.

    After a failure, the plan holds what the run has done, up to the step that failed.
    """
    if failed := failed_run.before_plan(inputs, results):
        return _failed_outputs(inputs, {}, results, [], failed)
    if failed := failed_run.find(planned, [], results):
        return _failed_outputs(inputs, planned, results, [], failed)
    if not planned["applies"]:
        return {**planned["outputs"], "changed": steps.is_changing(planned["steps"]), "failed": False}
    first = rollout_jobs(planned)
    if failed := failed_run.find(planned, first, results):
        return _failed_outputs(inputs, planned, results, first, failed)
    jobs = [*first, *_follow_up_jobs(inputs, planned, _after_rollout(inputs, planned, results))]
    if failed := failed_run.find(planned, jobs, results):
        return _failed_outputs(inputs, planned, results, jobs, failed)
    parts = {job["tasks"] for job in jobs}
    completed = [one for one in _done(planned, planned["steps"], results) if one["part"] not in _PRUNING]
    facts = dict(planned["outputs"])
    if steps.SMOKE_TEST in parts and steps.SMOKE_TEST not in [one["part"] for one in completed]:
        entered = (results.get(steps.SMOKE_TEST) or {}).get("plan") or Plan().as_dict()
        completed.append(steps.step(steps.SMOKE_TEST, steps.ENDPOINT, entered))
    if steps.RELEASES in parts and results.get(steps.RELEASES):
        completed.append(steps.step(steps.RELEASES, steps.PRUNED, results[steps.RELEASES]["plan"]))
    if steps.PRUNE_ROLES in parts:
        group = steps.IAM_ROLE if planned["state"] == "absent" else steps.PRUNED
        items = (results.get(steps.PRUNE_ROLES) or {}).get("results") or ()
        pruned = zip(items, options(inputs, planned, results)[steps.PRUNE_ROLES])
        completed += [
            steps.step(steps.PRUNE_ROLES, group, item["plan"], _role_name(given, planned))
            for item, given in pruned
            if item.get("plan")
        ]
    facts["serving"] = _serving(facts["serving"], results, parts)
    if planned["state"] == "started" and steps.POWER in parts:
        facts.update(_of_endpoint(results[steps.POWER]["endpoint"]))
    if planned["state"] == "stopped" and steps.POWER in parts:
        facts.update(standstill.as_recorded(facts, results[steps.POWER]["stopped"], planned["current"]["releases"]))
    if steps.ENDPOINT in parts:
        facts.update(_of_endpoint(results[steps.ENDPOINT]["endpoint"]))
    return {
        **facts,
        "plan": steps.assemble(completed),
        "operator_policy": permissions.operator_policy(inputs, planned, completed),
        "changed": steps.is_changing(completed),
        "failed": False,
    }


def _failed_outputs(
    inputs: Mapping[str, Any],
    planned: Mapping[str, Any],
    results: Mapping[str, Any],
    jobs: List[Job],
    failed: failed_run.FailedTask,
) -> Values:
    """Return the outputs of a run that failed. jobs: of the run, as far as they are known; failed: the task that failed."""
    unknown = {
        name: "" for name in ("sagemaker_endpoint_arn", "sagemaker_endpoint_status", "sagemaker_endpoint_config_name")
    }
    facts = {
        "sagemaker_endpoint_name": inputs.get("name"),
        **unknown,
        **{key: value for key, value in planned.get("outputs", {}).items() if key not in ("serving", "stopped")},
        # Of a stop that failed, the endpoint may be left.
        **({"sagemaker_endpoint_status": ""} if "stopped" in planned.get("outputs", {}) else {}),
    }
    listed = planned.get("steps") or []
    completed, last = failed_run.done_until(failed, _done(planned, listed, results) if listed else [], jobs)
    endpoint = failed.result.get("endpoint") or (results.get(steps.ENDPOINT) or {}).get("endpoint") or {}
    if jobs and endpoint:
        facts.update(_of_endpoint(endpoint))
    return {
        **facts,
        "plan": steps.assemble([*completed, *([last] if last else [])]),
        "changed": steps.is_changing(completed) or bool(failed.result.get("changed")),
        "failed": True,
        "failure": failed_run.report(failed, inputs, results),
    }


def _of_endpoint(endpoint: Mapping[str, Any]) -> Values:
    """Return the outputs that the result of the endpoint's task holds."""
    return {
        "sagemaker_endpoint_arn": endpoint.get("endpoint_arn", ""),
        "sagemaker_endpoint_status": endpoint.get("endpoint_status", ""),
    }


def _role_name(given: Mapping[str, Any], planned: Mapping[str, Any]) -> str:
    """The name of the role that these options of sagemaker_execution_role concern."""
    region = planned["current"]["region"]
    return given.get("name") or execution_policy.role_name(given["name_prefix"], given["endpoint_name"], region)


def _serving(predicted: Mapping[str, Any], results: Mapping[str, Any], parts: Collection[str]) -> Values:
    """Return what serves after the run, with the counts from the results."""
    serving = dict(predicted)
    if steps.ENDPOINT in parts:
        serving = serving_rules.with_counts(serving, results[steps.ENDPOINT]["endpoint"])
    if steps.COMPONENTS in parts:
        items = (results.get(steps.COMPONENTS) or {}).get("results") or ()
        made = [item["inference_component"] for item in items if item.get("inference_component")]
        sizes = {one["name"]: one for one in serving_rules.components(made)}
        serving["inference_components"] = [
            {**one, **sizes.get(one["name"], {})} for one in serving["inference_components"]
        ]
    return serving


def _smoke_test_failure(
    inputs: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any], results: Mapping[str, Any]
) -> Values:
    """Return the message of a failed smoke test, with the answer and the release that serves now, and the failure.

    results: those of the rollout, and C(answer), C(rolled_back) of the endpoint, and C(restored_components).
    """
    answer = results.get("answer") or {}
    end = log_lines.ending((answer.get("failure") or {}).get("log_lines") or [])
    message = answer.get("msg", "")
    sentences = [
        f"The smoke test of endpoint {inputs['name']} failed after the rollout of {before['live']}.",
        message[: len(message) - len(end)].removesuffix(" The last lines:"),
        *_fate_of_endpoint(before, _failures(results, "rolled_back")),
        *_fate_of_components(before, after, _failures(results, "restored_components")),
        f"Fix the model or the expectation, then deploy again.{' The last lines:' if end else ''}",
    ]
    failed = failed_run.FailedTask(steps.SMOKE_TEST, 0, answer)
    return {"text": " ".join(sentences) + end, "failure": failed_run.report(failed, inputs, results)}


def _failures(results: Mapping[str, Any], part: str) -> List[str]:
    """Return the messages of the failed items of a loop."""
    items = (results.get(part) or {}).get("results") or ()
    return [item["msg"] for item in items if item.get("failed")]


def _fate_of_endpoint(before: Mapping[str, Any], failures: List[str]) -> Iterator[str]:
    if not before["new_release"]:
        return
    if not before["previous"]:
        yield "It still serves, because no earlier release exists to roll back to."
    elif failures:
        yield f"The rollback to {before['previous'][0]} failed: {' '.join(failures)}"
    else:
        yield f"It serves {before['previous'][0]} again."


def _fate_of_components(before: Mapping[str, Any], after: Mapping[str, Any], failures: List[str]) -> Iterator[str]:
    names, kept, removed = (
        after["restorable_components"],
        after["kept_components"],
        before["removed_first"]["components"],
    )
    if names and failures:
        yield f"Not all of the inference components {', '.join(names)} could be restored: {' '.join(failures)}"
    elif names:
        yield f"The inference components {', '.join(names)} run what they ran before."
    if kept:
        yield (
            f"The inference components {', '.join(kept)} stay unchanged: they are new, or an environment with secrets cannot be "
            "restored."
        )
    if removed:
        yield f"The inference components {', '.join(removed)} were deleted because their variant was taken out."
