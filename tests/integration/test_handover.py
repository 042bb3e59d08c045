# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is switched off or put in place for an update only, and every way in which such an update can end."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api.client import AwsClients
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import ownership
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import SageMakerError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.plans import Change
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.plans import Result
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rollout import endpoint as endpoint_rollout
from integration.logic import PRESENT
from integration.logic import Logic
from integration.logic import shown
from integration.whole_runs import NAME
from integration.whole_runs import Hook
from integration.whole_runs import Kill
from integration.whole_runs import Killed
from integration.whole_runs import Stage
from integration.whole_runs import Watched
from integration.whole_runs import deploy
from local_aws.process import LocalAws

TRACK = {
    "TargetValue": 70.0,
    "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
}
STEP = {
    "AdjustmentType": "ChangeInCapacity",
    "StepAdjustments": [{"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": 1}],
}
# More attempts than a call is ever given.
PATIENCE = 11


@pytest.fixture
def logic(aws: LocalAws) -> Logic:
    return Logic(aws)


def wish(config: str, **options: Any) -> dict[str, Any]:
    return {**PRESENT, "name": "e", "endpoint_config_name": config, **options}


def connection(logic: Logic, hook: Hook | None) -> AwsClients:
    plain = logic.connection()
    return (
        AwsClients(lambda *given, **more: Watched(logic.client(*given, **more), hook), plain.clock) if hook else plain
    )


def run(logic: Logic, config: str, hook: Hook | None = None, **options: Any) -> Result:
    return endpoint_rollout.ensure(connection(logic, hook), wish(config, **options), False)


class Failing:
    """A hook that lets the ``number``-th call that changes something (from 0) fail, however often it is repeated."""

    def __init__(self, number: int, kind: str) -> None:
        self.failed: str | None = None
        self._number, self._kind = number, kind
        self._calls = 0
        self._attempts = 0

    def __call__(self, name: str, call: Callable[[], Any]) -> Any:
        if name.startswith(("describe_", "list_")):
            return call()
        repeated = 0 < self._attempts < PATIENCE and name == self.failed and self._kind in ("error500", "lost")
        if not repeated:
            self._attempts = 0
            self._calls += 1
            if self._calls - 1 != self._number:
                return call()
            self.failed = name
            if self._kind == "lost":
                call()
        self._attempts += 1
        raise self._error(name)

    def _error(self, name: str) -> BaseException:
        if self._kind == "killed":
            return Killed()
        if self._kind == "unforeseen":
            return RuntimeError("unforeseen")
        code, text, status = {
            "refused": ("ValidationException", "This is refused.", 400),
            "denied": ("AccessDeniedException", "User is not authorized to perform this operation.", 400),
        }.get(self._kind, ("InternalFailure", "We encountered an internal error.", 500))
        answer: Any = {"Error": {"Code": code, "Message": text}, "ResponseMetadata": {"HTTPStatusCode": status}}
        return ClientError(answer, name)


def scaled_endpoint(logic: Logic) -> None:
    """An endpoint of two scaled variants on c1. c2 and c3 change the instance type of both."""
    for name, kind in (("c1", "large"), ("c2", "xlarge"), ("c3", "2xlarge")):
        other = {"VariantName": "other", "InstanceType": f"ml.m5.{kind}"}
        logic.make_config(name, other, InstanceType=f"ml.m5.{kind}")
    logic.make_endpoint("e", "c1")
    client = logic.autoscaling
    main = logic.register("e", Tags={"owner": "team"}, SuspendedState={"DynamicScalingInSuspended": True})
    other = logic.register("e", "other")
    put_track(logic)
    client.put_scaling_policy(**main, PolicyName="step", PolicyType="StepScaling", StepScalingPolicyConfiguration=STEP)
    action = {"ScheduledActionName": "morning", "ScalableTargetAction": {"MinCapacity": 2}}
    client.put_scheduled_action(**main, **action, Schedule="cron(0 8 * * ? *)", Timezone="Europe/Berlin")
    client.put_scheduled_action(**other, **action, Schedule="rate(1 day)", StartTime="2030-01-31T10:00:00Z")


def put_track(logic: Logic, value: float = 70.0) -> None:
    logic.autoscaling.put_scaling_policy(
        ServiceNamespace="sagemaker",
        ResourceId="endpoint/e/variant/main",
        ScalableDimension="sagemaker:variant:DesiredInstanceCount",
        PolicyName="track",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={**TRACK, "TargetValue": value},
    )


def scaling(logic: Logic) -> list[str]:
    """All of autoscaling that a user made, without what the service adds."""
    client = logic.autoscaling
    targets = client.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    for target in targets:
        target["tags"] = client.list_tags_for_resource(ResourceARN=target["ScalableTargetARN"])["Tags"]
    policies = client.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]
    actions = client.describe_scheduled_actions(ServiceNamespace="sagemaker")["ScheduledActions"]
    noise = {"CreationTime", "ScalableTargetARN", "PolicyARN", "ScheduledActionARN", "Alarms"}
    items = [{k: v for k, v in item.items() if k not in noise} for item in [*targets, *policies, *actions]]
    return sorted(json.dumps(item, default=str, sort_keys=True) for item in items)


def registered(logic: Logic) -> set[str]:
    targets = logic.autoscaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    return {target["ResourceId"] for target in targets}


def notes(logic: Logic) -> list[str]:
    """The tags of the endpoint by which a run remembers what it has to put back."""
    arn = logic.sagemaker.describe_endpoint(EndpointName="e")["EndpointArn"]
    tags = logic.sagemaker.list_tags(ResourceArn=arn)["Tags"]
    return [tag["Key"] for tag in tags if ownership.is_memory(tag["Key"])]


def configs(logic: Logic) -> set[str]:
    return {item["EndpointConfigName"] for item in logic.sagemaker.list_endpoint_configs()["EndpointConfigs"]}


# Autoscaling that steps aside


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        ("refused", "succeed"),
        ("denied", "rollback"),
        ("error500", "succeed"),
        ("lost", "succeed"),
        ("unforeseen", "succeed"),
        ("killed", "rollback"),
    ],
)
def test_autoscaling_is_back_whichever_call_of_a_handover_fails(aws: LocalAws, kind: str, outcome: str) -> None:
    """At once where the endpoint was not touched yet, else after one more run at the latest."""
    failed = []
    for number in range(30):
        aws.reset()
        logic = Logic(aws)
        scaled_endpoint(logic)
        before = scaling(logic)
        aws.script("e", "update", outcome, reason="a health check")
        hook = Failing(number, kind)
        message = ""
        try:
            run(logic, "c2", hook)
        except SageMakerError as error:
            message = error.message
        except (RuntimeError, Killed):
            message = ""
        if hook.failed is None:
            break
        failed.append(hook.failed)
        if "update_endpoint" not in failed[:-1] and kind != "killed":
            assert (scaling(logic), notes(logic)) == (before, []), (number, hook.failed)
        if message:
            for missing in {"endpoint/e/variant/main", "endpoint/e/variant/other"} - registered(logic):
                assert missing in message, (number, hook.failed, message)
        try:
            run(logic, "c2")
        except SageMakerError as error:
            # The first run did not come to the update that rolls back.
            assert outcome == "rollback" and "rolled back" in error.message
        assert (scaling(logic), notes(logic)) == (before, []), (number, hook.failed)
        if outcome == "succeed":
            assert logic.sagemaker.describe_endpoint(EndpointName="e")["EndpointConfigName"] == "c2"
    assert failed[:4] == ["add_tags", "deregister_scalable_target", "deregister_scalable_target", "update_endpoint"]
    assert failed.count("register_scalable_target") == 2
    assert failed[-1] == "delete_tags"


def test_each_target_is_put_back_even_if_another_one_cannot_be(logic: Logic) -> None:
    scaled_endpoint(logic)
    logic.aws.fault("RegisterScalableTarget", "denied")
    with pytest.raises(SageMakerError, match="Not registered now: endpoint/e/variant/main") as caught:
        run(logic, "c2")
    assert "endpoint/e/variant/other" not in caught.value.message
    assert registered(logic) == {"endpoint/e/variant/other"}


def test_an_update_that_takes_too_long_says_what_is_not_registered_meanwhile(logic: Logic) -> None:
    scaled_endpoint(logic)
    before = scaling(logic)
    logic.aws.configure(updating=300)
    with pytest.raises(SageMakerError, match="Not registered now: endpoint/e/variant/main.*, endpoint/e/variant/other"):
        run(logic, "c2", wait_timeout=60)
    run(logic, "c2")
    assert (scaling(logic), notes(logic)) == (before, [])


def test_autoscaling_is_back_on_an_endpoint_that_had_to_be_made_again(logic: Logic) -> None:
    """An update that ends Failed leaves nothing to register a target with."""
    scaled_endpoint(logic)
    before = scaling(logic)
    logic.aws.script("e", "update", "fail", reason="a health check")
    with pytest.raises(SageMakerError, match="it is Failed now.*Not registered now: endpoint/e/variant/main"):
        run(logic, "c2")
    assert notes(logic)
    predicted = logic.run(endpoint_rollout.ensure, wish("c2"), check_mode=True)
    assert shown(run(logic, "c2")) == shown(predicted)
    assert predicted.plan.action == "replace"
    assert (scaling(logic), notes(logic)) == (before, [])
    assert run(logic, "c2").plan.action == "none"


# What somebody changed before an interrupted run was repeated


def kill_before(logic: Logic, operation: str, config: str = "c2") -> None:
    """A run that is killed before its first call of this operation."""

    def hook(name: str, call: Callable[[], Any]) -> Any:
        if name == operation:
            raise Killed
        return call()

    with pytest.raises(Killed):
        run(logic, config, hook)
    logic.aws.advance(60)


def by_hand_limits(logic: Logic) -> None:
    logic.register("e", low=3, high=5)
    logic.aws.advance(60)


def by_hand_another_policy(logic: Logic) -> None:
    key = logic.register("e", low=1, high=8)
    action = {"ScheduledActionName": "night", "ScalableTargetAction": {"MinCapacity": 1}, "Schedule": "rate(2 days)"}
    logic.autoscaling.put_scheduled_action(**key, **action)


RETUNED: dict[str, Callable[[Logic], None]] = {
    "a policy": lambda logic: put_track(logic, 50.0),
    "the limits": by_hand_limits,
    "another action": by_hand_another_policy,
}


@pytest.mark.parametrize("config", ["c2", "c3"])
@pytest.mark.parametrize("retune", list(RETUNED))
def test_what_was_retuned_after_an_interrupted_run_is_kept(logic: Logic, retune: str, config: str) -> None:
    scaled_endpoint(logic)
    kill_before(logic, "delete_tags")
    RETUNED[retune](logic)
    before = scaling(logic)
    for check_mode in (True, False):
        aws = logic.connection()
        result = endpoint_rollout.ensure(aws, wish(config), check_mode)
        (warning,) = aws.warnings
        assert "endpoint/e/variant/main" in warning
        assert "is kept unchanged" in warning
        assert Change("autoscaling[main]", "remembered", "registered") in result.plan.changes
    assert (scaling(logic), notes(logic)) == (before, [])
    assert run(logic, config).plan.action == "none"


def test_a_scheduled_action_that_fires_meanwhile_is_nobodys_change(logic: Logic) -> None:
    """The run was killed before it had put everything back: the rest is, and the limit stays as the schedule has set it."""
    scaled_endpoint(logic)
    kill_before(logic, "delete_tags")
    action, *_others = logic.autoscaling.describe_scheduled_actions(ServiceNamespace="sagemaker")["ScheduledActions"]
    key = {member: action[member] for member in ("ServiceNamespace", "ResourceId", "ScalableDimension")}
    logic.autoscaling.register_scalable_target(**key, **action["ScalableTargetAction"])
    logic.aws.advance(60)
    logic.autoscaling.delete_scaling_policy(**key, PolicyName="track")
    before = scaling(logic)
    aws = logic.connection()
    endpoint_rollout.ensure(aws, wish("c2"), False)
    assert aws.warnings == []
    after = scaling(logic)
    assert set(before) < set(after)
    assert [item for item in after if '"track"' in item]
    assert notes(logic) == []


def test_a_target_that_somebody_registered_again_is_kept(logic: Logic) -> None:
    scaled_endpoint(logic)
    kill_before(logic, "update_endpoint")
    by_hand_limits(logic)
    before = scaling(logic)
    predicted = logic.run(endpoint_rollout.ensure, wish("c2"), check_mode=True)
    assert shown(run(logic, "c2")) == shown(predicted)
    after = scaling(logic)
    assert set(before) < set(after)
    assert registered(logic) == {"endpoint/e/variant/main", "endpoint/e/variant/other"}
    assert not [item for item in after if '"track"' in item]
    assert notes(logic) == []


@pytest.mark.parametrize("config", ["c1", "c2", "c3"])
@pytest.mark.parametrize("operation", ["put_scaling_policy", "put_scheduled_action", "delete_tags"])
def test_a_restore_that_was_interrupted_is_completed(logic: Logic, operation: str, config: str) -> None:
    scaled_endpoint(logic)
    before = scaling(logic)
    kill_before(logic, operation)
    predicted = logic.run(endpoint_rollout.ensure, wish(config), check_mode=True)
    logic.aws.clear_calls()
    result = run(logic, config)
    assert shown(result) == shown(predicted)
    assert logic.aws.mutating() == result.plan.calls
    if config == "c2" and operation == "delete_tags":
        assert result.plan.calls == ["DeleteTags"]
    assert (scaling(logic), notes(logic)) == (before, [])


def test_what_is_changed_while_a_target_is_aside_is_not_overwritten(logic: Logic) -> None:
    scaled_endpoint(logic)

    def hook(name: str, call: Callable[[], Any]) -> Any:
        answer = call()
        if name == "update_endpoint":
            logic.aws.advance(60)
            logic.register("e", low=3, high=5)
            logic.aws.advance(60)
        return answer

    aws = connection(logic, hook)
    endpoint_rollout.ensure(aws, wish("c2"), False)
    assert any("endpoint/e/variant/main" in warning and "is kept unchanged" in warning for warning in aws.warnings)
    (main,) = [item for item in scaling(logic) if '"MaxCapacity"' in item and "variant/main" in item]
    assert '"MinCapacity": 3' in main
    assert notes(logic) == []


# A configuration that stands in for the one in use, which was deleted


def without_its_config(logic: Logic) -> None:
    logic.make_config("c1")
    logic.make_config("c2")
    logic.make_config("c3", InitialInstanceCount=2)
    logic.make_endpoint("e", "c1")
    logic.sagemaker.delete_endpoint_config(EndpointConfigName="c1")


def test_a_placeholder_is_marked_and_belongs_to_nobody(logic: Logic) -> None:
    without_its_config(logic)
    predicted = logic.run(endpoint_rollout.ensure, wish("c2"), check_mode=True)
    assert predicted.plan.calls == [
        "AddTags",
        "CreateEndpointConfig",
        "UpdateEndpoint",
        "DeleteEndpointConfig",
        "DeleteTags",
    ]
    seen = []

    def hook(name: str, call: Callable[[], Any]) -> Any:
        if name == "update_endpoint":
            arn = logic.sagemaker.describe_endpoint_config(EndpointConfigName="c1")["EndpointConfigArn"]
            seen.extend(logic.sagemaker.list_tags(ResourceArn=arn)["Tags"])
        return call()

    logic.aws.clear_calls()
    assert shown(run(logic, "c2", hook)) == shown(predicted)
    assert logic.aws.mutating() == predicted.plan.calls
    assert seen == [{"Key": ownership.PLACEHOLDER_TAG, "Value": "e"}]
    assert configs(logic) == {"c2", "c3"}


@pytest.mark.parametrize("outcome", ["rollback", "rollback_without_reason", "rollback_failed", "fail", "timeout"])
@pytest.mark.parametrize("wait", [True, False])
def test_a_placeholder_goes_however_the_update_ends(logic: Logic, outcome: str, wait: bool) -> None:
    without_its_config(logic)
    if outcome == "timeout":
        logic.aws.configure(updating=300)
    else:
        logic.aws.script("e", "update", outcome, reason="a health check")
    with pytest.raises(SageMakerError):
        run(logic, "c2", wait=wait, wait_timeout=60)
    assert configs(logic) == {"c2", "c3"}
    assert notes(logic) == []
    assert run(logic, "c3").resource["endpoint_config_name"] == "c3"
    assert configs(logic) == {"c2", "c3"}


@pytest.mark.parametrize("kind", ["refused", "denied", "error500", "lost", "unforeseen", "killed"])
def test_a_placeholder_goes_whichever_call_fails(aws: LocalAws, kind: str) -> None:
    """With this run, or with the next one where its deletion fails or the run is killed."""
    failed: list[str] = []
    for number in range(10):
        aws.reset()
        logic = Logic(aws)
        without_its_config(logic)
        hook = Failing(number, kind)
        try:
            run(logic, "c2", hook)
        except (SageMakerError, RuntimeError, Killed):
            pass
        if hook.failed is None:
            break
        failed.append(hook.failed)
        if kind != "killed" and not hook.failed.startswith("delete_"):
            assert (configs(logic), notes(logic)) == ({"c2", "c3"}, []), (number, hook.failed)
        predicted = logic.run(endpoint_rollout.ensure, wish("c2"), check_mode=True)
        if kind != "killed":
            assert shown(run(logic, "c2")) == shown(predicted), (number, hook.failed)
        else:
            run(logic, "c2")
        assert (configs(logic), notes(logic)) == ({"c2", "c3"}, []), (number, hook.failed)
        assert run(logic, "c2").plan.action == "none"
    assert failed == [
        "add_tags",
        "create_endpoint_config",
        "update_endpoint",
        "delete_endpoint_config",
        "delete_tags",
    ]


def test_a_placeholder_goes_with_an_endpoint_that_is_deleted(logic: Logic) -> None:
    without_its_config(logic)
    kill_before(logic, "delete_endpoint_config")
    gone = {**wish("c2"), "state": "absent"}
    predicted = logic.run(endpoint_rollout.ensure, gone, check_mode=True)
    assert predicted.plan.calls == ["DeleteEndpointConfig", "DeleteEndpoint"]
    assert shown(logic.run(endpoint_rollout.ensure, gone)) == shown(predicted)
    assert configs(logic) == {"c2", "c3"}


def test_an_interrupted_runs_placeholder_is_not_deployed(logic: Logic) -> None:
    without_its_config(logic)
    kill_before(logic, "delete_endpoint_config")
    logic.aws.clear_calls()
    for check_mode in (True, False):
        with pytest.raises(SageMakerError, match="endpoint_config_name: c1 is a placeholder"):
            logic.run(endpoint_rollout.ensure, wish("c1"), check_mode)
    assert logic.aws.mutating() == []


def without_its_release(aws: LocalAws) -> tuple[Stage, str]:
    """A deployed endpoint whose configuration was deleted under it, and the name of that."""
    aws.reset()
    stage = Stage(Logic(aws))
    stage.run(deploy("old"))
    old = stage.sagemaker.describe_endpoint(EndpointName=NAME)["EndpointConfigName"]
    stage.sagemaker.delete_endpoint_config(EndpointConfigName=old)
    return stage, old


def check_old_variables(stage: Stage, old: str) -> None:
    """The old variables deploy again, under the name and with the content that they had."""
    stage.settle()
    # The second run prunes what the first one brought out of use.
    for _time in range(2):
        stage.run(deploy("old"))
    stage.check()
    stage.check_foreign()
    assert stage.sagemaker.describe_endpoint(EndpointName=NAME)["EndpointConfigName"] == old
    (variant,) = stage.sagemaker.describe_endpoint_config(EndpointConfigName=old)["ProductionVariants"]
    assert variant["InstanceType"] == "ml.m5.large"
    assert stage.changes(deploy("old")) == []


def test_the_old_variables_deploy_again_wherever_a_run_was_killed_that_needed_a_placeholder(aws: LocalAws) -> None:
    for number in range(4, 30):
        stage, old = without_its_release(aws)
        try:
            stage.run(deploy("new", instance_type="ml.m5.xlarge"), Kill(number))
        except Killed:
            check_old_variables(stage, old)
            continue
        break
    assert number > 12


def test_the_old_variables_deploy_again_after_an_update_with_a_placeholder_was_rolled_back(aws: LocalAws) -> None:
    stage, old = without_its_release(aws)
    aws.script(NAME, "update", "rollback", reason="a health check")
    with pytest.raises(SageMakerError, match="rolled back"):
        stage.run(deploy("new", instance_type="ml.m5.xlarge"))
    check_old_variables(stage, old)
