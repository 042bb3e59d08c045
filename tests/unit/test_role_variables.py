# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading the role's variables: what is rendered, and what comes before what."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible.errors import AnsibleError

from ansible_collections.mlops.sagemaker.plugins.plugin_utils import _role_variables as reading

DEFAULTS = yaml.safe_load((Path(__file__).parents[2] / "roles/sagemaker_endpoint/defaults/main.yml").read_text())
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"


class Host:
    """The variables of a host, and what was rendered of them: here, each becomes the same text in upper case."""

    def __init__(self, file: dict[str, Any] | None = None, **variables: Any) -> None:
        self.rendered: list[Any] = []
        self.asked: list[Any] = []
        self._file = file
        containers = {"sagemaker_endpoint_containers": [{"image_uri": IMAGE}]}
        self.role = reading.RoleVariables({**DEFAULTS, **containers, **variables}, self._render, self._read)

    def _render(self, value: Any) -> Any:
        self.rendered.append(value)
        return value.strip("{ }").upper()

    def _read(self, path: str, ignore_unknown: Any) -> dict[str, Any]:
        self.asked.append((path, ignore_unknown))
        if self._file is None:
            raise AnsibleError("no such thing")
        return self._file

    def inputs(self) -> dict[str, Any]:
        return self.role.inputs()


def test_constants_and_the_roles_own_defaults_are_not_rendered() -> None:
    host = Host(sagemaker_endpoint_tags={"team": "risk"})
    inputs = host.inputs()
    assert host.rendered == []
    assert (inputs["problems"], inputs["name"], inputs["name_prefix"]) == ([], "SGendpoint", "SGTFendpoint")
    assert inputs["tags"]["team"] == "risk"


@pytest.mark.parametrize("value", ["{{ prefix }}", ["a", {"b": "{{ c }}"}], {"{{ a }}": 1}, "#jinja2: x", object()])
def test_what_may_be_a_template_is_rendered(value: Any) -> None:
    assert reading._may_be_template(value)


@pytest.mark.parametrize("value", ["text", "", None, True, 1, 1.5, [], {}, ["a", {"b": "c"}]])
def test_constants_are_none(value: Any) -> None:
    assert not reading._may_be_template(value)


def test_the_users_variables_win_over_the_file_and_the_file_over_the_host() -> None:
    file = {"problems": [], "warnings": [], "inputs": {"name_prefix": "from-file", "tags": {"team": "file"}}}
    host = Host(file, sagemaker_endpoint_name_prefix="{{ own }}", tfvars_file="a.tfvars", tfvars_ignore_unknown=True)
    host.role.set_private("host", {"name": "from-host", "tags": {"team": "host"}})
    inputs = host.inputs()
    assert (inputs["name"], inputs["name_prefix"], inputs["tags"]["team"]) == ("from-host", "OWN", "file")
    assert host.rendered == ["{{ own }}"]
    assert host.asked == [("a.tfvars", True)]


def test_a_playbook_says_the_state_and_the_name() -> None:
    host = Host(sagemaker_endpoint_state="present", sagemaker_endpoint_name="mine")
    assert (host.inputs()["state"], host.inputs()["name"]) == ("present", "mine")
    host.role.set_private("state", "stopped")
    host.role.set_private("name", "other")
    assert (host.inputs()["state"], host.inputs()["name"]) == ("stopped", "other")
    host.role.set_private("state", "")
    assert host.inputs()["state"] == "present"


def test_problems_of_the_file_and_unknown_variables_are_told() -> None:
    file = {"problems": ["prod.tfvars: the file does not exist"], "inputs": {}}
    problems = Host(file, sagemaker_endpoint_nam="x", tfvars_file="prod.tfvars").inputs()["problems"]
    assert any("the file does not exist" in problem for problem in problems)
    assert any(problem.startswith("sagemaker_endpoint_nam:") for problem in problems)
    assert Host(tfvars_file="x").inputs()["problems"] == ["tfvars_file: no such thing"]


def test_outputs_of_the_user_are_warned_of_but_not_those_of_the_last_run(monkeypatch: pytest.MonkeyPatch) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(reading.display, "warning", warnings.append)
    last = {"ansible_facts": {"sagemaker_endpoint_outputs": {"a": 1}}}
    Host(sagemaker_endpoint_outputs={"a": 1}, __sagemaker_endpoint_told=last).inputs()
    assert warnings == []
    Host(sagemaker_endpoint_outputs={"a": 2}, __sagemaker_endpoint_told=last).inputs()
    assert len(warnings) == 1 and "sagemaker_endpoint_outputs" in warnings[0]
    # A playbook reads them where nothing hides them.
    Host(sagemaker_endpoint_outputs={"a": 2}, __sagemaker_endpoint_playbook_variables=["aws_region"]).inputs()
    assert len(warnings) == 1


def test_a_run_that_no_variable_names_an_endpoint_for_is_refused() -> None:
    """The role's defaults are not the user's. A file and the host of a fleet name one, too."""
    bare: dict[str, Any] = {"sagemaker_endpoint_containers": [], "__sagemaker_endpoint_state": "absent"}
    (problem,) = Host(endpoint="churn", **bare).inputs()["problems"]
    assert problem.startswith("sagemaker_endpoint_name: is not given")
    assert problem.endswith("Is it the value of the variable endpoint?")
    file = {"problems": [], "warnings": [], "inputs": {"name_prefix": "from-file"}}
    assert Host(file, tfvars_file="a.tfvars", **bare).inputs()["problems"] == []
    assert Host({**file, "inputs": {}}, tfvars_file="a.tfvars", **bare).inputs()["problems"]
    host = Host(**bare)
    host.role.set_private("host", {"name": "from-host"})
    assert host.inputs()["problems"] == []
    assert Host(sagemaker_endpoint_name="SGendpoint", **bare).inputs()["problems"] == []
