# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One rollout: an endpoint is brought to a configuration, and it is only called done when it is true.

Done means: the endpoint uses the configuration that was asked for, nothing is pending, and every variant has the weight
and the capacity that it should have. What has to be done for that is planned in endpoint_plan.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any
from typing import Callable
from typing import Iterator
from typing import List
from typing import Mapping
from typing import Optional

from ..api import role_lookup
from ..api import tags
from ..api import transitions
from ..api.client import AwsClients
from ..api.transitions import Deadline
from ..api.transitions import Obstacle
from ..api.transitions import Overtaken
from ..api.transitions import Progress
from ..api.transitions import TimedOut
from ..core import errors
from ..core import failure_causes
from ..core import ownership
from ..core import plans
from ..core import retries
from ..core.errors import SageMakerError
from ..core.errors import ServiceError
from ..core.plans import Change
from ..core.plans import Plan
from ..core.plans import Result
from ..core.types import Api
from ..resources import endpoint_configs
from ..resources import endpoints
from ..resources import immutables
from ..resources import placeholder_configs
from ..resources import scalable_targets
from ..resources.endpoints import DELETING
from ..resources.endpoints import IN_SERVICE
from ..resources.endpoints import REFUSE
from ..resources.endpoints import ROLLBACK_FAILED
from ..rules import capacity as capacity_rules
from ..rules import scaling as scaling_rules
from ..rules import tags as tag_rules
from ..rules.capacity import Drift
from . import endpoint_plan
from . import scaling_handover
from . import traffic
from .endpoint_plan import Steps
from .endpoint_plan import Wish
from .scaling_handover import Saved


def ensure(aws: AwsClients, params: Mapping[str, Any], check_mode: bool) -> Result:
    """Bring an endpoint to the configuration asked for, or delete it; with check_mode only say what would be done."""
    if params["state"] == "absent":
        return endpoints.absent(aws, params, check_mode)
    return _Rollout(aws, Wish(aws, params)).carry_out(check_mode)


class _Rollout:
    """One run: look, plan, do, verify."""

    def __init__(self, aws: AwsClients, wish: Wish) -> None:
        self.aws = aws
        self.wish = wish
        self.tags: tag_rules.Tags = {}
        # What this run has deregistered, or may have, and not registered again yet.
        self.away: List[Saved] = []
        # Of an endpoint that was to be made and was found there.
        self.found_tags: Optional[tag_rules.Tags] = None
        start = aws.clock.now()
        self.found = endpoints.describe(aws, wish.name)
        self.deadline = Deadline(aws.clock, self._timeout(), start)

    def carry_out(self, check_mode: bool) -> Result:
        while True:
            try:
                return self._attempt(self.found, check_mode)
            except Overtaken:
                self.found = endpoints.describe(self.aws, self.wish.name)

    def _attempt(self, found: Optional[Api], check_mode: bool) -> Result:
        """Go on from what was found. Raises Overtaken where that has become something else before it was changed."""
        wish, endpoint, self.found_tags, self.away = self.wish, found, None, []
        must_wait = not endpoints.is_stable(found)
        if must_wait and not check_mode and (wish.wait or endpoints.next_action(found, wish.config_name) != plans.WAIT):
            endpoint = endpoints.wait_stable(self.aws, wish.name, self.deadline)
        action = endpoints.next_action(endpoint, wish.config_name)
        before = endpoints.read_tags(self.aws, endpoint) if endpoint is not None and action != plans.CREATE else {}
        self.tags = before
        self._refuse(action, endpoint)
        steps = endpoint_plan.find(self.aws, wish, action, endpoint, before)
        plan = steps.plan
        if plan.action == plans.NONE and must_wait:
            plan = Plan(plans.WAIT)
        if check_mode:
            after = endpoint_plan.predicted(self.aws, wish, steps, endpoint)
        else:
            with plans.attached(plan):
                after = self._do(steps, endpoint)
        its_tags = steps.retag.after if self.found_tags is None else self.found_tags
        # What a run begins it brings to its end.
        shortfall = endpoints.shortfall(endpoint) if plan.action in (plans.NONE, plans.RETAG, plans.WAIT) else []
        self.aws.warn([f"Endpoint {wish.name}: {text}" for text in shortfall])
        return Result(
            endpoints.NOUN,
            self.wish.name,
            endpoints.resource(self.aws, after, its_tags),
            plan,
            endpoints.comparable(endpoint, before),
            endpoints.comparable(after, its_tags),
            {"shortfall": shortfall},
        )

    def _refuse(self, action: str, endpoint: Optional[Api]) -> None:
        """What is not done, and why."""
        if action == REFUSE:
            raise self._failure(
                endpoint,
                f"Endpoint {self.wish.name} is {ROLLBACK_FAILED}: an update and its rollback both failed, and a mix of old "
                "and new instances serves. It is not deleted while it serves: deploy another configuration, or delete it.",
            )
        if action == plans.REPLACE and self.wish.replace_failed:
            endpoints.refuse_while_hosting(endpoint, endpoints.hosted_components(self.aws, endpoint))
        if action == plans.REPLACE and not self.wish.replace_failed:
            raise self._failure(
                endpoint,
                f"Endpoint {self.wish.name} is {endpoint['EndpointStatus']} and serves nothing. {failure_causes.told_reason(endpoint)} "
                "Only deleting it helps; with replace_failed it is deleted and made again.",
                plan=Plan(plans.NONE, endpoint_plan.revival(endpoint)).as_dict(),
            )

    # Doing

    def _do(self, steps: Steps, endpoint: Optional[Api]) -> Api:
        if steps.leftover_exists:
            placeholder_configs.delete(self.aws, steps.leftover)
        if steps.action == plans.REPLACE:
            self._delete(endpoint)
        if steps.action in (plans.CREATE, plans.REPLACE):
            return self._create(steps)
        if steps.leftover:
            self._forget_placeholder(endpoint)
        after = endpoint
        if steps.request:
            after = self._update(steps, endpoint)
        elif steps.forget:
            after = self._restored(steps.restore, self._described())
        if steps.drift:
            after = self._put_right(steps.drift, after)
        tags.SAGEMAKER.apply(self.aws.sagemaker, endpoint["EndpointArn"], steps.retag)
        return after

    def _create(self, steps: Steps) -> Api:
        """Create and verify. A failure because the fresh role is not known yet is tried again for a while."""
        wish = self.wish
        its_tags = {**steps.retag.after, **(scaling_handover.memory(steps.saved) if steps.saved else {})}
        own_tags = {key: value for key, value in its_tags.items() if not key.startswith(tag_rules.RESERVED)}
        request = {
            "EndpointName": wish.name,
            "EndpointConfigName": wish.config_name,
            **({"DeploymentConfig": wish.deployment_config} if wish.deployment_config else {}),
            **({"Tags": tags.SAGEMAKER.to_api(own_tags)} if own_tags else {}),
        }
        role_failed_at: Optional[float] = None
        while True:
            found = self._call("CreateEndpoint", request, self._lookup, None)
            if found is not None:
                self._retag_found(found)
            if not wish.wait and not steps.has_sequel:
                return self._shown(None)
            endpoint = self._await_end(self._serves, None)
            if self._serves(endpoint):
                return self._restored(steps.restore, endpoint) if steps.forget else endpoint
            reason, now = endpoint.get("FailureReason", ""), self.aws.clock.now()
            remark = role_lookup.missing_role(self.aws, reason)
            is_role_young = errors.is_role_not_ready(reason) and not remark
            if is_role_young and role_failed_at is None:
                role_failed_at = now
            if not is_role_young or now - role_failed_at > retries.ROLE_PROPAGATION_TIMEOUT:
                raise self._failure(
                    endpoint,
                    f"Endpoint {wish.name} could not be created. {failure_causes.told_reason(endpoint)}"
                    f"{f' {remark}' if remark else ''}",
                )
            self._delete(endpoint)

    def _delete(self, endpoint: Api) -> None:
        """Delete an endpoint that serves nothing, as long as it is the one that was looked at."""
        if not endpoints.delete(self.aws, endpoint, self.deadline, only_as_found=True):
            raise self._overtaken()

    def _retag_found(self, endpoint: Api) -> None:
        """Give the tags to an endpoint that may be somebody else's who was quicker, with other tags."""
        present = endpoints.read_tags(self.aws, endpoint)
        change = endpoint_plan.tag_change(self.wish, Steps(plans.NONE), present)
        tags.SAGEMAKER.apply(self.aws.sagemaker, endpoint["EndpointArn"], change)
        self.found_tags = change.after

    def _update(self, steps: Steps, endpoint: Api) -> Api:
        """Update and verify. The placeholder goes whatever the end."""
        try:
            after = self._update_with_targets_aside(steps, endpoint)
        except Exception as error:
            if steps.placeholder:
                self._clean_up_after(
                    error,
                    lambda: self._drop_placeholder(steps.placeholder, endpoint),
                    f" The placeholder {steps.placeholder} is not deleted yet; the next run deletes it.",
                )
            raise
        if steps.placeholder:
            self._drop_placeholder(steps.placeholder, endpoint)
        return after

    def _update_with_targets_aside(self, steps: Steps, endpoint: Api) -> Api:
        """Update and verify. Targets that step aside come back whatever the end; an update that goes on keeps them away."""
        try:
            self._prepare(steps, endpoint)
            self._call("UpdateEndpoint", steps.request, self._lookup, endpoint)
        except Exception as error:
            self._restored_after(error, steps)
            raise
        if not self.wish.wait and not steps.has_sequel:
            return self._shown(endpoint)
        after = self._await_update(endpoint)
        if not self._serves(after):
            error = self._update_failure(after, endpoint["EndpointConfigName"])
            self._restored_after(error, steps)
            raise error
        return self._restored(steps.restore, after) if steps.forget else after

    def _await_update(self, before: Api) -> Api:
        try:
            return self._await_end(self._serves, before)
        except SageMakerError as error:
            # The update may still go on, and what it leads to is not known: nothing can be registered now.
            error.message += self._missing_targets()
            raise

    def _prepare(self, steps: Steps, endpoint: Api) -> None:
        """Write down on the endpoint what is to be put back, then deregister the targets and make the placeholder."""
        notes: tag_rules.Tags = {}
        if steps.aside:
            # What an interrupted run remembered may have taken more tags.
            notes = {tag: "" for tag in self.tags if tag.startswith(ownership.MEMORY_TAG)}
            notes.update(scaling_handover.memory(steps.saved))
        if steps.placeholder_request:
            notes[placeholder_configs.TAG] = steps.placeholder
        tags.SAGEMAKER.apply(self.aws.sagemaker, endpoint["EndpointArn"], tag_rules.TagChange(put=notes))
        for saved in steps.aside:
            self._deregister(saved)
        if steps.placeholder_request:
            self.aws.sagemaker.call(
                "CreateEndpointConfig", steps.placeholder_request, lambda: self._config(steps.placeholder)
            )

    def _deregister(self, saved: Saved) -> None:
        self.away.append(saved)
        try:
            scalable_targets.deregister(self.aws.autoscaling, scaling_handover.key(saved, self.wish.name))
        except ServiceError as error:
            if not errors.is_ambiguous(error.cause):
                self._is_back(saved)
            raise

    def _drop_placeholder(self, name: str, endpoint: Api) -> None:
        placeholder_configs.delete(self.aws, name)
        self._forget_placeholder(endpoint)

    def _forget_placeholder(self, endpoint: Api) -> None:
        tags.SAGEMAKER.apply(
            self.aws.sagemaker, endpoint["EndpointArn"], tag_rules.TagChange(drop=[placeholder_configs.TAG])
        )

    def _restored(self, targets: List[Saved], endpoint: Api) -> Api:
        """Bring these back on the variants that serve now. The endpoint afterwards."""
        self._bring_back(targets, endpoint)
        # Registering moves the capacity at once where it lies outside the limits.
        return self._wait(lambda seen: endpoints.is_stable(seen) and endpoints.capacity_reached(seen))

    def _bring_back(self, targets: List[Saved], endpoint: Api) -> None:
        """Register these again on the variants that serve now, and forget all that was saved."""
        failures = [failure for failure in (self._restore(saved, endpoint) for saved in targets) if failure]
        if failures:
            raise SageMakerError(" ".join(failures) + self._missing_targets())
        pieces = [tag for tag in endpoints.read_tags(self.aws, endpoint) if tag.startswith(ownership.MEMORY_TAG)]
        tags.SAGEMAKER.apply(self.aws.sagemaker, endpoint["EndpointArn"], tag_rules.TagChange(drop=pieces))

    def _restore(self, saved: Saved, endpoint: Api) -> Optional[str]:
        """Bring one target back. Return why that failed, None if it did not."""
        name, variant = self.wish.name, scaling_handover.place(saved, endpoint)
        if variant is None:
            return None
        deregistered = any(one is saved for one in self.away)
        try:
            if not scaling_handover.restore(self.aws.autoscaling, saved, name, variant, deregistered):
                self.aws.warn([scaling_handover.kept_warning(saved, name, variant)])
        except SageMakerError as error:
            is_registered = getattr(error, "operation", None) in dict(saved.puts)
            self._is_back(saved)
            self.away += [] if is_registered else [saved]
            # Where the update has failed, the variant may have another name in the configuration asked for.
            hint = f" To do without this target, name the variant {variant} in unscaled_variants."
            return f"{scaling_rules.variant_id(name, variant)}: {error.message}{hint if self._serves(endpoint) else ''}"
        self._is_back(saved)
        return None

    def _is_back(self, saved: Saved) -> None:
        self.away = [one for one in self.away if one is not saved]

    def _missing_targets(self) -> str:
        """Return what is not registered now, as the end of a message."""
        names = ", ".join(scaling_handover.key(saved, self.wish.name)["ResourceId"] for saved in self.away)
        return f" Not registered now: {names}. The next run restores it, from tags of the endpoint." if names else ""

    def _restored_after(self, error: Exception, steps: Steps) -> None:
        """Bring autoscaling back after a failure, one of switching it off included."""
        if steps.forget:
            remembered = " Autoscaling is remembered in tags of the endpoint, and the next run restores it."
            self._clean_up_after(error, lambda: self._bring_back(steps.fallback, self._described()), remembered)

    def _clean_up_after(self, error: Exception, clean_up: Callable[[], Any], otherwise: str) -> None:
        """Put back what was changed before this failure. That this fails too must not hide the first failure."""
        try:
            clean_up()
        except SageMakerError as second:
            if isinstance(error, SageMakerError):
                error.message += f" {second.message}{otherwise}"

    def _put_right(self, drift: Drift, before: Api) -> Api:
        """Put weights and counts right, and verify."""
        wanted = capacity_rules.wanted(drift)
        desired = {item["VariantName"]: {m: v for m, v in item.items() if m != "VariantName"} for item in wanted}

        def missed(endpoint: Api) -> List[Change]:
            return traffic.differences(endpoint, desired)[1]

        def lookup() -> Optional[Api]:
            endpoint = self._described()
            return None if missed(endpoint) else endpoint

        request = {"EndpointName": self.wish.name, "DesiredWeightsAndCapacities": wanted}
        self._call(traffic.OPERATION, request, lookup, before)
        if not self.wish.wait:
            return self._shown(before)
        after = self._await_end(lambda endpoint: self._serves(endpoint) and not missed(endpoint), before)
        if not self._serves(after) or missed(after):
            raise self._unreached(after, missed(after))
        return after

    def _call(
        self, operation: str, request: Api, lookup: Callable[[], Optional[Api]], before: Optional[Api]
    ) -> Optional[Api]:
        """A change of the endpoint, repeated while a transition or eventual consistency is in the way.

        lookup: the endpoint if the change was begun or made; None if it is still to be made. before: the endpoint that the
        change was decided on. Return what was found by lookup, None where the call itself was accepted.
        """
        found: List[Api] = []

        def look() -> Optional[Api]:
            endpoint = lookup()
            found.extend([] if endpoint is None else [endpoint])
            return endpoint

        def is_wanted() -> bool:
            # The autoscaler, a maintenance or another run was quicker.
            return look() is None and endpoints.is_same(
                endpoints.wait_stable(self.aws, self.wish.name, self.deadline), before
            )

        obstacles = [
            Obstacle(errors.is_in_progress, is_wanted),
            # Refused because of something that does not show yet.
            Obstacle(_is_taken, is_wanted, transitions.CONSISTENCY_WINDOW),
            Obstacle(self._is_late, seconds=transitions.CREATION_WINDOW),
        ]
        accepted = transitions.while_busy(
            lambda: self.aws.sagemaker.call(operation, request, look), obstacles, self.aws.clock, self.deadline
        )
        if not accepted and not found:
            # With the same configuration it is fine. Where both wanted to make it, nobody knows which of the two is meant.
            raise self._overtaken() if before is not None else SageMakerError(self._overtaken().message)
        return found[-1] if found else None

    def _lookup(self) -> Optional[Api]:
        """After a lost answer: the endpoint, if it is on its way to what was asked for."""
        endpoint = endpoints.describe(self.aws, self.wish.name)
        there = endpoint is not None and endpoints.target_config(endpoint) == self.wish.config_name
        return endpoint if there and endpoint["EndpointStatus"] != DELETING else None

    def _config(self, name: str) -> Optional[Api]:
        return immutables.describe(endpoint_configs.KIND, self.aws, name)

    def _is_late(self, error: ServiceError) -> bool:
        """Whether the service does not see the configuration yet although it exists."""
        missing = errors.is_missing(error, "endpoint configuration")
        return missing and immutables.is_named(endpoint_configs.KIND, self.aws, [self.wish.config_name], error)

    def _overtaken(self) -> Overtaken:
        return Overtaken(
            f"Endpoint {self.wish.name} was made or changed by somebody else during this run. Run again to bring it to "
            f"{self.wish.config_name}."
        )

    # Waiting

    def _timeout(self) -> float:
        """Seconds to wait; for a transition that is under way its own deployment policy counts as well."""
        policies = [self.wish.deployment_config, (self.found or {}).get("LastDeploymentConfig")]
        return float(self.wish.timeout or endpoints.update_timeout(self.aws, policies))

    def _look(self) -> Optional[Api]:
        return endpoints.describe(self.aws, self.wish.name)

    def _described(self) -> Api:
        return self._there(self._look())

    def _there(self, endpoint: Optional[Api]) -> Api:
        if endpoint is None:
            raise SageMakerError(f"Endpoint {self.wish.name} is gone: somebody else deleted it during this run.")
        return endpoint

    def _shown(self, before: Optional[Api]) -> Api:
        """The endpoint with the beginning of what was begun, which may show a moment later."""

        def shows(seen: Optional[Api]) -> bool:
            return not endpoints.is_same(seen, before)

        return self._there(transitions.await_shown(self.aws.sagemaker, self._look, shows))

    def _serves(self, endpoint: Api) -> bool:
        return endpoint["EndpointStatus"] == IN_SERVICE and endpoint["EndpointConfigName"] == self.wish.config_name

    def _await_end(self, reached: Callable[[Api], bool], before: Optional[Api]) -> Api:
        """Wait until the transition begun has ended and every variant has arrived, or the end is no success.

        reached: whether an endpoint that is in no transition has what was asked for; before: the endpoint as it was.
        """

        def progress(endpoint: Optional[Api]) -> Progress:
            if endpoint is None:
                return Progress.UNCHANGED if before is None else Progress.ENDED
            if not endpoints.is_stable(endpoint):
                return Progress.UNDER_WAY
            if reached(endpoint):
                return Progress.ENDED if endpoints.capacity_reached(endpoint) else Progress.UNDER_WAY
            return Progress.UNCHANGED if endpoints.is_same(endpoint, before) else Progress.ENDED

        with self._in_time():
            return self._there(transitions.await_end(self.aws.sagemaker, self._look, progress, self.deadline))

    def _wait(self, settled: Callable[[Api], bool]) -> Api:
        with self._in_time():
            return transitions.await_until(self.aws.sagemaker, self._described, settled, self.deadline)

    @contextmanager
    def _in_time(self) -> Iterator[None]:
        """Tell of a wait inside that lasted too long."""
        try:
            yield
        except TimedOut as error:
            message = endpoints.timeout_message(self.wish.name, self._there(error.last), self.deadline)
            raise self._failure(error.last, message, cause="timeout") from error

    # Failing

    def _update_failure(self, after: Api, before: str) -> SageMakerError:
        name, wanted, serving = self.wish.name, self.wish.config_name, after["EndpointConfigName"]
        status = after["EndpointStatus"]
        if status != IN_SERVICE:
            text = (
                f"Endpoint {name} was not updated to {wanted}; it is {status} now. {failure_causes.told_reason(after)}"
            )
            return self._failure(after, text, rolled_back=False)
        if serving != before:
            text = f"Endpoint {name} serves {serving} now, not {wanted}: somebody else updated it during this run."
            again = f"Run again to bring it to {wanted}."
            return self._failure(after, text, cause="superseded", remedy=again)
        text = (
            f"Endpoint {name} was not updated to {wanted}: SageMaker rolled back, and it still serves {serving}. "
            f"{failure_causes.told_reason(after)}"
        )
        return self._failure(after, text, rolled_back=True)

    def _unreached(self, after: Api, missed: List[Change]) -> SageMakerError:
        name, status = self.wish.name, after["EndpointStatus"]
        if status == IN_SERVICE and not missed:
            return self._update_failure(after, self.wish.config_name)
        text = f"Endpoint {name} did not reach the weights and capacities that {self.wish.config_name} begins with"
        if status != IN_SERVICE:
            return self._failure(after, f"{text}; it is {status} now. {failure_causes.told_reason(after)}")
        found = ", ".join(f"{change.path} is {change.before}, not {change.after}" for change in missed)
        return self._failure(
            after,
            f"{text}: SageMaker rolled back, or somebody else changed them during this run. {found}. "
            f"{failure_causes.told_reason(after)}",
            rolled_back=True,
        )

    def _failure(self, endpoint: Api, message: str, **details: Any) -> SageMakerError:
        """A failure with all that helps: reason, what serves, logs, and the remedy where the cause is known."""
        reason = endpoint.get("FailureReason", "")
        cause = failure_causes.diagnose(reason)
        logs = failure_causes.log_group(self.wish.name)
        return SageMakerError(
            f"{message} {details.get('remedy', cause.remedy)}{failure_causes.pointer(cause, logs)}",
            **{
                "failure_reason": reason,
                "endpoint": endpoints.resource(self.aws, endpoint, self.tags),
                "rolled_back": False,
                "cause": cause.name,
                "remedy": cause.remedy,
                "log_group": logs,
                **details,
            },
        )


def _is_taken(error: ServiceError) -> bool:
    """Whether somebody was quicker, with the same configuration or another one."""
    return errors.is_existing(error) or errors.is_config_in_use(error)
