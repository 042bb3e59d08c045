# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Polling of an inference component during a run, and its failure reports."""

from __future__ import annotations

import datetime
from typing import Any
from typing import Optional

from ..api import failures
from ..api import transitions
from ..api.container_logs import MOST_CALLS
from ..api.container_logs import LogSource
from ..api.failures import Failed
from ..api.transitions import Deadline
from ..api.transitions import Overtaken
from ..api.transitions import Stage
from ..api.transitions import TimedOut
from ..core import errors
from ..core import failure_causes
from ..core.errors import SageMakerError
from ..core.errors import ServiceError
from ..core.types import Api
from ..reports import states
from ..resources import endpoints
from ..resources import inference_components
from ..resources.inference_components import IN_SERVICE
from ..resources.inference_components import NOUN
from ..rules import tags as tag_rules
from .component_plan import ComponentPlanner


class ComponentWatch:
    """Polls a component until a deadline. For reports: the operation, and its tags."""

    what = "component update"

    def __init__(self, planner: ComponentPlanner, deadline: Deadline) -> None:
        self.aws = planner.aws
        self.name = planner.desired.name
        self.deadline = deadline
        self.tags: tag_rules.Tags = {}
        self._planner = planner
        # When AWS began what is under way.
        self._begun: Optional[datetime.datetime] = None

    def look(self) -> Optional[Api]:
        return inference_components.describe(self.aws, self.name)

    def existing(self, component: Optional[Api]) -> Api:
        if component is None:
            raise SageMakerError(
                f"Inference component {self.name} no longer exists: somebody else deleted it during this run."
            )
        return component

    def await_change(self, before: Optional[Api]) -> Api:
        """Return the component once a started change is visible, which may take a moment."""

        def shows(component: Optional[Api]) -> bool:
            return not inference_components.is_same(component, before)

        return self.existing(transitions.await_shown(self.aws.sagemaker, self.look, shows))

    def runs(self, component: Api, desired: Api) -> bool:
        """Return whether the component is in service with the desired content."""
        return component["InferenceComponentStatus"] == IN_SERVICE and not self._planner.differences(component, desired)

    @staticmethod
    def has_new_reason(before: Optional[Api], after: Api) -> bool:
        """Return whether the failure reason is new. An old reason stays after later successes."""
        return after.get("FailureReason") not in (None, (before or {}).get("FailureReason"))

    def await_end(self, before: Optional[Api], desired: Api) -> Api:
        """Wait until a change has ended with all copies in service, or has failed. before: the component before the
        change."""

        def stage(component: Optional[Api]) -> Stage:
            if component is None:
                return Stage.UNCHANGED if before is None else Stage.ENDED
            if not inference_components.is_stable(component):
                return Stage.UNDER_WAY
            if self.has_new_reason(before, component):
                return Stage.ENDED
            if self.runs(component, desired):
                return Stage.ENDED if inference_components.capacity_reached(component) else Stage.UNDER_WAY
            changed = before is None or component["LastModifiedTime"] != before["LastModifiedTime"]
            return Stage.ENDED if changed else Stage.UNCHANGED

        def noted() -> Optional[Api]:
            component = self.look()
            if self._begun is None and component is not None and not inference_components.is_stable(component):
                self._begun = component["LastModifiedTime"]
            return component

        try:
            last = transitions.await_end(
                self.aws.sagemaker, noted, stage, self.deadline, lambda seen: states.component(self.name, seen)
            )
        except TimedOut as error:
            component = self.existing(error.last)
            shown = {NOUN: inference_components.resource(self.aws, component, self.tags)}
            failed = self.failed(component, component.get("FailureReason", ""))
            state = states.component(self.name, component)
            raise failures.timeout(self.aws, inference_components.TITLE, state, failed, self.deadline, shown) from error
        except ServiceError as error:
            failures.refusal(self.aws, error, self.failed(None, errors.message(error)))
            raise
        return self.existing(last)

    def update_failure(self, before: Api, after: Api, desired: Api) -> SageMakerError:
        name, status = self.name, after["InferenceComponentStatus"]
        reason = failure_causes.format_reason(after)
        if after.get("FailureReason") and not self.has_new_reason(before, after):
            reason += " (That reason is older than this update. SageMaker keeps it.)"
        if status != IN_SERVICE:
            return self.failure(after, f"Inference component {name} was not updated; it is {status} now. {reason}")
        unchanged = inference_components.content(before) == inference_components.content(after)
        differing = ", ".join(change.path for change in self._planner.differences(after, desired))
        if unchanged:
            text = f"Inference component {name} was not updated: SageMaker rolled back, and it still runs as before. {reason}"
        elif differing:
            text = f"Inference component {name} was not updated to the desired content. It differs in: {differing}. {reason}"
        else:
            text = f"Inference component {name} has the desired content, but its update failed. {reason}"
        return self.failure(after, text, rolled_back=unchanged)

    def failure(self, component: Api, message: str, **details: Any) -> SageMakerError:
        """Return the error report for a component in this state."""
        shown = {NOUN: inference_components.resource(self.aws, component, self.tags)}
        return failures.report(
            self.aws, message, self.failed(component, component.get("FailureReason", "")), shown, **details
        )

    def failed(self, component: Optional[Api], reason: str) -> Failed:
        """Return what failed, with the component as it is now and the endpoint that hosts it."""
        logs = LogSource(
            failure_causes.component_log_group(self.name),
            self._begun or (component or {}).get("CreationTime"),
            component=self.name,
            secret_keys=self._planner.desired.secret_keys,
        )
        status = None if component is None else component["InferenceComponentStatus"]
        return Failed(self.what, self.name, status, reason, self._host(component), logs, MOST_CALLS - 1)

    def _host(self, component: Optional[Api]) -> Optional[Api]:
        """Return the endpoint, None where it is gone or the caller may not look at it."""
        name = (component or {}).get("EndpointName") or self._planner.desired.place["endpoint_name"]
        try:
            return endpoints.describe(self.aws, name) if name else None
        except ServiceError:
            return None

    def overtaken(self) -> Overtaken:
        return Overtaken(
            f"Inference component {self.name} was created or changed by somebody else during this run. Run the task again to bring "
            "it to the desired content."
        )
