# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers of endpoints, and reading their bodies."""

from __future__ import annotations

import base64
import codecs
from dataclasses import dataclass
from typing import Any
from typing import Callable
from typing import Dict
from typing import Optional

from ..core.types import Api
from . import chat_completions
from . import expectations

try:
    from botocore import exceptions as botocore_exceptions
    from urllib3 import exceptions as urllib3_exceptions  # botocore's own dependency
except ImportError:  # reported by AnsibleAWSModule
    botocore_exceptions = None
    urllib3_exceptions = None


# Bytes of a stream of events to wait for at a time.
CHUNK = 1024


class StreamTimedOut(Exception):
    """A stream did not end in time."""


@dataclass(frozen=True)
class Body:
    """The beginning of a body, or all of it. size: the total size, None if unknown."""

    data: bytes
    size: Optional[int]

    @property
    def is_cut(self) -> bool:
        return self.size != len(self.data)


@dataclass(frozen=True)
class Answer:
    """status: HTTP; members: members of the answer, in snake_case; read: its body, None if there is none (yet).

    problem: the message for an unexpected error, None if the answer is not an error; events: whether the body is a stream of OpenAI's Chat
    Completions, which then counts as the document that its events add up to.
    """

    status: int
    latency_ms: float
    members: Dict[str, Any]
    read: Optional[Body] = None
    problem: Optional[str] = None
    events: bool = False

    @property
    def is_cut(self) -> bool:
        """Return whether the body is truncated."""
        return self.read is not None and self.read.is_cut

    @property
    def text(self) -> Optional[str]:
        """Return the body as text, None without a body or if it is not UTF-8. A truncated last character is dropped."""
        if self.read is None:
            return None
        try:
            return codecs.getincrementaldecoder("utf-8")().decode(self.read.data, final=not self.is_cut)
        except UnicodeDecodeError:
            return None

    @property
    def document(self) -> Any:
        """Return the value to check: the body as parsed JSON, its text, or a description of its size."""
        text = self.text
        if text is None:
            return f"{len(self.read.data) if self.read else 0} bytes that are not text"
        try:
            return self._parsed(text)
        except ValueError:
            return text

    def _parsed(self, text: str) -> Any:
        return chat_completions.joined(text) if self.events else expectations.parsed(text)

    def as_dict(self) -> Dict[str, Any]:
        """Return the answer as in results."""
        shown = {"status": self.status, "latency_ms": self.latency_ms, **self.members}
        if self.read is None:
            return shown
        if self.is_cut:
            shown.update(body_truncated=True, body_size=self.read.size)
        text = self.text
        if text is None:
            shown["body_base64"] = base64.b64encode(self.read.data).decode()
            return shown
        shown["body"] = text
        if not self.is_cut:
            try:
                shown["json"] = self._parsed(text)
            except ValueError:
                pass
        return shown


def read_body(raw: Api, limit: int, is_late: Callable[[], bool] = lambda: False) -> Optional[Body]:
    """Return the body of an answer or a stream, up to this number of bytes. Raises botocore errors.

    is_late: whether a stream has taken too long. StreamTimedOut is then raised.
    """
    body = raw.get("Body")
    if body is None:
        return None
    if hasattr(body, "read"):
        data = _read_events(body, limit, is_late) if is_events(raw) else body.read(limit)
        length = raw.get("ContentLength") or raw["ResponseMetadata"]["HTTPHeaders"].get("content-length")
        rest = body.read(1)
        body.close()
        return Body(data, len(data) if not rest else int(length) if length else None)
    data = bytearray()
    try:
        for event in body:
            data += event.get("PayloadPart", {}).get("Bytes", b"")
            if len(data) > limit:
                body.close()
                return Body(bytes(data[:limit]), None)
            if is_late():
                body.close()
                raise StreamTimedOut()
    except urllib3_exceptions.HTTPError as error:  # botocore does not convert them in event streams
        raise botocore_exceptions.ResponseStreamingError(error=error) from error
    return Body(bytes(data), len(data))


def is_events(raw: Api) -> bool:
    """Return whether the body of an answer is a stream of server-sent events."""
    return str(raw.get("ContentType") or "").startswith(chat_completions.CONTENT_TYPE)


def _read_events(body: Any, limit: int, is_late: Callable[[], bool]) -> bytes:
    """Return the events of a stream as they come. Raises StreamTimedOut."""
    data = b""
    while len(data) < limit and (part := body.read(min(CHUNK, limit - len(data)))):
        data += part
        if is_late():
            body.close()
            raise StreamTimedOut()
    return data
