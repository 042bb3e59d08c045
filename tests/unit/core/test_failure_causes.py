# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What failure reasons mean. The texts are the service's, or follow them closely."""

from __future__ import annotations

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import failure_causes

ROLE = "arn:aws:iam::111122223333:role/serving"


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
        ("Request to service failed. If failure persists after retry, contact customer support.", "unknown"),
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
