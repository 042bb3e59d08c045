# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which values are secret, and that they are masked wherever a result can hold them."""

from __future__ import annotations

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import secrets
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.secrets import MASK


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
        "KEYS",
        "DB_PWD",
        "BASIC_AUTH",
        "AUTH",
        "OAUTH",
        "OAuth2Header",
        "AUTHORIZATION",
        "PROXY_AUTHORIZATION",
        "HF_PAT",
        "PAT",
        "github-pat",
        "SAS",
        "AZURE_SAS",
        "DSN",
        "sentry_dsn",
        "CONN_STR",
        "connStr",
        "CONNSTR",
        "AZURE_STORAGE_CONNECTION_STRING",
        "AZURE_PRIMARY_KEY",
        "JWT",
        "SMTP_PASS",
        "DBPASSWORD",
        "HFTOKEN",
        "HF_TOKEN_FILE",
        "AUTH_KEY_2",
        "x-api-key",
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
        ("AUTHORS", "somebody"),
        ("MAX_TOKENS", "auto"),
        ("MAX_NEW_TOKENS", "auto"),
        ("MAX_TOKEN", "4096"),
        ("TOKEN_LIMIT", "4096"),
        ("TOKEN_TYPE", "bearer-like"),
        ("TOKENIZER_PATH", "/opt/ml/model"),
        ("TOKENIZATION", "fast"),
        ("PAD_TOKEN", "<pad>"),
        ("EOS_TOKEN_ID", "2"),
        ("STOP_TOKENS", "</s>"),
        ("KEYWORDS", "a,b"),
        ("MONKEY", "george"),
        ("KEY_PREFIX", "models/"),
        ("CACHE_KEY_FORMAT", "%s"),
        ("PUBLIC_KEY", "ssh-ed25519 AAAA"),
        ("KMS_KEY_ID", "alias/models"),
        ("AUTH_ENABLED", "true"),
        ("PATH", "/usr/bin"),
        ("PATTERN", ".*"),
        ("PASS_THROUGH", "x"),
        ("SASL_MECHANISM", "PLAIN"),
        ("CONNECTIONS", "4"),
        ("DATABASE_URL", "postgres://db/x"),
        ("", "x"),
    ],
)
def test_keys_that_do_not(key, value):
    assert not secrets.looks_secret(key, value)


def test_a_plural_of_token_that_is_no_number_is_secret():
    assert secrets.looks_secret("ACCESS_TOKENS", "one,two")
    assert not secrets.looks_secret("ACCESS_TOKENS", "12")


@pytest.mark.parametrize(
    "value",
    [
        "postgres://app:n3wpass@db/x",
        "jdbc:postgresql://app:p@ss/w0rd@db:5432/x",
        "redis://:password@cache:6379/0",
        "first http://proxy:3128/, then HTTPS://me:secret@proxy:3128/",
        '{"url": "amqp+ssl://me:secret@queue"}',
    ],
)
def test_values_that_hold_a_password(value):
    assert secrets.holds_password(value)
    assert secrets.masked({"environment": {"ADDRESS": value}}) == {"environment": {"ADDRESS": MASK}}


@pytest.mark.parametrize(
    "value",
    [
        "postgres://db/x",
        "postgres://app@db/x",
        "http://proxy:3128",
        "http://proxy:3128/path?mail=me@example.com",
        "registry:5000/image@sha256:0123",
        "https://registry:5000/image@sha256:0123",
        "someone@example.com",
        8080,
    ],
)
def test_values_that_hold_none(value):
    assert not secrets.holds_password(value)


def test_what_is_listed_is_secret_whatever_it_looks_like():
    listed = {"environment": {"DATABASE": "sup3rs3cret!", "database": "x"}}
    assert secrets.masked(listed, ["DATABASE"]) == {"environment": {"DATABASE": MASK, "database": "x"}}
    assert secrets.masked({"DATABASE": "sup3rs3cret!"}, ["DATABASE"]) == {"DATABASE": "sup3rs3cret!"}


@pytest.mark.parametrize(
    ("option", "keys"),
    [(None, []), ("A, B", ["A", "B"]), (["A", 1], ["A", "1"]), ({"A": 1}, []), (3, [])],
)
def test_listed_keys(option, keys):
    assert secrets.listed_keys(option) == keys


def test_what_is_secret_in_one_place_is_so_under_that_key_everywhere():
    """The old value need not look secret by itself."""
    outcome = {
        "model": {"primary_container": {"environment": {"URL": "postgres://app:n3wpass@db/x", "MODE": "fast"}}},
        "diff": {
            "before": {"containers": [{"environment": {"URL": "sup3rs3cret!", "MODE": "slow"}}]},
            "after": {"containers": [{"environment": {"URL": "postgres://app:n3wpass@db/x"}}]},
        },
        "serving": {"differences": [{"path": "environment.PWD", "before": "old", "after": None}]},
    }
    keys = {*secrets.secret_keys(outcome)}
    assert keys == {"URL", "PWD"}
    shown = secrets.masked(outcome, keys)
    assert shown["diff"]["before"] == {"containers": [{"environment": {"URL": MASK, "MODE": "slow"}}]}
    assert shown["serving"]["differences"] == [{"path": "environment.PWD", "before": MASK, "after": None}]
    assert sorted(secrets.secret_values(outcome, shown)) == [
        "postgres://app:n3wpass@db/x",
        "postgres://app:n3wpass@db/x",
        "sup3rs3cret!",
    ]


def test_only_what_is_shown_whole_can_be_put_back():
    contents = [
        {"container": {"environment": {"MODE": "fast"}}},
        {"container": {"environment": {"HF_TOKEN": "hf_0123456789"}}},
        {"container": {"environment": {"URL": "http://host/?t=hf_0123456789"}}},
        {"container": {"environment": {"LISTED": "a"}}},
        {"container": {"environment": {"ADDRESS": "a"}}},
    ]
    beside = [{"environment": {"ADDRESS": "http://me:password@host"}}]
    assert secrets.shown_whole(contents, beside, ["LISTED"]) == [True, False, False, False, False]


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
    found = list(secrets.secret_values(outcome, secrets.masked(outcome)))
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


def test_text_in_the_place_of_options_shows_no_listed_secret():
    options = {"primary_container": '{"environment": {"DATABASE": "sup3rs3cret!"}}'}
    assert secrets.masked_options(options, SPEC, ["DATABASE"]) == {"primary_container": MASK}
    assert secrets.masked_options(options, SPEC) == options


def test_the_arguments_of_a_task_keep_what_is_no_secret():
    arguments = {
        "secret_environment": ["DATABASE"],
        "kms_key_id": "alias/models",
        "primary_container": {"environment": {"DATABASE": "a", "MODE": "fast", "TOKEN": "t"}},
    }
    assert secrets.masked_arguments(arguments) == {
        **arguments,
        "primary_container": {"environment": {"DATABASE": MASK, "MODE": "fast", "TOKEN": MASK}},
    }


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
        ("primary_container.environment.URL", "sup3rs3cret!", "http://me:n3wpass@host", (MASK, MASK)),
        (
            "specification.container.environment",
            {"URL": "sup3rs3cret!", "A": "a"},
            {"URL": "http://me:n3wpass@host", "A": "b"},
            ({"URL": MASK, "A": "a"}, {"URL": MASK, "A": "b"}),
        ),
    ],
)
def test_masking_of_changes(path, before, after, expected):
    masked = secrets.masked({"path": path, "before": before, "after": after})
    assert masked == {"path": path, "before": expected[0], "after": expected[1]}
