# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shifting the traffic of a live endpoint: what is sent, refused, marked and verified."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import ownership
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import InputError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import SageMakerError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rollout import endpoint as endpoint_rollout
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rollout import traffic
from integration.harness import Player
from integration.logic import PRESENT
from integration.logic import Logic
from integration.logic import shown
from local_aws.process import LocalAws

CALL = "UpdateEndpointWeightsAndCapacities"


@pytest.fixture
def logic(aws: LocalAws) -> Logic:
    return Logic(aws)


def wish(*items: dict[str, Any], **options: Any) -> dict[str, Any]:
    defaults = {"endpoint_name": "e", "override_autoscaling": False, "wait": True, "wait_timeout": None}
    return {**defaults, "desired_weights_and_capacities": list(items), **options}


def entry(name: str, weight: float | None = None, count: int | None = None, **serverless: int) -> dict[str, Any]:
    return {
        "variant_name": name,
        "desired_weight": weight,
        "desired_instance_count": count,
        "serverless_update_config": serverless or None,
    }


HALVES = (entry("champion", 5, 2), entry("challenger", 5, 2))


def make_ab(logic: Logic, config: str = "ab", weight: float = 9.0) -> None:
    """A configuration with 9 (or another weight) to 1 of the traffic on 3 and 1 instances."""
    challenger = {"VariantName": "challenger", "InitialInstanceCount": 1, "InitialVariantWeight": 1.0}
    champion = {"VariantName": "champion", "InitialInstanceCount": 3, "InitialVariantWeight": weight}
    logic.make_config(config, challenger, **champion)


@pytest.fixture
def ab(logic: Logic) -> Logic:
    make_ab(logic)
    logic.make_endpoint("e", "ab", Tags=[{"Key": "team", "Value": "search"}])
    logic.aws.clear_calls()
    return logic


def sent(logic: Logic) -> list[list[dict[str, Any]]]:
    """What was asked of the service, call by call."""
    return [call["request"]["DesiredWeightsAndCapacities"] for call in logic.aws.calls() if call["operation"] == CALL]


def live(logic: Logic) -> dict[str, tuple[float, int]]:
    """{variant: (weight, count)} as they are."""
    variants = logic.sagemaker.describe_endpoint(EndpointName="e")["ProductionVariants"]
    return {one["VariantName"]: (one["CurrentWeight"], one["CurrentInstanceCount"]) for one in variants}


def its_tags(logic: Logic) -> dict[str, str]:
    arn = logic.sagemaker.describe_endpoint(EndpointName="e")["EndpointArn"]
    return {tag["Key"]: tag["Value"] for tag in logic.sagemaker.list_tags(ResourceArn=arn)["Tags"]}


def test_weights_and_counts_are_shifted_as_predicted_and_only_once(ab: Logic) -> None:
    predicted = ab.run(traffic.ensure, wish(*HALVES), check_mode=True)
    assert ab.aws.mutating() == []
    assert live(ab) == {"champion": (9.0, 3), "challenger": (1.0, 1)}

    done = ab.run(traffic.ensure, wish(*HALVES))
    assert shown(done) == shown(predicted)
    assert done.before == predicted.before
    assert done.after == predicted.after
    assert done.plan.action == "update"
    assert predicted.message(check_mode=True, waits=True) == "Endpoint e would be updated."
    assert done.message(check_mode=False, waits=True) == "Endpoint e was updated."
    assert [change.as_dict() for change in done.plan.changes] == [
        {"path": "production_variants[champion].desired_weight", "before": 9.0, "after": 5.0},
        {"path": "production_variants[champion].desired_instance_count", "before": 3, "after": 2},
        {"path": "production_variants[challenger].desired_weight", "before": 1.0, "after": 5.0},
        {"path": "production_variants[challenger].desired_instance_count", "before": 1, "after": 2},
        {"path": "tags.mlops.sagemaker/traffic", "before": None, "after": "ab"},
    ]
    assert done.plan.calls == ab.aws.mutating() == [CALL, "AddTags"]
    assert sent(ab) == [
        [
            {"VariantName": "champion", "DesiredWeight": 5.0, "DesiredInstanceCount": 2},
            {"VariantName": "challenger", "DesiredWeight": 5.0, "DesiredInstanceCount": 2},
        ]
    ]
    assert live(ab) == {"champion": (5.0, 2), "challenger": (5.0, 2)}
    assert done.resource["tags"] == its_tags(ab) == {"team": "search", ownership.TRAFFIC_OVERRIDE_TAG: "ab"}
    noise = ("last_modified_time",)
    assert {k: v for k, v in done.resource.items() if k not in noise} == {
        k: v for k, v in predicted.resource.items() if k not in noise
    }

    ab.aws.clear_calls()
    again = ab.run(traffic.ensure, wish(*HALVES))
    assert (again.plan.action, again.plan.changed, again.plan.changes) == ("none", False, [])
    assert again.before == again.after
    assert ab.aws.mutating() == []


def test_only_members_that_differ_are_sent(ab: Logic) -> None:
    ab.run(traffic.ensure, wish(entry("champion", 9.0, 4), entry("challenger", 1.0, 1)))
    assert sent(ab) == [[{"VariantName": "champion", "DesiredInstanceCount": 4}]]


def test_a_weight_is_a_number_of_32_bits(ab: Logic) -> None:
    predicted = ab.run(traffic.ensure, wish(entry("champion", 0.1)), check_mode=True)
    done = ab.run(traffic.ensure, wish(entry("champion", 0.1)))
    assert done.after == predicted.after
    assert done.resource["production_variants"] == predicted.resource["production_variants"]
    assert ab.run(traffic.ensure, wish(entry("champion", 0.1))).plan.action == "none"


def test_the_mark_goes_when_all_is_as_the_configuration_begins(ab: Logic) -> None:
    ab.run(traffic.ensure, wish(*HALVES))
    half = ab.run(traffic.ensure, wish(entry("champion", 9, 3)))
    assert half.plan.calls == [CALL]
    back = ab.run(traffic.ensure, wish(entry("challenger", 1, 1)))
    assert back.plan.calls == [CALL, "DeleteTags"]
    assert its_tags(ab) == back.resource["tags"] == {"team": "search"}


@pytest.mark.parametrize("mark", [None, "another"])
def test_a_missing_or_foreign_mark_is_set_right(ab: Logic, mark: str | None) -> None:
    ab.run(traffic.ensure, wish(*HALVES))
    arn = ab.sagemaker.describe_endpoint(EndpointName="e")["EndpointArn"]
    if mark is None:
        ab.sagemaker.delete_tags(ResourceArn=arn, TagKeys=[ownership.TRAFFIC_OVERRIDE_TAG])
    else:
        ab.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": ownership.TRAFFIC_OVERRIDE_TAG, "Value": mark}])
    result = ab.run(traffic.ensure, wish(*HALVES))
    assert (result.plan.action, result.plan.calls) == ("retag", ["AddTags"])
    assert its_tags(ab)[ownership.TRAFFIC_OVERRIDE_TAG] == "ab"


def test_a_stale_mark_goes(ab: Logic) -> None:
    arn = ab.sagemaker.describe_endpoint(EndpointName="e")["EndpointArn"]
    ab.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": ownership.TRAFFIC_OVERRIDE_TAG, "Value": "old"}])
    result = ab.run(traffic.ensure, wish(entry("champion", 9)))
    assert (result.plan.action, result.plan.calls) == ("retag", ["DeleteTags"])
    assert its_tags(ab) == {"team": "search"}


def test_there_must_be_room_for_the_mark(ab: Logic) -> None:
    arn = ab.sagemaker.describe_endpoint(EndpointName="e")["EndpointArn"]
    ab.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": f"k{n}", "Value": ""} for n in range(49)])
    ab.aws.clear_calls()
    with pytest.raises(SageMakerError, match="has 50 tags"):
        ab.run(traffic.ensure, wish(*HALVES))
    assert ab.aws.mutating() == []


def test_a_deleted_configuration_is_no_obstacle(ab: Logic) -> None:
    ab.sagemaker.delete_endpoint_config(EndpointConfigName="ab")
    assert ab.run(traffic.ensure, wish(entry("champion", 9))).plan.action == "none"
    assert ab.run(traffic.ensure, wish(*HALVES)).plan.calls == [CALL, "AddTags"]
    assert ab.run(traffic.ensure, wish(*HALVES)).plan.action == "none"


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize(
    ("items", "message"),
    [
        ((entry("champion", 1), entry("chalenger", 1)), "no variant chalenger; it has champion, challenger"),
        ((entry("champion", 1), entry("champion", 2)), "the variant champion is listed twice"),
        ((entry("champion", -1),), r"desired_weights_and_capacities\[0\].desired_weight: must be at least 0, got -1"),
        ((entry("champion", max_concurrency=5),), "runs on instances: give desired_instance_count"),
    ],
)
def test_wrong_input_is_refused_beforehand(
    ab: Logic, items: tuple[dict[str, Any], ...], message: str, check_mode: bool
) -> None:
    with pytest.raises(InputError, match=message):
        ab.run(traffic.ensure, wish(*items), check_mode=check_mode)
    assert ab.aws.mutating() == []


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_missing_endpoint_is_an_error(logic: Logic, check_mode: bool) -> None:
    with pytest.raises(SageMakerError, match="the endpoint e does not exist.*Deploy it first"):
        logic.run(traffic.ensure, wish(*HALVES), check_mode=check_mode)


def test_an_endpoint_on_its_way_out_is_missing(ab: Logic) -> None:
    ab.sagemaker.delete_endpoint(EndpointName="e")
    with pytest.raises(SageMakerError, match="is being deleted"):
        ab.run(traffic.ensure, wish(*HALVES))


@pytest.mark.parametrize("check_mode", [True, False])
def test_an_endpoint_that_failed_is_refused_with_its_reason(logic: Logic, check_mode: bool) -> None:
    make_ab(logic)
    logic.aws.script("e", "create", "fail", reason="Unable to provision requested ML compute capacity.")
    logic.make_endpoint("e", "ab")
    with pytest.raises(SageMakerError, match="is Failed.*Unable to provision.*Deploy it again") as caught:
        logic.run(traffic.ensure, wish(*HALVES), check_mode=check_mode)
    assert caught.value.details["cause"] == "capacity"
    assert caught.value.details["endpoint"]["endpoint_status"] == "Failed"


# The autoscaler


def test_a_count_that_the_autoscaler_owns_is_refused_unless_told(ab: Logic) -> None:
    ab.register("e", "challenger", low=1, high=4)
    ab.aws.clear_calls()
    for check_mode in (True, False):
        with pytest.raises(InputError, match="desired_instance_count of challenger: .*override_autoscaling"):
            ab.run(traffic.ensure, wish(*HALVES), check_mode=check_mode)
    assert ab.aws.mutating() == []
    # Its weight is nobody's but ours, and the other variant's count too.
    assert ab.run(traffic.ensure, wish(entry("champion", 5, 2), entry("challenger", 5))).plan.changed
    assert live(ab) == {"champion": (5.0, 2), "challenger": (5.0, 1)}

    told = wish(entry("challenger", count=3), override_autoscaling=True)
    assert ab.run(traffic.ensure, told).plan.calls == [CALL]
    assert live(ab)["challenger"] == (5.0, 3)


def test_what_the_autoscaler_set_is_no_shift(ab: Logic) -> None:
    ab.register("e", "challenger", low=2, high=4)
    ab.aws.advance(60)
    assert live(ab)["challenger"] == (1.0, 2)
    ab.run(traffic.ensure, wish(entry("champion", 5)))
    assert ab.run(traffic.ensure, wish(entry("champion", 9))).plan.calls == [CALL, "DeleteTags"]


def test_a_count_that_the_autoscaler_changed_at_once_is_no_failure(ab: Logic, monkeypatch: pytest.MonkeyPatch) -> None:
    key = ab.register("e", "challenger", low=1, high=4)
    described = traffic.endpoints.describe
    meddled = []

    def meddling(aws: Any, name: str) -> Any:
        endpoint = described(aws, name)
        if CALL in ab.aws.mutating() and not meddled and endpoint["EndpointStatus"] == "InService":
            meddled.append(ab.autoscaling.register_scalable_target(**key, MinCapacity=1, MaxCapacity=2))
            endpoint = described(aws, name)
        return endpoint

    monkeypatch.setattr(traffic.endpoints, "describe", meddling)
    ab.run(traffic.ensure, wish(entry("challenger", 2, 3), override_autoscaling=True))
    assert meddled
    assert live(ab)["challenger"] == (2.0, 2)


def make_serverless(logic: Logic) -> None:
    logic.make_config("base")
    variant = {
        "VariantName": "all",
        "ModelName": "base-model",
        "ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 10, "ProvisionedConcurrency": 2},
    }
    logic.sagemaker.create_endpoint_config(EndpointConfigName="s", ProductionVariants=[variant])
    logic.make_endpoint("e", "s")
    logic.aws.clear_calls()


def test_serverless_concurrency(logic: Logic) -> None:
    make_serverless(logic)
    item = entry("all", max_concurrency=10, provisioned_concurrency=4)
    predicted = logic.run(traffic.ensure, wish(item), check_mode=True)
    result = logic.run(traffic.ensure, wish(item))
    assert shown(result) == shown(predicted)
    assert result.after == predicted.after
    assert result.resource["production_variants"] == predicted.resource["production_variants"]
    assert [change.as_dict() for change in result.plan.changes] == [
        {
            "path": "production_variants[all].desired_serverless_config.provisioned_concurrency",
            "before": 2,
            "after": 4,
        }
    ]
    whole = {"MaxConcurrency": 10, "ProvisionedConcurrency": 4}
    assert sent(logic) == [[{"VariantName": "all", "ServerlessUpdateConfig": whole}]]
    assert logic.run(traffic.ensure, wish(item)).plan.action == "none"
    with pytest.raises(InputError, match="is serverless: give serverless_update_config"):
        logic.run(traffic.ensure, wish(entry("all", count=2)))
    # The limit asked for, or else the one that holds.
    for given, limit in (({"max_concurrency": 5}, 5), ({}, 10)):
        with pytest.raises(
            InputError, match=f"provisioned_concurrency: 11 is above the max_concurrency {limit} of the"
        ):
            logic.run(traffic.ensure, wish(entry("all", provisioned_concurrency=11, **given)))


@pytest.mark.parametrize("asynchronous", [False, True])
def test_only_an_asynchronous_endpoint_goes_without_instances(logic: Logic, asynchronous: bool) -> None:
    logic.make_config("base")
    variant = {"VariantName": "v", "ModelName": "base-model", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    more = {"AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": "s3://bucket/out"}}} if asynchronous else {}
    logic.sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant], **more)
    logic.make_endpoint("e", "c")
    if asynchronous:
        assert logic.run(traffic.ensure, wish(entry("v", count=0))).plan.calls == [CALL, "AddTags"]
        return
    for check_mode in (True, False):
        with pytest.raises(InputError, match="desired_instance_count: the variant v answers in real time"):
            logic.run(traffic.ensure, wish(entry("v", count=0)), check_mode=check_mode)


def test_provisioned_concurrency_that_the_autoscaler_owns_is_refused(logic: Logic) -> None:
    make_serverless(logic)
    logic.autoscaling.register_scalable_target(
        ServiceNamespace="sagemaker",
        ResourceId="endpoint/e/variant/all",
        ScalableDimension="sagemaker:variant:DesiredProvisionedConcurrency",
        MinCapacity=1,
        MaxCapacity=8,
    )
    with pytest.raises(InputError, match="serverless_update_config.provisioned_concurrency of all"):
        logic.run(traffic.ensure, wish(entry("all", provisioned_concurrency=4)))
    assert logic.run(traffic.ensure, wish(entry("all", max_concurrency=12))).plan.changed


# Transitions


@pytest.mark.parametrize("transition", ["creating", "updating", "maintenance"])
def test_a_transition_under_way_is_awaited_first(logic: Logic, transition: str) -> None:
    make_ab(logic)
    make_ab(logic, "ab2")
    logic.aws.configure(creating=300, updating=300)
    if transition == "creating":
        logic.make_endpoint("e", "ab", settled=False)
    else:
        logic.aws.configure(creating=1)
        logic.make_endpoint("e", "ab")
        if transition == "updating":
            logic.sagemaker.update_endpoint(EndpointName="e", EndpointConfigName="ab2")
        else:
            logic.aws.script("e", "system_update", seconds=300)
    logic.aws.clear_calls()
    predicted = logic.run(traffic.ensure, wish(*HALVES), check_mode=True)
    assert logic.status("e") != "InService"
    result = logic.run(traffic.ensure, wish(*HALVES, wait_timeout=900))
    assert shown(result) == shown(predicted)
    assert logic.aws.mutating() == [CALL, "AddTags"]
    assert live(logic) == {"champion": (5.0, 2), "challenger": (5.0, 2)}
    assert its_tags(logic)[ownership.TRAFFIC_OVERRIDE_TAG] == ("ab2" if transition == "updating" else "ab")


def test_a_shift_under_way_is_waited_for(ab: Logic) -> None:
    started = ab.run(traffic.ensure, wish(*HALVES, wait=False))
    assert started.plan.action == "update"
    assert ab.status("e") == "Updating"
    ab.aws.configure(updating=120)
    ab.aws.advance(10)
    ab.run(traffic.ensure, wish(entry("champion", 6), wait=False))
    ab.aws.clear_calls()
    # Not waited for: nothing is left to be done.
    result = ab.run(traffic.ensure, wish(entry("champion", 6), wait=False))
    assert (result.plan.action, result.plan.changed) == ("wait", False)
    assert ab.status("e") == "Updating"
    assert ab.run(traffic.ensure, wish(entry("champion", 6)), check_mode=True).plan.action == "wait"
    result = ab.run(traffic.ensure, wish(entry("champion", 6)))
    assert (result.plan.action, result.plan.changed) == ("wait", False)
    assert ab.status("e") == "InService"
    assert ab.aws.mutating() == []


def test_without_waiting_the_prediction_is_the_same(ab: Logic) -> None:
    ab.aws.configure(updating=60)
    predicted = ab.run(traffic.ensure, wish(*HALVES, wait=False), check_mode=True)
    done = ab.run(traffic.ensure, wish(*HALVES, wait=False))
    assert (shown(done), done.after) == (shown(predicted), predicted.after)
    assert done.after["endpoint_status"] == "Updating"


def test_a_refusal_because_of_a_transition_is_waited_out(ab: Logic, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else is quicker between the look and the call, and does half of the work."""
    ab.aws.configure(updating=30)
    send = traffic._Shift._send

    def late(self: Any, *arguments: Any) -> Any:
        weights = [{"VariantName": "champion", "DesiredWeight": 5.0, "DesiredInstanceCount": 2}]
        ab.sagemaker.update_endpoint_weights_and_capacities(EndpointName="e", DesiredWeightsAndCapacities=weights)
        return send(self, *arguments)

    monkeypatch.setattr(traffic._Shift, "_send", late)
    ab.run(traffic.ensure, wish(*HALVES))
    assert live(ab) == {"champion": (5.0, 2), "challenger": (5.0, 2)}
    assert sent(ab)[-1] == [{"VariantName": "challenger", "DesiredWeight": 5.0, "DesiredInstanceCount": 2}]


# What goes wrong


@pytest.mark.parametrize(
    ("outcome", "reason", "cause"),
    [
        ("rollback", "Unable to provision requested ML compute capacity.", "capacity"),
        ("rollback_without_reason", None, "unknown"),
    ],
)
def test_a_rollback_is_a_failure_that_says_so(ab: Logic, outcome: str, reason: str | None, cause: str) -> None:
    ab.aws.script("e", "scale", outcome, reason=reason)
    with pytest.raises(SageMakerError, match="SageMaker rolled back") as caught:
        ab.run(traffic.ensure, wish(*HALVES))
    assert (reason or "SageMaker reported no reason") in caught.value.message
    assert "production_variants[champion].desired_weight is 9.0, not 5.0" in caught.value.message
    details = caught.value.details
    assert details["rolled_back"] is True
    assert details["cause"] == cause
    assert details["plan"]["calls"] == [CALL, "AddTags"]
    assert details["endpoint"]["endpoint_status"] == "InService"
    # Nothing was shifted in the end, so nothing is marked, and the next run succeeds.
    assert its_tags(ab) == {"team": "search"}
    assert ab.run(traffic.ensure, wish(*HALVES)).plan.action == "update"


def test_a_rollback_leaves_the_mark_of_an_earlier_shift(ab: Logic) -> None:
    ab.run(traffic.ensure, wish(*HALVES))
    ab.aws.script("e", "scale", "rollback")
    with pytest.raises(SageMakerError, match="rolled back"):
        ab.run(traffic.ensure, wish(entry("champion", 9, 3), entry("challenger", 1, 1)))
    assert its_tags(ab)[ownership.TRAFFIC_OVERRIDE_TAG] == "ab"


def test_a_change_that_ends_failed_is_a_failure(ab: Logic) -> None:
    ab.aws.script("e", "scale", "fail", reason="Out of capacity")
    with pytest.raises(SageMakerError, match="It is Failed now. Reason: Out of capacity") as caught:
        ab.run(traffic.ensure, wish(*HALVES))
    assert caught.value.details["rolled_back"] is False


def test_a_change_that_takes_too_long_is_awaited_by_the_next_run(ab: Logic) -> None:
    ab.aws.configure(updating=300)
    with pytest.raises(SageMakerError, match="still Updating after 60 s") as caught:
        ab.run(traffic.ensure, wish(*HALVES, wait_timeout=60))
    assert caught.value.details["cause"] == "timeout"
    assert ab.run(traffic.ensure, wish(*HALVES)).plan.action == "wait"
    assert live(ab) == {"champion": (5.0, 2), "challenger": (5.0, 2)}


@pytest.mark.parametrize("kind", ["throttle", "error500", "error503", "reset", "lost"])
@pytest.mark.parametrize("operation", [CALL, "DescribeEndpoint", "AddTags", "ListTags", "DescribeEndpointConfig"])
def test_each_call_survives_six_faults(ab: Logic, operation: str, kind: str) -> None:
    ab.aws.fault(operation, kind, times=6)
    assert ab.run(traffic.ensure, wish(*HALVES)).plan.action == "update"
    assert live(ab) == {"champion": (5.0, 2), "challenger": (5.0, 2)}
    assert its_tags(ab)[ownership.TRAFFIC_OVERRIDE_TAG] == "ab"
    ab.aws.clear_calls()
    assert ab.run(traffic.ensure, wish(*HALVES)).plan.action == "none"


def test_a_refusal_by_the_service_leaves_no_mark(ab: Logic) -> None:
    ab.aws.configure(limits={"ml.m5.large": 4})
    with pytest.raises(SageMakerError, match="ResourceLimitExceeded") as caught:
        ab.run(traffic.ensure, wish(entry("champion", 5, 9)))
    assert caught.value.details["plan"]["action"] == "update"
    assert its_tags(ab) == {"team": "search"}


# Deploys afterwards


def deploy(logic: Logic, config: str, check_mode: bool = False, **options: Any) -> Any:
    """What the role does: a deploy that knows the content of its configuration, with the user's tags."""
    content = logic.connection().sagemaker.result(
        "DescribeEndpointConfig", logic.sagemaker.describe_endpoint_config(EndpointConfigName=config)
    )
    wanted = {
        "name": "e",
        "endpoint_config_name": config,
        "endpoint_config": content,
        "tags": {"team": "search"},
        **options,
    }
    return logic.run(endpoint_rollout.ensure, {**PRESENT, **wanted}, check_mode)


def test_a_deploy_of_the_same_configuration_leaves_a_shift_alone(ab: Logic) -> None:
    ab.run(traffic.ensure, wish(*HALVES))
    ab.aws.clear_calls()
    result = deploy(ab, "ab")
    assert result.plan.action == "none"
    assert result.resource["tags"] == {"team": "search", ownership.TRAFFIC_OVERRIDE_TAG: "ab"}
    assert ab.aws.mutating() == []


def test_a_deploy_puts_back_what_only_another_configuration_was_marked_for(ab: Logic) -> None:
    ab.run(traffic.ensure, wish(*HALVES))
    arn = ab.sagemaker.describe_endpoint(EndpointName="e")["EndpointArn"]
    ab.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": ownership.TRAFFIC_OVERRIDE_TAG, "Value": "old"}])
    assert deploy(ab, "ab").plan.calls == [CALL, "DeleteTags"]
    assert live(ab) == {"champion": (9.0, 3), "challenger": (1.0, 1)}
    assert deploy(ab, "ab").plan.action == "none"


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("weight", [9.0, 7.0])
def test_a_new_configuration_undoes_a_shift_only_where_it_says_so(ab: Logic, weight: float, scaled: bool) -> None:
    make_ab(ab, "ab2", weight=weight)
    ab.run(traffic.ensure, wish(entry("champion", 5), entry("challenger", 5)))
    if scaled:
        ab.register("e", "champion")
    ab.aws.clear_calls()
    predicted = deploy(ab, "ab2", check_mode=True)
    result = deploy(ab, "ab2")
    assert shown(result) == shown(predicted)
    kept = weight == 9.0
    assert result.plan.calls == ab.aws.mutating() == ["UpdateEndpoint", "AddTags" if kept else "DeleteTags"]
    assert live(ab) == {"champion": (5.0 if kept else 7.0, 3), "challenger": (5.0 if kept else 1.0, 1)}
    assert its_tags(ab) == {"team": "search", **({ownership.TRAFFIC_OVERRIDE_TAG: "ab2"} if kept else {})}
    assert result.resource["tags"] == its_tags(ab)
    assert deploy(ab, "ab2").plan.action == "none"


def test_a_rollback_of_a_deploy_leaves_the_shift(ab: Logic) -> None:
    make_ab(ab, "ab2", weight=7.0)
    ab.run(traffic.ensure, wish(*HALVES))
    ab.aws.script("e", "update", "rollback")
    with pytest.raises(SageMakerError, match="rolled back"):
        deploy(ab, "ab2")
    assert live(ab) == {"champion": (5.0, 2), "challenger": (5.0, 2)}
    assert its_tags(ab)[ownership.TRAFFIC_OVERRIDE_TAG] == "ab"
    assert deploy(ab, "ab").plan.action == "none"


def test_an_endpoint_made_again_is_not_shifted(ab: Logic) -> None:
    ab.run(traffic.ensure, wish(*HALVES))
    ab.aws.script("e", "scale", "fail")
    with pytest.raises(SageMakerError, match="Failed"):
        ab.run(traffic.ensure, wish(entry("champion", 6)))
    assert deploy(ab, "ab").plan.action == "replace"
    assert its_tags(ab) == {"team": "search"}
    assert live(ab) == {"champion": (9.0, 3), "challenger": (1.0, 1)}


# Through Ansible

SHIFT = """
- name: shift
  mlops.sagemaker.sagemaker_endpoint_traffic:
    name: e
    desired_weights_and_capacities:
      - variant_name: champion
        desired_weight: "{{ weight }}"
      - variant_name: challenger
        desired_weight: 5
"""


@pytest.mark.core_ends
def test_in_a_play(ab: Logic, play: Player) -> None:
    predicted = play(tasks=SHIFT, variables={"weight": "5"}, check=True, diff=True)
    assert predicted.ok, predicted
    assert ab.aws.mutating() == []
    done = play(tasks=SHIFT, variables={"weight": "5"}, diff=True)
    assert done.ok, done
    assert (done.changed, predicted.changed) == (1, 1)
    assert done.result("shift")["plan"] == predicted.result("shift")["plan"]
    assert done.result("shift")["diff"] == predicted.result("shift")["diff"]
    assert done.result("shift")["endpoint"]["tags"][ownership.TRAFFIC_OVERRIDE_TAG] == "ab"
    again = play(tasks=SHIFT, variables={"weight": 5})
    assert again.ok and again.changed == 0, again
    assert again.result("shift")["plan"] == {"action": "none", "changes": [], "calls": []}

    ab.aws.script("e", "scale", "rollback", reason="Unable to provision requested ML compute capacity.")
    failed = play(tasks=SHIFT, variables={"weight": 1})
    assert not failed.ok
    assert "rolled back" in failed.failure
    assert failed.result("shift")["rolled_back"] is True
