# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The update of an endpoint to another configuration, and what is switched off for its time and put back whatever the end."""

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
    """One update, verified."""

    def __init__(self, run: EndpointRun, steps: RolloutPlan) -> None:
        self.run = run
        self.aws = run.aws
        self.steps = steps
        self.suspended = SuspendedTargets(run.aws, run.name)

    def apply(self, endpoint: Api) -> Api:
        """Update and verify. The placeholder goes whatever the end."""
        placeholder = self.steps.placeholder
        try:
            after = self._update(endpoint)
        except Exception as error:
            if placeholder:
                self._clean_up_after(
                    error,
                    lambda: self._drop_placeholder(placeholder, endpoint),
                    f" The placeholder {placeholder} is not deleted yet; the next run deletes it.",
                )
            raise
        if placeholder:
            self._drop_placeholder(placeholder, endpoint)
        return after

    def _update(self, endpoint: Api) -> Api:
        """Update and verify. Suspended targets come back whatever the end; an update that goes on keeps them suspended."""
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
            # The update may still go on, and what it leads to is not known: nothing can be registered now.
            error.message += self.suspended.missing_note()
            raise

    def _prepare(self, endpoint: Api) -> None:
        """Write down on the endpoint what is to be put back, then deregister the targets and make the placeholder."""
        steps, notes = self.steps, {}
        if steps.suspended:
            # What an interrupted run remembered may have taken more tags.
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
        """Register these targets again on the variants that serve now, and return the endpoint afterwards."""
        self._restore(targets, endpoint)
        # Registering moves the capacity at once where it lies outside the limits.
        return self.run.wait_until(lambda seen: endpoints.is_stable(seen) and endpoints.capacity_reached(seen))

    def _restore(self, targets: List[Saved], endpoint: Api) -> None:
        # Where the update has failed, the variant may have another name in the configuration asked for.
        hint = " To do without this target, name the variant {variant} in unscaled_variants."
        self.suspended.restore(targets, endpoint, hint if self.run.serves(endpoint) else "")

    def _restore_after(self, error: Exception) -> None:
        """Bring autoscaling back after a failure, one of switching it off included."""
        if self.steps.forget:
            remembered = " Autoscaling is remembered in tags of the endpoint, and the next run restores it."
            self._clean_up_after(error, lambda: self._restore(self.steps.fallback, self.run.described()), remembered)

    @staticmethod
    def _clean_up_after(error: Exception, clean_up: Callable[[], Any], otherwise: str) -> None:
        """Put back what was changed before this failure. That this fails too must not hide the first failure."""
        try:
            clean_up()
        except SageMakerError as second:
            if isinstance(error, SageMakerError):
                error.message += f" {second.message}{otherwise}"

    def _drop_placeholder(self, name: str, endpoint: Api) -> None:
        placeholder_configs.delete(self.aws, name)
        placeholder_configs.forget(self.aws, endpoint)
