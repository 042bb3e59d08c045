# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What C(terraform show -json) and C(terraform output -json) print, as resources and outputs. Pure.

The format: a state has C(values), and a plan C(planned_values) and, of what exists, C(prior_state). Both list their
resources by modules, in any depth. The outputs are one object with an output on each key.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import Dict
from typing import Iterable
from typing import Iterator
from typing import List
from typing import Mapping

from .sensitive import marked

# 0.1 and 0.2 are those of Terraform 0.12 to 1.0, and the same in what is read here.
MAJOR_VERSIONS = ("0", "1")

ENDPOINT_TYPES = ("aws_sagemaker_endpoint", "awscc_sagemaker_endpoint")
# The types of all that belongs to endpoints begin like this.
_OF_ENDPOINTS = ("aws_sagemaker_", "awscc_sagemaker_", "aws_appautoscaling_")

_SHOW = "terraform show -json > state.json"
_NEEDED = f"Give the output of {_SHOW}, or that of terraform output -json."


class DocumentError(Exception):
    """The file is no such output. The text says why, and what to do."""


@dataclass(frozen=True)
class Resource:
    """An instance of a managed resource. values: with sensitive ones marked; module: the address, empty for the root module."""

    address: str
    module: str
    type: str
    name: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Document:
    """What a file says. planned: whether the resources are those that Terraform plans to create, so that values may be unknown; pending: what a
    plan changes of resources like these, if they are those that exist."""

    resources: List[Resource]
    outputs: Mapping[str, Any]
    terraform_version: str = ""
    planned: bool = False
    only_outputs: bool = False
    pending: List[str] = field(default_factory=list)


def read(data: bytes) -> Document:
    """Return what a file says. Raises DocumentError."""
    try:
        # Recognizes UTF-16, which PowerShell writes.
        content = json.loads(data)
    except ValueError as error:
        raise DocumentError(f"not JSON ({error}). {_NEEDED}") from error
    if not isinstance(content, dict):
        raise DocumentError(f"not the JSON of Terraform, which is one object. {_NEEDED}")
    if "format_version" in content:
        return _shown(content)
    if "lineage" in content or "serial" in content:
        raise DocumentError(
            f"this is the state file itself, whose format is internal to Terraform. Give the output of {_SHOW}."
        )
    if content and all(
        isinstance(output, dict) and "value" in output and "sensitive" in output for output in content.values()
    ):
        return Document([], _outputs(content), only_outputs=True)
    raise DocumentError(f"not the JSON of Terraform: it has no format_version. {_NEEDED}")


def _shown(content: Mapping[str, Any]) -> Document:
    version = str(content["format_version"])
    if version.partition(".")[0] not in MAJOR_VERSIONS:
        raise DocumentError(
            f"format_version is {version}, and this collection reads {' and '.join(f'{major}.x' for major in MAJOR_VERSIONS)}. "
            "Use a Terraform version that writes one of these, or a newer version of this collection."
        )
    states = [content.get("values"), (content.get("prior_state") or {}).get("values"), content.get("planned_values")]
    told = str(content.get("terraform_version") or "")
    for state in states:
        resources = list(_resources((state or {}).get("root_module") or {}))
        if any(resource.type in ENDPOINT_TYPES for resource in resources):
            planned = state is states[2]
            pending = [] if planned else list(_pending(content.get("resource_changes") or ()))
            return Document(resources, _outputs(state.get("outputs") or {}), told, planned, pending=pending)
    raise DocumentError(
        f"no resource is of the type {' or '.join(ENDPOINT_TYPES)}. Run {_SHOW} in the folder and the workspace of the root module that "
        "calls the Terraform module sagemaker-endpoint, after terraform apply."
    )


# The Terraform module has the first of them.
ENDPOINT_TYPES = ("aws_sagemaker_endpoint", "awscc_sagemaker_endpoint")


_OF_ENDPOINTS = ("aws_sagemaker_", "awscc_sagemaker_", "aws_appautoscaling_")


def _pending(changes: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for one in changes:
        actions = [action for action in one["change"]["actions"] if action not in ("no-op", "read")]
        if actions and str(one["type"]).startswith(_OF_ENDPOINTS):
            # In either order.
            replaced = set(actions) == {"create", "delete"}
            yield f"{'replace' if replaced else ' and '.join(actions)} {one['address']}"


def _resources(module: Mapping[str, Any]) -> Iterator[Resource]:
    for one in module.get("resources") or ():
        # Of an object that is replaced and not deleted yet there is another instance.
        if one.get("mode", "managed") == "managed" and not one.get("deposed_key"):
            yield Resource(
                address=one["address"],
                module=module.get("address", ""),
                type=one["type"],
                name=one["name"],
                values=marked(one.get("values") or {}, one.get("sensitive_values") or {}),
            )
    for child in module.get("child_modules") or ():
        yield from _resources(child)


def _outputs(outputs: Mapping[str, Any]) -> Dict[str, Any]:
    """Return the values of the outputs that are not sensitive."""
    return {name: output.get("value") for name, output in outputs.items() if not output.get("sensitive")}
