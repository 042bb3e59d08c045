# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SageMaker's OpenAI-compatible route. botocore does not know it.

It is InvokeEndpoint at another path, with a bearer token in place of the signature, and with OpenAI's form of errors. So the call is
changed on its way, and everything else about it (timeouts, proxies, certificates, faults that are repeated) stays as it is.
"""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from typing import Dict
from typing import Iterator
from typing import Optional
from urllib.parse import quote

from ..api.bearer_token import bearer_token

try:
    from botocore import UNSIGNED
except ImportError:  # reported by AnsibleAWSModule
    UNSIGNED = None

# What is appended to the path of an endpoint or a component.
ROUTE = "openai/v1"
# Seconds. A token is made for each request, and an answer takes minutes at most.
TOKEN_SECONDS = 900
_EVENTS = "sagemaker-runtime.InvokeEndpoint"
# So SageMaker quotes an error of the container, if it could read it.
_QUOTED = re.compile(r'Received (?:client|server) error \((\d+)\) from \S+(?: with message "(.*)")?', re.DOTALL)


@dataclass(frozen=True)
class OpenAiRoute:
    """path: below the route, such as C(chat/completions)."""

    endpoint: str
    component: Optional[str]
    path: str

    @property
    def url_path(self) -> str:
        """Return the path of the URL. The route takes no header that names a component."""
        component = f"/inference-components/{quote(self.component, safe='')}" if self.component else ""
        return f"/endpoints/{quote(self.endpoint, safe='')}{component}/{ROUTE}/{self.path}"

    @contextmanager
    def taken_by(self, client: Any) -> Iterator[None]:
        """Within this block the client's calls of InvokeEndpoint take this route."""
        handlers = {
            f"choose-signer.{_EVENTS}": lambda **event: UNSIGNED,
            f"before-sign.{_EVENTS}": self._redirect,
            f"response-received.{_EVENTS}": _translate,
        }
        events = client.meta.events
        for name, handler in handlers.items():
            events.register_first(name, handler)
        try:
            yield
        finally:
            for name, handler in handlers.items():
                events.unregister(name, handler)

    def _redirect(self, request: Any, request_signer: Any, region_name: str, **event: Any) -> None:
        credentials = request_signer.get_auth_instance("sagemaker", region_name, "v4").credentials
        request.url = request.url.partition("/endpoints/")[0] + self.url_path
        request.headers["Authorization"] = f"Bearer {bearer_token(credentials, region_name, TOKEN_SECONDS)}"


def _translate(response_dict: Optional[Dict[str, Any]], parsed_response: Any, **event: Any) -> None:
    """Give an error in OpenAI's form the members that InvokeEndpoint's errors have."""
    if response_dict and parsed_response and response_dict["status_code"] >= 300:
        translate_error(parsed_response, response_dict["status_code"], response_dict["body"])


def translate_error(parsed: Dict[str, Any], status: int, body: bytes) -> None:
    """Put code, message and, of an error of the container, its status and its own body into an answer that botocore has parsed."""
    try:
        told = json.loads(body)["error"]
        message, code = str(told["message"]), told.get("code")
    except (ValueError, KeyError, TypeError, AttributeError):
        return
    error = parsed.setdefault("Error", {})
    error["Message"] = message
    if isinstance(code, str):
        # validation_error is ValidationError.
        error["Code"] = "".join(word.capitalize() for word in code.split("_"))
    quoted = _QUOTED.match(message)
    if quoted:
        error["Code"] = "ModelError"
        parsed.update(OriginalStatusCode=int(quoted[1]), OriginalMessage=quoted[2] or message)
