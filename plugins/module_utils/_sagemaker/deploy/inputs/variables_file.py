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
from typing import Sequence
from typing import Union

from ...core import regions
from .validator import is_unset
from .validator import meant
from .variables import TERRAFORM_INPUTS

# The usual names of a root module for the region of its provider. They are no inputs of the Terraform module.
REGION_INPUTS = ("aws_region", "region")
IGNORE_UNKNOWN = "tfvars_ignore_unknown"
_KNOWN = (*TERRAFORM_INPUTS, *REGION_INPUTS)

# True: all that resemble no input of the Terraform module. A list: those of these names.
Ignored = Union[bool, Sequence[str]]


def contents(values: Mapping[str, Any], source: str, ignore_unknown: Ignored = False) -> Dict[str, Any]:
    """Return what the file says, as in RETURN of the lookup tfvars. source: the file, for messages."""
    unknown = [name for name in values if name not in _KNOWN]
    given = {name: values[name] for name in REGION_INPUTS if not is_unset(values.get(name))}
    problems = [f"{source}: {problem}" for problem in _region_problems(given)]
    if ignore_unknown is True:
        problems += _misspelt_problems(unknown, _not_given(values), source)
    else:
        names = ignore_unknown or ()
        problems += [_no_unknown(name) for name in names if name in _KNOWN]
        problems += _unknown_problems([name for name in unknown if name not in names], unknown, source)
    warnings = [_ignored(unknown, source)] if unknown and ignore_unknown else []
    if problems:
        return {"problems": problems, "warnings": [], "inputs": {}, "region": ""}
    region = next(iter(given.values()), "")
    return {"problems": [], "warnings": warnings, "inputs": from_terraform(values), "region": region}


def names_to_ignore(given: Any) -> List[str]:
    """Return the names of a list, or of a text with commas. Raises ValueError for anything else."""
    names = given.split(",") if isinstance(given, str) else given
    if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) for name in names):
        raise ValueError(f"{IGNORE_UNKNOWN}: must be true, false or a list of names, got {given!r}")
    return [name.strip() for name in names if name.strip()]


def from_terraform(values: Mapping[str, Any]) -> Dict[str, Any]:
    """Return the inputs of the Terraform module under the role's names, without null, which means not set."""
    return {
        TERRAFORM_INPUTS[name]: value
        for name, value in values.items()
        if name in TERRAFORM_INPUTS and not is_unset(value)
    }


def _unknown_problems(names: Sequence[str], unknown: Sequence[str], source: str) -> List[str]:
    """unknown: with those that are to be ignored."""
    problems = [f"{source}: {name} is not known{_meant(name)}" for name in names]
    if problems:
        problems[-1] += (
            f"; known are {', '.join(sorted(_KNOWN))}. If the file is that of a root module, which has inputs of its own, set {IGNORE_UNKNOWN}=true to "
            f"leave out those that the Terraform module sagemaker-endpoint does not have, or name them: {_named(unknown)}."
        )
    return problems


def _misspelt_problems(unknown: Sequence[str], known: Sequence[str], source: str) -> List[str]:
    """known: what may be meant. A deploy without a misspelt input would take away what it describes."""
    problems = [f"{source}: {name} is not known{_meant(name, known)}" for name in unknown if _meant(name, known)]
    if not problems:
        return []
    hint = "Correct the name. If it is another input of the root module, name all that are to be left out"
    return [*problems[:-1], f"{problems[-1]}. {hint}: {_named(unknown)}."]


def _not_given(values: Mapping[str, Any]) -> List[str]:
    """Return the inputs that a misspelt name may mean: those that the file does not give. One name of the region is enough."""
    given = {name for name in _KNOWN if not is_unset(values.get(name))}
    return [name for name in _KNOWN if name not in given and not (name in REGION_INPUTS and given & {*REGION_INPUTS})]


def _no_unknown(name: str) -> str:
    return f"{IGNORE_UNKNOWN}: {name} is an input that the role reads. Leave it out."


def _named(names: Sequence[str]) -> str:
    return f"{IGNORE_UNKNOWN}={','.join(names)}"


def _meant(name: str, known: Sequence[str] = _KNOWN) -> str:
    # A root module's own inputs resemble these by chance.
    return meant(name, known, cutoff=0.75)


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
