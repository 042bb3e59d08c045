# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A human-readable summary of a run, or in check mode of a predicted run. Pure.

It says, in this order: where, what and why, what serves, how to call it, how to roll back, and what stays unchanged.
"""

from __future__ import annotations

from typing import Any
from typing import Iterable
from typing import Iterator
from typing import List
from typing import Mapping
from typing import Tuple

from ..core import history
from ..core import plans
from ..core.ownership import HISTORY_TAG
from ..reports.failure import NO_CONTAINER
from ..reports.failure import NOT_READ
from ..rules import scaling as scaling_rules
from . import reasons
from . import standstill

Plan = Mapping[str, Any]

VERBS = {
    "create": ("create", "created"),
    "update": ("update", "updated"),
    "retag": ("change the tags of", "changed the tags of"),
    "replace": ("delete and create again", "deleted and created again"),
    "delete": ("delete", "deleted"),
    "wait": ("wait for", "waited for"),
}

# The same for an endpoint whose transition the run does not wait for.
BEGINNINGS = {
    "create": ("begin to create", "begun to create"),
    "update": ("begin to update", "begun to update"),
    "replace": ("delete and begin to create again", "deleted and begun to create again"),
}

# The subject of each part of the plan.
PARTS = {
    "iam_role": "the execution role",
    "models": "the model",
    "endpoint_config": "the endpoint configuration",
    "endpoint": "the endpoint",
    "inference_components": "the inference component",
    "autoscaling": "autoscaling of",
    "pruned": "old releases",
}
# The order in which a destroy works.
_TAKEN_DOWN = ("autoscaling", "inference_components", "endpoint", "pruned", "iam_role")

# The resources that a merged plan deletes, by the beginnings of the paths of its changes.
_DELETED = {
    "endpoint_configs": "endpoint configuration",
    "models": "model",
    "inference_components": "inference component",
    "execution_roles": "execution role",
    "inline_policies": "permissions",
}

# Statuses of an endpoint that a run has not waited for.
_PENDING = ("Creating", "Updating")

# Calls for alarms, which belong to another service than autoscaling.
ALARM_CALLS = {"PutMetricAlarm", "DeleteAlarms"}


def summarize(outputs: Mapping[str, Any], check_mode: bool) -> List[str]:
    """Return the lines. outputs: the fact sagemaker_endpoint_outputs; only sagemaker_endpoint_name and plan are required."""
    changes_made = list(_done(outputs, 0 if check_mode else 1))
    sections = [
        ("Failure:", _failure(outputs.get("failure") or {})),
        (_serving_title(outputs, check_mode), _serving(outputs)),
        (standstill.saved_title(outputs), _saved(outputs)),
        ("Stays:", standstill.kept(outputs) if "stopped" in outputs else ()),
        ("Call it once it is in service:" if _is_new(outputs) else "Call it:", _call(outputs)),
        _way_back(outputs),
        ("Notes:", outputs.get("notes") or ()),
    ]
    lines = [_headline(outputs, _outcome(outputs, changes_made, check_mode)), *_inside(changes_made)]
    for title, content in sections:
        listed = list(content)
        lines += [title, *_inside(listed)] if listed else []
    return lines


def _inside(lines: Iterable[str]) -> Iterator[str]:
    return (f"  {line}" for line in lines)


def _headline(outputs: Mapping[str, Any], outcome: str) -> str:
    name, place = outputs["sagemaker_endpoint_name"], _place(outputs)
    # Of a run that failed because its variables do not say the name.
    if not name:
        return outcome[0].upper() + outcome[1:]
    return f"Endpoint {name}{f' ({place})' if place else ''}: {outcome}"


def _place(outputs: Mapping[str, Any]) -> str:
    """The region and the account, as far as they are known."""
    account = f"account {outputs['account_id']}" if outputs.get("account_id") else ""
    return ", ".join(part for part in (outputs.get("region"), account) if part)


def _outcome(outputs: Mapping[str, Any], changes_made: List[str], check_mode: bool) -> str:
    if outputs.get("failed"):
        return "this run failed, after it has" if changes_made else "this run failed, and has changed nothing."
    if not changes_made and _is_gone(outputs):
        return (
            f"no changes, because no such endpoint exists{' in ' + outputs['region'] if outputs.get('region') else ''}."
        )
    if not changes_made:
        return "no changes."
    return f"this run {'would' if check_mode else 'has'}"


# Steps and reasons


def _is_gone(outputs: Mapping[str, Any]) -> bool:
    """Return whether the run deletes the endpoint."""
    return outputs.get("sagemaker_endpoint_config_name") == ""


def _is_changing(outputs: Mapping[str, Any]) -> bool:
    listed = (item for part in outputs["plan"] for item in _items(outputs["plan"], part))
    return any(item["action"] not in (plans.NONE, plans.WAIT) for item in listed)


def _items(plan: Mapping[str, Any], part: str) -> List[Plan]:
    items = plan.get(part) or []
    return [item for item in (items if isinstance(items, list) else [items]) if item["action"] != plans.NONE]


def _done(outputs: Mapping[str, Any], tense: int) -> Iterator[str]:
    """Yield a line for each resource that is created, changed or deleted, in order, and lines with the fields that cause it."""
    for part in _TAKEN_DOWN if _is_gone(outputs) else PARTS:
        for item in _items(outputs["plan"], part):
            if part == "autoscaling" and item["action"] == plans.WAIT:
                yield (
                    f"{('leave', 'left')[tense]} {_scaled(item['name'])} to the next run: AWS scales a variant only once it is in "
                    "service"
                )
            elif part == "pruned" or (part == "iam_role" and _is_gone(outputs)):
                yield from _deletions(item, tense, "" if _is_gone(outputs) else "old ")
            else:
                yield from _step(part, item, outputs, tense)


def _step(part: str, item: Plan, outputs: Mapping[str, Any], tense: int) -> Iterator[str]:
    if part == "endpoint" and standstill.is_stop(item):
        gone = tense and outputs["sagemaker_endpoint_status"] != standstill.DELETING
        name = outputs["sagemaker_endpoint_name"]
        yield f"{('stop', 'stopped')[tense]} the endpoint {name}, so SageMaker {'has deleted' if gone else 'deletes'} it"
        return
    if part == "endpoint" and standstill.is_start(item):
        yield f"{('start', 'started')[tense]} the endpoint {outputs['sagemaker_endpoint_name']} as it was when it was stopped"
        item = standstill.after_start(item)
        if item["action"] == plans.NONE:
            return
    why = [] if item["action"] in (plans.CREATE, plans.DELETE) else reasons.lines(_causes(part, item))
    if part == "endpoint" and _is_completion(item, outputs):
        release = outputs["sagemaker_endpoint_config_name"]
        yield f"{('complete', 'completed')[tense]} the rollout of {release} that an earlier run began, by entering it as the latest release"
        if not why:
            return
    how = _how(part, item, tense)
    yield f"{_verb(part, item, outputs, tense)} {_thing(part, item, outputs)}{how}{', because of' if why else ''}"
    yield from (f"    {line}" for line in why)


def _verb(part: str, item: Plan, outputs: Mapping[str, Any], tense: int) -> str:
    if item.get("failed"):
        return f"tried to {VERBS[item['action']][0]}"
    if part == "endpoint" and outputs.get("sagemaker_endpoint_status") in _PENDING:
        return {**VERBS, **BEGINNINGS}[item["action"]][tense]
    return VERBS[item["action"]][tense]


def _is_completion(item: Plan, outputs: Mapping[str, Any]) -> bool:
    """Return whether the run enters a release into the history that an earlier run has rolled out."""
    if item["action"] not in (plans.RETAG, plans.UPDATE) or "UpdateEndpoint" in item["calls"]:
        return False
    values = [(one["before"], one["after"]) for one in item["changes"] if one["path"] == f"tags.{HISTORY_TAG}"]
    latest = [[*history.read(value or ""), None][0] for pair in values for value in pair]
    live = outputs.get("sagemaker_endpoint_config_name")
    return bool(latest) and latest[0] != live == latest[1]


def _thing(part: str, item: Plan, outputs: Mapping[str, Any]) -> str:
    name = item.get("name") or _name(part, outputs)
    if part != "autoscaling":
        return f"{PARTS[part]} {name}".rstrip()
    is_alarm = item["calls"] and ALARM_CALLS.issuperset(item["calls"])
    return f"the alarm {name}" if is_alarm else _scaled(name)


def _name(part: str, outputs: Mapping[str, Any]) -> str:
    """Return the name of the resource of a plan that is not in a list."""
    return {
        "iam_role": (outputs.get("sagemaker_role_arn") or "").rpartition("/")[2],
        "endpoint_config": outputs.get("sagemaker_endpoint_config_name") or "",
        "endpoint": outputs["sagemaker_endpoint_name"],
    }.get(part, "")


def _scaled(resource_id: str) -> str:
    variant = scaling_rules.VARIANT_ID.fullmatch(resource_id)
    thing = (
        f"the variant {variant['variant']}" if variant else f"the inference component {resource_id.partition('/')[2]}"
    )
    return f"autoscaling of {thing}"


def _causes(part: str, item: Plan) -> List[Mapping[str, Any]]:
    """Return the changes to list below a step. Its own line already shows the configurations."""
    return [one for one in item["changes"] if part != "endpoint" or one["path"] != "endpoint_config_name"]


def _how(part: str, item: Plan, tense: int) -> str:
    """Return the releases that an endpoint moves between, or the kind of its tags."""
    if item["action"] == plans.RETAG and not reasons.lines(item["changes"]):
        return " (internal tags of the role)"
    if part != "endpoint":
        return ""
    change = next((one for one in item["changes"] if one["path"] == "endpoint_config_name"), None)
    if change is None:
        return ""
    if change["before"] is None:
        return f", because it {('does', 'did')[tense]} not exist"
    if "UpdateEndpoint" not in item["calls"]:
        return f" from {change['before']} to {change['after']}"
    aside = " during which autoscaling is suspended" if "DeregisterScalableTarget" in item["calls"] else ""
    return f" from {change['before']} to {change['after']} by a rollout without downtime{aside}"


def _deletions(item: Plan, tense: int, old: str) -> Iterator[str]:
    """Yield the deletions of a merged plan, and the fields that it changes. old: the word for the reason."""
    gone = [change for change in item["changes"] if change["after"] is None and _kind(change) in _DELETED]
    yield from (f"{VERBS['delete'][tense]} the {old}{_DELETED[_kind(one)]} {one['before']}" for one in gone)
    changed = reasons.lines(change for change in item["changes"] if change not in gone)
    if changed or not gone:
        thing = PARTS["pruned"] if not item["changes"] else "the execution roles"
        yield f"{VERBS[plans.UPDATE if changed else item['action']][tense]} {thing}{', because of' if changed else ''}"
    yield from (f"    {line}" for line in changed)


def _kind(change: Mapping[str, Any]) -> str:
    return change["path"].partition("[")[0]


# What serves


def _is_new(outputs: Mapping[str, Any]) -> bool:
    """Return whether the endpoint is still being created, so that it serves nothing yet."""
    return outputs.get("sagemaker_endpoint_status") == "Creating"


def _serving_title(outputs: Mapping[str, Any], check_mode: bool) -> str:
    if check_mode and _is_changing(outputs):
        return "Would serve:"
    if outputs.get("failed") and _is_unmoved(outputs):
        return "Serves as before:"
    return "Will serve once it is in service:" if _is_new(outputs) else "Serves now:"


def _is_unmoved(outputs: Mapping[str, Any]) -> bool:
    """Return whether a failed run has left the endpoint at the configuration before."""
    is_stable = outputs.get("sagemaker_endpoint_status") == "InService"
    is_superseded = (outputs.get("failure") or {}).get("cause") == "superseded"
    served = _what_serves(outputs).get("endpoint_config_name")
    return is_stable and not is_superseded and served != outputs.get("sagemaker_endpoint_config_name")


def _saved(outputs: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a stopped endpoint had."""
    stopped = outputs.get("stopped") or {}
    listed = stopped.get("variants", [])
    yield from (_variant(variant, len(listed) > 1) for variant in listed)
    yield from (_component(component) for component in stopped.get("inference_components", []))


def _serving(outputs: Mapping[str, Any]) -> Iterator[str]:
    serving = _what_serves(outputs)
    if not serving.get("endpoint_config_name"):
        return
    status = outputs.get("sagemaker_endpoint_status") or ""
    target_config = outputs.get("sagemaker_endpoint_config_name")
    is_moving = status in _PENDING and target_config not in (serving["endpoint_config_name"], None)
    to = f" to {target_config}" if is_moving else ""
    yield f"{serving['endpoint_config_name']}{f' ({status}{to})' if status else ''}"
    listed = serving.get("variants") or []
    several = len([one for one in listed if not one.get("shadow")]) > 1
    yield from (f"  {_variant(variant, several)}" for variant in listed)
    yield from (f"  {_component(one)}" for one in serving.get("inference_components") or ())


def _component(component: Mapping[str, Any]) -> str:
    number, name = component.get("copy_count"), f"inference component {component['name']}"
    if "base" in component:
        return f"{name}: an adapter of {component['base']}"
    copies = "" if number is None else f": {number} {'copy' if number == 1 else 'copies'}"
    return f"{name}{copies}{_bounds(component)}"


def _what_serves(outputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what serves. The outputs of a failed run have it in the failure, because serving is its goal."""
    if outputs.get("failed"):
        return (outputs.get("failure") or {}).get("serving") or {}
    return outputs.get("serving") or {}


def _variant(variant: Mapping[str, Any], several: bool) -> str:
    share = ", a shadow" if variant.get("shadow") else ""
    if several and not share and "weight" in variant:
        share = f", weight {variant['weight']:g}"
    return f"variant {variant['variant_name']}: {_size(variant)}{share}{_bounds(variant)}"


def _size(variant: Mapping[str, Any]) -> str:
    """Return the capacity of a variant. DescribeEndpoint, which a failure shows, does not return the instance type."""
    if "current_instance_count" in variant:
        return f"{variant['current_instance_count']} of {variant.get('desired_instance_count')} instances"
    count, types = variant.get("instance_count"), " or ".join(variant.get("instance_types") or ())
    if types:
        return types if count is None else f"{count} x {types}"
    words = (
        ("memory_size_in_mb", "serverless with {} MB"),
        ("max_concurrency", "at most {} requests at once"),
        ("provisioned_concurrency", "{} of them provisioned"),
    )
    return ", ".join(text.format(variant[option]) for option, text in words if option in variant)


def _bounds(scaled: Mapping[str, Any]) -> str:
    bounds = scaled.get("autoscaling")
    if not bounds:
        return ""
    highest = "" if bounds["max_capacity"] is None else f" to {bounds['max_capacity']}"
    return f", scaled automatically from {bounds['min_capacity']}{highest}"


def _failure(failure: Mapping[str, Any]) -> Iterator[str]:
    """Yield the reason of a failure, and the remedy."""
    if not failure:
        return
    name = " ".join(str(failure[key]) for key in ("what", "name") if failure.get(key))
    if name:
        yield f"{name}{_state(failure)}"
    for key in ("reason", "remedy", "log_note"):
        # Several problems are several lines. A reason may contain the remedy.
        if failure.get(key) and (key != "remedy" or failure[key] not in failure["reason"]):
            yield from str(failure[key]).splitlines()
    yield from (line["message"] for line in (failure.get("log_lines") or ())[-3:])
    if failure.get("command") and failure.get("log_note") not in (NO_CONTAINER, NOT_READ):
        yield failure["command"]


def _state(failure: Mapping[str, Any]) -> str:
    """Return what became of the thing that failed. An endpoint in service is what the failure has left, not its kind."""
    if failure.get("rolled_back") and failure.get("what") == "endpoint":
        return " was rolled back by SageMaker"
    return f" is {failure['status']}" if failure.get("status") not in (None, "", "InService") else ""


# Next steps


def _call(outputs: Mapping[str, Any]) -> Iterator[str]:
    serving = outputs.get("serving") or {}
    if outputs.get("failed") or not serving.get("endpoint_config_name"):
        return
    if outputs.get("invocations_url"):
        yield outputs["invocations_url"]
    if outputs.get("openai_base_url"):
        yield f"{outputs['openai_base_url']} (OpenAI-compatible)"
    options = {
        "endpoint_name": outputs["sagemaker_endpoint_name"],
        **serving["invocation"],
        "region": outputs.get("region"),
    }
    given = " ".join(f"{option}={value}" for option, value in options.items() if value)
    yield f"ansible localhost -m mlops.sagemaker.sagemaker_endpoint_invoke -a '{given}'"


def _way_back(outputs: Mapping[str, Any]) -> Tuple[str, List[str]]:
    """Return the title and the command for rolling back."""
    region = f" -e aws_region={outputs['region']}" if outputs.get("region") else ""
    given = f"{region} -e sagemaker_endpoint_name={outputs['sagemaker_endpoint_name']}"
    if outputs.get("failed"):
        return _left_behind(outputs, given)
    if "stopped" in outputs:
        return standstill.way_back(outputs)
    plan, undo = outputs["plan"], "Deploy with the earlier variables."
    components = [one["name"] for one in _items(plan, "inference_components") if one["action"] == plans.UPDATE]
    if outputs.get("previous_release"):
        more = [f"{', '.join(components)}: {undo}"] if components else []
        command = f"ansible-playbook mlops.sagemaker.rollback{given}"
        return f"Roll back to {outputs['previous_release']}:", [command, *more]
    if _what_serves(outputs).get("endpoint_config_name"):
        if _is_changing(outputs) and not any(one["action"] == plans.CREATE for one in _items(plan, "endpoint")):
            return "No release to roll back to. To undo this run:", [undo]
        return "No release to roll back to. Delete everything:", [f"ansible-playbook mlops.sagemaker.destroy{given}"]
    if _is_gone(outputs) and _is_changing(outputs):
        return "To undo this run:", ["Deploy with the same variables. That creates everything again."]
    return "", []


def _left_behind(outputs: Mapping[str, Any], given: str) -> Tuple[str, List[str]]:
    """Return the title and the next steps after a run that failed before anything serves, but has created something."""
    created = [
        item for part in outputs["plan"] for item in _items(outputs["plan"], part) if item["action"] == plans.CREATE
    ]
    if not created or _what_serves(outputs).get("endpoint_config_name"):
        return "", []
    again = "Fix the cause and deploy again. The next run uses what this one has created, or removes it."
    return "What was created stays:", [again, f"To delete it: ansible-playbook mlops.sagemaker.destroy{given}"]
