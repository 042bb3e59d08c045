# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of what a Terraform variables file says to the role."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.inputs import variables_file
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.inputs.variables import TERRAFORM_INPUTS
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.inputs.variables import VARIABLES

# A root module's own file.
ROOT = {"project": "churn", "region": "eu-west-1", "endpoint_name": "churn", "cost_center": 7}


def test_terraform_inputs_get_the_roles_names() -> None:
    assert set(TERRAFORM_INPUTS.values()) <= set(VARIABLES)
    assert variables_file.contents({"endpoint_name": "a", "tags": None, "containers": []}, "a.tfvars") == {
        "problems": [],
        "warnings": [],
        "inputs": {"name": "a", "containers": []},
        "region": "",
    }


def test_inputs_that_the_module_does_not_have_are_named_and_may_be_left_out() -> None:
    wrong = variables_file.contents({**ROOT, "endpoint_nam": 1}, "prod.tfvars")
    assert wrong == {
        "problems": [
            "prod.tfvars: project is not known",
            "prod.tfvars: cost_center is not known",
            "prod.tfvars: endpoint_nam is not known (did you mean endpoint_name?); known are autoscaling_config, aws_region, containers, "
            "enable_network_isolation, endpoint_name, kms_key_arn, name_prefix, production_variant, region, sg_role_arn, tags. If the file is "
            "that of a root module, which has inputs of its own, set tfvars_ignore_unknown=true to leave out those that the Terraform module "
            "sagemaker-endpoint does not have, or name them: tfvars_ignore_unknown=project,cost_center,endpoint_nam.",
        ],
        "warnings": [],
        "inputs": {},
        "region": "",
    }
    assert variables_file.contents({**ROOT, "endpoint_nam": 1}, "prod.tfvars", ignore_unknown=True) == {
        "problems": [],
        "warnings": [
            "prod.tfvars: ignored, because the Terraform module sagemaker-endpoint has no such input: "
            "project, cost_center, endpoint_nam (did you mean endpoint_name?)"
        ],
        "inputs": {"name": "churn"},
        "region": "eu-west-1",
    }


def test_what_may_be_a_misspelt_input_is_left_out_only_by_its_name() -> None:
    """Without autoscaling_config a deploy would delete the endpoint's autoscaling."""
    file = {"project": "churn", "autoscaling_confg": {}, "endpoint_name": "churn", "aws_regoin": "eu-west-1"}
    assert variables_file.contents(file, "prod.tfvars", True) == {
        "problems": [
            "prod.tfvars: autoscaling_confg is not known (did you mean autoscaling_config?)",
            "prod.tfvars: aws_regoin is not known (did you mean aws_region?). Correct the name. If it is another input of the root module, name all "
            "that are to be left out: tfvars_ignore_unknown=project,autoscaling_confg,aws_regoin.",
        ],
        "warnings": [],
        "inputs": {},
        "region": "",
    }
    named = variables_file.contents(file, "prod.tfvars", ["project", "autoscaling_confg", "aws_regoin"])
    assert (named["problems"], named["inputs"]) == ([], {"name": "churn"})
    assert named["warnings"][0].endswith(
        "no such input: project, autoscaling_confg (did you mean autoscaling_config?), aws_regoin (did you mean aws_region?)"
    )
    # Those that are not named are problems as ever.
    (left,) = variables_file.contents(file, "x", ["autoscaling_confg", "aws_regoin"])["problems"]
    assert left.startswith("x: project is not known; known are ")
    assert variables_file.contents({"tags": {}}, "x", ["tags"])["problems"] == [
        "tfvars_ignore_unknown: tags is an input that the role reads. Leave it out."
    ]


def test_an_input_that_the_file_has_is_not_misspelt() -> None:
    own = {"container": {}, "regions": [], "region": "eu-west-1"}
    (said,) = variables_file.contents(own, "x", True)["problems"]
    assert said.startswith("x: container is not known (did you mean containers?). Correct the name. If")
    assert variables_file.contents({**own, "containers": []}, "x", True)["problems"] == []
    # Null is as good as left out.
    assert variables_file.contents({**own, "containers": None}, "x", True)["problems"] == [said]


@pytest.mark.parametrize(
    ("given", "names"), [("a, b,", ["a", "b"]), (["a"], ["a"]), ([], []), ({"a": 1}, None), ([1], None), (7, None)]
)
def test_names_to_ignore(given: Any, names: list[str] | None) -> None:
    if names is not None:
        assert variables_file.names_to_ignore(given) == names
        return
    with pytest.raises(ValueError, match="tfvars_ignore_unknown: must be true, false or a list of names, got "):
        variables_file.names_to_ignore(given)


@pytest.mark.parametrize(
    ("given", "region", "said"),
    [
        ({"region": "eu-west-1"}, "eu-west-1", []),
        ({"aws_region": "us-gov-west-1", "region": ""}, "us-gov-west-1", []),
        ({"aws_region": "eu-west-1", "region": "eu-west-1"}, "eu-west-1", []),
        ({"region": None}, "", []),
        ({"region": "Ireland"}, "", ["x: region: must be the name of a region such as us-east-1"]),
        ({"aws_region": ["eu-west-1"]}, "", ["x: aws_region: must be the name of a region such as us-east-1"]),
        (
            {"region": "eu-west-1", "aws_region": "us-east-1"},
            "",
            ["x: aws_region is us-east-1 and region is eu-west-1. Give one region, or leave one of them out."],
        ),
    ],
)
def test_the_region_of_the_provider_is_taken(given: dict[str, Any], region: str, said: list[str]) -> None:
    for ignore in (False, True):
        contents = variables_file.contents(given, "x", ignore)
        assert (contents["region"], contents["problems"], contents["warnings"]) == (region, said, [])
