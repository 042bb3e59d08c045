# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks that stop and start an endpoint, and what the others do with one that is stopped."""

from __future__ import annotations

from typing import Any

import pytest

from integration.begun import begin
from integration.deploys import OTHER_IMAGE
from integration.deploys import PLAIN
from integration.deploys import Deploys
from integration.harness import Player
from integration.logic import Logic
from integration.standstill import STOPPED
from integration.standstill import everything
from integration.standstill import power
from integration.standstill import until_settled
from integration.test_begun import COMPONENT
from integration.test_begun import HOST
from local_aws.process import LocalAws

SCALED = {"autoscaling_config": {"max_capacity": 4, "target_value": 70}, "tags": {"team": "fraud"}}
ASYNCHRONOUS = {
    "async_inference_config": {"output_config": {"s3_output_path": "s3://answers/churn"}},
    "autoscaling_config": {"max_capacity": 3, "target_value": 5, "scale_to_zero": True},
}
KINDS: dict[str, dict[str, Any]] = {
    "real time": SCALED,
    "asynchronous": ASYNCHRONOUS,
    "inference components": {**HOST, "inference_components": [COMPONENT]},
}


def begun(aws: LocalAws, play: Player, kind: str) -> Deploys:
    deploys = Deploys(aws, play, {**PLAIN, **KINDS[kind], "sg_role_arn": aws.make_role("exec")})
    deploys.begins()
    return deploys


@pytest.mark.parametrize("kind", KINDS)
def test_stop_and_start(kind: str, aws: LocalAws, play: Player) -> None:
    """Predicted, done exactly so, found done; the start needs no more than the name."""
    deploys = begun(aws, play, kind)
    logic = Logic(aws)
    aws.advance(60)
    before = everything(logic, "churn")
    stopped = deploys.settles("stop")
    assert stopped["sagemaker_endpoint_status"] == "Stopped"
    assert logic.status("churn") is None
    started = deploys.settles("start")
    assert started["sagemaker_endpoint_status"] == "InService"
    aws.advance(60)
    assert everything(logic, "churn") == before
    deploys.finds_nothing_to_do()


def stop(logic: Logic) -> None:
    until_settled(logic, lambda: power(logic.connection(), "churn", STOPPED))


@pytest.mark.parametrize("kind", ["asynchronous", "inference components"])
def test_a_deploy_starts_what_is_stopped(kind: str, aws: LocalAws, play: Player) -> None:
    """With the same variables it only starts it; with others it rolls them out afterwards, as to an endpoint that never stopped."""
    deploys = begun(aws, play, kind)
    logic = Logic(aws)
    aws.advance(60)
    before = everything(logic, "churn")
    stop(logic)
    started = deploys.carries_out()
    assert started["plan"]["endpoint"]["action"] == "create"
    assert [part for part, plan in started["plan"].items() if part != "endpoint" and calls_of(plan)] == []
    aws.advance(60)
    assert everything(logic, "churn") == before
    deploys.finds_nothing_to_do()


def calls_of(plan: Any) -> list[str]:
    return [call for one in (plan if isinstance(plan, list) else [plan]) for call in one["calls"]]


def test_a_deploy_with_other_variables_starts_and_then_rolls_out(aws: LocalAws, play: Player) -> None:
    deploys = begun(aws, play, "real time")
    logic = Logic(aws)
    first = deploys.serving()
    key = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": "endpoint/churn/variant/AllTraffic",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
    logic.autoscaling.register_scalable_target(**key, MinCapacity=3)
    aws.advance(60)
    logic.autoscaling.register_scalable_target(**key, MinCapacity=1)
    stop(logic)
    other = {"containers": [{"image_uri": OTHER_IMAGE}]}
    told = deploys.settles(**other)
    assert deploys.serving() == told["sagemaker_endpoint_config_name"] != first
    # What the autoscaler had reached is kept over the stop and over the update, and the release before can be returned to.
    (variant,) = deploys.endpoint()["ProductionVariants"]
    assert variant["DesiredInstanceCount"] == 3
    assert told["previous_release"] == first
    calls = told["plan"]["endpoint"]["calls"]
    assert calls.index("CreateEndpoint") < calls.index("UpdateEndpoint")


def test_what_else_becomes_of_a_stopped_endpoint(aws: LocalAws, play: Player) -> None:
    """A rollback is refused, a destroy removes everything, and then there is nothing to stop and nothing to start: the name or the region is
    wrong, while what was meant still costs."""
    deploys = begun(aws, play, "asynchronous")
    logic = Logic(aws)
    stop(logic)
    aws.clear_calls()
    assert "is stopped, so it is not rolled back. Start it first" in deploys.is_refused("rollback")
    assert aws.mutating() == []
    deploys.settles("destroy")
    assert logic.sagemaker.list_endpoint_configs()["EndpointConfigs"] == []
    assert logic.sagemaker.list_models()["Models"] == []
    assert not deploys.alarms()
    again = deploys.finds_nothing_to_do("destroy")
    assert (
        "Endpoint churn (us-east-1, account 123456789012): no changes, because no such endpoint exists in us-east-1."
        in again.output
    )
    for check in (True, False):
        assert (
            "The endpoint churn does not exist in us-east-1, account 123456789012, and no endpoint configuration has the record of a "
            "stopped endpoint of this name. Correct the name, the region or the credentials."
        ) in deploys.is_refused("stop", check=check)
    assert "no endpoint configuration has the record" in deploys.is_refused("start")
    # Nothing says which endpoint is meant, and there is one of the default name.
    deploys.begins(name="SGendpoint")
    aws.clear_calls()
    for playbook in ("destroy", "stop", "rollback"):
        run = play(playbook=f"playbooks/{playbook}.yml", variables={"name": "churn", "sagemaker_endpoint_name": ""})
        assert "sagemaker_endpoint_name: is not given, nor any other variable of an endpoint" in (
            run.failure or ""
        ), run
        assert "Is it the value of the variable name?" in (run.failure or "")
        assert "This run failed, and has changed nothing." in run.output and "Endpoint SGendpoint" not in run.output
    assert (aws.mutating(), deploys.endpoints()) == ([], {"SGendpoint"})


def test_what_has_expired_is_stopped_in_all_regions(aws: LocalAws, play: Player) -> None:
    """Ours alone, and only those whose time is over; one that cannot be stopped stops no other, and fails the run. So does a tag without a time."""
    past, future = "2020-01-31T18:00:00Z", "2999-01-31T18:00:00+01:00"
    role = aws.make_role("exec")
    for name, expires in (("broken", past), ("churn", past), ("later", future), ("never", future)):
        begin(aws, {**PLAIN, "name": name, "sg_role_arn": role, "tags": {"expires_at": expires}})
    foreign = {"Tags": [{"Key": "expires_at", "Value": past}]}
    logic = Logic(aws)
    logic.make_endpoint("foreign", logic.make_config("foreign"), **foreign)
    never = logic.sagemaker.describe_endpoint(EndpointName="never")["EndpointArn"]
    logic.sagemaker.add_tags(ResourceArn=never, Tags=[{"Key": "expires_at", "Value": "tomorrow"}])
    broken = logic.sagemaker.describe_endpoint(EndpointName="broken")["EndpointConfigName"]
    logic.sagemaker.delete_endpoint_config(EndpointConfigName=broken)
    aws.advance(60)
    # Variables that a deploy shares with this play name another endpoint, and one region cannot be read.
    regions = {"aws_region": "eu-west-1", "regions": "eu-west-1, us-east-1", "sagemaker_endpoint_name": "later"}
    aws.fault("GetResources", kind="denied", times=100, region="eu-west-1")
    aws.clear_calls()
    predicted = play(playbook="playbooks/stop_expired.yml", variables=regions, check=True)
    assert (predicted.ok, aws.mutating()) == (False, []), predicted
    run = play(playbook="playbooks/stop_expired.yml", variables=regions)
    assert not run.ok
    text = " ".join(run.output.split())
    looked = (
        "Looked at 4 endpoints in us-east-1 for the tag expires_at: broken (us-east-1), churn (us-east-1) have expired."
    )
    assert run.result("Report what has expired")["msg"] == looked
    failure = run.result("Fail for what could not be stopped, and for tags that hold no time")["msg"].splitlines()
    assert failure[0] == "Could not be stopped, see above: broken (us-east-1)."
    assert failure[1].startswith("Could not read eu-west-1: GetResources failed (AccessDeniedException)")
    assert failure[2].startswith("The tag expires_at of never (us-east-1) is no time in ISO 8601")
    assert "'tomorrow' of the tag expires_at is no time in ISO 8601" in text
    aws.advance(60)
    assert [
        one["EndpointName"] for one in logic.sagemaker.list_endpoints(SortBy="Name", SortOrder="Ascending")["Endpoints"]
    ] == [*("broken", "foreign", "later", "never")]
    aws.clear_calls()
    misspelt = play(playbook="playbooks/stop_expired.yml", variables={"expire_tag": "until", "name": "churn"})
    assert "expire_tag: is not known (did you mean expiry_tag?)" in (misspelt.failure or "")
    assert "name: is not known: the playbook is about all endpoints of its regions." in (misspelt.failure or "")
    assert aws.calls() == []
