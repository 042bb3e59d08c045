# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests that the examples are complete, listed, and without a mistake that can be seen in the variables."""

from __future__ import annotations

import base64
import importlib.util
import io
import json
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
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
KINDS = sorted(path.parent.name for path in EXAMPLES.glob("*/vars.yml"))
SHARED = EXAMPLES / "prerequisites"
MODELS = SHARED / "models"
PREPARED = {kind: EXAMPLES / kind / "prerequisites.yml" for kind in KINDS}
PREPARED = {kind: file for kind, file in PREPARED.items() if file.exists()}
# What they read from S3 is of their users, and no small model takes its place.
BRINGS = {"inference-components", "language-model", "private-registry"}
# Their models are neither in S3 nor of this account.
WITHOUT_PREREQUISITES = {"huggingface", "jumpstart"}
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
    # The one whose prerequisites are a VPC reads its ids, once it is there.
    assert play["vars_files"] == ["vars.yml"] + [["network.yml", "vars.yml"]] * (kind == "private-registry")
    # The lookup image_uri reads the variable, too.
    assert play["vars"]["aws_region"] == "us-east-1"
    assert play["module_defaults"] == {"group/mlops.sagemaker.all": {"region": "{{ aws_region }}"}}
    included = [task[INCLUDE] for task in play["tasks"] if INCLUDE in task]
    assert included == [{"name": "mlops.sagemaker.sagemaker_endpoint"}]
    asked = [task[INVOKE] for task in play["tasks"] if INVOKE in task]
    assert asked and all(question["expect"] for question in asked)
    # The integration test reads what they show.
    shown = [task for task in play["tasks"] if "mlops.sagemaker.show_text" in task]
    assert len(shown) == len(asked)


@pytest.mark.parametrize("kind", KINDS)
def test_the_readme_of_an_example_tells_everything_in_order(kind: str) -> None:
    text = (EXAMPLES / kind / "README.md").read_text()
    needs = ["**It needs**"] * (kind in PREPARED)
    places = [text.find(part) for part in (*PARTS[:2], *needs, *PARTS[2:])]
    assert -1 not in places
    assert places == sorted(places)
    assert set(re.findall(r"examples/([a-z-]+)/(?:vars|play|prerequisites)\.yml", text)) == {kind}
    # Instances take a quota, which no play raises.
    assert ("endpoint usage" in text) == ("serverless_config" not in str(variables(kind)))
    made = [f"ansible-playbook examples/{kind}/prerequisites.yml{state}" for state in ("\n", " -e state=absent")]
    assert [command in text for command in made] == [kind in PREPARED] * 2


def test_all_examples_are_listed() -> None:
    assert sorted(re.findall(r"^\| \[[a-z-]+\]\(([a-z-]+)/\) \|", (EXAMPLES / "README.md").read_text(), re.M)) == KINDS
    table = (CHECKOUT / "README.md").read_text().split("### Which kind of endpoint")[1].split("\n### ")[0]
    assert sorted(re.findall(r"/tree/main/examples/([a-z-]+)/\)", table)) == KINDS


def test_no_two_examples_get_in_each_others_way() -> None:
    names = [variables(kind)[f"{PREFIX}name"] for kind in KINDS]
    assert len(names) == len(set(names))


def artifacts(value: Any, name: str = "") -> Iterator[str]:
    """The URIs of what is read from S3, anywhere in variables."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from artifacts(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from artifacts(inner, name)
    elif name in ("model_data_url", "s3_uri", "artifact_url"):
        yield value


def prerequisites(kind: str) -> dict[str, Any]:
    (imported,) = yaml.safe_load(PREPARED[kind].read_text())
    assert imported["ansible.builtin.import_playbook"] == "../prerequisites/playbook.yml"
    assert imported["vars"]["example"] == kind
    return imported["vars"]


def test_which_examples_have_prerequisites() -> None:
    assert set(KINDS) - set(PREPARED) == WITHOUT_PREREQUISITES


@pytest.mark.parametrize("kind", PREPARED)
def test_the_prerequisites_of_an_example_are_what_its_variables_name(kind: str) -> None:
    given = variables(kind)
    made = prerequisites(kind)
    text = (EXAMPLES / kind / "vars.yml").read_text()
    bucket = f"s3://{given[f'{PREFIX}name']}-111122223333/"
    assert bool(re.findall(r"s3://", text) or "models" in made) == made.get("needs_bucket", True)
    assert re.findall(r"s3://", text) == ["s3://"] * text.count(bucket)
    read = {uri.removeprefix(bucket) for uri in artifacts(given)}
    models = made.get("models", {})
    if kind not in BRINGS:
        named = {
            key for key in models if key in read or any(key.startswith(prefix) for prefix in read if prefix[-1] == "/")
        }
        # A registered version names the archive, not the variables.
        assert named == set(models) or kind == "registered-model"
        assert all(key in models or any(one.startswith(key) for one in models) for key in read)
    assert re.findall(r":sns:us-east-1:111122223333:(\S+)", text) == made.get("topics", [])
    assert re.findall(r":kms:us-east-1:111122223333:alias/(\S+)", text) == [one for one in [made.get("key")] if one]
    assert ":key/" not in text
    for file in made.get("task_files", []):
        assert (EXAMPLES / kind / file.replace("{{ state }}", "absent")).exists()


def test_each_model_of_the_prerequisites_is_used() -> None:
    used = {folder for kind in PREPARED for folder in prerequisites(kind).get("models", {}).values()}
    assert used == {folder.name for folder in MODELS.iterdir()}


def packed(folder: str) -> str:
    run = subprocess.run(
        [sys.executable, SHARED / "archive.py", MODELS / folder], capture_output=True, check=True, text=True
    )
    return run.stdout.strip()


def test_an_archive_holds_the_files_of_its_folder_and_is_the_same_each_time() -> None:
    text = packed("returns")
    assert packed("returns") == text
    with tarfile.open(fileobj=io.BytesIO(base64.b64decode(text)), mode="r:gz") as archive:
        assert archive.getnames() == ["code/inference.py", "coefficients.json"]
        content = archive.extractfile("coefficients.json")
        assert content is not None and content.read() == (MODELS / "returns" / "coefficients.json").read_bytes()


def inference(folder: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"inference_of_{folder}", MODELS / folder / "code" / "inference.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def answer(folder: str, body: str | bytes) -> tuple[str, str]:
    """What the container of scikit-learn does with a request."""
    module = inference(folder)
    model = module.model_fn(str(MODELS / folder))
    return module.output_fn(module.predict_fn(module.input_fn(body, "text/csv"), model), "text/csv")


def features(folder: str) -> int:
    learner = json.loads((MODELS / folder / "model.json").read_text())["learner"]
    return int(learner["learner_model_param"]["num_feature"])


def question(kind: str) -> str:
    (play,) = yaml.safe_load((EXAMPLES / kind / "play.yml").read_text())
    return next(task[INVOKE]["body"] for task in play["tasks"] if INVOKE in task)


def test_the_steps_of_the_pipeline_fit_each_other_and_the_question() -> None:
    assert answer("abalone-preprocess", question("pipeline")) == (
        "0.0,0.0,1.0,0.455,0.365,0.095,0.514,0.2245,0.101,0.15",
        "text/csv",
    )
    assert features("abalone-predict") == 10
    with pytest.raises(ValueError, match="Send text/csv, not application/json"):
        inference("abalone-preprocess").input_fn("{}", "application/json")


def test_the_scripted_model_answers_the_question() -> None:
    assert answer("returns", question("multi-container").encode()) == ("0.6875", "text/csv")


@pytest.mark.parametrize(
    "kind", ["real-time", "serverless", "explainer", "multi-model", "registered-model", "shadow", "variants"]
)
def test_the_models_take_as_many_features_as_the_question_has(kind: str) -> None:
    # The container of XGBoost loads each file of the archive as a model.
    for folder in prerequisites(kind)["models"].values():
        assert [file.name for file in (MODELS / folder).iterdir()] == ["model.json"]
        assert features(folder) == len(question(kind).split(","))


def test_scenarios_of_molecule_know_the_names_of_their_examples() -> None:
    """make test runs two of them, and the others only if somebody asks."""
    played = 0
    for converge in (CHECKOUT / "extensions" / "molecule").glob("*/converge.yml"):
        kind = re.search(r"examples/([a-z-]+)/play\.yml", converge.read_text())
        if kind:
            played += 1
            variables = yaml.safe_load((CHECKOUT / "examples" / kind[1] / "vars.yml").read_text())
            cleanup = (converge.parent / "cleanup.yml").read_text()
            assert f"sagemaker_endpoint_name: {variables['sagemaker_endpoint_name']}\n" in cleanup, converge
            made = re.findall(r"s3://([a-z0-9-]+)/", (converge.parent / "prepare.yml").read_text())
            assert set(made) <= set(re.findall(r"s3://([a-z0-9-]+)/", json.dumps(variables))), converge
    assert played > 2
