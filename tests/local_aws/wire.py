# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes over the wire: a request, an answer, an error in the shape that the called service's clients expect."""

from __future__ import annotations

import base64
import json
import re
import uuid
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape


@dataclass
class Request:
    """One HTTP request, completely read. Header names are in lower case; ``path`` is as sent (percent-encoded)."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    def form(self) -> dict[str, str]:
        """The body of a query-protocol call, or what the query string holds of it."""
        kind = self.headers.get("content-type", "")
        text = self.body.decode("utf-8", "replace") if kind.startswith("application/x-www-form-urlencoded") else ""
        return dict(parse_qsl(text or self.query, keep_blank_values=True))


@dataclass
class Response:
    """One HTTP answer. A body of None means: drop the connection without a word. parts: of a body that is sent bit by bit."""

    status: int
    body: bytes | None
    headers: dict[str, str] = field(default_factory=dict)
    parts: list[bytes] | None = None


class AwsError(Exception):
    """A refusal: AWS's error code, its text, the HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400, **members: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.members = members


def validation(message: str) -> AwsError:
    """What both SageMaker and Application Auto Scaling answer to nearly everything. behaviour 0.5"""
    return AwsError("ValidationException", message)


def readable(body: bytes) -> str | dict[str, str]:
    """A body as JSON can hold it: its text, or {"base64": ...} if it is none."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}


def json_response(document: Any, status: int = 200, kind: str = "application/x-amz-json-1.1", **more: str) -> Response:
    headers = {"Content-Type": kind, "x-amzn-RequestId": str(uuid.uuid4()), **more}
    return Response(status, json.dumps(document).encode(), headers)


def error_response(error: AwsError, service: str, protocol: str) -> Response:
    """The error in the form of the protocol: json, rest-json, query, rest-xml, or openai. behaviour 1.1, 7.13"""
    if protocol == "openai":
        kind = "server_error" if error.code == "ModelError" or error.status >= 500 else "invalid_request_error"
        code = re.sub(r"(?<!^)(?=[A-Z])", "_", error.code).lower()
        told = {"message": error.message, "type": kind, "code": code}
        return json_response({"error": told}, error.status, "application/json")
    if protocol in ("json", "rest-json"):
        # The JSON services disagree about the letter case of the text's key; clients read both.
        document = {"__type": error.code, "message": error.message, "Message": error.message, **error.members}
        kind = "application/json" if protocol == "rest-json" else "application/x-amz-json-1.1"
        return json_response(document, error.status, kind, **{"x-amzn-ErrorType": error.code})
    code, text, request = escape(error.code), escape(error.message), uuid.uuid4()
    inner = f"<Code>{code}</Code><Message>{text}</Message>"
    if protocol == "rest-xml" and service == "s3":
        xml = f"<Error>{inner}<RequestId>{request}</RequestId></Error>"
    else:
        kind = "Sender" if error.status < 500 else "Receiver"
        xml = (
            f"<ErrorResponse><Error><Type>{kind}</Type>{inner}</Error><RequestId>{request}</RequestId></ErrorResponse>"
        )
    return Response(error.status, xml.encode(), {"Content-Type": "text/xml"})
