# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The request of an invocation: the call, its members, and its problems."""

from __future__ import annotations

import json
import os
import re
from typing import Any
from typing import Dict
from typing import Iterator
from typing import Mapping
from typing import Optional
from typing import Set
from typing import Tuple

from ..api.client import AwsClients
from ..argspec import invocation as invocation_options
from ..core import secrets
from ..core.errors import InputError
from ..core.problems import Problem
from ..core.problems import out_of_range
from ..core.types import Api
from ..schema import shapes
from ..schema import values
from . import expectations
from .openai_route import ROUTE
from .openai_route import OpenAiRoute

RUNTIME = "sagemaker-runtime"
REAL_TIME = "InvokeEndpoint"
STREAM = "InvokeEndpointWithResponseStream"
ASYNCHRONOUS = "InvokeEndpointAsync"
# Not a call of its own, but another path of InvokeEndpoint.
OPENAI = "openai"

# How to select each call, for messages.
_KIND = {
    REAL_TIME: "a real-time invocation",
    STREAM: "a streamed one (stream)",
    ASYNCHRONOUS: "an asynchronous one (input_location, or asynchronous)",
    OPENAI: "one of the OpenAI-compatible route (openai_path)",
}

_OWN_MEMBERS = {
    REAL_TIME: {*invocation_options.REAL_TIME_ONLY, *invocation_options.AT_ONCE_ONLY},
    STREAM: {*invocation_options.AT_ONCE_ONLY},
    ASYNCHRONOUS: {*invocation_options.ASYNCHRONOUS_ONLY},
    # The component is part of the path. What else travels in headers the route does not take.
    OPENAI: {"inference_component_name"},
}
_COMMON_MEMBERS = {"endpoint_name", *invocation_options.COMMON}
_OPENAI_PATH = re.compile(r"[A-Za-z0-9_-]+(?:[./][A-Za-z0-9_-]+)*")


class InvocationRequest:
    """The requested invocation. problems: its problems with their options. It can be sent only without problems.

    lenient: a file that an earlier task would create may be missing.
    """

    def __init__(self, aws: AwsClients, params: Mapping[str, Any], lenient: bool) -> None:
        kind = _kind(params)
        self.operation = REAL_TIME if kind == OPENAI else kind
        self.route: Optional[OpenAiRoute] = None
        self.wait: bool = params["wait"]
        self.timeout: Optional[int] = params.get("wait_timeout")
        self.retry_unanswered: bool = params["retry_unanswered"]
        self.max_body_bytes: int = params["max_body_bytes"]
        self.expect: Mapping[str, Any] = params.get("expect") or {}
        self.name: str = params["endpoint_name"]
        self.secret_keys = secrets.listed_keys(params.get(secrets.OPTION))
        known = _OWN_MEMBERS[kind] | ({"endpoint_name"} if kind == OPENAI else _COMMON_MEMBERS)
        options = {option: params.get(option) for option in known}
        self.problems = [*self._misused(params, known), *_not_ascii(options), *expectations.problems(self.expect)]
        self.members: Api = {}
        body: Optional[bytes] = None
        try:
            body, media_type = _body(params, lenient)
            if kind == OPENAI:
                self.route = OpenAiRoute(self.name, options.pop("inference_component_name"), _openai_path(params))
                body, media_type = _openai_body(params, body), "application/json"
            if body is not None:
                options["body"] = body
                options["content_type"] = options.get("content_type") or media_type
            shape = aws.service(RUNTIME).input_shape(self.operation)
            self.members = shapes.to_api(shape, options)
            known = {problem.path for problem in self.problems}
            self.problems += [one for one in shapes.problems(shape, self.members) if one.path not in known]
        except InputError as error:
            self.problems += error.problems
        self.shown = {
            "operation": self.operation,
            **{o: v for o, v in options.items() if v is not None and o != "body"},
            **_shown_route(self.route),
        }
        if body:
            self.shown["body_size"] = len(body)

    def _misused(self, params: Mapping[str, Any], known: Set[str]) -> Iterator[Problem]:
        """Yield the problems of options that are not allowed together."""
        if self.operation != ASYNCHRONOUS and params.get("asynchronous"):
            yield Problem("asynchronous", "the OpenAI-compatible route answers at once. Leave it or openai_path out.")
        elif params["stream"] and _is_asynchronous(params):
            yield Problem(
                "stream",
                "an asynchronous invocation (input_location, or asynchronous) writes its answer to S3 and cannot be streamed. "
                "Leave one of the two out.",
            )
        wrong = out_of_range(self.max_body_bytes, 1, None)
        if wrong:
            yield Problem("max_body_bytes", wrong)
        yield from _misplaced(params, known)
        if self.expect and self.operation == ASYNCHRONOUS and not self.wait:
            yield Problem("expect", "without wait the result does not exist yet. Set wait: true, or leave expect out.")


def _is_asynchronous(params: Mapping[str, Any]) -> bool:
    asynchronous = params.get("asynchronous")
    return params.get("input_location") is not None if asynchronous is None else asynchronous


def _kind(params: Mapping[str, Any]) -> str:
    """Return the selected kind of invocation."""
    if params.get("openai_path") is not None:
        return OPENAI
    return ASYNCHRONOUS if _is_asynchronous(params) else STREAM if params["stream"] else REAL_TIME


def _misplaced(params: Mapping[str, Any], known: Set[str]) -> Iterator[Problem]:
    """Yield the problems of options of other calls."""
    for option in sorted(_COMMON_MEMBERS.union(*_OWN_MEMBERS.values()) - known):
        if params.get(option) is not None:
            fitting = [
                _KIND[kind]
                for kind, options in _OWN_MEMBERS.items()
                if option in options or (option in _COMMON_MEMBERS and kind != OPENAI)
            ]
            yield Problem(
                option,
                f"this option is only for {' or '.join(fitting)}. Change the kind of invocation, or leave the option out.",
            )


def _not_ascii(options: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield the problems of values that are not possible in HTTP headers, which carry all options except the body."""
    for option, value in options.items():
        if isinstance(value, str) and not (value.isascii() and value.isprintable()):
            yield Problem(option, f"must be printable ASCII characters, got {value!r}.")


def _body(params: Mapping[str, Any], lenient: bool) -> Tuple[Optional[bytes], Optional[str]]:
    """Return the body and its type, if known. lenient: a file that an earlier task would create may be missing."""
    path, body = params.get("src"), params.get("body")
    if path is not None:
        if lenient and not os.path.exists(path):
            return b"", None
        try:
            with open(path, "rb") as file:
                return file.read(), None
        except OSError as error:
            raise InputError(
                Problem(
                    "src",
                    f"{path} cannot be read: {error.strerror}. The file must be on the host that the module runs on.",
                )
            ) from error
    if isinstance(body, (dict, list)):
        return json.dumps(body, ensure_ascii=False).encode(), "application/json"
    return (None if body is None else values.text(body).encode()), None


def _openai_path(params: Mapping[str, Any]) -> str:
    """The path below the route. Raises InputError for what is no path."""
    path = params["openai_path"].strip("/")
    if not _OPENAI_PATH.fullmatch(path):
        raise InputError(
            Problem(
                "openai_path",
                f"must be a path below /{ROUTE}, such as chat/completions; got {params['openai_path']!r}.",
            )
        )
    return path


def _openai_body(params: Mapping[str, Any], body: Optional[bytes]) -> Optional[bytes]:
    """The body, which asks for a stream itself. Raises InputError for what OpenAI's API does not take."""
    if not body:
        return body
    option = "src" if params.get("src") is not None else "body"
    try:
        document = json.loads(body)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise InputError(
            Problem(option, "must be a JSON object with openai_path: OpenAI's API takes no other request.")
        )
    if not params["stream"]:
        return body
    if document.get("stream") is False:
        raise InputError(Problem(option, "has stream: false, and the option stream is true. Leave one of the two out."))
    return json.dumps({**document, "stream": True}, ensure_ascii=False).encode()


def _shown_route(route: Optional[OpenAiRoute]) -> Dict[str, str]:
    if route is None:
        return {}
    component = {"inference_component_name": route.component} if route.component else {}
    return {"openai_path": route.path, **component}
