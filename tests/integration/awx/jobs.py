# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs as AWX runs them: ansible-runner with a folder that AWX would have written, and the project in it."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ansible_runner
import yaml

from integration.awx import rules
from integration.harness import Player

# Prints the hosts that AWX has imported, which it hands to a job as a program.
INVENTORY = """\
#!{python}
print({hosts!r})
"""


@dataclasses.dataclass(frozen=True)
class Job:
    """How a job ended: successful, failed or canceled. artifacts: what the next node of a workflow gets."""

    status: str
    artifacts: dict[str, Any]
    events: list[dict[str, Any]]

    @property
    def ok(self) -> bool:
        return self.status == "successful"

    @property
    def output(self) -> str:
        return "\n".join(event["stdout"] for event in self.events if event["stdout"])

    def results(self, task: str) -> list[dict[str, Any]]:
        """What the events hold of the results of a task."""
        ends = ("runner_on_ok", "runner_on_failed")
        return [
            event["event_data"]["res"]
            for event in self.events
            if event["event"] in ends and event["event_data"]["task"] == task
        ]

    def __repr__(self) -> str:
        return f"{self.status}\n{self.output}"


class Jobs:
    """Runs the job templates of a project against one AWS."""

    def __init__(self, play: Player, project: Path, templates: Mapping[str, Any], hosts: str) -> None:
        self.play, self.project, self.templates, self.hosts = play, project, templates, hosts
        self.number = 0
        # A credential of AWS has keys and no region.
        kept = {name: value for name, value in play.aws_environment.items() if not name.endswith("REGION")}
        self.environment = {
            **kept,
            "PATH": os.pathsep.join([str(play.ansible_playbook.parent), os.environ["PATH"]]),
            "HOME": str(play.directory),
            "ANSIBLE_COLLECTIONS_PATH": play.collections,
        }

    def launch(
        self,
        template: str,
        artifacts: Mapping[str, Any] | None = None,
        check: bool = False,
        cancel: Callable[[], bool] | None = None,
        part: tuple[int, int] = (1, 1),
        **answers: Any,
    ) -> Job:
        """One job. The form sends an empty text for each optional question that has no answer.

        artifacts: of the nodes before it in a workflow. cancel: asked all the time; the job is cancelled once it says so. part: which slice of
        how many.
        """
        arguments = self.templates[template]
        survey = arguments.get("survey_spec") or {"spec": []}
        asked = [question["variable"] for question in survey["spec"] if not question["required"]]
        answers = {**{name: "" for name in asked}, **answers}
        assert rules.answer_problems(survey, answers) == []
        self.number += 1
        folder = self.play.directory / f"job-{self.number}"
        (folder / "env").mkdir(parents=True)
        (folder / "inventory").mkdir()
        (folder / "project").symlink_to(self.project)
        variables = rules.extra_variables(arguments, answers) | dict(artifacts or {})
        (folder / "env" / "extravars").write_text(rules.as_file(variables, arguments.get("extra_vars") or {}))
        (folder / "env" / "envvars").write_text(yaml.safe_dump(self.environment))
        hosts = folder / "inventory" / "hosts"
        python = self.play.ansible_playbook.with_name("python")
        hosts.write_text(INVENTORY.format(python=python, hosts=rules.sliced(self.hosts, *part)))
        hosts.chmod(0o755)
        runner = ansible_runner.run(
            private_data_dir=str(folder),
            playbook=arguments["playbook"],
            cmdline="--check --diff" if check else None,
            cancel_callback=cancel,
            quiet=True,
        )
        events = list(runner.events)
        handed = [event["event_data"] for event in events if event["event"] == "playbook_on_stats"]
        return Job(runner.status, (handed[-1].get("artifact_data") or {}) if handed else {}, events)
