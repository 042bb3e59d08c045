# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts of an inventory: names that stand for one endpoint each, and variables that change no deploy."""

from __future__ import annotations

import datetime
import inspect
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.fleet import hosts
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.fleet import rows
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.fleet.rows import Sighting

CHECKOUT = Path(__file__).resolve().parents[3]
NOW = datetime.datetime(2030, 1, 11, 12, tzinfo=datetime.timezone.utc)
MADE = datetime.datetime(2030, 1, 1, 13, tzinfo=datetime.timezone.utc)
HERE = "111122223333"


def row(name: str, region: str = "us-east-1", account: str = HERE) -> dict[str, Any]:
    listed = {
        "EndpointName": name,
        "EndpointArn": f"arn:aws:sagemaker:{region}:{account}:endpoint/{name.lower()}",
        "EndpointStatus": "InService",
        "CreationTime": MADE,
        "LastModifiedTime": MADE,
    }
    return rows.row(Sighting(listed, region))


def names(*listed: dict[str, Any], taken: dict[str, Any] | None = None) -> list[str]:
    return hosts.names([(one["name"], one) for one in listed], taken or {})


def test_a_name_of_its_own() -> None:
    assert names(row("churn"), row("fraud")) == ["churn", "fraud"]


def test_the_region_tells_two_of_a_name_apart() -> None:
    listed = [row("churn"), row("churn", "eu-west-1"), row("fraud")]
    assert names(*listed) == ["churn.us-east-1", "churn.eu-west-1", "fraud"]


def test_the_account_tells_those_of_two_sources_apart() -> None:
    other = row("churn", account="222233334444")
    assert names(other, taken={"churn": row("churn")["arn"]}) == ["churn.us-east-1.222233334444"]
    regional = {"churn.us-east-1": row("churn")["arn"]}
    found = names(other, row("churn", "eu-west-1", "222233334444"), taken=regional)
    assert found == ["churn.us-east-1.222233334444", "churn.eu-west-1"]


def test_a_host_with_variables_of_the_role_is_the_same_host() -> None:
    """Another source knows nothing of the endpoint, or the same endpoint was read twice."""
    assert names(row("churn"), taken={"churn": None}) == ["churn"]
    assert names(row("churn"), taken={"churn": row("churn")["arn"]}) == ["churn"]


def test_names_that_the_user_makes_alike() -> None:
    one, two = row("a"), row("b")
    assert hosts.names([("same", one), ("same", two)], {}) == [f"same.us-east-1.{HERE}"] * 2


def test_ages() -> None:
    found = hosts.variables({**row("churn"), "release_created": "2030-01-11T11:00:00+00:00"}, NOW)
    assert (found["sagemaker_age_days"], found["sagemaker_release_age_days"]) == (9, 0)
    # A clock that is behind the service's.
    assert hosts.variables(row("churn"), MADE - datetime.timedelta(days=3))["sagemaker_age_days"] == 0
    assert hosts.variables(row("churn"), NOW)["sagemaker_release_age_days"] is None


def variables() -> set[str]:
    return set(hosts.variables(row("churn"), NOW))


def test_no_fact_is_a_variable_of_the_role_or_of_the_front_end() -> None:
    """The role refuses unknown variables that begin like its own, so no fact may begin so either."""
    specs = yaml.safe_load((CHECKOUT / "roles/sagemaker_endpoint/meta/argument_specs.yml").read_text())
    options = {option for entry in specs["argument_specs"].values() for option in entry["options"]}
    assert not variables() & {*options, "sagemaker_in_process"}
    assert [name for name in variables() if name.startswith("sagemaker_endpoint")] == []


@pytest.mark.parametrize("variable", sorted(variables()))
def test_every_fact_is_documented(variable: str) -> None:
    text = (CHECKOUT / "plugins/inventory/sagemaker_endpoints.py").read_text()
    assert f"C({variable})" in text


def test_every_member_of_a_variant_and_of_a_component_is_documented() -> None:
    text = (CHECKOUT / "plugins/inventory/sagemaker_endpoints.py").read_text()
    for shaping in (rows._variant_row, rows._component):
        keys = [line.split('"')[1] for line in inspect.getsource(shaping).splitlines() if line.startswith('        "')]
        assert len(keys) >= 6
        assert [key for key in keys if f"C({key})" not in text] == []
