# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Endpoints that are stopped cost nothing, and are started again exactly as they were, whatever happens in between."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import example_files
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api.client import AwsClients
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import (
    endpoint_config as endpoint_config_options,
)
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import model as model_options
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import release as release_options
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec.options import with_defaults
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import ownership
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import SageMakerError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy import run as role_run
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.summary import summarize
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.planning import plan_info
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.power import overview
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.release import releases
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources import endpoint_configs
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources import models
from integration import accounts
from integration.begun import begin
from integration.logic import IMAGE
from integration.logic import ROLE
from integration.logic import Logic
from integration.standstill import STARTED
from integration.standstill import STOPPED
from integration.standstill import everything
from integration.standstill import is_there
from integration.standstill import power
from integration.standstill import until_settled
from integration.whole_runs import NAME
from integration.whole_runs import Kill
from integration.whole_runs import Killed
from integration.whole_runs import Play
from integration.whole_runs import Stage
from integration.whole_runs import Work
from integration.whole_runs import deploy
from integration.whole_runs import destroy
from integration.whole_runs import inputs_of
from integration.whole_runs import variables
from integration.whole_runs import watched
from local_aws.process import LocalAws

CHECKOUT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted(file.parent.name for file in (CHECKOUT / "examples").glob("*/vars.yml"))
PREFIX = "sagemaker_endpoint_"


@pytest.fixture
def logic(aws: LocalAws) -> Logic:
    return Logic(aws)


def example(logic: Logic, kind: str) -> str:
    """An example that serves; its name."""
    written = example_files.read(CHECKOUT / "examples" / kind / "vars.yml")
    given = {name.removeprefix(PREFIX): value for name, value in written.items()}
    variables = accounts.prepare(logic.aws, {"sg_role_arn": ROLE, **given})
    if kind == "instance-pools":
        logic.sagemaker.create_model(
            ModelName="chat-quantised", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": IMAGE}
        )
    begin(logic.aws, variables)
    logic.aws.advance(600)
    return str(variables["name"])


def shift(logic: Logic, name: str) -> None:
    """Others change what the variables do not say: tags, weights, instances and copies as far as they can, what is suspended."""
    endpoint = logic.sagemaker.describe_endpoint(EndpointName=name)
    expiry = [{"Key": "expires_at", "Value": "2030-01-01T00:00:00Z"}]
    logic.sagemaker.add_tags(ResourceArn=endpoint["EndpointArn"], Tags=expiry)
    space = {"ServiceNamespace": "sagemaker"}
    bounds = {}
    for target in logic.autoscaling.describe_scalable_targets(**space)["ScalableTargets"]:
        key = {member: target[member] for member in ("ServiceNamespace", "ResourceId", "ScalableDimension")}
        suspended = {"DynamicScalingInSuspended": True}
        logic.autoscaling.register_scalable_target(**key, MinCapacity=target["MinCapacity"], SuspendedState=suspended)
        bounds[target["ResourceId"]] = target["MinCapacity"]
        action = {"ScheduledActionName": "morning", "Schedule": "cron(0 8 * * ? *)"}
        logic.autoscaling.put_scheduled_action(**key, **action, ScalableTargetAction={"MinCapacity": 1})
        # A deploy has recorded what a schedule has changed since.
        limits = {"mlops.sagemaker/limits": "min_capacity=7"}
        logic.autoscaling.tag_resource(ResourceARN=target["ScalableTargetARN"], Tags=limits)
    entries = []
    for variant in endpoint["ProductionVariants"]:
        least = bounds.get(f"endpoint/{name}/variant/{variant['VariantName']}", 1)
        entry = {"VariantName": variant["VariantName"], "DesiredWeight": variant["CurrentWeight"] + 0.25}
        hosting = not variant.get("DeployedImages")
        if "CurrentInstanceCount" in variant and not hosting:
            entry["DesiredInstanceCount"] = least and variant["CurrentInstanceCount"] + 1
        entries.append(entry)
    logic.sagemaker.update_endpoint_weights_and_capacities(EndpointName=name, DesiredWeightsAndCapacities=entries)
    logic.aws.advance(600)
    listed = logic.sagemaker.list_inference_components(EndpointNameEquals=name)["InferenceComponents"]
    for number, component in enumerate(listed):
        named = {"InferenceComponentName": component["InferenceComponentName"]}
        if "VariantName" in logic.sagemaker.describe_inference_component(**named):
            least = bounds.get(f"inference-component/{component['InferenceComponentName']}", 1)
            copies = {"CopyCount": 0 if not least else 1 + number}
            logic.sagemaker.update_inference_component_runtime_config(**named, DesiredRuntimeConfig=copies)
    logic.aws.advance(600)


@pytest.mark.parametrize("kind", EXAMPLES)
def test_what_was_stopped_is_started_as_it_was(kind: str, logic: Logic) -> None:
    name = example(logic, kind)
    shift(logic, name)
    before = everything(logic, name)
    connection = logic.connection
    for state in (STOPPED, STARTED):
        logic.aws.clear_calls()
        predicted = power(connection(), name, state, check_mode=True)
        assert logic.aws.mutating() == []
        done = until_settled(logic, lambda: power(connection(), name, state))
        assert (done.plan, done.more) == (predicted.plan, predicted.more) or state == STOPPED
        assert logic.aws.mutating() == done.plan.calls == predicted.plan.calls
        assert is_there(logic, name) == (state == STARTED)
        if state == STOPPED:
            ran = logic.aws.usage()["instance_seconds"]
            logic.aws.advance(3600)
            assert logic.aws.usage() == {"instances": {}, "instance_seconds": ran}
        logic.aws.clear_calls()
        again = power(connection(), name, state)
        assert (again.plan.action, logic.aws.mutating()) == ("none", [])
    assert everything(logic, name) == before


def killed(logic: Logic, name: str, state: str, number: int) -> bool:
    """Whether a run has ended by itself before it was killed after so many changes."""
    try:
        until_settled(logic, lambda: power(watched(logic, Kill(number)), name, state))
    except Killed:
        return False
    return True


# Between them these have autoscaling, scheduled actions, alarms, several weights, inference components with an adapter, and zero copies.
RICHEST = ["asynchronous", "inference-components", "real-time", "variants"]
REPEATED = ((STOPPED, STOPPED), (STARTED, STARTED))
REVERSED = ((STOPPED, STARTED), (STARTED, STOPPED))


@pytest.mark.parametrize("kind", EXAMPLES)
def test_a_run_that_is_killed_at_any_moment_loses_nothing(kind: str, logic: Logic) -> None:
    """After each call that changes something: of a stop that is repeated, of a start that is, and of each that the other one follows."""
    name = example(logic, kind)
    shift(logic, name)
    before = everything(logic, name)
    for first, then in (*REPEATED, *(REVERSED if kind in RICHEST else ())):
        if first == STARTED:
            until_settled(logic, lambda: power(logic.connection(), name, STOPPED))
        number = 0
        while True:
            number += 1
            ended = killed(logic, name, first, number)
            until_settled(logic, lambda: power(logic.connection(), name, then))
            assert is_there(logic, name) == (then == STARTED), (first, then, number)
            if then == STARTED:
                assert everything(logic, name) == before, (first, then, number)
            if ended:
                break
            # Back to where the next one begins.
            until_settled(logic, lambda: power(logic.connection(), name, STARTED if first == STOPPED else STOPPED))
            if first == STOPPED:
                assert everything(logic, name) == before, (first, then, number)
        if then == STOPPED:
            until_settled(logic, lambda: power(logic.connection(), name, STARTED))
        assert number > 3
        assert everything(logic, name) == before, (first, then)


@pytest.mark.parametrize("number", range(1, 4))
def test_an_outdated_record_is_not_part_of_the_next_one(number: int, logic: Logic) -> None:
    """Somebody has put it back, and since then the autoscaling is gone. The stop is killed after so many changes, and repeated."""
    stage = Stage(logic)
    stage.run(deploy("1"))
    stage.settle()
    config = logic.sagemaker.describe_endpoint(EndpointName=NAME)["EndpointConfigName"]
    arn = logic.sagemaker.describe_endpoint_config(EndpointConfigName=config)["EndpointConfigArn"]
    until_settled(logic, lambda: power(logic.connection(), NAME, STOPPED))
    written = {tag: value for tag, value in tags_of(logic, config).items() if ownership.is_stop_record(tag)}
    until_settled(logic, lambda: power(logic.connection(), NAME, STARTED))
    logic.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": key, "Value": value} for key, value in written.items()])
    (target,) = (
        one
        for one in logic.autoscaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
        if f"/{NAME}/" in one["ResourceId"]
    )
    key = {member: target[member] for member in ("ServiceNamespace", "ResourceId", "ScalableDimension")}
    logic.autoscaling.deregister_scalable_target(**key)
    before = everything(logic, NAME)
    predicted = power(logic.connection(), NAME, STOPPED, check_mode=True)
    assert predicted.plan.calls == ["DeleteTags", "AddTags", "AddTags", "DeleteEndpoint"]
    assert not killed(logic, NAME, STOPPED, number)
    done = until_settled(logic, lambda: power(logic.connection(), NAME, STOPPED))
    assert done.more["stopped"]["targets"] == []
    until_settled(logic, lambda: power(logic.connection(), NAME, STARTED))
    after = everything(logic, NAME)
    mine = {key: value for key, value in before["config"][1].items() if not ownership.is_stop_record(key)}
    assert after == {**before, "config": (before["config"][0], mine)}


@pytest.mark.parametrize("number", range(1, 14))
def test_a_deploy_of_a_stopped_endpoint_that_is_killed_converges(aws: LocalAws, number: int) -> None:
    """It starts the endpoint, then rolls out another instance type, for which autoscaling steps aside; then it does so at one go."""
    stage = Stage(Logic(aws))
    stage.run(deploy("1"))
    stage.settle()
    stage.run(lambda connection: power(connection, NAME, STOPPED) and None)
    stage.settle()
    work = deploy("2", "ml.m5.xlarge")
    try:
        stage.run(work, Kill(number))
    except Killed:
        stage.run(work)
    stage.check()
    assert stage.changes(work) == []
    configs = [one["EndpointConfigName"] for one in aws.client("sagemaker").list_endpoint_configs()["EndpointConfigs"]]
    assert not [name for name in configs if ownership.STOPPED_TAG in tags_of(stage.logic, name)]
    stage.check_foreign()


def tags_of(logic: Logic, config: str) -> dict[str, str]:
    arn = logic.sagemaker.describe_endpoint_config(EndpointConfigName=config)["EndpointConfigArn"]
    return {tag["Key"]: tag["Value"] for tag in logic.sagemaker.list_tags(ResourceArn=arn)["Tags"]}


def test_what_a_stopped_endpoint_needs_is_not_pruned(logic: Logic) -> None:
    """Neither its release nor the models of its components, nor the record where the configuration is tagged again."""
    name = example(logic, "inference-components")
    before = everything(logic, name)
    until_settled(logic, lambda: power(logic.connection(), name, STOPPED))
    (config,) = (one["EndpointConfigName"] for one in logic.sagemaker.list_endpoint_configs()["EndpointConfigs"])
    its_tags = tags_of(logic, config)
    assert f"{name} stopped at 20" in its_tags[ownership.STOPPED_TAG]
    options = with_defaults(
        {"endpoint_name": name, "name_prefix": config.partition("-config-")[0], "keep": 0}, release_options.RELEASES
    )
    found = logic.run(releases.ensure, options)
    assert (found.plan.changed, [release.live for release in found.releases]) == (False, [True])
    arn = logic.sagemaker.describe_endpoint_config(EndpointConfigName=config)["EndpointConfigArn"]
    content = logic.connection().sagemaker.options(
        "CreateEndpointConfig", logic.sagemaker.describe_endpoint_config(EndpointConfigName=config)
    )
    retagged = {key: value for key, value in its_tags.items() if not ownership.is_stop_record(key)}
    given = {**content, "name": config, "tags": {**retagged, "team": "fraud"}}
    given.pop("endpoint_config_name")
    result = logic.run(endpoint_configs.ensure, with_defaults(given, endpoint_config_options.ENDPOINT_CONFIG))
    assert result.plan.calls == ["AddTags"]
    assert tags_of(logic, config) == {**its_tags, "team": "fraud"}
    logic.sagemaker.delete_tags(ResourceArn=arn, TagKeys=["team"])
    until_settled(logic, lambda: power(logic.connection(), name, STARTED))
    assert everything(logic, name) == before


@pytest.mark.parametrize("how", ["by the index", "without the index", "with a record that cannot be read"])
def test_what_a_stopped_endpoint_needs_of_another_is_not_deleted(how: str, logic: Logic) -> None:
    """Its configuration names a model of the other endpoint, and so does a component in its record: neither a deploy nor a destroy of
    the other endpoint, nor a task that names the model, may delete them."""
    stage = Stage(logic)
    stage.run(deploy("1"))
    stage.settle()
    owned = {one["ModelName"] for one in logic.sagemaker.list_models()["Models"] if "0000beef" not in one["ModelName"]}
    (shared,) = owned
    begin(
        logic.aws,
        {
            "name": "borrower",
            "name_prefix": "borrower",
            "sg_role_arn": ROLE,
            "production_variants": [
                {"variant_name": "main", "model_name": shared, "instance_type": "ml.m5.large"},
            ],
        },
    )
    logic.aws.advance(600)
    before = everything(logic, "borrower")
    until_settled(logic, lambda: power(logic.connection(), "borrower", STOPPED))
    (config,) = (
        one["EndpointConfigName"]
        for one in logic.sagemaker.list_endpoint_configs(NameContains="borrower")["EndpointConfigs"]
    )
    if how == "without the index":
        logic.aws.fault("GetResources", kind="denied", times=100)
    elif how == "with a record that cannot be read":
        arn = logic.sagemaker.describe_endpoint_config(EndpointConfigName=config)["EndpointConfigArn"]
        pieces = logic.sagemaker.list_tags(ResourceArn=arn)["Tags"]
        (first,) = (one for one in pieces if one["Key"] == f"{ownership.STOPPED_TAG}-00")
        logic.sagemaker.add_tags(ResourceArn=arn, Tags=[{**first, "Value": "broken"}])
    for noun, name, spec in (
        (models, shared, model_options.MODEL),
        (endpoint_configs, config, endpoint_config_options.ENDPOINT_CONFIG),
    ):
        for check_mode in (True, False):
            with pytest.raises(SageMakerError, match=r"borrower [(]stopped[)]"):
                logic.run(noun.ensure, with_defaults({"name": name, "state": "absent"}, spec), check_mode)
    # The release of the shared model leaves the history, and then the endpoint goes.
    stage.run(deploy("2", keep_releases=0))
    stage.settle()
    stage.run(destroy)
    left = {one["ModelName"] for one in logic.sagemaker.list_models()["Models"] if "0000beef" not in one["ModelName"]}
    assert left == {shared}
    if how != "with a record that cannot be read":
        until_settled(logic, lambda: power(logic.connection(), "borrower", STARTED))
        # The alarms are those of the whole region.
        assert {**everything(logic, "borrower"), "alarms": []} == {**before, "alarms": []}


def test_a_model_of_a_component_of_a_stopped_endpoint_is_not_deleted(logic: Logic) -> None:
    """It is in no configuration, only in the record."""
    name = example(logic, "inference-components")
    until_settled(logic, lambda: power(logic.connection(), name, STOPPED))
    for model in [one["ModelName"] for one in logic.sagemaker.list_models()["Models"]]:
        with pytest.raises(SageMakerError, match=rf"serves the endpoint {name} \(stopped\)"):
            logic.run(models.ensure, with_defaults({"name": model, "state": "absent"}, model_options.MODEL))


def test_a_start_whose_creation_fails_keeps_the_record(logic: Logic) -> None:
    """The endpoint is Failed then. Another start creates it again, a stop deletes it; nothing of the record is lost."""
    name = example(logic, "real-time")
    shift(logic, name)
    before = everything(logic, name)
    until_settled(logic, lambda: power(logic.connection(), name, STOPPED))
    for again in (STARTED, STOPPED):
        logic.aws.script(endpoint=name, event="create", outcome="fail", reason="Not enough capacity.")
        with pytest.raises(SageMakerError, match="Not enough capacity"):
            power(logic.connection(), name, STARTED)
        assert logic.status(name) == "Failed"
        done = until_settled(logic, lambda state=again: power(logic.connection(), name, state))
        assert done.plan.action == ("replace" if again == STARTED else "delete")
        if again == STOPPED:
            until_settled(logic, lambda: power(logic.connection(), name, STARTED))
        assert everything(logic, name) == before
        until_settled(logic, lambda: power(logic.connection(), name, STOPPED))


def test_a_failed_endpoint_is_stopped_and_started_like_others(logic: Logic) -> None:
    stage = Stage(logic)
    logic.aws.script(endpoint=NAME, event="create", outcome="fail", reason="Not enough capacity.")
    with pytest.raises(SageMakerError, match="Not enough capacity"):
        stage.run(deploy("1"))
    with pytest.raises(SageMakerError, match="is Failed, and was not stopped by this collection. Deploy it"):
        power(logic.connection(), NAME, STARTED)
    assert power(logic.connection(), NAME, STOPPED).plan.calls[-1] == "DeleteEndpoint"
    stage.settle()
    assert logic.status(NAME) is None
    until_settled(logic, lambda: power(logic.connection(), NAME, STARTED))
    assert logic.status(NAME) == "InService"
    stage.run(deploy("1"))
    stage.check()


def test_transitions_are_awaited_and_need_not_be(logic: Logic) -> None:
    stage = Stage(logic)
    stage.run(deploy("1"))
    endpoint = {"EndpointName": NAME}
    before = everything(logic, NAME)
    counts = [{"VariantName": "main", "DesiredInstanceCount": 2}]
    logic.aws.configure(scaling=60, deleting=60, creating=60)
    logic.sagemaker.update_endpoint_weights_and_capacities(**endpoint, DesiredWeightsAndCapacities=counts)
    assert logic.status(NAME) == "Updating"
    # Without waiting for its end, but of course for the transition before.
    stopped = power(logic.connection(), NAME, STOPPED, wait=False)
    assert (stopped.plan.action, logic.status(NAME)) == ("delete", "Deleting")
    assert stopped.more["stopped"]["variants"][0]["desired_instance_count"] == 2
    logic.aws.clear_calls()
    assert power(logic.connection(), NAME, STOPPED, wait=False).plan.action == "wait"
    assert (logic.status(NAME), logic.aws.mutating()) == ("Deleting", [])
    assert power(logic.connection(), NAME, STARTED, wait=False).plan.calls == ["CreateEndpoint"]
    assert logic.status(NAME) == "Creating"
    assert power(logic.connection(), NAME, STARTED, wait=False).plan.action == "wait"
    logic.aws.advance(600)
    until_settled(logic, lambda: power(logic.connection(), NAME, STARTED))
    logic.sagemaker.update_endpoint_weights_and_capacities(
        **endpoint, DesiredWeightsAndCapacities=[{**counts[0], "DesiredInstanceCount": 1}]
    )
    logic.aws.advance(600)
    assert everything(logic, NAME) == before


@pytest.mark.parametrize("outcome", ["succeed", "fail"])
def test_a_stop_during_an_update_is_one_of_what_comes(outcome: str, logic: Logic) -> None:
    """Predicted for the release that the update brings; a run waits for the end of the update, and takes what that brings."""
    stage = Stage(logic)
    stage.run(deploy("1"))
    stage.settle()
    first = logic.sagemaker.describe_endpoint(EndpointName=NAME)["EndpointConfigName"]
    if outcome == "fail":
        logic.aws.script(NAME, event="update", outcome="rollback", reason="It did not pass the ping health check.")
    logic.aws.configure(updating=600)
    stage.run(lambda connection: Play(connection, {**variables("2"), "wait": False}, "present").run())
    assert logic.status(NAME) == "Updating"
    pending = logic.sagemaker.describe_endpoint(EndpointName=NAME)["PendingDeploymentSummary"]["EndpointConfigName"]
    inputs = inputs_of({"name": NAME, "state": "stopped"})
    options = {"inputs": inputs, "state": "stopped", "applies": False}
    predicted = role_run.outputs(inputs, plan_info.info(logic.connection(), options), {})
    assert predicted["sagemaker_endpoint_config_name"] == pending != first
    (note,) = predicted["notes"]
    assert note.startswith(
        f"An update of the endpoint {NAME} from {first} to {pending} was under way when this run looked."
    )
    assert note.endswith(f"with {pending}, or with {first} if the update fails.")
    told: list[dict[str, Any]] = []
    stage.run(lambda connection: told.append(Play(connection, {"name": NAME}, "stopped").run().outputs()))
    came = pending if outcome == "succeed" else first
    assert (logic.status(NAME), told[0]["sagemaker_endpoint_config_name"]) == (None, came)
    assert power(logic.connection(), NAME, STOPPED).more["stopped"]["endpoint_config_name"] == came


def refused(logic: Logic, name: str, state: str) -> str:
    """The message of a run that is refused before it changes anything, in check mode and in a run."""
    logic.aws.clear_calls()
    messages = []
    for check_mode in (True, False):
        with pytest.raises(SageMakerError) as caught:
            power(logic.connection(), name, state, check_mode)
        messages.append(caught.value.message)
    assert logic.aws.mutating() == []
    assert messages[0] == messages[1]
    return messages[0]


def test_what_cannot_be_stopped_is_refused_beforehand(logic: Logic) -> None:
    stage = Stage(logic)
    for state in (STOPPED, STARTED):
        assert "does not exist in us-east-1, account 123456789012, and no" in refused(logic, "nowhere", state)
        assert "this role neither created it nor took it over, so it is not" in refused(logic, "churn-too", state)
    assert "no endpoint configuration has the record of a stopped endpoint" in refused(logic, NAME, STARTED)
    stage.run(deploy("1"))
    stage.settle()
    live = logic.sagemaker.describe_endpoint(EndpointName=NAME)
    arn = logic.sagemaker.describe_endpoint_config(EndpointConfigName=live["EndpointConfigName"])["EndpointConfigArn"]
    many = [{"Key": f"key-{number}", "Value": "x"} for number in range(47)]
    logic.sagemaker.add_tags(ResourceArn=arn, Tags=many)
    assert refused(logic, NAME, STOPPED).endswith(
        "which has 49, and AWS allows 50. Remove tags or scaling policies, or destroy the endpoint and deploy it again later."
    )
    logic.sagemaker.delete_tags(ResourceArn=arn, TagKeys=[ownership.OWNER_TAG, *(one["Key"] for one in many)])
    assert "so somebody else created it" in refused(logic, NAME, STOPPED)
    logic.sagemaker.delete_endpoint_config(EndpointConfigName=live["EndpointConfigName"])
    assert "was deleted, so nothing could start it again. Deploy it, then stop it." in refused(logic, NAME, STOPPED)


def test_nothing_is_deleted_before_the_record_is_known_to_be_complete(logic: Logic) -> None:
    """Somebody removes a part of it right after it was written. The message says how to go on."""
    stage = Stage(logic)
    stage.run(deploy("1"))
    stage.settle()
    before = everything(logic, NAME)

    def hook(name: str, call: Callable[[], Any]) -> Any:
        answer = call()
        arn = getattr(call, "keywords", {}).get("ResourceArn", "")
        if name == "add_tags" and ":endpoint-config/" in arn:
            logic.sagemaker.delete_tags(ResourceArn=arn, TagKeys=[f"{ownership.STOPPED_TAG}-00"])
        return answer

    logic.aws.clear_calls()
    with pytest.raises(SageMakerError, match="do not hold what was written"):
        power(watched(logic, hook), NAME, STOPPED)
    with pytest.raises(SageMakerError, match="they cannot be read. Remove these tags"):
        power(logic.connection(), NAME, STOPPED)
    assert logic.aws.mutating() == ["AddTags", "AddTags", "DeleteTags"]
    config = logic.sagemaker.describe_endpoint(EndpointName=NAME)["EndpointConfigName"]
    arn = logic.sagemaker.describe_endpoint_config(EndpointConfigName=config)["EndpointConfigArn"]
    written = [tag for tag in tags_of(logic, config) if ownership.is_stop_record(tag)]
    logic.sagemaker.delete_tags(ResourceArn=arn, TagKeys=written)
    until_settled(logic, lambda: power(logic.connection(), NAME, STOPPED))
    until_settled(logic, lambda: power(logic.connection(), NAME, STARTED))
    assert everything(logic, NAME) == before


def test_a_target_of_others_is_restored_without_tags_of_ours(logic: Logic) -> None:
    """Its scheduled action sets a limit, which a deploy would record in a tag."""
    stage = Stage(logic)
    stage.run(deploy("1", scaled=False))
    stage.settle()
    key = logic.register(NAME, low=2, high=4)
    action = {"ScheduledActionName": "night", "Schedule": "cron(0 20 * * ? *)"}
    logic.autoscaling.put_scheduled_action(**key, **action, ScalableTargetAction={"MinCapacity": 1})
    logic.aws.advance(600)
    before = everything(logic, NAME)
    for state in (STOPPED, STARTED):
        until_settled(logic, lambda state=state: power(logic.connection(), NAME, state))
    assert everything(logic, NAME) == before


def test_secrets_are_not_written_into_tags(logic: Logic) -> None:
    """A component's own container may have some; a model keeps them where they are."""
    name = example(logic, "inference-components")
    listed = logic.sagemaker.list_inference_components()["InferenceComponents"]
    described, *_others = (
        one
        for one in (
            logic.sagemaker.describe_inference_component(InferenceComponentName=each["InferenceComponentName"])
            for each in listed
        )
        if "BaseInferenceComponentName" not in one["Specification"]
    )

    def run_with(**environment: str) -> None:
        needs = described["Specification"]["ComputeResourceRequirements"]
        container = {"Image": IMAGE, "Environment": environment}
        logic.sagemaker.update_inference_component(
            InferenceComponentName=described["InferenceComponentName"],
            Specification={"Container": container, "ComputeResourceRequirements": needs},
        )
        logic.aws.advance(600)

    run_with(HF_TOKEN="hf_AbCdEfGhIjKlMnOpQrSt")
    assert "has environment variables that look secret" in refused(logic, name, STOPPED)
    # The deploy has noted a key whose value does not look secret.
    run_with(LICENCE="a-b-c")
    noted = ownership.secret_keys_tag({"LICENCE"})
    tags = [{"Key": key, "Value": value} for key, value in noted.items()]
    logic.sagemaker.add_tags(ResourceArn=described["InferenceComponentArn"], Tags=tags)
    assert "has environment variables that look secret" in refused(logic, name, STOPPED)


def test_without_a_list_of_components_nothing_is_stopped(logic: Logic) -> None:
    """Else the record would hold none of them."""
    name = example(logic, "inference-components")
    logic.aws.fault("ListInferenceComponents", kind="denied", times=10)
    assert "ListInferenceComponents" in refused(logic, name, STOPPED)


def test_alarms_of_others_trigger_their_policies_again(logic: Logic) -> None:
    """Those of step scaling policies belong to the user. One that is deleted meanwhile is a warning."""
    stage = Stage(logic)
    stage.run(deploy("1"))
    stage.settle()
    key = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": f"endpoint/{NAME}/variant/main",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
    steps = {
        "AdjustmentType": "ChangeInCapacity",
        "StepAdjustments": [{"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": 1}],
    }
    policy = logic.autoscaling.put_scaling_policy(
        **key, PolicyName="out", PolicyType="StepScaling", StepScalingPolicyConfiguration=steps
    )
    cloudwatch = logic.client("cloudwatch")
    topic = "arn:aws:sns:us-east-1:123456789012:pager"
    for name in ("busy", "lost"):
        cloudwatch.put_metric_alarm(
            AlarmName=name,
            Namespace="AWS/SageMaker",
            MetricName="Invocations",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=10,
            ComparisonOperator="GreaterThanThreshold",
            AlarmActions=[topic, policy["PolicyARN"]],
        )
    before = everything(logic, NAME)
    # One that acts once more, and then never again.
    once = {"ScheduledActionName": "once", "Schedule": "at(2020-01-31T00:00:00)"}
    logic.autoscaling.put_scheduled_action(**key, **once, ScalableTargetAction={"MinCapacity": 1})
    until_settled(logic, lambda: power(logic.connection(), NAME, STOPPED))
    (busy,) = cloudwatch.describe_alarms(AlarmNames=["busy"])["MetricAlarms"]
    assert busy["AlarmActions"] == [topic]
    cloudwatch.delete_alarms(AlarmNames=["lost"])
    connection = logic.connection()
    until_settled(logic, lambda: power(connection, NAME, STARTED))
    assert [warning.partition(": ")[2].partition(",")[0] for warning in connection.warnings] == [
        "the scheduled action once is over",
        "the alarm lost was deleted while the endpoint was stopped",
    ]
    after = everything(logic, NAME)
    assert [alarm for alarm in before["alarms"] if alarm[0] != "lost"] == after["alarms"]
    assert {**before, "alarms": []} == {**after, "alarms": []}


@pytest.mark.parametrize("check", [True, False])
def test_what_is_shown(check: bool, logic: Logic) -> None:
    """The summaries of a stop, of another one, and of a deploy that starts the endpoint and changes it."""
    stage = Stage(logic)
    stage.run(deploy("1"))
    stage.settle()
    shown: list[str] = []

    def works(state: str, given: dict[str, Any]) -> Work:
        def work(connection: AwsClients) -> None:
            options = {"inputs": inputs_of({**given, "state": state}), "state": state, "applies": False}
            predicted = role_run.outputs(options["inputs"], plan_info.info(connection, options), {})
            done = Play(connection, given, state).run().outputs()
            assert {**done, "operator_policy": None} == {**predicted, "operator_policy": None}
            shown[:] = summarize(predicted if check else done, check)

        return work

    stage.run(works("stopped", variables("1")))
    stage.settle()
    verb, did = ("would", "stop the endpoint churn, so SageMaker deletes it")
    if not check:
        verb, did = ("has", "stopped the endpoint churn, so SageMaker has deleted it")
    config, model = (re.findall(rf"churn-{kind}-[0-9a-f]{{8}}", " ".join(shown))[0] for kind in ("config", "model"))
    assert shown == [
        f"Endpoint churn (us-east-1, account 123456789012): this run {verb}",
        f"  {did}",
        "Costs no more:",
        "  variant main: 1 x ml.m5.large, scaled automatically from 1 to 4",
        "Stays:",
        f"  the endpoint configuration {config}, with all that a start needs in its tags",
        f"  the model {model}",
        "  the execution role and earlier releases",
        "Start it again as it was:",
        "  ansible-playbook mlops.sagemaker.start -e aws_region=us-east-1 -e sagemaker_endpoint_name=churn",
        "  Or deploy: that starts it, too, before it changes anything.",
    ]
    stage.run(works("stopped", variables("1")))
    assert shown[0].endswith(": no changes.")
    assert re.fullmatch(r"Costs no more since 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ:", shown[1])
    stage.run(works("present", variables("2")))
    start = f"  {'start' if check else 'started'} the endpoint churn as it was when it was stopped"
    update = f"  {'update' if check else 'updated'} the endpoint churn from {config} to "
    assert shown[3] == start
    assert shown[4].startswith(update)
    assert f"Roll back to {config}:" in shown


def test_a_stop_that_does_not_wait_says_so(logic: Logic) -> None:
    stage = Stage(logic)
    stage.run(deploy("1"))
    stage.settle()
    logic.aws.configure(deleting=60)
    given = {**variables("1"), "wait": False}
    told: list[dict[str, Any]] = []
    stage.run(lambda connection: told.append(Play(connection, given, "stopped").run().outputs()))
    shown = summarize(told[0], False)
    assert "  stopped the endpoint churn, so SageMaker deletes it" in shown
    assert "Costs no more once SageMaker has deleted it:" in shown


def test_a_start_that_does_not_wait_says_so(logic: Logic) -> None:
    """The next one restores what follows the creation. Nor does the stop before it."""
    stage = Stage(logic)
    stage.run(deploy("1"))
    stage.settle()
    logic.aws.configure(creating=60)
    given = {**variables("1"), "wait": False}
    logic.aws.configure(deleting=60)
    told: list[dict[str, Any]] = []
    for _again in range(2):
        stage.run(lambda connection: told.append(Play(connection, given, "stopped").run().outputs()))
        assert told.pop()["sagemaker_endpoint_status"] == logic.status(NAME) == "Deleting"
    stage.settle()
    stage.run(lambda connection: told.append(Play(connection, given, "stopped").run().outputs()))
    assert (told.pop()["sagemaker_endpoint_status"], logic.status(NAME)) == ("Stopped", None)
    stage.run(lambda connection: told.append(Play(connection, given, "started").run().outputs()))
    assert told[0]["sagemaker_endpoint_status"] == logic.status(NAME) == "Creating"
    assert "  started the endpoint churn as it was when it was stopped" in summarize(told[0], False)
    stage.settle()
    stage.run(lambda connection: told.append(Play(connection, given, "started").run().outputs()))
    assert told[1]["plan"]["endpoint"]["calls"][:1] == ["RegisterScalableTarget"]
    stage.check()


def test_what_is_stopped_is_listed(logic: Logic) -> None:
    """With what runs and has expired, by one call for the whole region. What looks expired is asked for its own tags, as the index lags."""
    stage = Stage(logic)
    stage.run(deploy("1", tags={"expires_at": "2020-01-31T18:00:00Z"}))
    stage.settle()

    def listed(*more: str) -> dict[str, Any]:
        logic.aws.clear_calls()
        found = overview.info(logic.connection(), {"tag": "expires_at"})
        assert [call["operation"] for call in logic.aws.calls()] == ["GetResources", *more]
        return found

    running = {
        "name": NAME,
        "region": "us-east-1",
        "state": "running",
        "expires_at": "2020-01-31T18:00:00Z",
        "due": True,
    }
    place = {"region": "us-east-1"}
    assert listed("DescribeEndpoint", "ListTags") == {**place, "endpoints": [running], "due": [NAME]}
    moved = "2999-01-31T18:00:00Z"
    arn = logic.sagemaker.describe_endpoint(EndpointName=NAME)["EndpointArn"]
    logic.aws.advance(600)
    logic.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "expires_at", "Value": moved}])
    logic.aws.configure(tag_index_delay=60)
    later = listed("DescribeEndpoint", "ListTags")
    logic.aws.configure(tag_index_delay=0)
    assert later == {**place, "endpoints": [{**running, "expires_at": moved, "due": False}], "due": []}
    until_settled(logic, lambda: power(logic.connection(), NAME, STOPPED))
    stopped = {**running, "state": "stopped", "expires_at": None, "due": False}
    assert listed() == {**place, "endpoints": [stopped], "due": []}
