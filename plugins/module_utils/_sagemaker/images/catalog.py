# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The catalog of prebuilt images: our table, or the image data of a newer installed sagemaker-core.

The table, table.json, is {"source", "sagemaker_core": version, "accounts": [{account: [regions]}], "images": {name:
{version: [image]}}}. An image in it has the members of sdk_data.Image that are not None. Its accounts are an index into
the list.
"""

from __future__ import annotations

import functools
import json
import re
from dataclasses import asdict
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any
from typing import Dict
from typing import List
from typing import Mapping
from typing import Tuple

from . import sdk_data
from .sdk_data import Image

PACKAGE = "sagemaker-core"
FOLDER = "image_uri_config"
TABLE = Path(__file__).with_name("table.json")


Images = Dict[str, Dict[str, List[Image]]]


@dataclass(frozen=True)
class Catalog:
    """The images of one version of sagemaker-core. images: {name: {version: images}}. note: a warning for the user, or
    ""."""

    sagemaker_core: str
    images: Images = field(repr=False)
    note: str = ""


@functools.lru_cache(maxsize=None)
def catalog() -> Catalog:
    """Return the newer of our table and the installed sagemaker-core."""
    table = from_table(json.loads(TABLE.read_text(encoding="utf-8")))
    try:
        package = metadata.distribution(PACKAGE)
    except metadata.PackageNotFoundError:
        return table
    if release(package.version) <= release(table.sagemaker_core):
        return table
    try:
        return installed(package)
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        note = (
            f"The image data of the installed {PACKAGE} {package.version} cannot be read ({type(error).__name__}: {error}). "
            f"The table of version {table.sagemaker_core} is used instead."
        )
        return replace(table, note=note)


def installed(package: metadata.Distribution) -> Catalog:
    """Return the images in the data of an installed sagemaker-core, without importing it, because that takes seconds
    and needs pandas."""
    files = {
        file.stem: Path(str(package.locate_file(file)))
        for file in package.files or []
        if file.parent.name == FOLDER and file.suffix == ".json"
    }
    found = from_files(package.version, files)
    if not found.images:
        raise LookupError(f"{FOLDER}/*.json have no images for inference")
    return found


def from_files(version: str, files: Mapping[str, Path]) -> Catalog:
    """Return the images in the data of a sagemaker-core of that version. files: {name: file}."""
    return Catalog(
        version, sdk_data.images({name: json.loads(file.read_text("utf-8")) for name, file in files.items()})
    )


def from_table(table: Dict[str, Any]) -> Catalog:
    """Return a table as a catalog."""
    accounts = [
        {region: account for account, regions in publishers.items() for region in regions}
        for publishers in table["accounts"]
    ]
    images = {
        name: {
            version: [Image(**{**image, "accounts": accounts[image["accounts"]]}) for image in found]
            for version, found in versions.items()
        }
        for name, versions in table["images"].items()
    }
    return Catalog(table["sagemaker_core"], images)


def to_table(whole: Catalog) -> Dict[str, Any]:
    """Return a catalog as a table, without its source."""
    accounts: List[Dict[str, List[str]]] = []
    images: Dict[str, Dict[str, List[Dict[str, Any]]]] = {}
    for name, versions in whole.images.items():
        images[name] = {}
        for version, found in versions.items():
            images[name][version] = []
            for image in found:
                publishers: Dict[str, List[str]] = {}
                for region, account in sorted(image.accounts.items()):
                    publishers.setdefault(account, []).append(region)
                if publishers not in accounts:
                    accounts.append(publishers)
                row = {key: value for key, value in asdict(image).items() if value is not None}
                images[name][version].append({**row, "accounts": accounts.index(publishers)})
    return {"sagemaker_core": whole.sagemaker_core, "accounts": accounts, "images": images}


def release(version: str) -> Tuple[int, ...]:
    """Return the leading numbers of a version: (2, 27, 0)."""
    found = re.match(r"\d+(\.\d+)*", version)
    return tuple(int(part) for part in found[0].split(".")) if found else ()
