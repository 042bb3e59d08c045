# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests that our URIs are those of AWS's own SDK. Combinations are drawn from its data, not from our table of it."""

from __future__ import annotations

import dataclasses
import json
import random
import re
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import InputError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.regions import DEFAULT_DNS_SUFFIX
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.regions import DNS_SUFFIXES
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.images.catalog import TABLE
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.images.catalog import Catalog
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.images.uri import Request
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.images.uri import image_uri

# {partition: how the names of its regions begin}. Regions of other partitions are not asked for.
PARTITIONS = {"aws": r"(af|ap|ca|eu|il|me|mx|sa|us)-[a-z]+-\d+", "aws-cn": r"cn-.*", "aws-us-gov": r"us-gov-.*"}
SEED = 20260101
COMBINATIONS = 200
GRAVITON = ["ml.c6g.large", "ml.m6g.xlarge", "ml.c7g.2xlarge"]
INSTANCE_TYPES = [None, *GRAVITON]
INSTANCE_TYPES += "ml.t2.medium ml.m5.large ml.m5d.xlarge ml.c5.large ml.c6i.xlarge ml.r5.large ml.m7i.large".split()
INSTANCE_TYPES += "ml.g4dn.xlarge ml.g5.xlarge ml.g6e.12xlarge ml.p3.2xlarge ml.p4d.24xlarge ml.p5.48xlarge".split()
INSTANCE_TYPES += "ml.inf1.xlarge ml.inf2.xlarge".split()


def leaves(version: dict[str, Any]) -> Iterator[tuple[str | None, str | None, dict[str, Any]]]:
    """The images of a version in the SDK's data: framework below, version of Python, and the data."""
    if "repository" in version:
        for python in version.get("py_versions") or [None]:
            yield None, python, version
        return
    aliases = version.get("version_aliases", {})
    for key, data in [*version.items(), *((alias, version[target]) for alias, target in aliases.items())]:
        if key == "version_aliases":
            continue
        is_base = key.startswith(("pytorch", "tensorflow"))
        for python in (data.get("py_versions") or [None]) if is_base else [key]:
            yield (key if is_base else None), python, data


@pytest.fixture(scope="session")
def images(sdk: Path) -> list[tuple[Request, list[str]]]:
    """Everything for inference in the SDK's data, without an instance type, and the regions that it is in."""
    found = []
    for file in sorted((sdk / "image_uri_config").glob("*.json")):
        config = json.loads(file.read_text())
        sections = (
            [config] if "scope" in config else [config.get("inference", {}), config.get("inference_graviton", {})]
        )
        if "inference" not in config.get("scope", ["inference"]):
            continue
        name = "huggingface" if file.stem in ("huggingface-neuron", "huggingface-neuronx") else file.stem
        for section in sections:
            versions = section.get("versions", {})
            for version, target in [*zip(versions, versions), *section.get("version_aliases", {}).items()]:
                for base, python, data in leaves(versions[target]):
                    request = Request(name, version, base_framework_version=base, py_version=python)
                    found.append((request, sorted(data["registries"])))
    return found


def ours(request: Request, table: Catalog) -> str | None:
    """Our URI, or None if there is none."""
    try:
        return image_uri(request, table)
    except InputError:
        return None


def theirs(request: Request, retrieve: Callable[..., str]) -> str | None:
    """The SDK's URI for inference, or None if there is none."""
    given = dataclasses.asdict(request)
    name, region = given.pop("name"), given.pop("region")
    del given["accelerator"]
    if name == "huggingface" and is_inferentia2(request):
        # Otherwise it looks among the images of the first generation.
        given["inference_tool"] = "neuronx"
    try:
        return retrieve(name, region, image_scope="inference", **given)
    except (ValueError, KeyError):
        return None


def is_inferentia2(request: Request) -> bool:
    return (request.instance_type or "").startswith("ml.inf2.")


def is_wrong(request: Request, expected: str) -> bool:
    """Whether the SDK's image is none that was asked for.

    With the one version that there is for Graviton it answers for every version, and with an image for Graviton for every instance.
    """
    is_arm = "arm64" in expected or "graviton" in expected
    return is_arm and (request.instance_type not in [None, *GRAVITON] or request.version not in expected)


def is_known_to_us_only(request: Request) -> bool:
    """Whether we know more than the SDK.

    It has an image for Graviton that it gives out for other instances only, and does not find out that Inferentia2 has neuronx. Versions
    of huggingface for Inferentia only need no instance type.
    """
    return (
        (request.name == "llama-cpp-arm64" and request.instance_type in GRAVITON)
        or (request.name == "huggingface-vllm-neuronx" and is_inferentia2(request))
        or (request.name == "huggingface" and request.instance_type is None)
    )


@pytest.mark.parametrize("partition", PARTITIONS)
def test_random_combinations(
    partition: str, images: list[tuple[Request, list[str]]], table: Catalog, retrieve: Callable[..., str]
) -> None:
    chance = random.Random(SEED)
    compared, names = 0, set()
    while compared < COMBINATIONS:
        request, regions = chance.choice(images)
        regions = [region for region in regions if re.fullmatch(PARTITIONS[partition], region)]
        if not regions:
            continue
        request = dataclasses.replace(
            request, region=chance.choice(regions), instance_type=chance.choice(INSTANCE_TYPES)
        )
        expected, uri = theirs(request, retrieve), ours(request, table)
        if expected is None:
            assert uri is None or is_known_to_us_only(request), request
        elif is_wrong(request, expected):
            assert uri is None, request
        else:
            assert uri == expected, request
            compared += 1
            names.add(request.name)
    assert len(names) > 20


def test_every_region(images: list[tuple[Request, list[str]]], table: Catalog, retrieve: Callable[..., str]) -> None:
    """The hosts of a registry end differently in each partition, of which there are more than three."""
    known = {region: request for request, regions in images for region in regions if request.name != "huggingface"}
    requests = [dataclasses.replace(known[region], region=region, instance_type="ml.g5.xlarge") for region in known]
    uris = [theirs(request, retrieve) for request in requests]
    assert [ours(request, table) for request in requests] == uris
    domains = {(uri or "").split("/")[0].split(f".{request.region}.")[-1] for request, uri in zip(requests, uris)}
    assert domains == {DEFAULT_DNS_SUFFIX, *DNS_SUFFIXES.values()}


def test_the_table_is_what_its_generator_writes(sdk: Path, table: Catalog, generator: ModuleType) -> None:
    text = generator.to_text(generator.table_of(sdk, table.sagemaker_core))
    assert text == TABLE.read_text()


def test_the_generator_tells_what_came_and_went(generator: ModuleType) -> None:
    before = {"images": {"a": {"1": [], "2": []}, "b": {"1": []}}}
    after = {"images": {"a": {"2": [], "3": []}, "b": {"1": []}, "c": {"1": []}}}
    assert generator.changes(before, after) == ["a: added 3", "a: removed 1", "c: added 1"]
