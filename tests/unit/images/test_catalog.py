# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of where the images are looked up: the table of the repository, or an installed sagemaker-core."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.images import catalog as catalogs
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.images.catalog import TABLE
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.images.catalog import Catalog

DATA = "sagemaker/core/image_uri_config"


@pytest.fixture
def site_packages(tmp_path: Path, sdk: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on Python's path, with the image data of XGBoost and a package that cannot be imported."""
    (tmp_path / DATA).mkdir(parents=True)
    (tmp_path / "sagemaker" / "__init__.py").write_text("raise AssertionError('is imported')\n")
    data = json.loads((sdk / "image_uri_config" / "xgboost.json").read_text())
    data["inference"]["versions"]["9.9-9"] = data["inference"]["versions"]["3.2-0"]
    (tmp_path / DATA / "xgboost.json").write_text(json.dumps(data))
    shutil.copy(sdk / "image_uri_config" / "instance_gpu_info.json", tmp_path / DATA)
    monkeypatch.syspath_prepend(tmp_path)
    catalogs.catalog.cache_clear()
    yield tmp_path
    catalogs.catalog.cache_clear()


def install(folder: Path, version: str) -> None:
    info = folder / f"sagemaker_core-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: sagemaker-core\nVersion: {version}\n")
    files = sorted(path.relative_to(folder) for path in folder.rglob("*.json"))
    (info / "RECORD").write_text("".join(f"{file},,\n" for file in files))


@pytest.mark.parametrize("version", ["2.100.0", "3.0", "10.0.0.dev1"])
def test_a_newer_package_is_read(site_packages: Path, version: str) -> None:
    install(site_packages, version)
    found = catalogs.catalog()
    assert (found.sagemaker_core, list(found.images), found.note) == (version, ["xgboost"], "")
    assert [image.path for image in found.images["xgboost"]["9.9-9"]] == ["sagemaker-xgboost:9.9-9"]


@pytest.mark.parametrize("version", ["1.0.0", "2.9.0", "same"])
def test_an_older_package_is_not_read(site_packages: Path, table: Catalog, version: str) -> None:
    install(site_packages, table.sagemaker_core if version == "same" else version)
    assert catalogs.catalog() == table


@pytest.mark.parametrize("text", ["{", "[]", '{"inference": {"versions": {"1": {"repository": "x"}}}}', None])
def test_data_of_another_form_is_not_used_and_that_is_said(
    site_packages: Path, table: Catalog, text: str | None
) -> None:
    for file in (site_packages / DATA).iterdir():
        file.unlink()
    if text is not None:
        (site_packages / DATA / "xgboost.json").write_text(text)
    install(site_packages, "99.0")
    found = catalogs.catalog()
    assert found.images == table.images
    assert "sagemaker-core 99.0 cannot be read" in found.note
    assert found.note.endswith(f"The table of version {table.sagemaker_core} is used instead.")


def test_the_table_names_its_source_and_holds_accounts_and_regions() -> None:
    content = json.loads(TABLE.read_text())
    assert f"sagemaker-core/{content['sagemaker_core']}/" in content["source"]
    assert "Apache License 2.0" in content["source"]
    for publishers in content["accounts"]:
        assert all(re.fullmatch(r"\d{12}", account) for account in publishers)
        regions = [region for found in publishers.values() for region in found]
        assert len(regions) == len(set(regions))
        assert all(re.fullmatch(r"[a-z]+(-[a-z]+)+-\d", region) for region in regions)
    assert TABLE.stat().st_size < 250_000


def test_no_image_of_the_table_is_without_a_tag_or_twice_in_a_version(table: Catalog) -> None:
    for name, versions in table.images.items():
        for version, images in versions.items():
            assert images, (name, version)
            assert all(re.fullmatch(r"[a-z0-9.-]+:[A-Za-z0-9_.-]+", image.path) for image in images)
            assert not [image.path for image in images if "None" in image.path or "--" in image.path]
            parts = [(i.processor, i.base_framework_version, i.py_version, i.sdk_version) for i in images]
            assert len(parts) == len(set(parts)), (name, version)


def test_the_names_that_people_look_for_are_there(table: Catalog) -> None:
    names = "xgboost sklearn pytorch tensorflow huggingface huggingface-llm huggingface-tei djl-lmi vllm sglang linear-learner"
    assert set(names.split()) <= set(table.images)
