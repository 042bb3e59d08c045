# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""extensions/awx: what it makes in AWX, held against AWX's rules, and its playbooks as jobs of ansible-runner."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from integration.awx import rules
from integration.awx.jobs import Jobs
from integration.harness import CHECKOUT
from integration.harness import Player
from local_aws.process import LocalAws

SKELETON = CHECKOUT / "extensions" / "awx" / "project"
RECORDING = Path(__file__).with_name("awx")
# Of the endpoints in the skeleton.
REGION = "eu-west-1"
OUTPUTS = "sagemaker_endpoint_outputs"


@dataclasses.dataclass(frozen=True)
class Project:
    """A copy of the skeleton, and what AWX has made of it: {module: {name: arguments}}, and the hosts of its inventory as JSON."""

    folder: Path
    made: dict[str, dict[str, Any]]
    hosts: str


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Project:
    """Copied, configured and read once, as nothing in it changes."""
    home = tmp_path_factory.mktemp("awx")
    folder = Path(shutil.copytree(SKELETON, home / "project"))
    playbook = request.config.getoption("--ansible-playbook")
    play = Player(playbook, os.environ["ANSIBLE_COLLECTIONS_PATH"], home, aws_environment={})
    listed = play.inventory("-i", str(folder / "inventory" / "endpoints.yml"), "--list", "--export")
    assert listed.returncode == 0, listed.stderr
    return Project(folder, configure(play, folder), listed.stdout)


def configure(play: Player, project: Path) -> dict[str, dict[str, Any]]:
    """Run the play that configures AWX, with a stand-in for each of its modules, and return what it makes."""
    actions = project / "controller" / "collections" / "ansible_collections" / "awx" / "awx" / "plugins" / "action"
    actions.mkdir(parents=True)
    shutil.copy(RECORDING / "modules.json", actions)
    for module in json.loads((RECORDING / "modules.json").read_text())["modules"]:
        shutil.copy(RECORDING / "recording_action.py", actions / f"{module}.py")
    run = play(playbook=str(project / "controller" / "configure.yml"))
    assert run.ok, run
    made: dict[str, dict[str, Any]] = {}
    for line in (actions / "record.jsonl").read_text().splitlines():
        entry = json.loads(line)
        made.setdefault(entry["module"], {})[entry["arguments"]["name"]] = entry["arguments"]
    return made


def test_what_is_made_in_awx(project: Project) -> None:
    made, folder = project.made, project.folder
    templates, (workflow,) = made["job_template"], made["workflow_job_template"].values()

    # Every playbook has its template, and every template its playbook.
    playbooks = {file.name for file in folder.glob("*.yml")} - {"read_endpoint.yml"}
    assert {template["playbook"] for template in templates.values()} == playbooks
    assert all(template["job_slice_count"] == 1 for template in templates.values())
    # What is named is made, or named in the settings as what is there already.
    settings = yaml.safe_load((folder / "controller" / "settings.yml").read_text())
    for template in templates.values():
        assert template["project"] in made["project"] and template["inventory"] in made["inventory"]
        assert template["execution_environment"] in made["execution_environment"]
        assert template["credentials"] == settings["credentials"]
    (source,) = made["inventory_source"].values()
    assert (folder / source["source_path"]).is_file() and source["source_project"] in made["project"]

    surveys = {name: template["survey_spec"] for name, template in templates.items() if template["survey_enabled"]}
    surveys[workflow["name"]] = workflow["survey_spec"]
    assert {name: rules.survey_problems(survey) for name, survey in surveys.items()} == {name: [] for name in surveys}
    # An optional number or choice that is left out is refused when the job starts.
    for survey in surveys.values():
        for question in survey["spec"]:
            assert question["required"] or question["type"] in ("text", "textarea"), question
    # An answer wins over the endpoint's file even where it is empty.
    in_files = {name for file in folder.glob("inventory/host_vars/*") for name in yaml.safe_load(file.read_text())}
    assert not {question["variable"] for survey in surveys.values() for question in survey["spec"]} & in_files

    for schedule in made["schedule"].values():
        template = templates[schedule["unified_job_template"]]
        assert rules.rule_problems(schedule["rrule"]) == []
        assert rules.answer_problems(template.get("survey_spec", {}), schedule["extra_data"]) == []
    groups = yaml.safe_load((folder / "inventory" / "endpoints.yml").read_text())
    assert {s["extra_data"].get("fleet") for s in made["schedule"].values()} - {None} <= set(groups)

    nodes = {node["identifier"]: node for node in workflow["workflow_nodes"]}
    followed = {
        (name, how, after["identifier"])
        for name, node in nodes.items()
        for how, afters in (node.get("related") or {}).items()
        for after in afters or []
    }
    assert followed == {
        ("preflight", "success_nodes", "deploy"),
        ("deploy", "failure_nodes", "status"),
        ("status", "success_nodes", "ask"),
        ("ask", "success_nodes", "rollback"),
    }
    asked = {question["variable"] for question in workflow["survey_spec"]["spec"]}
    for name in set(nodes) - {"ask"}:
        template = templates[nodes[name]["unified_job_template"]["name"]]
        # A node gets the answers that its own survey asks for, and must have those that it requires.
        required = {q["variable"] for q in template["survey_spec"]["spec"] if q["required"] and "default" not in q}
        assert required <= asked
    assert nodes["ask"]["unified_job_template"]["type"] == "workflow_approval"


@pytest.fixture
def jobs(aws: LocalAws, play: Player, project: Project) -> Jobs:
    """The job templates, by the second word of their names."""
    for archive in ("churn/2030-01-31", "churn/2030-02-28", "sentiment"):
        aws.put(f"s3://example-model-bucket/{archive}/model.tar.gz", region=REGION)
    templates = {name.split()[1]: template for name, template in project.made["job_template"].items()}
    return Jobs(play, project.folder, templates, project.hosts)


def statuses(aws: LocalAws) -> list[str]:
    return [one["EndpointStatus"] for one in aws.client("sagemaker", REGION).list_endpoints()["Endpoints"]]


def test_a_release_as_jobs(aws: LocalAws, jobs: Jobs) -> None:
    """A deploy that is cancelled and run again, another release, the way back, and the end, with answers of the surveys."""
    sagemaker = aws.client("sagemaker", REGION)
    checked = jobs.launch("preflight", endpoint="churn")
    assert checked.ok, checked
    aws.configure(creating=3600)
    cancelled = jobs.launch(
        "deploy", endpoint="churn", instance_count="2", cancel=lambda: statuses(aws) == ["Creating"]
    )
    assert cancelled.status == "canceled", cancelled
    aws.clear_calls()
    aws.advance(3600)
    aws.configure(creating=0)
    again = jobs.launch("deploy", endpoint="churn", instance_count="2")
    assert again.ok and "CreateEndpoint" not in aws.mutating(), again
    # AWX keeps the results of tasks.
    (kept,) = again.results("Read the file")
    assert set(kept) <= {"censored", "changed"}
    first = again.artifacts[OUTPUTS]
    assert (first["sagemaker_endpoint_name"], first["sagemaker_endpoint_status"]) == ("churn", "InService")
    (variant,) = sagemaker.describe_endpoint(EndpointName="churn")["ProductionVariants"]
    assert variant["CurrentInstanceCount"] == 2

    # A node of a workflow has the artifacts of those before it as variables, those of a failed one too.
    archive = "s3://example-model-bucket/churn/2030-02-28/model.tar.gz"
    aws.script("churn", "update", "rollback", reason="The container did not pass the ping health check.")
    failed = jobs.launch("deploy", endpoint="churn", instance_count="2", model_data_url=archive)
    assert failed.status == "failed" and failed.artifacts[OUTPUTS]["failure"]["rolled_back"], failed
    reported = jobs.launch("status", endpoint="churn", artifacts=failed.artifacts)
    assert reported.ok and re.search(r"churn +eu-west-1 .*InService", reported.output), reported

    updated = jobs.launch("deploy", endpoint="churn", instance_count="2", model_data_url=archive)
    second = updated.artifacts[OUTPUTS]
    assert updated.ok and second["previous_release"] == first["sagemaker_endpoint_config_name"], updated
    # A node of a workflow has the artifacts of those before it as variables: here with the policy of a new execution role.
    reported = jobs.launch("status", endpoint="", regions=REGION, artifacts=again.artifacts)
    assert reported.ok and re.search(r"churn +eu-west-1 .*InService", reported.output), reported
    back = jobs.launch("rollback", endpoint="churn", artifacts=again.artifacts)
    assert back.ok, back
    assert (
        sagemaker.describe_endpoint(EndpointName="churn")["EndpointConfigName"]
        == first["sagemaker_endpoint_config_name"]
    )
    assert back.artifacts[OUTPUTS]["previous_release"] == second["sagemaker_endpoint_config_name"]
    gone = jobs.launch("destroy", endpoint="churn")
    assert gone.ok and statuses(aws) == [], gone


def test_a_weekend_as_jobs(aws: LocalAws, jobs: Jobs) -> None:
    """Many endpoints, from the hosts that AWX has imported, and the jobs of schedules; a stop is cancelled and run again."""
    sagemaker = aws.client("sagemaker", REGION)
    deployed = jobs.launch("fleet", fleet="all", fleet_state="present")
    assert deployed.ok and statuses(aws) == ["InService"] * 2, deployed
    assert sorted(deployed.artifacts["sagemaker_fleet_outputs"]) == ["churn", "sentiment"]
    (model,) = sagemaker.list_models(NameContains="churn")["Models"]
    container = sagemaker.describe_model(ModelName=model["ModelName"])["PrimaryContainer"]
    assert container["ModelDataUrl"] == "s3://example-model-bucket/churn/2030-01-31/model.tar.gz"

    aws.configure(deleting=3600)
    cancelled = jobs.launch("stop", endpoint="churn", cancel=lambda: "Deleting" in statuses(aws))
    assert cancelled.status == "canceled", cancelled
    aws.advance(3600)
    aws.configure(deleting=0)
    # As a schedule does it.
    stopped = jobs.launch("fleet", fleet="weekdays", fleet_state="stopped")
    assert stopped.ok and statuses(aws) == ["InService"], stopped
    assert stopped.artifacts["sagemaker_fleet_outputs"]["churn"]["sagemaker_endpoint_status"] == "Stopped"
    again = jobs.launch("stop", endpoint="churn")
    assert again.ok and again.artifacts[OUTPUTS]["changed"] is False, again
    started = jobs.launch("start", endpoint="churn")
    assert started.ok and started.artifacts[OUTPUTS]["sagemaker_endpoint_status"] == "InService", started

    arn = sagemaker.describe_endpoint(EndpointName="churn")["EndpointArn"]
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "expires_at", "Value": "2020-01-31T18:00:00Z"}])
    aws.advance(3600)
    expired = jobs.launch("stop_expired")
    assert expired.ok and statuses(aws) == ["InService"], expired
    assert sagemaker.list_endpoints()["Endpoints"][0]["EndpointName"] == "sentiment"


QUESTION = {"type": "text", "question_name": "Q", "variable": "q", "required": True}


@pytest.mark.parametrize(
    ("question", "problem"),
    [
        ({"type": "number"}, "there is no type number"),
        ({"required": "yes"}, "required must be bool"),
        ({"variable": None}, "variable must be str"),
        ({"default": 3}, "the default must be str"),
        ({"type": "integer", "default": "3"}, "the default must be int"),
        ({"max": "3"}, "max must be an integer"),
        ({"type": "multiplechoice"}, "no choices"),
        ({"type": "multiplechoice", "choices": ["a"], "default": "b"}, "the default is no choice"),
        ({"type": "multiplechoice", "choices": "a\nb", "default": "a\nb"}, "one default only"),
    ],
)
def test_a_survey_that_awx_refuses(question: dict[str, Any], problem: str) -> None:
    assert rules.question_problems({**QUESTION, **question}) == [problem]
    survey = {"name": "", "description": "", "spec": [QUESTION, {**QUESTION, **question}]}
    assert f"question 1: {problem}" in rules.survey_problems(survey)
    assert rules.survey_problems({"name": "", "description": "", "spec": [QUESTION]}) == []


@pytest.mark.parametrize(
    "rule",
    [
        "DTSTART:20260101T000000 RRULE:FREQ=DAILY;INTERVAL=1",
        "DTSTART;TZID=Europe/Nowhere:20260101T000000 RRULE:FREQ=DAILY;INTERVAL=1",
        "DTSTART:20260101T000000Z RRULE:FREQ=DAILY",
        "DTSTART:20260101T000000Z RRULE:FREQ=SECONDLY;INTERVAL=1",
        "DTSTART:20260101T000000Z ",
    ],
)
def test_a_schedule_that_awx_refuses(rule: str) -> None:
    assert len(rules.rule_problems(rule)) == 1
    assert rules.rule_problems("DTSTART:20260101T000000Z RRULE:FREQ=DAILY;INTERVAL=1") == []


# What needs Galaxy, an index of packages, AWX or a container engine. The checks "execution environment" and "ansible-builder" do as much of
# the second and the last as can be done without.
ELSEWHERE = (
    "ansible-galaxy collection install ",
    "pip install -r requirements.txt",
    "export ",
    "ansible-builder build ",
)


def test_the_commands_of_the_readme(aws: LocalAws, play: Player, tmp_path: Path) -> None:
    readme = (SKELETON.parent / "README.md").read_text()
    blocks = re.findall(r"^ *```shell\n(.*?)^ *```$", readme, re.MULTILINE | re.DOTALL)
    commands = [line.strip() for block in blocks for line in block.splitlines()]
    commands = [line for line in commands if not line.startswith(ELSEWHERE)]
    played = [line for line in commands if line.startswith("ansible-playbook ")]
    script = "\n".join(["set -e", *(line for line in commands if line not in played)])
    collections = re.escape("~/.ansible/collections")
    script = re.sub(rf"{collections}(?=\S* )", play.collections, script)
    subprocess.run(["bash", "-c", script], cwd=tmp_path, check=True)

    folder = tmp_path / "sagemaker-endpoints"
    needed = [line for line in (folder / "requirements.txt").read_text().splitlines() if not line.startswith("#")]
    assert needed == [
        line for line in (CHECKOUT / "meta" / "ee-requirements.txt").read_text().splitlines() if line[0] != "#"
    ]
    # For Automation Platform, as the last command says.
    changed = (folder / "controller" / "configure.yml").read_text()
    recorded = set(json.loads((RECORDING / "modules.json").read_text())["modules"])
    assert set(re.findall(r"^ +ansible\.controller\.(\w+):$", changed, re.MULTILINE)) == recorded
    assert "awx.awx" not in changed

    deploy, configuring = played
    assert configuring == "ansible-playbook controller/configure.yml"
    arguments = deploy.removeprefix("ansible-playbook ").replace(" deploy.yml", "").split()
    run = play(playbook=str(folder / "deploy.yml"), arguments=arguments, cwd=folder, localhost=False)
    assert run.ok and aws.mutating() == [], run
    assert run.stats[OUTPUTS]["plan"]["endpoint"]["action"] == "create"


def test_an_endpoint_that_cannot_be_read(aws: LocalAws, play: Player, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(SKELETON, tmp_path / "project"))
    run = play(playbook=str(folder / "stop.yml"), variables={"endpoint": "chrun"})
    assert run.failure == "endpoint: there is no inventory/host_vars/chrun.yml. The endpoints are: churn, sentiment."
    run = play(playbook=str(folder / "stop.yml"))
    assert run.failure == "endpoint: not given. The endpoints are: churn, sentiment."
    run = play(playbook=str(folder / "deploy.yml"), variables={"endpoint": "sentiment", "instance_count": "3"})
    assert "initial_instance_count: this option and serverless_config are mutually exclusive" in (
        run.failure or ""
    ), run
    (folder / "inventory" / "host_vars" / "churn.yml").write_text("aws_region: eu-west-1\nname: [\n")
    run = play(playbook=str(folder / "stop.yml"), variables={"endpoint": "churn"})
    assert re.match(r"inventory/host_vars/churn\.yml: .*(YAML|yaml)", run.failure or "", re.DOTALL), run
    assert aws.calls() == []
