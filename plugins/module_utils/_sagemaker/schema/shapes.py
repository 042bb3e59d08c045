# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The service model as schema: convert options to API requests and API answers to results with botocore's shapes.

botocore contains the exact shape of every request and answer. An option is a member of such a shape, at the same
nesting, under the name that C(botocore.xform_name) returns. Keys of maps (container environment, tags) are data and
stay unchanged. Everything in this file is pure: shapes and plain values in, plain values out.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import math
import re
from typing import Any
from typing import Callable
from typing import Dict
from typing import Iterable
from typing import Iterator
from typing import List
from typing import Mapping
from typing import Optional
from typing import Tuple

try:
    from botocore import __version__ as BOTOCORE_VERSION
    from botocore import xform_name
except ImportError:  # reported by AnsibleAWSModule
    BOTOCORE_VERSION = "0"

from ..core.errors import InputError
from ..core.errors import raise_if_any
from ..core.problems import BYTES
from ..core.problems import CHARACTERS
from ..core.problems import ENTRIES
from ..core.problems import Problem
from ..core.problems import did_you_mean
from ..core.problems import join
from ..core.problems import out_of_range
from ..core.problems import overlaps
from ..core.problems import within
from .limits import PATTERNS
from .values import JSON_AS_TEXT
from .values import described
from .values import float32
from .values import matches
from .values import text
from .values import to_datetime

# The version of the service model that the option tables are based on.
SERVICE_MODEL_VERSION = "1.44.5"

# The service's defaults, by (shape, member). An explicit default equals an absent member.
DEFAULTS: Mapping[Tuple[str, str], Any] = {
    ("ContainerDefinition", "Mode"): "SingleModel",
    ("CreateModelInput", "EnableNetworkIsolation"): False,
    ("CreateEndpointConfigInput", "EnableNetworkIsolation"): False,
    ("InferenceExecutionConfig", "Mode"): "Serial",
    ("ProductionVariant", "InitialVariantWeight"): 1.0,
}

# Booleans whose absence does not mean false. For all others it does, because the service drops false. Required ones are
# never absent.
NOT_FALSE_BY_DEFAULT = frozenset(
    {
        ("DataCaptureConfig", "EnableCapture"),
        ("MetricsConfig", "EnableDetailedObservability"),
        ("TargetTrackingMetricDataQuery", "ReturnData"),
    }
)

# Lists without a significant order: the member that names an element. The order of containers is significant, because
# they run in that order.
NAMED_BY: Mapping[str, str] = {
    "ProductionVariant": "VariantName",
    "ProductionVariantSummary": "VariantName",
    "DesiredWeightAndCapacity": "VariantName",
    "AdditionalModelDataSource": "ChannelName",
    "InstancePool": "Priority",
    "CaptureOption": "CaptureMode",
    "VariantProperty": "VariantPropertyType",
    "Alarm": "AlarmName",
    "MetricDimension": "Name",
    "TargetTrackingMetricDimension": "Name",
    "TargetTrackingMetricDataQuery": "Id",
}

# Lists of scalars without a significant order: the members that contain them.
SETS = frozenset({"SecurityGroupIds", "Subnets", "IncludeInferenceResponseIn", "CsvContentTypes", "JsonContentTypes"})

_TRUE = {"true", "yes", "on", "1"}
_FALSE = {"false", "no", "off", "0"}


def option_name(member: str) -> str:
    """Return the option of an API member: VolumeSizeInGB is volume_size_in_gb."""
    return xform_name(member)


def members_by_option(shape: Any) -> Dict[str, str]:
    """Return {option: member} of a structure."""
    return {option_name(member): member for member in shape.members}


def to_api(shape: Any, value: Any, path: str = "") -> Any:
    """Turn options into the API's value of this shape.

    shape: the botocore shape; value: options at the same nesting, None if absent; path: the path of the value, for
    messages. Raises InputError with all options that the installed botocore does not know and all values of a wrong
    type.
    """
    wrong: List[Problem] = []
    converted = _to_api(shape, value, path, wrong)
    raise_if_any(wrong)
    return converted


def checked(
    shape: Any, options: Mapping[str, Any], rules: Callable[[Dict[str, Any]], Iterable[Problem]], path: str
) -> Dict[str, Any]:
    """Return options as a valid request of this shape. Raises InputError with all problems.

    rules: further checks of the options, applied only if no required member is missing. Their paths are relative to the
    options.
    """
    found: List[Problem] = []
    request = _to_api(shape, options, path, found)
    known = [problem.path for problem in found]
    wrong = [problem for problem in problems(shape, request, path) if not overlaps(problem.path, known)]
    whole = not found and not any(problem.text == _REQUIRED for problem in wrong)
    raise_if_any([*found, *wrong, *(within(path, rules(from_api(shape, request))) if whole else ())])
    return request


# Placeholder for a value of a wrong type, which is reported and omitted.
_WRONG = object()


def _to_api(shape: Any, value: Any, path: str, wrong: List[Problem]) -> Any:
    kind = shape.type_name
    if kind == "structure":
        return _structure_to_api(shape, value, path, wrong)
    if kind == "list":
        if not _expect(isinstance(value, (list, tuple)), path, "a list", value, wrong):
            return _WRONG
        items = [_to_api(shape.member, item, f"{path}[{index}]", wrong) for index, item in enumerate(value)]
        # A list without one of its items would be a different list.
        return _WRONG if any(item is _WRONG for item in items) else items
    if kind == "map":
        if not _expect(isinstance(value, Mapping), path, "a dictionary", value, wrong):
            return _WRONG
        return _map_to_api(shape, value, path, wrong)
    return _scalar_to_api(kind, value, path, wrong)


def _map_to_api(shape: Any, value: Mapping[Any, Any], path: str, wrong: List[Problem]) -> Dict[str, Any]:
    items = {}
    for key, item in value.items():
        place = join(path, str(key))
        if shape.value.type_name == "string" and isinstance(item, (Mapping, list, tuple)):
            wrong.append(Problem(place, f"must be text, not {described(item)}. {JSON_AS_TEXT}"))
        elif item is not None:
            items[str(key)] = _to_api(shape.value, item, place, wrong)
    return _without_wrong(items)


def _without_wrong(members: Dict[str, Any]) -> Dict[str, Any]:
    return {member: value for member, value in members.items() if value is not _WRONG}


def _structure_to_api(shape: Any, value: Any, path: str, wrong: List[Problem]) -> Any:
    if not _expect(isinstance(value, Mapping), path, "a dictionary", value, wrong):
        return _WRONG
    members = members_by_option(shape)
    request = {}
    for option, item in value.items():
        if item is None:
            continue
        if option not in members:
            unknown = (
                f"the installed botocore {BOTOCORE_VERSION} does not know this member of {shape.name}; botocore "
                f"{SERVICE_MODEL_VERSION} does. Upgrade boto3 and botocore, or leave the option out."
            )
            wrong.append(Problem(join(path, option), unknown))
            continue
        member = members[option]
        request[member] = _to_api(shape.members[member], item, join(path, option), wrong)
    return _without_wrong(request)


def _scalar_to_api(kind: str, value: Any, path: str, wrong: List[Problem]) -> Any:
    if kind == "string":
        known = isinstance(value, (str, int, float, datetime.date))
        return text(value) if _expect(known, path, "a text", value, wrong) else _WRONG
    if kind == "boolean":
        if isinstance(value, str) and value.lower() in _TRUE | _FALSE:
            return value.lower() in _TRUE
        return value if _expect(isinstance(value, bool), path, "true or false", value, wrong) else _WRONG
    if kind in ("integer", "long"):
        whole = not isinstance(value, bool) and _is_number(value) and float(value).is_integer()
        if not _expect(whole, path, "a whole number", value, wrong):
            return _WRONG
        try:
            return int(value)
        except ValueError:  # such as "3.0"
            return int(float(value))
    if kind in ("float", "double"):
        is_number = not isinstance(value, bool) and _is_number(value)
        return float(value) if _expect(is_number, path, "a number", value, wrong) else _WRONG
    if kind == "timestamp":
        try:
            return to_datetime(value, path)
        except InputError as error:
            wrong += error.problems
            return _WRONG
    return value


def _is_number(value: Any) -> bool:
    try:
        return math.isfinite(float(value))
    except (TypeError, ValueError, OverflowError):
        return False


def _expect(ok: bool, path: str, wanted: str, value: Any, wrong: List[Problem]) -> bool:
    if not ok:
        wrong.append(Problem(path or "the options", f"{wanted} is needed, got {type(value).__name__}."))
    return ok


def from_api(shape: Any, value: Any) -> Any:
    """Turn an API answer of this shape into a result: members in snake_case, maps unchanged, times as ISO 8601 text."""
    kind = shape.type_name
    if kind == "structure":
        return {
            option_name(member): from_api(shape.members[member], item)
            for member, item in value.items()
            if member in shape.members and item is not None
        }
    if kind == "list":
        return [from_api(shape.member, item) for item in value]
    if kind == "map":
        return {key: from_api(shape.value, item) for key, item in value.items()}
    if kind == "timestamp":
        return to_datetime(value).isoformat()
    # Show a request as the service will return it.
    return float32(value) if kind == "float" else value


_REQUIRED = "this option is required."


def problems(shape: Any, value: Any, path: str = "") -> List[Problem]:
    """Yield the problems of a request that follow from the shape of its members."""
    return list(_problems(shape, value, path))


# The unit of a shape's limits. Limits of numbers apply to the number.
_UNITS = {"list": ENTRIES, "map": ENTRIES, "string": CHARACTERS, "blob": BYTES}
_NUMBERS = ("integer", "long", "float", "double")


def _problems(shape: Any, value: Any, path: str) -> Iterator[Problem]:
    kind = shape.type_name
    if kind in _UNITS or kind in _NUMBERS:
        yield from _limit_problems(shape, value, path)
    if kind == "structure":
        for member in shape.required_members:
            if member not in value:
                yield Problem(join(path, option_name(member)), _REQUIRED)
        for member, item in value.items():
            yield from _problems(shape.members[member], item, join(path, option_name(member)))
    elif kind == "list":
        for index, item in enumerate(value):
            yield from _problems(shape.member, item, f"{path}[{index}]")
    elif kind == "map":
        for key, item in value.items():
            for problem in _problems(shape.key, key, path):
                yield Problem(path, f"the key {key!r} {problem.text}")
            yield from _problems(shape.value, item, join(path, key))


def _limit_problems(shape: Any, value: Any, path: str) -> Iterator[Problem]:
    limits = shape.metadata
    unit = _UNITS.get(shape.type_name, "")
    wrong = out_of_range(len(value) if unit else value, limits.get("min"), limits.get("max"), unit)
    if wrong:
        yield Problem(path, wrong)
    if shape.type_name == "string" and "pattern" in limits and not matches(limits["pattern"], value):
        known = PATTERNS.get(re.sub(r"\[[^]]*\]$", "", path).rpartition(".")[2])
        words = f" ({known.words})" if known else ""
        # Values of environments match any pattern, so this message never shows one.
        yield Problem(path, f"must match the service's pattern {limits['pattern']}{words}, got {described(value)}.")


def unknown_values(shape: Any, value: Any, path: str = "") -> List[str]:
    """Yield warnings for enumeration values that the installed botocore does not list, because the service may support
    them."""
    kind = shape.type_name
    if kind == "structure":
        return [
            warning
            for member, item in value.items()
            for warning in unknown_values(shape.members[member], item, join(path, option_name(member)))
        ]
    if kind == "list":
        return [
            warning
            for index, item in enumerate(value)
            for warning in unknown_values(shape.member, item, f"{path}[{index}]")
        ]
    if kind == "string" and shape.enum and value not in shape.enum:
        return [
            f"{path}: botocore {BOTOCORE_VERSION} does not list the value {value!r}.{did_you_mean(str(value), shape.enum)} The module "
            "passes it on, and the service validates it."
        ]
    return []


def canonical(shape: Any, value: Any) -> Any:
    """Return the canonical form of a request: no empty members, no defaults, sets and named lists sorted, floats in 32
    bits."""
    kind = shape.type_name
    if kind == "structure":
        content = {
            member: canonical_member(shape, member, item)
            for member, item in value.items()
            if not is_default(shape, member, item)
        }
        return {member: item for member, item in content.items() if item not in (None, {}, [], "")}
    if kind == "list":
        items = [canonical(shape.member, item) for item in value]
        name = NAMED_BY.get(shape.member.name)
        return sorted(items, key=lambda item: str(item.get(name))) if name else items
    if kind == "map":
        return dict(value)
    if kind == "float":
        return float32(value)
    if kind == "timestamp":
        return to_datetime(value).isoformat()
    return value


def canonical_member(shape: Any, member: str, value: Any) -> Any:
    """Return the canonical form of a member. Only the name of the member identifies a set."""
    items = canonical(shape.members[member], value)
    return sorted(items) if member in SETS else items


def is_default(shape: Any, member: str, value: Any) -> bool:
    """Return whether this value equals an absent member."""
    known = (shape.name, member)
    if value is False and known not in NOT_FALSE_BY_DEFAULT and member not in shape.required_members:
        return True
    return known in DEFAULTS and DEFAULTS[known] == value


def digest(
    shape: Any, request: Mapping[str, Any], *, leave_out: Tuple[str, ...] = (), scope: Optional[str] = None
) -> str:
    """Return a hash, 8 hexadecimal digits, of the scope and the canonical request without the members in leave_out."""
    content = canonical(shape, {member: item for member, item in request.items() if member not in leave_out})
    content_text = json.dumps([content, scope or ""], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(content_text.encode()).hexdigest()[:8]
