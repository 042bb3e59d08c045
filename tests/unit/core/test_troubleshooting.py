# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page about causes says what the table of causes says."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import failure_causes

CHECKOUT = Path(__file__).resolve().parents[3]


def tool() -> Any:
    spec = importlib.util.spec_from_file_location("troubleshooting", CHECKOUT / "tools" / "update_troubleshooting.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_the_one_that_the_table_makes() -> None:
    """If not: python3 tools/update_troubleshooting.py"""
    page = (CHECKOUT / "docs" / "docsite" / "rst" / "troubleshooting.rst").read_text()
    assert page == tool().page()
    for cause in (*failure_causes.CAUSES, failure_causes.WAITING, failure_causes.NO_ANSWER, failure_causes.CALLER):
        assert f"\n{cause.name}\n~~~" in page
        assert cause.remedy in page
    # Each has an example of a public report.
    sections = re.split(r"\n(\w+)\n~+\n", page)[1:]
    assert [name for name, text in zip(sections[::2], sections[1::2]) if ".. code-block:: text" not in text] == []
