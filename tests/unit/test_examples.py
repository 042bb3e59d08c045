# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests that the examples are complete, listed, and without a mistake that can be seen in the variables."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import hcl2
import pytest
import yaml

import example_files
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.inputs import tfvars
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.inputs import variables_file
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.inputs.resolution import resolve

CHECKOUT = Path(__file__).resolve().parents[2]
EXAMPLES = CHECKOUT / "examples"
KINDS = sorted(path.name for path in EXAMPLES.iterdir() if path.is_dir())
PREFIX = "sagemaker_endpoint_"
XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
VLLM = "763104351884.dkr.ecr.us-east-1.amazonaws.com/vllm:server-sagemaker-cuda-v2.3"
INCLUDE = "ansible.builtin.include_role"
INVOKE = "mlops.sagemaker.sagemaker_endpoint_invoke"
# What a README tells, in this order.
PARTS = ("# ", "**You get**", "**Left running, it costs**", "```shell", "**To change it**", "**To remove it**")


def variables(kind: str) -> dict[str, Any]:
    return example_files.read(EXAMPLES / kind / "vars.yml")


@pytest.mark.parametrize("kind", KINDS)
def test_the_variables_of_an_example_have_no_problem(kind: str) -> None:
    given = variables(kind)
    assert [name for name in given if not name.startswith(PREFIX)] == []
    assert resolve({name.removeprefix(PREFIX): value for name, value in given.items()})["problems"] == []


def test_the_lookups_of_the_examples_find_these_images() -> None:
    looked_up = {
        kind: {
            text for text in re.findall(r"image_uri: (\S+)", yaml.dump(variables(kind), width=1000)) if text not in file
        }
        for kind in KINDS
        if "lookup('mlops.sagemaker.image_uri'" in (file := (EXAMPLES / kind / "vars.yml").read_text())
    }
    vllm = {kind for kind, images in looked_up.items() if images == {VLLM}}
    assert vllm == {"asynchronous", "inference-components", "instance-pools"}
    assert {kind for kind, images in looked_up.items() if images == {XGBOOST}} == set(looked_up) - vllm


@pytest.mark.parametrize("file", ["terraform.tfvars", "terraform.tfvars.json"])
@pytest.mark.parametrize("kind", ["huggingface", "jumpstart"])
def test_the_file_for_terraform_says_what_the_variables_say(kind: str, file: str) -> None:
    text = (EXAMPLES / kind / file).read_text()
    told = tfvars.from_json(text) if file.endswith(".json") else tfvars.from_hcl(text, hcl2.parses_to_tree)
    contents = variables_file.contents(told, file)
    assert contents["problems"] == []
    given = {name.removeprefix(PREFIX): value for name, value in variables(kind).items()}
    for container in given["containers"]:
        if "HF_API_TOKEN" in container.get("environment", {}):
            # The one comes from the environment, in place of the other the user writes it.
            assert "lookup('ansible.builtin.env', 'HF_API_TOKEN')" in container["environment"]["HF_API_TOKEN"]
            container["environment"]["HF_API_TOKEN"] = "<YOUR_HUGGING_FACE_TOKEN>"
    assert resolve(contents["inputs"]) == resolve(given)


@pytest.mark.parametrize("kind", KINDS)
def test_the_play_of_an_example_deploys_its_variables_and_asks(kind: str) -> None:
    (play,) = yaml.safe_load((EXAMPLES / kind / "play.yml").read_text())
    assert play["vars_files"] == ["vars.yml"]
    # The lookup image_uri reads the variable, too.
    assert play["vars"]["aws_region"] == "us-east-1"
    assert play["module_defaults"] == {"group/mlops.sagemaker.all": {"region": "{{ aws_region }}"}}
    included = [task[INCLUDE] for task in play["tasks"] if INCLUDE in task]
    assert included == [{"name": "mlops.sagemaker.sagemaker_endpoint"}]
    asked = [task[INVOKE] for task in play["tasks"] if INVOKE in task]
    assert asked and all(question["expect"] for question in asked)


@pytest.mark.parametrize("kind", KINDS)
def test_the_readme_of_an_example_tells_everything_in_order(kind: str) -> None:
    text = (EXAMPLES / kind / "README.md").read_text()
    places = [text.find(part) for part in PARTS]
    assert -1 not in places
    assert places == sorted(places)
    assert set(re.findall(r"examples/([a-z-]+)/(?:vars|play)\.yml", text)) == {kind}


def test_all_examples_are_listed() -> None:
    assert sorted(re.findall(r"^\| \[[a-z-]+\]\(([a-z-]+)/\) \|", (EXAMPLES / "README.md").read_text(), re.M)) == KINDS
    table = (CHECKOUT / "README.md").read_text().split("### Which kind of endpoint")[1].split("\n### ")[0]
    assert sorted(re.findall(r"/tree/main/examples/([a-z-]+)/\)", table)) == KINDS


def test_no_two_examples_get_in_each_others_way() -> None:
    names = [variables(kind)[f"{PREFIX}name"] for kind in KINDS]
    assert len(names) == len(set(names))
