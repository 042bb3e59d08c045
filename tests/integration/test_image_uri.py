# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lookup image_uri in plays."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from integration.harness import CHECKOUT
from integration.harness import Player
from local_aws.process import LocalAws

XGBOOST = "sagemaker-xgboost:3.2-0"
IRELAND = f"141502667606.dkr.ecr.eu-west-1.amazonaws.com/{XGBOOST}"
VIRGINIA = f"683313688378.dkr.ecr.us-east-1.amazonaws.com/{XGBOOST}"
SHOW = """
- ansible.builtin.debug:
    msg: "{{ %s }}"
"""


def lookup(options: str) -> str:
    return SHOW % f"lookup('mlops.sagemaker.image_uri', {options})"


@pytest.mark.parametrize(
    ("environment", "variables", "options", "uri"),
    [
        ({"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "us-east-1"}, {}, "", IRELAND),
        ({"AWS_REGION": None, "AWS_DEFAULT_REGION": "us-east-1"}, {}, "", VIRGINIA),
        ({"AWS_REGION": "", "AWS_DEFAULT_REGION": "us-east-1"}, {}, "", VIRGINIA),
        # The variable of the playbooks, which AWX may have left empty.
        ({"AWS_REGION": "us-east-1"}, {"aws_region": "eu-west-1"}, "", IRELAND),
        ({"AWS_REGION": "us-east-1"}, {"aws_region": "{{ place }}-1", "place": "eu-west"}, "", IRELAND),
        ({"AWS_REGION": "us-east-1"}, {"aws_region": ""}, "", VIRGINIA),
        ({"AWS_REGION": "us-east-1"}, {"aws_region": "us-east-1"}, ", region='eu-west-1'", IRELAND),
    ],
)
def test_the_region(
    play: Player, environment: dict[str, str | None], variables: dict[str, str], options: str, uri: str
) -> None:
    run = play(tasks=lookup(f"'xgboost', version='3.2-0'{options}"), environment=environment, variables=variables)
    assert run.ok, run
    assert run.results[-1]["result"]["msg"] == uri


def test_several_images(play: Player) -> None:
    run = play(tasks=SHOW % "query('mlops.sagemaker.image_uri', 'kmeans', 'pca', region='eu-west-1')")
    assert run.ok, run
    assert [uri.split("/")[1] for uri in run.results[-1]["result"]["msg"]] == ["kmeans:1", "pca:1"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("'xgbost'", "image_uri: xgbost: sagemaker-core "),
        ("'xgboost', version='33'", "The nearest: 3.2-0, 3.0-5, "),
        ("'pytorch', version='2.6.0', accelerator='tpu'", "It has images for cpu, gpu or graviton."),
        ("'xgboost', version='3.2-0', region='eu-west-11'", "The nearest names: eu-west-1, "),
        ("'xgboost', framework_version='3.2-0'", "image_uri: framework_version: is not an option. The nearest: "),
    ],
)
def test_what_does_not_exist(play: Player, options: str, said: str) -> None:
    run = play(tasks=lookup(options))
    assert not run.ok
    assert said in (run.failure or ""), run
    assert "Traceback" not in run.output


@pytest.mark.core_ends
def test_in_a_variable_of_the_role_the_problem_is_told_with_the_variable_and_all_others(
    aws: LocalAws, play: Player
) -> None:
    uris = [
        f"{{{{ lookup('mlops.sagemaker.image_uri', {options}) }}}}"
        for options in ("'xgbost'", "'xgboost', version='33'")
    ]
    given = {
        "sagemaker_endpoint_name": "churn",
        "sagemaker_endpoint_containers": [
            {"image_uri": uris[0]},
            {"image_uri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/a:1", "environment": {"IMAGE": uris[1]}},
        ],
        "sagemaker_endpoint_production_variant": {"instance_type": "ml.m5.large", "initial_instance_count": 0},
    }
    run = play(playbook="playbooks/deploy.yml", variables=given, environment={"AWS_REGION": "us-east-1"})
    problems = (run.failure or "").splitlines()
    assert problems[0].startswith("sagemaker_endpoint_containers[0].image_uri: image_uri: xgbost: sagemaker-core "), run
    assert problems[1].startswith("sagemaker_endpoint_containers[1].environment.IMAGE: image_uri: version: "), run
    assert problems[2].startswith("sagemaker_endpoint_production_variant.initial_instance_count: "), run
    assert run.result("Summary")["msg"].startswith("Endpoint churn: this run failed, and has changed nothing.")
    assert aws.mutating() == []


def test_no_region(play: Player) -> None:
    run = play(tasks=lookup("'xgboost', version='3.2-0'"), environment={"AWS_REGION": None, "AWS_DEFAULT_REGION": None})
    assert not run.ok
    assert "image_uri: region: is not set. Set the option region, the variable aws_region, or AWS_REGION" in (
        run.failure or ""
    ), run


def test_the_examples_of_the_documentation(aws: LocalAws, play: Player) -> None:
    text = (CHECKOUT / "plugins" / "lookup" / "image_uri.py").read_text().split('EXAMPLES = r"""')[1].split('"""')[0]
    aws.put("s3://example-model-bucket/churn/model.tar.gz")
    run = play(tasks=text, environment={"AWS_REGION": "us-east-1"})
    assert run.ok, run
    shown = [entry["result"]["msg"] for entry in run.results if entry["task"].startswith("Show the image of ")]
    written = [line.removeprefix("    # ") for line in text.splitlines() if line.startswith("    # ")]
    assert shown == written and len(shown) == 3
    (model,) = aws.client("sagemaker").list_models()["Models"]
    made = aws.client("sagemaker").describe_model(ModelName=model["ModelName"])
    assert made["PrimaryContainer"]["Image"] == VIRGINIA


def test_a_newer_sagemaker_core_is_read(play: Player, tmp_path: Path) -> None:
    data = tmp_path / "sagemaker" / "core" / "image_uri_config"
    data.mkdir(parents=True)
    image = {"registries": {"us-east-1": "012345678901"}, "repository": "boost"}
    (data / "boost.json").write_text(json.dumps({"scope": ["inference"], "versions": {"9": image}}))
    info = tmp_path / "sagemaker_core-99.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: sagemaker-core\nVersion: 99.0\n")
    (info / "RECORD").write_text("sagemaker/core/image_uri_config/boost.json,,\n")
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    run = play(tasks=lookup("'boost', region='us-east-1'"), environment={"PYTHONPATH": path})
    assert run.ok, run
    assert run.results[-1]["result"]["msg"] == "012345678901.dkr.ecr.us-east-1.amazonaws.com/boost:9"
