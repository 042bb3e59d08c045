# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One run for an inference component: it is made, changed or deleted as wished, and only called done when it is true.

Done means: the component is in service, it runs what was asked for, and there are as many copies as there should be. That
it is in service says little, since a failed update returns to that; and so does its failure reason, which stays when a
later update succeeds. What is decided for which status stands in inference_components.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import Callable
from typing import Dict
from typing import List
from typing import Mapping
from typing import Optional

from ..api import tags
from ..api import transitions
from ..api.client import AwsClients
from ..api.transitions import Deadline
from ..api.transitions import Obstacle
from ..api.transitions import Overtaken
from ..api.transitions import Progress
from ..core import errors
from ..core import failure_causes
from ..core import plans
from ..core.errors import InputError
from ..core.errors import SageMakerError
from ..core.errors import ServiceError
from ..core.plans import Change
from ..core.plans import Plan
from ..core.plans import Result
from ..core.problems import Problem
from ..core.types import Api
from ..core.types import Options
from ..resources import endpoints
from ..resources import immutables
from ..resources import inference_components
from ..resources import models
from ..resources import scalable_targets
from ..resources.inference_components import CREATING
from ..resources.inference_components import DELETING
from ..resources.inference_components import FAILED
from ..resources.inference_components import IN_SERVICE
from ..resources.inference_components import NOUN
from ..resources.inference_components import UPDATING
from ..rules import deployment_policy as deployment_policy_rules
from ..rules import inference_component as component_rules
from ..rules import scaling as scaling_rules
from ..rules import tags as tag_rules
from ..schema import compare
from ..schema import shapes

UPDATE = "UpdateInferenceComponent"
UPDATE_COPIES = "UpdateInferenceComponentRuntimeConfig"
# What SageMaker makes of a component for which no number is given.
DEFAULT_COPIES = 1


def ensure(aws: AwsClients, params: Mapping[str, Any], check_mode: bool) -> Result:
    """Make, change or delete an inference component; with check_mode only say what would be done."""
    if params["state"] == "absent":
        return _absent(aws, params, check_mode)
    return _Rollout(aws, Wish(aws, params)).carry_out(check_mode)


def info(aws: AwsClients, params: Mapping[str, Any]) -> Dict[str, Any]:
    """{"inference_components": [...], "orphaned": [names]}"""
    known: Dict[str, Optional[Api]] = {}
    return inference_components.info(aws, params, lambda component: endpoints.is_orphaned(aws, component, known))


def _absent(aws: AwsClients, params: Mapping[str, Any], check_mode: bool) -> Result:
    """Delete a component; that there is none is as good."""
    name = params["name"]
    deadline = Deadline(aws.clock, float(params.get("wait_timeout") or deployment_policy_rules.DEFAULT_TIMEOUT))
    found = inference_components.describe(aws, name)
    if found is None:
        return Result(NOUN, name, {}, Plan(), {}, {})
    if found["InferenceComponentStatus"] == DELETING:
        if not check_mode and params["wait"]:
            inference_components.wait_deleted(aws, found, deadline)
        return Result(NOUN, name, {}, Plan(plans.WAIT), _comparable(aws, found, {}), {})
    before = _comparable(aws, found, inference_components.read_tags(aws, found))
    plan = Plan(plans.DELETE, [Change("state", "present", "absent")], ["DeleteInferenceComponent"])
    with plans.attached(plan):
        if check_mode:
            inference_components.refuse_with_adapters(aws, found, params.get("deleted_components") or [])
        else:
            if not inference_components.delete(aws, found, deadline, params["wait"]) and params["wait"]:
                inference_components.wait_deleted(aws, found, deadline)
    return Result(NOUN, name, {}, plan, before, {})


def _comparable(aws: AwsClients, component: Optional[Api], its_tags: tag_rules.Tags) -> Dict[str, Any]:
    """What diff mode shows of a component, in the names of the options."""
    if component is None:
        return {}
    content = shapes.from_api(aws.sagemaker.input_shape(UPDATE), inference_components.content(component))
    members = ("InferenceComponentName", "EndpointName", "VariantName", "InferenceComponentStatus")
    known = {shapes.option_name(member): component[member] for member in members if member in component}
    return {**known, **content, "tags": its_tags}


class Wish:
    """What was asked for, checked. content: specifications and copies, as far as given, in the members of the API."""

    def __init__(self, aws: AwsClients, params: Mapping[str, Any]) -> None:
        self.name: str = params["name"]
        self.options = {option: params.get(option) for option in ("specification", "specifications", "runtime_config")}
        self.options["inference_component_name"] = self.name
        self.place = {"endpoint_name": params.get("endpoint_name"), "variant_name": params.get("variant_name")}
        wrong = errors.Problems()
        with wrong.collected():
            options = {**self.options, "deployment_config": params.get("deployment_config")}
            request = aws.sagemaker.request(UPDATE, options, self._rules)
        with wrong.collected():
            self.tags = tag_rules.parse(params.get("tags"))
        errors.raise_if_any(wrong)
        self.deployment_config: Optional[Api] = request.get("DeploymentConfig")
        self.content = {m: v for m, v in request.items() if m not in ("InferenceComponentName", "DeploymentConfig")}
        self.purge_tags: bool = params["purge_tags"]
        self.unscaled: bool = params.get("unscaled") or False
        self.wait: bool = params["wait"]
        self.timeout: Optional[int] = params.get("wait_timeout")
        aws.warn(shapes.unknown_values(aws.sagemaker.input_shape(UPDATE), request))

    def _rules(self, options: Options) -> List[Problem]:
        variant = {"variant_name": self.place["variant_name"]} if self.place["variant_name"] else {}
        policy = deployment_policy_rules.policy_rules(options.get("deployment_config"))
        return [*component_rules.problems({**options, **variant}), *policy]

    @property
    def specification(self) -> Api:
        """The content without the number of copies."""
        return {member: value for member, value in self.content.items() if member != "RuntimeConfig"}

    def creation(self, aws: AwsClients) -> Api:
        """The checked create request, without tags. Raises InputError for what only a new component needs."""
        missing = []
        if not self.place["endpoint_name"]:
            missing.append("endpoint_name")
        if not self.specification:
            missing.append("specification or specifications")
        elif not self.place["variant_name"] and not inference_components.base_of(self.content):
            missing.append("variant_name")
        if missing:
            problem = Problem(
                "",
                f"Inference component {self.name} has to be made, and a new one needs {', '.join(missing)}. An adapter takes no "
                "variant_name, but base_inference_component_name in its specification.",
            )
            raise InputError(problem)
        errors.raise_if_any(component_rules.creation_rules(self.options))
        return aws.sagemaker.request("CreateInferenceComponent", {**self.options, **self.place})


@dataclass
class _Steps:
    """What is to be done, and which differences make it necessary. request: of the update, if there is to be one."""

    action: str
    changes: List[Change] = field(default_factory=list)
    operation: str = UPDATE
    request: Optional[Api] = None

    @property
    def calls(self) -> List[str]:
        if self.action == plans.CREATE:
            return ["CreateInferenceComponent"]
        if self.action == plans.REPLACE:
            return ["DeleteInferenceComponent", "CreateInferenceComponent"]
        return [self.operation] if self.request else []


class _Rollout:
    """One run: look, plan, do, verify."""

    def __init__(self, aws: AwsClients, wish: Wish) -> None:
        self.aws = aws
        self.wish = wish
        self.tags: tag_rules.Tags = {}
        # Of a component that was to be made and was found there.
        self.found_tags: Optional[tag_rules.Tags] = None
        self._scaled: Optional[bool] = None
        start = aws.clock.now()
        self.found = inference_components.describe(aws, wish.name)
        self.deadline = Deadline(aws.clock, self._timeout(), start)

    def carry_out(self, check_mode: bool) -> Result:
        while True:
            try:
                return self._attempt(self.found, check_mode)
            except Overtaken:
                self.found = inference_components.describe(self.aws, self.wish.name)

    def _attempt(self, found: Optional[Api], check_mode: bool) -> Result:
        """Go on from what was found. Raises Overtaken where that has become something else before it was changed."""
        component, self.found_tags, self._scaled = found, None, None
        steps = self._steps(found)
        must_wait = not inference_components.is_stable(found)
        if must_wait and not check_mode and (self.wish.wait or steps.action != plans.WAIT):
            component = inference_components.wait_stable(self.aws, self.wish.name, self.deadline)
            steps = self._steps(component)
        exists = component is not None and steps.action != plans.CREATE
        before = self.tags = inference_components.read_tags(self.aws, component) if exists else {}
        retag = tag_rules.change(self.wish.tags, before, self.wish.purge_tags)
        plan = _plan(steps, retag)
        if plan.action == plans.NONE and must_wait:
            plan = Plan(plans.WAIT)
        expected = self._expected(plan, component)
        with plans.attached(plan):
            if check_mode:
                if component is not None and plan.action == plans.REPLACE:
                    inference_components.refuse_with_adapters(self.aws, component)
                after = self._with_arn(expected)
            else:
                after = self._do(steps, component, retag)
        its_tags = retag.after if self.found_tags is None else self.found_tags
        # What a run begins it brings to its end.
        untouched = plan.action in (plans.NONE, plans.RETAG, plans.WAIT)
        shortfall = inference_components.shortfall(component) if untouched else []
        self.aws.warn(shortfall)
        return Result(
            NOUN,
            self.wish.name,
            inference_components.resource(self.aws, after, its_tags),
            plan,
            _comparable(self.aws, component if exists else None, before),
            # In a run too: what differs from it is an addition of the service.
            _comparable(self.aws, expected, its_tags),
            {"shortfall": shortfall},
        )

    # Planning

    def _steps(self, component: Optional[Api]) -> _Steps:
        """The table in inference_components. Of a transition under way it is what follows if that ends well."""
        wish = self.wish
        status = component["InferenceComponentStatus"] if component else DELETING
        if component is None or status == DELETING:
            shape = self.aws.sagemaker.input_shape("CreateInferenceComponent")
            request = {m: v for m, v in wish.creation(self.aws).items() if m != "InferenceComponentName"}
            return _Steps(plans.CREATE, compare.changes(shape, request, {}))
        if endpoints.is_orphaned(self.aws, component):
            wish.creation(self.aws)
            self.aws.warn(
                [
                    f"The endpoint {component['EndpointName']} that inference component {wish.name} was made on is gone, so the component is "
                    "deleted and made again."
                ]
            )
            return _Steps(plans.REPLACE, [Change("orphaned", True, False)])
        self._refuse_other_place(component)
        if status == FAILED:
            wish.creation(self.aws)
            reason = component.get("FailureReason")
            self.aws.warn(
                [
                    f"Inference component {wish.name} has failed, so it is deleted and made again. {failure_causes.told_reason(component)}"
                ]
            )
            return _Steps(plans.REPLACE, plans.revival("inference_component_status", FAILED, reason))
        return self._update_steps(component)

    def _refuse_other_place(self, component: Api) -> None:
        """A component cannot move to another endpoint, variant or base."""
        base = "specification.base_inference_component_name"
        wanted = dict(self.wish.place)
        found = {"endpoint_name": component["EndpointName"], "variant_name": component.get("VariantName")}
        differing = [
            Change(path, found[path], wanted[path]) for path in wanted if wanted[path] not in (None, found[path])
        ]
        if self.wish.specification:
            bases = inference_components.base_of(component), inference_components.base_of(self.wish.content)
            differing += [Change(base, *bases)] if bases[0] != bases[1] else []
        if not differing:
            return
        fields = ", ".join(f"{one.path} ({one.before}, asked for {one.after})" for one in differing)
        raise SageMakerError(
            f"Inference component {self.wish.name} exists elsewhere and cannot be moved, so it requires replacement; it differs in: {fields}. "
            "Give the new one another name, or delete this one first (state: absent).",
            plan=Plan(plans.NONE, differing).as_dict(),
        )

    def _update_steps(self, component: Api) -> _Steps:
        wish = self.wish
        content = self._differences(component, wish.specification)
        wanted = self._copies(component)
        copies = self._differences(component, wanted)
        if copies and self._is_scaled():
            copies = []
        if content:
            request = {
                **wish.specification,
                **(wanted if copies else {}),
                **({"DeploymentConfig": wish.deployment_config} if wish.deployment_config else {}),
            }
            return _Steps(plans.UPDATE, [*content, *copies], UPDATE, request)
        if copies:
            request = {"DesiredRuntimeConfig": wanted["RuntimeConfig"]}
            return _Steps(plans.UPDATE, copies, UPDATE_COPIES, request)
        return _Steps(plans.NONE if inference_components.is_stable(component) else plans.WAIT)

    def _differences(self, component: Api, wanted: Api) -> List[Change]:
        shape = self.aws.sagemaker.input_shape(UPDATE)
        return inference_components.changes(shape, wanted, inference_components.content(component))

    def _copies(self, found: Api) -> Api:
        """The copies that there shall be, {"RuntimeConfig"} as far as any number is wished for.

        An autoscaler that goes may leave none, and nothing that would bring any back.
        """
        if "RuntimeConfig" in self.wish.content:
            return {"RuntimeConfig": self.wish.content["RuntimeConfig"]}
        left_at_zero = self.wish.unscaled and found.get("RuntimeConfig", {}).get("DesiredCopyCount") == 0
        return {"RuntimeConfig": {"CopyCount": DEFAULT_COPIES}} if left_at_zero else {}

    def _is_scaled(self) -> bool:
        """Whether an autoscaler owns the number of copies. Asked for once, and only where it matters."""
        if self.wish.unscaled:
            return False
        if self._scaled is None:
            resource_id = scaling_rules.component_id(self.wish.name)
            self._scaled = bool(scalable_targets.describe_targets(self.aws.autoscaling, [resource_id]))
        return self._scaled

    def _expected(self, plan: Plan, component: Optional[Api]) -> Api:
        """The component as a run leaves it, as far as that is known beforehand."""
        wish = self.wish
        untouched = plan.action in (plans.NONE, plans.RETAG, plans.WAIT)
        if untouched and (inference_components.is_stable(component) or not wish.wait):
            return component
        if plan.action in (plans.CREATE, plans.REPLACE):
            return self._with_content(wish.creation(self.aws), {}, IN_SERVICE if wish.wait else CREATING)
        return self._with_content(component, component, IN_SERVICE if wish.wait else UPDATING)

    def _with_arn(self, expected: Api) -> Api:
        """With the ARN that a component will have."""
        arn = None if "InferenceComponentArn" in expected else self.aws.arn(f"inference-component/{self.wish.name}")
        return {**expected, "InferenceComponentArn": arn} if arn else expected

    def _with_content(self, known: Api, found: Api, status: str) -> Api:
        """What will be described once the content asked for is there. A number that is scaled is the autoscaler's."""
        after = {**known, "InferenceComponentStatus": status}
        content = self.wish.content
        if "Specification" in content:
            after.pop("Specifications", None)
            after["Specification"] = inference_components.summary(content["Specification"], found.get("Specification"))
        if "Specifications" in content:
            after.pop("Specification", None)
            there = {one.get("InstanceType"): one for one in found.get("Specifications", [])}
            after["Specifications"] = [
                inference_components.summary(one, there.get(one.get("InstanceType")))
                for one in content["Specifications"]
            ]
        counts = dict(found.get("RuntimeConfig", {}))
        copies = self._copies(found).get("RuntimeConfig")
        if copies and not self._scaled:
            counts["DesiredCopyCount"] = copies["CopyCount"]
        if status == IN_SERVICE and "DesiredCopyCount" in counts:
            counts["CurrentCopyCount"] = counts["DesiredCopyCount"]
        return {**after, **({"RuntimeConfig": counts} if counts else {})}

    # Doing

    def _do(self, steps: _Steps, component: Optional[Api], retag: tag_rules.TagChange) -> Api:
        if steps.action == plans.REPLACE:
            # It goes only where another one can come.
            self._await_endpoint(self.wish.place["endpoint_name"])
            if not inference_components.delete(self.aws, component, self.deadline, only_as_found=True):
                raise self._overtaken()
        if steps.action in (plans.CREATE, plans.REPLACE):
            return self._create(retag.after)
        after = self._update(steps, component) if steps.request else component
        tags.SAGEMAKER.apply(self.aws.sagemaker, component["InferenceComponentArn"], retag)
        return after

    def _create(self, its_tags: tag_rules.Tags) -> Api:
        """Create and verify."""
        wish = self.wish
        own_tags = {key: value for key, value in its_tags.items() if not key.startswith(tag_rules.RESERVED)}
        request = {
            **wish.creation(self.aws),
            **({"Tags": tags.SAGEMAKER.to_api(own_tags)} if own_tags else {}),
        }
        self._await_endpoint(request["EndpointName"])
        try:
            found = self._call("CreateInferenceComponent", request, self._created, None)
        except ServiceError as error:
            if "Inference Components are not supported" in errors.message(error):
                error.message += (
                    " An endpoint hosts inference components if the variants of its configuration have no model_name, and the "
                    "configuration has an execution_role_arn."
                )
            raise
        if found is not None:
            arn = found["InferenceComponentArn"]
            self.found_tags = tags.SAGEMAKER.claim(self.aws.sagemaker, arn, self.wish.tags, self.wish.purge_tags)
        if not wish.wait:
            return self._shown(None)
        after = self._await_end(None, wish.specification)
        if after["InferenceComponentStatus"] != IN_SERVICE:
            raise self._failure(
                after, f"Inference component {wish.name} could not be created. {failure_causes.told_reason(after)}"
            )
        return after

    def _await_endpoint(self, name: str) -> None:
        """An endpoint in transition may take no component yet."""
        endpoint = endpoints.wait_stable(self.aws, name, self.deadline)
        if endpoint is None:
            raise SageMakerError(f"endpoint_name: there is no endpoint {name}. Make it first, with sagemaker_endpoint.")
        if endpoint["EndpointStatus"] == endpoints.FAILED:
            raise SageMakerError(
                f"endpoint_name: the endpoint {name} has failed and hosts nothing: "
                f"{endpoint.get('FailureReason', 'no reason is given')}. Repair it first, with sagemaker_endpoint."
            )

    def _created(self) -> Optional[Api]:
        """After a lost answer: the component, if it is there. Somebody else's of the same name is not taken for ours."""
        component = inference_components.describe(self.aws, self.wish.name)
        if component is None or component["InferenceComponentStatus"] == DELETING:
            return None
        self._refuse_other_place(component)
        if self._differences(component, self.wish.specification):
            raise SageMakerError(
                f"Inference component {self.wish.name} was made by somebody else during this run, with other content. Run again "
                "to bring it to the content asked for."
            )
        return component

    def _update(self, steps: _Steps, component: Api) -> Api:
        """Update and verify."""
        request = {"InferenceComponentName": self.wish.name, **steps.request}
        copies = steps.request.get("DesiredRuntimeConfig") or steps.request.get("RuntimeConfig")
        wanted = {**self.wish.specification, **({"RuntimeConfig": copies} if copies else {})}
        self._call(steps.operation, request, lambda: self._carried_out(component, wanted), component)
        if not self.wish.wait:
            return self._shown(component)
        after = self._await_end(component, wanted)
        if not self._runs(after, wanted) or self._has_new_reason(component, after):
            raise self._update_failure(component, after, wanted)
        return after

    def _carried_out(self, before: Api, wanted: Api) -> Optional[Api]:
        """After a lost answer: the component if the update was begun.

        What is described in the middle of an update may be the old content, so its end is awaited.
        """
        after = inference_components.wait_stable(self.aws, self.wish.name, self.deadline)
        done = after is not None and (self._runs(after, wanted) or self._has_new_reason(before, after))
        return after if done else None

    def _call(
        self, operation: str, request: Api, lookup: Callable[[], Optional[Api]], before: Optional[Api]
    ) -> Optional[Api]:
        """Create or update, repeated while a transition of the component, its base or its endpoint is in the way.

        lookup: the component if the change was carried out; None if it is still to be made. before: the component that the
        change was decided on. Return what was found by lookup, None where the call itself was accepted.
        """
        found: List[Api] = []

        def look() -> Optional[Api]:
            component = lookup()
            found.extend([] if component is None else [component])
            return component

        def is_wanted() -> bool:
            # The autoscaler or another run was quicker.
            if look() is not None:
                return False
            current = inference_components.wait_stable(self.aws, self.wish.name, self.deadline)
            return inference_components.is_same(current, before)

        obstacles = [
            Obstacle(errors.is_busy, is_wanted),
            # Refused because of something that does not show yet.
            Obstacle(errors.is_existing, is_wanted, transitions.CONSISTENCY_WINDOW),
            Obstacle(self._is_late, seconds=transitions.CREATION_WINDOW),
        ]
        accepted = transitions.while_busy(
            lambda: self.aws.sagemaker.call(operation, request, look), obstacles, self.aws.clock, self.deadline
        )
        if not accepted and not found:
            raise self._overtaken()
        return found[-1] if found else None

    def _is_late(self, error: ServiceError) -> bool:
        """Whether the service does not see a model, an endpoint or a base yet although it exists."""
        names = {
            one["ModelName"] for one in inference_components.specifications(self.wish.content) if "ModelName" in one
        }
        if errors.is_missing(error, "model"):
            return immutables.is_named(models.KIND, self.aws, names, error)
        if errors.is_missing(error, "endpoint"):
            name = self.wish.place["endpoint_name"]
            return name is not None and endpoints.describe(self.aws, name) is not None
        base = inference_components.base_of(self.wish.content)
        missing = errors.is_missing(error, "inference component") and base is not None
        return missing and inference_components.describe(self.aws, base) is not None

    def _overtaken(self) -> Overtaken:
        return Overtaken(
            f"Inference component {self.wish.name} was made or changed by somebody else during this run. Run again to bring "
            "it to the content asked for."
        )

    # Verifying

    def _timeout(self) -> float:
        """Seconds to wait; for a transition that is under way its own deployment policy counts as well."""
        policies = [self.wish.deployment_config, (self.found or {}).get("LastDeploymentConfig")]
        return float(self.wish.timeout or endpoints.update_timeout(self.aws, policies))

    def _look(self) -> Optional[Api]:
        return inference_components.describe(self.aws, self.wish.name)

    def _there(self, component: Optional[Api]) -> Api:
        if component is None:
            raise SageMakerError(
                f"Inference component {self.wish.name} is gone: somebody else deleted it during this run."
            )
        return component

    def _shown(self, before: Optional[Api]) -> Api:
        """The component with the beginning of what was begun, which may show a moment later."""

        def shows(component: Optional[Api]) -> bool:
            return not inference_components.is_same(component, before)

        return self._there(transitions.await_shown(self.aws.sagemaker, self._look, shows))

    def _runs(self, component: Api, wanted: Api) -> bool:
        """Whether the component is in service with the content that was asked for."""
        return component["InferenceComponentStatus"] == IN_SERVICE and not self._differences(component, wanted)

    @staticmethod
    def _has_new_reason(before: Optional[Api], after: Api) -> bool:
        """Whether a failure was added since then. That there is a reason says nothing: it outlives later successes."""
        return after.get("FailureReason") not in (None, (before or {}).get("FailureReason"))

    def _await_end(self, before: Optional[Api], wanted: Api) -> Api:
        """Wait until what was begun has ended and all copies are there, or the end is no success. before: as it was."""

        def progress(component: Optional[Api]) -> Progress:
            if component is None:
                return Progress.UNCHANGED if before is None else Progress.ENDED
            if not inference_components.is_stable(component):
                return Progress.UNDER_WAY
            if self._has_new_reason(before, component):
                return Progress.ENDED
            if self._runs(component, wanted):
                return Progress.ENDED if inference_components.capacity_reached(component) else Progress.UNDER_WAY
            changed = before is None or component["LastModifiedTime"] != before["LastModifiedTime"]
            return Progress.ENDED if changed else Progress.UNCHANGED

        with inference_components.in_time(self.aws, self.wish.name, self.deadline):
            return self._there(transitions.await_end(self.aws.sagemaker, self._look, progress, self.deadline))

    # Failing

    def _update_failure(self, before: Api, after: Api, wanted: Api) -> SageMakerError:
        name, status = self.wish.name, after["InferenceComponentStatus"]
        reason = failure_causes.told_reason(after)
        if after.get("FailureReason") and not self._has_new_reason(before, after):
            reason += " (That reason was there before this update already; SageMaker keeps it.)"
        if status != IN_SERVICE:
            return self._failure(after, f"Inference component {name} was not updated; it is {status} now. {reason}")
        unchanged = inference_components.content(before) == inference_components.content(after)
        left = ", ".join(change.path for change in self._differences(after, wanted))
        if unchanged:
            text = f"Inference component {name} was not updated: SageMaker rolled back, and it still runs as before. {reason}"
        elif left:
            text = f"Inference component {name} was not updated as asked for; it differs in: {left}. {reason}"
        else:
            text = f"Inference component {name} shows what was asked for, but its update failed. {reason}"
        return self._failure(after, text, rolled_back=unchanged)

    def _failure(self, component: Api, message: str, rolled_back: bool = False) -> SageMakerError:
        """A failure with all that helps: reason, what runs, logs, and the remedy where the cause is known."""
        reason = component.get("FailureReason", "")
        cause = failure_causes.diagnose(reason)
        logs = inference_components.log_group(self.wish.name)
        return SageMakerError(
            f"{message} {cause.remedy}{failure_causes.pointer(cause, logs)}",
            failure_reason=reason,
            inference_component=inference_components.resource(self.aws, component, self.tags),
            rolled_back=rolled_back,
            cause=cause.name,
            remedy=cause.remedy,
            log_group=logs,
        )


def _plan(steps: _Steps, retag: tag_rules.TagChange) -> Plan:
    tag_calls = tags.SAGEMAKER.calls(retag)
    if steps.action in (plans.CREATE, plans.REPLACE):
        return Plan(steps.action, [*steps.changes, *retag.changes], steps.calls)
    if steps.request:
        return Plan(plans.UPDATE, [*steps.changes, *retag.changes], [*steps.calls, *tag_calls])
    return Plan(plans.RETAG, retag.changes, tag_calls) if tag_calls else Plan()
