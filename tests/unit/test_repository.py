# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests that the parts of the repository agree with each other."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path
from typing import Any

import botocore.session
import demo
import pytest
import yaml

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.inputs.variables import SMOKE_TEST
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.schema import shapes

CHECKOUT = Path(__file__).resolve().parents[2]
RUNTIME = yaml.safe_load((CHECKOUT / "meta" / "runtime.yml").read_text())
GALAXY = yaml.safe_load((CHECKOUT / "galaxy.yml").read_text())
# Those that call AWS. The others are actions and no more.
MODULES = sorted(path.stem for path in (CHECKOUT / "plugins" / "modules").glob("sagemaker_*.py"))
CODE = subprocess.run(
    ["git", "ls-files", "*.py"], cwd=CHECKOUT, capture_output=True, text=True, check=True
).stdout.splitlines()


def test_the_action_group_holds_every_module_and_the_one_that_runs_them() -> None:
    assert sorted(RUNTIME["action_groups"]["aws"]) == ["run_module", *MODULES]


def test_every_module_has_an_action_that_runs_it_in_ansibles_own_process() -> None:
    actions = {path.stem: path for path in (CHECKOUT / "plugins" / "action").glob("sagemaker_*.py")}
    assert sorted(actions) == MODULES
    for name, path in actions.items():
        # Documentation tools take a link for a redirection to another module.
        assert not path.is_symlink()
        assert name == "sagemaker_execution_role" or f'    module_name = "{name}"\n' in path.read_text()


def test_every_option_of_a_smoke_test_is_one_of_the_module_that_invokes() -> None:
    assert set(SMOKE_TEST["options"]) < set(documentation("sagemaker_endpoint_invoke")["options"])


@pytest.mark.parametrize("playbook", ["deploy", "destroy"])
def test_the_playbooks_hand_region_and_profile_to_every_module_of_the_role(playbook: str) -> None:
    tasks = "".join(path.read_text() for path in (CHECKOUT / "roles" / "sagemaker_endpoint" / "tasks").glob("*.yml"))
    others = set(re.findall(r"^ +(amazon\.aws\.\w+):$", tasks, re.MULTILINE))
    play = yaml.safe_load((CHECKOUT / "playbooks" / f"{playbook}.yml").read_text())[0]
    assert others
    assert set(play["module_defaults"]) == {"group/mlops.sagemaker.aws", *others}


def documentation(module: str) -> dict[str, Any]:
    text = (CHECKOUT / "plugins" / "modules" / f"{module}.py").read_text()
    return yaml.safe_load(text.split('DOCUMENTATION = r"""')[1].split('"""')[0])


@pytest.mark.parametrize("module", MODULES)
def test_a_module_says_that_it_is_in_the_action_group(module: str) -> None:
    fragments = documentation(module)["extends_documentation_fragment"]
    assert any(fragment.startswith("mlops.sagemaker.attributes") for fragment in fragments)


def fragment(name: str) -> dict[str, Any]:
    """The documentation in one of our fragments."""
    text = (CHECKOUT / "plugins" / "doc_fragments" / f"{name}.py").read_text()
    return yaml.safe_load(text.split('DOCUMENTATION = r"""')[1].split('"""')[0])


def test_the_requirements_are_the_same_everywhere() -> None:
    needs = dict(line.split(" >= ") for line in fragment("requirements")["requirements"])
    readme = re.sub(r"\s+", " ", (CHECKOUT / "README.md").read_text())
    assert f"Python {needs['python']} or later, boto3 and botocore {needs['boto3']} or later" in readme
    assert needs["boto3"] == needs["botocore"]
    listed = (CHECKOUT / "meta" / "ee-requirements.txt").read_text().splitlines()
    assert {f"{package}>={needs[package]}" for package in ("boto3", "botocore")} <= set(listed)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_says_what_this_collection_needs_and_not_what_another_does(module: str) -> None:
    fragments = documentation(module)["extends_documentation_fragment"]
    assert "mlops.sagemaker.requirements" in fragments
    assert "amazon.aws.boto3" not in fragments


def test_what_execution_environments_need_is_where_ansible_builder_looks_for_it() -> None:
    """Below the collection's folder for what the collection needs."""
    dependencies = yaml.safe_load((CHECKOUT / "meta" / "execution-environment.yml").read_text())["dependencies"]
    assert sorted(dependencies) == ["python", "system"]
    assert all((CHECKOUT / path).is_file() for path in dependencies.values())


@pytest.mark.parametrize("file", CODE)
def test_a_code_file_names_its_licence(file: str) -> None:
    text = (CHECKOUT / file).read_text()
    assert not text.strip() or "SPDX-License-Identifier: GPL-3.0-or-later" in text[:600]


# {botocore's name of a service: IAM's}, of those that are called.
SERVICES = {
    "application-autoscaling": "application-autoscaling",
    "cloudwatch": "cloudwatch",
    "ec2": "ec2",
    "ecr": "ecr",
    "iam": "iam",
    "kms": "kms",
    "logs": "logs",
    "pricing": "pricing",
    "resourcegroupstaggingapi": "tag",
    "s3": "s3",
    "sagemaker": "sagemaker",
    "sagemaker-runtime": "sagemaker",
    "service-quotas": "servicequotas",
    "sns": "sns",
    "sts": "sts",
}
# What a call needs where IAM has no action of its name.
OTHER_ACTIONS = {"HeadBucket": "s3:ListBucket", "HeadObject": "s3:GetObject", "ListObjectsV2": "s3:ListBucket"}


def words() -> set[str]:
    """All texts in the code. What the execution role may do is no call of the collection."""
    files = [
        path
        for path in (CHECKOUT / "plugins").rglob("*.py")
        if path.relative_to(CHECKOUT / "plugins").parts[-2:] != ("iam", "policy.py")
    ]
    nodes = [node for path in files for node in ast.walk(ast.parse(path.read_text()))]
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def granted() -> set[str]:
    """The actions in the role's table of permissions, where a service is named once for those that follow in its row."""
    readme = CHECKOUT / "roles" / "sagemaker_endpoint" / "README.md"
    table = readme.read_text().split("| For | Actions |")[1].split("\n\n")[0]
    found = set()
    for row in table.splitlines():
        prefix = ""
        for named, action in re.findall(r"`(?:([a-z0-9-]+):)?([A-Z][A-Za-z0-9]+)`", row):
            prefix = named or prefix
            found.add(f"{prefix}:{action}")
    return found


def test_the_permissions_in_the_roles_readme_are_those_of_the_calls() -> None:
    session = botocore.session.get_session()
    actions: dict[str, set[str]] = {}
    for service, prefix in SERVICES.items():
        for operation in session.get_service_model(service).operation_names:
            actions.setdefault(operation, set()).add(OTHER_ACTIONS.get(operation, f"{prefix}:{operation}"))
    table = granted()
    called = words() & set(actions)
    assert {operation for operation in called if not actions[operation] & table} == set()
    # amazon.aws and AWS itself call IAM and CloudWatch besides.
    ours = {action for action in table if action.startswith(("sagemaker:", "application-autoscaling:"))}
    assert {operation for operation in set(actions) - called if actions[operation] & ours} == set()


def test_every_service_that_is_called_is_in_the_table_of_permissions() -> None:
    """Else the test above looks at none of its calls."""
    clients = re.compile(r"""\b(?:service|client)\("([a-z0-9-]+)"\)""")
    texts = [path.read_text() for path in (CHECKOUT / "plugins").rglob("*.py")]
    assert {service for text in texts for service in clients.findall(text)} <= set(SERVICES)


@pytest.mark.parametrize("module", [*MODULES, "read_variables", "run_module", "show_text"])
def test_the_readme_lists_every_module(module: str) -> None:
    table = (CHECKOUT / "README.md").read_text().split("| Modules | |")[1].split("\n\n")[0]
    assert module in re.findall(r"\w+", table)


@pytest.mark.parametrize("kind", ["filter", "inventory", "lookup"])
def test_the_readme_lists_every_plugin(kind: str) -> None:
    table = (CHECKOUT / "README.md").read_text().split("| Other plugins | |")[1].split("\n\n")[0]
    plugins = {path.stem for path in (CHECKOUT / "plugins" / kind).glob("*.py")}
    assert plugins <= set(re.findall(r"`(\w+)`", table))


def test_the_table_of_folders_lists_every_folder_of_the_logic() -> None:
    table = (CHECKOUT / "CONTRIBUTING.md").read_text().split("| Folder | What it holds |")[1].split("\n\n")[0]
    folders = {path.parent.name for path in (CHECKOUT / "plugins/module_utils/_sagemaker").glob("*/__init__.py")}
    assert set(re.findall(r"^\| `… (\w+)/`", table, re.M)) == folders != set()


def test_the_readme_lists_every_playbook() -> None:
    row = (CHECKOUT / "README.md").read_text().split("| Role, playbooks | |")[1].split("\n\n")[0]
    playbooks = {path.name.split(".")[0] for path in (CHECKOUT / "playbooks").glob("*.yml")}
    assert playbooks <= set(re.findall(r"\w+", row))


def test_the_demo_shows_output_as_the_readme_suggests() -> None:
    told = re.findall(r"\b(ANSIBLE_\w+)=(\w+)", (CHECKOUT / "README.md").read_text())
    assert dict(told) == demo.OUTPUT


def test_deploy_and_destroy_begin_alike() -> None:
    """Playbooks cannot share the words of a play. Their tasks they do share."""
    deploy, destroy = (
        yaml.safe_load((CHECKOUT / "playbooks" / f"{playbook}.yml").read_text())[0]
        for playbook in ("deploy", "destroy")
    )
    own = ("name", "tasks")
    assert {key: value for key, value in deploy.items() if key not in own} == {
        key: value for key, value in destroy.items() if key not in own
    }
    (first,), (second,) = deploy["tasks"], destroy["tasks"]
    assert first["ansible.builtin.import_tasks"] == second["ansible.builtin.import_tasks"] == "tasks/run_role.yml"


def test_playbooks_take_an_empty_answer_of_a_form_for_none() -> None:
    """AWX writes it as !unsafe '', which is None since ansible-core 2.19, and only a second argument lets default replace that."""
    variables = (
        r"(?<!\w)(?:aws_\w+|tfvars_\w+|regions|names|name_contains|expiry_tag|price_file|report|fleet\w*|serial)"
    )
    files = [*CHECKOUT.glob("playbooks/**/*.yml"), *CHECKOUT.glob("roles/*/tasks/*.yml")]
    found = [
        (file.name, use) for file in files for use in re.findall(rf"{variables} \| default\([^|)]*\)", file.read_text())
    ]
    assert len(found) > 20
    assert [(file, use) for file, use in found if not use.endswith(", true)")] == []


def test_the_environments_have_the_service_model_that_the_options_were_taken_from() -> None:
    """All but the one with the oldest that the collection takes."""
    files = [file for file in (CHECKOUT / "tests" / "requirements").glob("*.txt") if file.name != "oldest.txt"]
    bounds = {bound for file in files for bound in re.findall(r"^boto3>=(\S+)", file.read_text(), re.MULTILINE)}
    assert bounds == {shapes.SERVICE_MODEL_VERSION}


def test_the_version_is_the_same_everywhere() -> None:
    fragments = CHECKOUT / "changelogs" / "fragments"
    released = yaml.safe_load((CHECKOUT / "changelogs" / "changelog.yaml").read_text())["releases"]
    assert GALAXY["version"] in released or (fragments / f"{GALAXY['version']}.yml").is_file()


def test_the_test_that_contributing_shows_is_one_that_runs() -> None:
    sample = (CHECKOUT / "tests" / "integration" / "test_sample.py").read_text()
    assert sample[sample.index("def test_") :] in (CHECKOUT / "CONTRIBUTING.md").read_text()


REPORTING = (
    "sagemaker_endpoint",
    "sagemaker_endpoint_invoke",
    "sagemaker_endpoint_traffic",
    "sagemaker_inference_component",
)


def report_documentation(module: str) -> dict[str, Any]:
    """The keys of `failure` in the RETURN of a module without their samples. Fragments hold options, so it stands in each module."""
    text = (CHECKOUT / "plugins" / "modules" / f"{module}.py").read_text()
    keys = yaml.safe_load(text.split('RETURN = r"""')[1].split('"""')[0])["failure"]["contains"]

    def without_samples(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: without_samples(inner) for key, inner in value.items() if key != "sample"}
        return value

    return without_samples(keys)


def test_modules_document_the_same_report_of_a_failure() -> None:
    reports = [report_documentation(module) for module in REPORTING]
    # These two say what can fail in a module, and whose name it is.
    own = [(report.pop("what")["description"], report.pop("name")["description"]) for report in reports]
    assert len(reports[0]) == 10
    assert all(report == reports[0] for report in reports)
    assert len(set(own)) == len(REPORTING)
