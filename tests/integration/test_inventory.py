# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory plugin, through ansible-inventory: hosts, facts, groups, filters, cache, several regions and accounts."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from integration.deploys import PLAIN
from integration.deploys import Deploys
from integration.harness import CHECKOUT
from integration.harness import Player
from integration.logic import IMAGE
from local_aws.process import LocalAws

EAST, WEST = "us-east-1", "us-west-2"
OTHER = "222233334444"
MINIMAL = {"plugin": "mlops.sagemaker.sagemaker_endpoints", "regions": [EAST, WEST]}
GRAPH = """\
@all:
  |--@ungrouped:
  |--@sagemaker_endpoints:
  |  |--churn.eu-west-1
  |  |--churn.us-east-1
  |--@status_InService:
  |  |--churn.eu-west-1
  |  |--churn.us-east-1
  |--@kind_real_time:
  |  |--churn.eu-west-1
  |  |--churn.us-east-1
  |--@region_eu_west_1:
  |  |--churn.eu-west-1
  |--@type_ml_c5_large:
  |  |--churn.eu-west-1
  |--@region_us_east_1:
  |  |--churn.us-east-1
  |--@team_churn:
  |  |--churn.us-east-1
  |--@type_ml_m5_large:
  |  |--churn.us-east-1
"""
GOLDEN = Path(__file__).with_name("golden") / "inventory.json"
EXAMPLES = list(
    yaml.safe_load_all(
        (CHECKOUT / "plugins/inventory/sagemaker_endpoints.py").read_text().split('EXAMPLES = r"""')[1].split('"""')[0]
    )
)


def make(aws: LocalAws, name: str, region: str = EAST, tags: dict[str, str] | None = None) -> None:
    """An endpoint that is not the role's."""
    sagemaker = aws.client("sagemaker", region)
    model = {"ModelName": f"{name}-m", "PrimaryContainer": {"Image": IMAGE.replace(EAST, region)}}
    sagemaker.create_model(**model, ExecutionRoleArn=aws.client("iam").get_role(RoleName="exec")["Role"]["Arn"])
    variant = {
        "VariantName": "main",
        "ModelName": f"{name}-m",
        "InstanceType": "ml.c5.large",
        "InitialInstanceCount": 2,
    }
    sagemaker.create_endpoint_config(EndpointConfigName=f"{name}-c", ProductionVariants=[variant])
    listed = [{"Key": key, "Value": value} for key, value in (tags or {}).items()]
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=f"{name}-c", Tags=listed)


class Sources:
    """Files of an inventory, and what ansible-inventory makes of them."""

    def __init__(self, play: Player) -> None:
        self.play = play

    def write(self, name: str, **given: Any) -> str:
        (self.play.directory / name).write_text(yaml.safe_dump({**MINIMAL, **given}))
        return name

    def run(self, *arguments: str, **environment: str) -> Any:
        run = self.play.inventory(*arguments, environment=environment)
        assert run.returncode == 0, run
        return run

    def listed(self, *files: str, **environment: str) -> dict[str, Any]:
        run = self.run("--list", *self.sources(files), **environment)
        assert run.stderr == ""
        return read(run)

    @staticmethod
    def sources(files: Any) -> list[str]:
        return [argument for file in files for argument in ("-i", file)]


def read(run: Any) -> dict[str, Any]:
    """The answer of --list. ansible-core marks texts that are no templates: since 2.19 all that a plugin sets, before those that are told."""
    listed = json.loads(run.stdout, object_hook=lambda found: found.get("__ansible_unsafe", found))
    listed["_meta"].pop("profile", None)
    return listed


def hostvars(listed: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return listed["_meta"]["hostvars"]


def without_moments(value: Any) -> Any:
    """Times replaced by a word, but not the texts that should not be one."""
    return json.loads(re.sub(r'"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00"', '"(a moment)"', json.dumps(value)))


@pytest.fixture
def sources(play: Player) -> Sources:
    return Sources(play)


@pytest.mark.core_ends
def test_two_regions_and_two_accounts(aws: LocalAws, play: Player, sources: Sources) -> None:
    """With groups and variables of the user's, against a stored answer; and each region is asked for each thing once."""
    Deploys(aws, play, {**PLAIN, "tags": {"team": "fraud"}, "sg_role_arn": aws.make_role("exec")}).begins()
    make(aws, "churn", WEST)
    aws.script("template", event="create", outcome="fail", reason="{{ lookup('pipe', 'touch pwned') }}")
    make(aws, "template", tags={"team": "churn"})
    elsewhere = aws.in_account(OTHER)
    elsewhere.make_role("exec")
    make(elsewhere, "template")
    aws.advance(60)
    groups = {
        "keyed_groups": [
            {"key": "sagemaker_kind", "prefix": "kind"},
            {"key": "sagemaker_tags.team", "prefix": "team"},
            {"key": "sagemaker_account", "prefix": "account"},
        ],
        "groups": {"ours": "sagemaker_managed"},
        "compose": {"aws_region": "sagemaker_region", "why": "sagemaker_failure_reason"},
    }
    one = sources.write("one.sagemaker_endpoints.yml", **groups)
    two = sources.write("two.sagemaker_endpoints.yaml", **groups, assume_role_arn=f"arn:aws:iam::{OTHER}:role/reader")
    aws.clear_calls()
    found = without_moments(sources.listed(one, two))
    assert found == json.loads(GOLDEN.read_text())
    assert not (play.directory / "pwned").exists()
    calls = [(call["region"], call["operation"]) for call in aws.calls()]
    assert [calls.count((EAST, name)) for name in ("ListEndpoints", "GetResources", "AssumeRole")] == [2, 2, 1]
    assert [calls.count((EAST, name)) for name in ("DescribeEndpoint", "DescribeEndpointConfig")] == [3, 3]
    assert aws.mutating() == []


def test_the_graph_of_the_examples(aws: LocalAws, play: Player, sources: Sources) -> None:
    """The examples of the documentation are read as they stand."""
    two_regions, ours, production = EXAMPLES
    Deploys(aws, play, {**PLAIN, "tags": {"team": "churn"}, "sg_role_arn": aws.make_role("exec")}).begins()
    make(aws, "churn", "eu-west-1")
    elsewhere = aws.in_account(OTHER)
    elsewhere.make_role("exec")
    make(elsewhere, "churn")
    aws.advance(60)
    for name, content in {"two_regions": two_regions, "ours": ours, "production": production}.items():
        (play.directory / f"{name}.sagemaker_endpoints.yml").write_text(yaml.safe_dump(content))
    graph = sources.run("--graph", "-i", "two_regions.sagemaker_endpoints.yml").stdout
    assert graph == GRAPH
    found = hostvars(sources.listed("ours.sagemaker_endpoints.yml", "production.sagemaker_endpoints.yml"))
    assert sorted(found) == ["churn", "churn.production"]
    assert (found["churn"]["sagemaker_endpoint_name"], found["churn"]["aws_region"]) == ("churn", EAST)
    assert found["churn.production"]["sagemaker_account"] == OTHER
    assert list((play.directory / ".cache/endpoints").iterdir())


def test_denied_regions_filters_and_cache(aws: LocalAws, play: Player, sources: Sources) -> None:
    aws.make_role("exec")
    for name in ("one", "two", "test"):
        make(aws, name, tags={"number": name})
    make(aws, "west", WEST)
    aws.advance(60)
    cached = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": "cache"}
    file = sources.write(
        "some.sagemaker_endpoints.yml",
        **cached,
        strict_permissions=False,
        filters={"name": ["one", "t*"]},
        exclude_filters=[{"tag:number": "test"}],
        include_filters=[{"tag:number": "nothing"}],
    )
    aws.fault("ListEndpoints", kind="denied", times=1, region=WEST)
    run = sources.run("--list", "-i", file)
    assert list(hostvars(read(run))) == ["one", "two"]
    warnings = " ".join(run.stderr.split())
    assert "us-west-2: ListEndpoints failed (AccessDeniedException): User is not authorized" in warnings
    make(aws, "twin")
    aws.clear_calls()
    assert list(hostvars(sources.listed(file))) == ["one", "two"]
    assert aws.calls() == []
    flushed = sources.run("--list", "--flush-cache", "-i", file)
    assert list(hostvars(read(flushed))) == ["one", "twin", "two"]


def test_what_fails_the_inventory(aws: LocalAws, play: Player, sources: Sources) -> None:
    """A file with another name, an unknown filter, and a denied region, each with its reason."""
    aws.fault("ListEndpoints", kind="denied", times=1, region=WEST)
    files = [
        sources.write("endpoints.yml"),
        sources.write("filter.sagemaker_endpoints.yml", filters={"nmae": "x"}),
        sources.write("denied.sagemaker_endpoints.yml"),
        sources.write("region.sagemaker_endpoints.yml", regions=["us-esat"]),
    ]
    run = sources.run("--list", *sources.sources(files))
    told = " ".join(run.stderr.split())
    assert hostvars(read(run)) == {}
    assert "filters.nmae: must be one of name, status," in told
    assert "us-west-2: ListEndpoints failed (AccessDeniedException)" in told
    assert "regions: region:" in told and "us-esat" in told
    assert "To go on without it, set strict_permissions: false." in told
