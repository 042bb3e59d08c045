# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The desired state of an inference component, and the plan for it. resources.inference_components has the table of
actions by status."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import Dict
from typing import List
from typing import Mapping
from typing import Optional

from ..api import tags
from ..api.client import AwsClients
from ..core import errors
from ..core import failure_causes
from ..core import plans
from ..core import secrets
from ..core.errors import InputError
from ..core.errors import SageMakerError
from ..core.plans import Change
from ..core.plans import Plan
from ..core.problems import Problem
from ..core.types import Api
from ..core.types import Options
from ..resources import endpoints
from ..resources import inference_components
from ..resources import scalable_targets
from ..resources.inference_components import CREATING
from ..resources.inference_components import DELETING
from ..resources.inference_components import FAILED
from ..resources.inference_components import IN_SERVICE
from ..resources.inference_components import UPDATING
from ..rules import deployment_policy as deployment_policy_rules
from ..rules import inference_component as component_rules
from ..rules import scaling as scaling_rules
from ..rules import tags as tag_rules
from ..schema import compare
from ..schema import shapes

UPDATE = "UpdateInferenceComponent"
UPDATE_COPIES = "UpdateInferenceComponentRuntimeConfig"
# The SageMaker default for the number of copies.
DEFAULT_COPIES = 1


class DesiredComponent:
    """The desired state, validated. content: specifications and copies, if given, in the form of the API."""

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
        self.unscaled: bool = params["unscaled"]
        self.wait: bool = params["wait"]
        self.timeout: Optional[int] = params.get("wait_timeout")
        self.secret_keys = secrets.listed_keys(params.get(secrets.OPTION))
        aws.warn(shapes.unknown_values(aws.sagemaker.input_shape(UPDATE), request))

    def _rules(self, options: Options) -> List[Problem]:
        variant = {"variant_name": self.place["variant_name"]} if self.place["variant_name"] else {}
        policy = deployment_policy_rules.policy_rules(options.get("deployment_config"))
        return [*component_rules.problems({**options, **variant}), *policy]

    @property
    def specification(self) -> Api:
        """Return the content without the number of copies."""
        return {member: value for member, value in self.content.items() if member != "RuntimeConfig"}

    def creation(self, aws: AwsClients) -> Api:
        """Return the validated create request, without tags. Raises InputError for missing options that only a new
        component needs."""
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
                f"Inference component {self.name} does not exist, and to create it the module needs {', '.join(missing)}. An adapter takes no "
                "variant_name, but base_inference_component_name in its specification.",
            )
            raise InputError(problem)
        errors.raise_if_any(component_rules.creation_rules(self.options))
        return aws.sagemaker.request("CreateInferenceComponent", {**self.options, **self.place})


@dataclass
class ComponentPlan:
    """The steps and the differences that require them. request: the update request, if an update is planned."""

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

    def whole(self, retag: tag_rules.TagChange) -> Plan:
        """Return the plan with the change of tags."""
        tag_calls = tags.SAGEMAKER.calls(retag)
        if self.action in (plans.CREATE, plans.REPLACE):
            return Plan(self.action, [*self.changes, *retag.changes], self.calls)
        if self.request:
            return Plan(plans.UPDATE, [*self.changes, *retag.changes], [*self.calls, *tag_calls])
        return Plan(plans.RETAG, retag.changes, tag_calls) if tag_calls else Plan()


class ComponentPlanner:
    """Plans the steps to the desired state. Read-only."""

    def __init__(self, aws: AwsClients, desired: DesiredComponent) -> None:
        self.aws = aws
        self.desired = desired
        self._scaled: Optional[bool] = None

    def plan(self, component: Optional[Api]) -> ComponentPlan:
        """Return the plan for the component's status. During a transition, it assumes that the transition succeeds."""
        desired = self.desired
        status = component["InferenceComponentStatus"] if component else DELETING
        if component is None or status == DELETING:
            shape = self.aws.sagemaker.input_shape("CreateInferenceComponent")
            request = {m: v for m, v in desired.creation(self.aws).items() if m != "InferenceComponentName"}
            return ComponentPlan(plans.CREATE, compare.changes(shape, request, {}))
        if endpoints.is_orphaned(self.aws, component):
            desired.creation(self.aws)
            self.aws.warn(
                [
                    f"The endpoint {component['EndpointName']} of inference component {desired.name} no longer exists, so the component is "
                    "deleted and recreated."
                ]
            )
            return ComponentPlan(plans.REPLACE, [Change("orphaned", True, False)])
        self.refuse_other_place(component)
        if status == FAILED:
            desired.creation(self.aws)
            reason = component.get("FailureReason")
            self.aws.warn(
                [
                    f"Inference component {desired.name} has failed, so it is deleted and recreated. {failure_causes.format_reason(component)}"
                ]
            )
            return ComponentPlan(plans.REPLACE, plans.revival("inference_component_status", FAILED, reason))
        return self._plan_update(component)

    def refuse_other_place(self, component: Api) -> None:
        """Raise an error for another endpoint, variant or base, because a component cannot be moved."""
        base = "specification.base_inference_component_name"
        desired = dict(self.desired.place)
        current = {"endpoint_name": component["EndpointName"], "variant_name": component.get("VariantName")}
        differing = [
            Change(path, current[path], desired[path]) for path in desired if desired[path] not in (None, current[path])
        ]
        if self.desired.specification:
            bases = inference_components.base_of(component), inference_components.base_of(self.desired.content)
            differing += [Change(base, *bases)] if bases[0] != bases[1] else []
        if not differing:
            return
        fields = ", ".join(f"{one.path} (current {one.before}, desired {one.after})" for one in differing)
        raise SageMakerError(
            f"Inference component {self.desired.name} exists elsewhere and cannot be moved, so it requires replacement. It differs in: {fields}. "
            "Give the new one another name, or delete this one first (state: absent).",
            plan=Plan(plans.NONE, differing).as_dict(),
        )

    def _plan_update(self, component: Api) -> ComponentPlan:
        desired = self.desired
        content = self.differences(component, desired.specification)
        wanted = self._copies(component)
        copies = self.differences(component, wanted)
        if copies and self._is_scaled():
            copies = []
        if content:
            request = {
                **desired.specification,
                **(wanted if copies else {}),
                **({"DeploymentConfig": desired.deployment_config} if desired.deployment_config else {}),
            }
            return ComponentPlan(plans.UPDATE, [*content, *copies], UPDATE, request)
        if copies:
            request = {"DesiredRuntimeConfig": wanted["RuntimeConfig"]}
            return ComponentPlan(plans.UPDATE, copies, UPDATE_COPIES, request)
        return ComponentPlan(plans.NONE if inference_components.is_stable(component) else plans.WAIT)

    def differences(self, component: Api, desired: Api) -> List[Change]:
        shape = self.aws.sagemaker.input_shape(UPDATE)
        return inference_components.changes(shape, desired, inference_components.content(component))

    def _copies(self, current: Api) -> Api:
        """Return the desired copies as {"RuntimeConfig"}, {} if no number is given.

        A removed autoscaler may leave zero copies, and nothing would then add one.
        """
        if "RuntimeConfig" in self.desired.content:
            return {"RuntimeConfig": self.desired.content["RuntimeConfig"]}
        left_at_zero = self.desired.unscaled and current.get("RuntimeConfig", {}).get("DesiredCopyCount") == 0
        return {"RuntimeConfig": {"CopyCount": DEFAULT_COPIES}} if left_at_zero else {}

    def _is_scaled(self) -> bool:
        """Return whether an autoscaler owns the number of copies. Looked up once, on first use."""
        if self.desired.unscaled:
            return False
        if self._scaled is None:
            resource_id = scaling_rules.component_id(self.desired.name)
            self._scaled = bool(scalable_targets.describe_targets(self.aws.autoscaling, [resource_id]))
        return self._scaled

    def predict(self, plan: Plan, component: Optional[Api]) -> Api:
        """Return the predicted component, as far as it is known beforehand."""
        desired = self.desired
        untouched = plan.action in (plans.NONE, plans.RETAG, plans.WAIT)
        if untouched and (inference_components.is_stable(component) or not desired.wait):
            return component
        if plan.action in (plans.CREATE, plans.REPLACE):
            return self._with_content(desired.creation(self.aws), {}, IN_SERVICE if desired.wait else CREATING)
        return self._with_content(component, component, IN_SERVICE if desired.wait else UPDATING)

    def with_arn(self, expected: Api) -> Api:
        """Return the prediction with the future ARN."""
        arn = None if "InferenceComponentArn" in expected else self.aws.arn(f"inference-component/{self.desired.name}")
        return {**expected, "InferenceComponentArn": arn} if arn else expected

    def _with_content(self, known: Api, current: Api, status: str) -> Api:
        """Return the predicted description with the desired content. An autoscaler keeps its number of copies."""
        after = {**known, "InferenceComponentStatus": status}
        content = self.desired.content
        if "Specification" in content:
            after.pop("Specifications", None)
            after["Specification"] = inference_components.summary(
                content["Specification"], current.get("Specification")
            )
        if "Specifications" in content:
            after.pop("Specification", None)
            current_by_type = {one.get("InstanceType"): one for one in current.get("Specifications", [])}
            after["Specifications"] = [
                inference_components.summary(one, current_by_type.get(one.get("InstanceType")))
                for one in content["Specifications"]
            ]
        counts = dict(current.get("RuntimeConfig", {}))
        copies = self._copies(current).get("RuntimeConfig")
        if copies and not self._scaled:
            counts["DesiredCopyCount"] = copies["CopyCount"]
        if status == IN_SERVICE and "DesiredCopyCount" in counts:
            counts["CurrentCopyCount"] = counts["DesiredCopyCount"]
        return {**after, **({"RuntimeConfig": counts} if counts else {})}


def comparable(aws: AwsClients, component: Optional[Api], its_tags: tag_rules.Tags) -> Dict[str, Any]:
    """Return the component for diff mode, by option name."""
    if component is None:
        return {}
    content = shapes.from_api(aws.sagemaker.input_shape(UPDATE), inference_components.content(component))
    members = ("InferenceComponentName", "EndpointName", "VariantName", "InferenceComponentStatus")
    known = {shapes.option_name(member): component[member] for member in members if member in component}
    return {**known, **content, "tags": its_tags}
