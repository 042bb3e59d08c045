# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The OpenAI-compatible route of the runtime, and the server of language models behind it. behaviour 7.10 to 7.14"""

from __future__ import annotations

import json
import re
import time
import uuid
from typing import Any
from urllib.parse import unquote

from local_aws import bearer_tokens
from local_aws.wire import AwsError
from local_aws.wire import Request
from local_aws.wire import Response
from local_aws.world import ACCOUNT
from local_aws.world import Call
from local_aws.world import World

PATH = re.compile(
    r"/endpoints/(?P<endpoint>[^/]+)(?:/inference-components/(?P<component>[^/]+))?/openai/v1/(?P<path>.+)"
)
# Where servers of language models keep the name of what they serve.
MODELS = ("SM_VLLM_MODEL", "SM_VLLM_SERVED_MODEL_NAME", "SM_SGLANG_MODEL_PATH", "HF_MODEL_ID")
SERVERS = re.compile(r"[/-](vllm|sglang)[:/@-]")


def route_of(request: Request) -> re.Match[str] | None:
    """The names in the path of a request of this route."""
    return PATH.fullmatch(unquote(request.path))


def region_of(request: Request, default: str) -> str:
    """The region that the token was made for; of what is no token it does not matter."""
    try:
        return bearer_tokens.read(request.headers.get("authorization", "")).region
    except AwsError:
        return default


def admit(world: World, request: Request) -> tuple[str, str | None]:
    """The names of the endpoint and the component, once the token is right. behaviour 7.10 to 7.12"""
    found = route_of(request)
    assert found is not None
    token = bearer_tokens.read(request.headers.get("authorization", ""))
    # The clients that sign know nothing of the time that a test has skipped.
    bearer_tokens.check(token, time.time())
    name = found["endpoint"].lower()
    elsewhere = [one.name for one in world.regions.values() if name in one.endpoints and one.name != token.region]
    if elsewhere and name not in world.region(token.region).endpoints:
        # Here one address is that of all regions, so that the endpoint tells which one was meant.
        raise bearer_tokens.denied(f"Credential should be scoped to a valid region, not {token.region}.")
    if "x-amzn-sagemaker-inference-component" in request.headers:
        raise AwsError(
            "ValidationError", "Inference Component Name header is not allowed for the OpenAI-compatible path."
        )
    if request.method != "POST" or found["path"] != "chat/completions":
        raise AwsError("UnknownOperationException", f"There is no {request.method} {request.path}.", 404)
    return found["endpoint"], found["component"]


def answer(call: Call, request: Request, containers: list[dict[str, Any]], release: str) -> Response:
    """What the container answers. containers: of what was asked; release: which configuration serves, for tests to see."""
    if len(containers) != 1 or not _is_server(containers[0]):
        raise of_model(404, {"detail": "Not Found"})
    asked = _checked(request.body, _served(containers[0]))
    text = f"{release} heard: {_text(asked['messages'][-1])}"
    words = re.findall(r"\S+\s*", text)
    limit = asked.get("max_completion_tokens") or asked.get("max_tokens") or len(words)
    reply = {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "created": int(call.world.clock.now()),
        "model": _served(containers[0]),
        "words": words[:limit],
        "finish_reason": "stop" if limit >= len(words) else "length",
        "usage": _usage(asked, min(limit, len(words))),
    }
    headers = {"x-amzn-RequestId": str(uuid.uuid4())}
    if asked.get("stream"):
        parts = [_event(part) for part in _chunks(reply, asked)] + [b"data: [DONE]\n\n"]
        return Response(200, b"".join(parts), {**headers, "Content-Type": "text/event-stream; charset=utf-8"}, parts)
    message = {"role": "assistant", "content": "".join(reply["words"]), "tool_calls": []}
    document = {
        **{key: reply[key] for key in ("id", "created", "model", "usage")},
        "object": "chat.completion",
        "choices": [{"index": 0, "message": message, "finish_reason": reply["finish_reason"]}],
    }
    return Response(200, json.dumps(document).encode(), {**headers, "Content-Type": "application/json"})


def of_model(status: int, document: Any) -> AwsError:
    """An error of the container, whole inside of the service's message, with the container's status. behaviour 7.13"""
    kind = "server" if status >= 500 else "client"
    text = (
        f'Received {kind} error ({status}) from primary with message "{json.dumps(document)}". See '
        f"https://us-east-1.console.aws.amazon.com/cloudwatch/home in account {ACCOUNT} for more information."
    )
    return AwsError("ModelError", text, status)


def _is_server(container: dict[str, Any]) -> bool:
    """Whether a server of language models runs in the container. Others do not know the path. behaviour 7.14"""
    environment = container.get("Environment", {})
    return SERVERS.search(container.get("Image", "")) is not None or any(key in environment for key in MODELS[:3])


def _served(container: dict[str, Any]) -> str:
    environment = container.get("Environment", {})
    return next((environment[key] for key in MODELS if key in environment), "/opt/ml/model")


def _refused(message: str, param: str | None = None, status: int = 400, kind: str = "BadRequestError") -> AwsError:
    return of_model(status, {"error": {"message": message, "type": kind, "param": param, "code": status}})


def _checked(body: bytes, served: str) -> dict[str, Any]:
    """The request, as vLLM takes it. The URL selects the model, so that its name may be empty. behaviour 7.14"""
    try:
        asked = json.loads(body)
    except ValueError:
        raise _refused("Invalid JSON in the body.") from None
    messages = asked.get("messages") if isinstance(asked, dict) else None
    if (
        not messages
        or not isinstance(messages, list)
        or not all(isinstance(one, dict) and "role" in one for one in messages)
    ):
        raise _refused("messages: a list of messages with a role is required.", "messages")
    if asked.get("model") not in (None, "", served):
        raise _refused(f"The model `{asked['model']}` does not exist.", "model", 404, "NotFoundError")
    return asked


def _text(message: dict[str, Any]) -> str:
    content = message.get("content") or ""
    return content if isinstance(content, str) else " ".join(part.get("text", "") for part in content)


def _usage(asked: dict[str, Any], completion: int) -> dict[str, int]:
    prompt = sum(len(_text(one).split()) for one in asked["messages"])
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def _chunks(reply: dict[str, Any], asked: dict[str, Any]) -> list[dict[str, Any]]:
    """The parts of a streamed answer: the role, a word each, the reason why it ends, and the usage if it was asked for."""
    deltas = [{"role": "assistant", "content": ""}, *({"content": word} for word in reply["words"])]
    choices: list[list[dict[str, Any]]] = [[{"index": 0, "delta": one, "finish_reason": None}] for one in deltas]
    choices.append([{"index": 0, "delta": {}, "finish_reason": reply["finish_reason"]}])
    common = {**{key: reply[key] for key in ("id", "created", "model")}, "object": "chat.completion.chunk"}
    parts = [{**common, "choices": one} for one in choices]
    if (asked.get("stream_options") or {}).get("include_usage"):
        parts.append({**common, "choices": [], "usage": reply["usage"]})
    return parts


def _event(document: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(document).encode() + b"\n\n"
