# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A streamed answer of OpenAI's Chat Completions as the one document that it would have been without streaming. Pure."""

from __future__ import annotations

import json
from typing import Any
from typing import Dict
from typing import Iterator
from typing import List

CONTENT_TYPE = "text/event-stream"
_DATA = "data:"
_END = "[DONE]"
# Members of a part that are whole in the first part that has them. Other text comes in pieces.
_WHOLE = frozenset({"role", "id", "type", "name", "index"})


def joined(text: str) -> Dict[str, Any]:
    """Return the document that the events of a stream add up to. Raises ValueError for what is no such stream.

    An error that ends the stream stands under C(error).
    """
    document: Dict[str, Any] = {}
    choices: Dict[int, Dict[str, Any]] = {}
    for chunk in _chunks(text):
        for choice in chunk.pop("choices", None) or []:
            _join(choices.setdefault(choice.get("index", 0), {"message": {}}), choice)
        document.update({key: value for key, value in chunk.items() if value is not None})
    if not document:
        raise ValueError("no event with data")
    if document.get("object") == "chat.completion.chunk":
        document["object"] = "chat.completion"
    if choices:
        document["choices"] = [{"index": index, **choices[index]} for index in sorted(choices)]
    return document


def _chunks(text: str) -> Iterator[Dict[str, Any]]:
    for line in text.splitlines():
        data = line[len(_DATA) :].strip()
        if not line.startswith(_DATA) or data == _END:
            continue
        chunk = json.loads(data)
        if not isinstance(chunk, dict):
            raise ValueError("an event is no object")
        yield chunk


def _join(choice: Dict[str, Any], part: Dict[str, Any]) -> None:
    _add(choice["message"], part.get("delta") or {})
    choice.update({key: value for key, value in part.items() if key != "delta" and value is not None})


def _add(whole: Dict[str, Any], part: Dict[str, Any]) -> None:
    """Add a part to what came before it: text to text, and items of lists to those with the same index."""
    for key, value in part.items():
        if value is None:
            continue
        if isinstance(value, str) and key not in _WHOLE:
            whole[key] = whole.get(key, "") + value
        elif isinstance(value, dict):
            _add(whole.setdefault(key, {}), value)
        elif isinstance(value, list) and all(isinstance(item, dict) and "index" in item for item in value):
            _add_items(whole.setdefault(key, []), value)
        else:
            whole.setdefault(key, value)


def _add_items(items: List[Dict[str, Any]], parts: List[Dict[str, Any]]) -> None:
    for part in parts:
        known = next((item for item in items if item["index"] == part["index"]), None)
        if known is None:
            known = {"index": part["index"]}
            items.append(known)
        _add(known, part)
