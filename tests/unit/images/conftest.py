# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AWS's own SDK, of the version that the table of images was made from: its image data, and its function that makes a URI of them."""

from __future__ import annotations

import ast
import functools
import importlib.util
import re
import sys
import tempfile
import types
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import botocore.loaders
import botocore.regions
import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.images.catalog import Catalog
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.images.catalog import catalog

CHECKOUT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def table() -> Catalog:
    """The table of the repository: no sagemaker-core is installed where the tests run."""
    return catalog()


@pytest.fixture(scope="session")
def generator() -> types.ModuleType:
    """tools/update_images.py."""
    return load(CHECKOUT / "tools" / "update_images.py", "update_images")


@pytest.fixture(scope="session")
def sdk(table: Catalog, generator: types.ModuleType) -> Path:
    """The folder sagemaker/core of the SDK, downloaded once in a checkout."""
    folder = CHECKOUT / ".cache" / f"sagemaker-core-{table.sagemaker_core}"
    if not folder.is_dir():
        with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
            with zipfile.ZipFile(generator.download(Path(temporary), table.sagemaker_core)) as wheel:
                wheel.extractall(Path(temporary) / "unpacked")
            try:
                (Path(temporary) / "unpacked").rename(folder)
            except OSError:
                # Another worker was faster.
                assert folder.is_dir()
    return folder / "sagemaker" / "core"


@pytest.fixture(scope="session")
def retrieve(sdk: Path) -> Callable[..., str]:
    """The SDK's function image_uris.retrieve, from its source, without the packages that it imports for other purposes."""
    tools = functions(
        sdk / "common_utils.py", {"get_instance_type_family", "_botocore_resolver"}, re=re, botocore=botocore
    )
    # Loading botocore's endpoints takes longer than all the rest.
    tools["_botocore_resolver"] = functools.cache(tools["_botocore_resolver"])
    constants = assignments(sdk / "fw_utils.py", "GRAVITON_")
    modules = {
        "sagemaker": {},
        "sagemaker.core": {"common_utils": types.SimpleNamespace(**tools), "artifacts": None},
        "sagemaker.core.jumpstart": {"artifacts": None},
        "sagemaker.core.jumpstart.constants": {"DEFAULT_JUMPSTART_SAGEMAKER_SESSION": None, "JUMPSTART_LOGGER": None},
        "sagemaker.core.jumpstart.enums": {"JumpStartModelType": types.SimpleNamespace(OPEN_WEIGHTS=None)},
        "sagemaker.core.jumpstart.utils": {"is_jumpstart_model_input": lambda *_: False},
        "sagemaker.core.spark": {"defaults": types.SimpleNamespace(SPARK_NAME="spark")},
        "sagemaker.core.workflow": {"is_pipeline_variable": lambda _: False},
        "sagemaker.core.workflow.utilities": {"override_pipeline_parameter_var": lambda function: function},
        "sagemaker.core.fw_utils": constants,
    }
    with mock.patch.dict(sys.modules):
        for name, members in modules.items():
            sys.modules[name] = types.ModuleType(name)
            vars(sys.modules[name]).update(members)
        module = load(sdk / "image_uris.py", "image_uris")
    # Each call reads a file of the data anew.
    module.config_for_framework = functools.cache(module.config_for_framework)
    return module.retrieve


def load(file: Path, name: str) -> types.ModuleType:
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def functions(file: Path, names: set[str], **members: Any) -> dict[str, Any]:
    """Functions of a file that itself is not imported. members: what they refer to."""
    nodes = [node for node in ast.parse(file.read_text()).body if getattr(node, "name", None) in names]
    assert len(nodes) == len(names)
    exec(compile(ast.Module(nodes, []), str(file), "exec"), members)
    return {name: members[name] for name in names}


def assignments(file: Path, prefix: str) -> dict[str, Any]:
    """The constants of a file whose names begin so."""
    nodes = [node for node in ast.parse(file.read_text()).body if isinstance(node, ast.Assign)]
    nodes = [node for node in nodes if ast.unparse(node.targets[0]).startswith(prefix)]
    assert nodes
    members: dict[str, Any] = {}
    exec(compile(ast.Module(nodes, []), str(file), "exec"), members)
    return {name: value for name, value in members.items() if name.startswith(prefix)}
