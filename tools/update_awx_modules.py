# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Record which options the modules of awx.awx have that extensions/awx uses: their names, types and choices, and nothing of their code.

Galaxy has newer versions than the last release of the `ansible` package that held the collection. What a newer one has is compared best
there. Needs pip and the network.

Usage: python3 tools/update_awx_modules.py [VERSION OF ansible]
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import yaml

CHECKOUT = Path(__file__).resolve().parents[1]
RECORD = CHECKOUT / "tests" / "integration" / "awx" / "modules.json"
PLAY = CHECKOUT / "extensions" / "awx" / "project" / "controller" / "configure.yml"
FOLDER = "ansible_collections/awx/awx"
# The last release of the package that holds the collection.
ANSIBLE = "11.13.0"
# What the validation of arguments looks at.
FACTS = ("type", "elements", "required", "choices", "aliases", "default")


def options_of(documented: dict[str, Any]) -> dict[str, Any]:
    """Return the documented options in the form of an argument spec."""
    found = {}
    for name, option in documented.items():
        found[name] = {fact: option[fact] for fact in FACTS if fact in option}
        if "suboptions" in option:
            found[name]["options"] = options_of(option["suboptions"])
    return found


def documentation(source: str, name: str = "DOCUMENTATION") -> dict[str, Any]:
    """Return the documentation in the text of a module or of a fragment."""
    texts = [node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Assign) and name in names(node)]
    return yaml.safe_load(ast.literal_eval(texts[0]))


def names(assignment: ast.Assign) -> list[str]:
    return [target.id for target in assignment.targets if isinstance(target, ast.Name)]


def main() -> None:
    package = f"ansible=={(sys.argv[1:] or [ANSIBLE])[0]}"
    used = sorted(set(re.findall(r"^ +awx\.awx\.(\w+):$", PLAY.read_text(), re.MULTILINE)))
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, package]
        subprocess.run(command, check=True)
        with zipfile.ZipFile(next(Path(folder).glob("ansible-*.whl"))) as wheel:
            about = json.loads(wheel.read(f"{FOLDER}/MANIFEST.json"))["collection_info"]
            fragment = documentation(wheel.read(f"{FOLDER}/plugins/doc_fragments/auth.py").decode())
            modules = {
                name: options_of(
                    fragment["options"]
                    | documentation(wheel.read(f"{FOLDER}/plugins/modules/{name}.py").decode())["options"]
                )
                for name in used
            }
    source = f"The options of modules of awx.awx {about['version']}, as their documentation says. Written by tools/update_awx_modules.py; do not edit."
    RECORD.write_text(json.dumps({"source": source, "modules": modules}, indent=1, sort_keys=True) + "\n")
    print(f"{RECORD.relative_to(CHECKOUT)}: {', '.join(modules)}")


if __name__ == "__main__":
    main()
