# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of choosing a prebuilt image, and of what is said where there is none."""

from __future__ import annotations

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import InputError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.images.catalog import Catalog
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.images.sdk_data import Image
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.images.uri import Request
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.images.uri import image_uri
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.images.uri import processors

ACCOUNTS = {"us-east-1": "111122223333", "eu-west-1": "012345678901", "cn-north-1": "444455556666"}


def image(path: str, processor: str | None = None, **parts: str) -> Image:
    return Image(path, ACCOUNTS, processor, **parts)


CATALOG = Catalog(
    "2.27.0",
    {
        "boost": {
            version: [image(f"boost:{version}")] for version in ("1.7-1", "latest", "1.10-0", "1.9-0", "2", "3", "4")
        },
        "torch": {
            "1.0": [image("torch:1.0-cpu", "cpu"), image("torch:1.0-gpu", "gpu")],
            "2.0": [image("torch:2.0-cpu", "cpu"), image("torch:2.0-gpu", "gpu"), image("torch:2.0-arm64", "graviton")],
        },
        "arm": {"1": [image("arm:1", "graviton")]},
        "face": {
            "4.1": [
                image("face:2.6-transformers4.1", base_framework_version="pytorch2.6", py_version="py312"),
                image("face:2.6.0-transformers4.1", base_framework_version="pytorch2.6.0", py_version="py312"),
            ],
            "4.2": [
                image("face:2.6.0-transformers4.2", base_framework_version="pytorch2.6.0", py_version="py312"),
                image("face:2.5.1-transformers4.2", base_framework_version="tensorflow2.5.1", py_version="py39"),
            ],
        },
        "neuron": {"1": [image(f"neuron:1-{sdk}", "neuronx", sdk_version=sdk) for sdk in ("sdk2.1", "sdk2.2")]},
        "snake": {"1": [image(f"snake:1-{python}", py_version=python) for python in ("py2", "py3")]},
    },
)


def uri(name: str, region: str | None = "eu-west-1", **options: str) -> str:
    return image_uri(Request(name, region=region, **options), CATALOG)


def refusal(name: str, region: str | None = "eu-west-1", **options: str) -> str:
    with pytest.raises(InputError) as error:
        uri(name, region, **options)
    return str(error.value)


def test_all_problems_are_told_at_once() -> None:
    said = refusal("boost", None, version="9").splitlines()
    assert [line.partition(":")[0] for line in said] == ["version", "region"]
    assert refusal("bost", None).splitlines()[1].startswith("region: is not set.")


def test_the_registry_is_that_of_the_region() -> None:
    assert uri("boost", version="2") == "012345678901.dkr.ecr.eu-west-1.amazonaws.com/boost:2"
    assert uri("boost", "cn-north-1", version="2") == "444455556666.dkr.ecr.cn-north-1.amazonaws.com.cn/boost:2"


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({"instance_type": "ml.m5.large"}, "torch:2.0-cpu"),
        ({"instance_type": "ml.g5.xlarge"}, "torch:2.0-gpu"),
        ({"instance_type": "ml.c7g.large"}, "torch:2.0-arm64"),
        ({"instance_type": "ml.m8g.large"}, "torch:2.0-arm64"),
        ({"accelerator": "gpu"}, "torch:2.0-gpu"),
        ({"accelerator": "graviton"}, "torch:2.0-arm64"),
    ],
)
def test_the_image_is_that_for_the_instance(options: dict[str, str], path: str) -> None:
    assert uri("torch", version="2.0", **options).endswith(f"/{path}")


@pytest.mark.parametrize(
    ("instance_type", "expected"),
    [
        ("ml.m5.large", ["m5", "cpu"]),
        ("ml.g4dn.xlarge", ["g4dn", "gpu"]),
        ("ml.p6-b200.48xlarge", ["p6-b200", "gpu"]),
        ("ml.r7gd.large", ["graviton"]),
        ("ml.c6gn.large", ["graviton"]),
        ("ml.inf1.xlarge", ["inf1", "inf", "neuron"]),
        ("ml.inf2.xlarge", ["inf2", "inf", "neuronx"]),
        ("ml.trn1n.32xlarge", ["trn1n", "trn", "neuronx"]),
    ],
)
def test_what_an_instance_type_runs(instance_type: str, expected: list[str]) -> None:
    assert processors(instance_type) == expected


@pytest.mark.parametrize(
    ("name", "options", "path"),
    [
        # There is only one.
        ("arm", {}, "arm:1"),
        ("neuron", {}, "neuron:1-sdk2.2"),
        ("neuron", {"sdk_version": "sdk2.1", "instance_type": "ml.inf2.xlarge"}, "neuron:1-sdk2.1"),
        ("snake", {"py_version": "py3"}, "snake:1-py3"),
        # The shorter name of the same framework is no choice.
        ("face", {"version": "4.1"}, "face:2.6.0-transformers4.1"),
        ("face", {"version": "4.1", "base_framework_version": "pytorch2.6"}, "face:2.6-transformers4.1"),
        ("face", {"version": "4.2", "base_framework_version": "tensorflow2.5.1"}, "face:2.5.1-transformers4.2"),
        # It has no such part.
        ("boost", {"version": "3", "py_version": "py3", "instance_type": "ml.g5.xlarge"}, "boost:3"),
        ("boost", {"version": "3", "accelerator": "gpu"}, "boost:3"),
    ],
)
def test_what_is_the_only_one_need_not_be_said(name: str, options: dict[str, str], path: str) -> None:
    assert uri(name, **options).endswith(f"/{path}")


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        (
            "bost",
            {},
            "bost: sagemaker-core 2.27.0 has no images of this name for inference. The nearest names: boost, ",
        ),
        ("boost", {}, "version: is needed for boost. The newest: 4, 3, 2, 1.10-0, 1.9-0."),
        ("boost", {"version": "1.8"}, "has no boost 1.8 for inference. The nearest: 2, 1.10-0, 1.9-0, 1.7-1, latest. "),
        ("boost", {"version": "9"}, "has no boost 9 for inference. The nearest: 4, 3, 2, 1.10-0, 1.9-0. "),
        ("boost", {"version": "newest"}, "has no boost newest for inference. The nearest: 4, 3, 2, 1.10-0, 1.9-0. "),
        (
            "boost",
            {"version": "3", "region": "eu-west-11"},
            "as far as sagemaker-core 2.27.0 knows. The nearest names: eu-west-1, ",
        ),
        (
            "boost",
            {"version": "3", "region": None},
            "region: is not set. Set the option region, the variable aws_region, or AWS_REGION",
        ),
        (
            "boost",
            {"version": "3", "accelerator": "tpu"},
            "boost 3 has no image for tpu. It has images for anything but graviton.",
        ),
        (
            "boost",
            {"version": "3", "instance_type": "ml.m8g.large"},
            "instance_type: boost 3 has no image for ml.m8g.large. ",
        ),
        (
            "torch",
            {"version": "2.0"},
            "instance_type: is needed for torch 2.0, or accelerator, which can be cpu, gpu or graviton.",
        ),
        (
            "torch",
            {"version": "1.0", "instance_type": "ml.m6g.large"},
            "torch 1.0 has no image for ml.m6g.large. It has images for cpu or gpu. Versions that have one: 2.0.",
        ),
        ("torch", {"version": "2.0", "accelerator": "tpu"}, "It has images for cpu, gpu or graviton."),
        (
            "torch",
            {"version": "2.0", "instance_type": "g5.xlarge"},
            "instance_type: must look like ml.m5.large, got 'g5.xlarge'.",
        ),
        ("torch", {"version": "2.0", "instance_type": "ml.g5.xlarge", "accelerator": "cpu"}, "Set only one of them."),
        ("arm", {"instance_type": "ml.m5.large"}, "arm 1 has no image for ml.m5.large. It has images for graviton."),
        (
            "face",
            {"version": "4.2"},
            "base_framework_version: is needed for face 4.2, and can be pytorch2.6.0 or tensorflow2.5.1.",
        ),
        (
            "face",
            {"version": "4.2", "base_framework_version": "pytorch1"},
            "It has images with pytorch2.6.0 or tensorflow2.5.1.",
        ),
        ("snake", {}, "py_version: is needed for snake 1, and can be py2 or py3."),
    ],
)
def test_what_is_said_where_there_is_none(name: str, options: dict[str, str], said: str) -> None:
    assert said in refusal(name, **options)
