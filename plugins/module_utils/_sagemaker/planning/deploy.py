# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of a deploy: the modules' predictions in order, each based on the previous ones."""

from __future__ import annotations

from functools import partial
from typing import Any
from typing import Dict
from typing import List
from typing import Mapping
from typing import Optional
from typing import Tuple

from ..api.client import AwsClients
from ..argspec import autoscaling as autoscaling_options
from ..argspec import endpoint as endpoint_options
from ..argspec import endpoint_config as endpoint_config_options
from ..argspec import inference_component as inference_component_options
from ..argspec import model as model_options
from ..argspec import release as release_options
from ..argspec.options import with_defaults
from ..core.plans import Result
from ..core.types import Api
from ..deploy import decisions
from ..deploy import steps
from ..deploy import tasks
from ..deploy.inputs import scaling
from ..release import adoption
from ..release import releases
from ..resources import alarms as alarm_resources
from ..resources import endpoint_configs
from ..resources import immutables
from ..resources import models
from ..resources import scalable_targets
from ..rollout import component as component_rollout
from ..rollout import endpoint as endpoint_rollout
from . import execution_role
from . import outputs
from . import removals
from . import restored_targets
from .recorder import Recorder

Values = Dict[str, Any]


class Deployment:
    """The plan of one deploy. inputs, current: see decisions."""

    def __init__(self, recorder: Recorder, inputs: Mapping[str, Any], current: Mapping[str, Any]) -> None:
        self.recorder = recorder
        self.aws: AwsClients = recorder.aws
        self.inputs = inputs
        self.current = current
        self.adopted = decisions.is_adopted(current)
        self.role: Optional[Result] = None
        self.role_arn = ""
        # In the order of the inputs. None for models of an adopted endpoint's variants, which are not created.
        self.made_models: List[Optional[str]] = []
        # The content of the desired configuration.
        self.config: Mapping[str, Any] = {}
        self.before: Values = {}
        self.after: Values = {}
        self.endpoint: Values = {}
        self.components: List[Values] = []
        self.targets: List[Values] = []
        self.scaling_notes: List[str] = []

    def plan(self) -> Values:
        """Return the result of plan_info."""
        self._execution_role()
        self._models()
        live, self.config = self._endpoint_config()
        self.before = decisions.before_rollout(self.inputs, self.current, live)
        self._removal(self.before["removed_first"], self.before["removed_first"]["components"], steps.COMPONENTS)
        notes = self._rollout()
        names = decisions.model_names(self.current, self.made_models)
        results = {**self.rollout_results(), "model_names": names, "stale_policies": self._stale_policies}
        self.after = decisions.after_rollout(self.inputs, self.current, self.before, results)
        self._follow_up()
        if not self.recorder.applies:
            self._prune(names)
        return {
            "before_rollout": self.before,
            "after_rollout": self.after,
            "model_names": self.made_models,
            "execution_role": self.role_shown,
            "scalable_targets": self.targets,
            "outputs": outputs.of(self, names, notes),
        }

    @property
    def role_shown(self) -> Values:
        """Return the known properties of the deployment's execution role."""
        if self.role is None:
            return {"arn": self.role_arn, "name": None, "policy_name": None, "stale_policies": []}
        return {"arn": self.role_arn, "name": self.role.name, **self.role.more}

    @property
    def _stale_policies(self) -> List[str]:
        return self.role_shown["stale_policies"]

    def rollout_results(self) -> Values:
        """Return the plans of the rollout, in the form that after_rollout takes."""
        of_part = {part: [one for one in self.recorder.steps if one["part"] == part] for part in _ROLLOUT}
        return {
            "endpoint": of_part[steps.ENDPOINT][0]["plan"],
            "inference_components": [{"name": one["name"], **one["plan"]} for one in of_part[steps.COMPONENTS]],
        }

    # Resources to create before the rollout

    def _execution_role(self) -> None:
        made = None
        if self.inputs["execution_role"] is not None and not self.adopted:
            options = tasks.execution_role(self.inputs)
            self.role = self.recorder.take(
                steps.EXECUTION_ROLE, steps.IAM_ROLE, partial(execution_role.present, self.aws, options)
            )
            made = self.role.resource["arn"]
        self.role_arn = decisions.execution_role_arn(self.inputs, self.current, made)

    def _models(self) -> None:
        earlier = decisions.predecessors(self.inputs, self.current)
        for index, model in enumerate(self.inputs["models"]):
            # The variants of an adopted endpoint have models already.
            if self.adopted and not model["components"]:
                self.made_models.append(None)
                continue
            options = tasks.model(self.inputs, index, self.role_arn, self._replaced(earlier[index]))
            predict = partial(models.ensure, self.aws, with_defaults(options, model_options.MODEL), True)
            result = self.recorder.take(steps.MODELS, steps.MODELS, predict, index=index)
            self.made_models.append(result.name)

    def _replaced(self, name: Optional[str]) -> Optional[str]:
        """Return the name of a predecessor, if the plan shows differences. In a run the tasks show them."""
        return None if self.recorder.applies else name

    def _endpoint_config(self) -> Tuple[str, Values]:
        """Return the name and the content of the desired configuration."""
        if self.adopted:
            serving = self.current["serving"]["endpoint_config"]
            return serving["endpoint_config_name"], serving
        policy = self.role_shown["policy_name"]
        replaced = self._replaced(self.current["serving"].get("endpoint_config_name"))
        options = tasks.endpoint_config(self.inputs, self.made_models, self.role_arn, policy, replaced)
        predict = partial(
            endpoint_configs.ensure, self.aws, with_defaults(options, endpoint_config_options.ENDPOINT_CONFIG), True
        )
        result = self.recorder.take(steps.ENDPOINT_CONFIG, steps.ENDPOINT_CONFIG, predict)
        return result.name, tasks.config_content(self.inputs, self.made_models, self.role_arn)

    # The rollout

    def _rollout(self) -> List[str]:
        """Plan the rollout, and return notes about it."""
        options = tasks.endpoint(self.inputs, self.current, self.before, self.config)
        reasons = decisions.rollout_reasons(self.inputs, self.current, self.before["live"], self._roles())
        endpoint = self.recorder.take(
            steps.ENDPOINT,
            steps.ENDPOINT,
            partial(endpoint_rollout.ensure, self.aws, with_defaults(options, endpoint_options.ENDPOINT), True),
            refine=lambda plan: steps.with_reasons(plan, reasons),
        )
        self.endpoint = endpoint.resource
        notes = list(endpoint.more.get("shortfall", []))
        for index in range(len(self.inputs["inference_components"])):
            unscaled = self.before["unscaled_components"]
            options = tasks.inference_component(self.inputs, index, self.made_models, unscaled)
            checked = with_defaults(options, inference_component_options.INFERENCE_COMPONENT)
            predict = partial(component_rollout.ensure, self.aws, checked, True)
            refine = partial(self._with_component_reasons, index)
            component = self.recorder.take(steps.COMPONENTS, steps.COMPONENTS, predict, index=index, refine=refine)
            self.components.append(component.resource)
            notes += component.more.get("shortfall", [])
        return notes

    def _roles(self, earlier: Optional[str] = None) -> List[Optional[str]]:
        """Return the execution roles of the earlier and the desired models. earlier: by default the first one."""
        names = [earlier] if earlier else filter(None, decisions.predecessors(self.inputs, self.current))
        described = [immutables.describe(models.KIND, self.aws, name) for name in names]
        return [*(one.get("ExecutionRoleArn") for one in described[:1] if one), self.role_arn] if self.role_arn else []

    def _with_component_reasons(self, index: int, plan: Mapping[str, Any]) -> Values:
        """Return the plan of a component's update with the differences between its models."""
        name = self.inputs["inference_components"][index]["name"]
        own = [number for number, one in enumerate(self.inputs["models"]) if name in one["components"]]
        earlier = decisions.predecessors(self.inputs, self.current)
        if "UpdateInferenceComponent" not in plan["calls"] or not own or earlier[own[0]] in self.made_models:
            return dict(plan)
        differences = adoption.model_differences(
            self.aws, self.inputs["models"][own[0]], earlier[own[0]], self.inputs["sg_role_arn"], f"models[{name}]"
        )
        why = [change.as_dict() for change in differences]
        roles = self._roles(earlier[own[0]])
        return steps.with_reasons(plan, why or decisions.naming_reasons(self.inputs, earlier[own[0]], roles))

    # After the rollout

    def _follow_up(self) -> None:
        removed = self.after["removed_later"]
        if self.after["tested"]:
            entry = steps.entry(self.before["history_tags"], self.before["entered_tags"])
            self.recorder.add(steps.SMOKE_TEST, steps.ENDPOINT, entry, self.inputs["name"])
        self._removal({**removed, "targets": [], "components": []}, [], steps.PRUNED)
        self._autoscaling()
        deleted = [*self.before["dropped_components"], *self.before["orphaned_components"]]
        self._removal({**removed, "alarms": []}, deleted, steps.PRUNED)
        for name in self.before["postponed_targets"]:
            self.recorder.add(steps.POSTPONED, steps.AUTOSCALING, steps.postponement(), name)

    def _removal(self, removed: Mapping[str, Any], deleted: List[str], group: str) -> None:
        """Plan removals. removed: {"alarms", "targets", "components"}; group: the group of the plan for the
        components."""
        removals.take(self.recorder, self.inputs, self.current, removed, deleted, group)

    def _autoscaling(self) -> None:
        listed = [
            (index, target)
            for index, target in enumerate(self.inputs["autoscaling"])
            if target["resource_id"] not in self.before["postponed_targets"]
        ]
        plan = self.rollout_results()["endpoint"]
        restored = restored_targets.find(self.aws, self.inputs["name"], plan, self.config)
        for index, target in listed:
            options = tasks.target(self.inputs, index, self.after["deregistered_targets"])
            checked = with_defaults(options, autoscaling_options.AUTOSCALING)
            restored_target = restored.get((target["resource_id"], scaling.dimension_of(target)))
            predict = partial(scalable_targets.ensure, self.aws, checked, True, restored_target)
            result = self.recorder.take(steps.AUTOSCALING, steps.AUTOSCALING, predict, index=index)
            self.targets.append(_shown_target(result.resource))
            self.scaling_notes += result.more["notes"]
        woken = [(index, target) for index, target in listed if "alarm" in target]
        current = alarm_resources.by_name(self.aws, [target["alarm"]["name"] for _index, target in woken])
        for index, target in woken:
            self._alarm(index, target, current.get(target["alarm"]["name"]))

    def _alarm(self, index: int, target: Mapping[str, Any], current: Optional[Api]) -> None:
        """Plan an alarm. It always differs if its policy is created, or recreated because its target is suspended."""
        is_remade = "DeregisterScalableTarget" in self.rollout_results()["endpoint"]["calls"]
        arn = None if is_remade else tasks.policy_arn(target, self.targets)
        options = tasks.alarm(self.inputs, index, arn)
        if current is None or alarm_resources.differs(current, options):
            exists = options["name"] in self.before["alarms"]
            plan = steps.alarm_change(options["name"], exists)
            # The task returns the ARN of the policy, which changes when the policy is recreated.
            for one in self.recorder.steps:
                one["runs"] = one["runs"] or (one["part"], one["index"]) == (steps.AUTOSCALING, index)
            self.recorder.add(steps.ALARMS, steps.AUTOSCALING, plan, options["name"], index)

    def _prune(self, names: List[str]) -> None:
        pruned: Optional[Values] = None
        if self.after["prune"]:
            options = tasks.releases(self.inputs, self.current, self.before, self.after, names)
            predict = partial(releases.ensure, self.aws, with_defaults(options, release_options.RELEASES), True)
            result = predict()
            self.recorder.add(steps.RELEASES, steps.PRUNED, result.plan.as_dict(), self.inputs["name"])
            pruned = result.as_dict()
        stale = decisions.stale_policies(self.current, self.before["live"], self._stale_policies, pruned)
        name = self.role_shown["name"]
        for options in tasks.pruned_roles(self.inputs, self.current, name, stale, pruned):
            self.recorder.take(steps.PRUNE_ROLES, steps.PRUNED, partial(execution_role.ensure, self.aws, options))


_ROLLOUT = (steps.ENDPOINT, steps.COMPONENTS)


def _shown_target(target: Mapping[str, Any]) -> Values:
    """Return the limits of a target, and what is needed to find the policy of an alarm."""
    named = ("policy_name", "policy_arn")
    policies = [{key: one[key] for key in named if key in one} for one in target.get("scaling_policies", ())]
    limits = {option: target.get(option) for option in ("min_capacity", "max_capacity")}
    return {"resource_id": target.get("resource_id"), **limits, "scaling_policies": policies}
