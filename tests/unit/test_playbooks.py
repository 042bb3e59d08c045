# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The argument specifications beside the playbooks, which ansible-core 2.20 and later read for `validate_argspec`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jinja2
import jinja2.nodes
import pytest
import yaml

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

CHECKOUT = Path(__file__).resolve().parents[2]
PLAYBOOKS = CHECKOUT / "playbooks"
NAMES = sorted(path.stem for path in PLAYBOOKS.glob("*.yml") if not path.name.endswith(".meta.yml"))
ROLE_VARIABLES = yaml.safe_load((CHECKOUT / "roles" / "sagemaker_endpoint" / "meta" / "argument_specs.yml").read_text())
# Facts of the play, and words of Ansible's.
PRIVATE = re.compile(
    r"__sagemaker_\w+|sagemaker_\w+|ansible_\w+|groups|inventory_hostname|item|lookup|omit|query|range"
)
LISTED = re.compile(r"playbook_variables(?::|=)\s*\[([^\]]*)\]")


def specification(name: str) -> dict[str, Any]:
    """The one specification of a playbook, which bears its name."""
    path = PLAYBOOKS / f"{name}.meta.yml"
    assert (
        path.is_file()
    ), f"the variables of playbooks/{name}.yml need a specification, such as playbooks/deploy.meta.yml"
    text = yaml.safe_load(path.read_text())
    assert sorted(text) == ["argument_specs", "description", "short_description"]
    assert list(text["argument_specs"]) == [name]
    return text["argument_specs"][name]


def own_variables(name: str) -> set[str]:
    """The variables that a playbook takes: those whose misspellings it tells of, and those that its own expressions read."""
    text = (PLAYBOOKS / f"{name}.yml").read_text()
    listed = {word for found in LISTED.findall(text) for word in re.findall(r"\w+", found)}
    expressions = " ".join(re.findall(r"{{.*?}}", text, re.DOTALL))
    read = {node.name for node in jinja2.Environment().parse(expressions).find_all(jinja2.nodes.Name)}
    return listed | {word for word in read - set_by(yaml.safe_load(text)) if not PRIVATE.fullmatch(word)}


def set_by(part: Any) -> set[str]:
    """The variables that a part of a playbook sets for itself."""
    if isinstance(part, list):
        return set().union(*map(set_by, part))
    if isinstance(part, dict):
        return set(part.get("vars") or ()).union(*map(set_by, part.values()))
    return set()


@pytest.mark.parametrize("name", NAMES)
def test_the_specification_of_a_playbook_has_every_variable_that_it_takes(name: str) -> None:
    options = specification(name)["options"]
    assert set(options) == own_variables(name)
    assert all(option["description"] and option["type"] for option in options.values())


@pytest.mark.parametrize("name", NAMES)
def test_the_readme_of_the_playbooks_explains_every_variable(name: str) -> None:
    explained = set(re.findall(r"`(\w+)`", (PLAYBOOKS / "README.md").read_text()))
    assert set(specification(name)["options"]) <= explained


@pytest.mark.parametrize("name", NAMES)
def test_the_example_of_a_playbook_is_valid(name: str) -> None:
    spec = specification(name)
    (example,) = yaml.safe_load(spec["examples"])
    assert example["ansible.builtin.import_playbook"] == f"mlops.sagemaker.{name}"
    of_role = {name for entry in ROLE_VARIABLES["argument_specs"].values() for name in entry["options"]}
    own = {key: value for key, value in example["vars"].items() if key not in of_role}
    assert ArgumentSpecValidator(spec["options"]).validate(own).error_messages == []
