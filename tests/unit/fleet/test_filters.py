# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters of an inventory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.fleet import filters

ROW = {
    "name": "churn-prod",
    "status": "InService",
    "kind": "real_time",
    "managed": True,
    "release": "churn-config-1a2b3c4d",
    "endpoint_config_name": "churn-config-1a2b3c4d",
    "variants": [
        {"instance_type": "ml.m5.large", "instance_pools": []},
        {"instance_type": None, "instance_pools": [{"instance_type": "ml.g5.xlarge"}]},
    ],
    "images": ["a.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"],
    "tags": {"team": "fraud", "number": "1"},
}
UNKNOWN = {name: None for name in ROW} | {"name": "churn-prod", "status": "InService"}


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"name": "churn-prod"},
        {"name": "churn-*", "status": "InService"},
        {"name": ["fraud", "churn-?rod"]},
        {"kind": "real_time"},
        {"managed": True},
        {"managed": "true"},
        {"release": "churn-config-*"},
        {"endpoint_config_name": "churn-config-1a2b3c4d"},
        {"instance_type": "ml.m5.*"},
        {"instance_type": "ml.g5.xlarge"},
        {"image": "*xgboost*"},
        {"tag_key": "team"},
        {"tag:team": ["churn", "fraud"]},
        {"tag:number": 1},
    ],
)
def test_what_matches(given: dict[str, Any]) -> None:
    assert filters.matches(given, ROW)
    assert filters.may_match(given, {"EndpointName": "churn-prod", "EndpointStatus": "InService"})
    assert filters.matches(given, UNKNOWN) == (not set(given) - {"name", "status"})


@pytest.mark.parametrize(
    ("value", "matching", "others"),
    [
        ("[prod] *", ["[prod] a", "[prod] "], ["p a", "prod a"]),
        ("a.c", ["a.c"], ["abc"]),
        ("100%\\*", ["100%*"], ["100%", "100%x"]),
        ("\\\\?", ["\\a"], ["\\", "?"]),
        ("C:\\dir", ["C:\\dir"], ["C:dir"]),
        ("a*z", ["az", "a\nz"], ["A z"]),
    ],
)
def test_only_the_wildcards_of_aws_are_wildcards(value: str, matching: list[str], others: list[str]) -> None:
    given = {"tag:team": value}
    assert [
        text for text in [*matching, *others] if filters.matches(given, {**ROW, "tags": {"team": text}})
    ] == matching


@pytest.mark.parametrize(
    "given",
    [
        {"name": "churn"},
        {"name": "Churn-prod"},
        {"name": "churn-*", "status": "Failed"},
        {"name": []},
        {"kind": "serverless"},
        {"managed": False},
        {"instance_type": "ml.m5.xlarge"},
        {"tag_key": "Team"},
        {"tag:team": "churn"},
        {"tag:owner": "*"},
    ],
)
def test_what_does_not(given: dict[str, Any]) -> None:
    assert not filters.matches(given, ROW)


def test_the_list_excludes_only_what_it_shows() -> None:
    listed = {"EndpointName": "churn-prod", "EndpointStatus": "InService"}
    assert filters.may_match({"kind": "serverless"}, listed)
    assert not filters.may_match({"status": "Failed"}, listed)
    assert not filters.may_match({"name": "fraud"}, listed)


def test_unknown_names() -> None:
    told = [str(problem) for problem in filters.problems("filters", [{"statuses": "x", "tag:a": "b", "tag:": "c"}])]
    names = "name, status, kind, managed, release, endpoint_config_name, instance_type, image, tag_key"
    assert told == [
        f"filters.statuses: must be one of {names}, or tag:KEY. Did you mean status?",
        f"filters.tag:: must be one of {names}, or tag:KEY.",
    ]


@pytest.mark.parametrize("name", filters.NAMES)
def test_every_filter_is_documented(name: str) -> None:
    plugin = Path(__file__).resolve().parents[3] / "plugins/inventory/sagemaker_endpoints.py"
    assert f"V({name})" in plugin.read_text().split("  filters:")[1].split("  include_filters:")[0]
