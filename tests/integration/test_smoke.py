# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role's smoke test: what passes enters the history, what fails is taken back, and the run says what it answered."""

from __future__ import annotations

from typing import Any

import pytest

from integration.deploys import IMAGE
from integration.deploys import OTHER_IMAGE
from integration.deploys import PLAIN
from integration.deploys import Deploys
from integration.deploys import all_calls
from integration.deploys import outputs
from integration.harness import Player
from local_aws.process import LocalAws

# The local AWS answers with the images that serve.
EXPECT_IMAGE = {"json": [{"path": "images[0]", "equals": IMAGE}]}
TEST = {"body": "1,2,3", "content_type": "text/csv", "expect": EXPECT_IMAGE}
BAD = {"containers": [{"image_uri": OTHER_IMAGE}]}


def step(number: int) -> dict[str, Any]:
    return {"containers": [{"image_uri": IMAGE, "environment": {"STEP": number}}]}


@pytest.fixture
def deploys(aws: LocalAws, play: Player) -> Deploys:
    """Deploys with an execution role that is there. Nothing here is about how long a transition takes."""
    aws.configure(creating=0, updating=0, deleting=0)
    return Deploys(aws, play, {**PLAIN, "sg_role_arn": aws.make_role("serving")})


def was_asked(deploys: Deploys) -> bool:
    """Whether anybody invoked the endpoint since the calls were forgotten."""
    return bool([call for call in deploys.aws.calls() if call["operation"].startswith("Invoke")])


def test_what_passes_enters_the_history_and_what_fails_is_taken_back(deploys: Deploys) -> None:
    first = deploys.begins(**step(1))
    assert deploys.entered() == [first]
    predicted = deploys.predicts(**step(2), smoke_test=TEST)
    assert all_calls(outputs(predicted))[-2:] == ["UpdateEndpoint", "AddTags"]
    assert not was_asked(deploys)
    second = deploys.does(predicted, **step(2), smoke_test=TEST)["sagemaker_endpoint_config_name"]
    assert was_asked(deploys)
    assert deploys.entered() == [second, first]
    deploys.finds_nothing_to_do(**step(2), smoke_test=TEST)

    run = deploys.plays(**BAD, smoke_test=TEST)
    said = run.failure or ""
    assert not run.ok and "smoke test of endpoint churn failed" in said
    failure = outputs(run)["failure"]
    assert (outputs(run)["failed"], failure["what"], failure["rolled_back"]) == (True, "smoke test", True)
    # The task that failed has the same report.
    assert run.result("Tell what failed and what serves now")["failure"] == failure
    assert run.result("Summary")["msg"].count(failure["reason"]) == 1
    assert failure["serving"]["endpoint_config_name"] == second
    assert [call for call in all_calls(outputs(run)) if call == "UpdateEndpoint"]
    assert f'images[0]: expected "{IMAGE}"' in said
    assert OTHER_IMAGE in said
    assert f"It serves {second} again" in said
    assert deploys.serving() == second
    assert deploys.entered() == [second, first]
    assert deploys.model_of(second)["PrimaryContainer"]["Environment"] == {"STEP": "2"}

    # One that cannot be taken back serves on, and is not what the next one that fails goes back to.
    deploys.aws.script(endpoint="churn", event="update", outcome="succeed")
    deploys.aws.script(endpoint="churn", event="update", outcome="rollback", reason="no capacity")
    assert f"The rollback to {second} failed" in deploys.is_refused(**BAD, smoke_test=TEST)
    assert deploys.serving() not in (first, second)
    worse = {"containers": [{"image_uri": OTHER_IMAGE, "environment": {"STEP": "worse"}}]}
    assert f"It serves {second} again" in deploys.is_refused(**worse, smoke_test=TEST)

    # What failed is gone with the next good one, and it never counted as a release to go back to.
    third = deploys.runs(**step(3), smoke_test=TEST)["sagemaker_endpoint_config_name"]
    assert deploys.configs() == {third, second}
    assert deploys.runs("rollback")["sagemaker_endpoint_config_name"] == second


def test_a_first_release_that_fails_serves_on_and_is_tested_again(deploys: Deploys) -> None:
    said = deploys.is_refused(**BAD, smoke_test=TEST)
    assert "It still serves, because no earlier release exists to roll back to." in said
    assert deploys.entered() == []
    # As after a run that was killed before it came to the test.
    deploys.aws.clear_calls()
    assert "smoke test of endpoint churn failed" in deploys.is_refused(**BAD, smoke_test=TEST)
    assert deploys.aws.mutating() == []
    accepting = {**TEST, "expect": {"json": [{"path": "images[0]", "equals": OTHER_IMAGE}]}}
    done = deploys.carries_out(**BAD, smoke_test=accepting)
    assert all_calls(done) == ["AddTags"]
    assert deploys.entered() == [done["sagemaker_endpoint_config_name"]]


@pytest.mark.core_ends
def test_an_endpoint_that_something_else_made_goes_back_to_what_that_was(deploys: Deploys) -> None:
    role = deploys.aws.make_role("terraform")
    model = deploys.make_model("tf-model-1", role)
    deploys.make_endpoint("churn", deploys.make_config("tf-config-1", model))
    said = deploys.is_refused(**BAD, smoke_test=TEST)
    assert "It serves tf-config-1 again" in said
    assert deploys.serving() == "tf-config-1"


# Inference components

COMPUTE = {"compute_resource_requirements": {"number_of_cpu_cores_required": 1, "min_memory_required_in_mb": 1024}}
HOST = {"containers": None, "production_variant": {"instance_type": "ml.m5.4xlarge"}}


def components(image: str, number: int = 1, **more: Any) -> dict[str, Any]:
    listed = [
        {
            "name": "chat",
            "containers": [{"image_uri": image, "environment": {"STEP": number}}],
            "specification": COMPUTE,
            "runtime_config": {"copy_count": 1},
        }
    ]
    return {**HOST, "inference_components": listed, **more}


def test_an_inference_component_goes_back_to_what_it_ran_before(deploys: Deploys) -> None:
    asked = {**TEST, "inference_component_name": "chat"}
    predicted = deploys.predicts(**components(IMAGE, smoke_test=asked))
    assert not was_asked(deploys)
    done = deploys.runs(**components(IMAGE, smoke_test=asked))
    assert done == outputs(predicted)
    # The test comes after the components, and the entry into the history after the test.
    assert deploys.aws.mutating()[-2:] == ["CreateInferenceComponent", "AddTags"]
    served = deploys.sagemaker.describe_inference_component(InferenceComponentName="chat")["Specification"]["ModelName"]
    assert served in done["sagemaker_model_names"]

    said = deploys.is_refused(**components(OTHER_IMAGE, smoke_test=asked))
    assert "The inference components chat run what they ran before." in said
    assert "It serves" not in said
    found = deploys.sagemaker.describe_inference_component(InferenceComponentName="chat")
    assert (found["InferenceComponentStatus"], found["Specification"]["ModelName"]) == ("InService", served)
    # What failed goes with the next that passes, and so does what was there before.
    done = deploys.settles(**components(IMAGE, number=2, smoke_test=asked))
    assert deploys.models() == set(done["sagemaker_model_names"])


def test_what_cannot_pass_is_refused_before_anything_is_made(deploys: Deploys) -> None:
    wrong = {
        "src": "input.json",
        "inference_component_name": "chat",
        "expect": {"json": [{"path": "a", "matches": "("}]},
    }
    deploys.aws.clear_calls()
    said = deploys.is_refused(smoke_test=wrong)
    for option in ("src: input.json", "inference_component_name", "expect.json[0].matches"):
        assert f"sagemaker_endpoint_smoke_test.{option}" in said
    assert deploys.aws.mutating() == []
