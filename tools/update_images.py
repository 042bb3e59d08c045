# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write the table of prebuilt images anew, from the image data of sagemaker-core on the package index, and say what is new.

Needs pip and the network. Nothing is installed.

Usage: python3 tools/update_images.py [VERSION]     without a version: the newest
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

LOGIC = Path(__file__).resolve().parents[1] / "plugins" / "module_utils"
sys.path.insert(0, str(LOGIC))

from _sagemaker.images import catalog

SOURCE = (
    "The image data of sagemaker-core {version}, https://pypi.org/project/sagemaker-core/{version}/, "
    "Copyright Amazon.com, Inc. or its affiliates, Apache License 2.0. Rewritten by tools/update_images.py; do not edit."
)


def download(folder: Path, version: str | None = None) -> Path:
    """Download sagemaker-core of that version, or the newest, into the folder. Return its wheel."""
    requirement = f"{catalog.PACKAGE}=={version}" if version else catalog.PACKAGE
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*command, "--only-binary=:all:", "--dest", str(folder), requirement], check=True)
    return next(folder.glob("sagemaker_core-*.whl"))


def table_of(folder: Path, version: str) -> dict[str, Any]:
    """Return the table of a sagemaker-core that is unpacked in that folder."""
    files = {file.stem: file for file in folder.glob(f"**/{catalog.FOLDER}/*.json")}
    return {
        "source": SOURCE.format(version=version),
        **catalog.to_table(catalog.from_files(version, files)),
    }


def to_text(table: dict[str, Any]) -> str:
    """Return the table as JSON with a line for each version, so that a new release of AWS is a small diff."""
    lines = ["{", *(f'"{key}": {json.dumps(table[key])},' for key in ("source", "sagemaker_core"))]
    lines += ['"accounts": [', ",\n".join(json.dumps(publishers) for publishers in table["accounts"]), "],"]
    names = []
    for name, versions in table["images"].items():
        rows = [f"  {json.dumps(version)}: {json.dumps(images)}" for version, images in versions.items()]
        names.append(f"{json.dumps(name)}: {{\n" + ",\n".join(rows) + "\n}")
    return "\n".join([*lines, '"images": {', ",\n".join(names), "}", "}", ""])


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return what a reviewer wants to know: versions that came and went."""
    said = []
    for name in sorted({*before["images"], *after["images"]}):
        old, new = (set(table["images"].get(name, {})) for table in (before, after))
        said += [f"{name}: added {', '.join(sorted(new - old))}"] if new - old else []
        said += [f"{name}: removed {', '.join(sorted(old - new))}"] if old - new else []
    return said


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        wheel = download(folder, *sys.argv[1:2])
        version = wheel.name.split("-")[1]
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder / "unpacked")
        table = table_of(folder / "unpacked", version)
    before = json.loads(catalog.TABLE.read_text()) if catalog.TABLE.exists() else {"images": {}}
    catalog.TABLE.write_text(to_text(table))
    print("\n".join(changes(before, table)) or "no version came or went")
    print(f"written: {catalog.TABLE}, from {catalog.PACKAGE} {version}")


if __name__ == "__main__":
    main()
