# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of the role sagemaker_endpoint as options of the modules, read where Ansible keeps them.

A template for all of them would be compiled anew for each host of a fleet. Here only the values that contain templates are
rendered.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import MutableMapping
from collections.abc import Sequence
from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.loader import lookup_loader
from ansible.template import Templar
from ansible.utils.display import Display

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import secrets
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.variable_paths import PREFIX
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.inputs import endpoint_name
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.inputs import resolution
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.inputs import (
    variables as role_variables,
)
from ansible_collections.mlops.sagemaker.plugins.plugin_utils import _vaulted as vaulted
from ansible_collections.mlops.sagemaker.plugins.plugin_utils._plain import plain

display = Display()

# Set by the role and its playbooks, which no variable of the user may replace.
PRIVATE = "__sagemaker_endpoint_"
# What comes before the role's defaults, which are templates that read it.
BEFORE_DEFAULTS = f"{PRIVATE}file"
OUTPUTS = f"{PREFIX}outputs"
# Variables of the playbooks and of plays of the user.
TFVARS_FILE = "tfvars_file"
IGNORE_UNKNOWN = "tfvars_ignore_unknown"

# Reads a Terraform variables file, see the lookup tfvars: path, what the user says of unknown inputs -> contents.
ReadFile = Callable[[str, Any], Mapping[str, Any]]


class RoleVariables:
    """The variables of the role for one host. variables: all of the host's, untemplated. template: renders a value with them."""

    def __init__(
        self, variables: MutableMapping[str, Any], template: Callable[[Any], Any], read_file: ReadFile
    ) -> None:
        self._variables = variables
        self._template = template
        # The contents of the Terraform variables file, if there is one.
        self.tfvars = self._tfvars(read_file)
        # Templates of the user may refer to defaults that the file replaces.
        self.set_private("read", {"tfvars": self.tfvars})

    def _tfvars(self, read_file: ReadFile) -> dict[str, Any]:
        try:
            file = self.value(TFVARS_FILE)
            contents = read_file(file, self.value(IGNORE_UNKNOWN) or False) if file else {}
        except AnsibleError as error:
            # A task with secrets would hide it.
            contents = {"problems": [f"{TFVARS_FILE}: {error}"]}
        return {**plain(contents)}

    @classmethod
    def of_host(
        cls, task_vars: Mapping[str, Any], loader: Any, files: MutableMapping[Any, Any] | None = None
    ) -> RoleVariables:
        """Return the variables of a host. task_vars: as its task sees them. files: contents that have been read, which takes time."""
        variables = dict(task_vars)
        templar = Templar(loader=loader, variables=variables)
        known = {} if files is None else files

        def read(path: str, ignore_unknown: Any) -> Mapping[str, Any]:
            key = (path, str(ignore_unknown))
            if key not in known:
                lookup = lookup_loader.get("mlops.sagemaker.tfvars", loader=loader, templar=templar)
                (known[key],) = lookup.run([path], variables, ignore_unknown=ignore_unknown)
            contents: Mapping[str, Any] = known[key]
            return contents

        return cls(variables, templar.template, read)

    def set_private(self, name: str, value: Any) -> None:
        """Set a variable that only the role and its playbooks set. Templates of the user may refer to it."""
        self._variables[f"{PRIVATE}{name}"] = value

    def inputs(self) -> dict[str, Any]:
        """Return the result of resolution.resolve. Warn of what is no problem."""
        values = self._values()
        read = self.private("playbook_variables") or []
        for warning in self._hidden_outputs(read):
            display.warning(warning)
        values["tfvars"] = self.tfvars
        return resolved(values, list(map(str, self._variables)), read, variables=self._variables)

    def _values(self) -> dict[str, Any]:
        """Return the variables without their prefix. Not given is None, which stands for the default."""
        before = {**(self.private("host") or {}), **self.tfvars.get("inputs", {})}
        values = {name: self._value(name, before) for name in role_variables.VARIABLES}
        own = {name: self.private(name) for name in ("state", "name")}
        return {**values, **{name: value for name, value in own.items() if value}}

    def _value(self, name: str, before: Mapping[str, Any]) -> Any:
        value = self._variables.get(f"{PREFIX}{name}")
        # The role's own default. It would be compiled for each host, and says the same.
        if isinstance(value, str) and f"{BEFORE_DEFAULTS}.{name} |" in value:
            return before.get(name)
        return self._rendered(value)

    def private(self, name: str) -> Any:
        """Return a variable that only the role and its playbooks set, or None."""
        return self.value(f"{PRIVATE}{name}")

    def value(self, name: str) -> Any:
        """Return a variable by its full name, or None."""
        return plain(self._rendered(self._variables.get(name)))

    def _rendered(self, value: Any) -> Any:
        return self._template(value) if _may_be_template(value) else value

    def _hidden_outputs(self, read: Any) -> list[str]:
        """Return a warning if a variable of the user hides the outputs of this run. read: the variables that a playbook reads."""
        # The playbooks read the outputs where no variable can hide them.
        if read:
            return []
        own = ((self.private("told") or {}).get("ansible_facts") or {}).get(OUTPUTS)
        return [] if self.value(OUTPUTS) == own else [role_variables.HIDDEN_OUTPUTS]


def resolved(
    values: Mapping[str, Any],
    names: list[str],
    playbook_variables: list[str],
    model_names: Sequence[str] = (),
    variables: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the result of resolution.resolve, and warn of what is no problem.

    values: the role's variables without their prefix, rendered; names: all existing variables; playbook_variables: those that a playbook
    reads; variables: all of the host's, to find values from ansible-vault.
    """
    given = plain(values)
    problems, warnings = role_variables.unknown_variables(names, playbook_variables)
    problems += endpoint_name.problems(names, playbook_variables, given)
    for warning in [*warnings, *(given.get("tfvars") or {}).get("warnings", [])]:
        display.warning(warning)
    result = resolution.resolve({**given, "unknown": problems}, model_names)
    if secrets.OPTION in result:
        result[secrets.OPTION] = sorted({*result[secrets.OPTION], *vaulted.environment_keys(values, variables)})
    return result


def _may_be_template(value: Any) -> bool:
    """Return whether Ansible may have to render a value. It takes time over each list and dictionary, whether or not there is a template."""
    if isinstance(value, Mapping):
        return any(map(_may_be_template, value.values())) or any(map(_may_be_template, value))
    if isinstance(value, (list, tuple)):
        return any(map(_may_be_template, value))
    if isinstance(value, str):
        return "{" in value or value.startswith("#jinja2:")
    # An encrypted text has a type of its own.
    return not isinstance(value, (bool, int, float, type(None)))
