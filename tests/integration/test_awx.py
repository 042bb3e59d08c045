# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""extensions/awx: what it makes in AWX, held against AWX's rules, and its playbooks as jobs of ansible-runner."""

from __future__ import annotations

import json
import re
import shutil
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


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SKELETON, tmp_path / "project"))


def configure(play: Player, project: Path) -> dict[str, dict[str, Any]]:
    """Run the play that configures AWX, and return what it makes: {module: {name: arguments}}."""
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


def test_what_is_made_in_awx(aws: LocalAws, play: Player, project: Path) -> None:
    made = configure(play, project)
    templates, (workflow,) = made["job_template"], made["workflow_job_template"].values()

    # Every playbook has its template, and every template its playbook.
    playbooks = {file.name for file in project.glob("*.yml")} - {"read_endpoint.yml"}
    assert {template["playbook"] for template in templates.values()} == playbooks
    assert all(template["job_slice_count"] == 1 for template in templates.values())
    # What is named is made, or named in the settings as what is there already.
    settings = yaml.safe_load((project / "controller" / "settings.yml").read_text())
    for template in templates.values():
        assert template["project"] in made["project"] and template["inventory"] in made["inventory"]
        assert template["execution_environment"] in made["execution_environment"]
        assert template["credentials"] == [settings["aws_credential"]]
    (source,) = made["inventory_source"].values()
    assert (project / source["source_path"]).is_file() and source["source_project"] in made["project"]

    surveys = {name: template["survey_spec"] for name, template in templates.items() if template["survey_enabled"]}
    surveys[workflow["name"]] = workflow["survey_spec"]
    assert {name: rules.survey_problems(survey) for name, survey in surveys.items()} == {name: [] for name in surveys}
    # An optional number or choice that is left out is refused when the job starts.
    for survey in surveys.values():
        for question in survey["spec"]:
            assert question["required"] or question["type"] in ("text", "textarea"), question
    # An answer wins over the endpoint's file even where it is empty.
    in_files = {name for file in project.glob("inventory/host_vars/*") for name in yaml.safe_load(file.read_text())}
    assert not {question["variable"] for survey in surveys.values() for question in survey["spec"]} & in_files

    for schedule in made["schedule"].values():
        template = templates[schedule["unified_job_template"]]
        assert rules.rule_problems(schedule["rrule"]) == []
        assert rules.answer_problems(template.get("survey_spec", {}), schedule["extra_data"]) == []
    groups = yaml.safe_load((project / "inventory" / "endpoints.yml").read_text())
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
def jobs(aws: LocalAws, play: Player, project: Path) -> Jobs:
    for archive in ("churn/2030-01-31", "churn/2030-02-28"):
        aws.put(f"s3://example-model-bucket/{archive}/model.tar.gz", region=REGION)
    return Jobs(
        play, project, {name.split()[1]: made for name, made in configure(play, project)["job_template"].items()}
    )


def test_a_release_as_jobs(aws: LocalAws, jobs: Jobs) -> None:
    """A deploy that is cancelled and run again, another release, the way back, and the end, with answers of the surveys."""
    sagemaker = aws.client("sagemaker", REGION)

    def is_creating() -> bool:
        return [one["EndpointStatus"] for one in sagemaker.list_endpoints()["Endpoints"]] == ["Creating"]

    checked = jobs.launch("preflight", endpoint="churn")
    assert checked.ok, checked
    aws.configure(creating=3600)
    cancelled = jobs.launch("deploy", endpoint="churn", instance_count="2", cancel=is_creating)
    assert cancelled.status == "canceled", cancelled
    aws.clear_calls()
    aws.advance(3600)
    aws.configure(creating=0)
    again = jobs.launch("deploy", endpoint="churn", instance_count="2")
    assert again.ok and "CreateEndpoint" not in aws.mutating(), again
    first = again.artifacts[OUTPUTS]
    assert (first["sagemaker_endpoint_name"], first["sagemaker_endpoint_status"]) == ("churn", "InService")
    (variant,) = sagemaker.describe_endpoint(EndpointName="churn")["ProductionVariants"]
    assert variant["CurrentInstanceCount"] == 2

    archive = "s3://example-model-bucket/churn/2030-02-28/model.tar.gz"
    updated = jobs.launch("deploy", endpoint="churn", instance_count="2", model_data_url=archive)
    second = updated.artifacts[OUTPUTS]
    assert updated.ok and second["previous_release"], updated
    # A node of a workflow has the artifacts of those before it as variables.
    reported = jobs.launch("status", endpoint="churn", artifacts=again.artifacts)
    assert reported.ok and "churn" in reported.output, reported
    back = jobs.launch("rollback", endpoint="churn", artifacts=again.artifacts)
    assert back.ok, back
    config = sagemaker.describe_endpoint(EndpointName="churn")["EndpointConfigName"]
    assert config == second["previous_release"]
    assert back.artifacts[OUTPUTS]["previous_release"] not in ("", config)
    gone = jobs.launch("destroy", endpoint="churn")
    assert gone.ok and sagemaker.list_endpoints()["Endpoints"] == [], gone


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


def test_the_command_for_automation_platform_changes_every_module() -> None:
    readme = (SKELETON.parent / "README.md").read_text()
    (expression,) = re.findall(r"sed -i 's/(.*)/(.*)/' controller/configure.yml", readme)
    changed = re.sub(*expression, (SKELETON / "controller" / "configure.yml").read_text())
    used = set(re.findall(r"^ +(?:\w+\.)*(\w+):$", changed, re.MULTILINE))
    recorded = set(json.loads((RECORDING / "modules.json").read_text())["modules"])
    assert recorded <= used and set(re.findall(r"ansible\.controller\.(\w+):", changed)) == recorded
    assert "awx.awx" not in changed
