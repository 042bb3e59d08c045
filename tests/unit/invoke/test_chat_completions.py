# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the events of a stream add up to, and errors of the route in the form of InvokeEndpoint's."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.invoke.chat_completions import joined
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.invoke.openai_route import OpenAiRoute
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.invoke.openai_route import translate_error

HEAD = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 7, "model": "m"}


def events(*documents: Any, end: str = "data: [DONE]\n\n") -> str:
    return "".join(f"data: {json.dumps(one)}\n\n" for one in documents) + end


def chunk(*choices: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**HEAD, "choices": list(choices), **more}


def choice(index: int = 0, finish_reason: str | None = None, **delta: Any) -> dict[str, Any]:
    return {"index": index, "delta": delta, "finish_reason": finish_reason}


def test_pieces_of_text_become_one() -> None:
    text = events(
        chunk(choice(role="assistant", content="")),
        chunk(choice(content="Hel", reasoning_content="a")),
        chunk(choice(content="lo", reasoning_content="b")),
        chunk(choice(content=None, finish_reason="stop")),
        chunk(usage={"total_tokens": 3}),
    )
    assert joined(text) == {
        **HEAD,
        "object": "chat.completion",
        "usage": {"total_tokens": 3},
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "Hello", "reasoning_content": "ab"},
                "finish_reason": "stop",
            }
        ],
    }


def test_several_choices_keep_apart_and_in_order() -> None:
    text = events(chunk(choice(1, content="b")), chunk(choice(0, content="a"), choice(1, content="B")))
    assert [(one["index"], one["message"]["content"]) for one in joined(text)["choices"]] == [(0, "a"), (1, "bB")]


def test_calls_of_tools_come_in_pieces_too() -> None:
    def call(index: int, **function: Any) -> dict[str, Any]:
        return {"index": index, "function": function}

    first = {**call(0, name="weather", arguments=""), "id": "call_1", "type": "function"}
    second = {**call(1, name="time", arguments="{}"), "id": "call_2", "type": "function"}
    text = events(
        chunk(choice(role="assistant", tool_calls=[first])),
        chunk(choice(tool_calls=[call(0, arguments='{"city":')])),
        chunk(choice(tool_calls=[call(0, arguments='"Rome"}'), second])),
        chunk(choice(finish_reason="tool_calls")),
    )
    (answer,) = joined(text)["choices"]
    calls = answer["message"]["tool_calls"]
    assert [(one["id"], one["type"], one["function"]["name"]) for one in calls] == [
        ("call_1", "function", "weather"),
        ("call_2", "function", "time"),
    ]
    assert [one["function"]["arguments"] for one in calls] == ['{"city":"Rome"}', "{}"]
    assert answer["finish_reason"] == "tool_calls"


def test_comments_and_other_fields_of_events_are_left_out() -> None:
    text = ": keep-alive\n\nevent: message\nid: 1\ndata:" + json.dumps(chunk(choice(content="a"))) + "\n\n"
    assert joined(text)["choices"][0]["message"] == {"content": "a"}


def test_an_error_ends_the_stream() -> None:
    text = events(chunk(choice(content="a")), {"error": {"message": "out of memory", "code": 500}})
    assert joined(text)["error"] == {"message": "out of memory", "code": 500}


@pytest.mark.parametrize("text", ["", "data: [DONE]\n\n", "data: {", "data: 7\n\n", '{"choices": []}'])
def test_what_is_no_such_stream(text: str) -> None:
    with pytest.raises(ValueError):
        joined(text)


# Verbatim but for the names, as real endpoints have answered.
LOGS = "See https://us-west-2.console.aws.amazon.com/cloudwatch/home in account 123456789012 for more information."
CONTAINER = '{"error":{"message":"max_tokens is too large","type":"BadRequestError","param":"max_tokens","code":400}}'


def translated(status: int, message: str, code: Any, kind: str = "server_error") -> dict[str, Any]:
    parsed: dict[str, Any] = {"Error": {"Code": str(status), "Message": ""}}
    body = json.dumps({"error": {"message": message, "type": kind, "code": code}}).encode()
    translate_error(parsed, status, body)
    return parsed


def test_an_error_of_the_container_is_taken_out_of_its_quotation() -> None:
    message = f'Received client error (400) from Kl6NPmsGIHdsibbMO7hO with message "{CONTAINER}". {LOGS}'
    parsed = translated(400, message, "model_error")
    assert parsed["Error"] == {"Code": "ModelError", "Message": message}
    assert (parsed["OriginalStatusCode"], parsed["OriginalMessage"]) == (400, CONTAINER)


def test_an_error_of_the_container_that_could_not_be_read() -> None:
    message = f"Received server error (503) from primary and could not load the entire response body. {LOGS}"
    parsed = translated(503, message, "model_error")
    assert (parsed["OriginalStatusCode"], parsed["OriginalMessage"]) == (503, message)


def test_a_refusal_of_the_service() -> None:
    message = "Endpoint chat of account 123456789012 not found."
    parsed = translated(400, message, "validation_error", "invalid_request_error")
    assert parsed == {"Error": {"Code": "ValidationError", "Message": message}}
    # A number is no code of the service.
    assert translated(500, "broken", 500)["Error"] == {"Code": "500", "Message": "broken"}


@pytest.mark.parametrize("body", [b"", b"Bad Gateway", b"[]", b'{"message": "x"}', b'{"error": "x"}', b"null"])
def test_other_errors_stay_as_they_are(body: bytes) -> None:
    parsed = {"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}
    translate_error(parsed, 502, body)
    assert parsed == {"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}


def test_names_are_escaped_in_the_path() -> None:
    assert OpenAiRoute("e", None, "chat/completions").url_path == "/endpoints/e/openai/v1/chat/completions"
    assert OpenAiRoute("e", "a/b", "x").url_path == "/endpoints/e/inference-components/a%2Fb/openai/v1/x"
