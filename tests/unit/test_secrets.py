# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which values are secret, and that they are masked wherever a result can hold them."""

from __future__ import annotations

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import secrets
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.secrets import MASK


@pytest.mark.parametrize(
    "key",
    [
        "HF_TOKEN",
        "HUGGING_FACE_HUB_TOKEN",
        "hf_token",
        "hfToken",
        "HFToken",
        "apiKey",
        "APIKEY",
        "API_KEY",
        "API_KEYS",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "DB_PASSWORD",
        "DB_PASSWD",
        "KEY_PASSPHRASE",
        "GOOGLE_APPLICATION_CREDENTIALS",
        "credential",
        "CLIENT_SECRET",
        "SecretName",
        "ACCESS_TOKENS",
        "TOKEN_2",
        "key",
    ],
)
def test_keys_that_look_secret(key):
    assert secrets.looks_secret(key, "some value")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("MAX_TOTAL_TOKENS", "4096"),
        ("MAX_TOTAL_TOKENS", 4096),
        ("MAX_TOKENS", "-1"),
        ("TOKENIZERS_PARALLELISM", "false"),
        ("TOKENIZER", "bert"),
        ("HF_MODEL_ID", "openai/gpt-oss-20b"),
        ("SAGEMAKER_PROGRAM", "inference.py"),
        ("KEYBOARD", "us"),
        ("LOG_LEVEL", "info"),
        ("AUTHOR", "somebody"),
    ],
)
def test_keys_that_do_not(key, value):
    assert not secrets.looks_secret(key, value)


def test_a_plural_of_token_that_is_no_number_is_secret():
    assert secrets.looks_secret("ACCESS_TOKENS", "one,two")
    assert not secrets.looks_secret("ACCESS_TOKENS", "12")


OPTIONS = {
    "name": "m",
    "tags": {"api_key": "is a tag, not an environment"},
    "primary_container": {
        "image": "registry/image",
        "environment": {"HF_TOKEN": "hf_0123456789", "MODE": "fast", "API_KEY": None},
    },
    "containers": [{"environment": {"DB_PASSWORD": "short", "SECRET": 123456789}}, {"environment": {}}],
}


def test_masking_within_options_and_results():
    assert secrets.masked(OPTIONS) == {
        "name": "m",
        "tags": {"api_key": "is a tag, not an environment"},
        "primary_container": {
            "image": "registry/image",
            "environment": {"HF_TOKEN": MASK, "MODE": "fast", "API_KEY": None},
        },
        "containers": [{"environment": {"DB_PASSWORD": MASK, "SECRET": MASK}}, {"environment": {}}],
    }


def test_an_answer_that_is_no_container_keeps_its_text():
    answer = {"response": {"environment": "production", "environments": ["a"], "token": "t"}}
    assert secrets.masked(answer) == answer


def test_masking_changes_nothing_in_place():
    secrets.masked(OPTIONS)
    assert OPTIONS["primary_container"]["environment"]["HF_TOKEN"] == "hf_0123456789"


def hunted(value):
    return list(secrets.secret_values(value, secrets.masked(value)))


def test_values_to_hunt_for_are_text_and_not_short():
    assert hunted(OPTIONS) == ["hf_0123456789", "123456789"]


@pytest.mark.parametrize(("value", "expected"), [("1234567", []), ("12345678", ["12345678"]), (MASK, [])])
def test_the_shortest_value_to_hunt_for(value, expected):
    assert hunted({"environment": {"TOKEN": value}}) == expected


def test_the_secrets_of_a_plan_are_hunted_for():
    plan = {
        "action": "none",
        "changes": [
            {"path": "containers[0].environment.HF_TOKEN", "before": "hf_before", "after": "hf_after1"},
            {"path": "primary_container.environment", "before": {"TOKEN": "token-by-itself"}, "after": None},
            {"path": "containers[1].environment.URL", "before": "http://x/?t=hf_before", "after": None},
        ],
        "calls": [],
    }
    outcome = {"plan": plan, "model": {"containers": [{"environment": {"API_KEY": "0123456789"}}]}}
    found = list(secrets.secret_values(outcome, secrets.masked_outcome(outcome)))
    assert sorted(found) == ["0123456789", "hf_after1", "hf_before", "token-by-itself"]


SPEC = {
    "primary_container": {"type": "dict", "options": {"image": {}, "environment": {"type": "dict"}}},
    "containers": {"type": "list", "options": {"image": {}, "environment": {"type": "dict"}}},
    "kms_key_id": {},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "secret_key": {"no_log": True, "aliases": ["aws_secret_key"]},
}
SECRET = "hf_0123456789"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (
            {"environment": [{"name": "HF_TOKEN", "value": SECRET}]},
            {"environment": [{"name": "HF_TOKEN", "value": MASK}]},
        ),
        (
            {"environment": [{"Name": "MAX_TOKENS", "Value": 4096}, {"HF_TOKEN": SECRET}, f"HF_TOKEN={SECRET}"]},
            {"environment": [{"Name": "MAX_TOKENS", "Value": 4096}, {"HF_TOKEN": MASK}, MASK]},
        ),
        ({"environment": f"HF_TOKEN {SECRET}"}, {"environment": MASK}),
        (
            {"environment": {"HUB": {"HF_TOKEN": SECRET, "MODE": 1}}},
            {"environment": {"HUB": {"HF_TOKEN": MASK, "MODE": 1}}},
        ),
        ({"enviroment": {"HF_TOKEN": SECRET, "MODE": "fast"}}, {"enviroment": {"HF_TOKEN": MASK, "MODE": "fast"}}),
        ({"Environment": f"HF_TOKEN={SECRET}"}, {"Environment": MASK}),
        ({"HF_TOKEN": SECRET, "colour": "blue"}, {"HF_TOKEN": MASK, "colour": "blue"}),
        ({"variables": [{"key": "HF_TOKEN", "value": SECRET}]}, {"variables": [{"key": MASK, "value": MASK}]}),
        (f"environment: HF_TOKEN {SECRET}", MASK),
        ("an image", "an image"),
        ({"image": "i", "environment": None}, {"image": "i", "environment": None}),
    ],
)
def test_options_that_are_written_wrongly_show_no_secret(given, shown):
    options = {"primary_container": given, "containers": [given]}
    masked = secrets.masked_options(options, SPEC)
    assert masked == {"primary_container": shown, "containers": [shown]}
    assert all(SECRET in value or value == "HF_TOKEN" for value in secrets.secret_values(options, masked))


def test_options_of_telling_names_are_shown():
    options = {
        "kms_key_id": "alias/models",
        "resource_tags": {"api_key": "team"},
        "aws_secret_key": "s",
        "_ansible_x": 1,
    }
    assert secrets.masked_options(options, SPEC) == {**options, "aws_secret_key": MASK}


def test_no_secret_option_is_shown_as_hidden_where_it_is_not_given():
    assert secrets.masked_options({"secret_key": None}, SPEC) == {"secret_key": None}


@pytest.mark.parametrize(
    ("path", "before", "after", "expected"),
    [
        ("primary_container.environment.HF_TOKEN", "old", "new", (MASK, MASK)),
        ("primary_container.environment.HF_TOKEN", None, "new", (None, MASK)),
        ("primary_container.environment.HF_TOKEN", "old", None, (MASK, None)),
        ("containers[0].environment.HF_TOKEN", "old", "new", (MASK, MASK)),
        ("containers[0].environment.MODE", "old", "new", ("old", "new")),
        # If one side looks secret, the other is not shown either.
        ("primary_container.environment.TOKENS", "12", "secret-text", (MASK, MASK)),
        ("primary_container.environment.TOKENS", "12", "13", ("12", "13")),
        ("primary_container.environment", {"TOKEN": "t", "A": "a"}, None, ({"TOKEN": MASK, "A": "a"}, None)),
        (
            "primary_container",
            None,
            {"environment": {"TOKEN": "t"}, "image": "i"},
            (None, {"environment": {"TOKEN": MASK}, "image": "i"}),
        ),
        ("containers", None, [{"environment": {"TOKEN": "t"}}], (None, [{"environment": {"TOKEN": MASK}}])),
        ("containers[1]", {"environment": {"TOKEN": "t"}}, None, ({"environment": {"TOKEN": MASK}}, None)),
        ("tags.token", "a", "b", ("a", "b")),
    ],
)
def test_masking_of_changes(path, before, after, expected):
    masked = secrets.masked_change({"path": path, "before": before, "after": after})
    assert masked == {"path": path, "before": expected[0], "after": expected[1]}
