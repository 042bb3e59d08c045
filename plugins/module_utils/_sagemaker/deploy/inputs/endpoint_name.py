# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the variables say which endpoint is meant, so that no run acts on the one with the default name by mistake. Pure."""

from __future__ import annotations

from typing import Any
from typing import Collection
from typing import Iterable
from typing import List
from typing import Mapping

from ...core.problems import Problem
from ...core.variable_paths import PREFIX
from . import variables as role_variables
from .validator import says_nothing

VARIABLE = f"{PREFIX}name"
_DEFAULT = role_variables.VARIABLES["name"]["default"]

# The input of the Terraform module, which is no variable of the role.
_OF_TERRAFORM = "endpoint_name"
# Where users may have put the name by mistake.
_MISTAKEN = ("endpoint", _OF_TERRAFORM, "name", "names")

# Variables that say how a run proceeds, or hold for a whole account. Such variables do not tell one endpoint from another.
_OF_RUNS = frozenset(
    {
        "state",
        "name",
        "deployment_config",
        "execution_role_policy",
        "permissions_boundary_arn",
        "purge_tags",
        "keep_releases",
        "release",
        "secret_environment",
        "max_hourly_cost",
        "price_file",
        "preflight",
        "wait",
        "wait_timeout",
        "progress",
    }
)


def problems(names: Iterable[str], playbook: Collection[str], given: Mapping[str, Any]) -> List[Problem]:
    """Return a problem if no variable says which endpoint is meant.

    names: all existing variables; playbook: those that a playbook of the collection reads, empty in other plays; given: the role's variables
    without their prefix, None where the role's own default holds. A deploy has that default, as in Terraform, and so has any other run with
    the variables of such a deploy.
    """
    tfvars = given.get("tfvars") or {}
    # A file that could not be read may have the name.
    if not says_nothing(given.get("name"), role_variables.VARIABLES["name"]) or tfvars.get("problems"):
        return []
    mistaken = [name for name in _MISTAKEN if name in set(names)]
    if str(given.get("state")).strip() in role_variables.NEEDED and not _describes_endpoint(given):
        asked = f" Is it the value of the variable {' or '.join(mistaken)}?" if mistaken else ""
        text = (
            f"is not given, nor any other variable of an endpoint, and without it this would act on {_DEFAULT}, the default. Give the name of the "
            f"endpoint ({VARIABLE}).{asked}"
        )
        return [Problem(VARIABLE, text)]
    if playbook and _OF_TERRAFORM in mistaken:
        text = (
            f"is an input of the Terraform module and no variable of the role, so this run would act on the endpoint {_DEFAULT}. "
            f"Give the file of such inputs with -e tfvars_file=<file>, or set {VARIABLE}."
        )
        return [Problem(_OF_TERRAFORM, text)]
    return []


def _describes_endpoint(given: Mapping[str, Any]) -> bool:
    return any(
        not says_nothing(given.get(name), option) and given[name] != option.get("default")
        for name, option in role_variables.VARIABLES.items()
        if name not in _OF_RUNS
    )
