# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Findings of the checks before a deploy. Pure."""

from __future__ import annotations

from dataclasses import asdict
from dataclasses import dataclass
from typing import Any
from typing import Dict
from typing import Iterable
from typing import List

OK, WARNING, ERROR, UNKNOWN = "ok", "warning", "error", "unknown"
# The worst first.
STATUSES = (ERROR, WARNING, UNKNOWN, OK)


@dataclass(frozen=True)
class Finding:
    """check: its name; status: one of the constants above; variable: the variable of the role; message: the result;
    remedy: how to fix it."""

    check: str
    status: str
    variable: str
    message: str
    remedy: str = ""

    def as_dict(self) -> Dict[str, Any]:
        return asdict(self)

    def __str__(self) -> str:
        text = f"{self.message} {self.remedy}".strip()
        return f"{self.variable}: {text}" if self.variable else text


@dataclass(frozen=True)
class Unseen:
    """The reason why a lookup was not possible. permission: the IAM action that the caller lacks, if that is the
    reason."""

    reason: str
    permission: str = ""

    def finding(self, check: str, variable: str, what: str) -> Finding:
        """Return the finding about a check that was not possible."""
        remedy = f"To have it checked, allow the caller {self.permission}." if self.permission else ""
        return Finding(check, UNKNOWN, variable, f"{what} is not checked: {self.reason}", remedy)


def count(findings: Iterable[Finding], status: str) -> int:
    """Return how many findings have this status."""
    return sum(finding.status == status for finding in findings)


def report(findings: Iterable[Finding], endpoint: str, region: str, account: str) -> str:
    """Return a line that counts the findings, and a line for each that is not ok, the worst first.

    account: '' if it is not known.
    """
    listed = list(findings)
    ordered = [one for status in STATUSES[:-1] for one in listed if one.status == status]
    counts = [f"{count(listed, status)} {status}" for status in STATUSES if count(listed, status)]
    place = f"{region}, account {account}" if account else region
    first = f"Preflight of endpoint {endpoint} ({place}), by the status of its findings: {', '.join(counts)}."
    return "\n".join([first, *(f"{one.status}: {one}" for one in ordered)])


def shown(names: Iterable[str]) -> str:
    """Return names for a message."""
    listed: List[str] = sorted(set(names))
    return ", ".join(listed)
