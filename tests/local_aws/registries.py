# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ECR as those see it who look at an image: manifests, and the configuration that tells its architecture. behaviour 11"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from local_aws import images
from local_aws.registry import handles
from local_aws.wire import AwsError
from local_aws.world import Call

SERVICE = "ecr"
DOCKER = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG = "application/vnd.docker.container.image.v1+json"
ARM = re.compile(r"graviton|arm64|aarch64")
BLOBS = "blobs/"


@handles(SERVICE, "BatchGetImage")
def batch_get_image(call: Call) -> dict[str, Any]:
    registry = call.params.get("registryId", "")
    repository = call.params["repositoryName"]
    found, failures = [], []
    for key in call.params["imageIds"]:
        image = f"{registry}/{call.region.name}/{repository}:{key.get('imageDigest') or key.get('imageTag')}"
        outcome = _scripted(call.world.scripts.images, image)
        if outcome == "missing":
            failure = {"failureCode": "ImageNotFound", "failureReason": "Requested image not found"}
            failures.append({"imageId": key, **failure})
            continue
        media_type = images.MANIFESTS.get(outcome or "", DOCKER)
        if media_type not in call.params.get("acceptedMediaTypes", [DOCKER]):
            failure = {"failureCode": "ImageReferencedByManifestList", "failureReason": "Unsupported media type"}
            failures.append({"imageId": key, **failure})
            continue
        architecture = _scripted(call.world.scripts.architectures, image) or ("arm64" if ARM.search(image) else "amd64")
        manifest = json.dumps(_manifest(media_type, architecture))
        found.append(
            {
                "registryId": registry,
                "repositoryName": repository,
                "imageId": {**key, "imageDigest": _digest(manifest)},
                "imageManifest": manifest,
                "imageManifestMediaType": media_type,
            }
        )
    return {"images": found, "failures": failures}


@handles(SERVICE, "GetDownloadUrlForLayer")
def get_download_url_for_layer(call: Call) -> dict[str, Any]:
    digest = call.params["layerDigest"]
    if blob(digest) is None:
        raise AwsError("LayersNotFoundException", f"The layer '{digest}' does not exist in the repository.")
    return {"downloadUrl": f"{call.world.url}/_local_aws/{BLOBS}{digest}", "layerDigest": digest}


def blob(digest: str) -> dict[str, Any] | None:
    """The configuration of an image, by its digest."""
    return next((one for one in map(_config, ("amd64", "arm64")) if _digest(json.dumps(one)) == digest), None)


def _manifest(media_type: str, architecture: str) -> dict[str, Any]:
    if media_type == images.MANIFESTS["oci_index"]:
        platform = {"architecture": architecture, "os": "linux"}
        return {"schemaVersion": 2, "mediaType": media_type, "manifests": [{"platform": platform}]}
    config = {"mediaType": CONFIG, "digest": _digest(json.dumps(_config(architecture)))}
    return {"schemaVersion": 2, "mediaType": media_type, "config": config, "layers": []}


def _config(architecture: str) -> dict[str, Any]:
    return {"architecture": architecture, "os": "linux"}


def _digest(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _scripted(scripts: dict[str, str], image: str) -> str | None:
    """What a script says of an image. They name images by their URIs."""
    for uri, outcome in scripts.items():
        found = images.ECR.fullmatch(uri)
        if found:
            version = found["digest"] or found["tag"] or "latest"
            if image == f"{found['account']}/{found['region']}/{found['repository']}:{version}":
                return outcome
    return None
