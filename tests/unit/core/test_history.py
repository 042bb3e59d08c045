# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tag that holds the history of an endpoint."""

from __future__ import annotations

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import history
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import ownership
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rules import tags as tag_rules


def ours(*names: str) -> dict[str, bool]:
    return {name: True for name in names}


@pytest.mark.parametrize(
    ("entries", "value"),
    [
        ({}, ""),
        (ours("p-config-00000001"), "p-config-00000001"),
        (ours("p-config-00000003", "p-config-00000002", "p-config-00000001"), "p-config-00000003 00000002 00000001"),
        (
            ours("q-config-00000003", "p-config-00000002", "p-config-00000001"),
            "q-config-00000003 p-config-00000002 00000001",
        ),
        # What was handed over may have any name, and another name between two does not end the shortening.
        (ours("p-config-00000002", "tf-config-q7xk", "p-config-00000001"), "p-config-00000002 tf-config-q7xk 00000001"),
        # Somebody else's name may look like a hash, or like one of ours.
        (
            {**ours("p-config-00000002"), "deadbeef": False, "tf-config-0000000a": False, **ours("p-config-00000001")},
            "p-config-00000002 =deadbeef =tf-config-0000000a 00000001",
        ),
    ],
)
def test_the_tag_holds_full_names_in_few_characters(entries, value):
    assert history.write(entries) == value
    assert history.read(value) == entries
    assert list(history.read(value)) == list(entries)
    assert not tag_rules.problems({ownership.HISTORY_TAG: value})


def test_hashes_alone_have_the_prefix_of_what_serves():
    assert history.read("00000002 00000001", "p") == ours("p-config-00000002", "p-config-00000001")
    # Nobody knows their prefix.
    assert history.read("00000002 q-config-00000001") == ours("q-config-00000001")


def test_what_is_too_long_for_a_tag_loses_the_oldest_and_keeps_what_somebody_else_made():
    names = [f"{'p' * 47}-config-{number:08x}" for number in range(40, 0, -1)]
    entries = {**ours(*names), "terraform": False}
    kept = history.read(history.write(entries))
    assert len(history.write(entries)) <= history.LENGTH
    assert list(kept)[:-1] == names[:21]
    assert (len(kept), kept["terraform"]) == (22, False)
    # Names that differ more take more room; the first stays.
    several = ours(*(f"{letter * 47}-config-00000001" for letter in "abcdef"))
    assert list(history.read(history.write(several))) == list(several)[:4]
    strangers = {"live": True, **{f"{number:063}": False for number in range(5)}}
    assert list(history.read(history.write(strangers))) == list(strangers)[:4]


@pytest.mark.parametrize(
    ("name", "prefix"),
    [
        ("p-config-00000001", "p"),
        ("a-b-model-0000000f", "a-b"),
        ("a-config-00000001-config-00000002", "a-config-00000001"),
        ("my-config-x-config-0a1b2c3d", "my-config-x"),
        ("p-config-q7xk", None),
        ("fraud-config-0a1b2c3d4", None),
        ("fraud-config-0A1B2C3D", None),
        ("-config-0a1b2c3d", None),
        ("", None),
        (None, None),
    ],
)
def test_the_prefix_of_a_generated_name(name, prefix):
    assert history.prefix_of(name) == prefix
