# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The outputs and the summary of an endpoint that is stopped, or is started again. Pure."""

from __future__ import annotations

from typing import Any
from typing import Dict
from typing import Iterator
from typing import List
from typing import Mapping
from typing import Sequence
from typing import Tuple

from . import addresses
from . import serving as serving_rules

Values = Dict[str, Any]

# The status of a stopped endpoint in the outputs, and in changes. SageMaker has none, because the endpoint is gone.
STOPPED = "Stopped"
# That of one that a run which does not wait leaves to SageMaker.
DELETING = "Deleting"


def of_deletion(inputs: Mapping[str, Any]) -> Values:
    """Return the outputs of a stop that finds an endpoint which somebody else deletes, without a record."""
    note = f"The endpoint {inputs['name']} is being deleted without a record of a stop, so no start brings it back. To have it again, deploy it."
    return {**_outputs(inputs), "sagemaker_endpoint_status": "", "notes": [note]}


def outputs(
    inputs: Mapping[str, Any],
    current: Mapping[str, Any],
    record: Mapping[str, Any],
    config: Mapping[str, Any],
    is_left: bool = False,
) -> Values:
    """Return the outputs of a stop. record: of it; config: the content of the configuration that stays; is_left: whether SageMaker
    still deletes the endpoint."""
    name = record["endpoint_config_name"]
    counts = {option: record["variants"] for option in ("production_variants", "shadow_production_variants")}
    components = [
        {"name": one["name"], "copy_count": one.get("runtime_config", {}).get("copy_count")}
        for one in record["components"]
    ]
    return {
        **_outputs(inputs),
        "sagemaker_endpoint_config_name": name,
        "sagemaker_endpoint_status": DELETING if is_left else STOPPED,
        "sagemaker_model_names": _models_of(name, current["releases"]),
        "stopped": {
            "stopped_at": record["stopped_at"],
            "variants": serving_rules.with_counts(serving_rules.of_config(name, config, record["targets"]), counts)[
                "variants"
            ],
            "inference_components": components,
            "alarms": sorted(
                {alarm for one in record["targets"] for names in one["alarms"].values() for alarm in names}
            ),
        },
    }


def as_recorded(facts: Mapping[str, Any], record: Mapping[str, Any], releases: Sequence[Mapping[str, Any]]) -> Values:
    """Return the outputs that the record of the stop corrects: the update that it waited for may have failed, against the plan.

    facts: the outputs of the plan.
    """
    name = record.get("endpoint_config_name")
    if name in (None, facts["sagemaker_endpoint_config_name"]):
        return {}
    return {
        "sagemaker_endpoint_config_name": name,
        "sagemaker_model_names": _models_of(name, releases),
        # The plan's are those of the other configuration.
        "stopped": {**facts["stopped"], "variants": []},
    }


def _models_of(config_name: str, releases: Sequence[Mapping[str, Any]]) -> List[str]:
    release = next((one for one in releases if one["endpoint_config_name"] == config_name), {})
    return list(release.get("model_names", ()))


def transition_note(name: str, status: str, before: str, coming: str) -> str:
    """Return the note of a stop of an endpoint in transition. before, coming: the configurations of its begin and of its end."""
    if before == coming:
        return f"The endpoint {name} was {status} when this run looked. A stop waits for the end of that."
    return (
        f"An update of the endpoint {name} from {before} to {coming} was under way when this run looked. A stop waits for its end, and then stops "
        f"the endpoint with {coming}, or with {before} if the update fails."
    )


def _outputs(inputs: Mapping[str, Any]) -> Values:
    return {
        "sagemaker_role_arn": "",
        "sagemaker_endpoint_name": inputs["name"],
        "sagemaker_endpoint_config_name": "",
        "sagemaker_endpoint_arn": "",
        "sagemaker_model_names": [],
        **addresses.NOWHERE,
        "serving": dict(serving_rules.NOTHING),
        "previous_release": "",
        "notes": [],
    }


# Summary


def is_stop(plan: Mapping[str, Any]) -> bool:
    """Return whether this plan of an endpoint stops it."""
    return any(one["path"] == "endpoint_status" and one["after"] == STOPPED for one in plan["changes"])


def is_start(plan: Mapping[str, Any]) -> bool:
    """Return whether this plan of an endpoint starts it, or completes a start."""
    return any(map(_is_of_start, plan["changes"]))


def _is_of_start(change: Mapping[str, Any]) -> bool:
    return change["path"] == "stop_record" or (change["path"] == "endpoint_status" and change["before"] == STOPPED)


def after_start(plan: Mapping[str, Any]) -> Values:
    """Return the part of a plan that follows the start of the endpoint."""
    end = 1 + max(number for number, one in enumerate(plan["changes"]) if _is_of_start(one))
    changes = plan["changes"][end:]
    updates = "UpdateEndpoint" in plan["calls"]
    return {**plan, "action": "update" if updates else "retag" if changes else "none", "changes": changes}


def saved_title(facts: Mapping[str, Any]) -> str:
    """Return the title of what a stopped endpoint costs no more. told: the outputs."""
    if facts.get("sagemaker_endpoint_status") == DELETING:
        return "Costs no more once SageMaker has deleted it:"
    since = (facts.get("stopped") or {}).get("stopped_at")
    return f"Costs no more since {since}:" if since else "Costs no more:"


def kept(facts: Mapping[str, Any]) -> Iterator[str]:
    """Yield what stays of a stopped endpoint. told: the outputs."""
    name, models = facts["sagemaker_endpoint_config_name"], facts["sagemaker_model_names"]
    yield f"the endpoint configuration {name}, with all that a start needs in its tags"
    if models:
        yield f"the model{'s' if len(models) > 1 else ''} {', '.join(models)}"
    alarms = facts["stopped"]["alarms"]
    if alarms:
        yield f"the alarm{'s' if len(alarms) > 1 else ''} {', '.join(alarms)}, which trigger{'' if len(alarms) > 1 else 's'} nothing meanwhile"
    yield "the execution role and earlier releases"


def way_back(facts: Mapping[str, Any]) -> Tuple[str, List[str]]:
    """Return the title and the commands for starting it again."""
    region = f" -e aws_region={facts['region']}" if facts.get("region") else ""
    command = (
        f"ansible-playbook mlops.sagemaker.start{region} -e sagemaker_endpoint_name={facts['sagemaker_endpoint_name']}"
    )
    return "Start it again as it was:", [command, "Or deploy: that starts it, too, before it changes anything."]
