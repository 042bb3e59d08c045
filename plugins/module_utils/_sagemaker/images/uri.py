# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Choose a prebuilt image and write its URI. Pure."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import Dict
from typing import Iterable
from typing import List
from typing import Optional
from typing import Tuple

from ..core.errors import InputError
from ..core.errors import Problems
from ..core.errors import raise_if_any
from ..core.problems import Problem
from ..core.regions import dns_suffix
from .catalog import PACKAGE
from .catalog import Catalog
from .sdk_data import GRAVITON
from .sdk_data import Image

# An image without a specific processor is for all of these.
ACCELERATORS = ("cpu", "gpu", "inf", "neuron", "neuronx", "trn")

INSTANCE_TYPE = re.compile(r"ml\.(?P<family>[a-z0-9-]+)\.[a-z0-9-]+")
# Families with a g after the generation: c6g, m7gd, r8g, but not g5.
GRAVITON_FAMILY = re.compile(r"[a-z]+\d+g")
# The first generation of Inferentia uses another SDK than later ones.
NEURON_FAMILY = re.compile(r"(?P<kind>inf|trn)(?P<generation>\d+)")

# Maximum number of suggestions in a message.
SUGGESTIONS = 5


@dataclass(frozen=True)
class Request:
    """The requested image. A member that is None is derived from the data if only one value exists."""

    name: str
    version: Optional[str] = None
    region: Optional[str] = None
    instance_type: Optional[str] = None
    accelerator: Optional[str] = None
    base_framework_version: Optional[str] = None
    py_version: Optional[str] = None
    sdk_version: Optional[str] = None


def image_uri(request: Request, catalog: Catalog) -> str:
    """Return the URI of the image. Raises InputError, with the nearest alternatives."""
    problems = Problems()
    image: Optional[Image] = None
    account: Optional[str] = None
    with problems.collected():
        image = _choose(request, catalog)
    with problems.collected():
        account = _account(request, image, catalog)
    raise_if_any(problems)
    return f"{account}.dkr.ecr.{request.region}.{dns_suffix(request.region)}/{image.path}"


def _wrong(text: str) -> InputError:
    """Return the error for a text that begins with the option that it is about."""
    option, _colon, rest = text.partition(": ")
    return InputError(Problem(option, rest))


def _account(request: Request, image: Optional[Image], catalog: Catalog) -> Optional[str]:
    """Return the account of the registry in the region. image: None if another option is wrong. Raises InputError."""
    if not request.region:
        raise _wrong(
            "region: is not set. Set the option region, the variable aws_region, or AWS_REGION in the environment."
        )
    if image is None:
        return None
    account = image.accounts.get(request.region)
    if account is None:
        nearest = _closest(request.region, image.accounts)
        raise _wrong(
            f"region: AWS does not publish {request.name} {request.version or ''} in {request.region}, "
            f"as far as {_source(catalog)} knows. The nearest names: {nearest}."
        )
    return account


def processors(instance_type: str) -> List[str]:
    """Return the processors of images that this instance type can run, the best first. Raises InputError."""
    found = INSTANCE_TYPE.fullmatch(instance_type)
    if not found:
        raise _wrong(f"instance_type: must look like ml.m5.large, got {instance_type!r}.")
    family = found["family"]
    neuron = NEURON_FAMILY.match(family)
    if GRAVITON_FAMILY.match(family):
        return [GRAVITON]
    if neuron:
        return [family, neuron["kind"], "neuron" if neuron.group() == "inf1" else "neuronx"]
    return [family, "gpu" if family[0] in "gp" else "cpu"]


def _choose(request: Request, catalog: Catalog) -> Image:
    if request.instance_type and request.accelerator:
        raise _wrong("accelerator: instance_type already says which processor the image is for. Set only one of them.")
    versions = _versions(request, catalog)
    version = _version(request, versions, catalog)
    what = f"{request.name} {version}"
    images = _for_processor(request, what, versions, versions[version])
    for option in ("base_framework_version", "py_version", "sdk_version"):
        images = _narrowed(option, getattr(request, option), what, images)
    return images[0]


def _versions(request: Request, catalog: Catalog) -> Dict[str, List[Image]]:
    if request.name not in catalog.images:
        raise _wrong(
            f"{request.name}: {_source(catalog)} has no images of this name for inference. "
            f"The nearest names: {_closest(request.name, catalog.images)}."
        )
    return catalog.images[request.name]


def _version(request: Request, versions: Iterable[str], catalog: Catalog) -> str:
    """Return the requested version. The newest version is never the default, because a new release would then change
    the endpoint."""
    versions = list(versions)
    if not request.version and len(versions) == 1:
        return versions[0]
    if not request.version:
        raise _wrong(
            f"version: is needed for {request.name}. The newest: {', '.join(_ordered(versions)[:SUGGESTIONS])}."
        )
    if request.version not in versions:
        raise _wrong(
            f"version: {_source(catalog)} has no {request.name} {request.version} for inference. "
            f"The nearest: {', '.join(_neighbours(request.version, versions))}. For a newer image, install a newer {PACKAGE} "
            "for the Python that runs Ansible, or write the URI yourself."
        )
    return request.version


def _for_processor(request: Request, what: str, versions: Dict[str, List[Image]], images: List[Image]) -> List[Image]:
    """Return the images for the requested instance type or accelerator."""
    available = list(dict.fromkeys(image.processor for image in images))
    if request.instance_type:
        option, asked, candidates = "instance_type", request.instance_type, processors(request.instance_type)
    elif request.accelerator:
        option, asked, candidates = "accelerator", request.accelerator, [request.accelerator]
    else:
        return [image for image in images if image.processor == _only_processor(what, available)]
    if None in available and (option == "instance_type" or asked in ACCELERATORS) and candidates != [GRAVITON]:
        candidates = [*candidates, None]
    for candidate in candidates:
        if candidate in available:
            return [image for image in images if image.processor == candidate]
    has = ["anything but graviton" if processor is None else processor for processor in available]
    others = [version for version, found in versions.items() if any(image.processor in candidates for image in found)]
    hint = f" Versions that have one: {', '.join(_ordered(others)[:SUGGESTIONS])}." if others else ""
    raise _wrong(f"{option}: {what} has no image for {asked}. It has images for {_listed(has)}.{hint}")


def _only_processor(what: str, available: List[Optional[str]]) -> Optional[str]:
    """Return the default processor. Graviton is the default only if the image has no other."""
    rest = [processor for processor in available if processor != GRAVITON] or available
    if len(rest) > 1:
        raise _wrong(
            f"instance_type: is needed for {what}, or accelerator, which can be {_listed(available)}. "
            "A serverless endpoint uses the image for cpu."
        )
    return rest[0]


def _narrowed(option: str, value: Optional[str], what: str, images: List[Image]) -> List[Image]:
    """Return the images with this value of an option, by default with the only existing value. An option that no image
    has is ignored."""
    available = sorted({text for image in images if (text := getattr(image, option))})
    # pytorch2.6 is short for pytorch2.6.0.
    distinct = [text for text in available if not any(other.startswith(f"{text}.") for other in available)]
    if not available:
        return images
    if value and value not in available:
        raise _wrong(f"{option}: {what} has no image with {value}. It has images with {_listed(available)}.")
    # Among builds with different Neuron SDKs, the SDK of AWS uses the last.
    if not value and len(distinct) > 1 and option != "sdk_version":
        raise _wrong(f"{option}: is needed for {what}, and can be {_listed(available)}.")
    return [image for image in images if getattr(image, option) == (value or distinct[-1])]


def _source(catalog: Catalog) -> str:
    return f"{PACKAGE} {catalog.sagemaker_core}"


def _listed(names: Iterable[Optional[str]]) -> str:
    """Return a readable list: a, b or c."""
    texts = list(dict.fromkeys(str(name) for name in names))
    return " or ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


def _closest(text: str, names: Iterable[str]) -> str:
    return ", ".join(difflib.get_close_matches(text, list(names), n=SUGGESTIONS, cutoff=0))


def _numbers(version: str) -> Tuple[float, ...]:
    """Return the sort key of a version. A name such as latest sorts before all numbers, because it need not be the
    newest."""
    return tuple(float(number) for number in re.findall(r"\d+", version))


def _ordered(versions: Iterable[str]) -> List[str]:
    """Return the versions, the newest first."""
    return sorted(versions, key=_numbers, reverse=True)


def _neighbours(version: str, versions: Iterable[str]) -> List[str]:
    """Return the versions next to one that does not exist, the newest first."""
    ordered, asked = _ordered(versions), _numbers(version) or (float("inf"),)
    above = sum(_numbers(other) > asked for other in ordered)
    first = max(0, min(above - SUGGESTIONS // 2, len(ordered) - SUGGESTIONS))
    return ordered[first : first + SUGGESTIONS]
