# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Container images. behaviour 2.6, 2.7, 2.8, 2.18, 2.22"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from local_aws.roles import Role
from local_aws.wire import validation
from local_aws.world import Call

ECR = re.compile(
    r"(?P<account>\d{12})\.dkr[.-]ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws)"
    r"/(?P<repository>[a-z0-9._/-]+)(?::(?P<tag>[\w.-]+))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
# What a push of today may make of an image, and SageMaker does not take.
MANIFESTS = {
    "oci_manifest": "application/vnd.oci.image.manifest.v1+json",
    "oci_index": "application/vnd.oci.image.index.v1+json",
}
PULL = ("ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage")


def check(call: Call, container: dict[str, Any], model: dict[str, Any], role: Role | None) -> None:
    """Whether the image may be used: it is in ECR, in this region, there, and the role may pull it."""
    image = container["Image"]
    image_config = container.get("ImageConfig", {})
    private = image_config.get("RepositoryAccessMode") == "Vpc"
    if "RepositoryAuthConfig" in image_config and not private:  # behaviour 2.18
        raise validation("RepositoryAuthConfig can only be specified with the repository access mode Vpc.")
    if private and "VpcConfig" not in model:
        raise validation("VpcConfig must be specified when the repository access mode of an image is Vpc.")
    found = ECR.fullmatch(image)
    if found is None:
        if private:
            return
        raise validation(f'Using non-ECR image "{image}" without Vpc repository access mode is not supported')
    if found["region"] != call.region.name:
        raise validation(f'The ECR image "{image}" is not in the region {call.region.name} of the model.')
    if role is None:
        return
    region = call.region
    repository = f"arn:{region.partition}:ecr:{region.name}:{found['account']}:repository/{found['repository']}"
    outcome = call.world.scripts.images.get(image)
    if outcome in MANIFESTS:  # behaviour 2.22
        raise validation(
            f"Unsupported manifest media type {MANIFESTS[outcome]} for image {image}. Ensure that valid manifest media type is "
            "used for specified image."
        )
    denied = [action for action in PULL if not role.may(action, repository, found["account"])]
    if outcome == "missing" or denied or not role.may("ecr:GetAuthorizationToken", "*"):
        raise validation(
            f"Role {role.arn} cannot pull {image}. "
            "Ensure that the role exists and the image was granted pull permission."
        )


def resolved(image: str) -> str:
    """The image with its digest, as DescribeEndpoint shows it. behaviour 4.12"""
    if "@sha256:" in image:
        return image
    head, _slash, last = image.rpartition("/")
    digest = hashlib.sha256(image.encode()).hexdigest()
    return f"{head}/{last.split(':')[0]}@sha256:{digest}"
