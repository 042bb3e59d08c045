# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Terraform module's own variables files through deploy.yml."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from integration.harness import CHECKOUT
from integration.harness import Player
from local_aws.process import LocalAws

EXAMPLES = CHECKOUT / "examples"
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


def test_variables_win_over_the_file(aws: LocalAws, play: Player, tmp_path: Path) -> None:
    file = tmp_path / "prod.tfvars"
    file.write_text('endpoint_name = "from-file"\nname_prefix = "from-file"\n')
    run = play(
        playbook="playbooks/destroy.yml",
        variables={"tfvars_file": "prod.tfvars", "sagemaker_endpoint_name": "explicit"},
        check=True,
    )
    assert run.ok, run
    assert run.stats["sagemaker_endpoint_outputs"]["sagemaker_endpoint_name"] == "explicit"
    asked = {call["request"].get("RoleName", "")[:10] for call in aws.calls() if call["operation"] == "GetRole"}
    assert asked == {"from-file-"}


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.tfvars", 'endpoint_nam = "x"\n', "a.tfvars: endpoint_nam is not known (did you mean endpoint_name?)"),
        ("a.tfvars.json", "{", "a.tfvars.json: not valid JSON"),
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
    run = play(playbook="playbooks/deploy.yml", variables={"tfvars_file": name})
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
