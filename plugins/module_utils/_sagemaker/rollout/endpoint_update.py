# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The update of an endpoint to another configuration. Suspends autoscaling for the update and restores it even after a
failure."""

from __future__ import annotations

from typing import Any
from typing import Callable
from typing import List

from ..api import tags
from ..core import ownership
from ..core.errors import SageMakerError
from ..core.types import Api
from ..resources import endpoint_configs
from ..resources import endpoints
from ..resources import immutables
from ..resources import placeholder_configs
from ..rules import tags as tag_rules
from . import scaling_handover
from .endpoint_plan.rollout_plan import RolloutPlan
from .endpoint_run import EndpointRun
from .scaling_handover import Saved
from .suspended_targets import SuspendedTargets


class EndpointUpdate:
    """One update with verification."""

    def __init__(self, run: EndpointRun, steps: RolloutPlan) -> None:
        self.run = run
        self.aws = run.aws
        self.steps = steps
        self.suspended = SuspendedTargets(run.aws, run.name)

    def apply(self, endpoint: Api) -> Api:
        """Update and verify. Delete the placeholder even after a failure."""
        placeholder = self.steps.placeholder
        try:
            after = self._update(endpoint)
        except Exception as error:
            if placeholder:
                self._clean_up_after(
                    error,
                    lambda: self._drop_placeholder(placeholder, endpoint),
                    f" The placeholder {placeholder} is not deleted yet. The next run deletes it.",
                )
            raise
        if placeholder:
            self._drop_placeholder(placeholder, endpoint)
        return after

    def _update(self, endpoint: Api) -> Api:
        """Update and verify. Restore suspended targets even after a failure, but not while the update is still in
        progress."""
        run, steps = self.run, self.steps
        try:
            self._prepare(endpoint)
            run.change("UpdateEndpoint", steps.request, run.lookup, endpoint)
        except Exception as error:
            self._restore_after(error)
            raise
        if not run.desired.wait and not steps.has_sequel:
            return run.await_change(endpoint)
        after = self._await_end(endpoint)
        if not run.serves(after):
            error = run.update_failure(after, endpoint["EndpointConfigName"])
            self._restore_after(error)
            raise error
        return self.restored(steps.restore, after) if steps.forget else after

    def _await_end(self, before: Api) -> Api:
        try:
            return self.run.await_end(self.run.serves, before)
        except SageMakerError as error:
            # The update may still be in progress and its result is unknown, so no target can be registered now.
            error.add(self.suspended.missing_note())
            raise

    def _prepare(self, endpoint: Api) -> None:
        """Save the targets in tags of the endpoint, then deregister them and create the placeholder."""
        steps, notes = self.steps, {}
        if steps.suspended:
            # An interrupted run may have needed more tags.
            notes = {tag: "" for tag in self.run.tags if tag.startswith(ownership.MEMORY_TAG)}
            notes.update(scaling_handover.to_tags(steps.saved))
        if steps.placeholder_request:
            notes[placeholder_configs.TAG] = steps.placeholder
        tags.SAGEMAKER.apply(self.aws.sagemaker, endpoint["EndpointArn"], tag_rules.TagChange(put=notes))
        for saved in steps.suspended:
            self.suspended.deregister(saved)
        if steps.placeholder_request:
            self.aws.sagemaker.call(
                "CreateEndpointConfig",
                steps.placeholder_request,
                lambda: immutables.describe(endpoint_configs.KIND, self.aws, steps.placeholder),
            )

    def restored(self, targets: List[Saved], endpoint: Api) -> Api:
        """Register these targets again on the current variants. Return the endpoint afterwards."""
        self._restore(targets, endpoint)
        # A registration changes the capacity at once if it is outside the bounds.
        return self.run.wait_until(lambda seen: endpoints.is_stable(seen) and endpoints.capacity_reached(seen))

    def _restore(self, targets: List[Saved], endpoint: Api) -> None:
        # After a failed update, the variant may have another name in the desired configuration.
        hint = " To drop this target, list the variant {variant} in unscaled_variants."
        self.suspended.restore(targets, endpoint, hint if self.run.serves(endpoint) else "")

    def _restore_after(self, error: Exception) -> None:
        """Restore autoscaling after a failure, including a failure to suspend it."""
        if self.steps.forget:
            remembered = " Autoscaling is saved in tags of the endpoint, and the next run restores it."
            self._clean_up_after(error, lambda: self._restore(self.steps.fallback, self.run.described()), remembered)

    @staticmethod
    def _clean_up_after(error: Exception, clean_up: Callable[[], Any], otherwise: str) -> None:
        """Restore the previous state after this failure. A second failure must not hide the first one."""
        try:
            clean_up()
        except SageMakerError as second:
            if isinstance(error, SageMakerError):
                error.add(f" {second.message}{otherwise}")

    def _drop_placeholder(self, name: str, endpoint: Api) -> None:
        placeholder_configs.delete(self.aws, name)
        placeholder_configs.forget(self.aws, endpoint)
