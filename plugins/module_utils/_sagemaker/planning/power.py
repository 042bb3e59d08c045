# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of a stop or a start, and of the start before a deploy. sagemaker_endpoint_power predicts it as a whole."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any
from typing import Dict
from typing import Iterator
from typing import Mapping
from typing import Optional

from ..api.client import AwsClients
from ..argspec import endpoint as endpoint_options
from ..argspec.options import with_defaults
from ..core import plans
from ..core.errors import SageMakerError
from ..deploy import decisions
from ..deploy import standstill
from ..deploy import steps
from ..deploy import tasks
from ..power import endpoint_power
from ..resources import endpoint_configs
from ..resources import endpoints
from ..resources import immutables
from ..resources.stop_records import Record
from . import rollback
from .recorder import Recorder


def acts(state: str, current: Mapping[str, Any]) -> bool:
    """Return whether a run stops or starts the endpoint: because that is asked for, or before a deploy of a stopped one."""
    return state in ("stopped", "started") or (state == "present" and bool(current["stopped"] or current["power"]))


def refuse(state: str, inputs: Mapping[str, Any], current: Mapping[str, Any]) -> None:
    """Raise SageMakerError for a rollback of an endpoint that does not run."""
    if state == "rollback" and (current["stopped"] or current["power"]):
        raise SageMakerError(
            f"The endpoint {inputs['name']} is stopped, so it is not rolled back. Start it first (mlops.sagemaker.start, or "
            "sagemaker_endpoint_state: started)."
        )


def take(recorder: Recorder, inputs: Mapping[str, Any]) -> Optional[Record]:
    """Plan a stop or a start, and return its record."""
    options = with_defaults(tasks.power(inputs), endpoint_options.POWER)
    result = recorder.take(steps.POWER, steps.ENDPOINT, partial(endpoint_power.ensure, recorder.aws, options, True))
    return Record(**result.more["stopped"]) if result.more["stopped"] else None


def stop(
    recorder: Recorder, inputs: Mapping[str, Any], current: Mapping[str, Any], record: Optional[Record]
) -> Dict[str, Any]:
    """Return the result of plan_info for a stop."""
    if record is None:
        return {"outputs": standstill.of_deletion(inputs)}
    aws = recorder.aws
    config = immutables.describe(endpoint_configs.KIND, aws, record.endpoint_config_name) or {}
    content = aws.sagemaker.result("DescribeEndpointConfig", config)
    # The time of a stop that is yet to come is not known.
    known = record if not current["serving"] else replace(record, stopped_at="")
    outputs = standstill.outputs(inputs, current, known.as_dict(), content, _is_left(recorder, inputs))
    return {"outputs": {**outputs, "notes": list(_transition(aws, inputs["name"]))}}


def _transition(aws: AwsClients, name: str) -> Iterator[str]:
    """Yield a note of the transition that a stop waits for."""
    endpoint = endpoints.describe(aws, name)
    if endpoint is not None and endpoint["EndpointStatus"] in endpoints.TRANSITIONS:
        coming = endpoints.target_config(endpoint)
        yield standstill.transition_note(name, endpoint["EndpointStatus"], endpoint["EndpointConfigName"], coming)


def start(
    recorder: Recorder, inputs: Mapping[str, Any], current: Mapping[str, Any], record: Optional[Record]
) -> Dict[str, Any]:
    """Return the result of plan_info for a start. current: as it is after the start."""
    aws, serving = recorder.aws, current["serving"]
    name = serving["endpoint_config_name"]
    endpoint = aws.sagemaker.result("DescribeEndpoint", endpoints.describe(aws, inputs["name"]) or {})
    release = next((one for one in current["releases"] if one["endpoint_config_name"] == name), None)
    # A run that does not wait ends with the creation.
    is_left = not inputs["wait"] and recorder.steps[0]["plan"]["calls"][-1:] == ["CreateEndpoint"]
    return {
        "outputs": {
            "sagemaker_role_arn": "",
            "sagemaker_endpoint_name": inputs["name"],
            "sagemaker_endpoint_config_name": name,
            "sagemaker_endpoint_arn": serving["endpoint_arn"],
            "sagemaker_endpoint_status": "Creating" if is_left else endpoint["endpoint_status"],
            "sagemaker_model_names": release["model_names"] if release else serving["model_names"],
            **rollback.addresses_of(aws, inputs, current, name),
            "serving": rollback.serving_of(recorder, current, endpoint, name),
            "previous_release": decisions.release_to_return_to(inputs, current, name),
            "notes": [] if record else [f"The endpoint {inputs['name']} is not stopped."],
        },
    }


def _is_left(recorder: Recorder, inputs: Mapping[str, Any]) -> bool:
    """Return whether the run leaves the deletion of a stopped endpoint to SageMaker."""
    if inputs["wait"]:
        return False
    plans_of_stop = [step["plan"] for step in recorder.steps]
    return any(plan["action"] == plans.WAIT or plan["calls"][-1:] == ["DeleteEndpoint"] for plan in plans_of_stop)
