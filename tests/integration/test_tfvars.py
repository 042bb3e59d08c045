# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Terraform module's own variables files through deploy.yml."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from integration.harness import CHECKOUT
from integration.harness import Player
from local_aws.process import LocalAws

EXAMPLES = CHECKOUT / "examples"
IMAGE = "141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-xgboost:3.2-0"
# What stands in the files in place of a token.
PLACEHOLDER = "<YOUR_HUGGING_FACE_TOKEN>"


def test_both_kinds_of_file_make_the_same(aws: LocalAws, play: Player) -> None:
    """That they say what the variables of the example say is known without a play."""
    aws.configure(creating=0, deleting=0)
    for file in ("terraform.tfvars", "terraform.tfvars.json"):
        shutil.copy(EXAMPLES / "huggingface" / file, play.directory)
    run = play(playbook="playbooks/deploy.yml", variables={"tfvars_file": "terraform.tfvars"}, verbosity=3)
    assert run.ok, run
    assert run.changed == 4
    assert PLACEHOLDER not in run.output

    aws.clear_calls()
    run = play(playbook="playbooks/deploy.yml", variables={"tfvars_file": "terraform.tfvars.json"})
    assert (run.ok, run.changed, aws.mutating()) == (True, 0, []), run

    run = play(playbook="playbooks/destroy.yml", variables={"tfvars_file": "terraform.tfvars"})
    assert (run.ok, run.changed) == (True, 3), run
    assert aws.client("sagemaker").list_endpoints()["Endpoints"] == []


CONTAINERS = f'containers = [{{ image_uri = "{IMAGE}" }}]\n'
# What a root module's own file holds beside the inputs of the module.
ROOT = 'project = "churn"\nregion = "eu-west-1"\nendpoint_name = "from-file"\nname_prefix = "from-file"\n'


@pytest.mark.core_ends
def test_the_file_of_a_root_module_gives_the_region_and_variables_win_over_it(
    aws: LocalAws, play: Player, tmp_path: Path
) -> None:
    (tmp_path / "prod.tfvars").write_text(ROOT)
    file = {"tfvars_file": "prod.tfvars", "tfvars_ignore_unknown": "project"}
    run = play(playbook="playbooks/destroy.yml", variables=file, check=True)
    assert (run.ok, regions(aws)) == (True, {"eu-west-1"}), run
    ignored = "prod.tfvars: ignored, because the Terraform module sagemaker-endpoint has no such input: project"
    # Older versions of Ansible break the line.
    assert "".join(run.output.split()).count(ignored.replace(" ", "")) == 1, run
    assert run.stats["sagemaker_endpoint_outputs"]["sagemaker_endpoint_name"] == "from-file"

    aws.clear_calls()
    explicit = {"sagemaker_endpoint_name": "explicit", "aws_region": "us-west-2"}
    run = play(playbook="playbooks/destroy.yml", variables={**file, **explicit}, check=True)
    assert (run.ok, regions(aws)) == (True, {"us-west-2"}), run
    assert run.stats["sagemaker_endpoint_outputs"]["sagemaker_endpoint_name"] == "explicit"
    asked = {call["request"].get("RoleName", "")[:10] for call in aws.calls() if call["operation"] == "GetRole"}
    assert asked == {"from-file-"}


# After the play in the role's README, in the same file.
WITHOUT = """
    - name: Remember
      ansible.builtin.set_fact:
        first: "{{ sagemaker_endpoint_outputs.sagemaker_endpoint_name }}"

    - name: Without the file
      ansible.builtin.include_role:
        name: mlops.sagemaker.sagemaker_endpoint
      vars: {tfvars_file: "", sagemaker_endpoint_state: absent, sagemaker_endpoint_name_prefix: second}

    - name: Both
      ansible.builtin.debug:
        msg: "{{ first }} {{ sagemaker_endpoint_outputs.sagemaker_endpoint_name }}"
"""


def test_a_play_that_includes_the_role_takes_the_file(aws: LocalAws, play: Player, tmp_path: Path) -> None:
    """The second run of the role in the same play has no file, and nothing is left of the first one's."""
    (tmp_path / "prod.tfvars").write_text(ROOT + CONTAINERS)
    readme = (CHECKOUT / "roles" / "sagemaker_endpoint" / "README.md").read_text()
    (shown,) = (block for block in re.findall(r"```yaml\n(.*?)```", readme, re.DOTALL) if "tfvars_file" in block)
    (tmp_path / "play.yml").write_text(shown + WITHOUT)
    run = play(playbook=str(tmp_path / "play.yml"), check=True)
    assert run.ok and run.result("Both")["msg"] == "from-file SGendpoint", run
    asked = {call["request"].get("EndpointName"): call["region"] for call in aws.calls()}
    assert (asked["from-file"], asked["SGendpoint"]) == ("eu-west-1", "us-east-1")


def test_every_playbook_of_one_endpoint_takes_the_region_of_the_file(
    aws: LocalAws, play: Player, tmp_path: Path
) -> None:
    """Their endpoint does not exist. Preflight alone goes on to ask whether all else exists."""
    (tmp_path / "prod.tfvars").write_text(ROOT + CONTAINERS)
    for name in ("deploy", "rollback", "stop", "start", "preflight"):
        aws.clear_calls()
        variables = {"tfvars_file": "prod.tfvars", "tfvars_ignore_unknown": True}
        run = play(playbook=f"playbooks/{name}.yml", variables=variables, check=True)
        assert regions(aws) == {"eu-west-1"}, (name, run)
        assert "is not known" not in run.output


def regions(aws: LocalAws) -> set[str]:
    """The regions that were asked. IAM, STS and prices have one of their own."""
    return {call["region"] for call in aws.calls() if call["service"] == "sagemaker"}


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.tfvars", 'endpoint_nam = "x"\n', "a.tfvars: endpoint_nam is not known (did you mean endpoint_name?)"),
        ("a.tfvars.json", '{"project": 1}', "set tfvars_ignore_unknown=true to leave out those that"),
        (
            "root.tfvars",
            "project = 1\nautoscaling_confg = {}\n",
            "root.tfvars: autoscaling_confg is not known (did you mean autoscaling_config?). Correct the name.",
        ),
        ("a.tfvars", None, "a.tfvars: the file does not exist (path "),
        (".", None, ".: is a directory. Name a file in it. It holds other.tfvars."),
        (
            "a.tfvars",
            "endpoint_name = churn\nname = sample\n",
            'a.tfvars: line 1: a variables file may contain only values, and this is an expression: churn. Did you mean "churn"?\n'
            "a.tfvars: line 2: ",
        ),
    ],
)
def test_a_wrong_file_gets_one_message(
    aws: LocalAws, play: Player, tmp_path: Path, name: str, text: str | None, said: str
) -> None:
    (tmp_path / "other.tfvars").write_text("")
    if text is not None:
        (tmp_path / name).write_text(text)
    ignored = {"tfvars_ignore_unknown": True} if name == "root.tfvars" else {}
    run = play(playbook="playbooks/deploy.yml", variables={"tfvars_file": name, **ignored})
    assert not run.ok
    assert said in (run.failure or ""), run
    assert "Traceback" not in run.output
    assert aws.calls() == []


def test_without_python_hcl2_the_message_says_how_to_get_it(play: Player, tmp_path: Path) -> None:
    # Stands before the real one on the path.
    (tmp_path / "hcl2.py").write_text("raise ImportError('No module named hcl2')\n")
    (tmp_path / "a.tfvars").write_text('endpoint_name = "x"\n')
    run = play(
        playbook="playbooks/deploy.yml",
        variables={"tfvars_file": "a.tfvars"},
        environment={"PYTHONPATH": str(tmp_path)},
    )
    assert not run.ok
    assert "-m pip install 'python-hcl2>=8'" in (run.failure or ""), run
