# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which lines and which streams a failure report shows."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import failure_causes
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.reports import log_lines

CORPUS = yaml.safe_load((Path(__file__).parents[1] / "core" / "failures.yml").read_text())


def lines(*texts):
    return [{"time": "", "stream": "main/i-1", "message": text} for text in texts]


def texts(shown):
    return [line["message"] for line in shown]


@pytest.mark.parametrize("failure", [one for one in CORPUS if "lines" in one], ids=lambda one: one["cause"])
def test_what_tells_the_cause_is_shown_after_a_long_start(failure):
    """Of the logs in public reports, behind lines of a start that goes well."""
    told = failure["lines"]
    before = [f"loading shard {number}" for number in range(100)]
    shown = texts(log_lines.excerpt([lines(*before, *told)]))
    assert len(shown) <= log_lines.MOST
    cause = failure_causes.diagnose("", told)
    if cause is not failure_causes.UNKNOWN:
        assert failure_causes.diagnose("", shown).name == cause.name
        assert before[0] not in shown


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("2030-01-31 ERROR could not load", True),
        ("ValueError: no", True),
        ("thread panicked", True),
        ("INFO 0 errors so far", False),
        ("error_rate=0.1", False),
        ('10.0.0.1 - "GET /ping HTTP/1.1" 503 Error', False),
        ("Loading checkpoint", False),
        ("exec /usr/bin/serve: exec format error", True),
    ],
)
def test_an_error(text, error):
    assert log_lines.is_error(text) is error


def test_without_an_error_the_last_lines_are_shown():
    calm = [f"line {number}" for number in range(100)]
    assert texts(log_lines.last_words(lines(*calm), 40)) == calm[60:]
    assert log_lines.last_words([], 40) == []


def test_an_odd_number_of_lines_is_used_up() -> None:
    told = [f"ERROR {number}" for number in range(20)]
    shown = texts(log_lines.last_words(lines(*told), 5))
    assert shown == [*told[:3], *told[-2:]]


def test_of_a_long_error_its_beginning_and_its_end_are_shown():
    told = ["start", "ERROR", *(f"frame {number}" for number in range(100)), "the reason"]
    shown = texts(log_lines.last_words(lines(*told), 10))
    assert shown == [*told[1:6], *told[-5:]]


@pytest.mark.parametrize(
    ("lengths", "shown"),
    [([10], [10]), ([100], [40]), ([5, 100], [5, 35]), ([100, 100, 100], [13, 13, 14]), ([1] * 60, [1] * 40)],
)
def test_streams_share_the_lines_and_leave_what_they_do_not_need(lengths, shown):
    streams = [lines(*(f"{stream} {number}" for number in range(length))) for stream, length in enumerate(lengths)]
    found = texts(log_lines.excerpt(streams))
    counts = [len([text for text in found if text.startswith(f"{stream} ")]) for stream in range(len(lengths))]
    assert sorted(count for count in counts if count) == sorted(shown)


def stream(name, created, last=None):
    return {"logStreamName": name, "creationTime": created, **({"lastEventTimestamp": last} if last else {})}


def test_streams_of_this_rollout_are_chosen_in_turns_with_the_named_variant_first():
    streams = [
        stream("b/i-1", 50),
        stream("b/i-2", 60),
        stream("a/i-3", 70),
        stream("a/i-3/data-log", 70),
        stream("old/i-4", 10, 40),
        stream("running/i-5", 10, 55),
    ]
    reason = "The primary container for production variant a did not pass the ping health check."
    assert log_lines.chosen(streams, 50, reason) == ["a/i-3", "b/i-1", "running/i-5", "b/i-2"]
    assert log_lines.chosen(streams, None, "")[0] == "b/i-1"
    assert len(log_lines.chosen(streams, None, "")) == 5
    assert log_lines.chosen([], 50, reason) == []


def test_a_message_ends_with_three_lines():
    assert log_lines.ending(lines("a", "b", "c", "d")) == "\n  b\n  c\n  d"
    assert log_lines.ending([]) == ""
