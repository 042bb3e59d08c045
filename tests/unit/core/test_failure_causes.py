# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What failure reasons and log lines mean. The texts are the service's, or follow them closely."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from typing import Iterator
from typing import Mapping

import pytest
import yaml

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import endpoint_config
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import inference_component
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import model
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import failure_causes
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.inputs import variables

ROLE = "arn:aws:iam::111122223333:role/serving"
PING = "The primary container for production variant AllTraffic did not pass the ping health check."
HERE = Path(__file__).parent
MODULES = HERE.parents[2] / "plugins" / "modules"
CORPUS = yaml.safe_load((HERE / "failures.yml").read_text())
HELD_OUT = [failure for failure in CORPUS if failure.get("held_out")]
NAMES = {cause.name for cause in failure_causes.CAUSES}


@pytest.mark.parametrize(
    ("reason", "name"),
    [
        (
            "The primary container for production variant AllTraffic did not pass the ping health check. Please check "
            "CloudWatch logs for this endpoint.",
            "health_check",
        ),
        (
            f'The execution role ARN "{ROLE}" is invalid. Please ensure that the role exists and that its trust relationship '
            'policy allows the action "sts:AssumeRole" for the service principal "sagemaker.amazonaws.com".',
            "role",
        ),
        # It speaks of the role as well, but it is about the artifacts.
        (
            f'Could not access model data at s3://bucket/model.tar.gz. Please ensure that the role "{ROLE}" exists and that its '
            'trust relationship policy allows the action "sts:AssumeRole" for the service principal "sagemaker.amazonaws.com". '
            'Also ensure that the role has "s3:GetObject" permissions and that the object is located in eu-west-1.',
            "artifact_access",
        ),
        ("Could not find model data at s3://bucket/model.tar.gz.", "artifact_access"),
        (
            'Failed to download model data for container "container_1" from URL: "s3://bucket/model.tar.gz". Please ensure that '
            "there is an object located at the URL and that the role passed to CreateModel has permissions to download it.",
            "artifact_access",
        ),
        (
            f"The role '{ROLE}' does not have BatchGetImage permission for the image: '111122223333.dkr.ecr.eu-west-1"
            ".amazonaws.com/serving:1'.",
            "image_access",
        ),
        (
            f"Role {ROLE} cannot pull 111122223333.dkr.ecr.eu-west-1.amazonaws.com/serving:1. Ensure that the role exists and "
            "the image was granted pull permission.",
            "image_access",
        ),
        # It says <image>, but the image is there.
        (
            "CannotStartContainerError. Please ensure the model container for variant AllTraffic starts correctly when invoked "
            "with 'docker run <image> serve'",
            "container_start",
        ),
        (
            "Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error. Please retry using a "
            "different ML instance type or after some time.",
            "capacity",
        ),
        (
            "CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance type.",
            "capacity",
        ),
        (
            "The account-level service limit 'ml.m4.xlarge for endpoint usage' is 0 Instances, with current utilization of 0 "
            "Instances and a request delta of 1 Instances.",
            "quota",
        ),
        (
            "There is not enough hardware resources on the instances for this endpoint to create a copy of the inference component.",
            "capacity",
        ),
        (
            "Unsupported manifest media type application/vnd.oci.image.index.v1+json for image 111122223333.dkr.ecr.eu-west-1"
            ".amazonaws.com/serving:1. Ensure that valid manifest media type is used for specified image.",
            "image_manifest",
        ),
        ("One or more configured alarms went into the state ALARM: [errors]. The endpoint is rolled back.", "alarm"),
        (
            f"User: {ROLE} is not authorized to perform: logs:CreateLogStream on resource: arn:aws:logs:eu-west-1",
            "role",
        ),
        ("KMS key arn:aws:kms:eu-west-1:111122223333:key/1 is disabled.", "kms"),
        ("The subnet subnet-1 has no free IP address.", "vpc"),
        ("The deployment timed out after 3600 seconds.", "timeout"),
        ("Request to service failed. If failure persists after retry, contact customer support.", "internal_error"),
        ("", "unknown"),
    ],
)
def test_causes(reason, name):
    assert failure_causes.diagnose(reason).name == name


@pytest.mark.parametrize("cause", [*failure_causes.CAUSES, failure_causes.UNKNOWN])
def test_every_cause_has_a_remedy_that_is_a_sentence(cause):
    assert cause.remedy[0].isupper()
    assert cause.remedy.endswith(".")


def test_only_what_a_container_may_have_written_about_points_to_its_log():
    assert failure_causes.pointer(failure_causes.NO_ROOM, "/aws/x") == ""
    assert failure_causes.pointer(failure_causes.diagnose("did not pass the ping health check"), "/aws/x").endswith(
        "group /aws/x."
    )


def test_remedies_differ():
    remedies = [cause.remedy for cause in failure_causes.CAUSES]
    assert len(set(remedies)) == len(remedies)


def test_the_log_group_keeps_the_case_of_the_name():
    assert failure_causes.log_group("Fraud-1") == "/aws/sagemaker/Endpoints/Fraud-1"


def diagnosis(failure: Mapping[str, Any]) -> failure_causes.Cause:
    return failure_causes.diagnose(failure["reason"], failure.get("lines", ()))


def share_right(failures: list[dict[str, Any]]) -> float:
    """Print what is classified wrong."""
    wrong = [failure for failure in failures if diagnosis(failure).name != failure["cause"]]
    for failure in wrong:
        print(f"{failure['cause']}, not {diagnosis(failure).name}: {failure['reason']} {failure.get('lines', '')}")
    return 1 - len(wrong) / len(failures)


def test_failures_of_public_reports_are_told_apart():
    public = [failure for failure in CORPUS if failure["source"] != "composed"]
    assert len(public) >= 60
    assert share_right(CORPUS) >= 0.95
    assert share_right(public) >= 0.95


def test_those_that_the_patterns_were_not_made_for_as_well():
    assert len(HELD_OUT) * 3 >= len(CORPUS)
    assert share_right(HELD_OUT) >= 0.85


def test_what_is_not_known_gets_no_cause():
    """All of them: a wrong cause sends its reader the wrong way."""
    strange = [failure for failure in CORPUS if failure["cause"] == failure_causes.UNKNOWN.name]
    harmless = [failure for failure in CORPUS if failure["cause"] == "health_check" and "lines" in failure]
    assert len(strange) >= 5 and len(harmless) >= 5
    assert share_right([*strange, *harmless]) == 1


def test_the_failures_are_described_well():
    for failure in CORPUS:
        assert failure["kind"] in ("endpoint", "component", "refusal", "log")
        assert failure["cause"] in {*NAMES, failure_causes.UNKNOWN.name}
        assert failure["source"]
        assert failure["reason"] or failure.get("lines") or failure["cause"] == "unknown"
    text = (HERE / "failures.yml").read_text()
    # 763104351884 is the account of AWS's own images.
    assert set(re.findall(r"\b\d{12}\b", text)) <= {"111122223333", "763104351884"} | set(re.findall(r"0{12}", text))
    assert not re.search(r"\bhf_\w+|AKIA\w+", text)


def test_every_cause_has_an_example():
    assert len(NAMES) >= 25
    assert {diagnosis(failure) for failure in CORPUS} == {*failure_causes.CAUSES, failure_causes.UNKNOWN}


@pytest.mark.parametrize(
    ("reason", "lines", "name"),
    [
        # A reason that leaves no doubt is not outvoted by what an older container wrote.
        (
            "The account-level service limit 'ml.g5.xlarge for endpoint usage' is 0 Instances.",
            ["CUDA out of memory"],
            "quota",
        ),
        # One that tells only what was seen is.
        (PING, ["CUDA out of memory"], "gpu_memory"),
        ("Request to service failed.", ["exec format error"], "image_architecture"),
        ("", ["CUDA out of memory"], "gpu_memory"),
        # What is particular counts, not what comes first or last.
        (PING, ["Worker died.", "No space left on device", "GET /ping HTTP/1.1 404"], "disk_full"),
        # Lines are looked at one by one, and in their own case.
        (PING, ["botocore: when calling the", "HeadObject operation"], "health_check"),
        (PING, ["model data: killed 3 idle connections"], "health_check"),
    ],
)
def test_reason_and_lines(reason, lines, name):
    assert failure_causes.diagnose(reason, lines).name == name
    assert failure_causes.diagnose(reason, iter(lines)).name == name


def option_names(options: Mapping[str, Any]) -> Iterator[str]:
    for name, option in options.items():
        yield name
        yield from option_names(option.get("options") or {})


ROLE_VARIABLES = set(option_names(variables.VARIABLES))
OPTIONS = {
    name
    for table in (model.MODEL, endpoint_config.ENDPOINT_CONFIG, inference_component.INFERENCE_COMPONENT)
    for name in option_names(table["argument_spec"])
}


@pytest.mark.parametrize("cause", failure_causes.CAUSES)
def test_every_remedy_names_what_to_change_or_says_that_aws_has_to_act(cause):
    named = set(re.findall(r"(?<![\w./-])[a-z][a-z0-9]*(?:_[a-z0-9]+)+(?![\w.])(?!\.\w)", cause.remedy))
    assert named <= ROLE_VARIABLES | OPTIONS
    named |= set(re.findall(r"\benvironment\b", cause.remedy))
    assert named & ROLE_VARIABLES or "AWS Support" in cause.remedy


@pytest.mark.parametrize(
    "module", ["sagemaker_endpoint", "sagemaker_inference_component", "sagemaker_endpoint_traffic"]
)
def test_the_modules_list_the_causes_that_reasons_tell(module):
    source = (MODULES / f"{module}.py").read_text()
    (returned,) = re.findall(r'^RETURN = r?"""(.*?)"""', source, re.MULTILINE | re.DOTALL)
    described = yaml.safe_load(returned)["cause"]["description"]
    listed = set(re.findall(r"(?<!R)V\((\w+)\)", " ".join(described)))
    assert listed - {"superseded"} == {cause.name for cause in failure_causes.CAUSES if cause.reason} | {"unknown"}


def test_a_line_tells_its_cause_wherever_it_stands() -> None:
    assert failure_causes.diagnose("", ["Starting.", "Killed", "Done."]).name == "host_memory"
    assert failure_causes.diagnose("", ["Starting.", "No module named inference", "Done."]).name == "inference_code"
    assert failure_causes.diagnose("", ["Starting.", "Nobody was Killed", "Done."]) is failure_causes.UNKNOWN
