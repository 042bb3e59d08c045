# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with input, as values, and the messages that are made of them."""

from __future__ import annotations

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import problems
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import variable_paths
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import InputError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import raise_if_any
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.problems import Problem


@pytest.mark.parametrize(
    ("outer", "inner", "path"),
    [
        ("models[0]", "primary_container.image", "models[0].primary_container.image"),
        ("models", "[0].image", "models[0].image"),
        ("models[0]", "", "models[0]"),
        ("", "name", "name"),
        ("", "", ""),
    ],
)
def test_paths_are_joined(outer, inner, path):
    assert Problem(inner, "is wrong.").inside(outer) == Problem(path, "is wrong.")


def test_what_a_path_is_inside_of():
    assert list(problems.around("a.b[c d].e")) == ["a.b[c d].e", "a.b[c d]", "a.b", "a"]


@pytest.mark.parametrize(
    ("path", "other", "expected"),
    [
        ("a.b", "a.b", True),
        ("a.b[0].c", "a.b", True),
        ("a", "a.b[0]", True),
        ("a.bc", "a.b", False),
        ("a.b[1]", "a.b[0]", False),
        ("wait_timeout", "wait", False),
    ],
)
def test_which_paths_overlap(path, other, expected):
    assert problems.overlaps(path, ["x", other]) is expected


@pytest.mark.parametrize(
    ("given", "lowest", "highest", "unit", "text"),
    [
        (0, 1, None, "", "must be at least 1, got 0."),
        (-0.5, 0.0, None, "", "must be at least 0, got -0.5."),
        (7, None, 5, "", "must be at most 5, got 7."),
        (7, 1, 5, "", "must be between 1 and 5, got 7."),
        (float("nan"), 0, None, "", "must be at least 0, got nan."),
        (6, 0, 5, "entries", "must have at most 5 entries, got 6."),
        (0, 1, 5, "entries", "must have between 1 and 5 entries, got 0."),
        (1, 1, 5, "", None),
        (5, 1, 5, "", None),
        (5, None, None, "", None),
    ],
)
def test_limits(given, lowest, highest, unit, text):
    assert problems.out_of_range(given, lowest, highest, unit) == text


def test_a_message_shows_each_problem_once_and_on_a_line_of_its_own():
    with pytest.raises(InputError) as error:
        raise_if_any([Problem("a", "is wrong."), Problem("", "nothing is given."), Problem("a", "is wrong.")])
    assert error.value.message == "a: is wrong.\nnothing is given."
    raise_if_any([])


def test_problems_of_options_are_told_in_the_names_of_the_variables_they_come_from():
    places = {"models[0]": "containers", "models[0].containers[1]": "containers[1]", "wait": "wait"}
    found = [
        Problem("models[0].containers[1].image", "1"),
        Problem("models[0].environment", "2"),
        Problem("models[01]", "3"),
        Problem("wait_timeout", "4"),
    ]
    assert [problem.path for problem in variable_paths.in_variables(found, places)] == [
        "sagemaker_endpoint_containers[1].image",
        "sagemaker_endpoint_containers.environment",
        "models[01]",
        "wait_timeout",
    ]


def test_lookups_that_have_failed_are_found_wherever_they_stand() -> None:
    value = {
        "a": f"{problems.UNRESOLVED}no such thing\nno region",
        "b": [{"c": f"x-{problems.UNRESOLVED}no such thing"}, "plain", 1, None],
    }
    assert list(problems.unresolved(value)) == [
        Problem("a", "no such thing"),
        Problem("a", "no region"),
        Problem("b[0].c", "no such thing"),
    ]
    assert list(problems.unresolved({"a": "plain", "b": {}})) == []


@pytest.mark.parametrize(
    ("name", "known", "said"),
    [
        ("us-esat-1", ["us-east-1", "us-west-1"], " Did you mean us-east-1?"),
        # Of several that resemble it equally, the first by name.
        ("ab-1", ["ab-3", "ab-2"], " Did you mean ab-2?"),
        ("xyz", ["us-east-1"], ""),
        ("xyz", [], ""),
    ],
)
def test_the_name_that_was_meant(name: str, known: list[str], said: str) -> None:
    assert problems.did_you_mean(name, known) == said
