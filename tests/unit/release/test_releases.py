# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Releases: which are kept, and that nothing is deleted that is not ours or that a live endpoint can reach."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api.client import AwsClients
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import ownership
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import InputError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import SageMakerError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.release import releases

ARN = "arn:aws:sagemaker:eu-west-1:111122223333"
DAY = datetime.datetime(2030, 1, 1, tzinfo=datetime.timezone.utc)
OWN = {ownership.OWNER_TAG: "e"}


def missing(noun: str) -> ClientError:
    words = f'Could not find {noun} "{ARN}:thing/x".'
    answer = {"Error": {"Code": "ValidationException", "Message": words}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    return ClientError(answer, "Describe")


class Account:
    """What is in the account, answered for by a client: every call that reads is answered, every other one is noted.

    configs: {name: (models, tags)}, the newest first; models: {name: tags}; endpoints: {name: configuration, or
    (configuration, the pending one)}; history: the value of the endpoints' tag of that name, None without one. denied: whether
    the tagging API is.
    """

    denied = False

    def __init__(self, configs: Any = (), models: Any = (), endpoints: Any = (), history: str | None = None) -> None:
        self.configs, self.models, self.endpoints = dict(configs), dict(models), dict(endpoints)
        self.history = history
        self.changes: list[tuple[str, str]] = []

    def get_resources(self, TagFilters: Any, **request: Any) -> dict[str, Any]:
        keys = [one["Key"] for one in TagFilters]
        kinds = ["sagemaker:endpoint-config"] if keys == [ownership.STOPPED_TAG] else ["sagemaker"]
        assert request == {"ResourcesPerPage": 100, "ResourceTypeFilters": kinds}
        if self.denied:
            answer = {
                "Error": {"Code": "AccessDeniedException", "Message": "no"},
                "ResponseMetadata": {"HTTPStatusCode": 400},
            }
            raise ClientError(answer, "GetResources")
        if keys == [ownership.STOPPED_TAG]:
            return {"ResourceTagMappingList": [], "PaginationToken": ""}
        ((key, values),) = [(one["Key"], one["Values"]) for one in TagFilters]
        tagged = {f"endpoint-config/{name}": tags for name, (_models, tags) in self.configs.items()}
        tagged |= {f"model/{name}": tags for name, tags in self.models.items()}
        arns = [f"{ARN}:{name.lower()}" for name, tags in tagged.items() if tags.get(key) in values]
        return {"ResourceTagMappingList": [{"ResourceARN": arn} for arn in arns], "PaginationToken": ""}

    def list_endpoint_configs(
        self, MaxResults: int, NameContains: str = "", CreationTimeAfter: Any = None
    ) -> dict[str, Any]:
        listed = [name for name in self.configs if NameContains in name]
        arns = [{"EndpointConfigName": name, "EndpointConfigArn": f"{ARN}:endpoint-config/{name}"} for name in listed]
        return {"EndpointConfigs": arns}

    def list_models(self, MaxResults: int, NameContains: str = "") -> dict[str, Any]:
        listed = [name for name in self.models if NameContains in name]
        return {"Models": [{"ModelName": name, "ModelArn": f"{ARN}:model/{name}"} for name in listed]}

    def list_endpoints(self, MaxResults: int) -> dict[str, Any]:
        return {"Endpoints": [{"EndpointName": name} for name in self.endpoints]}

    def describe_endpoint_config(self, EndpointConfigName: str) -> dict[str, Any]:
        name = EndpointConfigName
        if name not in self.configs:
            raise missing("endpoint configuration")
        return {
            "EndpointConfigName": name,
            "EndpointConfigArn": f"{ARN}:endpoint-config/{name}",
            "CreationTime": DAY - datetime.timedelta(days=list(self.configs).index(name)),
            "ProductionVariants": [{"VariantName": model, "ModelName": model} for model in self.configs[name][0]],
        }

    def describe_model(self, ModelName: str) -> dict[str, Any]:
        if ModelName not in self.models:
            raise missing("model")
        # The newest first, as they are written down.
        made = DAY - datetime.timedelta(days=list(self.models).index(ModelName))
        return {"ModelName": ModelName, "ModelArn": f"{ARN}:model/{ModelName}", "CreationTime": made}

    def describe_endpoint(self, EndpointName: str) -> dict[str, Any]:
        if EndpointName not in self.endpoints:
            raise missing("endpoint")
        used = self.endpoints[EndpointName]
        config, pending = (used, None) if isinstance(used, str) else used
        summary = {"PendingDeploymentSummary": {"EndpointConfigName": pending}} if pending else {}
        status = "Updating" if pending else "InService"
        arn = f"{ARN}:endpoint/{EndpointName}"
        named = {"EndpointName": EndpointName, "EndpointArn": arn}
        return {**named, "EndpointStatus": status, "EndpointConfigName": config, **summary}

    def list_tags(self, ResourceArn: str, MaxResults: int) -> dict[str, Any]:
        kind, name = ResourceArn.split(":")[-1].split("/")
        if kind == "endpoint":
            tags = {ownership.HISTORY_TAG: self.history} if self.history is not None else {}
        else:
            tags = self.models[name] if kind == "model" else self.configs[name][1]
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def delete_endpoint_config(self, EndpointConfigName: str) -> None:
        self.changes.append(("DeleteEndpointConfig", EndpointConfigName))

    def delete_model(self, ModelName: str) -> None:
        self.changes.append(("DeleteModel", ModelName))


@pytest.fixture(params=["found by its tag", "found by its name"])
def ensure(clock, request):
    """(account, options) to the result, which check mode predicts before."""

    def run(account: Account, *, predicted: bool = True, **options: Any) -> releases.Pruned:
        account.denied = request.param == "found by its name"
        params = {
            "state": "present",
            "endpoint_name": "e",
            "name_prefix": None,
            "endpoint_config_name": None,
            "keep": 1,
            **options,
        }
        before = releases.ensure(AwsClients(lambda service: account, clock), params, True)
        assert account.changes == []
        result = releases.ensure(AwsClients(lambda service: account, clock), params, False)
        assert [call for call, _name in account.changes] == result.plan.calls
        if predicted:
            assert before.as_dict() == result.as_dict()
        return result

    return run


def names(result: releases.Pruned) -> list[str]:
    return [release.name for release in result.releases]


THREE = {
    "c3": (["m3"], OWN),
    "c2": (["m2"], OWN),
    "c1": (["m1"], OWN),
}
MODELS = {"m3": OWN, "m2": OWN, "m1": OWN}


@pytest.mark.parametrize(
    ("keep", "kept", "changes"),
    [
        (2, ["c3", "c2", "c1"], []),
        (9, ["c3", "c2", "c1"], []),
        (1, ["c3", "c2"], [("DeleteEndpointConfig", "c1"), ("DeleteModel", "m1")]),
        (
            0,
            ["c3"],
            [
                ("DeleteEndpointConfig", "c2"),
                ("DeleteEndpointConfig", "c1"),
                ("DeleteModel", "m1"),
                ("DeleteModel", "m2"),
            ],
        ),
    ],
)
def test_the_newest_are_kept_beside_the_live_one(ensure, keep, kept, changes):
    account = Account(THREE, MODELS, {"e": "c3"})
    result = ensure(account, keep=keep)
    assert names(result) == kept
    assert account.changes == changes
    assert result.plan.action == ("delete" if changes else "none")


def test_the_live_one_is_kept_though_it_is_the_oldest(ensure):
    account = Account(THREE, MODELS, {"e": "c1"})
    assert names(ensure(account, keep=1)) == ["c1", "c3"]
    assert account.changes == [("DeleteEndpointConfig", "c2"), ("DeleteModel", "m2")]


# What served, by the account that is kept on the endpoint: p-a is the oldest, p-d the newest
FOUR = {f"p-{hash_}": ([f"m-{hash_}"], OWN) for hash_ in "dcba"}
FOUR_MODELS = {f"m-{hash_}": OWN for hash_ in "dcba"}


@pytest.mark.parametrize(
    ("live", "history", "keep", "kept"),
    [
        # p-c failed: the one that served before the live one is kept, not the newer one that never did.
        ("p-d", "p-d p-b p-a", 1, ["p-d", "p-b"]),
        ("p-d", "p-d p-b p-a", 0, ["p-d"]),
        ("p-d", "p-d p-b p-a", 9, ["p-d", "p-b", "p-a"]),
        # Back to the oldest: what it took the place of is kept, whatever its age.
        ("p-a", "p-a p-c p-b p-d", 1, ["p-a", "p-c"]),
        ("p-a", "p-a p-c p-b p-d", 2, ["p-a", "p-c", "p-b"]),
        # What never served and is newer than the live one may be on its way there.
        ("p-b", "p-b p-a", 1, ["p-b", "p-a", "p-d", "p-c"]),
        ("p-b", "p-b p-a", 0, ["p-b", "p-d", "p-c"]),
        # What serves counts as having served, even if nobody kept account.
        ("p-d", "", 1, ["p-d"]),
    ],
)
def test_what_served_last_is_kept_first(ensure, live, history, keep, kept):
    account = Account(FOUR, FOUR_MODELS, {"e": live}, history)
    result = ensure(account, keep=keep)
    assert names(result) == kept
    gone = {name for call, name in account.changes if call == "DeleteEndpointConfig"}
    assert gone == set(FOUR) - set(kept)


@pytest.mark.parametrize(
    ("served", "config", "counted"),
    [
        ({"a": True, "b": False}, "c", ["c", "a", "b"]),
        ({"a": True, "b": True}, "b", ["b", "a"]),
        ({}, "a", ["a"]),
        ({"a": True}, None, ["a"]),
        # Without the account everything has served.
        (None, "a", None),
    ],
)
def test_what_serves_counts_though_it_was_not_entered(served, config, counted):
    assert releases.counting(served, config) == counted


def test_what_the_endpoint_is_being_updated_to_counts_as_live_and_what_it_uses_stays(ensure):
    account = Account(THREE, MODELS, {"e": ("c1", "c3")})
    result = ensure(account, keep=0, predicted=False)
    assert [(release.name, release.live) for release in result.releases] == [("c3", True), ("c1", False)]
    assert account.changes == [("DeleteEndpointConfig", "c2"), ("DeleteModel", "m2")]


def test_a_model_that_a_kept_release_needs_stays(ensure):
    configs = {"c3": (["shared", "new"], OWN), "c2": (["shared", "old"], OWN)}
    account = Account(configs, {"shared": OWN, "new": OWN, "old": OWN}, {"e": "c3"})
    ensure(account, keep=0)
    assert account.changes == [("DeleteEndpointConfig", "c2"), ("DeleteModel", "old")]


def test_what_another_endpoint_uses_or_is_being_updated_to_stays(ensure):
    account = Account(THREE, MODELS, {"e": "c3", "other": "c1", "third": ("unknown", "c2")})
    account.configs["unknown"] = (["m"], {})
    ensure(account, keep=0)
    assert account.changes == []


def test_a_release_whose_model_another_endpoint_needs_stays_whole(ensure):
    account = Account({**THREE, "theirs": (["m1"], {})}, MODELS, {"e": "c3", "other": "theirs"})
    result = ensure(account, keep=1)
    assert account.changes == []
    assert result.lent == {"m1"}
    assert [release.name for release in result.releases] == ["c3", "c2", "c1"]


@pytest.mark.parametrize("tags", [{}, {ownership.OWNER_TAG: "other"}, {"name": "e"}])
def test_what_does_not_carry_the_tag_is_not_ours(ensure, tags):
    account = Account({**THREE, "c0": (["m0"], tags)}, {**MODELS, "m0": OWN}, {"e": "c3"})
    assert names(ensure(account, keep=2)) == ["c3", "c2", "c1"]
    account = Account(THREE, {**MODELS, "m1": tags}, {"e": "c3"})
    ensure(account, keep=1)
    assert account.changes == [("DeleteEndpointConfig", "c1")]


def test_what_carries_the_tag_goes_whatever_its_prefix(clock):
    models = {"ads-model-1": OWN, "Fraud-model-00000002": OWN, "fraud-model-3": {}}
    configs = {"ads-config-1": (["ads-model-1"], OWN), "Fraud-config-00000001": (["x"], OWN)}
    account = Account(configs, models)
    params = {"state": "absent", "endpoint_name": "e", "name_prefix": "Fraud", "keep": 1}
    releases.ensure(AwsClients(lambda service: account, clock), params, False)
    gone = {name for _call, name in account.changes}
    assert gone == {"ads-config-1", "ads-model-1", "Fraud-config-00000001", "Fraud-model-00000002"}


def test_where_the_tagging_api_is_denied_a_prefix_narrows_the_search(clock):
    configs = {
        "fraud-config-2": (["fraud-model-2"], OWN),
        "my-fraud-config-9": (["m"], OWN),
        "fraud-config-1": (["fraud-model-1"], OWN),
        "ads-config-1": (["m"], OWN),
    }
    models = {"fraud-model-2": OWN, "fraud-model-1": OWN, "m": OWN}
    account = Account(configs, models, {"e": "fraud-config-2"})
    account.denied = True
    params = {"state": "present", "endpoint_name": "e", "name_prefix": "fraud", "keep": 0}
    assert names(releases.ensure(AwsClients(lambda service: account, clock), params, False)) == ["fraud-config-2"]
    assert account.changes == [("DeleteEndpointConfig", "fraud-config-1"), ("DeleteModel", "fraud-model-1")]


def test_models_that_nothing_has_go_unless_they_are_newer_than_what_is_wanted(ensure):
    models = {
        "e-model-later": OWN,
        "e-model-now": OWN,
        "e-model-before": OWN,
        "e-model-strange": {},
    }
    account = Account({"e-config-1": (["e-model-kept"], OWN)}, {**models, "e-model-kept": OWN}, {"e": "e-config-1"})
    ensure(account, name_prefix="e", model_names=["e-model-now", "e-model-kept"])
    assert account.changes == [("DeleteModel", "e-model-before")]


def test_retired_models_go_whatever_their_age_unless_something_has_them(ensure):
    models = {"e-model-later": OWN, "e-model-now": OWN, "e-model-kept": OWN, "e-model-strange": {}}
    account = Account({"e-config-1": (["e-model-kept"], OWN)}, models, {"e": "e-config-1"})
    ensure(account, name_prefix="e", model_names=["e-model-now"], retired_models=list(models))
    assert account.changes == [("DeleteModel", "e-model-later")]


def test_without_a_prefix_no_model_is_looked_for(ensure):
    account = Account(
        {"e-config-1": (["e-model-kept"], OWN)}, {"e-model-kept": OWN, "e-model-x": OWN}, {"e": "e-config-1"}
    )
    ensure(account)
    assert account.changes == []


def test_check_mode_counts_on_the_models_that_are_to_be_made(clock):
    account = Account(
        {"e-config-1": (["e-model-kept"], OWN)}, {"e-model-kept": OWN, "e-model-old": OWN}, {"e": "e-config-1"}
    )
    params = {"state": "present", "endpoint_name": "e", "name_prefix": "e", "keep": 1, "model_names": ["e-model-new"]}
    assert releases.ensure(AwsClients(lambda service: account, clock), params, True).plan.calls == ["DeleteModel"]


def test_what_goes_while_it_is_looked_at_is_passed_over(ensure):
    account = Account(THREE, MODELS, {"e": "c3", "brief": "c1", "other": "deleted-under-it"})
    describe = account.describe_endpoint

    def describe_endpoint(EndpointName: str) -> dict[str, Any]:
        if EndpointName == "brief":
            raise missing("endpoint")
        return describe(EndpointName)

    account.describe_endpoint = describe_endpoint
    ensure(account, keep=1)
    assert account.changes == [("DeleteEndpointConfig", "c1"), ("DeleteModel", "m1")]


def test_what_a_release_tells(ensure):
    tags = {**OWN, ownership.POLICY_TAG: "policy-3"}
    result = ensure(Account({"c3": (["m2", "m1"], tags)}, {"m1": OWN, "m2": OWN}, {"e": "c3"}))
    assert result.as_dict() == {
        "releases": [
            {
                "endpoint_config_name": "c3",
                "model_names": ["m1", "m2"],
                "live": True,
                "served": True,
                "owned": True,
                "execution_policy": "policy-3",
                "creation_time": "2030-01-01T00:00:00+00:00",
            }
        ],
        "lent_models": [],
        "earlier_roles": [],
        "plan": {"action": "none", "changes": [], "calls": []},
        "changed": False,
    }


def test_what_a_change_tells(ensure):
    result = ensure(Account(THREE, MODELS, {"e": "c3"}), keep=1)
    assert result.diff["before"] == {"endpoint_configs[c1]": "c1", "models[m1]": "m1"}
    assert result.diff["after"] == {"endpoint_configs[c1]": None, "models[m1]": None}
    said = [result.message(check_mode=check_mode, waits=True) for check_mode in (False, True)]
    assert said == [
        "Old releases of endpoint e were deleted: c1, m1.",
        "Old releases of endpoint e would be deleted: c1, m1.",
    ]
    nothing = ensure(Account(THREE, MODELS, {"e": "c3"}), keep=2)
    assert nothing.message(check_mode=False, waits=True) == "Releases of endpoint e are unchanged."


def test_all_of_them_go_with_the_endpoint(ensure):
    account = Account({**THREE, "theirs": (["m"], {})}, {**MODELS, "lonely": OWN, "m": {}}, {})
    result = ensure(account, state="absent")
    assert result.releases == []
    assert account.changes == [
        ("DeleteEndpointConfig", "c3"),
        ("DeleteEndpointConfig", "c2"),
        ("DeleteEndpointConfig", "c1"),
        ("DeleteModel", "lonely"),
        ("DeleteModel", "m1"),
        ("DeleteModel", "m2"),
        ("DeleteModel", "m3"),
    ]


def test_nothing_is_left_to_delete(ensure):
    assert not ensure(Account(), state="absent").plan.changed


def test_releases_of_an_endpoint_that_exists_are_not_deleted(clock):
    account = Account(THREE, MODELS, {"e": "c3"})
    params = {"state": "absent", "endpoint_name": "e", "name_prefix": None, "keep": 1}
    with pytest.raises(SageMakerError) as failure:
        releases.ensure(AwsClients(lambda service: account, clock), params, False)
    assert failure.value.message == "Endpoint e exists, so its releases are not deleted. Delete the endpoint first."
    # In check mode the endpoint would be gone by now.
    plan = releases.ensure(AwsClients(lambda service: account, clock), params, True).plan
    assert len(plan.calls) == 6


def test_keep_below_zero(ensure):
    with pytest.raises(InputError, match="keep: must be at least 0, got -1."):
        ensure(Account(), keep=-1)


# The live release as it will be: in check mode it does not exist yet


def rollout(configs: Any, models: Any, clock: Any, **options: Any) -> tuple[Any, Any]:
    """The plan that check mode makes before c-new exists, and the plan of the run that has made it."""
    params = {"state": "present", "endpoint_name": "e", "name_prefix": None, "endpoint_config_name": "c-new", **options}
    old = Account({name: item for name, item in configs.items() if name != "c-new"}, models, {"e": "c3"})
    new = Account(configs, models, {"e": "c-new"})
    predicted = releases.ensure(AwsClients(lambda service: old, clock), params, True)
    return predicted.plan, releases.ensure(AwsClients(lambda service: new, clock), params, False).plan


@pytest.mark.parametrize("keep", [0, 1, 2])
def test_check_mode_predicts_what_the_run_prunes(clock, keep):
    configs, models = {"c-new": (["m-new"], OWN), **THREE}, {"m-new": OWN, **MODELS}
    predicted, done = rollout(configs, models, clock, keep=keep, model_names=["m-new"])
    assert predicted.as_dict() == done.as_dict()


def test_check_mode_knows_that_the_new_release_keeps_a_model(clock):
    predicted, done = rollout({"c-new": (["m3"], OWN), **THREE}, MODELS, clock, keep=0, model_names=["m3"])
    assert predicted.as_dict() == done.as_dict()


def test_a_surplus_release_that_has_to_stay_is_told(ensure):
    account = Account(THREE, MODELS, {"e": "c3", "other": "c1"})
    assert names(ensure(account, keep=1)) == ["c3", "c2", "c1"]


def test_an_endpoint_that_came_back_keeps_its_release(clock):
    """Another run makes it again after this one has seen it gone."""
    account = Account(THREE, MODELS, {"e": "c3"})
    account.describe_endpoint_now = account.describe_endpoint
    seen: list[str] = []

    def describe_endpoint(EndpointName: str) -> dict[str, Any]:
        seen.append(EndpointName)
        if len(seen) == 1:
            raise missing("endpoint")
        return account.describe_endpoint_now(EndpointName)

    account.describe_endpoint = describe_endpoint
    params = {"state": "absent", "endpoint_name": "e", "name_prefix": None, "endpoint_config_name": None, "keep": 1}
    with pytest.raises(SageMakerError, match="recreated by somebody else during this run"):
        releases.ensure(AwsClients(lambda service: account, clock), params, False)
    assert account.changes == []


# Execution roles of other prefixes


def release(prefix: str, number: int, policy: str | None = None, owned: bool = True) -> releases.Release:
    config = {"EndpointConfigName": f"{prefix}-config-{number:08x}", "CreationTime": DAY}
    return releases.Release(config, {ownership.POLICY_TAG: policy} if policy else {}, False, True, owned)


NEW, OLD, OLDER = release("new", 3, "p3"), release("old", 2, "p2"), release("old", 1, "p1")


def role(state: str, *prune: str, prefix: str = "old") -> dict[str, Any]:
    return {"name_prefix": prefix, "state": state, "prune_policies": list(prune)}


@pytest.mark.parametrize(
    ("before", "kept", "known", "lent", "expected"),
    [
        # It stays as long as one of its releases does, with the permissions of those that do.
        ([NEW, OLD], [NEW, OLD], [], [], []),
        ([NEW, OLD, OLDER], [NEW, OLD], [], [], [role("present", "p1")]),
        ([NEW, OLD, release("old", 1, "p2")], [NEW, OLD], [], [], []),
        ([NEW, OLD], [NEW], [], [], [role("absent")]),
        # A run that was interrupted has deleted the last of its releases, and not the role.
        ([NEW], [NEW], ["new", "old"], [], [role("absent")]),
        # Another endpoint runs a model that names it.
        ([NEW, OLD], [NEW], [], ["old-model-0000000a"], [role("present", "p2")]),
        # What somebody else made has no role of ours.
        ([NEW, release("terraform", 1, owned=False)], [NEW], [], [], []),
    ],
)
def test_what_becomes_of_the_roles_of_other_prefixes(before, kept, known, lent, expected):
    assert releases.earlier_roles("new", known, before, kept, lent) == expected
    assert releases.earlier_roles(None, known, before, kept, lent) == []
