# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of changes as lines for a person."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.secrets import MASK
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy import reasons

ARTIFACT = "s3://example-model-bucket/teams/fraud/models/scoring/2030-01-{}/output/model.tar.gz"


def change(path: str, before: Any, after: Any) -> dict[str, Any]:
    return {"path": path, "before": before, "after": after}


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ("1", "2", "p: 1 -> 2"),
        (1, 2.5, "p: 1 -> 2.5"),
        (False, True, "p: false -> true"),
        (None, "x", "p: added (x)"),
        ("x", None, "p: removed (was x)"),
        ({"b": 1, "a": [2]}, {"a": [2], "b": 3}, 'p: {"a": [2], "b": 1} -> {"a": [2], "b": 3}'),
        ("one\ntwo", "one\nthree", 'p: "one\\ntwo" -> "one\\nthree"'),
        (MASK, MASK, "p: changed (secret)"),
        (None, MASK, "p: set (secret)"),
        (MASK, None, "p: removed (secret)"),
        ("plain", MASK, "p: changed (secret)"),
        (
            ARTIFACT.format("30"),
            ARTIFACT.format("31"),
            "p: ...ng/2030-01-30/output/mode... -> ...ng/2030-01-31/output/mode...",
        ),
    ],
)
def test_a_change_is_one_line(before: Any, after: Any, line: str) -> None:
    assert reasons.line(change("p", before, after)) == line


def test_of_an_item_that_the_path_names_the_name_says_it_all() -> None:
    assert reasons.line(change("models[a]", "a", None)) == "models[a]: removed"
    assert reasons.line(change("managed_policies[a]", None, "a")) == "managed_policies[a]: added"


@pytest.mark.parametrize("length", [0, 1, 59, 60, 61, 500])
@pytest.mark.parametrize(("old", "new"), [("", "x"), ("x", ""), ("abc", "axc"), ("x" * 70, "y"), ("aaa", "aaaa")])
def test_the_difference_of_long_values_is_shown_whole(length: int, old: str, new: str) -> None:
    """What is left, put between the parts that were cut, is the value again, and the parts that were cut are equal."""
    begin, end = "b" * length, "e" * length
    before, after = f"{begin}{old}{end}", f"{begin}{new}{end}"
    shown = reasons.around_difference(before, after)
    assert shown[0] != shown[1]
    if max(len(before), len(after)) <= reasons.LENGTH:
        assert shown == (before, after)
        return
    for short, whole in zip(shown, (before, after)):
        kept = short.removeprefix(reasons.CUT).removesuffix(reasons.CUT)
        assert kept in whole
        assert len(kept) <= max(len(old), len(new)) + 2 * (reasons.AROUND + 2)


def test_a_long_value_without_another_is_cut_at_its_end() -> None:
    line = reasons.line(change("p", None, {"a": "b" * 1000}))
    assert line.startswith('p: added ({"a": "bbb') and line.endswith("...)") and len(line) < 140


def test_own_tags_and_the_names_that_follow_from_content_are_no_reasons() -> None:
    name = change("production_variants[a].model_name", "m1", "m2")
    content = change("models[a].primary_container.image", "1", "2")
    own = change("tags.mlops.sagemaker/history", "a", "b")
    assert reasons.lines([own]) == []
    assert reasons.lines([own, name, content]) == ["models[a].primary_container.image: 1 -> 2"]
    # Of a model of the user's own the name is all there is.
    assert reasons.lines([name]) == ["production_variants[a].model_name: m1 -> m2"]
    assert reasons.lines([change("production_variants[a].model_name", None, "m2")]) == [
        "production_variants[a].model_name: added (m2)"
    ]


def test_the_earlier_marker_is_unknown() -> None:
    assert reasons.lines([change("release_marker", None, "build-42")]) == ["release_marker: build-42"]
    assert reasons.lines([change("release_marker", None, "")]) == ["release_marker: removed"]
    assert reasons.lines([change("release_marker", None, None)]) == ["release_marker: differs"]


def test_autoscaling_that_an_interrupted_run_suspended_is_told_in_words() -> None:
    (line,) = reasons.lines([change("autoscaling[main]", "deregistered", "registered")])
    assert line == "autoscaling[main]: registered again, because an interrupted run has left it suspended"
    (line,) = reasons.lines([change("autoscaling[main]", "remembered", "registered")])
    assert line.startswith("autoscaling[main]: registered already")
    assert reasons.lines([change("autoscaling[main]", "registered", None)]) == [
        "autoscaling[main]: removed (was registered)"
    ]


def test_the_same_change_of_several_things_is_told_once() -> None:
    assert reasons.lines([change("tags.a", "1", "2")] * 2) == ["tags.a: 1 -> 2"]
