# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many endpoints: where each is, which hosts stand for the same one, and what is told of them."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.mlops.sagemaker.plugins.action.sagemaker_endpoint_fleet_plan_info import ActionModule
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.planning import fleet
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.planning.fleet import Place


def endpoint(host: str, name: str | None = None, **more: Any) -> dict[str, Any]:
    return {"host": host, "inputs": {"name": name or host}, **more}


REGIONS = {
    Place("", ""): "us-east-1",
    Place("us-east-1", ""): "us-east-1",
    Place("eu-west-1", ""): "eu-west-1",
    Place("us-east-1", "other"): "us-east-1",
}


def refused(*endpoints: dict[str, Any], **accounts: str) -> dict[str, str]:
    """accounts: by profile."""
    asked = fleet._of_unknown_account(list(endpoints), REGIONS)
    return fleet._refusals(list(endpoints), REGIONS, {place: accounts.get(place.profile) for place in asked})


@pytest.mark.parametrize("more", [{}, {"region": "us-east-1"}])
def test_two_hosts_of_one_endpoint(more: dict[str, Any]) -> None:
    """SageMaker compares names case-insensitively, and the region may be that of the connection."""
    found = refused(endpoint("a", "churn"), endpoint("b", "Churn", **more), endpoint("c"))
    assert list(found) == ["a", "b"]
    assert found["b"] == (
        "sagemaker_endpoint_name: the hosts a, b stand for the same endpoint Churn in us-east-1. "
        "Give each host the name of an endpoint of its own."
    )


@pytest.mark.parametrize("more", [{"region": "eu-west-1"}, {"region": "us-east-1", "profile": "other"}])
def test_two_places_have_endpoints_of_the_same_name(more: dict[str, Any]) -> None:
    assert refused(endpoint("a", "churn"), endpoint("b", "churn", **more)) == {}


def test_two_profiles_of_one_account_have_the_same_endpoints() -> None:
    """The account is asked for only where two profiles have an endpoint of the same name."""
    pair = endpoint("a", "churn", region="us-east-1"), endpoint("b", "churn", region="us-east-1", profile="other")
    assert list(refused(*pair, **{"": "111111111111", "other": "111111111111"})) == ["a", "b"]
    assert refused(*pair, **{"": "111111111111", "other": "222222222222"}) == {}
    apart = endpoint("a", "churn", region="us-east-1"), endpoint("b", "fraud", region="us-east-1", profile="other")
    assert fleet._of_unknown_account(list(pair), REGIONS) == [Place("us-east-1", ""), Place("us-east-1", "other")]
    assert fleet._of_unknown_account(list(apart), REGIONS) == []


def test_hosts_without_inputs_stand_for_no_endpoint() -> None:
    assert refused({"host": "a", "inputs": {}, "problem": "x"}, {"host": "b", "inputs": {}, "problem": "x"}) == {}


def test_an_endpoint_of_another_account_is_refused() -> None:
    """The account of the credentials may have an endpoint of the same name."""
    endpoints = [
        endpoint("ours", account="111111111111"),
        endpoint("theirs", account="222222222222"),
        endpoint("unknown", account="222222222222", profile="denied"),
        endpoint("unsaid"),
    ]
    found = fleet._strangers(endpoints, {Place("", ""): "111111111111", Place("", "denied"): None})
    assert found == {
        "theirs": (
            "aws_profile: the endpoint of the host theirs is in the account 222222222222, and the credentials are those of 111111111111. "
            "Give the host the name of a profile of the account 222222222222."
        )
    }


def test_a_fault_in_the_variables_of_a_host_is_its_own() -> None:
    """An action without its task stumbles over the variables of each host."""
    action = ActionModule.__new__(ActionModule)
    found, place = action._endpoint("a", None)
    assert (found["host"], place) == ("a", {})
    assert found["problem"].startswith("The plan failed unexpectedly: AttributeError: ")
    assert found["problem"].endswith("Please report it.")


class Clients:
    """Notes where clients are asked for."""

    def elsewhere(self, **place: Any) -> dict[str, Any]:
        return place


def test_keys_in_the_environment_do_not_win_over_a_profile() -> None:
    assert Place("", "").clients(Clients()) == {}
    assert Place("eu-west-1", "").clients(Clients()) == {"region": "eu-west-1"}
    assert Place("", "other").clients(Clients()) == {
        "profile_name": "other",
        "aws_access_key_id": None,
        "aws_secret_access_key": None,
        "aws_session_token": None,
    }


def planned(host: str, differs: bool, **more: Any) -> dict[str, Any]:
    return {
        "host": host,
        "name": host,
        "region": "us-east-1",
        "differs": differs,
        "refusal": None,
        "problem": None,
    } | more


def test_the_report_says_what_an_endpoint_to_delete_is_in_sync_with() -> None:
    assert list(fleet._report([planned("a", False), planned("b", False)], {"b"}))[1:] == [
        "In sync: a (us-east-1), b (us-east-1, does not exist)"
    ]


def test_the_report() -> None:
    assert list(fleet._report([planned("a", False)])) == [
        "0 of 1 endpoint to bring to the desired state.",
        "In sync: a (us-east-1)",
    ]
    found = [
        planned("a", True),
        planned("b.us-east-1", False, name="b"),
        planned("c", True, problem="one\ntwo"),
        planned("d", True, refusal="no"),
        planned("e", True, name=None, region="", problem="undefined"),
    ]
    assert list(fleet._report(found)) == [
        "4 of 5 endpoints to bring to the desired state:",
        "  a (us-east-1)",
        "  c (us-east-1): one",
        "  d (us-east-1): no",
        "  e: undefined",
        "In sync: b (us-east-1, host b.us-east-1)",
    ]
