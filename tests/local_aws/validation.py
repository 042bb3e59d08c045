# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests held against the service model, as the service does it before anything else. behaviour 1.2, 1.3, 1.4"""

from __future__ import annotations

import struct
from typing import Any

from botocore.model import ListShape
from botocore.model import MapShape
from botocore.model import Shape
from botocore.model import StructureShape

from local_aws.patterns import matches
from local_aws.wire import AwsError
from local_aws.wire import validation


def clean(shape: StructureShape, value: Any) -> dict[str, Any]:
    """Checks a request and returns it as the service keeps it.

    Members that the model does not know and nulls are dropped (behaviour 1.4); numbers of the type float take 32 bits,
    as they come back from the service. Raises SerializationException for a wrong JSON type, and one
    ValidationException for all violated constraints together.
    """
    kept = _typed(shape, {} if value is None else value)
    errors: list[str] = []
    _check(shape, kept, "", errors)
    if errors:
        count = len(errors)
        raise validation(f"{count} validation error{'s' if count > 1 else ''} detected: " + "; ".join(errors))
    return kept


def _typed(shape: Shape, value: Any) -> Any:
    if isinstance(shape, StructureShape):
        if not isinstance(value, dict):
            raise _serialization(value, "structure or map")
        return {
            name: _typed(member, value[name]) for name, member in shape.members.items() if value.get(name) is not None
        }
    if isinstance(shape, ListShape):
        if not isinstance(value, list):
            raise _serialization(value, "list")
        return [None if one is None else _typed(shape.member, one) for one in value]
    if isinstance(shape, MapShape):
        if not isinstance(value, dict):
            raise _serialization(value, "structure or map")
        return {key: None if one is None else _typed(shape.value, one) for key, one in value.items()}
    return _scalar(shape.type_name, value)


def _scalar(kind: str, value: Any) -> Any:
    if kind in ("string", "blob"):
        if not isinstance(value, str):
            raise _serialization(value, "String")
        return value
    if kind == "boolean":
        if not isinstance(value, bool):
            raise _serialization(value, "Boolean")
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _serialization(value, {"integer": "Integer", "long": "Long", "float": "Float"}.get(kind, "Double"))
    if kind in ("integer", "long"):
        if value != int(value):
            raise _serialization(value, "Integer")
        return int(value)
    if kind == "float":
        return struct.unpack("f", struct.pack("f", value))[0]
    return float(value)


def _serialization(value: Any, wanted: str) -> AwsError:
    if isinstance(value, (dict, list)):
        found = "structure or map" if isinstance(value, dict) else "list"
        return AwsError("SerializationException", f"Start of {found} found where not expected.")
    kinds = {bool: "TRUE_VALUE" if value else "FALSE_VALUE", str: "STRING_VALUE"}
    found = kinds.get(type(value), "NUMBER_VALUE")
    return AwsError("SerializationException", f"{found} can not be converted to a {wanted}")


def _check(shape: Shape, value: Any, path: str, errors: list[str]) -> None:
    if isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            where = f"{path}.{_lower(name)}" if path else _lower(name)
            if name in value:
                _check(member, value[name], where, errors)
            elif name in shape.required_members:
                errors.append(f"Value null at '{where}' failed to satisfy constraint: Member must not be null")
        return
    for broken in _broken(shape, value):
        errors.append(f"Value '{_shown(value)}' at '{path}' failed to satisfy constraint: {broken}")
    if isinstance(shape, ListShape):
        if isinstance(shape.member, (StructureShape, ListShape)):
            for number, one in enumerate(value, start=1):
                _check(shape.member, one, f"{path}.{number}.member", errors)
        elif any(one is None or _broken(shape.member, one) for one in value):
            constraints = ", ".join(_constraints(shape.member))
            errors.append(
                f"Value '{_shown(value)}' at '{path}' failed to satisfy constraint: "
                f"Member must satisfy constraint: [{constraints}]"
            )
    elif isinstance(shape, MapShape):
        for what, part, members in (("keys", shape.key, list(value)), ("value", shape.value, list(value.values()))):
            if any(one is None or _broken(part, one) for one in members):
                constraints = ", ".join(_constraints(part))
                errors.append(
                    f"Value '{_shown(value)}' at '{path}' failed to satisfy constraint: "
                    f"Map {what} must satisfy constraint: [{constraints}]"
                )


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]


def _shown(value: Any) -> str:
    """A value as Java prints it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={_shown(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_shown(one) for one in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return "null" if value is None else str(value)


def _limits(shape: Shape) -> list[tuple[str, bool, float]]:
    """The shape's limits as (text, is an upper limit, number)."""
    sized = shape.type_name in ("string", "list", "map", "blob")
    what = "length" if sized else "value"
    return [
        (f"Member must have {what} {word} than or equal to {shape.metadata[name]}", name == "max", shape.metadata[name])
        for name, word in (("max", "less"), ("min", "greater"))
        if name in shape.metadata
    ]


def _broken(shape: Shape, value: Any) -> list[str]:
    """The texts of the constraints that a value breaks."""
    broken = []
    if isinstance(value, (str, list, dict)):
        size: float = len(value)
    elif isinstance(value, bool) or value is None:
        return []
    else:
        size = value
    for text, upper, limit in _limits(shape):
        if size > limit if upper else size < limit:
            broken.append(text)
    if isinstance(value, str):
        if shape.enum and value not in shape.enum:
            broken.append(_enumeration(shape))
        pattern = shape.metadata.get("pattern")
        if pattern and not matches(pattern, value):
            broken.append(f"Member must satisfy regular expression pattern: {pattern}")
    return broken


def _enumeration(shape: Shape) -> str:
    """The values are not in the order of the service model. behaviour 1.2"""
    return f"Member must satisfy enum value set: [{', '.join(sorted(shape.enum))}]"


def _constraints(shape: Shape) -> list[str]:
    """All constraints of a scalar: lists and maps of scalars name the whole set when one member breaks one."""
    texts = [text for text, _upper, _limit in _limits(shape)]
    if getattr(shape, "enum", None):
        texts.append(_enumeration(shape))
    if "pattern" in shape.metadata:
        texts.append(f"Member must satisfy regular expression pattern: {shape.metadata['pattern']}")
    return texts or ["Member must not be null"]
