# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the module of the same name in this process if possible, for the hosts of a play.

A task of the role sees the variables of one host. This action makes the list of endpoints from the variables of each host, as that
host's own task in the role would see them, so that one task plans all hosts.
"""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleError

from ansible_collections.mlops.sagemaker.plugins.module_utils import (  # pylint: disable=unused-import # noqa: F401
    _bytecode,
)
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import secrets
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.planning import fleet
from ansible_collections.mlops.sagemaker.plugins.plugin_utils._in_process import InProcessAction
from ansible_collections.mlops.sagemaker.plugins.plugin_utils._role_variables import RoleVariables


class ActionModule(InProcessAction):
    """See _in_process."""

    module_name = "sagemaker_endpoint_fleet_plan_info"

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        variables = task_vars or {}
        args = dict(self._task.args)
        hosts = args.pop("hosts", None)
        if hosts is None:
            return super().run(tmp, variables)
        # Contents of Terraform variables files.
        self._files: dict[Any, Any] = {}
        found = {str(host): self._endpoint(str(host), variables["hostvars"]) for host in hosts}
        endpoints = [endpoint for endpoint, _place in found.values()]
        keys = {key for endpoint in endpoints for key in (endpoint.get("inputs") or {}).get(secrets.OPTION) or ()}
        self._task.args = {**args, "endpoints": endpoints, secrets.OPTION: sorted(keys)}
        result = super().run(tmp, variables)
        # The inputs of all hosts, which every later task of the play would carry along.
        result.pop("invocation", None)
        return {**result, "places": {host: place for host, (_endpoint, place) in found.items()}}

    def _endpoint(self, host: str, hostvars: Any) -> tuple[dict[str, Any], dict[str, str]]:
        """Return the endpoint of a host, and its place. The role of a host whose variables cannot be read says why."""
        place: dict[str, str] = {}
        try:
            role = self._role_variables(host, hostvars)
            place = _place(host, role)
            role.set_private("host", {"name": place["name"]})
            role.set_private("state", place["state"])
            inputs = role.inputs()
        except AnsibleError as error:
            return {"host": host, "problem": str(error)}, place
        # A fault in one host's variables must not keep the others from their plans.
        except Exception as error:  # pylint: disable=broad-exception-caught
            return {"host": host, "problem": fleet.unexpected(error)}, place
        state = {"state": inputs["state"]} if inputs.get("state") else {}
        given = {name: place[name] for name in ("region", "profile", "account") if place[name]}
        return {"host": host, "inputs": inputs, **state, **given}, place

    def _role_variables(self, host: str, hostvars: Any) -> RoleVariables:
        """Return the variables of a host, as its own task in the role would see them."""
        variables = hostvars._variable_manager.get_vars(
            play=self._task.get_play(), host=hostvars._inventory.get_host(host), task=self._task
        )
        return RoleVariables.of_host(variables, self._loader, self._files)


def _place(host: str, role: RoleVariables) -> dict[str, str]:
    """Return which endpoint a host is, where, and what is to become of it, for the plan and for the playbook. Empty is not given."""
    place = {
        # For a host whose variables do not name the endpoint. The inventory plugin knows names and regions.
        "name": role.value("sagemaker_name") or host,
        "region": role.value("aws_region") or role.value("sagemaker_region") or role.tfvars.get("region"),
        "profile": role.value("aws_profile"),
        "account": role.value("sagemaker_account"),
        "state": role.value("fleet_state"),
    }
    return {name: str(value or "") for name, value in place.items()}
