# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The prebuilt images in the image data of AWS's own SDK, the folder image_uri_config of the package sagemaker-core. Pure.

In the data, the SDK's function image_uris.retrieve computes much of a tag. This file expands each image with its
complete tag, so that choosing one needs no rules about tags.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import Any
from typing import Dict
from typing import Iterator
from typing import List
from typing import Mapping
from typing import Optional
from typing import Tuple

Config = Dict[str, Any]

GRAVITON = "graviton"
HUGGING_FACE = "huggingface"
# The SDK reads the images of huggingface for AWS Neuron from huggingface-neuron and huggingface-neuronx.
NEURON_TOOLS = ("neuron", "neuronx")

# The CUDA version of the images with these tags is too old for the A100 of p4d instances, which need other images of
# the same release.
P4D_SUFFIXES = {
    ("mxnet", "1.8-gpu-py37"): "cu110-ubuntu16.04-v1",
    ("mxnet", "1.8.0-gpu-py37"): "cu110-ubuntu16.04",
    ("pytorch", "1.6-gpu-py36"): "cu110-ubuntu18.04-v3",
    ("pytorch", "1.6.0-gpu-py36"): "cu110-ubuntu18.04",
    ("pytorch", "1.6-gpu-py3"): "cu110-ubuntu18.04-v3",
    ("pytorch", "1.6.0-gpu-py3"): "cu110-ubuntu18.04",
}


@dataclass(frozen=True)
class Image:
    """An image for inference.

    path: repository:tag. accounts: {region: account that publishes it there}. processor: cpu, gpu, graviton, neuron, …,
    or a family of instances; None if one image is for all except Graviton. The others are None if the image has no such
    part.
    """

    path: str
    accounts: Dict[str, str] = field(repr=False)
    processor: Optional[str] = None
    base_framework_version: Optional[str] = None
    py_version: Optional[str] = None
    sdk_version: Optional[str] = None


def images(data: Mapping[str, Config]) -> Dict[str, Dict[str, List[Image]]]:
    """Return {name: {version or alias of a version: images}} for the names that have images for inference.

    data: {name: content of its file, such as xgboost.json}.
    """
    tools = {f"{HUGGING_FACE}-{tool}": tool for tool in NEURON_TOOLS}
    found: Dict[str, Dict[str, List[Image]]] = {}
    for file in sorted(data):
        name = HUGGING_FACE if file in tools else file
        for scope, section in _sections(data[file]):
            targets = {version: version for version in section["versions"]}
            # An alias may hide a version of the same name.
            targets.update(section.get("version_aliases", {}))
            for version, target in targets.items():
                release = _Release(name, version, target, tools.get(file), GRAVITON in scope, section.get("processors"))
                found.setdefault(name, {}).setdefault(version, []).extend(release.images(section["versions"][target]))
    return found


def _sections(config: Config) -> List[Tuple[str, Config]]:
    """Return the inference sections of a name's data, with their scopes."""
    if "scope" in config:
        return [("inference", config)] if "inference" in config["scope"] else []
    return [(scope, config[scope]) for scope in ("inference", f"inference_{GRAVITON}") if scope in config]


@dataclass(frozen=True)
class _Release:
    """A version of a name. version: as requested; target: as in the data; processors: those of all versions."""

    name: str
    version: str
    target: str
    tool: Optional[str]
    is_graviton: bool
    processors: Optional[List[str]]

    def images(self, data: Config) -> Iterator[Image]:
        if "repository" in data:
            yield from self._of_repository(data, None, data.get("py_versions"))
        elif self.name == HUGGING_FACE:
            bases = {base: base for base in data if base != "version_aliases"}
            bases.update(data.get("version_aliases", {}))
            for base, target in bases.items():
                # Neuron images have no tags without the patch version.
                yield from self._of_repository(
                    data[target], (base, target if self.tool else base), data[target].get("py_versions")
                )
        else:
            for python, repository in data.items():
                yield from self._of_repository(repository, None, [python])

    def _of_repository(
        self, data: Config, base: Optional[Tuple[str, str]], pythons: Optional[List[str]]
    ) -> Iterator[Image]:
        """base: the framework below Hugging Face's library, as requested and as in the tag."""
        for processor in self.processors or data.get("processors") or [None]:
            if processor not in data.get("container_version", {processor: None}):
                continue
            for python in pythons or [None]:
                for sdk in data.get("sdk_versions") or [None]:
                    tag = self._tag(data, base and base[1], processor, python, sdk)
                    image = Image(
                        path=f"{data['repository']}:{tag}",
                        accounts=data["registries"],
                        processor=self._processor(processor),
                        base_framework_version=base and base[0],
                        py_version=python,
                        sdk_version=sdk,
                    )
                    yield image
                    if (self.name, tag) in P4D_SUFFIXES and not self.is_graviton:
                        path = f"{image.path}-{P4D_SUFFIXES[self.name, tag]}"
                        yield replace(image, path=path, processor="p4d")

    def _processor(self, processor: Optional[str]) -> Optional[str]:
        """Return the processor that an instance needs to run the image."""
        if self.is_graviton or self.name.endswith("-arm64"):
            return GRAVITON
        return self.tool or processor

    def _tag(
        self, data: Config, base: Optional[str], processor: Optional[str], python: Optional[str], sdk: Optional[str]
    ) -> str:
        build = data.get("container_version", {}).get(processor)
        if sdk:
            build = f"{sdk}-{build}"
        if data["repository"] in (f"{self.name}-inference-{GRAVITON}", f"{self.name}-inference-arm64"):
            build = f"{build}-sagemaker"
        token = self.tool or processor
        if not data.get("processor_in_tag", True) or (self.name, processor) == ("sagemaker-tritonserver", "gpu"):
            token = None
        return "-".join(part for part in (self._prefix(data, base), token, python, build) if part)

    def _prefix(self, data: Config, base: Optional[str]) -> str:
        if base:
            return f"{base.replace('pytorch', '').replace('tensorflow', '')}-transformers{self.target}"
        if self.is_graviton and self.name in ("xgboost", "sklearn"):
            return f"{self.version}-arm64"
        return data.get("tag_prefix", self.version)
