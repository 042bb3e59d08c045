# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One server for all tests of the local AWS, emptied before each."""

from __future__ import annotations

from typing import Iterator

import pytest

from local_aws.process import LocalAws
from local_aws.tests.kit import Kit


@pytest.fixture(scope="session")
def local_aws_server() -> Iterator[LocalAws]:
    # Long transitions: time passes by aws.advance(), so that no test depends on how fast the machine is.
    with LocalAws(creating=100, updating=100, deleting=100, async_delay=0.05) as aws:
        yield aws


@pytest.fixture
def aws(local_aws_server: LocalAws) -> LocalAws:
    local_aws_server.reset()
    return local_aws_server


@pytest.fixture
def kit(aws: LocalAws) -> Kit:
    return Kit(aws)
