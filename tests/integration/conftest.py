# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures of the playbook tests: ``aws``, a local AWS that is fresh for each test, and ``play``, which runs plays against it.

And the table of the kinds of endpoints at the end of the output.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

# Their assertions tell as much as a test's own.
pytest.register_assert_rewrite("integration.deploys", "integration.guides")

from integration.harness import Player
from integration.harness import default_ansible_playbook
from local_aws.process import LocalAws


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--ansible-playbook",
        type=Path,
        default=default_ansible_playbook(),
        help="the ansible-playbook to test with; by default the one beside the Python that runs the tests",
    )


@pytest.fixture(scope="session")
def aws_server() -> Iterator[LocalAws]:
    """One server for all tests of a worker: it takes a second to start."""
    with LocalAws(creating=0.5, updating=0.5, deleting=0.5) as server:
        yield server


@pytest.fixture
def aws(aws_server: LocalAws) -> LocalAws:
    aws_server.reset()
    return aws_server


@pytest.fixture
def play(aws: LocalAws, tmp_path: Path, request: pytest.FixtureRequest) -> Player:
    collections = os.environ.get("ANSIBLE_COLLECTIONS_PATH")
    if not collections:
        pytest.fail(
            "ANSIBLE_COLLECTIONS_PATH must name the folder that holds this collection and amazon.aws; `make integration` sets it"
        )
    return Player(
        ansible_playbook=request.config.getoption("--ansible-playbook"),
        collections=collections,
        directory=tmp_path,
        aws_environment=aws.environment(),
    )


# What is told of each kind of endpoint in examples/, one column a step.
STEPS = ("deploy", "again", "change", "destroy")


@pytest.fixture
def example_row(request: pytest.FixtureRequest) -> dict[str, str]:
    """What a test writes here about a step that went well stands in the table at the end."""
    row: dict[str, str] = {"kind": request.node.callspec.id}
    # Goes from the workers to the controller with the report.
    request.node.user_properties.append(("example", row))
    return row


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    told = [report for found in terminalreporter.stats.values() for report in found]
    reports = [report for report in told if isinstance(report, pytest.TestReport) and report.when == "call"]
    rows = [dict(report.user_properties).get("example") for report in reports]
    table = [["kind", *STEPS]]
    table += [[row["kind"], *(row.get(step, "FAILED") for step in STEPS)] for row in rows if row]
    if len(table) == 1:
        return
    widths = [max(len(line[column]) for line in table) for column in range(len(table[0]))]
    terminalreporter.section("kinds of endpoints")
    for line in sorted(table[:1]) + sorted(table[1:]):
        terminalreporter.line("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())
