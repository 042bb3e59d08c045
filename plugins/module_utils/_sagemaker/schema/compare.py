# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compare desired with current state, limited to the members that the user gave.

The service fills in defaults and adds members, so only given members are compared. Named list entries are matched by
name, sets without order, weights as the 32-bit numbers that the service stores, and the service's default equals an
absent value. The order of changes does not depend on the input: it is that of the shape's members, and of names. The
input and the service's version of it therefore have the same changes against any other value.
"""

from __future__ import annotations

from typing import Any
from typing import Iterator
from typing import List
from typing import Mapping
from typing import Tuple

from ..core.plans import Change
from ..core.problems import join
from .shapes import DEFAULTS
from .shapes import NAMED_BY
from .shapes import NOT_FALSE_BY_DEFAULT
from .shapes import SETS
from .shapes import canonical
from .shapes import from_api
from .shapes import option_name


def changes(shape: Any, desired: Mapping[str, Any], current: Mapping[str, Any], path: str = "") -> List[Change]:
    """Return the changes from current to desired. shape: the shape of the request. Both values are in the form of the
    API."""
    return list(_structure(shape, desired, current, path))


# Suffixes of paths that the service fills in, so they do not reflect a user's choice.
SERVER_DEFAULTS = ("volume_size_in_gb", "inference_execution_config")


def diff(
    shape: Any,
    desired: Mapping[str, Any],
    current: Mapping[str, Any],
    path: str = "",
    filled_in: Tuple[str, ...] = SERVER_DEFAULTS,
) -> List[Change]:
    """Return the changes in both directions, so that members only in current count too. filled_in: suffixes of paths to
    ignore in current."""
    content = {member: value for member, value in current.items() if member in shape.members}
    asked = changes(shape, desired, content, path)
    # Removals from a desired list or map are already in the changes.
    known = {change.path for change in asked}
    unasked = [
        Change(change.path, change.after, None)
        for change in changes(shape, content, desired, path)
        if change.before is None and change.path not in known and not change.path.endswith(filled_in)
    ]
    return asked + unasked


def _one_spelling(
    desired: Mapping[str, Any], current: Mapping[str, Any]
) -> Tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return two containers with their artifacts in the same form, because a ModelDataUrl equals a ModelDataSource with
    one compressed object."""
    if ("ModelDataUrl" in desired) != ("ModelDataUrl" in current):
        desired, current = _with_url(desired), _with_url(current)
    return _without_added(desired, current), _without_added(current, desired)


def _without_added(container: Mapping[str, Any], other: Mapping[str, Any]) -> Mapping[str, Any]:
    """Drop the ModelDataSource that the service adds to a ModelDataUrl, unless the other container has only a
    ModelDataSource."""
    if "ModelDataUrl" not in container or ("ModelDataSource" in other and "ModelDataUrl" not in other):
        return container
    return {member: value for member, value in container.items() if member != "ModelDataSource"}


def _with_url(container: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a container with a ModelDataUrl instead of an equivalent ModelDataSource."""
    source = container.get("ModelDataSource", {}).get("S3DataSource", {})
    plain = {"S3DataType": "S3Object", "CompressionType": "Gzip", "S3Uri": source.get("S3Uri")}
    return {"ModelDataUrl": source["S3Uri"], **container} if source == plain else container


def _structure(shape: Any, desired: Mapping[str, Any], current: Mapping[str, Any], path: str) -> Iterator[Change]:
    if shape.name == "ContainerDefinition":
        desired, current = _one_spelling(desired, current)
    for member, member_shape in shape.members.items():
        if member not in desired:
            continue
        wanted = desired[member]
        where = join(path, option_name(member))
        known = (shape.name, member)
        found = current.get(member, True if known in NOT_FALSE_BY_DEFAULT else DEFAULTS.get(known))
        if member in SETS and found is not None and sorted(wanted) == sorted(found):
            continue
        yield from _value(member_shape, wanted, found, where)


def _value(shape: Any, wanted: Any, found: Any, path: str) -> Iterator[Change]:
    kind = shape.type_name
    if _is_nothing(wanted) and _is_nothing(found):
        return
    if kind == "structure" and found is None and not changes(shape, wanted, {}):
        return  # it contains only values that equal absent ones
    if kind == "structure" and found is not None:
        yield from _structure(shape, wanted, found, path)
    elif kind == "list" and found is not None and shape.member.type_name == "structure":
        yield from _list(shape.member, wanted, found, path)
    elif kind == "map" and found is not None:
        yield from _map(wanted, found, path)
    elif found is None or canonical(shape, wanted) != canonical(shape, found):
        yield Change(path, None if found is None else from_api(shape, found), from_api(shape, wanted))


def _list(shape: Any, wanted: List[Any], found: List[Any], path: str) -> Iterator[Change]:
    name = NAMED_BY.get(shape.name)
    # Duplicate names do not identify entries, so match them by order.
    if any(len({item.get(name) for item in items}) < len(items) for items in (wanted, found)):
        name = None
    wanted_by = {item.get(name) if name else index: item for index, item in enumerate(wanted)}
    found_by = {item.get(name) if name else index: item for index, item in enumerate(found)}
    for key in sorted({*wanted_by, *found_by}, key=lambda key: (key is None, key)):
        where = f"{path}[{key}]"
        if key in wanted_by and key in found_by:
            yield from _structure(shape, wanted_by[key], found_by[key], where)
        else:
            sides = [from_api(shape, by[key]) if key in by else None for by in (found_by, wanted_by)]
            yield Change(where, *sides)


def _map(wanted: Mapping[str, Any], found: Mapping[str, Any], path: str) -> Iterator[Change]:
    for key in sorted({*wanted, *found}):
        if wanted.get(key) != found.get(key):
            yield Change(join(path, key), found.get(key), wanted.get(key))


def _is_nothing(value: Any) -> bool:
    """Return whether this value equals an absent one, because AWS drops false and empty values."""
    return value is None or value is False or value in ("", [], {})
