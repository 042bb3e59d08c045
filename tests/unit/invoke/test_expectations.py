# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a model's answer should be: the expectations themselves, and what is said where they are not met."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.invoke import expectations
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.invoke.expectations import Answer

DOCUMENT = {
    "predictions": [{"label": "cat", "score": 0.83, "count": 2, "sure": True, "none": None}],
    "model-name": "pets",
    "usage": {"total_tokens": 12},
    "token": "abcdefgh12345",
}


def unmet(document: Any = None, **expect: Any) -> list[str]:
    return expectations.unmet(expect, Answer(200, DOCUMENT if document is None else document, 10.0))


def at(path: str, **expected: Any) -> dict[str, Any]:
    """One expectation as Ansible hands it over, with all options that were not given."""
    return {"path": path, "equals": None, "matches": None, "approximately": None, "tolerance": None, **expected}


def test_nothing_expected() -> None:
    assert unmet() == []
    assert expectations.unmet({"status": None, "json": None, "max_latency_ms": None}, Answer(500, "", 1e9)) == []


@pytest.mark.parametrize(
    "item",
    [
        at("predictions[0].label", equals="cat"),
        at("predictions[0].count", equals=2),
        at("predictions[0].count", equals=2.0),
        at("predictions[0].sure", equals=True),
        at("predictions[0].none == `null`", equals=True),
        at("length(predictions)", equals=1),
        at("predictions[*].label", equals=["cat"]),
        at("predictions[0].{l: label, n: count}", equals={"n": 2, "l": "cat"}),
        at('"model-name"', equals="pets"),
        at("@", equals=DOCUMENT),
        at("predictions[0].label", matches="^c.t$"),
        at("predictions[0].label", matches="a"),
        at("predictions[0].count", matches="^2$"),
        at("predictions", matches='"label": "(cat|dog)"'),
        at("predictions[0].score", approximately=0.83),
        at("predictions[0].score", approximately=0.82, tolerance=0.01),
        at("predictions[0].score", approximately=0.84, tolerance=0.01),
        at("predictions[0].score", approximately=0.83, tolerance=0),
        at("predictions[0].count", approximately=2.4, tolerance=0.5),
    ],
)
def test_met(item: dict[str, Any]) -> None:
    assert expectations.problems({"json": [item]}) == []
    assert unmet(json=[item]) == []


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (at("predictions[0].label", equals="dog"), 'predictions[0].label: expected "dog", got "cat"'),
        (at("predictions[0].count", equals="2"), 'predictions[0].count: expected "2", got 2'),
        (at("predictions[0].sure", equals=1), "predictions[0].sure: expected 1, got true"),
        (at("predictions[0].count", equals=True), "predictions[0].count: expected true, got 2"),
        (at("predictions[0].sure", equals=False), "predictions[0].sure: expected false, got true"),
        (
            at("predictions[1].label", equals="cat"),
            'predictions[1].label: expected "cat", but the answer has no such value',
        ),
        (
            at("predictions[*].label", equals=["cat", "cat"]),
            'predictions[*].label: expected ["cat", "cat"], got ["cat"]',
        ),
        (
            at("usage", equals={"total_tokens": "12"}),
            'usage: expected {"total_tokens": "12"}, got {"total_tokens": 12}',
        ),
        (at("predictions[0].label", matches="^C"), "predictions[0].label: expected a match of '^C', got \"cat\""),
        (at("nothing", matches="null"), "nothing: expected a match of 'null', but the answer has no such value"),
        (
            at("predictions[0].score", approximately=0.81, tolerance=0.01),
            "predictions[0].score: expected 0.81 (±0.01), got 0.83",
        ),
        (
            at("predictions[0].score", approximately=0.8301),
            "predictions[0].score: expected 0.8301 (±1e-06), got 0.83",
        ),
        (at("predictions[0].label", approximately=1.0), 'predictions[0].label: expected 1.0 (±1e-06), got "cat"'),
        (at("predictions[0].sure", approximately=1.0), "predictions[0].sure: expected 1.0 (±1e-06), got true"),
        (at("absent", approximately=1.0), "absent: expected 1.0 (±1e-06), but the answer has no such value"),
    ],
)
def test_unmet_says_what_was_expected_and_what_was_seen(item: dict[str, Any], message: str) -> None:
    assert unmet(json=[item]) == [message]


def test_all_that_is_unmet_is_said_at_once() -> None:
    items = [at("predictions[0].label", equals="dog"), at("length(predictions)", equals=1), at("x", matches="y")]
    expect = {"status": 200, "json": items, "max_latency_ms": 200}
    assert expectations.unmet(expect, Answer(500, DOCUMENT, 834.2)) == [
        "status: expected 200, got 500",
        'predictions[0].label: expected "dog", got "cat"',
        "x: expected a match of 'y', but the answer has no such value",
        "latency: expected at most 200 ms, took 834.2 ms",
    ]
    assert expectations.unmet(expect, Answer(200, {**DOCUMENT, "x": "y"}, 200.0)) == [
        'predictions[0].label: expected "dog", got "cat"'
    ]


def test_a_function_that_cannot_be_applied_is_unmet() -> None:
    (message,) = unmet(json=[at("length(absent)", equals=1)])
    assert message.startswith("length(absent): cannot be found in the answer: ")
    assert "\n" not in message


def test_an_answer_that_is_no_json_is_its_text() -> None:
    assert unmet("0.7,0.3\n", json=[at("@", matches=r"^0\.7,")]) == []
    assert unmet("hello", json=[at("greeting", equals="hello")]) == [
        'greeting: expected "hello", but the answer has no such value'
    ]


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (at("$.predictions", equals=1), "expect.json[0].path: '$.predictions' is not a JMESPath expression"),
        (at("a[", equals=1), "expect.json[0].path: 'a[' is not a JMESPath expression"),
        (at("", equals=1), "expect.json[0].path: '' is not a JMESPath expression"),
        (at("model-name", equals=1), "expect.json[0].path: 'model-name' is not a JMESPath expression"),
        (
            at("a", equals=None),
            "expect.json[0]: needs one of equals, matches, approximately, and null counts as not given.",
        ),
        (at("a", tolerance=1), "expect.json[0]: needs one of equals, matches, approximately"),
        (at("a", matches="("), "expect.json[0].matches: '(' is not a regular expression"),
        (at("a", approximately=1, tolerance=-0.1), "expect.json[0].tolerance: must be at least 0, got -0.1."),
        (at("a", approximately=1, tolerance=float("nan")), "expect.json[0].tolerance: must be at least 0, got nan."),
    ],
)
def test_a_wrong_expectation_is_found_beforehand(item: dict[str, Any], message: str) -> None:
    (problem,) = expectations.problems({"json": [item]})
    assert str(problem).startswith(message)
    assert "\n" not in problem.text


def test_numbers_that_json_does_not_know() -> None:
    document = expectations.parsed('{"a": NaN, "b": -Infinity, "c": 1e999}')
    assert document["a"] == "NaN"
    assert document["b"] == "-Infinity"
    assert document["c"] == "1e999"
    assert unmet(document, json=[at("a", approximately=0.0, tolerance=1e9)]) == [
        'a: expected 0.0 (±1000000000.0), got "NaN"'
    ]
    for text in ("1,2", "", "[" * 100000):
        with pytest.raises(ValueError):
            expectations.parsed(text)


def test_what_looks_secret_is_not_shown() -> None:
    (message,) = unmet(json=[at("@", equals={})])
    assert "abcdefgh12345" not in message
    assert '"total_tokens": 12' in message
    assert "abcdefgh12345" not in unmet(json=[at("token", equals="x")])[0]
    assert "abcdefgh12345" not in expectations.shown_answer(DOCUMENT)
    nested = {"credentials": ["one-secret", {"password": "another"}]}
    assert expectations.shown(nested, 200) == json.dumps(
        {"credentials": ["VALUE_SPECIFIED_IN_NO_LOG_PARAMETER", {"password": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"}]}
    )


def test_long_values_are_cut() -> None:
    (message,) = unmet({"a": "x" * 5000}, json=[at("a", equals="y")])
    assert len(message) < 300
    assert message.endswith("... (5002 characters)")
    assert expectations.shown_answer("z" * 5000).startswith("z" * 1000 + "... (5000 characters)")
    assert expectations.shown_answer("short") == "short"
