# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The summary of each example: what will happen, why, how do I call it, and how do I get back."""

from __future__ import annotations

import re
from typing import Any

import pytest
from botocore import xform_name

import example_files
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy import summary
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.planning import plan_info
from integration.begun import begin
from integration.harness import CHECKOUT
from integration.logic import IMAGE
from integration.logic import Logic
from integration.test_examples import KINDS
from integration.test_examples import PREFIX
from integration.test_examples import Kind
from integration.test_examples import changed
from integration.test_examples import put_objects
from integration.whole_runs import inputs_of
from local_aws.process import LocalAws
from local_aws.world import ACCOUNT


def summary_of(logic: Logic, variables: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """The outputs of a deploy in check mode, and their summary."""
    inputs = inputs_of({**variables, "state": "present"})
    planned = plan_info.info(logic.connection(), {"inputs": inputs, "state": "present", "applies": False})
    return planned["outputs"], "\n".join(summary.summarize(planned["outputs"], check_mode=True))


def section(text: str, title: str) -> list[str]:
    """The lines below a title, without their indentation."""
    (found,) = re.findall(rf"^{re.escape(title)}\n((?:  .*\n?)+)", text, re.MULTILINE)
    return [line.strip() for line in found.splitlines()]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.folder)
def test_the_summary_of_an_example_answers_what_its_user_asks(kind: Kind, aws: LocalAws) -> None:
    logic = Logic(aws)
    file = CHECKOUT / "examples" / kind.folder / "vars.yml"
    variables = {name.removeprefix(PREFIX): value for name, value in example_files.read(file).items()}
    change = changed(variables, kind.place, kind.value)
    put_objects(aws, {**variables, "changed": change})
    name = variables["name"]
    place = f"Endpoint {name} (us-east-1, account {ACCOUNT}): this run would"
    given = f"-e aws_region=us-east-1 -e sagemaker_endpoint_name={name}"

    outputs, text = summary_of(logic, variables)
    steps = section(text, place)
    role = outputs["sagemaker_role_arn"].rpartition("/")[2]
    config = outputs["sagemaker_endpoint_config_name"]
    models = [f"create the model {model}" for model in outputs["sagemaker_model_names"]]
    begin_with = [] if "sg_role_arn" in variables else [f"create the execution role {role}"]
    begin_with += [model for model in models if not model.endswith("chat-quantised")]
    begin_with += [f"create the endpoint configuration {config}"]
    assert steps[: len(begin_with) + 1] == [*begin_with, f"create the endpoint {name}, because it does not exist"]
    capacity = section(text, "Would serve:")
    assert capacity[0] == f"{config} (InService)"
    for variant in outputs["serving"]["variants"]:
        assert any(line.startswith(f"variant {variant['variant_name']}: ") for line in capacity)
    assert re.search(r": (\d+ x ml\.|serverless with \d+ MB)", capacity[1]), text
    call = section(text, "Call it:")
    assert call[0] == outputs["invocations_url"] and f"/{name}/" in call[0]
    for option, value in kind.target.items():
        assert f" {xform_name(option)}={'...' if option == 'TargetModel' else value} " in call[-1], text
    assert (" input_location=s3://... " in call[-1]) == kind.asynchronous
    assert section(text, "No release to roll back to. Delete everything:") == [
        f"ansible-playbook mlops.sagemaker.destroy {given}"
    ]

    variables["sg_role_arn"] = aws.make_role("able")
    if kind.folder == "instance-pools":
        theirs = {"ModelName": "chat-quantised", "PrimaryContainer": {"Image": IMAGE}}
        logic.sagemaker.create_model(ExecutionRoleArn=variables["sg_role_arn"], **theirs)
    live = begin(aws, variables)
    outputs, text = summary_of(logic, {**variables, **change})
    steps = section(text, place)
    (reason,) = [line for line in steps if line.startswith(("models[", "production_variants["))]
    assert steps[steps.index(reason) - 1].endswith(", because of"), text
    assert str(kind.value)[-9:] in reason, text
    if outputs["sagemaker_endpoint_config_name"] == live:
        # A change of a component.
        assert section(text, "No release to roll back to. To undo this run:") == ["Deploy with the earlier variables."]
    else:
        move = f"from {live} to {outputs['sagemaker_endpoint_config_name']} by a rollout without downtime"
        assert f"update the endpoint {name} {move}, because of" in steps
        assert section(text, f"Roll back to {live}:") == [f"ansible-playbook mlops.sagemaker.rollback {given}"]
