# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The failure of a run of the role, found in the results of its tasks, and what the run has done until then. Pure.

The arguments are those of run. The results may hold what an earlier run in the same play has left, so the first failed task in the
order of this run counts: every task before it has registered a result of this run.
"""

from __future__ import annotations

from typing import Any
from typing import Dict
from typing import Iterator
from typing import List
from typing import Mapping
from typing import NamedTuple
from typing import Optional
from typing import Tuple

from ..core import failure_causes
from ..reports import failure as failure_report
from . import steps

Values = Dict[str, Any]

PREFLIGHT, PLAN = "preflight", "plan"


class FailedTask(NamedTuple):
    """part: of the steps, or plan; number: how many of its things were done before; result: of the task."""

    part: str
    number: int
    result: Mapping[str, Any]


def before_plan(inputs: Mapping[str, Any], results: Mapping[str, Any]) -> Optional[FailedTask]:
    """Return the preflight if it ended the run, so that there is no plan of this run."""
    checked = results.get(PREFLIGHT) or {}
    if not inputs.get("preflight") or not (checked.get("failed") or checked.get("errors")):
        return None
    return FailedTask(PREFLIGHT, 0, {"msg": checked.get("report", ""), **checked})


def find(planned: Mapping[str, Any], jobs: List[Mapping[str, Any]], results: Mapping[str, Any]) -> Optional[FailedTask]:
    """Return the task that failed, None if none did. jobs: of this run, in order."""
    if planned.get("failed"):
        return FailedTask(PLAN, 0, planned)
    for job in jobs:
        for number, result in enumerate(_registered(job["tasks"], results)):
            if result.get("failed"):
                # The answer of a smoke test is not one of its steps.
                return FailedTask(job["tasks"], 0 if job["tasks"] == steps.SMOKE_TEST else number, result)
    return None


def _registered(part: str, results: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The results of a part, item by item."""
    # The answer comes before the entry into the history.
    for key in ("answer", part) if part == steps.SMOKE_TEST else (part,):
        value = results.get(key) or {}
        yield from value.get("results") or [value]


def report(failed: FailedTask, inputs: Mapping[str, Any], results: Mapping[str, Any]) -> Values:
    """Return the failure: the report of the module, or the same keys where it has none."""
    result = failed.result
    failure = result.get("failure")
    if not failure:
        return failure_report.failure(
            failed.part.replace("_", " "),
            inputs.get("name"),
            reason=str(result.get("msg", "")),
            cause=result.get("cause", failure_causes.UNKNOWN.name),
            remedy=result.get("remedy", ""),
            rolled_back=bool(result.get("rolled_back", False)),
        )
    return {**failure, **_after_test(results)} if failed.part == steps.SMOKE_TEST else dict(failure)


def _after_test(results: Mapping[str, Any]) -> Values:
    """What differs once a failed smoke test is over: the endpoint may be back at the release before."""
    failure: Values = {"what": "smoke test"}
    items = (results.get("rolled_back") or {}).get("results") or ()
    restored = (results.get("restored_components") or {}).get("results") or ()
    back = [*items, *restored]
    failure["rolled_back"] = bool(back) and not any(item.get("failed") for item in back)
    for item in items:
        endpoint = item.get("endpoint") or {}
        if endpoint:
            failure["serving"] = {
                "endpoint_config_name": endpoint.get("endpoint_config_name"),
                "variants": endpoint.get("production_variants", []),
            }
            failure["status"] = endpoint.get("endpoint_status")
    return failure


def done_until(failed: FailedTask, listed: List[Values], jobs: List[Mapping[str, Any]]) -> Tuple[List[Values], Values]:
    """Return the steps that were carried out, and the one that failed with the plan of its result, which is marked as failed.

    listed: steps with their results.
    """
    parts = [job["tasks"] for job in jobs]
    before = parts[: parts.index(failed.part)] if failed.part in parts else []
    completed = [one for one in listed if one["runs"] and one["part"] in before]
    own = [one for one in listed if one["runs"] and one["part"] == failed.part]
    completed += own[: failed.number]
    current = own[failed.number] if failed.number < len(own) else {}
    if not current or not failed.result.get("plan"):
        return completed, {}
    plan = steps.with_reasons(failed.result["plan"], steps.reasons(current["plan"]))
    return completed, {**current, "plan": {**plan, "failed": True}}
