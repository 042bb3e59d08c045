# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Endpoints that are stopped cost nothing, and are started again exactly as they were, whatever happens in between."""

from __future__ import annotations

from pathlib import Path

import pytest

import example_files
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
from integration.whole_runs import Kill
from integration.whole_runs import Killed
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


# Between them these have autoscaling, scheduled actions, alarms, several weights, inference components with an adapter, and zero copies.
INTERRUPTED = ["asynchronous", "inference-components", "real-time", "variants"]


def killed(logic: Logic, name: str, state: str, number: int) -> bool:
    """Whether a run has ended by itself before it was killed after so many changes."""
    try:
        until_settled(logic, lambda: power(watched(logic, Kill(number)), name, state))
    except Killed:
        return False
    return True


@pytest.mark.parametrize("kind", INTERRUPTED)
def test_a_run_that_is_killed_at_any_moment_loses_nothing(kind: str, logic: Logic) -> None:
    """After each call that changes something: of a stop that is repeated, of a start that is, of each that the other one follows."""
    name = example(logic, kind)
    shift(logic, name)
    before = everything(logic, name)
    for first, then in ((STOPPED, STOPPED), (STARTED, STARTED), (STOPPED, STARTED), (STARTED, STOPPED)):
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
