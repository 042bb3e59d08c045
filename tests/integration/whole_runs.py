# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A deploy and a destroy as the role does them, without Ansible: its plan, then the modules' logic for what the plan has to do.

They take a fraction of a second, so that they can be interrupted at each call, and interleaved in many ways. What is planned, decided
and handed from one step to the next is the role's own; only the modules are called directly. An execution role is given, or made without
amazon.aws's modules.
"""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from functools import partial
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api.client import AwsClients
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api.snapshot import Snapshot
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import (
    autoscaling as autoscaling_options,
)
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import endpoint as endpoint_options
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import (
    endpoint_config as endpoint_config_options,
)
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import model as model_options
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import release as release_options
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import ownership
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import SageMakerError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy import run as role_run
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy import steps
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.inputs import resolution as role_inputs
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.planning import execution_role
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.planning import plan_info
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.power import endpoint_power
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.release import releases
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources import endpoint_configs
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources import models
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources import scalable_targets
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rollout import endpoint as endpoint_rollout
from integration.logic import IMAGE
from integration.logic import ROLE
from integration.logic import Logic

NAME = "churn"
TAGS = {ownership.OWNER_TAG: NAME, "team": "fraud"}
SCALING = {
    "min_capacity": 1,
    "max_capacity": 4,
    "scaling_policies": [
        {
            "policy_name": "track",
            "policy_type": "TargetTrackingScaling",
            "target_tracking_scaling_policy_configuration": {
                "target_value": 70.0,
                "predefined_metric_specification": {"predefined_metric_type": "SageMakerVariantInvocationsPerInstance"},
            },
        }
    ],
    "scheduled_actions": [
        {
            "scheduled_action_name": "morning",
            "schedule": "cron(0 8 * * ? *)",
            "scalable_target_action": {"min_capacity": 2},
        }
    ],
}

# How the names of calls begin that change nothing.
READING = ("describe_", "list_", "get_")

# What a run does with the connection that it is given.
Work = Callable[[AwsClients], None]
# Gets the name of a call and the call itself, and returns its answer.
Hook = Callable[[str, Callable[[], Any]], Any]


def variables(step: str, instance_type: str = "ml.m5.large", scaled: bool = True) -> dict[str, Any]:
    """The role's variables. step: tells releases apart."""
    return {
        "name": NAME,
        "name_prefix": NAME,
        "sg_role_arn": ROLE,
        "containers": [{"image_uri": IMAGE, "environment": {"STEP": step}}],
        "production_variant": {"variant_name": "main", "instance_type": instance_type},
        "tags": {tag: value for tag, value in TAGS.items() if tag != ownership.OWNER_TAG},
        **({"autoscaling_config": SCALING} if scaled else {}),
    }


def inputs_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """What the role makes of its variables."""
    inputs = role_inputs.resolve(given)
    assert not inputs["problems"], inputs["problems"]
    return inputs


# The logic and the options of the modules that the tasks of a part run, and how many of a list there are.
MODULES: dict[str, tuple[Callable[..., Any], Mapping[str, Any]]] = {
    steps.MODELS: (models.ensure, model_options.MODEL),
    steps.ENDPOINT_CONFIG: (endpoint_configs.ensure, endpoint_config_options.ENDPOINT_CONFIG),
    steps.ENDPOINT: (endpoint_rollout.ensure, endpoint_options.ENDPOINT),
    steps.REMOVE_ENDPOINT: (endpoint_rollout.ensure, endpoint_options.ENDPOINT),
    steps.POWER: (endpoint_power.ensure, endpoint_options.POWER),
    steps.AUTOSCALING: (scalable_targets.ensure, autoscaling_options.AUTOSCALING),
    steps.REMOVE_TARGETS: (scalable_targets.ensure, autoscaling_options.AUTOSCALING),
    steps.RELEASES: (releases.ensure, release_options.RELEASES),
}


class Play:
    """One run of the role. results: of its tasks, as they are registered."""

    def __init__(self, aws: AwsClients, given: Mapping[str, Any], state: str = "present") -> None:
        self.aws = aws
        self.inputs = inputs_of({**given, "state": state})
        self.planned = plan_info.info(aws, {"inputs": self.inputs, "state": state, "applies": True})
        self.results: dict[str, Any] = {}

    def run(self) -> Play:
        for phase in ("rollout", "follow_up"):
            for job in self.options()[phase]:
                self._work(job)
        return self

    def options(self) -> dict[str, Any]:
        return role_run.options(self.inputs, self.planned, self.results)

    def outputs(self) -> dict[str, Any]:
        return role_run.outputs(self.inputs, self.planned, self.results)

    def _work(self, job: Mapping[str, Any]) -> None:
        part = job["tasks"]
        if part == steps.EXECUTION_ROLE:
            make_role(self.aws, self.options()[part])
            return
        if part == steps.PRUNE_ROLES:
            # The execution role is given, so none of them is the run's.
            assert self.options()[part] == [] or self.planned["state"] == "absent"
            return
        ensure, spec = MODULES[part]
        options = self.options()[part]
        if isinstance(options, list):
            items = [ensure(self.aws, _options(spec, **options[index]), False).as_dict() for index in job["indexes"]]
            self.results[part] = {"results": items}
        else:
            self.results[part] = ensure(self.aws, _options(spec, **options), False).as_dict()


def make_role(aws: AwsClients, options: Mapping[str, Any]) -> None:
    """Make the execution role, or give it one more policy, as sagemaker_execution_role does."""
    found = execution_role.present(Snapshot(aws), options)
    iam = aws.service("iam").client
    if found.plan.action == "create":
        tags = [{"Key": key, "Value": value} for key, value in found.resource["tags"].items()]
        trust = json.dumps(found.resource["assume_role_policy_document"])
        iam.create_role(RoleName=found.name, AssumeRolePolicyDocument=trust, Tags=tags)
    for change in found.plan.changes:
        if change.path.startswith("inline_policies["):
            policy = json.dumps(change.after)
            iam.put_role_policy(RoleName=found.name, PolicyName=found.more["policy_name"], PolicyDocument=policy)


def _options(spec: Mapping[str, Any], **given: Any) -> dict[str, Any]:
    """Options of a module as the module gets them."""
    checked = ArgumentSpecValidator(spec["argument_spec"]).validate(given)
    assert not checked.error_messages, checked.error_messages
    return checked.validated_parameters


def deploy(step: str, instance_type: str = "ml.m5.large", scaled: bool = True, **more: Any) -> Work:
    """The role with state present. step: tells releases apart; more: variables."""
    given = {**variables(step, instance_type, scaled), **more}
    return lambda aws: Play(aws, given).run() and None


def destroy(aws: AwsClients) -> None:
    """The role with state absent."""
    Play(aws, variables("0"), "absent").run()


class Stage:
    """An account in which runs take place, with what belongs to others and has to stay as it is."""

    def __init__(self, logic: Logic) -> None:
        self.logic = logic
        self.sagemaker = logic.sagemaker
        logic.make_endpoint("churn-too", logic.make_config("churn-config-0000beef"))
        logic.register("churn-too")
        logic.sagemaker.create_model(
            ModelName="churn-model-0000beef", ExecutionRoleArn=ROLE, Containers=[{"Image": IMAGE}]
        )
        self.foreign = self._content(foreign=True)

    def run(self, work: Work, hook: Hook | None = None) -> None:
        """One run from its beginning to its end."""
        work(self.connection(hook))

    def connection(self, hook: Hook | None = None) -> AwsClients:
        return watched(self.logic, hook)

    def changes(self, work: Work) -> list[str]:
        """The calls of a run that change something."""
        self.logic.aws.clear_calls()
        self.run(work)
        return self.logic.aws.mutating()

    def settle(self) -> None:
        """Let every transition come to its end."""
        self.logic.aws.advance(600)

    def broken(self) -> list[str]:
        """What is wrong with the endpoint: a live configuration or model that is gone, autoscaling that is not there."""
        if self.logic.status(NAME) is None:
            return []
        live = self.sagemaker.describe_endpoint(EndpointName=NAME)
        own = self._content(foreign=False)
        config = live["EndpointConfigName"]
        wrong = [] if live["EndpointStatus"] == "InService" else [f"{NAME} is {live['EndpointStatus']}"]
        if config not in own["configs"]:
            return [*wrong, f"{config} serves and is gone"]
        content = self.sagemaker.describe_endpoint_config(EndpointConfigName=config)
        names = [variant["ModelName"] for variant in content["ProductionVariants"]]
        return wrong + [f"{name} serves and is gone" for name in names if name not in own["models"]]

    def check(self, scaled: bool = True) -> None:
        """After a run that succeeded: it serves what exists, scaled as asked for, and nothing is remembered any more."""
        assert self.broken() == []
        assert self.logic.status(NAME) == "InService"
        own = self._content(foreign=False)
        assert len(own["targets"]) == scaled
        assert len(own["policies"]) == scaled
        assert len(own["actions"]) == scaled
        arn = self.sagemaker.describe_endpoint(EndpointName=NAME)["EndpointArn"]
        tags = {tag["Key"]: tag["Value"] for tag in self.sagemaker.list_tags(ResourceArn=arn)["Tags"]}
        assert not [tag for tag in tags if ownership.is_memory(tag)]
        assert {key: tags[key] for key in TAGS} == TAGS

    def check_gone(self) -> None:
        """After a destroy: nothing of ours is left."""
        assert self._content(foreign=False) == {kind: {} for kind in self.foreign}

    def check_foreign(self) -> None:
        """What belongs to others is as it was."""
        assert self._content(foreign=True) == self.foreign

    def _content(self, foreign: bool) -> dict[str, dict[str, Any]]:
        """{kind: {name: what it is}} of the things that are ours, or of the others."""
        sagemaker, scaling = self.sagemaker, self.logic.autoscaling
        space = {"ServiceNamespace": "sagemaker"}
        found = {
            "endpoints": (sagemaker.list_endpoints()["Endpoints"], "EndpointName"),
            "configs": (sagemaker.list_endpoint_configs(MaxResults=100)["EndpointConfigs"], "EndpointConfigName"),
            "models": (sagemaker.list_models(MaxResults=100)["Models"], "ModelName"),
            "targets": (scaling.describe_scalable_targets(**space)["ScalableTargets"], "ResourceId"),
            "policies": (scaling.describe_scaling_policies(**space)["ScalingPolicies"], "ResourceId"),
            "actions": (scaling.describe_scheduled_actions(**space)["ScheduledActions"], "ResourceId"),
        }
        return {
            kind: {item[name]: item for item in items if _is_foreign(item[name]) == foreign}
            for kind, (items, name) in found.items()
        }


def _is_foreign(name: str) -> bool:
    return "0000beef" in name or "churn-too" in name


def watched(logic: Logic, hook: Hook | None = None) -> AwsClients:
    """A connection whose calls go through a hook."""
    plain = logic.connection()
    return (
        AwsClients(lambda *given, **more: Watched(logic.client(*given, **more), hook), plain.clock) if hook else plain
    )


class Watched:
    """A client whose calls go through a hook."""

    def __init__(self, client: Any, hook: Hook) -> None:
        self.meta = client.meta
        self._client = client
        self._hook = hook

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda **request: self._hook(name, partial(getattr(self._client, name), **request))


class Killed(BaseException):
    """The end of a run by force. Nothing in it may catch this and clean up."""


class Kill:
    """A hook that ends a run right after its ``number``-th call that changes something. Only these leave other things behind."""

    def __init__(self, number: int) -> None:
        self.changes: list[str] = []
        self._number = number

    def __call__(self, name: str, call: Callable[[], Any]) -> Any:
        if len(self.changes) == self._number:
            raise Killed
        answer = call()
        if not name.startswith(READING):
            self.changes.append(name)
        return answer


class Interlude:
    """A hook that has another work done as a whole right before the ``number``-th call (from 0) that changes something."""

    def __init__(self, stage: Stage, work: Work, number: int) -> None:
        self.changes: list[str] = []
        self.failure: SageMakerError | None = None
        self._stage = stage
        self._work = work
        self._number = number

    def __call__(self, name: str, call: Callable[[], Any]) -> Any:
        if not name.startswith(READING):
            if len(self.changes) == self._number:
                try:
                    self._stage.run(self._work)
                except SageMakerError as error:
                    self.failure = error
            self.changes.append(name)
        return call()


class Turns:
    """Runs works at the same time, of which one at a time makes a call. Which one is drawn, and the same with each ``seed``.

    Now and then one goes on for long and now and then they alternate: ``patience`` is drawn too.
    """

    def __init__(self, logic: Logic, works: Sequence[Work], seed: int) -> None:
        self._logic = logic
        self._random = random.Random(seed)
        self._patience = self._random.choice([0.5, 0.8, 0.95])
        self._works = list(works)
        self._waiting = list(range(len(self._works)))
        self._turn = self._random.choice(self._waiting)
        self._condition = threading.Condition()
        self.log: list[tuple[int, str]] = []
        # One per work: None where it succeeded.
        self.failures: list[SageMakerError | None] = [None] * len(self._works)

    def run(self) -> list[SageMakerError | None]:
        """How each of them ended."""
        threads = [threading.Thread(target=self._work, args=(index,), daemon=True) for index in self._waiting]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
            assert not thread.is_alive(), self.log
        return self.failures

    def _work(self, index: int) -> None:
        def hook(name: str, call: Callable[[], Any]) -> Any:
            self._take(index)
            self.log.append((index, name))
            return call()

        try:
            self._works[index](watched(self._logic, hook))
        except SageMakerError as error:
            self.failures[index] = error
        finally:
            with self._condition:
                self._waiting.remove(index)
                self._pass_on(index)

    def _take(self, index: int) -> None:
        """Wait for the next turn."""
        with self._condition:
            if self._turn == index:
                self._pass_on(index)
            self._condition.wait_for(lambda: self._turn == index)

    def _pass_on(self, index: int) -> None:
        stays = index in self._waiting and self._random.random() < self._patience
        if self._waiting and not stays:
            self._turn = self._random.choice(self._waiting)
            self._condition.notify_all()


def describe(turns: Turns) -> str:
    """The interleaving, for the message of a test that failed."""
    return " ".join(f"{'AB'[index]}:{name}" for index, name in turns.log)
