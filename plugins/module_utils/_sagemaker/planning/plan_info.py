# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of a whole run of the Ansible role, predicted from one snapshot of AWS."""

from __future__ import annotations

from typing import Any
from typing import Dict
from typing import List
from typing import Mapping
from typing import Optional

from ..api.client import AwsClients
from ..api.snapshot import Snapshot
from ..core import errors
from ..core.problems import Problem
from ..deploy import permissions
from ..deploy import run as role_run
from ..deploy import steps
from ..early_checks import cost_limit
from ..early_checks import request_problems
from ..power.after_start import Started
from ..resources.stop_records import Record
from . import destroy
from . import look
from . import power
from . import rollback
from .deploy import Deployment
from .recorder import Recorder


def _plan(
    recorder: Recorder, inputs: Mapping[str, Any], current: Mapping[str, Any], record: Optional[Record]
) -> Dict[str, Any]:
    """Return the plan of a state. record: of the endpoint that the run stops or starts."""
    state = inputs["state"]
    if state == "present":
        return Deployment(recorder, inputs, current).plan()
    if state in ("stopped", "started"):
        return (power.stop if state == "stopped" else power.start)(recorder, inputs, current, record)
    return (destroy if state == "absent" else rollback).plan(recorder, inputs, current)


def info(aws: AwsClients, params: Mapping[str, Any], check_mode: bool = False) -> Dict[str, Any]:
    """Return the plan, see the module's RETURN. Raises InputError with all problems of the steps that can be detected
    beforehand."""
    inputs, state = params["inputs"], params["state"]
    snapshot = aws if isinstance(aws, Snapshot) else Snapshot(aws)
    # The texts contain the paths.
    errors.raise_if_any(Problem("", text) for text in _problems(snapshot, inputs, state, check_mode))
    recorder = Recorder(snapshot, params["applies"])
    current = look.look(snapshot, look.params_of(inputs, state), check_mode)
    power.refuse(state, inputs, current)
    record = power.take(recorder, inputs) if power.acts(state, current) else None
    if record is not None and state == "started":
        # A deploy is held to the limit by what it deploys.
        errors.raise_if_any(cost_limit.start_problems(snapshot, inputs, record))
    if record is not None and state != "stopped":
        recorder.aws = Started(snapshot, record)
        current = look.look(recorder.aws, look.params_of(inputs, state), check_mode)
    planned = _plan(recorder, inputs, current, record)
    recorder.steps = steps.in_order(recorder.steps)
    aws.warn(snapshot.warnings)
    plan, applies = steps.assemble(recorder.steps), recorder.applies
    would_change = steps.is_changing(recorder.steps)
    partition = aws.sagemaker.partition
    planned = {**planned, "state": state, "steps": recorder.steps, "current": current, "partition": partition}
    planned["stopped"] = record.as_dict() if record else current["stopped"]
    facts = {
        "region": current["region"],
        "account_id": current["account_id"] or "",
        "plan": plan,
        "operator_policy": permissions.operator_policy(inputs, planned, recorder.steps),
    }
    return {
        **planned,
        "plan": plan,
        "outputs": {**planned["outputs"], **facts},
        "would_change": would_change,
        "applies": applies,
        "predicts_change": would_change and not applies,
        "phases": role_run.phases(inputs, planned) if applies else [],
        **({} if applies else {"diff": recorder.diffs}),
    }


def _problems(aws: AwsClients, inputs: Mapping[str, Any], state: str, check_mode: bool) -> List[str]:
    """Return the problems of the variables, and those of the resulting options by the service model."""
    problems = list(inputs.get("problems") or ())
    if problems and state == "present" and "endpoint_config" in inputs:
        return request_problems.added(aws, problems, look.params_of(inputs, state), check_mode)
    return problems
