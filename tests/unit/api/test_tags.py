# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tags: what is refused, what changes, and the calls of both services."""

from __future__ import annotations

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api import tags
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import InputError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rules import tags as tag_rules

ARN = "arn:aws:sagemaker:eu-west-1:111122223333:model/m"


@pytest.mark.parametrize(
    ("given", "parsed"),
    [
        (None, None),
        ({}, {}),
        ({"a": "b"}, {"a": "b"}),
        (
            {"version": 2, "stable": True, "ratio": 0.5, "none": None, 7: "x"},
            {"version": "2", "stable": "true", "ratio": "0.5", "none": "", "7": "x"},
        ),
        ({f"k{n}": "v" for n in range(50)}, {f"k{n}": "v" for n in range(50)}),
        ({"k" * 128: "v" * 256}, {"k" * 128: "v" * 256}),
        ({"my.Key/With:All": "Größe"}, {"my.Key/With:All": "Größe"}),
        ({"Ключ 1": "東京 a_b.c:d/e=f+g-h@i\u00a0٣"}, {"Ключ 1": "東京 a_b.c:d/e=f+g-h@i\u00a0٣"}),
    ],
)
def test_tags_become_text(given, parsed):
    assert tag_rules.parse(given) == parsed


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"aws:cloudformation:stack": "x", "AWS:y": "z", "fine": "w"},
            "tags: keys that begin with aws: are reserved by AWS, got aws:cloudformation:stack, AWS:y. Rename them.",
        ),
        ({f"k{n}": "" for n in range(51)}, "tags: must have at most 50 entries, got 51."),
        ({"": "x"}, "tags.: a key must have 1 to 128 characters, a value at most 256."),
        ({"k" * 129: "x"}, f"tags.{'k' * 129}: a key must have 1 to 128 characters, a value at most 256."),
        ({"k": "v" * 257}, "tags.k: a key must have 1 to 128 characters, a value at most 256."),
        ({"team": "a,b"}, f"tags.team: the value 'a,b' contains characters that AWS refuses. {tag_rules.ALLOWED}"),
        (
            {"fine": "x", "b;{}": "a\nb"},
            f"tags.b;{{}}: the key 'b;{{}}' contains characters that AWS refuses. {tag_rules.ALLOWED}\n"
            f"tags.b;{{}}: the value 'a\\nb' contains characters that AWS refuses. {tag_rules.ALLOWED}",
        ),
        (
            {"team": {"name": "a"}, "people": ["a", "b"]},
            "tags.team: the value of a tag must be text, not a dictionary.\ntags.people: the value of a tag must be text, not a list.",
        ),
    ],
)
def test_tags_that_are_refused(given, message):
    with pytest.raises(InputError) as error:
        tag_rules.parse(given)
    assert error.value.message == message


CURRENT = {"a": "1", "b": "2", "aws:stack": "s"}


@pytest.mark.parametrize(
    ("desired", "purge", "put", "drop", "after"),
    [
        # Not given: nothing happens, whatever purge says.
        (None, True, {}, [], CURRENT),
        ({"a": "1", "b": "2"}, True, {}, [], CURRENT),
        ({"a": "1"}, False, {}, [], CURRENT),
        ({"a": "1"}, True, {}, ["b"], {"a": "1", "aws:stack": "s"}),
        ({}, True, {}, ["a", "b"], {"aws:stack": "s"}),
        ({}, False, {}, [], CURRENT),
        ({"a": "9", "c": "3"}, False, {"a": "9", "c": "3"}, [], {"a": "9", "b": "2", "c": "3", "aws:stack": "s"}),
        ({"a": "9", "c": "3"}, True, {"a": "9", "c": "3"}, ["b"], {"a": "9", "c": "3", "aws:stack": "s"}),
        # An empty value is a value.
        ({"a": ""}, False, {"a": ""}, [], {"a": "", "b": "2", "aws:stack": "s"}),
        # Keys differ by case.
        ({"A": "1"}, False, {"A": "1"}, [], {**CURRENT, "A": "1"}),
    ],
)
def test_changes(desired, purge, put, drop, after):
    change = tag_rules.change(desired, CURRENT, purge)
    assert (change.put, change.drop, change.after) == (put, drop, after)
    expected = [(f"tags.{key}", CURRENT.get(key), after.get(key)) for key in sorted([*put, *drop])]
    assert [(item.path, item.before, item.after) for item in change.changes] == expected
    assert tags.SAGEMAKER.calls(change) == ["AddTags"] * bool(put) + ["DeleteTags"] * bool(drop)
    assert tags.AUTOSCALING.calls(change) == ["TagResource"] * bool(put) + ["UntagResource"] * bool(drop)


def test_reading_and_writing_tags_of_sagemaker(aws, stub):
    stubber = stub("sagemaker")
    first = {"ResourceArn": ARN}
    stubber.add_response("list_tags", {"Tags": [{"Key": "a", "Value": "1"}], "NextToken": "more"}, first)
    stubber.add_response("list_tags", {"Tags": [{"Key": "b", "Value": "2"}]}, {**first, "NextToken": "more"})
    assert tags.SAGEMAKER.read(aws.sagemaker, ARN) == {"a": "1", "b": "2"}
    stubber.add_response("add_tags", {}, {"ResourceArn": ARN, "Tags": [{"Key": "c", "Value": "3"}]})
    stubber.add_response("delete_tags", {}, {"ResourceArn": ARN, "TagKeys": ["a", "b"]})
    tags.SAGEMAKER.apply(aws.sagemaker, ARN, tag_rules.change({"c": "3"}, {"a": "1", "b": "2"}, True))


def test_reading_and_writing_tags_of_application_auto_scaling(aws, stub):
    stubber = stub("application-autoscaling")
    stubber.add_response("list_tags_for_resource", {"Tags": {"a": "1"}}, {"ResourceARN": ARN})
    assert tags.AUTOSCALING.read(aws.autoscaling, ARN) == {"a": "1"}
    stubber.add_response("tag_resource", {}, {"ResourceARN": ARN, "Tags": {"c": "3"}})
    stubber.add_response("untag_resource", {}, {"ResourceARN": ARN, "TagKeys": ["a"]})
    tags.AUTOSCALING.apply(aws.autoscaling, ARN, tag_rules.change({"c": "3"}, {"a": "1"}, True))


def some(prefix, count):
    return {f"{prefix}{number:02d}": "x" for number in range(count)}


@pytest.mark.parametrize(
    ("desired", "current", "calls"),
    [
        (some("n", 20), some("o", 30), ["AddTags", "DeleteTags"]),
        # There would be more than 50 in between.
        (some("n", 21), some("o", 30), ["DeleteTags", "AddTags"]),
        (some("n", 50), some("o", 50), ["DeleteTags", "AddTags"]),
        ({**some("o", 50), "o00": "y"}, some("o", 50), ["AddTags"]),
    ],
)
def test_old_tags_make_room_where_there_is_none(desired, current, calls):
    assert tags.SAGEMAKER.calls(tag_rules.change(desired, current, True)) == calls


def test_tags_that_would_be_too_many_with_those_that_are_there_are_refused():
    with pytest.raises(InputError, match="^tags: 21 tags plus the existing tags are 51, and the limit is 50"):
        tag_rules.change(some("n", 21), some("o", 30), False)
    # AWS does not count its own, and what is there may stay as it is.
    assert tag_rules.change(some("n", 20), {**some("o", 30), "aws:stack": "s"}, False).put
    assert not tag_rules.change({"o00": "x"}, some("o", 50), False).put


def test_keys_that_iam_takes_for_the_same():
    assert list(map(str, tag_rules.iam_problems({"Team": "a", "TEAM": "b", "other": "c"}))) == [
        "tags.TEAM: IAM, which stores the execution role, treats it as the same key as Team. Keep one of them."
    ]
    assert tag_rules.parse({"Team": "a", "TEAM": "b"}) == {"Team": "a", "TEAM": "b"}


def test_no_change_makes_no_call(aws):
    tags.SAGEMAKER.apply(aws.sagemaker, ARN, tag_rules.change(None, {"a": "1"}, True))


@pytest.mark.parametrize(
    ("wanted", "carried"),
    [
        ({}, True),
        ({"team": "a"}, True),
        ({"team": "a", "version": 2}, True),
        ({"team": "b"}, False),
        ({"team": "a", "tier": None}, False),
        ({"empty": None}, True),
    ],
)
def test_what_carries_all_tags(wanted, carried):
    assert tag_rules.carries({"team": "a", "version": "2", "empty": ""}, wanted) is carried
