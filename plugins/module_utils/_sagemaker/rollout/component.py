# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rollout of an inference component: create, change or delete it, and verify the result.

A rollout succeeds if the component is in service with the desired content and number of copies. The status alone does
not suffice, because a failed update also returns to InService. Nor does the failure reason, which stays when a later
update succeeds. inference_components has the table of actions by status.
"""

from __future__ import annotations

from typing import Any
from typing import Callable
from typing import Dict
from typing import Mapping
from typing import Optional

from ..api import failures
from ..api import tags
from ..api import transitions
from ..api.client import AwsClients
from ..api.transitions import Deadline
from ..api.transitions import Overtaken
from ..api.transitions import Refusals
from ..core import errors
from ..core import failure_causes
from ..core import plans
from ..core.errors import SageMakerError
from ..core.errors import ServiceError
from ..core.plans import Change
from ..core.plans import Plan
from ..core.plans import Result
from ..core.types import Api
from ..resources import endpoints
from ..resources import immutables
from ..resources import inference_components
from ..resources import models
from ..resources.inference_components import DELETING
from ..resources.inference_components import IN_SERVICE
from ..resources.inference_components import NOUN
from ..rules import deployment_policy as deployment_policy_rules
from ..rules import tags as tag_rules
from . import component_plan
from .component_plan import ComponentPlan
from .component_plan import ComponentPlanner
from .component_plan import DesiredComponent
from .component_watch import ComponentWatch


def ensure(aws: AwsClients, params: Mapping[str, Any], check_mode: bool) -> Result:
    """Create, change or delete an inference component, with check_mode only predict it."""
    if params["state"] == "absent":
        return _absent(aws, params, check_mode)
    desired = DesiredComponent(aws, params)
    start = aws.clock.now()
    current = inference_components.describe(aws, desired.name)
    # The deployment policy of a transition in progress counts as well.
    policies = [desired.deployment_config, (current or {}).get("LastDeploymentConfig")]
    deadline = Deadline(aws.clock, float(desired.timeout or endpoints.update_timeout(aws, policies)), start)
    while True:
        planner = ComponentPlanner(aws, desired)
        try:
            return _Rollout(planner, ComponentWatch(planner, deadline)).ensure(current, check_mode)
        except Overtaken:
            current = inference_components.describe(aws, desired.name)


def info(aws: AwsClients, params: Mapping[str, Any]) -> Dict[str, Any]:
    """{"inference_components": [...], "orphaned": [names]}"""
    known: Dict[str, Optional[Api]] = {}
    return inference_components.info(aws, params, lambda component: endpoints.is_orphaned(aws, component, known))


def _absent(aws: AwsClients, params: Mapping[str, Any], check_mode: bool) -> Result:
    """Delete a component if it exists."""
    name = params["name"]
    deadline = Deadline(aws.clock, float(params.get("wait_timeout") or deployment_policy_rules.DEFAULT_TIMEOUT))
    current = inference_components.describe(aws, name)
    if current is None:
        return Result(NOUN, name, {}, Plan(), {}, {})
    if current["InferenceComponentStatus"] == DELETING:
        if not check_mode and params["wait"]:
            inference_components.wait_deleted(aws, current, deadline)
        return Result(NOUN, name, {}, Plan(plans.WAIT), component_plan.comparable(aws, current, {}), {})
    before = component_plan.comparable(aws, current, inference_components.read_tags(aws, current))
    plan = Plan(plans.DELETE, [Change("state", "present", "absent")], ["DeleteInferenceComponent"])
    with plans.attached(plan):
        if check_mode:
            inference_components.refuse_with_adapters(aws, current, params.get("deleted_components") or [])
        else:
            if not inference_components.delete(aws, current, deadline, params["wait"]) and params["wait"]:
                inference_components.wait_deleted(aws, current, deadline)
    return Result(NOUN, name, {}, plan, before, {})


class _Rollout:
    """One attempt: plan, apply, verify. Raises Overtaken if the component has changed since the plan."""

    def __init__(self, planner: ComponentPlanner, watch: ComponentWatch) -> None:
        self.aws = planner.aws
        self.desired = planner.desired
        self.planner = planner
        self.watch = watch
        # The tags of a component that was found instead of created.
        self.found_tags: Optional[tag_rules.Tags] = None

    def ensure(self, current: Optional[Api], check_mode: bool) -> Result:
        component = current
        steps = self.planner.plan(current)
        must_wait = not inference_components.is_stable(current)
        if must_wait and not check_mode and (self.desired.wait or steps.action != plans.WAIT):
            component = inference_components.wait_stable(self.aws, self.desired.name, self.watch.deadline)
            steps = self.planner.plan(component)
        exists = component is not None and steps.action != plans.CREATE
        before = self.watch.tags = inference_components.read_tags(self.aws, component) if exists else {}
        retag = tag_rules.change(self.desired.tags, before, self.desired.purge_tags)
        plan = steps.whole(retag)
        if plan.action == plans.NONE and must_wait:
            plan = Plan(plans.WAIT)
        expected = self.planner.predict(plan, component)
        with plans.attached(plan):
            if check_mode:
                if component is not None and plan.action == plans.REPLACE:
                    inference_components.refuse_with_adapters(self.aws, component)
                after = self.planner.with_arn(expected)
            else:
                after = self._apply(steps, component, retag)
        its_tags = retag.after if self.found_tags is None else self.found_tags
        # A shortfall is only reported for an unchanged component, because a rollout waits for all copies.
        untouched = plan.action in (plans.NONE, plans.RETAG, plans.WAIT)
        shortfall = inference_components.shortfall(component) if untouched else []
        self.aws.warn(shortfall)
        return Result(
            NOUN,
            self.desired.name,
            inference_components.resource(self.aws, after, its_tags),
            plan,
            component_plan.comparable(self.aws, component if exists else None, before),
            # The prediction, in a run too, because all differences from it are additions of the service.
            component_plan.comparable(self.aws, expected, its_tags),
            {"shortfall": shortfall},
        )

    def _apply(self, steps: ComponentPlan, component: Optional[Api], retag: tag_rules.TagChange) -> Api:
        if steps.action == plans.REPLACE:
            # Delete it only if its replacement can be created.
            self._await_endpoint(self.desired.place["endpoint_name"])
            if not inference_components.delete(self.aws, component, self.watch.deadline, only_as_found=True):
                raise self.watch.overtaken()
        if steps.action in (plans.CREATE, plans.REPLACE):
            return self._create(retag.after)
        after = self._update(steps, component) if steps.request else component
        tags.SAGEMAKER.apply(self.aws.sagemaker, component["InferenceComponentArn"], retag)
        return after

    def _create(self, its_tags: tag_rules.Tags) -> Api:
        """Create and verify."""
        desired, self.watch.what = self.desired, "component creation"
        own_tags = tag_rules.settable(its_tags)
        request = {
            **desired.creation(self.aws),
            **({"Tags": tags.SAGEMAKER.to_api(own_tags)} if own_tags else {}),
        }
        self._await_endpoint(request["EndpointName"])
        try:
            existing = self._change("CreateInferenceComponent", request, self._created, None)
        except ServiceError as error:
            if "Inference Components are not supported" in errors.message(error):
                error.add(
                    " An endpoint hosts inference components if the variants of its configuration have no model_name, and the "
                    "configuration has an execution_role_arn."
                )
            raise
        if existing is not None:
            arn = existing["InferenceComponentArn"]
            self.found_tags = tags.SAGEMAKER.claim(self.aws.sagemaker, arn, self.desired.tags, self.desired.purge_tags)
        if not desired.wait:
            return self.watch.await_change(None)
        after = self.watch.await_end(None, desired.specification)
        if after["InferenceComponentStatus"] != IN_SERVICE:
            raise self.watch.failure(
                after, f"Inference component {desired.name} could not be created. {failure_causes.format_reason(after)}"
            )
        return after

    def _await_endpoint(self, name: str) -> None:
        """Wait for the endpoint, because one in transition may not accept a component."""
        endpoint = endpoints.wait_stable(self.aws, name, self.watch.deadline)
        if endpoint is None:
            raise SageMakerError(
                f"endpoint_name: the endpoint {name} does not exist. Create it first, with sagemaker_endpoint."
            )
        if endpoint["EndpointStatus"] == endpoints.FAILED:
            raise SageMakerError(
                f"endpoint_name: the endpoint {name} has failed and hosts nothing: "
                f"{endpoint.get('FailureReason', 'SageMaker reported no reason')}. Repair it first, with sagemaker_endpoint."
            )

    def _created(self) -> Optional[Api]:
        """After a lost answer, return the component if it exists. Raise an error if it is somebody else's."""
        component = inference_components.describe(self.aws, self.desired.name)
        if component is None or component["InferenceComponentStatus"] == DELETING:
            return None
        self.planner.refuse_other_place(component)
        if self.planner.differences(component, self.desired.specification):
            raise SageMakerError(
                f"Inference component {self.desired.name} was created by somebody else during this run, with other content. Run the task again "
                "to bring it to the desired content."
            )
        return component

    def _update(self, steps: ComponentPlan, component: Api) -> Api:
        """Update and verify."""
        request = {"InferenceComponentName": self.desired.name, **steps.request}
        copies = steps.request.get("DesiredRuntimeConfig") or steps.request.get("RuntimeConfig")
        desired = {**self.desired.specification, **({"RuntimeConfig": copies} if copies else {})}
        self._change(steps.operation, request, lambda: self._carried_out(component, desired), component)
        if not self.desired.wait:
            return self.watch.await_change(component)
        after = self.watch.await_end(component, desired)
        if not self.watch.runs(after, desired) or self.watch.has_new_reason(component, after):
            raise self.watch.update_failure(component, after, desired)
        return after

    def _carried_out(self, before: Api, desired: Api) -> Optional[Api]:
        """After a lost answer, return the component if the update has started.

        During an update the description may contain the old content, so wait for its end.
        """
        after = inference_components.wait_stable(self.aws, self.desired.name, self.watch.deadline)
        applied = after is not None and (self.watch.runs(after, desired) or self.watch.has_new_reason(before, after))
        return after if applied else None

    def _change(
        self, operation: str, request: Api, lookup: Callable[[], Optional[Api]], before: Optional[Api]
    ) -> Optional[Api]:
        """Create or update, and retry during transitions of the component, its base or its endpoint.

        lookup: returns the component if the change took effect, None otherwise. before: the component that the decision
        is based on. Return the result of lookup, None if the call was accepted.
        """

        def is_unchanged() -> bool:
            # The autoscaler or another run may have changed it.
            current = inference_components.wait_stable(self.aws, self.desired.name, self.watch.deadline)
            return inference_components.is_same(current, before)

        try:
            made, existing = transitions.change(
                lambda look: self.aws.sagemaker.call(operation, request, look),
                lookup,
                is_unchanged,
                Refusals(errors.is_busy, errors.is_already_exists, self._is_late),
                self.aws.clock,
                self.watch.deadline,
            )
        except ServiceError as error:
            failures.refusal(self.aws, error, self.watch.failed(before, errors.message(error)))
            raise
        if not made:
            raise self.watch.overtaken()
        return existing

    def _is_late(self, error: ServiceError) -> bool:
        """Return whether the service does not see an existing model, endpoint or base yet."""
        names = {
            one["ModelName"] for one in inference_components.specifications(self.desired.content) if "ModelName" in one
        }
        if errors.is_not_found(error, "model"):
            return immutables.is_named(models.KIND, self.aws, names, error)
        if errors.is_not_found(error, "endpoint"):
            name = self.desired.place["endpoint_name"]
            return name is not None and endpoints.describe(self.aws, name) is not None
        base = inference_components.base_of(self.desired.content)
        missing = errors.is_not_found(error, "inference component") and base is not None
        return missing and inference_components.describe(self.aws, base) is not None
