# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may import whom among the folders of the logic: always downwards."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

LOGIC = Path(__file__).resolve().parents[2] / "plugins" / "module_utils" / "_sagemaker"

PACKAGE = "ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker"
RULES = {"rules", "schema", "core"}
RESOURCES = {"resources", "api", "reports", "argspec", *RULES}

# What a folder may import beside its own files. The first six are pure; iam and deploy are too, so that filters need no botocore.
ALLOWED = {
    "core": set(),
    "argspec": set(),
    "schema": {"core"},
    "rules": {"schema", "core"},
    "images": {"core"},
    "reports": {"core"},
    "api": {"reports", "argspec", *RULES},
    "prices": {"api", "core"},
    "resources": {"api", "reports", "argspec", *RULES},
    "rollout": RESOURCES,
    "invoke": RESOURCES,
    "release": RESOURCES,
    "early_checks": {"prices", "release", "rollout", "invoke", *RESOURCES},
    "power": {"release", "rollout", *RESOURCES},
    "iam": {"argspec", *RULES},
    "fleet": {"release", *RESOURCES},
    "status": {"fleet", "prices", "deploy", *RESOURCES},
    "planning": {"fleet", "power", "early_checks", "release", "rollout", "invoke", "iam", "deploy", *RESOURCES},
    "preflight": {"planning", "images", "iam", "deploy", *RESOURCES},
    "terraform": {"deploy", "argspec", "core"},
    "deploy": {"reports", "iam", "argspec", *RULES},
    "module.py": {"api", "argspec", "rules", "core"},
}
FILES = sorted(file for file in LOGIC.rglob("*.py") if file.name != "__init__.py")


def imported(file: Path) -> set[str]:
    """The folders, or files beside them, that a file imports from; its own is among them."""
    place = file.relative_to(LOGIC).parts[:-1]
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            inside = [*place[: len(place) - node.level + 1], *(node.module or node.names[0].name).split(".")]
            found.add(inside[0])
        assert not (
            isinstance(node, ast.ImportFrom) and "mlops.sagemaker" in (node.module or "")
        ), "imports are relative"
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(LOGIC)))
def test_a_folder_imports_only_from_below(file: Path) -> None:
    room = file.relative_to(LOGIC).parts[0]
    assert imported(file) - {room} <= ALLOWED[room]


def test_every_folder_is_a_package_without_code() -> None:
    assert {folder.name for folder in LOGIC.iterdir() if folder.is_dir()} - {"__pycache__"} == set(ALLOWED) - {
        "module.py"
    }
    for folder in {file.parent for file in FILES}:
        assert (folder / "__init__.py").read_text() == ""
        assert len(list(folder.glob("*.py"))) <= 13


FILTERS = sorted(file.stem for file in (LOGIC.parents[1] / "filter").glob("*.py"))


@pytest.mark.parametrize(
    "module",
    [*(f"plugins.filter.{name}" for name in FILTERS), "plugins.module_utils._sagemaker.deploy.inputs.resolution"],
)
def test_filters_need_no_botocore(module: str) -> None:
    """It takes longer to import than everything else that they need, and Ansible loads the files of all filters to find one."""
    code = (
        "import sys\n"
        f"import ansible_collections.mlops.sagemaker.{module}\n"
        "print([name for name in sys.modules if name.partition('.')[0] in ('botocore', 'boto3')])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
