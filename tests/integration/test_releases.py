# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Releases of an endpoint: one for each change, taken back, pruned and torn down, and drift put right."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import SageMakerError
from integration.deploys import HISTORY
from integration.deploys import IMAGE
from integration.deploys import LARGE
from integration.deploys import OTHER_IMAGE
from integration.deploys import OWNER
from integration.deploys import PLAIN
from integration.deploys import SCALING_RECORD
from integration.deploys import Deploys
from integration.deploys import all_calls
from integration.deploys import outputs
from integration.deploys import paths
from integration.deploys import summary
from integration.harness import Player
from local_aws.process import LocalAws

POLICY = "SageMakerEndpointInvocationScalingPolicy"
SCALING = {"max_capacity": 4, "target_value": 70}
KEY = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": "endpoint/churn/variant/AllTraffic",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}
REASON = "The primary container for production variant AllTraffic did not pass the ping health check."


@pytest.fixture
def with_own_role(aws: LocalAws, play: Player) -> Deploys:
    """Deploys whose execution role the role makes. Nothing here is about how long a transition takes."""
    aws.configure(creating=0, updating=0, deleting=0)
    return Deploys(aws, play)


@pytest.fixture
def deploys(with_own_role: Deploys) -> Deploys:
    """Deploys with an execution role that is there, so that a test can begin with releases."""
    role = with_own_role.aws.make_role("serving")
    return Deploys(with_own_role.aws, with_own_role.play, {**PLAIN, "sg_role_arn": role})


def step(number: int) -> dict[str, Any]:
    """The variables of a release that differs in its model's environment only."""
    return {"containers": [{"image_uri": IMAGE, "environment": {"STEP": str(number)}}]}


def config_of(handed_on: dict[str, Any]) -> str:
    return handed_on["sagemaker_endpoint_config_name"]


def fails(deploys: Deploys, outcome: str, **given: Any) -> str:
    """A release whose rollout ends so; what is said about it."""
    deploys.aws.script(endpoint="churn", event="update", outcome=outcome, reason=REASON)
    with pytest.raises(SageMakerError) as failure:
        deploys.begins(**given)
    return str(failure.value)


def scaled_to(deploys: Deploys, count: int, **more: Any) -> None:
    """The variant has so many instances now, as its autoscaler or somebody's hand has it."""
    wanted = {"VariantName": "AllTraffic", "DesiredInstanceCount": count, **more}
    deploys.sagemaker.update_endpoint_weights_and_capacities(EndpointName="churn", DesiredWeightsAndCapacities=[wanted])


# Every change of content is a release


def test_changes_of_the_model_keep_the_previous_release(deploys: Deploys) -> None:
    deploys.aws.put("s3://example-models/churn/model.tar.gz")
    container: dict[str, Any] = {"image_uri": IMAGE}
    made = [deploys.begins(containers=[container])]
    for change in ({"image_uri": OTHER_IMAGE}, {"environment": {"STEP": 2}}):
        container.update(change)
        made.append(deploys.begins(containers=[container]))
        assert deploys.serving() == made[-1], change
    container["model_data_url"] = "s3://example-models/churn/model.tar.gz"
    done = deploys.settles(containers=[container])
    made.append(config_of(done))
    assert len(set(made)) == 4
    assert deploys.serving() == made[-1]
    assert deploys.configs() == set(made[-2:])
    assert len(deploys.models()) == 2
    assert deploys.model_of(made[-1])["ModelName"] == done["sagemaker_model_names"][0]
    assert deploys.model_of(made[-1])["PrimaryContainer"]["Environment"] == {"STEP": "2"}
    assert [plan["action"] for plan in done["plan"]["models"]] == ["create"]
    assert done["plan"]["endpoint"]["action"] == "update"
    assert "production_variants[AllTraffic].model_name" in paths(done["plan"]["endpoint"])
    # The last one writes the release into the history.
    changed = ["CreateModel", "CreateEndpointConfig", "UpdateEndpoint", "AddTags"]
    assert all_calls(done)[:4] == changed


def test_changes_of_the_configuration_keep_what_is_asked_for(deploys: Deploys) -> None:
    made = [deploys.begins(**step(number)) for number in (1, 2, 3)]
    # Fewer are kept without any other change.
    done = deploys.carries_out(**step(3))
    assert deploys.configs() == set(made[1:])
    assert all_calls(done) == done["plan"]["pruned"]["calls"]

    variant = {"instance_type": "ml.m5.xlarge", "initial_instance_count": 2}
    given: dict[str, Any] = {
        "production_variant": variant,
        "kms_key_arn": "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        "keep_releases": 2,
    }
    done = deploys.carries_out(**step(3), **given)
    made.append(config_of(done))
    assert {
        "production_variants[AllTraffic].instance_type",
        "production_variants[AllTraffic].initial_instance_count",
        "kms_key_id",
    } <= set(paths(done["plan"]["endpoint"]))
    assert deploys.serving() == made[-1]
    assert deploys.configs() == set(made[1:])

    # Another name and a second variant, and no previous release.
    named = [
        {**variant, "variant_name": "main"},
        {**LARGE, "variant_name": "other", "containers": step(1)["containers"]},
    ]
    several = {**given, "production_variant": None, "production_variants": named, "keep_releases": 0}
    done = deploys.settles(**step(3), **several)
    assert "production_variants[main]" in paths(done["plan"]["endpoint"])
    assert deploys.serving() == config_of(done)
    assert deploys.configs() == {config_of(done)}
    assert deploys.models() == set(done["sagemaker_model_names"])
    assert len(done["sagemaker_model_names"]) == 2


def test_autoscaling_bounds_are_no_release(deploys: Deploys) -> None:
    first = deploys.begins(autoscaling_config=SCALING)
    scaled_to(deploys, 3)
    done = deploys.carries_out(autoscaling_config={**SCALING, "min_capacity": 2, "max_capacity": 6})
    # The endpoint's tag records the bounds.
    assert all_calls(done) == ["AddTags", "RegisterScalableTarget"]
    assert deploys.serving() == first
    assert [(target["MinCapacity"], target["MaxCapacity"]) for target in deploys.targets()] == [(2, 6)]
    assert deploys.endpoint()["ProductionVariants"][0]["DesiredInstanceCount"] == 3


# Back to an earlier release


def test_back_and_forth(deploys: Deploys) -> None:
    said = deploys.is_refused("rollback")
    assert "sagemaker_endpoint_name: the endpoint churn does not exist in us-east-1, account 123456789012." in said
    first = deploys.begins(**step(1))
    said = deploys.is_refused("rollback")
    assert f"has no release to roll back to: it serves {first}" in said
    assert deploys.is_refused("rollback", check=True) == said
    second = deploys.begins(**step(2))

    back = deploys.carries_out("rollback")
    assert deploys.serving() == config_of(back) == first
    assert back["sagemaker_model_names"] == [deploys.model_of(first)["ModelName"]]
    assert all_calls(back) == ["UpdateEndpoint", "AddTags"]
    assert config_of(deploys.runs("rollback")) == deploys.serving() == second
    assert config_of(deploys.settles("rollback", release=first)) == deploys.serving() == first
    assert deploys.configs() == {first, second}

    deploys.aws.clear_calls()
    said = deploys.is_refused("rollback", release="churn-config-00000000")
    assert "sagemaker_endpoint_release: churn-config-00000000 is not a release of the endpoint churn" in said
    assert first in said and second in said
    assert deploys.aws.mutating() == []

    # The variables still say the second one: a deploy goes forth again, with what is there.
    forth = deploys.carries_out(**step(2))
    assert all_calls(forth) == ["UpdateEndpoint", "AddTags"]
    assert deploys.serving() == second
    # Kept is what served last, not what was made last.
    deploys.runs("rollback")
    third = config_of(deploys.runs(**step(3)))
    assert deploys.configs() == {first, third}


SCALED = {"autoscaling_config": SCALING}
SERVERLESS = {
    "production_variant": {
        "variant_name": "blue",
        "serverless_config": {"memory_size_in_mb": 2048, "max_concurrency": 20, "provisioned_concurrency": 2},
        "autoscaling_config": {"max_capacity": 2, "target_value": 0.7},
    }
}


def variant(name: str, instance_type: str = "ml.m5.large") -> dict[str, Any]:
    return {"production_variant": {"variant_name": name, "instance_type": instance_type}}


@pytest.mark.parametrize(
    ("before", "after", "scaled_after"),
    [
        pytest.param({**variant("blue"), **SCALED}, {**variant("green"), **SCALED}, ["green"], id="another name"),
        pytest.param({**variant("blue"), **SCALED}, variant("green"), [], id="another name without autoscaling"),
        pytest.param({**variant("blue"), **SCALED}, variant("blue", "ml.t2.medium"), [], id="a type that cannot scale"),
        pytest.param(SERVERLESS, {**variant("blue"), **SCALED}, ["blue"], id="from serverless to instances"),
    ],
)
def test_autoscaling_follows_the_variables_over_every_kind_of_update(
    deploys: Deploys, before: dict[str, Any], after: dict[str, Any], scaled_after: list[str]
) -> None:
    deploys.begins(**before)
    assert len(deploys.targets()) == 1
    done = deploys.carries_out(**after)
    assert [target["ResourceId"].rpartition("/")[2] for target in deploys.targets()] == scaled_after
    dimensions = {target["ScalableDimension"] for target in deploys.targets()}
    assert dimensions <= {"sagemaker:variant:DesiredInstanceCount"}
    if scaled_after == ["green"]:
        assert done["plan"]["autoscaling"][0]["action"] == "create"


def test_autoscaling_comes_back_with_an_endpoint_that_is_made_again(deploys: Deploys) -> None:
    given = {"autoscaling_config": SCALING}
    deploys.begins(**step(1), **given)
    assert REASON in fails(deploys, "fail", **step(2), **given)
    made = deploys.carries_out(**step(3), **given)
    assert made["plan"]["endpoint"]["calls"] == ["DeleteEndpoint", "CreateEndpoint"]
    assert len(deploys.targets()) == 1
    assert REASON in fails(deploys, "fail", **step(4), **given)
    deploys.carries_out(**step(5))
    assert deploys.targets() == []


def test_permissions_stay_for_as_long_as_their_release(with_own_role: Deploys) -> None:
    deploys = with_own_role

    def archive(name: str, **more: Any) -> dict[str, Any]:
        """Each release reads another artefact, so that it needs a policy of its own."""
        deploys.aws.put(f"s3://models/{name}.tar.gz")
        container = {"image_uri": IMAGE, "model_data_url": f"s3://models/{name}.tar.gz"}
        return {"containers": [container], "tags": {"team": "fraud"}, **more}

    def policy(done: dict[str, Any]) -> str:
        return deploys.tags(deploys.config(config_of(done))["EndpointConfigArn"])["mlops.sagemaker/execution-policy"]

    first = deploys.runs(**archive("a"))
    role = first["sagemaker_role_arn"]
    assert deploys.policies(role) == [policy(first)]
    second = deploys.runs(**archive("b"))
    both = {policy(first), policy(second)}
    assert set(deploys.policies(role)) == both and len(both) == 2
    deploys.runs("rollback")
    assert deploys.serving() == config_of(first)
    assert set(deploys.policies(role)) == both
    third = deploys.runs(**archive("c"))
    assert deploys.configs() == {config_of(first), config_of(third)}
    assert set(deploys.policies(role)) == {policy(first), policy(third)}

    given = archive("d", keep_releases=0)
    predicted = deploys.predicts(**given)
    assert predicted.changed == 1
    last = deploys.does(predicted, **given)
    assert all_calls(last) == [
        "PutRolePolicy",
        "CreateModel",
        "CreateEndpointConfig",
        "UpdateEndpoint",
        "AddTags",
        *["DeleteEndpointConfig"] * 2,
        *["DeleteModel"] * 2,
        *["DeleteRolePolicy"] * 2,
    ]
    assert last["plan"]["pruned"]["calls"] == all_calls(last)[5:]
    assert deploys.configs() == {config_of(last)}
    assert deploys.models() == set(last["sagemaker_model_names"])
    assert deploys.policies(role) == [policy(last)]

    # Everything that was made carries the tags.
    iam = deploys.aws.client("iam")
    name = role.rpartition("/")[2]
    tags = {tag["Key"]: tag["Value"] for tag in iam.list_role_tags(RoleName=name)["Tags"]}
    assert tags == {OWNER: "churn", "team": "fraud"}
    assert not iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    model, config = deploys.model_of(config_of(last)), deploys.config(config_of(last))
    for arn in (model["ModelArn"], config["EndpointConfigArn"], last["sagemaker_endpoint_arn"]):
        assert {OWNER: "churn", "team": "fraud"}.items() <= deploys.tags(arn).items(), arn


@pytest.mark.core_ends
def test_back_over_another_instance_type_with_autoscaling(deploys: Deploys) -> None:
    first = deploys.begins(autoscaling_config=SCALING)
    deploys.begins(production_variant={"instance_type": "ml.m5.xlarge"}, autoscaling_config=SCALING)
    (target,) = deploys.targets()
    deploys.carries_out("rollback")
    assert deploys.serving() == first
    (again,) = deploys.targets()
    assert (again["MinCapacity"], again["MaxCapacity"]) == (target["MinCapacity"], target["MaxCapacity"])
    assert deploys.scaling_policies() == [POLICY]
    arn = again["ScalableTargetARN"]
    assert deploys.autoscaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == {OWNER: "churn"}
    assert set(deploys.tags(deploys.endpoint()["EndpointArn"])) == {OWNER, HISTORY, SCALING_RECORD}


def test_failed_releases_are_never_gone_back_to_and_go_with_the_next_good_one(with_own_role: Deploys) -> None:
    deploys = with_own_role
    made = deploys.runs(**step(1), autoscaling_config=SCALING)
    first, role = config_of(made), {"sg_role_arn": made["sagemaker_role_arn"]}
    second = deploys.begins(**step(2), **role, autoscaling_config=SCALING)
    assert REASON in fails(deploys, "rollback", **step(3), **role, autoscaling_config=SCALING)
    deploys.aws.script(endpoint="churn", event="update", outcome="rollback_without_reason")
    said = deploys.is_refused(containers=[{"image_uri": OTHER_IMAGE}], autoscaling_config=SCALING)
    assert "SageMaker rolled back, and it still serves" in said
    assert deploys.serving() == second
    failed = deploys.configs() - {first, second}
    assert len(failed) == 2

    deploys.runs("rollback")
    assert deploys.serving() == first
    good = deploys.carries_out(**step(5), autoscaling_config=SCALING)
    assert deploys.configs() == {config_of(good), first}
    assert len(deploys.models()) == 2
    # The failed release with another image had permissions of its own.
    assert len(deploys.policies(good["sagemaker_role_arn"])) == 1

    # What failed once may serve the next time.
    done = deploys.runs(**step(3), autoscaling_config=SCALING)
    assert deploys.configs() == {config_of(good), config_of(done)}

    deploys.carries_out("destroy")
    assert (deploys.endpoints(), deploys.configs(), deploys.models()) == (set(), set(), set())
    assert (deploys.roles(), deploys.targets(), deploys.scaling_policies()) == (set(), [], [])


def test_without_waiting_a_release_is_entered_once_it_is_found_in_use(deploys: Deploys) -> None:
    """And what served before stays until then, whatever is kept."""
    given = {"wait": False, "keep_releases": 0}
    deploys.aws.configure(creating=30, updating=30)
    first = config_of(deploys.runs(**step(1), **given))
    assert deploys.entered() == []
    deploys.aws.advance(60)
    deploys.aws.script(endpoint="churn", event="update", outcome="rollback", reason=REASON, seconds=3600)
    second = config_of(deploys.carries_out(**step(2), **given))
    assert deploys.entered() == [first]
    assert deploys.configs() == {first, second}
    assert deploys.endpoint()["EndpointStatus"] == "Updating"
    deploys.aws.advance(3660)
    assert "no other release of it has served" in deploys.is_refused("rollback")
    assert deploys.serving() == first

    assert all_calls(deploys.runs(**step(2), **given)) == ["UpdateEndpoint"]
    assert deploys.entered() == [first]
    assert deploys.configs() == {first, second}
    deploys.aws.advance(60)
    last = deploys.carries_out(**step(2), **given)
    assert all_calls(last) == ["AddTags", "DeleteEndpointConfig", "DeleteModel"]
    assert last["plan"]["pruned"]["calls"] == ["DeleteEndpointConfig", "DeleteModel"]
    assert deploys.entered() == [second, first]
    assert deploys.configs() == {second}


def test_without_waiting_a_new_variant_is_scaled_by_the_next_run(deploys: Deploys) -> None:
    scaled = {"autoscaling_config": {"max_capacity": 4, "target_value": 70}, "wait": False}
    assert "sagemaker_endpoint_wait: must be true with autoscaling" in deploys.is_refused(**scaled)
    assert deploys.models() == set()
    deploys.begins()
    deploys.aws.configure(updating=30)
    renamed = {**scaled, "production_variant": {**LARGE, "variant_name": "renamed"}}
    (left,) = deploys.carries_out(**renamed)["plan"]["autoscaling"]
    assert (left["name"], left["action"], left["calls"]) == ("endpoint/churn/variant/renamed", "wait", [])
    deploys.aws.advance(60)
    (made,) = deploys.runs(**renamed)["plan"]["autoscaling"]
    assert made["calls"] == ["RegisterScalableTarget", "PutScalingPolicy"]


# Another prefix, a marker, and a destroy that has little to go by

# What a job before has handed on, and a form gives back as an extra variable.
STALE = {"outputs": {"sagemaker_endpoint_name": "another", "sagemaker_endpoint_config_name": "another", "plan": {}}}


def test_another_prefix_and_all_of_it_goes(with_own_role: Deploys) -> None:
    deploys = with_own_role
    first = deploys.runs(**step(1))
    moved = {**step(1), "name_prefix": "scoring"}
    second = deploys.runs(**moved, **STALE)
    assert deploys.serving() == config_of(second)
    assert config_of(second).startswith("scoring-config-")
    assert deploys.configs() == {config_of(first), config_of(second)}
    old, new = (done["sagemaker_role_arn"] for done in (first, second))
    assert deploys.policies(old) and deploys.policies(new) and old != new

    assert config_of(deploys.runs("rollback", **STALE)) == deploys.serving() == config_of(first)
    # Without tags of its own a deployment leaves those of others alone.
    iam, role = deploys.aws.client("iam"), new.rpartition("/")[2]
    deploys.sagemaker.add_tags(ResourceArn=deploys.endpoint()["EndpointArn"], Tags=[{"Key": "cost", "Value": "7"}])
    iam.tag_role(RoleName=role, Tags=[{"Key": "cost", "Value": "7"}])
    # The same content once more. The last release of the old prefix takes its role along.
    marked = {**moved, "release_marker": "2", "keep_releases": 0}
    third = deploys.carries_out(**marked)
    assert deploys.configs() == {config_of(third)} and config_of(third) != config_of(second)
    assert deploys.roles() == {third["sagemaker_role_arn"].rpartition("/")[2]} == {role}
    assert third["plan"]["pruned"]["calls"][-2:] == ["DeleteRolePolicy", "DeleteRole"]
    assert deploys.tags(deploys.endpoint()["EndpointArn"])["cost"] == "7"
    assert {"Key": "cost", "Value": "7"} in iam.list_role_tags(RoleName=role)["Tags"]

    deploys.sagemaker.delete_endpoint(EndpointName="churn")
    gone = deploys.carries_out("destroy", name_prefix="typo", **STALE)
    assert gone["sagemaker_endpoint_name"] == "churn"
    assert (deploys.configs(), deploys.models(), deploys.roles()) == (set(), set(), set())
    said = summary(deploys.finds_nothing_to_do("destroy", name_prefix="typo"))
    assert said.startswith(
        "Endpoint churn (us-east-1, account 123456789012): no changes, because no such endpoint exists in us-east-1."
    )
    assert (
        "The endpoint churn does not exist in us-east-1, account 123456789012, and no model or endpoint configuration there carries the tag "
        "mlops.sagemaker/endpoint" in said
    )


# Nothing else is touched


def test_neighbours_and_what_others_use_survive(with_own_role: Deploys) -> None:
    deploys = with_own_role
    role = deploys.aws.make_role("serving")
    other = {**step(0), "name": "other", "sg_role_arn": role}
    neighbour = deploys.begins(**other)
    theirs = deploys.owned()
    ours = deploys.runs(**step(1))
    (model,) = ours["sagemaker_model_names"]
    # Generated names without a tag, and a tagged model that another endpoint runs under a configuration of its own.
    deploys.make_config("churn-config-0a1b2c3d", deploys.make_model("churn-model-0a1b2c3d", role))
    lent = deploys.make_model("churn-model-4e5f6a7b", role, owner="churn")
    deploys.make_endpoint("borrower", deploys.make_config("borrowed", lent))
    # An endpoint on the way to our configuration, for as long as this test runs.
    deploys.make_endpoint("follower", deploys.make_config("before", deploys.make_model("before", role)))
    deploys.aws.script(endpoint="follower", event="update", outcome="succeed", seconds=3600)
    deploys.sagemaker.update_endpoint(EndpointName="follower", EndpointConfigName=config_of(ours))
    others = deploys.configs(), deploys.models()

    new = deploys.runs(**step(2), keep_releases=0)
    assert new["plan"]["pruned"]["calls"] == []
    assert others[0] == deploys.configs() - {config_of(new)}
    assert others[1] == deploys.models() - set(new["sagemaker_model_names"])

    gone = deploys.carries_out("destroy")
    assert gone["plan"]["pruned"]["calls"] == ["DeleteEndpointConfig", "DeleteModel"]
    assert others == (deploys.configs(), deploys.models())
    assert {"borrowed", "churn-config-0a1b2c3d", config_of(ours)} <= deploys.configs()
    assert {lent, model, "churn-model-0a1b2c3d"} <= deploys.models()
    assert deploys.endpoints() == {"other", "borrower", "follower"}
    # The model that the follower is about to run names the execution role.
    assert deploys.model_of(config_of(ours))["ExecutionRoleArn"].rpartition("/")[2] in deploys.roles()
    assert deploys.serving("other") == neighbour
    deploys.finds_nothing_to_do(**other)

    # Once nobody needs it any more it goes.
    deploys.aws.advance(3600)
    for name in ("follower", "borrower"):
        deploys.sagemaker.delete_endpoint(EndpointName=name)
    deploys.runs("destroy")
    assert deploys.owned() == theirs
    assert deploys.roles() == {"serving"}
    assert {"before", "churn-model-0a1b2c3d"} < deploys.models()
    assert len(deploys.models()) == 3


# Drift


def test_tags_and_counts_changed_by_hand(deploys: Deploys) -> None:
    given = {**step(2), "tags": {"team": "fraud"}, "keep_releases": 1}
    first = deploys.begins(**{**given, **step(1)})
    second = deploys.begins(**given)
    arn = deploys.endpoint()["EndpointArn"]
    history = deploys.tags(arn)[HISTORY]
    deploys.sagemaker.delete_tags(ResourceArn=arn, TagKeys=[OWNER])
    deploys.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "team", "Value": "x"}, {"Key": "hand", "Value": "made"}])
    deploys.sagemaker.delete_tags(ResourceArn=deploys.config(second)["EndpointConfigArn"], TagKeys=[OWNER])
    model = deploys.model_of(second)["ModelArn"]
    deploys.sagemaker.delete_tags(ResourceArn=model, TagKeys=["team"])
    scaled_to(deploys, 3, DesiredWeight=0.5)

    done = deploys.settles(**given)
    assert deploys.serving() == second
    assert set(paths(done["plan"]["endpoint"])) == {
        "production_variants[AllTraffic].desired_instance_count",
        "production_variants[AllTraffic].desired_weight",
        f"tags.{OWNER}",
        "tags.team",
        "tags.hand",
    }
    assert deploys.tags(arn) == {OWNER: "churn", HISTORY: history, "team": "fraud"}
    assert deploys.tags(model) == {OWNER: "churn", "team": "fraud"}
    (variant,) = deploys.endpoint()["ProductionVariants"]
    assert (variant["DesiredInstanceCount"], variant["DesiredWeight"]) == (1, 1.0)
    assert deploys.configs() == {first, second}

    # The account of what served begins again with what is there.
    deploys.sagemaker.delete_tags(ResourceArn=arn, TagKeys=[HISTORY])
    assert all_calls(deploys.carries_out(**given)) == ["AddTags"]
    assert deploys.tags(arn)[HISTORY] == history
    assert deploys.configs() == {first, second}

    # Without tags of its own a deployment leaves those of others alone, here those of the one with tags.
    deploys.finds_nothing_to_do(**{**given, "tags": None})


def test_things_deleted_by_hand_come_back(deploys: Deploys) -> None:
    first, second = deploys.begins(**step(1)), deploys.begins(**step(2))
    (model,) = deploys.models() - {deploys.model_of(first)["ModelName"]}

    deploys.sagemaker.delete_model(ModelName=model)
    assert all_calls(deploys.runs(**step(2))) == ["CreateModel"]
    deploys.sagemaker.delete_endpoint_config(EndpointConfigName=second)
    assert all_calls(deploys.carries_out(**step(2))) == ["CreateEndpointConfig"]
    assert deploys.configs() == {first, second}

    deploys.sagemaker.delete_endpoint(EndpointName="churn")
    assert all_calls(deploys.carries_out(**step(2))) == ["CreateEndpoint"]
    assert deploys.configs() == {first, second}

    deploys.sagemaker.delete_endpoint_config(EndpointConfigName=second)
    third = deploys.settles(**step(3))
    assert deploys.serving() == config_of(third)
    assert deploys.configs() == {first, config_of(third)}


def test_autoscaling_changed_by_hand(deploys: Deploys) -> None:
    deploys.begins(autoscaling_config=SCALING)
    deploys.autoscaling.delete_scaling_policy(**KEY, PolicyName=POLICY)
    deploys.autoscaling.register_scalable_target(**KEY, MinCapacity=2, MaxCapacity=9)
    done = deploys.settles(autoscaling_config=SCALING)
    (plan,) = done["plan"]["autoscaling"]
    assert plan["calls"] == ["RegisterScalableTarget", "PutScalingPolicy"]
    assert set(paths(plan)) >= {"min_capacity", "max_capacity"}
    assert [(target["MinCapacity"], target["MaxCapacity"]) for target in deploys.targets()] == [(1, 4)]
    assert deploys.scaling_policies() == [POLICY]


def test_the_count_of_a_variant_whose_target_was_removed_is_the_autoscalers(deploys: Deploys) -> None:
    deploys.begins(autoscaling_config=SCALING)
    deploys.autoscaling.deregister_scalable_target(**KEY)
    scaled_to(deploys, 3)
    predicted = deploys.predicts(autoscaling_config=SCALING)
    assert all_calls(outputs(predicted)) == ["RegisterScalableTarget", "PutScalingPolicy"]


def test_a_count_follows_the_variables_once_nobody_scales_it(deploys: Deploys) -> None:
    deploys.begins(autoscaling_config=SCALING)
    scaled_to(deploys, 3)
    calls = ["UpdateEndpointWeightsAndCapacities", "AddTags", "DeregisterScalableTarget"]
    assert all_calls(deploys.settles()) == calls
    assert deploys.tags(deploys.endpoint()["EndpointArn"])[SCALING_RECORD] == "none"
    assert deploys.endpoint()["ProductionVariants"][0]["CurrentInstanceCount"] == 1


# What a person reads


def test_the_summary_names_what_happens_and_why(deploys: Deploys) -> None:
    def environment(**more: str) -> dict[str, Any]:
        return {"containers": [{"image_uri": IMAGE, "environment": {"DB_PASSWORD": "correct horse battery", **more}}]}

    earlier = deploys.begins(**environment(STEP="1"), autoscaling_config=SCALING)
    earlier_model = deploys.model_of(earlier)["ModelName"]
    changed = {
        **environment(STEP="2", DB_PASSWORD="another horse battery"),
        "production_variant": {"instance_type": "ml.m5.xlarge"},
        "autoscaling_config": {**SCALING, "max_capacity": 8},
        "keep_releases": 0,
    }
    predicted = deploys.predicts(**changed)
    run = deploys.plays(**changed, diff=True)
    assert outputs(run) == outputs(predicted)
    # What replaces another one is shown against that, before it is made and when it is.
    for one in (predicted, run):
        shown = {line.strip() for line in one.output.splitlines()}
        assert {f"--- before: model {earlier_model}", f"--- before: endpoint_config {earlier}"} <= shown, one
        assert {'-            "STEP": "1"', '+            "STEP": "2"'} <= shown, one
        assert "horse battery" not in one.output
    aside = ["AddTags", "DeregisterScalableTarget", "UpdateEndpoint", "RegisterScalableTarget", "PutScalingPolicy"]
    assert outputs(run)["plan"]["endpoint"]["calls"] == [*aside, "DeleteTags", "AddTags"]
    said = summary(predicted)
    assert said.startswith("Endpoint churn (us-east-1, account 123456789012): this run would")
    for line in (
        "create the model churn-model-",
        "create the endpoint configuration churn-config-",
        "by a rollout without downtime during which autoscaling is suspended, because of",
        "production_variants[AllTraffic].instance_type: ml.m5.large -> ml.m5.xlarge",
        "models[AllTraffic].primary_container.environment.DB_PASSWORD: changed (secret)",
        "models[AllTraffic].primary_container.environment.STEP: 1 -> 2",
        "update autoscaling of the variant AllTraffic, because of",
        "max_capacity: 4 -> 8",
        "delete the old endpoint configuration churn-config-",
        "delete the old model churn-model-",
        "variant AllTraffic: 1 x ml.m5.xlarge, scaled automatically from 1 to 8",
        "No release to roll back to.",
    ):
        assert line in said, said
    assert len(summary(run).splitlines()) == len(said.splitlines())
    assert summary(run).startswith("Endpoint churn (us-east-1, account 123456789012): this run has")
    assert "no changes" in summary(deploys.finds_nothing_to_do(**changed))
