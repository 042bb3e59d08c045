# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils import _bytecode

CHECKOUT = Path(__file__).parents[2]

# Ansible's loader, a plugin of ours, and which loaders the modules of the collection have then.
PLUGIN = """
import json, sys
from ansible.plugins import loader
loader.init_plugin_loader()
loader.%s_loader.get("mlops.sagemaker.%s", class_only=True)
prefix = "ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker."
print(json.dumps({name: type(module.__loader__).__name__ for name, module in sys.modules.items() if name.startswith(prefix)}))
"""


def test_the_package_is_loaded_with_its_bytecode_and_nothing_else_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = tmp_path / "one_of_ours" / "inner"
    inner.mkdir(parents=True)
    (tmp_path / "one_of_ours" / "__init__.py").touch()
    (inner / "__init__.py").touch()
    (inner / "answers.py").write_text("ANSWER = 42\n")
    finder = _bytecode.BytecodeFinder("one_of_ours")
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "meta_path", [finder, *sys.meta_path])
    monkeypatch.syspath_prepend(str(tmp_path))
    assert importlib.import_module("one_of_ours.inner.answers").ANSWER == 42
    assert list(inner.glob("__pycache__/answers.*.pyc"))
    for name in [name for name in sys.modules if name.startswith("one_of_ours")]:
        monkeypatch.delitem(sys.modules, name)
    assert finder.find_spec("one_of_ours_too", [str(tmp_path)]) is None
    assert finder.find_spec("one_of_ours.missing", [str(tmp_path / "one_of_ours")]) is None
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("one_of_ours.missing")


@pytest.mark.parametrize(
    "plugin",
    [
        ("action", "sagemaker_endpoint"),
        ("action", "sagemaker_execution_role"),
        ("lookup", "tfvars"),
        ("action", "read_variables"),
    ],
)
def test_plugins_load_all_of_the_logic_with_it(plugin: tuple[str, str]) -> None:
    done = subprocess.run([sys.executable, "-c", PLUGIN % plugin], capture_output=True, text=True, check=True)
    loaders = json.loads(done.stdout)
    assert len(loaders) > 3
    assert set(loaders.values()) == {"SourceFileLoader"}


def test_every_plugin_asks_for_it_first() -> None:
    plugins = [file for kind in ("action", "filter", "lookup") for file in (CHECKOUT / "plugins" / kind).glob("*.py")]
    late = [
        file.name
        for file in plugins
        if "module_utils._sagemaker" in (text := file.read_text())
        and not 0 < text.find("    _bytecode,\n") < text.find("module_utils._sagemaker")
    ]
    assert len(plugins) > 20
    assert late == []
