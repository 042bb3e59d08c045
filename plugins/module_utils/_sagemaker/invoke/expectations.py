# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Expectations of a model's answer, and how an answer differs from them. Pure.

Expectations are options: C({"status": 200, "json": [{"path": ..., "equals": ...}], "max_latency_ms": 500}), each part
absent or None without an expectation. Paths are JMESPath, evaluated by the library that botocore depends on.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import Any
from typing import Iterator
from typing import List
from typing import Mapping
from typing import Optional

from ..argspec import invocation as invocation_options
from ..core import secrets
from ..core.problems import Problem
from ..core.problems import out_of_range

try:
    import jmespath
    from jmespath import exceptions as jmespath_exceptions
except ImportError:  # a dependency of botocore, whose absence is reported by AnsibleAWSModule
    jmespath = None
    jmespath_exceptions = None

# The default, larger than rounding errors of a text representation.
TOLERANCE = 1e-6

# Maximum number of characters of a value, and of a whole answer, in messages.
VALUE_LENGTH = 200
ANSWER_LENGTH = 1000


@dataclass(frozen=True)
class Answer:
    """The answer to check. document: the body as parsed JSON, or its text if it is not JSON; latency in
    milliseconds."""

    status: int
    document: Any
    latency_ms: float


def parsed(text: str) -> Any:
    """Return a body as parsed JSON. Raises ValueError if it is not JSON.

    JSON has no NaN and Infinity, but many models write them. They become text, which Ansible can pass on.
    """
    try:
        return json.loads(text, parse_constant=str, parse_float=_finite)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error


def _finite(text: str) -> Any:
    number = float(text)
    return number if math.isfinite(number) else text


def problems(expect: Mapping[str, Any]) -> List[Problem]:
    """Return the problems of the expectations themselves, to report them before an invocation."""
    return list(_problems(expect))


def _problems(expect: Mapping[str, Any]) -> Iterator[Problem]:
    for index, item in enumerate(expect.get("json") or []):
        where = f"expect.json[{index}]"
        # For Ansible an option counts as given even if its value is null.
        if all(item.get(kind) is None for kind in invocation_options.EXPECTED):
            yield Problem(
                where,
                f"needs one of {', '.join(invocation_options.EXPECTED)}, and null counts as not given. To expect null, "
                "compare in the path, as in error == `null`, with equals: true.",
            )
        try:
            jmespath.compile(item["path"])
        except jmespath_exceptions.JMESPathError as error:
            reason = " ".join(str(error).split())
            yield Problem(
                f"{where}.path",
                f"{item['path']!r} is not a JMESPath expression ({reason}). Write predictions[0].score, or @ for "
                "the whole answer; a key with other characters than letters, digits and _ must be in double quotes.",
            )
        if item.get("matches") is not None:
            try:
                re.compile(item["matches"])
            except re.error as error:
                yield Problem(f"{where}.matches", f"{item['matches']!r} is not a regular expression ({error}).")
        wrong = None if item.get("tolerance") is None else out_of_range(item["tolerance"], 0, None)
        if wrong:
            yield Problem(f"{where}.tolerance", wrong)


def unmet(expect: Mapping[str, Any], answer: Answer) -> List[str]:
    """Return the unmet expectations, each with the actual value."""
    return list(_unmet(expect, answer))


def _unmet(expect: Mapping[str, Any], answer: Answer) -> Iterator[str]:
    status = expect.get("status")
    if status is not None and answer.status != status:
        yield f"status: expected {status}, got {answer.status}"
    for item in expect.get("json") or []:
        wrong = _mismatch(item, answer.document)
        if wrong:
            yield f"{item['path']}: {wrong}"
    ceiling = expect.get("max_latency_ms")
    if ceiling is not None and answer.latency_ms > ceiling:
        yield f"latency: expected at most {ceiling} ms, took {answer.latency_ms} ms"


def _mismatch(item: Mapping[str, Any], document: Any) -> Optional[str]:
    """Return the mismatch at one path, None if it matches."""
    try:
        found = jmespath.search(item["path"], document)
    except jmespath_exceptions.JMESPathError as error:
        return f"cannot be found in the answer: {' '.join(str(error).split())}"
    got = (
        f"got {shown(found, VALUE_LENGTH, name=item['path'])}"
        if found is not None
        else "but the answer has no such value"
    )
    if item.get("equals") is not None:
        return None if same(item["equals"], found) else f"expected {shown(item['equals'], VALUE_LENGTH)}, {got}"
    if item.get("matches") is not None:
        text = found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)
        met = found is not None and re.search(item["matches"], text)
        return None if met else f"expected a match of {item['matches']!r}, {got}"
    tolerance = TOLERANCE if item.get("tolerance") is None else item["tolerance"]
    if _is_number(found) and _is_near(found, item["approximately"], tolerance):
        return None
    return f"expected {item['approximately']} (±{tolerance}), {got}"


def same(wanted: Any, found: Any) -> bool:
    """Return whether two values are equal in JSON: 1 equals 1.0, but not true or "1"."""
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        return wanted.keys() == found.keys() and all(same(wanted[key], found[key]) for key in wanted)
    if isinstance(wanted, (list, tuple)) and isinstance(found, (list, tuple)):
        return len(wanted) == len(found) and all(same(*pair) for pair in zip(wanted, found))
    return isinstance(wanted, bool) == isinstance(found, bool) and wanted == found


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_near(found: float, wanted: float, tolerance: float) -> bool:
    distance = abs(found - wanted)
    # 0.83 - 0.82 is a little more than 0.01 in binary.
    return distance <= tolerance or math.isclose(distance, tolerance, rel_tol=1e-9)


def shown(value: Any, longest: int, name: str = "") -> str:
    """Return a value for a message: as JSON, with masked secrets, truncated.

    name: its key, which may look secret.
    """
    return shortened(json.dumps(_masked(value, name), ensure_ascii=False), longest)


def shown_answer(document: Any) -> str:
    """Return a whole answer for a message."""
    return shortened(document, ANSWER_LENGTH) if isinstance(document, str) else shown(document, ANSWER_LENGTH)


def shortened(text: str, longest: int) -> str:
    """Return the beginning of a text, and the number of omitted characters."""
    return text if len(text) <= longest else f"{text[:longest]}... ({len(text)} characters)"


def _masked(value: Any, name: str) -> Any:
    """Return a copy with values masked whose key looks secret."""
    if isinstance(value, Mapping):
        return {key: _masked(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [_masked(item, name) for item in value]
    return secrets.MASK if isinstance(value, str) and secrets.looks_secret(name, value) else value
