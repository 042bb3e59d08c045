# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The endpoints that Ansible Automation Platform counts as indirect nodes of a job, by the queries in extensions/audit/ and jq itself.

``nodes`` follows the controller (ansible/awx, awx/main/tasks/host_indirect.py): it asks on each event of a job, of a loop on each item and on the
whole, and takes nodes with equal ``canonical_facts`` for one. A query that raises loses the event, and two nodes with one name lose the job.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jq
import pytest
import yaml

from integration.harness import CHECKOUT
from integration.harness import Player
from integration.harness import Run
from local_aws.process import LocalAws

QUERIES = yaml.safe_load((CHECKOUT / "extensions" / "audit" / "event_query.yml").read_text())
IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
ARN = "arn:aws:sagemaker:us-east-1:123456789012:endpoint/"


def hashable(value: Any) -> Any:
    """As the controller compares facts, which refuses a null."""
    if isinstance(value, dict):
        return tuple(sorted((hashable(key), hashable(inner)) for key, inner in value.items()))
    if isinstance(value, list):
        return tuple(hashable(inner) for inner in value)
    assert isinstance(value, (bool, int, float, str)), f"the controller drops a node with {value!r} in its facts"
    return value


def asked(action: str, result: Any) -> list[dict[str, Any]]:
    return jq.compile(QUERIES[action]["query"]).input_value(result).all() if action in QUERIES else []


def nodes(run: Run) -> list[str]:
    """The names of the nodes that the controller writes down for a run."""
    events = [(entry["action"], result["result"]) for entry in run.results for result in (*entry["items"], entry)]
    found: dict[Any, dict[str, Any]] = {}
    for node in (node for action, result in events for node in asked(action, result)):
        assert node["canonical_facts"]
        assert sorted(node["facts"]) == ["device_type", "infra_bucket", "infra_type", "name"]
        found.setdefault(hashable(node["canonical_facts"]), node)
    names = [node["name"] for node in found.values()]
    assert all(isinstance(name, str) for name in names) and len(names) == len(set(names))
    return sorted(names)


def variables(name: str) -> dict[str, Any]:
    return {
        "sagemaker_endpoint_name": name,
        "sagemaker_endpoint_name_prefix": name,
        "sagemaker_endpoint_containers": [{"image_uri": IMAGE}],
    }


def test_a_job_counts_the_endpoint_that_it_has_managed(aws: LocalAws, play: Player, tmp_path: Path) -> None:
    def run(playbook: str, check: bool = False) -> list[str]:
        done = play(playbook=f"playbooks/{playbook}.yml", variables=variables("churn"), check=check)
        assert done.ok, done
        return nodes(done)

    assert run("deploy", check=True) == []
    assert run("deploy") == [f"{ARN}churn"]
    assert run("deploy", check=True) == []
    # No other module runs than the one that plans.
    assert run("deploy") == [f"{ARN}churn"]
    inventory = tmp_path / "fleet.yml"
    hosts = {name: variables(name) for name in ("churn", "fraud")}
    inventory.write_text(yaml.safe_dump({"all": {"hosts": hosts}}))
    fleet = play(playbook="playbooks/fleet.yml", arguments=["-i", str(inventory)], localhost=False)
    assert fleet.ok, fleet
    assert nodes(fleet) == [f"{ARN}churn", f"{ARN}fraud"]
    assert run("stop") == [f"{ARN}churn"]


@pytest.mark.parametrize("action", QUERIES)
@pytest.mark.parametrize(
    "result",
    [
        {"changed": True, "endpoint": {}, "inference_component": None},
        {"changed": False, "results": [{"endpoint": {"endpoint_arn": f"{ARN}churn"}}], "msg": "All items completed"},
        {"censored": "the output has been hidden due to the fact that 'no_log: true' was specified for this result"},
        {"failed": True, "msg": "refused", "endpoint": {"endpoint_arn": None}, "outputs": None, "current": None},
        {"applies": True, "current": {"serving": {}}, "outputs": {}, "invocation": {"module_args": {"applies": True}}},
    ],
)
def test_a_result_without_an_endpoint_is_no_node_and_no_error(action: str, result: dict[str, Any]) -> None:
    assert asked(action, result) == []


def test_every_query_is_for_a_module_of_this_collection() -> None:
    modules = {f"mlops.sagemaker.{path.stem}" for path in (CHECKOUT / "plugins" / "modules").glob("*.py")}
    assert set(QUERIES) < modules
