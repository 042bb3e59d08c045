# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lookups of a preflight: read-only, cached and limited in number."""

from __future__ import annotations

import re
from typing import Any
from typing import Dict
from typing import List
from typing import Mapping
from typing import Optional
from typing import Union

from ..api.snapshot import Snapshot
from ..core import errors
from ..core.errors import ServiceError
from ..core.types import Api
from .findings import Unseen

try:
    from botocore import exceptions as botocore_exceptions
    from botocore.awsrequest import AWSRequest
except ImportError:  # reported by AnsibleAWSModule
    botocore_exceptions = None

MOST_CALLS = 30
# Seconds to retry the faults of a call, short because an unreachable service must not delay the preflight.
PATIENCE = 5.0
# Number of calls that the retries may take.
REPEATED = 6

# IAM's names of services and permissions that differ from botocore's services and operations.
_PREFIXES = {"service-quotas": "servicequotas"}
_PERMISSIONS = {
    "HeadBucket": "s3:ListBucket",
    "HeadObject": "s3:GetObject",
    "ListObjectsV2": "s3:ListBucket",
    "GetMetricData": "cloudwatch:GetMetricData",
}
_MISSING = re.compile(r"404|NoSuch\w+|(\w+\.)?\w*NotFound(Exception|Fault)?")
_MISSING_TEXT = re.compile(r"does not exist|not found", re.IGNORECASE)
_DENIED = re.compile(r"40[13]|AccessDenied(Exception)?|UnauthorizedOperation|AuthorizationError(Exception)?")

Answer = Union[Api, None, Unseen]


class Lookup:
    """Makes lookups. most: maximum number of calls, including earlier ones of the snapshot."""

    def __init__(self, snapshot: Snapshot, most: int = MOST_CALLS) -> None:
        self.aws = snapshot
        self._most = most
        self._fetched = 0

    @property
    def left(self) -> int:
        """Return the number of calls left."""
        return self._most - self.aws.calls - self._fetched

    @property
    def _exhausted(self) -> Unseen:
        return Unseen(f"a preflight makes at most {self._most} calls.")

    def ask(self, service: str, operation: str, request: Mapping[str, Any]) -> Answer:
        """Return the answer, None if the resource does not exist, or Unseen with the reason."""
        client = self.aws.service(service)
        permission = _PERMISSIONS.get(operation, f"{_PREFIXES.get(service, service)}:{operation}")
        if self.left <= 0 and not client.has_answer(operation, request):
            return self._exhausted
        try:
            # Retries count as well.
            patience = PATIENCE if self.left > REPEATED else 0.0
            with client.patient_until(client.clock.now() + patience):
                return client.call(operation, request)
        except ServiceError as error:
            return _refusal(error, permission)

    def pages(self, service: str, operation: str, request: Mapping[str, Any], items: str) -> Union[List[Api], Unseen]:
        """Return the items of all pages, or Unseen with the reason."""
        found: List[Api] = []
        asked: Dict[str, Any] = dict(request)
        while True:
            answer = self.ask(service, operation, asked)
            if answer is None or isinstance(answer, Unseen):
                return found if answer is None else answer
            found += answer.get(items, [])
            if not answer.get("NextToken"):
                return found
            asked["NextToken"] = answer["NextToken"]

    def fetch(self, service: str, url: str) -> Union[bytes, Unseen]:
        """Return the content of a presigned URL, with the proxy and certificates of the service's client."""
        if self.left <= 0:
            return self._exhausted
        self._fetched += 1
        session = self.aws.service(service).client._endpoint.http_session
        try:
            response = session.send(AWSRequest("GET", url).prepare())
        except botocore_exceptions.BotoCoreError as error:
            return Unseen(f"{error}.")
        if response.status_code != 200:
            return Unseen(f"the answer was {response.status_code}.")
        return response.content


def _refusal(error: ServiceError, permission: str) -> Optional[Unseen]:
    """Return Unseen with the reason of an error, None if it means that the resource does not exist."""
    code = errors.code(error)
    if _DENIED.fullmatch(code) or errors.http_status(error) in (401, 403):
        return Unseen(f"the caller may not call {permission}.", permission)
    if _MISSING.fullmatch(code) or errors.is_not_found(error):
        return None
    if code.startswith("Validation") and _MISSING_TEXT.search(errors.message(error)):
        return None
    return Unseen(f"{error.message.rstrip('. ')}.")
