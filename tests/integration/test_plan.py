# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of a whole run: one look that changes nothing, and says exactly what the run then does."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api.snapshot import Snapshot
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import SageMakerError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import ServiceError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.secrets import MASK
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy import run as role_run
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy import steps
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.planning import plan_info
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.planning import removals
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.planning.recorder import Recorder
from integration.begun import begin
from integration.logic import Logic
from integration.permissions import refused
from integration.whole_runs import NAME
from integration.whole_runs import Killed
from integration.whole_runs import Play
from integration.whole_runs import inputs_of
from integration.whole_runs import variables
from integration.whole_runs import watched
from local_aws.process import LocalAws

DEPLOYS = {
    "a first deploy": variables("1"),
    "the same again": variables("1"),
    "another model": variables("2"),
    "another instance type": variables("2", "ml.m5.xlarge"),
    "a third release": variables("3", "ml.m5.xlarge"),
    "autoscaling is dropped": variables("3", "ml.m5.xlarge", scaled=False),
    "other tags": {**variables("3", "ml.m5.xlarge", scaled=False), "tags": {"team": "churn"}},
    "nothing is kept": {**variables("3", "ml.m5.xlarge", scaled=False), "tags": {"team": "churn"}, "keep_releases": 0},
}


@pytest.fixture
def logic(aws: LocalAws) -> Logic:
    found = Logic(aws)
    aws.make_role("exec")
    return found


def predicted(logic: Logic, given: dict[str, Any], state: str = "present") -> dict[str, Any]:
    """The plan, which makes no call that changes anything."""
    logic.aws.clear_calls()
    inputs = inputs_of({**given, "state": state})
    found = plan_info.info(logic.connection(), {"inputs": inputs, "state": state, "applies": False})
    assert logic.aws.mutating() == []
    assert found["predicts_change"] == any(calls(found["outputs"]))
    assert found["phases"] == []
    return role_run.outputs(inputs, found, {})


def calls(outputs: dict[str, Any]) -> list[str]:
    parts = [part if isinstance(part, list) else [part] for part in outputs["plan"].values()]
    return [call for part in parts for one in part for call in one["calls"]]


def runs(logic: Logic, given: dict[str, Any], state: str = "present") -> dict[str, Any]:
    return Play(logic.connection(), {**given, "state": state}, state).run().outputs()


def test_a_run_does_what_was_planned(logic: Logic) -> None:
    for what, given in DEPLOYS.items():
        before = predicted(logic, given)
        logic.aws.clear_calls()
        after = runs(logic, given)
        assert after == before, what
        assert logic.aws.mutating() == calls(after), what
        assert refused(logic.aws.calls(), before["operator_policy"]) == [], what
        again = Play(logic.connection(), given)
        assert (again.planned["phases"], again.planned["would_change"]) == ([], False), what


@pytest.mark.parametrize("state", ["absent", "rollback"])
def test_going_back_and_destroying_are_planned_too(logic: Logic, state: str) -> None:
    for number in ("1", "2"):
        runs(logic, variables(number))
    before = predicted(logic, variables("2"), state)
    logic.aws.clear_calls()
    assert runs(logic, variables("2"), state) == before
    assert sorted(logic.aws.mutating()) == sorted(calls(before)) != []
    assert refused(logic.aws.calls(), before["operator_policy"]) == []


CANARY: dict[str, Any] = {
    "blue_green_update_policy": {
        "traffic_routing_configuration": {
            "type": "CANARY",
            "canary_size": {"type": "CAPACITY_PERCENT", "value": 50},
            "wait_interval_in_seconds": 60,
        }
    }
}


def updates(logic: Logic) -> list[Any]:
    """The deployment policies of the updates since the last look."""
    found = [
        one["request"].get("DeploymentConfig") for one in logic.aws.calls() if one["operation"] == "UpdateEndpoint"
    ]
    logic.aws.clear_calls()
    return found


def test_a_rollback_shifts_traffic_as_the_variables_say_or_says_why_not(logic: Logic) -> None:
    policy = {"deployment_config": CANARY}
    runs(logic, {**variables("1"), **policy})
    runs(logic, {**variables("2"), **policy, "release_marker": "again"})
    assert updates(logic)[0]["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]["Type"] == "CANARY"
    # The names alone say nothing: the content does, and the maximum of autoscaling is that of now.
    back = runs(logic, {**variables("2"), **policy}, "rollback")
    assert [bool(one) for one in updates(logic)] == [True]
    environment = "models[main].primary_container.environment.STEP"
    # A rollback does not know which entries the deploy was told to hide.
    assert {"path": environment, "before": MASK, "after": MASK} in back["plan"]["endpoint"]["changes"]
    assert back["serving"]["variants"][0]["autoscaling"] == {"min_capacity": 1, "max_capacity": 4}
    (why,) = back["notes"]
    assert why.startswith("The rollback goes to the release that served last before churn-config-")
    left = back["previous_release"]
    again = "A deploy with unchanged variables returns to {}: change them first, and stop scheduled deploys."
    assert why.endswith(again.format(left))
    forth = runs(logic, {"name": NAME, "release": back["previous_release"]}, "rollback")
    assert updates(logic) == [None]
    why, without = forth["notes"]
    assert why.startswith(f"The rollback goes to {left}, because sagemaker_endpoint_release names it. A deploy with ")
    assert without.startswith("The rollback moves all traffic at once, and no alarm undoes it, because")
    # A policy needs the same names of variants on both sides.
    renamed = {"production_variant": {"variant_name": "other", "instance_type": "ml.m5.large"}}
    runs(logic, {**variables("2", scaled=False), **renamed})
    updates(logic)
    back = runs(logic, {**variables("2"), **policy}, "rollback")
    assert updates(logic) == [None]
    assert (
        "sagemaker_endpoint_deployment_config does not fit: a deployment policy requires the same variant"
        in back["notes"][1]
    )
    assert predicted(logic, variables("2"), "rollback")["notes"][1:] == []


def test_a_rollback_shows_the_components_that_stay(logic: Logic) -> None:
    resources = {"number_of_cpu_cores_required": 1, "min_memory_required_in_mb": 1024}
    chat = {
        "name": "chat",
        "containers": [{"image_uri": OTHER}],
        "specification": {"compute_resource_requirements": resources},
        "runtime_config": {"copy_count": 1},
        "autoscaling_config": {"max_capacity": 3, "target_value": 5},
    }
    for kind in ("ml.m5.4xlarge", "ml.m5.12xlarge"):
        hosting = {"containers": None, "inference_components": [chat], "production_variant": {"instance_type": kind}}
        begin(logic.aws, {**variables("1", scaled=False), **hosting})
    serves = predicted(logic, {"name": NAME}, "rollback")["serving"]
    limits = {"min_capacity": 1, "max_capacity": 3}
    assert serves["inference_components"] == [{"name": "chat", "copy_count": 1, "autoscaling": limits}]
    assert serves["invocation"] == {"body": "...", "inference_component_name": "chat"}


def test_what_is_the_same_but_for_its_marker_is_told_in_words(logic: Logic) -> None:
    runs(logic, {**variables("1"), "release_marker": "a"})
    (reason,) = _reasons(runs(logic, variables("1")))
    assert reason == {"path": "release_marker", "before": None, "after": ""}
    (reason,) = _reasons(predicted(logic, variables("1"), "rollback"))
    assert reason == {"path": "release_marker", "before": None, "after": None}


def _reasons(outputs: dict[str, Any]) -> list[Any]:
    ignored = ("tags.", "endpoint_config_name", "production_variants[main].model_name")
    return [one for one in outputs["plan"]["endpoint"]["changes"] if not one["path"].startswith(ignored)]


def test_a_rollback_that_the_service_made_before_the_run_is_told(logic: Logic) -> None:
    first = runs(logic, variables("1"))["sagemaker_endpoint_config_name"]
    logic.aws.script(NAME, "update", "rollback", reason="a health check")
    with pytest.raises(SageMakerError, match="rolled back"):
        runs(logic, variables("2"))
    for step in ("1", "2"):
        (told,) = predicted(logic, variables(step))["notes"]
        assert told == (
            f"Before this run, SageMaker rolled back the last change of the endpoint, so it kept {first}. Reason: a health check"
        )
    second = runs(logic, variables("2"))["sagemaker_endpoint_config_name"]
    assert predicted(logic, variables("2"))["notes"] == []
    # Without a reason, the release that never served tells.
    logic.aws.script(NAME, "update", "rollback_without_reason")
    with pytest.raises(SageMakerError, match="rolled back"):
        runs(logic, variables("3"))
    (told,) = predicted(logic, variables("2"))["notes"]
    assert re.fullmatch(
        f"churn-config-[0-9a-f]+ was created after {second}, and has never served: its rollout was undone, or was not begun.",
        told,
    )


def test_after_a_rollback_that_failed_too_all_say_the_same(logic: Logic) -> None:
    first = runs(logic, variables("1"))["sagemaker_endpoint_config_name"]
    logic.aws.script(NAME, "update", "rollback_failed", reason="a health check")
    advice = f"Deploy a configuration other than {first}. To deploy the content of {first} again, give the Ansible role another"
    with pytest.raises(SageMakerError, match=advice):
        runs(logic, variables("2"))
    for state, more in (("present", {}), ("rollback", {}), ("rollback", {"release": first})):
        with pytest.raises(SageMakerError, match=advice):
            predicted(logic, {**variables("1"), **more}, state)
    runs(logic, {**variables("1"), "release_marker": "again"})
    assert logic.status(NAME) == "InService"


def test_the_scaling_of_somebody_else_is_shown_too(logic: Logic) -> None:
    runs(logic, variables("1", scaled=False))
    logic.register(NAME, low=1, high=8)
    for given in (variables("1", scaled=False), variables("2", scaled=False)):
        outputs = predicted(logic, given)
        assert outputs["serving"]["variants"][0]["autoscaling"] == {"min_capacity": 1, "max_capacity": 8}
        assert "stays registered" in outputs["notes"][0]


def test_a_destroy_lists_what_goes_without_a_call_of_its_own(logic: Logic) -> None:
    runs(logic, variables("1"))
    (target,) = predicted(logic, variables("1"), "absent")["plan"]["autoscaling"]
    assert (target["action"], target["name"], target["calls"]) == ("delete", f"endpoint/{NAME}/variant/main", [])
    assert runs(logic, variables("1"), "absent")["plan"]["autoscaling"] == [target]


@pytest.mark.parametrize("last", ["deregister_scalable_target", "update_endpoint"])
def test_the_end_of_an_interrupted_rollout_is_planned_with_its_autoscaling(logic: Logic, last: str) -> None:
    """The endpoint's step registers the target again, so there is nothing left for that of autoscaling."""
    runs(logic, variables("1"))
    seen: list[str] = []

    def hook(name: str, call: Callable[[], Any]) -> Any:
        if last in seen:
            raise Killed
        seen.append(name)
        return call()

    given = variables("2", "ml.m5.xlarge")
    with pytest.raises(Killed):
        Play(watched(logic, hook), given).run()
    logic.aws.advance(600)
    before = predicted(logic, given)
    assert [one["action"] for one in before["plan"]["autoscaling"]] == ["none"]
    logic.aws.clear_calls()
    assert runs(logic, given) == before
    assert logic.aws.mutating() == calls(before)


VLLM = "763104351884.dkr.ecr.us-east-1.amazonaws.com/vllm:server-sagemaker-cuda-v2.3"
OTHER = "763104351884.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"


def test_the_addresses_are_those_of_the_release_that_is_gone_back_to(logic: Logic) -> None:
    url = f"https://runtime.sagemaker.us-east-1.amazonaws.com/endpoints/{NAME}"
    for image, openai in ((VLLM, f"{url}/openai/v1"), (OTHER, None)):
        told = runs(logic, {**variables("1"), "containers": [{"image_uri": image}]})
        assert (told["invocations_url"], told["openai_base_url"]) == (f"{url}/invocations", openai)
    assert predicted(logic, variables("1"), "rollback")["openai_base_url"] == f"{url}/openai/v1"
    gone = predicted(logic, variables("1"), "absent")
    assert (gone["invocations_url"], gone["openai_base_url"], gone["component_addresses"]) == (None, None, [])


def test_where_nothing_is_a_destroy_has_nothing_to_do(logic: Logic) -> None:
    play = Play(logic.connection(), variables("1"), "absent")
    assert play.planned["phases"] == []
    assert play.run().outputs()["notes"][0].startswith(f"The endpoint {NAME} does not exist")


def test_there_may_be_nothing_to_go_back_to(logic: Logic) -> None:
    with pytest.raises(SageMakerError, match="sagemaker_endpoint_name: the endpoint churn does not exist in us-east-1"):
        predicted(logic, variables("1"), "rollback")
    runs(logic, variables("1"))
    with pytest.raises(SageMakerError, match="has no release to roll back to: it serves churn-config-"):
        predicted(logic, variables("1"), "rollback")
    with pytest.raises(
        SageMakerError, match="sagemaker_endpoint_release: gone is not a release .* one of these: churn-config-"
    ):
        predicted(logic, {**variables("1"), "release": "gone"}, "rollback")


def test_only_what_differs_is_left_to_do(logic: Logic) -> None:
    runs(logic, variables("1"))
    logic.autoscaling.put_scaling_policy(
        PolicyName="theirs",
        ServiceNamespace="sagemaker",
        ResourceId=f"endpoint/{NAME}/variant/main",
        ScalableDimension="sagemaker:variant:DesiredInstanceCount",
        PolicyType="StepScaling",
        StepScalingPolicyConfiguration={
            "AdjustmentType": "ChangeInCapacity",
            "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}],
        },
    )
    play = Play(logic.connection(), variables("1"))
    assert play.planned["phases"] == ["follow_up"]
    assert [job["tasks"] for job in play.options()["follow_up"]] == [steps.AUTOSCALING]


def test_the_difference_is_that_of_what_is_replaced(logic: Logic) -> None:
    earlier = variables("1")
    earlier["containers"][0]["environment"]["DB_PASSWORD"] = "correct horse battery"
    runs(logic, earlier)
    inputs = inputs_of({**variables("2", "ml.m5.xlarge"), "state": "present"})

    def shown() -> dict[str, Any]:
        found = plan_info.info(logic.connection(), {"inputs": inputs, "state": "present", "applies": False})
        return {one["after_header"].split()[0]: one for one in found["diff"]}

    model, config = (shown()[noun] for noun in ("model", "endpoint_config"))
    live = logic.sagemaker.describe_endpoint(EndpointName=NAME)["EndpointConfigName"]
    (variant,) = logic.sagemaker.describe_endpoint_config(EndpointConfigName=live)["ProductionVariants"]
    assert (model["before_header"], config["before_header"]) == (
        f"model {variant['ModelName']}",
        f"endpoint_config {live}",
    )
    assert model["before"]["primary_container"]["environment"] == {"STEP": "1", "DB_PASSWORD": "correct horse battery"}
    assert model["after"]["primary_container"]["environment"] == {"STEP": "2"}

    def differing(one: dict[str, Any]) -> set[str]:
        return {key for key in {*one["before"], *one["after"]} if one["before"].get(key) != one["after"].get(key)}

    # Nothing that the service added.
    assert differing(model) == {"model_name", "primary_container"}
    assert differing(config) == {"endpoint_config_name", "production_variants"}
    assert config["before"]["production_variants"][0]["instance_type"] == "ml.m5.large"
    # One that is gone, or must not be read, is not shown.
    logic.sagemaker.delete_model(ModelName=variant["ModelName"])
    assert shown()["model"]["before"] == {}


def test_a_snapshot_asks_once_and_changes_nothing(logic: Logic) -> None:
    snapshot = Snapshot(logic.connection())
    logic.aws.clear_calls()
    for _time in range(2):
        with pytest.raises(ServiceError):
            snapshot.sagemaker.call("DescribeEndpoint", {"EndpointName": "no-such"})
        assert list(snapshot.sagemaker.pages("ListEndpoints", {}, "Endpoints")) == []
    assert [call["operation"] for call in logic.aws.calls()] == ["DescribeEndpoint", "ListEndpoints"]
    with pytest.raises(RuntimeError, match="DeleteEndpoint changes something"):
        snapshot.sagemaker.call("DeleteEndpoint", {"EndpointName": "no-such"})


def test_alarms_that_go_are_looked_up_in_one_call(logic: Logic) -> None:
    for name in ("a", "c"):
        logic.client("cloudwatch").put_metric_alarm(
            AlarmName=name,
            Namespace="AWS/SageMaker",
            MetricName="HasBacklogWithoutCapacity",
            Statistic="Average",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
        )
    recorder = Recorder(Snapshot(logic.connection()), applies=False)
    logic.aws.clear_calls()
    removed: dict[str, Any] = {"alarms": ["c", "b", "a"], "targets": [], "components": []}
    removals.take(recorder, {}, {}, removed, [], steps.PRUNED)
    assert [step["name"] for step in recorder.steps] == ["c", "a"]
    assert [call["operation"] for call in logic.aws.calls()] == ["DescribeAlarms"]
