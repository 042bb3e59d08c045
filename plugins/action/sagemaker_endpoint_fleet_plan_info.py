# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the module of the same name in this process if possible, for the hosts of a play.

A task of the role sees the variables of one host. This action makes the list of endpoints from the variables of each host, as that
host's own task in the role would see them, so that one task plans all hosts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible.errors import AnsibleError
from ansible.template import Templar
from ansible.utils.unsafe_proxy import wrap_var

from ansible_collections.mlops.sagemaker.plugins.module_utils import (  # pylint: disable=unused-import # noqa: F401
    _bytecode,
)
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import secrets
from ansible_collections.mlops.sagemaker.plugins.plugin_utils import _vaulted as vaulted
from ansible_collections.mlops.sagemaker.plugins.plugin_utils._in_process import InProcessAction
from ansible_collections.mlops.sagemaker.plugins.plugin_utils._plain import plain

# Variables of the role and of the playbook fleet.
RESOLVED = "__sagemaker_endpoint_resolved"
PLACE = "__sagemaker_endpoint_place"
BEFORE_DEFAULTS = "__sagemaker_endpoint_file"
TFVARS_FILE = "tfvars_file"
IGNORE_UNKNOWN = "tfvars_ignore_unknown"
READ_TFVARS = "__sagemaker_endpoint_read_tfvars"
TFVARS = "__sagemaker_endpoint_tfvars"


class ActionModule(InProcessAction):
    """See _in_process."""

    module_name = "sagemaker_endpoint_fleet_plan_info"

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        variables = task_vars or {}
        args = dict(self._task.args)
        hosts = args.pop("hosts", None)
        if hosts is None:
            return super().run(tmp, variables)
        endpoints = list(self._endpoints(hosts, variables["hostvars"]))
        keys = {key for endpoint in endpoints for key in (endpoint.get("inputs") or {}).get(secrets.OPTION) or ()}
        self._task.args = {**args, "endpoints": endpoints, secrets.OPTION: sorted(keys)}
        result = super().run(tmp, variables)
        # The inputs of all hosts, which every later task of the play would carry along.
        result.pop("invocation", None)
        return result

    def _endpoints(self, hosts: list[str], hostvars: Any) -> Iterator[dict[str, Any]]:
        """Yield the endpoints of the hosts. The role of a host whose variables cannot be read says why."""
        files: dict[tuple[str, str], Any] = {}
        for host in map(str, hosts):
            try:
                yield self._endpoint(host, hostvars, files)
            except AnsibleError as error:
                yield {"host": host, "problem": str(error)}

    def _endpoint(self, host: str, hostvars: Any, files: dict[tuple[str, str], Any]) -> dict[str, Any]:
        """Return the endpoint of a host. files: Terraform variables files that have been read, which takes time."""
        variables = dict(
            hostvars._variable_manager.get_vars(
                play=self._task.get_play(), host=hostvars._inventory.get_host(host), task=self._task
            )
        )
        templar = Templar(loader=self._loader, variables=variables)
        file = templar.template(variables.get(TFVARS_FILE) or "")
        if file:
            key = (file, str(templar.template(variables.get(IGNORE_UNKNOWN) or False)))
            if key not in files:
                files[key] = templar.template(variables[READ_TFVARS])
            variables[TFVARS] = {"msg": files[key]}
            templar = Templar(loader=self._loader, variables=variables)
        # Nine defaults of the role refer to it, and each would evaluate it again.
        variables[BEFORE_DEFAULTS] = wrap_var(templar.template(variables[BEFORE_DEFAULTS]))
        templar = Templar(loader=self._loader, variables=variables)
        inputs = plain(templar.template(variables[RESOLVED]))
        found = vaulted.environment_keys(inputs, variables)
        if found:
            inputs[secrets.OPTION] = sorted({*found, *secrets.listed_keys(inputs.get(secrets.OPTION))})
        place = {name: value for name, value in plain(templar.template(variables[PLACE])).items() if value}
        state = {"state": inputs["state"]} if inputs.get("state") else {}
        return {"host": host, "inputs": inputs, **state, **place}
