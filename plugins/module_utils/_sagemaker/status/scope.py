# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The regions and the endpoints that a status is about, as the options say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from typing import Collection
from typing import List
from typing import Mapping
from typing import Optional

from ..api.client import AwsClients
from ..core import errors
from ..core.errors import InputError
from ..core.errors import SageMakerError
from ..core.problems import Problem
from ..core.types import Api


def regions(aws: AwsClients, params: Mapping[str, Any]) -> List[AwsClients]:
    """Return the clients of the regions to read. If some are given, the connection needs no region of its own."""
    names = _stripped(params["regions"])
    try:
        return [aws.in_region(name) for name in dict.fromkeys(names or [aws.sagemaker.region])]
    except SageMakerError as error:
        if not errors.lacks_region(error.message):
            raise
        text = "is not set, and the connection has no region. Set regions, region (in a playbook aws_region), or AWS_REGION."
        raise InputError(Problem("regions", text)) from error


@dataclass(frozen=True)
class Endpoints:
    """The endpoints to report. names: all if empty; part: a text that a name contains, in lower case."""

    names: List[str]
    part: str

    def include(self, listed: Api) -> bool:
        """Return whether an entry of ListEndpoints is one of them."""
        name = listed["EndpointName"]
        return (not self.names or name in self.names) and self.part in name.lower()

    def not_found(self, found: Collection[str]) -> List[str]:
        """Return the names that are missing among those that were found."""
        return [name for name in dict.fromkeys(self.names) if name not in found and self.part in name.lower()]


def endpoints(params: Mapping[str, Any]) -> Endpoints:
    return Endpoints(_stripped(params.get("names")), (params.get("name_contains") or "").lower())


def _stripped(texts: Optional[List[str]]) -> List[str]:
    """Return the parts of a text with commas, behind which there may be blanks."""
    return [text.strip() for text in texts or () if text.strip()]
