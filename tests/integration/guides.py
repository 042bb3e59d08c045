# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the guides of docs/docsite/rst and follow them: have their files, run their commands in their order, look at what they show."""

from __future__ import annotations

import dataclasses
import re
import shlex
import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from integration.begun import begin
from integration.harness import CHECKOUT
from integration.harness import Player
from integration.harness import Run
from local_aws.process import LocalAws
from local_aws.world import ACCOUNT

GUIDES = CHECKOUT / "docs" / "docsite" / "rst"
# Stands in the guides where a reader's own account goes.
PLACEHOLDER = "111122223333"
PREFIX = "sagemaker_endpoint_"

FILE = re.compile(r"# ([\w./-]+\.(?:yml|tfvars))\b")


@dataclasses.dataclass(frozen=True)
class Block:
    language: str
    text: str

    @property
    def file(self) -> str | None:
        """The name of the file that the block is, which its first line tells."""
        named = FILE.match(self.text)
        return named[1] if named and self.language != "shell" else None

    @property
    def steps(self) -> list[str]:
        """What a reader runs: the lines of a shell, or a list of tasks."""
        if self.language == "shell":
            return self.text.splitlines()
        return [self.text] if self.language == "yaml" and self.text.startswith("- name:") else []


def blocks(guide: str) -> list[Block]:
    text = (GUIDES / f"{guide}.rst").read_text().replace(PLACEHOLDER, ACCOUNT)
    found = re.findall(r"^( *)\.\. code-block:: (\S+)\n\n((?:\1    .*\n|\n)+)", text, re.M)
    return [Block(language, textwrap.dedent(block).strip("\n")) for _indent, language, block in found]


def with_steps() -> list[str]:
    """The guides that have something to run."""
    names = sorted(path.stem for path in GUIDES.glob("*.rst"))
    return [name for name in names if any(block.steps for block in blocks(name))]


class Reader:
    """Somebody who has the files of a guide, and follows it from its top. ``left`` and ``shown`` are what has not been run and looked at."""

    def __init__(self, aws: LocalAws, play: Player, guide: str) -> None:
        self.aws, self.play = aws, play
        found = blocks(guide)
        self.left = [step for block in found for step in block.steps]
        self.shown = [block.text for block in found if block.language == "text"]
        self.files = {block.file: block.text for block in found if block.file}
        for name, text in self.files.items():
            path = self.path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text + "\n")

    def path(self, name: str) -> Path:
        return self.play.directory / name

    def begin(self, variables: dict[str, Any], region: str = "us-east-1") -> str:
        """What a deploy with these variables of the role has made; the configuration's name."""
        return begin(self.aws, {key.removeprefix(PREFIX): value for key, value in variables.items()}, region)

    def variables(self, name: str) -> dict[str, Any]:
        return dict(yaml.safe_load(self.path(name).read_text()))

    def run(self, *words: str, fails: bool = False) -> Run:
        """Run the next step, a command of ansible-playbook that has these words."""
        program, playbook, *arguments = self._next(words)
        assert program == "ansible-playbook"
        file = self.path(playbook)
        self.aws.clear_calls()
        run = self.play(playbook=str(file) if file.is_file() else playbook, arguments=arguments, localhost=False)
        assert run.ok is not fails, run
        assert "WARNING" not in run.output or "-i" not in arguments, run
        return run

    def does(self, *words: str, variables: dict[str, Any] | None = None) -> Run:
        """Run the next step, a list of tasks that has these words."""
        step = self.left.pop(0)
        assert step.startswith("- name:") and all(word in step for word in words), (words, step)
        self.aws.clear_calls()
        run = self.play(tasks=step, variables=variables)
        assert run.ok, run
        return run

    def finds(self, *words: str) -> str:
        """Run the next step, a command of ansible-inventory with these arguments; what it says."""
        program, *arguments = self._next(words)
        assert program == "ansible-inventory"
        answer = self.play.inventory(*arguments)
        assert (answer.returncode, answer.stderr) == (0, ""), answer
        return answer.stdout

    def sees(self, said: str, *changing: str) -> None:
        """Look at the next text that the guide shows: what was said, but for what matches these patterns."""
        assert _without(changing, self.shown.pop(0)) == _without(changing, said)

    def _next(self, words: Iterable[str]) -> list[str]:
        step = self.left.pop(0)
        assert all(word in step for word in words), (words, step)
        return shlex.split(step)


def _without(patterns: Iterable[str], text: str) -> str:
    for pattern in patterns:
        text = re.sub(pattern, "…", text)
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())
