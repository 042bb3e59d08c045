# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The values of a Terraform variables file as the role's variables. Pure.

The file is that of the Terraform module itself, or that of a root module that calls it, which has inputs of its own.
"""

from __future__ import annotations

from typing import Any
from typing import Dict
from typing import List
from typing import Mapping

from ...core import regions
from .validator import is_unset
from .validator import meant
from .variables import TERRAFORM_INPUTS

# The usual names of a root module for the region of its provider. They are no inputs of the Terraform module.
REGION_INPUTS = ("aws_region", "region")
IGNORE_UNKNOWN = "tfvars_ignore_unknown"


def contents(values: Mapping[str, Any], source: str, ignore_unknown: bool = False) -> Dict[str, Any]:
    """Return what the file says, as in RETURN of the lookup tfvars. source: the file, for messages."""
    unknown = [name for name in values if name not in TERRAFORM_INPUTS and name not in REGION_INPUTS]
    given = {name: values[name] for name in REGION_INPUTS if not is_unset(values.get(name))}
    problems = [f"{source}: {problem}" for problem in _region_problems(given)]
    if not ignore_unknown:
        problems += _unknown_problems(unknown, source)
    warnings = [_ignored(unknown, source)] if unknown and ignore_unknown else []
    if problems:
        return {"problems": problems, "warnings": [], "inputs": {}, "region": ""}
    region = next(iter(given.values()), "")
    return {"problems": [], "warnings": warnings, "inputs": from_terraform(values), "region": region}


def from_terraform(values: Mapping[str, Any]) -> Dict[str, Any]:
    """Return the inputs of the Terraform module under the role's names, without null, which means not set."""
    return {
        TERRAFORM_INPUTS[name]: value
        for name, value in values.items()
        if name in TERRAFORM_INPUTS and not is_unset(value)
    }


def _unknown_problems(names: List[str], source: str) -> List[str]:
    problems = [f"{source}: {name} is not known{_meant(name)}" for name in names]
    if problems:
        known = ", ".join(sorted([*TERRAFORM_INPUTS, *REGION_INPUTS]))
        problems[-1] += (
            f"; known are {known}. If the file is that of a root module, which has inputs of its own, set {IGNORE_UNKNOWN}=true to leave "
            "out those that the Terraform module sagemaker-endpoint does not have."
        )
    return problems


def _meant(name: str) -> str:
    # A root module's own inputs resemble these by chance.
    return meant(name, TERRAFORM_INPUTS, cutoff=0.75)


def _ignored(names: List[str], source: str) -> str:
    listed = ", ".join(f"{name}{_meant(name)}" for name in names)
    return f"{source}: ignored, because the Terraform module sagemaker-endpoint has no such input: {listed}"


def _region_problems(given: Mapping[str, Any]) -> List[str]:
    wrong = [
        f"{name}: must be the name of a region such as us-east-1"
        for name, value in given.items()
        if not (isinstance(value, str) and regions.is_possible(value))
    ]
    if not wrong and len(set(given.values())) > 1:
        told = " and ".join(f"{name} is {value}" for name, value in given.items())
        return [f"{told}. Give one region, or leave one of them out."]
    return wrong
