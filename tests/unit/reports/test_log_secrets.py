# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is masked in the logs of containers, in whatever way a container writes it, and what stays."""

from __future__ import annotations

import base64
import time
from urllib.parse import quote

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.secrets import MASK
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.reports import log_secrets

TOKEN = "hf_AbCdEfGhIjKlMnOpQrStUvWxYz012345"
PASSWORD = 'p&ss "word"/äö'
PLAIN = {"HF_TOKEN": "plain-0123456789", "PASSWORD": PASSWORD, "MODE": "plain-mode-of-it"}


def masked(*lines: str, environment: dict[str, str] | None = None, keys: tuple[str, ...] = ()) -> list[str]:
    hidden = log_secrets.hidden_values([PLAIN if environment is None else environment], keys)
    return [line.replace(MASK, "MASK") for line in log_secrets.masked_lines(lines, hidden)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("token is plain-0123456789", "token is MASK"),
        ("HF_TOKEN=abcdefghij MODE=fast", "HF_TOKEN=MASK MODE=fast"),
        ("{'api_key': 'abcdefghij', 'mode': 'fast'}", "{'api_key': 'MASK', 'mode': 'fast'}"),
        ('{"PASSWORD":"abcdefghij"}', '{"PASSWORD":"MASK"}'),
        ("Authorization: Bearer abcdefghij.klm", "Authorization: Bearer MASK"),
        ("connecting to redis://user:secret@cache:6379/0", "connecting to redis://MASK@cache:6379/0"),
        # A token that no environment tells of, such as one out of a secret's store.
        (f"logged in with {TOKEN}.", "logged in with MASK."),
        ("key AKIAABCDEFGHIJKLMNOP of nobody", "key MASK of nobody"),
        # As other programs write the value.
        (f"login of {PASSWORD} failed", "login of MASK failed"),
        (r'{"p": "p&ss \"word\"/\u00e4\u00f6"}', '{"p": "MASK"}'),
        (f"GET /login?p={quote(PASSWORD, safe='')}&x=1", "GET /login?p=MASK&x=1"),
        (f"header {base64.b64encode(PASSWORD.encode()).decode()}", "header MASK=="),
        # Cut off at either end.
        ("token plain-012345678... is wrong", "token MASK... is wrong"),
        ("token ...ain-0123456789", "token ...MASK"),
        # What tells the cause stays.
        ("KeyError: 'model.layers.0.weight'", "KeyError: 'model.layers.0.weight'"),
        ("max_total_tokens=4096", "max_total_tokens=4096"),
        ("_pickle.UnpicklingError: invalid load key, '<'.", "_pickle.UnpicklingError: invalid load key, '<'."),
        ("running as plain-mode-of-it, not as plain-01", "running as plain-mode-of-it, not as plain-01"),
        ("", ""),
    ],
)
def test_a_line(text: str, expected: str) -> None:
    assert masked(text) == [expected]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        # Wrapped inside an event, and over events, however short the rest is.
        ((f"use {PLAIN['HF_TOKEN'][:13]}\n  {PLAIN['HF_TOKEN'][13:]} now", "next"), ["use MASK\n now", "next"]),
        (("use plain-01234567", "  89 now", "next"), ["use MASK", " now", "next"]),
        (("a", "pla", "in-", "0123456789"), ["a", "MASK", "", ""]),
        (("nothing", "secret"), ["nothing", "secret"]),
        ((), []),
    ],
)
def test_a_value_that_is_wrapped(lines: tuple[str, ...], expected: list[str]) -> None:
    assert masked(*lines) == expected


def test_the_parts_of_a_value_are_hidden_as_well() -> None:
    environment = {
        "API_KEY": "first-line-1\nsecond-line",
        "PIN_SECRET": "1",
        "LISTED": "of-the-list",
        "MODE": "plain-text",
        "SETTINGS": '{"mode": "fast-mode-1", "password": "of-the-json", "inner": {"a": 1}}',
        "STORE": "postgres://app:of-the-url@db.example.com/x",
        "OTHER": f"--login {TOKEN} --fast",
        "BROKEN": '{"password": "of-the-bro',
    }
    lines = (
        "first-line-1 alone",
        "and second-line",
        "of-the-list",
        "plain-text fast-mode-1 db.example.com --login --fast",
        "of-the-json",
        "of-the-url",
        TOKEN,
        "1",
        "of-the-bro",
    )
    expected = ["MASK alone", "and MASK", "MASK", lines[3], "MASK", "MASK", "MASK", "1", "of-the-bro"]
    assert masked(*lines, environment=environment, keys=("LISTED",)) == expected


def test_a_long_log_and_a_long_value_take_no_time() -> None:
    environment = {"TLS_PRIVATE_KEY": "\n".join(f"{number:064d}" for number in range(500)), "HF_TOKEN": TOKEN}
    lines = [f"{number}: loading shard of the model, and nothing else to be told of it" for number in range(1000)]
    began = time.process_time()
    assert masked(*lines, f"{7:064d}", environment=environment) == [*lines, "MASK"]
    assert time.process_time() - began < 5
