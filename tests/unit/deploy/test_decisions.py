# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of what a deploy decides before and after its rollout."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.ownership import HISTORY_TAG
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy import decisions
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy import release_states

NEW, LIVE, OLD, OLDER = (f"churn-config-0000000{number}" for number in (4, 3, 2, 1))
NOTHING = {"action": "none", "changes": [], "calls": []}
UPDATE = {"action": "update", "changes": [], "calls": ["UpdateEndpoint"]}
MAIN = "endpoint/churn/variant/main"


def release(name: str, **more: Any) -> dict[str, Any]:
    plain = {"live": False, "served": True, "owned": True, "execution_policy": None, "model_names": [f"{name}-model"]}
    return {"endpoint_config_name": name, **plain, **more}


def current(*releases: dict[str, Any], **serving: Any) -> dict[str, Any]:
    """What the look finds: by default an endpoint that serves LIVE, with OLD before it."""
    listed = list(releases) or [release(LIVE, live=True), release(OLD)]
    plain = {
        "matches": False,
        "in_use": LIVE,
        "endpoint_config_name": LIVE,
        "history": [LIVE, OLD],
        "history_tag": f"{LIVE} 00000002",
        "variant_names": ["main"],
        "model_names": ["their-model"],
        "inference_components": [],
        "scalable_targets": [],
        "endpoint_config": {},
    }
    return {
        "releases": listed,
        "serving": {**plain, **serving},
        "orphaned_models": [],
        "orphaned_components": [],
        "earlier_roles": [],
        "name_prefixes": ["churn"],
    }


NOWHERE: dict[str, Any] = {
    "releases": [],
    "serving": {},
    "orphaned_models": [],
    "orphaned_components": [],
    "earlier_roles": [],
    "name_prefixes": [],
}


def inputs(**given: Any) -> dict[str, Any]:
    plain = {
        "name": "churn",
        "sg_role_arn": None,
        "smoke_test": None,
        "wait": True,
        "keep_releases": 1,
        "autoscaling": [],
        "unscaled": [MAIN],
        "inference_components": [],
        "endpoint_config": {"production_variants": [{"variant_name": "main"}]},
    }
    return {**plain, **given}


def component(name: str, **more: Any) -> dict[str, Any]:
    plain = {"owned": True, "variant_name": "main", "model_names": [f"{name}-model"], "restorable": True}
    return {"name": name, **plain, **more}


def target(resource_id: str, owned: bool = True, *alarms: str) -> dict[str, Any]:
    return {"resource_id": resource_id, "owned": owned, "waking_alarms": list(alarms)}


def after(given: dict[str, Any], found: dict[str, Any], live: str = NEW, **results: Any) -> dict[str, Any]:
    plain = {"endpoint": UPDATE, "inference_components": [], "model_names": [], "stale_policies": []}
    before = decisions.before_rollout(given, found, live)
    return decisions.after_rollout(given, found, before, {**plain, **results})


# The history


@pytest.mark.parametrize(
    "more, in_use, state",
    [
        ({}, LIVE, release_states.ENTERED),
        ({"smoke_test": {}}, LIVE, release_states.IN_USE),
        ({"wait": False}, LIVE, release_states.ROLLING_OUT),
        ({"wait": False}, NEW, release_states.ENTERED),
    ],
)
def test_a_release_is_entered_once_the_table_says_so(more: dict[str, Any], in_use: str, state: str) -> None:
    given, found = inputs(**more), current(release(NEW), release(LIVE), release(OLD), in_use=in_use)
    assert decisions.state_after_rollout(given, found, NEW) == state
    before = decisions.before_rollout(given, found, NEW)
    assert before["new_release"]
    entered = before["history_tags"][HISTORY_TAG].startswith(NEW)
    assert entered == (state == release_states.ENTERED)
    assert before["entered_tags"][HISTORY_TAG].startswith(NEW)


def test_a_first_release_begins_the_history() -> None:
    before = decisions.before_rollout(inputs(), NOWHERE, NEW)
    assert before["history_tags"] == {HISTORY_TAG: NEW}
    assert (before["new_release"], before["previous"], before["adopted"]) == (True, [], False)


def test_the_next_release_is_entered_before_those_that_served() -> None:
    before = decisions.before_rollout(inputs(), current(), NEW)
    assert before["history_tags"] == {HISTORY_TAG: f"{NEW} 00000003 00000002"}
    assert before["previous"] == [LIVE, OLD]


def test_a_release_that_is_the_first_of_the_history_leaves_it_as_it_is() -> None:
    before = decisions.before_rollout(inputs(), current(), LIVE)
    assert before["history_tags"] == before["entered_tags"] == {HISTORY_TAG: f"{LIVE} 00000002"}
    assert (before["new_release"], before["previous"]) == (False, [])


def test_a_release_that_is_gone_is_no_release_to_go_back_to() -> None:
    before = decisions.before_rollout(inputs(), current(release(LIVE, live=True)), NEW)
    assert before["previous"] == [LIVE]


def test_what_is_in_use_but_not_entered_served_last_unless_it_may_have_failed_its_test() -> None:
    found = current(release(LIVE, live=True), release(OLD), history=[OLD], history_tag=OLD)
    assert decisions.before_rollout(inputs(), found, NEW)["previous"] == [LIVE, OLD]
    tested = decisions.before_rollout(inputs(smoke_test={}), found, NEW)
    assert tested["previous"] == [OLD]
    # It begins with what served last already, and stays as it is.
    assert tested["history_tags"] == {HISTORY_TAG: OLD}


def test_a_lost_history_begins_again_with_what_is_there() -> None:
    before = decisions.before_rollout(inputs(), current(history=None, history_tag=None), NEW)
    assert before["history_tags"] == {HISTORY_TAG: f"{NEW} 00000003 00000002"}


def test_what_somebody_else_made_is_marked() -> None:
    found = current(release("theirs", live=True, owned=False), in_use="theirs", history=None, history_tag=None)
    assert decisions.before_rollout(inputs(), found, NEW)["history_tags"] == {HISTORY_TAG: f"{NEW} =theirs"}


def test_an_adopted_endpoint_has_no_history_and_its_own_models() -> None:
    found = current(release("theirs", owned=False), matches=True, history=None)
    before = decisions.before_rollout(inputs(), found, "theirs")
    assert (before["adopted"], before["history_tags"], before["new_release"]) == (True, {}, False)
    assert decisions.model_names(found, ["ours", None]) == ["their-model", "ours"]
    assert decisions.model_names(current(), ["ours"]) == ["ours"]


def test_the_execution_role_is_given_or_made_or_found() -> None:
    found = current(execution_role_arn="found")
    assert decisions.execution_role_arn(inputs(sg_role_arn="given"), found, "made") == "given"
    assert decisions.execution_role_arn(inputs(), found, "made") == "made"
    assert decisions.execution_role_arn(inputs(), found, None) == "found"
    assert decisions.execution_role_arn(inputs(), NOWHERE, None) == ""


# What goes


def test_components_that_are_not_listed_go_first_where_their_variant_goes() -> None:
    chat = target("inference-component/chat", True, "chat-wakes")
    found = current(
        inference_components=[
            component("chat", variant_name="gone"),
            component("embed"),
            component("theirs", owned=False),
        ],
        scalable_targets=[chat, target("inference-component/embed", True, "embed-wakes")],
    )
    before = decisions.before_rollout(inputs(), found, NEW)
    assert before["dropped_components"] == ["chat", "embed"]
    assert before["removed_first"] == {"alarms": ["chat-wakes"], "targets": [chat], "components": ["chat"]}
    later = after(inputs(), found)["removed_later"]
    assert (later["alarms"], later["components"]) == (["embed-wakes"], ["embed"])
    assert [one["resource_id"] for one in later["targets"]] == ["inference-component/embed"]


def test_a_target_of_somebody_else_stays() -> None:
    found = current(scalable_targets=[target(MAIN, owned=False)])
    before = decisions.before_rollout(inputs(), found, NEW)
    assert before["foreign_targets"] == [MAIN]
    assert after(inputs(), found)["removed_later"]["targets"] == []


def test_a_target_that_the_rollout_took_away_needs_no_removal() -> None:
    found = current(scalable_targets=[target(MAIN)])
    change = {"path": "autoscaling[main]", "before": "registered", "after": None}
    done = after(inputs(), found, endpoint={**UPDATE, "changes": [change]})
    assert done["deregistered_targets"] == [MAIN] and done["removed_later"]["targets"] == []
    done = after(inputs(), found, endpoint={**UPDATE, "calls": ["DeleteEndpoint", "CreateEndpoint"]})
    assert done["deregistered_targets"] == [MAIN]
    assert len(after(inputs(), found)["removed_later"]["targets"]) == 1


def test_components_that_outlived_their_endpoint_go_unless_they_are_made_again() -> None:
    found = {**NOWHERE, "orphaned_components": ["a", "b"]}
    before = decisions.before_rollout(inputs(inference_components=[{"name": "a"}]), found, NEW)
    assert before["orphaned_components"] == ["b"]
    assert decisions.all_components(found) == ["a", "b"]


def test_without_waiting_targets_of_variants_that_come_are_left_to_the_next_run() -> None:
    coming = {"resource_id": "endpoint/churn/variant/new"}
    given = inputs(wait=False, autoscaling=[{"resource_id": MAIN}, coming, {"resource_id": "inference-component/x"}])
    assert decisions.before_rollout(given, current(), NEW)["postponed_targets"] == [coming["resource_id"]]
    assert decisions.before_rollout({**given, "wait": True}, current(), NEW)["postponed_targets"] == []


# After the rollout


@pytest.mark.parametrize(
    "live, results, tested",
    [
        (NEW, {}, True),
        (LIVE, {"endpoint": NOTHING}, False),
        (LIVE, {"endpoint": UPDATE}, True),
        (LIVE, {"endpoint": {**NOTHING, "calls": ["AddTags"]}}, False),
        (
            LIVE,
            {
                "endpoint": NOTHING,
                "inference_components": [{"name": "c", **NOTHING, "calls": ["UpdateInferenceComponent"]}],
            },
            True,
        ),
    ],
)
def test_the_smoke_test_follows_a_change(live: str, results: dict[str, Any], tested: bool) -> None:
    assert after(inputs(smoke_test={}), current(), live, **results)["tested"] == tested
    assert not after(inputs(), current(), live, **results)["tested"]


def test_only_what_can_be_put_back_is_restored() -> None:
    found = current(inference_components=[component("a"), component("b", restorable=False), component("c")])
    listed = [{"name": name} for name in "abcd"]
    changed = [{"name": name, **NOTHING, "calls": ["UpdateInferenceComponent"]} for name in "abd"]
    done = after(inputs(inference_components=listed), found, inference_components=[*changed, {"name": "c", **NOTHING}])
    assert (done["restorable_components"], done["kept_components"]) == (["a"], ["b", "d"])


def test_without_waiting_what_served_stays() -> None:
    assert after(inputs(keep_releases=0, wait=False), current())["keep"] == 1
    assert after(inputs(keep_releases=0, wait=False), current(), LIVE, endpoint=NOTHING)["keep"] == 0
    assert after(inputs(keep_releases=0), current())["keep"] == 0


@pytest.mark.parametrize(
    "found, more, pruned",
    [
        (current(), {}, True),
        (current(release(LIVE, live=True)), {}, False),
        (current(release(LIVE, live=True), release(OLD, served=False)), {}, True),
        (current(release(LIVE, live=True), release(OLD, owned=False)), {}, False),
        ({**current(release(LIVE, live=True)), "orphaned_models": ["m"]}, {}, True),
        ({**current(release(LIVE, live=True)), "orphaned_models": ["m"]}, {"model_names": ["m"]}, False),
        (current(release(LIVE, live=True)), {"stale_policies": ["p"]}, True),
        (current(release(LIVE, live=True, execution_policy="p")), {"stale_policies": ["p"]}, False),
        (current(release(LIVE, live=True), inference_components=[component("c")]), {}, True),
    ],
)
def test_pruning_is_looked_at_where_something_may_go(found: dict[str, Any], more: dict[str, Any], pruned: bool) -> None:
    assert after(inputs(), found, **more)["prune"] == pruned


def test_permissions_go_with_the_last_release_that_needs_them() -> None:
    found = current(release(LIVE, live=True, execution_policy="live"), release(OLD, execution_policy="old"))
    assert decisions.stale_policies(found, NEW, ["live", "old", "older"], None) == ["older"]
    pruned = {"releases": [release(NEW, live=True, execution_policy="new"), release(LIVE, execution_policy="live")]}
    assert decisions.stale_policies(found, NEW, ["live", "old", "older"], pruned) == ["old", "older"]


# Going back


def test_a_rollback_goes_to_what_served_last_or_to_what_is_named() -> None:
    found = current(release(LIVE, live=True), release(OLDER, served=False), release(OLD))
    assert (decisions.rollback_target(inputs(), found) or {})["endpoint_config_name"] == OLD
    assert (decisions.rollback_target(inputs(release=OLDER), found) or {})["endpoint_config_name"] == OLDER
    assert decisions.rollback_target(inputs(release="no-such"), found) is None
    assert decisions.rollback_target(inputs(), current(release(LIVE, live=True))) is None


def test_the_next_rollback_goes_to_the_latest_release_that_is_kept() -> None:
    found = current(release(LIVE, live=True), release(OLD), release(OLDER), history=[LIVE, OLD, OLDER])

    def next_one(live: str, keep: int | None = None, there: dict[str, Any] | None = None) -> str:
        return decisions.release_to_return_to(inputs(), there or found, live, keep)

    assert (next_one(NEW, 1), next_one(LIVE, 1), next_one(OLD)) == (LIVE, OLD, LIVE)
    assert (next_one(NEW, 0), next_one(LIVE, 0), next_one(NEW, 1, NOWHERE)) == ("", "", "")
    # What somebody else made is never pruned.
    theirs = current(release(LIVE, live=True), release(OLD, owned=False), history=[LIVE, OLD])
    assert next_one(NEW, 0, theirs) == OLD


CONTENT = {"path": "models[main].primary_container.image", "before": "1", "after": "2"}
OTHER = {"path": "production_variants[main].instance_type", "before": "1", "after": "2"}


@pytest.mark.parametrize(
    ("serving", "more", "live", "reasons"),
    [
        ({"differences": [OTHER, CONTENT]}, {"release_marker": "42"}, NEW, [CONTENT]),
        ({"differences": [OTHER]}, {"release_marker": "42"}, NEW, []),
        ({}, {"release_marker": "42"}, NEW, [{"path": "release_marker", "before": None, "after": "42"}]),
        ({}, {"release_marker": "42"}, LIVE, []),
        # One that was removed.
        ({}, {}, NEW, [{"path": "release_marker", "before": None, "after": ""}]),
        # Models of the user's own have none.
        ({}, {"models": []}, NEW, []),
        ({}, {"name_prefix": "loss"}, NEW, [{"path": "name_prefix", "before": "churn", "after": "loss"}]),
        (
            {"endpoint_config_name": "theirs"},
            {"release_marker": "1"},
            NEW,
            [{"path": "release_marker", "before": None, "after": "1"}],
        ),
        ({"endpoint_config": {}}, {"release_marker": "42"}, NEW, []),
    ],
)
def test_another_release_has_a_reason(
    serving: dict[str, Any], more: dict[str, Any], live: str, reasons: list[dict[str, Any]]
) -> None:
    found = current(**{"endpoint_config": {"production_variants": []}, "differences": [], **serving})
    given = inputs(**{"name_prefix": "churn", "release_marker": "", "models": [{}], **more})
    assert decisions.rollout_reasons(given, found, live) == reasons


def test_another_execution_role_is_a_reason_too() -> None:
    given = {"name_prefix": "churn", "release_marker": "42"}
    roles = ("arn:aws:iam::111122223333:role/a", "arn:aws:iam::111122223333:role/b")
    assert decisions.naming_reasons(given, LIVE, roles) == [
        {"path": "execution_role_arn", "before": roles[0], "after": roles[1]}
    ]
    assert decisions.naming_reasons(given, LIVE, roles[:1] * 2)[0]["path"] == "release_marker"


def test_a_model_takes_the_place_of_what_its_variant_or_component_runs() -> None:
    variants = [{"variant_name": "main", "model_name": "m1"}, {"variant_name": "empty"}]
    components = [{"name": "chat", "model_names": ["m2"]}, {"name": "bare", "model_names": []}]
    found = current(endpoint_config={"production_variants": variants}, inference_components=components)
    users = [(["new", "main"], []), (["empty"], []), ([], ["chat"]), ([], ["bare"]), ([], ["new"])]
    given = inputs(models=[{"variants": names, "components": others} for names, others in users])
    assert decisions.predecessors(given, found) == ["m1", None, "m2", None, None]
    assert decisions.predecessors(given, NOWHERE) == [None] * 5
