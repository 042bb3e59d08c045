# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests that the parts of the repository agree with each other."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

CHECKOUT = Path(__file__).resolve().parents[2]
RUNTIME = yaml.safe_load((CHECKOUT / "meta" / "runtime.yml").read_text())
GALAXY = yaml.safe_load((CHECKOUT / "galaxy.yml").read_text())
MODULES = sorted(path.stem for path in (CHECKOUT / "plugins" / "modules").glob("[!_]*.py"))
CODE = subprocess.run(
    ["git", "ls-files", "*.py"], cwd=CHECKOUT, capture_output=True, text=True, check=True
).stdout.splitlines()


def test_the_action_group_holds_every_module() -> None:
    assert sorted(RUNTIME["action_groups"]["aws"]) == MODULES


@pytest.mark.parametrize("module", MODULES)
def test_a_module_says_that_it_is_in_the_action_group(module: str) -> None:
    text = (CHECKOUT / "plugins" / "modules" / f"{module}.py").read_text()
    documentation = yaml.safe_load(text.split('DOCUMENTATION = r"""')[1].split('"""')[0])
    fragments = documentation["extends_documentation_fragment"]
    assert any(fragment.startswith("mlops.sagemaker.attributes") for fragment in fragments)


@pytest.mark.parametrize("file", CODE)
def test_a_code_file_names_its_licence(file: str) -> None:
    text = (CHECKOUT / file).read_text()
    assert not text.strip() or "SPDX-License-Identifier: GPL-3.0-or-later" in text[:600]


def test_the_version_is_the_same_everywhere() -> None:
    fragments = CHECKOUT / "changelogs" / "fragments"
    released = yaml.safe_load((CHECKOUT / "changelogs" / "changelog.yaml").read_text())["releases"]
    assert GALAXY["version"] in released or (fragments / f"{GALAXY['version']}.yml").is_file()
