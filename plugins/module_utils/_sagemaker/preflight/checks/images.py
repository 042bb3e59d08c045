# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Container images: they exist, in the region of the endpoint, for its processors, and with a CUDA that its driver knows."""

from __future__ import annotations

import json
import re
from typing import Any
from typing import Dict
from typing import Iterator
from typing import List
from typing import Mapping
from typing import NamedTuple
from typing import Optional
from typing import Tuple
from typing import Union

from ...core import failure_causes
from ...images import uri as image_uris
from ...rules import images as image_rules
from ...rules import variants as variant_rules
from ..check import Check
from ..findings import ERROR
from ..findings import OK
from ..findings import WARNING
from ..findings import Finding
from ..findings import Unseen
from ..findings import shown
from ..lookup import Lookup
from ..subject import Container
from ..subject import Deploy

EXISTS = "image_exists"
REGION = "image_region"
MANIFEST = "image_manifest"
ARCHITECTURE = "image_architecture"
CUDA = "image_cuda"

DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"

ARM, AMD = "arm64", "amd64"
# Names of AWS's images say it.
_ARM_NAME = re.compile(r"graviton|arm64|aarch64")
_CUDA_TAG = re.compile(r"(?:^|[-_.:])cu(?:da)?-?(?P<major>\d{2})\.?\d(?:\.\d+)?(?![\d.])")
# AMI versions and the NVIDIA driver of each, as the service model describes them.
AMI_DRIVERS = {
    "al2-ami-sagemaker-inference-gpu-2": 535,
    "al2-ami-sagemaker-inference-gpu-2-1": 535,
    "al2-ami-sagemaker-inference-gpu-3-1": 550,
    "al2023-ami-sagemaker-inference-gpu-4-1": 580,
}
# The driver that each CUDA needs, and the oldest that images with its compatibility libraries have been seen to run on. CUDA 12
# runs on all AMIs, also the default one.
CUDA_DRIVERS = {13: (580, 550)}


class Image(NamedTuple):
    """An image in ECR. tag: or its digest."""

    uri: str
    account: str
    region: str
    repository: str
    tag: str

    @property
    def key(self) -> Dict[str, str]:
        return {"imageDigest" if self.tag.startswith("sha256:") else "imageTag": self.tag}


class Pushed(NamedTuple):
    """An image in its registry. architectures: empty if unknown."""

    media_type: str
    architectures: Tuple[str, ...]


Seen = Mapping[str, Union[Pushed, Unseen, None]]


def look(lookup: Lookup, deploy: Deploy) -> Seen:
    """Return the images by URI, None if missing, without those of other regions."""
    found: Dict[str, Union[Pushed, Unseen, None]] = {}
    for image in _ecr_images(deploy):
        if image.region != deploy.place.region:
            continue
        answer = lookup.ask(
            "ecr",
            "BatchGetImage",
            {
                "registryId": image.account,
                "repositoryName": image.repository,
                "imageIds": [image.key],
                "acceptedMediaTypes": [DOCKER_MANIFEST, DOCKER_LIST, OCI_MANIFEST, OCI_INDEX],
            },
        )
        if answer is None or isinstance(answer, Unseen):
            found[image.uri] = answer
        else:
            found[image.uri] = _pushed(lookup, image, answer["images"][0]) if answer.get("images") else None
    return found


def judge(deploy: Deploy, seen: Seen) -> Iterator[Finding]:
    """Yield findings for each image that is in ECR."""
    for container in deploy.containers:
        image = _image(container.options.get("image") or "")
        if image is None:
            continue
        variable = container.place("image")
        if image.region != deploy.place.region:
            message = f"the image is in {image.region}, and the endpoint is in {deploy.place.region}."
            remedy = f"Use the image of {deploy.place.region}; the lookup mlops.sagemaker.image_uri returns the images that AWS publishes."
            yield Finding(REGION, ERROR, variable, message, remedy)
        else:
            yield Finding(REGION, OK, variable, f"the image is in {image.region}.")
            yield from _of_image(container, variable, image, seen[image.uri])
        yield from _of_cuda(container, variable, image)


def _of_image(
    container: Container, variable: str, image: Image, pushed: Union[Pushed, Unseen, None]
) -> Iterator[Finding]:
    if isinstance(pushed, Unseen):
        yield pushed.finding(EXISTS, variable, f"the image {image.uri}")
        return
    if pushed is None:
        message = f"the registry {image.account} has no image {image.repository}:{image.tag} in {image.region}."
        yield Finding(EXISTS, ERROR, variable, message, "Push it, or correct repository, tag, account or region.")
        return
    yield Finding(EXISTS, OK, variable, f"the image {image.uri} exists.")
    if pushed.media_type in (OCI_MANIFEST, OCI_INDEX):
        message = f"the manifest of the image has the media type {pushed.media_type}."
        yield Finding(MANIFEST, ERROR, variable, message, failure_causes.IMAGE_MANIFEST.remedy)
    else:
        yield Finding(MANIFEST, OK, variable, "the manifest of the image is Docker's.")
    if pushed.architectures:
        yield from _of_architecture(container, variable, pushed.architectures)


def _of_architecture(container: Container, variable: str, architectures: Tuple[str, ...]) -> Iterator[Finding]:
    for needed, types in sorted(_needed(container).items()):
        on = shown(types)
        if needed in architectures:
            yield Finding(ARCHITECTURE, OK, variable, f"the image is for {needed}, as {on} needs it.")
        else:
            message = f"the image is for {shown(architectures)}, and {on} runs {needed}."
            graviton = (
                "use an instance_type with Graviton"
                if ARM in architectures
                else "use an instance_type without Graviton"
            )
            remedy = f"Build it with docker build --platform linux/{needed}, or {graviton}."
            yield Finding(ARCHITECTURE, ERROR, variable, message, remedy)


def _needed(container: Container) -> Dict[str, List[str]]:
    """Return the architectures that a container runs on, each with the instance types."""
    found: Dict[str, List[str]] = {}
    for host in container.hosts:
        for kind in variant_rules.instance_types(host.options) or ["serverless inference"]:
            found.setdefault(architecture_of(kind), []).append(kind)
    return found


def architecture_of(instance_type: str) -> str:
    """Return the architecture of an instance type: Graviton, and what NVIDIA calls Grace Blackwell (gb200), is ARM."""
    family = instance_type.split(".")[1] if "." in instance_type else ""
    return ARM if image_uris.GRAVITON_FAMILY.match(family) or "-gb" in family else AMD


def _of_cuda(container: Container, variable: str, image: Image) -> Iterator[Finding]:
    found = _CUDA_TAG.search(image.tag)
    if not found:
        return
    major = int(found["major"])
    for host in container.hosts:
        types = [kind for kind in variant_rules.instance_types(host.options) if not _has_gpu(kind)]
        if types or host.options.get("serverless_config"):
            on = shown(types) or "serverless inference"
            message = f"the image is made for GPUs (CUDA {major}), and {on} has none."
            yield Finding(CUDA, WARNING, variable, message, "Use the image for CPUs, or an instance_type with a GPU.")
        elif major in CUDA_DRIVERS:
            yield _of_driver(variable, major, host.options.get("inference_ami_version"))
        else:
            yield Finding(CUDA, OK, variable, f"CUDA {major} runs on every driver of SageMaker.")


def _of_driver(variable: str, major: int, ami: Optional[str]) -> Finding:
    needed, oldest = CUDA_DRIVERS[major]
    newest = max(AMI_DRIVERS, key=AMI_DRIVERS.__getitem__)
    remedy = f"Set inference_ami_version to {newest}."
    if ami is None:
        message = f"CUDA {major} needs an NVIDIA driver of version {needed}, and the default AMI has an older one."
        return Finding(CUDA, ERROR, variable, message, remedy)
    if ami not in AMI_DRIVERS:
        return Finding(CUDA, OK, variable, f"the driver of {ami} is not known here.")
    driver = AMI_DRIVERS[ami]
    message = f"CUDA {major} needs an NVIDIA driver of version {needed}, and {ami} has {driver}."
    if driver < oldest:
        return Finding(CUDA, ERROR, variable, message, remedy)
    if driver < needed:
        return Finding(
            CUDA, WARNING, variable, f"{message} Only images with CUDA's compatibility libraries run on it.", remedy
        )
    return Finding(CUDA, OK, variable, f"CUDA {major} fits the driver {driver} of {ami}.")


def _has_gpu(instance_type: str) -> bool:
    family = instance_type.split(".")[1] if "." in instance_type else ""
    return family[:1] in ("g", "p")


def _ecr_images(deploy: Deploy) -> Iterator[Image]:
    """Yield the images in ECR without duplicates."""
    found = {container.options.get("image"): None for container in deploy.containers}
    yield from filter(None, (_image(uri or "") for uri in found))


def _image(uri: str) -> Optional[Image]:
    match = image_rules.ECR_IMAGE.match(uri)
    if not match:
        return None
    rest = uri[match.end() :]
    digest = rest.partition("@")[2]
    tag = digest or rest.partition("@")[0].lstrip(":") or "latest"
    return Image(uri, match["account"], match["region"], match["repository"], tag)


def _pushed(lookup: Lookup, image: Image, answer: Mapping[str, Any]) -> Pushed:
    manifest = json.loads(answer["imageManifest"])
    media_type = answer.get("imageManifestMediaType") or manifest.get("mediaType", "")
    if "manifests" in manifest:
        platforms = [one.get("platform", {}).get("architecture", "") for one in manifest["manifests"]]
        return Pushed(media_type, tuple(one for one in platforms if one in (ARM, AMD)))
    if _ARM_NAME.search(f"{image.repository}:{image.tag}"):
        return Pushed(media_type, (ARM,))
    return Pushed(media_type, _configured(lookup, image, manifest.get("config", {}).get("digest")))


def _configured(lookup: Lookup, image: Image, digest: Optional[str]) -> Tuple[str, ...]:
    """Return the architecture in the image's configuration, which is a blob like its layers."""
    if not digest:
        return ()
    request = {"registryId": image.account, "repositoryName": image.repository, "layerDigest": digest}
    answer = lookup.ask("ecr", "GetDownloadUrlForLayer", request)
    if not isinstance(answer, dict):
        return ()
    content = lookup.fetch("ecr", answer["downloadUrl"])
    try:
        architecture = "" if isinstance(content, Unseen) else json.loads(content).get("architecture", "")
    except ValueError:
        return ()
    return (architecture,) if architecture else ()


CHECK = Check(look, judge)
