# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Limits and patterns that are known without botocore are those of botocore, where it has them."""

from __future__ import annotations

from typing import Any
from typing import Iterator

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.schema import limits
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.schema import shapes
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.schema import values

OPERATIONS = ("CreateModel", "CreateEndpointConfig", "CreateInferenceComponent", "UpdateEndpoint")
# What botocore leaves open.
ONLY_HERE = {"min_capacity", "max_capacity", "scale_in_cooldown", "scale_out_cooldown", "instance_type"}
TEXTS = [
    "a",
    "a-b",
    "-a",
    "a_b",
    "a" * 63,
    "a" * 64,
    "s3://b/k",
    "s3://",
    "https://b/k",
    "ftp://b/k",
    "sg-1",
    "sg 1",
    "a b",
    "alias/x",
]


def members(shape: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """(option, its shape) of everything below a shape."""
    if name:
        yield name, shape
    if shape.type_name == "structure":
        for member, inner in shape.members.items():
            yield from members(inner, shapes.option_name(member))
    elif shape.type_name == "list":
        yield from members(shape.member, name)


@pytest.fixture(scope="session")
def found(input_shape) -> list[tuple[str, Any]]:
    return [pair for operation in OPERATIONS for pair in members(input_shape(operation))]


@pytest.mark.parametrize("option", sorted(limits.LIMITS.keys() - ONLY_HERE))
def test_limits_are_those_of_botocore(found, option):
    known = [shape.metadata for name, shape in found if name == option and shape.type_name in ("integer", "float")]
    assert known
    for metadata in known:
        assert (metadata.get("min"), metadata.get("max")) == limits.LIMITS[option]


@pytest.mark.parametrize("option", sorted(limits.PATTERNS.keys() - ONLY_HERE))
def test_patterns_refuse_nothing_that_botocore_takes_and_nothing_less(found, option):
    known = [shape.metadata for name, shape in found if name == option and shape.type_name == "string"]
    assert known
    for metadata in known:
        for text in TEXTS:
            takes = metadata.get("min", 0) <= len(text) <= metadata["max"] and values.matches(metadata["pattern"], text)
            assert limits.PATTERNS[option].matches(text) == takes, (text, metadata)


def test_what_only_the_service_knows_is_known_here_too():
    assert ONLY_HERE <= limits.LIMITS.keys() | limits.PATTERNS.keys()
    assert not limits.PATTERNS["instance_type"].matches("m5.large")
