# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook fleet: one plan for all hosts, and the role for those that differ, in batches, slices and parts."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.planning import fleet as fleet_planning
from integration.awx.jobs import Jobs
from integration.begun import begin
from integration.deploys import IMAGE
from integration.deploys import LARGE
from integration.deploys import OTHER_IMAGE
from integration.harness import CHECKOUT
from integration.harness import Player
from integration.harness import Run
from integration.logic import Logic
from integration.whole_runs import NAME
from integration.whole_runs import Stage
from integration.whole_runs import deploy
from integration.whole_runs import inputs_of
from integration.whole_runs import variables
from local_aws.process import LocalAws

# How a batch of the endpoints that differ begins.
BATCH = "PLAY [Bring the endpoints that differ to the desired state]"
# Variables that are not the role's.
OTHERS = ("aws_profile", "aws_region", "sagemaker_account", "tfvars_file", "tfvars_ignore_unknown")


class Fleet:
    """An inventory of endpoints, and runs of the playbook over it. Each host has the variables that a deploy needs."""

    def __init__(self, aws: LocalAws, play: Player, *names: str) -> None:
        self.aws = aws
        self.play = play
        self.role = aws.make_role("exec")
        self.hosts: dict[str, dict[str, Any]] = {name: {} for name in names}
        self.common: dict[str, Any] = {
            "sg_role_arn": self.role,
            "name_prefix": "fleet",
            "containers": [{"image_uri": IMAGE}],
            "production_variant": LARGE,
        }

    def begin(self, *names: str) -> None:
        """What a deploy of these hosts has made."""
        for name in names:
            begin(self.aws, {**self.common, "name": name, **self.hosts[name]})

    def run(self, *arguments: str, check: bool = False, only: list[str] | None = None, **variables: Any) -> Run:
        """One run. only: the hosts that the inventory has."""
        file = self.write(self.play.directory / "hosts.yml", only)
        self.aws.clear_calls()
        return self.play(
            playbook="playbooks/fleet.yml",
            variables={"fleet": "models", **variables},
            arguments=["-i", str(file), *arguments],
            check=check,
        )

    def write(self, file: Path, only: list[str] | None = None) -> Path:
        """Write the inventory."""
        prefixed = {f"sagemaker_endpoint_{name}": value for name, value in self.common.items()}
        hosts = {
            host: {name if name in OTHERS else f"sagemaker_endpoint_{name}": value for name, value in own.items()}
            for host, own in self.hosts.items()
            if only is None or host in only
        }
        file.write_text(yaml.safe_dump({"models": {"hosts": hosts, "vars": prefixed}}, sort_keys=False))
        return file

    def changed(self) -> list[str]:
        """The endpoints that mutating calls were about."""
        named = [call["request"].get("EndpointName") for call in self.aws.calls() if call["mutating"]]
        return sorted({name for name in named if name})

    def images(self) -> dict[str, str]:
        """What each endpoint serves."""
        sagemaker = self.aws.client("sagemaker")
        listed = [one["EndpointName"] for one in sagemaker.list_endpoints()["Endpoints"]]
        described = {name: sagemaker.describe_endpoint(EndpointName=name) for name in listed}
        return {
            name: one["ProductionVariants"][0]["DeployedImages"][0]["SpecifiedImage"]
            for name, one in sorted(described.items())
            if one["EndpointStatus"] == "InService"
        }


def outputs(run: Run) -> dict[str, Any]:
    return run.stats["sagemaker_fleet_outputs"]


def ran(run: Run, task: str) -> bool:
    return any(entry["task"].endswith(task) for entry in run.results)


@pytest.mark.core_ends
def test_one_plan_for_all_hosts_and_the_role_for_the_one_that_differs(aws: LocalAws, play: Player) -> None:
    """Predicted, done, and done again, with an endpoint of another region and one whose Terraform variables file gives a third one.

    The facts of the inventory plugin alone are enough to delete the first of these.
    """
    fleet = Fleet(aws, play, "a", "b", "west", "terraform")
    file = {"endpoint_name": "from-file", "name_prefix": "tf", "region": "eu-west-1", "project": "fraud"}
    (play.directory / "terraform.tfvars.json").write_text(json.dumps(file))
    fleet.hosts["west"] = {
        "aws_region": "us-west-2",
        "containers": [{"image_uri": IMAGE.replace("us-east-1", "us-west-2")}],
    }
    fleet.hosts["b"] = {"autoscaling_config": {"max_capacity": 4, "target_value": 70}}
    fleet.hosts["terraform"] = {
        "tfvars_file": str(play.directory / "terraform.tfvars.json"),
        "tfvars_ignore_unknown": True,
        "containers": [{"image_uri": IMAGE.replace("683313688378", "141502667606").replace("us-east-1", "eu-west-1")}],
    }
    fleet.begin("a", "b")
    predicted = fleet.run(check=True)
    assert (predicted.ok, aws.mutating()) == (True, []), predicted
    assert predicted.hosts["a"]["changed"] == 0 and predicted.hosts["west"]["changed"] == 1
    assert "b" not in predicted.hosts
    report = predicted.result("Show which endpoints differ")["msg"]
    assert report.splitlines() == [
        "2 of 4 endpoints to bring to the desired state:",
        "  west (us-west-2)",
        "  from-file (eu-west-1, host terraform)",
        "In sync: a (us-east-1), b (us-east-1)",
    ]
    run = fleet.run()
    assert (run.ok, fleet.changed()) == (True, ["from-file", "west"]), run
    assert outputs(run).keys() == {"a", "b", "west", "terraform"}
    assert outputs(run)["west"]["plan"] == outputs(predicted)["west"]["plan"]
    assert [outputs(run)[host]["changed"] for host in ("a", "west")] == [False, True]
    assert "Endpoint from-file (eu-west-1, account 123456789012): this run has" in run.output
    again = fleet.run()
    assert (again.ok, again.changed, aws.mutating()) == (True, 0, []), again
    # No task for each host, as each would be a process.
    assert [host["ok"] for host in again.hosts.values()] == [3]
    assert not ran(again, "Read the variables")
    described = Counter(
        call["request"]["EndpointName"] for call in aws.calls() if call["operation"] == "DescribeEndpoint"
    )
    assert described == {"a": 1, "b": 1, "west": 1, "from-file": 1}
    # One list for the two of a region, and the endpoints that are alone in their regions ask for themselves.
    listed = Counter(call["operation"] for call in aws.calls())
    assert (listed["GetResources"], listed["DescribeScalableTargets"]) == (3, 3)
    assert outputs(again)["west"]["invocations_url"] == outputs(run)["west"]["invocations_url"]
    plugin = {"plugin": "mlops.sagemaker.sagemaker_endpoints", "regions": ["us-west-2"]}
    (play.directory / "sagemaker_endpoints.yml").write_text(yaml.safe_dump(plugin))
    given = {"fleet": "sagemaker_endpoints", "sagemaker_endpoint_state": "absent"}
    gone = play(playbook="playbooks/fleet.yml", variables=given, arguments=["-i", "sagemaker_endpoints.yml"])
    assert (gone.ok, list(fleet.images())) == (True, ["a", "b"]), gone
    assert aws.client("sagemaker", "us-west-2").list_endpoints()["Endpoints"] == []
    # A schedule would go on without doing anything.
    misspelt = fleet.run("--limit", "a", fleet="modles", check=True)
    assert (misspelt.ok, aws.calls()) == (False, []), misspelt
    refused = misspelt.failure or ""
    assert "fleet: no host of the inventory matches modles." in refused and "models, ungrouped" in refused
    nobody = play(playbook="playbooks/fleet.yml", variables={"fleet": ""}, localhost=False, check=True)
    assert "fleet: no host of the inventory matches all." in (nobody.failure or ""), nobody


def test_a_limit_and_the_slices_of_awx_touch_their_own_hosts(aws: LocalAws, play: Player) -> None:
    names = ["c", "a", "e", "b", "d"]
    fleet = Fleet(aws, play, *names)
    fleet.begin(*names)
    fleet.common["containers"] = [{"image_uri": OTHER_IMAGE}]
    run = fleet.run("--limit", "b")
    assert (run.ok, fleet.changed(), list(run.hosts)) == (True, ["b"], ["b"]), run
    asked = {call["request"].get("EndpointName") for call in aws.calls()} - {None}
    assert asked == {"b"}
    project = play.directory / "project"
    project.mkdir()
    (project / "fleet.yml").write_text((CHECKOUT / "extensions/awx/project/fleet.yml").read_text())
    group = yaml.safe_load(fleet.write(play.directory / "imported.yml").read_text())["models"]
    # As AWX hands the hosts that it has imported to a job.
    imported = {"_meta": {"hostvars": group["hosts"]}, "models": {"hosts": list(group["hosts"]), "vars": group["vars"]}}
    jobs = Jobs(
        play,
        project,
        {"fleet": {"playbook": "fleet.yml", "extra_vars": {"fleet": "models", "serial": 1, "aws_region": "us-east-1"}}},
        json.dumps(imported),
    )
    for number, own in ((1, ["a", "c", "e"]), (2, ["b", "d"])):
        if number == 2:
            # Without the index, each plan lists what may be its endpoint's.
            aws.fault("GetResources", kind="denied", times=100)
        aws.clear_calls()
        job = jobs.launch("fleet", part=(number, 2))
        assert (job.ok, job.output.count(BATCH)) == (True, len(set(own) - {"b"})), job
        asked = {call["request"].get("EndpointName") for call in aws.calls() if call["operation"] != "DescribeEndpoint"}
        assert asked - {None} <= set(own)
        assert fleet.changed() == [name for name in own if name != "b"]
        assert sorted(job.artifacts["sagemaker_fleet_outputs"]) == own
    assert fleet.images() == dict.fromkeys(names, OTHER_IMAGE)


def test_failing_hosts_stop_no_other(aws: LocalAws, play: Player) -> None:
    """One at a time, the failing ones first: a failed rollout, wrong variables, a template that fails, two hosts of one endpoint, a profile and a
    region that do not exist."""
    fleet = Fleet(aws, play, "broken", "wrong", "undefined", "twin1", "twin2", "stranger", "nowhere", "fine", "last")
    fleet.hosts["wrong"] = {"production_variant": {"instance_typ": "ml.m5.large"}}
    fleet.hosts["undefined"] = {"tags": {"team": "{{ nobody_knows }}"}}
    fleet.hosts["twin1"] = {"name": "twin"}
    fleet.hosts["twin2"] = {"name": "Twin"}
    fleet.hosts["stranger"] = {"aws_profile": "nobody"}
    fleet.hosts["nowhere"] = {"aws_region": "not a region"}
    aws.script("broken", event="create", outcome="fail", reason="The container did not pass the ping health check.")
    run = fleet.run(fleet_serial=1)
    assert (run.rc, run.output.count(BATCH)) == (2, 9), run
    failed = {host for host, told in run.hosts.items() if told["failures"]}
    assert failed == {"broken", "wrong", "undefined", "twin1", "twin2", "stranger", "nowhere"}
    assert set(fleet.images()) == {"fine", "last"}
    text = " ".join(run.output.split())
    assert "7 of 9" not in text and "9 of 9 endpoints to bring to the desired state:" in text
    assert "wrong (us-east-1): sagemaker_endpoint_production_variant" in text
    assert "sagemaker_endpoint_name: the hosts twin1, twin2 stand for the same endpoint" in text
    assert "stranger: Couldn't connect to AWS: The config profile (nobody) could not be found" in text
    assert "nowhere: Couldn't connect to AWS: Provided region_name 'not a region' doesn't match" in text
    assert "did not pass the ping health check" in text
    assert "Endpoint broken failed. The task above that failed for this host says why." in text
    assert outputs(run)["broken"]["failed"] and not outputs(run)["fine"]["failed"]
    assert "twin" not in {call["request"].get("EndpointName", "").lower() for call in aws.calls() if call["mutating"]}


def test_a_fault_in_one_plan_is_told_and_ends_no_other(aws: LocalAws) -> None:
    """Inputs that no role resolves to, so that the code stumbles."""
    stage = Stage(Logic(aws))
    stage.run(deploy("1"))
    stage.settle()
    endpoints = [
        {"host": "bad", "state": "present", "inputs": {"name": "bad"}},
        {"host": NAME, "state": "present", "inputs": inputs_of({**variables("1"), "state": "present"})},
    ]
    found = fleet_planning.info(stage.connection(), {"endpoints": endpoints, "applies": True}, False)
    assert (found["differing"], list(found["outputs"])) == (["bad"], [NAME])
    problem = found["endpoints"][0]["problem"]
    assert re.match(r"The plan failed unexpectedly: KeyError: '\w+' \(\w+\.py, line \d+\)\. ", problem)
    assert problem.endswith("Please report it.") and problem in found["report"]
    # One that does not exist is not in sync with a stop, only with its deletion.
    missing = [
        {"host": state, "state": state, "inputs": inputs_of({"name": state, "state": state})}
        for state in ("stopped", "absent")
    ]
    found = fleet_planning.info(stage.connection(), {"endpoints": missing, "applies": True}, False)
    assert found["differing"] == ["stopped"]
    assert (
        "stopped (us-east-1): The endpoint stopped does not exist in us-east-1, account 123456789012" in found["report"]
    )
    assert found["report"].endswith("In sync: absent (us-east-1, does not exist)")


def test_a_part_of_a_fleet_is_rolled_back_and_destroyed(aws: LocalAws, play: Player) -> None:
    """Each is predicted."""
    fleet = Fleet(aws, play, "a", "b")
    fleet.begin("a", "b")
    fleet.common["containers"] = [{"image_uri": OTHER_IMAGE}]
    fleet.begin("a", "b")
    aws.advance(60)
    for check in (True, False):
        run = fleet.run("--limit", "a", check=check, fleet_state="rollback")
        assert (run.ok, run.changed > 0, aws.mutating() == []) == (True, True, check), run
    assert fleet.images() == {"a": IMAGE, "b": OTHER_IMAGE}
    for check in (True, False):
        run = fleet.run("--limit", "a", check=check, fleet_state="absent")
        assert (run.ok, run.changed > 0, aws.mutating() == []) == (True, True, check), run
    assert (fleet.changed(), list(fleet.images())) == (["a"], ["b"])
    again = fleet.run("--limit", "a", fleet_state="absent")
    assert (again.ok, again.changed, aws.mutating()) == (True, 0, []), again
    assert not ran(again, "Read the variables")


def test_secrets_of_hosts_are_not_shown(aws: LocalAws, play: Player) -> None:
    fleet = Fleet(aws, play, "a", "b")
    secret = "correct-horse-battery"
    fleet.common["containers"] = [
        {"image_uri": IMAGE, "environment": {"HF_TOKEN": secret, "PLAIN": "listed-secret-value"}}
    ]
    fleet.common["secret_environment"] = ["PLAIN"]
    fleet.begin("a")
    run = fleet.run("-vvv", check=True)
    assert run.ok, run
    assert secret not in run.output and "listed-secret-value" not in run.output
    recorded = "".join(file.read_text() for file in play.directory.glob("run-*/record.jsonl"))
    assert recorded and secret not in recorded and "listed-secret-value" not in recorded
