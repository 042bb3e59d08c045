# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Updates of policies and scheduled actions: predicted, done, and found done, with all that nobody spoke of left as it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec.autoscaling import AUTOSCALING
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec.options import with_defaults
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import SageMakerError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.plans import Result
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources import scalable_targets
from integration.logic import Logic
from integration.logic import shown
from integration.whole_runs import Hook
from integration.whole_runs import Watched
from local_aws.process import LocalAws

TRACKING = "target_tracking_scaling_policy_configuration"
STEPS = "step_scaling_policy_configuration"
PREDEFINED = {"predefined_metric_type": "SageMakerVariantInvocationsPerInstance"}
CUSTOMIZED = {
    "metric_name": "Load",
    "namespace": "Serving",
    "statistic": "Average",
    "dimensions": [{"name": "EndpointName", "value": "e"}],
    "unit": "Count",
}
TRACKS = {"target_value": 70, "predefined_metric_specification": PREDEFINED}
WHOLE = {**TRACKS, "disable_scale_in": True, "scale_in_cooldown": 600}
ADDS_ONE = {
    "adjustment_type": "ChangeInCapacity",
    "step_adjustments": [{"metric_interval_lower_bound": 0, "scaling_adjustment": 1}],
}
PERCENT = {**ADDS_ONE, "adjustment_type": "PercentChangeInCapacity", "min_adjustment_magnitude": 2, "cooldown": 60}
ACTION = {"scheduled_action_name": "night", "schedule": "rate(1 day)", "scalable_target_action": {"max_capacity": 2}}


@pytest.fixture
def live(aws: LocalAws) -> Logic:
    logic = Logic(aws)
    logic.make_endpoint("e", logic.make_config("c"))
    return logic


def wish(**given: Any) -> dict[str, Any]:
    options = {"endpoint_name": "e", "variant_name": "main", "min_capacity": 1, "max_capacity": 4, **given}
    return with_defaults(options, AUTOSCALING)


def policy(**configuration: Any) -> dict[str, Any]:
    return {"scaling_policies": [{"policy_name": "p", **configuration}]}


def done_as_predicted(logic: Logic, options: dict[str, Any]) -> Result:
    """The run's result, which check mode predicted, and after which nothing is left to do."""
    predicted = logic.run(scalable_targets.ensure, options, check_mode=True)
    logic.aws.clear_calls()
    done = logic.run(scalable_targets.ensure, options)
    assert logic.aws.mutating() == done.plan.calls
    assert shown(done) == shown(predicted)
    assert [change.as_dict() for change in done.plan.changes] == [item.as_dict() for item in predicted.plan.changes]
    assert (done.before, done.after) == (predicted.before, predicted.after)
    assert done.message(check_mode=False, waits=True).startswith("Scalable target endpoint/e/variant/main was ")
    assert not logic.run(scalable_targets.ensure, options).plan.changed
    return done


@pytest.mark.parametrize(
    ("before", "change", "after"),
    [
        ({TRACKING: WHOLE}, {TRACKING: {**TRACKS, "target_value": 80}}, {**WHOLE, "target_value": 80.0}),
        ({TRACKING: WHOLE}, {TRACKING: {**TRACKS, "disable_scale_in": False}}, {**WHOLE, "disable_scale_in": False}),
        # Another metric is all that is told of it.
        (
            {TRACKING: WHOLE},
            {TRACKING: {"target_value": 5, "customized_metric_specification": CUSTOMIZED}},
            {
                "target_value": 5.0,
                "customized_metric_specification": CUSTOMIZED,
                "disable_scale_in": True,
                "scale_in_cooldown": 600,
            },
        ),
        # Of the same metric what is not told stays.
        (
            {TRACKING: {"target_value": 5, "customized_metric_specification": CUSTOMIZED}},
            {
                TRACKING: {
                    "target_value": 6,
                    "customized_metric_specification": {
                        "metric_name": "Load",
                        "namespace": "Serving",
                        "statistic": "Maximum",
                    },
                }
            },
            {"target_value": 6.0, "customized_metric_specification": {**CUSTOMIZED, "statistic": "Maximum"}},
        ),
        (
            {STEPS: PERCENT},
            {STEPS: {**ADDS_ONE, "adjustment_type": "PercentChangeInCapacity", "metric_aggregation_type": "Maximum"}},
            {**PERCENT, "metric_aggregation_type": "Maximum"},
        ),
        # It belongs to percentages.
        ({STEPS: PERCENT}, {STEPS: ADDS_ONE}, {**ADDS_ONE, "cooldown": 60}),
    ],
)
def test_an_update_of_a_policy_keeps_what_is_not_given(
    live: Logic, before: dict[str, Any], change: dict[str, Any], after: dict[str, Any]
) -> None:
    live.run(scalable_targets.ensure, wish(**policy(**before)))
    done = done_as_predicted(live, wish(**policy(**change)))
    assert done.plan.calls == ["PutScalingPolicy"]
    (there,) = done.resource["scaling_policies"]
    assert there[next(iter(change))] == after


def test_a_policy_of_another_type_is_made_anew(live: Logic) -> None:
    live.run(scalable_targets.ensure, wish(**policy(**{TRACKING: WHOLE})))
    done = done_as_predicted(live, wish(**policy(**{STEPS: ADDS_ONE})))
    assert done.plan.calls == ["DeleteScalingPolicy", "PutScalingPolicy"]
    assert "scaling_policies[p].policy_type" in [change.path for change in done.plan.changes]
    assert [set(item) & {TRACKING, STEPS} for item in done.after["scaling_policies"]] == [{STEPS}]


def test_policies_that_swap_their_metrics_make_room_for_each_other(live: Logic) -> None:
    """The service takes one tracking policy for a metric."""
    custom = {"target_value": 5, "customized_metric_specification": CUSTOMIZED}
    ways = [{"a": TRACKS, "b": custom}, {"a": custom, "b": TRACKS}]
    both = [{"scaling_policies": [{"policy_name": n, TRACKING: way[n]} for n in way]} for way in ways]
    live.run(scalable_targets.ensure, wish(**both[0]))
    predicted = live.run(scalable_targets.ensure, wish(**both[1]), check_mode=True)
    assert shown(live.run(scalable_targets.ensure, wish(**both[1]))) == shown(predicted)
    assert predicted.plan.calls == ["DeleteScalingPolicy"] * 2 + ["PutScalingPolicy"] * 2
    assert live.run(scalable_targets.ensure, wish(**both[1])).plan.action == "none"


def test_what_a_scheduled_action_has_set_stays(live: Logic) -> None:
    """Until the user changes the limit himself."""
    up = {"scheduled_action_name": "day", "schedule": "rate(1 day)", "scalable_target_action": {"min_capacity": 2}}
    down = {"scheduled_action_name": "night", "schedule": "rate(1 day)", "scalable_target_action": {"min_capacity": 1}}
    schedule = {"scheduled_actions": [up, down], "tags": {"team": "a"}}

    def fires(low: int) -> None:
        live.register("e", low=low, high=registered(live)[1])
        live.aws.advance(60)

    done_as_predicted(live, wish(**schedule))
    fires(2)
    again = live.run(scalable_targets.ensure, wish(**schedule))
    assert (again.plan.action, again.resource["min_capacity"]) == ("none", 2)
    assert len(again.more["notes"]) == 1
    # Another change leaves it as it is too, and takes nothing of the record.
    done_as_predicted(live, wish(**{**schedule, "max_capacity": 6, "tags": {"team": "b"}}))
    assert registered(live)[:2] == (2, 6)
    done_as_predicted(live, wish(**schedule, min_capacity=3))
    assert registered(live)[:2] == (3, 4)
    fires(2)
    # Without the action its limit goes, too.
    done_as_predicted(live, wish(**{**schedule, "scheduled_actions": [down]}))
    assert registered(live)[:2] == (1, 4)
    done_as_predicted(live, wish(**{**schedule, "scheduled_actions": []}))
    assert registered(live)[2] == {"team": "a"}


def test_times_are_told_in_utc(live: Logic) -> None:
    times = {"start_time": "2030-01-01T00:00:00+02:00", "end_time": "2030-06-01T00:00:00-05:00"}
    done = done_as_predicted(live, wish(scheduled_actions=[{**ACTION, **times}]))
    (action,) = done.resource["scheduled_actions"]
    assert (action["start_time"], action["end_time"]) == ("2029-12-31T22:00:00+00:00", "2030-06-01T05:00:00+00:00")


def test_a_target_that_will_be_gone_is_predicted_to_be_registered(live: Logic) -> None:
    options = wish(**policy(**{TRACKING: WHOLE}), assume_unregistered=True)
    first = live.run(scalable_targets.ensure, options)
    assert first.plan.calls == ["RegisterScalableTarget", "PutScalingPolicy"]
    predicted = live.run(scalable_targets.ensure, options, check_mode=True)
    assert shown(predicted) == shown(first)
    assert (predicted.before, predicted.after) == (first.before, first.after)
    # In a run it has no effect.
    assert not live.run(scalable_targets.ensure, options).plan.changed
    absent = {**options, "state": "absent"}
    assert not live.run(scalable_targets.ensure, absent, check_mode=True).plan.changed
    assert live.run(scalable_targets.ensure, absent).plan.calls == ["DeregisterScalableTarget"]


def test_what_will_be_replaced_is_not_judged(live: Logic) -> None:
    connection = live.connection()
    scalable_targets.ensure(connection, wish(min_capacity=0, assume_unregistered=True), True)
    assert connection.warnings == []


# Somebody else who registers the same variant between the look and the call


def register_while(live: Logic, hook: Hook, **given: Any) -> Result:
    """Register with our tags, each call of Application Auto Scaling going through the hook."""
    connection = live.connection()
    connection.autoscaling.client = Watched(connection.autoscaling.client, hook)
    return scalable_targets.ensure(connection, wish(tags={"owner": "us"}, **given), False)


def once_before_registering(act: Callable[[], None]) -> Hook:
    acts = [act]

    def hook(name: str, call: Callable[[], Any]) -> Any:
        if name == "register_scalable_target" and acts:
            acts.pop()()
        return call()

    return hook


def registered(live: Logic) -> tuple[int, int, dict[str, str]]:
    """Limits and tags of the one target."""
    (target,) = live.autoscaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    its_tags = live.autoscaling.list_tags_for_resource(ResourceARN=target["ScalableTargetARN"])["Tags"]
    return target["MinCapacity"], target["MaxCapacity"], its_tags


def test_a_strangers_target_that_is_what_we_want_gets_our_tags(live: Logic) -> None:
    quicker = once_before_registering(lambda: live.register("e", low=1, high=4, Tags={"theirs": "1"}) and None)
    register_while(live, quicker, **policy(**{TRACKING: TRACKS}))
    assert registered(live) == (1, 4, {"theirs": "1", "owner": "us"})


def test_a_strangers_target_that_differs_is_left_as_it_is(live: Logic) -> None:
    quicker = once_before_registering(lambda: live.register("e", low=2, high=9, Tags={"theirs": "1"}) and None)
    with pytest.raises(
        SageMakerError, match="registered by somebody else during this run.*from 2 to 9.*Run the task again"
    ):
        register_while(live, quicker, **policy(**{TRACKING: TRACKS}))
    assert registered(live) == (2, 9, {"theirs": "1"})
    assert live.autoscaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"] == []


@pytest.mark.parametrize(
    ("code", "text"),
    [("AccessDeniedException", "is not authorized to perform"), ("ValidationException", "Tag policy: owner is wrong")],
)
def test_a_registration_refused_for_another_reason_takes_nothing_over(live: Logic, code: str, text: str) -> None:
    quicker = once_before_registering(lambda: live.register("e", low=1, high=4, Tags={"theirs": "1"}) and None)
    live.aws.fault("RegisterScalableTarget", "error", code=code, message=text, after=1)
    with pytest.raises(SageMakerError, match=text):
        register_while(live, quicker)
    assert registered(live) == (1, 4, {"theirs": "1"})


@pytest.mark.parametrize("stranger", [False, True])
def test_a_lost_answer_leaves_a_target_with_our_tags(live: Logic, stranger: bool) -> None:
    def quicker() -> None:
        if stranger:
            live.register("e", low=1, high=4, Tags={"theirs": "1"})

    live.aws.fault("RegisterScalableTarget", "error500" if stranger else "lost", after=1 if stranger else 0)
    register_while(live, once_before_registering(quicker))
    assert registered(live) == (1, 4, {**({"theirs": "1"} if stranger else {}), "owner": "us"})
