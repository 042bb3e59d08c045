# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rollout of an endpoint: bring it to a configuration, and verify the result.

A rollout succeeds if the endpoint uses the desired configuration, no deployment is pending, and every variant has its
desired weight and capacity. The folder endpoint_plan plans it.
"""

from __future__ import annotations

from typing import Any
from typing import List
from typing import Mapping
from typing import Optional

from ..api import role_lookup
from ..api import tags
from ..api.client import AwsClients
from ..api.transitions import Deadline
from ..api.transitions import Overtaken
from ..core import errors
from ..core import failure_causes
from ..core import plans
from ..core import retries
from ..core.plans import Change
from ..core.plans import Plan
from ..core.plans import Result
from ..core.types import Api
from ..resources import endpoints
from ..resources import placeholder_configs
from ..resources.endpoints import REFUSE
from ..resources.endpoints import ROLLBACK_FAILED
from ..rules import capacity as capacity_rules
from ..rules import tags as tag_rules
from ..rules.capacity import CapacityDrift
from . import scaling_handover
from . import traffic_plan
from .endpoint_plan import endpoint_tags
from .endpoint_plan import prediction
from .endpoint_plan import steps as rollout_steps
from .endpoint_plan.desired_endpoint import DesiredEndpoint
from .endpoint_plan.rollout_plan import RolloutPlan
from .endpoint_run import EndpointRun
from .endpoint_update import EndpointUpdate


def ensure(aws: AwsClients, params: Mapping[str, Any], check_mode: bool) -> Result:
    """Bring an endpoint to the desired configuration, or delete it, with check_mode only predict it."""
    if params["state"] == "absent":
        return endpoints.absent(aws, params, check_mode)
    desired = DesiredEndpoint(aws, params)
    start = aws.clock.now()
    current = endpoints.describe(aws, desired.name)
    run = EndpointRun(aws, desired, Deadline(aws.clock, _timeout(aws, desired, current), start))
    while True:
        try:
            return _Rollout(run, current).ensure(check_mode)
        except Overtaken:
            current = run.look()


def _timeout(aws: AwsClients, desired: DesiredEndpoint, current: Optional[Api]) -> float:
    """Return the seconds to wait. The deployment policy of a transition in progress counts as well."""
    policies = [desired.deployment_config, (current or {}).get("LastDeploymentConfig")]
    return float(desired.timeout or endpoints.update_timeout(aws, policies))


class _Rollout:
    """One attempt: plan, apply, verify. Raises Overtaken if the endpoint has changed since the plan."""

    def __init__(self, run: EndpointRun, current: Optional[Api]) -> None:
        self.run = run
        self.aws = run.aws
        self.desired = run.desired
        self.current = current
        # The tags of an endpoint that was found instead of created.
        self.found_tags: Optional[tag_rules.Tags] = None

    def ensure(self, check_mode: bool) -> Result:
        desired, endpoint = self.desired, self.current
        must_wait = not endpoints.is_stable(endpoint)
        if must_wait and not check_mode and (desired.wait or self._next_action(endpoint) != plans.WAIT):
            endpoint = self.run.wait_stable()
        action = self._next_action(endpoint)
        before = endpoints.read_tags(self.aws, endpoint) if endpoint is not None and action != plans.CREATE else {}
        self.run.tags = before
        self._refuse(action, endpoint)
        steps = rollout_steps.plan_rollout(self.aws, desired, action, endpoint, before)
        plan = steps.plan
        if plan.action == plans.NONE and must_wait:
            plan = Plan(plans.WAIT)
        if check_mode:
            after = prediction.predict(self.aws, desired, steps, endpoint)
        else:
            with plans.attached(plan):
                after = self._apply(steps, endpoint)
        its_tags = steps.retag.after if self.found_tags is None else self.found_tags
        # A shortfall is only reported for an unchanged endpoint, because a rollout waits for all instances.
        shortfall = endpoints.shortfall(endpoint) if plan.action in (plans.NONE, plans.RETAG, plans.WAIT) else []
        self.aws.warn([f"Endpoint {desired.name}: {text}" for text in shortfall])
        return Result(
            endpoints.NOUN,
            desired.name,
            endpoints.resource(self.aws, after, its_tags),
            plan,
            endpoints.comparable(endpoint, before),
            endpoints.comparable(after, its_tags),
            {"shortfall": shortfall},
        )

    def _next_action(self, endpoint: Optional[Api]) -> str:
        return endpoints.next_action(endpoint, self.desired.config_name)

    def _refuse(self, action: str, endpoint: Optional[Api]) -> None:
        """Return the error for an endpoint that the module does not change."""
        if action == REFUSE:
            raise self.run.failure(
                endpoint,
                f"Endpoint {self.desired.name} is {ROLLBACK_FAILED}: an update and its rollback both failed. Old and new "
                f"instances serve side by side, so the module does not delete it. {endpoints.after_failed_rollback(self.desired.config_name)}",
            )
        if action == plans.REPLACE and self.desired.replace_failed:
            endpoints.refuse_while_hosting(endpoint, endpoints.hosted_components(self.aws, endpoint))
        if action == plans.REPLACE and not self.desired.replace_failed:
            raise self.run.failure(
                endpoint,
                f"Endpoint {self.desired.name} is {endpoint['EndpointStatus']} and serves nothing. {failure_causes.format_reason(endpoint)} "
                "It can only be deleted. With replace_failed: true, the module deletes it and creates it again.",
                plan=Plan(plans.NONE, rollout_steps.revival(endpoint)).as_dict(),
            )

    def _apply(self, steps: RolloutPlan, endpoint: Optional[Api]) -> Api:
        if steps.leftover_exists:
            placeholder_configs.delete(self.aws, steps.leftover)
        if steps.action == plans.REPLACE:
            self._delete(endpoint)
        if steps.action in (plans.CREATE, plans.REPLACE):
            return self._create(steps)
        if steps.leftover:
            placeholder_configs.forget(self.aws, endpoint)
        after = endpoint
        if steps.request:
            after = EndpointUpdate(self.run, steps).apply(endpoint)
        elif steps.forget:
            after = EndpointUpdate(self.run, steps).restored(steps.restore, self.run.described())
        if steps.drift:
            after = self._correct_capacity(steps.drift, after)
        tags.SAGEMAKER.apply(self.aws.sagemaker, endpoint["EndpointArn"], steps.retag)
        return after

    def _create(self, steps: RolloutPlan) -> Api:
        """Create and verify. Retry for a while if SageMaker does not see a new role yet."""
        desired, self.run.what = self.desired, "endpoint creation"
        its_tags = {**steps.retag.after, **(scaling_handover.to_tags(steps.saved) if steps.saved else {})}
        own_tags = tag_rules.settable(its_tags)
        request = {
            "EndpointName": desired.name,
            "EndpointConfigName": desired.config_name,
            **({"DeploymentConfig": desired.deployment_config} if desired.deployment_config else {}),
            **({"Tags": tags.SAGEMAKER.to_api(own_tags)} if own_tags else {}),
        }
        role_failed_at: Optional[float] = None
        while True:
            existing = self.run.change("CreateEndpoint", request, self.run.lookup, None)
            if existing is not None:
                self._retag_found(existing)
            if not desired.wait and not steps.has_sequel:
                return self.run.await_change(None)
            endpoint = self.run.await_end(self.run.serves, None)
            if self.run.serves(endpoint):
                return EndpointUpdate(self.run, steps).restored(steps.restore, endpoint) if steps.forget else endpoint
            reason, now = endpoint.get("FailureReason", ""), self.aws.clock.now()
            remark = role_lookup.missing_role(self.aws, reason)
            is_role_young = errors.is_role_not_ready(reason) and not remark
            if is_role_young and role_failed_at is None:
                role_failed_at = now
            if not is_role_young or now - role_failed_at > retries.ROLE_PROPAGATION_TIMEOUT:
                raise self.run.failure(
                    endpoint,
                    f"Endpoint {desired.name} could not be created. {failure_causes.format_reason(endpoint)}"
                    f"{f' {remark}' if remark else ''}",
                )
            self._delete(endpoint)

    def _delete(self, endpoint: Api) -> None:
        """Delete an endpoint that serves nothing, if it has not changed since the plan."""
        if not endpoints.delete(self.aws, endpoint, self.run.deadline, only_as_found=True):
            raise self.run.overtaken()

    def _retag_found(self, endpoint: Api) -> None:
        """Set the tags on an endpoint that a concurrent run may have created with other tags."""
        present = endpoints.read_tags(self.aws, endpoint)
        change = endpoint_tags.tag_change(self.desired, RolloutPlan(plans.NONE), present)
        tags.SAGEMAKER.apply(self.aws.sagemaker, endpoint["EndpointArn"], change)
        self.found_tags = change.after

    def _correct_capacity(self, drift: List[CapacityDrift], before: Api) -> Api:
        """Correct weights and counts, and verify."""
        options = {
            "endpoint_name": self.desired.name,
            "desired_weights_and_capacities": capacity_rules.corrections(drift),
        }
        request = self.aws.sagemaker.request(traffic_plan.OPERATION, options)
        desired = traffic_plan.by_variant(request)

        def missed(endpoint: Api) -> List[Change]:
            return traffic_plan.differences(endpoint, desired)[1]

        def lookup() -> Optional[Api]:
            endpoint = self.run.described()
            return None if missed(endpoint) else endpoint

        self.run.change(traffic_plan.OPERATION, request, lookup, before)
        if not self.desired.wait:
            return self.run.await_change(before)
        after = self.run.await_end(lambda endpoint: self.run.serves(endpoint) and not missed(endpoint), before)
        if not self.run.serves(after) or missed(after):
            raise self.run.capacity_failure(after, missed(after))
        return after
